#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "io.h"

static const char tag[] =
	"Signature: 8a477f597d28d172789f06886806bc55\n"
	"# This directory is a cache made by taut; it may be deleted.\n"
	"# See https://bford.info/cachedir/\n";

/* ---- where ---- */

/* printf into an owned string; NULL when out of memory. */
static char *join(const char *a, const char *sep, const char *b)
{
	struct taut_buf s = TAUT_BUF_INIT;

	if (taut_buf_printf(&s, "%s%s%s", a, sep, b)) {
		taut_buf_release(&s);
		return NULL;
	}
	return (char *)s.p;
}

/* Could files be made in `dir`, when it and its parents are made first? */
static int writable(const char *dir)
{
	char *path = join(dir, "", ""), *slash;
	struct stat st;
	int ok = 0;

	while (path && stat(path, &st) && errno == ENOENT) {
		slash = strrchr(path, '/');
		if (!slash || slash == path)
			break;
		*slash = 0;
	}
	if (path && !stat(path, &st))
		ok = S_ISDIR(st.st_mode) && !access(path, W_OK | X_OK);
	taut_free(path);
	return ok;
}

/* The user's own cache for this root; *out NULL when there is none. */
static int user_cache(const char *root, char **out)
{
	const char *base = getenv("XDG_CACHE_HOME"), *sep = "/taut/";
	struct taut_buf s = TAUT_BUF_INIT;

	*out = NULL;
	if (!base || *base != '/') {
		base = getenv("HOME");
		sep = "/.cache/taut/";
	}
	if (!base || *base != '/')
		return 0;
	if (taut_buf_printf(
		    &s, "%s%s%016llx", base, sep,
		    (unsigned long long)taut_hash64(root, strlen(root))))
		return TAUT_ENOMEM;
	*out = (char *)s.p;
	return 0;
}

int taut_cache_locate(struct taut_cache *c, const char *root, const char *dir,
		      struct taut_err *err)
{
	memset(c, 0, sizeof(*c));
	if (!dir)
		dir = getenv("TAUT_CACHE_DIR");
	if (!dir || !*dir)
		dir = ".taut_cache";
	c->dir = *dir == '/' ? join(dir, "", "") : join(root, "/", dir);
	if (!c->dir)
		return taut_nomem(err);
	if (writable(c->dir))
		return 0;
	taut_free(c->dir);
	if (user_cache(root, &c->dir))
		return taut_nomem(err);
	if (c->dir && !writable(c->dir)) {
		taut_free(c->dir);
		c->dir = NULL;
	}
	return 0;
}

void taut_cache_release(struct taut_cache *c)
{
	taut_free(c->dir);
	memset(c, 0, sizeof(*c));
}

/* ---- making ---- */

/* Make every missing directory of `path` (changed meanwhile, put back). */
static int make_parents(char *path)
{
	char *slash = path;
	int rc;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = 0;
		rc = mkdir(path, 0777);
		*slash = '/';
		if (rc && errno != EEXIST && errno != EROFS && errno != EACCES)
			return -1;
	}
	return 0;
}

static int write_new(const char *dir, const char *name, const char *text)
{
	char *path = join(dir, "/", name);
	int fd, rc = -1;

	if (!path)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd >= 0) {
		rc = taut_io_write_all(fd, text, strlen(text));
		rc |= close(fd);
	}
	taut_free(path);
	return rc;
}

int taut_cache_make(struct taut_cache *c, struct taut_err *err)
{
	int existed;

	if (c->made)
		return 0;
	if (!c->dir)
		return taut_fail(err, TAUT_EIO,
				 "no directory for the cache can be written: "
				 "nothing is recorded (set TAUT_CACHE_DIR)");
	existed = !access(c->dir, F_OK);
	if (make_parents(c->dir) || (mkdir(c->dir, 0777) && errno != EEXIST))
		return taut_fail_errno(err, TAUT_EIO, "cannot make %s", c->dir);
	/* A directory that was there before is somebody's, or ours with both
	 * files in it. */
	if (!existed && (write_new(c->dir, ".gitignore", "*\n") ||
			 write_new(c->dir, "CACHEDIR.TAG", tag)))
		return taut_fail_errno(err, TAUT_EIO, "cannot write in %s",
				       c->dir);
	c->made = 1;
	return 0;
}

int taut_cache_path(const struct taut_cache *c, const char *name,
		    struct taut_buf *out, struct taut_err *err)
{
	if (!c->dir)
		return taut_fail(err, TAUT_ENOTFOUND, "no cache directory");
	return taut_buf_printf(out, "%s/%s", c->dir, name) ? taut_nomem(err) :
							     0;
}

/* ---- locks ---- */

int taut_lock_wait(const char *path, int make, int *fd, struct taut_err *err)
{
	int rc;

	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT && make)
		*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*fd < 0)
		return taut_fail_errno(err, TAUT_EIO, "cannot open %s", path);
	do
		rc = flock(*fd, LOCK_EX);
	while (rc && errno == EINTR);
	if (!rc)
		return 0;
	taut_fail_errno(err, TAUT_EINVAL, "cannot lock %s", path);
	close(*fd);
	*fd = -1;
	return TAUT_EINVAL;
}
