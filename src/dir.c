#include "dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
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
		if (!rc && d->entries[i].type == DT_DIR)
			rc = taut_buf_u8(&b, '/');
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

static int is_executable(int at, const char *path)
{
	struct stat st;

	return !fstatat(at, path, &st, 0) && st.st_mode & 0111;
}

int taut_dir_path(int at, const char *path, struct taut_digest *out)
{
	char state[1 + PATH_MAX];
	ssize_t n;

	state[0] = taut_dir_exists(at, path);
	if (!state[0])
		return TAUT_EIO;
	if (state[0] == 'f' && is_executable(at, path))
		state[0] = 'x';
	n = readlinkat(at, path, state + 1, PATH_MAX);
	*out = taut_digest_of(state, n > 0 ? 1 + (size_t)n : 1);
	return 0;
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

/* ---- names that are kept ---- */

#define SLOTS 16 /* directories on sys.path, and the packages in use */

struct slot {
	char *path;	/* owned; NULL: free */
	struct stat st; /* of the directory, before it was read */
	struct taut_dir dir;
};

struct taut_dirs {
	struct slot slots[SLOTS];
	size_t next; /* to be replaced */
};

static void slot_release(struct slot *s)
{
	free(s->path);
	taut_dir_release(&s->dir);
	s->path = NULL;
}

struct taut_dirs *taut_dirs_new(void)
{
	return calloc(1, sizeof(struct taut_dirs));
}

void taut_dirs_free(struct taut_dirs *d)
{
	size_t i;

	for (i = 0; d && i < SLOTS; i++)
		slot_release(&d->slots[i]);
	free(d);
}

static int same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static int same_dir(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	       same_time(a->st_mtim, b->st_mtim) &&
	       same_time(a->st_ctim, b->st_ctim);
}

static int is_old(struct timespec t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec - t.tv_sec) * 1000000000LL + now.tv_nsec -
		       t.tv_nsec >
	       TAUT_RACY_NS;
}

/* The names in `path`, if they are known or can be kept; else NULL. */
static const struct taut_dir *kept(struct taut_dirs *known, const char *path)
{
	struct slot *s;
	struct stat st;
	size_t i;

	if (!known || stat(path, &st))
		return NULL;
	for (i = 0; i < SLOTS; i++) {
		s = &known->slots[i];
		if (!s->path || strcmp(s->path, path))
			continue;
		if (same_dir(&s->st, &st))
			return &s->dir;
		slot_release(s);
	}
	if (!is_old(st.st_mtim) || !is_old(st.st_ctim))
		return NULL;
	s = &known->slots[known->next++ % SLOTS];
	slot_release(s);
	s->st = st;
	if (taut_dir_read(AT_FDCWD, path, &s->dir) ||
	    !(s->path = strdup(path))) {
		slot_release(s);
		return NULL;
	}
	return &s->dir;
}

char taut_lookup_state(struct taut_dirs *known, const char *dir,
		       const char *name)
{
	const struct taut_dir *names = kept(known, dir);
	struct taut_dir d = TAUT_DIR_INIT;
	char state = '-';
	int rc;

	if (names)
		return taut_dir_lookup(AT_FDCWD, dir, names, name);
	rc = taut_dir_read(AT_FDCWD, dir, &d);
	if (!rc)
		state = taut_dir_lookup(AT_FDCWD, dir, &d, name);
	else if (!taut_dir_is_empty(rc))
		state = '?';
	taut_dir_release(&d);
	return state;
}
