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

static uint32_t ids_end(const struct recording *r)
{
	return (uint32_t)r->of.n;
}

/* c's hits, in r->entered; those of a carrier that goes on, without the
 * duplicates. */
static int enter(struct recording *r, struct carrier *c)
{
	uint32_t at = 0;
	size_t i, n = 0;

	idset_clear(&r->entered);
	if (idset_room(&r->entered, ids_end(r)))
		return -1;
	for (i = 0; i < c->hits.n; i++)
		if (c->hits.p[i] >= r->first_id)
			n += idset_add(&r->entered, c->hits.p[i] - r->first_id);
	if (n == c->hits.n || c->kind == TAUT_CARRIER_TEST)
		return 0;
	for (c->hits.n = 0; (at = idset_next(&r->entered, at)) != NONE; at++)
		c->hits.p[c->hits.n++] = at + r->first_id;
	return 0;
}

/* The next id of a set that the recording knows, from *at on; its file. */
static struct file *next_id(struct recording *r, const struct idset *s,
			    uint32_t *at)
{
	*at = idset_next(s, *at);
	return *at == NONE ? NULL : file_of(r, *at + r->first_id);
}

/* Does c have to do with import statements of that suite? */
static int imports_there(struct recording *r, const struct carrier *c,
			 uint32_t id)
{
	struct file *f;

	if (id < r->first_id || !idset_has(&r->importing, id - r->first_id))
		return 0;
	f = file_of(r, id);
	/* The module's carrier has what its own level imports. */
	return f->module == NONE || f->module == c->number ||
	       f->up[id - f->base] != NONE;
}

/* Function and module suites alike; a module's are the ones it ran. */
void carrier_settle(struct recording *r, struct carrier *c)
{
	struct vec ids = { NULL, 0, 0 };
	struct file *f;
	size_t i;

	for (i = 0; i < c->hits.n; i++)
		if (imports_there(r, c, c->hits.p[i]) &&
		    vec_add(&ids, c->hits.p[i]))
			carrier_incomplete(c, "out of memory");
	vec_sort(&ids);
	for (i = 0; i < ids.n; i++) {
		f = file_of(r, ids.p[i]);
		imports_of_suite(r, c, f, ids.p[i] - f->base);
	}
	vec_free(&ids);
	if (c->kind == TAUT_CARRIER_MODULE)
		memo_properties(r, c);
}

/* ---- the sets of one record ---- */

static int begin(struct recording *r)
{
	size_t had = r->cap_stamps;

	r->refs.n = 0;
	idset_clear(&r->ids);
	if (idset_room(&r->ids, ids_end(r)) ||
	    taut_room(&r->stamps, &r->cap_stamps, r->ncarriers,
		      sizeof(*r->stamps)))
		return -1;
	memset(r->stamps + had, 0, (r->cap_stamps - had) * sizeof(*r->stamps));
	if (!++r->stamp) {
		memset(r->stamps, 0, r->cap_stamps * sizeof(*r->stamps));
		r->stamp = 1;
	}
	return 0;
}

static int add_id(struct recording *r, uint32_t id)
{
	return idset_add(&r->ids, id - r->first_id);
}

static int add_ref(struct recording *r, const struct carrier *c,
		   uint32_t number)
{
	if (number == NONE || number == c->number ||
	    r->stamps[number] == r->stamp)
		return 0;
	r->stamps[number] = r->stamp;
	return vec_add(&r->refs, number << 2 | TAUT_EDGE_USES);
}

/* One entered suite: it, the suites around it, its memo. */
static int add_suite(struct recording *r, struct carrier *c, struct file *f,
		     uint32_t suite)
{
	uint32_t version = f->source->nsuites - 1;

	if (f->memos && add_ref(r, c, f->memos[suite]))
		return -1;
	if (suite == version || suite == version - 1) {
		add_id(r, f->base + suite);
		return 0;
	}
	for (; f->up[suite] != NONE; suite = f->up[suite])
		if (!add_id(r, f->base + suite))
			return 0;
	/* The module's carrier has the version; nobody needs it twice. */
	if (f->module == NONE || f->module == c->number)
		add_id(r, f->base + version);
	return 0;
}

/* Suites without a line of their own, as the trace core cannot see them. */
static void add_unlined(struct recording *r, struct file *f)
{
	uint32_t s;
	size_t i;

	for (i = 0; i < f->unlined.n; i++) {
		s = f->unlined.p[i];
		if (f->up[s] != NONE &&
		    idset_has(&r->ids, f->base + f->up[s] - r->first_id))
			add_id(r, f->base + s);
	}
}

static int add_file(struct recording *r, struct carrier *c, struct file *f)
{
	if (c == r->docs)
		return 0; /* docstrings do not come with their modules */
	if (f->reads_doc && r->docs && add_ref(r, c, r->docs->number))
		return -1;
	return f->source ? add_ref(r, c, f->module) : 0;
}

static int gather(struct recording *r, struct carrier *c)
{
	struct file *f = NULL, *next;
	uint32_t at = 0, id;
	size_t i;

	if (begin(r) || enter(r, c))
		return -1;
	for (; (next = next_id(r, &r->entered, &at)); at++) {
		id = at + r->first_id;
		if (next != f && f && f->source)
			add_unlined(r, f);
		if (next != f && add_file(r, c, next))
			return -1;
		f = next;
		if (!f->source)
			add_id(r, id);
		else if (f->opaque)
			add_id(r, r->files[f->whole]->base);
		else if (add_suite(r, c, f, id - f->base))
			return -1;
	}
	if (f && f->source)
		add_unlined(r, f);
	vec_sort(&c->refs);
	for (i = 0; i < c->refs.n; i++) {
		r->stamps[c->refs.p[i] >> 2] = r->stamp;
		if (vec_add(&r->refs, c->refs.p[i]))
			return -1;
	}
	vec_sort(&r->refs);
	return 0;
}

/* r->ids and r->refs in the log's terms. */
static int arrange(struct recording *r, struct taut_log_carrier *l)
{
	struct file *f = NULL, *next;
	struct taut_log_dep *dep;
	uint32_t at = 0;
	size_t i;

	r->suites.n = 0;
	l->ndeps = 0;
	for (; (next = next_id(r, &r->ids, &at)); at++) {
		if (next != f) {
			f = next;
			if (taut_room(&r->deps, &r->cap_deps, l->ndeps + 1,
				      sizeof(*r->deps)))
				return -1;
			dep = &r->deps[l->ndeps++];
			dep->file = f->number;
			dep->nsuites = 0;
		}
		if (vec_add(&r->suites, at + r->first_id - f->base))
			return -1;
		r->deps[l->ndeps - 1].nsuites++;
	}
	/* Only now: their array has moved as it grew. */
	for (i = 0, at = 0; i < l->ndeps; at += r->deps[i++].nsuites)
		r->deps[i].suites = r->suites.p + at;
	if (taut_room(&r->lrefs, &r->cap_lrefs, r->refs.n, sizeof(*r->lrefs)))
		return -1;
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

/*
 * A memo is entered by test after test, and says the same each time.  Its
 * sets only grow: what a file is, and its module's carrier, were settled
 * before any of its suites ran.
 */
static int told_before(const struct recording *r, struct carrier *c, int final)
{
	int same = c->told && c->told_final == final &&
		   c->told_ids == r->suites.n && c->told_refs == r->refs.n;

	c->told = 1;
	c->told_final = final != 0;
	c->told_ids = r->suites.n;
	c->told_refs = r->refs.n;
	return same;
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
	if (!told_before(r, c, l.final) && taut_log_carrier(r->log, &l, err))
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
