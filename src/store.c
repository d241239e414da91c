#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "storefile.h"

/* ---- strings, files, sets, versions ---- */

uint32_t taut_st_str(struct taut_store *s, const char *text)
{
	return taut_map_add(&s->strs, text, strlen(text));
}

uint32_t taut_st_file(struct taut_store *s, int kind, const char *path,
		      size_t n)
{
	struct taut_buf key = TAUT_BUF_INIT;
	uint32_t id = TAUT_MAP_NONE;
	size_t had = s->files.n;

	if (!taut_grow(&s->file, &s->cfile, had + 1, sizeof(*s->file)) &&
	    !taut_buf_u8(&key, (uint8_t)kind) && !taut_buf_add(&key, path, n))
		id = taut_map_add(&s->files, key.p, key.n);
	taut_buf_release(&key);
	if (id == had)
		memset(&s->file[id], 0, sizeof(*s->file));
	return id;
}

uint32_t taut_st_set(struct taut_store *s, uint32_t file, uint64_t *hashes,
		     size_t n)
{
	uint8_t small[256], *key = small;
	size_t k = taut_unique_u64(hashes, n), size;
	uint32_t id;

	size = sizeof(file) + k * sizeof(*hashes);
	if (size > sizeof(small)) {
		key = taut_realloc(NULL, size);
		if (!key)
			return TAUT_MAP_NONE;
	}
	memcpy(key, &file, sizeof(file));
	if (k)
		memcpy(key + sizeof(file), hashes, k * sizeof(*hashes));
	id = taut_map_add(&s->sets, key, size);
	if (key != small)
		taut_free(key);
	return id;
}

uint32_t taut_st_set_file(const struct taut_store *s, uint32_t set)
{
	uint32_t file;

	memcpy(&file, s->sets.keys[set].p, sizeof(file));
	return file;
}

size_t taut_st_set_size(const struct taut_store *s, uint32_t set)
{
	return (s->sets.keys[set].n - sizeof(uint32_t)) / sizeof(uint64_t);
}

void taut_st_set_hashes(const struct taut_store *s, uint32_t set, uint64_t *out)
{
	size_t n = taut_st_set_size(s, set);

	if (n)
		memcpy(out, s->sets.keys[set].p + sizeof(uint32_t),
		       n * sizeof(*out));
}

/* Copy units into the arena; their texts go into the string pool. */
static const struct taut_rec_unit *
copy_units(struct taut_store *s, const struct taut_rec_unit *units, uint32_t n)
{
	struct taut_rec_unit *copy;
	const char **names;
	uint32_t i, k, id;

	copy = taut_arena_alloc(&s->arena, n * sizeof(*copy) + 1);
	for (i = 0; copy && i < n; i++) {
		copy[i] = units[i];
		id = taut_st_str(s, units[i].owner);
		names = taut_arena_alloc(&s->arena,
					 units[i].nnames * sizeof(*names) + 1);
		if (id == TAUT_MAP_NONE || !names)
			return NULL;
		copy[i].owner = taut_st_text(s, id);
		copy[i].names = names;
		for (k = 0; k < units[i].nnames; k++) {
			id = taut_st_str(s, units[i].names[k]);
			if (id == TAUT_MAP_NONE)
				return NULL;
			names[k] = taut_st_text(s, id);
		}
	}
	return copy;
}

int taut_st_ver(struct taut_store *s, uint32_t file,
		const struct taut_db_ver *v)
{
	uint8_t key[sizeof(file) + sizeof(v->hash)];
	const struct taut_rec_unit *copy;
	size_t had = s->ver_keys.n;
	uint32_t id;

	memcpy(key, &file, sizeof(file));
	memcpy(key + sizeof(file), &v->hash, sizeof(v->hash));
	if (taut_map_get(&s->ver_keys, key, sizeof(key)) != TAUT_MAP_NONE)
		return 0;
	copy = copy_units(s, v->units, v->nunits);
	if (!copy || taut_grow(&s->vers, &s->cvers, had + 1, sizeof(*s->vers)))
		return TAUT_ENOMEM;
	id = taut_map_add(&s->ver_keys, key, sizeof(key));
	if (id == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	s->vers[id] = *v;
	s->vers[id].units = copy;
	return 0;
}

/* ---- environments and their tests ---- */

static int by_part(const void *a, const void *b)
{
	const struct taut_part *x = a, *y = b;
	int d = strcmp(x->name, y->name);

	if (!d)
		d = strcmp(x->value, y->value);
	return d ? d : x->cls - y->cls;
}

int taut_st_same_part(const struct taut_part *a, const struct taut_part *b)
{
	return !by_part(a, b);
}

const struct taut_part *taut_st_parts(struct taut_store *s,
				      const struct taut_part *parts, size_t *n)
{
	struct taut_part *copy;
	size_t i, k = 0;
	uint32_t name, value;

	copy = taut_arena_alloc(&s->arena, *n * sizeof(*copy) + 1);
	if (!copy)
		return NULL;
	for (i = 0; i < *n; i++) {
		name = taut_st_str(s, parts[i].name);
		value = taut_st_str(s, parts[i].value);
		if (name == TAUT_MAP_NONE || value == TAUT_MAP_NONE)
			return NULL;
		copy[i].name = taut_st_text(s, name);
		copy[i].value = taut_st_text(s, value);
		copy[i].cls = parts[i].cls;
	}
	if (*n)
		qsort(copy, *n, sizeof(*copy), by_part);
	for (i = 0; i < *n; i++)
		if (!k || by_part(&copy[k - 1], &copy[i]))
			copy[k++] = copy[i];
	*n = k;
	return copy;
}

struct taut_st_env *taut_st_env(struct taut_store *s, uint32_t name,
				const struct taut_part *parts, size_t n)
{
	struct taut_st_env *e;

	if (taut_grow(&s->envs, &s->cenvs, s->nenvs + 1, sizeof(*s->envs)))
		return NULL;
	e = &s->envs[s->nenvs++];
	memset(e, 0, sizeof(*e));
	e->name = name;
	e->parts = parts;
	e->nparts = (uint32_t)n;
	return e;
}

void taut_st_env_release(struct taut_st_env *e)
{
	taut_free(e->carriers);
	taut_map_release(&e->ids);
	taut_free(e->tests);
	taut_map_release(&e->paths);
	taut_free(e->path_dead);
}

uint32_t taut_st_test(struct taut_store *s, struct taut_st_env *e,
		      uint32_t path, uint32_t nodeid)
{
	uint32_t key[2] = { path, nodeid }, id;
	size_t had = e->ids.n;

	if (taut_st_path(s, e, path) == TAUT_MAP_NONE ||
	    taut_grow(&e->tests, &e->ctests, had + 1, sizeof(*e->tests)))
		return TAUT_MAP_NONE;
	id = taut_map_add(&e->ids, key, sizeof(key));
	if (id == TAUT_MAP_NONE)
		return id;
	if (id == had || e->tests[id].dead)
		e->tests[id] =
			(struct taut_st_test){ .path = path,
					       .nodeid = nodeid,
					       .outcome = TAUT_NEW,
					       .must_run = TAUT_MAP_NONE };
	return id;
}

uint32_t taut_st_path(struct taut_store *s, struct taut_st_env *e,
		      uint32_t path)
{
	const struct taut_key *k = &s->strs.keys[path];
	uint32_t id;

	if (taut_grow(&e->path_dead, &e->cpaths, e->paths.n + 1, 1))
		return TAUT_MAP_NONE;
	id = taut_map_add(&e->paths, k->p, k->n);
	if (id != TAUT_MAP_NONE)
		e->path_dead[id] = 0;
	return id;
}

/* ---- bodies ---- */

/* Sort references; of several to one carrier the first edge stays, USES
 * before IMPORTS before STORES. */
static void unique_refs(struct taut_u32s *a)
{
	size_t i, k = 0;

	a->n = taut_unique_u32(a->p, a->n);
	for (i = 0; i < a->n; i++)
		if (!k || a->p[k - 1] >> 2 != a->p[i] >> 2)
			a->p[k++] = a->p[i];
	a->n = k;
}

/* The union of two sets of one file. */
static uint32_t unite(struct taut_store *s, uint32_t a, uint32_t b)
{
	size_t na = taut_st_set_size(s, a), nb = taut_st_set_size(s, b);
	uint64_t *h = taut_realloc(NULL, (na + nb + 1) * sizeof(*h));
	uint32_t id;

	if (!h)
		return TAUT_MAP_NONE;
	taut_st_set_hashes(s, a, h);
	taut_st_set_hashes(s, b, h + na);
	id = taut_st_set(s, taut_st_set_file(s, a), h, na + nb);
	taut_free(h);
	return id;
}

/* Sort pairs of (file, set) and unite those of one file. */
static int unite_sets(struct taut_store *s, struct taut_u32s *a)
{
	uint64_t *pair = taut_realloc(NULL, (a->n + 1) * sizeof(*pair));
	size_t n, i, k = 0;
	uint32_t set = 0;

	if (!pair)
		return TAUT_ENOMEM;
	for (i = 0; i < a->n; i++)
		pair[i] =
			(uint64_t)taut_st_set_file(s, a->p[i]) << 32 | a->p[i];
	n = taut_unique_u64(pair, a->n);
	for (i = 0; i < n && set != TAUT_MAP_NONE; i++) {
		set = (uint32_t)pair[i];
		if (i && pair[i] >> 32 == pair[i - 1] >> 32)
			set = unite(s, a->p[--k], set);
		a->p[k++] = set;
	}
	a->n = k;
	taut_free(pair);
	return set == TAUT_MAP_NONE ? TAUT_ENOMEM : 0;
}

static const uint32_t *copy_u32s(struct taut_store *s,
				 const struct taut_u32s *a)
{
	uint32_t *p = taut_arena_alloc(&s->arena, a->n * sizeof(*p) + 1);

	if (p && a->n)
		memcpy(p, a->p, a->n * sizeof(*p));
	return p;
}

int taut_st_body(struct taut_store *s, struct taut_st_body *b,
		 struct taut_u32s *sets, struct taut_u32s *refs)
{
	if (unite_sets(s, sets))
		return TAUT_ENOMEM;
	unique_refs(refs);
	b->sets = copy_u32s(s, sets);
	b->refs = copy_u32s(s, refs);
	if (!b->sets || !b->refs)
		return TAUT_ENOMEM;
	b->nsets = (uint32_t)sets->n;
	b->nrefs = (uint32_t)refs->n;
	return 0;
}

int taut_st_worse(int a, int b)
{
	static const int rank[] = {
		[TAUT_NEW] = 0,	    [TAUT_PASSED] = 1,	[TAUT_SKIPPED] = 2,
		[TAUT_XFAILED] = 3, [TAUT_XPASSED] = 4, [TAUT_FAILED] = 5,
	};

	return rank[a] > rank[b] ? a : b;
}

uint32_t taut_st_reason(const struct taut_store *s, uint32_t a, uint32_t b)
{
	if (a == TAUT_MAP_NONE || b == TAUT_MAP_NONE)
		return a == TAUT_MAP_NONE ? b : a;
	return strcmp(taut_st_text(s, a), taut_st_text(s, b)) <= 0 ? a : b;
}

/* ---- life ---- */

int taut_store_new(struct taut_store **out, struct taut_err *err)
{
	*out = taut_calloc(1, sizeof(**out));
	return *out ? 0 : taut_nomem(err);
}

void taut_store_free(struct taut_store *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->nenvs; i++)
		taut_st_env_release(&s->envs[i]);
	taut_map_release(&s->strs);
	taut_map_release(&s->files);
	taut_map_release(&s->sets);
	taut_map_release(&s->ver_keys);
	taut_free(s->file);
	taut_free(s->vers);
	taut_free(s->envs);
	taut_arena_release(&s->arena);
	taut_free(s);
}

int taut_store_write(const char *path, const char *tmpdir,
		     const struct taut_buf *image, struct taut_err *err)
{
	return taut_io_replace(path, tmpdir, image->p, image->n, err);
}

/* ---- loading ---- */

/* A database being decoded. */
struct load {
	struct taut_store *s;
	struct taut_db *db;
	struct taut_err *err;
	const struct taut_db_file *files;
	size_t nfiles;
	/* Of one environment: pairs of (carrier << 32 | set). */
	uint64_t *pairs;
	size_t npairs, cpairs;
	struct taut_st_body *bodies; /* of all carriers, tests first */
};

static int load_vers(struct load *l, uint32_t file)
{
	const struct taut_db_ver *v;
	size_t n, i;
	int rc = taut_db_vers(l->db, file, &v, &n, l->err);

	for (i = 0; i < n && !rc; i++)
		if (taut_st_ver(l->s, file, &v[i]))
			rc = taut_nomem(l->err);
	return rc;
}

static int load_files(struct load *l)
{
	struct taut_st_file *f;
	uint32_t id;
	size_t i;
	int rc = 0;

	l->files = taut_db_files(l->db, &l->nfiles, l->err);
	if (!l->files)
		return l->err ? l->err->code : TAUT_EDAMAGED;
	for (i = 0; i < l->nfiles && !rc; i++) {
		id = taut_st_file(l->s, l->files[i].kind, l->files[i].path,
				  l->files[i].npath);
		if (id == TAUT_MAP_NONE)
			return taut_nomem(l->err);
		if (id != i)
			return taut_fail(l->err, TAUT_EDAMAGED,
					 "the database names %s twice",
					 l->files[i].path);
		f = &l->s->file[id];
		f->state = l->files[i].has_content ? TAUT_ST_CONTENT :
						     TAUT_ST_CLEARED;
		f->content = l->files[i].content;
		if (l->files[i].kind == TAUT_PY)
			rc = load_vers(l, id);
	}
	return rc;
}

static int load_post(struct load *l, uint32_t env, uint32_t file)
{
	const struct taut_db_set *sets;
	const uint64_t *hashes;
	uint64_t *h = NULL;
	size_t n, nhashes, i;
	uint32_t k, set;
	int rc = taut_db_post(l->db, env, file, &sets, &n, l->err);

	if (rc || !n)
		return rc;
	rc = taut_db_hashes(l->db, file, &hashes, &nhashes, l->err);
	if (!rc) {
		h = taut_realloc(NULL, (nhashes + 1) * sizeof(*h));
		rc = h ? 0 : TAUT_ENOMEM;
	}
	for (i = 0; i < n && !rc; i++) {
		for (k = 0; k < sets[i].nhashes; k++)
			h[k] = hashes[sets[i].hashes[k]];
		set = taut_st_set(l->s, file, h, sets[i].nhashes);
		if (set == TAUT_MAP_NONE ||
		    taut_grow(&l->pairs, &l->cpairs,
			      l->npairs + sets[i].ncarriers, sizeof(*l->pairs)))
			rc = TAUT_ENOMEM;
		for (k = 0; k < sets[i].ncarriers && !rc; k++)
			l->pairs[l->npairs++] =
				(uint64_t)sets[i].carriers[k] << 32 | set;
	}
	taut_free(h);
	return rc == TAUT_ENOMEM ? taut_nomem(l->err) : rc;
}

/* Deal the pairs out to the carriers' bodies. */
static int deal_sets(struct load *l, uint32_t ncarriers)
{
	uint32_t *p =
		taut_arena_alloc(&l->s->arena, l->npairs * sizeof(*p) + 1);
	struct taut_st_body *b = l->bodies;
	struct taut_st_body *c;
	size_t i, at = 0;
	uint32_t set;

	if (!p)
		return taut_nomem(l->err);
	for (i = 0; i < l->npairs; i++)
		b[l->pairs[i] >> 32].nsets++;
	for (i = 0; i < ncarriers; i++) {
		b[i].sets = p + at;
		at += b[i].nsets;
		b[i].nsets = 0;
	}
	/* Pairs come file by file: a carrier's sets of one file would be
	 * neighbours. */
	for (i = 0; i < l->npairs; i++) {
		c = &b[l->pairs[i] >> 32];
		set = (uint32_t)l->pairs[i];
		if (c->nsets &&
		    taut_st_set_file(l->s, set) ==
			    taut_st_set_file(l->s, c->sets[c->nsets - 1]))
			return taut_fail(l->err, TAUT_EDAMAGED,
					 "the database gives a carrier two "
					 "sets of one file");
		at = (size_t)(c->sets - p) + c->nsets++;
		p[at] = set;
	}
	return 0;
}

static int load_lists(struct load *l, const struct taut_db_env *row)
{
	const struct taut_db_reflist *lists;
	struct taut_st_body *b;
	uint32_t *refs, k;
	size_t n, i;
	int rc = taut_db_reflists(l->db, row->id, &lists, &n, l->err);

	for (i = 0; i < n && !rc; i++) {
		refs = taut_arena_alloc(&l->s->arena,
					lists[i].nrefs * sizeof(*refs) + 1);
		if (!refs)
			return taut_nomem(l->err);
		for (k = 0; k < lists[i].nrefs; k++)
			refs[k] = TAUT_ST_REF(lists[i].refs[k] - row->ntests,
					      lists[i].edges[k]);
		for (k = 0; k < lists[i].nusers; k++) {
			b = &l->bodies[lists[i].users[k]];
			if (b->refs)
				return taut_fail(l->err, TAUT_EDAMAGED,
						 "the database gives a "
						 "carrier two lists");
			b->refs = refs;
			b->nrefs = lists[i].nrefs;
		}
	}
	return rc;
}

static int load_carriers(struct load *l, const struct taut_db_env *row,
			 struct taut_st_env *e)
{
	uint32_t n = row->ncarriers - row->ntests, i;
	struct taut_st_carrier *c;
	const char *owner;
	int kind, rc = 0;

	if (taut_grow(&e->carriers, &e->ccarriers, n, sizeof(*e->carriers)))
		return taut_nomem(l->err);
	for (i = 0; i < n && !rc; i++) {
		rc = taut_db_carrier(l->db, row->id, row->ntests + i, &kind,
				     &owner, l->err);
		if (rc)
			break;
		c = &e->carriers[e->ncarriers++];
		c->kind = (uint8_t)kind;
		c->owner = taut_st_str(l->s, owner);
		c->body = l->bodies[row->ntests + i];
		if (c->owner == TAUT_MAP_NONE)
			rc = taut_nomem(l->err);
	}
	return rc;
}

static int load_test(struct load *l, struct taut_st_env *e, uint32_t path,
		     const struct taut_db_test *t)
{
	uint32_t nodeid = taut_st_str(l->s, t->nodeid), id;
	struct taut_st_test *test;

	if (nodeid == TAUT_MAP_NONE)
		return taut_nomem(l->err);
	id = taut_st_test(l->s, e, path, nodeid);
	if (id == TAUT_MAP_NONE)
		return taut_nomem(l->err);
	if (id != t->id)
		return taut_fail(l->err, TAUT_EDAMAGED,
				 "the database names test %s twice", t->nodeid);
	test = &e->tests[id];
	test->outcome = (uint8_t)t->outcome;
	test->body = l->bodies[id];
	if (t->must_run) {
		test->must_run = taut_st_str(l->s, t->must_run);
		if (test->must_run == TAUT_MAP_NONE)
			return taut_nomem(l->err);
	}
	return 0;
}

static int load_tests(struct load *l, uint32_t env, struct taut_st_env *e)
{
	const struct taut_db_test *tests;
	const char *const *paths;
	size_t n, ntests, i, k;
	uint32_t path;
	int known, rc;

	rc = taut_db_test_files(l->db, env, &paths, &n, l->err);
	for (i = 0; !rc && i < n; i++) {
		path = taut_st_str(l->s, paths[i]);
		if (path == TAUT_MAP_NONE ||
		    taut_st_path(l->s, e, path) == TAUT_MAP_NONE)
			return taut_nomem(l->err);
		rc = taut_db_tests(l->db, env, paths[i], &tests, &ntests,
				   &known, l->err);
		for (k = 0; !rc && k < ntests; k++)
			rc = load_test(l, e, path, &tests[k]);
	}
	return rc;
}

static int load_env(struct load *l, const struct taut_db_env *row)
{
	size_t n = row->nparts, i;
	const struct taut_part *parts = taut_st_parts(l->s, row->parts, &n);
	uint32_t name = taut_st_str(l->s, row->name);
	struct taut_st_env *e;
	int rc = 0;

	if (!parts || name == TAUT_MAP_NONE)
		return taut_nomem(l->err);
	e = taut_st_env(l->s, name, parts, n);
	if (!e)
		return taut_nomem(l->err);
	l->bodies = taut_calloc((size_t)row->ncarriers + 1, sizeof(*l->bodies));
	if (!l->bodies)
		return taut_nomem(l->err);
	l->npairs = 0;
	for (i = 0; i < l->nfiles && !rc; i++)
		rc = load_post(l, row->id, (uint32_t)i);
	if (!rc)
		rc = deal_sets(l, row->ncarriers);
	if (!rc)
		rc = load_lists(l, row);
	if (!rc)
		rc = load_carriers(l, row, e);
	if (!rc)
		rc = load_tests(l, row->id, e);
	taut_free(l->bodies);
	l->bodies = NULL;
	return rc;
}

int taut_store_load(struct taut_db *db, struct taut_store **out,
		    struct taut_err *err)
{
	struct taut_err mine = { 0 };
	struct load l = { .db = db, .err = err ? err : &mine };
	size_t i;
	int rc = taut_store_new(&l.s, err);

	*out = NULL;
	if (rc)
		return rc;
	rc = load_files(&l);
	for (i = 0; i < taut_db_nenvs(db) && !rc; i++)
		rc = load_env(&l, taut_db_env(db, i));
	taut_free(l.pairs);
	if (rc)
		taut_store_free(l.s);
	else
		*out = l.s;
	return rc;
}
