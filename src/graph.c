/* graph - the carriers' references: strong components, hashes, levels. */
#include "canon.h"
#include "hash.h"

/* ---- strong components ---- */

struct tarjan {
	uint32_t *index, *low, *edge; /* edge: the next reference to try */
	uint32_t *stack, *path;	      /* open carriers; those being walked */
	uint32_t nstack, npath, next;
};

static void enter(struct taut_cenv *v, struct tarjan *t, uint32_t c)
{
	t->index[c] = t->low[c] = ++t->next;
	t->edge[c] = 0;
	t->stack[t->nstack++] = c;
	t->path[t->npath++] = c;
	v->comp[c] = TAUT_NONE;
}

/* All references of `c` are walked: close its component if it is the root. */
static void leave(struct taut_cenv *v, struct tarjan *t, uint32_t c,
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

static void components(struct taut_cenv *v, struct tarjan *t)
{
	const struct taut_st_body *b;
	uint32_t root, c, to, norder = 0;

	for (root = 0; root < v->n; root++) {
		if (!t->index[root])
			enter(v, t, root);
		while (t->npath) {
			c = t->path[t->npath - 1];
			b = taut_canon_body(v, c);
			if (t->edge[c] == b->nrefs) {
				leave(v, t, c, &norder);
				continue;
			}
			to = b->refs[t->edge[c]++] >> 2;
			if (!t->index[to])
				enter(v, t, to);
			else if (v->comp[to] == TAUT_NONE &&
				 t->index[to] < t->low[c])
				t->low[c] = t->index[to];
		}
	}
}

static int find_components(struct taut_canon *c, struct taut_cenv *v)
{
	struct tarjan t = { .next = 0 };
	uint32_t *all = taut_canon_alloc(c, v->n, 5 * sizeof(*all));

	v->comp = taut_canon_alloc(c, v->n, sizeof(*v->comp));
	v->order = taut_canon_alloc(c, v->n, sizeof(*v->order));
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

int taut_canon_hash_sets(struct taut_canon *c)
{
	const struct taut_map *sets = &c->s->sets, *files = &c->s->files;
	uint64_t *file;
	size_t i;

	c->set_hash = taut_canon_alloc(c, sets->n, sizeof(*c->set_hash));
	c->set_used = taut_canon_alloc(c, sets->n, 1);
	file = taut_canon_alloc(c, files->n, sizeof(*file));
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
static uint64_t *scratch(const struct taut_cenv *v)
{
	size_t most = v->n, i, n;

	for (i = 0; i < v->n; i++) {
		n = (size_t)taut_canon_body(v, (uint32_t)i)->nsets +
		    taut_canon_body(v, (uint32_t)i)->nrefs;
		if (n > most)
			most = n;
	}
	return taut_realloc(NULL, (most + 1) * sizeof(uint64_t));
}

static uint64_t hash_own(const struct taut_canon *c, const struct taut_cenv *v,
			 uint32_t i, uint64_t *tmp)
{
	const struct taut_st_carrier *a = &v->e->carriers[i];
	const struct taut_key *owner = &c->s->strs.keys[a->owner];
	uint32_t k;

	for (k = 0; k < a->body.nsets; k++)
		tmp[k] = c->set_hash[a->body.sets[k]];
	return taut_hash_mix(
		taut_hash_mix(a->kind, taut_hash64(owner->p, owner->n)),
		hash_bag(tmp, a->body.nsets));
}

/*
 * The hash of a carrier and its references: those that leave the component by
 * their targets' full hash, those inside by what the targets hold themselves.
 * Of several edges to equal targets only the strongest counts, as it would
 * after they have become one.
 */
static uint64_t hash_local(const struct taut_cenv *v, uint32_t i, uint64_t *tmp)
{
	const struct taut_st_body *b = taut_canon_body(v, i);
	size_t n = 0, m = 0;
	uint32_t k, to;
	uint64_t h;
	int inside;

	for (k = 0; k < b->nrefs; k++) {
		to = b->refs[k] >> 2;
		inside = v->comp[to] == v->comp[i];
		/* Itself, or what will be one with it. */
		if (inside && v->own[to] == v->own[i])
			continue;
		h = inside ? taut_hash_mix(1, v->own[to]) : v->hash[to];
		tmp[n++] = (h & ~3ULL) | (b->refs[k] & 3);
	}
	n = taut_unique_u64(tmp, n);
	for (k = 0; k < n; k++)
		if (!m || tmp[m - 1] >> 2 != tmp[k] >> 2)
			tmp[m++] = tmp[k];
	return taut_hash_mix(v->own[i], taut_hash64(tmp, m * sizeof(*tmp)));
}

/* The component order[from .. to) lies above all that it refers to. */
static void raise_component(struct taut_cenv *v, uint32_t from, uint32_t to)
{
	const struct taut_st_body *b;
	uint32_t i, k, c, below, most = 0;

	for (i = from; i < to; i++) {
		b = taut_canon_body(v, v->order[i]);
		for (k = 0; k < b->nrefs; k++) {
			c = b->refs[k] >> 2;
			below = v->comp[c] == v->comp[v->order[i]] ?
					0 :
					v->level[c];
			if (below > most)
				most = below;
		}
	}
	for (i = from; i < to; i++)
		v->level[v->order[i]] = most + 1;
}

/* Hash the component order[from .. to). */
static void hash_component(struct taut_cenv *v, uint32_t from, uint32_t to,
			   uint64_t *tmp)
{
	uint64_t all;
	uint32_t k;

	/* Members take `all` into theirs only when every local one is known:
	 * hash_local reads no hash of its own component. */
	for (k = from; k < to; k++)
		v->hash[v->order[k]] = hash_local(v, v->order[k], tmp);
	for (k = from; k < to; k++)
		tmp[k - from] = v->hash[v->order[k]];
	all = hash_bag(tmp, to - from);
	for (k = from; k < to; k++)
		v->hash[v->order[k]] = taut_hash_mix(all, v->hash[v->order[k]]);
}

static int hash_carriers(struct taut_canon *c, struct taut_cenv *v)
{
	uint64_t *tmp = scratch(v);
	uint32_t i, end;

	v->own = taut_canon_alloc(c, v->n, sizeof(*v->own));
	v->hash = taut_canon_alloc(c, v->n, sizeof(*v->hash));
	v->level = taut_canon_alloc(c, v->n, sizeof(*v->level));
	if (!tmp || !v->own || !v->hash || !v->level) {
		taut_free(tmp);
		return TAUT_ENOMEM;
	}
	for (i = 0; i < v->n; i++)
		v->own[i] = hash_own(c, v, i, tmp);
	for (i = 0; i < v->n; i = end) {
		for (end = i + 1; end < v->n && v->comp[v->order[end]] ==
							v->comp[v->order[i]];
		     end++)
			;
		hash_component(v, i, end, tmp);
		raise_component(v, i, end);
	}
	taut_free(tmp);
	return 0;
}

/* ---- the whole ---- */

int taut_canon_graph(struct taut_canon *c, struct taut_cenv *v)
{
	return find_components(c, v) || hash_carriers(c, v) ? TAUT_ENOMEM : 0;
}
