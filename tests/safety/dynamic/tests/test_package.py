import stockroom
from stockroom import *  # noqa: F401,F403


def test_version():
    assert stockroom.__version__ == "3.2.1"


def test_star_brings_names():
    assert CURRENCY == "EUR" and UNLIMITED is stockroom.UNLIMITED


def test_max_lines():
    assert stockroom.MAX_LINES == 48


def test_errors_reexported():
    assert stockroom.errors.StockError.code == 100
