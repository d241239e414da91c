"""Fixtures: all users of an instance are affected, not only the first."""

import os
import re

import pytest

LIB = """
def a():
    return 1
def b():
    return 1
def c():
    return 1
"""


def check(project, must, never=(), old="return 1", new="return 2", file="lib.py", after=None):
    project.record()
    assert not project.record().ran
    text = project.path(file).read_text()
    at = text.index(old, text.index(after) if after else 0)
    project.path(file).write_text(text[:at] + new + text[at + len(old) :])
    ran = project.run().ran
    assert set(must) <= ran
    assert not set(never) & ran


@pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
def test_setup_of_a_wide_fixture(project, scope):
    project.files(
        lib=LIB,
        test_m=f"""
        import pytest, lib
        @pytest.fixture(scope="{scope}")
        def res(): return lib.a()
        class TestX:
            def test_1(self, res): pass
            def test_2(self, res): pass
            def test_3(self): pass
        """,
    )
    check(project, {"TestX::test_1", "TestX::test_2"}, {"TestX::test_3"})


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_teardown_of_a_wide_fixture(project, scope):
    project.files(
        lib=LIB,
        test_m=f"""
        import pytest, lib
        @pytest.fixture(scope="{scope}")
        def res():
            yield
            lib.a()
        class TestX:
            def test_1(self, res): pass
            def test_2(self, res): pass
            def test_3(self): pass
        """,
    )
    check(project, {"TestX::test_1", "TestX::test_2"}, {"TestX::test_3"})


def test_addfinalizer(project):
    project.files(
        lib=LIB,
        test_m="""
        import pytest, lib
        @pytest.fixture(scope="module")
        def res(request):
            request.addfinalizer(lib.a)
        def test_1(res): pass
        def test_2(res): pass
        def test_3(): pass
        """,
    )
    check(project, {"test_1", "test_2"}, {"test_3"})


def test_function_scope(project):
    project.files(
        lib=LIB,
        test_m="""
        import pytest, lib
        @pytest.fixture
        def res():
            yield lib.a()
            lib.b()
        def test_1(res): pass
        def test_2(): lib.c()
        """,
    )
    check(project, {"test_1"}, {"test_2"}, after="def b")


XUNIT = {
    "setup_module": """
        import lib
        def setup_module(): lib.a()
        def test_1(): pass
        def test_2(): pass
        """,
    "teardown_module": """
        import lib
        def teardown_module(): lib.a()
        def test_1(): pass
        def test_2(): pass
        """,
    "setup_class": """
        import lib
        class TestX:
            @classmethod
            def setup_class(cls): lib.a()
            def test_1(self): pass
            def test_2(self): pass
        """,
    "setUpClass": """
        import lib, unittest
        class TestX(unittest.TestCase):
            @classmethod
            def setUpClass(cls): lib.a()
            def test_1(self): pass
            def test_2(self): pass
        """,
    "tearDownClass": """
        import lib, unittest
        class TestX(unittest.TestCase):
            @classmethod
            def tearDownClass(cls): lib.a()
            def test_1(self): pass
            def test_2(self): pass
        """,
    "addClassCleanup": """
        import lib, unittest
        class TestX(unittest.TestCase):
            @classmethod
            def setUpClass(cls): cls.addClassCleanup(lib.a)
            def test_1(self): pass
            def test_2(self): pass
        """,
    "setUpModule": """
        import lib, unittest
        def setUpModule(): lib.a()
        class TestX(unittest.TestCase):
            def test_1(self): pass
            def test_2(self): pass
        """,
}


@pytest.mark.parametrize("kind", XUNIT)
def test_xunit(project, kind):
    project.files(lib=LIB, test_m=XUNIT[kind], test_o="def test_o(): pass\n")
    prefix = "TestX::" if "class TestX" in XUNIT[kind] else ""
    check(project, {prefix + "test_1", prefix + "test_2"}, {"test_o"})


def test_setup_of_a_package(project):
    project.files(
        lib=LIB,
        p__init="import lib\ndef setup_module(): lib.a()\n",
        p__test_m="def test_1(): pass\ndef test_2(): pass\n",
        test_o="def test_o(): pass\n",
    )
    check(project, {"test_1", "test_2"}, {"test_o"})


def test_setup_of_a_custom_collector(project):
    project.files(
        lib=LIB,
        conftest="""
        import pytest, lib
        class Module(pytest.Module):
            def setup(self): lib.a()
            def teardown(self): lib.b()
        def pytest_pycollect_makemodule(module_path, parent):
            return Module.from_parent(parent, path=module_path)
        """,
        test_m="def test_1(): pass\ndef test_2(): pass\n",
    )
    check(project, {"test_1", "test_2"})
    check(project, {"test_1", "test_2"}, after="def b")


def test_fixture_that_uses_a_fixture(project):
    project.files(
        lib=LIB,
        test_m="""
        import pytest, lib
        @pytest.fixture(scope="session")
        def inner(): return lib.a()
        @pytest.fixture(scope="module")
        def outer(inner): return 1
        def test_0(inner): pass
        def test_1(outer): pass
        def test_2(outer): pass
        def test_3(): pass
        """,
    )
    check(project, {"test_0", "test_1", "test_2"}, {"test_3"})


@pytest.mark.parametrize("before", ["", "def test_0(inner): pass\n"])
def test_getfixturevalue_inside_a_cached_fixture(project, before):
    # Asked for once, in the setup of `outer`; its later users do not ask.
    project.write("lib.py", LIB)
    project.write(
        "test_m.py",
        """
        import pytest, lib
        @pytest.fixture(scope="session")
        def inner(): return lib.a()
        @pytest.fixture(scope="module")
        def outer(request): return request.getfixturevalue("inner")
        """.replace("        ", "")
        + before
        + "def test_1(outer): pass\ndef test_2(outer): pass\ndef test_3(): pass\n",
    )
    check(project, {"test_1", "test_2"}, {"test_3"})


def test_getfixturevalue_of_what_the_test_has_already(project):
    project.files(
        lib=LIB,
        test_m="""
        import pytest, lib
        @pytest.fixture(scope="session")
        def inner(): return lib.a()
        @pytest.fixture(scope="module")
        def outer(request): return request.getfixturevalue("inner")
        def test_1(inner, outer): pass
        def test_2(outer): pass
        def test_3(): pass
        """,
    )
    check(project, {"test_1", "test_2"}, {"test_3"})


def test_getfixturevalue_in_a_test(project):
    project.files(
        lib=LIB,
        test_m="""
        import pytest, lib
        @pytest.fixture(scope="session")
        def res(): return lib.a()
        def test_1(res): pass
        def test_2(request): request.getfixturevalue("res")
        def test_3(): pass
        """,
    )
    check(project, {"test_1", "test_2"}, {"test_3"})


def test_override_that_uses_what_it_overrides(project):
    project.files(
        lib=LIB,
        conftest="""
        import pytest, lib
        @pytest.fixture(scope="session")
        def res(): return lib.a()
        """,
        test_m="""
        import pytest
        @pytest.fixture
        def res(res): return res
        def test_1(res): pass
        def test_2(res): pass
        def test_3(): pass
        """,
    )
    check(project, {"test_1", "test_2"}, {"test_3"})


def test_parametrized_instances_are_distinct(project):
    project.files(
        lib=LIB,
        test_m="""
        import pytest, lib
        @pytest.fixture(scope="module", params=["a", "b"])
        def res(request): return getattr(lib, request.param)()
        def test_1(res): pass
        def test_2(res): pass
        """,
    )
    check(project, {"test_1[a]", "test_2[a]"}, {"test_1[b]", "test_2[b]"})


def test_fixture_that_fails(project):
    project.files(
        lib=LIB,
        test_m="""
        import pytest, lib
        @pytest.fixture(scope="session")
        def res():
            assert lib.a() == 2
        def test_1(res): pass
        def test_2(res): pass
        def test_3(): pass
        """,
    )
    assert project.run().failed == {"test_1", "test_2"}
    assert project.run().ran == {"test_1", "test_2"}
    project.edit("lib.py", "return 1", "return 2")
    assert project.record().ran == {"test_1", "test_2"}
    assert not project.record().ran


def test_fixture_that_skips(project):
    project.files(
        lib=LIB,
        test_m="""
        import pytest, lib
        @pytest.fixture(scope="session")
        def res():
            if lib.a() == 1:
                pytest.skip("no")
        def test_1(res): pass
        def test_2(res): pass
        def test_3(): pass
        """,
    )
    check(project, {"test_1", "test_2"}, {"test_3"})


def test_dynamic_scope(project):
    project.files(
        lib=LIB,
        test_m="""
        import pytest, lib
        @pytest.fixture(scope=lambda fixture_name, config: "session")
        def res(): return lib.a()
        def test_1(res): pass
        def test_2(res): pass
        def test_3(): pass
        """,
    )
    check(project, {"test_1", "test_2"}, {"test_3"})


def test_autouse_session_fixture(project):
    project.files(
        lib=LIB,
        conftest="""
        import pytest, lib
        @pytest.fixture(scope="session", autouse=True)
        def res():
            yield
            lib.a()
        """,
        a__test_a="def test_a(): pass\n",
        b__test_b="def test_b(): pass\n",
    )
    check(project, {"test_a", "test_b"})


def test_wide_fixture_recorded_by_a_part_of_its_users(project):
    # The second run sets the fixture up for test_1 alone.
    project.files(
        lib=LIB,
        test_m="""
        import pytest, lib
        @pytest.fixture(scope="session")
        def res(): return lib.a()
        def test_1(res): lib.b()
        def test_2(res): pass
        """,
    )
    check(project, {"test_1"}, {"test_2"}, after="def b")
    assert project.path("lib.py").read_text().count("return 1") == 2
    project.edit("lib.py", "def a():\n    return 1", "def a():\n    return 3")
    assert project.record().ran == {"test_1", "test_2"}
    assert not project.record().ran


@pytest.mark.parametrize("style", ["long", "short", "line", "native"])
def test_our_frames_stay_out_of_tracebacks(project, style):
    project.files(
        test_m="""
        import pytest
        @pytest.fixture(scope="session")
        def bad():
            raise OSError("here")
        @pytest.fixture(scope="module")
        def late():
            yield
            raise OSError("there")
        def test_1(bad): pass
        def test_2(late): pass
        def test_3(request): request.getfixturevalue("bad")
        """,
    )

    def shown(result):
        lines = re.sub("0x[0-9a-f]+", "", result.out).splitlines()
        return [line for line in lines if not line.startswith(("testmon", "plugins", "==="))]

    ours, plain = project.run("--testmon-noselect", f"--tb={style}"), project.plain(f"--tb={style}")
    if style == "native":
        # All between a test and the fixture it asks for is shown: pluggy's
        # frames for our wrapper too, but none of ours.
        assert f"{os.sep}taut{os.sep}" not in ours.out
    else:
        assert shown(ours) == shown(plain)
