/*
 * verdiff - what differs between a recorded module version and the file now.
 *
 * Units are compared as a sequence: equal ones that stand in another order
 * have moved (as few of them as possible).  Docstrings are not compared, save
 * whether the module has one.
 */
#ifndef TAUT_VERDIFF_H
#define TAUT_VERDIFF_H

#include "db.h"
#include "sheet.h"

struct taut_verdiff {
	const uint8_t *gone;	/* of every old unit: 1 = not there any more */
	const uint8_t *fresh;	/* of every unit now: 1 = it was not there */
	const uint8_t *moved;	/* of every unit now */
	const uint32_t *was;	/* of every unit now: the old one, + 1 */
	uint32_t n;		/* units that are gone, fresh or moved */
};

/* 0 or TAUT_ENOMEM; the arrays are put into `a`. */
int taut_verdiff_find(struct taut_verdiff *d, struct taut_arena *a,
		      const struct taut_db_ver *old,
		      const struct taut_sheet *now);

#endif
