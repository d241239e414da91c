/* image - building a database: the second half of db. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "dbfile.h"
#include "hash.h"
#include "pack.h"
#include "sql.h"
#include "squeeze.h"

uint8_t *taut_db_digest_at(uint8_t *image, size_t n)
{
	uint32_t page = taut_db_page(image);
	uint8_t *at = NULL;

	if (page > 16 && n >= 2 * (size_t)page)
		at = memmem(image + page, page - 16, TAUT_DB_DIGEST_MARK, 16);
	return at ? at + 16 : NULL;
}

struct taut_digest taut_db_image_digest(uint8_t *image, size_t n, uint8_t *at)
{
	struct taut_digest saved, d;

	memcpy(saved.b, at, sizeof(saved.b));
	memset(at, 0, sizeof(saved.b));
	d = taut_digest_of(image, n);
	memcpy(at, saved.b, sizeof(saved.b));
	return d;
}

/* An image being built. */
struct build {
	sqlite3 *sql;
	struct taut_buf blob, plain; /* of the present row; before squeezing */
	struct taut_db_group group;  /* of the present table */
	struct taut_err *err;
};

static int sql_failed(struct build *b)
{
	if (sqlite3_errcode(b->sql) == SQLITE_NOMEM)
		return taut_nomem(b->err);
	return taut_fail(b->err, TAUT_EIO, "cannot build the database: %s",
			 sqlite3_errmsg(b->sql));
}

static int exec(struct build *b, const char *text)
{
	return sqlite3_exec(b->sql, text, NULL, NULL, NULL) ? sql_failed(b) : 0;
}

static sqlite3_stmt *prepare(struct build *b, const char *text)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(b->sql, text, -1, &st, NULL))
		sql_failed(b);
	return st;
}

static int step(struct build *b, sqlite3_stmt *st)
{
	if (sqlite3_step(st) != SQLITE_DONE || sqlite3_reset(st))
		return sql_failed(b);
	return 0;
}

static int bind_blob(sqlite3_stmt *st, int i, const struct taut_buf *blob)
{
	return sqlite3_bind_blob64(st, i, blob->n ? (void *)blob->p : "",
				   blob->n, SQLITE_STATIC);
}

static int bind_text(sqlite3_stmt *st, int i, const char *s, size_t n)
{
	return sqlite3_bind_text64(st, i, s, n, SQLITE_STATIC, SQLITE_UTF8);
}

static int too_large(struct build *b)
{
	return taut_fail(b->err, TAUT_EINVAL,
			 "cannot build the database: too large");
}

/* Put what is in b->plain into b->blob. */
static int squeeze(struct build *b)
{
	const void *p = b->plain.p ? (void *)b->plain.p : "";

	if (b->plain.n > TAUT_SQUEEZE_MAX)
		return too_large(b);
	b->blob.n = 0;
	return taut_squeeze(&b->blob, p, b->plain.n, TAUT_ONE_SEGMENT) ?
		       taut_nomem(b->err) :
		       0;
}

/* A row of a number and the blob in b->blob. */
static int add_blob(struct build *b, sqlite3_stmt *st, int64_t id)
{
	if (sqlite3_bind_int64(st, 1, id) || bind_blob(st, 2, &b->blob))
		return sql_failed(b);
	return step(b, st);
}

/* The entry at the end of b->group is complete; `id` is its own and `last`
 * says that it is the last.  Groups that are complete become rows. */
static int end_entry(struct build *b, sqlite3_stmt *st, int64_t id, int last,
		     const char *path, size_t npath)
{
	struct taut_db_group *g = &b->group;
	int64_t first = id + 1;
	size_t n;
	int rc = 0;

	if (taut_db_group_add(g, g->bytes.n - g->total, path, npath))
		return taut_nomem(b->err);
	if (g->total > TAUT_SQUEEZE_MAX)
		return too_large(b);
	first -= (int64_t)g->sizes.n;
	while (!rc && (n = taut_db_group_cut(g, last))) {
		b->blob.n = 0;
		if (taut_db_group_take(g, n, &b->blob))
			return taut_nomem(b->err);
		rc = add_blob(b, st, first);
		first += (int64_t)n;
	}
	return rc;
}

static int put_str(struct taut_buf *b, const char *s)
{
	return taut_buf_bytes(b, s, strlen(s)) || taut_buf_u8(b, 0);
}

/* ---- files ---- */

static int put_hashes(struct taut_buf *b, const struct taut_image_file *f)
{
	uint8_t le[5];
	size_t i;
	int k;

	for (i = 0; i < f->nhashes; i++) {
		for (k = 0; k < 5; k++)
			le[k] = (uint8_t)(f->hashes[i] >> 8 * k);
		if (taut_buf_add(b, le, sizeof(le)))
			return TAUT_ENOMEM;
	}
	return 0;
}

/* Put the files [f, end). */
static int put_files(struct taut_buf *b, const struct taut_image_file *f,
		     const struct taut_image_file *end)
{
	struct taut_strings st = TAUT_STRINGS_INIT;
	const struct taut_image_file *g;
	int bad = taut_buf_varint(b, (uint64_t)(end - f));

	for (g = f; g < end && !bad; g++)
		bad = taut_pack_string(&st, b, g->file.path, g->file.npath);
	for (g = f; g < end && !bad; g++)
		bad = taut_buf_u8(
			b, (uint8_t)(g->file.kind | g->file.has_content << 3));
	for (g = f; g < end && !bad; g++)
		if (g->file.has_content)
			bad = taut_buf_add(b, g->file.content.b,
					   sizeof(g->file.content.b));
	return bad;
}

static int add_files(struct build *b, sqlite3_stmt *st,
		     const struct taut_image *m)
{
	const struct taut_image_file *f = m->files;
	struct taut_db_group *g = &b->group;
	size_t i, n, first = 0;
	int rc = 0;

	for (i = 0; i < m->nfiles && !rc; i++) {
		if (taut_db_group_add(g, f[i].file.npath + 16, f[i].file.path,
				      f[i].file.npath))
			return taut_nomem(b->err);
		while (!rc && (n = taut_db_group_cut(g, i + 1 == m->nfiles))) {
			b->plain.n = 0;
			if (put_files(&b->plain, f + first, f + first + n))
				return taut_nomem(b->err);
			rc = squeeze(b);
			if (!rc)
				rc = add_blob(b, st, (int64_t)first);
			taut_db_group_drop(g, n);
			first += n;
		}
	}
	return rc;
}

static int add_hashes(struct build *b, sqlite3_stmt *st,
		      const struct taut_image *m)
{
	const struct taut_image_file *f;
	size_t i;
	int rc = 0;

	for (i = 0; i < m->nfiles && !rc; i++) {
		f = &m->files[i];
		if (put_hashes(&b->group.bytes, f))
			return taut_nomem(b->err);
		rc = end_entry(b, st, (int64_t)i, i + 1 == m->nfiles,
			       f->file.path, f->file.npath);
	}
	return rc;
}

/* The strings and branches that the versions of one file use, sorted. */
struct pool {
	const char **strs;
	uint32_t *branches;
	size_t nstrs, cstrs, nbranches, cbranches;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int pool_unit(struct pool *p, const struct taut_rec_unit *u)
{
	uint32_t i;

	if (taut_grow(&p->strs, &p->cstrs, p->nstrs + u->nnames + 1,
		      sizeof(*p->strs)) ||
	    taut_grow(&p->branches, &p->cbranches, p->nbranches + 1,
		      sizeof(*p->branches)))
		return TAUT_ENOMEM;
	p->strs[p->nstrs++] = u->owner;
	for (i = 0; i < u->nnames; i++)
		p->strs[p->nstrs++] = u->names[i];
	if (u->branch)
		p->branches[p->nbranches++] = u->branch;
	return 0;
}

static void pool_sort(struct pool *p)
{
	size_t i, n = 0;

	if (p->nstrs)
		qsort(p->strs, p->nstrs, sizeof(*p->strs), by_text);
	for (i = 0; i < p->nstrs; i++)
		if (!n || strcmp(p->strs[n - 1], p->strs[i]))
			p->strs[n++] = p->strs[i];
	p->nstrs = n;
	p->nbranches = taut_unique_u32(p->branches, p->nbranches);
}

static size_t pool_str(const struct pool *p, const char *s)
{
	const char **at =
		bsearch(&s, p->strs, p->nstrs, sizeof(*p->strs), by_text);

	return (size_t)(at - p->strs);
}

/* 0 is "no condition", which hashes to 0. */
static size_t pool_branch(const struct pool *p, uint32_t branch)
{
	uint32_t *at;

	if (!branch)
		return 0;
	at = bsearch(&branch, p->branches, p->nbranches, sizeof(*p->branches),
		     by_number);
	return (size_t)(at - p->branches) + 1;
}

static int put_pool(struct taut_buf *b, const struct pool *p)
{
	struct taut_strings st = TAUT_STRINGS_INIT;
	size_t i;
	int bad;

	bad = taut_buf_varint(b, p->nstrs);
	for (i = 0; i < p->nstrs && !bad; i++)
		bad = taut_pack_string(&st, b, p->strs[i], strlen(p->strs[i]));
	bad = bad || taut_buf_varint(b, p->nbranches);
	for (i = 0; i < p->nbranches && !bad; i++)
		bad = taut_buf_u32(b, p->branches[i]);
	return bad;
}

static int put_unit(struct taut_buf *b, const struct pool *p,
		    const struct taut_rec_unit *u)
{
	uint32_t i;
	int bad;

	bad = taut_buf_u32(b, u->hash) ||
	      taut_buf_u8(b, (uint8_t)(u->kind | u->effect << 4)) ||
	      (u->effect > TAUT_EFFECT_PURE && taut_buf_u32(b, u->calls)) ||
	      taut_buf_varint(b, pool_branch(p, u->branch)) ||
	      taut_buf_varint(b, pool_str(p, u->owner)) ||
	      taut_buf_varint(b, u->nnames);
	for (i = 0; i < u->nnames && !bad; i++)
		bad = taut_buf_varint(b, pool_str(p, u->names[i]));
	return bad;
}

static int put_vers(struct taut_buf *b, const struct taut_image_file *f,
		    struct pool *p)
{
	const struct taut_db_ver *v;
	size_t i, at = 0;
	uint32_t k;
	int bad = 0;

	for (i = 0; i < f->nvers && !bad; i++)
		for (k = 0; k < f->vers[i].nunits && !bad; k++)
			bad = pool_unit(p, &f->vers[i].units[k]);
	pool_sort(p);
	bad = bad || put_pool(b, p) || taut_buf_varint(b, f->nvers);
	for (i = 0; i < f->nvers && !bad; i++) {
		v = &f->vers[i];
		while (f->hashes[at] != v->hash)
			at++;
		bad = taut_buf_varint(b, at) ||
		      taut_buf_varint(b, v->nunits << 1 | v->docs);
		for (k = 0; k < v->nunits && !bad; k++)
			bad = put_unit(b, p, &v->units[k]);
	}
	return bad;
}

static int add_vers(struct build *b, sqlite3_stmt *st,
		    const struct taut_image *m)
{
	const struct taut_image_file *f;
	size_t i, n = 0;
	int rc = 0;

	while (n < m->nfiles && m->files[n].file.kind == TAUT_PY)
		n++;
	for (i = 0; i < n && !rc; i++) {
		struct pool p = { NULL, NULL, 0, 0, 0, 0 };

		f = &m->files[i];
		if (f->nvers)
			rc = put_vers(&b->group.bytes, f, &p);
		taut_free(p.strs);
		taut_free(p.branches);
		if (rc)
			return taut_nomem(b->err);
		rc = end_entry(b, st, (int64_t)i, i + 1 == n, f->file.path,
			       f->file.npath);
	}
	return rc;
}

/* ---- environments ---- */

static int put_parts(struct taut_buf *b, const struct taut_image_env *e)
{
	uint32_t i;
	int bad = taut_buf_varint(b, e->nparts);

	for (i = 0; i < e->nparts && !bad; i++)
		bad = put_str(b, e->parts[i].name) ||
		      put_str(b, e->parts[i].value) ||
		      taut_buf_u8(b, (uint8_t)e->parts[i].cls);
	return bad;
}

static int put_must(struct taut_buf *b, const struct taut_image_env *e)
{
	struct taut_packer p = TAUT_PACKER_INIT;
	struct taut_u32s must = { NULL, 0, 0 };
	uint32_t i;
	int bad = 0;

	for (i = 0; i < e->ntests && !bad; i++)
		if (taut_db_must(&e->tests[i]))
			bad = taut_u32s_add(&must, i);
	bad = bad || taut_pack_set(&p, b, must.p, (uint32_t)must.n);
	taut_u32s_release(&must);
	return bad;
}

static int put_post(struct taut_buf *b, const struct taut_image_post *p)
{
	struct taut_packer hashes = TAUT_PACKER_INIT, users = hashes;
	size_t i;
	int bad = taut_buf_varint(b, p->nsets);

	for (i = 0; i < p->nsets && !bad; i++)
		bad = taut_pack_set(&hashes, b, p->sets[i].hashes,
				    p->sets[i].nhashes);
	for (i = 0; i < p->nsets && !bad; i++)
		bad = taut_pack_set(&users, b, p->sets[i].carriers,
				    p->sets[i].ncarriers);
	return bad;
}

static int add_posts_of(struct build *b, sqlite3_stmt *st, size_t id,
			const struct taut_image *m,
			const struct taut_image_env *e)
{
	const struct taut_db_file *f;
	size_t i, at = 0;
	int rc = 0;

	for (i = 0; i < m->nfiles && !rc; i++) {
		f = &m->files[i].file;
		if (at < e->nposts && e->posts[at].file == i &&
		    put_post(&b->group.bytes, &e->posts[at++]))
			return taut_nomem(b->err);
		rc = end_entry(b, st, (int64_t)(id << 32 | i),
			       i + 1 == m->nfiles, f->path, f->npath);
	}
	return rc;
}

static int add_posts(struct build *b, sqlite3_stmt *st,
		     const struct taut_image *m)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < m->nenvs && !rc; i++)
		rc = add_posts_of(b, st, i, m, &m->envs[i]);
	return rc;
}

/* One list as a set of (carrier, edge); *store is scratch that must live as
 * long as the packer looks back. */
static int put_list(struct taut_packer *p, struct taut_buf *b,
		    const struct taut_image_env *e,
		    const struct taut_db_reflist *l, uint32_t *store)
{
	uint32_t i;

	for (i = 0; i < l->nrefs; i++)
		store[i] = (l->refs[i] - e->ntests) << 2 | l->edges[i];
	return taut_pack_set(p, b, store, l->nrefs);
}

static int put_lists(struct taut_buf *b, const struct taut_image_env *e)
{
	struct taut_packer refs = TAUT_PACKER_INIT, users = refs;
	size_t i, total = 0;
	uint32_t *store;
	int bad;

	for (i = 0; i < e->nlists; i++)
		total += e->lists[i].nrefs;
	store = taut_calloc(total + 1, sizeof(*store));
	bad = !store || taut_buf_varint(b, e->nlists);
	for (i = total = 0; i < e->nlists && !bad; i++) {
		bad = put_list(&refs, b, e, &e->lists[i], store + total);
		total += e->lists[i].nrefs;
	}
	for (i = 0; i < e->nlists && !bad; i++)
		bad = taut_pack_set(&users, b, e->lists[i].users,
				    e->lists[i].nusers);
	taut_free(store);
	return bad;
}

static int put_carriers(struct taut_buf *b, const struct taut_image_env *e)
{
	struct taut_strings st = TAUT_STRINGS_INIT;
	const struct taut_image_carrier *c;
	uint32_t i;
	int bad = 0;

	for (i = 0; i < e->ncarriers - e->ntests && !bad; i++) {
		c = &e->carriers[i];
		bad = taut_buf_u8(b, (uint8_t)c->kind) ||
		      taut_pack_string(&st, b, c->owner, strlen(c->owner));
	}
	return bad;
}

/* The end of the run of tests with one outcome that begins at i. */
static uint32_t outcome_end(const struct taut_db_test *t, uint32_t n,
			    uint32_t i)
{
	uint32_t end = i + 1;

	while (end < n && t[end].outcome == t[i].outcome)
		end++;
	return end;
}

static int put_outcomes(struct taut_buf *b, const struct taut_db_test *t,
			uint32_t n)
{
	uint32_t i, end, count = 0, next = 0;
	int bad;

	for (i = 0; i < n; i = outcome_end(t, n, i))
		count += t[i].outcome != TAUT_PASSED;
	bad = taut_buf_varint(b, count);
	for (i = 0; i < n && !bad; i = end) {
		end = outcome_end(t, n, i);
		if (t[i].outcome == TAUT_PASSED)
			continue;
		bad = taut_buf_varint(b, i - next) ||
		      taut_buf_varint(b, end - i - 1) ||
		      taut_buf_u8(b, (uint8_t)t[i].outcome);
		next = end;
	}
	return bad;
}

static int put_reasons(struct taut_buf *b, const struct taut_db_test *t,
		       uint32_t n)
{
	struct taut_strings st = TAUT_STRINGS_INIT;
	uint32_t i, count = 0, next = 0;
	int bad;

	for (i = 0; i < n; i++)
		count += t[i].must_run != NULL;
	bad = taut_buf_varint(b, count);
	for (i = 0; i < n && !bad; i++) {
		if (!t[i].must_run)
			continue;
		bad = taut_buf_varint(b, i - next) ||
		      taut_pack_string(&st, b, t[i].must_run,
				       strlen(t[i].must_run));
		next = i + 1;
	}
	return bad;
}

static int put_tests(struct taut_buf *b, const char *path,
		     const struct taut_db_test *t, uint32_t n)
{
	struct taut_strings st = { path, strlen(path), 0 };
	uint32_t i;
	int bad = 0;

	for (i = 0; i < n && !bad; i++)
		bad = taut_pack_string(&st, b, t[i].nodeid,
				       strlen(t[i].nodeid));
	return bad || put_outcomes(b, t, n) || put_reasons(b, t, n);
}

static int add_tests_of(struct build *b, sqlite3_stmt *st, size_t id,
			const struct taut_image_env *e)
{
	const struct taut_image_tmod *t;
	uint32_t first = 0;
	size_t i;
	int rc = 0;

	for (i = 0; i < e->ntmods && !rc; i++) {
		t = &e->tmods[i];
		if (put_tests(&b->group.bytes, t->path, e->tests + first,
			      t->ntests))
			return taut_nomem(b->err);
		rc = end_entry(b, st, (int64_t)(id << 32 | i),
			       i + 1 == e->ntmods, t->path, strlen(t->path));
		first += t->ntests;
	}
	return rc;
}

static int add_tests(struct build *b, sqlite3_stmt *st,
		     const struct taut_image *m)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < m->nenvs && !rc; i++)
		rc = add_tests_of(b, st, i, &m->envs[i]);
	return rc;
}

static int put_modules(struct taut_buf *b, const struct taut_image_env *e)
{
	struct taut_strings st = TAUT_STRINGS_INIT;
	size_t i;
	int bad = taut_buf_varint(b, e->ntmods);

	for (i = 0; i < e->ntmods && !bad; i++)
		bad = taut_pack_string(&st, b, e->tmods[i].path,
				       strlen(e->tmods[i].path));
	for (i = 0; i < e->ntmods && !bad; i++)
		bad = taut_buf_varint(b, e->tmods[i].ntests);
	return bad;
}

static int bind_env_blobs(struct build *b, sqlite3_stmt *st,
			  const struct taut_image_env *e)
{
	static const struct {
		int column, squeezed;
		int (*put)(struct taut_buf *, const struct taut_image_env *);
	} blobs[] = {
		{ 3, 0, put_parts },   { 6, 0, put_must },
		{ 7, 1, put_modules }, { 8, 1, put_carriers },
		{ 9, 0, put_lists },
	};
	const struct taut_buf *from;
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(blobs) / sizeof(*blobs) && !rc; i++) {
		b->plain.n = 0;
		if (blobs[i].put(&b->plain, e))
			return taut_nomem(b->err);
		if (blobs[i].squeezed)
			rc = squeeze(b);
		from = blobs[i].squeezed ? &b->blob : &b->plain;
		if (!rc && sqlite3_bind_blob64(st, blobs[i].column, from->p,
					       from->n, SQLITE_TRANSIENT))
			rc = sql_failed(b);
	}
	return rc;
}

static int add_envs(struct build *b, sqlite3_stmt *st,
		    const struct taut_image *m)
{
	const struct taut_image_env *e;
	size_t i;
	int rc = 0;

	for (i = 0; i < m->nenvs && !rc; i++) {
		e = &m->envs[i];
		if (sqlite3_bind_int64(st, 1, (int64_t)i) ||
		    bind_text(st, 2, e->name, strlen(e->name)) ||
		    sqlite3_bind_int64(st, 4, e->ntests) ||
		    sqlite3_bind_int64(st, 5, e->ncarriers))
			return sql_failed(b);
		rc = bind_env_blobs(b, st, e);
		if (!rc)
			rc = step(b, st);
	}
	return rc;
}

/* ---- the whole ---- */

static int add_digest_row(struct build *b, sqlite3_stmt *st,
			  const struct taut_image *m)
{
	int rc;

	(void)m;
	b->blob.n = 0;
	if (taut_buf_add(&b->blob, TAUT_DB_DIGEST_MARK, 16) ||
	    taut_buf_add(&b->blob, (uint8_t[16]){ 0 }, 16))
		rc = taut_nomem(b->err);
	else if (bind_text(st, 1, "digest", 6) || bind_blob(st, 2, &b->blob))
		rc = sql_failed(b);
	else
		rc = step(b, st);
	return rc;
}

/* Table by table, so that each one's pages lie together. */
static int add_tables(struct build *b, const struct taut_image *m)
{
	static const struct {
		const char *text;
		int (*add)(struct build *, sqlite3_stmt *,
			   const struct taut_image *);
	} tables[] = {
		{ taut_sql_meta_add, add_digest_row },
		{ taut_sql_env_add, add_envs },
		{ taut_sql_file_add, add_files },
		{ taut_sql_hash_add, add_hashes },
		{ taut_sql_ver_add, add_vers },
		{ taut_sql_post_add, add_posts },
		{ taut_sql_test_add, add_tests },
	};
	sqlite3_stmt *st;
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(tables) / sizeof(*tables) && !rc; i++) {
		st = prepare(b, tables[i].text);
		if (!st)
			return TAUT_EIO;
		rc = tables[i].add(b, st, m);
		sqlite3_finalize(st);
	}
	return rc;
}

static int is_small(const struct taut_image *m)
{
	size_t i, ntests = 0;

	for (i = 0; i < m->nenvs; i++)
		ntests += m->envs[i].ntests;
	return m->nfiles < TAUT_DB_SMALL_FILES && ntests < TAUT_DB_SMALL_TESTS;
}

static int fill(struct build *b, const struct taut_image *m)
{
	int rc;

	if (sqlite3_open_v2(":memory:", &b->sql,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				    SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
			    NULL))
		return b->sql ? sql_failed(b) : taut_nomem(b->err);
	rc = exec(b, is_small(m) ? taut_sql_pages_small : taut_sql_pages_large);
	if (!rc)
		rc = exec(b, taut_sql_schema);
	if (!rc)
		rc = exec(b, taut_sql_begin);
	if (!rc)
		rc = add_tables(b, m);
	return rc ? rc : exec(b, taut_sql_commit);
}

/* Take the bytes out, settle what depends on the library, add the digest. */
static int seal(struct build *b, struct taut_buf *out)
{
	static const uint8_t library[4] = { 0, 0x2e, 0x63, 0x01 };
	struct taut_digest d;
	sqlite3_int64 n = 0;
	unsigned char *p = sqlite3_serialize(b->sql, "main", &n, 0);
	uint8_t *at;
	int rc;

	out->n = 0;
	if (!p || taut_buf_add(out, p, (size_t)n)) {
		rc = taut_nomem(b->err);
		goto out;
	}
	memcpy(out->p + TAUT_DB_AT_VALID_FOR, out->p + 24, 4);
	memcpy(out->p + TAUT_DB_AT_VALID_FOR + 4, library, 4);
	at = taut_db_digest_at(out->p, out->n);
	if (!at) {
		rc = taut_fail(b->err, TAUT_EIO,
			       "cannot build the database: "
			       "no place for its digest");
		goto out;
	}
	d = taut_db_image_digest(out->p, out->n, at);
	memcpy(at, d.b, sizeof(d.b));
	rc = 0;
out:
	sqlite3_free(p);
	return rc;
}

int taut_db_build(const struct taut_image *m, struct taut_buf *out,
		  struct taut_err *err)
{
	struct build b = { .err = err };
	int rc = fill(&b, m);

	if (!rc)
		rc = seal(&b, out);
	sqlite3_close(b.sql);
	taut_buf_release(&b.blob);
	taut_buf_release(&b.plain);
	taut_db_group_release(&b.group);
	return rc;
}
