/*
 * namesedit - what an edit of module level is, seen from its units alone.
 *
 * It changes names as long as every unit that differs only binds names, and
 * cannot fail.  Else the module is what is changed: the file rule.
 */
#include <string.h>

#include "namesfile.h"
#include "unit.h"
#include "verdiff.h"
#include "vocab.h"

/* A unit, old or new. */
struct edit {
	int kind, effect;
	uint32_t hash, branch, calls;
	const char *owner;
	uint32_t nnames;
	const char *const *names;
	uint32_t line;
	uint32_t now; /* its number in the sheet, or TAUT_MAP_NONE: gone */
	uint32_t was; /* then its number in the old version */
	int moved;
};

struct editor {
	struct taut_walk *w;
	uint32_t file;
	const struct taut_sheet *s;
	const struct taut_db_ver *old;
	struct taut_verdiff diff;
};

static uint32_t nunits(const struct editor *e, int old)
{
	return old ? e->old->nunits : e->s->nunits;
}

/* Unit i of the old version, or of the file now. */
static struct edit unit_at(const struct editor *e, int old, uint32_t i)
{
	const struct taut_rec_unit *r;
	const struct taut_sheet_unit *u;

	if (old) {
		r = &e->old->units[i];
		return (struct edit){ .kind = r->kind,
				      .effect = r->effect,
				      .hash = r->hash,
				      .branch = r->branch,
				      .calls = r->calls,
				      .owner = r->owner,
				      .nnames = r->nnames,
				      .names = r->names,
				      .now = TAUT_MAP_NONE,
				      .was = i };
	}
	u = &e->s->units[i];
	return (struct edit){ .kind = u->kind,
			      .effect = u->effect,
			      .hash = u->hash,
			      .branch = u->branch,
			      .calls = u->calls,
			      .owner = u->owner,
			      .nnames = u->nnames,
			      .names = u->names,
			      .line = u->line,
			      .now = i,
			      .moved = e->diff.moved && e->diff.moved[i] };
}

static int fall_back(struct editor *e, const struct edit *u, const char *why)
{
	struct taut_buf b = TAUT_BUF_INIT;
	const char *name = u->nnames ? u->names[0] : "";
	int bad;

	if (u->now == TAUT_MAP_NONE)
		bad = taut_buf_printf(&b, "%s%s%s", *name ? name : "a unit",
				      " that is gone: ", why);
	else
		bad = taut_buf_printf(&b, "line %u%s%s: %s", u->line,
				      *name ? ", " : "", name, why);
	if (!bad)
		e->w->out->fallback =
			taut_arena_dup(&e->w->out->arena, b.p, b.n);
	taut_buf_release(&b);
	return e->w->out->fallback ? 0 : taut_nomem(e->w->err);
}

/* ---- one unit ---- */

static int is_test_file(const struct editor *e)
{
	return e->w->p->files[e->file].role != TAUT_NAMES_CODE;
}

/* Do both bind the same first name in the same class? */
static int same_name(const struct edit *u, const char *owner, uint32_t nnames,
		     const char *const *names)
{
	return u->nnames && nnames && !strcmp(u->owner, owner) &&
	       !strcmp(u->names[0], names[0]);
}

/* Has the other version a unit that binds the same? */
static int is_there_too(const struct editor *e, const struct edit *u)
{
	const int old = u->now != TAUT_MAP_NONE;
	struct edit v;
	uint32_t i, k;

	for (i = 0; i < nunits(e, old); i++) {
		v = unit_at(e, old, i);
		for (k = 0; k < v.nnames; k++)
			if (same_name(u, v.owner, 1, &v.names[k]))
				return 1;
	}
	return 0;
}

/* Of a unit that is gone nothing is left but a hash of the names in it. */
static int calls_the_same(const struct editor *e, const struct edit *u)
{
	const struct taut_sheet_unit *n;
	uint32_t i;

	for (i = 0; i < e->s->nunits; i++) {
		n = &e->s->units[i];
		if (n->kind == u->kind && n->effect > TAUT_EFFECT_PURE &&
		    n->calls == u->calls &&
		    same_name(u, n->owner, n->nnames, n->names))
			return 1;
	}
	return 0;
}

/* ---- imports ---- */

#define MAX_IMPORTS 4

/* A unit that imports this module, as it did before. */
static int imports_it(const struct editor *e, uint32_t i, uint32_t module)
{
	const struct taut_sheet_unit *u = &e->s->units[i];

	return u->kind == TAUT_UNIT_IMPORT && u->calls == module &&
	       !u->branch && !e->diff.fresh[i] && !e->diff.moved[i];
}

/* Has the file imported this module where unit `at` stands, or does it at
 * once, by units that stood there before? */
static int imports_already(const struct editor *e, uint32_t module, uint32_t at)
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
static int imports_still(const struct editor *e, uint32_t module, uint32_t at)
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

/* Does importing this module of the project bind names, and nothing else? */
static int is_quiet(struct editor *e, uint32_t file, uint32_t at, int depth,
		    int *quiet)
{
	const struct taut_sheet_unit *u;
	const struct taut_sheet *s;
	uint32_t i, next;
	int plain, rc = taut_walk_sheet(e->w, file, &s);

	*quiet = !rc && s && depth < MAX_IMPORTS;
	for (i = 0; *quiet && i < s->nunits && !rc; i++) {
		u = &s->units[i];
		plain = u->effect <= TAUT_EFFECT_PURE;
		if (u->kind == TAUT_UNIT_CLASS && !plain) {
			rc = taut_walk_plain(e->w, s, u, &plain);
		} else if (u->kind == TAUT_UNIT_IMPORT) {
			rc = taut_walk_module(e->w, u->calls, &next);
			plain = next == TAUT_MAP_NONE || next == file ||
				imports_already(e, u->calls, at);
			if (!plain && !rc)
				rc = is_quiet(e, next, at, depth + 1, &plain);
		}
		*quiet = plain;
	}
	return rc;
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

/* Does any other file use the package, so that it is there and loaded? */
static int is_used(struct taut_walk *w, uint32_t file, uint32_t top, int *used)
{
	const struct taut_sheet *s;
	const uint32_t *files;
	size_t n, k;
	int rc = w->p->who(w->p->arg, top, &files, &n, w->err);

	*used = 0;
	for (k = 0; !rc && k < n && !*used; k++) {
		if (files[k] == file)
			continue;
		rc = taut_walk_sheet(w, files[k], &s);
		*used = !rc && s && imports_of(s, top, NULL);
	}
	return rc;
}

/* Of a package that is not the project's: was it imported before? */
static int check_package(struct editor *e, const struct taut_sheet_unit *u,
			 const char **why)
{
	uint32_t i, top;
	int own, used = 1, rc = 0;

	for (i = 0; i < u->text.n && !rc && used; i++) {
		top = u->text.v[i].name;
		if (!(u->text.v[i].flags & TAUT_MENTION_TOP))
			continue;
		rc = taut_walk_is_top(e->w, top, &own);
		used = own || imports_of(e->s, top, e->diff.fresh);
		if (!rc && !used)
			rc = is_used(e->w, e->file, top, &used);
	}
	if (!used)
		*why = "nobody imported that package before";
	return rc;
}

/* Why an import that is new or gone is more than the name it binds. */
static int check_import(struct editor *e, const struct edit *u,
			const char **why)
{
	uint32_t file;
	int quiet = 1, rc = 0;

	if (u->now == TAUT_MAP_NONE ? imports_still(e, u->calls, u->was) :
				      imports_already(e, u->calls, u->now))
		return 0;
	if (u->nnames && !strcmp(u->names[0], "*")) {
		*why = "a star import may bind any name";
		return 0;
	}
	rc = taut_walk_module(e->w, u->calls, &file);
	if (!rc && file != TAUT_MAP_NONE)
		rc = is_quiet(e, file, u->now == TAUT_MAP_NONE ? 0 : u->now, 0,
			      &quiet);
	else if (!rc && u->now != TAUT_MAP_NONE)
		rc = check_package(e, &e->s->units[u->now], why);
	if (!quiet)
		*why = "importing that module does more than bind names";
	return rc;
}

/* ---- why not ---- */

/* What running the unit may do, unless that can be followed. */
static const char *why_effect(const struct editor *e, const struct edit *u)
{
	if (u->kind == TAUT_UNIT_STATEMENT || u->kind == TAUT_UNIT_COMPOUND)
		return "it may do more than bind a name";
	if (u->effect <= TAUT_EFFECT_PURE || u->kind == TAUT_UNIT_IMPORT)
		return NULL;
	if (u->effect == TAUT_EFFECT_STORE)
		return u->kind == TAUT_UNIT_DEF_CORE ?
			       "pytest may use it for tests that do not name "
			       "it" :
			       "it stores into something";
	if (u->kind == TAUT_UNIT_ASSIGN && is_test_file(e))
		return "it may do more than bind a name";
	if (u->now == TAUT_MAP_NONE && !calls_the_same(e, u) &&
	    !(u->kind == TAUT_UNIT_DEF_CORE && is_test_file(e)))
		return "what it did is not known any more";
	return NULL;
}

/* Why this unit is more than names; NULL. */
static const char *why_more(const struct editor *e, const struct edit *u)
{
	uint32_t i;

	if (u->branch)
		return "it stands below a condition";
	for (i = 0; i < u->nnames; i++)
		if (taut_walk_is_special(e->w, e->file, u->owner, u->names[i]))
			return "the name has a meaning of its own";
	return why_effect(e, u);
}

/* The step of an edit, and its names. */
static int mark_names(struct editor *e, const struct edit *u,
		      struct taut_name *name)
{
	struct edit one = *u;
	uint32_t i;
	int rc = 0;

	name->file = e->file;
	name->step = taut_walk_step(e->w, e->file, u->line,
				    u->nnames ? u->names[0] : "a statement",
				    TAUT_MAP_NONE);
	name->member = *u->owner != 0;
	name->fixture = taut_walk_is_fixture(e->w, e->file, u->kind, u->effect);
	for (i = 0; i < u->nnames && !rc; i++) {
		one.names = &u->names[i];
		name->name = taut_name_hash(u->names[i], strlen(u->names[i]));
		name->missing = u->moved || (u->now == TAUT_MAP_NONE &&
					     !is_there_too(e, &one));
		if (!name->member || !taut_vocab_is_dunder(u->names[i]))
			rc = taut_walk_mark(e->w, name);
	}
	name->missing = name->fixture = 0;
	return rc ? rc : taut_walk_owners(e->w, u->owner, name);
}

/* The class that the unit is part of, made anew; gone with it: its header's
 * unit is looked at as well. */
static int alter_class(struct editor *e, const struct edit *u, uint32_t step)
{
	int found;

	return taut_walk_alter_class(e->w, e->file, e->s, u->owner, step,
				     &found);
}

/* Below a condition that never holds? */
static int is_never(const struct taut_sheet *s, const struct edit *u)
{
	uint32_t i;

	for (i = 0; i < s->nunits; i++)
		if (s->units[i].branch == u->branch)
			return (s->units[i].flags & TAUT_SHEET_NEVER) != 0;
	return 0;
}

/* A statement that stands elsewhere, where it has the same meaning: all that
 * need its names at once come behind it, and nobody else binds them. */
static int is_inert_move(const struct editor *e, const struct edit *u)
{
	const struct taut_sheet_unit *v;
	uint32_t i, k;

	if (!u->moved || u->effect != TAUT_EFFECT_NONE ||
	    (u->kind != TAUT_UNIT_DEF_CORE && u->kind != TAUT_UNIT_ASSIGN &&
	     u->kind != TAUT_UNIT_DEF_ANNOTATIONS))
		return 0;
	v = &e->s->units[u->now];
	for (k = 0; k < v->text.n; k++)
		if (v->text.v[k].flags & TAUT_MENTION_NOW)
			return 0;
	for (i = 0; i < e->s->nunits; i++) {
		v = &e->s->units[i];
		for (k = 0; k < u->nnames; k++)
			if ((i < u->now &&
			     taut_text_has(&v->text,
					   e->s->units[u->now].keys[k])) ||
			    (i != u->now && v->kind != TAUT_UNIT_DEF_DOC &&
			     v->kind != TAUT_UNIT_DEF_ANNOTATIONS &&
			     !strcmp(v->owner, u->owner) &&
			     taut_unit_binds(v, e->s->units[u->now].keys[k])))
				return 0;
	}
	return 1;
}

/* Does it need a name at once, which may not be there? */
static int needs_name(const struct editor *e, const struct edit *u)
{
	const struct taut_text *t;
	uint32_t i;

	if (u->now == TAUT_MAP_NONE)
		return 0;
	t = &e->s->units[u->now].text;
	for (i = 0; i < t->n; i++)
		if (t->v[i].flags & TAUT_MENTION_NOW &&
		    !taut_vocab_is_builtin(t->v[i].name))
			return 1;
	return 0;
}

/* What the unit does beside binding names, then and now. */
static int look_behind(struct editor *e, const struct edit *u, uint32_t step)
{
	int rc = taut_walk_tests(e->w, e->file, u->kind,
				 u->nnames ? u->names[0] : NULL, step,
				 TAUT_ONLY_NONE);

	if (!rc && (u->kind == TAUT_UNIT_IMPORT || is_test_file(e) ||
		    needs_name(e, u)))
		rc = taut_walk_again(e->w, e->file);
	if (!rc && u->now != TAUT_MAP_NONE)
		rc = taut_walk_alter(e->w, e->file, e->s, &e->s->units[u->now],
				     step);
	if (!rc && *u->owner)
		rc = alter_class(e, u, step);
	return rc;
}

static int look_at(struct editor *e, const struct edit *u)
{
	struct taut_name name = { 0 };
	const char *why;
	int rc = 0;

	if (!taut_unit_in_version(u->kind, u->owner, u->nnames, u->names))
		return 0;
	if ((u->branch && is_never(e->s, u)) || is_inert_move(e, u))
		return is_test_file(e) ? taut_walk_again(e->w, e->file) : 0;
	why = why_more(e, u);
	if (!why && u->kind == TAUT_UNIT_IMPORT)
		rc = check_import(e, u, &why);
	if (rc)
		return rc;
	if (why)
		return fall_back(e, u, why);
	rc = mark_names(e, u, &name);
	return rc ? rc : look_behind(e, u, name.step);
}

/* ---- all of them ---- */

static int look_at_unit(struct editor *e, int old, uint32_t i)
{
	const struct edit u = unit_at(e, old, i);

	return look_at(e, &u);
}

/* A version without units is that of an empty file, or of an opaque one. */
static int is_empty_version(uint64_t hash)
{
	struct taut_source *s;
	int same;

	if (taut_source_scan("", 0, &s, NULL))
		return 0;
	same = (s->suites[s->nsuites - 1].hash & TAUT_HASH40) == hash;
	taut_source_free(s);
	return same;
}

/* unit.c takes these decorators for Python's. */
static int is_wrapper(const char *name)
{
	return !strcmp(name, "property") || !strcmp(name, "staticmethod") ||
	       !strcmp(name, "classmethod");
}

static int binds_wrapper(const struct editor *e)
{
	struct edit u;
	uint32_t i, k;
	int old;

	for (old = 0; old < 2; old++)
		for (i = 0; i < nunits(e, old); i++) {
			u = unit_at(e, old, i);
			for (k = 0; k < u.nnames; k++)
				if (is_wrapper(u.names[k]))
					return 1;
		}
	return e->s->star;
}

static const char *why_not_at_all(const struct editor *e)
{
	if (!e->s || e->s->opaque)
		return "it is not understood";
	if (binds_wrapper(e))
		return "it gives property another meaning";
	if (!e->old->nunits && !is_empty_version(e->old->hash))
		return "it was not understood before";
	return NULL;
}

int taut_walk_edit(struct taut_walk *w, uint32_t file,
		   const struct taut_db_ver *old)
{
	struct editor e = { .w = w, .file = file, .old = old };
	struct taut_names *out = w->out;
	uint32_t i;
	int rc = taut_walk_sheet(w, file, &e.s);

	if (rc)
		return rc;
	out->fallback = why_not_at_all(&e);
	if (out->fallback)
		return 0;
	if (taut_verdiff_find(&e.diff, &out->arena, old, e.s))
		return taut_nomem(w->err);
	out->ndiffer = e.diff.n;
	if (!e.diff.n)
		out->fallback = "what the source means as a whole changed";
	/* new ones first: they have a line to show */
	for (i = 0; i < e.s->nunits && !rc && !out->fallback; i++)
		if (e.diff.fresh[i] || e.diff.moved[i])
			rc = look_at_unit(&e, 0, i);
	for (i = 0; i < old->nunits && !rc && !out->fallback; i++)
		if (e.diff.gone[i])
			rc = look_at_unit(&e, 1, i);
	return rc;
}

/* ---- docstrings ---- */

/* Has the other version the same docstring of the same definition? */
static int has_doc(const struct editor *e, int old, const struct edit *u)
{
	struct edit v;
	uint32_t i;

	for (i = 0; i < nunits(e, old); i++) {
		v = unit_at(e, old, i);
		if (v.kind == TAUT_UNIT_DEF_DOC && v.hash == u->hash &&
		    same_name(u, v.owner, v.nnames, v.names))
			return 1;
	}
	return 0;
}

/* The unit of the definition whose docstring it is, or NULL. */
static const struct taut_sheet_unit *
defined(const struct taut_sheet *s, const char *owner, const char *name)
{
	uint32_t i;

	for (i = 0; i < s->nunits; i++)
		if ((s->units[i].kind == TAUT_UNIT_DEF_CORE ||
		     s->units[i].kind == TAUT_UNIT_CLASS) &&
		    !strcmp(s->units[i].owner, owner) &&
		    !strcmp(s->units[i].names[0], name))
			return &s->units[i];
	return NULL;
}

/* Who mentions it can read its docstring; a decorator or metaclass may have
 * read it already. */
static int change_doc(struct editor *e, const struct edit *doc)
{
	const struct taut_sheet_unit *u =
		defined(e->s, doc->owner, doc->names[0]);
	/* what it belongs to is there, with or without it */
	const struct edit one = { .kind = TAUT_UNIT_DEF_DOC,
				  .owner = doc->owner,
				  .nnames = 1,
				  .names = doc->names,
				  .line = doc->line };
	struct taut_name name = { .only = strcmp(doc->names[0], "__doc__") ?
						  TAUT_ONLY_DOCS :
						  TAUT_ONLY_NONE };
	int rc;

	if (u && u->branch && !(u->flags & TAUT_SHEET_NEVER))
		return fall_back(e, &one, "it stands below a condition");
	rc = mark_names(e, &one, &name);
	if (rc || !u || !(e->s->flags & TAUT_TEXT_DOCS))
		return rc;
	if (*one.owner)
		rc = alter_class(e, &one, name.step);
	if (rc || u->effect <= TAUT_EFFECT_PURE)
		return rc;
	name.only = TAUT_ONLY_NONE;
	rc = taut_walk_alter(e->w, e->file, e->s, u, name.step);
	return rc ? rc : taut_walk_names(e->w, e->file, u, &name);
}

int taut_walk_edit_docs(struct taut_walk *w, uint32_t file,
			const struct taut_db_ver *old)
{
	struct editor e = { .w = w, .file = file, .old = old };
	struct edit u;
	uint32_t i;
	int was, rc = taut_walk_sheet(w, file, &e.s);

	if (rc)
		return rc;
	if (!e.s || e.s->opaque) {
		w->out->fallback = "it is not understood";
		return 0;
	}
	for (was = 0; was < 2; was++)
		for (i = 0; i < nunits(&e, was) && !rc; i++) {
			u = unit_at(&e, was, i);
			if (w->out->fallback || u.kind != TAUT_UNIT_DEF_DOC ||
			    has_doc(&e, !was, &u))
				continue;
			w->out->ndiffer++;
			rc = change_doc(&e, &u);
		}
	if (!rc && !w->out->ndiffer && !w->out->fallback)
		w->out->fallback = "docstrings in it changed";
	return rc;
}

int taut_walk_edit_unit(struct taut_walk *w, uint32_t file, uint32_t unit)
{
	const struct taut_db_ver none = { .hash = 0 };
	struct editor e = { .w = w, .file = file, .old = &none };
	uint8_t *fresh, *moved;
	int rc = taut_walk_sheet(w, file, &e.s);

	if (rc)
		return rc;
	fresh = taut_arena_alloc(&w->out->arena, 2 * (size_t)e.s->nunits + 1);
	if (!fresh)
		return taut_nomem(w->err);
	moved = fresh + e.s->nunits;
	fresh[unit] = 1;
	e.diff.fresh = fresh;
	e.diff.moved = moved;
	return look_at_unit(&e, 0, unit);
}
