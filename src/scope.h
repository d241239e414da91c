/*
 * scope - what a function's text says beyond the suites that ran.
 *
 * A suite that never ran still decides which names of its function are local,
 * whether the function is a generator, and which variables its inner functions
 * share.  All that is a scope's signature: the names it binds, its global and
 * nonlocal declarations, `yield`, the use of super() or __class__ below a class,
 * and the variables that nested scopes (lambdas and comprehensions too) take
 * from it or through it.  It is exact: a set that merely contains the truth
 * would stay the same when the truth changes.  Where exactness gets awkward
 * (f-strings with lambdas, bodies on a def's line) the statement's tokens
 * are part of the signature.
 *
 * Scopes are the function and class suites of the outline, in its order.  Of
 * scopes outside functions only `gen` and `super` mean something.
 */
#ifndef TAUT_SCOPE_H
#define TAUT_SCOPE_H

#include "outline.h"

enum taut_name_role {
	TAUT_ROLE_LOCAL = 1,
	TAUT_ROLE_GLOBAL = 2,
	TAUT_ROLE_NONLOCAL = 4,
	/* from an enclosing function, or lent to a nested scope: */
	TAUT_ROLE_FREE = 8,		/* by plain mention in a function */
	TAUT_ROLE_FREE_COMP = 16,	/* a comprehension's */
	TAUT_ROLE_FREE_LAMBDA = 32,
	TAUT_ROLE_FREE_HEADER = 64,	/* a def's defaults, annotations */
};

struct taut_role {
	uint64_t hash;	/* of the name, as a token's */
	uint32_t scope;
	uint32_t roles;	/* enum taut_name_role */
};

struct taut_scope {
	uint64_t sig;
	uint64_t verbatim;	/* statements that are part of it as they are */
	uint32_t block;
	uint32_t parent;	/* the scope around it, or TAUT_NONE */
	uint32_t first, n;	/* its names: roles[first...], by hash */
	uint8_t is_class;
	uint8_t gen;		/* contains yield */
	uint8_t super;		/* a class: its functions use super() */
	uint8_t annotated;	/* a class: has annotated names */
};

struct taut_scopes {
	struct taut_scope *v;	/* owned */
	size_t n;
	struct taut_role *roles;	/* owned; by scope, then by hash */
	size_t nroles;
};

/* Also fills in blocks[].scope.  0 or TAUT_ENOMEM; release either way. */
int taut_scopes_init(struct taut_scopes *sc, struct taut_outline *o);
void taut_scopes_release(struct taut_scopes *sc);
/* In a suite of this scope, is the name always one of a function around it?
 * (In a class a name that is bound there may be the module's all the same.) */
int taut_scopes_is_local(const struct taut_scopes *sc, uint32_t scope,
			 uint64_t hash);

#endif
