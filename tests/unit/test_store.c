#include "store.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "hash.h"
#include "io.h"
#include "scratch.h"
#include "story.h"

static const struct taut_part parts[] = {
	{ "python", "3.11", TAUT_PART_IDENTITY },
	{ "packages", "p1", TAUT_PART_STATE },
};

/* Compare and show what was told instead. */
static void tells(const struct taut_store *s, const char *expected)
{
	const char *told = story_tell(s);

	if (strcmp(told, expected)) {
		printf("expected:\n%stold:\n%s", expected, told);
		harness_fail(__FILE__, __LINE__, "story is as expected");
	}
}

static struct taut_store *new_store(void)
{
	struct taut_store *s;

	CHECK(!taut_store_new(&s, NULL));
	return s;
}

static void apply(struct taut_store *s, const char *writers)
{
	CHECK(story_apply(s, writers, parts, 1));
}

/* A module carrier with the version of one file. */
static void module(struct story *s, uint32_t number, const char *path,
		   uint32_t file)
{
	story_carrier(s, number, TAUT_CARRIER_MODULE, path);
	story_dep(s, file, "6");
}

/* One log: tests a and b of t.py; both ran function 1 of m.py (letters given),
 * b also the `if` in it; t.py and m.py are modules. */
static void simple(const char *writer, const char *letters)
{
	struct story s;
	uint32_t t, m;

	story_begin(&s, writer);
	t = story_py(&s, "t.py", "aaaaaaa");
	m = story_py(&s, "m.py", letters);
	module(&s, 0, "m.py", m);
	story_put(&s, 1);
	module(&s, 1, "t.py", t);
	story_ref(&s, 0, TAUT_EDGE_IMPORTS);
	story_put(&s, 1);
	story_carrier(&s, 2, TAUT_CARRIER_TEST, "t.py::a");
	story_dep(&s, t, "1");
	story_dep(&s, m, "1");
	story_ref(&s, 1, TAUT_EDGE_USES);
	story_test(&s, "t.py", TAUT_PASSED, NULL);
	story_carrier(&s, 3, TAUT_CARRIER_TEST, "t.py::b");
	story_dep(&s, t, "4");
	story_dep(&s, m, "2");
	story_ref(&s, 1, TAUT_EDGE_USES);
	story_ref(&s, 0, TAUT_EDGE_USES);
	story_test(&s, "t.py", TAUT_FAILED, NULL);
	story_end(&s);
}

#define SIMPLE                                                 \
	"env default python=3.11\n"                            \
	"t.py::a passed m.py{1a} t.py{1a} -> module:t.py\n"    \
	"t.py::b failed m.py{1a 2a} t.py{4a} -> module:t.py\n" \
	"module:m.py m.py{6a}\n"                               \
	"module:t.py t.py{6a} -> i/module:m.py\n"              \
	"file m.py aaaaaaa va\n"                               \
	"file t.py aaaaaaa va\n"

TEST(apply_closes_suites_inside_functions_and_prunes_references)
{
	struct taut_store *s = new_store();

	simple("main", "aaaaaaa");
	apply(s, "main");
	tells(s, SIMPLE);
	taut_store_free(s);
}

TEST(module_and_class_level_suites_count_as_version)
{
	struct taut_store *s = new_store();
	struct story y;
	uint32_t f;

	story_begin(&y, "main");
	f = story_py(&y, "t.py", "abcdefg");
	story_carrier(&y, 0, TAUT_CARRIER_TEST, "t.py::a");
	story_dep(&y, f, "0");
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_carrier(&y, 1, TAUT_CARRIER_TEST, "t.py::b");
	story_dep(&y, f, "345");
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_end(&y);
	apply(s, "main");
	CHECK(strstr(story_tell(s), "t.py::a passed t.py{6g}\n"));
	CHECK(strstr(story_tell(s), "4e"));
	CHECK(strstr(story_tell(s), "5f"));
	CHECK(!strstr(story_tell(s), "3d"));
	CHECK(strstr(story_tell(s), "file t.py abcdefg vg\n"));
	taut_store_free(s);
}

TEST(same_input_same_bytes_and_nothing_learned_changes_nothing)
{
	struct taut_store *s = new_store(), *t = new_store(), *u;
	struct taut_buf a, b, c, d;

	simple("main", "aaaaaaa");
	apply(s, "main");
	apply(t, "main");
	a = story_image(s);
	b = story_image(t);
	CHECK(a.n == b.n && !memcmp(a.p, b.p, a.n));
	u = story_load(&a);
	c = story_image(u);
	CHECK(a.n == c.n && !memcmp(a.p, c.p, a.n));
	/* The same run once more, on what was loaded. */
	apply(u, "main");
	d = story_image(u);
	CHECK(a.n == d.n && !memcmp(a.p, d.p, a.n));
	CHECK(!story_apply(u, "", parts, 1));
	taut_buf_release(&a);
	taut_buf_release(&b);
	taut_buf_release(&c);
	taut_buf_release(&d);
	taut_store_free(s);
	taut_store_free(t);
	taut_store_free(u);
}

TEST(a_test_that_did_not_run_keeps_its_old_record)
{
	struct taut_store *s = new_store();
	struct story y;
	uint32_t t, m;

	simple("main", "aaaaaaa");
	apply(s, "main");
	/* m.py: new version and new function; only a runs. */
	story_begin(&y, "second");
	t = story_py(&y, "t.py", "aaaaaaa");
	m = story_py(&y, "m.py", "bbaaaab");
	module(&y, 0, "m.py", m);
	story_put(&y, 1);
	module(&y, 1, "t.py", t);
	story_ref(&y, 0, TAUT_EDGE_IMPORTS);
	story_put(&y, 1);
	story_carrier(&y, 2, TAUT_CARRIER_TEST, "t.py::a");
	story_dep(&y, m, "1");
	story_ref(&y, 1, TAUT_EDGE_USES);
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_end(&y);
	apply(s, "second");
	CHECK(strstr(story_tell(s), "t.py::a passed m.py{1b} -> "
				    "module:t.py\n"));
	CHECK(strstr(story_tell(s), "t.py::b failed m.py{1a 2a} t.py{4a} -> "
				    "module:t.py\n"));
	/* Two carriers of each module, and versions of both. */
	CHECK(strstr(story_tell(s), "module:m.py m.py{6a}\n"));
	CHECK(strstr(story_tell(s), "module:m.py m.py{6b}\n"));
	CHECK(strstr(story_tell(s), "va"));
	CHECK(strstr(story_tell(s), "vb"));
	/* m.py as a whole is not what is on record; t.py is. */
	CHECK(strstr(story_tell(s), "file m.py - "));
	CHECK(strstr(story_tell(s), "file t.py aaaaaaa"));
	/* b runs too: the old carriers have no user and go. */
	simple("third", "bbaaaab");
	apply(s, "third");
	CHECK(!strstr(story_tell(s), "6a}\nmodule:m.py"));
	CHECK(strstr(story_tell(s), "file m.py bbaaaab vb\n"));
	taut_store_free(s);
}

TEST(two_logs_of_one_run_are_united)
{
	struct taut_store *s = new_store(), *t = new_store();
	struct taut_buf a, b;
	struct story y;
	uint32_t f, i;

	simple("gw0", "aaaaaaa");
	/* Another worker ran a as well, elsewhere. */
	story_begin(&y, "gw1");
	for (i = 0; i < 3; i++)
		story_input(&y, TAUT_DATA, "other", 'x');
	f = story_py(&y, "m.py", "aaaaaaa");
	module(&y, 7, "m.py", f);
	story_put(&y, 1);
	story_carrier(&y, 5, TAUT_CARRIER_TEST, "t.py::a");
	story_dep(&y, f, "4");
	story_dep(&y, 0, "0");
	story_ref(&y, 7, TAUT_EDGE_USES);
	story_test(&y, "t.py", TAUT_SKIPPED, NULL);
	story_end(&y);
	apply(s, "gw0 gw1");
	CHECK(strstr(story_tell(s), "t.py::a skipped m.py{"));
	CHECK(strstr(story_tell(s), "4a"));
	CHECK(strstr(story_tell(s), " t.py{1a} d:other{x} -> module:t.py\n"));
	/* Equal carriers became one. */
	CHECK(strstr(strstr(story_tell(s), "\nmodule:m.py") + 1,
		     "\nmodule:m.py") == NULL);
	/* Whichever log comes first. */
	apply(t, "gw1 gw0");
	a = story_image(s);
	b = story_image(t);
	CHECK(a.n == b.n && !memcmp(a.p, b.p, a.n));
	taut_buf_release(&a);
	taut_buf_release(&b);
	taut_store_free(s);
	taut_store_free(t);
}

TEST(a_later_record_of_a_carrier_replaces_the_earlier_one)
{
	struct taut_store *s = new_store();
	struct story y;
	uint32_t f;

	story_begin(&y, "main");
	f = story_py(&y, "t.py", "aaaaaaa");
	story_carrier(&y, 0, TAUT_CARRIER_FIXTURE, "db");
	story_dep(&y, f, "1");
	story_put(&y, 0);
	story_carrier(&y, 1, TAUT_CARRIER_TEST, "t.py::a");
	story_ref(&y, 0, TAUT_EDGE_USES);
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_carrier(&y, 0, TAUT_CARRIER_FIXTURE, "db");
	story_dep(&y, f, "14");
	story_put(&y, 1);
	story_carrier(&y, 1, TAUT_CARRIER_TEST, "t.py::a");
	story_ref(&y, 0, TAUT_EDGE_USES);
	story_test(&y, "t.py", TAUT_SKIPPED, NULL);
	story_end(&y);
	apply(s, "main");
	CHECK(strstr(story_tell(s), "t.py::a skipped -> fixture:db\n"));
	CHECK(strstr(story_tell(s), "4a"));
	taut_store_free(s);
}

TEST(incomplete_carriers_make_their_tests_run_again)
{
	struct taut_store *s = new_store();
	struct story y;

	story_begin(&y, "main");
	story_carrier(&y, 0, TAUT_CARRIER_FIXTURE, "db");
	story_put(&y, 0);
	story_carrier(&y, 1, TAUT_CARRIER_FIXTURE, "user");
	story_ref(&y, 0, TAUT_EDGE_USES);
	story_ref(&y, 1, TAUT_EDGE_USES);
	story_put(&y, 1);
	story_carrier(&y, 2, TAUT_CARRIER_TEST, "t.py::a");
	story_ref(&y, 1, TAUT_EDGE_USES);
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_carrier(&y, 3, TAUT_CARRIER_TEST, "t.py::b");
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_carrier(&y, 4, TAUT_CARRIER_TEST, "t.py::c");
	story_ref(&y, 99, TAUT_EDGE_USES);
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_carrier(&y, 5, TAUT_CARRIER_TEST, "t.py::d");
	story_test(&y, "t.py", TAUT_PASSED, "source changed");
	story_carrier(&y, 6, TAUT_CARRIER_TEST, "t.py::e");
	story_ref(&y, 5, TAUT_EDGE_USES);
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_end(&y);
	apply(s, "main");
	tells(s, "env default python=3.11\n"
		 "t.py::a passed (fixture db was not recorded to its end) -> "
		 "fixture:user\n"
		 "t.py::b passed\n"
		 "t.py::c passed (test t.py::c refers to what was never "
		 "recorded)\n"
		 "t.py::d passed (source changed)\n"
		 "t.py::e passed (test t.py::e refers to another test)\n"
		 "fixture:db\n"
		 "fixture:user -> fixture:db\n");
	taut_store_free(s);
}

TEST(a_test_whose_carrier_was_lost_must_run)
{
	const struct taut_log_test t = { .carrier = 9,
					 .path = "t.py",
					 .nodeid = "t.py::a" };
	struct taut_store *s = new_store();
	struct story y;

	story_begin(&y, "main");
	CHECK(!taut_log_test(y.log, &t, NULL));
	story_end(&y);
	apply(s, "main");
	tells(s, "env default python=3.11\n"
		 "t.py::a passed (its record was lost)\n");
	taut_store_free(s);
}

TEST(collected_in_full_drops_what_is_gone_and_adds_what_is_new)
{
	static const char *const some[] = { "t.py::a", "t.py::new" };
	struct taut_store *s = new_store();
	struct story y;

	simple("main", "aaaaaaa");
	apply(s, "main");
	story_begin(&y, "part");
	CHECK(!taut_log_collected(y.log, "t.py", 0, some, 2, NULL));
	CHECK(!taut_log_collected(y.log, "empty.py", 1, NULL, 0, NULL));
	story_end(&y);
	apply(s, "part");
	CHECK(strstr(story_tell(s), "empty.py has no tests\n"));
	CHECK(strstr(story_tell(s), "t.py::a passed"));
	CHECK(strstr(story_tell(s), "t.py::b failed"));
	CHECK(strstr(story_tell(s), "t.py::new new\n"));
	story_begin(&y, "full");
	CHECK(!taut_log_collected(y.log, "t.py", 1, some, 2, NULL));
	story_end(&y);
	apply(s, "full");
	CHECK(strstr(story_tell(s), "t.py::a passed"));
	CHECK(!strstr(story_tell(s), "t.py::b"));
	CHECK(strstr(story_tell(s), "t.py::new new\n"));
	taut_store_free(s);
}

static int not_t(void *arg, const char *path)
{
	(void)arg;
	return strcmp(path, "t.py") != 0;
}

TEST(tests_of_a_file_that_is_gone_go)
{
	struct taut_apply a = {
		.env = "default", .parts = parts, .nparts = 1, .exists = not_t
	};
	struct taut_store *s = new_store();
	int learned;

	simple("main", "aaaaaaa");
	apply(s, "main");
	CHECK(!taut_store_apply(s, &a, NULL, 0, &learned, NULL));
	CHECK(learned);
	tells(s, "");
	taut_store_free(s);
}

/* A run of the module c.py (`file` letter), which stores into or imports
 * others as told; m.py is loaded if `m` is a letter. */
static void store_run(const char *writer, char c, char m, int edge)
{
	struct story s;
	char letters[] = "aaaaaaa";
	uint32_t f;

	story_begin(&s, writer);
	letters[6] = c;
	f = story_py(&s, "c.py", letters);
	module(&s, 0, "c.py", f);
	if (edge >= 0)
		story_ref(&s, 1, edge);
	story_put(&s, 1);
	if (m) {
		letters[6] = m;
		f = story_py(&s, "m.py", letters);
		module(&s, 1, "m.py", f);
		story_put(&s, 1);
	}
	story_carrier(&s, 2, TAUT_CARRIER_TEST, "t.py::a");
	story_ref(&s, 0, TAUT_EDGE_USES);
	story_test(&s, "t.py", TAUT_PASSED, NULL);
	story_end(&s);
}

TEST(store_edges_stay_until_the_module_is_loaded_again)
{
	struct taut_store *s = new_store();

	store_run("one", 'a', 'a', TAUT_EDGE_STORES);
	apply(s, "one");
	CHECK(strstr(story_tell(s), "module:c.py c.py{6a} -> s/module:m.py"));
	/* m.py is not loaded: nothing was learned of what it registers. */
	store_run("two", 'b', 0, -1);
	apply(s, "two");
	CHECK(strstr(story_tell(s), "module:c.py c.py{6b} -> s/module:m.py"));
	CHECK(strstr(story_tell(s), "module:m.py m.py{6a}"));
	/* Loaded, and it registers no more. */
	store_run("three", 'c', 'b', -1);
	apply(s, "three");
	CHECK(strstr(story_tell(s), "module:c.py c.py{6c}\n"));
	CHECK(!strstr(story_tell(s), "s/"));
	taut_store_free(s);
}

TEST(pruning_does_not_follow_store_edges)
{
	struct taut_store *s = new_store();
	struct story y;
	uint32_t f;

	story_begin(&y, "main");
	f = story_py(&y, "c.py", "aaaaaaa");
	module(&y, 0, "c.py", f);
	story_ref(&y, 1, TAUT_EDGE_STORES);
	story_put(&y, 1);
	f = story_py(&y, "m.py", "aaaaaaa");
	module(&y, 1, "m.py", f);
	story_ref(&y, 0, TAUT_EDGE_IMPORTS);
	story_put(&y, 1);
	/* m.py imports c.py, which m.py registers with. */
	story_carrier(&y, 2, TAUT_CARRIER_TEST, "t.py::a");
	story_ref(&y, 0, TAUT_EDGE_USES);
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_carrier(&y, 3, TAUT_CARRIER_TEST, "t.py::b");
	story_ref(&y, 0, TAUT_EDGE_USES);
	story_ref(&y, 1, TAUT_EDGE_USES);
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_end(&y);
	apply(s, "main");
	CHECK(strstr(story_tell(s), "t.py::a passed -> module:c.py\n"));
	CHECK(strstr(story_tell(s), "t.py::b passed -> module:c.py "
				    "module:m.py\n"));
	taut_store_free(s);
}

/* Modules in a ring, in the order of `ring`; c.py's letter given. */
static void ring_run(const char *writer, const char *ring, char letter)
{
	char path[] = "?.py", letters[] = "aaaaaaa";
	size_t n = strlen(ring), i;
	uint32_t f;
	struct story s;

	story_begin(&s, writer);
	for (i = 0; i < n; i++) {
		path[0] = ring[i];
		letters[6] = ring[i] == 'c' ? letter : 'a';
		f = story_py(&s, path, letters);
		module(&s, (uint32_t)i, path, f);
		/* a -> b -> c -> a, whatever their numbers. */
		story_ref(
			&s,
			(uint32_t)(strchr(ring, 'a' + (ring[i] - 'a' + 1) % 3) -
				   ring),
			TAUT_EDGE_IMPORTS);
		story_put(&s, 1);
	}
	story_carrier(&s, 9, TAUT_CARRIER_TEST, "t.py::a");
	story_ref(&s, 0, TAUT_EDGE_USES);
	story_ref(&s, 1, TAUT_EDGE_USES);
	story_ref(&s, 2, TAUT_EDGE_USES);
	story_test(&s, "t.py", TAUT_PASSED, NULL);
	story_end(&s);
}

TEST(cycles_are_addressed_by_content)
{
	struct taut_store *s = new_store();
	const char *told;

	ring_run("gw0", "abc", 'a');
	ring_run("gw1", "bca", 'a');
	ring_run("gw2", "cab", 'a');
	apply(s, "gw0 gw1 gw2");
	tells(s, "env default python=3.11\n"
		 "t.py::a passed -> module:a.py\n"
		 "module:a.py a.py{6a} -> i/module:b.py\n"
		 "module:b.py b.py{6a} -> i/module:c.py\n"
		 "module:c.py c.py{6a} -> i/module:a.py\n"
		 "file a.py aaaaaaa va\n"
		 "file b.py aaaaaaa va\n"
		 "file c.py aaaaaaa va\n");
	/* One of them differs: three others, for each reaches it. */
	ring_run("gw3", "abc", 'b');
	apply(s, "gw0 gw3");
	told = story_tell(s);
	CHECK(strstr(strstr(told, "\nmodule:a.py") + 1, "\nmodule:a.py"));
	CHECK(strstr(strstr(told, "\nmodule:b.py") + 1, "\nmodule:b.py"));
	taut_store_free(s);
}

TEST(other_identities_stay_and_other_states_go)
{
	const struct taut_part py312[] = {
		{ "python", "3.12", TAUT_PART_IDENTITY },
		{ "packages", "p1", TAUT_PART_STATE },
	};
	const struct taut_part p2[] = {
		{ "packages", "p2", TAUT_PART_STATE },
		{ "python", "3.11", TAUT_PART_IDENTITY },
	};
	struct taut_store *s = new_store();

	simple("main", "aaaaaaa");
	CHECK(story_apply(s, "main", parts, 2));
	CHECK(story_apply(s, "main", py312, 2));
	CHECK(strstr(story_tell(s), "env default packages=p1 python=3.11\n"));
	CHECK(strstr(story_tell(s), "env default packages=p1 python=3.12\n"));
	/* Nothing learned: nothing dropped. */
	CHECK(!story_apply(s, "", p2, 2));
	CHECK(strstr(story_tell(s), "env default packages=p1 python=3.11\n"));
	CHECK(story_apply(s, "main", p2, 2));
	CHECK(!strstr(story_tell(s), "env default packages=p1 python=3.11\n"));
	CHECK(strstr(story_tell(s), "env default packages=p2 python=3.11\n"));
	CHECK(strstr(story_tell(s), "env default packages=p1 python=3.12\n"));
	taut_store_free(s);
}

TEST(content_that_changed_during_the_run_is_no_content)
{
	struct taut_store *s = new_store();
	struct story y;
	uint32_t f, g;

	story_begin(&y, "main");
	f = story_py(&y, "m.py", "aaaaaaa");
	g = story_py(&y, "m.py", "abaaaaa");
	story_input(&y, TAUT_DATA, "unused", 'x');
	story_carrier(&y, 0, TAUT_CARRIER_TEST, "t.py::a");
	story_dep(&y, f, "1");
	story_dep(&y, g, "1");
	story_test(&y, "t.py", TAUT_PASSED, NULL);
	story_end(&y);
	apply(s, "main");
	CHECK(strstr(story_tell(s), "file m.py -\n"));
	CHECK(strstr(story_tell(s), "1a"));
	CHECK(strstr(story_tell(s), "1b"));
	CHECK(!strstr(story_tell(s), "unused"));
	taut_store_free(s);
}

TEST(torn_and_foreign_logs_are_cut_or_skipped)
{
	struct taut_store *s;
	struct taut_buf log = TAUT_BUF_INIT;
	const char *path;
	size_t n;

	simple("main", "aaaaaaa");
	path = scratch_path("torn.log");
	CHECK(!taut_io_read(scratch_path("main.log"), &log, NULL));
	for (n = 0; n < log.n; n += n < 40 ? 1 : 7) {
		s = new_store();
		CHECK(!taut_io_replace(path, NULL, log.p, n, NULL));
		story_apply(s, "torn", parts, 1);
		CHECK(!strstr(story_tell(s), "t.py::b"));
		taut_store_free(s);
	}
	s = new_store();
	log.p[8]++;
	CHECK(!taut_io_replace(path, NULL, log.p, log.n, NULL));
	CHECK(!story_apply(s, "torn", parts, 1));
	tells(s, "");
	taut_store_free(s);
	taut_buf_release(&log);
}

/* ---- merging ---- */

static struct taut_buf merged(const struct taut_buf *a,
			      const struct taut_buf *b)
{
	struct taut_store *s = story_load(a), *t = story_load(b);
	struct taut_buf out;

	CHECK(!taut_store_merge(s, t, NULL));
	out = story_image(s);
	taut_store_free(s);
	taut_store_free(t);
	return out;
}

static int same(const struct taut_buf *a, const struct taut_buf *b)
{
	return a->n == b->n && !memcmp(a->p, b->p, a->n);
}

static uint32_t rnd(uint64_t *seed, uint32_t n)
{
	*seed = taut_hash_mix(*seed, 1);
	return (uint32_t)(*seed >> 33) % n;
}

/* A database of one made-up run; `seed` decides everything. */
static struct taut_buf random_db(const char *writer, uint64_t seed)
{
	struct taut_store *s = new_store();
	uint32_t f[6], refs[2], i, k, n = 0;
	const char *why;
	struct taut_part p = { "python", "3.11", TAUT_PART_IDENTITY };
	char path[] = "?.py", id[] = "t.py::?", letters[] = "aaaaaaa";
	struct taut_buf out;
	struct story y;

	story_begin(&y, writer);
	for (i = 0; i < 6; i++) {
		path[0] = (char)('a' + i);
		for (k = 0; k < 7; k++)
			letters[k] = rnd(&seed, 4) ? 'a' : 'b';
		f[i] = story_py(&y, path, letters);
	}
	for (i = 0; i < 6; i++) {
		path[0] = (char)('a' + i);
		module(&y, n++, path, f[i]);
		for (k = 0; k < 2; k++)
			refs[k] = rnd(&seed, 6);
		story_ref(&y, refs[0], (int)rnd(&seed, 3));
		story_ref(&y, refs[1], (int)rnd(&seed, 3));
		story_put(&y, 1);
	}
	for (i = 0; i < 5; i++) {
		id[6] = (char)('a' + rnd(&seed, 8));
		story_carrier(&y, n++, TAUT_CARRIER_TEST, id);
		story_dep(&y, f[rnd(&seed, 6)], "14");
		story_dep(&y, f[rnd(&seed, 6)], "2");
		for (k = 0; k < 3; k++)
			story_ref(&y, rnd(&seed, 6), TAUT_EDGE_USES);
		why = rnd(&seed, 5) ? NULL : "why";
		story_test(&y, "t.py", (int)rnd(&seed, 6), why);
	}
	story_end(&y);
	if (rnd(&seed, 3) == 0)
		p.value = "3.12";
	CHECK(story_apply(s, writer, &p, 1));
	out = story_image(s);
	taut_store_free(s);
	return out;
}

TEST(merge_is_commutative_associative_and_idempotent)
{
	struct taut_buf db[3], ab, ba, bc, ab_c, a_bc, again;
	char writer[32];
	int i, k;

	for (i = 0; i < 60; i++) {
		for (k = 0; k < 3; k++) {
			snprintf(writer, sizeof(writer), "w%d-%d", i, k);
			db[k] = random_db(writer, (uint64_t)i * 3 + k);
		}
		ab = merged(&db[0], &db[1]);
		ba = merged(&db[1], &db[0]);
		CHECK(same(&ab, &ba));
		bc = merged(&db[1], &db[2]);
		ab_c = merged(&ab, &db[2]);
		a_bc = merged(&db[0], &bc);
		CHECK(same(&ab_c, &a_bc));
		again = merged(&ab_c, &db[1]);
		CHECK(same(&again, &ab_c));
		again.n = 0;
		taut_buf_release(&again);
		again = merged(&db[0], &db[0]);
		CHECK(same(&again, &db[0]));
		CHECK(story_dump(&ab_c));
		taut_buf_release(&again);
		taut_buf_release(&ab);
		taut_buf_release(&ba);
		taut_buf_release(&bc);
		taut_buf_release(&ab_c);
		taut_buf_release(&a_bc);
		for (k = 0; k < 3; k++)
			taut_buf_release(&db[k]);
	}
}

TEST(merge_unites_shards)
{
	static const char *const ids[] = { "t.py::a", "t.py::b" };
	struct taut_store *s = new_store(), *o = new_store();
	struct story y;
	uint32_t f;
	int i;

	for (i = 0; i < 2; i++) {
		story_begin(&y, i ? "two" : "one");
		f = story_py(&y, "m.py", i ? "abaaaaa" : "aaaaaaa");
		CHECK(!taut_log_collected(y.log, "t.py", 1, ids, 2, NULL));
		story_carrier(&y, 0, TAUT_CARRIER_TEST, ids[i]);
		story_dep(&y, f, "1");
		story_test(&y, "t.py", TAUT_PASSED, NULL);
		story_end(&y);
	}
	apply(s, "one");
	CHECK(strstr(story_tell(s), "t.py::b new\n"));
	apply(o, "two");
	CHECK(!taut_store_merge(s, o, NULL));
	tells(s, "env default python=3.11\n"
		 "t.py::a passed m.py{1a}\n"
		 "t.py::b passed m.py{1b}\n"
		 "file m.py -\n");
	taut_store_free(s);
	taut_store_free(o);
}

/* ---- out of memory ---- */

TEST(oom_anywhere_is_reported_and_leaks_nothing)
{
	const struct taut_apply a = { .env = "default",
				      .parts = parts,
				      .nparts = 2 };
	const char *logs[1];
	struct taut_buf image = TAUT_BUF_INIT, out = TAUT_BUF_INIT;
	struct taut_store *s, *t;
	struct taut_db *db;
	int learned, rc = -1;
	long at;

	ring_run("main", "abc", 'b');
	logs[0] = scratch_path("main.log");
	s = new_store();
	CHECK(!taut_store_apply(s, &a, logs, 1, &learned, NULL));
	image = story_image(s);
	taut_store_free(s);
	for (at = 1; rc; at++) {
		s = t = NULL;
		db = NULL;
		out.n = 0;
		taut_alloc_fail_at(at);
		rc = taut_db_open_image(image.p, image.n, &db, NULL);
		if (!rc)
			rc = taut_store_load(db, &s, NULL);
		if (!rc)
			rc = taut_store_load(db, &t, NULL);
		if (!rc)
			rc = taut_db_check(db, NULL);
		if (!rc)
			rc = taut_store_apply(s, &a, logs, 1, &learned, NULL);
		if (!rc)
			rc = taut_store_merge(s, t, NULL);
		if (!rc)
			rc = taut_store_image(s, &out, NULL);
		taut_alloc_fail_at(0);
		CHECK(!rc || rc == TAUT_ENOMEM);
		taut_store_free(s);
		taut_store_free(t);
		taut_db_close(db);
	}
	CHECK(at > 100 && same(&out, &image));
	taut_buf_release(&image);
	taut_buf_release(&out);
}
