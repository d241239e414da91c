#include "alias.h"

static int next_import(const struct taut_lex *lx, const struct taut_stmt *st,
		       uint32_t *pos, struct taut_alias *a)
{
	uint32_t i = *pos ? *pos : st->first + 1, stop;

	if (i >= st->end)
		return 0;
	stop = taut_lex_find(lx, i, st->end, ',');
	a->module = a->bound = i;
	a->module_end = taut_lex_find(lx, i, stop, TAUT_KW_AS);
	a->name = TAUT_NONE;
	if (a->module_end + 1 < stop)
		a->bound = a->module_end + 1;
	*pos = stop + 1;
	return 1;
}

static int next_from(const struct taut_lex *lx, const struct taut_stmt *st,
		     uint32_t *pos, struct taut_alias *a)
{
	const struct taut_tok *t = lx->toks;
	uint32_t i = *pos;

	a->module = st->first + 1;
	a->module_end = taut_lex_find(lx, a->module, st->end, TAUT_KW_IMPORT);
	if (!i)
		i = a->module_end + 1;
	while (i < st->end &&
	       (t[i].id == '(' || t[i].id == ',' || t[i].id == ')'))
		i++;
	if (i >= st->end)
		return 0;
	a->name = a->bound = i;
	if (i + 2 < st->end && t[i + 1].id == TAUT_KW_AS)
		a->bound = i + 2;
	*pos = a->bound + 1;
	return 1;
}

int taut_alias_next(const struct taut_lex *lx, const struct taut_stmt *st,
		    uint32_t *pos, struct taut_alias *a)
{
	return st->key == TAUT_KW_IMPORT ? next_import(lx, st, pos, a) :
					   next_from(lx, st, pos, a);
}
