"""Both cores of the recorder against a slow tracer, and what the second user of
a value must not miss."""

import json

import pytest

from conftest import HERE
from recorded import CONSTRUCTS, PROBE, TRACE, Recording, run
from recorder_log import MEMO, PY


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
    # ... whose carrier has the version: once, not in every test.
    version = len(recording.suites("code.py")) - 1
    assert version not in log.test("test_loops").deps[PY, "code.py"]


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


def test_memo_carriers_are_one_a_function(recording):
    log = recording.record(MEMOS)
    # "memo.py::lazy for test_a": of the objects that this file has.
    owners = [c.owner.partition(" for ")[0] for c in log.carriers.values() if c.kind == MEMO]
    for name in ("key", "glob", "tried", "early", "lazy"):
        assert owners.count(f"memo.py::{name}") == 1, name
