#include "lexer.h"

#include "coding.h"

/* ---- characters and pieces ---- */

/* Bytes from 0x80 on are taken for letters: CPython knows better. */
const char taut_lexer_class[257] = "e--------sl-s---"
				   "----------------"
				   "soq#-ooq()oooo.o" /* blank to / */
				   "ddddddddddooooo-" /* 0 to ? */
				   "onnnnnnnnnnnnnnn" /* @ to O */
				   "nnnnnnnnnnn(b)on" /* P to _ */
				   "-nnnnnnnnnnnnnnn" /* ` to o */
				   "nnnnnnnnnnn(o)o-" /* p to DEL */
				   "nnnnnnnnnnnnnnnn"
				   "nnnnnnnnnnnnnnnn"
				   "nnnnnnnnnnnnnnnn"
				   "nnnnnnnnnnnnnnnn"
				   "nnnnnnnnnnnnnnnn"
				   "nnnnnnnnnnnnnnnn"
				   "nnnnnnnnnnnnnnnn"
				   "nnnnnnnnnnnnnnnn";

static const char *digits(const char *p)
{
	while (class_at(p) == C_DIGIT || *p == '_')
		p++;
	return p;
}

const char *taut_lexer_number(const char *p)
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

int taut_lexer_push(struct lexer *x, int kind, const struct frame *like)
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

/* ---- text hashes ---- */

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

static int says(const char *s, size_t n, const char *text)
{
	return n == strlen(text) && !memcmp(s, text, n);
}

static int is_text(const struct taut_tok *t, const char *base, const char *text)
{
	return says(base + t->off, t->len, text);
}

/* Does "__doc__" begin anywhere up to `last`?  (memmem() prepares a table at
 * each call: scanning took a quarter more time.) */
static int has_doc(const char *s, const char *last)
{
	for (; s <= last; s++) {
		s = memchr(s, '_', (size_t)(last - s) + 1);
		if (!s)
			return 0;
		if (!memcmp(s, "__doc__", 7))
			return 1;
	}
	return 0;
}

/*
 * May the string at s name what reads docstrings?  It may be for getattr() or
 * format(), be the code of a child or the module that it runs, or a piece of
 * which "__doc__" is made: "__d", "__%s__", f"__{x}__".
 */
static int string_reads_doc(const char *s, size_t n)
{
	const char *quote = s;

	while (*quote != '"' && *quote != '\'')
		quote++;
	n -= (size_t)(quote - s) + 2;
	s = quote + 1;
	if (n >= 7 && has_doc(s, s + n - 7))
		return 1;
	if (n < 3 || n > 8)
		return 0;
	if (*s != '_')
		return says(s, n, "pydoc") || says(s, n, "doctest") ||
		       says(s, n, "unittest");
	if (n < 7 && !memcmp(s, "__doc__", n))
		return 1;
	return s[1] == '_' && (s[2] == '%' || s[2] == '{');
}

static void know_string(struct lexer *x, struct taut_tok *t)
{
	const char *s = x->base + t->off;

	t->hash = hash_padded(s, t->len);
	if (string_reads_doc(s, t->len))
		x->flags |= TAUT_LINE_DOC;
}

/* vars(x), dir(x), getmembers(x), x.__dict__: of another one than self, whose
 * own attributes are no docstrings. */
static int lists_attributes(const struct taut_tok *t, size_t before,
			    const char *base)
{
	if (before < 2)
		return 0;
	if (t[-1].id == '.')
		return is_text(t, base, "__dict__") &&
		       !is_text(t - 2, base, "self");
	return t[-1].id == '(' && !is_text(t, base, "self") &&
	       (is_text(t - 2, base, "vars") || is_text(t - 2, base, "dir") ||
		is_text(t - 2, base, "getmembers"));
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
	} else if (prefix & PREFIX_BYTES) {
		t->kind = TAUT_TOK_BYTES;
	}
	rc = taut_lexer_string(x, prefix);
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
		prefix = taut_lexer_prefix(p, end);
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
	if (lists_attributes(t, x->out->ntoks - 1, x->base))
		x->flags |= TAUT_LINE_LISTS;
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
	end_tok(x, t, taut_lexer_number(x->p));
	t->hash = hash_padded(x->base + t->off, t->len);
	return 0;
}

/* help(x) prints docstrings; an attribute or argument `help` does not. */
static int is_help(const struct taut_tok *t, const char *base)
{
	return t->kind == TAUT_TOK_NAME && !(t->flags & TAUT_TOK_ATTR) &&
	       is_text(t, base, "help");
}

static int lex_open(struct lexer *x)
{
	struct taut_tok *t = add_tok(x, x->p, TAUT_TOK_OP);
	struct frame *f;

	if (!t)
		return TAUT_ENOMEM;
	t->id = (uint8_t)*x->p;
	if (x->out->ntoks > 1 && is_help(t - 1, x->base))
		x->flags |= TAUT_LINE_DOC;
	end_tok(x, t, x->p + 1);
	t->hash = hash_padded(x->base + t->off, 1);
	if (taut_lexer_push(x, FRAME_BRACKET, NULL))
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
	case '+': /* "__" + name + "__" */
		if (x->out->ntoks > 1 && t[-1].kind == TAUT_TOK_STRING &&
		    says(x->base + t[-1].off + 1, t[-1].len - 2, "__"))
			x->flags |= TAUT_LINE_DOC;
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
	if (lx->ntoks == first) /* a backslash and nothing else */
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
	x = taut_calloc(1, sizeof(*x)); /* 12 KB: too much for a thread */
	if (!x)
		return TAUT_ENOMEM;
	x->out = lx;
	x->base = x->p = lx->text;
	x->end = lx->text + lx->ntext;
	x->line = 1;
	taut_lexer_words(x->slots);
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
	unsigned open = 1; /* lambdas that still lack their colon */

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

uint32_t taut_lex_default(const struct taut_lex *lx, uint32_t i, uint32_t end)
{
	for (i++; i < end && lx->toks[i].id != ',';)
		i = lx->toks[i].id == TAUT_KW_LAMBDA ?
			    taut_lex_lambda(lx, i, end, &(uint32_t){ 0 }) :
			    taut_lex_skip(lx, i);
	return i;
}
