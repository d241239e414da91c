"""What tests read that is no imported code: files, listings, absent paths, environment variables,
child processes, installed distributions.  Tracked from a later stage on: issue 4."""

import os

from . import probe, step, write


def inp(name, text, *a, **more):
    probe(name, text, *a, issue=4, **more)


OTHER = '''
== test_other.py
def test_other(): pass
'''

READERS = {
    "open": 'open("data.txt").read()',
    "pathlib": '__import__("pathlib").Path("data.txt").read_text()',
    "os.open": '__import__("os").read(__import__("os").open("data.txt", 0), 9).decode()',
    "io.open": '__import__("io").open("data.txt").read()',
    "codecs.open": '__import__("codecs").open("data.txt", encoding="utf-8").read()',
    "fileinput": '"".join(__import__("fileinput").input(["data.txt"]))',
    "mmap": 'bytes(__import__("mmap").mmap(__import__("os").open("data.txt", 0), 0, access=1)).decode()',
}
for label, expr in READERS.items():
    inp("data file read by " + label, f'''
== data.txt
one
== lib.py
def read():
    return {expr}
== test_a.py
import lib
def test_read(): assert lib.read() == "one\\n"
def test_else(): pass
''', row="f", edit={"data.txt": "two\n"}, must="test_a.py::test_read", must_not="test_a.py::test_else")

inp("data file read at import", '''
== data.json
{"x": 1}
== lib.py
import json
with open("data.json") as f:
    CONF = json.load(f)
== test_a.py
import lib
def test_x(): assert lib.CONF["x"] == 1
''' + OTHER, row="f", n2=True, edit={"data.json": '{"x": 2}\n'}, must="test_a.py::test_x", must_not="test_other.py::test_other")

inp("data file read by a session fixture", '''
== data.txt
one
== conftest.py
import pytest
@pytest.fixture(scope="session")
def data():
    with open("data.txt") as f:
        return f.read()
== test_a.py
def test_1(data): assert data == "one\\n"
def test_2(data): assert len(data) == 4
def test_3(): pass
''', row="f", n2=True, edit={"data.txt": "three\n"}, must="test_a.py::test_1 test_a.py::test_2", must_not="test_a.py::test_3")

inp("data file read through a cache", '''
== data.txt
one
== lib.py
import functools
@functools.lru_cache
def read():
    with open("data.txt") as f:
        return f.read()
== test_a.py
import lib
def test_1(): assert lib.read() == "one\\n"
def test_2(): assert len(lib.read()) == 4
def test_3(): pass
''', row="f", edit={"data.txt": "three\n"}, must="test_a.py::test_1 test_a.py::test_2", must_not="test_a.py::test_3")

inp("data file read by library code", '''
== app.ini
[a]
x = 1
== lib.py
import configparser
def read():
    c = configparser.ConfigParser()
    c.read("app.ini")
    return c["a"]["x"]
== test_a.py
import lib
def test_read(): assert lib.read() == "1"
def test_else(): pass
''', row="f", edit={"app.ini": "[a]\nx = 2\n"}, must="test_a.py::test_read", must_not="test_a.py::test_else")

inp("data file read by linecache and importlib.resources", '''
== pkg/__init__.py
== pkg/data.txt
one
== lib.py
import importlib.resources
def read():
    return importlib.resources.files("pkg").joinpath("data.txt").read_text()
== test_a.py
import lib
def test_read(): assert lib.read() == "one\\n"
def test_else(): pass
''', row="f", edit={"pkg/data.txt": "two\n"}, must="test_a.py::test_read", must_not="test_a.py::test_else")

inp("file read with exec", '''
== conf.cfg
X = 1
== lib.py
def load():
    ns = {}
    with open("conf.cfg") as f:
        exec(f.read(), ns)
    return ns["X"]
== test_a.py
import lib
def test_load(): assert lib.load() == 1
def test_else(): pass
''', row="f", edit={"conf.cfg": "X = 2\n"}, must="test_a.py::test_load", must_not="test_a.py::test_else")

inp("sqlite database", '''
== lib.py
import sqlite3
def read():
    try:
        c = sqlite3.connect("file:data.db?mode=ro", uri=True)
        return c.execute("select x from t").fetchone()[0]
    except sqlite3.OperationalError:
        return 1
== test_a.py
import lib
def test_read(): assert lib.read() == 1
''', row="f", edit=lambda root: database(root), must="test_a.py::test_read")

inp("data file outside of the cwd, absolute path", '''
== data/d.txt
one
== test_a.py
import os
HERE = os.path.dirname(os.path.abspath(__file__))
def test_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert open(os.path.join(HERE, "data", "d.txt")).read() == "one\\n"
def test_else(): pass
''', row="f", edit={"data/d.txt": "two\n"}, must="test_a.py::test_read", must_not="test_a.py::test_else")

inp("data file deleted", '''
== data.txt
one
== test_a.py
def test_read(): assert open("data.txt").read()
def test_else(): pass
''', row="f", edit={"data.txt": None}, must="test_a.py::test_read", must_not="test_a.py::test_else")

inp("two files compared by filecmp", '''
== one.txt
x
== two.txt
x
== test_a.py
import filecmp
def test_same(): assert filecmp.cmp("one.txt", "two.txt", shallow=False)
def test_else(): pass
''', row="f", edit={"two.txt": "y\n"}, must="test_a.py::test_same", must_not="test_a.py::test_else")

for label, expr in {
    "os.path.exists": 'os.path.exists("flag")',
    "pathlib exists": 'pathlib.Path("flag").exists()',
    "os.path.isfile": 'os.path.isfile("flag")',
    "os.access": 'os.access("flag", os.R_OK)',
    "os.stat": 'stat()',
    "except FileNotFoundError": 'opened()',
}.items():
    inp("file appears: " + label, f'''
== lib.py
import os, pathlib
def stat():
    try:
        return bool(os.stat("flag"))
    except OSError:
        return False
def opened():
    try:
        return bool(open("flag"))
    except FileNotFoundError:
        return False
def has():
    return {expr}
== test_a.py
import lib
def test_has(): assert not lib.has()
def test_else(): pass
''', edit={"flag": "x"}, must="test_a.py::test_has", must_not="test_a.py::test_else")

inp("file vanishes", '''
== flag
x
== test_a.py
import os
def test_has(): assert os.path.exists("flag")
def test_else(): pass
''', edit={"flag": None}, must="test_a.py::test_has", must_not="test_a.py::test_else")

for label, expr in {
    "os.listdir": 'sorted(os.listdir("d"))',
    "os.scandir": 'sorted(e.name for e in os.scandir("d"))',
    "glob": 'sorted(os.path.basename(p) for p in glob.glob("d/*"))',
    "pathlib glob": 'sorted(p.name for p in pathlib.Path("d").glob("*"))',
    "os.walk": '[f for _, _, fs in os.walk("d") for f in sorted(fs)]',
}.items():
    inp("file appears in a listing: " + label, f'''
== d/a.txt
== lib.py
import os, glob, pathlib
def names():
    return {expr}
== test_a.py
import lib
def test_names(): assert lib.names() == ["a.txt"]
def test_else(): pass
''', edit={"d/b.txt": ""}, must="test_a.py::test_names", must_not="test_a.py::test_else")

inp("parametrized from a listing", '''
== cases/a.txt
1
== test_a.py
import os, pytest
@pytest.mark.parametrize("name", sorted(os.listdir("cases")))
def test_case(name): assert open("cases/" + name).read() == "1\\n"
''' + OTHER, edit={"cases/b.txt": "1\n"}, must="test_a.py::test_case[b.txt]", spare="test_a.py::test_case[a.txt]",
    must_not="test_other.py::test_other")

inp("parametrized from a data file", '''
== cases.json
[1, 2]
== test_a.py
import json, pytest
@pytest.mark.parametrize("n", json.load(open("cases.json")))
def test_n(n): assert n
''' + OTHER, row="t2", edit={"cases.json": "[1, 0]\n"}, must="test_a.py::test_n[0]", spare="test_a.py::test_n[1]",
    must_not="test_other.py::test_other")

inp("own output is no input", '''
== test_a.py
def test_a():
    with open("out.txt", "w") as f:
        f.write("x")
    assert open("out.txt").read() == "x"
def test_b(): pass
''', edit={"out.txt": "changed"}, must_not="test_a.py::test_a test_a.py::test_b")

inp("tmp_path and caches are no inputs", '''
== test_a.py
import os
def test_a(tmp_path, cache):
    (tmp_path / "f").write_text("x")
    assert os.listdir(tmp_path) == ["f"]
    cache.set("a/b", 1)
''', edit={".pytest_cache/v/a/b": "2"}, must_not="test_a.py::test_a")

# ---- environment ----
for label, expr in {
    "os.environ.get": 'os.environ.get("LEVEL", "low")',
    "os.getenv": 'os.getenv("LEVEL", "low")',
    "os.environ[]": 'os.environ["LEVEL"] if "LEVEL" in os.environ else "low"',
    "environ copied": 'dict(os.environ).get("LEVEL", "low")',
    "os.path.expandvars": 'os.path.expandvars("$LEVEL").replace("$LEVEL", "low")',
}.items():
    inp("environment variable: " + label, f'''
== lib.py
import os
def level():
    return {expr}
== test_a.py
import lib
def test_level(): assert lib.level() == "low"
def test_else(): pass
''', row="l", env={"LEVEL": "high"}, first=step(), must="test_a.py::test_level", must_not="test_a.py::test_else")

inp("environment variable read at import", '''
== lib.py
import os
LEVEL = os.environ.get("LEVEL", "low")
== test_a.py
import lib
def test_level(): assert lib.LEVEL == "low"
''' + OTHER, row="l", n2=True, env={"LEVEL": "high"}, first=step(), must="test_a.py::test_level",
    must_not="test_other.py::test_other")

inp("environment variable taken away", '''
== test_a.py
import os
def test_level(): assert os.environ["LEVEL"] == "high"
def test_else(): pass
''', row="l", env={}, first=step(env={"LEVEL": "high"}), must="test_a.py::test_level", must_not="test_a.py::test_else")

inp("environment variable set by the test itself", '''
== test_a.py
import os
def test_level(monkeypatch):
    monkeypatch.setenv("LEVEL", "mid")
    assert os.environ["LEVEL"] == "mid"
''', row="l", env={"LEVEL": "high"}, first=step(), must_not="test_a.py::test_level")

inp("environment variable nobody reads", '''
== test_a.py
def test_a(): pass
''', row="l", env={"UNREAD": "high"}, first=step(), must_not="test_a.py::test_a")

inp("environment variable: a child's code", '''
== test_a.py
import subprocess, sys
CODE = "import os; print(os.environ.get('LEVEL'))"
def test_code(): assert subprocess.check_output([sys.executable, "-c", CODE], text=True) == "None\\n"
def test_stdin(): assert subprocess.check_output([sys.executable], input=CODE, text=True) == "None\\n"
def test_else(): assert subprocess.check_output([sys.executable, "-c", "pass"]) == b""
''', row="l", env={"LEVEL": "high"}, first=step(), must="test_a.py::test_code test_a.py::test_stdin",
    must_not="test_a.py::test_else")

inp("environment variable: a shell", '''
== test_a.py
import subprocess
def test_shell(): assert subprocess.check_output(["sh", "-c", "echo $LEVEL"], text=True) == "\\n"
def test_else(): pass
''', row="l", env={"LEVEL": "high"}, first=step(), must="test_a.py::test_shell", must_not="test_a.py::test_else")

# ---- what a path is ----
inp("file can be executed", '''
== run.sh
echo
== test_a.py
import os, stat
def test_access(): assert not os.access("run.sh", os.X_OK)
def test_mode(): assert not os.stat("run.sh").st_mode & stat.S_IXUSR
def test_else(): assert not os.path.exists("stop.sh")
''', row="f", edit=lambda root: os.chmod(f"{root}/run.sh", 0o755), must="test_a.py::test_access test_a.py::test_mode",
    must_not="test_a.py::test_else")


def link(root, target):
    os.unlink(f"{root}/now")
    if target:
        os.symlink(target, f"{root}/now")
    else:
        with open(f"{root}/now", "w") as f:
            f.write("1\n")


inp("link points elsewhere", '''
== a.txt
1
== b.txt
1
== now -> a.txt
== test_a.py
import os, pathlib
def test_readlink(): assert os.readlink("now") == "a.txt"
def test_resolve(): assert pathlib.Path("now").resolve().name == "a.txt"
def test_realpath(): assert os.path.realpath("now").endswith("a.txt")
def test_samefile(): assert os.path.samefile("now", "a.txt")
def test_islink(): assert os.path.islink("now")
def test_else(): assert pathlib.Path("b.txt").resolve().name == "b.txt"
''', row="f", steps=[
    step(lambda root: link(root, "b.txt"), spare="test_a.py::test_islink", must_not="test_a.py::test_else",
         must="test_a.py::test_readlink test_a.py::test_resolve test_a.py::test_realpath test_a.py::test_samefile"),
    step(lambda root: link(root, ""), must="test_a.py::test_islink", must_not="test_a.py::test_else",
         rerun="test_a.py::test_readlink test_a.py::test_resolve test_a.py::test_realpath test_a.py::test_samefile")])


def to_file(root):
    os.rmdir(f"{root}/d/sub")
    with open(f"{root}/d/sub", "w") as f:
        f.write("")


inp("directory becomes a file", '''
== d/sub/x.txt
== test_a.py
import os
def test_scandir(): assert [e.is_dir() for e in os.scandir("d")] == [True]
def test_else(): pass
''', row="h", edit=lambda root: (os.unlink(f"{root}/d/sub/x.txt"), to_file(root)), must="test_a.py::test_scandir",
    must_not="test_a.py::test_else")

# ---- children ----
CHILD = '''
== worker.py
import sys
def work():
    return 1
if __name__ == "__main__":
    print(work())
'''
BRK = {"worker.py": ("return 1", "return 2")}

for label, call in {
    "subprocess.run": 'subprocess.run([sys.executable, "worker.py"], capture_output=True, text=True).stdout',
    "subprocess -m": 'subprocess.run([sys.executable, "-m", "worker"], capture_output=True, text=True).stdout',
    "subprocess -c": 'subprocess.run([sys.executable, "-c", "import worker; print(worker.work())"], capture_output=True, text=True).stdout',
    "os.popen": 'os.popen(sys.executable + " worker.py").read()',
    "shell": 'subprocess.check_output(f"{sys.executable} worker.py", shell=True, text=True)',
    "empty environment": 'subprocess.run([sys.executable, "worker.py"], capture_output=True, text=True, env={}).stdout',
    "python -S": 'subprocess.run([sys.executable, "-S", "worker.py"], capture_output=True, text=True).stdout',
    "python -I": 'subprocess.run([sys.executable, "-I", "worker.py"], capture_output=True, text=True).stdout',
    "grandchild": 'subprocess.run([sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, \'worker.py\'])"], capture_output=True, text=True).stdout',
    "asyncio": 'asyncio.run(achild())',
}.items():
    inp("child: " + label, CHILD + f'''
== test_a.py
import asyncio, os, subprocess, sys
async def achild():
    p = await asyncio.create_subprocess_exec(sys.executable, "worker.py", stdout=subprocess.PIPE)
    return (await p.communicate())[0].decode()
def test_child(): assert {call} == "1\\n"
def test_else(): pass
''', row="m", edit=BRK, must="test_a.py::test_child", must_not="test_a.py::test_else")

inp("child started by a session fixture", CHILD + '''
== conftest.py
import pytest, subprocess, sys
@pytest.fixture(scope="session")
def out():
    return subprocess.run([sys.executable, "worker.py"], capture_output=True, text=True).stdout
== test_a.py
def test_1(out): assert out == "1\\n"
def test_2(out): assert len(out.strip("1")) == 1
def test_3(): pass
''', row="m", edit=BRK, must="test_a.py::test_1 test_a.py::test_2", must_not="test_a.py::test_3")

inp("child: constant of an imported module", '''
== conf.py
ONE = 1
== worker.py
import conf
print(conf.ONE)
== test_a.py
import subprocess, sys
def test_child(): assert subprocess.check_output([sys.executable, "worker.py"], text=True) == "1\\n"
def test_else(): pass
''', row="m", edit={"conf.py": ("1", "2")}, must="test_a.py::test_child", must_not="test_a.py::test_else")

inp("child killed by the test", '''
== worker.py
import sys, time
def work():
    return 1
print(work(), flush=True)
time.sleep(60)
== test_a.py
import subprocess, sys
def test_child():
    p = subprocess.Popen([sys.executable, "worker.py"], stdout=subprocess.PIPE, text=True)
    line = p.stdout.readline()
    p.kill()
    p.wait()
    assert line == "1\\n"
def test_else(): pass
''', row="m", edit=BRK, must="test_a.py::test_child", must_not="test_a.py::test_else")

for method in ("fork", "spawn", "forkserver"):
    inp(f"multiprocessing {method}", f'''
== worker.py
def work(q):
    q.put(1)
def other():
    return 1
== test_a.py
import multiprocessing, worker
def test_child():
    ctx = multiprocessing.get_context("{method}")
    q = ctx.SimpleQueue()
    p = ctx.Process(target=worker.work, args=(q,))
    p.start()
    got = q.get()
    p.join()
    assert got == 1
def test_else(): assert worker.other() == 1
''', row="n", edit={"worker.py": ("q.put(1)", "q.put(2)")}, must="test_a.py::test_child", must_not="test_a.py::test_else")

inp("multiprocessing pool", '''
== worker.py
def work(x):
    return x + 1
def other():
    return 1
== test_a.py
import multiprocessing, worker
def test_child():
    with multiprocessing.get_context("fork").Pool(2) as p:
        assert p.map(worker.work, [1, 2]) == [2, 3]
def test_else(): assert worker.other() == 1
''', row="n", edit={"worker.py": ("x + 1", "x + 2")}, must="test_a.py::test_child", must_not="test_a.py::test_else")

inp("ProcessPoolExecutor", '''
== worker.py
def work(x):
    return x + 1
def other():
    return 1
== test_a.py
import concurrent.futures, worker
def test_child():
    with concurrent.futures.ProcessPoolExecutor(1) as p:
        assert p.submit(worker.work, 1).result() == 2
def test_else(): assert worker.other() == 1
''', row="n", edit={"worker.py": ("x + 1", "x + 2")}, must="test_a.py::test_child", must_not="test_a.py::test_else")

inp("ProcessPoolExecutor of a session fixture", '''
== worker.py
def work(x):
    return x + 1
def other():
    return 1
== conftest.py
import concurrent.futures, pytest
@pytest.fixture(scope="session")
def pool():
    with concurrent.futures.ProcessPoolExecutor(1) as p:
        yield p
== test_a.py
import worker
def test_1(pool): assert pool.submit(worker.work, 1).result() == 2
def test_2(pool): assert pool.submit(worker.work, 2).result() == 3
def test_else(): assert worker.other() == 1
''', row="n", edit={"worker.py": ("x + 1", "x + 2")}, must="test_a.py::test_1 test_a.py::test_2",
    must_not="test_a.py::test_else")

inp("os.fork child that ends with os._exit", '''
== worker.py
def work():
    return 1
def other():
    return 3
== test_a.py
import os, worker
def test_child():
    pid = os.fork()
    if pid == 0:
        os._exit(worker.work())
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
def test_else(): assert worker.other() == 3
''', row="o", edit=BRK, must="test_a.py::test_child", must_not="test_a.py::test_else")

# ---- installed distributions ----
DIST = '''
== site/site-packages/dep/__init__.py
V = 1
== site/site-packages/dep-1.0.0.dist-info/METADATA
Metadata-Version: 2.1
Name: dep
Version: 1.0.0
== site/site-packages/dep-1.0.0.dist-info/RECORD
dep/__init__.py,,
dep-1.0.0.dist-info/METADATA,,
dep-1.0.0.dist-info/RECORD,,
dep-1.0.0.dist-info/top_level.txt,,
== site/site-packages/dep-1.0.0.dist-info/top_level.txt
dep
== proj/pytest.ini
[pytest]
== proj/test_a.py
import dep
def test_dep(): assert dep.V == 1
== proj/test_b.py
def test_b(): pass
'''


def upgrade(root, version):
    s = f"{root}/site/site-packages"
    with open(f"{s}/dep/__init__.py", "w") as f:
        f.write("V = 20000\n")
    os.rename(f"{s}/dep-1.0.0.dist-info", f"{s}/dep-{version}.dist-info")
    for name in ("METADATA", "RECORD"):
        path = f"{s}/dep-{version}.dist-info/{name}"
        with open(path) as f:
            text = f.read()
        with open(path, "w") as f:
            f.write(text.replace("1.0.0", version))


SITE = {"PYTHONPATH": "../site/site-packages"}
inp("distribution upgraded, patch part", DIST, row="ac2", cwd="proj", env=SITE, edit=lambda root: upgrade(root, "1.0.1"),
    must="test_a.py::test_dep", must_not="test_b.py::test_b")
inp("distribution upgraded, minor part", DIST, row="ac", cwd="proj", env=SITE, edit=lambda root: upgrade(root, "1.1.0"),
    must="test_a.py::test_dep", must_not="test_b.py::test_b")
inp("distribution that no test uses is installed", DIST, row="ac", cwd="proj", env=SITE, edit={
    "site/site-packages/more/__init__.py": "",
    "site/site-packages/more-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: more\nVersion: 1.0\n",
    "site/site-packages/more-1.0.dist-info/top_level.txt": "more\n"},
    must_not="test_a.py::test_dep test_b.py::test_b")


def database(root):
    import sqlite3
    c = sqlite3.connect(f"{root}/data.db")
    c.execute("create table t (x)")
    c.execute("insert into t values (2)")
    c.commit()
    c.close()

probe("size of a file: os.DirEntry.stat", '''
== data/d.txt
one
== test_lib.py
import os
def test_text(): assert [e.stat().st_size for e in os.scandir("data")] == [4]
def test_else(): pass
''', edit={"data/d.txt": "three\n"}, must="test_lib.py::test_text")

probe("child: code from a pipe, posix_spawn, exec after fork", '''
== lib.py
def f(): return 1
== test_lib.py
import subprocess, sys
def test_it(): assert subprocess.run([sys.executable], input="import lib; print(lib.f())", text=True, capture_output=True).stdout == "1\\n"
def test_dash(): assert subprocess.run([sys.executable, "-"], input="import lib; print(lib.f())", text=True, capture_output=True).stdout == "1\\n"
def test_spawn():
    import os
    r, w = os.pipe()
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", "import lib; print(lib.f())"], dict(os.environ), file_actions=[(os.POSIX_SPAWN_DUP2, w, 1)])
    os.close(w)
    with open(r) as f: assert f.read() == "1\\n"
    os.waitpid(pid, 0)
def test_fork_exec():
    import os
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        os.dup2(w, 1)
        os.execv(sys.executable, [sys.executable, "-c", "import lib; print(lib.f())"])
    os.close(w)
    with open(r) as f: assert f.read() == "1\\n"
    os.waitpid(pid, 0)
def test_else(): pass
''', edit={"lib.py": ("return 1", "return 2")}, must="test_lib.py::test_it test_lib.py::test_dash test_lib.py::test_spawn test_lib.py::test_fork_exec", must_not="test_lib.py::test_else")


def own_cat(root):
    path = os.path.join(root, "bin", "cat")
    write(root, {"bin/cat": "#!/bin/sh\necho ours\n"})
    os.chmod(path, 0o755)


PAGER = '''
== bin/readme.txt
nothing yet
== lib.py
def f(): return 1
== data.txt
1
== test_pager.py
import os, subprocess
HERE = os.path.dirname(os.path.abspath(__file__))
def run(args, **kw): return subprocess.run(args, input=b"x", capture_output=True, **kw).stdout
def test_cat(): assert run(["cat"]) == b"x"
def test_shell(): assert run(" cat ", shell=True) == b"x"
def test_file(): assert run(["cat", "data.txt"]) == b"1\\n"
def test_shell_file(): assert run("cat data.txt", shell=True) == b"1\\n"
def test_first(): assert run(["cat"], env={"PATH": HERE + "/bin:" + os.environ["PATH"]}) == b"x"
def test_first_shell(): assert run("cat", shell=True, env={"PATH": HERE + "/bin:" + os.environ["PATH"]}) == b"x"
'''
probe("child that only passes on what it is given", PAGER, edit={"data.txt": "2\n"},
      must="test_pager.py::test_file test_pager.py::test_shell_file", spare="test_pager.py::test_cat test_pager.py::test_shell")
probe("child that the project may give another program", PAGER, edit=own_cat,
      must="test_pager.py::test_first test_pager.py::test_first_shell", spare="test_pager.py::test_cat test_pager.py::test_shell")
