/*
 * lookup.c - where Python looks for a module, and what it would find instead.
 */
#include "inputs.h"

/* Does `dir` hold the file or package that this module was loaded from? */
static int comes_from(PyObject *module, PyObject *dir)
{
	PyObject *file = module_var(module, "__file__");
	Py_ssize_t n = PyUnicode_GET_LENGTH(dir), rest;

	if (!file || !PyUnicode_Check(file) || !n ||
	    PyUnicode_Tailmatch(file, dir, 0, PY_SSIZE_T_MAX, -1) != 1)
		return 0;
	rest = PyUnicode_GET_LENGTH(file);
	return rest > n && PyUnicode_READ_CHAR(file, n) == '/';
}

static int lookup(struct recording *r, struct vec *ids, PyObject *dir,
		  PyObject *leaf, char *state)
{
	PyObject *rel = PyUnicode_Concat(dir, leaf), *hold[2] = { NULL, NULL };
	PyObject *full = PyUnicode_FromFormat("%s/%U", r->root, dir);
	struct taut_digest d = { 0 };
	const char *p, *n;
	struct file *f;
	int failed = 0;

	*state = '-';
	p = full ? path_bytes(full, &hold[0]) : NULL;
	n = p ? path_bytes(leaf, &hold[1]) : NULL;
	if (n)
		*state = taut_lookup_state(r->listed, p, n);
	Py_CLEAR(hold[0]);
	Py_CLEAR(hold[1]);
	p = n && rel ? path_bytes(rel, &hold[0]) : NULL;
	if (p) {
		if (*state != '?')
			taut_digest_bytes(state, 1, &d);
		f = file_input(r, TAUT_LOOKUP, p, &d);
		failed = !f || vec_add(ids, f->base);
	}
	Py_XDECREF(hold[0]);
	Py_XDECREF(full);
	Py_XDECREF(rel);
	return failed;
}

int lookup_path(struct recording *r, struct vec *ids, PyObject *path,
		PyObject *leaf, PyObject *module)
{
	PyObject *list = PySequence_List(path), *dir, *rel;
	int failed = 0;
	Py_ssize_t i;
	char state;

	for (i = 0; list && i < PyList_GET_SIZE(list); i++) {
		dir = PyList_GET_ITEM(list, i);
		if (!PyUnicode_Check(dir))
			continue;
		rel = project_dir(r, dir);
		if (!rel) {
			if (comes_from(module, dir))
				break;
			continue;
		}
		failed |= lookup(r, ids, rel, leaf, &state);
		if (state != '-' && state != 'n' && state != '?')
			break;
	}
	Py_XDECREF(list);
	return failed;
}
