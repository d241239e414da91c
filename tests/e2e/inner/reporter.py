"""A pytest plugin for the runs inside the tests: what ran, in which order.

Appends one JSON line an event to $RUN_REPORT, so that a run that is killed
has reported too.
"""

import json
import os

import pytest


def tell(config, **event):
    if hasattr(config, "workerinput") or "RUN_REPORT" not in os.environ:
        return
    with open(os.environ["RUN_REPORT"], "a") as file:
        file.write(json.dumps(event) + "\n")


class Reporter:
    def __init__(self, config):
        self.config = config

    def pytest_runtest_logreport(self, report):
        outcome = report.outcome
        if hasattr(report, "wasxfail"):
            outcome = "xfailed" if report.skipped else "xpassed"
        tell(self.config, nodeid=report.nodeid, when=report.when,
             outcome=outcome)

    def pytest_deselected(self, items):
        tell(self.config, deselected=[item.nodeid for item in items])

    def pytest_collectreport(self, report):
        if report.failed:
            tell(self.config, collect_error=report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        tell(self.config, collected=[item.nodeid for item in session.items])


def pytest_configure(config):
    config.pluginmanager.register(Reporter(config))
