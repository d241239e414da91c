#include "byname.h"

#include <stdlib.h>
#include <string.h>

#include "scan.h"

void taut_byname_release(struct taut_byname *b)
{
	uint32_t i;
	size_t k;

	for (i = 0; b->sheets && i < b->nfiles; i++)
		taut_sheet_free(b->sheets[i]);
	for (k = 0; k < b->n; k++) {
		taut_names_release(&b->causes[k].names);
		for (i = 0; i < TAUT_NONLY; i++)
			taut_select_release(&b->causes[k].reach[i]);
	}
	taut_free(b->sheets);
	taut_free(b->entries);
	taut_sheetcache_close(&b->cache);
	taut_free((void *)b->project.files);
	taut_free(b->causes);
	taut_free(b->tests);
	taut_free(b->collect);
	memset(b, 0, sizeof(*b));
}

/* ---- the project ---- */

/* Scan a file as it is now; *out stays NULL when there is none. */
static int scan_sheet(struct taut_byname *b, const char *path,
		      struct taut_sheet **out, struct taut_err *err)
{
	struct taut_buf bytes = TAUT_BUF_INIT;
	int state, rc;

	rc = taut_tree_read(b->tree, path, &bytes, &state, err);
	if (!rc && state == TAUT_TREE_FOUND)
		rc = taut_sheet_scan(bytes.p ? (void *)bytes.p : "", bytes.n,
				     out, err);
	taut_buf_release(&bytes);
	return rc;
}

static int get_sheet(void *arg, uint32_t file, const struct taut_sheet **out,
		     struct taut_err *err)
{
	struct taut_byname *b = arg;
	struct taut_sheet **s = &b->sheets[file];
	int rc = 0;

	if (!*s && b->entries[file] &&
	    taut_sheetcache_read(&b->cache, b->entries[file], s))
		rc = taut_nomem(err);
	if (!rc && !*s) /* the cache is damaged */
		rc = scan_sheet(b, b->project.files[file].path, s, err);
	*out = *s;
	return rc;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int role_of(const char *path, const char *const *tests, size_t ntests)
{
	const char *slash = strrchr(path, '/');

	if (!strcmp(slash ? slash + 1 : path, "conftest.py"))
		return TAUT_NAMES_CONFTEST;
	return ntests && bsearch(&path, tests, ntests, sizeof(*tests),
				 by_path) ?
		       TAUT_NAMES_TEST :
		       TAUT_NAMES_CODE;
}

static int find_importers(void *arg, uint32_t file, uint64_t hash,
			  int (*found)(void *to, uint32_t module), void *to,
			  struct taut_err *err);

/* What is known of a file without its sheet. */
static int load_file(struct taut_byname *b, uint32_t i,
		     struct taut_names_file *f, struct taut_err *err)
{
	const struct taut_tree_item *now = &b->changes->items[i];
	const struct taut_sheet_entry *e;
	const struct taut_sheet *s;
	int rc;

	if (now->state != TAUT_TREE_FOUND)
		return 0;
	e = taut_sheetcache_find(&b->cache, &now->digest);
	b->entries[i] = e;
	if (e) {
		f->bloom = e->opaque ? NULL : e->bloom;
		f->flags = e->flags;
		f->star = e->star;
		return 0;
	}
	b->nfresh++;
	rc = scan_sheet(b, f->path, &b->sheets[i], err);
	s = b->sheets[i];
	if (rc || !s || s->opaque)
		return rc;
	f->bloom = s->bloom;
	f->flags = s->flags;
	f->star = s->star;
	return 0;
}

/* Every Python file, with its sheet. */
static int load_project(struct taut_byname *b, struct taut_err *err)
{
	const struct taut_db_file *files;
	const char *const *tests;
	struct taut_names_file *f;
	size_t n, ntests;
	uint32_t i;
	int rc;

	files = taut_db_files(b->db, &n, err);
	rc = taut_db_test_files(b->db, b->row->id, &tests, &ntests, err);
	if (rc || !files)
		return rc;
	while (b->nfiles < n && files[b->nfiles].kind == TAUT_PY)
		b->nfiles++;
	f = taut_calloc(b->nfiles + 1u, sizeof(*f));
	b->sheets = taut_calloc(b->nfiles + 1u, sizeof(*b->sheets));
	b->entries = taut_calloc(b->nfiles + 1u, sizeof(*b->entries));
	b->project.files = f;
	if (!f || !b->sheets || !b->entries)
		return taut_nomem(err);
	if (b->cachefile)
		taut_sheetcache_open(&b->cache, b->cachefile);
	for (i = 0; i < b->nfiles && !rc; i++) {
		f[i].path = files[i].path;
		f[i].role = role_of(files[i].path, tests, ntests);
		rc = load_file(b, i, &f[i], err);
	}
	b->project.nfiles = b->nfiles;
	b->project.arg = b;
	b->project.sheet = get_sheet;
	b->project.importers = find_importers;
	return rc;
}

int taut_byname_save(struct taut_byname *b, const char *path,
		     struct taut_err *err)
{
	struct taut_sheetcache_writer w = { .n = 0 };
	uint32_t i;
	int rc = 0;

	for (i = 0; i < b->nfiles && !rc; i++) {
		if (b->entries[i])
			rc = taut_sheetcache_copy(&w, &b->cache, b->entries[i]);
		else if (b->sheets[i])
			rc = taut_sheetcache_add(
				&w, &b->changes->items[i].digest, b->sheets[i]);
	}
	if (rc)
		taut_nomem(err);
	else
		rc = taut_sheetcache_end(&w, path, err);
	taut_sheetcache_drop(&w);
	return rc;
}

/* ---- who ran it ---- */

/* The number of a hash of a file, or TAUT_MAP_NONE. */
static int hash_index(struct taut_byname *b, uint32_t file, uint64_t hash,
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

static int holds(const struct taut_db_set *set, uint32_t hash)
{
	uint32_t i;

	for (i = 0; i < set->nhashes; i++)
		if (set->hashes[i] == hash)
			return 1;
	return 0;
}

/* The Python file of this path, or TAUT_MAP_NONE. */
static uint32_t find_file(const struct taut_byname *b, const char *path)
{
	uint32_t lo = 0, hi = b->nfiles, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(b->project.files[mid].path, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < b->nfiles && !strcmp(b->project.files[lo].path, path) ?
		       lo :
		       TAUT_MAP_NONE;
}

/* Tell of the module that carrier `id` is, if it is one. */
static int tell_module(struct taut_byname *b, uint32_t id,
		       int (*found)(void *to, uint32_t module), void *to,
		       struct taut_err *err)
{
	const char *owner;
	uint32_t file;
	int kind, rc;

	if (id < b->row->ntests)
		return 0;
	rc = taut_db_carrier(b->db, b->row->id, id, &kind, &owner, err);
	if (rc || kind != TAUT_CARRIER_MODULE)
		return rc;
	file = find_file(b, owner);
	return file == TAUT_MAP_NONE ? 0 : found(to, file);
}

static int find_importers(void *arg, uint32_t file, uint64_t hash,
			  int (*found)(void *to, uint32_t module), void *to,
			  struct taut_err *err)
{
	struct taut_byname *b = arg;
	const struct taut_db_set *sets;
	size_t n, nhashes, i;
	uint32_t index, k;
	int rc;

	rc = hash_index(b, file, hash, &index, &nhashes, err);
	if (rc || index == TAUT_MAP_NONE)
		return rc;
	rc = taut_db_post(b->db, b->row->id, file, &sets, &n, err);
	for (i = 0; i < n && !rc; i++) {
		if (!holds(&sets[i], index))
			continue;
		for (k = 0; k < sets[i].ncarriers && !rc; k++)
			rc = tell_module(b, sets[i].carriers[k], found, to,
					 err);
	}
	return rc;
}

/* ---- judging ---- */

static int judge_version(struct taut_byname *b, uint32_t change,
			 uint32_t version, const struct taut_db_ver *old,
			 struct taut_err *err)
{
	struct taut_change *c = &b->changes->v[change];
	struct taut_byname_cause *cause;
	int rc;

	if (taut_grow(&b->causes, &b->cap, b->n + 1, sizeof(*cause)))
		return taut_nomem(err);
	cause = &b->causes[b->n++];
	memset(cause, 0, sizeof(*cause));
	cause->change = change;
	cause->file = c->file->id;
	cause->version = version;
	rc = taut_names_find(&cause->names, &b->project, c->file->id, old, err);
	if (rc)
		return rc;
	cause->judged = !cause->names.fallback;
	if (cause->judged)
		return 0;
	c->fallback = taut_arena_dup(&b->changes->arena, cause->names.fallback,
				     strlen(cause->names.fallback));
	return c->fallback ? 0 : taut_nomem(err);
}

/* Those of [from, n) that differ most go by the file rule. */
static void limit_versions(struct taut_byname *b, size_t from)
{
	struct taut_byname_cause *c, *most;
	size_t n = 0, i;

	for (i = from; i < b->n; i++)
		n += b->causes[i].judged;
	for (; n > TAUT_BYNAME_VERSIONS; n--) {
		for (most = NULL, i = from; i < b->n; i++) {
			c = &b->causes[i];
			if (c->judged &&
			    (!most || c->names.ndiffer > most->names.ndiffer))
				most = c;
		}
		most->judged = 0;
		b->changes->v[most->change].fallback =
			"too many old versions of it are in use";
	}
}

/* Every recorded version of a file that is not the present one. */
static int judge_file(struct taut_byname *b, uint32_t change,
		      struct taut_err *err)
{
	struct taut_change *c = &b->changes->v[change];
	const struct taut_db_ver *vers;
	size_t nvers, nhashes, from = b->n, i;
	uint32_t index;
	int rc;

	if (c->file->kind != TAUT_PY || c->state != TAUT_TREE_FOUND ||
	    c->syntax)
		return 0;
	rc = taut_db_vers(b->db, c->file->id, &vers, &nvers, err);
	for (i = 0; i < nvers && !rc; i++) {
		rc = hash_index(b, c->file->id, vers[i].hash, &index, &nhashes,
				err);
		if (rc || index >= c->nhashes ||
		    c->why[index] != (vers[i].docs ? TAUT_WHY_CODE :
						     TAUT_WHY_MODULE))
			continue;
		if (!b->sheets)
			rc = load_project(b, err);
		if (!rc)
			rc = judge_version(b, change, index, &vers[i], err);
	}
	limit_versions(b, from);
	for (i = from; i < b->n && !rc; i++)
		if (b->causes[i].judged)
			c->why[b->causes[i].version] = TAUT_WHY_NONE;
	return rc;
}

int taut_byname_judge(struct taut_byname *b, struct taut_err *err)
{
	uint32_t i;
	int rc = 0;

	for (i = 0; i < b->changes->n && !rc; i++)
		rc = judge_file(b, i, err);
	return rc;
}

/* ---- selecting ---- */

/* Break in `s` who depends on the hashes of `file` for which why[] is set. */
static int break_hashes(struct taut_byname *b, struct taut_select *s,
			uint32_t file, const uint8_t *why, size_t n,
			struct taut_err *err)
{
	const struct taut_db_set *sets;
	size_t nsets;
	int broke, rc;

	rc = taut_db_post(b->db, b->row->id, file, &sets, &nsets, err);
	return rc ? rc :
		    taut_select_sets(s, file, sets, nsets, why, n, &broke, err);
}

static int propagate(struct taut_byname *b, struct taut_select *s,
		     struct taut_err *err)
{
	const struct taut_db_reflist *lists;
	size_t n;
	int rc;

	if (!s->nqueue)
		return 0;
	rc = taut_db_reflists(b->db, b->row->id, &lists, &n, err);
	return rc ? rc : taut_select_propagate(s, lists, n, err);
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

	if (!rc && !b->project.files[file].bloom) {
		rc = taut_db_hashes(b->db, file, &hashes, &nhashes, err);
		if (!rc)
			memset(why, TAUT_WHY_NAME, nhashes);
		return rc;
	}

	for (i = 0; i < n && !rc; i++) {
		if (vers[i].docs)
			continue;
		rc = hash_index(b, file, vers[i].hash, &index, &nhashes, err);
		if (!rc && index != TAUT_MAP_NONE)
			why[index] = TAUT_WHY_NAME;
	}
	return rc;
}

/* Break just these carriers. */
static int break_carriers(struct taut_select *s, uint32_t file,
			  const uint32_t *carriers, uint32_t n,
			  struct taut_err *err)
{
	static const uint32_t hash = 0;
	static const uint8_t why = TAUT_WHY_NAME;
	const struct taut_db_set set = { 1, &hash, n, carriers };
	int broke;

	return taut_select_sets(s, file, &set, 1, &why, 1, &broke, err);
}

/* Is one of the references a STORES edge to a module carrier of the file? */
static int meets_stores(struct taut_byname *b, const struct taut_db_reflist *l,
			const char *path, int *yes, struct taut_err *err)
{
	const char *owner;
	uint32_t k;
	int kind, rc = 0;

	*yes = 0;
	for (k = 0; k < l->nrefs && !*yes && !rc; k++) {
		if (l->edges[k] != TAUT_EDGE_STORES)
			continue;
		rc = taut_db_carrier(b->db, b->row->id, l->refs[k], &kind,
				     &owner, err);
		*yes = !rc && kind == TAUT_CARRIER_MODULE &&
		       !strcmp(owner, path);
	}
	return rc;
}

static int break_stores(struct taut_byname *b, struct taut_select *s,
			uint32_t file, struct taut_err *err)
{
	const struct taut_db_reflist *lists;
	size_t n, i;
	int yes, rc;

	rc = taut_db_reflists(b->db, b->row->id, &lists, &n, err);
	for (i = 0; i < n && !rc; i++) {
		rc = meets_stores(b, &lists[i], b->project.files[file].path,
				  &yes, err);
		if (!rc && yes)
			rc = break_carriers(s, file, lists[i].users,
					    lists[i].nusers, err);
	}
	return rc;
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

static int break_tests(struct taut_byname *b, struct taut_select *s,
		       const struct taut_names_hit *h, struct taut_err *err)
{
	const struct taut_db_test *tests;
	size_t n, i;
	int known, rc;

	rc = taut_db_tests(b->db, b->row->id, b->project.files[h->file].path,
			   &tests, &n, &known, err);
	for (i = 0; i < n && !rc; i++)
		if (has_part(tests[i].nodeid, h->test))
			rc = break_carriers(s, h->file, &tests[i].id, 1, err);
	return rc;
}

/* Of the hits [h, end) of one file those that matter to `only`. */
static int break_file(struct taut_byname *b, struct taut_select *s,
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
		case TAUT_HIT_STORES:
			rc = break_stores(b, s, file, err);
			break;
		case TAUT_HIT_TESTS:
			rc = break_tests(b, s, h, err);
			break;
		default:
			rc = hash_index(b, file, h->hash, &index, &n, err);
			if (!rc && index != TAUT_MAP_NONE)
				why[index] = TAUT_WHY_NAME;
		}
	}
	if (!rc && n)
		rc = break_hashes(b, s, file, why, n, err);
	taut_free(why);
	return rc;
}

/* Python that was read, or that ran unseen: may it mean any name? */
static int finds_names(const struct taut_buf *text, int *says,
		       struct taut_err *err)
{
	struct taut_sheet *s;
	int rc = taut_sheet_scan(text->p ? (void *)text->p : "", text->n, &s,
				 err);

	if (rc)
		return rc;
	*says = s->opaque || s->star || s->flags & TAUT_TEXT_ANY;
	taut_sheet_free(s);
	return 0;
}

/* Does a file that tests read say a changed name?  What is too large to look
 * through may. */
static int says_name(struct taut_byname *b, const struct taut_names *n,
		     const struct taut_db_file *f, int *says,
		     struct taut_err *err)
{
	struct taut_buf text = TAUT_BUF_INIT;
	int state, rc;

	*says = 0;
	if (b->changes->items[f->id].state != TAUT_TREE_FOUND)
		return 0; /* what is gone affects them anyway */
	rc = taut_tree_read(b->tree, f->path, &text, &state, err);
	if (!rc)
		*says = state != TAUT_TREE_FOUND || text.n > TAUT_BYNAME_DATA ||
			taut_names_said(n, text.p ? (char *)text.p : "",
					text.n);
	if (!rc && !*says && f->npath > 3 &&
	    !strcmp(f->path + f->npath - 3, ".py"))
		rc = finds_names(&text, says, err);
	taut_buf_release(&text);
	return rc;
}

/* Break who reads a file that says a changed name. */
static int break_data(struct taut_byname *b, const struct taut_names *n,
		      struct taut_select *s, struct taut_err *err)
{
	const struct taut_db_file *files;
	const uint64_t *hashes;
	uint8_t *why;
	size_t nfiles, i, nhashes;
	int says, rc = 0;

	files = taut_db_files(b->db, &nfiles, err);
	if (!files)
		return TAUT_EDAMAGED;
	for (i = b->nfiles; i < nfiles && !rc; i++) {
		if (files[i].kind != TAUT_DATA)
			continue;
		rc = says_name(b, n, &files[i], &says, err);
		if (rc || !says)
			continue;
		rc = taut_db_hashes(b->db, files[i].id, &hashes, &nhashes, err);
		why = rc ? NULL : taut_calloc(nhashes + 1, 1);
		if (!rc && !why)
			rc = taut_nomem(err);
		if (rc)
			break;
		memset(why, TAUT_WHY_NAME, nhashes);
		rc = break_hashes(b, s, files[i].id, why, nhashes, err);
		taut_free(why);
	}
	return rc;
}

/* Break who ran a suite of a file that reads docstrings. */
static int break_readers(struct taut_byname *b, struct taut_select *s,
			 struct taut_err *err)
{
	const struct taut_db_ver *vers;
	const uint64_t *hashes;
	size_t n, nvers, nhashes, k;
	uint32_t i, index;
	uint8_t *why;
	int rc = 0;

	for (i = 0; i < b->nfiles && !rc; i++) {
		if (b->project.files[i].bloom &&
		    !(b->project.files[i].flags & TAUT_TEXT_DOCS))
			continue;
		rc = taut_db_hashes(b->db, i, &hashes, &n, err);
		why = rc ? NULL : taut_calloc(n + 1, 1);
		if (!why)
			return rc ? rc : taut_nomem(err);
		memset(why, TAUT_WHY_NAME, n);
		rc = taut_db_vers(b->db, i, &vers, &nvers, err);
		for (k = 0; k < nvers && !rc; k++) {
			rc = hash_index(b, i, vers[k].hash, &index, &nhashes,
					err);
			if (!rc && index != TAUT_MAP_NONE)
				why[index] = TAUT_WHY_NONE;
		}
		if (!rc)
			rc = break_hashes(b, s, i, why, n, err);
		taut_free(why);
	}
	return rc ? rc : propagate(b, s, err);
}

/* Break who is reached by the hits of a cause that matter to `only`. */
static int break_hits(struct taut_byname *b, struct taut_byname_cause *c,
		      int only, struct taut_err *err)
{
	struct taut_select *s = &c->reach[only];
	struct taut_names *n = &c->names;
	size_t i, from;
	int rc;

	rc = taut_select_init(s, b->row->ntests, b->row->ncarriers, err);
	for (i = 0; i < n->nhits && !rc; i = from) {
		for (from = i;
		     from < n->nhits && n->hits[from].file == n->hits[i].file;)
			from++;
		rc = break_file(b, s, n->hits + i, n->hits + from, only, err);
	}
	if (!rc && only == TAUT_ONLY_NONE && n->nsteps)
		rc = break_data(b, n, s, err);
	return rc ? rc : propagate(b, s, err);
}

/* Of the tests in `s` only those that are in `and`, too, stay. */
static void keep_both(const struct taut_byname *b, struct taut_select *s,
		      const struct taut_select *and)
{
	uint32_t i;

	for (i = 0; i < b->row->ntests; i++)
		if (!taut_select_broken(and, i))
			s->marks[i].cause = 0;
}

static int reach_hits(struct taut_byname *b, struct taut_byname_cause *c,
		      struct taut_err *err)
{
	struct taut_names *n = &c->names;
	struct taut_select readers;
	int only, rc = 0;

	if (n->nhits > 1)
		qsort(n->hits, n->nhits, sizeof(*n->hits), by_file);
	for (only = 0; only < TAUT_NONLY && !rc; only++)
		rc = break_hits(b, c, only, err);
	if (rc)
		return rc;
	keep_both(b, &c->reach[TAUT_ONLY_ATTRS], &c->reach[TAUT_ONLY_READ]);
	if (!c->reach[TAUT_ONLY_DOCS].nqueue)
		return 0;
	rc = taut_select_init(&readers, b->row->ntests, b->row->ncarriers, err);
	if (!rc)
		rc = break_readers(b, &readers, err);
	if (!rc)
		keep_both(b, &c->reach[TAUT_ONLY_DOCS], &readers);
	taut_select_release(&readers);
	return rc;
}

/* Who depends on a version of a file: of `hash`, or (0) of any. */
static int find_holders(struct taut_byname *b, uint32_t file, uint64_t hash,
			struct taut_select *s, struct taut_err *err)
{
	const uint64_t *hashes;
	uint32_t index;
	uint8_t *why;
	size_t n;
	int rc;

	rc = taut_select_init(s, b->row->ntests, b->row->ncarriers, err);
	if (rc)
		return rc;
	rc = taut_db_hashes(b->db, file, &hashes, &n, err);
	why = rc ? NULL : taut_calloc(n + 1, 1);
	if (!why)
		return rc ? rc : taut_nomem(err);
	if (hash)
		rc = hash_index(b, file, hash, &index, &n, err);
	else
		rc = mark_versions(b, file, why, err);
	if (!rc && hash && index != TAUT_MAP_NONE)
		why[index] = TAUT_WHY_NAME;
	if (!rc)
		rc = break_hashes(b, s, file, why, n, err);
	taut_free(why);
	return rc ? rc : propagate(b, s, err);
}

const struct taut_select *
taut_byname_reach(const struct taut_byname_cause *c, uint32_t test)
{
	int only;

	for (only = 0; only < TAUT_ONLY_READ; only++)
		if (taut_select_broken(&c->reach[only], test))
			return &c->reach[only];
	return NULL;
}

/* The tests that refer to the cause's version and are reached. */
static int select_cause(struct taut_byname *b, uint32_t cause,
			struct taut_err *err)
{
	struct taut_byname_cause *c = &b->causes[cause];
	struct taut_change *change = &b->changes->v[c->change];
	struct taut_select holders;
	const uint64_t *hashes;
	size_t n;
	uint32_t i;
	int rc;

	rc = reach_hits(b, c, err);
	if (!rc)
		rc = taut_db_hashes(b->db, c->file, &hashes, &n, err);
	if (rc)
		return rc;
	rc = find_holders(b, c->file, hashes[c->version], &holders, err);
	for (i = 0; i < b->row->ntests && !rc; i++) {
		if (b->tests[i] || !taut_select_broken(&holders, i) ||
		    !taut_byname_reach(c, i))
			continue;
		b->tests[i] = cause + 1;
		change->broke = 1;
	}
	taut_select_release(&holders);
	return rc;
}

/* ---- trying ---- */

/* Is there a test on record that ran `file` with all as it is now? */
static int was_tried(struct taut_byname *b, const struct taut_byname_cause *c,
		     const struct taut_select *run, int *tried,
		     struct taut_err *err)
{
	const struct taut_sheet *now;
	struct taut_select present;
	uint32_t i;
	int rc = get_sheet(b, c->file, &now, err);

	*tried = 0;
	if (rc || !now)
		return rc;
	rc = find_holders(b, c->file, now->version, &present, err);
	for (i = 0; i < b->row->ntests && !rc && !*tried; i++)
		*tried = taut_select_broken(run, i) &&
			 taut_select_broken(&present, i);
	taut_select_release(&present);
	return rc;
}

static int is_affected(const struct taut_byname *b,
		       const struct taut_select *already, uint32_t test)
{
	return b->tests[test] || taut_select_broken(already, test);
}

/* Of the tests of one file: the first, unless another runs anyway. */
static int try_in(struct taut_byname *b, const struct taut_select *already,
		  const char *path, uint32_t *first, int *runs,
		  struct taut_err *err)
{
	const struct taut_db_test *tests;
	size_t n, i;
	int known, rc;

	rc = taut_db_tests(b->db, b->row->id, path, &tests, &n, &known, err);
	for (i = 0; i < n && !rc; i++) {
		*runs |= is_affected(b, already, tests[i].id);
		if (*first == TAUT_MAP_NONE)
			*first = tests[i].id;
	}
	return rc;
}

/* Of the test files that run `file` while they are collected. */
static int try_collecting(struct taut_byname *b,
			  const struct taut_select *already,
			  const struct taut_select *run, uint32_t *first,
			  int *runs, struct taut_err *err)
{
	const char *owner;
	uint32_t id;
	int kind, rc = 0;

	for (id = b->row->ntests; id < b->row->ncarriers && !*runs && !rc;
	     id++) {
		if (!taut_select_broken(run, id))
			continue;
		rc = taut_db_carrier(b->db, b->row->id, id, &kind, &owner, err);
		if (!rc && kind == TAUT_CARRIER_COLLECTION)
			rc = try_in(b, already, owner, first, runs, err);
	}
	return rc;
}

/* All who run it, then. */
static void run_holders(struct taut_byname *b, uint32_t cause,
			const struct taut_select *run)
{
	uint32_t i;

	for (i = 0; i < b->row->ntests; i++)
		if (!b->tests[i] && taut_select_broken(run, i))
			b->tests[i] = cause + 1;
}

/* See that somebody imports `file`. */
static int try_import(struct taut_byname *b, uint32_t cause, uint32_t file,
		      const struct taut_select *already, struct taut_err *err)
{
	struct taut_byname_cause *c = &b->causes[cause];
	uint32_t first = TAUT_MAP_NONE;
	struct taut_select run;
	int tried = 0, runs = 0, rc;

	rc = find_holders(b, file, 0, &run, err);
	if (!rc && run.nqueue)
		rc = was_tried(b, c, &run, &tried, err);
	if (rc || tried || !run.nqueue)
		goto out;
	if (b->project.files[file].role == TAUT_NAMES_TEST)
		rc = try_in(b, already, b->project.files[file].path, &first,
			    &runs, err);
	else
		rc = try_collecting(b, already, &run, &first, &runs, err);
	if (rc || runs)
		goto out;
	b->changes->v[c->change].broke = 1;
	if (first == TAUT_MAP_NONE)
		run_holders(b, cause, &run);
	else
		b->tests[first] = cause + 1;
out:
	taut_select_release(&run);
	return rc;
}

int taut_byname_select(struct taut_byname *b,
		       const struct taut_select *already, struct taut_err *err)
{
	const struct taut_names *n;
	uint32_t i;
	size_t k;
	int rc = 0;

	b->tests = taut_calloc(b->row->ntests + 1u, sizeof(*b->tests));
	b->collect = taut_calloc(b->nfiles + 1u, 1);
	if (!b->tests || !b->collect)
		return taut_nomem(err);
	for (i = 0; i < b->n && !rc; i++) {
		if (!b->causes[i].judged)
			continue;
		n = &b->causes[i].names;
		b->collect[b->changes->v[b->causes[i].change].file->id] = 1;
		for (k = 0; k < n->ncollect; k++)
			b->collect[n->collect[k]] = 1;
		rc = select_cause(b, i, err);
	}
	for (i = 0; i < b->n && !rc; i++) {
		n = &b->causes[i].names;
		for (k = 0; b->causes[i].judged && k < n->nagain && !rc; k++)
			rc = try_import(b, i, n->again[k], already, err);
	}
	return rc;
}

int taut_byname_collect(const struct taut_byname *b, const char *path)
{
	uint32_t file = b->collect ? find_file(b, path) : TAUT_MAP_NONE;

	return file != TAUT_MAP_NONE && b->collect[file];
}

/* ---- asking about a line ---- */

int taut_byname_break(struct taut_byname *b, struct taut_select *s,
		      const char *path, uint64_t hash, struct taut_err *err)
{
	const struct taut_names_hit hit = { .file = find_file(b, path),
					    .hash = hash };

	return hit.file == TAUT_MAP_NONE ?
		       0 :
		       break_file(b, s, &hit, &hit + 1, 0, err);
}

int taut_byname_line(struct taut_byname *b, const char *path, uint32_t line,
		     struct taut_byname_cause **out, struct taut_err *err)
{
	struct taut_byname_cause *c;
	uint32_t file;
	int rc = b->sheets ? 0 : load_project(b, err);

	if (rc)
		return rc;
	file = find_file(b, path);
	if (file == TAUT_MAP_NONE)
		return TAUT_ENOTFOUND;
	if (taut_grow(&b->causes, &b->cap, b->n + 1, sizeof(*c)))
		return taut_nomem(err);
	c = &b->causes[b->n++];
	memset(c, 0, sizeof(*c));
	c->file = file;
	rc = taut_names_line(&c->names, &b->project, file, line, err);
	if (!rc && !c->names.fallback)
		rc = reach_hits(b, c, err);
	*out = c;
	return rc;
}

/* ---- reasons ---- */

/* Did the hit break this carrier? */
static int depends(struct taut_byname *b, const struct taut_names_hit *h,
		   uint32_t carrier, int *yes, struct taut_err *err)
{
	struct taut_select s;
	int rc;

	*yes = 0;
	rc = taut_select_init(&s, b->row->ntests, b->row->ncarriers, err);
	if (!rc)
		rc = break_file(b, &s, h, h + 1, h->only, err);
	*yes = !rc && taut_select_broken(&s, carrier) != NULL;
	taut_select_release(&s);
	return rc;
}

int taut_byname_hit(struct taut_byname *b, const struct taut_byname_cause *c,
		    uint32_t carrier, const struct taut_names_hit **hit,
		    struct taut_err *err)
{
	size_t i;
	int yes = 0, rc = 0;

	*hit = NULL;
	for (i = 0; i < c->names.nhits && !yes && !rc; i++) {
		rc = depends(b, &c->names.hits[i], carrier, &yes, err);
		if (yes)
			*hit = &c->names.hits[i];
	}
	return rc;
}
