/*
 * squeeze - repeats taken out of bytes, and put back: a small LZ77 coder.
 *
 * Pure; knows nothing of what the bytes mean.  It is ours, and not zlib's,
 * because the same input must give the same bytes on every machine, and zlib
 * does not promise that from one version or variant to the next.  It has no
 * entropy coder: much of a database is hashes, which none makes shorter, and
 * where bytes stay whole, git's deltas of two databases stay small.
 *
 * Bytes may consist of segments, the entries of a table, say.  What is repeated
 * from another segment is named by its place in that one, so that an edit in
 * between changes nothing.  That makes git's deltas of a database smaller by a
 * third, and the database larger by a twentieth.
 *
 * Squeezed bytes are v n << 1 | 1 (n is the number of bytes that come out) and
 * operations until n bytes have come out:
 *
 *	u8 literals | length << 3 | same << 7
 *	v literals - 7		if `literals` is 7: more of them
 *	literals		copied as they are; the last operation may end
 *				here, with length and same 0
 *	v from			unless `same`: what is repeated begins
 *		distance << 1	so far before, in the segment that is being
 *				made; 1 is the byte that came out last
 *		offset << 1 | 1	so far into a segment that is
 *	v segments		so many before this one
 *	v length - 15		if `length` is 15: more of it
 *				then length + 2 bytes (3 unless `same`) are
 *				repeated; they may overlap what they make.
 *				`same`: as far before as the last time
 *
 * Where that would not be shorter: v n << 1, and the n bytes.
 *
 * Going back trusts nothing: no more than n bytes come out, and n has a bound.
 */
#ifndef TAUT_SQUEEZE_H
#define TAUT_SQUEEZE_H

#include "util.h"

#define TAUT_SQUEEZE_MAX (1u << 27)	/* bytes that may come out */

/* Where segments end, in ascending order: all that is from the last one on is
 * one more.  It takes the same ones to go back. */
struct taut_segments {
	const uint32_t *ends;	/* borrowed */
	size_t n;
};
#define TAUT_ONE_SEGMENT (struct taut_segments){ NULL, 0 }

/* Append the squeezed form of n <= TAUT_SQUEEZE_MAX bytes. */
int taut_squeeze(struct taut_buf *out, const void *p, size_t n,
		 struct taut_segments segments);
/* Put what all of `r` stands for in place of what is in `out`; r->bad on
 * nonsense, TAUT_ENOMEM when out of memory. */
int taut_unsqueeze(struct taut_buf *out, struct taut_rd *r,
		   struct taut_segments segments);

#endif
