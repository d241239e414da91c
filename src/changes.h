/*
 * changes - which files of a database differ from the tree, hash by hash.
 *
 * The bridge between db (what was recorded) and tree (what is there): for
 * select it turns a file into "this hash holds, that one is gone, for this
 * reason".  A file whose content is the recorded one costs a stat; only the
 * others are read and scanned.
 */
#ifndef TAUT_CHANGES_H
#define TAUT_CHANGES_H

#include "db.h"
#include "tree.h"

/* A file with at least one hash that is gone. */
struct taut_change {
	const struct taut_db_file *file;	/* borrowed from the db */
	int state;		/* enum taut_tree_state, now */
	struct taut_digest digest;	/* now, when found */
	int syntax;		/* found, but it does not compile */
	int broke;		/* for the session: it matters to our carriers */
	const char *fallback;	/* arena; why names do not tell (byname.h) */
	size_t nhashes;
	uint8_t *why;		/* arena; taut_select_sets() says what */
};
struct taut_changes {
	struct taut_arena arena;
	struct taut_change *v;	/* owned */
	size_t n, cap;
	size_t nunchecked;	/* inputs that nobody could look at */
	struct taut_tree_item *items;	/* owned; every file of the db now */
};
#define TAUT_CHANGES_INIT { TAUT_ARENA_INIT, NULL, 0, 0, 0, NULL }

struct taut_changes_how {
	/* See struct taut_config. */
	int (*compiles)(void *arg, const char *path, const void *bytes,
			size_t n);
	void *arg;
};

int taut_changes_find(struct taut_changes *c, struct taut_db *db,
		      struct taut_tree *tree,
		      const struct taut_changes_how *how,
		      struct taut_err *err);
void taut_changes_release(struct taut_changes *c);

#endif
