import os

import pytest

ROOT = os.path.dirname(os.path.abspath(__file__))
GREETING = "hello"
pytest_plugins = []


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes a while")


@pytest.fixture(autouse=True)
def no_profile(monkeypatch):
    """Settings are read anew by each test."""
    monkeypatch.delenv("STOCKROOM_SETTINGS", raising=False)
    from stockroom.conf import settings
    settings.reset()
    yield
    settings.reset()


@pytest.fixture(scope="session")
def data():
    return os.path.join(ROOT, "data")


@pytest.fixture(scope="session")
def carriers():
    from stockroom.plugins import carriers, load_plugins
    load_plugins()
    return carriers


@pytest.fixture(scope="module")
def supplier():
    from stockroom.catalog.models import Supplier
    return Supplier(name="Acme", rating=4).save()


@pytest.fixture
def product(supplier):
    from stockroom.catalog.models import Product
    return Product(name="Blue Pen", price=250, supplier=supplier).save()


@pytest.fixture(params=["en", "de"])
def language(request):
    return request.param


@pytest.fixture
def customer():
    return "walk-in"


@pytest.fixture
def greeting(language):
    return GREETING if language == "en" else "hallo"
