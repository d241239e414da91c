/*
 * namesimport - what an import does that is new, moved or gone, beside binding
 * a name: it runs a module, which may do anything, and puts it where others
 * find it.
 */
#include <stdio.h>
#include <string.h>

#include "alias.h"
#include "namesfile.h"
#include "unit.h"
#include "vocab.h"

#define MAX_IMPORTS 4

/* A unit that imports this module, as it did before. */
static int imports_it(const struct taut_editor *e, uint32_t i, uint32_t module)
{
	const struct taut_sheet_unit *u = &e->s->units[i];

	return u->kind == TAUT_UNIT_IMPORT && u->calls == module &&
	       !u->branch && !e->diff.fresh[i] && !e->diff.moved[i];
}

/* Has the file imported this module where unit `at` stands, or does it at
 * once, by units that stood there before? */
static int imports_already(const struct taut_editor *e, uint32_t module,
			   uint32_t at)
{
	uint32_t i;

	for (i = 0; i < at && i < e->s->nunits; i++)
		if (imports_it(e, i, module))
			return 1;
	for (i = at + 1; at < e->s->nunits && i < e->s->nunits &&
			 e->s->units[i].kind == TAUT_UNIT_IMPORT &&
			 e->s->units[i].calls == module;
	     i++)
		if (imports_it(e, i, module))
			return 1;
	return 0;
}

/* The same of old unit `at`, which is gone. */
static int imports_still(const struct taut_editor *e, uint32_t module,
			 uint32_t at)
{
	const struct taut_rec_unit *v = e->old->units;
	uint32_t i;

	for (i = 0; i < e->old->nunits; i++) {
		if (i > at &&
		    (v[i].kind != TAUT_UNIT_IMPORT || v[i].calls != module))
			break;
		if (v[i].kind == TAUT_UNIT_IMPORT && v[i].calls == module &&
		    !v[i].branch && !e->diff.gone[i])
			return 1;
	}
	return 0;
}

/* Does the file import of the package, but for what is fresh (or NULL)? */
static int imports_of(const struct taut_sheet *s, uint32_t top,
		      const uint8_t *fresh)
{
	uint32_t i;

	for (i = 0; i < s->nunits; i++)
		if (!(fresh && fresh[i]) &&
		    s->units[i].kind == TAUT_UNIT_IMPORT &&
		    taut_text_has(&s->units[i].text, top))
			return 1;
	return 0;
}

/* Does importing this unit's library do nothing that matters: is it one of
 * Python's, or does the file import of it anyway? */
static int is_quiet_library(struct taut_editor *e,
			    const struct taut_sheet_unit *u, int *quiet)
{
	uint32_t i;
	int own = 1, rc = 0;

	*quiet = 1;
	if (taut_vocab_is_quiet_module(u->calls))
		return 0;
	for (i = 0; i < u->text.n && !rc && *quiet; i++) {
		if (!(u->text.v[i].flags & TAUT_MENTION_TOP))
			continue;
		rc = taut_walk_is_top(e->w, u->text.v[i].name, &own);
		/* the project's, but nobody imported that module so far */
		*quiet = !own &&
			 imports_of(e->s, u->text.v[i].name, e->diff.fresh);
	}
	return rc;
}

/* ---- circles ---- */

static int find_circle(struct taut_editor *e)
{
	if (e->circle)
		return 0;
	e->circle = taut_arena_alloc(&e->w->out->arena, e->w->p->nfiles + 1u);
	if (!e->circle)
		return taut_nomem(e->w->err);
	return taut_walk_importers(e->w, e->file, e->circle);
}

/* The package that begins with path[0..n), or TAUT_MAP_NONE. */
static uint32_t package_at(const struct taut_walk *w, const char *path,
			   size_t n)
{
	char init[4096];
	int len;

	len = snprintf(init, sizeof(init), "%.*s/__init__.py", (int)n, path);
	return len < 0 || (size_t)len >= sizeof(init) ?
		       TAUT_MAP_NONE :
		       w->p->find(w->p->arg, init);
}

/* Does importing `file`, and the packages it is in, import this file in turn?
 * What it then sees of this one depends on where the import stands. */
static int in_circle(struct taut_editor *e, uint32_t file, int *circle)
{
	const char *path = e->w->p->files[file].path, *slash;
	const char *own = e->w->p->files[e->file].path;
	uint32_t package;
	int rc = find_circle(e);

	*circle = !rc && e->circle[file];
	for (slash = strchr(path, '/'); slash && !rc && !*circle;
	     slash = strchr(slash + 1, '/')) {
		/* those around this file are imported before it */
		if (!strncmp(path, own, (size_t)(slash - path) + 1))
			continue;
		package = package_at(e->w, path, (size_t)(slash - path));
		*circle = package != TAUT_MAP_NONE && e->circle[package];
	}
	return rc;
}

/* ---- what is loaded anyway ---- */

/* Modules that are loaded when one is. */
struct load {
	struct taut_editor *e;
	uint8_t *seen;	    /* the arena's */
	uint32_t *queue, n; /* the arena's */
};

/* What imports this file in turn may be half loaded. */
static void push(struct load *l, uint32_t file)
{
	if (file == TAUT_MAP_NONE || l->e->circle[file] || l->seen[file])
		return;
	l->seen[file] = 1;
	l->queue[l->n++] = file;
}

/* The packages around a file come with it. */
static void push_packages(struct load *l, uint32_t file)
{
	const char *path = l->e->w->p->files[file].path, *slash;

	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		push(l, package_at(l->e->w, path, (size_t)(slash - path)));
}

static int follow_loads(struct load *l)
{
	const struct taut_sheet_unit *u;
	const struct taut_sheet *s;
	uint32_t k, i, file;
	int rc = 0;

	for (k = 0; k < l->n && !rc; k++) {
		push_packages(l, l->queue[k]);
		rc = taut_walk_sheet(l->e->w, l->queue[k], &s);
		for (i = 0; !rc && s && i < s->nunits; i++) {
			u = &s->units[i];
			if (u->kind != TAUT_UNIT_IMPORT || u->branch)
				continue;
			rc = taut_walk_only_module(l->e->w, u, &file);
			push(l, file);
		}
	}
	return rc;
}

/* Does the file say what may run it in another process, without conftest.py? */
static int is_run_elsewhere(const struct taut_sheet *s)
{
	static const char *const words[] = {
		"multiprocessing", "concurrent", "Process",    "subprocess",
		"__file__",	   "runpy",	 "joblib",     "execv",
		"popen",	   "system",	 "Popen",      "spawn",
		"pytester",	   "testdir",	 "get_context"
	};
	uint32_t i, name;
	size_t k;

	for (k = 0; k < sizeof(words) / sizeof(*words); k++) {
		name = taut_name_hash(words[k], strlen(words[k]));
		if (taut_text_has(&s->imports, name))
			return 1;
		for (i = 0; i < s->nsuites; i++)
			if (taut_text_has(&s->suites[i].text, name))
				return 1;
		for (i = 0; i < s->nunits; i++)
			if (taut_text_has(&s->units[i].text, name) ||
			    taut_unit_binds(&s->units[i], name))
				return 1;
	}
	return 0;
}

/* pytest loads them before the file. */
static void push_conftests(struct load *l)
{
	const struct taut_walk *w = l->e->w;
	const char *path = w->p->files[l->e->file].path, *slash = path;
	char conftest[4096];
	int len;

	if (w->p->files[l->e->file].role != TAUT_NAMES_TEST ||
	    is_run_elsewhere(l->e->s))
		return;
	for (; slash; slash = strchr(slash + (slash != path), '/')) {
		len = snprintf(conftest, sizeof(conftest), "%.*s%sconftest.py",
			       (int)(slash - path), path,
			       slash > path ? "/" : "");
		if (len > 0 && (size_t)len < sizeof(conftest))
			push(l, w->p->find(w->p->arg, conftest));
	}
}

/* The modules that are loaded when the import at `at` is done, whatever that
 * does: by imports that stand before it, or by a conftest.py.  The arena's. */
static int find_loaded(struct taut_editor *e, uint32_t at,
		       const uint8_t **loaded)
{
	struct load l = { .e = e };
	const struct taut_sheet_unit *u;
	uint32_t i, before;
	int rc = find_circle(e);

	l.seen = taut_arena_alloc(&e->w->out->arena, e->w->p->nfiles + 1u);
	l.queue = taut_arena_alloc(&e->w->out->arena,
				   (e->w->p->nfiles + 1u) * sizeof(*l.queue));
	if (rc || !l.seen || !l.queue)
		return rc ? rc : taut_nomem(e->w->err);
	push_conftests(&l);
	for (i = 0; i < at && i < e->s->nunits && !rc; i++) {
		u = &e->s->units[i];
		if (!imports_it(e, i, u->calls))
			continue;
		rc = taut_walk_only_module(e->w, u, &before);
		push(&l, before);
	}
	*loaded = l.seen;
	return rc ? rc : follow_loads(&l);
}

/* ---- what it does ---- */

/* What is known of an import at unit `at`: loaded[file] = 1: that module is
 * loaded by then. */
struct place {
	uint32_t at;
	const uint8_t *loaded;
};

static int is_quiet(struct taut_editor *e, uint32_t file,
		    const struct place *place, int depth, int *quiet);

/* The same of the modules that an import takes from the package `from`. */
static int takes_quietly(struct taut_editor *e, uint32_t from,
			 const struct taut_sheet_unit *u,
			 const struct place *place, int depth, int *quiet)
{
	uint32_t f;
	int rc = 0;

	for (f = 0; f < e->w->p->nfiles && *quiet && !rc; f++)
		if (f != from && !place->loaded[f] &&
		    taut_walk_is_module(e->w, f, &u->text))
			rc = is_quiet(e, f, place, depth + 1, quiet);
	return rc;
}

/* Does this import, in the module that `file` is, load nothing that is not
 * loaded already and does something? */
static int imports_quietly(struct taut_editor *e, uint32_t file,
			   const struct taut_sheet_unit *u,
			   const struct place *place, int depth, int *quiet)
{
	uint32_t next, only = TAUT_MAP_NONE;
	int rc = taut_walk_imported(e->w, u, &next);

	if (!rc && next == TAUT_MAP_NONE)
		return is_quiet_library(e, u, quiet);
	if (!rc)
		rc = taut_walk_only_module(e->w, u, &only);
	*quiet = next == file || imports_already(e, u->calls, place->at) ||
		 (only != TAUT_MAP_NONE && place->loaded[only]);
	if (!rc && !*quiet)
		rc = is_quiet(e, next, place, depth + 1, quiet);
	return rc ? rc : takes_quietly(e, next, u, place, depth, quiet);
}

/* Does importing this module of the project bind names, and nothing else? */
static int is_quiet(struct taut_editor *e, uint32_t file,
		    const struct place *place, int depth, int *quiet)
{
	const struct taut_sheet_unit *u;
	const struct taut_sheet *s;
	uint32_t i;
	int plain, rc = taut_walk_sheet(e->w, file, &s);

	*quiet = !rc && s && depth < MAX_IMPORTS;
	for (i = 0; *quiet && i < s->nunits && !rc; i++) {
		u = &s->units[i];
		if (u->flags & TAUT_SHEET_NEVER)
			continue;
		plain = u->effect <= TAUT_EFFECT_PURE;
		if (u->effect == TAUT_EFFECT_PURE) {
			rc = taut_walk_is_loud(e->w, s, u, &plain);
			plain = !plain;
		} else if (u->kind == TAUT_UNIT_CLASS && !plain) {
			rc = taut_walk_plain(e->w, s, u, &plain);
		} else if (u->kind == TAUT_UNIT_IMPORT) {
			rc = imports_quietly(e, file, u, place, depth, &plain);
		}
		*quiet = plain;
	}
	return rc;
}

/* ---- an edit ---- */

/* A module is an attribute of its package once somebody has imported it: for
 * all who do not do that themselves. */
static int mark_submodule(struct taut_editor *e, const struct taut_edit *u,
			  uint32_t file)
{
	const char *path = e->w->p->files[file].path;
	const char *slash = strrchr(path, '/');
	uint64_t parts[TAUT_PARTS];
	size_t n = taut_walk_parts(path, parts);
	struct taut_name name = { .missing =
					  u->now == TAUT_MAP_NONE || u->moved,
				  .loaded = 1,
				  .module = file };

	if (slash && !strcmp(slash, "/__init__.py"))
		while (slash > path && *--slash != '/')
			;
	if (n < 2 || !slash || *slash != '/')
		return 0;
	name.file = package_at(e->w, path, (size_t)(slash - path));
	if (name.file == TAUT_MAP_NONE)
		name.file = file;
	name.name = (uint32_t)parts[n - 1];
	name.step = taut_walk_step(e->w, e->file, u->line, "an import",
				   TAUT_MAP_NONE);
	return taut_walk_mark(e->w, &name);
}

/* Of a module of the project. */
static int check_module(struct taut_editor *e, const struct taut_edit *u,
			uint32_t file, const char **why)
{
	struct place place = { u->now == TAUT_MAP_NONE ? 0 : u->now, NULL };
	int quiet, circle = 0;
	int rc = find_loaded(e, place.at, &place.loaded);

	if (rc || place.loaded[file])
		return rc;
	rc = is_quiet(e, file, &place, 0, &quiet);
	if (!rc)
		rc = in_circle(e, file, &circle);
	if (!quiet)
		*why = "importing that module does more than bind names";
	else if (circle)
		*why = "that module imports this one";
	return rc || *why ? rc : mark_submodule(e, u, file);
}

/* Of a library: of an import that is gone only the path of its module is
 * known. */
static int check_library(struct taut_editor *e, const struct taut_edit *u,
			 const char **why)
{
	int quiet = taut_vocab_is_quiet_module(u->calls) ||
		    taut_vocab_is_quiet_library(u->calls);
	int rc = 0;

	if (!quiet && u->now != TAUT_MAP_NONE)
		rc = is_quiet_library(e, &e->s->units[u->now], &quiet);
	if (!quiet)
		*why = "importing that library may do more than bind names";
	return rc;
}

/* Does the package have more modules than its own? */
static int has_modules(const struct taut_walk *w, uint32_t package)
{
	const char *path = w->p->files[package].path;
	const size_t n = strlen(path) - strlen("__init__.py");
	uint32_t f;

	for (f = 0; f < w->p->nfiles; f++)
		if (f != package && !strncmp(w->p->files[f].path, path, n))
			return 1;
	return 0;
}

/* Does the package bind the name, by its statements or star imports? */
static int binds(struct taut_walk *w, uint32_t package, uint32_t name, int *yes)
{
	const struct taut_sheet *s;
	int rc = taut_walk_sheet(w, package, &s);

	*yes = !rc && s && taut_sheet_binds(s, name);
	return rc || !s || !s->star || *yes ? rc :
					      taut_walk_is_bound(w, name, yes);
}

/* The name that the import takes from a module: what it has there, if that is
 * known. */
static uint32_t taken(const struct taut_editor *e, const struct taut_edit *u)
{
	const struct taut_text *t;
	uint32_t i;

	if (u->now == TAUT_MAP_NONE)
		return taut_name_hash(u->names[0], strlen(u->names[0]));
	t = &e->s->units[u->now].text;
	for (i = 0; i < t->n; i++)
		if (t->v[i].flags & TAUT_MENTION_BARE)
			return t->v[i].name;
	return e->s->units[u->now].keys[0];
}

/* What is taken from a package may be a module of it, which nobody imported
 * so far: or, of an import that is gone, under another name. */
static int check_taken(struct taut_editor *e, const struct taut_edit *u,
		       uint32_t file, const char **why)
{
	int bound, any = 0, rc;
	uint32_t f;

	if (!taut_walk_is_init(e->w, file) ||
	    (u->now == TAUT_MAP_NONE && !has_modules(e->w, file)))
		return 0;
	if (u->now != TAUT_MAP_NONE &&
	    taut_walk_is_module(e->w, file, &e->s->units[u->now].text))
		return 0;
	rc = binds(e->w, file, taken(e, u), &bound);
	for (f = 0; f < e->w->p->nfiles && !*why && !rc; f++) {
		if (f == file || u->now == TAUT_MAP_NONE ||
		    !taut_walk_is_module(e->w, f, &e->s->units[u->now].text))
			continue;
		any = 1;
		rc = check_module(e, u, f, why);
	}
	if (!rc && !*why && !any && !bound)
		*why = "what it takes may be a module";
	return rc;
}

int taut_edit_import(struct taut_editor *e, const struct taut_edit *u,
		     const char **why)
{
	const int known = u->now == TAUT_MAP_NONE ?
				  imports_still(e, u->calls, u->was) :
				  imports_already(e, u->calls, u->now);
	uint32_t file;
	int rc;

	if (!known && u->nnames && !strcmp(u->names[0], "*")) {
		*why = "a star import may bind any name";
		return 0;
	}
	rc = u->now == TAUT_MAP_NONE ?
		     taut_walk_module(e->w, u->calls, &file) :
		     taut_walk_imported(e->w, &e->s->units[u->now], &file);
	if (rc)
		return rc;
	if (file == TAUT_MAP_NONE)
		return known ? 0 : check_library(e, u, why);
	if (!known)
		rc = check_module(e, u, file, why);
	return rc || *why ? rc : check_taken(e, u, file, why);
}
