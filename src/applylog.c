#include "applylog.h"

#include <string.h>

#include "io.h"
#include "unit.h"

/* ---- files ---- */

/*
 * The file's content as this run saw it.  The digest counts only if each hash
 * in use is one that this content has; two contents in one run: neither.
 */
static int set_content(struct taut_app *r, const struct taut_app_file *f)
{
	struct taut_st_file *st = &r->s->file[f->id];
	size_t had = r->described.n;
	uint64_t *h;
	uint32_t i, n = 0;

	if (taut_map_add(&r->described, &f->id, sizeof(f->id)) == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	if (had == r->described.n) {
		if (memcmp(&st->content, &f->digest, sizeof(f->digest)))
			st->state = TAUT_ST_CLEARED;
		return 0;
	}
	h = taut_arena_alloc(&r->s->arena,
			     ((size_t)f->nsuites + 1) * sizeof(*h));
	if (!h)
		return TAUT_ENOMEM;
	if (f->kind != TAUT_PY)
		h[n++] = taut_db_digest_hash(&f->digest);
	for (i = 0; i < f->nsuites; i++)
		if (f->suites[i].flags & TAUT_SUITE_CODE || i + 2 >= f->nsuites)
			h[n++] = f->suites[i].hash;
	st->state = TAUT_ST_CONTENT;
	st->content = f->digest;
	st->known = h;
	st->nknown = taut_unique_u64(h, n);
	return 0;
}

/* The units of a file: those of its version, and its docstrings. */
static int take_units(struct taut_app *r, const struct taut_app_file *f,
		      const struct taut_rec_file *from)
{
	struct taut_db_ver version = { .hash = f->suites[f->nsuites - 1].hash };
	struct taut_db_ver docs = { .hash = f->suites[f->nsuites - 2].hash,
				    .docs = 1 };
	const struct taut_rec_unit *one;
	struct taut_rec_unit *u, *d;
	uint32_t i;

	u = taut_arena_alloc(&r->arena, from->nunits * sizeof(*u) + 1);
	d = taut_arena_alloc(&r->arena, from->nunits * sizeof(*d) + 1);
	if (!u || !d)
		return TAUT_ENOMEM;
	for (i = 0; i < from->nunits; i++) {
		one = &from->units[i];
		if (taut_unit_in_version(one->kind, one->owner, one->nnames,
					 one->names))
			u[version.nunits++] = *one;
		if (one->kind == TAUT_UNIT_DEF_DOC)
			d[docs.nunits++] = *one;
	}
	version.units = u;
	docs.units = d;
	return taut_st_ver(r->s, f->id, &version) ||
			       taut_st_ver(r->s, f->id, &docs) ?
		       TAUT_ENOMEM :
		       0;
}

static int take_file(struct taut_app *r, const struct taut_rec_file *from)
{
	struct taut_rec_suite *suites;
	struct taut_app_file f = { .kind = from->kind,
				   .digest = from->digest,
				   .nsuites = from->nsuites };

	f.id = taut_st_file(r->s, from->kind, from->path, from->npath);
	suites = taut_arena_alloc(&r->arena,
				  from->nsuites * sizeof(*suites) + 1);
	if (f.id == TAUT_MAP_NONE || !suites ||
	    taut_grow(&r->files, &r->cfiles, r->nfiles + 1, sizeof(*r->files)))
		return TAUT_ENOMEM;
	if (from->nsuites)
		memcpy(suites, from->suites, from->nsuites * sizeof(*suites));
	f.suites = suites;
	r->files[r->nfiles++] = f;
	if (set_content(r, &f))
		return TAUT_ENOMEM;
	if (f.kind != TAUT_PY)
		return 0;
	return take_units(r, &f, from);
}

/* ---- carriers ---- */

static int add_hash(struct taut_app *r, size_t *n, uint64_t h)
{
	if (taut_grow(&r->hashes, &r->chashes, *n + 1, sizeof(*r->hashes)))
		return TAUT_ENOMEM;
	r->hashes[(*n)++] = h;
	return 0;
}

/*
 * The hashes that entering these suites depends on: inside a function the
 * suite and those around it, up to the function; on module and class level
 * the VERSION of the file.
 */
static int close_suites(struct taut_app *r, const struct taut_app_file *f,
			const struct taut_log_dep *d, size_t *n)
{
	const struct taut_rec_suite *s = f->suites;
	uint32_t i, at;

	*n = 0;
	if (f->kind != TAUT_PY)
		return add_hash(r, n, taut_db_digest_hash(&f->digest));
	for (i = 0; i < d->nsuites; i++) {
		at = d->suites[i];
		if (at + 2 >= f->nsuites || !(s[at].flags & TAUT_SUITE_CODE)) {
			/* DOC and VERSION stand for themselves. */
			if (at + 2 != f->nsuites)
				at = f->nsuites - 1;
			if (add_hash(r, n, s[at].hash))
				return TAUT_ENOMEM;
			continue;
		}
		for (;; at = s[at].parent) {
			if (add_hash(r, n, s[at].hash))
				return TAUT_ENOMEM;
			if (s[at].parent == at ||
			    !(s[s[at].parent].flags & TAUT_SUITE_CODE))
				break;
		}
	}
	return 0;
}

/* The set of one dependency.  Carriers repeat each other's, so the closure is
 * made once for each distinct list of suites. */
static int take_dep(struct taut_app *r, const struct taut_log_dep *d,
		    struct taut_u32s *sets)
{
	const struct taut_app_file *f = &r->files[d->file];
	uint32_t i, set;
	size_t n;

	if (!d->nsuites)
		return 0;
	r->key.n = 0;
	if (taut_buf_u32(&r->key, d->file) ||
	    taut_buf_add(&r->key, d->suites, d->nsuites * sizeof(*d->suites)))
		return TAUT_ENOMEM;
	i = taut_map_add(&r->raw, r->key.p, r->key.n);
	if (i == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	if (i == r->set_ids.n) {
		if (close_suites(r, f, d, &n))
			return TAUT_ENOMEM;
		set = taut_st_set(r->s, f->id, r->hashes, n);
		if (set == TAUT_MAP_NONE || taut_u32s_add(&r->set_ids, set))
			return TAUT_ENOMEM;
	}
	return taut_u32s_add(sets, r->set_ids.p[i]);
}

/* The carrier that this log calls `number`; made when it is not there. */
static struct taut_app_carrier *numbered(struct taut_app *r, uint32_t number)
{
	struct taut_app_carrier *c;

	while (r->numbers.n <= number)
		if (taut_u32s_add(&r->numbers, TAUT_NONE))
			return NULL;
	if (r->numbers.p[number] != TAUT_NONE)
		return &r->carriers[r->numbers.p[number]];
	if (taut_grow(&r->carriers, &r->ccarriers, r->ncarriers + 1,
		      sizeof(*r->carriers)))
		return NULL;
	c = &r->carriers[r->ncarriers];
	memset(c, 0, sizeof(*c));
	c->index = c->incomplete = TAUT_NONE;
	r->numbers.p[number] = (uint32_t)r->ncarriers++;
	return c;
}

static int take_carrier(struct taut_app *r, const struct taut_log_carrier *from)
{
	struct taut_app_carrier *c = numbered(r, from->number);
	uint32_t i;

	if (!c)
		return TAUT_ENOMEM;
	c->seen = 1;
	c->kind = (uint8_t)from->kind;
	c->final = (uint8_t)from->final;
	c->owner = taut_st_str(r->s, from->owner);
	if (c->owner == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	c->sets.n = c->refs.n = 0;
	for (i = 0; i < from->ndeps; i++)
		if (take_dep(r, &from->deps[i], &c->sets))
			return TAUT_ENOMEM;
	for (i = 0; i < from->nrefs; i++)
		if (taut_u32s_add(&c->refs, from->refs[i].carrier << 2 |
						    from->refs[i].edge))
			return TAUT_ENOMEM;
	return 0;
}

/* ---- tests ---- */

static struct taut_app_test *find_test(struct taut_app *r, uint32_t path,
				       uint32_t nodeid)
{
	uint32_t key[2] = { path, nodeid }, i;
	size_t had = r->test_keys.n;

	if (taut_grow(&r->tests, &r->ctests, had + 1, sizeof(*r->tests)))
		return NULL;
	i = taut_map_add(&r->test_keys, key, sizeof(key));
	if (i == TAUT_MAP_NONE)
		return NULL;
	if (i == had)
		r->tests[i] = (struct taut_app_test){ .path = path,
						      .nodeid = nodeid,
						      .outcome = TAUT_NEW,
						      .must_run = TAUT_NONE,
						      .last = TAUT_NONE };
	return &r->tests[i];
}

/*
 * A test that ran more than once (in two logs, or again in one) has all its
 * carriers and the worst outcome; a second record of the same carrier only
 * corrects the first.
 */
static int take_test(struct taut_app *r, const struct taut_log_test *from)
{
	uint32_t path = taut_st_str(r->s, from->path), carrier, why = TAUT_NONE;
	uint32_t nodeid = taut_st_str(r->s, from->nodeid);
	struct taut_app_test *t;

	if (path == TAUT_MAP_NONE || nodeid == TAUT_MAP_NONE ||
	    !numbered(r, from->carrier))
		return TAUT_ENOMEM;
	carrier = r->numbers.p[from->carrier];
	t = find_test(r, path, nodeid);
	if (!t)
		return TAUT_ENOMEM;
	if (from->must_run) {
		why = taut_st_str(r->s, from->must_run);
		if (why == TAUT_MAP_NONE)
			return TAUT_ENOMEM;
	}
	if (t->last == carrier && t->from.n == 1) {
		t->outcome = from->outcome;
		t->must_run = why;
		return 0;
	}
	t->outcome = taut_st_worse(t->outcome, from->outcome);
	t->must_run = taut_st_reason(r->s, t->must_run, why);
	t->last = carrier;
	return taut_u32s_add(&t->from, carrier);
}

static int take_collected(struct taut_app *r,
			  const struct taut_rec_collected *from)
{
	struct taut_app_collected *c;
	uint32_t i, id;

	if (taut_grow(&r->collected, &r->ccollected, r->ncollected + 1,
		      sizeof(*r->collected)))
		return TAUT_ENOMEM;
	c = &r->collected[r->ncollected++];
	memset(c, 0, sizeof(*c));
	c->full = from->full;
	c->path = taut_st_str(r->s, from->path);
	if (c->path == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	for (i = 0; i < from->n; i++) {
		id = taut_st_str(r->s, from->nodeids[i]);
		if (id == TAUT_MAP_NONE || taut_u32s_add(&c->nodeids, id))
			return TAUT_ENOMEM;
	}
	return 0;
}

/* ---- logs ---- */

static int take_frame(struct taut_app *r, const struct taut_frame *f)
{
	switch (f->type) {
	case TAUT_FRAME_FILE:
		return take_file(r, &f->u.file);
	case TAUT_FRAME_CARRIER:
		return take_carrier(r, &f->u.carrier);
	case TAUT_FRAME_TEST:
		return take_test(r, &f->u.test);
	default:
		return take_collected(r, &f->u.collected);
	}
}

/* A reason that names the carrier, kept as a string. */
static int incomplete(struct taut_app *r, struct taut_app_carrier *c,
		      const char *what)
{
	static const char *const kinds[] = {
		"test", "fixture", "module", "memo", "collection of", "session"
	};
	struct taut_buf b = TAUT_BUF_INIT;
	uint32_t why = TAUT_MAP_NONE;

	if (!taut_buf_printf(&b, "%s %s %s", kinds[c->kind],
			     taut_st_text(r->s, c->owner), what))
		why = taut_map_add(&r->s->strs, b.p, b.n);
	taut_buf_release(&b);
	if (why == TAUT_MAP_NONE)
		return TAUT_ENOMEM;
	c->incomplete = taut_st_reason(r->s, c->incomplete, why);
	return 0;
}

/* Turn one carrier's references from numbers of its log into carriers. */
static int resolve(struct taut_app *r, struct taut_app_carrier *c)
{
	const struct taut_app_carrier *to;
	uint32_t i, k = 0, number, at;
	int rc = 0;

	for (i = 0; i < c->refs.n && !rc; i++) {
		number = c->refs.p[i] >> 2;
		at = number < r->numbers.n ? r->numbers.p[number] : TAUT_NONE;
		to = at == TAUT_NONE ? NULL : &r->carriers[at];
		if (!to || !to->seen)
			rc = incomplete(r, c,
					"refers to what was never "
					"recorded");
		else if (to->kind == TAUT_CARRIER_TEST)
			rc = incomplete(r, c, "refers to another test");
		else
			c->refs.p[k++] =
				TAUT_ST_REF(to->index, c->refs.p[i] & 3);
	}
	c->refs.n = k;
	if (!rc && !c->final)
		rc = incomplete(r, c, "was not recorded to its end");
	return rc;
}

/* The log is read: give its carriers their place in the environment. */
static int end_log(struct taut_app *r)
{
	struct taut_st_env *e = r->env;
	struct taut_app_carrier *c;
	size_t i;

	for (i = r->first; i < r->ncarriers; i++) {
		c = &r->carriers[i];
		if (!c->seen || c->kind == TAUT_CARRIER_TEST)
			continue;
		if (e->ncarriers >= TAUT_ST_MAX_CARRIERS ||
		    taut_grow(&e->carriers, &e->ccarriers, e->ncarriers + 1,
			      sizeof(*e->carriers)))
			return TAUT_ENOMEM;
		c->index = (uint32_t)e->ncarriers;
		e->carriers[e->ncarriers++] =
			(struct taut_st_carrier){ .kind = c->kind,
						  .owner = c->owner };
	}
	for (i = r->first; i < r->ncarriers; i++)
		if (r->carriers[i].seen && resolve(r, &r->carriers[i]))
			return TAUT_ENOMEM;
	return 0;
}

int taut_app_read(struct taut_app *r, const char *path)
{
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_log_reader reader;
	struct taut_frame f;
	int rc = taut_io_read(path, &b, r->err);

	if (rc) {
		taut_buf_release(&b);
		return rc;
	}
	r->first = r->ncarriers;
	r->nfiles = r->numbers.n = r->set_ids.n = 0;
	taut_map_release(&r->raw);
	taut_log_reader_init(&reader, b.p, b.n);
	while ((rc = taut_log_reader_next(&reader, &f, r->err)) > 0)
		if (take_frame(r, &f)) {
			rc = taut_nomem(r->err);
			break;
		}
	taut_log_reader_release(&reader);
	taut_buf_release(&b);
	if (!rc && end_log(r))
		rc = taut_nomem(r->err);
	return rc;
}

/* ---- end ---- */

void taut_app_release(struct taut_app *r)
{
	size_t i;

	for (i = 0; i < r->ncarriers; i++) {
		taut_u32s_release(&r->carriers[i].sets);
		taut_u32s_release(&r->carriers[i].refs);
	}
	for (i = 0; i < r->test_keys.n; i++)
		taut_u32s_release(&r->tests[i].from);
	for (i = 0; i < r->ncollected; i++)
		taut_u32s_release(&r->collected[i].nodeids);
	taut_free(r->carriers);
	taut_free(r->tests);
	taut_free(r->collected);
	taut_free(r->files);
	taut_free(r->hashes);
	taut_buf_release(&r->key);
	taut_u32s_release(&r->numbers);
	taut_u32s_release(&r->set_ids);
	taut_map_release(&r->raw);
	taut_map_release(&r->test_keys);
	taut_map_release(&r->described);
	taut_arena_release(&r->arena);
}
