/*
 * coding - from the bytes of a source file to text that can be tokenized.
 *
 * Takes away the byte order mark, turns \r\n and \r into \n as compile() does,
 * and reads the coding cookie (PEP 263).  The result is not decoded: bytes
 * from 0x80 on stay what they are, so only encodings qualify in which every
 * byte below 0x80 means its ASCII character: UTF-8 (then it must be valid) and
 * single-byte supersets.  In Shift-JIS, GBK and their like such a byte may be
 * the second half of a character.
 */
#ifndef TAUT_CODING_H
#define TAUT_CODING_H

#include <stddef.h>
#include <stdint.h>

/*
 * *text is owned by the caller (taut_free), also on failure, with 16 NUL bytes
 * after its *ntext bytes, so that words may be read at its end.  *coding is a
 * hash of the encoding's canonical name.  *opaque is NULL or says why the
 * file cannot be tokenized.  0 or TAUT_ENOMEM.
 */
int taut_coding_text(const void *bytes, size_t n, char **text, size_t *ntext,
		     uint64_t *coding, const char **opaque);

#endif
