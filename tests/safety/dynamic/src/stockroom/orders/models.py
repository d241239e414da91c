from stockroom.constants import MAX_LINES
from stockroom.errors import OutOfStock
from stockroom.orm import BackReference, Integer, Model, Reference, Text, Timestamped

from .states import OrderState


class Order(Timestamped, Model):
    customer = Text(default="walk-in")
    number = Integer()
    items = BackReference("Item", "order")
    state = OrderState.DRAFT
    max_lines = MAX_LINES

    class Meta:
        ordering = "-number"

    def before_number(self):
        self.number = self.number or len(type(self).rows) + 1

    def add(self, product, amount=1):
        from .rules import allowed      # rules knows orders
        if not allowed(self, product, amount):
            raise OutOfStock(sku=product.sku)
        return Item(order=self, product=product, amount=amount).save()

    def total(self):
        return sum(i.amount * i.product.price for i in self.items)


class Item(Model):
    order = Reference("Order", back="items", required=True)
    product = Reference("Product", required=True)
    amount = Integer(default=1, check=lambda n: n > 0)
