/*
 * syntax.c - reading Python's own syntax trees (ast), fast.
 *
 * The transform asks a few narrow questions of every node of a file; walking
 * in Python was two thirds of its time.  The children of a node are found in
 * its __dict__: fields and positions, of which only nodes and lists matter.
 */
#include "core.h"

static PyObject *node_type, *statement_type;

struct walk {
	PyObject **todo; /* borrowed: whoever calls holds the tree */
	size_t n, cap;
	PyObject *wanted, *stop; /* sets of types; borrowed */
	PyObject *found;	 /* list */
};

static int is_a(PyObject *x, PyObject *type)
{
	return PyObject_TypeCheck(x, (PyTypeObject *)type);
}

static int push(struct walk *w, PyObject *x)
{
	if (taut_room(&w->todo, &w->cap, w->n + 1, sizeof(*w->todo))) {
		PyErr_NoMemory();
		return -1;
	}
	w->todo[w->n++] = x;
	return 0;
}

static int push_list(struct walk *w, PyObject *list)
{
	Py_ssize_t i;

	for (i = PyList_GET_SIZE(list) - 1; i >= 0; i--)
		if (push(w, PyList_GET_ITEM(list, i)))
			return -1;
	return 0;
}

static int push_children(struct walk *w, PyObject *node)
{
	PyObject *dict = PyObject_GenericGetDict(node, NULL), *value;
	Py_ssize_t at = 0;
	int rc = 0;

	if (!dict)
		return -1;
	while (!rc && PyDict_Next(dict, &at, NULL, &value)) {
		if (PyList_CheckExact(value))
			rc = push_list(w, value);
		else if (is_a(value, node_type))
			rc = push(w, value);
	}
	Py_DECREF(dict);
	return rc;
}

static int visit(struct walk *w, PyObject *node)
{
	PyObject *type = (PyObject *)Py_TYPE(node);
	int rc = PySet_Contains(w->wanted, type);

	if (rc > 0)
		rc = PyList_Append(w->found, node);
	if (!rc)
		rc = PySet_Contains(w->stop, type);
	return rc ? rc : push_children(w, node);
}

/* A root and what is below it; `own`: but no statements below it. */
static int walk(struct walk *w, PyObject *root, int own)
{
	PyObject *node = root;
	int rc;

	for (;;) {
		if (is_a(node, node_type) &&
		    !(own && node != root && is_a(node, statement_type))) {
			rc = visit(w, node);
			if (rc < 0)
				return -1;
		}
		if (!w->n)
			return 0;
		node = w->todo[--w->n];
	}
}

/* ast.AST and ast.stmt, fetched once and kept. */
static int load_types(void)
{
	PyObject *ast;

	if (statement_type)
		return 0;
	ast = PyImport_ImportModule("_ast");
	if (!ast)
		return -1;
	node_type = PyObject_GetAttrString(ast, "AST");
	statement_type = PyObject_GetAttrString(ast, "stmt");
	Py_DECREF(ast);
	return node_type && statement_type ? 0 : -1;
}

PyObject *syntax_below(PyObject *module, PyObject *args)
{
	struct walk w = { 0 };
	PyObject *roots;
	Py_ssize_t i;
	int own = 0;

	(void)module;
	if (!PyArg_ParseTuple(args, "O!O!O!|p:below", &PyList_Type, &roots,
			      &PyFrozenSet_Type, &w.wanted, &PyFrozenSet_Type,
			      &w.stop, &own) ||
	    load_types())
		return NULL;
	w.found = PyList_New(0);
	for (i = 0; w.found && i < PyList_GET_SIZE(roots); i++)
		if (walk(&w, PyList_GET_ITEM(roots, i), own))
			Py_CLEAR(w.found);
	free(w.todo);
	return w.found;
}
