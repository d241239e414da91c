/*
 * bynameread - who reads what definitions say of themselves: docstrings, and
 * annotations.
 *
 * Of functions that is on record: who did refers to a carrier that stands for
 * it (TAUT_READ_DOCS, TAUT_READ_NOTES).  An object has its class's docstring
 * without a question that could be seen; there the text tells who may ask.
 */
#include <string.h>

#include "bynamefile.h"

/* Who ran a suite of a file that may read docstrings. */
static int find_said(struct taut_byname *b, const struct taut_byname_target *t,
		     struct taut_err *err)
{
	const struct taut_db_ver *vers;
	const uint64_t *hashes;
	size_t n, nvers, nhashes, k;
	uint32_t i, index;
	uint8_t *why;
	int rc = 0;

	for (i = 0; i < b->nfiles && !rc; i++) {
		if (b->project.files[i].known &&
		    !(b->project.files[i].flags & TAUT_TEXT_DOCS))
			continue;
		rc = taut_db_hashes(b->db, i, &hashes, &n, err);
		why = rc ? NULL : taut_calloc(n + 1, 1);
		if (!why)
			return rc ? rc : taut_nomem(err);
		memset(why, TAUT_WHY_NAME, n);
		nvers = 0;
		/* unless to import it is to read them */
		if (!(b->project.files[i].flags & TAUT_TEXT_DOCS_NOW))
			rc = taut_db_vers(b->db, i, &vers, &nvers, err);
		for (k = 0; k < nvers && !rc; k++) {
			rc = taut_byname_hash(b, i, vers[k].hash, &index,
					      &nhashes, err);
			if (!rc && index != TAUT_MAP_NONE)
				why[index] = TAUT_WHY_NONE;
		}
		if (!rc)
			rc = taut_byname_break_hashes(b, t, i, why, n, err);
		taut_free(why);
	}
	return rc;
}

int taut_byname_carrier(struct taut_byname *b, const char *path, uint32_t *out,
			struct taut_err *err)
{
	uint32_t lo = b->row->ntests, hi = b->row->ncarriers, mid;
	const char *owner = "";
	int kind = 0, rc = 0;

	*out = TAUT_MAP_NONE;
	while (lo < hi && !rc) {
		mid = lo + (hi - lo) / 2;
		rc = taut_db_carrier(b->db, b->row->id, mid, &kind, &owner,
				     err);
		if (kind < TAUT_CARRIER_MODULE ||
		    (kind == TAUT_CARRIER_MODULE && strcmp(owner, path) < 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (rc || lo == b->row->ncarriers)
		return rc;
	rc = taut_db_carrier(b->db, b->row->id, lo, &kind, &owner, err);
	if (!rc && kind == TAUT_CARRIER_MODULE && !strcmp(owner, path))
		*out = lo;
	return rc;
}

/* Those of who read annotations, or docstrings, of any function, and of those
 * in the file; TAUT_MAP_NONE: nobody has. */
static int find_marks(struct taut_byname *b, int only, uint32_t file,
		      uint32_t marks[2], struct taut_err *err)
{
	const int notes = only == TAUT_ONLY_NOTES;
	struct taut_buf in_file = TAUT_BUF_INIT;
	int rc;

	marks[1] = TAUT_MAP_NONE;
	rc = taut_byname_carrier(b, notes ? TAUT_READ_NOTES : TAUT_READ_DOCS,
				 &marks[0], err);
	if (!rc &&
	    taut_buf_printf(&in_file, "%s%s",
			    notes ? TAUT_READ_NOTES_IN : TAUT_READ_DOCS_IN,
			    b->project.files[file].path))
		rc = taut_nomem(err);
	if (!rc)
		rc = taut_byname_carrier(b, (char *)in_file.p, &marks[1], err);
	taut_buf_release(&in_file);
	return rc;
}

int taut_byname_break_readers(struct taut_byname *b, int only, uint32_t file,
			      const struct taut_byname_target *t,
			      struct taut_err *err)
{
	uint32_t marks[2];
	int i, rc;

	if (only == TAUT_ONLY_DOCS)
		return find_said(b, t, err);
	rc = find_marks(b, only, file, marks, err);
	for (i = 0; i < 2 && !rc; i++)
		if (marks[i] != TAUT_MAP_NONE)
			rc = taut_byname_break_carrier(t, file, marks[i], err);
	return rc;
}

/* What marks of other files may stand for (copies of copies). */
#define MAX_MARKS 8

static int is_mark(const char *owner)
{
	return !strncmp(owner, TAUT_READ_DOCS, strlen(TAUT_READ_DOCS)) ||
	       !strncmp(owner, TAUT_READ_NOTES, strlen(TAUT_READ_NOTES));
}

/* Who has read it while no module was imported, or, of another file's functions,
 * what they have got from this one's. */
static int break_asking(struct taut_byname *b, uint32_t file, uint32_t mark,
			int depth, const struct taut_byname_target *t,
			struct taut_err *err)
{
	const struct taut_db_reflist *l;
	const char *owner = "";
	int kind, rc = taut_byname_refs(b, err);
	uint32_t i, k;

	for (i = rc ? 0 : b->refs.start[mark];
	     !rc && i < b->refs.start[mark + 1]; i++) {
		l = &b->refs.lists[b->refs.of[i]];
		for (k = 0; k < l->nusers && !rc; k++) {
			kind = TAUT_CARRIER_TEST;
			if (l->users[k] >= b->row->ntests)
				rc = taut_db_carrier(b->db, b->row->id,
						     l->users[k], &kind, &owner,
						     err);
			if (rc)
				break;
			if (kind != TAUT_CARRIER_MODULE)
				rc = taut_byname_break_carrier(
					t, file, l->users[k], err);
			else if (is_mark(owner) && depth < MAX_MARKS)
				rc = break_asking(b, file, l->users[k],
						  depth + 1, t, err);
		}
	}
	return rc;
}

/* Those of who asked a function in the file, or one that is not known. */
static int find_asked(struct taut_byname *b, int only, uint32_t file,
		      uint32_t marks[2], struct taut_err *err)
{
	int rc = find_marks(b, only, file, marks, err);

	return rc ? rc : taut_byname_carrier(b, TAUT_READ_DOCS, &marks[0], err);
}

int taut_byname_asked(void *arg, uint32_t edited, int only,
		      int (*found)(void *to, uint32_t module), void *to,
		      struct taut_err *err)
{
	struct taut_byname *b = arg;
	uint32_t marks[2];
	int i, rc = find_asked(b, only, edited, marks, err);

	for (i = 0; i < 2 && !rc; i++)
		if (marks[i] != TAUT_MAP_NONE)
			rc = taut_byname_users(b, marks[i], found, to, err);
	return rc;
}

int taut_byname_break_asking(struct taut_byname *b, int only, uint32_t file,
			     const struct taut_byname_target *t,
			     struct taut_err *err)
{
	uint32_t marks[2];
	int i, rc;

	if (only <= TAUT_ONLY_DOCS)
		return 0;
	rc = find_asked(b, only, file, marks, err);
	for (i = 0; i < 2 && !rc; i++)
		if (marks[i] != TAUT_MAP_NONE)
			rc = break_asking(b, file, marks[i], 0, t, err);
	return rc;
}

static int read_at_import(void *to, uint32_t module)
{
	((uint8_t *)to)[module] = 1;
	return 0;
}

int taut_byname_reads(void *arg, uint32_t edited, uint32_t file, int only,
		      int *yes, struct taut_err *err)
{
	struct taut_byname *b = arg;
	struct taut_byname_read *at = &b->at_import;
	uint32_t marks[2];
	int i, rc = 0;

	if (!at->by_file || at->edited != edited || at->only != only) {
		taut_free(at->by_file);
		at->by_file = taut_calloc(b->nfiles + 1u, 1);
		at->edited = edited;
		at->only = only;
		if (!at->by_file)
			return taut_nomem(err);
		rc = find_marks(b, only, edited, marks, err);
		for (i = 0; i < 2 && !rc; i++)
			if (marks[i] != TAUT_MAP_NONE)
				rc = taut_byname_users(b, marks[i],
						       read_at_import,
						       at->by_file, err);
	}
	*yes = at->by_file[file];
	return rc;
}
