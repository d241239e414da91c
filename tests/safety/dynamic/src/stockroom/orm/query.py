"""Queries: price__gt=3, F("price") > 3, combined with & and |."""

import operator


def op_gt(a, b):
    return a > b


def op_lt(a, b):
    return a < b


def op_in(a, b):
    return a in b


def op_startswith(a, b):
    return str(a).startswith(b)


def op_exact(a, b):
    return a == b


OPERATORS = {name.removeprefix("op_"): f for name, f in globals().items() if name.startswith("op_")}


class Condition:
    def __init__(self, test):
        self.test = test

    def __call__(self, row):
        return self.test(row)

    def __and__(self, other):
        return Condition(lambda row: self(row) and other(row))

    def __or__(self, other):
        return Condition(lambda row: self(row) or other(row))

    def __invert__(self):
        return Condition(lambda row: not self(row))


class F:
    def __init__(self, name):
        self.name = name


def _comparison(symbol):
    function = getattr(operator, symbol)

    def method(self, value):
        return Condition(lambda row: function(getattr(row, self.name), value))
    return method


for _symbol in ("__gt__", "__lt__", "__ge__", "__eq__", "__ne__"):
    setattr(F, _symbol, _comparison(_symbol))
F.__hash__ = None


class Query:
    limit = 100

    def __init__(self, rows, ordering="pk"):
        self.rows, self.ordering = list(rows), ordering

    def filter(self, *conditions, **lookups):
        rows = [r for r in self.rows if all(c(r) for c in conditions)]
        for lookup, value in lookups.items():
            name, _, op = lookup.partition("__")
            rows = [r for r in rows if OPERATORS[op or "exact"](getattr(r, name), value)]
        return type(self)(rows, self.ordering)

    def get(self, **lookups):
        rows = self.filter(**lookups).rows
        if len(rows) != 1:
            raise LookupError(f"{len(rows)} rows")
        return rows[0]

    def __iter__(self):
        key = self.ordering.removeprefix("-")
        rows = sorted(self.rows, key=lambda r: getattr(r, key), reverse=self.ordering.startswith("-"))
        return iter(rows[: self.limit])

    def __len__(self):
        return len(self.rows)

    def __getattr__(self, name):
        """by_price(): sorted by that field; sum_price(): added up."""
        verb, _, field = name.partition("_")
        if verb == "by":
            return lambda: type(self)(self.rows, field)
        if verb == "sum":
            return lambda: sum(getattr(r, field) for r in self.rows)
        raise AttributeError(name)
