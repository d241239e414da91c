"""What each test runs, by the slowest and plainest means: sys.settrace.

    python reference_tracer.py ROOT OUT MODULE...

Imports the modules, calls their test_* functions and writes, as JSON, for
each test the suites that had a line event (or a call, if they are functions)
while it ran: {test: {path: [suite, ...]}}.  Only the numbering of suites is
taut's own.
"""

import importlib
import json
import os
import sys
import threading


class Tracer:
    def __init__(self, root):
        self.root = root + os.sep
        self.maps = {}
        self.seen = {}

    def map(self, filename):
        """(line -> suite, (line, name) of a def -> suite), or None."""
        if filename not in self.maps:
            self.maps[filename] = None
            if filename.startswith(self.root) and os.path.exists(filename):
                self.maps[filename] = read(filename)
        return self.maps[filename]

    def trace(self, frame, event, arg):
        code = frame.f_code
        maps = self.map(code.co_filename)
        if maps is None:
            return None
        if event == "call":
            suite = maps[1].get((code.co_firstlineno, code.co_name))
        else:
            suite = maps[0].get(frame.f_lineno) if event == "line" else None
        if suite is not None:
            path = code.co_filename[len(self.root):]
            self.seen.setdefault(path, set()).add(suite)
        return self.trace


def read(filename):
    from taut import _core

    with open(filename, "rb") as file:
        suites = _core.scan(file.read()).suites[:-2]
    lines, calls = {}, {}
    for i, (kind, _, head, first, last, _, name, _) in enumerate(suites):
        lines.update(dict.fromkeys(range(first, last + 1), i))
        if kind == _core.SUITE_FUNCTION:
            calls[head, name] = i
    return lines, calls


def main(root, out, *modules):
    sys.path.insert(0, root)
    tracer = Tracer(root)
    threading.settrace(tracer.trace)
    sys.settrace(tracer.trace)
    result = {}
    for name in modules:
        module = importlib.import_module(name)
        for test in sorted(n for n in vars(module) if n.startswith("test_")):
            tracer.seen = result[test] = {}
            getattr(module, test)()
    sys.settrace(None)
    with open(out, "w") as file:
        json.dump({t: {p: sorted(s) for p, s in r.items()} for t, r in result.items()}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
