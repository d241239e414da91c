"""pytest-xdist: the controller selects and writes, workers record."""

import pytest

pytest.importorskip("xdist")
pytestmark = pytest.mark.slow

FILES = dict(
    m="def f():\n    return 1\ndef g():\n    return 1\n",
    a__test_a="import m\n" + "".join(f"def test_a{i}():\n    m.f()\n" for i in range(6)),
    b__test_b="import m\n" + "".join(f"def test_b{i}():\n    m.g()\n" for i in range(6)),
)
F = {f"test_a{i}" for i in range(6)}


@pytest.mark.parametrize("dist", ["load", "loadscope", "loadfile", "each"])
def test_select(project, dist):
    args = ("--tx=2*popen", "--dist=each") if dist == "each" else ("-n2", f"--dist={dist}")
    project.files(**FILES)
    assert len(project.record(*args).ran) == 12
    project.edit("m.py", "return 1", "return 2")
    assert project.record(*args).ran == F
    result = project.record(*args)
    assert not result.ran and result.rc == 0


def test_with_and_without_workers_share_a_record(project):
    project.files(**FILES)
    project.record("-n2")
    assert not project.record().ran
    project.edit("m.py", "return 1", "return 2")
    assert project.record().ran == F
    assert not project.record("-n2").ran


def test_a_file_with_clean_and_affected_tests(project):
    project.files(m=FILES["m"], test_m="import m\ndef test_f():\n    m.f()\ndef test_g():\n    m.g()\n")
    project.record("-n2")
    project.edit("m.py", "return 1", "return 2")
    result = project.record("-n2")
    assert result.ran == {"test_f"}
    assert "1 of 2 tests ran" in result.out


def test_all_users_of_a_session_fixture(project):
    project.files(
        m="def f():\n    return 1\n",
        conftest="import pytest, m\n@pytest.fixture(scope='session')\ndef res():\n    return m.f()\n",
        test_m="".join(f"def test_{i}(res): pass\n" for i in range(6)) + "def test_o(): pass\n",
    )
    project.record("-n2")
    project.edit("m.py", "return 1", "return 2")
    assert project.record("-n2").ran == {f"test_{i}" for i in range(6)}


def test_nocollect_and_readonly(project):
    project.files(**FILES)
    project.record("-n2")
    project.edit("m.py", "return 1", "return 2")
    before = project.datafile.read_bytes()
    for option in ("--testmon-nocollect", "--testmon-readonly"):
        assert project.plain(option, "-n2").ran == F
        assert project.datafile.read_bytes() == before


def test_noselect_puts_affected_tests_first(project):
    project.files(
        m=FILES["m"],
        test_a="def test_a(): pass\n",
        test_b="import m\ndef test_b():\n    m.f()\n",
    )
    project.record("-n1")
    project.edit("m.py", "return 1", "return 2")
    result = project.plain("--testmon-noselect", "-n1")
    assert result.order == ["test_b.py::test_b", "test_a.py::test_a"]


def test_a_worker_that_crashes(project):
    project.files(
        test_a="import os\ndef test_crash():\n    if os.path.exists('flag'): os._exit(1)\n",
        test_b="".join(f"def test_b{i}(): pass\n" for i in range(4)),
    )
    project.record("-n2")
    project.write("flag", "")
    result = project.plain("--testmon-noselect", "-n2")
    assert result.failed == {"test_crash"}
    project.remove("flag")
    assert "test_crash" in project.record("-n2").ran
    assert not project.record("-n2").ran


def test_a_worker_that_crashes_while_a_fixture_lives(project):
    project.files(
        m="def f():\n    return 1\n",
        test_a="""
        import os, pytest, m
        @pytest.fixture(scope="module")
        def res():
            yield
            m.f()
        def test_1(res): pass
        def test_2(res): os._exit(1)
        """,
    )
    project.run("-n1")
    project.edit("m.py", "return 1", "return 2")
    assert "test_1" in project.run("-n1").ran


def test_x(project):
    project.files(
        test_a="".join(f"def test_{i}():\n    assert {i} != 1\n" for i in range(8)),
    )
    first = project.run("-n2", "-x")
    again = project.run("-n2")
    assert first.failed == {"test_1"} and "test_1" in again.ran
    assert first.ran | again.ran == {f"test_{i}" for i in range(8)}
    assert project.run("-n2").ran == {"test_1"}


def test_collection_error(project):
    project.files(test_a="def test_a(): pass\n", test_b="def test_b(): pass\n")
    project.record("-n2")
    project.write("test_b.py", "import nowhere\n")
    assert project.run("-n2").rc == 1
    project.write("test_b.py", "def test_b():\n    x = 1\n")
    assert project.record("-n2").ran == {"test_b"}


def test_coverage_with_workers(project):
    pytest.importorskip("pytest_cov")
    project.files(**FILES)
    project.record("-n2", "--cov=m", "--cov-fail-under=100")
    result = project.record("-n2", "--cov=m", "--cov-fail-under=100")
    assert not result.ran and "--cov-fail-under is not checked" in result.out


def test_a_run_inside_a_worker(project):
    # What a test starts is a run of its own, with or without workers.
    project.files(
        test_m="""
        import subprocess, sys, os
        def test_f(tmp_path):
            (tmp_path / "pytest.ini").write_text("[pytest]")
            (tmp_path / "test_x.py").write_text("def test_x(): pass")
            assert not [name for name in os.environ if name.startswith("TAUT_")]
            args = [a for a in sys.argv if 0] + %r
            for n in ("-n0", "-n1"):
                done = subprocess.run(args + [n], cwd=tmp_path, stdout=subprocess.PIPE)
                assert b"testmon" in done.stdout and done.returncode == 0
            assert b"0 of 1 tests ran" in done.stdout
        """
        % project.command("--testmon"),
    )
    project.record("-n1")
