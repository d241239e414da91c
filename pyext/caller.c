/*
 * caller.c - for whom something is read: a look at the Python stack.
 *
 * From the innermost frame outwards: a frame of the project says that the
 * project wants it; one of pytest, that pytest does; library code and the
 * standard library do it for whom they were called by.
 */
#include "inputs.h"

#define NTOOLS 4

static struct {
	PyObject *classes;   /* owned: file name -> enum frame */
	char *stdlib;	     /* owned: directory with "/" */
	char *tools[NTOOLS]; /* owned: directories with "/", or NULL */
	uint64_t thread;     /* pytest's own */
} known;

struct named {
	const char *name;
	enum frame frame;
};

/* Modules of the standard library; all others are FRAME_OTHER. */
static const struct named std_modules[] = {
	{ "_collections_abc", FRAME_MAPPING },
	{ "bdb", FRAME_REPORT },
	{ "doctest", FRAME_REPORT },
	{ "genericpath", FRAME_OSPATH },
	/* Remembers the catalogues that it found. */
	{ "gettext", FRAME_LIBRARY },
	{ "importlib/_bootstrap", FRAME_IMPORT },
	{ "importlib/_bootstrap_external", FRAME_IMPORT },
	{ "importlib/metadata", FRAME_METADATA },
	{ "logging", FRAME_REPORT },
	{ "os", FRAME_OS },
	{ "pathlib", FRAME_PATHLIB },
	{ "pathlib/_abc", FRAME_PATHLIB },
	{ "pathlib/_local", FRAME_PATHLIB },
	{ "pdb", FRAME_REPORT },
	{ "posixpath", FRAME_OSPATH },
	{ "shutil", FRAME_SHUTIL },
	{ "tempfile", FRAME_TEMPFILE },
	{ "traceback", FRAME_REPORT },
	{ "warnings", FRAME_REPORT },
	{ NULL, 0 },
};

/* Installed modules and packages ("name/": all of it, where no longer name
 * says otherwise); all others are FRAME_LIBRARY. */
static const struct named site_modules[] = {
	{ "_pytest/_py/path", FRAME_OTHER },
	{ "_pytest/fixtures", FRAME_FIXTURES },
	/* These call a function, or copy a file, that a test gave them. */
	{ "_pytest/pytester", FRAME_OTHER },
	{ "_pytest/python_api", FRAME_OTHER },
	{ "_pytest/raises", FRAME_OTHER },
	{ "_pytest/recwarn", FRAME_OTHER },
	{ "_pytest/", FRAME_PYTEST },
	{ "coverage/", FRAME_PYTEST },
	{ "execnet/", FRAME_PYTEST },
	/* Reads the source of every test, as a key of its database. */
	{ "hypothesis/", FRAME_REPORT },
	{ "pkg_resources", FRAME_METADATA },
	{ "pluggy/", FRAME_PYTEST },
	{ "pytest/", FRAME_PYTEST },
	{ "pytest_cov/", FRAME_PYTEST },
	{ "taut/", FRAME_TAUT },
	{ "xdist/", FRAME_PYTEST },
	{ NULL, 0 },
};

/* ---- file names ---- */

static enum frame look_up(const struct named *t, const char *name, size_t n)
{
	size_t k;

	for (; t->name; t++) {
		k = strlen(t->name);
		if (t->name[k - 1] == '/' ? k < n && !memcmp(name, t->name, k) :
					    k == n && !memcmp(name, t->name, n))
			return t->frame;
	}
	return 0;
}

/* The name in a table of "dir/module.py" or "dir/package/__init__.py". */
static enum frame module_class(const struct named *t, const char *name,
			       enum frame otherwise)
{
	size_t n = strlen(name);
	enum frame found;

	if (n > 3 && !strcmp(name + n - 3, ".py"))
		n -= 3;
	if (n > 9 && !memcmp(name + n - 9, "/__init__", 9))
		n -= 9;
	found = look_up(t, name, n);
	if (!found) /* the package itself is not below "package/" */
		found = look_up(t, name, strlen(name));
	return found ? found : otherwise;
}

/* "<frozen os>", "<string>", "<doctest a.b[0]>" ... */
static enum frame pseudo_class(const char *name)
{
	char module[64];

	if (!strncmp(name, "<doctest ", 9))
		return FRAME_PROJECT;
	if (!strncmp(name, "<frozen importlib.", 18))
		return FRAME_IMPORT;
	if (sscanf(name, "<frozen %63[^>]>", module) != 1)
		return FRAME_OTHER;
	return module_class(std_modules, module, FRAME_OTHER);
}

static const char *after_last(const char *s, const char *what)
{
	const char *at, *found = NULL;

	for (at = s; (at = strstr(at, what)); found = at)
		at += strlen(what);
	return found;
}

static enum frame class_of_name(struct recording *r, PyObject *o,
				const char *name)
{
	const char *rest;
	int i;

	if (*name == '<')
		return pseudo_class(name);
	for (i = 0; i < NTOOLS; i++)
		if (known.tools[i] &&
		    !strncmp(name, known.tools[i], strlen(known.tools[i]))) {
			/* Up to the package's own name. */
			rest = name + strlen(known.tools[i]) - 1;
			while (rest > name && rest[-1] != '/')
				rest--;
			return module_class(site_modules, rest, FRAME_PYTEST);
		}
	rest = after_last(name, "/site-packages/");
	if (!rest)
		rest = after_last(name, "/dist-packages/");
	if (rest)
		return module_class(site_modules, rest, FRAME_LIBRARY);
	if (known.stdlib && !strncmp(name, known.stdlib, strlen(known.stdlib)))
		return module_class(std_modules, name + strlen(known.stdlib),
				    FRAME_OTHER);
	return project_path(r, o) ? FRAME_PROJECT : FRAME_LIBRARY;
}

static enum frame class_of(struct recording *r, PyCodeObject *code)
{
	PyObject *known_class, *hold = NULL;
	enum frame class = FRAME_OTHER;
	const char *name;

	known_class = PyDict_GetItemWithError(known.classes, code->co_filename);
	if (known_class)
		return (enum frame)PyLong_AsLong(known_class);
	name = path_bytes(code->co_filename, &hold);
	if (name)
		class = class_of_name(r, code->co_filename, name);
	Py_XDECREF(hold);
	known_class = PyLong_FromLong(class);
	if (known_class)
		PyDict_SetItem(known.classes, code->co_filename, known_class);
	Py_XDECREF(known_class);
	PyErr_Clear();
	return class;
}

int caller_walk(int (*visit)(void *, PyFrameObject *, PyCodeObject *),
		void *arg)
{
	PyFrameObject *f = PyEval_GetFrame(), *back;
	PyCodeObject *code;
	int more = 1;

	for (Py_XINCREF(f); f && more; f = back) {
		code = PyFrame_GetCode(f);
		more = visit(arg, f, code);
		Py_DECREF(code);
		back = more ? PyFrame_GetBack(f) : NULL;
		Py_DECREF(f);
	}
	return more;
}

/* Whose frame the walk was at last. */
struct last {
	struct recording *r;
	enum frame class;
	int found; /* what was asked for */
};

/* The frame behind those of importlib decides. */
static int imports_from(void *arg, PyFrameObject *f, PyCodeObject *code)
{
	struct last *l = arg;

	(void)f;
	l->class = class_of(l->r, code);
	l->found =
		l->class == FRAME_TAUT ||
		(l->class != FRAME_PROJECT &&
		 !PyUnicode_CompareWithASCIIString(code->co_name, "<module>"));
	return l->class == FRAME_IMPORT;
}

int caller_is_foreign_module(struct recording *r)
{
	struct last l = { r, FRAME_IMPORT, 0 };

	/* Nobody else imports while we start. */
	if (!known.classes)
		return 1;
	caller_walk(imports_from, &l);
	return l.found;
}

/* ---- what a frame does ---- */

static int is(PyCodeObject *code, const char *name)
{
	return !PyUnicode_CompareWithASCIIString(code->co_name, name);
}

static int is_any(PyCodeObject *code, const char *const *names)
{
	for (; *names; names++)
		if (is(code, *names))
			return 1;
	return 0;
}

PyObject *caller_local(PyFrameObject *frame, const char *name)
{
	PyObject *o = PyObject_GetAttrString((PyObject *)frame, "f_locals");
	PyObject *value = o ? PyMapping_GetItemString(o, name) : NULL;

	Py_XDECREF(o);
	PyErr_Clear();
	return value;
}

/* Is the path that is resolved required to be there? */
static int is_strict(PyFrameObject *frame)
{
	PyObject *strict = caller_local(frame, "strict");
	int yes = strict && PyObject_IsTrue(strict) == 1;

	Py_XDECREF(strict);
	PyErr_Clear();
	return yes;
}

/* The first frames tell what is asked for, and why. */
static unsigned purpose(enum frame class, PyFrameObject *frame,
			PyCodeObject *code, int depth)
{
	static const char *const resolves[] = { "realpath", "_joinrealpath",
						NULL };
	static const char *const looks[] = { "exists",
					     "isfile",
					     "isdir",
					     "lexists",
					     "islink",
					     "ismount",
					     "is_file",
					     "is_dir",
					     "is_symlink",
					     "is_mount",
					     "is_socket",
					     "is_fifo",
					     "is_block_device",
					     "is_char_device",
					     "is_junction",
					     "isjunction",
					     NULL };
	static const char *const removes[] = { "rmtree", "_rmtree_unsafe",
					       "_rmtree_safe_fd",
					       "_rmtree_safe_fd_step", NULL };
	static const char *const writes[] = {
		"makedirs", "removedirs", "renames", "mkdir",	"touch",
		"unlink",   "rmdir",	  "rename",  "replace", NULL
	};

	switch (class) {
	case FRAME_OSPATH:
		if (is_any(code, resolves))
			return is_strict(frame) ? CALLER_LOOKS :
						  CALLER_RESOLVES;
		/* fall through */
	case FRAME_PATHLIB:
		if (is_any(code, looks))
			return CALLER_LOOKS;
		/* fall through */
	case FRAME_OS:
		return is_any(code, writes) ? CALLER_WRITES : 0;
	case FRAME_SHUTIL:
		if (is_any(code, removes))
			return CALLER_REMOVES;
		return is(code, "which") || is(code, "_access_check") ?
			       CALLER_LOOKS :
			       CALLER_WRITES;
	case FRAME_TEMPFILE:
		return CALLER_WRITES;
	case FRAME_METADATA:
		/* Of pkg_resources only what goes through sys.path. */
		return depth || !is(code, "_listdir") ? CALLER_METADATA : 0;
	default:
		return 0;
	}
}

/* Like importlib's own files: those that only pass a path or a name on. */
static int passes_on(enum frame class)
{
	return class == FRAME_OSPATH || class == FRAME_PATHLIB ||
	       class == FRAME_OS || class == FRAME_MAPPING;
}

/* The function that is at work in a project frame. */
static void function_of(struct recording *r, PyFrameObject *frame,
			PyCodeObject *code, struct caller *c)
{
	PyObject *path = project_path(r, code->co_filename), *number;
	const struct taut_suite *s;
	uint32_t i, line, module;

	number = path ? PyDict_GetItemWithError(r->modules, path) : NULL;
	if (!number)
		return;
	module = (uint32_t)PyLong_AsUnsignedLong(number);
	c->module = module;
	if (r->carriers[module]->file == NONE)
		return;
	c->file = r->files[r->carriers[module]->file];
	line = (uint32_t)PyFrame_GetLineNumber(frame);
	s = c->file->source->suites;
	/* In source order: the innermost comes last. */
	for (i = 1; i + 2 < c->file->source->nsuites; i++)
		if (s[i].kind == TAUT_SUITE_FUNCTION &&
		    s[i].head_line <= line && line <= s[i].last_line)
			c->function = i;
}

/* A program that the project runs: all that it does is done for that, also
 * what pytest does in it. */
static int is_child(const struct recording *r)
{
	return !r->pid;
}

struct search {
	struct recording *r;
	struct caller *c;
	int depth, proper; /* frames so far; not of the import system */
	int purposed;	   /* the purpose is known */
	int data;	   /* FileLoader.get_data() reads, perhaps not code */
};

/* Take one frame into account; 0: that was the last one that matters. */
static int step(void *arg, PyFrameObject *f, PyCodeObject *code)
{
	struct search *w = arg;
	struct recording *r = w->r;
	struct caller *c = w->c;
	enum frame class = class_of(r, code);

	if (!w->purposed) {
		c->flags |= purpose(class, f, code, w->depth);
		w->purposed = !passes_on(class);
	}
	switch (class) {
	case FRAME_PROJECT:
		c->flags |= CALLER_COUNTS;
		/* Finding the line costs more than all the rest. */
		if (c->flags & CALLER_KEEPS)
			function_of(r, f, code, c);
		return 0;
	case FRAME_TAUT:
		return 0;
	case FRAME_PYTEST:
		if (!is_child(r))
			return 0;
		break;
	case FRAME_FIXTURES:
		if (is_child(r))
			break;
		/* A fixture of a plugin that is no part of pytest. */
		if (c->flags & CALLER_KEEPS)
			c->flags |= CALLER_COUNTS;
		return 0;
	case FRAME_IMPORT:
		if (!w->depth && is(code, "get_data"))
			w->data = 1;
		else if (!w->depth && is(code, "find_distributions"))
			break;
		else if (!w->proper)
			return 0;
		else if (c->flags & CALLER_KEEPS)
			c->flags |= CALLER_IMPORTING;
		break;
	case FRAME_REPORT:
		c->flags |= CALLER_REPORT;
		break;
	case FRAME_LIBRARY:
		c->flags |= CALLER_KEEPS;
		break;
	default:
		break;
	}
	w->proper += class != FRAME_IMPORT;
	w->depth++;
	return 1;
}

void caller_find(struct recording *r, struct caller *c)
{
	struct search w = { .r = r, .c = c };
	int more;

	c->flags = 0;
	c->file = NULL;
	c->function = c->module = NONE;
	more = caller_walk(step, &w);
	/* A thread that runs nothing but library code: for whom started it. */
	if (more && (is_child(r) ||
		     PyThreadState_GetID(PyThreadState_Get()) != known.thread))
		c->flags |= CALLER_COUNTS;
}

/* "<string>", "<stdin>": code that somebody made, or a child's -c.  Of what
 * libraries make (a dataclass's __init__) none asks by itself. */
static int is_given(PyCodeObject *code)
{
	PyObject *hold = NULL;
	const char *name = path_bytes(code->co_filename, &hold);
	int yes = name && *name == '<' && strncmp(name, "<frozen ", 8);

	Py_XDECREF(hold);
	PyErr_Clear();
	return yes;
}

static int asks_on(void *arg, PyFrameObject *f, PyCodeObject *code)
{
	struct last *l = arg;

	(void)f;
	l->class = class_of(l->r, code);
	if (l->class == FRAME_OTHER && is_given(code))
		l->class = FRAME_PROJECT;
	return l->class == FRAME_OS || l->class == FRAME_MAPPING ||
	       (l->class == FRAME_OSPATH && is(code, "expandvars"));
}

enum frame caller_asks(struct recording *r)
{
	struct last l = { r, FRAME_OTHER, 0 };

	caller_walk(asks_on, &l);
	return l.class;
}

static int looks_on(void *arg, PyFrameObject *f, PyCodeObject *code)
{
	struct last *l = arg;

	(void)f;
	l->class = class_of(l->r, code);
	return passes_on(l->class);
}

int caller_is_pytest(struct recording *r)
{
	struct last l = { r, FRAME_OTHER, 0 };

	if (is_child(r))
		return 0;
	caller_walk(looks_on, &l);
	return l.class == FRAME_PYTEST;
}

/* "name" of ".../site-packages/name/x.py" or ".../name.py": new, or NULL. */
static PyObject *top_of(PyCodeObject *code)
{
	PyObject *hold = NULL, *top = NULL;
	const char *name = path_bytes(code->co_filename, &hold), *rest;

	rest = name ? after_last(name, "/site-packages/") : NULL;
	if (name && !rest)
		rest = after_last(name, "/dist-packages/");
	if (rest)
		top = PyUnicode_FromStringAndSize(
			rest, (Py_ssize_t)strcspn(rest, "/."));
	Py_XDECREF(hold);
	PyErr_Clear();
	return top;
}

struct library {
	struct recording *r;
	PyObject *top;
};

static int library_of(void *arg, PyFrameObject *f, PyCodeObject *code)
{
	struct library *l = arg;
	enum frame class = class_of(l->r, code);

	(void)f;
	if (class == FRAME_LIBRARY || class == FRAME_REPORT)
		l->top = top_of(code);
	return !l->top && class != FRAME_PROJECT && class != FRAME_PYTEST &&
	       class != FRAME_FIXTURES;
}

PyObject *caller_library(struct recording *r)
{
	struct library l = { r, NULL };

	caller_walk(library_of, &l);
	return l.top;
}

/* ---- start and stop ---- */

/* The directory of a module that is loaded, with "/"; owned, or NULL. */
static char *directory_of(const char *module)
{
	PyObject *m = PyDict_GetItemString(PyImport_GetModuleDict(), module);
	PyObject *file, *hold = NULL;
	char *dir = NULL, *slash;
	const char *p;

	file = m && PyModule_Check(m) ?
		       PyDict_GetItemString(PyModule_GetDict(m), "__file__") :
		       NULL;
	p = file && PyUnicode_Check(file) ? path_bytes(file, &hold) : NULL;
	if (p)
		dir = strdup(p);
	Py_XDECREF(hold);
	PyErr_Clear();
	slash = dir ? strrchr(dir, '/') : NULL;
	if (slash)
		slash[1] = '\0';
	return dir;
}

int callers_start(struct recording *r)
{
	static const char *const tools[NTOOLS] = { "_pytest", "pluggy",
						   "pytest", "taut" };
	int i;

	known.classes = PyDict_New();
	if (!known.classes)
		return -1;
	known.stdlib = directory_of("os");
	for (i = 0; i < NTOOLS; i++)
		known.tools[i] = directory_of(tools[i]);
	known.thread = r->main.thread;
	return 0;
}

void callers_stop(void)
{
	int i;

	Py_CLEAR(known.classes);
	free(known.stdlib);
	known.stdlib = NULL;
	for (i = 0; i < NTOOLS; i++) {
		free(known.tools[i]);
		known.tools[i] = NULL;
	}
}

/* ---- which module called ---- */

struct calling {
	struct recording *r;
	struct carrier *c;
	int frames; /* looked at */
};

static int calls(void *arg, PyFrameObject *f, PyCodeObject *code)
{
	struct calling *s = arg;
	PyObject *path = project_path(s->r, code->co_filename);
	PyObject *n;

	(void)f;
	n = path ? PyDict_GetItemWithError(s->r->modules, path) : NULL;
	if (n)
		s->c = s->r->carriers[PyLong_AsUnsignedLong(n)];
	return !s->c && ++s->frames < 4;
}

struct carrier *caller_module(struct recording *r)
{
	struct calling s = { r, NULL, 0 };

	caller_walk(calls, &s);
	return s.c;
}
