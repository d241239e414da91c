/*
 * bench-store - size and speed of the database on made-up suites.
 *
 *	build/bench-bench_store [tests files files-per-test suites-per-file]
 *
 * Tests stand 20 to a file and look like their neighbours: each test file has
 * its own habits (which project files, which functions of them), each test
 * leaves some out.  One fixture and one collection carrier a test file, one
 * module carrier a project file, each importing a few others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hash.h"
#include "io.h"
#include "store.h"

enum { PER_FILE = 20, UNITS = 25 };

static uint32_t ntests = 10000, nfiles = 2000, per_test = 30, nsuites = 64;
static uint64_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = taut_hash_mix(seed, n);
	return (uint32_t)(seed >> 20) % n;
}

static void must(int rc, struct taut_err *err)
{
	if (rc) {
		fprintf(stderr, "bench-store: %s\n", err->msg);
		exit(1);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static const char *test_path(uint32_t m)
{
	static char s[64];

	snprintf(s, sizeof(s), "tests/part%02u/test_module_%04u.py", m % 17, m);
	return s;
}

/* ---- the log ---- */

static void log_source(struct taut_log *l, uint32_t f, const char *path,
		       struct taut_err *err)
{
	struct taut_suite *s = calloc(nsuites + 2, sizeof(*s));
	struct taut_unit u[UNITS];
	char names[UNITS][32];
	const char *name[UNITS];
	struct taut_source src = {
		.nsuites = nsuites + 2, .suites = s, .nunits = UNITS, .units = u
	};
	struct taut_log_file lf = { .kind = TAUT_PY,
				    .path = path,
				    .npath = strlen(path),
				    .source = &src };
	uint32_t i;

	memset(u, 0, sizeof(u));
	for (i = 0; i < nsuites + 2; i++) {
		s[i].hash = taut_hash_mix(f, i);
		s[i].kind = i ? TAUT_SUITE_FUNCTION : TAUT_SUITE_MODULE;
		/* Every third suite lies in the one before it. */
		s[i].parent = i % 3 == 0 && i ? i - 1 : 0;
		s[i].flags = i ? TAUT_SUITE_CODE : 0;
	}
	s[nsuites].kind = TAUT_SUITE_DOC;
	s[nsuites + 1].kind = TAUT_SUITE_VERSION;
	s[nsuites].flags = s[nsuites + 1].flags = 0;
	s[nsuites].parent = s[nsuites + 1].parent = 0;
	for (i = 0; i < UNITS; i++) {
		snprintf(names[i], sizeof(names[i]), "%s_%x",
			 i % 2 ? "handler" : "value", rnd(4000));
		name[i] = names[i];
		u[i] = (struct taut_unit){ .hash = taut_hash_mix(f, i + 1000),
					   .kind = TAUT_UNIT_DEF_CORE,
					   .owner = i % 3 ? "" : "Klass",
					   .nnames = 1,
					   .names = &name[i] };
	}
	lf.digest = taut_digest_of(path, lf.npath);
	must(taut_log_file(l, &lf, err), err);
	free(s);
}

static int ascending(const void *a, const void *b)
{
	const struct taut_log_dep *x = a, *y = b;

	return (x->file > y->file) - (x->file < y->file);
}

/* Some of the suites 1 .. nsuites-1 that variant `v` of file `f` enters. */
static uint32_t choose_suites(uint32_t f, uint32_t v, uint32_t *out)
{
	uint32_t i, n = 0;

	for (i = 1; i < nsuites; i++)
		if (taut_hash_mix(taut_hash_mix(f, v), i) % 16 < 2)
			out[n++] = i;
	if (!n)
		out[n++] = 1;
	return n;
}

static void log_modules(struct taut_log *l, struct taut_err *err)
{
	uint32_t version = nsuites + 1, f, k;
	struct taut_log_ref refs[8];
	char owner[64];

	for (f = 0; f < nfiles; f++) {
		struct taut_log_dep dep = { f, 1, &version };
		struct taut_log_carrier c = { .number = f,
					      .final = 1,
					      .kind = TAUT_CARRIER_MODULE,
					      .owner = owner,
					      .ndeps = 1,
					      .deps = &dep,
					      .refs = refs };

		for (k = 0; k < 4 && f; k++)
			refs[c.nrefs++] =
				(struct taut_log_ref){ rnd(f),
						       TAUT_EDGE_IMPORTS };
		/* A few cycles, as packages have. */
		if (f % 10 == 0 && f + 1 < nfiles)
			refs[c.nrefs++] =
				(struct taut_log_ref){ f + 1,
						       TAUT_EDGE_IMPORTS };
		snprintf(owner, sizeof(owner), "src/pkg%02u/mod_%04u.py",
			 f % 23, f);
		must(taut_log_carrier(l, &c, err), err);
	}
}

static void log_tests(struct taut_log *l, struct taut_err *err)
{
	uint32_t *suites = malloc(per_test * nsuites * sizeof(*suites));
	struct taut_log_dep *deps = malloc(per_test * sizeof(*deps));
	struct taut_log_ref *refs = malloc((per_test + 2) * sizeof(*refs));
	uint32_t t, m, k, n, number = nfiles, common = 0, f;
	char nodeid[128];

	for (t = 0; t < ntests; t++) {
		struct taut_log_carrier c = { .final = 1,
					      .deps = deps,
					      .refs = refs };
		struct taut_log_test lt = { .nodeid = nodeid,
					    .outcome = TAUT_PASSED };

		m = t / PER_FILE;
		if (t % PER_FILE == 0) {
			c.number = common = number++;
			c.kind = TAUT_CARRIER_COLLECTION;
			c.owner = test_path(m);
			must(taut_log_carrier(l, &c, err), err);
		}
		for (k = n = 0; k < per_test; k++) {
			/* Files near the test file, and a few hot ones. */
			f = k < 4 ? k * 7 + m % 5 :
				    (m * 37 + k * 3 + (rnd(4) ? 0 : rnd(6))) %
					    nfiles;
			deps[k].file = f;
			deps[k].suites = suites + n;
			deps[k].nsuites = choose_suites(
				f, rnd(3) ? m % 4 : rnd(12), suites + n);
			n += deps[k].nsuites;
			refs[k] = (struct taut_log_ref){ f, TAUT_EDGE_USES };
		}
		refs[per_test] = (struct taut_log_ref){ common, 0 };
		qsort(deps, per_test, sizeof(*deps), ascending);
		c.number = number++;
		c.kind = TAUT_CARRIER_TEST;
		c.owner = nodeid;
		c.ndeps = per_test;
		c.nrefs = per_test + 1;
		lt.path = test_path(m);
		lt.carrier = c.number;
		snprintf(nodeid, sizeof(nodeid),
			 "%s::TestGroup%u::test_%s_%02u", lt.path,
			 t % PER_FILE / 7, t % 3 ? "accepts" : "refuses",
			 t % PER_FILE);
		must(taut_log_carrier(l, &c, err), err);
		must(taut_log_test(l, &lt, err), err);
	}
	free(suites);
	free(deps);
	free(refs);
}

static void write_log(const char *dir, struct taut_err *err)
{
	struct taut_log *l;
	char path[64];
	uint32_t f;

	must(taut_log_open(dir, "main", &l, err), err);
	for (f = 0; f < nfiles; f++) {
		snprintf(path, sizeof(path), "src/pkg%02u/mod_%04u.py", f % 23,
			 f);
		log_source(l, f, path, err);
	}
	log_modules(l, err);
	log_tests(l, err);
	must(taut_log_close(l, err), err);
}

/* ---- the measurement ---- */

static void apply(struct taut_store *s, const char *log, struct taut_err *err)
{
	const struct taut_apply a = { .env = "default" };
	int learned;

	must(taut_store_apply(s, &a, &log, 1, &learned, err), err);
}

static void measure(const char *log, struct taut_err *err)
{
	struct taut_buf image = TAUT_BUF_INIT, again = TAUT_BUF_INIT;
	const struct taut_db_set *sets;
	struct taut_store *s;
	struct taut_db *db;
	double t[8];
	size_t n;

	must(taut_store_new(&s, err), err);
	t[0] = now();
	apply(s, log, err);
	t[1] = now();
	must(taut_store_image(s, &image, err), err);
	t[2] = now();
	taut_store_free(s);
	t[3] = now();
	must(taut_db_open_image(image.p, image.n, &db, err), err);
	taut_db_files(db, &n, err);
	must(taut_db_post(db, 0, 7, &sets, &n, err), err);
	t[4] = now();
	must(taut_store_load(db, &s, err), err);
	t[5] = now();
	must(taut_store_image(s, &again, err), err);
	t[6] = now();
	if (again.n != image.n || memcmp(again.p, image.p, image.n)) {
		fprintf(stderr, "bench-store: not the same bytes\n");
		exit(1);
	}
	apply(s, log, err);
	t[7] = now();
	printf("| %u tests, %u files, %u files a test | %.2f MB | "
	       "%.0f bytes a test |\n",
	       ntests, nfiles, per_test, (double)image.n / 1e6,
	       (double)image.n / ntests);
	printf("| first: apply %.0f ms, image %.0f ms | open and one file "
	       "%.1f ms | load %.0f ms, image %.0f ms, apply all again "
	       "%.0f ms |\n",
	       t[1] - t[0], t[2] - t[1], t[4] - t[3], t[5] - t[4], t[6] - t[5],
	       t[7] - t[6]);
	if (getenv("BENCH_STORE_OUT"))
		must(taut_io_replace(getenv("BENCH_STORE_OUT"), NULL, image.p,
				     image.n, err),
		     err);
	taut_store_free(s);
	taut_db_close(db);
	taut_buf_release(&image);
	taut_buf_release(&again);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/taut-bench-XXXXXX", log[64];
	struct taut_err err = { 0 };

	if (argc == 5) {
		ntests = (uint32_t)atoi(argv[1]);
		nfiles = (uint32_t)atoi(argv[2]);
		per_test = (uint32_t)atoi(argv[3]);
		nsuites = (uint32_t)atoi(argv[4]);
	}
	if (!mkdtemp(dir))
		return 1;
	snprintf(log, sizeof(log), "%s/main.log", dir);
	write_log(dir, &err);
	measure(log, &err);
	unlink(log);
	rmdir(dir);
	return 0;
}
