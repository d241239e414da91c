"""The real projects that `make real`, `make demo` and `make bench` run on.

Each is a pinned source distribution that ships its tests, verified by hash,
downloaded once into build/real/ and unpacked there; callers work on copies.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CACHE = TOP / "build" / "real"


@dataclass(frozen=True)
class Project:
    name: str
    version: str
    sha256: str
    requires: tuple[str, ...]  # what its tests import
    package: str  # the code under test, relative to the unpacked sdist
    fixes: tuple[tuple[str, str, str], ...] = ()  # (file, old text, new text) in copies

    @property
    def folder(self):
        return f"{self.name.replace('-', '_')}-{self.version}"

    @property
    def path(self):
        """What PYTHONPATH needs, relative to the unpacked sdist."""
        return str(Path(self.package).parent)


PROJECTS = {
    p.name: p
    for p in (
        Project(
            "click",
            "8.5.1",
            "9bbfada76703fd1d784b83eea012e3e8c6a001a876543ef104fa56aaaeb072b4",
            (),
            "src/click",
            # -m in addopts switches selection off; the tests it keeps out are
            # 31 000 repetitions of four.
            (
                ("pyproject.toml", "addopts = \"-m 'not stress'\"", ""),
                ("tests/test_stream_lifecycle.py", "range(10_000)", "range(2)"),
                ("tests/test_utils/test_echo_via_pager.py", "range(1000)", "range(2)"),
            ),
        ),
        Project(
            "flask",
            "3.1.3",
            "0ef0e52b8a9cd932855379197dd8f94047b359ca0a78695144304cb45f87c9eb",
            ("asgiref", "greenlet", "python-dotenv"),
            "src/flask",
        ),
        Project(
            "marshmallow",
            "4.4.0",
            "9e6ffa8511012ca89732324c1c253efd7b4d35632dcbdf80aa793fe01804af3e",
            ("simplejson",),
            "src/marshmallow",
            # Node ids with the time of day: new tests in each second.
            (("tests/test_deserialization.py", "dt.datetime.now().strftime", "dt.datetime(2020, 1, 2).strftime"),),
        ),
        Project(
            "more-itertools",
            "11.2.1",
            "cbf08fd0af284dc69718b9b76a8e6203df624d70209ea511e4219d350c856f63",
            (),
            "more_itertools",
            # Half of the whole time is one test.
            (("tests/test_recipes.py", "def test_primes(", "def no_test_primes("),),
        ),
    )
}


def pip(python, *args):
    subprocess.run(
        [str(python), "-m", "pip", "--disable-pip-version-check", "-qq", *args], check=True, stdout=sys.stderr
    )


def clean_env(**more):
    """The environment without what would steer pytest, taut or the import path."""
    steer = ("PYTEST", "TAUT_", "TESTMON_", "PYTHON", "COV_")
    env = {k: v for k, v in os.environ.items() if not k.startswith(steer)}
    env.update(more)
    return env


def source(name, python=sys.executable):
    """The unpacked project (do not edit: copy it), fetched by that python's pip."""
    p = PROJECTS[name]
    tree = CACHE / p.folder
    if tree.is_dir():
        return tree
    CACHE.mkdir(parents=True, exist_ok=True)
    pinned = CACHE / f"{name}.txt"
    pinned.write_text(f"{name}=={p.version} --hash=sha256:{p.sha256}\n")
    # --no-binary: the wheel has no tests.  It is only unpacked here, but pip
    # asks the build backend for its metadata.
    pip(python, "download", "--no-deps", "--no-binary", name, "-d", CACHE, "--require-hashes", "-r", pinned)
    archive = CACHE / f"{p.folder}.tar.gz"
    part = CACHE / f"{p.folder}.part"
    shutil.rmtree(part, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(part, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (part / p.folder).rename(tree)
    shutil.rmtree(part)
    return tree


def install(name, python):
    """Put the project's requirements and metadata into the venv of `python`."""
    p = PROJECTS[name]
    source(name, python)
    pip(python, "install", CACHE / f"{p.folder}.tar.gz", *p.requires)


def copy(name, target):
    """A working copy of the project, and the environment to test it in."""
    p = PROJECTS[name]
    shutil.copytree(source(name), target, symlinks=True)
    for file, old, new in p.fixes:
        path = Path(target) / file
        text = path.read_text()
        if old not in text:
            raise ValueError(f"{path}: no {old!r}")
        path.write_text(text.replace(old, new))
    return clean_env(PYTHONPATH=str(Path(target) / p.path))
