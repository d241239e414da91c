"""What things cost, by their type."""

from decimal import Decimal
from functools import lru_cache, partial, singledispatch, wraps

from stockroom.constants import CURRENCIES, CURRENCY
from stockroom.records import Parcel

from .models import Bundle, Product


@singledispatch
def price_of(thing):
    raise TypeError(f"no price for {type(thing).__name__}")


@price_of.register
def _(thing: int):
    return thing


@price_of.register
def _(thing: Product):
    return thing.price


@price_of.register(Bundle)
def _bundle(thing):
    return thing.total()


@price_of.register(list)
@price_of.register(tuple)
def _many(things):
    return sum(price_of(t) for t in things)


@price_of.register(Parcel)
def _parcel(parcel, per_kilo=200):
    return per_kilo * parcel.grams // 1000


def rounded(function=None, *, digits=0):
    if function is None:
        return partial(rounded, digits=digits)

    @wraps(function)
    def wrapper(*args, **kwargs):
        return round(function(*args, **kwargs), digits)
    wrapper.digits = digits
    return wrapper


@rounded
def discount(price, percent=10):
    return price * (100 - percent) / 100


@rounded(digits=1)
def average(*prices):
    return sum(prices) / len(prices)


half_off = partial(discount, percent=50)
clearance = partial(half_off, percent=75)


@lru_cache(maxsize=None)
def exponent(currency=CURRENCY):
    return Decimal(10) ** -CURRENCIES[currency]


def to_money(amount, currency=CURRENCY):
    return Decimal(amount).quantize(exponent(currency))
