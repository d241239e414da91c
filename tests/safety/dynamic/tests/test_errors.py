import pytest
from stockroom import errors


def test_text():
    assert str(errors.OutOfStock(sku="pen")) == "no pen left"


def test_kind_in_text():
    assert str(errors.StockError()) == "StockError failed"


def test_inherited_template():
    assert str(errors.Discontinued(sku="ink")) == "no ink left"


def test_codes():
    codes = errors.StockError.all_codes()
    assert codes["Discontinued"] == 111 and codes["CardDeclined"] == 120 and len(codes) == 6


@pytest.mark.parametrize("kind, retry", [("PaymentError", True), ("CardDeclined", False)])
def test_retry(kind, retry):
    assert getattr(errors, kind).retry is retry


def test_config_error_is_an_attribute_error():
    with pytest.raises(AttributeError):
        raise errors.ConfigError(name="X")


def test_payment():
    try:
        raise errors.CardDeclined(amount=3)
    except errors.PaymentError as e:
        assert str(e) == "cannot charge 3" and not e.retry


def test_codes_add_up():
    assert sum(errors.StockError.all_codes().values()) == 691
