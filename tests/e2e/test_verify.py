"""--testmon-verify: everything runs, and what selecting would have missed is told."""

import pytest

# C code that reads a file: taut cannot see that.
LIB = """
    import ctypes

    libc = ctypes.CDLL(None)
    libc.fopen.restype = ctypes.c_void_p
    libc.fgetc.argtypes = [ctypes.c_void_p]
    libc.fclose.argtypes = [ctypes.c_void_p]


    def first(path):
        file = libc.fopen(path.encode(), b"r")
        char = libc.fgetc(file)
        libc.fclose(file)
        return chr(char)
"""
SECTION = "the selection would have missed"


def make(project):
    project.files(
        lib=LIB,
        m="def f():\n    return 1\n",
        test_a="import lib\ndef test_hidden():\n    assert lib.first('mode.txt') == 'a'\n",
        test_b="import m\ndef test_seen():\n    assert m.f()\ndef test_other(): pass\n",
    )
    project.write("mode.txt", "a\n")


def verify(project, *args, **more):
    return project.plain("--testmon-verify", *args, **more)


def lines_below(result, word):
    """The indented lines below the one with the word."""
    lines = result.out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(word))
    found = []
    for line in lines[at + 1:]:
        if not line.startswith("    "):
            break
        found.append(line.strip())
    return found


def test_silent_when_all_is_fine(project):
    make(project)
    project.record()
    before = project.datafile.read_bytes()
    result = verify(project)
    assert result.rc == 0 and SECTION not in result.out
    assert result.ran == {"test_hidden", "test_seen", "test_other"}
    assert "3 of 3 tests ran, 3 of them verified" in result.out
    assert "verifying, changed files: 0" in result.header
    assert project.datafile.read_bytes() == before


@pytest.mark.parametrize("args", [(), pytest.param(("-n2",), marks=pytest.mark.slow)])
def test_a_miss(project, args):
    make(project)
    project.record(*args)
    project.write("mode.txt", "b\n")
    assert not project.run(*args).ran
    result = verify(project, *args)
    assert result.rc == 1
    assert f"{SECTION} 1" in result.out
    assert "test_a.py::test_hidden: passed when recorded, failed now" in result.out
    assert "no missing dependency was found" in lines_below(result, "test_a.py::test_hidden: ")[0]
    # The record is that of a full run now: the test failed, so it runs.
    assert project.run(*args).ran == {"test_hidden"}
    assert verify(project, *args).rc == 1
    assert SECTION not in verify(project, *args).out


def test_a_miss_that_fails_nothing(project):
    project.files(
        lib=LIB,
        test_a="""
            import lib, pytest
            def test_hidden():
                if lib.first('mode.txt') == 'b':
                    pytest.skip('b')
        """,
    )
    project.write("mode.txt", "a\n")
    project.record()
    project.write("mode.txt", "b\n")
    result = verify(project)
    assert result.rc == 1 and not result.failed
    assert "test_a.py::test_hidden: passed when recorded, skipped now" in result.out
    result = verify(project)
    assert result.rc == 0 and SECTION not in result.out


def test_what_was_missing_is_named(project):
    """A way that it did not take then led it to these."""
    project.files(
        lib=LIB,
        other="def f():\n    return 1\n",
        test_a="""
            import lib, os
            def test_hidden():
                if lib.first('mode.txt') == 'b':
                    import other
                    assert open('b.txt').read() == '1' and open('c.txt').read()
                    assert os.environ['LEVEL'] == 'high'
                    assert other.f() == 1
        """,
        test_b="import other\ndef test_b():\n    assert other.f() and open('b.txt').read() and open('c.txt').read()\n",
    )
    for name in ("mode.txt", "b.txt", "c.txt"):
        project.write(name, "a")
    project.record()
    project.write("mode.txt", "b")
    project.write("b.txt", "1")
    project.edit("other.py", "return 1", "return 2")
    result = verify(project, env={"LEVEL": "high"})
    assert result.rc == 1
    below = lines_below(result, "test_a.py::test_hidden: ")
    assert "depends now on file b.txt, which differs from the record" in below
    assert "depends now on source other.py, which differs from the record" in below
    assert "depends now on variable LEVEL, which was not on record" in below
    assert not [line for line in below if "c.txt" in line or "mode.txt" in line]
    # test_b would have run.
    assert "test_b.py" not in result.out.split(SECTION)[1].split("testmon:")[0]


def test_errors_and_failures_of_both(project):
    make(project)
    project.write("test_c.py", """
        import lib, pytest
        @pytest.fixture
        def hidden():
            assert lib.first('mode.txt') == 'a'
        def test_error(hidden): pass
        def test_fails(): assert 0
        @pytest.mark.xfail(strict=False)
        def test_x(): assert lib.first('mode.txt') == 'a' and 0
        @pytest.mark.xfail(strict=False)
        def test_xx(): assert lib.first('mode.txt') == 'b'
    """)
    assert project.run().rc == 1
    project.write("mode.txt", "b\n")
    result = verify(project)
    told = result.out.split(SECTION)[1]
    assert "test_c.py::test_error: passed when recorded, error in setup now" in told
    assert "test_c.py::test_xx: xfailed when recorded, xpassed now" in told
    assert "test_fails" not in told.split("short test summary")[0] and "test_x:" not in told
    assert "test_a.py::test_hidden: passed when recorded, failed now" in told


def test_what_would_have_run_is_not_judged(project):
    make(project)
    project.record()
    project.edit("m.py", "return 1", "return 0")
    result = verify(project)
    assert result.rc == 1 and SECTION not in result.out
    assert result.failed == {"test_seen"}
    assert "3 of 3 tests ran, 2 of them verified" in result.out


def test_the_usual_order(project):
    make(project)
    project.record()
    project.edit("m.py", "return 1", "return 2")
    result = verify(project)
    assert result.order == ["test_a.py::test_hidden", "test_b.py::test_seen", "test_b.py::test_other"]
    assert not project.run().ran


def test_no_database(project):
    make(project)
    result = verify(project)
    assert result.rc == 0 and len(result.ran) == 3
    assert "new DB" in result.header
    assert "nothing to verify: nothing would have been skipped: no database" in result.out
    assert not project.run().ran


@pytest.mark.parametrize("args", [(), pytest.param(("-n2",), marks=pytest.mark.slow)])
def test_readonly(project, args):
    make(project)
    project.record()
    before = project.datafile.read_bytes()
    project.remove(".taut_cache")
    project.write("mode.txt", "b\n")
    for _ in range(2):
        result = verify(project, "--testmon-readonly", *args)
        assert result.rc == 1 and f"{SECTION} 1" in result.out
        assert "this run was not recorded" in result.out
    assert project.datafile.read_bytes() == before
    assert not project.path(".taut_cache").exists()
    project.write("mode.txt", "a\n")
    assert verify(project, "--testmon-readonly", *args).rc == 0


def test_picked_tests(project):
    """--testmon would select nothing then: all that is picked runs."""
    make(project)
    project.record()
    project.write("mode.txt", "b\n")
    result = verify(project, "-k", "hidden")
    assert result.rc == 1 and SECTION not in result.out
    assert "nothing to verify: nothing would have been skipped, because -k was used" in result.out
    project.remove(".testmondata")
    project.write("mode.txt", "a\n")
    project.record()
    project.write("mode.txt", "b\n")
    result = verify(project, "-k", "hidden", "--testmon-forceselect")
    assert f"{SECTION} 1" in result.out
    assert result.ran == {"test_hidden"}


@pytest.mark.parametrize("args", [(), pytest.param(("-n2",), marks=pytest.mark.slow)])
def test_other_tests_than_on_record(project, args):
    """Of a file that would not have been imported."""
    project.files(
        lib=LIB,
        test_a="""
            import lib, pytest
            @pytest.mark.parametrize('mode', [lib.first('mode.txt'), 'x'])
            def test_mode(mode): pass
        """,
        test_b="def test_b(): pass\n",
    )
    project.write("mode.txt", "a")
    project.record(*args)
    project.write("mode.txt", "b")
    result = verify(project, *args)
    assert result.rc == 1 and f"{SECTION} 2" in result.out
    assert "test_a.py::test_mode[b]: not on record, passed now" in result.out
    assert "test_a.py::test_mode[a]: passed when recorded, not there now" in result.out
    assert verify(project, *args).rc == 0


@pytest.mark.parametrize("args", [(), pytest.param(("-n2",), marks=pytest.mark.slow)])
def test_a_file_that_cannot_be_collected(project, args):
    project.files(
        lib=LIB,
        test_a="import lib\nassert lib.first('mode.txt') == 'a'\ndef test_1(): pass\ndef test_2(): pass\n",
        test_b="def test_b(): pass\n",
    )
    project.write("mode.txt", "a")
    project.record(*args)
    project.write("mode.txt", "b")
    result = verify(project, *args)
    assert result.rc not in (0, 5)
    assert "test_a.py: 2 tests on record, not collected now" in result.out


def test_deselected_by_the_ini_file(project):
    project.write("pytest.ini", "[pytest]\naddopts = -m 'not slow'\nmarkers = slow\n")
    project.files(test_a="""
        import pytest
        def test_a(): pass
        @pytest.mark.slow
        def test_slow(): pass
    """)
    project.record()
    result = verify(project)
    assert result.rc == 0 and SECTION not in result.out
    assert result.ran == {"test_a"}


def test_stopped_early(project):
    make(project)
    project.record()
    project.write("mode.txt", "b\n")
    result = verify(project, "-x")
    assert result.ran == {"test_hidden"}
    assert f"{SECTION} 1" in result.out


def test_help(project):
    assert "--testmon-verify" in project.plain("--help").out
