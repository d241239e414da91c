"""`make example`: writes .testmondata.example, a small database to look at.

It is what taut records of the project below.  Look into it with
`sqlite3 .testmondata.example .schema`; sql/schema.sql explains every table.
Its bytes depend on the versions of Python and of the installed packages, which
are part of an environment's key.
"""

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from projects import TOP
from venvs import MAIN, env_for, interpreters, venv

PROJECT = {
    "shop/__init__.py": "",
    "shop/price.py": """
        VAT = 20


        def gross(net):
            if net < 0:
                raise ValueError("a price below zero")
            return net + net * VAT // 100


        def rounded(price):
            return price - price % 5
        """,
    "shop/basket.py": """
        from pathlib import Path

        from shop import price


        def load(path):
            return [int(line) for line in Path(path).read_text().splitlines()]


        def total(prices):
            return sum(price.gross(p) for p in prices)
        """,
    "tests/conftest.py": """
        import pytest

        from shop import basket


        @pytest.fixture(scope="module")
        def prices():
            return basket.load("tests/prices.txt")
        """,
    "tests/prices.txt": "100\n200\n",
    "tests/test_basket.py": """
        from shop import basket


        def test_total(prices):
            assert basket.total(prices) == 360


        def test_empty():
            assert basket.total([]) == 0
        """,
    "tests/test_price.py": """
        import pytest

        from shop import price


        def test_rounded():
            assert price.rounded(123) == 120


        @pytest.mark.parametrize("net, gross", [(100, 120), (0, 0)])
        def test_gross(net, gross):
            assert price.gross(net) == gross


        def test_below_zero():
            with pytest.raises(ValueError):
                price.gross(-1)
        """,
}


def record(python, env, folder):
    """Write the project into the folder and record it; the database's bytes."""
    for name, text in PROJECT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--testmon"]
    subprocess.run(command, cwd=folder, env=env, check=True, stdout=sys.stderr)
    return (folder / ".testmondata").read_bytes()


def main():
    exe = venv(MAIN, interpreters()[MAIN])
    with tempfile.TemporaryDirectory() as folder:
        env = env_for(exe, PYTHONPATH=folder)
        (TOP / ".testmondata.example").write_bytes(record(exe, env, Path(folder)))


if __name__ == "__main__":
    main()
