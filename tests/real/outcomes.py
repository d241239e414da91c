"""A pytest plugin (-p outcomes) that writes what happened to $OUTCOMES as JSON:

order       node ids in the order in which they ran
outcomes    node id -> reports, "WHEN OUTCOME" with marks for xfail and subtests
warnings    what was warned, and where
"""

import json
import os
from collections import defaultdict

import pytest

order = []
outcomes = defaultdict(list)
warned = []


def pytest_runtest_logstart(nodeid):
    order.append(nodeid)


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    marks = [m for m in ("wasxfail", "context") if getattr(report, m, None) is not None]
    outcomes[report.nodeid].append(" ".join([report.when, report.outcome, *marks]))


def pytest_warning_recorded(warning_message, when, nodeid):
    w = warning_message
    warned.append(f"{nodeid}: {when}: {w.category.__name__}: {w.filename}:{w.lineno}: {w.message}")


def pytest_sessionfinish():
    with open(os.environ["OUTCOMES"], "w") as out:
        json.dump({"order": order, "outcomes": outcomes, "warnings": sorted(warned)}, out)
