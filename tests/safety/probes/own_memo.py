"""Values that a method remembers in its object: who has another object needs none of them, who
gets this one, a copy of it, or one with the same storage, needs what the first user ran."""

from . import probe

LIB = '''
== base.py
def make():
    return 1
== lib.py
import base
class Thing:
    def __init__(self):
        self._value = None
    def value(self):
        if self._value is None:
            self._value = self.make()
        return self._value
    def make(self):
        return base.make()
'''
BASE = {"base.py": ("return 1", "return 2")}
BOTH = {"edit": BASE, "must": "test_a.py::test_a test_b.py::test_b", "must_not": "test_c.py::test_c"}


def shared(name, text, **more):
    probe(f"own memo: {name}", LIB + text + '''
== test_c.py
def test_c(): pass
''', **{**BOTH, **more})


probe("own memo: each file has objects and a subclass of its own", LIB + '''
== test_a.py
import lib
class Own(lib.Thing):
    LEVEL = 1
    def make(self):
        return self.LEVEL
def test_a(): assert Own().value() == 1
== test_b.py
import lib
def test_b(): assert lib.Thing().value() == 1
''', edit={"test_a.py": ("LEVEL = 1", "LEVEL = 2")}, must="test_a.py::test_a", must_not="test_b.py::test_b", only=["default"])

probe("own memo: filled by another method, objects of two files", '''
== lib.py
class Thing:
    _value = None
    def open(self):
        if self._value is None:
            self._fill()
        return self._value
    def _fill(self):
        self._value = self.make()
    def make(self):
        return 1
== test_a.py
import lib
class Own(lib.Thing):
    def make(self):
        return helper()
def helper():
    return 1
def test_a(): assert Own().open() == 1
== test_b.py
import lib
def test_b(): assert lib.Thing().open() == 1
''', edit={"test_a.py": ("def helper():\n    return 1", "def helper():\n    return 2")}, must="test_a.py::test_a",
      must_not="test_b.py::test_b", only=["default"])

shared("an object of the module", '''
== one.py
import lib
ONE = lib.Thing()
== test_a.py
import one
def test_a(): assert one.ONE.value() == 1
== test_b.py
import one
def test_b(): assert one.ONE.value() == 1
''', n2=True)

shared("an object of a session fixture", '''
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def one(): return lib.Thing()
== test_a.py
def test_a(one): assert one.value() == 1
== test_b.py
def test_b(one): assert one.value() == 1
''', n2=True)

shared("a copy", '''
== one.py
import lib
ONE = lib.Thing()
== test_a.py
import one
def test_a(): assert one.ONE.value() == 1
== test_b.py
import copy, one
def test_b(): assert copy.copy(one.ONE).value() == 1
''')

shared("an object made from another's attributes", '''
== one.py
import lib
ONE = lib.Thing()
== test_a.py
import one
def test_a(): assert one.ONE.value() == 1
== test_b.py
import lib, one
def test_b():
    mine = lib.Thing()
    mine.__dict__.update(one.ONE.__dict__)
    assert mine.value() == 1
''')

shared("pickled by one, loaded by another", '''
== one.py
import lib, pickle
ONE = lib.Thing()
KEPT = []
== test_a.py
import one, pickle
def test_a():
    assert one.ONE.value() == 1
    one.KEPT.append(pickle.dumps(one.ONE))
== test_b.py
import one, pickle
def test_b():
    if not one.KEPT: one.KEPT.append(pickle.dumps(one.ONE))
    assert pickle.loads(one.KEPT[0]).value() == 1
''')

shared("objects with one __dict__", '''
== borg.py
import lib
class Borg(lib.Thing):
    STATE = {"_value": None}
    def __init__(self):
        self.__dict__ = self.STATE
== test_a.py
import borg
def test_a(): assert borg.Borg().value() == 1
== test_b.py
import borg
def test_b(): assert borg.Borg().value() == 1
''')

shared("objects with one __dict__, by setattr", '''
== borg.py
import lib
class Borg(lib.Thing):
    STATE = {"_value": None}
    def __init__(self):
        setattr(self, "__dict__", self.STATE)
== test_a.py
import borg
def test_a(): assert borg.Borg().value() == 1
== test_b.py
import borg
def test_b(): assert borg.Borg().value() == 1
''')

shared("a proxy that stores elsewhere", '''
== proxy.py
import lib
REAL = lib.Thing()
class Proxy(lib.Thing):
    def __init__(self): pass
    def __getattribute__(self, name):
        return getattr(REAL, name) if name == "_value" else object.__getattribute__(self, name)
    def __setattr__(self, name, value): setattr(REAL, name, value)
== test_a.py
import proxy
def test_a(): assert proxy.Proxy().value() == 1
== test_b.py
import proxy
def test_b(): assert proxy.Proxy().value() == 1
''')

shared("a property that stores in the class", '''
== prop.py
import lib
class Prop(lib.Thing):
    kept = None
    def __init__(self): pass
    @property
    def _value(self): return Prop.kept
    @_value.setter
    def _value(self, value): Prop.kept = value
== test_a.py
import prop
def test_a(): assert prop.Prop().value() == 1
== test_b.py
import prop
def test_b(): assert prop.Prop().value() == 1
''')

shared("a class as the object", '''
== klass.py
import base
class Klass:
    _value = None
    @classmethod
    def value(cls):
        if cls._value is None:
            cls._value = base.make()
        return cls._value
== test_a.py
import klass
def test_a(): assert klass.Klass.value() == 1
== test_b.py
import klass
def test_b(): assert klass.Klass.value() == 1
''')

shared("slots, without weak references", '''
== slots.py
import base
class Slots:
    __slots__ = ("_value",)
    def __init__(self): self._value = None
    def value(self):
        if self._value is None:
            self._value = base.make()
        return self._value
ONE = Slots()
== test_a.py
import slots
def test_a(): assert slots.ONE.value() == 1
== test_b.py
import slots
def test_b(): assert slots.ONE.value() == 1
''')

shared("the value handed on to a new object", '''
== hand.py
import base
class Hand:
    def __init__(self, value=None):
        self._value = value
    def value(self):
        if self._value is None:
            self._value = base.make()
        return self._value
    def again(self):
        return Hand(self._value)
ONE = Hand()
== test_a.py
import hand
def test_a(): assert hand.ONE.value() == 1
== test_b.py
import hand
def test_b(): assert hand.ONE.again().value() == 1
''')

shared("filled in another object of the same attribute", '''
== pair.py
import base
class Pair:
    def __init__(self, other):
        self.other, self._value = other, None
    def value(self):
        if self._value is None and self.other._value is None:
            self.other._value = base.make()
        return self._value or self.other._value
class Other:
    _value = None
ONE = Other()
== test_a.py
import pair
def test_a(): assert pair.Pair(pair.ONE).value() == 1
== test_b.py
import pair
def test_b(): assert pair.Pair(pair.ONE).value() == 1
''')

shared("a private name", '''
== priv.py
import base
class Priv:
    def __init__(self, value=None):
        self.__value = value
    def value(self):
        if self.__value is None:
            self.__value = base.make()
        return self.__value
    def again(self):
        return Priv(self.__value)
ONE = Priv()
== test_a.py
import priv
def test_a(): assert priv.ONE.value() == 1
== test_b.py
import priv
def test_b(): assert priv.ONE.again().value() == 1
''')

shared("seen first by a thread", '''
== one.py
import lib
ONE = lib.Thing()
== test_a.py
import threading, one
def test_a():
    t = threading.Thread(target=one.ONE.value)
    t.start()
    t.join()
    assert one.ONE._value == 1
== test_b.py
import one
def test_b(): assert one.ONE.value() == 1
''')

for copied in (False, True):
    shared("a forked child uses " + ("a copy of it" if copied else "it"), f'''
== one.py
import lib
ONE = lib.Thing()
== test_a.py
import one
def test_a(): assert one.ONE.value() == 1
== test_b.py
import copy, os, one
def test_b():
    pid = os.fork()
    if not pid:
        thing = {"copy.copy(one.ONE)" if copied else "one.ONE"}
        os._exit(thing.value())
    assert os.waitpid(pid, 0)[1] == 1 << 8
''')

TABLE = '''
== base.py
def make():
    return 1
== table.py
import base
class Table:
    def __init__(self, rows=None):
        self.rows = {} if rows is None else rows
    def row(self, key):
        if key not in self.rows:
            self.rows[key] = self.make(key)
        return self.rows[key]
    def make(self, key):
        return base.make()
'''


def container(name, text, **more):
    probe(f"own memo: {name}", TABLE + text + '''
== test_c.py
def test_c(): pass
''', **{**BOTH, **more})


probe("own memo: containers of two files", TABLE + '''
== test_a.py
import table
class Own(table.Table):
    LEVEL = 1
    def make(self, key):
        return self.LEVEL
def test_a(): assert Own().row("k") == 1
== test_b.py
import table
def test_b(): assert table.Table().row("k") == 1
''', edit={"test_a.py": ("LEVEL = 1", "LEVEL = 2")}, must="test_a.py::test_a", must_not="test_b.py::test_b", only=["default"])

container("a container of an object of the module", '''
== one.py
import table
ONE = table.Table()
== test_a.py
import one
def test_a(): assert one.ONE.row("k") == 1
== test_b.py
import one
def test_b(): assert one.ONE.row("k") == 1
''')

container("a container that is handed to each object", '''
== one.py
ROWS = {}
== test_a.py
import one, table
def test_a(): assert table.Table(one.ROWS).row("k") == 1
== test_b.py
import one, table
def test_b(): assert table.Table(one.ROWS).row("k") == 1
''')

container("a container that is exchanged later", '''
== one.py
ROWS = {}
== test_a.py
import one, table
def test_a():
    mine = table.Table()
    mine.row("other")
    mine.rows = one.ROWS
    assert mine.row("k") == 1
== test_b.py
import one, table
def test_b():
    mine = table.Table()
    mine.row("other")
    mine.rows = one.ROWS
    assert mine.row("k") == 1
''')

container("a container that another object gets", '''
== one.py
import table
ONE = table.Table()
== test_a.py
import one
def test_a(): assert one.ONE.row("k") == 1
== test_b.py
import one, table
def test_b(): assert table.Table(one.ONE.rows).row("k") == 1
''')

container("a container of the class", '''
== klass.py
import table
class Klass(table.Table):
    rows = {}
    def __init__(self): pass
== test_a.py
import klass
def test_a(): assert klass.Klass().row("k") == 1
== test_b.py
import klass
def test_b(): assert klass.Klass().row("k") == 1
''')

container("a container in the container", '''
== deep.py
import base
SHARED = {}
class Deep:
    def __init__(self):
        self.rows = {}
    def row(self, key):
        if key not in self.rows:
            self.rows[key] = SHARED
        if "v" not in self.rows[key]:
            self.rows[key]["v"] = base.make()
        return self.rows[key]["v"]
== test_a.py
import deep
def test_a(): assert deep.Deep().row("k") == 1
== test_b.py
import deep
def test_b(): assert deep.Deep().row("k") == 1
''')
