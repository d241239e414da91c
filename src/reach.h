/*
 * reach - what one test of a record stands on.
 *
 * The question of those who explain: all carriers from one test downwards, in
 * a pass over the references.  Selecting goes the other way (select.h).
 */
#ifndef TAUT_REACH_H
#define TAUT_REACH_H

#include "select.h"

/* One byte per carrier of `row`: 1 for the test and all that it reaches.
 * *carriers is the caller's to free. */
int taut_reach_find(struct taut_db *db, const struct taut_db_env *row,
		    uint32_t test, uint8_t **carriers, struct taut_err *err);
/* The first carrier of a set that is reached, or UINT32_MAX. */
uint32_t taut_reach_first(const struct taut_db_set *set,
			  const uint8_t *carriers, uint32_t ncarriers);

#endif
