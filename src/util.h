/*
 * util - errors, bytes and memory: the floor that every other module stands on.
 *
 * Knows nothing of Python, files or databases and calls no other module.
 *
 * Errors.  A function that can fail returns 0 or a negative TAUT_E* code (see
 * taut.h) and writes one message, at the place where the failure is known,
 * into the caller's struct taut_err.  Callers clean up and pass the code on;
 * they do not rewrite the message.  `err` may be NULL where nobody will read.
 *
 * Memory.  All allocation passes taut_realloc(), so that a test can let the
 * n-th allocation fail (taut_alloc_fail_at).  Long-lived bytes live in a
 * struct taut_buf; data that lives and dies together lives in a taut_arena.
 *
 * Encoding.  All taut formats are built of two things: unsigned LEB128
 * varints, and byte strings with a varint length before them.
 *
 *	struct taut_buf b = TAUT_BUF_INIT;
 *	if (taut_buf_varint(&b, 300) || taut_buf_bytes(&b, "x", 1))
 *		return taut_fail(err, TAUT_ENOMEM, "out of memory");
 */
#ifndef TAUT_UTIL_H
#define TAUT_UTIL_H

#include <stddef.h>
#include <stdint.h>

#include "taut.h"

/* ---- errors ---- */

/* Write the message (printf style) and return `code`. */
int taut_fail(struct taut_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* taut_fail with ": strerror(errno)" after the message. */
int taut_fail_errno(struct taut_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int taut_nomem(struct taut_err *err);

/* ---- allocation ---- */

/* realloc(3) for the whole library; size 0 frees and returns NULL. */
void *taut_realloc(void *p, size_t size);
void *taut_calloc(size_t n, size_t size);
void taut_free(void *p);
/* Test hook: let the n-th allocation from now fail (1 = the next); 0 = off. */
void taut_alloc_fail_at(long n);
/*
 * Make room for `need` elements of `elem` bytes in the array *p of capacity
 * *cap; doubles.  0 or TAUT_ENOMEM (array untouched).
 */
int taut_grow(void *p, size_t *cap, size_t need, size_t elem);

/* ---- growing bytes ---- */

struct taut_buf {
	uint8_t *p;	/* owned; NULL while empty */
	size_t n;	/* bytes in use */
	size_t cap;
};
#define TAUT_BUF_INIT { NULL, 0, 0 }

void taut_buf_release(struct taut_buf *b);
int taut_buf_add(struct taut_buf *b, const void *p, size_t n);
int taut_buf_u8(struct taut_buf *b, uint8_t v);
int taut_buf_u32(struct taut_buf *b, uint32_t v);	/* little endian */
int taut_buf_varint(struct taut_buf *b, uint64_t v);
/* varint length, then the bytes */
int taut_buf_bytes(struct taut_buf *b, const void *p, size_t n);
int taut_buf_printf(struct taut_buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- reading bytes: never past the end, errors are sticky ---- */

struct taut_rd {
	const uint8_t *p, *end;	/* borrowed */
	int bad;		/* set by the first read that did not fit */
};
static inline struct taut_rd taut_rd_init(const void *p, size_t n)
{
	struct taut_rd r = { p, (const uint8_t *)p + n, 0 };
	return r;
}
uint8_t taut_rd_u8(struct taut_rd *r);
uint32_t taut_rd_u32(struct taut_rd *r);
uint64_t taut_rd_varint(struct taut_rd *r);
/* A varint that must be <= max; otherwise bad, and 0. */
uint32_t taut_rd_count(struct taut_rd *r, uint64_t max);
/* n raw bytes, borrowed from the input; NULL and bad if too few. */
const uint8_t *taut_rd_raw(struct taut_rd *r, size_t n);
/* A length-prefixed string, borrowed; *n is its length. */
const uint8_t *taut_rd_bytes(struct taut_rd *r, size_t *n);

/* ---- arena ---- */

struct taut_arena {
	struct taut_chunk *head;	/* owned */
};
#define TAUT_ARENA_INIT { NULL }

/* n bytes, aligned for any type, zeroed; NULL when out of memory. */
void *taut_arena_alloc(struct taut_arena *a, size_t n);
/* A copy with a NUL after it. */
char *taut_arena_dup(struct taut_arena *a, const void *p, size_t n);
void taut_arena_release(struct taut_arena *a);

/* ---- map: byte string -> number, insertion order kept ---- */

struct taut_key {
	const char *p;	/* owned by the map's arena, NUL after it */
	size_t n;
};
struct taut_map {
	struct taut_arena arena;
	struct taut_key *keys;	/* owned; keys[i] is the i-th added */
	size_t n, cap;
	uint32_t *slots;	/* owned; index + 1, 0 = free */
	size_t nslots;		/* power of two */
};
#define TAUT_MAP_INIT { TAUT_ARENA_INIT, NULL, 0, 0, NULL, 0 }
#define TAUT_MAP_NONE UINT32_MAX

/* The key's index, or TAUT_MAP_NONE. */
uint32_t taut_map_get(const struct taut_map *m, const void *p, size_t n);
/* The key's index, added if new; TAUT_MAP_NONE when out of memory. */
uint32_t taut_map_add(struct taut_map *m, const void *p, size_t n);
void taut_map_release(struct taut_map *m);

#endif
