"""What the parts expect of each other."""

from abc import ABC, abstractmethod
from typing import Protocol, runtime_checkable


@runtime_checkable
class Priced(Protocol):
    price: int


class Storable(ABC):
    """Anything with a size; no need to inherit."""

    required = ("volume", "weight")

    @classmethod
    def __subclasshook__(cls, other):
        if cls is Storable:
            return all(any(name in vars(b) for b in other.__mro__) for name in cls.required)
        return NotImplemented


class Transport(ABC):
    max_weight = 1000

    @abstractmethod
    def cost(self, grams): ...

    @property
    @abstractmethod
    def label(self): ...

    def accepts(self, grams):
        return grams <= self.max_weight


class Bike(Transport):
    max_weight = 8000
    label = "bike"

    def cost(self, grams):
        return 300 + grams // 100


class Van(Transport):
    label = "van"
    per_kilo = 40

    def accepts(self, grams):
        return super().accepts(grams // 500)

    def cost(self, grams):
        return 900 + self.per_kilo * (grams // 1000)


class Crate:
    volume = 40
    weight = 2


class Envelope:
    weight = 1


class Pigeon:
    """Older than Transport."""

    def fly(self):
        return "coo"


Transport.register(Pigeon)
