"""All that other programs may use; most of it is imported when it is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING

from stockroom.catalog import Product, Supplier, price_of
from stockroom.conf import settings
from stockroom.orders import Order, OrderState
from stockroom.records import Address, Parcel

if TYPE_CHECKING:
    from stockroom.commands import run_command

_LAZY = {
    "run_command": "stockroom.commands:run_command",
    "load_plugins": "stockroom.plugins:load_plugins",
    "encode": "stockroom.serial:encode",
    "Invoice": "stockroom.schema.invoices:Invoice",
}
_DEPRECATED = {"Good": "Product", "Vendor": "Supplier"}

__all__ = ["Address", "Order", "OrderState", "Parcel", "Product", "Supplier", "price_of", "settings"]
__all__ += list(_LAZY)


def __getattr__(name):
    if name in _DEPRECATED:
        return globals()[_DEPRECATED[name]]
    try:
        module, _, attribute = _LAZY[name].partition(":")
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = globals()[name] = getattr(import_module(module), attribute)
    return value


def __dir__():
    return sorted({*globals(), *_LAZY})
