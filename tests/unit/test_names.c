#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "harness.h"
#include "nameindex.h"
#include "lex.h"
#include "project.h"
#include "sample.h"
#include "scan.h"
#include "unit.h"
#include "scratch.h"
#include "verdiff.h"

#define USER "import m\ndef f():\n    m.A\ndef g():\n    m.B\n"

TEST(a_constant_reaches_who_says_its_name)
{
	CHECK(is(simple("A = 1\nB = 1\n", "A = 2\nB = 1\n", USER), "f"));
	CHECK(is(simple("A = 1\nB = 1\n", "A = 1\nB = 1\nC = 1\n", USER), ""));
	/* through another unit, an alias, a star, a string */
	CHECK(is(simple("A = 1\n", "A = 2\n",
			"from m import A as X\nY = X\ndef f():\n    Y\n"
			"def g():\n    A\n"),
		 "f"));
	CHECK(is(simple("A = 1\n", "A = 2\n",
			"from m import *\ndef f():\n    A\n"),
		 "f"));
	CHECK(is(simple("A = 1\n", "A = 2\n",
			"import m\ndef f():\n    patch('m.A')\n"),
		 "f"));
}

TEST(a_class_is_changed_by_its_members)
{
	static const char user[] = "import m\ndef f():\n    m.K\n"
				   "def g():\n    x.a\ndef h():\n    a\n";

	/* not by whatever has attributes of their names */
	CHECK(is(simple("class K:\n    a = 1\n", "class K:\n    a = 2\n", user),
		 "f"));
	CHECK(is(simple("class K:\n    a = 1\n    def q(self):\n        0\n",
			"class K:\n    a = 2\n    def q(self):\n        0\n",
			user),
		 "q f"));
	/* one with parameters; the bases of its base are not known */
	CHECK(is(simple("from typing import Generic\nclass B(Generic[T]):\n"
			"    a = 1\nclass K(B[int]):\n    b = 1\n",
			"from typing import Generic\nclass B(Generic[T]):\n"
			"    a = 1\nclass K(B[int]):\n    b = 2\n",
			"import m\ndef f():\n    m.K\ndef g():\n    m.B\n"),
		 "f m.py?"));
	/* how B is made is not known: it has to be tried, and X is nobody's */
	CHECK(is(simple("class B(X[T]):\n    a = 1\n",
			"class B(X[T]):\n    a = 2\n", USER),
		 "g m.py?"));
	/* a class below it */
	CHECK(is(simple("class K:\n    a = 1\n", "class K:\n    a = 2\n",
			"from m import K\nclass L(K):\n    pass\n"
			"def f():\n    L\n"),
		 "f user.py?"));
}

/* Libraries say this and nothing else. */
static int give_foreign(void *arg, uint32_t name, int *yes,
			struct taut_err *err)
{
	(void)arg;
	(void)err;
	*yes = name == taut_name_hash("run", 3);
	return 0;
}

static const char *member(const char *old, const char *now, const char *user)
{
	static char out[1000];
	struct project p;

	project_begin(&p);
	p.p.foreign = give_foreign;
	project_add(&p, "m.py", now);
	project_add(&p, "user.py", user);
	strcpy(out, edit(&p, old));
	project_end(&p);
	return out;
}

TEST(a_member_of_a_plain_class_is_found_by_its_name)
{
	static const char user[] =
		"import m\ndef f():\n    m.K()\ndef g():\n    x.a\n"
		"def h():\n    getattr(x, y)\ndef i():\n    z = 'as a word'\n"
		"class L(m.K):\n    def j(self):\n        self.a\n"
		"def k():\n    y(m.K)\n";

	CHECK(is(member("class K:\n    def a(self, p=1):\n        0\n",
			"class K:\n    def a(self, p=2):\n        0\n", user),
		 "h g i j"));
	CHECK(is(member("class K:\n    a = 1\n", "class K:\n    a = 2\n", user),
		 "h k g i j"));
	/* what a library says, or may be made by more than type() */
	CHECK(is(member("class K:\n    run = 1\n", "class K:\n    run = 2\n",
			"import m\ndef f():\n    m.K()\n"),
		 "f"));
	CHECK(is(member("class K:\n    a = 1\n", "class K:\n    a = 2\n",
			"import m\nclass L(m.K, metaclass=M):\n    pass\n"
			"def f():\n    m.K()\n"),
		 "f user.py user.py?"));
	CHECK(is(member("class K:\n    __a = 1\n", "class K:\n    __a = 2\n",
			"import m\ndef f():\n    m.K()\n"),
		 "f"));
}

TEST(what_may_do_anything_breaks_its_module)
{
	/* ... and what it stored elsewhere, and may fail */
	CHECK(is(simple("A = 1\n", "A = 2\n",
			"import m\nregister(m.A)\ndef f():\n    0\n"),
		 "user.py user.py?"));
	/* that may fail, but stores nothing */
	CHECK(is(simple("A = 1\n", "A = 2\n",
			"import m\nX = m.A + 1\ndef f():\n    X\n"
			"def g():\n    0\n"),
		 "f user.py?"));
	/* a condition, a name that is not there any more */
	CHECK(is(simple("A = 1\n", "A = 2\n",
			"import m\nif m.A:\n    X = 1\ndef f():\n    X\n"),
		 "user.py f user.py?"));
	CHECK(is(simple("A = 1\nB = 1\n", "B = 1\n",
			"from m import A\ndef f():\n    0\n"),
		 "user.py"));
}

TEST(what_is_more_than_a_name_falls_back)
{
	static const char *const edits[][2] = {
		{ "A = 1\n", "import a\nA = 1\n" },
		{ "A = 1\n", "A = 1\nf()\n" },
		{ "A = 1\n", "if A: B = 1\nA = 1\n" },
		{ "A = 1\n", "A = 1\n__all__ = ['A']\n" },
		{ "class K:\n __slots__ = 1\n",
		  "class K:\n __slots__ = f()\n" },
		{ "class K:\n __new__ = 1\n", "class K:\n __new__ = 2\n" },
		{ "# coding: latin-1\nA = 1\n", "A = 1\n" },
		{ "A = (\n", "A = 1\n" },
		{ "A = 1\n", "A = (\n" },
		{ "A = 1\n", "A = 1\nA.b = A.c\n" },
		{ "A = f()\n", "A = 1\n" },
	};
	/* Names that may not be there: the import is tried.  What is not
	 * defined anywhere in the project stores nothing that is not handed to
	 * it. */
	static const char *const tried[][3] = {
		{ "A = 1\n", "A = f()\n", "f m.py?" },
		{ "A = 1\n", "A = 1\n@d\ndef x(): pass\n", "m.py?" },
		{ "A = 1\n", "A = B\n", "f m.py?" },
		{ "A = 1\n", "def f(x=A): pass\nA = 1\n", "m.py?" },
		{ "class K(X):\n a = 1\n", "class K(X):\n a = 2\n", "m.py?" },
		{ "def len(): 0\n", "def len(): 0\nA = len()\n",
		  "m.py f m.py?" },
	};
	size_t i;

	for (i = 0; i < sizeof(edits) / sizeof(*edits); i++)
		if (*simple(edits[i][0], edits[i][1], USER) != '!') {
			printf("edit %zu\n", i);
			CHECK(!"falls back");
		}
	for (i = 0; i < sizeof(tried) / sizeof(*tried); i++)
		CHECK(is(simple(tried[i][0], tried[i][1], USER), tried[i][2]));
	/* nobody imports it by a statement */
	CHECK(*simple("A = 1\n", "A = 2\n", "def f():\n    m.A\n") == '!');
}

#define REGISTRY                                             \
	"import m\nREG = []\ndef f(x):\n    REG.append(x)\n" \
	"def g():\n    REG\n"

TEST(what_a_call_stores_is_found)
{
	/* in another place than before, for all that is known */
	CHECK(is(simple("from user import f\nA = f(1)\n",
			"from user import f\nA = f(2)\n", REGISTRY),
		 "m.py m.py?"));
	CHECK(is(simple("from user import f\nA = 1\n",
			"from user import f\nA = f(2)\n", REGISTRY),
		 "m.py m.py?"));
	CHECK(is(simple("from user import f\n",
			"from user import f\n@f\ndef x():\n    0\n", REGISTRY),
		 "m.py x f m.py?"));
	CHECK(is(simple("from user import K\n",
			"from user import K\nclass L(K):\n    a = 1\n",
			"import m\nREG = []\nclass K:\n"
			"    def __init_subclass__(cls):\n"
			"        REG.append(cls)\n"),
		 "m.py m.py?"));
	CHECK(is(simple("from user import K\n",
			"from user import K\nclass L(K):\n    a = 1\n",
			"import m\nclass K:\n    b = 1\n"),
		 "m.py?"));
	/* of the file's own functions */
	CHECK(is(simple("import user\ndef i(x):\n    user.REG.append(x)\n"
			"A = i(1)\n",
			"import user\ndef i(x):\n    user.REG.append(x)\n"
			"A = i(2)\n",
			"import m\nREG = []\ndef g():\n    REG\n"),
		 "m.py m.py?"));
}

/* What a star import takes: nothing, of names that were in the list before. */
TEST(a_name_in_all_is_one_of_who_star_imports)
{
	static const char user[] = "from m import *\ndef f():\n    A\n"
				   "def g():\n    B\n"
				   "def h():\n    __all__\n";

	CHECK(is(simple("__all__ = ['A']\nA = B = 1\n",
			"__all__ = ['A', 'B']\nA = B = 1\n", user),
		 "g h user.py?"));
	CHECK(is(simple("__all__ = ('A', 'B')\nA = B = 1\n",
			"__all__ = ('B',)\nA = B = 1\n", user),
		 "f h user.py?"));
	CHECK(is(simple("__all__ = ['A', 'B']\nA = B = 1\n",
			"__all__ = ['B', 'A']\nA = B = 1\n", user),
		 "h"));
	/* no list of plain strings */
	CHECK(*simple("__all__ = ['A', 'B']\nA = B = 1\n",
		      "__all__ = ['A' 'B']\nA = B = 1\n", user) == '!');
	CHECK(*simple("__all__ = ['A', B]\nA = B = 1\n",
		      "__all__ = ['A', C]\nA = B = 1\n", user) == '!');
}

/* Only who reads docstrings: byname.h. */
TEST(docstrings_reach_who_reads_them)
{
	static const char user[] = "import m\ndef f():\n    m.f.__doc__\n"
				   "def g():\n    m.g\n";

	CHECK(is(docs("def f():\n    'a'\n", "def f():\n    'b'\n", user),
		 "f:docs f:docs"));
	CHECK(is(docs("def f():\n    'a'\n", "def f():\n    'a'\n", user),
		 "! docstrings in it changed"));
	CHECK(is(docs("class K:\n    def f(self):\n        'a'\n",
		      "class K:\n    def f(self):\n        'b'\n",
		      "import m\ndef h():\n    m.K\ndef i():\n    x.f\n"),
		 "f:docs h:docs"));
	/* a value made of it when it was imported, if that read it */
	CHECK(is(docs("def f():\n    'a'\n", "def f():\n    'b'\n",
		      "import m\nX = m.f\ndef h():\n    X\n"),
		 "f:docs h:docs"));
	CHECK(is(docs("def f():\n    'a'\n", "def f():\n    'b'\n",
		      "import m\nfrom inspect import getdoc\n"
		      "X = getdoc(m.f)\ndef h():\n    X\n"),
		 "f:docs user.py h user.py?"));
	/* the module's own: by its name, and through the module */
	CHECK(is(docs("'a'\n", "'b'\n",
		      "import m\ndef f():\n    m.__doc__\n"
		      "def g():\n    help(m)\ndef h():\n    m.A\n"),
		 "f g"));
}

/* The same: byname.h. */
TEST(annotations_reach_who_reads_them)
{
	static const char user[] = "import m\ndef f():\n    m.f\n"
				   "def g():\n    m.g\n";

	CHECK(is(simple("def f(x: int): pass\n", "def f(x: str): pass\n", user),
		 "f:notes"));
	CHECK(is(simple("def f(x: int): pass\n", "def f(x: str, y=1): pass\n",
			user),
		 "f f:notes"));
	CHECK(is(simple("def f(x: int): pass\n", "def f(x: str): pass\n",
			"import m\nfrom inspect import signature\n"
			"X = signature(m.f)\ndef h():\n    X\n"),
		 "h user.py?"));
	/* a name in them */
	CHECK(is(simple("A = 1\n", "A = 2\n",
			"import m\ndef f(x: m.A): pass\ndef h():\n    f\n"),
		 "h:notes user.py?"));
}

TEST(an_import_is_a_name_if_it_does_nothing_more)
{
	struct project p;

	project_begin(&p);
	project_add(&p, "m.py", "import os, other, loud, sys\n");
	project_add(&p, "user.py",
		    "import m\ndef f():\n    m.other\n"
		    "def g():\n    m.loud\n");
	project_add(&p, "other.py", "import sys\nX = 1\n");
	project_add(&p, "loud.py", "import other\nother.X.append(1)\n");
	CHECK(is(edit(&p, "import os, loud, sys\n"), "f m.py?"));
	CHECK(is(edit(&p, "import os, other, sys\n"),
		 "! line 1, loud: importing that module does more than bind "
		 "names"));
	/* one that is imported already: by another name */
	CHECK(is(edit(&p, "import os, other, loud, loud as l, sys\n"),
		 "m.py?"));
	project_end(&p);
	CHECK(*simple("", "from user import *\n", USER) == '!');
	/* not where it stood, so that it may store earlier or later */
	project_begin(&p);
	project_add(&p, "m.py", "import loud, noisy\nfrom loud import a, b\n");
	project_add(&p, "user.py", "import m\ndef f():\n    m.a\n");
	project_add(&p, "loud.py", "import user\nuser.X.append(1)\n");
	project_add(&p, "noisy.py", "import user\nuser.X.append(2)\n");
	project_add(&p, "soft.py", "import loud\n");
	CHECK(*edit(&p, "import noisy, loud\nfrom loud import a, b\n") == '!');
	CHECK(*edit(&p, "import noisy\nfrom loud import a, b\n") == '!');
	CHECK(*edit(&p, "import loud, noisy, loud as l\n"
			"from loud import a, b\n") != '!');
	CHECK(is(edit(&p, "import loud, noisy\nfrom loud import b\n"),
		 "f m.py?"));
	CHECK(is(edit(&p, "import loud, noisy\nfrom loud import c, a, b\n"),
		 "m.py?"));
	project_end(&p);
	project_begin(&p);
	project_add(&p, "m.py", "import noisy, loud, soft\n");
	project_add(&p, "user.py", "import m\n");
	project_add(&p, "loud.py", "import user\nuser.X.append(1)\n");
	project_add(&p, "noisy.py", "import user\nuser.X.append(2)\n");
	project_add(&p, "soft.py", "import loud\n");
	/* in a circle, what it sees of m depends on where it stands */
	CHECK(*edit(&p, "import noisy, loud\n") == '!');
	CHECK(*edit(&p, "import noisy, soft\n") == '!');
	project_end(&p);
}

TEST(computed_names_may_be_any)
{
	CHECK(is(simple("A = 1\n", "A = 2\n",
			"import m\ndef f():\n    eval('1')\n"
			"def g():\n    look(m)\ndef h():\n    m.B\n"),
		 "f g"));
	CHECK(is(simple("A = 1\ndef f():\n    globals()\ndef g():\n    0\n",
			"A = 2\ndef f():\n    globals()\ndef g():\n    0\n",
			"import m\n"),
		 "f"));
}

TEST(an_import_that_ran_a_hit_is_broken)
{
	struct project p;

	project_begin(&p);
	project_add(&p, "m.py", "A = 2\ndef f():\n    A\n");
	project_add(&p, "user.py", "import m, store\nm.f(store.S)\n");
	project_add(&p, "store.py",
		    "S = []\ndef read():\n    S\n"
		    "def other():\n    0\n");
	p.importer = 1;
	CHECK(is(edit(&p, "A = 1\ndef f():\n    A\n"),
		 "f user.py read user.py?"));
	project_end(&p);
}

TEST(tests_are_pytests)
{
	struct project p;

	/* a new test changes no other */
	project_begin(&p);
	project_add(&p, "test_m.py",
		    "def test_a():\n    0\n"
		    "def test_b():\n    0\n");
	CHECK(is(edit(&p, "def test_a():\n    0\n"),
		 "test_b= test_b test_m.py?"));
	/* a changed one is hit itself */
	CHECK(is(edit(&p, "def test_a(x=1):\n    0\n"
			  "def test_b():\n    0\n"),
		 "test_a= test_a= test_a test_m.py?"));
	/* so is one that is gone, or has another name now */
	CHECK(is(edit(&p, "def test_a():\n    0\ndef test_b():\n    0\n"
			  "def test_c():\n    0\n"),
		 "test_c= test_m.py?"));
	CHECK(is(edit(&p, "def test_a():\n    0\ndef test_c():\n    0\n"),
		 "test_b= test_c= test_b test_m.py?"));
	project_end(&p);
	project_begin(&p);
	project_add(&p, "test_m.py",
		    "import pytest\n@pytest.mark.skip\ndef test_a():\n    0\n"
		    "def test_b():\n    0\n");
	CHECK(is(edit(&p, "import pytest\ndef test_a():\n    0\n"
			  "def test_b():\n    0\n"),
		 "test_a= test_a= test_a test_m.py?"));
	project_end(&p);
	project_begin(&p);
	project_add(&p, "conftest.py", "A = 2\n");
	CHECK(is(edit(&p, "A = 1\n"), "conftest.py?"));
	project_end(&p);
}

/* Who has a parameter of a fixture's name, or asks for one in a string. */
TEST(a_fixture_is_a_name)
{
	static const char tests[] =
		"import pytest\ndef test_a(fix):\n    0\n"
		"def test_b(other):\n    0\n@pytest.fixture\n"
		"def other(fix):\n    0\ndef test_c():\n    0\n"
		"def test_d(request):\n    request.getfixturevalue('fix')\n"
		"@pytest.mark.usefixtures('fix')\ndef test_e():\n    0\n"
		"class TestF:\n    def test_f(self, fix):\n        0\n";
	/* all but test_c */
	static const char all[] =
		"fix test_d test_e= test_a= other= test_f= test_f= test_e "
		"test_a other test_b= test_b conftest.py? test_m.py?";
	struct project p;

	project_begin(&p);
	project_add(&p, "conftest.py",
		    "import pytest\n@pytest.fixture(scope='module')\n"
		    "def fix():\n    0\n");
	project_add(&p, "test_m.py", tests);
	CHECK(is(
		edit(&p, "import pytest\n@pytest.fixture\ndef fix():\n    0\n"),
		all));
	CHECK(is(edit(&p, "import pytest\n"), all));
	CHECK(*edit(&p, "import pytest\n@pytest.fixture(autouse=True)\n"
			"def fix():\n    0\n") == '!');
	CHECK(*edit(&p, "import pytest\n@pytest.fixture(name='x')\n"
			"def fix():\n    0\n") == '!');
	project_end(&p);
}

TEST(an_opaque_file_may_mention_it)
{
	struct project p;

	project_begin(&p);
	project_add(&p, "m.py", "A = 2\n");
	project_add(&p, "user.py", "import m\n");
	project_add(&p, "odd.py", "x = (\n");
	CHECK(is(edit(&p, "A = 1\n"), "odd.py"));
	project_end(&p);
}

TEST(a_chain_of_many_units_is_followed)
{
	struct taut_buf b = TAUT_BUF_INIT;
	struct project p;
	int i;

	CHECK(!taut_buf_printf(&b, "from m import A as x0\n"));
	for (i = 1; i < 2000; i++)
		CHECK(!taut_buf_printf(&b, "x%d = x%d\n", i, i - 1));
	CHECK(!taut_buf_printf(&b, "def f():\n    x1999\n"));
	project_begin(&p);
	project_add(&p, "m.py", "A = 2\n");
	project_add(&p, "user.py", (char *)b.p);
	CHECK(is(edit(&p, "A = 1\n"), "f"));
	project_end(&p);
	taut_buf_release(&b);
}

/* ---- differences ---- */

static void diff(const char *old, const char *now, const char *want)
{
	struct taut_sheet *a = sheet_of(old), *b = sheet_of(now);
	struct taut_db_ver v = version_of(a);
	struct taut_arena arena = TAUT_ARENA_INIT;
	struct taut_verdiff d;
	char got[100] = "";
	uint32_t i;

	CHECK(!taut_verdiff_find(&d, &arena, &v, b));
	for (i = 0; i < a->nunits; i++)
		strcat(got, d.gone[i] ? "-" : "");
	for (i = 0; i < b->nunits; i++)
		strcat(got, d.fresh[i] ? "+" : d.moved[i] ? "~" : ".");
	CHECK(is(got, want));
	taut_arena_release(&arena);
	taut_sheet_free(a);
	taut_sheet_free(b);
	free((void *)v.units);
}

TEST(units_that_differ)
{
	diff("A = 1\nB = 1\n", "A = 1\nB = 1\n", "..");
	diff("A = 1\nB = 1\n", "A = 2\nB = 1\n", "-+.");
	diff("A = 1\nB = 1\nC = 1\n", "B = 1\nC = 1\nA = 1\n", "..~");
	diff("A = 1\nA = 1\n", "A = 1\n", "-.");
	diff("", "A = 1\n", "+");
	diff("def f():\n 'a'\n", "def f():\n 'b'\n", "..");
}

/* ---- a session ---- */

TEST(by_name_a_session_spares_who_does_not_say_it)
{
	struct taut_reason w;
	struct taut_session *s;

	make_project();
	run("fg");
	scratch_write("m.py", "import os\n\nLIMIT = 4\n\n\ndef f(x):\n"
			      "    if x:\n        return 1\n    return 2\n"
			      "\n\ndef g():\n    return LIMIT\n");
	s = selected(0);
	CHECK(taut_session_naffected(s) == 2);
	taut_session_close(s);
	s = selected(TAUT_BY_NAME);
	CHECK(taut_session_test(s, FILE_M, F, NULL) == TAUT_CLEAN);
	CHECK(taut_session_test(s, FILE_M, G, &w) == TAUT_AFFECTED);
	CHECK(w.code == TAUT_WHY_NAME && !strcmp(w.path, "m.py"));
	CHECK(!strcmp(w.detail, "LIMIT changed (m.py:3)"));
	CHECK(!strcmp(w.via, "g (m.py:12)"));
	taut_session_close(s);
}

TEST(by_name_a_spared_test_keeps_its_version)
{
	struct taut_session *s;

	make_project();
	run("fg");
	scratch_write("m.py", "import os\n\nLIMIT = 4\n\n\ndef f(x):\n"
			      "    if x:\n        return 1\n    return 2\n"
			      "\n\ndef g():\n    return LIMIT\n");
	run("g");
	s = selected(TAUT_BY_NAME);
	CHECK(taut_session_naffected(s) == 0);
	taut_session_close(s);
	s = selected(0); /* the file rule does not know that it was spared */
	CHECK(taut_session_test(s, FILE_M, F, NULL) == TAUT_AFFECTED);
	CHECK(taut_session_test(s, FILE_M, G, NULL) == TAUT_CLEAN);
	taut_session_close(s);
	scratch_write("m.py", "import os\n\nLIMIT = 4\n\n\ndef f(x):\n"
			      "    if x:\n        return 1\n    return 2\n"
			      "\n\ndef g():\n    return LIMIT\n"
			      "f = None\n");
	s = selected(TAUT_BY_NAME);
	CHECK(taut_session_test(s, FILE_M, F, NULL) == TAUT_AFFECTED);
	CHECK(taut_session_test(s, FILE_M, G, NULL) == TAUT_CLEAN);
	taut_session_close(s);
}

TEST(oom_while_names_are_followed_is_an_error)
{
	static const char now[] = "A = 2\nclass K:\n    a = A\n";
	struct taut_names n = { .fallback = NULL };
	struct taut_sheet *before, *s = NULL;
	struct taut_db_ver v;
	struct project p;
	long i;
	int rc = TAUT_ENOMEM;

	for (i = 1; rc; i++) {
		taut_alloc_fail_at(i);
		rc = taut_sheet_scan(now, strlen(now), &s, NULL);
		taut_alloc_fail_at(0);
		CHECK(i < 500);
	}
	taut_sheet_free(s);
	project_begin(&p);
	project_add(&p, "m.py", now);
	project_add(&p, "user.py",
		    "from m import K\nf(K)\ndef g():\n    K.a\n");
	before = sheet_of("A = 1\nclass K:\n    a = A\n");
	v = version_of(before);
	for (i = 1, rc = TAUT_ENOMEM; rc; i++) {
		taut_alloc_fail_at(i);
		rc = taut_names_find(&n, &p.p, 0, &v, NULL);
		taut_alloc_fail_at(0);
		CHECK(i < 500);
		if (rc)
			taut_names_release(&n);
	}
	CHECK(i > 10 && is(told(&p, &n), "g user.py user.py?"));
	taut_names_release(&n);
	taut_sheet_free(before);
	free((void *)v.units);
	project_end(&p);
}
