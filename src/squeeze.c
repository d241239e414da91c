#include "squeeze.h"

#include <string.h>

enum {
	SAME = 0x80,
	MORE_LITERALS = 7, /* the field's greatest value */
	MORE_LENGTH = 15,
	SHORTEST = 3,	/* the least repeat, unless the distance stays */
	TRIES = 8,	/* places looked at for the best repeat */
	MOST_STEP = 16, /* bytes between places that are looked at */
	ENOUGH = 512,	/* a repeat that is long enough to look no further */
};

static uint32_t segment_start(struct taut_segments s, size_t segment)
{
	return segment ? s.ends[segment - 1] : 0;
}

/* ---- squeezing ---- */

/* Bytes being squeezed.  Chains lead from a place to earlier ones where three
 * bytes have the same hash; places count from 1, 0 ends a chain. */
struct squeezer {
	const uint8_t *p;
	size_t n;
	struct taut_segments segments;
	uint32_t *head; /* owned; by hash */
	uint32_t *prev; /* owned; by place */
	uint32_t *of;	/* owned; segment, by place; NULL if there is one */
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

/* How a repeat at i of what is at j names that place. */
struct from {
	uint32_t code, back; /* back: segments, or 0 */
};

static struct from name_of(const struct squeezer *s, size_t i, size_t j)
{
	struct from f = { (uint32_t)(i - j) << 1, 0 };

	if (s->of && s->of[i] != s->of[j]) {
		f.code = (uint32_t)j - segment_start(s->segments, s->of[j]);
		f.code = f.code << 1 | 1;
		f.back = s->of[i] - s->of[j];
	}
	return f;
}

static int name_size(struct from f)
{
	return varint_size(f.code) + (f.back ? varint_size(f.back) : 0);
}

/* The repeat at i that saves most, the nearest of equals; gain 0 if none. */
static struct repeat find(const struct squeezer *s, size_t i)
{
	struct repeat best = { 0, s->last, 0 };
	int tries = TRIES, gain;
	uint32_t at, len;

	if (s->last) {
		best.len = alike(s, i, i - s->last);
		best.gain = best.len > 1 ? (int)best.len - 1 : 0;
	}
	if (s->n - i < SHORTEST)
		return best;
	for (at = s->head[hash_at(s, i)]; at && tries--; at = s->prev[at - 1]) {
		/* Only longer ones are looked at closely. */
		if (best.len >= ENOUGH || i + best.len >= s->n)
			break;
		if (s->p[at - 1 + best.len] != s->p[i + best.len])
			continue;
		len = alike(s, i, at - 1);
		if (len < SHORTEST || (int)len - 2 <= best.gain)
			continue;
		gain = (int)len - 1 - name_size(name_of(s, i, at - 1));
		if (gain > best.gain)
			best = (struct repeat){ len, (uint32_t)(i + 1 - at),
						gain };
	}
	return best;
}

/* What is from `from` to i, then a repeat there, if any. */
static int put(struct squeezer *s, struct taut_buf *out, size_t from, size_t i,
	       const struct repeat *r)
{
	int same = r && r->distance == s->last, bad;
	uint32_t length = r ? r->len - (same ? SHORTEST - 1 : SHORTEST) : 0;
	uint32_t head = length < MORE_LENGTH ? length : MORE_LENGTH;
	size_t n = i - from, few = n < MORE_LITERALS ? n : MORE_LITERALS;
	struct from f;

	bad = taut_buf_u8(out,
			  (uint8_t)(few | head << 3 | (same ? SAME : 0))) ||
	      (few == MORE_LITERALS && taut_buf_varint(out, n - few)) ||
	      taut_buf_add(out, s->p + from, n);
	if (!r || bad)
		return bad;
	if (!same) {
		f = name_of(s, i, i - r->distance);
		bad = taut_buf_varint(out, f.code) ||
		      (f.back && taut_buf_varint(out, f.back));
		s->last = r->distance;
	}
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
		if (put(s, out, from, i, &r))
			return TAUT_ENOMEM;
		for (end = i + r.len; ++i < end;)
			enter(s, i);
		from = i;
	}
	return from < s->n ? put(s, out, from, s->n, NULL) : 0;
}

static int prepare(struct squeezer *s)
{
	size_t i, segment = 0;

	while (s->bits < 16 && s->n >> s->bits)
		s->bits++;
	s->head = taut_calloc((size_t)1 << s->bits, sizeof(*s->head));
	s->prev = taut_realloc(NULL, s->n * sizeof(*s->prev));
	if (!s->head || !s->prev)
		return TAUT_ENOMEM;
	if (!s->segments.n)
		return 0;
	s->of = taut_realloc(NULL, s->n * sizeof(*s->of));
	for (i = 0; s->of && i < s->n; i++) {
		while (segment < s->segments.n &&
		       s->segments.ends[segment] <= i)
			segment++;
		s->of[i] = (uint32_t)segment;
	}
	return s->of ? 0 : TAUT_ENOMEM;
}

static int put_plain(struct taut_buf *out, const void *p, size_t n)
{
	return taut_buf_varint(out, n << 1) || taut_buf_add(out, p, n);
}

int taut_squeeze(struct taut_buf *out, const void *p, size_t n,
		 struct taut_segments segments)
{
	struct squeezer s = { .p = p, .n = n, .segments = segments, .bits = 8 };
	size_t had = out->n;
	int bad;

	if (n <= SHORTEST)
		return put_plain(out, p, n);
	bad = prepare(&s) || taut_buf_varint(out, n << 1 | 1) ||
	      put_all(&s, out);
	taut_free(s.head);
	taut_free(s.prev);
	taut_free(s.of);
	if (!bad && out->n - had > n) {
		out->n = had;
		bad = put_plain(out, p, n);
	}
	return bad ? TAUT_ENOMEM : 0;
}

/* ---- and back ---- */

/* Bytes coming back. */
struct unsqueezer {
	struct taut_rd *r;
	struct taut_buf *out; /* has room for n */
	size_t n;
	struct taut_segments segments;
	size_t segment; /* that of the next byte */
	size_t last;	/* distance of the last repeat, or 0 */
};

static size_t get_distance(struct unsqueezer *u)
{
	uint64_t from = taut_rd_varint(u->r), place;
	size_t back;

	if (!(from & 1))
		return from >> 1 <= u->out->n ? (size_t)(from >> 1) : 0;
	while (u->segment < u->segments.n &&
	       u->segments.ends[u->segment] <= u->out->n)
		u->segment++;
	back = taut_rd_count(u->r, u->segment);
	if (!back)
		return 0;
	place = segment_start(u->segments, u->segment - back) + (from >> 1);
	return place < u->out->n ? u->out->n - (size_t)place : 0;
}

/* `len` bytes as there are `distance` bytes before. */
static void repeat(struct taut_buf *out, size_t distance, size_t len)
{
	uint8_t *to = out->p + out->n;

	out->n += len;
	if (distance >= len)
		memcpy(to, to - distance, len);
	else
		for (; len; len--, to++)
			*to = *(to - distance);
}

/* One operation. */
static void get(struct unsqueezer *u)
{
	struct taut_buf *out = u->out;
	struct taut_rd *r = u->r;
	uint8_t head = taut_rd_u8(r);
	size_t literals = head & MORE_LITERALS, len = head >> 3 & MORE_LENGTH;
	const uint8_t *p;

	if (literals == MORE_LITERALS)
		literals += taut_rd_count(r, u->n - out->n);
	p = literals > u->n - out->n ? NULL : taut_rd_raw(r, literals);
	if (!p) {
		r->bad = 1;
		return;
	}
	memcpy(out->p + out->n, p, literals);
	out->n += literals;
	if (out->n == u->n) {
		if (head >> 3)
			r->bad = 1;
		return;
	}
	if (!(head & SAME))
		u->last = get_distance(u);
	if (len == MORE_LENGTH)
		len += taut_rd_count(r, u->n - out->n);
	len += head & SAME ? SHORTEST - 1 : SHORTEST;
	if (!u->last || len > u->n - out->n)
		r->bad = 1;
	if (!r->bad)
		repeat(out, u->last, len);
}

int taut_unsqueeze(struct taut_buf *out, struct taut_rd *r,
		   struct taut_segments segments)
{
	struct unsqueezer u = { .r = r, .out = out, .segments = segments };
	uint64_t head = taut_rd_varint(r);
	const uint8_t *p;

	out->n = 0;
	if (head >> 1 > TAUT_SQUEEZE_MAX)
		r->bad = 1;
	if (r->bad)
		return 0;
	u.n = (size_t)(head >> 1);
	if (taut_grow(&out->p, &out->cap, u.n + 1, 1))
		return TAUT_ENOMEM;
	if (head & 1) {
		while (out->n < u.n && !r->bad)
			get(&u);
	} else {
		p = taut_rd_raw(r, u.n);
		if (p) {
			memcpy(out->p, p, u.n);
			out->n = u.n;
		}
	}
	if (r->p != r->end)
		r->bad = 1;
	return 0;
}
