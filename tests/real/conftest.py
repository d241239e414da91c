"""A real project, prepared once: its venv, a plain run, a recorded tree."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from projects import PROJECTS, clean_env, copy, install  # noqa: E402
from venvs import MAIN, interpreters, venv  # noqa: E402

# flask 3.1.3's tests use a private name that pytest 9 no longer has.
PYTEST = {"flask": "pytest<9"}


@dataclass
class Run:
    """What one run of pytest did."""

    status: int
    order: list = field(default_factory=list)
    outcomes: dict = field(default_factory=dict)
    warnings: list = field(default_factory=list)
    output: str = ""


class Tree:
    """A working copy of a project."""

    def __init__(self, name, python, path):
        self.name, self.python, self.path = name, python, path
        self.project = PROJECTS[name]
        bins = str(python.parent)
        # The folder's name tells taut that our plugins are not project code.
        plugins = HERE / "site-packages"
        self.env = clean_env(PYTHONPATH=f"{path / self.project.path}:{plugins}", PYTHONDONTWRITEBYTECODE="1")
        self.env["PATH"] = f"{bins}:{self.env['PATH']}"
        self.database = path / ".testmondata"

    def pytest(self, *args, plugins=("outcomes",), **env):
        out = self.path.with_name(f"{self.path.name}-outcomes.json")
        out.unlink(missing_ok=True)
        command = [str(self.python), "-m", "pytest", "-p", "no:cacheprovider"]
        for p in plugins:
            command += ["-p", p]
        done = subprocess.run(
            [*command, *args],
            cwd=self.path,
            env=self.env | {"OUTCOMES": str(out)} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        said = json.loads(out.read_text()) if out.exists() else {}
        out.unlink(missing_ok=True)
        lines = [s for s in done.stdout.splitlines() if "%]" not in s]
        return Run(done.returncode, output="\n".join(lines)[-4000:], **said)

    def taut(self, *args):
        return subprocess.run(["taut", *args], cwd=self.path, env=self.env, capture_output=True, text=True)

    def save(self):
        shutil.copytree(self.path, f"{self.path}-saved", symlinks=True)

    def restore(self):
        """As it was saved, at the same place: PYTHONPATH is an input of tests."""
        shutil.rmtree(self.path)
        shutil.copytree(f"{self.path}-saved", self.path, symlinks=True)
        return self


def pytest_addoption(parser):
    parser.addoption("--project", action="append", choices=list(PROJECTS), help="only this project")


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--project") or list(PROJECTS)
        metafunc.parametrize("name", chosen, scope="session")


@pytest.fixture(scope="session")
def python(name):
    """The interpreter of the project's venv: pytest, taut and its requirements."""
    exe = venv(f"real-{name}", interpreters()[MAIN], (PYTEST.get(name, "pytest"), "setuptools>=77", "wheel"))
    done = exe.parent.parent / "project"
    if not done.exists():
        install(name, exe)
        done.touch()
    return exe


@pytest.fixture(scope="session")
def fresh(name, python, tmp_path_factory):
    """A function that makes new working copies."""

    def make():
        path = tmp_path_factory.mktemp("tree") / name
        copy(name, path)
        return Tree(name, python, path)

    return make


@pytest.fixture(scope="session")
def plain(fresh):
    """A run without taut."""
    run = fresh().pytest("-p", "no:taut")
    assert run.status in (0, 1) and run.order, run.output
    return run


@pytest.fixture(scope="session")
def recorded(fresh):
    """A tree with a database of all its tests (restore it first), and the run that made it."""
    tree = fresh()
    run = tree.pytest("--testmon")
    assert tree.database.exists(), run.output
    tree.save()
    return tree, run


@pytest.fixture
def report(record_property):
    """Says a line at the end, also from a worker of xdist."""
    return lambda line: record_property("line", line)


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for key, line in report.user_properties:
            if key == "line":
                terminalreporter.write_line(line)
