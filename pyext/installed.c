/*
 * installed.c - which installed distributions the tests need.
 *
 * A name at the top of an import that leads out of the project, and not into
 * the standard library, has a carrier, to which all refer who import it.  It
 * depends on the distributions that provide the name, or on its absence
 * (installed.py tells), and refers to the carriers of other such names that
 * the code behind it needs, whoever made it import them:
 *
 *	seen		an import of what was not loaded raises an audit event
 *	named		one of its files imports it, or its distribution
 *			requires it, and it is loaded: an import of what was
 *			loaded already raises no event
 *
 * Who searches for distributions by importlib.metadata depends on the one that
 * he names, or on all.
 *
 * Most runs have nothing to do, and should not pay: a carrier is filled when
 * the first test after it is written.
 */
#include "inputs.h"

static struct {
	PyObject *resolve, *metadata; /* owned: callables; or NULL */
	PyObject *skip;		      /* owned: a frozenset */
	PyObject *tops;		      /* owned: name -> carrier, or None */
	PyObject *cut;		      /* owned: module name -> top-level name */
	PyObject *requires;	   /* owned: name -> names that it may need */
	PyObject *edges;	   /* owned: set of (name, name) */
	PyObject *open;		   /* owned: names to resolve */
	PyObject *bare;		   /* owned: names of no distribution */
	PyObject *finder, *method; /* owned: what was replaced, where */
	struct things searched;	   /* distributions, "*": all */
	struct carrier *all;	   /* depends on all, or NULL */
	int scanned;
} of;

/* ---- names ---- */

static int is_skipped(PyObject *top)
{
	return PySet_Contains(of.skip, top) != 0;
}

/* "a" of "a.b": borrowed; NULL, perhaps without error. */
static PyObject *top_of(PyObject *name)
{
	PyObject *top;
	Py_ssize_t dot;

	if (!PyUnicode_Check(name))
		return NULL;
	top = PyDict_GetItemWithError(of.cut, name);
	if (top || PyErr_Occurred())
		return top;
	dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
	if (dot < -1)
		return NULL;
	top = dot < 0 ? Py_NewRef(name) : PyUnicode_Substring(name, 0, dot);
	if (!top || PyDict_SetItem(of.cut, name, top)) {
		Py_XDECREF(top);
		return NULL;
	}
	Py_DECREF(top); /* the dict has it */
	return top;
}

/* Does a loader of ours know it, or does it come from the project? */
static int is_project(struct recording *r, PyObject *top)
{
	PyObject *module, *file = NULL;

	if (PyDict_GetItemWithError(r->names, top))
		return 1;
	module = PyDict_GetItemWithError(PyImport_GetModuleDict(), top);
	if (module && PyModule_Check(module))
		file = PyDict_GetItemString(PyModule_GetDict(module),
					    "__file__");
	return file && PyUnicode_Check(file) && project_path(r, file);
}

uint32_t installed_top(struct recording *r, PyObject *name)
{
	PyObject *known, *number = NULL, *hold = NULL;
	struct carrier *c = NULL;
	const char *owner;

	if (!of.resolve || !PyUnicode_GET_LENGTH(name))
		return NONE;
	known = PyDict_GetItemWithError(of.tops, name);
	if (known)
		return known == Py_None ?
			       NONE :
			       (uint32_t)PyLong_AsUnsignedLong(known);
	if (!is_skipped(name) && !is_project(r, name)) {
		owner = path_bytes(name, &hold);
		c = owner ? carrier_new(r, TAUT_CARRIER_MODULE, owner) : NULL;
		number = c ? PyLong_FromUnsignedLong(c->number) : NULL;
		Py_XDECREF(hold);
		if (!number || PyList_Append(of.open, name)) {
			Py_XDECREF(number);
			all_incomplete(r, "an import could not be recorded");
			return NONE;
		}
	}
	/* What is not there yet may become a module of the project. */
	if (PyDict_SetItem(of.tops, name, number ? number : Py_None))
		PyErr_Clear();
	Py_XDECREF(number);
	return c ? c->number : NONE;
}

static struct carrier *carrier_of(struct recording *r, PyObject *top)
{
	uint32_t number = installed_top(r, top);

	return number == NONE ? NULL : r->carriers[number];
}

/* ---- what distributions there are ---- */

/* The inputs of a list of (kind, path, digest), for one carrier. */
static int add_inputs(struct recording *r, struct carrier *c, PyObject *list)
{
	PyObject *path, *hold = NULL;
	struct taut_digest d;
	const char *p, *b;
	struct file *f;
	Py_ssize_t i, n;
	int kind;

	for (i = 0; i < PyList_GET_SIZE(list); i++) {
		if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "iUz#", &kind,
				      &path, &b, &n))
			return -1;
		memset(&d, 0, sizeof(d));
		if (b && n == (Py_ssize_t)sizeof(d.b))
			memcpy(d.b, b, sizeof(d.b));
		p = path_bytes(path, &hold);
		f = p ? file_input(r, kind, p, &d) : NULL;
		Py_XDECREF(hold);
		if (!f)
			return -1;
		carrier_dep(r, c, f->base);
	}
	return 0;
}

/* Ask what provides a name: the inputs, the names that they import or require,
 * and whether only files of it could be named. */
static int fill(struct recording *r, PyObject *top)
{
	struct carrier *c = carrier_of(r, top);
	PyObject *answer, *inputs, *requires;
	int bare, rc = -1;

	if (!c)
		return 0;
	answer = PyObject_CallOneArg(of.resolve, top);
	if (answer &&
	    PyArg_ParseTuple(answer, "O!O!p", &PyList_Type, &inputs,
			     &PyList_Type, &requires, &bare) &&
	    !add_inputs(r, c, inputs) &&
	    !PyDict_SetItem(of.requires, top, requires) &&
	    !(bare && PySet_Add(of.bare, top)))
		rc = 0;
	Py_XDECREF(answer);
	if (rc) {
		/* Reading can take a while: Ctrl-C comes again, later. */
		if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
			PyErr_SetInterrupt();
		PyErr_Clear();
		carrier_incomplete(c, "what is installed could not be read");
	}
	carrier_dirty(r, c);
	return rc;
}

static void edge(struct recording *r, PyObject *from, PyObject *to)
{
	struct carrier *c = carrier_of(r, from), *need = carrier_of(r, to);

	if (c && need && c != need)
		carrier_ref(r, c, need->number, TAUT_EDGE_IMPORTS);
}

/* Whatever was noted since: new names, new edges; each may bring others. */
static void settle_noted(struct recording *r)
{
	PyObject *pair, *top;

	while (PyList_GET_SIZE(of.open) || PySet_GET_SIZE(of.edges)) {
		while ((pair = PySet_Pop(of.edges))) {
			edge(r, PyTuple_GET_ITEM(pair, 0),
			     PyTuple_GET_ITEM(pair, 1));
			Py_DECREF(pair);
		}
		PyErr_Clear(); /* KeyError: there are no more */
		while (PyList_GET_SIZE(of.open)) {
			top = PyObject_CallMethod(of.open, "pop", NULL);
			if (top)
				fill(r, top);
			Py_XDECREF(top);
			PyErr_Clear();
		}
	}
}

/* ---- what may have been imported unseen ---- */

/* What its code or its distribution names, if it is loaded. */
static void add_named(struct recording *r, PyObject *top, PyObject *loaded)
{
	PyObject *names = PyDict_GetItemWithError(of.requires, top);
	Py_ssize_t i;

	for (i = 0; names && i < PyList_GET_SIZE(names); i++)
		if (PySet_Contains(loaded, PyList_GET_ITEM(names, i)) == 1)
			edge(r, top, PyList_GET_ITEM(names, i));
}

/* The top-level names of what is loaded, as a set: new, or NULL. */
static PyObject *loaded_tops(void)
{
	PyObject *names = PyDict_Keys(PyImport_GetModuleDict()), *top;
	PyObject *found = PySet_New(NULL);
	Py_ssize_t i;

	for (i = 0; names && found && i < PyList_GET_SIZE(names); i++) {
		top = top_of(PyList_GET_ITEM(names, i));
		if (top && !is_skipped(top))
			PySet_Add(found, top);
		PyErr_Clear();
	}
	Py_XDECREF(names);
	return found;
}

/* All names that somebody needs, and those that they need. */
static void scan(struct recording *r)
{
	PyObject *loaded = loaded_tops(), *tops;
	Py_ssize_t i, n = -1;

	while (loaded && n != PyDict_GET_SIZE(of.tops)) {
		settle_noted(r);
		n = PyDict_GET_SIZE(of.tops);
		tops = PyDict_Keys(of.requires);
		for (i = 0; tops && i < PyList_GET_SIZE(tops); i++)
			add_named(r, PyList_GET_ITEM(tops, i), loaded);
		Py_XDECREF(tops);
	}
	Py_XDECREF(loaded);
	PyErr_Clear();
}

/* Names without a distribution: more of their files may be loaded now. */
static void fill_bare(struct recording *r)
{
	PyObject *list = PySequence_List(of.bare);
	Py_ssize_t i;

	for (i = 0; list && i < PyList_GET_SIZE(list); i++)
		fill(r, PyList_GET_ITEM(list, i));
	Py_XDECREF(list);
}

void installed_settle(struct recording *r, int all)
{
	PyObject *error;

	/* No test was written: nobody will ever ask. */
	if (!of.resolve || (all && !of.scanned))
		return;
	error = compat_take_error();
	if (all || !of.scanned)
		fill_bare(r);
	/* New names are few, and may have been loaded for somebody else. */
	if (all || !of.scanned || PyList_GET_SIZE(of.open))
		scan(r);
	of.scanned = 1;
	settle_noted(r);
	PyErr_Clear();
	compat_give_error(error);
}

/* ---- while it runs ---- */

void installed_event(struct recording *r, PyObject *args)
{
	PyObject *to, *from, *pair;

	if (!of.resolve || !PyTuple_GET_SIZE(args))
		return;
	to = top_of(PyTuple_GET_ITEM(args, 0));
	if (!to || is_skipped(to))
		return;
	Py_INCREF(to);
	from = caller_library(r);
	if (from && !is_skipped(from) && PyUnicode_Compare(from, to)) {
		pair = PyTuple_Pack(2, from, to);
		if (!pair || PySet_Add(of.edges, pair))
			all_incomplete(r, "an import could not be recorded");
		Py_XDECREF(pair);
	}
	Py_XDECREF(from);
	Py_DECREF(to);
}

/* Is it loaded, and a namespace: without a file? */
static int is_namespace(PyObject *name)
{
	PyObject *module, *file;

	module = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);
	if (!module || !PyModule_Check(module))
		return 0;
	file = PyDict_GetItemString(PyModule_GetDict(module), "__file__");
	return !file || file == Py_None;
}

/* ---- searches ---- */

/* A distribution as an input; NULL as its name: all. */
static struct file *searched(struct recording *r, PyObject *name,
			     struct thing **t)
{
	PyObject *answer, *path, *hold = NULL;
	struct taut_digest d;
	struct file *f = NULL;
	const char *p, *b;
	Py_ssize_t n;

	answer = PyObject_CallOneArg(of.metadata, name ? name : Py_None);
	if (!answer || !PyArg_ParseTuple(answer, "Uz#", &path, &b, &n))
		goto out;
	memset(&d, 0, sizeof(d));
	if (b && n == (Py_ssize_t)sizeof(d.b))
		memcpy(d.b, b, sizeof(d.b));
	p = path_bytes(path, &hold);
	*t = p ? thing_at(&of.searched, p, strlen(p), 1) : NULL;
	if (*t)
		f = file_input(r, TAUT_DIST, p, &d);
	Py_XDECREF(hold);
out:
	Py_XDECREF(answer);
	if (!f) {
		PyErr_Clear();
		all_incomplete(r, "a distribution could not be recorded");
	}
	return f;
}

static struct file *all_of_them(struct recording *r)
{
	struct thing *t;

	return of.resolve ? searched(r, NULL, &t) : NULL;
}

void installed_all(struct recording *r, struct carrier *c)
{
	struct file *f = all_of_them(r);

	if (f)
		carrier_dep(r, c, f->base);
}

uint32_t installed_gap(struct recording *r, PyObject *name, PyObject *package)
{
	PyObject *top;
	struct file *f;

	top = of.resolve ? top_of(name) : NULL;
	if (!top || is_skipped(top) || !is_namespace(package) ||
	    PyDict_GetItemWithError(PyImport_GetModuleDict(), name))
		return NONE;
	if (!of.all) {
		f = all_of_them(r);
		of.all = f ? carrier_new(r, TAUT_CARRIER_MODULE,
					 "of any distribution") :
			     NULL;
		if (!of.all)
			return NONE;
		carrier_dep(r, of.all, f->base);
	}
	return of.all->number;
}

void installed_search(struct recording *r, PyObject *name)
{
	struct caller c;
	struct carrier *lib;
	PyObject *top;
	struct thing *t;
	struct file *f;

	if (!of.resolve || (name && !PyUnicode_Check(name)))
		return;
	caller_find(r, &c);
	top = caller_library(r);
	/* What a library asks while it is imported, it asks for all who ever
	 * use it. */
	lib = top && (c.flags & CALLER_IMPORTING ||
		      !(c.flags & CALLER_COUNTS)) ?
		      carrier_of(r, top) :
		      NULL;
	Py_XDECREF(top);
	if (!lib && !(c.flags & CALLER_COUNTS))
		return;
	f = searched(r, name, &t);
	if (f && lib)
		carrier_dep(r, lib, f->base);
	else if (f)
		inputs_charge(r, &t->uses[0], f, &c);
}

/* Put a callable of ours where importlib.metadata looks for distributions. */
static int search_install(void)
{
	PyObject *module = PyImport_ImportModule("importlib.metadata");
	PyObject *bound = NULL, *hook = NULL, *dict = NULL;
	int rc = -1;

	if (module)
		of.finder =
			PyObject_GetAttrString(module, "MetadataPathFinder");
	if (of.finder)
		bound = PyObject_GetAttrString(of.finder, "find_distributions");
	if (bound)
		dict = PyObject_GetAttrString(of.finder, "__dict__");
	if (dict)
		of.method = PyMapping_GetItemString(dict, "find_distributions");
	hook = of.method ? hook_search(bound) : NULL;
	if (hook)
		rc = PyObject_SetAttrString(of.finder, "find_distributions",
					    hook);
	Py_XDECREF(module);
	Py_XDECREF(bound);
	Py_XDECREF(dict);
	Py_XDECREF(hook);
	return rc;
}

/* ---- start and stop ---- */

int installed_start(PyObject *resolve, PyObject *metadata, PyObject *skip)
{
	installed_stop();
	of.tops = PyDict_New();
	of.cut = PyDict_New();
	of.requires = PyDict_New();
	of.edges = PySet_New(NULL);
	of.bare = PySet_New(NULL);
	of.open = PyList_New(0);
	if (!of.tops || !of.cut || !of.requires || !of.edges || !of.bare ||
	    !of.open || search_install()) {
		installed_stop();
		return -1;
	}
	of.skip = Py_NewRef(skip);
	of.metadata = Py_NewRef(metadata);
	of.resolve = Py_NewRef(resolve);
	return 0;
}

void installed_stop(void)
{
	if (of.method &&
	    PyObject_SetAttrString(of.finder, "find_distributions", of.method))
		PyErr_Clear();
	Py_CLEAR(of.resolve);
	Py_CLEAR(of.metadata);
	Py_CLEAR(of.skip);
	Py_CLEAR(of.tops);
	Py_CLEAR(of.cut);
	Py_CLEAR(of.requires);
	Py_CLEAR(of.edges);
	Py_CLEAR(of.open);
	Py_CLEAR(of.bare);
	Py_CLEAR(of.finder);
	Py_CLEAR(of.method);
	things_free(&of.searched);
	of.all = NULL;
	of.scanned = 0;
}
