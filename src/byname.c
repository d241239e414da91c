#include <stdlib.h>
#include <string.h>

#include "bynamefile.h"

void taut_byname_release(struct taut_byname *b)
{
	size_t k;
	int i;

	for (k = 0; k < b->n; k++) {
		taut_names_release(&b->causes[k].names);
		for (i = 0; i < TAUT_NONLY; i++)
			taut_select_release(&b->causes[k].reach[i]);
	}
	taut_sheets_release(&b->sheets);
	taut_words_release(&b->words);
	taut_select_index_release(&b->refs);
	taut_free(b->at_import.by_file);
	taut_free(b->stored);
	taut_free((void *)b->project.files);
	taut_free(b->causes);
	taut_free(b->tests);
	taut_free(b->collect);
	memset(b, 0, sizeof(*b));
}

/* ---- the project ---- */

static int get_sheet(void *arg, uint32_t file, const struct taut_sheet **out,
		     struct taut_err *err)
{
	struct taut_byname *b = arg;

	return taut_sheets_get(&b->sheets, file, out, err);
}

static int who_says(void *arg, uint32_t name, const uint32_t **files, size_t *n,
		    struct taut_err *err)
{
	struct taut_byname *b = arg;

	return taut_sheets_who(&b->sheets, name, files, n, err);
}

static int is_foreign(void *arg, uint32_t name, int *yes, struct taut_err *err)
{
	struct taut_byname *b = arg;

	return taut_words_say(&b->words, b->wordsdir, b->db, b->row, name, yes,
			      err);
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
static uint32_t find_path(void *arg, const char *path);

/* Every Python file, with what is known of it without its sheet. */
static int load_project(struct taut_byname *b, struct taut_err *err)
{
	const struct taut_db_file *files;
	const struct taut_sheet_entry *e;
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
	b->project = (struct taut_names_project){ .files = f,
						  .nfiles = b->nfiles,
						  .arg = b,
						  .sheet = get_sheet,
						  .who = who_says,
						  .find = find_path,
						  .reads = taut_byname_reads,
						  .stores = taut_byname_stores,
						  .asked = taut_byname_asked,
						  .foreign = is_foreign,
						  .importers = find_importers };
	if (!f)
		return taut_nomem(err);
	rc = taut_sheets_open(&b->sheets, b->tree, b->changes->items, b->nfiles,
			      b->cachefile, err);
	for (i = 0; i < b->nfiles && !rc; i++) {
		f[i].path = files[i].path;
		f[i].role = role_of(files[i].path, tests, ntests);
		e = taut_sheets_entry(&b->sheets, i);
		if (!e || e->opaque)
			continue;
		f[i].known = 1;
		f[i].flags = e->flags;
		f[i].star = e->star;
	}
	return rc;
}

/* ---- who ran it ---- */

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

static uint32_t find_path(void *arg, const char *path)
{
	return find_file(arg, path);
}

struct asking {
	struct taut_byname *b;
	int (*found)(void *to, uint32_t module);
	void *to;
	struct taut_u32s memos; /* met so far */
	uint8_t *met;		/* by carrier; NULL: no memo yet */
};

static int meet_memo(struct asking *a, uint32_t id, struct taut_err *err)
{
	if (!a->met)
		a->met = taut_calloc(a->b->row->ncarriers, 1);
	if (!a->met)
		return taut_nomem(err);
	if (a->met[id]++)
		return 0;
	return taut_u32s_add(&a->memos, id) ? taut_nomem(err) : 0;
}

/* Tell of the module that carrier `id` is, if it is one.  What a memo's function
 * ran was run by whoever has its value. */
static int tell_module(struct asking *a, uint32_t id, struct taut_err *err)
{
	struct taut_byname *b = a->b;
	const char *owner;
	uint32_t file;
	int kind, rc;

	if (id < b->row->ntests || (a->met && a->met[id]))
		return 0;
	rc = taut_db_carrier(b->db, b->row->id, id, &kind, &owner, err);
	if (!rc && kind == TAUT_CARRIER_MEMO)
		return meet_memo(a, id, err);
	if (rc || kind != TAUT_CARRIER_MODULE)
		return rc;
	file = find_file(b, owner);
	return file == TAUT_MAP_NONE ? 0 : a->found(a->to, file);
}

/* How the users of the list refer to a carrier of it: enum taut_edge. */
static int edge_to(const struct taut_db_reflist *l, uint32_t carrier)
{
	uint32_t i;

	for (i = 0; i < l->nrefs; i++)
		if (l->refs[i] == carrier)
			return l->edges[i];
	return TAUT_EDGE_USES;
}

/* Does the module itself say the name of the attribute that the memo is of?
 * If only functions of it do, its import has read nothing. */
static int reads_memo(struct taut_byname *b, uint32_t module, uint32_t memo,
		      int *yes, struct taut_err *err)
{
	const struct taut_sheet *s = NULL;
	const char *owner, *name;
	uint32_t file, key, i;
	int kind, rc;

	*yes = 1;
	rc = taut_db_carrier(b->db, b->row->id, module, &kind, &owner, err);
	file = rc ? TAUT_MAP_NONE : find_file(b, owner);
	if (file != TAUT_MAP_NONE)
		rc = get_sheet(b, file, &s, err);
	if (!rc && s)
		rc = taut_db_carrier(b->db, b->row->id, memo, &kind, &owner,
				     err);
	if (rc || !s || s->opaque)
		return rc;
	name = strstr(owner, "::");
	if (!name || !strncmp(name, "::__", 4))
		return 0; /* __getattr__(): of any name */
	key = taut_name_hash(name + 2, strcspn(name + 2, " "));
	for (i = *yes = 0; i < s->nunits && !*yes; i++)
		*yes = taut_text_has(&s->units[i].text, key) != 0;
	return 0;
}

static int tell_users(struct asking *a, uint32_t memo, struct taut_err *err)
{
	const struct taut_db_reflist *list;
	int unseen, yes, rc = taut_byname_refs(a->b, err);
	uint32_t i, k;

	if (rc)
		return rc;
	for (i = a->b->refs.start[memo]; i < a->b->refs.start[memo + 1]; i++) {
		list = &a->b->refs.lists[a->b->refs.of[i]];
		unseen = edge_to(list, memo) == TAUT_EDGE_READS;
		for (k = 0; k < list->nusers && !rc; k++) {
			yes = 1;
			if (unseen && list->users[k] >= a->b->row->ntests)
				rc = reads_memo(a->b, list->users[k], memo,
						&yes, err);
			if (!rc && yes)
				rc = tell_module(a, list->users[k], err);
		}
	}
	return rc;
}

/* Whose are the memos met, and those met then? */
static int end_asking(struct asking *a, int rc, struct taut_err *err)
{
	size_t i;

	for (i = 0; i < a->memos.n && !rc; i++)
		rc = tell_users(a, a->memos.p[i], err);
	taut_u32s_release(&a->memos);
	taut_free(a->met);
	return rc;
}

static int find_importers(void *arg, uint32_t file, uint64_t hash,
			  int (*found)(void *to, uint32_t module), void *to,
			  struct taut_err *err)
{
	struct taut_byname *b = arg;
	struct asking a = { .b = b, .found = found, .to = to };
	const struct taut_db_set *sets;
	size_t n, nhashes, i;
	uint32_t index, k;
	int rc;

	rc = taut_byname_hash(b, file, hash, &index, &nhashes, err);
	if (rc || index == TAUT_MAP_NONE)
		return rc;
	rc = taut_db_post(b->db, b->row->id, file, &sets, &n, err);
	for (i = 0; i < n && !rc; i++) {
		if (!holds(&sets[i], index))
			continue;
		for (k = 0; k < sets[i].ncarriers && !rc; k++)
			rc = tell_module(&a, sets[i].carriers[k], err);
	}
	return end_asking(&a, rc, err);
}

int taut_byname_users(struct taut_byname *b, uint32_t memo,
		      int (*found)(void *to, uint32_t module), void *to,
		      struct taut_err *err)
{
	struct asking a = { .b = b, .found = found, .to = to };

	return end_asking(&a, tell_users(&a, memo, err), err);
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
	cause->hash = old->hash;
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
		rc = taut_byname_hash(b, c->file->id, vers[i].hash, &index,
				      &nhashes, err);
		if (rc || index >= c->nhashes ||
		    c->why[index] !=
			    (vers[i].docs ? TAUT_WHY_CODE : TAUT_WHY_MODULE))
			continue;
		if (!b->project.files)
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

/* May anything that it found matter to `only`? */
static int concerns(const struct taut_names *n, int only)
{
	size_t i;

	for (i = 0; i < n->nhits; i++)
		if (n->hits[i].only == only)
			return 1;
	for (i = 0; i < n->nchanged; i++)
		if ((int)n->changed[i].only == only)
			return 1;
	return 0;
}

/* Of the tests in `s` only those stay that read what the hits are about. */
static int keep_readers(struct taut_byname *b, int only, uint32_t file,
			struct taut_select *s, struct taut_err *err)
{
	struct taut_select readers;
	const struct taut_byname_target t = { .s = &readers };
	uint32_t i;
	int rc;

	rc = taut_select_init(&readers, b->row->ntests, b->row->ncarriers, err);
	if (!rc)
		rc = taut_byname_break_readers(b, only, file, &t, err);
	if (!rc)
		rc = taut_byname_follow(b, &readers, err);
	for (i = 0; i < b->row->ntests && !rc; i++)
		if (!taut_select_broken(&readers, i))
			s->marks[i].cause = 0;
	taut_select_release(&readers);
	return rc;
}

int taut_byname_reach(struct taut_byname *b, struct taut_byname_cause *c,
		      struct taut_err *err)
{
	const struct taut_byname_causes one = { &c, 1 };
	struct taut_byname_target t;
	int only, rc = 0;

	if (c->reach[0].marks)
		return 0;
	for (only = 0; only < TAUT_NONLY && !rc; only++) {
		t = (struct taut_byname_target){ .s = &c->reach[only] };
		rc = taut_select_init(t.s, b->row->ntests, b->row->ncarriers,
				      err);
		if (!rc)
			rc = taut_byname_break_hits(b, &c->names, only, &t,
						    err);
		if (!rc && concerns(&c->names, only))
			rc = taut_byname_break_asking(b, only, c->file, &t,
						      err);
		if (!rc)
			rc = taut_byname_break_data(b, &one, only, &t, err);
		if (!rc)
			rc = taut_byname_follow(b, t.s, err);
	}
	if (rc)
		return rc;
	for (only = TAUT_ONLY_NONE + 1; only < TAUT_NONLY && !rc; only++)
		if (concerns(&c->names, only))
			rc = keep_readers(b, only, c->file, &c->reach[only],
					  err);
	return rc;
}

const struct taut_select *taut_byname_reached(const struct taut_byname_cause *c,
					      uint32_t test)
{
	int only;

	for (only = 0; only < TAUT_NONLY; only++)
		if (taut_select_broken(&c->reach[only], test))
			return &c->reach[only];
	return NULL;
}

/* What the hits of 64 causes reach, by whom the hits matter to; none: NULL. */
struct reached {
	struct taut_select_masks by[TAUT_NONLY];
	/* Who reads what they are about; not of TAUT_ONLY_NONE. */
	struct taut_select_masks readers[TAUT_NONLY];
};

static void release_reached(struct reached *r)
{
	int only;

	for (only = 0; only < TAUT_NONLY; only++) {
		taut_select_masks_release(&r->by[only]);
		taut_select_masks_release(&r->readers[only]);
	}
}

/* The causes that reach a test. */
static uint64_t reaching(const struct reached *r, uint32_t test)
{
	uint64_t mask = 0;
	int only;

	for (only = 0; only < TAUT_NONLY; only++)
		if (r->by[only].mask)
			mask |= r->by[only].mask[test] &
				(only ? r->readers[only].mask[test] : ~0ULL);
	return mask;
}

/* Of the causes that have hits which matter to `only`: who reads that. */
static int read_only(struct taut_byname *b, const struct taut_byname_causes *c,
		     int only, struct taut_select_masks *m,
		     struct taut_err *err)
{
	struct taut_byname_target t = { .m = m };
	uint64_t all = 0;
	uint32_t i;
	int rc;

	rc = taut_select_masks_init(m, b->row->ntests, b->row->ncarriers, err);
	for (i = 0; i < c->n && !rc; i++) {
		if (!concerns(&c->v[i]->names, only))
			continue;
		all |= t.bits = 1ULL << i;
		if (only == TAUT_ONLY_FUNCTION_DOCS)
			rc = taut_byname_break_readers(b, only, c->v[i]->file,
						       &t, err);
	}
	t.bits = all;
	if (!rc && only != TAUT_ONLY_FUNCTION_DOCS)
		rc = taut_byname_break_readers(b, only, 0, &t, err);
	return rc ? rc : taut_byname_follow_masks(b, m, err);
}

/* Of the hits that matter to `only`. */
static int reach_only(struct taut_byname *b, const struct taut_byname_causes *c,
		      int only, struct taut_select_masks *m,
		      struct taut_err *err)
{
	struct taut_byname_target t = { .m = m };
	uint32_t i;
	int rc;

	rc = taut_select_masks_init(m, b->row->ntests, b->row->ncarriers, err);
	for (i = 0; i < c->n && !rc; i++) {
		t.bits = 1ULL << i;
		rc = taut_byname_break_hits(b, &c->v[i]->names, only, &t, err);
		if (!rc && concerns(&c->v[i]->names, only))
			rc = taut_byname_break_asking(b, only, c->v[i]->file,
						      &t, err);
	}
	if (!rc)
		rc = taut_byname_break_data(b, c, only, &t, err);
	return rc ? rc : taut_byname_follow_masks(b, m, err);
}

/* *live: the causes that reach tests. */
static int reach_some(struct taut_byname *b, const struct taut_byname_causes *c,
		      struct reached *r, uint64_t *live, struct taut_err *err)
{
	uint32_t i;
	int only, any, rc = 0;

	for (only = 0; only < TAUT_NONLY && !rc; only++) {
		any = only == TAUT_ONLY_NONE;
		for (i = 0; i < c->n && !any; i++)
			any = concerns(&c->v[i]->names, only);
		if (any && only != TAUT_ONLY_NONE)
			rc = read_only(b, c, only, &r->readers[only], err);
		if (any && !rc)
			rc = reach_only(b, c, only, &r->by[only], err);
	}
	*live = 0;
	for (i = 0; i < b->row->ntests && !rc; i++)
		*live |= reaching(r, i);
	return rc;
}

/* Of some causes the tests that depend on a hit of one, and refer to the
 * version that it is about. */
static int select_some(struct taut_byname *b,
		       const struct taut_byname_causes *c, struct taut_err *err)
{
	struct taut_select_masks holders = { .mask = NULL };
	struct taut_byname_target t = { .m = &holders };
	struct reached reach = { .by = { { .mask = NULL } } };
	struct taut_byname_cause *cause;
	struct taut_names_hit hit;
	uint64_t live = 0, both;
	uint32_t i;
	int rc = reach_some(b, c, &reach, &live, err);

	if (!rc)
		rc = taut_select_masks_init(&holders, b->row->ntests,
					    b->row->ncarriers, err);
	for (i = 0; i < c->n && !rc; i++) {
		t.bits = 1ULL << i;
		hit = (struct taut_names_hit){ .file = c->v[i]->file,
					       .hash = c->v[i]->hash };
		if (live & t.bits)
			rc = taut_byname_break_file(b, &t, &hit, &hit + 1,
						    hit.only, err);
	}
	if (!rc)
		rc = taut_byname_follow_masks(b, &holders, err);
	for (i = 0; i < b->row->ntests && !rc && live; i++) {
		both = reaching(&reach, i) & holders.mask[i];
		if (!both || b->tests[i])
			continue;
		cause = c->v[__builtin_ctzll(both)];
		b->tests[i] = (uint32_t)(cause - b->causes) + 1;
		b->changes->v[cause->change].broke = 1;
	}
	release_reached(&reach);
	taut_select_masks_release(&holders);
	return rc;
}

static int selects(const struct taut_byname *b, uint32_t cause)
{
	uint32_t i;

	for (i = 0; i < b->row->ntests; i++)
		if (b->tests[i] == cause + 1)
			return 1;
	return 0;
}

int taut_byname_select(struct taut_byname *b, const struct taut_select *already,
		       struct taut_err *err)
{
	struct taut_byname_cause *some[64];
	struct taut_byname_causes c = { some, 0 };
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
		some[c.n++] = &b->causes[i];
		if (c.n < 64)
			continue;
		rc = select_some(b, &c, err);
		c.n = 0;
	}
	if (!rc && c.n)
		rc = select_some(b, &c, err);
	for (i = 0; i < b->n && !rc; i++) {
		n = &b->causes[i].names;
		for (k = 0; b->causes[i].judged && k < n->nagain && !rc; k++)
			rc = taut_byname_try(b, i, n->again[k], already, err);
	}
	for (i = 0; i < b->n && !rc; i++)
		if (b->causes[i].judged && selects(b, i))
			rc = taut_byname_renew(b, i, already, err);
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
	const struct taut_byname_target t = { .s = s };

	return hit.file == TAUT_MAP_NONE ?
		       0 :
		       taut_byname_break_file(b, &t, &hit, &hit + 1, hit.only,
					      err);
}

int taut_byname_line(struct taut_byname *b, const char *path, uint32_t line,
		     struct taut_byname_cause **out, struct taut_err *err)
{
	struct taut_byname_cause *c;
	uint32_t file;
	int rc = b->project.files ? 0 : load_project(b, err);

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
		rc = taut_byname_reach(b, c, err);
	*out = c;
	return rc;
}

/* ---- reasons ---- */

/* Did the hit break this carrier? */
static int depends(struct taut_byname *b, const struct taut_names_hit *h,
		   uint32_t carrier, int *yes, struct taut_err *err)
{
	struct taut_select s;
	const struct taut_byname_target t = { .s = &s };
	int rc;

	*yes = 0;
	rc = taut_select_init(&s, b->row->ntests, b->row->ncarriers, err);
	if (!rc)
		rc = taut_byname_break_file(b, &t, h, h + 1, h->only, err);
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
