#include "nameindex.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

/* A sheet with one text, of the names first, first + step ... */
static void add(struct taut_nameindex_pairs *p, uint32_t number, uint32_t first,
		uint32_t step, uint32_t n)
{
	struct taut_mention *v = taut_calloc(n + 1, sizeof(*v));
	const struct taut_sheet s = { .imports = { .n = n, .v = v } };
	uint32_t i;

	CHECK(v);
	for (i = 0; i < n; i++)
		v[i].name = first + i * step;
	CHECK(!taut_nameindex_add(p, number, &s));
	taut_free(v);
}

static int says(const struct taut_nameindex *x, uint32_t name,
		const char *numbers)
{
	struct taut_u32s found = { NULL, 0, 0 };
	char text[64] = "";
	size_t i;
	int bad;

	CHECK(!taut_nameindex_find(x, name, &found, &bad) && !bad);
	for (i = 0; i < found.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%u", i ? " " : "", found.p[i]);
	taut_u32s_release(&found);
	if (strcmp(text, numbers))
		printf("got:  %s\nwant: %s\n", text, numbers);
	return !strcmp(text, numbers);
}

TEST(an_index_tells_who_says_a_name)
{
	struct taut_nameindex_pairs p = { .n = 0 };
	struct taut_buf dir = TAUT_BUF_INIT, bytes = TAUT_BUF_INIT;
	struct taut_nameindex x = { .nbuckets = 0 };

	CHECK(says(&x, 7, ""));
	/* Many buckets, the least and the greatest name, numbers far apart. */
	add(&p, 70000, 0, 1u << 20, 4096);
	add(&p, 3, 1u << 20, 1u << 21, 2000);
	add(&p, 5, UINT32_MAX, 0, 2);
	CHECK(!taut_nameindex_build(&p, &dir, &bytes));
	x.dir = (const void *)dir.p;
	x.nbuckets = (uint32_t)(dir.n / sizeof(*x.dir));
	x.bytes = bytes.p;
	x.size = bytes.n;
	CHECK(x.nbuckets >= 64);
	CHECK(says(&x, 0, "70000"));
	CHECK(says(&x, 1u << 20, "3 70000"));
	CHECK(says(&x, 1u << 21, "70000"));
	CHECK(says(&x, 3u << 20, "3 70000"));
	CHECK(says(&x, UINT32_MAX, "5"));
	CHECK(says(&x, 1, ""));
	CHECK(says(&x, UINT32_MAX - 1, ""));
	taut_free(p.v);
	taut_buf_release(&dir);
	taut_buf_release(&bytes);
}
