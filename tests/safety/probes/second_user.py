"""Work that the first test does and later tests profit from: caches, lazy values, things made
in one test and run in another.  Charged to the first test only, it hides from the others."""

from . import probe

TWO = '''
== test_a.py
import lib
def test_first(): assert lib.get() == 1
def test_second(): assert lib.get() + 1 == 2
== test_other.py
def test_other(): pass
'''
BOTH = dict(must="test_a.py::test_first test_a.py::test_second", must_not="test_other.py::test_other")


def two(name, lib, edit=("return 1", "return 5"), **more):
    """A module with get(), called by two tests; the edit changes what it answers."""
    more = {**BOTH, "row": "i", **more}
    probe(name, "== lib.py" + lib + TWO, edit={"lib.py": edit}, **more)


two("lru_cache", '''
import functools
def work():
    return 1
@functools.lru_cache(maxsize=None)
def get():
    return work()
''', n2=True)

two("lru_cache with its own body edited", '''
import functools
@functools.lru_cache
def get():
    return 1
''')

two("functools.cache", '''
from functools import cache
def work():
    return 1
@cache
def get():
    return work()
''')

two("lru_cache of a method on a class", '''
import functools
class C:
    @classmethod
    @functools.lru_cache(None)
    def value(cls):
        return helper()
def helper():
    return 1
def get():
    return C.value()
''')

two("lru_cache called inside an lru_cache", '''
import functools
def work():
    return 1
@functools.lru_cache
def inner():
    return work()
@functools.lru_cache
def get():
    return inner()
''')

two("lru_cache bound by partial at import", '''
import functools
def work():
    return 1
def slow(x):
    return work()
get = functools.partial(functools.lru_cache(slow), 3)
''')

two("cached_property of a singleton", '''
import functools
def work():
    return 1
class C:
    @functools.cached_property
    def value(self):
        return work()
ONE = C()
def get():
    return ONE.value
''')

two("lazy global", '''
_value = None
def work():
    return 1
def get():
    global _value
    if _value is None:
        _value = work()
    return _value
''', n2=True)

two("lazy global, early return", '''
_value = None
def work():
    return 1
def get():
    global _value
    if _value is not None:
        return _value
    _value = work()
    return _value
''')

two("lazy singleton class", '''
class Engine:
    _instance = None
    def __init__(self):
        self.value = self.make()
    def make(self):
        return 1
    @classmethod
    def instance(cls):
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance
def get():
    return Engine.instance().value
''')

two("singleton by __new__", '''
class Engine:
    _one = None
    def __new__(cls):
        if not cls._one:
            cls._one = super().__new__(cls)
            cls._one.value = work()
        return cls._one
def work():
    return 1
def get():
    return Engine().value
''')

two("guarded cache in a dict", '''
CACHE = {}
def work():
    return 1
def get(k="a"):
    if k not in CACHE:
        CACHE[k] = work()
    return CACHE[k]
''')

two("guarded cache by dict.get", '''
CACHE = {}
def work():
    return 1
def get(k="a"):
    v = CACHE.get(k)
    if v is None:
        v = CACHE[k] = work()
    return v
''')

two("guarded cache by except KeyError", '''
CACHE = {}
def work():
    return 1
def get(k="a"):
    try:
        return CACHE[k]
    except KeyError:
        CACHE[k] = work()
        return CACHE[k]
''')

two("guarded cache by except AttributeError on a function", '''
def work():
    return 1
def get():
    try:
        return get.value
    except AttributeError:
        get.value = work()
        return get.value
''')

two("guarded cache by hasattr on a module-level instance", '''
class Box: pass
BOX = Box()
def work():
    return 1
def get():
    if not hasattr(BOX, "value"):
        BOX.value = work()
    return BOX.value
''')

two("guarded cache by setdefault", '''
CACHE = {}
DONE = []
def work():
    DONE.append(1)
    return 1
def get(k="a"):
    if not DONE:
        CACHE.setdefault(k, work())
    return CACHE[k]
''')

two("cache on an instance, or-style", '''
class C:
    value = None
    def get(self):
        self.value = self.value or self.work()
        return self.value
    def work(self):
        return 1
ONE = C()
def get():
    return ONE.get()
''')

two("cache filled by a helper of the guard", '''
CACHE = {}
def work():
    return 1
def fill(k):
    CACHE[k] = work()
def get(k="a"):
    if k not in CACHE:
        fill(k)
    return CACHE[k]
''')

two("cache keyed in a class attribute through a decorator of the project", '''
def memo(f):
    seen = {}
    def wrapper(*a):
        if a not in seen:
            seen[a] = f(*a)
        return seen[a]
    return wrapper
@memo
def get():
    return 1
''')

two("cache with a mutable default argument", '''
def work():
    return 1
def get(_cache=[]):
    if not _cache:
        _cache.append(work())
    return _cache[0]
''')

two("lazy list filled once by a flag", '''
ITEMS = []
READY = False
def setup():
    global READY
    if READY:
        return
    ITEMS.append(work())
    READY = True
def work():
    return 1
def get():
    setup()
    return ITEMS[0]
''')

two("walrus guard", '''
CACHE = {}
def work():
    return 1
def get(k="a"):
    if (v := CACHE.get(k)) is None:
        CACHE[k] = v = work()
    return v
''')

two("lock around the guard", '''
import threading
LOCK = threading.Lock()
CACHE = {}
def work():
    return 1
def get(k="a"):
    with LOCK:
        if k not in CACHE:
            CACHE[k] = work()
    return CACHE[k]
''')

two("memo that calls another memo", '''
A = {}
B = {}
def work():
    return 1
def inner():
    if "x" not in B:
        B["x"] = work()
    return B["x"]
def get():
    if "y" not in A:
        A["y"] = inner()
    return A["y"]
''')

two("async cache", '''
import asyncio
CACHE = {}
async def work():
    return 1
async def aget():
    if "k" not in CACHE:
        CACHE["k"] = await work()
    return CACHE["k"]
def get():
    return asyncio.run(aget())
''')

two("exception leaves a cache behind", '''
STATE = {}
def work():
    return 1
def fill():
    if "v" not in STATE:
        STATE["v"] = work()
        raise ValueError
def get():
    try:
        fill()
    except ValueError:
        pass
    return STATE["v"]
''')

two("value computed by descriptor and stored on the class", '''
class Lazy:
    def __get__(self, obj, owner):
        owner.value = work()
        return owner.value
def work():
    return 1
class C:
    value = Lazy()
def get():
    return C.value
''')

two("registry completed at first use", '''
TABLE = {}
def entry(f):
    TABLE[f.__name__] = f()
    return f
def load():
    if not TABLE:
        @entry
        def one():
            return 1
def get():
    load()
    return TABLE["one"]
''')

two("lazy import in a function", '''
def get():
    import consts
    return consts.ONE
== consts.py
ONE = 1
''', edit=("return consts.ONE", "return consts.ONE + 1"), row="i2")

probe("lazy import of a constant", '''
== consts.py
ONE = 1
== lib.py
def get():
    import consts
    return consts.ONE
''' + TWO, row="i2", n2=True, edit={"consts.py": ("ONE = 1", "ONE = 2")}, **BOTH)

probe("lazy from-import of a constant two modules away", '''
== deep.py
ONE = 1
== consts.py
from deep import ONE
== lib.py
def get():
    from consts import ONE
    return ONE
''' + TWO, row="i2", edit={"deep.py": ("ONE = 1", "ONE = 2")}, **BOTH)

probe("lazy import by importlib.import_module", '''
== consts.py
ONE = 1
== lib.py
import importlib
def get():
    return importlib.import_module("consts").ONE
''' + TWO, row="i2", edit={"consts.py": ("ONE = 1", "ONE = 2")}, **BOTH)

probe("lazy import by __import__", '''
== consts.py
ONE = 1
== lib.py
def get():
    return __import__("consts").ONE
''' + TWO, row="i2", edit={"consts.py": ("ONE = 1", "ONE = 2")}, **BOTH)

probe("lazy import by exec", '''
== other.py
X = 7
== lib.py
def make(source):
    names = {}
    exec(source, names)
    return names["f"]
== test_lib.py
import lib
TEXT = "def f():\\n    from other import X\\n    return X"
def test_first(): assert lib.make(TEXT)() == 7
def test_second(): assert lib.make(TEXT)() == 7
def test_else(): assert lib.make("def f(): return 1")() == 1
''', edit={"other.py": ("= 7", "= 8")}, must="test_lib.py::test_first test_lib.py::test_second",
      must_not="test_lib.py::test_else")

probe("lazy import by a file that is executed", '''
== other.py
X = 7
== script.py
from other import X
VALUE = X
== settings.cfg
import other
VALUE = other.X
== lib.py
import runpy
def run():
    return runpy.run_path("script.py")["VALUE"]
def settings():
    names = {}
    with open("settings.cfg") as f:
        exec(compile(f.read(), "settings.cfg", "exec"), names)
    return names["VALUE"]
== test_lib.py
import lib
def test_first(): assert lib.run() == lib.settings() == 7
def test_script(): assert lib.run() == 7
def test_settings(): assert lib.settings() == 7
def test_else(): pass
''', edit={"other.py": ("= 7", "= 8")}, must="test_lib.py::test_first test_lib.py::test_script test_lib.py::test_settings",
      must_not="test_lib.py::test_else")

probe("lazy module loaded by a module __getattr__", '''
== pkg/__init__.py
import importlib
def __getattr__(name):
    if name == "consts":
        return importlib.import_module("pkg.consts")
    raise AttributeError(name)
== pkg/consts.py
ONE = 1
== lib.py
import pkg
def get():
    return pkg.consts.ONE
''' + TWO, row="i2", edit={"pkg/consts.py": ("ONE = 1", "ONE = 2")}, **BOTH)

probe("submodule that someone else loaded", '''
== pkg/__init__.py
== pkg/conf.py
X = 1
== loader.py
import pkg.conf
== lib.py
import pkg
def get():
    return pkg.conf.X
== test_0.py
import loader
def test_loader(): assert loader
''' + TWO, row="i2", edit={"pkg/conf.py": ("X = 1", "X = 2")}, spare="test_0.py::test_loader", **BOTH)

probe("submodule that a fixture loaded", '''
== pkg/__init__.py
== pkg/conf.py
X = 1
== conftest.py
import pytest
@pytest.fixture(scope="session", autouse=True)
def load():
    import pkg.conf
== lib.py
import pkg
def get():
    return pkg.conf.X
== test_a.py
import lib
def test_first(): assert lib.get() == 1
def test_second(): assert lib.get() + 1 == 2
''', row="i2", edit={"pkg/conf.py": ("X = 1", "X = 2")}, must="test_a.py::test_first test_a.py::test_second")

probe("module imported by the first test, function called at its import", '''
== base.py
def one():
    return 1
== consts.py
import base
ONE = base.one()
== lib.py
def get():
    import consts
    return consts.ONE
''' + TWO, row="i2", edit={"base.py": ("return 1", "return 2")}, **BOTH)

probe("module read through sys.modules", '''
== consts.py
ONE = 1
== lib.py
import sys
def get():
    import consts
    return sys.modules["consts"].ONE
''' + TWO, row="i2", edit={"consts.py": ("ONE = 1", "ONE = 2")}, **BOTH)

probe("lru_cache shared by test files", '''
== lib.py
import functools
def work(): return base()
def base():
    return 1
@functools.lru_cache
def get(): return work()
== test_a.py
import lib
def test_a(): assert lib.get() == 1
== test_b.py
from lib import get
def test_b(): assert get() == 1
== test_c.py
import lib
def test_c(): assert lib.work() == 1
== test_d.py
def test_d(): pass
''', row="i", n2=True, edit={"lib.py": ("return 1", "return 2")},
      must="test_a.py::test_a test_b.py::test_b test_c.py::test_c", must_not="test_d.py::test_d")

probe("lru_cache warmed at import", '''
== lib.py
import functools
def work():
    return 1
@functools.lru_cache
def get():
    return work()
get()
''' + TWO, row="i", edit={"lib.py": ("return 1", "return 2")}, **BOTH)

probe("lru_cache warmed by a session fixture", '''
== lib.py
import functools
def work():
    return 1
@functools.lru_cache
def get():
    return work()
== conftest.py
import pytest, lib
@pytest.fixture(scope="session", autouse=True)
def warm():
    lib.get()
''' + TWO.replace('def test_other(): pass', 'def test_other(): pass'), row="i",
      edit={"lib.py": ("return 1", "return 2")},
      must="test_a.py::test_first test_a.py::test_second")

probe("cache reached only through its dict", '''
== lib.py
CACHE = {}
def work():
    return 1
def fill():
    if "k" not in CACHE:
        CACHE["k"] = work()
def read():
    return CACHE["k"]
== conftest.py
import pytest, lib
@pytest.fixture(autouse=True)
def filled():
    lib.fill()
== test_a.py
import lib
def test_first(): assert lib.read() == 1
def test_second(): assert lib.read() + 1 == 2
''', row="i", edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_first test_a.py::test_second")

probe("generator made in one test, resumed in another", '''
== lib.py
def gen():
    yield 1
    yield 2
    yield 3
GEN = gen()
== test_a.py
import lib
def test_1(): assert next(lib.GEN) == 1
def test_2(): assert next(lib.GEN) == 2
def test_3(): assert next(lib.GEN) == 3
''', row="p3", edit={"lib.py": ("yield 3", "yield 4")}, must="test_a.py::test_3", spare="test_a.py::test_1")

probe("generator resumed in another test, straight code", '''
== lib.py
def step(n):
    return n
def gen():
    yield step(1)
    x = 2
    yield x
def make():
    return gen()
== test_a.py
import lib
G = []
def test_1():
    G.append(lib.make())
    assert next(G[0]) == 1
def test_2():
    assert next(G[0]) == 2
''', row="p3", edit={"lib.py": ("x = 2", "x = 3")}, must="test_a.py::test_2")

probe("coroutine made in one test, awaited in another", '''
== lib.py
async def work():
    return 1
== test_a.py
import asyncio, lib
C = []
def test_1():
    C.append(lib.work())
def test_2():
    assert asyncio.run(C.pop()) == 1
''', row="p3", edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_2")

probe("closure made in one test, called in another", '''
== lib.py
def make(n):
    def add(x):
        return x + n
    return add
== test_a.py
import lib
F = []
def test_1():
    F.append(lib.make(1))
def test_2():
    assert F[0](1) == 2
''', edit={"lib.py": ("return x + n", "return x - n")}, must="test_a.py::test_2")

probe("lambda made in one test, called in another", '''
== lib.py
def make(n):
    return lambda x: x + n
== test_a.py
import lib
F = []
def test_1():
    F.append(lib.make(1))
def test_2():
    assert F[0](1) == 2
def test_3():
    pass
''', edit={"lib.py": ("x + n", "x - n")}, must="test_a.py::test_2", must_not="test_a.py::test_3")

probe("generator expression made in one test, consumed in another", '''
== lib.py
def make():
    return (x * 2 for x in [1, 2])
== test_a.py
import lib
F = []
def test_1():
    F.append(lib.make())
def test_2():
    assert list(F[0]) == [2, 4]
''', edit={"lib.py": ("x * 2", "x * 3")}, must="test_a.py::test_2")

probe("thread that outlives its test", '''
== lib.py
import threading
OUT = []
GO = threading.Event()
DONE = threading.Event()
def late():
    OUT.append(1)
def work():
    GO.wait(10)
    late()
    DONE.set()
def start():
    threading.Thread(target=work, daemon=True).start()
== test_a.py
import lib
def test_1():
    lib.start()
def test_2():
    lib.GO.set()
    assert lib.DONE.wait(10)
    assert lib.OUT == [1]
''', edit={"lib.py": ("OUT.append(1)", "OUT.append(2)")}, must="test_a.py::test_2")

probe("task of a session-wide event loop", '''
== lib.py
import asyncio
async def late():
    return 1
async def work(gate, out):
    await gate.wait()
    out.append(await late())
== test_a.py
import asyncio, lib
LOOP = asyncio.new_event_loop()
S = {}
def test_1():
    async def go():
        S["gate"] = asyncio.Event()
        S["out"] = []
        S["task"] = asyncio.ensure_future(lib.work(S["gate"], S["out"]))
        await asyncio.sleep(0)
    LOOP.run_until_complete(go())
def test_2():
    async def go():
        S["gate"].set()
        await S["task"]
    LOOP.run_until_complete(go())
    LOOP.close()
    assert S["out"] == [1]
''', edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_2")

probe("object made by one test and kept by the module", '''
== lib.py
class C:
    def __init__(self):
        self.x = self.default()
    def default(self):
        return 1
== test_a.py
import lib
KEEP = []
def test_1():
    KEEP.append(lib.C())
def test_2():
    assert KEEP[0].x == 1
''', kind="limit", issue=9, edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_2")

probe("weak cache", '''
== lib.py
import weakref
class V:
    def __init__(self, n): self.n = n
CACHE = weakref.WeakValueDictionary()
KEEP = []
def work():
    return 1
def get_obj():
    v = CACHE.get("k")
    if v is None:
        v = V(work())
        CACHE["k"] = v
        KEEP.append(v)
    return v
def get():
    return get_obj().n
''' + TWO, row="i", edit={"lib.py": ("return 1", "return 2")}, **BOTH)

probe("instance cache of an object in a session fixture", '''
== lib.py
class Client:
    def __init__(self):
        self._t = None
    @property
    def token(self):
        if self._t is None:
            self._t = self.fetch()
        return self._t
    def fetch(self):
        return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def client():
    return lib.Client()
== test_a.py
def test_first(client): assert client.token == 1
def test_second(client): assert client.token + 1 == 2
def test_else(): pass
''', row="i", n2=True, edit={"lib.py": ("return 1", "return 2")},
      must="test_a.py::test_first test_a.py::test_second", must_not="test_a.py::test_else")

probe("a function made by exec imports when it is called", '''
== other.py
X = 1
== lib.py
space = {}
exec("def get():\\n    from other import X\\n    return X", space)
get = space["get"]
== test_a.py
import lib
def test_first(): assert lib.get() == 1
def test_second(): assert lib.get() + 1 == 2
''', edit={"other.py": ("X = 1", "X = 2")}, must="test_a.py::test_first test_a.py::test_second")
