/*
 * bench_scale - a made-up project of any size: its files, and what a run of
 * its tests would record, so that the `taut` program can be timed on it.
 *
 *	build/bench_scale make DIR TESTS FILES	the tree and its database
 *	build/bench_scale edit DIR TESTS FILES N	N module-level edits of
 *		it, each with a run of some of the tests that it affects
 *	build/bench_scale warm DIR TESTS FILES	select as a run would, which
 *		writes the caches (`taut affected` writes nothing)
 *
 * One file in four is a test file, of TESTS / (FILES / 4) tests.  The first
 * hundredth of the modules are hubs, whose functions a fixture of the session
 * enters, so that every test depends on them.  The others lie in layers, import
 * a hub and two modules of the layers below, and are used by a power law.  A
 * test enters 5 to 50 functions of what its file imports, directly or not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "hash.h"
#include "taut.h"
#include "util.h"

/* A step is a function, its loop and the two branches in that. */
enum {
	STEPS = 8,
	SUITES = 4,
	IMPORTS = 5,
	TOPICS = 6,
	LAYERS = 6,
	NEAR = 60,
	PART = 100
};

static uint32_t nmodules, nhubs, ntestfiles, per_file;
static uint32_t *edits; /* of a module: how often it was edited */
static struct taut_err err;

static void must(int rc)
{
	if (rc) {
		fprintf(stderr, "bench_scale: %s\n", err.msg);
		exit(1);
	}
}

static void *array(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p)
		exit(1);
	return p;
}

/* ---- choices: the same for the same numbers ---- */

static uint64_t mix3(uint64_t a, uint64_t b, uint64_t c)
{
	return taut_hash_mix(taut_hash_mix(a, b), c);
}

/* One of 0 .. n-1, of which the first are chosen by a power law. */
static uint32_t skewed(uint64_t seed, uint32_t n)
{
	double u = (double)(seed >> 11) / 9007199254740992.0;

	return (uint32_t)(u * u * n);
}

/* The number of modules below the layer of module `i`. */
static uint32_t below(uint32_t i)
{
	uint32_t rest = nmodules - nhubs, layer;

	if (i < nhubs)
		return 0;
	layer = (uint32_t)((uint64_t)(i - nhubs) * LAYERS / rest);
	return nhubs + (uint32_t)((uint64_t)rest * layer / LAYERS);
}

/* The k-th module that module `i` imports, or UINT32_MAX. */
static uint32_t import_of(uint32_t i, uint32_t k)
{
	if (i < nhubs)
		return UINT32_MAX;
	return skewed(mix3(1, i, k), k ? below(i) : nhubs);
}

/* The k-th module that a test file imports: half of them are its own. */
static uint32_t topic_of(uint32_t file, uint32_t k)
{
	if (k < TOPICS / 2)
		return (uint32_t)(((uint64_t)file * (TOPICS / 2) + k) %
				  (nmodules - nhubs)) +
		       nhubs;
	return skewed(mix3(2, file, k), nmodules);
}

/* ---- paths and texts ---- */

static const char *module_path(uint32_t i)
{
	static char s[64];

	snprintf(s, sizeof(s), "src/pkg%03u/mod_%05u.py", i / PART, i);
	return s;
}

static const char *test_path(uint32_t file)
{
	static char s[64];

	snprintf(s, sizeof(s), "tests/part%03u/test_%05u.py", file / PART,
		 file);
	return s;
}

static void put_import(struct taut_buf *b, uint32_t i)
{
	taut_buf_printf(b,
			"from pkg%03u.mod_%05u import LIMIT_%05u, "
			"step_%05u_0, step_%05u_1\n",
			i / PART, i, i, i, i);
}

static void put_step(struct taut_buf *b, uint32_t i, uint32_t k)
{
	uint32_t to = import_of(i, k % IMPORTS);

	taut_buf_printf(
		b,
		"\n\ndef step_%05u_%u(x, scale=1):\n"
		"    \"\"\"Step %u: what it does to x, at length.\"\"\"\n"
		"    # Comments are a part of any real source file,\n"
		"    # and so are lines that say little.\n"
		"    total = x * scale%s%05u\n"
		"    for item in range(x):\n"
		"        if item %% 3 == %u:\n"
		"            total += item * scale\n"
		"        else:\n"
		"            total -= item\n",
		i, k, k, k % 4 ? " + 7" : " + LIMIT_", i, k);
	if (to == UINT32_MAX)
		taut_buf_printf(b, "    return total\n");
	else
		taut_buf_printf(b, "    return step_%05u_%u(total%s%05u)\n", to,
				k % 2, k == 1 ? " + LIMIT_" : ", 2", to);
}

static void module_text(struct taut_buf *b, uint32_t i)
{
	uint32_t k;

	b->n = 0;
	taut_buf_printf(b, "\"\"\"Module %u.\"\"\"\nimport os\nimport sys\n",
			i);
	for (k = 0; k < IMPORTS && i >= nhubs; k++)
		put_import(b, import_of(i, k));
	taut_buf_printf(b,
			"\nLIMIT_%05u = %u\nNAMES_%05u = (\"a\", %u)\n\n\n"
			"class Model_%05u:\n"
			"    \"\"\"A class of its own.\"\"\"\n\n"
			"    size = 3\n\n"
			"    def area(self):\n"
			"        return self.size * self.size\n\n"
			"    def grow(self, by):\n"
			"        if by:\n"
			"            self.size += by\n"
			"        return self\n",
			i, 1000 + edits[i] / 16, i, edits[i] % 16, i);
	for (k = 0; k < STEPS; k++)
		put_step(b, i, k);
}

static void test_text(struct taut_buf *b, uint32_t file)
{
	uint32_t t, k;

	b->n = 0;
	for (k = 0; k < TOPICS; k++)
		put_import(b, topic_of(file, k));
	for (t = 0; t < per_file; t++)
		taut_buf_printf(b,
				"\n\ndef test_accepts_%02u():\n"
				"    assert step_%05u_%u(%u) == %u\n",
				t, topic_of(file, t % TOPICS), t % 2, t, t);
}

static const char *const conftest =
	"import pytest\n\n\n@pytest.fixture(scope=\"session\", autouse=True)\n"
	"def app():\n    yield 1\n";

/* ---- the tree ---- */

static const char *in_tree(const char *dir, const char *path)
{
	static char s[512];

	snprintf(s, sizeof(s), "%s/%s", dir, path);
	return s;
}

static void write_file(const char *dir, const char *path, const void *p,
		       size_t n)
{
	char *name = strdup(in_tree(dir, path)), *slash = strrchr(name, '/');
	FILE *f;

	*slash = 0;
	mkdir(name, 0777);
	*slash = '/';
	f = fopen(name, "w");
	if (!f || fwrite(p, 1, n, f) != n || fclose(f)) {
		perror(name);
		exit(1);
	}
	free(name);
}

static void write_tree(const char *dir)
{
	struct taut_buf b = TAUT_BUF_INIT;
	char path[64];
	uint32_t i;

	mkdir(in_tree(dir, "src"), 0777);
	mkdir(in_tree(dir, "tests"), 0777);
	write_file(dir, "conftest.py", conftest, strlen(conftest));
	write_file(dir, "pytest.ini", "[pytest]\n", 9);
	for (i = 0; i < nmodules; i++) {
		module_text(&b, i);
		write_file(dir, module_path(i), b.p, b.n);
		snprintf(path, sizeof(path), "src/pkg%03u/__init__.py",
			 i / PART);
		if (i % PART == 0)
			write_file(dir, path, "", 0);
	}
	for (i = 0; i < ntestfiles; i++) {
		test_text(&b, i);
		write_file(dir, test_path(i), b.p, b.n);
	}
	taut_buf_release(&b);
}

/* ---- the record of a run ---- */

struct run {
	struct taut_log *log;
	uint32_t nfiles, ncarriers; /* logged so far */
	uint32_t *module, *carrier; /* of a module: its number + 1, or 0 */
	uint32_t *lookup;	    /* of a module, and then of a package */
	uint32_t *steps;	    /* the suites of all modules' steps */
	uint32_t app, init;	    /* carriers */
	struct taut_buf text;
};

static uint32_t *steps_of(const struct run *r, uint32_t i)
{
	return r->steps + (size_t)i * STEPS * SUITES;
}

static uint32_t log_file(struct run *r, int kind, const char *path,
			 const struct taut_digest *d,
			 const struct taut_source *source)
{
	const struct taut_log_file f = { .kind = kind,
					 .path = path,
					 .npath = strlen(path),
					 .digest = *d,
					 .source = source };

	must(taut_log_file(r->log, &f, &err));
	return r->nfiles++;
}

/* The file with the text in r->text; of each of its functions the suite and
 * the next `inner` ones go to `suites`. */
static uint32_t log_source(struct run *r, const char *path, uint32_t *suites,
			   uint32_t inner)
{
	struct taut_source *s;
	uint32_t i, k, n = 0, number;

	must(taut_source_scan(r->text.p ? (void *)r->text.p : "", r->text.n, &s,
			      &err));
	for (i = 0; i < s->nsuites && suites; i++)
		if (s->suites[i].kind == TAUT_SUITE_FUNCTION &&
		    s->suites[s->suites[i].parent].kind == TAUT_SUITE_MODULE)
			for (k = 0; k <= inner; k++)
				suites[n++] = i + k;
	number = log_file(r, TAUT_PY, path, &s->digest, s);
	taut_source_free(s);
	return number;
}

/* What `import` found: packages are numbered behind the modules. */
static uint32_t log_lookup(struct run *r, uint32_t i)
{
	struct taut_digest d;
	char path[64];

	if (r->lookup[i])
		return r->lookup[i] - 1;
	if (i < nmodules)
		snprintf(path, sizeof(path), "src/pkg%03u/mod_%05u", i / PART,
			 i);
	else
		snprintf(path, sizeof(path), "src/pkg%03u", i - nmodules);
	taut_digest_bytes(i < nmodules ? "m" : "p", 1, &d);
	r->lookup[i] = log_file(r, TAUT_LOOKUP, path, &d, NULL) + 1;
	return r->lookup[i] - 1;
}

static int ascending(const void *a, const void *b)
{
	const struct taut_log_dep *x = a, *y = b;

	return (x->file > y->file) - (x->file < y->file);
}

static void put_carrier(struct run *r, int kind, const char *owner,
			struct taut_log_dep *deps, uint32_t ndeps,
			const struct taut_log_ref *refs, uint32_t nrefs)
{
	const struct taut_log_carrier c = { .number = r->ncarriers++,
					    .kind = kind,
					    .final = 1,
					    .owner = owner,
					    .ndeps = ndeps,
					    .deps = deps,
					    .nrefs = nrefs,
					    .refs = refs };

	qsort(deps, ndeps, sizeof(*deps), ascending);
	must(taut_log_carrier(r->log, &c, &err));
}

static const uint32_t whole[1] = { 0 };

/* The module's carrier, and before it those of all that it imports. */
static uint32_t log_module(struct run *r, uint32_t i)
{
	struct taut_log_dep deps[2 * IMPORTS + 1];
	struct taut_log_ref refs[IMPORTS + 1];
	uint32_t k, to, n = 0, nrefs = 0;

	if (r->carrier[i])
		return r->carrier[i] - 1;
	for (k = 0; k < IMPORTS && i >= nhubs; k++) {
		to = import_of(i, k);
		refs[nrefs++] = (struct taut_log_ref){ log_module(r, to),
						       TAUT_EDGE_IMPORTS };
		deps[n++] =
			(struct taut_log_dep){ log_lookup(r, to), 1, whole };
		to = nmodules + to / PART;
		deps[n++] =
			(struct taut_log_dep){ log_lookup(r, to), 1, whole };
	}
	module_text(&r->text, i);
	r->module[i] =
		log_source(r, module_path(i), steps_of(r, i), SUITES - 1) + 1;
	deps[n++] = (struct taut_log_dep){ r->module[i] - 1, 1, whole };
	refs[nrefs++] = (struct taut_log_ref){ r->init, TAUT_EDGE_IMPORTS };
	put_carrier(r, TAUT_CARRIER_MODULE, module_path(i), deps, n, refs,
		    nrefs);
	r->carrier[i] = r->ncarriers;
	return r->carrier[i] - 1;
}

/* The session's fixture, which enters all functions of the hubs. */
static void log_app(struct run *r)
{
	struct taut_log_dep *deps = array(nhubs + 1, sizeof(*deps));
	struct taut_log_ref *refs = array(nhubs + 1, sizeof(*refs));
	uint32_t i, n = 0;

	r->text.n = 0;
	taut_buf_printf(&r->text, "%s", conftest);
	deps[0] = (struct taut_log_dep){ log_source(r, "conftest.py", NULL, 0),
					 1, whole };
	put_carrier(r, TAUT_CARRIER_MODULE, "conftest.py", deps, 1, refs, 0);
	r->init = r->ncarriers - 1;
	for (i = 0; i < nhubs; i++) {
		refs[i] = (struct taut_log_ref){ log_module(r, i),
						 TAUT_EDGE_USES };
		deps[n++] =
			(struct taut_log_dep){ r->module[i] - 1, STEPS * SUITES,
					       steps_of(r, i) };
	}
	put_carrier(r, TAUT_CARRIER_FIXTURE, "app", deps, n, refs, n);
	r->app = r->ncarriers - 1;
	free(deps);
	free(refs);
}

/* The modules that a test file imports, and what these import: breadth
 * first, some. */
static uint32_t find_near(uint32_t file, uint32_t *near)
{
	uint32_t n = 0, at, k, m, to;

	for (k = 0; k < TOPICS; k++)
		near[n++] = topic_of(file, k);
	for (at = 0; at < n; at++)
		for (k = 0; k < IMPORTS && n < NEAR; k++) {
			to = import_of(near[at], k);
			for (m = 0; m < n && near[m] != to; m++)
				;
			if (m == n && to != UINT32_MAX)
				near[n++] = to;
		}
	return n;
}

/* One test file as the run sees it. */
struct testfile {
	uint32_t number, file;	     /* in the tree, in the log */
	uint32_t collection, module; /* carriers */
	uint32_t near[NEAR], nnear;
	uint32_t *suites;
};

static void begin_testfile(struct run *r, struct testfile *f)
{
	struct taut_log_dep deps[2 * TOPICS + 1];
	struct taut_log_ref refs[TOPICS + 1];
	uint32_t k, to, n = 0;

	f->nnear = find_near(f->number, f->near);
	for (k = 0; k < TOPICS; k++) {
		to = f->near[k];
		refs[k] = (struct taut_log_ref){ log_module(r, to),
						 TAUT_EDGE_IMPORTS };
		if (!k || to != f->near[k - 1])
			deps[n++] = (struct taut_log_dep){ log_lookup(r, to), 1,
							   whole };
	}
	test_text(&r->text, f->number);
	f->file = log_source(r, test_path(f->number), f->suites, 0);
	deps[n++] = (struct taut_log_dep){ f->file, 1, whole };
	put_carrier(r, TAUT_CARRIER_MODULE, test_path(f->number), deps, n, refs,
		    k);
	f->module = r->ncarriers - 1;
	refs[0] = (struct taut_log_ref){ f->module, TAUT_EDGE_USES };
	put_carrier(r, TAUT_CARRIER_COLLECTION, test_path(f->number), deps, 0,
		    refs, 1);
	f->collection = r->ncarriers - 1;
}

/* Which steps of which modules: tests of one file are like each other. */
static uint32_t choose_steps(const struct testfile *f, uint32_t t,
			     uint32_t (*out)[2])
{
	uint64_t habit = mix3(3, f->number, t % 4), own = mix3(4, f->number, t);
	uint32_t n = 5 + (uint32_t)(own % 46), k;

	for (k = 0; k < n; k++) {
		uint64_t seed = mix3(k % 8 ? habit : own, k, 5);

		out[k][0] = skewed(seed, f->nnear);
		out[k][1] = skewed(taut_hash_mix(seed, 6), STEPS);
	}
	return n;
}

static void log_test(struct run *r, const struct testfile *f, uint32_t t)
{
	uint32_t steps[NEAR][2], used[NEAR][STEPS * SUITES],
		nused[NEAR] = { 0 };
	struct taut_log_dep deps[NEAR + 1];
	struct taut_log_ref refs[NEAR + 3];
	uint32_t n = 0, nrefs = 0, k, m, count = choose_steps(f, t, steps);
	char nodeid[128];
	const struct taut_log_test lt = { .path = test_path(f->number),
					  .nodeid = nodeid,
					  .outcome = TAUT_PASSED,
					  .carrier = r->ncarriers };

	deps[n++] = (struct taut_log_dep){ f->file, 1, &f->suites[t] };
	refs[nrefs++] = (struct taut_log_ref){ f->collection, TAUT_EDGE_USES };
	refs[nrefs++] = (struct taut_log_ref){ r->app, TAUT_EDGE_USES };
	for (m = 0; m < f->nnear; m++) {
		uint8_t has[STEPS] = { 0 };

		for (k = 0; k < count; k++)
			if (steps[k][0] == m)
				has[steps[k][1]] = 1;
		for (k = 0; k < STEPS * SUITES; k++)
			if (has[k / SUITES])
				used[m][nused[m]++] =
					steps_of(r, f->near[m])[k];
		if (!nused[m] || (m && f->near[m] == f->near[m - 1]))
			continue;
		deps[n++] = (struct taut_log_dep){ r->module[f->near[m]] - 1,
						   nused[m], used[m] };
		refs[nrefs++] =
			(struct taut_log_ref){ r->carrier[f->near[m]] - 1,
					       TAUT_EDGE_USES };
	}
	snprintf(nodeid, sizeof(nodeid), "%s::test_accepts_%02u", lt.path, t);
	put_carrier(r, TAUT_CARRIER_TEST, nodeid, deps, n, refs, nrefs);
	must(taut_log_test(r->log, &lt, &err));
}

/* A run of the tests whose `run` is set (NULL: all). */
static void log_run(const char *dir, const uint8_t *run)
{
	struct run r = { .text = TAUT_BUF_INIT };
	struct testfile f;
	uint32_t t;

	must(taut_log_open(dir, "main", &r.log, &err));
	r.module = array(nmodules, sizeof(uint32_t));
	r.carrier = array(nmodules, sizeof(uint32_t));
	r.lookup = array(nmodules + nmodules / PART + 1, sizeof(uint32_t));
	r.steps = array((size_t)nmodules * STEPS * SUITES, sizeof(uint32_t));
	f.suites = array(per_file, sizeof(uint32_t));
	log_app(&r);
	for (f.number = 0; f.number < ntestfiles; f.number++) {
		const uint8_t *mine =
			run ? run + (size_t)f.number * per_file : NULL;

		if (mine && !memchr(mine, 1, per_file))
			continue;
		begin_testfile(&r, &f);
		for (t = 0; t < per_file; t++)
			if (!mine || mine[t])
				log_test(&r, &f, t);
	}
	must(taut_log_close(r.log, &err));
	free(r.module);
	free(r.carrier);
	free(r.lookup);
	free(r.steps);
	free(f.suites);
	taut_buf_release(&r.text);
}

/* ---- what is measured ---- */

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static long peak(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss / 1024;
}

static struct taut_session *open_session(const char *dir)
{
	const struct taut_config c = { .root = dir,
				       .flags = TAUT_ANY_PARTS | TAUT_BY_NAME };
	struct taut_session *s;

	must(taut_session_open(&c, &s, &err));
	if (taut_session_note(s))
		fprintf(stderr, "bench_scale: %s\n", taut_session_note(s));
	return s;
}

static void make(const char *dir)
{
	struct taut_session *s;
	const char *logs;
	double start;
	long before;

	mkdir(dir, 0777);
	write_tree(dir);
	s = open_session(dir);
	must(taut_run_begin(s, &logs, &err));
	log_run(logs, NULL);
	before = peak();
	start = cpu();
	must(taut_run_finish(s, &err));
	printf("save %.0f ms, %ld MB (%ld MB before)\n", cpu() - start, peak(),
	       before);
	taut_session_close(s);
}

static void warm(const char *dir)
{
	struct taut_session *s = open_session(dir);

	must(taut_session_select(s, &err));
	taut_session_close(s);
}

/* At most `most` of the tests that are affected, every n-th of them. */
static size_t choose_tests(struct taut_session *s, size_t most, uint8_t *run)
{
	size_t n = taut_session_naffected(s), i, step = n / most + 1, count = 0;
	struct taut_affected a;
	unsigned file, t;

	memset(run, 0, (size_t)ntestfiles * per_file);
	for (i = 0; i < n; i += step) {
		must(taut_session_affected(s, i, &a));
		if (sscanf(a.nodeid,
			   "tests/part%*u/test_%u.py::test_accepts_%u", &file,
			   &t) != 2)
			exit(1);
		run[file * per_file + t] = 1;
		count++;
	}
	return count;
}

/* Edit a constant of a module, and write it: one that functions mention, here
 * and elsewhere, or one that nobody does. */
static void edit_module(const char *dir, uint32_t i, struct taut_buf *b)
{
	uint32_t m = i % 4 ? skewed(mix3(7, i, 0), nmodules) :
			     (uint32_t)(mix3(8, i, 0) % nmodules);

	edits[m] += i % 4 == 3 || i % 4 == 0 ? 16 : 1;
	module_text(b, m);
	write_file(dir, module_path(m), b->p, b->n);
}

/* N edits; after each a run of the tests that it affects, `most` of them. */
static void edit(const char *dir, uint32_t n, uint32_t most)
{
	uint8_t *run = array((size_t)ntestfiles * per_file, 1);
	struct taut_buf b = TAUT_BUF_INIT;
	double select = 0, save = 0, start, last = 0;
	struct taut_session *s;
	size_t affected = 0, ran = 0;
	const char *logs;
	uint32_t i;

	for (i = 0; i < n; i++) {
		edit_module(dir, i, &b);
		start = cpu();
		s = open_session(dir);
		must(taut_session_select(s, &err));
		last = cpu() - start;
		select += last;
		affected += taut_session_naffected(s);
		if (taut_session_naffected(s)) {
			ran += choose_tests(s, most, run);
			must(taut_run_begin(s, &logs, &err));
			log_run(logs, run);
			start = cpu();
			must(taut_run_finish(s, &err));
			save += cpu() - start;
		}
		taut_session_close(s);
	}
	printf("%u edits: %zu affected, %zu ran; select %.1f ms, the last "
	       "%.1f ms; save %.0f ms; %ld MB\n",
	       n, affected, ran, select / n, last, save / n, peak());
	taut_buf_release(&b);
	free(run);
}

int main(int argc, char **argv)
{
	uint32_t ntests, nfiles;

	if (argc < 5)
		return 2;
	ntests = (uint32_t)atoi(argv[3]);
	nfiles = (uint32_t)atoi(argv[4]);
	if (nfiles < 8 || ntests < nfiles)
		return 2;
	ntestfiles = nfiles / 4;
	nmodules = nfiles - ntestfiles;
	nhubs = nmodules / 100 + 1;
	per_file = ntests / ntestfiles;
	edits = array(nmodules, sizeof(*edits));
	if (!strcmp(argv[1], "make"))
		make(argv[2]);
	else if (!strcmp(argv[1], "warm"))
		warm(argv[2]);
	else if (argc == 6)
		edit(argv[2], (uint32_t)atoi(argv[5]), 1000);
	free(edits);
	return 0;
}
