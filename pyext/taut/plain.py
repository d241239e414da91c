"""Code as it is without probes, for who marshals it.

Its file is compiled again without them: what is written is what would be
without us.  Looking at `co_consts` tells the recorder who looks (code.c).
PYTEST_DONT_REWRITE
"""

from types import CodeType

from taut import _core, loader

_PROBE = type(_core._probe())
_SENTINEL = b"\0taut"
_FIXED = ("co_code", "co_names", "co_linetable", "co_exceptiontable")
# What code.replace() may have changed.
_REPLACED = ("co_argcount", "co_posonlyargcount", "co_kwonlyargcount",
             "co_flags", "co_firstlineno", "co_name", "co_qualname",
             "co_varnames", "co_freevars", "co_cellvars")

_known = {}     # file name -> (loaded, [(code with sentinels, without)])


def plain(value):
    """`value`, with plain code in it; a LookupError where there is none."""
    return _plain(value, {})


def _plain(value, done):
    kind = type(value)
    if id(value) in done:
        return done[id(value)]
    if kind is CodeType:
        out = _code(value)
    elif kind is list:
        out = done[id(value)] = []
        out.extend(_plain(item, done) for item in value)
    elif kind is dict:
        out = done[id(value)] = {}
        out.update((_plain(key, done), _plain(item, done))
                   for key, item in value.items())
    elif kind in (tuple, set, frozenset):
        out = kind([_plain(item, done) for item in value])
    else:
        return value
    done[id(value)] = out
    return out


def _code(code):
    if not _probed(code):
        return code
    found = [(_differences(code, ours), theirs)
             for ours, theirs in _pairs(code.co_filename)
             if _same(code, ours, _FIXED)]
    if not found:
        raise LookupError(code)
    changed, theirs = min(found, key=lambda pair: len(pair[0]))
    return theirs.replace(**changed)


def _probed(code):
    """Is there a probe in it?  All of it is looked at."""
    inner = [_probed(c) for c in code.co_consts if type(c) is CodeType]
    return any(inner) or any(type(c) is _PROBE for c in code.co_consts)


def _differences(code, ours):
    return {name: getattr(code, name) for name in _REPLACED
            if getattr(code, name, None) != getattr(ours, name, None)}


def _same(code, ours, attributes):
    return len(code.co_consts) == len(ours.co_consts) and all(
        getattr(code, name, None) == getattr(ours, name, None)
        for name in attributes
    ) and all(map(_same_constant, code.co_consts, ours.co_consts))


def _same_constant(one, two):
    if type(one) is _PROBE:
        return type(two) is bytes and two.startswith(_SENTINEL)
    if type(one) is not type(two):
        return False
    if type(one) is CodeType:
        return _same(one, two, _FIXED + _REPLACED)
    return one == two or repr(one) == repr(two)     # a nan


def _pairs(filename):
    loaded = loader.loaded(filename)
    known = _known.get(filename)
    if known is None or known[0] is not loaded:
        known = _known[filename] = loaded, list(_walk(*loader.both(filename)))
    return known[1]


def _walk(ours, theirs):
    """The transform adds no code objects: they stand in the same order."""
    yield ours, theirs
    yield from (
        pair for inner in zip(*([c for c in code.co_consts
                                 if type(c) is CodeType]
                                for code in (ours, theirs)), strict=True)
        for pair in _walk(*inner))
