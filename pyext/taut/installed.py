"""What is installed beside the project, as tests depend on it.

A dependency of the kind DIST has one of these names:

    requests        a distribution: its version; where direct_url.json says that
                    it came from a path or a checkout, its RECORD too
    import yaml     nothing installed provides a module of that name
    *               all distributions

Which distribution provides a module is asked only for what a recording run
imports.  The answers are kept in the cache directory, for reading the RECORD
of each distribution costs more than all the rest.  PYTEST_DONT_REWRITE
"""

import json
import os
import re
import sys

from taut import _core

CACHE_FORMAT = 1
# What decides about no outcome, or is in the environment's key.
SKIP = frozenset(sys.stdlib_module_names) | frozenset("""
    pytest _pytest py taut xdist execnet coverage pytest_cov
    __main__ __mp_main__ sitecustomize usercustomize _distutils_hack
""".split())
# They look at all distributions once and for all.
METADATA_READERS = ("pkg_resources", "importlib_metadata")

_SITE = (os.sep + "site-packages", os.sep + "dist-packages")
# Compiled where they are used, which is rare: that takes 0.2 ms each.
_REQUIRES = rb"(?m)^Requires-Dist:\s*([A-Za-z0-9._-]+)"
_REQUIREMENT = r"([A-Za-z0-9._-]+)"


def normal(word):
    """Runs of "-", "_" and "." are one "-"."""
    word = word.replace("_", "-").replace(".", "-")
    while "--" in word:
        word = word.replace("--", "-")
    return word.lower()


def info(entry):
    """(name, version) of the distribution whose metadata are called so.

    NAME[-VERSION[-pyX.Y]].dist-info or .egg-info; what is not there is None.
    """
    stem, _, kind = entry.rpartition(".")
    if kind not in ("dist-info", "egg-info") or not stem:
        return None, None
    name, _, version = stem.rpartition("-")
    if "-" in name and version[:2] == "py" and version[2:3].isdigit():
        name, _, version = name.rpartition("-")
    return (name, version) if name else (stem, None)


def _read(*path):
    try:
        with open(os.path.join(*path), "rb") as file:
            return file.read()
    except OSError:
        return None


def _text(*path):
    return (_read(*path) or b"").decode("utf-8", "surrogateescape")


class Installed:
    """`path`: sys.path before conftests change it."""

    def __init__(self, project, path, ignore):
        self.project = project
        self.path = [os.path.abspath(entry) for entry in path]
        self.ignore = {normal(word) for word in ignore}
        self.cache = None	# the directory, once somebody records
        self._dists = None	# name -> (directory, entry, version)
        self._there = set()	# names of modules, by directory listings
        self._providers = None	# module -> names of distributions
        # name -> [time, modules, distributions required, modules imported]
        self._known = {}
        self._cached = {}	# what the cache file holds
        self.asked = set()	# names of dependencies

    # ---- what there is, by the names of directories ----

    def dists(self):
        if self._dists is None:
            self._dists = {}
            for directory in self.path:
                self._list(directory)
        return self._dists

    def _list(self, directory):
        try:
            entries = os.listdir(directory)
        except OSError:
            return
        if any(word in directory for word in _SITE):
            # "name", "name.py", "name.cpython-311-x86_64-linux-gnu.so"
            self._there.update([entry.partition(".")[0] for entry in entries])
        for entry in entries:
            name, version = info(entry)
            if name:
                self._dists.setdefault(normal(name),
                                       (directory, entry, version))

    # ---- today's digests: None is absence ----

    def digest(self, name):
        self.asked.add(name)
        if name == "*":
            return self._all()
        if name.startswith("import "):
            self.dists()
            return _core.digest(b"") if name[7:] in self._there else None
        if name not in self.dists():
            return None
        return _core.digest(self._version(name))

    def _version(self, name):
        directory, entry, version = self._dists[name]
        if version is None:	# an egg-info beside the sources
            return _read(directory, entry, "PKG-INFO") or b""
        data = version.encode("utf-8", "surrogateescape")
        if _read(directory, entry, "direct_url.json") is not None:
            data += b"\n" + (_read(directory, entry, "RECORD") or b"")
        return data

    def _all(self):
        names = sorted(set(self.dists()) - self.ignore)
        return _core.digest(b"\n".join(
            name.encode("utf-8", "surrogateescape") + b"=="
            + self._version(name) for name in names))

    # ---- for the recorder ----

    def resolve(self, module):
        """(inputs, modules imported or required, is it of no distribution?)

        An input is (kind, name, digest).
        """
        names = self._of(module)
        inputs = [(_core.DIST, name, self.digest(name)) for name in names]
        if module in METADATA_READERS:
            inputs.append((_core.DIST, "*", self._all()))
        if names or self._providers.get(module):
            return inputs, self._named(names), False
        return self._files(module)

    def _named(self, names):
        found = set()
        for name in names:
            known = self._known[name]
            if known[3] is None:
                known[3] = sorted(_imported(self._sources(name)) - SKIP)
            found.update(known[3])
            for other in known[2]:
                found.update(self._known[other][1] if other in self._known
                             else ())
        return sorted(found)

    def _sources(self, name):
        """The Python files of a distribution, tests and all."""
        directory, entry, _ = self.dists()[name]
        record = _text(directory, entry, "RECORD")
        for line in record.splitlines():
            file = line.rpartition(",")[0].rpartition(",")[0].strip('"')
            if file.endswith(".py"):
                yield os.path.join(directory, file)
        for module in () if record else self._known[name][1]:
            yield os.path.join(directory, module + ".py")
            for below, _, files in os.walk(os.path.join(directory, module)):
                for file in files:
                    if file.endswith(".py"):
                        yield os.path.join(below, file)

    def _files(self, module):
        """Of no distribution: the files themselves, or that there is none."""
        found, below = set(), module + "."
        for name, loaded in list(sys.modules.items()):
            if name == module or name.startswith(below):
                file = getattr(loaded, "__file__", None)
                if isinstance(file, str) and any(w in file for w in _SITE):
                    found.add(file)
        if not found and module not in sys.modules:
            name = "import " + module
            return [(_core.DIST, name, self.digest(name))], [], True
        inputs = [(_core.DATA, self.project.path(file),
                   _core.digest(_read(file) or b"")) for file in sorted(found)]
        sources = [file for file in found if file.endswith(".py")]
        return inputs, sorted(_imported(sources) - SKIP), True

    def metadata(self, name):
        """(name, digest) of what importlib.metadata is asked for."""
        name = "*" if name is None else normal(name)
        return name, self.digest(name)

    def of_plugins(self, modules):
        """Of these modules, those that a distribution provides."""
        return sorted({name for name in modules
                       if name not in SKIP and self._of(name)})

    def modules(self, name):
        """The top-level modules of a distribution."""
        if self._providers is None:
            self._load()
        return self._known[name][1]

    # ---- which distribution provides a module ----

    def _of(self, module):
        if self._providers is None:
            self._load()
        return [name for name in self._providers.get(module, ())
                if name not in self.ignore]

    def _load(self):
        self._cached = self._read_cache() if self.cache else {}
        self._providers = {}
        for name, (directory, entry, _) in self.dists().items():
            place = os.path.join(directory, entry)
            try:
                stamp = os.stat(place).st_mtime_ns
            except OSError:
                stamp = 0
            known = self._cached.get(place)
            # A copy: what is added to it has to be written.
            known = (list(known) if known and known[0] == stamp else
                     [stamp, sorted(_modules(place, name)),
                      sorted(_required(place)), None])
            self._known[name] = known
            for module in known[1]:
                self._providers.setdefault(module, []).append(name)

    def save(self):
        """Keep what was found out."""
        if self._providers is None or not self.cache:
            return
        new = {os.path.join(*self._dists[name][:2]): known
               for name, known in self._known.items()}
        if new != self._cached:
            self._write_cache(new)

    def _read_cache(self):
        try:
            form, found = json.loads(_text(self.cache, "installed"))
            return (found if form == CACHE_FORMAT and isinstance(found, dict)
                    else {})
        except (ValueError, TypeError):
            return {}

    def _write_cache(self, found):
        file = os.path.join(self.cache, "installed")
        own = "%s.%d" % (file, os.getpid())
        try:
            with open(own, "w", encoding="ascii") as out:
                json.dump([CACHE_FORMAT, found], out)
            os.replace(own, file)
        except OSError:
            pass


def _modules(place, name):
    """The top-level modules of a distribution."""
    found = set(_text(place, "top_level.txt").split())
    for line in () if found else _text(place, "RECORD").splitlines():
        top, slash, _ = line.partition(",")[0].partition("/")
        if slash:
            if top.isidentifier():
                found.add(top)
        elif top.endswith((".py", ".so", ".pyc")):
            found.add(top.partition(".")[0])
    found.discard("__pycache__")
    # The egg-info of a system's packages can be a file, without a list.
    return found or {name.replace("-", "_")}


def _imported(files):
    """The top-level modules that these files import, anywhere in them."""
    found = set()
    for file in files:
        for _, _, level, module, _ in _core.scan(_read(file) or b"").imports:
            if not level:
                found.add(module.partition(".")[0])
    return found


def _required(place):
    head = (_read(place, "METADATA") or b"").partition(b"\n\n")[0]
    found = {word.decode("ascii") for word in re.findall(_REQUIRES, head)}
    for line in _text(place, "requires.txt").splitlines():
        match = re.match(_REQUIREMENT, line)
        if match:
            found.add(match[1])
    return {normal(word) for word in found}
