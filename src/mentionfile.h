/*
 * mentionfile - the inside of mention: the texts (mention.c), strings
 * (mentionstring.c), imports (mentionimport.c), what is loud (mentionloud.c), names with a
 * meaning (mentionknown.c), attributes by computed names (mentionattr.c), and
 * what is to be known of a unit beside its text (mentionflags.c).
 */
#ifndef TAUT_MENTIONFILE_H
#define TAUT_MENTIONFILE_H

#include <string.h>

#include "mention.h"

/* A name with a meaning in this file. */
struct taut_known {
	uint64_t hash;
	uint64_t path;	/* of the import that binds it; 0: none does */
	uint8_t inner;	/* one in a function */
	uint32_t flags; /* enum taut_text_flags */
};

struct taut_writer {
	struct taut_sheet *s;
	const struct taut_mention_source *src;
	const struct taut_lex *lx;
	uint64_t name_hash;  /* of __name__ */
	uint64_t self_hash, cls_hash;	/* of those words */
	uint64_t defaultdict;	/* of that word */
	int has_global;	/* some function binds names of the module */
	struct taut_known *known; /* owned */
	size_t nknown, cknown;
	size_t nsorted; /* so many of them are ascending by hash */
	/* The text being written. */
	struct taut_mention *v; /* owned */
	size_t n, cap;
	uint32_t flags;
	uint32_t now; /* TAUT_MENTION_NOW while it counts */
	uint32_t scope; /* of the suite being written, or TAUT_NONE */
	uint32_t line;	/* of that */
	uint64_t passed;	/* taut_writer_passed() */
	int tried;	/* an error on that line is caught in the function */
	int note;     /* an annotation: nothing is handed to anybody */
	int type;     /* that of an assignment, or the bases of a class, without
		       * a call: the same */
	/* What conditions mention, for units in a branch. */
	struct taut_mention *guard; /* owned */
	size_t nguard;
	uint32_t guard_flags;
	int nomem;
};

/* nomem is set where it has to be. */
void taut_known_add(struct taut_writer *w, uint64_t hash, uint64_t path,
		    uint32_t flags);
void taut_known_sort(struct taut_writer *w);
/* Those that have it in every file. */
void taut_known_words(struct taut_writer *w);
/* Of all entries of a name. */
uint32_t taut_known_flags(const struct taut_writer *w, uint64_t hash);
/* The first entry of a name, or NULL; those of one name are neighbours. */
const struct taut_known *taut_known_find(const struct taut_writer *w,
					 uint64_t hash);
/* Of a looker at t: f(), or f itself as an argument. */
int taut_looks_around(const struct taut_tok *t, const struct taut_tok *end);
void taut_writer_add(struct taut_writer *w, uint32_t name, uint32_t flags);
/* mentionimport.c: mention what is imported, and know what that binds. */
void taut_writer_imports(struct taut_writer *w);
/* How an import on line i is done: enum taut_import_flags. */
uint32_t taut_writer_import_flags(const struct taut_writer *w, uint32_t i);
/* mentionstring.c: a word with a capital, which may be a class's. */
void taut_writer_handed(struct taut_writer *w, const char *p, size_t n);
/* mentionstring.c: the words of p[0..n) as names of `flags`. */
void taut_writer_words(struct taut_writer *w, const char *p, size_t n,
		       uint32_t flags);
/* What the string token t says, the first of its tokens being `first`. */
void taut_writer_string(struct taut_writer *w, const struct taut_tok *first,
			const struct taut_tok *t);
/* The bytes between the quotes of a string token. */
const char *taut_string_text(const struct taut_lex *lx,
			     const struct taut_tok *t, size_t *n);
static inline int taut_tok_is_text(const struct taut_tok *t)
{
	return t->kind == TAUT_TOK_STRING || t->kind == TAUT_TOK_BYTES ||
	       t->kind == TAUT_TOK_FSTRING;
}
static inline int taut_tok_is_dunder(const struct taut_lex *lx,
				     const struct taut_tok *t)
{
	return t->len > 4 && !memcmp(lx->text + t->off, "__", 2);
}
/* mentionloud.c: does the suite of these lines do more than give a value? */
int taut_writer_loud(const struct taut_writer *w, const uint32_t *next,
		     uint32_t line);
/* Then mention the methods around it that run where no text calls them: what
 * Python calls by itself, and what a decorator may have made a property. */
void taut_writer_methods(struct taut_writer *w, uint32_t b);
/* Of what a unit binds that is altered by reading it. */
void taut_writer_loud_names(struct taut_writer *w, const struct taut_unit *u,
			    const struct taut_span *sp);
/* In a suite: is t, `modules` or `__import__`, used for a module of which nothing
 * is seen but the attributes that the file names? */
int taut_writer_asks(const struct taut_writer *w, const struct taut_tok *t);
/* mentionattr.c: does the function around suite b get the name of an attribute
 * from who asks for it, in a parameter that it leaves alone?  The hash of that,
 * or 0. */
uint64_t taut_writer_passed(const struct taut_writer *w, uint32_t b);
/* Is t, `getattr` or the like, used with a name that no text says? */
int taut_writer_computes(const struct taut_writer *w, const struct taut_tok *t);
/* Does the string p[0..n) name something like that? */
int taut_string_computes(const char *p, size_t n);
/* Does suite b stand where nobody comes? */
int taut_writer_never(const struct taut_writer *w, uint32_t b);
/* mentionflags.c: is one of the classes in the function around line i more than
 * a class with one base? */
int taut_writer_makes(const struct taut_writer *w, uint32_t i);
/* enum taut_sheet_unit_flags */
uint8_t taut_writer_flags(const struct taut_writer *w,
			  const struct taut_unit *u,
			  const struct taut_span *sp);

#endif
