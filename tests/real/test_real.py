"""taut on projects that were not written for it."""

import ast
import json
import re
import statistics

import pytest

CONSTANTS = 2  # edits of constants tried in a project: each costs a full run


def parts(path):
    """(tree, lines) of a Python file."""
    text = path.read_text()
    return ast.parse(text), text.splitlines(keepends=True)


def functions(path):
    """First line of each def (decorators count) -> where its body can be edited."""
    tree, lines = parts(path)
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            body = node.body[-1]
            # A body on the header's line is part of the suite around it.
            if lines[body.lineno - 1][: body.col_offset].strip() == "":
                found[first] = body
    return found, lines


def edit_body(path, first):
    """Put a statement before the function's last one; its old text, to restore it."""
    found, lines = functions(path)
    if first not in found:
        return None
    old = path.read_text()
    body = found[first]
    start = min([body.lineno, *(d.lineno for d in getattr(body, "decorator_list", ()))])
    lines.insert(start - 1, " " * body.col_offset + "edited_here = 1\n")
    text = "".join(lines)
    ast.parse(text)
    path.write_text(text)
    return old


def edit_constant(path, node):
    """Change the constant that a module-level assignment binds."""
    _, lines = parts(path)
    c = node.value
    line = lines[c.lineno - 1].encode()
    new = repr(c.value + 1 if isinstance(c.value, int) else c.value + "_edited").encode()
    lines[c.lineno - 1] = (line[: c.col_offset] + new + line[c.end_col_offset :]).decode()
    path.write_text("".join(lines))


def constants(tree):
    """Module-level NAME = "text" or number in the project's package, one a file."""
    for path in sorted((tree.path / tree.project.package).rglob("*.py")):
        for node in parts(path)[0].body:
            if (
                isinstance(node, (ast.Assign, ast.AnnAssign))
                and isinstance(node.value, ast.Constant)
                and type(node.value.value) in (int, str)
                and node.value.lineno == node.value.end_lineno
            ):
                yield path, node
                break


def affected(tree):
    """Node id -> reason."""
    said = tree.taut("affected", "--json")
    assert said.returncode in (0, 1), said.stderr
    return {a["nodeid"]: a["reason"] for a in json.loads(said.stdout)["affected"]}


def test_recording_changes_nothing(plain, recorded):
    """Same tests, in the same order, with the same outcomes and warnings."""
    _, run = recorded
    assert run.order == plain.order
    assert run.outcomes == plain.outcomes
    assert run.status == plain.status, run.output
    # Paths differ by the folder of the copy.
    base = re.compile(r"/\S*/tree\d+/")
    assert [base.sub("", w) for w in run.warnings] == [base.sub("", w) for w in plain.warnings]


def test_nothing_changed(recorded):
    tree = recorded[0].restore()
    # A test that fails runs again, and so does one whose record is incomplete.
    always = affected(tree)
    assert set(always.values()) <= {"failed", "incomplete"}
    if always:
        # Alone it can depend on more than after the others, who filled caches.
        tree.pytest("--testmon")
    before = tree.database.read_bytes(), tree.database.stat().st_mtime_ns
    # The copy has new inodes and times: the first run compares contents.
    for _ in range(2):
        run = tree.pytest("--testmon")
        assert set(run.order) == set(always), run.output
        assert run.status in (0, 5) or "failed" in always.values(), run.output
        assert (tree.database.read_bytes(), tree.database.stat().st_mtime_ns) == before


def test_warnings_as_errors(fresh, plain):
    """A run that plain pytest passes with -W error passes with taut."""
    expected = fresh().pytest("-p", "no:taut", "-W", "error")
    run = fresh().pytest("--testmon", "-W", "error")
    assert run.outcomes == expected.outcomes
    assert run.status == expected.status, run.output


def test_body_edits(name, recorded, fresh, tmp_path, report):
    """Each function that the tests executed, edited: all of them are affected."""
    traced = fresh()
    out = tmp_path / "traced.json"
    # Its own venv's taut must not be there: this one knows nothing of taut.
    slow = traced.pytest(
        "-p",
        "no:taut",
        plugins=("slow_tracer",),
        SLOW_TRACER_OUT=str(out),
        SLOW_TRACER_ROOT=str(traced.path),
    )
    assert out.exists(), slow.output
    executed = json.loads(out.read_text())
    tree = recorded[0].restore()

    missed, ratios, edits = {}, [], 0
    always = set(affected(tree))
    for where, tests in executed.items():
        file, line = where.rsplit(":", 1)
        if not file.startswith(tree.project.package) or not (tree.path / file).exists():
            continue
        old = edit_body(tree.path / file, int(line))
        if old is None:
            continue
        edits += 1
        selected = set(affected(tree))
        (tree.path / file).write_text(old)
        expected = set(tests) - {""}
        if expected - selected:
            missed[where] = sorted(expected - selected)
        if expected:
            ratios.append(len(selected - (always - expected)) / len(expected))
    assert edits > 20
    assert len({tuple(t) for t in executed.values()}) > edits / 4, "the tracer tells no tests apart"
    assert not missed, f"{len(missed)} of {edits} functions: {list(missed.items())[:5]}"
    report(
        f"{name}: {edits} edited functions, no test missed; selected / executed: "
        f"median {statistics.median(ratios):.2f}, mean {statistics.mean(ratios):.2f}, worst {max(ratios):.0f}"
    )


def test_selected_tests_run(recorded):
    """What the program names is what the plugin runs, in the order of a full run."""
    tree, full = recorded[0].restore(), recorded[1]
    always = affected(tree)
    for path in sorted((tree.path / tree.project.package).rglob("*.py")):
        first = next(iter(functions(path)[0]), None)
        if first is None:
            continue
        old = edit_body(path, first)
        named = affected(tree)
        if len(always) < len(named) < len(full.order) / 2:
            break
        path.write_text(old)
    else:
        pytest.skip("no edit of a first function affects some tests")
    run = tree.pytest("--testmon")
    assert run.order == [t for t in full.order if t in named], run.output
    assert set(tree.pytest("--testmon").order) == set(always)


def test_constant_edits(name, plain, recorded, fresh, report):
    """Each test whose outcome an edited constant changes is run."""
    tree = recorded[0].restore()
    where = list(constants(tree))
    step = max(1, len(where) // CONSTANTS)
    for path, node in where[::step][:CONSTANTS]:
        file = path.relative_to(tree.path)
        edit_constant(tree.restore().path / file, node)
        run = tree.pytest("--testmon")
        without = fresh()
        edit_constant(without.path / file, node)
        full = without.pytest("-p", "no:taut")
        # A node id can hold the constant: then it is gone, and another is new.
        changed = {t for t in full.order if full.outcomes[t] != plain.outcomes.get(t)}
        assert changed <= set(run.order), f"{file}:{node.lineno}: {sorted(changed - set(run.order))[:5]}"
        assert {t: full.outcomes[t] for t in run.order} == run.outcomes
        report(f"{name}: {file}:{node.lineno}: {len(changed)} outcomes changed, {len(run.order)} tests ran")
