"""The slow, independent recorder: which tests executed which functions.

A pytest plugin (-p slow_tracer) on sys.settrace that shares no code or idea with
the recorder under test.  It writes $SLOW_TRACER_OUT: JSON, "FILE:FIRSTLINE" of
each function -> node ids of the tests during which it was entered: in setup
and teardown, in other threads, and in generators that go on.  What runs outside
of a test (imports, collection) is charged to "".
"""

import json
import os
import sys
import threading
from collections import defaultdict

import pytest

ROOT = os.path.realpath(os.environ["SLOW_TRACER_ROOT"]) + os.sep
entered = defaultdict(set)
here = ""


def trace(frame, event, arg):
    code = frame.f_code
    if code.co_filename.startswith(ROOT):
        entered[code.co_filename, code.co_firstlineno].add(here)


# Tests that set a tracer of their own, or pytest's own threads, must not end ours.
def start():
    sys.settrace(trace)
    threading.settrace(trace)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    global here
    here = item.nodeid
    start()
    yield
    here = ""


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish():
    sys.settrace(None)
    threading.settrace(None)
    functions = {f"{f[len(ROOT) :]}:{line}": sorted(tests) for (f, line), tests in sorted(entered.items())}
    with open(os.environ["SLOW_TRACER_OUT"], "w") as out:
        json.dump(functions, out)


start()
