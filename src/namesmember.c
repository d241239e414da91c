/*
 * namesmember - members of classes that nobody finds but by their names: they
 * change nothing for who says the class, and all for who says `.name`.
 *
 * So it is where the class, all its bases and all below it are made by nothing
 * but type(), where no library is known to say the name (it would be called by
 * that), and for whom it is no text that says it: who computes the names of
 * attributes is hit, and so is who gives the class to a library.
 *
 * Of a test in a class pytest makes an object of its own: it is nothing to the
 * other tests where the class has no bases and nobody derives from it or hands it,
 * or one of its objects, on.
 */
#include <string.h>
#include <strings.h>

#include "lex.h"
#include "namesfile.h"
#include "vocab.h"

/* Longer chains are not followed. */
#define MAX_DEPTH 16

/* The one unit that binds the name at module level, or NULL; docstrings are
 * no binding of their own. */
static const struct taut_sheet_unit *only_unit(const struct taut_sheet *s,
					       uint32_t name)
{
	const struct taut_sheet_unit *u, *one = NULL;
	uint32_t i;

	for (i = 0; i < s->nunits; i++) {
		u = &s->units[i];
		if (*u->owner || u->kind == TAUT_UNIT_DEF_DOC ||
		    u->flags & TAUT_SHEET_NEVER || !taut_unit_binds(u, name))
			continue;
		if (one)
			return NULL;
		one = u;
	}
	return one && !one->branch ? one : NULL;
}

/* Is what the import binds of the project, and of which file?  TAUT_MAP_NONE:
 * that cannot be told, or it is a library's (*library). */
static int import_file(struct taut_walk *w, const struct taut_sheet_unit *u,
		       uint32_t *file, int *library)
{
	uint32_t i;
	int own = 0, top = 0, rc = 0;

	*file = TAUT_MAP_NONE;
	*library = 0;
	for (i = 0; i < u->text.n && !rc && !own; i++) {
		if (!(u->text.v[i].flags & TAUT_MENTION_TOP))
			continue;
		top = 1;
		rc = taut_walk_is_top(w, u->text.v[i].name, &own);
	}
	*library = !top;
	return rc || !own ? rc : taut_walk_one_module(w, u->calls, file);
}

static int look_at_base(struct taut_walk *w, const struct taut_sheet *s,
			uint32_t name, const struct taut_sheet_unit *cls,
			struct taut_member_class *c);

/* A class of the project, by its file and name. */
static int look_at_class(struct taut_walk *w, const struct taut_sheet *s,
			 const struct taut_sheet_unit *u,
			 struct taut_member_class *c)
{
	const int simple = TAUT_SHEET_SIMPLE | TAUT_SHEET_BASES;
	const struct taut_mention *m = u->text.v, *end = m + u->text.n;
	int rc = 0;

	if (u->kind != TAUT_UNIT_CLASS || *u->owner || u->branch || s->star ||
	    u->nnames != 1 || (u->flags & simple) != simple ||
	    ++c->depth > MAX_DEPTH ||
	    taut_class_has(s, u, taut_vocab_makes_members)) {
		c->plain = 0;
		return 0;
	}
	for (; m < end && c->plain && !rc; m++)
		if (m->flags & TAUT_MENTION_BASE &&
		    m->flags & TAUT_MENTION_NAME)
			rc = look_at_base(w, s, m->name, u, c);
	c->depth--;
	return rc;
}

/* What `name` is in a file of the project: a plain class? */
static int look_in_file(struct taut_walk *w, uint32_t file, uint32_t name,
			struct taut_member_class *c)
{
	const struct taut_sheet_unit *u;
	const struct taut_sheet *s = NULL;
	int rc = 0;

	if (file != TAUT_MAP_NONE)
		rc = taut_walk_sheet(w, file, &s);
	u = !rc && s ? only_unit(s, name) : NULL;
	c->plain &= u != NULL;
	if (rc || !u)
		return rc;
	return u->kind == TAUT_UNIT_IMPORT ? look_at_base(w, s, name, NULL, c) :
					     look_at_class(w, s, u, c);
}

/* A base of Python's that makes nothing of its members. */
static void look_at_vocab(uint32_t name, struct taut_member_class *c)
{
	if (taut_vocab_is_abstract_base(name))
		c->abstract = 1;
	else if (!taut_vocab_is_bare_base(name))
		c->plain = 0;
}

/* Behind an import: the name in its file, or, of a module, what the class's
 * header says behind that. */
static int look_behind(struct taut_walk *w, const struct taut_sheet_unit *d,
		       const struct taut_sheet_unit *cls,
		       struct taut_member_class *c)
{
	const int one = taut_import_renames(d);
	const struct taut_text *t = one || !cls ? &d->text : &cls->text;
	uint32_t i, file, n = 0;
	int library, rc;

	rc = import_file(w, d, &file, &library);
	c->plain &= library || file != TAUT_MAP_NONE;
	for (i = 0; i < t->n && c->plain && !rc; i++) {
		if (!(t->v[i].flags & TAUT_MENTION_BARE) ||
		    (!one && !(t->v[i].flags & TAUT_MENTION_BASE)))
			continue;
		n++;
		if (library)
			look_at_vocab(t->v[i].name, c);
		else
			rc = look_in_file(w, file, t->v[i].name, c);
	}
	c->plain &= n == 1;
	return rc;
}

/* The base `name`, as class `cls` of this file says it (NULL: an import of the
 * name). */
static int look_at_base(struct taut_walk *w, const struct taut_sheet *s,
			uint32_t name, const struct taut_sheet_unit *cls,
			struct taut_member_class *c)
{
	const struct taut_sheet_unit *d = only_unit(s, name);
	uint32_t i;
	int rc = 0;

	if (++c->depth > MAX_DEPTH)
		c->plain = 0;
	if (!c->plain)
		return 0;
	if (d && d->kind == TAUT_UNIT_IMPORT) {
		rc = look_behind(w, d, cls, c);
	} else if (d) {
		rc = look_at_class(w, s, d, c);
	} else {
		for (i = 0; i < s->nunits; i++)
			c->plain &= *s->units[i].owner ||
				    !taut_unit_binds(&s->units[i], name);
		look_at_vocab(name, c);
	}
	c->depth--;
	return rc;
}

/* ---- below it ---- */

/* Does the unit give the class another name? */
static int renames(const struct taut_sheet_unit *u, uint32_t name)
{
	if (!taut_text_has(&u->text, name) || taut_unit_binds(u, name))
		return 0;
	return (u->kind == TAUT_UNIT_IMPORT && taut_import_renames(u)) ||
	       (u->kind == TAUT_UNIT_ASSIGN && u->text.n == 1);
}

static int look_below(struct taut_walk *w, uint32_t name,
		      struct taut_member_class *c);

/* Who makes classes below it, or hands it on, in one file. */
static int look_below_in(struct taut_walk *w, uint32_t file, uint32_t name,
			 struct taut_member_class *c)
{
	const struct taut_sheet_unit *u;
	const struct taut_sheet *s;
	uint32_t i;
	int rc = taut_walk_sheet(w, file, &s);

	for (i = 0; !rc && s && c->plain && i < s->nunits; i++) {
		u = &s->units[i];
		if (u->flags & TAUT_SHEET_NEVER)
			continue;
		if (renames(u, name)) {
			c->plain &= u->nnames == 1 && !*u->owner && !u->branch;
			if (c->plain)
				rc = look_below(w, u->keys[0], c);
		}
		if (u->kind != TAUT_UNIT_CLASS || u->nnames != 1 ||
		    !(taut_text_has(&u->text, name) & TAUT_MENTION_BASE))
			continue;
		/* pytest may collect what it has */
		c->plain &= w->p->files[file].role == TAUT_NAMES_CODE;
		rc = look_at_class(w, s, u, c);
		if (!rc && c->plain)
			rc = look_below(w, u->keys[0], c);
	}
	return rc;
}

static int look_below(struct taut_walk *w, uint32_t name,
		      struct taut_member_class *c)
{
	const uint32_t *files;
	size_t n, i;
	int rc;

	if (taut_map_get(&c->below, &name, sizeof(name)) != TAUT_MAP_NONE)
		return 0;
	if (taut_map_add(&c->below, &name, sizeof(name)) == TAUT_MAP_NONE)
		return taut_nomem(w->err);
	rc = w->p->who(w->p->arg, name, &files, &n, w->err);
	for (i = 0; !rc && c->plain && i < n; i++)
		rc = look_below_in(w, files[i], name, c);
	return rc;
}

/* ---- the member ---- */

/* Does a text of the project say the name, in whatever way? */
static int is_said(struct taut_walk *w, uint32_t name, int *yes)
{
	const uint32_t *files;
	size_t n = 0;
	int rc = w->p->who(w->p->arg, name, &files, &n, w->err);

	if (!rc && !n)
		rc = w->p->who(w->p->arg, taut_dotted_word(name), &files, &n,
			       w->err);
	*yes = !rc && n;
	return rc;
}

/* Does anybody say a part of a name, "visit_" or "_handler", and the project the
 * rest of it, so that it may be made of both? */
static int is_made_of(struct taut_walk *w, uint32_t part, uint32_t rest,
		      int *yes)
{
	const uint32_t *files;
	size_t n = 0;
	int rc;

	part = taut_dotted_part(part);
	rc = w->p->foreign(w->p->arg, part, yes, w->err);
	if (!rc && !*yes)
		rc = w->p->who(w->p->arg, part, &files, &n, w->err);
	*yes |= !rc && n;
	return rc || !*yes ? rc : is_said(w, rest, yes);
}

static int is_made(struct taut_walk *w, const char *name, int *yes)
{
	size_t i;
	int rc = 0;

	for (i = 1, *yes = 0; name[i] && !*yes && !rc; i++) {
		if (name[i] != '_')
			continue;
		rc = is_made_of(
			w, taut_name_hash(name, i + 1),
			taut_name_hash(name + i + 1, strlen(name + i + 1)),
			yes);
		if (!rc && !*yes)
			rc = is_made_of(
				w, taut_name_hash(name + i, strlen(name + i)),
				taut_name_hash(name, i), yes);
	}
	return rc;
}

int taut_walk_is_found(struct taut_walk *w, const char *name, int *yes)
{
	const struct taut_names_project *p = w->p;
	int rc;

	*yes = 1;
	/* those of __x are called otherwise behind the class; pytest collects */
	if (!strncmp(name, "__", 2) || taut_vocab_is_special(name) ||
	    !strncasecmp(name, "test", 4))
		return 0;
	rc = p->foreign(p->arg, taut_name_hash(name, strlen(name)), yes,
			w->err);
	return rc || *yes ? rc : is_made(w, name, yes);
}

int taut_walk_is_bare(struct taut_walk *w, const struct taut_sheet *s,
		      const char *owner, struct taut_member_class *c)
{
	const uint32_t name = taut_name_hash(owner, strlen(owner));
	const struct taut_sheet_unit *u = only_unit(s, name);
	int rc;

	c->plain = u != NULL;
	if (!u)
		return 0;
	rc = look_at_class(w, s, u, c);
	if (!rc && c->plain)
		rc = look_below(w, name, c);
	return rc;
}

/* Does the text hand the class to somebody else, who may look at all that it
 * has? */
static int hands_on(const struct taut_text *t, uint32_t name)
{
	return taut_text_has(t, name) & TAUT_MENTION_HANDED ||
	       taut_text_has(t, taut_dotted_handed(name));
}

/* Does a function make a class below it that is made by more than type()?  In a
 * test it is there for the test alone. */
static int makes_below(const struct taut_walk *w, uint32_t file,
		       const struct taut_text *t, uint32_t name)
{
	return taut_text_has(t, name) & TAUT_MENTION_BASE &&
	       (w->p->files[file].role != TAUT_NAMES_TEST ||
		t->flags & TAUT_TEXT_MAKES);
}

/* The unit hands the class on.  To nobody yet, where it only keeps it in a value:
 * that is the same as before, but who says its name may hand it on in turn. */
static int hit_keeper(struct taut_walk *w, uint32_t file, uint32_t unit,
		      const struct taut_sheet *s, const struct taut_name *by)
{
	const struct taut_sheet_unit *u = &s->units[unit];
	struct taut_name name = { .file = file, .only = by->only, .bare = 1 };
	uint32_t i;
	int rc = 0;

	if (u->kind != TAUT_UNIT_ASSIGN || u->branch || u->text.flags ||
	    u->effect > TAUT_EFFECT_PURE)
		return taut_walk_hit_unit(w, file, unit, by);
	name.member = *u->owner != 0;
	name.step = taut_walk_step(w, file, u->line, u->names[0], by->step);
	for (i = 0; i < u->nnames && !rc; i++) {
		name.name = u->keys[i];
		rc = taut_walk_mark(w, &name);
	}
	return rc;
}

/* Who makes a class below it, which nobody looked at, and, of values, who hands
 * it on. */
static int hit_handing(struct taut_walk *w, uint32_t file, uint32_t name,
		       int values, const struct taut_name *by)
{
	const struct taut_sheet *s;
	uint32_t i;
	int rc = taut_walk_sheet(w, file, &s);

	for (i = 0; !rc && s && i < s->nsuites; i++)
		if (makes_below(w, file, &s->suites[i].text, name) ||
		    (values && hands_on(&s->suites[i].text, name)))
			rc = taut_walk_hit_suite(w, file, i, by);
	for (i = 0; values && !rc && s && i < s->nunits; i++)
		if (s->units[i].kind != TAUT_UNIT_CLASS &&
		    s->units[i].kind != TAUT_UNIT_IMPORT &&
		    hands_on(&s->units[i].text, name))
			rc = hit_keeper(w, file, i, s, by);
	return rc;
}

int taut_walk_bare(struct taut_walk *w, const struct taut_member_class *c,
		   const struct taut_name *by)
{
	const struct taut_name name = *by;
	const uint32_t *files;
	uint32_t key;
	size_t n, i, k;
	int rc;

	rc = taut_walk_attrs(w, &name);
	for (k = 0; k < c->below.n && !rc; k++) {
		memcpy(&key, c->below.keys[k].p, sizeof(key));
		rc = w->p->who(w->p->arg, key, &files, &n, w->err);
		for (i = 0; !rc && i < n; i++)
			rc = hit_handing(w, files[i], key, c->values, &name);
	}
	return rc;
}

/* Classes that are not made by type() alone, and have a member of that name:
 * what makes them may look for it elsewhere. */
static int hit_bound(struct taut_walk *w, uint32_t file,
		     const struct taut_name *by)
{
	struct taut_member_class c = { .plain = 1 };
	const struct taut_sheet_unit *u, *cls;
	const struct taut_sheet *s;
	uint32_t i;
	int rc = taut_walk_sheet(w, file, &s);

	for (i = 0; !rc && s && i < s->nunits; i++) {
		u = &s->units[i];
		if (!*u->owner || !taut_unit_binds(u, by->name) ||
		    u->kind == TAUT_UNIT_DEF_DOC)
			continue;
		cls = only_unit(s, taut_name_hash(u->owner, strlen(u->owner)));
		c.plain = cls != NULL;
		c.depth = 0;
		if (cls)
			rc = look_at_class(w, s, cls, &c);
		if (!rc && !c.plain)
			rc = taut_walk_hit_unit(w, file, i, by);
	}
	return rc;
}

int taut_walk_bound(struct taut_walk *w, const struct taut_name *by)
{
	const struct taut_name name = *by;
	const uint32_t *files;
	size_t n, i;
	int rc = w->p->who(w->p->arg, name.name, &files, &n, w->err);

	for (i = 0; i < n && !rc; i++)
		rc = hit_bound(w, files[i], &name);
	return rc;
}

/* ---- tests ---- */

/* Does the unit derive from anything? */
static int has_bases(const struct taut_sheet_unit *u)
{
	uint32_t i;

	for (i = 0; i < u->text.n; i++)
		if (u->text.v[i].flags & TAUT_MENTION_BASE)
			return 1;
	return 0;
}

/* Does a text of the project hand the class on? */
static int is_handed_on(struct taut_walk *w, uint32_t name, int *yes)
{
	const struct taut_sheet *s;
	const uint32_t *files;
	size_t n, k;
	uint32_t i;
	int rc = w->p->who(w->p->arg, name, &files, &n, w->err);

	for (k = 0, *yes = 0; !rc && k < n && !*yes; k++) {
		rc = taut_walk_sheet(w, files[k], &s);
		for (i = 0; !rc && s && i < s->nsuites && !*yes; i++)
			*yes = hands_on(&s->suites[i].text, name);
		for (i = 0; !rc && s && i < s->nunits && !*yes; i++)
			*yes = hands_on(&s->units[i].text, name) ||
			       (s->units[i].kind == TAUT_UNIT_IMPORT &&
				taut_text_has(&s->units[i].text, name));
	}
	return rc;
}

int taut_walk_is_lone_test(struct taut_walk *w, uint32_t file,
			   const struct taut_sheet *s, const char *owner,
			   const char *name, int *yes)
{
	struct taut_member_class c = { .below = TAUT_MAP_INIT };
	const struct taut_sheet_unit *cls;
	uint32_t key, i;
	int handed = 0, rc;

	*yes = 0;
	if (w->p->files[file].role != TAUT_NAMES_TEST || !*owner ||
	    strchr(owner, '.') || strncasecmp(name, "test", 4))
		return 0;
	key = taut_name_hash(owner, strlen(owner));
	cls = only_unit(s, key);
	if (!cls || has_bases(cls))
		return 0;
	for (i = 0; i < s->nsuites; i++)
		if (s->suites[i].text.flags & TAUT_TEXT_SELF)
			return 0;
	rc = taut_walk_is_bare(w, s, owner, &c);
	if (!rc && c.plain && c.below.n == 1)
		rc = is_handed_on(w, key, &handed);
	*yes = c.plain && c.below.n == 1 && !handed;
	taut_map_release(&c.below);
	return rc;
}
