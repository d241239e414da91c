"""The scanner against CPython's own tokenize, ast and symtable.

Every file of the running interpreter's standard library, tests included:

    tokens      kind, line and text of every token, lines, indentation
    suites      kind, name, first and last line, parent
    scopes      bound names, global, nonlocal, yield, free variables
    units       names that every module and class level statement binds
    imports     module, level, name, line

    make build/scandump && python tests/oracle/test_scan_oracle.py [FILE...]

Files that the interpreter rejects are left out (they are broken on purpose)
but must not crash the scanner.  Where the two may differ stands in the code,
with the reason; each deviation has a bound on how often it may occur.
"""

import ast
import collections
import gc
import io
import re
import symtable
import sys
import sysconfig
import tokenize
import unicodedata
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from scandump import (  # noqa: E402
    CODE,
    FREE,
    FREE_COMP,
    FREE_LAMBDA,
    GLOBAL,
    LOCAL,
    NONLOCAL,
    SUITES,
    UNITS,
    Dump,
    children,
    run_tests,
    walk,
)

V = sys.version_info[:2]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))
MATCH = getattr(ast, "Match", ())
TYPE_ALIAS = getattr(ast, "TypeAlias", ())
COMPOUND = (ast.With, ast.For, ast.While, ast.AsyncFor, ast.AsyncWith) + ((MATCH,) if MATCH else ())


# ---- the corpus ----


def stdlib():
    top = Path(sysconfig.get_paths()["stdlib"])
    return sorted(p for p in top.rglob("*.py") if "site-packages" not in p.parts)


class Source:
    """A file as CPython reads it; .text is None if it does not compile."""

    def __init__(self, path):
        self.path, self.text, self.tree = path, None, None
        raw = path.read_bytes()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.tree = compile(raw, str(path), "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
                self.table = symtable.symtable(raw, str(path), "exec")
        except (SyntaxError, ValueError, RecursionError):
            return
        normal = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self.encoding = tokenize.detect_encoding(io.BytesIO(normal).readline)[0]
        self.text = normal.decode(self.encoding)
        if self.encoding == "utf-8-sig":
            self.encoding = "utf-8"
        # only \n ends a line, never \f, \x1c or U+2028
        self.lines = self.text.split("\n")
        self.tokens = list(tokenize.generate_tokens(io.StringIO(self.text).readline))
        self.map_lines()

        self.nodes = walk(self.tree)
        self.join_stubs()
        self.type_params = {p.name for n in self.nodes for p in getattr(n, "type_params", ())}

    def map_lines(self):
        """self.start[n], self.end[n]: the logical line that holds line n."""
        self.start, self.end = {}, {}
        first = last = None
        for t in self.tokens:
            if t.type == tokenize.NEWLINE:
                for n in range(first, last + 1):
                    self.start[n], self.end[n] = first, last
                first = None
            elif t.type not in (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
                first = first or t.start[0]
                last = t.end[0]

    def join_stubs(self):
        """`...` on a line of its own is taken for one on the line of its def or class."""
        for node in self.nodes:
            if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                continue
            head, body = node.lineno, node.body[0].lineno
            if len(node.body) > 1 or not re.fullmatch(r"[ \t\f]*\.\.\.[ \t\f]*(#.*)?", self.lines[body - 1]):
                continue
            first, last = self.start[head], self.end[body]
            for n in [*range(first, self.end[head] + 1), *range(body, last + 1)]:
                self.start[n], self.end[n] = first, last

    def name(self, s):
        """A name from scandump, which knows bytes, as Python spells it."""
        return unicodedata.normalize("NFKC", s.encode("latin-1").decode(self.encoding))


class Differences:
    """Collects differences; at most `allowed` of each benign kind."""

    def __init__(self, **allowed):
        self.allowed, self.seen, self.wrong, self.n = allowed, collections.Counter(), [], 0

    def benign(self, kind):
        self.seen[kind] += 1

    def add(self, source, what):
        self.wrong.append(f"{source.path}: {what}")

    def check(self):
        print(f"{self.n} compared, {len(self.wrong)} differ, benign: {dict(self.seen)}")
        assert not self.wrong, "\n".join(self.wrong[:20])
        for kind, n in self.seen.items():
            assert n <= self.allowed[kind], f"{kind}: {n}"


# ---- tokens ----

KINDS = {tokenize.NAME: "N", tokenize.NUMBER: "n", tokenize.OP: "o"}
SKIPPED = (tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER, tokenize.ENCODING)
FSTRING_START = [getattr(tokenize, n) for n in ("FSTRING_START", "TSTRING_START") if hasattr(tokenize, n)]
FSTRING_END = [getattr(tokenize, n) for n in ("FSTRING_END", "TSTRING_END") if hasattr(tokenize, n)]


def string_kind(text):
    prefix = re.match("[a-zA-Z]*", text)[0].lower()
    return "b" if "b" in prefix else "f" if "f" in prefix else "s"


def slice_text(source, start, end):
    (a, i), (b, j) = start, end
    if a == b:
        return source.lines[a - 1][i:j]
    return "\n".join([source.lines[a - 1][i:], *source.lines[a : b - 1], source.lines[b - 1][:j]])


def expected_tokens(source):
    out, depth, begin = [], 0, None
    for t in source.tokens:
        if t.type in FSTRING_START:
            depth += 1
            if depth == 1:
                begin = t.start
        elif t.type in FSTRING_END:
            depth -= 1
            if not depth:
                out.append(f"f{begin[0]} {slice_text(source, begin, t.end)}")
        elif depth or t.type in SKIPPED:
            pass
        elif t.type == tokenize.NEWLINE:
            out.append("L")
        elif t.type == tokenize.INDENT:
            out.append("I")
        elif t.type == tokenize.DEDENT:
            out.append("D")
        elif t.type == tokenize.STRING:
            out.append(f"{string_kind(t.string)}{t.start[0]} {t.string}")
        elif t.type in KINDS:
            out.append(f"{KINDS[t.type]}{t.start[0]} {t.string}")
        elif t.type == tokenize.ERRORTOKEN and t.string.isspace():
            pass  # 3.11 and before: a blank after a backslash-newline
        else:
            out.append(f"?{t}")
    return out


def tokens_differ(ours, theirs):
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return f"token {i}: {a!r}, tokenize says {b!r}"
    return f"{len(ours)} tokens, tokenize says {len(theirs)}"


def is_word_problem(source):
    """tokenize before 3.12 is a regular expression, whose \\w lacks characters
    that identifiers may have (combining marks, U+2118, U+309B...)."""
    return V < (3, 12) and any(t.type == tokenize.ERRORTOKEN for t in source.tokens)


def compare_tokens(source, diff, dumped):
    ours, theirs = dumped.decode(source.encoding).split("\0")[:-1], expected_tokens(source)
    diff.n += len(theirs)
    if ours == theirs:
        return
    if is_word_problem(source):
        diff.benign("word")
    else:
        diff.add(source, tokens_differ(ours, theirs))


# ---- suites ----


class Suites:
    """The suites of a tree as (kind, parent, first, last, name)."""

    def __init__(self, source):
        self.source, self.out = source, []
        tree = source.tree
        first, last = (self.span(tree.body)) if tree.body else (1, 1)
        self.out.append(("MODULE", 0, first, last, ""))
        self.walk(tree.body, 0)

    def first_line(self, node):
        decorators = getattr(node, "decorator_list", None)
        return self.source.start[decorators[0].lineno if decorators else node.lineno]

    def span(self, body):
        return self.first_line(body[0]), self.source.end[body[-1].end_lineno]

    def suite(self, kind, header_line, body, parent, name=""):
        """A statement list below a header; on its line it is no suite."""
        if self.first_line(body[0]) == self.source.start[header_line]:
            return
        self.out.append((kind, parent, *self.span(body), name))
        self.walk(body, len(self.out) - 1)

    def walk(self, body, parent):
        for node in body:
            self.statement(node, parent)

    def before(self, body):
        """The last line before `body` that has code: that of its header."""
        line = self.first_line(body[0]) - 1
        while line not in self.source.start:
            line -= 1
        # `else: x`: body and header share a logical line
        here = self.source.lines[self.first_line(body[0]) - 1].lstrip(" \t\f")
        if re.match(r"(else|finally)\b", here):
            return self.first_line(body[0])
        return line

    def statement(self, node, parent):
        line = node.lineno
        if isinstance(node, FUNCTIONS):
            self.suite("FUNCTION", line, node.body, parent, node.name)
        elif isinstance(node, ast.ClassDef):
            self.suite("CLASS", line, node.body, parent, node.name)
        elif isinstance(node, ast.If):
            self.branch(node, parent, "IF")
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            self.suite("WHILE" if isinstance(node, ast.While) else "FOR", line, node.body, parent)
            self.rest("ELSE", node.orelse, parent)
        elif isinstance(node, TRY):
            self.suite("TRY", line, node.body, parent)
            for h in node.handlers:
                self.suite("EXCEPT", h.lineno, h.body, parent)
            self.rest("ELSE", node.orelse, parent)
            self.rest("FINALLY", node.finalbody, parent)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            self.suite("WITH", line, node.body, parent)
        elif MATCH and isinstance(node, MATCH):
            self.match(node, parent)

    def rest(self, kind, body, parent):
        if body:
            self.suite(kind, self.before(body), body, parent)

    def branch(self, node, parent, kind):
        while True:
            self.suite(kind, node.lineno, node.body, parent)
            after = node.orelse
            if len(after) == 1 and isinstance(after[0], ast.If) and self.is_elif(after[0]):
                node, kind = after[0], "ELIF"
                continue
            self.rest("ELSE", after, parent)
            return

    def is_elif(self, node):
        raw = self.source.lines[node.lineno - 1].encode()
        return raw[node.col_offset :].startswith(b"elif")

    def match(self, node, parent):
        """The cases make a suite of their own."""
        first, last = node.cases[0], node.cases[-1]
        span = self.source.start[first.pattern.lineno], self.source.end[last.body[-1].end_lineno]
        self.out.append(("MATCH", parent, *span, ""))
        me = len(self.out) - 1
        for case in node.cases:
            self.suite("CASE", case.pattern.lineno, case.body, me)


def compare_suites(source, diff, got):
    ours = [(SUITES[k], p, a, b, source.name(n)) for k, p, _, a, b, _, n in got["suites"][:-2]]
    theirs = [(k, p, a, b, unicodedata.normalize("NFKC", n)) for k, p, a, b, n in Suites(source).out]
    diff.n += len(theirs)
    if ours != theirs:
        wrong = next((x for x in zip(ours, theirs) if x[0] != x[1]), (len(ours), len(theirs)))
        diff.add(source, "%s, ast says %s" % wrong)


# ---- scopes ----


def type_of(table):
    return str(table.get_type()).rpartition(".")[2].lower()


def all_tables(table, cls=None):
    """(table, class for mangling) of everything in `table`."""
    for child in table.get_children():
        inner = child.get_name() if type_of(child) == "class" else cls
        yield child, inner
        yield from all_tables(child, inner)


def kind_of(table):
    """function or class; None for lambdas, comprehensions, annotation scopes."""
    kind = type_of(table)
    if kind not in ("function", "class") or not table.get_name().isidentifier():
        return None
    if table.get_name() in ("lambda", "genexpr", "listcomp", "dictcomp", "setcomp", "top"):
        return None
    if table.get_name() in ("__annotate__", "__annotations__"):
        return None
    return kind


def mangle(name, cls):
    if cls and name.startswith("__") and not name.endswith("__") and "." not in name:
        cls = cls.lstrip("_")
        return f"_{cls}{name}" if cls else name
    return name


def own_nodes(node):
    """Nodes of a function's own scope and of comprehensions in it."""
    todo = list(children(node)) if not isinstance(node, FUNCTIONS + (ast.ClassDef,)) else list(node.body)
    while todo:
        n = todo.pop()
        yield n
        if isinstance(n, FUNCTIONS + (ast.ClassDef,)):
            todo += n.decorator_list
            if isinstance(n, ast.ClassDef):
                todo += n.bases + n.keywords
            else:
                todo += [x for x in n.args.defaults + n.args.kw_defaults if x]
        elif isinstance(n, ast.Lambda):
            todo += [x for x in n.args.defaults + n.args.kw_defaults if x]
        else:
            todo += children(n)


def definitions(source):
    """(kind, name, line) -> node"""
    out = {}
    for node in source.nodes:
        if isinstance(node, FUNCTIONS + (ast.ClassDef,)):
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            out[kind, unicodedata.normalize("NFKC", node.name), node.lineno] = node
    return out


def comprehension_targets(node):
    """Names that only exist in comprehensions: since 3.12 symtable lists them in
    the function into which they are inlined."""
    out = set()
    for n in own_nodes(node):
        if isinstance(n, COMPREHENSIONS):
            for g in n.generators:
                out |= {x.id for x in walk(g.target) if isinstance(x, ast.Name)}
    return out


def symbols(table):
    """bound, global, nonlocal, shared names of a scope"""
    bound, globals_, nonlocals, shared = set(), set(), set(), set()
    for s in table.get_symbols():
        name = s.get_name()
        if name.startswith(".") or name in IMPLICIT:
            continue
        if s.is_declared_global():
            globals_.add(name)
        if s.is_nonlocal():
            nonlocals.add(name)
        if s.is_parameter() or s.is_assigned() or s.is_imported() or (s.is_annotated() and s.is_local()):
            bound.add(name)
        if (s.is_free() or s._Symbol__scope == CELL) and name != "__class__":
            shared.add(name)
    return bound, globals_, nonlocals, shared


# .0 and .type_params as well
IMPLICIT = {"__classdict__", "__conditional_annotations__", "__type_params__"}
CELL = 5  # Include/internal/pycore_symtable.h


def roles(source, scope, cls):
    """The same from scandump."""
    out = [set() for _ in range(4)]
    for name, bits in scope[6]:
        name = mangle(source.name(name), cls)
        for i, mask in enumerate((LOCAL, GLOBAL, NONLOCAL, FREE | FREE_COMP | FREE_LAMBDA)):
            if bits & mask:
                out[i].add(name)
    return out


def has_yield(node):
    return any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes(node))


def compare_scope(source, diff, table, cls, node, scope, in_code):
    want, got = symbols(table), roles(source, scope, cls)
    where = f"{table.get_name()}, line {table.get_lineno()}"
    diff.n += 1
    comps = {mangle(n, cls) for n in comprehension_targets(node)} if V >= (3, 12) else set()
    declared = want[1] | want[2]
    if in_code or isinstance(node, FUNCTIONS):
        extra, missing = got[0] - declared - want[0], want[0] - declared - got[0] - comps
        if extra or missing:
            diff.add(source, f"{where}: bound +{extra} -{missing}")
        if got[1] != want[1] or got[2] != want[2]:
            diff.add(source, f"{where}: {got[1:3]}, symtable says {want[1:3]}")
    if isinstance(node, FUNCTIONS) and bool(scope[3]) != has_yield(node):
        diff.add(source, f"{where}: yield {scope[3]}")
    if isinstance(node, ast.ClassDef):
        uses = any(
            s.get_name() == "__class__" and s.is_free()
            for c in table.get_children()
            if type_of(c) == "function"
            for s in c.get_symbols()
        )
        if scope[4] and not uses:
            diff.benign("super")  # a variable called __class__; below a type parameter
        elif uses and not scope[4]:
            diff.add(source, f"{where}: super")
    if in_code or isinstance(node, FUNCTIONS):
        # a class passes on what its functions take from outside, also where it
        # binds the same name: symtable then calls it local
        passed = {"__class__"} | (got[0] - got[2] if isinstance(node, ast.ClassDef) else set())
        # `class C[T]`: the scope of T is only seen as tokens of the header
        params = {mangle(n, cls) for n in source.type_params}
        compare_shared(source, diff, where, want[3] - params, got[3] - passed - params, comps, scope[5])


def compare_shared(source, diff, where, want, got, comps, verbatim):
    """Cells and free variables.  A comprehension that 3.12 inlines shares its
    function's variables with nobody: there our set is larger by these.  What a
    body on a def's line or an f-string shares is not looked at: their tokens
    are part of the signature as they are."""
    extra, missing = got - want, want - got - comps
    if missing and verbatim:
        diff.benign("verbatim")
    elif missing or (extra and V < (3, 12)):
        diff.add(source, f"{where}: shared +{extra} -{missing}")


def compare_scopes(source, diff, got):
    ours = {}
    for s in got["scopes"]:
        block = got["suites"][s[0]]
        ours["class" if s[1] else "function", source.name(block[6]), s[2]] = s, bool(block[5] & CODE)
    nodes = definitions(source)
    for table, cls in all_tables(source.table):
        if not kind_of(table):
            continue
        key = kind_of(table), table.get_name(), table.get_lineno()
        if key not in ours:  # on its header's line: part of its parent
            body = nodes[key].body if key in nodes else None
            if body and source.start[body[0].lineno] != source.start[key[2]]:
                diff.add(source, f"no scope for {key}")
            continue
        compare_scope(source, diff, table, cls, nodes[key], *ours[key])


# ---- units ----


class Names(ast.NodeVisitor):
    """Names that statements bind in the scope in which they stand."""

    def __init__(self, nodes, walrus_only=False):
        self.out, self.walrus_only = set(), walrus_only
        for n in nodes:
            self.visit(n)

    def visit_Name(self, node):
        if not isinstance(node.ctx, ast.Load) and not self.walrus_only:
            self.out.add(node.id)

    def visit_NamedExpr(self, node):
        self.out.add(node.target.id)
        self.visit(node.value)

    def definition(self, node):
        self.out.add(node.name)
        inner = node.decorator_list
        if isinstance(node, ast.ClassDef):
            inner = inner + node.bases + [k.value for k in node.keywords]
        else:
            a = node.args
            inner = inner + [x for x in a.defaults + a.kw_defaults if x]
        self.out |= Names(inner, True).out

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = definition

    def visit_Lambda(self, node):
        for n in node.args.defaults + node.args.kw_defaults:
            if n:
                self.visit(n)

    def comprehension(self, node):
        self.out |= Names(ast.iter_child_nodes(node), True).out

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension

    def alias(self, node):
        for a in node.names:
            self.out.add(a.asname or a.name.split(".")[0])

    def visit_Import(self, node):
        self.alias(node)

    def visit_ImportFrom(self, node):
        self.alias(node)

    def visit_Global(self, node):
        self.out |= set(node.names)

    def visit_AnnAssign(self, node):
        if node.value or node.simple or not isinstance(node.target, ast.Name):
            self.generic_visit(node)

    def visit_ExceptHandler(self, node):
        if node.name:
            self.out.add(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node):
        if node.name:
            self.out.add(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node):
        if node.rest:
            self.out.add(node.rest)
        self.generic_visit(node)


class ExpectedUnits:
    """(kind, owner, names) in source order; a GUARD is a unit of its own only where it
    does something."""

    def __init__(self, source):
        self.out, self.source = [], source
        self.doc(source.tree, "", "__doc__")
        self.body(source.tree.body, "", ast.get_docstring(source.tree, False) is not None)

    def add(self, kind, owner, names):
        self.out.append((kind, owner, frozenset(unicodedata.normalize("NFKC", n) for n in names)))

    def is_inline(self, node):
        return self.source.start[node.body[0].lineno] == self.source.start[node.lineno]

    def has_doc(self, node):
        """A docstring on the line of its header is code of that line."""
        scope = isinstance(node, (*FUNCTIONS, ast.ClassDef))
        return scope and not self.is_inline(node) and ast.get_docstring(node, False) is not None

    def doc(self, node, owner, name):
        if ast.get_docstring(node, False) is not None:
            self.add("DOC", owner, {name})

    def body(self, body, owner, skip_doc=False):
        for node in body[1:] if skip_doc else body:
            self.statement(node, owner)

    def statement(self, node, owner):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for a in node.names:
                one = type(node)(**{**dict(ast.iter_fields(node)), "names": [a]})
                self.add("IMPORT", owner, Names([one]).out)
        elif isinstance(node, FUNCTIONS):
            self.function(node, owner)
        elif isinstance(node, ast.ClassDef):
            self.add("CLASS", owner, Names([node]).out)
            inline = self.is_inline(node)
            if not inline:
                self.doc(node, owner, node.name)
            inner = f"{owner}.{node.name}" if owner else node.name
            self.body(node.body, inner, not inline and ast.get_docstring(node, False) is not None)
        elif isinstance(node, ast.If):
            self.add("GUARD", owner, Names([node.test]).out)
            self.body(node.body, owner)
            self.body(node.orelse, owner)
        elif isinstance(node, TRY):
            self.body(node.body, owner)
            for h in node.handlers:
                self.add("GUARD", owner, Names([h.type] if h.type else []).out | ({h.name} if h.name else set()))
                self.body(h.body, owner)
            self.body(node.orelse, owner)
            self.body(node.finalbody, owner)
        elif isinstance(node, COMPOUND):
            self.add("COMPOUND", owner, Names([node]).out)
        else:
            assign = isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign) + ((TYPE_ALIAS,) if TYPE_ALIAS else ()))
            self.add("ASSIGN" if assign else "STATEMENT", owner, Names([node]).out)
            if not owner:
                self.exports(node)

    def exports(self, node):
        """`__all__ = ["a", "b"]`: a unit for each name, as if it were a class's member."""
        value = node.value if isinstance(node, ast.Assign) else None
        if not isinstance(value, (ast.List, ast.Tuple)) or not all(
            isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
        ):
            return
        source = ast.get_source_segment(self.source.text, value)
        texts = [ast.get_source_segment(self.source.text, e) for e in value.elts]
        if source[0] in "[(" and len(node.targets) == 1 and all(re.fullmatch(r"""(["'])\w+\1""", t, re.A) for t in texts):
            for e in value.elts:
                self.add("ASSIGN", "__all__", {e.value})

    def function(self, node, owner):
        names = Names([node]).out - Names(node.decorator_list, True).out
        self.add("CORE", owner, names)
        a = node.args
        args = a.posonlyargs + a.args + a.kwonlyargs + [x for x in (a.vararg, a.kwarg) if x]
        if node.returns or any(x.annotation for x in args):
            self.add("ANNOTATIONS", owner, names)
        if any(self.has_doc(n) for n in ast.walk(node)):
            self.add("DOC", owner, {node.name})


def compare_units(source, diff, got):
    ours = [
        (UNITS[kind], source.name(owner), frozenset(source.name(n) for n in names))
        for kind, _, _, _, owner, names in got["units"]
    ]
    theirs = ExpectedUnits(source).out
    diff.n += len(theirs)
    # An optional guard makes it a regular expression: all positions in `ours`
    # at which the units so far may end.
    at = {0}
    for kind, owner, names in theirs:
        unit = "STATEMENT" if kind == "GUARD" else kind, owner, names
        after = {i + 1 for i in at if i < len(ours) and ours[i] == unit}
        if kind == "GUARD" and not names:
            after |= at
        if not after:
            diff.add(source, f"unit {[ours[i] for i in at if i < len(ours)]}, ast says {unit}")
            return
        at = after
    if len(ours) not in at:
        diff.add(source, f"units {[ours[i] for i in at]} too many")


# ---- imports ----


def compare_imports(source, diff, got):
    ours = [
        (line, level, source.name(module), name and source.name(name))
        for _, line, level, module, name in got["imports"]
    ]
    theirs = []
    for node in source.nodes:
        if isinstance(node, ast.Import):
            theirs += [(node.lineno, 0, a.name, None) for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            theirs += [(node.lineno, node.level, node.module or "", a.name) for a in node.names]
    diff.n += len(theirs)
    if sorted(ours, key=str) != sorted(theirs, key=str):
        diff.add(source, f"{set(ours) ^ set(theirs)}")


# ---- all of it, in one pass over the files ----

FILES = [Path(p) for p in sys.argv[1:] if p.endswith(".py")] if __name__ == "__main__" else []
RESULTS = {}


def compare_all():
    names = "opaque", "suites", "scopes", "units", "imports"
    RESULTS.update({name: Differences() for name in names}, tokens=Differences(word=2))
    RESULTS["scopes"].allowed.update(verbatim=100, super=5)
    tokens, tree = Dump("tokens"), Dump("tree")
    gc.disable()  # 40 % of the time otherwise: trees are large and acyclic
    for path in FILES or stdlib():
        got, dumped = tree(path), tokens(path)
        source = Source(path)
        if source.text is None:
            continue
        RESULTS["opaque"].n += 1
        if got["opaque"]:
            RESULTS["opaque"].add(source, got["opaque"])
            continue
        compare_tokens(source, RESULTS["tokens"], dumped)
        for name in names[1:]:
            globals()[f"compare_{name}"](source, RESULTS[name], got)
    gc.enable()
    tokens.close()
    tree.close()


def check(name):
    if not RESULTS:
        compare_all()
    print(f"{name}: ", end="")
    RESULTS[name].check()


def test_files_that_compile_are_not_opaque():
    check("opaque")


def test_tokens():
    check("tokens")


def test_suites():
    check("suites")


def test_scopes():
    check("scopes")


def test_units():
    check("units")


def test_imports():
    check("imports")


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    sys.exit(run_tests(globals()))
