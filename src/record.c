#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hash.h"
#include "io.h"

/* Frames wait here until they are flushed or this many bytes are there. */
#define FLUSH_AT (64u << 10)
/* What a killed process may lose, against a write(2) a test: 7 us each. */
#define DUE_MS 10

struct taut_log {
	int fd;
	pid_t pid;  /* a forked child must not write our frames */
	int failed; /* the error was reported; nothing is kept */
	uint32_t nfiles;
	struct taut_buf buf;   /* frames not yet written */
	struct taut_buf tests; /* ... that come behind all of these */
	int64_t flushed;       /* now_ms() of the last time */
	char *path;	       /* owned; for messages */
};

/* ---- writing ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	/* Read from a page of the kernel's that it sets every 4 ms. */
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int flush(struct taut_log *l, struct taut_err *err)
{
	if (!l->buf.n || l->pid != getpid())
		return 0;
	if (taut_io_write_all(l->fd, l->buf.p, l->buf.n)) {
		l->failed = 1;
		return taut_fail_errno(err, TAUT_EIO, "cannot write %s",
				       l->path);
	}
	l->buf.n = 0;
	return 0;
}

static int create(struct taut_log *l, struct taut_err *err)
{
	if (taut_buf_add(&l->buf, TAUT_LOG_MAGIC, strlen(TAUT_LOG_MAGIC)) ||
	    taut_buf_u32(&l->buf, TAUT_FORMAT))
		return taut_nomem(err);
	l->fd = open(l->path,
		     O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
	if (l->fd < 0)
		return taut_fail_errno(err, TAUT_EIO, "cannot create %s",
				       l->path);
	l->pid = getpid();
	return flush(l, err);
}

int taut_log_open(const char *dir, const char *writer, struct taut_log **out,
		  struct taut_err *err)
{
	struct taut_buf path = TAUT_BUF_INIT;
	struct taut_log *l;
	int rc;

	*out = NULL;
	if (!*writer || strchr(writer, '/'))
		return taut_fail(err, TAUT_EINVAL, "'%s' cannot name a log",
				 writer);
	l = taut_calloc(1, sizeof(*l));
	if (!l)
		return taut_nomem(err);
	l->fd = -1;
	if (taut_buf_printf(&path, "%s/%s.log", dir, writer))
		rc = taut_nomem(err);
	else {
		l->path = (char *)path.p;
		rc = create(l, err);
	}
	if (rc) {
		l->failed = 1;
		taut_log_close(l, NULL);
		return rc;
	}
	*out = l;
	return 0;
}

int taut_log_due(const struct taut_log *l)
{
	return l->tests.n && now_ms() - l->flushed >= DUE_MS;
}

int taut_log_flush(struct taut_log *l, struct taut_err *err)
{
	if (l->failed)
		return 0;
	if (taut_buf_add(&l->buf, l->tests.p, l->tests.n))
		return taut_nomem(err);
	l->tests.n = 0;
	l->flushed = now_ms();
	return flush(l, err);
}

void taut_log_drop(struct taut_log *l)
{
	l->failed = 1;
	l->buf.n = l->tests.n = 0;
}

int taut_log_close(struct taut_log *l, struct taut_err *err)
{
	int rc;

	if (!l)
		return 0;
	rc = taut_log_flush(l, err);
	if (l->fd >= 0)
		close(l->fd);
	taut_buf_release(&l->buf);
	taut_buf_release(&l->tests);
	taut_free(l->path);
	taut_free(l);
	return rc;
}

/* Room for length and checksum, then the type; returns where it began. */
static size_t frame_begin(struct taut_log *l, int type, int *bad)
{
	size_t start = l->buf.n;

	*bad = taut_buf_u32(&l->buf, 0) || taut_buf_u32(&l->buf, 0) ||
	       taut_buf_u8(&l->buf, (uint8_t)type);
	return start;
}

static void put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

/* Fill in length and checksum; a frame that met an error is taken back. */
static int frame_end(struct taut_log *l, size_t start, int bad,
		     struct taut_err *err)
{
	size_t n = l->buf.n - start - 8;

	if (bad || n > UINT32_MAX) {
		l->buf.n = start;
		return bad ? taut_nomem(err) :
			     taut_fail(err, TAUT_EINVAL,
				       "record too large for %s", l->path);
	}
	put_u32(l->buf.p + start, (uint32_t)n);
	put_u32(l->buf.p + start + 4, taut_hash32(l->buf.p + start + 8, n));
	return 0;
}

/* The same, and make room when there is enough. */
static int frame_done(struct taut_log *l, size_t start, int bad,
		      struct taut_err *err)
{
	int rc = frame_end(l, start, bad, err);

	return !rc && l->buf.n >= FLUSH_AT ? flush(l, err) : rc;
}

static int put_text(struct taut_buf *b, const char *s, size_t n)
{
	return taut_buf_bytes(b, s, n) || taut_buf_u8(b, 0);
}

static int put_str(struct taut_buf *b, const char *s)
{
	return put_text(b, s, strlen(s));
}

static int put_suites(struct taut_buf *b, const struct taut_source *s)
{
	const struct taut_suite *u;
	uint8_t h[7];
	uint32_t i;
	int bad, k;

	bad = taut_buf_varint(b, s->nsuites);
	for (i = 0; i < s->nsuites && !bad; i++) {
		u = &s->suites[i];
		for (k = 0; k < 5; k++)
			h[k] = (uint8_t)(u->hash >> 8 * k);
		h[5] = u->kind;
		h[6] = u->flags;
		bad = taut_buf_add(b, h, sizeof(h)) ||
		      taut_buf_varint(b, u->parent);
	}
	return bad;
}

static int put_units(struct taut_buf *b, const struct taut_source *s)
{
	const struct taut_unit *u;
	uint32_t i, k;
	int bad;

	bad = taut_buf_varint(b, s->nunits);
	for (i = 0; i < s->nunits && !bad; i++) {
		u = &s->units[i];
		bad = taut_buf_u32(b, (uint32_t)u->hash) ||
		      taut_buf_u32(b, (uint32_t)u->branch) ||
		      taut_buf_u8(b, u->kind) || taut_buf_u8(b, u->effect) ||
		      (u->effect > TAUT_EFFECT_PURE &&
		       taut_buf_u32(b, u->calls)) ||
		      put_str(b, u->owner) || taut_buf_varint(b, u->nnames);
		for (k = 0; k < u->nnames && !bad; k++)
			bad = put_str(b, u->names[k]);
	}
	return bad;
}

int taut_log_file(struct taut_log *l, const struct taut_log_file *f,
		  struct taut_err *err)
{
	struct taut_buf *b = &l->buf;
	size_t start;
	int bad, rc;

	if (l->failed)
		return 0;
	if ((f->kind == TAUT_PY) != (f->source != NULL) ||
	    memchr(f->path, 0, f->npath))
		return taut_fail(err, TAUT_EINVAL, "bad file record: %s",
				 f->path);
	start = frame_begin(l, TAUT_FRAME_FILE, &bad);
	bad = bad || taut_buf_varint(b, (uint64_t)f->kind) ||
	      put_text(b, f->path, f->npath) ||
	      taut_buf_add(b, f->digest.b, sizeof(f->digest.b));
	if (f->source)
		bad = bad || put_suites(b, f->source) ||
		      put_units(b, f->source);
	rc = frame_done(l, start, bad, err);
	if (!rc)
		l->nfiles++;
	return rc;
}

static int put_dep(struct taut_buf *b, const struct taut_log_dep *d)
{
	uint32_t k, last = 0;
	int bad;

	bad = taut_buf_varint(b, d->file) || taut_buf_varint(b, d->nsuites);
	for (k = 0; k < d->nsuites && !bad; k++) {
		bad = taut_buf_varint(b, d->suites[k] - last);
		last = d->suites[k];
	}
	return bad;
}

/* A reader would have to stop at such a record, and lose all that follow. */
static int carrier_sane(const struct taut_log *l,
			const struct taut_log_carrier *c)
{
	const struct taut_log_dep *d;
	uint32_t i, k;

	if (c->number >= TAUT_LOG_CARRIERS)
		return 0;
	for (i = 0; i < c->nrefs; i++)
		if (c->refs[i].carrier >= TAUT_LOG_CARRIERS ||
		    c->refs[i].edge > TAUT_EDGE_READS)
			return 0;
	for (i = 0; i < c->ndeps; i++) {
		d = &c->deps[i];
		if (d->file >= l->nfiles)
			return 0;
		for (k = 1; k < d->nsuites; k++)
			if (d->suites[k] <= d->suites[k - 1])
				return 0;
	}
	return c->kind >= TAUT_CARRIER_TEST && c->kind <= TAUT_CARRIER_SESSION;
}

int taut_log_carrier(struct taut_log *l, const struct taut_log_carrier *c,
		     struct taut_err *err)
{
	struct taut_buf *b = &l->buf;
	size_t start;
	uint32_t i;
	int bad;

	if (l->failed)
		return 0;
	if (!carrier_sane(l, c))
		return taut_fail(err, TAUT_EINVAL, "bad carrier record: %s",
				 c->owner);
	start = frame_begin(l, TAUT_FRAME_CARRIER, &bad);
	bad = bad || taut_buf_varint(b, c->number) ||
	      taut_buf_varint(b, (uint64_t)c->kind) ||
	      taut_buf_u8(b, c->final != 0) || put_str(b, c->owner) ||
	      taut_buf_varint(b, c->ndeps);
	for (i = 0; i < c->ndeps && !bad; i++)
		bad = put_dep(b, &c->deps[i]);
	bad = bad || taut_buf_varint(b, c->nrefs);
	for (i = 0; i < c->nrefs && !bad; i++)
		bad = taut_buf_varint(b, c->refs[i].carrier) ||
		      taut_buf_u8(b, c->refs[i].edge);
	return frame_done(l, start, bad, err);
}

int taut_log_test(struct taut_log *l, const struct taut_log_test *t,
		  struct taut_err *err)
{
	struct taut_buf *b = &l->buf;
	size_t start;
	int bad, rc;

	if (l->failed)
		return 0;
	if (t->outcome < TAUT_PASSED || t->outcome > TAUT_NEW ||
	    t->carrier >= TAUT_LOG_CARRIERS)
		return taut_fail(err, TAUT_EINVAL, "bad test record: %s",
				 t->nodeid);
	start = frame_begin(l, TAUT_FRAME_TEST, &bad);
	bad = bad || taut_buf_varint(b, t->carrier) || put_str(b, t->path) ||
	      put_str(b, t->nodeid) ||
	      taut_buf_varint(b, (uint64_t)t->outcome) ||
	      taut_buf_u8(b, t->must_run != NULL) ||
	      (t->must_run && put_str(b, t->must_run)) ||
	      taut_buf_varint(b, t->micros);
	rc = frame_end(l, start, bad, err);
	if (!rc && taut_buf_add(&l->tests, l->buf.p + start, l->buf.n - start))
		rc = taut_nomem(err);
	l->buf.n = start;
	return rc;
}

int taut_log_collected(struct taut_log *l, const char *path, int full,
		       const char *const *nodeids, size_t n,
		       struct taut_err *err)
{
	struct taut_buf *b = &l->buf;
	size_t start, i;
	int bad;

	if (l->failed)
		return 0;
	start = frame_begin(l, TAUT_FRAME_COLLECTED, &bad);
	bad = bad || put_str(b, path) || taut_buf_u8(b, full != 0) ||
	      taut_buf_varint(b, n);
	for (i = 0; i < n && !bad; i++)
		bad = put_str(b, nodeids[i]);
	return frame_done(l, start, bad, err);
}

/* ---- reading ---- */

void taut_log_reader_init(struct taut_log_reader *r, const void *p, size_t n)
{
	const uint8_t *magic;

	memset(r, 0, sizeof(*r));
	r->rd = taut_rd_init(p, n);
	magic = taut_rd_raw(&r->rd, strlen(TAUT_LOG_MAGIC));
	if (n < TAUT_LOG_HEADER) {
		/* Killed while it wrote the header: nothing is lost. */
		r->torn = n > 0;
		r->rd.p = r->rd.end;
	} else if (memcmp(magic, TAUT_LOG_MAGIC, strlen(TAUT_LOG_MAGIC)) ||
		   taut_rd_u32(&r->rd) != TAUT_FORMAT) {
		r->foreign = 1;
		r->rd.p = r->rd.end;
	}
}

void taut_log_reader_release(struct taut_log_reader *r)
{
	taut_arena_release(&r->arena);
	taut_free(r->nsuites);
	memset(r, 0, sizeof(*r));
}

/* A frame being decoded. */
struct dec {
	struct taut_rd rd;
	struct taut_log_reader *r;
	int nomem;
};

/* An array of n elements, n being a count that was checked against the bytes
 * that are left; NULL (and bad) when out of memory. */
static void *array(struct dec *d, uint32_t n, size_t elem)
{
	void *p;

	if (d->rd.bad)
		return NULL;
	p = taut_arena_alloc(&d->r->arena, n * elem + 1);
	if (!p)
		d->nomem = d->rd.bad = 1;
	return p;
}

/* The number of elements that follow, each of at least `min` bytes. */
static uint32_t count(struct dec *d, size_t min)
{
	return taut_rd_count(&d->rd, (size_t)(d->rd.end - d->rd.p) / min);
}

static const char *text(struct dec *d, size_t *len)
{
	size_t n;
	const uint8_t *p = taut_rd_bytes(&d->rd, &n);

	if (taut_rd_u8(&d->rd) || !p || (n && memchr(p, 0, n))) {
		d->rd.bad = 1;
		return "";
	}
	if (len)
		*len = n;
	return (const char *)p;
}

static int within(struct dec *d, int max)
{
	return (int)taut_rd_count(&d->rd, (uint64_t)max);
}

static void read_suites(struct dec *d, struct taut_rec_file *f)
{
	struct taut_rec_suite *s;
	const uint8_t *h;
	uint32_t i, n = count(d, 8);
	int k;

	s = array(d, n, sizeof(*s));
	for (i = 0; i < n && !d->rd.bad; i++) {
		h = taut_rd_raw(&d->rd, 7);
		if (!h)
			return;
		for (k = 0; k < 5; k++)
			s[i].hash |= (uint64_t)h[k] << 8 * k;
		s[i].kind = h[5];
		s[i].flags = h[6];
		s[i].parent = taut_rd_count(&d->rd, n - 1);
		if (s[i].kind > TAUT_SUITE_VERSION || s[i].parent > i)
			d->rd.bad = 1;
	}
	if (n < 2 || d->rd.bad || s[n - 2].kind != TAUT_SUITE_DOC ||
	    s[n - 1].kind != TAUT_SUITE_VERSION)
		d->rd.bad = 1;
	f->nsuites = n;
	f->suites = s;
}

static void read_units(struct dec *d, struct taut_rec_file *f)
{
	struct taut_rec_unit *u;
	const char **names;
	uint32_t i, k, n = count(d, 13);

	u = array(d, n, sizeof(*u));
	for (i = 0; i < n && !d->rd.bad; i++) {
		u[i].hash = taut_rd_u32(&d->rd);
		u[i].branch = taut_rd_u32(&d->rd);
		u[i].kind = taut_rd_u8(&d->rd);
		u[i].effect = taut_rd_u8(&d->rd);
		if (u[i].effect > TAUT_EFFECT_PURE)
			u[i].calls = taut_rd_u32(&d->rd);
		u[i].owner = text(d, NULL);
		u[i].nnames = count(d, 2);
		names = array(d, u[i].nnames, sizeof(*names));
		for (k = 0; k < u[i].nnames && !d->rd.bad; k++)
			names[k] = text(d, NULL);
		u[i].names = names;
		if (u[i].kind > TAUT_UNIT_COMPOUND ||
		    u[i].effect > TAUT_EFFECT_STORE)
			d->rd.bad = 1;
	}
	f->nunits = n;
	f->units = u;
}

static void read_file(struct dec *d, struct taut_rec_file *f)
{
	struct taut_log_reader *r = d->r;
	const uint8_t *digest;

	f->kind = within(d, TAUT_TREE);
	f->path = text(d, &f->npath);
	digest = taut_rd_raw(&d->rd, sizeof(f->digest.b));
	if (digest)
		memcpy(f->digest.b, digest, sizeof(f->digest.b));
	if (!d->rd.bad && f->kind == TAUT_PY) {
		read_suites(d, f);
		read_units(d, f);
	}
	if (d->rd.bad || d->rd.p != d->rd.end)
		return;
	if (taut_grow(&r->nsuites, &r->cap, r->nfiles + 1,
		      sizeof(*r->nsuites))) {
		d->nomem = 1;
		return;
	}
	r->nsuites[r->nfiles++] = f->kind == TAUT_PY ? f->nsuites : 1;
}

static void read_dep(struct dec *d, struct taut_log_dep *dep)
{
	const struct taut_log_reader *r = d->r;
	uint32_t *suites, k, at = 0, gap, max;

	if (!r->nfiles) {
		d->rd.bad = 1;
		return;
	}
	dep->file = taut_rd_count(&d->rd, r->nfiles - 1);
	dep->nsuites = count(d, 1);
	suites = array(d, dep->nsuites, sizeof(*suites));
	max = r->nsuites[dep->file] - 1;
	for (k = 0; k < dep->nsuites && !d->rd.bad; k++) {
		gap = taut_rd_count(&d->rd, max - at);
		if (k && !gap)
			d->rd.bad = 1;
		suites[k] = at += gap;
	}
	dep->suites = suites;
}

static void read_carrier(struct dec *d, struct taut_log_carrier *c)
{
	struct taut_log_dep *deps;
	struct taut_log_ref *refs;
	uint32_t i;

	c->number = taut_rd_count(&d->rd, TAUT_LOG_CARRIERS - 1);
	c->kind = within(d, TAUT_CARRIER_SESSION);
	c->final = taut_rd_u8(&d->rd);
	c->owner = text(d, NULL);
	c->ndeps = count(d, 2);
	deps = array(d, c->ndeps, sizeof(*deps));
	for (i = 0; i < c->ndeps && !d->rd.bad; i++)
		read_dep(d, &deps[i]);
	c->deps = deps;
	c->nrefs = count(d, 2);
	refs = array(d, c->nrefs, sizeof(*refs));
	for (i = 0; i < c->nrefs && !d->rd.bad; i++) {
		refs[i].carrier = taut_rd_count(&d->rd, TAUT_LOG_CARRIERS - 1);
		refs[i].edge = taut_rd_u8(&d->rd);
		if (refs[i].edge > TAUT_EDGE_READS)
			d->rd.bad = 1;
	}
	c->refs = refs;
}

static void read_test(struct dec *d, struct taut_log_test *t)
{
	t->carrier = taut_rd_count(&d->rd, TAUT_LOG_CARRIERS - 1);
	t->path = text(d, NULL);
	t->nodeid = text(d, NULL);
	t->outcome = within(d, TAUT_NEW);
	t->must_run = taut_rd_u8(&d->rd) ? text(d, NULL) : NULL;
	t->micros = taut_rd_varint(&d->rd);
}

static void read_collected(struct dec *d, struct taut_rec_collected *c)
{
	const char **ids;
	uint32_t i;

	c->path = text(d, NULL);
	c->full = taut_rd_u8(&d->rd);
	c->n = count(d, 2);
	ids = array(d, c->n, sizeof(*ids));
	for (i = 0; i < c->n && !d->rd.bad; i++)
		ids[i] = text(d, NULL);
	c->nodeids = ids;
}

static void read_payload(struct dec *d, struct taut_frame *f)
{
	switch (f->type) {
	case TAUT_FRAME_FILE:
		read_file(d, &f->u.file);
		break;
	case TAUT_FRAME_CARRIER:
		read_carrier(d, &f->u.carrier);
		break;
	case TAUT_FRAME_TEST:
		read_test(d, &f->u.test);
		break;
	case TAUT_FRAME_COLLECTED:
		read_collected(d, &f->u.collected);
		break;
	default:
		d->rd.bad = 1;
	}
	if (d->rd.p != d->rd.end)
		d->rd.bad = 1;
}

int taut_log_reader_next(struct taut_log_reader *r, struct taut_frame *f,
			 struct taut_err *err)
{
	struct dec d = { .r = r };
	const uint8_t *p;
	uint32_t n, sum;

	taut_arena_release(&r->arena);
	memset(f, 0, sizeof(*f));
	do {
		if (r->rd.p == r->rd.end)
			return 0;
		n = taut_rd_u32(&r->rd);
		sum = taut_rd_u32(&r->rd);
		p = n ? taut_rd_raw(&r->rd, n) : NULL;
		if (!p || taut_hash32(p, n) != sum)
			goto torn;
	} while (r->only && (*p > 31 || !(r->only >> *p & 1)));
	d.rd = taut_rd_init(p, n);
	f->type = taut_rd_u8(&d.rd);
	read_payload(&d, f);
	if (d.nomem)
		return taut_nomem(err);
	if (!d.rd.bad)
		return 1;
torn:
	r->torn = 1;
	r->rd.p = r->rd.end;
	return 0;
}
