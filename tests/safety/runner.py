"""Runs pytest, quickly and many times, and says which tests ran.

A *tool* is how pytest is started: plain, with taut, or with pytest-testmon.  A run is a
real pytest process, forked by a zygote (Runner(spawn=True) starts `python -m pytest`
instead).  What ran is written by a plugin of 40 lines that pytest loads by `-p`; it lives in a folder
called site-packages, outside of every project, so that no tool takes it for project code.

A test's outcome is a word, followed by what it gave to record_property("value", ...).

The plugin can also stop at a test ("hook"), so that the harness can edit a file, or kill
the run, at a point that is the same every time.
"""

import atexit
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPO = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from zygote import Zygote  # noqa: E402

REPORTER = r'''
import json, os
import pytest

class Reporter:
    def __init__(self, out, hooks):
        self.fd = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.hooks = hooks
        self.started = 0

    def write(self, **what):
        os.write(self.fd, (json.dumps(what) + "\n").encode())

    def stop(self, when, nodeid):
        if [when, nodeid] in self.hooks:
            self.write(kind="hook", at=[when, nodeid])
            os.read(int(os.environ["SAFETY_GO"]), 1)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid):
        self.started += 1
        self.stop("start", nodeid)
        self.stop("nth", self.started)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid):
        self.stop("finish", nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        self.stop("collected", "")

    def pytest_runtest_logreport(self, report):
        outcome = report.outcome
        if hasattr(report, "wasxfail"):
            outcome = "xfailed" if outcome == "skipped" else "xpassed"
        if outcome == "failed" and report.when != "call":
            outcome = "error"
        values = [v for k, v in report.user_properties if k == "value"]
        if report.when == "call" and values:
            outcome += "=" + values[0]
        self.write(kind="report", id=report.nodeid, when=report.when, outcome=outcome)

    def pytest_collectreport(self, report):
        if report.failed:
            self.write(kind="broken", id=report.nodeid)

@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    if not hasattr(config, "workerinput") and os.environ.get("SAFETY_OUT"):
        hooks = json.loads(os.environ.get("SAFETY_HOOKS", "[]"))
        config.pluginmanager.register(Reporter(os.environ["SAFETY_OUT"], hooks))
'''

@dataclass
class Result:
    """One run: outcome by node id, collection errors, exit code, and what was printed."""

    code: int
    ran: dict = field(default_factory=dict)
    broken: list = field(default_factory=list)
    output: str = ""
    seconds: float = 0.0

    @property
    def crashed(self):
        return self.code not in (0, 1, 2, 4, 5) or "INTERNALERROR" in self.output

    def reached(self, nodeid):
        """The test ran, or its file was collected and is broken (which is seen, too)."""
        if nodeid in self.ran or self.code == 4:
            return True
        return any(nodeid == b or nodeid.startswith((b + "::", b + "/")) for b in self.broken if b)

    def outcome(self, nodeid):
        if nodeid in self.ran:
            return self.ran[nodeid]
        return "broken" if self.code == 4 or self.reached(nodeid) else "absent"


@dataclass(frozen=True)
class Tool:
    name: str
    python: str
    args: tuple = ()            # always given
    pythonpath: tuple = ()
    cores: tuple = ("default",)     # configurations that this tool knows

    def options(self, config):
        """Command-line arguments of a configuration: default, trace, n2."""
        args = list(self.args)
        if config == "trace":
            args.append("--testmon-core=trace")
        if config == "name":
            args.append("--testmon-precision=name")
        elif config == "n2":
            args += ["-n", "2"]
        return args


def package():
    """A copy of the built package in a site-packages folder, as an installation would have it:
    no rebuild changes it in the middle, no metadata beside the sources loads it twice."""
    if not PACKAGE:
        top = tempfile.mkdtemp(prefix="safety-taut-")
        atexit.register(shutil.rmtree, top, ignore_errors=True)
        site = Path(top, "lib", "site-packages")
        source = Path(os.environ.get("TAUT_PYEXT") or REPO / "pyext")
        shutil.copytree(source / "taut", site / "taut", ignore=shutil.ignore_patterns("__pycache__"))
        PACKAGE.append(str(site))
    return PACKAGE[0]


PACKAGE = []


def tools(python=None, testmon_python=None):
    """The tools by name.  taut: as built in this checkout (or in TAUT_PYEXT), or as installed in
    the interpreter (TAUT_INSTALLED=1)."""
    python = python or os.environ.get("SAFETY_PYTHON") or sys.executable
    testmon = testmon_python or os.environ.get("SAFETY_TESTMON") or python
    plain = ("-p", "safety_report")
    if os.environ.get("TAUT_INSTALLED"):
        taut, path = plain + ("--testmon",), ()
    else:
        taut, path = plain + ("-p", "taut.plugin", "--testmon"), (package(),)
    return {
        "plain": Tool("plain", python, plain),
        "taut": Tool("taut", python, taut, path, ("default", "trace", "n2", "name")),
        "taut-file": Tool("taut", python, taut + ("--testmon-precision=file",), path, ("default", "trace", "n2")),
        "taut-name": Tool("taut", python, taut + ("--testmon-precision=name",), path, ("default", "trace", "n2")),
        "testmon": Tool("testmon", testmon, plain + ("--testmon",), (), ("default", "n2")),
    }


def hears_ctrl_c():
    """A shell's background job ignores it, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Run:
    """A run under way.  wait_hook() blocks until the run stops at a hook, go() lets it go on."""

    def __init__(self, runner, req, out, go):
        self.out, self.log, self._go, self.runner = out, req["log"], go, runner
        self.began = time.monotonic()
        self.pid, self._finish = runner._start(req, go[0] if go else None)

    def _lines(self):
        try:
            return [json.loads(x) for x in self.out.read_text().splitlines() if x.endswith("}")]
        except FileNotFoundError:
            return []

    def wait_hook(self, n=1, timeout=60):
        """True when the run stands at its n-th hook; False when it ended before."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if sum(x["kind"] == "hook" for x in self._lines()) >= n:
                return True
            if self._finish.is_set():
                return False
            time.sleep(0.01)
        return False

    def go(self):
        os.write(self._go[1], b"x")

    def kill(self, sig=signal.SIGKILL, group=False):
        try:
            os.killpg(self.pid, sig) if group else os.kill(self.pid, sig)
        except ProcessLookupError:
            pass

    def wait(self, timeout=120):
        if not self._finish.wait(timeout):
            self.kill(group=True)
            self._finish.wait(10)
        for fd in self._go or ():
            os.close(fd)
        self._go = None
        res = Result(self._finish.code, seconds=time.monotonic() - self.began)
        order = {"failed": 3, "error": 3, "xpassed": 2, "xfailed": 2, "skipped": 2, "passed": 1}
        for x in self._lines():
            if x["kind"] == "broken":
                res.broken.append(x["id"])
            elif x["kind"] == "report":
                old = res.ran.get(x["id"], "passed")
                new = x["outcome"]
                rank = lambda o: order[o.partition("=")[0]]
                worse = rank(new) > rank(old) or (old == "passed" and rank(new) == 1)
                res.ran[x["id"]] = new if worse else old
        res.output = Path(self.log).read_text(errors="replace") if os.path.exists(self.log) else ""
        return res


class _Done(threading.Event):
    code = None


class Runner:
    """Starts runs of one tool.  One runner has one zygote: use one a thread."""

    def __init__(self, tool, spawn=False, workdir=None):
        self.tool, self.spawn = tool, spawn
        self.own = workdir is None
        self.work = Path(workdir or tempfile.mkdtemp(prefix="safety-"))
        self.site = self.work / "lib" / "site-packages"
        self.site.mkdir(parents=True, exist_ok=True)
        (self.site / "safety_report.py").write_text(REPORTER)
        self.zygote = None
        self.count = 0

    def close(self):
        if self.zygote:
            self.zygote.close()
        if self.own:
            shutil.rmtree(self.work, ignore_errors=True)

    __enter__ = lambda self: self

    def __exit__(self, *exc):
        self.close()

    def environment(self, env=None):
        e = {k: v for k, v in os.environ.items()
             if not k.startswith(("PYTEST_", "COV_", "SAFETY_", "TAUT_", "TESTMON_", "PYTHON", "LD_"))}
        e["PYTHONPATH"] = os.pathsep.join([*self.tool.pythonpath, str(self.site)])
        for k, v in (env or {}).items():
            if v is None:
                e.pop(k, None)
            elif k == "PYTHONPATH":
                e[k] = v + os.pathsep + e[k]
            else:
                e[k] = v
        return e

    def start(self, cwd, args=(), config="default", env=None, hooks=()):
        self.count += 1
        out = self.work / f"out{self.count}-{threading.get_ident()}"
        out.unlink(missing_ok=True)
        e = self.environment(env)
        e["SAFETY_OUT"] = str(out)
        go = None
        if hooks:
            go = os.pipe()
            os.set_inheritable(go[0], True)
            e["SAFETY_HOOKS"] = json.dumps(hooks)
            e["SAFETY_GO"] = str(go[0])
        req = dict(cwd=str(cwd), env=e, log=str(out) + ".log",
                   args=[*self.tool.options(config), *args])
        return Run(self, req, out, go)

    def run(self, cwd, args=(), config="default", env=None, timeout=120):
        return self.start(cwd, args, config, env).wait(timeout)

    def _start(self, req, gofd):
        done = _Done()
        if self.spawn or gofd is not None:
            log = open(req["log"], "wb")
            p = subprocess.Popen([self.tool.python, "-m", "pytest", *req["args"]], cwd=req["cwd"],
                                 env=req["env"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 start_new_session=True, pass_fds=[gofd] if gofd is not None else [],
                                 preexec_fn=hears_ctrl_c)
            log.close()

            def wait():
                done.code = p.wait()
                done.set()
            threading.Thread(target=wait, daemon=True).start()
            return p.pid, done
        if not self.zygote:
            self.zygote = Zygote(self.tool.python, self.environment(), self.work, preexec_fn=hears_ctrl_c)
        zygote = self.zygote
        pid = zygote.start(**req)

        def wait():
            done.code = zygote.wait()
            done.set()
        threading.Thread(target=wait, daemon=True).start()
        return pid, done


class Pool:
    """Applies fn(runner, item) to items, with n runners side by side, in the order of items."""

    def __init__(self, tool, n=2, spawn=False):
        self.runners = [Runner(tool, spawn) for _ in range(n)]

    def map(self, fn, items):
        todo, done = queue.Queue(), {}
        for i, item in enumerate(items):
            todo.put((i, item))
        cond = threading.Condition()

        def work(runner):
            while True:
                try:
                    i, item = todo.get_nowait()
                except queue.Empty:
                    return
                try:
                    value = fn(runner, item)
                except Exception as e:
                    value = e
                with cond:
                    done[i] = value
                    cond.notify_all()
        threads = [threading.Thread(target=work, args=(r,), daemon=True) for r in self.runners]
        for t in threads:
            t.start()
        for i in range(len(items)):
            with cond:
                cond.wait_for(lambda: i in done)
            yield done[i]

    def close(self):
        for r in self.runners:
            r.close()
