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
