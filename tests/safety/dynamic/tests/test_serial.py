import copy
import datetime
import json
import pickle
from decimal import Decimal

import pytest
from stockroom import serial
from stockroom.catalog.models import Supplier
from stockroom.orders.states import OrderState
from stockroom.records import Parcel
from stockroom.serial.snapshots import Handle, Snapshot


@pytest.mark.parametrize("value, text", [
    (Decimal("1.50"), '"1.50"'), (datetime.date(2024, 5, 1), '"2024-05-01"'), (OrderState.PAID, '"paid"'),
    (frozenset([2, 1]), "[1,2]"), (Handle(), '{"how": "opened"}')], ids=["decimal", "date", "enum", "set", "handle"])
def test_encode(value, text):
    assert serial.encode(value) == text


def test_encode_model():
    assert json.loads(serial.encode(Supplier(name="A"))) == {"name": "A", "rating": 3}


def test_encode_tuple():
    assert json.loads(serial.encode(Parcel("x"))) == ["x", 500, False]


def test_encode_unknown():
    with pytest.raises(TypeError):
        serial.encode(object())


@pytest.mark.parametrize("kind, text, value", [
    ("decimal", '"2.5"', Decimal("2.5")), ("date", '"2024-05-01"', datetime.date(2024, 5, 1)),
    ("set", "[1, 1]", frozenset([1]))])
def test_decode(kind, text, value):
    assert serial.decode(kind, text) == value


def test_codecs_in_order():
    assert [c.tag for c in serial.codecs.ORDER] == ["decimal", "date", "enum", "set"]


@pytest.fixture
def snapshot():
    return Snapshot("noon", {"pen": 3, "ink": 1})


def test_copy(snapshot):
    assert copy.copy(snapshot).name == "noon'"


def test_deepcopy(snapshot):
    twin = copy.deepcopy(snapshot)
    assert twin.cache == {"restored": 2} and twin.levels is not snapshot.levels


def test_pickle(snapshot):
    assert pickle.loads(pickle.dumps(snapshot)).levels == {"pen": 3, "ink": 1}


def test_contains(snapshot):
    assert "pen" in snapshot and "pad" not in snapshot


def test_difference(snapshot):
    assert snapshot - Snapshot("", {"pen": 1}) == {"pen": 2, "ink": 1}


def test_slots(snapshot):
    with pytest.raises(AttributeError):
        snapshot.colour = "red"


def test_handle_is_reopened():
    assert pickle.loads(pickle.dumps(Handle())).how == "reopened"


def test_handle_deepcopy():
    h = Handle()
    assert copy.deepcopy([h])[0] is h
