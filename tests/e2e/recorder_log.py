"""Reads a recorder's log (record.h has the bytes), and records without pytest."""

import os
import struct
import sys

TEST, FIXTURE, MODULE, MEMO, COLLECTION, SESSION = range(6)
PY, DATA, LISTING, EXISTS, ENVVAR, LOOKUP, DIST, TREE = range(8)


class _Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def u8(self):
        return self.take(1)[0]

    def v(self):
        n = shift = 0
        while True:
            byte = self.u8()
            n |= (byte & 127) << shift
            if byte < 128:
                return n
            shift += 7

    def s(self):
        text = self.take(self.v()).decode(errors="surrogateescape")
        self.take(1)
        return text


class File:
    def __init__(self, b):
        self.kind, self.path, self.digest = b.v(), b.s(), b.take(16)
        # (hash, kind, flags, parent); nothing behind them is needed here
        self.suites = []
        if self.kind == PY:
            for _ in range(b.v()):
                self.suites.append((b.take(5), b.u8(), b.u8(), b.v()))


class Carrier:
    def __init__(self, b, files):
        self.number, self.kind, self.final, self.owner = b.v(), b.v(), b.u8(), b.s()
        self.deps = {}
        for _ in range(b.v()):
            file, index, suites = files[b.v()], 0, set()
            for _ in range(b.v()):
                index += b.v()
                suites.add(index)
            self.deps.setdefault((file.kind, file.path), set()).update(suites)
        self.refs = {(b.v(), b.u8()) for _ in range(b.v())}


class Log:
    """What one log says in the end: later records replace earlier ones."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        assert data[:8] == b"taut-log"
        self.files, self.carriers, self.tests, self.collected = [], {}, {}, {}
        at = 12
        while at < len(data):
            size, _ = struct.unpack_from("<II", data, at)
            self._frame(_Bytes(data[at + 8:at + 8 + size]))
            at += 8 + size

    def _frame(self, b):
        kind = b.u8()
        if kind == 1:
            self.files.append(File(b))
        elif kind == 2:
            carrier = Carrier(b, self.files)
            self.carriers[carrier.number] = carrier
        elif kind == 3:
            carrier, path, nodeid = b.v(), b.s(), b.s()
            outcome = b.v()
            why = b.s() if b.u8() else None
            self.tests[nodeid] = (self.carriers[carrier], path, outcome, why)
        else:
            path, full = b.s(), b.u8()
            self.collected[path] = full, [b.s() for _ in range(b.v())]

    def test(self, nodeid):
        return self.tests[nodeid][0]

    def module(self, path):
        """The carrier of the last load of a module."""
        return [c for c in self.carriers.values()
                if c.kind == MODULE and c.owner == path][-1]

    def reach(self, carrier, kinds=None):
        """The carriers that one reaches, itself included."""
        seen, todo = {}, [carrier]
        while todo:
            c = todo.pop()
            if c.number in seen or (kinds and seen and c.kind not in kinds):
                continue
            seen[c.number] = c
            todo += [self.carriers[n] for n, _ in c.refs if n in self.carriers]
        return list(seen.values())

    def depends(self, nodeid, path, kind=PY):
        """All suites of a file that a test depends on, directly or not."""
        found = set()
        for c in self.reach(self.test(nodeid)):
            found |= c.deps.get((kind, path), set())
        return found


def record(root, modules, core, run_dir, cache=None):
    """Import the modules and run their test_* functions, each as a test."""
    from taut import _core, loader

    def project_path(filename):
        inside = filename.startswith(root + os.sep)
        return os.path.relpath(filename, root) if inside else None

    os.makedirs(run_dir, exist_ok=True)
    recorder = _core.Recorder(run_dir, "main", root, core, project_path)
    loader.install(recorder, cache)
    sys.path.insert(0, root)
    try:
        for name in modules:
            collection = recorder.push(_core.COLLECTION, name)
            module = __import__(name)
            recorder.pop(collection)
            path = project_path(module.__file__)
            for test in sorted(n for n in vars(module) if n.startswith("test_")):
                number = recorder.push(_core.TEST, test)
                recorder.ref(recorder.module_of(path))
                recorder.ref(recorder.session)
                try:
                    getattr(module, test)()
                finally:
                    recorder.pop(number)
                recorder.test(number, path, test, _core.PASSED, None, 0)
    finally:
        sys.path.remove(root)
        loader.uninstall()
        recorder.close()


if __name__ == "__main__":
    record(sys.argv[1], sys.argv[4:], int(sys.argv[2]), sys.argv[3],
           os.environ.get("TAUT_CODE_CACHE"))
