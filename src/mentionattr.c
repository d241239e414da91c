/*
 * mentionattr - who gets, or asks for, an attribute by a name that no text
 * says: `getattr(x, name)`, `vars(x)`.  A name that __getattr__() was given is
 * said by whoever caused that.
 */
#include <string.h>

#include "mentionfile.h"

static int is_word(const struct taut_tok *t, const char *word)
{
	return t->hash == taut_lex_hash(word, strlen(word));
}

static int is_any(const struct taut_tok *t, const char *const *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_word(t, v[i]))
			return 1;
	return 0;
}
#define N(table) (sizeof(table) / sizeof(*(table)))

/* ---- the name that a method is asked for ---- */

/* They are called with the name of an attribute. */
static const char *const askers[] = { "__getattr__", "__getattribute__",
				      "__setattr__", "__delattr__" };

/* Does line i bind the name, perhaps? */
static int binds(const struct taut_writer *w, uint32_t i, uint64_t name)
{
	const struct taut_line *l = &w->lx->lines[i];
	const int key = w->src->o->rows[i].key;
	const struct taut_tok *t = w->lx->toks;
	uint32_t at, end = l->end;

	if (l->flags & TAUT_LINE_ASSIGN)
		for (end = at = l->first; at < l->end; at++)
			if (t[at].id == '=' || t[at].id == TAUT_OP_AUG)
				end = at;
	if (!(l->flags & (TAUT_LINE_ASSIGN | TAUT_LINE_WALRUS | TAUT_LINE_COMP |
			  TAUT_LINE_LAMBDA)) &&
	    key != TAUT_KW_FOR && key != TAUT_KW_WITH &&
	    key != TAUT_KW_EXCEPT && key != TAUT_KW_DEF && key != TAUT_KW_DEL &&
	    key != TAUT_ID_MATCH && key != TAUT_ID_CASE)
		return 0;
	for (at = l->first; at < end; at++)
		if (t[at].hash == name && taut_tok_is_name(&t[at]) &&
		    !(t[at].flags & (TAUT_TOK_ATTR | TAUT_TOK_KWARG)))
			return 1;
	return 0;
}

uint64_t taut_writer_passed(const struct taut_writer *w, uint32_t b)
{
	const struct taut_block *blocks = w->src->o->blocks;
	const struct taut_tok *t = w->lx->toks;
	uint32_t name, at, i;

	for (; b && blocks[b].kind != TAUT_SUITE_FUNCTION;)
		b = blocks[b].parent;
	name = b ? blocks[b].name : TAUT_NONE;
	if (name == TAUT_NONE || !is_any(&t[name], askers, N(askers)) ||
	    t[name + 1].id != '(')
		return 0;
	at = taut_lex_find(w->lx, name + 2, t[name + 1].mate, ',') + 1;
	if (at >= t[name + 1].mate || !taut_tok_is_name(&t[at]))
		return 0;
	for (i = blocks[b].first; i <= blocks[b].last; i++)
		if (binds(w, i, t[at].hash))
			return 0;
	return t[at].hash;
}

/* ---- the name that is asked for ---- */

/* Is the argument [at, end) a text, or what __getattr__() was given? */
static int is_said(const struct taut_writer *w, uint32_t at, uint32_t end)
{
	const struct taut_tok *t = &w->lx->toks[at];

	return at + 1 == end &&
	       (t->kind == TAUT_TOK_STRING ||
		(w->passed && t->hash == w->passed && taut_tok_is_name(t)));
}

/* Of the call whose bracket is token `open`: is argument `first` said, or one
 * behind it up to `last`? */
static int says_one(const struct taut_writer *w, uint32_t open, int first,
		    int last)
{
	const uint32_t close = w->lx->toks[open].mate;
	uint32_t at = open + 1, end;
	int i;

	for (i = 0; i <= last && at < close; i++, at = end + 1) {
		end = taut_lex_find(w->lx, at, close, ',');
		if (i >= first && is_said(w, at, end))
			return 1;
	}
	return 0;
}

/* Are all of them? */
static int says_all(const struct taut_writer *w, uint32_t open)
{
	const uint32_t close = w->lx->toks[open].mate;
	uint32_t at, end;

	for (at = open + 1; at < close; at = end + 1) {
		end = taut_lex_find(w->lx, at, close, ',');
		if (!is_said(w, at, end))
			return 0;
	}
	return 1;
}

/* Is one name of x.__dict__, at token i, said, or nothing read? */
static int says_key(const struct taut_writer *w, uint32_t i)
{
	static const char *const readers[] = { "get", "pop", "setdefault" };
	static const char *const writers[] = { "update", "clear" };
	const struct taut_tok *t = w->lx->toks;

	if (t[i + 1].id == '[')
		return is_said(w, i + 2, t[i + 1].mate);
	if (t[i + 1].id == '.' && i + 3 < w->lx->ntoks && t[i + 3].id == '(')
		return is_any(&t[i + 2], writers, N(writers)) ||
		       (is_any(&t[i + 2], readers, N(readers)) &&
			says_one(w, i + 3, 0, 0));
	/* "x" in y.__dict__, "x" not in y.__dict__ */
	if (i < 4 || t[i - 3].id != TAUT_KW_IN)
		return 0;
	i -= t[i - 4].id == TAUT_KW_NOT ? 5 : 4;
	return i < w->lx->ntoks && t[i].kind == TAUT_TOK_STRING;
}

int taut_writer_computes(const struct taut_writer *w, const struct taut_tok *at)
{
	static const char *const of_name[] = { "getattr", "setattr", "delattr",
					       "hasattr" };
	static const char *const own[] = { "globals", "locals", "vars", "dir" };
	const struct taut_tok *t = w->lx->toks;
	const uint32_t i = (uint32_t)(at - t);
	const int attr = at->flags & TAUT_TOK_ATTR;

	if (at < t || i >= w->lx->ntoks)
		return 1; /* in an f-string: nothing is seen but the name */
	if (i && t[i - 1].id == TAUT_KW_DEF)
		return 0;
	if (is_word(at, "__dict__"))
		return i + 1 >= w->lx->ntoks || !says_key(w, i);
	if (is_any(at, own, N(own)) || is_word(at, "help")) {
		/* of a function, what it has is no attribute */
		if (attr)
			return 0;
		return w->scope == TAUT_NONE ||
		       !(is_word(at, "locals") || is_word(at, "globals") ||
			 (i + 2 < w->lx->ntoks && t[i + 1].id == '(' &&
			  t[i + 2].id == ')'));
	}
	if (i + 1 >= w->lx->ntoks || t[i + 1].id != '(')
		return 1;
	if (is_word(at, "attrgetter"))
		return !says_all(w, i + 1);
	if (is_word(at, "methodcaller"))
		return !says_one(w, i + 1, 0, 0);
	if (is_any(at, of_name, N(of_name)) && !attr)
		return !says_one(w, i + 1, 1, 1);
	if (is_any(at, of_name, N(of_name)) || is_any(at, askers, N(askers)) ||
	    is_word(at, "getattr_static"))
		return !says_one(w, i + 1, 0, 1);
	return 1;
}

int taut_string_computes(const char *p, size_t n)
{
	static const char *const words[] = { "__dict__",   "getattr",
					     "setattr",	   "vars",
					     "attrgetter", "methodcaller",
					     "getmembers", "__getattribute__" };
	size_t i;

	for (i = 0; i < N(words); i++)
		if (n == strlen(words[i]) && !memcmp(p, words[i], n))
			return 1;
	return 0;
}
