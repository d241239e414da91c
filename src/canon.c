/*
 * canon - a store's content in its one canonical form, ready to be built.
 *
 * For each environment: find the strong components of the carriers' references
 * (Tarjan), hash them bottom up, take carriers of equal kind, owner and hash
 * for one, keep those that a test reaches, sort, prune the tests' references,
 * and turn the forward lists into postings.  Then number the files and hashes
 * that are still in use.  The result depends on content alone.
 */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "storefile.h"

#define NONE UINT32_MAX

/* One environment on its way. */
struct cenv {
	const struct taut_st_env *e;
	uint32_t n;		/* carriers, as in e */
	uint32_t *comp;		/* component; users have the higher number */
	uint32_t ncomps;
	uint32_t *order;	/* carriers, component by component */
	uint32_t *level;	/* 1 + the highest level below the component */
	uint64_t *own;		/* hash of kind, owner and dependencies */
	uint64_t *hash;		/* of all that a carrier stands for */
	uint32_t *rep;		/* carrier -> rank, equal ones share it */
	uint32_t *ranked;	/* rank -> carrier */
	uint32_t nranked;
	uint32_t *id;		/* rank -> id - ntests, or NONE */
	uint32_t *kept;		/* id - ntests -> rank */
	uint32_t nkept;
	uint32_t *tests;	/* sorted, as indices into e->tests */
	uint32_t ntests;
	uint32_t *paths;	/* sorted, as indices into e->paths */
	uint32_t npaths;
	uint32_t *seen;		/* pruning: id -> round it was reached in */
	uint32_t round;
	struct taut_u32s stack, list;	/* scratch; owned */
	struct taut_map lists;	/* distinct reference lists */
	struct taut_u32s list_of;	/* id -> list, or NONE; owned */
};

struct canon {
	const struct taut_store *s;
	struct taut_err *err;
	struct taut_arena arena;	/* all that the image points to */
	uint32_t *str_rank;	/* of each string, in byte order */
	struct cenv *envs;
	size_t nenvs;
	uint64_t *set_hash;	/* of each set */
	uint8_t *set_used;
	uint32_t *file_id;	/* store's file -> id in the image, or NONE */
	struct taut_image_file *files;
	uint32_t nfiles;
	struct taut_image_env *out;
};

static void *alloc(struct canon *c, size_t n, size_t elem)
{
	return taut_arena_alloc(&c->arena, n * elem + 1);
}

static const struct taut_st_body *body(const struct cenv *v, uint32_t carrier)
{
	return &v->e->carriers[carrier].body;
}

/* ---- strong components ---- */

struct tarjan {
	uint32_t *index, *low, *edge;	/* edge: the next reference to try */
	uint32_t *stack, *path;		/* open carriers; those being walked */
	uint32_t nstack, npath, next;
};

static void enter(struct cenv *v, struct tarjan *t, uint32_t c)
{
	t->index[c] = t->low[c] = ++t->next;
	t->edge[c] = 0;
	t->stack[t->nstack++] = c;
	t->path[t->npath++] = c;
	v->comp[c] = NONE;
}

/* All references of `c` are walked: close its component if it is the root. */
static void leave(struct cenv *v, struct tarjan *t, uint32_t c,
		  uint32_t *norder)
{
	uint32_t user, member;

	t->npath--;
	if (t->npath) {
		user = t->path[t->npath - 1];
		if (t->low[c] < t->low[user])
			t->low[user] = t->low[c];
	}
	if (t->low[c] != t->index[c])
		return;
	do {
		member = t->stack[--t->nstack];
		v->comp[member] = v->ncomps;
		v->order[(*norder)++] = member;
	} while (member != c);
	v->ncomps++;
}

static void components(struct cenv *v, struct tarjan *t)
{
	const struct taut_st_body *b;
	uint32_t root, c, to, norder = 0;

	for (root = 0; root < v->n; root++) {
		if (!t->index[root])
			enter(v, t, root);
		while (t->npath) {
			c = t->path[t->npath - 1];
			b = body(v, c);
			if (t->edge[c] == b->nrefs) {
				leave(v, t, c, &norder);
				continue;
			}
			to = b->refs[t->edge[c]++] >> 2;
			if (!t->index[to])
				enter(v, t, to);
			else if (v->comp[to] == NONE &&
				 t->index[to] < t->low[c])
				t->low[c] = t->index[to];
		}
	}
}

static int find_components(struct canon *c, struct cenv *v)
{
	struct tarjan t = { .next = 0 };
	uint32_t *all = alloc(c, v->n, 5 * sizeof(*all));

	v->comp = alloc(c, v->n, sizeof(*v->comp));
	v->order = alloc(c, v->n, sizeof(*v->order));
	if (!all || !v->comp || !v->order)
		return TAUT_ENOMEM;
	t.index = all;
	t.low = all + v->n;
	t.edge = all + 2 * (size_t)v->n;
	t.stack = all + 3 * (size_t)v->n;
	t.path = all + 4 * (size_t)v->n;
	components(v, &t);
	return 0;
}

/* ---- hashes ---- */

/* The hash of numbers whose order and repetition do not count. */
static uint64_t hash_bag(uint64_t *v, size_t n)
{
	n = taut_unique_u64(v, n);
	return taut_hash64(v, n * sizeof(*v));
}

static int hash_sets(struct canon *c)
{
	const struct taut_map *sets = &c->s->sets, *files = &c->s->files;
	uint64_t *file;
	size_t i;

	c->set_hash = alloc(c, sets->n, sizeof(*c->set_hash));
	c->set_used = alloc(c, sets->n, 1);
	file = alloc(c, files->n, sizeof(*file));
	if (!c->set_hash || !c->set_used || !file)
		return TAUT_ENOMEM;
	for (i = 0; i < files->n; i++)
		file[i] = taut_hash64(files->keys[i].p, files->keys[i].n);
	for (i = 0; i < sets->n; i++)
		c->set_hash[i] = taut_hash_mix(
			file[taut_st_set_file(c->s, (uint32_t)i)],
			taut_hash64(sets->keys[i].p + sizeof(uint32_t),
				    sets->keys[i].n - sizeof(uint32_t)));
	return 0;
}

/* Scratch for hashing: as many numbers as the largest carrier or component
 * has. */
static uint64_t *scratch(const struct cenv *v)
{
	size_t most = v->n, i, n;

	for (i = 0; i < v->n; i++) {
		n = (size_t)body(v, (uint32_t)i)->nsets +
		    body(v, (uint32_t)i)->nrefs;
		if (n > most)
			most = n;
	}
	return taut_realloc(NULL, (most + 1) * sizeof(uint64_t));
}

static uint64_t hash_own(const struct canon *c, const struct cenv *v,
			 uint32_t i, uint64_t *tmp)
{
	const struct taut_st_carrier *a = &v->e->carriers[i];
	const struct taut_key *owner = &c->s->strs.keys[a->owner];
	uint32_t k;

	for (k = 0; k < a->body.nsets; k++)
		tmp[k] = c->set_hash[a->body.sets[k]];
	return taut_hash_mix(taut_hash_mix(a->kind,
					   taut_hash64(owner->p, owner->n)),
			     hash_bag(tmp, a->body.nsets));
}

/*
 * The hash of a carrier and its references: those that leave the component by
 * their targets' full hash, those inside by what the targets hold themselves.
 * Of several edges to equal targets only the strongest counts, as it would
 * after they have become one.
 */
static uint64_t hash_local(const struct cenv *v, uint32_t i, uint64_t *tmp)
{
	const struct taut_st_body *b = body(v, i);
	uint32_t k, to;
	size_t n = 0, m = 0;

	for (k = 0; k < b->nrefs; k++) {
		to = b->refs[k] >> 2;
		if (to == i)
			continue;
		tmp[n] = v->comp[to] == v->comp[i] ?
				 taut_hash_mix(1, v->own[to]) : v->hash[to];
		tmp[n] = tmp[n] & ~3ULL;
		tmp[n++] |= b->refs[k] & 3;
	}
	n = taut_unique_u64(tmp, n);
	for (k = 0; k < n; k++)
		if (!m || tmp[m - 1] >> 2 != tmp[k] >> 2)
			tmp[m++] = tmp[k];
	return taut_hash_mix(v->own[i], taut_hash64(tmp, m * sizeof(*tmp)));
}

/* The component order[from .. to) lies above all that it refers to. */
static void raise_component(struct cenv *v, uint32_t from, uint32_t to)
{
	const struct taut_st_body *b;
	uint32_t i, k, c, below, most = 0;

	for (i = from; i < to; i++) {
		b = body(v, v->order[i]);
		for (k = 0; k < b->nrefs; k++) {
			c = b->refs[k] >> 2;
			below = v->comp[c] == v->comp[v->order[i]] ?
					0 : v->level[c];
			if (below > most)
				most = below;
		}
	}
	for (i = from; i < to; i++)
		v->level[v->order[i]] = most + 1;
}

/* Hash the component order[from .. to). */
static void hash_component(struct cenv *v, uint32_t from, uint32_t to,
			   uint64_t *tmp)
{
	uint64_t all;
	uint32_t k;

	if (to - from == 1) {
		v->hash[v->order[from]] = hash_local(v, v->order[from], tmp);
		return;
	}
	/* Members take `all` into theirs only when every local one is known:
	 * hash_local reads no hash of its own component. */
	for (k = from; k < to; k++)
		v->hash[v->order[k]] = hash_local(v, v->order[k], tmp);
	for (k = from; k < to; k++)
		tmp[k - from] = v->hash[v->order[k]];
	all = hash_bag(tmp, to - from);
	for (k = from; k < to; k++)
		v->hash[v->order[k]] = taut_hash_mix(all,
						     v->hash[v->order[k]]);
}

static int hash_carriers(struct canon *c, struct cenv *v)
{
	uint64_t *tmp = scratch(v);
	uint32_t i, end;

	v->own = alloc(c, v->n, sizeof(*v->own));
	v->hash = alloc(c, v->n, sizeof(*v->hash));
	v->level = alloc(c, v->n, sizeof(*v->level));
	if (!tmp || !v->own || !v->hash || !v->level) {
		taut_free(tmp);
		return TAUT_ENOMEM;
	}
	for (i = 0; i < v->n; i++)
		v->own[i] = hash_own(c, v, i, tmp);
	for (i = 0; i < v->n; i = end) {
		for (end = i + 1; end < v->n && v->comp[v->order[end]] ==
						v->comp[v->order[i]]; end++)
			;
		hash_component(v, i, end, tmp);
		raise_component(v, i, end);
	}
	taut_free(tmp);
	return 0;
}

/* ---- order ---- */

struct item {
	uint64_t a, b;		/* sorted by these */
	uint32_t v;
};

static int by_item(const void *x, const void *y)
{
	const struct item *p = x, *q = y;

	if (p->a != q->a)
		return p->a < q->a ? -1 : 1;
	return (p->b > q->b) - (p->b < q->b);
}

static void sort_items(struct item *p, size_t n)
{
	if (n > 1)
		qsort(p, n, sizeof(*p), by_item);
}

struct named {
	const struct taut_key *key;
	uint32_t v;
};

static int by_name(const void *x, const void *y)
{
	const struct taut_key *p = ((const struct named *)x)->key;
	const struct taut_key *q = ((const struct named *)y)->key;
	size_t n = p->n < q->n ? p->n : q->n;
	int d = n ? memcmp(p->p, q->p, n) : 0;

	return d ? d : (p->n > q->n) - (p->n < q->n);
}

/* The map's keys in byte order; NULL when out of memory.  Free it. */
static struct named *sort_keys(const struct taut_map *m)
{
	struct named *p = taut_realloc(NULL, (m->n + 1) * sizeof(*p));
	size_t i;

	for (i = 0; p && i < m->n; i++)
		p[i] = (struct named){ &m->keys[i], (uint32_t)i };
	if (p && m->n > 1)
		qsort(p, m->n, sizeof(*p), by_name);
	return p;
}

static int rank_strings(struct canon *c)
{
	struct named *p = sort_keys(&c->s->strs);
	size_t i;

	c->str_rank = alloc(c, c->s->strs.n, sizeof(*c->str_rank));
	for (i = 0; p && c->str_rank && i < c->s->strs.n; i++)
		c->str_rank[p[i].v] = (uint32_t)i;
	taut_free(p);
	return p && c->str_rank ? 0 : TAUT_ENOMEM;
}

static int order_tests(struct canon *c, struct cenv *v)
{
	const struct taut_st_test *t = v->e->tests;
	struct item *p;
	uint32_t i;

	v->tests = alloc(c, v->e->ids.n, sizeof(*v->tests));
	p = taut_realloc(NULL, (v->e->ids.n + 1) * sizeof(*p));
	if (!v->tests || !p) {
		taut_free(p);
		return TAUT_ENOMEM;
	}
	for (i = 0; i < v->e->ids.n; i++)
		if (!t[i].dead)
			p[v->ntests++] = (struct item){
				c->str_rank[t[i].path],
				c->str_rank[t[i].nodeid], i };
	sort_items(p, v->ntests);
	for (i = 0; i < v->ntests; i++)
		v->tests[i] = p[i].v;
	taut_free(p);
	return 0;
}

static int order_paths(struct canon *c, struct cenv *v)
{
	struct named *p = sort_keys(&v->e->paths);
	size_t i;

	v->paths = alloc(c, v->e->paths.n, sizeof(*v->paths));
	for (i = 0; p && v->paths && i < v->e->paths.n; i++)
		if (!v->e->path_dead[p[i].v])
			v->paths[v->npaths++] = p[i].v;
	taut_free(p);
	return p && v->paths ? 0 : TAUT_ENOMEM;
}

/* Sort the carriers and let equal ones share a rank. */
static int unify(struct canon *c, struct cenv *v)
{
	const struct taut_st_carrier *a = v->e->carriers;
	struct item *p = taut_realloc(NULL, (v->n + 1) * sizeof(*p));
	uint32_t i;

	v->rep = alloc(c, v->n, sizeof(*v->rep));
	v->ranked = alloc(c, v->n, sizeof(*v->ranked));
	v->id = alloc(c, v->n, sizeof(*v->id));
	v->kept = alloc(c, v->n, sizeof(*v->kept));
	v->seen = alloc(c, v->n, sizeof(*v->seen));
	if (!p || !v->rep || !v->ranked || !v->id || !v->kept || !v->seen) {
		taut_free(p);
		return TAUT_ENOMEM;
	}
	for (i = 0; i < v->n; i++)
		p[i] = (struct item){ (uint64_t)a[i].kind << 32 |
				      c->str_rank[a[i].owner],
				      v->hash[i], i };
	sort_items(p, v->n);
	for (i = 0; i < v->n; i++) {
		if (!i || by_item(&p[i - 1], &p[i]))
			v->ranked[v->nranked++] = p[i].v;
		v->rep[p[i].v] = v->nranked - 1;
		v->id[i] = NONE;
	}
	taut_free(p);
	return 0;
}

/* Mark what `b` refers to, and push it if it was not marked. */
static int reach_refs(struct cenv *v, const struct taut_st_body *b)
{
	uint32_t k, rank;

	for (k = 0; k < b->nrefs; k++) {
		rank = v->rep[b->refs[k] >> 2];
		if (v->id[rank] != NONE)
			continue;
		v->id[rank] = 0;
		if (taut_u32s_add(&v->stack, rank))
			return TAUT_ENOMEM;
	}
	return 0;
}

/* Number the carriers that a test reaches. */
static int keep_reached(struct cenv *v)
{
	uint32_t i, rank;

	v->stack.n = 0;
	for (i = 0; i < v->ntests; i++)
		if (reach_refs(v, &v->e->tests[v->tests[i]].body))
			return TAUT_ENOMEM;
	while (v->stack.n) {
		rank = v->stack.p[--v->stack.n];
		if (reach_refs(v, body(v, v->ranked[rank])))
			return TAUT_ENOMEM;
	}
	for (i = 0; i < v->nranked; i++)
		if (v->id[i] != NONE) {
			v->id[i] = v->nkept;
			v->kept[v->nkept++] = i;
		}
	return 0;
}

static int order_env(struct canon *c, struct cenv *v)
{
	return order_tests(c, v) || order_paths(c, v) ||
	       find_components(c, v) || hash_carriers(c, v) ||
	       unify(c, v) || keep_reached(v) ? TAUT_ENOMEM : 0;
}

/* The carrier in the store of an id in the image (tests not counted). */
static uint32_t carrier_of(const struct cenv *v, uint32_t id)
{
	return v->ranked[v->kept[id]];
}

/* What the carrier with this id (tests counted) holds. */
static const struct taut_st_body *body_of(const struct cenv *v, uint32_t id)
{
	return id < v->ntests ? &v->e->tests[v->tests[id]].body :
				body(v, carrier_of(v, id - v->ntests));
}

/* ---- references ---- */

/* b's references as id << 2 | edge, into v->list. */
static int numbered(struct cenv *v, const struct taut_st_body *b)
{
	uint32_t *p, i, id;
	size_t k = 0;

	v->list.n = 0;
	for (i = 0; i < b->nrefs; i++) {
		id = v->id[v->rep[b->refs[i] >> 2]];
		if (taut_u32s_add(&v->list, id << 2 | (b->refs[i] & 3)))
			return TAUT_ENOMEM;
	}
	p = v->list.p;
	v->list.n = taut_unique_u32(p, v->list.n);
	for (i = 0; i < v->list.n; i++)
		if (!k || p[k - 1] >> 2 != p[i] >> 2)
			p[k++] = p[i];
	v->list.n = k;
	return 0;
}

/* Mark all that is reached from `id` without a STORES edge. */
static int mark_from(struct cenv *v, uint32_t id)
{
	const struct taut_st_body *b;
	uint32_t k, to;

	v->stack.n = 0;
	for (;;) {
		b = body(v, carrier_of(v, id));
		for (k = 0; k < b->nrefs; k++) {
			to = v->id[v->rep[b->refs[k] >> 2]];
			if (v->seen[to] == v->round ||
			    (b->refs[k] & 3) == TAUT_EDGE_STORES)
				continue;
			v->seen[to] = v->round;
			if (taut_u32s_add(&v->stack, to))
				return TAUT_ENOMEM;
		}
		if (!v->stack.n)
			return 0;
		id = v->stack.p[--v->stack.n];
	}
}

/*
 * Drop from v->list the modules that the others reach anyway: tests of one
 * file then share a few lists.  Going from high levels to low ones, a carrier
 * is seen after all that can reach it (equal levels: one component, by id), so
 * the outcome is the same whatever was pruned before: merging needs that.
 */
static int prune(struct cenv *v)
{
	size_t n = v->list.n, i, k = 0;
	struct item *p = taut_realloc(NULL, (n + 1) * sizeof(*p));
	uint32_t id, c;
	int rc = 0;

	if (!p)
		return TAUT_ENOMEM;
	for (i = 0; i < n; i++) {
		c = carrier_of(v, v->list.p[i] >> 2);
		p[i] = (struct item){ UINT32_MAX - v->level[c],
				      v->list.p[i], c };
	}
	sort_items(p, n);
	v->round++;
	for (i = 0; i < n && !rc; i++) {
		id = (uint32_t)p[i].b >> 2;
		if (v->seen[id] == v->round) {
			if (v->e->carriers[p[i].v].kind ==
			    TAUT_CARRIER_MODULE)
				continue;
		} else {
			rc = mark_from(v, id);
		}
		v->list.p[k++] = (uint32_t)p[i].b;
	}
	v->list.n = taut_unique_u32(v->list.p, k);
	taut_free(p);
	return rc;
}

/* The number of v->list among the distinct ones. */
static int intern_list(struct cenv *v, uint32_t *list)
{
	*list = NONE;
	if (!v->list.n)
		return 0;
	*list = taut_map_add(&v->lists, v->list.p,
			     v->list.n * sizeof(uint32_t));
	return *list == TAUT_MAP_NONE ? TAUT_ENOMEM : 0;
}

/* Find each carrier's list.  Tests have few distinct ones, also before they
 * are pruned: each is pruned once. */
static int find_lists(struct cenv *v)
{
	struct taut_map raw = TAUT_MAP_INIT;
	struct taut_u32s pruned = { NULL, 0, 0 };
	uint32_t id, r, list;
	int rc = 0;

	for (id = 0; id < v->ntests + v->nkept && !rc; id++) {
		if (numbered(v, body_of(v, id))) {
			rc = TAUT_ENOMEM;
			break;
		}
		r = TAUT_MAP_NONE;
		if (id < v->ntests) {
			r = taut_map_add(&raw, v->list.p ? (void *)v->list.p :
					 "", v->list.n * sizeof(uint32_t));
			if (r == TAUT_MAP_NONE || (r == pruned.n && prune(v)))
				rc = TAUT_ENOMEM;
		}
		if (!rc && (id >= v->ntests || r == pruned.n)) {
			rc = intern_list(v, &list);
			if (!rc && id < v->ntests)
				rc = taut_u32s_add(&pruned, list);
		} else if (!rc) {
			list = pruned.p[r];
		}
		if (!rc)
			rc = taut_u32s_add(&v->list_of, list);
	}
	taut_map_release(&raw);
	taut_u32s_release(&pruned);
	return rc;
}

/* Spread list `i` of the map into references and edges. */
static int spread(struct canon *c, const struct cenv *v, size_t i,
		  struct taut_db_reflist *out)
{
	uint32_t n = (uint32_t)(v->lists.keys[i].n / sizeof(uint32_t)), k, ref;
	uint32_t *refs = alloc(c, n, sizeof(*refs));
	uint8_t *edges = alloc(c, n, 1);

	if (!refs || !edges)
		return TAUT_ENOMEM;
	for (k = 0; k < n; k++) {
		memcpy(&ref, v->lists.keys[i].p + k * sizeof(ref),
		       sizeof(ref));
		refs[k] = v->ntests + (ref >> 2);
		edges[k] = ref & 3;
	}
	out->nrefs = n;
	out->refs = refs;
	out->edges = edges;
	return 0;
}

static int make_lists(struct canon *c, struct cenv *v,
		      struct taut_image_env *out)
{
	struct taut_db_reflist *l;
	uint32_t *users, id, at = 0;
	size_t i;

	if (find_lists(v))
		return TAUT_ENOMEM;
	l = alloc(c, v->lists.n, sizeof(*l));
	users = alloc(c, v->list_of.n, sizeof(*users));
	if (!l || !users)
		return TAUT_ENOMEM;
	for (id = 0; id < v->list_of.n; id++)
		if (v->list_of.p[id] != NONE)
			l[v->list_of.p[id]].nusers++;
	for (i = 0; i < v->lists.n; i++) {
		if (spread(c, v, i, &l[i]))
			return TAUT_ENOMEM;
		l[i].users = users + at;
		at += l[i].nusers;
		l[i].nusers = 0;
	}
	for (id = 0; id < v->list_of.n; id++)
		if (v->list_of.p[id] != NONE) {
			i = v->list_of.p[id];
			users[(size_t)(l[i].users - users) + l[i].nusers++] =
				id;
		}
	/* Lists were met in the order of their first users. */
	out->nlists = v->lists.n;
	out->lists = l;
	return 0;
}

/* ---- files ---- */

/* Mark the sets in use, and the files behind them. */
static void mark_sets(struct canon *c, const struct cenv *v)
{
	const struct taut_st_body *b;
	uint32_t id, k;

	for (id = 0; id < v->ntests + v->nkept; id++) {
		b = body_of(v, id);
		for (k = 0; k < b->nsets; k++)
			c->set_used[b->sets[k]] = 1;
	}
}

/* Number the files in use, by (kind, path): the bytes of their keys. */
static int number_files(struct canon *c)
{
	const struct taut_store *s = c->s;
	struct named *p = sort_keys(&s->files);
	uint32_t i, file, n = 0;

	c->file_id = alloc(c, s->files.n, sizeof(*c->file_id));
	c->files = alloc(c, s->files.n, sizeof(*c->files));
	if (!p || !c->file_id || !c->files) {
		taut_free(p);
		return TAUT_ENOMEM;
	}
	for (i = 0; i < s->files.n; i++)
		c->file_id[i] = NONE;
	for (i = 0; i < s->sets.n; i++)
		if (c->set_used[i])
			c->file_id[taut_st_set_file(s, i)] = 0;
	for (i = 0; i < s->files.n; i++) {
		file = p[i].v;
		if (c->file_id[file] == NONE)
			continue;
		c->file_id[file] = n;
		c->files[n].file = (struct taut_db_file){
			.id = n, .kind = (uint8_t)p[i].key->p[0],
			.path = p[i].key->p + 1, .npath = p[i].key->n - 1 };
		n++;
	}
	c->nfiles = n;
	taut_free(p);
	return 0;
}

/* The distinct hashes in use of each file, ascending. */
static int collect_hashes(struct canon *c)
{
	const struct taut_store *s = c->s;
	size_t *end, total = 0, i, k;
	struct taut_image_file *f;
	uint64_t *all, *h;

	end = alloc(c, c->nfiles, sizeof(*end));
	if (!end)
		return TAUT_ENOMEM;
	for (i = 0; i < s->sets.n; i++)
		if (c->set_used[i])
			c->files[c->file_id[taut_st_set_file(s,
				(uint32_t)i)]].nhashes +=
				taut_st_set_size(s, (uint32_t)i);
	for (i = 0; i < c->nfiles; i++) {
		end[i] = total;
		total += c->files[i].nhashes;
	}
	all = alloc(c, total, sizeof(*all));
	if (!all)
		return TAUT_ENOMEM;
	for (i = 0; i < s->sets.n; i++)
		if (c->set_used[i]) {
			k = c->file_id[taut_st_set_file(s, (uint32_t)i)];
			taut_st_set_hashes(s, (uint32_t)i, all + end[k]);
			end[k] += taut_st_set_size(s, (uint32_t)i);
		}
	for (i = 0; i < c->nfiles; i++) {
		f = &c->files[i];
		h = all + end[i] - f->nhashes;
		f->hashes = h;
		f->nhashes = taut_unique_u64(h, f->nhashes);
	}
	return 0;
}

/* Does the content that was seen hold every hash in use? */
static int content_holds(const struct taut_st_file *st,
			 const struct taut_image_file *f)
{
	size_t i, k = 0;

	if (st->state != TAUT_ST_CONTENT)
		return 0;
	if (!st->known)
		return 1;
	for (i = 0; i < f->nhashes; i++) {
		while (k < st->nknown && st->known[k] < f->hashes[i])
			k++;
		if (k == st->nknown || st->known[k] != f->hashes[i])
			return 0;
	}
	return 1;
}

/* Give a file its content, and the versions among its hashes. */
static int finish_file(struct canon *c, uint32_t file)
{
	struct taut_image_file *f = &c->files[c->file_id[file]];
	uint8_t key[sizeof(uint32_t) + sizeof(uint64_t)];
	struct taut_db_ver *v;
	uint32_t ver;
	size_t i;

	if (content_holds(&c->s->file[file], f)) {
		f->file.has_content = 1;
		f->file.content = c->s->file[file].content;
	}
	if (f->file.kind != TAUT_PY)
		return 0;
	v = alloc(c, f->nhashes, sizeof(*v));
	if (!v)
		return TAUT_ENOMEM;
	memcpy(key, &file, sizeof(file));
	for (i = 0; i < f->nhashes; i++) {
		memcpy(key + sizeof(file), &f->hashes[i], sizeof(uint64_t));
		ver = taut_map_get(&c->s->ver_keys, key, sizeof(key));
		if (ver != TAUT_MAP_NONE)
			v[f->nvers++] = c->s->vers[ver];
	}
	f->vers = v;
	return 0;
}

static int make_files(struct canon *c)
{
	uint32_t i;

	for (i = 0; i < c->nenvs; i++)
		mark_sets(c, &c->envs[i]);
	if (number_files(c) || collect_hashes(c))
		return TAUT_ENOMEM;
	for (i = 0; i < c->s->files.n; i++)
		if (c->file_id[i] != NONE && finish_file(c, i))
			return TAUT_ENOMEM;
	return 0;
}

/* ---- postings ---- */

/* A set of one environment: its users are users[at .. at + n). */
struct slot {
	uint32_t set, n, first;
	size_t at;
};

/* Deal the carriers of `v` out to the sets they have. */
static int deal(struct canon *c, const struct cenv *v, struct slot **slots,
		size_t *nslots, uint32_t **users)
{
	uint32_t *of = alloc(c, c->s->sets.n, sizeof(*of)), id, k, set;
	const struct taut_st_body *b;
	size_t n = 0, total = 0, i;
	struct slot *s;

	if (!of)
		return TAUT_ENOMEM;
	for (id = 0; id < v->ntests + v->nkept; id++) {
		b = body_of(v, id);
		for (k = 0; k < b->nsets; k++)
			n += !of[b->sets[k]]++;
		total += b->nsets;
	}
	*slots = s = alloc(c, n, sizeof(*s));
	*users = alloc(c, total, sizeof(**users));
	if (!s || !*users)
		return TAUT_ENOMEM;
	for (set = 0, i = 0, total = 0; set < c->s->sets.n; set++) {
		if (!of[set])
			continue;
		s[i] = (struct slot){ set, 0, 0, total };
		total += of[set];
		of[set] = (uint32_t)i++;
	}
	for (id = 0; id < v->ntests + v->nkept; id++) {
		b = body_of(v, id);
		for (k = 0; k < b->nsets; k++) {
			struct slot *t = &s[of[b->sets[k]]];

			if (!t->n)
				t->first = id;
			(*users)[t->at + t->n++] = id;
		}
	}
	*nslots = n;
	return 0;
}

/* The set's hashes as indices into those of its file. */
static int index_hashes(struct canon *c, uint32_t set, uint64_t *tmp,
			const struct taut_image_file *f,
			struct taut_db_set *out)
{
	size_t n = taut_st_set_size(c->s, set), i, k = 0;
	uint32_t *p = alloc(c, n, sizeof(*p));

	if (!p)
		return TAUT_ENOMEM;
	taut_st_set_hashes(c->s, set, tmp);
	for (i = 0; i < n; i++) {
		while (f->hashes[k] != tmp[i])
			k++;
		p[i] = (uint32_t)k;
	}
	out->nhashes = (uint32_t)n;
	out->hashes = p;
	return 0;
}

/* Sort slots by (file, first carrier) and make one posting of each file. */
static int group(struct canon *c, struct slot *s, size_t n,
		 const uint32_t *users, struct taut_image_env *out)
{
	struct item *p = alloc(c, n, sizeof(*p));
	struct taut_db_set *sets = alloc(c, n, sizeof(*sets));
	struct taut_image_post *posts = alloc(c, c->nfiles, sizeof(*posts));
	uint64_t *tmp;
	uint32_t file;
	size_t i, most = 0;

	for (i = 0; i < c->nfiles; i++)
		if (c->files[i].nhashes > most)
			most = c->files[i].nhashes;
	tmp = alloc(c, most, sizeof(*tmp));
	if (!p || !sets || !posts || !tmp)
		return TAUT_ENOMEM;
	for (i = 0; i < n; i++)
		p[i] = (struct item){
			c->file_id[taut_st_set_file(c->s, s[i].set)],
			s[i].first, (uint32_t)i };
	sort_items(p, n);
	for (i = 0; i < n; i++) {
		file = (uint32_t)p[i].a;
		if (!i || p[i - 1].a != file)
			posts[out->nposts++] = (struct taut_image_post){
				file, 0, sets + i };
		posts[out->nposts - 1].nsets++;
		sets[i].ncarriers = s[p[i].v].n;
		sets[i].carriers = users + s[p[i].v].at;
		if (index_hashes(c, s[p[i].v].set, tmp, &c->files[file],
				 &sets[i]))
			return TAUT_ENOMEM;
	}
	out->posts = posts;
	return 0;
}

static int make_posts(struct canon *c, const struct cenv *v,
		      struct taut_image_env *out)
{
	struct slot *slots;
	uint32_t *users;
	size_t n;

	if (deal(c, v, &slots, &n, &users))
		return TAUT_ENOMEM;
	return group(c, slots, n, users, out);
}

/* ---- environments ---- */

static int make_tests(struct canon *c, const struct cenv *v,
		      struct taut_image_env *out)
{
	struct taut_db_test *t = alloc(c, v->ntests, sizeof(*t));
	struct taut_image_tmod *m = alloc(c, v->npaths, sizeof(*m));
	const struct taut_st_test *from;
	uint32_t i, k = 0;

	if (!t || !m)
		return TAUT_ENOMEM;
	for (i = 0; i < v->ntests; i++) {
		from = &v->e->tests[v->tests[i]];
		t[i].id = i;
		t[i].path = taut_st_text(c->s, from->path);
		t[i].nodeid = taut_st_text(c->s, from->nodeid);
		t[i].outcome = from->outcome;
		if (from->must_run != TAUT_MAP_NONE)
			t[i].must_run = taut_st_text(c->s, from->must_run);
	}
	for (i = 0; i < v->npaths; i++) {
		m[i].path = v->e->paths.keys[v->paths[i]].p;
		for (; k < v->ntests && !strcmp(t[k].path, m[i].path); k++)
			m[i].ntests++;
	}
	out->ntests = v->ntests;
	out->tests = t;
	out->ntmods = v->npaths;
	out->tmods = m;
	return 0;
}

static int make_carriers(struct canon *c, const struct cenv *v,
			 struct taut_image_env *out)
{
	struct taut_image_carrier *p = alloc(c, v->nkept, sizeof(*p));
	const struct taut_st_carrier *from;
	uint32_t i;

	if (!p)
		return TAUT_ENOMEM;
	for (i = 0; i < v->nkept; i++) {
		from = &v->e->carriers[carrier_of(v, i)];
		p[i].kind = from->kind;
		p[i].owner = taut_st_text(c->s, from->owner);
	}
	out->ncarriers = v->ntests + v->nkept;
	out->carriers = p;
	return 0;
}

/* The name and parts as bytes to sort by. */
static int env_key(const struct canon *c, const struct taut_st_env *e,
		   struct taut_buf *b)
{
	const char *name = taut_st_text(c->s, e->name);
	uint32_t i;
	int bad = taut_buf_add(b, name, strlen(name) + 1);

	for (i = 0; i < e->nparts && !bad; i++)
		bad = taut_buf_add(b, e->parts[i].name,
				   strlen(e->parts[i].name) + 1) ||
		      taut_buf_add(b, e->parts[i].value,
				   strlen(e->parts[i].value) + 1) ||
		      taut_buf_u8(b, (uint8_t)e->parts[i].cls);
	return bad;
}

static int empty(const struct taut_st_env *e)
{
	size_t i;

	for (i = 0; i < e->paths.n; i++)
		if (!e->path_dead[i])
			return 0;
	return 1;
}

/* Sort the environments that know a test file. */
static int order_envs(struct canon *c)
{
	struct taut_map keys = TAUT_MAP_INIT;
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_u32s of = { NULL, 0, 0 };
	struct named *p = NULL;
	size_t i;
	int rc = 0;

	for (i = 0; i < c->s->nenvs && !rc; i++) {
		if (empty(&c->s->envs[i]))
			continue;
		b.n = 0;
		if (env_key(c, &c->s->envs[i], &b) ||
		    taut_map_add(&keys, b.p, b.n) == TAUT_MAP_NONE ||
		    taut_u32s_add(&of, (uint32_t)i))
			rc = TAUT_ENOMEM;
	}
	if (!rc)
		p = sort_keys(&keys);
	c->envs = alloc(c, keys.n, sizeof(*c->envs));
	c->out = alloc(c, keys.n, sizeof(*c->out));
	if (!p || !c->envs || !c->out)
		rc = TAUT_ENOMEM;
	for (i = 0; !rc && i < keys.n; i++)
		c->envs[c->nenvs++].e = &c->s->envs[of.p[p[i].v]];
	taut_free(p);
	taut_buf_release(&b);
	taut_u32s_release(&of);
	taut_map_release(&keys);
	for (i = 0; i < c->nenvs && !rc; i++) {
		c->envs[i].n = (uint32_t)c->envs[i].e->ncarriers;
		rc = order_env(c, &c->envs[i]);
	}
	return rc;
}

static int make_env(struct canon *c, struct cenv *v,
		    struct taut_image_env *out)
{
	out->name = taut_st_text(c->s, v->e->name);
	out->nparts = v->e->nparts;
	out->parts = v->e->parts;
	return make_tests(c, v, out) || make_carriers(c, v, out) ||
	       make_lists(c, v, out) || make_posts(c, v, out) ?
		       TAUT_ENOMEM : 0;
}

static int make_all(struct canon *c, struct taut_image *m)
{
	size_t i;

	if (rank_strings(c) || hash_sets(c) || order_envs(c) || make_files(c))
		return TAUT_ENOMEM;
	for (i = 0; i < c->nenvs; i++)
		if (make_env(c, &c->envs[i], &c->out[i]))
			return TAUT_ENOMEM;
	m->nfiles = c->nfiles;
	m->files = c->files;
	m->nenvs = c->nenvs;
	m->envs = c->out;
	return 0;
}

static void release(struct canon *c)
{
	struct cenv *v;
	size_t i;

	for (i = 0; i < c->nenvs; i++) {
		v = &c->envs[i];
		taut_u32s_release(&v->stack);
		taut_u32s_release(&v->list);
		taut_u32s_release(&v->list_of);
		taut_map_release(&v->lists);
	}
	taut_arena_release(&c->arena);
}

int taut_store_image(const struct taut_store *s, struct taut_buf *image,
		     struct taut_err *err)
{
	struct canon c = { .s = s, .err = err };
	struct taut_image m;
	int rc;

	rc = make_all(&c, &m) ? taut_nomem(err) :
				taut_db_build(&m, image, err);
	release(&c);
	return rc;
}
