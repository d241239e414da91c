"""More of what the name rule has to see: order, annotations, imports, code that runs though no text
calls it, names in strings that are code.  The test that the edit reaches is never the first of its
file: that one has to try whether the file loads."""

from .names import names

names("order of an enum's members", '''
== lib.py
import enum
class C(enum.Enum):
    RED = 1
    BLUE = 2
def other(): return 0
== test_lib.py
import lib
def test_first(): pass
def test_order(): assert [c.name for c in lib.C] == ["RED", "BLUE"]
def test_other(): assert lib.other() == 0
''', {"lib.py": ('    RED = 1\n    BLUE = 2\n', '    BLUE = 2\n    RED = 1\n')},
      'test_lib.py::test_order')

names("order of methods", '''
== lib.py
class C:
    def step_a(self): pass
    def step_b(self): pass
def steps():
    return [k for k in C.__dict__ if k.startswith("step")]
def other(): return 0
== test_lib.py
import lib
def test_first(): pass
def test_order(): assert lib.steps() == ["step_a", "step_b"]
def test_other(): assert lib.other() == 0
''', {"lib.py": ('    def step_a(self): pass\n    def step_b(self): pass\n', '    def step_b(self): pass\n    def step_a(self): pass\n')},
      'test_lib.py::test_order')

names("order of a module's names, seen from elsewhere", '''
== lib.py
def step_a(): pass
def step_b(): pass
== run.py
import lib
def steps():
    return [k for k in vars(lib) if k.startswith("step")]
== test_lib.py
import run
def test_first(): pass
def test_order(): assert run.steps() == ["step_a", "step_b"]
''', {"lib.py": ('def step_a(): pass\ndef step_b(): pass\n', 'def step_b(): pass\ndef step_a(): pass\n')},
      'test_lib.py::test_order')

names("order of a module's names, seen from inside", '''
== lib.py
def step_a(): pass
def step_b(): pass
def steps():
    return [k for k in globals() if k.startswith("step_")]
== test_lib.py
import lib
def test_first(): pass
def test_order(): assert lib.steps() == ["step_a", "step_b"]
''', {"lib.py": ('def step_a(): pass\ndef step_b(): pass\n', 'def step_b(): pass\ndef step_a(): pass\n')},
      'test_lib.py::test_order')

names("constant moved below a call that needs it", '''
== lib.py
LIMIT = 5
def get():
    try:
        return LIMIT
    except NameError:
        return 0
VALUE = get()
== test_lib.py
import lib
def test_first(): pass
def test_v(): assert lib.VALUE == 5
''', {"lib.py": ('LIMIT = 5\ndef get():\n    try:\n        return LIMIT\n    except NameError:\n        return 0\nVALUE = get()\n', 'def get():\n    try:\n        return LIMIT\n    except NameError:\n        return 0\nVALUE = get()\nLIMIT = 5\n')},
      'test_lib.py::test_v')

names("class decorator that raises", '''
== lib.py
import enum
@enum.unique
class C(enum.Enum):
    RED = 1
    BLUE = 2
def other(): return 0
== test_lib.py
def test_first(): pass
def test_other():
    import lib
    assert lib.other() == 0
''', {"lib.py": ('BLUE = 2', 'BLUE = 1')},
      'test_lib.py::test_other')

names("metaclass that raises", '''
== lib.py
import enum
class C(enum.IntEnum):
    RED = 1
    BLUE = 2
def other(): return 0
== test_lib.py
def test_first(): pass
def test_other():
    import lib
    assert lib.other() == 0
''', {"lib.py": ('BLUE = 2', "BLUE = 'x'")},
      'test_lib.py::test_other')

names("base that gets a member and is final", '''
== base.py
import enum
class Base(enum.Enum):
    def hello(self): return 1
== lib.py
from base import Base
class C(Base):
    RED = 1
def other(): return 0
== test_lib.py
def test_first(): pass
def test_other():
    import lib
    assert lib.other() == 0
''', {"base.py": ('    def hello(self): return 1\n', '    X = 1\n    def hello(self): return 1\n')},
      'test_lib.py::test_other')

names("dataclass field without its default", '''
== lib.py
from dataclasses import dataclass
@dataclass
class C:
    a: int = 1
    b: int = 2
def other(): return 0
== test_lib.py
def test_first(): pass
def test_other():
    import lib
    assert lib.other() == 0
''', {"lib.py": ('b: int = 2', 'b: int')},
      'test_lib.py::test_other')

names("dataclass field with a mutable default", '''
== lib.py
from dataclasses import dataclass
@dataclass
class C:
    a: int = 1
    b: list = None
def other(): return 0
== test_lib.py
def test_first(): pass
def test_other():
    import lib
    assert lib.other() == 0
''', {"lib.py": ('b: list = None', 'b: list = []')},
      'test_lib.py::test_other')

names("named tuple's field without its default", '''
== lib.py
from typing import NamedTuple
class C(NamedTuple):
    a: int = 1
    b: int = 2
def other(): return 0
== test_lib.py
def test_first(): pass
def test_other():
    import lib
    assert lib.other() == 0
''', {"lib.py": ('b: int = 2', 'b: int')},
      'test_lib.py::test_other')

names("annotation that raises", '''
== lib.py
def f(x: int): return x
def other(): return 0
== test_lib.py
def test_first(): pass
def test_other():
    import lib
    assert lib.other() == 0
''', {"lib.py": ('x: int', 'x: 1/0')},
      'test_lib.py::test_other')

names("annotation whose operand changes", '''
== types_.py
X = int
== lib.py
from types_ import X
def f(x: X | None): return x
def other(): return 0
== test_lib.py
def test_first(): pass
def test_other():
    import lib
    assert lib.other() == 0
''', {"types_.py": ('X = int', "X = 'int'")},
      'test_lib.py::test_other')

names("annotation of a variable, read as a hint", '''
== types_.py
X = int
== lib.py
from types_ import X
limit: X = 3
== test_lib.py
import typing, lib
def hints(m): return typing.get_type_hints(m)
def test_first(): pass
def test_hints(): assert hints(lib)["limit"] is int
''', {"types_.py": ('X = int', 'X = str')},
      'test_lib.py::test_hints')

names("annotation of a variable, gone", '''
== types_.py
X = int
== lib.py
import types_
limit: types_.X = 3
def other(): return 0
== test_lib.py
def test_first(): pass
def test_other():
    import lib
    assert lib.other() == 0
''', {"types_.py": ('X = int', 'Y = int')},
      'test_lib.py::test_other')

names("variable that becomes an annotation only", '''
== lib.py
A: int = 3
def other(): return 0
== test_lib.py
def get():
    import lib
    return lib
def test_first(): pass
def test_a(): assert "A" in [k for k in ("A",) if hasattr(get(), k)]
def test_from():
    from lib import A
def test_other(): assert get().other() == 0
''', {"lib.py": ('A: int = 3', 'A: int')},
      'test_lib.py::test_a test_lib.py::test_from')

names("annotation that single dispatch reads", '''
== lib.py
import functools
@functools.singledispatch
def show(x): return "any"
@show.register
def _(x: int): return "int"
def other(): return 0
== test_lib.py
import lib
def test_first(): pass
def test_show(): assert lib.show(5) == "int"
def test_s(): assert lib.show("") == "any"
def test_other(): assert lib.other() == 0
''', {"lib.py": ('x: int', 'x: str')},
      'test_lib.py::test_s test_lib.py::test_show')

names("annotation that a decorator registers", '''
== deco.py
REG = {}
def conv(f):
    t = list(f.__annotations__.values())[0]
    REG[t.__name__] = 1
    return f
== lib.py
from deco import conv
@conv
def f(x: int): return x
def other(): return 0
== test_lib.py
import lib, deco
def test_first(): pass
def test_f(): assert deco.REG == {"int": 1}
''', {"lib.py": ('x: int', 'x: str')},
      'test_lib.py::test_f')

names("submodule that somebody else imported", '''
== p/__init__.py
== p/sub.py
X = 1
== lib.py
import p.sub
def other(): return 0
== user.py
import lib, p
def get(): return p.sub.X
== test_user.py
import user
def test_first(): pass
def test_get(): assert user.get() == 1
def test_o(): assert user
''', {"lib.py": ('import p.sub\n', '')},
      'test_user.py::test_get')

names("submodule that somebody else imports now", '''
== p/__init__.py
== p/sub.py
X = 1
== lib.py
import os
def other(): return 0
== user.py
import lib, p
def get(): return hasattr(p, "sub")
== test_user.py
import user
def test_first(): pass
def test_get(): assert not user.get()
def test_o(): assert user
''', {"lib.py": ('import os\n', 'import os\nimport p.sub\n')},
      'test_user.py::test_get')

names("error of an import, caught", '''
== a.py
X = int("3")
def f(): return 1
== b.py
try:
    import a
except Exception:
    a = None
def get(): return a is not None
== test_b.py
import b
def test_first(): pass
def test_get(): assert b.get()
def test_o(): assert b
''', {"a.py": ('X = int("3")', 'X = int("x")')},
      'test_b.py::test_get')

names("error of an import, caught further up", '''
== a.py
X = int("3")
def f(): return 1
== m.py
import a
def g(): return 1
== b.py
try:
    from m import g
except Exception:
    g = None
def get(): return g is not None
== test_b.py
import b
def test_first(): pass
def test_get(): assert b.get()
def test_o(): assert b
''', {"a.py": ('X = int("3")', 'X = int("x")')},
      'test_b.py::test_get')

names("import moved in a circle", '''
== a.py
X = 1
import b
Y = 2
def get(): return 1

== b.py
import a
try:
    from a import Y
except ImportError:
    Y = 0
def z(): return Y

== test_a.py
import a
def test_o(): assert a
def test_get():
    import b
    assert b.z() == 0
''', {"a.py": ('import b\nY = 2\n', 'Y = 2\nimport b\n')},
      'test_a.py::test_get')

names("import removed from a circle", '''
== a.py
import b
Y = 2
def get(): return 1

== b.py
import a
try:
    from a import Y
except ImportError:
    Y = 0
def z(): return Y

== test_a.py
import a
def test_o(): assert a
def test_get():
    import b
    assert b.z() == 0
''', {"a.py": ('import b\n', '')},
      'test_a.py::test_get')

names("import that closes a circle", '''
== a.py
Y = 2
def get(): return 1
== m.py
import b

== b.py
import a
try:
    from a import Y
except ImportError:
    Y = 0
def z(): return Y

== test_a.py
import a
def test_o(): assert a
def test_get():
    import b
    assert b.z() == 2
''', {"a.py": ('Y = 2\n', 'import m\nY = 2\n')},
      'test_a.py::test_get')

names("item of a defaultdict", '''
== lib.py
from collections import defaultdict
D = defaultdict(list)
X = D["a"]
def keys(): return sorted(D)
== test_lib.py
import lib
def test_o(): assert lib
def test_k(): assert lib.keys() == ["a"]
''', {"lib.py": ('X = D["a"]', 'X = D["b"]')},
      'test_lib.py::test_k')

names("item that a dict makes", '''
== reg.py
class R(dict):
    def __missing__(self, k):
        self[k] = 1
        return 1
REG = R()
== lib.py
from reg import REG
X = REG["a"]
== test_lib.py
import lib, reg
def test_o(): assert lib
def test_k(): assert sorted(reg.REG) == ["a"]
''', {"lib.py": ('X = REG["a"]', 'X = REG["b"]')},
      'test_lib.py::test_k')

names("operator that registers", '''
== reg.py
ALL = []
class N:
    def __init__(self, n): self.n = n
    def __or__(self, o):
        ALL.append(self.n + o.n)
        return self
A = N("a")
B = N("b")
C = N("c")
== lib.py
from reg import A, B, C
X = A | B
== test_lib.py
import lib, reg
def test_o(): assert lib
def test_k(): assert reg.ALL == ["ab"]
''', {"lib.py": ('A | B', 'A | C')},
      'test_lib.py::test_k')

names("comparison that registers", '''
== reg.py
ALL = []
class N:
    def __init__(self, n): self.n = n
    def __lt__(self, o):
        ALL.append(self.n + o.n)
        return True
A = N("a")
B = N("b")
C = N("c")
== lib.py
import reg
X = reg.A < reg.B
== test_lib.py
import lib, reg
def test_o(): assert lib
def test_k(): assert reg.ALL == ["ab"]
''', {"lib.py": ('reg.A < reg.B', 'reg.A < reg.C')},
      'test_lib.py::test_k')

names("attribute that a module makes", '''
== reg.py
ALL = []
def __getattr__(name):
    if name[0] == "_": raise AttributeError(name)
    ALL.append(name)
    return name
== lib.py
import reg
X = reg.foo
== test_lib.py
import lib, reg
def test_o(): assert lib
def test_k(): assert reg.ALL == ["foo"]
''', {"lib.py": ('reg.foo', 'reg.bar')},
      'test_lib.py::test_k')

names("property that registers", '''
== reg.py
ALL = []
class N:
    @property
    def foo(self):
        ALL.append("foo")
        return 1
    @property
    def bar(self):
        ALL.append("bar")
        return 1
A = N()
== lib.py
import reg
X = reg.A.foo
== test_lib.py
import lib, reg
def test_o(): assert lib
def test_k(): assert reg.ALL == ["foo"]
''', {"lib.py": ('reg.A.foo', 'reg.A.bar')},
      'test_lib.py::test_k')

names("operator function that stores", '''
== lib.py
import operator
L = [1]
X = operator.iadd(L, [2])
def total(): return sum(L)
== test_lib.py
import lib
def test_o(): assert lib
def test_k(): assert lib.total() == 3
''', {"lib.py": ('[2]', '[5]')},
      'test_lib.py::test_k')

names("class decorator called as a function", '''
== lib.py
import functools
class V:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n
    def __lt__(self, o): return self.n < o.n
W = functools.total_ordering(V)
def cmp():
    try: return V(1) <= V(2)
    except TypeError: return None
== test_lib.py
import lib
def test_o(): assert lib
def test_k(): assert lib.cmp() is True
''', {"lib.py": ('W = functools.total_ordering(V)\n', 'W = V\n')},
      'test_lib.py::test_k')

names("wrapper made of a function", '''
== lib.py
import functools
def f(): "one"
def g(): "two"
def h(): "three"
W = functools.update_wrapper(f, g)
def name(): return f.__name__
== test_lib.py
import lib
def test_o(): assert lib
def test_k(): assert lib.name() == "g"
''', {"lib.py": ('update_wrapper(f, g)', 'update_wrapper(f, h)')},
      'test_lib.py::test_k')

names("dataclass called as a function", '''
== lib.py
import dataclasses
class V:
    n: int = 1
W = dataclasses.dataclass(V)
def cmp(): return V() == V()
== test_lib.py
import lib
def test_o(): assert lib
def test_k(): assert lib.cmp() is True
''', {"lib.py": ('dataclasses.dataclass(V)', 'dataclasses.dataclass(V, eq=False) if 0 else V')},
      'test_lib.py::test_k')

names("dunder called in a chain", '''
== lib.py
import os
X = os.environ.__setitem__("ZZQ", "1")
== test_lib.py
import lib, os
def test_o(): assert lib
def test_k(): assert os.environ["ZZQ"] == "1"
''', {"lib.py": ('"1"', '"2"')},
      'test_lib.py::test_k')

names("iterator used up by islice", '''
== lib.py
import itertools
IT = iter([1, 2, 3, 4, 5])
A = list(itertools.islice(IT, 2))
B = list(itertools.islice(IT, 1))
def b(): return B
== test_lib.py
import lib
def test_o(): assert lib
def test_k(): assert lib.b() == [3]
''', {"lib.py": ('A = list(itertools.islice(IT, 2))', 'A = list(itertools.islice(IT, 1))')},
      'test_lib.py::test_k')

names("generator used up by any", '''
== lib.py
IT = (x for x in range(10))
A = any(x > 2 for x in IT)
B = list(IT)
def b(): return B
== test_lib.py
import lib
def test_o(): assert lib
def test_k(): assert lib.b() == [4, 5, 6, 7, 8, 9]
''', {"lib.py": ('x > 2', 'x > 3')},
      'test_lib.py::test_k')

names("annotation that registers", '''
== reg.py
ALL = []
class R:
    def __class_getitem__(cls, x):
        ALL.append(x)
        return x
== lib.py
from reg import R
def f(x: R["a"]): return x
== test_lib.py
import lib, reg
def test_o(): assert lib
def test_all(): assert reg.ALL == ["a"]
''', {"lib.py": ('R["a"]', 'R["b"]')},
      'test_lib.py::test_all')

names("f-string that registers", '''
== reg.py
ALL = []
class D:
    def __format__(self, s):
        ALL.append(s)
        return s
d = D()
== lib.py
from reg import d
X = f"{d:abc}"
== test_lib.py
import lib, reg
def test_o(): assert lib
def test_all(): assert reg.ALL == ["abc"]
''', {"lib.py": ('abc', 'abd')},
      'test_lib.py::test_all')

names("length that registers", '''
== reg.py
ALL = []
class D:
    def __init__(self, n): self.n = n
    def __len__(self):
        ALL.append(self.n)
        return 1
d = D(1)
e = D(2)
== lib.py
from reg import d, e
X = len(d)
== test_lib.py
import lib, reg
def test_o(): assert lib
def test_all(): assert reg.ALL == [1]
''', {"lib.py": ('len(d)', 'len(e)')},
      'test_lib.py::test_all')

names("iteration that registers", '''
== reg.py
ALL = []
class D:
    def __init__(self, n): self.n = n
    def __iter__(self):
        ALL.append(self.n)
        return iter(())
d = D(1)
e = D(2)
== lib.py
from reg import d, e
X = [*d]
== test_lib.py
import lib, reg
def test_o(): assert lib
def test_all(): assert reg.ALL == [1]
''', {"lib.py": ('*d', '*e')},
      'test_lib.py::test_all')

names("own decorator of a test", '''
== deco.py
REG = []
def tag(n):
    def wrap(f):
        REG.append(n)
        return f
    return wrap
== test_lib.py
import deco
def test_o(): pass
@deco.tag(1)
def test_a(): pass
def test_k(): assert deco.REG == [1]
''', {"test_lib.py": ('tag(1)', 'tag(2)')},
      'test_lib.py::test_k')

names("skipif with a string", '''
== test_lib.py
import pytest, sys
FLAG = False
OTHER = 1
def test_first(): pass
@pytest.mark.skipif("sys.platform != 'x' and FLAG")
def test_k(): assert 1
def test_o(): pass
''', {"test_lib.py": ('FLAG = False', 'FLAG = True')},
      'test_lib.py::test_k')

names("xfail with a string", '''
== conf.py
FLAG = False
OTHER = 1
== test_lib.py
import pytest, sys
import conf
def test_first(): pass
@pytest.mark.xfail(condition="not conf.FLAG and sys.platform", strict=True, reason="x")
def test_k(): assert 0
def test_o(): assert conf.OTHER
''', {"conf.py": ('FLAG = False', 'FLAG = True')},
      'test_lib.py::test_k')

names("code of python -c", '''
== lib.py
FLAG = 1
OTHER = 1
== test_lib.py
import subprocess, sys, os
import lib
def test_first(): pass
def test_k():
    assert subprocess.run([sys.executable, "-c", "import lib; print(lib.FLAG)"], capture_output=True, cwd=os.path.dirname(__file__)).stdout == b"1\\n"
def test_o(): assert lib.OTHER
''', {"lib.py": ('FLAG = 1', 'FLAG = 2')},
      'test_lib.py::test_k')

names("code of python -c, in parts", '''
== lib.py
FLAG = 1
OTHER = 1
== test_lib.py
import subprocess, sys, os
import lib
def run(*code):
    return subprocess.run([sys.executable, *code], capture_output=True, cwd=os.path.dirname(__file__)).stdout
def test_first(): pass
def test_k():
    assert run("-c", "import lib\\n"
        "print(lib.FLAG)") == b"1\\n"
def test_o(): assert lib.OTHER
''', {"lib.py": ('FLAG = 1', 'FLAG = 2')},
      'test_lib.py::test_k')

names("code handed to exec", '''
== lib.py
FLAG = 1
OTHER = 1
== test_lib.py
import lib
def run(code):
    d = {"lib": lib}
    exec(code, d)
    return d["x"]
def test_first(): pass
def test_k(): assert run("x = lib.FLAG") == 1
def test_o(): assert lib.OTHER
''', {"lib.py": ('FLAG = 1', 'FLAG = 2')},
      'test_lib.py::test_k')

names("script written to disk", '''
== lib.py
FLAG = 1
OTHER = 1
== test_lib.py
import subprocess, sys, os
import lib
def test_first(): pass
def test_k(tmp_path):
    s = tmp_path / "s.py"
    s.write_text("""
import sys
sys.path.insert(0, sys.argv[1])
from lib import FLAG
print(FLAG)
""")
    assert subprocess.run([sys.executable, str(s), os.path.dirname(__file__)], capture_output=True).stdout == b"1\\n"
def test_o(): assert lib.OTHER
''', {"lib.py": ('FLAG = 1', 'FLAG = 2')},
      'test_lib.py::test_k')

names("f-string with a dotted prefix", '''
== pkg/__init__.py
== pkg/lib.py
FLAG = 1
OTHER = 1
== load.py
import pkgutil
def get(path):
    m, _, n = path.rpartition(".")
    import pkg.lib
    return look(pkg.lib, n)
def look(m, n): return getattr(m, n)
== test_lib.py
import pkg.lib
from unittest import mock
def get(n):
    with mock.patch(f"pkg.lib.{n}") as m:
        pass
    return m
def conv(n):
    import importlib
    return pkgload(f"pkg.lib.{n}")
def pkgload(p):
    import operator
    return operator.attrgetter(p.split(".", 1)[1])(__import__("pkg"))
def test_first(): pass
def test_k(): assert conv("FLAG") == 1
def test_o(): assert pkg.lib.OTHER
''', {"pkg/lib.py": ('FLAG = 1', 'FLAG = 2')},
      'test_lib.py::test_k')

names("format with a dotted prefix", '''
== pkg/__init__.py
== pkg/lib.py
FLAG = 1
OTHER = 1
== test_lib.py
import pkg.lib
from unittest import mock
def test_first(): pass
def test_k():
    n = "fl" + "ag"
    with mock.patch("pkg.lib.%s" % n.upper(), 5):
        pass
def test_o(): assert pkg.lib.OTHER
''', {"pkg/lib.py": ('FLAG = 1', 'GLAG = 2')},
      'test_lib.py::test_k')

names("docstring read in its class", '''
== lib.py
class Cmd:
    """Doc."""
    help = __doc__
OTHER = 1
== test_lib.py
import lib
def test_o(): assert lib.OTHER
def test_k(): assert lib.Cmd.help == "Doc."
''', {"lib.py": ('Doc.', 'Dog.')},
      'test_lib.py::test_k')

names("own TYPE_CHECKING", '''
== flags.py
TYPE_CHECKING = True
== lib.py
from flags import TYPE_CHECKING
if TYPE_CHECKING:
    X = 1
else:
    X = 2
OTHER = 1
== test_lib.py
import lib
def test_o(): assert lib.OTHER
def test_k(): assert lib.X == 1
''', {"lib.py": ('X = 1', 'X = 3')},
      'test_lib.py::test_k')

names("own TYPE_CHECKING of a module", '''
== flags.py
TYPE_CHECKING = True
== lib.py
import flags
if flags.TYPE_CHECKING:
    X = 1
else:
    X = 2
OTHER = 1
== test_lib.py
import lib
def test_o(): assert lib.OTHER
def test_k(): assert lib.X == 1
''', {"lib.py": ('X = 1', 'X = 3')},
      'test_lib.py::test_k')

names("TYPE_CHECKING overwritten", '''
== lib.py
from typing import TYPE_CHECKING
TYPE_CHECKING = True
if TYPE_CHECKING:
    X = 1
else:
    X = 2
OTHER = 1
== test_lib.py
import lib
def test_o(): assert lib.OTHER
def test_k(): assert lib.X == 1
''', {"lib.py": ('X = 1', 'X = 3')},
      'test_lib.py::test_k')

names("type registered with Python", '''
== lib.py
import atexit, json, copyreg
class P:
    pass
def other(): return 0
def red(p): return P, ()
X = copyreg.pickle(P, red)
== test_lib.py
import lib, copy
def test_o(): assert lib.other() == 0
def test_k():
    import copyreg
    assert lib.P in copyreg.dispatch_table
''', {"lib.py": ('X = copyreg.pickle(P, red)', 'X = None')},
      'test_lib.py::test_k')

names("item that a dict makes, gone", '''
== reg.py
class Reg(dict):
    def __missing__(self, k):
        self[k] = 1
        return k
R = Reg()
== use.py
import reg
A = reg.R["one"]
== test_use.py
import use, reg
def test_o(): assert use
def test_log(): assert list(reg.R) == ["one"]
''', {"use.py": ('A = reg.R["one"]', 'A = 1')},
      'test_use.py::test_log')

names("item of a defaultdict, gone", '''
== use.py
from collections import defaultdict
R = defaultdict(int)
A = R["one"]
def r(): return list(R)
== test_use.py
import use
def test_o(): assert use
def test_log(): assert use.r() == ["one"]
''', {"use.py": ('A = R["one"]', 'A = 0')},
      'test_use.py::test_log')

names("imported iterator, used up", '''
== its.py
IT = iter([1, 2, 3])
== use.py
from its import IT
A = tuple(x for x, _ in zip(IT, range(1)))
== test_use.py
import use, its
def test_o(): assert use
def test_log(): assert list(its.IT) == [3]
''', {"use.py": ('range(1)', 'range(0)')},
      'test_use.py::test_log')
