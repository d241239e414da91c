"""A generated project whose tests say what they computed.

A project is made from a seed: modules with constants, functions, classes, caches, lazy
imports, a registry, optional modules; conftests with fixtures of several scopes; tests that
evaluate an expression over all that and hand the value to record_property.  Every number in
the sources is a *slot*, every optional piece a *toggle*; a state (slots, toggles) is one tree,
so an edit changes the state, and going back to an earlier state gives the same bytes.

The value of a test is a function of the state alone, whatever else runs before it.
"""

import random

MODULES = 5


class Project:
    def __init__(self, seed):
        r = random.Random(f"project {seed}")
        self.deps = [sorted(r.sample(range(i), min(i, r.randint(1, 2)))) for i in range(MODULES)]
        self.tests = {}         # file -> [(name, expression, fixtures, decorator)]
        exprs = [e.format(i=i) for i in range(MODULES) for e in EXPRESSIONS]
        for f in ("a/test_one.py", "a/test_two.py", "b/test_three.py", "b/test_four.py"):
            tests = []
            for n in range(4):
                expr = " , ".join(r.sample(exprs, 2))
                fixtures = r.sample(FIXTURES, r.choice([0, 0, 1, 2]))
                tests.append((f"test_{n}", expr, fixtures, r.choice(DECORATORS)))
            self.tests[f] = tests
        self.slots, self.toggles = {}, {}
        self.files({}, collect=True)

    def start(self):
        return dict(self.slots), dict(self.toggles)

    def node_ids(self):
        return [f"{f}::{t[0]}" for f, ts in self.tests.items() for t in ts if "parametrize" not in t[3]]

    def files(self, state, collect=False):
        """The tree of a state: {path: text}."""
        slots, toggles = state or ({}, {})

        def s(name):
            if collect:
                self.slots[name] = 1
            return str(slots.get(name, 1))

        def on(name):
            if collect:
                self.toggles[name] = False
            return collect or toggles.get(name, False)
        out = {"pytest.ini": "[pytest]\n", "state.py": "V = 0\n", "flags.py": f"OFF = {s('flag')} > 7\n",
               "reg.py": "TABLE = {}\ndef register(f):\n    TABLE[f.__name__] = f\n    return f\n",
               "data.py": f"CASES = list(range(1, 2 + {s('cases')} % 3))\n"}
        for i, deps in enumerate(self.deps):
            out[f"m{i}.py"] = module(i, deps, s, on)
            if on(f"opt{i}"):
                out[f"opt{i}.py"] = f"VALUE = {s(f'opt{i}')}\n"
        out["pkg/__init__.py"] = f"from .leaf{1 if on('leaf') else 0} import VALUE\n"
        for k in range(2):
            out[f"pkg/leaf{k}.py"] = f"VALUE = {s(f'leaf{k}')}\n"
        out["conftest.py"] = conftest(s)
        if on("a_conftest"):
            out["a/conftest.py"] = f"import pytest\n@pytest.fixture\ndef plain():\n    return {s('a_plain')} * 100\n"
        if on("b_auto"):
            out["b/conftest.py"] = ("import pytest, state\n@pytest.fixture(autouse=True)\ndef auto_b(monkeypatch):\n"
                                    f"    monkeypatch.setattr(state, 'V', {s('b_auto')})\n")
        for f, tests in self.tests.items():
            if f == "b/test_four.py" and on("no_four") and not collect:
                continue
            out[f] = testfile(f, tests, s, on)
        if on("broken") and not collect:
            out["m0.py"] += "def broken(:\n"
        return out


EXPRESSIONS = ["m{i}.C", "m{i}.f(2)", "m{i}.g(1)", "m{i}.g(5)", "m{i}.K().run()", "m{i}.K.attr", "m{i}.cached()", "m{i}.lazy()",
               "m{i}.T[1]", "m{i}.late()", "m{i}.opt()", "m{i}.E.X.value", "reg.TABLE['r{i}']()", "m{i}.memo(3)",
               "list(m{i}.gen())", "m{i}.D().x"]
FIXTURES = ["sess", "mod", "plain", "chain"]
DECORATORS = ["", "", "", "", "@pytest.mark.parametrize('case', data.CASES)", "@pytest.mark.skipif(flags.OFF, reason='off')",
              "fails"]


def module(i, deps, s, on):
    imports = "".join(f"import m{d}\n" for d in deps)
    first = f"m{deps[0]}" if deps else None
    call = f" + {first}.f(x)" if first else ""
    base = f"({first}.K)" if first else ""
    last = f"m{deps[-1]}" if deps else None
    lines = f"""
import enum, functools, dataclasses, reg
{imports}C = {s(f'C{i}')}
def f(x):
    return x + {s(f'f{i}')}{call}
def g(x):
    if x > 2:
        return {last + '.cached()' if last else '3'} * {s(f'g{i}')}
    return C
class K{base}:
    attr = {s(f'attr{i}')}
"""
    if not deps or on(f"run{i}"):
        lines += f"    def run(self):\n        return self.attr + {s(f'run{i}')}\n"
    lines += f"""
class E(enum.Enum):
    X = {s(f'E{i}')}
@dataclasses.dataclass
class D:
    x: int = {s(f'D{i}')}
def work():
    return {s(f'work{i}')}
@functools.lru_cache
def cached():
    return work() + C
_lazy = None
def lazy():
    global _lazy
    if _lazy is None:
        _lazy = work() * {s(f'lazy{i}')}
    return _lazy
MEMO = {{}}
def memo(k):
    try:
        return MEMO[k]
    except KeyError:
        MEMO[k] = cached() + k
        return MEMO[k]
def row(n):
    return n * {s(f'row{i}')}
T = [row(n) for n in range(3)]
def late():
    import pkg
    return pkg.VALUE + {s(f'late{i}')}
try:
    import opt{i} as _opt
except ImportError:
    _opt = None
def opt():
    return _opt.VALUE if _opt else {s(f'noopt{i}')}
@reg.register
def r{i}():
    return work() - {s(f'r{i}')}
def gen():
    yield C
    yield {s(f'gen{i}')}
"""
    if on(f"unused{i}"):
        lines = lines.replace("def f(x)", f"def unused():\n    return {s(f'unused{i}')}\ndef f(x)", 1)
    if on(f"comment{i}"):
        lines = lines.replace("def f(x)", "# a comment\n\ndef f(x)", 1)
    return lines


def conftest(s):
    return f"""
import pytest, m0, m1, m2, state
LEVEL = {s('level')}
@pytest.fixture(scope="session")
def sess():
    yield m1.f({s('sess')}) + m2.cached()
@pytest.fixture(scope="module")
def mod():
    return LEVEL + m0.lazy()
@pytest.fixture
def plain():
    return {s('plain')}
@pytest.fixture(scope="session")
def chain(request):
    return request.getfixturevalue("sess") + {s('chain')}
@pytest.fixture(autouse=True)
def auto(monkeypatch):
    monkeypatch.setattr(state, "V", {s('auto')})
    yield
"""


def testfile(path, tests, s, on):
    key = path[:-3].replace("/", "_")
    mods = ", ".join(f"m{i}" for i in range(MODULES))
    out = f"import pytest, data, flags, reg, state, {mods}\n"
    for name, expr, fixtures, deco in tests:
        if name == "test_3" and on(f"without_{key}"):
            continue
        args = ["record_property"] + fixtures
        value = f"({expr}, state.V, {s(key + name)}"
        if "parametrize" in deco:
            args.append("case")
            value += ", case"
        value += "".join(f", {f}" for f in fixtures) + ")"
        if deco.startswith("@"):
            out += deco + "\n"
        out += f"def {name}({', '.join(args)}):\n    v = {value}\n    record_property('value', repr(v))\n"
        if deco == "fails":
            out += "    assert sum(x for x in v if isinstance(x, int)) % 5\n"
    if on(f"extra_{key}"):
        out += f"def test_extra(record_property):\n    record_property('value', '{s('extra' + key)}')\n"
    return out
