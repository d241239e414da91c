"""Relations name the other class by a string: it may not be there yet."""

from .fields import Field
from .models import registry


class Reference(Field):
    def __init__(self, target, back=None, **options):
        super().__init__(**options)
        self.target, self.back = target, back

    def __set_name__(self, owner, name):
        super().__set_name__(owner, name)
        self.column = f"{name}_id"

    def clean(self, value):
        if type(value).__name__ != self.target:
            raise TypeError(f"{self.name} is a {self.target}")
        return value.pk

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        key = instance.values.get(self.column)
        return None if key is None else registry[self.target][key]

    def describe(self):
        return f"{self.name}->{self.target}"


class BackReference:
    def __init__(self, source, field):
        self.source, self.field = source, field

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        rows = registry[self.source].rows
        column = registry[self.source].fields[self.field].column
        return [r for r in rows if r.values.get(column) == instance.pk]
