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
/* Follow the references backwards until nothing more breaks: by breadth, so
 * that the chain to the cause is a shortest one. */
int taut_select_propagate(struct taut_select *s,
			  const struct taut_db_reflist *lists, size_t nlists,
			  struct taut_err *err);
/* The mark of a broken carrier, or NULL. */
const struct taut_select_mark *taut_select_broken(const struct taut_select *s,
						  uint32_t carrier);

/*
 * The other direction, for "what does this test stand on": reached[] (one
 * byte per carrier, zeroed by the caller) becomes 1 for `from` and all that
 * it refers to, directly or not.
 */
int taut_select_reach(const struct taut_db_reflist *lists, size_t nlists,
		      uint32_t ncarriers, uint32_t from, uint8_t *reached,
		      struct taut_err *err);

#endif
