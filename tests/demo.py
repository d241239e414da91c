"""`make demo`: taut on a real project, from nothing, in about a minute.

Makes .venv, installs taut and a pinned release of click into it, and works on
a copy of click in build/demo.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import projects
from projects import TOP

VENV = TOP / ".venv"
NAME = "click"
TREE = TOP / "build" / "demo" / NAME
FILE = "src/click/termui.py"
RIGHT = "    return strip_ansi(text)\n"
WRONG = "    return strip_ansi(text)[1:]\n"
TEST = "tests/test_utils/test_style.py::test_unstyle_exception_message"
# Enough of a long answer to see what it is.
LINES = 12


def say(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n# {text}", flush=True)


def show(env, *command, last=False):
    """Run it and print it as a person would see it; its output."""
    print("$", *command, flush=True)
    start = time.monotonic()
    done = subprocess.run(command, cwd=TREE, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    took = time.monotonic() - start
    lines = done.stdout.rstrip().split("\n")
    # A progress line says only that it was long.
    lines = [s for s in lines if not re.fullmatch(r"[.sxFE]+ *\[ *\d+%\]|", s)]
    shown = lines[-LINES:] if last else lines[:LINES]
    more = [f"... ({len(lines) - len(shown)} more lines)"] if len(lines) > len(shown) else []
    print(*(more + shown if last else shown + more), sep="\n")
    print(f"[{took:.2f} s]", flush=True)
    return done.stdout


def replace(old, new):
    path = TREE / FILE
    text = path.read_text()
    if text.count(old) != 1:
        sys.exit(f"{path}: not the release that this demo was written for")
    path.write_text(text.replace(old, new))
    print(f"--- {FILE}\n-{old}+{new}", end="")


def prepare():
    python = VENV / "bin" / "python"
    if not python.exists():
        say("A virtual environment in .venv")
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    say("pip install . (compiles the extension and the program)")
    projects.pip(python, "install", TOP)
    say(f"{NAME} {projects.PROJECTS[NAME].version}, a real project with its tests")
    projects.install(NAME, python)
    shutil.rmtree(TREE.parent, ignore_errors=True)
    env = projects.copy(NAME, TREE)
    return env | {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def main():
    start = time.monotonic()
    env = prepare()

    say("First run: everything runs and is recorded in .testmondata")
    show(env, "pytest", "-q", "--testmon", last=True)
    say("Nothing changed")
    show(env, "pytest", "-q", "--testmon", last=True)
    say("One edit: a mistake in the body of one function")
    replace(RIGHT, WRONG)
    say("Which tests can it affect?  (No Python is started.)")
    said = show(env, "taut", "affected")
    if TEST not in said:
        sys.exit(f"taut does not name {TEST}")
    say("Why one of them?")
    show(env, "taut", "why", TEST)
    say("Run them: only they run, and they find the mistake")
    show(env, "pytest", "-q", "--testmon", "--tb=no", "-rN", last=True)
    say("The mistake is taken back: what failed runs again")
    replace(WRONG, RIGHT)
    show(env, "pytest", "-q", "--testmon", last=True)
    size = Path(TREE / ".testmondata").stat().st_size
    print(f"\nThe database has {size:,} bytes.  The tree is build/demo/{NAME}; whole demo: {time.monotonic() - start:.0f} s.")


if __name__ == "__main__":
    main()
