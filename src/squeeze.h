/*
 * squeeze - repeats taken out of bytes, and put back: a small LZ77 coder.
 *
 * Pure; knows nothing of what the bytes mean.  It is ours, and not zlib's,
 * because the same input must give the same bytes on every machine, and zlib
 * does not promise that from one version or variant to the next.  It has no
 * entropy coder: half of a database are hashes, which none makes shorter, and
 * as whole bytes stay bytes, git's deltas of two databases stay small.
 *
 * Squeezed bytes are v n << 1 | 1 (n is the number of bytes that come out) and
 * operations until n bytes have come out:
 *
 *	u8 literals | length << 3 | same << 7
 *	v literals - 7		if `literals` is 7: more of them
 *	literals		copied as they are; the last operation may end
 *				here, with length and same 0
 *	v distance		unless `same`: as in the operation before;
 *				1 is the byte that came out last
 *	v length - 15		if `length` is 15: more of it
 *				then length + 2 bytes (3 unless `same`) are
 *				repeated from `distance` bytes before; they
 *				may overlap what they make
 *
 * Where that would not be shorter: v n << 1, and the n bytes.
 *
 * Going back trusts nothing: no more than n bytes come out, and n has a bound.
 */
#ifndef TAUT_SQUEEZE_H
#define TAUT_SQUEEZE_H

#include "util.h"

#define TAUT_SQUEEZE_MAX (1u << 27)	/* bytes that may come out */

/* Append the squeezed form of n <= TAUT_SQUEEZE_MAX bytes. */
int taut_squeeze(struct taut_buf *out, const void *p, size_t n);
/* Put what all of `r` stands for in place of what is in `out`; r->bad on
 * nonsense, TAUT_ENOMEM when out of memory. */
int taut_unsqueeze(struct taut_buf *out, struct taut_rd *r);

#endif
