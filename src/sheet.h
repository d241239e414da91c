/*
 * sheet - what the text of a Python file mentions, suite by suite, unit by
 * unit: what the name rule reads of a file instead of the file.
 *
 * A mention is a name and how it stands there; names are known by 32 bits of
 * their hash (two names with one hash: a test too many).  The text of a suite
 * is that of its own lines; a def's is what is evaluated when it is defined,
 * its annotations are those of its DEF_ANNOTATIONS unit.  A unit in a branch
 * mentions what the conditions of its file mention.
 *
 *	struct taut_sheet *s;
 *	taut_sheet_scan(bytes, n, &s, err);	(scan.h)
 *	... s->units, s->suites ...
 *	taut_sheet_free(s);
 */
#ifndef TAUT_SHEET_H
#define TAUT_SHEET_H

#include "util.h"

enum taut_mention_flags {
	TAUT_MENTION_NAME = 1,	/* a plain name: this file's, or a builtin */
	/* an attribute, a keyword argument, an imported name, in a string */
	TAUT_MENTION_BARE = 2,
	TAUT_MENTION_MODULE = 4,	/* a dotted path, used as a value */
	TAUT_MENTION_NOW = 8,	/* of a NAME: evaluated where the unit stands */
	/* of a class: a part of what a base is called; of a def: how the name
	 * of a decorator begins */
	TAUT_MENTION_BASE = 16,
	/* of a NAME: not just called, so that what it is called with, or a
	 * method of it, may alter it */
	TAUT_MENTION_HANDED = 32,
	TAUT_MENTION_TOP = 64,	/* of a package: an import of what is not pure */
	TAUT_MENTION_PARAM = 128,	/* a parameter: maybe a fixture */
};
/* The same in the imports of a sheet, beside TAUT_MENTION_MODULE. */
enum taut_import_flags {
	TAUT_IMPORT_LIVE = 1,	/* done whenever the file is imported, maybe */
	TAUT_IMPORT_TRIED = 2,	/* below `try` or `with`: an error is caught */
};
struct taut_mention {
	uint32_t name;
	uint32_t flags;
};

enum taut_text_flags {
	TAUT_TEXT_ANY = 1,	/* may find things by a name it computes */
	TAUT_TEXT_OWN = 2,	/* may look at all names of its own module */
	TAUT_TEXT_DOCS = 4,	/* of a whole sheet: it reads docstrings */
	TAUT_TEXT_SELF = 8,	/* a method that hands its object on, or its class */
	TAUT_TEXT_DOCS_NOW = 16,	/* of a sheet: reads docstrings when imported */
	TAUT_TEXT_ATTRS = 32,	/* gets attributes by names that it computes */
	/* its function makes a class with more than one base, or a decorator,
	 * a keyword, a special method that few have */
	TAUT_TEXT_MAKES = 64,
};
struct taut_text {
	uint32_t n;
	uint32_t flags;		/* enum taut_text_flags */
	const struct taut_mention *v;	/* ascending, each name once */
};

struct taut_sheet_suite {
	uint64_t hash;		/* 40 bits */
	uint32_t line;
	const char *name;	/* of the function around it */
	struct taut_text text;
};

enum taut_sheet_unit_flags {
	TAUT_SHEET_DECORATED = 1,	/* by more than what is pure */
	TAUT_SHEET_BASES = 2,	/* a class: names as bases, and nothing else */
	/* an assignment without code or containers in it, whose names no
	 * function binds: what it gives is as it says */
	TAUT_SHEET_FROZEN = 4,
	TAUT_SHEET_INLINE = 4,	/* a def with its body on its line */
	TAUT_SHEET_SIMPLE = 4,	/* a class: no decorator, no keyword */
	TAUT_SHEET_NEVER = 8,	/* below `if TYPE_CHECKING` */
	TAUT_SHEET_BARE = 16,	/* `x: int`: it binds nothing */
	/* What may run code of the project in a unit that stores nothing: */
	TAUT_SHEET_OPERATES = 32,	/* operators, builtins, iteration */
	TAUT_SHEET_SUBSCRIPTS = 64,
	TAUT_SHEET_READS = 128,	/* attributes */
};
struct taut_sheet_unit {
	uint32_t hash, branch;
	uint32_t line;
	uint8_t kind, effect;	/* as in struct taut_unit */
	uint8_t flags;		/* enum taut_sheet_unit_flags */
	uint32_t calls;		/* as in struct taut_unit */
	const char *owner;
	uint32_t nnames;
	const char *const *names;
	const uint32_t *keys;	/* hashes of names */
	struct taut_text text;
};

struct taut_sheet {
	struct taut_arena arena;	/* all below */
	const char *opaque;	/* NULL, or why there is nothing */
	uint64_t version;	/* the VERSION hash, 40 bits */
	uint8_t flags;		/* those of all texts together */
	uint8_t star;		/* has a star import */
	uint32_t nsuites, nunits;
	const struct taut_sheet_suite *suites;
	const struct taut_sheet_unit *units;
	struct taut_text imports;	/* every prefix of a module imported */
};

void taut_sheet_free(struct taut_sheet *s);

/* How `text` mentions `name`: enum taut_mention_flags, 0 = not at all. */
uint32_t taut_text_has(const struct taut_text *text, uint32_t name);
static inline int taut_unit_binds(const struct taut_sheet_unit *u,
				  uint32_t name)
{
	uint32_t i;

	for (i = 0; i < u->nnames; i++)
		if (u->keys[i] == name)
			return 1;
	return 0;
}

/* Does any unit of module level bind it? */
static inline int taut_sheet_binds(const struct taut_sheet *s, uint32_t name)
{
	uint32_t i;

	for (i = 0; i < s->nunits; i++)
		if (!*s->units[i].owner && taut_unit_binds(&s->units[i], name))
			return 1;
	return 0;
}

/* The length of the identifier with which p[0..n) begins; 0: none.  Bytes that
 * are no ASCII count as letters. */
size_t taut_word_length(const char *p, size_t n);

/* The name under which a dotted path (alias.h) is mentioned. */
uint32_t taut_dotted_close(uint64_t path);
/* The same, of a path in `imports`, and of one in a string. */
uint32_t taut_dotted_import(uint64_t path);
uint32_t taut_dotted_string(uint64_t path);
/* The name of a top-level package, by the hash of its own; 0: what a relative
 * import finds. */
uint32_t taut_dotted_top(uint64_t top);
/* What a method that Python calls by itself, or a property, is mentioned as in
 * its suites that may store something; what a name is mentioned as in the unit
 * that binds it to what is altered by reading it. */
enum { TAUT_LOUD_METHOD, TAUT_LOUD_NAME }; /* any of these */
uint32_t taut_dotted_loud(uint32_t name);
/* What a word in prose is mentioned as, and an attribute of self: nothing but
 * the name of an attribute, for those who find one by it. */
uint32_t taut_dotted_word(uint32_t name);
/* What a word in a string is mentioned as that begins or ends with "_", as do
 * parts of names. */
uint32_t taut_dotted_part(uint32_t word);
/* What a name with a capital is mentioned as that stands behind a dot or in a
 * string, and is not just called. */
uint32_t taut_dotted_handed(uint32_t name);

#endif
