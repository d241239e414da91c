"""Chains of mutants, one database carried through each: does a state of it hide a test?

    python chains.py DIR --chains 10 --length 8 --tools taut-name,taut-file

A step makes one more mutant, or takes back one of those that are in the tree (each in files of
its own), so that versions of a file go and come back while tests still refer to others.  A miss
is a test that the tool did not run, and whose outcome is another one than when it last ran it;
or a run that ends well while the full run collects nothing.  Other options: those of mutants.py.
"""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from mutants import FullRuns, Mutant, draw, function, observed, parser, recorded  # noqa: E402
from runner import tools  # noqa: E402


def plan(r, mutants, length):
    """Sets of mutants that are in the tree, step by step; at last none."""
    todo, there, steps = list(mutants), [], []
    while len(steps) < length and (todo or there):
        fits = [m for m in todo if not any(m.changes.keys() & t.changes.keys() for t in there)]
        if fits and (not there or len(there) < 3 and r.random() < 0.6):
            there = [*there, fits[0]]
            todo.remove(fits[0])
        elif there:
            gone = r.choice(there)
            there = [t for t in there if t is not gone]
        else:
            break
        steps.append(there)
    return steps + [[]] * bool(there)


def together(there):
    changes = {path: data for m in there for path, data in m.changes.items()}
    return Mutant("chain", " + ".join(m.what for m in there) or "nothing", changes)


class Carried:
    """A tool's copy, and the outcome of each test when the tool last ran it."""

    def __init__(self, copy, base):
        self.copy, self.base, self.known, self.undo = copy, base, dict(base), {}
        self.ran = self.missed = 0

    def start(self):
        self.copy.restore()
        self.known = dict(self.base)

    def step(self, m, full, plain, flaky):
        self.copy.apply(self.undo)
        self.undo = self.copy.apply(m.changes)
        r = self.copy.run()
        self.ran += len(r.ran)
        missed = []
        if full.code in (0, 1):
            missed = [x for x, out in full.ran.items()
                      if x not in r.ran and function(x) not in flaky and self.known.get(x) != out]
            # What other tests leave behind is in no run's power to keep still.
            missed = [x for x in missed if plain.run([x]).outcome(x) == full.outcome(x)]
        elif r.code in (0, 5):
            missed = full.broken or ["(nothing can be collected)"]
        self.known.update(r.ran)
        self.missed += len(missed)
        if missed:
            print(f"MISS {self.copy.name}: {m.what}: {missed[:3]}", flush=True)
        return missed


def main():
    a = parser(__doc__)
    a.add_argument("--chains", type=int, default=10)
    a.add_argument("--length", type=int, default=8)
    o = a.parse_args()
    t = tools(o.python, o.testmon_python)
    plain, base, flaky, _ = observed(o, t["plain"])
    carried = [Carried(recorded(o, t[name], name), base) for name in o.tools.split(",")]
    runs, r, tests, steps = FullRuns(plain, o.full_runs), random.Random(o.seed), 0, 0
    mutants = [m for m in draw(plain.root, o.chains * o.length, o.seed, o.kinds, o.what) if not m.env]
    r.shuffle(mutants)
    for i in range(o.chains):
        for c in carried:
            c.start()
        last = []
        for there in plan(r, mutants[i * o.length:(i + 1) * o.length], o.length):
            m = together(there)
            undo = plain.apply(m.changes)
            full = runs(m)
            for c in carried:
                if c.step(m, full, plain, flaky):
                    print(f"    chain {i}, after {together(last).what}", flush=True)
            plain.apply(undo)
            last, steps, tests = there, steps + 1, tests + len(full.ran)
    runs.save()
    for c in carried:
        print(f"{c.copy.name}: {o.chains} chains, {steps} steps; tests run {100 * c.ran / max(tests, 1):.1f} % of {tests}; "
              f"missed {c.missed}")
    for c in [plain, *(c.copy for c in carried)]:
        c.runner.close()
    return any(c.missed for c in carried if c.copy.name.startswith("taut"))


if __name__ == "__main__":
    sys.exit(main())
