/*
 * save - fold the logs of runs into the database file.
 *
 * One save: flock the directory of the database, read it again, apply the
 * logs, build the new image, put it in place (store.h), let go.  The
 * directory is locked, not a file, so that nothing is left beside the
 * database; on a file system without such locks a file in the cache is.
 *
 * The record of a test is replaced by what this run learned.  Where another
 * run executed the same test meanwhile it is the union of both (run.h says
 * how), so a slow run never hides a newer result.  A database that is damaged
 * or of another version counts as empty and is replaced.
 *
 * Durations go to the cache at the same time; failing to is no failure.
 */
#ifndef TAUT_SAVE_H
#define TAUT_SAVE_H

#include "db.h"
#include "run.h"

struct taut_save {
	const char *root;	/* absolute */
	struct taut_cache *cache;
	const struct taut_run_key *key;
	struct taut_run *own;	/* the run that ends, or NULL: the dead only */
};

/*
 * Fold in the dead runs and `own`, whose directory is then removed (or left
 * for runs that still go on).  On failure all logs stay where they are.
 */
int taut_save_fold(const struct taut_save *s, struct taut_err *err);

/*
 * The same for a reader who may not write: a database in memory, made of `db`
 * (NULL: none) and the dead runs.  *out is NULL when there is nothing to add.
 */
int taut_save_overlay(const struct taut_save *s, struct taut_db *db,
		      struct taut_db **out, struct taut_err *err);

#endif
