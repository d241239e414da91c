/*
 * namesbare - edits of members that are found by nothing but their names
 * (namesmember.c): both versions tell.
 */
#include <string.h>

#include "namesfile.h"

/* A value, a def: what runs no code when the class is made. */
static int is_quiet(const struct taut_edit *u)
{
	return !u->branch && (u->kind == TAUT_UNIT_DEF_ANNOTATIONS ?
				      u->effect <= TAUT_EFFECT_PURE :
				      u->effect <= TAUT_EFFECT_CONST &&
					      (u->kind == TAUT_UNIT_DEF_CORE ||
					       u->kind == TAUT_UNIT_ASSIGN));
}

/* What binds a name in a class. */
struct binders {
	uint32_t defs, others;
	uint32_t names; /* of the others, those that say a name */
};

/* Is that all that binds the name in its class, in this version? */
static int all_quiet(const struct taut_editor *e, int old,
		     const struct taut_edit *u, const char *name,
		     struct binders *b)
{
	struct taut_edit v;
	uint32_t i, k;

	*b = (struct binders){ 0 };
	for (i = 0; i < taut_edit_nunits(e, old); i++) {
		v = taut_edit_at(e, old, i);
		if (v.kind == TAUT_UNIT_DEF_DOC)
			continue;
		for (k = 0; k < v.nnames; k++) {
			if (!taut_edit_same_name(
				    &(struct taut_edit){ .owner = u->owner,
							 .nnames = 1,
							 .names = &name },
				    v.owner, 1, &v.names[k]))
				continue;
			if (!is_quiet(&v))
				return 0;
			b->defs += v.kind == TAUT_UNIT_DEF_CORE;
			b->others += v.kind == TAUT_UNIT_ASSIGN;
			b->names += v.kind == TAUT_UNIT_ASSIGN &&
				    v.effect != TAUT_EFFECT_CONST;
		}
	}
	return 1;
}

/* Is it there, and never abstract?  (A name may be that of what is.) */
static int is_there_for_good(const struct binders *b)
{
	return b->others ? !b->defs && !b->names : b->defs != 0;
}

/* Is it written like a class?  Where it is handed on, it is known by that. */
static int has_capital(const char *name)
{
	while (*name == '_')
		name++;
	return *name >= 'A' && *name <= 'Z';
}

/* May the member be found by its names alone, as far as these tell?  *always: both
 * versions have it, and it is never abstract; *values: it is no def in one of
 * them. */
static int is_named(struct taut_editor *e, const struct taut_edit *u,
		    int *always, int *values, int *yes)
{
	struct binders old, now;
	int foreign, rc = 0;
	uint32_t i;

	*yes = 0;
	if (e->w->p->files[e->file].role != TAUT_NAMES_CODE || !*u->owner ||
	    strchr(u->owner, '.') || u->moved || !is_quiet(u) ||
	    !e->w->p->foreign)
		return 0;
	for (i = 0; i < u->nnames; i++) {
		if (!all_quiet(e, 0, u, u->names[i], &now) ||
		    !all_quiet(e, 1, u, u->names[i], &old))
			return 0;
		*values |= now.others || old.others || !now.defs || !old.defs;
		*always &= is_there_for_good(&now) && is_there_for_good(&old);
		rc = taut_walk_is_found(e->w, u->names[i], &foreign);
		if (rc || foreign)
			return rc;
	}
	*yes = u->nnames && (!*values || has_capital(u->owner));
	return 0;
}

int taut_edit_is_bare(struct taut_editor *e, const struct taut_edit *u,
		      int only, struct taut_member_class *c, int *yes)
{
	int always = 1, rc = is_named(e, u, &always, &c->values, yes);

	if (!rc && *yes)
		rc = taut_walk_is_bare(e->w, e->s, u->owner, c);
	/* a docstring is nothing abstract, and looked for like a value; so are
	 * annotations */
	c->values |= only != TAUT_ONLY_NONE;
	*yes = c->plain && (always || !c->abstract || only);
	return rc;
}

/* ---- tests ---- */

/* All that binds the name is a def, which nothing of the project's decorates. */
int taut_edit_is_lone_test(struct taut_editor *e, const struct taut_edit *u,
			   int *yes)
{
	const struct taut_sheet_unit *d;
	struct taut_edit v;
	int old, wrapped, rc;
	uint32_t i;

	rc = taut_walk_is_lone_test(e->w, e->file, e->s, u->owner, u->names[0],
				    yes);
	*yes &= !u->moved;
	d = taut_edit_defined(e->s, u->owner, u->names[0]);
	for (old = 0; old < 2; old++)
		for (i = 0; i < taut_edit_nunits(e, old) && *yes && !rc; i++) {
			v = taut_edit_at(e, old, i);
			if (!taut_edit_same_name(u, v.owner, v.nnames, v.names))
				continue;
			*yes = !v.branch &&
			       (v.kind == TAUT_UNIT_DEF_CORE ||
				v.kind == TAUT_UNIT_DEF_DOC ||
				v.kind == TAUT_UNIT_DEF_ANNOTATIONS);
			if (!*yes || v.effect <= TAUT_EFFECT_PURE)
				continue;
			wrapped =
				!d || (old && !taut_edit_calls_the_same(e, &v));
			if (!wrapped)
				rc = taut_walk_is_wrapped(e->w, e->s, d,
							  &wrapped);
			*yes = !wrapped;
		}
	return rc;
}
