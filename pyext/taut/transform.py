"""Probes for Python code: at the head of every suite, `-CONSTANT`.

The constants are bytes that taut._core turns into probes after loading
(probe.c has their form).  Suites are numbered as the C scanner numbers them:
kinds and lines are compared, and where the two differ the file counts as a
whole.

A suite can run on in another test than the one that entered it, so there are
more probes than suites: behind every `yield` and `await`, in lambdas and in
generator expressions (which belong to the suite that they stand in).

Nothing may be seen of all this: every inserted node has the position of what
runs next or ran before, so tracebacks, line events and warnings stay the same.
PYTEST_DONT_REWRITE
"""

import ast

from taut import _core, lazy

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_TRIES = tuple(getattr(ast, n) for n in ("Try", "TryStar") if hasattr(ast, n))
_PARTS = (ast.excepthandler, ast.withitem, ast.keyword, ast.match_case)
_USUB, _SUB, _OR, _LOAD = ast.USub(), ast.Sub(), ast.Or(), ast.Load()

# Built-in functions that are done with a generator when they return.
_CONSUMERS = frozenset(("all", "any", "dict", "frozenset", "list", "max",
                        "min", "set", "sorted", "sum", "tuple"))
_KEYED = frozenset(("max", "min", "sorted"))

# The only expressions that are changed, or in which something is changed.
_SPECIAL = frozenset((ast.Lambda, ast.GeneratorExp, ast.Yield, ast.YieldFrom,
                      ast.Await, ast.ListComp, ast.SetComp, ast.DictComp))
_NAMING = frozenset((
    ast.Name, ast.arg, ast.alias, ast.ClassDef, *_FUNCTIONS,
    *(getattr(ast, n) for n in ("ExceptHandler", "MatchAs", "MatchStar",
                                "TypeVar", "ParamSpec", "TypeVarTuple")
      if hasattr(ast, n))))
_NOWHERE = frozenset()


class Mismatch(Exception):
    """The tree is not what the scanner saw."""


def transform(tree, source):
    """Insert the probes; the marks of its functions, or None.

    None: the scanner did not understand the file as CPython does; then every
    probe says "suite 0".
    """
    if source.opaque is None:
        plan = _Plan(source)
        try:
            plan.module(tree)
        except Mismatch:
            plan = None
    else:
        plan = None
    _Probes(plan).module(tree)
    return None if plan is None else plan.marks


def analyse(tree, source):
    """The marks alone, as for code that stays as it is."""
    if source.opaque is not None:
        return None
    plan = _Plan(source)
    try:
        plan.module(tree)
    except Mismatch:
        return None
    return plan.marks


def _first_line(statement):
    decorators = getattr(statement, "decorator_list", None)
    return decorators[0].lineno if decorators else statement.lineno


def _bodies(node):
    """The statement lists of a statement, with the kind of each suite."""
    if isinstance(node, _FUNCTIONS):
        yield _core.SUITE_FUNCTION, node.body
    elif isinstance(node, ast.ClassDef):
        yield _core.SUITE_CLASS, node.body
    elif isinstance(node, ast.If):
        is_elif = getattr(node, "is_elif", False)
        yield _core.SUITE_ELIF if is_elif else _core.SUITE_IF, node.body
        yield _core.SUITE_ELSE, node.orelse
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        yield _core.SUITE_FOR, node.body
        yield _core.SUITE_ELSE, node.orelse
    elif isinstance(node, ast.While):
        yield _core.SUITE_WHILE, node.body
        yield _core.SUITE_ELSE, node.orelse
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        yield _core.SUITE_WITH, node.body
    elif isinstance(node, _TRIES):
        yield _core.SUITE_TRY, node.body
        for handler in node.handlers:
            yield _core.SUITE_EXCEPT, handler.body
        yield _core.SUITE_ELSE, node.orelse
        yield _core.SUITE_FINALLY, node.finalbody
    elif isinstance(node, ast.Match):
        for case in node.cases:
            yield _core.SUITE_CASE, case.body


class _Plan:
    """Which statement list is which suite, and what the functions do.

    A list is the scanner's next suite if that has its kind and lines, and
    otherwise stands on its header's line: then it is no suite.
    """

    def __init__(self, source):
        self.source = source
        self.suites = source.suites
        # The last two, docstrings and version, are no suites.
        self.end = len(self.suites) - 2
        self.next = 1
        self.index = {}     # id of a list, or of a match statement -> suite
        self.functions = []     # (function, its class or None)
        self.memos = {}     # id of a function -> lazy.Memo
        self.marks = ()

    def module(self, tree):
        self._lists(tree.body, None)
        if self.next != self.end:
            raise Mismatch
        found = lazy.marks(self.functions, self.source)
        self.marks = (*lazy.alterations(tree), *(
            mark for (node, _), (flags, memo) in zip(self.functions, found)
            for mark in self._marks(node, flags, memo)))

    def _take(self, kind, first, last):
        if self.next >= self.end:
            return None
        suite = self.suites[self.next]
        if suite[0] != kind or first not in (None, suite[3]):
            return None
        if last != suite[4]:
            raise Mismatch
        self.next += 1
        return self.next - 1

    def _lists(self, body, owner):
        for statement in body:
            if not hasattr(statement, "body") and not hasattr(
                    statement, "cases"):
                continue
            if isinstance(statement, ast.Match):
                suite = self._take(_core.SUITE_MATCH, None,
                                   statement.end_lineno)
                if suite is not None:
                    self.index[id(statement)] = suite
            for kind, inner in _bodies(statement):
                self._list(kind, inner)
                self._lists(inner, statement if isinstance(
                    statement, ast.ClassDef) else None)
            if isinstance(statement, _FUNCTIONS):
                self.functions.append((statement, owner))

    def _list(self, kind, body):
        if not body:
            return
        first = _first_line(body[0])
        if (kind == _core.SUITE_ELSE and len(body) == 1
                and isinstance(body[0], ast.If)):
            # `elif`, unless the scanner has a suite there that begins with
            # the `if` itself.
            # (there are two more entries than suites)
            suite = self.suites[self.next]
            if suite[0] != kind or suite[3] != first:
                body[0].is_elif = True
                return
        suite = self._take(kind, first, body[-1].end_lineno)
        if suite is not None:
            self.index[id(body)] = suite

    def _marks(self, node, flags, memo):
        suite = self.index.get(id(node.body))
        if memo is not None:
            self.memos[id(node)] = memo
        if suite is not None and flags:
            line = 0
            if memo is not None:
                first = memo.before or _head(node.body, True)[1]
                line = start(first).lineno if first else 0
            yield suite, flags, line


# ---- positions ----

_FIRST = {
    # What is evaluated first in a statement or expression.
    ast.Expr: "value", ast.Return: "value", ast.Assign: "value",
    ast.AnnAssign: "value", ast.AugAssign: "target", ast.If: "test",
    ast.While: "test", ast.For: "iter", ast.AsyncFor: "iter",
    ast.Raise: "exc", ast.Assert: "test", ast.BinOp: "left",
    ast.Compare: "left", ast.Call: "func", ast.Attribute: "value",
    ast.Subscript: "value", ast.IfExp: "test", ast.Starred: "value",
    ast.Await: "value", ast.UnaryOp: "operand", ast.NamedExpr: "value",
}
_FIRSTS = {ast.BoolOp: "values", ast.List: "elts", ast.Tuple: "elts",
           ast.Set: "elts", ast.Delete: "targets", ast.With: "items",
           ast.AsyncWith: "items"}


def start(node):
    """The node whose code runs first in a statement or expression."""
    while True:
        kind = type(node)
        if kind in _FIRST:
            inner = getattr(node, _FIRST[kind])
        elif kind in _FIRSTS:
            inner = getattr(node, _FIRSTS[kind])
            inner = inner[0] if inner else None
            if isinstance(inner, ast.withitem):
                inner = inner.context_expr
            elif isinstance(inner, ast.Constant):
                inner = None    # may be one constant with what is around it
        elif kind is ast.Dict:
            inner = (node.keys[0] or node.values[0]) if node.keys else None
        elif kind is ast.Match:
            inner = node.subject
        elif getattr(node, "decorator_list", None):
            inner = node.decorator_list[0]
        else:
            inner = None
        if inner is None:
            return node
        node = inner


def _is_doc(node):
    return (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str))


def _is_silent(node):
    """Does the statement make no code in a function?"""
    return isinstance(node, (ast.Global, ast.Nonlocal)) or (
        isinstance(node, ast.AnnAssign) and node.value is None
        and isinstance(node.target, ast.Name))


def _head(body, has_doc):
    """(where the probe of a list belongs, the statement that runs first).

    The statement is None where none makes code.
    """
    at = 1 if has_doc and body and _is_doc(body[0]) else 0
    while at < len(body) and isinstance(body[at], ast.ImportFrom) and (
            body[at].module == "__future__" and has_doc):
        at += 1
    for statement in body[at:]:
        if not _is_silent(statement):
            return at, statement
    return at, None


def _sentinel(role, suite, names=()):
    return (b"\0taut" + role + suite.to_bytes(4, "little")
            + "\0".join(names).encode())


# ---- probes ----

class _Probes:
    """Rewrites a tree in place, by a plan; without one, for suite 0."""

    def __init__(self, plan):
        self.plan = plan
        self.tree = None
        self.bound = None
        self.memo = None        # (Memo, suite) of the function around
        self.statements = {
            ast.Return: self._return, ast.Expr: self._expression,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
        }
        self.expressions = {
            ast.Lambda: self._lambda, ast.GeneratorExp: self._generator,
            ast.Yield: self._suspended, ast.YieldFrom: self._suspended,
            ast.Await: self._suspended, ast.Call: self._call,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.DictComp: self._comprehension,
        }

    def module(self, tree):
        self.tree = tree
        place = ast.Pass(lineno=1, col_offset=0, end_lineno=1,
                         end_col_offset=0)
        if tree.body:
            place = tree.body[0]
        tree.body = self._block(tree.body, 0, place, True, True)

    # -- making nodes

    def _probe(self, role, suite, place, end=False):
        """`-CONSTANT` at the place's start."""
        line, column = place.lineno, place.col_offset
        where = {"lineno": line, "col_offset": column, "end_lineno": line,
                 "end_col_offset": column}
        return ast.UnaryOp(
            _USUB, ast.Constant(_sentinel(role, suite), **where), **where)

    def _statement(self, role, suite, place):
        probe = self._probe(role, suite, place)
        return ast.copy_location(ast.Expr(probe), probe)

    def _memo(self, role, memo, place):
        """The statement of a memo: a probe, or `CONSTANT - self`."""
        out = self._statement(role, memo[1], place)
        if memo[0].own:
            me, names = memo[0].own
            constant = out.value.operand
            constant.value = _sentinel(role, memo[1],
                                       names if role == b"O" else ())
            out.value = ast.copy_location(ast.BinOp(
                constant, _SUB, ast.copy_location(ast.Name(me, _LOAD),
                                                  constant)), constant)
        return out

    def _before(self, value, suite):
        """`-P or value`: the probe gives None."""
        probe = self._probe(b"E", suite, start(value))
        return ast.copy_location(ast.BoolOp(_OR, [probe, value]), value)

    def _behind(self, value, role, suite):
        """`(value, -P)[0]`"""
        def here(node):
            return ast.copy_location(node, value)
        pair = here(ast.Tuple([value, self._probe(role, suite, value)], _LOAD))
        return here(ast.Subscript(pair, here(ast.Constant(0)), _LOAD))

    # -- statements

    def _suite_of(self, body, around):
        """The list's suite; (that of its header's line, no) if it is none."""
        if self.plan is None:
            return 0, True
        suite = self.plan.index.get(id(body))
        return (around, False) if suite is None else (suite, True)

    def _block(self, body, suite, header, has_doc, own):
        """A statement list with its probes; `own`: it begins here."""
        out = []
        at, first = _head(body, has_doc)
        memo = self.memo
        for i, statement in enumerate(body):
            if i == at and own:
                place = header if first is None else start(first)
                self._enter(out, suite, place, header)
            if memo and memo[0].before is statement:
                out.append(self._memo(memo[0].role, memo, start(statement)))
            if self.plan is not None and id(statement) in self.plan.index:
                # The indented block of a match: only its cases are lists.
                out.append(self._statement(
                    b"E", self.plan.index[id(statement)], start(statement)))
            self._visit(statement, suite, out)
        if at == len(body) and own:
            self._enter(out, suite, header, header)
        return out

    def _enter(self, out, suite, place, header):
        memo = self.memo
        mine = memo and memo[2] is header
        if mine and memo[0].before is None:
            out.append(self._memo(memo[0].role, memo, place))
        out.append(self._statement(b"E", suite, place))
        if mine and memo[0].own:
            out.append(self._memo(b"S", memo, place))

    def _visit(self, statement, suite, out):
        handler = self.statements.get(type(statement))
        if handler is not None:
            handler(statement, suite, out)
            return
        self._fields(statement, suite)
        out.append(statement)
        if isinstance(statement, (ast.AsyncFor, ast.AsyncWith)):
            out.append(self._statement(b"E", suite, statement))

    def _fields(self, node, suite):
        """The expressions and the statement lists of a node."""
        special = _core.below([node], _SPECIAL, _NOWHERE, True)
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                if not value:
                    continue
                if isinstance(value[0], ast.stmt):
                    setattr(node, field, self._inner(node, value, suite))
                    continue
                for i, item in enumerate(value):
                    if isinstance(item, _PARTS):
                        self._fields(item, suite)
                    elif special and isinstance(item, ast.expr):
                        value[i] = self._expr(item, suite)
            elif (special and isinstance(value, ast.expr)
                    and field != "annotation"):
                setattr(node, field, self._expr(value, suite))

    def _inner(self, node, body, around):
        suite, own = self._suite_of(body, around)
        is_class = isinstance(node, ast.ClassDef)
        memo, self.memo = self.memo, None if is_class else self.memo
        out = self._block(body, suite, _header(node), is_class, own)
        self.memo = memo
        return out

    def _function(self, node, suite, out):
        for i, decorator in enumerate(node.decorator_list):
            node.decorator_list[i] = self._expr(decorator, suite)
        self._defaults(node.args, suite)
        body, _ = self._suite_of(node.body, suite)
        header = _header(node)
        saved, self.memo = self.memo, None
        memo = self.plan.memos.get(id(node)) if self.plan else None
        if memo is not None:
            self.memo = (memo, body, header)
        # Also a body on the header's line has a probe, of the suite around:
        # it can run in another test.
        node.body = self._block(node.body, body, header, True, True)
        last = node.body[-1]
        if memo is not None and memo.role != b"L" and not isinstance(
                last, (ast.Return, ast.Raise)) and not hasattr(last, "body"):
            node.body.append(self._statement(b"X", body, last))
        self.memo = saved
        out.append(node)

    def _defaults(self, args, suite):
        for values in (args.defaults, args.kw_defaults):
            for i, value in enumerate(values):
                if value is not None:
                    values[i] = self._expr(value, suite)

    def _return(self, node, suite, out):
        if node.value is not None:
            node.value = self._expr(node.value, suite)
        memo = self.memo
        if memo and memo[0].role != b"L":
            if node.value is None or isinstance(node.value, (ast.Name,
                                                             ast.Constant)):
                out.append(self._statement(b"X", memo[1], node))
            else:
                node.value = self._behind(node.value, b"X", memo[1])
        out.append(node)

    def _expression(self, node, suite, out):
        value = node.value
        if isinstance(value, (ast.Yield, ast.YieldFrom, ast.Await)):
            if value.value is not None:
                value.value = self._expr(value.value, suite)
            out.append(node)
            out.append(self._statement(b"E", suite, node))
        else:
            node.value = self._expr(value, suite)
            out.append(node)

    # -- expressions

    def _expr(self, node, suite):
        if not _core.below([node], _SPECIAL, _NOWHERE):
            return node
        handler = self.expressions.get(type(node))
        if handler is not None:
            return handler(node, suite)
        return self._parts(node, suite)

    def _parts(self, node, suite):
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                for i, item in enumerate(value):
                    if isinstance(item, ast.AST):
                        value[i] = self._expr(item, suite)
            elif isinstance(value, ast.AST):
                setattr(node, field, self._expr(value, suite))
        return node

    def _suspended(self, node, suite):
        """What runs behind a yield or await may run in another test."""
        return self._behind(self._parts(node, suite), b"E", suite)

    def _lambda(self, node, suite, at_once=False):
        self._defaults(node.args, suite)
        node.body = self._expr(node.body, suite)
        if not at_once:
            node.body = self._before(node.body, suite)
        return node

    def _comprehension(self, node, suite):
        self._parts(node, suite)
        if any(g.is_async for g in node.generators):
            self._each(node, suite)
            return self._behind(node, b"E", suite)
        return node

    def _generator(self, node, suite, at_once=False):
        self._parts(node, suite)
        if not at_once or any(g.is_async for g in node.generators):
            self._each(node, suite)
        return node

    def _each(self, node, suite):
        """A probe in what is evaluated first for every item."""
        first = node.generators[0]
        if first.ifs:
            first.ifs[0] = self._before(first.ifs[0], suite)
        elif len(node.generators) > 1:
            inner = node.generators[1]
            inner.iter = self._before(inner.iter, suite)
        elif isinstance(node, ast.DictComp):
            node.key = self._before(node.key, suite)
        else:
            node.elt = self._before(node.elt, suite)

    def _call(self, node, suite):
        """`any(x for x in y)` needs no probe: it is over when it returns."""
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name in _CONSUMERS and self._is_builtin(name):
            for i, item in enumerate(node.args):
                if isinstance(item, ast.GeneratorExp):
                    node.args[i] = self._generator(item, suite, True)
                else:
                    node.args[i] = self._expr(item, suite)
            for word in node.keywords:
                if (name in _KEYED and word.arg == "key"
                        and isinstance(word.value, ast.Lambda)):
                    word.value = self._lambda(word.value, suite, True)
                else:
                    word.value = self._expr(word.value, suite)
            return node
        if (isinstance(node.func, ast.Attribute) and node.func.attr == "join"
                and isinstance(node.func.value, ast.Constant)
                and len(node.args) == 1 and not node.keywords
                and isinstance(node.args[0], ast.GeneratorExp)):
            node.args[0] = self._generator(node.args[0], suite, True)
            return node
        return self._parts(node, suite)

    def _is_builtin(self, name):
        """Nothing in this file gives the name another meaning."""
        if self.bound is None:
            self.bound = set()
            for node in _core.below([self.tree], _NAMING, _NOWHERE):
                if isinstance(node, ast.Name):
                    if not isinstance(node.ctx, ast.Load):
                        self.bound.add(node.id)
                elif isinstance(node, ast.arg):
                    self.bound.add(node.arg)
                elif isinstance(node, ast.alias):
                    self.bound.add(node.asname or node.name)
                else:
                    self.bound.add(node.name)
        return name not in self.bound and "*" not in self.bound


def _header(node):
    """Where a suite without code has its probe."""
    if isinstance(node, (ast.ClassDef, *_FUNCTIONS)) and node.decorator_list:
        return node.decorator_list[0]
    if isinstance(node, (ast.match_case, ast.excepthandler)):
        return getattr(node, "pattern", node)
    return node
