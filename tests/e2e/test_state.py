"""Sequences of runs: nothing is lost, nothing clean that did not run."""

import signal
import time

import pytest

A = "def test_a(): pass\n"
B = """
import m
def test_dep():
    assert m.f() == 1
def test_stable(): pass
"""
M = "def f():\n    return 1\n"

# A run of a part, between the change and the full run.
PARTS = {
    "directory": ["a"],
    "file": ["a/test_a.py"],
    "node id": ["a/test_a.py::test_a"],
    "stable node id": ["b/test_b.py::test_stable"],
    "ignore": ["--ignore=b"],
    "ignore-glob": ["--ignore-glob=b/*"],
    "collect-only": ["--co", "a"],
    "collect-only all": ["--co"],
    "setup-plan": ["--setup-plan"],
    "setup-only": ["--setup-only"],
    "noselect": ["--testmon-noselect", "a"],
    "keyword": ["-k", "stable"],
    "deselect": ["--deselect", "b/test_b.py::test_dep"],
    "forceselect": ["--testmon-forceselect", "-k", "stable"],
    "nocollect": ["--testmon-nocollect"],
    "readonly": ["--testmon-readonly"],
    "last failed": ["--lf"],
    "xdist": ["-n2", "a"],
    "xdist keyword": ["-n2", "-k", "stable"],
}


@pytest.mark.parametrize("part", PARTS)
def test_a_run_of_a_part_loses_nothing(project, part):
    project.files(a__test_a=A, b__test_b=B, m=M)
    project.record()
    project.edit("m.py", "return 1", "return 2")
    middle = project.run(*PARTS[part])
    if part in ("nocollect", "readonly"):
        assert middle.failed == {"test_dep"}
    else:
        # --setup-plan and --setup-only report tests, but run none.
        assert "test_dep" not in middle.ran or part in ("last failed", "setup-plan", "setup-only")
    assert project.run().failed == {"test_dep"}


def test_noselect_and_x_keep_a_fresh_failure(project):
    project.files(
        test_m="import os\ndef test_1():\n    assert not os.path.exists('flag')\n" + "def test_2(): pass\n",
    )
    project.record()
    project.write("flag", "")
    assert project.run("--testmon-noselect", "-x").failed == {"test_1"}
    assert project.run().failed == {"test_1"}


def test_x_runs_the_rest_next_time(project):
    project.files(test_m="def test_1(): pass\ndef test_2(): assert 0\ndef test_3(): pass\n")
    first = project.run("-x")
    assert first.ran == {"test_1", "test_2"}
    assert project.run().ran == {"test_2", "test_3"}
    assert project.run().ran == {"test_2"}


def test_x_in_an_affected_run(project):
    project.files(m=M, test_m="import m\n" + "".join(f"def test_{i}():\n    assert m.f() == 1\n" for i in range(4)))
    project.record()
    project.edit("m.py", "return 1", "return 2")
    assert len(project.run("--maxfail=2").ran) == 2
    assert len(project.run().ran) == 4


@pytest.mark.parametrize("how", ["raise KeyboardInterrupt", "import pytest; pytest.exit('enough')"])
def test_interrupted(project, how):
    project.files(
        test_m=f"""
        import os
        def test_1(): pass
        def test_2():
            if os.path.exists("flag"):
                {how}
        def test_3(): pass
        """
    )
    project.write("flag", "")
    project.run()
    project.remove("flag")
    assert project.record().ran == {"test_2", "test_3"}
    project.write("flag", "")
    # Interrupted, though it was clean.
    project.run("--testmon-noselect")
    project.remove("flag")
    assert "test_2" in project.record().ran
    assert not project.record().ran


def killed(project, sig, *args):
    process = project.start("--testmon", *args)
    deadline = time.monotonic() + 20
    while not project.path("ready").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(sig)
    result = project.wait(process)
    project.remove("ready")
    return result


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed(project, sig):
    project.files(
        test_m="""
        import os, time
        def test_1(): pass
        def test_2():
            if os.path.exists("flag"):
                open("ready", "w").close()
                time.sleep(30)
        def test_3(): pass
        """
    )
    project.write("flag", "")
    killed(project, sig)
    project.remove("flag")
    assert project.record().ran == {"test_2", "test_3"}
    assert not project.record().ran


@pytest.mark.parametrize("first", [True, False])
def test_a_source_edited_while_the_run_is_on(project, first):
    project.files(
        m=M,
        test_m="""
        import m
        def test_1():
            assert m.f() == 1
        def test_2():
            import os
            if os.path.exists("flag"):
                with open("m.py") as f: text = f.read()
                with open("m.py", "w") as f: f.write(text.replace("1", "2"))
                os.remove("flag")
        """,
    )
    if not first:
        project.record()
        project.edit("test_m.py", "import m", "import m, os")
    project.write("flag", "")
    project.record()
    assert "test_1" in project.run().failed


def test_a_test_file_edited_while_the_run_is_on(project):
    project.files(
        test_m="""
        import os
        def test_1():
            assert 1 == 1
        def test_2():
            if os.path.exists("flag"):
                with open(__file__) as f: text = f.read()
                with open(__file__, "w") as f: f.write(text.replace("1 == 1", "1 == 2"))
                os.remove("flag")
        """,
    )
    project.write("flag", "")
    project.record()
    assert "test_1" in project.run().failed


def test_two_runs_at_once(project):
    project.files(
        m=M,
        a__test_a="import m, time\ndef test_a():\n    time.sleep(.5)\n    m.f()\n",
        b__test_b="import m, time\ndef test_b():\n    time.sleep(.5)\n    m.f()\n",
    )
    runs = [project.start("--testmon", name) for name in "ab"]
    for process in runs:
        assert project.wait(process).rc == 0
    assert not project.record().ran
    project.edit("m.py", "return 1", "return 2")
    assert project.record().ran == {"test_a", "test_b"}


def test_four_runs_at_once_on_a_new_database(project):
    project.files(test_m="import time\ndef test_a():\n    time.sleep(.2)\n")
    runs = [project.start("--testmon") for _ in range(4)]
    assert [project.wait(process).rc for process in runs] == [0] * 4
    assert not project.record().ran


def test_one_record_per_test_after_a_partial_run(project):
    # test_a ran with the new m, test_b did not.
    project.files(m="K = 1\n", test_a="import m\ndef test_a(): pass\n", test_b="import m\ndef test_b(): pass\n")
    project.record()
    project.edit("m.py", "K = 1", "K = 2")
    assert project.record("test_a.py").ran == {"test_a"}
    assert project.record().ran == {"test_b"}
    assert not project.record().ran


def test_a_test_that_is_gone_is_forgotten(project):
    project.files(test_m="def test_1(): assert 0\ndef test_2(): pass\n")
    project.run()
    project.write("test_m.py", "def test_2(): pass\n")
    project.record()
    project.write("test_m.py", "def test_1(): pass\ndef test_2(): pass\n")
    assert "test_1" in project.record().ran


def test_environments_are_apart(project):
    project.files(m=M, test_m="import m\ndef test_f():\n    m.f()\n")
    project.record("--testmon-env=one")
    assert project.record("--testmon-env=two").ran == {"test_f"}
    assert not project.record("--testmon-env=one").ran
    project.edit("m.py", "return 1", "return 2")
    assert project.record("--testmon-env=two").ran == {"test_f"}
    assert not project.record("--testmon-env=two").ran
    assert project.record("--testmon-env=one").ran == {"test_f"}


def test_the_expression_names_the_environment(project):
    project.write("pytest.ini", "[pytest]\nenvironment_expression = os.environ['STAGE']\n")
    project.files(test_m="def test_f(): pass\n")
    result = project.record(env={"STAGE": "one"})
    assert "environment: one" in result.header
    assert project.record(env={"STAGE": "two"}).ran == {"test_f"}
    assert not project.record(env={"STAGE": "one"}).ran
    assert "KeyError" in project.record().header


@pytest.mark.parametrize(
    "options",
    [["--runslow"], ["--stage", "2"], ["--stage=2"], ["--runxfail"], ["-W", "error"], ["-p", "no:doctest"]],
    ids=" ".join,
)
def test_an_option_that_matters_has_results_of_its_own(project, options):
    project.files(
        conftest="""
        def pytest_addoption(parser):
            parser.addoption("--runslow", action="store_true")
            parser.addoption("--stage")
        """,
        test_m="def test_f(): pass\n",
    )
    project.record()
    assert project.record(*options).ran == {"test_f"}
    assert not project.record(*options).ran
    assert not project.record().ran
    assert not project.record(*options, "test_m.py").ran


INERT = (
    ["-v"],
    ["-q"],
    ["-s"],
    ["-x"],
    ["--tb=short"],
    ["--maxfail=3"],
    ["--ff"],
    ["--durations=3"],
    ["--color=yes"],
    ["-ra"],
    ["--rootdir=."],
    ["-p", "no:cacheprovider"],
    ["-p", "no:terminal"],
    ["--cov=."],
    ["--junitxml=out.xml"],
    ["-n1"],
    ["-n0"],
    ["--pdb"],
    ["--sw"],
    ["-o", "console_output_style=count"],
    ["-c", "pytest.ini"],
    ["--testmon-core=probe"],
    ["."],
)


def test_options_that_do_not_matter(project):
    project.files(test_m="def test_f(): pass\n")
    project.record()
    for options in INERT:
        assert not project.record(*options).ran, options


@pytest.mark.parametrize("key", ["xfail_strict = true", "filterwarnings = error", "addopts = --strict-markers"])
def test_an_ini_key_that_changes(project, key):
    project.files(test_m="def test_f(): pass\n")
    project.record()
    project.write("pytest.ini", f"[pytest]\n{key}\n")
    assert project.record().ran == {"test_f"}
    assert not project.record().ran


def test_an_ini_key_that_does_not_matter(project):
    project.files(test_m="def test_f(): pass\n")
    project.record()
    project.write("pytest.ini", "[pytest]\ntestpaths = .\naddopts = -v\n")
    assert not project.record().ran


def test_a_part_of_the_environment_that_is_ignored(project):
    project.write("pytest.ini", "[pytest]\ntestmon_environment_ignore = ini:xfail_strict\n")
    project.files(test_m="def test_f(): pass\n")
    project.record()
    with open(project.path("pytest.ini"), "a") as file:
        file.write("xfail_strict = true\n")
    assert not project.record().ran


def test_a_run_that_learns_nothing_leaves_the_file_alone(project):
    project.files(test_m="def test_f(): pass\n")
    project.record()
    before = project.datafile.stat()
    project.record()
    after = project.datafile.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_the_same_tests_give_the_same_bytes(project, tmp_path):
    for name in ("one", "two"):
        project.root = project.cwd = tmp_path / name
        project.root.mkdir()
        project.write("pytest.ini", "[pytest]\n")
        project.files(m=M, test_m="import m\ndef test_f():\n    m.f()\ndef test_g(): pass\n")
        project.record()
    assert (tmp_path / "one/.testmondata").read_bytes() == (tmp_path / "two/.testmondata").read_bytes()


def test_the_database_elsewhere(project, tmp_path):
    project.files(test_m="def test_f(): pass\n")
    project.env["TESTMON_DATAFILE"] = str(tmp_path / "data")
    project.record()
    assert (tmp_path / "data").exists() and not project.datafile.exists()
    assert not project.record().ran


def test_a_checkout_that_moved(project, tmp_path):
    project.files(m=M, test_m="import m\ndef test_f():\n    m.f()\n")
    project.record()
    project.root = project.cwd = project.root.rename(tmp_path / "elsewhere")
    assert not project.record().ran
    project.edit("m.py", "return 1", "return 2")
    assert project.record().ran == {"test_f"}


def test_without_the_cache_directory(project):
    import shutil

    project.files(m=M, test_m="import m\ndef test_f():\n    m.f()\n")
    project.record()
    shutil.rmtree(project.path(".taut_cache"))
    assert not project.record().ran


def test_a_directory_below_as_current_directory(project):
    project.files(
        conftest="import os, sys\nsys.path.insert(0, os.path.dirname(__file__))\n",
        m=M,
        sub__m="",
        sub__test_m="def test_s(): pass\n",
        test_r="import m\ndef test_f():\n    m.f()\n",
    )
    project.cwd = project.path("sub")
    project.record("..", "--import-mode=append")
    project.edit("m.py", "return 1", "return 2")
    assert project.record("..", "--import-mode=append").ran == {"test_f"}
    assert not project.record("--import-mode=append").ran


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_import_modes(project, mode):
    project.files(a__m=M, a__test_a="def test_a():\n    x = 1\n", b__test_b="def test_b(): pass\n")
    project.files(a__init="", p__test_p="from a.m import f\ndef test_p():\n    f()\n")
    args = (f"--import-mode={mode}", "-o", "pythonpath=.")
    project.record(*args)
    assert not project.record(*args).ran
    project.edit("a/test_a.py", "x = 1", "x = 2")
    assert project.record(*args).ran == {"test_a"}
    project.edit("a/m.py", "return 1", "return 2")
    assert project.record(*args).ran == {"test_p"}


def test_reruns_count_as_one_test(project):
    pytest.importorskip("pytest_rerunfailures")
    project.files(
        m=M,
        test_m="""
        import m
        N = []
        def test_f():
            N.append(1)
            if len(N) == 1:
                m.f()
                assert 0
        """,
    )
    project.record("--reruns=2")
    assert not project.record("--reruns=2").ran
    project.edit("m.py", "return 1", "return 2")
    assert project.record("--reruns=2").ran == {"test_f"}


def test_reruns_drop_fixtures_without_their_teardown(project):
    pytest.importorskip("pytest_rerunfailures")
    project.files(
        m="def up():\n    return 1\ndef down():\n    return 1\n",
        conftest="""
        import pytest, m
        @pytest.fixture(scope="session", autouse=True)
        def res():
            m.up()
            yield
            m.down()
        """,
        test_m="N = []\ndef test_a(): pass\ndef test_f():\n    N.append(1)\n    assert len(N) > 1\n",
    )
    project.record("--reruns=2")
    assert not project.record("--reruns=2").ran
    project.edit("m.py", "return 1", "return 2")
    assert project.record("--reruns=2").ran == {"test_a", "test_f"}
