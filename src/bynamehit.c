/*
 * bynamehit - whom hits break: the carriers that ran a suite, depend on a
 * module, are a test, or read a file of data that says a changed name.
 */
#include <stdlib.h>
#include <string.h>

#include "bynamefile.h"
#include "scan.h"

/* The number of a hash of a file, or TAUT_MAP_NONE. */
int taut_byname_hash(struct taut_byname *b, uint32_t file, uint64_t hash,
		     uint32_t *out, size_t *nhashes, struct taut_err *err)
{
	const uint64_t *hashes;
	size_t lo = 0, hi, mid, n;
	int rc = taut_db_hashes(b->db, file, &hashes, &n, err);

	*out = TAUT_MAP_NONE;
	*nhashes = n;
	if (rc)
		return rc;
	for (hi = n; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (hashes[mid] < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < n && hashes[lo] == hash)
		*out = (uint32_t)lo;
	return 0;
}

static int break_sets(const struct taut_byname_target *t, uint32_t file,
		      const struct taut_db_set *sets, size_t nsets,
		      const uint8_t *why, size_t n, struct taut_err *err)
{
	int broke;

	return t->s ? taut_select_sets(t->s, file, sets, nsets, why, n, &broke,
				       err) :
		      taut_select_masks_sets(t->m, t->bits, sets, nsets, why, n,
					     err);
}

int taut_byname_break_hashes(struct taut_byname *b,
			     const struct taut_byname_target *t, uint32_t file,
			     const uint8_t *why, size_t n, struct taut_err *err)
{
	const struct taut_db_set *sets;
	size_t nsets;
	int rc = taut_db_post(b->db, b->row->id, file, &sets, &nsets, err);

	return rc ? rc : break_sets(t, file, sets, nsets, why, n, err);
}

int taut_byname_refs(struct taut_byname *b, struct taut_err *err)
{
	const struct taut_db_reflist *lists;
	size_t n;
	int rc;

	if (b->refs.of)
		return 0;
	rc = taut_db_reflists(b->db, b->row->id, &lists, &n, err);
	if (rc)
		return rc;
	rc = taut_select_index_build(&b->refs, lists, n, b->row->ncarriers,
				     err);
	if (rc)
		taut_select_index_release(&b->refs);
	return rc;
}

int taut_byname_follow(struct taut_byname *b, struct taut_select *s,
		       struct taut_err *err)
{
	int rc;

	/* Nothing broken: the references need not even be read. */
	if (!s->nqueue)
		return 0;
	rc = taut_byname_refs(b, err);
	return rc ? rc : taut_select_follow(s, &b->refs, err);
}

int taut_byname_follow_masks(struct taut_byname *b, struct taut_select_masks *m,
			     struct taut_err *err)
{
	int rc;

	if (!m->queue.n)
		return 0;
	rc = taut_byname_refs(b, err);
	return rc ? rc : taut_select_masks_follow(m, &b->refs, err);
}

static int by_file(const void *a, const void *b)
{
	const struct taut_names_hit *x = a, *y = b;

	return (x->file > y->file) - (x->file < y->file);
}

/* The versions of a broken module; of one that is not understood, all. */
static int mark_versions(struct taut_byname *b, uint32_t file, uint8_t *why,
			 struct taut_err *err)
{
	const struct taut_db_ver *vers;
	const uint64_t *hashes;
	size_t n, nhashes, i;
	uint32_t index;
	int rc = taut_db_vers(b->db, file, &vers, &n, err);

	if (!rc && !b->project.files[file].known) {
		rc = taut_db_hashes(b->db, file, &hashes, &nhashes, err);
		if (!rc)
			memset(why, TAUT_WHY_NAME, nhashes);
		return rc;
	}

	for (i = 0; i < n && !rc; i++) {
		if (vers[i].docs)
			continue;
		rc = taut_byname_hash(b, file, vers[i].hash, &index, &nhashes,
				      err);
		if (!rc && index != TAUT_MAP_NONE)
			why[index] = TAUT_WHY_NAME;
	}
	return rc;
}

int taut_byname_break_carrier(const struct taut_byname_target *t, uint32_t file,
			      uint32_t carrier, struct taut_err *err)
{
	static const uint32_t hash = 0;
	static const uint8_t why = TAUT_WHY_NAME;
	const struct taut_db_set set = { 1, &hash, 1, &carrier };

	return break_sets(t, file, &set, 1, &why, 1, err);
}

/* Is `name` a part of the node id, without its parameters? */
static int has_part(const char *nodeid, const char *name)
{
	const char *p = strstr(nodeid, "::");
	size_t n = strlen(name);

	for (; p; p = strstr(p, "::")) {
		p += 2;
		if (!strncmp(p, name, n) &&
		    (!p[n] || p[n] == '[' || !strncmp(p + n, "::", 2)))
			return 1;
	}
	return 0;
}

static int break_tests(struct taut_byname *b,
		       const struct taut_byname_target *t,
		       const struct taut_names_hit *h, struct taut_err *err)
{
	const struct taut_db_test *tests;
	size_t n, i;
	int known, rc;

	rc = taut_db_tests(b->db, b->row->id, b->project.files[h->file].path,
			   &tests, &n, &known, err);
	for (i = 0; i < n && !rc; i++)
		if (has_part(tests[i].nodeid, h->test))
			rc = taut_byname_break_carrier(t, h->file, tests[i].id,
						       err);
	return rc;
}

/* Of the hits [h, end) of one file those that matter to `only`. */
int taut_byname_break_file(struct taut_byname *b,
			   const struct taut_byname_target *t,
			   const struct taut_names_hit *h,
			   const struct taut_names_hit *end, int only,
			   struct taut_err *err)
{
	uint32_t file = h->file, index;
	const uint64_t *hashes;
	uint8_t *why;
	size_t n;
	int rc;

	rc = taut_db_hashes(b->db, file, &hashes, &n, err);
	why = rc ? NULL : taut_calloc(n + 1, 1);
	if (!why)
		return rc ? rc : taut_nomem(err);
	for (; h < end && !rc; h++) {
		if (h->only != only)
			continue;
		switch (h->kind) {
		case TAUT_HIT_MODULE:
			rc = mark_versions(b, file, why, err);
			break;
		case TAUT_HIT_TESTS:
			rc = break_tests(b, t, h, err);
			break;
		default:
			rc = taut_byname_hash(b, file, h->hash, &index, &n,
					      err);
			if (!rc && index != TAUT_MAP_NONE)
				why[index] = TAUT_WHY_NAME;
		}
	}
	if (!rc && n)
		rc = taut_byname_break_hashes(b, t, file, why, n, err);
	taut_free(why);
	return rc;
}

/* Python that was read, or that ran unseen: may it mean any name, *says, or get
 * any attribute, *gets? */
static int finds_names(const struct taut_buf *text, int *says, int *gets,
		       struct taut_err *err)
{
	struct taut_sheet *s;
	int rc = taut_sheet_scan(text->p ? (void *)text->p : "", text->n, &s,
				 err);

	if (rc)
		return rc;
	*says = s->opaque || s->star || s->flags & TAUT_TEXT_ANY;
	*gets = s->flags & TAUT_TEXT_ATTRS;
	taut_sheet_free(s);
	return 0;
}

/* Which of the causes changed a name that a file which tests read says?  Of
 * what is too large to look through any may have. */
static int who_is_said(struct taut_byname *b,
		       const struct taut_byname_causes *c, int only,
		       const struct taut_db_file *f, uint64_t *bits,
		       struct taut_err *err)
{
	struct taut_buf text = TAUT_BUF_INIT;
	const char *p;
	int state, any = 0, gets = 0, rc;
	uint32_t i;

	*bits = 0;
	if (b->changes->items[f->id].state != TAUT_TREE_FOUND)
		return 0; /* what is gone affects them anyway */
	rc = taut_tree_read(b->tree, f->path, &text, &state, err);
	p = text.p ? (char *)text.p : "";
	any = state != TAUT_TREE_FOUND || text.n > TAUT_BYNAME_DATA;
	if (!rc && !any && f->npath > 3 &&
	    !strcmp(f->path + f->npath - 3, ".py"))
		rc = finds_names(&text, &any, &gets, err);
	for (i = 0; i < c->n && !rc; i++)
		if (c->v[i]->names.nsteps &&
		    (any || (gets && c->v[i]->names.attrs) ||
		     taut_names_said(&c->v[i]->names, only, p, text.n)))
			*bits |= 1ULL << i;
	taut_buf_release(&text);
	return rc;
}

/* Break who reads a file that says a changed name. */
int taut_byname_break_data(struct taut_byname *b,
			   const struct taut_byname_causes *c, int only,
			   struct taut_byname_target *t, struct taut_err *err)
{
	const struct taut_db_file *files;
	const uint64_t *hashes;
	uint8_t *why;
	size_t nfiles, i, nhashes;
	int rc = 0;

	files = taut_db_files(b->db, &nfiles, err);
	if (!files)
		return TAUT_EDAMAGED;
	for (i = b->nfiles; i < nfiles && !rc; i++) {
		if (files[i].kind != TAUT_DATA)
			continue;
		rc = who_is_said(b, c, only, &files[i], &t->bits, err);
		if (rc || !t->bits)
			continue;
		rc = taut_db_hashes(b->db, files[i].id, &hashes, &nhashes, err);
		why = rc ? NULL : taut_calloc(nhashes + 1, 1);
		if (!rc && !why)
			rc = taut_nomem(err);
		if (rc)
			break;
		memset(why, TAUT_WHY_NAME, nhashes);
		rc = taut_byname_break_hashes(b, t, files[i].id, why, nhashes,
					      err);
		taut_free(why);
	}
	return rc;
}

/* Break who depends on a hit that matters to `only`. */
int taut_byname_break_hits(struct taut_byname *b, struct taut_names *n,
			   int only, const struct taut_byname_target *t,
			   struct taut_err *err)
{
	size_t i, from;
	int rc = 0;

	if (n->nhits > 1)
		qsort(n->hits, n->nhits, sizeof(*n->hits), by_file);
	for (i = 0; i < n->nhits && !rc; i = from) {
		for (from = i;
		     from < n->nhits && n->hits[from].file == n->hits[i].file;)
			from++;
		rc = taut_byname_break_file(b, t, n->hits + i, n->hits + from,
					    only, err);
	}
	return rc;
}
