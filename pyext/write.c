/*
 * write.c - a carrier's hits and references as one record of the log.
 *
 * What was entered is completed by the suites around it (inside the function;
 * above that the module's version stands for all), and by references to the
 * modules and memos of what was entered.
 */
#include "core.h"

#include <unistd.h>

static int no_memory(struct taut_err *err)
{
	err->code = TAUT_ENOMEM;
	strcpy(err->msg, "out of memory");
	return TAUT_ENOMEM;
}

/* ---- import statements ---- */

static int is_code(const struct file *f, uint32_t suite)
{
	return f->source->suites[suite].flags & TAUT_SUITE_CODE;
}

/* The suites among c's hits that hold import statements. */
static void importing(struct recording *r, struct carrier *c, struct vec *out)
{
	struct file *f = NULL;
	uint32_t id;
	size_t i;

	vec_sort(&c->hits);
	for (i = 0; i < c->hits.n; i++) {
		id = c->hits.p[i];
		if (!f || id - f->base >= f->nids)
			f = file_of(r, id);
		if (!f || !f->source)
			continue;
		/* The module's carrier has what its own level imports. */
		if (f->module != NONE && f->module != c->number &&
		    !is_code(f, id - f->base))
			continue;
		if (f->opaque ||
		    f->source->suites[id - f->base].flags & TAUT_SUITE_IMPORTS)
			if (vec_add(out, id))
				carrier_incomplete(c, "out of memory");
	}
}

/* Function and module suites alike; a module's are the ones it ran. */
void carrier_settle(struct recording *r, struct carrier *c)
{
	struct vec ids = { NULL, 0, 0 };
	struct file *f;
	size_t i;

	importing(r, c, &ids);
	for (i = 0; i < ids.n; i++) {
		f = file_of(r, ids.p[i]);
		imports_of_suite(r, c, f, ids.p[i] - f->base);
	}
	vec_free(&ids);
	if (c->kind == TAUT_CARRIER_MODULE)
		memo_properties(r, c);
}

/* ---- the sets of one record ---- */

static int stamps_room(struct recording *r)
{
	struct file *last = r->nfiles ? r->files[r->nfiles - 1] : NULL;
	size_t n = last ? last->base + last->nids - r->first_id : 0, had;

	had = r->cap_stamps;
	if (taut_room(&r->stamps, &r->cap_stamps, n, sizeof(*r->stamps)))
		return -1;
	if (r->cap_stamps > had)
		memset(r->stamps + had, 0,
		       (r->cap_stamps - had) * sizeof(*r->stamps));
	had = r->cap_cstamps;
	if (taut_room(&r->cstamps, &r->cap_cstamps, r->ncarriers,
		      sizeof(*r->cstamps)))
		return -1;
	if (r->cap_cstamps > had)
		memset(r->cstamps + had, 0,
		       (r->cap_cstamps - had) * sizeof(*r->cstamps));
	if (!++r->stamp) {
		memset(r->stamps, 0, r->cap_stamps * sizeof(*r->stamps));
		memset(r->cstamps, 0, r->cap_cstamps * sizeof(*r->cstamps));
		r->stamp = 1;
	}
	return 0;
}

static int add_id(struct recording *r, uint32_t id)
{
	if (r->stamps[id - r->first_id] == r->stamp)
		return 0;
	r->stamps[id - r->first_id] = r->stamp;
	return vec_add(&r->ids, id);
}

static int add_ref(struct recording *r, const struct carrier *c,
		   uint32_t number)
{
	if (number == NONE || number == c->number ||
	    r->cstamps[number] == r->stamp)
		return 0;
	r->cstamps[number] = r->stamp;
	return vec_add(&r->refs, number << 2 | TAUT_EDGE_USES);
}

/* One entered suite: it, the suites around it, its memo. */
static int add_suite(struct recording *r, struct carrier *c, struct file *f,
		     uint32_t suite)
{
	const struct taut_suite *all = f->source->suites;
	uint32_t version = f->source->nsuites - 1;

	if (f->memos && add_ref(r, c, f->memos[suite]))
		return -1;
	if (suite == version || suite == version - 1)
		return add_id(r, f->base + suite);
	for (; is_code(f, suite); suite = all[suite].parent)
		if (r->stamps[f->base + suite - r->first_id] == r->stamp)
			return 0;
		else if (add_id(r, f->base + suite))
			return -1;
	/* The module's carrier has the version; nobody needs it twice. */
	if (f->module == NONE || f->module == c->number)
		return add_id(r, f->base + version);
	return 0;
}

/* Suites without a line of their own, as the trace core cannot see them. */
static int add_unlined(struct recording *r, struct file *f)
{
	const struct taut_suite *all = f->source->suites;
	uint32_t s;
	size_t i;

	for (i = 0; i < f->unlined.n; i++) {
		s = f->unlined.p[i];
		if (is_code(f, s) &&
		    r->stamps[f->base + all[s].parent - r->first_id] ==
			    r->stamp &&
		    add_id(r, f->base + s))
			return -1;
	}
	return 0;
}

static int add_file(struct recording *r, struct carrier *c, struct file *f)
{
	if (c == r->docs)
		return 0; /* docstrings do not come with their modules */
	if (f->source->reads_doc && r->docs && add_ref(r, c, r->docs->number))
		return -1;
	return add_ref(r, c, f->module);
}

static int gather(struct recording *r, struct carrier *c)
{
	struct file *f = NULL, *next;
	uint32_t id;
	size_t i;

	r->ids.n = r->refs.n = 0;
	if (stamps_room(r))
		return -1;
	vec_sort(&c->hits);
	for (i = 0; i < c->hits.n; i++) {
		id = c->hits.p[i];
		if (!f || id - f->base >= f->nids) {
			next = file_of(r, id);
			if (!next)
				continue;
			if (f && f->source && add_unlined(r, f))
				return -1;
			f = next;
			if (f->source && add_file(r, c, f))
				return -1;
		}
		if (!f->source) {
			if (add_id(r, id))
				return -1;
		} else if (f->opaque) {
			if (add_id(r, r->files[f->whole]->base))
				return -1;
		} else if (add_suite(r, c, f, id - f->base)) {
			return -1;
		}
	}
	if (f && f->source && add_unlined(r, f))
		return -1;
	vec_sort(&c->refs);
	for (i = 0; i < c->refs.n; i++) {
		r->cstamps[c->refs.p[i] >> 2] = r->stamp;
		if (vec_add(&r->refs, c->refs.p[i]))
			return -1;
	}
	vec_sort(&r->ids);
	vec_sort(&r->refs);
	return 0;
}

/* r->ids and r->refs in the log's terms. */
static int arrange(struct recording *r, struct taut_log_carrier *l)
{
	struct file *f = NULL;
	size_t i, at;

	r->suites.n = 0;
	l->ndeps = 0;
	if (taut_room(&r->deps, &r->cap_deps, r->ids.n, sizeof(*r->deps)) ||
	    taut_room(&r->suites.p, &r->suites.cap, r->ids.n,
		      sizeof(*r->suites.p)) ||
	    taut_room(&r->lrefs, &r->cap_lrefs, r->refs.n, sizeof(*r->lrefs)))
		return -1;
	for (i = 0; i < r->ids.n; i++) {
		if (!f || r->ids.p[i] - f->base >= f->nids) {
			f = file_of(r, r->ids.p[i]);
			at = l->ndeps++;
			r->deps[at].file = f->number;
			r->deps[at].nsuites = 0;
			r->deps[at].suites = r->suites.p + i;
		}
		r->suites.p[i] = r->ids.p[i] - f->base;
		r->deps[l->ndeps - 1].nsuites++;
	}
	for (i = 0; i < r->refs.n; i++) {
		r->lrefs[i].carrier = r->refs.p[i] >> 2;
		r->lrefs[i].edge = r->refs.p[i] & 3;
	}
	l->deps = r->deps;
	l->nrefs = r->refs.n;
	l->refs = r->lrefs;
	return 0;
}

/*
 * A carrier that others share and that is incomplete is never final: then
 * every test that reaches it is stored as "must run".
 */
static int really_final(const struct carrier *c, int final)
{
	return final && (c->kind == TAUT_CARRIER_TEST || !c->incomplete);
}

static void docs_dep(struct recording *r, const struct file *f)
{
	if (f->source)
		carrier_dep(r, r->docs, f->base + f->source->nsuites - 2);
}

/*
 * Who reads docstrings, by what his file mentions, may read those of any
 * file; one carrier has them all, and each reader refers to it.
 */
void docs_add(struct recording *r, struct file *f)
{
	size_t i;

	if (r->docs) {
		docs_dep(r, f);
	} else if (f->source->reads_doc) {
		r->docs = carrier_new(r, TAUT_CARRIER_MODULE, "docstrings");
		for (i = 0; r->docs && i < r->nfiles; i++)
			docs_dep(r, r->files[i]);
		PyErr_Clear();
	}
}

/* Everything of a test goes to its shadow; the test refers to that. */
static void move_to_shadow(struct recording *r, struct carrier *c)
{
	struct carrier *shadow = r->carriers[c->shadow];
	size_t i;

	for (i = 0; i < c->hits.n; i++)
		carrier_dep(r, shadow, c->hits.p[i]);
	for (i = 0; i < c->refs.n; i++)
		carrier_ref(r, shadow, c->refs.p[i] >> 2,
			    (int)(c->refs.p[i] & 3));
	c->hits.n = c->refs.n = 0;
	carrier_ref(r, c, shadow->number, TAUT_EDGE_USES);
	carrier_dirty(r, shadow);
}

int carrier_write(struct recording *r, struct carrier *c, int final,
		  struct taut_err *err)
{
	struct taut_log_carrier l = { .number = c->number,
				      .kind = c->kind,
				      .owner = c->owner };

	carrier_settle(r, c);
	if (c->shadow != NONE)
		move_to_shadow(r, c);
	c->final = final;
	c->dirty = 0;
	if (r->pid != getpid())
		return 0;
	if (gather(r, c) || arrange(r, &l))
		return no_memory(err);
	l.final = really_final(c, final);
	if (taut_log_carrier(r->log, &l, err))
		return err->code;
	/* A test never runs on; its sets would be most of the memory. */
	if (final && c->kind == TAUT_CARRIER_TEST) {
		vec_free(&c->hits);
		vec_free(&c->refs);
		c->freed = 1;
	}
	return 0;
}

int write_dirty(struct recording *r, struct taut_err *err)
{
	struct carrier *c;
	int final, rc;

	/* Writing one can make another dirty: also one that was here. */
	while (r->dirty.n) {
		c = r->carriers[r->dirty.p[--r->dirty.n]];
		if (!c->dirty)
			continue;
		final = c->final || c->kind == TAUT_CARRIER_MODULE ||
			c->kind == TAUT_CARRIER_MEMO;
		rc = carrier_write(r, c, final, err);
		if (rc)
			return rc;
	}
	return 0;
}
