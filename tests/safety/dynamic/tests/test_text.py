import pytest
from stockroom import text
from stockroom.orders import Order

import cases


@pytest.mark.parametrize("amount, shown", cases.MONEY.values(), ids=cases.MONEY)
def test_price_tag(amount, shown):
    assert text.price_tag(amount) == shown


def test_other_currency():
    assert text.price_tag(1, "CHF") == "CHF1.00"


def test_letter():
    assert text.letter(name="Ada", what="order") == "Dear Ada, your order is $state."


def test_subject():
    assert text.subject(Order(number=12)) == "12:  walk-in"


def test_star():
    assert text.__all__ == ["LETTER", "letter", "price_tag", "subject", "Quantity", "grams", "plural"]


def test_not_exported():
    assert not hasattr(text, "cash") and not hasattr(text, "_hidden")


@pytest.mark.parametrize("amount, paid", [(12, 10), (13, 15), (2.5, 5)])
def test_cash(amount, paid):
    assert text.money.cash(amount) == paid


@pytest.mark.parametrize("spec, shown", [("", "30 pcs"), ("dozen", "2 dz"), ("05", "00030")])
def test_quantity(spec, shown):
    assert format(text.Quantity(30), spec) == shown


def test_add():
    assert sum([text.Quantity(1), text.Quantity(2)]).n == 3


def test_compare():
    assert min(text.Quantity(4), text.Quantity(3)).n == 3


@pytest.mark.parametrize("n, shown", [(1, "1 foot"), (2, "2 feet")])
def test_plural(n, shown):
    assert text.plural(n, "foot") == shown
