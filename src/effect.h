/*
 * effect - can running a statement do more than bind its names?
 *
 * NONE is a promise and given only for what is plain in the text: constants,
 * names, displays and arithmetic of constants, function definitions.
 * Attributes, subscripts, operators on names and f-strings may run anything.
 */
#ifndef TAUT_EFFECT_H
#define TAUT_EFFECT_H

#include "outline.h"
#include "taut.h"

/* enum taut_unit_effect of evaluating the tokens [i, end). */
int taut_effect_expr(const struct taut_lex *lx, uint32_t i, uint32_t end);
/* Of a simple statement.  `lazy`: annotations are not evaluated. */
int taut_effect_stmt(const struct taut_lex *lx, const struct taut_stmt *st,
		     int lazy);
/* Is an assignment without an effect `a = b = [1, ...]`: no name in its value, no
 * annotation? */
int taut_effect_is_constant(const struct taut_lex *lx, uint32_t first,
			    uint32_t end);

#endif
