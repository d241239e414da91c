/*
 * stat.c - os.stat and its like, which raise no audit event.
 *
 * Their functions are replaced in the method table: the function objects stay
 * the same, so that `os.stat is saved`, and os.path, pathlib and call sites
 * that are specialised already come through here too.
 *
 * os.DirEntry.stat, what os.scandir() gives, is such a method, too.
 *
 * A builtin's hash is made of that very pointer.  The sets in `os` that say
 * what a function supports are shared (shutil, tempfile and pathlib decide on
 * them), so the functions are taken out of them before and put back after.
 */
#include "inputs.h"

#define NFUNCTIONS 4
#define NSETS 4

static const char *const names[NFUNCTIONS] = { "stat", "lstat", "access",
					       "readlink" };
static const char *const sets[NSETS] = { "supports_fd", "supports_dir_fd",
					 "supports_effective_ids",
					 "supports_follow_symlinks" };

static struct {
	PyObject *function; /* owned; NULL: not replaced */
	_PyCFunctionFastWithKeywords original;
} known[NFUNCTIONS];

/* What stands for `path` and `dir_fd` in a call. */
static void look(PyObject *const *args, Py_ssize_t n, PyObject *kw, int access)
{
	PyObject *path = n ? args[0] : NULL, *name;
	long fd = -1;
	Py_ssize_t i;

	for (i = 0; kw && i < PyTuple_GET_SIZE(kw); i++) {
		name = PyTuple_GET_ITEM(kw, i);
		if (!PyUnicode_CompareWithASCIIString(name, "path"))
			path = args[n + i];
		else if (!PyUnicode_CompareWithASCIIString(name, "dir_fd") &&
			 PyLong_Check(args[n + i]))
			fd = PyLong_AsLong(args[n + i]);
	}
	if (path && !PyErr_Occurred())
		inputs_look(path, (int)fd, access);
	PyErr_Clear();
}

static PyObject *call(int i, PyObject *self, PyObject *const *args,
		      Py_ssize_t n, PyObject *kw)
{
	look(args, n, kw, i >= 2);
	return known[i].original(self, args, n, kw);
}

static PyObject *call_stat(PyObject *self, PyObject *const *args, Py_ssize_t n,
			   PyObject *kw)
{
	return call(0, self, args, n, kw);
}

static PyObject *call_lstat(PyObject *self, PyObject *const *args, Py_ssize_t n,
			    PyObject *kw)
{
	return call(1, self, args, n, kw);
}

static PyObject *call_access(PyObject *self, PyObject *const *args,
			     Py_ssize_t n, PyObject *kw)
{
	return call(2, self, args, n, kw);
}

static PyObject *call_readlink(PyObject *self, PyObject *const *args,
			       Py_ssize_t n, PyObject *kw)
{
	return call(3, self, args, n, kw);
}

/* ---- os.DirEntry.stat ---- */

static struct {
	PyMethodDef *def; /* NULL: not replaced */
	PyCFunction original;
} entry;

static PyObject *entry_stat(PyObject *self, PyTypeObject *type,
			    PyObject *const *args, size_t n, PyObject *kw)
{
	PyCMethod f = (PyCMethod)(void (*)(void))entry.original;
	PyObject *path = PyObject_GetAttrString(self, "path");

	if (path)
		inputs_look(path, -1, 0);
	Py_XDECREF(path);
	PyErr_Clear();
	return f(self, type, args, n, kw);
}

static void entry_start(PyObject *os)
{
	PyObject *type = PyObject_GetAttrString(os, "DirEntry"), *method;

	method = type ? PyObject_GetAttrString(type, "stat") : NULL;
	if (method && Py_IS_TYPE(method, &PyMethodDescr_Type)) {
		entry.def = ((PyMethodDescrObject *)method)->d_method;
		entry.original = entry.def->ml_meth;
		if (entry.def->ml_flags ==
		    (METH_METHOD | METH_FASTCALL | METH_KEYWORDS))
			entry.def->ml_meth =
				(PyCFunction)(void (*)(void))entry_stat;
		else
			entry.def = NULL;
	}
	Py_XDECREF(type);
	Py_XDECREF(method);
	PyErr_Clear();
}

static void entry_stop(void)
{
	if (entry.def)
		entry.def->ml_meth = entry.original;
	entry.def = NULL;
}

/* ---- os.stat and its like ---- */

/* In or out of a set, whatever its hash is now. */
struct member {
	PyObject *set; /* owned */
	int was;
};

static void take_out(PyObject *os, PyObject *function, struct member m[NSETS])
{
	int i;

	for (i = 0; i < NSETS; i++) {
		m[i].set = PyObject_GetAttrString(os, sets[i]);
		m[i].was = m[i].set && PySet_Check(m[i].set) &&
			   PySet_Discard(m[i].set, function) == 1;
		PyErr_Clear();
	}
}

static void put_back(PyObject *function, struct member m[NSETS])
{
	int i;

	for (i = 0; i < NSETS; i++) {
		if (m[i].was && PySet_Add(m[i].set, function))
			PyErr_Clear();
		Py_XDECREF(m[i].set);
	}
}

static void set_method(PyObject *os, PyObject *function, PyCFunction f)
{
	struct member m[NSETS];

	take_out(os, function, m);
	((PyCFunctionObject *)function)->m_ml->ml_meth = f;
	put_back(function, m);
}

int stat_start(void)
{
	static const _PyCFunctionFastWithKeywords ours[NFUNCTIONS] = {
		call_stat, call_lstat, call_access, call_readlink
	};
	PyObject *os = PyImport_ImportModule("os"), *f;
	int i;

	if (!os)
		return -1;
	for (i = 0; i < NFUNCTIONS; i++) {
		f = PyObject_GetAttrString(os, names[i]);
		PyErr_Clear();
		/* Somebody else's function, or another way of calling. */
		if (!f || !PyCFunction_CheckExact(f) ||
		    PyCFunction_GET_FLAGS(f) !=
			    (METH_FASTCALL | METH_KEYWORDS)) {
			Py_XDECREF(f);
			continue;
		}
		known[i].function = f;
		known[i].original = (_PyCFunctionFastWithKeywords)(void (*)(
			void))PyCFunction_GET_FUNCTION(f);
		set_method(os, f, (PyCFunction)(void (*)(void))ours[i]);
	}
	entry_start(os);
	Py_DECREF(os);
	return 0;
}

void stat_stop(void)
{
	PyObject *os = PyImport_ImportModule("os");
	int i;

	for (i = 0; os && i < NFUNCTIONS; i++) {
		if (!known[i].function)
			continue;
		set_method(os, known[i].function,
			   (PyCFunction)(void (*)(void))known[i].original);
		Py_CLEAR(known[i].function);
	}
	entry_stop();
	Py_XDECREF(os);
	PyErr_Clear();
}
