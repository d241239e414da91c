#include "pack.h"

#include <stdlib.h>
#include <string.h>

enum { GAPS, BITMAP, RUNS, XOR };

/* ---- numbers ---- */

int taut_u32s_add(struct taut_u32s *a, uint32_t v)
{
	if (taut_grow(&a->p, &a->cap, a->n + 1, sizeof(*a->p)))
		return TAUT_ENOMEM;
	a->p[a->n++] = v;
	return 0;
}

void taut_u32s_release(struct taut_u32s *a)
{
	taut_free(a->p);
	*a = (struct taut_u32s){ NULL, 0, 0 };
}

/*
 * taut_unique_u32 and taut_unique_u64.  Most arrays come sorted; of the others
 * most are short, where qsort's calls cost more than shell sort's extra steps
 * (it was a fifth of all instructions of a save).
 */
#define UNIQUE(bits)                                                     \
	static int by_u##bits(const void *a, const void *b)              \
	{                                                                \
		uint##bits##_t x = *(const uint##bits##_t *)a;           \
		uint##bits##_t y = *(const uint##bits##_t *)b;           \
                                                                         \
		return (x > y) - (x < y);                                \
	}                                                                \
                                                                         \
	static void sort_u##bits(uint##bits##_t *p, size_t n)            \
	{                                                                \
		static const size_t gaps[] = { 132, 57, 23, 10, 4, 1 };  \
		uint##bits##_t v;                                        \
		size_t g, i, k;                                          \
                                                                         \
		if (n > 400) {                                           \
			qsort(p, n, sizeof(*p), by_u##bits);             \
			return;                                          \
		}                                                        \
		for (g = 0; g < sizeof(gaps) / sizeof(*gaps); g++)       \
			for (i = gaps[g]; i < n; i++) {                  \
				v = p[i];                                \
				for (k = i;                              \
				     k >= gaps[g] && p[k - gaps[g]] > v; \
				     k -= gaps[g])                       \
					p[k] = p[k - gaps[g]];           \
				p[k] = v;                                \
			}                                                \
	}                                                                \
                                                                         \
	size_t taut_unique_u##bits(uint##bits##_t *p, size_t n)          \
	{                                                                \
		size_t i, k;                                             \
                                                                         \
		for (k = 1; k < n && p[k - 1] < p[k]; k++)               \
			;                                                \
		if (k >= n)                                              \
			return n;                                        \
		sort_u##bits(p, n);                                      \
		for (i = k = 1; i < n; i++)                              \
			if (p[k - 1] != p[i])                            \
				p[k++] = p[i];                           \
		return k;                                                \
	}

UNIQUE(32)
UNIQUE(64)

/* ---- packing sets ---- */

static size_t varint_size(uint64_t v)
{
	size_t n = 1;

	while (v >= 0x80) {
		v >>= 7;
		n++;
	}
	return n;
}

/* The head's size; its count differs from mode to mode. */
static size_t head_size(uint32_t count)
{
	return varint_size((uint64_t)count << 2);
}

static size_t gaps_size(const uint32_t *v, uint32_t n)
{
	size_t size = head_size(n);
	uint32_t i, next = 0;

	for (i = 0; i < n; i++) {
		size += varint_size(v[i] - next);
		next = v[i] + 1;
	}
	return size;
}

static uint32_t bitmap_bytes(const uint32_t *v, uint32_t n)
{
	return (v[n - 1] - v[0]) / 8 + 1;
}

static size_t bitmap_size(const uint32_t *v, uint32_t n)
{
	uint32_t bytes;

	if (!n)
		return SIZE_MAX;
	bytes = bitmap_bytes(v, n);
	return head_size(n) + varint_size(v[0]) + varint_size(bytes) + bytes;
}

/* The index after the run that begins at i. */
static uint32_t run_end(const uint32_t *v, uint32_t n, uint32_t i)
{
	for (i++; i < n && v[i] == v[i - 1] + 1; i++)
		;
	return i;
}

static size_t runs_size(const uint32_t *v, uint32_t n, uint32_t *runs)
{
	uint32_t i, end, next = 0;
	size_t size = 0;

	*runs = 0;
	for (i = 0; i < n; i = end) {
		end = run_end(v, n, i);
		size += varint_size(v[i] - next) + varint_size(end - i - 1);
		next = v[end - 1] + 1;
		++*runs;
	}
	return head_size(*runs) + size;
}

/* Walks the numbers that are in exactly one of two sets. */
struct diff {
	struct taut_set a, b;
	uint32_t i, j;
};

static int diff_next(struct diff *d, uint32_t *v)
{
	while (d->i < d->a.n && d->j < d->b.n && d->a.v[d->i] == d->b.v[d->j]) {
		d->i++;
		d->j++;
	}
	if (d->i < d->a.n && (d->j == d->b.n || d->a.v[d->i] < d->b.v[d->j]))
		*v = d->a.v[d->i++];
	else if (d->j < d->b.n)
		*v = d->b.v[d->j++];
	else
		return 0;
	return 1;
}

/* Gives up, and returns `limit`, once the size reaches it. */
static size_t xor_size(struct taut_set a, struct taut_set b, size_t limit,
		       uint32_t *count)
{
	struct diff d = { a, b, 0, 0 };
	uint32_t v, next = 0;
	size_t size = 2;

	*count = 0;
	/* Each number that one set has more than the other costs a byte. */
	if ((a.n > b.n ? a.n - b.n : b.n - a.n) + size >= limit)
		return limit;
	while (diff_next(&d, &v)) {
		size += varint_size(v - next);
		next = v + 1;
		++*count;
		if (size >= limit)
			return limit;
	}
	return size - 1 + head_size(*count);
}

/* What was found to be shortest for one set. */
struct choice {
	int mode;
	size_t size;
	uint32_t count; /* for the head */
	uint32_t back;	/* XOR */
};

static void consider(struct choice *c, int mode, size_t size, uint32_t count,
		     uint32_t back)
{
	if (size >= c->size)
		return;
	c->mode = mode;
	c->size = size;
	c->count = count;
	c->back = back;
}

static struct choice choose(const struct taut_packer *p, struct taut_set s)
{
	struct choice c = { GAPS, gaps_size(s.v, s.n), s.n, 0 };
	uint32_t count, back;
	size_t size;

	if (c.size < 4)
		return c;
	consider(&c, BITMAP, bitmap_size(s.v, s.n), s.n, 0);
	size = runs_size(s.v, s.n, &count);
	consider(&c, RUNS, size, count, 0);
	for (back = 1; back <= p->count && back <= TAUT_PACK_BACK; back++) {
		size = xor_size(s, p->last[(p->count - back) % TAUT_PACK_BACK],
				c.size, &count);
		consider(&c, XOR, size, count, back);
	}
	return c;
}

/* Room for n numbers more; then they are written without a check each. */
static int reserve(struct taut_buf *b, size_t n)
{
	return taut_grow(&b->p, &b->cap, b->n + n * 5, 1);
}

static void put_reserved(struct taut_buf *b, uint32_t v)
{
	uint8_t *p = b->p + b->n;

	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	b->n = (size_t)(p - b->p);
}

static int put_gaps(struct taut_buf *b, const uint32_t *v, uint32_t n)
{
	uint32_t i, next = 0;

	if (reserve(b, n))
		return TAUT_ENOMEM;
	for (i = 0; i < n; i++) {
		put_reserved(b, v[i] - next);
		next = v[i] + 1;
	}
	return 0;
}

static int put_bitmap(struct taut_buf *b, const uint32_t *v, uint32_t n)
{
	uint32_t bytes = bitmap_bytes(v, n), i, bit;

	if (taut_buf_varint(b, v[0]) || taut_buf_varint(b, bytes) ||
	    taut_grow(&b->p, &b->cap, b->n + bytes, 1))
		return TAUT_ENOMEM;
	memset(b->p + b->n, 0, bytes);
	for (i = 0; i < n; i++) {
		bit = v[i] - v[0];
		b->p[b->n + bit / 8] |= (uint8_t)(1u << bit % 8);
	}
	b->n += bytes;
	return 0;
}

static int put_runs(struct taut_buf *b, const uint32_t *v, uint32_t n)
{
	uint32_t i, end, next = 0;

	for (i = 0; i < n; i = end) {
		end = run_end(v, n, i);
		if (reserve(b, 2))
			return TAUT_ENOMEM;
		put_reserved(b, v[i] - next);
		put_reserved(b, end - i - 1);
		next = v[end - 1] + 1;
	}
	return 0;
}

static int put_xor(struct taut_buf *b, struct taut_set s, struct taut_set t,
		   uint32_t count, uint32_t back)
{
	struct diff d = { s, t, 0, 0 };
	uint32_t v, next = 0;

	if (reserve(b, (size_t)count + 1))
		return TAUT_ENOMEM;
	put_reserved(b, back);
	while (diff_next(&d, &v)) {
		put_reserved(b, v - next);
		next = v + 1;
	}
	return 0;
}

int taut_pack_set(struct taut_packer *p, struct taut_buf *b, const uint32_t *v,
		  uint32_t n)
{
	struct taut_set s = { v, n };
	struct choice c = choose(p, s);
	int bad;

	bad = taut_buf_varint(b, (uint64_t)c.count << 2 | (unsigned)c.mode);
	if (!bad && c.mode == GAPS)
		bad = put_gaps(b, v, n);
	else if (!bad && c.mode == BITMAP)
		bad = put_bitmap(b, v, n);
	else if (!bad && c.mode == RUNS)
		bad = put_runs(b, v, n);
	else if (!bad)
		bad = put_xor(b, s,
			      p->last[(p->count - c.back) % TAUT_PACK_BACK],
			      c.count, c.back);
	p->last[p->count++ % TAUT_PACK_BACK] = s;
	return bad;
}

/* ---- unpacking sets ---- */

/* A set being read. */
struct unpack {
	struct taut_unpacker *u;
	struct taut_rd *r;
	uint32_t bound;
	uint32_t next; /* the least number that may follow */
};

static int put(struct unpack *d, uint32_t v)
{
	if (d->u->v.n >= TAUT_PACK_MAX) {
		d->r->bad = 1;
		return 0;
	}
	d->next = v + 1;
	return taut_u32s_add(&d->u->v, v);
}

/* The number that the next gap tells. */
static uint32_t number(struct unpack *d)
{
	if (d->next >= d->bound) {
		d->r->bad = 1;
		return 0;
	}
	return d->next + taut_rd_count(d->r, d->bound - d->next - 1);
}

static int get_gaps(struct unpack *d, uint32_t count)
{
	uint32_t v;
	int rc = 0;

	while (count-- && !rc) {
		v = number(d);
		if (d->r->bad)
			break;
		rc = put(d, v);
	}
	return rc;
}

static int get_bitmap(struct unpack *d, uint32_t count)
{
	uint32_t first = number(d), bytes, bit, seen = 0;
	const uint8_t *p;
	int rc = 0;

	bytes = taut_rd_count(d->r, (size_t)(d->r->end - d->r->p));
	p = taut_rd_raw(d->r, bytes);
	if (!p || bytes > (d->bound - first - 1) / 8 + 1)
		d->r->bad = 1;
	if (d->r->bad)
		return 0;
	for (bit = 0; bit < bytes * 8 && !rc && !d->r->bad; bit++) {
		if (!(p[bit / 8] >> bit % 8 & 1))
			continue;
		if (bit >= d->bound - first || ++seen > count)
			d->r->bad = 1;
		else
			rc = put(d, first + bit);
	}
	if (seen != count)
		d->r->bad = 1;
	return rc;
}

static int get_runs(struct unpack *d, uint32_t count)
{
	uint32_t v, len;
	int rc = 0;

	while (count-- && !rc && !d->r->bad) {
		v = number(d);
		if (d->r->bad)
			break;
		len = taut_rd_count(d->r, d->bound - v - 1) + 1;
		while (len-- && !rc && !d->r->bad)
			rc = put(d, v++);
	}
	return rc;
}

/* The difference is read behind the end of v, merged, and moved down. */
static int get_xor(struct unpack *d, uint32_t count)
{
	struct taut_unpacker *u = d->u;
	uint32_t back = taut_rd_count(d->r, TAUT_PACK_BACK), v;
	size_t start = u->v.n, end;
	struct diff walk;
	int rc;

	if (!back || back > u->ends.n)
		d->r->bad = 1;
	if (d->r->bad)
		return 0;
	rc = get_gaps(d, count);
	end = u->v.n;
	walk = (struct diff){ taut_unpacked(u, u->ends.n - back),
			      { u->v.p + start, (uint32_t)(end - start) },
			      0,
			      0 };
	/* Both sides lie in v, which must not move while they are walked. */
	if (!rc && taut_grow(&u->v.p, &u->v.cap, end + walk.a.n + walk.b.n,
			     sizeof(uint32_t)))
		rc = TAUT_ENOMEM;
	if (rc || d->r->bad)
		return rc;
	walk.a = taut_unpacked(u, u->ends.n - back);
	walk.b.v = u->v.p + start;
	while (diff_next(&walk, &v) && !d->r->bad)
		rc = put(d, v);
	if (u->v.n > end)
		memmove(u->v.p + start, u->v.p + end,
			(u->v.n - end) * sizeof(uint32_t));
	u->v.n -= end - start;
	return rc;
}

int taut_unpack_set(struct taut_unpacker *u, struct taut_rd *r, uint32_t bound)
{
	struct unpack d = { u, r, bound, 0 };
	uint64_t head = taut_rd_varint(r);
	uint32_t count;
	int rc;

	if (head >> 2 > bound)
		r->bad = 1;
	if (r->bad)
		return 0;
	count = (uint32_t)(head >> 2);
	switch (head & 3) {
	case GAPS:
		rc = get_gaps(&d, count);
		break;
	case BITMAP:
		rc = get_bitmap(&d, count);
		break;
	case RUNS:
		rc = get_runs(&d, count);
		break;
	default:
		rc = get_xor(&d, count);
	}
	if (!rc)
		rc = taut_u32s_add(&u->ends, (uint32_t)u->v.n);
	return rc;
}

struct taut_set taut_unpacked(const struct taut_unpacker *u, size_t i)
{
	uint32_t start = i ? u->ends.p[i - 1] : 0;
	struct taut_set s = { u->v.p + start, u->ends.p[i] - start };

	return s;
}

void taut_unpacker_release(struct taut_unpacker *u)
{
	taut_u32s_release(&u->v);
	taut_u32s_release(&u->ends);
}

/* ---- strings ---- */

int taut_pack_string(struct taut_strings *st, struct taut_buf *b, const char *s,
		     size_t n)
{
	size_t shared = 0;

	while (shared < n && shared < st->nlast &&
	       s[shared] == st->last[shared])
		shared++;
	st->last = s;
	st->nlast = n;
	if (taut_buf_varint(b, shared))
		return TAUT_ENOMEM;
	return taut_buf_bytes(b, s + shared, n - shared);
}

const char *taut_unpack_string(struct taut_strings *st, struct taut_rd *r,
			       struct taut_arena *arena, size_t *n)
{
	uint32_t shared = taut_rd_count(r, st->nlast);
	size_t rest;
	const uint8_t *p = taut_rd_bytes(r, &rest);
	char *s;

	*n = 0;
	if (r->bad || (rest && memchr(p, 0, rest)) ||
	    st->total > TAUT_PACK_MAX ||
	    shared + rest > TAUT_PACK_MAX - st->total) {
		r->bad = 1;
		return "";
	}
	s = taut_arena_alloc(arena, shared + rest + 1);
	if (!s)
		return NULL;
	memcpy(s, st->last, shared);
	if (rest)
		memcpy(s + shared, p, rest);
	st->last = s;
	st->nlast = shared + rest;
	st->total += st->nlast;
	*n = st->nlast;
	return s;
}
