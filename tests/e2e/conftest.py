"""The `project` fixture: a small project on disk, and real pytest runs in it."""

import compileall
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from importlib import metadata
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from zygote import Zygote  # noqa: E402

# Plugins that shuffle the tests, or give each a fixture.
OFF = ["-p", "no:randomly", "-p", "no:asyncio"]
PACKAGE = TOP / "pyext"
# Where taut is not installed, its package in the source tree is used.
INSTALLED = any(e.name == "taut" for e in metadata.entry_points(group="pytest11"))


def entered():
    """Will pytest find the plugin by its entry point?  A build leaves one."""
    return INSTALLED or (PACKAGE / "taut.egg-info").exists()


def hears_ctrl_c():
    """A shell's background job ignores it, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# As with the coverage of a project: more important than a worse outcome.
WORST = ("passed", "xpassed", "xfailed", "skipped", "rerun", "failed")


class Result:
    """One run: exit status, output, and what the reporter saw."""

    def __init__(self, rc, out, events):
        self.rc = rc
        self.out = out
        self.outcomes = {}
        self.order = []
        self.deselected = []
        self.collected = None
        self.collect_errors = []
        for event in events:
            if "nodeid" in event:
                self._report(**event)
            self.deselected += event.get("deselected", [])
            self.collected = event.get("collected", self.collected)
            if "collect_error" in event:
                self.collect_errors.append(event["collect_error"])

    def _report(self, nodeid, when, outcome):
        if nodeid not in self.outcomes:
            self.order.append(nodeid)
            self.outcomes[nodeid] = outcome
        else:
            self.outcomes[nodeid] = max(self.outcomes[nodeid], outcome, key=WORST.index)

    @property
    def ran(self):
        """Names of the tests that ran: what follows the file in a node id."""
        return {nodeid.split("::", 1)[-1] for nodeid in self.outcomes}

    @property
    def failed(self):
        return {nodeid.split("::", 1)[-1] for nodeid, outcome in self.outcomes.items() if outcome == "failed"}

    @property
    def header(self):
        """taut's lines above the tests, without the word that opens them."""
        above = self.out.split("collected ")[0]
        return "\n".join(line[9:] for line in above.splitlines() if line.startswith("testmon: "))

    def line(self, word):
        return next((line for line in self.out.splitlines() if word in line), "")


class Forked:
    """A run of the zygote, as subprocess.Popen shows one."""

    def __init__(self, zygote, command, env, cwd, out):
        self.zygote, self.out = zygote, out
        out.unlink(missing_ok=True)
        os.mkfifo(out)  # a pipe with a name: read until whoever has it ended
        self.pid = zygote.start(cwd, env, command, out)

    def communicate(self, timeout):
        timer = threading.Timer(timeout, os.killpg, (self.pid, signal.SIGKILL))
        timer.start()
        out = self.out.read_bytes()
        self.returncode = self.zygote.wait()
        timer.cancel()
        return out, None


class Project:
    def __init__(self, root, report, zygote=None):
        self.root = root
        self.report = report
        self.zygote = zygote
        self.python = sys.executable
        self.env = {}
        self.cwd = root

    def path(self, name):
        return self.root / name

    def write(self, name, text):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, str):
            text = textwrap.dedent(text).lstrip("\n").encode()
        path.write_bytes(text)
        return path

    def files(self, **files):
        """Keyword arguments: a__b=... is a/b.py, a__init=... a/__init__.py."""
        for name, text in files.items():
            *above, last = name.split("__")
            self.write("/".join([*above, "__init__" if last == "init" else last]) + ".py", text)

    def edit(self, name, old, new):
        """The first place."""
        path = self.path(name)
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        assert old in text, f"{old!r} is not in {name}"
        path.write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogateescape"))

    def remove(self, name):
        path = self.path(name)
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def environ(self, **more):
        steer = ("PYTEST", "TAUT_", "TESTMON_", "PYTHON", "COV_")
        env = {k: v for k, v in os.environ.items() if not k.startswith(steer)}
        paths = [str(HERE / "inner")] + ([] if INSTALLED else [str(PACKAGE)])
        env |= {"PYTHONPATH": os.pathsep.join(paths), "RUN_REPORT": str(self.report)}
        env["PYTHONDONTWRITEBYTECODE"] = "1"
        return env | self.env | more

    @property
    def plugin(self):
        return [] if entered() else ["-p", "taut.plugin"]

    def arguments(self, *args):
        return ["-p", "reporter", *OFF, *self.plugin, *map(str, args)]

    def command(self, *args, python=()):
        return [self.python, *python, "-m", "pytest", *self.arguments(*args)]

    def start(self, *args, python=(), env=None):
        self.report.unlink(missing_ok=True)
        return subprocess.Popen(
            self.command(*args, python=python),
            cwd=self.cwd,
            env=self.environ(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=hears_ctrl_c,
        )

    def wait(self, process):
        out = process.communicate(timeout=120)[0].decode(errors="replace")
        print(out)
        events = []
        if self.report.exists():
            events = [json.loads(line) for line in self.report.read_text().splitlines()]
        return Result(process.returncode, out, events)

    def fork(self, *args, env=None):
        self.report.unlink(missing_ok=True)
        env = self.environ(**(env or {}))
        return Forked(self.zygote, self.arguments(*args), env, self.cwd, self.report.with_name("out"))

    def can_fork(self, python=(), env=None):
        """Is nothing asked for that Python reads when it starts?"""
        start = [k for k in self.env | (env or {}) if k.startswith("PYTHON") and k != "PYTHONPATH"]
        return self.zygote and self.python == sys.executable and not python and not start

    def plain(self, *args, **more):
        """A run without --testmon."""
        return self.wait((self.fork if self.can_fork(**more) else self.start)(*args, **more))

    def run(self, *args, **more):
        return self.plain("--testmon", *args, **more)

    def record(self, *args, **more):
        """A run that has to pass."""
        result = self.run(*args, **more)
        assert result.rc == 0, result.out
        return result

    @property
    def datafile(self):
        return self.root / ".testmondata"


@pytest.fixture(scope="session", autouse=True)
def compiled():
    """The runs write no bytecode: edits of one second and one size are seen."""
    compileall.compile_dir(PACKAGE / "taut", quiet=2)


def pytest_addoption(parser):
    parser.addoption("--fork", action="store_true", help="fork the runs where that shows the same")


@pytest.fixture(scope="session")
def zygote(request, tmp_path_factory):
    if not request.config.getoption("--fork"):
        yield None
        return
    home = tmp_path_factory.mktemp("zygote")
    zygote = Zygote(sys.executable, Project(home, home / "report").environ(), home, preexec_fn=hears_ctrl_c)
    yield zygote
    zygote.close()


@pytest.fixture
def project(tmp_path, zygote):
    root = tmp_path / "project"
    root.mkdir()
    (root / "pytest.ini").write_text("[pytest]\n")
    return Project(root, tmp_path / "report.jsonl", zygote)


@pytest.fixture
def nothing_beside(project):
    """With a reporter that is no project code beside the root."""
    site = project.root.parent / "site-packages"
    site.mkdir()
    shutil.copy(HERE / "inner" / "reporter.py", site)
    paths = project.environ()["PYTHONPATH"].split(os.pathsep)[1:]
    project.env["PYTHONPATH"] = os.pathsep.join([str(site), *paths])
    return project
