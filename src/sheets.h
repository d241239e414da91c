/*
 * sheets - the sheets of all Python files of a project, as they are now.
 *
 * A sheet comes from the cache, found by the digest of the file.  What the
 * cache lacks is scanned at once, by several threads, into a second one in
 * memory, so that all sheets are read the same way: only those that are asked
 * for, and only the files that say a name for "who says it?".
 *
 *	taut_sheets_open(&s, tree, items, n, "/cache/names", err);
 *	taut_sheets_who(&s, name, &files, &n, err);
 *	taut_sheets_get(&s, files[0], &sheet, err);
 */
#ifndef TAUT_SHEETS_H
#define TAUT_SHEETS_H

#include "sheetcache.h"
#include "tree.h"

struct taut_sheets {
	struct taut_tree *tree;		/* borrowed */
	const struct taut_tree_item *items;	/* borrowed; of the files */
	uint32_t nfiles;
	/* What was in the file, and what it lacks. */
	struct taut_sheetcache old, fresh;
	/* Owned; by file: where its sheet is, or NULL. */
	const struct taut_sheet_entry **entries;
	struct taut_sheet **sheets;	/* owned; by file: NULL, not read yet */
	/* Owned; by entry: the first file of it + 1, and by file: the next one
	 * with the same content. */
	uint32_t *old_first, *fresh_first, *next;
	int damaged;		/* the cache, to be written anew */
	struct taut_map names;	/* asked for */
	struct taut_sheets_who {
		const uint32_t *files;	/* in the arena */
		size_t n;
	} *who;			/* owned; by name */
	size_t cwho;
	struct taut_arena arena;
};

/* items[0 .. nfiles), Python files, were looked at; they stay.  Release `s`
 * either way. */
int taut_sheets_open(struct taut_sheets *s, struct taut_tree *tree,
		     const struct taut_tree_item *items, uint32_t nfiles,
		     const char *cachefile, struct taut_err *err);
void taut_sheets_release(struct taut_sheets *s);

/* What is known of a file without its sheet; NULL: it is not there. */
const struct taut_sheet_entry *taut_sheets_entry(const struct taut_sheets *s,
						 uint32_t file);
/* The sheet of a file; *out NULL: it is gone meanwhile. */
int taut_sheets_get(struct taut_sheets *s, uint32_t file,
		    const struct taut_sheet **out, struct taut_err *err);
/* The files that say a name, ascending. */
int taut_sheets_who(struct taut_sheets *s, uint32_t name,
		    const uint32_t **files, size_t *n, struct taut_err *err);

/* Is it worth writing?  A few files are rather scanned again. */
int taut_sheets_dirty(const struct taut_sheets *s);
int taut_sheets_save(struct taut_sheets *s, const char *cachefile,
		     struct taut_err *err);

#endif
