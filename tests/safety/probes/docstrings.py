"""Docstrings are read in more ways than by `__doc__`, and each may change a test's outcome."""

from . import probe

LIB = '''
== lib.py
"""Text of lib."""
def f():
    """Text of f."""
    return 1
class K:
    """Text of K."""
    def m(self):
        """Text of m."""
        return 2
== page.txt
<{f.__doc__}>
== test_lib.py
import contextlib, gc, inspect, io, operator, subprocess, sys, lib
def shown(show, *args):
    with contextlib.redirect_stdout(io.StringIO()) as text: show(*args)
    return text.getvalue()
def out(*args): return subprocess.run([sys.executable, *args], capture_output=True, text=True).stdout
def test_doc():
    assert "Text of %s." %s
'''


def reads(way, whose, code):
    probe(f"docstring by {way}", LIB % (whose, code), edit={"lib.py": (f"Text of {whose}.", f"Words of {whose}.")},
          must="test_lib.py::test_doc")


reads("getmembers and __doc__", "f", "in [v.__doc__ for n, v in inspect.getmembers(lib)]")
reads("getmembers of a class", "K", "in [v for n, v in inspect.getmembers(lib.K) if isinstance(v, str)]")
reads("vars of a module", "lib", "in [v for n, v in vars(lib).items() if isinstance(v, str)]")
reads("dir and getattr", "K", "in [getattr(lib.K, n) for n in dir(lib.K)]")
reads("__dict__ of a class", "K", "in lib.K.__dict__.values()")
reads("a name made of two pieces", "f", 'in getattr(lib.f, "__d" + "oc__")')
reads("a name made by %", "f", 'in getattr(lib.f, "__%s__" % "doc")')
reads("a name made by +", "f", 'in [getattr(lib.f, "__" + n + "__") for n in ("doc", "name")]')
reads("an f-string's name", "f", 'in [getattr(lib.f, f"__{n}__") for n in ("doc", "name")]')
reads("format", "f", 'in "<{0.__doc__}>".format(lib.f)')
reads("attrgetter with a path", "f", 'in operator.attrgetter("f.__doc__")(lib)')
reads("eval", "f", 'in eval("lib.f.__doc__")')
reads("co_consts", "f", "in lib.f.__code__.co_consts")
reads("a child's code", "f", 'in out("-c", "import lib; print(lib.f.__doc__)")')
reads("a child's help", "m", 'in out("-c", "import lib; help(lib)")')
reads("help under another name", "m", "in shown(help, lib)")
reads("a template", "f", 'in open("page.txt").read().format(f=lib.f)')
reads("what the collector knows", "f", "in [x for x in gc.get_referents(lib.f) if isinstance(x, str)]")
reads("pydoc as a child", "m", 'in out("-m", "pydoc", "lib")')

probe("docstring by a unittest runner", '''
== inner.py
import unittest
class Inner(unittest.TestCase):
    def test_it(self):
        """Says it."""
== test_inner.py
import io, unittest, inner
def test_doc():
    out = io.StringIO()
    unittest.TextTestRunner(out, verbosity=2).run(unittest.defaultTestLoader.loadTestsFromModule(inner))
    assert "Says it" in out.getvalue()
''', edit={"inner.py": ("Says it", "Said it")}, must="test_inner.py::test_doc")

probe("docstring by unittest as a child", '''
== inner.py
import unittest
class Inner(unittest.TestCase):
    def test_it(self):
        """Says it."""
== test_inner.py
import subprocess, sys
def test_doc():
    args = [sys.executable, "-m", "unittest", "-v", "inner"]
    assert "Says it" in subprocess.run(args, capture_output=True, text=True).stderr
''', edit={"inner.py": ("Says it", "Said it")}, must="test_inner.py::test_doc")

probe("docstring by a debugger's help", '''
== shell.py
import pdb
class Shell(pdb.Pdb):
    def do_go(self, arg):
        """Goes on."""
== test_shell.py
import io, shell
def test_doc():
    out = io.StringIO()
    shell.Shell(stdout=out).onecmd("help go")
    assert "Goes on" in out.getvalue()
''', edit={"shell.py": ("Goes on", "Walks on")}, must="test_shell.py::test_doc")

probe("docstring by XML-RPC's introspection", '''
== lib.py
def f():
    """Text of f."""
== test_lib.py
from xmlrpc.server import SimpleXMLRPCDispatcher
import lib
def test_doc():
    d = SimpleXMLRPCDispatcher()
    d.register_introspection_functions()
    d.register_function(lib.f)
    assert d._dispatch("system.methodHelp", ("f",)) == "Text of f."
''', edit={"lib.py": ("Text", "Words")}, must="test_lib.py::test_doc")

probe("docstring where attributes are listed for another thing", '''
== lib.py
class Field: pass
class Form:
    """A form."""
    name = Field()
def fields(cls):
    return [n for n, v in vars(cls).items() if isinstance(v, Field)]
class Box:
    def __init__(self, x): self.x = x
    def __repr__(self): return str(self.__dict__) + str(vars(self))
== test_lib.py
import lib
def test_fields(): assert lib.fields(lib.Form) == ["name"]
def test_repr(): assert repr(lib.Box(1)) == "{'x': 1}{'x': 1}"
''', edit={"lib.py": ("A form", "The form")}, must_not="test_lib.py::test_fields test_lib.py::test_repr")
