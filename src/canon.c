#include "canon.h"

#include <stdlib.h>
#include <string.h>

/* ---- order ---- */

int taut_items_compare(const void *x, const void *y)
{
	const struct taut_item *p = x, *q = y;

	if (p->a != q->a)
		return p->a < q->a ? -1 : 1;
	return (p->b > q->b) - (p->b < q->b);
}

void taut_items_sort(struct taut_item *p, size_t n)
{
	if (n > 1)
		qsort(p, n, sizeof(*p), taut_items_compare);
}

static int by_name(const void *x, const void *y)
{
	const struct taut_key *p = ((const struct taut_named *)x)->key;
	const struct taut_key *q = ((const struct taut_named *)y)->key;
	size_t n = p->n < q->n ? p->n : q->n;
	int d = n ? memcmp(p->p, q->p, n) : 0;

	return d ? d : (p->n > q->n) - (p->n < q->n);
}

struct taut_named *taut_sorted_keys(const struct taut_map *m)
{
	struct taut_named *p = taut_realloc(NULL, (m->n + 1) * sizeof(*p));
	size_t i;

	for (i = 0; p && i < m->n; i++)
		p[i] = (struct taut_named){ &m->keys[i], (uint32_t)i };
	if (p && m->n > 1)
		qsort(p, m->n, sizeof(*p), by_name);
	return p;
}

static int rank_strings(struct taut_canon *c)
{
	struct taut_named *p = taut_sorted_keys(&c->s->strs);
	size_t i;

	c->str_rank = taut_canon_alloc(c, c->s->strs.n, sizeof(*c->str_rank));
	for (i = 0; p && c->str_rank && i < c->s->strs.n; i++)
		c->str_rank[p[i].v] = (uint32_t)i;
	taut_free(p);
	return p && c->str_rank ? 0 : TAUT_ENOMEM;
}

static int order_tests(struct taut_canon *c, struct taut_cenv *v)
{
	const struct taut_st_test *t = v->e->tests;
	struct taut_item *p;
	uint32_t i;

	v->tests = taut_canon_alloc(c, v->e->ids.n, sizeof(*v->tests));
	p = taut_realloc(NULL, (v->e->ids.n + 1) * sizeof(*p));
	if (!v->tests || !p) {
		taut_free(p);
		return TAUT_ENOMEM;
	}
	for (i = 0; i < v->e->ids.n; i++)
		if (!t[i].dead)
			p[v->ntests++] =
				(struct taut_item){ c->str_rank[t[i].path],
						    c->str_rank[t[i].nodeid],
						    i };
	taut_items_sort(p, v->ntests);
	for (i = 0; i < v->ntests; i++)
		v->tests[i] = p[i].v;
	taut_free(p);
	return 0;
}

static int order_paths(struct taut_canon *c, struct taut_cenv *v)
{
	struct taut_named *p = taut_sorted_keys(&v->e->paths);
	size_t i;

	v->paths = taut_canon_alloc(c, v->e->paths.n, sizeof(*v->paths));
	for (i = 0; p && v->paths && i < v->e->paths.n; i++)
		if (!v->e->path_dead[p[i].v])
			v->paths[v->npaths++] = p[i].v;
	taut_free(p);
	return p && v->paths ? 0 : TAUT_ENOMEM;
}

/* Sort the carriers and let equal ones share a rank. */
static int unify(struct taut_canon *c, struct taut_cenv *v)
{
	const struct taut_st_carrier *a = v->e->carriers;
	struct taut_item *p = taut_realloc(NULL, (v->n + 1) * sizeof(*p));
	uint32_t i;

	v->rep = taut_canon_alloc(c, v->n, sizeof(*v->rep));
	v->ranked = taut_canon_alloc(c, v->n, sizeof(*v->ranked));
	v->id = taut_canon_alloc(c, v->n, sizeof(*v->id));
	v->kept = taut_canon_alloc(c, v->n, sizeof(*v->kept));
	if (!p || !v->rep || !v->ranked || !v->id || !v->kept) {
		taut_free(p);
		return TAUT_ENOMEM;
	}
	for (i = 0; i < v->n; i++)
		p[i] = (struct taut_item){ (uint64_t)a[i].kind << 32 |
						   c->str_rank[a[i].owner],
					   v->hash[i], i };
	taut_items_sort(p, v->n);
	for (i = 0; i < v->n; i++) {
		if (!i || taut_items_compare(&p[i - 1], &p[i]))
			v->ranked[v->nranked++] = p[i].v;
		v->rep[p[i].v] = v->nranked - 1;
		v->id[i] = TAUT_NONE;
	}
	taut_free(p);
	return 0;
}

/* Mark what `b` refers to, and push it if it was not marked. */
static int reach_refs(struct taut_cenv *v, const struct taut_st_body *b)
{
	uint32_t k, rank;

	for (k = 0; k < b->nrefs; k++) {
		rank = v->rep[b->refs[k] >> 2];
		if (v->id[rank] != TAUT_NONE)
			continue;
		v->id[rank] = 0;
		if (taut_u32s_add(&v->stack, rank))
			return TAUT_ENOMEM;
	}
	return 0;
}

/* Number the carriers that a test reaches. */
static int keep_reached(struct taut_cenv *v)
{
	uint32_t i, rank;

	v->stack.n = 0;
	for (i = 0; i < v->ntests; i++)
		if (reach_refs(v, &v->e->tests[v->tests[i]].body))
			return TAUT_ENOMEM;
	while (v->stack.n) {
		rank = v->stack.p[--v->stack.n];
		if (reach_refs(v, taut_canon_body(v, v->ranked[rank])))
			return TAUT_ENOMEM;
	}
	for (i = 0; i < v->nranked; i++)
		if (v->id[i] != TAUT_NONE) {
			v->id[i] = v->nkept;
			v->kept[v->nkept++] = i;
		}
	return 0;
}

static int order_env(struct taut_canon *c, struct taut_cenv *v)
{
	return order_tests(c, v) || order_paths(c, v) ||
			       taut_canon_graph(c, v) || unify(c, v) ||
			       keep_reached(v) ?
		       TAUT_ENOMEM :
		       0;
}

/* ---- environments ---- */

static int make_tests(struct taut_canon *c, const struct taut_cenv *v,
		      struct taut_image_env *out)
{
	struct taut_db_test *t = taut_canon_alloc(c, v->ntests, sizeof(*t));
	struct taut_image_tmod *m = taut_canon_alloc(c, v->npaths, sizeof(*m));
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

static int make_carriers(struct taut_canon *c, const struct taut_cenv *v,
			 struct taut_image_env *out)
{
	struct taut_image_carrier *p =
		taut_canon_alloc(c, v->nkept, sizeof(*p));
	const struct taut_st_carrier *from;
	uint32_t i;

	if (!p)
		return TAUT_ENOMEM;
	for (i = 0; i < v->nkept; i++) {
		from = &v->e->carriers[taut_canon_carrier(v, i)];
		p[i].kind = from->kind;
		p[i].owner = taut_st_text(c->s, from->owner);
	}
	out->ncarriers = v->ntests + v->nkept;
	out->carriers = p;
	return 0;
}

/* The name and parts as bytes to sort by. */
static int env_key(const struct taut_canon *c, const struct taut_st_env *e,
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
static int order_envs(struct taut_canon *c)
{
	struct taut_map keys = TAUT_MAP_INIT;
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_u32s of = { NULL, 0, 0 };
	struct taut_named *p = NULL;
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
		p = taut_sorted_keys(&keys);
	c->envs = taut_canon_alloc(c, keys.n, sizeof(*c->envs));
	c->out = taut_canon_alloc(c, keys.n, sizeof(*c->out));
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

static int make_env(struct taut_canon *c, struct taut_cenv *v,
		    struct taut_image_env *out)
{
	out->name = taut_st_text(c->s, v->e->name);
	out->nparts = v->e->nparts;
	out->parts = v->e->parts;
	return make_tests(c, v, out) || make_carriers(c, v, out) ||
			       taut_canon_lists(c, v, out) ||
			       taut_canon_posts(c, v, out) ?
		       TAUT_ENOMEM :
		       0;
}

static int make_all(struct taut_canon *c, struct taut_image *m)
{
	size_t i;

	if (rank_strings(c) || taut_canon_hash_sets(c) || order_envs(c) ||
	    taut_canon_files(c))
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

static void release(struct taut_canon *c)
{
	struct taut_cenv *v;
	size_t i;

	for (i = 0; i < c->nenvs; i++) {
		v = &c->envs[i];
		taut_u32s_release(&v->stack);
		taut_u32s_release(&v->list_of);
		taut_map_release(&v->lists);
	}
	taut_arena_release(&c->arena);
}

int taut_store_image(const struct taut_store *s, struct taut_buf *image,
		     struct taut_err *err)
{
	struct taut_canon c = { .s = s };
	struct taut_image m;
	int rc;

	rc = make_all(&c, &m) ? taut_nomem(err) : taut_db_build(&m, image, err);
	release(&c);
	return rc;
}
