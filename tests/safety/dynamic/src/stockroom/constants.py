"""Numbers that many modules share."""

VERSION_INFO = (3, 2)
VERSION_INFO += (1,)

CURRENCY = "EUR"
CURRENCIES = {CURRENCY: 2, "JPY": 0, "KWD": 3}
CURRENCIES["USD"] = 2

BASE = 12
DOZEN = BASE
GROSS = DOZEN * DOZEN
MAX_LINES = DOZEN * 4

SIZES = ["S", "M", "L"]
SIZES.append("XL")
SIZES += ["XXL"]

# Weight classes in grams, each twice the one before.
WEIGHT_CLASSES = {}
_limit = 250
for _name in ("letter", "packet", "parcel", "freight"):
    WEIGHT_CLASSES[_name] = _limit
    _limit *= 4
del _limit, _name

CRC_TABLE = []
for _byte in range(16):
    _value = _byte
    for _ in range(4):
        _value = (_value >> 1) ^ (0x9 if _value & 1 else 0)
    CRC_TABLE.append(_value)

if GROSS > 100:
    BULK = "pallet"
else:
    BULK = "box"


def checksum(text):
    crc = 0
    for ch in text.encode():
        crc = CRC_TABLE[(crc ^ ch) & 15] ^ (crc >> 4)
    return crc


def weight_class(grams):
    for name, limit in WEIGHT_CLASSES.items():
        if grams <= limit:
            return name
    return BULK
