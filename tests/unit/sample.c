#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "recording.h"
#include "scan.h"
#include "scratch.h"

const struct taut_part sample_parts[2] = {
	{ "python", "3.11.7", TAUT_PART_IDENTITY },
	{ "packages", "0123456789abcdef", TAUT_PART_STATE },
};

static const char source[] = "import os\n"
			     "\n"
			     "LIMIT = 3\n"
			     "\n"
			     "\n"
			     "def f(x):\n"
			     "    if x:\n"
			     "        return 1\n"
			     "    return 2\n"
			     "\n"
			     "\n"
			     "def g():\n"
			     "    return LIMIT\n";

void make_project(void)
{
	unsetenv("TESTMON_DATAFILE");
	unsetenv("TAUT_CACHE_DIR");
	scratch_write("m.py", source);
	scratch_write("tests/test_m.py", "import m\n\n\n"
					 "def test_f():\n    assert m.f(1)\n"
					 "\n\n"
					 "def test_g():\n    assert m.g()\n");
	scratch_write("data.txt", "data\n");
}

struct taut_session *open_as(const struct taut_config *given)
{
	struct taut_config c = *given;
	struct taut_session *s;
	struct taut_err err = { .msg = "" };

	c.root = scratch_dir();
	if (!c.parts) {
		c.parts = sample_parts;
		c.nparts = 2;
	}
	if (taut_session_open(&c, &s, &err)) {
		puts(err.msg);
		CHECK(!"open");
	}
	return s;
}

struct taut_session *open_session(unsigned flags)
{
	const struct taut_config c = { .flags = flags };

	return open_as(&c);
}

struct taut_session *selected(unsigned flags)
{
	struct taut_session *s = open_session(flags);

	CHECK(!taut_session_select(s, NULL));
	return s;
}

/* What a run of test `name` ("f" or "g") leaves in the log. */
static void record_test(struct recording *r, const char *name, uint32_t module,
			uint32_t collection, int outcome, const char *must_run)
{
	char id[64], function[16];
	uint32_t t, fixture;

	snprintf(function, sizeof(function), "test_%s", name);
	snprintf(id, sizeof(id), "%s::%s", FILE_M, function);
	fixture = rec_carrier(r, TAUT_CARRIER_FIXTURE, "files");
	rec_input(r, TAUT_DATA, "data.txt", NULL);
	t = rec_carrier(r, TAUT_CARRIER_TEST, id);
	rec_suite(r, FILE_M, function);
	rec_suite(r, "m.py", name);
	rec_ref(r, module);
	rec_ref(r, collection);
	if (*name == 'f')
		rec_ref(r, fixture);
	rec_test(r, t, FILE_M, id, outcome, must_run, 1500);
}

/* A run that executes the tests whose letters are in `which`. */
void record(const char *dir, const char *which, int outcome,
	    const char *must_run)
{
	static struct recording r;
	const char *const ids[] = { F, G };
	uint32_t module, collection;

	rec_open(&r, dir, "main", scratch_dir());
	module = rec_carrier(&r, TAUT_CARRIER_MODULE, "m.py");
	rec_version(&r, "m.py");
	collection = rec_carrier(&r, TAUT_CARRIER_COLLECTION, FILE_M);
	rec_version(&r, FILE_M);
	rec_input(&r, TAUT_LOOKUP, "tests/conftest", NULL);
	rec_input(&r, TAUT_LOOKUP, "m", NULL);
	if (strchr(which, 'f'))
		record_test(&r, "f", module, collection, outcome, must_run);
	if (strchr(which, 'g'))
		record_test(&r, "g", module, collection, TAUT_PASSED, NULL);
	rec_collected(&r, FILE_M, 1, ids, 2);
	rec_close(&r);
}

void run_as(const struct taut_config *c, const char *which, int outcome,
	    const char *must_run)
{
	struct taut_session *s = open_as(c);
	struct taut_err err = { .msg = "" };
	const char *dir;

	CHECK(!taut_run_begin(s, &dir, NULL));
	record(dir, which, outcome, must_run);
	if (taut_run_finish(s, &err)) {
		puts(err.msg);
		CHECK(!"finish");
	}
	taut_session_close(s);
}

void run(const char *which)
{
	const struct taut_config c = { .flags = 0 };

	run_as(&c, which, TAUT_PASSED, NULL);
}

/* The verdicts of a session of its own: 'c'lean, 'a'ffected, 'u'nknown. */
int verdicts(const char *want)
{
	struct taut_session *s = selected(TAUT_READONLY);
	char got[4] = "";

	got[0] = "uca"[taut_session_test(s, FILE_M, F, NULL)];
	got[1] = "uca"[taut_session_test(s, FILE_M, G, NULL)];
	got[2] = "uca"[taut_session_file(s, FILE_M)];
	taut_session_close(s);
	if (strcmp(got, want))
		printf("got %s\n", got);
	return !strcmp(got, want);
}

struct taut_reason why(const char *nodeid)
{
	static struct taut_session *s;
	struct taut_reason w;

	if (s)
		taut_session_close(s);
	s = selected(TAUT_READONLY);
	taut_session_test(s, FILE_M, nodeid, &w);
	return w;
}

int count(const char *name)
{
	char command[512];
	FILE *p;
	int n = -1;

	snprintf(command, sizeof(command), "ls -A '%s' 2>/dev/null | wc -l",
		 scratch_path(name));
	p = popen(command, "r");
	CHECK(p && fscanf(p, "%d", &n) == 1);
	pclose(p);
	return n;
}

struct taut_sheet *sheet_of(const char *text)
{
	struct taut_sheet *s;

	CHECK(!taut_sheet_scan(text, strlen(text), &s, NULL));
	return s;
}
