"""Loads project code so that the recorder sees it run.

Stands in two ways of loading: importlib's SourceFileLoader and pytest's
assertion rewriter.  Both get code with probes (transform.py), compiled once
into a cache of our own; with the trace core they load what they always load,
and the recorder only learns what that is.

Whatever goes wrong here, the original way is taken, so that errors look as
they always do; what was not seen counts as a whole file.  PYTEST_DONT_REWRITE

    install(recorder, cache, plain, rewriting)
                cache: a directory, or None; plain(path): leave that file as
                it is, it counts as a whole; rewriting: pytest_compat, or None
                in a process without pytest
    uninstall()

A child process that finds all of its code in the cache imports nothing more
than this: the rest is imported where it is used.
"""

import _frozen_importlib_external as _importlib
import marshal
import os
import sys

from taut import _core

_Loader = _importlib.SourceFileLoader
_DATA, _CODE = _Loader.get_data, _Loader.source_to_code
_DIGEST = 16
# Part of the key of cached code: raise it with every change of what
# transform.py makes.
_VERSION = 6

_active = None


def install(recorder, cache, plain=None, rewriting=None):
    """Begin to load for `recorder`."""
    global _active
    hooks = _Hooks(recorder, cache, plain, rewriting)
    hooks.preloaded()
    hooks.install()
    _active = hooks


def loaded(filename):
    """(way, digest) of the last load of a file; a LookupError if none."""
    if _active is None:
        raise LookupError(filename)
    return _active.ways[filename]


def both(filename):
    """The code of a loaded file with sentinels for probes, and without.

    A LookupError where the file is another one by now.
    """
    way, digest = loaded(filename)
    data = _read(filename)
    if _core.digest(data) != digest:
        raise LookupError(filename)
    return (_active.cache.code(filename, data, way)[1],
            _compile(filename, data, way, _unchanged)[2])


def uninstall():
    """Put everything back; does nothing a second time."""
    global _active
    hooks, _active = _active, None
    if hooks is not None:
        hooks.uninstall()


class _Hooks:
    def __init__(self, recorder, cache, plain, rewriting):
        self.recorder = recorder
        self.plain = plain
        self.rewriting = rewriting
        self.cache = _Cache(cache)
        self.own = {}
        self.ways = {}  # file name -> (way, digest) of its last load

    def install(self):
        for name, hook in (
            ("get_code", self.recorder.wrap_get_code(_Loader.get_code,
                                                     self._get_code)),
            ("exec_module", self.recorder.wrap_exec(_Loader.exec_module)),
        ):
            self.own[name] = hook
            setattr(_Loader, name, hook)
        if self.rewriting is not None:
            self.rewriting.install_rewrite(self.recorder, self._rewritten)

    def uninstall(self):
        for name, hook in self.own.items():
            # Inherited, until somebody sets it; he stays.
            if _Loader.__dict__.get(name) is hook:
                delattr(_Loader, name)
        if self.rewriting is not None:
            self.rewriting.uninstall_rewrite()

    def preloaded(self):
        """What was imported before: nobody will see it run."""
        foreign = {}	# of 300 modules' 30 directories
        for module in list(sys.modules.values()):
            try:
                filename = vars(module).get("__file__")
            except TypeError:
                continue
            if not isinstance(filename, str):
                continue
            directory = filename.rpartition(os.sep)[0]
            if directory not in foreign:
                some = os.path.abspath(os.path.join(directory, "x.py"))
                foreign[directory] = self.recorder.project(some) is None
            if foreign[directory]:
                continue
            path = self.recorder.project(os.path.abspath(filename))
            if path is not None:
                self._whole(path, _read(filename))

    def _whole(self, path, data):
        """Whoever is charged now depends on the whole file."""
        self.recorder.depend(self.recorder.add_input(
            _core.DATA, path, _core.digest(data)))

    # -- the two ways of loading; None: go the original way

    def _get_code(self, loader, fullname):
        kind = type(loader)
        if kind.get_data is not _DATA or kind.source_to_code is not _CODE:
            return None     # makes code of its own
        filename = loader.get_filename(fullname)
        path = self.recorder.project(filename)
        if path is None:
            return None
        return self._load(path, filename, loader.get_data(filename),
                          _Plain(filename))

    def _rewritten(self, filename, way):
        path = self.recorder.project(filename)
        if path is None:
            return None
        return self._load(path, filename, _read(filename), way)

    def _load(self, path, filename, data, way):
        recorder = self.recorder
        if self.plain is not None and self.plain(path):
            self._whole(path, data)
            return None
        try:
            if recorder.core == _core.TRACE:
                marks, code = self.cache.marks(filename, data), None
            else:
                marks, code = self.cache.code(filename, data, way)
        except Exception:
            # A syntax error, most often: shown by who loads it now.
            self._whole(path, data)
            return None
        if code is None and recorder.core != _core.TRACE:
            self._whole(path, data)
            return None
        handle = recorder.add_source(path, data)
        recorder.mark(handle, marks)
        self.ways[filename] = way, _core.digest(data)
        return code and recorder.bind(code, handle)


def _read(filename):
    try:
        with open(filename, "rb") as file:
            return file.read()
    except OSError:
        return b""


class _Plain:
    """The way of SourceFileLoader: nothing is done to the tree."""

    tag = b""

    def __init__(self, filename):
        self.filename = filename

    def rewrite(self, tree, data):
        pass

    def has_pyc(self):
        """Would Python have loaded compiled code, and compiled nothing?"""
        try:
            with open(_importlib.cache_from_source(self.filename),
                      "rb") as file:
                head = file.read(16)
            stat = os.stat(self.filename)
        except (OSError, NotImplementedError):
            return False
        if len(head) < 16 or head[:4] != _importlib.MAGIC_NUMBER:
            return False
        flags = int.from_bytes(head[4:8], "little")
        if flags & 1:
            return not flags & 2 or (
                _source_hash(_read(self.filename)) == head[8:])
        return (int.from_bytes(head[8:12], "little")
                == int(stat.st_mtime) & 0xFFFFFFFF
                and int.from_bytes(head[12:], "little")
                == stat.st_size & 0xFFFFFFFF)


def _source_hash(data):
    from importlib.util import source_hash

    return source_hash(data)


class _Cache:
    """Compiled code with probes, in taut's own directory.

    A file is named after what is compiled and how, so that it is replaced
    when the source changes.  It holds the digest of the source, the digest of
    the rest, and, marshalled, (did compiling warn, marks, code).
    """

    def __init__(self, directory):
        self.directory = None
        if directory is not None:
            flags = sys.flags
            tag = "%s-%d%d%d" % (sys.implementation.cache_tag, flags.optimize,
                                 flags.dev_mode, _VERSION)
            self.directory = os.path.join(directory, "code", tag)
        self.made = False

    def _name(self, filename, tag):
        key = _importlib.MAGIC_NUMBER + tag + b"\0" + os.fsencode(filename)
        return os.path.join(self.directory, _core.digest(key).hex())

    def _get(self, name, digest):
        try:
            with open(name, "rb") as file:
                data = file.read()
        except OSError:
            return None
        rest = data[2 * _DIGEST:]
        if data[:_DIGEST] != digest or (
                data[_DIGEST:2 * _DIGEST] != _core.digest(rest)):
            return None
        try:
            return marshal.loads(rest)
        except (EOFError, ValueError, TypeError):
            return None

    def _put(self, name, digest, entry):
        rest = marshal.dumps(entry)
        temporary = "%s.%d" % (name, os.getpid())
        try:
            if not self.made:
                os.makedirs(self.directory, exist_ok=True)
                self.made = True
            with open(temporary, "wb") as file:
                file.write(digest + _core.digest(rest) + rest)
            os.replace(temporary, name)
        except OSError:
            pass    # only a cache

    def _entry(self, filename, data, tag, make, usable=None):
        if self.directory is None:
            return make()
        name = self._name(filename, tag)
        digest = _core.digest(data)
        entry = self._get(name, digest)
        if entry is None or (usable and not usable(entry)):
            entry = make()
            if entry[2] is not None:
                self._put(name, digest, entry)
        return entry

    def marks(self, filename, data):
        def make():
            import ast
            import warnings

            from taut import transform

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(data, filename)
            return False, transform.analyse(tree, _core.scan(data)), True
        return self._entry(filename, data, b"marks", make)[1]

    def code(self, filename, data, way):
        """(marks, code); code is None where a warning became an error."""
        def make():
            return _compile(filename, data, way)

        def usable(entry):
            # Where Python writes no .pyc it compiles, and warns, each time.
            return not (entry[0] and sys.dont_write_bytecode
                        and not way.has_pyc())
        entry = self._entry(filename, data, b"code" + way.tag, make, usable)
        return entry[1:]


class _NoCollector:
    """A tree is many objects and no garbage: looking through them, again and
    again while they are made, costs a fifth of parsing."""

    def __enter__(self):
        import gc

        self.gc = gc if gc.isenabled() else None
        gc.disable()

    def __exit__(self, *error):
        if self.gc is not None:
            self.gc.enable()


def _with_probes(tree, data):
    from taut import transform

    return transform.transform(tree, _core.scan(data))


def _unchanged(tree, data):
    pass


def _compile(filename, data, way, change=_with_probes):
    """(did it warn, marks, code), from source."""
    import ast
    import warnings

    with warnings.catch_warnings(record=True) as caught, _NoCollector():
        warnings.simplefilter("always")
        tree = ast.parse(data, filename)
        marks = change(tree, data)
        way.rewrite(tree, data)
        code = compile(tree, filename, "exec", dont_inherit=True)
    if caught and not way.has_pyc():
        try:
            for w in caught:
                warnings.warn_explicit(w.message, w.category, w.filename,
                                       w.lineno)
        except Warning:
            return True, None, None     # filters make it an error
    return bool(caught), marks, code
