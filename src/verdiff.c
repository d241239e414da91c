#include "verdiff.h"
#include "unit.h"

#include <string.h>

/* What makes two units the same. */
static int add_key(struct taut_buf *b, uint32_t hash, uint32_t branch, int kind,
		   const char *owner, uint32_t nnames, const char *const *names)
{
	uint32_t i;
	int bad;

	b->n = 0;
	/* a docstring is there or not */
	bad = taut_buf_u32(b, kind == TAUT_UNIT_DEF_DOC ? 0 : hash) ||
	      taut_buf_u32(b, branch) || taut_buf_u8(b, (uint8_t)kind) ||
	      taut_buf_add(b, owner, strlen(owner) + 1);
	for (i = 0; i < nnames && !bad; i++)
		bad = taut_buf_add(b, names[i], strlen(names[i]) + 1);
	return bad ? TAUT_ENOMEM : 0;
}

/* Units by key: the first old one that is not taken yet, and the next. */
struct pool {
	struct taut_map keys;
	uint32_t *first; /* owned; by key: unit + 1 */
	size_t cfirst;
	uint32_t *next; /* owned; by old unit: unit + 1 */
};

static int add_old(struct pool *p, struct taut_buf *b, uint32_t i,
		   uint32_t **last, size_t *clast)
{
	size_t had = p->keys.n;
	uint32_t id;

	if (taut_grow(&p->first, &p->cfirst, had + 1, sizeof(*p->first)) ||
	    taut_grow(last, clast, had + 1, sizeof(**last)))
		return TAUT_ENOMEM;
	id = taut_map_add(&p->keys, b->p, b->n);
	if (id == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	if (id == had)
		p->first[id] = i + 1;
	else
		p->next[(*last)[id]] = i + 1;
	(*last)[id] = i;
	return 0;
}

static int fill_pool(struct pool *p, const struct taut_db_ver *old)
{
	const struct taut_rec_unit *u;
	struct taut_buf b = TAUT_BUF_INIT;
	uint32_t *last = NULL, i;
	size_t clast = 0;
	int rc = 0;

	p->next = taut_calloc(old->nunits + 1, sizeof(*p->next));
	if (!p->next)
		rc = TAUT_ENOMEM;
	for (i = 0; i < old->nunits && !rc; i++) {
		u = &old->units[i];
		rc = add_key(&b, u->hash, u->branch, u->kind, u->owner,
			     u->nnames, u->names);
		if (!rc)
			rc = add_old(p, &b, i, &last, &clast);
	}
	taut_buf_release(&b);
	taut_free(last);
	return rc;
}

/* A version has no docstrings but the module's (db.h). */
static int is_left_out(const struct taut_sheet_unit *u)
{
	return !taut_unit_in_version(u->kind, u->owner, u->nnames, u->names);
}

/* of[i]: the old unit that unit i now was, + 1. */
static int pair_up(struct pool *p, const struct taut_sheet *now, uint32_t *of)
{
	const struct taut_sheet_unit *u;
	struct taut_buf b = TAUT_BUF_INIT;
	uint32_t i, id;
	int rc = 0;

	for (i = 0; i < now->nunits && !rc; i++) {
		u = &now->units[i];
		if (is_left_out(u))
			continue;
		rc = add_key(&b, u->hash, u->branch, u->kind, u->owner,
			     u->nnames, u->names);
		if (rc)
			break;
		id = taut_map_get(&p->keys, b.p, b.n);
		if (id == TAUT_MAP_NONE || !p->first[id])
			continue;
		of[i] = p->first[id];
		p->first[id] = p->next[of[i] - 1];
	}
	taut_buf_release(&b);
	return rc;
}

/* Those that are in no longest ascending sequence have moved. */
static int find_moved(const uint32_t *of, uint32_t n, uint8_t *moved)
{
	uint32_t *tail, *before, i, lo, hi, mid, len = 0;

	tail = taut_calloc(n + 1, sizeof(*tail));
	before = taut_calloc(n + 1, sizeof(*before));
	if (!tail || !before) {
		taut_free(tail);
		taut_free(before);
		return TAUT_ENOMEM;
	}
	for (i = 0; i < n; i++) {
		if (!of[i])
			continue;
		moved[i] = 1;
		for (lo = 0, hi = len; lo < hi;) {
			mid = lo + (hi - lo) / 2;
			if (of[tail[mid]] < of[i])
				lo = mid + 1;
			else
				hi = mid;
		}
		before[i] = lo ? tail[lo - 1] : n;
		tail[lo] = i;
		if (lo == len)
			len++;
	}
	for (i = len ? tail[len - 1] : n; i < n; i = before[i])
		moved[i] = 0;
	taut_free(tail);
	taut_free(before);
	return 0;
}

int taut_verdiff_find(struct taut_verdiff *d, struct taut_arena *a,
		      const struct taut_db_ver *old,
		      const struct taut_sheet *now)
{
	struct pool p = { TAUT_MAP_INIT, NULL, 0, NULL };
	uint8_t *gone, *fresh, *moved;
	uint32_t *of, i;
	int rc = TAUT_ENOMEM;

	gone = taut_arena_alloc(a, old->nunits + 1);
	fresh = taut_arena_alloc(a, now->nunits + 1);
	moved = taut_arena_alloc(a, now->nunits + 1);
	of = taut_arena_alloc(a, (now->nunits + 1) * sizeof(*of));
	if (!gone || !fresh || !moved || !of || fill_pool(&p, old) ||
	    pair_up(&p, now, of) || find_moved(of, now->nunits, moved))
		goto out;
	memset(gone, 1, old->nunits);
	d->n = old->nunits;
	for (i = 0; i < now->nunits; i++) {
		fresh[i] = !of[i] && !is_left_out(&now->units[i]);
		if (of[i]) {
			gone[of[i] - 1] = 0;
			d->n--;
		}
		d->n += fresh[i] + moved[i];
	}
	d->gone = gone;
	d->fresh = fresh;
	d->moved = moved;
	d->was = of;
	rc = 0;
out:
	taut_map_release(&p.keys);
	taut_free(p.first);
	taut_free(p.next);
	return rc;
}
