/*
 * byname - the name rule applied: which tests does each old module version
 * that somebody still refers to affect?
 *
 * For names this is the project: it numbers the files as the database does,
 * reads and keeps their sheets, and knows which modules ran what.  For the
 * session it takes module versions that names can judge out of the changes
 * (their hashes count as unchanged) and judges them itself: a test is affected
 * if it refers to the old version *and* depends on a hit.
 *
 * Where an import may fail since then, one of the tests that run it has to try,
 * unless one did that already: one that is on record with the present version.
 * If none runs it while it is collected, so that all would see the error, the
 * file rule holds.
 *
 * A file's versions are judged one by one, and those of its docstrings.  Of
 * more than TAUT_BYNAME_VERSIONS those that differ most go by the file rule:
 * the tests that hold on to them run, and refer to the present one from then
 * on.
 */
#ifndef TAUT_BYNAME_H
#define TAUT_BYNAME_H

#include "changes.h"
#include "names.h"
#include "select.h"
#include "sheets.h"
#include "words.h"

#define TAUT_BYNAME_VERSIONS 8

/* An old version of a changed file. */
struct taut_byname_cause {
	uint32_t change;	/* index in the changes; not of a line */
	uint32_t file;
	struct taut_names names;
	/* From its hits; filled in for those who explain (taut_byname_reach). */
	struct taut_select reach[TAUT_NONLY];
	int judged;		/* else the file rule */
	uint32_t version;	/* index in the file's hashes */
	uint64_t hash;		/* there */
};

/* Which modules read, when they were imported, what the functions of a file say
 * of themselves? */
struct taut_byname_read {
	uint32_t edited;	/* that file */
	int only;		/* enum taut_names_only */
	uint8_t *by_file;	/* owned; NULL: nobody asked */
};

struct taut_byname {
	struct taut_db *db;	/* borrowed, as all up to here */
	const struct taut_db_env *row;
	struct taut_tree *tree;
	struct taut_changes *changes;
	struct taut_names_project project;
	const char *cachefile;	/* or NULL */
	const char *wordsdir;	/* the same (words.h) */
	struct taut_sheets sheets;
	struct taut_words words;	/* of the libraries, once needed */
	uint32_t nfiles;	/* Python files; they have the lowest numbers */
	struct taut_select_index refs;	/* of row, once it was needed */
	/* By carrier, once needed: did it store something in another module? */
	uint8_t *stored;	/* owned */
	struct taut_byname_read at_import;	/* as it was asked for last */
	struct taut_byname_cause *causes;	/* owned */
	size_t n, cap;
	uint32_t *tests;	/* owned; per test: cause + 1, or 0 */
	uint8_t *collect;	/* owned; by file: it may have new tests */
};

/* Larger files of data are not looked through: they may say any name. */
#define TAUT_BYNAME_DATA (4u << 20)

/* Load the row's references, and turn them round: b->refs; once. */
int taut_byname_refs(struct taut_byname *b, struct taut_err *err);
/* Follow them backwards (select.h). */
int taut_byname_follow(struct taut_byname *b, struct taut_select *s,
		       struct taut_err *err);
/* Before the changes are propagated.  Release `b` either way. */
int taut_byname_judge(struct taut_byname *b, struct taut_err *err);
/* After that: fill in `tests`, beside those that are affected already. */
int taut_byname_select(struct taut_byname *b,
		       const struct taut_select *already, struct taut_err *err);
void taut_byname_release(struct taut_byname *b);
/* May this test file have tests that are not on record? */
int taut_byname_collect(const struct taut_byname *b, const char *path);
/* The file that would be edited at path:line; *cause says what that reaches
 * (judged, or the reason of the fallback).  Any earlier cause stays.
 * TAUT_ENOTFOUND: no such file on record. */
int taut_byname_line(struct taut_byname *b, const char *path, uint32_t line,
		     struct taut_byname_cause **cause, struct taut_err *err);
/* Break in `s` the carriers of a suite. */
int taut_byname_break(struct taut_byname *b, struct taut_select *s,
		      const char *path, uint64_t hash, struct taut_err *err);
/* Find out what the hits of a cause reach, and how. */
int taut_byname_reach(struct taut_byname *b, struct taut_byname_cause *c,
		      struct taut_err *err);
/* After that: by which hits a test was reached; NULL: by none, it is to try
 * whether the file loads. */
const struct taut_select *
taut_byname_reached(const struct taut_byname_cause *c, uint32_t test);
/* The hit by which a cause broke a carrier itself. */
int taut_byname_hit(struct taut_byname *b, const struct taut_byname_cause *c,
		    uint32_t carrier, const struct taut_names_hit **hit,
		    struct taut_err *err);

#endif
