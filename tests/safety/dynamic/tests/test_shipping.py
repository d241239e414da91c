import os
import subprocess
import sys
from collections import Counter

import pytest
from stockroom import _compat, interfaces, plugins
from stockroom.conf import settings


@pytest.fixture(scope="session")
def carriers():
    plugins.load_plugins()
    return plugins.carriers


@pytest.fixture
def production():
    settings.configure("stockroom.conf.profiles.production")
    yield
    settings.reset()


def test_found(carriers):
    assert sorted(carriers) == ["collect", "drone", "express", "night", "pickup"]


def test_load():
    assert "express" in plugins.load_plugins()


@pytest.mark.parametrize("name, grams, cents", [("express", 500, 950), ("night", 100, 910), ("pickup", 1, 0),
                                                ("drone", 400, 700), ("drone", 550, 400)])
def test_cost(carriers, name, grams, cents):
    assert carriers[name]().cost(grams) == cents


@pytest.mark.parametrize("name, label", [("express", "express (1 days)"), ("pickup", "counter 4"),
                                         ("night", "night (0 days)"), ("drone", "drone (3 days)")])
def test_label(carriers, name, label):
    assert carriers[name]().label == label


@pytest.mark.parametrize("name, grams", [("express", 1000), ("pickup", 5000), ("drone", 600)])
def test_accepts(carriers, name, grams):
    assert carriers[name]().accepts(grams) and not carriers[name]().accepts(grams + 1)


def test_alias(carriers):
    assert carriers["collect"] is carriers["pickup"]


def test_cheapest(carriers):
    assert plugins.cheapest(300) == "pickup"


def test_default_carrier():
    assert type(plugins.default_carrier()).__name__ == "Pickup"


def test_production_carrier(production):
    assert plugins.default_carrier().days == 1


def test_import_string():
    assert plugins.import_string("stockroom.plugins.express.Express").base == 900


def test_rates():
    assert _compat.quote("B") == 950


def test_rates_version():
    assert _compat.rates_version() == "2.1.0"


def test_have():
    assert _compat.HAVE_RATES and not _compat.HAVE_FASTCRC


def test_counter_learned():
    assert Counter("aab").ranked() == ["a", "b"]


def test_cached_property():
    class C:
        n = 0

        @_compat.cached_property
        def value(self):
            self.n += 1
            return self.n
    c = C()
    assert (c.value, c.value) == (1, 1)


def test_bike():
    assert interfaces.Bike().cost(500) == 305


def test_van():
    assert interfaces.Van().cost(2000) == 980


def test_van_accepts():
    assert interfaces.Van().accepts(500_000) and not interfaces.Van().accepts(600_000)


def test_abstract():
    with pytest.raises(TypeError):
        interfaces.Transport()


def test_pigeon():
    assert isinstance(interfaces.Pigeon(), interfaces.Transport)


def test_priced():
    class Thing:
        price = 3
    assert isinstance(Thing(), interfaces.Priced) and not isinstance(3, interfaces.Priced)


@pytest.mark.parametrize("kind, storable", [("Crate", True), ("Envelope", False)])
def test_storable(kind, storable):
    assert issubclass(getattr(interfaces, kind), interfaces.Storable) is storable


def child(request, script, *args):
    """Exit status and output of one of our scripts."""
    paths = [p for p in sys.path if p.endswith(("/src", "/site-packages"))]
    path = os.pathsep.join([os.environ.get("PYTHONPATH", ""), *paths])
    done = subprocess.run([sys.executable, request.path.parent / "scripts" / script, *args],
                          capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path})
    return done.returncode, done.stdout.strip()


def test_stocktake(request, data):
    assert child(request, "stocktake.py", f"{data}/stock.csv") == (0, "Stock: 15 pieces of 2 kinds")


def test_codes_of_a_child(request):
    code, out = child(request, "codes.py")
    assert code == 0 and "OutOfStock=110" in out
