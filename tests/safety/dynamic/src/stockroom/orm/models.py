"""The metaclass, and what every model can do."""

from .fields import Field
from .query import Query

registry = {}


class Options:
    ordering = "pk"
    abstract = False
    plural = None

    def __init__(self, meta, name):
        for key in ("ordering", "abstract", "plural"):
            if hasattr(meta, key):
                setattr(self, key, getattr(meta, key))
        self.plural = self.plural or name.lower() + "s"


class ModelMeta(type):
    def __new__(mcs, name, bases, namespace, **keywords):
        meta = namespace.pop("Meta", None)
        cls = super().__new__(mcs, name, bases, namespace)
        cls.fields = {}
        for base in reversed(cls.__mro__):
            for key, value in vars(base).items():
                if isinstance(value, Field):
                    cls.fields[key] = value
        cls.options = Options(meta, name)
        if not cls.options.abstract:
            registry[name] = cls
            cls.rows = []
        return cls

    def __init__(cls, name, bases, namespace, table=None):
        super().__init__(name, bases, namespace)
        cls.table = table or cls.options.plural

    def __getitem__(cls, pk):
        return cls.objects().get(pk=pk)

    def __len__(cls):
        return len(cls.rows)


class Model(metaclass=ModelMeta):
    class Meta:
        abstract = True

    def __init__(self, **values):
        self.values = {}
        for name, value in values.items():
            if name not in self.fields:
                raise TypeError(f"{type(self).__name__} has no field {name}")
            setattr(self, name, value)
        lacking = [n for n, f in self.fields.items() if f.required and f.column not in self.values]
        if lacking:
            raise TypeError(f"{type(self).__name__} needs {', '.join(lacking)}")

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__()
        cls.hooks = tuple(k for k in dir(cls) if k.startswith("before_"))

    @classmethod
    def objects(cls):
        return Query(cls.rows, ordering=cls.options.ordering)

    def save(self):
        for hook in self.hooks:
            getattr(self, hook)()
        self.pk = len(type(self).rows) + 1
        type(self).rows.append(self)
        return self

    def as_dict(self, hidden=False):
        return {n: getattr(self, n) for n, f in self.fields.items() if hidden or not f.hidden}

    def __eq__(self, other):
        return type(self) is type(other) and self.values == other.values

    def __hash__(self):
        return hash(type(self))

    def __str__(self):
        return f"{type(self).__name__}({', '.join(f.describe() for f in self.fields.values())})"
