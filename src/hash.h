/*
 * hash - the one hash of the project: XXH3 (xxHash 0.8, header only).
 *
 * 128-bit digests name file contents and carriers; 64-bit hashes name suites,
 * units and module versions.  Neither is cryptographic: taut guards against
 * accidents, not against somebody who crafts colliding sources.  The values
 * are part of the database format, so a change here is a new format version;
 * tests/unit/test_hash.c pins them.
 */
#ifndef TAUT_HASH_H
#define TAUT_HASH_H

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "taut.h"

static inline uint64_t taut_hash64(const void *p, size_t n)
{
	return XXH3_64bits(p, n);
}

static inline uint32_t taut_hash32(const void *p, size_t n)
{
	return XXH32(p, n, 0);
}

/* Mix `v` into `h`; order matters. */
static inline uint64_t taut_hash_mix(uint64_t h, uint64_t v)
{
	uint64_t pair[2] = { h, v };

	return XXH3_64bits(pair, sizeof(pair));
}

/* The same for many small steps, as over tokens: one multiplication.  `v` must
 * be well mixed itself. */
static inline uint64_t taut_hash_fold(uint64_t h, uint64_t v)
{
	return XXH3_mul128_fold64(h ^ v, 0x9E3779B97F4A7C15u);
}

/* Big-endian canonical bytes, the same on every machine. */
static inline struct taut_digest taut_digest_of(const void *p, size_t n)
{
	struct taut_digest d;
	XXH128_canonical_t c;

	XXH128_canonicalFromHash(&c, XXH3_128bits(p, n));
	memcpy(d.b, c.digest, sizeof(d.b));
	return d;
}

static inline int taut_digest_eq(const struct taut_digest *a,
				 const struct taut_digest *b)
{
	return !memcmp(a->b, b->b, sizeof(a->b));
}

#endif
