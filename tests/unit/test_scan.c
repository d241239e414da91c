#include "scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "util.h"

static struct taut_source *scan(const char *text)
{
	struct taut_source *s;
	struct taut_err err;

	CHECK(!taut_source_scan(text, strlen(text), &s, &err));
	return s;
}

static uint64_t version_of(const struct taut_source *s)
{
	CHECK(s->suites[s->nsuites - 1].kind == TAUT_SUITE_VERSION);
	return s->suites[s->nsuites - 1].hash;
}

static uint64_t doc_of(const struct taut_source *s)
{
	CHECK(s->suites[s->nsuites - 2].kind == TAUT_SUITE_DOC);
	return s->suites[s->nsuites - 2].hash;
}

/* The hash of the n-th function of this name. */
static uint64_t hash_of(const struct taut_source *s, const char *name, int n)
{
	uint32_t i;

	for (i = 0; i < s->nsuites; i++)
		if (s->suites[i].kind == TAUT_SUITE_FUNCTION &&
		    !strcmp(s->suites[i].name, name) && !n--)
			return s->suites[i].hash;
	CHECK(!"a function of this name");
	return 0;
}

/* What differs between two sources, of these: */
enum { VERSION = 1, DOC = 2, F = 4, G = 8, INNER = 16 };

/* F, G: the functions f and g; INNER: the last suite in f. */
static int differ(const char *a, const char *b)
{
	struct taut_source *s = scan(a), *t = scan(b);
	int d = 0;
	uint32_t i;

	CHECK(!s->opaque && !t->opaque && s->nsuites == t->nsuites);
	if (version_of(s) != version_of(t))
		d |= VERSION;
	if (doc_of(s) != doc_of(t))
		d |= DOC;
	for (i = 0; i < s->nsuites; i++) {
		if (s->suites[i].hash == t->suites[i].hash)
			continue;
		if (!strcmp(s->suites[i].name, "f"))
			d |= F;
		if (!strcmp(s->suites[i].name, "g"))
			d |= G;
		if (s->suites[i].flags & TAUT_SUITE_CODE && !*s->suites[i].name)
			d |= INNER;
	}
	taut_source_free(s);
	taut_source_free(t);
	return d;
}

/* ---- the tree ---- */

static void check_suite(const struct taut_source *s, uint32_t i, int kind,
			uint32_t parent, const uint32_t lines[3],
			const char *name, int flags)
{
	const struct taut_suite *u = &s->suites[i];

	CHECK(u->kind == kind && u->parent == parent && u->flags == flags);
	CHECK(u->head_line == lines[0] && u->first_line == lines[1] &&
	      u->last_line == lines[2]);
	CHECK(!strcmp(u->name, name));
}

TEST(suites_in_source_order)
{
	struct taut_source *s = scan("import a\n"
				     "\n"
				     "@d(\n"
				     "  1)\n"
				     "@e\n"
				     "def f(a,\n"
				     "      b):\n"
				     "    '''doc\n"
				     "    '''\n"
				     "    if a: return 1\n"
				     "    elif b:\n"
				     "        import c\n"
				     "    return (1,\n"
				     "            2)\n"
				     "\n"
				     "class C:\n"
				     "    @e\n"
				     "    def g(): x = 1; \\\n"
				     "        y = 2\n"
				     "    async def h():\n"
				     "        pass\n");

	CHECK(!s->opaque && s->nsuites == 7);
	check_suite(s, 0, TAUT_SUITE_MODULE, 0, (uint32_t[]){ 1, 1, 21 }, "",
		    TAUT_SUITE_IMPORTS);
	check_suite(s, 1, TAUT_SUITE_FUNCTION, 0, (uint32_t[]){ 3, 8, 14 }, "f",
		    TAUT_SUITE_CODE);
	check_suite(s, 2, TAUT_SUITE_ELIF, 1, (uint32_t[]){ 11, 12, 12 }, "",
		    TAUT_SUITE_CODE | TAUT_SUITE_IMPORTS);
	check_suite(s, 3, TAUT_SUITE_CLASS, 0, (uint32_t[]){ 16, 17, 21 }, "C",
		    0);
	check_suite(s, 4, TAUT_SUITE_FUNCTION, 3, (uint32_t[]){ 20, 21, 21 },
		    "h", TAUT_SUITE_CODE);
	taut_source_free(s);
}

TEST(every_kind_of_suite)
{
	static const int want[] = {
		TAUT_SUITE_MODULE, TAUT_SUITE_FOR,     TAUT_SUITE_ELSE,
		TAUT_SUITE_WHILE,  TAUT_SUITE_TRY,     TAUT_SUITE_EXCEPT,
		TAUT_SUITE_EXCEPT, TAUT_SUITE_FINALLY, TAUT_SUITE_WITH,
		TAUT_SUITE_MATCH,  TAUT_SUITE_CASE,    TAUT_SUITE_CASE,
		TAUT_SUITE_DOC,	   TAUT_SUITE_VERSION,
	};
	struct taut_source *s =
		scan("for x in y:\n p\nelse:\n p\n"
		     "while lambda: 1:\n p\n"
		     "try:\n p\nexcept A:\n p\nexcept* B as c:\n p\n"
		     "finally:\n p\n"
		     "async with a as b:\n p\n"
		     "match x:\n"
		     " case [1]:\n  p\n"
		     " case _ if {1: 2}[1]:\n  p\n"
		     "match = case = type = 1\n"
		     "case[1]: p\n");
	uint32_t i;

	CHECK(!s->opaque && s->nsuites == 14);
	for (i = 0; i < s->nsuites; i++)
		CHECK(s->suites[i].kind == want[i]);
	taut_source_free(s);
}

TEST(a_class_in_a_function_is_code)
{
	struct taut_source *s = scan("def f():\n class C:\n  x = 1\n"
				     "class D:\n class E:\n  x = 1\n");

	CHECK(s->nsuites == 7);
	CHECK(s->suites[2].kind == TAUT_SUITE_CLASS &&
	      s->suites[2].flags == TAUT_SUITE_CODE);
	CHECK(s->suites[3].flags == 0 && s->suites[4].flags == 0);
	taut_source_free(s);
}

TEST(an_empty_file_has_a_module)
{
	struct taut_source *s = scan("# nothing\n");

	CHECK(!s->opaque && s->nsuites == 3 && !s->nunits && !s->nimports);
	CHECK(s->suites[0].first_line == 1 && s->suites[0].last_line == 1);
	taut_source_free(s);
	CHECK(!taut_source_scan(NULL, 0, &s, NULL));
	CHECK(s->nsuites == 3);
	taut_source_free(s);
	taut_source_free(NULL);
}

TEST(an_opaque_file_is_one_suite)
{
	struct taut_source *s = scan("import x\ndef f(:\n"), *t;

	CHECK(s->opaque && *s->opaque && s->nsuites == 3);
	CHECK(s->suites[0].kind == TAUT_SUITE_MODULE);
	CHECK(!s->nimports && !s->nunits && !s->nattrs && s->reads_doc);
	t = scan("import x\ndef f(: \n");
	CHECK(version_of(s) != version_of(t) && doc_of(s) != doc_of(t));
	CHECK(version_of(s) != doc_of(s));
	taut_source_free(s);
	taut_source_free(t);
}

/* ---- hashes ---- */

TEST(layout_does_not_count)
{
	static const char plain[] = "class C:\n"
				    "    'doc'\n"
				    "    x = {1: 2}\n"
				    "    def f(self, a=1):\n"
				    "        if a: return [1, 2]\n"
				    "        return self\n"
				    "def g():\n"
				    "    y = 1\n";

	CHECK(!differ(plain, "# c\n\n"
			     "class C :\n"
			     "\t'doc'   # c\n"
			     "\n"
			     "# c\n"
			     "\tx = {1 :\n"
			     " 2} ;\n"
			     "\tdef f ( self,a = 1 ) :\n"
			     "\t  if a : return [ 1,2 ]\n"
			     "\t  return \\\n"
			     "self\n"
			     "def g():\n"
			     "         y=1"));
}

TEST(a_stub_is_on_its_header_s_line)
{
	static const char stubs[] = "@x\n"
				    "def f(a): ...\n"
				    "class C(A):\n"
				    "    async def g(self): ...\n"
				    "    class D: ...\n"
				    "def h():\n"
				    "    def i(): ...\n"
				    "    return i\n";

	CHECK(!differ(stubs, "@x\n"
			     "def f(a):\n"
			     "    # c\n"
			     "    ...  # c\n"
			     "class C(A):\n"
			     "    async def g(self):\n"
			     "        ...\n"
			     "    class D:\n"
			     "        ...\n"
			     "def h():\n"
			     "    def i():\n"
			     "      ...\n"
			     "    return i\n"));
	CHECK(differ("def f(): ...\n", "def f(): pass\n") == VERSION);
	CHECK(differ("def g():\n pass\nclass A:\n ...\n",
		     "def g():\n pass\nclass A: pass\n") == VERSION);
	/* no other suite: of an `if` it is one, of two statements as well */
	CHECK(differ("def f():\n if f:\n  ...\n", "def f():\n if f:\n  x\n") ==
	      INNER);
	CHECK(differ("def f():\n ...\n x\n", "def f():\n ...\n y\n") == F);
}

TEST(a_body_is_its_function_s)
{
	CHECK(differ("def f(a):\n return a\ndef g():\n pass\n",
		     "def f(a):\n return -a\ndef g():\n pass\n") == F);
	CHECK(differ("def f(a):\n if a:\n  x(1)\n return 1\n",
		     "def f(a):\n if a:\n  x(2)\n return 1\n") == INNER);
	/* the header of a suite is its parent's */
	CHECK(differ("def f(a):\n if a:\n  x(1)\n return 1\n",
		     "def f(a):\n if b:\n  x(1)\n return 1\n") == (F | INNER));
}

TEST(a_header_is_the_module_s)
{
	CHECK(differ("def f(a, b=1):\n return a\n",
		     "def f(a, b=2):\n return a\n") == VERSION);
	CHECK(differ("def f(a: int):\n return a\n",
		     "def f(a: str):\n return a\n") == VERSION);
	CHECK(differ("@x\ndef f():\n return a\n",
		     "@y\ndef f():\n return a\n") == VERSION);
	CHECK(differ("def f(a):\n return a\n", "def f(a, b):\n return a\n") ==
	      (VERSION | F));
	CHECK(differ("def f(): return 1\n", "def f(): return 2\n") == VERSION);
	CHECK(differ("class C(A):\n def f(a):\n  return a\n",
		     "class C(B):\n def f(a):\n  return a\n") == VERSION);
}

TEST(positions_do_not_count)
{
	const char *f = "def f(a):\n if a:\n  return 1\n return 2\n";
	const char *g = "def g(b):\n while b:\n  pass\n";
	struct taut_source *s, *t;
	char text[400];

	snprintf(text, sizeof(text), "%s%s", f, g);
	s = scan(text);
	snprintf(text, sizeof(text), "import os\n%sdef h():\n pass\n%s", g, f);
	t = scan(text);
	CHECK(hash_of(s, "f", 0) == hash_of(t, "f", 0));
	CHECK(hash_of(s, "g", 0) == hash_of(t, "g", 0));
	CHECK(s->suites[2].hash == t->suites[5].hash);
	CHECK(version_of(s) != version_of(t));
	taut_source_free(s);
	taut_source_free(t);
}

TEST(order_counts_in_the_version)
{
	CHECK(differ("a()\nb()\n", "b()\na()\n") == VERSION);
	CHECK(differ("if x:\n a()\n b()\n", "if x:\n a()\nb()\n") == VERSION);
	CHECK(differ("if x: a()\nif x: b()\n", "if x: a(); b()\n") == VERSION);
	CHECK(differ("try: a()\nexcept: pass\n", "try: pass\nexcept: a()\n") ==
	      VERSION);
	CHECK(differ("class A: x = 1\nclass B: y = 1\n",
		     "class A: y = 1\nclass B: x = 1\n") == VERSION);
	CHECK(differ("for x in y:\n a()\n b()\n", "for x in y:\n a()\nb()\n") ==
	      VERSION);
}

TEST(same_names_are_told_apart)
{
	const char *two = "if a:\n def f():\n  return 1\n"
			  "else:\n def f():\n  return 2\n";
	const char *swapped = "if a:\n def f():\n  return 2\n"
			      "else:\n def f():\n  return 1\n";
	struct taut_source *s = scan(two), *t = scan(swapped);

	CHECK(hash_of(s, "f", 0) != hash_of(t, "f", 1));
	CHECK(hash_of(s, "f", 1) != hash_of(t, "f", 0));
	CHECK(version_of(s) == version_of(t));
	taut_source_free(s);
	taut_source_free(t);
	/* the same body twice */
	s = scan("def f():\n pass\ndef f():\n pass\n"
		 "class C:\n def f():\n  pass\n");
	CHECK(hash_of(s, "f", 0) != hash_of(s, "f", 1));
	CHECK(hash_of(s, "f", 0) != hash_of(s, "f", 2));
	taut_source_free(s);
}

TEST(docstrings_are_apart)
{
	CHECK(differ("'a'\nx = 1\n", "'b'\nx = 1\n") == DOC);
	CHECK(differ("def f():\n 'a'\n pass\n", "def f():\n 'b'\n pass\n") ==
	      DOC);
	CHECK(differ("class C:\n ('a'\n  'b')\n x = 1\n",
		     "class C:\n ('b'\n  'b')\n x = 1\n") == DOC);
	CHECK(differ("def f():\n u'a'; x()\n", "def f():\n u'b'; x()\n") ==
	      DOC);
	/* not there, or not a docstring: part of the code */
	CHECK(differ("def f():\n 'a'\n pass\n", "def f():\n pass\n") ==
	      (DOC | F | VERSION));
	CHECK(differ("def f():\n f'a'\n", "def f():\n f'b'\n") == F);
	CHECK(differ("def f():\n b'a'\n", "def f():\n b'b'\n") == F);
	CHECK(differ("def f():\n 'a'.x\n", "def f():\n 'b'.x\n") == F);
	CHECK(differ("if x:\n 'a'\n", "if x:\n 'b'\n") == VERSION);
	CHECK(differ("x = 1\n'a'\n", "x = 1\n'b'\n") == VERSION);
}

TEST(the_salt_reaches_every_suite)
{
	CHECK(differ("import x\ndef f():\n pass\n",
		     "from __future__ import division\ndef f():\n pass\n") ==
	      (VERSION | F | DOC));
	CHECK(differ("def f():\n pass\n",
		     "# coding: latin-1\ndef f():\n pass\n") ==
	      (VERSION | F | DOC));
}

/* ---- what a suite that never ran says ---- */

/* Does the suite under `if` change its function when `a` becomes `b`? */
static int signs(const char *a, const char *b)
{
	char x[400], y[400];
	const char *frame = "def g(p):\n"
			    "  if p:\n"
			    "    %s\n"
			    "  def f(): return u\n"
			    "  return v\n";

	snprintf(x, sizeof(x), frame, a);
	snprintf(y, sizeof(y), frame, b);
	return !!(differ(x, y) & G);
}

TEST(new_bindings_change_the_function)
{
	static const char *const bind_x[] = {
		"x = 1",
		"x += 1",
		"for x in y: a",
		"with y as x: a",
		"import x",
		"import x.y",
		"from y import x",
		"from y import z as x",
		"del x",
		"(x := 1)",
		"[(x := y) for z in y]",
		"x: int",
		"x: int = 1",
		"(a.b, [*x]) = y",
		"y = x = 1",
		"def x(): a",
		"class x: a",
		"global x",
		"nonlocal x",
		"type x = y",
		"f'{(x := 1)}'",
		"with a as (b.c, x): a",
	};
	size_t i;

	for (i = 0; i < sizeof(bind_x) / sizeof(*bind_x); i++)
		CHECK(signs("a()", bind_x[i]));
	CHECK(signs("x = 1", "global x; x = 1"));
	CHECK(signs("a()", "yield"));
	CHECK(signs("a()", "a = yield b"));
}

TEST(other_edits_do_not)
{
	CHECK(!signs("a()", "b()"));
	CHECK(!signs("p = 1", "p = 2"));
	CHECK(!signs("p = 1", "p += b.x[i]"));
	CHECK(!signs("a()", "a[x].y = b.c = 1"));
	CHECK(!signs("a()", "a(x=1)"));
	CHECK(!signs("a()", "[x for x in y]"));
	CHECK(!signs("a()", "lambda x: (yield)"));
	CHECK(!signs("a()", "lambda: (x := 1)"));
	CHECK(!signs("a()", "{x: y for x, y in z if x}"));
	CHECK(!signs("a()", "return f'{x:{y}}'"));
}

TEST(variables_of_inner_functions_count)
{
	/* p becomes a cell */
	CHECK(signs("a()", "lambda: p"));
	CHECK(signs("a()", "lambda x, *y, z=1: p"));
	CHECK(signs("a()", "[p for x in y]"));
	CHECK(!signs("a()", "[x for x in p]")); /* evaluated outside */
	CHECK(signs("a()", "[x for x in y for z in p]"));
	CHECK(!signs("a()", "lambda p: p"));
	CHECK(!signs("a()", "lambda x=p: x"));
	CHECK(!signs("a()", "lambda: q.p"));
	CHECK(!signs("a()", "lambda: q(p=1)"));
	CHECK(signs("[p for x in y]", "lambda: p"));
	/* a name of the function around */
	CHECK(differ("def g(q):\n def f():\n  if u:\n   a\n",
		     "def g(q):\n def f():\n  if u:\n   q\n") ==
	      (G | F | INNER));
}

TEST(awkward_statements_count_as_they_are)
{
	CHECK(signs("f'{(lambda: 1)}'", "f'{(lambda: 2)}'"));
	CHECK(signs("def h(): return 1", "def h(): return 2"));
	CHECK(signs("class H: a = 1", "class H: a = 2"));
	CHECK(signs("type Y = a", "type Y = b"));
}

TEST(a_class_in_a_function_has_a_signature)
{
	const char *a = "def g():\n class f:\n  if u:\n   y\n";

	CHECK(differ(a, "def g():\n class f:\n  if u:\n   x = 1\n") & F);
	CHECK(differ(a, "def g():\n class f:\n  if u:\n   x.y: int\n") & F);
	CHECK(!(differ(a, "def g():\n class f:\n  if u:\n   z\n") & F));
}

TEST(super_is_the_class_s)
{
	CHECK(differ("class C:\n def f(s):\n  a()\n",
		     "class C:\n def f(s):\n  super()\n") == (F | VERSION));
	CHECK(differ("class C:\n def f(s):\n  a()\n",
		     "class C:\n def f(s):\n  a.super()\n") == F);
	CHECK(differ("class C:\n def f(s):\n  super(); a()\n",
		     "class C:\n def f(s):\n  super(); b()\n") == F);
}

TEST(generators_are_other_objects)
{
	CHECK(differ("def f():\n return 1\n", "def f():\n yield 1\n") ==
	      (F | VERSION));
	/* also below a function that never starts its generator */
	CHECK(differ("def g():\n def f():\n  return 1\n return f\n",
		     "def g():\n def f():\n  yield 1\n return f\n") == (F | G));
}

TEST(functions_that_see_frames_are_one_hash)
{
	const char *a = "def f(a):\n if a:\n  %s\n while b:\n  c(%d)\n";
	static const char *const words[] = {
		"locals()", "eval('a')",       "x.exec(a)",	  "dir()",
		"vars()",   "sys._getframe()", "i.currentframe()"
	};
	char x[200], y[200];
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		snprintf(x, sizeof(x), a, words[i], 1);
		snprintf(y, sizeof(y), a, words[i], 2);
		CHECK(differ(x, y) == (F | INNER));
	}
	snprintf(x, sizeof(x), a, "d()", 1);
	snprintf(y, sizeof(y), a, "d()", 2);
	CHECK(differ(x, y) == INNER);
}

/* ---- imports, attributes, readers of docstrings ---- */

static void check_import(const struct taut_source *s, uint32_t i,
			 uint32_t suite, uint32_t level, const char *module,
			 const char *name)
{
	const struct taut_import *m = &s->imports[i];

	CHECK(i < s->nimports && m->suite == suite && m->level == level);
	CHECK(!strcmp(m->module, module));
	CHECK(name ? m->name && !strcmp(m->name, name) : !m->name);
}

TEST(imports_of_all_forms)
{
	struct taut_source *s = scan("import a.b . c as d, e\n"
				     "from . import f\n"
				     "from ....g.h import (i as j,\n"
				     "    k,)\n"
				     "if x: from l import *\n"
				     "def m():\n"
				     "    import n; y; import o\n"
				     "    try: import p\n"
				     "    except E: pass\n"
				     "x = 'import q'\n");

	CHECK(s->nimports == 9);
	check_import(s, 0, 0, 0, "a.b.c", NULL);
	check_import(s, 1, 0, 0, "e", NULL);
	check_import(s, 2, 0, 1, "", "f");
	check_import(s, 3, 0, 4, "g.h", "i");
	check_import(s, 4, 0, 4, "g.h", "k");
	check_import(s, 5, 0, 0, "l", "*");
	check_import(s, 6, 1, 0, "n", NULL);
	check_import(s, 7, 1, 0, "o", NULL);
	check_import(s, 8, 1, 0, "p", NULL);
	CHECK(s->imports[4].line == 3 && s->imports[8].line == 8);
	CHECK(s->suites[1].flags & TAUT_SUITE_IMPORTS);
	taut_source_free(s);
}

static int has_attr(const struct taut_source *s, const char *name)
{
	uint32_t h = taut_name_hash(name, strlen(name)), i;

	for (i = 0; i < s->nattrs; i++)
		if (s->attrs[i] == h)
			return 1;
	return 0;
}

TEST(names_behind_dots)
{
	struct taut_source *s =
		scan("a.b.c(d.e)[f . \\\n g]\nx.b = f'{y.z:{i.j}}'\n"
		     "from . import k\n1.0.real\n");
	static const char *const yes[] = {
		"b", "c", "e", "g", "z", "j", "real"
	};
	size_t i;

	CHECK(s->nattrs == 7);
	for (i = 0; i < 7; i++)
		CHECK(has_attr(s, yes[i]) &&
		      (!i || s->attrs[i - 1] < s->attrs[i]));
	CHECK(!has_attr(s, "a") && !has_attr(s, "import"));
	taut_source_free(s);
}

static int reads_doc(const char *text)
{
	struct taut_source *s = scan(text);
	int yes = s->reads_doc;

	taut_source_free(s);
	return yes;
}

TEST(readers_of_docstrings_are_known)
{
	CHECK(reads_doc("import click"));
	CHECK(reads_doc("p(description=__doc__)"));
	CHECK(reads_doc("x = f'{a.__doc__}'"));
	CHECK(reads_doc("getattr(f, '__doc__')"));
	CHECK(reads_doc("from cmd import Cmd"));
	CHECK(reads_doc("inspect.getdoc(x)"));
	CHECK(reads_doc("help(x)"));
	CHECK(!reads_doc("p.help(); p.add('-q', help=(1))"));
	CHECK(!reads_doc("cmd = ['ls']; doc = 'click'"));
	CHECK(!reads_doc("# click"));
}

TEST(strings_that_read_docstrings_are_known)
{
	CHECK(reads_doc("'{0.__doc__}'.format(f)"));
	CHECK(reads_doc("run('-c', r\"print(m.__doc__)\")"));
	CHECK(reads_doc("run('-m', 'pydoc')"));
	CHECK(reads_doc("getattr(f, '__d' + x)"));
	CHECK(reads_doc("getattr(f, '__%s__' % x)"));
	CHECK(reads_doc("getattr(f, f'__{x}__')"));
	CHECK(reads_doc("getattr(f, '__' + x)"));
	CHECK(!reads_doc("a = ''; b = '_'; c = n.startswith('__')"));
	CHECK(!reads_doc("'__do_c__'; '___doc_'; '__init__'; 'pydocs'"));
}

TEST(listed_attributes_are_docstrings_where_texts_are_looked_at)
{
	CHECK(reads_doc("assert 'x' in vars(m).values()"));
	CHECK(reads_doc("def f():\n\tx = dir(m)\n\treturn str(x)\n"));
	CHECK(reads_doc("def f():\n\tdef g():\n\t\tassert x\n"
			"\tx = m().__dict__\n"));
	CHECK(!reads_doc("def f(x: str):\n\treturn vars(x)\n"
			 "def g():\n\tassert 1\n"));
	CHECK(!reads_doc("def f(): return str(self.__dict__, vars(self))"));
}

/* ---- robustness ---- */

static char *repeat(const char *head, const char *unit, size_t n,
		    const char *tail)
{
	size_t len = strlen(unit), at = strlen(head), i;
	char *text = malloc(at + n * len + strlen(tail) + 1);

	CHECK(text != NULL);
	strcpy(text, head);
	for (i = 0; i < n; i++, at += len)
		memcpy(text + at, unit, len);
	strcpy(text + at, tail);
	return text;
}

/* None of these may take time in the square of its length (alarm: 300 s). */
TEST(large_sources_take_linear_time)
{
	static const char *const cases[][3] = {
		{ "x = ", "lambda: ", "1\n" },
		{ "x = ", "lambda a=", "1\n" },
		{ "def f():\n x = ", "lambda: ", "1\n" },
		{ "def f():\n x = lambda ", "a, ", "b: 1\n" },
		{ "def f():\n x = ", "[a for b in ", "c\n" },
		{ "def f():\n ", "x = ", "1\n" },
		{ "def f():\n ", "x; ", "y\n" },
		{ "", "x, ", "y = z\n" },
		{ "", "@a\n", "def f(): pass\n" },
		{ "if a: pass\n", "elif a: pass\n", "" },
		{ "", "def f():\n pass\n", "" },
		{ "for a in b:\n ", "c = d = ", "1\n" },
		{ "import a", ", b as c", "\n" },
		{ "from a import (b", ", b as c", ")\n" },
		{ "x = ", "f'{a}' ", "\n" },
		{ "", "a.b;", "\n" },
		{ "class C:\n", " x: a = f(b)\n", "" },
		{ "def f(", "a: b = c, ", "): pass\n" },
	};
	struct taut_source *s;
	size_t i;
	char *text;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		text = repeat(cases[i][0], cases[i][1], 100000, cases[i][2]);
		s = scan(text);
		taut_source_free(s);
		free(text);
	}
}

TEST(oom_anywhere_is_an_error_and_no_leak)
{
	static const char text[] = "# coding: utf-8\r\n"
				   "'doc'\n"
				   "from __future__ import annotations\n"
				   "import os.path as p\n"
				   "@d\n"
				   "def f(a: int = 1, *b):\n"
				   "    'doc'\n"
				   "    def g():\n"
				   "        nonlocal a\n"
				   "        return [a for a in b if (lambda c, "
				   "d: a)(f'{a.b!r}')]\n"
				   "    return locals()\n"
				   "class A(B):\n"
				   "    class C:\n"
				   "        x, y = z.w = 1, 2\n"
				   "    def m(self): return super().m()\n"
				   "for i in p: j = i\n"
				   "if (k := p): l = 1\n";
	struct taut_source *s = NULL;
	struct taut_err err;
	long n;
	int rc = TAUT_ENOMEM;

	for (n = 1; rc; n++) {
		CHECK(rc == TAUT_ENOMEM && !s && n < 1000);
		err.msg[0] = '\0';
		taut_alloc_fail_at(n);
		rc = taut_source_scan(text, sizeof(text) - 1, &s, &err);
		taut_alloc_fail_at(0);
		CHECK(!rc || *err.msg);
	}
	CHECK(n > 20 && !s->opaque && s->nsuites == 7);
	taut_source_free(s);
}

TEST(oom_on_an_opaque_file_is_an_error)
{
	struct taut_source *s = NULL;
	long n;
	int rc = TAUT_ENOMEM;

	for (n = 1; rc; n++) {
		taut_alloc_fail_at(n);
		rc = taut_source_scan("x = (", 5, &s, NULL);
		taut_alloc_fail_at(0);
		CHECK(n < 100);
	}
	CHECK(n > 3 && s->opaque);
	taut_source_free(s);
}
