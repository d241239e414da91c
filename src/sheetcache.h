/*
 * sheetcache - sheets kept in a file, so that files need not be scanned again.
 *
 * A local file, addressed by content: a sheet is found by the digest of its
 * source, and by the names that it says (nameindex.h).  It may be lost, and is
 * written as a whole.  In host byte order:
 *
 *	header	struct header (sheetcache.c), with a hash of all up to the
 *		blobs
 *	entry	struct taut_sheet_entry, in the order of the files
 *	order	u32 entry, ascending by digest; one of padding when odd
 *	dir	struct taut_nameindex_bucket
 *	blobs	the sheets (sheetcache.c)
 *	buckets	of the index
 *
 * What the hash covers is checked when the file is opened, a blob and a bucket
 * when it is read: what is wrong is not there.
 *
 * Building one takes parts, each filled by a thread of its own.  The bytes can
 * be read without ever being written.
 */
#ifndef TAUT_SHEETCACHE_H
#define TAUT_SHEETCACHE_H

#include "nameindex.h"
#include "sheet.h"

struct taut_sheet_entry {
	uint8_t digest[16];
	uint64_t off;	/* in the blobs */
	uint32_t len, sum;
	uint8_t flags, star, opaque, unused[5];
};

struct taut_sheetcache {
	const uint8_t *map;	/* owned; NULL: empty */
	size_t size;
	int mapped;		/* else allocated */
	const struct taut_sheet_entry *entries;
	const uint32_t *order;
	size_t n;
	const uint8_t *blobs;
	size_t nblobs;
	struct taut_nameindex index;
};

/* What is no such file is empty. */
void taut_sheetcache_open(struct taut_sheetcache *c, const char *path);
/* The same of bytes in memory, which it takes. */
void taut_sheetcache_open_bytes(struct taut_sheetcache *c, struct taut_buf *b);
void taut_sheetcache_close(struct taut_sheetcache *c);
/* NULL: not there.  *hint is where the last one was (begin with SIZE_MAX):
 * files come in the order in which they were written. */
const struct taut_sheet_entry *
taut_sheetcache_find(const struct taut_sheetcache *c,
		     const struct taut_digest *digest, size_t *hint);
/* *out NULL: damaged.  0 or TAUT_ENOMEM. */
int taut_sheetcache_read(const struct taut_sheetcache *c,
			 const struct taut_sheet_entry *e,
			 struct taut_sheet **out);

/* ---- building ---- */

struct taut_sheetcache_part {
	struct taut_buf blobs;
	struct taut_sheet_entry *entries;	/* owned */
	uint32_t *numbers;	/* owned; of each entry */
	size_t n, centries, cnumbers;
	struct taut_nameindex_pairs pairs;
};
/* Add the sheet as entry `number`.  0 or TAUT_ENOMEM. */
int taut_sheetcache_add(struct taut_sheetcache_part *p, uint32_t number,
			const struct taut_digest *digest,
			const struct taut_sheet *s);
/* Add entry i of another cache as to[i], unless that is TAUT_MAP_NONE.
 * TAUT_EDAMAGED: nothing of it can be used. */
int taut_sheetcache_copy(struct taut_sheetcache_part *p,
			 const struct taut_sheetcache *from,
			 const uint32_t *to);
/* The bytes of a cache of all that the parts have, `n` entries in order. */
int taut_sheetcache_build(struct taut_sheetcache_part *parts, size_t nparts,
			  size_t n, struct taut_buf *out);
void taut_sheetcache_drop(struct taut_sheetcache_part *p);

#endif
