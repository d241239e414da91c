/*
 * fuzz_scan - any bytes through taut_source_scan().
 *
 * Beside crashes it looks for answers that contradict themselves: a tree that
 * is none, unsorted attributes, a comment at the end that changes a hash.
 *
 *	clang -fsanitize=fuzzer,address tests/fuzz/fuzz_scan.c ... -o fuzz_scan
 *	build/fuzz_scan FILE|DIRECTORY...	(with standalone.c: replay)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "taut.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void expect(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_scan: %s\n", what);
	abort();
}

static void check_suites(const struct taut_source *s)
{
	const struct taut_suite *u;
	uint32_t i;

	expect(s->nsuites >= 3, "a suite is missing");
	expect(s->suites[s->nsuites - 2].kind == TAUT_SUITE_DOC, "DOC");
	expect(s->suites[s->nsuites - 1].kind == TAUT_SUITE_VERSION, "VERSION");
	for (i = 0; i < s->nsuites; i++) {
		u = &s->suites[i];
		expect(i ? u->parent < i : !u->parent, "parent");
		expect(u->name != NULL, "name");
		expect(u->first_line <= u->last_line, "lines");
		expect(i >= s->nsuites - 2 ||
			       (u->first_line >=
					s->suites[u->parent].first_line &&
				u->last_line <= s->suites[u->parent].last_line),
		       "a suite outside its parent");
	}
}

static void check_lists(const struct taut_source *s)
{
	uint32_t i, k;

	for (i = 0; i < s->nimports; i++)
		expect(s->imports[i].suite < s->nsuites - 2 &&
			       s->imports[i].module,
		       "import");
	for (i = 1; i < s->nattrs; i++)
		expect(s->attrs[i - 1] < s->attrs[i], "attrs");
	for (i = 0; i < s->nunits; i++) {
		expect(s->units[i].suite < s->nsuites - 2 && s->units[i].owner,
		       "unit");
		for (k = 0; k < s->units[i].nnames; k++)
			expect(s->units[i].names[k] != NULL, "unit's name");
	}
}

/* The same source with a comment behind it. */
static void check_neutral(const struct taut_source *s, const uint8_t *data,
			  size_t n)
{
	static const char more[] = "\n  # (\n";
	struct taut_source *t;
	uint8_t *copy;
	uint32_t i;

	if (s->opaque)
		return;
	copy = malloc(n + sizeof(more));
	expect(copy != NULL, "out of memory");
	if (n)
		memcpy(copy, data, n);
	memcpy(copy + n, more, sizeof(more) - 1);
	expect(!taut_source_scan(copy, n + sizeof(more) - 1, &t, NULL),
	       "scan failed");
	expect(!t->opaque && t->nsuites == s->nsuites, "a comment counted");
	for (i = 0; i < s->nsuites; i++)
		expect(t->suites[i].hash == s->suites[i].hash,
		       "a comment changed a hash");
	taut_source_free(t);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct taut_source *s;

	expect(!taut_source_scan(data, n, &s, NULL), "scan failed");
	check_suites(s);
	check_lists(s);
	check_neutral(s, data, n);
	taut_source_free(s);
	return 0;
}
