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

/* Write a cache of two files, each by a part of its own. */
static struct taut_sheet *put(const char *bytes, const char *other)
{
	struct taut_sheetcache_part p[2] = { { .n = 0 }, { .n = 0 } };
	struct taut_buf image = TAUT_BUF_INIT;
	struct taut_digest d;
	struct taut_sheet *s, *s2;

	CHECK(!taut_sheet_scan(bytes, strlen(bytes), &s, NULL));
	CHECK(!taut_sheet_scan(other, strlen(other), &s2, NULL));
	d = taut_digest_of(bytes, strlen(bytes));
	CHECK(!taut_sheetcache_add(&p[1], 0, &d, s));
	d = taut_digest_of(other, strlen(other));
	CHECK(!taut_sheetcache_add(&p[0], 1, &d, s2));
	CHECK(!taut_sheetcache_build(p, 2, 2, &image));
	CHECK(!taut_io_replace(scratch_path("names"), NULL, image.p, image.n,
			       NULL));
	taut_sheetcache_drop(&p[0]);
	taut_sheetcache_drop(&p[1]);
	taut_buf_release(&image);
	taut_sheet_free(s2);
	return s;
}

static const struct taut_sheet_entry *find(const struct taut_sheetcache *c,
					   const char *bytes)
{
	struct taut_digest d = taut_digest_of(bytes, strlen(bytes));
	size_t hint = SIZE_MAX;

	return taut_sheetcache_find(c, &d, &hint);
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
	uint32_t i;

	taut_sheetcache_open(&c, scratch_path("names"));
	CHECK(c.n == 2);
	e = find(&c, text);
	CHECK(e && e->star && e->flags == TAUT_TEXT_ANY && !e->opaque);
	CHECK(!taut_sheetcache_read(&c, e, &t) && t);
	CHECK(t->nsuites == s->nsuites && t->nunits == s->nunits);
	CHECK(t->version == s->version && same_text(&t->imports, &s->imports));
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
	e = find(&c, "x = (\n");
	CHECK(e && e->opaque);
	CHECK(!find(&c, "other"));
	taut_sheet_free(t);
	taut_sheet_free(s);
	taut_sheetcache_close(&c);
}

TEST(damage_is_as_if_it_were_not_there)
{
	struct taut_sheet *s = put(text, "y = 1\n"), *t;
	const struct taut_sheet_entry *e;
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_sheetcache c;
	size_t i, found = 0, said = 0;
	struct taut_u32s who = { NULL, 0, 0 };
	int bad;

	taut_sheet_free(s);
	CHECK(!taut_io_read(scratch_path("names"), &b, NULL));
	for (i = 0; i < b.n; i += 7) {
		b.p[i] ^= 0x40;
		CHECK(!taut_io_replace(scratch_path("names"), NULL, b.p, b.n,
				       NULL));
		b.p[i] ^= 0x40;
		taut_sheetcache_open(&c, scratch_path("names"));
		e = find(&c, text);
		if (e) {
			CHECK(!taut_sheetcache_read(&c, e, &t));
			found += t != NULL;
			taut_sheet_free(t);
			/* Never that nobody says it. */
			who.n = 0;
			CHECK(!taut_nameindex_find(&c.index,
						   taut_name_hash("eval", 4),
						   &who, &bad));
			CHECK(bad || (who.n == 1 && !who.p[0]));
			said += !bad;
		}
		taut_sheetcache_close(&c);
	}
	CHECK(found > 0); /* where only the other one was hit */
	CHECK(said > 0);
	taut_u32s_release(&who);
	taut_sheetcache_open(&c, scratch_path("absent"));
	CHECK(!c.n);
	taut_buf_release(&b);
}

TEST(entries_go_on_into_another_cache)
{
	struct taut_sheet *s = put(text, "y = eval\n"), *t;
	struct taut_sheetcache_part p = { .n = 0 };
	const uint32_t to[] = { TAUT_MAP_NONE, 0 };
	struct taut_buf image = TAUT_BUF_INIT;
	struct taut_u32s who = { NULL, 0, 0 };
	struct taut_sheetcache c, c2;
	int bad;

	taut_sheet_free(s);
	taut_sheetcache_open(&c, scratch_path("names"));
	CHECK(!taut_nameindex_find(&c.index, taut_name_hash("eval", 4), &who,
				   &bad));
	CHECK(!bad && who.n == 2 && who.p[0] == 0 && who.p[1] == 1);
	CHECK(!taut_sheetcache_copy(&p, &c, to));
	CHECK(!taut_sheetcache_build(&p, 1, 1, &image));
	taut_sheetcache_open_bytes(&c2, &image);
	CHECK(c2.n == 1 && !find(&c2, text));
	CHECK(!taut_sheetcache_read(&c2, find(&c2, "y = eval\n"), &t));
	CHECK(t && t->nunits == 1 && !strcmp(t->units[0].names[0], "y"));
	who.n = 0;
	CHECK(!taut_nameindex_find(&c2.index, taut_name_hash("eval", 4), &who,
				   &bad));
	CHECK(!bad && who.n == 1 && who.p[0] == 0);
	taut_u32s_release(&who);
	taut_sheet_free(t);
	taut_sheetcache_drop(&p);
	taut_sheetcache_close(&c);
	taut_sheetcache_close(&c2);
}
