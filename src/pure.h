/*
 * pure - what the calls of a statement are made of: is it known that nobody
 * stores anything?
 *
 * A call is pure when what is called is a builtin, or comes by an import from
 * a module that is known to hand out nothing but values.  Operators, attributes
 * and subscripts count as pure, though they may run code of the project: what
 * that may store is a matter of the whole project (nameshit.c).
 */
#ifndef TAUT_PURE_H
#define TAUT_PURE_H

#include "outline.h"
#include "util.h"

/* What the imports of a file bind, at any depth. */
struct taut_imported_name {
	uint64_t hash;	/* of the name */
	uint64_t path;	/* of the module, or of the name in it (alias.h) */
	uint64_t top;	/* of the first part; 0: behind dots, the project's */
	uint8_t pure;	/* of a module that hands out values and keeps nothing */
	uint8_t impure;	/* something of such a module that is not */
	uint8_t renamed;	/* the last part is another name */
};
struct taut_imported {
	struct taut_imported_name *v;	/* owned; ascending by hash, then path */
	size_t n, cap;
	/* What else the file binds outside functions, or by `global`. */
	uint64_t *bound;	/* owned; hashes of names, ascending */
	size_t nbound, cbound;
	/* ... and what of that is an iterator, which is used up by reading. */
	uint64_t *iters;	/* owned; ascending */
	size_t niters, citers;
	int star;	/* anything may be bound */
};

/* 0 or TAUT_ENOMEM; release either way. */
int taut_imported_init(struct taut_imported *m, const struct taut_outline *o);
void taut_imported_release(struct taut_imported *m);
/* The first entry of a name, or NULL; those of one name are neighbours. */
const struct taut_imported_name *taut_imported_find(const struct taut_imported *m,
					    uint64_t hash);

/* May a name that means a builtin, or what was imported, mean something else? */
int taut_imported_rebinds(const struct taut_imported *m, uint64_t hash);

/* Is it an iterator that others share? */
int taut_imported_uses_up(const struct taut_imported *m, uint64_t hash);
/* Do the decorators and calls in the tokens [first, end) of a statement store
 * nothing?  `header`: where its def or class begins. */
int taut_pure_stmt(const struct taut_imported *m, const struct taut_lex *lx,
		   uint32_t first, uint32_t header, uint32_t end);
/* The effect of a statement that calls something.  Where that stores nothing, and
 * it says nothing but literals, Python's own names and what such modules hand out,
 * its operators, attributes and subscripts run no code of the project either. */
int taut_pure_effect(const struct taut_imported *m, const struct taut_lex *lx,
		     uint32_t first, uint32_t header, uint32_t end);
/* Does a statement of a function's body keep nothing but local names? */
int taut_pure_body(const struct taut_imported *m, const struct taut_lex *lx,
		   const struct taut_stmt *st);
/* Of a value at token t, a name or a dotted one that begins at `first`. */
int taut_pure_value(const struct taut_imported *m, const struct taut_lex *lx,
		    uint32_t first, uint32_t t);
/* A class whose header begins at a token: is it made of nothing but classes that
 * such modules hand out?  Making it runs no code but its own. */
int taut_pure_class(const struct taut_imported *m, const struct taut_lex *lx,
		    uint32_t header);
/* Does it end a module's import in another way than by an error? */
int taut_pure_skips(const struct taut_lex *lx, uint32_t first, uint32_t end);

#endif
