"""Options, deactivation, header, summary, exit status, company of plugins."""

import subprocess
import sys

import pytest

M = "def f():\n    return 1\ndef g():\n    return 1\n"
T = "import m\ndef test_f():\n    m.f()\ndef test_g():\n    m.g()\n"


def changed(project):
    """Recorded, then one of two tests affected."""
    project.files(m=M, test_m=T, test_o="def test_o(): pass\n")
    project.record()
    project.edit("m.py", "return 1", "return 2")


# ---- what activates, what deactivates ----


@pytest.mark.parametrize("option", ["--testmon", "--testmon-forceselect", "--testmon-nocollect", "--testmon-readonly"])
def test_alone_an_option_activates(project, option):
    changed(project)
    result = project.plain(option)
    assert result.ran == {"test_f"}
    assert "environment: default" in result.header


def test_noselect_orders(project):
    project.files(
        m=M,
        test_a="import m\ndef test_a1(): pass\ndef test_a2():\n    m.f()\n",
        test_b="import m\ndef test_b1(): pass\ndef test_b2():\n    m.f()\n",
    )
    project.record()
    project.edit("m.py", "return 1", "return 2")
    result = project.plain("--testmon-noselect")
    assert "selection deactivated" in result.header
    assert [name[-2:] for name in result.order] == ["a2", "b2", "a1", "b1"]
    assert not project.record().ran


def test_without_an_option_nothing_happens(project):
    project.files(test_o="def test_o(): pass\n")
    result = project.plain()
    assert result.ran == {"test_o"} and "testmon" not in result.out
    assert not project.datafile.exists() and not project.path(".taut_cache").exists()


def test_an_inactive_plugin_imports_nothing(project):
    project.files(test_o="import sys\ndef test_o():\n    assert {m for m in sys.modules if m[:4] == 'taut'} <= "
                         "{'taut', 'taut.plugin'}\n")
    assert project.plain().rc == 0


@pytest.mark.parametrize("option", ["--no-testmon", "--testmon-off"])
def test_no_testmon_wins(project, option):
    changed(project)
    result = project.run(option)
    assert result.ran == {"test_f", "test_g", "test_o"}
    assert result.header == "deactivated through --no-testmon"


@pytest.mark.parametrize(
    "options, why",
    [
        (["-k", "test"], "-k was used"),
        (["-m", "not slow"], "-m was used"),
        (["--lf"], "--lf was used"),
        (["test_m.py::test_f", "test_m.py::test_g", "test_o.py"], "you selected tests manually"),
    ],
    ids=["-k", "-m", "--lf", "node id"],
)
def test_selection_deactivates_itself(project, options, why):
    changed(project)
    result = project.run(*options)
    assert result.ran == {"test_f", "test_g", "test_o"}
    assert f"selection automatically deactivated because {why}, environment: default" in result.header


@pytest.mark.parametrize("options", [["-k", "test_g or test_f"], ["-m", "not slow"], ["test_m.py::test_f", "test_o.py"]])
def test_forceselect_intersects(project, options):
    changed(project)
    assert project.plain("--testmon-forceselect", *options).ran == {"test_f"}


def test_deactivated_selection_still_records(project):
    changed(project)
    project.record("-k", "test")
    assert not project.record().ran


@pytest.mark.parametrize("argument", ["test_m.py", ".", "test_o.py"])
def test_files_and_directories_keep_selecting(project, argument):
    changed(project)
    result = project.record(argument)
    assert result.ran == ({"test_f"} if argument != "test_o.py" else set())


def test_a_debugger_only_stops_the_trace_core(project):
    project.files(
        tracer="import sys\nsys.settrace(lambda *a: None)\n",
        test_o="def test_o(): pass\n",
    )
    result = project.record("-p", "tracer", "--testmon-core=trace")
    assert "collection automatically deactivated because it's not compatible with debugger" in result.header
    assert not project.datafile.exists()
    result = project.record("-p", "tracer")
    assert "deactivated" not in result.header and project.datafile.exists()


def test_old_names(project):
    changed(project)
    result = project.run("--tlf", "--testmon-singleprocess", "--project-directory=a", "--project-directory=b")
    assert result.ran == {"test_f"}
    for name in ("--tlf", "--testmon-singleprocess", "--project-directory"):
        assert f"testmon: {name} has no effect" in result.out


# ---- what writes, what does not ----


def snapshot(project):
    return {
        str(path.relative_to(project.root)): path.stat().st_mtime_ns
        for path in project.root.rglob("*")
        if ".pytest_cache" not in path.parts
    }


@pytest.mark.parametrize("option", ["--testmon-readonly", "--testmon-nocollect"])
@pytest.mark.parametrize("fresh", [True, False])
def test_readonly_writes_nothing_anywhere(project, option, fresh, tmp_path):
    project.files(m=M, test_m=T)
    if not fresh:
        project.record()
        project.edit("m.py", "return 1", "return 2")
    project.env["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    before = snapshot(project)
    for _ in range(2):
        result = project.plain(option, "-p", "no:cacheprovider")
        assert result.ran == ({"test_f", "test_g"} if fresh else {"test_f"})
        assert snapshot(project) == before
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("option", ["--testmon-readonly", "--testmon-nocollect"])
def test_readonly_loads_plain_code(project, option):
    project.files(
        m="def f():\n    return 1\n",
        test_m="import m, sys\ndef test_f():\n    assert all(type(c) in (int, type(None), str) for c in "
        "m.f.__code__.co_consts)\n    assert 'taut.loader' not in sys.modules\n",
    )
    assert project.plain(option).rc == 0


@pytest.mark.parametrize("option", ["--co", "--setup-plan", "--setup-only"])
def test_what_runs_no_test_records_nothing(project, option):
    project.files(m=M, test_m=T)
    before = snapshot(project)
    project.run(option, "-p", "no:cacheprovider")
    assert snapshot(project) == before
    assert project.record().ran == {"test_f", "test_g"}


def test_collect_only_shows_the_selection(project):
    changed(project)
    result = project.run("--co")
    assert result.collected == ["test_m.py::test_f"] and not result.ran


# ---- what is said ----


def test_header_of_a_new_database(project):
    project.files(test_o="def test_o(): pass\n")
    assert project.record().header == "new DB, environment: default"
    assert project.record().header == "changed files: 0, environment: default"


def test_header_names_the_edited_files(project):
    changed(project)
    assert project.run().header == "changed files: m.py, environment: default"


def test_header_counts_many_files(project):
    names = [f"module_with_a_long_name_{i}" for i in range(6)]
    project.files(
        **{name: "K = 1\n" for name in names},
        test_m="".join(f"import {name}\n" for name in names) + "def test_m(): pass\n",
    )
    project.record()
    for name in names:
        project.edit(name + ".py", "1", "2")
    assert project.run().header == "changed files: 6, environment: default"


def test_header_of_a_named_environment(project):
    project.files(test_o="def test_o(): pass\n")
    assert project.record("--testmon-env=mine").header.endswith("environment: mine")


def test_expression_that_is_no_string(project):
    project.write("pytest.ini", "[pytest]\nenvironment_expression = 1 + len(md5('x'))\n")
    project.files(test_o="def test_o(): pass\n")
    assert project.record().header.endswith("environment: 33")


def test_quiet(project):
    changed(project)
    assert "testmon" not in project.run("-q").out
    assert "testmon" not in project.run("-q").out


def test_last_line(project):
    changed(project)
    assert "testmon: 1 of 3 tests ran, saved about " in project.run().out
    assert "testmon: 0 of 3 tests ran, saved about " in project.run().out
    assert "testmon: 0 of 2 tests ran" in project.run("test_m.py").out


def test_savings(project):
    changed(project)
    out = project.run("-vv").out
    assert "Testmon savings (deselected/no testmon)" in out
    assert "this run: 2/3 (67%) tests, about " in out
    out = project.plain("--testmon-noselect", "-vv").out
    assert "Potential testmon savings (deselected/no testmon)" in out
    assert "this run: 3/3 (100%) tests" in out


def test_deselected_items_are_reported(project):
    changed(project)
    result = project.run()
    assert result.deselected == ["test_m.py::test_g"]
    assert "1 passed, 1 deselected" in result.out


# ---- exit status ----


def test_exit_status(project):
    assert project.run().rc == 5, "no tests at all"
    project.files(test_o="def test_o(): pass\n")
    assert project.run("-k", "nothing").rc == 5, "plain pytest says so too"
    assert project.run().rc == 0
    assert project.run().rc == 0, "all deselected"
    assert project.run("test_o.py").rc == 0
    assert project.run("-k", "nothing").rc == 5
    project.files(test_o="def test_o(): assert 0\n")
    assert project.run().rc == 1


def test_exit_status_of_an_empty_directory(project):
    project.files(test_o="def test_o(): pass\n")
    project.record()
    project.path("empty").mkdir()
    assert project.run("empty").rc == 5


# ---- company ----


def test_coverage(project):
    pytest.importorskip("pytest_cov")
    project.files(m="def f():\n    return 1\n", test_m="import m\ndef test_f():\n    m.f()\n")
    result = project.record("--cov=m", "--cov-fail-under=100")
    assert "Required test coverage of 100% reached" in result.out
    result = project.record("--cov=m", "--cov-fail-under=100")
    assert not result.ran and "--cov-fail-under is not checked" in result.out
    project.edit("m.py", "return 1", "return 2")
    assert project.record("--cov=m", "--cov-branch").ran == {"test_f"}


def test_fail_under_of_a_coverage_config(project):
    pytest.importorskip("pytest_cov")
    project.files(m=M, test_m=T, test_o="def test_o(): pass\n")
    project.write(".coveragerc", "[report]\nfail_under = 100\n")
    project.record("--cov=m")
    project.edit("m.py", "return 1", "return 2")
    assert project.record("--cov=m").ran == {"test_f"}


def test_without_the_cache_provider(project):
    changed(project)
    assert project.run("-p", "no:cacheprovider").ran == {"test_f"}


def test_without_a_terminal(project):
    changed(project)
    assert project.run("-p", "no:terminal").ran == {"test_f"}


@pytest.mark.parametrize("option", ["--pdb", "--sw", "--ff", "--nf", "-x", "-s", "--setup-show"])
def test_other_options(project, option):
    changed(project)
    assert project.record(option).ran == {"test_f"}
    assert not project.record(option).ran


def test_last_failed_with_forceselect(project):
    project.files(test_a="def test_1(): assert 0\ndef test_2(): pass\n", test_b="def test_3(): pass\n")
    project.run()
    assert project.plain("--testmon-forceselect", "--lf").ran == {"test_1"}
    project.files(test_a="def test_1(): pass\ndef test_2(): pass\n")
    project.record("--lf")
    assert "test_3" not in project.record().ran
    assert not project.record().ran


def test_plugin_that_deselects(project):
    project.files(
        conftest="""
        import os
        def pytest_collection_modifyitems(config, items):
            if os.path.exists("flag"):
                config.hook.pytest_deselected(items=items[1:])
                items[:] = items[:1]
        """,
        m=M,
        test_m=T,
    )
    project.write("flag", "")
    project.record()
    project.edit("m.py", "def g():\n    return 1", "def g():\n    return 2")
    assert not project.record().ran
    project.remove("flag")
    assert project.record().ran == {"test_f", "test_g"}
    project.write("flag", "")
    assert project.record().ran == {"test_f"}


SLOW = """
import pytest, m
def test_f():
    m.f()
@pytest.mark.slow
def test_slow():
    m.g()
"""


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["serial", "xdist"])
def test_an_expression_in_addopts_keeps_selecting(project, workers):
    if workers:
        pytest.importorskip("xdist")
    project.write("pytest.ini", "[pytest]\naddopts = -m 'not slow'\nmarkers = slow\n")
    project.files(m=M, test_s=SLOW)
    assert project.record(*workers).ran == {"test_f"}
    result = project.record(*workers)
    assert not result.ran and "deactivated" not in result.header
    assert not result.deselected, "its file was not even collected"
    # A test that is no longer left out, for whatever reason, runs.
    project.edit("test_s.py", "@pytest.mark.slow", "")
    assert project.record(*workers).ran == {"test_f", "test_slow"}


def test_an_expression_given_by_hand_marks_nothing_as_seen(project):
    project.write("pytest.ini", "[pytest]\nmarkers = slow\n")
    project.files(m=M, test_s=SLOW)
    assert project.record("-m", "not slow").ran == {"test_f"}
    assert not project.record("-m", "not slow", "--testmon-forceselect").ran
    assert project.record().ran == {"test_slow"}
    # Another expression is another configuration: it has results of its own.
    project.write("pytest.ini", "[pytest]\naddopts = -m slow\nmarkers = slow\n")
    assert project.record().ran == {"test_slow"}


def test_another_plugin_with_the_same_options(project):
    # As pytest-testmon is installed: a distribution with an entry point.
    project.write("site/testmon/__init__.py", "")
    project.write(
        "site/testmon/pytest_testmon.py",
        "def pytest_addoption(parser):\n    parser.addoption('--testmon', action='store_true')\n",
    )
    project.write("site/pytest_testmon-2.2.0.dist-info/METADATA", "Name: pytest-testmon\nVersion: 2.2.0\n")
    project.write("site/pytest_testmon-2.2.0.dist-info/entry_points.txt", "[pytest11]\ntestmon = testmon.pytest_testmon\n")
    project.files(test_o="def test_o(): pass\n")
    env = {"PYTHONPATH": f"{project.environ()['PYTHONPATH']}:{project.path('site')}"}
    for result in (project.run(env=env), project.plain(env=env)):
        assert result.rc == 4 and "Traceback" not in result.out
        assert "pip uninstall pytest-testmon" in result.out and "-p no:testmon" in result.out
    assert project.run("-p", "no:testmon", env=env).rc == 0
    assert project.run(env={**env, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}).rc in (0, 4)


def test_a_project_of_that_name(project):
    project.files(testmon__init="", test_o="import testmon\ndef test_o(): pass\n")
    assert project.run("-o", "pythonpath=.").rc == 0


def test_warnings_as_errors(project):
    project.files(m=M, test_m=T)
    assert project.run("-W", "error", python=["-W", "error"]).rc == 0
    assert project.run("-W", "error", python=["-W", "error", "-X", "dev"]).rc == 0
    project.edit("m.py", "return 1", "return 2")
    result = project.run("-W", "error", python=["-W", "error"])
    assert result.rc == 0
    assert not [line for line in result.out.splitlines() if "Warning" in line and "taut" in line]


def test_rootdir(project, tmp_path):
    changed(project)
    project.cwd = tmp_path
    result = project.run("--rootdir", project.root, project.root, "-c", project.path("pytest.ini"))
    assert result.ran == {"test_f"}
    assert not (tmp_path / ".testmondata").exists()


def test_no_rewrite(project):
    project.write("pytest.ini", "[pytest]\ntestmon_no_rewrite =\n    plain/*\n    one.py\n")
    project.files(
        plain__a="def f():\n    return 1\ndef g():\n    return 1\n",
        test_m="from plain import a\ndef test_f():\n    a.f()\n    assert a.f.__code__.co_consts == (None, 1)\n",
        test_o="def test_o(): pass\n",
    )
    project.record("-o", "pythonpath=.")
    project.edit("plain/a.py", "def g():\n    return 1", "def g():\n    return 2")
    assert project.record("-o", "pythonpath=.").ran == {"test_f"}


def test_python_without_a_plugin_directory():
    """The module is importable on its own, and quickly."""
    code = "import sys, taut.plugin; print(sorted(m for m in sys.modules if m.startswith('taut')))"
    from conftest import INSTALLED, PACKAGE

    env = {} if INSTALLED else {"PYTHONPATH": str(PACKAGE)}
    out = subprocess.run([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert out == "['taut', 'taut.plugin']\n"


def test_a_run_inside_a_test(project):
    # In the same process: one recording at a time, the outer one goes on.
    project.files(
        m=M,
        test_m=f"""
        import pytest, m
        def test_inner(tmp_path, capsys):
            (tmp_path / "pytest.ini").write_text("[pytest]")
            (tmp_path / "test_x.py").write_text("def test_x(): pass")
            assert pytest.main([*{project.plugin}, "--testmon", str(tmp_path)]) == 0
            assert "testmon: " in capsys.readouterr().out
            m.f()
        def test_after():
            m.g()
        """,
    )
    project.record()
    project.edit("m.py", "def g():\n    return 1", "def g():\n    return 2")
    assert "test_after" in project.record().ran
    project.edit("m.py", "def f():\n    return 1", "def f():\n    return 2")
    result = project.record()
    assert "test_inner" in result.ran and "test_after" not in result.ran
