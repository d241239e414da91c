#include "nameindex.h"

#include <string.h>

#include "hash.h"

/* ---- reading ---- */

/* Of a power of two of buckets: the first bits. */
static uint32_t bucket_of(uint32_t name, uint32_t nbuckets)
{
	return (uint32_t)((uint64_t)name * nbuckets >> 32);
}

/* The bucket's bytes; bad: it is damaged. */
static struct taut_rd open_bucket(const struct taut_nameindex *x, uint32_t i)
{
	const struct taut_nameindex_bucket *b = &x->dir[i];
	struct taut_rd r = taut_rd_init("", 0);

	if (b->off > x->size || b->len > x->size - b->off ||
	    taut_hash32(x->bytes + b->off, b->len) != b->sum)
		r.bad = 1;
	else
		r = taut_rd_init(x->bytes + b->off, b->len);
	return r;
}

/* The next name of a bucket: how many sheets say it, and their gaps. */
static uint32_t next_name(struct taut_rd *r, uint32_t *n, struct taut_rd *gaps)
{
	uint32_t name = taut_rd_u32(r);
	const uint8_t *p;
	size_t size;

	*n = taut_rd_count(r, UINT32_MAX);
	p = taut_rd_bytes(r, &size);
	*gaps = taut_rd_init(p ? (void *)p : "", size);
	return name;
}

int taut_nameindex_find(const struct taut_nameindex *x, uint32_t name,
			struct taut_u32s *out, int *bad)
{
	uint32_t at, n, sheet = 0;
	struct taut_rd r, gaps;

	*bad = 0;
	if (!x->nbuckets)
		return 0;
	r = open_bucket(x, bucket_of(name, x->nbuckets));
	while (r.p < r.end && !r.bad) {
		at = next_name(&r, &n, &gaps);
		if (at < name)
			continue;
		for (; at == name && n && !gaps.bad; n--) {
			sheet += taut_rd_count(&gaps, UINT32_MAX - sheet);
			if (!gaps.bad && taut_u32s_add(out, sheet))
				return TAUT_ENOMEM;
		}
		r.bad |= gaps.bad;
		break;
	}
	*bad = r.bad;
	return 0;
}

int taut_nameindex_copy(struct taut_nameindex_pairs *p,
			const struct taut_nameindex *x, const uint32_t *to,
			uint32_t nsheets, int *bad)
{
	uint32_t i, name, n, sheet;
	struct taut_rd r, gaps;

	*bad = 0;
	for (i = 0; i < x->nbuckets && !*bad; i++) {
		r = open_bucket(x, i);
		while (r.p < r.end && !r.bad) {
			name = next_name(&r, &n, &gaps);
			if (n > nsheets)
				r.bad = 1;
			else if (taut_grow(&p->v, &p->cap, p->n + n,
					   sizeof(*p->v)))
				return TAUT_ENOMEM;
			for (sheet = 0; n && !r.bad; n--) {
				sheet += taut_rd_count(&gaps,
						       nsheets - 1 - sheet);
				r.bad |= gaps.bad;
				if (!r.bad && to[sheet] != TAUT_MAP_NONE)
					p->v[p->n++] = (uint64_t)name << 32 |
						       to[sheet];
			}
		}
		*bad = r.bad;
	}
	return 0;
}

/* ---- the names of a sheet, each once ---- */

/* Names met so far.  A set: sorting the thousand mentions of a file takes
 * longer than finding them. */
struct names {
	uint32_t *slots; /* owned; name + 1 */
	size_t nslots, n;
	struct taut_nameindex_pairs *p;
	uint32_t sheet;
};

static void meet(struct names *s, uint32_t name)
{
	size_t i = (name * 2654435769u) & (s->nslots - 1);

	while (s->slots[i] && s->slots[i] != name + 1)
		i = (i + 1) & (s->nslots - 1);
	/* 0 for a name of all ones: it may come twice, which is no harm. */
	if (s->slots[i] && name + 1)
		return;
	s->slots[i] = name + 1;
	s->p->v[s->p->n++] = (uint64_t)name << 32 | s->sheet;
}

static void meet_text(struct names *s, const struct taut_text *t)
{
	uint32_t i;

	for (i = 0; i < t->n; i++)
		meet(s, t->v[i].name);
}

/* How many mentions and bound names there are: no more than that are met. */
static size_t count(const struct taut_sheet *s)
{
	size_t n = s->imports.n;
	uint32_t i;

	for (i = 0; i < s->nsuites; i++)
		n += s->suites[i].text.n;
	for (i = 0; i < s->nunits; i++)
		n += s->units[i].text.n + s->units[i].nnames;
	return n;
}

int taut_nameindex_add(struct taut_nameindex_pairs *p, uint32_t sheet,
		       const struct taut_sheet *s)
{
	struct names names = { .nslots = 64, .p = p, .sheet = sheet };
	size_t n = count(s);
	uint32_t i, k;

	while (names.nslots < 2 * n)
		names.nslots *= 2;
	names.slots = taut_calloc(names.nslots, sizeof(*names.slots));
	if (!names.slots ||
	    taut_grow(&p->v, &p->cap, p->n + n, sizeof(*p->v))) {
		taut_free(names.slots);
		return TAUT_ENOMEM;
	}
	meet_text(&names, &s->imports);
	for (i = 0; i < s->nsuites; i++)
		meet_text(&names, &s->suites[i].text);
	for (i = 0; i < s->nunits; i++) {
		meet_text(&names, &s->units[i].text);
		for (k = 0; k < s->units[i].nnames; k++)
			meet(&names, s->units[i].keys[k]);
	}
	taut_free(names.slots);
	return 0;
}

/* ---- building ---- */

/* The gaps go to `gaps` first: a reader wants to know their size. */
static int put_bucket(struct taut_buf *b, const uint64_t *v, size_t n,
		      struct taut_buf *gaps)
{
	uint32_t last, sheet, name;
	size_t i, end;

	for (i = 0; i < n; i = end) {
		name = (uint32_t)(v[i] >> 32);
		gaps->n = 0;
		for (end = i, last = 0; end < n && v[end] >> 32 == name;
		     end++, last = sheet) {
			sheet = (uint32_t)v[end];
			if (taut_buf_varint(gaps, sheet - last))
				return TAUT_ENOMEM;
		}
		if (taut_buf_u32(b, name) || taut_buf_varint(b, end - i) ||
		    taut_buf_bytes(b, gaps->p, gaps->n))
			return TAUT_ENOMEM;
	}
	return 0;
}

/* Deal the pairs out to their buckets, which end at ends[]. */
static int deal(struct taut_nameindex_pairs *p, uint32_t nbuckets, size_t *ends)
{
	uint64_t *v = taut_realloc(NULL, (p->n + 1) * sizeof(*v));
	size_t i, at, total = 0;

	if (!v)
		return TAUT_ENOMEM;
	for (i = 0; i < p->n; i++)
		ends[bucket_of((uint32_t)(p->v[i] >> 32), nbuckets)]++;
	for (i = 0; i < nbuckets; i++) {
		at = total;
		total += ends[i];
		ends[i] = at;
	}
	for (i = 0; i < p->n; i++)
		v[ends[bucket_of((uint32_t)(p->v[i] >> 32), nbuckets)]++] =
			p->v[i];
	taut_free(p->v);
	p->v = v;
	p->cap = p->n + 1;
	return 0;
}

int taut_nameindex_build(struct taut_nameindex_pairs *p, struct taut_buf *dir,
			 struct taut_buf *bytes)
{
	struct taut_buf gaps = TAUT_BUF_INIT;
	struct taut_nameindex_bucket b;
	size_t start = bytes->n, from = 0, *ends;
	uint32_t nbuckets = 1, i;
	int bad;

	while (nbuckets < p->n / 64)
		nbuckets *= 2;
	ends = taut_calloc(nbuckets, sizeof(*ends));
	bad = !ends || deal(p, nbuckets, ends);
	for (i = 0; i < nbuckets && !bad; i++) {
		b.off = bytes->n - start;
		bad = put_bucket(bytes, p->v + from,
				 taut_unique_u64(p->v + from, ends[i] - from),
				 &gaps);
		from = ends[i];
		b.len = (uint32_t)(bytes->n - start - b.off);
		b.sum = bad ? 0 : taut_hash32(bytes->p + start + b.off, b.len);
		bad = bad || taut_buf_add(dir, &b, sizeof(b));
	}
	taut_free(ends);
	taut_buf_release(&gaps);
	return bad ? TAUT_ENOMEM : 0;
}
