/*
 * stream - what a child process does, one entry a write(2).
 *
 * Home of the taut_stream_* functions of taut.h.  An entry is written at the
 * moment of what it tells, so that a process may end in any way.
 *
 * Bytes.  A stream is "taut-sub", the format version (TAUT_FORMAT) as u32,
 * and frames as in a log (record.h): u32 length of payload, u32 XXH32 of
 * payload, payload.  A payload is, with `v` for a varint:
 *
 *	v type, v kind, v a, v b, v ns, v length of text, text, NUL;
 *	of a FILE also 16 bytes digest
 *
 * A frame that is cut off at the end of a stream whose process lives is being
 * written; else the process was killed in the middle of it, and the stream is
 * torn.  A write that fails takes away the header: then it never began.
 */
#ifndef TAUT_STREAM_H
#define TAUT_STREAM_H

#include "util.h"

#define TAUT_STREAM_MAGIC "taut-sub"
#define TAUT_STREAM_HEADER 12	/* bytes of the header */

#endif
