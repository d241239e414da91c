"""Measures taut, plain pytest and pytest-testmon side by side.

    make bench
    make bench BENCH="--rounds 9 --only flask --only empty"

Each round runs every measurement once, so that a slow minute of the machine
hits all of them; reported is the median.  CPU is the children's user and system
time, wall the elapsed time.  Prints Markdown; --json FILE keeps every figure.
"""

import argparse
import datetime
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import synthetic  # noqa: E402
from projects import PROJECTS, TOP, clean_env, copy, install  # noqa: E402
from venvs import BUILD, MAIN, interpreters, venv  # noqa: E402

WORK = BUILD / "bench"
DATABASE = ".testmondata"
COLUMNS = (
    "plain pytest",
    "plain, nothing compiled",
    "plain, collect only",
    "taut: first run",
    "taut: first run, code cached",
    "taut: nothing changed",
    "taut: one edit",
    "taut affected, one edit",
    "testmon: first run",
    "testmon: nothing changed",
    "testmon: one edit",
)


# Where one function's body gets a harmless statement: (file, its text, instead).
EDITS = {
    "click": ("src/click/termui.py", "    return strip_ansi(text)\n"),
    "flask": ("src/flask/json/tag.py", "        return b64encode(value).decode(\"ascii\")\n"),
    "marshmallow": ("src/marshmallow/validate.py", "            if not self.DOMAIN_REGEX.match(domain_part):\n"),
    "more-itertools": ("more_itertools/recipes.py", "    return sum(map(pred, iterable))\n"),
}


def children():
    """CPU seconds of the ended children (os.times counts in steps of 10 ms)."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Subject:
    """Something to test: a tree, and how to edit it."""

    def __init__(self, name):
        self.name = name
        self.base = WORK / name / "base"
        shutil.rmtree(self.base.parent, ignore_errors=True)
        requires = ["pytest<9" if name == "flask" else "pytest", "setuptools>=77", "wheel"]
        python = interpreters()[MAIN]
        if name in PROJECTS:
            self.base.parent.mkdir(parents=True)
            copy(name, self.base)
            self.path = PROJECTS[name].path
            file, text = EDITS[name]
            indent = text[: len(text) - len(text.lstrip())]
            self.edit = (file, text, f"{indent}edited_here = 1\n{text}")
            tag = f"real-{name}"
        else:
            self.base.mkdir(parents=True)
            self.edit = synthetic.PROJECTS[name](self.base)
            self.path = "."
            tag = "bench"
        if name not in ("click", "flask", "marshmallow"):
            # They have no configuration: pytest would look above, and find ours.
            (self.base / "pytest.ini").write_text("[pytest]\n")
        self.taut = venv(tag, python, tuple(requires))
        self.testmon = venv(f"testmon-{tag}", python, (*requires, "pytest-testmon"), taut=False)
        for exe in (self.taut, self.testmon):
            done = exe.parent.parent / "project"
            if name in PROJECTS and not done.exists():
                install(name, exe)
                done.touch()

    def tree(self, tool):
        """The tool's own copy at one place for all rounds: paths are part of records."""
        return WORK / self.name / tool

    def run(self, tool, *command):
        """(CPU s, wall s, output)"""
        tree, exe = self.tree(tool), getattr(self, tool)
        env = clean_env(PYTHONPATH=str(tree / self.path))
        env["PATH"] = f"{exe.parent}:{env['PATH']}"
        before, start = children(), time.perf_counter()
        done = subprocess.run(
            command, cwd=tree, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        wall, cpu = time.perf_counter() - start, children() - before
        # pytest: passed, some failed, none left; taut: none affected, some.
        if done.returncode not in (0, 1, 5):
            sys.exit(f"{self.name}: {' '.join(command)}: exit status {done.returncode}\n{done.stdout[-3000:]}")
        return cpu, wall, done.stdout

    def pytest(self, tool, *args):
        # With pytest's cache: testmon 2.2.0 fails without it.
        return self.run(tool, "python", "-m", "pytest", "-q", *args)

    def change(self, tool):
        file, old, new = self.edit
        path = self.tree(tool) / file
        text = path.read_text()
        if text.count(old) != 1:
            sys.exit(f"{self.name}: {file} has no single {old!r}")
        path.write_text(text.replace(old, new))

    def restore(self, tool):
        shutil.rmtree(self.tree(tool), ignore_errors=True)
        shutil.copytree(self.base, self.tree(tool), symlinks=True)

    def round(self, add, tools):
        """From the unpacked tree each time, so rounds do not depend on each other."""
        for tool in tools:
            off = "no:taut" if tool == "taut" else "no:testmon"
            self.restore(tool)
            if tool == "taut":
                # Leaves __pycache__, as in any used tree.
                add("plain, nothing compiled", *self.pytest(tool, "-p", off))
                add("plain pytest", *self.pytest(tool, "-p", off))
                add("plain, collect only", *self.pytest(tool, "-p", off, "--collect-only"))
            else:
                self.pytest(tool, "-p", off)
            add(f"{tool}: first run", *self.pytest(tool, "--testmon"))
            if tool == "taut":
                # .taut_cache keeps the compiled code: what recording costs alone.
                (self.tree(tool) / DATABASE).unlink()
                add("taut: first run, code cached", *self.pytest(tool, "--testmon"))
            add(f"{tool}: nothing changed", *self.pytest(tool, "--testmon"))
            self.change(tool)
            if tool == "taut":
                add("taut affected, one edit", *self.run(tool, "taut", "affected"))
            add(f"{tool}: one edit", *self.pytest(tool, "--testmon"))

    def size(self, tool):
        return sum(f.stat().st_size for f in self.tree(tool).glob(DATABASE + "*"))


def counted(output):
    """What pytest's summary says it ran."""
    found = re.findall(r"(\d+) (?:passed|failed|skipped|xfailed|error)", output.splitlines()[-1]) if output else []
    return sum(map(int, found))


def measure(subject, rounds, testmon_rounds):
    figures = {c: {"cpu": [], "wall": [], "tests": 0} for c in COLUMNS}

    def add(column, cpu, wall, output):
        figures[column]["cpu"].append(cpu)
        figures[column]["wall"].append(wall)
        figures[column]["tests"] = counted(output)

    for n in range(rounds):
        print(f"{subject.name}: round {n + 1} of {rounds}", file=sys.stderr, flush=True)
        subject.round(add, ("taut", "testmon") if n < testmon_rounds else ("taut",))
    sizes = {tool: subject.size(tool) for tool in ("taut", "testmon")}
    return {"figures": figures, "bytes": sizes}


def machine():
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return (
        f"{datetime.date.today()}, {platform.system()} {platform.release().split('-')[0]}, "
        f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}"
    )


def table(results, unit):
    """Rows: measurements; a cell: median seconds, and relative to plain pytest."""
    names = list(results)
    yield "| " + " | ".join([f"{unit}, s (x plain)", *names]) + " |"
    yield "|" + "---|" * (len(names) + 1)
    for c in COLUMNS:
        cells = []
        for n in names:
            f = results[n]["figures"]
            median = statistics.median(f[c][unit])
            cells.append(f"{median:#.3g} ({median / statistics.median(f['plain pytest'][unit]):.2f})")
        yield "| " + " | ".join([c, *cells]) + " |"


def counts(results):
    names = list(results)
    yield "| tests run, database | " + " | ".join(names) + " |"
    yield "|" + "---|" * (len(names) + 1)
    for c in ("plain pytest", "taut: one edit", "testmon: one edit"):
        yield "| " + " | ".join([c, *(str(results[n]["figures"][c]["tests"]) for n in names)]) + " |"
    for tool in ("taut", "testmon"):
        yield "| " + " | ".join([f"{tool}: bytes", *(f"{results[n]['bytes'][tool]:,}" for n in names)]) + " |"


def timers():
    """The C benchmarks print their own lines."""
    library = Path(sysconfig.get_path("stdlib"))
    more = {"bench_scan": sorted(library.glob("*.py"))}
    for program in sorted(HERE.glob("bench_*.c")):
        done = subprocess.run([BUILD / program.stem, *more.get(program.stem, ())], cwd=TOP, capture_output=True, text=True)
        yield f"\n`{program.stem}`\n\n```\n{done.stdout.rstrip()}\n```"


def main():
    subjects = [*PROJECTS, *synthetic.PROJECTS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--testmon-rounds", type=int, help="fewer for testmon, which takes minutes on some subjects")
    parser.add_argument("--only", action="append", choices=subjects, help="only this subject (may be repeated)")
    parser.add_argument("--json", type=Path, help="write every figure")
    args = parser.parse_args()

    chosen = [Subject(n) for n in args.only or subjects]
    results = {s.name: measure(s, args.rounds, args.testmon_rounds or args.rounds) for s in chosen}
    print(f"{machine()}; median of {args.rounds} interleaved rounds\n")
    for unit in ("wall", "cpu"):
        print("\n".join(table(results, unit)), "\n")
    print("\n".join(counts(results)))
    print("\n".join(timers()))
    if args.json:
        args.json.write_text(json.dumps({"machine": machine(), "rounds": args.rounds, "results": results}))


if __name__ == "__main__":
    main()
