"""Mutants of a project: does the selected run contain every test that the full run fails?

    python mutants.py DIR                       taut, 6 mutants of each kind
    python mutants.py DIR --per-kind 20 --path src --tests tests --tools taut-name,taut-file,testmon
    python mutants.py DIR --kinds base,member --what orm/models.py
    python mutants.py DIR --full-runs /tmp/full.json    for the next time with another taut

DIR is copied; --path entries (relative to it) go on PYTHONPATH; --python is an interpreter in
which its dependencies are installed.  Each mutant gets a clean copy of the database.  A miss is
only counted after the full run has failed the same test twice, and if the test fails by itself:
where only what other tests leave behind (a context, an open file that is collected later) makes
it fail, the mutant counts as leaked.

Told by kind: mutants, killed, missed (with the upper 95 % bound of the miss rate), leaked, the
share of the tests that the tool ran, where a full run could (no broken collection), and of the
time; of the tests it ran those that failed; and, for edits in functions, how many times more
tests it ran than entered that function, which a slow tracer without our code tells (the second
user of a fixture or a cache is not in it).
"""

import argparse
import hashlib
import itertools
import json
import math
import os
import random
import shutil
import sys
import time
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from mutate import KINDS, Known, mutant, sites  # noqa: E402
from mutate_tree import in_tree, is_installed, is_test  # noqa: E402
from runner import Result, Runner, tools  # noqa: E402

SKIP = {".git", ".venv", "venv", "build", "dist", "node_modules", "__pycache__", ".tox", ".nox", ".mypy_cache",
        ".pytest_cache", ".taut_cache", "docs", "doc", "examples"}
TRACER = Path(__file__).resolve().parent.parent / "real" / "site-packages"
STATE = [".testmondata", ".testmondata-wal", ".testmondata-shm", ".taut_cache"]


def bound(misses, n):
    """Upper 95 % limit of a rate (Clopper and Pearson)."""
    if not n:
        return 1.0
    if misses >= n:
        return 1.0
    low, high = misses / n, 1.0
    for _ in range(40):
        p = (low + high) / 2
        tail = sum(math.comb(n, k) * p ** k * (1 - p) ** (n - k) for k in range(misses + 1))
        low, high = (p, high) if tail > 0.05 else (low, p)
    return high


def project_files(root):
    for base, dirs, files in os.walk(root):
        dirs[:] = sorted(d for d in dirs if d not in SKIP)
        for f in sorted(files):
            if f not in ("setup.py", "noxfile.py") and not f.startswith(".testmondata"):
                yield os.path.relpath(os.path.join(base, f), root)


@dataclass
class Mutant:
    kind: str
    what: str
    changes: dict       # path -> bytes; None: the file goes
    env: dict = field(default_factory=dict)
    function: str = ""  # "FILE:FIRST LINE" of the one around it


def in_text(root, path, site):
    """A change of one place in a Python file, or None if that does not compile."""
    data = (root / path).read_bytes()
    changed = mutant(data, site)
    old = " ".join(data[site.start:site.end].decode(errors="replace").split())[:40]
    new = " ".join(site.new.decode().split())[:40]
    return changed and Mutant(site.kind, f"{path}:{site.line} {old!r} -> {new!r}", {path: changed}, {},
                              f"{path}:{site.function}" if site.function else "")


def in_texts(root, files):
    """(kind, function that makes the mutant).  Constants in test functions say nothing: left out."""
    paths = [f for f in files if f.endswith(".py") and not is_installed(f)]
    known = Known((f, (root / f).read_bytes()) for f in paths)
    for path in paths:
        for s in sites(path, (root / path).read_bytes(), known):
            if not (is_test(path) and s.kind.startswith("body")):
                yield s.kind, partial(in_text, root, path, s)


def draw(root, per_kind, seed, kinds=(), what=""):
    """Mutants, the kinds in turn.  `kinds`: parts of their names; `what`: a part of what is said of it."""
    makers = defaultdict(list)
    files = list(project_files(root))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind, make in in_texts(root, files):
            makers[kind].append(make)
        for m in in_tree(root, files):
            makers[m[0]].append(partial(Mutant, *m))
        r = random.Random(seed)
        drawn = {}
        for k in KINDS:
            r.shuffle(makers[k])
            if not kinds or any(part in k for part in kinds):
                made = (m for m in (make() for make in makers[k]) if m and what in m.what)
                drawn[k] = list(itertools.islice(made, per_kind))
    return [drawn[k][i] for i in range(per_kind) for k in drawn if i < len(drawn[k])]


class Copy:
    """A copy of the project for one tool, with its database kept aside."""

    def __init__(self, source, tool, name, options):
        self.runner = Runner(tool)
        self.root = self.runner.work / "project"
        shutil.copytree(source, self.root, symlinks=True, ignore=shutil.ignore_patterns(*(SKIP - {"docs", "doc", "examples", "build", "dist"}), *STATE))
        self.kept = self.runner.work / "kept"
        self.kept.mkdir()
        self.env = {"PYTHONPATH": os.pathsep.join(str(self.root / p) for p in options.path)} if options.path else {}
        self.args, self.name, self.timeout = options.tests, name, options.timeout
        self.second = time.time() - 5000

    def run(self, args=None, **env):
        return self.runner.run(self.root, args or self.args, env=self.env | env, timeout=self.timeout)

    def keep(self):
        for s in STATE:
            p = self.root / s
            if p.is_dir():
                shutil.copytree(p, self.kept / s)
            elif p.exists():
                shutil.copy2(p, self.kept / s)

    def restore(self):
        for s in STATE:
            p = self.root / s
            shutil.rmtree(p) if p.is_dir() else p.unlink(missing_ok=True)
            k = self.kept / s
            if k.is_dir():
                shutil.copytree(k, p)
            elif k.exists():
                shutil.copy2(k, p)

    def apply(self, changes):
        """The changes that undo these."""
        undo = {}
        self.second += 2            # no two versions of a file share a second
        for path, data in changes.items():
            p = self.root / path
            undo[path] = p.read_bytes() if p.exists() else None
            if data is None:
                p.unlink()
                if p.parent.suffix == ".dist-info" and not any(p.parent.iterdir()):
                    p.parent.rmdir()
            else:
                p.parent.mkdir(exist_ok=True)
                p.write_bytes(data)
                os.utime(p, (self.second, self.second))
        return undo


def users(plain):
    """"FILE:FIRST LINE" of each function -> how many tests entered it, by the slow tracer."""
    out = plain.runner.work / "tracer.json"
    path = [plain.env["PYTHONPATH"]] if plain.env else []
    plain.run(["-p", "slow_tracer", *plain.args], SLOW_TRACER_OUT=str(out), SLOW_TRACER_ROOT=str(plain.root),
              PYTHONPATH=os.pathsep.join([*path, str(TRACER)]))
    if not out.exists():
        return {}
    return {f: len(tests) for f, tests in json.loads(out.read_text()).items() if "" not in tests}


def killed(base, r):
    """Tests whose outcome is another one than before the mutation."""
    if r.code in (2, 4) or r.broken:
        return {t for t in base if r.reached(t) and r.outcome(t) != base[t]}
    return {t for t, o in r.ran.items() if base.get(t) != o}


def leaked(plain, full, r, missed, wrong, env):
    """Those that have another outcome where other tests run before them, also without a tool."""
    leaks = {t for t in missed if plain.run([t], **env).outcome(t) != full.outcome(t)}
    if wrong:
        same = plain.run(list(r.ran), **env)
        leaks |= {t for t in wrong if same.outcome(t) == r.outcome(t)}
    return leaks


def function(nodeid):
    return nodeid.partition("[")[0]


def judge(plain, c, m, full, fails, base):
    """How a tool does on a mutant that `plain` has applied."""
    c.restore()
    back = c.apply(m.changes)
    r = c.run(**m.env)
    c.apply(back)
    missed = {x for x in fails if not r.reached(x)}
    if full.code in (2, 4) and r.code == full.code:
        missed = set()          # both stop at a collection error
    if missed:
        missed &= killed(base, plain.run(**m.env))
    wrong = {x for x, out in r.ran.items() if x in base and full.code in (0, 1) and out != full.outcome(x)}
    leaks = leaked(plain, full, r, missed, wrong, m.env) if full.code in (0, 1) else set()
    missed, wrong = missed - leaks, sorted(wrong - leaks)
    if missed or wrong or r.crashed and not full.crashed:
        what = "MISS" if missed else "WRONG" if wrong else f"CRASH {r.code}"
        print(f"{what} {c.name}: {m.what} [{m.kind}]: {sorted(missed)[:3] or wrong[:3]}", flush=True)
    return dict(missed=sorted(missed), leaked=sorted(leaks), ran=len(r.ran), code=r.code, seconds=r.seconds,
                wrong=wrong)


class FullRuns:
    """What plain pytest says of mutants, kept in a file: for a change of the tool, not of the project."""

    def __init__(self, plain, path):
        self.plain, self.path, self.known = plain, Path(path) if path else None, {}
        if self.path and self.path.exists():
            self.known = json.loads(self.path.read_text())
        told = hashlib.sha256(repr((plain.args, plain.runner.tool.python)).encode())
        for f in project_files(plain.root):
            told.update(f.encode() + (plain.root / f).read_bytes())
        self.project = told.hexdigest()

    def __call__(self, m):
        key = hashlib.sha256(repr((self.project, sorted(m.changes.items()), m.env)).encode()).hexdigest()
        if key not in self.known:
            r = self.plain.run(**m.env)
            self.known[key] = [r.code, r.ran, r.broken, "INTERNALERROR" * r.crashed, r.seconds]
        return Result(*self.known[key])

    def save(self):
        if self.path:
            self.path.write_text(json.dumps(self.known))


def parser(doc):
    a = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("project")
    a.add_argument("--path", action="append", default=[])
    a.add_argument("--tests", nargs="*", default=[], help="arguments for pytest")
    a.add_argument("--per-kind", type=int, default=6)
    a.add_argument("--kinds", default=[], type=lambda text: [k for k in text.split(",") if k], help="only these: parts of their names, with commas")
    a.add_argument("--what", default="", help="only mutants whose description has this in it")
    a.add_argument("--minutes", type=float, default=1e6, help="stop after that time, and report")
    a.add_argument("--killed-only", action="store_true", help="run no tool on mutants that survive")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--python")
    a.add_argument("--tools", default="taut", help="taut (the default precision), taut-name, taut-file, testmon")
    a.add_argument("--testmon-python")
    a.add_argument("--timeout", type=float, default=300)
    a.add_argument("--json")
    a.add_argument("--full-runs", help="a file that keeps what plain pytest said of the mutants")
    return a


def observed(o, tool):
    """A copy for plain pytest, the outcomes of two runs that agree, the functions whose tests vary, the time of one."""
    plain = Copy(o.project, tool, "plain", o)
    first, again = plain.run(), plain.run()
    if first.code not in (0, 1):
        sys.exit(f"plain pytest ends with {first.code}:\n{first.output[-3000:]}")
    flaky = {function(x) for x in set(first.ran) | set(again.ran) if first.outcome(x) != again.outcome(x)}
    base = {k: v for k, v in first.ran.items() if function(k) not in flaky}
    print(f"{len(base)} tests, {again.seconds:.1f} s; flaky: {sorted(flaky) or 'none'}")
    return plain, base, flaky, again.seconds


def recorded(o, tool, name):
    """A copy with a database of all its tests, kept."""
    c = Copy(o.project, tool, name, o)
    r = c.run()
    quiet = c.run()
    print(f"{name}: recorded in {r.seconds:.1f} s, code {r.code}; unchanged: {quiet.seconds:.1f} s, {len(quiet.ran)} tests")
    if r.code not in (0, 1) or not r.ran:     # pytest that cannot begin ends with 1, too
        sys.exit(r.output[-3000:])
    c.keep()
    return c


def main():
    o = parser(__doc__).parse_args()
    t = tools(o.python, o.testmon_python)
    plain, base, flaky, seconds = observed(o, t["plain"])
    need = users(plain)
    copies = [recorded(o, t[name], name) for name in o.tools.split(",")]
    runs = FullRuns(plain, o.full_runs)
    rows, end = [], time.monotonic() + 60 * o.minutes
    for m in draw(plain.root, o.per_kind, o.seed, o.kinds, o.what):
        if time.monotonic() > end:
            break
        undo = plain.apply(m.changes)
        full = runs(m)
        fails = {x for x in killed(base, full) if function(x) not in flaky}
        row = dict(kind=m.kind, what=m.what, code=full.code, failed=len(fails), seconds=full.seconds,
                   need=need.get(m.function), tools={})
        for c in copies if fails or not o.killed_only else []:
            row["tools"][c.name] = judge(plain, c, m, full, fails, base)
        plain.apply(undo)
        if row["tools"]:
            rows.append(row)
    runs.save()
    report(rows, [c.name for c in copies], len(base), seconds)
    if o.json:
        Path(o.json).write_text(json.dumps(rows, indent=1))
    for c in [plain, *copies]:
        c.runner.close()
    return any(v.get(k) for r in rows for n, v in r["tools"].items() if n.startswith("taut") for k in ("missed", "wrong"))


def share(rows, name, ntests):
    """Of the tests, in %, where a full run could run them."""
    ran = [min(r["tools"][name]["ran"], ntests) for r in rows if r["code"] in (0, 1)]
    return 100 * sum(ran) / len(ran) / max(ntests, 1) if ran else float("nan")


def groups(rows):
    """(kind, rows); what adds up at the end."""
    yield from ((k, rs) for k in KINDS if (rs := [r for r in rows if r["kind"] == k]))
    yield "all", rows


def report(rows, names, ntests, full_seconds):
    for name in names:
        print(f"\n{name:<26} mutants  killed  missed  <= 95 %  leaked   selected %   time %  precision  run/entered")
        for kind, rs in groups(rows):
            dead = [r for r in rs if r["failed"]]
            missed = sum(bool(r["tools"][name]["missed"]) for r in dead)
            leaks = sum(bool(r["tools"][name]["leaked"]) for r in dead)
            spent = sum(r["tools"][name]["seconds"] for r in rs) / max(sum(r["seconds"] for r in rs), 1e-9)
            hit = sum(r["failed"] for r in dead) / max(sum(r["tools"][name]["ran"] for r in dead), 1)
            entered = [r for r in rs if r["need"] and r["code"] in (0, 1)]
            ratio = sum(r["tools"][name]["ran"] for r in entered) / sum(r["need"] for r in entered) if entered else None
            print(f"{kind:<26} {len(rs):>7} {len(dead):>7} {missed:>7}  {100 * bound(missed, len(dead)):>6.1f}  {leaks:>6} "
                  f"{share(rs, name, ntests):>12.1f} {100 * spent:>8.0f}  {100 * min(hit, 1):>7.0f} %  "
                  f"{'-' if ratio is None else f'{ratio:.2f}':>11}")
    if len(names) > 1:
        print(f"\n{'selected %, missed':<26} mutants  killed" + "".join(f"{n:>18}" for n in names))
        for kind, rs in groups(rows):
            cells = ((share(rs, n, ntests), sum(bool(r["tools"][n]["missed"]) for r in rs)) for n in names)
            print(f"{kind:<26} {len(rs):>7} {sum(bool(r['failed']) for r in rs):>7}" + "".join(f"{s:>12.1f}{m:>6}" for s, m in cells))
    print(f"\n(full run {full_seconds:.1f} s; precision: failed tests / tests run, over killed mutants)")


if __name__ == "__main__":
    sys.exit(main())
