#include "sheets.h"

#include <string.h>

#include "hash.h"
#include "io.h"
#include "scan.h"
#include "threads.h"

/* So few files are rather scanned again than written into the cache. */
#define FEW 32
#define CHUNK 16 /* files that a thread scans at a time */

void taut_sheets_release(struct taut_sheets *s)
{
	uint32_t i;

	for (i = 0; s->sheets && i < s->nfiles; i++)
		taut_sheet_free(s->sheets[i]);
	taut_sheetcache_close(&s->old);
	taut_sheetcache_close(&s->fresh);
	taut_free(s->entries);
	taut_free(s->sheets);
	taut_free(s->old_first);
	taut_free(s->fresh_first);
	taut_free(s->next);
	taut_map_release(&s->names);
	taut_free(s->who);
	taut_arena_release(&s->arena);
	memset(s, 0, sizeof(*s));
}

/* ---- scanning what the cache lacks ---- */

struct scan {
	struct taut_tree *tree;
	const char **paths; /* owned; one of each content */
	uint8_t *gone;	    /* owned; of each path: no such file now */
	uint32_t n;
	struct taut_sheetcache_part part[TAUT_THREADS_MAX];
	int nomem[TAUT_THREADS_MAX];
};

static int scan_file(struct scan *j, uint32_t i, struct taut_buf *bytes,
		     struct taut_sheetcache_part *part)
{
	struct taut_digest digest;
	struct taut_sheet *s;
	const void *p;
	int state, rc;

	bytes->n = 0;
	rc = taut_tree_read(j->tree, j->paths[i], bytes, &state, NULL);
	if (rc)
		return rc;
	if (state != TAUT_TREE_FOUND) {
		j->gone[i] = 1;
		bytes->n = 0;
	}
	p = bytes->p ? (void *)bytes->p : "";
	rc = taut_sheet_scan(p, bytes->n, &s, NULL);
	if (rc)
		return rc;
	/* The file may be another one than when it was looked at. */
	digest = taut_digest_of(p, bytes->n);
	rc = taut_sheetcache_add(part, i, &digest, s);
	taut_sheet_free(s);
	return rc;
}

static void scan_some(void *arg, int worker, size_t from, size_t to)
{
	struct taut_buf bytes = TAUT_BUF_INIT;
	struct scan *j = arg;

	for (; from < to && !j->nomem[worker]; from++)
		if (scan_file(j, (uint32_t)from, &bytes, &j->part[worker]))
			j->nomem[worker] = 1;
	taut_buf_release(&bytes);
}

/* Scan j->paths into s->fresh. */
static int scan_all(struct taut_sheets *s, struct scan *j)
{
	struct taut_buf image = TAUT_BUF_INIT;
	int i, bad = 0;

	taut_threads_run(j->n, CHUNK, taut_threads_count(), scan_some, j);
	for (i = 0; i < TAUT_THREADS_MAX; i++)
		bad |= j->nomem[i];
	bad = bad ||
	      taut_sheetcache_build(j->part, TAUT_THREADS_MAX, j->n, &image);
	for (i = 0; i < TAUT_THREADS_MAX; i++)
		taut_sheetcache_drop(&j->part[i]);
	if (bad) {
		taut_buf_release(&image);
		return TAUT_ENOMEM;
	}
	taut_sheetcache_open_bytes(&s->fresh, &image);
	return s->fresh.n == j->n ? 0 : TAUT_ENOMEM;
}

/* ---- open ---- */

static int is_found(const struct taut_sheets *s, uint32_t file)
{
	return s->items[file].state == TAUT_TREE_FOUND;
}

static int is_in(const struct taut_sheetcache *c,
		 const struct taut_sheet_entry *e)
{
	return c->n && e >= c->entries && e < c->entries + c->n;
}

/* Files, backwards, become chains of those with one entry. */
static uint32_t *chain(struct taut_sheets *s, const struct taut_sheetcache *c)
{
	uint32_t *first = taut_calloc(c->n + 1, sizeof(*first)), i;
	const struct taut_sheet_entry *e;

	for (i = s->nfiles; first && i--;) {
		e = s->entries[i];
		if (!e || !is_in(c, e))
			continue;
		s->next[i] = first[e - c->entries];
		first[e - c->entries] = i + 1;
	}
	return first;
}

/* Scan the files that have no entry; equal ones once. */
static int find_fresh(struct taut_sheets *s, struct scan *j)
{
	struct taut_map contents = TAUT_MAP_INIT;
	const struct taut_digest *d;
	uint32_t i, k;
	int rc = 0;

	for (i = 0; i < s->nfiles && !rc; i++) {
		d = &s->items[i].digest;
		if (!is_found(s, i) || s->entries[i])
			continue;
		k = taut_map_add(&contents, d->b, sizeof(d->b));
		if (k == TAUT_MAP_NONE)
			rc = TAUT_ENOMEM;
		else if (k == j->n)
			j->paths[j->n++] = s->items[i].path;
	}
	if (!rc && j->n)
		rc = scan_all(s, j);
	for (i = 0; i < s->nfiles && !rc && j->n; i++) {
		d = &s->items[i].digest;
		if (!is_found(s, i) || s->entries[i])
			continue;
		k = taut_map_get(&contents, d->b, sizeof(d->b));
		if (!j->gone[k])
			s->entries[i] = &s->fresh.entries[k];
	}
	taut_map_release(&contents);
	return rc;
}

int taut_sheets_open(struct taut_sheets *s, struct taut_tree *tree,
		     const struct taut_tree_item *items, uint32_t nfiles,
		     const char *cachefile, struct taut_err *err)
{
	struct scan j = { .tree = tree };
	size_t hint = SIZE_MAX;
	uint32_t i;
	int bad;

	s->tree = tree;
	s->items = items;
	s->nfiles = nfiles;
	s->entries = taut_calloc(nfiles + 1u, sizeof(*s->entries));
	s->sheets = taut_calloc(nfiles + 1u, sizeof(*s->sheets));
	s->next = taut_calloc(nfiles + 1u, sizeof(*s->next));
	j.paths = taut_calloc(nfiles + 1u, sizeof(*j.paths));
	j.gone = taut_calloc(nfiles + 1u, 1);
	bad = !s->entries || !s->sheets || !s->next || !j.paths || !j.gone;
	if (!bad && cachefile)
		taut_sheetcache_open(&s->old, cachefile);
	for (i = 0; i < nfiles && !bad; i++)
		if (is_found(s, i))
			s->entries[i] = taut_sheetcache_find(
				&s->old, &items[i].digest, &hint);
	bad = bad || find_fresh(s, &j);
	taut_free(j.paths);
	taut_free(j.gone);
	if (!bad) {
		s->old_first = chain(s, &s->old);
		s->fresh_first = chain(s, &s->fresh);
		bad = !s->old_first || !s->fresh_first;
	}
	return bad ? taut_nomem(err) : 0;
}

/* ---- asking ---- */

const struct taut_sheet_entry *taut_sheets_entry(const struct taut_sheets *s,
						 uint32_t file)
{
	return s->entries[file];
}

/* The cache is damaged: from the file again. */
static int scan_again(struct taut_sheets *s, uint32_t file,
		      struct taut_err *err)
{
	struct taut_buf bytes = TAUT_BUF_INIT;
	int state, rc;

	s->damaged = 1;
	rc = taut_tree_read(s->tree, s->items[file].path, &bytes, &state, err);
	if (!rc && state == TAUT_TREE_FOUND)
		rc = taut_sheet_scan(bytes.p ? (void *)bytes.p : "", bytes.n,
				     &s->sheets[file], err);
	taut_buf_release(&bytes);
	return rc;
}

int taut_sheets_get(struct taut_sheets *s, uint32_t file,
		    const struct taut_sheet **out, struct taut_err *err)
{
	const struct taut_sheet_entry *e = s->entries[file];
	int rc = 0;

	if (e && !s->sheets[file]) {
		if (taut_sheetcache_read(is_in(&s->old, e) ? &s->old :
							     &s->fresh,
					 e, &s->sheets[file]))
			return taut_nomem(err);
		if (!s->sheets[file])
			rc = scan_again(s, file, err);
	}
	*out = s->sheets[file];
	return rc;
}

/* Append the files behind the entries of `c` that say the name. */
static int who_in(struct taut_sheets *s, const struct taut_sheetcache *c,
		  const uint32_t *first, uint32_t name, struct taut_u32s *files)
{
	struct taut_u32s entries = { NULL, 0, 0 };
	uint32_t f;
	int bad, rc;
	size_t i;

	rc = taut_nameindex_find(&c->index, name, &entries, &bad);
	for (i = 0; i < entries.n && !rc && !bad; i++)
		for (f = entries.p[i] < c->n ? first[entries.p[i]] : 0;
		     f && !rc; f = s->next[f - 1])
			rc = taut_u32s_add(files, f - 1);
	taut_u32s_release(&entries);
	s->damaged |= bad;
	/* What cannot be read may be any of them. */
	for (f = 0; f < s->nfiles && !rc && bad; f++)
		if (s->entries[f] && is_in(c, s->entries[f]))
			rc = taut_u32s_add(files, f);
	return rc;
}

int taut_sheets_who(struct taut_sheets *s, uint32_t name,
		    const uint32_t **files, size_t *n, struct taut_err *err)
{
	struct taut_u32s found = { NULL, 0, 0 };
	uint32_t i = taut_map_get(&s->names, &name, sizeof(name)), *copy = NULL;
	int bad;

	if (i == TAUT_MAP_NONE) {
		bad = who_in(s, &s->old, s->old_first, name, &found) ||
		      who_in(s, &s->fresh, s->fresh_first, name, &found) ||
		      taut_grow(&s->who, &s->cwho, s->names.n + 1,
				sizeof(*s->who));
		found.n = taut_unique_u32(found.p, found.n);
		if (!bad)
			copy = taut_arena_alloc(&s->arena,
						found.n * sizeof(*copy) + 1);
		if (copy && found.n)
			memcpy(copy, found.p, found.n * sizeof(*copy));
		if (copy)
			i = taut_map_add(&s->names, &name, sizeof(name));
		if (i != TAUT_MAP_NONE)
			s->who[i] = (struct taut_sheets_who){ copy, found.n };
		taut_u32s_release(&found);
		if (i == TAUT_MAP_NONE)
			return taut_nomem(err);
	}
	*files = s->who[i].files;
	*n = s->who[i].n;
	return 0;
}

/* ---- writing ---- */

int taut_sheets_dirty(const struct taut_sheets *s)
{
	return s->fresh.n > FEW || s->damaged;
}

/* Number the entries in the order of their files. */
static uint32_t number(const struct taut_sheets *s, uint32_t *old,
		       uint32_t *fresh)
{
	const struct taut_sheet_entry *e;
	uint32_t i, n = 0, *at;

	memset(old, 0xff, (s->old.n + 1) * sizeof(*old));
	memset(fresh, 0xff, (s->fresh.n + 1) * sizeof(*fresh));
	for (i = 0; i < s->nfiles; i++) {
		e = s->entries[i];
		if (!e || (s->damaged && is_in(&s->old, e)))
			continue;
		at = is_in(&s->old, e) ? &old[e - s->old.entries] :
					 &fresh[e - s->fresh.entries];
		if (*at == TAUT_MAP_NONE)
			*at = n++;
	}
	return n;
}

int taut_sheets_save(struct taut_sheets *s, const char *cachefile,
		     struct taut_err *err)
{
	struct taut_sheetcache_part part = { .n = 0 };
	struct taut_buf image = TAUT_BUF_INIT;
	uint32_t *old = taut_calloc(s->old.n + 1, sizeof(*old));
	uint32_t *fresh = taut_calloc(s->fresh.n + 1, sizeof(*fresh)), n;
	int rc = TAUT_ENOMEM;

	if (old && fresh) {
		n = number(s, old, fresh);
		rc = s->damaged ? 0 : taut_sheetcache_copy(&part, &s->old, old);
		if (!rc)
			rc = taut_sheetcache_copy(&part, &s->fresh, fresh);
		if (!rc)
			rc = taut_sheetcache_build(&part, 1, n, &image);
	}
	rc = rc ? taut_nomem(err) :
		  taut_io_replace(cachefile, NULL, image.p, image.n, err);
	taut_sheetcache_drop(&part);
	taut_buf_release(&image);
	taut_free(old);
	taut_free(fresh);
	return rc;
}
