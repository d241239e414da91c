#include "alias.h"

#include "hash.h"

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

uint64_t taut_dotted_add(uint64_t path, uint64_t part)
{
	return taut_hash_fold(path, part);
}

/* Of the names in tokens [i, end). */
static uint64_t path_of(const struct taut_lex *lx, uint32_t i, uint32_t end,
			uint64_t *first)
{
	uint64_t path = 0;

	*first = 0;
	for (; i < end; i++) {
		if (!taut_tok_is_name(&lx->toks[i]))
			continue;
		path = taut_dotted_add(path, lx->toks[i].hash);
		*first = *first ? *first : path;
	}
	return path;
}

uint64_t taut_alias_module(const struct taut_lex *lx,
			   const struct taut_alias *a)
{
	uint64_t first, path = path_of(lx, a->module, a->module_end, &first);

	return path ? path : taut_alias_path(lx, a, &first);
}

uint64_t taut_alias_path(const struct taut_lex *lx, const struct taut_alias *a,
			 uint64_t *first)
{
	const struct taut_tok *t = lx->toks;
	uint64_t path = path_of(lx, a->module, a->module_end, first);

	if (a->name != TAUT_NONE && taut_tok_is_name(&t[a->name]))
		path = taut_dotted_add(path, t[a->name].hash);
	return path;
}
