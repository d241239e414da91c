/*
 * run - the directories in which runs leave their logs.
 *
 *	CACHE/runs.lock		held while a run directory is made or claimed
 *	CACHE/runs/<random>/	one run:
 *		begin		whose logs these are: the database, the
 *				environment and its parts
 *		lock		flock'ed by the controller while it lives
 *		*.log		one per process (record.h)
 *		saved		folded in already; kept for the sake of others
 *
 * A directory whose lock can be taken and that is not saved is *dead*: its run
 * was killed, and whoever takes the lock folds the logs in and removes it.
 *
 * Two runs at once.  Each folds its logs into the database as it then is, so
 * both end up in it.  Where both executed the same test the record must be the
 * union, yet the second to finish cannot see what the first one learned: so a
 * run that finishes while others live leaves its directory, marked saved, and
 * the others apply its logs again, together with their own.  (Runs with
 * different caches do not see each other: then the later record replaces the
 * earlier one.  That is sound too, for it is a true record of one run whose
 * hashes are compared with the tree, but may run a test again.)
 *
 * `begin` is "taut-run", u32 TAUT_FORMAT, database path, environment name,
 * varint parts, each: name, value, u8 class; then the 16 byte digest of all
 * that.  Strings have a varint length before and a NUL after them.
 */
#ifndef TAUT_RUN_H
#define TAUT_RUN_H

#include "cache.h"

/* Whose logs: the database and the key of the environment. */
struct taut_run_key {
	const char *datafile;	/* absolute */
	const char *env;
	const struct taut_part *parts;
	size_t nparts;
};
int taut_run_key_same(const struct taut_run_key *a,
		      const struct taut_run_key *b);

/* ---- a run of our own ---- */

struct taut_run {
	char *dir;		/* owned; NULL: none */
	int lock;		/* descriptor */
	struct taut_map before;	/* names of the runs saved before it */
};

int taut_run_create(struct taut_run *r, struct taut_cache *c,
		    const struct taut_run_key *key, struct taut_err *err);
/* Let go of the lock.  The directory stays: dead, unless removed or saved. */
void taut_run_leave(struct taut_run *r);

/* ---- the others ---- */

struct taut_run_dir {
	const char *path;	/* in the list's arena, as are all below */
	const char *name;
	struct taut_run_key key;
	int saved;
	int lock;		/* descriptor while ours, else -1 */
	const char **logs;	/* paths: main.log first, then by name */
	size_t nlogs;
};
struct taut_run_list {
	struct taut_arena arena;
	struct taut_run_dir *v;	/* owned; dead and saved ones, by name */
	size_t n, cap;
	size_t nlive;		/* runs that go on, without our own */
};
#define TAUT_RUN_LIST_INIT { TAUT_ARENA_INIT, NULL, 0, 0, 0 }

/*
 * List the dead and the saved runs of `datafile`, and claim the dead.  `own`
 * (or NULL) is left out.  readonly: nothing is made or removed, and claims are
 * shared.
 */
int taut_run_scan(struct taut_run_list *l, const struct taut_cache *c,
		  const char *datafile, const struct taut_run *own,
		  int readonly, struct taut_err *err);
/* Logs of one directory, into `d`. */
int taut_run_logs(struct taut_run_list *l, struct taut_run_dir *d,
		  struct taut_err *err);
void taut_run_list_release(struct taut_run_list *l);

/* Mark it saved, if `keep`, else remove it.  Failure costs a later run the
 * same work again, no more. */
void taut_run_done(const char *dir, int keep);

#endif
