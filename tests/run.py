"""Runs the parts of the test suite, and adds up what they say.

    python tests/run.py all             what `make test` runs
    python tests/run.py unit lint       some parts
    python tests/run.py e2e -k fixture  what follows the parts goes to pytest

A part prints a line with "N passed" and "N failed" (pytest's own summary is
one); a part that fails without such a line counts as one failure.
"""

import functools
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from projects import TOP, clean_env
from venvs import BUILD, MAIN, REQUIRES, env_for, interpreters, venv

SAN = "address,undefined"
OLD_PYTEST = "pytest==7.4.4"
# What differs between versions of CPython, and between versions of pytest: the
# whole suite on each of them would take half an hour.
CPYTHON = (
    "loader",
    "recorder",
    "recorder_modules",
    "selection",
    "fixtures",
    "inputs",
    "variables",
    "children",
    "distributions",
)
PYTEST = ("fixtures", "options", "selection")
# On two cores: the third waits for the disk.
SIDE_BY_SIDE = 3
WORKERS = (f"-n{SIDE_BY_SIDE}",)
held = threading.local()  # .lines: what a job said so far
COUNT = re.compile(r"(\d+) (passed|failed|errors?)\b")


def run(title, *command, env=None, cwd=TOP):
    """One command of a part; (passed, failed) from the last line that counts."""
    start = time.monotonic()
    say(f"\n== {title}")
    with subprocess.Popen(
        list(map(str, command)), cwd=cwd, env=env or clean_env(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as child:
        last = ""
        for line in map(lambda b: b.decode(errors="replace"), child.stdout):
            say(line, end="")
            if COUNT.search(line):
                last = line
    counts = {"passed": 0, "failed": 0}
    for n, what in COUNT.findall(last):
        counts["passed" if what == "passed" else "failed"] += int(n)
    # pytest's 5, no test was left, is no failure when that was asked for.
    fine = (0, 5) if "-k" in command else (0,)
    if child.returncode not in fine and not counts["failed"]:
        say(f"{title}: exit status {child.returncode}")
        counts["failed"] = 1
    say(f"-- {title}: {time.monotonic() - start:.0f} s")
    return counts["passed"], counts["failed"]


def say(text, end="\n"):
    lines = getattr(held, "lines", None)
    if lines is None:
        print(text, end=end, flush=True)
    else:
        lines.append(text + end)


def side_by_side(jobs):
    """The results of functions; what each says is printed when it is done."""

    def work(job):
        held.lines = []
        try:
            return job()
        finally:
            print("".join(held.lines), end="", flush=True)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield from pool.map(work, jobs)


def make(title, *args):
    return run(title, "make", "-s", "-j2", "--no-print-directory", *args, f"PYTHON={interpreters()[MAIN]}")


def quietly(title, function, *args):
    """Preparation: it counts only when it fails."""
    try:
        return function(*args), []
    except (OSError, subprocess.CalledProcessError) as e:
        say(f"\n== {title}\n{e}")
        return None, [(0, 1)]


def pytest(title, exe, *args, **env):
    return run(title, exe, "-m", "pytest", "-q", "-p", "no:cacheprovider", *args, env=env_for(exe, **env))


def part_build(_):
    """What the parts below use: no two of them may make the same file."""
    yield make("what both builds share", "build/sql.h")
    fuzz = [f"build/san/{driver.stem}" for driver in fuzzers()]
    yield from side_by_side(
        functools.partial(make, *job)
        for job in (
            ("build", "all", "build/unit", "build/scandump"),
            ("build, ASan and UBSan", "build/san/unit", *fuzz, f"SAN={SAN}"),
        )
    )


def part_unit(_):
    yield make("what both builds share", "build/sql.h")
    yield from side_by_side(
        functools.partial(make, *job)
        for job in (("unit tests", "unit"), ("unit tests, ASan and UBSan", "unit", f"SAN={SAN}"))
    )


def part_san(extra):
    exe, failed = quietly("the extension with sanitizers", sanitized)
    yield from failed
    if exe:
        libasan = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True).stdout.strip()
        # CPython leaks on purpose; its own allocator would hide our overruns.
        more = {"LD_PRELOAD": libasan, "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}
        yield pytest("end to end, ASan and UBSan", exe, *WORKERS, "-m", "san", "tests/e2e", *extra, **more)


def sanitized():
    """A venv in which the extension was replaced by one with sanitizers."""
    exe = venv(f"{MAIN}-san", interpreters()[MAIN])
    command = ["make", "-s", "--no-print-directory", "ext", f"SAN={SAN}", f"PYTHON={exe}"]
    subprocess.run(command, cwd=TOP, check=True, env=clean_env())
    package = next(exe.parent.parent.glob("lib/python*/site-packages/taut"))
    for core in (BUILD / "san" / "pyext" / "taut").glob(f"_core.cpython-{MAIN.replace('.', '')}-*.so"):
        shutil.copy2(core, package)
    return exe


def old_pytest():
    return venv(
        f"{MAIN}-{OLD_PYTEST}", interpreters()[MAIN], tuple(OLD_PYTEST if r == "pytest" else r for r in REQUIRES)
    )


def part_venvs(_):
    """All of them at first: one waits for the network while another compiles."""
    jobs = [functools.partial(quietly, f"venv {v}", venv, v, python) for v, python in interpreters().items()]
    jobs += [functools.partial(quietly, f.__name__, f) for f in (sanitized, old_pytest)]
    for _, failed in side_by_side(jobs):
        yield from failed


def part_oracle(_):
    yield make("scandump", "build/scandump")
    scripts = sorted((TOP / "tests" / "oracle").glob("test_*.py"))
    yield from side_by_side(
        functools.partial(run, f"{script.name}, CPython {version}", python, script)
        for version, python in interpreters().items()
        for script in scripts
    )


def fuzzers():
    return sorted((TOP / "tests" / "fuzz").glob("fuzz_*.c"))


def part_fuzz(_):
    for driver in fuzzers():
        yield make(driver.name, f"build/san/{driver.stem}", f"SAN={SAN}")
        yield run(f"{driver.stem}, replay", BUILD / "san" / driver.stem, TOP / "tests/fuzz/corpus" / driver.stem)


def part_lint(_):
    yield run("lint", sys.executable, "tests/lint.py")


def part_e2e(extra):
    exe, failed = quietly("venv", venv, MAIN, interpreters()[MAIN])
    yield from failed
    if exe:
        yield pytest(f"end to end, CPython {MAIN}", exe, *WORKERS, "tests/e2e", *extra)


def part_safety(extra):
    exe, failed = quietly("venv", venv, MAIN, interpreters()[MAIN])
    yield from failed
    if exe:
        # The long ones first.
        files = [f"tests/safety/test_{n}.py" for n in ("sequences", "probes")]
        yield pytest("safety probes", exe, *WORKERS, *files, *extra, TAUT_INSTALLED="1")


def core(title, exe, names, extra):
    files = [f"tests/e2e/test_{n}.py" for n in names]
    return pytest(title, exe, *WORKERS, "--fork", "-m", "not slow", *files, *extra)


def part_versions(extra):
    """The other CPythons, and the oldest pytest that is supported."""
    for version, python in interpreters().items():
        if version != MAIN:
            exe, failed = quietly(f"venv {version}", venv, version, python)
            yield from failed
            if exe:
                yield core(f"end to end, CPython {version}", exe, CPYTHON, extra)
    exe, failed = quietly("venv, old pytest", old_pytest)
    yield from failed
    if exe:
        yield core(f"end to end, {OLD_PYTEST}", exe, PYTEST, extra)


def part_real(extra):
    exe, failed = quietly("venv", venv, MAIN, interpreters()[MAIN])
    yield from failed
    if exe:
        yield pytest("real projects", exe, *WORKERS, "tests/real", *extra)


PARTS = {
    "build": part_build,
    "lint": part_lint,
    "unit": part_unit,
    "oracle": part_oracle,
    "fuzz": part_fuzz,
    "venvs": part_venvs,
    "san": part_san,
    "e2e": part_e2e,
    "safety": part_safety,
    "versions": part_versions,
    "real": part_real,
}
# The disk, the network or one core is what each of these waits for.
TOGETHER = ("lint", "unit", "oracle", "fuzz", "venvs")


def results(parts, extra):
    """Those of TOGETHER as one part, where the first of them stands."""
    together = [p for p in parts if p in TOGETHER]
    for part in parts:
        if part not in TOGETHER:
            yield from PARTS[part](extra)
        elif part == together[0]:
            for counts in side_by_side(functools.partial(list, PARTS[p](extra)) for p in together):
                yield from counts


def main(argv):
    parts = []
    while argv and (argv[0] in PARTS or argv[0] == "all"):
        parts += list(PARTS) if argv[0] == "all" else [argv[0]]
        argv = argv[1:]
    if not parts:
        sys.exit(__doc__)
    passed = failed = 0
    for p, f in results(parts, argv):
        passed += p
        failed += f
    print(f"\n{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
