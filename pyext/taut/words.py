"""The names that installed libraries say, kept in the cache: see src/words.h.

Collected once of each version, by a run that records and goes by names.
PYTEST_DONT_REWRITE
"""

import array
import json
import os
import sys
import sysconfig

from taut import _core
from taut.installed import normal

# What no program imports, or nothing but prose.
_LEFT_OUT = frozenset("""
    test tests idlelib turtledemo lib2to3 ensurepip pydoc_data __pycache__
    site-packages dist-packages
""".split())
# What CPython's C code looks for, and no Python code of it says.
_UNSAID = b"print_file_and_line _dealloc_warn _finalizing __IOBase_closed"
# In strings there stand the words of other languages (70 000 of pygments' lexers,
# which pytest loads): they name nothing in Python.
_TABLES = os.path.join(os.sep, "pygments", "lexers", "")
# More is not read: then any name may be one of theirs.
_FILE, _ALL = 16 << 20, 100 << 20
_CODE = (".py", ".so", ".pyd", ".dll", ".dylib")


def save(installed, base, plugins):
    """Of what the database may know, what the cache lacks."""
    if not installed.cache:
        return
    directory = os.path.join(installed.cache, "words")
    _save(directory, "python", _core.digest(base.encode()),
          lambda: _python(installed, plugins))
    for name in installed.asked & set(installed.dists()):
        _save(directory, name, installed.digest(name),
              lambda: _distribution(installed, name))


def _save(directory, name, digest, files):
    path = os.path.join(directory, "%s-%s" % (name, digest[:5].hex()))
    if os.path.exists(path):
        return
    data = _words(files())
    own = "%s.%d" % (path, os.getpid())
    try:
        os.makedirs(directory, exist_ok=True)
        with open(own, "wb") as out:
            out.write(data)
        os.replace(own, path)
    except OSError:
        pass    # only a cache


def _words(files):
    """The content for these files: nothing where they cannot be known."""
    try:
        sizes = [os.path.getsize(file) for file in files or ()]
    except OSError:
        files = None
    if files is None or max(sizes, default=0) > _FILE or sum(sizes) > _ALL:
        return b""
    words = _said(_UNSAID, True)
    for file in files:
        try:
            with open(file, "rb") as source:
                words |= _said(source.read(), _TABLES not in file)
        except OSError:
            return b""
    data = array.array("I", sorted(words))
    if sys.byteorder == "big":
        data.byteswap()
    data = data.tobytes()
    return _core.digest(data) + data


def _said(text, strings):
    return set(memoryview(_core.words(text, strings)).cast("I"))


def _below(directory):
    for below, directories, files in os.walk(directory):
        directories[:] = [d for d in directories if d not in _LEFT_OUT]
        for file in files:
            if file.endswith(_CODE):
                yield os.path.join(below, file)


def _python(installed, plugins):
    """Python itself, pytest, and its plugins; None: not all is found."""
    # What its C code calls the Python code says as well.
    found = [file for file in _below(sysconfig.get_path("stdlib"))
             if file.endswith(".py")]
    for module in ("pytest", "_pytest", "pluggy", "iniconfig"):
        file = getattr(sys.modules.get(module), "__file__", None)
        if file:
            found += _below(os.path.dirname(file))
    for plugin in plugins:
        files = _distribution(installed, normal(plugin.partition("==")[0]))
        if files is None:
            return None
        found += files
    return sorted(set(found))


def _distribution(installed, name):
    """Its files; None: they cannot be told."""
    if name not in installed.dists():
        return None
    directory, entry, _ = installed.dists()[name]
    place = os.path.join(directory, entry)
    files = [os.path.join(directory, line) for line in _listed(place)
             if line.endswith(_CODE)]
    if _is_editable(place):
        # The project's own code says what it says.
        return [] if _is_project(installed, place) else None
    if not files:
        for module in installed.modules(name):
            files += _below(os.path.join(directory, module))
            if os.path.isfile(os.path.join(directory, module + ".py")):
                files.append(os.path.join(directory, module + ".py"))
    return files or None


def _listed(place):
    try:
        with open(os.path.join(place, "RECORD"), encoding="utf-8") as record:
            lines = record.read().splitlines()
    except (OSError, ValueError):
        return []
    return [line.rpartition(",")[0].rpartition(",")[0].strip('"')
            for line in lines]


def _origin(place):
    try:
        with open(os.path.join(place, "direct_url.json"),
                  encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def _is_editable(place):
    return bool(_origin(place).get("dir_info", {}).get("editable"))


def _is_project(installed, place):
    url = _origin(place).get("url", "")
    return (url.startswith("file://")
            and os.path.realpath(url[7:])
            == os.path.realpath(installed.project.root))
