"""The life of an order."""

from enum import Enum, Flag, IntEnum, auto


class Named(Enum):
    """Values are the names, in small letters."""

    def _generate_next_value_(name, start, count, last):
        return name.lower()

    @classmethod
    def _missing_(cls, value):
        for member in cls:
            if member.value == str(value).strip().lower():
                return member
        return None


class OrderState(Named):
    DRAFT = auto()
    PAID = auto()
    SHIPPED = auto()
    RETURNED = auto()

    @property
    def final(self):
        return self in FINAL

    def next(self):
        members = list(type(self))
        at = members.index(self) + 1
        return members[at] if at < len(members) else self


FINAL = frozenset({OrderState.SHIPPED, OrderState.RETURNED})


class Permission(Flag):
    READ = auto()
    WRITE = auto()
    SHIP = auto()
    CLERK = READ | WRITE
    ADMIN = READ | WRITE | SHIP


class Priority(IntEnum):
    LOW = 1
    NORMAL = 5
    HIGH = 9
    URGENT = HIGH

    def __format__(self, spec):
        return self.name.title() if spec == "n" else format(int(self), spec)


TRANSITIONS = {
    OrderState.DRAFT: {"pay": OrderState.PAID, "cancel": OrderState.RETURNED},
    OrderState.PAID: {"ship": OrderState.SHIPPED, "refund": OrderState.RETURNED},
    OrderState.SHIPPED: {"return": OrderState.RETURNED},
}
