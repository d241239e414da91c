"""Children that run our interpreter: they tell what they do, and their tests depend on that alone."""

import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import TOP

CORES = ["probe", "trace"]
CLI = TOP / "build" / "taut"
HOW = {
    "script": 'run(sys.executable, "script.py")',
    "-m": 'run(sys.executable, "-m", "script")',
    "-c": 'run(sys.executable, "-c", "import script")',
    "-I": 'run(sys.executable, "-I", "script.py", "here")',
    "by name": 'run("python", "script.py", env={"PATH": os.path.dirname(sys.executable)})',
    "empty environment": 'run(sys.executable, "script.py", env={})',
    "other environment": 'run(sys.executable, "script.py", env={**os.environ, "A": "1"})',
    "asyncio": "asyncio.run(asynchronous())",
    "grandchild": 'run(sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, \'script.py\'])")',
    "posix_spawn": "spawned()",
    "preexec": 'run(sys.executable, "script.py", preexec_fn=lambda: None)',
    "other directory": 'run(sys.executable, "../script.py", cwd="sub")',
}


@pytest.fixture
def project(nothing_beside):
    return nothing_beside


@pytest.fixture
def tree(project):
    """test_child runs script.py, which uses one of two functions of helper.py, and reads a file."""
    project.path("sub").mkdir()
    project.write("data.txt", "data")
    project.files(
        script="""
            import os, sys
            sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
            import helper
            print(helper.used(), open(os.path.dirname(os.path.abspath(__file__)) + "/data.txt").read())
        """,
        helper="""
            VALUE = 1
            def used():
                return VALUE
            def unused():
                return 2
        """,
        other="def f(): pass\n",
        test_it="""
            import asyncio
            import os
            import subprocess
            import sys

            def run(*args, **more):
                return subprocess.check_output(args, text=True, **more)

            async def asynchronous():
                p = await asyncio.create_subprocess_exec(sys.executable, "script.py", stdout=subprocess.PIPE)
                return (await p.communicate())[0].decode()

            def spawned():
                reader, writer = os.pipe()
                pid = os.posix_spawn(sys.executable, [sys.executable, "script.py"], os.environ,
                                     file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)])
                os.close(writer)
                os.waitpid(pid, 0)
                with open(reader) as file:
                    return file.read()

            def test_child():
                out = HOW
                assert out == "1 data\\n"

            def test_else():
                assert "TAUT_RUN" not in os.environ
        """,
    )
    return project


def nothing_runs(project, *args):
    assert project.run(*args).ran == set()


def ask(project, *words):
    return subprocess.run([CLI, *words], cwd=project.root, capture_output=True, text=True).stdout


@pytest.mark.parametrize("core", ["probe", pytest.param("trace", marks=pytest.mark.slow)])
@pytest.mark.parametrize("how", HOW)
def test_exactly_its_users(tree, how, core):
    core = f"--testmon-core={core}"
    tree.edit("test_it.py", "HOW", HOW[how])
    tree.record(core)
    assert "tree" not in ask(tree, "show", "test_it.py::test_child")
    nothing_runs(tree, core)
    # None of these is of any use to the child.
    tree.edit("helper.py", "return 2", "return 3")
    tree.edit("other.py", "pass", "return 1")
    tree.write("sub/new.txt", "")
    nothing_runs(tree, core)
    tree.edit("helper.py", "return VALUE", "return VALUE + 1")
    result = tree.run(core)
    assert result.ran == {"test_child"} == result.failed
    tree.edit("helper.py", "return VALUE + 1", "return VALUE")
    assert tree.run(core).ran == {"test_child"}
    nothing_runs(tree, core)


def test_the_environment_is_what_it_would_be(project):
    """A child inherits what C knows, os.environ or not."""
    project.write("test_it.py", """
        import ctypes, os, subprocess, sys, pytest
        CODE = "import os; assert os.environ.pop('SAID_IN_C') == 'x'; assert 'TAUT_RUN' not in os.environ"
        @pytest.mark.parametrize("close", [True, False])
        def test_inherited(close):
            ctypes.CDLL(None).setenv(b"SAID_IN_C", b"x", 1)
            assert "SAID_IN_C" not in os.environ
            subprocess.run([sys.executable, "-c", CODE], close_fds=close, check=sys.version_info >= (3, 13) or close)
        @pytest.mark.skipif(sys.version_info >= (3, 13), reason="None is allowed")
        def test_none():
            with pytest.raises(TypeError):
                os.posix_spawn(sys.executable, [sys.executable, "-c", ""], None)
    """)
    assert project.run().failed == set()


@pytest.mark.parametrize(
    "change",
    ["script", "constant", "data", "data gone", "shadowed"],
)
def test_what_a_child_depends_on(tree, change):
    tree.edit("test_it.py", "HOW", HOW["script"])
    tree.record()
    if change == "script":
        tree.edit("script.py", "print(", "print(1 and ")
    elif change == "constant":
        tree.edit("helper.py", "VALUE = 1", "VALUE = 2")
    elif change == "data":
        tree.write("data.txt", "other")
    elif change == "data gone":
        tree.remove("data.txt")
    else:
        tree.write("helper/__init__.py", "def used(): return 3\n")
    assert tree.run().ran == {"test_child"}


def test_without_bytecode_and_with_a_warm_cache(tree):
    tree.edit("test_it.py", "HOW", HOW["script"])
    tree.env["PYTHONDONTWRITEBYTECODE"] = ""
    tree.record()
    tree.env["PYTHONDONTWRITEBYTECODE"] = "1"
    tree.edit("test_it.py", "1 data", "1  data".replace("  ", " "))
    tree.edit("helper.py", "return VALUE", "return 1")
    assert tree.run().ran == {"test_child"}
    tree.edit("helper.py", "return 1", "return 4")
    assert tree.run().failed == {"test_child"}

def test_xdist(tree):
    pytest.importorskip("xdist")
    tree.edit("test_it.py", "HOW", HOW["script"])
    tree.record("-n", "2")
    nothing_runs(tree, "-n", "2")
    tree.edit("helper.py", "return 2", "return 3")
    nothing_runs(tree, "-n", "2")
    tree.edit("helper.py", "return VALUE", "return 2")
    assert tree.run("-n", "2").failed == {"test_child"}


# ---- ways to end ----

ENDS = {
    "killed by the test": ("sys.stdout.flush(); time.sleep(60)", "p.stdout.readline(); p.kill()"),
    "killed by itself": ("sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)", "pass"),
    "os._exit": ("sys.stdout.flush(); os._exit(3)", "pass"),
    "an exception": ("1 / 0", "pass"),
}


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("end", ENDS)
def test_ends(project, end, core):
    core = f"--testmon-core={core}"
    last, then = ENDS[end]
    project.files(
        helper="def work():\n    return 1\ndef other():\n    return 2\n",
        script=f"""
            import os, signal, sys, time
            import helper
            print(helper.work())
            {last}
        """,
        test_it=f"""
            import subprocess, sys
            def test_child():
                p = subprocess.Popen([sys.executable, "script.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                {then}
                p.communicate()
            def test_else(): pass
        """,
    )
    project.record(core)
    nothing_runs(project, core)
    project.edit("helper.py", "return 2", "return 3")
    nothing_runs(project, core)
    project.edit("helper.py", "return 1", "return 3")
    assert project.run(core).ran == {"test_child"}


def test_a_run_that_is_killed(tree):
    """Nothing of it may count as complete."""
    tree.edit("test_it.py", "HOW", HOW["script"])
    tree.edit("test_it.py", "def test_else():", """
def test_killed():
    import signal
    if os.path.exists(os.environ["KILL"]):
        os.kill(os.getpid(), signal.SIGKILL)

def test_else():""")
    kill = tree.root.parent / "kill"
    kill.touch()
    tree.env["KILL"] = str(kill)
    assert tree.run().rc == -signal.SIGKILL
    kill.unlink()
    assert tree.run().ran == {"test_child", "test_killed", "test_else"}
    nothing_runs(tree)


def test_an_edit_while_the_child_runs(tree):
    """Nobody knows which state it saw."""
    tree.edit("test_it.py", "HOW", HOW["script"])
    tree.edit("script.py", "print(", """
import time
if "READY" in os.environ:
    open(os.environ["READY"], "w").close()
    while os.path.exists(os.environ["READY"]):
        time.sleep(0.01)
print(""")
    ready = tree.root.parent / "ready"
    process = tree.start("--testmon", env={"READY": str(ready)})
    while not ready.exists() and process.poll() is None:
        time.sleep(0.01)
    tree.edit("helper.py", "VALUE = 1", "VALUE = 2")
    ready.unlink()
    assert tree.wait(process).rc == 0
    assert tree.run().ran == {"test_child"}


def test_killed_before_it_could_be_observed(project):
    project.write("script.py", "")
    project.files(test_it="""
        import os, signal, subprocess, sys
        def test_child():
            # Stopped before its first instruction.
            p = subprocess.Popen([sys.executable, "script.py"], preexec_fn=os.getpid)
            p.kill()
            p.wait()
        def test_else(): pass
    """)
    for _ in range(3):
        project.run()
    # Whether it got so far is chance; but never less than this.
    project.edit("script.py", "", "import sys")
    assert project.run().ran <= {"test_child"}


# ---- what outlives a test ----

SERVER = """
    import http.server
    import helper

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(str(getattr(helper, self.path[1:])()).encode())

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
"""
START = """
    import subprocess, sys
    def start():
        return subprocess.Popen([sys.executable, "server.py"], stdout=subprocess.PIPE, text=True)
"""


@pytest.fixture
def served(project):
    project.files(
        helper="def one():\n    return 1\ndef two():\n    return 2\ndef no():\n    return 3\n",
        server=SERVER,
        client="""
            import urllib.request
            def ask(port, what):
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                return opener.open(f"http://127.0.0.1:{port}/{what}").read().decode()
        """,
        start=START,
    )
    return project


@pytest.mark.parametrize("core", CORES)
def test_a_server_of_a_session_fixture(served, core):
    core = f"--testmon-core={core}"
    served.files(
        conftest="""
            import pytest, start
            @pytest.fixture(scope="session")
            def port():
                process = start.start()
                yield int(process.stdout.readline())
                process.kill()
                process.communicate()
        """,
        test_it="""
            import client
            def test_1(port): assert client.ask(port, "one") == "1"
            def test_2(port): assert client.ask(port, "two") == "2"
            def test_else(): pass
        """,
    )
    served.record(core)
    nothing_runs(served, core)
    served.edit("helper.py", "return 3", "return 4")
    nothing_runs(served, core)
    served.edit("helper.py", "return 2", "return 5")
    result = served.run(core)
    assert result.ran == {"test_1", "test_2"} and result.failed == {"test_2"}
    served.edit("server.py", "200", "201")
    assert {"test_1", "test_2"} == served.run(core).ran


def test_a_server_that_a_test_leaves_behind(served):
    """Who runs while it lives may use it."""
    served.files(
        test_it="""
            import atexit, client, start
            PORT = []
            def test_0(): pass
            def test_1():
                process = start.start()
                atexit.register(process.communicate)
                atexit.register(process.kill)
                PORT.append(int(process.stdout.readline()))
                assert client.ask(PORT[0], "one") == "1"
            def test_2(): assert client.ask(PORT[0], "two") == "2"
        """,
    )
    served.record()
    nothing_runs(served)
    served.edit("helper.py", "return 3", "return 4")
    nothing_runs(served)
    served.edit("helper.py", "return 2", "return 5")
    assert served.run().ran == {"test_1", "test_2"}


def test_a_daemon(project):
    """It closes every descriptor, ours too, and works on when its starter is gone."""
    project.files(
        helper="def early():\n    return 1\ndef late():\n    return 2\ndef no():\n    return 3\n",
        daemon="""
            import os, sys, time
            import helper
            if os.fork():
                os._exit(0)
            os.setsid()
            if os.fork():
                os._exit(0)
            os.closerange(3, 64)
            out = open(sys.argv[1], "w")
            while not os.path.exists(sys.argv[1] + ".go"):
                time.sleep(0.01)
            out.write(str(helper.late()))
            out.close()
            os.rename(sys.argv[1], sys.argv[1] + ".done")
        """,
        test_it="""
            import os, subprocess, sys, time
            import pytest
            @pytest.fixture(scope="module")
            def base(tmp_path_factory):
                return str(tmp_path_factory.mktemp("x") / "out")
            def test_1(base):
                subprocess.check_call([sys.executable, "daemon.py", base])
            def test_2(base):
                open(base + ".go", "w").close()
                while not os.path.exists(base + ".done"):
                    time.sleep(0.01)
                assert open(base + ".done").read() == "2"
        """,
    )
    project.record()
    nothing_runs(project)
    project.edit("helper.py", "return 3", "return 4")
    nothing_runs(project)
    project.edit("helper.py", "return 2", "return 5")
    assert project.run().failed == {"test_2"}


def test_a_child_of_the_session(served):
    """All tests may use what is there before the first of them."""
    served.files(
        conftest="""
            import start
            def pytest_sessionstart(session):
                session.config.server = start.start()
                session.config.port = int(session.config.server.stdout.readline())
            def pytest_unconfigure(config):
                config.server.kill()
                config.server.communicate()
        """,
        test_it="""
            import client
            def test_1(request): assert client.ask(request.config.port, "one") == "1"
        """,
    )
    served.record()
    nothing_runs(served)
    served.edit("helper.py", "return 1", "return 5")
    assert served.run().failed == {"test_1"}


def test_a_server_of_the_standard_library(project):
    """It reads what it serves."""
    project.write("www/page.txt", "text")
    project.files(
        conftest="""
            import pytest, re, subprocess, sys
            @pytest.fixture(scope="session")
            def port():
                command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
                process = subprocess.Popen([*command, "--directory", "www"], stdout=subprocess.PIPE,
                                           stderr=subprocess.DEVNULL, text=True)
                yield int(re.search("port ([0-9]+)", process.stdout.readline())[1])
                process.terminate()
                process.communicate()
        """,
        test_it="""
            import urllib.request
            def test_1(port):
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                assert opener.open(f"http://127.0.0.1:{port}/page.txt").read() == b"text"
            def test_else(): pass
        """,
    )
    project.record()
    nothing_runs(project)
    project.write("other.txt", "")
    nothing_runs(project)
    project.write("www/page.txt", "other")
    assert project.run().failed == {"test_1"}


def test_a_plugin_that_forks_for_each_test(project):
    """As pytest-forked does."""
    project.env["PYTHONPATH"] = f"{project.root.parent / 'site-packages'}{os.pathsep}{project.env['PYTHONPATH']}"
    (project.root.parent / "site-packages" / "forking.py").write_text("""
import os, pickle
import pytest
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        reports = runtestprotocol(item, log=False)
        with open(writer, "wb") as file:
            pickle.dump([item.config.hook.pytest_report_to_serializable(config=item.config, report=r) for r in reports],
                        file)
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as file:
        for data in pickle.load(file):
            report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
            item.ihook.pytest_runtest_logreport(report=report)
    os.waitpid(pid, 0)
    return True
""")
    project.files(
        helper="def one():\n    return 1\ndef two():\n    return 2\n",
        test_it="import helper\ndef test_1(): assert helper.one() == 1\ndef test_2(): assert helper.two() == 2\n",
    )
    args = ("-p", "forking")
    project.record(*args)
    nothing_runs(project, *args)
    project.edit("helper.py", "return 1", "return 3")
    assert project.run(*args).failed == {"test_1"}


def test_a_child_that_outlives_the_run(served):
    served.files(
        test_it="""
            import client, start
            def test_1():
                process = start.start()
                port = int(process.stdout.readline())
                open(PIDFILE, "w").write(str(process.pid))
                assert client.ask(port, "one") == "1"
        """
    )
    pidfile = served.root.parent / "pid"
    served.edit("test_it.py", "PIDFILE", repr(str(pidfile)))
    try:
        served.record()
        nothing_runs(served)
        served.edit("helper.py", "return 1", "return 5")
        os.kill(int(pidfile.read_text()), signal.SIGKILL)
        assert served.run().failed == {"test_1"}
    finally:
        os.kill(int(pidfile.read_text()), signal.SIGKILL)


# ---- forks ----

FORKS = {
    "fork": """
        pid = os.fork()
        if not pid:
            os._exit(helper.work(0))
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    """,
    "executor": """
        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            assert list(pool.map(helper.work, [1, 2])) == [2, 3]
    """,
    "forkpty": """
        pid, fd = os.forkpty()
        if not pid:
            os._exit(helper.work(0))
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
        os.close(fd)
    """,
    "process by fork": """
        context = multiprocessing.get_context("fork")
        queue = context.SimpleQueue()
        process = context.Process(target=helper.put, args=(queue,))
        process.start()
        assert queue.get() == 2
        process.join()
    """,
    "pool by fork": """
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map(helper.work, [1, 2]) == [2, 3]
    """,
    "process by spawn": """
        context = multiprocessing.get_context("spawn")
        queue = context.SimpleQueue()
        process = context.Process(target=helper.put, args=(queue,))
        process.start()
        assert queue.get() == 2
        process.join()
    """,
    # Joined: a worker that Pool's end kills while Python starts is not observed.
    "pool by spawn": """
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            assert pool.map(helper.work, [1, 2]) == [2, 3]
            pool.close()
            pool.join()
    """,
    "process by forkserver": """
        context = multiprocessing.get_context("forkserver")
        queue = context.SimpleQueue()
        process = context.Process(target=helper.put, args=(queue,))
        process.start()
        assert queue.get() == 2
        process.join()
    """,
    "pool by forkserver": """
        with multiprocessing.get_context("forkserver").Pool(2) as pool:
            assert pool.map(helper.work, [1, 2]) == [2, 3]
    """,
}
FORKED = """
def work(x):
    return x + 1

def put(queue):
    queue.put(work(1))

def other():
    return 2
"""


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("how", FORKS)
def test_forks(project, how, core):
    core = f"--testmon-core={core}"
    project.write("helper.py", FORKED)
    body = FORKS[how].replace("\n    ", "\n")
    project.write("test_it.py", "import concurrent.futures, multiprocessing, os\nimport helper\n"
                  f"def test_1():{body}\ndef test_2():{body}\ndef test_else():\n    assert helper.other()\n")
    project.record(core)
    nothing_runs(project, core)
    project.edit("helper.py", "return 2", "return 3")
    assert project.run(core).ran == {"test_else"}
    project.edit("helper.py", "x + 1", "x + 3")
    result = project.run(core)
    assert result.ran == {"test_1", "test_2"} == result.failed


def test_a_fork_uses_what_was_there(project):
    """A value that is kept, and a module, from before the fork."""
    project.files(
        helper="""
            import functools
            import constants
            CACHE = {}
            @functools.lru_cache
            def slow(x):
                return inner(x)
            def inner(x):
                return x + 1
            def kept(x):
                if x not in CACHE:
                    CACHE[x] = inner2(x)
                return CACHE[x]
            def inner2(x):
                return x + 1
        """,
        constants="ONE = 1\n",
        test_it="""
            import os, helper
            def code(f):
                pid = os.fork()
                if not pid:
                    os._exit(f())
                return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            def test_warm():
                assert helper.slow(1) == helper.kept(1) == 2
            def test_lru(): assert code(lambda: helper.slow(1)) == 2
            def test_kept(): assert code(lambda: helper.kept(1)) == 2
            def imported():
                import constants
                return constants.ONE
            def test_module(): assert code(imported) == 1
        """,
    )
    project.record()
    nothing_runs(project)
    project.edit("helper.py", "x + 1", "x + 2")
    assert {"test_warm", "test_lru"} <= project.run().failed
    project.edit("helper.py", "x + 2", "x + 1")
    project.run()
    project.edit("helper.py", "def inner2(x):\n    return x + 1", "def inner2(x):\n    return x + 2")
    assert {"test_warm", "test_kept"} <= project.run().failed
    project.edit("constants.py", "1", "2")
    assert "test_module" in project.run().failed


def test_a_preloaded_forkserver(project):
    project.files(
        helper="VALUE = 1\ndef work(x):\n    return x + VALUE\n",
        test_it="""
            import multiprocessing
            def work(x):
                import helper
                return helper.work(x)
            def test_1():
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(["helper"])
                with context.Pool(1) as pool:
                    assert pool.map(work, [1]) == [2]
            def test_else(): pass
        """,
    )
    project.record()
    nothing_runs(project)
    project.edit("helper.py", "VALUE = 1", "VALUE = 2")
    assert project.run().failed == {"test_1"}


def test_a_fork_that_comes_back_to_pytest(project):
    """A child that forgot os._exit() runs the rest of the tests, as it always did."""
    project.files(
        helper="def work():\n    return 1\n",
        test_it="""
            import os, helper
            def test_fork():
                pid = os.fork()
                if pid:
                    os.waitpid(pid, 0)
                assert helper.work() == 1
            def test_else(): assert helper.work() == 1
        """,
    )
    project.run()
    project.edit("helper.py", "return 1", "return 2")
    assert project.run().ran == {"test_fork", "test_else"}


# ---- files that children write ----


def test_a_file_that_a_child_writes(project):
    """It is no input: not of the test that reads it, not of the next child."""
    project.files(
        script="""
            import random
            open("out.txt", "w").write(str(random.random()))
        """,
        reader="open('out.txt').read()\n",
        test_it="""
            import subprocess, sys
            def test_1():
                subprocess.check_call([sys.executable, "script.py"])
                assert open("out.txt").read()
                subprocess.check_call([sys.executable, "reader.py"])
            def test_else(): pass
        """,
    )
    project.record()
    nothing_runs(project)
    project.edit("script.py", "str(", "'x' + str(")
    assert project.run().ran == {"test_1"}
    nothing_runs(project)


def test_a_file_that_a_test_writes_for_its_child(project):
    project.files(
        script="print(open('in.txt').read())\n",
        test_it="""
            import subprocess, sys, time
            def test_1():
                open("in.txt", "w").write(str(time.time()))
                subprocess.check_call([sys.executable, "script.py"])
            def test_else(): pass
        """,
    )
    project.record()
    nothing_runs(project)


# ---- variables ----


def test_a_variable_that_a_child_reads(project):
    project.files(
        script="import os\nprint(os.environ.get('LEVEL'), os.environ.get('MADE'))\n",
        test_it="""
            import os, subprocess, sys
            def test_1(monkeypatch):
                monkeypatch.setenv("MADE", "x")
                subprocess.check_call([sys.executable, "script.py"])
            def test_else(): pass
        """,
    )
    project.env["LEVEL"] = "1"
    project.record()
    nothing_runs(project)
    project.env["MADE"] = "other"
    nothing_runs(project)
    project.env["LEVEL"] = "2"
    assert project.run().ran == {"test_1"}


def test_the_child_sees_no_variable_of_ours(project):
    project.files(
        script="import os\nprint(sorted(os.environ))\nos.system('env')\n",
        test_it="""
            import os, subprocess, sys
            def test_1():
                out = subprocess.check_output([sys.executable, "script.py"], text=True)
                assert "TAUT" not in out
                out = subprocess.check_output(["env"], env={"A": "1"}, text=True)
                assert out == "A=1\\n"
        """,
    )
    project.record()


# ---- together with those that cannot be observed ----


@pytest.mark.parametrize("how", ["sh", "-S", "os.system", "exec"])
def test_a_grandchild_that_cannot_be_observed(tree, how):
    call = {
        "sh": 'subprocess.run(["sh", "-c", "cat other.py"])',
        "-S": 'subprocess.run([sys.executable, "-S", "other.py"])',
        "os.system": 'os.system("cat other.py")',
        "exec": 'os.fork() or os.execv("/bin/cat", ["cat", "other.py"])',
    }[how]
    tree.edit("test_it.py", "HOW", HOW["script"])
    tree.edit("script.py", "print(", f"import subprocess; {call}\nprint(")
    tree.edit("test_it.py", "1 data", "data")
    tree.edit("test_it.py", "out ==", "out !=")
    tree.record()
    nothing_runs(tree)
    tree.edit("other.py", "pass", "return 1")
    assert tree.run().ran == {"test_child"}
    nothing_runs(tree)
    tree.write("new.txt", "")
    why = ask(tree, "why", "test_it.py::test_child")
    assert "it starts a child process that could not be observed" in why


def test_another_python(tree):
    """The same interpreter, of another environment: it has no start-up file."""
    other = tree.root.parent / "other"
    (other / "bin").mkdir(parents=True)
    (other / "bin" / "python").symlink_to(os.path.realpath(sys.executable))
    tree.edit("test_it.py", "HOW", f'run({str(other / "bin" / "python")!r}, "script.py")')
    tree.record()
    assert "tree         ." in ask(tree, "show", "test_it.py::test_child")
    nothing_runs(tree)
    tree.edit("other.py", "pass", "return 1")
    assert tree.run().ran == {"test_child"}


def test_a_program_that_is_not_there(tree):
    tree.edit("test_it.py", "out = HOW", """
    for args in ([sys.executable + "x"], [sys.executable, "script.py"]):
        try:
            subprocess.Popen(args, cwd="nowhere")
        except OSError:
            pass
    out = "1 data\\n" """)
    tree.record()
    nothing_runs(tree)


def test_pytest_in_a_child(tree):
    """Its tests and what they use."""
    tree.files(inner__test_inner="""
        import helper
        def test_inner(): assert helper.used() == 1
    """)
    tree.write("inner/pytest.ini", "[pytest]\npythonpath = ..\n")
    tree.edit("test_it.py", "out = HOW", """
    run(sys.executable, "-m", "pytest", "inner")
    out = "1 data\\n" """)
    tree.write("pytest.ini", "[pytest]\ntestpaths = .\nnorecursedirs = inner\n")
    tree.record()
    nothing_runs(tree)
    tree.edit("helper.py", "return 2", "return 3")
    nothing_runs(tree)
    tree.edit("helper.py", "return VALUE", "return 2")
    assert tree.run().failed == {"test_child"}
    tree.edit("helper.py", "return 2", "return VALUE")
    tree.run()
    tree.files(inner__test_more="def test_more(): assert 0\n")
    assert tree.run().failed == {"test_child"}


def test_testmon_in_a_child(tree):
    """It records for itself, and tells nothing."""
    tree.edit("test_it.py", "out = HOW", f"""
    run(*{tree.command("--testmon")[:3]!r}, *{tree.plugin!r}, "--testmon", "inner")
    out = "1 data\\n" """)
    tree.files(inner__test_inner="def test_inner(): pass\n")
    tree.write("inner/pytest.ini", "[pytest]\n")
    tree.write("pytest.ini", "[pytest]\nnorecursedirs = inner\n")
    tree.record()
    assert tree.run().ran == {"test_child"}


def test_a_pool_of_a_fixture_starts_late(project):
    """Its process is started by the first test, and serves the second."""
    project.files(
        helper="""
            def work(x):
                return x + 1
            def other():
                return 1
        """,
        conftest="""
            import concurrent.futures
            import pytest

            @pytest.fixture(scope="session")
            def pool():
                with concurrent.futures.ProcessPoolExecutor(1) as pool:
                    yield pool

            @pytest.fixture
            def submit(pool):
                return pool.submit
        """,
        test_it="""
            import helper
            def test_1(submit): assert submit(helper.work, 1).result() == 2
            def test_2(submit): assert submit(helper.work, 2).result() == 3
            def test_else(): assert helper.other() == 1
        """,
    )
    project.record()
    nothing_runs(project)
    project.edit("helper.py", "x + 1", "x + 2")
    assert project.run().ran == {"test_1", "test_2"}
