"""What pytest collects and keeps, given the verdicts.

Files none of whose tests is affected are not even imported.  Nobody else may
notice: what importing them would have done to sys.path is done all the same,
and where a collection error could come from their absence, they are imported
after all.  PYTEST_DONT_REWRITE
"""

import json
from collections import Counter

import pytest

from taut import _core, pytest_compat


class Verdicts:
    """Answers from the session, in the process that owns it."""

    def __init__(self, session):
        self.session = session
        self.counts = None	# path -> known tests

    def clean_file(self, path):
        return self.session.file(path) == _core.CLEAN

    def clean(self, path, nodeid):
        return self.session.test(path, nodeid)[0] == _core.CLEAN

    def count(self, paths):
        """How many tests are known in these files."""
        if self.counts is None:
            self.counts = Counter(path for path, _, _ in self.session.tests())
        return sum(self.counts[path] for path in paths)

    def dump(self):
        """For workers: ASCII, since node ids may hold any byte."""
        files = {}
        for path, nodeid, verdict in self.session.tests():
            if verdict == _core.CLEAN:
                files.setdefault(path, []).append(nodeid)
        return json.dumps([files, [path for path in files
                                   if self.clean_file(path)]])


class SentVerdicts:
    """The controller's answers, in an xdist worker."""

    def __init__(self, text):
        files, clean = json.loads(text)
        self.files = {path: set(nodeids) for path, nodeids in files.items()}
        self.clean_files = set(clean)

    def clean_file(self, path):
        return path in self.clean_files

    def clean(self, path, nodeid):
        return nodeid in self.files.get(path, ())

    def count(self, paths):
        return sum(len(self.files[path]) for path in paths)


class Selection(pytest_compat.Plugin):
    """A plugin: ignores files and deselects items, or only orders them."""

    def __init__(self, run, verdicts, select):
        self.run = run
        self.config = run.config
        self.guard = run.guard
        self.project = run.project
        self.verdicts = verdicts
        self.select = select	# otherwise: affected tests first
        self.ignoring = select
        self.ignored = {}	# path object -> the collector that asked
        self.imported = set()	# of those, for an error's sake
        self.pending = []	# ignored, sys.path not yet touched for them
        self.order = {}		# path object -> when pytest asked for it
        self.stack = []		# collectors that are being collected
        self.gone = []		# items that were deselected here

    def stop(self):
        """Leave what comes as pytest would have it."""
        self.ignoring = False
        self.verdicts = None

    def skipped(self):
        """The number of tests left out."""
        count = len(self.gone)
        if self.ignored and self.verdicts is not None:
            count += self.verdicts.count(
                self.project.path(path) for path in self.ignored)
        return count

    # ---- whole files ----

    @pytest.hookimpl(trylast=True)
    def pytest_ignore_collect(self, collection_path):
        # For every file of the tree: without the two calls of a guard.
        try:
            if self.ignoring and self.stack and self._ignorable(
                    collection_path):
                # Directories on the way to an argument are listed in full.
                if pytest_compat.is_asked_for(self.stack[-1].session,
                                              collection_path):
                    self.ignored[collection_path] = self.stack[-1]
                    self.pending.append(collection_path)
                return True
        except Exception as error:
            self.guard.fail(error)
        return None

    def _ignorable(self, path):
        if not pytest_compat.DIRECTORIES_ARE_NODES:
            self.order.setdefault(path, len(self.order))
        # Most files are no tests: hashing their paths would be most of it.
        if not self.verdicts.clean_file(self.project.path(path)):
            return False
        if path in self.ignored:
            return True
        # Before pytest 8 a package is found by its __init__.py.
        return path.name != "__init__.py" and not _defines_plugins(path)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector):
        with self.guard:
            self._replay(collector)
        self.stack.append(collector)
        outcome = yield
        self.stack.pop()
        with self.guard:
            if (self.ignoring and not outcome.excinfo
                    and outcome.get_result().failed
                    and self._collect_before(collector)):
                hook = collector.ihook.pytest_make_collect_report
                outcome.force_result(hook(collector=collector))

    def _replay(self, collector=None):
        """Insert into sys.path for files that would have come before."""
        rest = []
        for path in self.pending:
            if collector is not None and not self._before(path, collector):
                rest.append(path)
            elif path.suffix == ".py":
                pytest_compat.insert_test_root(self.config, path)
        self.pending = rest

    def _before(self, path, collector):
        """Would pytest have imported `path` before this collector?"""
        if not pytest_compat.DIRECTORIES_ARE_NODES:
            place = self.order.get(collector.path)
            return place is not None and self.order[path] < place
        try:
            below = collector.path.relative_to(path.parent)
        except ValueError:
            return True	# pytest has left that directory
        return bool(below.parts) and path.name < below.parts[0]

    def _collect_before(self, collector):
        """An error that only a part of the suite may have: import those that
        pytest would have imported by now.  Were there any?"""
        before = [path for path in self.ignored if path not in self.imported
                  and (len(self.config.args) > 1 or
                       self._before(path, collector))]
        self.imported.update(before)
        self.pending = [p for p in self.pending if p not in self.imported]
        for path in before:
            parent = self.ignored[path]
            for node in pytest_compat.collect_file(parent, path):
                report = pytest_compat.collect_one_node(node)
                if report.failed:
                    node.ihook.pytest_collectreport(report=report)
            if self.run.recording is not None:
                # Its tests are not among the run's items.
                self.run.recording.incomplete(self.project.path(path))
        return before

    # ---- items ----

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        with self.guard:
            self._replay()
        yield
        with self.guard:
            if self.verdicts is None:
                return
            clean = [self._clean(item) for item in items]
            if not self.select:
                order = sorted(range(len(items)), key=clean.__getitem__)
                items[:] = [items[i] for i in order]
            elif any(clean):
                self.gone = [item for item, c in zip(items, clean) if c]
                items[:] = [item for item, c in zip(items, clean) if not c]
                self.config.hook.pytest_deselected(items=self.gone)

    def _clean(self, item):
        return self.verdicts.clean(self.run.path_of(item), item.nodeid)


def _defines_plugins(path):
    """Importing the file registers plugins, which are everybody's."""
    with open(path, "rb") as file:
        return b"pytest_plugins" in file.read()
