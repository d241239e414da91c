#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading ---- */

/* What a path that is no regular file is, for a message. */
static const char *what_is(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISFIFO(mode))
		return "a FIFO";
	if (S_ISSOCK(mode))
		return "a socket";
	return "a device";
}

static int not_regular(const char *path, mode_t mode, struct taut_err *err)
{
	return taut_fail(err, TAUT_EINVAL, "%s is %s, not a regular file", path,
			 what_is(mode));
}

/* Open `path` if it is a regular file.  It is looked at before it is opened:
 * opening a device can have effects, and a FIFO's writer would notice. */
static int open_regular(const char *path, struct stat *st, struct taut_err *err)
{
	int fd;

	if (stat(path, st)) {
		if (errno == ENOENT || errno == ENOTDIR)
			return taut_fail(err, TAUT_ENOTFOUND,
					 "no such file: %s", path);
		return taut_fail_errno(err, TAUT_EIO, "cannot read %s", path);
	}
	if (!S_ISREG(st->st_mode))
		return not_regular(path, st->st_mode, err);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return taut_fail_errno(err, TAUT_EIO, "cannot read %s", path);
	if (fstat(fd, st) || !S_ISREG(st->st_mode)) {
		close(fd);
		return not_regular(path, st->st_mode, err);
	}
	return fd;
}

/* Read at most n bytes into p; the number read, or -1 and errno. */
static ssize_t read_all(int fd, uint8_t *p, size_t n)
{
	size_t got = 0;
	ssize_t k;

	while (got < n) {
		k = read(fd, p + got, n - got);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (!k)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}

int taut_io_read(const char *path, struct taut_buf *out, struct taut_err *err)
{
	struct stat st;
	ssize_t got;
	size_t size;
	int fd, rc = 0;

	fd = open_regular(path, &st, err);
	if (fd < 0)
		return fd;
	size = (size_t)st.st_size;
	if (size > SIZE_MAX / 4 - out->n ||
	    taut_grow(&out->p, &out->cap, out->n + size + 1, 1)) {
		rc = taut_nomem(err);
	} else {
		got = read_all(fd, out->p + out->n, size);
		if (got < 0)
			rc = taut_fail_errno(err, TAUT_EIO, "cannot read %s",
					     path);
		else
			out->n += (size_t)got;
	}
	close(fd);
	return rc;
}

/* ---- writing ---- */

int taut_io_write_all(int fd, const void *p, size_t n)
{
	const uint8_t *at = p;
	ssize_t k;

	while (n) {
		k = write(fd, at, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		at += k;
		n -= (size_t)k;
	}
	return 0;
}

/* The length of the directory part of `path`, its last slash included. */
static int dir_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (int)(slash - path) + 1 : 0;
}

/*
 * Follow symbolic links by hand, for realpath(3) fails on a dangling one.
 * `real` holds PATH_MAX bytes.
 */
static int follow(const char *path, char *real, struct taut_err *err)
{
	char link[PATH_MAX], next[PATH_MAX];
	ssize_t k;
	int hops, n;

	n = snprintf(real, PATH_MAX, "%s", path);
	if (n < 0 || n >= PATH_MAX)
		goto toolong;
	for (hops = 0; hops < 40; hops++) {
		k = readlink(real, link, sizeof(link) - 1);
		if (k < 0)
			return 0;
		link[k] = 0;
		n = snprintf(next, sizeof(next), "%.*s%s",
			     link[0] == '/' ? 0 : dir_len(real), real, link);
		if (n < 0 || n >= PATH_MAX)
			goto toolong;
		memcpy(real, next, (size_t)n + 1);
	}
	errno = ELOOP;
	return taut_fail_errno(err, TAUT_EIO, "cannot write %s", path);
toolong:
	errno = ENAMETOOLONG;
	return taut_fail_errno(err, TAUT_EIO, "cannot write %s", path);
}

/* A replacement under way. */
struct repl {
	const char *path;    /* as the caller named it, for messages */
	char real[PATH_MAX]; /* links resolved */
	char dir[PATH_MAX];  /* of real; "." if it has none */
	char tmp[PATH_MAX + 32];
	mode_t mode; /* of the old file */
	int exists;
};

static int same_bytes(const struct repl *r, const void *p, size_t n)
{
	struct taut_buf old = TAUT_BUF_INIT;
	int same;

	same = !taut_io_read(r->real, &old, NULL) && old.n == n &&
	       (!n || !memcmp(old.p, p, n));
	taut_buf_release(&old);
	return same;
}

/* Find the real target and its directory. */
static int prepare(struct repl *r, const char *path, struct stat *dir,
		   struct taut_err *err)
{
	struct stat st;
	int rc;

	r->path = path;
	rc = follow(path, r->real, err);
	if (rc)
		return rc;
	if (dir_len(r->real))
		snprintf(r->dir, sizeof(r->dir), "%.*s", dir_len(r->real),
			 r->real);
	else
		strcpy(r->dir, ".");
	if (stat(r->dir, dir) || !S_ISDIR(dir->st_mode))
		return taut_fail(err, TAUT_EIO,
				 "cannot write %s: no directory %s", path,
				 r->dir);
	if (!stat(r->real, &st)) {
		if (!S_ISREG(st.st_mode))
			return not_regular(path, st.st_mode, err);
		r->exists = 1;
		r->mode = st.st_mode & 07777;
	}
	return 0;
}

/*
 * Create the temporary file in `dir`.  The name holds the process id and a
 * counter, so that writers never share one even where flock does not work.
 */
static int create_tmp(struct repl *r, const char *dir)
{
	int fd = -1, i, n;

	for (i = 0; i < 100 && fd < 0; i++) {
		n = snprintf(r->tmp, sizeof(r->tmp), "%s/.taut-%ld-%d.tmp", dir,
			     (long)getpid(), i);
		if (n < 0 || (size_t)n >= sizeof(r->tmp)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		/* The kernel applies the umask; asking for it is a race. */
		fd = open(r->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			  0666);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

/* Some file systems cannot sync and say EINVAL; that is no lost byte. */
static int sync_fd(int fd)
{
	return fsync(fd) && errno != EINVAL && errno != ENOSYS ? -1 : 0;
}

/* Write, sync and rename through `dir`; -1 and errno, nothing left behind. */
static int replace_via(struct repl *r, const char *dir, const void *p, size_t n)
{
	int fd, saved;

	fd = create_tmp(r, dir);
	if (fd < 0)
		return -1;
	/* Not every file system has modes, and the mode is a courtesy. */
	if (r->exists && fchmod(fd, r->mode))
		errno = 0;
	if (taut_io_write_all(fd, p, n) || sync_fd(fd))
		goto fail;
	if (close(fd)) {
		fd = -1;
		goto fail;
	}
	fd = -1;
	if (rename(r->tmp, r->real))
		goto fail;
	return 0;
fail:
	saved = errno;
	if (fd >= 0)
		close(fd);
	unlink(r->tmp);
	errno = saved;
	return -1;
}

int taut_io_replace(const char *path, const char *tmpdir, const void *p,
		    size_t n, struct taut_err *err)
{
	struct repl r = { .exists = 0 };
	struct stat dir, tmp;
	int rc, fd;

	rc = prepare(&r, path, &dir, err);
	if (rc || (r.exists && same_bytes(&r, p, n)))
		return rc;
	rc = -1;
	if (tmpdir && !stat(tmpdir, &tmp) && tmp.st_dev == dir.st_dev)
		rc = replace_via(&r, tmpdir, p, n);
	/* Bind mounts and subvolumes share a device number, and say EXDEV;
	 * a cache directory may also have a quota or mode of its own. */
	if (rc)
		rc = replace_via(&r, r.dir, p, n);
	if (rc)
		return taut_fail_errno(err, TAUT_EIO, "cannot write %s (%s)",
				       path,
				       r.exists ? "the old one is untouched" :
						  "nothing was written");
	fd = open(r.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		/* Renamed already: the worst case is the old file again. */
		(void)fsync(fd);
		close(fd);
	}
	return 0;
}
