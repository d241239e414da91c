"""Random sequences of edits and runs on a generated project, with an oracle.

    python sequences.py -n 50                  seeds 0..49
    python sequences.py --seed 17 --shrink     one seed; leave out what the failure does not need

Kept beside the tool: what each test said when it last ran and was recorded.  Plain pytest, run on
a copy of each tree, says what each test would say now.  Checked after every run:

* a test that ran says what plain pytest says;
* after an unrestricted run, a test that did not run would say what it last said, and it passes
  (for a run on a path: the tests below the path);
* a run on an unchanged tree after a full run runs no passing test.

A killed run may or may not have been recorded, an edit during a run may or may not be in what a
test said: then both are accepted as what is known.
"""

import argparse
import hashlib
import json
import random
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import probes as P  # noqa: E402
from generate import Project  # noqa: E402
from runner import Pool, Runner, tools  # noqa: E402

# (weight, kind, arguments): kinds with a method run_KIND below
RUNS = [
    (10, "full", []), (3, "full", ["-n", "2"]), (2, "full", ["--testmon-core=trace"]),
    (3, "path", ["a"]), (2, "path", ["b/test_three.py"]), (2, "path", ["-n", "2", "a"]),
    (2, "some", ["NODE"]), (2, "some", ["-k", "test_1"]), (1, "some", ["-n", "2", "-k", "test_2"]),
    (1, "some", ["--testmon-forceselect", "-k", "test_0 or test_2"]),
    (2, "some", ["--lf"]), (2, "some", ["-x"]), (1, "some", ["--maxfail=2", "-n", "2"]),
    (2, "some", ["--ignore=b"]), (1, "some", ["--deselect", "NODE"]),
    (1, "some", ["--testmon-noselect", "a"]), (2, "full", ["--testmon-noselect"]),
    (2, "unrecorded", ["--testmon-nocollect"]), (1, "unrecorded", ["--testmon-readonly"]),
    (1, "unrecorded", ["--co"]), (1, "unrecorded", ["--co", "a"]), (1, "unrecorded", ["--no-testmon"]),
    (2, "other", ["--testmon-env=other"]), (2, "kill", ["9"]), (1, "kill", ["2"]), (1, "kill", ["9", "-n", "2"]),
    (2, "race", []), (2, "twice", []),
]


OWN = {"--testmon-core=trace", "--testmon-readonly"}     # pytest-testmon has them not


def make(seed, length=14):
    """The project of a seed and its operations, as data."""
    r = random.Random(f"sequence {seed}")
    project = Project(seed)
    slots, toggles = project.start()
    for t in toggles:
        toggles[t] = r.random() < 0.3 and t != "broken"
    ops = [("state", slots, toggles), ("full", [])]
    seen = [(slots, toggles)]
    while len(ops) < length:
        slots, toggles = dict(seen[-1][0]), dict(seen[-1][1])
        kind = r.random()
        if kind < 0.15 and len(seen) > 1:
            slots, toggles = r.choice(seen[:-1])
        else:
            for _ in range(r.choice([1, 1, 1, 2, 3])):
                if r.random() < 0.65:
                    slots[r.choice(sorted(slots))] = r.randint(0, 9)
                else:
                    t = r.choice(sorted(toggles))
                    toggles[t] = not toggles[t]
            if toggles["broken"] and r.random() < 0.7:
                toggles["broken"] = False
        seen.append((slots, toggles))
        for _ in range(r.choice([1, 1, 2])):
            _, what, args = r.choices(RUNS, [w[0] for w in RUNS])[0]
            args = [r.choice(project.node_ids()) if a == "NODE" else a for a in args]
            if what in ("kill", "race"):
                args = [r.randint(1, 6)] + args
            if what == "race":      # the edit comes in the middle of this run
                ops.append((what, args, slots, toggles))
            else:
                if ops[-1][:1] != ("state",) and seen[-1] != state_of(ops):
                    ops.append(("state", slots, toggles))
                ops.append((what, args))
        if seen[-1] != state_of(ops):
            ops.append(("state", slots, toggles))
    return project, ops + [("full", []), ("full", [])]


def state_of(ops):
    for op in reversed(ops):
        if op[0] in ("state", "race"):
            return tuple(op[-2:])
    return None


class Failure(Exception):
    pass


class Sequence:
    """Carries out the operations of a seed."""

    def __init__(self, runner, plain, seed, second=None):
        self.runner, self.plain, self.second = runner, plain, second
        self.project, self.ops = make(seed)
        self.oracle = {}        # tree -> plain Result
        self.log = []

    def run(self, ops=None):
        self.root = self.runner.work / "seq"
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()
        self.tree, self.known, self.log, self.quiet = {}, {}, [], None
        for op in ops or self.ops:
            self.log.append(op)
            if op[0] == "state":
                self.write(op[1:])
            elif self.tree and not (self.runner.tool.name == "testmon" and OWN & set(op[1])):
                getattr(self, "run_" + op[0])(*op[1:])

    def write(self, state):
        new = self.project.files(state)
        gone = {p: None for p in self.tree if p not in new}
        P.write(self.root, {**gone, **{p: t for p, t in new.items() if self.tree.get(p) != t}})
        self.tree = new

    def truth(self):
        """Plain pytest's word on today's tree."""
        key = hashlib.sha1(json.dumps(self.tree, sort_keys=True).encode()).hexdigest()
        if key not in self.oracle:
            root = self.plain.work / "copy"
            shutil.rmtree(root, ignore_errors=True)
            root.mkdir()
            P.write(root, self.tree, time.time() - 5000)
            r = self.plain.run(root)
            if r.code not in (0, 1, 2):
                raise Failure(f"plain pytest ended with {r.code}:\n{r.output}")
            self.oracle[key] = r
        return self.oracle[key]

    # what is known: {env: {node id: set of what it may have last said}}

    def note(self, r, env="", sure=True, said=None):
        k = self.known.setdefault(env, {})
        for t, o in r.ran.items():
            k[t] = {o} if sure else k.get(t, set()) | {o}

    def compare(self, r):
        """Every test that ran says what plain pytest says."""
        if r.crashed:
            raise Failure(f"the run ended with code {r.code}:\n{r.output}")
        truth = self.truth()
        if truth.code == 2:
            return
        for t, o in r.ran.items():
            if truth.ran.get(t) != o:
                raise Failure(f"{t} said {o}, plain pytest says {truth.ran.get(t)}\n{r.output}")

    def skipped(self, r, below="", env=""):
        """Every test that did not run was rightly skipped."""
        truth, k = self.truth(), self.known.get(env, {})
        if truth.code == 2:
            if r.code != 2 and not below:
                raise Failure(f"a broken tree, and exit code {r.code}\n{r.output}")
            return
        for t, o in truth.ran.items():
            if t in r.ran or not t.startswith(below):
                continue
            if o.startswith(("failed", "error")):
                raise Failure(f"{t} was skipped and fails: {o}; known {k.get(t)}\n{r.output}")
            if o not in k.get(t, ()):
                raise Failure(f"{t} was skipped and would say {o}; known {k.get(t)}\n{r.output}")

    def run_full(self, args, env="", quiet=True):
        r = self.runner.run(self.root, args)
        self.compare(r)
        self.skipped(r, env=env)
        here = (json.dumps(self.tree), env)
        noselect = "--testmon-noselect" in args
        again = [t for t, o in r.ran.items() if o.startswith("passed")]
        if self.quiet == here and again and not noselect and r.code != 2:
            raise Failure(f"ran again though nothing changed: {again}\n{r.output}")
        self.note(r, env)
        self.quiet = here if r.code in (0, 1) else None

    def run_other(self, args):
        self.run_full(args, env="other")

    def run_path(self, args):
        r = self.runner.run(self.root, args)
        self.compare(r)
        if r.code != 2:
            self.skipped(r, below=args[-1])
        self.note(r)
        self.quiet = None

    def run_some(self, args):
        r = self.runner.run(self.root, args)
        self.compare(r)
        self.note(r)
        self.quiet = None

    def run_unrecorded(self, args):
        before = self.bytes() if "--testmon-readonly" in args else None
        r = self.runner.run(self.root, args)
        self.compare(r)
        if before is not None and self.bytes() != before:
            raise Failure("a read-only run wrote")

    def bytes(self):
        return {str(p): p.read_bytes() for d in (".taut_cache", ".testmondata") for p in
                ([self.root / d] if (self.root / d).is_file() else sorted((self.root / d).rglob("*"))) if p.is_file()}

    def run_kill(self, args):
        nth, sig, *more = args
        run = self.runner.start(self.root, more, hooks=[("nth", nth)])
        if run.wait_hook():
            run.kill(int(sig))
            run.go()
        r = run.wait()
        self.note(r, sure=False)
        self.quiet = None

    def run_race(self, args, slots, toggles):
        run = self.runner.start(self.root, hooks=[("nth", args[0])])
        run.wait_hook()
        self.write((slots, toggles))
        run.go()
        r = run.wait()
        self.note(r)
        self.quiet = None

    def run_twice(self, args):
        a = self.runner.start(self.root)
        b = self.second.start(self.root)
        for r in (a.wait(), b.wait()):
            self.compare(r)
            self.note(r)
        self.quiet = None


def show(op):
    return f"{op[0]} {' '.join(map(str, op[1]))}" if op[0] != "state" else "state"


def explain(ops):
    """Operations as lines; a state as what differs from the one before."""
    out, before = [], None
    for op in ops:
        if op[0] in ("state", "race"):
            slots, toggles = op[-2:]
            if before:
                diff = [f"{k}={v}" for k, v in slots.items() if before[0].get(k) != v]
                diff += [f"{'+' if v else '-'}{k}" for k, v in toggles.items() if before[1].get(k) != v]
            else:
                diff = [f"+{k}" for k, v in toggles.items() if v]
            before = (slots, toggles)
            out.append(f"{op[0]} {op[1][0] if op[0] == 'race' else ''} {' '.join(diff)}")
        else:
            out.append(show(op))
    return "\n".join("    " + x for x in out)


def check(runner, seed, shrink=False):
    """None, or the account of a failure."""
    with Runner(tools()["plain"]) as plain, Runner(runner.tool) as second:
        s = Sequence(runner, plain, seed, second)
        try:
            s.run()
            return None
        except Failure as e:
            failure, ops = e, list(s.log)
        if shrink:
            i = len(ops) - 2
            while i > 0:
                shorter = ops[:i] + ops[i + 1:]
                try:
                    s.run(shorter)
                except Failure as e:
                    if str(e).split("\n")[0].split(" said ")[0][:20] == str(failure).split("\n")[0][:20]:
                        failure, ops = e, shorter
                i -= 1
            s.run_ops = ops
        return f"seed {seed}:\n{explain(ops)}\n{failure}"


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("-t", "--tool", default="taut")
    a.add_argument("-n", type=int, default=20, help="number of sequences")
    a.add_argument("--seed", type=int, help="only this one, or the first")
    a.add_argument("--shrink", action="store_true")
    a.add_argument("-j", type=int, default=2)
    o = a.parse_args()
    seeds = range(o.seed, o.seed + (1 if o.n == 20 else o.n)) if o.seed is not None else range(o.n)
    pool = Pool(tools()[o.tool], min(o.j, len(seeds)))
    began, bad = time.monotonic(), 0
    for seed, res in zip(seeds, pool.map(lambda r, x: check(r, x, o.shrink), seeds)):
        if res:
            bad += 1
            print(res if not isinstance(res, Exception) else f"seed {seed}: harness: {res!r}", flush=True)
    pool.close()
    print(f"{len(seeds) - bad} passed, {bad} failed, {time.monotonic() - began:.0f} s")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
