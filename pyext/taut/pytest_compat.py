"""Every touch of a pytest private, and what differs between its versions.

pytest 7.4 to 9.x.  PYTEST_DONT_REWRITE
"""

import inspect
import os
import shlex
import sys

import pytest
from _pytest import fixtures as _fixtures
from _pytest import nodes as _nodes
from _pytest import pathlib as _pathlib
from _pytest.assertion import rewrite as _rewrite
from _pytest.config import parse_warning_filter as _parse_warning_filter
from _pytest.doctest import DoctestItem
from _pytest.runner import collect_one_node
from _pytest.scope import Scope as _Scope

from taut import _core
from taut.installed import info

VERSION = pytest.__version__
# Since pytest 8 a directory is a node, and its files and directories are
# collected in one order; before, all files were listed before any import.
DIRECTORIES_ARE_NODES = hasattr(pytest, "Directory")

__all__ = ["collect_one_node"]


# ---- hooks ----

class Plugin:
    """An object with hooks, of which dir() tells nothing else.

    pytest looks at all that dir() tells of a plugin, for hooks and once more
    for fixtures: 12 us a name, and ours have 200.
    """

    def __dir__(self):
        return [name for name in dir(type(self)) if name.startswith("pytest_")]


class Arounds:
    """Work before and after hooks, in every call of them until it is stopped.

    Stands where pluggy calls a hook's implementations, outside of all of
    them, and leaves no frame there; see _core.Around.
    """

    def __init__(self, manager):
        self.hooks = manager.hook
        self.installed = []

    def add(self, hook, before, key=None):
        caller = getattr(self.hooks, hook)
        around = _core.Around(caller._hookexec, before, key)
        caller._hookexec = around
        self.installed.append((caller, around))

    def stop(self):
        while self.installed:
            caller, around = self.installed.pop()
            call = around.stop()	# the callers of conftests keep it
            if caller._hookexec is around:
                caller._hookexec = call


# ---- configuration ----

def ini_values(config):
    """The ini file's own text: key -> value, whoever defines the key."""
    values = getattr(config, "_inicfg", None)
    if values is None:
        values = config.inicfg
    return {key: str(getattr(value, "value", value))
            for key, value in values.items()}


def standing_options(config):
    """The options of every run here: addopts and $PYTEST_ADDOPTS alone."""
    words = [*config.getini("addopts"),
             *shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))]
    return config._parser.parse_known_args(words)


def unknown_flags(config, args):
    """Words of `args` that no option known by now explains."""
    return config._parser.parse_known_and_unknown_args(list(args))[1]


def builtin_filters(config):
    """The filters of Python's own warnings, as pytest collects with them.

    One whose category has a dot would import that module, too early.
    """
    if not config.pluginmanager.has_plugin("warnings"):
        return []
    given = [(text, False) for text in config.getini("filterwarnings")]
    given += [(text, True)
              for text in config.known_args_namespace.pythonwarnings or ()]
    found = []
    for text, escape in given:
        if "." not in (text.split(":") + [""] * 3)[2]:
            try:
                found.append(_parse_warning_filter(text, escape=escape))
            except pytest.UsageError:
                pass        # pytest will say so
    return found


def conftests(config, path):
    """The conftest modules that hold for a file."""
    find = config.pluginmanager._getconftestmodules
    if len(inspect.signature(find).parameters) == 1:
        return find(path)
    return find(path, config.getoption("importmode"), config.rootpath)


def plugin_distributions(config):
    """(name, version) of each distribution with plugins.

    By the names of their directories: parsing METADATA takes 0.3 ms each.
    """
    for _, dist in config.pluginmanager.list_plugin_distinfo():
        place = getattr(getattr(dist, "_dist", dist), "_path", None)
        name, version = info(getattr(place, "name", ""))
        yield (name, version) if version else (dist.metadata["Name"],
                                               dist.version)


def basetemp(config):
    """Where tmp_path points to; None before anybody asked for it."""
    factory = getattr(config, "_tmp_path_factory", None)
    base = getattr(factory, "_basetemp", None)
    return None if base is None else str(base)


# ---- collection ----

def file_of(node):
    """The file collector a node stands below (or is), or None.

    Before pytest 8 a Package was a Module, and so a File.
    """
    while node is not None:
        if isinstance(node, pytest.File) and not isinstance(
                node, pytest.Package):
            return node
        node = node.parent
    return None


def is_asked_for(session, path):
    """Does it lie below an argument of the command line?"""
    return any(map(session.isinitpath, path.parents))


def collect_file(parent, path):
    """The collectors of a file, as its directory would have got them."""
    hook = parent.session.gethookproxy(path)
    return hook.pytest_collect_file(file_path=path, parent=parent)


def insert_test_root(config, path):
    """What importing a test module does to sys.path, without importing."""
    mode = config.getoption("importmode")
    if mode == "importlib":
        return
    root = str(_test_root(config, path))
    if mode == "append":
        if root not in sys.path:
            sys.path.append(root)
    elif root != sys.path[0]:
        sys.path.insert(0, root)


def _test_root(config, path):
    resolve = getattr(_pathlib, "resolve_pkg_root_and_module_name", None)
    if resolve is None:
        package = _pathlib.resolve_package_path(path)
        return package.parent if package else path.parent
    more = {}
    if "consider_namespace_packages" in inspect.signature(resolve).parameters:
        more["consider_namespace_packages"] = config.getini(
            "consider_namespace_packages")
    try:
        return resolve(path, **more)[0]
    except _pathlib.CouldNotResolvePathError:
        return path.parent


def is_doctest(item):
    # isinstance() would ask abc, for every test.
    return DoctestItem in type(item).__mro__


def has_setup(collector):
    """Does a setup() or teardown() of its own run once for its tests?"""
    kind = type(collector)
    return (kind.setup is not _nodes.Node.setup
            or kind.teardown is not _nodes.Node.teardown)


# ---- fixtures ----

class FixtureUse:
    """Has the carrier of a fixture referred to whenever its value is used.

    `watch`: called with the arguments of pytest_fixture_setup for a fixture
    that is wider than a function.
    """

    def __init__(self, watch):
        self.uses = _core.Uses(_Scope.Function, watch)
        # FixtureDef -> carrier of its present instance
        self.numbers = self.uses.numbers
        self.replaced = []

    def install(self, arounds):
        arounds.add("pytest_fixture_setup", self.uses.setup)
        self._replace(_fixtures.FixtureDef, "execute", self.uses.execute)
        self._replace(_fixtures.FixtureRequest, "_get_active_fixturedef",
                      self.uses.active)

    def _replace(self, owner, name, wrap):
        original = getattr(owner, name)
        self.replaced.append((owner, name, original))
        setattr(owner, name, wrap(original))

    def remove(self):
        while self.replaced:
            setattr(*self.replaced.pop())
        self.numbers.clear()

    def active(self, request, name):
        """The carrier of what a name stands for in this item, or None."""
        return self.numbers.get(request._fixture_defs.get(name))


# ---- assertion rewriting ----

class _Rewritten:
    """How pytest makes code of a file: for loader.py, which adds to it."""

    def __init__(self, source, pyc, trace, original):
        hook = next(hook for hook in sys.meta_path
                    if isinstance(hook, _rewrite.AssertionRewritingHook))
        self.config = hook.config
        self.filename = str(source)
        self._original = lambda: original(source, pyc, trace)
        self.tag = ("pytest %s %d" % (VERSION, self.config.getini(
            "enable_assertion_pass_hook"))).encode()

    def rewrite(self, tree, data):
        _rewrite.rewrite_asserts(tree, data, self.filename, self.config)

    def has_pyc(self):
        return self._original() is not None


_rewrite_hooks = {}


def install_rewrite(recorder, code_for):
    """Ask `code_for(filename, way)` for the code of rewritten modules.

    It answers where pytest looks for its .pyc: None means that there is none.
    """
    original = _rewrite._read_pyc

    def _read_pyc(source, pyc, trace=lambda x: None):
        code = code_for(str(source), _Rewritten(source, pyc, trace, original))
        return original(source, pyc, trace) if code is None else code

    hook = _rewrite.AssertionRewritingHook
    wrapped = recorder.wrap_exec(hook.exec_module)
    _rewrite_hooks.update(read=original, exec_module=hook.exec_module)
    _rewrite._read_pyc = _read_pyc
    hook.exec_module = wrapped


def uninstall_rewrite():
    if _rewrite_hooks:
        _rewrite._read_pyc = _rewrite_hooks.pop("read")
        _rewrite.AssertionRewritingHook.exec_module = _rewrite_hooks.pop(
            "exec_module")
