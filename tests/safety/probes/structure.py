"""The shape of the project: conftests, configuration, hooks, parametrization, modules that appear,
vanish or shadow others, own collectors, doctests, unittest."""

import os

from . import probe, step

# ---- conftest ----

probe("new conftest with an autouse fixture", '''
== lib.py
V = {"x": 1}
== sub/test_a.py
import lib
def test_a(): assert lib.V["x"] == 1
== test_b.py
def test_b(): pass
''', row="k2", n2=True, edit={"sub/conftest.py": '''
import pytest, lib
@pytest.fixture(autouse=True)
def change(monkeypatch):
    monkeypatch.setitem(lib.V, "x", 2)
'''}, must="sub/test_a.py::test_a", must_not="test_b.py::test_b")

probe("new conftest in the root", '''
== lib.py
V = {"x": 1}
== sub/test_a.py
import lib
def test_a(): assert lib.V["x"] == 1
''', row="k2", edit={"conftest.py": '''
import pytest, lib
@pytest.fixture(autouse=True)
def change(monkeypatch):
    monkeypatch.setitem(lib.V, "x", 2)
'''}, must="sub/test_a.py::test_a")

probe("new conftest that overrides a fixture", '''
== conftest.py
import pytest
@pytest.fixture
def thing():
    return 1
== sub/test_a.py
def test_a(thing): assert thing == 1
== test_b.py
def test_b(thing): assert thing == 1
''', row="k2", edit={"sub/conftest.py": '''
import pytest
@pytest.fixture
def thing():
    return 2
'''}, must="sub/test_a.py::test_a", must_not="test_b.py::test_b")

probe("conftest removed", '''
== conftest.py
import pytest
@pytest.fixture
def thing():
    return 1
== sub/conftest.py
import pytest
@pytest.fixture
def thing():
    return 2
== sub/test_a.py
def test_a(thing): assert thing == 2
== test_b.py
def test_b(thing): assert thing == 1
''', row="k2", edit={"sub/conftest.py": None}, must="sub/test_a.py::test_a", must_not="test_b.py::test_b")

probe("conftest without executed lines removed", '''
== lib.py
V = []
== conftest.py
import lib
lib.V.append(1)
== test_a.py
import lib
def test_a(): assert lib.V == [1]
''', row="k2", edit={"conftest.py": None}, must="test_a.py::test_a")

probe("conftest renamed to another folder", '''
== one/conftest.py
import pytest
@pytest.fixture
def thing():
    return 1
== one/test_a.py
def test_a(thing): assert thing == 1
== two/test_b.py
def test_b(): pass
''', edit=lambda root: os.rename(f"{root}/one/conftest.py", f"{root}/two/conftest.py"),
      must="one/test_a.py::test_a", spare="two/test_b.py::test_b")

probe("autouse fixture added to a conftest", '''
== lib.py
V = {"x": 1}
== sub/conftest.py
import lib
== sub/test_a.py
import lib
def test_a(): assert lib.V["x"] == 1
== test_b.py
def test_b(): pass
''', row="h2", edit={"sub/conftest.py": '''
import pytest, lib
@pytest.fixture(autouse=True)
def change(monkeypatch):
    monkeypatch.setitem(lib.V, "x", 2)
'''}, must="sub/test_a.py::test_a", must_not="test_b.py::test_b")

probe("autouse fixture added to an empty conftest", '''
== lib.py
V = {"x": 1}
== conftest.py
== test_a.py
import lib
def test_a(): assert lib.V["x"] == 1
''', row="h2", edit={"conftest.py": '''
import pytest, lib
@pytest.fixture(autouse=True)
def change(monkeypatch):
    monkeypatch.setitem(lib.V, "x", 2)
'''}, must="test_a.py::test_a")

probe("fixture overridden nearer, existing conftest", '''
== conftest.py
import pytest
@pytest.fixture
def thing():
    return 1
== sub/conftest.py
X = 1
== sub/test_a.py
def test_a(thing): assert thing == 1
== test_b.py
def test_b(thing): assert thing == 1
''', edit={"sub/conftest.py": '''
import pytest
@pytest.fixture
def thing():
    return 2
'''}, must="sub/test_a.py::test_a", must_not="test_b.py::test_b")

probe("fixture overridden in the test file", '''
== conftest.py
import pytest
@pytest.fixture
def thing():
    return 1
== test_a.py
def test_a(thing): assert thing == 1
''', edit={"test_a.py": '''
import pytest
@pytest.fixture
def thing():
    return 2
def test_a(thing): assert thing == 1
'''}, must="test_a.py::test_a")

probe("conftest's import-time helper", '''
== boot.py
import os
STATE = []
def boot():
    STATE.append("up")
== conftest.py
import boot
boot.boot()
== test_a.py
import boot
def test_a(): assert boot.STATE == ["up"]
''', edit={"boot.py": ('"up"', '"down"')}, must="test_a.py::test_a")

# ---- configuration ----

probe("pytest.ini: xfail_strict", '''
== pytest.ini
[pytest]
== test_a.py
import pytest
@pytest.mark.xfail
def test_a(): pass
''', row="k3", edit={"pytest.ini": "[pytest]\nxfail_strict = true\n"}, must="test_a.py::test_a")

probe("pytest.ini: filterwarnings", '''
== pytest.ini
[pytest]
== test_a.py
import warnings
def test_a(): warnings.warn("x")
''', row="k3", n2=True, edit={"pytest.ini": "[pytest]\nfilterwarnings = error\n"}, must="test_a.py::test_a")

probe("pyproject.toml: filterwarnings", '''
== pyproject.toml
[tool.pytest.ini_options]
minversion = "6.0"
== test_a.py
import warnings
def test_a(): warnings.warn("x")
''', row="k3", edit={"pyproject.toml": '[tool.pytest.ini_options]\nfilterwarnings = ["error"]\n'}, must="test_a.py::test_a")

probe("pytest.ini: python_functions", '''
== test_a.py
def test_a(): pass
def check_b(): pass
''', row="k3", edit={"pytest.ini": "[pytest]\npython_functions = test_* check_*\n"}, must="test_a.py::check_b",
      spare="test_a.py::test_a")

probe("pytest.ini: addopts with an option that changes outcomes", '''
== pytest.ini
[pytest]
== test_a.py
import warnings
def test_a(): warnings.warn("x")
''', row="k3", edit={"pytest.ini": "[pytest]\naddopts = -W error\n"}, must="test_a.py::test_a")

probe("pytest.ini: pythonpath", '''
== pytest.ini
[pytest]
pythonpath = one
== one/impl.py
V = 1
== two/impl.py
V = 2
== test_a.py
import impl
def test_a(): assert impl.V == 1
''', row="k3", edit={"pytest.ini": "[pytest]\npythonpath = two\n"}, must="test_a.py::test_a")

probe("what the compiler warns of is an error", '''
== pytest.ini
[pytest]
filterwarnings = error
== lib.py
def f():
    """Text."""
    return 1
def g():
    pass
== test_lib.py
import lib
def test_f(): assert lib.f() == 1
''', steps=[step({"lib.py": ("    pass", '    assert (1, "x")')}, must="test_lib.py::test_f"),
          step({"lib.py": ('    assert (1, "x")', "    pass")})], kind="safety")

probe("command line: -W error", '''
== test_a.py
import warnings
def test_a(): warnings.warn("x")
def test_b(): pass
''', row="k3", args="-W error", first=step(), must="test_a.py::test_a", spare="test_a.py::test_b")

probe("own command line option", '''
== conftest.py
def pytest_addoption(parser):
    parser.addoption("--level", default="low")
== test_a.py
def test_a(request): assert request.config.getoption("--level") == "low"
''', args="--level=high", first=step(), must="test_a.py::test_a")

probe("own flag that skips tests", '''
== conftest.py
import pytest
def pytest_addoption(parser):
    parser.addoption("--runslow", action="store_true")
def pytest_collection_modifyitems(config, items):
    if not config.getoption("--runslow"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="slow"))
== pytest.ini
[pytest]
markers = slow
== test_a.py
import pytest
@pytest.mark.slow
def test_slow(): pass
def test_fast(): pass
''', args="--runslow", first=step(), must="test_a.py::test_slow", spare="test_a.py::test_fast")

probe("own ini key", '''
== pytest.ini
[pytest]
level = low
== conftest.py
def pytest_addoption(parser):
    parser.addini("level", "the level")
== test_a.py
def test_a(request): assert request.config.getini("level") == "low"
''', row="k3", edit={"pytest.ini": "[pytest]\nlevel = high\n"}, must="test_a.py::test_a")

# ---- hooks ----

probe("pytest_generate_tests gains a value", '''
== conftest.py
def pytest_generate_tests(metafunc):
    if "n" in metafunc.fixturenames:
        metafunc.parametrize("n", [1, 2])
== test_a.py
def test_n(n): assert n
== test_b.py
def test_b(): pass
''', row="k6", n2=True, edit={"conftest.py": ("[1, 2]", "[1, 2, 0]")}, must="test_a.py::test_n[0]",
      spare="test_a.py::test_n[1] test_b.py::test_b")

probe("pytest_generate_tests in another module", '''
== gen.py
def values():
    return [1, 2]
== conftest.py
import gen
def pytest_generate_tests(metafunc):
    if "n" in metafunc.fixturenames:
        metafunc.parametrize("n", gen.values())
== test_a.py
def test_n(n): assert n
''', row="k6", edit={"gen.py": ("[1, 2]", "[1, 2, 0]")}, must="test_a.py::test_n[0]", spare="test_a.py::test_n[1]")

probe("parametrize data in another module, new value", '''
== cases.py
CASES = [1, 2]
== test_a.py
import pytest, cases
@pytest.mark.parametrize("n", cases.CASES)
def test_n(n): assert n
== test_b.py
def test_b(): pass
''', row="t2", n2=True, edit={"cases.py": ("[1, 2]", "[1, 2, 0]")}, must="test_a.py::test_n[0]",
      spare="test_a.py::test_n[1]", must_not="test_b.py::test_b")

probe("parametrize data in another module, new value of the same id", '''
== cases.py
CASES = [({"x": 1}), ({"x": 2})]
== test_a.py
import pytest, cases
@pytest.mark.parametrize("c", cases.CASES)
def test_c(c): assert c["x"] in (1, 2)
''', row="t2", edit={"cases.py": ('{"x": 2}', '{"x": 3}')}, must="test_a.py::test_c[c1]", spare="test_a.py::test_c[c0]")

probe("parametrize data made by a function elsewhere", '''
== cases.py
def make():
    return [1, 2]
== test_a.py
import pytest, cases
@pytest.mark.parametrize("n", cases.make())
def test_n(n): assert n
== test_b.py
def test_b(): pass
''', row="t2", edit={"cases.py": ("[1, 2]", "[1, 0]")}, must="test_a.py::test_n[0]", spare="test_a.py::test_n[1]",
      must_not="test_b.py::test_b")

probe("parametrize list in the test file extended", '''
== test_a.py
import pytest
@pytest.mark.parametrize("n", [1, 2])
def test_n(n): assert n
def test_m(): pass
''', row="t", edit={"test_a.py": ("[1, 2]", "[1, 2, 0]")}, must="test_a.py::test_n[0]", spare="test_a.py::test_n[1] test_a.py::test_m")

probe("parametrize value changed, same id", '''
== test_a.py
import pytest
@pytest.mark.parametrize("c", [{"x": 1}, {"x": 2}])
def test_c(c): assert c["x"] < 3
def test_m(): pass
''', row="t", edit={"test_a.py": ('{"x": 2}', '{"x": 3}')}, must="test_a.py::test_c[c1]", spare="test_a.py::test_m")

probe("ids function elsewhere", '''
== cases.py
def name(v):
    return "v%d" % v
== test_a.py
import pytest, cases
@pytest.mark.parametrize("n", [1], ids=cases.name)
def test_n(n): assert n
''', edit={"cases.py": ('"v%d"', '"w%d"')}, must="test_a.py::test_n[w1]")

probe("pytestmark skipif by a constant elsewhere", '''
== flags.py
SKIP = False
== test_a.py
import flags, pytest
pytestmark = pytest.mark.skipif(flags.SKIP, reason="flag")
def test_a(): pass
== test_b.py
def test_b(): pass
''', row="x", edit={"flags.py": ("False", "True")}, must="test_a.py::test_a", must_not="test_b.py::test_b")

probe("skipif by a function elsewhere", '''
== flags.py
def skip():
    return True
== test_a.py
import flags, pytest
@pytest.mark.skipif(flags.skip(), reason="flag")
def test_a(): pass
== test_b.py
def test_b(): pass
''', row="x", edit={"flags.py": ("True", "False")}, must="test_a.py::test_a", must_not="test_b.py::test_b")

probe("skip removed under a leading comment", '''
== test_a.py
# licence
import pytest
@pytest.mark.skip
def test_a(): pass
''', row="x", edit={"test_a.py": ("@pytest.mark.skip\n", "")}, must="test_a.py::test_a")

probe("skip removed", '''
== test_a.py
import pytest
@pytest.mark.skip
def test_a(): pass
''', row="x2", edit={"test_a.py": ("@pytest.mark.skip\n", "")}, must="test_a.py::test_a")

probe("module skipped by importorskip", '''
== test_a.py
import pytest
opt = pytest.importorskip("optional_mod")
def test_a(): assert opt.X == 1
== test_b.py
def test_b(): pass
''', row="k", edit={"optional_mod.py": "X = 1\n"}, must="test_a.py::test_a", must_not="test_b.py::test_b")

probe("module skipped at module level by a flag elsewhere", '''
== flags.py
ON = False
== test_a.py
import pytest, flags
if not flags.ON:
    pytest.skip("off", allow_module_level=True)
def test_a(): pass
== test_b.py
def test_b(): pass
''', edit={"flags.py": ("False", "True")}, must="test_a.py::test_a", must_not="test_b.py::test_b")

probe("hook in conftest: pytest_runtest_setup", '''
== conftest.py
import pytest
def pytest_runtest_setup(item):
    if item.name == "test_x":
        pytest.skip("hook")
== test_a.py
def test_a(): pass
def test_b(): pass
''', edit={"conftest.py": ('"test_x"', '"test_a"')}, must="test_a.py::test_a", spare="test_a.py::test_b")

probe("hook in conftest: helper of pytest_runtest_call", '''
== conftest.py
import helper, pytest
@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    helper.before(item)
    return (yield)
== helper.py
def before(item):
    assert item.name
== test_a.py
def test_a(): pass
def test_b(): pass
''', edit={"helper.py": ("item.name", "item.name != 'test_a'")}, must="test_a.py::test_a", spare="test_a.py::test_b")

probe("hook in conftest: pytest_configure", '''
== lib.py
V = []
== conftest.py
import lib
def pytest_configure(config):
    lib.V.append(1)
== test_a.py
import lib
def test_a(): assert lib.V == [1]
''', edit={"conftest.py": ("append(1)", "append(2)")}, must="test_a.py::test_a")

probe("hook in conftest: helper of pytest_configure", '''
== lib.py
V = []
def fill():
    V.append(1)
== conftest.py
import lib
def pytest_configure(config):
    lib.fill()
== test_a.py
import lib
def test_a(): assert lib.V == [1]
''', n2=True, edit={"lib.py": ("append(1)", "append(2)")}, must="test_a.py::test_a")

probe("hook in conftest: helper of pytest_sessionstart", '''
== lib.py
V = []
def fill():
    V.append(1)
== conftest.py
import lib
def pytest_sessionstart(session):
    lib.fill()
== test_a.py
import lib
def test_a(): assert lib.V == [1]
''', edit={"lib.py": ("append(1)", "append(2)")}, must="test_a.py::test_a")

probe("hook in conftest: helper of pytest_collection_modifyitems", '''
== lib.py
def mark(items):
    for i in items:
        i.user_level = 1
== conftest.py
import lib
def pytest_collection_modifyitems(items):
    lib.mark(items)
== test_a.py
def test_a(request): assert request.node.user_level == 1
''', edit={"lib.py": ("= 1", "= 2")}, must="test_a.py::test_a")

probe("hook in conftest: pytest_pyfunc_call", '''
== lib.py
def call(item):
    item.obj()
    return True
== conftest.py
import lib
def pytest_pyfunc_call(pyfuncitem):
    return lib.call(pyfuncitem)
== test_a.py
def test_a(): pass
''', edit={"lib.py": ("item.obj()", "raise ValueError")}, must="test_a.py::test_a")

probe("hook in conftest: pytest_assertrepr_compare and makereport", '''
== conftest.py
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    out = yield
    rep = out.get_result()
    if FORCE:
        rep.outcome = "failed"
        rep.longrepr = "forced"
FORCE = False
== test_a.py
def test_a(): pass
''', edit={"conftest.py": ("FORCE = False", "FORCE = True")}, must="test_a.py::test_a")

probe("hook added to a conftest", '''
== conftest.py
X = 1
== test_a.py
def test_a(): pass
''', edit={"conftest.py": "import pytest\ndef pytest_runtest_setup(item):\n    pytest.skip('hook')\n"}, must="test_a.py::test_a")

probe("conftest: collect_ignore", '''
== conftest.py
collect_ignore = []
== test_a.py
def test_a(): pass
== test_b.py
def test_b(): pass
''', steps=[step({"conftest.py": 'collect_ignore = ["test_a.py"]\n'}, spare="test_b.py::test_b"),
            step({"conftest.py": "collect_ignore = []\n", "test_a.py": "def test_a(): assert 0\n"},
                 must="test_a.py::test_a")], kind="safety")

# ---- plugins in the repository ----

probe("plugin by pytest_plugins", '''
== plug.py
import pytest
def make():
    return 1
@pytest.fixture
def thing():
    return make()
== conftest.py
pytest_plugins = ["plug"]
== test_a.py
def test_a(thing): assert thing == 1
def test_b(): pass
''', edit={"plug.py": ("return 1", "return 2")}, must="test_a.py::test_a", must_not="test_a.py::test_b")

probe("plugin by pytest_plugins, constant", '''
== plug.py
import pytest
V = 1
@pytest.fixture
def thing():
    return V
== conftest.py
pytest_plugins = ["plug"]
== test_a.py
def test_a(thing): assert thing == 1
def test_b(): pass
''', edit={"plug.py": ("V = 1", "V = 2")}, must="test_a.py::test_a", spare="test_a.py::test_b")

probe("plugin by -p", '''
== plug.py
import pytest
def make():
    return 1
@pytest.fixture
def thing():
    return make()
== test_a.py
def test_a(thing): assert thing == 1
def test_b(): pass
''', args="-p plug", n2=True, edit={"plug.py": ("return 1", "return 2")}, must="test_a.py::test_a", spare="test_a.py::test_b")

probe("plugin by -p in addopts, hook's helper", '''
== pytest.ini
[pytest]
addopts = -p plug
pythonpath = .
== plug.py
import pytest
def level():
    return 1
def pytest_configure(config):
    config.level = level()
== test_a.py
def test_a(request): assert request.config.level == 1
''', edit={"plug.py": ("return 1", "return 2")}, must="test_a.py::test_a")

probe("plugin by -p, autouse fixture added", '''
== lib.py
V = {"x": 1}
== plug.py
import pytest
== test_a.py
import lib
def test_a(): assert lib.V["x"] == 1
''', args="-p plug", edit={"plug.py": '''
import pytest, lib
@pytest.fixture(autouse=True)
def change(monkeypatch):
    monkeypatch.setitem(lib.V, "x", 2)
'''}, must="test_a.py::test_a")

probe("assert-rewritten helper of the tests", '''
== conftest.py
import pytest
pytest.register_assert_rewrite("helpers")
== helpers.py
def check(x):
    assert x == 1
== test_a.py
from helpers import check
def test_a(): check(1)
def test_b(): pass
''', edit={"helpers.py": ("x == 1", "x == 2")}, must="test_a.py::test_a", must_not="test_a.py::test_b")

# ---- modules that appear, vanish, shadow ----

probe("optional module appears", '''
== app.py
try:
    import fast
    IMPL = fast.NAME
except ImportError:
    IMPL = "slow"
== test_app.py
import app
def test_impl(): assert app.IMPL == "slow"
== test_b.py
def test_b(): pass
''', row="k", n2=True, edit={"fast.py": "NAME = 'fast'\n"}, must="test_app.py::test_impl", must_not="test_b.py::test_b")

probe("optional module appears, import in a function", '''
== app.py
def impl():
    try:
        import fast
        return fast.NAME
    except ImportError:
        return "slow"
== test_app.py
import app
def test_impl(): assert app.impl() == "slow"
def test_b(): pass
''', row="k", edit={"fast.py": "NAME = 'fast'\n"}, must="test_app.py::test_impl")

probe("optional submodule appears", '''
== pkg/__init__.py
try:
    from . import fast
    IMPL = "fast"
except ImportError:
    IMPL = "slow"
== test_app.py
import pkg
def test_impl(): assert pkg.IMPL == "slow"
== test_b.py
def test_b(): pass
''', row="k", edit={"pkg/fast.py": ""}, must="test_app.py::test_impl", must_not="test_b.py::test_b")

probe("optional module found by find_spec appears", '''
== app.py
import importlib.util
HAS = importlib.util.find_spec("fast") is not None
== test_app.py
import app
def test_has(): assert not app.HAS
''', row="k", edit={"fast.py": ""}, must="test_app.py::test_has")

probe("optional module vanishes", '''
== fast.py
NAME = "fast"
== app.py
try:
    from fast import NAME
except ImportError:
    NAME = "slow"
== test_app.py
import app
def test_name(): assert app.NAME == "fast"
== test_b.py
def test_b(): pass
''', row="k", edit={"fast.py": None}, must="test_app.py::test_name", must_not="test_b.py::test_b")

probe("name missing in a module appears", '''
== impl.py
X = 1
== app.py
try:
    from impl import FAST
except ImportError:
    FAST = None
== test_app.py
import app
def test_fast(): assert app.FAST is None
''', row="k", edit={"impl.py": "X = 1\nFAST = 2\n"}, must="test_app.py::test_fast")

probe("package shadows a module", '''
== impl.py
V = 1
== app.py
import impl
def v():
    return impl.V
== test_app.py
import app
def test_v(): assert app.v() == 1
== test_b.py
def test_b(): pass
''', row="k", edit={"impl/__init__.py": "V = 2\n"}, must="test_app.py::test_v", must_not="test_b.py::test_b")

probe("module shadows one of a later sys.path entry", '''
== pytest.ini
[pytest]
pythonpath = one two
== one/keep.py
== two/impl.py
V = 1
== test_app.py
import impl
def test_v(): assert impl.V == 1
== test_b.py
def test_b(): pass
''', row="k", edit={"one/impl.py": "V = 2\n"}, must="test_app.py::test_v", must_not="test_b.py::test_b")

probe("module shadows a standard library module", '''
== app.py
import colorsys
def has():
    return hasattr(colorsys, "rgb_to_hsv")
== test_app.py
import app
def test_has(): assert app.has()
== test_b.py
def test_b(): pass
''', row="k", edit={"colorsys.py": "V = 2\n"}, must="test_app.py::test_has", must_not="test_b.py::test_b")

probe("module becomes a package", '''
== impl.py
V = 1
== test_app.py
import impl
def test_v(): assert impl.V == 1
== test_b.py
def test_b(): pass
''', row="k", edit={"impl.py": None, "impl/__init__.py": "V = 2\n"}, must="test_app.py::test_v",
      must_not="test_b.py::test_b")

probe("namespace package becomes regular", '''
== ns/leaf.py
V = 1
== test_app.py
import ns.leaf
def test_ns(): assert ns.__file__ is None and ns.leaf.V == 1
== test_b.py
def test_b(): pass
''', edit={"ns/__init__.py": "from . import leaf\nleaf.V = 2\n"}, must="test_app.py::test_ns", must_not="test_b.py::test_b")

probe("namespace portion shadowed by an earlier one", '''
== pytest.ini
[pytest]
pythonpath = one two
== one/ns/other.py
== two/ns/leaf.py
V = 1
== test_app.py
from ns import leaf
def test_v(): assert leaf.V == 1
== test_b.py
def test_b(): pass
''', edit={"one/ns/leaf.py": "V = 2\n"}, must="test_app.py::test_v", must_not="test_b.py::test_b")

probe("relative import resolves to a new submodule instead of an attribute", '''
== pkg/__init__.py
from .names import *
== pkg/names.py
conf = "attribute"
== app.py
def read():
    from pkg import conf
    return conf
== test_app.py
import app
def test_read(): assert app.read() == "attribute"
''', edit={"pkg/names.py": "from . import conf\n", "pkg/conf.py": ""}, must="test_app.py::test_read")

probe("modules discovered by pkgutil", '''
== plugins/__init__.py
import pkgutil
NAMES = [m.name for m in pkgutil.iter_modules(__path__)]
== plugins/a.py
== test_app.py
import plugins
def test_names(): assert plugins.NAMES == ["a"]
== test_b.py
def test_b(): pass
''', issue=4, edit={"plugins/b.py": ""}, must="test_app.py::test_names", must_not="test_b.py::test_b")

probe("module imported from a folder that a test put on sys.path", '''
== extra/impl.py
V = 1
== test_a.py
import sys, os
def test_a():
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "extra"))
    import impl
    assert impl.V == 1
def test_b():
    import impl
    assert impl.V + 1 == 2
''', row="acquit", edit={"extra/impl.py": ("V = 1", "V = 2")}, must="test_a.py::test_a test_a.py::test_b")

probe("code beside the root", '''
== proj/pytest.ini
[pytest]
== sib/lib.py
def one():
    return 1
== proj/conftest.py
import sys, os
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "sib"))
== proj/test_a.py
import lib
def test_a(): assert lib.one() == 1
def test_b(): pass
''', row="aa", cwd="proj", edit={"sib/lib.py": ("return 1", "return 2")}, must="test_a.py::test_a",
      must_not="test_a.py::test_b")

probe("constant beside the root", '''
== proj/pytest.ini
[pytest]
pythonpath = ../sib
== sib/lib.py
ONE = 1
== proj/test_a.py
import lib
def test_a(): assert lib.ONE == 1
== proj/test_b.py
def test_b(): pass
''', row="aa", cwd="proj", edit={"sib/lib.py": ("ONE = 1", "ONE = 2")}, must="test_a.py::test_a",
      must_not="test_b.py::test_b")

probe("cwd is a sub-directory that has a file of the same name", '''
== m.py
def f():
    return 1
== sub/m.py
def f():
    return 1
== sub/__init__.py
== conftest.py
== tests/test_a.py
import sys, os
sys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))
def test_a():
    import m
    assert m.f() == 1 and "sub" not in m.__file__
''', row="ae", cwd="tests", edit={"m.py": ("return 1", "return 2")}, must="tests/test_a.py::test_a")

probe("src layout", '''
== pytest.ini
[pytest]
pythonpath = src
== src/pkg/__init__.py
from .core import run
== src/pkg/core.py
from .conf import LIMIT
def run():
    return LIMIT
== src/pkg/conf.py
LIMIT = 1
== tests/test_a.py
import pkg
def test_a(): assert pkg.run() == 1
== tests/test_b.py
def test_b(): pass
''', row="a", edit={"src/pkg/conf.py": ("1", "2")}, must="tests/test_a.py::test_a", must_not="tests/test_b.py::test_b")

probe("import mode importlib", '''
== pytest.ini
[pytest]
addopts = --import-mode=importlib
pythonpath = .
== lib.py
ONE = 1
def f():
    return ONE
== one/test_a.py
import lib
def test_a(): assert lib.f() == 1
== two/test_a.py
def test_a(): pass
''', row="a", edit={"lib.py": ("ONE = 1", "ONE = 2")}, must="one/test_a.py::test_a", must_not="two/test_a.py::test_a")

probe("helper imported from another test folder", '''
== one/__init__.py
== one/helpers.py
def make():
    return 1
== one/test_a.py
from one.helpers import make
def test_a(): assert make() == 1
== two/__init__.py
== two/test_b.py
from one.helpers import make
def test_b(): assert make() == 1
def test_c(): pass
''', edit={"one/helpers.py": ("return 1", "return 2")}, must="one/test_a.py::test_a two/test_b.py::test_b",
      must_not="two/test_b.py::test_c")

probe("test file imports another test file", '''
== test_base.py
V = 1
class Base:
    def test_v(self): assert V == 1
== test_sub.py
from test_base import Base as _B
class TestSub(_B):
    pass
def test_x(): pass
''', edit={"test_base.py": ("V = 1", "V = 2")}, must="test_sub.py::TestSub::test_v", spare="test_sub.py::test_x")

probe("same-named test modules in two folders", '''
== one/__init__.py
== one/util.py
V = 1
== one/test_a.py
from .util import V
def test_a(): assert V == 1
== two/__init__.py
== two/util.py
V = 1
== two/test_a.py
from .util import V
def test_a(): assert V == 1
''', edit={"two/util.py": ("V = 1", "V = 2")}, must="two/test_a.py::test_a", must_not="one/test_a.py::test_a")

# ---- tests that appear, vanish, move ----

probe("new test file", '''
== test_a.py
def test_a(): pass
''', row="k4", n2=True, edit={"test_b.py": "def test_b(): pass\n"}, must="test_b.py::test_b", must_not="test_a.py::test_a")

probe("new test function", '''
== test_a.py
def test_a(): pass
def test_b(): pass
''', row="k5", edit={"test_a.py": ("def test_b", "def test_new(): pass\ndef test_b")}, must="test_a.py::test_new",
      spare="test_a.py::test_a test_a.py::test_b")

probe("new method in a mixin of test classes", '''
== mixin.py
class Mixin:
    def test_one(self): assert self.value
== test_a.py
from mixin import Mixin
class TestA(Mixin):
    value = 1
== test_b.py
def test_b(): pass
''', row="k4", edit={"mixin.py": ("class Mixin:", "class Mixin:\n    def test_two(self): pass")},
      must="test_a.py::TestA::test_two", spare="test_a.py::TestA::test_one", must_not="test_b.py::test_b")

probe("new test in a test file that had none", '''
== test_a.py
X = 1
== test_b.py
def test_b(): pass
''', row="k5", edit={"test_a.py": "def test_a(): pass\n"}, must="test_a.py::test_a", must_not="test_b.py::test_b")

probe("tests made from data elsewhere in a file that had none", '''
== cases.py
CASES = []
== test_a.py
import cases
for c in cases.CASES:
    def t(c=c): assert c
    globals()["test_%s" % c] = t
== test_b.py
def test_b(): pass
''', row="k6", edit={"cases.py": "CASES = ['x']\n"}, must="test_a.py::test_x", must_not="test_b.py::test_b")

probe("test file renamed", '''
== test_a.py
def test_a(): pass
== test_c.py
def test_c(): pass
''', row="v3", edit=lambda root: os.rename(f"{root}/test_a.py", f"{root}/test_b.py"), must="test_b.py::test_a",
      must_not="test_c.py::test_c")

probe("test method inherited from a library-like base elsewhere", '''
== suites/__init__.py
== suites/contract.py
class Contract:
    limit = 3
    def test_limit(self): assert self.limit == 3
== test_a.py
from suites.contract import Contract
class TestA(Contract): pass
''', edit={"suites/contract.py": ("limit = 3\n", "limit = 4\n")}, must="test_a.py::TestA::test_limit")

# ---- other kinds of items ----

probe("doctest whose callee changed", '''
== pytest.ini
[pytest]
addopts = --doctest-modules
== lib.py
def one():
    return 1
== app.py
import lib
def show():
    """
    >>> show()
    1
    """
    return lib.one()
== test_b.py
def test_b(): pass
''', row="ag", edit={"lib.py": ("return 1", "return 2")}, must="app.py::app.show", must_not="test_b.py::test_b")

probe("doctest text", '''
== pytest.ini
[pytest]
addopts = --doctest-modules
== app.py
def show():
    """
    >>> show()
    1
    """
    return 1
== test_b.py
def test_b(): pass
''', row="ag", edit={"app.py": ("    1\n", "    2\n")}, must="app.py::app.show", must_not="test_b.py::test_b")

probe("doctest added to a docstring", '''
== pytest.ini
[pytest]
addopts = --doctest-modules
== app.py
def show():
    """nothing"""
    return 1
== test_b.py
import app
def test_b(): assert app.show() == 1
''', row="ag", edit={"app.py": ('"""nothing"""', '"""\n    >>> show()\n    1\n    """')}, must="app.py::app.show",
      spare="test_b.py::test_b")

probe("doctests that import what is loaded already", '''
== pytest.ini
[pytest]
addopts = --doctest-modules --doctest-glob=*.rst
== other.py
X = 7
== lib.py
def f():
    """
    >>> import other
    >>> other.X
    7
    """
def g():
    """
    >>> from other import X
    >>> X
    7
    """
== text.rst
>>> import other
>>> other.X
7
== free.rst
>>> 1
1
''', edit={"other.py": ("= 7", "= 8")}, must="lib.py::lib.f lib.py::lib.g text.rst::text.rst",
      must_not="free.rst::free.rst")

probe("doctest in a text file", '''
== pytest.ini
[pytest]
addopts = --doctest-glob=*.rst
== lib.py
def one():
    return 1
== README.rst
>>> import lib
>>> lib.one()
1
== test_b.py
def test_b(): pass
''', row="ag", edit={"lib.py": ("return 1", "return 2")}, must="README.rst::README.rst", must_not="test_b.py::test_b")

probe("text of a doctest file", '''
== pytest.ini
[pytest]
addopts = --doctest-glob=*.rst
== README.rst
>>> 1 + 1
2
== test_b.py
def test_b(): pass
''', row="ag", edit={"README.rst": ("2\n", "3\n")}, must="README.rst::README.rst", must_not="test_b.py::test_b")

YAML = '''
== conftest.py
import pytest, runner
def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".case":
        return CaseFile.from_parent(parent, path=file_path)
class CaseFile(pytest.File):
    def collect(self):
        for line in self.path.read_text().splitlines():
            name, expr = line.split(":")
            item = Case.from_parent(self, name=name)
            item.expr = expr
            yield item
class Case(pytest.Item):
    def runtest(self):
        assert runner.run(self.expr)
    def reportinfo(self):
        return self.path, 0, self.name
== runner.py
def run(expr):
    return eval(expr)
== one.case
a: 1 == 1
b: 2 > 1
== test_b.py
def test_b(): pass
'''

probe("own collector: code it calls", YAML, n2=True, edit={"runner.py": ("return eval(expr)", "return not eval(expr)")},
      must="one.case::a one.case::b", must_not="test_b.py::test_b")

probe("own collector: text of its file", YAML, edit={"one.case": ("1 == 1", "1 == 2")}, must="one.case::a",
      spare="one.case::b", must_not="test_b.py::test_b")

probe("own collector: new item in its file", YAML, edit={"one.case": ("a: 1", "c: 1 == 1\na: 1")}, must="one.case::c",
      spare="one.case::b", must_not="test_b.py::test_b")

probe("own collector: new file", YAML, edit={"two.case": "x: 1\n"}, must="two.case::x",
      must_not="test_b.py::test_b one.case::a")

probe("unittest method's callee", '''
== lib.py
def one():
    return 1
def two():
    return 2
== test_a.py
import unittest, lib
class T(unittest.TestCase):
    def test_one(self): self.assertEqual(lib.one(), 1)
    def test_two(self): self.assertEqual(lib.two(), 2)
''', edit={"lib.py": ("return 1", "return 3")}, must="test_a.py::T::test_one", must_not="test_a.py::T::test_two")

probe("subtests by unittest", '''
== lib.py
def double(x):
    return 2 * x
== test_a.py
import unittest, lib
class T(unittest.TestCase):
    def test_many(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertEqual(lib.double(i), i + i)
    def test_else(self): pass
''', edit={"lib.py": ("2 * x", "3 * x")}, must="test_a.py::T::test_many", must_not="test_a.py::T::test_else")

probe("async test case of unittest", '''
== lib.py
async def one():
    return 1
== test_a.py
import unittest, lib
class T(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.x = await lib.one()
    async def test_one(self): self.assertEqual(self.x, 1)
    async def test_two(self): self.assertEqual(self.x + 1, 2)
def test_else(): pass
''', edit={"lib.py": ("return 1", "return 3")}, must="test_a.py::T::test_one test_a.py::T::test_two",
      must_not="test_a.py::test_else")

probe("load_tests-like factory in a class body", '''
== lib.py
LIMIT = 2
def make(n):
    def test(self):
        assert n < LIMIT
    return test
== test_a.py
import lib
class TestA:
    for _n in range(2):
        locals()["test_%d" % _n] = lib.make(_n)
''', edit={"lib.py": ("LIMIT = 2", "LIMIT = 1")}, must="test_a.py::TestA::test_1", spare="test_a.py::TestA::test_0")

probe("symlinked module", '''
== real/lib.py
def one():
    return 1
== lib.py -> real/lib.py
== test_a.py
import lib
def test_a(): assert lib.one() == 1
def test_b(): pass
''', row="f", edit={"real/lib.py": ("return 1", "return 2")}, must="test_a.py::test_a", must_not="test_a.py::test_b")

probe("unicode file and test names", '''
== größe.py
def maß():
    return 1
== test_ü.py
import größe
def test_maß(): assert größe.maß() == 1
def test_else(): pass
''', edit={"größe.py": ("return 1", "return 2")}, must="test_ü.py::test_maß", must_not="test_ü.py::test_else")

probe("source with a coding cookie", '''
== lib.py
# -*- coding: latin-1 -*-
def one():
    return "a"
== test_a.py
import lib
def test_a(): assert lib.one() == "a"
''', edit={"lib.py": ('"a"', '"b"')}, must="test_a.py::test_a")

probe("same size and same mtime", '''
== lib.py
def one():
    return 1
== test_a.py
import sys
sys.dont_write_bytecode = True
def test_a():
    import lib
    assert lib.one() == 1
def test_b(): pass
''', edit=lambda root: same_stat(f"{root}/lib.py", "return 1", "return 2"), must="test_a.py::test_a",
      must_not="test_a.py::test_b")


def same_stat(path, old, new):
    """Edit a file and put its times back."""
    st = os.stat(path)
    with open(path, "r+") as f:
        text = f.read().replace(old, new)
        f.seek(0)
        f.write(text)
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))

probe("pytester", '''
== conftest.py
pytest_plugins = ["pytester"]
== lib.py
def f(): return 1
== test_lib.py
def test_in(pytester, monkeypatch):
    import os
    monkeypatch.syspath_prepend(os.path.dirname(__file__))
    pytester.makepyfile("import lib" + chr(10) + "def test_a(): assert lib.f() == 1")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
def test_out(pytester, monkeypatch):
    import os
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__))
    pytester.makepyfile("import lib" + chr(10) + "def test_a(): assert lib.f() == 1")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
def test_else(): pass
''', edit={"lib.py": ("return 1", "return 2")}, must="test_lib.py::test_in test_lib.py::test_out", must_not="test_lib.py::test_else")
