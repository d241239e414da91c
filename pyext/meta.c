/*
 * meta.c - who reads what functions say of themselves: docstrings, annotations.
 *
 * They are no part of what a function does, and an edit of them matters to
 * those alone who read them: help texts, doctests, typed decorators.  All that
 * read them ask for an attribute of the function, in C or in Python, under
 * whatever name they know it; its descriptor tells.  One carrier for each of
 * the two stands for it: who has read one refers to it.
 *
 * Python copies both from a function to what is made of it: property(),
 * classmethod(), functools.wraps().  That is no reading; who reads the copy is
 * seen there, where it has one of these types.
 */
#include "core.h"

#include "inputs.h"

enum { READS_DOCS = 1 << META_DOCS, READS_NOTES = 1 << META_NOTES };

/* The thread whose running call copies; NULL: none. */
static PyThreadState *copying;

/* Is the running function that one, of that module of the standard library? */
static int runs(PyCodeObject *code, const char *name, const char *module)
{
	const size_t n = strlen(module);
	Py_ssize_t length;
	const char *file;
	int yes;

	if (PyUnicode_CompareWithASCIIString(code->co_name, name))
		return 0;
	file = PyUnicode_AsUTF8AndSize(code->co_filename, &length);
	yes = file && (size_t)length >= n && !strcmp(file + length - n, module);
	PyErr_Clear();
	return yes;
}

static PyObject *wrapper_attribute(PyObject *self, PyObject *name);

/* Is it seen who asks this object? */
static int shows_reading(PyObject *o)
{
	return PyFunction_Check(o) ||
	       Py_TYPE(o)->tp_getattro == wrapper_attribute;
}

/* Is what asks going to keep it where that is seen? */
struct keeping {
	int yes;
	PyObject *to; /* owned; the object that gets it, or NULL */
};

static int keeps(void *arg, PyFrameObject *f, PyCodeObject *code)
{
	struct keeping *k = arg;
	PyObject *to = NULL;

	if (runs(code, "update_wrapper", "/functools.py"))
		to = caller_local(f, "wrapper");
	else if (runs(code, "__init__", "/functools.py"))
		to = caller_local(f, "self"); /* a cached_property */
	k->yes = (to && shows_reading(to)) ||
		 runs(code, "__init__", "/contextlib.py");
	if (k->yes)
		k->to = Py_XNewRef(to);
	Py_XDECREF(to);
	return 0;
}

/* ---- readers ---- */

/* Whose readers?  `path`: of the functions in that file; "": of any. */
static PyObject *owner_of(int what, const char *path)
{
	static const char *const owners[][2] = {
		[META_DOCS] = { TAUT_READ_DOCS, TAUT_READ_DOCS_IN },
		[META_NOTES] = { TAUT_READ_NOTES, TAUT_READ_NOTES_IN },
	};

	return PyBytes_FromFormat("%s%s", owners[what][*path != 0], path);
}

static struct carrier *mark_made(struct recording *r, PyObject *owner)
{
	struct carrier *c =
		carrier_new(r, TAUT_CARRIER_MODULE, PyBytes_AS_STRING(owner));
	PyObject *number = c ? PyLong_FromUnsignedLong(c->number) : NULL;

	if (!number || PyDict_SetItem(r->read, owner, number))
		c = NULL;
	else
		carrier_dirty(r, c);
	Py_XDECREF(number);
	return c;
}

static struct carrier *mark_of(struct recording *r, int what, const char *path)
{
	PyObject *owner = owner_of(what, path), *number = NULL;
	struct carrier *c = NULL;

	if (owner)
		number = PyDict_GetItemWithError(r->read, owner);
	if (number)
		c = r->carriers[PyLong_AsUnsignedLong(number)];
	else if (owner)
		c = mark_made(r, owner);
	Py_XDECREF(owner);
	PyErr_Clear();
	return c;
}

/* A child tells it once. */
static void tell_read(struct recording *r, int what, const char *path)
{
	PyObject *owner = owner_of(what, path);

	if (!owner || PyDict_GetItemWithError(r->read, owner) != Py_None)
		tell(r, TAUT_STREAM_READ, (uint32_t)what, path);
	if (owner)
		PyDict_SetItem(r->read, owner, Py_None);
	Py_XDECREF(owner);
	PyErr_Clear();
}

/* What a reader refers to: the mark, and all docstrings (else the mark, again).
 * Of who is to do so it is told if that cannot be had. */
static int marks_of(struct recording *r, int what, const char *path,
		    struct carrier *reader, struct carrier *marks[2])
{
	marks[0] = mark_of(r, what, path);
	marks[1] = what == META_DOCS ? docs_begin(r) : marks[0];
	if (marks[0] && marks[1])
		return 1;
	carrier_incomplete(reader, "out of memory");
	return 0;
}

void meta_refer(struct recording *r, struct carrier *c, int what,
		const char *path)
{
	struct carrier *marks[2];

	if (!marks_of(r, what, path, c, marks))
		return;
	carrier_ref(r, c, marks[0]->number, TAUT_EDGE_USES);
	carrier_ref(r, c, marks[1]->number, TAUT_EDGE_USES);
}

static void is_read(struct recording *r, int what, const char *path,
		    const struct caller *c)
{
	struct carrier *marks[2];

	if (telling(r)) {
		tell_read(r, what, path);
		return;
	}
	if (!marks_of(r, what, path, stack_top(stack_charged(r)), marks))
		return;
	inputs_refer(r, marks[0], c);
	inputs_refer(r, marks[1], c);
	/* annotations may say a name that is another file's */
	if (what == META_NOTES && *path)
		is_read(r, what, "", c);
}

/* The function that a property, classmethod, staticmethod, method or an object
 * of functools is of, over all of these: owned, or NULL. */
static PyObject *function_of(PyObject *self)
{
	static const char *const names[] = { "fget", "__func__", "__wrapped__",
					     "func" };
	PyObject *function = Py_NewRef(self), *next;
	int depth = 0;
	size_t i;

	while (function && !PyFunction_Check(function)) {
		next = NULL;
		if (depth++ == 10 ||
		    (!PyMethod_Check(function) && !shows_reading(function)))
			i = sizeof(names) / sizeof(*names);
		else
			i = 0;
		for (; !next && i < sizeof(names) / sizeof(*names); i++) {
			next = PyObject_GetAttrString(function, names[i]);
			PyErr_Clear();
		}
		Py_DECREF(function);
		function = next;
	}
	return function;
}

/* The next function that this one has got it from, if from any: owned. */
static PyObject *wrapped_by(PyObject *function)
{
	PyObject *dict = ((PyFunctionObject *)function)->func_dict;
	PyObject *next =
		dict ? PyDict_GetItemString(dict, "__wrapped__") : NULL;

	return next ? function_of(next) : NULL;
}

/* The project's file that it stands in, borrowed, or NULL. */
static PyObject *path_of(struct recording *r, PyObject *function)
{
	return project_path(
		r,
		((PyCodeObject *)PyFunction_GET_CODE(function))->co_filename);
}

/* Of which of the project's files?  "": any; each once. */
static int paths_of(struct recording *r, PyObject *function, PyObject *paths)
{
	PyObject *path, *next;
	int depth, rc = 0;

	if (!function || !PyFunction_Check(function)) {
		path = PyUnicode_FromString("");
		rc = path ? PySet_Add(paths, path) : -1;
		Py_XDECREF(path);
		return rc;
	}
	/* Nobody wraps so often: a circle. */
	Py_INCREF(function);
	for (depth = 0; function && depth < 100 && !rc; depth++) {
		path = path_of(r, function);
		if (path)
			rc = PySet_Add(paths, path);
		next = wrapped_by(function);
		Py_DECREF(function);
		function = next;
	}
	Py_XDECREF(function);
	return rc;
}

static void see_paths(struct recording *r, PyObject *paths, int what)
{
	PyObject *path, *hold = NULL;
	const char *p;
	struct caller c;

	caller_find(r, &c);
	while (c.flags & CALLER_COUNTS && (path = PySet_Pop(paths))) {
		p = path_bytes(path, &hold);
		/* the mark of docstrings of any function says "of any" */
		if (p && (what & READS_DOCS || !*p))
			is_read(r, META_DOCS, p, &c);
		if (p && what & READS_NOTES)
			is_read(r, META_NOTES, p, &c);
		Py_CLEAR(hold);
		Py_DECREF(path);
	}
}

/* A function of `to` has got what one of `from` says: who asks it has read that
 * as well, though it may not know any more what it wraps. */
static void link_paths(struct recording *r, int what, const char *to,
		       const char *from)
{
	struct carrier *a = mark_of(r, what, to), *b = mark_of(r, what, from);

	if (a && b && a != b)
		carrier_ref(r, a, b->number, TAUT_EDGE_USES);
}

/* Is it known where the paths went, which the function `to` has now?  A child
 * has no way to tell. */
static int link_to(struct recording *r, PyObject *to, PyObject *paths, int what)
{
	PyObject *path = to && PyFunction_Check(to) ? path_of(r, to) : NULL;
	PyObject *from, *hold = NULL, *hold_from = NULL;
	const char *p, *q;

	if (!path ||
	    (PySet_GET_SIZE(paths) == 1 && PySet_Contains(paths, path) == 1))
		return 1;
	if (telling(r))
		return 0;
	p = path_bytes(path, &hold);
	while (p && (from = PySet_Pop(paths))) {
		q = path_bytes(from, &hold_from);
		if (q && what & READS_DOCS)
			link_paths(r, META_DOCS, p, q);
		if (q && what & READS_NOTES)
			link_paths(r, META_NOTES, p, q);
		Py_CLEAR(hold_from);
		Py_DECREF(from);
	}
	Py_XDECREF(hold);
	PyErr_Clear();
	return 1;
}

static void see(PyObject *function, int what)
{
	struct recording *r = recording_here();
	struct keeping kept = { 0, NULL };
	PyObject *paths;

	if (!r || copying == PyThreadState_Get())
		return;
	paths = PySet_New(NULL);
	if (paths && !paths_of(r, function, paths) && PySet_GET_SIZE(paths)) {
		caller_walk(keeps, &kept);
		if (!kept.yes || !link_to(r, kept.to, paths, what))
			see_paths(r, paths, what);
	}
	Py_XDECREF(kept.to);
	Py_XDECREF(paths);
	PyErr_Clear();
}

void meta_look(void)
{
	see(NULL, READS_DOCS | READS_NOTES);
}

/* ---- attributes of functions, and of properties ---- */

/* A descriptor of Python's, and what reading it tells.  Ours stands in its
 * place, also for object.__getattribute__() and the like. */
static struct attribute {
	PyTypeObject *type;
	const char *name;
	int what;
	PyObject *original; /* owned; NULL: not there */
} attributes[] = {
	{ &PyFunction_Type, "__doc__", READS_DOCS, NULL },
	{ &PyFunction_Type, "__annotations__", READS_NOTES, NULL },
	{ &PyFunction_Type, "__annotate__", READS_NOTES, NULL },
	{ &PyProperty_Type, "__doc__", READS_DOCS, NULL },
};
#define NATTRIBUTES (sizeof(attributes) / sizeof(*attributes))
static PyGetSetDef ours[NATTRIBUTES];

static void see_of(PyObject *self, int what)
{
	PyObject *function = function_of(self);

	see(function, what);
	Py_XDECREF(function);
}

static PyObject *get(PyObject *self, void *closure)
{
	const struct attribute *a = closure;
	PyObject *value = Py_TYPE(a->original)
				  ->tp_descr_get(a->original, self,
						 (PyObject *)Py_TYPE(self));

	if (value)
		see_of(self, a->what);
	return value;
}

static int set(PyObject *self, PyObject *value, void *closure)
{
	const struct attribute *a = closure;

	return Py_TYPE(a->original)->tp_descr_set(a->original, self, value);
}

static void attribute_install(struct attribute *a, PyGetSetDef *def)
{
	PyObject *dict = compat_type_dict(a->type), *descr;

	a->original = Py_XNewRef(PyDict_GetItemString(dict, a->name));
	if (!a->original || !Py_TYPE(a->original)->tp_descr_get ||
	    !Py_TYPE(a->original)->tp_descr_set) {
		Py_CLEAR(a->original);
		return;
	}
	*def = (PyGetSetDef){ a->name, get, set, NULL, a };
	descr = PyDescr_NewGetSet(a->type, def);
	if (!descr || PyDict_SetItemString(dict, a->name, descr))
		PyErr_Clear();
	Py_XDECREF(descr);
	PyType_Modified(a->type);
}

/* What had our descriptor before keeps it: `original` stays, too. */
static void attribute_remove(const struct attribute *a)
{
	if (a->original && PyDict_SetItemString(compat_type_dict(a->type),
						a->name, a->original))
		PyErr_Clear();
	PyType_Modified(a->type);
}

/* ---- what is made of a function ---- */

/* A type whose objects copy from the function that they are of, into a dict of
 * their own unless they are properties. */
static struct wrapper {
	PyTypeObject *type;
	const char *module, *name; /* where it is not built in; functools' own
				    * code copies, then */
	initproc init;
} wrappers[] = {
	{ &PyProperty_Type, NULL, NULL, NULL },
	{ &PyClassMethod_Type, NULL, NULL, NULL },
	{ &PyStaticMethod_Type, NULL, NULL, NULL },
	{ NULL, "_functools", "_lru_cache_wrapper", NULL },
	{ NULL, "functools", "cached_property", NULL },
	{ NULL, "contextlib", "_GeneratorContextManager", NULL },
	{ NULL, "contextlib", "_AsyncGeneratorContextManager", NULL },
};
#define NWRAPPERS (sizeof(wrappers) / sizeof(*wrappers))

static PyObject *wrapper_attribute(PyObject *self, PyObject *name)
{
	PyObject *value = PyObject_GenericGetAttr(self, name);

	if (!value || PyUnicode_READ_CHAR(name, 0) != '_')
		return value;
	if (!PyUnicode_CompareWithASCIIString(name, "__doc__"))
		see_of(self, READS_DOCS);
	else if (!PyUnicode_CompareWithASCIIString(name, "__annotations__"))
		see_of(self, READS_NOTES);
	else if (!PyUnicode_CompareWithASCIIString(name, "__dict__"))
		see_of(self, READS_DOCS | READS_NOTES);
	return value;
}

static int wrapper_init(PyObject *self, PyObject *args, PyObject *kw)
{
	PyThreadState *before = copying;
	initproc init = NULL;
	size_t i;
	int rc;

	for (i = 0; !init && i < NWRAPPERS; i++)
		if (PyObject_TypeCheck(self, wrappers[i].type))
			init = wrappers[i].init;
	/* of a class that was made before, nobody is seen */
	if (shows_reading(self))
		copying = PyThreadState_Get();
	rc = init(self, args, kw);
	copying = before;
	return rc;
}

/* ---- on and off ---- */

/* The function behind a special method of the type, which classes below it
 * inherit. */
static void set_method(PyTypeObject *type, const char *name, uintptr_t f)
{
	PyObject *method = PyDict_GetItemString(compat_type_dict(type), name);

	if (method && Py_IS_TYPE(method, &PyWrapperDescr_Type))
		((PyWrapperDescrObject *)method)->d_wrapped = (void *)f;
}

static void wrapper_set(PyTypeObject *type, getattrofunc lookup, initproc init)
{
	type->tp_getattro = lookup;
	set_method(type, "__getattribute__", (uintptr_t)lookup);
	if (init) {
		type->tp_init = init;
		set_method(type, "__init__", (uintptr_t)init);
	}
	PyType_Modified(type);
}

/* It lives as long as its module, which Python needs to the end. */
static PyTypeObject *type_of(const char *module, const char *name)
{
	PyObject *m = PyImport_ImportModule(module), *type;

	type = m ? PyObject_GetAttrString(m, name) : NULL;
	if (type && !PyType_Check(type))
		Py_CLEAR(type);
	Py_XDECREF(m);
	PyErr_Clear();
	return (PyTypeObject *)type;
}

void meta_install(void)
{
	struct wrapper *w;
	size_t i;

	for (i = 0; i < NATTRIBUTES; i++)
		attribute_install(&attributes[i], &ours[i]);
	for (w = wrappers; w < wrappers + NWRAPPERS; w++) {
		if (!w->type)
			w->type = type_of(w->module, w->name);
		if (!w->module && w->type->tp_init != wrapper_init)
			w->init = w->type->tp_init;
		if (w->type)
			wrapper_set(w->type, wrapper_attribute,
				    w->init ? wrapper_init : NULL);
	}
}

/* Classes that were made meanwhile keep what they inherited: it does as much
 * as Python's own, then. */
void meta_remove(void)
{
	size_t i;

	for (i = 0; i < NATTRIBUTES; i++)
		attribute_remove(&attributes[i]);
	for (i = 0; i < NWRAPPERS; i++)
		if (wrappers[i].type)
			wrapper_set(wrappers[i].type, PyObject_GenericGetAttr,
				    wrappers[i].init);
}
