/*
 * lookup.c - where Python looks for a module, and what it would find instead.
 */
#include "inputs.h"

#include <limits.h>
#include <stdio.h>

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

/* `leaf` can be anything that somebody tries to import, slashes too: the input
 * is what stands behind the last one, as it is for who compares it. */
static int lookup(struct recording *r, struct vec *ids, PyObject *dir,
		  PyObject *leaf, char *state)
{
	PyObject *rel = PyUnicode_Concat(dir, leaf), *hold = NULL;
	const char *p = rel ? path_bytes(rel, &hold) : NULL, *name;
	struct taut_digest d = { 0 };
	char full[PATH_MAX];
	struct file *f;
	int n, failed = 0;

	*state = '-';
	if (!p)
		goto out;
	name = strrchr(p, '/');
	name = name ? name + 1 : p;
	n = snprintf(full, sizeof(full), "%s/%.*s", r->root, (int)(name - p),
		     p);
	*state = n < (int)sizeof(full) ?
			 taut_lookup_state(r->listed, full, name) :
			 '?';
	if (*state != '?')
		taut_digest_bytes(state, 1, &d);
	f = file_input(r, TAUT_LOOKUP, p, &d);
	failed = !f || vec_add(ids, f->base);
out:
	Py_XDECREF(hold);
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
