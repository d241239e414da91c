#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

static struct taut_source *scan(const char *text)
{
	struct taut_source *s;

	CHECK(!taut_source_scan(text, strlen(text), &s, NULL));
	return s;
}

/* ---- names and kinds ---- */

static void check_unit(const struct taut_source *s, uint32_t i, int kind,
		       int effect, const char *owner, const char *names)
{
	const struct taut_unit *u = &s->units[i];
	char got[200] = "";
	uint32_t k;

	CHECK(i < s->nunits);
	for (k = 0; k < u->nnames; k++) {
		strcat(got, k ? " " : "");
		strcat(got, u->names[k]);
	}
	if (u->kind != kind || u->effect != effect || strcmp(u->owner, owner) ||
	    strcmp(got, names))
		printf("unit %u: kind %d effect %d owner %s names %s\n", i,
		       u->kind, u->effect, u->owner, got);
	CHECK(u->kind == kind && u->effect == effect);
	CHECK(!strcmp(u->owner, owner) && !strcmp(got, names));
}

TEST(units_of_a_module)
{
	struct taut_source *s = scan("'doc'\n"
				     "import a.b, c as d\n"
				     "from e import (f, g as h)\n"
				     "from i import *\n"
				     "x = y = 1; z.w = 2\n"
				     "k()\n"
				     "@l\n"
				     "def m(a, b: int = 1) -> str:\n"
				     "    'doc'\n"
				     "def n(a): return 1\n"
				     "with o() as p, q as (r, s):\n"
				     "    t = 1\n"
				     "    def u(): pass\n"
				     "del x\n");
	uint32_t i = 0;

	check_unit(s, i++, TAUT_UNIT_DEF_DOC, 0, "", "__doc__");
	check_unit(s, i++, TAUT_UNIT_IMPORT, 1, "", "a");
	check_unit(s, i++, TAUT_UNIT_IMPORT, 1, "", "d");
	check_unit(s, i++, TAUT_UNIT_IMPORT, 1, "", "f");
	check_unit(s, i++, TAUT_UNIT_IMPORT, 1, "", "h");
	check_unit(s, i++, TAUT_UNIT_IMPORT, 1, "", "*");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, 0, "", "x y");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, 2, "", "");
	check_unit(s, i++, TAUT_UNIT_STATEMENT, 1, "", "");
	check_unit(s, i++, TAUT_UNIT_DEF_CORE, 1, "", "m");
	check_unit(s, i++, TAUT_UNIT_DEF_ANNOTATIONS, 0, "", "m");
	check_unit(s, i++, TAUT_UNIT_DEF_DOC, 0, "", "m");
	check_unit(s, i++, TAUT_UNIT_DEF_CORE, 0, "", "n");
	check_unit(s, i++, TAUT_UNIT_COMPOUND, 1, "", "p r s t u");
	check_unit(s, i++, TAUT_UNIT_STATEMENT, 2, "", "x");
	CHECK(i == s->nunits && s->units[9].line == 7);
	taut_source_free(s);
}

TEST(units_of_a_class)
{
	struct taut_source *s = scan("class A(B):\n"
				     "    'doc'\n"
				     "    x: int\n"
				     "    y: int = z\n"
				     "    def f(self): pass\n"
				     "    class C:\n"
				     "        v = []\n"
				     "class D: w = 1; u = 2\n");
	uint32_t i = 0;

	check_unit(s, i++, TAUT_UNIT_CLASS, 1, "", "A");
	check_unit(s, i++, TAUT_UNIT_DEF_DOC, 0, "", "A");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, 0, "A", "x");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, 0, "A", "y");
	check_unit(s, i++, TAUT_UNIT_DEF_CORE, 0, "A", "f");
	check_unit(s, i++, TAUT_UNIT_CLASS, 0, "A", "C");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, 0, "A.C", "v");
	check_unit(s, i++, TAUT_UNIT_CLASS, 0, "", "D");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, 0, "D", "w");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, 0, "D", "u");
	CHECK(i == s->nunits && s->units[6].suite == 2);
	taut_source_free(s);
}

TEST(branches_are_conditions)
{
	struct taut_source *s = scan("if a:\n x = 1\n y = 1\n"
				     "elif (n := b): x = 1\n"
				     "else: x = 1\n"
				     "if a: x = 1\n"
				     "try: x = 1\n"
				     "except E() as e: x = 1\n"
				     "x = 1\n");
	const struct taut_unit *u = s->units;
	uint32_t i, k;

	CHECK(s->nunits == 10);
	CHECK(u[0].branch == u[1].branch && u[0].branch);
	check_unit(s, 2, TAUT_UNIT_STATEMENT, 1, "", "n");
	check_unit(s, 7, TAUT_UNIT_STATEMENT, 1, "", "e");
	CHECK(!u[2].branch && !u[7].branch && !u[9].branch);
	for (i = 1; i < 9; i++)
		for (k = i + 1; k < 9; k++)
			CHECK(i == 2 || i == 7 || k == 2 || k == 7 ||
			      u[i].branch != u[k].branch);
	CHECK(u[0].hash == u[9].hash);
	taut_source_free(s);
}

TEST(parts_of_a_def_change_apart)
{
	struct taut_source *s[4];
	const char *text[] = { "def f(a: int, b=1) -> c:\n 'd'\n",
			       "def f(a: int, b=2) -> c:\n 'd'\n",
			       "def f(a: str, b=1) -> c:\n 'd'\n",
			       "def f(a: int, b=1) -> c:\n 'e'\n" };
	int i, k;

	for (i = 0; i < 4; i++) {
		s[i] = scan(text[i]);
		CHECK(s[i]->nunits == 3);
	}
	for (i = 1; i < 4; i++)
		for (k = 0; k < 3; k++)
			CHECK((s[i]->units[k].hash != s[0]->units[k].hash) ==
			      (k == i - 1));
	for (i = 0; i < 4; i++)
		taut_source_free(s[i]);
}

/* ---- effects ---- */

static int effect_of(const char *text)
{
	struct taut_source *s = scan(text);
	int e = s->units[s->nunits - 1].effect;

	taut_source_free(s);
	return e;
}

TEST(effects_are_conservative)
{
	static const char *const none[] = {
		"x = 1",
		"x = y",
		"x = -1",
		"x = 60 * 60 + 0.5",
		"x = (a, b)",
		"x = [1, a, 'b']",
		"x = {'a': b, 1: [c]}",
		"x = {1, 2}",
		"x = lambda a: b(c)",
		"x = None",
		"x = ...",
		"pass",
		"'s'",
		"x = 'a' 'b'",
		"a, b = 1, c",
		"x: a",
		"x: a = b",
		"a = b = c",
		"def f(a, b=1, *, c=d): g()",
		"type X = a[b]",
		"x = ()",
	};
	static const char *const call[] = {
		"x = f()",
		"x = a.b",
		"x = a[b]",
		"x = a + b",
		"x = not a",
		"x = f'{a}'",
		"x = [b for b in a]",
		"x = {a: 1}",
		"x = {a}",
		"x = a or b",
		"x = a < b",
		"x = lambda a=b(): 1",
		"f(1)",
		"assert a",
		"raise a",
		"a, b = c",
		"x: a.b",
		"x: a = b()",
		"x = {**a}",
		"x = [*a]",
		"x = (y := 1)",
		"x = a if b else c",
		"def f(a=b()): pass",
		"import a",
		"x.y = f()",
		"(a)(b)",
		"@a\ndef f(): pass",
		"for x in y: pass",
		"def f(a: b.c): pass",
	};
	static const char *const store[] = {
		"a.b = 1",     "a[b] = 1",   "x += 1",	      "del x",
		"x = a.b = 1", "a.b: c = 1", "a.b, c = 1, 2",
	};
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (effect_of(none[i]) != TAUT_EFFECT_NONE)
			CHECK(!printf("%s\n", none[i]));
	for (i = 0; i < sizeof(call) / sizeof(*call); i++)
		if (effect_of(call[i]) != TAUT_EFFECT_CALL)
			CHECK(!printf("%s\n", call[i]));
	for (i = 0; i < sizeof(store) / sizeof(*store); i++)
		if (effect_of(store[i]) != TAUT_EFFECT_STORE)
			CHECK(!printf("%s\n", store[i]));
	CHECK(effect_of("from __future__ import annotations\n"
			"def f(a: b.c): pass") == TAUT_EFFECT_NONE);
}
