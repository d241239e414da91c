import os

import pytest

ROOT = os.path.dirname(os.path.abspath(__file__))
GREETING = "hello"


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes a while")


@pytest.fixture(autouse=True)
def no_profile(monkeypatch):
    monkeypatch.delenv("STOCKROOM_SETTINGS", raising=False)


@pytest.fixture(scope="session")
def data():
    return os.path.join(ROOT, "data")


@pytest.fixture(params=["en", "de"])
def language(request):
    return request.param


@pytest.fixture
def customer():
    return "walk-in"


@pytest.fixture
def greeting(language):
    return GREETING if language == "en" else "hallo"
