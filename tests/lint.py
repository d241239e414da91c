"""`make lint`: what the sources must look like.  Each check counts as one test."""

import re
import shutil
import subprocess
import sys

from projects import TOP

C = sorted(
    f
    for pattern in ("include/*.h", "src/*.[ch]", "src/cli/*.[ch]", "pyext/*.[ch]", "tests/*/*.[ch]")
    for f in TOP.glob(pattern)
)
TEXT = sorted(
    f
    for f in TOP.rglob("*")
    if f.suffix in (".c", ".h", ".py", ".pyi", ".sql", ".awk", ".toml", ".md") or f.name in ("Makefile", "run", "deps")
    if f.relative_to(TOP).parts[0] not in ("build", "dist", ".venv", ".git")
)
LINES = 800
CASES = 1300  # a list of cases, in tests, may be longer
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def name(path):
    return str(path.relative_to(TOP))


def command(*args):
    """A tool's complaints."""
    done = subprocess.run(list(map(str, args)), cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode and not done.stdout:
        return [f"{args[0]}: exit status {done.returncode}"]
    return done.stdout.splitlines() if done.returncode else []


@check
def layers():
    """Each module includes only what is below it."""
    return command("awk", "-f", "tests/layers.awk", "tests/layers.txt", *[name(f) for f in C if not name(f).startswith("tests")])


@check
def layers_notices():
    """The check above finds what it is for: an upward include, a foreign header."""
    bad = TOP / "build" / "lint" / "src"
    bad.mkdir(parents=True, exist_ok=True)
    (bad / "lex.c").write_text('#include "scan.h"\n#include <sqlite3.h>\n#include <Python.h>\n#include "util.h"\n')
    rules = TOP / "tests" / "layers"
    done = subprocess.run(
        ["awk", "-f", f"{rules}.awk", f"{rules}.txt", "src/lex.c"], cwd=bad.parent, capture_output=True, text=True
    )
    lines = re.findall(r"lex\.c:(\d)", done.stdout)
    return [] if lines == ["1", "2", "3"] and done.returncode else [f"layers.awk says: {done.stdout!r}"]


@check
def formatted():
    """clang-format agrees (14, Debian 12's: another version, another opinion)."""
    return command("clang-format", "--dry-run", "-Werror", *[name(f) for f in C if f.suffix == ".c"])


@check
def whitespace():
    """No blanks at line ends, no blank behind indentation by tab, one newline at the end."""
    found = []
    for f in TEXT:
        text = f.read_text()
        found += [f"{name(f)}:{n}: blank at the end" for n, s in enumerate(text.split("\n"), 1) if s != s.rstrip()]
        if not text.endswith("\n") or text.endswith("\n\n"):
            found.append(f"{name(f)}: ends in no newline, or several")
    return found


@check
def size():
    """Files that a person can read; the safety probes are tables."""
    counts = [(f, f.read_text().count("\n")) for f in TEXT if f.parent.name != "probes" and f.name != "PROBES.md"]
    limit = {True: CASES, False: LINES}
    return [f"{name(f)}: {n} lines" for f, n in counts if n > limit[name(f).startswith("tests/") and f.suffix in (".py", ".md")]]


@check
def probes():
    """The table of probes lists those of the source."""
    return command(sys.executable, "tests/safety/table.py", "--check")


@check
def no_sql():
    """SQL is in sql/, where a test can check it."""
    statement = re.compile(r'"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|PRAGMA|BEGIN|COMMIT)\s')
    return [
        f"{name(f)}:{n}: SQL in C: {line.strip()}"
        for f in C
        if not name(f).startswith("tests")
        for n, line in enumerate(f.read_text().split("\n"), 1)
        if statement.search(line)
    ]


@check
def headers():
    """Each header compiles alone, and the public one as C and as C++."""
    found = []
    gcc = ["gcc", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-Iinclude", "-Isrc"]
    for f in C:
        if f.suffix == ".h" and f.parent.name in ("include", "src"):
            found += command(*gcc, "-std=c11", "-xc", "-include", f, "/dev/null")
    if shutil.which("g++"):
        found += command(*gcc, "-xc++", "-include", "include/taut.h", "/dev/null")
    return found


@check
def cppcheck():
    """Static analysis."""
    say = ["--quiet", "--error-exitcode=1", "--enable=warning,performance,portability", "--inline-suppr"]
    say += ["--std=c11", "-D_GNU_SOURCE", "-Iinclude"]
    found = command("cppcheck", *say, "-Isrc", "src")
    if list((TOP / "pyext").glob("*.c")):
        # It reads no Python.h, but knows it.
        found += command("cppcheck", *say, "--library=python", f"-DPY_VERSION_HEX={sys.hexversion:#x}", "pyext")
    return found


def main():
    failed = 0
    for function in CHECKS:
        complaints = function()
        if complaints:
            failed += 1
            print(f"FAILED {function.__name__}: {function.__doc__}", *complaints[:40], sep="\n\t")
            if len(complaints) > 40:
                print(f"\t... and {len(complaints) - 40} lines")
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
