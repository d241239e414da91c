"""Mutants of Python source, by kind.

sites(path, text, known) lists what can be changed in a file as (kind, line, start, end, new text)
with byte offsets, so that everything else stays as it is.  The kinds follow what a tool that
selects tests has to notice in different ways: code that runs in tests, code that runs at import,
and what fixtures and parametrizations do.  Here are the values; the statements of module and
class level are in mutate_level, what is not a file's text in mutate_tree.
"""

import ast
import re
from typing import NamedTuple

SWAP = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "*",
        ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!=", ast.NotEq: "==",
        ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is", ast.And: "or", ast.Or: "and"}
BODY = ["body constant", "body operator", "body return"]
LEVEL = ["module constant", "class attribute", "default", "keyword renamed", "annotation", "decorator",
         "class decorator", "registration decorator", "base", "metaclass", "class keyword", "member added",
         "member removed", "hook body", "enum member changed", "enum member added", "enum member removed",
         "data class default", "registry entry", "sentinel", "condition flipped", "statement deleted",
         "statements swapped", "def removed", "def renamed", "shadowing def added", "import removed",
         "import swapped", "star narrowed", "__all__"]
TESTS = ["fixture body", "conftest constant", "parametrize list"]
TREE = ["data byte", "file deleted", "file renamed", "file added", "environment variable", "ini key",
        "distribution version", "subprocess target"]
KINDS = BODY + LEVEL + TESTS + TREE

ENUMS = {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"}
DATA = {"dataclass", "NamedTuple", "TypedDict", "define", "frozen", "attrs", "mutable"}
# Called by Python when classes are made, or attributes looked up.
HOOKS = {"__set_name__", "__init_subclass__", "__class_getitem__", "__prepare__", "__instancecheck__",
         "__subclasscheck__", "__subclasshook__", "__mro_entries__", "__getattr__", "__getattribute__", "__get__",
         "__set__", "__delete__", "__missing__", "_missing_", "_generate_next_value_", "__dir__"}


class Site(NamedTuple):
    kind: str
    line: int
    start: int
    end: int
    new: bytes
    function: int = 0       # first line of the function around it


def name_of(node):
    while isinstance(node, (ast.Call, ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Attribute):
            return node.attr
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def first_line(node):
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])


class Source:
    """A file's bytes and where its lines are."""

    def __init__(self, path, data):
        self.path, self.data = path, data
        self.tree = ast.parse(data)
        self.starts = [0]
        for line in data.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def at(self, line, col):
        return self.starts[line - 1] + col

    def start(self, node):
        return self.at(node.lineno, node.col_offset)

    def end(self, node):
        return self.at(node.end_lineno, node.end_col_offset)

    def text(self, node):
        return self.data[self.start(node):self.end(node)]


class Known:
    """What the files of a project say about each other, by plain names."""

    def __init__(self, files=()):
        self.identity = set()       # compared by `is`
        self.bases, self.methods = {}, {}
        self.public = {}            # dotted tail of a module -> its public names
        for path, data in files:
            try:
                tree = ast.parse(data)
            except (SyntaxError, ValueError):
                continue
            self.identity |= {m.decode() for m in re.findall(rb"\bis (?:not )?(?:\w+\.)*(\w+)", data)}
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    self.bases[node.name] = {name_of(b) for b in node.bases} | {name_of(d) for d in node.decorator_list}
                    self.methods[node.name] = [s.name for s in node.body if isinstance(s, ast.FunctionDef)]
            tail = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            self.public[tail] = public_names(tree)

    def is_a(self, cls, names):
        seen, todo = set(), [cls]
        while todo:
            c = todo.pop()
            if c in names:
                return True
            todo += [b for b in self.bases.get(c, ()) if b not in seen]
            seen.add(c)
        return False

    def inherited(self, bases):
        """Methods of the project's classes above."""
        found, seen, todo = [], set(), list(bases)
        while todo:
            c = todo.pop()
            if c not in seen:
                seen.add(c)
                found += self.methods.get(c, ())
                todo += self.bases.get(c, ())
        return sorted(set(found))

    def module(self, path, node):
        """Public names of the module that an import statement names, or ()."""
        name = node.module or ""
        if node.level:
            here = path.split("/")[:-1]
            here = here[:len(here) - node.level + 1]
            name = ".".join(here + ([name] if name else []))
        tails = [t for t in self.public if name and (t == name or t.endswith("." + name))]
        return self.public[tails[0]] if len(tails) == 1 else ()


def public_names(tree):
    names = []
    for s in tree.body:
        if isinstance(s, ast.Assign):
            targets = [t.id for t in s.targets if isinstance(t, ast.Name)]
            if targets == ["__all__"] and isinstance(s.value, (ast.List, ast.Tuple)):
                return [e.value for e in s.value.elts if isinstance(e, ast.Constant)]
            names += targets
        elif isinstance(s, (ast.FunctionDef, ast.ClassDef)):
            names.append(s.name)
    return [n for n in dict.fromkeys(names) if not n.startswith("_")]


class Values(ast.NodeVisitor):
    """Constants, operators, returns and defaults."""

    def __init__(self, source, known):
        self.source, self.known, self.out = source, known, []
        self.conftest = source.path.endswith("conftest.py")
        self.stack = []         # what encloses: (class, enum, data, def, hook or fixture; first line)

    def add(self, kind, node, new, start=None, end=None):
        start = self.source.start(node) if start is None else start
        end = self.source.end(node) if end is None else end
        function = next((line for what, line in reversed(self.stack) if what in ("def", "hook", "fixture")), 0)
        self.out.append(Site(kind, node.lineno, start, end, new.encode(), function))

    def inside(self):
        """The kind of function that this is in, or ""."""
        kinds = [what for what, _ in self.stack]
        return next((k for k in ("fixture", "hook", "def") if k in kinds), "")

    def kind(self, what):
        return {"fixture": "fixture body", "hook": "hook body", "def": f"body {what}"}[self.inside()]

    def level(self):
        """The kind of a constant here."""
        if self.inside():
            return self.kind("constant")
        where = self.stack[-1][0] if self.stack else "module"
        return {"class": "class attribute", "enum": "enum member changed", "data": "data class default",
                "meta": "class attribute", "module": "conftest constant" if self.conftest else "module constant"}[where]

    def visit_Constant(self, node):
        v = node.value
        if v is True or v is False:
            self.add(self.level(), node, str(not v))
        elif isinstance(v, (int, float)):
            self.add(self.level(), node, repr(v + 1))
        elif v is None:
            self.add(self.level(), node, "0")
        elif isinstance(v, str) and v and self.source.data[self.source.start(node):][:1] in b"'\"":
            self.add(self.level(), node, repr(v + "x"))

    def visit_JoinedStr(self, node):
        pass                    # positions inside are unreliable before 3.12

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):    # a docstring
            self.generic_visit(node)
            self.statement(node)

    def statement(self, node):
        if self.inside() == "hook":
            self.add("hook body", node, "pass")

    def visit_Assign(self, node):
        if not any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            self.generic_visit(node)
            self.statement(node)

    def visit_AnnAssign(self, node):
        if node.value:
            self.visit(node.value)      # the annotation is mutate_level's

    def between(self, a, b, op):
        start, end = self.source.end(a), self.source.start(b)
        text = self.source.data[start:end]
        if self.inside() and type(op) in SWAP and not re.search(rb"[()#\n]", text):
            self.add(self.kind("operator"), a, f" {SWAP[type(op)]} ", start, end)

    def visit_BinOp(self, node):
        self.between(node.left, node.right, node.op)
        self.generic_visit(node)

    def visit_Compare(self, node):
        if len(node.ops) == 1:
            self.between(node.left, node.comparators[0], node.ops[0])
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        if len(node.values) == 2:
            self.between(node.values[0], node.values[1], node.op)
        self.generic_visit(node)

    def visit_Return(self, node):
        if node.value is not None and not isinstance(node.value, ast.Constant):
            self.add(self.kind("return"), node, "return None")
        self.generic_visit(node)

    def visit_FunctionDef(self, node):
        what = "hook" if node.name in HOOKS or self.stack and self.stack[-1][0] == "meta" else "def"
        for d in node.decorator_list:
            if name_of(d) == "fixture":
                what = "fixture"
            elif name_of(d) == "parametrize" and isinstance(d, ast.Call) and len(d.args) > 1 \
                    and isinstance(d.args[1], (ast.List, ast.Tuple)):
                for e in d.args[1].elts:
                    if isinstance(e, ast.Constant) and isinstance(e.value, (int, str)) and not isinstance(e.value, bool):
                        self.add("parametrize list", e, repr(e.value + (1 if isinstance(e.value, int) else "x")))
        if not self.inside():
            for d in node.args.defaults + [d for d in node.args.kw_defaults if d]:
                self.default(d)
        self.stack.append((what, first_line(node)))
        for s in node.body:
            self.visit(s)
        self.stack.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def default(self, node):
        if not isinstance(node, ast.Constant):
            self.add("default", node, "None")
        elif not isinstance(node.value, (bytes, type(...), complex)):
            v = node.value
            new = str(not v) if isinstance(v, bool) else "0" if v is None else repr(v + ("x" if isinstance(v, str) else 1))
            self.add("default", node, new)

    def visit_ClassDef(self, node):
        names = {name_of(b) for b in node.bases} | {name_of(d) for d in node.decorator_list}
        what = "enum" if any(self.known.is_a(n, ENUMS) for n in names) else "data" if names & DATA else \
            "meta" if any(n == "type" or n.endswith("Meta") for n in names) else "class"
        self.stack.append((what, 0))
        for s in node.body:
            self.visit(s)
        self.stack.pop()


def sites(path, data, known=None):
    from mutate_level import Level
    try:
        source = Source(path, data)
    except (SyntaxError, ValueError):
        return []
    known = known or Known([(path, data)])
    values = Values(source, known)
    values.visit(source.tree)
    return values.out + Level(source, known).sites()


def mutant(data, site):
    """The file with that change, or None when it is no Python any more, or the same."""
    new = data[:site.start] + site.new + data[site.end:]
    return new if new != data and compiles(new) else None


def compiles(data):
    try:
        compile(data, "x", "exec", dont_inherit=True)
        return True
    except (SyntaxError, ValueError):
        return False
