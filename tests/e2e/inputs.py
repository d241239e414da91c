"""What the tests of inputs share: many cases in one project, a change, and who must run."""

import os


def write_all(project, files):
    for name, text in files.items():
        project.write(name, text)


def apply(project, change):
    """{path: new text, or None to remove it, or a directory "d/"}."""
    for name, text in change.items():
        if text is None:
            project.remove(name)
        elif name.endswith("/"):
            project.path(name).mkdir()
        else:
            project.write(name, text)


def check(project, change, must=(), never=(), args=(), env=None, settles=1):
    """Nothing runs without the change (after `settles` runs), `must` with it."""
    ran = project.record(*args).ran
    for _ in range(settles - 1):
        project.record(*args)
    assert not project.record(*args).ran, "a run without a change runs nothing"
    apply(project, change)
    result = project.run(*args, env=env)
    assert not set(must) - result.ran
    assert not set(never) & result.ran
    assert set(must) | set(never) <= ran | result.ran
    return result


def placed(files, directory):
    """Below the directory, but for names that begin with "/"."""
    return {name[1:] if name[0] == "/" else f"{directory}/{name}": text for name, text in files.items()}


def check_all(project, cases, reads, imports="", args=()):
    """Each case in a directory of its own, with a test that does it and one that does not."""
    change = {}
    for i, (action, files, after) in enumerate(cases.values()):
        project.path(f"c{i}").mkdir()
        write_all(project, placed(files, f"c{i}"))
        change |= placed(after, f"c{i}")
        project.write(
            f"m{i}.py",
            imports + f"def use():\n    {action}\ndef other():\n    pass\n",
        )
        project.write(
            f"test_m{i}.py",
            f"import m{i}\ndef test_{i}(monkeypatch):\n    monkeypatch.chdir('c{i}')\n    m{i}.use()\n"
            f"def test_other_{i}(): m{i}.other()\n",
        )
    first = project.record(*args).ran
    assert len(first) == 2 * len(cases)
    names = [f"test_{i}" for i in range(len(cases))]
    again = project.record(*args).ran
    assert [name for i, name in enumerate(cases) if names[i] in again] == [], "a run without a change"
    assert not again
    apply(project, change)
    ran = project.run(*args).ran
    expected = cases if reads else []
    assert [name for i, name in enumerate(cases) if names[i] in ran] == list(expected)
    assert not ran - set(names)


ONE = {"data.txt": "one\n"}
TWO = {"data.txt": "two\n"}
USER = """
    import m
    def test_use(): m.use()
    def test_other(): m.other()
"""


def module(*lines):
    return "\n".join(lines) + "\ndef other():\n    pass\n"


LIBRARY = """
    KEPT = {}
    def load(name):
        if name not in KEPT:
            with open(name) as file:
                KEPT[name] = file.read()
        return KEPT[name]
"""


def library(project, text=LIBRARY, name="keeper"):
    """An installed module, in a site-packages of its own; what the run needs in its environment."""
    site = project.root.parent / "lib" / "site-packages"
    site.mkdir(parents=True)
    project.write(str(site / f"{name}.py"), text)
    return {"PYTHONPATH": os.pathsep.join([str(site), project.environ()["PYTHONPATH"]])}
