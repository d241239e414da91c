/*
 * carrier.c - the open carriers of each thread, and what is charged to them.
 */
#include "core.h"

#include <unistd.h>

struct recording *taut_rec;
uint64_t taut_epoch;

/* Never used again in this process: probes outlive recordings. */
static uint64_t last_epoch;

/* Beyond this many hits a carrier's duplicates are taken out. */
#define COMPACT_AT 4096

/*
 * A probe is silent when its epoch is that of the main stack's top.  While
 * another thread has carriers of its own open (an import in a thread), that
 * would lose its hits: then no epoch matches and every hit is slow.
 */
static void epoch_set(struct recording *r)
{
	if (telling(r))
		taut_epoch = r->told.epoch;
	else
		taut_epoch = r->nothers_open ? EPOCH_SHARED :
					       stack_top(&r->main)->epoch;
}

uint64_t epoch_for_all(struct recording *r)
{
	r->told.epoch = taut_epoch = ++last_epoch;
	return taut_epoch;
}

struct carrier *carrier_new(struct recording *r, int kind, const char *owner)
{
	struct carrier *c = calloc(1, sizeof(*c));

	if (c)
		c->owner = strdup(owner);
	if (!c || !c->owner ||
	    taut_room(&r->carriers, &r->cap_carriers, r->ncarriers + 1,
		      sizeof(*r->carriers))) {
		if (c)
			free(c->owner);
		free(c);
		PyErr_NoMemory();
		return NULL;
	}
	c->number = r->ncarriers;
	c->kind = kind;
	c->epoch = ++last_epoch;
	c->compact_at = COMPACT_AT;
	c->file = c->memo = c->shadow = NONE;
	r->carriers[r->ncarriers++] = c;
	return c;
}

void carriers_free(struct recording *r)
{
	struct carrier *c;
	struct stack *s;
	size_t i;

	for (i = 0; i < r->ncarriers; i++) {
		c = r->carriers[i];
		vec_free(&c->hits);
		vec_free(&c->refs);
		Py_CLEAR(c->noted);
		free(c->owner);
		free(c->incomplete);
		free(c->package);
		free(c);
	}
	free(r->carriers);
	r->carriers = NULL;
	r->ncarriers = 0;
	while ((s = r->others)) {
		r->others = s->next;
		free(s->p);
		free(s);
	}
	free(r->main.p);
	memset(&r->main, 0, sizeof(r->main));
}

/* ---- stacks ---- */

/*
 * A thread that was not seen before.  Whatever it does later than the carrier
 * that is open now belongs to that one too: by way of a carrier of the
 * thread's own, since the open one will have been written by then.  That one
 * refers to all that the running test holds: what the test entered first, the
 * thread's probes do not tell.
 */
static struct stack *stack_new(struct recording *r, uint64_t thread)
{
	struct stack *s = calloc(1, sizeof(*s));
	struct carrier *c;

	if (!s)
		return NULL;
	s->thread = thread;
	s->home = NONE;
	s->origin = stack_top(&r->main)->number;
	c = telling(r) ? NULL : carrier_new(r, TAUT_CARRIER_MEMO, "thread");
	if (c) {
		s->home = c->number;
		carrier_ref(r, stack_top(&r->main), c->number, TAUT_EDGE_USES);
		carrier_dirty(r, c);
	} else {
		PyErr_Clear();
	}
	s->next = r->others;
	r->others = s;
	return s;
}

struct stack *stack_here(struct recording *r)
{
	uint64_t thread = PyThreadState_GetID(PyThreadState_Get());
	struct stack **at, *s;

	if (thread == r->main.thread)
		return &r->main;
	for (at = &r->others; (s = *at); at = &s->next) {
		if (s->thread != thread)
			continue;
		*at = s->next;
		s->next = r->others;
		r->others = s;
		return s;
	}
	s = stack_new(r, thread);
	return s ? s : &r->main;
}

struct stack *stack_charged(struct recording *r)
{
	struct stack *s = stack_here(r);

	return s->n ? s : &r->main;
}

int stack_push(struct recording *r, struct stack *s, struct carrier *c,
	       int depth)
{
	if (taut_room(&s->p, &s->cap, s->n + 1, sizeof(*s->p))) {
		PyErr_NoMemory();
		return -1;
	}
	s->p[s->n].c = c;
	s->p[s->n++].depth = depth;
	c->open++;
	if (s != &r->main)
		r->nothers_open++;
	epoch_set(r);
	return 0;
}

/* A carrier that nobody has open any more: what remains to be done for it. */
static void carrier_closed(struct recording *r, struct carrier *c)
{
	if (c->kind == TAUT_CARRIER_MODULE || c->kind == TAUT_CARRIER_MEMO)
		carrier_dirty(r, c);
}

void stack_cut(struct recording *r, struct stack *s, size_t n)
{
	struct carrier *c;

	while (s->n > n) {
		c = s->p[--s->n].c;
		if (s != &r->main)
			r->nothers_open--;
		if (!--c->open)
			carrier_closed(r, c);
	}
	epoch_set(r);
}

/* ---- contents ---- */

void carrier_dirty(struct recording *r, struct carrier *c)
{
	if (c->dirty || c->freed || telling(r))
		return;
	c->dirty = !vec_add(&r->dirty, c->number);
	if (!c->dirty)
		carrier_incomplete(c, "out of memory");
}

static void compact(struct carrier *c)
{
	vec_sort(&c->hits);
	c->compact_at = 2 * c->hits.n;
	if (c->compact_at < COMPACT_AT)
		c->compact_at = COMPACT_AT;
}

void carrier_dep(struct recording *r, struct carrier *c, uint32_t id)
{
	if (telling(r)) {
		tell_id(r, id);
		return;
	}
	if (vec_add(&c->hits, id))
		carrier_incomplete(c, "out of memory");
	if (c->hits.n > c->compact_at)
		compact(c);
	/* Open ones are written when they are closed; the session's stays
	 * open below all others. */
	if (!c->dirty && (!c->open || c == r->session))
		carrier_dirty(r, c);
}

void carrier_ref(struct recording *r, struct carrier *c, uint32_t number,
		 int edge)
{
	uint32_t ref = number << 2 | (uint32_t)edge;
	size_t i, few = c->refs.n < 8 ? c->refs.n : 8;

	if (telling(r)) {
		tell_uses(r, number);
		return;
	}
	if (number == c->number || c->freed)
		return;
	for (i = 0; i < few; i++)
		if (c->refs.p[c->refs.n - 1 - i] == ref)
			return;
	if (vec_add(&c->refs, ref))
		carrier_incomplete(c, "out of memory");
	if (c->refs.n > COMPACT_AT && !(c->refs.n & (c->refs.n - 1)))
		vec_sort(&c->refs);
	if (!c->dirty && (!c->open || c == r->session))
		carrier_dirty(r, c);
}

uint32_t carrier_target(struct recording *r, struct carrier *c)
{
	struct carrier *shadow;

	if (c->kind != TAUT_CARRIER_TEST)
		return c->number;
	if (c->shadow == NONE) {
		shadow = carrier_new(r, TAUT_CARRIER_MEMO, c->owner);
		if (!shadow) {
			PyErr_Clear();
			carrier_incomplete(c, "out of memory");
			return r->session->number;
		}
		c->shadow = shadow->number;
	}
	return c->shadow;
}

void carrier_incomplete(struct carrier *c, const char *reason)
{
	if (taut_rec && telling(taut_rec)) {
		tell(taut_rec, TAUT_STREAM_LOST, 0, reason);
		return;
	}
	if (!c->incomplete)
		c->incomplete = strdup(reason);
}

void all_incomplete(struct recording *r, const char *reason)
{
	struct stack *s = stack_here(r);
	size_t i;

	for (i = 0; i < r->main.n; i++)
		if (i || r->main.n == 1)
			carrier_incomplete(r->main.p[i].c, reason);
	if (s != &r->main)
		for (i = 0; i < s->n; i++)
			carrier_incomplete(s->p[i].c, reason);
}

/* ---- hits ---- */

/* While a module is imported, a function of another file stores something:
 * whoever uses that file may see it. */
static void note_store(struct recording *r, struct stack *s, uint32_t id)
{
	struct file *f = file_of(r, id);
	struct carrier *c, *of;
	size_t i;

	if (!f || f->module == NONE)
		return;
	for (i = s->n; i-- > 0;) {
		c = s->p[i].c;
		if (c->kind == TAUT_CARRIER_MEMO)
			continue;
		if (c->kind != TAUT_CARRIER_MODULE)
			return;
		of = r->carriers[f->module];
		if (of != c)
			carrier_ref(r, of, c->number, TAUT_EDGE_STORES);
		return;
	}
}

uint64_t taut_hit(uint32_t id, unsigned flags)
{
	struct recording *r = taut_rec;
	struct stack *here, *s;
	struct carrier *c, *home;

	if (!r || id < r->first_id)
		return taut_epoch;
	if (telling(r)) {
		tell_id(r, id);
		return r->told.epoch;
	}
	here = stack_here(r);
	if (here->n && here->p[here->n - 1].depth)
		memo_unwind(r, here, id);
	s = here->n ? here : &r->main;
	c = stack_top(s);
	carrier_dep(r, c, id);
	if (here != &r->main && here->home != NONE &&
	    here->origin != c->number) {
		home = r->carriers[here->home];
		carrier_ref(r, home, carrier_target(r, c), TAUT_EDGE_USES);
	}
	if (flags & MARK_STORES)
		note_store(r, s, id);
	return taut_epoch == EPOCH_SHARED ? EPOCH_NONE : taut_epoch;
}
