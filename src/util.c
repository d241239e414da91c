#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

/* ---- errors ---- */

int taut_fail(struct taut_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		err->code = code;
		va_start(ap, fmt);
		vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
		va_end(ap);
	}
	return code;
}

int taut_fail_errno(struct taut_err *err, int code, const char *fmt, ...)
{
	int saved = errno;
	size_t n;
	va_list ap;

	if (err) {
		err->code = code;
		va_start(ap, fmt);
		vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
		va_end(ap);
		n = strlen(err->msg);
		snprintf(err->msg + n, sizeof(err->msg) - n, ": %s",
			 strerror(saved));
	}
	return code;
}

int taut_nomem(struct taut_err *err)
{
	return taut_fail(err, TAUT_ENOMEM, "out of memory");
}

/* ---- allocation ---- */

static long fail_at;

void taut_alloc_fail_at(long n)
{
	fail_at = n;
}

void *taut_realloc(void *p, size_t size)
{
	if (!size) {
		free(p);
		return NULL;
	}
	if (fail_at > 0 && --fail_at == 0)
		return NULL;
	return realloc(p, size);
}

void *taut_calloc(size_t n, size_t size)
{
	if (!n || !size || n > SIZE_MAX / size)
		return NULL;
	/* Not realloc and memset: of a large array only the pages that are
	 * used are then ever made. */
	if (fail_at > 0 && --fail_at == 0)
		return NULL;
	return calloc(n, size);
}

void taut_free(void *p)
{
	free(p);
}

int taut_grow(void *p, size_t *cap, size_t need, size_t elem)
{
	void **array = p, *bigger;
	size_t c = *cap ? *cap : 16;

	if (need <= *cap)
		return 0;
	while (c < need) {
		if (c > SIZE_MAX / 2)
			return TAUT_ENOMEM;
		c *= 2;
	}
	if (c > SIZE_MAX / elem)
		return TAUT_ENOMEM;
	bigger = taut_realloc(*array, c * elem);
	if (!bigger)
		return TAUT_ENOMEM;
	*array = bigger;
	*cap = c;
	return 0;
}

/* ---- growing bytes ---- */

void taut_buf_release(struct taut_buf *b)
{
	taut_free(b->p);
	b->p = NULL;
	b->n = b->cap = 0;
}

int taut_buf_add(struct taut_buf *b, const void *p, size_t n)
{
	if (!n)
		return 0;
	if (n > b->cap - b->n &&
	    (n > SIZE_MAX - b->n || taut_grow(&b->p, &b->cap, b->n + n, 1)))
		return TAUT_ENOMEM;
	memcpy(b->p + b->n, p, n);
	b->n += n;
	return 0;
}

int taut_buf_u8(struct taut_buf *b, uint8_t v)
{
	return taut_buf_add(b, &v, 1);
}

int taut_buf_u32(struct taut_buf *b, uint32_t v)
{
	uint8_t le[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
			  (uint8_t)(v >> 24) };

	return taut_buf_add(b, le, sizeof(le));
}

int taut_buf_varint(struct taut_buf *b, uint64_t v)
{
	enum { LONGEST = 10 };

	/* Room first: most of a log and of a database are such numbers. */
	if (b->cap - b->n < LONGEST &&
	    taut_grow(&b->p, &b->cap, b->n + LONGEST, 1))
		return TAUT_ENOMEM;
	for (; v >= 0x80; v >>= 7)
		b->p[b->n++] = (uint8_t)(v | 0x80);
	b->p[b->n++] = (uint8_t)v;
	return 0;
}

int taut_buf_bytes(struct taut_buf *b, const void *p, size_t n)
{
	if (taut_buf_varint(b, n))
		return TAUT_ENOMEM;
	return taut_buf_add(b, p, n);
}

int taut_buf_printf(struct taut_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || taut_grow(&b->p, &b->cap, b->n + (size_t)n + 1, 1))
		return TAUT_ENOMEM;
	va_start(ap, fmt);
	vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
	return 0;
}

/* ---- reading bytes ---- */

const uint8_t *taut_rd_raw(struct taut_rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > (size_t)(r->end - r->p)) {
		r->bad = 1;
		return NULL;
	}
	r->p += n;
	return p;
}

uint8_t taut_rd_u8(struct taut_rd *r)
{
	const uint8_t *p = taut_rd_raw(r, 1);

	return p ? *p : 0;
}

uint32_t taut_rd_u32(struct taut_rd *r)
{
	const uint8_t *p = taut_rd_raw(r, 4);

	return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
			       (uint32_t)p[3] << 24 :
		   0;
}

uint64_t taut_rd_varint(struct taut_rd *r)
{
	uint64_t v = 0;
	unsigned shift = 0;
	uint8_t c;

	if (r->p < r->end && *r->p < 0x80 && !r->bad)
		return *r->p++;
	do {
		if (shift > 63 || r->p >= r->end || r->bad) {
			r->bad = 1;
			return 0;
		}
		c = *r->p++;
		v |= (uint64_t)(c & 0x7f) << shift;
		shift += 7;
	} while (c & 0x80);
	return v;
}

uint32_t taut_rd_count(struct taut_rd *r, uint64_t max)
{
	uint64_t v = taut_rd_varint(r);

	if (v > max || v > UINT32_MAX) {
		r->bad = 1;
		return 0;
	}
	return (uint32_t)v;
}

const uint8_t *taut_rd_bytes(struct taut_rd *r, size_t *n)
{
	uint64_t len = taut_rd_varint(r);

	*n = 0;
	if (r->bad || len > (uint64_t)(r->end - r->p)) {
		r->bad = 1;
		return NULL;
	}
	*n = (size_t)len;
	return taut_rd_raw(r, *n);
}

/* ---- arena ---- */

struct taut_chunk {
	struct taut_chunk *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char data[];
};

void *taut_arena_alloc(struct taut_arena *a, size_t n)
{
	const size_t align = _Alignof(max_align_t);
	struct taut_chunk *c = a->head;
	size_t size;
	void *p;

	if (n > SIZE_MAX / 4)
		return NULL;
	n = (n + align - 1) / align * align;
	if (!c || c->size - c->used < n) {
		size = c ? c->size * 2 : 4096;
		if (size > (1u << 20))
			size = 1u << 20;
		if (size < n)
			size = n;
		c = taut_realloc(NULL, sizeof(*c) + size);
		if (!c)
			return NULL;
		c->next = a->head;
		c->used = 0;
		c->size = size;
		a->head = c;
	}
	p = c->data + c->used;
	c->used += n;
	memset(p, 0, n);
	return p;
}

char *taut_arena_dup(struct taut_arena *a, const void *p, size_t n)
{
	char *s = taut_arena_alloc(a, n + 1);

	if (s && n)
		memcpy(s, p, n);
	return s;
}

void taut_arena_release(struct taut_arena *a)
{
	struct taut_chunk *c, *next;

	for (c = a->head; c; c = next) {
		next = c->next;
		taut_free(c);
	}
	a->head = NULL;
}

/* ---- map ---- */

static size_t map_slot(const struct taut_map *m, const void *p, size_t n)
{
	size_t i = (size_t)taut_hash64(p, n) & (m->nslots - 1);
	const struct taut_key *k;

	while (m->slots[i]) {
		k = &m->keys[m->slots[i] - 1];
		if (k->n == n && (!n || !memcmp(k->p, p, n)))
			break;
		i = (i + 1) & (m->nslots - 1);
	}
	return i;
}

uint32_t taut_map_get(const struct taut_map *m, const void *p, size_t n)
{
	if (!m->nslots)
		return TAUT_MAP_NONE;
	return m->slots[map_slot(m, p, n)] - 1;
}

/* Double the slots; keys keep their index. */
static int map_rehash(struct taut_map *m)
{
	size_t nslots = m->nslots ? m->nslots * 2 : 32, i;
	uint32_t *slots = taut_calloc(nslots, sizeof(*slots));

	if (!slots)
		return TAUT_ENOMEM;
	taut_free(m->slots);
	m->slots = slots;
	m->nslots = nslots;
	for (i = 0; i < m->n; i++)
		slots[map_slot(m, m->keys[i].p, m->keys[i].n)] =
			(uint32_t)i + 1;
	return 0;
}

uint32_t taut_map_add(struct taut_map *m, const void *p, size_t n)
{
	char *copy;
	size_t i;

	if (m->n >= TAUT_MAP_NONE - 1 ||
	    (m->n * 2 >= m->nslots && map_rehash(m)))
		return TAUT_MAP_NONE;
	i = map_slot(m, p, n);
	if (m->slots[i])
		return m->slots[i] - 1;
	if (taut_grow(&m->keys, &m->cap, m->n + 1, sizeof(*m->keys)))
		return TAUT_MAP_NONE;
	copy = taut_arena_dup(&m->arena, p, n);
	if (!copy)
		return TAUT_MAP_NONE;
	m->keys[m->n].p = copy;
	m->keys[m->n].n = n;
	m->slots[i] = (uint32_t)++m->n;
	return (uint32_t)m->n - 1;
}

void taut_map_release(struct taut_map *m)
{
	taut_arena_release(&m->arena);
	taut_free(m->keys);
	taut_free(m->slots);
	*m = (struct taut_map)TAUT_MAP_INIT;
}
