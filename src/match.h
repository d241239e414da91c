/*
 * match - which environment of a database is ours.
 *
 * An environment is a name and parts.  Identity parts (python, platform)
 * tell rows apart that stand side by side; state parts (packages, ini keys)
 * must be equal too, but a new value replaces the row.  Parts that the user
 * chose to ignore are not compared.
 */
#ifndef TAUT_MATCH_H
#define TAUT_MATCH_H

#include "db.h"

struct taut_match {
	const char *name;
	const struct taut_part *parts;
	size_t nparts;
	const struct taut_map *ignore;	/* names of parts */
	int any_parts;		/* by name alone: the one with most tests */
};

/* The row that is ours, or NULL; then *near is the one that differs in the
 * fewest parts (NULL: none has the name). */
const struct taut_db_env *taut_match_find(const struct taut_match *m,
					  const struct taut_db *db,
					  const struct taut_db_env **near);
/* "python 3.11.7 -> 3.12.1, packages changed": how `row` differs. */
int taut_match_describe(const struct taut_match *m,
			const struct taut_db_env *row, struct taut_buf *out);
/* The same between two rows. */
int taut_match_between(const struct taut_db_env *from,
		       const struct taut_db_env *to, struct taut_buf *out);
/*
 * The parts under which to record, in `arena`: ours, but for an ignored part
 * what `row` (may be NULL) has.  So ignoring a part never replaces a row.
 */
int taut_match_key(const struct taut_match *m, const struct taut_db_env *row,
		   struct taut_arena *arena, const struct taut_part **parts,
		   size_t *nparts);

#endif
