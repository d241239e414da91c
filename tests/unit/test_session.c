#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "hash.h"
#include "sample.h"
#include "scratch.h"
#include "util.h"

/* ---- first steps ---- */

TEST(without_a_database_all_is_unknown)
{
	struct taut_session *s;

	make_project();
	s = selected(0);
	CHECK(taut_session_state(s) == TAUT_DB_NEW);
	CHECK(!taut_session_note(s));
	CHECK(taut_session_naffected(s) == 0);
	CHECK(taut_session_test(s, FILE_M, F, NULL) == TAUT_UNKNOWN);
	CHECK(taut_session_file(s, FILE_M) == TAUT_UNKNOWN);
	taut_session_close(s);
	/* Nobody wrote, so nothing was made. */
	CHECK(access(scratch_path(".taut_cache"), F_OK));
	CHECK(access(scratch_path(".testmondata"), F_OK));
}

TEST(after_a_run_nothing_is_affected)
{
	struct taut_session *s;
	struct taut_stats st;

	make_project();
	run("fg");
	CHECK(verdicts("ccc"));
	s = selected(0);
	CHECK(taut_session_state(s) == TAUT_DB_USED);
	CHECK(taut_session_naffected(s) == 0);
	CHECK(taut_session_nchanged(s) == 0);
	CHECK(taut_session_test(s, FILE_M, "tests/test_m.py::test_new", NULL) ==
	      TAUT_UNKNOWN);
	CHECK(taut_session_file(s, "tests/test_other.py") == TAUT_UNKNOWN);
	CHECK(!taut_session_stats(s, &st, NULL));
	CHECK(st.tests == 2 && st.saved_micros == 3000 && !st.unknown);
	CHECK(st.environments == 1 && st.bytes > 0);
	CHECK(!taut_session_check(s, NULL));
	taut_session_close(s);
	/* The run left nothing but caches, marked as such. */
	CHECK(count(".taut_cache/runs") == 0);
	CHECK(!access(scratch_path(".taut_cache/.gitignore"), F_OK));
	CHECK(!access(scratch_path(".taut_cache/CACHEDIR.TAG"), F_OK));
	CHECK(count("") == 5);
}

TEST(a_run_that_learns_nothing_new_does_not_touch_the_file)
{
	struct stat before, after;

	make_project();
	run("fg");
	CHECK(!stat(scratch_path(".testmondata"), &before));
	run("fg");
	run("");
	CHECK(!stat(scratch_path(".testmondata"), &after));
	CHECK(before.st_ino == after.st_ino);
	CHECK(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
}

/* ---- what a change affects ---- */

TEST(a_body_affects_those_who_entered_it)
{
	struct taut_session *s;
	struct taut_affected a;
	const char *path;
	int kind;

	make_project();
	run("fg");
	scratch_write("m.py", "import os\n\nLIMIT = 3\n\n\n"
			      "def f(x):\n    if x:\n        return 1\n"
			      "    return 3\n\n\n"
			      "def g():\n    return LIMIT\n");
	CHECK(verdicts("aca"));
	CHECK(why(F).code == TAUT_WHY_CODE);
	CHECK(!strcmp(why(F).path, "m.py"));
	CHECK(!strcmp(why(F).detail, "code in m.py changed"));
	CHECK(!strcmp(why(F).via, ""));
	s = selected(TAUT_READONLY);
	CHECK(taut_session_naffected(s) == 1);
	CHECK(!taut_session_affected(s, 0, &a));
	CHECK(!strcmp(a.nodeid, F) && !strcmp(a.path, FILE_M));
	CHECK(taut_session_affected(s, 1, &a) == TAUT_EINVAL);
	CHECK(taut_session_nchanged(s) == 1);
	CHECK(!taut_session_changed(s, 0, &path, &kind));
	CHECK(!strcmp(path, "m.py") && kind == TAUT_PY);
	taut_session_close(s);
}

TEST(comments_and_added_functions_affect_nobody_s_bodies)
{
	make_project();
	run("fg");
	scratch_write("m.py", "import os  # for later\n\nLIMIT = 3\n\n\n"
			      "def f(x):\n    if x:\n        return 1\n"
			      "    # twice\n    return 2\n\n\n"
			      "def g():\n    return LIMIT\n");
	CHECK(verdicts("ccc"));
}

TEST(module_level_affects_through_the_module)
{
	make_project();
	run("fg");
	scratch_write("m.py", "import os\n\nLIMIT = 4\n\n\n"
			      "def f(x):\n    if x:\n        return 1\n"
			      "    return 2\n\n\n"
			      "def g():\n    return LIMIT\n");
	CHECK(verdicts("aaa"));
	CHECK(why(G).code == TAUT_WHY_MODULE);
	CHECK(!strcmp(why(G).via, "module m.py"));
	CHECK(!strcmp(why(G).detail, "module level of m.py changed"));
}

TEST(an_input_affects_through_the_fixture)
{
	make_project();
	run("fg");
	scratch_write("data.txt", "other\n");
	CHECK(verdicts("aca"));
	CHECK(why(F).code == TAUT_WHY_INPUT);
	CHECK(!strcmp(why(F).via, "fixture files"));
	scratch_remove("data.txt");
	CHECK(verdicts("aca"));
	CHECK(why(F).code == TAUT_WHY_GONE);
	CHECK(!strcmp(why(F).detail, "data.txt is gone"));
	scratch_write("data.txt", "data\n");
	CHECK(verdicts("ccc"));
}

TEST(a_source_that_is_gone_affects_all_its_users)
{
	make_project();
	run("fg");
	scratch_remove("m.py");
	CHECK(verdicts("aaa"));
	CHECK(why(G).code == TAUT_WHY_GONE);
}

TEST(a_new_conftest_and_a_shadowing_package_affect)
{
	make_project();
	run("fg");
	scratch_write("tests/conftest.py", "");
	CHECK(verdicts("aaa"));
	CHECK(why(F).code == TAUT_WHY_CONFTEST);
	CHECK(!strcmp(why(F).detail, "tests/conftest.py appeared"));
	scratch_remove("tests/conftest.py");
	CHECK(verdicts("ccc"));
	scratch_write("m/__init__.py", "");
	CHECK(verdicts("aaa"));
	CHECK(why(F).code == TAUT_WHY_LOOKUP);
	CHECK(!strcmp(why(F).detail, "import m finds a package in . now"));
}

static int never_compiles(void *arg, const char *path, const void *bytes,
			  size_t n)
{
	(void)bytes;
	(void)n;
	CHECK(!strcmp(path, "m.py"));
	++*(int *)arg;
	return 0;
}

/* A suite that nobody entered can still stop the import. */
TEST(a_changed_source_must_compile)
{
	int asked = 0;
	const struct taut_config c = { .compiles = never_compiles,
				       .compiles_arg = &asked };
	struct taut_session *s;
	struct taut_reason w;

	make_project();
	run("fg");
	scratch_write("m.py", "import os\n\nLIMIT = 3\n\n\n"
			      "def f(x):\n    if x:\n        return 1\n"
			      "    return 2\n\n\n"
			      "def g():\n    return LIMIT\n\n\n"
			      "# return outside\n");
	s = open_as(&c);
	CHECK(!taut_session_select(s, NULL));
	CHECK(asked == 1);
	CHECK(taut_session_test(s, FILE_M, G, &w) == TAUT_AFFECTED);
	CHECK(!strcmp(w.detail, "m.py does not compile"));
	taut_session_close(s);
}

/* ---- tests that must run ---- */

TEST(failed_and_incomplete_tests_run_again)
{
	const struct taut_config c = { .flags = 0 };

	make_project();
	run_as(&c, "fg", TAUT_FAILED, NULL);
	CHECK(verdicts("aca"));
	CHECK(why(F).code == TAUT_WHY_FAILED);
	run_as(&c, "f", TAUT_SKIPPED, NULL);
	CHECK(verdicts("ccc"));
	run_as(&c, "f", TAUT_PASSED, "a child process was lost");
	CHECK(verdicts("aca"));
	CHECK(why(F).code == TAUT_WHY_INCOMPLETE);
	CHECK(!strcmp(why(F).detail, "a child process was lost"));
	run("f");
	CHECK(verdicts("ccc"));
}

TEST(collected_but_never_run_is_new)
{
	make_project();
	run("f");
	CHECK(verdicts("caa"));
	CHECK(why(G).code == TAUT_WHY_NEW);
}

/* Running one of two affected tests leaves the other affected. */
TEST(a_partial_run_cleans_only_what_it_ran)
{
	make_project();
	run("fg");
	scratch_write("m.py", "LIMIT = 5\n\n\n"
			      "def f(x):\n    return x\n\n\n"
			      "def g():\n    return LIMIT\n");
	CHECK(verdicts("aaa"));
	run("g");
	CHECK(verdicts("aca"));
	run("f");
	CHECK(verdicts("ccc"));
}

/* ---- environments ---- */

TEST(another_interpreter_has_results_of_its_own)
{
	const struct taut_part other[] = {
		{ "python", "3.12.1", TAUT_PART_IDENTITY },
		{ "packages", "0123456789abcdef", TAUT_PART_STATE },
	};
	const struct taut_config c = { .parts = other, .nparts = 2 };
	const struct taut_config any = { .flags = TAUT_READONLY |
						  TAUT_ANY_PARTS };
	struct taut_session *s;

	make_project();
	run("fg");
	s = open_as(&c);
	CHECK(taut_session_state(s) == TAUT_DB_OTHER_ENV);
	CHECK(!strcmp(taut_session_note(s), "environment changed (python "
					    "3.11.7 -> 3.12.1): all tests "
					    "run"));
	CHECK(!taut_session_select(s, NULL));
	CHECK(taut_session_test(s, FILE_M, F, NULL) == TAUT_UNKNOWN);
	taut_session_close(s);
	run_as(&c, "fg", TAUT_PASSED, NULL);
	CHECK(verdicts("ccc"));
	s = open_as(&c);
	CHECK(taut_session_state(s) == TAUT_DB_USED);
	taut_session_close(s);
	/* What changed for the one is not what changed for the other. */
	scratch_write("data.txt", "other\n");
	run("fg");
	s = selected(TAUT_READONLY);
	CHECK(taut_session_nchanged(s) == 0);
	taut_session_close(s);
	s = open_as(&c);
	CHECK(!taut_session_select(s, NULL));
	CHECK(taut_session_nchanged(s) == 1);
	taut_session_close(s);
	s = open_as(&any);
	CHECK(strstr(taut_session_note(s), "1 more result"));
	CHECK(strstr(taut_session_note(s), "python 3."));
	taut_session_close(s);
}

TEST(other_packages_replace_the_results)
{
	const struct taut_part other[] = {
		{ "python", "3.11.7", TAUT_PART_IDENTITY },
		{ "packages", "ffffffffffffffff", TAUT_PART_STATE },
	};
	const struct taut_config c = { .parts = other, .nparts = 2 };
	struct taut_session *s;

	make_project();
	run("fg");
	s = open_as(&c);
	CHECK(taut_session_state(s) == TAUT_DB_OTHER_ENV);
	CHECK(strstr(taut_session_note(s), "(packages changed)"));
	taut_session_close(s);
	run_as(&c, "f", TAUT_PASSED, NULL);
	s = open_session(0);
	CHECK(taut_session_state(s) == TAUT_DB_OTHER_ENV);
	taut_session_close(s);
}

/* An ignored part neither hides the results nor replaces them. */
TEST(an_ignored_part_is_not_compared)
{
	static const char *const ignore[] = { "packages" };
	const struct taut_part other[] = {
		{ "python", "3.11.7", TAUT_PART_IDENTITY },
		{ "packages", "ffffffffffffffff", TAUT_PART_STATE },
	};
	const struct taut_config c = { .parts = other,
				       .nparts = 2,
				       .ignore_parts = ignore,
				       .nignore = 1 };
	struct taut_session *s;

	make_project();
	run("fg");
	s = open_as(&c);
	CHECK(taut_session_state(s) == TAUT_DB_USED);
	taut_session_close(s);
	run_as(&c, "f", TAUT_FAILED, NULL);
	CHECK(verdicts("aca"));
}

TEST(the_program_takes_the_environment_by_name)
{
	const struct taut_config any = { .flags =
						 TAUT_READONLY | TAUT_ANY_PARTS,
					 .parts = sample_parts };
	const struct taut_config named = { .env = "nightly",
					   .flags = TAUT_READONLY };
	struct taut_session *s;

	make_project();
	run("fg");
	s = open_as(&any);
	CHECK(taut_session_state(s) == TAUT_DB_USED);
	taut_session_close(s);
	s = open_as(&named);
	CHECK(taut_session_state(s) == TAUT_DB_OTHER_ENV);
	CHECK(strstr(taut_session_note(s), "nightly"));
	taut_session_close(s);
}

/* ---- bad databases ---- */

static void bad_database(const char *bytes)
{
	struct taut_session *s;

	scratch_write(".testmondata", bytes);
	s = selected(0);
	CHECK(taut_session_state(s) == TAUT_DB_IGNORED);
	CHECK(taut_session_note(s) && !strchr(taut_session_note(s), '\n'));
	CHECK(taut_session_test(s, FILE_M, F, NULL) == TAUT_UNKNOWN);
	taut_session_close(s);
	run("fg");
	CHECK(verdicts("ccc"));
}

TEST(a_bad_database_is_ignored_and_replaced)
{
	make_project();
	bad_database("<<<<<<< HEAD\n");
	bad_database("SQLite format 3");
	bad_database("");
}

TEST(what_is_no_regular_file_is_left_alone)
{
	struct taut_session *s;
	const char *dir;

	make_project();
	scratch_mkdir(".testmondata");
	s = selected(0);
	CHECK(taut_session_state(s) == TAUT_DB_IGNORED);
	CHECK(taut_run_begin(s, &dir, NULL) == TAUT_EINVAL);
	taut_session_close(s);
	scratch_remove(".testmondata");
	CHECK(!mkfifo(scratch_path(".testmondata"), 0666));
	alarm(20);
	s = selected(0);
	CHECK(taut_session_state(s) == TAUT_DB_IGNORED);
	taut_session_close(s);
}

TEST(a_link_to_nothing)
{
	struct taut_session *s;
	const char *dir;

	make_project();
	scratch_mkdir("db");
	CHECK(!symlink("none/deps", scratch_path(".testmondata")));
	s = selected(0);
	CHECK(taut_run_begin(s, &dir, NULL) == TAUT_EINVAL);
	taut_session_close(s);
	scratch_remove(".testmondata");
	CHECK(!symlink("db/deps", scratch_path(".testmondata")));
	run("fg");
	CHECK(!access(scratch_path("db/deps"), F_OK));
	CHECK(verdicts("ccc"));
}

TEST(the_database_may_be_elsewhere)
{
	make_project();
	scratch_mkdir("db");
	setenv("TESTMON_DATAFILE", "db/deps", 1);
	run("fg");
	CHECK(!access(scratch_path("db/deps"), F_OK));
	CHECK(access(scratch_path(".testmondata"), F_OK));
	CHECK(count("db") == 1);
	CHECK(verdicts("ccc"));
	setenv("TESTMON_DATAFILE", scratch_path("db/deps"), 1);
	CHECK(verdicts("ccc"));
}

/* ---- reading only ---- */

TEST(readonly_writes_nothing_anywhere)
{
	struct taut_digest before, after;
	struct taut_session *s;
	struct taut_stats st;
	const char *dir;

	make_project();
	run("fg");
	/* A run that died, so that there is something to fold in. */
	s = open_session(0);
	CHECK(!taut_run_begin(s, &dir, NULL));
	record(dir, "f", TAUT_FAILED, NULL);
	taut_session_close(s);
	scratch_write("data.txt", "other\n");
	setenv("XDG_CACHE_HOME", scratch_path("xdg"), 1);
	before = scratch_state();

	s = selected(TAUT_READONLY);
	CHECK(taut_session_test(s, FILE_M, F, NULL) == TAUT_AFFECTED);
	CHECK(taut_session_test(s, FILE_M, G, NULL) == TAUT_CLEAN);
	CHECK(!taut_session_stats(s, &st, NULL));
	CHECK(!taut_session_check(s, NULL));
	CHECK(taut_run_begin(s, &dir, NULL) == TAUT_EINVAL);
	taut_session_close(s);

	after = scratch_state();
	CHECK(taut_digest_eq(&before, &after));
}

TEST(readonly_makes_no_cache)
{
	struct taut_digest before, after;
	struct taut_session *s;

	make_project();
	before = scratch_state();
	s = selected(TAUT_READONLY);
	taut_session_close(s);
	after = scratch_state();
	CHECK(taut_digest_eq(&before, &after));
}

/* ---- memory ---- */

TEST(session_oom)
{
	struct taut_config c = { .parts = sample_parts, .nparts = 2 };
	struct taut_session *s;
	struct taut_err err;
	long n;
	int rc;

	make_project();
	run("fg");
	scratch_write("data.txt", "other\n");
	c.root = scratch_dir();
	c.flags = TAUT_READONLY;
	for (n = 1, rc = TAUT_ENOMEM; rc; n++) {
		CHECK(rc == TAUT_ENOMEM && n < 100000);
		taut_alloc_fail_at(n);
		rc = taut_session_open(&c, &s, &err);
		if (rc)
			continue;
		rc = taut_session_select(s, &err);
		taut_session_close(s);
	}
	taut_alloc_fail_at(0);
}
