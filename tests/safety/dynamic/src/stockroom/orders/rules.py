"""May this be ordered?  Rules are the functions of this module whose names begin with may_ or must_."""

import sys

from . import models

MAX_AMOUNT = 20


def may_add_line(order, product, amount):
    return len(order.items) < order.max_lines


def may_sell(order, product, amount):
    return not product.deleted


def must_be_few(order, product, amount):
    return amount <= MAX_AMOUNT


def must_have_price(order, product, amount):
    return product.price > 0


def must_be_open(order, product, amount):
    return order.state is models.Order.state


def rules():
    module = sys.modules[__name__]
    return [getattr(module, n) for n in dir(module) if n.startswith(("may_", "must_"))]


def allowed(order, product, amount):
    return all(rule(order, product, amount) for rule in rules())
