/*
 * gained - what a test depends on now, and did not before this run (taut.h).
 *
 * For a test whose outcome changed though selecting found nothing: what it
 * depends on now, and what nobody's record has like this, may be what was
 * missing in its own.  Both records are at hand: the session still holds the
 * bytes of the one that it was opened with.
 */
#include <string.h>

#include "hash.h"
#include "reach.h"
#include "session.h"

/* One of the two records. */
struct side {
	struct taut_db *db;
	const struct taut_db_file *files;
	size_t nfiles;
	/* Of the later one, that the test is in: */
	const struct taut_db_env *row;
	uint8_t *carriers; /* owned; those that the test reaches */
};

static int side_open(struct side *x, struct taut_err *err)
{
	struct taut_err why = { .code = 0 };

	x->files = taut_db_files(x->db, &x->nfiles, &why);
	return x->files || !why.code ? 0 :
				       taut_fail(err, why.code, "%s", why.msg);
}

static int side_test(struct side *x, const char *path, const char *nodeid,
		     struct taut_err *err)
{
	const struct taut_db_test *tests;
	size_t n, i;
	int known, rc;

	rc = taut_db_tests(x->db, x->row->id, path, &tests, &n, &known, err);
	if (rc)
		return rc;
	for (i = 0; i < n && strcmp(tests[i].nodeid, nodeid); i++)
		;
	if (i == n)
		return taut_fail(err, TAUT_ENOTFOUND,
				 "no such test on record: %s", nodeid);
	return taut_reach_find(x->db, x->row, tests[i].id, &x->carriers, err);
}

static const struct taut_db_file *side_file(const struct side *x, int kind,
					    const char *path)
{
	size_t lo = 0, hi = x->nfiles, mid;
	int c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = x->files[mid].kind - kind;
		if (!c)
			c = strcmp(x->files[mid].path, path);
		if (!c)
			return &x->files[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static int holds(const uint64_t *hashes, size_t n, uint64_t hash)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (hashes[mid] < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && hashes[lo] == hash;
}

enum gain { GAIN_NONE, GAIN_DIFFERS, GAIN_NEW };

/*
 * Of the hashes of one file that the test depends on now: are all of them on
 * the earlier record?  (Its own ones are; it was found to be unaffected.)
 */
static int gain_of(const struct side *before, const struct side *after,
		   const struct taut_db_file *f, enum gain *out,
		   struct taut_err *err)
{
	const struct taut_db_file *old = side_file(before, f->kind, f->path);
	const uint64_t *then = NULL, *now;
	const struct taut_db_set *sets;
	size_t nthen = 0, nnow, n, i;
	uint32_t k;
	int rc;

	*out = GAIN_NONE;
	/* New suites in code that is as it was: another way, no other code. */
	if (old && old->has_content && f->has_content &&
	    taut_digest_eq(&old->content, &f->content))
		return 0;
	rc = taut_db_hashes(after->db, f->id, &now, &nnow, err);
	if (!rc && old)
		rc = taut_db_hashes(before->db, old->id, &then, &nthen, err);
	if (!rc)
		rc = taut_db_post(after->db, after->row->id, f->id, &sets, &n,
				  err);
	for (i = 0; !rc && i < n && !*out; i++) {
		if (taut_reach_first(&sets[i], after->carriers,
				     after->row->ncarriers) == UINT32_MAX)
			continue;
		if (!old)
			*out = GAIN_NEW;
		for (k = 0; old && k < sets[i].nhashes; k++)
			if (sets[i].hashes[k] < nnow &&
			    !holds(then, nthen, now[sets[i].hashes[k]]))
				*out = GAIN_DIFFERS;
	}
	return rc;
}

static int side_after(struct taut_session *s, struct side *x,
		      struct taut_err *err)
{
	const struct taut_db_env *near;
	int rc = 0;

	if (!s->after)
		rc = taut_db_open(s->datafile, &s->after, err);
	if (rc)
		return rc;
	x->db = s->after;
	x->row = taut_match_find(&s->match, x->db, &near);
	return x->row ? 0 :
			taut_fail(err, TAUT_ENOTFOUND, "nothing is recorded");
}

static int say(struct taut_session *s, const struct taut_db_file *f,
	       enum gain gain, void (*emit)(void *arg, const char *line),
	       void *arg, struct taut_err *err)
{
	const char *text;

	text = taut_reason_text(
		&s->arena, "%s %s, %s", taut_reason_kind(f->kind),
		*f->path ? f->path : ".",
		gain == GAIN_DIFFERS ? "which differs from the record" :
				       "which was not on record");
	if (!text)
		return taut_nomem(err);
	emit(arg, text);
	return 0;
}

int taut_run_gained(struct taut_session *s, const char *path,
		    const char *nodeid,
		    void (*emit)(void *arg, const char *line), void *arg,
		    struct taut_err *err)
{
	struct side before = { .db = s->db }, after = { NULL };
	enum gain *gains = NULL, want;
	size_t i;
	int rc;

	if (!s->row)
		return taut_fail(err, TAUT_ENOTFOUND, "nothing was recorded");
	rc = side_after(s, &after, err);
	if (!rc)
		rc = side_open(&before, err);
	if (!rc)
		rc = side_open(&after, err);
	if (!rc)
		rc = side_test(&after, path, nodeid, err);
	if (rc)
		goto out;
	gains = taut_calloc(after.nfiles + 1, sizeof(*gains));
	if (!gains)
		rc = taut_nomem(err);
	for (i = 0; i < after.nfiles && !rc; i++)
		rc = gain_of(&before, &after, &after.files[i], &gains[i], err);
	for (want = GAIN_DIFFERS; want <= GAIN_NEW; want++)
		for (i = 0; i < after.nfiles && !rc; i++)
			if (gains[i] == want)
				rc = say(s, &after.files[i], want, emit, arg,
					 err);
out:
	taut_free(gains);
	taut_free(after.carriers);
	return rc;
}
