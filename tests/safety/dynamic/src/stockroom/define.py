"""Classes without boilerplate: what attrs does, in a page."""

from .sentinels import MISSING

_count = 0


class attribute:
    def __init__(self, default=MISSING, factory=None, check=None):
        global _count
        _count += 1
        self.order = _count
        self.default, self.factory, self.check = default, factory, check

    def __set_name__(self, owner, name):
        self.name = name

    def value(self, instance, given):
        if self.name in given:
            value = given.pop(self.name)
        elif self.factory is not None:
            value = self.factory(instance)
        elif self.default is MISSING:
            raise TypeError(f"{self.name} is missing")
        else:
            value = self.default
        if self.check is not None and not self.check(value):
            raise ValueError(self.name)
        return value


def _init(self, **given):
    for a in self.__attributes__:
        setattr(self, a.name, a.value(self, given))
    if given:
        raise TypeError(f"unexpected: {', '.join(sorted(given))}")


def _eq(self, other):
    if type(self) is not type(other):
        return NotImplemented
    return all(getattr(self, a.name) == getattr(other, a.name) for a in self.__attributes__)


def _repr(self):
    inner = ", ".join(f"{a.name}={getattr(self, a.name)!r}" for a in self.__attributes__)
    return f"{type(self).__name__}({inner})"


METHODS = {"__init__": _init, "__eq__": _eq, "__repr__": _repr}


def define(cls):
    found = [v for v in vars(cls).values() if isinstance(v, attribute)]
    cls.__attributes__ = tuple(sorted(found, key=lambda a: a.order))
    for name, function in METHODS.items():
        if name not in vars(cls):
            setattr(cls, name, function)
    cls.__hash__ = None
    return cls
