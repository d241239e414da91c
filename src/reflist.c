/*
 * reflist - the distinct lists of references, pruned, with their users.
 *
 * A test refers to every module that it touched, and most of those are reached
 * from its test module anyway.  Without them, the tests of one file share a
 * few lists.
 */
#include <string.h>

#include "canon.h"

/* The lists of one environment in the making. */
struct lists {
	struct taut_canon *c;
	struct taut_cenv *v;
	struct taut_u32s list; /* the present one: id << 2 | edge; owned */
	/* All ids from high levels to low ones, and the place of each. */
	uint32_t *order, *place;
	/* The modules that a carrier reaches without a STORES edge, one bit
	 * each; the ids of modules are first .. first + nmodules - 1. */
	uint32_t first, nmodules;
	uint64_t **reach;  /* id -> bits, NULL until needed */
	uint64_t *reached; /* by the present list so far */
	uint32_t *seen;	   /* id -> round of the walk that met it */
	uint32_t round;
	struct taut_map raw;	 /* tests' lists before pruning; owned */
	struct taut_u32s pruned; /* their lists after it; owned */
};

static size_t words(const struct lists *l)
{
	return l->nmodules / 64 + 1;
}

/* Users before what they refer to; in one component (and among carriers that
 * have nothing to do with each other) by id. */
static int find_order(struct lists *l)
{
	const struct taut_cenv *v = l->v;
	struct taut_item *p = taut_realloc(NULL, (v->nkept + 1) * sizeof(*p));
	uint32_t i;

	l->order = taut_canon_alloc(l->c, v->nkept, sizeof(*l->order));
	l->place = taut_canon_alloc(l->c, v->nkept, sizeof(*l->place));
	if (!p || !l->order || !l->place) {
		taut_free(p);
		return TAUT_ENOMEM;
	}
	for (i = 0; i < v->nkept; i++)
		p[i] = (struct taut_item){
			UINT32_MAX - v->level[taut_canon_carrier(v, i)], i, i
		};
	taut_items_sort(p, v->nkept);
	for (i = 0; i < v->nkept; i++) {
		l->order[i] = p[i].v;
		l->place[p[i].v] = i;
	}
	taut_free(p);
	return 0;
}

static int begin(struct lists *l)
{
	const struct taut_cenv *v = l->v;
	uint32_t id, kind;

	for (id = 0; id < v->nkept; id++) {
		kind = v->e->carriers[taut_canon_carrier(v, id)].kind;
		/* Ids are sorted by kind first. */
		if (kind < TAUT_CARRIER_MODULE)
			l->first++;
		else if (kind == TAUT_CARRIER_MODULE)
			l->nmodules++;
	}
	l->reach = taut_canon_alloc(l->c, v->nkept, sizeof(*l->reach));
	l->seen = taut_canon_alloc(l->c, v->nkept, sizeof(*l->seen));
	l->reached = taut_canon_alloc(l->c, words(l), sizeof(*l->reached));
	if (!l->reach || !l->seen || !l->reached)
		return TAUT_ENOMEM;
	return find_order(l);
}

/* The references of `b` as id << 2 | edge, into l->list; none to `self`. */
static int numbered(struct lists *l, const struct taut_st_body *b,
		    uint32_t self)
{
	const struct taut_cenv *v = l->v;
	uint32_t *p, i, id;
	size_t n = 0, k = 0;

	if (taut_grow(&l->list.p, &l->list.cap, b->nrefs + 1,
		      sizeof(*l->list.p)))
		return TAUT_ENOMEM;
	p = l->list.p;
	for (i = 0; i < b->nrefs; i++) {
		id = v->id[v->rep[b->refs[i] >> 2]];
		if (id != self)
			p[n++] = id << 2 | (b->refs[i] & 3);
	}
	l->list.n = taut_unique_u32(p, n);
	/* Equal carriers became one: its strongest edge stays. */
	for (i = 0; i < l->list.n; i++)
		if (!k || p[k - 1] >> 2 != p[i] >> 2)
			p[k++] = p[i];
	l->list.n = k;
	return 0;
}

/* The modules that are reached from `id` without a STORES edge. */
static const uint64_t *reach_of(struct lists *l, uint32_t id)
{
	const struct taut_cenv *v = l->v;
	const struct taut_st_body *b;
	uint64_t *bits = l->reach[id];
	uint32_t k, to, m;

	if (bits)
		return bits;
	bits = taut_canon_alloc(l->c, words(l), sizeof(*bits));
	if (!bits)
		return NULL;
	l->reach[id] = bits;
	l->round++;
	l->v->stack.n = 0;
	for (;;) {
		b = taut_canon_body(v, taut_canon_carrier(v, id));
		for (k = 0; k < b->nrefs; k++) {
			to = v->id[v->rep[b->refs[k] >> 2]];
			if (l->seen[to] == l->round ||
			    (b->refs[k] & 3) == TAUT_EDGE_STORES)
				continue;
			l->seen[to] = l->round;
			m = to - l->first;
			if (m < l->nmodules)
				bits[m / 64] |= 1ULL << m % 64;
			if (taut_u32s_add(&l->v->stack, to))
				return NULL;
		}
		if (!v->stack.n)
			return bits;
		id = v->stack.p[--l->v->stack.n];
	}
}

/*
 * Drop from l->list the modules that the others reach anyway.  Going from high
 * levels to low ones, a carrier comes after all that can reach it (equal
 * levels: one component, by id), so the outcome is the same whatever was
 * pruned before: merging needs that.
 */
static int prune(struct lists *l)
{
	uint32_t *p = l->list.p, id, m;
	size_t n = l->list.n, i, w, k = 0;
	const uint64_t *bits;

	for (i = 0; i < n; i++)
		p[i] = l->place[p[i] >> 2] << 2 | (p[i] & 3);
	n = taut_unique_u32(p, n);
	memset(l->reached, 0, words(l) * sizeof(*l->reached));
	for (i = 0; i < n; i++) {
		id = l->order[p[i] >> 2];
		m = id - l->first;
		if (m < l->nmodules && l->reached[m / 64] >> m % 64 & 1)
			continue;
		bits = reach_of(l, id);
		if (!bits)
			return TAUT_ENOMEM;
		for (w = 0; w < words(l); w++)
			l->reached[w] |= bits[w];
		p[k++] = id << 2 | (p[i] & 3);
	}
	l->list.n = taut_unique_u32(p, k);
	return 0;
}

/* The number of l->list among the distinct ones; none for an empty one. */
static int intern(struct lists *l, uint32_t *list)
{
	*list = TAUT_NONE;
	if (!l->list.n)
		return 0;
	*list = taut_map_add(&l->v->lists, l->list.p,
			     l->list.n * sizeof(uint32_t));
	return *list == TAUT_MAP_NONE ? TAUT_ENOMEM : 0;
}

/* A test's list.  They have few distinct ones: each is pruned once. */
static int test_list(struct lists *l, uint32_t *list)
{
	uint32_t r;

	r = taut_map_add(&l->raw, l->list.p, l->list.n * sizeof(uint32_t));
	if (r == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	if (r < l->pruned.n) {
		*list = l->pruned.p[r];
		return 0;
	}
	if (prune(l) || intern(l, list))
		return TAUT_ENOMEM;
	return taut_u32s_add(&l->pruned, *list);
}

/* Find each carrier's list. */
static int find_lists(struct lists *l)
{
	struct taut_cenv *v = l->v;
	uint32_t id, list;

	for (id = 0; id < v->ntests + v->nkept; id++)
		if (numbered(l, taut_canon_body_of(v, id),
			     id < v->ntests ? TAUT_NONE : id - v->ntests) ||
		    (id < v->ntests ? test_list(l, &list) : intern(l, &list)) ||
		    taut_u32s_add(&v->list_of, list))
			return TAUT_ENOMEM;
	return 0;
}

static int make_lists(struct taut_canon *c, struct taut_cenv *v)
{
	struct lists l = { .c = c, .v = v, .raw = TAUT_MAP_INIT };
	int rc = begin(&l) || find_lists(&l) ? TAUT_ENOMEM : 0;

	taut_u32s_release(&l.list);
	taut_u32s_release(&l.pruned);
	taut_map_release(&l.raw);
	return rc;
}

/* Spread list `i` of the map into references and edges. */
static int spread(struct taut_canon *c, const struct taut_cenv *v, size_t i,
		  struct taut_db_reflist *out)
{
	uint32_t n = (uint32_t)(v->lists.keys[i].n / sizeof(uint32_t)), k, ref;
	uint32_t *refs = taut_canon_alloc(c, n, sizeof(*refs));
	uint8_t *edges = taut_canon_alloc(c, n, 1);

	if (!refs || !edges)
		return TAUT_ENOMEM;
	for (k = 0; k < n; k++) {
		memcpy(&ref, v->lists.keys[i].p + k * sizeof(ref), sizeof(ref));
		refs[k] = v->ntests + (ref >> 2);
		edges[k] = ref & 3;
	}
	out->nrefs = n;
	out->refs = refs;
	out->edges = edges;
	return 0;
}

int taut_canon_lists(struct taut_canon *c, struct taut_cenv *v,
		     struct taut_image_env *out)
{
	struct taut_db_reflist *l;
	uint32_t *users, id, at = 0;
	size_t i;

	if (make_lists(c, v))
		return TAUT_ENOMEM;
	l = taut_canon_alloc(c, v->lists.n, sizeof(*l));
	users = taut_canon_alloc(c, v->list_of.n, sizeof(*users));
	if (!l || !users)
		return TAUT_ENOMEM;
	for (id = 0; id < v->list_of.n; id++)
		if (v->list_of.p[id] != TAUT_NONE)
			l[v->list_of.p[id]].nusers++;
	for (i = 0; i < v->lists.n; i++) {
		if (spread(c, v, i, &l[i]))
			return TAUT_ENOMEM;
		l[i].users = users + at;
		at += l[i].nusers;
		l[i].nusers = 0;
	}
	for (id = 0; id < v->list_of.n; id++)
		if (v->list_of.p[id] != TAUT_NONE) {
			i = v->list_of.p[id];
			users[(size_t)(l[i].users - users) + l[i].nusers++] =
				id;
		}
	/* Lists were met in the order of their first users. */
	out->nlists = v->lists.n;
	out->lists = l;
	return 0;
}
