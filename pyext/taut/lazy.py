"""What a function does that outlives its call, read off its syntax.

Two questions about every function definition:

* Does it store outside itself (registration)?  Then who calls it while a
  module is imported changes what others see.
* Does it remember a value: is it cached by a decorator, or does it test and
  fill the same place outside itself?  Then the second caller does not run
  what the first one ran.

A place is known by its last name: a global's or an attribute's, whatever the
object.  The answers may be "yes" too often, which costs precision, not safety.
PYTEST_DONT_REWRITE
"""

import ast

from taut import _core

# Decorators that remember what the function returned.  The first two are seen
# at each call if they are functools' own; the others when they are mentioned.
_CACHES = frozenset(("lru_cache", "cache"))
_OTHER_CACHES = frozenset((
    "alru_cache", "cached", "cached_method", "cached_property",
    "cachedmethod", "cachedproperty", "lazy", "lazy_property",
    "lazyproperty", "memoize", "memoized", "reify", "ttl_cache"))

_MUTATORS = frozenset((
    "add", "append", "appendleft", "clear", "discard", "extend",
    "extendleft", "insert", "pop", "popitem", "popleft", "put", "put_nowait",
    "register", "remove", "set", "set_result", "setdefault", "subscribe",
    "update"))
_FILLERS = frozenset(("add", "append", "appendleft", "extend", "insert",
                      "put", "put_nowait", "set", "set_result", "setdefault",
                      "update"))
_GETTERS = frozenset(("get", "pop", "setdefault", "copy"))

# In these the object itself is new: what is stored in it is not outside.
_FRESH = frozenset(("__init__", "__post_init__", "__set_name__",
                    "__setstate__"))
_FRESH_SELF = _FRESH | {"__init_subclass__", "__new__"}

_MISSES = frozenset(("AttributeError", "BaseException", "Exception",
                     "IndexError", "KeyError", "LookupError", "NameError"))

# Asked only for what is not there.
_LAST_RESORTS = frozenset(("__get__", "__getattr__", "__missing__"))
# `if not F.done()`, `if Q.empty()`: they may hold when it is there, or not.
_QUESTIONS = frozenset(("contains", "done", "empty", "exists", "has",
                        "is_set", "locked", "qsize"))

# A file that is made where there is none: by what it is asked for, and made.
_THERE = frozenset(("exists", "is_dir", "is_file", "isdir", "isfile",
                    "lexists"))
_NOT_THERE = frozenset(("FileNotFoundError", "IOError", "OSError"))
_WRITERS = frozenset(("copy", "copyfile", "copytree", "dump", "makedirs",
                      "mkdir", "rename", "replace", "savetxt", "touch",
                      "write", "write_bytes", "write_text"))
_FILE = "f:"    # the place of such a value

_ABSENT, _PRESENT = False, True
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef)
_LEAVES_LIST = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_TRIES = tuple(getattr(ast, n) for n in ("Try", "TryStar") if hasattr(ast, n))
_STOP = frozenset(_SCOPES)
_NO_CODE = frozenset((*_FUNCTIONS, ast.Lambda))
_IMPORTS = frozenset((ast.Import, ast.ImportFrom))
_ALTERING = frozenset((ast.ClassDef, ast.Call, ast.Attribute, ast.Subscript))
_PLACES = frozenset((ast.Attribute, ast.Subscript, ast.Name))
_CHOICES = frozenset((ast.IfExp, ast.BoolOp))
_MENTIONS = frozenset((ast.Attribute, ast.Constant))
_NOWHERE = frozenset()


class Memo:
    """Where a function's remembered value begins: before a statement, or
    (None) with the whole body.

    `own`: (its first parameter, attributes) if the value is remembered in
    these attributes of that object, and nowhere else; an attribute that holds
    the container of such values ends with "[]".
    """

    def __init__(self, before, suspended, own=None):
        self.before = before
        self.own = None if suspended else own
        self.role = b"L" if suspended else b"O" if self.own else b"M"


def marks(functions, source):
    """(MARK_* flags, Memo or None) of every (node, class or None) of a file."""
    looks = [_Look(node, owner) for node, owner in functions]
    helpers = _helpers(looks)
    named = {}
    for look in looks:
        named.setdefault(look.node.name, []).append(look)
    return [_marks(look, source, helpers, named) for look in looks]


def alterations(tree):
    """(suite 0, MARK_*, line of the import) for what module and class level
    stores into objects that it imported, or derives from them; (0, MARK_DICT,
    0) for a file that may give an object the __dict__ of another."""
    found = set()
    for node in _core.below([tree], _MENTIONS, _NOWHERE):
        if getattr(node, "attr", getattr(node, "value", None)) == "__dict__":
            if not isinstance(getattr(node, "ctx", None), ast.Load):
                found.add((0, _core.MARK_DICT, 0))
    imported = {}
    for node in _core.below(tree.body, _IMPORTS, _NO_CODE):
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            imported.setdefault(name, set()).add(node.lineno)
    for node in _core.below(tree.body, _ALTERING, _NO_CODE):
        for place, flag in _altered(node):
            for line in imported.get(_chain(place), ()):
                found.add((0, flag, line))
    return sorted(found)


def _altered(node):
    if isinstance(node, ast.ClassDef):
        return [(base, _core.MARK_SUBCLASS) for base in node.bases]
    if isinstance(node, ast.Call):
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr in _MUTATORS:
            return [(func.value, _core.MARK_STORES)]
        if getattr(func, "id", None) in ("setattr", "delattr") and node.args:
            return [(node.args[0], _core.MARK_STORES)]
        return []
    if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(
            node.ctx, ast.Load):
        return [(node.value, _core.MARK_STORES)]
    return []


def _helpers(looks):
    """Function name -> places that it fills, itself or by what it calls.

    The function that tests a place may leave it to another to fill it; those
    of the same file are known, by their names.
    """
    found = {}
    for look in looks:
        found.setdefault(look.node.name, set()).update(
            key for key in look.fills if key[0] != "d")
    changed = True
    while changed:
        changed = False
        for look in looks:
            mine = found[look.node.name]
            before = len(mine)
            for name, *_ in look.calls:
                mine |= found.get(name, set())
            changed |= len(mine) > before
    return found


def _own_kinds(look, key, helpers, named, kinds, seen):
    """Is the place an attribute of the function's own object, here and in the
    functions that it leaves the filling to?  Adds to `kinds` how it is filled:
    "" the attribute itself, "[]" the container that it holds."""
    if look in seen:
        return True
    seen.add(look)
    if not look.owns(key, kinds):
        return False
    return all(mine and all(_own_kinds(other, key, helpers, named, kinds, seen)
                            for other in named[name])
               for name, _, mine in look.calls
               if key in helpers.get(name, ()))


def _own(look, keys, helpers, named):
    """What Memo.own is for these places."""
    names = []
    for key in keys:
        kinds = set()
        if not _own_kinds(look, key, helpers, named, kinds, set()) or (
                len(kinds) != 1):
            return None
        names.append(key[2:] + kinds.pop())
    return look.me, sorted(names)


def _marks(look, source, helpers, named):
    flags = 0
    memo = None
    kind = _cached_by(look.node)
    if kind is not None:
        memo = Memo(None, look.suspended)
        if kind in _OTHER_CACHES or not any(
                module == "functools" for _, _, _, module, _ in source.imports):
            flags |= _core.MARK_PROPERTY
    elif look.node.name in _LAST_RESORTS and any(
            not isinstance(target, ast.Name) for target, _, _ in look.stores):
        # It may put the value where it is found without it: nobody calls it
        # again.
        memo = Memo(None, look.suspended)
        flags |= _core.MARK_PROPERTY
    else:
        before, keys = look.memo(helpers)
        if before is not None:
            own = _own(look, keys, helpers, named)
            if _FILE in keys and not look.suspended:
                flags |= _core.MARK_FILE
            memo = Memo(before, look.suspended, own)
    if memo is not None:
        flags |= _core.MARK_MEMO
        if memo.role == b"L":
            flags |= _core.MARK_ASYNC
    if look.stores_outside():
        flags |= _core.MARK_STORES
    return flags, memo


def _cached_by(node):
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            decorator = decorator.func
        name = getattr(decorator, "attr", getattr(decorator, "id", None))
        if name in _CACHES or name in _OTHER_CACHES:
            return name
    return None


def _chain(node):
    """The name at the root of `a.b[c].d(...)`, or None."""
    while True:
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            node = node.value
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", None)
            if name in ("getattr", "vars", "super", "type") and node.args:
                node = node.args[0]
            elif isinstance(node.func, ast.Attribute) or name is None:
                node = node.func
            else:
                return name if name == "globals" else None
        else:
            return node.id if isinstance(node, ast.Name) else None


class _Look:
    """One function, read once."""

    def __init__(self, node, owner):
        self.node = node
        args = node.args
        names = [a.arg for a in args.posonlyargs + args.args]
        every = names + [a.arg for a in args.kwonlyargs]
        every += [a.arg for a in (args.vararg, args.kwarg) if a]
        self.params = set(every)
        # Objects that one call leaves to the next: `def f(x, _cache={})`.
        defaults = dict(zip(reversed(names), reversed(args.defaults)))
        defaults |= {a.arg: d for a, d in zip(args.kwonlyargs, args.kw_defaults)}
        self.kept = {name for name, value in defaults.items() if isinstance(
            value, (ast.Call, ast.Dict, ast.List, ast.Set))}
        static = any(getattr(d, "id", None) == "staticmethod"
                     for d in node.decorator_list)
        self.me = names[0] if owner is not None and names and not static else None
        self.suspended = isinstance(node, ast.AsyncFunctionDef)
        self.declared = set()
        self.assigned = {}      # local name -> values given to it
        self.stores = []        # (target, value or None, statement)
        self.calls = []         # (name of what is called, statement, is it
                                # a method of the function's own object?)
        self._read()
        self.looks_for_file = any(
            name in _THERE or name == "open" for name, *_ in self.calls)
        self.local = (self.params | set(self.assigned)) - self.declared
        self._aliases = {}
        self.fills = self._fills()      # place -> statements that fill it

    def _read(self):
        for statement in _statements(self.node.body):
            for node in _core.below([statement], _NOTED, _STOP, True):
                _NOTES[type(node)](self, node, statement)

    def _declared(self, node, _):
        self.declared.update(node.names)

    def _suspends(self, node, _):
        self.suspended = True

    def _assign(self, node, statement):
        for target in node.targets:
            self._target(target, node.value, statement)

    def _annotated(self, node, statement):
        if node.value is not None:
            self._target(node.target, node.value, statement)

    def _named(self, node, statement):
        self._target(node.target, node.value, statement)

    def _augmented(self, node, statement):
        self._target(node.target, node, statement)

    def _delete(self, node, statement):
        for target in node.targets:
            self._target(target, None, statement)

    def _loop(self, node, statement):
        self._target(node.target, node.iter, statement)

    def _with(self, node, statement):
        if node.optional_vars is not None:
            self._target(node.optional_vars, node.context_expr, statement)

    def _imported(self, node, _):
        name = node.asname or node.name.partition(".")[0]
        self.assigned.setdefault(name, [])

    def _defined(self, node, statement):
        self.assigned.setdefault(node.name, [])
        for decorator in node.decorator_list:
            self._call(getattr(decorator, "func", decorator), statement)

    def _bound(self, node, _):
        if node.name is not None:
            self.assigned.setdefault(node.name, [])

    def _target(self, target, value, statement):
        if isinstance(target, (ast.Tuple, ast.List)):
            for item in target.elts:
                self._target(item, value, statement)
        elif isinstance(target, ast.Starred):
            self._target(target.value, value, statement)
        elif isinstance(target, ast.Name):
            self.assigned.setdefault(target.id, []).append(value)
            self.stores.append((target, value, statement))
        else:
            self.stores.append((target, value, statement))

    def _called(self, node, statement):
        """obj.append(x), setattr(obj, name, x)"""
        func = node.func
        self._call(func, statement)
        if isinstance(func, ast.Attribute) and func.attr in _MUTATORS:
            self.stores.append((node, node, statement))
        elif getattr(func, "id", None) == "setattr" and len(node.args) == 3:
            self.stores.append((node, node.args[2], statement))

    def _call(self, func, statement):
        name = getattr(func, "attr", getattr(func, "id", None))
        if name is not None:
            mine = (self.me is not None and
                    getattr(getattr(func, "value", None), "id", None)
                    == self.me)
            self.calls.append((name, statement, mine))

    # -- storing outside

    def _outside(self, name, seen=()):
        """Can the object be known elsewhere?"""
        if name is None:
            return False
        if name not in self.local:
            return True
        if name == self.me:
            return self.node.name not in _FRESH
        if name in seen:
            return False
        return any(self._outside(_chain(value), (*seen, name))
                   for value in self.assigned.get(name, ())
                   if isinstance(value, (ast.Name, ast.Attribute,
                                         ast.Subscript, ast.Call)))

    def stores_outside(self):
        for target, _, _ in self.stores:
            if isinstance(target, ast.Name):
                if target.id in self.declared:
                    return True
                continue
            if isinstance(target, ast.Call):
                place = (target.func.value
                         if isinstance(target.func, ast.Attribute)
                         else target.args[0])
            else:
                place = target.value
                # `self.x = 1` where self is new
                if (isinstance(target, ast.Attribute)
                        and isinstance(place, ast.Name)
                        and place.id == self.me
                        and self.node.name in _FRESH_SELF):
                    continue
            if self._outside(_chain(place)):
                return True
        return False

    # -- remembering

    def keys(self, node, seen=()):
        """The places outside the function that an expression reads."""
        if isinstance(node, ast.Name):
            if node.id not in self.local:
                return {"n:" + node.id}
            if node.id in self.kept:
                return {"d:" + node.id}
            if node.id in seen or node.id in self.params:
                return set()
            if node.id not in self._aliases:
                found = set()
                for value in self.assigned.get(node.id, ()):
                    if value is not None:
                        found |= self.keys(value, (*seen, node.id))
                if seen:
                    return found
                self._aliases[node.id] = found
            return self._aliases[node.id]
        if isinstance(node, ast.Attribute):
            return {"a:" + node.attr}
        if isinstance(node, ast.Subscript):
            key = node.slice
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                if _is_namespace(node.value):
                    return {"a:" + key.value, "n:" + key.value}
            return self.keys(node.value, seen)
        if isinstance(node, (ast.NamedExpr, ast.Await)):
            return self.keys(node.value, seen)
        if isinstance(node, ast.Call):
            return self._keys_of_call(node, seen)
        if isinstance(node, ast.BoolOp):
            return set().union(*(self.keys(v, seen) for v in node.values))
        return set()

    def _keys_of_call(self, node, seen):
        name = getattr(node.func, "id", None)
        if name in ("getattr", "hasattr") and len(node.args) > 1:
            key = node.args[1]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                return {"a:" + key.value}
        if name in ("bool", "len", "list", "tuple") and node.args:
            return self.keys(node.args[0], seen)
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in _GETTERS:
                base = node.func.value
                if _is_namespace(base) and node.args and isinstance(
                        node.args[0], ast.Constant):
                    return {"a:%s" % node.args[0].value}
                return self.keys(base, seen)
            if isinstance(node.func.value, (ast.Name, ast.Attribute)):
                return set()
        if not node.args and not node.keywords:
            return self.keys(node.func, seen)   # a weak reference
        return set()

    def _stored_key(self, target):
        """The place that a store fills, or None."""
        if isinstance(target, ast.Name):
            return {"n:" + target.id} if target.id in self.declared else set()
        if isinstance(target, ast.Call):
            if isinstance(target.func, ast.Attribute):
                if target.func.attr not in _FILLERS:
                    return set()
                return self._container(target.func.value)
            name = target.args[1]
            if isinstance(name, ast.Constant):
                return {"a:%s" % name.value}
            return self.keys(target.args[0])
        if isinstance(target, ast.Attribute):
            base = target.value
            if isinstance(base, ast.Name):
                if base.id == self.me and self.node.name in _FRESH:
                    return set()
                if (base.id in self.local and base.id not in self.params
                        and not self.keys(base)):
                    return set()    # an object made here
            return {"a:" + target.attr}
        if isinstance(target, ast.Subscript):
            key = target.slice
            if _is_namespace(target.value) and isinstance(key, ast.Constant):
                return {"a:%s" % key.value, "n:%s" % key.value}
            return self._container(target.value)
        return set()

    def _container(self, node):
        root = _chain(node)
        if root == self.me and self.node.name in _FRESH:
            return set()
        return self.keys(node)

    def tests(self, node, holds=_PRESENT):
        """(place, is it there if the condition holds) of a condition."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield from self.tests(node.operand, not holds)
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                yield from self.tests(value, holds)
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            op, right = node.ops[0], node.comparators[0]
            if isinstance(op, (ast.In, ast.NotIn)):
                there = holds if isinstance(op, ast.In) else not holds
                for key in self._members(node.left, right):
                    yield key, there
            elif isinstance(op, (ast.Is, ast.Eq)) and _is_nothing(right):
                for key in self.keys(node.left):
                    yield key, not holds
            elif isinstance(op, (ast.IsNot, ast.NotEq)) and _is_nothing(right):
                for key in self.keys(node.left):
                    yield key, holds
        elif (isinstance(node, ast.Call) and isinstance(
                node.func, ast.Attribute)
                and node.func.attr in _QUESTIONS | _THERE):
            if node.func.attr in _THERE:
                yield _FILE, holds
            for key in self.keys(node.func.value):
                yield key, _PRESENT
                yield key, _ABSENT
        else:
            for key in self.keys(node):
                yield key, holds

    def _members(self, item, container):
        """The places of which `item in container` tells."""
        if _is_namespace(container) and isinstance(item, ast.Constant):
            return {"a:%s" % item.value, "n:%s" % item.value}
        return self.keys(container)

    def _fills(self):
        fills = {}
        for target, value, statement in self.stores:
            if isinstance(value, ast.AugAssign) or value is None or (
                    isinstance(value, ast.Constant) and value.value is None):
                continue
            for key in self._stored_key(target):
                fills.setdefault(key, []).append(statement)
        return fills

    def owns(self, key, kinds):
        """Is every mention of the place a plain attribute of the object that
        the function is called on?"""
        name = key[2:]
        if (self.me is None or self.me in self.assigned or key[0] != "a"
                or name.startswith("__")):
            return False
        for node in _core.below(self.node.body, _MENTIONS, _NOWHERE):
            if isinstance(node, ast.Constant):
                if node.value == name:
                    return False
            elif node.attr == name and (
                    getattr(node.value, "id", None) != self.me):
                return False
        for target, _, _ in self.stores:
            if key not in self._stored_key(target):
                continue
            holder = target
            if isinstance(target, ast.Subscript):
                holder = target.value
            elif isinstance(target, ast.Call):
                holder = getattr(target.func, "value", None)
            # Not a container inside the container: that one may be shared.
            if getattr(holder, "attr", None) != name:
                return False
            kinds.add("" if holder is target else "[]")
        return True

    def memo(self, helpers):
        """The statement with which a remembered value begins, or None; the
        places that hold such values."""
        fills = {key: list(where) for key, where in self.fills.items()}
        for name, statement, _ in self.calls:
            for key in helpers.get(name, ()):
                fills.setdefault(key, []).append(statement)
        writes = [statement for name, statement, _ in self.calls
                  if name in _WRITERS]
        if writes and self.looks_for_file:
            fills[_FILE] = writes
        if not fills:
            return None, ()
        found = []
        self._search(self.node.body, [], fills, found)
        if not found:
            return None, ()
        order = {id(s): i for i, s in enumerate(_statements(self.node.body))}
        before = min((statement for statement, _ in found),
                     key=lambda s: order.get(id(s), 0))
        return before, {key for _, key in found}

    def _search(self, body, rest, fills, found):
        """`rest`: what runs behind this list, the nearest first."""
        for i, statement in enumerate(body):
            behind = body[i + 1:] + rest
            if isinstance(statement, (ast.If, ast.While)):
                for key, there in self.tests(statement.test):
                    if key in fills:
                        self._branches(statement, there, key, fills[key],
                                       behind, found)
            elif isinstance(statement, _TRIES):
                self._try(statement, fills, behind, found)
            elif isinstance(statement, ast.For):
                self._sought(statement, fills, behind, found)
            elif isinstance(statement, ast.Match):
                self._match(statement, fills, behind, found)
            elif isinstance(statement, ast.With) and any(map(
                    _suppresses, statement.items)):
                self._suppressed(statement, fills, behind, found)
            else:
                self._inline(statement, fills, found)
            if isinstance(statement, _SCOPES):
                continue
            for field in ("body", "orelse", "finalbody"):
                self._search(getattr(statement, field, ()), behind, fills,
                             found)
            for field in ("handlers", "cases"):
                for part in getattr(statement, field, ()):
                    self._search(part.body, behind, fills, found)

    def _branches(self, statement, there, key, stores, behind, found):
        missing = statement.orelse if there else statement.body
        present = statement.body if there else statement.orelse
        if isinstance(statement, ast.While):
            behind = ()     # waiting for it is not making it
        if _holds_any(missing, stores) or (
                missing and _holds_any(behind, stores)):
            found.append((missing[0], key))
        elif (behind and present and isinstance(present[-1], _LEAVES_LIST)
                and _holds_any(behind, stores)):
            found.append((behind[0], key))

    def _read_in(self, body):
        """The places that statements read."""
        return {key for node in _core.below(body, _PLACES, _STOP)
                for key in self.keys(node)}

    def _try(self, statement, fills, behind, found):
        """try: return CACHE[key] / except KeyError: ..."""
        for key in ({_FILE} | self._read_in(statement.body)) & set(fills):
            for handler in statement.handlers:
                if not _catches(handler,
                                _NOT_THERE if key == _FILE else _MISSES):
                    continue
                if _holds_any(handler.body + behind, fills[key]):
                    found.append((handler.body[0], key))

    def _sought(self, statement, fills, behind, found):
        """for x in CACHE: ... return x;  CACHE.append(make())"""
        missing = statement.orelse or behind
        if any(isinstance(s, (ast.Return, ast.Break))
               for s in _statements(statement.body)):
            found += [(missing[0], key)
                      for key in self.keys(statement.iter) & set(fills)
                      if _holds_any(statement.orelse + behind, fills[key])]

    def _match(self, statement, fills, behind, found):
        """match CACHE: case None: CACHE = make()"""
        for key in self.keys(statement.subject) & set(fills):
            found += [(case.body[0], key) for case in statement.cases
                      if _holds_any(case.body + behind, fills[key])]

    def _suppressed(self, statement, fills, behind, found):
        """with suppress(KeyError): return CACHE[key]"""
        found += [(behind[0], key)
                  for key in self._read_in(statement.body) & set(fills)
                  if _holds_any(behind, fills[key])]

    def _inline(self, statement, fills, found):
        """X = X or make();  x = C[k] if k in C else C.setdefault(k, make())"""
        mine = [key for key, where in fills.items()
                if any(s is statement for s in where)]
        if not mine:
            return
        for node in _core.below([statement], _CHOICES, _STOP, True):
            if isinstance(node, ast.IfExp):
                tested = {key for key, _ in self.tests(node.test)}
            else:
                tested = set().union(*(self.keys(v) for v in node.values))
            found += [(statement, key) for key in mine if key in tested]


_NOTES = {
    ast.Global: _Look._declared, ast.Nonlocal: _Look._declared,
    ast.Yield: _Look._suspends, ast.YieldFrom: _Look._suspends,
    ast.Await: _Look._suspends,
    ast.Assign: _Look._assign, ast.AnnAssign: _Look._annotated,
    ast.NamedExpr: _Look._named, ast.AugAssign: _Look._augmented,
    ast.Delete: _Look._delete,
    ast.For: _Look._loop, ast.AsyncFor: _Look._loop,
    ast.comprehension: _Look._loop, ast.withitem: _Look._with,
    ast.Call: _Look._called, ast.alias: _Look._imported,
    ast.FunctionDef: _Look._defined, ast.AsyncFunctionDef: _Look._defined,
    ast.ClassDef: _Look._defined,
    ast.ExceptHandler: _Look._bound, ast.MatchAs: _Look._bound,
    ast.MatchStar: _Look._bound,
}
_NOTED = frozenset(_NOTES)


def _is_nothing(node):
    """None, False, 0, "" or a name: `is MISSING`, but not `== Color.RED`."""
    if isinstance(node, ast.Constant):
        return not node.value
    return isinstance(node, ast.Name)


def _is_namespace(node):
    """globals(), vars(x), x.__dict__"""
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", None) in ("globals", "vars")
    return isinstance(node, ast.Attribute) and node.attr == "__dict__"


def _catches(handler, errors):
    kinds = handler.type
    if kinds is None:
        return True
    for kind in kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]:
        if getattr(kind, "attr", getattr(kind, "id", None)) in errors:
            return True
    return False


def _suppresses(item):
    func = getattr(item.context_expr, "func", None)
    return getattr(func, "attr", getattr(func, "id", None)) == "suppress"


def _holds_any(body, statements):
    inside = {id(s) for s in _statements(body)}
    return any(id(s) in inside for s in statements)


def _statements(body):
    """All statements of the lists in a list, in source order."""
    for statement in body:
        yield statement
        if isinstance(statement, _SCOPES):
            continue
        for field in ("body", "handlers", "cases", "orelse", "finalbody"):
            for part in getattr(statement, field, ()):
                if isinstance(part, ast.stmt):
                    yield from _statements([part])
                else:
                    yield from _statements(part.body)
