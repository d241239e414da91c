/*
 * store - what the database says, decoded, and how a run changes it.
 *
 * A store is the whole content of one database in memory (all environments).
 * It is loaded from a db, changed by applying logs, and turned into an image.
 * Also home of the save: lock, read again, apply, build, fsync, rename.
 *
 * Rules of apply (design section 6):
 *  - only tests that a log executed get a new record; where two logs executed
 *    the same test, the union; everybody else's record stays untouched,
 *    carriers included (a carrier is immutable: a new run makes new ones).
 *  - carriers other than tests are content addressed: same kind, owner, own
 *    content and same referenced closure = the same carrier (references may
 *    form cycles: Tarjan, then hash the components bottom up).
 *  - a carrier that no test reaches is dropped.
 *  - an environment is its name and IDENTITY parts; where the STATE parts
 *    differ, the stored results hold no longer and are dropped.
 *  - a new carrier of module c keeps c's stored STORES edges to modules that
 *    this run did not load.
 *  - collected-in-full files: stored tests that were not collected are gone;
 *    collected tests that have no record yet are stored as TAUT_NEW.
 *  - a test whose record is incomplete (carrier not final, missing reference)
 *    is stored as "must run" with the reason.
 *  - file.content is kept only while every stored hash of the file exists in
 *    that content; otherwise it is cleared (the file is then always scanned).
 */
#ifndef TAUT_STORE_H
#define TAUT_STORE_H

#include "db.h"

struct taut_store;

int taut_store_new(struct taut_store **out, struct taut_err *err);
/* Decode all of db; the store keeps nothing of it. */
int taut_store_load(struct taut_db *db, struct taut_store **out,
		    struct taut_err *err);
void taut_store_free(struct taut_store *s);

struct taut_apply {
	const char *env;		/* environment name */
	const struct taut_part *parts;	/* its key; see taut.h */
	size_t nparts;
	/* Does this test file still exist?  Tests of a file that is gone are
	 * dropped.  NULL: keep all. */
	int (*exists)(void *arg, const char *path);
	void *arg;
};
/* Apply the logs of one run, in the order given.  A torn tail is cut, a log
 * of another format is skipped; *learned says whether anything was applied. */
int taut_store_apply(struct taut_store *s, const struct taut_apply *a,
		     const char *const *logs, size_t nlogs, int *learned,
		     struct taut_err *err);
/* Union per (environment, node id); commutative, associative, idempotent.
 * Environments are matched by all their parts, STATE parts too: dropping one
 * of two states would depend on the order of merges. */
int taut_store_merge(struct taut_store *s, const struct taut_store *other,
		     struct taut_err *err);
/* The deterministic bytes of a complete database file. */
int taut_store_image(const struct taut_store *s, struct taut_buf *image,
		     struct taut_err *err);

/*
 * Put `image` in place of `path` (symbolic links resolved): temporary file in
 * tmpdir when that is on the same device, else beside it; fsync; rename; fsync
 * of the directory.  Equal bytes: nothing is touched.
 */
int taut_store_write(const char *path, const char *tmpdir,
		     const struct taut_buf *image, struct taut_err *err);

#endif
