"""Mutants that are none of one place in a Python file: files, data, the environment (see mutate)."""

import os
import re

from mutate import mutant, sites

# What tests do not read, or what the kind "ini key" changes.
NO_DATA = {".py", ".pyc", ".pyi", ".md", ".rst", ".toml", ".ini", ".cfg", ".lock", ".yaml", ".yml", ".so"}
VARIABLE = re.compile(rb"""(?:environ(?:\.get\(|\[)|getenv\()\s*["'](\w+)["']""")
ADDED = b"import pytest\n\n\n@pytest.fixture(autouse=True)\ndef added():\n    pytest.fail('added')\n"
INI = {"pytest.ini": b"[pytest]\n", "tox.ini": b"[pytest]\n", "setup.cfg": b"[tool:pytest]\n",
       "pyproject.toml": b"[tool.pytest.ini_options]\n"}
CHILD = re.compile(rb"subprocess|multiprocessing|Popen|os\.exec|os\.spawn")


def is_test(path):
    name = os.path.basename(path)
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def is_installed(path):
    return "site-packages" in path.split("/")


def in_tree(root, files):
    """(kind, what it says, {path: new bytes, or None}, {variable: value}); `files` are relative paths."""
    data = {f: (root / f).read_bytes() for f in files}
    own = [f for f in files if not is_installed(f)]
    yield from moves(data, own)
    yield from additions(own)
    for name in sorted({m.decode() for f in own if f.endswith(".py") for m in VARIABLE.findall(data[f])}):
        yield "environment variable", name, {}, {name: "mutant"}
    for f, head in INI.items():
        if head in data.get(f, b""):
            value = b'["no_such_fixture"]' if f.endswith("toml") else b"no_such_fixture"
            yield "ini key", f, {f: data[f].replace(head, head + b"usefixtures = " + value + b"\n", 1)}, {}
    yield from distributions(data)
    yield from targets(data, own)


def moves(data, files):
    for f in files:
        suffix = os.path.splitext(f)[1]
        if suffix == ".py":
            yield "file deleted", f, {f: None}, {}
            renamed = f"{f.removesuffix('.py')}_renamed.py"
            yield "file renamed", f"{f} to {renamed}", {f: None, renamed: data[f]}, {}
        elif suffix and suffix not in NO_DATA and data[f]:
            at = len(data[f]) // 2
            new = bytes([data[f][at] ^ 1])
            yield "data byte", f"{f}: byte {at}", {f: data[f][:at] + new + data[f][at + 1:]}, {}
            yield "file deleted", f, {f: None}, {}


def additions(files):
    folders = sorted({os.path.dirname(f) for f in files if is_test(f)})
    for folder in folders:
        f = os.path.join(folder, "conftest.py")
        if f not in files:
            yield "file added", f, {f: ADDED}, {}
    for folder in folders:
        for name in ("decimal", "uuid", "fractions", "colorsys", "calendar", "statistics"):
            f = os.path.join(folder, f"{name}.py")
            yield "file added", f, {f: b"raise ImportError('shadowed')\n"}, {}


def distributions(data):
    """Those that the project brings along in a site-packages folder: another version, as it is and
    with each change of its code."""
    for meta in [f for f in data if f.endswith(".dist-info/METADATA")]:
        old = meta.removesuffix("/METADATA")
        site, name = os.path.split(old)
        version = re.search(rb"^Version: (.*)$", data[meta], re.M)[1].decode()
        upgrade = {}
        for f in [f for f in data if f.startswith(old + "/")]:
            upgrade[f] = None
            upgrade[f.replace(f"-{version}.", f"-{version}.1.")] = data[f].replace(version.encode(), version.encode() + b".1")
        yield "distribution version", f"{name}: {version}.1", upgrade, {}
        package = site + "/" + name.split("-")[0]
        for f in [f for f in data if f.endswith(".py") and f.startswith((package + "/", package + ".py"))]:
            for s in sites(f, data[f]):
                new = mutant(data[f], s)
                if new:
                    yield "distribution version", f"{name}: {version}.1, {f}:{s.line} {s.kind}", upgrade | {f: new}, {}


def targets(data, files):
    """Scripts that are named where children are started."""
    starters = b"\n".join(data[f] for f in files if f.endswith(".py") and CHILD.search(data[f]))
    for f in files:
        if f.endswith(".py") and not is_test(f) and re.search(rb"""["'/]""" + re.escape(os.path.basename(f).encode()) + rb"""["']""", starters):
            for s in sites(f, data[f]):
                new = mutant(data[f], s)
                if new:
                    yield "subprocess target", f"{f}:{s.line} {s.kind}", {f: new}, {}
