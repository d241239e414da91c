import pytest
from stockroom.errors import OutOfStock
from stockroom.orders import Order, OrderState
from stockroom.orders import rules


def test_customer(order):
    assert order.customer == "WALK-IN"


def test_default_customer():
    assert Order().customer == "walk-in"


def test_number(order):
    assert order.number == order.pk


def test_newest_first(order):
    assert next(iter(Order.objects())) is order


def test_total(order, product):
    order.add(product, 2)
    order.add(product)
    assert order.total() == 750


def test_max_lines(order):
    assert order.max_lines == 48


def test_lines_are_limited(order, product, monkeypatch):
    monkeypatch.setattr(Order, "max_lines", 1)
    order.add(product)
    with pytest.raises(OutOfStock, match="no blue-pen left"):
        order.add(product)


def test_deleted_product(order, product):
    product.delete()
    assert not rules.allowed(order, product, 1)


def test_amount_too_large(order, product):
    assert not rules.allowed(order, product, 21) and rules.allowed(order, product, 20)


def test_no_price(order, product):
    product.price = 0
    assert not rules.must_have_price(order, product, 1)


def test_rule_names():
    assert [r.__name__ for r in rules.rules()] == [
        "may_add_line", "may_sell", "must_be_few", "must_be_open", "must_have_price"]


def test_state(order):
    assert order.state is OrderState.DRAFT
