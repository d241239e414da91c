"""Both cores of the recorder against a slow tracer, and what it must not miss.

Every test records a small project in a process of its own (recorder_log.py)
and reads the log.
"""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from conftest import HERE, INSTALLED, TOP
from recorder_log import DATA, DOC, EXISTS, LOOKUP, MEMO, MODULE, PY, VERSION, Log

PROBE, TRACE = 0, 1
CORES = pytest.mark.parametrize("core", [PROBE, TRACE], ids=["probe", "trace"])

# One test for each construct; the names of functions say what should be seen.
CONSTRUCTS = {
    "code": '''
        """A module."""
        import asyncio
        import contextlib
        import dataclasses
        import functools
        import threading

        def branches(x):
            if x == 1:
                y = 1
            elif x == 2:
                y = 2
            else:
                if x == 3:
                    y = 3
                else:
                    y = 4
            return y

        def loops(n):
            for i in range(n):
                if i == 100:
                    break
            else:
                n += 1
            while n:
                n -= 1
            else:
                n = 7
            return n

        def one_line(x): return x + 1

        def only_doc():
            """Nothing else."""

        def only_global():
            global nothing

        def guarded(x):
            try:
                try:
                    1 / x
                except ZeroDivisionError:
                    return "zero"
                except (TypeError, ValueError):
                    return "odd"
                else:
                    return "fine"
            finally:
                x = None

        def managed():
            with contextlib.suppress(KeyError):
                with contextlib.nullcontext() as it:
                    {}[it]
            return it

        def matched(x):
            match x:
                case 1 | 2:
                    return "few"
                case [a, *_] if a:
                    return a
                case {"k": v}:
                    return v
                case _:
                    return None

        def decorated(f):
            @functools.wraps(f)
            def inner(*args):
                return f(*args)
            return inner

        @decorated
        def wrapped(x):
            return x

        class Outer:
            """A class."""
            class Inner:
                def method(self):
                    return [self.each(i) for i in range(2)]
                def each(self, i):
                    def nested():
                        return i
                    return nested()

            @property
            def value(self):
                return 1

            @staticmethod
            def static():
                class Local:
                    def method(self):
                        return 2
                return Local().method()

        @dataclasses.dataclass
        class Data:
            a: int = 1
            b: list = dataclasses.field(default_factory=lambda: [1])

            def __post_init__(self):
                self.c = self.a

        def recursive(n):
            if n:
                return recursive(n - 1)
            return 0

        def threaded():
            out = []
            def work():
                if out is not None:
                    out.append(one_line(1))
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            return out

        async def waits(n):
            await asyncio.sleep(0)
            if n:
                return await waits(n - 1)
            async with Asynchronous() as a:
                async for i in a:
                    n += i
            return [i async for i in Asynchronous()]

        class Asynchronous:
            async def __aenter__(self):
                return self
            async def __aexit__(self, *exc):
                await asyncio.sleep(0)
            async def __aiter__(self):
                yield 1
                await asyncio.sleep(0)
                yield 2

        def generates(n):
            for i in range(n):
                got = yield i
                if got:
                    yield from generates(1)

        def comprehends(n):
            a = [x for x in range(n) if x]
            b = {x: y for x in a for y in a}
            return sum(x for x in b), sorted(a, key=lambda x: -x)
    ''',
    "test_constructs": '''
        import asyncio
        import code

        def test_branch_1():
            assert code.branches(1) == 1

        def test_branch_2():
            assert code.branches(2) == 2

        def test_branch_3():
            assert code.branches(3) == 3

        def test_branch_4():
            assert code.branches(4) == 4

        def test_loops():
            assert code.loops(3) == 7

        def test_one_line():
            assert code.one_line(1) == 2

        def test_only_doc():
            assert code.only_doc() is None
            assert code.only_doc.__doc__ == "Nothing else."

        def test_only_global():
            assert code.only_global() is None

        def test_guard_fine():
            assert code.guarded(1) == "fine"

        def test_guard_zero():
            assert code.guarded(0) == "zero"

        def test_guard_odd():
            assert code.guarded("") == "odd"

        def test_managed():
            assert code.managed() is None

        def test_match_1():
            assert code.matched(1) == "few"

        def test_match_2():
            assert code.matched([3, 4]) == 3

        def test_match_3():
            assert code.matched(0) is None

        def test_decorated():
            assert code.wrapped(3) == 3

        def test_classes():
            assert code.Outer.Inner().method() == [0, 1]
            assert code.Outer().value == 1
            assert code.Outer.static() == 2

        def test_data():
            assert code.Data(2).c == 2
            assert code.Data().b == [1]

        def test_recursive():
            assert code.recursive(5) == 0

        def test_threaded():
            assert code.threaded() == [2]

        def test_async():
            assert asyncio.run(code.waits(2)) == [1, 2]

        def test_generates():
            g = code.generates(2)
            assert [next(g), g.send(1), next(g)] == [0, 0, 1]

        def test_comprehends():
            assert code.comprehends(3) == (3, [2, 1])
    ''',
}
if sys.version_info >= (3, 11):
    CONSTRUCTS["stars"] = """
        def stars(kind):
            try:
                raise ExceptionGroup("", [kind()])
            except* ValueError:
                return_value = 1
            except* TypeError:
                return_value = 2
            return return_value
    """
    CONSTRUCTS["test_constructs"] += """
        def test_star():
            import stars
            assert stars.stars(TypeError) == 2
    """


def write(root, files):
    for name, text in files.items():
        path = root / (name + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode())


def run(root, *command, python=(), **env):
    steer = ("PYTEST", "TAUT_", "TESTMON_", "PYTHON", "COV_")
    paths = [str(HERE)] + ([] if INSTALLED else [str(TOP / "pyext")])
    env |= {k: v for k, v in os.environ.items() if not k.startswith(steer)}
    env |= {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", *python, *map(str, command)],
        cwd=root, env=env, capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


class Recording:
    """A project's files, recorded by one core; `log` tells."""

    def __init__(self, tmp_path, core):
        self.root = tmp_path / "project"
        self.core = core
        self.runs = tmp_path / "runs"
        self.count = 0

    def record(self, files, *modules, python=(), cache=None):
        self.root.mkdir(exist_ok=True)
        write(self.root, files)
        self.count += 1
        directory = self.runs / str(self.count)
        env = {} if cache is None else {"TAUT_CODE_CACHE": str(cache)}
        names = modules or [n for n in files if n.startswith("test_")]
        run(self.root, HERE / "recorder_log.py", self.root, self.core, directory, *names, python=python, **env)
        self.log = Log(directory / "main.log")
        return self.log

    def suites(self, path):
        from taut import _core

        return _core.scan((self.root / path).read_bytes()).suites

    def function(self, path, name):
        """The index of a function's suite."""
        return next(i for i, s in enumerate(self.suites(path)) if s[0] == 2 and s[6] == name)

    def needs(self, test, path, name):
        """Does a test depend on a function, directly or not?"""
        return self.function(path, name) in self.log.depends(test, path)

    def needs_module(self, test, path):
        found = self.log.depends(test, path)
        return len(self.suites(path)) - 1 in found

    def looked_up(self, test):
        return {
            p for c in self.log.reach(self.log.test(test)) for kind, p in c.deps if kind == LOOKUP
        }


@pytest.fixture(params=[PROBE, TRACE], ids=["probe", "trace"])
def recording(request, tmp_path):
    return Recording(tmp_path, request.param)


# ---- against the slow tracer ----


def closed(suites, entered):
    """With the suites around them; only what lies in functions."""
    found = set()
    for i in entered:
        while suites[i][5] & 1 and i not in found:
            found.add(i)
            i = suites[i][1]
    return found


def lineless(recording, path):
    """Suites that no line event can tell of."""
    source = (recording.root / path).read_bytes()
    lines = set()
    todo = [compile(source, path, "exec")]
    while todo:
        code = todo.pop()
        todo += [c for c in code.co_consts if hasattr(c, "co_lines")]
        lines |= {line for _, _, line in code.co_lines()}
    owner = {}
    suites = recording.suites(path)
    for i, s in enumerate(suites[:-2]):
        owner.update(dict.fromkeys(range(s[3], s[4] + 1), i))
    return set(range(len(suites) - 2)) - {owner.get(line) for line in lines}


@pytest.mark.san
@pytest.mark.parametrize("flags", [(), ("-O",), ("-OO",)], ids=["plain", "O", "OO"])
def test_same_suites_as_the_slow_tracer(recording, tmp_path, flags):
    # -O would take the calls away with the asserts.
    files = {k: v.replace("assert ", "x = ") if flags else v for k, v in CONSTRUCTS.items()}
    log = recording.record(files, python=flags)
    out = tmp_path / "reference.json"
    run(recording.root, HERE / "reference_tracer.py", recording.root, out, "test_constructs", python=flags)
    reference = json.loads(out.read_text())
    assert set(log.tests) == set(reference) and len(reference) > 20
    for test, expected in reference.items():
        for path in {p for kind, p in log.test(test).deps if kind == PY} | set(expected):
            suites = recording.suites(path)
            real = closed(suites, expected.get(path, ()))
            own = {i for i in log.test(test).deps.get((PY, path), ()) if i < len(suites) - 2}
            # A suite without a line counts with the one around it.
            free = lineless(recording, path)
            assert real - free <= log.depends(test, path), (test, path)
            assert own <= real | free, (test, path)


def test_a_test_refers_to_the_modules_it_ran_with(recording):
    log = recording.record(CONSTRUCTS)
    assert recording.needs_module("test_loops", "code.py")
    assert recording.needs_module("test_loops", "test_constructs.py")
    assert VERSION and not log.test("test_loops").deps[PY, "code.py"] & {len(recording.suites("code.py")) - 1}


# ---- what the second user must not miss ----


@pytest.mark.san
def test_resumed_generator_records_again(recording):
    recording.record({
        "gen": """
            def steps():
                yield 1
                if True:
                    helper()
                    yield 2
                value = (yield 3) or last()
                return value

            def helper():
                return 1

            def last():
                return 1

            STEPS = steps()
        """,
        "test_it": """
            import gen

            def test_1():
                next(gen.STEPS)

            def test_2():
                next(gen.STEPS)

            def test_3():
                next(gen.STEPS)

            def test_4():
                next(gen.STEPS, None)
        """,
    })
    for test in ("test_1", "test_2", "test_3", "test_4"):
        assert recording.needs(test, "gen.py", "steps"), test
    assert recording.needs("test_2", "gen.py", "helper")
    assert not recording.needs("test_1", "gen.py", "helper")
    assert not recording.needs("test_3", "gen.py", "helper")
    assert recording.needs("test_4", "gen.py", "last")


def test_resumed_coroutine_records_again(recording):
    recording.record({
        "co": """
            class Wait:
                def __await__(self):
                    yield

            async def work():
                await Wait()
                return await inner()

            async def inner():
                await Wait()
                return 1

            WORK = work()
        """,
        "test_it": """
            import co

            def test_1():
                co.WORK.send(None)

            def test_2():
                co.WORK.send(None)

            def test_3():
                try:
                    co.WORK.send(None)
                except StopIteration as e:
                    assert e.value == 1
        """,
    })
    for test in ("test_1", "test_2", "test_3"):
        assert recording.needs(test, "co.py", "work"), test
    assert recording.needs("test_3", "co.py", "inner")
    assert not recording.needs("test_1", "co.py", "inner")


def test_lambdas_and_generators_made_elsewhere(recording):
    log = recording.record({
        "code": """
            def make():
                return lambda x: x + 1

            def items():
                return (i for i in range(9))

            ADD = make()
            ITEMS = items()
            LAMBDA = lambda x: x
        """,
        "test_it": """
            from code import ADD, ITEMS, LAMBDA

            def test_lambda():
                assert ADD(1) == 2

            def test_items():
                next(ITEMS)

            def test_module_level():
                assert LAMBDA(1) == 1
        """,
    })
    make, items = (recording.function("code.py", n) for n in ("make", "items"))
    assert make in log.test("test_lambda").deps[PY, "code.py"]
    assert items in log.test("test_items").deps[PY, "code.py"]
    assert items not in log.test("test_lambda").deps[PY, "code.py"]


MEMOS = {
    "memo": """
        import functools

        CACHE = {}
        VALUE = None
        class Box:
            _lazy = None
            @functools.cached_property
            def prop(self):
                return for_prop()
            def lazy(self):
                if self._lazy is None:
                    self._lazy = for_lazy()
                return self._lazy

        BOX = Box()

        @functools.lru_cache(maxsize=None)
        def lru(x):
            return for_lru(x)

        def for_lru(x): 
            return x
        def for_prop():
            return 1
        def for_lazy():
            return 1
        def for_key(k):
            return k
        def for_global():
            return 1
        def for_try(k):
            return k
        def for_early():
            return 1
        def for_plain(x):
            return x

        def key(k):
            if k not in CACHE:
                CACHE[k] = for_key(k)
            return CACHE[k]

        def glob():
            global VALUE
            if VALUE is None:
                VALUE = for_global()
            return VALUE

        def tried(k):
            try:
                return CACHE[k]
            except KeyError:
                value = for_try(k)
            CACHE[k] = value
            return value

        _early = None
        def early():
            global _early
            if _early is not None:
                return _early
            _early = for_early()
            return _early

        def plain(x):
            return for_plain(x)

        called = functools.lru_cache(maxsize=8)(plain)
    """,
    "test_memo": """
        import memo

        def test_a():
            memo.lru(1), memo.BOX.prop, memo.BOX.lazy(), memo.key(1)
            memo.glob(), memo.tried(2), memo.early(), memo.called(1)

        def test_b_lru():
            assert memo.lru(1) == 1

        def test_b_prop():
            assert memo.BOX.prop == 1

        def test_b_lazy():
            assert memo.BOX.lazy() == 1

        def test_b_key():
            assert memo.key(1) == 1

        def test_b_global():
            assert memo.glob() == 1

        def test_b_try():
            assert memo.tried(2) == 2

        def test_b_early():
            assert memo.early() == 1

        def test_b_plain():
            assert memo.called(1) == 1

        def test_z_none():
            assert memo.CACHE
    """,
}


@pytest.mark.san
@pytest.mark.parametrize("what", ["lru", "prop", "lazy", "key", "global", "try", "early", "plain"])
def test_second_user_of_a_remembered_value(recording, what):
    log = recording.record(MEMOS)
    test, helper = f"test_b_{what}", f"for_{what}"
    assert recording.needs("test_a", "memo.py", helper)
    assert recording.needs(test, "memo.py", helper)
    index = recording.function("memo.py", helper)
    assert index not in log.test(test).deps.get((PY, "memo.py"), ())
    # Precise: only a property's users are known by name alone.
    if what != "prop":
        assert not recording.needs("test_z_none", "memo.py", helper)


def test_a_memo_left_by_an_exception(recording):
    log = recording.record({
        "memo": """
            CACHE = {}
            def get(k):
                if k not in CACHE:
                    CACHE[k] = fail()
                return CACHE[k]
            def fail():
                raise ValueError
            def after():
                return 1
        """,
        "test_it": """
            import memo
            def test_1():
                try:
                    memo.get(1)
                except ValueError:
                    memo.after()
                memo.after()
            def test_2():
                memo.CACHE[1] = 2
                assert memo.get(1) == 2
        """,
    })
    assert recording.function("memo.py", "after") in log.test("test_1").deps[PY, "memo.py"]
    assert not recording.needs("test_2", "memo.py", "after")
    assert recording.needs("test_2", "memo.py", "fail")


def test_late_import_in_the_second_test(recording):
    recording.record({
        "late": "X = 1\n",
        "app": """
            def use():
                import late
                return late.X
        """,
        "test_it": """
            import app
            def test_1():
                assert app.use() == 1
            def test_2():
                assert app.use() == 1
            def test_3():
                pass
        """,
    })
    assert recording.needs_module("test_1", "late.py")
    assert recording.needs_module("test_2", "late.py")
    assert not recording.needs_module("test_3", "late.py")


def test_dynamic_import_in_the_second_test(recording):
    recording.record({
        "late": "X = 1\n",
        "later": "X = 1\n",
        "app": """
            import importlib
            from importlib import import_module
            def use():
                return importlib.import_module("late").X
            def bound():
                return import_module("late").X
            def call():
                return __import__("later").X
            def call_by_name():
                return __import__(name="later", level=0, fromlist=["X"]).X
        """,
        "test_it": """
            import app
            def test_1():
                app.use(), app.call()
            def test_2():
                assert app.use() == 1
            def test_3():
                assert app.bound() == 1
            def test_4():
                assert app.call() == 1
            def test_5():
                pass
            def test_6():
                assert app.call_by_name() == 1
        """,
    })
    for test, late in (("test_1", "late.py"), ("test_2", "late.py"), ("test_3", "late.py"), ("test_4", "later.py"),
                       ("test_6", "later.py")):
        assert recording.needs_module(test, late), test
    assert not recording.needs_module("test_5", "late.py")


# ---- modules ----


PACKAGES = {
    "pkg/__init__": "from . import first\n",
    "pkg/first": "from .deep.leaf import X\n",
    "pkg/deep/__init__": "",
    "pkg/deep/leaf": "from ..second import X\n",
    "pkg/second": "X = 1\n",
    "pkg/conf": "VALUE = 1\n",
    "pkg/other": "import pkg.conf\n",
    "ns/part/mod": "X = 1\n",
    "test_it": """
        import pkg
        import ns.part.mod
        from pkg import other

        def test_relative():
            assert pkg.first.X == 1

        def test_attribute():
            assert pkg.conf.VALUE == 1

        def test_namespace():
            assert ns.part.mod.X == 1
    """,
}


def test_packages(recording):
    recording.record(PACKAGES)
    for path in ("pkg/__init__.py", "pkg/first.py", "pkg/deep/__init__.py", "pkg/deep/leaf.py", "pkg/second.py",
                 "ns/part/mod.py", "pkg/conf.py"):
        assert recording.needs_module("test_relative", path), path
    looked = recording.looked_up("test_relative")
    assert {"pkg", "ns", "ns/part", "ns/part/mod", "pkg/first", "pkg/deep", "pkg/deep/leaf", "pkg/second"} <= looked


def test_submodule_by_attribute_alone(recording):
    """`p.conf` is imported by somebody else, later."""
    recording.record({
        "p/__init__": "", "p/conf": "X = 1\n",
        "user": """
            import p
            def use():
                return p.conf.X
        """,
        "test_it": """
            import user
            def test_1():
                import p.conf
                assert user.use() == 1
            def test_2():
                assert user.use() == 1
        """,
    })
    assert recording.needs_module("test_2", "p/conf.py")


def test_what_would_be_found_instead(recording):
    log = recording.record({
        "user": """
            try:
                import absent
            except ImportError:
                absent = None
            import json
        """,
        "test_it": """
            import user
            def test_1():
                assert user.absent is None
        """,
    })
    assert {"absent", "json", "user"} <= recording.looked_up("test_1")
    assert not {EXISTS, DATA} & {kind for c in log.carriers.values() for kind, _ in c.deps}


def test_reload_is_another_version(recording):
    log = recording.record({
        "code": """
            import os
            if os.environ.get("SECOND"):
                X = 2
            def f():
                return 1
        """,
        "test_it": """
            import importlib
            import os
            import code
            def test_1():
                assert code.f() == 1
            def test_2():
                with open(code.__file__, "a") as file:
                    file.write("def g():\\n    return 2\\n")
                importlib.invalidate_caches()
                importlib.reload(code)
                assert code.g() == 2
            def test_3():
                assert code.f() == 1
        """,
    })
    versions = {f.digest for f in log.files if (f.kind, f.path) == (PY, "code.py")}
    assert len(versions) == 2
    loads = [c for c in log.carriers.values() if c.kind == MODULE and c.owner == "code.py"]
    assert len(loads) == 2
    assert loads[1] in log.reach(log.test("test_3"))
    assert loads[1] not in log.reach(log.test("test_1"))


def test_a_module_that_does_not_compile(recording):
    log = recording.record({
        "broken": "def f(:\n",
        "test_it": """
            def test_1():
                try:
                    import broken
                except SyntaxError as e:
                    assert e.filename.endswith("broken.py") and e.lineno == 1
        """,
    })
    assert 0 in log.depends("test_1", "broken.py", DATA)


def test_store_edges(recording):
    log = recording.record({
        "registry": """
            ALL = []
            def register(f):
                ALL.append(f)
                return f
            def look(f):
                return f
        """,
        "plugin_a": """
            from registry import register
            @register
            def a():
                return 1
        """,
        "plain_b": """
            from registry import look
            @look
            def b():
                return 1
        """,
        "test_it": """
            import registry
            import plugin_a
            import plain_b
            def test_1():
                assert [f() for f in registry.ALL] == [1]
        """,
    })
    stores = {(c.owner, log.carriers[n].owner) for c in log.carriers.values() for n, edge in c.refs if edge == 2}
    assert stores == {("registry.py", "plugin_a.py")}


def test_docstring_readers(recording):
    log = recording.record({
        "code": '"""text"""\ndef f():\n    """more"""\n    return 1\n',
        "reader": "import code\ndef read():\n    return code.__doc__\n",
        "test_it": """
            import code
            import reader
            def test_reads():
                assert reader.read() == "text"
        """,
        "test_other": """
            import code
            def test_plain():
                assert code.f() == 1
        """,
    })
    doc = len(recording.suites("code.py")) - 2
    assert doc in log.depends("test_reads", "code.py")
    assert doc not in log.depends("test_plain", "code.py")
    assert DOC


# ---- threads ----


@pytest.mark.san
def test_a_thread_that_outlives_its_test(recording):
    log = recording.record({
        "work": """
            import threading
            go, done = threading.Event(), threading.Event()
            def first():
                return 1
            def second():
                return 2
            def run():
                first()
                started.set()
                go.wait()
                second()
                done.set()
            started = threading.Event()
            def start():
                threading.Thread(target=run, daemon=True).start()
                started.wait()
        """,
        "test_it": """
            import work
            def test_1():
                work.start()
            def test_2():
                work.go.set()
                work.done.wait()
            def test_3():
                pass
        """,
    })
    assert recording.needs("test_1", "work.py", "first")
    assert recording.needs("test_1", "work.py", "second")
    assert recording.needs("test_2", "work.py", "second")
    assert not recording.needs("test_3", "work.py", "second")
    assert log.tests["test_1"][3] is None


def test_an_import_in_a_thread(recording):
    recording.record({
        "late": """
            def at_import():
                return 1
            at_import()
        """,
        "test_it": """
            import threading
            def importing():
                import late
            def test_1():
                thread = threading.Thread(target=importing)
                thread.start()
                thread.join()
            def test_2():
                import late
            def test_3():
                pass
        """,
    })
    for test in ("test_1", "test_2"):
        assert recording.needs_module(test, "late.py"), test
        assert recording.needs(test, "late.py", "at_import"), test
    assert not recording.needs_module("test_3", "late.py")


# ---- what cannot be seen ----


def test_executed_code_counts_as_a_whole_file(recording):
    log = recording.record({
        "script": "X = 1\n",
        "test_it": """
            import os
            import runpy
            HERE = os.path.dirname(__file__)
            def test_run():
                runpy.run_path(os.path.join(HERE, "script.py"))
            def test_exec():
                name = os.path.join(HERE, "script.py")
                exec(compile("def f(): pass", name, "exec"))
            def test_other():
                exec("x = 1")
        """,
    })
    assert 0 in log.depends("test_run", "script.py", DATA)
    assert 0 in log.depends("test_exec", "script.py", DATA)
    assert not log.depends("test_other", "script.py", DATA)


@pytest.mark.parametrize("how", ["subprocess.run(['true'])", "os.system('true')", "fork()", "spawn()"])
def test_a_child_makes_the_record_incomplete(recording, how):
    log = recording.record({
        "test_it": f"""
            import os
            import subprocess
            def fork():
                pid = os.fork()
                if not pid:
                    os._exit(0)
                os.waitpid(pid, 0)
            def spawn():
                import multiprocessing
                process = multiprocessing.get_context("spawn").Process(target=int)
                process.start()
                process.join()
            def test_1():
                {how}
            def test_2():
                pass
        """,
    })
    assert "child process" in log.tests["test_1"][3]
    assert log.tests["test_2"][3] is None


def test_tracing_taken_away(tmp_path):
    recording = Recording(tmp_path, TRACE)
    log = recording.record({
        "test_it": """
            import sys
            def test_1():
                sys.settrace(None)
            def test_2():
                old = sys.gettrace()
                sys.settrace(lambda *a: None)
                sys.settrace(old)
                used()
            def used():
                return 1
            def test_3():
                used()
        """,
    })
    assert log.tests["test_1"][3] == "tracing was taken away"
    assert log.tests["test_2"][3] == "tracing was taken away"
    assert log.tests["test_3"][3] is None
    assert recording.needs("test_3", "test_it.py", "used")


def test_memo_carriers_are_one_a_function(recording):
    log = recording.record(MEMOS)
    owners = [c.owner for c in log.carriers.values() if c.kind == MEMO]
    for name in ("key", "glob", "tried", "early", "lazy"):
        assert owners.count(f"memo.py::{name}") == 1, name
