"""Worst cases, generated: each function fills a folder and gives one edit,
(file, text that stands there once, text instead)."""


def empty(base):
    """10 000 tests that do nothing: what taut costs a test."""
    for n in range(100):
        tests = "".join(f"def test_{i}():\n    pass\n\n\n" for i in range(100))
        (base / f"test_{n:03}.py").write_text(tests)
    return "test_007.py", "def test_42():\n    pass\n", "def test_42():\n    edited_here = 1\n"


def wide(base):
    """2 000 tests that each run code of 150 files: what a dependency costs."""
    (base / "lib").mkdir()
    (base / "lib" / "__init__.py").write_text("")
    for n in range(300):
        body = "".join(f"def f{i}(x):\n    return x + {i}\n\n\n" for i in range(10))
        (base / "lib" / f"m{n:03}.py").write_text(body)
    modules = ", ".join(f"m{n:03}" for n in range(300))
    (base / "calls.py").write_text(
        f"from lib import {modules}\n\nMODULES = [{modules}]\n\n\n"
        "def call(start):\n"
        "    return [getattr(MODULES[(start + i) % 300], f'f{start % 10}')(i) for i in range(150)]\n"
    )
    for n in range(20):
        tests = "".join(f"def test_{i}():\n    assert len(call({n * 100 + i})) == 150\n\n\n" for i in range(100))
        (base / f"test_{n:02}.py").write_text(f"from calls import call\n\n\n{tests}")
    return "lib/m007.py", "    return x + 7\n", "    edited_here = 1\n    return x + 7\n"


def hot(base):
    """Calls and branches in a tight loop: what entering a suite costs."""
    (base / "loop.py").write_text(
        "def step(x):\n    if x & 1:\n        return 3 * x + 1\n    return x >> 1\n\n\n"
        "def steps(x):\n    n = 0\n    while x != 1:\n        x = step(x)\n        n += 1\n    return n\n\n\n"
        "def other(x):\n    return x + 1\n"
    )
    (base / "test_loop.py").write_text(
        "from loop import other, steps\n\n\ndef test_other():\n    assert other(1) == 2\n\n\n"
        "def test_steps():\n    assert max(map(steps, range(1, 60000))) == 339\n"
    )
    return "loop.py", "    return x + 1\n", "    edited_here = 1\n    return x + 1\n"


def imports(base):
    """One test that imports 300 modules: what loading a module costs."""
    (base / "lib").mkdir()
    (base / "lib" / "__init__.py").write_text("")
    for n in range(300):
        functions = "".join(f"def f{i}(x):\n    if x:\n        return {i}\n    return x\n\n\n" for i in range(20))
        (base / "lib" / f"m{n:03}.py").write_text(f"import os\n\nNAME = {n}\n\n\n{functions}")
    (base / "test_imports.py").write_text(
        "import importlib\n\n\ndef test_all():\n    for n in range(300):\n"
        "        assert importlib.import_module(f'lib.m{n:03}').NAME == n\n"
    )
    return "lib/m007.py", "        return 7\n", "        edited_here = 1\n        return 7\n"


PROJECTS = {f.__name__: f for f in (empty, wide, hot, imports)}
