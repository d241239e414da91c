#include "match.h"

#include <string.h>

/* Longer values are told only as "changed". */
#define SHORT_VALUE 32

static const struct taut_part *find(const struct taut_part *parts, size_t n,
				    const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(parts[i].name, name))
			return &parts[i];
	return NULL;
}

static int ignored(const struct taut_match *m, const char *name)
{
	return taut_map_get(m->ignore, name, strlen(name)) != TAUT_MAP_NONE;
}

static int is_digest(const char *s)
{
	size_t n = strlen(s);

	return n >= 8 && strspn(s, "0123456789abcdef") == n;
}

/* "NAME OLD -> NEW" where that is readable; either may be NULL: absent. */
static int put_diff(struct taut_buf *out, const char *name, const char *old,
		    const char *new)
{
	const char *sep = out->n ? ", " : "";

	if (!old || !new)
		return taut_buf_printf(out, "%s%s %s", sep, name,
				       old ? "removed" : "added");
	if (strlen(old) > SHORT_VALUE || strlen(new) > SHORT_VALUE ||
	    is_digest(old) || is_digest(new) || !*old || !*new)
		return taut_buf_printf(out, "%s%s changed", sep, name);
	return taut_buf_printf(out, "%s%s %s -> %s", sep, name, old, new);
}

/* The number of parts that differ; described in `out` unless NULL. */
static int compare(const struct taut_match *m, const struct taut_db_env *row,
		   struct taut_buf *out, int *rc)
{
	const struct taut_part *p;
	size_t i;
	int n = 0;

	for (i = 0; i < m->nparts; i++) {
		if (ignored(m, m->parts[i].name))
			continue;
		p = find(row->parts, row->nparts, m->parts[i].name);
		if (p && !strcmp(p->value, m->parts[i].value))
			continue;
		n++;
		if (out && put_diff(out, m->parts[i].name, p ? p->value : NULL,
				    m->parts[i].value))
			*rc = TAUT_ENOMEM;
	}
	for (i = 0; i < row->nparts; i++) {
		p = &row->parts[i];
		if (ignored(m, p->name) || find(m->parts, m->nparts, p->name))
			continue;
		n++;
		if (out && put_diff(out, p->name, p->value, NULL))
			*rc = TAUT_ENOMEM;
	}
	return n;
}

const struct taut_db_env *taut_match_find(const struct taut_match *m,
					  const struct taut_db *db,
					  const struct taut_db_env **near)
{
	const struct taut_db_env *row, *most = NULL;
	int n, least = 0;
	size_t i;

	*near = NULL;
	for (i = 0; i < taut_db_nenvs(db); i++) {
		row = taut_db_env(db, i);
		if (strcmp(row->name, m->name))
			continue;
		if (m->any_parts) {
			if (!most || row->ntests > most->ntests)
				most = row;
			continue;
		}
		n = compare(m, row, NULL, NULL);
		if (!n)
			return row;
		if (!*near || n < least) {
			*near = row;
			least = n;
		}
	}
	return most;
}

int taut_match_describe(const struct taut_match *m,
			const struct taut_db_env *row, struct taut_buf *out)
{
	int rc = 0;

	compare(m, row, out, &rc);
	return rc;
}

int taut_match_between(const struct taut_db_env *from,
		       const struct taut_db_env *to, struct taut_buf *out)
{
	const struct taut_map none = TAUT_MAP_INIT;
	const struct taut_match m = { .parts = to->parts,
				      .nparts = to->nparts,
				      .ignore = &none };

	return taut_match_describe(&m, from, out);
}

int taut_match_key(const struct taut_match *m, const struct taut_db_env *row,
		   struct taut_arena *arena, const struct taut_part **parts,
		   size_t *nparts)
{
	size_t max = m->nparts + (row ? row->nparts : 0), i, n = 0;
	struct taut_part *key;

	key = taut_arena_alloc(arena, (max + 1) * sizeof(*key));
	if (!key)
		return TAUT_ENOMEM;
	for (i = 0; i < m->nparts; i++)
		if (!ignored(m, m->parts[i].name))
			key[n++] = m->parts[i];
	for (i = 0; row && i < row->nparts; i++)
		if (ignored(m, row->parts[i].name))
			key[n++] = row->parts[i];
	*parts = key;
	*nparts = n;
	return 0;
}
