"""Code that runs while modules are imported, before any test: constants, classes,
decorators, registries, re-exports.  A per-test tracer never sees it."""

from . import probe, step

OTHER = '''
== test_other.py
def test_other(): pass
'''

probe("constant read by a test", '''
== limits.py
LIMIT = 3
== test_limits.py
import limits
def test_limit(): assert limits.LIMIT == 3
def test_else(): pass
''' + OTHER, row="a", n2=True, edit={"limits.py": ("LIMIT = 3", "LIMIT = 4")}, must="test_limits.py::test_limit",
      spare="test_limits.py::test_else", must_not="test_other.py::test_other")

probe("constant read by a module under test", '''
== limits.py
LIMIT = 3
== app.py
import limits
def below(x):
    return x < limits.LIMIT
== test_app.py
import app
def test_below(): assert app.below(2)
''' + OTHER, row="a", edit={"limits.py": ("LIMIT = 3", "LIMIT = 2")}, must="test_app.py::test_below",
      must_not="test_other.py::test_other")

probe("constant of a module with an uncalled function", '''
== limits.py
LIMIT = 3
def unused():
    return LIMIT
== app.py
from limits import LIMIT
def below(x):
    return x < LIMIT
== test_app.py
import app
def test_below(): assert app.below(2)
''' + OTHER, row="a2", edit={"limits.py": ("LIMIT = 3", "LIMIT = 2")}, must="test_app.py::test_below",
      must_not="test_other.py::test_other")

probe("constant beside a called function", '''
== lib.py
LIMIT = 3
def below(x):
    return x < LIMIT
def other():
    return 1
== test_lib.py
import lib
def test_below(): assert lib.below(2)
def test_other(): assert lib.other() == 1
''', row="a3", edit={"lib.py": ("LIMIT = 3", "LIMIT = 2")}, must="test_lib.py::test_below",
      spare="test_lib.py::test_other")

probe("constant three imports away", '''
== a.py
BASE = 1
== b.py
from a import BASE
DOUBLE = BASE * 2
== c.py
import b
def value():
    return b.DOUBLE
== test_c.py
from c import value
def test_value(): assert value() == 2
''' + OTHER, row="a", edit={"a.py": ("BASE = 1", "BASE = 5")}, must="test_c.py::test_value",
      must_not="test_other.py::test_other")

probe("constant in a test helper module", '''
== tests/__init__.py
== tests/data.py
EXPECTED = [1, 2]
== tests/test_a.py
from .data import EXPECTED
def test_a(): assert EXPECTED == [1, 2]
== tests/test_b.py
def test_b(): pass
''', row="a", edit={"tests/data.py": ("[1, 2]", "[1, 3]")}, must="tests/test_a.py::test_a",
      must_not="tests/test_b.py::test_b")

probe("constant in conftest", '''
== conftest.py
LIMIT = 3
import pytest
@pytest.fixture
def limit():
    return LIMIT
== test_a.py
def test_limit(limit): assert limit == 3
''', row="a", edit={"conftest.py": ("LIMIT = 3", "LIMIT = 4")}, must="test_a.py::test_limit")

probe("constant in an import-time condition", '''
== flags.py
FAST = True
== app.py
import flags
if flags.FAST:
    def mode():
        return "fast"
else:
    def mode():
        return "slow"
== test_app.py
import app
def test_mode(): assert app.mode() == "fast"
''' + OTHER, row="acquit-1", edit={"flags.py": ("True", "False")}, must="test_app.py::test_mode",
      must_not="test_other.py::test_other")

probe("constant flips an import guard elsewhere", '''
== settings.py
USE_C = False
== impl_py.py
NAME = "py"
== impl_c.py
NAME = "c"
== impl.py
import settings
if settings.USE_C:
    from impl_c import NAME
else:
    from impl_py import NAME
== test_impl.py
import impl
def test_name(): assert impl.NAME == "py"
''' + OTHER, row="acquit-1", edit={"settings.py": ("False", "True")}, must="test_impl.py::test_name",
      must_not="test_other.py::test_other")

probe("class attribute", '''
== lib.py
class Conf:
    retries = 3
    def run(self):
        return 1
== test_lib.py
import lib
def test_attr(): assert lib.Conf.retries == 3
def test_run(): assert lib.Conf().run() == 1
''' + OTHER, row="b", edit={"lib.py": ("retries = 3", "retries = 4")}, must="test_lib.py::test_attr",
      spare="test_lib.py::test_run", must_not="test_other.py::test_other")

probe("class with attributes only", '''
== lib.py
class Conf:
    retries = 3
== test_lib.py
from lib import Conf
def test_attr(): assert Conf().retries == 3
''' + OTHER, row="b2", edit={"lib.py": ("retries = 3", "retries = 4")}, must="test_lib.py::test_attr",
      must_not="test_other.py::test_other")

probe("enum member", '''
== lib.py
import enum
class Color(enum.Enum):
    RED = 1
    BLUE = 2
== test_lib.py
from lib import Color
def test_red(): assert Color(1) is Color.RED
def test_two(): assert len(Color) == 2
''' + OTHER, row="b2", edit={"lib.py": ("RED = 1", "RED = 1\n    GREEN = 3")}, must="test_lib.py::test_two",
      spare="test_lib.py::test_red", must_not="test_other.py::test_other")

probe("enum value renamed", '''
== lib.py
from enum import IntEnum, auto
class Level(IntEnum):
    LOW = auto()
    HIGH = auto()
== app.py
from lib import Level
def high():
    return Level.HIGH
== test_app.py
import app
def test_high(): assert app.high() == 2
''', row="b2", edit={"lib.py": ("LOW = auto()", "LOW = auto()\n    MID = auto()")}, must="test_app.py::test_high")

probe("dataclass default", '''
== lib.py
from dataclasses import dataclass
@dataclass
class Point:
    x: int = 0
    y: int = 0
== test_lib.py
from lib import Point
def test_default(): assert Point().x == 0
''' + OTHER, row="b2", edit={"lib.py": ("x: int = 0", "x: int = 7")}, must="test_lib.py::test_default",
      must_not="test_other.py::test_other")

probe("dataclass option", '''
== lib.py
from dataclasses import dataclass
@dataclass
class Point:
    x: int = 0
== test_lib.py
from lib import Point
def test_set():
    p = Point()
    p.x = 3
''', row="b2", edit={"lib.py": ("@dataclass", "@dataclass(frozen=True)")}, must="test_lib.py::test_set")

probe("named tuple field", '''
== lib.py
from typing import NamedTuple
class P(NamedTuple):
    x: int
    y: int = 2
== test_lib.py
from lib import P
def test_y(): assert P(1).y == 2
''', row="b2", edit={"lib.py": ("y: int = 2", "y: int = 3")}, must="test_lib.py::test_y")

probe("default argument", '''
== lib.py
def scale(x, by=2):
    return x * by
def other():
    return 1
== test_lib.py
import lib
def test_scale(): assert lib.scale(3) == 6
def test_other(): assert lib.other() == 1
''' + OTHER, row="c", edit={"lib.py": ("by=2", "by=3")}, must="test_lib.py::test_scale",
      spare="test_lib.py::test_other", must_not="test_other.py::test_other")

probe("default argument of a function in another module", '''
== lib.py
def scale(x, by=2):
    return x * by
== app.py
from lib import scale
def run():
    return scale(3)
== test_app.py
import app
def test_run(): assert app.run() == 6
''', row="c", edit={"lib.py": ("by=2", "by=3")}, must="test_app.py::test_run")

probe("parameter renamed", '''
== lib.py
def scale(x, by):
    return x
== test_lib.py
import lib
def test_scale(): assert lib.scale(3, by=6) == 3
''', row="c", edit={"lib.py": ("by)", "factor)")}, must="test_lib.py::test_scale")

probe("decorator swapped", '''
== deco.py
def twice(f):
    return lambda *a: f(*a) * 2
def thrice(f):
    return lambda *a: f(*a) * 3
== lib.py
from deco import twice, thrice
@twice
def one():
    return 1
def other():
    return 5
== test_lib.py
import lib
def test_one(): assert lib.one() == 2
def test_other(): assert lib.other() == 5
''' + OTHER, row="d", edit={"lib.py": ("@twice", "@thrice")}, must="test_lib.py::test_one",
      spare="test_lib.py::test_other", must_not="test_other.py::test_other")

probe("decorator removed", '''
== lib.py
class A:
    @staticmethod
    def f(x=1):
        return x
== test_lib.py
from lib import A
def test_f(): assert A().f() == 1
''', row="d", edit={"lib.py": ("    @staticmethod\n", "")}, must="test_lib.py::test_f")

probe("decorator body that acts at import", '''
== deco.py
def mark(f):
    f.level = 1
    return f
== lib.py
from deco import mark
@mark
def one():
    return 1
== test_lib.py
import lib
def test_level(): assert lib.one.level == 1
''' + OTHER, row="d2", edit={"deco.py": ("level = 1", "level = 2")}, must="test_lib.py::test_level",
      must_not="test_other.py::test_other")

probe("decorator factory", '''
== deco.py
def times(n):
    def deco(f):
        def wrapper(*a):
            return f(*a) * n
        return wrapper
    return deco
== lib.py
from deco import times
@times(2)
def one():
    return 1
== test_lib.py
import lib
def test_one(): assert lib.one() == 2
''' + OTHER, row="d2", edit={"deco.py": ("f(*a) * n", "f(*a) + n")}, must="test_lib.py::test_one",
      must_not="test_other.py::test_other")

probe("decorator factory's argument", '''
== deco.py
def times(n):
    def deco(f):
        def wrapper(*a):
            return f(*a) * n
        return wrapper
    return deco
== lib.py
from deco import times
@times(2)
def one():
    return 1
== test_lib.py
import lib
def test_one(): assert lib.one() == 2
''', row="d2", edit={"lib.py": ("@times(2)", "@times(3)")}, must="test_lib.py::test_one")

probe("class decorator", '''
== deco.py
def named(cls):
    cls.name = cls.__name__.lower()
    return cls
== lib.py
from deco import named
@named
class Thing:
    pass
== test_lib.py
from lib import Thing
def test_name(): assert Thing.name == "thing"
''' + OTHER, row="d2", edit={"deco.py": (".lower()", ".upper()")}, must="test_lib.py::test_name",
      must_not="test_other.py::test_other")

probe("function called at import, same module", '''
== lib.py
def compute():
    return 2 + 2
TABLE = compute()
== test_lib.py
import lib
def test_table(): assert lib.TABLE == 4
''' + OTHER, row="g", n2=True, edit={"lib.py": ("2 + 2", "2 + 3")}, must="test_lib.py::test_table",
      must_not="test_other.py::test_other")

probe("function called at import, other module", '''
== helper.py
def compute():
    return 2 + 2
== lib.py
from helper import compute
TABLE = compute()
== test_lib.py
import lib
def test_table(): assert lib.TABLE == 4
''' + OTHER, row="g", edit={"helper.py": ("2 + 2", "2 + 3")}, must="test_lib.py::test_table",
      must_not="test_other.py::test_other")

probe("function called at import, two modules away", '''
== deep.py
def base():
    return 2
== helper.py
import deep
def compute():
    return deep.base() + 2
== lib.py
from helper import compute
TABLE = compute()
== app.py
def read():
    import lib
    return lib.TABLE
== test_a.py
import app
def test_first(): assert app.read() == 4
def test_second(): assert app.read() + 1 == 5
''' + OTHER, row="g", edit={"deep.py": ("return 2", "return 3")}, must="test_a.py::test_first test_a.py::test_second",
      must_not="test_other.py::test_other")

probe("instance made at import", '''
== lib.py
class Engine:
    def __init__(self):
        self.power = 10
ENGINE = Engine()
== test_lib.py
from lib import ENGINE
def test_power(): assert ENGINE.power == 10
''' + OTHER, row="g2", edit={"lib.py": ("power = 10", "power = 11")}, must="test_lib.py::test_power",
      must_not="test_other.py::test_other")

probe("registry filled by a decorator", '''
== registry.py
HANDLERS = {}
def handler(name):
    def deco(f):
        HANDLERS[name] = f
        return f
    return deco
== handlers.py
from registry import handler
@handler("a")
def a():
    return 1
== app.py
import handlers
from registry import HANDLERS
def names():
    return sorted(HANDLERS)
== test_app.py
import app
def test_names(): assert app.names() == ["a"]
''' + OTHER, row="g2", edit={"handlers.py": ('"a")\ndef', '"b")\ndef')}, must="test_app.py::test_names",
      must_not="test_other.py::test_other")

probe("registry written by a module that only another test imports", '''
== registry.py
ITEMS = []
== plugin.py
import registry
registry.ITEMS.append("plugin")
== test_a.py
import plugin
def test_plugin(): assert plugin
== test_b.py
import registry
def test_items(): assert registry.ITEMS == ["plugin"]
== test_c.py
def test_c(): pass
''', row="acquit-2", edit={"plugin.py": ('"plugin"', '"other"')}, must="test_b.py::test_items",
      spare="test_a.py::test_plugin", must_not="test_c.py::test_c")

probe("registry written through a function by a module that only another test imports", '''
== registry.py
ITEMS = []
def register(x):
    ITEMS.append(x)
def items():
    return list(ITEMS)
== plugin.py
import registry
registry.register("plugin")
== test_a.py
import plugin
def test_plugin(): assert plugin
== test_b.py
import registry
def test_items(): assert registry.items() == ["plugin"]
== test_c.py
def test_c(): pass
''', row="acquit-2", edit={"plugin.py": ('"plugin"', '"other"')}, must="test_b.py::test_items",
      spare="test_a.py::test_plugin", must_not="test_c.py::test_c")

probe("register function's body", '''
== registry.py
ITEMS = {}
def register(f):
    ITEMS[f.__name__] = f
    return f
== plugin.py
from registry import register
@register
def run(): pass
== test_a.py
import plugin, registry
def test_items(): assert "run" in registry.ITEMS
''' + OTHER, row="g2", edit={"registry.py": ("[f.__name__]", "[f.__name__.upper()]")}, must="test_a.py::test_items",
      must_not="test_other.py::test_other")

probe("metaclass", '''
== meta.py
class Meta(type):
    def __new__(mcs, name, bases, ns):
        ns["table"] = name.lower()
        return super().__new__(mcs, name, bases, ns)
== models.py
from meta import Meta
class User(metaclass=Meta):
    pass
== test_models.py
from models import User
def test_table(): assert User.table == "user"
''' + OTHER, row="g2", edit={"meta.py": (".lower()", ".upper()")}, must="test_models.py::test_table",
      must_not="test_other.py::test_other")

probe("metaclass dropped", '''
== meta.py
class Meta(type):
    def __len__(cls):
        return 3
== models.py
from meta import Meta
class User(metaclass=Meta):
    pass
== test_models.py
from models import User
def test_len(): assert len(User) == 3
''', row="g2", edit={"models.py": ("(metaclass=Meta)", "")}, must="test_models.py::test_len")

probe("__init_subclass__ body", '''
== base.py
class Base:
    subs = []
    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Base.subs.append(cls.__name__)
== sub.py
from base import Base
class A(Base): pass
== test_sub.py
import sub
def test_subs(): assert sub.A.subs == ["A"]
''' + OTHER, row="g2", edit={"base.py": ("append(cls.__name__)", "append(cls)")}, must="test_sub.py::test_subs",
      must_not="test_other.py::test_other")

probe("subclass added for __init_subclass__", '''
== base.py
class Base:
    subs = []
    def __init_subclass__(cls, **kw):
        Base.subs.append(cls.__name__)
== sub.py
from base import Base
class A(Base): pass
== test_sub.py
import sub
from base import Base
def test_subs(): assert Base.subs == ["A"]
''', row="g2", edit={"sub.py": ("class A(Base): pass", "class A(Base): pass\nclass B(Base): pass")},
      must="test_sub.py::test_subs")

probe("__subclasses__ in a module that another test imports", '''
== base.py
class Base: pass
def all_names():
    return sorted(c.__name__ for c in Base.__subclasses__())
== sub.py
from base import Base
class A(Base): pass
== test_1.py
import sub
def test_sub(): assert sub.A
== test_2.py
import base
def test_names(): assert base.all_names() == ["A"]
== test_3.py
def test_3(): pass
''', row="g2", edit={"sub.py": ("class A(Base): pass", "class A(Base): pass\nclass B(Base): pass")},
      must="test_2.py::test_names", spare="test_1.py::test_sub", must_not="test_3.py::test_3")

probe("re-export in __init__ switched", '''
== pkg/__init__.py
from .one import run
== pkg/one.py
def run():
    return 1
== pkg/two.py
def run():
    return 2
== test_pkg.py
import pkg
def test_run(): assert pkg.run() == 1
''' + OTHER, row="g2", edit={"pkg/__init__.py": (".one", ".two")}, must="test_pkg.py::test_run",
      must_not="test_other.py::test_other")

probe("re-exported constant behind two __init__ files", '''
== pkg/__init__.py
from .sub import VALUE
== pkg/sub/__init__.py
from .leaf import VALUE
== pkg/sub/leaf.py
VALUE = 1
== test_pkg.py
from pkg import VALUE
def test_value(): assert VALUE == 1
''' + OTHER, row="g2", edit={"pkg/sub/leaf.py": ("1", "2")}, must="test_pkg.py::test_value",
      must_not="test_other.py::test_other")

probe("star import", '''
== names.py
A = 1
B = 2
== lib.py
from names import *
== test_lib.py
import lib
def test_a(): assert lib.A == 1
''' + OTHER, edit={"names.py": ("A = 1", "A = 3")}, must="test_lib.py::test_a",
      must_not="test_other.py::test_other")

probe("name added that a star import brings", '''
== names.py
A = 1
== lib.py
from names import *
def has():
    return "B" in globals()
== test_lib.py
import lib
def test_has(): assert not lib.has()
''', edit={"names.py": ("A = 1", "A = 1\nB = 2")}, must="test_lib.py::test_has")

probe("__all__ changed", '''
== names.py
__all__ = ["A", "B"]
A = 1
B = 2
== lib.py
from names import *
== test_lib.py
import lib
def test_b(): assert lib.B == 2
def test_a(): assert lib.A == 1
''' + OTHER, row="acquit-3", edit={"names.py": ('["A", "B"]', '["A"]')}, must="test_lib.py::test_b",
      spare="test_lib.py::test_a", must_not="test_other.py::test_other")

probe("star import of a later module hides a name", '''
== one.py
X = 1
== two.py
Y = 2
== lib.py
from one import *
from two import *
== test_lib.py
import lib
def test_x(): assert lib.X == 1
''', edit={"two.py": ("Y = 2", "Y = 2\nX = 9")}, must="test_lib.py::test_x")

probe("imports reordered", '''
== state.py
ORDER = []
== first.py
import state
state.ORDER.append("first")
== second.py
import state
state.ORDER.append("second")
== app.py
import first
import second
from state import ORDER
== test_app.py
import app
def test_order(): assert app.ORDER == ["first", "second"]
''' + OTHER, row="acquit-4", edit={"app.py": ("import first\nimport second\n", "import second\nimport first\n")},
      must="test_app.py::test_order", must_not="test_other.py::test_other")

probe("impure nested __init__", '''
== state.py
MODE = ["none"]
== pkg/__init__.py
== pkg/inner/__init__.py
import state
state.MODE[0] = "inner"
== pkg/inner/leaf.py
def run():
    return 1
== app.py
from pkg.inner.leaf import run
import state
def mode():
    return state.MODE[0]
== test_app.py
import app
def test_mode(): assert app.mode() == "inner"
''' + OTHER, row="acquit-5", edit={"pkg/inner/__init__.py": ('"inner"', '"changed"')}, must="test_app.py::test_mode",
      must_not="test_other.py::test_other")

probe("empty __init__ gains an effect", '''
== state.py
MODE = ["none"]
== pkg/__init__.py
== pkg/leaf.py
def run():
    return 1
== test_app.py
import state
from pkg.leaf import run
def test_mode(): assert run() == 1 and state.MODE[0] == "none"
''' + OTHER, row="acquit-5", edit={"pkg/__init__.py": 'import state\nstate.MODE[0] = "pkg"\n'},
      must="test_app.py::test_mode", must_not="test_other.py::test_other")

probe("method added to a base class", '''
== base.py
class Base:
    pass
== lib.py
from base import Base
class Sub(Base):
    def run(self):
        return getattr(self, "name", lambda: "none")()
== test_lib.py
from lib import Sub
def test_run(): assert Sub().run() == "none"
''' + OTHER, edit={"base.py": ("    pass", "    def name(self):\n        return 'base'")}, must="test_lib.py::test_run",
      must_not="test_other.py::test_other")

probe("base class dropped", '''
== lib.py
class A:
    def f(self):
        return 1
class B(A):
    pass
== test_lib.py
import lib
def test_f(): assert lib.B().f() == 1
def test_a(): assert lib.A().f() == 1
''', edit={"lib.py": ("B(A)", "B")}, must="test_lib.py::test_f", spare="test_lib.py::test_a")

probe("override added in a subclass, same file", '''
== lib.py
class A:
    def f(self):
        return 1
class B(A):
    x = 1
== test_lib.py
import lib
def test_b(): assert lib.B().f() == 1
def test_a(): assert lib.A().f() == 1
''', row="j", edit={"lib.py": ("    x = 1", "    x = 1\n    def f(self):\n        return 2")},
      must="test_lib.py::test_b", spare="test_lib.py::test_a")

probe("override added in a subclass, another file", '''
== base.py
class A:
    def f(self):
        return 1
== sub.py
from base import A
class B(A):
    x = 1
== test_lib.py
import base, sub
def test_b(): assert sub.B().f() == 1
def test_a(): assert base.A().f() == 1
''' + OTHER, row="j2", edit={"sub.py": ("    x = 1", "    x = 1\n    def f(self):\n        return 2")},
      must="test_lib.py::test_b", spare="test_lib.py::test_a", must_not="test_other.py::test_other")

probe("method added to a mixin in the middle of the MRO", '''
== base.py
class A:
    def f(self):
        return "A"
== mixin.py
class M:
    pass
== sub.py
from base import A
from mixin import M
class B(M, A):
    pass
== factory.py
import sub
def make():
    return sub.B()
== test_lib.py
import factory
def test_f(): assert factory.make().f() == "A"
''' + OTHER, row="j2", edit={"mixin.py": ("    pass", "    def f(self):\n        return 'M'")},
      must="test_lib.py::test_f", must_not="test_other.py::test_other")

probe("dunder added in a subclass", '''
== lib.py
class A:
    def __init__(self, x):
        self.x = x
    def __eq__(self, other):
        return self.x == other.x
class B(A):
    y = 1
== test_lib.py
from lib import B
def test_eq(): assert B(1) == B(1)
''', row="j", edit={"lib.py": ("    y = 1", "    y = 1\n    def __eq__(self, other):\n        return False")},
      must="test_lib.py::test_eq")

probe("__getattr__ added", '''
== lib.py
class A:
    x = 1
def has(o):
    return hasattr(o, "nope")
== test_lib.py
import lib
def test_has(): assert not lib.has(lib.A())
''', edit={"lib.py": ("    x = 1", "    x = 1\n    def __getattr__(self, n):\n        return n")},
      must="test_lib.py::test_has")

probe("descriptor's __set_name__", '''
== fields.py
class Field:
    def __set_name__(self, owner, name):
        self.column = name
    def __get__(self, obj, owner):
        return self.column
== model.py
from fields import Field
class M:
    age = Field()
== test_model.py
from model import M
def test_age(): assert M().age == "age"
''' + OTHER, edit={"fields.py": ("self.column = name", "self.column = name.upper()")}, must="test_model.py::test_age",
      must_not="test_other.py::test_other")

probe("module __getattr__", '''
== lib.py
def __getattr__(name):
    if name == "answer":
        return 42
    raise AttributeError(name)
== test_lib.py
import lib
def test_answer(): assert lib.answer == 42
def test_else(): pass
''', edit={"lib.py": ("return 42", "return 43")}, must="test_lib.py::test_answer",
      must_not="test_lib.py::test_else")

probe("name defined that module __getattr__ used to answer", '''
== lib.py
def __getattr__(name):
    return 42
== test_lib.py
import lib
def test_answer(): assert lib.answer == 42
''', edit={"lib.py": ("def __getattr__", "answer = 1\ndef __getattr__")}, must="test_lib.py::test_answer")

probe("monkeypatching at import", '''
== lib.py
class A:
    def f(self):
        return 1
== patch.py
import lib
lib.A.f = lambda self: 2
== app.py
import lib, patch
def run():
    return lib.A().f()
== test_app.py
import app
def test_run(): assert app.run() == 2
''' + OTHER, edit={"patch.py": ("self: 2", "self: 3")}, must="test_app.py::test_run",
      must_not="test_other.py::test_other")

probe("monkeypatching by a module that only another test file imports", '''
== lib.py
class A:
    x = 1
== patch.py
import lib
lib.A.x = 2
== test_a.py
import patch
def test_a(): assert patch
== test_b.py
import lib
def test_b(): assert lib.A.x == 2
''', edit={"patch.py": ("x = 2", "x = 3")}, must="test_b.py::test_b", spare="test_a.py::test_a")

probe("monkeypatched in a test's function", '''
== lib.py
def f():
    return 1
== fake.py
VALUE = 5
def f():
    return VALUE
== test_lib.py
import lib, fake
def test_patched(monkeypatch):
    monkeypatch.setattr(lib, "f", fake.f)
    assert lib.f() == 5
def test_plain(): assert lib.f() == 1
''', edit={"fake.py": ("VALUE = 5", "VALUE = 6")}, must="test_lib.py::test_patched",
      spare="test_lib.py::test_plain")

probe("importlib.reload", '''
== lib.py
X = 1
== test_lib.py
import importlib, lib
def test_reload():
    assert importlib.reload(lib).X == 1
def test_read():
    assert lib.X + 1 == 2
''' + OTHER, row="i2", edit={"lib.py": ("X = 1", "X = 2")}, must="test_lib.py::test_reload test_lib.py::test_read",
      must_not="test_other.py::test_other")

probe("importlib.reload, two users of a function called at import", '''
== base.py
def value():
    return 1
== lib.py
import base
X = base.value()
== app.py
import importlib, lib
def refresh():
    importlib.reload(lib)
== test_lib.py
import app, lib
def test_1():
    app.refresh()
    assert lib.X == 1
def test_2():
    assert lib.X + 1 == 2
''' + OTHER, row="i2", edit={"base.py": ("return 1", "return 2")}, must="test_lib.py::test_1 test_lib.py::test_2",
      must_not="test_other.py::test_other")

probe("import removed", '''
== side.py
import lib
lib.READY = True
== lib.py
READY = False
== app.py
import lib
import side
def ready():
    return lib.READY
== test_app.py
import app
def test_ready(): assert app.ready()
''' + OTHER, edit={"app.py": ("import side\n", "")}, must="test_app.py::test_ready",
      must_not="test_other.py::test_other")

probe("import alias switched", '''
== one.py
V = 1
== two.py
V = 2
== app.py
import one as impl
def v():
    return impl.V
== test_app.py
import app
def test_v(): assert app.v() == 1
''', edit={"app.py": ("import one as", "import two as")}, must="test_app.py::test_v")

probe("assignment in a module-level loop", '''
== lib.py
TABLE = {}
for i in range(3):
    TABLE[i] = i * i
== test_lib.py
import lib
def test_table(): assert lib.TABLE[2] == 4
''' + OTHER, edit={"lib.py": ("i * i", "i + i + 1")}, must="test_lib.py::test_table",
      must_not="test_other.py::test_other")

probe("module-level try and except", '''
== lib.py
try:
    import json_fast_that_is_not_there
except ImportError:
    IMPL = "slow"
== test_lib.py
import lib
def test_impl(): assert lib.IMPL == "slow"
''', edit={"lib.py": ('"slow"', '"sluggish"')}, must="test_lib.py::test_impl")

probe("augmented assignment and del", '''
== lib.py
X = 1
X += 1
TMP = 3
== test_lib.py
import lib
def test_x(): assert lib.X == 2
def test_tmp(): assert hasattr(lib, "TMP")
''', edit={"lib.py": ("TMP = 3\n", "TMP = 3\ndel TMP\n")}, must="test_lib.py::test_tmp",
      spare="test_lib.py::test_x")

probe("vars of a module listed", '''
== lib.py
a_one = 1
b_two = 2
== app.py
import lib
def names():
    return [n for n in dir(lib) if n.startswith("a_")]
== test_app.py
import app
def test_names(): assert app.names() == ["a_one"]
''', edit={"lib.py": ("b_two = 2", "b_two = 2\na_three = 3")}, must="test_app.py::test_names")

probe("getattr by a built name", '''
== lib.py
def do_run():
    return 1
def do_stop():
    return 2
== app.py
import lib
def call(name):
    f = getattr(lib, "do_" + name, None)
    return f() if f else None
== test_app.py
import app
def test_run(): assert app.call("run") == 1
def test_wait(): assert app.call("wait") is None
''', edit={"lib.py": ("def do_stop", "def do_wait():\n    return 3\ndef do_stop")}, must="test_app.py::test_wait",
      spare="test_app.py::test_run")

probe("singledispatch overload added", '''
== lib.py
import functools
@functools.singledispatch
def show(x):
    return "any"
@show.register
def _(x: int):
    return "int"
== test_lib.py
import lib
def test_str(): assert lib.show("a") == "any"
def test_int(): assert lib.show(1) == "int"
''', edit={"lib.py": ("@show.register\n", "@show.register\ndef _(x: str):\n    return 'str'\n@show.register\n")},
      must="test_lib.py::test_str", spare="test_lib.py::test_int")

probe("abstract method added", '''
== lib.py
import abc
class A(abc.ABC):
    @abc.abstractmethod
    def f(self): ...
class B(A):
    def f(self):
        return 1
== test_lib.py
import lib
def test_b(): assert lib.B().f() == 1
''', edit={"lib.py": ("def f(self): ...", "def f(self): ...\n    @abc.abstractmethod\n    def g(self): ...")},
      must="test_lib.py::test_b")

probe("__slots__ changed", '''
== lib.py
class A:
    __slots__ = ("x", "y")
== test_lib.py
import lib
def test_y():
    a = lib.A()
    a.y = 1
''', edit={"lib.py": ('("x", "y")', '("x",)')}, must="test_lib.py::test_y")

probe("code at import inside a project's class body call", '''
== tools.py
def column(n):
    return "c%d" % n
== model.py
from tools import column
class M:
    a = column(1)
    class Meta:
        b = column(2)
== test_model.py
from model import M
def test_a(): assert M.a == "c1"
def test_b(): assert M.Meta.b == "c2"
''' + OTHER, row="g", edit={"tools.py": ('"c%d"', '"k%d"')}, must="test_model.py::test_a test_model.py::test_b",
      must_not="test_other.py::test_other")

probe("constant read only in the test's own decorator", '''
== flags.py
SKIP = False
== test_a.py
import flags, pytest
@pytest.mark.skipif(flags.SKIP, reason="flag")
def test_a(): pass
def test_b(): pass
''' + OTHER, row="x", edit={"flags.py": ("False", "True")}, must="test_a.py::test_a",
      spare="test_a.py::test_b", must_not="test_other.py::test_other")

probe("global warning filter set at import", '''
== setup_warnings.py
import warnings
LEVEL = "ignore"
def install():
    warnings.simplefilter(LEVEL)
== lib.py
import setup_warnings, warnings
def warn():
    setup_warnings.install()
    warnings.warn("old", UserWarning)
    return 1
== test_lib.py
import lib
def test_warn(): assert lib.warn() == 1
''', edit={"setup_warnings.py": ('"ignore"', '"error"')}, must="test_lib.py::test_warn")

probe("circular imports", '''
== a.py
import b
X = 1
def fx():
    return b.Y
== b.py
import a
Y = 2
def fy():
    return a.X
== test_a.py
import a
def test_fx(): assert a.fx() == 2
== test_b.py
import b
def test_fy(): assert b.fy() == 1
''' + OTHER, edit={"b.py": ("Y = 2", "Y = 3")}, must="test_a.py::test_fx", spare="test_b.py::test_fy",
      must_not="test_other.py::test_other")

probe("state kept across steps: constant forth and back", '''
== limits.py
LIMIT = 3
== test_limits.py
import limits
def test_limit(): assert limits.LIMIT == 3
''', steps=[step({"limits.py": "LIMIT = 4\n"}, must="test_limits.py::test_limit"),
            step({"limits.py": "LIMIT = 3\n"}, must="test_limits.py::test_limit"),
            step({"limits.py": "LIMIT = 5\n"}, must="test_limits.py::test_limit")])
