#include "scratch.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "hash.h"
#include "util.h"

static char dir[PATH_MAX];
static pid_t owner;
static struct taut_buf listing;

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void remove_all(void)
{
	if (getpid() == owner)
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_dir(void)
{
	const char *base = getenv("TMPDIR");

	if (*dir)
		return dir;
	snprintf(dir, sizeof(dir), "%s/taut-unit-XXXXXX",
		 base && *base ? base : "/tmp");
	CHECK(mkdtemp(dir));
	owner = getpid();
	atexit(remove_all);
	return dir;
}

const char *scratch_path(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned next;
	char *p = paths[next++ % 8];

	CHECK(snprintf(p, PATH_MAX, "%s/%s", scratch_dir(), name) < PATH_MAX);
	return p;
}

/* Make the directories that the file's path goes through. */
static void make_parents(const char *path)
{
	char copy[PATH_MAX], *slash;

	snprintf(copy, sizeof(copy), "%s", path);
	for (slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		CHECK(!mkdir(copy, 0777) || errno == EEXIST);
		*slash = '/';
	}
}

void scratch_write(const char *name, const char *text)
{
	const char *path = scratch_path(name);
	FILE *f;

	make_parents(path);
	f = fopen(path, "w");
	CHECK(f);
	CHECK(fputs(text, f) >= 0);
	CHECK(!fclose(f));
}

void scratch_mkdir(const char *name)
{
	const char *path = scratch_path(name);

	make_parents(path);
	CHECK(!mkdir(path, 0777));
}

void scratch_remove(const char *name)
{
	CHECK(!remove(scratch_path(name)));
}

static int list_one(const char *path, const struct stat *st, int type,
		    struct FTW *at)
{
	(void)at;
	return taut_buf_printf(
		&listing, "%s %d %lld %lld.%ld %lld.%ld\n", path, type,
		(long long)st->st_size, (long long)st->st_mtim.tv_sec,
		st->st_mtim.tv_nsec, (long long)st->st_ctim.tv_sec,
		st->st_ctim.tv_nsec);
}

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct taut_digest scratch_state(void)
{
	struct taut_buf sorted = TAUT_BUF_INIT;
	char *lines[4096], *p;
	struct taut_digest d;
	size_t n = 0, i;

	listing.n = 0;
	CHECK(!nftw(scratch_dir(), list_one, 16, FTW_PHYS));
	for (p = strtok((char *)listing.p, "\n"); p; p = strtok(NULL, "\n")) {
		CHECK(n < 4096);
		lines[n++] = p;
	}
	/* readdir's order is no promise. */
	qsort(lines, n, sizeof(*lines), by_line);
	for (i = 0; i < n; i++)
		CHECK(!taut_buf_printf(&sorted, "%s\n", lines[i]));
	d = taut_digest_of(sorted.p, sorted.n);
	taut_buf_release(&sorted);
	taut_buf_release(&listing);
	return d;
}
