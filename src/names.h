/*
 * names - the name rule: which suites can a module-level edit reach?
 *
 * A file's recorded module version is compared with the file now.  What the
 * units that differ bind are changed names; a unit that mentions a changed name
 * changes what it binds; and so on.  What comes out are *hits*: suites that
 * mention a changed name, tests whose definition does, and modules whose import
 * may now do anything (those are broken as a whole).  A test that depends on
 * the version is affected if it depends on a hit as well.
 *
 * A unit that calls something may do more than bind names:
 *
 *	fail		then all fail who import it; one of them has to try, or
 *			all where somebody catches the error
 *	store		in what it hands on: those names are changed
 *	call a library	which may keep it: all who use the same package are
 *			hit; by decorating, anywhere: the module is broken
 *	call the project	which may store anything anywhere: the module is broken
 *	read or operate	the same, where a method behind that may store something
 *
 * Docstrings are judged alike: who mentions the name whose docstring changed,
 * and reads docstrings.  So are annotations.  Of functions it is on record who
 * read them (meta.c); of classes and modules, who may is seen from the text.
 *
 * A class is changed by whatever changes in it, and so are all who mention it:
 * there is no way to an object but through a name that somebody says, or
 * through code of its class, which says the class's name (mention.h).  What
 * cannot be told that way is not decided here: `fallback` says why, and any
 * difference of the file then counts.  Where all that is known of a class says
 * that its members are found by nothing but their own names, these are changed,
 * and the class is not (namesmember.c).
 *
 * Pure decision: files are known by number, their sheets come from the caller.
 * Every finding is a step that names the one it follows from.
 */
#ifndef TAUT_NAMES_H
#define TAUT_NAMES_H

#include "db.h"
#include "sheet.h"

enum taut_names_role {
	TAUT_NAMES_CODE,
	TAUT_NAMES_TEST,	/* pytest collects tests from it */
	TAUT_NAMES_CONFTEST,
};

struct taut_names_file {
	const char *path;
	int role;		/* enum taut_names_role */
	int flags;		/* of its sheet */
	int star;
	int known;		/* there is a sheet; else no such file, or opaque */
};

struct taut_names_project {
	const struct taut_names_file *files;	/* ascending by path */
	uint32_t nfiles;
	void *arg;
	int (*sheet)(void *arg, uint32_t file, const struct taut_sheet **out,
		     struct taut_err *err);
	/* The files that say a name, ascending; borrowed from the project. */
	int (*who)(void *arg, uint32_t name, const uint32_t **files, size_t *n,
		   struct taut_err *err);
	/* The number of a path, or TAUT_MAP_NONE. */
	uint32_t (*find)(void *arg, const char *path);
	/* Did the import of `file` read what functions (of the edited file) say
	 * of themselves: one of the last two of enum taut_names_only?  *yes. */
	int (*reads)(void *arg, uint32_t edited, uint32_t file, int only,
		     int *yes, struct taut_err *err);
	/* Call `found` with every module that asked functions of the file for
	 * that while it was imported. */
	int (*asked)(void *arg, uint32_t edited, int only,
		     int (*found)(void *to, uint32_t module), void *to,
		     struct taut_err *err);
	/* May a library say the name?  NULL: any of them. */
	int (*foreign)(void *arg, uint32_t name, int *yes,
		       struct taut_err *err);
	/* May the import of the (test) file have stored something by calling
	 * code of the project?  *yes. */
	int (*stores)(void *arg, uint32_t file, int *yes, struct taut_err *err);
	/* Call `found` with every module that entered the suite while it was
	 * imported. */
	int (*importers)(void *arg, uint32_t file, uint64_t hash,
			 int (*found)(void *to, uint32_t module), void *to,
			 struct taut_err *err);
};

/* One link of a chain: file:line, and what is there. */
struct taut_names_step {
	uint32_t file, line;
	const char *what;
	uint32_t from;		/* the step before it, or its own number */
};
enum taut_names_hit_kind {
	TAUT_HIT_SUITE,		/* who ran it */
	TAUT_HIT_MODULE,	/* who depends on the module at all */
	TAUT_HIT_TESTS,		/* the tests of a test file that `test` names */
};
/* Whom a hit matters to. */
enum taut_names_only {
	TAUT_ONLY_NONE,		/* all */
	TAUT_ONLY_DOCS,		/* who may read docstrings as well */
	TAUT_ONLY_FUNCTION_DOCS,	/* who read docstrings of functions */
	TAUT_ONLY_NOTES,	/* who read annotations of functions */
	TAUT_NONLY,
};
struct taut_names_hit {
	uint32_t file;
	uint32_t step;
	uint8_t kind;		/* enum taut_names_hit_kind */
	uint8_t only;		/* enum taut_names_only */
	uint64_t hash;		/* of the suite */
	const char *test;	/* a part of node ids: function or class */
};

struct taut_names {
	struct taut_arena arena;
	const char *fallback;	/* NULL, or why the rule does not apply */
	uint32_t ndiffer;	/* units that differ */
	int attrs;		/* who computes names of attributes is hit */
	struct taut_names_step *steps;	/* owned */
	size_t nsteps, csteps;
	struct taut_names_hit *hits;	/* owned */
	size_t nhits, chits;
	/* The names found and their modules', by whom they matter to, then
	 * ascending. */
	struct taut_names_said {
		uint32_t only, name;
	} *changed;		/* owned */
	size_t nchanged;
	/* Test files with a changed name, which may be a new test's. */
	uint32_t *collect;	/* owned */
	size_t ncollect, ccollect;
	/* Files whose import runs otherwise, and so may fail: somebody has to
	 * try (byname.h).  A test file that differs is one, too. */
	uint32_t *again;	/* owned */
	size_t nagain, cagain;
};

/* Release `n` either way. */
/* `old`: a version, or docstrings. */
int taut_names_find(struct taut_names *n, const struct taut_names_project *p,
		    uint32_t file, const struct taut_db_ver *old,
		    struct taut_err *err);
/* What an edit of this line of the file would do, if it is a line of module
 * level: as if its unit had been another one. */
int taut_names_line(struct taut_names *n, const struct taut_names_project *p,
		    uint32_t file, uint32_t line, struct taut_err *err);
/* Does a text that is no Python say one of the changed names that matter to
 * `only`? */
int taut_names_said(const struct taut_names *n, int only, const char *text,
		    size_t size);
void taut_names_release(struct taut_names *n);

#endif
