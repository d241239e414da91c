#include <string.h>

#include "mentionfile.h"

const struct taut_known *taut_known_find(const struct taut_writer *w,
					 uint64_t hash)
{
	size_t lo = 0, hi = w->nsorted, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (w->known[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->nsorted && w->known[lo].hash == hash ? &w->known[lo] :
							      NULL;
}

int taut_looks_around(const struct taut_tok *t, const struct taut_tok *end)
{
	if (t + 1 >= end)
		return 1;
	return t[1].id == ')' || t[1].id == ',' ||
	       (t[1].id == '(' && t + 2 < end && t[2].id == ')');
}

/* Only names, dotted, subscripted or not, between the brackets of a class
 * header.  (Type parameters would come before the bracket.) */
static int plain_bases(const struct taut_writer *w, const struct taut_span *sp)
{
	const struct taut_tok *t = w->lx->toks;
	uint32_t i = sp->header + 2, first = i;

	for (; i < sp->end; i++) {
		if (t[i].flags & TAUT_TOK_KWARG ||
		    (t[i].id == '(' && i > first) ||
		    (t[i].id == '[' && i == first))
			return 0;
		if (t[i].id == '[')
			i = t[i].mate;
		else if (!taut_tok_is_name(&t[i]) && t[i].id != '(' &&
			 t[i].id != ')' && t[i].id != ',' && t[i].id != '.' &&
			 t[i].id != ':')
			return 0;
	}
	return 1;
}

/* `if TYPE_CHECKING:`, as typing means it: no program enters it. */
static int is_never(const struct taut_writer *w, uint32_t line)
{
	static const char word[] = "TYPE_CHECKING";
	const struct taut_row *r = &w->src->o->rows[line];
	const struct taut_tok *t = w->lx->toks + w->lx->lines[line].first;
	const struct taut_known *k;
	uint32_t n = r->colon - w->lx->lines[line].first;

	if (r->key != TAUT_KW_IF || (n != 2 && n != 4) ||
	    t[n - 1].hash != taut_lex_hash(word, strlen(word)))
		return 0;
	k = taut_known_find(w, t[1].hash);
	return k && k->path && (n == 2 || t[2].id == '.');
}

/* Does the unit stand where nobody comes? */
static int stands_never(const struct taut_writer *w, const struct taut_unit *u)
{
	const struct taut_block *blocks = w->src->o->blocks;
	uint32_t b;

	for (b = u->suite; b; b = blocks[b].parent)
		if (is_never(w, blocks[b].head))
			return 1;
	return 0;
}

/* What can be called without anybody storing anything. */
static const char *const pure_modules[] = {
	"pytest",      "typing",     "functools", "abc",
	"dataclasses", "contextlib", "enum",	  "re",
	"collections", "operator",   "itertools", "pathlib",
	"string",      "math",	     "decimal",	  "datetime"
};
static const char *const pure_builtins[] = {
	"property", "staticmethod", "classmethod", "tuple", "list",
	"dict",	    "set",	    "frozenset",   "int",   "str",
	"float",    "bool",	    "bytes",	   "range", "len",
	"sorted",   "min",	    "max",	   "sum",   "object",
	"abs",	    "zip",	    "enumerate",   "slice", "complex",
	"round",    "ord",	    "chr",	   "repr"
};

static int is_pure_module(const struct taut_known *k, const struct taut_tok *t)
{
	uint64_t path, parts = 0;
	size_t i;

	for (i = 0; i < sizeof(pure_modules) / sizeof(*pure_modules); i++) {
		path = taut_dotted_add(0,
				       taut_lex_hash(pure_modules[i],
						     strlen(pure_modules[i])));
		/* `import re`, or `from re import compile` */
		parts = taut_dotted_add(path, t->hash);
		if (k->path == path || k->path == parts)
			return 1;
	}
	return 0;
}

/* The first token of the chain of attributes that ends at t, or NULL. */
static const struct taut_tok *chain_start(const struct taut_tok *t,
					  const struct taut_tok *first)
{
	while (t - 2 >= first && t->flags & TAUT_TOK_ATTR && t[-1].id == '.')
		t -= 2;
	return taut_tok_is_name(t) && !(t->flags & TAUT_TOK_ATTR) ? t : NULL;
}

/* Is what is called by the name (and attributes) that end at t harmless? */
static int is_harmless_call(const struct taut_writer *w,
			    const struct taut_tok *t,
			    const struct taut_tok *first)
{
	const struct taut_known *k;
	size_t i;

	t = taut_tok_is_name(t) ? chain_start(t, first) : NULL;
	if (!t)
		return 0;
	k = taut_known_find(w, t->hash);
	if (k && k->path)
		return is_pure_module(k, t);
	for (i = 0; i < sizeof(pure_builtins) / sizeof(*pure_builtins); i++)
		if (t->len == strlen(pure_builtins[i]) &&
		    !memcmp(w->lx->text + t->off, pure_builtins[i], t->len))
			return 1;
	return 0;
}

/* Decorators and calls of a unit, tokens [i, end). */
static int is_harmless(const struct taut_writer *w, const struct taut_span *sp,
		       int kind)
{
	const struct taut_tok *first = w->lx->toks + sp->first, *t;
	const struct taut_tok *end = w->lx->toks + sp->end, *name;

	if (kind != TAUT_UNIT_DEF_CORE && kind != TAUT_UNIT_ASSIGN)
		return 0;
	for (t = first; t < end; t++) {
		if (t->id == '@' && t < w->lx->toks + sp->header) {
			for (name = t + 1; name + 2 < end && name[1].id == '.';)
				name += 2;
			if (!is_harmless_call(w, name, t + 1))
				return 0;
		} else if (t->id == '(' && t > first &&
			   t != w->lx->toks + sp->header + 2 &&
			   (t[-1].kind != TAUT_TOK_OP ||
			    taut_tok_is_close(t - 1)) &&
			   (t[-1].kind != TAUT_TOK_NAME ||
			    taut_tok_is_name(t - 1)) &&
			   !is_harmless_call(w, t - 1, first)) {
			return 0;
		}
	}
	return 1;
}

uint8_t taut_writer_flags(const struct taut_writer *w,
			  const struct taut_unit *u, const struct taut_span *sp)
{
	uint8_t flags = 0;

	if (u->branch && stands_never(w, u))
		flags |= TAUT_SHEET_NEVER;
	if (u->kind == TAUT_UNIT_DEF_DOC || u->kind == TAUT_UNIT_IMPORT)
		return flags;
	if (sp->header > sp->first)
		flags |= TAUT_SHEET_DECORATED;
	if (is_harmless(w, sp, u->kind))
		flags |= TAUT_SHEET_HARMLESS;
	if (u->kind == TAUT_UNIT_CLASS && plain_bases(w, sp))
		flags |= TAUT_SHEET_BASES;
	if (u->kind == TAUT_UNIT_DEF_CORE && w->lx->toks[sp->end - 1].id != ':')
		flags |= TAUT_SHEET_INLINE;
	return flags;
}
