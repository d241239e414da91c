from decimal import Decimal

import pytest
from stockroom.catalog import pricing
from stockroom.catalog.models import Bundle, Product
from stockroom.records import Parcel

from base import StockCase


@pytest.mark.parametrize("thing, cents", [(7, 7), ([1, 2], 3), ((4,), 4), (Parcel("x"), 100), (Parcel("x", 1500), 300)])
def test_price(thing, cents):
    assert pricing.price_of(thing) == cents


def test_product():
    assert pricing.price_of(Product(name="x", price=55)) == 55


def test_bundle():
    assert pricing.price_of(Bundle(name="x", price=100)) == 180


def test_no_price():
    with pytest.raises(TypeError, match="no price for set"):
        pricing.price_of(set())


def test_discount():
    assert pricing.discount(200) == 180


def test_half_off():
    assert pricing.half_off(200) == 100


def test_clearance():
    assert pricing.clearance(200) == 50


def test_digits():
    assert (pricing.discount.digits, pricing.average.digits) == (0, 1)


def test_wraps():
    assert pricing.average.__name__ == "average"


def test_average():
    assert pricing.average(1, 2, 2) == 1.7


@pytest.mark.parametrize("currency, text", [("EUR", "3.00"), ("JPY", "3"), ("KWD", "3.000")])
def test_money(currency, text):
    assert str(pricing.to_money(3, currency)) == text


def test_money_default():
    assert pricing.to_money(1) == Decimal("1.00")


class TestPens(StockCase):
    price = 300

    def test_price(self):
        self.assertCosts(self.product, 300)

    def test_name(self):
        self.assertEqual(self.product.name, "Red Pen")

    def test_sku(self):
        self.assertEqual(self.product.sku, "red-pen")


class TestCheapPens(TestPens):
    price = 50
    product_name = "Cheap Pen"

    def test_price(self):
        self.assertCosts([self.product, self.product], 100)

    def test_name(self):
        self.assertEqual(self.product.name, "Cheap Pen")

    def test_sku(self):
        self.assertEqual(self.product.sku, "cheap-pe")
