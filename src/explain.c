/*
 * explain - what a person asks of a record: show and why (taut.h).
 *
 * Everything here is read from the record backwards, by passing over all of
 * it: a question of milliseconds, asked by hand.
 */
#include <stdlib.h>
#include <string.h>

#include "reach.h"
#include "session.h"

#define MAX_NEAR 5
#define MAX_EDITS 3

/* Where lines go. */
struct out {
	struct taut_session *s;
	struct taut_reason_source source;
	void (*emit)(void *arg, const char *line);
	void *arg;
	struct taut_err *err;
};

static int say(struct out *o, const char *text)
{
	if (!text)
		return taut_nomem(o->err);
	o->emit(o->arg, text);
	return 0;
}

static int no_record(struct taut_session *s, struct taut_err *err)
{
	return taut_fail(err, TAUT_ENOTFOUND, "%s",
			 s->note ? s->note : "nothing is recorded yet");
}

/* ---- finding tests ---- */

/* Call `visit` with every test on record until it returns not 0. */
static int each_test(struct taut_session *s,
		     int (*visit)(void *arg, const struct taut_db_test *t),
		     void *arg, struct taut_err *err)
{
	struct taut_db_test t;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < s->row->ntests && !rc; i++) {
		rc = taut_db_test(s->db, s->row->id, i, &t, err);
		if (!rc)
			rc = visit(arg, &t);
	}
	return rc;
}

struct wanted {
	const char *nodeid;
	struct taut_db_test test;
};

static int is_wanted(void *arg, const struct taut_db_test *t)
{
	struct wanted *w = arg;

	if (strcmp(t->nodeid, w->nodeid))
		return 0;
	w->test = *t;
	return 1;
}

static int find_test(struct taut_session *s, const char *nodeid,
		     struct taut_db_test *out, struct taut_err *err)
{
	struct wanted w = { .nodeid = nodeid };
	int rc = each_test(s, is_wanted, &w, err);

	if (rc == 1)
		*out = w.test;
	return rc == 1 ? 0 : rc ? rc : TAUT_ENOTFOUND;
}

/* ---- near misses ---- */

struct near {
	const char *wanted;
	size_t n;
	struct {
		int distance;
		const char *nodeid;
	} best[MAX_NEAR]; /* nearest first */
};

/* Edit distance, or more than MAX_EDITS; one row of the table at a time. */
static int edits(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b), i, j;
	int row[256], diagonal, up, best;

	if (k >= 256 || n > k + MAX_EDITS || k > n + MAX_EDITS)
		return MAX_EDITS + 1;
	for (j = 0; j <= k; j++)
		row[j] = (int)j;
	for (i = 1; i <= n; i++) {
		diagonal = row[0];
		row[0] = (int)i;
		best = row[0];
		for (j = 1; j <= k; j++) {
			up = row[j];
			row[j] = diagonal + (a[i - 1] != b[j - 1]);
			if (up + 1 < row[j])
				row[j] = up + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			diagonal = up;
			if (row[j] < best)
				best = row[j];
		}
		if (best > MAX_EDITS)
			return best;
	}
	return row[k];
}

/* The part of a node id that is the test's own name, parameters included. */
static const char *own_name(const char *nodeid)
{
	const char *p = nodeid, *next;

	while ((next = strstr(p, "::")))
		p = next + 2;
	return p;
}

/* Small is near; -1 is far.  The same name in another place comes first, then
 * a parametrized form of it, a typing error, a part of the node id. */
static int distance(const char *wanted, const char *nodeid)
{
	const char *want = own_name(wanted), *have = own_name(nodeid);
	size_t n = strlen(want);
	int k;

	if (!strcmp(want, have))
		return 0;
	if (n && !strncmp(want, have, n) && have[n] == '[')
		return 1;
	k = edits(wanted, nodeid);
	if (k <= MAX_EDITS)
		return 1 + k;
	return n && strstr(nodeid, want) ? MAX_EDITS + 2 : -1;
}

static int keep_near(void *arg, const struct taut_db_test *t)
{
	struct near *near = arg;
	int d = distance(near->wanted, t->nodeid);
	size_t i;

	if (d < 0 ||
	    (near->n == MAX_NEAR && near->best[MAX_NEAR - 1].distance <= d))
		return 0;
	i = near->n < MAX_NEAR ? near->n++ : MAX_NEAR - 1;
	for (; i && near->best[i - 1].distance > d; i--)
		near->best[i] = near->best[i - 1];
	near->best[i].distance = d;
	near->best[i].nodeid = t->nodeid;
	return 0;
}

static int suggest(struct out *o, const char *nodeid)
{
	struct near near = { .wanted = nodeid };
	size_t i;
	int rc;

	rc = each_test(o->s, keep_near, &near, o->err);
	for (i = 0; i < near.n && !rc; i++)
		rc = say(o, near.best[i].nodeid);
	return rc ? rc :
		    taut_fail(o->err, TAUT_ENOTFOUND,
			      "no such test on record: %s", nodeid);
}

/* ---- what a test stands on ---- */

/* The carriers that a test reaches, and what they depend on. */
struct reach {
	uint8_t *carriers;  /* owned; 1: reached */
	uint32_t ncarriers; /* reached, without the test */
	uint64_t nfiles, nhashes, ninputs;
};

static int reach_of(struct out *o, uint32_t test, struct reach *r)
{
	const struct taut_db_env *row = o->s->row;
	uint32_t i;
	int rc;

	rc = taut_reach_find(o->s->db, row, test, &r->carriers, o->err);
	for (i = 0; i < row->ncarriers && !rc; i++)
		r->ncarriers += r->carriers[i] && i != test;
	return rc;
}

static int show_dep(struct out *o, const struct taut_db_file *f, uint32_t n,
		    uint32_t carrier, uint32_t test)
{
	const char *who = "";
	int rc = 0;

	if (carrier != test)
		rc = taut_reason_carrier(&o->source, carrier, &who, o->err);
	if (rc)
		return rc;
	if (f->kind == TAUT_PY)
		return say(o, taut_reason_text(&o->s->arena,
					       "  %-12s %s: %u suite%s%s%s",
					       taut_reason_kind(f->kind),
					       f->path, n, n == 1 ? "" : "s",
					       *who ? ", by " : "", who));
	return say(o, taut_reason_text(&o->s->arena, "  %-12s %s%s%s",
				       taut_reason_kind(f->kind),
				       *f->path ? f->path : ".",
				       *who ? ", by " : "", who));
}

/* Count, and show if o->emit is set, what the reached carriers hold. */
static int walk_deps(struct out *o, uint32_t test, struct reach *r, int show)
{
	const struct taut_db_env *row = o->s->row;
	const struct taut_db_file *files;
	const struct taut_db_set *sets;
	size_t nfiles, i, n, k;
	uint32_t c, any;
	int rc = 0;

	files = taut_db_files(o->s->db, &nfiles, o->err);
	for (i = 0; files && i < nfiles && !rc; i++) {
		rc = taut_db_post(o->s->db, row->id, files[i].id, &sets, &n,
				  o->err);
		any = 0;
		for (k = 0; k < n && !rc; k++) {
			c = taut_reach_first(&sets[k], r->carriers,
					     row->ncarriers);
			if (c == UINT32_MAX)
				continue;
			any = 1;
			r->nhashes +=
				files[i].kind == TAUT_PY ? sets[k].nhashes : 0;
			if (show)
				rc = show_dep(o, &files[i], sets[k].nhashes, c,
					      test);
		}
		r->nfiles += any && files[i].kind == TAUT_PY;
		r->ninputs += any && files[i].kind != TAUT_PY;
	}
	return rc;
}

static const char *outcome_text(const struct taut_db_test *t)
{
	static const char *const texts[] = { "passed",	"failed",  "skipped",
					     "xfailed", "xpassed", "new" };

	if (t->outcome < 0 ||
	    (size_t)t->outcome >= sizeof(texts) / sizeof(texts[0]))
		return "unknown";
	return texts[t->outcome];
}

static int show_test(struct out *o, const struct taut_db_test *t)
{
	struct reach r = { .carriers = NULL };
	const char *who;
	uint32_t i;
	int rc;

	rc = reach_of(o, t->id, &r);
	if (!rc)
		rc = say(o, taut_reason_text(&o->s->arena, "%s: %s", t->nodeid,
					     outcome_text(t)));
	if (!rc && t->must_run)
		rc = say(o, taut_reason_text(&o->s->arena, "must run: %s",
					     t->must_run));
	if (!rc)
		rc = say(o, "depends on");
	if (!rc)
		rc = walk_deps(o, t->id, &r, 1);
	if (!rc && r.ncarriers)
		rc = say(o, "through");
	for (i = 0; i < o->s->row->ncarriers && !rc; i++) {
		if (!r.carriers[i] || i == t->id)
			continue;
		rc = taut_reason_carrier(&o->source, i, &who, o->err);
		if (!rc)
			rc = say(o,
				 taut_reason_text(&o->s->arena, "  %s", who));
	}
	taut_free(r.carriers);
	return rc;
}

/* ---- who stands on a file ---- */

/* Break every carrier that depends on `path`, in whatever way. */
static int break_users(struct out *o, struct taut_select *sel, const char *path,
		       int *known)
{
	const struct taut_db_env *row = o->s->row;
	const struct taut_db_reflist *lists;
	const struct taut_db_file *files;
	const struct taut_db_set *sets;
	const uint64_t *hashes;
	uint8_t *all = NULL;
	size_t nfiles, i, n, nhashes;
	int broke, rc = 0;

	files = taut_db_files(o->s->db, &nfiles, o->err);
	for (i = 0; files && i < nfiles && !rc; i++) {
		if (strcmp(files[i].path, path))
			continue;
		*known = 1;
		rc = taut_db_hashes(o->s->db, files[i].id, &hashes, &nhashes,
				    o->err);
		all = rc ? NULL : taut_calloc(nhashes + 1, 1);
		if (!rc && !all)
			rc = taut_nomem(o->err);
		if (rc)
			break;
		memset(all, TAUT_WHY_CODE, nhashes);
		rc = taut_db_post(o->s->db, row->id, files[i].id, &sets, &n,
				  o->err);
		if (!rc)
			rc = taut_select_sets(sel, (uint32_t)i, sets, n, all,
					      nhashes, &broke, o->err);
		taut_free(all);
	}
	if (!rc && *known)
		rc = taut_db_reflists(o->s->db, row->id, &lists, &n, o->err);
	if (!rc && *known)
		rc = taut_select_propagate(sel, lists, n, o->err);
	return rc;
}

/* The tests that are broken. */
static int say_broken(struct out *o, const struct taut_select *sel)
{
	const struct taut_db_env *row = o->s->row;
	struct taut_db_test t;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < row->ntests && !rc; i++) {
		if (!taut_select_broken(sel, i))
			continue;
		rc = taut_db_test(o->s->db, row->id, i, &t, o->err);
		if (!rc)
			rc = say(o, t.nodeid);
	}
	return rc;
}

static int show_file(struct out *o, const char *path)
{
	const struct taut_db_env *row = o->s->row;
	struct taut_select sel;
	int known = 0, rc;

	rc = taut_select_init(&sel, row->ntests, row->ncarriers, o->err);
	if (rc)
		return rc;
	rc = break_users(o, &sel, path, &known);
	if (!rc)
		rc = say_broken(o, &sel);
	taut_select_release(&sel);
	if (!rc && !known)
		rc = taut_fail(o->err, TAUT_ENOTFOUND,
			       "neither a test nor a file on record: %s", path);
	return rc;
}

/* ---- the API ---- */

int taut_session_show(struct taut_session *s, const char *what,
		      void (*emit)(void *arg, const char *line), void *arg,
		      struct taut_err *err)
{
	struct out o = { s, taut_session_reasons(s), emit, arg, err };
	struct taut_db_test t;
	int rc;

	if (!s->row)
		return no_record(s, err);
	rc = find_test(s, what, &t, err);
	if (!rc)
		return show_test(&o, &t);
	return rc == TAUT_ENOTFOUND ? show_file(&o, what) : rc;
}

static int say_affected(struct out *o, const struct taut_db_test *t)
{
	struct taut_reason why;

	taut_session_test(o->s, t->path, t->nodeid, &why);
	if (say(o, taut_reason_text(&o->s->arena, "runs: %s", why.detail)))
		return TAUT_ENOMEM;
	return !*why.via ? 0 :
			   say(o, taut_reason_text(&o->s->arena, "through %s",
						   why.via));
}

static int say_clean(struct out *o, const struct taut_db_test *t)
{
	struct reach r = { .carriers = NULL };
	int rc;

	rc = reach_of(o, t->id, &r);
	if (!rc)
		rc = walk_deps(o, t->id, &r, 0);
	if (!rc)
		rc = say(o, taut_reason_text(
				    &o->s->arena,
				    "need not run: %s last time, and all it "
				    "depends on is as it was then",
				    outcome_text(t)));
	if (!rc)
		rc = say(
			o,
			taut_reason_text(
				&o->s->arena,
				"compared: %llu suites in %llu source "
				"files, %llu other inputs, through %u carriers",
				(unsigned long long)r.nhashes,
				(unsigned long long)r.nfiles,
				(unsigned long long)r.ninputs, r.ncarriers));
	taut_free(r.carriers);
	return rc;
}

/* ---- what an edit of a line would reach ---- */

/* "FILE:LINE": the line, and the length of FILE; 0 when it is none. */
static uint32_t line_of(const char *what, size_t *n)
{
	const char *colon = strrchr(what, ':');
	unsigned long line;
	char *end;

	if (!colon || colon == what || colon[-1] == ':')
		return 0;
	line = strtoul(colon + 1, &end, 10);
	*n = (size_t)(colon - what);
	return *end || end == colon + 1 || line > UINT32_MAX ? 0 :
							       (uint32_t)line;
}

/* The innermost function suite around the line; *hash 0: module level. */
static int find_suite(struct out *o, const char *path, uint32_t line,
		      uint64_t *hash, const char **name)
{
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_source *source = NULL;
	const struct taut_suite *u;
	uint32_t i;
	int state, rc;

	*hash = 0;
	rc = taut_tree_read(o->s->tree, path, &b, &state, o->err);
	if (!rc && state == TAUT_TREE_FOUND)
		rc = taut_source_scan(b.p ? (void *)b.p : "", b.n, &source,
				      o->err);
	for (i = 0; source && i < source->nsuites; i++) {
		u = &source->suites[i];
		if (!(u->flags & TAUT_SUITE_CODE) || line < u->first_line ||
		    line > u->last_line)
			continue;
		*hash = u->hash & TAUT_HASH40;
		if (*u->name)
			*name = taut_reason_text(&o->s->arena, "%s", u->name);
	}
	taut_source_free(source);
	taut_buf_release(&b);
	return rc;
}

/* The tests that depend on the suite with this hash. */
static int say_suite(struct out *o, const char *path, uint64_t hash,
		     const char *name)
{
	const struct taut_db_env *row = o->s->row;
	struct taut_select sel = { .marks = NULL };
	int rc;

	rc = say(o,
		 taut_reason_text(&o->s->arena,
				  "code of %s: the tests that ran it", name));
	if (!rc)
		rc = taut_select_init(&sel, row->ntests, row->ncarriers,
				      o->err);
	if (!rc)
		rc = taut_byname_break(&o->s->byname, &sel, path, hash, o->err);
	if (!rc)
		rc = taut_byname_follow(&o->s->byname, &sel, o->err);
	if (!rc)
		rc = say_broken(o, &sel);
	taut_select_release(&sel);
	return rc;
}

/* The tests that a name would lead to, and how. */
static int say_named(struct out *o, struct taut_byname_cause *c)
{
	struct taut_reason why;
	struct taut_db_test t;
	uint32_t i;
	int rc = 0;

	o->source.byname = &o->s->byname;
	for (i = 0; i < o->s->row->ntests && !rc; i++) {
		if (!taut_byname_reached(c, i))
			continue;
		rc = taut_db_test(o->s->db, o->s->row->id, i, &t, o->err);
		if (!rc)
			rc = taut_reason_named(&o->source, c, i, &why, o->err);
		if (!rc)
			rc = say(o, taut_reason_text(
					    &o->s->arena, "%s%s%s%s", t.nodeid,
					    *why.via ? " (through " : "",
					    why.via, *why.via ? ")" : ""));
	}
	return rc;
}

static int say_line(struct out *o, const char *path, uint32_t line)
{
	struct taut_byname_cause *c;
	const char *name = "a function";
	uint64_t hash;
	int rc;

	rc = taut_byname_line(&o->s->byname, path, line, &c, o->err);
	if (rc == TAUT_ENOTFOUND)
		return taut_fail(o->err, TAUT_ENOTFOUND,
				 "no such file on record: %s", path);
	if (!rc)
		rc = find_suite(o, path, line, &hash, &name);
	if (rc)
		return rc;
	if (hash)
		return say_suite(o, path, hash, name);
	if (c->names.fallback) {
		rc = say(o, taut_reason_text(&o->s->arena,
					     "module level, as a whole (%s):",
					     c->names.fallback));
		return rc ? rc : show_file(o, path);
	}
	rc = say(o, taut_reason_text(&o->s->arena, "module level, by name:"));
	return rc ? rc : say_named(o, c);
}

int taut_session_why(struct taut_session *s, const char *nodeid,
		     enum taut_verdict *verdict,
		     void (*emit)(void *arg, const char *line), void *arg,
		     struct taut_err *err)
{
	struct out o = { s, taut_session_reasons(s), emit, arg, err };
	enum taut_verdict v;
	struct taut_db_test t;
	uint32_t line;
	size_t n = 0;
	int rc;

	if (!s->row || !s->verdict)
		return no_record(s, err);
	rc = find_test(s, nodeid, &t, err);
	if (rc == TAUT_ENOTFOUND) {
		line = line_of(nodeid, &n);
		return line ? say_line(&o,
				       taut_reason_text(&s->arena, "%.*s",
							(int)n, nodeid),
				       line) :
			      suggest(&o, nodeid);
	}
	if (rc)
		return rc;
	v = taut_session_test(s, t.path, t.nodeid, NULL);
	if (verdict)
		*verdict = v;
	return v == TAUT_CLEAN ? say_clean(&o, &t) : say_affected(&o, &t);
}
