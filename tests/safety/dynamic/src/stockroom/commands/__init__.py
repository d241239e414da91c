"""Commands: cmd_* functions of the builtin module, and what @command adds."""

from functools import wraps

from . import builtin
from .builtin import *  # noqa: F401,F403

PREFIX = "cmd_"
COMMANDS = {k[len(PREFIX):]: v for k, v in globals().items() if k.startswith(PREFIX)}
ALIASES = {"ls": "list", "rm": "remove"}
EXIT_CODES = dict(ok=0, error=2)
history = []


def command(name=None, *, hidden=False, **options):
    def register(function):
        @wraps(function)
        def run(*args, **kwargs):
            history.append(function.__name__)
            return function(*args, **options | kwargs)
        run.hidden = hidden
        COMMANDS[name or function.__name__] = run
        return run
    return register


@command("count", unit="pieces")
def count_pieces(*items, unit="items"):
    """Say how many."""
    return f"{len(items)} {unit}"


@command(hidden=True)
def selftest(depth=1):
    return "ok" * depth


@command("greet", who="you", greeting="hello")
def greet(greeting, who):
    return f"{greeting} {who}"


def run_command(line):
    name, *args = line.split()
    function = COMMANDS.get(ALIASES.get(name, name))
    if function is None:
        return EXIT_CODES["error"], f"no command {name}"
    return EXIT_CODES["ok"], function(*args)


def visible():
    return sorted(k for k, f in COMMANDS.items() if not getattr(f, "hidden", False))


def usage(name):
    return (COMMANDS[name].__doc__ or "no help").splitlines()[0]


BUILTIN = len(builtin.__all__)
