"""What is remembered from run to run: partial runs, failures, interrupts, edits during a run,
and back again.  Each step is a run; a test may never be forgotten."""

import signal

from . import probe, step

TWO_DIRS = '''
== m.py
def f():
    return 1
== a/test_a.py
def test_a(): pass
== b/test_b.py
import m
def test_stable(): pass
def test_dep(): assert m.f() == 1
'''
BREAK = {"m.py": ("return 1", "return 2")}
DEP = "b/test_b.py::test_dep"


def lost(name, args, **more):
    """Edit, a partial run that does not reach the affected test, then a full run."""
    probe("affected test lost after a partial run: " + name, TWO_DIRS, row="loss", kind="state",
          steps=[step(BREAK, args=args, must_not=DEP), step(must=DEP), step(rerun=DEP)], **more)


lost("folder", "a", n2=True)
lost("file", "a/test_a.py")
lost("node id", "a/test_a.py::test_a")
lost("ignore", "--ignore=b")
lost("collect only", "--co")
lost("collect only of a folder", "--co a")
lost("noselect folder", "--testmon-noselect a")
lost("nocollect folder", "--testmon-nocollect a")
lost("-k", "-k test_a", n2=True)
lost("-m", "-m nothing")
lost("deselect", f"--deselect {DEP}")
lost("forceselect -k", "--testmon-forceselect -k test_a")
lost("node id of its file", "b/test_b.py::test_stable", n2=True)

probe("affected test run by node id is done", TWO_DIRS, kind="state", row="loss",
      steps=[step({"m.py": ("return 1", "return 1 + 0")}, args=DEP, rerun=DEP), step(must_not=DEP)])

probe("collect only is no run", TWO_DIRS, kind="state", row="loss",
      steps=[step(BREAK, args="--co"), step(args="--co"), step(must=DEP)])

probe("nocollect run of the affected test does not clear it for another edit", TWO_DIRS, kind="state", row="loss",
      steps=[step({"m.py": ("return 1", "return 0 + 1")}, args="--testmon-nocollect", rerun=DEP),
             step({"m.py": "def f():\n    return 5\n"}, must=DEP)])

probe("--no-testmon in between", TWO_DIRS, kind="state", row="loss",
      steps=[step(BREAK, args="--no-testmon", rerun=DEP), step(rerun=DEP)])

probe("failing test runs until it passes", TWO_DIRS, kind="state", row="ah", n2=True,
      steps=[step(BREAK, must=DEP), step(rerun=DEP), step(rerun=DEP),
             step({"m.py": ("return 2", "return 1")}, must=DEP), step(must_not=DEP)])

probe("error in setup runs until it passes", '''
== m.py
def f():
    return 1
== conftest.py
import pytest, m
@pytest.fixture
def thing():
    return 1 / m.f()
== test_a.py
def test_a(thing): pass
def test_b(): pass
''', kind="state", row="ah", steps=[step({"m.py": ("return 1", "return 0")}, must="test_a.py::test_a"),
                                    step(rerun="test_a.py::test_a", must_not="test_a.py::test_b"),
                                    step({"m.py": ("return 0", "return 1")}, must="test_a.py::test_a")])

probe("xfail and skip do not run again", '''
== test_a.py
import pytest
@pytest.mark.xfail
def test_x(): assert 0
@pytest.mark.skip
def test_s(): pass
def test_dynamic(): pytest.skip("now")
''', row="ah", edit={"other.txt": "x"}, must_not="test_a.py::test_x test_a.py::test_s test_a.py::test_dynamic")

probe("-x stops the run, the rest follows", '''
== m.py
def f():
    return 1
== test_a.py
import m
def test_1(): assert m.f() == 1
def test_2(): assert m.f() + 1 == 2
def test_3(): assert m.f() + 2 == 3
''', kind="state", row="aj", steps=[
    step(BREAK, args="-x"), step(rerun="test_a.py::test_1 test_a.py::test_2 test_a.py::test_3")])

probe("noselect -x remembers the failure", '''
== state.txt
ok
== test_a.py
def test_1(): assert open("state.txt").read() == "ok\\n"
def test_2(): pass
''', kind="state", row="aj", steps=[
    step({"state.txt": "bad\n"}, args="--testmon-noselect -x", must="test_a.py::test_1"),
    step(rerun="test_a.py::test_1")])

probe("forth and back selects nothing new", TWO_DIRS, kind="state", row="ad",
      steps=[step(BREAK, must=DEP), step({"m.py": ("return 2", "return 1")}, must=DEP), step(must_not=DEP)])

probe("edited and put back before a run", TWO_DIRS, kind="state", row="ad",
      steps=[step(lambda root: None, must_not=DEP + " a/test_a.py::test_a")])

probe("edit, partial run, put back", '''
== m.py
LIMIT = 1
def f():
    return LIMIT
== test_a.py
import m
def test_a(): assert m.f() == 1
== test_b.py
import m
def test_b(): assert m.f() == 1
''', kind="state", row="ad", steps=[
    step({"m.py": ("LIMIT = 1", "LIMIT = 2")}, args="test_a.py", must="test_a.py::test_a", must_not="test_b.py::test_b"),
    step({"m.py": ("LIMIT = 2", "LIMIT = 1")}, must="test_a.py::test_a", must_not="test_b.py::test_b"),
    step({"m.py": ("LIMIT = 1", "LIMIT = 3")}, must="test_a.py::test_a test_b.py::test_b")])

probe("module constant: two test files, one run after the edit", '''
== m.py
LIMIT = 1
== test_a.py
import m
def test_a(): assert m.LIMIT
== test_b.py
import m
def test_b(): assert m.LIMIT == 1
''', kind="state", row="loss", n2=True, steps=[
    step({"m.py": ("LIMIT = 1", "LIMIT = 2")}, args="test_a.py", rerun="test_a.py::test_a"),
    step(must="test_b.py::test_b", must_not="test_a.py::test_a")])

probe("fixture instance: one user run after the edit", '''
== lib.py
def make():
    return 1
== conftest.py
import pytest, lib
@pytest.fixture(scope="session")
def thing():
    return lib.make()
== test_a.py
def test_a(thing): assert thing
== test_b.py
def test_b(thing): assert thing == 1
''', kind="state", row="loss", steps=[
    step({"lib.py": ("return 1", "return 2")}, args="test_a.py", rerun="test_a.py::test_a"),
    step(must="test_b.py::test_b", must_not="test_a.py::test_a")])

probe("memo: one user run after the edit", '''
== lib.py
import functools
def make():
    return 1
@functools.lru_cache
def get():
    return make()
== test_a.py
import lib
def test_a(): assert lib.get()
== test_b.py
import lib
def test_b(): assert lib.get() == 1
''', kind="state", row="loss", steps=[
    step({"lib.py": ("return 1", "return 2")}, args="test_a.py", rerun="test_a.py::test_a"),
    step(must="test_b.py::test_b", must_not="test_a.py::test_a")])

RACE = '''
== m.py
def f():
    return 1
== n.py
def g():
    return 1
== test_a.py
import m, n
def test_1(): assert m.f() == 1
def test_2(): assert n.g() == 1
def test_3(): assert m.f() + 1 == 2
'''

probe("source edited during the first run", RACE, kind="state", row="z",
      first=step(hook=("start", "test_a.py::test_2", BREAK)),
      steps=[step(must="test_a.py::test_1 test_a.py::test_3")])

probe("source edited during a later run", RACE, kind="state", row="z2",
      steps=[step({"n.py": ("return 1", "return 1 + 0")}, hook=("start", "test_a.py::test_2", BREAK),
                  rerun="test_a.py::test_2"),
             step(must="test_a.py::test_1 test_a.py::test_3")])

probe("source edited after collection, before its test", RACE, kind="state", row="z",
      first=step(hook=("collected", "", BREAK)),
      steps=[step(must="test_a.py::test_1 test_a.py::test_3")])

probe("lazily imported module edited during the run, before its import", '''
== m.py
V = 1
== test_a.py
def test_1(): pass
def test_2():
    import m
    assert m.V == 1
''', kind="state", row="z", first=step(hook=("start", "test_a.py::test_2", {"m.py": "V = 2\n"})),
      may_run="test_a.py::test_2", steps=[step({"m.py": "V = 1\n"}, must="test_a.py::test_2")])

probe("constant edited during the run", '''
== m.py
V = 1
== test_a.py
import m
def test_1(): assert m.V == 1
def test_2(): assert m.V + 1 == 2
''', kind="state", row="z", first=step(hook=("start", "test_a.py::test_2", {"m.py": "V = 2\n"})),
      steps=[step(must="test_a.py::test_1 test_a.py::test_2")])

probe("test file edited during the run", '''
== test_a.py
def test_1(): assert 1 == 1
def test_2(): assert 2 == 2
''', kind="state", row="z", first=step(hook=("start", "test_a.py::test_2", {"test_a.py": ("1 == 1", "1 == 2")})),
      steps=[step(must="test_a.py::test_1")])

probe("source edited during the run and put back", RACE, kind="state", row="z",
      first=step(hook=("start", "test_a.py::test_2", BREAK)),
      steps=[step({"m.py": ("return 2", "return 1")}), step(BREAK, must="test_a.py::test_1 test_a.py::test_3")])

FIVE = '''
== m.py
def f():
    return 1
== test_a.py
import m
def test_1(): assert m.f() == 1
def test_2(): assert m.f() == 1
def test_3(): assert m.f() == 1
def test_4(): assert m.f() == 1
'''
for label, sig, row in (("kill -9", signal.SIGKILL, "s"), ("SIGTERM", signal.SIGTERM, "s"),
                        ("Ctrl-C", signal.SIGINT, "s2")):
    probe(f"{label} in the middle of the first run", FIVE, kind="state", row=row,
          first=step(hook=("start", "test_a.py::test_3", int(sig))),
          steps=[step(rerun="test_a.py::test_3 test_a.py::test_4", spare="test_a.py::test_1"),
                 step(must_not="test_a.py::test_1 test_a.py::test_4"),
                 step(BREAK, must=" ".join(f"test_a.py::test_{i}" for i in (1, 2, 3, 4)))])
    probe(f"{label} in the middle of a later run", FIVE, kind="state", row=row,
          steps=[step(BREAK, hook=("start", "test_a.py::test_3", int(sig))),
                 step(rerun="test_a.py::test_1 test_a.py::test_2 test_a.py::test_3 test_a.py::test_4")])

probe("kill -9 under xdist", FIVE, kind="state", row="s", only=("n2",),
      first=step(hook=("finish", "test_a.py::test_3", int(signal.SIGKILL))),
      steps=[step(), step(BREAK, must=" ".join(f"test_a.py::test_{i}" for i in (1, 2, 3, 4)))])

probe("two environments", TWO_DIRS, kind="state",
      steps=[step(args="--testmon-env=b", rerun=DEP + " a/test_a.py::test_a"),
             step(BREAK, args="--testmon-env=b", must=DEP), step(rerun=DEP), step(rerun=DEP)])

probe("option forth and back keeps both records", '''
== conftest.py
def pytest_addoption(parser):
    parser.addoption("--level", default="low")
== test_a.py
def test_a(request): assert request.config.getoption("--level") == "low"
def test_b(): pass
''', kind="state", steps=[step(args="--level=high", must="test_a.py::test_a"), step(must_not="test_a.py::test_a"),
                          step(args="--level=high", rerun="test_a.py::test_a")])

probe("database deleted", TWO_DIRS, kind="state",
      steps=[step({".testmondata": None}, rerun=DEP + " a/test_a.py::test_a"), step(must_not=DEP)])

probe("database damaged", TWO_DIRS, kind="state",
      steps=[step({".testmondata": b"SQLite format 3\0" + b"x" * 5000}, rerun=DEP + " a/test_a.py::test_a"),
             step(must_not=DEP)])

probe("database truncated", TWO_DIRS, kind="state",
      steps=[step(lambda root: cut(f"{root}/.testmondata"), rerun=DEP + " a/test_a.py::test_a"), step(must_not=DEP)])

probe("older database put back", TWO_DIRS, kind="state",
      steps=[step(lambda root: keep(root)), step(BREAK, must=DEP),
             step(lambda root: back(root), must_not="a/test_a.py::test_a", rerun=DEP)])

probe("cache directory deleted", TWO_DIRS, kind="state",
      steps=[step(lambda root: wipe(f"{root}/.taut_cache"), must_not=DEP + " a/test_a.py::test_a"), step(BREAK, must=DEP)])

probe("new test that fails is remembered", TWO_DIRS, kind="state",
      steps=[step({"c/test_c.py": "def test_c(): assert 0\n"}, must="c/test_c.py::test_c"),
             step(rerun="c/test_c.py::test_c", must_not=DEP)])

probe("test removed and put back", TWO_DIRS, kind="state",
      steps=[step({"b/test_b.py": "import m\ndef test_stable(): pass\n"}),
             step({"b/test_b.py": "import m\ndef test_stable(): pass\ndef test_dep(): assert m.f() == 1\n"}, rerun=DEP),
             step(BREAK, must=DEP)])

probe("collection error, then repaired", TWO_DIRS, kind="state", row="w",
      steps=[step({"m.py": "def f(:\n"}, must=DEP), step(rerun=DEP),
             step({"m.py": "def f():\n    return 7\n"}, must=DEP), step(rerun=DEP)])

probe("collection error with a change elsewhere is not lost", '''
== m.py
def f():
    return 1
== test_a.py
import m
def test_a(): assert m.f() == 1
== test_b.py
X = 1
def test_b(): pass
''', kind="state", row="w", steps=[step({"m.py": ("return 1", "return 2"), "test_b.py": "X = (\n"}, must="test_b.py::test_b"),
                                   step({"test_b.py": "X = 1\ndef test_b(): pass\n"}, must="test_a.py::test_a")])

probe("test skips first, then runs", '''
== flag.py
ON = False
== m.py
def f():
    return 1
== test_a.py
import pytest, flag, m
def test_a():
    if not flag.ON:
        pytest.skip("off")
    assert m.f() == 1
''', kind="state", steps=[step({"flag.py": "ON = True\n"}, must="test_a.py::test_a"), step(BREAK, must="test_a.py::test_a")])

probe("flaky outcome is recorded as it is", '''
== test_a.py
import os
def test_a():
    seen = os.path.exists("seen")
    open("seen", "w").close()
    assert seen
def test_b(): pass
''', kind="state", may_run="test_a.py::test_a", steps=[step(rerun="test_a.py::test_a", must_not="test_a.py::test_b")])

probe("test order does not matter for what is known", '''
== lib.py
_v = None
def work():
    return 1
def get():
    global _v
    if _v is None:
        _v = work()
    return _v
== test_a.py
import lib
def test_1(): assert lib.get() == 1
def test_2(): assert lib.get() == 1
''', kind="state", steps=[step({"lib.py": ("return 1", "return 1 + 0")}, args="test_a.py::test_2", rerun="test_a.py::test_2"),
                          step(rerun="test_a.py::test_1"),
                          step({"lib.py": ("return 1 + 0", "return 2")}, must="test_a.py::test_1 test_a.py::test_2")])

probe("a warning that a valid .pyc hides stays hidden", '''
== lib.py
def odd(x):
    return "\\d" if x == 1 else "other"
def one():
    return 1
== test_a.py
import lib
def test_a(): assert lib.one() == 1
''', kind="state", steps=[step(lambda root: hidden(root), rerun="test_a.py::test_a", code=0)])


def hidden(root):
    """Compile lib.py as plain Python does, then make warnings errors."""
    import subprocess
    import sys
    subprocess.run([sys.executable, "-W", "ignore", "-m", "py_compile", "lib.py"], cwd=root, check=True)
    with open(f"{root}/pytest.ini", "w") as f:
        f.write("[pytest]\nfilterwarnings = error\n")


def cut(path):
    with open(path, "r+b") as f:
        f.truncate(700)


def keep(root):
    import shutil
    shutil.copy(f"{root}/.testmondata", f"{root}/../kept")


def back(root):
    import os
    os.replace(f"{root}/../kept", f"{root}/.testmondata")


def wipe(path):
    import shutil
    shutil.rmtree(path, ignore_errors=True)
