/*
 * durations - how long tests took, for saying how much time was saved.
 *
 * Local and never part of the database, whose bytes must not depend on a
 * machine's speed.  The file, in the cache directory:
 *
 *	"taut-durations", u32 TAUT_FORMAT, then ascending by key: 8 bytes key
 *	little endian, varint microseconds; at the end the 16 byte digest of
 *	all that
 *
 * A key is a hash of environment and node id.  A bad file is an empty one.
 */
#ifndef TAUT_DURATIONS_H
#define TAUT_DURATIONS_H

#include "util.h"

struct taut_duration {
	uint64_t key, micros;
};
struct taut_durations {
	struct taut_duration *v;	/* owned; ascending unless unsorted */
	size_t n, cap;
	size_t nsorted;		/* what lies behind came in later */
};
#define TAUT_DURATIONS_INIT { NULL, 0, 0, 0 }

/* Append the file's entries; fails only for lack of memory. */
int taut_durations_load(struct taut_durations *d, const char *file,
			struct taut_err *err);
/* Take over what a log tells; a later one replaces. */
int taut_durations_log(struct taut_durations *d, const char *env,
		       const char *log, struct taut_err *err);
int taut_durations_save(struct taut_durations *d, const char *file,
			struct taut_err *err);
/* 1 and *micros, or 0: not known. */
int taut_durations_get(const struct taut_durations *d, const char *env,
		       const char *nodeid, uint64_t *micros);
void taut_durations_release(struct taut_durations *d);

#endif
