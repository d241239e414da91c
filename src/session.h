/*
 * session - one project, opened: the record, today's tree, and the verdicts.
 *
 * Implements the session part and the run part of taut.h on top of the other
 * modules.  The structure is open to explain.c alone.
 *
 * Opening never fails because of a database: a bad one is "ignored" (all tests
 * run, one line says why) and replaced when a run ends.  Only what is no
 * regular file is left alone.
 */
#ifndef TAUT_SESSION_H
#define TAUT_SESSION_H

#include "byname.h"
#include "cache.h"
#include "changes.h"
#include "db.h"
#include "durations.h"
#include "match.h"
#include "reason.h"
#include "run.h"
#include "save.h"
#include "select.h"
#include "tree.h"

struct taut_session {
	struct taut_arena arena;	/* strings and reasons */
	const char *root;		/* arena; absolute */
	const char *datafile;		/* arena; absolute */
	struct taut_match match;	/* name and parts in arena */
	struct taut_map ignore;
	struct taut_run_key key;	/* under which we record */
	unsigned flags;
	struct taut_changes_how how;

	enum taut_db_state state;
	const char *note;		/* arena, or NULL */
	struct taut_db *db;		/* owned; NULL unless sound */
	const struct taut_db_env *row;	/* of db; ours, or NULL */
	struct taut_db *after;		/* owned; what our run made of it */

	struct taut_cache cache;
	struct taut_tree *tree;		/* owned */
	struct taut_durations durations;
	int durations_loaded;

	int selected;
	struct taut_changes changes;
	size_t nchanged;		/* those that broke something */
	struct taut_select select;
	struct taut_byname byname;
	uint8_t *verdict;		/* owned; per test: enum taut_verdict */
	uint32_t *affected;		/* owned; test ids, ascending */
	size_t naffected;
	struct taut_reason *reasons;	/* owned; per affected; code 0: not yet */

	struct taut_run run;		/* ours, while begun */
};

/* The reason of the i-th affected test; borrowed from the session. */
int taut_session_why_affected(struct taut_session *s, size_t i,
			      const struct taut_reason **out,
			      struct taut_err *err);
struct taut_reason_source taut_session_reasons(struct taut_session *s);

#endif
