import pytest
from stockroom import orm
from stockroom.catalog.models import Bundle, Product, Supplier
from stockroom.orm import F, Integer, Model, Text


class Note(Model):
    text = Text(required=True)
    stars = Integer(default=2)
    rows = ()


@pytest.fixture
def notes():
    Note.rows.clear()
    return [Note(text=t, stars=s).save() for t, s in (("b", 3), ("a", 1), ("c", 2))]


@pytest.fixture
def product(product):
    product.size = "S"
    return product


def test_fields_are_collected():
    assert list(Note.fields) == ["text", "stars"]


def test_mixin_fields():
    assert {"created", "status", "note", "sku"} <= set(Product.fields)


def test_column_names():
    assert Product.fields["created"].column == "created_at" and Product.fields["supplier"].column == "supplier_id"


def test_registered():
    assert orm.registry["Product"] is Product and "Model" not in orm.registry


@pytest.mark.parametrize("model, plural", [("Product", "merchandise"), ("Supplier", "suppliers"), ("Bundle", "bundles")])
def test_table(model, plural):
    assert orm.registry[model].table == plural


def test_default():
    assert Note(text="x").stars == 2


def test_required():
    with pytest.raises(TypeError, match="needs text"):
        Note()


def test_unknown_field():
    with pytest.raises(TypeError, match="no field colour"):
        Note(text="x", colour="red")


def test_text_is_cut():
    assert len(Note(text="x" * 30).text) == 20


def test_money_is_rounded():
    assert Product(name="x", price=123).price == 120


def test_money_is_hidden():
    assert "price" not in Product(name="x").as_dict()


def test_hidden_on_request():
    assert Product(name="x").as_dict(hidden=True)["price"] == 100


def test_slug(product):
    assert product.sku == "blue-pen"


def test_choice():
    with pytest.raises(ValueError):
        Product(name="x", size="XXL")


def test_choice_default():
    assert Product(name="x").size == "M"


def test_overridden_fixture(product):
    assert product.size == "S" and product.price == 250


def test_check():
    with pytest.raises(ValueError, match="Supplier.rating: 9"):
        Supplier(name="x", rating=9)


def test_describe():
    assert str(Supplier(name="x")) == "Supplier(name:text, rating:integer)"


def test_describe_reference():
    assert "supplier->Supplier" in str(Product(name="x"))


def test_reference(product, supplier):
    assert product.supplier == supplier


def test_reference_of_wrong_type():
    with pytest.raises(TypeError, match="is a Supplier"):
        Product(name="x", supplier=Note(text="x"))


def test_back_reference(product, supplier):
    assert product in supplier.products


def test_hooks():
    assert Bundle.hooks == ("before_bundle", "before_create", "before_save")


def test_hook_sets_time(product):
    assert product.created == 1010


def test_bundle_hook():
    assert Bundle(name="x", parts=1).save().parts == 2


def test_soft_delete(product):
    product.delete()
    assert product.deleted and product.note == "no reason"


def test_not_deleted():
    assert not Product(name="x").deleted


def test_equality():
    assert Note(text="a") == Note(text="a") != Note(text="b")


def test_get_by_pk(notes):
    assert Note[2].text == "a"


def test_len(notes):
    assert len(Note) == 3


@pytest.mark.parametrize("lookups, texts", [
    ({"stars": 1}, "a"), ({"stars__gt": 1}, "bc"), ({"stars__lt": 3}, "ac"), ({"text__in": "ab"}, "ba"),
    ({"text__startswith": "c"}, "c"), ({"stars__exact": 3}, "b")])
def test_lookup(notes, lookups, texts):
    assert "".join(n.text for n in Note.objects().filter(**lookups)) == texts


def test_condition(notes):
    both = (F("stars") > 1) & (F("text") != "c")
    assert [n.text for n in Note.objects().filter(both)] == ["b"]


def test_or_and_not(notes):
    either = (F("stars") >= 3) | ~(F("text") == "c")
    assert len(Note.objects().filter(either)) == 2


def test_order_by_name(notes):
    assert "".join(n.text for n in Note.objects().by_text()) == "abc"


def test_sum(notes):
    assert Note.objects().sum_stars() == 6


def test_no_such_verb(notes):
    with pytest.raises(AttributeError):
        Note.objects().max_stars


def test_get_fails():
    with pytest.raises(LookupError):
        Note.objects().get(text="zzz")


def test_star():
    assert set(orm.__all__) >= {"Choice", "Money", "Model", "F"}


def test_all_tables():
    tables = sorted(m.table for m in orm.registry.values() if m.__module__.startswith("stockroom"))
    assert len(tables) >= 3 and all(t.islower() for t in tables)


def test_defaults_of_all_fields():
    model = orm.registry["Bun" + "dle"]
    defaults = [f.default for name, f in sorted(model.fields.items()) if isinstance(f.default, int)]
    assert defaults == [0, 2, 90, 100]
