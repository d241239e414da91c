/*
 * apply - what the logs of one run change in a store (rules: store.h).
 *
 * When all logs are read: store edges of modules that were not loaded are
 * carried over, what is incomplete makes its tests must-run, the tests get
 * their new bodies, and what collection did not find any more is dropped.
 */
#include <stdlib.h>
#include <string.h>

#include "applylog.h"

/* ---- store edges ---- */

static int is_module(const struct taut_app_carrier *c)
{
	return c->seen && c->kind == TAUT_CARRIER_MODULE;
}

/* The stored STORES edges to modules that are not `loaded`, as
 * (owner << 32 | carrier) in ascending order. */
static int find_stores(const struct taut_app *r, const struct taut_map *loaded,
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
			(*found)[(*n)++] =
				(uint64_t)from->owner << 32 | ref >> 2;
		}
	}
	*n = taut_unique_u64(*found, *n);
	return 0;
}

/* Give the new carrier the edges that its owner had. */
static int add_stores(struct taut_app_carrier *c, const uint64_t *found,
		      size_t n)
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
static int carry_stores(struct taut_app *r)
{
	struct taut_map loaded = TAUT_MAP_INIT; /* owners */
	uint64_t *found = NULL;
	struct taut_app_carrier *c;
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; i < r->ncarriers && !rc; i++) {
		c = &r->carriers[i];
		if (is_module(c) &&
		    taut_map_add(&loaded, &c->owner, sizeof(c->owner)) ==
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

static int in_a_file(const struct taut_app *r, const struct taut_app_carrier *c)
{
	static const char end[] = " for " TAUT_IN_A_FILE;
	const char *owner;
	size_t n;

	if (!c->seen || c->kind != TAUT_CARRIER_MEMO || c->index == TAUT_NONE)
		return 0;
	owner = taut_st_text(r->s, c->owner);
	n = strlen(owner);
	return n > sizeof(end) && !strcmp(owner + n - (sizeof(end) - 1), end);
}

/*
 * A value that is kept in a file is made by one process, and used by all
 * workers: the memos of its function need each other.
 */
static int share_files(struct taut_app *r)
{
	struct taut_app_carrier *c, *d;
	struct taut_u32s found = { 0 };
	size_t i, k;
	int rc = 0;

	for (i = 0; i < r->ncarriers && !rc; i++) {
		c = &r->carriers[i];
		if (!in_a_file(r, c))
			continue;
		for (k = found.n; k > 0 && !rc; k--) {
			d = &r->carriers[found.p[k - 1]];
			if (d->owner != c->owner)
				continue;
			rc = taut_u32s_add(
				     &c->refs,
				     TAUT_ST_REF(d->index, TAUT_EDGE_USES)) ||
			     taut_u32s_add(
				     &d->refs,
				     TAUT_ST_REF(c->index, TAUT_EDGE_USES));
			break;
		}
		rc = rc || taut_u32s_add(&found, (uint32_t)i);
	}
	taut_u32s_release(&found);
	return rc ? TAUT_ENOMEM : 0;
}

static int make_bodies(struct taut_app *r)
{
	struct taut_app_carrier *c;
	size_t i;

	for (i = 0; i < r->ncarriers; i++) {
		c = &r->carriers[i];
		if (c->index != TAUT_NONE &&
		    taut_st_body(r->s, &r->env->carriers[c->index].body,
				 &c->sets, &c->refs))
			return TAUT_ENOMEM;
	}
	return 0;
}

/* ---- what is incomplete ---- */

/* The new carriers of the environment, seen from what they refer to. */
struct users {
	uint32_t *start; /* owned; of carrier old + i, n + 1 of them */
	uint32_t *of;	 /* owned */
	uint32_t *why;	 /* owned; string or TAUT_NONE, of carrier old + i */
	struct taut_u32s stack; /* owned */
};

static int find_users(const struct taut_app *r, struct users *u)
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
		if (u->why[i] == TAUT_NONE) {
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
	uint32_t why, at; /* the reason's string; carrier - old */
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
static int spread_reasons(struct taut_app *r, struct users *u)
{
	struct seed *seeds = NULL;
	size_t n = 0, cap = 0, i;
	struct taut_app_carrier *c;
	int rc = 0;

	for (i = 0; i < r->ncarriers && !rc; i++) {
		c = &r->carriers[i];
		if (c->incomplete == TAUT_NONE || c->index == TAUT_NONE)
			continue;
		rc = taut_grow(&seeds, &cap, n + 1, sizeof(*seeds));
		if (!rc)
			seeds[n++] = (struct seed){
				taut_st_text(r->s, c->incomplete),
				c->incomplete, c->index - r->old
			};
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
static int replace_test(struct taut_app *r, const struct taut_app_test *from,
			const struct users *u, struct taut_u32s *sets,
			struct taut_u32s *refs)
{
	uint32_t id, why = from->must_run, to;
	const struct taut_app_carrier *c;
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

static int replace_tests(struct taut_app *r)
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
	struct taut_map paths; /* strings */
	struct taut_map tests; /* path and nodeid, strings */
};

static int note_collected(struct taut_app *r, struct full *f)
{
	struct taut_app_collected *c;
	uint32_t key[2];
	size_t i, k;

	for (i = 0; i < r->ncollected; i++) {
		c = &r->collected[i];
		if (taut_st_path(r->s, r->env, c->path) == TAUT_MAP_NONE ||
		    (c->full && taut_map_add(&f->paths, &c->path,
					     sizeof(c->path)) == TAUT_MAP_NONE))
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
static void drop_uncollected(struct taut_app *r, const struct full *f)
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

static int apply_collected(struct taut_app *r)
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
static size_t drop_vanished(struct taut_app *r)
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
static int enter_env(struct taut_app *r)
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
		if (e->name == name &&
		    compare_parts(e->parts, e->nparts, parts, n) == SAME)
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
static void drop_other_states(struct taut_app *r)
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

int taut_store_apply(struct taut_store *s, const struct taut_apply *a,
		     const char *const *logs, size_t nlogs, int *learned,
		     struct taut_err *err)
{
	struct taut_app r = { .s = s, .a = a, .err = err };
	size_t i;
	int rc = 0;

	*learned = 0;
	if (enter_env(&r))
		rc = taut_nomem(err);
	for (i = 0; i < nlogs && !rc; i++)
		rc = taut_app_read(&r, logs[i]);
	if (!rc && (carry_stores(&r) || share_files(&r) || make_bodies(&r) ||
		    replace_tests(&r) || apply_collected(&r)))
		rc = taut_nomem(err);
	if (!rc)
		*learned = drop_vanished(&r) || r.test_keys.n || r.ncollected;
	if (*learned)
		drop_other_states(&r);
	taut_app_release(&r);
	return rc;
}
