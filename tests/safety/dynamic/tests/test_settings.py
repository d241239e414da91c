import json
import zlib

import pytest
from stockroom.conf import Settings, report, settings


@pytest.fixture(autouse=True)
def fresh_settings():
    settings.reset()
    yield
    settings.reset()


def test_default():
    assert settings.PAGE_SIZE == 24


def test_profile_overrides():
    assert settings.DEBUG is True


def test_extra_is_appended():
    assert settings.MIDDLEWARE == ["audit", "limits", "toolbar"]


def test_app_defaults():
    assert settings.CATALOG_FEATURED == 3 and settings.ORDERS_EXPIRE_DAYS == 14


def test_format():
    assert settings.ORDERS_NUMBER_FORMAT.format(year=2024, serial=7) == "2024-00007"


def test_merged_formats():
    assert settings.FORMATS == {"date": "%d.%m.%Y", "money": "{:.2f}"}


def test_currency_comes_from_constants():
    assert settings.SHOP_CURRENCY == "EUR"


def test_unknown():
    with pytest.raises(AttributeError, match="NOTHING"):
        settings.NOTHING


def test_lower_case_is_private():
    assert not hasattr(Settings("stockroom.conf.profiles.local"), "lower_case_is_private")


@pytest.mark.parametrize("name, value", [("DEBUG", False), ("TAX_RATE", 19), ("CATALOG_FEATURED", 5),
                                         ("ORDERS_FEATURED", 1)])
def test_production(monkeypatch, name, value):
    monkeypatch.setenv("STOCKROOM_SETTINGS", "stockroom.conf.profiles.production")
    assert getattr(settings, name) == value


def test_production_middleware():
    settings.configure("stockroom.conf.profiles.production")
    assert settings.MIDDLEWARE[-2:] == ["toolbar", "cdn"]


def test_all_upper_case():
    names = [n for n in vars(Settings("stockroom.conf.profiles.local")) if n.isupper()]
    assert len(names) == 18


def test_languages(language):
    assert language in dict(settings.LANGUAGES)


def test_greeting(greeting, language):
    assert greeting == {"en": "hello", "de": "hallo"}[language]


@pytest.mark.parametrize("profile, crc", [("local", 454410087), ("production", 3912670277)])
def test_report(profile, crc):
    text = report(Settings(f"stockroom.conf.profiles.{profile}"))
    assert zlib.crc32(text.encode()) == crc


def test_expected(data):
    with open(f"{data}/settings.json") as f:
        for name, value in json.load(f).items():
            assert getattr(settings, name) == value
