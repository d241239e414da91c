"""Tests that are methods, by the name rule: one that comes, goes or changes is nothing to the
others in its class, unless somebody derives from the class or looks into it."""

from . import probe, step

CLASS = '''
== lib.py
def value(): return 1
LIMIT = 3
== test_m.py
import pytest
import lib
%s
class TestM%s:
%s
    @pytest.mark.parametrize("x", [1, 2])
    def test_x(self, x): assert x > 0
    def test_y(self): assert lib.value() == 1
'''
X = ("[1, 2]", "[1, 3]")
GONE = ('    @pytest.mark.parametrize("x", [1, 2])\n    def test_x(self, x): assert x > 0\n', "")
OTHERS = "test_m.py::TestM::test_y"


def edits(name, text, must, edit=X, **more):
    probe(name, text, edit=edit if isinstance(edit, dict) else {"test_m.py": edit}, must=must, **more)


def plain(before="", bases="", body=""):
    return CLASS % (before, bases, body)


NEW = "test_m.py::TestM::test_x[3]"
edits("a test of a class, other parameters", plain(), NEW, spare=OTHERS)
edits("a test of a class that is gone", plain(), "", GONE, spare=OTHERS)
edits("a test of a class that is new", plain(), "test_m.py::TestM::test_z",
      ("    def test_y", "    def test_z(self): assert lib.LIMIT == 3\n    def test_y"), spare=OTHERS)
edits("a test of a class, its parameters from elsewhere",
      plain().replace("[1, 2]", "[lib.LIMIT]"), "test_m.py::TestM::test_x[4]",
      {"lib.py": ("LIMIT = 3", "LIMIT = 4")}, spare=OTHERS)
edits("a test of a class, its parameters by a function",
      plain().replace("[1, 2]", "[lib.value()]").replace("lib.value() == 1", "lib.LIMIT == 3"),
      "test_m.py::TestM::test_x[2]", {"lib.py": ("return 1", "return 2")})
edits("a test of a class, decorated by the project",
      plain("CALLS = []\ndef mark(f):\n    CALLS.append(f.__name__)\n    return f\n").replace(
          "    def test_y(self): assert lib.value() == 1",
          "    @mark\n    def test_a(self): pass\n    def test_y(self): assert len(CALLS) == 1"),
      OTHERS, ("    @mark\n", ""))

# who looks into the class
edits("a test of a class that counts its tests", plain(body='''
    def test_n(self): assert sum(n.startswith("test") for n in dir(self)) == 3
'''), "test_m.py::TestM::test_n", GONE)
edits("a test of a class that counts those of another", plain("""
class TestN:
    def test_n(self): assert len([n for n in vars(TestM) if n[:4] == "test"]) == 2
"""), "test_m.py::TestN::test_n", GONE)
edits("a test of a class that another test calls", plain(body='''
    def test_n(self): assert self.test_h() is None
    def test_h(self, x=None): assert x != 2
'''), "test_m.py::TestM::test_n test_m.py::TestM::test_h", ("x=None", "x=2"))
edits("a test of a class by a name that is computed", plain(body='''
    def test_n(self): assert getattr(self, "test_" + "h")() is None
    def test_h(self, x=None): assert x != 2
'''), "test_m.py::TestM::test_n test_m.py::TestM::test_h", ("x=None", "x=2"))
edits("a test of a class that hands its object on", plain(body='''
    def test_n(self): assert lib.names(self) == 3
''') + '''
== lib.py
def value(): return 1
def names(o): return len([n for n in dir(o) if n[:4] == "test"])
''', "test_m.py::TestM::test_n", GONE)
edits("a test of a class that hands its class on", plain(body='''
    def test_n(self): assert lib.names(self.__class__) == 3
''') + '''
== lib.py
def value(): return 1
def names(o): return len([n for n in dir(o) if n[:4] == "test"])
''', "test_m.py::TestM::test_n", GONE)
edits("a test of a class that hands its object on under another name", plain(body='''
    def test_n(me): assert lib.names(me) == 3
''') + '''
== lib.py
def value(): return 1
def names(o): return len([n for n in dir(o) if n[:4] == "test"])
''', "test_m.py::TestM::test_n", GONE)
edits("a test of a class, its object by a fixture", plain(body='''
    def test_n(self, names): assert names == 3
''') + '''
== conftest.py
import pytest
@pytest.fixture
def names(request): return len([n for n in dir(request.instance) if n[:4] == "test"])
''', "test_m.py::TestM::test_n", GONE)
edits("a test of a class, its class by a fixture of a plugin", plain(body='''
    def test_n(self, names): assert names == 3
''') + '''
== plug.py
import pytest
@pytest.fixture
def names(request): return len([n for n in vars(request.cls) if n[:4] == "test"])
== conftest.py
pytest_plugins = ["plug"]
''', "test_m.py::TestM::test_n", GONE)
edits("a test of a class, its methods by a bound one", plain(body='''
    def test_n(self):
        m = self.test_y
        assert lib.names(m.__self__) == 3
''') + '''
== lib.py
def value(): return 1
def names(o): return len([n for n in dir(o) if n[:4] == "test"])
''', "test_m.py::TestM::test_n", GONE)
edits("a test of a class in a list of classes", plain() + '''
== test_n.py
import lib, test_m
CLASSES = [test_m.TestM]
def test_n(): assert [lib.names(c) for c in CLASSES] == [2]
== lib.py
def value(): return 1
def names(o): return len([n for n in dir(o) if n[:4] == "test"])
''', "test_n.py::test_n", GONE)

# who derives from it
edits("a test of a class that another file derives from", plain() + '''
== test_n.py
from test_m import TestM
class TestN(TestM): pass
''', NEW + " test_n.py::TestM::test_x[3] test_n.py::TestN::test_x[3]")
edits("a test of a class that its file derives from", plain().replace("== lib.py", "== lib.py", 1) + '''
class TestN(TestM):
    def test_n(self): assert len([n for n in dir(TestN) if n[:4] == "test"]) == 3
''', "test_m.py::TestN::test_n", GONE)
edits("a test that overrides one of a base", plain(body='''
    def test_b(self): assert 1
''', bases="(Base)", before='''
class Base:
    def test_b(self): assert 1
    def run(self): return self.test_b()
'''), "test_m.py::TestM::test_b", ("    def test_b(self): assert 1\n\n    @pytest", "    def test_b(self): assert 2 == 2 and 0\n    @pytest"))
edits("a test of a class whose base looks for tests", plain(bases="(Base)", before='''
class Base:
    seen = 0
    def __init_subclass__(cls): cls.seen = len([n for n in vars(cls) if n[:4] == "test"])
''', body='''
    def test_n(self): assert self.seen == 3
'''), "test_m.py::TestM::test_n", GONE)
edits("a test of a class that a decorator looks into", plain(before='''
def seen(cls):
    cls.seen = len([n for n in vars(cls) if n[:4] == "test"])
    return cls
@seen
''', body='''
    def test_n(self): assert self.seen == 3
'''), "test_m.py::TestM::test_n", GONE)
edits("a test of a class that a hook looks into", plain(body='''
    def test_n(self): assert self.seen == 3
''') + '''
== conftest.py
import inspect
def pytest_pycollect_makeitem(collector, name, obj):
    if inspect.isclass(obj): obj.seen = len([n for n in vars(obj) if n[:4] == "test"])
''', "test_m.py::TestM::test_n", GONE)
edits("a test of a unittest case that counts", '''
== test_m.py
import unittest
class TestM(unittest.TestCase):
    def test_x(self): pass
    def test_n(self): self.assertEqual(unittest.TestLoader().loadTestsFromTestCase(type(self)).countTestCases(), 2)
''', "test_m.py::TestM::test_n", ("    def test_x(self): pass\n", ""))
edits("a test that another statement of its class takes", plain(body='''
    def test_h(self, x=None): assert x != 2
    test_also = test_h
    def test_n(self): assert self.test_also() is None
'''), "test_m.py::TestM::test_n test_m.py::TestM::test_h test_m.py::TestM::test_also", ("x=None", "x=2"))
edits("a test of a class that hides a function", plain(body='''
    def test_n(self): assert test_h() is None
''', before='''
def test_h(x=None): assert x != 2
'''), "test_m.py::test_h test_m.py::TestM::test_n", ("x=None", "x=2"))

# constants of classes that have abstract ones above
ABSTRACT = '''
== lib.py
import abc
class Base(abc.ABC):
    @abc.abstractmethod
    def run(self): ...
    def other(self): return 5
class K(Base):
    size = 1
    def run(self): return self.size
class L(K):
    def go(self): return 7
== test_m.py
import lib
def test_run(): assert lib.K().run() == 1
def test_l(): assert lib.L().run() == 1
def test_go(): assert lib.L().go() == 7
'''
probe("a constant of a class below an abstract one", ABSTRACT, edit={"lib.py": ("size = 1", "size = 2")},
      must="test_m.py::test_run test_m.py::test_l", spare="test_m.py::test_go")
probe("what was an abstract method's other name is a constant", ABSTRACT.replace(
    "    size = 1\n", "    @abc.abstractmethod\n    def f(self): ...\n    size = f\n    del f\n    f = 1\n").replace(
    "def test_run(): assert lib.K().run() == 1\ndef test_l(): assert lib.L().run() == 1\n", "").replace(
    "def test_go(): assert lib.L().go() == 7", "def test_go():\n    try: assert lib.L().go() == 7\n    except TypeError: pass\n    else: assert 0"),
    edit={"lib.py": ("size = f\n", "size = 2\n")}, must="test_m.py::test_go")
probe("a constant that has another name as well", ABSTRACT.replace("class L(K)", "M = K\nclass L(M)").replace(
    "lib.K().run", "lib.M().run"), edit={"lib.py": ("size = 1", "size = 2")},
    must="test_m.py::test_run test_m.py::test_l", spare="test_m.py::test_go")
probe("a constant of a class that a table has", ABSTRACT + '''
== kinds.py
import lib
KINDS = {"k": lib.K}
def sizes(): return [getattr(k, "si" + "ze") for k in KINDS.values()]
def plain(): return len(KINDS)
def values(): return lib_values(KINDS)
def lib_values(kinds): return [vars(k) for k in kinds.values()]
== test_k.py
import kinds
def test_sizes(): assert kinds.sizes() == [1]
def test_plain(): assert kinds.plain() == 1
def test_values(): assert kinds.values()[0]["size"] == 1
''', edit={"lib.py": ("size = 1", "size = 2")},
      must="test_m.py::test_run test_m.py::test_l test_k.py::test_sizes test_k.py::test_values", spare="test_m.py::test_go test_k.py::test_plain")

# what a decorated test did that is gone
probe("a decorator's value that is gone had stored something", '''
== lib.py
class Table(dict):
    def __missing__(self, key):
        self[key] = 1
        return 1
TABLE = Table()
== test_m.py
import pytest, lib
@pytest.mark.parametrize("x", [lib.TABLE["a"]])
def test_x(x): assert x == 1
def test_y(): assert "a" in lib.TABLE
''', edit={"test_m.py": ('[lib.TABLE["a"]]', "[1]")}, must="test_m.py::test_y")
probe("a decorator's value that is gone was a constant", '''
== lib.py
class Table(dict):
    def __missing__(self, key):
        self[key] = 1
        return 1
TABLE = Table()
VALUE = TABLE["a"]
== test_m.py
import pytest, lib
SEEN = lib.TABLE["b"]
@pytest.mark.parametrize("x", ["a", -1])
def test_x(x): assert x
def test_y(): assert "a" in lib.TABLE
''', edit={"test_m.py": ('["a", -1]', '["b"]')}, must="test_m.py::test_x[b]", spare="test_m.py::test_y")
probe("a module of the project by a library's table", '''
== lib.py
import re
class K:
    seen = []
    @property
    def value(self):
        K.seen.append(1)
        return 1
k = K()
== test_m.py
import pytest, sys, lib
@pytest.mark.parametrize("x", [sys.modules["lib"].k.value])
def test_x(x): assert x == 1
def test_y(): assert lib.K.seen
''', edit={"test_m.py": ('[sys.modules["lib"].k.value]', "[1]")}, must="test_m.py::test_y")

# what registers when a test imports it holds on to the old version
probe("tests are not selected for ever for a module that a test imports", '''
== reg.py
ITEMS = []
def add(item): ITEMS.append(item)
def count(): return len(ITEMS)
== base.py
VALUE = 1
OTHER = 5
== plug.py
import base, reg
reg.add(base.OTHER)
== test_a.py
import base, reg
def test_a(record_property):
    assert reg.count() >= 0
    record_property("value", str(base.VALUE))
def test_c(): assert base.OTHER == 5 and reg.count() >= 0
== test_b.py
import base
def test_b():
    import plug
    assert base.OTHER == 5
def test_d(): assert base.OTHER == 5
''', steps=[step({"base.py": ("VALUE = 1", "VALUE = 2")}, must="test_a.py::test_a", spare="test_a.py::test_c test_b.py::test_d"),
            step({"base.py": ("OTHER = 5", "OTHER = 5  # it")}, must_not="test_a.py::test_a test_a.py::test_c test_b.py::test_b test_b.py::test_d")], only=("name",))
