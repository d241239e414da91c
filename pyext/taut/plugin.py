"""The pytest plugin: its options, and the decision whether to be active.

This module is imported by every pytest run of an environment that has taut
installed, so it costs nothing: whatever works is imported by `start`, when an
option asked for it.  PYTEST_DONT_REWRITE
"""

import os

import pytest

from taut import AsInstalled

# An active plugin keeps the object that works (`taut.run.Run`) here.
RUN = "taut-run"


def __dir__():
    # As in pytest_compat.Plugin; not imported from there, for that costs.
    return [name for name in globals() if name.startswith("pytest_")]


_SWITCHES = ("testmon", "testmon_noselect", "testmon_nocollect",
             "testmon_forceselect", "testmon_readonly", "testmon_verify")
# Runs that only print something and leave.
_PRINTERS = ("help", "version", "markers", "showfixtures",
             "show_fixtures_per_test", "cacheshow")


def pytest_addoption(parser, pluginmanager):
    from argparse import SUPPRESS

    _refuse_testmon(pluginmanager)
    group = parser.getgroup("testmon", "taut: run the tests a change affects")

    def switch(name, help, **more):
        group.addoption(name, help=help, **{"action": "store_true", **more})

    switch("--testmon", "run the tests that changes affect, and record")
    switch("--testmon-noselect",
           "record, and run everything: affected tests first")
    switch("--testmon-nocollect", "select, but record nothing")
    switch("--testmon-forceselect",
           "select also together with -k, -m, --lf or node ids")
    switch("--testmon-readonly",
           "select from the database as it is; write nothing anywhere")
    switch("--testmon-verify",
           "run everything, record, and fail if a test that would have been "
           "skipped ends otherwise than recorded")
    switch("--no-testmon", "turn taut off, whatever else is given")
    switch("--testmon-off", "old name of --no-testmon", dest="no_testmon")
    group.addoption("--testmon-env", metavar="NAME", default=None,
                    help="name of the environment to select from")
    group.addoption("--testmon-core", choices=("probe", "trace"),
                    default="probe",
                    help="how to record: probes in the code (default), or a "
                         "trace function")
    group.addoption("--testmon-precision", choices=("name", "file"),
                    default=None,
                    help="which tests a change outside of functions affects: "
                         "those that depend on the file, or on a name that "
                         "changed (ini: testmon_precision)")
    for name, more in _OLD.items():
        group.addoption(name, help=SUPPRESS, **more)

    parser.addini("environment_expression",
                  "expression whose value names the environment", default="")
    parser.addini("testmon_ignore_dependencies",
                  "distributions that no test depends on",
                  type="args", default=[])
    parser.addini("testmon_environment_ignore",
                  "parts of the environment that are not compared",
                  type="linelist", default=[])
    parser.addini("testmon_no_rewrite",
                  "patterns of files that are loaded as they are; a test "
                  "depends on the whole file", type="linelist", default=[])
    parser.addini("testmon_precision",
                  "default of --testmon-precision", default="file")
    parser.addini("testmon_roots",
                  "directories beside the root that belong to the project",
                  type="linelist", default=[])


# Accepted for the sake of existing command lines.
_OLD = {
    "--tlf": {"action": "store_true"},
    "--testmon-singleprocess": {"action": "store_true"},
    "--project-directory": {"action": "append", "metavar": "DIR"},
}


def _refuse_testmon(pluginmanager):
    """Two plugins cannot define --testmon: say so before pytest crashes."""
    from importlib import util

    if (os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
            and not pluginmanager.hasplugin("testmon")):
        return
    if pluginmanager.is_blocked("testmon"):
        return
    if util.find_spec("testmon") is None:
        return
    from importlib import metadata
    for dist in metadata.distributions(name="pytest-testmon"):
        if any(e.group == "pytest11" for e in dist.entry_points):
            raise pytest.UsageError(
                "taut and pytest-testmon define the same options: "
                "`pip uninstall pytest-testmon`, or run pytest with "
                "`-p no:testmon`")


def wanted(option):
    """Do these options ask for an active plugin?"""
    if option.no_testmon or any(getattr(option, p, False) for p in _PRINTERS):
        return False
    return any(getattr(option, name) for name in _SWITCHES)


def _start(config, args):
    try:
        with AsInstalled():
            from taut.run import Run
    except ImportError as error:	# no extension for this interpreter
        run = _Unusable(error)
    else:
        run = Run(config, args)
        config.add_cleanup(run.stop)
        run.start()
    config.pluginmanager.register(run, RUN)


class _Unusable:
    def __init__(self, error):
        self.error = error

    def pytest_report_header(self):
        return "testmon: deactivated: %s" % self.error


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config, args):
    # The earliest hook that knows the options; conftests come after it.
    if wanted(early_config.known_args_namespace):
        _start(early_config, args)
    yield


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    # Named by `pytest_plugins` of a conftest, the hook above came too late.
    if wanted(config.option) and not config.pluginmanager.hasplugin(RUN):
        _start(config, config.invocation_params.args)


def pytest_report_header(config):
    if config.option.no_testmon:
        return "testmon: deactivated through --no-testmon"
    return None
