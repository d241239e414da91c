/*
 * dbfile - what the parts of db share: reading (db.c and dbrows.c), building
 * (image.c) and groups (dbgroup.c).  The places of the header fields and of the
 * digest, and an open database with what was decoded of it.  Private to db.
 */
#ifndef TAUT_DBFILE_H
#define TAUT_DBFILE_H

#include <sqlite3.h>

#include "db.h"
#include "pack.h"

#define TAUT_DB_MAGIC "SQLite format 3"	/* and the NUL after it */
/* Below both, pages are small. */
#define TAUT_DB_SMALL_FILES 1000u
#define TAUT_DB_SMALL_TESTS 5000u
#define TAUT_DB_APPLICATION 0x74617574u	/* "taut" */

/* Offsets in the header of 100 bytes; numbers there are big endian. */
enum {
	TAUT_DB_AT_PAGE_SIZE = 16,
	TAUT_DB_AT_PAGES = 28,
	TAUT_DB_AT_USER_VERSION = 60,
	TAUT_DB_AT_APPLICATION = 68,
	TAUT_DB_AT_VALID_FOR = 92,
	TAUT_DB_HEADER = 100,
};

#define TAUT_DB_DIGEST_MARK "taut-digest-xxh3"	/* 16 bytes, then 16 more */

static inline uint32_t taut_db_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* Bytes a page, of an image that has a header. */
static inline uint32_t taut_db_page(const uint8_t *image)
{
	return (uint32_t)image[TAUT_DB_AT_PAGE_SIZE] << 8 |
	       image[TAUT_DB_AT_PAGE_SIZE + 1];
}

/* Where the 16 bytes of the digest lie in an image with a header; NULL
 * when the mark is not there. */
uint8_t *taut_db_digest_at(uint8_t *image, size_t n);
/* The digest of an image, its own 16 bytes (at `at`) taken as zero. */
struct taut_digest taut_db_image_digest(uint8_t *image, size_t n,
					uint8_t *at);

/* ---- an open database ---- */

enum taut_db_query {
	TAUT_Q_HASHES, TAUT_Q_VERS, TAUT_Q_POST, TAUT_Q_TESTS,
	TAUT_NGROUPED,		/* those above have groups */
	TAUT_Q_MODULES = TAUT_NGROUPED, TAUT_Q_CARRIERS, TAUT_Q_LISTS,
	TAUT_NQUERIES,
};
/* The group of a table that was read last; n = 0: none. */
struct taut_db_read_group {
	int64_t first;		/* id */
	uint32_t n;
	struct taut_buf bytes;	/* owned; the entries */
	struct taut_u32s ends;	/* owned; of each */
};
/* What was decoded of a file; kept until close. */
struct taut_db_fcache {
	const uint64_t *hashes;
	const struct taut_db_ver *vers;
	size_t nhashes, nvers;
	int have_hashes, have_vers;
};
struct taut_db_pcache {
	const struct taut_db_set *sets;
	size_t n;
	int have;
};
struct taut_db_tmod {
	uint32_t first, n;
	const struct taut_db_test *tests;	/* NULL until asked for */
};
struct taut_db_crow {
	uint8_t kind;
	const char *owner;
};
struct taut_db_ecache {
	struct taut_db_env pub;
	struct taut_db_pcache *posts;	/* in the arena; of each file */
	const struct taut_db_reflist *lists;
	size_t nlists;
	int have_lists, have_tmods;
	const struct taut_db_crow *carriers;
	struct taut_map paths;		/* of the test files, sorted */
	struct taut_db_tmod *tmods;	/* in the arena */
	const char **path_list;
};
struct taut_db {
	char *name;		/* for messages; in the arena */
	uint8_t *image;		/* owned; SQLite reads from it */
	size_t n;
	sqlite3 *sql;
	sqlite3_stmt *query[TAUT_NQUERIES];
	struct taut_db_read_group groups[TAUT_NGROUPED];
	struct taut_buf blob;	/* owned; scratch */
	struct taut_arena arena;
	struct taut_db_ecache *envs;
	size_t nenvs;
	struct taut_db_file *files;	/* NULL until asked for */
	struct taut_db_fcache *cache;
	size_t nfiles;
};

/* The message for damage that `what` names; returns TAUT_EDAMAGED. */
int taut_db_damaged(const struct taut_db *db, const char *what,
		    struct taut_err *err);
int taut_db_sql_failed(const struct taut_db *db, struct taut_err *err);
/* n elements in the database's arena, zeroed, also for n = 0. */
void *taut_db_alloc(struct taut_db *db, size_t n, size_t elem);
/*
 * Run query `q` for *id: 1, the row's own id and its one blob (valid until the
 * next query of that name), 0 when there is no such row.
 */
int taut_db_blob(struct taut_db *db, enum taut_db_query q, int64_t *id,
		 struct taut_rd *rd, struct taut_err *err);
/* A squeezed blob of an environment; valid until the next call. */
int taut_db_env_blob(struct taut_db *db, enum taut_db_query q, uint32_t env,
		     struct taut_rd *rd, struct taut_err *err);
/* A copy of a text column; NULL out of memory, or bad when a NUL is inside. */
char *taut_db_text(struct taut_db *db, sqlite3_stmt *st, int i, size_t *n,
		   int *bad);
/* An integer column that must lie in 0 .. max. */
uint32_t taut_db_int(sqlite3_stmt *st, int i, uint32_t max, int *bad);

/* ---- groups ---- */

/* Groups being built, of entries that come in the order of their ids. */
struct taut_db_group {
	struct taut_buf bytes;	/* owned; of entries that are in no row yet */
	struct taut_u32s sizes, hashes;	/* owned; of each */
	size_t total;		/* of the sizes */
	struct taut_buf lengths, squeezed;	/* owned; scratch */
	struct taut_u32s ends;	/* owned; scratch */
};
/* An entry of so many bytes that belongs to `path`. */
int taut_db_group_add(struct taut_db_group *g, size_t size, const char *path,
		      size_t n);
/* How many entries are the next group; 0: more must be added.  After the last
 * entry, ask until there are none. */
size_t taut_db_group_cut(const struct taut_db_group *g, int last);
/* Append the first n as a group, squeezed, and forget them. */
int taut_db_group_take(struct taut_db_group *g, size_t n,
		       struct taut_buf *out);
/* Forget the first n; `bytes` are not used. */
void taut_db_group_drop(struct taut_db_group *g, size_t n);
void taut_db_group_release(struct taut_db_group *g);

/* The entry with this id; valid until the next call for its table. */
int taut_db_entry(struct taut_db *db, enum taut_db_query q, int64_t id,
		  struct taut_rd *rd, struct taut_err *err);
/* Do groups hold just the n ids from `first` on?  Adds their number. */
int taut_db_count_groups(struct taut_db *db, enum taut_db_query q,
			 int64_t first, size_t n, size_t *groups,
			 struct taut_err *err);

#endif
