/*
 * namesfile - the inside of names: the walk (names.c), what a hit does
 * (nameshit.c), what makes an edit more than an edit (namesedit.c), of imports
 * (namesimport.c), plain classes (namesclass.c), members that are found by their
 * names (namesmember.c), values (namesvalue.c), modules by their paths
 * (namestop.c), who imports them (namesload.c), code that no text calls
 * (namesloud.c).
 */
#ifndef TAUT_NAMESFILE_H
#define TAUT_NAMESFILE_H

#include "names.h"
#include "verdiff.h"

/* A changed name, in the order of finding. */
struct taut_name {
	uint32_t file, name;
	uint32_t step;
	uint8_t member;		/* of a class, else of the module */
	uint8_t missing;	/* it may not be there when it is looked up */
	uint8_t only;		/* enum taut_names_only; not NONE: what it says
				 * of itself, nothing else */
	uint8_t fixture;	/* a parameter of that name may be it */
	uint8_t in_text;	/* it is looked for in the name of its module,
				 * which a text says */
	uint8_t bare;	/* a member: for who says it as an attribute, nobody
			 * else */
	uint8_t loaded;	/* a submodule: not for who imports it himself */
	uint32_t module;	/* then its file */
};

/* The end of a module's dotted path, of one part or more. */
struct taut_module {
	uint32_t path;	/* as struct taut_unit.calls */
	uint32_t file;
};

/* A unit that may have stored into all that it hands on. */
struct taut_root {
	uint32_t file, unit, step;
};

enum {
	TAUT_FILE_TOUCHED = 1,	/* a name of it is changed */
	TAUT_FILE_BROKEN = 2,
	TAUT_FILE_AGAIN = 8,	/* its import may fail */
	TAUT_FILE_CAUGHT = 16,	/* ... and somebody catches that */
	TAUT_FILE_PASSED = 32,	/* ... nobody does */
};

struct taut_walk {
	struct taut_names *out;
	const struct taut_names_project *p;
	uint32_t edited;	/* the file */
	struct taut_err *err;
	struct taut_name *names;	/* owned; the queue */
	size_t n, cap;
	struct taut_map seen;	/* file, name, member, missing */
	struct taut_map searched;	/* what all files were searched for */
	/* Imports that said a name searched for, but took another file's: lists
	 * by name and how, each with its first and all with the next. */
	struct taut_map passing;
	uint32_t *first;	/* owned; by list */
	size_t cfirst;
	struct taut_passed {
		uint32_t file, unit, next;
	} *passed;		/* owned */
	size_t npassed, cpassed;
	struct taut_map hits;	/* file, suite or unit, which, missing */
	struct taut_map looking;	/* classes: is it plain? */
	struct taut_map tops;	/* the project's packages and modules */
	uint8_t *state;		/* owned; by file */
	int attrs;		/* ... who computes names of attributes, a bit
				 * for each enum taut_names_only */
	int test_attrs;		/* ... in files of tests */
	int loud;		/* taut_walk_is_loud() */
	uint32_t *stars;	/* owned; files with a star import */
	size_t nstars;
	struct taut_module *modules;	/* owned; ascending, once needed */
	size_t nmodules;
	/* Units whose mentions are still to be followed backwards. */
	struct taut_root *roots;	/* owned; a queue */
	size_t nroots, croots;
};

/* All return 0 or an error. */

int taut_walk_sheet(struct taut_walk *w, uint32_t file,
		    const struct taut_sheet **out);
/* Was this combination not in the map?  It is now.  Negative: out of memory. */
int taut_walk_is_new(struct taut_map *m, const uint32_t *key, size_t n);
/* TAUT_MAP_NONE: out of memory. */
uint32_t taut_walk_step(struct taut_walk *w, uint32_t file, uint32_t line,
			const char *what, uint32_t from);
int taut_walk_mark(struct taut_walk *w, const struct taut_name *name);
int taut_walk_hit(struct taut_walk *w, const struct taut_names_hit *hit);
/* All who depend on the module are hit. */
int taut_walk_break(struct taut_walk *w, uint32_t file, uint32_t step);
/* Its import may fail: somebody has to try. */
int taut_walk_again(struct taut_walk *w, uint32_t file);
/* Every file with a unit of module level that binds `name`. */
int taut_walk_binders(struct taut_walk *w, uint32_t name,
		      int (*found)(struct taut_walk *w, uint32_t file,
				   void *arg),
		      void *arg);
/* Does any unit of module level bind it?  *yes. */
int taut_walk_is_bound(struct taut_walk *w, uint32_t name, int *yes);
/* Star imports bind the name, for all that is known. */
int taut_walk_stars(struct taut_walk *w, const struct taut_name *by);
/* Suites that compute the names of attributes, once. */
int taut_walk_attrs(struct taut_walk *w, const struct taut_name *by);
/* Those of them that may have an object of a test's class. */
int taut_walk_test_attrs(struct taut_walk *w, const struct taut_name *by);
/* Suites that use something of this package (TAUT_MENTION_TOP). */
int taut_walk_users(struct taut_walk *w, uint32_t top, uint32_t step);

/* namestop.c: modules by their paths. */
#define TAUT_PARTS 64
/* The hashes of a path's parts, without `.py` and `/__init__`. */
size_t taut_walk_parts(const char *path, uint64_t *parts);
/* Is parts[0..n) of `path` a package? */
int taut_walk_is_package(const struct taut_walk *w, const char *path, size_t n);
/* Is it a top-level package or module of the project?  *yes. */
int taut_walk_is_top(struct taut_walk *w, uint32_t top, int *yes);
/* The same of a name as texts have it. */
int taut_walk_is_top_name(struct taut_walk *w, uint32_t name, int *yes);
/* Where file `user` says the last name of module `file` alone: does it mean
 * another module, which it imports by a longer path?  *other. */
int taut_walk_means_other(struct taut_walk *w, uint32_t user, uint32_t file,
			  int *other);
/* Is the file a package's own? */
int taut_walk_is_init(const struct taut_walk *w, uint32_t file);
/* The one file whose path ends so, or TAUT_MAP_NONE. */
int taut_walk_one_module(struct taut_walk *w, uint32_t path, uint32_t *file);
/* The first file whose path ends so (struct taut_unit.calls); *file is
 * TAUT_MAP_NONE: none of the project's. */
int taut_walk_module(struct taut_walk *w, uint32_t path, uint32_t *file);
/* The same of the module that an import unit names; but none where that is
 * Python's for certain. */
int taut_walk_imported(struct taut_walk *w, const struct taut_sheet_unit *u,
		       uint32_t *file);
/* The module of the project that an import loads, if there is just one whose
 * path ends so: from a top-level directory, or behind dots. */
int taut_walk_only_module(struct taut_walk *w, const struct taut_sheet_unit *u,
			  uint32_t *file);

/* nameshit.c: a text mentions a changed name. */
int taut_walk_root(struct taut_walk *w, const struct taut_root *root);
int taut_walk_hit_suite(struct taut_walk *w, uint32_t file, uint32_t suite,
			const struct taut_name *by);
int taut_walk_hit_unit(struct taut_walk *w, uint32_t file, uint32_t unit,
		       const struct taut_name *by);
/* What running a unit otherwise may do, beside binding its names. */
int taut_walk_alter(struct taut_walk *w, uint32_t file,
		    const struct taut_sheet *s,
		    const struct taut_sheet_unit *u, uint32_t step);
/* Does a unit that only gives values run code of the project, by operators and
 * such, that may store something?  *loud. */
int taut_walk_is_loud(struct taut_walk *w, const struct taut_sheet *s,
		      const struct taut_sheet_unit *u, int *loud);
/* Is it on record that the import of the file ran such code, or may it have? */
int taut_walk_was_loud(struct taut_walk *w, uint32_t file, int *loud);
/* The same of making the class "Outer.Inner" that a unit is a part of; *found:
 * is it there? */
int taut_walk_alter_class(struct taut_walk *w, uint32_t file,
			  const struct taut_sheet *s, const char *owner,
			  uint32_t step, int *found);
/* Every part of "Outer.Inner" as a name. */
int taut_walk_owners(struct taut_walk *w, const char *owner,
		     struct taut_name *name);
/* Is one of the decorators of a def the project's?  *yes. */
int taut_walk_is_wrapped(struct taut_walk *w, const struct taut_sheet *s,
			 const struct taut_sheet_unit *u, int *yes);
/* May a parameter of its name be what a unit binds? */
int taut_walk_is_fixture(const struct taut_walk *w, uint32_t file, int kind,
			 int effect);
/* The tests that a def or class of a test file makes, or made; `name`: what
 * it binds first, or NULL. */
int taut_walk_tests(struct taut_walk *w, uint32_t file, int kind,
		    const char *name, uint32_t step, int only);
/* The names that a unit binds, and the class that it is a part of. */
int taut_walk_names(struct taut_walk *w, uint32_t file,
		    const struct taut_sheet_unit *u,
		    const struct taut_name *by);
/* May running the unit of a def or class read what functions say of themselves
 * (TAUT_ONLY_FUNCTION_DOCS, NOTES), and do something with it?  *yes. */
int taut_walk_reads(struct taut_walk *w, uint32_t file,
		    const struct taut_sheet *s, const struct taut_sheet_unit *u,
		    int only, int *yes);
/* Modules that asked functions of the edited file for what they say while they
 * were imported: any of their units may have. */
int taut_walk_hit_askers(struct taut_walk *w, int only, uint32_t step);
/* Does Python or pytest look for what the unit binds? */
int taut_walk_is_special(const struct taut_walk *w, uint32_t file,
			 const char *owner, const char *name);

/* namesedit.c: the names that the edit changes; out->fallback when that is
 * not all it may do. */
int taut_walk_edit(struct taut_walk *w, uint32_t file,
		   const struct taut_db_ver *old);
/* The same of docstrings. */
int taut_walk_edit_docs(struct taut_walk *w, uint32_t file,
			const struct taut_db_ver *old);
/* The same of a unit that stands there and would be edited. */
int taut_walk_edit_unit(struct taut_walk *w, uint32_t file, uint32_t unit);

/* A unit, old or new. */
struct taut_edit {
	int kind, effect;
	uint32_t hash, branch, calls;
	const char *owner;
	uint32_t nnames;
	const char *const *names;
	uint32_t line;
	uint32_t now; /* its number in the sheet, or TAUT_MAP_NONE: gone */
	uint32_t was; /* gone or moved: its number in the old version */
	int moved;
};

struct taut_editor {
	struct taut_walk *w;
	uint32_t file;
	const struct taut_sheet *s;
	const struct taut_db_ver *old;
	struct taut_verdiff diff;
	uint8_t *circle; /* the arena's; once needed: who imports it */
	int stored;	 /* a test file, whose import may have stored something */
};

/* Unit i of the old version, or of the file now. */
struct taut_edit taut_edit_at(const struct taut_editor *e, int old, uint32_t i);

static inline uint32_t taut_edit_nunits(const struct taut_editor *e, int old)
{
	return old ? e->old->nunits : e->s->nunits;
}
/* Is the file a test file, or a conftest? */
static inline int taut_edit_in_test(const struct taut_editor *e)
{
	return e->w->p->files[e->file].role != TAUT_NAMES_CODE;
}
/* Do both bind the same first name in the same class? */
int taut_edit_same_name(const struct taut_edit *u, const char *owner,
			uint32_t nnames, const char *const *names);
/* Of a unit that is gone nothing is left but a hash of the names in it: does one
 * that is there call the same? */
int taut_edit_calls_the_same(const struct taut_editor *e,
			     const struct taut_edit *u);
/* The unit of the definition itself, or NULL. */
const struct taut_sheet_unit *taut_edit_defined(const struct taut_sheet *s,
						const char *owner,
						const char *name);

/* namesmove.c: is it a move that changes nothing but the order? */
int taut_edit_is_inert_move(const struct taut_editor *e,
			    const struct taut_edit *u);

/* namesimport.c: why an import that is new, moved or gone is more than the name
 * it binds; what else it changes is marked. */
int taut_edit_import(struct taut_editor *e, const struct taut_edit *u,
		     const char **why);

/* namesload.c: who imports a file. */
/* Does any file import this one by a statement? */
int taut_walk_is_imported(struct taut_walk *w, uint32_t file, int *found);
/* Is what the import unit binds this file's module, not a name in it? */
int taut_walk_is_module(const struct taut_walk *w, uint32_t file,
			const struct taut_text *import);
/* Does the import unit take a name from elsewhere for certain, which is no name
 * of this file's?  *yes. */
int taut_walk_is_elsewhere(struct taut_walk *w, uint32_t file, uint32_t name,
			   const struct taut_sheet_unit *import, int *yes);
/* Does that file import this one while it is imported itself? */
int taut_walk_imports(struct taut_walk *w, uint32_t importer, uint32_t file,
		      int *yes);
/* seen[i] = 1: importing file i imports this one, or is it. */
int taut_walk_importers(struct taut_walk *w, uint32_t file, uint8_t *seen);
/* May an error of its import be caught, so that those who depend on it do not
 * fail but differ? */
int taut_walk_is_caught(struct taut_walk *w, uint32_t file, int *caught);

/* namesvalue.c: does the unit say any code of the project? */
int taut_walk_says_project(struct taut_walk *w, const struct taut_sheet *s,
			   const struct taut_sheet_unit *u, int *yes);
/* Who uses the libraries from which the values come that it says is hit. */
int taut_walk_hit_sources(struct taut_walk *w, const struct taut_sheet *s,
			  const struct taut_sheet_unit *u, uint32_t step);

/* namesclass.c: does making the class that `unit` is do anything but call
 * type()? */
int taut_walk_plain(struct taut_walk *w,
		    const struct taut_sheet *s,
		    const struct taut_sheet_unit *unit, int *plain);

/* Has the class a member that is one of those? */
int taut_class_has(const struct taut_sheet *s,
		   const struct taut_sheet_unit *cls,
		   int (*is)(const char *name));

/* namesmember.c: classes whose members are found by nothing but their names. */
struct taut_member_class {
	int plain;
	int abstract;	/* a class may have what is abstract */
	int values;	/* the member is no def, now or before */
	int depth;
	struct taut_map below;	/* names of the class and those below it */
};
/* May a library say the member's name, or anybody a part of it? */
int taut_walk_is_found(struct taut_walk *w, const char *name, int *yes);
/* Is the class of module level called `owner` one?  Release c->below. */
int taut_walk_is_bare(struct taut_walk *w, const struct taut_sheet *s,
		      const char *owner, struct taut_member_class *c);
/* Hit who may find a member of it without saying its name. */
int taut_walk_bare(struct taut_walk *w, const struct taut_member_class *c,
		   const struct taut_name *by);
/* The same of who may find it since another class has a member of its name. */
int taut_walk_bound(struct taut_walk *w, const struct taut_name *by);

/* Is a function `name` of class `owner` a test that is found by nothing but its
 * name, and by who computes those of attributes (taut_walk_test_attrs())? */
int taut_walk_is_lone_test(struct taut_walk *w, uint32_t file,
			   const struct taut_sheet *s, const char *owner,
			   const char *name, int *yes);

/* namesbare.c: is the edited member one that only its name finds (`only`: enum
 * taut_names_only)?  Release c->below. */
int taut_edit_is_bare(struct taut_editor *e, const struct taut_edit *u,
		      int only, struct taut_member_class *c, int *yes);
/* Is it a test that is nothing to the others in its class? */
int taut_edit_is_lone_test(struct taut_editor *e, const struct taut_edit *u,
			   int *yes);

/* Does the import say the name that what it binds has in its module? */
static inline int taut_import_renames(const struct taut_sheet_unit *import)
{
	uint32_t i;

	for (i = 0; i < import->text.n; i++)
		if (import->text.v[i].flags & TAUT_MENTION_BARE)
			return 1;
	return 0;
}

#endif
