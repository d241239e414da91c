/*
 * hooks.c - where the recorder stands in the interpreter's way.
 *
 *	Hook	a callable that stands for a loader's method, in C, so that
 *		no frame of ours appears in a traceback
 *	audit	code that is executed around the loaders; children
 *	import	importlib.import_module() and __import__() called by hand
 *
 * What is replaced keeps its identity or passes everything on, and is put
 * back when the recording ends.  An audit hook cannot be taken out: it looks
 * at taut_rec.
 */
#include "core.h"

/* ---- Hook ---- */

enum hook_what { HOOK_EXEC, HOOK_GET_CODE, HOOK_IMPORT };

struct hook {
	PyObject_HEAD PyObject *original; /* owned */
	PyObject *helper;		  /* owned, or NULL */
	enum hook_what what;
};

static PyObject *hook_new(PyObject *original, PyObject *helper,
			  enum hook_what what)
{
	struct hook *h = PyObject_GC_New(struct hook, &taut_hook_type);

	if (!h)
		return NULL;
	h->original = Py_NewRef(original);
	h->helper = Py_XNewRef(helper);
	h->what = what;
	PyObject_GC_Track(h);
	return (PyObject *)h;
}

PyObject *hook_exec(PyObject *original)
{
	return hook_new(original, NULL, HOOK_EXEC);
}

PyObject *hook_get_code(PyObject *original, PyObject *helper)
{
	return hook_new(original, helper, HOOK_GET_CODE);
}

/* The file that a loader is about to execute: what the module's spec says. */
static PyObject *origin_of(PyObject *module)
{
	PyObject *spec = PyObject_GetAttrString(module, "__spec__"), *origin;

	origin = spec ? PyObject_GetAttrString(spec, "origin") : NULL;
	Py_XDECREF(spec);
	if (!origin)
		PyErr_Clear();
	return origin;
}

/* exec_module(self, module) of a project file: in a carrier of its own. */
static PyObject *call_exec(struct hook *h, PyObject *args, PyObject *kw)
{
	PyObject *module = NULL, *origin, *path, *result, *error, *hold = NULL;
	struct carrier *c = NULL;
	struct stack *s;
	const char *p;
	size_t at = 0;

	if (PyTuple_GET_SIZE(args) == 2)
		module = PyTuple_GET_ITEM(args, 1);
	origin = module && taut_rec ? origin_of(module) : NULL;
	path = origin ? project_path(taut_rec, origin) : NULL;
	p = path ? path_bytes(path, &hold) : NULL;
	if (p) {
		c = module_begin(taut_rec, module, p);
		s = stack_here(taut_rec);
		at = s->n;
		if (c && stack_push(taut_rec, s, c, 0))
			c = NULL;
	}
	Py_XDECREF(hold);
	Py_XDECREF(origin);
	PyErr_Clear();
	result = PyObject_Call(h->original, args, kw);
	if (!c || !taut_rec)
		return result;
	error = compat_take_error();
	stack_cut(taut_rec, stack_here(taut_rec), at);
	module_end(taut_rec, c, module);
	PyErr_Clear();
	compat_give_error(error);
	return result;
}

static PyObject *call_get_code(struct hook *h, PyObject *args, PyObject *kw)
{
	PyObject *code = NULL;

	if (taut_rec && !kw)
		code = PyObject_CallObject(h->helper, args);
	if (code && code != Py_None)
		return code;
	if (!code && PyErr_Occurred()) {
		/* Ctrl-C is the user's; all else is ours and has a way out. */
		if (!PyErr_ExceptionMatches(PyExc_Exception))
			return NULL;
		PyErr_Clear();
	}
	Py_XDECREF(code);
	return PyObject_Call(h->original, args, kw);
}

/* importlib._bootstrap._gcd_import(name, package=None, level=0) */
static PyObject *call_import(struct hook *h, PyObject *args, PyObject *kw)
{
	PyObject *result = PyObject_Call(h->original, args, kw);
	PyObject *name, *package = Py_None, *error;
	int level = 0;

	if (!taut_rec)
		return result;
	error = compat_take_error();
	if (!kw && PyArg_ParseTuple(args, "U|Oi", &name, &package, &level))
		imports_dynamic(taut_rec, name, package, level, NULL);
	PyErr_Clear();
	compat_give_error(error);
	return result;
}

static PyObject *hook_call(PyObject *self, PyObject *args, PyObject *kw)
{
	struct hook *h = (struct hook *)self;

	if (h->what == HOOK_EXEC)
		return call_exec(h, args, kw);
	if (h->what == HOOK_GET_CODE)
		return call_get_code(h, args, kw);
	return call_import(h, args, kw);
}

/* As a function does: a method of whatever it is found on. */
static PyObject *hook_get(PyObject *self, PyObject *object, PyObject *type)
{
	(void)type;
	if (!object || object == Py_None)
		return Py_NewRef(self);
	return PyMethod_New(self, object);
}

/* __name__, __doc__, __wrapped__ ... are the original's. */
static PyObject *hook_getattro(PyObject *self, PyObject *name)
{
	PyObject *value = PyObject_GenericGetAttr(self, name);

	if (value || !PyErr_ExceptionMatches(PyExc_AttributeError))
		return value;
	PyErr_Clear();
	return PyObject_GetAttr(((struct hook *)self)->original, name);
}

static int hook_traverse(PyObject *self, visitproc visit, void *arg)
{
	Py_VISIT(((struct hook *)self)->original);
	Py_VISIT(((struct hook *)self)->helper);
	return 0;
}

static int hook_clear(PyObject *self)
{
	Py_CLEAR(((struct hook *)self)->original);
	Py_CLEAR(((struct hook *)self)->helper);
	return 0;
}

static void hook_dealloc(PyObject *self)
{
	PyObject_GC_UnTrack(self);
	hook_clear(self);
	PyObject_GC_Del(self);
}

PyTypeObject taut_hook_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "taut._core.Hook",
	.tp_basicsize = sizeof(struct hook),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
	.tp_call = hook_call,
	.tp_descr_get = hook_get,
	.tp_getattro = hook_getattro,
	.tp_traverse = hook_traverse,
	.tp_clear = hook_clear,
	.tp_dealloc = hook_dealloc,
};

/* ---- explicit imports ---- */

/*
 * An import statement does not call builtins.__import__ while that is the
 * interpreter's own; who calls it by hand gets it through the method table.
 * The function object stays the same.
 */
static struct {
	PyMethodDef *def; /* of builtins.__import__ */
	PyCFunction original;
	PyObject *bootstrap; /* owned: importlib._bootstrap */
	PyObject *gcd;	     /* owned: its _gcd_import */
} import;

static void import_called(PyObject *const *args, Py_ssize_t n)
{
	PyObject *globals, *package = NULL, *fromlist = NULL;
	long level = 0;

	if (n < 1 || !PyUnicode_Check(args[0]))
		return;
	globals = n > 1 ? args[1] : NULL;
	if (n > 3 && args[3] != Py_None)
		fromlist = args[3];
	if (n > 4)
		level = PyLong_AsLong(args[4]);
	if (level && globals && PyDict_Check(globals))
		package = PyDict_GetItemString(globals, "__package__");
	imports_dynamic(taut_rec, args[0], package, level, fromlist);
}

static PyObject *import_varargs(PyObject *self, PyObject *args, PyObject *kw)
{
	PyCFunctionWithKeywords f =
		(PyCFunctionWithKeywords)(void (*)(void))import.original;
	PyObject *result = f(self, args, kw), *error;

	if (taut_rec) {
		error = compat_take_error();
		import_called(((PyTupleObject *)args)->ob_item,
			      PyTuple_GET_SIZE(args));
		PyErr_Clear();
		compat_give_error(error);
	}
	return result;
}

static PyObject *import_fast(PyObject *self, PyObject *const *args,
			     Py_ssize_t n, PyObject *names)
{
	_PyCFunctionFastWithKeywords f =
		(_PyCFunctionFastWithKeywords)(void (*)(void))import.original;
	PyObject *result = f(self, args, n, names), *error;

	if (taut_rec) {
		error = compat_take_error();
		import_called(args, n);
		PyErr_Clear();
		compat_give_error(error);
	}
	return result;
}

static int import_install(void)
{
	PyObject *f = PyDict_GetItemString(PyEval_GetBuiltins(), "__import__");
	int flags;

	if (f && PyCFunction_CheckExact(f)) {
		import.def = ((PyCFunctionObject *)f)->m_ml;
		import.original = import.def->ml_meth;
		flags = import.def->ml_flags;
		if (flags == (METH_VARARGS | METH_KEYWORDS))
			import.def->ml_meth =
				(PyCFunction)(void (*)(void))import_varargs;
		else if (flags == (METH_FASTCALL | METH_KEYWORDS))
			import.def->ml_meth =
				(PyCFunction)(void (*)(void))import_fast;
	}
	import.bootstrap = PyImport_ImportModule("importlib._bootstrap");
	if (!import.bootstrap)
		return -1;
	import.gcd = PyObject_GetAttrString(import.bootstrap, "_gcd_import");
	f = import.gcd ? hook_new(import.gcd, NULL, HOOK_IMPORT) : NULL;
	if (!f || PyObject_SetAttrString(import.bootstrap, "_gcd_import", f)) {
		Py_XDECREF(f);
		return -1;
	}
	Py_DECREF(f);
	return 0;
}

static void import_remove(void)
{
	if (import.def)
		import.def->ml_meth = import.original;
	import.def = NULL;
	if (import.gcd &&
	    PyObject_SetAttrString(import.bootstrap, "_gcd_import", import.gcd))
		PyErr_Clear();
	Py_CLEAR(import.gcd);
	Py_CLEAR(import.bootstrap);
}

/* ---- audit ---- */

/* Code with a project file's name that no loader of ours made: whoever runs
 * it depends on all of the file. */
static void executed(struct recording *r, PyObject *code)
{
	PyObject *name, *path, *hold = NULL;
	struct stack *s;
	struct carrier *c;
	struct file *f = NULL;
	const char *p;
	uint32_t memo;

	if (!PyCode_Check(code))
		return;
	name = ((PyCodeObject *)code)->co_filename;
	if (!PyUnicode_GET_LENGTH(name) || PyUnicode_READ_CHAR(name, 0) == '<')
		return;
	path = project_path(r, name);
	p = path ? path_bytes(path, &hold) : NULL;
	if (!p)
		goto out;
	s = stack_charged(r);
	c = stack_top(s);
	if (r->core == CORE_TRACE) {
		if (c->kind == TAUT_CARRIER_MODULE && c->file != NONE &&
		    !strcmp(c->owner, p) &&
		    !trace_bind(r, code, r->files[c->file]))
			goto out;
	} else if (probe_in(code, &memo)) {
		goto out;
	}
	f = file_now(r, p);
	if (f)
		carrier_dep(r, c, f->base);
out:
	Py_XDECREF(hold);
}

/* Is a project's function on the stack of Python frames? */
static int project_calls(struct recording *r)
{
	PyFrameObject *f = PyEval_GetFrame(), *back;
	PyCodeObject *code;
	int found = 0;

	for (Py_XINCREF(f); f && !found; f = back) {
		code = PyFrame_GetCode(f);
		found = project_path(r, code->co_filename) != NULL;
		Py_DECREF(code);
		back = PyFrame_GetBack(f);
		Py_DECREF(f);
	}
	Py_XDECREF(f);
	return found;
}

/* A child process: nobody sees what it runs. */
static void child(struct recording *r, const char *event, PyObject *args)
{
	struct carrier *c = stack_top(stack_charged(r));
	PyObject *program = NULL, *text;
	const char *p;

	if (c->kind != TAUT_CARRIER_TEST && c->kind != TAUT_CARRIER_FIXTURE &&
	    c->kind != TAUT_CARRIER_MEMO)
		return;
	if (!project_calls(r))
		return;
	if (args && PyTuple_Check(args) && PyTuple_GET_SIZE(args))
		program = PyTuple_GET_ITEM(args, 0);
	text = program ? PyUnicode_FromFormat("a child process could not be "
					      "observed: %s of %.200S",
					      event, program) :
			 PyUnicode_FromFormat("a child process could not be "
					      "observed: %s",
					      event);
	p = text ? PyUnicode_AsUTF8(text) : NULL;
	all_incomplete(r, p ? p : "a child process could not be observed");
	Py_XDECREF(text);
}

static int audit(const char *event, PyObject *args, void *ignored)
{
	static const char *const children[] = {
		"os.exec",  "os.fork",	 "os.forkpty", "os.posix_spawn",
		"os.spawn", "os.system", "pty.spawn",  "subprocess.Popen"
	};
	struct recording *r = taut_rec;
	PyObject *error;
	size_t i;

	(void)ignored;
	if (!r ||
	    (*event != 'e' && *event != 'o' && *event != 's' && *event != 'p'))
		return 0;
	if (*event == 'e') {
		if (strcmp(event, "exec") || PyTuple_GET_SIZE(args) < 1)
			return 0;
		error = compat_take_error();
		executed(r, PyTuple_GET_ITEM(args, 0));
		goto out;
	}
	for (i = 0; i < sizeof(children) / sizeof(*children); i++)
		if (!strcmp(event, children[i]))
			break;
	if (i == sizeof(children) / sizeof(*children))
		return 0;
	error = compat_take_error();
	child(r, event, args);
out:
	PyErr_Clear();
	compat_give_error(error);
	return 0;
}

int hooks_install(void)
{
	static int audited;

	if (!audited && PySys_AddAuditHook(audit, NULL))
		return -1;
	audited = 1;
	return import_install() || memo_install() ? -1 : 0;
}

void hooks_remove(void)
{
	import_remove();
	memo_remove();
}
