/*
 * pack - the codings of the database's blobs: sets of numbers, sorted names.
 *
 * Pure; knows neither tables nor what the numbers mean.  Both codings look
 * back at what was coded just before, so a sequence is read from its start.
 *
 * A set of ascending numbers is a varint (count << 2 | mode) and then
 *
 *	GAPS	count gaps: the first number, then each one's distance - 1
 *	BITMAP	v first number, v bytes, that many bytes; bit i = first + i;
 *		count is the number of bits set
 *	RUNS	count runs: gap (as in GAPS, from the end of the run before),
 *		v length - 1
 *	XOR	v back, then as GAPS the count numbers that are in this set or
 *		in the set `back` places before (1 = the last), not in both
 *
 * whichever is shortest (the first of these on a tie).  Sets of similar tests
 * are similar: on recorded suites XOR halves the bytes.
 *
 * A sorted string is v bytes shared with the string before it, v length of
 * the rest, the rest.
 *
 * Unpacking trusts nothing: numbers stay below a bound, and the sum of what
 * one sequence may grow to is limited, for runs and XOR can inflate.
 */
#ifndef TAUT_PACK_H
#define TAUT_PACK_H

#include "util.h"

/* One sequence unpacks to at most this many numbers, or bytes of strings. */
#define TAUT_PACK_MAX (1u << 27)
#define TAUT_PACK_BACK 8	/* how far XOR looks back */

/* A growing array of numbers. */
struct taut_u32s {
	uint32_t *p;	/* owned */
	size_t n, cap;
};
int taut_u32s_add(struct taut_u32s *a, uint32_t v);
void taut_u32s_release(struct taut_u32s *a);

/* Sort in place and drop repeats; how many are left. */
size_t taut_unique_u32(uint32_t *p, size_t n);
size_t taut_unique_u64(uint64_t *p, size_t n);

struct taut_set {
	const uint32_t *v;	/* ascending, without repeats; borrowed */
	uint32_t n;
};

struct taut_packer {
	struct taut_set last[TAUT_PACK_BACK];	/* ring; borrowed */
	uint32_t count;
};
#define TAUT_PACKER_INIT { { { NULL, 0 } }, 0 }

/* Append the set; `v` must live until the sequence is complete. */
int taut_pack_set(struct taut_packer *p, struct taut_buf *b,
		  const uint32_t *v, uint32_t n);

struct taut_unpacker {
	struct taut_u32s v;	/* owned; the numbers of all sets so far */
	struct taut_u32s ends;	/* owned; where each set ends in v */
};
#define TAUT_UNPACKER_INIT { { NULL, 0, 0 }, { NULL, 0, 0 } }

/* Read one set of numbers below `bound`; r->bad on nonsense, TAUT_ENOMEM when
 * out of memory. */
int taut_unpack_set(struct taut_unpacker *u, struct taut_rd *r,
		    uint32_t bound);
/* Set i; valid until the next taut_unpack_set. */
struct taut_set taut_unpacked(const struct taut_unpacker *u, size_t i);
void taut_unpacker_release(struct taut_unpacker *u);

struct taut_strings {
	const char *last;	/* borrowed: caller's, or the arena's */
	size_t nlast;
	size_t total;		/* bytes unpacked so far */
};
#define TAUT_STRINGS_INIT { "", 0, 0 }

/* Append the string; `s` must live until the next call. */
int taut_pack_string(struct taut_strings *st, struct taut_buf *b,
		     const char *s, size_t n);
/* Read one string into the arena, a NUL after it.  r->bad and "" on nonsense
 * (a NUL inside, too); NULL when out of memory. */
const char *taut_unpack_string(struct taut_strings *st, struct taut_rd *r,
			       struct taut_arena *arena, size_t *n);

#endif
