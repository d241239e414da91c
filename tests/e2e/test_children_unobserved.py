"""Children that cannot be observed: their tests depend on everything in the tree."""

import os
import signal
import subprocess
import time

import pytest
from conftest import TOP

CORES = ["probe", "trace"]
CLI = TOP / "build" / "taut"


@pytest.fixture
def project(nothing_beside):
    return nothing_beside


@pytest.fixture
def tree(project):
    """test_child runs script.py, which imports helper.py; test_else does not."""
    project.files(
        script="""
            import helper
            print(helper.VALUE)
        """,
        helper="VALUE = 1\n",
        unrelated="def unused(): pass\n",
        test_it="""
            import subprocess
            import sys

            def test_child():
                out = subprocess.check_output([sys.executable, "-S", "script.py"], text=True)
                assert out == "1\\n"

            def test_else():
                pass
        """,
    )
    return project


def nothing_runs(project, *args):
    assert project.run(*args).ran == set()


@pytest.mark.parametrize("core", CORES)
def test_nothing_changed_nothing_runs(tree, core):
    tree.record("--testmon-core", core)
    nothing_runs(tree, "--testmon-core", core)
    tree.edit("helper.py", "1", "2")
    result = tree.run("--testmon-core", core)
    assert result.ran == {"test_child"} == result.failed
    tree.edit("helper.py", "2", "1")
    assert tree.run("--testmon-core", core).ran == {"test_child"}
    nothing_runs(tree, "--testmon-core", core)


@pytest.mark.parametrize("change", ["comment", "unrelated", "new file", "removed", "mode", "new link"])
def test_any_change_in_the_tree_counts(tree, change):
    """Coarse: nobody knows what the child reads."""
    tree.write("data.txt", "data")
    tree.record()
    if change == "comment":
        tree.edit("script.py", "import", "# new\nimport")
    elif change == "unrelated":
        tree.edit("unrelated.py", "pass", "return 1")
    elif change == "new file":
        tree.write("sub/new.txt", "")
    elif change == "removed":
        tree.remove("data.txt")
    elif change == "mode":
        tree.path("script.py").chmod(0o755)
    else:
        tree.path("link").symlink_to("data.txt")
    assert tree.run().ran == {"test_child"}
    nothing_runs(tree)


def test_what_runs_leave_behind_does_not_count(tree):
    tree.path("sub").mkdir()
    tree.record()
    tree.write("__pycache__/script.pyc", b"x")
    tree.write("sub/.pytest_cache/x", "x")
    tree.write("sub/site-packages/x.py", "x")
    tree.write(".git/HEAD", "x")
    tree.write(".coverage", "x")
    tree.write("venv/pyvenv.cfg", "x")
    nothing_runs(tree)


def test_database_and_cache_of_other_names(tree):
    tree.env |= {"TESTMON_DATAFILE": "state/db", "TAUT_CACHE_DIR": str(tree.path("state/cache"))}
    tree.path("state").mkdir()
    tree.record()
    nothing_runs(tree)
    tree.edit("unrelated.py", "pass", "return 1")
    assert tree.run().ran == {"test_child"}
    nothing_runs(tree)


def ask(tree, *words):
    return subprocess.run([CLI, *words], cwd=tree.root, capture_output=True, text=True).stdout


def test_why(tree):
    why = "(it starts a child process that could not be observed)"
    tree.record()
    assert "tree         ." in ask(tree, "show", "test_it.py::test_child")
    tree.write("new.txt", "")
    assert "a file of the project changed " + why in ask(tree, "why", "test_it.py::test_child")
    assert '"tree"' in ask(tree, "affected", "--json")
    tree.edit("test_it.py", "    pass", "    assert 1")
    assert "test_it.py changed " + why in ask(tree, "why", "test_it.py::test_child")


def test_started_by_a_fixture_and_by_a_module(tree):
    tree.files(
        conftest="""
            import subprocess
            import sys
            import pytest

            @pytest.fixture(scope="session")
            def out():
                return subprocess.check_output([sys.executable, "-S", "script.py"])
        """,
        version="""
            import subprocess
            import sys
            OUT = subprocess.check_output([sys.executable, "-S", "script.py"])
        """,
        test_it="""
            def test_fixture(out): assert out
            def test_import():
                import version
            def test_else(): pass
        """,
    )
    tree.record()
    nothing_runs(tree)
    tree.edit("helper.py", "1", "2")
    assert tree.run().ran == {"test_fixture", "test_import"}
    nothing_runs(tree)


def test_a_tree_that_changes_while_children_run(tree):
    """Nobody knows which of the states the child saw."""
    tree.edit("test_it.py", "assert out", "open('out.txt', 'a').write(out); assert out")
    tree.record()
    assert tree.run().ran == {"test_child"}
    assert tree.run().ran == {"test_child"}
    tree.edit("test_it.py", "'a'", "'w'")
    assert tree.run().ran == {"test_child"}
    # Now it writes what is there already.
    assert tree.run().ran == {"test_child"}
    nothing_runs(tree)


def test_an_edit_that_is_taken_back(tree):
    """The record must not say that the child passed with the first state."""
    tree.edit("test_it.py", "def test_else():\n    pass", """
import os, time
def test_wait():
    open(os.environ["READY"], "w").close()
    while os.path.exists(os.environ["READY"]):
        time.sleep(0.01)
def test_second():
    test_child()
""")
    ready = tree.root.parent / "ready"
    process = tree.start("--testmon", env={"READY": str(ready)})
    while not ready.exists() and process.poll() is None:
        time.sleep(0.01)
    tree.edit("helper.py", "1", "1 # new")
    ready.unlink()
    assert tree.wait(process).rc == 0
    tree.edit("helper.py", "1 # new", "1")
    assert tree.run("-k", "child or second").ran == {"test_child", "test_second"}


def test_a_run_that_is_killed(tree):
    tree.edit("test_it.py", "def test_else():\n    pass", """
import os, signal, time
def test_else(): time.sleep(0.02)    # results are written every 10 ms
def test_killed():
    if os.path.exists(os.environ["KILL"]):
        os.kill(os.getpid(), signal.SIGKILL)
""")
    kill = tree.root.parent / "kill"
    kill.touch()
    assert tree.run(env={"KILL": str(kill)}).rc == -signal.SIGKILL
    kill.unlink()
    tree.env["KILL"] = str(kill)
    assert tree.run().ran == {"test_child", "test_killed"}
    nothing_runs(tree)


def test_xdist(tree):
    pytest.importorskip("xdist")
    tree.record("-n", "2")
    nothing_runs(tree, "-n", "2")
    tree.edit("helper.py", "1", "2")
    assert tree.run("-n", "2").ran == {"test_child"}


def test_code_beside_the_root(tree):
    """What no digest of the tree can see."""
    beside = tree.root.parent / "beside"
    beside.mkdir()
    (beside / "other.py").write_text("VALUE = 1\n")
    tree.env["PYTHONPATH"] = os.pathsep.join([tree.environ()["PYTHONPATH"], str(beside)])
    tree.edit("test_it.py", "import subprocess", "import other\nimport subprocess")
    tree.record()
    assert tree.run().ran == {"test_child"}


def test_pytest_started_by_its_script(tree):
    """PREFIX/bin/pytest is code beside the root, but not the project's."""
    script = os.path.join(os.path.dirname(tree.python), "pytest")
    command = tree.command("--testmon")
    for ran in {"test_child", "test_else"}, set():
        tree.report.unlink(missing_ok=True)
        process = subprocess.Popen([script, *command[3:]], cwd=tree.root, env=tree.environ(),
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert tree.wait(process).ran == ran
