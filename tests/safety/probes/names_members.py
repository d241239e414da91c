"""Edits of members of classes: who says the member's name is affected, and who finds it in another
way.  In each project a rule that looks for `.name` alone misses the test; the first test of a file
has to try whether it loads, so that it is never that one.  At the end, what such an edit spares."""

from .names import names

REST = '''
def test_first(): pass
def test_rest(): assert lib.rest() == 0
'''


def member(name, lib, test, edit, must="test_lib.py::test_it", files="", spare="test_lib.py::test_rest"):
    """`test` is the body of test_it()."""
    text = "== lib.py\n" + lib.strip("\n") + "\ndef rest(): return 0\n" + files.strip("\n")
    text += "\n== test_lib.py\nimport lib\n" + REST.strip("\n") + "\ndef test_it():\n"
    text += "".join(f"    {line}\n" for line in test.strip("\n").splitlines())
    edits = edit if isinstance(edit, dict) else {"lib.py": edit}
    names("member: " + name, text, edits, must, spare)


CAR = '''
class Car:
    topspeed = 3
    def run_motor(self, gear=1): return gear
'''
GEAR = ("gear=1", "gear=2")
SPEED = ("topspeed = 3", "topspeed = 4")

# ---- names that are computed ----

member("a name put together", CAR, 'assert getattr(lib.Car, "top" + "speed") == 3', SPEED)
member("a name of two literals", CAR, 'assert getattr(lib.Car, "top" "speed") == 3', SPEED)
member("a name behind a prefix", CAR + '''
def drive(what): return getattr(Car(), f"run_{what}")()
''', 'assert lib.drive("motor") == 1', GEAR)
member("a name by %", CAR + '''
def drive(what): return getattr(Car(), "run_%s" % what)()
''', 'assert lib.drive("motor") == 1', GEAR)
member("a name in other letters", CAR + '''
def ask(what): return getattr(Car, what.lower())
''', 'assert lib.ask("TOPSPEED") == 3', SPEED)
member("a name with its dash replaced", CAR + '''
def ask(what): return getattr(Car(), what.replace("-", "_"))()
''', 'assert lib.ask("run-motor") == 1', GEAR)
member("all that a class has", CAR, 'assert 3 in vars(lib.Car).values()', SPEED)
member("the dict of a class", CAR, 'assert [v for k, v in lib.Car.__dict__.items() if k[0] == "t"] == [3]', SPEED)
member("the dict of a class, by getattr", CAR, 'assert 3 in getattr(lib.Car, "__dict__").values()', SPEED)
member("getmembers", CAR, 'import inspect\nassert 3 in [v for _, v in inspect.getmembers(lib.Car)]', SPEED)
member("dir and a partial getattr", CAR + '''
from functools import partial
def values(o): return list(map(partial(getattr, o), dir(o)))
''', 'assert 3 in lib.values(lib.Car)', SPEED)
member("attrgetter of what is computed", CAR + '''
import operator
def ask(*parts): return operator.attrgetter("".join(parts))(Car)
''', 'assert lib.ask("top", "speed") == 3', SPEED)
member("methodcaller of what is computed", CAR + '''
from operator import methodcaller as called
def ask(a, b): return called(a + b)(Car())
''', 'assert lib.ask("run_", "motor") == 1', GEAR)
member("getattr under another name", CAR + '''
fetch = getattr
def ask(a, b): return fetch(Car, a + b)
''', 'assert lib.ask("top", "speed") == 3', SPEED)
member("getattr out of builtins", CAR + '''
import builtins
def ask(a, b): return builtins.__dict__["getattr"](Car, a + b)
''', 'assert lib.ask("top", "speed") == 3', SPEED)
member("__getattribute__ by hand", CAR + '''
def ask(a, b): return object.__getattribute__(Car(), a + b)
''', 'assert lib.ask("top", "speed") == 3', SPEED)
member("a proxy that changes the name", CAR + '''
class Proxy:
    def __getattr__(self, name):
        name = "top" + name
        return getattr(Car, name)
''', 'assert lib.Proxy().speed == 3', SPEED)
member("a proxy that adds to the name", CAR + '''
class Proxy:
    def __getattr__(self, name):
        return getattr(Car, "top" + name)
''', 'assert lib.Proxy().speed == 3', SPEED)
member("an f-string with getattr", CAR, 'part = "speed"\nassert f"{getattr(lib.Car, \'top\' + part)}" == "3"', SPEED)
member("setattr of what is computed, on a property", '''
class Car:
    kept = 0
    @property
    def topspeed(self): return self.kept
    def put_speed(self, value): self.kept = value
    topspeed = property(lambda self: self.kept, put_speed)
class Keeper:
    def __init__(self, target, **values):
        for key, value in values.items():
            setattr(target, "top" + key, value)
''', 'car = lib.Car()\nlib.Keeper(car, speed=5)\nassert car.kept == 5',
       ("self.kept = value", "self.kept = value + 1"), spare="")
member("eval", CAR, 'assert eval("lib.Car." + "top" + "speed") == 3', SPEED)

# ---- names in texts that are no code ----

member("a field of a format", CAR, 'assert "at most {car.topspeed} of it".format(car=lib.Car) == "at most 3 of it"', SPEED)
member("a word in prose", CAR + '''
def show(text, thing):
    return [getattr(thing, word, word) for word in text.split()]
''', 'assert lib.show("the topspeed is", lib.Car) == ["the", 3, "is"]', SPEED)
member("a word behind a line's end", CAR + '''
def show(text, thing):
    return [getattr(thing, word, word) for word in text.split()]
''', 'assert lib.show("a\\ntopspeed", lib.Car) == ["a", 3]', SPEED)
member("a name in a file", CAR + '''
import operator
def show(thing):
    with open("shown.txt") as f:
        return "{0.%s}" % f.read().strip()
''', 'assert lib.show(lib.Car).format(lib.Car) == "3"', SPEED, files="== shown.txt\ntopspeed\n")
member("a dotted attrgetter", CAR + '''
import operator
class Garage:
    car = Car()
''', 'import operator\nassert operator.attrgetter("car.topspeed")(lib.Garage) == 3', SPEED)
member("a key of a sort", CAR + '''
from operator import attrgetter
def best(cars): return sorted(cars, key=attrgetter("topspeed"))[0].topspeed
''', 'assert lib.best([lib.Car()]) == 3', SPEED)
member("a match by keyword", CAR, 'match lib.Car():\n    case lib.Car(topspeed=x):\n        assert x == 3', SPEED)
member("a test's parameter", CAR, 'pass', SPEED, must="test_par.py::test_par[topspeed]", files='''
== test_par.py
import pytest, lib
def test_first(): pass
@pytest.mark.parametrize("name", ["topspeed"])
def test_par(name): assert getattr(lib.Car, name) == 3
''', spare="test_lib.py::test_rest test_lib.py::test_it")

# ---- said where another class is ----

member("by self, in another method", CAR + '''
    def is_fast(self): return self.topspeed > 3
''', 'assert not lib.Car().is_fast()', SPEED)
member("by cls", CAR + '''
    @classmethod
    def limit(cls): return cls.topspeed
''', 'assert lib.Car.limit() == 3', SPEED)
member("by super, in another file", CAR, 'import van\nassert van.Van().go() == 1', GEAR, files='''
== van.py
import lib
class Van(lib.Car):
    def go(self): return super().run_motor()
''')
member("by a helper that knows no class", CAR, 'import helper\nassert helper.go(lib.Car()) == 1', GEAR, files='''
== helper.py
def go(thing): return thing.run_motor()
''')
member("an object made while a module is imported", CAR + '''
BEST = Car().topspeed
''', 'assert lib.BEST == 3', SPEED)
member("an object made elsewhere while that is imported", CAR, 'import shop\nassert shop.PRICE == 30', SPEED, files='''
== shop.py
import lib
def price(car): return car.topspeed * 10
PRICE = price(lib.Car)
''')
member("what is below it in the class", CAR + '''
    doubled = topspeed * 2
''', 'assert lib.Car.doubled == 6', SPEED)
member("a member of a class below it", CAR, 'import van\nassert van.Van.more == 4', SPEED, files='''
== van.py
from lib import Car
class Van(Car):
    more = Car.topspeed + 1
''')
member("a fixture's object", CAR, 'pass', GEAR, must="test_fix.py::test_fix", files='''
== test_fix.py
import pytest, lib
@pytest.fixture
def motor(): return lib.Car().run_motor
def test_first(): pass
def test_fix(motor): assert motor() == 1
''', spare="test_lib.py::test_rest test_lib.py::test_it")

# ---- classes that make something of their members ----

member("a metaclass", '''
class Meta(type):
    def __new__(mcs, name, bases, members):
        cls = super().__new__(mcs, name, bases, members)
        cls.total = sum(v for v in members.values() if isinstance(v, int))
        return cls
class Car(metaclass=Meta):
    topspeed = 3
''', 'assert lib.Car.total == 3', SPEED)
member("a metaclass below it", CAR, 'import van\nassert van.Van.total == 3', SPEED, files='''
== van.py
from lib import Car
class Meta(type):
    def __init__(cls, name, bases, members):
        cls.total = sum(v for b in bases for v in b.__dict__.values() if isinstance(v, int))
class Van(Car, metaclass=Meta): pass
''')
member("__init_subclass__ of a base", '''
class Base:
    found = []
    def __init_subclass__(cls, **kw):
        cls.found.extend(v for v in cls.__dict__.values() if isinstance(v, int))
class Car(Base):
    topspeed = 3
''', 'assert lib.Base.found == [3]', SPEED)
member("a dataclass", '''
import dataclasses
@dataclasses.dataclass
class Car:
    topspeed: int = 3
''', 'assert repr(lib.Car()).endswith("=3)")', ("= 3", "= 4"))
member("a dataclass below it", CAR, 'import van\nassert repr(van.Van()).endswith("=3)")', SPEED, files='''
== van.py
import dataclasses
from lib import Car
@dataclasses.dataclass
class Van(Car):
    topspeed: int
''')
member("an enum", '''
import enum
class Car(enum.Enum):
    topspeed = 3
''', 'assert [c.value for c in lib.Car] == [3]', SPEED)
member("a named tuple", '''
import typing
class Car(typing.NamedTuple):
    topspeed: int = 3
''', 'assert tuple(lib.Car()) == (3,)', ("= 3", "= 4"))
member("a decorator of the class", '''
def table(cls):
    return dict(cls.__dict__)
@table
class Car:
    topspeed = 3
''', 'assert 3 in lib.Car.values()', SPEED)
member("a class that is put in the place of it", CAR + '''
def table(cls): return list(cls.__dict__.values())
Car = table(Car)
''', 'assert 3 in lib.Car', SPEED)
member("a decorator of the method", '''
HOOKS = []
def hook(f):
    HOOKS.append(f)
    return f
class Car:
    @hook
    def run_motor(self, gear=1): return gear
''', 'assert [h(None) for h in lib.HOOKS] == [1]', GEAR)
member("a base of a library, called like the project's", '''
from json import JSONEncoder
class Car(JSONEncoder):
    item_separator = "+"
''', 'import json\nassert json.dumps([1, 2], cls=lib.Car) == "[1+2]"', ('"+"', '"-"'), files='''
== own.py
class JSONEncoder: pass
''')
member("a base under another name", '''
class Base:
    topspeed = 3
Other = Base
class Meta(type):
    def __init__(cls, name, bases, members):
        cls.total = sum(v for k, v in bases[0].__dict__.items() if k[0] == "t") if bases else 0
class Car(Other, metaclass=Meta): pass
''', 'assert lib.Car.total == 3', SPEED)
member("a class in a function, below it", CAR + '''
class Meta(type):
    def __init__(cls, name, bases, members):
        cls.total = sum(v for k, v in bases[0].__dict__.items() if k[0] == "t")
def build():
    class Van(Car, metaclass=Meta): pass
    return Van
''', 'assert lib.build().total == 3', SPEED)

# ---- names that Python or a library says ----

member("what print() writes to", '''
class Car:
    out = ""
    def write(self, text, end="."): self.out += text + end
''', 'car = lib.Car()\nprint("a", end="", file=car)\nassert car.out == "a.."', ('end="."', 'end="!"'), spare="")
member("the keys of what is no dict", '''
class Car:
    def keys(self, names="ab"): return list(names)
    def __getitem__(self, key): return 1
''', 'assert dict(lib.Car()) == {"a": 1, "b": 1}', ('"ab"', '"a"'), spare="")
member("a filter of a logger", '''
class Car:
    def filter(self, record, answer=True): return answer
''', '''
import logging
log, out = logging.getLogger("car"), []
handler = logging.Handler()
handler.emit = out.append
log.addHandler(handler)
log.addFilter(lib.Car())
log.error("x")
assert len(out) == 1
''', ("answer=True", "answer=False"), spare="")
member("a special method", '''
class Car:
    def __call__(self, gear=1): return gear
''', 'assert lib.Car()() == 1', GEAR)
member("a name with two underscores", '''
class Car:
    __topspeed = 3
''', 'assert lib.Car._Car__topspeed == 3', ("__topspeed = 3", "__topspeed = 4"))
member("annotations of all members", '''
class Car:
    topspeed: int = 3
''', 'import typing\nassert set(typing.get_type_hints(lib.Car).values()) == {int}', (": int", ": str"))
member("a signature", CAR, 'import inspect\nassert "1" in str(inspect.signature(lib.Car.run_motor))', GEAR)

# ---- members that come and go ----

VAN = '''
class Car:
    topspeed = 3
class Van(Car):
    topspeed = 4
    wheels = 4
'''
member("one that covered a base's is gone", VAN, 'import helper\nassert helper.speed(lib.Van()) == 4',
       ("    topspeed = 4\n", ""), files="== helper.py\ndef speed(o): return o.topspeed\n")
member("one that covers a base's", VAN.replace("    topspeed = 4\n", ""),
       'import helper\nassert helper.speed(lib.Van()) == 3',
       ("    wheels = 4\n", "    wheels = 4\n    topspeed = 5\n"),
       files="== helper.py\ndef speed(o): return o.topspeed\n")
member("one that covers what __getattr__ gives", '''
class Car:
    wheels = 4
    def __getattr__(self, name): return 7
''', 'assert lib.Car().topspeed == 7', ("    wheels = 4\n", "    wheels = 4\n    topspeed = 5\n"))
member("one that is asked for", CAR, 'assert not hasattr(lib.Car, "brakedown")',
       ("    topspeed = 3\n", "    topspeed = 3\n    brakedown = 1\n"))
member("one that is asked for by a computed name", CAR, 'assert not hasattr(lib.Car, "brake" + "down")',
       ("    topspeed = 3\n", "    topspeed = 3\n    brakedown = 1\n"))
member("one that is listed", CAR, 'assert [n for n in dir(lib.Car) if n[0] != "_"] == ["run_motor", "topspeed"]',
       ("    topspeed = 3\n", "    topspeed = 3\n    brakedown = 1\n"))
ABSTRACT = '''
import abc
class Base(abc.ABC):
    @abc.abstractmethod
    def run_motor(self): pass
class Car(Base):
    wheels = 4
    def run_motor(self): return 1
'''
member("an implementation is gone", ABSTRACT, 'assert lib.Car().wheels == 4', ("    def run_motor(self): return 1\n", ""))
member("an implementation of a mixin is gone", '''
import abc
class Base(abc.ABC):
    @abc.abstractmethod
    def run_motor(self): pass
class Mixin:
    wheels = 4
    def run_motor(self): return 1
class Car(Mixin, Base): pass
''', 'assert lib.Car().wheels == 4', ("    def run_motor(self): return 1\n", ""))
member("an abstract one comes", ABSTRACT, 'assert lib.Car().wheels == 4',
       ("    @abc.abstractmethod\n", "    @abc.abstractmethod\n    def stop_motor(self): pass\n    @abc.abstractmethod\n"))
member("a method becomes abstract", ABSTRACT.replace("    @abc.abstractmethod\n    def", "    def").replace(
       "    def run_motor(self): return 1\n", ""), 'assert lib.Car().wheels == 4',
       ("    def run_motor", "    @abc.abstractmethod\n    def run_motor"))
member("a value is abstract no more", '''
import abc
@abc.abstractmethod
def hollow(self): pass
def full(self): return 1
class Car(abc.ABC):
    run_motor = hollow
''', 'try:\n    lib.Car()\nexcept TypeError:\n    return\nassert False', ("run_motor = hollow", "run_motor = full"))
member("what a protocol asks for is gone", '''
import typing
@typing.runtime_checkable
class Driven(typing.Protocol):
    def run_motor(self): ...
class Car:
    wheels = 4
    def run_motor(self): return 1
''', 'assert isinstance(lib.Car(), lib.Driven)', ("    def run_motor(self): return 1\n", ""))
member("a name that the class's own values had from the module", '''
wheels = 4
class Car:
    doors = 2
    both = [doors, wheels]
''', 'assert lib.Car.both == [2, 4]', ("    doors = 2\n", "    doors = 2\n    wheels = 5\n"))

# ---- who looks at all that a class has, by a library ----

STOP = ("    topspeed = 3\n", "    topspeed = 3\n    def stop_motor(self): pass\n")
member("a class given to what lists its methods", CAR,
       'import xmlrpc.server as s\nassert s.list_public_methods(lib.Car) == ["run_motor"]', STOP)
member("an object given to what lists its methods", CAR,
       'import xmlrpc.server as s\nassert s.list_public_methods(lib.Car()) == ["run_motor"]', STOP)
member("a class given to a copy of its dict", CAR, '''
import functools, json
def f(): pass
functools.update_wrapper(f, lib.Car, assigned=())
assert json.dumps(f, default=lambda o: "3" in map(str, o.__dict__.values())) == "true"
''', SPEED)
member("a class from a table given to a copy of its dict", CAR + '''
import functools
class Target: pass
KINDS = {"car": Car}
def fill(kind):
    return functools.update_wrapper(lambda: 0, KINDS[kind], assigned=())
''', 'assert "3" in map(str, lib.Target.mro() and lib.fill("car").__dict__.values())', SPEED)
member("tests in a base that pytest collects", '''
class Checks:
    gears = 1
    def test_gear(self, gear=1): assert gear == self.gears
''', 'pass', GEAR, must="test_checks.py::TestIt::test_gear", files='''
== test_checks.py
import lib
def test_first(): pass
class TestIt(lib.Checks): pass
''', spare="test_lib.py::test_rest test_lib.py::test_it")
member("code given to a child", CAR, '''
import subprocess, sys
code = "import lib; print(getattr(lib.Car, 'top' + 'speed'))"
assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "3\\n"
''', SPEED)
member("a name with dashes", CAR, '''
import string
class Dashed(string.Formatter):
    def get_field(self, name, args, kw):
        from operator import attrgetter as get
        return get(name.replace("-", "_"))(args[0]), name
assert Dashed().format("{top-speed}{run-motor.__name__}", type("C", (lib.Car,), {"top_speed": 0})) == "0run_motor"
''', GEAR, must="", spare="")
member("a class in a test, with a metaclass", CAR, '''
class Meta(type):
    def __init__(cls, name, bases, members):
        cls.total = sum(v for k, v in bases[0].__dict__.items() if k[0] == "t")
class Van(lib.Car, metaclass=Meta): pass
assert Van.total == 3
''', SPEED)
member("a class in a test", CAR, '''
class Van(lib.Car):
    def go(self): return self.run_motor()
assert Van().go() == 1
''', GEAR)

# ---- docstrings of methods ----

TOLD = CAR.replace("return gear", '\n        """Starts."""\n        return gear')
TEXT = ("Starts.", "Begins.")
member("a docstring by name", TOLD, 'assert lib.Car.run_motor.__doc__ == "Starts."', TEXT)
member("a docstring by a computed name", TOLD, 'assert getattr(lib.Car, "run_" + "motor").__doc__ == "Starts."', TEXT)
member("a docstring of one below it", TOLD, 'import inspect, van\nassert inspect.getdoc(van.Van.run_motor) == "Starts."', TEXT, files='''
== van.py
import lib
class Van(lib.Car):
    def run_motor(self): return 2
''')
member("all docstrings", TOLD, 'assert "Starts." in [getattr(v, "__doc__", 0) for v in vars(lib.Car).values()]', TEXT)
member("the help", TOLD, 'import pydoc\nassert "Starts." in pydoc.plain(pydoc.render_doc(lib.Car))', TEXT)
member("the help of an object", TOLD, 'import pydoc\nassert "Starts." in pydoc.plain(pydoc.render_doc(lib.Car()))', TEXT)
member("a test by a docstring", TOLD.replace("Starts.", ">>> 1\n        1"), '''
import doctest
assert doctest.DocTestFinder().find(lib.Car, globs={})[-1].examples[0].want.strip() == "1"
''', ("        1", "        2"))

# ---- what is spared ----

NOT_IT = dict(must="", spare="test_lib.py::test_it")
member("spared: a method's default", CAR, 'assert lib.Car().topspeed == 3', GEAR, **NOT_IT)
member("spared: a class attribute", CAR, 'assert lib.Car().run_motor() == 1', SPEED, **NOT_IT)
member("spared: a method's annotation", CAR, 'assert lib.Car().topspeed == 3', ("gear=1", "gear: int = 1"), **NOT_IT)
member("spared: a method that comes", CAR, 'assert lib.Car().topspeed == 3',
       ("    topspeed = 3\n", "    topspeed = 3\n    def stop_motor(self): pass\n"), **NOT_IT)
member("spared: a method that goes", CAR, 'assert lib.Car().topspeed == 3',
       ("    def run_motor(self, gear=1): return gear\n", ""), **NOT_IT)
member("spared: a member of an exception", '''
class Stalled(Exception):
    motorcode = 1
''', 'try:\n    raise lib.Stalled\nexcept lib.Stalled:\n    pass', ("motorcode = 1", "motorcode = 2"), **NOT_IT)
member("spared: classes below it", CAR, 'import van\nassert van.Van().topspeed == 3', GEAR, files='''
== van.py
from lib import Car
class Base(Car): pass
class Van(Base):
    def go(self): return self.run_motor()
''', **NOT_IT)
member("spared: a proxy that passes the name on", CAR + '''
class Proxy:
    def __init__(self): self.car = Car()
    def __getattr__(self, name): return getattr(self.car, name)
''', 'assert lib.Proxy().topspeed == 3', GEAR, **NOT_IT)
member("spared: a method of an abstract class", ABSTRACT.replace("run_motor(self): return 1", "run_motor(self): return 1\n    def gear_up(self, gear=1): return gear"),
       'assert lib.Car().wheels == 4', GEAR, **NOT_IT)
member("spared: a base of another file", '''
class Base:
    wheels = 4
''', 'import van\nassert van.Van().wheels == 4', {"van.py": GEAR}, files='''
== van.py
from lib import Base
class Van(Base):
    def run_motor(self, gear=1): return gear
''', **NOT_IT)
member("spared: a subclass for type checkers", CAR + '''
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    class Van(Car, list): pass
''', 'assert lib.Car().topspeed == 3', GEAR, **NOT_IT)
member("spared: who knows the class's subclasses", '''
class Base:
    def __init_subclass__(cls): Base.last = cls
    def run_motor(self, gear=1): return gear
class Car(Base): pass
''', 'assert lib.Base.last is lib.Car', GEAR, **NOT_IT)
member("spared: who reads another docstring", TOLD + '''
    def stop_motor(self):
        """Stops."""
''', 'assert lib.Car.stop_motor.__doc__ == "Stops."', TEXT, **NOT_IT)
member("spared: a class that is annotated", CAR + '''
def park(car: Car = None) -> "Car": return 4
''', 'assert lib.park() == 4', SPEED, **NOT_IT)
