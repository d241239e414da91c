#include "effect.h"

/* Deeper displays are taken for calls. */
#define MAX_DEPTH 32

/* Does the bracket behind this token call or subscript it? */
static int is_operand(const struct taut_tok *t)
{
	if (t->kind == TAUT_TOK_OP)
		return taut_tok_is_close(t) || t->id == TAUT_OP_ELLIPSIS;
	return taut_tok_is_name(t) || t->kind != TAUT_TOK_NAME ||
	       t->id == TAUT_KW_NONE || t->id == TAUT_KW_TRUE ||
	       t->id == TAUT_KW_FALSE;
}

/* What the tokens of an expression have shown so far. */
struct seen {
	unsigned names, ops, fails, depth;
	uint8_t open[MAX_DEPTH];
};

static int name_effect(struct seen *s, const struct taut_tok *t, int first)
{
	int in_braces = s->depth && s->open[s->depth - 1] == '{';

	if (t->id == TAUT_KW_NONE || t->id == TAUT_KW_TRUE ||
	    t->id == TAUT_KW_FALSE)
		return TAUT_EFFECT_NONE;
	if (!taut_tok_is_name(t) || t->flags & TAUT_TOK_ATTR)
		return TAUT_EFFECT_CALL;
	/* a set's element or a dict's key is hashed */
	if (!first && in_braces && t[-1].id != ':')
		return TAUT_EFFECT_CALL;
	s->names++;
	return TAUT_EFFECT_NONE;
}

/* -1, 60 * 60 and 1 << 3 do not fail, unlike 1 / 0 and 'a' + 1. */
static int may_fail(const struct taut_tok *t, int first)
{
	if (t[1].kind != TAUT_TOK_NUMBER)
		return 1;
	if (!first && t[-1].kind == TAUT_TOK_NUMBER)
		return t->id == '/' || t->id == '%' || t->id == '@' ||
		       t->hash == taut_lex_hash("//", 2);
	return (t->id != '-' && t->id != '+') ||
	       (!first && (t[-1].kind != TAUT_TOK_OP || is_operand(&t[-1])));
}

static int op_effect(struct seen *s, const struct taut_tok *t, int first)
{
	if (taut_tok_is_open(t)) {
		if ((!first && is_operand(t - 1)) || s->depth == MAX_DEPTH)
			return TAUT_EFFECT_CALL;
		s->open[s->depth++] = t->id;
	} else if (taut_tok_is_close(t)) {
		if (s->depth)
			s->depth--;
	} else if (t->id == TAUT_OP_WALRUS || t->id == '.') {
		return TAUT_EFFECT_CALL;
	} else if (t->id != ',' && t->id != ':' && t->id != TAUT_OP_ELLIPSIS) {
		s->ops++;
		s->fails += may_fail(t, first);
	}
	return TAUT_EFFECT_NONE;
}

int taut_effect_expr(const struct taut_lex *lx, uint32_t i, uint32_t end)
{
	struct seen s = { 0 };
	const struct taut_tok *t;
	uint32_t first = i, colon;
	int e = TAUT_EFFECT_NONE;

	for (; i < end && e == TAUT_EFFECT_NONE; i++) {
		t = &lx->toks[i];
		if (t->id == TAUT_KW_LAMBDA) {
			/* defaults are evaluated now, the body is not */
			i = taut_lex_lambda(lx, i, end, &colon) - 1;
			while (t < lx->toks + colon && e == TAUT_EFFECT_NONE)
				if (t++->id == '=')
					e = TAUT_EFFECT_CALL;
		} else if (t->kind == TAUT_TOK_NAME) {
			e = name_effect(&s, t, i == first);
		} else if (t->kind == TAUT_TOK_FSTRING) {
			e = TAUT_EFFECT_CALL;
		} else if (t->kind == TAUT_TOK_OP) {
			e = op_effect(&s, t, i == first);
		}
	}
	return s.fails || (s.ops && s.names) ? TAUT_EFFECT_CALL : e;
}

/* Do the targets [i, end) say an attribute or an item of something? */
static int stores(const struct taut_lex *lx, uint32_t i, uint32_t end)
{
	const uint32_t first = i;

	for (; i < end; i++)
		if (lx->toks[i].id == '.' ||
		    (lx->toks[i].id == '[' && i > first &&
		     is_operand(&lx->toks[i - 1])))
			return 1;
	return 0;
}

/* Of storing into the targets [i, end) something whose evaluation is `e`. */
static int store_effect(const struct taut_lex *lx, uint32_t i, uint32_t end,
			int e)
{
	if (i + 1 == end && taut_tok_is_name(&lx->toks[i]))
		return e;
	if (stores(lx, i, end))
		return TAUT_EFFECT_STORE;
	for (; i < end; i++) /* brackets, a star: something is unpacked */
		if (!taut_tok_is_name(&lx->toks[i]) && lx->toks[i].id != ',')
			return TAUT_EFFECT_CALL;
	return e;
}

/* `a, b = 1, 2` iterates over nothing but the display. */
static int unpacks(const struct taut_lex *lx, uint32_t first, uint32_t eq,
		   uint32_t end)
{
	return taut_lex_find(lx, first, eq, ',') < eq &&
	       taut_lex_find(lx, eq, end, ',') == end;
}

static int assign_effect(const struct taut_lex *lx, const struct taut_stmt *st,
			 int lazy)
{
	uint32_t i, start = st->first, value = st->first;
	uint32_t colon = TAUT_NONE;
	int e;

	for (i = start; i < st->end; i = taut_lex_skip(lx, i)) {
		if (lx->toks[i].id == TAUT_OP_AUG)
			return TAUT_EFFECT_STORE;
		if (lx->toks[i].id == TAUT_KW_LAMBDA)
			break;
		if (lx->toks[i].id == '=')
			value = i + 1;
		else if (lx->toks[i].id == ':' && colon == TAUT_NONE)
			colon = i;
	}
	if (colon != TAUT_NONE && value == start)
		value = st->end;
	e = taut_effect_expr(lx, value, st->end);
	if (colon != TAUT_NONE) {
		if (!lazy && taut_effect_expr(lx, colon + 1,
					      value > colon && value < st->end ?
						      value - 1 :
						      st->end))
			e = TAUT_EFFECT_CALL;
		return store_effect(lx, start, colon, e);
	}
	for (i = start; i + 1 < value && e != TAUT_EFFECT_STORE; i++) {
		i = taut_lex_find(lx, i, value, '=');
		if (unpacks(lx, start, i, st->end))
			e = TAUT_EFFECT_CALL;
		e = store_effect(lx, start, i, e);
		start = i + 1;
	}
	return e;
}

int taut_effect_stmt(const struct taut_lex *lx, const struct taut_stmt *st,
		     int lazy)
{
	switch (st->key) {
	case TAUT_KW_PASS:
	case TAUT_ID_TYPE: /* its value is evaluated when asked for */
		return TAUT_EFFECT_NONE;
	case TAUT_KW_GLOBAL: /* in a class: its names are the module's */
	case TAUT_KW_DEL:
		return TAUT_EFFECT_STORE;
	}
	return assign_effect(lx, st, lazy);
}

int taut_effect_is_constant(const struct taut_lex *lx, uint32_t first,
			    uint32_t end)
{
	const struct taut_tok *t = lx->toks;
	uint32_t i = first;

	while (i + 1 < end && taut_tok_is_name(&t[i]) && t[i + 1].id == '=')
		i += 2;
	if (i == first)
		return 0;
	while (i < end && !taut_tok_is_name(&t[i]))
		i++;
	return i == end;
}
