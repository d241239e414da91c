/*
 * bind - which names a statement binds.
 *
 * Exactly Python's: `a[i] = 1` binds nothing, `a = i = 1` two names.  Names in
 * the scope of a lambda or comprehension are not the statement's, but a `:=`
 * in a comprehension is.  The name of a def or class is bound, its parameters
 * belong to its own scope.
 */
#ifndef TAUT_BIND_H
#define TAUT_BIND_H

#include "outline.h"

enum taut_bind_how { TAUT_BIND_LOCAL, TAUT_BIND_GLOBAL, TAUT_BIND_NONLOCAL };

struct taut_bound {
	const struct taut_tok *tok;	/* borrowed from lx */
	int how;			/* enum taut_bind_how */
};

/* Names in source order, repetitions included. */
struct taut_binds {
	struct taut_bound *v;	/* owned */
	size_t n, cap;
	int nomem;		/* an addition failed */
};
#define TAUT_BINDS_INIT { NULL, 0, 0, 0 }
void taut_binds_release(struct taut_binds *b);
void taut_binds_add(struct taut_binds *b, const struct taut_tok *tok, int how);

/* Add the names that `st` binds.  The caller looks at b->nomem. */
void taut_bind_stmt(const struct taut_outline *o, const struct taut_stmt *st,
		    struct taut_binds *b);
/*
 * Add the parameters of a def or lambda, tokens [i, end) between the brackets
 * or between `lambda` and its colon.
 */
void taut_bind_params(const struct taut_lex *lx, uint32_t i, uint32_t end,
		      struct taut_binds *b);
/* Add the names in a target list, tokens [i, end). */
void taut_bind_targets(const struct taut_lex *lx, uint32_t i, uint32_t end,
		       struct taut_binds *b);
/* The brackets around a def's parameters; TAUT_NONE for a broken header. */
uint32_t taut_bind_open(const struct taut_lex *lx, const struct taut_stmt *st);

#endif
