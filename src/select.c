#include "select.h"

#include <string.h>

static int damaged(struct taut_err *err)
{
	return taut_fail(err, TAUT_EDAMAGED,
			 "database damaged: a number is out of range");
}

int taut_select_init(struct taut_select *s, uint32_t ntests, uint32_t ncarriers,
		     struct taut_err *err)
{
	memset(s, 0, sizeof(*s));
	if (ntests > ncarriers)
		return damaged(err);
	s->ntests = ntests;
	s->ncarriers = ncarriers;
	s->marks = taut_calloc((size_t)ncarriers + 1, sizeof(*s->marks));
	s->queue = taut_calloc((size_t)ncarriers + 1, sizeof(*s->queue));
	if (s->marks && s->queue)
		return 0;
	taut_select_release(s);
	return taut_nomem(err);
}

void taut_select_release(struct taut_select *s)
{
	taut_free(s->marks);
	taut_free(s->queue);
	memset(s, 0, sizeof(*s));
}

const struct taut_select_mark *taut_select_broken(const struct taut_select *s,
						  uint32_t carrier)
{
	if (carrier >= s->ncarriers || !s->marks[carrier].cause)
		return NULL;
	return &s->marks[carrier];
}

/* ---- own hashes ---- */

/* The first cause wins: a carrier is broken once. */
static void mark(struct taut_select *s, uint32_t carrier, uint32_t cause,
		 uint32_t via, uint8_t code)
{
	struct taut_select_mark *m = &s->marks[carrier];

	if (m->cause)
		return;
	m->cause = cause;
	m->via = via;
	m->code = code;
	s->queue[s->nqueue++] = carrier;
}

int taut_select_sets(struct taut_select *s, uint32_t cause,
		     const struct taut_db_set *sets, size_t nsets,
		     const uint8_t *why, size_t nhashes, int *broke,
		     struct taut_err *err)
{
	const struct taut_db_set *set, *end = sets + nsets;
	uint8_t code, w;
	uint32_t i;

	*broke = 0;
	for (set = sets; set < end; set++) {
		code = TAUT_WHY_NONE;
		for (i = 0; i < set->nhashes; i++) {
			if (set->hashes[i] >= nhashes)
				return damaged(err);
			w = why[set->hashes[i]];
			if (w && (!code || w < code))
				code = w;
		}
		if (!code)
			continue;
		*broke = 1;
		for (i = 0; i < set->ncarriers; i++) {
			if (set->carriers[i] >= s->ncarriers)
				return damaged(err);
			mark(s, set->carriers[i], cause + 1, set->carriers[i],
			     code);
		}
	}
	return 0;
}

/* ---- references ---- */

void taut_select_index_release(struct taut_select_index *x)
{
	taut_free(x->start);
	taut_free(x->of);
	memset(x, 0, sizeof(*x));
}

int taut_select_index_build(struct taut_select_index *x,
			    const struct taut_db_reflist *lists, size_t nlists,
			    uint32_t ncarriers, struct taut_err *err)
{
	size_t total = 0, l;
	uint32_t i, c;

	*x = (struct taut_select_index){ .lists = lists,
					 .nlists = nlists,
					 .ncarriers = ncarriers };
	x->start = taut_calloc((size_t)ncarriers + 2, sizeof(*x->start));
	if (!x->start)
		return taut_nomem(err);
	for (l = 0; l < nlists; l++) {
		total += lists[l].nrefs;
		for (i = 0; i < lists[l].nrefs; i++) {
			if (lists[l].refs[i] >= ncarriers)
				return damaged(err);
			x->start[lists[l].refs[i] + 2]++;
		}
	}
	if (total > UINT32_MAX || nlists > UINT32_MAX)
		return damaged(err);
	/* start[c + 1] is where c's next list goes; when all are placed it has
	 * moved on to where those of c + 1 begin. */
	for (c = 2; c <= ncarriers; c++)
		x->start[c] += x->start[c - 1];
	x->of = taut_calloc(total + 1, sizeof(*x->of));
	if (!x->of)
		return taut_nomem(err);
	for (l = 0; l < nlists; l++)
		for (i = 0; i < lists[l].nrefs; i++)
			x->of[x->start[lists[l].refs[i] + 1]++] = (uint32_t)l;
	return 0;
}

/* Everybody who has list `l` is broken through `via`. */
static int break_users(struct taut_select *s, const struct taut_db_reflist *l,
		       uint32_t via, struct taut_err *err)
{
	const struct taut_select_mark m = s->marks[via];
	uint32_t i;

	for (i = 0; i < l->nusers; i++) {
		if (l->users[i] >= s->ncarriers)
			return damaged(err);
		mark(s, l->users[i], m.cause, via, m.code);
	}
	return 0;
}

int taut_select_follow(struct taut_select *s, const struct taut_select_index *x,
		       struct taut_err *err)
{
	uint8_t *done = taut_calloc(x->nlists + 1, 1);
	uint32_t at, i, c;
	int rc = 0;

	if (!done)
		return taut_nomem(err);
	for (at = 0; at < s->nqueue && !rc; at++) {
		c = s->queue[at];
		for (i = x->start[c]; i < x->start[c + 1] && !rc; i++) {
			if (done[x->of[i]])
				continue;
			done[x->of[i]] = 1;
			rc = break_users(s, &x->lists[x->of[i]], c, err);
		}
	}
	taut_free(done);
	return rc;
}

int taut_select_propagate(struct taut_select *s,
			  const struct taut_db_reflist *lists, size_t nlists,
			  struct taut_err *err)
{
	struct taut_select_index x;
	int rc;

	if (!s->nqueue)
		return 0;
	rc = taut_select_index_build(&x, lists, nlists, s->ncarriers, err);
	if (!rc)
		rc = taut_select_follow(s, &x, err);
	taut_select_index_release(&x);
	return rc;
}

/* ---- many causes at once ---- */

int taut_select_masks_init(struct taut_select_masks *m, uint32_t ntests,
			   uint32_t ncarriers, struct taut_err *err)
{
	memset(m, 0, sizeof(*m));
	m->ntests = ntests;
	m->ncarriers = ncarriers;
	m->mask = taut_calloc((size_t)ncarriers + 1, sizeof(*m->mask));
	m->queued = taut_calloc((size_t)ncarriers + 1, 1);
	if (m->mask && m->queued)
		return 0;
	taut_select_masks_release(m);
	return taut_nomem(err);
}

void taut_select_masks_release(struct taut_select_masks *m)
{
	taut_free(m->mask);
	taut_free(m->queued);
	taut_u32s_release(&m->queue);
	memset(m, 0, sizeof(*m));
}

static int give(struct taut_select_masks *m, uint32_t carrier, uint64_t bits,
		struct taut_err *err)
{
	if (carrier >= m->ncarriers)
		return damaged(err);
	if (!(bits & ~m->mask[carrier]))
		return 0;
	m->mask[carrier] |= bits;
	/* Nobody refers to a test. */
	if (carrier < m->ntests || m->queued[carrier])
		return 0;
	m->queued[carrier] = 1;
	return taut_u32s_add(&m->queue, carrier) ? taut_nomem(err) : 0;
}

int taut_select_masks_sets(struct taut_select_masks *m, uint64_t bits,
			   const struct taut_db_set *sets, size_t nsets,
			   const uint8_t *why, size_t nhashes,
			   struct taut_err *err)
{
	const struct taut_db_set *set, *end = sets + nsets;
	uint32_t i;
	int any, rc = 0;

	for (set = sets; set < end && !rc; set++) {
		for (i = any = 0; i < set->nhashes; i++) {
			if (set->hashes[i] >= nhashes)
				return damaged(err);
			any |= why[set->hashes[i]];
		}
		for (i = 0; any && i < set->ncarriers && !rc; i++)
			rc = give(m, set->carriers[i], bits, err);
	}
	return rc;
}

/* Give the bits to those users of a list that are tests, or to the others. */
static int give_users(struct taut_select_masks *m,
		      const struct taut_db_reflist *l, uint64_t bits, int tests,
		      struct taut_err *err)
{
	uint32_t i, n = l->nusers;
	int rc = 0;

	/* Users are ascending: tests come first. */
	if (tests)
		for (i = 0; i < n && l->users[i] < m->ntests && !rc; i++)
			rc = give(m, l->users[i], bits, err);
	else
		for (; n && l->users[n - 1] >= m->ntests && !rc; n--)
			rc = give(m, l->users[n - 1], bits, err);
	return rc;
}

int taut_select_masks_follow(struct taut_select_masks *m,
			     const struct taut_select_index *x,
			     struct taut_err *err)
{
	uint64_t *mask = taut_calloc(x->nlists + 1, sizeof(*mask)), fresh;
	uint32_t c, i;
	size_t l;
	int rc = 0;

	if (!mask)
		return taut_nomem(err);
	/* Bits come to a list one by one, to its tests all at last. */
	while (m->queue.n && !rc) {
		c = m->queue.p[--m->queue.n];
		m->queued[c] = 0;
		for (i = x->start[c]; i < x->start[c + 1] && !rc; i++) {
			l = x->of[i];
			fresh = m->mask[c] & ~mask[l];
			mask[l] |= fresh;
			if (fresh)
				rc = give_users(m, &x->lists[l], fresh, 0, err);
		}
	}
	for (l = 0; l < x->nlists && !rc; l++)
		if (mask[l])
			rc = give_users(m, &x->lists[l], mask[l], 1, err);
	taut_free(mask);
	return rc;
}

/* carrier -> its list: a carrier has one at most. */
static int own_lists(const struct taut_db_reflist *lists, size_t nlists,
		     uint32_t ncarriers, uint32_t *own, struct taut_err *err)
{
	uint32_t i;
	size_t l;

	for (l = 0; l < nlists; l++)
		for (i = 0; i < lists[l].nusers; i++) {
			if (lists[l].users[i] >= ncarriers)
				return damaged(err);
			own[lists[l].users[i]] = (uint32_t)l + 1;
		}
	return 0;
}

int taut_select_reach(const struct taut_db_reflist *lists, size_t nlists,
		      uint32_t ncarriers, uint32_t from, uint8_t *reached,
		      struct taut_err *err)
{
	const struct taut_db_reflist *l;
	uint32_t *own, *queue, n = 0, at, i;
	int rc;

	own = taut_calloc((size_t)ncarriers + 1, sizeof(*own));
	queue = taut_calloc((size_t)ncarriers + 1, sizeof(*queue));
	if (!own || !queue) {
		rc = taut_nomem(err);
		goto out;
	}
	rc = own_lists(lists, nlists, ncarriers, own, err);
	if (rc)
		goto out;
	reached[from] = 1;
	queue[n++] = from;
	for (at = 0; at < n; at++) {
		if (!own[queue[at]])
			continue;
		l = &lists[own[queue[at]] - 1];
		for (i = 0; i < l->nrefs; i++) {
			if (l->refs[i] >= ncarriers) {
				rc = damaged(err);
				goto out;
			}
			if (!reached[l->refs[i]]) {
				reached[l->refs[i]] = 1;
				queue[n++] = l->refs[i];
			}
		}
	}
out:
	taut_free(own);
	taut_free(queue);
	return rc;
}
