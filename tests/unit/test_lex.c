#include "lex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "util.h"

/*
 * The lines of a source as text: for each its depth, then its tokens with a
 * blank before each, f-strings and strings as they are; "!reason" if opaque.
 */
static const char *lines_of(const char *text, size_t n)
{
	static char out[8192];
	const struct taut_tok *t;
	struct taut_lex lx;
	size_t i, len = 0;
	uint32_t k;

	CHECK(!taut_lex_init(&lx, text, n));
	if (lx.opaque) {
		snprintf(out, sizeof(out), "!%s", lx.opaque);
		taut_lex_release(&lx);
		return out;
	}
	out[0] = '\0';
	for (i = 0; i < lx.nlines; i++) {
		len += (size_t)sprintf(out + len, "%s%d", i ? "\n" : "",
				       lx.lines[i].depth);
		for (k = lx.lines[i].first; k < lx.lines[i].end; k++) {
			t = &lx.toks[k];
			len += (size_t)sprintf(out + len, " %.*s", (int)t->len,
					       lx.text + t->off);
		}
		CHECK(len < sizeof(out) / 2);
	}
	taut_lex_release(&lx);
	return out;
}

static int is(const char *text, const char *want)
{
	const char *got = lines_of(text, strlen(text));

	if (!strcmp(got, want))
		return 1;
	printf("got:  %s\nwant: %s\n", got, want);
	return 0;
}

static int opaque(const char *text, size_t n)
{
	return *lines_of(text, n) == '!';
}

#define OPAQUE(text) opaque(text, sizeof(text) - 1)

/* ---- lines and indentation ---- */

TEST(comments_and_blank_lines_leave_no_trace)
{
	CHECK(is("# c\n\n  # d\nx = 1 # e\n\n\t\n", "0 x = 1"));
	CHECK(is("", ""));
	CHECK(is("# only", ""));
	CHECK(is("if x:\n  y\n# z\n  y\n", "0 if x :\n1 y\n1 y"));
}

TEST(the_last_line_may_lack_its_newline)
{
	CHECK(is("x", "0 x"));
	CHECK(is("if x:\n  y", "0 if x :\n1 y"));
	CHECK(is("x # c", "0 x"));
}

TEST(tabs_go_to_multiples_of_eight)
{
	CHECK(is("if x:\n\ty\n\tz", "0 if x :\n1 y\n1 z"));
	CHECK(OPAQUE("if x:\n        y\n\tz")); /* TabError */
	CHECK(is("if x:\n  if y:\n  \tz\n", "0 if x :\n1 if y :\n2 z"));
}

TEST(a_form_feed_begins_the_line_anew)
{
	CHECK(is("if x:\n  y\n    \fz\n", "0 if x :\n1 y\n0 z"));
	CHECK(is("x\f= 1", "0 x = 1"));
	CHECK(OPAQUE("x \v= 1"));
}

TEST(a_backslash_joins_lines)
{
	CHECK(is("x = 1 + \\\n2", "0 x = 1 + 2"));
	CHECK(is("if x: \\\n  y\nz", "0 if x : y\n0 z"));
	CHECK(is("if x:\n  \\\n      y\n  z", "0 if x :\n1 y\n1 z"));
	CHECK(OPAQUE("x = \\"));
	CHECK(OPAQUE("x = \\\n"));
	CHECK(OPAQUE("x \\ y"));
}

TEST(every_kind_of_newline_is_one)
{
	CHECK(is("if x:\r\n  y\r  z\r\n", "0 if x :\n1 y\n1 z"));
	CHECK(is("x = '''a\r\nb'''\r", "0 x = '''a\nb'''"));
	/* but no others */
	CHECK(is("x = 'a\xe2\x80\xa8"
		 "b'",
		 "0 x = 'a\xe2\x80\xa8"
		 "b'"));
	CHECK(is("# a\x1c b\nx", "0 x"));
}

TEST(brackets_span_lines)
{
	CHECK(is("f(a,\n# c\n  b)\nx", "0 f ( a , b )\n0 x"));
	CHECK(OPAQUE("f(a"));
	CHECK(OPAQUE("f(a]"));
	CHECK(OPAQUE(")"));
}

TEST(bad_indentation_is_opaque)
{
	CHECK(OPAQUE("  x\n"));
	CHECK(OPAQUE("if x:\n    y\n  z\n"));
	CHECK(is("if x:\n    if y:\n        z\nw",
		 "0 if x :\n1 if y :\n2 z\n0 w"));
}

TEST(line_numbers_count_physical_lines)
{
	static const char text[] = "\n'''\n'''\nx = (1,\n2) \\\n+ 3\ny\n";
	struct taut_lex lx;

	CHECK(!taut_lex_init(&lx, text, sizeof(text) - 1));
	CHECK(lx.nlines == 3);
	CHECK(lx.toks[lx.lines[0].first].line == 2);
	CHECK(lx.lines[0].last_line == 3);
	CHECK(lx.toks[lx.lines[1].first].line == 4);
	CHECK(lx.lines[1].last_line == 6);
	CHECK(lx.toks[lx.lines[2].first].line == 7);
	taut_lex_release(&lx);
}

/* ---- tokens ---- */

TEST(numbers)
{
	CHECK(is("0x_fF 0b1_0 0o17 1_000 1.5e-3j .5 1. 1.e5 1E5 0_0 1J",
		 "0 0x_fF 0b1_0 0o17 1_000 1.5e-3j .5 1. 1.e5 1E5 0_0 1J"));
	CHECK(is("1if x else 2", "0 1 if x else 2"));
	CHECK(is("0x1for x", "0 0x1f or x"));
	CHECK(is("1else", "0 1 else"));
	CHECK(is("1..real x[1:2]", "0 1. . real x [ 1 : 2 ]"));
}

TEST(operators)
{
	CHECK(is("a**=b//=c>>=d<<=e->f:=g",
		 "0 a **= b //= c >>= d <<= e -> f := g"));
	CHECK(is("a!=b<=c>=d==e<>f", "0 a != b <= c >= d == e <> f"));
	CHECK(is("x...y", "0 x ... y"));
	CHECK(is("x..y", "0 x . . y"));
	CHECK(is("@a@b@=c", "0 @ a @ b @= c"));
	CHECK(OPAQUE("a ? b"));
	CHECK(OPAQUE("a $ b"));
	CHECK(OPAQUE("a ! b"));
	CHECK(OPAQUE("`a`"));
}

TEST(strings)
{
	CHECK(is("'a\\'b' \"'\" r'\\\\' + ''", "0 'a\\'b' \"'\" r'\\\\' + ''"));
	CHECK(is("rb'x' Br'' u'y' b\"\"\"a\n\"b\"\"\"",
		 "0 rb'x' Br'' u'y' b\"\"\"a\n\"b\"\"\""));
	CHECK(is("ur'x'", "0 ur 'x'"));
	CHECK(is("bf'x' bb'y'", "0 bf 'x' bb 'y'"));
	CHECK(is("'a\\\nb'", "0 'a\\\nb'"));
	CHECK(OPAQUE("'a\nb'"));
	CHECK(OPAQUE("'''a"));
	CHECK(OPAQUE("'a\\"));
}

/* ---- f-strings ---- */

TEST(f_strings_are_one_token)
{
	CHECK(is("f'{x}' F\"{'a'}\" rf'{x}\\'' t'{x}'",
		 "0 f'{x}' F\"{'a'}\" rf'{x}\\'' t'{x}'"));
	CHECK(is("f'{{}}' x", "0 f'{{}}' x"));
	CHECK(is("f'{x!r:>{w}.{p}}' y", "0 f'{x!r:>{w}.{p}}' y"));
	CHECK(is("f'{a != b}' y", "0 f'{a != b}' y"));
	CHECK(is("f'{ {1: 2}[1] }' y", "0 f'{ {1: 2}[1] }' y"));
}

TEST(f_strings_nest_as_in_3_12)
{
	CHECK(is("f'{a['b']}' y", "0 f'{a['b']}' y"));
	CHECK(is("f'{f'{f'{1}'}'}' y", "0 f'{f'{f'{1}'}'}' y"));
	CHECK(is("f'{x # c }'\n}' y", "0 f'{x # c }'\n}' y"));
	CHECK(is("f'''{\nx\n:a\nb}''' y", "0 f'''{\nx\n:a\nb}''' y"));
	CHECK(is("f'{x:\n}' y", "0 f'{x:\n}' y"));
}

TEST(f_string_details)
{
	/* a backslash does not escape a brace */
	CHECK(is("f'\\{x}' y", "0 f'\\{x}' y"));
	CHECK(is("f'\\N{DIGIT ONE}' y", "0 f'\\N{DIGIT ONE}' y"));
	CHECK(OPAQUE("rf'\\N{DIGIT \"}'"));
	/* two braces in a spec open an expression and a set */
	CHECK(is("f'{x:{{1}}}' y", "0 f'{x:{{1}}}' y"));
	CHECK(OPAQUE("f'{x:'"));
	CHECK(OPAQUE("f'}'"));
	CHECK(OPAQUE("f'{'"));
	CHECK(OPAQUE("f'{(}'"));
	CHECK(OPAQUE("f'{x\\y}'"));
	CHECK(OPAQUE("f'a\nb'"));
}

TEST(names_inside_f_strings_are_listed)
{
	static const char text[] = "f'{a.b(c=d):{w}} e {f\"{g}\"}' h f'{i:=5}'"
				   " f'{(j:=5)}'";
	static const char *want[] = { "a", "b", "c", "d", "w",
				      "g", "i", "j", ":=" };
	struct taut_lex lx;
	size_t i;

	CHECK(!taut_lex_init(&lx, text, sizeof(text) - 1));
	CHECK(lx.ninner == 9);
	for (i = 0; i < 9; i++)
		CHECK(strlen(want[i]) == lx.inner[i].len &&
		      !memcmp(want[i], lx.text + lx.inner[i].off,
			      lx.inner[i].len));
	CHECK(lx.inner[1].flags == TAUT_TOK_ATTR);
	CHECK(lx.inner[2].flags == TAUT_TOK_KWARG);
	CHECK(lx.toks[0].mate == 0 && lx.toks[2].mate == 6);
	CHECK(lx.lines[0].flags & TAUT_LINE_AWKWARD);
	taut_lex_release(&lx);
}

/* ---- encodings ---- */

TEST(encodings_that_contain_ascii_are_read)
{
	CHECK(is("\xef\xbb\xbfx", "0 x"));
	CHECK(is("\xc3\xa9t\xc3\xa9", "0 \xc3\xa9t\xc3\xa9"));
	CHECK(is("# coding: latin-1\n'\xe4'", "0 '\xe4'"));
	CHECK(is("#!x\n# vim: set fileencoding=cp1252 :\n'\xe4'", "0 '\xe4'"));
	CHECK(is("# -*- coding: UTF-8 -*-\nx", "0 x"));
	CHECK(is("\r# coding=iso-8859-15\r'\xe4'", "0 '\xe4'"));
}

TEST(other_encodings_are_opaque)
{
	CHECK(OPAQUE("# coding: shift_jis\nx"));
	CHECK(OPAQUE("# coding: utf-16\nx"));
	CHECK(OPAQUE("# coding: cp037\nx"));
	CHECK(OPAQUE("\xef\xbb\xbf# coding: latin-1\nx"));
	CHECK(OPAQUE("x = '\xe4'"));	     /* not UTF-8 */
	CHECK(OPAQUE("# \xc0\x80"));	     /* overlong */
	CHECK(OPAQUE("# \xed\xa0\x80"));     /* surrogate */
	CHECK(OPAQUE("# \xf4\x90\x80\x80")); /* beyond Unicode */
	CHECK(OPAQUE("# \xe2\x82"));
	CHECK(OPAQUE("# coding: ascii\n'\xc3\xa9'"));
	CHECK(OPAQUE("x\0"));
	CHECK(OPAQUE("# a\0b\nx"));
}

TEST(only_a_cookie_counts)
{
	/* on the third line, behind code, in a string: none */
	CHECK(is("\n\n# coding: utf-16\nx", "0 x"));
	CHECK(is("x = 1\n# coding: utf-16\n", "0 x = 1"));
	CHECK(is("x = 1 # coding: utf-16\n", "0 x = 1"));
	CHECK(is("'''\n# coding: utf-16'''\n", "0 '''\n# coding: utf-16'''"));
	CHECK(is("# encoding utf-16\nx", "0 x"));
}

TEST(the_encoding_has_one_hash_under_all_its_names)
{
	static const char *const same[] = { "x", "# coding: utf8\nx",
					    "# coding=UTF_8\nx" };
	uint64_t coding[3], other;
	struct taut_lex lx;
	int i;

	for (i = 0; i < 3; i++) {
		CHECK(!taut_lex_init(&lx, same[i], strlen(same[i])));
		coding[i] = lx.coding;
		taut_lex_release(&lx);
	}
	CHECK(!taut_lex_init(&lx, "# coding: latin1\nx", 18));
	other = lx.coding;
	taut_lex_release(&lx);
	CHECK(coding[0] == coding[1] && coding[1] == coding[2]);
	CHECK(other != coding[0]);
}

/* ---- flags and walking ---- */

TEST(ids_flags_and_mates)
{
	static const char text[] = "a.b(c=[d for d in e], super=x.super)";
	struct taut_lex lx;

	CHECK(!taut_lex_init(&lx, text, sizeof(text) - 1));
	CHECK(lx.toks[0].flags == 0);
	CHECK(lx.toks[2].flags == TAUT_TOK_ATTR);
	CHECK(lx.toks[3].mate == lx.ntoks - 1);
	CHECK(lx.toks[lx.ntoks - 1].mate == 3);
	CHECK(lx.toks[4].flags == TAUT_TOK_KWARG);
	CHECK(lx.toks[6].id == '[' && lx.toks[6].flags == TAUT_TOK_COMP);
	CHECK(lx.toks[8].id == TAUT_KW_FOR);
	CHECK(lx.lines[0].flags == (TAUT_LINE_COMP | TAUT_LINE_SUPER));
	CHECK(taut_lex_skip(&lx, 3) == lx.ntoks);
	CHECK(taut_lex_find(&lx, 0, (uint32_t)lx.ntoks, ',') == lx.ntoks);
	CHECK(taut_lex_find(&lx, 4, (uint32_t)lx.ntoks, ',') == 13);
	taut_lex_release(&lx);
}

TEST(hashes_depend_on_the_text_alone)
{
	static const char text[] = "name + a_longer_name + a_name_of_many_bytes"
				   " + name";
	struct taut_lex lx;

	CHECK(!taut_lex_init(&lx, text, sizeof(text) - 1));
	CHECK(lx.toks[0].hash == taut_lex_hash("name", 4));
	CHECK(lx.toks[2].hash == taut_lex_hash("a_longer_name", 13));
	CHECK(lx.toks[4].hash == taut_lex_hash("a_name_of_many_bytes", 20));
	CHECK(lx.toks[6].hash == lx.toks[0].hash);
	taut_lex_release(&lx);
}

static uint32_t body_end(const char *text, const char *end)
{
	struct taut_lex lx;
	uint32_t colon, i, at;

	CHECK(!taut_lex_init(&lx, text, strlen(text)));
	for (i = 0; lx.toks[i].id != TAUT_KW_LAMBDA; i++)
		;
	at = taut_lex_lambda(&lx, i, (uint32_t)lx.ntoks, &colon);
	CHECK(lx.toks[colon].id == ':');
	i = at < lx.ntoks ? lx.toks[at].off : (uint32_t)lx.ntext;
	taut_lex_release(&lx);
	return i == (uint32_t)(strstr(text, end) - text);
}

TEST(a_lambda_ends_where_its_body_does)
{
	CHECK(body_end("f(lambda: x, y)", ", y"));
	CHECK(body_end("(lambda x=lambda: 1: x if y else z)", ")"));
	CHECK(body_end("[lambda x: (x, y) for x in z]", "for"));
	CHECK(body_end("{lambda: 1: 2}", ": 2"));
	CHECK(body_end("lambda: lambda: x; y", "; y"));
	CHECK(body_end("lambda a, *b, c=d[1:2], **e: {a: b}, f", ", f"));
}

/* ---- limits ---- */

TEST(deep_nesting_is_opaque_not_fatal)
{
	size_t n = 100000, i;
	char *text = malloc(n * 2 + 1);

	CHECK(text != NULL);
	memset(text, '(', n);
	CHECK(opaque(text, n));
	memset(text + n, ')', n);
	CHECK(opaque(text, n * 2));
	for (i = 0; i + 3 <= n; i += 3)
		memcpy(text + i, "f'{", 3);
	CHECK(opaque(text, n));
	memset(text, ' ', n);
	memcpy(text, "if x:\n", 6);
	text[n - 1] = 'y';
	CHECK(!opaque(text, n));
	free(text);
}

TEST(a_hundred_indents_and_no_more)
{
	struct taut_buf b = TAUT_BUF_INIT;
	int i, k;

	for (k = 100; k <= 101; k++) {
		b.n = 0;
		for (i = 0; i < k; i++)
			taut_buf_printf(&b, "%*sif x:\n", i, "");
		taut_buf_printf(&b, "%*sy\n", k, "");
		CHECK(opaque((const char *)b.p, b.n) == (k == 101));
	}
	taut_buf_release(&b);
}
