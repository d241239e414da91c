"""What tests depend on beside the suites that they entered: modules, threads,
and what cannot be seen."""

import pytest

from recorded import PROBE, TRACE, Recording
from recorder_log import DATA, EXISTS, MODULE, PY, TREE


@pytest.fixture(params=[PROBE, TRACE], ids=["probe", "trace"])
def recording(request, tmp_path):
    return Recording(tmp_path, request.param)


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


@pytest.mark.parametrize("how", ["subprocess.run(['true'])", "os.system('true')", "spawn()"])
def test_a_child_depends_on_the_tree(recording, how):
    log = recording.record({
        "test_it": f"""
            import os
            import subprocess
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
    assert log.depends("test_1", ".", TREE)
    assert not log.depends("test_2", ".", TREE)
    assert log.tests["test_1"][3] is None


def test_a_fork_goes_on_with_the_recorder(recording):
    """It needs nothing that would have to be installed."""
    log = recording.record({
        "helper": """
            def work():
                return 0
            def other():
                return 1
        """,
        "test_it": """
            import os
            import helper
            def test_1():
                pid = os.fork()
                if not pid:
                    os._exit(helper.work())
                os.waitpid(pid, 0)
            def test_2():
                pass
        """,
    })
    assert not log.depends("test_1", ".", TREE)
    assert 1 in log.depends("test_1", "helper.py") and 2 not in log.depends("test_1", "helper.py")
    assert not log.depends("test_2", "helper.py") - {4}
    assert log.tests["test_1"][3] is None


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
