"""Mutants of a project: does the selected run contain every test that the full run fails?

    python mutants.py DIR                       taut, 6 mutants of each kind
    python mutants.py DIR --per-kind 20 --path src --tests tests --tools taut,testmon

DIR is copied; --path entries (relative to it) go on PYTHONPATH; --python is an interpreter in
which its dependencies are installed.  Each mutant gets a clean copy of the database.  A miss is
only counted after the full run has failed the same test twice, and if the test fails by itself:
where only what other tests leave behind (a context, an open file that is collected later) makes
it fail, the mutant counts as leaked.  Told by kind: mutants, killed, missed (with the upper 95 %
bound of the miss rate), leaked, share of the tests that the tool ran, and of the time.
"""

import argparse
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
from mutate import KINDS, in_tree, is_test, mutant, sites  # noqa: E402
from runner import Runner, tools  # noqa: E402

SKIP = {".git", ".venv", "venv", "build", "dist", "node_modules", "__pycache__", ".tox", ".nox", ".mypy_cache",
        ".pytest_cache", ".taut_cache", "docs", "doc", "examples"}
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


def in_text(root, path, site):
    """A change of one place in a Python file, or None if that does not compile."""
    kind, line, start, end, new = site
    data = (root / path).read_bytes()
    changed = mutant(data, site)
    old = data[start:end].decode(errors="replace")[:40]
    return changed and Mutant(kind, f"{path}:{line} {old!r} -> {new.decode()[:40]!r}", {path: changed})


def draw(root, per_kind, seed):
    """Mutants, the kinds in turn.  Constants in test functions say nothing: not drawn."""
    makers = defaultdict(list)
    files = list(project_files(root))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in files:
            if path.endswith(".py"):
                for s in sites(path, (root / path).read_bytes()):
                    if not (is_test(path) and s[0].startswith("body")):
                        makers[s[0]].append(partial(in_text, root, path, s))
        for m in in_tree(root, files):
            makers[m[0]].append(partial(Mutant, *m))
        r = random.Random(seed)
        drawn = {}
        for k in KINDS:
            r.shuffle(makers[k])
            drawn[k] = list(itertools.islice(filter(None, (make() for make in makers[k])), per_kind))
    return [drawn[k][i] for i in range(per_kind) for k in KINDS if i < len(drawn[k])]


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
            else:
                p.write_bytes(data)
                os.utime(p, (self.second, self.second))
        return undo


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


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("project")
    a.add_argument("--path", action="append", default=[])
    a.add_argument("--tests", nargs="*", default=[], help="arguments for pytest")
    a.add_argument("--per-kind", type=int, default=6)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--python")
    a.add_argument("--tools", default="taut", help="taut,testmon")
    a.add_argument("--testmon-python")
    a.add_argument("--timeout", type=float, default=300)
    a.add_argument("--json")
    o = a.parse_args()
    t = tools(o.python, o.testmon_python)
    plain = Copy(o.project, t["plain"], "plain", o)
    first, again = plain.run(), plain.run()
    if first.code not in (0, 1):
        sys.exit(f"plain pytest ends with {first.code}:\n{first.output[-3000:]}")
    flaky = {function(x) for x in set(first.ran) | set(again.ran) if first.outcome(x) != again.outcome(x)}
    base = {k: v for k, v in first.ran.items() if function(k) not in flaky}
    print(f"{len(base)} tests, {again.seconds:.1f} s; flaky: {sorted(flaky) or 'none'}")
    copies = []
    for name in o.tools.split(","):
        c = Copy(o.project, t[name], name, o)
        r = c.run()
        quiet = c.run()
        print(f"{name}: recorded in {r.seconds:.1f} s, code {r.code}; unchanged: {quiet.seconds:.1f} s, {len(quiet.ran)} tests")
        if r.code not in (0, 1):
            sys.exit(r.output[-3000:])
        c.keep()
        copies.append(c)
    rows = []
    for m in draw(plain.root, o.per_kind, o.seed):
        undo = plain.apply(m.changes)
        full = plain.run(**m.env)
        fails = {x for x in killed(base, full) if function(x) not in flaky}
        row = dict(kind=m.kind, what=m.what, code=full.code, failed=len(fails), seconds=full.seconds, tools={})
        for c in copies:
            c.restore()
            back = c.apply(m.changes)
            r = c.run(**m.env)
            c.apply(back)
            missed = {x for x in fails if not r.reached(x)}
            if full.code in (2, 4) and r.code == full.code:
                missed = set()          # both stop at a collection error
            if missed:
                second = plain.run(**m.env)
                missed &= killed(base, second)
            wrong = {x for x, out in r.ran.items() if x in base and full.code in (0, 1) and out != full.outcome(x)}
            leaks = leaked(plain, full, r, missed, wrong, m.env) if full.code in (0, 1) else set()
            missed, wrong = missed - leaks, sorted(wrong - leaks)
            row["tools"][c.name] = dict(missed=sorted(missed), leaked=sorted(leaks), ran=len(r.ran), code=r.code,
                                        seconds=r.seconds, wrong=wrong)
            if missed or wrong or r.crashed and not full.crashed:
                what = "MISS" if missed else "WRONG" if wrong else f"CRASH {r.code}"
                print(f"{what} {c.name}: {m.what} [{m.kind}]: {sorted(missed)[:3] or wrong[:3]}", flush=True)
        plain.apply(undo)
        rows.append(row)
    report(rows, [c.name for c in copies], len(base), again.seconds)
    if o.json:
        Path(o.json).write_text(json.dumps(rows, indent=1))
    for c in [plain, *copies]:
        c.runner.close()
    return any(r["tools"].get("taut", {}).get(k) for r in rows for k in ("missed", "wrong"))


def report(rows, names, ntests, full_seconds):
    for name in names:
        print(f"\n{name:<26} mutants  killed  missed  <= 95 %  leaked   selected %   time %  precision")
        groups = [(k, [r for r in rows if r["kind"] == k]) for k in KINDS] + [("all", rows)]
        for kind, rs in groups:
            if not rs:
                continue
            dead = [r for r in rs if r["failed"]]
            missed = sum(bool(r["tools"][name]["missed"]) for r in dead)
            leaks = sum(bool(r["tools"][name]["leaked"]) for r in dead)
            ran = sum(min(r["tools"][name]["ran"], ntests) for r in rs) / len(rs) / max(ntests, 1)
            spent = sum(r["tools"][name]["seconds"] for r in rs) / max(sum(r["seconds"] for r in rs), 1e-9)
            hit = sum(r["failed"] for r in dead) / max(sum(r["tools"][name]["ran"] for r in dead), 1)
            print(f"{kind:<26} {len(rs):>7} {len(dead):>7} {missed:>7}  {100 * bound(missed, len(dead)):>6.1f}  {leaks:>6} "
                  f"{100 * ran:>12.1f} {100 * spent:>8.0f}  {100 * min(hit, 1):>7.0f} %")
    print(f"\n(full run {full_seconds:.1f} s; precision: failed tests / tests run, over killed mutants)")


if __name__ == "__main__":
    sys.exit(main())
