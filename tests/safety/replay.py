"""Commits of a project in order, one database carried forward: full run against selected run.

    python replay.py GITDIR -n 30 --path src --tests tests

First parents, oldest first: a merge counts as all that it brings.  --code-only leaves out those
that touch no Python file but of the documentation, which would only flatter us.  A miss: a test
that the tool did not run, and whose outcome is another one than when the tool last ran it (asked
three times of plain pytest).

Bytes per commit: what committing the database each time adds to a git repository, packed.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from runner import Runner, tools  # noqa: E402


def git(cwd, *args):
    return subprocess.run(["git", *args], cwd=cwd, check=True, capture_output=True, text=True).stdout


class Tree:
    def __init__(self, source, tool, options):
        self.runner, self.options = Runner(tool), options
        self.root = self.runner.work / "tree"
        git(self.runner.work, "clone", "-q", "--no-checkout", str(source), "tree")
        self.known = {}
        self.kept = self.runner.work / "kept"
        git(self.runner.work, "init", "-q", "kept")

    def at(self, commit):
        git(self.root, "checkout", "-q", "-f", commit)
        env = {"PYTHONPATH": os.pathsep.join(str(self.root / p) for p in self.options.path)} if self.options.path else {}
        return self.runner.run(self.root, self.options.tests, env=env, timeout=self.options.timeout)


    def keep(self):
        """Commit the database, as users do; how many bytes it has."""
        database = self.root / ".testmondata"
        if not database.exists():
            return 0
        shutil.copyfile(database, self.kept / database.name)
        git(self.kept, "add", "-A")
        git(self.kept, "-c", "user.name=replay", "-c", "user.email=replay@localhost", "commit", "-q", "--allow-empty", "-m", "run")
        return database.stat().st_size

    def packed(self):
        git(self.kept, "gc", "-q")
        counts = git(self.kept, "count-objects", "-v").split()
        return 1024 * int(counts[counts.index("size-pack:") + 1])


def history(source, rev, n, code_only):
    """The last commits, newest first."""
    for commit in git(source, "rev-list", "--first-parent", rev).split():
        files = git(source, "diff", "--name-only", "-z", commit + "^", commit).split("\0") if code_only else []
        if not code_only or any(f.endswith(".py") and not f.startswith("docs/") for f in files):
            yield commit
            n -= 1
        if not n:
            return


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("git")
    a.add_argument("-n", "--commits", type=int, default=20)
    a.add_argument("--rev", default="HEAD")
    a.add_argument("--path", action="append", default=[])
    a.add_argument("--tests", nargs="*", default=[])
    a.add_argument("--python")
    a.add_argument("--tools", default="taut", help="taut (the default precision), taut-name, taut-file, testmon")
    a.add_argument("--testmon-python")
    a.add_argument("--code-only", action="store_true")
    a.add_argument("--timeout", type=float, default=600)
    a.add_argument("--json")
    o = a.parse_args()
    source = Path(o.git).resolve()
    commits = list(history(source, o.rev, o.commits + 1, o.code_only))[::-1]
    t = tools(o.python, o.testmon_python)
    names = o.tools.split(",")
    plain, trees = Tree(source, t["plain"], o), {n: Tree(source, t[n], o) for n in names}
    rows, misses = [], 0
    for i, commit in enumerate(commits):
        full = plain.at(commit)
        row = dict(commit=commit[:10], title=git(source, "show", "-s", "--format=%s", commit).strip()[:50],
                   tests=len(full.ran), seconds=full.seconds, exit=full.code, tools={})
        for name, tree in trees.items():
            r = tree.at(commit)
            bad = []
            if full.code in (0, 1):
                for x, out in full.ran.items():
                    if x not in r.ran and (tree.known.get(x) != out or out in ("failed", "error")):
                        bad.append((x, tree.known.get(x), out))
            for _ in range(2):      # a race that is lost now and then is nobody's miss
                if bad:
                    again = plain.at(commit)
                    bad = [b for b in bad if again.outcome(b[0]) == b[2]]
            tree.known.update(r.ran)
            if i:
                misses += len(bad) if name.startswith("taut") else 0
                for b in bad[:5]:
                    print(f"MISS {name} {commit[:10]}: {b[0]}: {b[1]} -> {b[2]}", flush=True)
            row["tools"][name] = dict(ran=len(r.ran), seconds=r.seconds, exit=r.code, missed=bad, bytes=tree.keep())
        rows.append(row)
        print(f"{row['commit']} {row['tests']:>6} tests {row['seconds']:>6.1f} s | " + " | ".join(
            f"{n} {v['ran']:>6} {v['seconds']:>6.1f} s code {v['exit']}" for n, v in row["tools"].items()) + f" | {row['title']}", flush=True)
    report(rows[1:], names)
    for name, tree in trees.items():
        print(f"{name}: database {rows[-1]['tools'][name]['bytes'] / 1024:.0f} KB; {tree.packed() / len(rows) / 1024:.1f} KB per commit in git")
    if o.json:
        Path(o.json).write_text(json.dumps(rows, indent=1))
    return misses > 0


def report(rows, names):
    if not rows:
        return
    for n in names:
        share = [100 * r["tools"][n]["ran"] / max(r["tests"], 1) for r in rows]
        spent = sum(r["tools"][n]["seconds"] for r in rows)
        print(f"{n}: {len(rows)} commits; selected median {statistics.median(share):.1f} %, mean {statistics.mean(share):.1f} %, "
              f"sum {100 * sum(r['tools'][n]['ran'] for r in rows) / max(sum(r['tests'] for r in rows), 1):.1f} %; "
              f"none: {sum(s == 0 for s in share)}, over 90 %: {sum(s > 90 for s in share)}; time {spent:.0f} s of "
              f"{sum(r['seconds'] for r in rows):.0f} s; slower than the full run on "
              f"{sum(r['tools'][n]['seconds'] > r['seconds'] for r in rows)}; missed "
              f"{sum(len(r['tools'][n]['missed']) for r in rows)} of {sum(r['tests'] for r in rows)}")


if __name__ == "__main__":
    sys.exit(main())
