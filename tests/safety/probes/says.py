"""What functions say of themselves: who reads a docstring or annotations may do so in any way, and
all others need not run when only that is edited."""

from . import probe

LIB = '''
== lib.py
import contextlib, functools
def f(x: int = 1) -> int:
    """Text of f."""
    return x
class Own(property):
    pass
def wrapped(function):
    @functools.wraps(function)
    def wrapper(*args): return function(*args)
    return wrapper
class K:
    @property
    def p(self):
        """Text of p."""
        return 1
    @Own
    def o(self):
        """Text of o."""
        return 1
    @functools.cached_property
    def c(self):
        """Text of c."""
        return 1
    @classmethod
    def m(cls, x: int = 1) -> int:
        """Text of m."""
        return 2
    @staticmethod
    def s(x: int = 1) -> int:
        """Text of s."""
        return 2
@wrapped
def w(x: int = 1) -> int:
    """Text of w."""
    return x
@functools.lru_cache
def r(x: int = 1) -> int:
    """Text of r."""
    return x
@functools.singledispatch
def d(x):
    """Text of d."""
    return x
@contextlib.contextmanager
def cm(x: int = 1):
    """Text of cm."""
    yield x
class E:
    """Text of E."""
== test_lib.py
import contextlib, functools, gc, inspect, io, marshal, operator, os, pydoc, subprocess, sys, threading, types, typing
import unittest, unittest.mock
import lib
def in_thread(call):
    found = []
    t = threading.Thread(target=lambda: found.append(call())); t.start(); t.join()
    return found[0]
def out(code): return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
def forked(call):
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(w, call().encode())
        os._exit(0)
    os.close(w)
    os.waitpid(pid, 0)
    return os.read(r, 1000).decode()
def shown(*args):
    with contextlib.redirect_stdout(io.StringIO()) as text: help(*args)
    return text.getvalue()
def test_reads():
    assert %s
def test_runs():
    k = lib.K()
    assert lib.f() + k.p + k.o + k.c + k.m() + k.s() + lib.w() + lib.r() + lib.d(1)
    with lib.cm() as x: assert x
class TestKept(unittest.TestCase):
    def test_kept(self):
        """Kept by unittest."""
        assert lib.f() == 1 and lib.K.m() == 2
'''
OTHERS = "test_lib.py::test_runs test_lib.py::TestKept::test_kept"


def doc(way, whose, code):
    probe(f"docstring of a function by {way}", LIB % f'"Text of {whose}." {code}',
          edit={"lib.py": (f"Text of {whose}.", f"Words of {whose}.")}, must="test_lib.py::test_reads", spare=OTHERS)


doc("the attribute", "f", "in lib.f.__doc__")
doc("getattr", "f", 'in getattr(lib.f, "__" + "doc" + "__")')
doc("object's lookup", "f", 'in object.__getattribute__(lib.f, "__doc__")')
doc("its descriptor", "f", 'in types.FunctionType.__dict__["__doc__"].__get__(lib.f)')
doc("attrgetter", "f", 'in operator.attrgetter("__doc__")(lib.f)')
doc("inspect", "f", "in inspect.getdoc(lib.f)")
doc("pydoc", "f", "in pydoc.getdoc(lib.f)")
doc("help", "s", "in shown(lib.K)")
doc("a property", "p", "in lib.K.p.__doc__")
doc("help of a property", "p", "in shown(lib.K)")
doc("a property's getter", "p", "in lib.K.p.fget.__doc__")
doc("a class of properties", "o", "in lib.K.o.__doc__")
doc("the dict of a class of properties", "o", 'in str(vars(vars(lib.K)["o"]))  or "Text of o." in lib.K.o.__doc__')
doc("a cached property", "c", "in lib.K.c.__doc__")
doc("a class method", "m", "in lib.K.m.__doc__")
doc("a class method's object", "m", 'in vars(lib.K)["m"].__doc__')
doc("a class method's dict", "m", 'in vars(lib.K)["m"].__dict__.values()')
doc("a static method's object", "s", 'in vars(lib.K)["s"].__doc__')
doc("a bound method", "m", "in lib.K().m.__doc__")
doc("wraps()", "w", "in lib.w.__doc__")
doc("lru_cache()", "r", "in lib.r.__doc__")
doc("lru_cache()'s dict", "r", "in vars(lib.r).values()")
doc("singledispatch()", "d", "in lib.d.__doc__")
doc("a context manager's function", "cm", "in lib.cm.__doc__")
doc("update_wrapper() of an object", "f", 'in functools.update_wrapper(types.SimpleNamespace(), lib.f).__dict__["__doc__"]')
doc("the constants of its code", "f", "in lib.f.__code__.co_consts")
doc("its code as bytes", "f", "in marshal.loads(marshal.dumps(lib.f.__code__)).co_consts")
doc("what it refers to", "f", "in [x for x in gc.get_referents(lib.f) if isinstance(x, str)]")
doc("a thread", "f", "in in_thread(lambda: lib.f.__doc__)")
doc("a forked child", "f", "in forked(lambda: lib.f.__doc__)")
doc("a child", "f", 'in out("import lib; print(lib.f.__doc__)")')
doc("format", "f", 'in "{0.f.__doc__}".format(lib)')
doc("a loop", "f", "in [v.__doc__ for v in vars(lib).values()]")


def note(way, whose, code, head="def %s(x: int", **more):
    probe(f"annotation by {way}", LIB % code, edit={"lib.py": (head % whose, head.replace("int", "str") % whose)},
          must="test_lib.py::test_reads", spare=OTHERS, **more)


note("the attribute", "f", 'lib.f.__annotations__["x"] is int')
note("getattr", "f", 'getattr(lib.f, "__annot" + "ations__")["x"] is int')
note("object's lookup", "f", 'object.__getattribute__(lib.f, "__annotations__")["x"] is int')
note("signature", "f", '"x: int" in str(inspect.signature(lib.f))')
note("getfullargspec", "f", 'inspect.getfullargspec(lib.f).annotations["x"] is int')
note("get_type_hints", "f", 'typing.get_type_hints(lib.f)["x"] is int')
note("a mock", "f", '"x: int" in str(inspect.signature(unittest.mock.create_autospec(lib.f)))')
note("help", "f", '"x: int" in shown(lib.f)')
note("help of the module", "s", '"s(x: int" in shown(lib)')
note("a class method", "m", 'lib.K.m.__annotations__["x"] is int', "def %s(cls, x: int")
note("a class method's object", "m", 'vars(lib.K)["m"].__annotations__["x"] is int', "def %s(cls, x: int")
note("a static method's signature", "s", '"x: int" in str(inspect.signature(lib.K.s))')
note("wraps()", "w", 'lib.w.__annotations__["x"] is int')
note("wraps() and signature", "w", '"x: int" in str(inspect.signature(lib.w))')
note("lru_cache()", "r", 'lib.r.__annotations__["x"] is int')
note("a context manager's signature", "cm", '"x: int" in str(inspect.signature(lib.cm))')
note("singledispatch's register", "f", 'str(functools.singledispatch(len).register(lib.f)) and True is (1 if lib.f.__annotations__["x"] is int else 0) or lib.f.__annotations__["x"] is int')
note("a thread", "f", 'in_thread(lambda: lib.f.__annotations__)["x"] is int')
note("a forked child", "f", '"x: int" in forked(lambda: str(inspect.signature(lib.f)))')
note("a child", "f", '"x: int" in out("import inspect, lib; print(inspect.signature(lib.f))")')
note("a loop", "f", '[v for v in vars(lib).values() if inspect.isfunction(v) and v.__annotations__.get("x") is int and v.__name__ == "f"]')
note("what it refers to", "f", '[x for x in gc.get_referents(lib.f) if isinstance(x, (dict, tuple)) and '
     '(x == {"x": int, "return": int} or x == ("x", int, "return", int))]')

# ---- read while something is imported

probe("annotation read by a decorator that registers", '''
== lib.py
KINDS = {}
def handles(f):
    KINDS[f.__annotations__["x"].__name__] = f
    return f
@handles
def f(x: int): return 1
def g(x: int): return 1
== test_lib.py
import lib
def test_kinds(): assert list(lib.KINDS) == ["int"]
def test_g(): assert lib.g(1) == 1
''', edit={"lib.py": ("def f(x: int", "def f(x: str")}, must="test_lib.py::test_kinds", spare="test_lib.py::test_g")

probe("annotation read by singledispatch", '''
== lib.py
import functools
@functools.singledispatch
def show(x): return "other"
@show.register
def _(x: int): return "number"
def g(x: int): return 1
== test_lib.py
import lib
def test_show(): assert lib.show(1) == "number"
def test_g(): assert lib.g(1) == 1
''', edit={"lib.py": ("(x: int): return \"number\"", "(x: str): return \"number\"")}, must="test_lib.py::test_show",
      spare="test_lib.py::test_g")

probe("annotation read by another module when it is imported", '''
== lib.py
def f(x: int): return 1
== table.py
import lib
KIND = lib.f.__annotations__["x"].__name__
def kind(): return KIND
== test_table.py
import table
def test_kind(): assert table.kind() == "int"
== test_lib.py
import lib
def test_f(): assert lib.f(1) == 1
''', edit={"lib.py": ("x: int", "x: str")}, must="test_table.py::test_kind", spare="test_lib.py::test_f")

probe("annotation read by a class that looks at those below it", '''
== base.py
class Base:
    KINDS = []
    def __init_subclass__(cls):
        Base.KINDS += [f.__annotations__["x"].__name__ for f in vars(cls).values() if hasattr(f, "__code__")]
== lib.py
import base
class K(base.Base):
    def m(self, x: int): return 1
== test_lib.py
import base, lib
def test_kinds(): assert base.Base.KINDS == ["int"]
''', edit={"lib.py": ("x: int", "x: str")}, must="test_lib.py::test_kinds")

probe("annotation read by a class decorator", '''
== lib.py
def checked(cls):
    cls.kinds = [f.__annotations__["x"].__name__ for f in vars(cls).values() if hasattr(f, "__code__")]
    return cls
@checked
class K:
    def m(self, x: int): return 1
== test_lib.py
import lib
def test_kinds(): assert lib.K.kinds == ["int"]
''', edit={"lib.py": ("x: int", "x: str")}, must="test_lib.py::test_kinds")

probe("annotation read by a fixture", '''
== lib.py
def f(x: int): return 1
== conftest.py
import inspect, pytest, lib
@pytest.fixture(scope="session")
def kind(): return str(inspect.signature(lib.f))
== test_lib.py
import lib
def test_kind(kind): assert "int" in kind
def test_kind_again(kind): assert "int" in kind
def test_f(): assert lib.f(1) == 1
''', edit={"lib.py": ("x: int", "x: str")}, must="test_lib.py::test_kind test_lib.py::test_kind_again", spare="test_lib.py::test_f")

probe("annotation of a fixture's parameter read by a hook", '''
== conftest.py
def pytest_generate_tests(metafunc):
    kind = metafunc.function.__annotations__.get("value")
    if kind: metafunc.parametrize("value", [kind()])
== test_lib.py
def test_value(value: int): assert value == 0
def test_else(): pass
''', edit={"test_lib.py": ("value: int", "value: float")}, must="test_lib.py::test_value[0.0]")

probe("annotation whose name another module defines", '''
== kinds.py
class Kind: NAME = "one"
== lib.py
import kinds
def f(x: kinds.Kind): return 1
== test_lib.py
import typing, lib
def test_hint(): assert typing.get_type_hints(lib.f)["x"].NAME == "one"
def test_f(): assert lib.f(1) == 1
''', edit={"kinds.py": ("one", "two")}, must="test_lib.py::test_hint", spare="test_lib.py::test_f")

probe("annotation that cannot be evaluated any more", '''
== lib.py
def f(x: int): return 1
== test_lib.py
import lib
def test_f(): assert lib.f(1) == 1
''', edit={"lib.py": ("x: int", "x: missing")}, must="test_lib.py::test_f")

probe("docstring read by a decorator that registers", '''
== lib.py
HELP = {}
def command(f):
    HELP[f.__name__] = f.__doc__
    return f
@command
def f():
    """Text."""
def g():
    """Text of g."""
    return 1
== test_lib.py
import lib
def test_help(): assert lib.HELP["f"] == "Text."
def test_g(): assert lib.g() == 1
''', edit={"lib.py": ('"""Text."""', '"""Words."""')}, must="test_lib.py::test_help", spare="test_lib.py::test_g")

probe("docstring kept by an object that a decorator makes", '''
== lib.py
class Command:
    def __init__(self, f): self.f, self.help = f, f.__doc__
@Command
def f():
    """Text."""
== use.py
import lib
def text(): return lib.f.help
== test_lib.py
import use
def test_help(): assert use.text() == "Text."
''', edit={"lib.py": ('"""Text."""', '"""Words."""')}, must="test_lib.py::test_help")

probe("docstring of a module that is named in a text", '''
== lib.py
def f():
    """Text of f."""
== table.py
import pydoc
PAGE = pydoc.plaintext.document(pydoc.locate("lib"))
== test_table.py
import table
def test_page(): assert "Text of f." in table.PAGE
def test_else(): pass
''', edit={"lib.py": ("Text of f", "Words of f")}, must="test_table.py::test_page", spare="test_table.py::test_else")

probe("docstring of a test that asks for it", '''
== test_own.py
import unittest
class TestOwn(unittest.TestCase):
    def test_it(self):
        """Says it."""
        assert self.shortDescription() == "Says it."
    def test_else(self):
        """Says nothing."""
''', edit={"test_own.py": ("Says it.\"\"\"\n        assert", "Said it.\"\"\"\n        assert")}, must="test_own.py::TestOwn::test_it",
      spare="test_own.py::TestOwn::test_else")

probe("docstring and value in one edit, the docstring first", '''
== lib.py
def f():
    """Text of f."""
    return 1
LIMIT = 3
== table.py
import lib
def limit(): return [v for n, v in vars(lib).items() if n == "LIM" + "IT"][0]
== test_lib.py
import table, lib
def test_limit(): assert table.limit() == 3
def test_f(): assert lib.f() == 1
''', edit={"lib.py": [("Text of f", "Words of f"), ("LIMIT = 3", "LIMIT = 4")]}, must="test_lib.py::test_limit", spare="test_lib.py::test_f")

probe("only part of the tests runs after an annotation was edited, then all", '''
== reg.py
ITEMS = []
def add(f):
    ITEMS.append(f)
    return f
== lib.py
def f(x: int): return 1
== test_a.py
import inspect, lib, reg
@reg.add
def helper(): return 1
def test_a(): assert "int" in str(inspect.signature(lib.f)) and reg.ITEMS
== test_b.py
import lib, reg
@reg.add
def helper(): return lib.f(1)
def test_b(): assert helper() == 1
''', edit={"lib.py": ("x: int", "x: str")}, must="test_a.py::test_a")

KEEPS = '''
== site/site-packages/dep/__init__.py
KEPT = {}
def text(f):
    if f.__name__ not in KEPT: KEPT[f.__name__] = %s
    return KEPT[f.__name__]
== site/site-packages/dep-1.0.0.dist-info/METADATA
Metadata-Version: 2.1
Name: dep
Version: 1.0.0
== site/site-packages/dep-1.0.0.dist-info/top_level.txt
dep
== proj/pytest.ini
[pytest]
== proj/lib.py
def f(x: int = 1):
    """Text of f."""
    return x
== proj/pages.py
import dep, lib
def page(): return dep.text(lib.f)
== proj/test_a.py
import pages
def test_a(): assert pages.page() == %s
== proj/test_b.py
import pages, lib
def test_b(): assert pages.page() == %s
def test_f(): assert lib.f() == 1
'''
for what, code, was, edit in (("docstring", "f.__doc__", '"Text of f."', ("Text", "Words")),
                              ("annotation", 'f.__annotations__["x"].__name__', '"int"', ("x: int", "x: str"))):
    probe(f"{what} that a library keeps for the next who asks", KEEPS % (code, was, was), cwd="proj",
          env={"PYTHONPATH": "../site/site-packages"}, edit={"proj/lib.py": edit},
          must="test_a.py::test_a test_b.py::test_b", spare="test_b.py::test_f")
