"""Lengths and weights in words."""

__all__ = ["Quantity", "grams", "plural"]

KILO = 1000
ENDINGS = {"box": "boxes", "foot": "feet"}


def plural(n, word):
    """A number and a noun.

    >>> plural(1, "box")
    '1 box'
    >>> plural(2, "box")
    '2 boxes'
    """
    return f"{n} {word if n == 1 else ENDINGS.get(word, word + 's')}"


def grams(n):
    """
    >>> grams(1500)
    '1.5 kg'
    """
    return f"{n / KILO:.1f} kg" if n >= KILO else f"{n} g"


class Quantity:
    """
    >>> f"{Quantity(12):dozen}"
    '1 dz'
    """

    unit = "pcs"
    per_dozen = 12

    def __init__(self, n):
        self.n = n

    def __format__(self, spec):
        maker = getattr(self, f"as_{spec or 'plain'}", None)
        return maker() if maker else format(self.n, spec)

    def as_plain(self):
        return f"{self.n} {self.unit}"

    def as_dozen(self):
        return f"{self.n // self.per_dozen} dz"

    def __add__(self, other):
        return type(self)(self.n + getattr(other, "n", other))

    __radd__ = __add__

    def __lt__(self, other):
        return self.n < other.n
