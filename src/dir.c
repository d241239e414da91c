#include "dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"

/* ---- reading ---- */

static int by_name(const void *a, const void *b)
{
	const struct taut_dir_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int add_entry(struct taut_dir *d, const struct dirent *e)
{
	size_t n = strlen(e->d_name);
	char *name;

	if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
		return 0;
	name = taut_arena_dup(&d->arena, e->d_name, n);
	if (!name ||
	    taut_grow(&d->entries, &d->cap, d->n + 1, sizeof(*d->entries)))
		return TAUT_ENOMEM;
	d->entries[d->n].name = name;
	d->entries[d->n++].type = e->d_type;
	return 0;
}

int taut_dir_read(int at, const char *path, struct taut_dir *d)
{
	struct dirent *e;
	DIR *stream;
	int fd, saved, rc = 0;

	fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? TAUT_ENOTFOUND :
							     TAUT_EIO;
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return TAUT_EIO;
	}
	while (!rc && (errno = 0, e = readdir(stream)))
		rc = add_entry(d, e);
	if (!rc && errno)
		rc = TAUT_EIO;
	saved = errno;
	closedir(stream);
	errno = saved;
	if (d->n)
		qsort(d->entries, d->n, sizeof(*d->entries), by_name);
	return rc;
}

int taut_dir_is_empty(int rc)
{
	return rc == TAUT_ENOTFOUND || (rc == TAUT_EIO && errno == EACCES);
}

void taut_dir_release(struct taut_dir *d)
{
	taut_arena_release(&d->arena);
	taut_free(d->entries);
	*d = (struct taut_dir)TAUT_DIR_INIT;
}

/* ---- listings ---- */

/* The last part of the path in an environment variable, or "". */
static const char *last_part(const char *variable)
{
	const char *value = getenv(variable), *slash;

	if (!value)
		return "";
	slash = strrchr(value, '/');
	return slash ? slash + 1 : value;
}

static int ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && !strcmp(s + n - k, end);
}

/* What runs leave behind: a listing that counted it would differ after every
 * run, and Python's, pytest's and our own caches are nobody's input. */
static int is_litter(const char *name)
{
	return !strcmp(name, "__pycache__") || ends_with(name, ".pyc") ||
	       !strcmp(name, ".pytest_cache") || !strcmp(name, ".taut_cache") ||
	       !strcmp(name, ".testmondata") || !strncmp(name, ".taut-", 6) ||
	       !strcmp(name, ".coverage") || !strncmp(name, ".coverage.", 10) ||
	       !strcmp(name, ".hypothesis") ||
	       !strcmp(name, last_part("TESTMON_DATAFILE")) ||
	       !strcmp(name, last_part("TAUT_CACHE_DIR"));
}

int taut_dir_listing(const struct taut_dir *d, struct taut_digest *out)
{
	struct taut_buf b = TAUT_BUF_INIT;
	const char *name;
	size_t i;
	int rc = 0;

	for (i = 0; i < d->n && !rc; i++) {
		name = d->entries[i].name;
		if (is_litter(name))
			continue;
		if (b.n)
			rc = taut_buf_u8(&b, '\n');
		if (!rc)
			rc = taut_buf_add(&b, name, strlen(name));
	}
	if (!rc)
		*out = taut_digest_of(b.p ? (void *)b.p : "", b.n);
	taut_buf_release(&b);
	return rc;
}

int taut_listing_digest(const char *dir,
			int (*skip)(void *arg, const char *name), void *arg,
			struct taut_digest *out)
{
	struct taut_dir d = TAUT_DIR_INIT;
	size_t i, k = 0;
	int rc;

	rc = taut_dir_read(AT_FDCWD, dir, &d);
	for (i = 0; !rc && i < d.n; i++)
		if (!skip(arg, d.entries[i].name))
			d.entries[k++] = d.entries[i];
	d.n = k;
	if (!rc)
		rc = taut_dir_listing(&d, out);
	taut_dir_release(&d);
	return rc;
}

/* ---- paths ---- */

char taut_dir_exists(int at, const char *path)
{
	struct stat st;

	if (fstatat(at, path, &st, 0))
		return errno == ENOENT || errno == ENOTDIR ||
				       errno == ENAMETOOLONG ?
			       '-' :
			       0;
	return S_ISREG(st.st_mode) ? 'f' : S_ISDIR(st.st_mode) ? 'd' : 'o';
}

/* ---- what an import finds ---- */

/* Index of the first name that is not less than `name`. */
static size_t lower_bound(const struct taut_dir *d, const char *name)
{
	size_t lo = 0, hi = d->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(d->entries[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Is the entry a regular file ('f') or a directory ('d'), links followed? */
static int entry_is(int at, const char *path, const struct taut_dir_entry *e,
		    char what)
{
	char full[PATH_MAX];
	int n;

	if (e->type == DT_REG)
		return what == 'f';
	if (e->type == DT_DIR)
		return what == 'd';
	if (e->type != DT_LNK && e->type != DT_UNKNOWN)
		return 0;
	n = snprintf(full, sizeof(full), "%s/%s", path, e->name);
	return n > 0 && (size_t)n < sizeof(full) &&
	       taut_dir_exists(at, full) == what;
}

/* The best of STEM.py ('m'), STEM.pyc ('c'), STEM.so, STEM.<tag>.so ('x').
 * `stem` ends in a dot, so all candidates stand side by side. */
static char module_file(int at, const char *path, const struct taut_dir *d,
			const char *stem)
{
	size_t n = strlen(stem), i;
	const struct taut_dir_entry *e;
	const char *rest;
	char best = '-';

	for (i = lower_bound(d, stem); i < d->n; i++) {
		e = &d->entries[i];
		if (strncmp(e->name, stem, n))
			break;
		rest = e->name + n;
		if (!strcmp(rest, "so") || ends_with(rest, ".so")) {
			if (entry_is(at, path, e, 'f'))
				return 'x';
		} else if (!strcmp(rest, "py")) {
			if (entry_is(at, path, e, 'f'))
				best = 'm';
		} else if (!strcmp(rest, "pyc") && best == '-' &&
			   entry_is(at, path, e, 'f')) {
			best = 'c';
		}
	}
	return best;
}

/* Does the directory `path` hold an __init__ that Python would run? */
static int is_package(int at, const char *path)
{
	struct taut_dir d = TAUT_DIR_INIT;
	char init[PATH_MAX + 16];
	int found;

	/* Nearly always; and it spares reading the whole package. */
	snprintf(init, sizeof(init), "%s/__init__.py", path);
	if (taut_dir_exists(at, init) == 'f')
		return 1;
	found = !taut_dir_read(at, path, &d) &&
		module_file(at, path, &d, "__init__.") != '-';
	taut_dir_release(&d);
	return found;
}

char taut_dir_lookup(int at, const char *path, const struct taut_dir *d,
		     const char *name)
{
	char sub[PATH_MAX], stem[NAME_MAX + 2], file;
	size_t i;
	int n, directory;

	/* No name in a directory can be longer than NAME_MAX. */
	n = snprintf(stem, sizeof(stem), "%s.", name);
	if (n < 0 || (size_t)n >= sizeof(stem))
		return '-';
	n = snprintf(sub, sizeof(sub), "%s/%s", path, name);
	if (n < 0 || (size_t)n >= sizeof(sub))
		return '-';
	i = lower_bound(d, name);
	directory = i < d->n && !strcmp(d->entries[i].name, name) &&
		    entry_is(at, path, &d->entries[i], 'd');
	if (directory && is_package(at, sub))
		return 'p';
	file = module_file(at, path, d, stem);
	return file == '-' && directory ? 'n' : file;
}

char taut_lookup_state(const char *dir, const char *name)
{
	struct taut_dir d = TAUT_DIR_INIT;
	char state = '-';
	int rc;

	rc = taut_dir_read(AT_FDCWD, dir, &d);
	if (!rc)
		state = taut_dir_lookup(AT_FDCWD, dir, &d, name);
	else if (!taut_dir_is_empty(rc))
		state = '?';
	taut_dir_release(&d);
	return state;
}
