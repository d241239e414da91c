"""Descriptors that check and convert what a model holds."""

from stockroom.sentinels import MISSING

__all__ = ["Choice", "Field", "Integer", "Money", "Text"]


class Field:
    kind = object
    default = MISSING
    hidden = False

    def __init__(self, default=MISSING, *, required=False, column=None, check=None):
        if default is not MISSING:
            self.default = default
        self.required, self.column, self.check = required, column, check

    def __set_name__(self, owner, name):
        self.name = name
        self.column = self.column or name.lower()
        self.owner = owner.__name__

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = instance.values.get(self.column, self.default)
        return self.missing() if value is MISSING else value

    def __set__(self, instance, value):
        value = self.clean(value)
        if self.check and not self.check(value):
            raise ValueError(f"{self.owner}.{self.name}: {value!r}")
        instance.values[self.column] = value

    def missing(self):
        return None

    def clean(self, value):
        return value

    def describe(self):
        return f"{self.name}:{type(self).__name__.lower()}"


class Text(Field):
    kind = str
    max_length = 20

    def clean(self, value):
        return str(value).strip()[: self.max_length]

    def missing(self):
        return ""


class Slug(Text):
    max_length = 8

    def clean(self, value):
        return super().clean(value).lower().replace(" ", "-")


class Integer(Field):
    kind = int
    default = 0

    def clean(self, value):
        return int(value)


class Money(Integer):
    hidden = True
    quantum = 5

    def clean(self, value):
        value = super().clean(value)
        return value - value % self.quantum


class Choice(Field):
    def __init__(self, *choices, **options):
        super().__init__(default=choices[0], **options)
        self.choices = choices

    def clean(self, value):
        if value not in self.choices:
            raise ValueError(value)
        return value
