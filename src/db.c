#include "db.h"

#include <string.h>

#include "dbfile.h"
#include "hash.h"
#include "io.h"
#include "pack.h"
#include "sql.h"
#include "squeeze.h"

static const char *const query_text[TAUT_NQUERIES] = {
	[TAUT_Q_HASHES] = taut_sql_hash_get,
	[TAUT_Q_VERS] = taut_sql_ver_get,
	[TAUT_Q_POST] = taut_sql_post_get,
	[TAUT_Q_TESTS] = taut_sql_test_get,
	[TAUT_Q_MODULES] = taut_sql_env_modules,
	[TAUT_Q_CARRIERS] = taut_sql_env_carriers,
	[TAUT_Q_LISTS] = taut_sql_env_refs,
};

int taut_db_damaged(const struct taut_db *db, const char *what,
		    struct taut_err *err)
{
	return taut_fail(err, TAUT_EDAMAGED,
			 "%s is damaged (%s): restore or "
			 "delete it; until then every test runs",
			 db->name, what);
}

int taut_db_sql_failed(const struct taut_db *db, struct taut_err *err)
{
	if (sqlite3_errcode(db->sql) == SQLITE_NOMEM)
		return taut_nomem(err);
	return taut_db_damaged(db, sqlite3_errmsg(db->sql), err);
}

void *taut_db_alloc(struct taut_db *db, size_t n, size_t elem)
{
	return n > SIZE_MAX / 8 / elem ?
		       NULL :
		       taut_arena_alloc(&db->arena, n * elem + 1);
}

/* ---- rows ---- */

static struct taut_rd blob_column(sqlite3_stmt *st, int i)
{
	const void *p = sqlite3_column_blob(st, i);

	return taut_rd_init(p ? p : "",
			    p ? (size_t)sqlite3_column_bytes(st, i) : 0);
}

int taut_db_blob(struct taut_db *db, enum taut_db_query q, int64_t *id,
		 struct taut_rd *rd, struct taut_err *err)
{
	sqlite3_stmt *st = db->query[q];
	int rc;

	if (!st) {
		if (sqlite3_prepare_v2(db->sql, query_text[q], -1, &st, NULL))
			return taut_db_sql_failed(db, err);
		db->query[q] = st;
	}
	sqlite3_reset(st);
	if (sqlite3_bind_int64(st, 1, *id))
		return taut_db_sql_failed(db, err);
	rc = sqlite3_step(st);
	if (rc == SQLITE_DONE)
		return 0;
	if (rc != SQLITE_ROW)
		return taut_db_sql_failed(db, err);
	*id = sqlite3_column_int64(st, 0);
	*rd = blob_column(st, 1);
	if (rd->p == rd->end && sqlite3_errcode(db->sql) == SQLITE_NOMEM)
		return taut_nomem(err);
	return 1;
}

int taut_db_env_blob(struct taut_db *db, enum taut_db_query q, uint32_t env,
		     struct taut_rd *rd, struct taut_err *err)
{
	int64_t id = env;
	int rc = taut_db_blob(db, q, &id, rd, err);

	if (rc < 0)
		return rc;
	if (rc && taut_unsqueeze(&db->blob, rd, TAUT_ONE_SEGMENT))
		return taut_nomem(err);
	if (!rc || rd->bad)
		return taut_db_damaged(db, "environment", err);
	*rd = taut_rd_init(db->blob.p, db->blob.n);
	return 0;
}

char *taut_db_text(struct taut_db *db, sqlite3_stmt *st, int i, size_t *n,
		   int *bad)
{
	const unsigned char *p = sqlite3_column_text(st, i);

	*n = (size_t)sqlite3_column_bytes(st, i);
	if (!p || memchr(p, 0, *n)) {
		*bad = sqlite3_errcode(db->sql) != SQLITE_NOMEM;
		return NULL;
	}
	return taut_arena_dup(&db->arena, p, *n);
}

uint32_t taut_db_int(sqlite3_stmt *st, int i, uint32_t max, int *bad)
{
	int64_t v = sqlite3_column_int64(st, i);

	if (v < 0 || v > (int64_t)max) {
		*bad = 1;
		return 0;
	}
	return (uint32_t)v;
}

static const char *read_str(struct taut_db *db, struct taut_rd *rd)
{
	size_t n;
	const uint8_t *p = taut_rd_bytes(rd, &n);

	if (taut_rd_u8(rd) || !p || (n && memchr(p, 0, n))) {
		rd->bad = 1;
		return "";
	}
	return taut_arena_dup(&db->arena, p, n);
}

/* ---- environments ---- */

static int read_parts(struct taut_db *db, struct taut_rd rd,
		      struct taut_db_env *e, struct taut_err *err)
{
	struct taut_part *parts;
	uint32_t i;

	e->nparts = taut_rd_count(&rd, (size_t)(rd.end - rd.p) / 5);
	parts = taut_db_alloc(db, e->nparts, sizeof(*parts));
	if (!parts)
		return taut_nomem(err);
	e->parts = parts;
	for (i = 0; i < e->nparts && !rd.bad; i++) {
		parts[i].name = read_str(db, &rd);
		parts[i].value = read_str(db, &rd);
		parts[i].cls = taut_rd_u8(&rd);
		if (!parts[i].name || !parts[i].value)
			return taut_nomem(err);
		if (parts[i].cls > TAUT_PART_STATE)
			rd.bad = 1;
	}
	if (rd.bad || rd.p != rd.end)
		return taut_db_damaged(db, "environment", err);
	return 0;
}

static int read_must(struct taut_db *db, struct taut_rd rd,
		     struct taut_db_env *e, struct taut_err *err)
{
	struct taut_unpacker u = TAUT_UNPACKER_INIT;
	uint32_t *must;
	int rc;

	rc = taut_unpack_set(&u, &rd, e->ntests);
	if (!rc && (rd.bad || rd.p != rd.end)) {
		taut_unpacker_release(&u);
		return taut_db_damaged(db, "tests to run", err);
	}
	must = rc ? NULL : taut_db_alloc(db, u.v.n, sizeof(*must));
	if (must) {
		if (u.v.n)
			memcpy(must, u.v.p, u.v.n * sizeof(*must));
		e->must = must;
		e->nmust = (uint32_t)u.v.n;
	}
	taut_unpacker_release(&u);
	return must ? 0 : taut_nomem(err);
}

static int read_env(struct taut_db *db, sqlite3_stmt *st,
		    struct taut_db_ecache *e, struct taut_err *err)
{
	int bad = 0, rc;
	uint32_t most;
	size_t n;

	memset(e, 0, sizeof(*e));
	e->pub.id = taut_db_int(st, 0, (uint32_t)db->nenvs, &bad);
	e->pub.name = taut_db_text(db, st, 1, &n, &bad);
	/* What a forged number can make us allocate is bounded: names may be
	 * squeezed, but not to less than a byte for a thousand tests. */
	most = db->n < TAUT_PACK_MAX / 1024 ? (uint32_t)db->n * 1024 :
					      TAUT_PACK_MAX;
	e->pub.ntests = taut_db_int(st, 3, most, &bad);
	e->pub.ncarriers = taut_db_int(st, 4, most, &bad);
	if (bad || e->pub.id != db->nenvs || e->pub.ncarriers < e->pub.ntests)
		return taut_db_damaged(db, "environment", err);
	if (!e->pub.name)
		return taut_nomem(err);
	rc = read_parts(db, blob_column(st, 2), &e->pub, err);
	return rc ? rc : read_must(db, blob_column(st, 5), &e->pub, err);
}

static int read_envs(struct taut_db *db, struct taut_err *err)
{
	sqlite3_stmt *st = NULL;
	size_t cap = 0;
	int rc, step;

	if (sqlite3_prepare_v2(db->sql, taut_sql_env_all, -1, &st, NULL))
		return taut_db_sql_failed(db, err);
	for (rc = 0; !rc && (step = sqlite3_step(st)) == SQLITE_ROW;) {
		if (taut_grow(&db->envs, &cap, db->nenvs + 1,
			      sizeof(*db->envs)))
			rc = taut_nomem(err);
		else
			rc = read_env(db, st, &db->envs[db->nenvs], err);
		db->nenvs += !rc;
	}
	if (!rc && step != SQLITE_DONE)
		rc = taut_db_sql_failed(db, err);
	sqlite3_finalize(st);
	return rc;
}

size_t taut_db_nenvs(const struct taut_db *db)
{
	return db->nenvs;
}

const struct taut_db_env *taut_db_env(const struct taut_db *db, size_t i)
{
	return i < db->nenvs ? &db->envs[i].pub : NULL;
}

/* ---- open ---- */

static int starts(const struct taut_db *db, const char *s)
{
	size_t n = strlen(s);

	return db->n >= n && !memcmp(db->image, s, n);
}

/* A file that is no SQLite database: say what it is. */
static int not_sqlite(const struct taut_db *db, struct taut_err *err)
{
	if (!db->n)
		return taut_fail(err, TAUT_EDAMAGED,
				 "%s is empty: "
				 "treated as no database",
				 db->name);
	if (starts(db, "<<<<<<< "))
		return taut_fail(err, TAUT_EDAMAGED,
				 "%s holds git conflict "
				 "markers: take either side's file",
				 db->name);
	if (starts(db, "version https://git-lfs"))
		return taut_fail(err, TAUT_EDAMAGED,
				 "%s is a Git LFS "
				 "pointer: run git lfs pull",
				 db->name);
	return taut_fail(err, TAUT_EDAMAGED,
			 "%s is no taut database, or lost its head: "
			 "treated as no database",
			 db->name);
}

static int foreign_sqlite(const struct taut_db *db, struct taut_err *err)
{
	/* The text of its CREATE statements lies in the first pages. */
	size_t n = db->n < 65536 ? db->n : 65536;

	if (memmem(db->image, n, "test_execution", 14))
		return taut_fail(err, TAUT_EDAMAGED,
				 "%s is the database of "
				 "pytest-testmon, which taut cannot use: "
				 "treated as no database",
				 db->name);
	return taut_fail(err, TAUT_EDAMAGED,
			 "%s is another program's SQLite "
			 "database: treated as no database",
			 db->name);
}

static int check_header(const struct taut_db *db, struct taut_err *err)
{
	uint32_t version;
	uint64_t size;

	if (!starts(db, TAUT_DB_MAGIC) || db->n < TAUT_DB_HEADER)
		return not_sqlite(db, err);
	if (taut_db_be32(db->image + TAUT_DB_AT_APPLICATION) !=
	    TAUT_DB_APPLICATION)
		return foreign_sqlite(db, err);
	version = taut_db_be32(db->image + TAUT_DB_AT_USER_VERSION);
	if (version > TAUT_FORMAT)
		return taut_fail(err, TAUT_EVERSION,
				 "%s was written by a "
				 "newer taut (format %u, this one reads %d): "
				 "install that one, or use another file",
				 db->name, version, TAUT_FORMAT);
	if (version < TAUT_FORMAT)
		return taut_fail(err, TAUT_EDAMAGED,
				 "%s has the old format "
				 "%u: treated as no database",
				 db->name, version);
	size = (uint64_t)taut_db_be32(db->image + TAUT_DB_AT_PAGES) *
	       taut_db_page(db->image);
	if (db->n < size)
		return taut_db_damaged(db, "truncated", err);
	return db->n > size ? taut_db_damaged(db, "too long", err) : 0;
}

static int check_digest(struct taut_db *db, struct taut_err *err)
{
	uint8_t *at = taut_db_digest_at(db->image, db->n);
	struct taut_digest d;

	if (!at)
		return taut_db_damaged(db, "no digest", err);
	d = taut_db_image_digest(db->image, db->n, at);
	return memcmp(d.b, at, sizeof(d.b)) ?
		       taut_db_damaged(db, "digest", err) :
		       0;
}

static int attach(struct taut_db *db, struct taut_err *err)
{
	int rc;

	rc = sqlite3_open_v2(":memory:", &db->sql,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY |
				     SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (!rc)
		rc = sqlite3_deserialize(
			db->sql, "main", db->image, (sqlite3_int64)db->n,
			(sqlite3_int64)db->n, SQLITE_DESERIALIZE_READONLY);
	if (!rc)
		return 0;
	return db->sql ? taut_db_sql_failed(db, err) : taut_nomem(err);
}

static int open_bytes(struct taut_db *db, const char *name,
		      struct taut_err *err)
{
	int rc;

	db->name = taut_arena_dup(&db->arena, name, strlen(name));
	if (!db->name)
		return taut_nomem(err);
	rc = check_header(db, err);
	if (!rc)
		rc = check_digest(db, err);
	if (!rc)
		rc = attach(db, err);
	return rc ? rc : read_envs(db, err);
}

/* Takes the bytes, also when it fails. */
static int open_buf(struct taut_buf *b, const char *name, struct taut_db **out,
		    struct taut_err *err)
{
	struct taut_db *db = taut_calloc(1, sizeof(*db));
	int rc;

	*out = NULL;
	if (!db) {
		taut_buf_release(b);
		return taut_nomem(err);
	}
	db->image = b->p;
	db->n = b->n;
	rc = open_bytes(db, name, err);
	if (rc)
		taut_db_close(db);
	else
		*out = db;
	return rc;
}

int taut_db_open(const char *path, struct taut_db **out, struct taut_err *err)
{
	struct taut_buf b = TAUT_BUF_INIT;
	int rc;

	*out = NULL;
	rc = taut_io_read(path, &b, err);
	if (!rc)
		return open_buf(&b, path, out, err);
	taut_buf_release(&b);
	/* A device or FIFO is no damaged database: it must not be replaced. */
	if (rc == TAUT_EINVAL)
		rc = TAUT_EIO;
	if (err)
		err->code = rc;
	return rc;
}

int taut_db_open_image(const void *p, size_t n, struct taut_db **out,
		       struct taut_err *err)
{
	struct taut_buf b = TAUT_BUF_INIT;

	*out = NULL;
	if (taut_buf_add(&b, p, n))
		return taut_nomem(err);
	return open_buf(&b, "the database", out, err);
}

void taut_db_close(struct taut_db *db)
{
	size_t i;

	if (!db)
		return;
	for (i = 0; i < TAUT_NQUERIES; i++)
		sqlite3_finalize(db->query[i]);
	for (i = 0; i < TAUT_NGROUPED; i++) {
		taut_buf_release(&db->groups[i].bytes);
		taut_u32s_release(&db->groups[i].ends);
	}
	taut_buf_release(&db->blob);
	for (i = 0; i < db->nenvs; i++)
		taut_map_release(&db->envs[i].paths);
	sqlite3_close(db->sql);
	taut_free(db->envs);
	taut_free(db->files);
	taut_free(db->image);
	taut_arena_release(&db->arena);
	taut_free(db);
}

/* ---- files ---- */

/* The files of a group: paths, then kinds, then digests. */
static int read_group(struct taut_db *db, struct taut_rd *rd,
		      struct taut_db_file *f, size_t n)
{
	struct taut_strings st = TAUT_STRINGS_INIT;
	const uint8_t *digest;
	uint8_t flags;
	size_t i;

	for (i = 0; i < n && !rd->bad; i++) {
		memset(&f[i], 0, sizeof(f[i]));
		f[i].id = (uint32_t)(db->nfiles + i);
		f[i].path =
			taut_unpack_string(&st, rd, &db->arena, &f[i].npath);
		if (!f[i].path)
			return TAUT_ENOMEM;
	}
	for (i = 0; i < n && !rd->bad; i++) {
		flags = taut_rd_u8(rd);
		f[i].kind = flags & 7;
		f[i].has_content = flags >> 3;
		if (f[i].has_content > (f[i].kind == TAUT_PY))
			rd->bad = 1;
	}
	for (i = 0; i < n && !rd->bad; i++) {
		if (!f[i].has_content)
			continue;
		digest = taut_rd_raw(rd, sizeof(f[i].content.b));
		if (digest)
			memcpy(f[i].content.b, digest, sizeof(f[i].content.b));
	}
	return 0;
}

/* The files of one row; *files grows. */
static int read_row(struct taut_db *db, sqlite3_stmt *st,
		    struct taut_db_file **files, size_t *cap,
		    struct taut_err *err)
{
	struct taut_rd rd = blob_column(st, 1);
	size_t n;

	if (taut_unsqueeze(&db->blob, &rd, TAUT_ONE_SEGMENT))
		return taut_nomem(err);
	if (rd.bad || sqlite3_column_int64(st, 0) != (int64_t)db->nfiles)
		return taut_db_damaged(db, "files", err);
	rd = taut_rd_init(db->blob.p, db->blob.n);
	n = taut_rd_count(&rd, db->blob.n / 3);
	if (n > UINT32_MAX / 2 - db->nfiles)
		rd.bad = 1;
	if (!rd.bad &&
	    (taut_grow(files, cap, db->nfiles + n, sizeof(**files)) ||
	     read_group(db, &rd, *files + db->nfiles, n)))
		return taut_nomem(err);
	if (rd.bad || rd.p != rd.end || !n)
		return taut_db_damaged(db, "files", err);
	db->nfiles += n;
	return 0;
}

static int read_files(struct taut_db *db, struct taut_err *err)
{
	struct taut_db_file *files = NULL;
	sqlite3_stmt *st = NULL;
	size_t cap = 0;
	int rc, step;

	if (sqlite3_prepare_v2(db->sql, taut_sql_file_all, -1, &st, NULL))
		return taut_db_sql_failed(db, err);
	for (rc = 0; !rc && (step = sqlite3_step(st)) == SQLITE_ROW;)
		rc = read_row(db, st, &files, &cap, err);
	if (!rc && step != SQLITE_DONE)
		rc = taut_db_sql_failed(db, err);
	sqlite3_finalize(st);
	if (!rc && taut_grow(&files, &cap, 1, sizeof(*files)))
		rc = taut_nomem(err);
	if (!rc) {
		db->cache = taut_db_alloc(db, db->nfiles, sizeof(*db->cache));
		if (!db->cache)
			rc = taut_nomem(err);
	}
	if (rc) {
		taut_free(files);
		db->nfiles = 0;
	} else {
		db->files = files;
	}
	return rc;
}

const struct taut_db_file *taut_db_files(struct taut_db *db, size_t *n,
					 struct taut_err *err)
{
	*n = 0;
	if (!db->files && read_files(db, err))
		return NULL;
	*n = db->nfiles;
	return db->files;
}

/* The cache of `file`, with all file rows loaded. */
static int file_cache(struct taut_db *db, uint32_t file,
		      struct taut_db_fcache **c, struct taut_err *err)
{
	int rc = db->files ? 0 : read_files(db, err);

	if (rc)
		return rc;
	if (file >= db->nfiles)
		return taut_fail(err, TAUT_EINVAL, "no file %u", file);
	*c = &db->cache[file];
	return 0;
}

static int read_hashes(struct taut_db *db, struct taut_rd rd,
		       struct taut_db_fcache *c, struct taut_err *err)
{
	size_t n = (size_t)(rd.end - rd.p) / 5, i;
	uint64_t *h = taut_db_alloc(db, n, sizeof(*h));

	if (!h)
		return taut_nomem(err);
	for (i = 0; i < n; i++) {
		h[i] = taut_rd_u32(&rd);
		h[i] |= (uint64_t)taut_rd_u8(&rd) << 32;
		if (i && h[i] <= h[i - 1])
			rd.bad = 1;
	}
	if (rd.bad || rd.p != rd.end)
		return taut_db_damaged(db, "hashes of a file", err);
	c->hashes = h;
	c->nhashes = n;
	c->have_hashes = 1;
	return 0;
}

int taut_db_hashes(struct taut_db *db, uint32_t file, const uint64_t **hashes,
		   size_t *n, struct taut_err *err)
{
	struct taut_db_fcache *c = NULL;
	struct taut_rd rd;
	int rc = file_cache(db, file, &c, err);

	if (rc)
		return rc;
	if (!c->have_hashes) {
		rc = taut_db_entry(db, TAUT_Q_HASHES, file, &rd, err);
		if (!rc)
			rc = read_hashes(db, rd, c, err);
		if (rc)
			return rc;
	}
	*hashes = c->hashes;
	*n = c->nhashes;
	return 0;
}
