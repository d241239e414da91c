/*
 * sheetcache - sheets kept in a file, so that files need not be scanned again.
 *
 * A local file, addressed by content: a sheet is found by the digest of its
 * source.  It may be lost, and is written as a whole.  In host byte order:
 *
 *	header	"taut-sheets" and a NUL, u32 version, u64 number of entries,
 *		u64 hash of the entries
 *	entry	struct taut_sheet_entry, ascending by digest
 *	blobs	the sheets (sheetcache.c)
 *
 * Entries are checked when the file is opened, a blob when it is read: what
 * is wrong is not there.
 */
#ifndef TAUT_SHEETCACHE_H
#define TAUT_SHEETCACHE_H

#include "sheet.h"

struct taut_sheet_entry {
	uint8_t digest[16];
	uint64_t off;
	uint32_t len, sum;
	uint8_t flags, star, opaque, unused[5];
	uint8_t bloom[TAUT_BLOOM];
};

struct taut_sheetcache {
	const uint8_t *map;	/* owned; NULL: empty */
	size_t size;
	const struct taut_sheet_entry *entries;
	size_t n;
};

/* What is no such file is empty. */
void taut_sheetcache_open(struct taut_sheetcache *c, const char *path);
void taut_sheetcache_close(struct taut_sheetcache *c);
const struct taut_sheet_entry *
taut_sheetcache_find(const struct taut_sheetcache *c,
		     const struct taut_digest *digest);
/* *out NULL: damaged.  0 or TAUT_ENOMEM. */
int taut_sheetcache_read(const struct taut_sheetcache *c,
			 const struct taut_sheet_entry *e,
			 struct taut_sheet **out);

/* To write one: begin, add every sheet, end. */
struct taut_sheetcache_writer {
	struct taut_buf blobs;
	struct taut_sheet_entry *entries;	/* owned */
	size_t n, cap;
};
/* 0 or TAUT_ENOMEM. */
int taut_sheetcache_add(struct taut_sheetcache_writer *w,
			const struct taut_digest *digest,
			const struct taut_sheet *s);
int taut_sheetcache_copy(struct taut_sheetcache_writer *w,
			 const struct taut_sheetcache *from,
			 const struct taut_sheet_entry *e);
int taut_sheetcache_end(struct taut_sheetcache_writer *w, const char *path,
			struct taut_err *err);
void taut_sheetcache_drop(struct taut_sheetcache_writer *w);

#endif
