"""What a pytest process records: who is charged for what runs, and when.

Bottom of the recorder's stack is the session carrier.  On it stand, one at a
time, the collection carrier of the file that is being collected, or the
carrier of the test that runs, with fixture instances (fixtures.py) on top.
PYTEST_DONT_REWRITE
"""

import os
import sys

import pytest

from taut import AsInstalled, _core, child, environment, loader
from taut import pytest_compat
# For the loader: later, whoever is charged then would depend on this import.
from taut import transform  # noqa: F401
from taut.fixtures import Fixtures
from taut.installed import SKIP

INTERRUPTED = "the run was interrupted during the test"
UNREPORTED = "no result was reported for the test"


class _File:
    """A collected test file."""

    def __init__(self, carrier):
        self.carrier = carrier
        self.failed = False
        # What each of its tests refers to and depends on.
        self.refs = None
        self.inputs = []


class _Group:
    """What the tests of one collector have in common."""

    def __init__(self, parent, path, entry, setups):
        self.parent = parent	# keeps its id() its own
        self.path = path
        self.entry = entry
        self.setups = setups	# collectors above with a setup


class Recording(pytest_compat.Plugin):
    """A plugin that lives while this process records."""

    def __init__(self, run, run_dir, writer):
        self.config = run.config
        self.guard = run.guard
        self.project = run.project
        self.path_of = run.path_of
        self.files = {}
        self.groups = {}	# id of a collector -> _Group
        # The test that runs, or was the last to run.
        self.group = self.nodeid = self.carrier = None
        self.outcome = _core.Outcome()
        self.arounds = pytest_compat.Arounds(run.config.pluginmanager)
        self.installed = run.installed
        self.by_name = run.by_name
        # Loaded by pytest and its plugins, for every test.
        self._modules = {name for name in sys.modules if "." not in name}
        self._plugins = None
        self._inputs = {}
        option = self.config.known_args_namespace
        core = _core.TRACE if option.testmon_core == "trace" else _core.PROBE
        patterns = self.config.getini("testmon_no_rewrite")
        settings = child.Settings(run_dir, writer, self.project, core,
                                  patterns)
        self.recorder = _core.Recorder(run_dir, writer, self.project.root,
                                       core, self.project.code,
                                       settings if child.installed() else None)
        settings.recorder = self.recorder
        self.fixtures = Fixtures(self)
        try:
            for root in self.config.getini("testmon_roots"):
                root = os.path.abspath(os.path.join(self.project.root, root))
                self.recorder.add_root(root, self.project.path(root))
            cache = os.path.dirname(os.path.dirname(run_dir))
            self.installed.cache = cache
            self.recorder.watch_installed(self.installed.resolve,
                                           self.installed.metadata, SKIP)
            loader.install(self.recorder, cache, child.plain(patterns),
                           pytest_compat)
            self.fixtures.install(self.arounds)
        except BaseException:
            self.stop()
            raise

    def register(self, manager):
        manager.register(self, "taut-recording")
        self.arounds.add("pytest_runtest_protocol", self._begin, "item")
        # Its node ids need not be compared: one test runs at a time.
        self.arounds.add("pytest_runtest_logreport", self.outcome.add,
                         "report")

    def finish(self, torn_down):
        """The run is over; `torn_down`: without being interrupted."""
        if torn_down:
            self.fixtures.settle()
        self.stop()

    def stop(self):
        """Undo every hook, then write what is left."""
        recorder, self.recorder = self.recorder, None
        self.arounds.stop()
        self.fixtures.remove()
        loader.uninstall()
        if recorder is not None:
            recorder.close()
            self.installed.save()
            if self.by_name:
                with AsInstalled():
                    from taut import words
                words.save(self.installed, environment.base(self.config),
                           environment.plugins(self.config))

    # ---- collection ----

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector):
        entry = None
        with self.guard:
            entry = self._begin_file(collector)
        outcome = yield
        if entry is not None:
            with self.guard:
                self.recorder.pop(entry.carrier, final=False)
                if outcome.excinfo or outcome.get_result().failed:
                    entry.failed = True

    def _begin_file(self, collector):
        node = pytest_compat.file_of(collector)
        if node is None:
            return None
        path = self.project.path(node.path)
        entry = self.files.get(path)
        if entry is not None:
            self.recorder.reopen(entry.carrier)
            return entry
        entry = _File(self.recorder.push(_core.COLLECTION, path))
        self.files[path] = entry
        for handle in self._lookups(os.path.dirname(path)):
            self.recorder.depend(handle)
        if node.path.suffix != ".py" or not isinstance(node, pytest.Module):
            self.recorder.depend(self._whole(path))
        return entry

    def _lookups(self, directory):
        """A conftest or package marker that appears or goes, at any level."""
        known = self._inputs.get(directory)
        if known is None:
            known = []
            if directory and directory != "..":
                known += self._lookups(os.path.dirname(directory))
            base = os.path.join(self.project.root, directory)
            for name in ("conftest", "__init__"):
                state = _core.lookup_state(base, name)
                known.append(self.recorder.add_input(
                    _core.LOOKUP, os.path.join(directory, name),
                    _core.digest(state.encode())))
            self._inputs[directory] = known
        return known

    def _whole(self, path):
        """The content of a file, as an input."""
        try:
            with open(os.path.join(self.project.root, path), "rb") as file:
                data = file.read()
        except OSError:
            data = b""
        return self.recorder.add_input(_core.DATA, path, _core.digest(data))

    def incomplete(self, path):
        """Not all tests of that file are known to this run."""
        if path in self.files:
            self.files[path].failed = True

    def collected(self, items, partial):
        """Collection is over; `partial(path)`: were node ids of it named?"""
        found = {path: [] for path in self.files}
        for item in items:
            path = self.path_of(item)
            if path in found:
                found[path].append(item.nodeid)
        for path, entry in self.files.items():
            self.recorder.reopen(entry.carrier)
            self.recorder.pop(entry.carrier)
            if not entry.failed:
                self.recorder.collected(path, not partial(path), found[path])

    def deselected(self, items):
        """Tests that an expression of the configuration leaves out.

        They are on record as skipped, with what decides about it: their
        file, its collection and the session.  Otherwise they would be new in
        every run, and their files collected each time.
        """
        carriers = {}
        for item in items:
            path = self.path_of(item)
            if path not in carriers:
                entry = self._entry(path, item)
                carriers[path] = self.recorder.begin(item.nodeid, entry.refs,
                                                     entry.inputs)
            self.recorder.test(carriers[path], path, item.nodeid,
                               _core.SKIPPED, None, 0)

    # ---- tests ----

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session):
        with self.guard:
            if session.items:
                self._need_plugins()
            # Written now: a run that is killed has it.  What the session
            # does after its tests changes no test's outcome.
            self.recorder.pop(self.recorder.session)
            self.recorder.reopen(self.recorder.session)
        yield

    def _need_plugins(self):
        names = set(self._modules)
        for plugin in self.config.pluginmanager.get_plugins():
            name = getattr(plugin, "__name__", "")	# of a module
            names.add(name.partition(".")[0])
        for name in self.installed.of_plugins(names):
            number = self.recorder.installed(name)
            if number is not None:
                self.recorder.link(self.recorder.session, number)

    def _begin(self, item):
        """A test begins -> what is called when it ends, or None"""
        # For every test: without the calls of a guard.
        try:
            group = self.groups.get(id(item.parent)) or self._group(item)
            nodeid = item.nodeid
            self.outcome.clear()
            self.carrier = self.recorder.begin(nodeid, group.entry.refs,
                                               group.entry.inputs)
            self.group, self.nodeid = group, nodeid
            if group.setups:
                self.fixtures.use_setups(group.setups)
            if (item.__class__ is not pytest.Function
                    and pytest_compat.is_doctest(item)):
                self.recorder.depend(self._whole(group.path))
            return self._end
        except Exception as error:
            self.guard.fail(error)
        return None

    def _end(self, interrupted):
        try:
            outcome, reason = self.outcome.outcome, None
            if interrupted:
                outcome, reason = _core.NEW, INTERRUPTED
            elif outcome is None:
                outcome, reason = _core.NEW, UNREPORTED
            if self.recorder is not None:
                self.recorder.test(self.carrier, self.group.path, self.nodeid,
                                   outcome, reason,
                                   int(self.outcome.seconds * 1e6))
        except Exception as error:
            self.guard.fail(error)

    def _group(self, item):
        path = self.path_of(item)
        setups = [node for node in item.listchain()[1:-1]
                  if pytest_compat.has_setup(node)]
        group = _Group(item.parent, path, self._entry(path, item), setups)
        self.groups[id(item.parent)] = group
        return group

    def _entry(self, path, item):
        """The _File of a test, with what every test of it needs."""
        entry = self.files.get(path)
        if entry is None:	# the item of a collector without a file
            entry = self.files[path] = _File(None)
        if entry.refs is None:
            entry.refs = [self.recorder.session]
            self._refer(entry, path, item)
        return entry

    def _refer(self, entry, path, item):
        """What every test of a file needs, whatever it executes."""
        if entry.carrier is not None:
            entry.refs.append(entry.carrier)
        paths = [path] if path.endswith(".py") else []
        for module in pytest_compat.conftests(self.config, item.path):
            paths.append(self.project.code(module.__file__))
        for path in paths + self._plugin_paths():
            if path is None:
                continue
            number = self.recorder.module_of(path)
            if number is not None:
                entry.refs.append(number)
            else:	# loaded as it is
                entry.inputs.append(self._whole(path))

    def _plugin_paths(self):
        """Plugins in the project hold for every test; conftests do not."""
        if self._plugins is None:
            self._plugins = []
            for plugin in self.config.pluginmanager.get_plugins():
                name = getattr(plugin, "__file__", None)
                if (isinstance(name, str)
                        and os.path.basename(name) != "conftest.py"):
                    self._plugins.append(self.project.code(name))
        return self._plugins

    def crashed(self, nodeid):
        """A worker died in this test."""
        number = self.recorder.push(_core.TEST, nodeid)
        self.recorder.test(number, nodeid.split("::")[0], nodeid,
                           _core.FAILED, "its worker crashed", 0)
