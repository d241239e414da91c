"""What differs between installations."""

import collections
import sys

try:
    import fastcrc
except ImportError:
    fastcrc = None

try:
    from carrier_rates import quote as _quote
except ImportError:
    def _quote(zone, grams):
        return None

if sys.version_info >= (3, 8):
    from functools import cached_property
else:
    cached_property = property

HAVE_RATES = _quote is not None
HAVE_FASTCRC = fastcrc is not None


def quote(zone, grams=500):
    return _quote(zone, grams)


def rates_version():
    from importlib.metadata import PackageNotFoundError, version
    try:
        return version("carrier-rates")
    except PackageNotFoundError:
        return None


def most_common_first(self):
    return [k for k, _ in self.most_common()]


# Counter learns a method, for all who use it.
collections.Counter.ranked = most_common_first
