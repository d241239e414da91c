"""Random edits of standard library files against the hashes of the scanner.

    an edit that changes the AST    changes the hash of its place, and of no
                                    other function
    comments, blanks, line breaks   change nothing
    a moved or inserted function    changes no function
    a docstring                     changes DOC alone

Seeds are fixed; TAUT_FUZZ_EDITS sets how many edits are tried (2000),
TAUT_FUZZ_SEED where they begin.
"""

import ast
import collections
import io
import os
import random
import sys
import sysconfig
import tempfile
import tokenize
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from scandump import CODE, SUITES, Dump, children, run_tests, walk  # noqa: E402

EDITS = int(os.environ.get("TAUT_FUZZ_EDITS", "2000"))
SEED = int(os.environ.get("TAUT_FUZZ_SEED", "0"))
# Small files: an edit costs one parse by CPython.
SIZE = range(1500, 16000)
DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
FUNCTION, MODULE = SUITES.index("FUNCTION"), 0
NOISE = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.ENDMARKER)

warnings.simplefilter("ignore")


def parse(text):
    try:
        return compile(text, "<edit>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None


def take_docstrings(tree):
    """The docstrings in order; in the tree only marks remain.  On the line of
    its def a docstring is code like any other."""
    out = []
    for node in walk(tree):
        if isinstance(node, DEFS + (ast.Module,)) and node.body:
            first = node.body[0]
            if first.lineno == getattr(node, "lineno", 0):
                continue
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
                out.append(first.value.value)
                first.value = ast.Constant("doc")
    return out


class Text:
    """A source with its AST, tokens, suites and hashes."""

    scratch = tempfile.NamedTemporaryFile(suffix=".py")
    hashes_of, tree_of = Dump("hashes"), Dump("tree")

    def __init__(self, text):
        self.text = text
        self.tree = parse(text)
        if self.tree:
            self.lines = text.split("\n")
            self.docs = take_docstrings(self.tree)
            self.dump = ast.dump(self.tree)

    def scan(self):
        Path(self.scratch.name).write_bytes(self.text.encode())
        got = self.hashes_of(self.scratch.name)
        assert not got["opaque"], self.text
        self.hash = [s[0] for s in got["suites"]]
        self.shape = [s[1:3] for s in got["suites"]]
        self.code = [bool(s[3] & CODE) for s in got["suites"]]
        self.names = [s[4] for s in got["suites"]]
        self.units = got["units"]
        return self

    def spans(self):
        self.scan()
        self.span = [(s[3], s[4]) for s in self.tree_of(self.scratch.name)["suites"]]
        self.head = [s[2] for s in self.tree_of(self.scratch.name)["suites"]]
        self.tokens = list(tokenize.generate_tokens(io.StringIO(self.text).readline))
        return self

    def place(self, line):
        """The innermost suite that holds this line."""
        return max(i for i, (a, b) in enumerate(self.span[:-2]) if a <= line <= b or i == MODULE)

    def root(self, i):
        """The outermost function around suite i."""
        while self.code[self.shape[i][0]]:
            i = self.shape[i][0]
        return i

    def roots(self):
        return [i for i in range(len(self.hash)) if self.code[i] and not self.code[self.shape[i][0]]]

    def offset(self, position):
        line, column = position
        return sum(len(s) + 1 for s in self.lines[: line - 1]) + column


def corpus(rng):
    """Texts of the standard library, forever."""
    top = Path(sysconfig.get_paths()["stdlib"])
    paths = sorted(p for p in top.rglob("*.py") if "site-packages" not in p.parts and p.stat().st_size in SIZE)
    while True:
        try:
            text = rng.choice(paths).read_bytes().decode("ascii")
        except UnicodeDecodeError:
            continue
        if "\r" not in text and "\f" not in text and (t := Text(text)).tree:
            yield t.spans()


class Counts(collections.Counter):
    def __str__(self):
        return ", ".join(f"{n} {what}" for what, n in sorted(self.items()))


def explain(old, new, what):
    import difflib

    diff = difflib.unified_diff(old.text.split("\n"), new.text.split("\n"), lineterm="", n=3)
    return f"{what}\n" + "\n".join(diff)


# ---- edits that mean something ----

SAME = {"==": "!=", "!=": "==", "+": "-", "-": "+", "<": ">", ">": "<=", "and": "or", "or": "and", "is": "in"}
SAME.update({"return": "yield", "yield": "return", "pass": "continue", "True": "False", "=": "+=", "self": "x"})


def change_token(old, rng):
    """Replace, delete or double a token; (new text, line)."""
    n = rng.randrange(len(old.tokens))
    t = old.tokens[n]
    if t.type in NOISE or t.start[0] != t.end[0]:
        return None
    at, end = old.offset(t.start), old.offset(t.end)
    word = t.string
    how = rng.random()
    if word in SAME and how < 0.5:
        new = SAME[word]
    elif how < 0.75:
        same = [x.string for x in rng.sample(old.tokens, min(40, len(old.tokens))) if x.type == t.type]
        new = rng.choice(same) if same else word + "1"
    elif how < 0.85:
        new = ""
    elif how < 0.92:
        new = f"{word} {word}"
    else:
        new = rng.choice(["1", "(x := 2)", "lambda: self", "[y for y in z]", "None", "x, y", "a.b", "f(x)", "super()"])
    if "\n" in new:
        return None
    return old.text[:at] + new + old.text[end:], t.start[0]


def change_statement(old, rng):
    """Put a statement before a line, delete or swap one; (new text, line)."""
    line = rng.randrange(len(old.lines))
    s = old.lines[line]
    indent = s[: len(s) - len(s.lstrip())]
    if not s.strip() or s.lstrip().startswith("#"):  # belongs to no suite
        return None
    lines = old.lines[:]
    how = rng.random()
    if how < 0.6:
        lines[line] = indent + rng.choice(
            "x = 1;;import os.path;;global x;;nonlocal self;;yield x;;del x;;self.x = 1;;x: int;;"
            "for x in y: pass;;def x(): return self;;x += 1;;raise x;;with y as x: pass;;lambda: x".split(";;")
        ) + "; " + s.lstrip()
    elif how < 0.8:
        del lines[line]
    elif line and old.place(line) == old.place(line + 1):
        lines[line - 1 : line + 1] = lines[line], lines[line - 1]
    return "\n".join(lines), line + 1


def has_yield(tree):
    """Which functions are generators, whatever their order."""
    out = []
    for node in walk(tree):
        if isinstance(node, DEFS):
            todo, found = list(node.body), False
            while todo:
                x = todo.pop()
                found |= isinstance(x, (ast.Yield, ast.YieldFrom))
                if not isinstance(x, DEFS + (ast.Lambda,)):
                    todo += children(x)
            out.append((node.name, found))
    return sorted(out)


def object_facts(text):
    """What the module sees of its functions' bodies."""
    cells = sum(text.text.count(w) for w in ("super", "__class__"))
    return has_yield(text.tree), cells, len(text.docs)


def headers(old, line):
    """Names of defs, and the lines of compound statements, whose header is hit."""
    names, lines = set(), set()
    for node in walk(old.tree):
        if not hasattr(node, "body") or not hasattr(node, "lineno") or not isinstance(node.body, list):
            continue
        first = min([node.lineno] + [d.lineno for d in getattr(node, "decorator_list", [])])
        if first <= line <= max(node.lineno, node.body[0].lineno - 1, first) or node.lineno == line:
            names.add(getattr(node, "name", None))
        # conditions reach over the whole statement
        if not isinstance(node, DEFS) and first <= line <= node.end_lineno:
            lines.update(range(first, node.end_lineno + 1))
    return names, lines


def check_same_shape(old, new, line, counts):
    changed = {i for i in range(len(old.hash)) if old.hash[i] != new.hash[i]}
    version, doc = len(old.hash) - 1, len(old.hash) - 2
    place = old.place(line)
    if old.docs != new.docs:
        assert doc in changed, explain(old, new, "docstring changed, DOC did not")
    if old.dump == new.dump:
        return
    code = {i for i in changed if old.code[i]}
    if old.code[place]:
        counts["in functions"] += 1
        assert place in changed, explain(old, new, f"suite {place} did not change")
        others = {old.root(i) for i in code} - {old.root(place)}
        assert not others, explain(old, new, f"other functions changed: {others}")
        if version in changed:
            assert object_facts(old) != object_facts(new), explain(old, new, "VERSION changed")
    else:
        counts["at module or class level"] += 1
        assert version in changed, explain(old, new, "VERSION did not change")
        names, lines = headers(old, line)
        names |= headers(new, line)[0]
        for i in {old.root(i) for i in code}:
            mine = {old.names[i], new.names[i]}
            below = any(n and n in names for n in chain_names(old, i) | chain_names(new, i))
            assert mine & names or below or old.head[i] in lines or "__future__" in old.lines[line - 1], explain(
                old, new, f"function {old.names[i]} changed"
            )


def chain_names(text, i):
    out = set()
    while i:
        out.add(text.names[i])
        i = text.shape[i][0]
    return out


def check_other_shape(old, new, line, counts):
    """Suites came or went: functions beside the edit keep their hash."""
    counts["of the tree's shape"] += 1
    assert old.hash != new.hash
    near = {line - 1, line, line + 1}
    names = headers(old, line)[0] | headers(old, line - 1)[0]
    lines = headers(old, line)[1] | headers(old, line - 1)[1]
    after = collections.Counter(new.hash)
    # without its header, a body may become that of the function above
    touched = {old.names[max((i for i in old.roots() if old.span[i][1] < line), default=0)]}
    for i in old.roots():
        a, b = old.span[i]
        if near & set(range(old.head[i], b + 2)) or old.head[i] in lines or chain_names(old, i) & names:
            touched |= {old.names[i]}
    fresh = collections.Counter(new.names[i] for i in new.roots()) - collections.Counter(old.names[i] for i in old.roots())
    for i in old.roots():
        if old.names[i] not in touched and old.names[i] not in fresh and new.dump:
            gone = after[old.hash[i]] == 0
            if gone and not moved(old, new, i):
                raise AssertionError(explain(old, new, f"function {old.names[i]} changed"))


def moved(old, new, i):
    """Is the function no longer where it was: in another class or condition?"""
    qualified = lambda t, j: [t.names[k] for k in path(t, j)] + [t.shape[k][1] for k in path(t, j)]  # noqa: E731
    return qualified(old, i) not in [qualified(new, j) for j in new.roots()]


def path(text, i):
    while i:
        yield i
        i = text.shape[i][0]


def test_edits_change_their_place():
    rng, counts = random.Random(SEED + 1), Counts()
    texts = corpus(rng)
    tried = 0
    while tried < EDITS:
        old = next(texts)
        for _ in range(60):
            edit = rng.choice((change_token, change_token, change_statement))(old, rng)
            if not edit or edit[0] == old.text:
                continue
            new = Text(edit[0])
            if not new.tree:
                continue
            tried += 1
            new.scan()
            if old.dump == new.dump and old.docs == new.docs:
                counts["without meaning"] += 1
                continue
            assert old.hash != new.hash, explain(old, new, "AST changed, no hash did")
            if old.shape == new.shape:
                check_same_shape(old, new, edit[1], counts)
            else:
                check_other_shape(old, new, edit[1], counts)
    print(f"edits: {counts}")


# ---- edits that mean nothing ----


def move_stub(old, n):
    """The `...` of a def or class to its header's line, or to one of its own."""
    colon = n - 1
    while colon and old.tokens[colon].type in NOISE:
        colon -= 1
    first = colon
    while first and old.tokens[first - 1].type not in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
        first -= 1
    while old.tokens[first].type in NOISE:
        first += 1
    if old.tokens[colon].string != ":" or old.tokens[first].string not in ("def", "class", "async"):
        return None
    at = old.offset(old.tokens[n].start)
    head = old.lines[old.tokens[first].start[0] - 1]
    indent = head[: len(head) - len(head.lstrip())]
    between = " " if colon < n - 1 else f"\n{indent}  "
    return old.text[: old.offset(old.tokens[colon].end)] + between + old.text[at:]


def neutral(old, rng):
    n = rng.randrange(1, len(old.tokens))
    stubs = [i for i, t in enumerate(old.tokens) if t.string == "..." and t.type == tokenize.OP]
    if stubs and rng.random() < 0.1:
        return move_stub(old, rng.choice(stubs))
    t, before = old.tokens[n], old.tokens[n - 1]
    at = old.offset(t.start)
    inside = t.string and is_inside_fstring(old.tokens, n)
    if t.start[0] <= 3 or inside:
        return None
    if t.type in (tokenize.NEWLINE, tokenize.NL) and t.string == "\n" and old.lines[t.start[0] - 1].strip():
        return old.text[:at] + rng.choice(("  # 'note", " ", "\t", " \f")) + old.text[at:]
    if before.type == tokenize.NEWLINE:
        at = old.offset((before.end[0] + (before.end[1] == 0 and 0), 0)) + len(old.lines[before.end[0] - 1]) + 1
        return old.text[:at] + rng.choice(("\n", "# note:\n", "        # (\n", "\t\n", "\f\n")) + old.text[at:]
    if t.type in NOISE or before.type in NOISE or before.end[0] != t.start[0]:
        return None
    if depth_at(old.tokens, n) > 0:
        return old.text[:at] + rng.choice((" ", "\n", " # (\n ", "\t")) + old.text[at:]
    return old.text[:at] + rng.choice((" ", "\t", "  ", " \\\n")) + old.text[at:]


def depth_at(tokens, n):
    depth = 0
    for t in tokens[:n]:
        if t.type == tokenize.OP:
            depth += (t.string in "([{") - (t.string in ")]}")
    return depth


def is_inside_fstring(tokens, n):
    kinds = [tokenize.tok_name[t.type] for t in tokens[: n + 1]]
    starts = sum(k in ("FSTRING_START", "TSTRING_START") for k in kinds)
    ends = sum(k in ("FSTRING_END", "TSTRING_END") for k in kinds[:-1])
    return starts > ends


def test_neutral_edits_change_nothing():
    rng, counts = random.Random(SEED + 2), Counts()
    texts = corpus(rng)
    tried = 0
    while tried < EDITS:
        old = next(texts)
        for _ in range(60):
            text = neutral(old, rng)
            new = text and Text(text)
            if not new or not new.tree:
                continue
            assert new.dump == old.dump, explain(old, new, "not neutral: the test is wrong")
            new.scan()
            tried += 1
            counts["neutral"] += 1
            assert new.hash == old.hash and new.units == old.units, explain(old, new, "a hash changed")
    print(f"edits: {counts}")


# ---- whole functions ----


def statement_span(old, node):
    first = min([node.lineno] + [d.lineno for d in node.decorator_list])
    return first - 1, node.end_lineno


def top_defs(old):
    return [n for n in old.tree.body if isinstance(n, DEFS)]


def test_moved_functions_keep_their_hashes():
    rng, counts = random.Random(SEED + 3), Counts()
    texts = corpus(rng)
    while counts["moved"] < max(EDITS // 20, 1):
        old = next(texts)
        pairs = [(a, b) for a, b in zip(old.tree.body, old.tree.body[1:]) if isinstance(a, DEFS) and isinstance(b, DEFS)]
        if not pairs:
            continue
        a, b = rng.choice(pairs)
        (a0, a1), (b0, b1) = statement_span(old, a), statement_span(old, b)
        lines = old.lines
        if a.name == b.name or any(";" in s for s in (lines[a1 - 1], lines[b1 - 1])):
            continue
        new = Text("\n".join(lines[:a0] + lines[b0:b1] + lines[a1:b0] + lines[a0:a1] + lines[b1:])).scan()
        counts["moved"] += 1
        code = [sorted(h for h, c in zip(t.hash, t.code) if c) for t in (old, new)]
        assert code[0] == code[1], explain(old, new, "a function changed")
        assert old.hash[-1] != new.hash[-1], explain(old, new, "order did not count")
    print(f"edits: {counts}")


def test_inserted_functions_change_no_other():
    rng, counts = random.Random(SEED + 4), Counts()
    texts = corpus(rng)
    while counts["inserted"] < max(EDITS // 20, 1):
        old = next(texts)
        if not top_defs(old):
            continue
        at = statement_span(old, top_defs(old)[0])[0]
        more = ["def taut_inserted(a):", "    if a:", "        return 1", "    return 2", ""]
        new = Text("\n".join(old.lines[:at] + more + old.lines[at:]))
        if not new.tree:
            continue
        new.scan()
        counts["inserted"] += 1
        code = [collections.Counter(h for h, c in zip(t.hash, t.code) if c) for t in (old, new)]
        assert not code[0] - code[1], explain(old, new, "a function changed")
        assert old.hash[-1] != new.hash[-1], explain(old, new, "VERSION did not change")
    print(f"edits: {counts}")


def test_docstrings_change_doc_alone():
    rng, counts = random.Random(SEED + 5), Counts()
    texts = corpus(rng)
    while counts["docstrings"] < max(EDITS // 20, 1):
        old = next(texts)
        strings = [t for t in old.tokens if t.type == tokenize.STRING and t.string.startswith('"""')]
        if not strings:
            continue
        at = old.offset(rng.choice(strings).start) + 3
        new = Text(old.text[:at] + "Otherwise: " + old.text[at:])
        if not new.tree or new.docs == old.docs or new.dump != old.dump:
            continue
        new.scan()
        counts["docstrings"] += 1
        changed = [i for i in range(len(old.hash)) if old.hash[i] != new.hash[i]]
        assert changed == [len(old.hash) - 2], explain(old, new, f"changed: {changed}")
    print(f"edits: {counts}")


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
