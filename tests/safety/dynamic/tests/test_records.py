import pytest
from stockroom import define, records
from stockroom.records import Address, Parcel, Shelf, Zone


def test_address_defaults():
    a = Address("Ring 1")
    assert (a.city, a.country, a.tags) == ("Vienna", "AT", ["new"])


def test_address_order():
    assert Address("A", "Graz") < Address("B", "Graz")


def test_country_does_not_compare():
    assert Address("A") == Address("A", country="DE")


def test_moved():
    assert Address("A").moved(city="Linz").city == "Linz"


def test_columns():
    assert Address.columns() == ["street", "city", "country"]


def test_class_variable():
    assert Address.known == 7


def test_repr():
    assert "tags" not in repr(Address("A"))


def test_zone():
    assert Zone("a") == Zone("A", 2)


def test_zone_is_frozen():
    with pytest.raises(AttributeError):
        Zone("a").days = 3


def test_zone_hash():
    assert len({Zone("a"), Zone("A")}) == 1


def test_parcel():
    assert Parcel("x") == ("x", 500, False)


def test_heavy():
    assert Parcel("x", 3000).heavy and not Parcel("x").heavy


def test_parcel_replace():
    assert Parcel("x")._replace(grams=1).grams == 1


def test_line():
    assert records.line_keys() == (["amount", "sku"], False)


def test_shelf():
    s = Shelf()
    assert (s.row, s.height, s.label) == (1, 180, "01")


def test_shelf_above():
    assert Shelf(row=4).above() == Shelf(row=5)


def test_shelf_check():
    with pytest.raises(ValueError, match="height"):
        Shelf(height=0)


def test_shelf_repr():
    assert repr(Shelf(row=2)) == "Shelf(row=2, height=180, label='02')"


def test_shelf_unexpected():
    with pytest.raises(TypeError, match="unexpected: depth"):
        Shelf(depth=1)


def test_shelf_has_no_hash():
    with pytest.raises(TypeError):
        hash(Shelf())


def test_define_keeps_own_methods():
    @define.define
    class Thing:
        n = define.attribute()

        def __repr__(self):
            return "mine"
    assert repr(Thing(n=1)) == "mine" and Thing(n=1) == Thing(n=1)
