"""Times `taut affected` on generated projects, as a user would.

    python tests/bench/scale.py [--rounds N] [--size TESTSxFILES ...] [--edits N]

Each case is one edit of a project that bench_scale.c wrote and recorded; its
rounds begin with the same files and the same cache.  Wall is the elapsed time
of the process, CPU its user and system time, each the median, with a warm page
cache.  Prints Markdown.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build"
SIZES = ("5000x1000", "100000x20000")


def modules(files):
    return files - files // 4


def path_of(module):
    return f"src/pkg{module // 100:03}/mod_{module:05}.py"


# What one edit replaces in module n: (text, text instead).
def body(n):
    return "            total -= item\n", "            total -= item + 1\n"


def level(n):
    return f"LIMIT_{n:05} = ", f"LIMIT_{n:05} = 5 + "


# name, module (0: the first hub, -1: a leaf), edit, what the cache lacks.
CASES = (
    ("nothing changed", None, None, None),
    ("a leaf's function edited", -1, body, None),
    ("a hub's function edited", 0, body, None),
    ("module level of a leaf edited", -1, level, None),
    ("module level of a hub edited", 0, level, None),
    ("fresh checkout: no stat cache", None, None, "stat"),
    ("module level of a leaf edited, no scan cache", -1, level, "names"),
)


class Project:
    def __init__(self, tests, files):
        self.tests, self.files = tests, files
        self.root = BUILD / "bench" / f"scale-{tests}"

    def generator(self, command, *args):
        command = [BUILD / "bench_scale", command, self.root, str(self.tests), str(self.files), *map(str, args)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.rstrip()

    def make(self):
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.parent.mkdir(parents=True, exist_ok=True)
        told = self.generator("make")
        # A file that was written just now is not kept in the stat cache.
        time.sleep(2.5)
        return told

    def affected(self, precision):
        """(wall ms, CPU ms, tests)"""
        command = [BUILD / "taut", "affected", "--count", "--root", self.root, f"--precision={precision}"]
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        count = child.stdout.read()
        child.stdout.close()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1):
            sys.exit(f"taut affected: exit status {child.returncode}")
        return wall * 1e3, (used.ru_utime + used.ru_stime) * 1e3, int(count)

    def measure(self, case, precision, rounds):
        _, module, edit, lacks = case
        if module is not None:
            n = module % modules(self.files)
            path = self.root / path_of(n)
            text = path.read_text()
            old, new = edit(n)
            if old not in text:
                sys.exit(f"{path} has no {old!r}")
            path.write_text(text.replace(old, new, 1))
        cache = self.root / ".taut_cache"
        self.generator("warm")
        if lacks:
            (cache / lacks).unlink()
        self.affected(precision)
        found = []
        for _ in range(rounds):
            found.append(self.affected(precision))
        if module is not None:
            path.write_text(text)
        return [statistics.median(column) for column in zip(*found)]


def rows(project, rounds):
    for case in CASES:
        # Without an edit of module level both rules are one.
        for precision in ("file", "name") if case[2] is level else ("file",):
            if case[3] == "names" and precision == "file":
                continue
            wall, cpu, tests = project.measure(case, precision, rounds)
            rule = f", {precision} rule" if case[2] is level else ""
            yield case[0] + rule, f"{wall:.1f} / {cpu:.1f}", int(tests)


def report(sizes, rounds, edits):
    """Lines of Markdown."""
    for size in sizes:
        project = Project(*map(int, size.split("x")))
        print(f"scale: {size}", file=sys.stderr, flush=True)
        saved = project.make()
        bytes_ = (project.root / ".testmondata").stat().st_size
        yield f"| {project.tests} tests, {project.files} files: {saved}; {bytes_ / 1e6:.1f} MB | wall / CPU, ms | tests |"
        yield "|---|---|---|"
        for name, cell, tests in rows(project, rounds):
            yield f"| {name} | {cell} | {tests} |"
        if edits:
            told = project.generator("edit", edits)
            grown = (project.root / ".testmondata").stat().st_size
            yield f"| {told} | database x {grown / bytes_:.2f} | |"
        yield ""
        shutil.rmtree(project.root)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--size", action="append", help="TESTSxFILES (may be repeated)")
    parser.add_argument("--edits", type=int, default=0)
    args = parser.parse_args()
    for line in report(args.size or SIZES, args.rounds, args.edits):
        print(line, flush=True)


if __name__ == "__main__":
    main()
