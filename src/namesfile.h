/*
 * namesfile - the inside of names: the walk (names.c), what a hit does
 * (nameshit.c), what makes an edit more than an edit (namesedit.c).
 */
#ifndef TAUT_NAMESFILE_H
#define TAUT_NAMESFILE_H

#include "names.h"

/* A changed name, in the order of finding. */
struct taut_name {
	uint32_t file, name;
	uint32_t step;
	uint8_t member;		/* of a class, else of the module */
	uint8_t missing;	/* it may not be there when it is looked up */
};

/* A unit that may have stored into all that it mentions. */
struct taut_root {
	uint32_t file, unit, step;
};

enum {
	TAUT_FILE_TOUCHED = 1,	/* a name of it is changed */
	TAUT_FILE_BROKEN = 2,
	TAUT_FILE_RAN = 4,	/* its import ran a hit suite */
};

struct taut_walk {
	struct taut_names *out;
	const struct taut_names_project *p;
	struct taut_err *err;
	struct taut_name *names;	/* owned; the queue */
	size_t n, cap;
	struct taut_map seen;	/* file, name, member, missing */
	struct taut_map searched;	/* what all files were searched for */
	struct taut_map hits;	/* file, suite or unit, which, missing */
	uint8_t *state;		/* owned; by file */
	uint32_t *stars;	/* owned; files with a star import */
	size_t nstars;
	/* Units whose mentions are still to be followed backwards. */
	struct taut_root *roots;	/* owned; a queue */
	size_t nroots, croots;
};

/* All return 0 or an error. */

int taut_walk_sheet(struct taut_walk *w, uint32_t file,
		    const struct taut_sheet **out);
/* TAUT_MAP_NONE: out of memory. */
uint32_t taut_walk_step(struct taut_walk *w, uint32_t file, uint32_t line,
			const char *what, uint32_t from);
int taut_walk_mark(struct taut_walk *w, const struct taut_name *name);
int taut_walk_break(struct taut_walk *w, uint32_t file, uint32_t step);
/* Every file with a unit of module level that binds `name`. */
int taut_walk_binders(struct taut_walk *w, uint32_t name,
		      int (*found)(struct taut_walk *w, uint32_t file,
				   void *arg),
		      void *arg);

/* nameshit.c: a text mentions a changed name. */
int taut_walk_root(struct taut_walk *w, const struct taut_root *root);
int taut_walk_hit_suite(struct taut_walk *w, uint32_t file, uint32_t suite,
			const struct taut_name *by);
int taut_walk_hit_unit(struct taut_walk *w, uint32_t file, uint32_t unit,
		       const struct taut_name *by);

/* namesedit.c: the names that the edit changes; out->fallback when that is
 * not all it may do. */
int taut_walk_edit(struct taut_walk *w, uint32_t file,
		   const struct taut_db_ver *old);
/* The same of a unit that stands there and would be edited. */
int taut_walk_edit_unit(struct taut_walk *w, uint32_t file, uint32_t unit);
/* Does making the class that `unit` is do anything but call type()? */
int taut_walk_plain(struct taut_walk *w,
		    const struct taut_sheet *s,
		    const struct taut_sheet_unit *unit, int depth, int *plain);

static inline int taut_unit_binds(const struct taut_sheet_unit *u,
				  uint32_t name)
{
	uint32_t i;

	for (i = 0; i < u->nnames; i++)
		if (u->keys[i] == name)
			return 1;
	return 0;
}

#endif
