"""Caches of many kinds: one test fills it, and the others, who find it filled, depend on the same."""

from . import probe

# What it is -> lib.py, and how a test asks for the value.
CACHES = {
    "contextvar": ('''
import contextvars
V = contextvars.ContextVar("V")
def get():
    try:
        return V.get()
    except LookupError:
        v = make()
        V.set(v)
        return v
''', 'lib.get()'),
    "thread local": ('''
import threading
L = threading.local()
def get():
    if not hasattr(L, "x"): L.x = make()
    return L.x
''', 'lib.get()'),
    "globals()": ('''
def get():
    if "X" not in globals(): globals()["X"] = make()
    return globals()["X"]
''', 'lib.get()'),
    "NameError": ('''
def get():
    global X
    try:
        return X
    except NameError:
        X = make()
    return X
''', 'lib.get()'),
    "nonlocal variable": ('''
def maker():
    value = None
    def get():
        nonlocal value
        if value is None: value = make()
        return value
    return get
get = maker()
''', 'lib.get()'),
    "list in a closure": ('''
def maker():
    cell = []
    def get():
        if not cell: cell.append(make())
        return cell[0]
    return get
get = maker()
''', 'lib.get()'),
    "length is zero": ('''
C = []
def get():
    if len(C) == 0: C.append(make())
    return C[0]
''', 'lib.get()'),
    "found by a loop": ('''
C = []
def get():
    for x in C: return x
    C.append(make())
    return C[0]
''', 'lib.get()'),
    "filled by a while": ('''
C = []
def get():
    while not C: C.append(make())
    return C[-1]
''', 'lib.get()'),
    "global with or": ('''
C = None
def get():
    global C
    C = C or make()
    return C
''', 'lib.get()'),
    "conditional expression of a global": ('''
C = None
def get():
    global C
    C = C if C is not None else make()
    return C
''', 'lib.get()'),
    "match": ('''
C = None
def get():
    global C
    match C:
        case None: C = make()
    return C
''', 'lib.get()'),
    "suppressed KeyError": ('''
import contextlib
C = {}
def get():
    with contextlib.suppress(KeyError): return C["k"]
    C["k"] = make()
    return C["k"]
''', 'lib.get()'),
    "__missing__": ('''
class D(dict):
    def __missing__(self, k):
        self[k] = v = make()
        return v
C = D()
''', 'lib.C["a"]'),
    "__missing__, in a function": ('''
class D(dict):
    def __missing__(self, k):
        self[k] = v = make()
        return v
C = D()
def get(): return C["a"]
''', 'lib.get()'),
    "__getattr__ with setattr": ('''
class K:
    def __getattr__(self, n):
        v = make()
        setattr(self, n, v)
        return v
k = K()
''', 'lib.k.a'),
    "__getattr__ with __dict__": ('''
class K:
    def __getattr__(self, n):
        self.__dict__[n] = v = make()
        return v
k = K()
''', 'lib.k.a'),
    "__getattr__ of a module": ('''
def __getattr__(n):
    if n != "a": raise AttributeError(n)
    globals()[n] = v = make()
    return v
''', 'lib.a'),
    "descriptor of an object of the module": ('''
class Lazy:
    def __get__(self, obj, cls):
        v = obj.__dict__["a"] = make()
        return v
class K:
    a = Lazy()
k = K()
''', 'lib.k.a'),
    "function attribute": ('''
def get():
    try: return get.x
    except AttributeError: get.x = make()
    return get.x
''', 'lib.get()'),
    "dict.update": ('''
C = {}
def get():
    C.update(a=C["a"] if "a" in C else make())
    return C["a"]
''', 'lib.get()'),
    "setattr of a class": ('''
class K: pass
def get():
    if getattr(K, "x", None) is None: setattr(K, "x", make())
    return K.x
''', 'lib.get()'),
    "future": ('''
import concurrent.futures
F = concurrent.futures.Future()
def get():
    if not F.done(): F.set_result(make())
    return F.result()
''', 'lib.get()'),
    "event": ('''
import threading
E, C = threading.Event(), []
def get():
    if not E.is_set():
        C.append(make())
        E.set()
    return C[0]
''', 'lib.get()'),
    "weakref": ('''
import weakref
class V:
    def __init__(self, x): self.x = x
REF, KEEP = (lambda: None), []
def get():
    global REF
    v = REF()
    if v is None:
        v = V(make())
        KEEP.append(v)
        REF = weakref.ref(v)
    return v.x
''', 'lib.get()'),
    "queue": ('''
import queue
Q = queue.Queue()
def get():
    if Q.empty(): Q.put(make())
    v = Q.get()
    Q.put(v)
    return v
''', 'lib.get()'),
    "chainmap": ('''
import collections
C = collections.ChainMap()
def get():
    if "a" not in C: C["a"] = make()
    return C["a"]
''', 'lib.get()'),
    "array": ('''
import array
C = array.array("i")
def get():
    if not C: C.append(make())
    return C[0]
''', 'lib.get()'),
    "environ": ('''
import os
def get():
    if "TAUT_X_Y" not in os.environ: os.environ["TAUT_X_Y"] = str(make())
    return int(os.environ["TAUT_X_Y"])
''', 'lib.get()'),
    "__call__ of an object": ('''
class Once:
    def __init__(self, f): self.f, self.done = f, False
    def __call__(self):
        if not self.done: self.v, self.done = self.f(), True
        return self.v
get = Once(make)
''', 'lib.get()'),
    "simple namespace": ('''
import types
S = types.SimpleNamespace(v=None)
def get():
    if S.v is None: S.v = make()
    return S.v
''', 'lib.get()'),
    "property of the module's class": ('''
import sys, types
class M(types.ModuleType):
    @property
    def a(self):
        if "_a" not in self.__dict__: self._a = make()
        return self._a
sys.modules[__name__].__class__ = M
''', 'lib.a'),
    "metaclass": ('''
class Meta(type):
    kept = {}
    def __call__(cls):
        if cls not in Meta.kept: Meta.kept[cls] = super().__call__()
        return Meta.kept[cls]
class K(metaclass=Meta):
    def __init__(self): self.x = make()
''', 'lib.K().x'),
    "async task": ('''
import asyncio
C = {}
async def aget():
    if "v" not in C: C["v"] = await other()
    return C["v"]
async def other(): return make()
def get(): return asyncio.run(aget())
''', 'lib.get()'),
    "lock, looked at twice": ('''
import threading
L, I = threading.RLock(), None
def get():
    global I
    i = I
    if i is None:
        with L:
            i = I
            if i is None:
                I = i = make()
    return i
''', 'lib.get()'),
    "flag, in a function of its own": ('''
DONE = False
VALUE = []
def setup():
    global DONE
    if DONE: return
    DONE = True
    VALUE.append(make())
def get():
    setup()
    return VALUE[0]
''', 'lib.get()'),
    "get or setdefault of a class": ('''
class Reg:
    _all = {}
    @classmethod
    def of(cls, n):
        return cls._all.get(n) or cls._all.setdefault(n, make())
''', 'lib.Reg.of("a")'),
    "slots": ('''
class K:
    __slots__ = ("x",)
    def get(self):
        try: return self.x
        except AttributeError: self.x = make()
        return self.x
k = K()
''', 'lib.k.get()'),
}

for name, (text, use) in CACHES.items():
    probe(f"cache: {name}", '''
== make.py
def make():
    return 1
== lib.py
from make import make
%s
== test_a.py
import lib
def test_one(): assert %s == 1
def test_two(): assert %s == 1
== test_b.py
import lib
def test_three(): assert %s == 1
def test_four(): pass
''' % (text, use, use, use), edit={"make.py": ("return 1", "return 2")},
    must="test_a.py::test_one test_a.py::test_two test_b.py::test_three", only=("default",))

probe("cache: descriptor with setattr of the class", '''
== lib.py
class classproperty:
    def __init__(self, f): self.f = f
    def __get__(self, obj, cls):
        v = self.f(cls)
        setattr(cls, self.f.__name__, v)
        return v
class K:
    @classproperty
    def x(cls): return make()
def make():
    return 1
== test_a.py
import lib
def test_one(): assert lib.K.x == 1
== test_b.py
import lib
def test_two(): assert lib.K.x == 1
def test_three(): pass
''', edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_one test_b.py::test_two")

probe("cache: file that is made where there is none", '''
== lib.py
def f():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture
def v(tmp_path_factory):
    p = tmp_path_factory.getbasetemp() / "v.txt"
    if not p.exists(): p.write_text(str(lib.f()))
    return int(p.read_text())
== test_a.py
def test_1(v): assert v == 1
== test_b.py
def test_1(v): assert v == 1
def test_else(): pass
''', edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_1 test_b.py::test_1", must_not="test_b.py::test_else")
probe("cache: file that could not be opened", '''
== lib.py
def f():
    return 1
== conftest.py
import pytest, lib, os
@pytest.fixture
def v(tmp_path_factory):
    p = tmp_path_factory.getbasetemp() / "v.txt"
    try:
        with open(p) as f: return int(f.read())
    except FileNotFoundError:
        with open(p, "w") as f: f.write(str(lib.f()))
        return lib.f()
== test_a.py
def test_1(v): assert v == 1
== test_b.py
def test_1(v): assert v == 1
def test_else(): pass
''', edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_1 test_b.py::test_1", must_not="test_b.py::test_else")

probe("cache: file for all workers, session fixture", '''
== lib.py
def f():
    return 1
== conftest.py
import pytest, lib, os, time
@pytest.fixture(scope="session")
def v(tmp_path_factory, worker_id):
    root = tmp_path_factory.getbasetemp().parent if worker_id != "master" else tmp_path_factory.getbasetemp()
    path, lock = root / "v.txt", root / "lock"
    try:
        os.mkdir(lock)
    except FileExistsError:
        while not path.exists(): time.sleep(0.01)
    if path.is_file():
        data = int(path.read_text())
    else:
        data = lib.f()
        part = root / "part"
        part.write_text(str(data))
        part.rename(path)
    return data
== test_a.py
import time
def test_1(v): assert v == 1 and not time.sleep(0.2)
def test_2(v): assert v == 1
== test_b.py
import time
def test_1(v): assert v == 1 and not time.sleep(0.2)
def test_2(v): assert v == 1
def test_else(): pass
''', edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_1 test_a.py::test_2 test_b.py::test_1 test_b.py::test_2",
      must_not="test_b.py::test_else", n2=True, needs="xdist")
