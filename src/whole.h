/*
 * whole - everything below the root, as one digest: what a test depends on
 * whose child processes nobody could observe.
 *
 * Covers names, types, contents, whether a file may be executed, and where
 * links point; links are not followed.  Left out is what runs and tools leave
 * behind (version control, caches, bytecode, our own database and cache
 * directory, pytest's temporary directories) and what is installed
 * (site-packages, virtual environments, *.egg-info).
 *
 * Contents come from the tree and its stat cache: a second look costs one
 * stat a file.  Memory is bounded by the largest directories on one path.
 */
#ifndef TAUT_WHOLE_H
#define TAUT_WHOLE_H

#include "tree.h"

/*
 * Fill state and digest: UNREADABLE, which equals nothing, when some part
 * cannot be looked at.  What the user may not read counts by its name, size
 * and time.  `at` is the root, open.  Fails only for lack of memory.
 */
int taut_whole_look(struct taut_tree *t, const char *root, int at,
		    struct taut_tree_item *it);

#endif
