/*
 * hash.c - the digest of bytes, for those who see taut.h alone.
 */
#include "hash.h"

void taut_digest_bytes(const void *p, size_t n, struct taut_digest *out)
{
	*out = taut_digest_of(p, n);
}
