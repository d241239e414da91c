#include "vocab.h"

#include <string.h>

#include "alias.h"
#include "lex.h"
#include "sheet.h"
#include "taut.h"

/* Exceptions are plain bases as well. */
static const char *const exceptions[] = {
	"ArithmeticError",
	"AssertionError",
	"AttributeError",
	"BaseException",
	"BaseExceptionGroup",
	"BlockingIOError",
	"BrokenPipeError",
	"BufferError",
	"BytesWarning",
	"ChildProcessError",
	"ConnectionAbortedError",
	"ConnectionError",
	"ConnectionRefusedError",
	"ConnectionResetError",
	"DeprecationWarning",
	"EOFError",
	"EncodingWarning",
	"EnvironmentError",
	"Exception",
	"ExceptionGroup",
	"FileExistsError",
	"FileNotFoundError",
	"FloatingPointError",
	"FutureWarning",
	"GeneratorExit",
	"IOError",
	"ImportError",
	"ImportWarning",
	"IndentationError",
	"IndexError",
	"InterruptedError",
	"IsADirectoryError",
	"KeyError",
	"KeyboardInterrupt",
	"LookupError",
	"MemoryError",
	"ModuleNotFoundError",
	"NameError",
	"NotADirectoryError",
	"NotImplementedError",
	"OSError",
	"OverflowError",
	"PendingDeprecationWarning",
	"PermissionError",
	"ProcessLookupError",
	"RecursionError",
	"ReferenceError",
	"ResourceWarning",
	"RuntimeError",
	"RuntimeWarning",
	"StopAsyncIteration",
	"StopIteration",
	"SyntaxError",
	"SyntaxWarning",
	"SystemError",
	"SystemExit",
	"TabError",
	"TimeoutError",
	"TypeError",
	"UnboundLocalError",
	"UnicodeDecodeError",
	"UnicodeEncodeError",
	"UnicodeError",
	"UnicodeTranslateError",
	"UnicodeWarning",
	"UserWarning",
	"ValueError",
	"Warning",
	"ZeroDivisionError",
};
static const char *const builtins[] = {
	"Ellipsis",
	"NotImplemented",
	"PythonFinalizationError",
	"abs",
	"aiter",
	"all",
	"anext",
	"any",
	"ascii",
	"bin",
	"bool",
	"breakpoint",
	"bytearray",
	"bytes",
	"callable",
	"chr",
	"classmethod",
	"compile",
	"complex",
	"delattr",
	"dict",
	"dir",
	"divmod",
	"enumerate",
	"eval",
	"exec",
	"filter",
	"float",
	"format",
	"frozenset",
	"getattr",
	"globals",
	"hasattr",
	"hash",
	"help",
	"hex",
	"id",
	"input",
	"int",
	"isinstance",
	"issubclass",
	"iter",
	"len",
	"list",
	"locals",
	"map",
	"max",
	"memoryview",
	"min",
	"next",
	"object",
	"oct",
	"open",
	"ord",
	"pow",
	"print",
	"property",
	"range",
	"repr",
	"reversed",
	"round",
	"set",
	"setattr",
	"slice",
	"sorted",
	"staticmethod",
	"str",
	"sum",
	"super",
	"tuple",
	"type",
	"vars",
	"zip",
	"__name__",
	"__file__",
	"__doc__",
	"__package__",
	"__spec__",
	"__debug__",
	"__import__",
	"__build_class__",
	"__qualname__",
	"__module__",
};
static const char *const bases[] = {
	"object",
	"ABC",
	"Generic",
	"TestCase",
	"IsolatedAsyncioTestCase",
	"BytesIO",
	"StringIO",
	"TextIOWrapper",
};
static const char *const pure_bases[] = {
	"dict",
	"list",
	"tuple",
	"set",
	"frozenset",
	"int",
	"float",
	"complex",
	"str",
	"bytes",
	"bytearray",
	"Enum",
	"IntEnum",
	"StrEnum",
	"Flag",
	"IntFlag",
	"NamedTuple",
	"TypedDict",
	"Protocol",
	"Mapping",
	"MutableMapping",
	"Sequence",
	"MutableSequence",
	"Iterator",
	"Iterable",
	"Container",
	"Collection",
	"Callable",
	"Hashable",
	"Sized",
	"Set",
	"MutableSet",
	"Generator",
	"Awaitable",
	"UserDict",
	"UserList",
	"UserString",
	"OrderedDict",
	"defaultdict",
	"deque",
	"Counter",
	"local",
	"Handler",
	"Formatter",
	"Filter",
	"JSONEncoder",
	"JSONDecoder",
	"ContextDecorator",
	"AbstractContextManager",
	"tzinfo",
	"date",
	"datetime",
	"timedelta",
	"Decimal",
	"Fraction",
	"ABCMeta",
};
/* What Python looks for in a module. */
static const char *const of_modules[] = {
	"__getattr__",	"__dir__",    "__path__",   "__name__",
	"__file__",	"__spec__",   "__loader__", "__package__",
	"__builtins__", "__dict__",   "__class__",  "__annotations__",
	"__all__",	"__cached__", "__test__",
};
static const char *const prefixes[] = {
	"pytest_",    "setup",	  "teardown",	    "setUp",	  "tearDown",
	"pytestmark", "__test__", "collect_ignore", "load_tests",
};
static const char *const makers[] = {
	"__slots__",	     "__init_subclass__", "__set_name__",
	"__prepare__",	     "__classcell__",	  "__mro_entries__",
	"__new__",	     "__class_getitem__", "__metaclass__",
	"__class__",	     "__getattribute__",  "__instancecheck__",
	"__subclasscheck__", "__subclasshook__",
};

/* Libraries whose import only makes objects, but may fail: they may be missing. */
static const char *const quiet_libraries[] = {
	"dateutil",
	"dateutil.parser",
	"dateutil.relativedelta",
	"dateutil.tz",
	"idna",
	"itsdangerous",
	"markupsafe",
	"pytz",
	"simplejson",
	"sortedcontainers",
	"toml",
	"tomli",
	"tzlocal",
	"ujson",
	"xmltodict",
};

/* Modules of Python's, and of what pytest needs, whose import only makes
 * objects, and does not fail. */
static const char *const quiet_modules[] = {
	"__future__",
	"_thread",
	"abc",
	"argparse",
	"array",
	"ast",
	"asyncio",
	"atexit",
	"attr",
	"attrs",
	"base64",
	"binascii",
	"bisect",
	"builtins",
	"bz2",
	"calendar",
	"cmath",
	"cmd",
	"code",
	"codecs",
	"collections",
	"collections.abc",
	"colorsys",
	"concurrent.futures",
	"configparser",
	"contextlib",
	"contextvars",
	"copy",
	"copyreg",
	"csv",
	"ctypes",
	"dataclasses",
	"datetime",
	"decimal",
	"difflib",
	"dis",
	"doctest",
	"email",
	"email.message",
	"enum",
	"errno",
	"fcntl",
	"filecmp",
	"fileinput",
	"fnmatch",
	"fractions",
	"functools",
	"gc",
	"getpass",
	"gettext",
	"glob",
	"graphlib",
	"grp",
	"gzip",
	"hashlib",
	"heapq",
	"hmac",
	"html",
	"html.parser",
	"http",
	"http.client",
	"http.cookies",
	"http.server",
	"importlib",
	"importlib.abc",
	"importlib.machinery",
	"importlib.metadata",
	"importlib.resources",
	"importlib.util",
	"inspect",
	"io",
	"ipaddress",
	"itertools",
	"json",
	"keyword",
	"linecache",
	"locale",
	"logging",
	"logging.config",
	"logging.handlers",
	"lzma",
	"marshal",
	"math",
	"mimetypes",
	"mmap",
	"multiprocessing",
	"numbers",
	"operator",
	"os",
	"os.path",
	"pathlib",
	"pickle",
	"pkgutil",
	"platform",
	"plistlib",
	"posixpath",
	"pprint",
	"pty",
	"pwd",
	"pytest",
	"queue",
	"quopri",
	"random",
	"re",
	"reprlib",
	"resource",
	"runpy",
	"sched",
	"secrets",
	"select",
	"selectors",
	"shelve",
	"shlex",
	"shutil",
	"signal",
	"socket",
	"socketserver",
	"sqlite3",
	"ssl",
	"stat",
	"statistics",
	"string",
	"struct",
	"subprocess",
	"symtable",
	"sys",
	"sysconfig",
	"tarfile",
	"tempfile",
	"termios",
	"textwrap",
	"threading",
	"time",
	"timeit",
	"token",
	"tokenize",
	"tomllib",
	"traceback",
	"tracemalloc",
	"types",
	"typing",
	"typing_extensions",
	"unicodedata",
	"unittest",
	"unittest.mock",
	"urllib",
	"urllib.error",
	"urllib.parse",
	"urllib.request",
	"uuid",
	"venv",
	"warnings",
	"wave",
	"weakref",
	"webbrowser",
	"xml.etree.ElementTree",
	"xml.sax.saxutils",
	"zipfile",
	"zipimport",
	"zlib",
	"zoneinfo",
};

/* Of these, what is loaded before any module of a project: no module of that
 * name can take its place. */
static const char *const core_modules[] = { "abc",
					    "builtins",
					    "codecs",
					    "collections",
					    "contextlib",
					    "enum",
					    "functools",
					    "io",
					    "itertools",
					    "operator",
					    "os",
					    "os.path",
					    "re",
					    "sys",
					    "time",
					    "types",
					    "typing",
					    "warnings",
					    "weakref",
					    "__future__",
					    "posixpath",
					    "keyword",
					    "collections.abc" };

static const char *const closed_libraries[] = {
	"asgiref",	"blinker",    "click",	    "dateutil",
	"itsdangerous", "jinja2",     "markupsafe", "packaging",
	"pytz",		"simplejson", "werkzeug",
};

static int is_one(const char *name, const char *const *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(name, v[i]))
			return 1;
	return 0;
}

static int has_hash(uint32_t name, const char *const *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (taut_name_hash(v[i], strlen(v[i])) == name)
			return 1;
	return 0;
}
#define N(table) (sizeof(table) / sizeof(*(table)))

int taut_vocab_is_dunder(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && !strncmp(name, "__", 2) && !strcmp(name + n - 2, "__");
}

int taut_vocab_is_special(const char *name)
{
	size_t i;

	for (i = 0; i < N(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return 1;
	return is_one(name, of_modules, N(of_modules));
}

int taut_vocab_makes_classes(const char *name)
{
	return is_one(name, makers, N(makers));
}

int taut_vocab_is_builtin(uint32_t name)
{
	return has_hash(name, builtins, N(builtins)) ||
	       has_hash(name, exceptions, N(exceptions));
}

/* The path that import statements have for a.b.c (struct taut_unit.calls). */
static uint32_t path_of(const char *dotted)
{
	uint64_t path = 0;
	size_t n;

	for (; *dotted; dotted += n + (dotted[n] == '.')) {
		n = strcspn(dotted, ".");
		path = taut_dotted_add(path, taut_lex_hash(dotted, n));
	}
	return (uint32_t)path;
}

static int has_path(uint32_t path, const char *const *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (path_of(v[i]) == path)
			return 1;
	return 0;
}

int taut_vocab_is_quiet_module(uint32_t path)
{
	return has_path(path, quiet_modules, N(quiet_modules));
}

int taut_vocab_is_quiet_library(uint32_t path)
{
	return has_path(path, quiet_libraries, N(quiet_libraries));
}

int taut_vocab_is_closed_library(uint32_t top)
{
	size_t i;

	for (i = 0; i < N(closed_libraries); i++)
		if (taut_dotted_top(
			    taut_lex_hash(closed_libraries[i],
					  strlen(closed_libraries[i]))) == top)
			return 1;
	return 0;
}

int taut_vocab_is_core_module(uint32_t path)
{
	return has_path(path, core_modules, N(core_modules));
}

int taut_vocab_is_pure_base(uint32_t name)
{
	return has_hash(name, pure_bases, N(pure_bases));
}

int taut_vocab_is_plain_base(uint32_t name)
{
	return has_hash(name, bases, N(bases)) ||
	       has_hash(name, exceptions, N(exceptions));
}

int taut_vocab_is_bare_base(uint32_t name)
{
	static const char *const bare[] = { "object", "Generic" };

	return has_hash(name, bare, N(bare)) ||
	       has_hash(name, exceptions, N(exceptions));
}

int taut_vocab_is_abstract_base(uint32_t name)
{
	return name == taut_name_hash("ABC", 3);
}

int taut_vocab_makes_members(const char *name)
{
	/* those get the class, or an object of it, and no more */
	static const char *const after[] = { "__init_subclass__", "__new__",
					     "__class_getitem__",
					     "__getattribute__" };

	return taut_vocab_makes_classes(name) && !is_one(name, after, N(after));
}
