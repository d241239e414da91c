#include "lexer.h"

int taut_lexer_prefix(const char *p, const char *quote)
{
	int flags = 0, bit;

	if (quote - p > 2)
		return PREFIX_BAD;
	for (; p < quote; p++) {
		switch (*p | 32) {
		case 'r':
			bit = PREFIX_RAW;
			break;
		case 'b':
			bit = PREFIX_BYTES;
			break;
		case 'f':
		case 't':
			bit = PREFIX_F;
			break;
		case 'u':
			bit = PREFIX_U;
			break;
		default:
			return PREFIX_BAD;
		}
		if (flags & bit)
			return PREFIX_BAD;
		flags |= bit;
	}
	/* two letters: one is r, and the other b, f or t */
	if (flags & (flags - 1) && (!(flags & PREFIX_RAW) || flags & PREFIX_U))
		return PREFIX_BAD;
	return flags;
}

static int is_triple(const char *p)
{
	return p[0] == p[1] && p[0] == p[2];
}

/* The plain string whose opening quote is at x->p: to behind its end. */
static int skip_string(struct lexer *x)
{
	const char *p = x->p;
	char q = *p, c;
	int triple = is_triple(p);

	p += triple ? 3 : 1;
	for (;;) {
		c = *p++;
		if (c == q) {
			if (!triple)
				break;
			if (p[0] == q && p[1] == q) {
				p += 2;
				break;
			}
		} else if (c == '\\') {
			if (*p == '\n')
				x->line++;
			if (!*p)
				return opaque(x, "unterminated string");
			p++;
		} else if (c == '\n') {
			if (!triple)
				return opaque(x, "unterminated string");
			x->line++;
		} else if (!c) {
			return opaque(x, "unterminated string");
		}
	}
	x->p = p;
	return 0;
}

/* ---- f-strings ---- */

/*
 * One algorithm for all versions: that of 3.12 ends at the same quote for
 * every string that 3.11 takes.  Between the quotes a stack of frames: the
 * string's text, an expression in braces, brackets in it, its format spec,
 * and again.
 */

static int begin_fstring(struct lexer *x, int prefix)
{
	struct frame f = { 0 };

	f.quote = *x->p;
	f.triple = (uint8_t)is_triple(x->p);
	f.raw = !!(prefix & PREFIX_RAW);
	x->p += f.triple ? 3 : 1;
	return taut_lexer_push(x, FRAME_STRING, &f);
}

/* One step in the text of an f-string or in a format spec. */
static int fstring_text(struct lexer *x, struct frame *f)
{
	const char *p = x->p;
	int spec = f->kind == FRAME_SPEC;

	if (*p == f->quote && (!f->triple || is_triple(p))) {
		if (spec)
			return opaque(x, "f-string: expecting '}'");
		x->p = p + (f->triple ? 3 : 1);
		x->nstack--;
		return 0;
	}
	switch (*p) {
	case '\0':
		return opaque(x, "unterminated f-string");
	case '\n':
		x->line++;
		if (!f->triple && !spec)
			return opaque(x, "unterminated f-string");
		/* 3.12: a newline ends the spec of a one-line f-string */
		if (!f->triple)
			f->kind = FRAME_EXPR;
		break;
	case '{':
		/* in a spec `{{` opens an expression and a bracket */
		if (p[1] != '{' || spec) {
			x->p = p + 1;
			return taut_lexer_push(x, FRAME_EXPR, f);
		}
		p++;
		break;
	case '}':
		if (spec)
			x->nstack--;
		else if (p[1] == '}')
			p++;
		else
			return opaque(x, "f-string: single '}'");
		break;
	case '\\':
		if (p[1] == '{' || p[1] == '}') /* does not escape them */
			break;
		if (!f->raw && p[1] == 'N' && p[2] == '{') {
			p += strcspn(p, "}\n");
			if (*p != '}')
				return opaque(x, "unterminated \\N{name}");
			break;
		}
		p++;
		if (*p == '\n')
			x->line++;
		else if (!*p)
			return opaque(x, "unterminated f-string");
		break;
	}
	x->p = p + 1;
	return 0;
}

static struct taut_tok *add_inner(struct lexer *x, const char *p,
				  const char *end)
{
	struct taut_lex *lx = x->out;
	struct taut_tok *t;

	if (taut_grow(&lx->inner, &x->cap_inner, lx->ninner + 1,
		      sizeof(*lx->inner)))
		return NULL;
	t = &lx->inner[lx->ninner++];
	memset(t, 0, sizeof(*t));
	t->off = (uint32_t)(p - x->base);
	t->len = (uint32_t)(end - p);
	t->line = x->line;
	t->mate = TAUT_NONE;
	return t;
}

/* A name, or a string with a prefix, in an f-string's expression. */
static int fstring_name(struct lexer *x, int after_dot)
{
	const char *end = name_end(x->p), *q;
	struct taut_tok *t;
	int prefix;

	if (class_at(end) == C_QUOTE) {
		prefix = taut_lexer_prefix(x->p, end);
		if (prefix != PREFIX_BAD) {
			x->p = end;
			return prefix & PREFIX_F ? begin_fstring(x, prefix) :
						   skip_string(x);
		}
	}
	t = add_inner(x, x->p, end);
	if (!t)
		return TAUT_ENOMEM;
	t->kind = TAUT_TOK_NAME;
	if (after_dot)
		t->flags = TAUT_TOK_ATTR;
	know_name(x, t);
	for (q = end; *q == ' '; q++)
		;
	if (*q == '=' && q[1] != '=' &&
	    x->stack[x->nstack - 1].kind == FRAME_BRACKET)
		t->flags |= TAUT_TOK_KWARG;
	if (t->id == TAUT_KW_LAMBDA || t->id == TAUT_KW_YIELD ||
	    t->id == TAUT_KW_FOR)
		x->flags |= TAUT_LINE_AWKWARD;
	x->p = end;
	return 0;
}

static int fstring_close(struct lexer *x, struct frame *f)
{
	if (f->kind == FRAME_BRACKET ? !closes(f->open, *x->p) : *x->p != '}')
		return opaque(x, "f-string: brackets do not match");
	x->nstack--;
	x->p++;
	return 0;
}

/* `:` begins the format spec, and `:=` inside brackets binds a name. */
static int fstring_colon(struct lexer *x, struct frame *f)
{
	struct taut_tok *t;

	if (f->kind == FRAME_EXPR) {
		f->kind = FRAME_SPEC;
	} else if (x->p[1] == '=') {
		t = add_inner(x, x->p, x->p + 2);
		if (!t)
			return TAUT_ENOMEM;
		t->kind = TAUT_TOK_OP;
		t->id = TAUT_OP_WALRUS;
		x->flags |= TAUT_LINE_AWKWARD;
		x->p++;
	}
	x->p++;
	return 0;
}

/* One step in the code of an f-string; *dot: the last thing was a dot. */
static int fstring_code(struct lexer *x, struct frame *f, int *dot)
{
	int after_dot = *dot;
	struct frame inner;

	*dot = 0;
	switch (class_at(x->p)) {
	case C_END:
	case C_BAD:
		return opaque(x, "f-string: invalid expression");
	case C_NAME:
		return fstring_name(x, after_dot);
	case C_DIGIT:
		x->p = taut_lexer_number(x->p);
		return 0;
	case C_HASH:
		x->p += strcspn(x->p, "\n");
		return 0;
	case C_QUOTE:
		return skip_string(x);
	case C_BACK:
		if (x->p[1] != '\n')
			return opaque(x, "f-string: stray backslash");
		x->p++;
		/* fall through */
	case C_NEWLINE:
		x->line++;
		/* fall through */
	case C_SPACE:
		*dot = after_dot;
		x->p++;
		return 0;
	case C_OPEN:
		inner = *f;
		inner.open = *x->p++;
		return taut_lexer_push(x, FRAME_BRACKET, &inner);
	case C_CLOSE:
		return fstring_close(x, f);
	case C_DOT:
		*dot = 1;
		x->p++;
		return 0;
	default:
		if (*x->p == ':')
			return fstring_colon(x, f);
		x->p++;
		return 0;
	}
}

/* The f-string whose opening quote is at x->p: to behind its end. */
static int skip_fstring(struct lexer *x, int prefix)
{
	unsigned bottom = x->nstack;
	struct frame *f;
	int rc = begin_fstring(x, prefix), dot = 0;

	while (!rc && x->nstack > bottom) {
		f = &x->stack[x->nstack - 1];
		if (f->kind == FRAME_STRING || f->kind == FRAME_SPEC)
			rc = fstring_text(x, f);
		else
			rc = fstring_code(x, f, &dot);
	}
	return rc;
}

int taut_lexer_string(struct lexer *x, int prefix)
{
	return prefix & PREFIX_F ? skip_fstring(x, prefix) : skip_string(x);
}
