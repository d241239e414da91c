"""Odd databases and odd sources: a run with taut is as good as one without."""

import os
import random
import sqlite3
import stat
import sys
import threading

import pytest

T = "import m\ndef test_f():\n    assert m.f() == 1\ndef test_g(): pass\n"
M = "def f():\n    return 1\n"


@pytest.fixture
def recorded(project):
    project.files(m=M, test_m=T)
    project.record()
    return project


# ---- the database ----

DAMAGE = {
    "empty": lambda data: b"",
    "one byte": lambda data: b"S",
    "text": lambda data: b"hello\n" * 1000,
    "header only": lambda data: data[:100],
    "half": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "zeros at the end": lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
    "zeros": lambda data: bytes(len(data)),
    "conflict markers": lambda data: b"<<<<<<< HEAD\n" + data + b"\n=======\n" + data + b"\n>>>>>>> other\n",
    "git lfs pointer": lambda data: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    "appended": lambda data: data + b"x" * 5000,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
}


def all_run_and_all_is_well_again(project, said=True):
    project.edit("m.py", "return 1", "return 1 + 0")
    result = project.run()
    assert result.ran == {"test_f", "test_g"} and result.rc == 0
    if said:
        # One line that says what is wrong.
        assert len([line for line in result.header.splitlines() if ".testmondata" in line]) == 1, result.header
    assert not project.record().ran
    project.edit("m.py", "return 1", "return 2")
    assert project.run().failed == {"test_f"}


@pytest.mark.parametrize("how", DAMAGE)
def test_damaged(recorded, how):
    data = recorded.datafile.read_bytes()
    recorded.datafile.write_bytes(DAMAGE[how](data))
    all_run_and_all_is_well_again(recorded, said=how not in ("appended",))


def test_flipped_bits(recorded):
    """Whatever is flipped: the affected test runs, and nothing crashes."""
    data = recorded.datafile.read_bytes()
    recorded.edit("m.py", "return 1", "return 2")
    chance = random.Random(7)
    for _ in range(12):
        broken = bytearray(data)
        for _ in range(chance.choice((1, 1, 20))):
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        recorded.datafile.write_bytes(broken)
        result = recorded.plain("--testmon-readonly")
        assert "test_f" in result.failed and result.rc == 1


def test_another_sqlite_database(recorded):
    recorded.datafile.unlink()
    db = sqlite3.connect(recorded.datafile)
    db.execute("CREATE TABLE things (a, b)")
    db.commit()
    db.close()
    all_run_and_all_is_well_again(recorded)


def test_the_database_of_testmon(recorded):
    recorded.datafile.unlink()
    db = sqlite3.connect(recorded.datafile)
    db.execute("CREATE TABLE metadata (dataid TEXT PRIMARY KEY, data TEXT)")
    db.execute("CREATE TABLE test_execution (id INTEGER PRIMARY KEY, test_name TEXT)")
    db.execute("PRAGMA user_version = 14")
    db.commit()
    db.close()
    all_run_and_all_is_well_again(recorded)


def tables(db):
    return [name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]


def test_a_newer_database(recorded):
    db = sqlite3.connect(recorded.datafile)
    version = db.execute("PRAGMA user_version").fetchone()[0]
    db.execute(f"PRAGMA user_version = {version + 1}")
    db.commit()
    db.close()
    recorded.edit("m.py", "return 1", "return 2")
    result = recorded.run()
    assert result.failed == {"test_f"} and "test_g" in result.ran
    assert ".testmondata" in result.header


def test_emptied_and_dropped_tables(recorded):
    data = recorded.datafile.read_bytes()
    db = sqlite3.connect(recorded.datafile)
    names = tables(db)
    db.close()
    recorded.edit("m.py", "return 1", "return 2")
    for statement in [f'DELETE FROM "{name}"' for name in names] + [f'DROP TABLE "{names[-1]}"']:
        recorded.datafile.write_bytes(data)
        db = sqlite3.connect(recorded.datafile)
        db.execute(statement)
        db.commit()
        db.close()
        result = recorded.plain("--testmon-readonly")
        assert "test_f" in result.failed and result.rc == 1, statement


def test_a_row_that_is_gone(recorded):
    data = recorded.datafile.read_bytes()
    db = sqlite3.connect(recorded.datafile)
    counts = {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables(db)}
    db.close()
    recorded.edit("m.py", "return 1", "return 2")
    for name, count in counts.items():
        if count < 2:
            continue
        recorded.datafile.write_bytes(data)
        db = sqlite3.connect(recorded.datafile)
        db.execute(f'DELETE FROM "{name}" WHERE rowid = (SELECT max(rowid) FROM "{name}")')
        db.commit()
        db.close()
        result = recorded.plain("--testmon-readonly")
        assert "test_f" in result.failed and result.rc == 1, name


def make_directory(path):
    path.mkdir()


def make_fifo(path):
    os.mkfifo(path)


def make_device_link(path):
    path.symlink_to("/dev/zero")


def make_null_link(path):
    path.symlink_to("/dev/null")


def make_dangling_link(path):
    path.symlink_to("nowhere/at/all")


def make_loop(path):
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    "make", [make_directory, make_fifo, make_device_link, make_null_link, make_dangling_link, make_loop]
)
def test_no_regular_file(recorded, make):
    recorded.datafile.unlink()
    make(recorded.datafile)
    kind = stat.S_IFMT(recorded.datafile.lstat().st_mode)
    for i in range(2):
        result = recorded.run()
        # The journal of a run that could not write its database may be known.
        assert result.ran == {"test_f", "test_g"} or i
        assert result.rc == 0 and ".testmondata" in result.out and "Traceback" not in result.out
    assert stat.S_IFMT(recorded.datafile.lstat().st_mode) == kind, "left alone"


def test_a_link_to_a_database(recorded, tmp_path):
    recorded.datafile.rename(tmp_path / "real")
    recorded.datafile.symlink_to(tmp_path / "real")
    recorded.edit("m.py", "return 1", "return 1 + 0")
    assert recorded.record().ran == {"test_f"}
    assert recorded.datafile.is_symlink()
    assert not recorded.record().ran


pytestmark = pytest.mark.slow

needs_permissions = pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")


@needs_permissions
def test_an_unreadable_database(recorded):
    recorded.datafile.chmod(0)
    result = recorded.run()
    assert result.ran == {"test_f", "test_g"} and result.rc == 0


@needs_permissions
def test_a_read_only_directory(recorded, tmp_path):
    recorded.edit("m.py", "return 1", "return 1 + 0")
    recorded.env["HOME"] = recorded.env["XDG_CACHE_HOME"] = str(tmp_path / "nowhere")
    for path in (recorded.root, recorded.path(".taut_cache"), tmp_path):
        path.chmod(0o555)
    try:
        result = recorded.plain("--testmon", "-p", "no:cacheprovider", env={"RUN_REPORT": "/dev/null"})
    finally:
        for path in (tmp_path, recorded.path(".taut_cache"), recorded.root):
            path.chmod(0o755)
    assert result.rc == 0 and "1 passed" in result.out


def test_the_cache_directory_is_a_file(recorded):
    import shutil

    shutil.rmtree(recorded.path(".taut_cache"))
    recorded.write(".taut_cache", "")
    recorded.edit("m.py", "return 1", "return 1 + 0")
    result = recorded.run()
    assert "test_f" in result.ran and result.rc == 0


def test_garbage_in_the_cache_directory(recorded):
    chance = random.Random(7)
    for path in recorded.path(".taut_cache").rglob("*"):
        if path.is_file():
            path.write_bytes(chance.randbytes(100))
    recorded.edit("m.py", "return 1", "return 2")
    assert recorded.run().failed == {"test_f"}


def test_the_disk_is_full(recorded):
    recorded.edit("m.py", "return 1", "return 1 + 0")
    recorded.files(
        conftest="""
        import resource
        def pytest_runtest_logstart():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        def pytest_configure():
            import signal
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        """
    )
    result = recorded.plain("--testmon", "-p", "no:cacheprovider", env={"RUN_REPORT": "/dev/null"})
    assert "2 passed" in result.out and result.rc == 0
    assert "testmon: " in result.line("not recorded")


# ---- sources ----

BODY = b"def f():\n    x = 1\n    return 1\n"
SOURCES = {
    "BOM": b"\xef\xbb\xbf" + BODY,
    "CRLF": BODY.replace(b"\n", b"\r\n"),
    "CR": BODY.replace(b"\n", b"\r"),
    "mixed line ends": BODY.replace(b"1\n", b"1\r\n"),
    "form feeds": b"\x0c\n" + BODY.replace(b"    return", b"\x0c    return"),
    "latin-1": b"# -*- coding: latin-1 -*-\nS = '\xe4'\n" + BODY,
    "euc-jp": b"# coding: euc-jp\nS = '\xa4\xa2'\n" + BODY,
    "utf-16 in disguise": b"# coding: utf-8\nS = '\xf0\x9f\x98\x80'\n" + BODY,
    "no newline at the end": BODY.rstrip(),
    "tabs": BODY.replace(b"    ", b"\t"),
    "backslashes": BODY.replace(b"x = 1", b"x = \\\n\\\n  1"),
    "non-ASCII names": BODY + "def große(): pass\n".encode(),
    "10 MB": BODY + b"# " + b"x" * 78 + b"\n" * 10_000_000,
    "10 MB of data": BODY + b"D = [\n" + b"    'xxxxxxxxxxxxxxxxxxxxxxxx',\n" * 30_000 + b"]\n",
    "many functions": BODY + b"".join(b"def f%d():\n    return %d\n" % (i, i) for i in range(5000)),
    "deep parentheses": BODY + b"D = " + b"(" * 80 + b"1" + b")" * 80 + b"\n",
    "deep indentation": BODY + b"".join(b" " * i + b"if 1:\n" for i in range(18)) + b" " * 18 + b"pass\n",
    "one long line": BODY + b"L = [" + b"1, " * 300_000 + b"]\n",
}


@pytest.mark.parametrize("name", SOURCES)
def test_odd_source(project, name):
    project.write("m.py", SOURCES[name])
    project.files(test_m="import m\ndef test_f():\n    assert m.f() == 1\n", test_o="def test_o(): pass\n")
    project.record()
    assert not project.record().ran
    project.write("m.py", SOURCES[name].replace(b"return 1", b"return 2", 1))
    assert project.run().failed == {"test_f"}


BAD_SOURCES = {
    "NUL": b"x = 1\0\n",
    "syntax error": b"def f(:\n",
    "bad indentation": b"if 1:\npass\n",
    "unknown encoding": b"# coding: nothing\n",
    "bytes that are no UTF-8": b"x = '\xff'\n",
    "unterminated string": b'x = """\n',
    "too deep": b"x = " + b"(" * 1000 + b")" * 1000 + b"\n",
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize(
    "file, name",
    [("m.py", name) for name in BAD_SOURCES]
    + [(file, name) for file in ("test_m.py", "conftest.py") for name in ("NUL", "syntax error", "unknown encoding")],
)
def test_a_source_that_does_not_compile(project, file, name):
    project.files(m=M, test_m=T, test_o="def test_o(): pass\n", conftest="")
    project.record()
    good = project.path(file).read_bytes()
    project.write(file, BAD_SOURCES[name])
    plain, result = project.plain("--tb=native"), project.run("--tb=native")
    assert result.rc == plain.rc
    assert result.collect_errors == plain.collect_errors
    # The same last line of the traceback: the error itself.
    errors = [line for line in plain.out.splitlines() if "Error" in line]
    assert [line for line in result.out.splitlines() if "Error" in line] == errors
    project.write(file, good)
    assert project.record().rc == 0
    assert not project.record().ran


def test_sources_that_are_links(project, tmp_path):
    project.write("../real/m.py", M)
    project.path("m.py").symlink_to(tmp_path / "real" / "m.py")
    project.write("../real/pkg/sub.py", M)
    project.path("pkg").symlink_to(tmp_path / "real" / "pkg")
    project.files(test_m="import m, pkg.sub\ndef test_f():\n    m.f()\ndef test_s():\n    pkg.sub.f()\n")
    project.record()
    assert not project.record().ran
    project.edit("../real/m.py", "return 1", "return 2")
    assert project.record().ran == {"test_f"}
    project.edit("../real/pkg/sub.py", "return 1", "return 2")
    assert project.record().ran == {"test_s"}
    project.write("../real/other.py", M)
    project.path("m.py").unlink()
    project.path("m.py").symlink_to(tmp_path / "real" / "other.py")
    assert project.record().ran == {"test_f"}


def test_a_root_that_is_a_link(project, tmp_path):
    project.files(m=M, test_m=T)
    (tmp_path / "link").symlink_to(project.root)
    project.record("--rootdir", tmp_path / "link", tmp_path / "link", "-c", tmp_path / "link/pytest.ini")
    project.cwd = tmp_path / "link"
    project.edit("m.py", "return 1", "return 2")
    assert project.run().failed == {"test_f"}


def test_a_source_that_becomes_a_fifo(project):
    project.files(m=M, test_m=T, test_o="def test_o(): pass\n")
    project.record()
    project.remove("m.py")
    os.mkfifo(project.path("m.py"))
    # Reading it would hang; plain pytest finds no module there.
    result = project.run()
    assert result.rc == 2


def test_a_source_that_becomes_a_directory(project):
    project.files(m=M, test_m=T)
    project.record()
    project.remove("m.py")
    project.path("m.py").mkdir()
    assert project.run().rc == 2


def test_a_source_that_is_deleted_while_the_run_is_on(project):
    project.files(
        m=M,
        test_m="import m, os\ndef test_1():\n    m.f()\ndef test_2():\n    os.remove(m.__file__)\n",
    )
    assert project.run().rc == 0
    assert project.run().rc == 2
    project.files(m=M)
    assert project.run().rc == 0
    project.files(m=M.replace("1", "2"))
    assert "test_1" in project.run().ran


def test_a_test_file_that_deletes_itself(project):
    project.files(test_m="import os\ndef test_1():\n    os.remove(__file__)\n", test_o="def test_o(): pass\n")
    assert project.run().rc == 0
    assert project.run().rc == 0


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes here only")
@pytest.mark.parametrize("name", [b"a\nb", b"a b", b"a'b\"", b"\xff", "ä".encode(), b"a\\b", b"[x]", b"-k"])
def test_odd_file_names(project, name):
    name = os.fsdecode(name)
    project.write(f"test_{name}.py", "import mod\ndef test_f():\n    mod.f()\n")
    project.write(f"d{name}/test_d{name}.py", "def test_d(): pass\n")
    project.files(mod=M)
    plain = project.plain("-o", "pythonpath=.")
    if plain.rc:
        pytest.skip("plain pytest cannot collect it")
    project.record("-o", "pythonpath=.")
    assert not project.record("-o", "pythonpath=.").ran
    project.edit("mod.py", "return 1", "return 2")
    assert project.record("-o", "pythonpath=.").ran == {"test_f"}


def test_odd_node_ids(project):
    project.files(
        m=M,
        test_m=r"""
        import pytest, m
        @pytest.mark.parametrize("x", ["a\nb", "\x00", "ä", "\ud800", "a::b", "x" * 5000, b"\xff", "", "a/b.py::c"])
        def test_x(x):
            m.f()
        """,
    )
    first = project.record()
    assert len(first.outcomes) == 9
    assert not project.record().ran
    project.edit("m.py", "return 1", "return 2")
    assert project.record().outcomes == first.outcomes
    assert not project.record("-n2").ran


def test_equal_node_ids(project):
    project.files(m=M, test_m=T)
    project.record("test_m.py", "test_m.py", "--keep-duplicates")
    project.edit("m.py", "return 1", "return 2")
    assert project.run().failed == {"test_f"}


def test_sources_that_change_all_the_time(project):
    """An editor saves while pytest starts, reads and ends."""
    project.files(m=M, test_m=T)
    stop = threading.Event()

    def write():
        count = 0
        while not stop.is_set():
            count += 1
            path = project.write("new", M.replace("return 1", f"return 1 + {count} - {count}"))
            path.rename(project.path("m.py"))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(3):
            assert project.run().rc == 0
    finally:
        stop.set()
        thread.join()
    project.files(m=M.replace("1", "2"))
    assert project.run().failed == {"test_f"}
