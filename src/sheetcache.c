#include "sheetcache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"

#define MAGIC "taut-sheets"
/* Of this format, and of what a sheet says. */
#define VERSION (TAUT_FORMAT << 17 | 7)

struct header {
	char magic[12];
	uint32_t version; /* 16 bytes up to here: no padding */
	uint64_t n, nbuckets, nblobs, nbytes; /* nbytes: of the buckets */
	uint64_t hash;
};

/* ---- reading ---- */

/* Bytes between header and blobs. */
static uint64_t tables_size(const struct header *h)
{
	return h->n * sizeof(struct taut_sheet_entry) +
	       (h->n + 1) / 2 * (2 * sizeof(uint32_t)) +
	       h->nbuckets * sizeof(struct taut_nameindex_bucket);
}

/* Of the header, and of the tables behind it. */
static uint64_t hash_of(const struct header *h, const void *tables)
{
	return taut_hash_mix(taut_hash64(h, offsetof(struct header, hash)),
			     taut_hash64(tables, tables_size(h)));
}

static int is_sound(const struct taut_sheetcache *c, const struct header *h)
{
	const uint64_t rest = c->size - sizeof(*h);

	/* The numbers one by one first: their sum must not overflow. */
	return !memcmp(h->magic, MAGIC, sizeof(h->magic)) &&
	       h->version == VERSION && h->n <= rest && h->n < UINT32_MAX &&
	       h->nbuckets <= rest && h->nbuckets < UINT32_MAX &&
	       h->nblobs <= rest && h->nbytes <= rest &&
	       tables_size(h) + h->nblobs + h->nbytes == rest &&
	       hash_of(h, c->map + sizeof(*h)) == h->hash;
}

/* Find the tables in c->map; what is not sound is empty. */
static void open_map(struct taut_sheetcache *c)
{
	const uint8_t *at = c->map;
	struct header h;

	if (c->size < sizeof(h)) {
		taut_sheetcache_close(c);
		return;
	}
	memcpy(&h, at, sizeof(h));
	if (!is_sound(c, &h)) {
		taut_sheetcache_close(c);
		return;
	}
	at += sizeof(h);
	c->n = (size_t)h.n;
	c->entries = (const void *)at;
	at += c->n * sizeof(*c->entries);
	c->order = (const void *)at;
	at += (c->n + 1) / 2 * (2 * sizeof(*c->order));
	c->index.dir = (const void *)at;
	c->index.nbuckets = (uint32_t)h.nbuckets;
	at += h.nbuckets * sizeof(*c->index.dir);
	c->blobs = at;
	c->nblobs = (size_t)h.nblobs;
	c->index.bytes = at + c->nblobs;
	c->index.size = (size_t)h.nbytes;
}

void taut_sheetcache_open(struct taut_sheetcache *c, const char *path)
{
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
			c->mapped = 1;
		}
	}
	close(fd);
	if (c->map)
		open_map(c);
}

void taut_sheetcache_open_bytes(struct taut_sheetcache *c, struct taut_buf *b)
{
	memset(c, 0, sizeof(*c));
	c->map = b->p;
	c->size = b->n;
	*b = (struct taut_buf)TAUT_BUF_INIT;
	if (c->map)
		open_map(c);
}

void taut_sheetcache_close(struct taut_sheetcache *c)
{
	if (c->mapped)
		munmap((void *)c->map, c->size);
	else
		taut_free((void *)c->map);
	memset(c, 0, sizeof(*c));
}

static int compare(const struct taut_sheetcache *c, size_t at,
		   const struct taut_digest *digest)
{
	return memcmp(c->entries[at].digest, digest->b, sizeof(digest->b));
}

const struct taut_sheet_entry *
taut_sheetcache_find(const struct taut_sheetcache *c,
		     const struct taut_digest *digest, size_t *hint)
{
	size_t lo = 0, hi = c->n, mid;
	int d;

	if (*hint + 1 < c->n && !compare(c, *hint + 1, digest))
		return &c->entries[++*hint];
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		d = c->order[mid] < c->n ? compare(c, c->order[mid], digest) :
					   1;
		if (!d) {
			*hint = c->order[mid];
			return &c->entries[*hint];
		}
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
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
	const uint8_t *p;
	uint32_t i;

	out->flags = taut_rd_u8(r);
	out->n = taut_rd_count(r, (uint64_t)(r->end - r->p) / 5);
	p = taut_rd_raw(r, out->n * 5u);
	v = taut_arena_alloc(a, (out->n + 1u) * sizeof(*v));
	if (!v)
		return TAUT_ENOMEM;
	/* Most of a sheet: not number by number through the reader. */
	for (i = 0; p && i < out->n; i++, p += 5) {
		v[i].name = (uint32_t)p[0] | (uint32_t)p[1] << 8 |
			    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		v[i].flags = p[4];
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
	if (e->off > c->nblobs || e->len > c->nblobs - e->off ||
	    taut_hash32(c->blobs + e->off, e->len) != e->sum)
		return 0;
	s = taut_calloc(1, sizeof(*s));
	if (!s)
		return TAUT_ENOMEM;
	blob = taut_arena_dup(&s->arena, c->blobs + e->off, e->len);
	if (!blob)
		goto out;
	r = taut_rd_init(blob, e->len);
	s->flags = e->flags;
	s->star = e->star;
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
	      taut_buf_u8(b, u->flags) || put_string(b, u->owner) ||
	      taut_buf_varint(b, u->nnames);
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

/* Room for one entry more. */
static struct taut_sheet_entry *new_entry(struct taut_sheetcache_part *p,
					  uint32_t number)
{
	struct taut_sheet_entry *e;

	if (taut_grow(&p->entries, &p->centries, p->n + 1, sizeof(*e)) ||
	    taut_grow(&p->numbers, &p->cnumbers, p->n + 1, sizeof(number)))
		return NULL;
	p->numbers[p->n] = number;
	e = &p->entries[p->n];
	memset(e, 0, sizeof(*e));
	e->off = p->blobs.n;
	return e;
}

int taut_sheetcache_add(struct taut_sheetcache_part *p, uint32_t number,
			const struct taut_digest *digest,
			const struct taut_sheet *s)
{
	struct taut_sheet_entry *e = new_entry(p, number);

	if (!e || put_sheet(&p->blobs, s) || p->blobs.n - e->off > UINT32_MAX ||
	    taut_nameindex_add(&p->pairs, number, s))
		return TAUT_ENOMEM;
	memcpy(e->digest, digest->b, sizeof(e->digest));
	e->len = (uint32_t)(p->blobs.n - e->off);
	e->sum = taut_hash32(p->blobs.p + e->off, e->len);
	e->flags = s->flags;
	e->star = s->star;
	e->opaque = s->opaque != NULL;
	p->n++;
	return 0;
}

int taut_sheetcache_copy(struct taut_sheetcache_part *p,
			 const struct taut_sheetcache *from, const uint32_t *to)
{
	const struct taut_sheet_entry *old;
	struct taut_sheet_entry *e;
	uint64_t off;
	size_t i;
	int bad;

	if (!from->n)
		return 0;
	if (taut_nameindex_copy(&p->pairs, &from->index, to, (uint32_t)from->n,
				&bad))
		return TAUT_ENOMEM;
	for (i = 0; i < from->n && !bad; i++) {
		old = &from->entries[i];
		if (to[i] == TAUT_MAP_NONE)
			continue;
		bad = old->off > from->nblobs ||
		      old->len > from->nblobs - old->off;
		if (bad)
			break;
		e = new_entry(p, to[i]);
		if (!e ||
		    taut_buf_add(&p->blobs, from->blobs + old->off, old->len))
			return TAUT_ENOMEM;
		off = e->off;
		*e = *old;
		e->off = off;
		p->n++;
	}
	return bad ? TAUT_EDAMAGED : 0;
}

/* The entries of all parts in order, their blobs behind each other. */
static struct taut_sheet_entry *
join_entries(const struct taut_sheetcache_part *parts, size_t nparts, size_t n)
{
	struct taut_sheet_entry *all = taut_calloc(n + 1, sizeof(*all));
	uint64_t base = 0;
	size_t i, k;

	for (i = 0; all && i < nparts; i++) {
		for (k = 0; k < parts[i].n; k++) {
			all[parts[i].numbers[k]] = parts[i].entries[k];
			all[parts[i].numbers[k]].off += base;
		}
		base += parts[i].blobs.n;
	}
	return all;
}

/* A digest, and whose it is. */
struct ranked {
	struct taut_digest digest;
	uint32_t entry;
};

static int by_digest(const void *a, const void *b)
{
	return memcmp(((const struct ranked *)a)->digest.b,
		      ((const struct ranked *)b)->digest.b,
		      sizeof(struct taut_digest));
}

/* The order by digest, padded to an even number. */
static int put_order(struct taut_buf *b, const struct taut_sheet_entry *e,
		     size_t n)
{
	struct ranked *r = taut_realloc(NULL, (n + 1) * sizeof(*r));
	const uint32_t padding = 0;
	size_t i;
	int bad = !r;

	for (i = 0; i < n && !bad; i++) {
		memcpy(r[i].digest.b, e[i].digest, sizeof(r[i].digest.b));
		r[i].entry = (uint32_t)i;
	}
	if (!bad && n > 1)
		qsort(r, n, sizeof(*r), by_digest);
	for (i = 0; i < n && !bad; i++)
		bad = taut_buf_add(b, &r[i].entry, sizeof(r[i].entry));
	if (n % 2 && !bad)
		bad = taut_buf_add(b, &padding, sizeof(padding));
	taut_free(r);
	return bad;
}

/* All pairs, in the first part. */
static int join_pairs(struct taut_sheetcache_part *parts, size_t nparts)
{
	struct taut_nameindex_pairs *all = &parts[0].pairs, *p;
	size_t i;

	for (i = 1; i < nparts; i++) {
		p = &parts[i].pairs;
		if (taut_grow(&all->v, &all->cap, all->n + p->n,
			      sizeof(*all->v)))
			return TAUT_ENOMEM;
		if (p->n)
			memcpy(all->v + all->n, p->v, p->n * sizeof(*p->v));
		all->n += p->n;
		taut_free(p->v);
		memset(p, 0, sizeof(*p));
	}
	return 0;
}

int taut_sheetcache_build(struct taut_sheetcache_part *parts, size_t nparts,
			  size_t n, struct taut_buf *out)
{
	struct taut_buf dir = TAUT_BUF_INIT, bytes = TAUT_BUF_INIT;
	struct taut_sheet_entry *all = join_entries(parts, nparts, n);
	struct header h = { .version = VERSION, .n = n };
	size_t i, at = out->n;
	int bad;

	memcpy(h.magic, MAGIC, sizeof(h.magic));
	bad = !all || join_pairs(parts, nparts) ||
	      taut_nameindex_build(&parts[0].pairs, &dir, &bytes) ||
	      taut_buf_add(out, &h, sizeof(h)) ||
	      taut_buf_add(out, all, n * sizeof(*all)) ||
	      put_order(out, all, n) || taut_buf_add(out, dir.p, dir.n);
	for (i = 0; i < nparts; i++) {
		h.nblobs += parts[i].blobs.n;
		bad = bad ||
		      taut_buf_add(out, parts[i].blobs.p, parts[i].blobs.n);
	}
	bad = bad || taut_buf_add(out, bytes.p, bytes.n);
	if (!bad) {
		h.nbuckets = dir.n / sizeof(struct taut_nameindex_bucket);
		h.nbytes = bytes.n;
		h.hash = hash_of(&h, out->p + at + sizeof(h));
		memcpy(out->p + at, &h, sizeof(h));
	}
	taut_free(all);
	taut_buf_release(&dir);
	taut_buf_release(&bytes);
	return bad ? TAUT_ENOMEM : 0;
}

void taut_sheetcache_drop(struct taut_sheetcache_part *p)
{
	taut_buf_release(&p->blobs);
	taut_free(p->entries);
	taut_free(p->numbers);
	taut_free(p->pairs.v);
	memset(p, 0, sizeof(*p));
}
