"""The extension `taut._core`: taut.h for Python, and the recorder.

Paths named `path` are relative to the root, '/' separated, `str` with
surrogateescape.  Absolute file names are called `filename`.
"""

import ast
from collections.abc import Callable, Iterable, Sequence
from types import CodeType
from typing import Any

VERSION: str

# enum taut_kind
PY: int
DATA: int
LISTING: int
EXISTS: int
ENVVAR: int
LOOKUP: int
DIST: int
TREE: int
# enum taut_carrier_kind
TEST: int
FIXTURE: int
MODULE: int
MEMO: int
COLLECTION: int
SESSION: int
# enum taut_outcome
PASSED: int
FAILED: int
SKIPPED: int
XFAILED: int
XPASSED: int
NEW: int
# enum taut_verdict
UNKNOWN: int
CLEAN: int
AFFECTED: int
# enum taut_db_state
DB_NEW: int
DB_USED: int
DB_IGNORED: int
DB_OTHER_ENV: int
# enum taut_part_class
PART_IDENTITY: int
PART_STATE: int

class Error(Exception):
    """A negative TAUT_E* code; args are (message, code)."""

class Source:
    """taut_source_scan() of one file's bytes."""

    digest: bytes
    opaque: str | None
    # (kind, parent, head_line, first_line, last_line, flags, name, hash)
    suites: list[tuple[int, int, int, int, int, int, str, int]]
    # (suite, line, level, module, name or None)
    imports: list[tuple[int, int, int, str, str | None]]
    # (kind, hash, branch, suite, line, effect, owner, names)
    units: list[tuple[int, int, int, int, int, int, str, tuple[str, ...]]]

def scan(data: bytes) -> Source: ...
def words(data: bytes, strings: bool) -> bytes: ...
def lookup_state(dirname: str, name: str) -> str: ...
def digest(data: bytes) -> bytes: ...
def below(nodes: list[ast.AST], wanted: frozenset[type], stop: frozenset[type], own: bool = False) -> list[ast.AST]:
    """The nodes whose type is wanted, in source order, among these and below
    them; nothing below a type in `stop`; `own`: no statements below them."""

class Session:
    """taut_session: the record compared with today's tree."""

    def __init__(
        self,
        root: str,
        *,
        datafile: str | None = None,
        cache: str | None = None,
        env: str | None = None,
        parts: Sequence[tuple[str, str, int]] = (),
        ignore_parts: Sequence[str] = (),
        readonly: bool = False,
        by_name: bool = False,
        probe: Callable[[int, str], bytes | None] | None = None,
        compiles: Callable[[str, bytes], bool] | None = None,
    ) -> None: ...
    state: int
    note: str | None
    def select(self) -> None: ...
    def test(self, path: str, nodeid: str) -> tuple[int, str | None]:
        """(verdict, reason sentence when AFFECTED)."""
    def file(self, path: str) -> int: ...
    def affected(self) -> list[tuple[str, str, str]]:
        """(test file, node id, reason) of every recorded affected test."""
    def tests(self) -> list[tuple[str, str, int]]:
        """(test file, node id, verdict) of every test on record."""
    def clean(self) -> dict[str, tuple[str, int]]:
        """Node id -> (test file, recorded outcome) of every CLEAN test."""
    def changed(self) -> list[tuple[str, int]]:
        """(path, kind) of everything that differs from the record."""
    def stats(self) -> dict[str, int]: ...
    def begin(self) -> str:
        """Begin recording; the run directory's absolute path."""
    def finish(self) -> None:
        """Fold the run's logs into the database."""
    def gained(self, path: str, nodeid: str) -> list[str]:
        """After finish: what the test depends on that is not as recorded."""
    def close(self) -> None: ...

PROBE: int
TRACE: int
# enum mark: what the loader finds out about a function
MARK_STORES: int  # stores outside itself
MARK_MEMO: int  # its value outlives the call; line: where that begins
MARK_PROPERTY: int  # ... and is read as an attribute
MARK_ASYNC: int  # ... and it may be suspended
MARK_SUBCLASS: int  # suite 0; line: of the import of a base class
# enum taut_suite_kind
SUITE_MODULE: int
SUITE_CLASS: int
SUITE_FUNCTION: int
SUITE_IF: int
SUITE_ELIF: int
SUITE_ELSE: int
SUITE_FOR: int
SUITE_WHILE: int
SUITE_TRY: int
SUITE_EXCEPT: int
SUITE_FINALLY: int
SUITE_WITH: int
SUITE_MATCH: int
SUITE_CASE: int

class Around:
    """Stands for what calls the implementations of one pluggy hook, with work
    before and after: `before(arguments[key])`, or `before(arguments)`; what it
    returns, unless None, is called with True (an exception came) or False.
    Leaves no frame in a traceback."""
    def __init__(self, call: Callable[..., Any], before: Callable[[Any], Callable[[bool], Any] | None], key: str | None = None) -> None: ...
    def __call__(self, name: str, implementations: Any, arguments: dict[str, Any], firstresult: bool) -> Any: ...
    def stop(self) -> Callable[..., Any]:
        """Only pass on from now on; returns `call`."""

class Outcome:
    """How a test ended, from the reports of its phases."""

    outcome: int | None  # enum taut_outcome; None: there was no report
    seconds: float  # that its phases took
    when: str | None  # the first phase that failed

    def add(self, report: Any) -> None: ...
    def clear(self) -> None: ...

class Uses:
    """Who uses a fixture's value that is there already."""

    numbers: dict[Any, int]  # FixtureDef -> carrier of its present instance

    def __init__(self, own: Any, watch: Callable[[dict[str, Any]], Callable[[bool], Any] | None]) -> None:
        """`own`: the scope of what belongs to its test; `watch` is called
        with the arguments of pytest_fixture_setup for any other."""
    def execute(self, original: Any) -> Any:
        """A C callable for FixtureDef.execute, with a method's binding."""
    def active(self, original: Any) -> Any:
        """The same for FixtureRequest._get_active_fixturedef."""
    def setup(self, arguments: dict[str, Any]) -> Callable[[bool], Any] | None: ...

class Recorder:
    """One process's recording; at most one is active in a process.

    There is a stack of open carriers; what runs is charged to the innermost.
    Its bottom is the session carrier, opened by the constructor.
    """

    session: int  # number of the session carrier
    core: int  # PROBE or TRACE

    def __init__(
        self,
        run_dir: str,
        writer: str,
        root: str,
        core: int,
        project_path: Callable[[str], str | None],
        settings: Callable[[], str] | None = None,
        child: bool = False,
    ) -> None:
        """`project_path(filename)` gives the path of a project file, or None;
        `settings()` the file that an observed child reads, None: no program
        is observed.  `child`: write a stream, and record to the very end."""
    def add_source(self, path: str, data: bytes) -> int:
        """Register the bytes that are being loaded; the file's handle."""
    def project(self, filename: str) -> str | None:
        """`project_path(filename)`, remembered; never raises."""
    def mark(self, handle: int, marks: tuple[tuple[int, int, int], ...] | None) -> None:
        """The loader's analysis of a source: (suite, MARK_* flags, line).
        None: transform and scanner disagree, the file counts as a whole."""
    def bind(self, code: CodeType, handle: int) -> CodeType:
        """Replace the transform's sentinels by probes of that file."""
    def add_input(self, kind: int, path: str, digest: bytes) -> int:
        """Register a dependency that is no Python source; its handle."""
    def add_root(self, dirname: str, path: str) -> None:
        """Files below the directory are the project's, as path/..."""
    def roots(self) -> list[tuple[str, str]]:
        """Those that were added, here or by links that tests made."""
    def lost(self, reason: str) -> None:
        """Of a child: what it tells is not all."""
    def assume_environ(self, values: dict[bytes, bytes | None]) -> None:
        """Digests that count instead of the values at the start."""
    def watch_installed(
        self,
        resolve: Callable[[str], tuple[list, list[str], bool]],
        metadata: Callable[[str | None], tuple[str, bytes | None]],
        skip: frozenset[str],
    ) -> None:
        """See installed.py; `skip`: top-level modules that need nothing."""
    def installed(self, name: str) -> int | None:
        """The carrier of an installed top-level module."""
    def depend(self, handle: int) -> None:
        """The innermost carrier depends on the input, or on all of the file."""
    def push(self, kind: int, owner: str) -> int:
        """Open a new carrier on top; its number."""
    def reopen(self, number: int) -> None:
        """Push an existing carrier again (a wide fixture's teardown)."""
    def pop(self, number: int, final: bool = True) -> None:
        """Close it (and whatever was left open above it) and write it."""
    def ref(self, number: int) -> None:
        """The innermost carrier refers to `number`."""
    def link(self, source: int, target: int) -> None: ...
    def module_of(self, path: str) -> int | None:
        """Carrier of the module last loaded from `path`."""
    def begin(self, nodeid: str, refs: list[int], inputs: list[int]) -> int:
        """Open a test's carrier, which refers to these carriers and depends
        on these files; its number."""
    def test(
        self,
        number: int,
        path: str,
        nodeid: str,
        outcome: int,
        must_run: str | None,
        micros: int,
    ) -> None:
        """How a test ended, whose carrier is closed if it is open.
        `must_run`: why the record cannot be trusted; None: the carrier knows."""
    def collected(self, path: str, full: bool, nodeids: Iterable[str]) -> None: ...
    def incomplete(self, reason: str) -> None:
        """The record of every carrier now open cannot be trusted."""
    def wrap_exec(self, exec_module: Any) -> Any:
        """A C callable with a method's binding that opens a module carrier
        around a loader's exec_module(self, module); adds no traceback frame."""
    def wrap_get_code(self, get_code: Any, helper: Callable[[Any, str], CodeType | None]) -> Any:
        """A C callable for a loader's get_code(self, fullname) that asks
        `helper(loader, fullname)` first and the original when it gives None."""
    def close(self) -> None:
        """Finish every carrier, write them, close the log."""
