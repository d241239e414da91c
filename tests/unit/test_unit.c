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

#define CALL TAUT_EFFECT_CALL
#define STORE TAUT_EFFECT_STORE
#define CONST TAUT_EFFECT_CONST

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
	check_unit(s, i++, TAUT_UNIT_IMPORT, CALL, "", "a");
	check_unit(s, i++, TAUT_UNIT_IMPORT, CALL, "", "d");
	check_unit(s, i++, TAUT_UNIT_IMPORT, CALL, "", "f");
	check_unit(s, i++, TAUT_UNIT_IMPORT, CALL, "", "h");
	check_unit(s, i++, TAUT_UNIT_IMPORT, CALL, "", "*");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, CONST, "", "x y");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, STORE, "", "");
	check_unit(s, i++, TAUT_UNIT_STATEMENT, CALL, "", "");
	check_unit(s, i++, TAUT_UNIT_DEF_CORE, CALL, "", "m");
	check_unit(s, i++, TAUT_UNIT_DEF_ANNOTATIONS, 0, "", "m");
	check_unit(s, i++, TAUT_UNIT_DEF_DOC, 0, "", "m");
	check_unit(s, i++, TAUT_UNIT_DEF_CORE, 0, "", "n");
	check_unit(s, i++, TAUT_UNIT_COMPOUND, CALL, "", "p r s t u");
	check_unit(s, i++, TAUT_UNIT_STATEMENT, STORE, "", "x");
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

	check_unit(s, i++, TAUT_UNIT_CLASS, CALL, "", "A");
	check_unit(s, i++, TAUT_UNIT_DEF_DOC, 0, "", "A");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, 0, "A", "x");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, 0, "A", "y");
	check_unit(s, i++, TAUT_UNIT_DEF_CORE, 0, "A", "f");
	check_unit(s, i++, TAUT_UNIT_CLASS, 0, "A", "C");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, CONST, "A.C", "v");
	check_unit(s, i++, TAUT_UNIT_CLASS, 0, "", "D");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, CONST, "D", "w");
	check_unit(s, i++, TAUT_UNIT_ASSIGN, CONST, "D", "u");
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
	check_unit(s, 2, TAUT_UNIT_STATEMENT, CALL, "", "n");
	check_unit(s, 7, TAUT_UNIT_STATEMENT, CALL, "", "e");
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
	static const char *const constant[] = {
		"x = 1",
		"x = -1",
		"x = 60 * 60 + 0.5",
		"x = 1 << 3 | 2 ** 4",
		"x = {1, 2}",
		"x = None",
		"x = ...",
		"x = 'a' 'b'",
		"x = ()",
		"x = y = [1]",
	};
	static const char *const none[] = {
		"x = y",
		"x = (a, b)",
		"x = [1, a, 'b']",
		"x = {'a': b, 1: [c]}",
		"x = lambda a: b(c)",
		"pass",
		"'s'",
		"a, b = 1, c",
		"x: a",
		"x: a = b",
		"a = b = c",
		"def f(a, b=1, *, c=d): g()",
		"type X = a[b]",
	};
	/* these run no code of the project (pure.h) */
	static const char *const quiet[] = {
		"x = 1 / 0",
		"x = 'a' + 1",
		"x = [1] * 2",
		"import re\nx = re.compile('a')",
		"from re import compile as c\nx = c('a')",
		"def f():\n import re\nx = re.compile('a')",
		"import pytest\n@pytest.fixture\ndef f(): pass",
		"import pytest\n@pytest.mark.parametrize('a', [-1, 'b'])\n"
		"def f(a): pass",
		"x: int = len('a')",
	};
	/* these may run code of the project, but keep nothing (pure.h) */
	static const char *const pure[] = {
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
		"a, b = c",
		"(a, b) = c",
		"x: a.b",
		"x = {**a}",
		"x = [*a]",
		"x = a if b else c",
		"def f(a: b.c): pass",
		"x = len(a)",
		"x = [len(b) for b in a]",
		"x = sorted(a, key=len)",
		"x = sorted(a, key=lambda b: b.c)",
		"def f(a=tuple(b)): pass",
		"def f(a=tuple()): pass",
		"import sys\nx = sys.modules['a'].b",
		"import logging as l\nx = l.getLogger('a')",
		"import re\nx = y = re.compile('a')",
		"import re\nx = re.compile(f'{a}')",
		"import pytest\n@pytest.mark.skip(len(a))\ndef f(): pass",
		"def f(len):\n len = 1\nx = len(a)",
	};
	static const char *const call[] = {
		"x = f()",
		"x = lambda a=b(): 1",
		"f(1)",
		"assert a",
		"raise a",
		"x: a = b()",
		"x = (y := 1)",
		"def f(a=b()): pass",
		"import a",
		"(a)(b)",
		"@a\ndef f(): pass",
		"for x in y: pass",
		"(a, b) = c()",
		"x = a.len(b)",
		"x = f'{a()}'",
		"x = a >> b",
		"x = sorted(a, key=b)",
		/* another meaning */
		"def len(a): pass\nx = len(a)",
		"len = b\nx = len(a)",
		"x = len(a)\nlen = b\nx = len(a)",
		"class len: pass\nx = len(a)",
		"for len in b: pass\nx = len(a)",
		"if b: len = c\nx = len(a)",
		"def f():\n global len\n len = b\nx = len(a)",
		"from b import len\nx = len(a)",
		"from b import *\nx = len(a)",
		"x = [len(b) for len in a]",
		"import re\nre = b\nx = re.compile('a')",
		"try: import re\nexcept E: re = b\nx = re.compile('a')",
		"import re\nfrom . import re\nx = re.compile('a')",
		"from .re import compile\nx = compile('a')",
		"def property(a): pass\n@property\ndef f(): pass",
		"from a import *\n@property\ndef f(): pass",
		/* of pure modules, what runs or alters something */
		"from random import seed as s\nx = s(1)",
		"from functools import reduce\nx = reduce(a, b)",
		"from itertools import starmap as m\nx = list(m(a, b))",
		"import functools\n@functools.partial(a, 1)\ndef f(): pass",
		"from functools import partial as p\n@p(a)\ndef f(): pass",
		"from inspect import getdoc as g\nx = g(a)",
		"import random\nx = random.shuffle(a)",
	};
	static const char *const store[] = {
		"a.b = 1",
		"a[b] = 1",
		"x += 1",
		"del x",
		"x = a.b = 1",
		"a.b: c = 1",
		"a.b, c = 1, 2",
		/* what is stored does not matter */
		"x.y = f()",
		"a.b = c.d",
		"a[b] = len(c)",
		"a.b, c = d",
		"x = a.b = c.d",
		"(a, b[0]) = c",
		"f()[0] = a.b",
	};
	size_t i;

	for (i = 0; i < sizeof(constant) / sizeof(*constant); i++)
		if (effect_of(constant[i]) != TAUT_EFFECT_CONST)
			CHECK(!printf("%s\n", constant[i]));
	for (i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (effect_of(none[i]) != TAUT_EFFECT_NONE)
			CHECK(!printf("%s\n", none[i]));
	for (i = 0; i < sizeof(quiet) / sizeof(*quiet); i++)
		if (effect_of(quiet[i]) != TAUT_EFFECT_QUIET)
			CHECK(!printf("%s\n", quiet[i]));
	for (i = 0; i < sizeof(pure) / sizeof(*pure); i++)
		if (effect_of(pure[i]) != TAUT_EFFECT_PURE)
			CHECK(!printf("%s\n", pure[i]));
	for (i = 0; i < sizeof(call) / sizeof(*call); i++)
		if (effect_of(call[i]) != TAUT_EFFECT_CALL)
			CHECK(!printf("%s\n", call[i]));
	for (i = 0; i < sizeof(store) / sizeof(*store); i++)
		if (effect_of(store[i]) != TAUT_EFFECT_STORE)
			CHECK(!printf("%s\n", store[i]));
	CHECK(effect_of("from __future__ import annotations\n"
			"def f(a: b.c): pass") == TAUT_EFFECT_NONE);
}
