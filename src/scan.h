/*
 * scan - the `source` part of taut.h: bytes -> suites, units, imports.
 *
 * Puts together what lex, outline, scope and unit found and gives every suite
 * its hash:
 *
 *	an outermost function	salt, qualified name, path, ordinal among the
 *				definitions that share them, signature, tokens
 *	a suite inside it	its parent's hash, kind, ordinal, signature if
 *				it is a scope, tokens
 *	a function that mentions locals(), eval() and their like
 *				all its tokens, for it and for every suite in it
 *
 * "Tokens" are those of the suite's own lines: headers of the suites in it
 * belong to it, their lines do not.  The salt is the encoding and the
 * __future__ imports.  No hash knows a position.
 */
#ifndef TAUT_SCAN_H
#define TAUT_SCAN_H

#include "sheet.h"
#include "taut.h"

/* taut_source_scan(), taut_source_free() and taut_name_hash(): see taut.h. */

/* What the source mentions (mention.h); an opaque one has an empty sheet. */
int taut_sheet_scan(const void *bytes, size_t n, struct taut_sheet **out,
		    struct taut_err *err);

#endif
