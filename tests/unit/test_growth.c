/*
 * What many edits of module level leave behind: versions that only tests hold
 * on to which the name rule was right to spare.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "byname.h"
#include "harness.h"
#include "recording.h"
#include "sample.h"
#include "scratch.h"

/*
 * Module 0 is a hub, which all others import.  Each has constants A, B ... and
 * functions a, b ... that say one of them.  A test file has a test for each
 * letter, which enters that function of the hub and of the file's own modules.
 */
enum { MODULES = 21, TESTFILES = 10, LETTERS = 5, EDITS = 200 };
enum { NTESTS = TESTFILES * LETTERS };

static uint32_t now[MODULES][LETTERS]; /* values in the tree */
static uint32_t seen[NTESTS][MODULES]; /* what each test ran with last */

static const char *module(uint32_t m)
{
	static char s[16];

	snprintf(s, sizeof(s), "m%02u.py", m);
	return s;
}

static const char *testfile(uint32_t f)
{
	static char s[16];

	snprintf(s, sizeof(s), "test_%02u.py", f);
	return s;
}

/* Does a test of this file use the module? */
static int uses(uint32_t f, uint32_t m)
{
	return !m || (m - 1) / 2 == f;
}

static void write_module(uint32_t m)
{
	struct taut_buf b = TAUT_BUF_INIT;
	uint32_t k;

	CHECK(!taut_buf_printf(&b, m ? "import m00\n" : ""));
	for (k = 0; k < LETTERS; k++)
		CHECK(!taut_buf_printf(&b, "%c = %u\n", 'A' + k, now[m][k]));
	for (k = 0; k < LETTERS; k++)
		CHECK(!taut_buf_printf(&b, "def %c():\n    return %c\n",
				       'a' + k, 'A' + k));
	scratch_write(module(m), (char *)b.p);
	taut_buf_release(&b);
}

static void write_testfile(uint32_t f)
{
	struct taut_buf b = TAUT_BUF_INIT;
	uint32_t m, k;

	for (m = 0; m < MODULES; m++)
		if (uses(f, m))
			CHECK(!taut_buf_printf(&b, "import m%02u\n", m));
	for (k = 0; k < LETTERS; k++) {
		CHECK(!taut_buf_printf(&b, "def test_%c():\n", 'a' + k));
		for (m = 0; m < MODULES; m++)
			if (uses(f, m))
				CHECK(!taut_buf_printf(&b, "    m%02u.%c()\n",
						       m, 'a' + k));
	}
	scratch_write(testfile(f), (char *)b.p);
	taut_buf_release(&b);
}

/* ---- a run ---- */

static void record_test(struct recording *r, uint32_t f, uint32_t k,
			uint32_t carrier)
{
	char nodeid[64], name[8];
	uint32_t m, t;

	snprintf(nodeid, sizeof(nodeid), "%s::test_%c", testfile(f), 'a' + k);
	t = rec_carrier(r, TAUT_CARRIER_TEST, nodeid);
	rec_ref(r, carrier);
	snprintf(name, sizeof(name), "test_%c", 'a' + k);
	rec_suite(r, testfile(f), name);
	for (m = 0; m < MODULES; m++)
		if (uses(f, m)) {
			rec_suite(r, module(m), name + 5);
			seen[f * LETTERS + k][m] = now[m][k];
		}
	rec_test(r, t, testfile(f), nodeid, TAUT_PASSED, NULL, 1);
}

/* Record the tests whose place in `which` is set. */
static void record_run(const char *dir, const uint8_t *which)
{
	static struct recording r;
	uint32_t carriers[MODULES], f, m, k, file;

	rec_open(&r, dir, "main", scratch_dir());
	for (m = 0; m < MODULES; m++) {
		carriers[m] = rec_carrier(&r, TAUT_CARRIER_MODULE, module(m));
		rec_version(&r, module(m));
		if (m)
			rec_ref(&r, carriers[0]);
	}
	for (f = 0; f < TESTFILES; f++) {
		file = rec_carrier(&r, TAUT_CARRIER_MODULE, testfile(f));
		rec_version(&r, testfile(f));
		for (m = 0; m < MODULES; m++)
			if (uses(f, m))
				rec_ref(&r, carriers[m]);
		for (k = 0; k < LETTERS; k++)
			if (which[f * LETTERS + k])
				record_test(&r, f, k, file);
	}
	rec_close(&r);
}

static void run_tests(const uint8_t *which)
{
	struct taut_session *s = open_session(0);
	const char *dir;

	CHECK(!taut_run_begin(s, &dir, NULL));
	record_run(dir, which);
	CHECK(!taut_run_finish(s, NULL));
	taut_session_close(s);
}

/* ---- what is found ---- */

/* Is there a constant that the test says and ran with another value of? */
static int is_stale(uint32_t test)
{
	uint32_t m;

	for (m = 0; m < MODULES; m++)
		if (uses(test / LETTERS, m) &&
		    seen[test][m] != now[m][test % LETTERS])
			return 1;
	return 0;
}

/* Which tests are affected; none that is stale is spared.  How many others
 * are affected, too. */
static uint32_t find_affected(uint8_t *which)
{
	struct taut_session *s = selected(TAUT_BY_NAME);
	uint32_t t, extra = 0;
	char nodeid[64];

	for (t = 0; t < NTESTS; t++) {
		snprintf(nodeid, sizeof(nodeid), "%s::test_%c",
			 testfile(t / LETTERS), 'a' + t % LETTERS);
		which[t] = taut_session_test(s, testfile(t / LETTERS), nodeid,
					     NULL) == TAUT_AFFECTED;
		CHECK(which[t] || !is_stale(t));
		extra += which[t] && !is_stale(t);
	}
	taut_session_close(s);
	return extra;
}

static off_t size_of_database(void)
{
	struct stat st;

	CHECK(!stat(scratch_path(".testmondata"), &st));
	return st.st_size;
}

/* The most versions of a file that are on record. */
static size_t most_versions(void)
{
	const struct taut_db_file *files;
	const struct taut_db_ver *vers;
	size_t n, nvers, i, most = 0;
	struct taut_db *db;

	CHECK(!taut_db_open(scratch_path(".testmondata"), &db, NULL));
	files = taut_db_files(db, &n, NULL);
	for (i = 0; files && i < n; i++) {
		if (files[i].kind != TAUT_PY)
			continue;
		CHECK(!taut_db_vers(db, (uint32_t)i, &vers, &nvers, NULL));
		if (nvers > most)
			most = nvers;
	}
	CHECK(!taut_db_check(db, NULL));
	taut_db_close(db);
	return most;
}

/*
 * Every second edit is one of the hub.  After four (a save waits for the disk)
 * two of three affected tests are run: the others stay affected, whatever
 * follows.
 */
TEST(many_edits_with_partial_runs_between_them)
{
	uint8_t which[NTESTS];
	uint32_t i, m, k, extra = 0;
	off_t first;

	memset(which, 1, sizeof(which));
	for (m = 0; m < MODULES; m++)
		write_module(m);
	for (i = 0; i < TESTFILES; i++)
		write_testfile(i);
	scratch_write("pytest.ini", "[pytest]\n");
	run_tests(which);
	first = size_of_database();
	CHECK(!find_affected(which));
	for (i = 0; i < EDITS; i++) {
		m = i % 2 ? 0 : 1 + i / 2 * 7 % (MODULES - 1);
		now[m][i * 3 % LETTERS]++;
		write_module(m);
		extra += find_affected(which);
		if (i % 4 != 3)
			continue;
		for (k = i % 3; k < NTESTS; k += 3)
			which[k] = 0;
		run_tests(which);
		CHECK(most_versions() <= TAUT_BYNAME_VERSIONS + 2);
	}
	if (size_of_database() > 2 * first)
		printf("%zu bytes, then %zu\n", (size_t)first,
		       (size_t)size_of_database());
	CHECK(size_of_database() <= 2 * first);
	/* Beyond so many versions some go by the file rule. */
	CHECK(extra < EDITS * NTESTS / 10);
}
