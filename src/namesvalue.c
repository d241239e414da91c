/*
 * namesvalue - which names stand for no code of the project: constants, what is
 * imported from a library, and what a library gives when it is asked with
 * nothing but such values.
 */
#include <string.h>

#include "namesfile.h"
#include "unit.h"
#include "vocab.h"

#define MAX_DEPTH 4

/* Does it bind constants, what is imported (which its package tells), or a
 * docstring? */
static int is_data(const struct taut_sheet_unit *u)
{
	return u->kind == TAUT_UNIT_IMPORT || u->kind == TAUT_UNIT_DEF_DOC ||
	       (u->kind == TAUT_UNIT_ASSIGN && u->effect <= TAUT_EFFECT_CONST &&
		!u->text.n);
}

/* A name in a sheet, and what is found behind it. */
struct value {
	const struct taut_sheet *s;
	const struct taut_sheet_unit * not ; /* this unit does not count */
	uint32_t name;
	int depth;
	/* Users of the libraries that it comes from are hit, by this step. */
	int hit;
	uint32_t step;
};

static int look(struct taut_walk *w, struct value *v, int *yes);

/* Does a text say the name of a top-level module of the project, in a string
 * say?  A library may import it. */
static int says_top(struct taut_walk *w, const struct taut_text *t, int *yes)
{
	uint32_t i;
	int rc = 0;

	for (i = 0, *yes = 0; i < t->n && !*yes && !rc; i++)
		if (t->v[i].flags & TAUT_MENTION_BARE)
			rc = taut_walk_is_top_name(w, t->v[i].name, yes);
	return rc;
}

/* Does nobody reach the name as an attribute of its module, so as to store
 * something else there? */
static int is_private(struct taut_walk *w, uint32_t name, int *yes)
{
	const struct taut_sheet *s;
	const uint32_t *files;
	size_t n, k;
	uint32_t i;
	int rc = w->p->who(w->p->arg, name, &files, &n, w->err);

	for (k = 0, *yes = 1; !rc && k < n && *yes; k++) {
		rc = taut_walk_sheet(w, files[k], &s);
		for (i = 0; !rc && s && i < s->nsuites && *yes; i++)
			*yes = !(taut_text_has(&s->suites[i].text, name) &
				 TAUT_MENTION_BARE);
		for (i = 0; !rc && s && i < s->nunits && *yes; i++)
			*yes = s->units[i].kind == TAUT_UNIT_IMPORT ||
			       !(taut_text_has(&s->units[i].text, name) &
				 TAUT_MENTION_BARE);
	}
	return rc;
}

/* What the unit says: values alone?  (Of its libraries where it is asked.) */
static int says_values(struct taut_walk *w, const struct value *from,
		       const struct taut_sheet_unit *u, int *yes)
{
	const struct taut_mention *m = u->text.v, *end = m + u->text.n;
	struct value v = *from;
	int value, rc = 0;

	v.not = u;
	v.depth++;
	for (*yes = 1; m < end && (*yes || v.hit) && !rc; m++) {
		if (!(m->flags & TAUT_MENTION_NAME))
			continue;
		v.name = m->name;
		rc = look(w, &v, &value);
		*yes &= value;
	}
	return rc;
}

/* The name that an import takes from a module of the project. */
static int look_there(struct taut_walk *w, const struct value *from,
		      const struct taut_sheet_unit *import, int *yes)
{
	struct value v = *from;
	uint32_t i, file;
	int private, rc = taut_walk_only_module(w, import, &file);

	*yes = 0;
	v.depth++;
	v.not = NULL;
	if (!rc && file != TAUT_MAP_NONE)
		rc = taut_walk_sheet(w, file, &v.s);
	for (i = 0; !rc && file != TAUT_MAP_NONE && v.s && !v.s->star &&
		    i < import->text.n && !*yes;
	     i++) {
		v.name = import->text.v[i].name;
		if (!(import->text.v[i].flags & TAUT_MENTION_BARE))
			continue;
		rc = is_private(w, v.name, &private);
		if (!rc && private)
			rc = look(w, &v, yes);
	}
	return rc;
}

/* Does the unit use a package of the project, or import it? */
static int is_own(struct taut_walk *w, const struct taut_sheet_unit *u,
		  int *own)
{
	uint32_t i;
	int rc = 0;

	for (i = 0, *own = 0; i < u->text.n && !*own && !rc; i++)
		if (u->text.v[i].flags & TAUT_MENTION_TOP)
			rc = taut_walk_is_top(w, u->text.v[i].name, own);
	return rc;
}

/* An import that binds the name. */
static int look_at_import(struct taut_walk *w, struct value *v,
			  const struct taut_sheet_unit *d, int *yes)
{
	uint32_t i;
	int own, rc = is_own(w, d, &own);

	*yes = 1;
	if (rc || own)
		return rc ? rc : look_there(w, v, d, yes);
	for (i = 0; i < d->text.n && v->hit && !rc; i++)
		if (d->text.v[i].flags & TAUT_MENTION_TOP)
			rc = taut_walk_users(w, d->text.v[i].name, v->step);
	return rc;
}

/* An assignment that binds it: without code in it, and for good. */
static int look_at_assign(struct taut_walk *w, struct value *v,
			  const struct taut_sheet_unit *d, int *yes)
{
	int top = 0, rc = 0;

	*yes = d->kind == TAUT_UNIT_ASSIGN && d->flags & TAUT_SHEET_FROZEN &&
	       d->effect != TAUT_EFFECT_STORE && v->depth < MAX_DEPTH &&
	       !(d->text.flags & (TAUT_TEXT_ANY | TAUT_TEXT_OWN));
	if (!*yes || !d->text.n)
		return 0;
	rc = says_top(w, &d->text, &top);
	if (!rc)
		rc = is_private(w, v->name, yes);
	*yes &= !top;
	return rc || !*yes ? rc : says_values(w, v, d, yes);
}

/* Is it a value, whichever statement of the module binds it? */
static int look(struct taut_walk *w, struct value *v, int *yes)
{
	const struct taut_sheet_unit *d;
	int found = 0, value = 1, rc = 0;
	uint32_t i;

	*yes = !v->s->star;
	for (i = 0; i < v->s->nunits && (*yes || v->hit) && !rc; i++) {
		d = &v->s->units[i];
		if (d == v->not || *d->owner || d->kind == TAUT_UNIT_DEF_DOC ||
		    !taut_unit_binds(d, v->name))
			continue;
		found = 1;
		rc = d->kind == TAUT_UNIT_IMPORT ?
			     look_at_import(w, v, d, &value) :
			     look_at_assign(w, v, d, &value);
		*yes &= value;
	}
	*yes &= found || taut_vocab_is_builtin(v->name);
	return rc;
}

/* Of a name that a unit says: how it is bound. */
struct bound {
	int data, own; /* by constants and libraries alone; by an own import */
};

static int find_bound(struct taut_walk *w, const struct taut_sheet *s,
		      const struct taut_sheet_unit *u, uint32_t name,
		      struct bound *b)
{
	const struct taut_sheet_unit *d;
	int own, rc = 0;
	uint32_t i;

	*b = (struct bound){ .data = 1 };
	for (i = 0; i < s->nunits && !rc; i++) {
		d = &s->units[i];
		if (d == u || !taut_unit_binds(d, name))
			continue;
		own = 0;
		if (d->kind == TAUT_UNIT_IMPORT)
			rc = is_own(w, d, &own);
		b->own |= own;
		b->data &= !own && is_data(d);
	}
	return rc;
}

int taut_walk_says_project(struct taut_walk *w, const struct taut_sheet *s,
			   const struct taut_sheet_unit *u, int *yes)
{
	struct value v = { .s = s, .not = u };
	int value = 1, top, owns = 0, rc;
	struct bound b;
	uint32_t i;

	*yes = s->star;
	rc = is_own(w, u, &top);
	for (i = 0; i < u->text.n && !*yes && !rc; i++) {
		if (!(u->text.v[i].flags & TAUT_MENTION_NAME))
			continue;
		v.name = u->text.v[i].name;
		rc = find_bound(w, s, u, v.name, &b);
		owns |= b.own;
		if (rc || b.data)
			continue;
		rc = look(w, &v, &value);
		*yes = !value;
	}
	*yes |= top && !owns;
	return rc;
}

/* Those libraries from which the unit has its values, too. */
int taut_walk_hit_sources(struct taut_walk *w, const struct taut_sheet *s,
			  const struct taut_sheet_unit *u, uint32_t step)
{
	const struct value v = {
		.s = s, .not = u, .depth = -1, .hit = 1, .step = step
	};
	int yes;

	return says_values(w, &v, u, &yes);
}
