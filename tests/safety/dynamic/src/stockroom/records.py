"""Plain data in each of the ways that Python offers."""

import sys
from dataclasses import dataclass, field, fields, replace
from typing import ClassVar, NamedTuple, TypedDict

from .define import attribute, define


def _tags():
    return ["new"]


@dataclass(order=True)
class Address:
    street: str
    city: str = "Vienna"
    country: str = field(default="AT", compare=False)
    tags: list = field(default_factory=_tags, compare=False, repr=False)
    known: ClassVar[int] = 7

    def moved(self, **changes):
        return replace(self, **changes)

    @classmethod
    def columns(cls):
        return [f.name for f in fields(cls) if f.repr]


@dataclass(frozen=True)
class Zone:
    code: str
    days: int = 2

    def __post_init__(self):
        object.__setattr__(self, "code", self.code.upper())


class Parcel(NamedTuple):
    sku: str
    grams: int = 500
    fragile: bool = False

    @property
    def heavy(self):
        return self.grams > 2000


class Line(TypedDict, total=False):
    sku: str
    amount: int


@define
class Shelf:
    row = attribute(default=1)
    height = attribute(default=180, check=lambda v: v > 0)
    label = attribute(factory=lambda self: f"{self.row:02}")

    def above(self):
        return type(self)(row=self.row + 1, height=self.height)


def line_keys():
    return sorted(Line.__annotations__), Line.__total__


SMALL = sys.getsizeof(()) < 1000
