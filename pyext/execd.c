/*
 * execd.c - import statements of code that no loader of ours made.
 *
 * exec("import m"), a doctest's example, what timeit or code.interact() runs,
 * a script for runpy, a file of settings: nobody looks at its statements, and
 * once m is loaded nothing happens that a loader would notice.  They are looked
 * for in the bytecode, just before it runs: in its functions, too, whenever
 * they are called.  A relative import of such code is taken for an absolute
 * one, and finds nothing.
 */
#include "core.h"

static struct {
	int name, from, more; /* opcodes, which every version numbers anew */
} ops;

static int opcode(PyObject *map, const char *name)
{
	PyObject *o = PyDict_GetItemString(map, name);

	return o ? (int)PyLong_AsLong(o) : -1;
}

int execd_install(void)
{
	PyObject *m = PyImport_ImportModule("opcode");
	PyObject *map = m ? PyObject_GetAttrString(m, "opmap") : NULL;

	if (map && PyDict_Check(map)) {
		ops.name = opcode(map, "IMPORT_NAME");
		ops.from = opcode(map, "IMPORT_FROM");
		ops.more = opcode(map, "EXTENDED_ARG");
	}
	Py_XDECREF(m);
	Py_XDECREF(map);
	return PyErr_Occurred() ? -1 : 0;
}

/* `import NAME`, `from NAME import LEAVES`: until the next one is met. */
struct import {
	PyObject *name;	  /* borrowed from the code's names; NULL: none yet */
	PyObject *leaves; /* owned list */
};

static void import_end(struct recording *r, struct import *im)
{
	if (im->name && PyUnicode_GET_LENGTH(im->name)) {
		imports_dynamic(r, im->name, NULL, 0, im->leaves);
		imports_await(r, im->name);
	}
	im->name = NULL;
	Py_CLEAR(im->leaves);
}

static void import_step(struct recording *r, struct import *im, int op,
			PyObject *name)
{
	if (op == ops.name) {
		import_end(r, im);
		im->name = name;
		im->leaves = PyList_New(0);
	} else if (im->leaves && PyList_Append(im->leaves, name)) {
		PyErr_Clear();
	}
}

static void statements(struct recording *r, PyObject *bytes, PyObject *names)
{
	const unsigned char *p = (unsigned char *)PyBytes_AS_STRING(bytes);
	const unsigned char *end = p + PyBytes_GET_SIZE(bytes);
	struct import im = { NULL, NULL };
	Py_ssize_t arg = 0;

	for (; p + 2 <= end; p += 2) {
		arg = arg << 8 | p[1];
		if (*p == ops.more)
			continue;
		if ((*p == ops.name || *p == ops.from) &&
		    arg < PyTuple_GET_SIZE(names))
			import_step(r, &im, *p, PyTuple_GET_ITEM(names, arg));
		arg = 0;
	}
	import_end(r, &im);
}

void execd_imports(struct recording *r, PyObject *code)
{
	PyObject *names = ((PyCodeObject *)code)->co_names;
	PyObject *consts = ((PyCodeObject *)code)->co_consts, *o, *name;
	Py_ssize_t i;

	if (PyTuple_GET_SIZE(names)) {
		/* The attribute itself is for others (code.c). */
		name = PyUnicode_InternFromString("co_code");
		o = name ? PyObject_GenericGetAttr(code, name) : NULL;
		Py_XDECREF(name);
		if (o && PyBytes_Check(o))
			statements(r, o, names);
		Py_XDECREF(o);
		PyErr_Clear();
	}
	for (i = 0; i < PyTuple_GET_SIZE(consts); i++) {
		o = PyTuple_GET_ITEM(consts, i);
		if (PyCode_Check(o))
			execd_imports(r, o);
	}
}
