/*
 * apply - what the logs of one run change in a store (rules: store.h).
 *
 * Each log is read frame by frame into carriers of its own numbering; at its
 * end references become indices of the environment's carriers.  When all logs
 * are in: store edges of modules that were not loaded are carried over, what
 * is incomplete makes its tests must-run, and the tests get their new bodies.
 */
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "storefile.h"

#define NONE UINT32_MAX

/* A file as one log describes it. */
struct lfile {
	uint32_t id;		/* in the store */
	int kind;
	struct taut_digest digest;
	uint32_t nsuites;
	const struct taut_rec_suite *suites;	/* in the run's arena */
};

/* A carrier that some log wrote. */
struct lcarrier {
	uint8_t kind, final, seen;
	uint32_t owner;		/* string */
	uint32_t index;		/* in the environment; NONE: a test, unseen */
	uint32_t incomplete;	/* string: why, or NONE */
	struct taut_u32s sets;	/* owned */
	/* Owned.  First the log's number << 2 | edge; from resolve() on
	 * TAUT_ST_REFs. */
	struct taut_u32s refs;
};

/* A test that the run executed. */
struct rtest {
	uint32_t path, nodeid;	/* strings */
	int outcome;
	uint32_t must_run;	/* string or NONE */
	uint32_t last;		/* carrier of the last record seen */
	struct taut_u32s from;	/* owned: its carriers */
};

struct rcollected {
	uint32_t path;
	int full;
	struct taut_u32s nodeids;	/* owned; strings */
};

struct run {
	struct taut_store *s;
	const struct taut_apply *a;
	struct taut_err *err;
	struct taut_st_env *env;
	uint32_t old;		/* carriers that were there before */
	struct taut_arena arena;
	struct lcarrier *carriers;	/* owned; of all logs */
	size_t ncarriers, ccarriers;
	struct rtest *tests;	/* owned */
	size_t ctests;
	struct taut_map test_keys;	/* path and nodeid -> tests */
	struct rcollected *collected;	/* owned */
	size_t ncollected, ccollected;
	struct taut_map described;	/* store's files seen in this run */
	/* Of the log being read: */
	size_t first;		/* its first carrier */
	struct lfile *files;	/* owned */
	size_t nfiles, cfiles;
	struct taut_u32s numbers;	/* number -> carrier, or NONE */
	struct taut_map raw;	/* file and suites as logged -> set_ids */
	struct taut_u32s set_ids;
	uint64_t *hashes;	/* owned; scratch */
	size_t chashes;
};

/* ---- files ---- */

/*
 * The file's content as this run saw it.  The digest counts only if each hash
 * in use is one that this content has; two contents in one run: neither.
 */
static int set_content(struct run *r, const struct lfile *f)
{
	struct taut_st_file *st = &r->s->file[f->id];
	size_t had = r->described.n;
	uint64_t *h;
	uint32_t i, n = 0;

	if (taut_map_add(&r->described, &f->id, sizeof(f->id)) ==
	    TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	if (had == r->described.n) {
		if (memcmp(&st->content, &f->digest, sizeof(f->digest)))
			st->state = TAUT_ST_CLEARED;
		return 0;
	}
	h = taut_arena_alloc(&r->s->arena,
			     ((size_t)f->nsuites + 1) * sizeof(*h));
	if (!h)
		return TAUT_ENOMEM;
	if (f->kind != TAUT_PY)
		h[n++] = taut_db_digest_hash(&f->digest);
	for (i = 0; i < f->nsuites; i++)
		if (f->suites[i].flags & TAUT_SUITE_CODE ||
		    i + 2 >= f->nsuites)
			h[n++] = f->suites[i].hash;
	st->state = TAUT_ST_CONTENT;
	st->content = f->digest;
	st->known = h;
	st->nknown = taut_unique_u64(h, n);
	return 0;
}

static int take_file(struct run *r, const struct taut_rec_file *from)
{
	struct taut_rec_suite *suites;
	struct lfile f = { .kind = from->kind, .digest = from->digest,
			   .nsuites = from->nsuites };

	f.id = taut_st_file(r->s, from->kind, from->path, from->npath);
	suites = taut_arena_alloc(&r->arena,
				  from->nsuites * sizeof(*suites) + 1);
	if (f.id == TAUT_MAP_NONE || !suites ||
	    taut_grow(&r->files, &r->cfiles, r->nfiles + 1,
		      sizeof(*r->files)))
		return TAUT_ENOMEM;
	if (from->nsuites)
		memcpy(suites, from->suites, from->nsuites * sizeof(*suites));
	f.suites = suites;
	r->files[r->nfiles++] = f;
	if (set_content(r, &f))
		return TAUT_ENOMEM;
	if (f.kind != TAUT_PY)
		return 0;
	return taut_st_ver(r->s, f.id, suites[f.nsuites - 1].hash,
			   from->units, from->nunits);
}

/* ---- carriers ---- */

static int add_hash(struct run *r, size_t *n, uint64_t h)
{
	if (taut_grow(&r->hashes, &r->chashes, *n + 1, sizeof(*r->hashes)))
		return TAUT_ENOMEM;
	r->hashes[(*n)++] = h;
	return 0;
}

/*
 * The hashes that entering these suites depends on: inside a function the
 * suite and those around it, up to the function; on module and class level
 * the VERSION of the file.
 */
static int close_suites(struct run *r, const struct lfile *f,
			const struct taut_log_dep *d, size_t *n)
{
	const struct taut_rec_suite *s = f->suites;
	uint32_t i, at;

	*n = 0;
	if (f->kind != TAUT_PY)
		return add_hash(r, n, taut_db_digest_hash(&f->digest));
	for (i = 0; i < d->nsuites; i++) {
		at = d->suites[i];
		if (at + 2 >= f->nsuites || !(s[at].flags & TAUT_SUITE_CODE)) {
			/* DOC and VERSION stand for themselves. */
			if (at + 2 != f->nsuites)
				at = f->nsuites - 1;
			if (add_hash(r, n, s[at].hash))
				return TAUT_ENOMEM;
			continue;
		}
		for (;; at = s[at].parent) {
			if (add_hash(r, n, s[at].hash))
				return TAUT_ENOMEM;
			if (s[at].parent == at ||
			    !(s[s[at].parent].flags & TAUT_SUITE_CODE))
				break;
		}
	}
	return 0;
}

/* The set of one dependency.  Carriers repeat each other's, so the closure is
 * made once for each distinct list of suites. */
static int take_dep(struct run *r, const struct taut_log_dep *d,
		    struct taut_u32s *sets)
{
	const struct lfile *f = &r->files[d->file];
	struct taut_buf key = TAUT_BUF_INIT;
	uint32_t i, set;
	size_t n;

	if (!d->nsuites)
		return 0;
	if (taut_buf_u32(&key, d->file) ||
	    taut_buf_add(&key, d->suites, d->nsuites * sizeof(*d->suites)))
		goto nomem;
	i = taut_map_add(&r->raw, key.p, key.n);
	if (i == TAUT_MAP_NONE)
		goto nomem;
	taut_buf_release(&key);
	if (i == r->set_ids.n) {
		if (close_suites(r, f, d, &n))
			return TAUT_ENOMEM;
		set = taut_st_set(r->s, f->id, r->hashes, n);
		if (set == TAUT_MAP_NONE || taut_u32s_add(&r->set_ids, set))
			return TAUT_ENOMEM;
	}
	return taut_u32s_add(sets, r->set_ids.p[i]);
nomem:
	taut_buf_release(&key);
	return TAUT_ENOMEM;
}

/* The carrier that this log calls `number`; made when it is not there. */
static struct lcarrier *numbered(struct run *r, uint32_t number)
{
	struct lcarrier *c;

	while (r->numbers.n <= number)
		if (taut_u32s_add(&r->numbers, NONE))
			return NULL;
	if (r->numbers.p[number] != NONE)
		return &r->carriers[r->numbers.p[number]];
	if (taut_grow(&r->carriers, &r->ccarriers, r->ncarriers + 1,
		      sizeof(*r->carriers)))
		return NULL;
	c = &r->carriers[r->ncarriers];
	memset(c, 0, sizeof(*c));
	c->index = c->incomplete = NONE;
	r->numbers.p[number] = (uint32_t)r->ncarriers++;
	return c;
}

static int take_carrier(struct run *r, const struct taut_log_carrier *from)
{
	struct lcarrier *c = numbered(r, from->number);
	uint32_t i;

	if (!c)
		return TAUT_ENOMEM;
	c->seen = 1;
	c->kind = (uint8_t)from->kind;
	c->final = (uint8_t)from->final;
	c->owner = taut_st_str(r->s, from->owner);
	if (c->owner == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	c->sets.n = c->refs.n = 0;
	for (i = 0; i < from->ndeps; i++)
		if (take_dep(r, &from->deps[i], &c->sets))
			return TAUT_ENOMEM;
	for (i = 0; i < from->nrefs; i++)
		if (taut_u32s_add(&c->refs, from->refs[i].carrier << 2 |
						    from->refs[i].edge))
			return TAUT_ENOMEM;
	return 0;
}

/* ---- tests ---- */

static struct rtest *find_test(struct run *r, uint32_t path, uint32_t nodeid)
{
	uint32_t key[2] = { path, nodeid }, i;
	size_t had = r->test_keys.n;

	if (taut_grow(&r->tests, &r->ctests, had + 1, sizeof(*r->tests)))
		return NULL;
	i = taut_map_add(&r->test_keys, key, sizeof(key));
	if (i == TAUT_MAP_NONE)
		return NULL;
	if (i == had)
		r->tests[i] = (struct rtest){ .path = path, .nodeid = nodeid,
			.outcome = TAUT_NEW, .must_run = NONE, .last = NONE };
	return &r->tests[i];
}

/*
 * A test that ran more than once (in two logs, or again in one) has all its
 * carriers and the worst outcome; a second record of the same carrier only
 * corrects the first.
 */
static int take_test(struct run *r, const struct taut_log_test *from)
{
	uint32_t path = taut_st_str(r->s, from->path), carrier, why = NONE;
	uint32_t nodeid = taut_st_str(r->s, from->nodeid);
	struct rtest *t;

	if (path == TAUT_MAP_NONE || nodeid == TAUT_MAP_NONE ||
	    !numbered(r, from->carrier))
		return TAUT_ENOMEM;
	carrier = r->numbers.p[from->carrier];
	t = find_test(r, path, nodeid);
	if (!t)
		return TAUT_ENOMEM;
	if (from->must_run) {
		why = taut_st_str(r->s, from->must_run);
		if (why == TAUT_MAP_NONE)
			return TAUT_ENOMEM;
	}
	if (t->last == carrier && t->from.n == 1) {
		t->outcome = from->outcome;
		t->must_run = why;
		return 0;
	}
	t->outcome = taut_st_worse(t->outcome, from->outcome);
	t->must_run = taut_st_reason(r->s, t->must_run, why);
	t->last = carrier;
	return taut_u32s_add(&t->from, carrier);
}

static int take_collected(struct run *r, const struct taut_rec_collected *from)
{
	struct rcollected *c;
	uint32_t i, id;

	if (taut_grow(&r->collected, &r->ccollected, r->ncollected + 1,
		      sizeof(*r->collected)))
		return TAUT_ENOMEM;
	c = &r->collected[r->ncollected++];
	memset(c, 0, sizeof(*c));
	c->full = from->full;
	c->path = taut_st_str(r->s, from->path);
	if (c->path == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	for (i = 0; i < from->n; i++) {
		id = taut_st_str(r->s, from->nodeids[i]);
		if (id == TAUT_MAP_NONE || taut_u32s_add(&c->nodeids, id))
			return TAUT_ENOMEM;
	}
	return 0;
}

/* ---- logs ---- */

static int take_frame(struct run *r, const struct taut_frame *f)
{
	switch (f->type) {
	case TAUT_FRAME_FILE:
		return take_file(r, &f->u.file);
	case TAUT_FRAME_CARRIER:
		return take_carrier(r, &f->u.carrier);
	case TAUT_FRAME_TEST:
		return take_test(r, &f->u.test);
	default:
		return take_collected(r, &f->u.collected);
	}
}

/* A reason that names the carrier, kept as a string. */
static int incomplete(struct run *r, struct lcarrier *c, const char *what)
{
	static const char *const kinds[] = { "test", "fixture", "module",
		"memo", "collection of", "session" };
	struct taut_buf b = TAUT_BUF_INIT;
	uint32_t why = TAUT_MAP_NONE;

	if (!taut_buf_printf(&b, "%s %s %s", kinds[c->kind],
			     taut_st_text(r->s, c->owner), what))
		why = taut_map_add(&r->s->strs, b.p, b.n);
	taut_buf_release(&b);
	if (why == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	c->incomplete = taut_st_reason(r->s, c->incomplete, why);
	return 0;
}

/* Turn one carrier's references from numbers of its log into carriers. */
static int resolve(struct run *r, struct lcarrier *c)
{
	const struct lcarrier *to;
	uint32_t i, k = 0, number, at;
	int rc = 0;

	for (i = 0; i < c->refs.n && !rc; i++) {
		number = c->refs.p[i] >> 2;
		at = number < r->numbers.n ? r->numbers.p[number] : NONE;
		to = at == NONE ? NULL : &r->carriers[at];
		if (!to || !to->seen)
			rc = incomplete(r, c, "refers to what was never "
					"recorded");
		else if (to->kind == TAUT_CARRIER_TEST)
			rc = incomplete(r, c, "refers to another test");
		else
			c->refs.p[k++] = TAUT_ST_REF(to->index,
						     c->refs.p[i] & 3);
	}
	c->refs.n = k;
	if (!rc && !c->final)
		rc = incomplete(r, c, "was not recorded to its end");
	return rc;
}

/* The log is read: give its carriers their place in the environment. */
static int end_log(struct run *r)
{
	struct taut_st_env *e = r->env;
	struct lcarrier *c;
	size_t i;

	for (i = r->first; i < r->ncarriers; i++) {
		c = &r->carriers[i];
		if (!c->seen || c->kind == TAUT_CARRIER_TEST)
			continue;
		if (e->ncarriers >= TAUT_ST_MAX_CARRIERS ||
		    taut_grow(&e->carriers, &e->ccarriers, e->ncarriers + 1,
			      sizeof(*e->carriers)))
			return TAUT_ENOMEM;
		c->index = (uint32_t)e->ncarriers;
		e->carriers[e->ncarriers++] = (struct taut_st_carrier){
			.kind = c->kind, .owner = c->owner };
	}
	for (i = r->first; i < r->ncarriers; i++)
		if (r->carriers[i].seen && resolve(r, &r->carriers[i]))
			return TAUT_ENOMEM;
	return 0;
}

static int read_log(struct run *r, const char *path)
{
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_log_reader reader;
	struct taut_frame f;
	int rc = taut_io_read(path, &b, r->err);

	if (rc) {
		taut_buf_release(&b);
		return rc;
	}
	r->first = r->ncarriers;
	r->nfiles = r->numbers.n = r->set_ids.n = 0;
	taut_map_release(&r->raw);
	taut_log_reader_init(&reader, b.p, b.n);
	while ((rc = taut_log_reader_next(&reader, &f, r->err)) > 0)
		if (take_frame(r, &f)) {
			rc = taut_nomem(r->err);
			break;
		}
	taut_log_reader_release(&reader);
	taut_buf_release(&b);
	if (!rc && end_log(r))
		rc = taut_nomem(r->err);
	return rc;
}

/* ---- store edges ---- */

static int is_module(const struct lcarrier *c)
{
	return c->seen && c->kind == TAUT_CARRIER_MODULE;
}

/* The stored STORES edges to modules that are not `loaded`, as
 * (owner << 32 | carrier) in ascending order. */
static int find_stores(const struct run *r, const struct taut_map *loaded,
		       uint64_t **found, size_t *n)
{
	const struct taut_st_carrier *all = r->env->carriers, *from, *to;
	size_t cap = 0, i;
	uint32_t k, ref;

	for (i = 0; i < r->old; i++) {
		from = &all[i];
		for (k = 0; k < from->body.nrefs; k++) {
			ref = from->body.refs[k];
			to = &all[ref >> 2];
			if (from->kind != TAUT_CARRIER_MODULE ||
			    (ref & 3) != TAUT_EDGE_STORES ||
			    taut_map_get(loaded, &to->owner,
					 sizeof(to->owner)) != TAUT_MAP_NONE)
				continue;
			if (taut_grow(found, &cap, *n + 1, sizeof(**found)))
				return TAUT_ENOMEM;
			(*found)[(*n)++] = (uint64_t)from->owner << 32 |
					   ref >> 2;
		}
	}
	*n = taut_unique_u64(*found, *n);
	return 0;
}

/* Give the new carrier the edges that its owner had. */
static int add_stores(struct lcarrier *c, const uint64_t *found, size_t n)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (found[mid] >> 32 < c->owner)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < n && found[lo] >> 32 == c->owner; lo++)
		if (taut_u32s_add(&c->refs, TAUT_ST_REF((uint32_t)found[lo],
							TAUT_EDGE_STORES)))
			return TAUT_ENOMEM;
	return 0;
}

/*
 * A module that registers itself with another one (a STORES edge) is loaded
 * only when somebody imports it.  A run that recorded the other anew, but did
 * not load this one, learned nothing about the edge: the old one stays.
 */
static int carry_stores(struct run *r)
{
	struct taut_map loaded = TAUT_MAP_INIT;	/* owners */
	uint64_t *found = NULL;
	struct lcarrier *c;
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; i < r->ncarriers && !rc; i++) {
		c = &r->carriers[i];
		if (is_module(c) && taut_map_add(&loaded, &c->owner,
						 sizeof(c->owner)) ==
					    TAUT_MAP_NONE)
			rc = TAUT_ENOMEM;
	}
	if (!rc)
		rc = find_stores(r, &loaded, &found, &n);
	for (i = 0; i < r->ncarriers && !rc; i++)
		if (is_module(&r->carriers[i]))
			rc = add_stores(&r->carriers[i], found, n);
	taut_map_release(&loaded);
	taut_free(found);
	return rc;
}

static int make_bodies(struct run *r)
{
	struct lcarrier *c;
	size_t i;

	for (i = 0; i < r->ncarriers; i++) {
		c = &r->carriers[i];
		if (c->index != NONE &&
		    taut_st_body(r->s, &r->env->carriers[c->index].body,
				 &c->sets, &c->refs))
			return TAUT_ENOMEM;
	}
	return 0;
}

/* ---- what is incomplete ---- */

/* The new carriers of the environment, seen from what they refer to. */
struct users {
	uint32_t *start;	/* owned; of carrier old + i, n + 1 of them */
	uint32_t *of;		/* owned */
	uint32_t *why;		/* owned; string or NONE, of carrier old + i */
	struct taut_u32s stack;	/* owned */
};

static int find_users(const struct run *r, struct users *u)
{
	const struct taut_st_carrier *all = r->env->carriers + r->old;
	size_t n = r->env->ncarriers - r->old, i, total = 0;
	uint32_t k, to;

	u->start = taut_calloc(n + 2, sizeof(*u->start));
	u->why = taut_realloc(NULL, (n + 1) * sizeof(*u->why));
	for (i = 0; i < n; i++)
		total += all[i].body.nrefs;
	u->of = taut_realloc(NULL, (total + 1) * sizeof(*u->of));
	if (!u->start || !u->why || !u->of)
		return TAUT_ENOMEM;
	memset(u->why, 0xff, (n + 1) * sizeof(*u->why));
	for (i = 0; i < n; i++)
		for (k = 0; k < all[i].body.nrefs; k++) {
			to = all[i].body.refs[k] >> 2;
			if (to >= r->old)
				u->start[to - r->old + 2]++;
		}
	for (i = 2; i < n + 2; i++)
		u->start[i] += u->start[i - 1];
	for (i = 0; i < n; i++)
		for (k = 0; k < all[i].body.nrefs; k++) {
			to = all[i].body.refs[k] >> 2;
			if (to >= r->old)
				u->of[u->start[to - r->old + 1]++] =
					(uint32_t)i;
		}
	return 0;
}

/* Tell `why` to the carrier and to all that reach it and have no reason. */
static int spread(struct users *u, uint32_t i, uint32_t why)
{
	uint32_t k;

	u->stack.n = 0;
	for (;;) {
		if (u->why[i] == NONE) {
			u->why[i] = why;
			for (k = u->start[i]; k < u->start[i + 1]; k++)
				if (taut_u32s_add(&u->stack, u->of[k]))
					return TAUT_ENOMEM;
		}
		if (!u->stack.n)
			return 0;
		i = u->stack.p[--u->stack.n];
	}
}

struct seed {
	const char *text;
	uint32_t why, at;	/* the reason's string; carrier - old */
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct seed *)a)->text,
		      ((const struct seed *)b)->text);
}

/*
 * Tell each new carrier one incomplete carrier that it reaches: the one whose
 * reason comes first in the alphabet, so that the order of logs does not show.
 */
static int spread_reasons(struct run *r, struct users *u)
{
	struct seed *seeds = NULL;
	size_t n = 0, cap = 0, i;
	struct lcarrier *c;
	int rc = 0;

	for (i = 0; i < r->ncarriers && !rc; i++) {
		c = &r->carriers[i];
		if (c->incomplete == NONE || c->index == NONE)
			continue;
		rc = taut_grow(&seeds, &cap, n + 1, sizeof(*seeds));
		if (!rc)
			seeds[n++] = (struct seed){
				taut_st_text(r->s, c->incomplete),
				c->incomplete, c->index - r->old };
	}
	if (!rc && n) {
		qsort(seeds, n, sizeof(*seeds), by_text);
		rc = find_users(r, u);
	}
	for (i = 0; i < n && !rc; i++)
		rc = spread(u, seeds[i].at, seeds[i].why);
	taut_free(seeds);
	return rc;
}

/* ---- the tests ---- */

/* Give the test its new record: the union of the carriers it ran with. */
static int replace_test(struct run *r, const struct rtest *from,
			const struct users *u, struct taut_u32s *sets,
			struct taut_u32s *refs)
{
	uint32_t id, why = from->must_run, to;
	const struct lcarrier *c;
	struct taut_st_test *t;
	size_t i, k;

	sets->n = refs->n = 0;
	for (i = 0; i < from->from.n; i++) {
		c = &r->carriers[from->from.p[i]];
		if (!c->seen) {
			to = taut_st_str(r->s, "its record was lost");
			if (to == TAUT_MAP_NONE)
				return TAUT_ENOMEM;
			why = taut_st_reason(r->s, why, to);
		}
		why = taut_st_reason(r->s, why, c->incomplete);
		for (k = 0; k < c->sets.n; k++)
			if (taut_u32s_add(sets, c->sets.p[k]))
				return TAUT_ENOMEM;
		for (k = 0; k < c->refs.n; k++) {
			if (taut_u32s_add(refs, c->refs.p[k]))
				return TAUT_ENOMEM;
			to = c->refs.p[k] >> 2;
			if (u->why)
				why = taut_st_reason(r->s, why,
						     u->why[to - r->old]);
		}
	}
	id = taut_st_test(r->s, r->env, from->path, from->nodeid);
	if (id == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	t = &r->env->tests[id];
	t->outcome = (uint8_t)from->outcome;
	t->must_run = why;
	return taut_st_body(r->s, &t->body, sets, refs);
}

static int replace_tests(struct run *r)
{
	struct taut_u32s sets = { NULL, 0, 0 }, refs = { NULL, 0, 0 };
	struct users u = { NULL, NULL, NULL, { NULL, 0, 0 } };
	size_t i;
	int rc = spread_reasons(r, &u);

	for (i = 0; i < r->test_keys.n && !rc; i++)
		rc = replace_test(r, &r->tests[i], &u, &sets, &refs);
	taut_free(u.start);
	taut_free(u.of);
	taut_free(u.why);
	taut_u32s_release(&u.stack);
	taut_u32s_release(&sets);
	taut_u32s_release(&refs);
	return rc;
}

/* ---- collection ---- */

/* The test files that were collected in full, and the tests found there. */
struct full {
	struct taut_map paths;	/* strings */
	struct taut_map tests;	/* path and nodeid, strings */
};

static int note_collected(struct run *r, struct full *f)
{
	struct rcollected *c;
	uint32_t key[2];
	size_t i, k;

	for (i = 0; i < r->ncollected; i++) {
		c = &r->collected[i];
		if (taut_st_path(r->s, r->env, c->path) == TAUT_MAP_NONE ||
		    (c->full && taut_map_add(&f->paths, &c->path,
					     sizeof(c->path)) ==
					TAUT_MAP_NONE))
			return TAUT_ENOMEM;
		key[0] = c->path;
		for (k = 0; k < c->nodeids.n; k++) {
			key[1] = c->nodeids.p[k];
			/* Makes it TAUT_NEW where there is no record. */
			if (taut_map_add(&f->tests, key, sizeof(key)) ==
				    TAUT_MAP_NONE ||
			    taut_st_test(r->s, r->env, key[0], key[1]) ==
				    TAUT_MAP_NONE)
				return TAUT_ENOMEM;
		}
	}
	return 0;
}

/* Tests that collecting their whole file did not find are gone. */
static void drop_uncollected(struct run *r, const struct full *f)
{
	struct taut_st_test *t;
	uint32_t key[2];
	size_t i;

	for (i = 0; i < r->env->ids.n; i++) {
		t = &r->env->tests[i];
		key[0] = t->path;
		key[1] = t->nodeid;
		if (taut_map_get(&f->paths, key, sizeof(*key)) !=
			    TAUT_MAP_NONE &&
		    taut_map_get(&f->tests, key, sizeof(key)) ==
			    TAUT_MAP_NONE &&
		    taut_map_get(&r->test_keys, key, sizeof(key)) ==
			    TAUT_MAP_NONE)
			t->dead = 1;
	}
}

static int apply_collected(struct run *r)
{
	struct full f = { TAUT_MAP_INIT, TAUT_MAP_INIT };
	int rc = note_collected(r, &f);

	if (!rc)
		drop_uncollected(r, &f);
	taut_map_release(&f.paths);
	taut_map_release(&f.tests);
	return rc;
}

/* Drop the test files that are gone, with their tests; how many. */
static size_t drop_vanished(struct run *r)
{
	struct taut_st_env *e = r->env;
	const struct taut_key *k;
	size_t i, dropped = 0;
	uint32_t path;

	if (!r->a->exists)
		return 0;
	for (i = 0; i < e->paths.n; i++) {
		if (e->path_dead[i] ||
		    r->a->exists(r->a->arg, e->paths.keys[i].p))
			continue;
		e->path_dead[i] = 1;
		dropped++;
	}
	for (i = 0; i < e->ids.n && dropped; i++) {
		k = &r->s->strs.keys[e->tests[i].path];
		path = taut_map_get(&e->paths, k->p, k->n);
		if (path == TAUT_MAP_NONE || e->path_dead[path])
			e->tests[i].dead = 1;
	}
	return dropped;
}

/* ---- the environment ---- */

/* How two sorted lists of parts compare. */
enum likeness { OTHER, SAME_IDENTITY, SAME };

static size_t skip_state(const struct taut_part *p, size_t n, size_t i)
{
	while (i < n && p[i].cls != TAUT_PART_IDENTITY)
		i++;
	return i;
}

static enum likeness compare_parts(const struct taut_part *a, size_t na,
				   const struct taut_part *b, size_t nb)
{
	size_t i, k;

	for (i = 0; i < na && i < nb; i++)
		if (!taut_st_same_part(&a[i], &b[i]))
			break;
	if (i == na && i == nb)
		return SAME;
	i = skip_state(a, na, 0);
	k = skip_state(b, nb, 0);
	while (i < na && k < nb && taut_st_same_part(&a[i], &b[k])) {
		i = skip_state(a, na, i + 1);
		k = skip_state(b, nb, k + 1);
	}
	return i == na && k == nb ? SAME_IDENTITY : OTHER;
}

/* Find or make the run's environment. */
static int enter_env(struct run *r)
{
	struct taut_store *s = r->s;
	size_t n = r->a->nparts, i;
	const struct taut_part *parts = taut_st_parts(s, r->a->parts, &n);
	uint32_t name = taut_st_str(s, r->a->env);
	struct taut_st_env *e;

	if (!parts || name == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	for (i = 0; i < s->nenvs && !r->env; i++) {
		e = &s->envs[i];
		if (e->name == name && compare_parts(e->parts, e->nparts,
						     parts, n) == SAME)
			r->env = e;
	}
	if (!r->env)
		r->env = taut_st_env(s, name, parts, n);
	if (!r->env)
		return TAUT_ENOMEM;
	r->old = (uint32_t)r->env->ncarriers;
	return 0;
}

/* Rows of the run's identity in another state are results that hold no
 * longer: they go. */
static void drop_other_states(struct run *r)
{
	struct taut_store *s = r->s;
	struct taut_st_env mine = *r->env, *e;
	size_t i, k = 0;

	for (i = 0; i < s->nenvs; i++) {
		e = &s->envs[i];
		if (e->name == mine.name &&
		    compare_parts(e->parts, e->nparts, mine.parts,
				  mine.nparts) == SAME_IDENTITY)
			taut_st_env_release(e);
		else
			s->envs[k++] = *e;
	}
	s->nenvs = k;
}

/* ---- the whole ---- */

static void release(struct run *r)
{
	size_t i;

	for (i = 0; i < r->ncarriers; i++) {
		taut_u32s_release(&r->carriers[i].sets);
		taut_u32s_release(&r->carriers[i].refs);
	}
	for (i = 0; i < r->test_keys.n; i++)
		taut_u32s_release(&r->tests[i].from);
	for (i = 0; i < r->ncollected; i++)
		taut_u32s_release(&r->collected[i].nodeids);
	taut_free(r->carriers);
	taut_free(r->tests);
	taut_free(r->collected);
	taut_free(r->files);
	taut_free(r->hashes);
	taut_u32s_release(&r->numbers);
	taut_u32s_release(&r->set_ids);
	taut_map_release(&r->raw);
	taut_map_release(&r->test_keys);
	taut_map_release(&r->described);
	taut_arena_release(&r->arena);
}

int taut_store_apply(struct taut_store *s, const struct taut_apply *a,
		     const char *const *logs, size_t nlogs, int *learned,
		     struct taut_err *err)
{
	struct run r = { .s = s, .a = a, .err = err };
	size_t i;
	int rc = 0;

	*learned = 0;
	if (enter_env(&r))
		rc = taut_nomem(err);
	for (i = 0; i < nlogs && !rc; i++)
		rc = read_log(&r, logs[i]);
	if (!rc && (carry_stores(&r) || make_bodies(&r) ||
		    replace_tests(&r) || apply_collected(&r)))
		rc = taut_nomem(err);
	if (!rc)
		*learned = drop_vanished(&r) || r.test_keys.n || r.ncollected;
	if (*learned)
		drop_other_states(&r);
	release(&r);
	return rc;
}
