/*
 * reason - why a test runs, in words.
 *
 * Turns the marks of select and the outcomes of the record into struct
 * taut_reason.  A reason is found where the decision fell; here it only gets
 * its sentence.
 */
#ifndef TAUT_REASON_H
#define TAUT_REASON_H

#include "byname.h"
#include "changes.h"
#include "select.h"

struct taut_reason_source {
	struct taut_db *db;
	uint32_t env, ntests;	/* of the environment */
	const struct taut_select *select;
	const struct taut_changes *changes;	/* causes are its indices */
	struct taut_byname *byname;	/* or NULL */
	struct taut_arena *arena;		/* where the strings go */
};

/* The reason of a test that must run whatever the tree says (code is 0 when
 * it need not), else that of its mark. */
int taut_reason_of(const struct taut_reason_source *s, uint32_t test,
		   struct taut_reason *out, struct taut_err *err);
/* "fixture db", "module m.py": a carrier for a reader; a test's node id. */
int taut_reason_carrier(const struct taut_reason_source *s, uint32_t id,
			const char **out, struct taut_err *err);
/* "file", "variable": what an enum taut_kind is called, before its path. */
const char *taut_reason_kind(int kind);
/* What a cause of the name rule is, and its way to a test: what select's
 * reason says in `detail` and `via`. */
int taut_reason_named(const struct taut_reason_source *s,
		      struct taut_byname_cause *c, uint32_t test,
		      struct taut_reason *out, struct taut_err *err);
/* printf into an arena; NULL: out of memory. */
const char *taut_reason_text(struct taut_arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
