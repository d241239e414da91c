/*
 * bynamestore - which modules stored something when they were imported, by
 * calling code of the project.
 *
 * Into other modules: that is on record (TAUT_EDGE_STORES).  Into themselves:
 * those that ran functions of their own may have.
 */
#include <string.h>

#include "bynamefile.h"

int taut_byname_find_stored(struct taut_byname *b, struct taut_err *err)
{
	const struct taut_db_reflist *l;
	int rc = taut_byname_refs(b, err);
	size_t i;
	uint32_t k;

	if (rc || b->stored)
		return rc;
	b->stored = taut_calloc(b->row->ncarriers + 1u, 1);
	if (!b->stored)
		return taut_nomem(err);
	for (i = 0; i < b->refs.nlists; i++) {
		l = &b->refs.lists[i];
		for (k = 0; k < l->nrefs; k++)
			if (l->edges[k] == TAUT_EDGE_STORES)
				b->stored[l->refs[k]] = 1;
	}
	return 0;
}

/* Is it a function's suite, or one that is not there any more? */
static int is_function(const struct taut_sheet *s, uint64_t hash)
{
	uint32_t i;

	for (i = 0; i < s->nsuites; i++)
		if ((s->suites[i].hash & 0xffffffffffULL) == hash)
			return *s->suites[i].name != 0;
	return 1;
}

static int is_version(const struct taut_db_ver *vers, size_t n, uint64_t hash)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (vers[i].hash == hash)
			return 1;
	return 0;
}

static int has_carrier(const struct taut_db_set *set, uint32_t carrier)
{
	uint32_t i;

	for (i = 0; i < set->ncarriers; i++)
		if (set->carriers[i] == carrier)
			return 1;
	return 0;
}

/* Did the module's import enter a function of its file? */
static int ran_own(struct taut_byname *b, uint32_t file, uint32_t carrier,
		   int *yes, struct taut_err *err)
{
	const struct taut_sheet *s = NULL;
	const struct taut_db_set *sets = NULL;
	const struct taut_db_ver *vers = NULL;
	const uint64_t *hashes = NULL;
	size_t nsets = 0, nvers = 0, nhashes, i;
	uint32_t k;
	int rc = b->project.sheet(b, file, &s, err);

	if (!rc)
		rc = taut_db_post(b->db, b->row->id, file, &sets, &nsets, err);
	if (!rc)
		rc = taut_db_vers(b->db, file, &vers, &nvers, err);
	if (!rc)
		rc = taut_db_hashes(b->db, file, &hashes, &nhashes, err);
	*yes = !s;
	for (i = 0; !rc && i < nsets; i++) {
		if (!has_carrier(&sets[i], carrier))
			continue;
		for (k = 0; k < sets[i].nhashes && !*yes; k++)
			*yes = !is_version(vers, nvers,
					   hashes[sets[i].hashes[k]]) &&
			       is_function(s, hashes[sets[i].hashes[k]]);
	}
	return rc;
}

int taut_byname_stores(void *arg, uint32_t file, int *yes, struct taut_err *err)
{
	struct taut_byname *b = arg;
	const char *path = b->project.files[file].path, *owner;
	int kind, rc = taut_byname_find_stored(b, err);
	uint32_t id;

	*yes = 0;
	if (!rc)
		rc = taut_byname_carrier(b, path, &id, err);
	for (; !rc && !*yes && id < b->row->ncarriers; id++) {
		rc = taut_db_carrier(b->db, b->row->id, id, &kind, &owner, err);
		if (rc || kind != TAUT_CARRIER_MODULE || strcmp(owner, path))
			break;
		*yes = b->stored[id];
		if (!*yes)
			rc = ran_own(b, file, id, yes, err);
	}
	return rc;
}
