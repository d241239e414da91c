"""Code that a test runs itself: the part that every tool of the field must get right."""

from . import probe

BASE = '''
== lib.py
def one(x):
    return x + 1

def two(x):
    return x + 2
== test_lib.py
import lib
def test_one(): assert lib.one(1) == 2
def test_two(): assert lib.two(1) == 3
'''

probe("function body", BASE, row="c2", n2=True, edit={"lib.py": ("x + 1", "x + 5")},
      must="test_lib.py::test_one", must_not="test_lib.py::test_two")

probe("test body", BASE, row="af", edit={"test_lib.py": ("lib.one(1) == 2", "lib.one(1) == 7")},
      must="test_lib.py::test_one", spare="test_lib.py::test_two")

probe("test body on lines of its own", '''
== test_own.py
def helper():
    return 1
def test_a():
    assert helper() == 1
def test_b():
    assert 2 == 2
def test_c():
    assert helper() + 1 == 2
''', row="af", edit={"test_own.py": ("2 == 2", "2 == 3")}, must="test_own.py::test_b",
      must_not="test_own.py::test_a test_own.py::test_c")

probe("helper in the test file", '''
== test_own.py
def helper():
    return 1
def test_a():
    assert helper() == 1
def test_b():
    assert 2 == 2
''', row="af", edit={"test_own.py": ("return 1", "return 4")}, must="test_own.py::test_a",
      must_not="test_own.py::test_b")

probe("branch taken by one test", '''
== lib.py
def sign(x):
    if x < 0:
        return -1
    elif x == 0:
        return 0
    else:
        return 1
== test_lib.py
import lib
def test_neg(): assert lib.sign(-3) == -1
def test_zero(): assert lib.sign(0) == 0
def test_pos(): assert lib.sign(3) == 1
''', row="r", edit={"lib.py": ("return -1", "return -2")}, must="test_lib.py::test_neg",
      must_not="test_lib.py::test_zero test_lib.py::test_pos")

probe("condition of a branch", '''
== lib.py
def sign(x):
    if x < 0:
        return -1
    return 1
== test_lib.py
import lib
def test_neg(): assert lib.sign(-3) == -1
def test_zero(): assert lib.sign(0) == 1
def test_else(): pass
''', edit={"lib.py": ("x < 0", "x <= 0")}, must="test_lib.py::test_zero",
      must_not="test_lib.py::test_else")

probe("except clause", '''
== lib.py
def get(d, k):
    try:
        return d[k]
    except KeyError:
        return None
    finally:
        d["seen"] = 1
== test_lib.py
import lib
def test_hit(): assert lib.get({"a": 1}, "a") == 1
def test_miss(): assert lib.get({}, "a") is None
''', edit={"lib.py": ("return None", "return 0")}, must="test_lib.py::test_miss",
      must_not="test_lib.py::test_hit")

probe("finally clause", '''
== lib.py
def get(d, k):
    try:
        return d[k]
    finally:
        d["seen"] = 1
== test_lib.py
import lib
def test_hit():
    d = {"a": 1}
    assert lib.get(d, "a") == d["seen"]
''', edit={"lib.py": ('= 1', '= 2')}, must="test_lib.py::test_hit")

probe("loop body and loop else", '''
== lib.py
def total(xs):
    n = 0
    for x in xs:
        n += x
    else:
        n += 100
    return n
== test_lib.py
import lib
def test_some(): assert lib.total([1, 2]) == 103
def test_none(): assert lib.total([]) == 100
''', edit={"lib.py": ("n += x", "n -= x")}, must="test_lib.py::test_some",
      must_not="test_lib.py::test_none")

probe("while body", '''
== lib.py
def count(n):
    k = 0
    while n:
        n //= 2
        k += 1
    return k
== test_lib.py
import lib
def test_some(): assert lib.count(8) == 4
def test_none(): assert lib.count(0) == 0
''', edit={"lib.py": ("k += 1", "k += 2")}, must="test_lib.py::test_some",
      must_not="test_lib.py::test_none")

probe("match case", '''
== lib.py
def kind(x):
    match x:
        case 0:
            return "zero"
        case [a, b]:
            return "pair"
        case _:
            return "other"
== test_lib.py
import lib
def test_zero(): assert lib.kind(0) == "zero"
def test_pair(): assert lib.kind([1, 2]) == "pair"
def test_other(): assert lib.kind("") == "other"
''', edit={"lib.py": ('"pair"', '"two"')}, must="test_lib.py::test_pair",
      must_not="test_lib.py::test_zero test_lib.py::test_other")

probe("with body", '''
== lib.py
import contextlib
@contextlib.contextmanager
def quiet():
    yield 1
def use():
    with quiet() as q:
        return q + 1
def other():
    return 1
== test_lib.py
import lib
def test_use(): assert lib.use() == 2
def test_other(): assert lib.other() == 1
''', edit={"lib.py": ("q + 1", "q + 2")}, must="test_lib.py::test_use",
      must_not="test_lib.py::test_other")

probe("inline suite on the header's line", '''
== lib.py
def sign(x):
    if x < 0: return -1
    return 1
== test_lib.py
import lib
def test_neg(): assert lib.sign(-3) == -1
def test_else(): pass
''', edit={"lib.py": ("return -1", "return -2")}, must="test_lib.py::test_neg",
      must_not="test_lib.py::test_else")

probe("one-line function", '''
== lib.py
def one(): return 1
def two(): return 2
== test_lib.py
import lib
def test_one(): assert lib.one() == 1
def test_two(): assert lib.two() == 2
''', edit={"lib.py": ("return 1", "return 9")}, must="test_lib.py::test_one",
      spare="test_lib.py::test_two")

probe("nested function", '''
== lib.py
def outer(flag):
    def inner():
        return 1
    if flag:
        return inner()
    return 0
== test_lib.py
import lib
def test_in(): assert lib.outer(True) == 1
def test_out(): assert lib.outer(False) == 0
''', row="r3", edit={"lib.py": ("return 1", "return 2")}, must="test_lib.py::test_in",
      must_not="test_lib.py::test_out")

probe("lambda at module level", '''
== lib.py
inc = lambda x: x + 1
def other(): return 3
== test_lib.py
import lib
def test_inc(): assert lib.inc(1) == 2
''', row="r3", edit={"lib.py": ("x + 1", "x + 2")}, must="test_lib.py::test_inc")

probe("comprehension and generator expression", '''
== lib.py
def squares(n):
    return sum(x * x for x in range(n)) + len([y for y in range(n)])
== test_lib.py
import lib
def test_squares(): assert lib.squares(3) == 8
def test_else(): pass
''', edit={"lib.py": ("x * x", "x * 2")}, must="test_lib.py::test_squares",
      must_not="test_lib.py::test_else")

probe("generator after its first yield", '''
== lib.py
def gen():
    yield 1
    value = 2
    yield value
== test_lib.py
import lib
def test_first(): assert next(lib.gen()) == 1
def test_all(): assert list(lib.gen()) == [1, 2]
''', edit={"lib.py": ("value = 2", "value = 3")}, must="test_lib.py::test_all")

probe("coroutine", '''
== lib.py
import asyncio
async def child():
    await asyncio.sleep(0)
    return 1
async def parent():
    return await child() + 1
async def other():
    return 5
== test_lib.py
import asyncio, lib
def test_parent(): assert asyncio.run(lib.parent()) == 2
def test_other(): assert asyncio.run(lib.other()) == 5
''', row="p", edit={"lib.py": ("return 1", "return 2")}, must="test_lib.py::test_parent",
      must_not="test_lib.py::test_other")

probe("async for and async with", '''
== lib.py
import contextlib
@contextlib.asynccontextmanager
async def res():
    yield 3
async def items():
    for i in range(3):
        yield i
async def use():
    async with res() as r:
        return [r + i async for i in items()]
== test_lib.py
import asyncio, lib
def test_use(): assert asyncio.run(lib.use()) == [3, 4, 5]
def test_else(): pass
''', edit={"lib.py": ("yield 3", "yield 4")}, must="test_lib.py::test_use",
      must_not="test_lib.py::test_else")

probe("property and setter", '''
== lib.py
class Box:
    def __init__(self):
        self._x = 1
    @property
    def x(self):
        return self._x
    @x.setter
    def x(self, v):
        self._x = v
== test_lib.py
import lib
def test_get(): assert lib.Box().x == 1
def test_set():
    b = lib.Box()
    b.x = 4
    assert b._x == 4
''', edit={"lib.py": ("self._x = v", "self._x = v + 1")}, must="test_lib.py::test_set",
      must_not="test_lib.py::test_get")

probe("two functions of one name", '''
== lib.py
import sys
if sys.version_info > (3,):
    def f():
        return 1
else:
    def f():
        return 2
== test_lib.py
import lib
def test_f(): assert lib.f() == 1
''', edit={"lib.py": ("return 1", "return 8")}, must="test_lib.py::test_f")

probe("special methods called by operators", '''
== lib.py
class V:
    def __init__(self, x):
        self.x = x
    def __add__(self, o):
        return V(self.x + o.x)
    def __eq__(self, o):
        return self.x == o.x
== test_lib.py
from lib import V
def test_add(): assert (V(1) + V(2)).x == 3
def test_eq(): assert V(1) == V(1)
''', edit={"lib.py": ("self.x + o.x", "self.x - o.x")}, must="test_lib.py::test_add",
      must_not="test_lib.py::test_eq")

probe("callback given to a library", '''
== lib.py
def key(x):
    return -x
def order(xs):
    return sorted(xs, key=key)
def other():
    return 1
== test_lib.py
import lib
def test_order(): assert lib.order([1, 2]) == [2, 1]
def test_other(): assert lib.other() == 1
''', edit={"lib.py": ("return -x", "return x")}, must="test_lib.py::test_order",
      must_not="test_lib.py::test_other")

probe("__del__ and weakref callback", '''
== lib.py
LOG = []
class R:
    def __del__(self):
        LOG.append("del")
def use():
    R()
    return LOG.pop()
== test_lib.py
import lib
def test_use(): assert lib.use() == "del"
def test_else(): pass
''', edit={"lib.py": ('"del"', '"gone"')}, must="test_lib.py::test_use")

probe("importlib.import_module, then a call", '''
== app/__init__.py
== app/plug.py
def run():
    return 1
== test_plug.py
import importlib
def test_run():
    m = importlib.import_module("app.plug")
    assert m.run() == 1
def test_else():
    pass
''', row="u", edit={"app/plug.py": ("return 1", "return 2")}, must="test_plug.py::test_run",
      must_not="test_plug.py::test_else")

probe("thread", '''
== lib.py
import threading
def work(out):
    out.append(1)
def use():
    out = []
    t = threading.Thread(target=work, args=(out,))
    t.start()
    t.join()
    return out
def other():
    return 2
== test_lib.py
import lib
def test_use(): assert lib.use() == [1]
def test_other(): assert lib.other() == 2
''', row="p", n2=True, edit={"lib.py": ("append(1)", "append(2)")}, must="test_lib.py::test_use",
      must_not="test_lib.py::test_other")

# Not with the trace core: before CPython 3.12 nothing tells that such a thread begins.
probe("raw thread by _thread", '''
== lib.py
import _thread
def work(out, lock):
    out.append(1)
    lock.release()
def use():
    out, lock = [], _thread.allocate_lock()
    lock.acquire()
    _thread.start_new_thread(work, (out, lock))
    lock.acquire()
    return out
== test_lib.py
import lib
def test_use(): assert lib.use() == [1]
def test_else(): pass
''', row="p2", only=("default",), edit={"lib.py": ("append(1)", "append(2)")}, must="test_lib.py::test_use")

probe("executor made at import", '''
== lib.py
from concurrent.futures import ThreadPoolExecutor
POOL = ThreadPoolExecutor(1)
POOL.submit(int).result()
def work():
    return 1
def use():
    return POOL.submit(work).result()
def other():
    return 2
== test_lib.py
import lib
def test_use(): assert lib.use() == 1
def test_other(): assert lib.other() == 2
''', row="p2", edit={"lib.py": ("return 1", "return 3")}, must="test_lib.py::test_use")

probe("executor of a session fixture", '''
== lib.py
def work():
    return 1
def other():
    return 2
== conftest.py
import pytest
from concurrent.futures import ThreadPoolExecutor
@pytest.fixture(scope="session")
def pool():
    with ThreadPoolExecutor(1) as p:
        yield p
== test_lib.py
import lib
def test_a(pool): assert pool.submit(lib.work).result() == 1
def test_b(pool): assert pool.submit(lib.work).result() + 1 == 2
def test_c(pool): assert pool.submit(lib.other).result() == 2
''', row="p", edit={"lib.py": ("return 1", "return 3")}, must="test_lib.py::test_a test_lib.py::test_b")

probe("module with executed functions deleted", '''
== lib.py
def one():
    return 1
== test_lib.py
def test_one():
    import lib
    assert lib.one() == 1
def test_else():
    pass
''', row="v", edit={"lib.py": None}, must="test_lib.py::test_one", must_not="test_lib.py::test_else")

probe("module renamed and import edited", '''
== lib.py
def one():
    return 1
== app.py
def run():
    from lib import one
    return one()
== test_app.py
import app
def test_run(): assert app.run() == 1
def test_else(): pass
''', row="v", edit={"lib.py": None, "lib2.py": "def one():\n    return 2\n", "app.py": ("from lib ", "from lib2 ")},
      must="test_app.py::test_run")

probe("constants-only module deleted", '''
== consts.py
LIMIT = 3
== test_consts.py
import consts
def test_limit(): assert consts.LIMIT == 3
== test_other.py
def test_other(): pass
''', row="v2", edit={"consts.py": None}, must="test_consts.py::test_limit",
      must_not="test_other.py::test_other")

probe("syntax error in a used module", BASE + '''
== test_other.py
def test_other(): pass
''', row="w", edit={"lib.py": ("return x + 1", "return x +")},
      must="test_lib.py::test_one test_lib.py::test_two", must_not="test_other.py::test_other")

probe("inspect.getsource of a function that did not run", '''
== lib.py
def f():
    return 1
== test_lib.py
import inspect, lib
def test_src(): assert "return 1" in inspect.getsource(lib.f)
def test_else(): pass
''', row="ab", edit={"lib.py": ("return 1", "return 2")}, must="test_lib.py::test_src")

probe("docstring read by code", '''
== lib.py
def f():
    "help text"
== test_lib.py
import lib
def test_doc(): assert lib.f.__doc__ == "help text"
''', edit={"lib.py": ("help text", "other text")}, must="test_lib.py::test_doc")

probe("docstring of another module read by code", '''
== lib.py
"""the manual"""
def f():
    return 1
== show.py
import lib
def manual():
    return lib.__doc__
== test_lib.py
import show
def test_doc(): assert show.manual() == "the manual"
''', edit={"lib.py": ("the manual", "a manual")}, must="test_lib.py::test_doc")

probe("annotations read by code", '''
== lib.py
def f(x: int):
    return x
== test_lib.py
import typing, lib
def test_hints(): assert typing.get_type_hints(lib.f) == {"x": int}
''', edit={"lib.py": ("x: int", "x: str")}, must="test_lib.py::test_hints")

probe("function pickled by value", '''
== lib.py
def f(x):
    return x + len("a")
== test_lib.py
import pickle, types, lib
def test_copy():
    consts = pickle.dumps(lib.f.__code__.co_consts)
    code = lib.f.__code__.replace(co_consts=pickle.loads(consts))
    assert types.FunctionType(code, {})(1) == 2
def test_else(): pass
''', edit={"lib.py": ("x + len", "x - len")}, must="test_lib.py::test_copy",
      must_not="test_lib.py::test_else", only=("default",))

for title, expression in {
    "marshalled": "run(marshal.loads(marshal.dumps([lib.f.__code__]))[0], 1) == 2",
    "marshalled under another name":
        "run(marshal.loads(marshal.dumps(lib.f.__code__.replace(co_name='g'))), 1) == 2",
    "disassembled": "'len' in str([*dis.get_instructions(lib.f)])",
    "whose names are read": "lib.f.__code__.co_names == ('len',)",
    "whose bytecode is read": "lib.f.__code__.co_code == one.f.__code__.co_code",
    "copied by replace": "run(lib.f.__code__.replace(co_filename='other.py'), 1) == 2",
    "made of another's parts": "run(rebuilt(lib.f.__code__), 1) == 2",
}.items():
    probe(f"function {title}", '''
== lib.py
def f(x):
    return x + len("a")
def g(): return 1
== one.py
def f(x):
    return x + len("a")
== test_lib.py
import dis, marshal, types, lib, one
def run(code, *args): return types.FunctionType(code, {})(*args)
def rebuilt(c):
    names = ["argcount", "posonlyargcount", "kwonlyargcount", "nlocals", "stacksize", "flags", "code", "consts",
             "names", "varnames", "filename", "name", "qualname", "firstlineno", "linetable", "exceptiontable"]
    return types.CodeType(*(getattr(c, "co_" + n) for n in names if hasattr(c, "co_" + n)))
def test_code(): assert %s
def test_else(): pass
''' % expression, edit={"lib.py": ("x + len", "x.__sub__" if "names" in title else "x - abs")},
          must="test_lib.py::test_code", must_not="test_lib.py::test_else")

probe("exec'd function with a project file name", '''
== code.txt
def f():
    return 1
== lib.py
def one():
    return 1
def load():
    with open("lib.py") as f:
        ns = {}
        exec(compile(f.read(), "lib.py", "exec"), ns)
    return ns["one"]()
== test_lib.py
import lib
def test_load(): assert lib.load() == 1
''', edit={"lib.py": ("return 1", "return 2")}, must="test_lib.py::test_load")

probe("runpy", '''
== script.py
def main():
    return 1
RESULT = main()
== test_script.py
import runpy
def test_run(): assert runpy.run_path("script.py")["RESULT"] == 1
def test_else(): pass
''', edit={"script.py": ("return 1", "return 2")}, must="test_script.py::test_run")

probe("locals and eval by name", '''
== lib.py
def f():
    secret = 1
    return eval("sec" + "ret")
== test_lib.py
import lib
def test_f(): assert lib.f() == 1
''', edit={"lib.py": ("secret = 1", "secret = 2")}, must="test_lib.py::test_f")

probe("variable becomes local below the entered suite", '''
== lib.py
x = 1
def f(flag):
    y = 0
    if flag:
        y = 2
    return x
== test_lib.py
import lib
def test_f(): assert lib.f(False) == 1
''', edit={"lib.py": ("y = 2", "x = 2")}, must="test_lib.py::test_f")

probe("function becomes a generator below the entered suite", '''
== lib.py
def f(flag):
    if flag:
        y = 2
    return 1
== test_lib.py
import lib
def test_f(): assert lib.f(False) == 1
''', edit={"lib.py": ("y = 2", "yield 2")}, must="test_lib.py::test_f")

probe("line number is read", '''
== lib.py
def where():
    return where.__code__.co_firstlineno
== test_lib.py
import lib
def test_where(): assert lib.where() == 1
def test_else(): pass
''', kind="limit", issue=9, edit={"lib.py": ("def where", "# moved\ndef where")}, must="test_lib.py::test_where")
