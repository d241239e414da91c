#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "harness.h"
#include "sample.h"
#include "scratch.h"

/* ---- interrupted runs ---- */

/* Leave a run as kill -9 would: its lock goes with the process. */
static void die_during_run(const char *which, int outcome)
{
	struct taut_session *s;
	const char *dir;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		s = open_session(0);
		if (taut_run_begin(s, &dir, NULL))
			_exit(1);
		record(dir, which, outcome, NULL);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && !status);
}

TEST(the_next_session_folds_a_dead_run_in)
{
	struct taut_session *s;

	make_project();
	die_during_run("fg", TAUT_FAILED);
	CHECK(count(".taut_cache/runs") == 1);
	CHECK(verdicts("aca")); /* in memory */
	CHECK(access(scratch_path(".testmondata"), F_OK));
	s = open_session(0);
	CHECK(taut_session_state(s) == TAUT_DB_USED);
	taut_session_close(s);
	CHECK(count(".taut_cache/runs") == 0);
	CHECK(!access(scratch_path(".testmondata"), F_OK));
	CHECK(verdicts("aca"));
}

TEST(a_dead_run_of_another_database_is_not_ours)
{
	struct taut_session *s;

	make_project();
	setenv("TESTMON_DATAFILE", "other", 1);
	die_during_run("fg", TAUT_PASSED);
	unsetenv("TESTMON_DATAFILE");
	s = open_session(0);
	CHECK(taut_session_state(s) == TAUT_DB_NEW);
	taut_session_close(s);
	CHECK(count(".taut_cache/runs") == 1);
}

TEST(a_live_run_is_left_alone)
{
	struct taut_session *s, *other;
	const char *dir;

	make_project();
	s = open_session(0);
	CHECK(!taut_run_begin(s, &dir, NULL));
	record(dir, "fg", TAUT_PASSED, NULL);
	other = open_session(0);
	CHECK(taut_session_state(other) == TAUT_DB_NEW);
	taut_session_close(other);
	CHECK(!taut_run_finish(s, NULL));
	taut_session_close(s);
	CHECK(verdicts("ccc"));
}

TEST(a_run_directory_that_is_rubbish_goes_with_the_next_save)
{
	make_project();
	run("fg");
	scratch_write(".taut_cache/runs/0123456789abcdef/begin", "torn");
	CHECK(verdicts("ccc"));
	run("f");
	CHECK(verdicts("ccc"));
	CHECK(count(".taut_cache/runs") == 0);
}

/* ---- two runs at once ---- */

static struct taut_session *begin(const char **dir)
{
	struct taut_session *s = open_session(0);

	CHECK(!taut_run_begin(s, dir, NULL));
	return s;
}

static void finish(struct taut_session *s)
{
	CHECK(!taut_run_finish(s, NULL));
	taut_session_close(s);
}

TEST(two_runs_at_once_both_end_up_in_the_database)
{
	struct taut_session *a, *b;
	const char *da, *db;

	make_project();
	a = begin(&da);
	b = begin(&db);
	record(da, "f", TAUT_PASSED, NULL);
	record(db, "g", TAUT_PASSED, NULL);
	finish(a);
	finish(b);
	CHECK(verdicts("ccc"));
	CHECK(count(".taut_cache/runs") == 0);
}

/* The slow run executed f before an edit, the quick one after it. */
TEST(a_slow_run_does_not_hide_a_newer_result)
{
	struct taut_session *slow, *quick;
	const char *ds, *dq;

	make_project();
	run("fg");
	slow = begin(&ds);
	record(ds, "f", TAUT_PASSED, NULL);
	quick = begin(&dq);
	record(dq, "f", TAUT_FAILED, NULL);
	finish(quick);
	CHECK(verdicts("aca"));
	CHECK(count(".taut_cache/runs") == 2);
	finish(slow);
	CHECK(verdicts("aca"));
	CHECK(count(".taut_cache/runs") == 0);
	/* And a run of its own, later, replaces. */
	run("f");
	CHECK(verdicts("ccc"));
}

/* Two halves of a suite, run side by side after an edit: neither half is
 * mixed with what was recorded before. */
TEST(shards_after_an_edit_leave_nothing_affected)
{
	struct taut_session *a, *b;
	const char *da, *db;

	make_project();
	run("fg");
	scratch_write("m.py", "LIMIT = 5\n\n\n"
			      "def f(x):\n    return x\n\n\n"
			      "def g():\n    return LIMIT\n");
	a = begin(&da);
	b = begin(&db);
	record(da, "f", TAUT_PASSED, NULL);
	record(db, "g", TAUT_PASSED, NULL);
	finish(b);
	finish(a);
	CHECK(verdicts("ccc"));
}

/* ---- failing to save ---- */

TEST(what_cannot_be_saved_stays_in_the_journal)
{
	struct taut_err err = { .msg = "" };
	struct taut_session *s;
	const char *dir;

	make_project();
	scratch_mkdir("db");
	setenv("TESTMON_DATAFILE", "db/deps", 1);
	s = begin(&dir);
	record(dir, "fg", TAUT_PASSED, NULL);
	scratch_remove("db");
	CHECK(taut_run_finish(s, &err) == TAUT_EIO);
	CHECK(*err.msg);
	taut_session_close(s);
	CHECK(count(".taut_cache/runs") == 1);
	scratch_mkdir("db");
	s = open_session(0);
	CHECK(taut_session_state(s) == TAUT_DB_USED);
	taut_session_close(s);
	CHECK(verdicts("ccc"));
	CHECK(count(".taut_cache/runs") == 0);
}

TEST(begin_and_finish_belong_together)
{
	struct taut_session *s;
	const char *dir;

	make_project();
	s = open_session(0);
	CHECK(taut_run_finish(s, NULL) == TAUT_EINVAL);
	CHECK(!taut_run_begin(s, &dir, NULL));
	CHECK(taut_run_begin(s, &dir, NULL) == TAUT_EINVAL);
	CHECK(!taut_run_finish(s, NULL));
	taut_session_close(s);
	/* Nothing was learned, so there is no database. */
	CHECK(access(scratch_path(".testmondata"), F_OK));
}
