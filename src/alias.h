/*
 * alias - the parts of an import statement, one name at a time.
 *
 *	uint32_t pos = 0;
 *	while (taut_alias_next(lx, &st, &pos, &a))
 *		...
 */
#ifndef TAUT_ALIAS_H
#define TAUT_ALIAS_H

#include "outline.h"

/* All are tokens. */
struct taut_alias {
	uint32_t module, module_end;	/* leading dots included */
	uint32_t name;	/* `from`: the name or star; else TAUT_NONE */
	uint32_t bound;	/* what it binds: the alias, or the (first) name */
};

/* The next part of `st`, which is an import; 0 at the end. */
int taut_alias_next(const struct taut_lex *lx, const struct taut_stmt *st,
		    uint32_t *pos, struct taut_alias *a);

/* The path of a module, or of a name in one, as a number: begin with 0, add
 * the hash of every part. */
uint64_t taut_dotted_add(uint64_t path, uint64_t part);
/* Of what an alias names, without its dots; *first: of its first part. */
uint64_t taut_alias_path(const struct taut_lex *lx, const struct taut_alias *a,
			 uint64_t *first);
/* Of the module from which it takes its name; `from . import a`: of a. */
uint64_t taut_alias_module(const struct taut_lex *lx,
			   const struct taut_alias *a);

#endif
