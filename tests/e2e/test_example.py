""".testmondata.example: what `make example` makes today."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
EXAMPLE = TOP / ".testmondata.example"
sys.path.insert(0, str(TOP / "tests"))

from example import record  # noqa: E402
from projects import clean_env  # noqa: E402

pytestmark = pytest.mark.slow


def tables(path):
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as db:
        return db.execute("select name, sql from sqlite_master order by name").fetchall()


def counts(path):
    """Rows of each table: they do not depend on the machine, as bytes do."""
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as db:
        names = [n for (n,) in db.execute("select name from sqlite_master where type = 'table' order by name")]
        return {n: db.execute(f"select count(*) from {n}").fetchone()[0] for n in names}


def test_is_not_stale(tmp_path):
    """Same tables, and as many rows, as a fresh recording."""
    record(sys.executable, clean_env(PYTHONPATH=str(tmp_path)), tmp_path)
    fresh = tmp_path / ".testmondata"
    assert tables(EXAMPLE) == tables(fresh), "run `make example`"
    assert counts(EXAMPLE) == counts(fresh), "run `make example`"


def test_can_be_read(tmp_path):
    """The program finds no damage in it."""
    (tmp_path / ".testmondata").write_bytes(EXAMPLE.read_bytes())
    program = Path(sys.executable).parent / "taut"
    done = subprocess.run([program, "check"], cwd=tmp_path, capture_output=True, text=True, env=clean_env())
    assert done.returncode == 0, done.stdout + done.stderr
