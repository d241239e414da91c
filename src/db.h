/*
 * db - the SQLite file as a whole: open, read rows, build a new image.
 *
 * The only module that includes sqlite3.h.  Knows the tables and their blobs
 * (sql/schema.sql documents both, byte by byte); knows nothing of logs,
 * locking, trees or decisions.
 *
 * A database is only ever read as it is or replaced as a whole.  Reading takes
 * the file's bytes once and lets SQLite look at the copy in memory: no locks,
 * no side files, a read-only file system will do, and a path may hold any byte
 * (a URI's '?', '#' and '%' need no care).  Writing builds a fresh image
 * (deterministic bytes) in memory and hands the bytes back.
 *
 * One digest of the whole file is checked when it is opened.  A checksum in
 * each blob would not do: a flipped bit in SQLite's own page structure can
 * make rows vanish, and a row that is not there has no checksum to fail.  The
 * decoders trust nothing all the same: every count and id is bounded.
 *
 * Ids.  All ids are dense and renumbered by each build, in a canonical order:
 * files by (kind, path); inside an environment tests by (test file, node id),
 * then the other carriers by (kind, owner, hash).  Ids never cross files.
 */
#ifndef TAUT_DB_H
#define TAUT_DB_H

#include "record.h"

struct taut_db;

/* ---- open ---- */

/* Size, header, application id, version and digest are verified.
 * TAUT_ENOTFOUND: no such file.  TAUT_EDAMAGED / TAUT_EVERSION / TAUT_EIO: one
 * clear message that names the path and says what to do. */
int taut_db_open(const char *path, struct taut_db **out, struct taut_err *err);
/* From an image in memory, which is copied. */
int taut_db_open_image(const void *p, size_t n, struct taut_db **out,
		       struct taut_err *err);
void taut_db_close(struct taut_db *db);

/* ---- environments ---- */

struct taut_db_env {
	uint32_t id;
	const char *name;	/* borrowed from db, as are all below */
	uint32_t nparts;
	const struct taut_part *parts;
	uint32_t ntests;	/* test ids are 0 .. ntests-1 */
	uint32_t ncarriers;	/* all carriers, tests included */
	uint32_t nmust;		/* tests that must run, ascending */
	const uint32_t *must;
};
/*
 * A run keeps one row per name and IDENTITY parts; a merge of two databases
 * may leave several that differ in their STATE parts: look for the row whose
 * parts are all equal.
 */
size_t taut_db_nenvs(const struct taut_db *db);
const struct taut_db_env *taut_db_env(const struct taut_db *db, size_t i);

/* ---- files ---- */

struct taut_db_file {
	uint32_t id;
	int kind;		/* enum taut_kind */
	const char *path;	/* NUL after it */
	size_t npath;
	int has_content;	/* content below is "the file as recorded";
				 * TAUT_PY only, others have their one hash */
	struct taut_digest content;
};
/* All file rows, loaded at the first call; NULL and err on damage. */
const struct taut_db_file *taut_db_files(struct taut_db *db, size_t *n,
					 struct taut_err *err);
/* The 40-bit hashes of `file` that some carrier refers to, ascending.  For
 * TAUT_PY these are suites, the doc suite and module versions, all in one
 * list; for other kinds one hash per digest seen.  Borrowed until close. */
int taut_db_hashes(struct taut_db *db, uint32_t file, const uint64_t **hashes,
		   size_t *n, struct taut_err *err);

/* The one hash of a dependency that is not TAUT_PY: its digest's first 40
 * bits. */
static inline uint64_t taut_db_digest_hash(const struct taut_digest *d)
{
	return (uint64_t)d->b[0] << 32 | (uint64_t)d->b[1] << 24 |
	       (uint64_t)d->b[2] << 16 | (uint64_t)d->b[3] << 8 | d->b[4];
}

/* The module versions of a Python file that some carrier refers to: the units
 * behind the VERSION hashes, and the docstrings behind the DOC hashes,
 * ascending by hash. */
struct taut_db_ver {
	uint64_t hash;
	uint32_t nunits;
	uint8_t docs;		/* units of docstrings; a VERSION has none but
				 * the module's */
	const struct taut_rec_unit *units;
};
int taut_db_vers(struct taut_db *db, uint32_t file,
		 const struct taut_db_ver **vers, size_t *n,
		 struct taut_err *err);

/* ---- postings: file -> sets of hashes -> carriers ---- */

struct taut_db_set {
	uint32_t nhashes;
	const uint32_t *hashes;		/* indices into taut_db_hashes */
	uint32_t ncarriers;
	const uint32_t *carriers;	/* ascending */
};
/* The distinct hash sets of one file in one environment (n = 0: none). */
int taut_db_post(struct taut_db *db, uint32_t env, uint32_t file,
		 const struct taut_db_set **sets, size_t *n,
		 struct taut_err *err);

/* ---- references: distinct lists, each shared by its users ---- */

struct taut_db_reflist {
	uint32_t nrefs;
	const uint32_t *refs;		/* carriers referred to, ascending */
	const uint8_t *edges;		/* enum taut_edge of each */
	uint32_t nusers;
	const uint32_t *users;		/* carriers that have this list */
};
int taut_db_reflists(struct taut_db *db, uint32_t env,
		     const struct taut_db_reflist **lists, size_t *n,
		     struct taut_err *err);

/* ---- tests and other carriers ---- */

struct taut_db_test {
	uint32_t id;
	const char *path;	/* test file */
	const char *nodeid;
	int outcome;		/* enum taut_outcome */
	const char *must_run;	/* NULL, or why its record is incomplete */
};
/* The tests of one test file; n = 0 and *known = 0 when it is not known. */
int taut_db_tests(struct taut_db *db, uint32_t env, const char *path,
		  const struct taut_db_test **tests, size_t *n, int *known,
		  struct taut_err *err);
/* One test by id. */
int taut_db_test(struct taut_db *db, uint32_t env, uint32_t id,
		 struct taut_db_test *out, struct taut_err *err);
/* The paths of all test files known in env (also those without tests). */
int taut_db_test_files(struct taut_db *db, uint32_t env,
		       const char *const **paths, size_t *n,
		       struct taut_err *err);
/* Kind and owner of a carrier that is no test (id >= ntests). */
int taut_db_carrier(struct taut_db *db, uint32_t env, uint32_t id,
		    int *kind, const char **owner, struct taut_err *err);

/* Verify every checksum, id and cross reference. */
int taut_db_check(struct taut_db *db, struct taut_err *err);

/* ---- building (used by store) ----
 *
 * The caller has sorted and numbered everything as the ids above demand, and
 * every id is in range.  A set without carriers, and a list without users, is
 * not allowed.
 */

struct taut_image_file {
	struct taut_db_file file;
	size_t nhashes, nvers;
	const uint64_t *hashes;
	const struct taut_db_ver *vers;
};
struct taut_image_post {
	uint32_t file;
	size_t nsets;
	const struct taut_db_set *sets;	/* by their first carrier */
};
struct taut_image_carrier {
	int kind;
	const char *owner;
};
struct taut_image_tmod {
	const char *path;
	uint32_t ntests;	/* the next ones of env.tests */
};
struct taut_image_env {
	const char *name;
	uint32_t nparts, ntests, ncarriers;
	const struct taut_part *parts;
	const struct taut_db_test *tests;
	const struct taut_image_carrier *carriers;	/* from ntests on */
	size_t ntmods, nposts, nlists;
	const struct taut_image_tmod *tmods;
	const struct taut_image_post *posts;	/* ascending by file */
	const struct taut_db_reflist *lists;	/* by their first user */
};
struct taut_image {
	size_t nfiles, nenvs;
	const struct taut_image_file *files;
	const struct taut_image_env *envs;
};
int taut_db_build(const struct taut_image *m, struct taut_buf *out,
		  struct taut_err *err);

/* Must this test run, whatever changed? */
static inline int taut_db_must(const struct taut_db_test *t)
{
	return t->outcome == TAUT_FAILED || t->outcome == TAUT_NEW ||
	       t->must_run != NULL;
}

#endif
