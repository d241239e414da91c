"""Environment variables as inputs: which read counts, and which does not."""

import pytest

from inputs import USER, library, module, write_all

LEVELS = {
    "getenv": "os.getenv('LEVEL')",
    "get": "os.environ.get('LEVEL', 'low')",
    "subscript": "attempt(lambda: os.environ['LEVEL'])",
    "in": "'LEVEL' in os.environ",
    "environb": "os.environb.get(b'LEVEL')",
    "expandvars": "os.path.expandvars('$LEVEL')",
    "copy": "os.environ.copy().get('LEVEL')",
    "dict": "dict(os.environ).get('LEVEL')",
    "unpacked": "{**os.environ}.get('LEVEL')",
    "items": "[v for k, v in os.environ.items() if k == 'LEVEL']",
    "names": "[os.environ[k] for k in os.environ if k.startswith('LEV')], 'LEVEL'",
}
ENVIRON = """
import os
def attempt(f):
    try:
        f()
    except KeyError:
        pass
"""


def test_variables(project):
    for i, action in enumerate(LEVELS.values()):
        project.write(f"m{i}.py", module(ENVIRON, "def use():", "    " + action))
        project.write(f"test_m{i}.py", f"import m{i}\ndef test_{i}(): m{i}.use()\ndef test_o{i}(): m{i}.other()\n")
    everyone = {f"test_{i}" for i in range(len(LEVELS))}
    project.record()
    for value in "1", "2", None:
        env = {"LEVEL": value} if value else {}
        ran = project.record(env=env).ran
        assert [name for i, name in enumerate(LEVELS) if f"test_{i}" not in ran] == []
        assert not ran - everyone
        assert not project.record(env=env).ran


def test_variable_that_is_set_if_it_is_absent(project):
    project.write("test_m.py", "import os\ndef test_a():\n    os.environ.setdefault('LEVEL', 'x')\n")
    project.record()
    assert not project.record().ran
    assert project.run(env={"LEVEL": "1"}).ran == {"test_a"}


def test_variable_read_at_import(project):
    write_all(
        project,
        {
            "m.py": "import os\nLEVEL = os.environ.get('LEVEL')\n",
            "test_m.py": "import m\ndef test_a(): pass\n",
            "test_n.py": "import m\ndef test_b(): pass\n",
            "test_o.py": "def test_c(): pass\n",
        },
    )
    project.record()
    assert project.run(env={"LEVEL": "1"}).ran == {"test_a", "test_b"}


def test_variable_that_a_library_reads(project):
    """It counts if the project's code says the name."""
    project.env = library(
        project,
        """
        import os
        def config(name): return os.environ.get(name)
        def color(): return os.environ.get("LIBRARY_COLOR")
        """,
    )
    write_all(
        project,
        {
            "m.py": "import keeper\ndef use():\n    keeper.config('LEVEL')\ndef other():\n    keeper.color()\n",
            "test_m.py": USER,
        },
    )
    project.record()
    assert project.run(env={"LEVEL": "1"}).ran == {"test_use"}
    assert not project.run(env={"LEVEL": "1", "LIBRARY_COLOR": "1"}).ran


NO_VARIABLE = {
    "copied for a child": "{**os.environ, 'LEVEL_OF_CHILD': '1'}",
    "which": "shutil.which('sh'), tempfile.gettempdir(), os.path.expanduser('~')",
    "noise": "os.environ.get('PYTEST_CURRENT_TEST'), os.environ.get('SHLVL')",
}


def test_no_variables(project):
    """Neither nothing at all nor a change in what nobody asked for."""
    for i, action in enumerate(NO_VARIABLE.values()):
        lines = ["import os, shutil, subprocess, tempfile", "def use():", "    " + action]
        project.write(f"m{i}.py", module(*lines))
        project.write(f"test_m{i}.py", f"import m{i}\ndef test_{i}(): m{i}.use()\n")
    project.record()
    env = {"UNREAD": "1", "SHLVL": "9", "HOME": str(project.root)}
    ran = project.run(env=env).ran
    assert [name for i, name in enumerate(NO_VARIABLE) if f"test_{i}" in ran] == []


def test_variable_that_the_test_sets(project):
    project.write(
        "test_m.py",
        """
        import os
        def test_b():
            os.environ["LEVEL"] = "mid"
            assert os.environ["LEVEL"] == "mid"
            del os.environ["LEVEL"]
        def test_a(monkeypatch):
            monkeypatch.setenv("LEVEL", "mid")
            assert os.environ["LEVEL"] == "mid"
        """,
    )
    project.record()
    assert not project.run(env={"LEVEL": "high"}).ran


@pytest.mark.parametrize("args", [(), pytest.param(("-n2",), marks=pytest.mark.slow)], ids=["one", "xdist"])
def test_variable_set_by_a_conftest(project, args):
    """What comparing sees is the environment of the start, in workers too."""
    if args:
        pytest.importorskip("xdist")
    write_all(
        project,
        {
            "conftest.py": "import os\nos.environ.setdefault('MODE', 'test')\nos.environ['PLAIN'] = 'x'\n",
            "test_m.py": "import os\ndef test_a(): assert os.environ['MODE'] and os.environ['PLAIN']\n",
        },
    )
    project.record(*args)
    assert not project.record(*args).ran
    assert project.run(*args, env={"MODE": "dev"}).ran == {"test_a"}
    assert not project.record(*args, env={"MODE": "dev"}).ran
