"""Tests that take tracing away or use it themselves: afterwards their own and everybody else's
dependencies must still be complete."""

from . import probe

LIB = '''
== lib.py
def one():
    return 1
def two():
    return 2
def three():
    return 3
'''


def taken(name, how, **more):
    """test_1 does `how`, calls one() and then two(); test_2 calls three() later."""
    body = "\n".join("    " + x for x in how.strip().splitlines())
    text = LIB + f'''
== test_a.py
import sys, threading, lib
def test_0(): assert lib.one() == 1
def test_1():
    assert lib.one() == 1
{body}
    assert lib.two() == 2
def test_2(): assert lib.three() == 3
def test_3(): pass
'''
    probe(name + ", a later test", text, row="y", edit={"lib.py": ("return 3", "return 4")}, must="test_a.py::test_2",
          must_not="test_a.py::test_0", untraceable=True, **more)
    probe(name + ", the same test", text, row="y", edit={"lib.py": ("return 2", "return 4")}, must="test_a.py::test_1",
          must_not="test_a.py::test_0", untraceable=True, **more)


taken("sys.settrace(None)", "sys.settrace(None)", n2=True)
taken("sys.setprofile", "sys.setprofile(lambda *a: None)\nsys.setprofile(None)")
taken("own trace function", "sys.settrace(lambda *a: None)")
taken("threading.settrace", "threading.settrace(None)\nsys.settrace(None)")
taken("pdb", '''
import pdb, io
d = pdb.Pdb(stdin=io.StringIO("c\\n"), stdout=io.StringIO(), nosigint=True)
d.set_trace()
''')
taken("cProfile", '''
import cProfile
p = cProfile.Profile()
p.enable()
p.disable()
''')
taken("own coverage", '''
import coverage
c = coverage.Coverage(data_file=None)
c.start()
c.stop()
''', needs="coverage")
taken("trace module", '''
import trace
trace.Trace(count=1, trace=0).runfunc(lib.two)
''')
taken("bdb stepping into the code", '''
import bdb
class B(bdb.Bdb):
    def user_line(self, frame): pass
b = B()
b.runcall(lib.two)
''')
taken("gc and recursion limit", '''
import gc
gc.disable()
gc.enable()
gc.collect()
sys.setrecursionlimit(sys.getrecursionlimit() + 10)
''')

taken("sys.monitoring with an own tool", '''
m = sys.monitoring
m.use_tool_id(3, "x")
m.register_callback(3, m.events.LINE, lambda *a: m.DISABLE)
m.set_events(3, m.events.LINE)
lib.two()
m.set_events(3, 0)
m.free_tool_id(3)
m.restart_events()
''', python=(3, 12))

taken("sys.monitoring, every tool freed", '''
m = sys.monitoring
for i in range(6):
    if m.get_tool(i):
        m.set_events(i, 0)
        m.free_tool_id(i)
''', python=(3, 12))

probe("code traced by the test itself", LIB + '''
== test_a.py
import sys, lib
def test_1():
    seen = []
    def tracer(frame, event, arg):
        seen.append(frame.f_code.co_name)
        return None
    old = sys.gettrace()
    sys.settrace(tracer)
    lib.two()
    sys.settrace(old)
    assert seen[0] == "two"
    assert lib.two() == 2
def test_2(): assert lib.one() == 1
''', row="y", edit={"lib.py": ("return 2", "return 5")}, must="test_a.py::test_1", must_not="test_a.py::test_2",
      untraceable=True)

probe("sys.modules entry replaced by a fake", '''
== real.py
V = 1
== app.py
def v():
    import real
    return real.V
== test_a.py
import sys, types, app
def test_fake(monkeypatch):
    fake = types.ModuleType("real")
    fake.V = 9
    monkeypatch.setitem(sys.modules, "real", fake)
    assert app.v() == 9
def test_real(): assert app.v() == 1
''', edit={"real.py": ("V = 1", "V = 2")}, must="test_a.py::test_real", spare="test_a.py::test_fake")

probe("sys.modules entry deleted and imported again", '''
== base.py
def one():
    return 1
== lib.py
import base
V = base.one()
== test_a.py
import sys
def test_1():
    import lib
    assert lib.V == 1
def test_2():
    del sys.modules["lib"]
    import lib
    assert lib.V + 1 == 2
def test_3():
    import lib
    assert lib.V + 2 == 3
''', edit={"base.py": ("return 1", "return 2")}, must="test_a.py::test_1 test_a.py::test_2 test_a.py::test_3")

probe("all project modules purged between tests", '''
== base.py
ONE = 1
== lib.py
from base import ONE
def f():
    return ONE
== conftest.py
import sys, pytest
@pytest.fixture(autouse=True)
def purge():
    yield
    for m in ("lib", "base"):
        sys.modules.pop(m, None)
== test_a.py
def test_1():
    import lib
    assert lib.f() == 1
def test_2():
    import lib
    assert lib.f() + 1 == 2
''', edit={"base.py": ("ONE = 1", "ONE = 2")}, must="test_a.py::test_1 test_a.py::test_2")

probe("module replaces itself in sys.modules", '''
== lib.py
import sys
class Proxy:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return helper(name)
def helper(name):
    return name + "1"
sys.modules[__name__] = Proxy()
== test_a.py
import lib
def test_1(): assert lib.x == "x1"
''', edit={"lib.py": ('name + "1"', 'name + "2"')}, must="test_a.py::test_1")

probe("module replaced by an object whose constant changes", '''
== conf.py
import sys
class Conf:
    debug = False
sys.modules[__name__] = Conf()
== app.py
import conf
def debug():
    return conf.debug
== test_a.py
import app
def test_1(): assert not app.debug()
== test_b.py
def test_b(): pass
''', edit={"conf.py": ("debug = False", "debug = True")}, must="test_a.py::test_1", must_not="test_b.py::test_b")

probe("own import hook", '''
== hooks.py
import importlib.abc, importlib.util, sys
class Loader(importlib.abc.Loader):
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        module.V = value()
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "virtual":
            return importlib.util.spec_from_loader(name, Loader())
def value():
    return 1
sys.meta_path.append(Finder())
== app.py
import hooks
import virtual
def v():
    return virtual.V
== test_a.py
import app
def test_1(): assert app.v() == 1
== test_b.py
def test_b(): pass
''', edit={"hooks.py": ("return 1", "return 2")}, must="test_a.py::test_1", must_not="test_b.py::test_b")

probe("module loaded by spec_from_file_location", '''
== scripts/tool.py
V = 1
def run():
    return V
== test_a.py
import importlib.util, os
def load():
    p = os.path.join(os.path.dirname(__file__), "scripts", "tool.py")
    spec = importlib.util.spec_from_file_location("tool", p)
    m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m)
    return m
def test_1(): assert load().run() == 1
def test_2(): pass
''', row="u", edit={"scripts/tool.py": ("V = 1", "V = 2")}, must="test_a.py::test_1")

probe("module loaded by spec_from_file_location, function body", '''
== scripts/tool.py
def run():
    return 1
== test_a.py
import importlib.util, os
def load():
    p = os.path.join(os.path.dirname(__file__), "scripts", "tool.py")
    spec = importlib.util.spec_from_file_location("tool", p)
    m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m)
    return m
def test_1(): assert load().run() == 1
def test_2(): load()
''', row="u", edit={"scripts/tool.py": ("return 1", "return 2")}, must="test_a.py::test_1")

probe("SourceFileLoader used directly", '''
== scripts/tool
V = 1
== test_a.py
import importlib.util, importlib.machinery, os
def test_1():
    p = os.path.join(os.path.dirname(__file__), "scripts", "tool")
    loader = importlib.machinery.SourceFileLoader("tool", p)
    spec = importlib.util.spec_from_loader("tool", loader)
    m = importlib.util.module_from_spec(spec)
    loader.exec_module(m)
    assert m.V == 1
def test_2(): pass
''', row="u", edit={"scripts/tool": ("V = 1", "V = 2")}, must="test_a.py::test_1")

probe("package in a zip on sys.path", '''
== make.py
import zipfile
def build():
    with zipfile.ZipFile("lib.zip", "w") as z:
        z.write("zipped.py")
== zipped.py
V = 1
== conftest.py
import make, sys
make.build()
sys.path.insert(0, "lib.zip")
== test_a.py
import sys
def test_1():
    import zipped
    assert zipped.V == 1
def test_2(): pass
''', edit={"zipped.py": ("V = 1", "V = 2")}, must="test_a.py::test_1")

probe("code run by exec from a string of the project", '''
== lib.py
SRC = "def f(): return 1"
ns = {}
exec(SRC, ns)
f = ns["f"]
== test_a.py
import lib
def test_1(): assert lib.f() == 1
== test_b.py
def test_b(): pass
''', edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_1", must_not="test_b.py::test_b")

probe("lazy loader of importlib", '''
== lib.py
X = 1
== lazies.py
import importlib.util, sys
def lazy(name):
    spec = importlib.util.find_spec(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    m = importlib.util.module_from_spec(spec)
    sys.modules[name] = m
    spec.loader.exec_module(m)
    return m
lib = lazy("lib")
== test_a.py
import lazies
def test_it(): assert lazies.lib.X == 1
== test_lib.py
import lazies
def test_it(): assert lazies.lib.X == 1
def test_else(): pass
''', edit={"lib.py": ("X = 1", "X = 2")}, must="test_lib.py::test_it test_a.py::test_it")

probe("own import hook that makes a module of a data file", '''
== words.txt
X = 1
== lib.py
import importlib.abc, importlib.machinery, sys
class F(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name == "words": return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec): return None
    def exec_module(self, module):
        with open("words.txt") as f: exec(f.read(), module.__dict__)
sys.meta_path.append(F())
== test_a.py
import lib, words
def test_it(): assert words.X == 1
== test_b.py
import lib
def test_it():
    import words
    assert words.X == 1
def test_else(): pass
''', edit={"words.txt": "X = 2\n"}, must="test_a.py::test_it test_b.py::test_it")
