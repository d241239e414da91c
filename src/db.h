/*
 * db - the SQLite file as a whole: open, read rows, build a new image.
 *
 * The only module that includes sqlite3.h.  Knows the tables and their blobs
 * (sql/schema.sql documents both, byte by byte); knows nothing of logs,
 * locking, trees or decisions.
 *
 * A database is only ever read as it is or replaced as a whole: reading opens
 * it with mode=ro&immutable=1, or from an image in memory; writing builds a
 * fresh image (deterministic bytes) in memory and hands the bytes back.
 *
 * Ids.  All ids are dense and renumbered by each build, in a canonical order:
 * files by (kind, path); inside an environment tests by (test file, node id),
 * then the other carriers by (kind, owner, hash).  Ids never cross files.
 */
#ifndef TAUT_DB_H
#define TAUT_DB_H

#include "util.h"

struct taut_db;

/* ---- open ---- */

/* The file's bytes are read once; size, header, application id, version and
 * every blob's checksum (when the blob is used) are verified.
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
size_t taut_db_nenvs(const struct taut_db *db);
const struct taut_db_env *taut_db_env(const struct taut_db *db, size_t i);

/* ---- files ---- */

struct taut_db_file {
	uint32_t id;
	int kind;		/* enum taut_kind */
	const char *path;	/* NUL after it */
	size_t npath;
	int has_content;	/* content below is "the file as recorded" */
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
 * To be declared by the author of db: an in-memory model goes in, bytes of
 * a complete SQLite file come out. */

#endif
