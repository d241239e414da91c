/*
 * namestop - which modules are the project's, by their dotted paths.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "lex.h"
#include "namesfile.h"
#include "vocab.h"

size_t taut_walk_parts(const char *path, uint64_t *parts)
{
	const char *end = path + strlen(path), *slash;
	size_t n = 0;

	if (end - path > 3 && !strcmp(end - 3, ".py"))
		end -= 3;
	if (end - path >= 8 && !strncmp(end - 8, "__init__", 8))
		end -= end - path > 8 ? 9 : 8;
	while (path < end && n < TAUT_PARTS) {
		slash = memchr(path, '/', (size_t)(end - path));
		if (!slash)
			slash = end;
		parts[n++] = taut_lex_hash(path, (size_t)(slash - path));
		path = slash + (slash < end);
	}
	return n;
}

int taut_walk_is_package(const struct taut_walk *w, const char *path, size_t n)
{
	char init[4096];
	const char *end = path;
	int len;

	for (; n; n--) {
		end = strchr(end, '/');
		if (!end)
			return 0;
		end++;
	}
	len = snprintf(init, sizeof(init), "%.*s__init__.py", (int)(end - path),
		       path);
	return len >= 0 && (size_t)len < sizeof(init) &&
	       w->p->find(w->p->arg, init) != TAUT_MAP_NONE;
}

/* The part behind each directory that is no package. */
static int add_tops(struct taut_walk *w, const char *path)
{
	uint64_t parts[TAUT_PARTS];
	size_t n = taut_walk_parts(path, parts), i;
	uint32_t top, name;

	for (i = 0; i < n; i++) {
		top = taut_dotted_top(parts[i]);
		if (taut_map_get(&w->tops, &top, sizeof(top)) !=
			    TAUT_MAP_NONE ||
		    (i && taut_walk_is_package(w, path, i)))
			continue;
		name = (uint32_t)parts[i];
		if (taut_map_add(&w->tops, &top, sizeof(top)) ==
			    TAUT_MAP_NONE ||
		    taut_map_add(&w->tops, &name, sizeof(name)) ==
			    TAUT_MAP_NONE)
			return taut_nomem(w->err);
	}
	return 0;
}

/* By taut_dotted_top() and by their names alone. */
static int list_tops(struct taut_walk *w)
{
	const int all = !w->tops.n;
	uint32_t f;
	int rc = 0;

	for (f = 0; all && f < w->p->nfiles && !rc; f++)
		rc = add_tops(w, w->p->files[f].path);
	return rc;
}

int taut_walk_is_top(struct taut_walk *w, uint32_t top, int *yes)
{
	const int rc = list_tops(w);

	*yes = top == taut_dotted_top(0) ||
	       taut_map_get(&w->tops, &top, sizeof(top)) != TAUT_MAP_NONE;
	return rc;
}

int taut_walk_is_top_name(struct taut_walk *w, uint32_t name, int *yes)
{
	const int rc = list_tops(w);

	*yes = taut_map_get(&w->tops, &name, sizeof(name)) != TAUT_MAP_NONE;
	return rc;
}

/* Does the text import the module by a path of two parts or more? */
static int imports_by_path(const struct taut_text *imports,
			   const uint64_t *parts, size_t n)
{
	uint64_t path;
	size_t i, k;

	for (i = 0; i + 1 < n; i++) {
		for (path = 0, k = i; k < n; k++)
			path = taut_dotted_add(path, parts[k]);
		if (taut_text_has(imports, taut_dotted_import(path)))
			return 1;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct taut_module *x = a, *y = b;

	return x->path != y->path ? (x->path > y->path) - (x->path < y->path) :
				    (x->file > y->file) - (x->file < y->file);
}

static int list_modules(struct taut_walk *w)
{
	uint64_t parts[TAUT_PARTS], path;
	size_t n, i, k, cap = 0;
	uint32_t f;

	for (f = 0; f < w->p->nfiles; f++) {
		n = taut_walk_parts(w->p->files[f].path, parts);
		if (taut_grow(&w->modules, &cap, w->nmodules + n + 1,
			      sizeof(*w->modules)))
			return taut_nomem(w->err);
		for (i = 0; i < n; i++) {
			for (path = 0, k = i; k < n; k++)
				path = taut_dotted_add(path, parts[k]);
			w->modules[w->nmodules++] =
				(struct taut_module){ (uint32_t)path, f };
		}
	}
	if (w->nmodules > 1)
		qsort(w->modules, w->nmodules, sizeof(*w->modules), by_path);
	return 0;
}

/* The first of the modules whose path ends so, or behind where it would be. */
static int first_module(struct taut_walk *w, uint32_t path, size_t *first)
{
	size_t lo = 0, hi, mid;
	int rc = w->modules ? 0 : list_modules(w);

	if (rc)
		return rc;
	for (hi = w->nmodules; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (w->modules[mid].path < path)
			lo = mid + 1;
		else
			hi = mid;
	}
	*first = lo;
	return 0;
}

int taut_walk_means_other(struct taut_walk *w, uint32_t user, uint32_t file,
			  int *other)
{
	uint64_t parts[TAUT_PARTS], last;
	const struct taut_sheet *s;
	size_t n = taut_walk_parts(w->p->files[file].path, parts), i;
	uint32_t path;
	int rc = taut_walk_sheet(w, user, &s);

	*other = 0;
	if (rc || !s || !n || s->star)
		return rc;
	last = taut_dotted_add(0, parts[n - 1]);
	if (taut_text_has(&s->imports, taut_dotted_import(last)) ||
	    imports_by_path(&s->imports, parts, n))
		return 0;
	path = (uint32_t)last;
	rc = first_module(w, path, &i);
	for (; !rc && i < w->nmodules && w->modules[i].path == path && !*other;
	     i++) {
		n = taut_walk_parts(w->p->files[w->modules[i].file].path,
				    parts);
		*other = w->modules[i].file != file &&
			 imports_by_path(&s->imports, parts, n);
	}
	return rc;
}

int taut_walk_module(struct taut_walk *w, uint32_t path, uint32_t *file)
{
	size_t i;
	int rc = first_module(w, path, &i);

	*file = !rc && i < w->nmodules && w->modules[i].path == path ?
			w->modules[i].file :
			TAUT_MAP_NONE;
	return rc;
}

int taut_walk_imported(struct taut_walk *w, const struct taut_sheet_unit *u,
		       uint32_t *file)
{
	*file = TAUT_MAP_NONE;
	if (!taut_text_has(&u->text, taut_dotted_top(0)) &&
	    taut_vocab_is_core_module(u->calls))
		return 0;
	return taut_walk_module(w, u->calls, file);
}

int taut_walk_one_module(struct taut_walk *w, uint32_t path, uint32_t *file)
{
	size_t i;
	int rc = first_module(w, path, &i);

	*file = TAUT_MAP_NONE;
	if (!rc && i < w->nmodules && w->modules[i].path == path &&
	    (i + 1 == w->nmodules || w->modules[i + 1].path != path))
		*file = w->modules[i].file;
	return rc;
}

int taut_walk_only_module(struct taut_walk *w, const struct taut_sheet_unit *u,
			  uint32_t *file)
{
	uint64_t parts[TAUT_PARTS], path = 0;
	size_t n, i, k;
	int rc = taut_walk_one_module(w, u->calls, file);

	if (rc || *file == TAUT_MAP_NONE ||
	    taut_text_has(&u->text, taut_dotted_top(0)))
		return rc;
	n = taut_walk_parts(w->p->files[*file].path, parts);
	for (i = n; i && (uint32_t)path != u->calls;) {
		i--;
		for (path = 0, k = i; k < n; k++)
			path = taut_dotted_add(path, parts[k]);
	}
	if (i && taut_walk_is_package(w, w->p->files[*file].path, i))
		*file = TAUT_MAP_NONE;
	return 0;
}

int taut_walk_is_init(const struct taut_walk *w, uint32_t file)
{
	const char *path = w->p->files[file].path;
	const char *slash = strrchr(path, '/');

	return !strcmp(slash ? slash + 1 : path, "__init__.py");
}
