import pytest
from stockroom import constants, sentinels

import cases


def test_gross():
    assert constants.GROSS == 144


def test_sizes():
    assert constants.SIZES == ["S", "M", "L", "XL", "XXL"]


def test_currencies():
    assert constants.CURRENCIES["USD"] == 2 and constants.CURRENCIES["EUR"] == 2


def test_deleted():
    assert not hasattr(constants, "_limit")


@pytest.mark.parametrize("grams, name", cases.WEIGHTS)
def test_weight_class(grams, name):
    assert constants.weight_class(grams) == name


@pytest.mark.parametrize("name, limit", cases.LIMITS)
def test_limits(name, limit):
    assert limit >= 250 and constants.WEIGHT_CLASSES[name] == limit


@pytest.mark.parametrize("text, crc", [("", 0), ("a", 14), ("pen", 10)])
def test_checksum(text, crc):
    assert constants.checksum(text) == crc


def test_first():
    assert sentinels.first([3, 4]) == 3


def test_first_default():
    assert sentinels.first([], None) is None


def test_first_of_nothing():
    with pytest.raises(IndexError):
        sentinels.first([])


def test_capped():
    assert sentinels.capped(50) == 50


def test_capped_by_limit():
    assert sentinels.capped(50, 9) == 9


def test_given():
    assert sentinels.given(a=1, b=sentinels.MISSING, c=None) == {"a": 1, "c": None}


def test_sentinel_is_false():
    assert not sentinels.UNLIMITED and repr(sentinels.UNLIMITED) == "<UNLIMITED>"


def test_sentinel_keeps_identity():
    import copy
    assert copy.deepcopy([sentinels.MISSING])[0] is sentinels.MISSING
