/*
 * select - from hashes that are gone to the tests that they affect.
 *
 * Pure decision: no file, no clock, no database handle; rows go in as db.h
 * describes them, marks come out.  A carrier is *broken* when a hash it holds
 * is not in today's tree, or when it refers to a broken carrier.  Tests are the
 * carriers with the lowest numbers.
 *
 * The work grows with what is broken, but for two arrays of one number per
 * carrier and, once something is broken, one pass over the references.
 *
 *	taut_select_init(&s, env->ntests, env->ncarriers, err);
 *	for each file with hashes that are gone:
 *		taut_select_sets(&s, cause, sets, nsets, why, n, &broke, err);
 *	taut_select_propagate(&s, lists, nlists, err);
 *	if (taut_select_broken(&s, test)) ...
 */
#ifndef TAUT_SELECT_H
#define TAUT_SELECT_H

#include "db.h"
#include "pack.h"

/* Why a carrier is broken: the first cause that reached it. */
struct taut_select_mark {
	uint32_t cause;		/* the caller's number, + 1; 0: not broken */
	/* Its neighbour on the way to the cause: a carrier it refers to, or
	 * itself when the hash that is gone is its own. */
	uint32_t via;
	uint8_t code;		/* enum taut_reason_code */
};
struct taut_select {
	uint32_t ntests, ncarriers;
	struct taut_select_mark *marks;	/* owned; one per carrier */
	uint32_t *queue;	/* owned; broken carriers in order of finding */
	uint32_t nqueue;
};

int taut_select_init(struct taut_select *s, uint32_t ntests,
		     uint32_t ncarriers, struct taut_err *err);
void taut_select_release(struct taut_select *s);

/*
 * Mark the carriers of every set that holds a hash which is gone.  `why` has
 * one enum taut_reason_code per hash of the file, TAUT_WHY_NONE while the hash
 * holds; of several reasons in a set the lowest code is given.  *broke tells
 * whether any set held such a hash.
 */
int taut_select_sets(struct taut_select *s, uint32_t cause,
		     const struct taut_db_set *sets, size_t nsets,
		     const uint8_t *why, size_t nhashes, int *broke,
		     struct taut_err *err);

/* The lists that name a carrier: what following references backwards needs. */
struct taut_select_index {
	const struct taut_db_reflist *lists;	/* borrowed */
	size_t nlists;
	uint32_t ncarriers;
	/* Owned; those of carrier c are of[start[c] .. start[c + 1]). */
	uint32_t *start, *of;
};
int taut_select_index_build(struct taut_select_index *x,
			    const struct taut_db_reflist *lists, size_t nlists,
			    uint32_t ncarriers, struct taut_err *err);
void taut_select_index_release(struct taut_select_index *x);

/* Follow the references backwards until nothing more breaks: by breadth, so
 * that the chain to the cause is a shortest one. */
int taut_select_follow(struct taut_select *s,
		       const struct taut_select_index *x,
		       struct taut_err *err);
/* The same with an index of its own. */
int taut_select_propagate(struct taut_select *s,
			  const struct taut_db_reflist *lists, size_t nlists,
			  struct taut_err *err);
/* The mark of a broken carrier, or NULL. */
const struct taut_select_mark *taut_select_broken(const struct taut_select *s,
						  uint32_t carrier);

/* ---- many causes at once ----
 *
 * Up to 64 causes, of which a carrier has one bit each: what they all break
 * takes one walk, and no more is known than that it is broken.
 */
struct taut_select_masks {
	uint32_t ntests, ncarriers;
	uint64_t *mask;		/* owned; of each carrier */
	struct taut_u32s queue;	/* carriers, no tests, to be followed */
	uint8_t *queued;	/* owned; of each carrier */
};
int taut_select_masks_init(struct taut_select_masks *m, uint32_t ntests,
			   uint32_t ncarriers, struct taut_err *err);
void taut_select_masks_release(struct taut_select_masks *m);
/* Give the bits to the carriers of every set that holds a hash for which why[]
 * is set. */
int taut_select_masks_sets(struct taut_select_masks *m, uint64_t bits,
			   const struct taut_db_set *sets, size_t nsets,
			   const uint8_t *why, size_t nhashes,
			   struct taut_err *err);
int taut_select_masks_follow(struct taut_select_masks *m,
			     const struct taut_select_index *x,
			     struct taut_err *err);

/*
 * The other direction, for "what does this test stand on": reached[] (one
 * byte per carrier, zeroed by the caller) becomes 1 for `from` and all that
 * it refers to, directly or not.
 */
int taut_select_reach(const struct taut_db_reflist *lists, size_t nlists,
		      uint32_t ncarriers, uint32_t from, uint8_t *reached,
		      struct taut_err *err);

#endif
