/*
 * namesload - who imports a file.
 *
 * Import statements name modules by their paths, of which they may say just
 * the end: more may import a file than do.
 */
#include <string.h>

#include "alias.h"
#include "namesfile.h"
#include "unit.h"
#include "vocab.h"

/* What import statements say of a module, by the end of its path alone. */
static uint32_t import_of(const uint64_t *parts, size_t n)
{
	uint64_t dotted = 0;
	size_t k;

	for (k = 0; k < n; k++)
		dotted = taut_dotted_add(dotted, parts[k]);
	return taut_dotted_import(dotted);
}

int taut_walk_is_module(const struct taut_walk *w, uint32_t file,
			const struct taut_text *import)
{
	uint64_t parts[TAUT_PARTS];
	size_t n = taut_walk_parts(w->p->files[file].path, parts), i;

	for (i = 0; i < n; i++)
		if (taut_text_has(import, import_of(parts + i, n - i)))
			return 1;
	return 0;
}

/* Does the module have the name by statements of its own, whoever reads it? */
static int has_plainly(struct taut_walk *w, uint32_t file, uint32_t name,
		       int *yes)
{
	const struct taut_sheet *s;
	int rc = taut_walk_sheet(w, file, &s);

	*yes = !rc && s && !s->star &&
	       !(s->flags & (TAUT_TEXT_ANY | TAUT_TEXT_OWN)) &&
	       !taut_sheet_binds(s, taut_name_hash("__getattr__", 11)) &&
	       taut_sheet_binds(s, name);
	return rc;
}

/* Is it a library that hands out what is its own, and nothing that a project
 * registers with it? */
static int is_closed(struct taut_walk *w, const struct taut_text *import,
		     int *yes)
{
	uint32_t i;
	int own = 0, rc = 0;

	*yes = 1;
	for (i = 0; i < import->n && *yes && !rc; i++) {
		if (!(import->v[i].flags & TAUT_MENTION_TOP))
			continue;
		rc = taut_walk_is_top(w, import->v[i].name, &own);
		*yes = !own && taut_vocab_is_closed_library(import->v[i].name);
	}
	return rc;
}

/* Who stores something of the project into a library, or into a module by its
 * attribute, says the name as well, and is hit for that. */
int taut_walk_is_elsewhere(struct taut_walk *w, uint32_t file, uint32_t name,
			   const struct taut_sheet_unit *import, int *yes)
{
	uint32_t own;
	int rc = taut_walk_imported(w, import, &own);

	*yes = 0;
	if (rc)
		return rc;
	if (own == TAUT_MAP_NONE) {
		*yes = taut_vocab_is_quiet_module(import->calls);
		return *yes ? 0 : is_closed(w, &import->text, yes);
	}
	rc = taut_walk_only_module(w, import, &own);
	return rc || own == TAUT_MAP_NONE || own == file ?
		       rc :
		       has_plainly(w, own, name, yes);
}

/* Call `found` with every file that imports this one in a way that has one of
 * `flags`, and with those ways; until it returns an error or 1. */
static int each_importer(struct taut_walk *w, uint32_t file, uint32_t flags,
			 int (*found)(void *arg, uint32_t importer,
				      uint32_t how),
			 void *arg)
{
	uint64_t parts[TAUT_PARTS];
	size_t nfiles, f, n, i;
	const struct taut_sheet *s;
	const uint32_t *files;
	uint32_t name, has;
	int rc = 0;

	n = taut_walk_parts(w->p->files[file].path, parts);
	for (i = 0; i < n && !rc; i++) {
		name = import_of(parts + i, n - i);
		rc = w->p->who(w->p->arg, name, &files, &nfiles, w->err);
		for (f = 0; f < nfiles && !rc; f++) {
			rc = files[f] == file ?
				     0 :
				     taut_walk_sheet(w, files[f], &s);
			if (rc || files[f] == file || !s)
				continue;
			has = taut_text_has(&s->imports, name);
			if (has & flags)
				rc = found(arg, files[f], has);
		}
	}
	return rc;
}

static int is_one(void *arg, uint32_t importer, uint32_t how)
{
	(void)arg;
	(void)importer;
	(void)how;
	return 1;
}

int taut_walk_is_imported(struct taut_walk *w, uint32_t file, int *found)
{
	int rc = each_importer(w, file, TAUT_MENTION_MODULE, is_one, NULL);

	*found = rc == 1;
	return rc < 0 ? rc : 0;
}

int taut_walk_imports(struct taut_walk *w, uint32_t importer, uint32_t file,
		      int *yes)
{
	uint64_t parts[TAUT_PARTS];
	const struct taut_sheet *s;
	size_t n, i;
	int rc = taut_walk_sheet(w, importer, &s);

	*yes = 0;
	n = taut_walk_parts(w->p->files[file].path, parts);
	for (i = 0; i < n && !rc && s && !*yes; i++) {
		*yes = (taut_text_has(&s->imports,
				      import_of(parts + i, n - i)) &
			TAUT_IMPORT_LIVE) != 0;
	}
	return rc;
}

/* Files still to be looked at, and all that were found. */
struct queue {
	uint32_t *v; /* owned */
	size_t n;
	uint8_t *seen;
	const uint8_t *state; /* of the walk, or NULL */
};

static void push(struct queue *q, uint32_t file)
{
	if (!q->seen[file])
		q->v[q->n++] = file;
	q->seen[file] = 1;
}

/* 1: an error of the import is caught there, or of an import of that. */
static int add_importer(void *arg, uint32_t importer, uint32_t how)
{
	struct queue *q = arg;

	if (q->state &&
	    (how & TAUT_IMPORT_TRIED || q->state[importer] & TAUT_FILE_CAUGHT))
		return 1;
	if (!q->state || !(q->state[importer] & TAUT_FILE_PASSED))
		push(q, importer);
	return 0;
}

int taut_walk_importers(struct taut_walk *w, uint32_t file, uint8_t *seen)
{
	struct queue q = { .seen = seen };
	size_t i;
	int rc = 0;

	q.v = taut_calloc(w->p->nfiles + 1u, sizeof(*q.v));
	if (!q.v)
		return taut_nomem(w->err);
	push(&q, file);
	for (i = 0; i < q.n && !rc; i++)
		rc = each_importer(w, q.v[i], TAUT_IMPORT_LIVE, add_importer,
				   &q);
	taut_free(q.v);
	return rc;
}

int taut_walk_is_caught(struct taut_walk *w, uint32_t file, int *caught)
{
	struct queue q = { .state = w->state };
	size_t i, k;
	int rc = 0;

	*caught = (w->state[file] & TAUT_FILE_CAUGHT) != 0;
	if (*caught || w->state[file] & TAUT_FILE_PASSED)
		return 0;
	q.v = taut_calloc(w->p->nfiles + 1u, sizeof(*q.v));
	q.seen = taut_calloc(w->p->nfiles + 1u, 1);
	if (!q.v || !q.seen)
		rc = taut_nomem(w->err);
	else
		push(&q, file);
	for (i = 0; i < q.n && !rc; i++)
		rc = each_importer(w, q.v[i], TAUT_MENTION_MODULE, add_importer,
				   &q);
	*caught = rc == 1;
	if (rc == 1)
		w->state[file] |= TAUT_FILE_CAUGHT;
	/* of the others as well: nothing was caught on the way */
	for (k = 0; !rc && k < q.n; k++)
		w->state[q.v[k]] |= TAUT_FILE_PASSED;
	taut_free(q.v);
	taut_free(q.seen);
	return rc < 0 ? rc : 0;
}
