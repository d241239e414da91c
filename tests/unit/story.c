#include "story.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "hash.h"
#include "scratch.h"

/* ---- telling ---- */

static uint64_t suite_hash(uint32_t i, char letter)
{
	return taut_hash_mix(i, (uint64_t)letter);
}

void story_begin(struct story *s, const char *writer)
{
	memset(s, 0, sizeof(*s));
	CHECK(!taut_log_open(scratch_dir(), writer, &s->log, NULL));
	snprintf(s->path, sizeof(s->path), "%s.log", writer);
}

void story_end(struct story *s)
{
	CHECK(!taut_log_close(s->log, NULL));
}

uint32_t story_py(struct story *s, const char *path, const char *letters)
{
	static const uint8_t kinds[STORY_SUITES] = {
		TAUT_SUITE_MODULE,  TAUT_SUITE_FUNCTION, TAUT_SUITE_IF,
		TAUT_SUITE_CLASS,   TAUT_SUITE_FUNCTION, TAUT_SUITE_DOC,
		TAUT_SUITE_VERSION,
	};
	static const uint32_t parents[STORY_SUITES] = { 0, 0, 1, 0, 3, 0, 0 };
	struct taut_suite suites[STORY_SUITES] = { 0 };
	const char *name = "f", *letter = letters + 6;
	char owner[2] = { *letter, 0 };
	struct taut_unit unit = { .hash = suite_hash(9, *letter),
				  .branch = *letter == 'b' ? 7 : 0,
				  .kind = TAUT_UNIT_ASSIGN,
				  .owner = owner,
				  .nnames = 1,
				  .names = &name };
	struct taut_source src = { .nsuites = STORY_SUITES,
				   .suites = suites,
				   .nunits = 1,
				   .units = &unit };
	struct taut_log_file f = { .kind = TAUT_PY,
				   .path = path,
				   .npath = strlen(path),
				   .source = &src };
	uint32_t i;

	for (i = 0; i < STORY_SUITES; i++) {
		suites[i].hash = suite_hash(i, letters[i]);
		suites[i].kind = kinds[i];
		suites[i].parent = parents[i];
		suites[i].name = "";
		suites[i].flags =
			i == 1 || i == 2 || i == 4 ? TAUT_SUITE_CODE : 0;
	}
	memcpy(f.digest.b, letters, STORY_SUITES);
	CHECK(!taut_log_file(s->log, &f, NULL));
	return s->files++;
}

uint32_t story_input(struct story *s, int kind, const char *path, char letter)
{
	struct taut_log_file f = { .kind = kind,
				   .path = path,
				   .npath = strlen(path) };

	f.digest.b[0] = (uint8_t)letter;
	CHECK(!taut_log_file(s->log, &f, NULL));
	return s->files++;
}

void story_carrier(struct story *s, uint32_t number, int kind,
		   const char *owner)
{
	s->c = (struct taut_log_carrier){ .number = number,
					  .kind = kind,
					  .owner = owner,
					  .deps = s->deps,
					  .refs = s->refs };
}

void story_dep(struct story *s, uint32_t file, const char *suites)
{
	struct taut_log_dep *d = &s->deps[s->c.ndeps];

	d->file = file;
	d->suites = s->suites[s->c.ndeps++];
	for (d->nsuites = 0; suites[d->nsuites]; d->nsuites++)
		s->suites[s->c.ndeps - 1][d->nsuites] =
			(uint32_t)(suites[d->nsuites] - '0');
}

void story_ref(struct story *s, uint32_t carrier, int edge)
{
	s->refs[s->c.nrefs++] = (struct taut_log_ref){ carrier, (uint8_t)edge };
}

void story_put(struct story *s, int final)
{
	s->c.final = final;
	CHECK(!taut_log_carrier(s->log, &s->c, NULL));
}

void story_test(struct story *s, const char *path, int outcome,
		const char *must_run)
{
	const struct taut_log_test t = { .carrier = s->c.number,
					 .path = path,
					 .nodeid = s->c.owner,
					 .outcome = outcome,
					 .must_run = must_run };

	story_put(s, 1);
	CHECK(!taut_log_test(s->log, &t, NULL));
}

/* ---- applying ---- */

int story_apply(struct taut_store *s, const char *writers,
		const struct taut_part *parts, size_t nparts)
{
	const struct taut_apply a = { .env = "default",
				      .parts = parts,
				      .nparts = nparts };
	char names[8][32], paths[8][256];
	const char *logs[8];
	int n = 0, learned, skip;

	while (sscanf(writers, " %31s%n", names[n], &skip) == 1) {
		snprintf(paths[n], sizeof(paths[n]), "%s/%s.log", scratch_dir(),
			 names[n]);
		logs[n] = paths[n];
		writers += skip;
		n++;
	}
	CHECK(!taut_store_apply(s, &a, logs, (size_t)n, &learned, NULL));
	return learned;
}

struct taut_buf story_image(const struct taut_store *s)
{
	struct taut_buf b = TAUT_BUF_INIT;

	CHECK(!taut_store_image(s, &b, NULL));
	return b;
}

struct taut_store *story_load(const struct taut_buf *image)
{
	struct taut_store *s;
	struct taut_db *db;

	CHECK(!taut_db_open_image(image->p, image->n, &db, NULL));
	CHECK(!taut_store_load(db, &s, NULL));
	taut_db_close(db);
	return s;
}

/* ---- dumping ---- */

static const char *const kinds[] = { "test", "fixture",	   "module",
				     "memo", "collection", "session" };

struct dump {
	struct taut_db *db;
	struct taut_buf out;
	uint32_t env;
	int bad;
};

static int has(const uint64_t *hashes, const struct taut_db_set *set,
	       uint64_t h)
{
	uint32_t i;

	for (i = 0; i < set->nhashes; i++)
		if (hashes[set->hashes[i]] == h)
			return 1;
	return 0;
}

/* The names of the set's hashes, in order; each must have one. */
static void name_hashes(struct dump *d, int kind, const uint64_t *hashes,
			const struct taut_db_set *set)
{
	uint32_t i, n = 0, suites = kind == TAUT_PY ? STORY_SUITES : 1;
	uint64_t h;
	char c;

	for (i = 0; i < suites; i++)
		for (c = 'a'; c <= 'z'; c++) {
			h = kind == TAUT_PY ? suite_hash(i, c) & TAUT_HASH40 :
					      (uint64_t)c << 32;
			if (!has(hashes, set, h))
				continue;
			taut_buf_printf(&d->out, n++ ? " " : "{");
			if (kind == TAUT_PY)
				taut_buf_printf(&d->out, "%u", i);
			taut_buf_printf(&d->out, "%c", c);
		}
	taut_buf_u8(&d->out, '}');
	d->bad |= n != set->nhashes;
}

static void dump_deps(struct dump *d, uint32_t carrier)
{
	const struct taut_db_file *f;
	const struct taut_db_set *sets;
	const uint64_t *hashes;
	size_t n, nfiles, nh, i, k;
	uint32_t j;

	f = taut_db_files(d->db, &nfiles, NULL);
	for (i = 0; f && i < nfiles; i++) {
		if (taut_db_post(d->db, d->env, f[i].id, &sets, &n, NULL) ||
		    taut_db_hashes(d->db, f[i].id, &hashes, &nh, NULL)) {
			d->bad = 1;
			return;
		}
		for (k = 0; k < n; k++)
			for (j = 0; j < sets[k].ncarriers; j++) {
				if (sets[k].carriers[j] != carrier)
					continue;
				taut_buf_printf(&d->out, " %s%s",
						f[i].kind == TAUT_PY ? "" :
								       "d:",
						f[i].path);
				name_hashes(d, f[i].kind, hashes, &sets[k]);
			}
	}
}

static void dump_refs(struct dump *d, uint32_t carrier)
{
	static const char *const edges[] = { "", "i/", "s/" };
	const struct taut_db_reflist *l;
	const char *owner;
	size_t n, i;
	uint32_t k, r;
	int kind;

	if (taut_db_reflists(d->db, d->env, &l, &n, NULL)) {
		d->bad = 1;
		return;
	}
	for (i = 0; i < n; i++)
		for (k = 0; k < l[i].nusers; k++) {
			if (l[i].users[k] != carrier)
				continue;
			taut_buf_printf(&d->out, " ->");
			for (r = 0; r < l[i].nrefs; r++) {
				if (taut_db_carrier(d->db, d->env, l[i].refs[r],
						    &kind, &owner, NULL)) {
					d->bad = 1;
					return;
				}
				taut_buf_printf(&d->out, " %s%s:%s",
						edges[l[i].edges[r]],
						kinds[kind], owner);
			}
		}
}

static void dump_test(struct dump *d, const struct taut_db_test *t)
{
	static const char *const outcomes[] = { "passed",  "failed",  "skipped",
						"xfailed", "xpassed", "new" };

	taut_buf_printf(&d->out, "%s %s", t->nodeid, outcomes[t->outcome]);
	if (t->must_run)
		taut_buf_printf(&d->out, " (%s)", t->must_run);
	dump_deps(d, t->id);
	dump_refs(d, t->id);
	taut_buf_u8(&d->out, '\n');
}

static void dump_env(struct dump *d, const struct taut_db_env *e)
{
	const struct taut_db_test *t;
	const char *const *paths, *owner;
	size_t n, k, i;
	uint32_t id;
	int known, kind;

	d->env = e->id;
	taut_buf_printf(&d->out, "env %s", e->name);
	for (i = 0; i < e->nparts; i++)
		taut_buf_printf(&d->out, " %s=%s", e->parts[i].name,
				e->parts[i].value);
	taut_buf_u8(&d->out, '\n');
	if (taut_db_test_files(d->db, e->id, &paths, &n, NULL)) {
		d->bad = 1;
		return;
	}
	for (i = 0; i < n; i++) {
		if (taut_db_tests(d->db, e->id, paths[i], &t, &k, &known, NULL))
			d->bad = 1;
		else if (!k)
			taut_buf_printf(&d->out, "%s has no tests\n", paths[i]);
		for (; !d->bad && k; k--)
			dump_test(d, t++);
	}
	for (id = e->ntests; id < e->ncarriers && !d->bad; id++) {
		if (taut_db_carrier(d->db, e->id, id, &kind, &owner, NULL)) {
			d->bad = 1;
			return;
		}
		taut_buf_printf(&d->out, "%s:%s", kinds[kind], owner);
		dump_deps(d, id);
		dump_refs(d, id);
		taut_buf_u8(&d->out, '\n');
	}
}

static void dump_vers(struct dump *d, const struct taut_db_file *f)
{
	const struct taut_db_ver *v;
	size_t n, i;

	if (taut_db_vers(d->db, f->id, &v, &n, NULL)) {
		d->bad = 1;
		return;
	}
	for (i = 0; i < n; i++) {
		/* As story_py made it: one unit, told by its letter, and no
		 * docstring. */
		if (v[i].docs && !v[i].nunits)
			continue;
		if (v[i].docs || v[i].nunits != 1 || v[i].units->nnames != 1 ||
		    strcmp(v[i].units->names[0], "f") ||
		    v[i].units->hash !=
			    (uint32_t)suite_hash(9, *v[i].units->owner) ||
		    v[i].units->branch != (*v[i].units->owner == 'b' ? 7u : 0))
			d->bad = 1;
		else
			taut_buf_printf(&d->out, " v%s", v[i].units->owner);
	}
}

static void dump_files(struct dump *d)
{
	const struct taut_db_file *f;
	size_t n, i;

	f = taut_db_files(d->db, &n, NULL);
	d->bad |= !f;
	for (i = 0; f && i < n && !d->bad; i++) {
		taut_buf_printf(
			&d->out, "file %s %.7s", f[i].path,
			f[i].has_content ? (const char *)f[i].content.b : "-");
		dump_vers(d, &f[i]);
		taut_buf_u8(&d->out, '\n');
	}
}

const char *story_dump_db(struct taut_db *db)
{
	/* The last few stay, so that two can be compared. */
	static struct taut_buf kept[4];
	static int next;
	struct dump d = { .db = db };
	size_t i;

	next = (next + 1) % 4;
	d.out = kept[next];
	d.out.n = 0;
	for (i = 0; i < taut_db_nenvs(db) && !d.bad; i++)
		dump_env(&d, taut_db_env(db, i));
	dump_files(&d);
	taut_buf_u8(&d.out, 0);
	kept[next] = d.out;
	return d.bad ? NULL : (const char *)d.out.p;
}

const char *story_dump(const struct taut_buf *image)
{
	struct taut_db *db;
	const char *text;

	CHECK(!taut_db_open_image(image->p, image->n, &db, NULL));
	CHECK(!taut_db_check(db, NULL));
	text = story_dump_db(db);
	CHECK(text);
	taut_db_close(db);
	return text;
}

const char *story_tell(const struct taut_store *s)
{
	struct taut_buf b = story_image(s);
	const char *text = story_dump(&b);

	taut_buf_release(&b);
	return text;
}
