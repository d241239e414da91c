#include "squeeze.h"

#include <string.h>

enum {
	SAME = 0x80,
	MORE_LITERALS = 7, /* the field's greatest value */
	MORE_LENGTH = 15,
	SHORTEST = 3, /* the least repeat, unless the distance stays */
	TRIES = 16,   /* places looked at for the best repeat */
	MOST_STEP = 16,
	ENOUGH = 512, /* a repeat that is long enough to look no further */
};

/* ---- squeezing ---- */

/* Bytes being squeezed.  Chains lead from a place to earlier ones where three
 * bytes have the same hash; places count from 1, 0 ends a chain. */
struct squeezer {
	const uint8_t *p;
	size_t n;
	uint32_t *head; /* owned; by hash */
	uint32_t *prev; /* owned; by place */
	int bits;	/* of a hash */
	uint32_t last;	/* distance of the last repeat, or 0 */
};

/* Bytes to repeat, and how many that saves. */
struct repeat {
	uint32_t len, distance;
	int gain;
};

static int varint_size(uint32_t v)
{
	int n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

static uint32_t hash_at(const struct squeezer *s, size_t i)
{
	const uint8_t *p = s->p + i;
	uint32_t v =
		(uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;

	return v * 2654435761u >> (32 - s->bits);
}

static void enter(struct squeezer *s, size_t i)
{
	uint32_t h;

	if (s->n - i < SHORTEST)
		return;
	h = hash_at(s, i);
	s->prev[i] = s->head[h];
	s->head[h] = (uint32_t)i + 1;
}

/* How many bytes at i are as those at j, which is before it. */
static uint32_t alike(const struct squeezer *s, size_t i, size_t j)
{
	size_t k = i;

	while (k < s->n && s->p[k] == s->p[j]) {
		k++;
		j++;
	}
	return (uint32_t)(k - i);
}

/* The repeat at i that saves most, the nearest of equals; gain 0 if none. */
static struct repeat find(const struct squeezer *s, size_t i)
{
	struct repeat best = { 0, s->last, 0 };
	uint32_t at, len, distance;
	int tries = TRIES, gain;

	if (s->last) {
		best.len = alike(s, i, i - s->last);
		best.gain = best.len > 1 ? (int)best.len - 1 : 0;
	}
	if (s->n - i < SHORTEST)
		return best;
	for (at = s->head[hash_at(s, i)]; at && tries--; at = s->prev[at - 1]) {
		/* Farther ones must be longer. */
		if (best.len >= ENOUGH || i + best.len >= s->n)
			break;
		if (s->p[at - 1 + best.len] != s->p[i + best.len])
			continue;
		len = alike(s, i, at - 1);
		distance = (uint32_t)(i + 1 - at);
		gain = (int)len - 1 - varint_size(distance);
		if (len >= SHORTEST && gain > best.gain)
			best = (struct repeat){ len, distance, gain };
	}
	return best;
}

/* n bytes at p, then what they are followed by, if anything. */
static int put(struct squeezer *s, struct taut_buf *out, const uint8_t *p,
	       size_t n, const struct repeat *r)
{
	int same = r && r->distance == s->last, bad;
	uint32_t length = r ? r->len - (same ? SHORTEST - 1 : SHORTEST) : 0;
	size_t few = n < MORE_LITERALS ? n : MORE_LITERALS;
	uint32_t head = length < MORE_LENGTH ? length : MORE_LENGTH;

	bad = taut_buf_u8(out,
			  (uint8_t)(few | head << 3 | (same ? SAME : 0))) ||
	      (few == MORE_LITERALS && taut_buf_varint(out, n - few)) ||
	      taut_buf_add(out, p, n);
	if (!r || bad)
		return bad;
	if (!same)
		bad = taut_buf_varint(out, r->distance);
	s->last = r->distance;
	return bad ||
	       (head == MORE_LENGTH && taut_buf_varint(out, length - head));
}

static int put_all(struct squeezer *s, struct taut_buf *out)
{
	struct repeat r, next;
	size_t i = 0, from = 0, end, step;

	while (i < s->n) {
		r = find(s, i);
		enter(s, i);
		if (!r.gain) {
			/* Where nothing repeats, as in hashes, look less. */
			step = 1 + (i - from) / 64;
			end = i + (step < MOST_STEP ? step : MOST_STEP);
			for (i++; i < end && i < s->n; i++)
				enter(s, i);
			continue;
		}
		/* One more byte as it is may allow a better one behind it. */
		while (r.len < ENOUGH && i + 1 < s->n) {
			next = find(s, i + 1);
			if (next.gain <= r.gain)
				break;
			r = next;
			enter(s, ++i);
		}
		if (put(s, out, s->p + from, i - from, &r))
			return TAUT_ENOMEM;
		for (end = i + r.len; ++i < end;)
			enter(s, i);
		from = i;
	}
	return from < s->n ? put(s, out, s->p + from, s->n - from, NULL) : 0;
}

static int put_plain(struct taut_buf *out, const void *p, size_t n)
{
	return taut_buf_varint(out, n << 1) || taut_buf_add(out, p, n);
}

int taut_squeeze(struct taut_buf *out, const void *p, size_t n)
{
	struct squeezer s = { p, n, NULL, NULL, 8, 0 };
	size_t had = out->n;
	int bad;

	if (n <= SHORTEST)
		return put_plain(out, p, n);
	while (s.bits < 16 && n >> s.bits)
		s.bits++;
	s.head = taut_calloc((size_t)1 << s.bits, sizeof(*s.head));
	s.prev = taut_realloc(NULL, n * sizeof(*s.prev));
	bad = !s.head || !s.prev || taut_buf_varint(out, n << 1 | 1) ||
	      put_all(&s, out);
	taut_free(s.head);
	taut_free(s.prev);
	if (!bad && out->n - had > n) {
		out->n = had;
		bad = put_plain(out, p, n);
	}
	return bad ? TAUT_ENOMEM : 0;
}

/* ---- and back ---- */

/* One operation; `last` is the distance of the one before. */
static void get(struct taut_rd *r, struct taut_buf *out, size_t n,
		uint32_t *last)
{
	uint8_t head = taut_rd_u8(r), *to;
	size_t literals = head & MORE_LITERALS, len = head >> 3 & MORE_LENGTH;
	const uint8_t *p;

	if (literals == MORE_LITERALS)
		literals += taut_rd_count(r, n - out->n);
	p = literals > n - out->n ? NULL : taut_rd_raw(r, literals);
	if (!p) {
		r->bad = 1;
		return;
	}
	memcpy(out->p + out->n, p, literals);
	out->n += literals;
	if (out->n == n) {
		if (head >> 3)
			r->bad = 1;
		return;
	}
	if (!(head & SAME))
		*last = taut_rd_count(r, out->n);
	if (len == MORE_LENGTH)
		len += taut_rd_count(r, n - out->n);
	len += head & SAME ? SHORTEST - 1 : SHORTEST;
	if (r->bad || !*last || len > n - out->n) {
		r->bad = 1;
		return;
	}
	to = out->p + out->n;
	out->n += len;
	if (*last >= len)
		memcpy(to, to - *last, len);
	else
		for (; len; len--, to++)
			*to = *(to - *last);
}

int taut_unsqueeze(struct taut_buf *out, struct taut_rd *r)
{
	uint64_t head = taut_rd_varint(r);
	size_t n = (size_t)(head >> 1);
	const uint8_t *p;
	uint32_t last = 0;

	out->n = 0;
	if (head >> 1 > TAUT_SQUEEZE_MAX ||
	    (!(head & 1) && n != (size_t)(r->end - r->p)))
		r->bad = 1;
	if (r->bad)
		return 0;
	if (taut_grow(&out->p, &out->cap, n + 1, 1))
		return TAUT_ENOMEM;
	if (head & 1) {
		while (out->n < n && !r->bad)
			get(r, out, n, &last);
	} else {
		p = taut_rd_raw(r, n);
		if (p && n)
			memcpy(out->p, p, n);
		out->n = n;
	}
	if (r->p != r->end)
		r->bad = 1;
	return 0;
}
