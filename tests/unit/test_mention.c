#include "mention.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "harness.h"
#include "lex.h"
#include "sample.h"
#include "scan.h"

static uint32_t key(const char *name)
{
	return taut_name_hash(name, strlen(name));
}

static uint32_t dotted(const char *path, uint32_t (*end)(uint64_t path))
{
	uint64_t h = 0;
	size_t n;

	for (; *path; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		h = taut_dotted_add(h, taut_lex_hash(path, n));
	}
	return end(h);
}

/* The unit that binds `name`. */
static const struct taut_sheet_unit *unit_of(const struct taut_sheet *s,
					     const char *name)
{
	uint32_t i;

	for (i = 0; i < s->nunits; i++)
		if (s->units[i].nnames && !strcmp(s->units[i].names[0], name))
			return &s->units[i];
	CHECK(!"unit");
	return NULL;
}

static const struct taut_text *suite_of(const struct taut_sheet *s,
					const char *name)
{
	uint32_t i;

	for (i = 0; i < s->nsuites; i++)
		if (!strcmp(s->suites[i].name, name))
			return &s->suites[i].text;
	CHECK(!"suite");
	return NULL;
}

#define HAS(text, name) taut_text_has(text, key(name))

TEST(a_suite_mentions_names_attributes_and_strings)
{
	struct taut_sheet *s =
		sheet_of("class K:\n"
			 "    def f(self):\n"
			 "        'doc word'\n"
			 "        g(a.b, c=1)\n"
			 "        h('x.y', 'two words', f'{z.w}')\n");
	const struct taut_text *t = suite_of(s, "f");

	CHECK(HAS(t, "g") == TAUT_MENTION_NAME);
	CHECK(HAS(t, "a") == (TAUT_MENTION_NAME | TAUT_MENTION_HANDED));
	CHECK(HAS(t, "b") == TAUT_MENTION_BARE);
	CHECK(HAS(t, "c") == TAUT_MENTION_BARE);
	CHECK(HAS(t, "x") == TAUT_MENTION_BARE);
	CHECK(HAS(t, "y") == TAUT_MENTION_BARE);
	CHECK(taut_text_has(t, dotted("x.y", taut_dotted_string)));
	CHECK(!HAS(t, "two") && !HAS(t, "doc") && !HAS(t, "word"));
	CHECK(HAS(t, "z") == (TAUT_MENTION_NAME | TAUT_MENTION_HANDED));
	CHECK(HAS(t, "w") == TAUT_MENTION_BARE);
	CHECK(HAS(t, "K") == TAUT_MENTION_NAME);
	taut_sheet_free(s);
}

TEST(what_a_function_binds_is_its_own)
{
	struct taut_sheet *s = sheet_of("from m import p, q, r, s, t\n"
					"def f(p, self):\n"
					"    from m import s\n"
					"    p, self.q, self.a.b\n"
					"    r = s\n"
					"    def g():\n"
					"        global p\n"
					"        return p, r, s, t\n"
					"    class C:\n"
					"        r = t = r\n");
	const struct taut_text *t = &s->suites[0].text;

	CHECK(!HAS(t, "p") && !HAS(t, "q") && !HAS(t, "r"));
	CHECK(HAS(t, "s") && HAS(t, "b") == TAUT_MENTION_BARE);
	t = &s->suites[1].text;
	CHECK(HAS(t, "p") && !HAS(t, "r") && HAS(t, "s") && HAS(t, "t"));
	t = &s->suites[2].text;
	CHECK(HAS(t, "r") && HAS(t, "t"));
	taut_sheet_free(s);
}

TEST(a_def_mentions_what_its_definition_evaluates)
{
	struct taut_sheet *s = sheet_of("def f(p, q: A = D) -> R:\n"
					"    body\n"
					"@deco\n"
					"def g(x: B): pass\n");
	const struct taut_text *t = &unit_of(s, "f")->text;

	CHECK(HAS(t, "D") ==
	      (TAUT_MENTION_NAME | TAUT_MENTION_NOW | TAUT_MENTION_HANDED));
	CHECK(HAS(t, "p") == TAUT_MENTION_PARAM);
	CHECK(!HAS(t, "A") && !HAS(t, "R") && !HAS(t, "body"));
	CHECK(!HAS(t, "f"));
	t = &unit_of(s, "g")->text;
	CHECK(HAS(t, "deco") && HAS(t, "B"));
	CHECK(s->units[1].kind == TAUT_UNIT_DEF_ANNOTATIONS);
	CHECK(HAS(&s->units[1].text, "A") && HAS(&s->units[1].text, "R"));
	taut_sheet_free(s);
}

TEST(a_module_is_mentioned_as_a_value)
{
	struct taut_sheet *s = sheet_of("import a.b as m, c\n"
					"from . import d\n"
					"def f():\n"
					"    g(m)\n"
					"def h():\n"
					"    m.x()\n"
					"    c.e.y\n"
					"    d.__dict__\n");
	const struct taut_text *t = suite_of(s, "f");

	CHECK(taut_text_has(t, dotted("a.b", taut_dotted_close)));
	t = suite_of(s, "h");
	CHECK(!taut_text_has(t, dotted("a.b", taut_dotted_close)));
	CHECK(taut_text_has(t, dotted("c.e.y", taut_dotted_close)));
	CHECK(taut_text_has(t, dotted("d", taut_dotted_close)));
	CHECK(taut_text_has(&s->imports, dotted("a", taut_dotted_import)));
	CHECK(taut_text_has(&s->imports, dotted("a.b", taut_dotted_import)));
	taut_sheet_free(s);
}

TEST(finders_are_known_under_another_name)
{
	struct taut_sheet *s =
		sheet_of("from importlib import import_module as load\n"
			 "def f():\n    load('x')\n"
			 "def g():\n    globals()['x']\n"
			 "def h(dir):\n    dir.x\n"
			 "def i():\n    q(__name__)\n"
			 "def j():\n    getLogger(__name__)\n");

	CHECK(suite_of(s, "f")->flags == TAUT_TEXT_ANY);
	CHECK(suite_of(s, "g")->flags == TAUT_TEXT_OWN);
	CHECK(suite_of(s, "h")->flags == 0);
	CHECK(suite_of(s, "i")->flags == TAUT_TEXT_OWN);
	CHECK(suite_of(s, "j")->flags == 0);
	taut_sheet_free(s);
}

TEST(flags_of_units)
{
	struct taut_sheet *s = sheet_of("import pytest, lib\n"
					"from typing import TYPE_CHECKING\n"
					"if TYPE_CHECKING:\n"
					"    from m import N\n"
					"class A(B, c.D): pass\n"
					"class E(B, metaclass=M): pass\n"
					"@pytest.mark.skip(tuple())\n"
					"def t(): pass\n"
					"@lib.route('/')\n"
					"def r(): pass\n"
					"@pytest.mark.skip(lib.x())\n"
					"def u(): pass\n");

	CHECK(unit_of(s, "N")->flags == TAUT_SHEET_NEVER);
	CHECK(unit_of(s, "A")->flags & TAUT_SHEET_BASES);
	CHECK(!(unit_of(s, "E")->flags & TAUT_SHEET_BASES));
	CHECK(unit_of(s, "t")->effect == TAUT_EFFECT_QUIET);
	CHECK(unit_of(s, "r")->effect == TAUT_EFFECT_CALL);
	CHECK(unit_of(s, "u")->effect == TAUT_EFFECT_CALL);
	taut_sheet_free(s);
}
