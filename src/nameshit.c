/*
 * nameshit - what follows when a text mentions a changed name.
 */
#include <string.h>

#include "namesfile.h"
#include "vocab.h"

/* Is this the first time?  Negative: out of memory. */
static int first_hit(struct taut_walk *w, uint32_t file, uint32_t what,
		     int which)
{
	const uint32_t key[] = { file, what, (uint32_t)which };
	size_t had = w->hits.n;

	if (taut_map_add(&w->hits, key, sizeof(key)) == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	return w->hits.n > had;
}
enum { HIT_SUITE, HIT_UNIT, HIT_UNIT_MISSING, HIT_ROOT };

/* ---- what a unit that may do anything may have changed ---- */

/* To be looked at by taut_walk_root(), once. */
static int roots(struct taut_walk *w, uint32_t file, const struct taut_sheet *s,
		 const struct taut_sheet_unit *u, uint32_t step)
{
	uint32_t unit = (uint32_t)(u - s->units);
	int first = first_hit(w, file, unit, HIT_ROOT);

	if (!first)
		return 0;
	if (first < 0 ||
	    taut_grow(&w->roots, &w->croots, w->nroots + 1, sizeof(*w->roots)))
		return taut_nomem(w->err);
	w->roots[w->nroots++] = (struct taut_root){ file, unit, step };
	return 0;
}

/* The name that it has in another file. */
struct there {
	struct taut_name name;
	int any;
};

static int mark_there(struct taut_walk *w, uint32_t file, void *arg)
{
	struct there *there = arg;

	there->any = 1;
	there->name.file = file;
	return taut_walk_mark(w, &there->name);
}

/* Mark `key` wherever a module binds it; *any: somewhere. */
static int mark_binders(struct taut_walk *w, uint32_t key, uint32_t step,
			int *any)
{
	struct there there = { { .name = key, .step = step }, 0 };
	int rc = taut_walk_binders(w, key, mark_there, &there);

	*any = there.any;
	return rc;
}

/* What stands behind a name that unit `u` mentions and an import binds. */
static int root_import(struct taut_walk *w, uint32_t file,
		       const struct taut_sheet_unit *import,
		       const struct taut_sheet_unit *u, uint32_t key,
		       uint32_t step)
{
	const struct taut_name here = { .file = file,
					.name = key,
					.step = step };
	/* from ... import: one name */
	const int one = import->text.n > 0;
	const struct taut_text *text = one ? &import->text : &u->text;
	int any = 0, rc = 0;
	uint32_t i;

	for (i = 0; i < text->n && !rc; i++)
		if (text->v[i].flags & TAUT_MENTION_BARE)
			rc = mark_binders(w, text->v[i].name, step, &any);
	return rc || !one || !any ? rc : taut_walk_mark(w, &here);
}

/* The units that bind `key`, and the members of a class of that name. */
static int root_name(struct taut_walk *w, uint32_t file,
		     const struct taut_sheet *s,
		     const struct taut_sheet_unit *u, uint32_t key,
		     uint32_t step)
{
	const struct taut_name here = { .file = file,
					.name = key,
					.step = step };
	const struct taut_sheet_unit *d;
	int bound = 0, any, rc = 0;
	uint32_t i;

	for (i = 0; i < s->nunits && !rc; i++) {
		d = &s->units[i];
		if (*d->owner ?
			    taut_name_hash(d->owner, strlen(d->owner)) != key :
			    !taut_unit_binds(d, key))
			continue;
		bound = 1;
		if (d->kind == TAUT_UNIT_IMPORT) {
			rc = root_import(w, file, d, u, key, step);
			continue;
		}
		rc = taut_walk_mark(w, &here);
		if (!rc)
			rc = roots(w, file, s, d, step);
	}
	if (!rc && !bound && s->star)
		rc = mark_binders(w, key, step, &any);
	return rc;
}

int taut_walk_root(struct taut_walk *w, const struct taut_root *root)
{
	const struct taut_root r = *root; /* the queue may move */
	const struct taut_text *t;
	const struct taut_sheet *s;
	uint32_t i;
	int rc;

	rc = taut_walk_sheet(w, r.file, &s);
	if (rc || !s)
		return rc;
	t = &s->units[r.unit].text;
	for (i = 0; i < t->n && !rc; i++)
		if (t->v[i].flags & TAUT_MENTION_NAME)
			rc = root_name(w, r.file, s, &s->units[r.unit],
				       t->v[i].name, r.step);
	return rc;
}

/* ---- suites ---- */

struct ran {
	struct taut_walk *w;
	uint32_t step;
};

/* A module ran the suite while it was imported: any of its units may have.
 * What tests register is theirs (and STORES edges tell of it). */
static int hit_importer(void *arg, uint32_t module)
{
	struct ran *ran = arg;
	struct taut_walk *w = ran->w;
	const struct taut_sheet *s;
	uint32_t i, step;
	int rc;

	if (w->state[module] & TAUT_FILE_RAN)
		return 0;
	w->state[module] |= TAUT_FILE_RAN;
	step = taut_walk_step(w, module, 0, "its import", ran->step);
	rc = taut_walk_break(w, module, step);
	if (!rc)
		rc = taut_walk_sheet(w, module, &s);
	if (w->p->files[module].role == TAUT_NAMES_TEST)
		return rc;
	for (i = 0; !rc && s && i < s->nunits; i++)
		if (s->units[i].effect != TAUT_EFFECT_NONE &&
		    !(s->units[i].flags & TAUT_SHEET_HARMLESS) &&
		    s->units[i].kind != TAUT_UNIT_IMPORT)
			rc = roots(w, module, s, &s->units[i], step);
	return rc;
}

int taut_walk_hit_suite(struct taut_walk *w, uint32_t file, uint32_t suite,
			const struct taut_name *by)
{
	int first = first_hit(w, file, suite, HIT_SUITE);
	const struct taut_sheet *s;
	struct taut_names *n = w->out;
	struct ran ran = { .w = w };
	uint64_t hash;
	int rc;

	if (first <= 0)
		return first ? taut_nomem(w->err) : 0;
	rc = taut_walk_sheet(w, file, &s);
	if (rc)
		return rc;
	hash = s->suites[suite].hash;
	ran.step = taut_walk_step(w, file, s->suites[suite].line,
				  s->suites[suite].name, by->step);
	if (ran.step == TAUT_MAP_NONE ||
	    taut_grow(&n->hits, &n->chits, n->nhits + 1, sizeof(*n->hits)))
		return taut_nomem(w->err);
	n->hits[n->nhits++] = (struct taut_names_hit){ file, hash, ran.step };
	return w->p->importers(w->p->arg, file, hash, hit_importer, &ran,
			       w->err);
}

/* ---- units ---- */

/* It may do anything now: so may its module, and what it can reach.  The
 * decorators of tests store in no other module that they have not been seen
 * to store in (STORES edges). */
static int hit_anything(struct taut_walk *w, uint32_t file,
			const struct taut_sheet *s,
			const struct taut_sheet_unit *u, uint32_t step)
{
	int rc = taut_walk_break(w, file, step);

	if (rc || u->flags & TAUT_SHEET_HARMLESS ||
	    (w->p->files[file].role == TAUT_NAMES_TEST &&
	     (u->kind == TAUT_UNIT_DEF_CORE || u->kind == TAUT_UNIT_CLASS)))
		return rc;
	return roots(w, file, s, u, step);
}

/* The unit of the class named by the first part of `owner`. */
static const struct taut_sheet_unit *class_unit(const struct taut_sheet *s,
						const char *owner)
{
	uint32_t key = taut_name_hash(owner, strcspn(owner, ".")), i;

	for (i = 0; i < s->nunits; i++)
		if (!*s->units[i].owner &&
		    s->units[i].kind == TAUT_UNIT_CLASS &&
		    taut_unit_binds(&s->units[i], key))
			return &s->units[i];
	return NULL;
}

/* The names that a unit binds, and the class that it is a part of. */
static int change_names(struct taut_walk *w, uint32_t file,
			const struct taut_sheet *s,
			const struct taut_sheet_unit *u, uint32_t step)
{
	struct taut_name name = { .file = file, .step = step };
	const struct taut_sheet_unit *cls;
	uint32_t i;
	int rc = 0, plain = 0;

	name.member = *u->owner != 0;
	for (i = 0; i < u->nnames && !rc; i++) {
		name.name = u->keys[i];
		rc = taut_walk_mark(w, &name);
	}
	if (rc || !*u->owner)
		return rc;
	name.member = 0;
	name.name = taut_name_hash(u->owner, strcspn(u->owner, "."));
	rc = taut_walk_mark(w, &name);
	cls = class_unit(s, u->owner);
	if (!rc && cls && !strchr(u->owner, '.'))
		rc = taut_walk_plain(w, s, cls, 0, &plain);
	if (rc || plain)
		return rc;
	return cls ? hit_anything(w, file, s, cls, step) :
		     taut_walk_break(w, file, step);
}

static int is_special(const struct taut_sheet_unit *u)
{
	uint32_t i;

	for (i = 0; i < u->nnames; i++)
		if (taut_vocab_is_special(u->names[i]) ||
		    taut_vocab_makes_classes(u->names[i]))
			return 1;
	return 0;
}

/* May running the unit's statement do more than bind what it binds? */
static int may_do_anything(struct taut_walk *w, const struct taut_sheet *s,
			   const struct taut_sheet_unit *u, int *any)
{
	int plain, rc;

	*any = u->effect != TAUT_EFFECT_NONE;
	if (u->kind == TAUT_UNIT_IMPORT)
		*any = 0;
	if (!*any || u->kind != TAUT_UNIT_CLASS || *u->owner)
		return 0;
	rc = taut_walk_plain(w, s, u, 0, &plain);
	*any = !plain;
	return rc;
}

/* Units that pytest looks for, or that fail when a name is not there. */
static int breaks_module(const struct taut_walk *w, uint32_t file,
			 const struct taut_sheet_unit *u,
			 const struct taut_name *by)
{
	int role = w->p->files[file].role;

	/* a condition may turn out otherwise, or an import fail */
	if (u->branch)
		return 1;
	if (role == TAUT_NAMES_CONFTEST || by->missing || is_special(u))
		return 1;
	return role == TAUT_NAMES_TEST &&
	       (u->kind == TAUT_UNIT_DEF_CORE || u->kind == TAUT_UNIT_CLASS);
}

/* Annotations count where somebody reads them; a name in __all__ is what star
 * imports take, and they take all. */
static int carries_nothing(const struct taut_sheet_unit *u)
{
	return u->kind == TAUT_UNIT_DEF_ANNOTATIONS ||
	       (u->kind == TAUT_UNIT_ASSIGN && u->nnames == 1 &&
		u->effect == TAUT_EFFECT_NONE && !*u->owner &&
		!strcmp(u->names[0], "__all__"));
}

int taut_walk_hit_unit(struct taut_walk *w, uint32_t file, uint32_t unit,
		       const struct taut_name *by)
{
	int first = first_hit(w, file, unit,
			      by->missing ? HIT_UNIT_MISSING : HIT_UNIT);
	const struct taut_sheet_unit *u;
	const struct taut_sheet *s;
	uint32_t step;
	int rc, any;

	if (first <= 0)
		return first ? taut_nomem(w->err) : 0;
	rc = taut_walk_sheet(w, file, &s);
	if (rc)
		return rc;
	u = &s->units[unit];
	if (u->flags & TAUT_SHEET_NEVER || (!by->missing && carries_nothing(u)))
		return 0;
	step = taut_walk_step(w, file, u->line,
			      u->nnames ? u->names[0] : "a statement",
			      by->step);
	if (step == TAUT_MAP_NONE)
		return taut_nomem(w->err);
	rc = may_do_anything(w, s, u, &any);
	if (!rc && any)
		rc = hit_anything(w, file, s, u, step);
	else if (!rc && breaks_module(w, file, u, by))
		rc = taut_walk_break(w, file, step);
	return rc ? rc : change_names(w, file, s, u, step);
}
