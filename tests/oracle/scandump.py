"""Runs build/scandump: what the C scanner sees, as Python objects."""

import ast
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
SCANDUMP = os.environ.get("TAUT_SCANDUMP", str(TOP / "build" / "scandump"))

# enum taut_suite_kind, enum taut_unit_kind of include/taut.h
SUITES = (
    "MODULE CLASS FUNCTION IF ELIF ELSE FOR WHILE TRY EXCEPT FINALLY WITH MATCH CASE OTHER DOC VERSION".split()
)
UNITS = "STATEMENT IMPORT ASSIGN CORE ANNOTATIONS DOC CLASS COMPOUND".split()
CODE = 1
# enum taut_name_role of src/scope.h
LOCAL, GLOBAL, NONLOCAL, FREE, FREE_COMP, FREE_LAMBDA, FREE_HEADER = (1 << i for i in range(7))


def children(node):
    """As ast.iter_child_nodes, without operators and contexts (half of all
    nodes): 0.6 of the time."""
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            for x in value:
                if isinstance(x, ast.AST):
                    yield x
        elif isinstance(value, ast.AST) and value._fields:
            yield value


def walk(tree):
    """As ast.walk, each node before what is below it."""
    found = [tree]
    for node in found:
        found += children(node)
    return found


class Dump:
    """One scandump process; give it a path, get the answer."""

    def __init__(self, mode):
        self.json = mode != "tokens"
        self.process = subprocess.Popen([SCANDUMP, mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, path):
        self.process.stdin.write(os.fsencode(str(path)) + b"\n")
        self.process.stdin.flush()
        size = self.process.stdout.readline().split(b" ", 1)[0]
        answer = self.process.stdout.read(int(size))
        return json.loads(answer) if self.json else answer

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait() == 0


def run_tests(namespace):
    """The tests of a module without pytest, which not every CPython here has."""
    passed = failed = 0
    for name, test in list(namespace.items()):
        if name.startswith("test_"):
            try:
                test()
                passed += 1
            except Exception:
                failed += 1
                print(f"{name}:")
                traceback.print_exc(file=sys.stdout)
    print(f"{passed} passed, {failed} failed")
    return failed > 0
