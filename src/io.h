/*
 * io - whole files: read one, replace one.
 *
 * Knows paths and the file system, nothing of what the bytes mean.  Reading
 * never blocks on a FIFO or device and never follows a growing file beyond
 * its size at open.  Replacing is atomic: a reader sees the old bytes or the
 * new ones, and a failure (no space, no permission) leaves the old file as
 * it was and no temporary file behind.
 */
#ifndef TAUT_IO_H
#define TAUT_IO_H

#include "util.h"

/*
 * Append the bytes of the regular file `path` to `out`.  TAUT_ENOTFOUND: no
 * such file.  TAUT_EINVAL: not a regular file (the message names what it is).
 * TAUT_EIO: the system said no.
 */
int taut_io_read(const char *path, struct taut_buf *out, struct taut_err *err);

/* write(2) until all is written; errno tells why it was not. */
int taut_io_write_all(int fd, const void *p, size_t n);

/*
 * Put the n bytes at p in place of `path`, symbolic links resolved (a
 * dangling one gets its target made).  The temporary file lies in `tmpdir`
 * when that is on the same device, else (or when tmpdir is NULL) beside the
 * target; fsync, rename, fsync of the directory.  The old file's mode is
 * kept.  A target that already has these bytes is not touched.
 */
int taut_io_replace(const char *path, const char *tmpdir, const void *p,
		    size_t n, struct taut_err *err);

#endif
