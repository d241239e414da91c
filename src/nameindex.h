/*
 * nameindex - which sheets say a name.
 *
 * Sheets are known by number.  Building takes (name, sheet) pairs in any order
 * and deals them out to buckets by the first bits of the name; looking for a
 * name reads its bucket alone, so that an index in a mapped file costs what is
 * looked for.  A filter per sheet would be smaller, but has to be asked sheet
 * by sheet and is sometimes wrong: at 20 000 files one edited name of a hub
 * took 5 seconds.
 *
 * Bytes: directory and buckets, each 16 byte { u64 offset in the buckets, u32
 * length, u32 checksum }, as many as the power of two above a 64th of the
 * pairs.  A bucket has, by name: u32 name, v sheets, v bytes of what follows,
 * for each sheet: v gap (the first: the number, then the distance to the one
 * before).
 */
#ifndef TAUT_NAMEINDEX_H
#define TAUT_NAMEINDEX_H

#include "pack.h"
#include "sheet.h"

struct taut_nameindex_bucket {
	uint64_t off;
	uint32_t len, sum;
};
/* Borrowed; the directory was verified by its owner. */
struct taut_nameindex {
	const struct taut_nameindex_bucket *dir;
	uint32_t nbuckets;	/* a power of two, or 0: no sheets */
	const uint8_t *bytes;
	size_t size;
};

/* Append the numbers of the sheets that say `name`, ascending; *bad: the
 * bucket is damaged.  0 or TAUT_ENOMEM. */
int taut_nameindex_find(const struct taut_nameindex *x, uint32_t name,
			struct taut_u32s *out, int *bad);

struct taut_nameindex_pairs {
	uint64_t *v;	/* owned; name << 32 | sheet */
	size_t n, cap;
};
/* All return 0 or TAUT_ENOMEM. */
int taut_nameindex_add(struct taut_nameindex_pairs *p, uint32_t sheet,
		       const struct taut_sheet *s);
/* Every pair of an index; of sheet i becomes to[i], TAUT_MAP_NONE drops it.
 * *bad: some were damaged. */
int taut_nameindex_copy(struct taut_nameindex_pairs *p,
			const struct taut_nameindex *x, const uint32_t *to,
			uint32_t nsheets, int *bad);
/* Sorts the pairs. */
int taut_nameindex_build(struct taut_nameindex_pairs *p, struct taut_buf *dir,
			 struct taut_buf *bytes);

#endif
