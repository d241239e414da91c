#include "words.h"

#include <string.h>

#include "harness.h"
#include "sheet.h"

static int has(const uint32_t *v, size_t n, uint32_t word)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i] == word)
			return 1;
	return 0;
}

/* Does the text say all words of `yes`, and none of `no`? */
static int says(const char *text, size_t n, int strings, const char *yes,
		const char *no)
{
	uint32_t *v, part;
	size_t nv, len, i;
	int ok = 1, k;

	CHECK(!taut_words_of(text, n, strings, &v, &nv, NULL));
	for (i = 1; i < nv; i++)
		ok &= v[i - 1] < v[i];
	for (k = 0; k < 2; k++) {
		const char *p = k ? no : yes;

		for (; *p; p += len + (p[len] == ' ')) {
			len = strcspn(p, " ");
			part = taut_name_hash(p, len);
			if (p[0] == '+')
				part = taut_dotted_part(
					taut_name_hash(p + 1, len - 1));
			ok &= has(v, nv, part) == !k;
		}
	}
	taut_words_free(v);
	return ok;
}
#define SAYS(text, yes, no) says(text, sizeof(text) - 1, 1, yes, no)

TEST(words_of_python)
{
	CHECK(SAYS(
		"def f(x):\n    'Prose about it.'\n    return x.run  # now\n",
		"f x run", "Prose about now"));
	CHECK(SAYS("A = 'some words', f'{x.go}', '\\nline'\n",
		   "some words go line nline", ""));
	/* parts of names, where something is made of them */
	CHECK(SAYS("g(o, 'on_' + x)\nh = '_y'\nz = f'{a._b}_c'\n",
		   "+on_ +_c on_ _y _b", "+_y +_b"));
	CHECK(SAYS("x.startswith('do_')\n", "+do_", ""));
}

TEST(words_of_tables)
{
	static const char text[] = "words = {'truthy', f'{a}'}\nx.run(b'y')\n";

	CHECK(says(text, sizeof(text) - 1, 0, "words x run a", "truthy y"));
}

TEST(words_of_what_is_no_text)
{
	CHECK(SAYS("\0\0pread\0for_json\0\1x y", "pread read for_json json",
		   "x y ad"));
}
