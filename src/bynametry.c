/*
 * bynametry - where an import may fail since the edit, somebody has to try.
 */
#include <string.h>

#include "bynamefile.h"
#include "hash.h"

/* Who depends on the hit, directly or not. */
static int find_holders(struct taut_byname *b, const struct taut_names_hit *hit,
			struct taut_select *s, struct taut_err *err)
{
	const struct taut_byname_target t = { .s = s };
	int rc;

	rc = taut_select_init(s, b->row->ntests, b->row->ncarriers, err);
	if (!rc)
		rc = taut_byname_break_file(b, &t, hit, hit + 1, hit->only,
					    err);
	return rc ? rc : taut_byname_follow(b, s, err);
}

/* Is there a test on record that ran `file` with all as it is now? */
static int was_tried(struct taut_byname *b, const struct taut_byname_cause *c,
		     const struct taut_select *run, int *tried,
		     struct taut_err *err)
{
	struct taut_names_hit version = { .file = c->file };
	const struct taut_sheet *now;
	struct taut_select present;
	uint32_t i;
	int rc = b->project.sheet(b->project.arg, c->file, &now, err);

	*tried = 0;
	if (rc || !now)
		return rc;
	version.hash = now->version;
	rc = find_holders(b, &version, &present, err);
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

/* Does the file still bind name[0..n), in the class owner[0..k)? */
static int binds(const struct taut_sheet *s, const char *owner, size_t k,
		 const char *name, size_t n)
{
	const uint32_t key = taut_name_hash(name, n);
	const struct taut_sheet_unit *u;
	uint32_t i;

	for (i = 0; i < s->nunits; i++) {
		u = &s->units[i];
		if (taut_unit_binds(u, key) && strlen(u->owner) == k &&
		    !memcmp(u->owner, owner, k))
			return 1;
	}
	return 0;
}

/* Is the test still there, as far as its file tells?  One that is inherited is
 * not. */
static int is_there(const struct taut_sheet *s, const char *nodeid)
{
	const char *owner, *name = strstr(nodeid, "::"), *next;
	size_t k, n;

	if (!s || !name)
		return 1;
	name += 2;
	for (owner = name, k = 0;; name = next + 2) {
		next = strstr(name, "::");
		n = strcspn(name, next ? ":" : "[");
		if (!binds(s, owner, k, name, n))
			return 0;
		if (!next)
			return 1;
		owner = name;
		k = n;
	}
}

/* Of the tests of one file: the first, unless another runs anyway. */
static int try_in(struct taut_byname *b, const struct taut_select *already,
		  const char *path, uint32_t *first, int *runs,
		  struct taut_err *err)
{
	const struct taut_sheet *s = NULL;
	const struct taut_db_test *tests;
	uint32_t file = b->project.find(b, path);
	size_t n, i;
	int known, rc = 0;

	if (file != TAUT_MAP_NONE)
		rc = b->project.sheet(b, file, &s, err);
	if (!rc)
		rc = taut_db_tests(b->db, b->row->id, path, &tests, &n, &known,
				   err);
	for (i = 0; !rc && i < n; i++) {
		if (!is_there(s, tests[i].nodeid))
			continue;
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
int taut_byname_try(struct taut_byname *b, uint32_t cause, uint32_t file,
		    const struct taut_select *already, struct taut_err *err)
{
	const struct taut_names_hit module = { .file = file,
					       .kind = TAUT_HIT_MODULE };
	struct taut_byname_cause *c = &b->causes[cause];
	uint32_t first = TAUT_MAP_NONE;
	struct taut_select run;
	int tried = 0, runs = 0, rc;

	rc = find_holders(b, &module, &run, err);
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

/* ---- modules that register with others ---- */

/* Has the cause selected a test that depends on this carrier? */
static int is_needed(struct taut_byname *b, uint32_t cause, uint32_t carrier,
		     int *yes, struct taut_err *err)
{
	struct taut_select s;
	const struct taut_byname_target t = { .s = &s };
	uint32_t i;
	int rc;

	*yes = 0;
	rc = taut_select_init(&s, b->row->ntests, b->row->ncarriers, err);
	if (!rc)
		rc = taut_byname_break_carrier(&t, 0, carrier, err);
	if (!rc)
		rc = taut_byname_follow(b, &s, err);
	for (i = 0; i < b->row->ntests && !rc && !*yes; i++)
		*yes = b->tests[i] == cause + 1 && taut_select_broken(&s, i);
	taut_select_release(&s);
	return rc;
}

/* Does a function of the test's name say it? */
static int says(const struct taut_sheet *s, const char *nodeid, uint32_t name)
{
	const char *function = nodeid, *next;
	uint32_t i;
	size_t n;

	while ((next = strstr(function, "::")) != NULL)
		function = next + 2;
	n = strcspn(function, "[");
	for (i = 0; i < s->nsuites; i++)
		if (!strncmp(s->suites[i].name, function, n) &&
		    !s->suites[i].name[n] &&
		    taut_text_has(&s->suites[i].text, name))
			return 1;
	return 0;
}

/* Of the tests of a file: those that import the module of that name themselves. */
static int try_importing(struct taut_byname *b,
			 const struct taut_select *already, const char *path,
			 uint32_t name, uint32_t *first, int *runs,
			 struct taut_err *err)
{
	const uint32_t file = b->project.find(b, path);
	const struct taut_sheet *s = NULL;
	const struct taut_db_test *tests;
	size_t n, i;
	int known, rc = 0;

	if (file == TAUT_MAP_NONE)
		return 0;
	rc = b->project.sheet(b, file, &s, err);
	if (!rc)
		rc = taut_db_tests(b->db, b->row->id, path, &tests, &n, &known,
				   err);
	for (i = 0; !rc && s && i < n; i++) {
		if (!says(s, tests[i].nodeid, name))
			continue;
		*runs |= is_affected(b, already, tests[i].id);
		if (*first == TAUT_MAP_NONE)
			*first = tests[i].id;
	}
	return rc;
}

/* Do the users of the list load the module, not only see what it stored? */
static int loads(const struct taut_db_reflist *l, uint32_t carrier)
{
	uint32_t i;

	for (i = 0; i < l->nrefs; i++)
		if (l->refs[i] == carrier && l->edges[i] <= TAUT_EDGE_IMPORTS)
			return 1;
	return 0;
}

/* Of the tests that import a module by a statement of their own: the first, unless
 * another runs anyway. */
static int try_importers(struct taut_byname *b,
			 const struct taut_select *already, uint32_t carrier,
			 uint32_t file, uint32_t *first, int *runs,
			 struct taut_err *err)
{
	const struct taut_db_reflist *l;
	const char *path = b->project.files[file].path, *owner;
	const char *stem = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	const uint32_t name = taut_name_hash(stem, strcspn(stem, "."));
	uint32_t i, k;
	int kind, rc = 0;

	for (i = b->refs.start[carrier]; !rc && i < b->refs.start[carrier + 1];
	     i++) {
		l = &b->refs.lists[b->refs.of[i]];
		if (!loads(l, carrier))
			continue;
		for (k = 0; k < l->nusers && !rc; k++) {
			if (l->users[k] < b->row->ntests) {
				*runs |= is_affected(b, already, l->users[k]);
				if (*first == TAUT_MAP_NONE)
					*first = l->users[k];
				continue;
			}
			rc = taut_db_carrier(b->db, b->row->id, l->users[k],
					     &kind, &owner, err);
			if (!rc && kind == TAUT_CARRIER_MODULE)
				rc = try_importing(b, already, owner, name,
						   first, runs, err);
		}
	}
	return rc;
}

static int renew_module(struct taut_byname *b, uint32_t cause, uint32_t carrier,
			const struct taut_select *already, struct taut_err *err)
{
	uint32_t file, first = TAUT_MAP_NONE;
	int kind, needed, runs = 0, rc;
	const char *owner;

	rc = taut_db_carrier(b->db, b->row->id, carrier, &kind, &owner, err);
	if (rc || kind != TAUT_CARRIER_MODULE)
		return rc;
	file = b->project.find(b, owner);
	if (file == TAUT_MAP_NONE)
		return 0;
	rc = is_needed(b, cause, carrier, &needed, err);
	if (rc || !needed)
		return rc;
	if (b->project.files[file].role == TAUT_NAMES_TEST)
		rc = try_in(b, already, owner, &first, &runs, err);
	else
		rc = try_importers(b, already, carrier, file, &first, &runs,
				   err);
	if (!rc && !runs && first != TAUT_MAP_NONE)
		b->tests[first] = cause + 1;
	return rc;
}

int taut_byname_renew(struct taut_byname *b, uint32_t cause,
		      const struct taut_select *already, struct taut_err *err)
{
	const struct taut_names_hit version = { .file = b->causes[cause].file,
						.hash = b->causes[cause].hash };
	struct taut_select held;
	uint32_t id;
	int rc = find_holders(b, &version, &held, err);

	if (!rc)
		rc = taut_byname_find_stored(b, err);
	for (id = b->row->ntests; id < b->row->ncarriers && !rc; id++)
		if (b->stored[id] && taut_select_broken(&held, id))
			rc = renew_module(b, cause, id, already, err);
	taut_select_release(&held);
	return rc;
}
