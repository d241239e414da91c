/*
 * outline - lines -> the tree of suites.
 *
 * A line that is followed by a deeper one opens a suite, whatever it says: so
 * `match`, `type` and statements yet to come need no grammar; keywords only
 * name the kind.  Suites are numbered in source order, 0 is the module.  A
 * body on its header's line is no suite, and neither is the `...` of a def or
 * class on a line of its own: it is taken for one on the header's line.
 *
 * Every line gets a hash of its tokens, in which a docstring is only a mark.
 * Outside functions every suite has a path: a hash of the conditions around
 * it, by which same-named definitions are told apart.  A path counts equal
 * headers in one suite but knows no positions.
 */
#ifndef TAUT_OUTLINE_H
#define TAUT_OUTLINE_H

#include "lex.h"
#include "taut.h"

/* What is known of lx->lines[i] beside its tokens. */
struct taut_row {
	uint64_t hash;	/* of its tokens; a docstring is a mark */
	uint64_t path;	/* a header outside functions: of its body */
	uint32_t block;	/* the suite in which it stands */
	uint32_t child;	/* the suite that it opens, or TAUT_NONE */
	uint32_t colon;	/* a header: its colon token; else TAUT_NONE */
	uint32_t body;	/* tokens before this one are the docstring */
	uint8_t key;	/* id of its first token behind `async`; a soft
			 * keyword only where it is one */
};

/* One suite. */
struct taut_block {
	uint64_t path;	/* outside functions; 0 = no condition */
	uint64_t qual;	/* hash of the chain of class names around it */
	uint32_t parent;
	uint32_t head;	/* line of its header; TAUT_NONE: the module */
	uint32_t deco;	/* line of its first decorator, or = head */
	uint32_t first, last;	/* lines; first > last: an empty module */
	uint32_t name;	/* token of a def's or class's name, or TAUT_NONE */
	uint32_t func;	/* outermost function around it, itself included */
	uint32_t cls;	/* outside functions: its class suite; else NONE */
	uint32_t scope;	/* filled in by the module scope */
	uint32_t nchildren;
	/* Among its parent's suites; an outermost function: among those of
	 * the same `qual` and `path`. */
	uint32_t ordinal;
	uint8_t kind;	/* enum taut_suite_kind */
	uint8_t has_doc;
};

struct taut_outline {
	const struct taut_lex *lx;	/* borrowed */
	struct taut_row *rows;		/* owned; one for every line */
	struct taut_block *blocks;	/* owned */
	size_t nblocks, cap_blocks;
};

/* 0 or TAUT_ENOMEM; `o` needs taut_outline_release() either way.  Joins lines
 * of `lx`. */
int taut_outline_init(struct taut_outline *o, struct taut_lex *lx);
void taut_outline_release(struct taut_outline *o);

/* Inside a function, that is: its code runs when something calls it. */
static inline int taut_block_is_code(const struct taut_block *b)
{
	return b->func != TAUT_NONE;
}

/* ---- the statements of a line ---- */

struct taut_stmt {
	uint32_t first, end;	/* tokens; a header includes its colon */
	uint8_t key;		/* as in struct taut_row */
	uint8_t header;		/* of a compound statement */
	uint8_t more;		/* inline: stands behind a header */
};

/*
 * The statement at token *pos of line i (begin with the line's first token);
 * moves *pos behind it.  0 at the end of the line.
 */
int taut_outline_next(const struct taut_outline *o, uint32_t i, uint32_t *pos,
		      struct taut_stmt *st);

#endif
