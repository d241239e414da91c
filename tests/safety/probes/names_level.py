"""Module-level edits that seem to do more than bind names: stubs, decorated methods of test classes,
calls of libraries, names that a library has too, imports."""

from . import step
from .names import names

STUB = '''
== lib.py
import abc
class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self):
        ...
    def sides(self):
        # by those that have some
        ...
class Empty(Exception):
    ...
def nothing():
    ...
async def later():
    ...
def own(): return 0
== test_lib.py
import asyncio, lib
class Square(lib.Shape):
    def area(self): return super().area()
def test_area(): assert Square().area() is None
def test_sides(): assert Square().sides() is None
def test_empty(): assert not hasattr(lib.Empty, "code")
def test_nothing(): assert lib.nothing() is None
def test_later(): assert asyncio.run(lib.later()) is None
def test_own(): assert lib.own() == 0
'''
STUBS = [f"test_lib.py::test_{t}" for t in ("area", "sides", "empty", "nothing", "later", "own")]


def stub(text):
    return {"lib.py": [(f"{a}:\n{b}    ...", f"{a}: ...") for a, b in (
        ("def area(self)", "    "), ("Empty(Exception)", ""), ("def nothing()", ""), ("def later()", ""))]}[text]


names("stubs on their headers' lines", STUB, {"lib.py": stub("lib.py")}, "", must_not=STUBS)

names("stubs on their headers' lines, and then bodies", STUB, None, "", steps=[
    step({"lib.py": stub("lib.py")}, must_not=STUBS),
    step({"lib.py": [("def area(self): ...", "def area(self): return 1"), ("    ...", "    return 3")]},
         must=STUBS[:2], spare=STUBS[3:]),
    step({"lib.py": ("def nothing(): ...", "def nothing():\n    return 1")}, must=STUBS[3], spare=STUBS[4:]),
    step({"lib.py": ("def later(): ...", "def later(): return 1")}, must=STUBS[4], spare=STUBS[5]),
    step({"lib.py": ("Empty(Exception): ...", "Empty(Exception):\n    code = 1")}, must=STUBS[2],
         spare=STUBS[5])])

names("stubs get bodies", STUB,
      {"lib.py": [("def area(self):\n        ...", "def area(self):\n        return 1"),
                  ("class Empty(Exception):\n    ...", "class Empty(Exception):\n    code = 1"),
                  ("async def later():\n    ...", "async def later():\n    return 1")]},
      [STUBS[0], STUBS[2], STUBS[4]], [STUBS[3], STUBS[5]])

names("bodies become stubs", '''
== lib.py
def one():
    return 1
class Box:
    size = 1
def other(): return 0
== app.py
import lib
class Box(lib.Box):
    pass
== test_lib.py
import app, lib
def test_first(): pass
def test_one(): assert lib.one() == 1
def test_box(): assert app.Box.size == 1
def test_other(): assert lib.other() == 0
''', {"lib.py": [("    return 1", "    ..."), ("    size = 1", "    ...")]},
      ["test_lib.py::test_one", "test_lib.py::test_box"], ["test_lib.py::test_first", "test_lib.py::test_other"])

names("a stub that a table or a name made of pieces finds", '''
== lib.py
def on_start():
    ...
def on_stop():
    ...
TABLE = {"stop": on_stop}
def run(name):
    return globals()["on_" + name]()
def stop():
    return TABLE["stop"]()
def other(): return 0
== test_lib.py
import lib
def test_first(): pass
def test_start(): assert lib.run("start") is None
def test_stop(): assert lib.stop() is None
def test_other(): assert lib.other() == 0
''', {"lib.py": [("def on_start():\n    ...", "def on_start():\n    return 1"),
                 ("def on_stop():\n    ...", "def on_stop():\n    return 1")]},
      ["test_lib.py::test_start", "test_lib.py::test_stop"], ["test_lib.py::test_first", "test_lib.py::test_other"])

SUBMODULE = '''
== pkg/__init__.py
X = 1
== pkg/reg.py
SEEN = []
== pkg/a.py
A = 1
== pkg/b.py
from pkg import reg
reg.SEEN.append("b")
== lib.py
from pkg import a
def seen():
    from pkg import reg
    return reg.SEEN
def other(): return 0
== test_lib.py
import lib
def test_first(): assert lib.other() == 0
def test_seen(): assert lib.seen() == []
def test_other(): assert lib.other() == 0
'''
SEEN, LIB_OTHER = "test_lib.py::test_seen", ["test_lib.py::test_first", "test_lib.py::test_other"]

names("another module of a package that is imported from already", SUBMODULE,
      {"lib.py": ("from pkg import a", "from pkg import a, b")}, SEEN, LIB_OTHER)

names("another module of a package, by a module that is quiet", SUBMODULE.replace(
    "== lib.py\nfrom pkg import a\n", "== quiet.py\nfrom pkg import b\ndef q(): pass\n== lib.py\nimport pkg\n"),
      {"lib.py": ("import pkg\n", "import pkg\nimport quiet\n")}, SEEN, LIB_OTHER)

names("a module of a package is not imported any more", SUBMODULE.replace(
    "import a\n", "import a\nfrom pkg import b as c\n").replace("== []", "== ['b']"),
      {"lib.py": ("from pkg import b as c\n", "")}, SEEN, LIB_OTHER)

names("a name of a package is not imported any more", SUBMODULE.replace(
    "import a\n", "import a, X\ndef x(): return X\n").replace(
        "def test_seen", "def test_x(): assert lib.x() == 1\ndef test_seen"),
      {"lib.py": ("from pkg import a, X\ndef x(): return X", "from pkg import a\ndef x(): return 0")},
      "test_lib.py::test_x", SEEN)

LOADED = '''
== pkg/__init__.py
from .core import run
== pkg/core.py
import os
SEEN = []
class Table(dict):
    def __getitem__(self, key):
        SEEN.append(key)
        return 1
TABLE = Table()
TABLE["x"]
def run(): return SEEN
== pkg/types.py
from .core import TABLE
TABLE["types"]
== pkg/testing.py
from __future__ import annotations
import contextlib
import io
import sys
import typing as t
from types import TracebackType
from . import core
if t.TYPE_CHECKING:
    from .types import Never
if sys.platform == "nowhere":
    import types
class Output(io.BytesIO):
    pass
class Runner:
    def go(self): return core.run()
@contextlib.contextmanager
def running(r: Runner | None, n: int = 1):
    yield r
== test_pkg.py
import pkg
def test_first(): assert pkg.run() == ["x"]
def test_second(): assert pkg.run() == ["x"]
== test_z.py
def test_runner():
    from pkg.testing import Runner
    assert "x" in Runner().go()
'''
IMPORT = {"test_pkg.py": ("import pkg\n", "import pkg\nfrom pkg.testing import Runner\n"
                          "def test_new(): assert Runner().go()\n")}
PKG = ["test_pkg.py::test_first", "test_pkg.py::test_second"]

names("an import of a module that needs only what is loaded", LOADED, IMPORT, "test_pkg.py::test_new",
      PKG[1], must_not=["test_z.py::test_runner", "test_other.py::test_other"])

for what, old, new in (
        ("another module too", "from . import core\n", "from . import core\nfrom . import types\n"),
        ("another module of that name too", "from . import core\n", "from . import core\nfrom .types import TABLE\n"),
        ("a condition that stores", 'if sys.platform == "nowhere":', 'if core.TABLE["y"] == "nowhere":'),
        ("a default that stores", "n: int = 1", 'n: int = core.TABLE["y"]'),
        ("a decorator that stores", "@contextlib.contextmanager\n",
         '@[contextlib.contextmanager, core.TABLE["y"]][0]\n'),
        ("a base that stores", "Runner:", 'Runner(t.cast(type, type(core.TABLE["y"]))):')):
    names(f"an import of a module that needs {what}", LOADED.replace(old, new), IMPORT,
          [*PKG, "test_pkg.py::test_new"], must_not="test_other.py::test_other",
          may_run="test_z.py::test_runner")


ELSEWHERE = '''
== pkg/__init__.py
== pkg/base.py
def parse(n=1): return n
== pkg/other.py
def parse(): return 5
== pkg/user.py
from .other import parse
def use_user(): return parse()
== pkg/lib.py
from packaging.version import parse
def use_lib(): return str(parse("1"))
== pkg/mine.py
from .base import parse
def use_mine(): return parse()
== test_pkg.py
import pkg.user, pkg.lib, pkg.mine
def test_first(): pass
def test_mine(): assert pkg.mine.use_mine() == 1
def test_user(): assert pkg.user.use_user() == 5
def test_lib(): assert pkg.lib.use_lib() == "1"
'''
PARSE = {"pkg/base.py": ("n=1", "n=2")}
TESTS = {x: f"test_pkg.py::test_{x}" for x in ("mine", "user", "lib")}

names("an import of that name from another module", ELSEWHERE, PARSE, TESTS["mine"], [TESTS["user"], TESTS["lib"]])

for what, other in (
        ("that imports it", "from .base import parse as p\nparse = p\n"),
        ("that star imports it", "from .base import *\n"),
        ("that finds it when asked", "import importlib\ndef __getattr__(name):\n    return getattr(importlib.import_module('pkg.base'), name)\n"),
        ("into which it is stored", "def parse(): return 5\nfrom . import base, other\nother.parse = base.parse\n"),
        ("into whose names it is put", "def parse(): return 5\nfrom . import base\nglobals().update(parse=base.parse)\n"),
        ("that is replaced by it", "def parse(): return 5\nimport sys\nfrom . import base\nsys.modules[__name__] = base\n")):
    names(f"an import from another module {what}", ELSEWHERE.replace("def parse(): return 5\n", other).replace("== 5", "== 1"),
          PARSE, [TESTS["mine"], TESTS["user"]], TESTS["lib"])

names("an import from another module, into which a function stores it", ELSEWHERE.replace(
    "== pkg/user.py\n", "== pkg/put.py\nfrom . import base, other\ndef put():\n    setattr(other, 'parse', base.parse)\nput()\n"
    "== pkg/user.py\nfrom . import put\n").replace("== 5", "== 1"), PARSE, [TESTS["mine"], TESTS["user"]], TESTS["lib"])

names("an import from a library, into which it is stored", ELSEWHERE.replace(
    "from packaging.version import parse\n", "import packaging.version\nfrom . import base\npackaging.version.parse = base.parse\n"
    "from packaging.version import parse\n").replace('parse("1")', "parse()"), PARSE,
      [TESTS["mine"], TESTS["lib"]], TESTS["user"], may_run=TESTS["lib"])

names("an import from a library, into which a conftest.py puts it", ELSEWHERE.replace(
    "== pkg/user.py", "== conftest.py\nimport pkg.base, pkg.two\n== pkg/two.py\nimport packaging.version as v\nfrom . import base\n"
    "for name in ('parse',):\n    setattr(v, name, getattr(base, name))\n== pkg/user.py").replace('parse("1")', "parse()"), PARSE,
      [TESTS["mine"], TESTS["lib"]], TESTS["user"], must_not=())

names("what a library makes of a constant", '''
== lib.py
from packaging.version import Version
__version__ = "1.0"
_parsed = Version(__version__)
INFO = tuple(_parsed.release)
def info(): return INFO
def other(): return 0
== test_lib.py
import lib
def test_first(): pass
def test_info(): assert lib.info() == (1, 0)
def test_other(): assert lib.other() == 0
''', {"lib.py": ('"1.0"', '"2.0"')}, "test_lib.py::test_info", "test_lib.py::test_other")

CALLS = '''
== reg.py
SEEN = []
def make(n):
    SEEN.append(n)
    return n
== base.py
import functools, importlib, sys, types
from reg import SEEN, make
CALL = str
== lib.py
from base import CALL
N = 1
X = CALL(N)
def other(): return 0
== test_lib.py
import reg, lib
def test_first(): assert lib.other() == 0
def test_seen(): assert reg.SEEN == [1]
def test_other(): assert lib.other() == 0
'''
for what, edits in (
        ("holds a function", [("CALL = str", "CALL = functools.partial(make)")]),
        ("holds a lambda", [("CALL = str", "CALL = functools.partial(lambda n: SEEN.append(n))")]),
        ("holds a container", [("CALL = str", "CALL = functools.partial(SEEN.append)")]),
        ("is an attribute of the project's", [("CALL = str", "CALL = types.SimpleNamespace(f=make).f")]),
        ("is a module", [("CALL = str", 'CALL = importlib.import_module("reg").make')]),
        ("is a module that is loaded", [("CALL = str", 'CALL = sys.modules.get("reg").make')]),
        ("a function replaces", [("CALL = str", "CALL = str\ndef init():\n    global CALL\n    CALL = make\ninit()")]),
        ("another module replaces", [("== lib.py\n", "== patch.py\nimport base\nbase.CALL = base.make\n== lib.py\nimport patch\n")]),
        ("is nothing until another module replaces it", [
            ("CALL = str", "CALL = None"),
            ("== lib.py\n", "== patch.py\nimport base\nbase.CALL = base.make\n== lib.py\nimport patch\n")]),
        ("another module's function replaces", [("== lib.py\n", "== patch.py\nimport base\ndef go():\n    setattr(base, 'CALL', base.make)\n"
                                                 "go()\n== lib.py\nimport patch\n")]),
        ("is one of two", [("CALL = str", "if SEEN:\n    CALL = str\nelse:\n    CALL = make")])):
    text = CALLS
    for old, new in edits:
        text = text.replace(old, new)
    names(f"what a library gives, that {what}", text, {"lib.py": ("N = 1", "N = 2")}, SEEN, LIB_OTHER)

names("a condition that a property decides", '''
== conf.py
LEVEL = 1
== reg.py
import conf
class Obj:
    @property
    def flag(self):
        return conf.LEVEL > 1
OBJ = Obj()
== lib.py
from reg import OBJ
if OBJ.flag:
    X = 2
else:
    X = 1
def x(): return X
def other(): return 0
== test_lib.py
import lib
def test_first(): assert lib.other() == 0
def test_x(): assert lib.x() == 1
def test_other(): assert lib.other() == 0
''', {"conf.py": ("LEVEL = 1", "LEVEL = 2")}, "test_lib.py::test_x", "test_lib.py::test_other")

names("a condition on what a star import takes", '''
== conf.py
NARROW = False
== lib.py
from conf import NARROW
a = 1
b = 2
if NARROW:
    __all__ = ["a"]
else:
    __all__ = ["a", "b"]
== use.py
from lib import *
def has():
    try:
        return b
    except NameError:
        return 0
def other(): return 0
== test_lib.py
import use
def test_first(): assert use.other() == 0
def test_has(): assert use.has() == 2
def test_other(): assert use.other() == 0
''', {"conf.py": ("False", "True")}, "test_lib.py::test_has", "test_lib.py::test_other")

MADE = '''
== reg.py
SEEN = []
def make(x):
    SEEN.append(x)
    return x
def plain(x): return x
== test_a.py
import pytest, reg
@pytest.mark.parametrize("x", [reg.make(1)])
def test_made(x): assert x
@pytest.mark.parametrize("x", [reg.plain(1)])
def test_plain(x): assert x
== test_b.py
import reg, test_a
def test_seen(): assert reg.SEEN == [1]
'''
names("a mark's value that stores something, edited", MADE, edit={"test_a.py": ("reg.make(1)", "reg.make(2)")},
      must="test_a.py::test_made[2] test_b.py::test_seen")
names("a mark's value that stored something, gone", MADE, edit={"test_a.py": ("reg.make(1)", "1")}, must="test_b.py::test_seen")
names("a test whose mark's value stored something, gone", MADE,
      edit={"test_a.py": ('@pytest.mark.parametrize("x", [reg.make(1)])\ndef test_made(x): assert x\n', "")}, must="test_b.py::test_seen")
names("a mark's value that stores into its own module", '''
== test_a.py
import pytest
SEEN = []
def make(x):
    SEEN.append(x)
    return x
@pytest.mark.parametrize("x", [make(1)])
def test_made(x): assert x
def test_seen(): assert SEEN == [1]
''', edit={"test_a.py": ("make(1)", "1")}, must="test_a.py::test_seen")
