#include "lex.h"

#include <string.h>

#include "coding.h"
#include "hash.h"
#include "util.h"

/* CPython's limits; an f-string's braces count as brackets here. */
#define MAX_INDENT 100
#define MAX_LEVEL 200

enum frame_kind {
	FRAME_BRACKET,	/* ( [ { in code */
	FRAME_STRING,	/* the text of an f-string */
	FRAME_EXPR,	/* its {expression} */
	FRAME_SPEC,	/* the format spec of that expression */
};

struct frame {
	uint32_t tok;	/* FRAME_BRACKET outside f-strings: its token */
	uint8_t kind;	/* enum frame_kind */
	char open;	/* FRAME_BRACKET: which */
	char quote;	/* of the f-string around it */
	uint8_t triple, raw;
};

/* The table of words with an id: 0.3 us to fill, cheaper than a comparison of
 * every name with the words of its first letter. */
#define NSLOTS 256
struct slot {
	uint64_t hash;
	uint16_t flags;
	uint8_t id;	/* 0: free */
};

struct lexer {
	struct taut_lex *out;	/* ours to fill; borrowed */
	size_t cap_toks, cap_inner, cap_lines;
	const char *base;	/* = out->text */
	const char *end;	/* its NUL */
	const char *p;		/* next byte */
	const char *why;	/* why it is opaque */
	uint32_t line;		/* of *p */
	uint32_t tok_end;	/* line on which the last token ended */
	uint16_t flags;		/* of the logical line so far */
	unsigned nstack;	/* open brackets and f-strings */
	struct frame stack[MAX_LEVEL];
	unsigned nindent;
	uint32_t col[MAX_INDENT + 1], alt[MAX_INDENT + 1];
	struct slot slots[NSLOTS];	/* words by hash, open addressing */
};

/* Steps return 0, a negative TAUT_E*, or this: the source is opaque. */
#define OPAQUE 1

static int opaque(struct lexer *x, const char *why)
{
	x->why = why;
	return OPAQUE;
}

/* ---- characters ---- */

enum {
	C_BAD, C_NAME, C_DIGIT, C_SPACE, C_NEWLINE, C_HASH, C_QUOTE, C_BACK,
	C_OPEN, C_CLOSE, C_DOT, C_OP, C_END,
};

/* Bytes from 0x80 on are taken for letters: CPython knows better. */
#define X8(v) v, v, v, v, v, v, v, v
#define B C_BAD
#define N C_NAME
#define D C_DIGIT
#define S C_SPACE
#define O C_OP
static const uint8_t class_of[256] = {
	C_END, B, B, B, B, B, B, B, B, S, C_NEWLINE, B, S, B, B, B,
	X8(B), X8(B),
	/*	  !  "        #       $  %  &  ' */
	S,	  O, C_QUOTE, C_HASH, B, O, O, C_QUOTE,
	C_OPEN, C_CLOSE, O, O, O, O, C_DOT, O,
	X8(D), D, D, O, O, O, O, O, B,
	O, N, N, N, N, N, N, N, X8(N), X8(N),
	N, N, N, C_OPEN, C_BACK, C_CLOSE, O, N,
	B, N, N, N, N, N, N, N, X8(N), X8(N),
	N, N, N, C_OPEN, O, C_CLOSE, O, B,
	X8(N), X8(N), X8(N), X8(N), X8(N), X8(N), X8(N), X8(N),
	X8(N), X8(N), X8(N), X8(N), X8(N), X8(N), X8(N), X8(N),
};
#undef X8
#undef B
#undef N
#undef D
#undef S
#undef O

static inline unsigned class_at(const char *p)
{
	return class_of[(uint8_t)*p];
}

/* ---- text hashes ---- */

#define K0 0xA0761D6478BD642Fu
#define K1 0xE7037ED1A0B428DBu

static const uint64_t low_bytes[9] = {
	0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF,
	0xFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF,
};

/* Reads up to 8 bytes at p, whatever n is. */
static inline uint64_t hash_padded(const char *p, size_t n)
{
	uint64_t a;

	if (n <= 8) {
		a = XXH_readLE64(p) & low_bytes[n];
		return XXH3_mul128_fold64(a ^ K0, n ^ K1);
	}
	if (n <= 16)
		return XXH3_mul128_fold64(XXH_readLE64(p) ^ K0,
					  XXH_readLE64(p + n - 8) ^ K1 ^ n);
	return XXH3_64bits(p, n);
}

uint64_t taut_lex_hash(const void *text, size_t n)
{
	char pad[8] = { 0 };

	if (n > 8)
		return hash_padded(text, n);
	if (n)
		memcpy(pad, text, n);
	return hash_padded(pad, n);
}

uint64_t taut_lex_fold(const struct taut_lex *lx, uint32_t first, uint32_t end,
		       uint64_t h)
{
	const struct taut_tok *t = lx->toks + first, *stop = lx->toks + end;

	for (; t < stop; t++)
		h = taut_hash_fold(h, t->hash);
	return h;
}

/* ---- names with an id ---- */

struct word {
	const char *text;
	uint8_t id;
	uint16_t flags;	/* what it says about its logical line */
};

static const struct word words[] = {
	{ "and", TAUT_KW_AND, 0 }, { "as", TAUT_KW_AS, 0 },
	{ "assert", TAUT_KW_ASSERT, 0 }, { "async", TAUT_KW_ASYNC, 0 },
	{ "await", TAUT_KW_AWAIT, 0 }, { "break", TAUT_KW_BREAK, 0 },
	{ "class", TAUT_KW_CLASS, 0 }, { "continue", TAUT_KW_CONTINUE, 0 },
	{ "def", TAUT_KW_DEF, 0 }, { "del", TAUT_KW_DEL, 0 },
	{ "elif", TAUT_KW_ELIF, 0 }, { "else", TAUT_KW_ELSE, 0 },
	{ "except", TAUT_KW_EXCEPT, 0 }, { "False", TAUT_KW_FALSE, 0 },
	{ "finally", TAUT_KW_FINALLY, 0 }, { "for", TAUT_KW_FOR, 0 },
	{ "from", TAUT_KW_FROM, 0 }, { "global", TAUT_KW_GLOBAL, 0 },
	{ "if", TAUT_KW_IF, 0 },
	{ "import", TAUT_KW_IMPORT, TAUT_LINE_IMPORT },
	{ "in", TAUT_KW_IN, 0 }, { "is", TAUT_KW_IS, 0 },
	{ "lambda", TAUT_KW_LAMBDA, TAUT_LINE_LAMBDA },
	{ "None", TAUT_KW_NONE, 0 }, { "nonlocal", TAUT_KW_NONLOCAL, 0 },
	{ "not", TAUT_KW_NOT, 0 }, { "or", TAUT_KW_OR, 0 },
	{ "pass", TAUT_KW_PASS, 0 }, { "raise", TAUT_KW_RAISE, 0 },
	{ "return", TAUT_KW_RETURN, 0 }, { "True", TAUT_KW_TRUE, 0 },
	{ "try", TAUT_KW_TRY, 0 }, { "while", TAUT_KW_WHILE, 0 },
	{ "with", TAUT_KW_WITH, 0 },
	{ "yield", TAUT_KW_YIELD, TAUT_LINE_YIELD },

	{ "case", TAUT_ID_CASE, 0 }, { "match", TAUT_ID_MATCH, 0 },
	{ "type", TAUT_ID_TYPE, 0 }, { "_", TAUT_ID_UNDERSCORE, 0 },
	{ "__future__", TAUT_ID_FUTURE, 0 },
	{ "super", TAUT_ID_SUPER, TAUT_LINE_SUPER },
	{ "__class__", TAUT_ID_SUPER, TAUT_LINE_SUPER },

	{ "locals", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "vars", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "dir", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "eval", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "exec", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "_getframe", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "currentframe", TAUT_ID_FRAME, TAUT_LINE_FRAME },

	/* Readers of docstrings.  `Cmd`, not `cmd`: that is everybody's name
	 * for a command line, and cmd.Cmd needs its class. */
	{ "__doc__", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "getdoc", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "doctest", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "pydoc", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "shortDescription", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "Cmd", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "docopt", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "docstring_parser", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "ply", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "click", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "asyncclick", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "rich_click", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "typer", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "fire", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "plac", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "clize", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "cyclopts", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "graphene", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "strawberry", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "fastapi", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "flask_restx", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "flasgger", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "apispec", TAUT_ID_DOC, TAUT_LINE_DOC },
};

static void fill_slots(struct slot *slots)
{
	const struct word *w;
	uint64_t h;
	size_t i;

	memset(slots, 0, NSLOTS * sizeof(*slots));
	for (w = words; w < words + sizeof(words) / sizeof(*words); w++) {
		h = taut_lex_hash(w->text, strlen(w->text));
		for (i = h % NSLOTS; slots[i].id; i = (i + 1) % NSLOTS)
			;
		slots[i].hash = h;
		slots[i].flags = w->flags;
		slots[i].id = w->id;
	}
}

/* Give a name token its hash and id. */
static inline void know_name(struct lexer *x, struct taut_tok *t)
{
	size_t i;

	t->hash = hash_padded(x->base + t->off, t->len);
	for (i = t->hash % NSLOTS; x->slots[i].id; i = (i + 1) % NSLOTS) {
		if (x->slots[i].hash != t->hash)
			continue;
		t->id = x->slots[i].id;
		if (t->id == TAUT_ID_SUPER && t->flags & TAUT_TOK_ATTR)
			return;
		x->flags |= x->slots[i].flags;
		return;
	}
}

/* ---- pieces ---- */

static const char *name_end(const char *p)
{
	unsigned c;

	do
		c = class_at(++p);
	while (c == C_NAME || c == C_DIGIT);
	return p;
}

static const char *digits(const char *p)
{
	while (class_at(p) == C_DIGIT || *p == '_')
		p++;
	return p;
}

/* The end of the number at p.  `1if x` is a number and a keyword. */
static const char *number_end(const char *p)
{
	const char *e;

	if (*p == '0' && (p[1] | 32) == 'x') {
		p += 2;
		while (class_at(p) == C_DIGIT || *p == '_' ||
		       ((*p | 32) >= 'a' && (*p | 32) <= 'f'))
			p++;
		return p;
	}
	if (*p == '0' && ((p[1] | 32) == 'o' || (p[1] | 32) == 'b'))
		return digits(p + 2);
	p = digits(p);
	if (*p == '.')
		p = digits(p + 1);
	if ((*p | 32) == 'e') {
		e = p + 1;
		if (*e == '+' || *e == '-')
			e++;
		if (class_at(e) == C_DIGIT)
			p = digits(e);
	}
	if ((*p | 32) == 'j')
		p++;
	return p;
}

enum { PREFIX_BYTES = 1, PREFIX_RAW = 2, PREFIX_F = 4, PREFIX_BAD = 8 };

/* What the letters before a quote mean. */
static int string_prefix(const char *p, const char *quote)
{
	int flags = 0, u = 0;

	if (quote - p > 2)
		return PREFIX_BAD;
	for (; p < quote; p++) {
		switch (*p | 32) {
		case 'r':
			flags += PREFIX_RAW;
			break;
		case 'b':
			flags += PREFIX_BYTES;
			break;
		case 'f':
		case 't':
			flags += PREFIX_F;
			break;
		case 'u':
			u++;
			break;
		default:
			return PREFIX_BAD;
		}
	}
	/* a letter twice, b with f, and u with anything carry over */
	if (u > 1 || (u && flags))
		return PREFIX_BAD;
	switch (flags) {
	case 0:
	case PREFIX_BYTES:
	case PREFIX_RAW:
	case PREFIX_F:
	case PREFIX_BYTES + PREFIX_RAW:
	case PREFIX_F + PREFIX_RAW:
		return flags;
	}
	return PREFIX_BAD;
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

static int push(struct lexer *x, int kind, const struct frame *like)
{
	struct frame *f;

	if (x->nstack == MAX_LEVEL)
		return opaque(x, "too many nested brackets");
	f = &x->stack[x->nstack++];
	if (like)
		*f = *like;
	else
		memset(f, 0, sizeof(*f));
	f->kind = (uint8_t)kind;
	return 0;
}

static int closes(char open, char close)
{
	return close == (open == '(' ? ')' : open == '[' ? ']' : '}');
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
	return push(x, FRAME_STRING, &f);
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
			return push(x, FRAME_EXPR, f);
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
		if (p[1] == '{' || p[1] == '}')	/* does not escape them */
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
		prefix = string_prefix(x->p, end);
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
		x->p = number_end(x->p);
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
		return push(x, FRAME_BRACKET, &inner);
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

/* ---- tokens ---- */

static inline struct taut_tok *add_tok(struct lexer *x, const char *p, int kind)
{
	struct taut_lex *lx = x->out;
	struct taut_tok *t;

	if (lx->ntoks == x->cap_toks &&
	    taut_grow(&lx->toks, &x->cap_toks, lx->ntoks + 1, sizeof(*t)))
		return NULL;
	t = &lx->toks[lx->ntoks++];
	t->off = (uint32_t)(p - x->base);
	t->line = x->line;
	t->mate = TAUT_NONE;
	t->kind = (uint8_t)kind;
	t->id = 0;
	t->flags = 0;
	return t;
}

static inline void end_tok(struct lexer *x, struct taut_tok *t, const char *p)
{
	t->len = (uint32_t)(p - x->base) - t->off;
	x->tok_end = x->line;
	x->p = p;
}

/* A string may say "__doc__" to getattr. */
static void know_string(struct lexer *x, struct taut_tok *t)
{
	const char *s = x->base + t->off;

	t->hash = hash_padded(s, t->len);
	if (t->len == 9 && !memcmp(s + 1, "__doc__", 7))
		x->flags |= TAUT_LINE_DOC;
}

/* The string that begins at `start`, its quote at `quote`. */
static int lex_string(struct lexer *x, const char *start, const char *quote,
		      int prefix)
{
	struct taut_tok *t = add_tok(x, start, TAUT_TOK_STRING);
	int rc;

	if (!t)
		return TAUT_ENOMEM;
	x->p = quote;
	if (prefix & PREFIX_F) {
		t->kind = TAUT_TOK_FSTRING;
		t->mate = (uint32_t)x->out->ninner;
		rc = skip_fstring(x, prefix);
	} else {
		if (prefix & PREFIX_BYTES)
			t->kind = TAUT_TOK_BYTES;
		rc = skip_string(x);
	}
	if (rc)
		return rc;
	end_tok(x, t, x->p);
	know_string(x, t);
	return 0;
}

static int lex_name(struct lexer *x)
{
	const char *p = x->p, *end = name_end(p);
	struct taut_tok *t;
	int prefix;

	if (class_at(end) == C_QUOTE && end - p <= 2) {
		prefix = string_prefix(p, end);
		if (prefix != PREFIX_BAD)
			return lex_string(x, p, end, prefix);
	}
	t = add_tok(x, p, TAUT_TOK_NAME);
	if (!t)
		return TAUT_ENOMEM;
	end_tok(x, t, end);
	if (x->out->ntoks > 1 && t[-1].id == '.')
		t->flags = TAUT_TOK_ATTR;
	know_name(x, t);
	if (t->id == TAUT_KW_FOR && x->nstack) {
		x->out->toks[x->stack[x->nstack - 1].tok].flags |=
			TAUT_TOK_COMP;
		x->flags |= TAUT_LINE_COMP;
	}
	return 0;
}

static int lex_number(struct lexer *x)
{
	struct taut_tok *t = add_tok(x, x->p, TAUT_TOK_NUMBER);

	if (!t)
		return TAUT_ENOMEM;
	end_tok(x, t, number_end(x->p));
	t->hash = hash_padded(x->base + t->off, t->len);
	return 0;
}

static int lex_open(struct lexer *x)
{
	struct taut_tok *t = add_tok(x, x->p, TAUT_TOK_OP);
	struct frame *f;

	if (!t)
		return TAUT_ENOMEM;
	t->id = (uint8_t)*x->p;
	end_tok(x, t, x->p + 1);
	t->hash = hash_padded(x->base + t->off, 1);
	if (push(x, FRAME_BRACKET, NULL))
		return OPAQUE;
	f = &x->stack[x->nstack - 1];
	f->tok = (uint32_t)x->out->ntoks - 1;
	f->open = (char)t->id;
	return 0;
}

static int lex_close(struct lexer *x)
{
	struct taut_tok *t = add_tok(x, x->p, TAUT_TOK_OP);
	const struct frame *f;

	if (!t)
		return TAUT_ENOMEM;
	if (!x->nstack || !closes(x->stack[x->nstack - 1].open, *x->p))
		return opaque(x, "brackets do not match");
	f = &x->stack[--x->nstack];
	t->id = (uint8_t)*x->p;
	t->mate = f->tok;
	x->out->toks[f->tok].mate = (uint32_t)x->out->ntoks - 1;
	end_tok(x, t, x->p + 1);
	t->hash = hash_padded(x->base + t->off, 1);
	return 0;
}

/* The length of the operator at p, and its id. */
static int op_len(const char *p, uint8_t *id)
{
	char c = p[0], d = p[1];

	if (d == '=' && strchr("+-*/%&|^@", c)) {
		*id = TAUT_OP_AUG;
		return 2;
	}
	*id = TAUT_OP_OTHER;
	if (d == '=' && strchr("=!<>", c))
		return 2;
	if (d == '=' && c == ':') {
		*id = TAUT_OP_WALRUS;
		return 2;
	}
	if (c == d && strchr("*/<>", c)) {
		if (p[2] == '=') {
			*id = TAUT_OP_AUG;
			return 3;
		}
		if (c == '*')
			*id = TAUT_OP_POW;
		return 2;
	}
	if (c == '-' && d == '>') {
		*id = TAUT_OP_ARROW;
		return 2;
	}
	if (c == '<' && d == '>')
		return 2;
	*id = (uint8_t)c;
	return 1;
}

static int lex_op(struct lexer *x)
{
	struct taut_tok *t = add_tok(x, x->p, TAUT_TOK_OP);

	if (!t)
		return TAUT_ENOMEM;
	end_tok(x, t, x->p + op_len(x->p, &t->id));
	t->hash = hash_padded(x->base + t->off, t->len);
	switch (t->id) {
	case '!':
		return opaque(x, "invalid character");
	case ';':
		x->flags |= TAUT_LINE_SEMI;
		break;
	case TAUT_OP_WALRUS:
		x->flags |= TAUT_LINE_WALRUS;
		break;
	case '=':
		if (x->nstack) {
			t[-1].flags |= TAUT_TOK_KWARG;
			break;
		}
		/* fall through */
	case ':':
	case TAUT_OP_AUG:
		if (!x->nstack)
			x->flags |= TAUT_LINE_ASSIGN;
		break;
	}
	return 0;
}

static int lex_dot(struct lexer *x)
{
	const char *p = x->p;
	struct taut_tok *t;

	if (class_at(p + 1) == C_DIGIT)
		return lex_number(x);
	t = add_tok(x, p, TAUT_TOK_OP);
	if (!t)
		return TAUT_ENOMEM;
	t->id = '.';
	if (p[1] == '.' && p[2] == '.')
		t->id = TAUT_OP_ELLIPSIS;
	end_tok(x, t, p + (t->id == '.' ? 1 : 3));
	t->hash = hash_padded(p, t->len);
	return 0;
}

/* ---- lines ---- */

/* Tokens up to the end of the logical line. */
static int lex_tokens(struct lexer *x)
{
	int rc = 0;

	while (!rc) {
		switch (class_at(x->p)) {
		case C_NAME:
			rc = lex_name(x);
			break;
		case C_SPACE:
			x->p++;
			break;
		case C_OP:
			rc = lex_op(x);
			break;
		case C_DOT:
			rc = lex_dot(x);
			break;
		case C_OPEN:
			rc = lex_open(x);
			break;
		case C_CLOSE:
			rc = lex_close(x);
			break;
		case C_QUOTE:
			rc = lex_string(x, x->p, x->p, 0);
			break;
		case C_DIGIT:
			rc = lex_number(x);
			break;
		case C_HASH:
			x->p = memchr(x->p, '\n', (size_t)(x->end - x->p));
			if (!x->p)
				x->p = x->end;
			break;
		case C_NEWLINE:
			x->p++;
			x->line++;
			if (!x->nstack)
				return 0;
			break;
		case C_BACK:
			if (x->p[1] != '\n' || x->p + 2 == x->end)
				return opaque(x, "stray backslash");
			x->p += 2;
			x->line++;
			break;
		case C_END:
			return x->nstack ? opaque(x, "bracket never closed") :
					   0;
		default:
			return opaque(x, "invalid character");
		}
	}
	return rc;
}

/*
 * Columns of the next line, tabs to the next multiple of 8 in *col and of 1
 * in *alt.  Form feed begins anew.  A backslash continues the indentation on
 * the next line, and the column before the first one counts (as in 3.10).
 */
static void measure(struct lexer *x, uint32_t *col, uint32_t *alt)
{
	uint32_t cont_col = 0, cont_alt = 0;

	*col = *alt = 0;
	for (;; x->p++) {
		if (*x->p == ' ') {
			++*col;
			++*alt;
		} else if (*x->p == '\t') {
			*col = (*col / 8 + 1) * 8;
			++*alt;
		} else if (*x->p == '\f') {
			*col = *alt = 0;
		} else if (*x->p == '\\' && x->p[1] == '\n') {
			if (!cont_col) {
				cont_col = *col;
				cont_alt = *alt;
			}
			x->p++;
			x->line++;
		} else {
			break;
		}
	}
	if (cont_col) {
		*col = cont_col;
		*alt = cont_alt;
	}
}

static int indent(struct lexer *x, uint32_t col, uint32_t alt)
{
	static const char tabs[] = "inconsistent use of tabs and spaces";

	if (col > x->col[x->nindent]) {
		if (alt <= x->alt[x->nindent])
			return opaque(x, tabs);
		if (x->nindent == MAX_INDENT)
			return opaque(x, "too many levels of indentation");
		if (!x->out->nlines)
			return opaque(x, "unexpected indent");
		x->col[++x->nindent] = col;
		x->alt[x->nindent] = alt;
		return 0;
	}
	while (x->nindent && col < x->col[x->nindent])
		x->nindent--;
	if (col != x->col[x->nindent])
		return opaque(x, "unindent matches no outer level");
	if (alt != x->alt[x->nindent])
		return opaque(x, tabs);
	return 0;
}

static int lex_line(struct lexer *x)
{
	struct taut_lex *lx = x->out;
	uint32_t first = (uint32_t)lx->ntoks;
	struct taut_line *l;
	int rc;

	x->flags = 0;
	rc = lex_tokens(x);
	if (rc)
		return rc;
	if (lx->ntoks == first)		/* a backslash and nothing else */
		return 0;
	if (taut_grow(&lx->lines, &x->cap_lines, lx->nlines + 1, sizeof(*l)))
		return TAUT_ENOMEM;
	l = &lx->lines[lx->nlines++];
	l->first = first;
	l->end = (uint32_t)lx->ntoks;
	l->last_line = x->tok_end;
	l->depth = (uint16_t)x->nindent;
	l->flags = x->flags;
	lx->flags |= x->flags;
	return 0;
}

static int lex_lines(struct lexer *x)
{
	uint32_t col, alt;
	int rc;

	for (;;) {
		measure(x, &col, &alt);
		switch (class_at(x->p)) {
		case C_END:
			return 0;
		case C_HASH:
			x->p += strcspn(x->p, "\n");
			continue;
		case C_NEWLINE:
			x->p++;
			x->line++;
			continue;
		}
		rc = indent(x, col, alt);
		if (!rc)
			rc = lex_line(x);
		if (rc)
			return rc;
	}
}

int taut_lex_init(struct taut_lex *lx, const void *bytes, size_t n)
{
	struct lexer *x;
	int rc;

	memset(lx, 0, sizeof(*lx));
	rc = taut_coding_text(bytes, n, &lx->text, &lx->ntext, &lx->coding,
			      &lx->opaque);
	if (rc || lx->opaque)
		return rc;
	x = taut_calloc(1, sizeof(*x));	/* 12 KB: too much for a thread */
	if (!x)
		return TAUT_ENOMEM;
	x->out = lx;
	x->base = x->p = lx->text;
	x->end = lx->text + lx->ntext;
	x->line = 1;
	fill_slots(x->slots);
	/* 6.3 bytes of the standard library make a token */
	rc = taut_grow(&lx->toks, &x->cap_toks, lx->ntext / 6 + 16,
		       sizeof(*lx->toks));
	if (!rc)
		rc = lex_lines(x);
	if (rc == OPAQUE) {
		lx->opaque = x->why;
		lx->ntoks = lx->ninner = lx->nlines = 0;
		rc = 0;
	}
	taut_free(x);
	return rc;
}

void taut_lex_release(struct taut_lex *lx)
{
	taut_free(lx->text);
	taut_free(lx->toks);
	taut_free(lx->inner);
	taut_free(lx->lines);
	memset(lx, 0, sizeof(*lx));
}

/* ---- walking tokens ---- */

uint32_t taut_lex_find(const struct taut_lex *lx, uint32_t i, uint32_t end,
		       int id)
{
	for (; i < end; i = taut_lex_skip(lx, i))
		if (lx->toks[i].id == id)
			return i;
	return end;
}

/* Can this token not be part of a lambda's body, on its bracket depth? */
static int ends_lambda(const struct taut_tok *t)
{
	switch (t->id) {
	case ',':
	case ')':
	case ']':
	case '}':
	case ';':
	case '=':
	case TAUT_KW_FOR:
	case TAUT_KW_ASYNC:
	case TAUT_KW_AS:
	case TAUT_KW_FROM:
		return 1;
	}
	return 0;
}

uint32_t taut_lex_lambda(const struct taut_lex *lx, uint32_t i, uint32_t end,
			 uint32_t *colon)
{
	unsigned open = 1;	/* lambdas that still lack their colon */

	for (i++; i < end && open; i = taut_lex_skip(lx, i)) {
		if (lx->toks[i].id == TAUT_KW_LAMBDA)
			open++;
		else if (lx->toks[i].id == ':' && !--open)
			break;
	}
	*colon = i < end ? i : end;
	for (i = *colon + 1; i < end; i = taut_lex_skip(lx, i)) {
		if (lx->toks[i].id == TAUT_KW_LAMBDA)
			open++;
		else if (lx->toks[i].id == ':' && open)
			open--;
		else if (lx->toks[i].id == ':' ||
			 (!open && ends_lambda(&lx->toks[i])))
			break;
	}
	return i < end ? i : end;
}
