#include "session.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- open: names ---- */

static char *copy(struct taut_session *s, const char *text)
{
	return taut_arena_dup(&s->arena, text, strlen(text));
}

static int copy_parts(struct taut_session *s, const struct taut_config *c)
{
	struct taut_part *parts;
	size_t i;

	parts = taut_arena_alloc(&s->arena, (c->nparts + 1) * sizeof(*parts));
	if (!parts)
		return TAUT_ENOMEM;
	for (i = 0; i < c->nparts; i++) {
		parts[i].name = copy(s, c->parts[i].name);
		parts[i].value = copy(s, c->parts[i].value);
		parts[i].cls = c->parts[i].cls;
		if (!parts[i].name || !parts[i].value)
			return TAUT_ENOMEM;
	}
	for (i = 0; i < c->nignore; i++)
		if (taut_map_add(&s->ignore, c->ignore_parts[i],
				 strlen(c->ignore_parts[i])) == TAUT_MAP_NONE)
			return TAUT_ENOMEM;
	s->match.name = copy(s, c->env ? c->env : "default");
	s->match.parts = parts;
	s->match.nparts = c->nparts;
	s->match.ignore = &s->ignore;
	s->match.any_parts = (c->flags & TAUT_ANY_PARTS) != 0;
	return s->match.name ? 0 : TAUT_ENOMEM;
}

static int copy_config(struct taut_session *s, const struct taut_config *c,
		       struct taut_err *err)
{
	const char *datafile = c->datafile;
	size_t n;

	if (!c->root || *c->root != '/')
		return taut_fail(err, TAUT_EINVAL,
				 "the root must be an absolute path");
	n = strlen(c->root);
	while (n > 1 && c->root[n - 1] == '/')
		n--;
	s->root = taut_arena_dup(&s->arena, c->root, n);
	if (!datafile)
		datafile = getenv("TESTMON_DATAFILE");
	if (!datafile || !*datafile)
		datafile = ".testmondata";
	s->datafile =
		*datafile == '/' ?
			copy(s, datafile) :
			taut_reason_text(&s->arena, "%s/%s",
					 s->root ? s->root : "", datafile);
	s->flags = c->flags;
	s->how.compiles = c->compiles;
	s->how.arg = c->compiles_arg;
	if (!s->root || !s->datafile || copy_parts(s, c))
		return taut_nomem(err);
	return taut_cache_locate(&s->cache, s->root, c->cache, err);
}

/* The line for the user; the first one stays. */
static int note(struct taut_session *s, const char *text)
{
	if (!s->note)
		s->note = copy(s, text);
	return s->note ? 0 : TAUT_ENOMEM;
}

/* ---- open: the database ---- */

static int load_db(struct taut_session *s, struct taut_err *err)
{
	struct taut_err why = { .code = 0 };
	int rc;

	rc = taut_db_open(s->datafile, &s->db, &why);
	if (rc == TAUT_ENOMEM)
		return taut_nomem(err);
	s->state = !rc			? TAUT_DB_USED :
		   rc == TAUT_ENOTFOUND ? TAUT_DB_NEW :
					  TAUT_DB_IGNORED;
	if (s->state == TAUT_DB_IGNORED && note(s, why.msg))
		return taut_nomem(err);
	return 0;
}

static struct taut_save saver(struct taut_session *s)
{
	struct taut_save save = {
		.root = s->root,
		.cache = &s->cache,
		.key = &s->key,
	};

	return save;
}

/* Dead runs of a sound database: folded into the file, or, where that is not
 * allowed or fails, into what is held in memory. */
static int fold_dead(struct taut_session *s, struct taut_err *err)
{
	const struct taut_save save = saver(s);
	struct taut_err why = { .code = 0 };
	struct taut_db *db;
	int rc;

	if (s->state == TAUT_DB_IGNORED || !s->cache.dir)
		return 0;
	rc = taut_save_overlay(&save, s->db, &db, &why);
	if (rc == TAUT_ENOMEM)
		return taut_nomem(err);
	if (rc)
		return note(s, why.msg) ? taut_nomem(err) : 0;
	if (!db)
		return 0;
	taut_db_close(s->db);
	s->db = db;
	s->state = TAUT_DB_USED;
	if (s->flags & TAUT_READONLY)
		return 0;
	rc = taut_save_fold(&save, &why);
	if (rc && rc != TAUT_ENOMEM && note(s, why.msg))
		rc = TAUT_ENOMEM;
	return rc == TAUT_ENOMEM ? taut_nomem(err) : 0;
}

static int note_other_env(struct taut_session *s,
			  const struct taut_db_env *near)
{
	struct taut_buf b = TAUT_BUF_INIT;
	const char *text = NULL;

	if (!near)
		text = taut_reason_text(&s->arena,
					"nothing is recorded for "
					"environment %s: all tests run",
					s->match.name);
	else if (!taut_match_describe(&s->match, near, &b))
		text = taut_reason_text(&s->arena,
					"environment changed "
					"(%.*s): all tests run",
					(int)b.n, (const char *)b.p);
	taut_buf_release(&b);
	return text ? note(s, text) : TAUT_ENOMEM;
}

/* By name alone there may be several, and only one is looked at. */
static int note_several(struct taut_session *s)
{
	struct taut_buf b = TAUT_BUF_INIT;
	const struct taut_db_env *row;
	const char *text;
	size_t i, n = 0;

	for (i = 0; i < taut_db_nenvs(s->db); i++) {
		row = taut_db_env(s->db, i);
		if (row == s->row || strcmp(row->name, s->row->name))
			continue;
		if (!n++ && taut_match_between(s->row, row, &b))
			return TAUT_ENOMEM;
	}
	if (!n)
		return 0;
	text = taut_reason_text(&s->arena,
				"environment %s has %zu more results, which "
				"are not looked at (%.*s)",
				s->row->name, n, (int)b.n, (const char *)b.p);
	taut_buf_release(&b);
	return text ? note(s, text) : TAUT_ENOMEM;
}

static int find_env(struct taut_session *s, struct taut_err *err)
{
	const struct taut_db_env *near = NULL;

	if (s->db)
		s->row = taut_match_find(&s->match, s->db, &near);
	if (s->row && s->match.any_parts && note_several(s))
		return taut_nomem(err);
	if (s->db && !s->row) {
		s->state = TAUT_DB_OTHER_ENV;
		if (note_other_env(s, near))
			return taut_nomem(err);
	}
	s->key.datafile = s->datafile;
	s->key.env = s->match.name;
	if (taut_match_key(&s->match, s->row, &s->arena, &s->key.parts,
			   &s->key.nparts))
		return taut_nomem(err);
	return 0;
}

int taut_session_open(const struct taut_config *c, struct taut_session **out,
		      struct taut_err *err)
{
	struct taut_tree_config tree = { .probe = c->probe,
					 .probe_arg = c->probe_arg };
	struct taut_session *s;
	int rc;

	*out = NULL;
	s = taut_calloc(1, sizeof(*s));
	if (!s)
		return taut_nomem(err);
	s->run.lock = -1;
	rc = copy_config(s, c, err);
	if (rc)
		goto out;
	tree.root = s->root;
	rc = taut_tree_open(&tree, &s->tree, err);
	if (rc)
		goto out;
	s->key.datafile = s->datafile;
	rc = load_db(s, err);
	if (!rc)
		rc = fold_dead(s, err);
	if (!rc)
		rc = find_env(s, err);
out:
	if (rc) {
		taut_session_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void taut_session_close(struct taut_session *s)
{
	if (!s)
		return;
	taut_run_leave(&s->run);
	taut_free(s->reasons);
	taut_free(s->affected);
	taut_free(s->verdict);
	taut_select_release(&s->select);
	taut_byname_release(&s->byname);
	taut_changes_release(&s->changes);
	taut_durations_release(&s->durations);
	taut_tree_close(s->tree);
	taut_db_close(s->after);
	taut_db_close(s->db);
	taut_cache_release(&s->cache);
	taut_map_release(&s->ignore);
	taut_arena_release(&s->arena);
	taut_free(s);
}

enum taut_db_state taut_session_state(const struct taut_session *s)
{
	return s->state;
}

const char *taut_session_note(const struct taut_session *s)
{
	return s->note;
}

/* ---- select ---- */

static int propagate(struct taut_session *s, struct taut_err *err)
{
	const struct taut_db_set *sets;
	struct taut_change *c;
	size_t i, n;
	int rc = 0;

	for (i = 0; i < s->changes.n && !rc; i++) {
		c = &s->changes.v[i];
		rc = taut_db_post(s->db, s->row->id, c->file->id, &sets, &n,
				  err);
		if (!rc)
			rc = taut_select_sets(&s->select, (uint32_t)i, sets, n,
					      c->why, c->nhashes, &c->broke,
					      err);
	}
	return rc ? rc : taut_byname_follow(&s->byname, &s->select, err);
}

/* propagate(), with the name rule where it is wanted and can tell. */
static int judge(struct taut_session *s, struct taut_err *err)
{
	struct taut_byname *b = &s->byname;
	size_t i;
	int rc = 0;

	b->db = s->db;
	b->row = s->row;
	b->tree = s->tree;
	b->changes = &s->changes;
	if (s->flags & TAUT_BY_NAME)
		rc = taut_byname_judge(b, err);
	if (!rc)
		rc = propagate(s, err);
	if (!rc && b->n)
		rc = taut_byname_select(b, &s->select, err);
	for (i = 0; i < s->changes.n && !rc; i++)
		s->nchanged += s->changes.v[i].broke != 0;
	return rc;
}

static int is_broken(const struct taut_session *s, uint32_t test)
{
	return taut_select_broken(&s->select, test) ||
	       (s->byname.tests && s->byname.tests[test]);
}

static int list_affected(struct taut_session *s, struct taut_err *err)
{
	uint32_t n = s->row->ntests, i;

	s->verdict = taut_calloc(n + 1u, 1);
	if (!s->verdict)
		return taut_nomem(err);
	for (i = 0; i < n; i++)
		s->verdict[i] = is_broken(s, i) ? TAUT_AFFECTED : TAUT_CLEAN;
	for (i = 0; i < s->row->nmust; i++)
		if (s->row->must[i] < n)
			s->verdict[s->row->must[i]] = TAUT_AFFECTED;
	for (i = 0; i < n; i++)
		s->naffected += s->verdict[i] == TAUT_AFFECTED;
	s->affected = taut_calloc(s->naffected + 1, sizeof(*s->affected));
	s->reasons = taut_calloc(s->naffected + 1, sizeof(*s->reasons));
	if (!s->affected || !s->reasons)
		return taut_nomem(err);
	for (i = 0, s->naffected = 0; i < n; i++)
		if (s->verdict[i] == TAUT_AFFECTED)
			s->affected[s->naffected++] = i;
	return 0;
}

/* The stat cache is a convenience: what goes wrong with it is no error. */
static int load_stats(struct taut_session *s, struct taut_err *err)
{
	struct taut_buf path = TAUT_BUF_INIT;
	int rc;

	rc = taut_cache_path(&s->cache, "stat", &path, NULL);
	if (!rc)
		rc = taut_tree_load(s->tree, (char *)path.p, err);
	taut_buf_release(&path);
	return rc == TAUT_ENOMEM ? taut_nomem(err) : 0;
}

static void save_stats(struct taut_session *s)
{
	struct taut_buf path = TAUT_BUF_INIT;

	if (!(s->flags & TAUT_READONLY) && s->cache.dir &&
	    taut_tree_dirty(s->tree) && !taut_cache_make(&s->cache, NULL) &&
	    !taut_cache_path(&s->cache, "stat", &path, NULL))
		(void)taut_tree_save(s->tree, (char *)path.p, NULL);
	taut_buf_release(&path);
}

static int find_sheets(struct taut_session *s, struct taut_err *err)
{
	struct taut_buf path = TAUT_BUF_INIT;

	if (!s->cache.dir)
		return 0;
	if (!taut_cache_path(&s->cache, "names", &path, NULL))
		s->byname.cachefile = copy(s, (char *)path.p);
	path.n = 0;
	if (!taut_cache_path(&s->cache, "words", &path, NULL))
		s->byname.wordsdir = copy(s, (char *)path.p);
	taut_buf_release(&path);
	return s->byname.cachefile && s->byname.wordsdir ? 0 : taut_nomem(err);
}

static void save_sheets(struct taut_session *s)
{
	if (!(s->flags & TAUT_READONLY) && s->byname.cachefile &&
	    taut_sheets_dirty(&s->byname.sheets) &&
	    !taut_cache_make(&s->cache, NULL))
		(void)taut_sheets_save(&s->byname.sheets, s->byname.cachefile,
				       NULL);
}

/* Damage that shows only now: as if the database had not been there. */
static int give_up_db(struct taut_session *s, const struct taut_err *why,
		      struct taut_err *err)
{
	s->state = TAUT_DB_IGNORED;
	s->row = NULL;
	s->naffected = 0;
	s->nchanged = 0;
	return note(s, why->msg) ? taut_nomem(err) : 0;
}

int taut_session_select(struct taut_session *s, struct taut_err *err)
{
	struct taut_err why = { .code = 0 };
	int rc;

	if (s->selected || !s->row)
		return 0;
	s->selected = 1;
	rc = load_stats(s, err);
	if (!rc)
		rc = find_sheets(s, err);
	if (rc)
		return rc;
	rc = taut_select_init(&s->select, s->row->ntests, s->row->ncarriers,
			      &why);
	if (!rc)
		rc = taut_changes_find(&s->changes, s->db, s->tree, &s->how,
				       &why);
	if (!rc)
		rc = judge(s, &why);
	if (!rc)
		rc = list_affected(s, &why);
	if (rc == TAUT_EDAMAGED)
		return give_up_db(s, &why, err);
	if (rc)
		return taut_fail(err, rc, "%s", why.msg);
	save_stats(s);
	save_sheets(s);
	return 0;
}

/* ---- verdicts ---- */

static int by_nodeid(const void *key, const void *element)
{
	const struct taut_db_test *t = element;

	return strcmp(key, t->nodeid);
}

struct taut_reason_source taut_session_reasons(struct taut_session *s)
{
	struct taut_reason_source source = {
		.db = s->db,
		.env = s->row ? s->row->id : 0,
		.ntests = s->row ? s->row->ntests : 0,
		.select = &s->select,
		.changes = &s->changes,
		.byname = s->byname.tests ? &s->byname : NULL,
		.arena = &s->arena,
	};

	return source;
}

int taut_session_why_affected(struct taut_session *s, size_t i,
			      const struct taut_reason **out,
			      struct taut_err *err)
{
	const struct taut_reason_source source = taut_session_reasons(s);
	int rc = 0;

	if (!s->reasons[i].code)
		rc = taut_reason_of(&source, s->affected[i], &s->reasons[i],
				    err);
	if (rc)
		s->reasons[i].code = TAUT_WHY_NONE;
	*out = &s->reasons[i];
	return rc;
}

/* The position of test `id` among the affected, which it is one of. */
static size_t rank_of(const struct taut_session *s, uint32_t id)
{
	size_t lo = 0, hi = s->naffected, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->affected[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

enum taut_verdict taut_session_test(struct taut_session *s, const char *path,
				    const char *nodeid, struct taut_reason *why)
{
	static const struct taut_reason none = { TAUT_WHY_NONE, "", "", "" };
	const struct taut_db_test *tests, *t;
	const struct taut_reason *reason;
	size_t n;
	int known;

	if (why)
		*why = none;
	if (!s->verdict || !s->row ||
	    taut_db_tests(s->db, s->row->id, path, &tests, &n, &known, NULL) ||
	    !n)
		return TAUT_UNKNOWN;
	t = bsearch(nodeid, tests, n, sizeof(*tests), by_nodeid);
	if (!t || t->id >= s->row->ntests)
		return TAUT_UNKNOWN;
	if (s->verdict[t->id] == TAUT_AFFECTED && why &&
	    !taut_session_why_affected(s, rank_of(s, t->id), &reason, NULL))
		*why = *reason;
	return s->verdict[t->id];
}

enum taut_verdict taut_session_file(struct taut_session *s, const char *path)
{
	const struct taut_db_test *tests;
	size_t n, i;
	int known;

	if (!s->verdict || !s->row ||
	    taut_db_tests(s->db, s->row->id, path, &tests, &n, &known, NULL) ||
	    !known || !n)
		return TAUT_UNKNOWN;
	if (taut_byname_collect(&s->byname, path))
		return TAUT_AFFECTED;
	for (i = 0; i < n; i++)
		if (tests[i].id >= s->row->ntests ||
		    s->verdict[tests[i].id] != TAUT_CLEAN)
			return TAUT_AFFECTED;
	return TAUT_CLEAN;
}

size_t taut_session_naffected(const struct taut_session *s)
{
	return s->naffected;
}

int taut_session_affected(struct taut_session *s, size_t i,
			  struct taut_affected *out)
{
	const struct taut_reason *why;
	struct taut_db_test t;
	int rc;

	if (i >= s->naffected)
		return TAUT_EINVAL;
	rc = taut_db_test(s->db, s->row->id, s->affected[i], &t, NULL);
	if (!rc)
		rc = taut_session_why_affected(s, i, &why, NULL);
	if (rc)
		return rc;
	out->path = t.path;
	out->nodeid = t.nodeid;
	out->why = *why;
	return 0;
}

size_t taut_session_ntests(const struct taut_session *s)
{
	return s->verdict && s->row ? s->row->ntests : 0;
}

int taut_session_test_at(struct taut_session *s, size_t i, const char **path,
			 const char **nodeid, enum taut_verdict *verdict)
{
	struct taut_db_test t;
	int rc;

	if (i >= taut_session_ntests(s))
		return TAUT_EINVAL;
	rc = taut_db_test(s->db, s->row->id, (uint32_t)i, &t, NULL);
	if (rc)
		return rc;
	*path = t.path;
	*nodeid = t.nodeid;
	*verdict = s->verdict[i];
	return 0;
}

int taut_session_outcome(struct taut_session *s, size_t i)
{
	struct taut_db_test t;
	int rc;

	if (i >= taut_session_ntests(s))
		return TAUT_EINVAL;
	rc = taut_db_test(s->db, s->row->id, (uint32_t)i, &t, NULL);
	return rc ? rc : t.outcome;
}

size_t taut_session_nchanged(const struct taut_session *s)
{
	return s->nchanged;
}

int taut_session_changed(const struct taut_session *s, size_t i,
			 const char **path, int *kind)
{
	const struct taut_change *c = s->changes.v;

	if (i >= s->nchanged)
		return TAUT_EINVAL;
	for (i++; i; c++)
		i -= c->broke != 0;
	*path = c[-1].file->path;
	*kind = c[-1].file->kind;
	return 0;
}

/* ---- numbers ---- */

static int load_durations(struct taut_session *s, struct taut_err *err)
{
	struct taut_buf path = TAUT_BUF_INIT;
	int rc = 0;

	if (s->durations_loaded || !s->cache.dir)
		return 0;
	s->durations_loaded = 1;
	rc = taut_cache_path(&s->cache, "durations", &path, err);
	if (!rc)
		rc = taut_durations_load(&s->durations, (char *)path.p, err);
	taut_buf_release(&path);
	return rc;
}

static int sum_saved(struct taut_session *s, struct taut_stats *out,
		     struct taut_err *err)
{
	struct taut_db_test t;
	uint64_t micros;
	uint32_t i;
	int rc;

	if (!s->verdict || !s->row)
		return 0;
	rc = load_durations(s, err);
	for (i = 0; i < s->row->ntests && !rc; i++) {
		if (s->verdict[i] != TAUT_CLEAN)
			continue;
		out->clean++;
		rc = taut_db_test(s->db, s->row->id, i, &t, err);
		if (rc)
			break;
		if (taut_durations_get(&s->durations, s->match.name, t.nodeid,
				       &micros))
			out->saved_micros += micros;
		else
			out->unknown++;
	}
	return rc;
}

int taut_session_stats(struct taut_session *s, struct taut_stats *out,
		       struct taut_err *err)
{
	struct taut_err why = { .code = 0 };
	struct stat st;
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	if (!stat(s->datafile, &st) && S_ISREG(st.st_mode))
		out->bytes = (uint64_t)st.st_size;
	if (!s->db)
		return 0;
	out->environments = taut_db_nenvs(s->db);
	if (!taut_db_files(s->db, &n, &why) && why.code)
		return taut_fail(err, why.code, "%s", why.msg);
	out->files = n;
	out->unchecked = s->changes.nunchecked;
	if (s->row) {
		out->tests = s->row->ntests;
		out->carriers = s->row->ncarriers;
	}
	return sum_saved(s, out, err);
}

int taut_session_check(struct taut_session *s, struct taut_err *err)
{
	struct taut_db *db;
	int rc;

	/* Again from the file: s->db may hold runs that died. */
	rc = taut_db_open(s->datafile, &db, err);
	if (rc)
		return rc;
	rc = taut_db_check(db, err);
	taut_db_close(db);
	return rc;
}

/* ---- run ---- */

/* The directory in which `path` would be made; a link to nothing counts as
 * what it names.  0, or -1 and errno. */
static int stat_parent(const char *path, struct stat *st)
{
	char target[PATH_MAX], dir[2 * PATH_MAX + 1];
	ssize_t k = readlink(path, target, sizeof(target) - 1);
	int n;

	target[k < 0 ? 0 : k] = 0;
	n = snprintf(dir, sizeof(dir), "%.*s%s",
		     *target == '/' ? 0 : (int)(strrchr(path, '/') + 1 - path),
		     path, target);
	if (n < 0 || (size_t)n >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strrchr(dir, '/')[1] = 0;
	return stat(dir, st);
}

/* Better now than when the results are there. */
static int check_datafile(const struct taut_session *s, struct taut_err *err)
{
	struct stat st;

	if (!stat(s->datafile, &st))
		return S_ISREG(st.st_mode) ?
			       0 :
			       taut_fail(err, TAUT_EINVAL,
					 "%s is no regular file: nothing is "
					 "recorded",
					 s->datafile);
	if (errno != ENOENT || stat_parent(s->datafile, &st))
		return taut_fail_errno(err, TAUT_EINVAL,
				       "%s cannot be made: nothing is "
				       "recorded",
				       s->datafile);
	return 0;
}

int taut_run_begin(struct taut_session *s, const char **dir,
		   struct taut_err *err)
{
	int rc;

	if (s->flags & TAUT_READONLY)
		return taut_fail(
			err, TAUT_EINVAL,
			"opened for reading only: nothing is recorded");
	if (s->run.dir)
		return taut_fail(err, TAUT_EINVAL, "a run has begun already");
	rc = check_datafile(s, err);
	if (rc)
		return rc;
	rc = taut_run_create(&s->run, &s->cache, &s->key, err);
	if (!rc)
		*dir = s->run.dir;
	return rc;
}

int taut_run_finish(struct taut_session *s, struct taut_err *err)
{
	struct taut_save save = saver(s);
	int rc;

	if (!s->run.dir)
		return taut_fail(err, TAUT_EINVAL, "no run has begun");
	save.own = &s->run;
	rc = taut_save_fold(&save, err);
	/* Either way it is over: what could not be saved is a dead run. */
	taut_run_leave(&s->run);
	return rc;
}
