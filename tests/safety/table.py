"""Makes PROBES.md: every probe, its edit, and what taut and pytest-testmon make of it.

    python table.py           run all of them with both tools: a quarter of an hour of CPU time
    python table.py --more    only probes that the last run did not have
    python table.py --old     only write the table anew, from the verdicts of the last run
    python table.py --check   is the list of probes in the file the one in the source?

The verdicts are kept in build/probes.json while they come in: a run that was stopped goes on.
"""

import json
import os
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import probes as P  # noqa: E402

TABLE = HERE / "PROBES.md"
KEPT = HERE.parent.parent / "build" / "probes.json"
# (tool, configuration), in the order of the columns
COLUMNS = {
    "taut": ("taut", "default"),
    "trace": ("taut", "trace"),
    "-n2": ("taut", "n2"),
    "testmon": ("testmon", "default"),
}
SHOWN = 44  # characters of a text


# ---- what is edited, in a few words ----


def code(text):
    text = " ".join(text.split()).replace("`", "'")
    return "`" + (text if len(text) <= SHOWN else text[: SHOWN - 3] + "...") + "`"


def replaced(old, new):
    """The texts where they are short, else where they differ."""
    a, b = old.split(), new.split()
    if a == b:
        return "layout"
    if max(len(old), len(new)) > SHOWN:
        while len(a) > 1 and len(b) > 1 and a[0] == b[0]:
            a, b = a[1:], b[1:]
        while len(a) > 1 and len(b) > 1 and a[-1] == b[-1]:
            a, b = a[:-1], b[:-1]
    if not a:
        return "adds " + code(" ".join(b))
    return code(" ".join(a)) + (" → " + code(" ".join(b)) if b else " removed")


def edit_words(now, edit):
    """`now`: the files' texts, kept up to date."""
    if callable(edit):
        return ["by a program" if edit.__name__ == "<lambda>" else edit.__name__.replace("_", " ")]
    found = []
    for path, change in (edit or {}).items():
        name = path.split(" -> ")[0]
        old = now.get(path, "")
        if change is None:
            found.append(f"{code(name)} deleted")
            now.pop(path, None)
            continue
        if isinstance(change, (tuple, list)):
            pairs = [change] if isinstance(change, tuple) else change
            more = f", and {len(pairs) - 1} more" if len(pairs) > 1 else ""
            found.append(f"{code(name)}: {replaced(*pairs[0])}{more}")
            for before, after in pairs:
                old = old.replace(before, after)
            now[path] = old
            continue
        change = textwrap.dedent(change) if isinstance(change, str) else repr(change)
        found.append(f"{code(name)}: {replaced(old, change)}" if old.strip() else f"{code(name)} appears")
        now[path] = change
    if len(found) > 2:
        found[2:] = [f"{len(found) - 2} more"]
    return found


def step_words(now, step, before):
    found = edit_words(now, step.edit)
    for name in sorted({*step.env, *before.env}):
        if step.env.get(name) != before.env.get(name):
            found.append(f"variable {code(name)}")
    if step.args != before.args:
        found.append("run with " + (code(" ".join(step.args)) if step.args else "no arguments"))
    if step.cwd != before.cwd:
        found.append(f"run in {code(step.cwd or '.')}")
    if step.hook:
        when, where, action = step.hook
        what = f"signal {int(action)}" if isinstance(action, int) else "; ".join(edit_words(now, action))
        found.append(f"{what}, at {when} {where}".strip())
    return "; ".join(found) or "run again"


def words(p):
    now = dict(p.files)
    found = [step_words(now, P.Step(hook=p.first.hook), P.Step())] if p.first.hook else []
    for before, step in zip([p.first, *p.steps], p.steps):
        found.append(step_words(now, step, before))
    return ", then ".join(found)


def name(p):
    return p.name + (" (a documented limit)" if p.kind == "limit" else "")


# ---- verdicts ----


def run():
    import harness
    from runner import Pool, tools
    from venvs import MAIN, REQUIRES, interpreters, venv

    python = interpreters()[MAIN]
    taut = str(venv(MAIN, python))
    testmon = str(venv("testmon-probes", python, (*REQUIRES, "pytest-testmon"), taut=False))
    if os.path.realpath(sys.prefix) != os.path.realpath(Path(taut).parent.parent):
        # What a probe needs is looked for in the interpreter that runs this.
        os.execv(taut, [taut, *sys.argv])
    os.environ["TAUT_INSTALLED"] = "1"
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    if kept.pop("finished", False) and "--more" not in sys.argv:
        kept = {}
    began = time.monotonic()
    for name, (tool, config) in COLUMNS.items():
        done = kept.setdefault(name, {})
        items = [i for i in harness.select("", [config], "all") if i[0].id not in done]
        pool = Pool(tools(taut, testmon)[tool], 1)
        for n, (item, v) in enumerate(zip(items, pool.map(harness.judge, items)), 1):
            done[item[0].id] = "CRASH" if isinstance(v, Exception) else v.word
            if n % 20 == 0 or n == len(items):
                KEPT.write_text(json.dumps(kept))
                print(f"{name}: {n} of {len(items)}, {time.monotonic() - began:.0f} s", flush=True)
        pool.close()
    kept["finished"] = True
    KEPT.write_text(json.dumps(kept))
    return kept


# ---- the file ----

HEAD = """# Probes

Small projects with one edit, or a few, and the tests that must run then: those whose outcome
changes, as plain pytest says (`harness.py --control`). Made by `make probes`; the projects are in
[`probes/`](probes).

`ok`: ran what the edit can affect, and nothing that it cannot. `MISS`: a test whose outcome changed
was not run; `PART`: some of several. `OVER`: ran a test that cannot be affected; `NOISE`: ran
something again though nothing had changed. `CRASH`: broke the run; `WRONG`: ran it, with
another outcome than plain pytest. A dot: not run with that. The columns: taut by itself, with
`--testmon-core=trace`, with `-n 2`; pytest-testmon 2.2. What a probe needs that is not installed
where the table was made has dots throughout.
"""
ROW = "| {} | {} | {} |"


def cell(text):
    return text.replace("|", "\\|")


def rows(kept):
    group = None
    for p in P.load():
        if p.group != group:
            group = p.group
            yield ""
            yield f"## {group.replace('_', ' ')}"
            yield ""
            yield ROW.format("probe", "edit", " | ".join(COLUMNS))
            yield "|---|---|" + "---|" * len(COLUMNS)
        found = [kept.get(c, {}).get(p.id, ".") for c in COLUMNS]
        yield ROW.format(cell(name(p)), cell(words(p)), " | ".join(found))


def totals(kept):
    count = {c: Counter(kept.get(c, {}).values()) for c in COLUMNS}
    kinds = [k for k in ("ok", "MISS", "PART", "OVER", "NOISE", "WRONG", "CRASH") if any(n[k] for n in count.values())]
    yield ""
    yield "| | run | " + " | ".join(kinds) + " |"
    yield "|---|---|" + "---|" * len(kinds)
    for c, n in count.items():
        yield f"| {c} | {sum(n.values())} | " + " | ".join(str(n[k]) for k in kinds) + " |"


def stale():
    """Rows that differ in their first two columns."""
    def head(line):
        return [x.strip() for x in line.replace("\\|", "\0").split("|")[1:3]]

    names = {"probe", "---", ""}
    have = [head(line) for line in TABLE.read_text().splitlines() if line.startswith("| ")] if TABLE.exists() else []
    want = [head(line) for line in rows({}) if line.startswith("| ")]
    have = [h for h in have if h[0] not in names and not h[1].isdigit() and h[1] != "run"]
    want = [w for w in want if w[0] not in names]
    return [f"{a[0]}: {a[1]}" for a in want if a not in have] + [f"no such probe: {a[0]}: {a[1]}" for a in have if a not in want]


def main():
    if "--check" in sys.argv:
        found = stale()
        for line in found:
            print(f"{TABLE.name} is stale (make probes): {line}")
        return bool(found)
    kept = json.loads(KEPT.read_text()) if "--old" in sys.argv else run()
    TABLE.write_text(HEAD + "\n".join([*totals(kept), *rows(kept)]) + "\n")
    print("\n".join(totals(kept)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
