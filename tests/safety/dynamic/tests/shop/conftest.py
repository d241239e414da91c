import pytest
from stockroom.catalog.models import Product, Supplier


@pytest.fixture(scope="module")
def supplier():
    return Supplier(name="Acme", rating=4).save()


@pytest.fixture
def product(supplier):
    return Product(name="Blue Pen", price=250, supplier=supplier).save()


@pytest.fixture
def customer(customer):
    return customer.upper()


@pytest.fixture
def order(customer):
    from stockroom.orders.models import Order
    return Order(customer=customer).save()
