"""Mutants of Python source, by kind.

sites(path, text) lists what can be changed in a file as (kind, line, start, end, new text) with
byte offsets, so that everything else stays as it is.  The kinds follow what a tool that selects
tests has to notice in different ways: code that runs in tests, code that runs at import, and
what fixtures and parametrizations do.
"""

import ast
import os
import re

SWAP = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "*",
        ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!=", ast.NotEq: "==",
        ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is", ast.And: "or", ast.Or: "and"}
KINDS = ["body constant", "body operator", "body return", "default", "decorator", "class attribute", "base",
         "module constant", "import removed", "__all__", "enum or dataclass default", "fixture body",
         "conftest constant", "parametrize list", "data byte", "file deleted", "file renamed", "file added",
         "environment variable", "ini key"]


def name_of(node):
    while isinstance(node, (ast.Call, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node
        if isinstance(node, ast.Attribute):
            return node.attr
    return node.id if isinstance(node, ast.Name) else ""


class Sites(ast.NodeVisitor):
    def __init__(self, path, data):
        self.data, self.out = data, []
        self.starts = [0]
        for line in data.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.conftest = path.endswith("conftest.py")
        self.stack = []         # what encloses: "class", "enum", "def", "fixture"

    def at(self, line, col):
        return self.starts[line - 1] + col

    def add(self, kind, node, new, start=None, end=None):
        start = self.at(node.lineno, node.col_offset) if start is None else start
        end = self.at(node.end_lineno, node.end_col_offset) if end is None else end
        self.out.append((kind, node.lineno, start, end, new.encode()))

    @property
    def where(self):
        return self.stack[-1] if self.stack else "module"

    def inside(self):
        return "def" in self.stack or "fixture" in self.stack

    def level(self):
        """The kind of a constant here."""
        if "fixture" in self.stack:
            return "fixture body"
        if "def" in self.stack:
            return "body constant"
        if self.where == "class":
            return "class attribute"
        if self.where == "enum":
            return "enum or dataclass default"
        return "conftest constant" if self.conftest else "module constant"

    def visit_Constant(self, node):
        v = node.value
        if v is True or v is False:
            self.add(self.level(), node, str(not v))
        elif isinstance(v, (int, float)):
            self.add(self.level(), node, repr(v + 1))
        elif v is None:
            self.add(self.level(), node, "0")
        elif isinstance(v, str) and v and self.data[self.at(node.lineno, node.col_offset):][:1] in b"'\"":
            self.add(self.level(), node, repr(v + "x"))

    def visit_JoinedStr(self, node):
        pass                    # positions inside are unreliable before 3.12

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):    # a docstring
            self.generic_visit(node)

    def between(self, a, b, op, kind):
        start, end = self.at(a.end_lineno, a.end_col_offset), self.at(b.lineno, b.col_offset)
        text = self.data[start:end]
        if type(op) in SWAP and b"(" not in text and b")" not in text and b"#" not in text and b"\n" not in text:
            self.out.append((kind, a.lineno, start, end, b" " + SWAP[type(op)].encode() + b" "))

    def visit_BinOp(self, node):
        if self.inside():
            self.between(node.left, node.right, node.op, "body operator" if "fixture" not in self.stack else "fixture body")
        self.generic_visit(node)

    def visit_Compare(self, node):
        if self.inside() and len(node.ops) == 1:
            self.between(node.left, node.comparators[0], node.ops[0],
                         "body operator" if "fixture" not in self.stack else "fixture body")
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        if self.inside() and len(node.values) == 2:
            self.between(node.values[0], node.values[1], node.op,
                         "body operator" if "fixture" not in self.stack else "fixture body")
        self.generic_visit(node)

    def visit_Return(self, node):
        if node.value is not None and not isinstance(node.value, ast.Constant):
            self.add("fixture body" if "fixture" in self.stack else "body return", node, "return None")
        self.generic_visit(node)

    def visit_Import(self, node):
        if not self.stack and node.col_offset == 0:
            self.add("import removed", node, "pass")

    def visit_ImportFrom(self, node):
        if node.module != "__future__":
            self.visit_Import(node)

    def visit_Assign(self, node):
        names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        if "__all__" in names and isinstance(node.value, (ast.List, ast.Tuple)) and len(node.value.elts) > 1:
            first, second = node.value.elts[:2]
            self.add("__all__", first, "", end=self.at(second.lineno, second.col_offset))
            return
        self.generic_visit(node)

    def visit_FunctionDef(self, node):
        fixture = False
        for d in node.decorator_list:
            if name_of(d) == "fixture":
                fixture = True
            elif name_of(d) == "parametrize" and isinstance(d, ast.Call) and len(d.args) > 1 \
                    and isinstance(d.args[1], (ast.List, ast.Tuple)):
                for e in d.args[1].elts:
                    if isinstance(e, ast.Constant) and isinstance(e.value, (int, str)) and not isinstance(e.value, bool):
                        new = repr(e.value + 1) if isinstance(e.value, int) else repr(e.value + "x")
                        self.add("parametrize list", e, new)
            line = self.data[self.starts[d.lineno - 1]:self.at(d.lineno, d.col_offset)]
            if line.strip() == b"@" and name_of(d) not in ("overload", "fixture"):
                self.out.append(("decorator", d.lineno, self.at(d.lineno, d.col_offset) - 1,
                                 self.starts[d.end_lineno], b"# gone\n"))
        for d in node.args.defaults + [d for d in node.args.kw_defaults if d]:
            if isinstance(d, ast.Constant) and not isinstance(d.value, (bytes, type(...), complex)):
                v = d.value
                new = str(not v) if isinstance(v, bool) else "0" if v is None else repr(v + ("x" if isinstance(v, str) else 1))
                self.add("default", d, new)
        self.stack.append("fixture" if fixture else "def")
        for s in node.body:
            self.visit(s)
        self.stack.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        if node.bases and all(isinstance(b, (ast.Name, ast.Attribute)) for b in node.bases):
            b = node.bases[0]
            self.add("base", b, "object" if len(node.bases) == 1 else name_of(node.bases[1]))
        bases = {name_of(b) for b in node.bases} | {name_of(d) for d in node.decorator_list}
        special = bases & {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "dataclass", "NamedTuple", "define", "frozen"}
        self.stack.append("enum" if special else "class")
        for s in node.body:
            self.visit(s)
        self.stack.pop()


def sites(path, data):
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return []
    v = Sites(path, data)
    v.visit(tree)
    return v.out


# What tests do not read, or what the kind "ini key" changes.
NO_DATA = {".py", ".pyc", ".pyi", ".md", ".rst", ".toml", ".ini", ".cfg", ".lock", ".yaml", ".yml", ".so"}
VARIABLE = re.compile(rb"""(?:environ(?:\.get\(|\[)|getenv\()\s*["'](\w+)["']""")
ADDED = b"import pytest\n\n\n@pytest.fixture(autouse=True)\ndef added():\n    pytest.fail('added')\n"
INI = {"pytest.ini": b"[pytest]\n", "tox.ini": b"[pytest]\n", "setup.cfg": b"[tool:pytest]\n",
       "pyproject.toml": b"[tool.pytest.ini_options]\n"}


def in_tree(root, files):
    """(kind, what it says, {path: new bytes, or None}, {variable: value}) for changes that are none
    of a Python file's text; `files` are relative paths."""
    data = {f: (root / f).read_bytes() for f in files}
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
    folders = sorted({os.path.dirname(f) for f in files if is_test(f)})
    for folder in folders:
        f = os.path.join(folder, "conftest.py")
        if f not in data:
            yield "file added", f, {f: ADDED}, {}
    for folder in folders:
        for name in ("decimal", "uuid", "fractions", "colorsys", "calendar", "statistics"):
            f = os.path.join(folder, f"{name}.py")
            yield "file added", f, {f: b"raise ImportError('shadowed')\n"}, {}
    for name in sorted({m.decode() for f in files if f.endswith(".py") for m in VARIABLE.findall(data[f])}):
        yield "environment variable", name, {}, {name: "mutant"}
    for f, head in INI.items():
        if head in data.get(f, b""):
            value = b'["no_such_fixture"]' if f.endswith("toml") else b"no_such_fixture"
            yield "ini key", f, {f: data[f].replace(head, head + b"usefixtures = " + value + b"\n", 1)}, {}


def is_test(path):
    name = os.path.basename(path)
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def mutant(data, site):
    """The file with that change, or None when it is no Python any more."""
    start, end, new = site[2:5]
    data = data[:start] + new + data[end:]
    return data if compiles(data) else None


def compiles(data):
    try:
        compile(data, "x", "exec", dont_inherit=True)
        return True
    except (SyntaxError, ValueError):
        return False
