/*
 * stream.c - a process that recorded code started: it tells what it does.
 *
 * It has the same recorder, but no log and no carriers that matter: whatever
 * would be added to a carrier is told once, at once, and belongs to all of
 * the process.  Who started it makes that a carrier (family.c).
 *
 * There are two ways to become one.  A new interpreter records from its start
 * (taut/child.py).  A forked one goes on with what it inherited: what it
 * enters it tells anew, and what it uses of the things that were there before
 * (modules, values that are kept) it tells by the number of their carrier.
 */
#include "core.h"

#include <time.h>
#include <unistd.h>

int64_t tell_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void put(struct recording *r, const struct taut_stream_entry *e)
{
	/* What fails is known to the reader: the stream says so. */
	taut_stream_put(r->told.out, e, NULL);
}

void tell(struct recording *r, int type, uint32_t a, const char *text)
{
	struct taut_stream_entry e = {
		.type = type, .a = a, .ns = tell_now(), .text = text
	};

	put(r, &e);
}

/* Zeros for what was not there before. */
static int room(void *p, size_t *cap, size_t need, size_t size)
{
	size_t had = *cap;

	if (taut_room(p, cap, need, size))
		return -1;
	if (*cap > had)
		memset(*(char **)p + had * size, 0, (*cap - had) * size);
	return 0;
}

static void no_memory(struct recording *r)
{
	tell(r, TAUT_STREAM_LOST, 0, "out of memory");
}

void tell_file(struct recording *r, struct file *f)
{
	struct taut_stream_entry e = { .type = TAUT_STREAM_FILE,
				       .kind = f->kind,
				       .text = f->path,
				       .digest = f->digest };

	if (room(&r->told.files, &r->told.cap_files, f->number + 1,
		 sizeof(*r->told.files))) {
		no_memory(r);
		return;
	}
	if (r->told.files[f->number])
		return;
	e.ns = tell_now();
	put(r, &e);
	r->told.files[f->number] = ++r->told.nfiles;
}

/* The suites in `suite` that the trace core cannot see. */
static void unlined(struct recording *r, struct file *f, uint32_t suite)
{
	size_t i;

	for (i = 0; i < f->unlined.n; i++)
		if (f->source->suites[f->unlined.p[i]].parent == suite)
			tell_id(r, f->base + f->unlined.p[i]);
}

void tell_id(struct recording *r, uint32_t id)
{
	struct taut_stream_entry e = { .type = TAUT_STREAM_HIT, .text = "" };
	struct file *f;

	if (room(&r->told.ids, &r->told.cap_ids, id - r->first_id + 1, 1)) {
		no_memory(r);
		return;
	}
	if (r->told.ids[id - r->first_id])
		return;
	r->told.ids[id - r->first_id] = 1;
	f = file_of(r, id);
	if (f && f->source && f->opaque)
		f = r->files[f->whole];
	if (!f)
		return;
	tell_file(r, f);
	if (!f->source)
		return;
	e.a = r->told.files[f->number] - 1;
	e.b = id - f->base;
	put(r, &e);
	if (f->unlined.n && e.b)
		unlined(r, f, e.b);
}

void tell_uses(struct recording *r, uint32_t carrier)
{
	if (carrier >= r->told.limit)
		return;
	if (room(&r->told.uses, &r->told.cap_uses, carrier + 1, 1)) {
		no_memory(r);
		return;
	}
	if (r->told.uses[carrier])
		return;
	r->told.uses[carrier] = 1;
	tell(r, TAUT_STREAM_USES, carrier, "");
}

/* ---- begin and end ---- */

void tell_end(struct recording *r)
{
	taut_stream_close(r->told.out);
	free(r->told.files);
	free(r->told.ids);
	free(r->told.uses);
	memset(&r->told, 0, sizeof(r->told));
}

void tell_begin(struct recording *r, struct taut_stream *out, int forked)
{
	/* A grandchild knows the same carriers as the child. */
	uint32_t limit = telling(r) ? r->told.limit : (uint32_t)r->ncarriers;

	tell_end(r);
	PyDict_Clear(r->read);
	r->told.out = out;
	r->told.limit = forked ? limit : 0;
	r->told.epoch = epoch_for_all(r);
	tell(r, TAUT_STREAM_PID, (uint32_t)getpid(), r->name);
}
