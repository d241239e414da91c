#include "sheetcache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "io.h"

#define MAGIC "taut-sheets"
/* Of this format, and of what a sheet says. */
#define VERSION (TAUT_FORMAT << 16 | 3)

struct header {
	char magic[12];
	uint32_t version;
	uint64_t n, hash;
};

/* ---- reading ---- */

static int is_sound(const struct taut_sheetcache *c)
{
	struct header h;

	if (c->size < sizeof(h))
		return 0;
	memcpy(&h, c->map, sizeof(h));
	return !memcmp(h.magic, MAGIC, sizeof(h.magic)) &&
	       h.version == VERSION &&
	       h.n <= (c->size - sizeof(h)) / sizeof(*c->entries) &&
	       taut_hash64(c->map + sizeof(h), h.n * sizeof(*c->entries)) ==
		       h.hash;
}

void taut_sheetcache_open(struct taut_sheetcache *c, const char *path)
{
	struct header h;
	struct stat st;
	void *map;
	int fd;

	memset(c, 0, sizeof(*c));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
			   0);
		if (map != MAP_FAILED) {
			c->map = map;
			c->size = (size_t)st.st_size;
		}
	}
	close(fd);
	if (!c->map)
		return;
	if (!is_sound(c)) {
		taut_sheetcache_close(c);
		return;
	}
	memcpy(&h, c->map, sizeof(h));
	c->entries = (const void *)(c->map + sizeof(h));
	c->n = (size_t)h.n;
}

void taut_sheetcache_close(struct taut_sheetcache *c)
{
	if (c->map)
		munmap((void *)c->map, c->size);
	memset(c, 0, sizeof(*c));
}

const struct taut_sheet_entry *
taut_sheetcache_find(const struct taut_sheetcache *c,
		     const struct taut_digest *digest)
{
	size_t lo = 0, hi = c->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (memcmp(c->entries[mid].digest, digest->b,
			   sizeof(digest->b)) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->n && !memcmp(c->entries[lo].digest, digest->b,
				    sizeof(digest->b)) ?
		       &c->entries[lo] :
		       NULL;
}

/* ---- blobs ----
 *
 *	u32 version hash, u8 more of it
 *	v suites, each: u32 hash, u8 more of it, v line, s name, text
 *	v units, each: u32 hash, u32 branch, v line, u8 kind, u8 effect,
 *		u32 calls, u8 flags, s owner, v names, each: s name, u32 key; text
 *	text of the imports
 *
 * A text is u8 flags, v mentions, each: u32 name, u8 flags; a string has a NUL
 * behind it, which is counted.
 */

static const char *read_string(struct taut_rd *r)
{
	const uint8_t *p;
	size_t n;

	p = taut_rd_bytes(r, &n);
	if (!p || !n || p[n - 1]) {
		r->bad = 1;
		return "";
	}
	return (const char *)p;
}

/* The strings of a sheet are those of the blob, copied as a whole. */
static int read_text(struct taut_rd *r, struct taut_arena *a,
		     struct taut_text *out)
{
	struct taut_mention *v;
	uint32_t i;

	out->flags = taut_rd_u8(r);
	out->n = taut_rd_count(r, (uint64_t)(r->end - r->p) / 5);
	v = taut_arena_alloc(a, (out->n + 1u) * sizeof(*v));
	if (!v)
		return TAUT_ENOMEM;
	for (i = 0; i < out->n; i++) {
		v[i].name = taut_rd_u32(r);
		v[i].flags = taut_rd_u8(r);
	}
	out->v = v;
	return 0;
}

static uint64_t read_hash(struct taut_rd *r)
{
	uint64_t low = taut_rd_u32(r);

	return low | (uint64_t)taut_rd_u8(r) << 32;
}

static int read_suites(struct taut_rd *r, struct taut_sheet *s)
{
	struct taut_sheet_suite *v;
	uint32_t i;

	s->nsuites = taut_rd_count(r, (uint64_t)(r->end - r->p));
	v = taut_arena_alloc(&s->arena, (s->nsuites + 1u) * sizeof(*v));
	if (!v)
		return TAUT_ENOMEM;
	for (i = 0; i < s->nsuites; i++) {
		v[i].hash = read_hash(r);
		v[i].line = taut_rd_count(r, UINT32_MAX);
		v[i].name = read_string(r);
		if (read_text(r, &s->arena, &v[i].text))
			return TAUT_ENOMEM;
	}
	s->suites = v;
	return 0;
}

static int read_names(struct taut_rd *r, struct taut_arena *a,
		      struct taut_sheet_unit *u)
{
	const char **names;
	uint32_t *keys, i;

	u->nnames = taut_rd_count(r, (uint64_t)(r->end - r->p));
	names = taut_arena_alloc(a, (u->nnames + 1u) * sizeof(*names));
	keys = taut_arena_alloc(a, (u->nnames + 1u) * sizeof(*keys));
	if (!names || !keys)
		return TAUT_ENOMEM;
	for (i = 0; i < u->nnames; i++) {
		names[i] = read_string(r);
		keys[i] = taut_rd_u32(r);
	}
	u->names = names;
	u->keys = keys;
	return 0;
}

static int read_units(struct taut_rd *r, struct taut_sheet *s)
{
	struct taut_sheet_unit *v;
	uint32_t i;

	s->nunits = taut_rd_count(r, (uint64_t)(r->end - r->p));
	v = taut_arena_alloc(&s->arena, (s->nunits + 1u) * sizeof(*v));
	if (!v)
		return TAUT_ENOMEM;
	for (i = 0; i < s->nunits; i++) {
		v[i].hash = taut_rd_u32(r);
		v[i].branch = taut_rd_u32(r);
		v[i].line = taut_rd_count(r, UINT32_MAX);
		v[i].kind = taut_rd_u8(r);
		v[i].effect = taut_rd_u8(r);
		v[i].calls = taut_rd_u32(r);
		v[i].flags = taut_rd_u8(r);
		v[i].owner = read_string(r);
		if (read_names(r, &s->arena, &v[i]) ||
		    read_text(r, &s->arena, &v[i].text))
			return TAUT_ENOMEM;
	}
	s->units = v;
	return 0;
}

int taut_sheetcache_read(const struct taut_sheetcache *c,
			 const struct taut_sheet_entry *e,
			 struct taut_sheet **out)
{
	struct taut_sheet *s;
	struct taut_rd r;
	const void *blob;
	int rc = TAUT_ENOMEM;

	*out = NULL;
	if (e->off > c->size || e->len > c->size - e->off ||
	    taut_hash32(c->map + e->off, e->len) != e->sum)
		return 0;
	s = taut_calloc(1, sizeof(*s));
	if (!s)
		return TAUT_ENOMEM;
	blob = taut_arena_dup(&s->arena, c->map + e->off, e->len);
	if (!blob)
		goto out;
	r = taut_rd_init(blob, e->len);
	s->flags = e->flags;
	s->star = e->star;
	memcpy(s->bloom, e->bloom, sizeof(s->bloom));
	s->version = read_hash(&r);
	if (read_suites(&r, s) || read_units(&r, s) ||
	    read_text(&r, &s->arena, &s->imports))
		goto out;
	rc = 0;
	if (!r.bad) {
		*out = s;
		s = NULL;
	}
out:
	taut_sheet_free(s);
	return rc;
}

/* ---- writing ---- */

static int put_hash(struct taut_buf *b, uint64_t hash)
{
	return taut_buf_u32(b, (uint32_t)hash) ||
	       taut_buf_u8(b, (uint8_t)(hash >> 32));
}

static int put_string(struct taut_buf *b, const char *s)
{
	return taut_buf_bytes(b, s, strlen(s) + 1);
}

static int put_text(struct taut_buf *b, const struct taut_text *t)
{
	int bad = taut_buf_u8(b, (uint8_t)t->flags) || taut_buf_varint(b, t->n);
	uint32_t i;

	for (i = 0; i < t->n && !bad; i++)
		bad = taut_buf_u32(b, t->v[i].name) ||
		      taut_buf_u8(b, (uint8_t)t->v[i].flags);
	return bad;
}

static int put_unit(struct taut_buf *b, const struct taut_sheet_unit *u)
{
	uint32_t i;
	int bad;

	bad = taut_buf_u32(b, u->hash) || taut_buf_u32(b, u->branch) ||
	      taut_buf_varint(b, u->line) || taut_buf_u8(b, u->kind) ||
	      taut_buf_u8(b, u->effect) || taut_buf_u32(b, u->calls) ||
	      taut_buf_u8(b, u->flags) ||
	      put_string(b, u->owner) || taut_buf_varint(b, u->nnames);
	for (i = 0; i < u->nnames && !bad; i++)
		bad = put_string(b, u->names[i]) || taut_buf_u32(b, u->keys[i]);
	return bad || put_text(b, &u->text);
}

static int put_sheet(struct taut_buf *b, const struct taut_sheet *s)
{
	const struct taut_sheet_suite *v;
	uint32_t i;
	int bad;

	bad = put_hash(b, s->version) || taut_buf_varint(b, s->nsuites);
	for (i = 0; i < s->nsuites && !bad; i++) {
		v = &s->suites[i];
		bad = put_hash(b, v->hash) || taut_buf_varint(b, v->line) ||
		      put_string(b, v->name) || put_text(b, &v->text);
	}
	bad = bad || taut_buf_varint(b, s->nunits);
	for (i = 0; i < s->nunits && !bad; i++)
		bad = put_unit(b, &s->units[i]);
	return bad || put_text(b, &s->imports);
}

static struct taut_sheet_entry *new_entry(struct taut_sheetcache_writer *w)
{
	struct taut_sheet_entry *e;

	if (taut_grow(&w->entries, &w->cap, w->n + 1, sizeof(*e)))
		return NULL;
	e = &w->entries[w->n];
	memset(e, 0, sizeof(*e));
	e->off = w->blobs.n;
	return e;
}

int taut_sheetcache_add(struct taut_sheetcache_writer *w,
			const struct taut_digest *digest,
			const struct taut_sheet *s)
{
	struct taut_sheet_entry *e = new_entry(w);

	if (!e || put_sheet(&w->blobs, s) || w->blobs.n - e->off > UINT32_MAX)
		return TAUT_ENOMEM;
	memcpy(e->digest, digest->b, sizeof(e->digest));
	e->len = (uint32_t)(w->blobs.n - e->off);
	e->sum = taut_hash32(w->blobs.p + e->off, e->len);
	e->flags = s->flags;
	e->star = s->star;
	e->opaque = s->opaque != NULL;
	memcpy(e->bloom, s->bloom, sizeof(e->bloom));
	w->n++;
	return 0;
}

int taut_sheetcache_copy(struct taut_sheetcache_writer *w,
			 const struct taut_sheetcache *from,
			 const struct taut_sheet_entry *old)
{
	struct taut_sheet_entry *e = new_entry(w);
	uint64_t off;

	if (old->off > from->size || old->len > from->size - old->off)
		return 0;
	if (!e || taut_buf_add(&w->blobs, from->map + old->off, old->len))
		return TAUT_ENOMEM;
	off = e->off;
	*e = *old;
	e->off = off;
	w->n++;
	return 0;
}

static int by_digest(const void *a, const void *b)
{
	const struct taut_sheet_entry *x = a, *y = b;

	return memcmp(x->digest, y->digest, sizeof(x->digest));
}

int taut_sheetcache_end(struct taut_sheetcache_writer *w, const char *path,
			struct taut_err *err)
{
	struct header h = { .version = VERSION };
	struct taut_buf b = TAUT_BUF_INIT;
	size_t i, k = 0, size;
	int rc;

	if (w->n)
		qsort(w->entries, w->n, sizeof(*w->entries), by_digest);
	for (i = 0; i < w->n; i++)
		if (!k || by_digest(&w->entries[k - 1], &w->entries[i]))
			w->entries[k++] = w->entries[i];
	memcpy(h.magic, MAGIC, sizeof(h.magic));
	h.n = k;
	size = k * sizeof(*w->entries);
	for (i = 0; i < k; i++)
		w->entries[i].off += sizeof(h) + size;
	h.hash = taut_hash64(w->entries, size);
	if (taut_buf_add(&b, &h, sizeof(h)) ||
	    taut_buf_add(&b, w->entries, size) ||
	    taut_buf_add(&b, w->blobs.p, w->blobs.n))
		rc = taut_nomem(err);
	else
		rc = taut_io_replace(path, NULL, b.p, b.n, err);
	taut_buf_release(&b);
	return rc;
}

void taut_sheetcache_drop(struct taut_sheetcache_writer *w)
{
	taut_buf_release(&w->blobs);
	taut_free(w->entries);
	memset(w, 0, sizeof(*w));
}
