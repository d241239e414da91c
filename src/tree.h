/*
 * tree - the files as they are now.
 *
 * The only reader of what tests depend on: contents, listings, kinds of paths,
 * what an import finds.  Knows nothing of databases or of decisions; it says
 * what is there, as the digest that a recorder would log for it.
 *
 * It never blocks and never follows: what is no regular file is not opened,
 * and a file that cannot be read, is larger than TAUT_TREE_MAX or sits behind
 * a loop of links is "unreadable", which equals no recorded digest.
 *
 * Contents are hashed once and remembered in the stat cache, a local file:
 *
 *	"taut-stat", u32 TAUT_FORMAT, root (varint length, bytes), then by
 *	path in byte order: path, varints mtime ns, ctime ns, size, inode,
 *	16 bytes digest; at the end the 16 byte digest of all that
 *
 * An entry counts only while all four numbers are equal.  What was hashed
 * within TAUT_RACY_NS of its mtime or ctime is not kept: it could change
 * again without either moving.  A bad cache is an empty one.
 *
 *	taut_tree_open(&config, &tree, err);
 *	taut_tree_load(tree, "/cache/stat");
 *	taut_tree_look(tree, items, n, err);
 *	taut_tree_save(tree, "/cache/stat", err);
 */
#ifndef TAUT_TREE_H
#define TAUT_TREE_H

#include "util.h"

#define TAUT_TREE_MAX (1LL << 30)	/* bytes of the largest file read */
struct taut_tree;

struct taut_tree_config {
	const char *root;	/* copied */
	/* See struct taut_config; NULL: ENVVAR and DIST are unchecked. */
	int (*probe)(void *arg, int kind, const char *name,
		     struct taut_digest *out);
	void *probe_arg;
	int threads;		/* at most so many; 0: up to 4 */
};

enum taut_tree_state {
	TAUT_TREE_FOUND,	/* digest says what */
	TAUT_TREE_ABSENT,
	TAUT_TREE_UNREADABLE,
	TAUT_TREE_UNCHECKED,	/* a kind that only the probe knows */
};

struct taut_tree_item {
	int kind;		/* enum taut_kind */
	const char *path;	/* borrowed from the caller */
	int state;		/* out: enum taut_tree_state */
	struct taut_digest digest;	/* out */
	int exec;		/* out, of a content: may it be executed? */
};

int taut_tree_open(const struct taut_tree_config *c, struct taut_tree **out,
		   struct taut_err *err);
void taut_tree_close(struct taut_tree *t);

/* Read the stat cache; whatever is wrong with it, the cache is then empty.
 * Fails only for lack of memory. */
int taut_tree_load(struct taut_tree *t, const char *file,
		   struct taut_err *err);
/* Did looking find anything that the loaded cache does not say? */
int taut_tree_dirty(const struct taut_tree *t);
/* Write it if it is dirty; the old one is replaced as a whole. */
int taut_tree_save(struct taut_tree *t, const char *file,
		   struct taut_err *err);

/* Fill state and digest of every item.  Sorted paths are looked up fastest. */
int taut_tree_look(struct taut_tree *t, struct taut_tree_item *items,
		   size_t n, struct taut_err *err);
/* Contents read (not taken from the cache) since open. */
size_t taut_tree_nread(const struct taut_tree *t);

/* Append a file's bytes to `out`; *state says whether there were any. */
int taut_tree_read(struct taut_tree *t, const char *path, struct taut_buf *out,
		   int *state, struct taut_err *err);
/* The 40-bit hashes that Python source has (suites, docstrings and module
 * version): ascending, unique, owned by the caller (taut_free). */
int taut_tree_hashes(const void *bytes, size_t n, uint64_t **out, size_t *nout,
		     struct taut_err *err);

#endif
