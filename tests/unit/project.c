#include "project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "harness.h"
#include "nameindex.h"
#include "sample.h"
#include "unit.h"

static int give_sheet(void *arg, uint32_t file, const struct taut_sheet **out,
		      struct taut_err *err)
{
	(void)err;
	*out = ((struct project *)arg)->sheets[file];
	return 0;
}

/* By an index, as the session does. */
static int give_who(void *arg, uint32_t name, const uint32_t **files, size_t *n,
		    struct taut_err *err)
{
	struct project *p = arg;
	struct taut_nameindex x = { .nbuckets = 0 };
	struct taut_nameindex_pairs pairs = { .n = 0 };
	struct taut_buf dir = TAUT_BUF_INIT, bytes = TAUT_BUF_INIT;
	struct taut_u32s found = { NULL, 0, 0 };
	uint32_t i, *copy = NULL;
	int bad, rc = 0;

	for (i = 0; i < p->p.nfiles && !rc; i++)
		rc = taut_nameindex_add(&pairs, i, p->sheets[i]);
	rc = rc || taut_nameindex_build(&pairs, &dir, &bytes);
	x.dir = (const void *)dir.p;
	x.nbuckets = (uint32_t)(dir.n / sizeof(*x.dir));
	x.bytes = bytes.p;
	x.size = bytes.n;
	rc = rc || taut_nameindex_find(&x, name, &found, &bad);
	if (!rc)
		copy = taut_arena_alloc(&p->found, found.n * sizeof(*copy) + 1);
	for (i = 0; i < found.n && copy; i++)
		copy[i] = found.p[i];
	*files = copy;
	*n = found.n;
	taut_free(pairs.v);
	taut_u32s_release(&found);
	taut_buf_release(&dir);
	taut_buf_release(&bytes);
	return copy ? 0 : taut_nomem(err);
}

static uint32_t find_path(void *arg, const char *path)
{
	const struct project *p = arg;
	uint32_t i;

	for (i = 0; i < p->p.nfiles; i++)
		if (!strcmp(p->files[i].path, path))
			return i;
	return TAUT_MAP_NONE;
}

static int give_stores(void *arg, uint32_t file, int *yes, struct taut_err *err)
{
	(void)arg;
	(void)file;
	(void)err;
	*yes = 0;
	return 0;
}

static int give_asked(void *arg, uint32_t edited, int only,
		      int (*found)(void *to, uint32_t module), void *to,
		      struct taut_err *err)
{
	(void)arg, (void)edited, (void)only, (void)found, (void)to, (void)err;
	return 0;
}

/* A file that says something of docstrings or signatures reads them. */
static int give_reads(void *arg, uint32_t edited, uint32_t file, int only,
		      int *yes, struct taut_err *err)
{
	const char *says = only == TAUT_ONLY_NOTES ? "signature" : "getdoc";
	const struct taut_sheet *s;
	uint32_t i;

	(void)edited;
	(void)err;
	*yes = 0;
	CHECK(!give_sheet(arg, file, &s, NULL));
	for (i = 0; i < s->nunits; i++)
		*yes |= taut_text_has(&s->units[i].text,
				      taut_name_hash(says, strlen(says))) != 0;
	return 0;
}

static int give_importers(void *arg, uint32_t file, uint64_t hash,
			  int (*found)(void *to, uint32_t module), void *to,
			  struct taut_err *err)
{
	struct project *p = arg;

	(void)file;
	(void)hash;
	(void)err;
	return p->importer == TAUT_MAP_NONE ? 0 : found(to, p->importer);
}

void project_add(struct project *p, const char *path, const char *text)
{
	uint32_t i = p->p.nfiles++;
	struct taut_names_file *f = &p->files[i];

	p->sheets[i] = sheet_of(text);
	f->path = path;
	f->role = !strncmp(path, "test_", 5)   ? TAUT_NAMES_TEST :
		  !strcmp(path, "conftest.py") ? TAUT_NAMES_CONFTEST :
						 TAUT_NAMES_CODE;
	if (p->sheets[i]->opaque)
		return;
	f->known = 1;
	f->flags = p->sheets[i]->flags;
	f->star = p->sheets[i]->star;
}

void project_begin(struct project *p)
{
	memset(p, 0, sizeof(*p));
	p->p.files = p->files;
	p->p.arg = p;
	p->p.sheet = give_sheet;
	p->p.who = give_who;
	p->p.find = find_path;
	p->p.reads = give_reads;
	p->p.asked = give_asked;
	p->p.stores = give_stores;
	p->p.importers = give_importers;
	p->importer = TAUT_MAP_NONE;
}

/* A text as a recorded version, or its docstrings; strings are the sheet's.
 * A version has no docstrings but the module's (db.h). */
static struct taut_db_ver recorded(const struct taut_sheet *s, int docs)
{
	struct taut_rec_unit *u = calloc(s->nunits + 1, sizeof(*u));
	struct taut_db_ver v = { .hash = docs ? 1 : s->version,
				 .docs = (uint8_t)docs,
				 .units = u };
	const struct taut_sheet_unit *one;
	uint32_t i;

	for (i = 0; i < s->nunits; i++) {
		one = &s->units[i];
		if (docs ? one->kind != TAUT_UNIT_DEF_DOC :
			   !taut_unit_in_version(one->kind, one->owner,
						 one->nnames, one->names))
			continue;
		u[v.nunits++] = (struct taut_rec_unit){
			s->units[i].hash,   s->units[i].branch,
			s->units[i].kind,   s->units[i].effect,
			s->units[i].calls,  s->units[i].owner,
			s->units[i].nnames, s->units[i].names,
		};
	}
	return v;
}

struct taut_db_ver version_of(const struct taut_sheet *s)
{
	return recorded(s, 0);
}

/* "f g m.py" : the hit suites, and modules as a whole; "t=" : tests; "m.py?" :
 * it has to be tried; or the fallback.  Hits that matter to some: "f:docs". */
const char *told(const struct project *p, const struct taut_names *n)
{
	static char out[1000];
	static const char *const only[] = { "", ":docs", ":docs", ":notes" };
	const struct taut_names_hit *h;
	const struct taut_sheet *s;
	uint32_t k;
	size_t i;

	*out = 0;
	if (n->fallback)
		return strcat(strcpy(out, "! "), n->fallback);
	for (i = 0; i < n->nhits; i++) {
		h = &n->hits[i];
		s = p->sheets[h->file];
		strcat(out, *out ? " " : "");
		if (h->kind == TAUT_HIT_TESTS)
			strcat(strcat(out, h->test), "=");
		else if (h->kind != TAUT_HIT_SUITE)
			strcat(out, p->files[h->file].path);
		for (k = 0; k < s->nsuites; k++)
			if (h->kind == TAUT_HIT_SUITE &&
			    s->suites[k].hash == h->hash)
				strcat(out, s->suites[k].name);
		strcat(out, only[h->only]);
	}
	for (i = 0; i < n->nagain; i++)
		strcat(strcat(strcat(out, *out ? " " : ""),
			      p->files[n->again[i]].path),
		       "?");
	return out;
}

/* What an edit of file 0, or of its docstrings, is found to do; it was `old`. */
static const char *edit_of(struct project *p, const char *old, int docs)
{
	struct taut_sheet *before = sheet_of(old);
	struct taut_db_ver v = recorded(before, docs);
	struct taut_names n = { .fallback = NULL };
	const char *s;

	CHECK(!taut_names_find(&n, &p->p, 0, &v, NULL));
	s = told(p, &n);
	taut_names_release(&n);
	taut_sheet_free(before);
	free((void *)v.units);
	return s;
}

const char *edit(struct project *p, const char *old)
{
	return edit_of(p, old, 0);
}

void project_end(struct project *p)
{
	uint32_t i;

	for (i = 0; i < p->p.nfiles; i++)
		taut_sheet_free(p->sheets[i]);
	taut_arena_release(&p->found);
}

int is(const char *got, const char *want)
{
	if (strcmp(got, want))
		printf("got:  %s\nwant: %s\n", got, want);
	return !strcmp(got, want);
}

/* One file and its user. */
static const char *simple_of(const char *old, const char *now, const char *user,
			     int docs)
{
	static char out[1000];
	struct project p;

	project_begin(&p);
	project_add(&p, "m.py", now);
	project_add(&p, "user.py", user);
	strcpy(out, edit_of(&p, old, docs));
	project_end(&p);
	return out;
}

const char *simple(const char *old, const char *now, const char *user)
{
	return simple_of(old, now, user, 0);
}

const char *docs(const char *old, const char *now, const char *user)
{
	return simple_of(old, now, user, 1);
}
