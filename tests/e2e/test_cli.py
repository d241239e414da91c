"""The `taut` program, on what real runs recorded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import INSTALLED, TOP

BINARY = Path(sys.executable).parent / "taut" if INSTALLED else TOP / "build" / "taut"
M = "LIMIT = 3\n\ndef f():\n    return 1\n\ndef g():\n    return LIMIT\n"
T = "import m\n\ndef test_f():\n    assert m.f() == 1\n\ndef test_g():\n    assert m.g()\n"

pytestmark = pytest.mark.skipif(not BINARY.exists(), reason="build/taut is not built")


class Taut:
    def __init__(self, project):
        self.project = project

    def __call__(self, *args, cwd=None, env=None):
        done = subprocess.run(
            [BINARY, *args],
            cwd=cwd or self.project.root,
            env=self.project.environ(**(env or {})),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        self.out = done.stdout.decode("utf-8", "surrogateescape")
        self.err = done.stderr.decode("utf-8", "surrogateescape")
        return done.returncode

    @property
    def lines(self):
        return self.out.splitlines()


@pytest.fixture
def taut(project):
    return Taut(project)


@pytest.fixture
def recorded(project):
    project.files(m=M, test_m=T)
    project.record()
    return project


def files_of(root):
    return {
        str(p): (p.lstat().st_mtime_ns, p.lstat().st_ctime_ns, p.lstat().st_size) for p in [root, *root.rglob("*")]
    }


# ---- affected ----


def test_nothing_affected(recorded, taut):
    assert taut("affected") == 0
    assert taut.out == ""
    assert len(taut.err.splitlines()) == 1 and "not checked" in taut.err
    assert taut("affected", "--count") == 0 and taut.out == "0\n"


def test_a_change_affects(recorded, taut):
    recorded.edit("m.py", "return 1", "return 2")
    assert taut("affected") == 1
    assert taut.lines == ["test_m.py::test_f"]
    assert taut("affected", "--count") == 1 and taut.out == "1\n"
    assert taut("affected", "--why") == 1
    assert taut.lines == ["test_m.py::test_f", "    code in m.py changed"]
    assert taut("affected", "-q") == 1 and taut.out == taut.err == ""
    # What it lists is what runs.
    assert recorded.run().ran == {"test_f"}


def test_it_agrees_with_the_plugin(recorded, taut):
    recorded.edit("m.py", "LIMIT = 3", "LIMIT = 4")
    assert taut("affected") == 1
    assert {line.split("::")[1] for line in taut.lines} == recorded.record().ran
    assert taut("affected") == 0


def test_failed_tests_are_affected(recorded, taut):
    recorded.edit("m.py", "return 1", "return 2")
    recorded.run()
    assert taut("affected", "--why") == 1
    assert taut.lines == ["test_m.py::test_f", "    it failed in its last run"]


def test_json(recorded, taut):
    recorded.edit("m.py", "LIMIT = 3", "LIMIT = 4")
    assert taut("affected", "--json") == 1
    answer = json.loads(taut.out)
    assert answer["root"] == str(recorded.root) and answer["environment"] == "default"
    assert [a["nodeid"] for a in answer["affected"]] == ["test_m.py::test_f", "test_m.py::test_g"]
    assert answer["affected"][1] | {"detail": "", "via": ""} == {
        "path": "test_m.py",
        "nodeid": "test_m.py::test_g",
        "reason": "module",
        "cause": "m.py",
        "detail": "",
        "via": "",
    }
    assert answer["changed"] == [{"path": "m.py", "kind": "source"}]


def test_json_of_odd_names(project, taut):
    odd = 'q"b\\s t\té'
    # A file name that is not UTF-8, as Python spells it.
    name = "data-\udcff\udce9.txt"
    project.write(name, "x")
    project.files(
        test_m=f"""
        import pytest
        @pytest.mark.parametrize("x", [1], ids=[{odd!r}])
        def test_odd(x):
            assert open({name!r}).read() == "x"
        """
    )
    project.record()
    project.write(name, "y")
    assert taut("affected", "--json") == 1
    answer = json.loads(taut.out)
    assert answer["affected"][0]["cause"] == name
    assert answer["changed"] == [{"path": name, "kind": "data"}]
    assert taut("affected") == 1
    assert answer["affected"][0]["nodeid"] == taut.lines[0]
    assert taut("why", taut.lines[0]) == 1


# ---- why, show ----


def test_why_of_an_affected_test(recorded, taut):
    recorded.edit("m.py", "return 1", "return 2")
    assert taut("why", "test_m.py::test_f") == 1
    assert taut.lines[0] == "runs: code in m.py changed"


def test_why_of_a_clean_test(recorded, taut):
    assert taut("why", "test_m.py::test_f") == 0
    assert "need not run" in taut.lines[0]
    assert "source files" in taut.lines[1]


def test_why_of_an_unknown_test(recorded, taut):
    assert taut("why", "test_m.py::test_ff") == 2
    assert "test_m.py::test_f" in taut.lines
    assert "no such test on record: test_m.py::test_ff" in taut.err


def test_show_a_test(recorded, taut):
    assert taut("show", "test_m.py::test_f") == 0
    assert taut.lines[0] == "test_m.py::test_f: passed"
    assert any("m.py: 1 suite" in line for line in taut.lines)


def test_show_a_file(recorded, taut):
    assert taut("show", "m.py") == 0
    assert taut.lines == ["test_m.py::test_f", "test_m.py::test_g"]
    assert taut("show", "nothing.py") == 2
    assert "nothing.py" in taut.err and not taut.out


# ---- stats, check ----


def test_stats(recorded, taut):
    assert taut("stats") == 0
    assert "2 tests" in taut.out
    assert taut("stats", "--json") == 0
    answer = json.loads(taut.out)
    assert answer["tests"] == 2 and answer["environments"] == 1
    assert answer["bytes"] == recorded.datafile.stat().st_size


def test_check(recorded, taut):
    assert taut("check") == 0
    data = bytearray(recorded.datafile.read_bytes())
    data[len(data) // 2] ^= 1
    recorded.datafile.write_bytes(data)
    assert taut("check") == 3
    assert ".testmondata" in taut.err


# ---- exit statuses ----


@pytest.mark.parametrize("command", [["affected"], ["why", "x"], ["show", "x"], ["stats"], ["check"]])
def test_no_database(project, taut, command):
    assert taut(*command) == 4
    assert taut.err.startswith("taut: ") and not taut.out
    assert not project.datafile.exists()


@pytest.mark.parametrize("command", [["affected"], ["why", "x"], ["show", "x"], ["stats"], ["check"]])
def test_a_database_that_cannot_be_used(project, taut, command):
    project.write(".testmondata", "<<<<<<< HEAD\n")
    assert taut(*command) == 3
    assert ".testmondata" in taut.err and not taut.out


def test_another_environment(recorded, taut):
    assert taut("affected", "--env", "nightly") == 4
    assert "nightly" in taut.err
    recorded.record("--testmon-env=nightly")
    assert taut("affected", "--env=nightly") == 0


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["nothing"],
        ["affected", "--nothing"],
        ["affected", "too-many"],
        ["why"],
        ["why", "a", "b"],
        ["affected", "--root"],
        ["check", "--json"],
        ["affected", "--root", "no/such/directory"],
    ],
    ids=" ".join,
)
def test_usage(recorded, taut, args):
    assert taut(*args) == 2
    assert taut.err and not taut.out


def test_help_and_version(project, taut):
    assert taut("--version") == 0 and taut.out.startswith("taut ")
    assert taut("--help") == 0
    commands = [line.split()[0] for line in taut.lines if line.startswith("  ") and line[2] != " " and line[2:6] != "taut"]
    assert {"affected", "why", "show", "stats", "check"} <= set(commands)
    for command in commands:
        assert taut(command, "--help") == 0 and taut.out.startswith(f"usage: taut {command} ")
        assert "exit status" in taut.out and f"  taut {command}" in taut.out


def test_output_that_cannot_be_written(recorded, taut):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [BINARY, "stats"], cwd=recorded.root, env=recorded.environ(), stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert done.returncode == 3 and b"cannot write" in done.stderr


# ---- where ----


def test_the_root_is_found_from_below(recorded, taut):
    recorded.write("a/b/x.txt", "")
    recorded.edit("m.py", "return 1", "return 2")
    for where in ("a/b", "."):
        assert taut("affected", cwd=recorded.path(where)) == 1
    assert taut("affected", f"--root={recorded.root}", cwd="/") == 1
    assert taut("affected", "--root", "../..", cwd=recorded.path("a/b")) == 1


def test_the_datafile_variable(project, taut):
    project.files(m=M, test_m=T)
    project.env["TESTMON_DATAFILE"] = "deps/data"
    project.path("deps").mkdir()
    project.record()
    project.edit("m.py", "return 1", "return 2")
    assert taut("affected") == 1
    assert taut("affected", env={"TESTMON_DATAFILE": str(project.path("deps/data"))}) == 1
    assert taut("affected", env={"TESTMON_DATAFILE": "nowhere"}) == 4


def test_it_writes_nothing(recorded, taut):
    recorded.edit("m.py", "return 1", "return 2")
    before = files_of(recorded.root)
    for command in (["affected"], ["why", "test_m.py::test_f"], ["show", "m.py"], ["stats"], ["check"]):
        taut(*command)
    assert files_of(recorded.root) == before


def test_it_sees_an_interrupted_run(recorded, taut):
    """The journal counts before anybody folded it in."""
    recorded.files(
        test_m=T + "\n\ndef test_kill():\n    import os\n    assert not m.f() or os.kill(os.getpid(), 9)\n",
        conftest="",
    )
    recorded.run()
    assert taut("affected") == 1
    assert "test_m.py::test_kill" in taut.lines


def test_colours_are_for_terminals(recorded, taut):
    recorded.edit("m.py", "return 1", "return 2")
    assert taut("affected", "--why") == 1 and "\033" not in taut.out
    for env, colour in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        leader, follower = os.openpty()
        subprocess.run(
            [BINARY, "affected", "--why"],
            cwd=recorded.root,
            env={k: v for k, v in recorded.environ().items() if k != "NO_COLOR"} | env,
            stdout=follower,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
        os.close(follower)
        assert (b"\033[" in os.read(leader, 4096)) == colour
        os.close(leader)


# ---- by name ----


def test_the_name_rule_and_its_reasons(recorded, taut):
    recorded.edit("m.py", "LIMIT = 3", "LIMIT = 4")
    assert taut("affected", "--count") == 1 and taut.out == "2\n"
    assert taut("affected", "--precision=name") == 1
    assert taut.lines == ["test_m.py::test_g"]
    assert taut("affected", "--precision=name", "--explain") == 1
    assert taut.lines == ["LIMIT changed (m.py:1): 1 test", "    test_m.py::test_g (through g (m.py:6))"]
    assert taut("why", "test_m.py::test_g", "--precision=name") == 1
    assert taut.lines == ["runs: LIMIT changed (m.py:1)", "through g (m.py:6)"]
    assert taut("why", "test_m.py::test_f", "--precision=name") == 0
    assert taut("affected", "--precision=other") == 2


def test_why_names_do_not_tell(recorded, taut):
    recorded.edit("m.py", "LIMIT = 3", "if True: LIMIT = 3")
    assert taut("why", "test_m.py::test_f", "--precision=name") == 1
    assert taut.lines[0] == (
        "runs: module level of m.py changed, as a whole (line 1, LIMIT: it stands below a condition)"
    )


def test_what_an_edit_of_a_line_would_affect(recorded, taut):
    assert taut("why", "m.py:1") == 0
    assert taut.lines == ["module level, by name:", "test_m.py::test_g (through g (m.py:6))"]
    assert taut("why", "m.py:4") == 0
    assert taut.lines == ["code of f: the tests that ran it", "test_m.py::test_f"]
    assert taut("why", "nothing.py:4") == 2


def test_what_an_edit_of_an_import_would_affect(project, taut):
    project.write("m.py", "import pluggy\n\ndef f():\n    return pluggy.__name__\n")
    project.write("test_m.py", "import m\n\ndef test_f():\n    assert m.f() == 'pluggy'\n")
    project.record()
    assert taut("why", "m.py:1") == 0
    assert taut.lines == [
        "module level, as a whole (line 1, pluggy: importing that library may do more than bind names):",
        "test_m.py::test_f",
    ]


def test_a_run_by_name(recorded):
    recorded.edit("m.py", "LIMIT = 3", "LIMIT = 4")
    run = recorded.run("--testmon-precision=name")
    assert run.order == ["test_m.py::test_g"]
    # who was spared keeps the version that it ran with
    assert recorded.run("--testmon-precision=name").order == []
    assert recorded.run("-o", "testmon_precision=file").order == ["test_m.py::test_f"]
