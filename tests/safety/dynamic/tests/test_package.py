import importlib

import pytest
import stockroom
from stockroom import *  # noqa: F401,F403


def test_version():
    assert stockroom.__version__ == "3.2.1"


def test_star_brings_names():
    assert CURRENCY == "EUR" and Product is stockroom.catalog.Product


def test_star_brings_lazy():
    assert Invoice.__name__ == "Invoice"


@pytest.mark.parametrize("name", ["run_command", "load_plugins", "encode"])
def test_lazy(name):
    assert callable(getattr(stockroom, name))


def test_lazy_unknown():
    with pytest.raises(AttributeError, match="stockroom"):
        stockroom.nothing


def test_deprecated():
    assert stockroom.Good is stockroom.Product


def test_dir():
    assert {"Invoice", "Order", "encode"} <= set(dir(stockroom))


def test_reexports_are_the_same():
    orders = importlib.import_module("stockroom.orders.models")
    assert stockroom.Order is orders.Order


def test_max_lines():
    assert stockroom.MAX_LINES == 48


def test_errors_reexported():
    assert stockroom.errors.StockError.code == 100
