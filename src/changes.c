#include "changes.h"

#include <string.h>

#include "hash.h"

void taut_changes_release(struct taut_changes *c)
{
	taut_arena_release(&c->arena);
	taut_free(c->v);
	taut_free(c->items);
	*c = (struct taut_changes)TAUT_CHANGES_INIT;
}

/* A file under comparison. */
struct cmp {
	const struct taut_db_file *file;
	const struct taut_tree_item *now;
	const uint64_t *hashes; /* recorded, ascending */
	size_t n;
	uint8_t *why; /* one per hash */
	int syntax;
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The reason when the one hash of an input is gone. */
static uint8_t input_code(const struct cmp *x)
{
	switch (x->file->kind) {
	case TAUT_LOOKUP:
		return strcmp(last_part(x->file->path), "conftest") ?
			       TAUT_WHY_LOOKUP :
			       TAUT_WHY_CONFTEST;
	case TAUT_PY:
	case TAUT_DATA:
	case TAUT_LISTING:
		return x->now->state == TAUT_TREE_FOUND ? TAUT_WHY_INPUT :
							  TAUT_WHY_GONE;
	default:
		return TAUT_WHY_INPUT;
	}
}

/* Compare an input, or a source file of which nothing is left. */
static void cmp_input(struct cmp *x)
{
	uint8_t code = input_code(x);
	uint64_t today;
	size_t i;

	if (x->now->state != TAUT_TREE_FOUND) {
		memset(x->why, code, x->n);
		return;
	}
	today = taut_db_digest_hash(&x->now->digest);
	for (i = 0; i < x->n; i++)
		x->why[i] = x->hashes[i] == today ? TAUT_WHY_NONE : code;
}

/* Both lists are ascending; the number of recorded hashes that hold. */
static size_t cmp_hashes(struct cmp *x, const uint64_t *today, size_t n)
{
	size_t i, k = 0, hold = 0;

	for (i = 0; i < x->n; i++) {
		while (k < n && today[k] < x->hashes[i])
			k++;
		if (k < n && today[k] == x->hashes[i])
			hold++;
		else
			x->why[i] = TAUT_WHY_CODE;
	}
	return hold;
}

/* Of the hashes that are gone, tell module versions from suites. */
static int tell_versions(struct cmp *x, struct taut_db *db,
			 struct taut_err *err)
{
	const struct taut_db_ver *vers;
	size_t n, i, k = 0;
	int rc;

	rc = taut_db_vers(db, x->file->id, &vers, &n, err);
	for (i = 0; i < x->n && !rc; i++) {
		while (k < n && vers[k].hash < x->hashes[i])
			k++;
		if (x->why[i] && k < n && vers[k].hash == x->hashes[i] &&
		    !vers[k].docs)
			x->why[i] = TAUT_WHY_MODULE;
	}
	return rc;
}

static int cmp_source(struct cmp *x, struct taut_db *db, struct taut_tree *tree,
		      const struct taut_changes_how *how, struct taut_err *err)
{
	struct taut_buf b = TAUT_BUF_INIT;
	uint64_t *today = NULL;
	size_t n, hold;
	int state, rc;

	rc = taut_tree_read(tree, x->file->path, &b, &state, err);
	if (rc || state != TAUT_TREE_FOUND) {
		memset(x->why, TAUT_WHY_GONE, x->n);
		goto out;
	}
	rc = taut_tree_hashes(b.p ? (void *)b.p : "", b.n, &today, &n, err);
	if (rc)
		goto out;
	hold = cmp_hashes(x, today, n);
	if (hold < x->n)
		rc = tell_versions(x, db, err);
	if (how->compiles && !how->compiles(how->arg, x->file->path,
					    b.p ? (void *)b.p : "", b.n)) {
		x->syntax = 1;
		memset(x->why, TAUT_WHY_CODE, x->n);
	}
out:
	taut_free(today);
	taut_buf_release(&b);
	return rc;
}

static int any(const struct cmp *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->why[i])
			return 1;
	return 0;
}

static int cmp_file(struct taut_changes *c, struct taut_db *db,
		    struct taut_tree *tree, struct cmp *x,
		    const struct taut_changes_how *how, struct taut_err *err)
{
	struct taut_change *v;
	int rc;

	rc = taut_db_hashes(db, x->file->id, &x->hashes, &x->n, err);
	if (rc || !x->n)
		return rc;
	x->why = taut_arena_alloc(&c->arena, x->n);
	if (!x->why)
		return taut_nomem(err);
	if (x->file->kind == TAUT_PY && x->now->state == TAUT_TREE_FOUND)
		rc = cmp_source(x, db, tree, how, err);
	else
		cmp_input(x);
	if (rc || !any(x))
		return rc;
	if (taut_grow(&c->v, &c->cap, c->n + 1, sizeof(*c->v)))
		return taut_nomem(err);
	v = &c->v[c->n++];
	v->file = x->file;
	v->state = x->now->state;
	v->digest = x->now->digest;
	v->syntax = x->syntax;
	v->broke = 0;
	v->fallback = NULL;
	v->nhashes = x->n;
	v->why = x->why;
	return 0;
}

static int unchanged(const struct taut_db_file *f,
		     const struct taut_tree_item *now)
{
	return now->state == TAUT_TREE_FOUND && f->has_content &&
	       taut_digest_eq(&f->content, &now->digest);
}

int taut_changes_find(struct taut_changes *c, struct taut_db *db,
		      struct taut_tree *tree,
		      const struct taut_changes_how *how, struct taut_err *err)
{
	const struct taut_db_file *files;
	struct taut_err why = { .code = 0 };
	struct taut_tree_item *items;
	size_t n = 0, i;
	int rc;

	files = taut_db_files(db, &n, &why);
	if (!files)
		return why.code ? taut_fail(err, why.code, "%s", why.msg) : 0;
	items = taut_calloc(n + 1, sizeof(*items));
	if (!items)
		return taut_nomem(err);
	taut_free(c->items);
	c->items = items;
	for (i = 0; i < n; i++) {
		items[i].kind = files[i].kind;
		items[i].path = files[i].path;
	}
	rc = taut_tree_look(tree, items, n, err);
	for (i = 0; i < n && !rc; i++) {
		struct cmp x = { .file = &files[i], .now = &items[i] };

		if (items[i].state == TAUT_TREE_UNCHECKED)
			c->nunchecked++;
		else if (!unchanged(&files[i], &items[i]))
			rc = cmp_file(c, db, tree, &x, how, err);
	}
	return rc;
}
