#include "whole.h"

#include <dirent.h>
#include <fcntl.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dir.h"
#include "hash.h"

#define BATCH 1024 /* things whose contents are looked at together */

/* One thing below the root. */
struct part {
	const char *path;   /* owned by the batch's arena */
	const char *target; /* as path; of a link, else "" */
	char type;	    /* 'f' 'd' 'l', others by their kind */
};

struct whole {
	struct taut_tree *tree; /* borrowed */
	int at;
	char *own[2]; /* owned, or NULL: relative paths that do not count */
	char path[PATH_MAX];
	XXH3_state_t state;
	struct taut_arena arena;      /* of one batch */
	struct part *parts;	      /* owned, BATCH of them, in order */
	struct taut_tree_item *items; /* owned, BATCH: those of a content */
	size_t n, nitems;
};

/* ---- what does not count ---- */

static int begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static int ends(const char *s, const char *with)
{
	size_t n = strlen(s), k = strlen(with);

	return n >= k && !strcmp(s + n - k, with);
}

/* By name alone, at any depth. */
static int is_litter(const char *name)
{
	static const char *const list[] = {
		".coverage",	 ".git",	  ".hg",
		".hypothesis",	 ".mypy_cache",	  ".nox",
		".pytest_cache", ".ruff_cache",	  ".svn",
		".taut_cache",	 ".tox",	  "__pycache__",
		"dist-packages", "site-packages",
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (!strcmp(name, list[i]))
			return 1;
	return begins(name, ".testmondata") || begins(name, ".coverage.") ||
	       begins(name, ".taut-") || begins(name, "pytest-of-") ||
	       ends(name, ".pyc") || ends(name, ".egg-info");
}

/* Where a variable's path lies below the root; owned, NULL: nowhere. */
static char *own_path(const char *root, const char *variable)
{
	const char *value = getenv(variable);
	char base[PATH_MAX], full[PATH_MAX], given[PATH_MAX], *own = NULL;
	size_t n;

	if (!value || !*value || strlen(root) + strlen(value) + 2 > PATH_MAX)
		return NULL;
	strcpy(given, *value == '/' ? "" : root);
	strcat(given, *value == '/' ? "" : "/");
	strcat(given, value);
	/* One that is not there yet cannot be in the way. */
	if (!realpath(root, base) || !realpath(given, full))
		return NULL;
	n = strlen(base);
	if (!strncmp(full, base, n) && full[n] == '/') {
		own = taut_realloc(NULL, strlen(full) - n);
		if (own)
			strcpy(own, full + n + 1);
	}
	return own;
}

static int is_own(const struct whole *w)
{
	return (w->own[0] && !strcmp(w->path, w->own[0])) ||
	       (w->own[1] && !strcmp(w->path, w->own[1]));
}

static int is_environment(const struct taut_dir *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (!strcmp(d->entries[i].name, "pyvenv.cfg"))
			return 1;
	return 0;
}

/* ---- the digest ---- */

static void add(struct whole *w, const void *p, size_t n)
{
	XXH3_128bits_update(&w->state, p, n);
}

/* In place of a content that cannot be read. */
static void add_unread(struct whole *w, const char *path)
{
	int64_t seen[3] = { 0, 0, 0 };
	struct stat st;

	if (!fstatat(w->at, path, &st, AT_SYMLINK_NOFOLLOW)) {
		seen[0] = (int64_t)st.st_size;
		seen[1] = (int64_t)st.st_mtim.tv_sec;
		seen[2] = (int64_t)st.st_mtim.tv_nsec;
	}
	add(w, seen, sizeof(seen));
}

/* The batch is full, or the last one. */
static int flush(struct whole *w)
{
	const struct taut_tree_item *it = w->items;
	const struct part *p;
	uint8_t how[2];

	if (taut_tree_look(w->tree, w->items, w->nitems, NULL))
		return TAUT_ENOMEM;
	for (p = w->parts; p < w->parts + w->n; p++) {
		add(w, p->path, strlen(p->path) + 1);
		add(w, &p->type, 1);
		add(w, p->target, strlen(p->target) + 1);
		if (p->type != 'f')
			continue;
		how[0] = (uint8_t)it->state;
		how[1] = (uint8_t)it->exec;
		add(w, how, sizeof(how));
		if (it->state == TAUT_TREE_FOUND)
			add(w, it->digest.b, sizeof(it->digest.b));
		else
			add_unread(w, p->path);
		it++;
	}
	taut_arena_release(&w->arena);
	w->n = w->nitems = 0;
	return 0;
}

static int add_part(struct whole *w, char type)
{
	char target[PATH_MAX] = "";
	struct part *p;
	ssize_t k;

	if (w->n == BATCH && flush(w))
		return TAUT_ENOMEM;
	if (type == 'l') {
		k = readlinkat(w->at, w->path, target, sizeof(target) - 1);
		target[k > 0 ? k : 0] = '\0';
	}
	p = &w->parts[w->n];
	p->type = type;
	p->path = taut_arena_dup(&w->arena, w->path, strlen(w->path));
	p->target = *target ?
			    taut_arena_dup(&w->arena, target, strlen(target)) :
			    "";
	if (!p->path || !p->target)
		return TAUT_ENOMEM;
	w->n++;
	if (type == 'f')
		w->items[w->nitems++] =
			(struct taut_tree_item){ .kind = TAUT_DATA,
						 .path = p->path };
	return 0;
}

/* ---- the walk ---- */

static char type_of(const struct whole *w, unsigned char type)
{
	struct stat st;

	if (type == DT_UNKNOWN &&
	    !fstatat(w->at, w->path, &st, AT_SYMLINK_NOFOLLOW))
		type = IFTODT(st.st_mode);
	switch (type) {
	case DT_REG:
		return 'f';
	case DT_DIR:
		return 'd';
	case DT_LNK:
		return 'l';
	case DT_FIFO:
		return 'p';
	case DT_SOCK:
		return 's';
	case DT_CHR:
		return 'c';
	case DT_BLK:
		return 'b';
	default:
		return '?';
	}
}

/* The directory that w->path names, `n` bytes of it; the root is "". */
static int walk(struct whole *w, size_t n)
{
	struct taut_dir d = TAUT_DIR_INIT;
	size_t i, k, from = n ? n + 1 : 0;
	int rc;
	char type;

	rc = taut_dir_read(w->at, n ? w->path : ".", &d);
	/* Vanished meanwhile, or nothing that a child could read either. */
	if (taut_dir_is_empty(rc)) {
		taut_dir_release(&d);
		return n ? add_part(w, rc == TAUT_ENOTFOUND ? '-' : '!') :
			   TAUT_EIO;
	}
	if (!rc && n && is_environment(&d))
		goto out;
	if (!rc && n)
		rc = add_part(w, 'd');
	for (i = 0; i < d.n && !rc; i++) {
		k = strlen(d.entries[i].name);
		if (is_litter(d.entries[i].name))
			continue;
		if (from + k >= sizeof(w->path)) {
			rc = TAUT_EIO;
			break;
		}
		if (n)
			w->path[n] = '/';
		memcpy(w->path + from, d.entries[i].name, k + 1);
		if (is_own(w))
			continue;
		type = type_of(w, d.entries[i].type);
		rc = type == 'd' ? walk(w, from + k) : add_part(w, type);
	}
	w->path[n] = '\0';
out:
	taut_dir_release(&d);
	return rc;
}

int taut_whole_look(struct taut_tree *t, const char *root, int at,
		    struct taut_tree_item *it)
{
	XXH128_canonical_t canonical;
	struct whole *w = taut_calloc(1, sizeof(*w));
	int rc = TAUT_ENOMEM;

	if (!w)
		return TAUT_ENOMEM;
	w->tree = t;
	w->at = at;
	w->own[0] = own_path(root, "TESTMON_DATAFILE");
	w->own[1] = own_path(root, "TAUT_CACHE_DIR");
	w->parts = taut_calloc(BATCH, sizeof(*w->parts));
	w->items = taut_calloc(BATCH, sizeof(*w->items));
	XXH3_128bits_reset(&w->state);
	if (w->parts && w->items)
		rc = walk(w, 0);
	if (!rc)
		rc = flush(w);
	it->state = rc ? TAUT_TREE_UNREADABLE : TAUT_TREE_FOUND;
	if (!rc) {
		XXH128_canonicalFromHash(&canonical,
					 XXH3_128bits_digest(&w->state));
		memcpy(it->digest.b, canonical.digest, sizeof(it->digest.b));
	}
	taut_arena_release(&w->arena);
	taut_free(w->own[0]);
	taut_free(w->own[1]);
	taut_free(w->parts);
	taut_free(w->items);
	taut_free(w);
	return rc == TAUT_ENOMEM ? rc : 0;
}
