/*
 * scratch - a directory of one test's own, with files in it.
 *
 * scratch_dir() makes it; it goes when the test passes and stays to be looked
 * at when it fails.  Names are relative to it.  Whatever cannot be done ends
 * the test.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stddef.h>

#include "taut.h"

/* Absolute path; the same at every call in a process. */
const char *scratch_dir(void);
/* scratch_dir()/NAME, in one of eight buffers used in turn. */
const char *scratch_path(const char *name);
/* Write a file; directories are made. */
void scratch_write(const char *name, const char *text);
void scratch_mkdir(const char *name);
void scratch_remove(const char *name);
/* Digest of every name, type, size, mtime and ctime below the directory:
 * equal only if nothing was touched. */
struct taut_digest scratch_state(void);

#endif
