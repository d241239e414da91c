#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "namesfile.h"
#include "lex.h"
#include "scan.h"
#include "vocab.h"

/* Beyond that nearly all is changed. */
#define MAX_NAMES 5000

/* ---- steps and marks ---- */

int taut_walk_sheet(struct taut_walk *w, uint32_t file,
		    const struct taut_sheet **out)
{
	*out = NULL;
	if (!w->p->files[file].known)
		return 0;
	return w->p->sheet(w->p->arg, file, out, w->err);
}

uint32_t taut_walk_step(struct taut_walk *w, uint32_t file, uint32_t line,
			const char *what, uint32_t from)
{
	struct taut_names *n = w->out;
	struct taut_names_step *s;

	if (n->nsteps >= TAUT_MAP_NONE ||
	    taut_grow(&n->steps, &n->csteps, n->nsteps + 1, sizeof(*s)))
		return TAUT_MAP_NONE;
	s = &n->steps[n->nsteps];
	s->file = file;
	s->line = line;
	s->what = taut_arena_dup(&n->arena, what, strlen(what));
	s->from = from == TAUT_MAP_NONE ? (uint32_t)n->nsteps : from;
	return s->what ? (uint32_t)n->nsteps++ : TAUT_MAP_NONE;
}

int taut_walk_is_new(struct taut_map *m, const uint32_t *key, size_t n)
{
	size_t had = m->n;

	if (taut_map_add(m, key, n * sizeof(*key)) == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	return m->n > had;
}

/* What tells changes of one name apart. */
static uint32_t how(const struct taut_name *n)
{
	return n->member | n->missing << 1 | n->only << 2 | n->fixture << 4 |
	       n->loaded << 5 | n->bare << 6;
}

int taut_walk_mark(struct taut_walk *w, const struct taut_name *name)
{
	const uint32_t key[] = { name->file, name->name, how(name) };
	int fresh = taut_walk_is_new(&w->seen, key, 3);

	if (!fresh)
		return 0;
	if (fresh < 0 || name->step == TAUT_MAP_NONE ||
	    taut_grow(&w->names, &w->cap, w->n + 1, sizeof(*w->names)))
		return taut_nomem(w->err);
	w->names[w->n++] = *name;
	return 0;
}

int taut_walk_hit(struct taut_walk *w, const struct taut_names_hit *hit)
{
	struct taut_names *n = w->out;

	if (hit->step == TAUT_MAP_NONE ||
	    taut_grow(&n->hits, &n->chits, n->nhits + 1, sizeof(*n->hits)))
		return taut_nomem(w->err);
	n->hits[n->nhits++] = *hit;
	return 0;
}

int taut_walk_break(struct taut_walk *w, uint32_t file, uint32_t step)
{
	const struct taut_names_hit hit = { .file = file,
					    .step = step,
					    .kind = TAUT_HIT_MODULE };

	if (w->state[file] & TAUT_FILE_BROKEN)
		return 0;
	w->state[file] |= TAUT_FILE_BROKEN;
	return taut_walk_hit(w, &hit);
}

int taut_walk_again(struct taut_walk *w, uint32_t file)
{
	struct taut_names *n = w->out;

	if (w->state[file] & TAUT_FILE_AGAIN)
		return 0;
	w->state[file] |= TAUT_FILE_AGAIN;
	if (taut_grow(&n->again, &n->cagain, n->nagain + 1, sizeof(*n->again)))
		return taut_nomem(w->err);
	n->again[n->nagain++] = file;
	return 0;
}

/* The files that say a name. */
static int who(struct taut_walk *w, uint32_t name, const uint32_t **files,
	       size_t *n)
{
	int rc = w->p->who(w->p->arg, name, files, n, w->err);

	if (rc)
		*n = 0;
	return rc;
}

int taut_walk_binders(struct taut_walk *w, uint32_t name,
		      int (*found)(struct taut_walk *w, uint32_t file,
				   void *arg),
		      void *arg)
{
	const struct taut_sheet *s;
	const uint32_t *files;
	size_t n, k;
	int rc = who(w, name, &files, &n);

	for (k = 0; k < n && !rc; k++) {
		rc = taut_walk_sheet(w, files[k], &s);
		if (!rc && s && taut_sheet_binds(s, name))
			rc = found(w, files[k], arg);
	}
	return rc;
}

static int any_there(struct taut_walk *w, uint32_t file, void *arg)
{
	(void)w;
	(void)file;
	*(int *)arg = 1;
	return 0;
}

int taut_walk_is_bound(struct taut_walk *w, uint32_t name, int *yes)
{
	*yes = 0;
	return taut_walk_binders(w, name, any_there, yes);
}

/* ---- who mentions it ---- */

/* What to look for in the texts of a file. */
struct search {
	uint32_t name;
	uint32_t mentions;    /* enum taut_mention_flags, any of them */
	uint32_t flags;	      /* or enum taut_text_flags */
	int units_in_classes; /* of units, only those */
	int no_units, no_suites;
	uint32_t module; /* + 1: skip files that mean another of its name */
	uint32_t loaded; /* + 1: skip files that import it */
	int items;	 /* those alone that ask for a test's object */
};

/* pytest's attributes that lead to an object of a test's class. */
static const char *const items[] = { "instance", "cls",	     "obj",
				     "parent",	 "function", "module",
				     "_obj",	 "__self__", "_instance" };

static int says_item(const struct taut_text *t)
{
	size_t i;

	for (i = 0; i < sizeof(items) / sizeof(*items); i++)
		if (taut_text_has(t,
				  taut_name_hash(items[i], strlen(items[i]))) &
		    TAUT_MENTION_BARE)
			return 1;
	return 0;
}

static int matches(const struct taut_text *t, const struct search *q)
{
	if (q->items && !says_item(t))
		return 0;
	return (q->mentions && taut_text_has(t, q->name) & q->mentions) ||
	       t->flags & q->flags;
}

/* May it be by's name, of by's file, that the import takes?  What it takes from
 * elsewhere is not, and a module is no name in it.  *yes. */
static int may_take(struct taut_walk *w, const struct taut_name *by,
		    const struct taut_sheet_unit *import, int *yes)
{
	int elsewhere = 1, rc = 0;

	if (by->loaded || !taut_walk_is_module(w, by->file, &import->text))
		rc = taut_walk_is_elsewhere(w, by->file, by->name, import,
					    &elsewhere);
	*yes = !elsewhere;
	return rc;
}

/* The list of imports that said what `q` looks for, but took it elsewhere;
 * TAUT_MAP_NONE: out of memory, or, unless it is made, there is none. */
static uint32_t passed_list(struct taut_walk *w, const struct search *q,
			    const struct taut_name *by, int make)
{
	const uint32_t key[] = { q->name, q->loaded,
				 (uint32_t)(by->missing | by->only << 1) };

	return make ? taut_map_add(&w->passing, key, sizeof(key)) :
		      taut_map_get(&w->passing, key, sizeof(key));
}

static int pass_by(struct taut_walk *w, uint32_t file, uint32_t unit,
		   const struct search *q, const struct taut_name *by)
{
	const size_t had = w->passing.n;
	const uint32_t list = passed_list(w, q, by, 1);

	if (list == TAUT_MAP_NONE ||
	    taut_grow(&w->first, &w->cfirst, w->passing.n, sizeof(*w->first)) ||
	    taut_grow(&w->passed, &w->cpassed, w->npassed + 1,
		      sizeof(*w->passed)))
		return taut_nomem(w->err);
	if (w->passing.n > had)
		w->first[list] = TAUT_MAP_NONE;
	w->passed[w->npassed] =
		(struct taut_passed){ file, unit, w->first[list] };
	w->first[list] = (uint32_t)w->npassed++;
	return 0;
}

static int hit_unit(struct taut_walk *w, uint32_t file, uint32_t unit,
		    const struct search *q, const struct taut_name *by)
{
	const struct taut_sheet *s;
	int yes = 1, rc = taut_walk_sheet(w, file, &s);

	if (rc)
		return rc;
	if (q->mentions == TAUT_MENTION_BARE &&
	    s->units[unit].kind == TAUT_UNIT_IMPORT)
		rc = may_take(w, by, &s->units[unit], &yes);
	if (rc)
		return rc;
	return yes ? taut_walk_hit_unit(w, file, unit, by) :
		     pass_by(w, file, unit, q, by);
}

/* The search was for the name of another file: of what was passed by, some may
 * take it from this one. */
static int search_passed(struct taut_walk *w, const struct search *q,
			 const struct taut_name *by)
{
	const struct taut_name name = *by;
	const uint32_t list = passed_list(w, q, by, 0);
	const struct taut_sheet *s;
	struct taut_passed p;
	uint32_t at;
	int yes, rc = 0;

	if (list == TAUT_MAP_NONE || by->bare)
		return 0;
	for (at = w->first[list]; at != TAUT_MAP_NONE && !rc; at = p.next) {
		p = w->passed[at];
		rc = taut_walk_sheet(w, p.file, &s);
		if (!rc)
			rc = may_take(w, &name, &s->units[p.unit], &yes);
		if (!rc && yes)
			rc = taut_walk_hit_unit(w, p.file, p.unit, &name);
	}
	return rc;
}

static int search_file(struct taut_walk *w, uint32_t file,
		       const struct search *q, const struct taut_name *by)
{
	const struct taut_name name = *by; /* the queue may move */
	const struct taut_sheet_unit *u;
	const struct taut_sheet *s;
	uint32_t i;
	int rc = taut_walk_sheet(w, file, &s);

	if (rc || !s)
		return rc;
	/* functions do not see the names of a class */
	for (i = 0;
	     i < s->nsuites && !q->units_in_classes && !q->no_suites && !rc;
	     i++)
		if (matches(&s->suites[i].text, q))
			rc = taut_walk_hit_suite(w, file, i, &name);
	for (i = 0; i < s->nunits && !q->no_units && !rc; i++) {
		u = &s->units[i];
		if (q->units_in_classes && !*u->owner)
			continue;
		if (matches(&u->text, q))
			rc = hit_unit(w, file, i, q, &name);
	}
	return rc;
}

/* Has the walk searched all files for this before?  A hit is a hit once: the
 * modules of one package have the same names above them. */
static int is_searched(struct taut_walk *w, const struct search *q,
		       const struct taut_name *by)
{
	const uint32_t key[] = {
		q->name, q->mentions, q->module, q->loaded,
		(uint32_t)(q->units_in_classes | q->no_suites << 1 |
			   q->no_units << 2 | by->missing << 3 | by->only << 4)
	};
	int fresh = taut_walk_is_new(&w->searched, key, 5);

	return fresh < 0 ? taut_nomem(w->err) : !fresh;
}

/* Search all files that say the name. */
static int search_all(struct taut_walk *w, const struct search *q,
		      const struct taut_name *by)
{
	const struct taut_name name = *by;
	const uint32_t *files;
	size_t n, i;
	int other = 0, rc = is_searched(w, q, by);

	if (rc)
		return rc < 0 ? rc :
		       q->mentions == TAUT_MENTION_BARE ?
				search_passed(w, q, by) :
				0;
	rc = who(w, q->name, &files, &n);
	for (i = 0; i < n && !rc; i++) {
		if (q->module)
			rc = taut_walk_means_other(w, files[i], q->module - 1,
						   &other);
		else if (q->loaded)
			rc = taut_walk_imports(w, files[i], q->loaded - 1,
					       &other);
		if (!rc && !other)
			rc = search_file(w, files[i], q, &name);
	}
	return rc;
}

/* Search all files with these flags. */
static int search_flags(struct taut_walk *w, const struct search *q,
			const struct taut_name *by)
{
	const struct taut_name name = *by;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < w->p->nfiles && !rc; i++)
		if (w->p->files[i].known &&
		    w->p->files[i].flags & (int)q->flags)
			rc = search_file(w, i, q, &name);
	return rc;
}

/* A member that only its name finds: behind a dot, in a string, given by it. */
static int follow_bare(struct taut_walk *w, const struct taut_name *by)
{
	struct search q = { .name = by->name, .mentions = TAUT_MENTION_BARE };
	struct taut_name name = *by;
	int rc = search_all(w, &q, &name);

	q.mentions = TAUT_MENTION_PARAM;
	if (!rc)
		rc = search_all(w, &q, &name);
	/* a class in a function may have a member of that name */
	q.mentions = TAUT_MENTION_NAME;
	q.no_units = 1;
	if (!rc)
		rc = search_all(w, &q, &name);
	q.no_units = 0;
	/* perhaps it is only a word there */
	name.missing = 0;
	q.name = taut_dotted_word(by->name);
	q.mentions = TAUT_MENTION_MODULE;
	if (!rc)
		rc = search_all(w, &q, &name);
	return rc ? rc : taut_walk_bound(w, &name);
}

/* By its own name in its file, and as an attribute or in strings anywhere.  A
 * member of a class counts in the class: for all others the class's name is
 * changed as well, and nobody has an object of it without that. */
static int follow(struct taut_walk *w, const struct taut_name *by)
{
	struct search q = { .name = by->name,
			    .mentions = TAUT_MENTION_NAME,
			    .units_in_classes = by->member };
	int rc;

	/* a fixture may be imported from elsewhere */
	if (w->p->files[by->file].role != TAUT_NAMES_CODE)
		q.mentions |= TAUT_MENTION_PARAM;
	rc = search_file(w, by->file, &q, by);

	q.units_in_classes = 0;
	if (!rc && by->bare)
		return follow_bare(w, by);
	q.mentions = TAUT_MENTION_BARE;
	q.loaded = by->loaded ? by->module + 1 : 0;
	if (!rc && !by->member)
		rc = search_all(w, &q, by);
	if (rc || !by->fixture)
		return rc;
	q.mentions = TAUT_MENTION_PARAM;
	q.no_suites = 1;
	return search_all(w, &q, by);
}

int taut_walk_attrs(struct taut_walk *w, const struct taut_name *by)
{
	const struct search q = { .flags = TAUT_TEXT_ATTRS };
	const struct taut_name name = { .step = by->step, .only = by->only };

	if (w->attrs & 1 << by->only)
		return 0;
	w->attrs |= 1 << by->only;
	w->out->attrs = 1;
	return search_flags(w, &q, &name);
}

int taut_walk_test_attrs(struct taut_walk *w, const struct taut_name *by)
{
	struct search q = { .flags = TAUT_TEXT_ATTRS };
	const struct taut_name name = { .step = by->step, .only = by->only };
	int rc = search_file(w, by->file, &q, &name);

	if (rc || w->test_attrs & 1 << by->only)
		return rc;
	w->test_attrs |= 1 << by->only;
	q.items = 1;
	return search_flags(w, &q, &name);
}

int taut_walk_users(struct taut_walk *w, uint32_t top, uint32_t step)
{
	const struct search q = { .name = top,
				  .mentions = TAUT_MENTION_TOP,
				  .no_units = 1 };
	const struct taut_name by = { .name = top, .step = step };

	return search_all(w, &q, &by);
}

int taut_walk_stars(struct taut_walk *w, const struct taut_name *by)
{
	struct taut_name name = *by;
	uint32_t step;
	size_t i;
	int rc = 0;

	if (by->member)
		return 0;
	for (i = 0; i < w->nstars && !rc; i++) {
		step = taut_walk_step(w, w->stars[i], 0, "a star import",
				      by->step);
		name.file = w->stars[i];
		name.step = step;
		name.missing = 0;
		rc = taut_walk_mark(w, &name);
	}
	return rc;
}

/* ---- a module as a value ---- */

#define MAX_RENAMES 4

/* A module that is imported under another name, and under that from there. */
static int follow_renamed(struct taut_walk *w, uint32_t stem,
			  const struct taut_name *by, int depth)
{
	struct search q = { .mentions = TAUT_MENTION_MODULE };
	const struct taut_sheet_unit *u;
	const struct taut_sheet *s;
	const uint32_t *files;
	size_t nfiles, f;
	uint32_t i, k;
	int rc = who(w, stem, &files, &nfiles);

	for (f = 0; f < nfiles && !rc; f++) {
		rc = taut_walk_sheet(w, files[f], &s);
		for (i = 0; !rc && s && i < s->nunits; i++) {
			u = &s->units[i];
			if (u->kind != TAUT_UNIT_IMPORT ||
			    !taut_text_has(&u->text, stem) ||
			    taut_unit_binds(u, stem))
				continue;
			for (k = 0; k < u->nnames && !rc; k++) {
				q.name = taut_dotted_close(taut_dotted_add(
					0, taut_lex_hash(u->names[k],
							 strlen(u->names[k]))));
				rc = search_all(w, &q, by);
				if (!rc && depth < MAX_RENAMES)
					rc = follow_renamed(w, u->keys[k], by,
							    depth + 1);
			}
		}
	}
	return rc;
}

/* Who has a module of this path, or a package above it, as a value can look
 * at all its names; who says its whole name can load it. */
static int follow_module(struct taut_walk *w, const struct taut_name *by)
{
	struct search q = { .mentions = TAUT_MENTION_MODULE };
	const char *file = w->p->files[by->file].path;
	struct taut_name text = *by;
	uint64_t parts[TAUT_PARTS], path;
	size_t n, i, k;
	int rc = 0;

	text.in_text = 1;
	n = taut_walk_parts(file, parts);
	for (i = 0; i < n; i++) {
		for (path = 0, k = i; k < n && !rc; k++) {
			path = taut_dotted_add(path, parts[k]);
			q.name = taut_dotted_close(path);
			/* by its last name alone */
			q.module = i + 1 == n ? by->file + 1 : 0;
			rc = search_all(w, &q, by);
		}
		q.module = 0;
		q.name = taut_dotted_string(path);
		if (!rc && (!i || !taut_walk_is_package(w, file, i)))
			rc = search_all(w, &q, &text);
	}
	if (!rc && n)
		rc = follow_renamed(w, (uint32_t)parts[n - 1], by, 0);
	return rc;
}

/* The first changed name of a file that matters to these. */
static int touch(struct taut_walk *w, const struct taut_name *by)
{
	const struct search own = { .flags = TAUT_TEXT_OWN };
	const uint32_t key[] = { by->file, by->only };
	int first = taut_walk_is_new(&w->searched, key, 2), rc;

	if (by->bare)
		return 0;
	if (first <= 0)
		return first ? taut_nomem(w->err) : 0;
	w->state[by->file] |= TAUT_FILE_TOUCHED;
	rc = search_file(w, by->file, &own, by);
	return rc ? rc : follow_module(w, by);
}

/* ---- all of it ---- */

static int list_test_files(struct taut_walk *w)
{
	struct taut_names *n = w->out;
	uint32_t i;

	for (i = 0; i < w->p->nfiles; i++) {
		if (w->p->files[i].role != TAUT_NAMES_TEST || !w->state[i])
			continue;
		if (taut_grow(&n->collect, &n->ccollect, n->ncollect + 1,
			      sizeof(*n->collect)))
			return taut_nomem(w->err);
		n->collect[n->ncollect++] = i;
	}
	return 0;
}

static int by_said(const void *a, const void *b)
{
	const struct taut_names_said *x = a, *y = b;

	if (x->only != y->only)
		return x->only < y->only ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

/* The names, and those of the modules that have them. */
static int list_names(struct taut_walk *w)
{
	struct taut_names *n = w->out;
	const struct taut_name *name;
	uint64_t parts[TAUT_PARTS];
	size_t k;

	n->changed = taut_calloc(2 * w->n + 1u, sizeof(*n->changed));
	if (!n->changed)
		return taut_nomem(w->err);
	for (name = w->names; name < w->names + w->n; name++) {
		n->changed[n->nchanged++] =
			(struct taut_names_said){ name->only, name->name };
		k = taut_walk_parts(w->p->files[name->file].path, parts);
		if (k)
			n->changed[n->nchanged++] = (struct taut_names_said){
				name->only, (uint32_t)parts[k - 1]
			};
	}
	if (n->nchanged > 1)
		qsort(n->changed, n->nchanged, sizeof(*n->changed), by_said);
	return 0;
}

int taut_names_said(const struct taut_names *n, int only, const char *text,
		    size_t size)
{
	struct taut_names_said key = { (uint32_t)only, 0 };
	size_t i = 0, len;

	while (n->nchanged && i < size) {
		len = taut_word_length(text + i, size - i);
		key.name = (uint32_t)taut_lex_hash(text + i, len);
		if (len && bsearch(&key, n->changed, n->nchanged, sizeof(key),
				   by_said))
			return 1;
		i += len + !len;
	}
	return 0;
}

/* What is not understood may mention anything. */
static int break_opaque(struct taut_walk *w)
{
	uint32_t i, step;
	int rc = 0;

	for (i = 0; i < w->p->nfiles && !rc; i++) {
		if (w->p->files[i].known)
			continue;
		step = taut_walk_step(w, i, 0, "a file that is not understood",
				      w->names[0].step);
		rc = taut_walk_break(w, i, step);
	}
	return rc;
}

/* Of an import that may fail, where somebody catches that: all who depend on
 * it may differ, and none needs to fail. */
static int break_caught(struct taut_walk *w)
{
	const struct taut_names *n = w->out;
	uint32_t step;
	int caught, rc = 0;
	size_t i;

	for (i = 0; i < n->nagain && !rc; i++) {
		rc = taut_walk_is_caught(w, n->again[i], &caught);
		if (rc || !caught)
			continue;
		step = taut_walk_step(w, n->again[i], 0,
				      "an import whose error is caught",
				      TAUT_MAP_NONE);
		rc = taut_walk_break(w, n->again[i], step);
	}
	return rc;
}

static int walk(struct taut_walk *w)
{
	/* who may mean any name, since he computes it */
	const struct search any = { .flags = TAUT_TEXT_ANY };
	struct taut_name name;
	size_t i, k;
	int rc = 0;

	if (w->n)
		rc = search_flags(w, &any, &w->names[0]);
	if (w->n && !rc)
		rc = break_opaque(w);
	for (i = k = 0; (i < w->n || k < w->nroots) && !rc;) {
		if (k < w->nroots) {
			rc = taut_walk_root(w, &w->roots[k++]);
			continue;
		}
		name = w->names[i++];
		rc = touch(w, &name);
		if (!rc)
			rc = follow(w, &name);
		if (!rc)
			rc = taut_walk_stars(w, &name);
		if (i > MAX_NAMES) {
			w->out->fallback = "too many names change";
			break;
		}
	}
	if (!rc)
		rc = break_caught(w);
	if (!rc)
		rc = list_names(w);
	return rc ? rc : list_test_files(w);
}

static int begin(struct taut_walk *w, struct taut_names *n,
		 const struct taut_names_project *p, uint32_t edited,
		 struct taut_err *err)
{
	uint32_t i;

	*w = (struct taut_walk){ .out = n,
				 .p = p,
				 .edited = edited,
				 .err = err,
				 .seen = TAUT_MAP_INIT,
				 .searched = TAUT_MAP_INIT,
				 .passing = TAUT_MAP_INIT,
				 .hits = TAUT_MAP_INIT,
				 .looking = TAUT_MAP_INIT,
				 .tops = TAUT_MAP_INIT };
	w->state = taut_calloc(p->nfiles + 1u, 1);
	w->stars = taut_calloc(p->nfiles + 1u, sizeof(*w->stars));
	if (!w->state || !w->stars)
		return taut_nomem(err);
	for (i = 0; i < p->nfiles; i++)
		if (p->files[i].star && p->files[i].known)
			w->stars[w->nstars++] = i;
	return 0;
}

/* Follow what the edit changed, unless that is not all it does. */
static int finish(struct taut_walk *w, uint32_t file, int rc)
{
	struct taut_names *n = w->out;
	int found = 1;

	if (!rc && !n->fallback && w->p->files[file].role == TAUT_NAMES_CODE)
		rc = taut_walk_is_imported(w, file, &found);
	if (!rc && !found)
		n->fallback = "no import statement names it";
	if (!rc && !n->fallback)
		rc = walk(w);
	taut_map_release(&w->seen);
	taut_map_release(&w->searched);
	taut_map_release(&w->passing);
	taut_free(w->first);
	taut_free(w->passed);
	taut_map_release(&w->hits);
	taut_map_release(&w->looking);
	taut_map_release(&w->tops);
	taut_free(w->names);
	taut_free(w->roots);
	taut_free(w->state);
	taut_free(w->stars);
	taut_free(w->modules);
	return rc;
}

int taut_names_find(struct taut_names *n, const struct taut_names_project *p,
		    uint32_t file, const struct taut_db_ver *old,
		    struct taut_err *err)
{
	struct taut_walk w;
	int rc = begin(&w, n, p, file, err);

	if (!rc)
		rc = old->docs ? taut_walk_edit_docs(&w, file, old) :
				 taut_walk_edit(&w, file, old);
	return finish(&w, file, rc);
}

/* The unit on whose lines this one is: the last that begins there or before
 * in its class; docstrings and annotations come with their def. */
int taut_names_line(struct taut_names *n, const struct taut_names_project *p,
		    uint32_t file, uint32_t line, struct taut_err *err)
{
	const struct taut_sheet *s = NULL;
	uint32_t i, unit = TAUT_MAP_NONE;
	struct taut_walk w;
	int rc = begin(&w, n, p, file, err);

	if (!rc)
		rc = taut_walk_sheet(&w, file, &s);
	for (i = 0; !rc && s && i < s->nunits; i++)
		if (s->units[i].line <= line &&
		    s->units[i].kind != TAUT_UNIT_DEF_ANNOTATIONS &&
		    s->units[i].kind != TAUT_UNIT_DEF_DOC)
			unit = i;
	if (!rc && unit == TAUT_MAP_NONE)
		n->fallback = "no statement stands there";
	else if (!rc)
		rc = taut_walk_edit_unit(&w, file, unit);
	return finish(&w, file, rc);
}

void taut_names_release(struct taut_names *n)
{
	taut_arena_release(&n->arena);
	taut_free(n->steps);
	taut_free(n->hits);
	taut_free(n->collect);
	taut_free(n->changed);
	taut_free(n->again);
	memset(n, 0, sizeof(*n));
}
