"""Probes: small projects with one edit, and the tests that must then run.

A probe is data.  Its project is one string; a line `== PATH` starts a file (`== PATH -> TARGET`
is a symbolic link).  The steps after
the recording run each edit the project and name the tests that must run (their outcome
differs from before, or they never ran since) and those that must not:

    probe("module constant", '''
    == limits.py
    LIMIT = 3
    == test_limits.py
    import limits
    def test_limit(): assert limits.LIMIT == 3
    def test_else(): pass
    ''', edit={"limits.py": ("LIMIT = 3", "LIMIT = 4")}, must="test_limits.py::test_limit")

`must` is complete: `harness.py --control` runs plain pytest before and after, and every test
whose outcome differs has to be in it.  `spare` names tests that only a finer rule than "the
module changed" can leave alone: they are counted, and no failure.  `rerun` names tests
that must run though their outcome stays (they failed, or never finished).

An edit is {path: new text}, {path: (old, new)}, {path: [(old, new), ...]}, {path: None} to
delete; or a function of the project's directory.  Files are written with a time in the past,
edited ones get today's, so that no `.pyc` of plain Python is stale.
"""

import importlib
import os
import pkgutil
import textwrap
import time
from dataclasses import dataclass, field


def parse(text):
    """`== PATH` sections -> {path: text}."""
    files, path = {}, None
    for line in textwrap.dedent(text).splitlines(keepends=True):
        if line.startswith("== "):
            path = line[3:].strip()
            files[path] = ""
        elif path is not None:
            files[path] += line
        elif line.strip():
            raise ValueError(f"text before the first file: {line!r}")
    return files


STAMP = {}      # path -> the second it was last written: no two edits share one


def write(root, files, mtime=None):
    for path, text in files.items():
        p = os.path.join(root, path)
        if text is None:
            os.unlink(p)
            continue
        if " -> " in path:
            os.symlink(path.split(" -> ")[1], p.split(" -> ")[0])
            continue
        os.makedirs(os.path.dirname(p), exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        with open(p, "wb") as f:
            f.write(data)
        t = mtime or time.time()
        if not mtime and int(t) <= STAMP.get(p, 0):
            t = STAMP[p] + 1
        STAMP[p] = int(t)
        os.utime(p, (t, t))


def apply(root, edit):
    """Carry out an edit (see above) in `root`."""
    if callable(edit):
        edit(root)
        return
    for path, change in (edit or {}).items():
        p = os.path.join(root, path)
        if isinstance(change, (tuple, list)):
            with open(p, encoding="utf-8", newline="") as f:
                text = f.read()
            for old, new in [change] if isinstance(change, tuple) else change:
                if text.count(old) != 1:
                    raise ValueError(f"{old!r} stands {text.count(old)} times in {path}")
                text = text.replace(old, new)
            change = text
        elif isinstance(change, str):
            change = textwrap.dedent(change)
        write(root, {path: change})


@dataclass
class Step:
    """An edit, then a run.  `hook` = (when, node id, edit or signal): at that test the run
    is stopped and the edit made, or the signal sent."""

    edit: object = None
    must: tuple = ()
    must_not: tuple = ()
    spare: tuple = ()
    rerun: tuple = ()
    args: tuple = ()
    env: dict = field(default_factory=dict)
    cwd: str = ""
    hook: tuple = ()
    code: object = None         # expected exit code, when it matters


# Where it matters how code is seen to run: the trace core is tried there.
CODE = ("bodies", "fixtures", "import_time", "own_memo", "second_user", "tracing")
# Where edits are at module and class level: `make test` tries the name rule there.
# (Of those made against it alone the file rule takes all that it finds: only `make probes` asks that.)
AGAINST_NAMES = ("attack", "names")
MODULE = ("attack", "caches", "docstrings", "import_time", "names", "says", "second_user", "state", "structure")


@dataclass
class Probe:
    name: str
    files: dict
    steps: list
    group: str
    kind: str           # safety, precision or state
    row: str            # of the truth table in the notes on pytest-testmon
    issue: int          # 4: inputs other than code, run separately
    configs: tuple      # default, trace, n2
    needs: tuple        # distributions that must be importable
    first: Step         # the recording run: its args, env, cwd
    may_run: tuple      # tests that the second, unchanged run may repeat: failing ones
    python: tuple       # lowest version
    untraceable: bool   # takes tracing away: the trace core may repeat its tests

    @property
    def id(self):
        return f"{self.group}/{self.name.replace(' ', '-')}"


ALL = []


def ids(text):
    return tuple(text.split()) if isinstance(text, str) else tuple(text)


def step(edit=None, must="", must_not="", spare="", rerun="", **more):
    more["args"] = ids(more.get("args", ()))
    return Step(edit, ids(must), ids(must_not), ids(spare), ids(rerun), **more)


def probe(name, text, edit=None, must="", must_not="", spare="", rerun="", *, steps=None, kind=None,
          row="", issue=0, n2=False, only=None, needs="", first=None, may_run="", args="", env=None,
          cwd="", python=(3, 10), untraceable=False, **more):
    import inspect
    group = inspect.stack()[1].frame.f_globals["__name__"].rpartition(".")[2]
    files = parse(text)
    if not any(os.path.basename(f) in ("pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini") for f in files):
        files["pytest.ini"] = "[pytest]\n"
    base = dict(args=args, env=env or {}, cwd=cwd)
    if steps is None:
        steps = [step(edit, must, must_not, spare, rerun, **{**base, **more})]
    kind = kind or ("precision" if not any(s.must or s.rerun for s in steps) else "safety")
    configs = only or ("default", *(["trace"] if group in CODE else []), *(["n2"] if n2 else []))
    ALL.append(Probe(name, files, steps, group, kind, row, issue, configs, ids(needs),
                     first or step(**base), ids(may_run), python,
                     untraceable))


def load():
    if not ALL:
        for m in sorted(x.name for x in pkgutil.iter_modules(__path__)):
            importlib.import_module(f"{__name__}.{m}")
        seen = set()
        for p in ALL:
            if p.id in seen:
                raise ValueError(f"two probes are called {p.id}")
            seen.add(p.id)
    return ALL


def materialise(p, root):
    write(root, p.files, time.time() - 5000)
