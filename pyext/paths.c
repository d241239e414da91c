/*
 * paths.c - which paths belong to the project, and what is known of each.
 *
 * Most calls are about other paths: those are told apart by comparing the
 * raw bytes with the roots, before anything is copied or allocated.
 */
#include "inputs.h"

#include <stdio.h>
#include <unistd.h>

/* Paths that begin with `dir` are called `as` and what follows. */
struct root {
	char *dir; /* owned; without "/" behind */
	size_t n;
	char *as; /* owned; "", or with "/" behind */
};

/* What path_find said of an absolute path. */
struct answer {
	char *path; /* owned; the name in the project stands behind it */
	size_t n;
	int length; /* of the name, or -1: not the project's */
};
#define ANSWERS 512

static struct {
	const char *root;   /* borrowed from the recording */
	struct root *roots; /* owned; the later ones first */
	size_t nroots, cap;
	char *without[4]; /* owned; directories that are not ours */
	int nwithout;
	struct answer *answers; /* owned, by hash of the path; NULL: none */
} known;

/* ---- things ---- */

static uint64_t hash_of(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	while (n--)
		h = (h ^ (unsigned char)*p++) * 0x100000001b3u;
	return h;
}

static struct thing **slot_of(const struct things *t, const char *name,
			      size_t n, uint64_t hash)
{
	size_t i = hash & (t->nslots - 1);
	struct thing *e;

	for (; (e = t->slots[i]); i = (i + 1) & (t->nslots - 1))
		if (e->hash == hash && !strncmp(e->name, name, n) &&
		    !e->name[n])
			break;
	return &t->slots[i];
}

static int things_room(struct things *t)
{
	struct things old = *t;
	size_t i;

	if (t->nslots && t->n * 2 < t->nslots)
		return 0;
	t->nslots = old.nslots ? old.nslots * 2 : 256;
	t->slots = calloc(t->nslots, sizeof(struct thing *));
	if (!t->slots) {
		*t = old;
		return -1;
	}
	for (i = 0; i < old.nslots; i++)
		if (old.slots[i])
			*slot_of(t, old.slots[i]->name,
				 strlen(old.slots[i]->name),
				 old.slots[i]->hash) = old.slots[i];
	free(old.slots);
	return 0;
}

struct thing *thing_at(struct things *t, const char *name, size_t n, int add)
{
	uint64_t hash = hash_of(name, n);
	struct thing *e = t->nslots ? *slot_of(t, name, n, hash) : NULL;
	size_t i;

	if (e)
		return e;
	if (!add || things_room(t))
		return NULL;
	e = calloc(1, sizeof(*e) + n + 1);
	if (!e)
		return NULL;
	memcpy(e->name, name, n);
	e->hash = hash;
	for (i = 0; i < sizeof(e->uses) / sizeof(*e->uses); i++)
		e->uses[i].file = e->uses[i].last = NONE;
	*slot_of(t, name, n, hash) = e;
	t->n++;
	return e;
}

void things_free(struct things *t)
{
	size_t i, k;

	for (i = 0; i < t->nslots; i++) {
		if (!t->slots[i])
			continue;
		for (k = 0; k < 3; k++) {
			vec_free(&t->slots[i]->uses[k].users);
			vec_free(&t->slots[i]->uses[k].shared);
		}
		free(t->slots[i]);
	}
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

/* ---- names that are nobody's input ---- */

static int in_list(const char *name, size_t n, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == n && !memcmp(*list, name, n))
			return 1;
	return 0;
}

static int begins(const char *name, size_t n, const char *with)
{
	return n >= strlen(with) && !memcmp(name, with, strlen(with));
}

/* What tools keep for themselves, version control, installed code. */
static int not_ours(const char *name, size_t n)
{
	static const char *const list[] = {
		".coverage",	 ".git",	  ".hg",
		".hypothesis",	 ".mypy_cache",	  ".nox",
		".pytest_cache", ".ruff_cache",	  ".svn",
		".taut_cache",	 ".tox",	  "__pycache__",
		"dist-packages", "site-packages", NULL
	};

	return in_list(name, n, list) || begins(name, n, ".testmondata") ||
	       begins(name, n, ".coverage.") || begins(name, n, ".taut-") ||
	       (n > 4 && !memcmp(name + n - 4, ".pyc", 4));
}

static int any_not_ours(const char *path)
{
	const char *slash;
	size_t n;

	for (; *path; path += n + (slash != NULL)) {
		slash = strchr(path, '/');
		n = slash ? (size_t)(slash - path) : strlen(path);
		if (not_ours(path, n))
			return 1;
	}
	return 0;
}

/* ---- absolute, without "." and ".." ---- */

static int below(const char *path, const char *dir, size_t n)
{
	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]);
}

/* In place: "//", "/./", "/" at the end, and ".." as if there were no links. */
static void tidy(char *p)
{
	char *from = p, *to = p, *end;

	while (*from) {
		while (*from == '/')
			from++;
		end = from + strcspn(from, "/");
		if (end == from)
			break;
		if (end - from == 1 && *from == '.') {
			from = end;
		} else if (end - from == 2 && from[0] == '.' &&
			   from[1] == '.') {
			while (to > p && *--to != '/')
				;
			from = end;
		} else {
			*to++ = '/';
			memmove(to, from, (size_t)(end - from));
			to += end - from;
			from = end;
		}
	}
	if (to == p)
		*to++ = '/';
	*to = '\0';
}

/* Does the path say "up" anywhere?  Only then can links matter. */
static int has_up(const char *p)
{
	for (; (p = strstr(p, "..")); p += 2)
		if (!p[2] || p[2] == '/')
			return 1;
	return 0;
}

/* The absolute path; the name of the directory `fd` from the system. */
static int absolute(const char *p, size_t n, int fd, char out[PATH_MAX])
{
	char link[40], real[PATH_MAX];
	size_t at = 0;
	ssize_t k;

	if (*p != '/') {
		if (fd >= 0) {
			snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
			k = readlink(link, out, PATH_MAX - 1);
			if (k <= 0 || *out != '/')
				return -1;
			at = (size_t)k;
		} else if (getcwd(out, PATH_MAX)) {
			at = strlen(out);
		} else {
			return -1;
		}
		out[at++] = '/';
	}
	if (at + n >= PATH_MAX)
		return -1;
	memcpy(out + at, p, n);
	out[at + n] = '\0';
	if (has_up(out) && realpath(out, real))
		strcpy(out, real);
	else
		tidy(out);
	return 0;
}

/* ---- the project's name ---- */

static int project_name(const char *full, char out[PATH_MAX])
{
	const struct root *r;
	const char *rest;
	int i, n;
	size_t k;

	for (i = 0; i < known.nwithout; i++)
		if (below(full, known.without[i], strlen(known.without[i])))
			return -1;
	for (k = known.nroots; k-- > 0;) {
		r = &known.roots[k];
		if (!below(full, r->dir, r->n))
			continue;
		rest = full + r->n;
		rest += *rest == '/';
		if (any_not_ours(rest))
			return -1;
		n = snprintf(out, PATH_MAX, "%s%s", r->as, rest);
		if (n > 0 && !*rest && out[n - 1] == '/')
			out[--n] = '\0';
		return n < PATH_MAX ? n : -1;
	}
	return -1;
}

/* Nothing that could lead below a root: what most calls are about. */
static int surely_foreign(const char *p)
{
	size_t i;

	if (*p != '/')
		return 0;
	for (i = 0; i < known.nroots; i++)
		if (!strncmp(p, known.roots[i].dir, known.roots[i].n))
			return 0;
	return !strstr(p, "/./") && !strstr(p, "//") && !has_up(p);
}

/* The bytes of what Python code gave as a path; borrowed from *hold.  NULL: none, or with a NUL in it. */
static const char *raw(PyObject *path, PyObject **hold, size_t *n)
{
	char *p = NULL;
	Py_ssize_t k = 0;

	*hold = PyOS_FSPath(path);
	if (*hold && PyUnicode_Check(*hold) &&
	    !PyUnicode_IS_COMPACT_ASCII(*hold))
		Py_SETREF(*hold, PyUnicode_EncodeFSDefault(*hold));
	if (*hold && PyUnicode_Check(*hold)) {
		p = (char *)PyUnicode_1BYTE_DATA(*hold);
		k = PyUnicode_GET_LENGTH(*hold);
	} else if (*hold) {
		PyBytes_AsStringAndSize(*hold, &p, &k);
	}
	PyErr_Clear();
	*n = (size_t)k;
	return p && strlen(p) == *n ? p : NULL;
}

int path_absolute(PyObject *path, int dir_fd, char out[PATH_MAX])
{
	PyObject *hold;
	const char *p;
	size_t n;
	int rc = -1;

	p = raw(path, &hold, &n);
	if (p && n)
		rc = absolute(p, n, dir_fd, out);
	Py_XDECREF(hold);
	return rc;
}

/* ---- answers ----
 *
 * Of an absolute path without ".." the bytes decide, until a root comes or
 * goes; and a run asks for the same few hundred again and again.
 */

static void answers_clear(void)
{
	size_t i;

	for (i = 0; known.answers && i < ANSWERS; i++)
		free(known.answers[i].path);
	free(known.answers);
	known.answers = NULL;
}

static struct answer *answer_of(const char *p, size_t n)
{
	if (!known.answers)
		known.answers = calloc(ANSWERS, sizeof(*known.answers));
	return known.answers ? &known.answers[hash_of(p, n) % ANSWERS] : NULL;
}

static void answer_keep(struct answer *a, const char *p, size_t n,
			const char *name, int length)
{
	size_t k = length < 0 ? 0 : (size_t)length;

	free(a->path);
	a->path = malloc(n + k + 1);
	if (!a->path)
		return;
	memcpy(a->path, p, n);
	memcpy(a->path + n, name, k);
	a->path[n + k] = '\0';
	a->n = n;
	a->length = length;
}

/* The project's name of the bytes of a path. */
static int find(const char *p, size_t n, int dir_fd, char out[PATH_MAX])
{
	struct answer *a = *p == '/' ? answer_of(p, n) : NULL;
	char full[PATH_MAX];
	int length = -1;

	if (a && a->path && a->n == n && !memcmp(a->path, p, n)) {
		if (a->length >= 0)
			strcpy(out, a->path + n);
		return a->length;
	}
	if (!surely_foreign(p) && !absolute(p, n, dir_fd, full))
		length = project_name(full, out);
	if (a && !has_up(p))
		answer_keep(a, p, n, out, length);
	return length;
}

int path_find(PyObject *path, int dir_fd, char out[PATH_MAX])
{
	char full[PATH_MAX];
	PyObject *hold;
	const char *p;
	size_t k;
	int fd, n = -1;

	if (path == Py_None)
		return absolute(".", 1, -1, full) ? -1 :
						    project_name(full, out);
	if (PyLong_Check(path)) {
		fd = (int)PyLong_AsLong(path);
		PyErr_Clear();
		return fd < 0 || absolute(".", 1, fd, full) ?
			       -1 :
			       project_name(full, out);
	}
	p = raw(path, &hold, &k);
	if (p && k)
		n = find(p, k, dir_fd, out);
	Py_XDECREF(hold);
	return n;
}

int path_full(const char *path, char out[PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s/%s", known.root, path);

	return n > 0 && n < PATH_MAX ? 0 : -1;
}

/* ---- start and stop ---- */

int paths_add_root(const char *dir, const char *path)
{
	size_t n = strlen(dir), k = strlen(path);
	struct root *r;

	answers_clear();
	if (taut_room(&known.roots, &known.cap, known.nroots + 1, sizeof(*r)))
		return -1;
	r = &known.roots[known.nroots];
	while (n && dir[n - 1] == '/')
		n--;
	r->n = n;
	r->dir = strndup(dir, n);
	r->as = malloc(k + 2);
	if (!r->dir || !r->as) {
		free(r->dir);
		free(r->as);
		return -1;
	}
	memcpy(r->as, path, k + 1);
	if (k && path[k - 1] != '/')
		strcpy(r->as + k, "/");
	known.nroots++;
	return 0;
}

PyObject *paths_roots(void)
{
	PyObject *list = PyList_New(0), *dir, *as, *pair;
	size_t i;
	int rc = 0;

	for (i = 0; list && !rc && i < known.nroots; i++) {
		if (!*known.roots[i].as)
			continue; /* the project itself */
		dir = path_str(known.roots[i].dir);
		as = path_str(known.roots[i].as);
		pair = dir && as ? PyTuple_Pack(2, dir, as) : NULL;
		rc = pair ? PyList_Append(list, pair) : -1;
		Py_XDECREF(dir);
		Py_XDECREF(as);
		Py_XDECREF(pair);
	}
	if (rc)
		Py_CLEAR(list);
	return list;
}

static void root_free(struct root *r)
{
	free(r->dir);
	free(r->as);
}

void paths_remove_root(const char *dir)
{
	size_t i;

	answers_clear();
	/* The first ones are the project itself. */
	for (i = known.nroots; i-- > 1;)
		if (*known.roots[i].as && !strcmp(known.roots[i].dir, dir)) {
			root_free(&known.roots[i]);
			memmove(&known.roots[i], &known.roots[i + 1],
				(known.nroots - i - 1) * sizeof(*known.roots));
			known.nroots--;
		}
}

/* A directory below a root of which nothing counts; takes `dir`. */
static void leave_out(char *dir)
{
	size_t i;

	for (i = 0; dir && i < known.nroots; i++)
		if (below(dir, known.roots[i].dir, known.roots[i].n) &&
		    strlen(dir) > known.roots[i].n &&
		    known.nwithout < (int)(sizeof(known.without) /
					   sizeof(*known.without))) {
			known.without[known.nwithout++] = dir;
			return;
		}
	free(dir);
}

int paths_start(struct recording *r, const char *cache)
{
	char real[PATH_MAX], *dir;
	PyObject *prefix, *hold = NULL;
	const char *p;

	known.root = r->root;
	if (paths_add_root(r->root, "") ||
	    (realpath(r->root, real) && strcmp(real, known.roots[0].dir) &&
	     paths_add_root(real, ""))) {
		PyErr_NoMemory();
		return -1;
	}
	dir = strdup(cache);
	if (dir)
		tidy(dir);
	leave_out(dir);
	/* A virtual environment in the project. */
	prefix = PySys_GetObject("prefix");
	p = prefix ? path_bytes(prefix, &hold) : NULL;
	leave_out(p ? strdup(p) : NULL);
	Py_XDECREF(hold);
	PyErr_Clear();
	return 0;
}

void paths_stop(void)
{
	size_t i;
	int k;

	answers_clear();
	for (i = 0; i < known.nroots; i++)
		root_free(&known.roots[i]);
	free(known.roots);
	for (k = 0; k < known.nwithout; k++)
		free(known.without[k]);
	memset(&known, 0, sizeof(known));
}
