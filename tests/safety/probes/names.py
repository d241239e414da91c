"""What the name rule has to see: a name that an edit changes, and the long way from there to the
test.  Each has a test that the edit does not reach, which only the name rule can spare."""

from . import probe

OTHER = '''
== test_other.py
def test_other(): pass
'''


def names(name, files, edit, must, spare="", must_not="test_other.py::test_other", **more):
    probe(name, files + OTHER, edit=edit, must=must, spare=spare, must_not=must_not, **more)


names("default of a function reached through a table", '''
== lib.py
def run(n=1):
    return n
def other():
    return 0
TABLE = {"run": run}
== app.py
import lib
def call(name):
    return lib.TABLE[name]()
== test_app.py
import app, lib
def test_call():
    assert app.call("run") == 1
def test_else():
    assert lib.other() == 0
''', {"lib.py": ("n=1", "n=2")}, "test_app.py::test_call", "test_app.py::test_else")

names("constant behind a one-line function", '''
== lib.py
LIMIT = 3
def limit(): return LIMIT
== test_lib.py
import lib
def test_limit():
    assert lib.limit() == 3
def test_else():
    assert lib.__name__ == "lib"
''', {"lib.py": ("LIMIT = 3", "LIMIT = 4")}, "test_lib.py::test_limit", "test_lib.py::test_else")

names("import alias of the changed name", '''
== limits.py
LIMIT = 3
== lib.py
from limits import LIMIT as bound
def check(x):
    return x < bound
def other():
    return 1
== test_lib.py
import lib
def test_check():
    assert lib.check(2)
def test_other():
    assert lib.other()
''', {"limits.py": ("3", "2")}, "test_lib.py::test_check", "test_lib.py::test_other")

names("import inside of a function", '''
== limits.py
LIMIT = 3
== lib.py
def check(x):
    from limits import LIMIT as bound
    return x < bound
def other():
    import limits
    return limits
== test_lib.py
import lib
def test_check():
    assert lib.check(2)
def test_else():
    assert lib
''', {"limits.py": ("3", "2")}, "test_lib.py::test_check", "test_lib.py::test_else")

names("getattr with a computed name on a module", '''
== handlers.py
A = 1
def other():
    return 2
== lib.py
import handlers
def get(name):
    return look(handlers, name)
def look(where, name):
    return getattr(where, name.upper())
== test_lib.py
import lib, handlers
def test_get():
    assert lib.get("a") == 1
def test_else():
    assert handlers.other() == 2
''', {"handlers.py": ("A = 1", "A = 2")}, "test_lib.py::test_get", "test_lib.py::test_else")

names("module handed on by attribute", '''
== pkg/__init__.py
from . import handlers
== pkg/handlers.py
A = 1
== lib.py
import pkg
def get(name):
    return look(pkg.handlers, name)
def look(where, name):
    return getattr(where, name.upper())
== test_lib.py
import lib
def test_get():
    assert lib.get("a") == 1
def test_else():
    assert lib
''', {"pkg/handlers.py": ("A = 1", "A = 2")}, "test_lib.py::test_get", "test_lib.py::test_else")

names("module handed on under its name", '''
== pkg/__init__.py
== pkg/handlers.py
A = 1
== facade.py
from pkg import handlers
== lib.py
from facade import handlers
def get(name):
    return getattr(handlers, name.upper())
== test_lib.py
import lib
def test_get():
    assert lib.get("a") == 1
def test_else():
    assert lib
''', {"pkg/handlers.py": ("A = 1", "A = 2")}, "test_lib.py::test_get", "test_lib.py::test_else")

names("module handed on under another name", '''
== pkg/__init__.py
== pkg/handlers.py
A = 1
== facade.py
import pkg.handlers as actions
== lib.py
from facade import actions
def get(name):
    return getattr(actions, name.upper())
== test_lib.py
import lib
def test_get():
    assert lib.get("a") == 1
def test_else():
    assert lib
''', {"pkg/handlers.py": ("A = 1", "A = 2")}, "test_lib.py::test_get", "test_lib.py::test_else")

names("module that comes with a star", '''
== pkg/__init__.py
from . import handlers
== pkg/handlers.py
A = 1
== lib.py
from pkg import *
def get(name):
    return getattr(handlers, name.upper())
== test_lib.py
import lib
def test_get():
    assert lib.get("a") == 1
def test_else():
    assert lib
''', {"pkg/handlers.py": ("A = 1", "A = 2")}, "test_lib.py::test_get", "test_lib.py::test_else")

names("name said in a string with a path", '''
== lib.py
A = 1
B = 1
== test_lib.py
import lib
from operator import attrgetter
class Box:
    lib = lib
def test_a():
    assert attrgetter("lib.A")(Box) == 1
def test_else():
    assert lib.B == 1
''', {"lib.py": ("A = 1", "A = 2")}, "test_lib.py::test_a")

names("module kept in a table at import", '''
== one.py
A = 1
== lib.py
import one
MODULES = [one]
def get(name):
    return getattr(MODULES[0], name.upper())
== test_lib.py
import lib
def test_get():
    assert lib.get("a") == 1
def test_else():
    assert lib
''', {"one.py": ("A = 1", "A = 2")}, "test_lib.py::test_get", "test_lib.py::test_else")

names("globals of the module by computed name", '''
== lib.py
VALUE_A = 1
def get(name):
    return globals()["VALUE_" + name]
def other():
    return 2
== test_lib.py
import lib
def test_get():
    assert lib.get("A") == 1
def test_other():
    assert lib.other() == 2
''', {"lib.py": ("VALUE_A = 1", "VALUE_A = 2")}, "test_lib.py::test_get", "test_lib.py::test_other")

names("module read by its name through a helper", '''
== config.py
def load(name):
    import sys
    m = sys.modules[name]
    return {k: getattr(m, k) for k in dir(m) if k.isupper()}
== lib.py
import config
LIMIT = 1
def settings():
    return config.load(__name__)
def other():
    return 2
== test_lib.py
import lib
def test_settings():
    assert lib.settings()["LIMIT"] == 1
def test_other():
    assert lib.other() == 2
''', {"lib.py": ("LIMIT = 1", "LIMIT = 2")}, "test_lib.py::test_settings", "test_lib.py::test_other")

names("settings module named by a string", '''
== settings.py
LIMIT = 1
== conf.py
import importlib
class Settings:
    def __init__(self, name):
        for k, v in vars(importlib.import_module(name)).items():
            if k.isupper():
                setattr(self, k.lower(), v)
SETTINGS = Settings("settings")
== lib.py
from conf import SETTINGS
def limit():
    return SETTINGS.limit
== test_lib.py
import lib
def test_limit():
    assert lib.limit() == 1
''', {"settings.py": ("LIMIT = 1", "LIMIT = 2")}, "test_lib.py::test_limit")

names("settings module that is imported as well", '''
== settings.py
LIMIT = 1
OTHER = 5
== conf.py
import importlib
def load(name):
    m = importlib.import_module(name)
    return {k.lower(): getattr(m, k) for k in dir(m)}
== test_conf.py
import conf, settings
def test_limit():
    assert conf.load("settings")["limit"] == 1
def test_else():
    assert settings.OTHER == 5
''', {"settings.py": ("LIMIT = 1", "LIMIT = 2")}, "test_conf.py::test_limit", "test_conf.py::test_else")

names("handler named by a data file", '''
== handlers.py
def small(n=1):
    return n
def big(n=10):
    return n
TABLE = {f.__name__: f for f in (small, big)}
== app.py
import json, pathlib, handlers
def run():
    return handlers.TABLE[json.loads(pathlib.Path(__file__).with_name("app.json").read_text())["handler"]]()
== app.json
{"handler": "small"}
== test_app.py
import app, handlers
def test_run():
    assert app.run() == 1
''', {"handlers.py": ("n=1)", "n=2)")}, "test_app.py::test_run")

names("handler by computed method name", '''
== lib.py
class App:
    def on_start(self, n=1):
        return n
    def dispatch(self, event):
        return getattr(self, "on_" + event)()
def other():
    return 0
== test_lib.py
import lib
def test_dispatch():
    assert lib.App().dispatch("start") == 1
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("n=1", "n=2")}, "test_lib.py::test_dispatch", "test_lib.py::test_other")

names("class attribute read by the base class", '''
== base.py
class Base:
    limit = 1
    def check(self):
        return self.limit
== sub.py
from base import Base
class Sub(Base):
    pass
class Other:
    pass
== test_sub.py
import sub
def test_check():
    assert sub.Sub().check() == 1
def test_other():
    assert sub.Other()
''', {"sub.py": ("    pass\nclass Other", "    limit = 2\nclass Other")}, "test_sub.py::test_check", "test_sub.py::test_other")

names("dunder that only Python calls", '''
== lib.py
class Size:
    __len__ = lambda self: 1
class Other:
    pass
def make():
    return Size()
== test_lib.py
import lib
def test_len():
    assert len(lib.make()) == 1
def test_other():
    assert lib.Other()
''', {"lib.py": ("self: 1", "self: 2")}, "test_lib.py::test_len", "test_lib.py::test_other")

names("method added that a library finds", '''
== lib.py
import json
class Default:
    def __call__(self, o):
        return "x"
HOOK = Default()
def dump(o):
    return json.dumps(o, default=HOOK)
def other():
    return 1
== test_lib.py
import lib
def test_dump():
    assert lib.dump(object()) == '"x"'
def test_other():
    assert lib.other()
''', {"lib.py": ('"x"\n', '"x"\n    def __call__(self, o, n=2):\n        return "y"\n')}, "test_lib.py::test_dump")

names("instance made at import", '''
== lib.py
class Conf:
    limit = 1
CONF = Conf()
def limit():
    return CONF.limit
def other():
    return 0
== test_lib.py
import lib
def test_limit():
    assert lib.limit() == 1
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("limit = 1", "limit = 2")}, "test_lib.py::test_limit")

names("instance kept in another module's list at import", '''
== registry.py
ITEMS = []
== plugin.py
import registry
class Plugin:
    __bool__ = lambda self: True
registry.ITEMS.append(Plugin())
== app.py
import registry, plugin
def all_true():
    return all(registry.ITEMS)
def other():
    return 0
== test_app.py
import app
def test_all():
    assert app.all_true()
def test_other():
    assert app.other() == 0
''', {"plugin.py": ("True", "False")}, "test_app.py::test_all")

names("registered under a constant's value", '''
== names.py
KEY = "a"
== registry.py
ITEMS = {}
def register(key, item):
    ITEMS[key] = item
def get(key):
    return ITEMS.get(key)
== plugin.py
import registry, names
registry.register(names.KEY, 1)
== test_app.py
import registry, plugin
def test_get():
    assert registry.get("a") == 1
def test_else():
    assert plugin
''', {"names.py": ('"a"', '"b"')}, "test_app.py::test_get")

names("list filled in place by a module that the test does not name", '''
== names.py
KEY = "a"
== store.py
class Store:
    items = []
BOX = Store.items
== fill.py
import store, names
store.BOX.append(names.KEY)
== read.py
from store import Store
import fill
def first():
    return Store.items[0]
== test_read.py
import read
def test_first():
    assert read.first() == "a"
''', {"names.py": ('"a"', '"b"')}, "test_read.py::test_first")

names("star import of a star import", '''
== a.py
X = 1
Y = 1
== b.py
from a import *
== c.py
from b import *
def x():
    return X
def y():
    return Y
== test_c.py
import c
def test_x():
    assert c.x() == 1
def test_y():
    assert c.y() == 1
''', {"a.py": ("X = 1", "X = 2")}, "test_c.py::test_x", "test_c.py::test_y")

names("star import brings a name that shadows a builtin", '''
== a.py
X = 1
== c.py
from a import *
def size(v):
    return len(v)
def x():
    return X
== test_c.py
import c
def test_size():
    assert c.size([1]) == 1
def test_x():
    assert c.x() == 1
''', {"a.py": ("X = 1\n", "X = 1\ndef len(v):\n    return 7\n")}, "test_c.py::test_size", "test_c.py::test_x")

names("name added that shadows a builtin", '''
== c.py
def size(v):
    return len(v)
def other():
    return 1
== test_c.py
import c
def test_size():
    assert c.size([1]) == 1
def test_other():
    assert c.other() == 1
''', {"c.py": ("def other", "def len(v):\n    return 7\ndef other")}, "test_c.py::test_size", "test_c.py::test_other")

names("name removed from a star import", '''
== a.py
X = 1
Y = 1
== c.py
from a import *
def x():
    return X
def y():
    return Y
== test_c.py
import c
def test_x():
    assert c.x() == 1
def test_y():
    assert c.y() == 1
''', {"a.py": ("X = 1\n", "")}, "test_c.py::test_x", "test_c.py::test_y")

names("name left out of __all__", '''
== a.py
__all__ = ["X", "Y"]
X = 1
Y = 1
== c.py
from a import *
def x():
    return X
def y():
    return Y
== test_c.py
import c
def test_x():
    assert c.x() == 1
def test_y():
    assert c.y() == 1
''', {"a.py": ('"X", ', "")}, "test_c.py::test_x", "test_c.py::test_y")

names("optional name appears", '''
== a.py
Y = 1
== c.py
try:
    from a import X
    HAVE = True
except ImportError:
    HAVE = False
def have():
    return HAVE
== test_c.py
import c
def test_have():
    assert not c.have()
''', {"a.py": ("Y = 1\n", "Y = 1\nX = 1\n")}, "test_c.py::test_have")

names("condition on a changed constant", '''
== flags.py
FAST = False
== c.py
import flags
if flags.FAST:
    STEP = 2
else:
    STEP = 1
def step():
    return STEP
== test_c.py
import c
def test_step():
    assert c.step() == 1
''', {"flags.py": ("False", "True")}, "test_c.py::test_step")

names("import fails after a name is removed", '''
== a.py
X = 1
Y = 2
== b.py
from a import X
def other():
    return 0
== test_b.py
import b
def test_other():
    assert b.other() == 0
''', {"a.py": ("X = 1\n", "")}, "test_b.py::test_other")

names("module fails after a name it needs is removed", '''
== a.py
X = 1
Y = X
def other():
    return 0
== test_a.py
import a
def test_other():
    assert a.other() == 0
''', {"a.py": ("X = 1\n", "")}, "test_a.py::test_other")

names("module fails at an addition of another type", '''
== a.py
X = 1
== b.py
import a
Y = a.X + 1
def other():
    return 0
== test_b.py
import b
def test_other():
    assert b.other() == 0
''', {"a.py": ("X = 1", "X = ''")}, "test_b.py::test_other")

names("syntax that the scanner takes and Python does not", '''
== a.py
X = 1
def other():
    return 0
== test_a.py
import a
def test_other():
    assert a.other() == 0
''', {"a.py": ("X = 1\n", "X = = 1\n")}, "test_a.py::test_other")

names("annotation of a name that is not there", '''
== a.py
X = 1
def other():
    return 0
== test_a.py
import a
def test_other():
    assert a.other() == 0
''', {"a.py": ("def other", "def f(x: Nothing):\n    pass\ndef other")}, "test_a.py::test_other")

names("default evaluated before its name is bound", '''
== a.py
def other():
    return 0
X = 1
== test_a.py
import a
def test_other():
    assert a.other() == 0
''', {"a.py": ("def other", "def f(x=X):\n    pass\ndef other")}, "test_a.py::test_other")

names("subclass hook of a base in another module", '''
== base.py
KINDS = {}
class Base:
    kind = None
    def __init_subclass__(cls):
        KINDS[cls.kind] = cls
def get(kind):
    return KINDS.get(kind)
== sub.py
from base import Base
class Sub(Base):
    kind = "a"
== test_sub.py
import base, sub
def test_get():
    assert base.get("a") is not None
''', {"sub.py": ('"a"', '"b"')}, "test_sub.py::test_get")

names("metaclass that collects fields", '''
== orm.py
class Field:
    def __init__(self, default=None):
        self.default = default
class Meta(type):
    def __new__(mcs, name, bases, ns):
        cls = super().__new__(mcs, name, bases, ns)
        cls.fields = {k: v for k, v in ns.items() if isinstance(v, Field)}
        return cls
class Model(metaclass=Meta):
    def __init__(self):
        for k, f in self.fields.items():
            setattr(self, k, f.default)
== models.py
from orm import Model, Field
class User(Model):
    age = Field(1)
class Post(Model):
    size = Field(2)
== test_models.py
import models
def test_user():
    assert models.User().age == 1
def test_post():
    assert models.Post().size == 2
''', {"models.py": ("Field(1)", "Field(3)")}, "test_models.py::test_user", "test_models.py::test_post")

names("reverse attribute put on another class", '''
== orm.py
class Link:
    def __init__(self, to, back):
        self.to, self.back = to, back
    def __set_name__(self, owner, name):
        setattr(self.to, self.back, owner.table)
== models.py
from orm import Link
class User:
    pass
class Post:
    table = "posts"
    author = Link(User, "items")
== test_models.py
import models
def test_user():
    assert models.User.items == "posts"
''', {"models.py": ('table = "posts"', 'table = "entries"')}, "test_models.py::test_user")

names("descriptor's default argument", '''
== desc.py
class Typed:
    def __init__(self, default=1):
        self.default = default
    def __get__(self, obj, cls):
        return self.default
== model.py
from desc import Typed
class Model:
    size = Typed()
def other():
    return 0
== test_model.py
import model
def test_size():
    assert model.Model().size == 1
def test_other():
    assert model.other() == 0
''', {"desc.py": ("default=1", "default=2")}, "test_model.py::test_size")

names("singledispatch implementation's default", '''
== lib.py
import functools
@functools.singledispatch
def show(x):
    return "any"
@show.register
def _(x: int, n=1):
    return n
def other():
    return 0
== test_lib.py
import lib
def test_show():
    assert lib.show(5) == 1
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("n=1", "n=2")}, "test_lib.py::test_show")

names("base class of a registered type", '''
== kinds.py
class A:
    pass
class B:
    pass
== lib.py
import functools, kinds
@functools.singledispatch
def show(x):
    return "any"
@show.register(kinds.A)
def _(x):
    return "a"
== test_lib.py
import lib, kinds
def test_b():
    assert lib.show(kinds.B()) == "any"
''', {"kinds.py": ("class B:", "class B(A):")}, "test_lib.py::test_b")

names("decorator removed", '''
== lib.py
def twice(f):
    return lambda: 2 * f()
@twice
def one():
    return 1
def other():
    return 0
== test_lib.py
import lib
def test_one():
    assert lib.one() == 2
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("@twice\n", "")}, "test_lib.py::test_one", "test_lib.py::test_other")

names("default of a decorator factory", '''
== deco.py
def times(n=2):
    def wrap(f):
        return lambda: n * f()
    return wrap
== lib.py
from deco import times
@times()
def one():
    return 1
def other():
    return 0
== test_lib.py
import lib
def test_one():
    assert lib.one() == 2
def test_other():
    assert lib.other() == 0
''', {"deco.py": ("n=2", "n=3")}, "test_lib.py::test_one")

names("sentinel becomes None", '''
== lib.py
MISSING = ()
def get(d, k, default=MISSING):
    if default is MISSING:
        return "missing"
    return d.get(k, default)
def other():
    return 0
== test_lib.py
import lib
def test_get():
    assert lib.get({}, 1, None) is None
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("MISSING = ()", "MISSING = None")}, "test_lib.py::test_get", "test_lib.py::test_other")

names("nested class's attribute", '''
== lib.py
class Form:
    class Meta:
        size = 1
def other():
    return 0
== test_lib.py
import lib
def test_size():
    assert lib.Form.Meta.size == 1
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("size = 1", "size = 2")}, "test_lib.py::test_size", "test_lib.py::test_other")

names("dataclass field's default", '''
== lib.py
from dataclasses import dataclass
@dataclass
class P:
    x: int = 1
def other():
    return 0
== test_lib.py
import lib
def test_x():
    assert lib.P().x == 1
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("= 1", "= 2")}, "test_lib.py::test_x", "test_lib.py::test_other")

names("own data class made by a decorator of the project", '''
== attrslike.py
def define(cls):
    defaults = {k: getattr(cls, k) for k in cls.__annotations__}
    def __init__(self, **kw):
        self.__dict__.update(defaults, **kw)
    cls.__init__ = __init__
    return cls
== lib.py
from attrslike import define
@define
class P:
    x: int = 1
def other():
    return 0
== test_lib.py
import lib
def test_x():
    assert lib.P().x == 1
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("= 1", "= 2")}, "test_lib.py::test_x", "test_lib.py::test_other")

names("enum member reached by value", '''
== lib.py
import enum
class Color(enum.Enum):
    RED = 1
def by(value):
    return Color(value).name
def other():
    return 0
== test_lib.py
import lib
def test_by():
    assert lib.by(1) == "RED"
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("RED = 1", "RED = 2")}, "test_lib.py::test_by", "test_lib.py::test_other")

names("base dropped", '''
== lib.py
class Base:
    size = 1
class Sub(Base):
    pass
def other():
    return 0
== test_lib.py
import lib
def test_sub():
    assert hasattr(lib.Sub, "size")
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("Sub(Base)", "Sub")}, "test_lib.py::test_sub", "test_lib.py::test_other")

names("container that builds by annotation", '''
== di.py
import inspect
def build(f):
    kw = {k: p.annotation() for k, p in inspect.signature(f).parameters.items()}
    return f(**kw)
== lib.py
class Conf:
    __bool__ = lambda self: True
def main(conf: Conf):
    return bool(conf)
def other():
    return 0
== test_lib.py
import di, lib
def test_main():
    assert di.build(lib.main)
def test_other():
    assert lib.other() == 0
''', {"lib.py": ("self: True", "self: False")}, "test_lib.py::test_main", "test_lib.py::test_other")

names("test's own one-line body", '''
== limits.py
LIMIT = 3
OTHER = 4
== test_limits.py
import limits
def test_limit(): assert limits.LIMIT == 3
== test_else.py
import limits
def test_else():
    assert limits.OTHER == 4
''', {"limits.py": ("= 3", "= 5")}, "test_limits.py::test_limit", "test_else.py::test_else")

names("parameters of a parametrized test", '''
== data.py
CASES = [1, 2]
OTHER = 4
== test_data.py
import pytest, data
@pytest.mark.parametrize("n", data.CASES)
def test_n(n):
    assert n < 3
== test_else.py
import data
def test_else():
    assert data.OTHER == 4
''', {"data.py": ("[1, 2]", "[1, 2, 3]")}, "test_data.py::test_n[3]", "test_else.py::test_else")

names("constant of a test helper used by a fixture", '''
== helper.py
LIMIT = 3
OTHER = 1
== conftest.py
import pytest, helper
@pytest.fixture(scope="session")
def limit():
    return helper.LIMIT
== test_limit.py
def test_1(limit):
    assert limit == 3
def test_2(limit):
    assert limit == 3
def test_else():
    import helper
    assert helper.OTHER
''', {"helper.py": ("LIMIT = 3", "LIMIT = 4")}, "test_limit.py::test_1 test_limit.py::test_2",
      "test_limit.py::test_else test_other.py::test_other", "")

names("base class of tests gets another attribute", '''
== base.py
class Base:
    size = 1
    def test_size(self):
        assert self.size == 1
== test_sub.py
from base import Base
class TestSub(Base):
    pass
== test_else.py
import base
def test_else():
    assert base
''', {"base.py": ("size = 1\n", "size = 2\n")}, "test_sub.py::TestSub::test_size", "test_else.py::test_else")

names("constant changed twice, one test run in between", '''
== lib.py
A = 1
B = 1
== test_lib.py
import lib
def test_a():
    assert lib.A == 1
def test_b():
    assert lib.B == 1
''', {"lib.py": ("A = 1", "A = 2")}, "test_lib.py::test_a", "test_lib.py::test_b")
