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
 */
enum {
	LEAST = 16384, /* bytes before a path may end the group */
	MOST = 65536,  /* bytes that end it whatever the path */
	ODDS = 8,      /* one path in so many may */
};

int taut_db_group_ends(size_t bytes, const char *path, size_t n)
{
	return bytes >= MOST ||
	       (bytes >= LEAST && taut_hash64(path, n) % ODDS == 0);
}

/* ---- building ---- */

int taut_db_group_end_entry(struct taut_db_group *g)
{
	size_t n = g->bytes.n - g->start;

	g->start = g->bytes.n;
	return taut_buf_varint(&g->lengths, n) ? TAUT_ENOMEM : (g->n++, 0);
}

int taut_db_group_take(struct taut_db_group *g, struct taut_buf *out)
{
	int bad = taut_buf_varint(out, g->n) ||
		  taut_buf_add(out, g->lengths.p, g->lengths.n) ||
		  taut_buf_add(out, g->bytes.p, g->bytes.n);

	g->bytes.n = g->lengths.n = g->start = g->n = 0;
	return bad ? TAUT_ENOMEM : 0;
}

void taut_db_group_release(struct taut_db_group *g)
{
	taut_buf_release(&g->bytes);
	taut_buf_release(&g->lengths);
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
