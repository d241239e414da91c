"""A small warehouse: what is in stock, who ordered it, and how it leaves the house."""

from importlib import import_module
from typing import TYPE_CHECKING

from . import errors
from .catalog import Product, Supplier, price_of
from .conf import settings
from .constants import CURRENCY, MAX_LINES, VERSION_INFO
from .orders import Order, OrderState
from .records import Address, Parcel
from .sentinels import MISSING, UNLIMITED

if TYPE_CHECKING:
    from .commands import run_command

__version__ = ".".join(str(part) for part in VERSION_INFO)

_LAZY = {
    "run_command": "stockroom.commands:run_command",
    "load_plugins": "stockroom.plugins:load_plugins",
    "encode": "stockroom.serial:encode",
    "Invoice": "stockroom.schema.invoices:Invoice",
}
_DEPRECATED = {"Good": "Product", "Vendor": "Supplier"}

__all__ = [
    "Address", "CURRENCY", "MAX_LINES", "MISSING", "Order", "OrderState", "Parcel", "Product", "Supplier",
    "UNLIMITED", "errors", "price_of", "settings",
]
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
