import pytest
from stockroom.schema import Schema, SchemaError, validator
from stockroom.schema.invoices import Customer, Invoice, Person, Position

DATA = {"customer": {"name": " Ada  L", "age": "36", "number": 1234, "vip": "yes"},
        "positions": [{"text": "pen", "cents": "100"}, {"text": "ink", "cents": 50, "tax": 0}]}


@pytest.fixture(scope="class")
def invoice():
    return Invoice(**DATA)


class TestInvoice:
    def test_total(self, invoice):
        assert invoice.total() == 170

    def test_customer(self, invoice):
        assert invoice.customer.name == "Ada L"

    def test_number_is_short(self, invoice):
        assert invoice.customer.number == 234

    def test_vip(self, invoice):
        assert invoice.customer.vip is True

    def test_currency(self, invoice):
        assert invoice.currency == "EUR"

    def test_positions(self, invoice):
        assert [p.cents for p in invoice.positions] == [100, 50]


def test_age_is_converted():
    assert Person(name="A", age="40").age == 40


def test_too_young():
    with pytest.raises(SchemaError, match="too young"):
        Person(name="A", age=17)


def test_default_is_not_checked():
    assert Person(name="A").age == 0


def test_missing():
    with pytest.raises(SchemaError, match="number: missing"):
        Customer(name="A")


def test_extra():
    with pytest.raises(SchemaError, match="unexpected colour"):
        Position(text="x", cents=1, colour="red")


def test_extra_is_allowed():
    assert Invoice(**DATA, colour="red").currency == "EUR"


def test_type_of_field():
    assert Position["cents"] is int


def test_iterates_over_fields():
    assert list(Customer) == ["name", "age", "email", "number", "vip"]


def test_inherited_checks():
    assert sorted(Customer.checks) == ["age", "name", "number"]


def test_optional():
    assert Person(name="A", email=None).email is None


def test_dict():
    assert Position(text="x", cents=5).dict() == {"text": "x", "cents": 5, "tax": 0.2}


def test_own_schema():
    class Even(Schema):
        n: int

        @validator("n")
        def even(self, value):
            return value - value % 2
    assert Even(n="7").n == 6
