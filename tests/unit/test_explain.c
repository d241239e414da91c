#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "recording.h"
#include "sample.h"
#include "scratch.h"
#include "util.h"

static char said[8192];

static void hear(void *arg, const char *line)
{
	(void)arg;
	CHECK(strlen(said) + strlen(line) + 2 < sizeof(said));
	strcat(said, line);
	strcat(said, "\n");
}

TEST(why_tells_what_was_compared)
{
	enum taut_verdict v = TAUT_UNKNOWN;
	struct taut_session *s;

	make_project();
	run("fg");
	s = selected(TAUT_READONLY);
	CHECK(!taut_session_why(s, F, &v, hear, NULL, NULL));
	CHECK(v == TAUT_CLEAN);
	CHECK(strstr(said, "need not run: passed last time"));
	CHECK(strstr(said, "in 2 source files"));
	CHECK(strstr(said, "3 other inputs, through 3 carriers"));
	taut_session_close(s);

	scratch_write("data.txt", "other\n");
	said[0] = 0;
	s = selected(TAUT_READONLY);
	CHECK(!taut_session_why(s, F, &v, hear, NULL, NULL));
	CHECK(v == TAUT_AFFECTED);
	CHECK(!strcmp(said, "runs: data.txt changed\n"
			    "through fixture files\n"));
	taut_session_close(s);
}

TEST(why_of_an_unknown_test_suggests_others)
{
	struct taut_session *s;

	make_project();
	run("fg");
	s = selected(TAUT_READONLY);
	CHECK(taut_session_why(s, "test_m.py::test_f", NULL, hear, NULL,
			       NULL) == TAUT_ENOTFOUND);
	CHECK(!strncmp(said, F "\n", sizeof(F)));
	said[0] = 0;
	CHECK(taut_session_why(s, "tests/test_m.py::tset_g", NULL, hear, NULL,
			       NULL) == TAUT_ENOTFOUND);
	CHECK(strstr(said, G));
	said[0] = 0;
	CHECK(taut_session_why(s, "quite::different", NULL, hear, NULL, NULL) ==
	      TAUT_ENOTFOUND);
	CHECK(!*said);
	taut_session_close(s);
}

TEST(show_tells_both_directions)
{
	struct taut_session *s;

	make_project();
	run("fg");
	s = selected(TAUT_READONLY);
	CHECK(!taut_session_show(s, F, hear, NULL, NULL));
	CHECK(strstr(said, "m.py: 1 suite\n"));
	CHECK(strstr(said, "data.txt, by fixture files\n"));
	CHECK(strstr(said, "  module m.py\n"));
	said[0] = 0;
	CHECK(!taut_session_show(s, "data.txt", hear, NULL, NULL));
	CHECK(!strcmp(said, F "\n"));
	said[0] = 0;
	CHECK(!taut_session_show(s, "m.py", hear, NULL, NULL));
	CHECK(!strcmp(said, F "\n" G "\n"));
	CHECK(taut_session_show(s, "none.py", hear, NULL, NULL) ==
	      TAUT_ENOTFOUND);
	taut_session_close(s);
}

/* A run of test_f in a session of its own, and what it gained. */
static struct taut_session *gain(void)
{
	struct taut_session *s = selected(0);
	const char *dir;

	CHECK(!taut_run_begin(s, &dir, NULL));
	record(dir, "f", TAUT_PASSED, NULL);
	CHECK(!taut_run_finish(s, NULL));
	said[0] = 0;
	CHECK(!taut_run_gained(s, FILE_M, F, hear, NULL, NULL));
	return s;
}

TEST(gained_tells_what_the_record_lacks)
{
	struct taut_session *s;

	make_project();
	run("g");
	taut_session_close(gain());
	/* m.py was: test_f enters other code of it, but it is as it was. */
	CHECK(!strcmp(said, "file data.txt, which was not on record\n"));
	taut_session_close(gain());
	CHECK(!*said);

	scratch_write("data.txt", "other\n");
	s = gain();
	CHECK(!strcmp(said, "file data.txt, which differs from the record\n"));
	CHECK(taut_run_gained(s, FILE_M, "none", hear, NULL, NULL) ==
	      TAUT_ENOTFOUND);
	CHECK(taut_run_gained(s, "none.py", F, hear, NULL, NULL) ==
	      TAUT_ENOTFOUND);
	taut_session_close(s);
}

TEST(gained_oom)
{
	struct taut_session *s;
	struct taut_err err;
	long n;
	int rc;

	make_project();
	run("g");
	s = gain();
	for (n = 1, rc = TAUT_ENOMEM; rc; n++) {
		CHECK(rc == TAUT_ENOMEM && n < 10000);
		taut_alloc_fail_at(n);
		rc = taut_run_gained(s, FILE_M, F, hear, NULL, &err);
	}
	taut_alloc_fail_at(0);
	taut_session_close(s);
}

/* Today's distributions: "gone" is absent, all others have the digest of their
 * names. */
static int probe(void *arg, int kind, const char *name, struct taut_digest *out)
{
	(void)arg;
	CHECK(kind == TAUT_DIST);
	if (!strcmp(name, "gone"))
		return TAUT_ENOTFOUND;
	taut_digest_bytes(name, strlen(name), out);
	return 0;
}

TEST(reasons_of_distributions)
{
	static const struct {
		const char *name, *then, *detail;
	} cases[] = {
		{ "same", "same", NULL },
		{ "dep", "old", "installed distribution dep changed" },
		{ "gone", "old", "distribution gone is not installed now" },
		{ "import x", NULL, "import x finds something installed now" },
		{ "*", "old", "the installed distributions changed" },
	};
	static struct recording r;
	struct taut_session *s = NULL;
	const char *dir;
	char id[64];
	uint32_t t;
	size_t i;

	make_project();
	s = open_session(0);
	CHECK(!taut_run_begin(s, &dir, NULL));
	rec_open(&r, dir, "main", scratch_dir());
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct taut_digest d = { { 0 } };

		if (cases[i].then)
			taut_digest_bytes(cases[i].then, strlen(cases[i].then),
					  &d);
		snprintf(id, sizeof(id), "%s::test_%zu", FILE_M, i);
		t = rec_carrier(&r, TAUT_CARRIER_TEST, id);
		rec_input(&r, TAUT_DIST, cases[i].name, &d);
		rec_test(&r, t, FILE_M, id, TAUT_PASSED, NULL, 1);
	}
	rec_close(&r);
	CHECK(!taut_run_finish(s, NULL));
	taut_session_close(s);

	s = open_as(&(struct taut_config){ .probe = probe });
	CHECK(!taut_session_select(s, NULL));
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct taut_reason why;

		snprintf(id, sizeof(id), "%s::test_%zu", FILE_M, i);
		CHECK(taut_session_test(s, FILE_M, id, &why) ==
		      (cases[i].detail ? TAUT_AFFECTED : TAUT_CLEAN));
		CHECK(!cases[i].detail || !strcmp(why.detail, cases[i].detail));
	}
	taut_session_close(s);
}
