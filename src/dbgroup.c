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

/* The lengths come first: they are the segments of what is behind them. */
static int put_group(struct taut_db_group *g, size_t n, struct taut_buf *out)
{
	size_t i, bytes = 0;
	int bad = 0;

	g->lengths.n = g->squeezed.n = g->ends.n = 0;
	for (i = 0; i < n && !bad; i++) {
		bytes += g->sizes.p[i];
		bad = taut_buf_varint(&g->lengths, g->sizes.p[i]) ||
		      taut_u32s_add(&g->ends, (uint32_t)bytes);
	}
	return bad ||
	       taut_squeeze(&g->squeezed, g->lengths.p, g->lengths.n,
			    TAUT_ONE_SEGMENT) ||
	       taut_buf_bytes(out, g->squeezed.p, g->squeezed.n) ||
	       taut_squeeze(out, g->bytes.p, bytes,
			    (struct taut_segments){ g->ends.p, n });
}

int taut_db_group_take(struct taut_db_group *g, size_t n, struct taut_buf *out)
{
	size_t had = g->total, gone;

	if (put_group(g, n, out))
		return TAUT_ENOMEM;
	taut_db_group_drop(g, n);
	gone = had - g->total;
	g->bytes.n -= gone;
	if (g->bytes.n)
		memmove(g->bytes.p, g->bytes.p + gone, g->bytes.n);
	return 0;
}

void taut_db_group_release(struct taut_db_group *g)
{
	taut_buf_release(&g->bytes);
	taut_u32s_release(&g->sizes);
	taut_u32s_release(&g->hashes);
	taut_u32s_release(&g->ends);
	taut_buf_release(&g->lengths);
	taut_buf_release(&g->squeezed);
}

/* ---- reading ---- */

/* Where each entry ends. */
static int find_ends(struct taut_db_read_group *g, struct taut_rd *rd)
{
	struct taut_rd lengths;
	uint32_t at = 0;
	size_t n;
	const uint8_t *p = taut_rd_bytes(rd, &n);

	if (!p)
		return 0;
	lengths = taut_rd_init(p, n);
	if (taut_unsqueeze(&g->bytes, &lengths, TAUT_ONE_SEGMENT))
		return TAUT_ENOMEM;
	rd->bad = lengths.bad;
	lengths = taut_rd_init(g->bytes.p, g->bytes.n);
	while (!rd->bad && lengths.p < lengths.end) {
		at += taut_rd_count(&lengths, TAUT_SQUEEZE_MAX - at);
		if (taut_u32s_add(&g->ends, at))
			return TAUT_ENOMEM;
		rd->bad = lengths.bad;
	}
	return 0;
}

static int read_group(struct taut_db *db, enum taut_db_query q, int64_t id,
		      struct taut_err *err)
{
	struct taut_db_read_group *g = &db->groups[q];
	struct taut_segments s;
	struct taut_rd rd;
	int rc;

	g->n = g->ends.n = 0;
	g->first = id;
	rc = taut_db_blob(db, q, &g->first, &rd, err);
	if (rc < 0)
		return rc;
	if (!rc)
		return taut_db_damaged(db, "a group is missing", err);
	if (find_ends(g, &rd))
		return taut_nomem(err);
	s = (struct taut_segments){ g->ends.p, g->ends.n };
	if (!rd.bad && taut_unsqueeze(&g->bytes, &rd, s))
		return taut_nomem(err);
	if (rd.bad || (uint64_t)(id - g->first) >= g->ends.n ||
	    g->ends.p[g->ends.n - 1] != g->bytes.n)
		return taut_db_damaged(db, "a group", err);
	g->n = (uint32_t)g->ends.n;
	return 0;
}

int taut_db_entry(struct taut_db *db, enum taut_db_query q, int64_t id,
		  struct taut_rd *rd, struct taut_err *err)
{
	struct taut_db_read_group *g = &db->groups[q];
	uint32_t i, start;
	int rc = 0;

	if (id < g->first || (uint64_t)(id - g->first) >= g->n)
		rc = read_group(db, q, id, err);
	if (rc)
		return rc;
	i = (uint32_t)(id - g->first);
	start = i ? g->ends.p[i - 1] : 0;
	*rd = taut_rd_init(g->bytes.p + start, g->ends.p[i] - start);
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
