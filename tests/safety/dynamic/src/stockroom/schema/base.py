"""Models that check data by their annotations."""

from typing import Union, get_args, get_origin, get_type_hints

from stockroom.sentinels import MISSING


class SchemaError(ValueError):
    pass


def validator(*names, before=False):
    def mark(function):
        function.validates = names
        function.before = before
        return function
    return mark


def _boolean(value):
    return str(value).lower() in TRUE


TRUE = {"1", "true", "yes"}
CONVERT = {int: int, str: str, float: float, bool: _boolean}


class SchemaMeta(type):
    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        cls.checks = {k: list(v) for b in reversed(bases) for k, v in getattr(b, "checks", {}).items()}
        for function in namespace.values():
            for field in getattr(function, "validates", ()):
                cls.checks.setdefault(field, []).append(function)

    def __iter__(cls):
        return iter(get_type_hints(cls))


class Schema(metaclass=SchemaMeta):
    def __init__(self, **data):
        hints = get_type_hints(type(self))
        for name, hint in hints.items():
            if name in data:
                value = self._clean(name, hint, data.pop(name))
            else:
                value = getattr(type(self), name, MISSING)
                if value is MISSING:
                    raise SchemaError(f"{name}: missing")
            setattr(self, name, value)
        if data and not self.Config.extra:
            raise SchemaError(f"unexpected {sorted(data)[0]}")

    class Config:
        extra = False

    def _clean(self, name, hint, value):
        checks = self.checks.get(name, ())
        for check in checks:
            if check.before:
                value = check(self, value)
        value = convert(hint, value)
        for check in checks:
            if not check.before:
                value = check(self, value)
        return value

    def __class_getitem__(cls, key):
        """Invoice["number"]: the type of a field."""
        return get_type_hints(cls)[key]

    def dict(self):
        return {name: getattr(self, name) for name in type(self)}


def convert(hint, value):
    origin = get_origin(hint)
    if origin is list:
        return [convert(get_args(hint)[0], v) for v in value]
    if origin is Union:
        return None if value is None else convert(get_args(hint)[0], value)
    if isinstance(hint, type) and issubclass(hint, Schema):
        return value if isinstance(value, hint) else hint(**value)
    try:
        return CONVERT[hint](value)
    except (TypeError, ValueError) as e:
        raise SchemaError(str(e)) from None
