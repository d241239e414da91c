"""Values that are compared by identity."""


class Sentinel:
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"<{self.name}>"

    def __bool__(self):
        return False

    def __reduce__(self):
        return self.name


MISSING = Sentinel("MISSING")
UNLIMITED = Sentinel("UNLIMITED")
_DEFAULT = object()


def first(items, default=_DEFAULT):
    """The first item, else the default, else IndexError."""
    for item in items:
        return item
    if default is _DEFAULT:
        raise IndexError("nothing there")
    return default


def capped(amount, limit=UNLIMITED):
    return amount if limit is UNLIMITED else min(amount, limit)


def given(**values):
    """Those that are not MISSING."""
    return {k: v for k, v in values.items() if v is not MISSING}
