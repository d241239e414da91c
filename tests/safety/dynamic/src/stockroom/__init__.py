"""A small warehouse: what is in stock, who ordered it, and how it leaves the house."""

from . import errors
from .constants import CURRENCY, MAX_LINES, VERSION_INFO
from .sentinels import MISSING, UNLIMITED

__version__ = ".".join(str(part) for part in VERSION_INFO)

__all__ = ["CURRENCY", "MAX_LINES", "MISSING", "UNLIMITED", "errors"]
