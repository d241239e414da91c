#include "reach.h"

int taut_reach_find(struct taut_db *db, const struct taut_db_env *row,
		    uint32_t test, uint8_t **carriers, struct taut_err *err)
{
	const struct taut_db_reflist *lists;
	size_t n;
	int rc;

	*carriers = taut_calloc(row->ncarriers + 1u, 1);
	if (!*carriers)
		return taut_nomem(err);
	rc = taut_db_reflists(db, row->id, &lists, &n, err);
	if (!rc)
		rc = taut_select_reach(lists, n, row->ncarriers, test,
				       *carriers, err);
	return rc;
}

uint32_t taut_reach_first(const struct taut_db_set *set,
			  const uint8_t *carriers, uint32_t ncarriers)
{
	uint32_t i;

	for (i = 0; i < set->ncarriers; i++)
		if (set->carriers[i] < ncarriers && carriers[set->carriers[i]])
			return set->carriers[i];
	return UINT32_MAX;
}
