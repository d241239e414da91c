#include "recording.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "io.h"

void rec_open(struct recording *r, const char *dir, const char *writer,
	      const char *root)
{
	memset(r, 0, sizeof(*r));
	r->root = root;
	CHECK(!taut_log_open(dir, writer, &r->log, NULL));
}

/* ---- files ---- */

static struct taut_source *scan(struct recording *r, const char *path)
{
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_source *s;
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", r->root, path);
	CHECK(!taut_io_read(full, &b, NULL));
	CHECK(!taut_source_scan(b.p ? (void *)b.p : "", b.n, &s, NULL));
	taut_buf_release(&b);
	return s;
}

static uint32_t file_number(struct recording *r, int kind, const char *path,
			    const struct taut_digest *digest)
{
	struct taut_log_file f = { .kind = kind,
				   .path = path,
				   .npath = strlen(path) };
	char key[PATH_MAX];
	uint32_t i;

	snprintf(key, sizeof(key), "%d %s", kind, path);
	i = taut_map_get(&r->files, key, strlen(key));
	if (i != TAUT_MAP_NONE)
		return i;
	i = taut_map_add(&r->files, key, strlen(key));
	CHECK(i < REC_MAX);
	if (kind == TAUT_PY) {
		r->sources[i] = scan(r, path);
		f.source = r->sources[i];
		f.digest = r->sources[i]->digest;
	} else if (digest) {
		f.digest = *digest;
	} else {
		CHECK(!taut_input_digest(kind, r->root, path, &f.digest));
	}
	CHECK(!taut_log_file(r->log, &f, NULL));
	return i;
}

/* ---- carriers ---- */

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int by_carrier(const void *a, const void *b)
{
	const struct taut_log_ref *x = a, *y = b;

	return x->carrier < y->carrier ? -1 : x->carrier > y->carrier;
}

static void write_carrier(struct recording *r)
{
	static struct taut_log_dep deps[REC_MAX];
	static uint32_t suites[REC_MAX];
	struct taut_log_carrier c = { .number = r->next - 1,
				      .kind = r->kind,
				      .final = 1,
				      .owner = r->owner,
				      .deps = deps,
				      .refs = r->refs,
				      .nrefs = (uint32_t)r->nrefs };
	size_t i;

	if (!r->open)
		return;
	qsort(r->deps, r->ndeps, sizeof(*r->deps), by_number);
	qsort(r->refs, r->nrefs, sizeof(*r->refs), by_carrier);
	for (i = 0; i < r->ndeps; i++) {
		suites[i] = (uint32_t)r->deps[i];
		if (!i || r->deps[i] >> 32 != r->deps[i - 1] >> 32) {
			deps[c.ndeps].file = (uint32_t)(r->deps[i] >> 32);
			deps[c.ndeps].nsuites = 0;
			deps[c.ndeps++].suites = &suites[i];
		}
		deps[c.ndeps - 1].nsuites++;
	}
	CHECK(!taut_log_carrier(r->log, &c, NULL));
	r->ndeps = r->nrefs = 0;
	r->open = 0;
}

uint32_t rec_carrier(struct recording *r, int kind, const char *owner)
{
	write_carrier(r);
	r->kind = kind;
	snprintf(r->owner, sizeof(r->owner), "%s", owner);
	r->open = 1;
	return r->next++;
}

void rec_ref(struct recording *r, uint32_t carrier)
{
	CHECK(r->open && r->nrefs < REC_MAX);
	r->refs[r->nrefs].carrier = carrier;
	r->refs[r->nrefs++].edge = TAUT_EDGE_USES;
}

static void depend(struct recording *r, uint32_t file, uint32_t suite)
{
	CHECK(r->open && r->ndeps < REC_MAX);
	r->deps[r->ndeps++] = (uint64_t)file << 32 | suite;
}

void rec_suite(struct recording *r, const char *path, const char *name)
{
	uint32_t f = file_number(r, TAUT_PY, path, NULL), i;
	const struct taut_source *s = r->sources[f];

	for (i = 0; i < s->nsuites; i++)
		if (s->suites[i].kind == TAUT_SUITE_FUNCTION &&
		    !strcmp(s->suites[i].name, name))
			break;
	CHECK(i < s->nsuites);
	depend(r, f, i);
}

void rec_version(struct recording *r, const char *path)
{
	uint32_t f = file_number(r, TAUT_PY, path, NULL);

	depend(r, f, r->sources[f]->nsuites - 1);
}

void rec_doc(struct recording *r, const char *path)
{
	uint32_t f = file_number(r, TAUT_PY, path, NULL);

	depend(r, f, r->sources[f]->nsuites - 2);
}

void rec_input(struct recording *r, int kind, const char *path,
	       const struct taut_digest *digest)
{
	depend(r, file_number(r, kind, path, digest), 0);
}

/* ---- tests ---- */

void rec_test(struct recording *r, uint32_t carrier, const char *path,
	      const char *nodeid, int outcome, const char *must_run,
	      uint64_t micros)
{
	const struct taut_log_test t = { .carrier = carrier,
					 .path = path,
					 .nodeid = nodeid,
					 .outcome = outcome,
					 .must_run = must_run,
					 .micros = micros };

	write_carrier(r);
	CHECK(!taut_log_test(r->log, &t, NULL));
}

void rec_collected(struct recording *r, const char *path, int full,
		   const char *const *nodeids, size_t n)
{
	write_carrier(r);
	CHECK(!taut_log_collected(r->log, path, full, nodeids, n, NULL));
}

void rec_close(struct recording *r)
{
	size_t i;

	write_carrier(r);
	CHECK(!taut_log_close(r->log, NULL));
	for (i = 0; i < r->files.n; i++)
		taut_source_free(r->sources[i]);
	taut_map_release(&r->files);
}
