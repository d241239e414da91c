/*
 * dir - one directory's names, and what they mean to `import` and to a test.
 *
 * Read once, asked often: a directory on sys.path is looked into for every
 * name that was ever imported.  Knows no root and no cache: directories are
 * named relative to an open directory, as openat(2) does.
 */
#ifndef TAUT_DIR_H
#define TAUT_DIR_H

#include "util.h"

/* A file or directory that was changed so recently can change again without a
 * new time: kernels tick in milliseconds, file systems in up to two seconds. */
#define TAUT_RACY_NS 2000000000LL

struct taut_dir_entry {
	const char *name;	/* owned by the arena */
	unsigned char type;	/* DT_* of readdir(3) */
};
struct taut_dir {
	struct taut_arena arena;
	struct taut_dir_entry *entries;	/* owned; sorted by bytes of name */
	size_t n, cap;
};
#define TAUT_DIR_INIT { TAUT_ARENA_INIT, NULL, 0, 0 }

/* TAUT_ENOTFOUND: no such directory.  TAUT_EIO: errno says why not. */
int taut_dir_read(int at, const char *path, struct taut_dir *d);
/* Asked right after a failed read: does Python's import system take such a
 * directory for an empty one?  (Absent, no directory, or not permitted.) */
int taut_dir_is_empty(int rc);
void taut_dir_release(struct taut_dir *d);

/* Digest of the names that count (taut_input_digest in taut.h). */
int taut_dir_listing(const struct taut_dir *d, struct taut_digest *out);
/* taut_lookup_state in the directory `path`, whose names `d` holds. */
char taut_dir_lookup(int at, const char *path, const struct taut_dir *d,
		     const char *name);
/* '-', 'f', 'd', 'o': what a path is, links followed; 0: cannot be told. */
char taut_dir_exists(int at, const char *path);
/* The same as a digest, with 'x' for a file that may be executed, and where a
 * link points.  TAUT_EIO: cannot be told. */
int taut_dir_path(int at, const char *path, struct taut_digest *out);

#endif
