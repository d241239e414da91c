/*
 * record - the one append-only format in which a process tells what it learned.
 *
 * Home of the taut_log_* functions of taut.h (writing) and of the reader that
 * store uses to apply them.  Knows nothing of databases or of the tree.
 *
 * Bytes.  A log is a header and frames:
 *
 *	header	"taut-log" and the format version (TAUT_FORMAT) as u32
 *	frame	u32 length of payload, u32 XXH32 of payload, payload
 *
 * A payload is one type byte (enum taut_frame_type) and then, with `v` for a
 * varint and `s` for a varint length, the bytes and one NUL (so that a reader
 * can lend them as C strings):
 *
 *	FILE		v kind, s path, 16 bytes digest; for TAUT_PY also
 *			v suites, each: 5 bytes hash (the low 40 bits, little
 *			endian), u8 kind, u8 flags, v parent;
 *			v units, each: u32 hash, u32 branch, u8 kind,
 *			u8 effect, above PURE: u32 calls, s owner, v names, each: s name
 *	CARRIER		v number, v kind, u8 final, s owner,
 *			v deps, each: v file, v suites, each: v gap (the
 *			first: the index, then the distance to the one before)
 *			v refs, each: v carrier, u8 edge
 *	TEST		v carrier, s path, s nodeid, v outcome,
 *			u8 has must_run [s must_run], v micros
 *	COLLECTED	s path, u8 full, v n, each: s nodeid
 *
 * Files are numbered in the order of their frames.  Of unit hashes the low 32
 * bits are kept: a change is missed only if the new hash equals the old one
 * of the same file.
 *
 * Reading stops at the first frame that is torn, fails its checksum, or makes
 * no sense; `torn` tells so.  What came before it is whole.
 *
 *	taut_log_reader_init(&r, bytes, n);
 *	while ((rc = taut_log_reader_next(&r, &frame, err)) > 0)
 *		...
 *	taut_log_reader_release(&r);
 */
#ifndef TAUT_RECORD_H
#define TAUT_RECORD_H

#include "util.h"

#define TAUT_LOG_MAGIC "taut-log"
#define TAUT_LOG_HEADER 12	/* bytes of the header */
#define TAUT_HASH40 0xffffffffffULL
/* Carrier numbers stay below this, so that a reader can index by them. */
#define TAUT_LOG_CARRIERS (1u << 24)

enum taut_frame_type {
	TAUT_FRAME_FILE = 1, TAUT_FRAME_CARRIER, TAUT_FRAME_TEST,
	TAUT_FRAME_COLLECTED,
};

struct taut_rec_suite {
	uint64_t hash;		/* 40 bits */
	uint32_t parent;
	uint8_t kind, flags;	/* enum taut_suite_kind, taut_suite_flags */
};
struct taut_rec_unit {
	uint32_t hash, branch;
	uint8_t kind, effect;	/* enum taut_unit_kind, taut_unit_effect */
	uint32_t calls;
	const char *owner;
	uint32_t nnames;
	const char *const *names;
};
struct taut_rec_file {
	int kind;		/* enum taut_kind */
	const char *path;
	size_t npath;
	struct taut_digest digest;
	uint32_t nsuites;	/* 0 unless TAUT_PY; DOC and VERSION last */
	const struct taut_rec_suite *suites;
	uint32_t nunits;
	const struct taut_rec_unit *units;
};
struct taut_rec_collected {
	const char *path;
	int full;
	uint32_t n;
	const char *const *nodeids;
};
struct taut_frame {
	int type;		/* enum taut_frame_type */
	union {
		struct taut_rec_file file;
		struct taut_log_carrier carrier;
		struct taut_log_test test;
		struct taut_rec_collected collected;
	} u;
};

struct taut_log_reader {
	struct taut_rd rd;	/* borrows the log's bytes */
	struct taut_arena arena;	/* arrays of the present frame */
	uint32_t *nsuites;	/* owned; of each file so far, 1 if no PY */
	size_t nfiles, cap;
	unsigned only;		/* 1 << type: skip all others; 0: none */
	int foreign;		/* no log, or one of another format */
	int torn;		/* the end was cut off or damaged */
};

void taut_log_reader_init(struct taut_log_reader *r, const void *p, size_t n);
/* 1 and a frame, whose pointers live until the next call and borrow from the
 * log's bytes; 0 at the end; negative: out of memory. */
int taut_log_reader_next(struct taut_log_reader *r, struct taut_frame *f,
			 struct taut_err *err);
void taut_log_reader_release(struct taut_log_reader *r);

#endif
