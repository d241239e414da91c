/*
 * namesedit - what an edit of module level is, seen from its units alone.
 *
 * It changes names as long as every unit that differs only binds names, and
 * cannot fail.  Else the module is what is changed: the file rule.
 */
#include <string.h>

#include "namesfile.h"
#include "verdiff.h"
#include "vocab.h"

#define MAX_DEPTH 8

/* A unit that differs, old or new. */
struct edit {
	int kind, effect;
	uint32_t branch;
	const char *owner;
	uint32_t nnames;
	const char *const *names;
	uint32_t line;
	uint32_t now; /* its number in the sheet, or TAUT_MAP_NONE: gone */
	int moved;
};

struct editor {
	struct taut_walk *w;
	uint32_t file;
	const struct taut_sheet *s;
	const struct taut_db_ver *old;
	struct taut_verdiff diff;
};

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

/* ---- classes ---- */

/* A base class, looked for by name. */
struct base {
	uint32_t name;
	int depth, plain, found;
};

/* Is what a module binds to this name always a plain class?  Where it comes
 * by an import, the module that it comes from is looked at as well. */
static int base_there(struct taut_walk *w, uint32_t file, void *arg)
{
	struct base *b = arg;
	const struct taut_sheet_unit *u;
	const struct taut_sheet *s;
	uint32_t i;
	int plain, rc;

	rc = taut_walk_sheet(w, file, &s);
	for (i = 0; !rc && s && i < s->nunits && b->plain; i++) {
		u = &s->units[i];
		if (*u->owner || !taut_unit_binds(u, b->name) ||
		    u->kind == TAUT_UNIT_DEF_DOC)
			continue;
		if (u->kind == TAUT_UNIT_IMPORT) {
			b->plain = taut_text_has(&u->text, b->name) != 0;
			continue;
		}
		b->found = 1;
		plain = 0;
		if (u->kind == TAUT_UNIT_CLASS)
			rc = taut_walk_plain(w, s, u, b->depth, &plain);
		b->plain = plain;
	}
	return rc;
}

/* Is a class that modules call `name` plain, whichever it is? */
static int plain_anywhere(struct taut_walk *w, uint32_t name, int depth,
			  int *plain)
{
	struct base b = { .name = name, .depth = depth, .plain = 1 };
	int rc = taut_walk_binders(w, name, base_there, &b);

	*plain = b.plain && (b.found || taut_vocab_is_plain_base(name));
	return rc;
}

/* Of the base `name`, as class unit `u` of this file says it. */
static int plain_base(struct taut_walk *w, const struct taut_sheet *s,
		      const struct taut_sheet_unit *u, uint32_t name, int depth,
		      int *plain)
{
	const struct taut_sheet_unit *d = NULL;
	const struct taut_text *t;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < s->nunits; i++)
		if (!*s->units[i].owner &&
		    taut_unit_binds(&s->units[i], name) &&
		    s->units[i].kind == TAUT_UNIT_IMPORT)
			d = &s->units[i];
	if (!d)
		return plain_anywhere(w, name, depth, plain);
	/* under the name it has there, or behind the module's */
	t = d->text.n ? &d->text : &u->text;
	for (i = 0; i < t->n && *plain && !rc; i++)
		if (t->v[i].flags & TAUT_MENTION_BARE &&
		    (d->text.n || t->v[i].flags & TAUT_MENTION_BASE))
			rc = plain_anywhere(w, t->v[i].name, depth, plain);
	return rc;
}

/* Has the class a member that takes part in making classes? */
static int has_maker(const struct taut_sheet *s,
		     const struct taut_sheet_unit *cls)
{
	const struct taut_sheet_unit *u;
	uint32_t i, k;

	for (i = 0; i < s->nunits; i++) {
		u = &s->units[i];
		if (strcmp(u->owner, cls->names[0]))
			continue;
		for (k = 0; k < u->nnames; k++)
			if (taut_vocab_makes_classes(u->names[k]))
				return 1;
	}
	return 0;
}

int taut_walk_plain(struct taut_walk *w, const struct taut_sheet *s,
		    const struct taut_sheet_unit *unit, int depth, int *plain)
{
	const struct taut_mention *m;
	uint32_t i;
	int rc = 0;

	*plain = !(unit->flags & TAUT_SHEET_DECORATED) && !*unit->owner &&
		 unit->flags & TAUT_SHEET_BASES && unit->nnames == 1 &&
		 depth < MAX_DEPTH && !unit->branch && !has_maker(s, unit);
	for (i = 0; i < unit->text.n && *plain && !rc; i++) {
		m = &unit->text.v[i];
		if (m->flags & TAUT_MENTION_NAME &&
		    m->flags & TAUT_MENTION_BASE)
			rc = plain_base(w, s, unit, m->name, depth + 1, plain);
	}
	return rc;
}

/* ---- can it fail? ---- */

/* Is `name` bound before unit `now`, where that one sees it, whatever any
 * condition says? */
static int is_bound(const struct taut_sheet *s, uint32_t now, uint32_t name)
{
	const char *owner = s->units[now].owner;
	uint32_t i;

	for (i = 0; i < now; i++)
		if (taut_unit_binds(&s->units[i], name) &&
		    !s->units[i].branch &&
		    s->units[i].kind != TAUT_UNIT_COMPOUND &&
		    (!*s->units[i].owner || !strcmp(s->units[i].owner, owner)))
			return 1;
	return taut_vocab_is_builtin(name);
}

/* The first name that the unit needs and that may not be there. */
static int is_sure(const struct taut_sheet *s, uint32_t now)
{
	const struct taut_text *t = &s->units[now].text;
	uint32_t i;

	for (i = 0; i < t->n; i++)
		if (t->v[i].flags & TAUT_MENTION_NOW &&
		    !is_bound(s, now, t->v[i].name))
			return 0;
	return 1;
}

/* ---- one unit ---- */

/* Has the other version a unit that binds the same? */
static int is_there_too(const struct editor *e, const struct edit *u)
{
	const struct taut_rec_unit *r;
	uint32_t i, k;

	if (u->now == TAUT_MAP_NONE) {
		for (i = 0; i < e->s->nunits; i++)
			for (k = 0; k < e->s->units[i].nnames; k++)
				if (!strcmp(e->s->units[i].owner, u->owner) &&
				    !strcmp(e->s->units[i].names[k],
					    u->names[0]))
					return 1;
		return 0;
	}
	for (i = 0; i < e->old->nunits; i++) {
		r = &e->old->units[i];
		for (k = 0; k < r->nnames; k++)
			if (!strcmp(r->owner, u->owner) &&
			    !strcmp(r->names[k], u->names[0]))
				return 1;
	}
	return 0;
}

/* Why this unit is more than names; NULL. */
static const char *why_more(const struct editor *e, const struct edit *u)
{
	int test = e->w->p->files[e->file].role == TAUT_NAMES_TEST;
	uint32_t i;

	if (u->branch)
		return "it stands below a condition";
	if (u->kind == TAUT_UNIT_IMPORT)
		return "an import may do anything";
	if (u->effect != TAUT_EFFECT_NONE || u->kind == TAUT_UNIT_STATEMENT ||
	    u->kind == TAUT_UNIT_COMPOUND)
		return "it may do more than bind a name";
	if (strchr(u->owner, '.'))
		return "it is part of a class in a class";
	for (i = 0; i < u->nnames; i++)
		if (*u->owner ? taut_vocab_makes_classes(u->names[i]) ||
					(test &&
					 taut_vocab_is_special(u->names[i])) :
				taut_vocab_is_special(u->names[i]))
			return "the name has a meaning of its own";
	/* A test that is gone is dropped from the record: nobody may go on
	 * with the version that has it, or it would not be missed when it
	 * comes back. */
	if (test &&
	    (u->kind == TAUT_UNIT_DEF_CORE ?
		     u->now == TAUT_MAP_NONE || u->moved || is_there_too(e, u) :
		     u->now == TAUT_MAP_NONE && u->nnames &&
			     !is_there_too(e, u)))
		return "pytest looks at what a test file defines";
	if (u->now != TAUT_MAP_NONE && !is_sure(e->s, u->now))
		return "a name in it may not be there";
	return NULL;
}

/* Why the class that the unit is part of is not plain; NULL. */
static int check_class(struct editor *e, const struct edit *u, const char **why)
{
	const struct taut_sheet_unit *cls;
	uint32_t i;
	int plain, rc;

	for (i = 0; i < e->s->nunits; i++) {
		cls = &e->s->units[i];
		if (cls->kind != TAUT_UNIT_CLASS || *cls->owner ||
		    strcmp(cls->names[0], u->owner))
			continue;
		rc = taut_walk_plain(e->w, e->s, cls, 0, &plain);
		if (!rc && !plain)
			*why = "how its class is made is not plain";
		return rc;
	}
	return 0; /* gone with it: its header's unit is looked at as well */
}

static int mark_names(struct editor *e, const struct edit *u)
{
	struct taut_name name = { .file = e->file };
	struct edit one = *u;
	uint32_t i;
	int rc = 0;

	name.step = taut_walk_step(e->w, e->file, u->line,
				   u->nnames ? u->names[0] : "a statement",
				   TAUT_MAP_NONE);
	name.member = *u->owner != 0;
	for (i = 0; i < u->nnames && !rc; i++) {
		one.names = &u->names[i];
		name.name = taut_name_hash(u->names[i], strlen(u->names[i]));
		name.missing = u->moved || (u->now == TAUT_MAP_NONE &&
					    !is_there_too(e, &one));
		rc = taut_walk_mark(e->w, &name);
	}
	if (rc || !*u->owner)
		return rc;
	name.member = name.missing = 0;
	name.name = taut_name_hash(u->owner, strlen(u->owner));
	return taut_walk_mark(e->w, &name);
}

/* Does it stand below a condition that never holds? */
static int is_never(const struct taut_sheet *s, const struct edit *u)
{
	uint32_t i;

	for (i = 0; i < s->nunits; i++)
		if (s->units[i].branch == u->branch)
			return (s->units[i].flags & TAUT_SHEET_NEVER) != 0;
	return 0;
}

static int look_at(struct editor *e, const struct edit *u)
{
	const char *why;
	int rc = 0;

	if (u->kind == TAUT_UNIT_DEF_DOC &&
	    (*u->owner || strcmp(u->names[0], "__doc__")))
		return 0;
	if (u->branch && is_never(e->s, u))
		return 0;
	why = why_more(e, u);
	if (!why && *u->owner)
		rc = check_class(e, u, &why);
	if (rc)
		return rc;
	return why ? fall_back(e, u, why) : mark_names(e, u);
}

/* ---- all of them ---- */

static int look_at_old(struct editor *e, uint32_t i)
{
	const struct taut_rec_unit *r = &e->old->units[i];
	const struct edit u = { .kind = r->kind,
				.effect = r->effect,
				.branch = r->branch,
				.owner = r->owner,
				.nnames = r->nnames,
				.names = r->names,
				.now = TAUT_MAP_NONE };

	return look_at(e, &u);
}

static int look_at_new(struct editor *e, uint32_t i)
{
	const struct taut_sheet_unit *r = &e->s->units[i];
	const struct edit u = { .kind = r->kind,
				.effect = r->effect,
				.branch = r->branch,
				.owner = r->owner,
				.nnames = r->nnames,
				.names = r->names,
				.line = r->line,
				.now = i,
				.moved = e->diff.moved[i] };

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
	uint32_t i, k;

	for (i = 0; i < e->s->nunits; i++)
		for (k = 0; k < e->s->units[i].nnames; k++)
			if (is_wrapper(e->s->units[i].names[k]))
				return 1;
	for (i = 0; i < e->old->nunits; i++)
		for (k = 0; k < e->old->units[i].nnames; k++)
			if (is_wrapper(e->old->units[i].names[k]))
				return 1;
	return e->s->star;
}

static const char *why_not_at_all(const struct editor *e)
{
	if (!e->s || e->s->opaque)
		return "it is not understood";
	if (e->w->p->files[e->file].role == TAUT_NAMES_CONFTEST)
		return "pytest looks at all of a conftest.py";
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
			rc = look_at_new(&e, i);
	for (i = 0; i < old->nunits && !rc && !out->fallback; i++)
		if (e.diff.gone[i])
			rc = look_at_old(&e, i);
	return rc;
}

int taut_walk_edit_unit(struct taut_walk *w, uint32_t file, uint32_t unit)
{
	const struct taut_db_ver none = { .hash = 0 };
	struct editor e = { .w = w, .file = file, .old = &none };
	uint8_t *moved;
	int rc = taut_walk_sheet(w, file, &e.s);

	if (rc)
		return rc;
	if (w->p->files[file].role == TAUT_NAMES_CONFTEST) {
		w->out->fallback = "pytest looks at all of a conftest.py";
		return 0;
	}
	moved = taut_arena_alloc(&w->out->arena, e.s->nunits + 1);
	if (!moved)
		return taut_nomem(w->err);
	e.diff.moved = moved;
	return look_at_new(&e, unit);
}
