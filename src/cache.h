/*
 * cache - the cache directory: where it is, making it, its locks.
 *
 * Holds what may be lost: the stat cache (tree.h), durations (durations.h)
 * and the logs of runs that are not folded in yet (run.h).
 *
 * The directory is named by the caller, else by $TAUT_CACHE_DIR, else it is
 * .taut_cache in the root.  Where that cannot be written it is
 * $XDG_CACHE_HOME/taut/<hash of root> (~/.cache by default).  Nothing is made
 * before somebody wants to write; then it gets the two files by which git and
 * backup programs know a cache.
 */
#ifndef TAUT_CACHE_H
#define TAUT_CACHE_H

#include "util.h"

struct taut_cache {
	char *dir;	/* owned; absolute; NULL: there is no place for one */
	int made;	/* taut_cache_make succeeded */
};

/* Decide where it is; touches nothing. */
int taut_cache_locate(struct taut_cache *c, const char *root, const char *dir,
		      struct taut_err *err);
void taut_cache_release(struct taut_cache *c);
/* Make it, parents included.  TAUT_EIO: not possible, msg says what to do. */
int taut_cache_make(struct taut_cache *c, struct taut_err *err);
/* DIR/NAME into `out`, with a NUL after it that is not counted. */
int taut_cache_path(const struct taut_cache *c, const char *name,
		    struct taut_buf *out, struct taut_err *err);

/* Wait for the exclusive flock(2) of `path`, a file (made if absent and
 * `make`) or a directory; close the descriptor to let go.  TAUT_EINVAL: this
 * file system has no such locks. */
int taut_lock_wait(const char *path, int make, int *fd, struct taut_err *err);

#endif
