/*
 * nameshit - what follows when a text mentions a changed name.
 */
#include <string.h>

#include "namesfile.h"
#include "unit.h"
#include "vocab.h"

/* Is this the first time?  Negative: out of memory. */
static int first_hit(struct taut_walk *w, uint32_t file, uint32_t what,
		     int which)
{
	const uint32_t key[] = { file, what, (uint32_t)which };

	return taut_walk_is_new(&w->hits, key, 3);
}
enum { HIT_ROOT, HIT_SUITE = 8, HIT_UNIT = 16, HIT_CLASS = 24, HIT_RAN = 32 };

/* ---- what a unit may have stored into ---- */

/* To be looked at by taut_walk_root(), once. */
static int add_root(struct taut_walk *w, uint32_t file,
		    const struct taut_sheet *s, const struct taut_sheet_unit *u,
		    uint32_t step)
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
	int objects; /* not where a def or class has it */
	int any;
};

static int is_object(const struct taut_sheet *s, uint32_t name)
{
	const struct taut_sheet_unit *u;
	uint32_t i;

	for (i = 0; i < s->nunits; i++) {
		u = &s->units[i];
		if (!*u->owner && taut_unit_binds(u, name) &&
		    (u->kind == TAUT_UNIT_ASSIGN ||
		     u->kind == TAUT_UNIT_COMPOUND))
			return 1;
	}
	return 0;
}

static int mark_there(struct taut_walk *w, uint32_t file, void *arg)
{
	struct there *there = arg;
	const struct taut_sheet *s;
	int rc = taut_walk_sheet(w, file, &s);

	if (rc || (there->objects && s && !is_object(s, there->name.name)))
		return rc;
	there->any = 1;
	there->name.file = file;
	return taut_walk_mark(w, &there->name);
}

/* What stands behind a name that `said` hands on and an import binds.  Of a
 * module it may be any object in it that `said` says. */
static int root_import(struct taut_walk *w, uint32_t file,
		       const struct taut_sheet_unit *import,
		       const struct taut_text *said, uint32_t key,
		       uint32_t step)
{
	const struct taut_name here = { .file = file,
					.name = key,
					.step = step };
	const int one = taut_import_renames(import);
	const struct taut_text *text = one ? &import->text : said;
	struct there there = { .name = { .step = step }, .objects = !one };
	int rc = 0;
	uint32_t i;

	for (i = 0; i < text->n && !rc; i++) {
		if (!(text->v[i].flags & TAUT_MENTION_BARE))
			continue;
		there.name.name = text->v[i].name;
		rc = taut_walk_binders(w, text->v[i].name, mark_there, &there);
	}
	return rc || !one || !there.any ? rc : taut_walk_mark(w, &here);
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
	struct there there = { .name = here };
	const struct taut_sheet_unit *d;
	int bound = 0, rc = 0;
	uint32_t i;

	for (i = 0; i < s->nunits && !rc; i++) {
		d = &s->units[i];
		if (*d->owner ?
			    taut_name_hash(d->owner, strlen(d->owner)) != key :
			    !taut_unit_binds(d, key))
			continue;
		bound = 1;
		if (d->kind == TAUT_UNIT_IMPORT) {
			rc = root_import(w, file, d, &u->text, key, step);
			continue;
		}
		rc = taut_walk_mark(w, &here);
		if (!rc && d->effect > TAUT_EFFECT_PURE)
			rc = add_root(w, file, s, d, step);
	}
	if (!rc && !bound && s->star)
		rc = taut_walk_binders(w, key, mark_there, &there);
	return rc;
}

int taut_walk_root(struct taut_walk *w, const struct taut_root *root)
{
	const struct taut_root r = *root; /* the queue may move */
	const struct taut_sheet_unit *u;
	const struct taut_text *t;
	const struct taut_sheet *s;
	uint32_t i, flags;
	int rc;

	rc = taut_walk_sheet(w, r.file, &s);
	if (rc || !s)
		return rc;
	u = &s->units[r.unit];
	t = &u->text;
	for (i = 0; i < t->n && !rc; i++) {
		flags = t->v[i].flags;
		if (flags & TAUT_MENTION_NAME && flags & TAUT_MENTION_HANDED &&
		    !(flags & TAUT_MENTION_BASE && u->kind == TAUT_UNIT_CLASS))
			rc = root_name(w, r.file, s, u, t->v[i].name, r.step);
	}
	return rc;
}

/* ---- what running a unit otherwise may do ---- */

/* A library may keep what it was called with: for all who use it.  *n: how
 * many there are. */
static int alter_libraries(struct taut_walk *w, const struct taut_sheet_unit *u,
			   uint32_t step, int *n)
{
	uint32_t i;
	int own, rc = 0;

	for (i = 0, *n = 0; i < u->text.n && !rc; i++) {
		if (!(u->text.v[i].flags & TAUT_MENTION_TOP))
			continue;
		rc = taut_walk_is_top(w, u->text.v[i].name, &own);
		if (rc || own)
			continue;
		(*n)++;
		rc = taut_walk_users(w, u->text.v[i].name, step);
	}
	return rc;
}

int taut_walk_is_wrapped(struct taut_walk *w, const struct taut_sheet *s,
			 const struct taut_sheet_unit *u, int *yes)
{
	const struct taut_mention *m = u->text.v, *end = m + u->text.n;
	uint32_t i;
	int rc = 0;

	*yes = s->star;
	for (; m < end && !*yes && !rc; m++) {
		if (!(m->flags & TAUT_MENTION_BASE))
			continue;
		if (m->flags & TAUT_MENTION_TOP)
			rc = taut_walk_is_top(w, m->name, yes);
		for (i = 0; i < s->nunits && !*yes; i++)
			*yes = s->units[i].kind != TAUT_UNIT_IMPORT &&
			       taut_unit_binds(&s->units[i], m->name);
	}
	return rc;
}

/* Is it a function of a test file?  What decorates a test are values
 * for it, unless that is the project's code, or such code makes the values and
 * may store something. */
static int is_test_value(struct taut_walk *w, uint32_t file,
			 const struct taut_sheet *s,
			 const struct taut_sheet_unit *u, int *yes)
{
	int wrapped = 0, project = 0, stores = 0, rc = 0;

	*yes = u->kind == TAUT_UNIT_DEF_CORE && u->effect == TAUT_EFFECT_CALL &&
	       w->p->files[file].role == TAUT_NAMES_TEST;
	if (*yes)
		rc = taut_walk_is_wrapped(w, s, u, &wrapped);
	if (!rc && *yes && !wrapped)
		rc = taut_walk_says_project(w, s, u, &project);
	if (!rc && project)
		rc = w->p->stores(w->p->arg, file, &stores, w->err);
	*yes &= !wrapped && !stores;
	return rc;
}

/* Does it call what an import binds?  (A class is made of its bases.) */
static int says_import(const struct taut_sheet *s,
		       const struct taut_sheet_unit *u)
{
	uint32_t i, k;

	for (i = 0; i < u->text.n && u->kind != TAUT_UNIT_CLASS &&
		    u->kind != TAUT_UNIT_DEF_ANNOTATIONS;
	     i++)
		for (k = 0;
		     u->text.v[i].flags & TAUT_MENTION_NAME && k < s->nunits;
		     k++)
			if (s->units[k].kind == TAUT_UNIT_IMPORT &&
			    taut_unit_binds(&s->units[k], u->text.v[i].name))
				return 1;
	return 0;
}

/* What a unit that calls something may have done elsewhere. */
static int alter_others(struct taut_walk *w, uint32_t file,
			const struct taut_sheet *s,
			const struct taut_sheet_unit *u, uint32_t step)
{
	int project = 0, libraries = 0, rc = 0;

	/* it has no name that would tell who meets what it does */
	if (u->kind == TAUT_UNIT_STATEMENT || u->kind == TAUT_UNIT_COMPOUND ||
	    u->effect == TAUT_EFFECT_STORE ||
	    (u->kind == TAUT_UNIT_ASSIGN &&
	     w->p->files[file].role != TAUT_NAMES_CODE))
		rc = taut_walk_break(w, file, step);
	if (!rc)
		rc = taut_walk_says_project(w, s, u, &project);
	if (!rc && project)
		rc = taut_walk_break(w, file, step);
	if (!rc)
		rc = alter_libraries(w, u, step, &libraries);
	if (!rc && !project)
		rc = taut_walk_hit_sources(w, s, u, step);
	/* what decorates may keep it with another library; else it may be
	 * Python's own state that is altered */
	if (!rc &&
	    (libraries ? u->flags & TAUT_SHEET_DECORATED : says_import(s, u)))
		rc = taut_walk_break(w, file, step);
	return rc ? rc : add_root(w, file, s, u, step);
}

/* Does a value of the class say any code of the project?  What type() does
 * with that is its business: __set_name__(), say. */
static int has_values(struct taut_walk *w, const struct taut_sheet *s,
		      const struct taut_sheet_unit *cls, int *yes)
{
	const struct taut_sheet_unit *u;
	uint32_t i;
	int rc = 0;

	for (i = 0, *yes = 0; i < s->nunits && !*yes && !rc; i++) {
		u = &s->units[i];
		if (u->kind == TAUT_UNIT_ASSIGN &&
		    !strcmp(u->owner, cls->names[0]))
			rc = taut_walk_says_project(w, s, u, yes);
	}
	return rc;
}

/* A value of the class that is told of it, by __set_name__(), may do anything
 * with it. */
static int alter_by_values(struct taut_walk *w, uint32_t file,
			   const struct taut_sheet *s,
			   const struct taut_sheet_unit *cls, uint32_t step)
{
	const uint32_t *files;
	size_t n = 0;
	int told = 0, rc;

	rc = w->p->who(w->p->arg, taut_name_hash("__set_name__", 12), &files,
		       &n, w->err);
	if (!rc && n)
		rc = has_values(w, s, cls, &told);
	return rc || !told ? rc : taut_walk_break(w, file, step);
}

int taut_walk_alter(struct taut_walk *w, uint32_t file,
		    const struct taut_sheet *s, const struct taut_sheet_unit *u,
		    uint32_t step)
{
	int plain = 0, loud, value = 0, rc = 0;

	if (u->kind == TAUT_UNIT_CLASS)
		rc = alter_by_values(w, file, s, u, step);
	if (rc || u->effect <= TAUT_EFFECT_CONST || u->kind == TAUT_UNIT_IMPORT)
		return rc;
	/* a plain class may fail as well: its order of bases, its fields */
	rc = taut_walk_again(w, file);
	if (!rc && u->kind == TAUT_UNIT_CLASS && !*u->owner)
		rc = taut_walk_plain(w, s, u, &plain);
	loud = u->effect != TAUT_EFFECT_QUIET;
	if (!rc && u->effect == TAUT_EFFECT_PURE)
		rc = taut_walk_is_loud(w, s, u, &loud);
	if (!rc)
		rc = is_test_value(w, file, s, u, &value);
	if (rc || plain || !loud || value)
		return rc;
	return alter_others(w, file, s, u, step);
}

/* pytest makes objects of the classes of a test file, which nobody names. */
static int hit_collected(struct taut_walk *w, const char *owner,
			 const struct taut_name *name)
{
	const size_t n = strcspn(owner, ".");
	int first = first_hit(w, name->file, taut_name_hash(owner, n),
			      HIT_CLASS + name->only);
	char *cls;

	if (!first)
		return 0;
	cls = first > 0 ? taut_arena_dup(&w->out->arena, owner, n) : NULL;
	return cls ? taut_walk_tests(w, name->file, TAUT_UNIT_CLASS, cls,
				     name->step, name->only) :
		     taut_nomem(w->err);
}

int taut_walk_owners(struct taut_walk *w, const char *owner,
		     struct taut_name *name)
{
	size_t n;
	int rc = *owner ? hit_collected(w, owner, name) : 0;

	for (name->member = 0; *owner && !rc; name->member = 1) {
		n = strcspn(owner, ".");
		name->name = taut_name_hash(owner, n);
		rc = taut_walk_mark(w, name);
		owner += n + (owner[n] == '.');
	}
	return rc;
}

int taut_walk_alter_class(struct taut_walk *w, uint32_t file,
			  const struct taut_sheet *s, const char *owner,
			  uint32_t step, int *found)
{
	const uint32_t key = taut_name_hash(owner, strcspn(owner, "."));
	const struct taut_sheet_unit *cls;
	uint32_t i;
	int rc = 0;

	*found = 0;
	for (i = 0; i < s->nunits && !rc; i++) {
		cls = &s->units[i];
		if (cls->kind != TAUT_UNIT_CLASS || *cls->owner ||
		    !taut_unit_binds(cls, key))
			continue;
		*found = 1;
		rc = taut_walk_alter(w, file, s, cls, step);
	}
	return rc;
}

/* Making the class that the unit is a part of. */
static int alter_class(struct taut_walk *w, uint32_t file,
		       const struct taut_sheet *s,
		       const struct taut_sheet_unit *u, uint32_t step)
{
	int found, rc;

	rc = taut_walk_alter_class(w, file, s, u->owner, step, &found);
	return rc || found ? rc : taut_walk_break(w, file, step);
}

int taut_walk_is_fixture(const struct taut_walk *w, uint32_t file, int kind,
			 int effect)
{
	return kind == TAUT_UNIT_DEF_CORE &&
	       (effect > TAUT_EFFECT_CONST ||
		w->p->files[file].role != TAUT_NAMES_CODE);
}

/* Nothing of the project's makes it more than a function, either. */
static int is_lone_test(struct taut_walk *w, uint32_t file,
			const struct taut_sheet_unit *u, int *yes)
{
	const struct taut_sheet *s;
	int wrapped = 0, rc = taut_walk_sheet(w, file, &s);

	*yes = 0;
	if (!rc && s)
		rc = taut_walk_is_lone_test(w, file, s, u->owner, u->names[0],
					    yes);
	if (!rc && *yes)
		rc = taut_walk_is_wrapped(w, s, u, &wrapped);
	*yes &= !wrapped;
	return rc;
}

int taut_walk_names(struct taut_walk *w, uint32_t file,
		    const struct taut_sheet_unit *u, const struct taut_name *by)
{
	struct taut_name name = *by;
	int lone = 0, rc = 0;
	uint32_t i;

	name.file = file;
	name.member = *u->owner != 0;
	name.missing = 0;
	name.fixture = taut_walk_is_fixture(w, file, u->kind, u->effect);
	if (name.member && u->kind == TAUT_UNIT_DEF_CORE)
		rc = is_lone_test(w, file, u, &lone);
	name.bare = (uint8_t)lone;
	for (i = 0; i < u->nnames && !rc; i++) {
		name.name = u->keys[i];
		/* of a dunder the class's name tells */
		if (!name.member || !taut_vocab_is_dunder(u->names[i]))
			rc = taut_walk_mark(w, &name);
	}
	name.fixture = 0;
	if (!rc && lone)
		rc = taut_walk_tests(w, file, u->kind, u->names[0], name.step,
				     name.only);
	if (!rc && lone)
		return taut_walk_test_attrs(w, &name);
	return rc || !*u->owner ? rc : taut_walk_owners(w, u->owner, &name);
}

/* ---- suites ---- */

struct ran {
	struct taut_walk *w;
	uint32_t step;
	int only; /* enum taut_names_only */
};

/* May evaluating the unit run a suite of the project?  What only gives values
 * runs none unless it says some; but a logger's class may be the project's. */
static int may_run(struct taut_walk *w, const struct taut_sheet *s,
		   const struct taut_sheet_unit *u, int *yes)
{
	int plain = 1, rc = 0;

	*yes = u->effect > TAUT_EFFECT_QUIET && u->kind != TAUT_UNIT_IMPORT;
	if (*yes && u->effect == TAUT_EFFECT_PURE &&
	    !taut_text_has(&u->text, taut_name_hash("getLogger", 9)))
		rc = taut_walk_says_project(w, s, u, yes);
	if (*yes && u->kind == TAUT_UNIT_CLASS)
		rc = taut_walk_plain(w, s, u, &plain);
	if (!rc && u->kind == TAUT_UNIT_CLASS && plain)
		rc = has_values(w, s, u, yes);
	*yes &= !(u->flags & TAUT_SHEET_NEVER);
	return rc;
}

/* The unit may have run the suite. */
static int hit_run(struct taut_walk *w, uint32_t module,
		   const struct taut_sheet *s, const struct taut_sheet_unit *u,
		   const struct taut_name *by)
{
	int rc = 0;

	if (!by->only)
		rc = u->branch ? taut_walk_break(w, module, by->step) :
				 taut_walk_alter(w, module, s, u, by->step);
	/* a condition may turn out otherwise */
	if (!rc && !by->only && u->kind == TAUT_UNIT_STATEMENT)
		rc = taut_walk_break(w, module, by->step);
	if (!rc && u->kind != TAUT_UNIT_DEF_ANNOTATIONS)
		rc = taut_walk_names(w, module, u, by);
	if (!rc && *u->owner && !by->only)
		rc = alter_class(w, module, s, u, by->step);
	return rc;
}

/* A module ran the suite while it was imported: any of its units may have.  If
 * it read nothing then of what a function says, nothing came out otherwise. */
static int hit_importer(void *arg, uint32_t module)
{
	struct ran *ran = arg;
	struct taut_walk *w = ran->w;
	struct taut_name by = { .file = module };
	const struct taut_sheet *s;
	uint32_t i;
	int ran_it, reads = 1, first, rc = 0;

	if (ran->only > TAUT_ONLY_DOCS)
		rc = w->p->reads(w->p->arg, w->edited, module, ran->only,
				 &reads, w->err);
	by.only = (uint8_t)(reads ? TAUT_ONLY_NONE : ran->only);
	first = rc ? rc : first_hit(w, module, by.only, HIT_RAN);
	if (first <= 0)
		return rc ? rc : first ? taut_nomem(w->err) : 0;
	by.step = taut_walk_step(w, module, 0, "its import", ran->step);
	rc = taut_walk_sheet(w, module, &s);
	if (!rc && !s)
		rc = taut_walk_break(w, module, by.step);
	for (i = 0; !rc && s && i < s->nunits; i++) {
		rc = may_run(w, s, &s->units[i], &ran_it);
		if (!rc && ran_it)
			rc = hit_run(w, module, s, &s->units[i], &by);
	}
	return rc;
}

static int hit_asker(void *arg, uint32_t module)
{
	struct ran *ran = arg;

	/* of what an edited file read itself, its units tell */
	return module == ran->w->edited ? 0 : hit_importer(ran, module);
}

int taut_walk_hit_askers(struct taut_walk *w, int only, uint32_t step)
{
	struct ran ran = { .w = w, .step = step };

	return w->p->asked(w->p->arg, w->edited, only, hit_asker, &ran, w->err);
}

int taut_walk_hit_suite(struct taut_walk *w, uint32_t file, uint32_t suite,
			const struct taut_name *by)
{
	struct taut_names_hit hit = { .file = file, .only = by->only };
	const struct taut_sheet *s;
	struct ran ran = { .w = w, .only = by->only };
	int first, rc;

	rc = taut_walk_sheet(w, file, &s);
	if (rc)
		return rc;
	first = first_hit(w, file, suite, HIT_SUITE + hit.only);
	if (first <= 0)
		return first ? taut_nomem(w->err) : 0;
	hit.hash = s->suites[suite].hash;
	hit.step = ran.step = taut_walk_step(w, file, s->suites[suite].line,
					     s->suites[suite].name, by->step);
	rc = taut_walk_hit(w, &hit);
	return rc ? rc :
		    w->p->importers(w->p->arg, file, hit.hash, hit_importer,
				    &ran, w->err);
}

/* ---- units ---- */

int taut_walk_is_special(const struct taut_walk *w, uint32_t file,
			 const char *owner, const char *name)
{
	if (!*owner)
		return taut_vocab_is_special(name);
	/* pytest collects no class with an __init__ */
	return taut_vocab_makes_classes(name) ||
	       (w->p->files[file].role != TAUT_NAMES_CODE &&
		(taut_vocab_is_special(name) || taut_vocab_is_dunder(name)));
}

/* Units that Python or pytest looks for, or that fail when a name is not
 * there. */
static int breaks_module(const struct taut_walk *w, uint32_t file,
			 const struct taut_sheet_unit *u,
			 const struct taut_name *by)
{
	uint32_t i;

	/* a condition may turn out otherwise, or an import fail */
	if (u->branch || by->missing)
		return 1;
	for (i = 0; i < u->nnames; i++)
		if (taut_walk_is_special(w, file, u->owner, u->names[i]))
			return 1;
	return 0;
}

/* A name in __all__ is what star imports take, and they take all, unless a
 * condition decides. */
static int carries_nothing(const struct taut_sheet_unit *u)
{
	if (u->branch)
		return 0;
	return !strcmp(u->owner, TAUT_EXPORTS) ||
	       (u->kind == TAUT_UNIT_ASSIGN && u->nnames == 1 &&
		u->effect <= TAUT_EFFECT_CONST && !*u->owner &&
		!strcmp(u->names[0], "__all__"));
}

int taut_walk_tests(struct taut_walk *w, uint32_t file, int kind,
		    const char *name, uint32_t step, int only)
{
	const struct taut_names_hit hit = { .file = file,
					    .step = step,
					    .kind = TAUT_HIT_TESTS,
					    .only = (uint8_t)only,
					    .test = name };

	if (w->p->files[file].role != TAUT_NAMES_TEST || !name ||
	    (kind != TAUT_UNIT_DEF_CORE && kind != TAUT_UNIT_CLASS))
		return 0;
	return taut_walk_hit(w, &hit);
}

/* May running it read docstrings that it was given? */
static int may_read_docs(const struct taut_sheet *s,
			 const struct taut_sheet_unit *u)
{
	return s->flags & TAUT_TEXT_DOCS &&
	       (u->effect > TAUT_EFFECT_PURE ||
		taut_text_has(&u->text, taut_name_hash("__doc__", 7)));
}

/* Does running it, or another unit of its name, do more than bind the name?  A
 * decorator stands at the def, its annotations are a unit of their own; of a
 * member, what makes the class may look at it. */
static int acts(const struct taut_sheet *s, const struct taut_sheet_unit *u)
{
	uint32_t i;

	if (*u->owner || !u->nnames)
		return *u->owner || u->effect > TAUT_EFFECT_CONST;
	for (i = 0; i < s->nunits; i++)
		if (s->units[i].effect > TAUT_EFFECT_CONST &&
		    !*s->units[i].owner &&
		    taut_unit_binds(&s->units[i], u->keys[0]))
			return 1;
	return 0;
}

int taut_walk_reads(struct taut_walk *w, uint32_t file,
		    const struct taut_sheet *s, const struct taut_sheet_unit *u,
		    int only, int *yes)
{
	int rc = w->p->reads(w->p->arg, w->edited, file, only, yes, w->err);

	*yes = *yes && acts(s, u);
	return rc;
}

/* Of what a unit binds that mentions a changed name: whom does it matter to?
 * *to: enum taut_names_only.  Where a text names the module, who reads what its
 * functions say depends on the reader's module, and so has read as well. */
static int matters_to(struct taut_walk *w, uint32_t file,
		      const struct taut_sheet *s,
		      const struct taut_sheet_unit *u,
		      const struct taut_name *by, uint8_t *to)
{
	int only = by->only, reads, rc = 0;

	if (only == TAUT_ONLY_NONE && u->kind == TAUT_UNIT_DEF_ANNOTATIONS)
		only = TAUT_ONLY_NOTES;
	reads = only == TAUT_ONLY_DOCS && may_read_docs(s, u);
	if (only > TAUT_ONLY_DOCS && !by->in_text)
		rc = taut_walk_reads(w, file, s, u, only, &reads);
	*to = (uint8_t)(reads ? TAUT_ONLY_NONE : only);
	return rc;
}

int taut_walk_hit_unit(struct taut_walk *w, uint32_t file, uint32_t unit,
		       const struct taut_name *by)
{
	int first =
		first_hit(w, file, unit, HIT_UNIT + by->missing + 2 * by->only);
	struct taut_name name = { .file = file };
	const struct taut_sheet_unit *u;
	const struct taut_sheet *s;
	int rc;

	if (first <= 0)
		return first ? taut_nomem(w->err) : 0;
	rc = taut_walk_sheet(w, file, &s);
	if (rc)
		return rc;
	u = &s->units[unit];
	if (u->flags & TAUT_SHEET_NEVER)
		return 0;
	if (!by->missing && carries_nothing(u))
		return 0;
	name.step = taut_walk_step(w, file, u->line,
				   u->nnames ? u->names[0] : "a statement",
				   by->step);
	if (name.step == TAUT_MAP_NONE)
		return taut_nomem(w->err);
	rc = matters_to(w, file, s, u, by, &name.only);
	if (!rc)
		rc = taut_walk_tests(w, file, u->kind,
				     u->nnames ? u->names[0] : NULL, name.step,
				     name.only);
	/* evaluating annotations may fail, or do something */
	if (!rc && (!name.only || !by->only))
		rc = taut_walk_alter(w, file, s, u, name.step);
	if (!rc && !name.only && *u->owner)
		rc = alter_class(w, file, s, u, name.step);
	if (!rc && (!name.only || by->missing) && breaks_module(w, file, u, by))
		rc = taut_walk_break(w, file, name.step);
	return rc ? rc : taut_walk_names(w, file, u, &name);
}
