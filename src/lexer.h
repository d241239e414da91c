/*
 * lexer - the inside of lex: what lex.c, fstring.c and word.c share.
 *
 * No other module includes it.  A step looks at x->p, moves it on and returns
 * 0, a negative TAUT_E* or OPAQUE.  The text ends in NUL bytes, so that a step
 * may look at the next characters, and read a word, without asking.
 */
#ifndef TAUT_LEXER_H
#define TAUT_LEXER_H

#include <string.h>

#include "hash.h"
#include "lex.h"
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

static inline int opaque(struct lexer *x, const char *why)
{
	x->why = why;
	return OPAQUE;
}

/* ---- characters ---- */

enum {
	C_BAD = '-', C_NAME = 'n', C_DIGIT = 'd', C_SPACE = 's',
	C_NEWLINE = 'l', C_HASH = '#', C_QUOTE = 'q', C_BACK = 'b',
	C_OPEN = '(', C_CLOSE = ')', C_DOT = '.', C_OP = 'o', C_END = 'e',
};
/* The class of every byte. */
extern const char taut_lexer_class[257];

static inline char class_at(const char *p)
{
	return taut_lexer_class[(uint8_t)*p];
}

/* ---- text hashes ---- */

#define K0 0xA0761D6478BD642Fu
#define K1 0xE7037ED1A0B428DBu

/* Reads up to 8 bytes at p, whatever n is. */
static inline uint64_t hash_padded(const char *p, size_t n)
{
	uint64_t a;

	if (n <= 8) {
		a = XXH_readLE64(p) & (n ? ~(uint64_t)0 >> (64 - 8 * n) : 0);
		return XXH3_mul128_fold64(a ^ K0, n ^ K1);
	}
	if (n <= 16)
		return XXH3_mul128_fold64(XXH_readLE64(p) ^ K0,
					  XXH_readLE64(p + n - 8) ^ K1 ^ n);
	return XXH3_64bits(p, n);
}

/* ---- word.c: names with an id ---- */

void taut_lexer_words(struct slot *slots);

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

/* ---- lex.c: pieces ---- */

/* Behind the identifier at p. */
static inline const char *name_end(const char *p)
{
	char c;

	do
		c = class_at(++p);
	while (c == C_NAME || c == C_DIGIT);
	return p;
}

/* The end of the number at p.  `1if x` is a number and a keyword. */
const char *taut_lexer_number(const char *p);
int taut_lexer_push(struct lexer *x, int kind, const struct frame *like);
static inline int closes(char open, char close)
{
	return close == (open == '(' ? ')' : open == '[' ? ']' : '}');
}

/* ---- fstring.c: strings of both kinds ---- */

enum {
	PREFIX_BYTES = 1, PREFIX_RAW = 2, PREFIX_F = 4, PREFIX_U = 8,
	PREFIX_BAD = 16,
};

/* What the letters before a quote mean. */
int taut_lexer_prefix(const char *p, const char *quote);
/* The string whose opening quote is at x->p: to behind its end. */
int taut_lexer_string(struct lexer *x, int prefix);

#endif
