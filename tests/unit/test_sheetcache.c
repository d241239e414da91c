#include "sheetcache.h"

#include <string.h>

#include "harness.h"
#include "hash.h"
#include "io.h"
#include "scan.h"
#include "scratch.h"

static const char text[] = "import os as o\n"
			   "from m import *\n"
			   "A = 1\n"
			   "class K(B):\n"
			   "    def f(self, x=A):\n"
			   "        eval('x')\n";

static struct taut_sheet *put(const char *bytes, const char *other)
{
	struct taut_sheetcache_writer w = { .n = 0 };
	struct taut_digest d;
	struct taut_sheet *s, *s2;

	CHECK(!taut_sheet_scan(bytes, strlen(bytes), &s, NULL));
	CHECK(!taut_sheet_scan(other, strlen(other), &s2, NULL));
	d = taut_digest_of(bytes, strlen(bytes));
	CHECK(!taut_sheetcache_add(&w, &d, s));
	CHECK(!taut_sheetcache_add(&w, &d, s)); /* twice: once */
	d = taut_digest_of(other, strlen(other));
	CHECK(!taut_sheetcache_add(&w, &d, s2));
	CHECK(!taut_sheetcache_end(&w, scratch_path("names"), NULL));
	taut_sheetcache_drop(&w);
	taut_sheet_free(s2);
	return s;
}

static int same_text(const struct taut_text *a, const struct taut_text *b)
{
	return a->n == b->n && a->flags == b->flags &&
	       !memcmp(a->v, b->v, a->n * sizeof(*a->v));
}

TEST(a_sheet_comes_back_as_it_was)
{
	struct taut_sheet *s = put(text, "x = (\n"), *t;
	const struct taut_sheet_entry *e;
	struct taut_sheetcache c;
	struct taut_digest d;
	uint32_t i;

	taut_sheetcache_open(&c, scratch_path("names"));
	CHECK(c.n == 2);
	d = taut_digest_of(text, strlen(text));
	e = taut_sheetcache_find(&c, &d);
	CHECK(e && e->star && e->flags == TAUT_TEXT_ANY && !e->opaque);
	CHECK(!taut_sheetcache_read(&c, e, &t) && t);
	CHECK(t->nsuites == s->nsuites && t->nunits == s->nunits);
	CHECK(t->version == s->version && same_text(&t->imports, &s->imports));
	CHECK(!memcmp(t->bloom, s->bloom, sizeof(t->bloom)));
	for (i = 0; i < s->nsuites; i++)
		CHECK(t->suites[i].hash == s->suites[i].hash &&
		      t->suites[i].line == s->suites[i].line &&
		      !strcmp(t->suites[i].name, s->suites[i].name) &&
		      same_text(&t->suites[i].text, &s->suites[i].text));
	for (i = 0; i < s->nunits; i++)
		CHECK(t->units[i].hash == s->units[i].hash &&
		      t->units[i].kind == s->units[i].kind &&
		      t->units[i].flags == s->units[i].flags &&
		      !strcmp(t->units[i].owner, s->units[i].owner) &&
		      t->units[i].nnames == s->units[i].nnames &&
		      !strcmp(t->units[i].names[0], s->units[i].names[0]) &&
		      t->units[i].keys[0] == s->units[i].keys[0] &&
		      same_text(&t->units[i].text, &s->units[i].text));
	d = taut_digest_of("x = (\n", 6);
	e = taut_sheetcache_find(&c, &d);
	CHECK(e && e->opaque);
	d = taut_digest_of("other", 5);
	CHECK(!taut_sheetcache_find(&c, &d));
	taut_sheet_free(t);
	taut_sheet_free(s);
	taut_sheetcache_close(&c);
}

TEST(damage_is_as_if_it_were_not_there)
{
	struct taut_sheet *s = put(text, "y = 1\n"), *t;
	struct taut_digest d = taut_digest_of(text, strlen(text));
	const struct taut_sheet_entry *e;
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_sheetcache c;
	size_t i, found = 0;

	taut_sheet_free(s);
	CHECK(!taut_io_read(scratch_path("names"), &b, NULL));
	for (i = 0; i < b.n; i += 7) {
		b.p[i] ^= 0x40;
		CHECK(!taut_io_replace(scratch_path("names"), NULL, b.p, b.n,
				       NULL));
		b.p[i] ^= 0x40;
		taut_sheetcache_open(&c, scratch_path("names"));
		e = taut_sheetcache_find(&c, &d);
		if (e) {
			CHECK(!taut_sheetcache_read(&c, e, &t));
			found += t != NULL;
			taut_sheet_free(t);
		}
		taut_sheetcache_close(&c);
	}
	CHECK(found > 0); /* where only the other one was hit */
	taut_sheetcache_open(&c, scratch_path("absent"));
	CHECK(!c.n);
	taut_buf_release(&b);
}
