"""An edit, and which tests it selects: import time, calls, imports, files.

Each case is a project, an edit, the tests that must run because of it, and the
tests that must not.
"""

import shutil

import pytest


def check(project, edit, must=(), never=()):
    first = project.record()
    quiet = project.record()
    assert not quiet.ran, "a second run runs nothing"
    edit(project)
    result = project.run()
    assert set(must) <= result.ran
    assert not set(never) & result.ran
    # The names in a case are those of its tests.
    assert set(must) | set(never) <= first.ran | result.ran
    return result


TWO = """
    import m
    def test_f(): assert m.f() == 1
    def test_g(): assert m.g() == 2
"""

# name -> (files, (file, old, new), must, never)
CASES = {
    "function body": (
        dict(m="def f():\n    return 1\ndef g():\n    return 2\n", test_m=TWO),
        ("m.py", "return 1", "return 1 + 0"),
        {"test_f"},
        {"test_g"},
    ),
    "helper in the test file": (
        dict(
            test_m="""
            def helper():
                return 1
            def test_a(): assert helper()
            def test_b(): pass
            """
        ),
        ("test_m.py", "return 1", "return 2"),
        {"test_a"},
        {"test_b"},
    ),
    "branch that one test takes": (
        dict(
            m="""
            def f(x):
                if x:
                    return 1
                return 2
            """,
            test_m="import m\ndef test_yes():\n    m.f(1)\ndef test_no():\n    m.f(0)\n",
        ),
        ("m.py", "return 1", "return 3"),
        {"test_yes"},
        {"test_no"},
    ),
    "constant in a module": (
        dict(m="K = 1\n", test_m="import m\ndef test_k():\n    assert m.K\n", test_o="def test_o():\n    pass\n"),
        ("m.py", "K = 1", "K = 2"),
        {"test_k"},
        {"test_o"},
    ),
    "constant two modules away": (
        dict(
            base="K = 1\n",
            m="from base import K\n",
            test_m="import m\ndef test_k():\n    assert m.K\n",
            test_o="def test_o():\n    pass\n",
        ),
        ("base.py", "K = 1", "K = 2"),
        {"test_k"},
        {"test_o"},
    ),
    "constant of a module that a function imports": (
        dict(
            m="K = 1\n",
            test_m="""
            def test_a():
                from m import K
            def test_b():
                from m import K
            def test_c(): pass
            """,
        ),
        ("m.py", "K = 1", "K = 2"),
        {"test_a", "test_b"},
        {"test_c"},
    ),
    "class attribute": (
        dict(
            m="class C:\n    x = 1\n    def f(self):\n        return 1\n",
            test_m="from m import C\ndef test_x():\n    assert C.x\ndef test_f():\n    assert C().f()\n",
        ),
        ("m.py", "x = 1", "x = 2"),
        {"test_x"},
        (),
    ),
    "default argument": (
        dict(m="def f(x=1):\n    return x\n", test_m="import m\ndef test_f():\n    assert m.f()\n"),
        ("m.py", "x=1", "x=2"),
        {"test_f"},
        (),
    ),
    "decorator": (
        dict(
            m="""
            def same(f): return f
            def other(f): return f
            @same
            def f(): return 1
            """,
            test_m="import m\ndef test_f():\n    assert m.f()\n",
        ),
        ("m.py", "@same", "@other"),
        {"test_f"},
        (),
    ),
    "function called while a module is imported": (
        dict(
            base="def make():\n    return 1\n",
            m="import base\nK = base.make()\n",
            test_m="import m\ndef test_k():\n    assert m.K\n",
            test_o="def test_o():\n    pass\n",
        ),
        ("base.py", "return 1", "return 2"),
        {"test_k"},
        {"test_o"},
    ),
    "decorator body that only runs at import": (
        dict(
            m="def mark(f):\n    f.x = 1\n    return f\n",
            test_m="from m import mark\n@mark\ndef f(): pass\ndef test_x():\n    assert f.x\n",
        ),
        ("m.py", "f.x = 1", "f.x = 2"),
        {"test_x"},
        (),
    ),
    "metaclass": (
        dict(
            base="class M(type):\n    def __new__(m, n, b, d):\n        return super().__new__(m, n, b, dict(d, x=1))\n",
            m="from base import M\nclass C(metaclass=M): pass\n",
            test_m="import m\ndef test_x():\n    assert m.C.x\n",
        ),
        ("base.py", "x=1", "x=2"),
        {"test_x"},
        (),
    ),
    "override added in a subclass elsewhere": (
        dict(
            base="class B:\n    def f(self):\n        return 1\n",
            m="from base import B\nclass C(B):\n    pass\n",
            test_m="import m\ndef test_f():\n    assert m.C().f()\n",
        ),
        ("m.py", "    pass", "    def f(self):\n        return 2"),
        {"test_f"},
        (),
    ),
    "re-export of a package": (
        dict(
            p__init="from p.a import f\n",
            p__a="def f(): return 1\n",
            p__b="def f(): return 2\n",
            test_m="import p\ndef test_f():\n    assert p.f()\n",
        ),
        ("p/__init__.py", "p.a", "p.b"),
        {"test_f"},
        (),
    ),
    "empty package marker": (
        dict(
            p__init="",
            p__a="def f(): return 1\n",
            test_m="import p.a\ndef test_f():\n    assert p.a.f()\n",
            test_o="def test_o():\n    pass\n",
        ),
        ("p/__init__.py", "", "K = 1\n"),
        {"test_f"},
        {"test_o"},
    ),
    "importlib.import_module": (
        dict(
            m="def f():\n    return 1\n",
            test_m="import importlib\ndef test_f():\n    assert importlib.import_module('m').f()\ndef test_o(): pass\n",
        ),
        ("m.py", "return 1", "return 2"),
        {"test_f"},
        {"test_o"},
    ),
    "thread": (
        dict(
            m="def f():\n    return 1\n",
            test_m="""
            import threading, m
            def test_f():
                t = threading.Thread(target=m.f)
                t.start()
                t.join()
            def test_o(): pass
            """,
        ),
        ("m.py", "return 1", "return 2"),
        {"test_f"},
        {"test_o"},
    ),
    "warm cache": (
        dict(
            m="import functools\n@functools.lru_cache\ndef f():\n    return g()\ndef g():\n    return 1\n",
            test_m="import m\ndef test_a():\n    m.f()\ndef test_b():\n    m.f()\ndef test_c(): pass\n",
        ),
        ("m.py", "return 1", "return 2"),
        {"test_a", "test_b"},
        {"test_c"},
    ),
    "lazy singleton": (
        dict(
            m="""
            X = None
            def get():
                global X
                if X is None:
                    X = make()
                return X
            def make():
                return 1
            """,
            test_m="import m\ndef test_a():\n    m.get()\ndef test_b():\n    m.get()\ndef test_c(): pass\n",
        ),
        ("m.py", "return 1", "return 2"),
        {"test_a", "test_b"},
        {"test_c"},
    ),
    "parametrize values from a module": (
        dict(
            data="VALUES = [1, 2]\n",
            test_m="import pytest, data\n@pytest.mark.parametrize('x', data.VALUES)\ndef test_x(x): pass\n",
            test_o="def test_o(): pass\n",
        ),
        ("data.py", "[1, 2]", "[1, 2, 3]"),
        {"test_x[3]"},
        {"test_o"},
    ),
    "parametrize values from a function": (
        dict(
            data="def values():\n    return [1, 2]\n",
            test_m="import pytest, data\n@pytest.mark.parametrize('x', data.values())\ndef test_x(x): pass\n",
            test_o="def test_o(): pass\n",
        ),
        ("data.py", "[1, 2]", "[1, 2, 3]"),
        {"test_x[3]"},
        {"test_o"},
    ),
    "pytest_generate_tests of a conftest": (
        dict(
            conftest="""
            def pytest_generate_tests(metafunc):
                if "x" in metafunc.fixturenames:
                    metafunc.parametrize("x", [1, 2])
            """,
            test_m="def test_x(x): pass\n",
        ),
        ("conftest.py", "[1, 2]", "[1, 2, 3]"),
        {"test_x[3]"},
        (),
    ),
    "skip removed below a comment": (
        dict(test_m="# licence\n\nimport pytest\n@pytest.mark.skip\ndef test_x(): pass\n"),
        ("test_m.py", "@pytest.mark.skip\n", ""),
        {"test_x"},
        (),
    ),
    "skipif on another module's constant": (
        dict(
            m="OFF = True\n",
            test_m="import pytest, m\n@pytest.mark.skipif(m.OFF, reason='x')\ndef test_x(): pass\n",
        ),
        ("m.py", "True", "False"),
        {"test_x"},
        (),
    ),
    "conftest constant": (
        dict(
            conftest="K = 1\n",
            test_m="def test_x(): pass\n",
        ),
        ("conftest.py", "K = 1", "K = 2"),
        {"test_x"},
        (),
    ),
    "hook of a conftest": (
        dict(
            conftest="def pytest_runtest_setup(item):\n    x = 1\n",
            sub__test_m="def test_x(): pass\n",
        ),
        ("conftest.py", "x = 1", "x = 2"),
        {"test_x"},
        (),
    ),
    "conftest of another directory": (
        dict(
            a__conftest="K = 1\n",
            a__test_a="def test_a(): pass\n",
            b__test_b="def test_b(): pass\n",
        ),
        ("a/conftest.py", "K = 1", "K = 2"),
        {"test_a"},
        {"test_b"},
    ),
    "plugin in the project": (
        dict(
            conftest="pytest_plugins = ['plug']\n",
            plug="K = 1\n",
            test_m="def test_x(): pass\n",
        ),
        ("plug.py", "K = 1", "K = 2"),
        {"test_x"},
        (),
    ),
    "comment": (
        dict(m="def f():\n    return 1\n", test_m="import m\ndef test_f():\n    m.f()\n"),
        ("m.py", "return 1", "# why\n\n    return 1  # because"),
        (),
        {"test_f"},
    ),
    "docstring": (
        dict(m='def f():\n    "x"\n    return 1\n', test_m="import m\ndef test_f():\n    m.f()\n"),
        ("m.py", '"x"', '"y"'),
        (),
        {"test_f"},
    ),
    "uncalled nested function": (
        dict(
            m="""
            def f():
                def g():
                    return 1
                return g
            """,
            test_m="import m\ndef test_f():\n    m.f()\ndef test_g():\n    m.f()()\n",
        ),
        ("m.py", "return 1", "return 2"),
        {"test_g"},
        {"test_f"},
    ),
    "generator": (
        dict(
            m="def gen():\n    yield 1\n    yield 2\n",
            test_m="import m\ndef test_x():\n    list(m.gen())\n",
        ),
        ("m.py", "yield 2", "yield 3"),
        {"test_x"},
        (),
    ),
    "syntax error": (
        dict(
            m="def f():\n    return 1\n",
            test_m="import m\ndef test_f():\n    m.f()\n",
            test_o="def test_o(): pass\n",
        ),
        ("m.py", "def f():\n", "def f(:\n"),
        (),
        (),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_edit(project, name):
    files, (file, old, new), must, never = CASES[name]
    project.files(**files)
    result = check(project, lambda p: p.edit(file, old, new), must, never)
    if name == "syntax error":
        assert result.rc == 2


def test_the_same_bytes_select_nothing(project):
    project.files(m="def f():\n    return 1\n", test_m="import m\ndef test_f():\n    m.f()\n")
    project.record()
    project.path("m.py").touch()
    assert not project.record().ran


def test_there_and_back_again(project):
    project.files(m="def f():\n    return 1\n", test_m="import m\ndef test_f():\n    m.f()\n")
    project.record()
    project.edit("m.py", "return 1", "return 2")
    project.edit("m.py", "return 2", "return 1")
    assert not project.record().ran


def test_an_old_mtime_hides_nothing(project):
    import os

    project.files(m="def f():\n    return 1\n", test_m="import m\ndef test_f():\n    m.f()\n")
    os.utime(project.path("m.py"), (10**9, 10**9))
    project.record()
    project.edit("m.py", "return 1", "return 2")
    os.utime(project.path("m.py"), (10**9, 10**9))
    assert project.record().ran == {"test_f"}


def test_new_tests_run(project):
    project.files(test_a="def test_a(): pass\n")
    project.record()
    project.files(test_b="def test_b(): pass\n")
    assert project.record().ran == {"test_b"}
    project.edit("test_a.py", "def", "def test_a2(): pass\ndef")
    assert "test_a2" in project.record().ran
    assert not project.record().ran


def test_a_conftest_that_appears(project):
    project.files(a__test_a="def test_a(): pass\n", b__test_b="def test_b(): pass\n")
    project.record()
    project.files(a__conftest="import pytest\n@pytest.fixture(autouse=True)\ndef x():\n    assert 0\n")
    result = project.run()
    assert result.ran == {"test_a"} and result.failed == {"test_a"}


def test_a_conftest_that_goes(project):
    project.files(conftest="import pytest\n@pytest.fixture\ndef x():\n    pass\n", test_a="def test_a(x): pass\n")
    project.record()
    project.remove("conftest.py")
    assert project.run().failed == {"test_a"}


def test_a_module_that_goes(project):
    project.files(m="K = 1\n", test_m="import m\ndef test_k(): pass\n")
    project.record()
    project.remove("m.py")
    assert project.run().rc == 2


def test_an_import_of_a_path(project):
    """What cannot be a module's name is looked up all the same, and is there no more than before."""
    project.files(
        pkg__app="",
        test_m="""
            import importlib
            import pytest
            def test_f():
                with pytest.raises(ImportError):
                    importlib.import_module("pkg/app")
        """,
    )
    project.record()
    assert not project.record().ran


def test_a_package_that_shadows(project):
    project.files(m="K = 1\n", test_m="import m\ndef test_k():\n    assert m.K == 1\n")
    project.record()
    project.files(m__init="K = 2\n")
    assert project.run().failed == {"test_k"}


def test_an_optional_module_that_appears(project):
    project.files(
        m="try:\n    import fast\nexcept ImportError:\n    fast = None\n",
        test_m="import m\ndef test_slow():\n    assert m.fast is None\n",
        test_o="def test_o(): pass\n",
    )
    project.record()
    project.files(fast="")
    assert project.run().failed == {"test_slow"}


def test_a_test_file_that_goes_and_comes(project):
    project.files(test_a="def test_a(): pass\n", test_b="def test_b(): pass\n")
    project.record()
    project.remove("test_b.py")
    assert not project.record().ran
    project.files(test_b="def test_b(): assert 0\n")
    assert project.run().failed == {"test_b"}


def test_a_file_without_tests_is_always_collected(project):
    project.files(test_a="def test_a(): pass\n", test_b="import m\n", m="")
    project.record()
    project.remove("m.py")
    assert project.run().rc == 2


def test_code_beside_the_root(project):
    project.write("../lib/beside.py", "def f():\n    return 1\n")
    project.files(
        conftest="import sys, os\nsys.path.append(os.path.join(os.path.dirname(__file__), '..', 'lib'))\n",
        test_m="import beside\ndef test_f():\n    beside.f()\ndef test_o(): pass\n",
    )
    project.record()
    project.edit("../lib/beside.py", "return 1", "return 2")
    assert project.record().ran == {"test_f"}


def test_doctests(project):
    project.files(m='def f():\n    """\n    >>> f()\n    1\n    """\n    return g()\ndef g():\n    return 1\n')
    assert project.record("--doctest-modules").ran == {"m.f"}
    assert not project.record("--doctest-modules").ran
    project.edit("m.py", "return 1", "return 2")
    assert project.run("--doctest-modules").failed == {"m.f"}
    project.edit("m.py", "    1\n", "    2\n")
    assert project.record("--doctest-modules").ran == {"m.f"}


def test_a_text_file_of_doctests(project):
    project.write("test_x.txt", ">>> 1\n1\n")
    project.record()
    assert not project.record().ran
    project.write("test_x.txt", ">>> 1\n2\n")
    assert project.run().rc == 1


def test_files_that_a_conftest_collects(project):
    project.files(
        conftest="""
        import pytest
        class File(pytest.File):
            def collect(self):
                for line in self.path.read_text().split():
                    yield Item.from_parent(self, name=line)
        class Item(pytest.Item):
            def runtest(self):
                assert self.name != "bad"
        def pytest_collect_file(file_path, parent):
            if file_path.suffix == ".list":
                return File.from_parent(parent, path=file_path)
        """
    )
    project.write("x.list", "a b")
    project.write("y.list", "c")
    assert project.record().ran == {"a", "b", "c"}
    assert not project.record().ran
    project.write("x.list", "a bad")
    assert project.run().failed == {"bad"}


def test_unittest_classes(project):
    project.files(
        m="def f():\n    return 1\n",
        test_m="""
        import unittest, m
        class TestX(unittest.TestCase):
            def test_f(self): m.f()
            def test_o(self): pass
        """,
    )
    project.record()
    project.edit("m.py", "return 1", "return 2")
    assert project.record().ran == {"TestX::test_f"}


def test_failed_tests_run_until_they_pass(project):
    project.files(test_m="import os\ndef test_f():\n    assert not os.path.exists('flag')\ndef test_o(): pass\n")
    project.write("flag", "")
    assert project.run().failed == {"test_f"}
    assert project.run().failed == {"test_f"}
    project.remove("flag")
    assert project.record().ran == {"test_f"}
    assert not project.record().ran


def test_outcomes_that_need_no_second_run(project):
    project.files(
        test_m="""
        import pytest
        def test_s(): pytest.skip("x")
        @pytest.mark.xfail
        def test_x(): assert 0
        @pytest.mark.xfail
        def test_p(): pass
        """
    )
    project.record()
    assert not project.record().ran


def test_errors_run_again(project):
    project.files(
        test_m="""
        import pytest
        @pytest.fixture
        def bad(): raise OSError
        @pytest.fixture
        def late():
            yield
            raise OSError
        def test_setup(bad): pass
        def test_teardown(late): pass
        def test_o(): pass
        """
    )
    project.run()
    assert project.run().ran == {"test_setup", "test_teardown"}


def test_order_is_kept(project):
    project.files(
        conftest="def pytest_collection_modifyitems(items):\n    items.reverse()\n",
        m="def f():\n    return 1\n",
        test_a="import m\ndef test_a1():\n    m.f()\ndef test_a2(): pass\ndef test_a3():\n    m.f()\n",
        test_b="import m\ndef test_b1():\n    m.f()\n",
    )
    project.record()
    project.edit("m.py", "return 1", "return 2")
    assert project.record().order == ["test_b.py::test_b1", "test_a.py::test_a3", "test_a.py::test_a1"]


# ---- what ignoring files must not change ----


def test_sys_path_insertions_are_replayed(project):
    # Both directories have a `helper`; plain pytest finds that of the last
    # directory, though the edit only selects a test of the first.
    project.files(
        a__helper="WHO = 'a'\n",
        a__test_a="def test_a():\n    from helper import WHO\n    assert WHO == 'b'\n    x = 1\n",
        b__helper="WHO = 'b'\n",
        b__test_b="def test_b(): pass\n",
    )
    assert project.record().ran == {"test_a", "test_b"}
    project.edit("a/test_a.py", "x = 1", "x = 2")
    assert project.record().ran == {"test_a"}


def test_a_test_module_with_plugins_is_imported(project):
    project.files(
        plug="import pytest\n@pytest.fixture\ndef given():\n    return 1\n",
        test_a="pytest_plugins = ['plug']\ndef test_a(given): pass\n",
        test_b="def test_b(given):\n    x = 1\n",
    )
    assert project.record().ran == {"test_a", "test_b"}
    project.edit("test_b.py", "x = 1", "x = 2")
    assert project.record().ran == {"test_b"}


def test_a_collection_error_of_the_rest_alone(project):
    # test_b imports what only test_a makes importable.
    project.files(
        test_a="import sys, types\nsys.modules['made'] = types.ModuleType('made')\ndef test_a(): pass\n",
        test_b="import made\ndef test_b():\n    x = 1\n",
    )
    assert project.record().ran == {"test_a", "test_b"}
    project.edit("test_b.py", "x = 1", "x = 2")
    result = project.run()
    assert result.rc == 0 and "test_b" in result.ran


def test_a_circle_of_imports_by_its_bad_end(project):
    # Whoever imports b first makes a importable; pytest comes to test_1 first.
    project.files(
        a="X = 1\nimport b\ndef fa(): return b.Y\n",
        b="import a\nY = 2\ndef fb(): return 2\n",
        test_1="import a\ndef test_1(): assert a.X == 1\n",
        test_2="import b\ndef test_2(): assert b.fb() == 2\n",
    )
    project.record()
    project.edit("b.py", "import a\n", "import a\nfrom a import fa\n")
    assert project.record("test_2.py").ran == {"test_2"}
    result = project.run()
    assert result.rc == 2 and result.collect_errors == ["test_1.py"]
    assert project.record("test_2.py", "test_1.py").ran == {"test_1"}


def test_a_collection_error_stays_one(project):
    project.files(test_a="def test_a(): pass\n", test_b="def test_b(): pass\n")
    project.record()
    project.write("test_b.py", "import nowhere\n")
    result = project.run()
    assert result.rc == 2 and result.collect_errors == ["test_b.py"]
    assert project.run().rc == 2
    project.write("test_b.py", "def test_b():\n    x = 1\n")
    assert project.record().ran == {"test_b"}
    assert not project.record().ran


def test_a_class_scoped_collection_error(project):
    project.files(
        test_a="import pytest\nclass TestA:\n    def test_1(self): pass\n    def test_2(self): pass\n",
    )
    project.record()
    project.edit("test_a.py", "    def test_1", "    @pytest.mark.parametrize('x', 5)\n    def test_1")
    assert project.run().rc == 2
    project.edit("test_a.py", "    @pytest.mark.parametrize('x', 5)\n", "")
    assert project.run().rc == 0
    assert not project.record().ran


def test_modules_that_a_test_makes_elsewhere(project):
    """tmp_path is another directory next time: what is imported from there is no dependency."""
    project.files(
        test_t="""
        import importlib, runpy, sys, tempfile
        def made_in(directory, name):
            (directory / f"{name}.py").write_text("X = 1")
            sys.path.insert(0, str(directory))
            assert importlib.import_module(name).X == 1
            assert runpy.run_path(str(directory / f"{name}.py"))["X"] == 1
        def test_tmp_path(tmp_path):
            made_in(tmp_path, "made_a")
        def test_tempfile():
            from pathlib import Path
            with tempfile.TemporaryDirectory() as d:
                made_in(Path(d), "made_b")
        """
    )
    base = project.root.parent / "base"
    project.record("--basetemp", base)
    shutil.rmtree(base)
    assert not project.record().ran
