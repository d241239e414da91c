"""The packages: what pip installs, in a fresh environment."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
VERSION = re.search(r'TAUT_VERSION "(.+)"', (TOP / "include/taut.h").read_text())[1]


def run(*command, cwd, **more):
    steer = ("PYTEST", "TAUT_", "TESTMON_", "PYTHON", "COV_")
    env = {k: v for k, v in os.environ.items() if not k.startswith(steer)} | more
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip(python, *args, cwd):
    return run(python, "-m", "pip", "--disable-pip-version-check", *args, cwd=cwd)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """The bin folder of a new environment into which `pip install .` was done."""
    where = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(where, with_pip=True)
    pip(where / "bin" / "python", "install", TOP, cwd=where)
    return where / "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    where = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "-w", where, TOP, cwd=where)
    return next(where.glob("taut-*.whl"))


def test_program(fresh, tmp_path):
    assert VERSION in run(fresh / "taut", "--version", cwd=tmp_path)


def test_plugin(fresh, tmp_path):
    said = run(fresh / "python", "-m", "pytest", "--help", cwd=tmp_path)
    for option in ("--testmon ", "--testmon-noselect", "--testmon-nocollect", "--testmon-readonly"):
        assert option in said


def test_selects(fresh, tmp_path):
    (tmp_path / "test_a.py").write_text("def test_a():\n    pass\n")
    command = [fresh / "python", "-m", "pytest", "--testmon"]
    assert "1 passed" in run(*command, cwd=tmp_path)
    # pytest's 5: no test was run.
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode in (0, 5) and "passed" not in done.stdout, done.stdout


def test_version_is_one(fresh, tmp_path):
    code = "import importlib.metadata as m, taut._core as c; print(m.version('taut'), c.VERSION)"
    assert run(fresh / "python", "-c", code, cwd=tmp_path).split() == [VERSION, VERSION]


def test_wheel_contents(wheel):
    """This interpreter's extension and no other, the program, executable; no sources."""
    with zipfile.ZipFile(wheel) as z:
        names = set(z.namelist())
        modes = {i.filename: i.external_attr >> 16 for i in z.infolist()}
    core = f"taut/_core{sysconfig.get_config_var('EXT_SUFFIX')}"
    program = f"taut-{VERSION}.data/data/bin/taut"
    assert {core, program, "taut/plugin.py", "taut/__init__.py"} <= names
    assert modes[program] & 0o111
    assert [n for n in names if n.endswith(".so")] == [core]
    assert not [n for n in names if n.endswith((".c", ".h", ".o", ".pyc"))]
    assert not [n for n in names if n.startswith("tests")]


def test_start_up_file(wheel, fresh, tmp_path):
    """By which children are observed: beside the package, silent, and gone with it."""
    with zipfile.ZipFile(wheel) as z:
        lines = z.read("taut.pth").decode().splitlines()
        assert [n for n in z.namelist() if n.endswith(".pth")] == ["taut.pth"]
    assert len(lines) == 1 and lines[0].startswith("import ")
    where = tmp_path / "venv"
    venv.create(where, with_pip=True)
    python = where / "bin" / "python"
    pip(python, "install", "--no-deps", wheel, cwd=tmp_path)
    start = next(where.glob("lib/python*/site-packages/taut.pth"))
    check = [python, "-c", "import os, sys; print('taut' in sys.modules, 'TAUT_RUN' in os.environ)"]
    assert run(*check, cwd=tmp_path) == "False False\n"
    # Orders that lead nowhere: another run's, whose directory is gone.
    done = subprocess.run(check, cwd=tmp_path, env={"TAUT_RUN": "main.1:/nowhere"}, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True False\n", "")
    kept = start.read_text()
    pip(python, "uninstall", "-y", "taut", cwd=tmp_path)
    assert not start.exists()
    # Left behind by somebody: without the package it says nothing.
    start.write_text(kept)
    done = subprocess.run(check, cwd=tmp_path, env={"TAUT_RUN": "main.1:/nowhere"}, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr


def test_no_system_sqlite(wheel, tmp_path):
    """Neither binary needs the system's SQLite, nor shows its own to others."""
    with zipfile.ZipFile(wheel) as z:
        z.extractall(tmp_path)
    for binary in (*tmp_path.rglob("_core*.so"), tmp_path / f"taut-{VERSION}.data/data/bin/taut"):
        assert "sqlite" not in run("readelf", "-d", binary, cwd=tmp_path)
        exported = run("nm", "-D", "--defined-only", binary, cwd=tmp_path)
        assert not re.search(r" (sqlite3_|taut_|XXH)", exported), exported
        if binary.suffix == ".so":
            assert re.findall(r" T (\w+)$", exported, re.M) == ["PyInit__core"]
