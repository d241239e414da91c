/*
 * namesedit - what an edit of module level is, seen from its units alone.
 *
 * It changes names as long as every unit that differs only binds names, and
 * cannot fail.  Else the module is what is changed: the file rule.
 */
#include <string.h>

#include "hash.h"
#include "namesfile.h"
#include "unit.h"
#include "verdiff.h"
#include "vocab.h"

/* Unit i of the old version, or of the file now. */
struct taut_edit taut_edit_at(const struct taut_editor *e, int old, uint32_t i)
{
	const struct taut_rec_unit *r;
	const struct taut_sheet_unit *u;

	if (old) {
		r = &e->old->units[i];
		return (struct taut_edit){ .kind = r->kind,
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
	return (struct taut_edit){ .kind = u->kind,
				   .effect = u->effect,
				   .hash = u->hash,
				   .branch = u->branch,
				   .calls = u->calls,
				   .owner = u->owner,
				   .nnames = u->nnames,
				   .names = u->names,
				   .line = u->line,
				   .now = i,
				   .moved = e->diff.moved && e->diff.moved[i],
				   .was = e->diff.was ? e->diff.was[i] - 1 :
							TAUT_MAP_NONE };
}

static int fall_back(struct taut_editor *e, const struct taut_edit *u,
		     const char *why)
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

int taut_edit_same_name(const struct taut_edit *u, const char *owner,
			uint32_t nnames, const char *const *names)
{
	return u->nnames && nnames && !strcmp(u->owner, owner) &&
	       !strcmp(u->names[0], names[0]);
}

/* Has the other version a unit that binds the same? */
static int is_there_too(const struct taut_editor *e, const struct taut_edit *u)
{
	const int old = u->now != TAUT_MAP_NONE;
	struct taut_edit v;
	uint32_t i, k;

	for (i = 0; i < taut_edit_nunits(e, old); i++) {
		v = taut_edit_at(e, old, i);
		if (!old && e->s->units[i].flags & TAUT_SHEET_BARE)
			continue;
		for (k = 0; k < v.nnames; k++)
			if (taut_edit_same_name(u, v.owner, 1, &v.names[k]))
				return 1;
	}
	return 0;
}

int taut_edit_calls_the_same(const struct taut_editor *e,
			     const struct taut_edit *u)
{
	const struct taut_sheet_unit *n;
	uint32_t i;

	for (i = 0; i < e->s->nunits; i++) {
		n = &e->s->units[i];
		if (n->kind == u->kind && n->effect > TAUT_EFFECT_PURE &&
		    n->calls == u->calls &&
		    taut_edit_same_name(u, n->owner, n->nnames, n->names))
			return 1;
	}
	return 0;
}

const struct taut_sheet_unit *taut_edit_defined(const struct taut_sheet *s,
						const char *owner,
						const char *name)
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

/* ---- why not ---- */

/* What running the unit may do, unless that can be followed. */
static const char *why_effect(const struct taut_editor *e,
			      const struct taut_edit *u)
{
	if (u->effect <= TAUT_EFFECT_CONST) /* `pass`, say */
		return NULL;
	if (u->kind == TAUT_UNIT_STATEMENT || u->kind == TAUT_UNIT_COMPOUND)
		return "it may do more than bind a name";
	if (u->effect <= TAUT_EFFECT_PURE || u->kind == TAUT_UNIT_IMPORT)
		return NULL;
	if (u->effect == TAUT_EFFECT_STORE)
		return u->kind == TAUT_UNIT_DEF_CORE ?
			       "pytest may use it for tests that do not name "
			       "it" :
			       "it stores into something";
	if (u->kind == TAUT_UNIT_ASSIGN && taut_edit_in_test(e))
		return "it may do more than bind a name";
	if (u->now == TAUT_MAP_NONE && !taut_edit_calls_the_same(e, u) &&
	    !(u->kind == TAUT_UNIT_DEF_CORE && taut_edit_in_test(e) &&
	      !e->stored))
		return "what it did is not known any more";
	return NULL;
}

/* A member that takes part in making classes, but does nothing then that goes
 * beyond the class. */
static int is_of_objects(const struct taut_edit *u, const char *name)
{
	return *u->owner &&
	       (!strcmp(name, "__class_getitem__") ||
		(!strcmp(name, "__slots__") && u->effect <= TAUT_EFFECT_CONST));
}

/* Why this unit is more than names; NULL. */
static const char *why_more(const struct taut_editor *e,
			    const struct taut_edit *u)
{
	uint32_t i;

	if (u->branch)
		return "it stands below a condition";
	for (i = 0; i < u->nnames; i++)
		if (taut_walk_is_special(e->w, e->file, u->owner,
					 u->names[i]) &&
		    !is_of_objects(u, u->names[i]))
			return "the name has a meaning of its own";
	return why_effect(e, u);
}

/* Does anything before it in its class need the name? */
static int is_needed_before(const struct taut_editor *e,
			    const struct taut_edit *u, uint32_t name)
{
	uint32_t i;

	for (i = 0; i < u->now; i++)
		if (!strcmp(e->s->units[i].owner, u->owner) &&
		    taut_text_has(&e->s->units[i].text, name))
			return 1;
	return 0;
}

/* May somebody miss the one name that it binds?  Outside the class it is there
 * wherever it stands in it. */
static int is_missing(const struct taut_editor *e, const struct taut_edit *u,
		      uint32_t name)
{
	if (u->moved)
		return !*u->owner || is_needed_before(e, u, name);
	return u->now == TAUT_MAP_NONE && !is_there_too(e, u);
}

/* The step of an edit, and its names; `bare`: members that are found by nothing
 * else. */
static int mark_names(struct taut_editor *e, const struct taut_edit *u,
		      int bare, struct taut_name *name)
{
	struct taut_edit one = *u;
	uint32_t i;
	int rc = 0;

	name->file = e->file;
	name->step = taut_walk_step(e->w, e->file, u->line,
				    u->nnames ? u->names[0] : "a statement",
				    TAUT_MAP_NONE);
	name->member = *u->owner != 0;
	name->bare = (uint8_t)bare;
	name->fixture = taut_walk_is_fixture(e->w, e->file, u->kind, u->effect);
	for (i = 0; i < u->nnames && !rc; i++) {
		one.names = &u->names[i];
		name->name = taut_name_hash(u->names[i], strlen(u->names[i]));
		name->missing = is_missing(e, &one, name->name);
		if (!name->member || !taut_vocab_is_dunder(u->names[i]))
			rc = taut_walk_mark(e->w, name);
	}
	name->missing = name->fixture = 0;
	return rc;
}

/* The names of an edit of `member`, or of its docstring, and those of its class,
 * unless only the member's own lead to it. */
static int mark_member(struct taut_editor *e, const struct taut_edit *u,
		       const struct taut_edit *member, struct taut_name *name)
{
	struct taut_member_class c = { .plain = 0, .below = TAUT_MAP_INIT };
	int bare = 0, lone = 0, rc = 0;

	if (member && taut_edit_in_test(e) && member->nnames)
		rc = taut_edit_is_lone_test(e, member, &lone);
	else if (member)
		rc = taut_edit_is_bare(e, member, name->only, &c, &bare);
	if (!rc)
		rc = mark_names(e, u, bare || lone, name);
	if (!rc)
		rc = bare ? taut_walk_bare(e->w, &c, name) :
		     lone ? taut_walk_test_attrs(e->w, name) :
			    taut_walk_owners(e->w, u->owner, name);
	taut_map_release(&c.below);
	return rc;
}

/* The class that the unit is part of, made anew; gone with it: its header's
 * unit is looked at as well. */
static int alter_class(struct taut_editor *e, const struct taut_edit *u,
		       uint32_t step)
{
	int found;

	return taut_walk_alter_class(e->w, e->file, e->s, u->owner, step,
				     &found);
}

/* Below a condition that never holds? */
static int is_never(const struct taut_sheet *s, const struct taut_edit *u)
{
	uint32_t i;

	for (i = 0; i < s->nunits; i++)
		if (s->units[i].branch == u->branch)
			return (s->units[i].flags & TAUT_SHEET_NEVER) != 0;
	return 0;
}

/* Does it need a name at once, which may not be there? */
static int needs_name(const struct taut_editor *e, const struct taut_edit *u)
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

/* What decorates the def of these annotations has read them. */
static int alter_core(struct taut_editor *e, const struct taut_edit *u,
		      uint32_t step)
{
	const struct taut_sheet_unit *v;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < e->s->nunits && !rc; i++) {
		v = &e->s->units[i];
		if (v->kind == TAUT_UNIT_DEF_CORE &&
		    taut_edit_same_name(u, v->owner, v->nnames, v->names))
			rc = taut_walk_alter(e->w, e->file, e->s, v, step);
	}
	return rc;
}

/* What the unit does beside binding names, then and now. */
static int look_behind(struct taut_editor *e, const struct taut_edit *u,
		       uint32_t step, int only)
{
	/* pytest's plugins read the annotations of tests */
	int kind = u->kind == TAUT_UNIT_DEF_ANNOTATIONS ? TAUT_UNIT_DEF_CORE :
							  u->kind;
	int rc = taut_walk_tests(e->w, e->file, kind,
				 u->nnames ? u->names[0] : NULL, step,
				 TAUT_ONLY_NONE);

	if (!rc && (u->kind == TAUT_UNIT_IMPORT || taut_edit_in_test(e) ||
		    needs_name(e, u)))
		rc = taut_walk_again(e->w, e->file);
	if (!rc && u->now != TAUT_MAP_NONE)
		rc = taut_walk_alter(e->w, e->file, e->s, &e->s->units[u->now],
				     step);
	if (!rc && u->kind == TAUT_UNIT_DEF_ANNOTATIONS && !only)
		rc = alter_core(e, u, step);
	if (!rc && *u->owner && !only)
		rc = alter_class(e, u, step);
	return rc;
}

/* Whoever looks at all names of the module meets them in another order: no name
 * is changed, but the module is. */
static int reorder(struct taut_editor *e, const struct taut_edit *u)
{
	const struct taut_name none = {
		.file = e->file,
		.step = taut_walk_step(e->w, e->file, u->line, u->names[0],
				       TAUT_MAP_NONE),
	};
	int rc = taut_walk_mark(e->w, &none);

	return rc || !taut_edit_in_test(e) ? rc :
					     taut_walk_again(e->w, e->file);
}

/* A name in __all__: in a package it may be that of a module. */
static const char *why_export(const struct taut_editor *e,
			      const struct taut_edit *u)
{
	const uint32_t key = taut_name_hash(u->names[0], strlen(u->names[0]));

	if (u->branch)
		return "it stands below a condition";
	if (taut_walk_is_special(e->w, e->file, "", u->names[0]))
		return "the name has a meaning of its own";
	return taut_walk_is_init(e->w, e->file) &&
			       !taut_sheet_binds(e->s, key) ?
		       "it may be a module" :
		       NULL;
}

/* Star imports bind it, or no more, or fail. */
static int look_at_export(struct taut_editor *e, const struct taut_edit *u)
{
	static const char list[] = TAUT_EXPORTS;
	const char *why = why_export(e, u);
	struct taut_name name = { .file = e->file };
	size_t i;
	int rc;

	if (why)
		return fall_back(e, u, why);
	name.name = taut_name_hash(list, sizeof(list) - 1);
	name.step = taut_walk_step(e->w, e->file, u->line, list, TAUT_MAP_NONE);
	rc = taut_walk_mark(e->w, &name);
	if (rc || u->moved)
		return rc;
	name.name = taut_name_hash(u->names[0], strlen(u->names[0]));
	name.missing = u->now == TAUT_MAP_NONE;
	rc = taut_walk_stars(e->w, &name);
	for (i = 0; i < e->w->nstars && !rc; i++)
		rc = taut_walk_again(e->w, e->w->stars[i]);
	return rc || !taut_edit_in_test(e) ? rc :
					     taut_walk_again(e->w, e->file);
}

/* Whom what a function says of itself matters to: `only`, unless something
 * has read it that ran with its module. */
static int who_reads(struct taut_editor *e, const struct taut_edit *u, int only,
		     uint8_t *to)
{
	const struct taut_sheet_unit *d =
		taut_edit_defined(e->s, u->owner, u->names[0]);
	int yes = 0, rc = 0;

	if (d)
		rc = taut_walk_reads(e->w, e->file, e->s, d, only, &yes);
	*to = (uint8_t)(yes ? TAUT_ONLY_NONE : only);
	return rc;
}

static int look_at(struct taut_editor *e, const struct taut_edit *u)
{
	struct taut_name name = { 0 };
	const char *why;
	int loud = 0, rc = 0;

	if (!taut_unit_in_version(u->kind, u->owner, u->nnames, u->names))
		return 0;
	if (!strcmp(u->owner, TAUT_EXPORTS))
		return look_at_export(e, u);
	if (u->branch && is_never(e->s, u))
		return taut_edit_in_test(e) ? taut_walk_again(e->w, e->file) :
					      0;
	if (taut_edit_is_inert_move(e, u))
		return reorder(e, u);
	why = why_more(e, u);
	if (!why && u->now == TAUT_MAP_NONE && u->effect == TAUT_EFFECT_PURE) {
		rc = taut_walk_was_loud(e->w, e->file, &loud);
		if (loud)
			why = "it may have stored something";
	}
	if (!why && u->kind == TAUT_UNIT_IMPORT)
		rc = taut_edit_import(e, u, &why);
	if (rc)
		return rc;
	if (why)
		return fall_back(e, u, why);
	if (u->kind == TAUT_UNIT_DEF_ANNOTATIONS)
		rc = who_reads(e, u, TAUT_ONLY_NOTES, &name.only);
	if (!rc)
		rc = mark_member(e, u, u, &name);
	if (!rc && u->kind == TAUT_UNIT_DEF_ANNOTATIONS)
		rc = taut_walk_hit_askers(e->w, TAUT_ONLY_NOTES, name.step);
	return rc ? rc : look_behind(e, u, name.step, name.only);
}

/* ---- all of them ---- */

static int look_at_unit(struct taut_editor *e, int old, uint32_t i)
{
	const struct taut_edit u = taut_edit_at(e, old, i);

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
static const char *const wrappers[] = { "property", "staticmethod",
					"classmethod" };
#define N_WRAPPERS (sizeof(wrappers) / sizeof(*wrappers))

static int is_wrapper(const char *name)
{
	size_t i;

	for (i = 0; i < N_WRAPPERS; i++)
		if (!strcmp(name, wrappers[i]))
			return 1;
	return 0;
}

/* May a star import bind a wrapper: one of a library, or of a project that has
 * its own? */
static int star_wraps(const struct taut_editor *e, int *yes)
{
	const struct taut_sheet_unit *u;
	uint32_t i, file;
	int rc = 0;

	*yes = 0;
	for (i = 0; i < e->s->nunits && !*yes && !rc; i++) {
		u = &e->s->units[i];
		if (u->kind != TAUT_UNIT_IMPORT || strcmp(u->names[0], "*"))
			continue;
		rc = taut_walk_module(e->w, u->calls, &file);
		*yes = file == TAUT_MAP_NONE || !e->w->p->files[file].known;
	}
	for (i = 0; i < N_WRAPPERS && !*yes && !rc; i++)
		rc = taut_walk_is_bound(
			e->w, taut_name_hash(wrappers[i], strlen(wrappers[i])),
			yes);
	return rc;
}

static int binds_wrapper(const struct taut_editor *e, int *yes)
{
	struct taut_edit u;
	uint32_t i, k;
	int old, rc = 0;

	*yes = 0;
	if (e->s->star)
		rc = star_wraps(e, yes);
	for (old = 0; old < 2 && !*yes && !rc; old++)
		for (i = 0; i < taut_edit_nunits(e, old); i++) {
			u = taut_edit_at(e, old, i);
			for (k = 0; k < u.nnames; k++)
				*yes |= is_wrapper(u.names[k]);
		}
	return rc;
}

/* out->fallback: why the edit is more than its units. */
static int check_whole(struct taut_editor *e)
{
	struct taut_names *out = e->w->out;
	int wraps = 0, rc = 0;

	if (!e->s || e->s->opaque)
		out->fallback = "it is not understood";
	else
		rc = binds_wrapper(e, &wraps);
	if (wraps)
		out->fallback = "it gives property another meaning";
	else if (!out->fallback && !e->old->nunits &&
		 !is_empty_version(e->old->hash))
		out->fallback = "it was not understood before";
	return rc;
}

int taut_walk_edit(struct taut_walk *w, uint32_t file,
		   const struct taut_db_ver *old)
{
	struct taut_editor e = { .w = w, .file = file, .old = old };
	struct taut_names *out = w->out;
	uint32_t i;
	int rc = taut_walk_sheet(w, file, &e.s);

	if (rc)
		return rc;
	rc = check_whole(&e);
	if (rc || out->fallback)
		return rc;
	if (taut_verdiff_find(&e.diff, &out->arena, old, e.s))
		return taut_nomem(w->err);
	if (taut_edit_in_test(&e))
		rc = w->p->stores(w->p->arg, file, &e.stored, w->err);
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
static int has_doc(const struct taut_editor *e, int old,
		   const struct taut_edit *u)
{
	struct taut_edit v;
	uint32_t i;

	for (i = 0; i < taut_edit_nunits(e, old); i++) {
		v = taut_edit_at(e, old, i);
		if (v.kind == TAUT_UNIT_DEF_DOC && v.hash == u->hash &&
		    taut_edit_same_name(u, v.owner, v.nnames, v.names))
			return 1;
	}
	return 0;
}

/* Who mentions it can read its docstring; a decorator or metaclass may have
 * read it already. */
static int change_doc(struct taut_editor *e, const struct taut_edit *doc)
{
	const struct taut_sheet_unit *u =
		taut_edit_defined(e->s, doc->owner, doc->names[0]);
	/* what it belongs to is there, with or without it */
	const struct taut_edit one = { .kind = TAUT_UNIT_DEF_DOC,
				       .owner = doc->owner,
				       .nnames = 1,
				       .names = doc->names,
				       .line = doc->line };
	struct taut_name name = { .only = strcmp(doc->names[0], "__doc__") ?
						  TAUT_ONLY_DOCS :
						  TAUT_ONLY_NONE };
	const int function = u && u->kind == TAUT_UNIT_DEF_CORE;
	int read = e->s->flags & TAUT_TEXT_DOCS, rc = 0;
	struct taut_edit member;
	uint8_t to;

	if (u && u->branch && !(u->flags & TAUT_SHEET_NEVER))
		return fall_back(e, &one, "it stands below a condition");
	if (function) {
		name.only = TAUT_ONLY_FUNCTION_DOCS;
		member = taut_edit_at(e, 0, (uint32_t)(u - e->s->units));
		rc = who_reads(e, &one, name.only, &to);
		read = to == TAUT_ONLY_NONE;
	}
	if (!rc)
		rc = mark_member(e, &one, function ? &member : NULL, &name);
	if (!rc && function)
		rc = taut_walk_hit_askers(e->w, TAUT_ONLY_FUNCTION_DOCS,
					  name.step);
	/* unittest keeps it for the test itself */
	if (!rc)
		rc = taut_walk_tests(e->w, e->file, TAUT_UNIT_DEF_CORE,
				     doc->names[0], name.step, TAUT_ONLY_NONE);
	if (rc || !u || !read)
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
	struct taut_editor e = { .w = w, .file = file, .old = old };
	struct taut_edit u;
	uint32_t i;
	int was, rc = taut_walk_sheet(w, file, &e.s);

	if (rc)
		return rc;
	if (!e.s || e.s->opaque) {
		w->out->fallback = "it is not understood";
		return 0;
	}
	for (was = 0; was < 2; was++)
		for (i = 0; i < taut_edit_nunits(&e, was) && !rc; i++) {
			u = taut_edit_at(&e, was, i);
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
	struct taut_editor e = { .w = w, .file = file, .old = &none };
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
