/*
 * hooks.c - where the recorder stands in the interpreter's way.
 *
 *	Hook	a callable that stands for somebody's method, in C, so that
 *		no frame of ours appears in a traceback
 *	audit	code that is executed around the loaders
 *	import	importlib.import_module() and __import__() called by hand
 *	search	of distributions, by importlib.metadata (installed.c)
 *
 * What is replaced keeps its identity or passes everything on, and is put
 * back when the recording ends.  An audit hook cannot be taken out: it looks
 * at taut_rec.
 */
#include "inputs.h"

/* ---- Hook ---- */

enum hook_what {
	HOOK_EXEC,
	HOOK_GET_CODE,
	HOOK_IMPORT,
	HOOK_FIND,
	HOOK_SEARCH,
	HOOK_LOAD,
	HOOK_METHOD
};

static PyObject *hook_make(PyObject *original, PyObject *helper, int what,
			   vectorcallfunc run)
{
	struct hook *h = PyObject_GC_New(struct hook, &taut_hook_type);

	if (!h)
		return NULL;
	h->run = run;
	h->original = Py_NewRef(original);
	h->helper = Py_XNewRef(helper);
	h->what = what;
	PyObject_GC_Track(h);
	return (PyObject *)h;
}

static PyObject *hook_new(PyObject *original, PyObject *helper,
			  enum hook_what what)
{
	return hook_make(original, helper, what, NULL);
}

PyObject *hook_method(PyObject *original, PyObject *helper, vectorcallfunc run)
{
	return hook_make(original, helper, HOOK_METHOD, run);
}

PyObject *hook_exec(PyObject *original)
{
	return hook_new(original, NULL, HOOK_EXEC);
}

PyObject *hook_get_code(PyObject *original, PyObject *helper)
{
	return hook_new(original, helper, HOOK_GET_CODE);
}

PyObject *hook_search(PyObject *original)
{
	return hook_new(original, NULL, HOOK_SEARCH);
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

/* Call the original with c, if there is one, on the stack; it is the carrier of
 * `module`, or of one that has no file (NULL). */
static PyObject *call_in(struct hook *h, struct carrier *c, PyObject *module,
			 PyObject *args, PyObject *kw)
{
	struct recording *r = taut_rec;
	struct stack *s = c ? stack_here(r) : NULL;
	size_t at = s ? s->n : 0;
	PyObject *result, *error;

	if (c && stack_push(r, s, c, 0))
		c = NULL;
	PyErr_Clear();
	result = PyObject_Call(h->original, args, kw);
	if (!c || taut_rec != r)
		return result;
	error = compat_take_error();
	stack_cut(r, stack_here(r), at);
	if (module)
		module_end(r, c, module);
	PyErr_Clear();
	compat_give_error(error);
	return result;
}

/* exec_module(self, module) of a project file: in a carrier of its own. */
static PyObject *call_exec(struct hook *h, PyObject *args, PyObject *kw)
{
	PyObject *module = NULL, *origin, *path, *hold = NULL;
	struct carrier *c = NULL;
	const char *p;

	if (PyTuple_GET_SIZE(args) == 2)
		module = PyTuple_GET_ITEM(args, 1);
	origin = module && taut_rec ? origin_of(module) : NULL;
	path = origin ? project_path(taut_rec, origin) : NULL;
	p = path ? path_bytes(path, &hold) : NULL;
	if (p)
		c = module_begin(taut_rec, module, p);
	Py_XDECREF(hold);
	Py_XDECREF(origin);
	return call_in(h, c, module, args, kw);
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

/* _gcd_import(name, package=None, level=0) and find_spec(name, package=None),
 * whose name may begin with dots. */
static void dynamic(PyObject *args, PyObject *kw)
{
	static char *names[] = { "name", "package", "level", NULL };
	PyObject *name, *package = Py_None, *rest;
	Py_ssize_t n, dots = 0;
	int level = 0;

	if (!PyArg_ParseTupleAndKeywords(args, kw, "U|Oi", names, &name,
					 &package, &level))
		return;
	n = PyUnicode_GET_LENGTH(name);
	while (dots < n && PyUnicode_READ_CHAR(name, dots) == '.')
		dots++;
	rest = PyUnicode_Substring(name, dots, n);
	if (rest)
		imports_dynamic(taut_rec, rest, package, level + (long)dots,
				NULL);
	/* Who makes a module of the spec may execute it later. */
	if (rest && !dots && !level && !telling(taut_rec))
		imports_await(taut_rec, rest);
	Py_XDECREF(rest);
}

static PyObject *call_import(struct hook *h, PyObject *args, PyObject *kw)
{
	PyObject *result = PyObject_Call(h->original, args, kw), *error;

	if (!taut_rec)
		return result;
	error = compat_take_error();
	dynamic(args, kw);
	PyErr_Clear();
	compat_give_error(error);
	return result;
}

/* PathFinder.find_spec(fullname, path=None, target=None), of a child. */
static PyObject *call_find(struct hook *h, PyObject *args, PyObject *kw)
{
	static char *names[] = { "fullname", "path", "target", NULL };
	PyObject *name, *path = Py_None, *target, *error;

	if (taut_rec && telling(taut_rec)) {
		error = compat_take_error();
		if (PyArg_ParseTupleAndKeywords(args, kw, "U|OO", names, &name,
						&path, &target))
			imports_sought(taut_rec, name, path);
		PyErr_Clear();
		compat_give_error(error);
	}
	return PyObject_Call(h->original, args, kw);
}

/* find_distributions(context): its name is that of one, or None. */
static PyObject *call_search(struct hook *h, PyObject *args, PyObject *kw)
{
	PyObject *error, *context, *name = NULL;
	struct recording *r = recording_here();

	if (r) {
		error = compat_take_error();
		context = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) :
			  kw ? PyDict_GetItemString(kw, "context") :
			       NULL;
		if (context)
			name = PyObject_GetAttrString(context, "name");
		installed_search(r, name == Py_None ? NULL : name);
		Py_XDECREF(name);
		PyErr_Clear();
		compat_give_error(error);
	}
	return PyObject_Call(h->original, args, kw);
}

/* Has the spec a loader that is none of Python's and pytest's, which are seen
 * when they execute a module? */
static int loads_otherwise(PyObject *spec)
{
	PyObject *loader = PyObject_GetAttrString(spec, "loader"), *f = NULL;
	PyObject *file;
	int yes = 0;

	if (loader && !PyType_Check(loader))
		f = PyObject_GetAttrString((PyObject *)Py_TYPE(loader),
					   "exec_module");
	if (f && PyFunction_Check(f)) {
		file = ((PyCodeObject *)PyFunction_GET_CODE(f))->co_filename;
		yes = PyUnicode_GET_LENGTH(file) &&
		      PyUnicode_READ_CHAR(file, 0) != '<';
	}
	Py_XDECREF(loader);
	Py_XDECREF(f);
	PyErr_Clear();
	return yes;
}

/* _load_unlocked(spec): a carrier for what the loader does. */
static PyObject *call_load(struct hook *h, PyObject *args, PyObject *kw)
{
	struct recording *r = recording_here();
	struct carrier *c = NULL;
	PyObject *name;

	if (r && PyTuple_GET_SIZE(args) == 1 &&
	    loads_otherwise(PyTuple_GET_ITEM(args, 0))) {
		name = PyObject_GetAttrString(PyTuple_GET_ITEM(args, 0),
					      "name");
		c = name && PyUnicode_Check(name) ? module_made(r, name) : NULL;
		Py_XDECREF(name);
	}
	return call_in(h, c, NULL, args, kw);
}

static PyObject *hook_call(PyObject *self, PyObject *args, PyObject *kw)
{
	struct hook *h = (struct hook *)self;

	if (h->what == HOOK_METHOD)
		return PyVectorcall_Call(self, args, kw);
	if (h->what == HOOK_EXEC)
		return call_exec(h, args, kw);
	if (h->what == HOOK_GET_CODE)
		return call_get_code(h, args, kw);
	if (h->what == HOOK_FIND)
		return call_find(h, args, kw);
	if (h->what == HOOK_SEARCH)
		return call_search(h, args, kw);
	if (h->what == HOOK_LOAD)
		return call_load(h, args, kw);
	return call_import(h, args, kw);
}

/* As a function does: a method of whatever it is found on; find_spec was bound
 * to its class already (so the type is no METHOD_DESCRIPTOR: pytest keeps it as
 * an attribute of another class). */
static PyObject *hook_get(PyObject *self, PyObject *object, PyObject *type)
{
	(void)type;
	if (!object || object == Py_None ||
	    ((struct hook *)self)->what == HOOK_FIND)
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
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
		    Py_TPFLAGS_HAVE_VECTORCALL,
	.tp_call = hook_call,
	.tp_vectorcall_offset = offsetof(struct hook, run),
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
} import;

/* What importlib.import_module calls, also early bound; how a module is loaded;
 * and the question whether there is such a module. */
static struct patch {
	const char *from, *name;
	enum hook_what what;
	PyObject *module, *original; /* owned */
} patches[] = {
	{ "importlib._bootstrap", "_gcd_import", HOOK_IMPORT, NULL, NULL },
	{ "importlib._bootstrap", "_load_unlocked", HOOK_LOAD, NULL, NULL },
	{ "importlib.util", "find_spec", HOOK_IMPORT, NULL, NULL },
};
#define NPATCHES (sizeof(patches) / sizeof(*patches))

static int patch_install(struct patch *p)
{
	PyObject *hook;
	int rc;

	p->module = PyImport_ImportModule(p->from);
	if (!p->module)
		return -1;
	p->original = PyObject_GetAttrString(p->module, p->name);
	hook = p->original ? hook_new(p->original, NULL, p->what) : NULL;
	rc = hook ? PyObject_SetAttrString(p->module, p->name, hook) : -1;
	Py_XDECREF(hook);
	return rc;
}

static void patch_remove(struct patch *p)
{
	if (p->original &&
	    PyObject_SetAttrString(p->module, p->name, p->original))
		PyErr_Clear();
	Py_CLEAR(p->original);
	Py_CLEAR(p->module);
}

/* __import__(name, globals, locals, fromlist, level), by place or by name. */
static PyObject *import_arg(PyObject *args, PyObject *kw, Py_ssize_t i,
			    const char *name)
{
	if (i < PyTuple_GET_SIZE(args))
		return PyTuple_GET_ITEM(args, i);
	return kw ? PyDict_GetItemString(kw, name) : NULL;
}

static void import_called(PyObject *args, PyObject *kw)
{
	PyObject *name, *globals, *level, *fromlist, *package = NULL, *error;
	struct recording *r = recording_here();

	if (!r || !args)
		return;
	error = compat_take_error();
	name = import_arg(args, kw, 0, "name");
	globals = import_arg(args, kw, 1, "globals");
	fromlist = import_arg(args, kw, 3, "fromlist");
	level = import_arg(args, kw, 4, "level");
	if (globals && PyDict_Check(globals))
		package = PyDict_GetItemString(globals, "__package__");
	if (name && PyUnicode_Check(name))
		imports_dynamic(r, name, package,
				level ? PyLong_AsLong(level) : 0,
				fromlist == Py_None ? NULL : fromlist);
	PyErr_Clear();
	compat_give_error(error);
}

static PyObject *import_varargs(PyObject *self, PyObject *args, PyObject *kw)
{
	PyCFunctionWithKeywords f =
		(PyCFunctionWithKeywords)(void (*)(void))import.original;
	PyObject *result = f(self, args, kw);

	import_called(args, kw);
	return result;
}

/* The same call as a tuple and a dict; NULL without error where it fails. */
static void import_pack(PyObject *const *v, Py_ssize_t n, PyObject *names,
			PyObject **args, PyObject **kw)
{
	PyObject *error = compat_take_error();
	Py_ssize_t i;

	*args = PyTuple_New(n);
	for (i = 0; *args && i < n; i++)
		PyTuple_SET_ITEM(*args, i, Py_NewRef(v[i]));
	*kw = names ? PyDict_New() : NULL;
	for (i = 0; *kw && i < PyTuple_GET_SIZE(names); i++)
		if (PyDict_SetItem(*kw, PyTuple_GET_ITEM(names, i), v[n + i]))
			Py_CLEAR(*kw);
	PyErr_Clear();
	compat_give_error(error);
}

static PyObject *import_fast(PyObject *self, PyObject *const *v, Py_ssize_t n,
			     PyObject *names)
{
	_PyCFunctionFastWithKeywords f =
		(_PyCFunctionFastWithKeywords)(void (*)(void))import.original;
	PyObject *result, *args, *kw;

	if (!recording_here())
		return f(self, v, n, names);
	import_pack(v, n, names, &args, &kw);
	result = f(self, v, n, names);
	import_called(args, kw);
	Py_XDECREF(args);
	Py_XDECREF(kw);
	return result;
}

/* For good: a child records to its end. */
static int find_install(void)
{
	PyObject *m = PyImport_ImportModule("_frozen_importlib_external");
	PyObject *finder, *original = NULL, *hook = NULL;
	int rc = -1;

	finder = m ? PyObject_GetAttrString(m, "PathFinder") : NULL;
	if (finder)
		original = PyObject_GetAttrString(finder, "find_spec");
	if (original)
		hook = hook_new(original, NULL, HOOK_FIND);
	if (hook)
		rc = PyObject_SetAttrString(finder, "find_spec", hook);
	Py_XDECREF(m);
	Py_XDECREF(finder);
	Py_XDECREF(original);
	Py_XDECREF(hook);
	return rc;
}

static int import_install(int child)
{
	PyObject *f = PyDict_GetItemString(PyEval_GetBuiltins(), "__import__");
	size_t i;
	int flags;

	/* It tells what is looked for, whoever asks. */
	if (child)
		return find_install();
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
	for (i = 0; i < NPATCHES; i++)
		if (patch_install(&patches[i]))
			return -1;
	return 0;
}

static void import_remove(void)
{
	size_t i;

	if (import.def)
		import.def->ml_meth = import.original;
	import.def = NULL;
	for (i = 0; i < NPATCHES; i++)
		patch_remove(&patches[i]);
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
	if (!PyUnicode_GET_LENGTH(name) ||
	    PyUnicode_READ_CHAR(name, 0) == '<') {
		/* A child tells what it loads, whoever asks. */
		if (!telling(r))
			execd_imports(r, code);
		return;
	}
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
	if (f && !telling(r))
		execd_imports(r, code);
out:
	Py_XDECREF(hold);
}

/* import(name, file, ...) of an extension module, which no statement of the
 * child's sources can be asked for later. */
static void extension(struct recording *r, PyObject *args)
{
	PyObject *name, *path, *hold = NULL;
	struct file *f;
	const char *p;

	if (!telling(r) || PyTuple_GET_SIZE(args) < 2)
		return;
	name = PyTuple_GET_ITEM(args, 1);
	path = PyUnicode_Check(name) ? project_path(r, name) : NULL;
	p = path ? path_bytes(path, &hold) : NULL;
	f = p ? file_now(r, p) : NULL;
	if (f)
		tell_file(r, f);
	Py_XDECREF(hold);
}

/* What comes most often, and nobody wants: object.__getattr__ is raised thirty
 * times a test of click, builtins.id ten times, os.putenv and os.unsetenv four
 * times. */
static int is_frequent(const char *e)
{
	if (*e != 'o')
		return *e == 'b';
	return e[1] == 'b' ||
	       (e[1] == 's' && e[2] == '.' &&
		((e[3] == 'p' && e[4] == 'u') || (e[3] == 'u' && e[4] == 'n')));
}

static void hooked(const char *event, PyObject *args)
{
	int exec = !strcmp(event, "exec"), import = !strcmp(event, "import");
	int trace = trace_event(event), gc = !strncmp(event, "gc.", 3);
	struct recording *r;
	PyObject *error;

	if (!exec && !import && !trace && !gc && !child_event(event, args))
		return;
	r = recording_here();
	if (!r)
		return;
	error = compat_take_error();
	if (import)
		extension(r, args);
	else if (trace)
		trace_audit(r, event, args);
	else if (gc) /* get_referents() of a function, say */
		meta_look();
	else if (!exec)
		child_started(r, event, args);
	else if (PyTuple_GET_SIZE(args))
		executed(r, PyTuple_GET_ITEM(args, 0));
	PyErr_Clear();
	compat_give_error(error);
}

static int audit(const char *event, PyObject *args, void *ignored)
{
	(void)ignored;
	if (!is_frequent(event)) {
		hooked(event, args);
		inputs_event(event, args);
	}
	return 0;
}

/* Objects of one interpreter must not meet those of another. */
struct recording *recording_here(void)
{
	if (!taut_rec || PyInterpreterState_Get() != PyInterpreterState_Main())
		return NULL;
	return taut_rec;
}

int hooks_install(int child)
{
	static int audited;

	if (!audited && PySys_AddAuditHook(audit, NULL))
		return -1;
	audited = 1;
	if (import_install(child) || execd_install() || memo_install() ||
	    children_install())
		return -1;
	code_install();
	docs_install();
	meta_install();
	return 0;
}

void hooks_remove(void)
{
	code_remove();
	docs_remove();
	meta_remove();
	import_remove();
	memo_remove();
	children_remove();
}
