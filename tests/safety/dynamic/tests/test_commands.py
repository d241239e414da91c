import pytest
from stockroom import commands


@pytest.mark.parametrize("line, result", [
    ("list b a", "a, b"), ("ls x", "x"), ("rm x", "-x"), ("show", "[all]"), ("count a b", "2 pieces"),
    ("selftest", "ok"), ("greet", "hello you")])
def test_run(line, result):
    assert commands.run_command(line) == (0, result)


def test_option_of_a_command():
    assert commands.COMMANDS["greet"](greeting="hi") == "hi you"


def test_unknown():
    assert commands.run_command("fly") == (2, "no command fly")


def test_debug_is_not_exported():
    assert "debug" not in commands.COMMANDS


def test_visible():
    assert commands.visible() == ["count", "greet", "list", "remove", "show"]


def test_usage():
    assert commands.usage("count") == "Say how many."


def test_no_usage():
    assert commands.usage("show") == "no help"


def test_history():
    commands.history.clear()
    commands.run_command("count")
    assert commands.history == ["count_pieces"]


def test_builtin():
    assert commands.BUILTIN == 4


def test_separator_comes_along():
    assert commands.SEPARATOR == ", "


def test_all_that_need_nothing():
    said = [run() for name, run in sorted(commands.COMMANDS.items()) if name not in ("greet", "remove")]
    assert said == ["0 pieces", "", "ok", "[all]"]


def test_first_lines():
    assert [commands.usage(name) for name in sorted(commands.COMMANDS)].count("no help") == 4
