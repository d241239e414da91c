"""Mutants of the statements of module and class level (see mutate)."""

import ast
import builtins
import itertools
import re

from mutate import DATA, ENUMS, Site, first_line, name_of

IMPORT = (ast.Import, ast.ImportFrom)
DEF = (ast.FunctionDef, ast.AsyncFunctionDef)
DISPLAY = (ast.Dict, ast.List, ast.Set, ast.Tuple)
REGISTERS = {"register", "on", "connect", "receiver", "route", "command", "hookimpl", "validator"}
KEPT_DECORATORS = {"overload", "fixture", "parametrize"}
SHADOWED = {n for n in dir(builtins) if n[0].islower()}


def is_doc(s):
    return isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)


def level_nodes(s):
    """The expressions of a statement that run at its level, in order."""
    todo = [s]
    while todo:
        node = todo.pop(0)
        yield node
        if isinstance(node, DEF):
            todo[:0] = node.decorator_list + node.args.defaults + [d for d in node.args.kw_defaults if d]
        elif not isinstance(node, (ast.Lambda, ast.JoinedStr)):
            # Statements inside are visited as statements.
            todo[:0] = [c for c in ast.iter_child_nodes(node)
                        if not isinstance(c, (ast.stmt, ast.ExceptHandler)) and type(c).__name__ != "match_case"]


def blocks(body, owner=None):
    """(statements, the class they are members of or None) of module and class level."""
    yield body, owner
    for s in body:
        if isinstance(s, DEF):
            continue
        inner = s if isinstance(s, ast.ClassDef) else owner
        for part in ("body", "orelse", "finalbody"):
            if getattr(s, part, None) and isinstance(getattr(s, part), list):
                yield from blocks(getattr(s, part), inner)
        for h in getattr(s, "handlers", ()):
            yield from blocks(h.body, inner)


class Level:
    def __init__(self, source, known):
        self.source, self.known, self.out = source, known, []
        self.is_test = re.search(r"(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$", source.path)

    def add(self, kind, node, new, start=None, end=None):
        start = self.source.start(node) if start is None else start
        end = self.source.end(node) if end is None else end
        self.out.append(Site(kind, getattr(node, "lineno", 1), start, end, new.encode()))

    def sites(self):
        for body, owner in blocks(self.source.tree.body):
            for i, s in enumerate(body):
                if is_doc(s):
                    continue
                self.statement(s, owner)
                if i + 1 < len(body):
                    self.swap(s, body[i + 1])
                for node in level_nodes(s):
                    self.expression(node, s)
                if isinstance(s, IMPORT):
                    self.imported(s)
                elif isinstance(s, ast.ClassDef):
                    self.class_def(s)
                elif isinstance(s, DEF):
                    self.function(s, owner)
        self.shadows()
        return self.out

    # ---- statements ----

    def lines(self, s):
        """Its whole lines, or None if it shares them."""
        start = self.source.starts[first_line(s) - 1]
        end = self.source.starts[s.end_lineno]
        rest = self.source.data[self.source.end(s):end].strip()
        head = self.source.data[start:self.source.starts[first_line(s) - 1] + s.col_offset].strip()
        return None if head or rest and not rest.startswith(b"#") else (start, end)

    def statement(self, s, owner):
        span = self.lines(s)
        if span is None or isinstance(s, (ast.Pass, *IMPORT)):
            return
        new = " " * s.col_offset + "pass\n"
        enum = owner and any(self.known.is_a(name_of(b), ENUMS) for b in owner.bases)
        if enum and isinstance(s, ast.Assign):
            self.add("enum member removed", s, new, *span)
            self.add("enum member added", s, " " * s.col_offset + f"MUTANT = {self.fresh(owner)}\n", span[1], span[1])
        elif isinstance(s, DEF) and self.is_test and s.name.startswith("test"):
            pass
        elif owner:
            self.add("member removed", s, new, *span)
        elif isinstance(s, (*DEF, ast.ClassDef)):
            if not self.is_test:
                self.add("def removed", s, new, *span)
        else:
            self.add("statement deleted", s, new, *span)
        if isinstance(s, ast.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], ast.Name) and \
                s.targets[0].id in self.known.identity and isinstance(s.value, ast.Call):
            for new in ("None", "0.5"):
                self.add("sentinel", s.value, new)
        if isinstance(s, ast.If):
            self.flip(s.test)
        if isinstance(s, ast.AnnAssign):
            self.annotation(s.annotation)

    def fresh(self, owner):
        values = [s.value for s in owner.body if isinstance(s, ast.Assign)]
        return "77" if any(isinstance(v, ast.Constant) and isinstance(v.value, int) for v in values) else \
            self.source.text(values[0]).decode() if isinstance(values[0], ast.Call) else "'mutant'"

    def flip(self, test):
        self.add("condition flipped", test, f"not ({self.source.text(test).decode()})")

    def swap(self, a, b):
        if isinstance(a, IMPORT) or isinstance(b, IMPORT) or is_doc(b) or not (self.lines(a) and self.lines(b)):
            return
        if isinstance(a, DEF) and isinstance(b, DEF):
            return              # order says nothing, or that of the tests
        (s1, e1), (s2, e2) = self.lines(a), self.lines(b)
        data = self.source.data
        self.add("statements swapped", a, (data[s2:e2] + data[e1:s2] + data[s1:e1]).decode(), s1, e2)

    # ---- expressions ----

    def expression(self, node, s):
        if isinstance(node, DISPLAY) and not isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            dunder_all = isinstance(s, (ast.Assign, ast.AugAssign)) and b"__all__" in self.source.data[self.source.start(s):][:8]
            parametrize = isinstance(s, DEF) and any(name_of(d) == "parametrize" for d in s.decorator_list)
            if not parametrize:
                self.entries("__all__" if dunder_all else "registry entry", node)
        elif isinstance(node, ast.Call):
            for k in node.keywords:
                if k.arg:
                    at = self.source.at(k.lineno, k.col_offset)
                    self.add("keyword renamed", k, k.arg + "_x", at, at + len(k.arg))
        elif isinstance(node, ast.IfExp):
            self.flip(node.test)
        elif isinstance(node, ast.comprehension):
            for test in node.ifs:
                self.flip(test)

    def entries(self, kind, node):
        heads = node.keys if isinstance(node, ast.Dict) else node.elts
        tails = node.values if isinstance(node, ast.Dict) else node.elts
        if len(heads) < 2 or None in heads:
            return
        for i, head in enumerate(heads):
            if i + 1 < len(heads):
                self.add(kind, head, "", self.source.start(head), self.source.start(heads[i + 1]))
            else:
                self.add(kind, head, "", self.source.end(tails[i - 1]), self.source.end(tails[i]))

    def annotation(self, node):
        if isinstance(node, ast.expr):
            self.add("annotation", node, "str" if name_of(node) == "int" else "int")

    # ---- imports ----

    def imported(self, s):
        if isinstance(s, ast.ImportFrom) and s.module == "__future__":
            return
        self.add("import removed", s, "pass")
        names = [a for a in s.names if a.name != "*"]
        head = self.source.text(s).decode()
        head = head[:head.index("import") + 6] if isinstance(s, ast.Import) else re.match(r"from\s+\S+\s+import", head)[0]
        said = lambda aliases: f"{head} " + ", ".join(f"{n} as {a}" if n != a else n for n, a in aliases)  # noqa: E731
        pairs = [(a.name, a.asname or a.name) for a in names]
        if len(pairs) > 1 and isinstance(s, ast.ImportFrom):
            for i in range(len(pairs)):
                self.add("import removed", s, said(pairs[:i] + pairs[i + 1:]))
                (n1, a1), (n2, a2) = pairs[i - 1], pairs[i]
                rest = [p for j, p in enumerate(pairs) if j not in (i, (i - 1) % len(pairs))]
                self.add("import swapped", s, said([(n2, a1), (n1, a2), *rest]))
        elif len(pairs) == 1 and isinstance(s, ast.ImportFrom):
            others = [n for n in self.known.module(self.source.path, s) if n != pairs[0][0]]
            for n in others[:2]:
                self.add("import swapped", s, said([(n, pairs[0][1])]))
        elif not pairs:
            public = self.known.module(self.source.path, s)
            for i in range(len(public)):
                if len(public) > 1:
                    self.add("star narrowed", s, f"{head} " + ", ".join([*public[:i], *public[i + 1:]]))

    # ---- definitions ----

    def decorators(self, s):
        for d in s.decorator_list:
            line = self.source.data[self.source.starts[d.lineno - 1]:self.source.start(d)]
            if line.strip() == b"@" and name_of(d) not in KEPT_DECORATORS:
                kind = "class decorator" if isinstance(s, ast.ClassDef) else \
                    "registration decorator" if name_of(d) in REGISTERS else "decorator"
                self.add(kind, d, "# gone\n", self.source.start(d) - 1, self.source.starts[d.end_lineno])

    def class_def(self, s):
        self.decorators(s)
        arguments = s.bases + s.keywords
        data = self.source.data
        for i, a in enumerate(arguments):
            kind = "base" if i < len(s.bases) else "metaclass" if a.arg == "metaclass" else "class keyword"
            start, end = self.source.start(a), self.source.end(a)
            if i + 1 < len(arguments):
                end = self.source.start(arguments[i + 1])
            elif i:
                start = self.source.end(arguments[i - 1])
            else:
                comma = re.match(rb"\s*,?", data[end:])
                end += comma.end()
            self.add(kind, a, "", start, end)
        last = s.body[-1]
        span = self.lines(last)
        names = {name_of(b) for b in s.bases}
        if span and not any(self.known.is_a(n, ENUMS) for n in names):
            indent = " " * last.col_offset
            own = {x.name for x in s.body if isinstance(x, DEF)}
            inherited = [n for n in self.known.inherited(names) if n not in own]
            special = [] if names & DATA else [n for n in ("__bool__", "__str__", "__eq__", "__getattr__") if n not in own]
            for n in inherited + special:
                value = {"__bool__": "False", "__str__": "'mutant'", "__getattr__": "0"}.get(n, "None")
                newline = "" if data[span[0]:span[1]].endswith(b"\n") else "\n"
                self.add("member added", s, f"{newline}\n{indent}def {n}(self, *args, **kwargs):\n{indent}    return {value}\n",
                         span[1], span[1])

    def function(self, s, owner):
        self.decorators(s)
        at = data_at(self.source, s)
        test = self.is_test and s.name.startswith("test")
        if at and not test and not (s.name.startswith("__") and s.name.endswith("__")):
            self.add("def renamed", s, s.name + "_x", at, at + len(s.name))
        args = s.args.args[1 if owner and s.args.args else 0:] + s.args.kwonlyargs
        for a in args:
            if not test and not self.is_test:
                start = self.source.start(a)
                self.add("keyword renamed", a, a.arg + "_x", start, start + len(a.arg))
            if a.annotation:
                self.annotation(a.annotation)
        if s.returns:
            self.annotation(s.returns)

    def shadows(self):
        """A def after the imports, of the name of a builtin, or of something imported, that functions say."""
        tree, used = self.source.tree, {}
        for node in ast.walk(tree):
            if isinstance(node, DEF):
                for n in ast.walk(node):
                    if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load):
                        used[n.id] = n
        bound = {a.asname or a.name for s in tree.body if isinstance(s, ast.ImportFrom) for a in s.names}
        at = 0
        for s in itertools.takewhile(lambda s: is_doc(s) or isinstance(s, IMPORT), tree.body):
            at = self.source.starts[s.end_lineno]
        if self.is_test or not used:
            return
        own = {s.name for s in tree.body if isinstance(s, (*DEF, ast.ClassDef))}
        for name in sorted((set(used) & (SHADOWED | bound)) - own - {"super"}):
            self.add("shadowing def added", tree.body[0], f"\n\ndef {name}(*args, **kwargs):\n    return None\n\n", at, at)


def data_at(source, s):
    """Where the name of a def stands, or None."""
    m = re.compile(rb"(?:async\s+)?def\s+").match(source.data, source.start(s))
    return m.end() if m and source.data[m.end():m.end() + len(s.name)] == s.name.encode() else None
