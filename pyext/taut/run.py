"""An active plugin: one pytest run, from the options to the last line.

The process that pytest was started in owns the session (database, selection,
run directory).  With pytest-xdist that is the controller: workers get the run
directory through the environment, for they need it before their conftests,
and the verdicts through `workerinput`; each of them writes a log of its own.

taut never fails a run: an error of ours ends in one line for the user, and
the run goes on without us.  PYTEST_DONT_REWRITE
"""

import json
import os
import sys
import tempfile
import warnings
from functools import partial

import pytest

from taut import AsInstalled, _core, child, environment, pytest_compat
from taut.installed import Installed
from taut.project import Project

# JSON: the run directory (null: the controller does not record), and digests
# of variables before the controller's conftests changed them.  Taken out of the
# environment by the worker, so that what a test starts is not taken for one.
WORKER_VARIABLE = "TAUT_XDIST_RUN"

_OLD_OPTIONS = (
    ("tlf", "--tlf has no effect: failed tests always run again"),
    ("testmon_singleprocess", "--testmon-singleprocess has no effect"),
    ("project_directory", "--project-directory has no effect: all project "
                          "code counts; see the ini key testmon_roots"),
)


class _Guard:
    """Whatever fails inside is our failure, not the run's."""

    def __init__(self, fail):
        self.fail = fail

    def __enter__(self):
        return None

    def __exit__(self, kind, error, traceback):
        if error is None or not isinstance(error, Exception):
            return False
        self.fail(error)
        return True


def _compiles(filters, path, data):
    """Does this source compile?  It is compiled again when it is loaded.

    What the compiler warns of fails, too, where warnings are errors.
    """
    with warnings.catch_warnings(record=True):
        for given in filters:
            warnings.filterwarnings(*given)
        try:
            compile(data, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, Warning):
            return False
    return True


class _Crashes:
    """A plugin of xdist's controller, which reports crashed workers."""

    def __init__(self, run):
        self.run = run

    def pytest_runtest_logreport(self, report):
        recording = self.run.recording
        if (report.when not in ("setup", "call", "teardown") and report.failed
                and recording is not None):
            with self.run.guard:
                recording.crashed(report.nodeid)


class Run(pytest_compat.Plugin):
    def __init__(self, config, args):
        self.config = config
        self.args = list(args)
        self.guard = _Guard(self.fail)
        self.project = Project(str(config.rootpath), tempfile.gettempdir())
        self.project.basetemp = lambda: pytest_compat.basetemp(config)
        self._paths = {}	# parent of items -> path of their file
        self.session = None	# None in workers too
        self.run_dir = None
        self.recording = None
        self.selection = None
        self.verify = None
        self.unverified = None	# why there is nothing to verify
        self.recorded = False	# is this run in the database?
        self.env = None
        self.by_name = False	# does the name rule select?
        self.collect = self.select = False
        self.why_not = []	# header: what is switched off, and why
        self.problems = []
        self.left_out = []
        self.ran = set()
        self.skipped = None	# of a worker: what its selection left out
        self.deselected = []	# items, by others
        self.clean = 0		# tests with that verdict
        self.mean = 0.0		# seconds that one of them took
        self.finished = False
        # What tests read is compared with it: conftests may change it.
        self.environ = dict(os.environb)
        self.installed = Installed(self.project, sys.path,
                                   environment.ignored(config))

    # ---- start: before conftests ----

    def start(self):
        with self.guard:
            child.leave()
            variable = os.environ.pop(WORKER_VARIABLE, None)
            if variable is not None and "PYTEST_XDIST_WORKER" in os.environ:
                run_dir, changed = json.loads(variable)
                self._record(run_dir, os.environ["PYTEST_XDIST_WORKER"])
                if self.recording is not None:
                    self.recording.recorder.assume_environ(
                        {os.fsencode(name): value and bytes.fromhex(value)
                         for name, value in changed.items()})
            else:
                self._open()

    def _open(self):
        option = self.config.known_args_namespace
        self.collect = not (option.testmon_nocollect or option.testmon_readonly
                            or option.collectonly or option.setuponly
                            or option.setupplan)
        if option.testmon_nocollect or option.testmon_readonly:
            self.why_not.append("collection deactivated, ")
        elif option.testmon_core == "trace" and _debugged(self.config):
            self.collect = False
            self.why_not.append("collection automatically deactivated because "
                                "it's not compatible with debugger, ")
        self.env = environment.name(self.config)
        self.left_out = environment.unknown_options(self.config, self.args)[1]
        self.by_name = self._by_name()
        self.session = _core.Session(
            self.project.root, env=self.env,
            parts=environment.parts(self.config, self.args),
            ignore_parts=self.config.getini("testmon_environment_ignore"),
            readonly=not self.collect, by_name=self.by_name,
            probe=self._probe, compiles=partial(
                _compiles, pytest_compat.builtin_filters(self.config)))
        if self.collect:
            self._begin()

    def _by_name(self):
        """Is the name rule wanted?"""
        precision = (self.config.known_args_namespace.testmon_precision
                     or self.config.getini("testmon_precision"))
        if precision not in ("name", "file"):
            self.problems.append("testmon_precision is neither name nor file: "
                                 "%s" % precision)
        return precision == "name"

    def _begin(self):
        try:
            self.run_dir = self.session.begin()
        except _core.Error as error:
            # For example a read-only checkout: it can still select.
            self.collect = False
            self.problems.append("%s; nothing is recorded" % error.args[0])
        else:
            self._record(self.run_dir, "main")

    def _record(self, run_dir, writer):
        if run_dir is None:
            return
        self.collect = True
        with AsInstalled():
            from taut.recording import Recording
        cache = os.path.dirname(os.path.dirname(run_dir))
        self.project.exclude(cache)
        self.recording = Recording(self, run_dir, writer)

    def path_of(self, item):
        """The path of an item's test file."""
        path = self._paths.get(item.parent)
        if path is None:
            node = pytest_compat.file_of(item)
            if node is None:
                return self.project.path(item.path)
            path = self._paths[item.parent] = self.project.path(node.path)
        return path

    def _probe(self, kind, name):
        """Today's digest of an environment variable or a distribution."""
        if kind == _core.DIST:
            return self.installed.digest(name)
        value = self.environ.get(os.fsencode(name))
        return None if value is None else _core.digest(value)

    # ---- configure: all options are known ----

    def pytest_configure(self, config):
        with self.guard:
            # Not by a hook of ours: it is called for every test.
            arounds = pytest_compat.Arounds(config.pluginmanager)
            arounds.add("pytest_runtest_logstart", self.ran.add, "nodeid")
            if self.recording is not None:
                self.recording.register(config.pluginmanager)
            if hasattr(config, "workerinput"):
                self._configure_worker(config.workerinput)
            elif self.session is not None:
                self._configure(config)

    def _configure(self, config):
        option = config.option
        if any(word not in config.args for word in self.left_out):
            raise _core.Error("an option of a conftest took a path as its "
                              "value; write --option=VALUE", 0)
        if option.testmon_verify:
            self._verify(option, config.args)
            return
        reason = self._noselect(option, config.args)
        self.select = reason is None
        if reason:
            self.why_not.append("selection automatically deactivated because "
                                "%s, " % reason)
        elif not self.select:
            self.why_not.append("selection deactivated, ")
        if self.select or option.testmon_noselect:
            self._select()

    def _noselect(self, option, args):
        """None: select; "": told not to; else why not."""
        if option.testmon_forceselect:
            return None
        if option.testmon_noselect:
            return ""
        return self._picked(option, args)

    def _picked(self, option, args):
        """How the command line picks tests itself, or None."""
        standing = pytest_compat.standing_options(self.config)
        if option.keyword != standing.keyword:
            return "-k was used"
        if option.markexpr != standing.markexpr:
            return "-m was used"
        if getattr(option, "lf", False):
            return "--lf was used"
        if any("::" in arg and not os.path.exists(arg) for arg in args):
            return "you selected tests manually"
        return None

    def _select(self):
        with AsInstalled():
            from taut.selection import Selection, Verdicts
        self.session.select()
        self.selection = Selection(self, Verdicts(self.session), self.select)
        self.config.pluginmanager.register(self.selection, "taut-selection")

    def _verify(self, option, args):
        """Run everything, and compare with what selecting would skip."""
        self.why_not.append("verifying, ")
        picked = not option.testmon_forceselect and self._picked(option, args)
        if option.collectonly or option.setuponly or option.setupplan:
            self.unverified = "no test is run"
        elif picked:
            self.unverified = ("nothing would have been skipped, because "
                               + picked)
        else:
            self.session.select()
            if self.session.state != _core.DB_USED:
                self.unverified = ("nothing would have been skipped: "
                                   + (self.session.note or "no database"))
                return
            with AsInstalled():
                from taut.verify import Verify

            self.verify = Verify(self)
            self.config.pluginmanager.register(self.verify, "taut-verify")

    def _configure_worker(self, workerinput):
        if self.session is not None:	# no variable: a remote worker
            self._close()
        if "taut" in workerinput:
            with AsInstalled():
                from taut.selection import Selection, SentVerdicts
            select, text = json.loads(workerinput["taut"])
            if text is not None:
                self.selection = Selection(self, SentVerdicts(text), select)
                self.config.pluginmanager.register(self.selection,
                                                   "taut-selection")

    # ---- pytest-xdist, in the controller ----

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self):
        now, changed = dict(os.environb), {}
        for name in {*now, *self.environ}:
            value = self.environ.get(name)
            if value != now.get(name):
                changed[os.fsdecode(name)] = (
                    None if value is None else _core.digest(value).hex())
        self.config.pluginmanager.register(_Crashes(self), "taut-crashes")
        run_dir = self.run_dir if self.recording is not None else None
        os.environ[WORKER_VARIABLE] = json.dumps([run_dir, changed])

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):
        with self.guard:
            verdicts = self.selection and self.selection.verdicts
            node.workerinput["taut"] = json.dumps(
                [self.select, verdicts.dump() if verdicts else None])

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        told = (getattr(node, "workeroutput", None) or {}).get("taut")
        if told is not None:
            skipped, problems = json.loads(told)
            # All workers collect the same.
            self.skipped = skipped
            if skipped:
                self._disarm_coverage()
            for problem in problems:
                if problem not in self.problems:
                    self.problems.append(problem)

    # ---- the run ----

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        # Outside of the selection's: before anybody deselects.
        with self.guard:
            if self.recording is not None:
                self.recording.collected(items, self._partial())
        yield

    def pytest_deselected(self, items):
        if self.selection is None or items is not self.selection.gone:
            self.deselected += items

    def pytest_collection_finish(self):
        with self.guard:
            worker = getattr(self.config, "workerinput", {})
            # Of all xdist workers one tells.
            if (self.recording is not None and self.deselected
                    and worker.get("workerid", "gw0") == "gw0"
                    and self.standing()):
                self.recording.deselected(self.deselected)
            if self._nskipped():
                self._disarm_coverage()

    def standing(self):
        """Would the next run deselect the same tests?"""
        option = self.config.option
        return not (self._picked(option, self.config.args) or option.deselect
                    or getattr(option, "stepwise", False))

    def _partial(self):
        """path -> may the items of that file be incomplete?"""
        if getattr(self.config.option, "lf", False):
            return lambda path: True
        named = [arg.split("::")[0] for arg in self.config.args
                 if "::" in arg]
        if named and self.config.option.pyargs:
            return lambda path: True
        base = str(self.config.invocation_params.dir)
        paths = {self.project.path(os.path.abspath(os.path.join(base, name)))
                 for name in named}
        return paths.__contains__

    def _disarm_coverage(self):
        plugin = self.config.pluginmanager.getplugin("_cov")
        options = getattr(plugin, "options", None)
        if getattr(options, "cov_fail_under", None):
            options.cov_fail_under = None
            self.problems.append("--cov-fail-under is not checked: the "
                                 "deselected tests are missing in the total")

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_sessionfinish(self, session, exitstatus):
        # Innermost: fixtures are torn down and workers gone by now, and the
        # terminal has not closed the run yet.
        outcome = yield
        self.finish(torn_down=outcome.excinfo is None)
        if self.verify is not None and self.session is not None:
            try:
                self.verify.judge(self.recorded)
            except Exception as error:
                self.problems.append("not verified: %s" % error)
            if self.verify.misses and not session.exitstatus:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            if self._nskipped():
                session.exitstatus = pytest.ExitCode.OK
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output["taut"] = json.dumps([self._nskipped(), self.problems])

    def _nskipped(self):
        """Tests that the selection left out."""
        if self.skipped is not None:
            return self.skipped
        return self.selection.skipped() if self.selection else 0

    # ---- what the user sees ----

    def pytest_report_header(self):
        if self.finished:
            return ["testmon: " + problem for problem in self.problems]
        lines = ["testmon: " + "".join(self.why_not) + self._changed()
                 + "environment: %s" % (self.env or "default")]
        if self.session is not None and self.session.note:
            lines.append("testmon: " + self.session.note)
        option = self.config.option
        lines += ["testmon: " + text for name, text in _OLD_OPTIONS
                  if getattr(option, name)]
        return lines

    def _changed(self):
        option = self.config.option
        if self.session is None or not (self.select or option.testmon_verify):
            return ""
        if self.session.state == _core.DB_NEW:
            return "new DB, "
        if self.session.state != _core.DB_USED:
            return "nothing recorded, "
        if not (self.select or self.verify):
            return ""
        changed = self.session.changed()
        files = sorted({path for path, kind in changed
                        if kind in (_core.PY, _core.DATA)})
        text = ", ".join(files)
        if not text or len(text) > 100 or not text.isprintable():
            text = str(len(files))
        others = len({item for item in changed
                      if item[1] not in (_core.PY, _core.DATA)})
        if others:
            text += ", other changed inputs: %d" % others
        return "changed files: %s, " % text

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter):
        if self.verify is not None:
            self.verify.report(terminalreporter, self.recorded)
        for problem in self.problems:
            terminalreporter.write_line("testmon: " + problem, yellow=True)
        if self.unverified is not None:
            terminalreporter.write_line("testmon: nothing to verify: "
                                        + self.unverified)
        option = self.config.option
        if self.session is None or option.verbose < 0 or option.collectonly:
            return
        with self.guard:
            if option.verbose >= 2:
                self._savings(terminalreporter)
            ran, skipped = len(self.ran), self._nskipped()
            text = "testmon: %d of %d tests ran" % (ran, ran + skipped)
            saved = self._saved(skipped)
            if self.verify is not None:
                text += ", %d of them verified" % self.verify.judged
            terminalreporter.write_line(
                text + (", saved " + saved if saved else ""))

    def _measure(self):
        """Sum up the clean tests, before what this run learned is added."""
        if self.selection is None and self.verify is None:
            return
        stats = self.session.stats()
        self.clean = stats["clean"]
        timed = self.clean - stats["unknown"]
        if timed > 0:
            self.mean = stats["saved_micros"] / timed / 1e6

    def _saved(self, skipped):
        """The time of `skipped` clean tests, or "" if it is not known."""
        seconds = self.mean * skipped
        return "about " + _duration(seconds) if seconds else ""

    def _savings(self, reporter):
        skipped = self._nskipped()
        total = len(self.ran) + skipped
        reporter.section(
            ("Testmon savings" if self.select else "Potential testmon savings")
            + " (deselected/no testmon)", "=", blue=True)
        saved = skipped if self.select else min(self.clean, total)
        reporter.write_line("this run: %d/%d (%.0f%%) tests, %s" % (
            saved, total, 100.0 * saved / total if total else 0,
            self._saved(saved) or "time unknown"))

    # ---- the end ----

    def fail(self, error):
        """Go on without us."""
        if os.environ.get("TAUT_DEBUG"):
            import traceback
            traceback.print_exception(type(error), error, error.__traceback__)
        if self.finished:
            return
        self.finished = True
        text = error.args[0] if isinstance(error, _core.Error) else (
            "%s: %s" % (type(error).__name__, error))
        if self.collect:
            text += "; the rest of this run is not recorded"
        self.problems.append(text)
        if self.selection is not None:
            self.selection.stop()
        self._close()

    def _close(self):
        recording, self.recording = self.recording, None
        if recording is not None:
            try:
                recording.stop()
            except Exception as error:
                self.problems.append("%s: %s" % (type(error).__name__, error))

    def finish(self, torn_down=False):
        """Everything ran: fold what was learned into the database."""
        if self.finished:
            return
        self.collect = False
        with self.guard:
            recording, self.recording = self.recording, None
            if recording is not None:
                recording.finish(torn_down)
            if self.session is not None:
                self._measure()
            if self.run_dir is not None:
                self.session.finish()
                self.recorded = True
        self.finished = True

    def stop(self):
        """The last of a run, however it ended."""
        self.finish()
        os.environ.pop(WORKER_VARIABLE, None)
        session, self.session = self.session, None
        if session is not None:
            session.close()


def _debugged(config):
    """Does somebody else trace, and is it not pytest-cov?"""
    return (sys.gettrace() is not None
            and not config.pluginmanager.hasplugin("_cov"))


def _duration(seconds):
    if seconds < 1:
        return "%.2f s" % seconds
    if seconds < 90:
        return "%.0f s" % seconds
    return "%.0f min" % (seconds / 60)
