#include "bind.h"

#include <string.h>

#include "alias.h"
#include "util.h"

void taut_binds_release(struct taut_binds *b)
{
	taut_free(b->v);
	memset(b, 0, sizeof(*b));
}

void taut_binds_add(struct taut_binds *b, const struct taut_tok *tok, int how)
{
	if (b->nomem || taut_grow(&b->v, &b->cap, b->n + 1, sizeof(*b->v))) {
		b->nomem = 1;
		return;
	}
	b->v[b->n].tok = tok;
	b->v[b->n++].how = how;
}

static int is_trailer(const struct taut_tok *t)
{
	return t->id == '.' || t->id == '(' || t->id == '[';
}

/* The next comma or closing bracket on this depth. */
static uint32_t element_end(const struct taut_lex *lx, uint32_t i, uint32_t end)
{
	while (i < end && lx->toks[i].id != ',' &&
	       !taut_tok_is_close(&lx->toks[i]))
		i = taut_lex_skip(lx, i);
	return i;
}

/* A target is a name, a bracket of targets, or something with a trailer. */
void taut_bind_targets(const struct taut_lex *lx, uint32_t i, uint32_t end,
		       struct taut_binds *b)
{
	const struct taut_tok *t;
	uint32_t next;

	while (i < end) {
		t = &lx->toks[i];
		next = taut_lex_skip(lx, i);
		if (t->id == '*' || t->id == ',' || taut_tok_is_close(t)) {
			i++;
		} else if (next < end && is_trailer(&lx->toks[next])) {
			i = element_end(lx, next, end);
		} else if (t->id == '(' || t->id == '[') {
			i++;
		} else {
			if (taut_tok_is_name(t) &&
			    element_end(lx, i, end) == next)
				taut_binds_add(b, t, TAUT_BIND_LOCAL);
			i = element_end(lx, next, end);
		}
	}
}

void taut_bind_params(const struct taut_lex *lx, uint32_t i, uint32_t end,
		      struct taut_binds *b)
{
	while (i < end) {
		while (i < end &&
		       (lx->toks[i].id == '*' || lx->toks[i].id == TAUT_OP_POW))
			i++;
		if (i < end && taut_tok_is_name(&lx->toks[i]))
			taut_binds_add(b, &lx->toks[i], TAUT_BIND_LOCAL);
		/* a default may be a lambda with commas of its own */
		while (i < end && lx->toks[i].id != ',') {
			if (lx->toks[i].id == TAUT_KW_LAMBDA)
				i = taut_lex_lambda(lx, i, end,
						    &(uint32_t){ 0 });
			else
				i = taut_lex_skip(lx, i);
		}
		i++;
	}
}

uint32_t taut_bind_open(const struct taut_lex *lx, const struct taut_stmt *st)
{
	uint32_t i = taut_lex_find(lx, st->first, st->end, '(');

	return i < st->end ? i : TAUT_NONE;
}

/* ---- kinds of statements ---- */

/* An alias, the first part of a dotted name, or a star as its token. */
static void bind_import(const struct taut_lex *lx, const struct taut_stmt *st,
			struct taut_binds *b)
{
	struct taut_alias a;
	uint32_t pos = 0;

	while (taut_alias_next(lx, st, &pos, &a))
		if (taut_tok_is_name(&lx->toks[a.bound]) ||
		    lx->toks[a.bound].id == '*')
			taut_binds_add(b, &lx->toks[a.bound], TAUT_BIND_LOCAL);
}

/* Every `as` of a with header has a target behind it. */
static void bind_with(const struct taut_lex *lx, const struct taut_stmt *st,
		      struct taut_binds *b)
{
	uint32_t i, stop;

	for (i = st->first; i < st->end; i++) {
		if (lx->toks[i].id != TAUT_KW_AS)
			continue;
		stop = i + 1;
		while (stop < st->end && lx->toks[stop].id != ',' &&
		       lx->toks[stop].id != ':' &&
		       !taut_tok_is_close(&lx->toks[stop]))
			stop = taut_lex_skip(lx, stop);
		taut_bind_targets(lx, i + 1, stop, b);
		i = stop - 1;
	}
}

static void bind_for(const struct taut_lex *lx, const struct taut_stmt *st,
		     struct taut_binds *b)
{
	uint32_t i = taut_lex_find(lx, st->first, st->end, TAUT_KW_FOR) + 1;

	taut_bind_targets(lx, i, taut_lex_find(lx, i, st->end, TAUT_KW_IN), b);
}

/* Captures of a pattern: names that are neither dotted, called, keywords. */
static void bind_case(const struct taut_lex *lx, const struct taut_stmt *st,
		      struct taut_binds *b)
{
	uint32_t i, end;
	const struct taut_tok *t;

	end = taut_lex_find(lx, st->first, st->end, TAUT_KW_IF);
	for (i = st->first + 1; i < end; i++) {
		t = &lx->toks[i];
		if (taut_tok_is_name(t) && t->id != TAUT_ID_UNDERSCORE &&
		    t[-1].id != '.' && t[1].id != '.' && t[1].id != '(' &&
		    t[1].id != '=')
			taut_binds_add(b, t, TAUT_BIND_LOCAL);
	}
}

/* The only name of [i, end), brackets around it taken off; or NULL. */
static const struct taut_tok *lone_name(const struct taut_lex *lx, uint32_t i,
					uint32_t end)
{
	while (i + 1 < end && lx->toks[i].id == '(' &&
	       lx->toks[i].mate == end - 1) {
		i++;
		end--;
	}
	if (i + 1 != end || !taut_tok_is_name(&lx->toks[i]))
		return NULL;
	return &lx->toks[i];
}

static void bind_annotated(const struct taut_lex *lx,
			   const struct taut_stmt *st, uint32_t colon,
			   struct taut_binds *b)
{
	const struct taut_tok *t = lone_name(lx, st->first, colon);

	/* `(x): int` without a value declares nothing */
	if (t && (colon == st->first + 1 ||
		  taut_lex_find(lx, colon, st->end, '=') < st->end))
		taut_binds_add(b, t, TAUT_BIND_LOCAL);
}

/* Assignments of all kinds, and expressions. */
static void bind_simple(const struct taut_lex *lx, const struct taut_stmt *st,
			struct taut_binds *b)
{
	uint32_t i, start = st->first;
	const struct taut_tok *t;

	for (i = start; i < st->end; i = taut_lex_skip(lx, i)) {
		switch (lx->toks[i].id) {
		case '=':
			taut_bind_targets(lx, start, i, b);
			start = i + 1;
			break;
		case ':':
			bind_annotated(lx, st, i, b);
			return;
		case TAUT_OP_AUG:
			t = lone_name(lx, start, i);
			if (t)
				taut_binds_add(b, t, TAUT_BIND_LOCAL);
			return;
		case TAUT_KW_LAMBDA: /* the rest is its */
			return;
		}
	}
}

static void bind_all(const struct taut_lex *lx, const struct taut_stmt *st,
		     int how, struct taut_binds *b)
{
	uint32_t i;

	for (i = st->first + 1; i < st->end; i++)
		if (taut_tok_is_name(&lx->toks[i]))
			taut_binds_add(b, &lx->toks[i], how);
}

/* ---- := ---- */

/* In the f-string t, where lambdas are nobody's business: see LINE_AWKWARD. */
static void bind_inner(const struct taut_lex *lx, const struct taut_tok *t,
		       struct taut_binds *b)
{
	const struct taut_tok *in = lx->inner + t->mate;
	const struct taut_tok *end = lx->inner + lx->ninner;

	for (; in < end && in->off < t->off + t->len; in++)
		if (in->id == TAUT_OP_WALRUS && in > lx->inner &&
		    taut_tok_is_name(in - 1))
			taut_binds_add(b, in - 1, TAUT_BIND_LOCAL);
}

static void bind_walrus(const struct taut_lex *lx, const struct taut_stmt *st,
			struct taut_binds *b)
{
	uint32_t i, colon = 0, end = 0; /* of the lambda that began last */
	const struct taut_tok *t;

	for (i = st->first; i < st->end; i++) {
		t = &lx->toks[i];
		if (t->id == TAUT_KW_LAMBDA && i >= end)
			end = taut_lex_lambda(lx, i, st->end, &colon);
		if (i > colon && i < end)
			continue; /* binds in the lambda's scope */
		if (t->id == TAUT_OP_WALRUS && i > st->first &&
		    taut_tok_is_name(t - 1))
			taut_binds_add(b, t - 1, TAUT_BIND_LOCAL);
		else if (t->kind == TAUT_TOK_FSTRING)
			bind_inner(lx, t, b);
	}
}

void taut_bind_stmt(const struct taut_outline *o, const struct taut_stmt *st,
		    struct taut_binds *b)
{
	const struct taut_lex *lx = o->lx;
	uint32_t name = st->first + 1;

	switch (st->key) {
	case TAUT_KW_IMPORT:
	case TAUT_KW_FROM:
		bind_import(lx, st, b);
		return;
	case TAUT_KW_GLOBAL:
		bind_all(lx, st, TAUT_BIND_GLOBAL, b);
		return;
	case TAUT_KW_NONLOCAL:
		bind_all(lx, st, TAUT_BIND_NONLOCAL, b);
		return;
	case TAUT_KW_DEL:
		taut_bind_targets(lx, name, st->end, b);
		break;
	case TAUT_KW_FOR:
		bind_for(lx, st, b);
		break;
	case TAUT_KW_WITH:
		bind_with(lx, st, b);
		break;
	case TAUT_KW_EXCEPT:
		name = taut_lex_find(lx, name, st->end, TAUT_KW_AS) + 1;
		if (name < st->end && taut_tok_is_name(&lx->toks[name]))
			taut_binds_add(b, &lx->toks[name], TAUT_BIND_LOCAL);
		break;
	case TAUT_KW_DEF:
	case TAUT_KW_CLASS:
		if (lx->toks[st->first].id == TAUT_KW_ASYNC)
			name++;
		/* fall through */
	case TAUT_ID_TYPE:
		if (name < st->end && taut_tok_is_name(&lx->toks[name]))
			taut_binds_add(b, &lx->toks[name], TAUT_BIND_LOCAL);
		break;
	case TAUT_ID_CASE:
		bind_case(lx, st, b);
		break;
	default:
		/* a keyword begins no assignment to a name */
		if (st->key < TAUT_KW_AND || st->key > TAUT_KW_YIELD)
			bind_simple(lx, st, b);
	}
	if (lx->flags & (TAUT_LINE_WALRUS | TAUT_LINE_AWKWARD))
		bind_walrus(lx, st, b);
}
