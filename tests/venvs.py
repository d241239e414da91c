"""The CPythons of this machine, and virtual environments of them under build/."""

import fcntl
import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from projects import TOP, clean_env, pip

BUILD = TOP / "build"
VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
MAIN = f"{sys.version_info.major}.{sys.version_info.minor}"
# What the end-to-end tests use, beside taut itself.
REQUIRES = ("pytest", "pytest-xdist", "pytest-cov", "setuptools>=77", "wheel")

ASK = "import os, sys, sysconfig; print(os.path.exists(sysconfig.get_path('include') + '/Python.h'), *sys.version_info[:2])"


def usable(python, version):
    """Can it build an extension?  (A pyenv shim may exist for nothing.)"""
    try:
        said = subprocess.run([python, "-c", ASK], capture_output=True, text=True, check=False).stdout.split()
    except OSError:
        return False
    return said == ["True", *version.split(".")]


@functools.cache
def interpreters():
    """Version -> path, the running one first."""
    found = {MAIN: sys._base_executable or sys.executable}
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for v in VERSIONS:
        places = sorted(pyenv.glob(f"{v}.*/bin/python{v}"), key=lambda p: int(p.parts[-3].split(".")[2]), reverse=True)
        system = [p for p in (shutil.which(f"python{v}"), f"/usr/bin/python{v}") if p]
        for python in (*map(str, places), *system):
            if v not in found and usable(python, v):
                found[v] = python
    return found


def newest_source():
    tops = ("src", "include", "pyext", "sql", "Makefile", "setup.py", "pyproject.toml")
    files = [f for t in tops for f in ((TOP / t).rglob("*") if (TOP / t).is_dir() else [TOP / t])]
    # What building and importing leave there is no source.
    made = re.compile(r"\.so$|\.pyc$|\.egg-info/")
    return max(f.stat().st_mtime for f in files if f.is_file() and not made.search(str(f)))


def venv(tag, python, requires=REQUIRES, taut=True):
    """The python of build/venv-TAG, made when missing, with today's taut."""
    where = BUILD / f"venv-{tag}"
    exe = where / "bin" / "python"
    made = where / "made"  # the requirements that were installed
    if not made.exists() or made.read_text() != " ".join(requires):
        shutil.rmtree(where, ignore_errors=True)
        subprocess.run([python, "-m", "venv", where], check=True, env=clean_env())
        pip(exe, "install", *requires)
        made.write_text(" ".join(requires))
    if taut:
        put_taut(exe, where / "taut-made")
    return exe


def put_taut(exe, stamp):
    """pip install today's tree, unless that was done already."""
    now = str(newest_source())
    if stamp.exists() and stamp.read_text() == now:
        return
    # Workers of xdist do this too; the tree is built in place, by one at a time.
    with open(BUILD / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pip(exe, "install", "--no-build-isolation", "--no-deps", "--force-reinstall", TOP)
    stamp.write_text(now)


def env_for(exe, **more):
    """An environment in which `python` and `taut` are those of the venv."""
    return clean_env(PATH=f"{exe.parent}{os.pathsep}{os.environ['PATH']}", **more)
