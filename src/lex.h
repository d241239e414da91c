/*
 * lex - Python source bytes -> tokens and logical lines.
 *
 * Own tokenizer, independent of any Python: it takes the union of what 3.8 to
 * 3.14 accept and knows no grammar beyond brackets, strings and indentation.
 * Comments, blank lines and spacing leave no trace.  What CPython's tokenizer
 * rejects, and what cannot be read as ASCII plus opaque high bytes, makes the
 * source `opaque`: there are no tokens then, only the reason.
 *
 * There are no NEWLINE, INDENT and DEDENT tokens: a struct taut_line is one
 * logical line and has the depth of its indentation.  An f-string (or
 * t-string) is one token whatever it nests; the names inside its expressions,
 * and `:=`, are listed apart in `inner`.
 *
 * Tokens are known by a 64-bit hash of their text; as texts of different kinds
 * never coincide, equal hashes mean equal tokens.  Identifiers are compared as
 * spelled, without Python's NFKC normalisation.
 *
 * Keywords, operators and a few telling names also have an `id`.  Ids of
 * one-character operators are their ASCII code; no two ids coincide.
 *
 *	struct taut_lex lx;
 *	if (taut_lex_init(&lx, bytes, n))
 *		return taut_nomem(err);
 *	... lx.opaque, lx.lines, lx.toks ...
 *	taut_lex_release(&lx);
 */
#ifndef TAUT_LEX_H
#define TAUT_LEX_H

#include <stddef.h>
#include <stdint.h>

#define TAUT_NONE UINT32_MAX	/* no such token, line, suite, scope */

enum taut_tok_kind {
	TAUT_TOK_NAME, TAUT_TOK_NUMBER, TAUT_TOK_STRING, TAUT_TOK_BYTES,
	TAUT_TOK_FSTRING, TAUT_TOK_OP,
};

enum taut_tok_flags {
	TAUT_TOK_ATTR = 1,	/* a name right after a dot */
	TAUT_TOK_KWARG = 2,	/* a name before `=` inside brackets */
	TAUT_TOK_COMP = 4,	/* a bracket around a comprehension */
};

/* Operators of more than one character, keywords, names with a meaning. */
enum taut_tok_id {
	TAUT_OP_AUG = 128,	/* every augmented assignment */
	TAUT_OP_WALRUS, TAUT_OP_ARROW, TAUT_OP_POW, TAUT_OP_ELLIPSIS,
	TAUT_OP_OTHER,		/* ==, //, <<, ... */

	TAUT_KW_AND = 160, TAUT_KW_AS, TAUT_KW_ASSERT, TAUT_KW_ASYNC,
	TAUT_KW_AWAIT, TAUT_KW_BREAK, TAUT_KW_CLASS, TAUT_KW_CONTINUE,
	TAUT_KW_DEF, TAUT_KW_DEL, TAUT_KW_ELIF, TAUT_KW_ELSE, TAUT_KW_EXCEPT,
	TAUT_KW_FALSE, TAUT_KW_FINALLY, TAUT_KW_FOR, TAUT_KW_FROM,
	TAUT_KW_GLOBAL, TAUT_KW_IF, TAUT_KW_IMPORT, TAUT_KW_IN, TAUT_KW_IS,
	TAUT_KW_LAMBDA, TAUT_KW_NONE, TAUT_KW_NONLOCAL, TAUT_KW_NOT,
	TAUT_KW_OR, TAUT_KW_PASS, TAUT_KW_RAISE, TAUT_KW_RETURN,
	TAUT_KW_TRUE, TAUT_KW_TRY, TAUT_KW_WHILE, TAUT_KW_WITH,
	TAUT_KW_YIELD,

	/* ordinary names from here on */
	TAUT_ID_CASE, TAUT_ID_MATCH, TAUT_ID_TYPE, TAUT_ID_UNDERSCORE,
	TAUT_ID_FRAME,		/* locals, eval, ...: sees all local names */
	TAUT_ID_SUPER,		/* super and __class__ */
	TAUT_ID_DOC,		/* __doc__, click, str, ...: by its line flags */
	TAUT_ID_FUTURE,		/* __future__ */
};

/* What a logical line contains, at any depth unless it says otherwise. */
enum taut_line_flags {
	TAUT_LINE_LAMBDA = 1,
	TAUT_LINE_COMP = 2,
	TAUT_LINE_WALRUS = 4,
	TAUT_LINE_YIELD = 8,
	TAUT_LINE_ASSIGN = 16,	/* =, augmented = or : outside brackets */
	TAUT_LINE_SEMI = 32,	/* more than one statement */
	TAUT_LINE_IMPORT = 64,
	TAUT_LINE_FRAME = 128,
	TAUT_LINE_SUPER = 256,
	TAUT_LINE_DOC = 512,
	/* an f-string with a lambda, comprehension, yield or := inside */
	TAUT_LINE_AWKWARD = 1024,
	/* vars(x), x.__dict__, ...: all that x has, its docstring too */
	TAUT_LINE_LISTS = 2048,
	TAUT_LINE_TEXT = 4096,	/* str, assert, ...: may look at a text */
};

struct taut_tok {
	uint64_t hash;
	uint32_t off, len;	/* bytes in lx->text */
	uint32_t line;		/* of its first byte, 1-based */
	/* A bracket: index of its mate.  An f-string: index in lx->inner of
	 * its first inner token; they go on while `off` is inside it. */
	uint32_t mate;
	uint8_t kind;		/* enum taut_tok_kind */
	uint8_t id;		/* enum taut_tok_id, ASCII, or 0 */
	uint8_t flags;		/* enum taut_tok_flags */
};

struct taut_line {
	uint32_t first, end;	/* tokens [first, end), never empty */
	uint32_t last_line;	/* where its last token ends, 1-based */
	uint16_t depth;		/* of indentation; 0 = none */
	uint16_t flags;		/* enum taut_line_flags */
};

struct taut_lex {
	char *text;		/* owned; newlines are \n, no BOM, NUL after */
	size_t ntext;
	struct taut_tok *toks;	/* owned */
	size_t ntoks;
	struct taut_tok *inner;	/* owned */
	size_t ninner;
	struct taut_line *lines;	/* owned */
	size_t nlines;
	uint64_t coding;	/* hash of the encoding's canonical name */
	uint16_t flags;		/* all lines' flags together */
	const char *opaque;	/* NULL, or why there are no tokens */
};

/* 0 or TAUT_ENOMEM; `lx` needs taut_lex_release() either way. */
int taut_lex_init(struct taut_lex *lx, const void *bytes, size_t n);
void taut_lex_release(struct taut_lex *lx);

/* The hash that a token of this text has. */
uint64_t taut_lex_hash(const void *text, size_t n);

/* A hash of the tokens [first, end), in order, on top of `h`. */
uint64_t taut_lex_fold(const struct taut_lex *lx, uint32_t first, uint32_t end,
		       uint64_t h);

static inline int taut_tok_is_open(const struct taut_tok *t)
{
	return t->id == '(' || t->id == '[' || t->id == '{';
}

static inline int taut_tok_is_close(const struct taut_tok *t)
{
	return t->id == ')' || t->id == ']' || t->id == '}';
}

/* Not a keyword: something that can be bound. */
static inline int taut_tok_is_name(const struct taut_tok *t)
{
	return t->kind == TAUT_TOK_NAME &&
	       (!t->id || t->id > TAUT_KW_YIELD);
}

/* The token after i on the same bracket depth. */
static inline uint32_t taut_lex_skip(const struct taut_lex *lx, uint32_t i)
{
	return taut_tok_is_open(&lx->toks[i]) ? lx->toks[i].mate + 1 : i + 1;
}

/* The first token of [i, end) with this id outside brackets; or end. */
uint32_t taut_lex_find(const struct taut_lex *lx, uint32_t i, uint32_t end,
		       int id);
/*
 * The lambda at token i: *colon is the colon before its body; returns the end
 * of the body.  Both are at most `end`.
 */
uint32_t taut_lex_lambda(const struct taut_lex *lx, uint32_t i, uint32_t end,
			 uint32_t *colon);
/* The end of the default behind the `=` at token i, of a parameter. */
uint32_t taut_lex_default(const struct taut_lex *lx, uint32_t i, uint32_t end);

#endif
