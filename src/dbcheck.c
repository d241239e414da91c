/* dbcheck - look at every row of a database: the slow way to be sure. */
#include <string.h>

#include "db.h"
#include "dbfile.h"
#include "sql.h"

/* Do the groups hold just what there is? */
static int check_groups(struct taut_db *db, struct taut_err *err)
{
	size_t npy = 0, groups = 0, i, n;
	const char *const *paths;
	sqlite3_stmt *st = NULL;
	int64_t first;
	int rc;

	while (npy < db->nfiles && db->files[npy].kind == TAUT_PY)
		npy++;
	rc = taut_db_count_groups(db, TAUT_Q_HASHES, 0, db->nfiles, &groups,
				  err);
	if (!rc)
		rc = taut_db_count_groups(db, TAUT_Q_VERS, 0, npy, &groups,
					  err);
	for (i = 0; i < db->nenvs && !rc; i++) {
		first = (int64_t)i << 32;
		rc = taut_db_test_files(db, (uint32_t)i, &paths, &n, err);
		if (!rc)
			rc = taut_db_count_groups(db, TAUT_Q_TESTS, first, n,
						  &groups, err);
		if (!rc)
			rc = taut_db_count_groups(db, TAUT_Q_POST, first,
						  db->nfiles, &groups, err);
	}
	if (rc)
		return rc;
	if (sqlite3_prepare_v2(db->sql, taut_sql_count_groups, -1, &st, NULL) ||
	    sqlite3_step(st) != SQLITE_ROW)
		rc = taut_db_sql_failed(db, err);
	else if (sqlite3_column_int64(st, 0) != (int64_t)groups)
		rc = taut_db_damaged(db, "stray groups", err);
	sqlite3_finalize(st);
	return rc;
}

static int by_key(const struct taut_db_file *a, const struct taut_db_file *b)
{
	size_t n = a->npath < b->npath ? a->npath : b->npath;
	int d = a->kind - b->kind;

	if (!d)
		d = memcmp(a->path, b->path, n);
	return d ? d : (a->npath > b->npath) - (a->npath < b->npath);
}

/* Every hash of a file must be in a set of some environment. */
static int check_posts(struct taut_db *db, uint32_t file, struct taut_buf *b,
		       struct taut_err *err)
{
	const struct taut_db_set *sets;
	const uint64_t *hashes;
	size_t nhashes, n, env, i;
	uint32_t k;
	int rc = taut_db_hashes(db, file, &hashes, &nhashes, err);

	if (rc)
		return rc;
	if (taut_grow(&b->p, &b->cap, nhashes + 1, 1))
		return taut_nomem(err);
	memset(b->p, 0, nhashes);
	for (env = 0; env < db->nenvs; env++) {
		rc = taut_db_post(db, (uint32_t)env, file, &sets, &n, err);
		if (rc)
			return rc;
		for (i = 0; i < n; i++)
			for (k = 0; k < sets[i].nhashes; k++)
				b->p[sets[i].hashes[k]] = 1;
	}
	if (memchr(b->p, 0, nhashes) || !nhashes)
		return taut_db_damaged(db, "hash without user", err);
	return 0;
}

static int check_files(struct taut_db *db, struct taut_err *err)
{
	const struct taut_db_ver *vers;
	const struct taut_db_file *f;
	struct taut_buf used = TAUT_BUF_INIT;
	size_t n, i, nvers;
	int rc = 0;

	f = taut_db_files(db, &n, err);
	if (!f)
		return err->code;
	for (i = 0; i < n && !rc; i++) {
		if (i && by_key(&f[i - 1], &f[i]) >= 0)
			rc = taut_db_damaged(db, "order of files", err);
		if (!rc)
			rc = check_posts(db, (uint32_t)i, &used, err);
		if (!rc)
			rc = taut_db_vers(db, (uint32_t)i, &vers, &nvers, err);
	}
	taut_buf_release(&used);
	return rc;
}

/* Each carrier has at most one list, and only tests need no user. */
static int check_lists(struct taut_db *db, const struct taut_db_env *e,
		       struct taut_err *err)
{
	const struct taut_db_reflist *lists;
	uint8_t *seen = taut_calloc((size_t)e->ncarriers + 1, 2), *used;
	size_t n, i;
	uint32_t k;
	int rc;

	if (!seen)
		return taut_nomem(err);
	used = seen + e->ncarriers;
	rc = taut_db_reflists(db, e->id, &lists, &n, err);
	for (i = 0; !rc && i < n; i++) {
		for (k = 0; k < lists[i].nusers; k++)
			if (seen[lists[i].users[k]]++)
				rc = TAUT_EDAMAGED;
		for (k = 0; k < lists[i].nrefs; k++)
			used[lists[i].refs[k]] = 1;
	}
	for (k = e->ntests; !rc && k < e->ncarriers; k++)
		if (!used[k])
			rc = TAUT_EDAMAGED;
	if (rc == TAUT_EDAMAGED)
		rc = taut_db_damaged(db, "references", err);
	taut_free(seen);
	return rc;
}

/* Tests in order, and just those that must run listed as such. */
static int check_tests(struct taut_db *db, const struct taut_db_env *e,
		       struct taut_err *err)
{
	struct taut_db_test t, last = { 0 };
	uint32_t i, must = 0;
	int rc, d;

	for (i = 0; i < e->ntests; i++) {
		rc = taut_db_test(db, e->id, i, &t, err);
		if (rc)
			return rc;
		d = i ? strcmp(last.path, t.path) : -1;
		if (d > 0 || (!d && strcmp(last.nodeid, t.nodeid) >= 0))
			return taut_db_damaged(db, "order of tests", err);
		if (taut_db_must(&t) &&
		    (must == e->nmust || e->must[must++] != i))
			return taut_db_damaged(db, "tests to run", err);
		last = t;
	}
	return must == e->nmust ? 0 : taut_db_damaged(db, "tests to run", err);
}

static int check_env(struct taut_db *db, const struct taut_db_env *e,
		     struct taut_err *err)
{
	const char *const *paths, *owner;
	const struct taut_db_test *tests;
	size_t n, i, ntests;
	int kind, known, rc;

	rc = check_lists(db, e, err);
	if (!rc)
		rc = taut_db_test_files(db, e->id, &paths, &n, err);
	for (i = 0; !rc && i < n; i++) {
		if (i && strcmp(paths[i - 1], paths[i]) >= 0)
			rc = taut_db_damaged(db, "order of test files", err);
		else
			rc = taut_db_tests(db, e->id, paths[i], &tests, &ntests,
					   &known, err);
	}
	if (!rc)
		rc = check_tests(db, e, err);
	if (!rc && e->ncarriers > e->ntests)
		rc = taut_db_carrier(db, e->id, e->ntests, &kind, &owner, err);
	return rc;
}

int taut_db_check(struct taut_db *db, struct taut_err *err)
{
	struct taut_err mine = { 0 };
	size_t i;
	int rc;

	if (!err)
		err = &mine;
	rc = check_files(db, err);
	for (i = 0; i < db->nenvs && !rc; i++)
		rc = check_env(db, &db->envs[i].pub, err);
	return rc ? rc : check_groups(db, err);
}
