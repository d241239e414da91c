/*
 * merge - the union of two stores: CI shards, branches of a repository.
 *
 * An extra dependency can only make a test run again, and where all of both
 * sides' hashes exist in the tree, one complete recorded run still holds: so a
 * test that both know has the dependencies of both.  Environments are matched
 * by name and all their parts; results in another state stay beside each other
 * (dropping one of them would depend on the order of merges) until a run in
 * one state replaces the others.
 */
#include <string.h>

#include "storefile.h"

/* What the other store's numbers are in ours. */
struct map {
	struct taut_store *s;
	const struct taut_store *o;
	uint32_t *strs, *files, *sets; /* owned */
	uint32_t first;		       /* of the carriers of one environment */
};

static int map_strs(struct map *m)
{
	size_t i;

	for (i = 0; i < m->o->strs.n; i++) {
		m->strs[i] = taut_map_add(&m->s->strs, m->o->strs.keys[i].p,
					  m->o->strs.keys[i].n);
		if (m->strs[i] == TAUT_MAP_NONE)
			return TAUT_ENOMEM;
	}
	return 0;
}

/* Two contents for one file: neither is "the file as recorded". */
static void merge_content(struct taut_st_file *to,
			  const struct taut_st_file *from)
{
	if (from->state == TAUT_ST_NONE)
		return;
	if (to->state == TAUT_ST_NONE) {
		to->state = from->state;
		to->content = from->content;
	} else if (to->state != from->state ||
		   memcmp(&to->content, &from->content, sizeof(to->content))) {
		to->state = TAUT_ST_CLEARED;
	}
}

static int map_files(struct map *m)
{
	const struct taut_st_file *from;
	struct taut_st_file *to;
	const struct taut_key *k;
	uint64_t *known;
	size_t i;

	for (i = 0; i < m->o->files.n; i++) {
		k = &m->o->files.keys[i];
		m->files[i] = taut_st_file(m->s, (uint8_t)k->p[0], k->p + 1,
					   k->n - 1);
		if (m->files[i] == TAUT_MAP_NONE)
			return TAUT_ENOMEM;
		from = &m->o->file[i];
		to = &m->s->file[m->files[i]];
		merge_content(to, from);
		if (!from->known || to->known)
			continue;
		known = taut_arena_alloc(&m->s->arena,
					 (from->nknown + 1) * sizeof(*known));
		if (!known)
			return TAUT_ENOMEM;
		memcpy(known, from->known, from->nknown * sizeof(*known));
		to->known = known;
		to->nknown = from->nknown;
	}
	return 0;
}

static int map_sets(struct map *m)
{
	uint64_t *h = NULL;
	size_t cap = 0, n;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < m->o->sets.n && !rc; i++) {
		n = taut_st_set_size(m->o, i);
		rc = taut_grow(&h, &cap, n + 1, sizeof(*h));
		if (rc)
			break;
		taut_st_set_hashes(m->o, i, h);
		m->sets[i] = taut_st_set(
			m->s, m->files[taut_st_set_file(m->o, i)], h, n);
		if (m->sets[i] == TAUT_MAP_NONE)
			rc = TAUT_ENOMEM;
	}
	taut_free(h);
	return rc;
}

static int map_vers(struct map *m)
{
	const struct taut_db_ver *v;
	uint32_t file;
	size_t i;

	for (i = 0; i < m->o->ver_keys.n; i++) {
		memcpy(&file, m->o->ver_keys.keys[i].p, sizeof(file));
		v = &m->o->vers[i];
		if (taut_st_ver(m->s, m->files[file], v))
			return TAUT_ENOMEM;
	}
	return 0;
}

/* b's contents in our numbers, added to the arrays. */
static int map_body(const struct map *m, const struct taut_st_body *b,
		    struct taut_u32s *sets, struct taut_u32s *refs)
{
	uint32_t i;

	for (i = 0; i < b->nsets; i++)
		if (taut_u32s_add(sets, m->sets[b->sets[i]]))
			return TAUT_ENOMEM;
	for (i = 0; i < b->nrefs; i++)
		if (taut_u32s_add(refs, (m->first << 2) + b->refs[i]))
			return TAUT_ENOMEM;
	return 0;
}

static int merge_carriers(struct map *m, struct taut_st_env *to,
			  const struct taut_st_env *from,
			  struct taut_u32s *sets, struct taut_u32s *refs)
{
	struct taut_st_carrier *c;
	size_t i;

	if (from->ncarriers > TAUT_ST_MAX_CARRIERS - to->ncarriers ||
	    taut_grow(&to->carriers, &to->ccarriers,
		      to->ncarriers + from->ncarriers, sizeof(*to->carriers)))
		return TAUT_ENOMEM;
	for (i = 0; i < from->ncarriers; i++) {
		sets->n = refs->n = 0;
		c = &to->carriers[to->ncarriers];
		c->kind = from->carriers[i].kind;
		c->owner = m->strs[from->carriers[i].owner];
		if (map_body(m, &from->carriers[i].body, sets, refs) ||
		    taut_st_body(m->s, &c->body, sets, refs))
			return TAUT_ENOMEM;
		to->ncarriers++;
	}
	return 0;
}

static int merge_test(struct map *m, struct taut_st_env *to,
		      const struct taut_st_test *from, struct taut_u32s *sets,
		      struct taut_u32s *refs)
{
	uint32_t id = taut_st_test(m->s, to, m->strs[from->path],
				   m->strs[from->nodeid]),
		 i;
	struct taut_st_test *t;

	if (id == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	t = &to->tests[id];
	sets->n = refs->n = 0;
	for (i = 0; i < t->body.nsets; i++)
		if (taut_u32s_add(sets, t->body.sets[i]))
			return TAUT_ENOMEM;
	for (i = 0; i < t->body.nrefs; i++)
		if (taut_u32s_add(refs, t->body.refs[i]))
			return TAUT_ENOMEM;
	t->outcome = (uint8_t)taut_st_worse(t->outcome, from->outcome);
	if (from->must_run != TAUT_MAP_NONE)
		t->must_run = taut_st_reason(m->s, t->must_run,
					     m->strs[from->must_run]);
	if (map_body(m, &from->body, sets, refs))
		return TAUT_ENOMEM;
	return taut_st_body(m->s, &t->body, sets, refs);
}

static int merge_tests(struct map *m, struct taut_st_env *to,
		       const struct taut_st_env *from, struct taut_u32s *sets,
		       struct taut_u32s *refs)
{
	uint32_t path;
	size_t i;

	for (i = 0; i < from->paths.n; i++) {
		if (from->path_dead[i])
			continue;
		path = taut_map_get(&m->s->strs, from->paths.keys[i].p,
				    from->paths.keys[i].n);
		if (path == TAUT_MAP_NONE ||
		    taut_st_path(m->s, to, path) == TAUT_MAP_NONE)
			return TAUT_ENOMEM;
	}
	for (i = 0; i < from->ids.n; i++)
		if (!from->tests[i].dead &&
		    merge_test(m, to, &from->tests[i], sets, refs))
			return TAUT_ENOMEM;
	return 0;
}

/* Our environment with the same name and parts, made if there is none. */
static struct taut_st_env *match(struct map *m, const struct taut_st_env *from)
{
	const struct taut_part *parts;
	struct taut_st_env *e;
	size_t i, n = from->nparts;
	uint32_t k;

	for (i = 0; i < m->s->nenvs; i++) {
		e = &m->s->envs[i];
		if (e->name != m->strs[from->name] || e->nparts != n)
			continue;
		for (k = 0; k < n; k++)
			if (!taut_st_same_part(&e->parts[k], &from->parts[k]))
				break;
		if (k == n)
			return e;
	}
	parts = taut_st_parts(m->s, from->parts, &n);
	return parts ? taut_st_env(m->s, m->strs[from->name], parts, n) : NULL;
}

static int merge_env(struct map *m, const struct taut_st_env *from)
{
	struct taut_u32s sets = { NULL, 0, 0 }, refs = { NULL, 0, 0 };
	struct taut_st_env *to = match(m, from);
	int rc;

	if (!to)
		return TAUT_ENOMEM;
	m->first = (uint32_t)to->ncarriers;
	rc = merge_carriers(m, to, from, &sets, &refs);
	if (!rc)
		rc = merge_tests(m, to, from, &sets, &refs);
	taut_u32s_release(&sets);
	taut_u32s_release(&refs);
	return rc;
}

static int merge_all(struct map *m)
{
	size_t i;

	m->strs = taut_calloc(m->o->strs.n + 1, sizeof(*m->strs));
	m->files = taut_calloc(m->o->files.n + 1, sizeof(*m->files));
	m->sets = taut_calloc(m->o->sets.n + 1, sizeof(*m->sets));
	if (!m->strs || !m->files || !m->sets || map_strs(m) || map_files(m) ||
	    map_sets(m) || map_vers(m))
		return TAUT_ENOMEM;
	for (i = 0; i < m->o->nenvs; i++)
		if (merge_env(m, &m->o->envs[i]))
			return TAUT_ENOMEM;
	return 0;
}

int taut_store_merge(struct taut_store *s, const struct taut_store *other,
		     struct taut_err *err)
{
	struct map m = { s, other, NULL, NULL, NULL, 0 };
	int rc = merge_all(&m);

	taut_free(m.strs);
	taut_free(m.files);
	taut_free(m.sets);
	return rc ? taut_nomem(err) : 0;
}
