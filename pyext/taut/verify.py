"""--testmon-verify: everything runs; what would selecting have missed?

Compares how tests end with the record, for those that would have been
skipped.  Lives where the session does; with pytest-xdist that is the
controller, to which all reports come.  PYTEST_DONT_REWRITE
"""

import pytest

from taut import _core, pytest_compat
from taut.outcome import Outcome, word

GAINED = 5	# lines for a test, at most


class Miss:
    def __init__(self, what, then, now, ran=None):
        self.what = what	# node id, or a file that cannot be collected
        self.then = then
        self.now = now
        self.ran = ran		# the test file, of a test that did run
        self.gained = []


class Verify(pytest_compat.Plugin):
    """A plugin that watches; the run asks it to judge at the end."""

    def __init__(self, run):
        self.run = run
        self.expected = run.session.clean()
        self.tests = {}		# node id -> Outcome
        self.collected = set()	# node ids
        self.broken = set()	# files whose collection failed
        self.judged = 0
        self.misses = []

    def pytest_runtest_logreport(self, report):
        self.tests.setdefault(report.nodeid, Outcome()).add(report)

    def pytest_collectreport(self, report):
        if report.failed:
            self.broken.add(_file(report.nodeid))

    def pytest_collection_finish(self, session):
        self.collected.update(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids):
        self.collected.update(ids)

    # ---- the end ----

    def judge(self, recorded):
        """`recorded`: is what the tests depend on now in the database?"""
        for nodeid, test in self.tests.items():
            path, then = self.expected.get(nodeid, (None, None))
            if path is None or test.outcome is None:
                continue
            self.judged += 1
            if test.outcome != then:
                self.misses.append(Miss(nodeid, word(then) + " when recorded",
                                        test.word() + " now", path))
        if self.run.standing():
            self._judge_files()
        for miss in self.misses:
            if recorded and miss.ran:
                miss.gained = self._gained(miss)

    def _judge_files(self):
        """A file that would not have been imported: are its tests the same?"""
        session = self.run.session
        known = {}		# file -> node ids on record
        clean = {}		# file -> would it have been left out?
        for path, nodeid, _ in session.tests():
            name = _file(nodeid)
            if name not in clean:
                clean[name] = session.file(path) == _core.CLEAN
            if clean[name]:
                known.setdefault(name, []).append(nodeid)
        for name in sorted(self.broken.intersection(known)):
            self.misses.append(Miss(name, "%d tests on record" %
                                    len(known[name]), "not collected now"))
        found = {}
        for nodeid in self.collected:
            found.setdefault(_file(nodeid), set()).add(nodeid)
        for name in sorted(known.keys() & found.keys() - self.broken):
            on_record = set(known[name])
            for nodeid in sorted(found[name] - on_record):
                test = self.tests.get(nodeid)
                self.misses.append(Miss(
                    nodeid, "not on record",
                    test.word() + " now" if test else "there now"))
            # What an option of every run deselects is on record as skipped.
            self.misses += [
                Miss(nodeid, word(self.expected[nodeid][1]) + " when recorded",
                     "not there now")
                for nodeid in sorted(on_record - found[name])
                if self.expected[nodeid][1] != _core.SKIPPED]

    def _gained(self, miss):
        try:
            lines = self.run.session.gained(miss.ran, miss.what)
        except _core.Error:	# its record is gone meanwhile
            return []
        if len(lines) > GAINED:
            lines[GAINED - 1:] = ["%d others" % (len(lines) - GAINED + 1)]
        return lines

    def report(self, reporter, recorded):
        if not self.misses:
            return
        reporter.section("testmon: the selection would have missed %d"
                         % len(self.misses), "=", red=True, bold=True)
        for miss in self.misses:
            reporter.write_line("%s: %s, %s" % (miss.what, miss.then,
                                                miss.now), red=True)
            for line in miss.gained:
                reporter.write_line("    depends now on " + line)
            if miss.gained or not miss.ran:
                continue
            reporter.write_line(
                "    no missing dependency was found: it may depend on what "
                "another test left behind, the clock, or what taut cannot see"
                if recorded else
                "    this run was not recorded: no missing dependency could "
                "be looked for")


def _file(nodeid):
    return nodeid.split("::", 1)[0]
