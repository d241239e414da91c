#include "cache.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "durations.h"
#include "harness.h"
#include "recording.h"
#include "scratch.h"

/* ---- where the cache is ---- */

static void no_environment(void)
{
	unsetenv("TAUT_CACHE_DIR");
	setenv("XDG_CACHE_HOME", scratch_path("xdg"), 1);
}

static int is_at(const char *given, const char *want)
{
	struct taut_cache c;
	int same;

	CHECK(!taut_cache_locate(&c, scratch_path("root"), given, NULL));
	same = want ? c.dir && !strncmp(c.dir, scratch_path(want),
					strlen(scratch_path(want))) :
		      !c.dir;
	taut_cache_release(&c);
	return same;
}

TEST(the_cache_is_where_it_is_named)
{
	no_environment();
	scratch_mkdir("root");
	CHECK(is_at(NULL, "root/.taut_cache"));
	setenv("TAUT_CACHE_DIR", "build/cache", 1);
	CHECK(is_at(NULL, "root/build/cache"));
	setenv("TAUT_CACHE_DIR", scratch_path("abs"), 1);
	CHECK(is_at(NULL, "abs"));
	CHECK(is_at("mine", "root/mine"));
	CHECK(access(scratch_path("root/.taut_cache"), F_OK));
}

TEST(a_root_that_cannot_have_one_gets_the_user_s)
{
	no_environment();
	scratch_write("root/.taut_cache", "a file");
	CHECK(is_at(NULL, "xdg/taut/"));
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", scratch_path("home"), 1);
	CHECK(is_at(NULL, "home/.cache/taut/"));
	scratch_write("home", "no directory either");
	CHECK(is_at(NULL, NULL));
}

TEST(without_a_place_making_it_says_so)
{
	struct taut_cache c;
	struct taut_err err = { .msg = "" };

	no_environment();
	scratch_write("root/.taut_cache", "");
	scratch_write("xdg", "");
	CHECK(!taut_cache_locate(&c, scratch_path("root"), NULL, NULL));
	CHECK(taut_cache_make(&c, &err) == TAUT_EIO);
	CHECK(strstr(err.msg, "TAUT_CACHE_DIR"));
	taut_cache_release(&c);
}

TEST(a_directory_that_was_there_is_not_marked)
{
	struct taut_cache c;

	no_environment();
	scratch_mkdir("root");
	scratch_mkdir("shared");
	CHECK(!taut_cache_locate(&c, scratch_path("root"),
				 scratch_path("shared"), NULL));
	CHECK(!taut_cache_make(&c, NULL) && !taut_cache_make(&c, NULL));
	CHECK(access(scratch_path("shared/.gitignore"), F_OK));
	taut_cache_release(&c);
	CHECK(!taut_cache_locate(&c, scratch_path("root"), "a/b/new", NULL));
	CHECK(!taut_cache_make(&c, NULL));
	CHECK(!access(scratch_path("root/a/b/new/.gitignore"), F_OK));
	CHECK(!access(scratch_path("root/a/b/new/CACHEDIR.TAG"), F_OK));
	CHECK(access(scratch_path("root/a/b/.gitignore"), F_OK));
	taut_cache_release(&c);
}

/* ---- durations ---- */

static void log_one(const char *name, const char *nodeid, uint64_t micros)
{
	static struct recording r;
	uint32_t t;

	rec_open(&r, scratch_dir(), name, scratch_dir());
	t = rec_carrier(&r, TAUT_CARRIER_TEST, nodeid);
	rec_test(&r, t, "t.py", nodeid, TAUT_PASSED, NULL, micros);
	rec_close(&r);
}

static uint64_t known(const char *file, const char *env, const char *nodeid)
{
	struct taut_durations d = TAUT_DURATIONS_INIT;
	uint64_t micros = 0;

	CHECK(!taut_durations_load(&d, file, NULL));
	taut_durations_get(&d, env, nodeid, &micros);
	taut_durations_release(&d);
	return micros;
}

static void merge(const char *file, const char *log)
{
	struct taut_durations d = TAUT_DURATIONS_INIT;

	CHECK(!taut_durations_load(&d, file, NULL));
	CHECK(!taut_durations_log(&d, "one", scratch_path(log), NULL));
	CHECK(!taut_durations_save(&d, file, NULL));
	taut_durations_release(&d);
}

TEST(durations_are_merged_by_environment_and_test)
{
	const char *file = scratch_path("durations");

	log_one("a", "t.py::a", 100);
	log_one("b", "t.py::b", 200);
	log_one("again", "t.py::a", 50);
	merge(file, "a.log");
	merge(file, "b.log");
	CHECK(known(file, "one", "t.py::a") == 100);
	CHECK(known(file, "one", "t.py::b") == 200);
	CHECK(!known(file, "two", "t.py::a"));
	merge(file, "again.log");
	CHECK(known(file, "one", "t.py::a") == 50);
	CHECK(known(file, "one", "t.py::b") == 200);
	merge(file, "nowhere.log");
	CHECK(known(file, "one", "t.py::a") == 50);
}

TEST(bad_durations_are_none)
{
	const char *file = scratch_path("durations");

	log_one("a", "t.py::a", 100);
	merge(file, "a.log");
	CHECK(!truncate(file, 30));
	CHECK(!known(file, "one", "t.py::a"));
	merge(file, "a.log");
	CHECK(known(file, "one", "t.py::a") == 100);
	scratch_write("durations", "garbage that is long enough to be one");
	CHECK(!known(file, "one", "t.py::a"));
}
