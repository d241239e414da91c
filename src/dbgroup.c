/*
 * dbgroup - entries of neighbours that share a row (sql/schema.sql, "Groups").
 */
#include <string.h>

#include "dbfile.h"
#include "hash.h"
#include "squeeze.h"

/*
 * The larger the groups, the smaller the database; but reading one entry takes
 * its whole group apart (about 0.1 ms for 64 KB), and an edit should not change
 * much more than what was edited.
 *
 * Where a group ends is up to the paths' hashes.  Groups that began elsewhere,
 * because something before them is new or gone, look for their end in nearly
 * the same stretch, find the same least hash in it, and are in step again.
 */
enum {
	LEAST = 16384, /* bytes before a group may end */
	MOST = 49152,  /* bytes that are enough to look for its end */
};

/* ---- building ---- */

int taut_db_group_add(struct taut_db_group *g, size_t size, const char *path,
		      size_t n)
{
	if (size > UINT32_MAX || taut_u32s_add(&g->sizes, (uint32_t)size) ||
	    taut_u32s_add(&g->hashes, (uint32_t)taut_hash64(path, n)))
		return TAUT_ENOMEM;
	g->total += size;
	return 0;
}

size_t taut_db_group_cut(const struct taut_db_group *g, int last)
{
	size_t i, bytes = 0, best = 0;

	if (g->total < MOST)
		return last ? g->sizes.n : 0;
	for (i = 0; i < g->sizes.n; i++) {
		bytes += g->sizes.p[i];
		if (bytes >= LEAST &&
		    (!best || g->hashes.p[i] < g->hashes.p[best - 1]))
			best = i + 1;
	}
	return best;
}

static void drop(struct taut_u32s *a, size_t n)
{
	a->n -= n;
	memmove(a->p, a->p + n, a->n * sizeof(*a->p));
}

void taut_db_group_drop(struct taut_db_group *g, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		g->total -= g->sizes.p[i];
	drop(&g->sizes, n);
	drop(&g->hashes, n);
}

int taut_db_group_take(struct taut_db_group *g, size_t n, struct taut_buf *out)
{
	size_t i, bytes = 0;
	int bad = taut_buf_varint(out, n);

	for (i = 0; i < n && !bad; i++) {
		bad = taut_buf_varint(out, g->sizes.p[i]);
		bytes += g->sizes.p[i];
	}
	if (bad || taut_buf_add(out, g->bytes.p, bytes))
		return TAUT_ENOMEM;
	g->bytes.n -= bytes;
	if (g->bytes.n)
		memmove(g->bytes.p, g->bytes.p + bytes, g->bytes.n);
	taut_db_group_drop(g, n);
	return 0;
}

void taut_db_group_release(struct taut_db_group *g)
{
	taut_buf_release(&g->bytes);
	taut_u32s_release(&g->sizes);
	taut_u32s_release(&g->hashes);
}

/* ---- reading ---- */

/* The places of the entries in a group that was unsqueezed. */
static int find_entries(struct taut_db_read_group *g, struct taut_rd *rd)
{
	size_t n, i, at = 0, room;

	*rd = taut_rd_init(g->bytes.p, g->bytes.n);
	n = taut_rd_count(rd, g->bytes.n);
	for (i = 0; i < n && !rd->bad; i++) {
		room = (size_t)(rd->end - rd->p);
		if (taut_u32s_add(&g->starts, (uint32_t)at))
			return TAUT_ENOMEM;
		at += taut_rd_count(rd, at < room ? room - at : 0);
	}
	if (!n || at != (size_t)(rd->end - rd->p))
		rd->bad = 1;
	g->base = (size_t)(rd->p - g->bytes.p);
	return taut_u32s_add(&g->starts, (uint32_t)at);
}

static int read_group(struct taut_db *db, enum taut_db_query q, int64_t id,
		      struct taut_err *err)
{
	struct taut_db_read_group *g = &db->groups[q];
	struct taut_rd rd;
	int rc;

	g->n = g->starts.n = 0;
	g->first = id;
	rc = taut_db_blob(db, q, &g->first, &rd, err);
	if (rc < 0)
		return rc;
	if (!rc)
		return taut_db_damaged(db, "a group is missing", err);
	if (taut_unsqueeze(&g->bytes, &rd) || (!rd.bad && find_entries(g, &rd)))
		return taut_nomem(err);
	if (rd.bad || (uint64_t)(id - g->first) >= g->starts.n - 1)
		return taut_db_damaged(db, "a group", err);
	g->n = (uint32_t)g->starts.n - 1;
	return 0;
}

int taut_db_entry(struct taut_db *db, enum taut_db_query q, int64_t id,
		  struct taut_rd *rd, struct taut_err *err)
{
	struct taut_db_read_group *g = &db->groups[q];
	const uint32_t *start;
	int rc = 0;

	if (id < g->first || (uint64_t)(id - g->first) >= g->n)
		rc = read_group(db, q, id, err);
	if (rc)
		return rc;
	start = g->starts.p + (id - g->first);
	*rd = taut_rd_init(g->bytes.p + g->base + start[0],
			   start[1] - start[0]);
	return 0;
}

int taut_db_count_groups(struct taut_db *db, enum taut_db_query q,
			 int64_t first, size_t n, size_t *groups,
			 struct taut_err *err)
{
	const struct taut_db_read_group *g = &db->groups[q];
	struct taut_rd rd;
	int rc;

	while (n) {
		rc = taut_db_entry(db, q, first, &rd, err);
		if (rc)
			return rc;
		if (g->first != first || g->n > n)
			return taut_db_damaged(db, "groups overlap", err);
		first += g->n;
		n -= g->n;
		++*groups;
	}
	return 0;
}
