"""Edits that change nothing for a test: it must not run."""

import os

from . import probe

LIB = '''
== lib.py
"""The library."""
import os

LIMIT = 3

def one(x):
    """Add one."""
    return x + 1

class Box:
    """A box."""
    size = 2

    def grow(self):
        return self.size + 1
== test_lib.py
import lib
def test_one(): assert lib.one(1) == 2
def test_box(): assert lib.Box().grow() == 3
== test_other.py
def test_other(): pass
'''
NONE = "test_lib.py::test_one test_lib.py::test_box test_other.py::test_other"


def none(name, edit, row="q", text=LIB, must_not=NONE, **more):
    probe(name, text, row=row, edit=edit, must_not=must_not, **more)


def dear(name, edit, row="q", ran=NONE):
    """What costs runs by design: tokens are compared, and whether there is a docstring."""
    probe(name, LIB, row=row, edit=edit, spare=ran)


none("comment added", {"lib.py": ("    return x + 1", "    # plus\n    return x + 1  # one")}, n2=True)
none("comment at the top", {"lib.py": ('"""The library."""', '# licence\n"""The library."""')})
none("blank lines added", {"lib.py": ("def one", "\n\n\ndef one")})
none("blank lines inside a body", {"lib.py": ('"""Add one."""', '"""Add one."""\n\n')})
none("spacing", {"lib.py": ("return x + 1", "return x+1")})
dear("parentheses", {"lib.py": ("return x + 1", "return (x + 1)")})
none("line broken inside parentheses", {"lib.py": ("def one(x):", "def one(\n    x\n):")})
dear("trailing comma in a signature", {"lib.py": ("def one(x):", "def one(x,):")})
none("docstring of a function", {"lib.py": ("Add one.", "Adds 1.")}, row="q2")
none("docstring of a class", {"lib.py": ("A box.", "The box.")}, row="q2")
none("docstring of a module", {"lib.py": ("The library.", "A library.")}, row="q2")
dear("docstring removed", {"lib.py": ('    """Add one."""\n', "")}, row="q2")
dear("docstring added", {"test_other.py": 'def test_other():\n    """Passes."""\n'}, row="q2")
none("CRLF line ends", lambda root: crlf(f"{root}/lib.py"))
none("indentation with tabs", {"test_other.py": "def test_other():\n\tpass\n"},
     text="== test_other.py\ndef test_other():\n    pass\n", must_not="test_other.py::test_other")
none("touched", lambda root: os.utime(f"{root}/lib.py"))
none("rewritten with the same content", lambda root: rewrite(f"{root}/lib.py"))
none("comment in a test file", {"test_lib.py": ("import lib", "# tests\nimport lib")})
none("comment in conftest", {"conftest.py": ("import pytest", "import pytest  # the runner")},
     text=LIB + "== conftest.py\nimport pytest\n")
none("file that nobody imports is edited", {"stray.py": "X = 2\n"}, text=LIB + "== stray.py\nX = 1\n")
none("file that nobody imports is added", {"stray.py": "X = 2\n"}, text=LIB)
none("file that nobody imports is deleted", {"stray.py": None}, text=LIB + "== stray.py\nX = 1\n")
none("file that is no code is edited", {"README.md": "new\n"}, text=LIB + "== README.md\nold\n")
none("folder without code is added", {"docs/index.txt": "x\n"})
none("function that nobody calls", {"lib.py": ("return 9", "return 8")}, row="c2",
     text=LIB.replace("class Box", "def unused():\n    return 9\n\nclass Box"))
none("other test's function", {"lib.py": ("self.size + 1", "self.size * 1 + 1")}, row="c2",
     must_not="test_lib.py::test_one test_other.py::test_other")
none("pass in an unreached branch", {"lib.py": ("return -1", "return -2")}, row="r", must_not="test_lib.py::test_one",
     text='''
== lib.py
def one(x):
    if x > 100:
        return -1
    return x + 1
== test_lib.py
import lib
def test_one(): assert lib.one(1) == 2
''')
none("except clause that no test reached", {"lib.py": ("return None", "return 0")}, row="r",
     must_not="test_lib.py::test_one", text='''
== lib.py
def one(x):
    try:
        return x + 1
    except TypeError:
        return None
== test_lib.py
import lib
def test_one(): assert lib.one(1) == 2
''')
none("nested function that was not called", {"lib.py": ("return 5", "return 6")}, row="r",
     must_not="test_lib.py::test_one", text='''
== lib.py
def one(x):
    def error():
        return 5
    return x + 1
== test_lib.py
import lib
def test_one(): assert lib.one(1) == 2
''')
none("parameter id reordered", {"test_lib.py": ("[1, 2]", "[2, 1]")}, row="t", must_not="", text='''
== test_lib.py
import pytest
@pytest.mark.parametrize("x", [1, 2])
def test_x(x): assert x
== test_b.py
def test_b(): pass
''', spare="test_lib.py::test_x[1] test_lib.py::test_x[2]")

# What only the name rule can spare.
NAMES = "test_lib.py::test_one test_lib.py::test_box"
for label, change, row in [
    ("function appended", ("class Box:", "def fresh():\n    return 0\n\nclass Box:"), "r2"),
    ("function put first", ("import os\n", "import os\n\ndef fresh():\n    return 0\n"), "r2"),
    ("import added", ("import os\n", "import os\nimport sys\n"), "r2"),
    ("unused import removed", ("import os\n", ""), "r2"),
    ("unread constant changed", ("LIMIT = 3", "LIMIT = 4"), "a3"),
    ("constant added", ("LIMIT = 3", "LIMIT = 3\nOTHER = 4"), "r2"),
    ("class added", ("class Box:", "class Crate:\n    pass\n\nclass Box:"), "r2"),
    ("method added", ("    def grow", "    def shrink(self):\n        return 1\n\n    def grow"), "r2"),
    ("annotation added", ("def one(x):", "def one(x: int):"), "c"),
    ("imports reordered, stdlib", ("import os\n", "import sys\nimport os\n"), "r2"),
]:
    probe(label, LIB, row=row, edit={"lib.py": change}, spare=NAMES, must_not="test_other.py::test_other")

probe("functions reordered", '''
== lib.py
def a():
    return 1
def b():
    return 2
== test_lib.py
import lib
def test_a(): assert lib.a() == 1
def test_b(): assert lib.b() == 2
''', row="r2", edit={"lib.py": '''
def b():
    return 2
def a():
    return 1
'''}, spare="test_lib.py::test_a test_lib.py::test_b")

probe("TYPE_CHECKING import added", '''
== lib.py
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import os
def a():
    return 1
== test_lib.py
import lib
def test_a(): assert lib.a() == 1
''', row="r2", edit={"lib.py": ("    import os", "    import os\n    import sys")}, spare="test_lib.py::test_a")

probe("main block edited", '''
== lib.py
def a():
    return 1
if __name__ == "__main__":
    print(a())
== test_lib.py
import lib
def test_a(): assert lib.a() == 1
''', row="r2", edit={"lib.py": ("print(a())", "print(a(), a())")}, spare="test_lib.py::test_a")


def crlf(path):
    with open(path, "rb") as f:
        data = f.read()
    with open(path, "wb") as f:
        f.write(data.replace(b"\n", b"\r\n"))


def rewrite(path):
    with open(path, "rb") as f:
        data = f.read()
    os.unlink(path)
    with open(path, "wb") as f:
        f.write(data)
