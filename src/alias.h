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

#endif
