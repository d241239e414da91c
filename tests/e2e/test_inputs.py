"""What tests read that is no imported code: files, listings, absent paths.

Each case is a project, a change outside of its code, the tests that must run
because of it, and the tests that must not.
"""

import sys
from importlib import util

import pytest

from inputs import ONE, TWO, check, check_all, library, write_all

# What is done -> (files, change); names that begin with "/" are at the root.
READS = {
    "open": ("open('data.txt').read()", ONE, TWO),
    "open bytes": ("open(b'data.txt', 'rb').read()", ONE, TWO),
    "absolute": ("open(os.path.abspath('data.txt')).read()", ONE, TWO),
    "through up": ("open(os.path.join('d', '..', 'data.txt')).read()", {**ONE, "d/x": ""}, TWO),
    "os.open": ("os.read(os.open('data.txt', os.O_RDONLY), 9)", ONE, TWO),
    "read and write": ("open('data.txt', 'r+').read()", ONE, TWO),
    "pathlib": ("pathlib.Path('data.txt').read_text()", ONE, TWO),
    "pathlib absolute": (
        "pathlib.Path(__file__).with_name('beside.txt').read_bytes()",
        {"/beside.txt": "1"},
        {"/beside.txt": "2"},
    ),
    "json": ("json.load(open('data.json'))", {"data.json": "[1]\n"}, {"data.json": "[2]\n"}),
    "configparser": (
        "configparser.ConfigParser().read('data.ini')",
        {"data.ini": "[a]\nb = 1\n"},
        {"data.ini": "[a]\nb = 2\n"},
    ),
    "exec": ("exec(open('conf').read(), {})", {"conf": "x = 1\n"}, {"conf": "x = 2\n"}),
    "resources": (
        "importlib.resources.files('pkg').joinpath('data.txt').read_text()",
        {"/pkg/__init__.py": "", "/pkg/data.txt": "one\n"},
        {"/pkg/data.txt": "two\n"},
    ),
    "pkgutil": (
        "pkgutil.get_data('pkg2', 'data.txt')",
        {"/pkg2/__init__.py": "", "/pkg2/data.txt": "one\n"},
        {"/pkg2/data.txt": "two\n"},
    ),
    "getsource": (
        "inspect.getsource(importlib.import_module('n').f)",
        {"/n.py": "def f(): pass\n"},
        {"/n.py": "def f(): pass\n# changed\n"},
    ),
    "source of a project file": (
        "ast.parse(open('n.py').read())",
        {"n.py": "def f(): pass\n"},
        {"n.py": "def f(): pass\n# changed\n"},
    ),
    "shutil.copy": ("shutil.copy('data.txt', tempfile.mkdtemp())", ONE, TWO),
    "link into the project": (
        "os.symlink(os.path.abspath('d'), L := tempfile.mkdtemp() + '/l') or open(L + '/f').read()",
        {"d/f": "one\n"},
        {"d/f": "two\n"},
    ),
    "sqlite": (
        "attempt(sqlite3.connect, 'file:none.db?mode=ro', uri=True)",
        {},
        {"none.db": ""},
    ),
    "getsize": ("os.path.getsize('data.txt')", ONE, {"data.txt": "longer\n"}),
    "name that is not ASCII": ("open('d\\xe9.txt').read()", {"d\xe9.txt": "1"}, {"d\xe9.txt": "2"}),
    "vanishes": ("open('data.txt').read()", ONE, {"data.txt": None}),
    "failed open": ("attempt(open, 'absent')", {}, {"absent": ""}),
    "failed open by pytest.raises": (
        "pytest.raises(OSError, open, 'absent').type and None",
        {},
        {"absent": ""},
    ),
    "listdir": ("os.listdir('d')", {"d/a": ""}, {"d/b": ""}),
    "listdir of here": ("os.listdir()", {"d/a": ""}, {"new": ""}),
    "listdir of the root": ("os.listdir(os.path.dirname(__file__))", {}, {"/new": ""}),
    "scandir": ("list(os.scandir('d'))", {"d/a": ""}, {"d/b": ""}),
    "glob": ("glob.glob('d/*.txt')", {"d/a": ""}, {"d/b.txt": ""}),
    "pathlib glob": ("list(pathlib.Path('d').glob('*'))", {"d/a": ""}, {"d/a": None, "d/b": ""}),
    "iterdir": ("list(pathlib.Path('d').iterdir())", {"d/a": ""}, {"d/b": ""}),
    "walk": ("list(os.walk('d'))", {"d/e/a": ""}, {"d/e/b": ""}),
    "copytree": ("shutil.copytree('d', tempfile.mkdtemp() + '/d')", {"d/a": ""}, {"d/b": ""}),
    "listing of an absent directory": ("attempt(os.listdir, 'none')", {}, {"none/": ""}),
    "iter_modules": (
        "list(pkgutil.iter_modules(['d']))",
        {"d/a.py": ""},
        {"d/b.py": ""},
    ),
    "exists": ("os.path.exists('flag')", {}, {"flag": ""}),
    "exists in an absent directory": ("os.path.exists('none/flag')", {}, {"none/flag": ""}),
    "isfile of a directory": ("os.path.isfile('d')", {"d/a": ""}, {"d": None}),
    "pathlib exists": ("pathlib.Path('flag').exists()", {}, {"flag": ""}),
    "pathlib is_dir": ("pathlib.Path('flag').is_dir()", {}, {"flag/": ""}),
    "access": ("os.access('flag', os.R_OK)", {}, {"flag": ""}),
    "lexists": ("os.path.lexists('flag')", {}, {"flag": ""}),
    "stat": ("attempt(os.stat, 'flag')", {}, {"flag": ""}),
    "resolve, strictly": ("attempt(pathlib.Path('flag').resolve, strict=True)", {}, {"flag": ""}),
    "isdir, vanishes": ("os.path.isdir('d')", {"d/a": ""}, {"d": None}),
}
IMPORTS = """
import ast, configparser, glob, importlib.resources, inspect, json, os, pathlib, pkgutil, pytest
import shutil, sqlite3, tempfile
def attempt(f, *args, **more):
    try:
        f(*args, **more)
    except (OSError, sqlite3.Error):
        pass
"""


def test_reads(project):
    check_all(project, READS, True, IMPORTS)


def test_reads_with_the_trace_core(project):
    names = ["open", "pathlib", "getsource", "glob", "exists", "failed open"]
    check_all(project, {name: READS[name] for name in names}, True, IMPORTS, ["--testmon-core=trace"])


# name -> (files, must, never) when data.txt changes
PLACES = {
    "import": (
        {
            "m.py": "DATA = open('data.txt').read()\n",
            "test_m.py": "import m\ndef test_a(): m.DATA\n",
            "test_n.py": "def test_n(): pass\n",
        },
        {"test_a"},
        {"test_n"},
    ),
    "import of the test file": (
        {"test_m.py": "DATA = open('data.txt').read()\ndef test_a(): DATA\n", "test_n.py": "def test_n(): pass\n"},
        {"test_a"},
        {"test_n"},
    ),
    "parametrize": (
        {
            "test_m.py": """
            import pytest
            @pytest.mark.parametrize("x", open("data.txt").read().split())
            def test_a(x): assert x
            """,
            "test_n.py": "def test_n(): pass\n",
        },
        {"test_a[two]"},
        {"test_n"},
    ),
    "conftest": (
        {
            "a/conftest.py": "DATA = open('data.txt').read()\n",
            "a/test_m.py": "def test_a(): pass\n",
            "test_n.py": "def test_n(): pass\n",
        },
        {"test_a"},
        {"test_n"},
    ),
    "configure": (
        {
            "conftest.py": "def pytest_configure(config): config.data = open('data.txt').read()\n",
            "test_m.py": "def test_a(pytestconfig): pytestconfig.data\n",
        },
        {"test_a"},
        set(),
    ),
    "fixture": (
        {
            "test_m.py": """
            import pytest
            @pytest.fixture
            def data(): return open("data.txt").read()
            def test_a(data): data
            def test_b(): pass
            """
        },
        {"test_a"},
        {"test_b"},
    ),
    "session fixture": (
        {
            "conftest.py": """
            import pytest
            @pytest.fixture(scope="session")
            def data(): return open("data.txt").read()
            """,
            "test_m.py": "def test_a(data): data\ndef test_b(): pass\n",
            "test_n.py": "def test_c(data): data\n",
        },
        {"test_a", "test_c"},
        {"test_b"},
    ),
    "teardown of a session fixture": (
        {
            "conftest.py": """
            import pytest
            @pytest.fixture(scope="session")
            def data():
                yield
                open("data.txt").read()
            """,
            "test_m.py": "def test_a(data): pass\ndef test_b(): pass\n",
            "test_n.py": "def test_c(data): pass\n",
        },
        {"test_a", "test_c"},
        {"test_b"},
    ),
    "cache of the project": (
        {
            "m.py": """
            import functools
            @functools.lru_cache
            def data():
                return open("data.txt").read()
            def other():
                pass
            """,
            "test_m.py": "import m\ndef test_a(): m.data()\ndef test_b(): m.data()\ndef test_c(): m.other()\n",
        },
        {"test_a", "test_b"},
        {"test_c"},
    ),
    "both read, one fails": (
        {
            "test_m.py": """
            def test_a(): assert "one" in open("data.txt").read()
            def test_b(): open("data.txt").read()
            def test_c(): pass
            """,
        },
        {"test_a", "test_b"},
        {"test_c"},
    ),
    "thread": (
        {
            "test_m.py": """
            import threading
            def read(): open("data.txt").read()
            def test_a():
                t = threading.Thread(target=read)
                t.start()
                t.join()
            """,
        },
        {"test_a"},
        set(),
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_place(project, name):
    files, must, never = PLACES[name]
    write_all(project, {**files, **ONE})
    check(project, TWO, must, never)


def test_thread_pool_of_library_code_alone(project):
    project.write("data.txt", "one\n")
    project.write(
        "test_m.py",
        """
        import concurrent.futures, pathlib
        def test_a():
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                pool.submit(pathlib.Path("data.txt").read_text).result()
        """,
    )
    project.record()
    project.write("data.txt", "two\n")
    assert project.run().ran == {"test_a"}


# ---- library code ----

def test_a_library_that_keeps_what_it_read(project):
    project.env = library(project)
    write_all(
        project,
        {
            "m.py": "import keeper\ndef page():\n    return keeper.load('data.txt')\ndef other():\n    pass\n",
            "test_m.py": "import m\ndef test_a(): m.page()\ndef test_b(): m.page()\ndef test_c(): m.other()\n",
            **ONE,
        },
    )
    check(project, TWO, {"test_a", "test_b"}, {"test_c"})


def test_a_library_called_on_module_level(project):
    project.env = library(project)
    write_all(
        project,
        {
            "m.py": "import keeper\nDATA = keeper.load('data.txt')\n",
            "test_m.py": "import m\ndef test_a(): m.DATA\n",
            "test_n.py": "import m\ndef test_b(): m.DATA\n",
            "test_o.py": "def test_c(): pass\n",
            **ONE,
        },
    )
    check(project, TWO, {"test_a", "test_b"}, {"test_c"})


def test_a_library_that_reads_while_it_is_imported(project):
    project.env = library(project, "import os\nFOUND = os.path.exists('keeper.ini')\n")
    write_all(
        project,
        {
            "test_m.py": "def test_a():\n    import keeper\n",
            "test_n.py": "def test_b():\n    import keeper\n    assert not keeper.FOUND\n",
        },
    )
    check(project, {"keeper.ini": ""}, {"test_a", "test_b"})


@pytest.mark.skipif(not util.find_spec("jinja2"), reason="no jinja2")
def test_templates(project):
    write_all(
        project,
        {
            "m.py": """
            import jinja2
            ENV = jinja2.Environment(loader=jinja2.FileSystemLoader("t"))
            def page():
                return ENV.get_template("a.html").render()
            def other():
                return ENV.get_template("b.html").render()
            """,
            "test_m.py": "import m\ndef test_a(): m.page()\ndef test_b(): m.page()\ndef test_c(): m.other()\n",
            "t/base.html": "base",
            "t/a.html": "{% extends 'base.html' %}",
            "t/b.html": "b",
        },
    )
    check(project, {"t/base.html": "other"}, {"test_a", "test_b"}, {"test_c"})


def test_a_fixture_of_a_plugin(project):
    text = """
        import pytest
        @pytest.fixture
        def data_file():
            return open("data.txt").read()
    """
    project.env = library(project, text, "pytest_keeper")
    write_all(project, {"test_m.py": "def test_a(data_file): pass\ndef test_b(): pass\n", **ONE})
    check(project, TWO, {"test_a"}, {"test_b"}, ["-p", "pytest_keeper"])


# ---- what is no input ----

SILENT = {
    "output": ("open('out', 'w').write('x'); open('out').read()", {}, {"out": "y"}),
    "output, appended": ("open('out', 'a').write('x'); open('out').read()", {}, {"out": "y"}),
    "output of pathlib": ("p = pathlib.Path('out'); p.write_text('x'); p.read_text(); p.stat()", {}, {"out": "y"}),
    "copied": ("shutil.copy('data.txt', 'out'); open('out').read()", ONE, {"out": "y"}),
    "moved": (
        "open('a.tmp', 'w').close(); os.replace('a.tmp', 'out'); open('out').read()",
        {},
        {"out": "y"},
    ),
    "made directory": (
        "os.makedirs('d/e'); open('d/e/f', 'w').close(); os.listdir('d/e'); open('d/e/f').read(); "
        "os.path.exists('d/e/g'); shutil.rmtree('d')",
        {},
        {"d/e/f": ""},
    ),
    "temporary file": ("tempfile.NamedTemporaryFile(dir='.').read()", {}, {"x": ""}),
    "child's names": ("open('d/tmp', 'w').close(); os.listdir('d'); os.remove('d/tmp')", {"d/a": ""}, {"e": ""}),
    "realpath": ("os.path.realpath('absent')", {}, {"absent": ""}),
    "caches": (
        "glob.glob('.pytest_cache/*'), os.path.exists('.testmondata')",
        {".pytest_cache/x": ""},
        {".pytest_cache/y": ""},
    ),
    "git": ("os.listdir('.git')", {".git/HEAD": ""}, {".git/index": ""}),
    "metadata": ("importlib.metadata.version('pytest')", {}, {"/new": ""}),
    "traceback": ("broken()", {}, {"/n.py": "def f():\n    1 / 0\n# two\n"}),
    "nothing": ("None", ONE, TWO),
}


def test_no_inputs(project):
    project.write("n.py", "def f():\n    1 / 0\n# one\n")
    lines = """
import importlib.metadata, n, traceback
def broken():
    try:
        n.f()
    except ZeroDivisionError:
        traceback.format_exc()
"""
    check_all(project, SILENT, False, IMPORTS + lines)


def test_tmp_path_below_the_root(project):
    project.write(
        "test_m.py",
        """
        import os
        def test_a(tmp_path):
            (tmp_path / "f").write_text("x")
            assert os.listdir(tmp_path) == ["f"]
            assert (tmp_path / "f").read_text() == "x"
        """,
    )
    args = ["--basetemp=tmp"]
    project.record(*args)
    assert not project.record(*args).ran


def test_a_failure_shows_source_and_reads_none(project):
    """pytest reads the sources for its tracebacks; a second, passing run is clean."""
    project.write("m.py", "def f(): raise OSError\n# a comment\ndef g(): pass\n")
    project.write(
        "test_m.py",
        """
        import m, pytest, logging
        def test_a():
            with pytest.raises(OSError):
                m.f()
            try:
                m.f()
            except OSError:
                logging.exception("x")
        """,
    )
    check(project, {"m.py": "def f(): raise OSError\ndef g(): pass\n"}, (), {"test_a"})


def test_a_golden_file_that_is_updated(project):
    """Read, then rewritten: it counts as it was read, and settles in one run."""
    project.write("golden", "old\n")
    project.write(
        "test_m.py",
        """
        def test_a():
            with open("golden") as file:
                old = file.read()
            if old != "new\\n":
                with open("golden", "w") as file:
                    file.write("new\\n")
        def test_b(): pass
        """,
    )
    check(project, {"golden": "other\n"}, {"test_a"}, {"test_b"}, settles=2)


def test_a_run_that_somebody_disturbs(project):
    """The file changes between two tests, not by the run, and comes back."""
    project.write("data.txt", "one\n")
    project.write(
        "test_m.py",
        """
        import os, subprocess
        def test_a(): assert open("data.txt").read()
        def test_b(): os.posix_spawn("/bin/sh", ["sh", "-c", os.environ["DO"]], {}) if "DO" in os.environ else None
        def test_c():
            import time
            time.sleep(0.3)
            assert open("data.txt").read()
        def test_d(): pass
        """,
    )
    project.record(env={"DO": "echo two > data.txt"})
    project.write("data.txt", "one\n")
    result = project.run()
    assert {"test_a", "test_c"} <= result.ran
    assert "test_d" not in result.ran


# ---- the interpreter afterwards, and while it is watched ----


def test_os_looks_as_before(project):
    project.write("conftest.py", "import os\nSTAT, ENVIRON = os.stat, os.environ\n")
    project.write(
        "test_m.py",
        """
        import copy, os, pickle, shutil, subprocess, sys
        from conftest import ENVIRON, STAT
        def test_functions():
            assert os.stat is STAT and os.environ is ENVIRON
            assert os.stat in os.supports_fd and os.stat in os.supports_dir_fd
            assert os.stat in os.supports_follow_symlinks
            assert os.access in os.supports_effective_ids
            assert len(os.supports_dir_fd) == len(set(os.supports_dir_fd))
            assert shutil.rmtree.avoids_symlink_attacks
            assert os.stat(".", follow_symlinks=False).st_ino == os.lstat(path=".").st_ino
        def test_errors():
            for f in os.stat, os.lstat, os.scandir, os.listdir:
                try:
                    f("absent")
                except FileNotFoundError as error:
                    assert error.filename == "absent"
                else:
                    assert 0
            try:
                os.stat([])
            except TypeError:
                pass
            assert not os.access("absent", os.R_OK)
        def test_environ():
            assert isinstance(os.environ._data, dict)
            assert os.environb._data is os.environ._data
            os.environ["NEW"] = "1"
            assert os.environb[b"NEW"] == b"1"
            out = subprocess.run(["sh", "-c", "echo $NEW"], capture_output=True, text=True).stdout
            assert out == "1\\n"
            assert os.environ.copy()["NEW"] == "1"
            assert type(copy.deepcopy(os.environ._data)) is dict
            assert pickle.loads(pickle.dumps(os.environ._data)) == os.environ._data
            assert os.environ | {"X": "1"} == {**os.environ, "X": "1"}
            assert len(os.environ) == len(list(os.environ)) == len(os.environ.items())
            assert "NEW" in repr(os.environ)
            del os.environ["NEW"]
            assert "NEW" not in os.environ and os.environ.get("NEW") is None
            try:
                os.environ["NEW"]
            except KeyError as error:
                assert error.args == ("NEW",) and error.__suppress_context__
        """,
    )
    project.plain()
    result = project.record()
    assert result.ran == {"test_functions", "test_errors", "test_environ"}


def test_everything_is_put_back(project):
    project.write("test_m.py", "import os\ndef test_a(): os.environ['LEFT'] = 'x'; os.path.exists('x')\n")
    project.write(
        "twice.py",
        """
        import os, sys
        import pytest
        data, stat = os.environ._data, os.stat
        hashes = hash(os.stat), hash(os.lstat), hash(os.access)
        for _ in range(2):
            assert pytest.main(sys.argv[1:]) == 0
            assert os.environ._data is data is os.environb._data and type(data) is dict
            assert os.environ.pop("LEFT") == "x"
            assert os.stat is stat and (hash(os.stat), hash(os.lstat), hash(os.access)) == hashes
            assert os.stat in os.supports_fd and os.access in os.supports_effective_ids
            open("test_m.py", "a").write("def test_b(): os.environ['LEFT'] = 'x'\\n")
        """,
    )
    command = project.command("--testmon")
    at = command.index("pytest")
    project.command = lambda *args, python=(): [*command[: at - 1], "twice.py", *command[at + 1 :]]
    result = project.plain()
    assert result.rc == 0, result.out


def test_directories_beside_the_root(project):
    """Data there counts if the ini file says so; the rest of the disk does not."""
    beside = project.root.parent / "beside"
    beside.mkdir()
    project.write("pytest.ini", "[pytest]\ntestmon_roots = ../beside\n")
    project.write(str(beside / "data.txt"), "one\n")
    project.write(str(beside.parent / "far.txt"), "one\n")
    project.write(
        "test_m.py",
        """
        import os
        def test_a(): open("../beside/data.txt").read()
        def test_b(): open("../far.txt").read()
        def test_c(): os.listdir("../beside")
        """,
    )
    check(project, {str(beside / "data.txt"): "two\n", str(beside.parent / "far.txt"): "two\n"}, {"test_a"}, {"test_b"})
    assert not project.record().ran
    project.write(str(beside / "new"), "")
    assert project.run().ran == {"test_c"}


def test_a_link_to_the_root(project):
    """The directory of the run may be called by another name."""
    link = project.root.parent / "link"
    link.symlink_to(project.root)
    project.cwd = link
    write_all(
        project,
        {
            "test_m.py": """
            import os
            HERE = os.path.dirname(__file__)
            def test_a(): open("data.txt").read()
            def test_b(): open(os.path.join(HERE, "data.txt")).read()
            def test_c(): open(os.path.realpath("data.txt")).read()
            """,
            **ONE,
        },
    )
    check(project, TWO, {"test_a", "test_b", "test_c"})


def test_a_library_called_by_code_that_is_loaded_as_it_is(project):
    project.env = library(project)
    project.write("pytest.ini", "[pytest]\ntestmon_no_rewrite = m.py\n")
    write_all(
        project,
        {
            "m.py": "import keeper\ndef page():\n    return keeper.load('data.txt')\n",
            "test_m.py": "import m\ndef test_a(): m.page()\ndef test_b(): m.page()\n",
            "test_n.py": "def test_c(): pass\n",
            **ONE,
        },
    )
    check(project, TWO, {"test_a", "test_b"}, {"test_c"})


def test_paths_as_descriptors_and_relative_ones(project):
    """dir_fd, listings of descriptors, a changed working directory."""
    write_all(
        project,
        {
            "d/a": "",
            "test_m.py": """
            import os
            def test_dir_fd():
                fd = os.open("d", os.O_RDONLY)
                try:
                    os.stat("new", dir_fd=fd)
                except OSError:
                    pass
            def test_list():
                fd = os.open("d", os.O_RDONLY)
                os.listdir(fd)
            def test_chdir(monkeypatch):
                monkeypatch.chdir("d")
                os.path.exists("new")
            def test_root():
                os.path.exists("new")
            """,
        },
    )
    check(project, {"d/new": ""}, {"test_dir_fd", "test_list", "test_chdir"}, {"test_root"})


@pytest.mark.slow
def test_workers(project):
    pytest.importorskip("xdist")
    write_all(
        project,
        {
            "m.py": "import os\ndef f(): return open('data.txt').read(), os.environ.get('LEVEL')\n",
            "test_m.py": "import m\n" + "".join(f"def test_{i}(): m.f()\n" for i in range(4)),
            "test_n.py": "".join(f"def test_n{i}(): pass\n" for i in range(4)),
            **ONE,
        },
    )
    everyone = {f"test_{i}" for i in range(4)}
    check(project, TWO, everyone, {f"test_n{i}" for i in range(4)}, ["-n2"])
    assert project.record("-n2", env={"LEVEL": "1"}).ran == everyone


def test_other_python_files_are_watched_by_name_only_when_read(project):
    """A .py that is neither imported nor read is nobody's."""
    assert sys.version_info >= (3, 10)
    project.write("n.py", "x = 1\n")
    project.write("test_m.py", "def test_a(): pass\n")
    check(project, {"n.py": "x = 2\n"}, (), {"test_a"})
