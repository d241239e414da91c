/*
 * namesclass - classes that are made by nothing but type().
 *
 * Bases are looked for by their names, in every module that binds one.
 */
#include <string.h>

#include "namesfile.h"
#include "vocab.h"

static int look_at_class(struct taut_walk *w, const struct taut_sheet *s,
			 const struct taut_sheet_unit *unit, int *plain);

/* A base class, looked for by name. */
struct base {
	uint32_t name;
	int plain, found;
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
			rc = look_at_class(w, s, u, &plain);
		b->plain = plain;
	}
	return rc;
}

/* Is a class that modules call `name` plain, whichever it is? */
static int plain_anywhere(struct taut_walk *w, uint32_t name, int pure,
			  int *plain)
{
	struct base b = { .name = name, .plain = 1 };
	int rc = taut_walk_binders(w, name, base_there, &b);

	*plain = b.plain && (b.found || taut_vocab_is_plain_base(name) ||
			     (pure && taut_vocab_is_pure_base(name)));
	return rc;
}

/* Does an import take from a module of Python's that keeps nothing? */
static int is_pure(const struct taut_sheet_unit *import)
{
	uint32_t i;

	for (i = 0; i < import->text.n; i++)
		if (import->text.v[i].flags & TAUT_MENTION_TOP)
			return 0;
	return 1;
}

/* Of the base `name`, as class unit `u` of this file says it. */
static int plain_base(struct taut_walk *w, const struct taut_sheet *s,
		      const struct taut_sheet_unit *u, uint32_t name,
		      int *plain)
{
	const struct taut_sheet_unit *d = NULL;
	const struct taut_text *t;
	uint32_t i;
	int from, rc = 0;

	for (i = 0; i < s->nunits; i++)
		if (!*s->units[i].owner &&
		    taut_unit_binds(&s->units[i], name) &&
		    s->units[i].kind == TAUT_UNIT_IMPORT)
			d = &s->units[i];
	if (!d)
		return plain_anywhere(w, name, 1, plain);
	/* under the name it has there, or behind the module's */
	from = taut_import_renames(d);
	t = from ? &d->text : &u->text;
	for (i = 0; i < t->n && *plain && !rc; i++)
		if (t->v[i].flags & TAUT_MENTION_BARE &&
		    (from || t->v[i].flags & TAUT_MENTION_BASE))
			rc = plain_anywhere(w, t->v[i].name, is_pure(d), plain);
	return rc;
}

int taut_class_has(const struct taut_sheet *s,
		   const struct taut_sheet_unit *cls,
		   int (*is)(const char *name))
{
	const struct taut_sheet_unit *u;
	uint32_t i, k;

	for (i = 0; i < s->nunits; i++) {
		u = &s->units[i];
		if (strcmp(u->owner, cls->names[0]))
			continue;
		for (k = 0; k < u->nnames; k++)
			if (is(u->names[k]))
				return 1;
	}
	return 0;
}

/* A class that is looked at already counts as plain: others of the circle of
 * names tell. */
static int look_at_class(struct taut_walk *w, const struct taut_sheet *s,
			 const struct taut_sheet_unit *unit, int *plain)
{
	const struct taut_mention *m;
	size_t had = w->looking.n;
	uint32_t i;
	int rc = 0;

	if (taut_map_add(&w->looking, &unit, sizeof(unit)) == TAUT_MAP_NONE)
		return taut_nomem(w->err);
	*plain = 1;
	if (w->looking.n == had)
		return 0;
	*plain = !(unit->flags & TAUT_SHEET_DECORATED) && !*unit->owner &&
		 unit->flags & TAUT_SHEET_BASES && unit->nnames == 1 &&
		 !unit->branch &&
		 !taut_class_has(s, unit, taut_vocab_makes_classes);
	for (i = 0; i < unit->text.n && *plain && !rc; i++) {
		m = &unit->text.v[i];
		if (m->flags & TAUT_MENTION_NAME &&
		    m->flags & TAUT_MENTION_BASE)
			rc = plain_base(w, s, unit, m->name, plain);
	}
	return rc;
}

int taut_walk_plain(struct taut_walk *w, const struct taut_sheet *s,
		    const struct taut_sheet_unit *unit, int *plain)
{
	taut_map_release(&w->looking);
	return look_at_class(w, s, unit, plain);
}
