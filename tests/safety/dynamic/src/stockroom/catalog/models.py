from stockroom.orm import BackReference, Choice, Integer, Model, Money, Reference, SoftDelete, Text, Timestamped
from stockroom.orm.fields import Slug


class Supplier(Model):
    name = Text(required=True)
    rating = Integer(default=3, check=lambda n: 0 < n < 6)
    products = BackReference("Product", "supplier")


class Product(Timestamped, SoftDelete, Model):
    name = Text(required=True)
    sku = Slug()
    price = Money(default=100)
    size = Choice("M", "S", "L")
    supplier = Reference("Supplier", back="products")

    class Meta:
        ordering = "price"
        plural = "merchandise"

    def before_save(self):
        if not self.sku:
            self.sku = self.name


class Bundle(Product, table="bundles"):
    """Several at once, for less."""

    percent = Integer(default=90)
    parts = Integer(default=2)

    def total(self):
        return self.price * self.parts * self.percent // 100

    def before_bundle(self):
        self.parts = max(self.parts, 2)
