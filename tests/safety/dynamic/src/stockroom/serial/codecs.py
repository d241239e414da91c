import datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter

CODECS = {}
ORDER = []


class Codec:
    handles = object
    tag = None

    def __init_subclass__(cls):
        self = cls()
        CODECS[cls.tag] = self
        ORDER.append(self)

    def load(self, value):
        return self.handles(value)

    def dump(self, value):
        return str(value)


class DecimalCodec(Codec):
    handles = Decimal
    tag = "decimal"


class DateCodec(Codec):
    handles = datetime.date
    tag = "date"
    form = "%Y-%m-%d"

    def load(self, value):
        return datetime.datetime.strptime(value, self.form).date()

    def dump(self, value):
        return value.strftime(self.form)


class EnumCodec(Codec):
    handles = Enum
    tag = "enum"
    dump = staticmethod(attrgetter("value"))


class SetCodec(Codec):
    handles = frozenset
    tag = "set"
    dump = sorted


SetCodec.dump = staticmethod(sorted)


def codec_for(kind):
    for codec in ORDER:
        if issubclass(kind, codec.handles):
            return codec
    return None
