"""Runs probes with a tool and judges it: did every test run that the edit can affect?

    python harness.py                     all probes, taut, default core
    python harness.py -t testmon          the incumbent
    python harness.py --control           plain pytest: are the probes themselves right?
    python harness.py -c trace -k lru     one configuration, probes by a part of their name

Verdicts: ok; MISS (a test whose outcome changed was not run), PART (some of several), OVER (a
test that cannot be affected ran), NOISE (something ran again though nothing changed), CRASH
(the tool broke the run), WRONG (ran, but with another outcome than plain pytest).
"""

import argparse
import importlib.util
import json
import os
import shutil
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import probes as P  # noqa: E402
from runner import Pool, tools  # noqa: E402

ORDER = ["CRASH", "MISS", "PART", "WRONG", "NOISE", "OVER"]


@dataclass
class Verdict:
    probe: object
    config: str
    problems: list = field(default_factory=list)    # (verdict, step, text)
    spared: int = 0
    spare: int = 0
    seconds: float = 0.0
    output: str = ""

    def add(self, what, step, text):
        if self.config == "trace" and self.probe.untraceable and what in ("NOISE", "OVER"):
            return
        self.problems.append((what, step, text))

    @property
    def word(self):
        words = {p[0] for p in self.problems}
        return next((w for w in ORDER if w in words), "ok")

    def explain(self):
        lines = [f"{self.probe.id} [{self.config}]: {self.word}"]
        lines += [f"  step {s}: {w}: {t}" for w, s, t in self.problems]
        return "\n".join(lines)


def one_run(runner, root, step, config):
    """The run of one step, with its hook; returns its Result."""
    cwd = os.path.join(root, step.cwd)
    if not step.hook:
        return runner.run(cwd, step.args, config, step.env)
    when, nodeid, action = step.hook
    run = runner.start(cwd, step.args, config, step.env, hooks=[(when, nodeid)])
    if run.wait_hook():
        if isinstance(action, int):
            run.kill(action)
        else:
            P.apply(root, action)
        run.go()
    return run.wait()


def kills(step):
    return bool(step.hook) and isinstance(step.hook[2], int)


def fresh(runner, p):
    root = runner.work / "p"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    P.materialise(p, root)
    return str(root)


def judge(runner, item):
    """Run a probe in a configuration; the Verdict."""
    p, config = item
    v = Verdict(p, config)
    began = time.monotonic()
    root = fresh(runner, p)
    r = one_run(runner, root, p.first, config)
    last = dict(r.ran)          # outcome of each test when it last ran
    out = [r.output]
    if (r.crashed and not kills(p.first)) or not r.ran:
        v.add("CRASH", 0, f"the first run ended with code {r.code}, {len(r.ran)} tests")
    # That nothing is found to have changed is a matter of what was recorded, not of the core.
    if not v.problems and not p.first.hook and p.kind != "state" and config in ("default", "n2"):
        r = runner.run(os.path.join(root, p.first.cwd), p.first.args, config, p.first.env)
        out.append(r.output)
        again = set(r.ran) - set(p.may_run)
        if r.crashed:
            v.add("CRASH", 0, f"the second run ended with code {r.code}")
        elif again or r.broken:
            v.add("NOISE", 0, "ran though nothing changed: " + " ".join(sorted(again) + r.broken))
    for i, s in enumerate(p.steps, 1):
        if any(w == "CRASH" for w, _, _ in v.problems):
            break
        P.apply(root, s.edit)
        r = one_run(runner, root, s, config)
        out.append(r.output)
        if r.crashed and not kills(s):
            v.add("CRASH", i, f"exit code {r.code}")
            break
        missed = [t for t in s.must + s.rerun if not r.reached(t)]
        if missed:
            some = len(missed) < len(s.must + s.rerun)
            v.add("PART" if some else "MISS", i, "not run: " + " ".join(missed))
        over = [t for t in s.must_not if t in r.ran]
        if over:
            v.add("OVER", i, "ran: " + " ".join(over))
        same = [t for t in s.must if r.reached(t) and r.outcome(t) == last.get(t, "absent")]
        if same:
            v.add("WRONG", i, "outcome as before: " + " ".join(f"{t} {last.get(t)}" for t in same))
        if s.code is not None and r.code != s.code:
            v.add("WRONG", i, f"exit code {r.code}, expected {s.code}")
        v.spare += len(s.spare)
        v.spared += sum(t not in r.ran for t in s.spare)
        last.update(r.ran)
    v.seconds = time.monotonic() - began
    v.output = "\n".join(out)
    return v


def control(runner, item):
    """Run a probe with plain pytest: `must` has to be exactly what changes."""
    p, config = item
    v = Verdict(p, config)
    began = time.monotonic()
    root = fresh(runner, p)
    first = P.Step(env=p.first.env, cwd=p.first.cwd, args=p.first.args)
    before = runner.run(os.path.join(root, first.cwd), first.args, "default", first.env)
    out = [before.output]
    if before.crashed or before.broken or not before.ran:
        v.add("CRASH", 0, f"code {before.code}, broken {before.broken}, {len(before.ran)} tests")
    if p.kind == "state":       # what ran when is the point there: judged with tools only
        return v
    again = runner.run(os.path.join(root, first.cwd), first.args, "default", first.env)
    if again.ran != before.ran:
        v.add("NOISE", 0, f"two plain runs differ: {before.ran} {again.ran}")
    bad = [t for t, o in before.ran.items() if o in ("failed", "error") and t not in p.may_run]
    if bad:
        v.add("WRONG", 0, "fails before the edit: " + " ".join(bad))
    known = dict(before.ran)
    for i, s in enumerate(p.steps, 1):
        P.apply(root, s.edit)
        r = runner.run(os.path.join(root, s.cwd), s.args, "default", s.env)
        out.append(r.output)
        ids = set(known) | set(r.ran)
        changed = {t for t in ids if known.get(t, "absent") != r.outcome(t) and r.reached(t)}
        if changed - set(s.must):
            v.add("WRONG", i, "changes, not in must: " + " ".join(sorted(changed - set(s.must))))
        if set(s.must) - changed:
            v.add("MISS", i, "does not change: " + " ".join(sorted(set(s.must) - changed)))
        gone = [] if r.broken else [t for t in s.must_not + s.spare if t not in r.ran]
        if gone:
            v.add("OVER", i, "must_not or spare, but absent: " + " ".join(gone))
        known.update(r.ran)
    v.seconds = time.monotonic() - began
    v.output = "\n".join(out)
    return v


def wanted(p, python):
    if any(importlib.util.find_spec(n) is None for n in p.needs):
        return False
    return python >= p.python


def select(key="", configs=("default",), issue=None, python=sys.version_info[:2]):
    """(probe, config) pairs; issue 4's probes only when asked for (issue=4, or "all")."""
    res = []
    for p in P.load():
        if issue != "all" and p.issue != (issue or 0):
            continue
        if key in p.id and wanted(p, python):
            res += [(p, c) for c in configs if c in p.configs or c == "name" and "default" in p.configs]
    return res


def table(verdicts):
    """Counts by group, one line each."""
    groups = defaultdict(Counter)
    for v in verdicts:
        groups[v.probe.group][v.word] += 1
        groups[v.probe.group]["spare"] += v.spare
        groups[v.probe.group]["spared"] += v.spared
    cols = ["ok"] + ORDER
    lines = [f"{'group':<14}{'n':>5}" + "".join(f"{c:>7}" for c in cols) + "  spared"]
    total = Counter()
    for g, c in sorted(groups.items()):
        total.update(c)
        lines.append(row(g, c, cols))
    return "\n".join(lines + [row("all", total, cols)])


def row(name, c, cols):
    n = sum(c[x] for x in cols)
    return f"{name:<14}{n:>5}" + "".join(f"{c[x] or '.':>7}" for x in cols) + f"  {c['spared']}/{c['spare']}"


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("-t", "--tool", default="taut")
    a.add_argument("-c", "--config", action="append", help="default, trace, n2, name (repeatable)")
    a.add_argument("-k", "--key", default="")
    a.add_argument("--issue", default=0, type=lambda x: x if x == "all" else int(x))
    a.add_argument("--control", action="store_true")
    a.add_argument("--spawn", action="store_true", help="start python anew for each run")
    a.add_argument("-j", type=int, default=2)
    a.add_argument("--python", help="interpreter for taut and plain")
    a.add_argument("--json", help="write the verdicts there")
    a.add_argument("--again", metavar="FILE", help="only what was not ok in the verdicts of --json")
    a.add_argument("--write", metavar="DIR", help="only write the (first) probe's project there, and name its edit")
    a.add_argument("-v", action="store_true", help="every probe; with failures, what pytest printed")
    a.add_argument("-q", action="store_true", help="only the table")
    o = a.parse_args()
    if o.write:
        p = select(o.key, ["default", "n2"], "all")[0][0]
        P.materialise(p, o.write)
        for s in p.steps:
            print(f"{p.id}: edit {s.edit}, args {s.args}\nmust run: {' '.join(s.must + s.rerun)}")
        return 0
    tool = tools(o.python)["plain" if o.control else o.tool]
    configs = ["default"] if o.control else o.config or ["default"]
    items = select(o.key, [c for c in configs if c in tool.cores], o.issue)
    if o.again:
        bad = {(v["id"], v["config"]) for v in json.loads(Path(o.again).read_text()) if v["verdict"] != "ok"}
        items = [(p, c) for p, c in items if (p.id, c) in bad]
    pool = Pool(tool, o.j, o.spawn)
    verdicts = []
    began = time.monotonic()
    for item, v in zip(items, pool.map(control if o.control else judge, items)):
        if isinstance(v, Exception):
            e, v = v, Verdict(*item)
            v.add("CRASH", 0, f"harness: {e!r}")
        verdicts.append(v)
        if (v.problems and not o.q) or o.v:
            print(v.explain(), flush=True)
            if o.v and v.problems:
                print("    " + v.output.replace("\n", "\n    "))
    pool.close()
    print(table(verdicts))
    print(f"{len(verdicts)} in {time.monotonic() - began:.1f} s")
    if o.json:
        Path(o.json).write_text(json.dumps([
            dict(id=v.probe.id, config=v.config, row=v.probe.row, verdict=v.word, problems=v.problems)
            for v in verdicts], indent=1))
    return any(v.word != "ok" for v in verdicts)


if __name__ == "__main__":
    sys.exit(main())
