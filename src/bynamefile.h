/*
 * bynamefile - the inside of byname: judging and selecting (byname.c), whom a
 * hit breaks (bynamehit.c), who reads docstrings and annotations
 * (bynameread.c), who stored something (bynamestore.c), imports that may fail (bynametry.c).
 */
#ifndef TAUT_BYNAMEFILE_H
#define TAUT_BYNAMEFILE_H

#include "byname.h"

/* Whom hits break: the carriers in `s`, or a cause's bit in `m`. */
struct taut_byname_target {
	struct taut_select *s;
	struct taut_select_masks *m;
	uint64_t bits;
};

/* Causes, and which of 64 bits each has. */
struct taut_byname_causes {
	struct taut_byname_cause *const *v;
	uint32_t n;
};

/* The number of a hash of a file, or TAUT_MAP_NONE. */
int taut_byname_hash(struct taut_byname *b, uint32_t file, uint64_t hash,
		     uint32_t *out, size_t *nhashes, struct taut_err *err);
/* Of the hits [h, end) of one file those that matter to `only`. */
int taut_byname_break_file(struct taut_byname *b,
			   const struct taut_byname_target *t,
			   const struct taut_names_hit *h,
			   const struct taut_names_hit *end, int only,
			   struct taut_err *err);
/* Of all hits; they get sorted by file. */
int taut_byname_break_hits(struct taut_byname *b, struct taut_names *n,
			   int only, const struct taut_byname_target *t,
			   struct taut_err *err);
/* Who reads a file that says a name which one of the causes changed for `only`:
 * the bit of that cause. */
int taut_byname_break_data(struct taut_byname *b,
			   const struct taut_byname_causes *c, int only,
			   struct taut_byname_target *t, struct taut_err *err);
/* bynameread.c: break who reads what a hit that matters to `only` is about, an
 * edit of the file. */
int taut_byname_break_readers(struct taut_byname *b, int only, uint32_t file,
			      const struct taut_byname_target *t,
			      struct taut_err *err);
/* Those of them that asked by themselves a function in the file: it may have got
 * to them by a way that no text tells, out of a registry, say. */
int taut_byname_break_asking(struct taut_byname *b, int only, uint32_t file,
			     const struct taut_byname_target *t,
			     struct taut_err *err);
/* The first carrier of a module of this path, by (kind, owner) as they are in
 * order, or TAUT_MAP_NONE; others may follow. */
int taut_byname_carrier(struct taut_byname *b, const char *path, uint32_t *out,
			struct taut_err *err);
/* The callback `reads` of names. */
int taut_byname_reads(void *arg, uint32_t edited, uint32_t file, int only,
		      int *yes, struct taut_err *err);
/* The callback `asked`. */
int taut_byname_asked(void *arg, uint32_t edited, int only,
		      int (*found)(void *to, uint32_t module), void *to,
		      struct taut_err *err);
/* bynamestore.c: the callback `stores` of names. */
int taut_byname_stores(void *arg, uint32_t file, int *yes,
		       struct taut_err *err);
/* Fill in b->stored, once. */
int taut_byname_find_stored(struct taut_byname *b, struct taut_err *err);
/* Call `found` with each module that has the value of this memo: it refers to
 * it, or to a memo that does. */
int taut_byname_users(struct taut_byname *b, uint32_t memo,
		      int (*found)(void *to, uint32_t module), void *to,
		      struct taut_err *err);
/* Break just this carrier. */
int taut_byname_break_carrier(const struct taut_byname_target *t, uint32_t file,
			      uint32_t carrier, struct taut_err *err);
/* Break who depends on the hashes of `file` for which why[] is set. */
int taut_byname_break_hashes(struct taut_byname *b,
			     const struct taut_byname_target *t, uint32_t file,
			     const uint8_t *why, size_t n,
			     struct taut_err *err);
int taut_byname_follow_masks(struct taut_byname *b, struct taut_select_masks *m,
			     struct taut_err *err);
/* See that somebody imports `file`, which a cause has changed. */
int taut_byname_try(struct taut_byname *b, uint32_t cause, uint32_t file,
		    const struct taut_select *already, struct taut_err *err);
/* A module that stored something into another module when it was imported
 * holds on to the old version until it is imported again, and so do all who use
 * that module: where the cause selects some of them, it is to be imported as
 * well, or they would be selected for ever. */
int taut_byname_renew(struct taut_byname *b, uint32_t cause,
		      const struct taut_select *already, struct taut_err *err);

#endif
