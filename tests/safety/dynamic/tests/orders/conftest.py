import pytest


@pytest.fixture
def customer(customer):
    return customer.upper()


@pytest.fixture
def order(customer):
    from stockroom.orders.models import Order
    return Order(customer=customer).save()
