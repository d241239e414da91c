"""Installed distributions: who imports one, or asks for it, depends on it."""

import os
import shutil

import pytest
from conftest import HERE


class Site:
    """A site-packages directory of the project's own."""

    def __init__(self, project):
        self.root = project.root.parent / "site" / "site-packages"
        self.root.mkdir(parents=True)
        # The reporter would be code of the project beside its root.
        shutil.copy(HERE / "inner" / "reporter.py", self.root)
        paths = project.environ()["PYTHONPATH"].split(os.pathsep)[1:]
        project.env["PYTHONPATH"] = os.pathsep.join([*paths, str(self.root)])

    def info(self, name):
        return next(self.root.glob(f"{name}-*.dist-info"))

    def install(self, name, version="1.0", requires=(), plugin=None, url=None, **modules):
        """Keyword arguments as those of project.files; names without any: one of its own."""
        info = self.root / f"{name}-{version}.dist-info"
        info.mkdir()
        record = [f"{info.name}/METADATA,,", f"{info.name}/RECORD,,"]
        for module, text in (modules or {name: "V = 1\n"}).items():
            *above, last = module.split("__")
            path = "/".join([*above, "__init__" if last == "init" else last]) + ".py"
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            record.append(f"{path},sha256={hash(text)},{len(text)}")
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (info / "METADATA").write_text(head + "".join(f"Requires-Dist: {word}\n" for word in requires) + "\ntext\n")
        (info / "RECORD").write_text("\n".join(record) + "\n")
        if plugin:
            (info / "entry_points.txt").write_text(f"[pytest11]\n{name} = {plugin}\n")
        if url:
            (info / "direct_url.json").write_text('{"url": "%s"}' % url)

    def upgrade(self, name, version="1.1"):
        old = self.info(name)
        new = self.root / f"{name}-{version}.dist-info"
        old.rename(new)
        for file in new.iterdir():
            file.write_text(file.read_text().replace(old.name, new.name))

    def remove(self, name):
        info = self.info(name)
        for line in (info / "RECORD").read_text().splitlines():
            (self.root / line.split(",")[0]).unlink()
        shutil.rmtree(info)


@pytest.fixture
def site(project):
    return Site(project)


OTHER = "def test_other(): pass\n"


@pytest.mark.san
def test_an_upgrade(project, site):
    site.install("Py_YAML", yaml__init="V = 1\n")
    site.install("other")
    project.files(
        lib="import yaml\ndef f():\n    return yaml.V\n",
        test_a="import lib\ndef test_a():\n    assert lib.f()\n",
        test_b="import other\ndef test_b(): pass\n",
        test_c=OTHER,
    )
    project.record()
    assert not project.record().ran
    site.upgrade("Py_YAML", "1.0.1")
    result = project.record()
    assert result.ran == {"test_a"}
    assert "other changed inputs: 1" in result.header
    assert not project.record().ran
    site.install("unrelated")
    assert not project.record().ran
    site.upgrade("other")
    site.upgrade("unrelated")
    assert project.record().ran == {"test_b"}


def test_with_workers(project, site):
    site.install("dep")
    project.files(
        test_a="import dep\n" + "".join(f"def test_a{i}(): assert dep.V\n" for i in range(4)),
        test_b="".join(f"def test_b{i}(): pass\n" for i in range(4)),
    )
    project.record("-n2")
    assert not project.record().ran
    site.upgrade("dep")
    assert project.record("-n2").ran == {f"test_a{i}" for i in range(4)}
    assert not project.record("-n2").ran


@pytest.mark.parametrize(
    "code",
    [
        "import low\ndef f():\n    return low.V\n",
        "from low import V\ndef f():\n    return V\n",
        "from low import g as f\n",
        "def f():\n    import low\n    return low.V\n",
        "import importlib\ndef f():\n    return importlib.import_module('low').V\n",
    ],
)
@pytest.mark.parametrize("loaded", [False, True])
def test_what_a_distribution_imports(project, site, code, loaded):
    """... is needed by who imports it, whoever imported it first."""
    site.install("low", low="V = 1\ndef g(): return 1\n")
    site.install("top", top__init=code)
    project.files(
        test_a="import low\ndef test_low(): assert low.V\n" if loaded else OTHER,
        test_b="import top\ndef test_top(): assert top.f()\n",
        test_c=OTHER.replace("other", "c"),
    )
    project.record()
    site.upgrade("low")
    assert project.record().ran == ({"test_low"} if loaded else set()) | {"test_top"}
    assert not project.record().ran


def test_declared_and_loaded(project, site):
    """No statement names it."""
    site.install("low")
    site.install("top", requires=["LOW[x]>=1; extra == 'y'"], top="def f():\n    return eval('__import__(\"low\")')\n")
    project.files(
        test_a="import low\ndef test_low(): pass\n",
        test_b="import top\ndef test_top(): pass\n",
        test_c=OTHER,
    )
    project.record()
    site.upgrade("low")
    assert project.record().ran == {"test_low", "test_top"}


def test_declared_but_not_loaded(project, site):
    site.install("low")
    site.install("top", requires=["low"])
    project.files(test_a="import top\ndef test_top(): pass\n")
    project.record()
    site.upgrade("low")
    assert not project.record().ran


IMPORTS = {
    "module": "try:\n    import extra\nexcept ImportError:\n    extra = None\ndef f():\n    return extra\n",
    "function": "def f():\n    try:\n        from extra import V\n    except ImportError:\n        return None\n    return V\n",
    "import_module": (
        "import importlib\ndef f():\n    try:\n        return importlib.import_module('extra')\n"
        "    except ImportError:\n        return None\n"
    ),
    "find_spec": "from importlib import util\ndef f():\n    return util.find_spec('extra')\n",
}


@pytest.mark.parametrize("how", IMPORTS)
def test_what_is_not_installed(project, site, how):
    project.files(
        lib=IMPORTS[how],
        test_a="import lib\ndef test_a():\n    lib.f()\n",
        test_b=OTHER,
    )
    project.record()
    site.install("unrelated")
    assert not project.record().ran
    site.install("some-name", extra="V = 1\n")
    assert project.record().ran == {"test_a"}
    assert not project.record().ran
    site.upgrade("some-name")
    assert project.record().ran == {"test_a"}
    site.remove("some-name")
    assert project.record().ran == {"test_a"}
    assert not project.record().ran


@pytest.mark.san
def test_what_a_distribution_does_not_find(project, site):
    site.install("top", top=IMPORTS["module"])
    project.files(test_a="import top\ndef test_a(): top.f()\n", test_b=OTHER)
    project.record()
    site.install("extra")
    assert project.record().ran == {"test_a"}


@pytest.mark.san
def test_questions_for_metadata(project, site):
    site.install("dep")
    site.install("more")
    project.files(
        test_a="""
            from importlib import metadata
            def test_version(): assert metadata.version('Dep')
            def test_again(): assert metadata.version('dep')
            def test_missing():
                try:
                    metadata.version('missing')
                except metadata.PackageNotFoundError:
                    pass
            def test_entry_points(): metadata.entry_points()
            def test_all(): assert len(list(metadata.distributions())) > 3
        """,
        test_b=OTHER,
    )
    project.record()
    assert not project.record().ran
    site.upgrade("more")
    assert project.record().ran == {"test_entry_points", "test_all"}
    site.upgrade("dep")
    assert project.record().ran == {"test_version", "test_again", "test_entry_points", "test_all"}
    site.install("missing")
    assert project.record().ran == {"test_missing", "test_entry_points", "test_all"}
    assert not project.record().ran


def test_a_library_that_asks_for_versions(project, site):
    """While it is imported: those who import it depend on what it asked for."""
    site.install("dep", dep="from importlib import metadata\nV = metadata.version('asked')\n")
    site.install("asked")
    site.install("more")
    project.files(
        test_a="import dep\ndef test_a(): assert dep.V\n",
        test_b="def test_b():\n    import dep\n",
        test_c=OTHER,
    )
    project.record()
    site.upgrade("more")
    assert not project.record().ran
    site.upgrade("asked")
    assert project.record().ran == {"test_a", "test_b"}


def test_plugins_are_everybody_s(project, site):
    site.install("low")
    site.install("pytest-some", plugin="pytest_some", pytest_some="import low\n")
    project.files(test_a=OTHER)
    project.record()
    assert not project.record().ran
    site.upgrade("low")
    assert project.record().ran == {"test_other"}
    site.upgrade("pytest-some")
    result = project.record()
    assert result.ran == {"test_other"} and "packages changed" in result.header
    site.install("pytest-more", plugin="pytest_more", pytest_more="")
    assert project.record().ran == {"test_other"}
    assert not project.record().ran


def test_the_same_version_from_a_path(project, site):
    site.install("dep", url="file:///src/dep")
    project.files(test_a="import dep\ndef test_a(): pass\n", test_b=OTHER)
    project.record()
    record = site.info("dep") / "RECORD"
    record.write_text(record.read_text() + "dep/more.py,sha256=0,0\n")
    assert project.record().ran == {"test_a"}
    assert not project.record().ran


@pytest.mark.san
def test_a_namespace(project, site):
    site.install("ns-one", ns__one="V = 1\n")
    project.files(
        test_a="""
            def test_a():
                import ns.one
                try:
                    import ns.two
                except ImportError:
                    pass
            def test_b():
                import ns.one
        """,
    )
    project.record()
    site.install("unrelated")
    assert project.record().ran == {"test_a"}
    site.install("ns-two", ns__two="V = 1\n")
    assert project.record().ran == {"test_a"}
    site.upgrade("ns-two")
    assert project.record().ran == {"test_a"}
    site.upgrade("ns-one")
    assert project.record().ran == {"test_a", "test_b"}


def test_files_of_no_distribution(project, site):
    (site.root / "loose").mkdir()
    (site.root / "loose" / "__init__.py").write_text("from loose import sub\n")
    sub = site.root / "loose" / "sub.py"
    sub.write_text("V = 1\n")
    project.files(test_a="import loose\ndef test_a(): assert loose.sub.V\n", test_b=OTHER)
    project.record()
    assert not project.record().ran
    sub.write_text("V = 2\n")
    assert project.record().ran == {"test_a"}


def test_children_can_import_anything(project, site):
    project.files(
        test_a="import subprocess, sys\ndef test_a(): subprocess.run([sys.executable, '-c', ''])\n",
        test_b=OTHER,
    )
    project.record()
    assert not project.record().ran
    site.install("unrelated")
    assert project.record().ran == {"test_a"}


def test_a_run_that_is_killed(project, site):
    """Its finished tests have all that they need, what was loaded for others too."""
    site.install("low")
    site.install("top", top="def f():\n    import low\n    return low.V\n")
    project.files(
        test_a="""
            import os, signal, time
            def test_first(): pass
            def test_low():
                import low
            def test_top():
                import top
                assert top.f()
                time.sleep(0.02)    # results are written every 10 ms
            def test_killed():
                if not os.path.exists('flag'):
                    os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    assert project.run().rc not in (0, 1)
    project.write("flag", "")
    assert project.record().ran == {"test_killed"}
    site.upgrade("low")
    assert project.record().ran == {"test_low", "test_top"}


def test_those_that_are_left_out(project, site):
    site.install("dep")
    project.write("pytest.ini", "[pytest]\ntestmon_ignore_dependencies = Dep\n")
    project.files(test_a="import dep\ndef test_a(): pass\n")
    project.record()
    site.upgrade("dep")
    assert not project.record().ran


def test_the_cache_is_only_a_cache(project, site):
    site.install("dep")
    project.files(test_a="import dep\ndef test_a(): pass\n")
    project.record()
    cached = project.path(".taut_cache/installed")
    assert "site-packages" in cached.read_text()
    for text in ("", "[", "[1, {}]", "[1, null]", '{"a": 1}'):
        cached.write_text(text)
        site.upgrade("dep", f"2.{len(text)}")
        assert project.record().ran == {"test_a"}
        assert not project.record().ran
