"""Whom the name rule may spare, and whom not by the same rule: names of functions' own, members of
classes, what an import runs, names in __all__."""

import re

from .names import names as plain


def names(name, files, *args, **more):
    """The first test of a file is the one that has to try whether it loads."""
    plain(name, re.sub(r"^(== test_\w+\.py\n)", r"\1def test_first(): pass\n", files, flags=re.M), *args, **more)

names("a parameter has the name of a function of the module", '''
== lib.py
def prompt(n=1):
    return n
class Option:
    def __init__(self, prompt=0):
        self.prompt = prompt
    def ask(self):
        return prompt()
    def own(self):
        return self.prompt
== test_lib.py
import lib
def test_ask():
    assert lib.Option(3).ask() == 1
def test_own():
    assert lib.Option(3).own() == 3
''', {"lib.py": ("n=1", "n=2")}, "test_lib.py::test_ask", "test_lib.py::test_own")

names("names of functions that are the module's all the same", '''
== lib.py
LIMIT = 3
def declared():
    global LIMIT
    if LIMIT is None:
        LIMIT = 0
    return LIMIT
def body():
    class C:
        LIMIT = LIMIT
    return C.LIMIT
def inner():
    def f():
        LIMIT = 0
        return LIMIT
    return f() + LIMIT
def taken():
    from lib import LIMIT
    def f():
        return LIMIT
    return f()
def default():
    def f(LIMIT=LIMIT):
        return LIMIT
    return f()
def comp(n):
    return [LIMIT for _ in range(n)]
def own():
    LIMIT = 1
    def f():
        nonlocal LIMIT
        LIMIT += 1
        return LIMIT
    return f()
== test_lib.py
import lib
def test_declared(): assert lib.declared() == 3
def test_body(): assert lib.body() == 3
def test_inner(): assert lib.inner() == 3
def test_taken(): assert lib.taken() == 3
def test_default(): assert lib.default() == 3
def test_comp(): assert lib.comp(1) == [3]
def test_own(): assert lib.own() == 2
''', {"lib.py": ("LIMIT = 3", "LIMIT = 4")},
      [f"test_lib.py::test_{x}" for x in ("declared", "body", "inner", "taken", "default", "comp")],
      "test_lib.py::test_own")

names("self has the names of a module", '''
== conf.py
LIMIT = 3
OTHER = 1
== lib.py
import conf
class Settings:
    def __init__(self):
        self.__dict__.update(vars(conf))
    def limit(self):
        return self.LIMIT
class Lazy:
    def __init__(self):
        self.module = conf
    def __getattr__(self, name):
        return getattr(self.module, name)
    def limit(self):
        return self.LIMIT
def of(cls):
    return cls.LIMIT
== test_lib.py
import conf, lib
def test_update(): assert lib.Settings().limit() == 3
def test_lazy(): assert lib.Lazy().limit() == 3
def test_value(): assert lib.of(conf) == 3
def test_else(): assert conf.OTHER == 1
''', {"conf.py": ("LIMIT = 3", "LIMIT = 4")},
      [f"test_lib.py::test_{x}" for x in ("update", "lazy", "value")], "test_lib.py::test_else")

names("a member that is reached without the name of its class", '''
== lib.py
class Conf:
    limit = 3
class Other:
    limit = 1
class Sub(Conf):
    pass
def make():
    return Conf()
ONE = Conf()
TABLE = {"sub": Sub}
def use(x):
    return x.limit
== test_lib.py
import lib
def test_make(): assert lib.use(lib.make()) == 3
def test_one(): assert lib.use(lib.ONE) == 3
def test_table(): assert lib.use(lib.TABLE["sub"]) == 3
def test_other(): assert lib.use(lib.Other) == 1
''', {"lib.py": ("limit = 3", "limit = 4")},
      [f"test_lib.py::test_{x}" for x in ("make", "one", "table")], "test_lib.py::test_other")

names("a member of a test class whose tests stand elsewhere", '''
== base.py
class Base:
    def test_limit(self):
        assert self.limit < 10
== conftest.py
import pytest
@pytest.fixture
def limit(request):
    return request.cls.limit
== test_a.py
import base
class TestA(base.Base):
    limit = 5
class TestB(TestA):
    def test_fixture(self, limit):
        assert limit == 5
def test_else(): pass
''', {"test_a.py": ("limit = 5", "limit = 50")}, ["test_a.py::TestA::test_limit",
      "test_a.py::TestB::test_limit", "test_a.py::TestB::test_fixture"], "test_a.py::test_else")

names("the module of a test, as its fixture has it", '''
== conftest.py
import pytest
@pytest.fixture
def attribute(request):
    return request.module.LIMIT
@pytest.fixture
def text(request):
    return getattr(request.module, "LIMIT")
@pytest.fixture
def made(request):
    return getattr(request.module, "_".join(["THE", "LIMIT"]))
== test_a.py
LIMIT = 3
THE_LIMIT = LIMIT
OTHER = 1
def test_attribute(attribute): assert attribute == 3
def test_text(text): assert text == 3
def test_made(made): assert made == 3
def test_else(): assert OTHER == 1
''', {"test_a.py": ("LIMIT = 3\n", "LIMIT = 4\n")},
      [f"test_a.py::test_{x}" for x in ("attribute", "text", "made")], "test_a.py::test_else")

names("what an import runs gives values", '''
== conf.py
LIMIT = 3
class Conf:
    @property
    def limit(self):
        return LIMIT
    def __add__(self, n):
        return LIMIT + n
CONF = Conf()
== lib.py
from conf import CONF
READ = CONF.limit
SUM = CONF + 1
MARKER = object()
WORDS = tuple("ab")
== test_lib.py
import lib
def test_read(): assert lib.READ == 3
def test_sum(): assert lib.SUM == 4
def test_marker(): assert lib.MARKER is lib.MARKER
def test_words(): assert lib.WORDS == ("a", "b")
''', {"conf.py": ("LIMIT = 3", "LIMIT = 4")}, ["test_lib.py::test_read", "test_lib.py::test_sum"],
      ["test_lib.py::test_marker", "test_lib.py::test_words"])

names("a logger is made of the project's class", '''
== conf.py
LIMIT = 3
== log.py
import logging, conf
class Logger(logging.Logger):
    def __init__(self, name):
        logging.Logger.__init__(self, name)
        self.limit = conf.LIMIT
logging.setLoggerClass(Logger)
== lib.py
import logging, log
made = logging.getLogger("made by lib")
other = 1
== test_lib.py
import lib
def test_made(): assert lib.made.limit == 3
def test_else(): assert lib.other == 1
''', {"conf.py": ("LIMIT = 3", "LIMIT = 4")}, "test_lib.py::test_made", "test_lib.py::test_else")

names("what type() does with the values of a class", '''
== conf.py
LIMIT = 3
== field.py
import conf
class Field:
    def __set_name__(self, owner, name):
        owner.limit = conf.LIMIT
FIELD = Field()
== lib.py
from field import FIELD
class Form:
    name = FIELD
class Plain:
    name = 1
== test_lib.py
import lib
def test_form(): assert lib.Form.limit == 3
def test_plain(): assert lib.Plain.name == 1
''', {"conf.py": ("LIMIT = 3", "LIMIT = 4")}, "test_lib.py::test_form", "test_lib.py::test_plain")

names("a fixture that is imported, and renamed", '''
== fixtures.py
import pytest
LIMIT = 3
def value(n=3):
    return n
@pytest.fixture
def limit():
    return value()
@pytest.fixture
def other():
    return 1
== conftest.py
from fixtures import limit as most, other
== test_a.py
from fixtures import limit
def test_most(most): assert most == 3
def test_limit(limit): assert limit == 3
def test_else(other): assert other == 1
''', {"fixtures.py": ("n=3", "n=4")}, ["test_a.py::test_most", "test_a.py::test_limit"],
      ["test_a.py::test_else", "test_other.py::test_other"], must_not="")

names("a module of Python's has a function of the same name", '''
== text.py
def dedent(s, n=1):
    return n
== lib.py
from textwrap import dedent
def clean(s):
    return dedent(s)
== mine.py
from text import dedent
def clean(s):
    return dedent(s)
== test_lib.py
import lib, mine
def test_lib(): assert lib.clean(" a") == "a"
def test_mine(): assert mine.clean(" a") == 1
''', {"text.py": ("n=1", "n=2")}, "test_lib.py::test_mine", "test_lib.py::test_lib")

names("the project has a module that is called as one of Python's", '''
== sched.py
def dedent(n=1):
    return n
== lib.py
from sched import dedent
def clean():
    return dedent()
== test_lib.py
import lib
def test_lib(): assert lib.clean() == 1
''', {"sched.py": ("n=1", "n=2")}, "test_lib.py::test_lib")

names("what a decorator is told by annotations", '''
== conf.py
class Conf:
    handlers = []
class Other:
    pass
def on(f):
    for cls in f.__annotations__.values():
        cls.handlers.append(f())
    return f
== lib.py
from conf import Conf, on
@on
def handle(conf: Conf = None, n=3):
    return n
== test_lib.py
import lib, conf
def test_handlers(): assert conf.Conf.handlers == [3]
''', {"lib.py": ("n=3", "n=4")}, "test_lib.py::test_handlers")

STARS = '''
== more.py
__all__ = [
    "first",
    "last",
]
def first(x):
    return x[0]
def last(x):
    return x[-1]
def nth(x):
    return x[1]
== pkg/__init__.py
from more import *
__version__ = "1"
== test_pkg.py
import pkg, more
def test_first(): assert pkg.first("abc") == "a"
def test_last(): assert hasattr(pkg, "last")
def test_nth(): assert not hasattr(pkg, "nth")
def test_version(): assert pkg.__version__ == "1"
def test_all(): assert len(more.__all__) == 2
'''

names("a name is added to __all__", STARS, {"more.py": ('    "last",\n', '    "last",\n    "nth",\n')},
      ["test_pkg.py::test_nth", "test_pkg.py::test_all"],
      ["test_pkg.py::test_first", "test_pkg.py::test_last", "test_pkg.py::test_version"])

names("a name is taken out of __all__", STARS, {"more.py": ('    "last",\n', "")},
      ["test_pkg.py::test_last", "test_pkg.py::test_all"],
      ["test_pkg.py::test_first", "test_pkg.py::test_nth", "test_pkg.py::test_version"])

names("__all__ names what is not there", STARS, {"more.py": ('    "last",\n', '    "last",\n    "none",\n')},
      [f"test_pkg.py::test_{x}" for x in ("first", "last", "nth", "version", "all")])

names("a version beside star imports", STARS, {"pkg/__init__.py": ('"1"', '"2"')}, "test_pkg.py::test_version",
      [f"test_pkg.py::test_{x}" for x in ("first", "last", "nth", "all")])

names("__all__ loads a module of the package", '''
== pkg/__init__.py
__all__ = ["one"]
one = 1
== pkg/two.py
LOADED = True
== lib.py
from pkg import *
== test_lib.py
import sys
import lib
def test_loaded(): assert "pkg.two" not in sys.modules
def test_one(): assert lib.one == 1
''', {"pkg/__init__.py": ('"one"', '"one", "two"')}, "test_lib.py::test_loaded", "test_lib.py::test_one")

names("__all__ hides a builtin of who star imports", '''
== more.py
__all__ = ["first"]
def first(x):
    return x[0]
def len(x):
    return 0
== lib.py
from more import *
def size(x):
    return len(x)
== test_lib.py
import lib
def test_size(): assert lib.size("ab") == 2
''', {"more.py": ('["first"]', '["first", "len"]')}, "test_lib.py::test_size")

names("slots, and an item of a class", '''
== lib.py
class Point:
    __slots__ = ("x",)
    def move(self):
        self.y = 1
class Other:
    def move(self):
        self.y = 1
        return 1
== test_lib.py
import lib, pytest
def test_slots():
    with pytest.raises(AttributeError):
        lib.Point().move()
def test_item():
    with pytest.raises(TypeError):
        lib.Point[int]
def test_else(): assert lib.Other().move() == 1
''', {"lib.py": ('__slots__ = ("x",)', '__slots__ = ("x", "y")\n    __class_getitem__ = classmethod(lambda cls, x: cls)')},
      ["test_lib.py::test_slots", "test_lib.py::test_item"], "test_lib.py::test_else")

LOADS = '''
== state.py
ORDER = []
== reg.py
import state
state.ORDER.append("reg")
def helper(): return 1
== lib.py
import reg
def own(): return 1
== fresh.py
import state
state.ORDER.append("fresh")
def helper(): return 1
== conftest.py
import lib
== test_lib.py
import lib, state
def test_order(): assert "fresh" not in state.ORDER
def test_own(): assert lib.own() == 1
def test_reg(): assert state.ORDER[:1] == ["reg"]
'''

names("an import of what a conftest.py has loaded", LOADS,
      {"test_lib.py": ("import lib, state", "import lib, state\nfrom reg import helper")}, [],
      ["test_lib.py::test_order", "test_lib.py::test_own", "test_lib.py::test_reg"])

names("an import of what nobody has loaded", LOADS,
      {"test_lib.py": ("import lib, state", "import lib, state\nfrom fresh import helper")}, "test_lib.py::test_order",
      ["test_lib.py::test_own", "test_lib.py::test_reg"])

names("an import of what is loaded later", '''
== state.py
ORDER = []
== reg.py
import state
state.ORDER.append("reg")
def helper(): return 1
== late.py
import state
state.ORDER.append("late")
def helper(): return 1
== lib.py
import late
import reg
def own(): return 1
== test_lib.py
import lib, state
def test_order(): assert state.ORDER[:2] == ["late", "reg"]
def test_own(): assert lib.own() == 1
''', {"lib.py": ("import late\n", "from reg import helper\nimport late\n")}, "test_lib.py::test_order",
      "test_lib.py::test_own")

names("an import of what another branch may load", '''
== state.py
ORDER = []
NEVER = False
== reg.py
import state
state.ORDER.append("reg")
def helper(): return 1
== lib.py
import state
if state.NEVER:
    import reg
def own(): return 1
== conftest.py
import lib
== test_lib.py
import lib, state
def test_order(): assert state.ORDER == []
def test_own(): assert lib.own() == 1
''', {"test_lib.py": ("import lib, state", "import lib, state\nfrom reg import helper")}, "test_lib.py::test_order",
      "test_lib.py::test_own")

names("a value that is gone ran a method that stores", '''
== reg.py
class Key:
    seen = []
    def __init__(self, n):
        self.n = n
    def __hash__(self):
        Key.seen.append(self.n)
        return 1
    def __eq__(self, other):
        return True
    def __call__(self, f):
        Key.seen.append("called")
        return f
KEY = Key(3)
== lib.py
import reg
TABLE = [len({reg.KEY})]
def own(): return 1
== test_lib.py
import lib, reg
def test_seen(): assert reg.Key.seen[:1] == [3]
def test_own(): assert lib.own() == 1
''', {"lib.py": ("TABLE = [len({reg.KEY})]\n", "")}, "test_lib.py::test_seen", "test_lib.py::test_own")

names("a value that is gone ran nothing that stores", '''
== reg.py
class Key:
    seen = []
    def __init__(self, n):
        self.seen.append(n)
    def __call__(self, f):
        return f
== lib.py
import reg
KEY = reg.Key(3)
LETTERS = tuple("ab")
def own(): return KEY
== test_lib.py
import lib, reg
def test_letters(): assert hasattr(lib, "LETTERS")
def test_own(): assert lib.own()
def test_seen(): assert reg.Key.seen == [3]
''', {"lib.py": ('LETTERS = tuple("ab")\n', "")}, "test_lib.py::test_letters",
      ["test_lib.py::test_own", "test_lib.py::test_seen"])

names("a module that is found by name, and what is asked of it", '''
== conf.py
LIMIT = 3
def other(): return 1
== lib.py
import sys
import conf
def where(name):
    mod = sys.modules.get(name)
    if mod is not None and hasattr(mod, "__file__"):
        return mod.__file__
    __import__(name)
    return getattr(sys.modules[name], "__file__", None)
def text(name):
    return getattr(sys.modules[name], "LIMIT")
def attribute(name):
    found = sys.modules[name]
    return found.LIMIT
def inner(name):
    return vars(sys.modules[name].conf)
def computed(name, key):
    return getattr(sys.modules[name], key)
def handed(name):
    module = sys.modules[name]
    return module
def kept(name):
    both = one = sys.modules[name]
    if one.other is None:
        return 0
    return vars(both)["LI" "MIT"]
def tried(name):
    try:
        __import__(name)
    except ImportError:
        return 0
    return 1
== test_lib.py
import conf, lib
KEY = "_".join(["LIMIT"])
def test_where(): assert lib.where("conf").endswith("conf.py")
def test_text(): assert lib.text("conf") == 3
def test_attribute(): assert lib.attribute("conf") == 3
def test_inner(): assert lib.inner("lib")[KEY] == 3
def test_computed(): assert lib.computed("conf", KEY) == 3
def test_handed(): assert vars(lib.handed("conf"))[KEY] == 3
def test_kept(): assert lib.kept("conf") == 3
''', {"conf.py": ("LIMIT = 3", "LIMIT = 4")},
      [f"test_lib.py::test_{x}" for x in ("text", "attribute", "inner", "computed", "handed", "kept")], "test_lib.py::test_where")

names("an import by a name that may fail, and is caught", '''
== limit.py
def limit(): return 3
== late.py
import limit
LIMIT = limit.limit()
def other(): return 1
== lib.py
def tried(name):
    try:
        __import__(name)
    except ImportError:
        return 0
    return 1
def made(name):
    __import__(name)
    return 1
== test_lib.py
import lib
def test_tried(): assert lib.tried("late") == 1
def test_made(): assert lib.made("late") == 1
''', {"late.py": ("LIMIT = limit.limit()", "LIMIT = limit.none()")}, ["test_lib.py::test_tried", "test_lib.py::test_made"])

names("classes that are made of Python's", '''
== lib.py
import typing, enum
class Stats(typing.NamedTuple):
    low: int = 1
class Color(enum.Enum):
    RED = 1
class Fail(Exception):
    code = 1
def own(): return 1
== test_lib.py
import lib
def test_stats(): assert lib.Stats().low == 1
def test_color(): assert lib.Color.RED.value == 1
def test_fail(): assert issubclass(lib.Fail, Exception)
def test_own(): assert lib.own() == 1
''', {"lib.py": [("class Stats(typing.NamedTuple):\n    low: int = 1\n", ""), ("Fail(Exception)", "Fail(BaseException)")]},
      ["test_lib.py::test_stats", "test_lib.py::test_fail"], ["test_lib.py::test_color", "test_lib.py::test_own"])

names("a class that is gone told another of itself", '''
== reg.py
SEEN = []
class Told:
    def __set_name__(self, owner, name):
        SEEN.append(owner.__name__)
TOLD = Told()
== lib.py
import enum
from reg import TOLD
class Color(enum.Flag):
    RED = 1
class Plain(Exception):
    told = TOLD
def own(): return 1
== test_lib.py
import lib, reg
def test_seen(): assert reg.SEEN == ["Plain"]
def test_color(): assert lib.Color.RED.value == 1
''', {"lib.py": ("class Plain(Exception):\n    told = TOLD\n", "")}, "test_lib.py::test_seen", "test_lib.py::test_color")

names("a module, and what it has of the same name", '''
== pkg/__init__.py
== pkg/cli.py
def cli(n=1): return n
def other(): return 1
== pkg/app.py
from . import cli
def run(): return cli.cli()
def other(): return cli.other()
== pkg/two.py
from .cli import cli
def run(): return cli()
== whole/__init__.py
from pkg.cli import cli
== whole/cli.py
def other(): return 1
== whole/app.py
from . import cli
def run(): return cli()
== test_pkg.py
import pkg.app, pkg.two
def test_run(): assert pkg.app.run() == 1
def test_two(): assert pkg.two.run() == 1
def test_other(): assert pkg.app.other() == 1
== test_whole.py
import whole.app
def test_run(): assert whole.app.run() == 1
''', {"pkg/cli.py": ("n=1", "n=2")}, ["test_pkg.py::test_run", "test_pkg.py::test_two", "test_whole.py::test_run"],
      "test_pkg.py::test_other")
