"""Attacks on what the name rule takes for granted."""

from . import probe, step

# ---- docstrings and annotations: who reads them, and how they get there ----

DECO = '''
== deco.py
import functools
%s
== lib.py
import deco
%s
def g(): return 1
== test_lib.py
import lib
def test_first(): assert lib.g() == 1
def test_it(): assert %s
'''
DOC = {"lib.py": ("Text of f", "Words of f")}
IT = "test_lib.py::test_it"


def deco(name, helper, lib, test, edit=DOC, must=IT, **more):
    probe(name, DECO % (helper.strip("\n"), lib.strip("\n"), test), edit=edit, must=must, spare="test_lib.py::test_first", **more)


F = '''
@deco.wrapped
def f(x: int = 1):
    """Text of f."""
    return x
'''
deco("docstring of a wrapper that forgot what it wraps", '''
def wrapped(function):
    @functools.wraps(function)
    def wrapper(*args): return function(*args)
    del wrapper.__wrapped__
    return wrapper
''', F, '"Text" in lib.f.__doc__')
deco("docstring copied by assignment", '''
def wrapped(function):
    def wrapper(*args): return function(*args)
    wrapper.__doc__ = function.__doc__
    return wrapper
''', F, '"Text" in lib.f.__doc__')
deco("annotation of a wrapper that forgot what it wraps", '''
def wrapped(function):
    @functools.wraps(function)
    def wrapper(*args): return function(*args)
    del wrapper.__wrapped__
    return wrapper
''', F, 'lib.f.__annotations__["x"] is int', edit={"lib.py": ("x: int", "x: str")})
deco("docstring of a wrapper of a bound method", '''
def bound(method):
    @functools.wraps(method)
    def wrapper(*args): return method(*args)
    return wrapper
''', '''
class K:
    def f(self):
        """Text of f."""
        return 1
f = deco.bound(K().f)
''', '"Text" in lib.f.__doc__')
deco("docstring of a wrapper of a cached function", '''
def wrapped(function):
    cached = functools.lru_cache(function)
    @functools.wraps(cached)
    def wrapper(*args): return cached(*args)
    return wrapper
''', F, '"Text" in lib.f.__doc__')
deco("docstring of a wrapper of a class method's object", '''
def wrapped(function):
    @functools.wraps(function)
    def wrapper(*args): return function.__func__(*args)
    return wrapper
''', '''
class K:
    @deco.wrapped
    @classmethod
    def f(cls):
        """Text of f."""
        return 1
''', '"Text" in lib.K.f.__doc__')
deco("docstring of a context manager's object", "", '''
import contextlib
@contextlib.contextmanager
def f():
    """Text of f."""
    yield
''', '"Text" in lib.f().__doc__')
deco("docstring of an async context manager's object", "", '''
import contextlib
@contextlib.asynccontextmanager
async def f():
    """Text of f."""
    yield
''', '"Text" in lib.f().__doc__')
deco("docstring of a function with another file's name", '''
def wrapped(function):
    function.__code__ = function.__code__.replace(co_filename="<generated>")
    return function
''', F, '"Text" in lib.f.__doc__')
deco("annotation of a function with another file's name", '''
def wrapped(function):
    function.__code__ = function.__code__.replace(co_filename="<generated>")
    return function
''', F, 'lib.f.__annotations__["x"] is int', edit={"lib.py": ("x: int", "x: str")})
deco("docstring of a copy of a function", '''
import types
def wrapped(function):
    copy = types.FunctionType(function.__code__, function.__globals__, "other", function.__defaults__)
    return copy
''', F, '"Text" in lib.f.__doc__')
deco("docstring of a copy by functools", '''
import types
def wrapped(function):
    code = (lambda *args: None).__code__
    copy = types.FunctionType(code, {})
    return functools.update_wrapper(copy, function, assigned=["__doc__"], updated=[])
''', F, '"Text" in lib.f.__doc__')
deco("docstring of a partial that is made look like it", '''
def wrapped(function):
    return functools.update_wrapper(functools.partial(function), function)
''', F, '"Text" in lib.f.__doc__')
deco("docstring of a method of a metaclass", '''
class Meta(type):
    def show(cls):
        return cls.run.__doc__
''', '''
class K(metaclass=deco.Meta):
    def run(self):
        """Text of f."""
''', '"Text" in lib.K.show()')
deco("docstring of a property with a setter of a class below", '''
class Base:
    @property
    def p(self): return 1
''', '''
class K(deco.Base):
    @deco.Base.p.getter
    def p(self):
        """Text of f."""
        return 2
''', '"Text" in lib.K.p.__doc__')
deco("docstring of singledispatchmethod", "", '''
import functools
class K:
    @functools.singledispatchmethod
    def f(self, x):
        """Text of f."""
''', '"Text" in lib.K().f.__doc__')
deco("annotation by singledispatchmethod", "", '''
import functools
class K:
    @functools.singledispatchmethod
    def f(self, x): return "other"
    @f.register
    def _(self, x: int): return "number"
''', 'lib.K().f(1) == "number"', edit={"lib.py": ("x: int", "x: str")})
deco("docstring in a text of argparse", "", '''
import argparse
def main():
    """Text of f."""
parser = argparse.ArgumentParser(description=main.__doc__)
''', '"Text" in lib.parser.format_help()')

REG = '''
== reg.py
ITEMS = []
def add(f):
    ITEMS.append(f)
    return f
def texts(): return [i.__doc__ for i in ITEMS]
def kinds(): return [i.__annotations__["x"].__name__ for i in ITEMS]
== lib.py
import reg
%s
def g(): return 1
== plug.py
import lib, reg
%s
== test_lib.py
import lib, plug, reg
def test_first(): assert lib.g() == 1
def test_doc(): assert reg.texts() == ["Text of f."]
def test_kind(): assert reg.kinds() == ["int"]
'''
PLAIN = 'def f(x: int):\n    """Text of f."""\n    return x'
NOTE = {"lib.py": ("x: int", "x: str")}


def reg(name, lib, plug):
    probe("docstring in a registry: " + name, REG % (lib, plug), edit=DOC, must="test_lib.py::test_doc", spare="test_lib.py::test_first")
    probe("annotation in a registry: " + name, REG % (lib, plug), edit=NOTE, must="test_lib.py::test_kind", spare="test_lib.py::test_first")


reg("a decorator", "@reg.add\n" + PLAIN, "")
reg("a call", PLAIN + "\nreg.add(f)", "")
reg("a call elsewhere", PLAIN, "reg.add(lib.f)")
reg("a list elsewhere", PLAIN, "reg.ITEMS += [lib.f]")
reg("a list of its own", PLAIN, "mine = [lib.f]\nreg.ITEMS.extend(mine)")
reg("a call in a function", PLAIN, "def fill():\n    reg.add(lib.f)\nfill()")
reg("an attribute", PLAIN, "class Holder: pass\nHolder.call = staticmethod(lib.f)\nreg.ITEMS.append(Holder.call)")
reg("a class that is told of those below", "class Base:\n    def __init_subclass__(cls): reg.ITEMS.append(cls.run)\n"
    "class K(Base):\n    def run(self, x: int):\n        \"\"\"Text of f.\"\"\"", "")
reg("a fixture's", "class K:\n    def run(self, x: int):\n        \"\"\"Text of f.\"\"\"", "reg.ITEMS.extend(v for k, v in vars(lib.K).items() if k == 'r' + 'un')")

CHILD = '''
== lib.py
def f(x: int = 1):
    """Text of f."""
    return x
def g(): return 1
== test_lib.py
import concurrent.futures, inspect, multiprocessing, os, pydoc, subprocess, sys, threading
import lib
def out(*args): return subprocess.run([sys.executable, *args], capture_output=True, text=True).stdout
def test_first(): assert lib.g() == 1
def test_it():
    %s
'''


def child(name, code, edit, **more):
    probe(name, CHILD % code.replace("\n", "\n    "), edit=edit, must=IT, spare="test_lib.py::test_first", **more)


child("docstring by a pool of threads", '''
with concurrent.futures.ThreadPoolExecutor() as pool: assert pool.submit(inspect.getdoc, lib.f).result() == "Text of f."
'''.strip(), DOC)
child("annotation by a pool of threads", '''
with concurrent.futures.ThreadPoolExecutor() as pool: assert "int" in str(pool.submit(inspect.signature, lib.f).result())
'''.strip(), NOTE)
child("docstring by a pool of processes", '''
with multiprocessing.get_context("fork").Pool(1) as pool: assert pool.apply(inspect.getdoc, [lib.f]) == "Text of f."
'''.strip(), DOC)
child("docstring by a pool of new processes", '''
with multiprocessing.get_context("spawn").Pool(1) as pool: assert pool.apply(inspect.getdoc, [lib.f]) == "Text of f."
'''.strip(), DOC)
child("annotation by a pool of new processes", '''
with multiprocessing.get_context("spawn").Pool(1) as pool: assert "int" in str(pool.apply(inspect.signature, [lib.f]))
'''.strip(), NOTE)
child("docstring by pydoc as a program", 'assert "Text of f." in out("-m", "pydoc", "lib")', DOC)
child("annotation by pydoc as a program", 'assert "x: int" in out("-m", "pydoc", "lib")', NOTE)
child("docstring by pydoc as a program of a function", 'assert "Text of f." in out("-m", "pydoc", "lib.f")', DOC)
child("annotation by a program's code", 'assert "int" in out("-c", "import lib, inspect; print(inspect.signature(lib.f))")', NOTE)
child("docstring by a program with threads", 'assert "Text" in out("-c", "import lib, inspect, concurrent.futures as c; print(c.ThreadPoolExecutor().submit(inspect.getdoc, lib.f).result())")', DOC)

HOOK = '''
== lib.py
def f(x: int = 1):
    """Text of f."""
    return x
def g(): return 1
== conftest.py
import inspect, pytest, lib
%s
== test_lib.py
import lib
def test_first(): assert lib.g() == 1
def test_it(value): assert "Text" in str(value)
'''


def hook(name, code, edit=DOC, must=IT, **more):
    probe(name, HOOK % code.strip("\n"), edit=edit, must=must, spare="test_lib.py::test_first", **more)


hook("docstring read by a session fixture", '''
@pytest.fixture(scope="session")
def value(): return lib.f.__doc__
''')
hook("docstring read by a hook for what tests get", '''
TEXTS = {}
def pytest_collection_finish(session): TEXTS["f"] = lib.f.__doc__
@pytest.fixture
def value(): return TEXTS["f"]
''')
hook("docstring read by a hook at the start", '''
def pytest_configure(config): config.text = inspect.getdoc(lib.f)
@pytest.fixture
def value(request): return request.config.text
''')
hook("docstring read by a hook of each test", '''
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item): item.text = lib.f.__doc__
@pytest.fixture
def value(request): return request.node.text
''')
hook("docstring in parameters of a fixture", '''
@pytest.fixture(params=[lib.f.__doc__], ids=["one"])
def value(request): return request.param
''', must="test_lib.py::test_it[one]")
hook("docstring that decides whether tests are skipped", '''
@pytest.fixture
def value(): return "Text"
def pytest_collection_modifyitems(items):
    for item in items:
        if "Words" in lib.f.__doc__ and item.name == "test_it": item.add_marker(pytest.mark.skip)
''')
hook("docstring in parameters by a hook", '''
def pytest_generate_tests(metafunc):
    if "value" in metafunc.fixturenames: metafunc.parametrize("value", [lib.f.__doc__], ids=["one"])
''', must="test_lib.py::test_it[one]")

# ---- members, and what finds them ----

MEMBER = '''
== lib.py
%s
def rest(): return 0
%s
== test_lib.py
import lib
def test_first(): pass
def test_rest(): assert lib.rest() == 0
def test_it():
    %s
'''
CAR = '''
class Car:
    topspeed = 3
    def run_motor(self, gear=1): return gear
def make(): return Car()
'''
GEAR = {"lib.py": ("gear=1", "gear=2")}
SPEED = {"lib.py": ("topspeed = 3", "topspeed = 4")}
GONE = {"lib.py": ("    topspeed = 3\n", "")}


def member(name, test, edit=SPEED, lib=CAR, files="", must=IT, **more):
    probe("member: " + name, MEMBER % (lib.strip("\n"), files.strip("\n"), test.strip("\n").replace("\n", "\n    ")),
          edit=edit, must=must, spare="test_lib.py::test_rest", **more)


member("a completer of an interpreter", '''
import rlcompleter
assert "car.topspeed" in rlcompleter.Completer({"car": lib.make()}).attr_matches("car.")
''', GONE)
member("text of an object by pydoc", '''
from pydoc import render_doc
assert "topspeed = 3" in render_doc(lib.make(), renderer=__import__("pydoc").plaintext)
''')
member("text of a class by a renderer in a file", '''
import page
assert "gear=1" in page.page("Car")
''', GEAR, files='''
== page.py
import lib, pydoc
def page(name): return pydoc.plaintext.document(lib.__dict__[name])
''')
member("a mock of an object", '''
from unittest.mock import create_autospec
assert "topspeed" in create_autospec(lib.make())._mock_methods
''', GONE)
member("a patch of what is computed", '''
from unittest import mock
with mock.patch.object(lib.make(), "run-motor".replace("-", "_")): pass
''', {"lib.py": ("    def run_motor(self, gear=1): return gear\n", "")})
member("a patch of what is computed, of the class", '''
from unittest import mock
with mock.patch.object(type(lib.make()), "TOPSPEED".lower()): pass
''', GONE)
member("monkeypatch of what is computed", '''
import pytest
with pytest.MonkeyPatch.context() as m: m.setattr(lib.make(), "TOPSPEED".lower(), 4)
''', GONE)
member("monkeypatch of a path that is computed", '''
import pytest
with pytest.MonkeyPatch.context() as m: m.setattr("lib.Car." + "TOPSPEED".lower(), 4)
''', GONE)
member("annotations of a class that are read below it", '''
assert lib.Config().load({"topspeed": "3"}) == {"topspeed": 3}
''', {"lib.py": ("topspeed: int", "topspeed: str")}, lib='''
import base
class Config(base.Loader):
    topspeed: int = 0
''', files='''
== base.py
import typing
class Loader:
    def load(self, data): return {k: t(data[k]) for k, t in typing.get_type_hints(type(self)).items() if k in data}
''')
member("annotations by inspect of a class", '''
assert lib.Config().load({"topspeed": "3"}) == {"topspeed": 3}
''', {"lib.py": ("topspeed: int", "topspeed: str")}, lib='''
import base
class Config(base.Loader):
    topspeed: int = 0
''', files='''
== base.py
class Loader:
    def load(self, data): return {k: t(data[k]) for k, t in self.__annotations__.items() if k in data}
''')
member("a class that looks at those below it", '''
assert lib.Config.fields == ["topspeed"]
''', {"lib.py": ("    topspeed: int = 0\n", "    pass\n")}, lib='''
import base
class Config(base.Loader):
    topspeed: int = 0
''', files='''
== base.py
class Loader:
    def __init_subclass__(cls): cls.fields = list(cls.__dict__.get("__annotations__", []))
''')
member("a class made by type()", '''
import io
shell = lib.SHELL(stdout=io.StringIO())
shell.onecmd("run-motor 1")
assert shell.gear == 1
''', GEAR, lib='''
import cmd
class Motor:
    gear = 0
    def do_run_motor(self, arg, gear=1): self.gear = gear
SHELL = type("Shell", (Motor, cmd.Cmd), {"parseline": lambda self, line: ("run_motor", "1", line)})
''')
member("a class with another name has classes below it", '''
import other
assert other.Van().gears() == 1
''', GEAR, files='''
== other.py
import http.server, lib
Auto = lib.Car
class Van(Auto):
    def gears(self): return call(self)
def call(o):
    f = o.__class__.__mro__[1].run_motor
    return f(o)
''')
member("a pattern by position", '''
match lib.Car():
    case lib.Car(x): assert x == 3
''', lib=CAR.replace("    topspeed = 3", '    __match_args__ = ("topspeed",)\n    topspeed = 3'))
member("a protocol that is checked when it runs", '''
import proto
assert proto.is_fast(lib.make())
''', GONE, files='''
== proto.py
from typing import Protocol, runtime_checkable
@runtime_checkable
class Fast(Protocol):
    topspeed: int
def is_fast(o): return isinstance(o, Fast)
''')
member("a proxy of a library", '''
import weakref
assert weakref.proxy(car := lib.make()).topspeed == 3
''')
member("a pipeline of names in a file", '''
import steps
assert steps.run(lib.make()) == 1
''', GEAR, files='''
== steps.py
import json
def run(o):
    value = None
    for step in json.load(open("steps.json")): value = getattr(o, step)()
    return value
== steps.json
["run_motor"]
''')
member("names in a file in other letters", '''
import steps
assert steps.run(lib.make()) == 1
''', GEAR, files='''
== steps.py
import configparser, operator
def run(o):
    c = configparser.ConfigParser()
    c.read("steps.ini")
    return operator.methodcaller(*c["steps"])(o)
== steps.ini
[steps]
RUN_MOTOR = 1
''')
member("partialmethod", '''
assert lib.Van().go() == 1
''', GEAR, lib=CAR + '''
import functools
class Van(Car):
    go = functools.partialmethod(Car.run_motor)
''')
member("super() in a mixin in another file", '''
import mix
class Both(mix.Mixin, lib.Car): pass
assert Both().drive() == 1
''', GEAR, files='''
== mix.py
class Mixin:
    def drive(self): return super().run_motor()
''')
member("a method that comes shadows one of a base", '''
import van
assert van.Van().size() == 1
''', {"lib.py": ("    topspeed = 3\n", "    topspeed = 3\n    def size(self): return 5\n")}, files='''
== van.py
import base, lib
class Van(lib.Car, base.Base): pass
== base.py
class Base:
    def size(self): return 1
''')
member("a value that comes hides what __getattr__ gives", '''
assert lib.Lazy().wheel_count == 4
''', {"lib.py": ("    known = 1\n", "    known = 1\n    wheel_count = 5\n")}, lib='''
class Lazy:
    known = 1
    def __getattr__(self, name): return 4
''')
member("a value that comes hides what a string asks", '''
assert lib.get(lib.Lazy(), "wheel-count") == 4
''', {"lib.py": ("    known = 1\n", "    known = 1\n    wheel_count = 5\n")}, lib='''
class Lazy:
    known = 1
def get(o, name): return getattr(o, name.replace("-", "_"), 4)
''')
member("reduce over getattr", '''
from functools import reduce
assert reduce(getattr, "Car.TOPSPEED".lower().replace("car", "Car").split("."), lib) == 3
''')
member("config of a class by a helper that knows objects", '''
import conf
assert conf.load(lib.make()) == {"topspeed": 3}
''', files='''
== conf.py
import inspect
def load(o): return {k: v for k, v in inspect.getmembers(o) if not k.startswith("_") and not callable(v)}
''')
member("a namespace of argparse", '''
import argparse
p = argparse.ArgumentParser()
p.add_argument("--top-speed", type=int)
assert p.parse_args([], lib.Options()).__getattribute__("top_speed") == 3
''', {"lib.py": ("top_speed = 3", "top_speed = 4")}, lib="class Options:\n    top_speed = 3")
member("a namespace of argparse that is shown", '''
import argparse
p = argparse.ArgumentParser()
p.add_argument("--top-speed", type=int)
assert p.parse_args([], lib.Options()).show() == "{}"
''', {"lib.py": ("    top_speed = 3\n", "")}, lib='''
class Options:
    top_speed = 3
    def show(self): return str(self.__dict__)
''')
member("a template of a library", '''
import string
assert string.Template("at $topspeed").substitute({k: getattr(lib.Car, k) for k in dir(lib.Car)}) == "at 3"
''')
member("a dataclass below it", '''
import van
assert van.Van(1) == van.Van(1)
''', {"lib.py": ("    topspeed = 3\n", "    topspeed = 3\n    def __eq__(self, o): return False\n")}, files='''
== van.py
import dataclasses, lib
@dataclasses.dataclass(eq=False)
class Van(lib.Car):
    size: int
    def __eq__(self, o): return super().__eq__(o) is not False
''')

# ---- read while a module is imported that does not say the name ----

AT_IMPORT = '''
== reg.py
ITEMS = []
def add(f):
    ITEMS.append(f)
    return f
def texts(): return [i.__doc__ for i in ITEMS]
def kinds(): return [i.__annotations__["x"].__name__ for i in ITEMS]
== lib.py
import reg
@reg.add
def f(x: int):
    """Text of f."""
    return x
def g(): return 1
== table.py
import lib, reg
TEXTS = reg.texts()
KINDS = reg.kinds()
== test_lib.py
import lib
def test_first(): assert lib.g() == 1
== test_table.py
import table
def test_rest(): pass
def test_doc(): assert table.TEXTS == ["Text of f."]
def test_kind(): assert table.KINDS == ["int"]
'''
probe("docstring in a registry that a module reads", AT_IMPORT, edit=DOC, must="test_table.py::test_doc", spare="test_lib.py::test_first")
probe("annotation in a registry that a module reads", AT_IMPORT, edit=NOTE, must="test_table.py::test_kind", spare="test_lib.py::test_first")
probe("docstring in a registry: a part runs in between", REG % ("@reg.add\n" + PLAIN, ""), steps=[
    step({"test_lib.py": ("assert lib.g() == 1", "assert lib.g() == 1 == 1")}),
    step({"lib.py": ("return 1", "return 1 + 0")}),
    step(DOC, must="test_lib.py::test_doc"),
    step({"lib.py": ("Words of f", "Text of f")}, must="test_lib.py::test_doc")])

# ---- cached values ----

CACHED = '''
== conf.py
def limit(): return 3
== lib.py
import functools, conf
class K:
    @functools.cached_property
    def value(self): return conf.limit()
def g(): return 1
OBJ = K()
%s
'''
UP = {"conf.py": ("return 3", "return 4")}
DEF = {"conf.py": ("LIMIT = 3", "LIMIT = 4")}
TWO = "test_a.py::test_a test_b.py::test_b"


def cached(name, rest, must=TWO, **more):
    text = CACHED % rest.strip("\n")
    probe("cached value: " + name, text, edit=UP, must=must, **more)
    probe("cached value of a name: " + name, text.replace("def limit(): return 3", "LIMIT = 3").replace("conf.limit()", "conf.LIMIT"),
          edit=DEF, must=must, **more)


cached("two modules have it, one by a function", '''
== first.py
import lib
X = lib.OBJ.value
== second.py
import lib
def show(o): return o.value
V = show(lib.OBJ)
== test_a.py
import first
def test_rest(): pass
def test_a(): assert first.X == 3
== test_b.py
import first, second
def test_rest(): pass
def test_b(): assert second.V == 3
''')
cached("a module has it by another's function", '''
== first.py
import lib
X = lib.OBJ.value
def show(o): return o.value
== second.py
import lib, first
V = first.show(lib.OBJ)
== test_a.py
import first
def test_rest(): pass
def test_a(): assert first.X == 3
== test_b.py
import second
def test_rest(): pass
def test_b(): assert second.V == 3
''')
cached("a computed name in another module", '''
== first.py
import lib
X = lib.OBJ.value
== second.py
import operator, lib
def show(o, name): return operator.attrgetter(name.lower())(o)
V = show(lib.OBJ, "VALUE")
== test_a.py
import first
def test_rest(): pass
def test_a(): assert first.X == 3
== test_b.py
import first, second
def test_rest(): pass
def test_b(): assert second.V == 3
''')
cached("a class made by a session fixture", '''
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def app():
    class App(lib.K): pass
    return App()
== test_a.py
def test_rest(): pass
def test_a(app): assert app.value == 3
== test_b.py
def test_rest(): pass
def test_b(app): assert app.value == 3
''', n2=True)
cached("a class made by a factory, kept in conftest.py", '''
== helpers.py
import lib
def make():
    class App(lib.K): pass
    return App()
== conftest.py
import pytest, helpers
APP = helpers.make()
@pytest.fixture
def app(): return APP
== test_a.py
def test_rest(): pass
def test_a(app): assert app.value == 3
== test_b.py
def test_rest(): pass
def test_b(app): assert app.value == 3
''')
cached("a class made by a factory, that conftest.py keeps elsewhere", '''
== helpers.py
import lib
def make():
    class App(lib.K): pass
    return App()
== state.py
APPS = {}
== conftest.py
import pytest, helpers, state
state.APPS["app"] = helpers.make()
== use.py
import state
def ask(): return state.APPS["app"].value
== test_a.py
import use
def test_rest(): pass
def test_a(): assert use.ask() == 3
== test_b.py
import use
def test_rest(): pass
def test_b(): assert use.ask() == 3
''')
cached("a class made by a test file's helper, kept in a module", '''
== state.py
APPS = []
== test_a.py
import lib, state
def make():
    class App(lib.K): pass
    return App()
state.APPS.append(make())
def test_rest(): pass
def test_a(): assert state.APPS[0].value == 3
== test_b.py
import state
def test_rest(): pass
def test_b(): assert state.APPS[0].value == 3
''')
cached("asked while a test file is collected", '''
== test_a.py
import pytest, lib
class Local(lib.K): pass
OBJ = Local()
@pytest.mark.parametrize("x", [OBJ.value == 3], ids=["one"])
def test_a(x): assert x
def test_rest(): pass
== test_b.py
from test_a import OBJ
def test_rest(): pass
def test_b(): assert OBJ.value == 3
''', "test_a.py::test_a[one] test_b.py::test_b")
probe("cached value: a part of the tests runs in between", CACHED % '''
== test_a.py
import lib
def test_rest(): pass
def test_a(): assert lib.OBJ.value
== test_b.py
import lib
def test_rest(): pass
def test_b(): assert lib.OBJ.value == 3''', steps=[
    step({"test_b.py": ("assert lib", "assert 1 == 1 and lib")}),
    step({"test_a.py": ("assert lib", "assert 1 == 1 and lib")}),
    step(UP, must="test_b.py::test_b")])

# ---- imports ----

NOISY = '''
== noisy.py
import reg
reg.ITEMS.append(1)
print("loaded")
== reg.py
ITEMS = []
'''
COMES = {"lib.py": ("def f()", "import noisy\ndef f()")}
probe("import that conftest.py did already, in a child", NOISY + '''
== conftest.py
import noisy
== lib.py
def f(): return 1
def g(): return 1
== test_lib.py
import subprocess, sys
import lib
def test_rest(): assert lib.g() == 1
def test_it(): assert subprocess.run([sys.executable, "-c", "import lib; print(lib.f())"], capture_output=True, text=True).stdout == "1\\n"
''', edit=COMES, must=IT)
probe("import that conftest.py did already, of a program", NOISY + '''
== conftest.py
import noisy
== lib.py
def f(): return 1
if __name__ == "__main__": print(f())
== test_lib.py
import subprocess, sys
import lib
def test_rest(): assert lib.f() == 1
def test_it(): assert subprocess.run([sys.executable, "lib.py"], capture_output=True, text=True).stdout == "1\\n"
''', edit=COMES, must=IT)
probe("import that conftest.py did already, loaded again", NOISY + '''
== conftest.py
import noisy
== lib.py
def f(): return 1
== test_lib.py
import importlib, sys
import lib, reg
def test_rest(): assert lib.f() == 1
def test_it():
    sys.modules.pop("noisy", None)
    before = len(reg.ITEMS)
    importlib.reload(lib)
    assert len(reg.ITEMS) == before
''', edit=COMES, must=IT)
probe("import that another folder's conftest.py did", NOISY + '''
== pytest.ini
[pytest]
pythonpath = .
== z/conftest.py
import noisy
== z/test_z.py
def test_z(): pass
== lib.py
def f(): return 1
== a/test_a.py
import lib, reg
COUNT = len(reg.ITEMS)
def test_rest(): assert lib.f() == 1
def test_it(): assert COUNT == 0
''', edit=COMES, must="a/test_a.py::test_it")
probe("import that one before it did, below try", NOISY + '''
== lib.py
try:
    import missing_library
    import noisy
except ImportError:
    pass
def f(): return 1
== test_lib.py
import lib, reg
def test_rest(): assert lib.f() == 1
def test_it(): assert len(reg.ITEMS) == 0
''', edit=COMES, must=IT)
probe("import that one before it did, in a function", NOISY + '''
== lib.py
def load():
    import noisy
def f(): return 1
== test_lib.py
import lib, reg
def test_rest(): assert lib.f() == 1
def test_it(): assert len(reg.ITEMS) == 0
''', edit=COMES, must=IT)
probe("import that is gone and was the first", NOISY + '''
== other.py
import reg
COUNT = len(reg.ITEMS)
import noisy
== lib.py
import noisy
import other
def f(): return 1
== test_lib.py
import lib, other
def test_rest(): assert lib.f() == 1
def test_it(): assert other.COUNT == 1
''', edit={"lib.py": ("import noisy\n", "")}, must=IT)

# ---- values of libraries ----


def value(name, vals, test, edit, files="", must=IT, **more):
    probe("library value: " + name, "== vals.py\n" + vals.strip("\n") + "\n== lib.py\nimport vals\ndef g(): return 1\n"
          + files.strip("\n") + "\n== test_lib.py\nimport lib, vals\ndef test_rest(): assert lib.g() == 1\ndef test_it(): assert " + test,
          edit=edit, must=must, spare="test_lib.py::test_rest", **more)


value("a codec of the project", '''
import enc
TEXT = "abc".encode("shout")
''', 'vals.TEXT == b"ABC!"', {"enc.py": ('"!"', '"?"')}, files='''
== enc.py
import codecs
MARK = "!"
def encode(text, errors="strict"): return (text.upper() + MARK).encode(), len(text)
def find(name): return codecs.CodecInfo(encode, None, name="shout") if name == "shout" else None
codecs.register(find)
''')
value("what json calls back", '''
import json, enc
TEXT = json.dumps([enc.Thing()], default=enc.show)
''', 'vals.TEXT == \'["thing"]\'', {"enc.py": ('NAME = "thing"', 'NAME = "other"')}, files='''
== enc.py
NAME = "thing"
class Thing: pass
def show(o): return NAME
''')
value("a context of decimal", '''
import decimal, enc
THIRD = decimal.Decimal(1) / decimal.Decimal(3)
''', 'len(str(vals.THIRD)) == 6', {"enc.py": ("PREC = 4", "PREC = 5")}, files='''
== enc.py
import decimal
PREC = 4
decimal.getcontext().prec = PREC
''')
value("a version that is compared", '''
import decimal
from meta import VERSION
PARSED = decimal.Decimal(VERSION)
BIG = PARSED > 2
''', 'not vals.BIG', {"meta.py": ('"1.5"', '"2.5"')}, files='''
== meta.py
VERSION = "1.5"
''')
value("a list that another module adds to", '''
import json
from meta import NAMES
TEXT = json.dumps(NAMES)
''', "vals.TEXT == '[\"a\"]'", {"more.py": ("NAME = 'a'", "NAME = 'b'")}, files='''
== meta.py
import more
NAMES = []
more.fill(NAMES)
== more.py
NAME = 'a'
def fill(to): to.append(NAME)
''')
