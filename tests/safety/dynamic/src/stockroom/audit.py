"""Class decorators, and methods found by marks and prefixes."""

import inspect
from functools import wraps

LEVELS = {"debug": 10, "info": 20}
audited = []


def audit(level="info", only=None):
    def decorate(cls):
        for name, function in list(vars(cls).items()):
            if inspect.isfunction(function) and not name.startswith("_") and (only is None or name in only):
                setattr(cls, name, traced(function, LEVELS[level]))
        audited.append(cls.__name__)
        return cls
    return decorate


def traced(function, level):
    @wraps(function)
    def wrapper(self, *args, **kwargs):
        self.trail.append((level, function.__name__))
        return function(self, *args, **kwargs)
    return wrapper


def check(function):
    function.is_check = True
    return function


class Inspector:
    def problems(self):
        marked = inspect.getmembers(type(self), lambda m: getattr(m, "is_check", False))
        return [name for name, f in marked if not f(self)]


@audit(level="debug", only={"put", "take"})
class Bin(Inspector):
    capacity = 10

    def __init__(self, n=0):
        self.n, self.trail = n, []

    def put(self, n):
        self.n += n
        return self

    def take(self, n=1):
        self.n -= n
        return n

    def peek(self):
        return self.n

    @check
    def fits(self):
        return self.n <= self.capacity

    @check
    def positive(self):
        return self.n >= 0


@audit()
class SafeBin(Bin):
    def put(self, n):
        return super().put(min(n, self.capacity - self.n))
