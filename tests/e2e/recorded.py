"""Records a small project in a process of its own, with one of the cores."""

import os
import subprocess
import sys
import textwrap

from conftest import HERE, INSTALLED, TOP
from recorder_log import LOOKUP, Log

PROBE, TRACE = 0, 1

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
