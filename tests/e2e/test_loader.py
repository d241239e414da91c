"""Code with probes behaves as code without: events, errors, warnings, cache."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from conftest import HERE, INSTALLED, TOP
from recorded import CONSTRUCTS, PROBE, TRACE, write
from recorder_log import DATA, Log

# Runs the code in argv[3] after the loader was installed, or without it.
DRIVER = """
import os
import sys

root, mode, script = sys.argv[1:4]
sys.path.insert(0, root)
if mode != "plain":
    from taut import _core, loader

    def project_path(name):
        return os.path.relpath(name, root) if name.startswith(root + os.sep) else None

    run = os.path.join(root, os.pardir, "run")
    os.makedirs(run, exist_ok=True)
    recorder = _core.Recorder(run, "p%d" % os.getpid(), root, int(mode), project_path)
    loader.install(recorder, os.path.join(root, os.pardir, "cache"))
exec(compile(script, "<driver>", "exec"))
if mode != "plain":
    loader.uninstall()
    recorder.close()
"""


class Place:
    def __init__(self, base):
        self.base = base
        self.root = base / "project"
        self.root.mkdir()

    def files(self, **files):
        write(self.root, files)

    def run(self, mode, script, *flags, bytecode=False, check=True):
        steer = ("PYTEST", "TAUT_", "TESTMON_", "PYTHON", "COV_")
        env = {k: v for k, v in os.environ.items() if not k.startswith(steer)}
        paths = [str(HERE)] + ([] if INSTALLED else [str(TOP / "pyext")])
        env["PYTHONPATH"] = os.pathsep.join(paths)
        if not bytecode:
            env["PYTHONDONTWRITEBYTECODE"] = "1"
        done = subprocess.run(
            [sys.executable, *flags, "-c", DRIVER, str(self.root), str(mode), textwrap.dedent(script)],
            cwd=self.root, env=env, capture_output=True, text=True, timeout=120,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def cached(self):
        return sorted(p for p in (self.base / "cache").rglob("*") if p.is_file())


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


EVENTS = """
    import importlib, json, threading
    import test_constructs as t
    events = []
    def trace(frame, event, arg):
        name = frame.f_code.co_filename
        if not name.startswith(root):
            return None
        if event != "opcode":
            events.append((event, frame.f_code.co_name, frame.f_lineno))
        return trace
    sys.settrace(trace)
    for name in sorted(vars(t)):
        if name.startswith("test_") and "thread" not in name:
            getattr(t, name)()
    sys.settrace(None)
    print(json.dumps(events))
"""


@pytest.mark.san
def test_line_events_are_those_of_plain_code(place):
    place.files(**CONSTRUCTS)
    plain, probed = (json.loads(place.run(mode, EVENTS).stdout) for mode in ("plain", PROBE))
    assert len(plain) > 300
    assert probed == plain


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring")
def test_monitoring_events_are_those_of_plain_code(place):
    place.files(**CONSTRUCTS)
    script = """
        import json
        import test_constructs as t
        events = []
        m = sys.monitoring
        m.use_tool_id(3, "test")
        def line(code, number):
            if code.co_filename.startswith(root):
                events.append((code.co_name, number))
        m.register_callback(3, m.events.LINE, line)
        m.set_events(3, m.events.LINE)
        for name in sorted(vars(t)):
            if name.startswith("test_") and "thread" not in name:
                getattr(t, name)()
        m.set_events(3, 0)
        print(json.dumps(events))
    """
    plain, probed = (json.loads(place.run(mode, script).stdout) for mode in ("plain", PROBE))
    assert len(plain) > 100
    assert probed == plain


TRACEBACKS = {
    "bad": '''
        """A module."""
        def div(a):
            return (
                a
                / 0
            )

        class C:
            def __init__(self):
                self.f = lambda x: [
                    y.no_such for y in x
                ]

        def gen():
            for i in range(2):
                x = (yield i) + div(1)

        def lazy():
            global VALUE
            if VALUE is None:
                VALUE = div(1)
            return VALUE
        VALUE = None

        async def co():
            return await inner()

        async def inner():
            raise KeyError(
                "x")

        def suite(x):
            if x:
                assert False, \\
                    "text"
    ''',
    "at_import": "import bad\nbad.div(\n    1)\n",
    "syntax": "x = 1\nif x\n    pass\n",
}


@pytest.mark.san
@pytest.mark.parametrize("call", [
    "bad.div(1)", "bad.C().f([1])", "g = bad.gen(); next(g); g.send(1)", "bad.lazy()",
    "import asyncio; asyncio.run(bad.co())", "bad.suite(1)", "import at_import", "import syntax",
    "list(x for x in map(bad.div, [1]))",
])
@pytest.mark.parametrize("core", [PROBE, TRACE], ids=["probe", "trace"])
def test_tracebacks_are_those_of_plain_code(place, call, core):
    place.files(**TRACEBACKS)
    script = f"""
        import traceback
        import bad
        try:
            {call}
        except BaseException:
            traceback.print_exc(file=sys.stdout)
    """
    plain, seen = (place.run(mode, script).stdout for mode in ("plain", core))
    assert "Error" in plain
    assert seen == plain


def test_what_code_objects_say(place):
    place.files(**CONSTRUCTS)
    script = """
        import inspect, json, types
        import code as module
        found = {}
        def look(code, name):
            found[name] = [code.co_name, code.co_firstlineno, code.co_varnames, code.co_names, code.co_freevars,
                           code.co_cellvars, code.co_flags, code.co_argcount]
            for i, c in enumerate(code.co_consts):
                if isinstance(c, types.CodeType):
                    look(c, "%s.%s.%d" % (name, c.co_name, c.co_firstlineno))
        for name, f in vars(module).items():
            if inspect.isfunction(f):
                look(f.__code__, name)
                found[name] += [f.__doc__, inspect.getsource(f), str(inspect.signature(f))]
        found["doc"] = [module.__doc__, module.Outer.__doc__]
        print(json.dumps(found, default=str, sort_keys=True))
    """
    plain, probed = (json.loads(place.run(mode, script).stdout) for mode in ("plain", PROBE))
    assert len(plain) > 15
    assert probed == plain


# ---- warnings ----

WARNS = {"warns": 'x = 1\nif x is 1:\n    pass\ny = "\\d"\n'}
IMPORTS = """
    import warnings
    import warns
    print("imported")
"""


def count(done):
    return done.stderr.count("Warning: ")


@pytest.mark.parametrize("bytecode", [False, True])
def test_warnings_of_the_compiler_come_as_often_as_without(place, tmp_path, bytecode):
    """Every time where no .pyc is written; else at the first compilation."""
    place.files(**WARNS)
    # CPython before 3.12 calls "\d" deprecated, which is shown only on demand.
    plain = [count(place.run("plain", IMPORTS, "-W", "default", bytecode=bytecode)) for _ in range(2)]
    again = Place(tmp_path / "again") if (tmp_path / "again").mkdir() is None else None
    again.files(**WARNS)
    probed = [count(again.run(PROBE, IMPORTS, "-W", "default", bytecode=bytecode)) for _ in range(2)]
    assert plain[0] == 2 and plain[1] == (0 if bytecode else 2)
    assert probed == plain


def test_a_valid_pyc_hides_warnings(place):
    place.files(**WARNS)
    assert count(place.run("plain", IMPORTS, bytecode=True)) >= 1
    assert count(place.run(PROBE, IMPORTS, bytecode=True)) == 0


def test_warnings_as_errors(place):
    place.files(**WARNS)
    results = [place.run(mode, IMPORTS, "-W", "error", check=False) for mode in ("plain", PROBE)]
    assert all(r.returncode == 1 and "SyntaxError" in r.stderr for r in results)
    # What stands below the driver's frame is the same.
    assert results[0].stderr.split("\n")[-4:] == results[1].stderr.split("\n")[-4:]


# ---- the cache ----


def test_the_cache_is_used_and_checked(place):
    place.files(m="def f():\n    return 1\n")
    script = """
        import m, taut.loader
        calls = []
        print(m.f())
    """
    for _ in range(2):
        assert place.run(PROBE, script, bytecode=True).stdout == "1\n"
    names = place.cached()
    assert len(names) == 1
    assert not list(place.root.rglob("*.pyc"))
    stamp = names[0].stat().st_mtime_ns
    place.run(PROBE, script)
    assert names[0].stat().st_mtime_ns == stamp
    for damage in (b"", b"x" * 40, names[0].read_bytes()[:-1], names[0].read_bytes()[:-1] + b"\xff"):
        names[0].write_bytes(damage)
        assert place.run(PROBE, script).stdout == "1\n"
    place.files(m="def f():\n    return 2\n")
    assert place.run(PROBE, script).stdout == "2\n"
    assert place.cached() == names


def test_a_cache_that_cannot_be_written(place):
    place.files(m="def f():\n    return 1\n")
    (place.base / "cache").write_text("a file")
    assert place.run(PROBE, "import m\nprint(m.f())").stdout == "1\n"


# ---- what else code can be asked ----


def test_everything_is_put_back(place):
    place.files(m="import functools\n@functools.lru_cache\ndef f():\n    return 1\n")
    script = """
        import builtins, functools, importlib, importlib._bootstrap, importlib.machinery
        loader_type = importlib.machinery.SourceFileLoader
        import m
        m.f()
        hooked = loader_type.get_code, loader_type.exec_module, importlib._bootstrap._gcd_import
        import taut.loader
        taut.loader.uninstall()
        recorder.close()
        assert "get_code" not in vars(loader_type) and "exec_module" not in vars(loader_type)
        assert importlib._bootstrap._gcd_import is not hooked[2]
        assert type(importlib._bootstrap._gcd_import).__name__ == "function"
        assert m.f() == 1 and __import__("m") is m
        importlib.invalidate_caches()
        importlib.reload(m)
        assert "taut probe" not in repr(m.f.__wrapped__.__code__.co_consts)
    """
    place.run(PROBE, script)


def test_a_probe_can_be_pickled(place):
    place.files(m="def f():\n    return 1\n")
    place.run(PROBE, """
        import copy, m, pickle
        probe = next(c for c in m.f.__code__.co_consts if type(c).__name__ == "Probe")
        assert "m.py suite 1" in repr(probe)
        other = pickle.loads(pickle.dumps(probe))
        assert type(other) is type(probe) and -other is None
        assert m.f.__code__.replace(co_name="g").co_consts == m.f.__code__.co_consts
    """)


def test_marshalled_code_is_plain(place):
    """What is written is what plain Python would write, and can be loaded anywhere."""
    text = '''
        import functools
        def f(x, flag=(0.0, frozenset({1, 2}))):
            "Text."
            if x: return [lambda y: y + x, (i for i in range(x))]
            return -0.0, (yield)
        class K:
            known = None
            @functools.cached_property
            def p(self): return self.known or {"a": (k for k in "ab")}
            def own(self, n):
                if self.known is None:
                    self.known = n
                return self.known
        pair = lambda: 1, lambda: 2
    '''
    place.files(m=textwrap.dedent(text))
    place.run(PROBE, """
        import io, marshal, m, types
        def walk(code):
            yield code
            for c in code.co_consts:
                if type(c) is types.CodeType:
                    yield from walk(c)
        with open(m.__file__) as file:
            plain = [*walk(compile(file.read(), m.__file__, "exec"))]
        codes = [m.f.__code__, m.K.p.func.__code__, m.K.own.__code__, *(p.__code__ for p in m.pair)]
        for c in codes:
            back = marshal.loads(marshal.dumps(c))
            assert "taut probe" in repr(c.co_consts) and back in plain, c
        out = io.BytesIO()
        value = [1, {"a": (codes[0],)}, {2}]
        value.append(value)
        marshal.dump(value, out)
        back = marshal.loads(out.getvalue())
        assert back[3] is back and back[1]["a"][0] == marshal.loads(marshal.dumps(codes[0], 2))
        named = marshal.loads(marshal.dumps(codes[2].replace(co_name="other", co_firstlineno=7)))
        assert (named.co_name, named.co_firstlineno) == ("other", 7) and types.FunctionType(named, {})(m.K(), 3) == 3
        for wrong in (codes[0].replace(co_consts=codes[0].co_consts[:-1] + (b"new",)), [m]):
            try:
                marshal.dumps(wrong)
            except ValueError as e:
                assert "unmarshallable" in str(e) and e.__context__ is None
            else:
                raise AssertionError(wrong)
    """)


def test_replaced_functions_look_as_ever(place):
    """What is hooked on the way, is still a function or a builtin of its name."""
    place.files(m="def f():\n    return 1\n")
    place.run(PROBE, """
        import inspect, marshal, os, _sitebuiltins
        from unittest import mock
        assert all(map(inspect.isbuiltin, (marshal.dumps, marshal.dump, os.stat)))
        assert inspect.isfunction(_sitebuiltins._Helper.__call__) and marshal.dumps.__doc__
        for name in "marshal.dumps", "marshal.dump", "os.stat", "_sitebuiltins._Helper.__call__":
            with mock.patch(name, autospec=True):
                pass
        entry = next(os.scandir(root))
        assert entry.stat().st_mode and inspect.isbuiltin(entry.stat)
    """)


def test_a_loader_with_a_compiler_of_its_own(place, tmp_path):
    """Its code is left alone, and the file counts as a whole."""
    place.files(m="X = 1\n")
    place.run(PROBE, """
        import importlib.machinery, importlib.util
        class Mine(importlib.machinery.SourceFileLoader):
            def source_to_code(self, data, path, *, _optimization=-1):
                return compile(data.replace(b"1", b"2"), path, "exec", dont_inherit=True)
        path = os.path.join(root, "m.py")
        spec = importlib.util.spec_from_file_location("m", path, loader=Mine("m", path))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.X == 2
    """)
    log = Log(next((tmp_path / "run").glob("*.log")))
    assert any((DATA, "m.py") in c.deps for c in log.carriers.values())


def test_odd_files(place):
    """What the scanner may not read as CPython does, still runs."""
    place.files(
        latin=b"# -*- coding: latin-1 -*-\nNAME = '\xe9'\ndef f():\n    return NAME\n",
        sjis="# -*- coding: shift_jis -*-\nNAME = '表'\ndef f():\n    return NAME\n".encode("shift_jis"),
        bom=b"\xef\xbb\xbfdef f():\n    return 1\n",
        crlf=b"def f():\r\n    if 1:\r\n        return 1\r\n",
        empty=b"",
        tabs=b"def f():\n\tif 1:\n\t\treturn 1\n",
        inline=b"class A: x = 1; y = 2\ndef f(): return 1\nif 1: z = 1\nelse: z = 2\n",
        feed=b"def f():\n    return 1\n\x0cdef g():\n    return 2\n",
    )
    place.run(PROBE, """
        import latin, sjis, bom, crlf, empty, tabs, inline, feed
        assert latin.f() == "\\xe9" and sjis.f() == "\\u8868"
        assert [m.f() for m in (bom, crlf, tabs, inline, feed)] == [1] * 5
    """)


def test_modules_from_before_count_as_a_whole(tmp_path):
    place = Place(tmp_path)
    place.files(early="X = 1\n")
    driver = DRIVER.replace('if mode != "plain":\n    from', 'import early\nif mode != "plain":\n    from', 1)
    steer = ("PYTEST", "TAUT_", "TESTMON_", "PYTHON", "COV_")
    env = {k: v for k, v in os.environ.items() if not k.startswith(steer)}
    paths = [str(HERE)] + ([] if INSTALLED else [str(TOP / "pyext")])
    subprocess.run(
        [sys.executable, "-B", "-c", driver, str(place.root), "0", "pass"],
        cwd=place.root, env=env | {"PYTHONPATH": os.pathsep.join(paths)}, check=True,
    )
    log = Log(next((tmp_path / "run").glob("*.log")))
    assert (DATA, "early.py") in log.carriers[0].deps
