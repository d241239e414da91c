"""Fixtures of every scope, their helpers and teardowns, and the xunit and unittest setups: what
runs once for several tests belongs to each of them."""

from . import probe


def scoped(scope, **more):
    probe(f"{scope} fixture, helper called in setup", f'''
== lib.py
def make():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="{scope}")
def thing():
    return lib.make()
== test_a.py
class TestA:
    def test_1(self, thing): assert thing == 1
    def test_2(self, thing): assert thing + 1 == 2
    def test_3(self): pass
''', row="e", n2=True, edit={"lib.py": ("return 1", "return 2")},
          must="test_a.py::TestA::test_1 test_a.py::TestA::test_2", must_not="test_a.py::TestA::test_3", **more)
    probe(f"{scope} fixture, body", f'''
== conftest.py
import pytest
@pytest.fixture(scope="{scope}")
def thing():
    value = 1
    return value
== test_a.py
class TestA:
    def test_1(self, thing): assert thing == 1
    def test_2(self, thing): assert thing + 1 == 2
    def test_3(self): pass
''', row="h", edit={"conftest.py": ("value = 1", "value = 2")},
          must="test_a.py::TestA::test_1 test_a.py::TestA::test_2", must_not="test_a.py::TestA::test_3")


for s in ("function", "class", "module", "package", "session"):
    scoped(s)

probe("session fixture used from two files", '''
== lib.py
def make():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def thing():
    return lib.make()
== test_a.py
def test_a(thing): assert thing == 1
== test_b.py
def test_b(thing): assert thing == 1
== test_c.py
def test_c(): pass
''', row="e", n2=True, edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_a test_b.py::test_b",
      must_not="test_c.py::test_c")

probe("session fixture with six users", '''
== lib.py
def make():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def thing():
    return lib.make()
== test_a.py
import pytest
@pytest.mark.parametrize("i", range(6))
def test_a(thing, i): assert thing == 1
def test_z(): pass
''', row="e2", n2=True, edit={"lib.py": ("return 1", "return 2")},
      must=" ".join(f"test_a.py::test_a[{i}]" for i in range(6)), must_not="test_a.py::test_z")

probe("session fixture that uses a session fixture", '''
== lib.py
def make():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def inner():
    return lib.make()
@pytest.fixture(scope="session")
def outer(inner):
    return inner + 1
== test_a.py
def test_1(outer): assert outer == 2
def test_2(outer): assert outer + 1 == 3
def test_3(): pass
''', row="e", edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_1 test_a.py::test_2",
      must_not="test_a.py::test_3")

probe("getfixturevalue in a test", '''
== lib.py
def make():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def thing():
    return lib.make()
== test_a.py
def test_1(request): assert request.getfixturevalue("thing") == 1
def test_2(request): assert request.getfixturevalue("thing") + 1 == 2
def test_3(): pass
''', row="e", edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_1 test_a.py::test_2",
      must_not="test_a.py::test_3")

probe("getfixturevalue inside a cached fixture", '''
== lib.py
def make():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def inner():
    return lib.make()
@pytest.fixture(scope="session")
def outer(request):
    return request.getfixturevalue("inner") + 1
== test_a.py
def test_1(outer): assert outer == 2
def test_2(outer): assert outer + 1 == 3
def test_3(): pass
''', row="e", edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_1 test_a.py::test_2",
      must_not="test_a.py::test_3")

probe("session fixture's teardown raises", '''
== lib.py
def close():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def thing():
    yield 1
    assert lib.close() == 1
== test_a.py
def test_1(thing): pass
def test_2(thing): pass
def test_3(): pass
''', row="e3", edit={"lib.py": ("return 1", "return 2")}, code=1,
      rerun="test_a.py::test_1 test_a.py::test_2", kind="state")

probe("module fixture's teardown, two users", '''
== lib.py
def close():
    return 1
== test_a.py
import pytest, lib
@pytest.fixture(scope="module")
def thing():
    yield 1
    assert lib.close() == 1
def test_1(thing): pass
def test_2(thing): pass
== test_b.py
def test_b(): pass
''', row="e3", edit={"lib.py": ("return 1", "return 2")}, code=1,
      rerun="test_a.py::test_1 test_a.py::test_2", kind="state", must_not="test_b.py::test_b")

probe("session fixture's teardown writes what is checked elsewhere", '''
== lib.py
def close(log):
    log.append("closed")
== conftest.py
import pytest, lib
LOG = []
@pytest.fixture(scope="module")
def thing():
    yield 1
    lib.close(LOG)
@pytest.fixture
def log():
    return LOG
== test_a.py
def test_1(thing): pass
def test_2(thing): pass
== test_b.py
def test_b(log): assert log == ["closed"]
''', kind="limit", issue=9, row="e3", edit={"lib.py": ('"closed"', '"shut"')}, must="test_b.py::test_b")

probe("function fixture's teardown", '''
== lib.py
def close():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture
def thing():
    yield 1
    assert lib.close() == 1
== test_a.py
def test_1(thing): pass
def test_2(thing): pass
def test_3(): pass
''', row="e3", edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_1 test_a.py::test_2",
      must_not="test_a.py::test_3")

probe("addfinalizer of a function fixture", '''
== lib.py
def close():
    assert 1 == 1
== conftest.py
import pytest, lib
@pytest.fixture
def thing(request):
    request.addfinalizer(lib.close)
== test_a.py
def test_1(thing): pass
def test_3(): pass
''', row="e3", edit={"lib.py": ("1 == 1", "1 == 2")}, must="test_a.py::test_1", must_not="test_a.py::test_3")

probe("autouse fixture's helper", '''
== lib.py
STATE = {}
def prepare():
    STATE["x"] = 1
== conftest.py
import pytest, lib
@pytest.fixture(autouse=True)
def ready():
    lib.prepare()
== test_a.py
import lib
def test_1(): assert lib.STATE["x"] == 1
def test_2(): assert lib.STATE["x"] + 1 == 2
''', edit={"lib.py": ("= 1", "= 2")}, must="test_a.py::test_1 test_a.py::test_2")

probe("autouse session fixture's helper", '''
== lib.py
STATE = {}
def prepare():
    STATE["x"] = 1
== conftest.py
import pytest, lib
@pytest.fixture(autouse=True, scope="session")
def ready():
    lib.prepare()
== test_a.py
import lib
def test_1(): assert lib.STATE["x"] == 1
def test_2(): assert lib.STATE["x"] + 1 == 2
''', n2=True, edit={"lib.py": ('["x"] = 1', '["x"] = 2')}, must="test_a.py::test_1 test_a.py::test_2")

probe("overridden fixture", '''
== conftest.py
import pytest
@pytest.fixture
def thing():
    return 1
== sub/conftest.py
import pytest
@pytest.fixture
def thing(thing):
    return thing + 10
== sub/test_b.py
def test_b(thing): assert thing == 11
== test_a.py
def test_a(thing): assert thing == 1
''', edit={"sub/conftest.py": ("thing + 10", "thing + 20")}, must="sub/test_b.py::test_b",
      must_not="test_a.py::test_a")

probe("parametrized session fixture, helper of one parameter", '''
== lib.py
def small():
    return 1
def large():
    return 100
== conftest.py
import pytest, lib
@pytest.fixture(scope="session", params=["small", "large"])
def size(request):
    return getattr(lib, request.param)()
== test_a.py
def test_1(size): assert size in (1, 100)
def test_2(size): assert size + 1 in (2, 101)
''', edit={"lib.py": ("return 100", "return 99")}, must="test_a.py::test_1[large] test_a.py::test_2[large]",
      must_not="test_a.py::test_1[small] test_a.py::test_2[small]")

probe("fixture params gain a value", '''
== conftest.py
import pytest
SIZES = [1]
@pytest.fixture(params=SIZES)
def size(request):
    return request.param
== test_a.py
def test_1(size): assert size
''', edit={"conftest.py": ("[1]", "[1, 0]")}, must="test_a.py::test_1[0]", spare="test_a.py::test_1[1]")

probe("usefixtures mark", '''
== lib.py
S = []
def prepare():
    S.append(1)
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def ready():
    lib.prepare()
== test_a.py
import pytest, lib
@pytest.mark.usefixtures("ready")
class TestA:
    def test_1(self): assert lib.S == [1]
    def test_2(self): assert lib.S[0] + 1 == 2
def test_3(): pass
''', edit={"lib.py": ("append(1)", "append(2)")}, must="test_a.py::TestA::test_1 test_a.py::TestA::test_2",
      must_not="test_a.py::test_3")

probe("usefixtures in the ini file", '''
== pytest.ini
[pytest]
usefixtures = ready
== lib.py
S = []
def prepare():
    S.append(1)
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def ready():
    lib.prepare()
== test_a.py
import lib
def test_1(): assert lib.S == [1]
def test_2(): assert lib.S[0] + 1 == 2
''', edit={"lib.py": ("append(1)", "append(2)")}, must="test_a.py::test_1 test_a.py::test_2")


def xunit(name, test, must="test_a.py::TestA::test_1 test_a.py::TestA::test_2", must_not="test_a.py::TestB::test_3",
          **more):
    probe(name, '''
== lib.py
def make():
    return 1
''' + test, row="e", edit={"lib.py": ("return 1", "return 2")}, must=must, must_not=must_not, **more)


xunit("setup_class", '''
== test_a.py
import lib
class TestA:
    @classmethod
    def setup_class(cls):
        cls.x = lib.make()
    def test_1(self): assert self.x == 1
    def test_2(self): assert self.x + 1 == 2
class TestB:
    def test_3(self): pass
''', n2=True)

xunit("setup_method", '''
== test_a.py
import lib
class TestA:
    def setup_method(self):
        self.x = lib.make()
    def test_1(self): assert self.x == 1
    def test_2(self): assert self.x + 1 == 2
class TestB:
    def test_3(self): pass
''')

xunit("setup_module", '''
== test_a.py
import lib
def setup_module(module):
    module.X = lib.make()
class TestA:
    def test_1(self): assert X == 1
    def test_2(self): assert X + 1 == 2
== test_b.py
class TestB:
    def test_3(self): pass
''', must_not="test_b.py::TestB::test_3")

xunit("setup_function", '''
== test_a.py
import lib
V = {}
def setup_function(function):
    V["x"] = lib.make()
def test_1(): assert V["x"] == 1
def test_2(): assert V["x"] + 1 == 2
class TestB:
    def test_3(self): pass
''', must="test_a.py::test_1 test_a.py::test_2")

xunit("setUpClass", '''
== test_a.py
import unittest, lib
class TestA(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.x = lib.make()
    def test_1(self): self.assertEqual(self.x, 1)
    def test_2(self): self.assertEqual(self.x + 1, 2)
class TestB(unittest.TestCase):
    def test_3(self): pass
''', n2=True)

xunit("setUp", '''
== test_a.py
import unittest, lib
class TestA(unittest.TestCase):
    def setUp(self):
        self.x = lib.make()
    def test_1(self): self.assertEqual(self.x, 1)
    def test_2(self): self.assertEqual(self.x + 1, 2)
class TestB(unittest.TestCase):
    def test_3(self): pass
''')

xunit("setUpModule", '''
== test_a.py
import unittest, lib
def setUpModule():
    global X
    X = lib.make()
class TestA(unittest.TestCase):
    def test_1(self): self.assertEqual(X, 1)
    def test_2(self): self.assertEqual(X + 1, 2)
== test_b.py
class TestB:
    def test_3(self): pass
''', must_not="test_b.py::TestB::test_3")

xunit("tearDown", '''
== test_a.py
import unittest, lib
class TestA(unittest.TestCase):
    def tearDown(self):
        self.assertEqual(lib.make(), 1)
    def test_1(self): pass
    def test_2(self): pass
class TestB(unittest.TestCase):
    def test_3(self): pass
''')

xunit("addCleanup", '''
== test_a.py
import unittest, lib
class TestA(unittest.TestCase):
    def setUp(self):
        self.addCleanup(lambda: self.assertEqual(lib.make(), 1))
    def test_1(self): pass
    def test_2(self): pass
class TestB(unittest.TestCase):
    def test_3(self): pass
''')

xunit("base class of a TestCase in another module", '''
== basecase.py
import unittest, lib
class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.x = lib.make()
== test_a.py
import unittest
from basecase import Base
class TestA(Base):
    def test_1(self): self.assertEqual(self.x, 1)
    def test_2(self): self.assertEqual(self.x + 1, 2)
class TestB(unittest.TestCase):
    def test_3(self): pass
''')

probe("fixture renamed", '''
== conftest.py
import pytest
@pytest.fixture
def thing():
    return 1
@pytest.fixture
def other():
    return 2
== test_a.py
def test_1(thing): assert thing == 1
def test_2(other): assert other == 2
== test_b.py
def test_3(): pass
''', edit={"conftest.py": ("def thing", "def gadget")}, must="test_a.py::test_1",
      spare="test_a.py::test_2 test_b.py::test_3")

probe("fixture's scope changed", '''
== conftest.py
import pytest
@pytest.fixture(scope="module")
def counter():
    return []
== test_a.py
def test_1(counter): counter.append(1)
def test_2(counter): assert counter == [1]
''', edit={"conftest.py": ('scope="module"', 'scope="function"')}, must="test_a.py::test_2",
      spare="test_a.py::test_1")

probe("fixture imported from a module", '''
== fix.py
import pytest
def helper():
    return 1
@pytest.fixture(scope="session")
def thing():
    return helper()
== conftest.py
from fix import thing
== test_a.py
def test_1(thing): assert thing == 1
def test_2(thing): assert thing + 1 == 2
def test_3(): pass
''', row="h", edit={"fix.py": ("return 1", "return 2")}, must="test_a.py::test_1 test_a.py::test_2",
      must_not="test_a.py::test_3")

probe("factory fixture", '''
== lib.py
def build(n):
    return n + 1
def other():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def factory():
    def make(n):
        return lib.build(n)
    return make
== test_a.py
import lib
def test_1(factory): assert factory(1) == 2
def test_2(factory): assert factory
def test_3(): assert lib.other() == 1
''', edit={"lib.py": ("n + 1", "n + 2")}, must="test_a.py::test_1", must_not="test_a.py::test_2 test_a.py::test_3")

probe("async generator inside a fixture", '''
== lib.py
import asyncio
async def connect():
    return 1
== conftest.py
import pytest, asyncio, lib
@pytest.fixture(scope="module")
def conn():
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete(lib.connect())
    loop.close()
== test_a.py
def test_1(conn): assert conn == 1
def test_2(conn): assert conn + 1 == 2
def test_3(): pass
''', edit={"lib.py": ("return 1", "return 2")}, must="test_a.py::test_1 test_a.py::test_2",
      must_not="test_a.py::test_3")

probe("indirect parametrization", '''
== lib.py
def open_db(name):
    return name.upper()
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def db(request):
    return lib.open_db(request.param)
== test_a.py
import pytest
@pytest.mark.parametrize("db", ["x", "y"], indirect=True)
def test_1(db): assert db in "XY"
def test_3(): pass
''', edit={"lib.py": (".upper()", ".lower()")}, must="test_a.py::test_1[x] test_a.py::test_1[y]",
      must_not="test_a.py::test_3")

probe("session fixture requested first by a test that fails", '''
== lib.py
def make():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def thing():
    return lib.make()
== test_a.py
def test_1(thing): assert 0
def test_2(thing): assert thing == 1
def test_3(): pass
''', may_run="test_a.py::test_1", kind="state", edit={"lib.py": ("return 1", "return 2")},
      must="test_a.py::test_2", rerun="test_a.py::test_1", must_not="test_a.py::test_3")

probe("fixture error", '''
== conftest.py
import pytest
@pytest.fixture(scope="session")
def thing():
    raise RuntimeError("down")
== test_a.py
def test_1(thing): pass
def test_2(thing): pass
def test_3(): pass
''', row="ah", may_run="test_a.py::test_1 test_a.py::test_2", kind="state",
      edit={"conftest.py": ('raise RuntimeError("down")', "return 1")},
      must="test_a.py::test_1 test_a.py::test_2", must_not="test_a.py::test_3")
