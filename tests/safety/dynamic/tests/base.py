"""What unittest-style tests here build on."""

import unittest


class StockCase(unittest.TestCase):
    product_name = "Red Pen"
    price = 100

    @classmethod
    def setUpClass(cls):
        from stockroom.catalog.models import Product
        cls.product = Product(name=cls.product_name, price=cls.price).save()

    @classmethod
    def tearDownClass(cls):
        type(cls.product).rows.remove(cls.product)

    def assertCosts(self, thing, cents):
        from stockroom.catalog.pricing import price_of
        self.assertEqual(price_of(thing), cents)
