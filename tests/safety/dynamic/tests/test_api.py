import importlib

import pytest
from stockroom import api
from stockroom.api import *  # noqa: F401,F403


def test_star_brings_lazy():
    assert Invoice.__name__ == "Invoice" and Product is api.Product


@pytest.mark.parametrize("name", ["run_command", "load_plugins", "encode"])
def test_lazy(name):
    assert callable(getattr(api, name))


def test_lazy_unknown():
    with pytest.raises(AttributeError, match="stockroom.api"):
        api.nothing


def test_deprecated():
    assert api.Good is api.Product


def test_dir():
    assert {"Invoice", "Order", "encode"} <= set(dir(api))


def test_reexports_are_the_same():
    orders = importlib.import_module("stockroom.orders.models")
    assert api.Order is orders.Order
