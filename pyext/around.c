/*
 * around.c - the type Around: work before and after a hook, without a frame.
 *
 *	Around(call, before, key=None)
 *
 * stands for what calls the implementations of one pluggy hook: `_hookexec` of
 * its hook caller, which gets (name, implementations, arguments, firstresult).
 * Before the call, before(arguments[key]) is called, or before(arguments); what
 * it returns, unless None, is called with True (an exception came) or False
 * after it.  `before` must not fail but for what the user asks, as Ctrl-C.
 *
 * A wrapper in Python is a generator with a frame and a line in the traceback
 * of all that fails inside; pluggy needs 3 us to run one, this takes 0.1.
 */
#include "core.h"

#include <structmember.h>

struct around {
	PyObject_HEAD vectorcallfunc run;
	PyObject *call;	  /* owned */
	PyObject *before; /* owned; NULL: only pass on */
	PyObject *key;	  /* owned; None: all arguments */
};

enum { HOOK_ARGUMENTS = 2 };

/* What `before` returned, NULL: nothing to call, or -1. */
static int begin(struct around *a, PyObject *const *args, Py_ssize_t n,
		 PyObject **over)
{
	PyObject *given, *before;

	*over = NULL;
	if (!a->before || n <= HOOK_ARGUMENTS ||
	    !PyDict_Check(args[HOOK_ARGUMENTS]))
		return 0;
	given = args[HOOK_ARGUMENTS];
	if (a->key != Py_None)
		given = PyDict_GetItemWithError(given, a->key);
	if (!given)
		return PyErr_Occurred() ? -1 : 0;
	before = Py_NewRef(a->before);
	*over = PyObject_CallOneArg(before, given);
	Py_DECREF(before);
	if (!*over)
		return -1;
	if (*over == Py_None)
		Py_CLEAR(*over);
	return 0;
}

static PyObject *around_run(PyObject *self, PyObject *const *args,
			    size_t nargsf, PyObject *names)
{
	struct around *a = (struct around *)self;
	PyObject *over, *result, *error, *r;

	if (begin(a, args, PyVectorcall_NARGS(nargsf), &over))
		return NULL;
	result = PyObject_Vectorcall(a->call, args, nargsf, names);
	if (!over)
		return result;
	error = result ? NULL : compat_take_error();
	r = PyObject_CallOneArg(over, result ? Py_False : Py_True);
	Py_DECREF(over);
	if (r) {
		compat_give_error(error);
	} else {
		Py_CLEAR(result);
		Py_XDECREF(error);
	}
	Py_XDECREF(r);
	return result;
}

static int around_init(PyObject *self, PyObject *args, PyObject *kw)
{
	static char *names[] = { "call", "before", "key", NULL };
	struct around *a = (struct around *)self;
	PyObject *call, *before, *key = Py_None;

	if (!PyArg_ParseTupleAndKeywords(args, kw, "OO|O:Around", names, &call,
					 &before, &key))
		return -1;
	Py_XSETREF(a->call, Py_NewRef(call));
	Py_XSETREF(a->before, Py_NewRef(before));
	Py_XSETREF(a->key, Py_NewRef(key));
	a->run = around_run;
	return 0;
}

/* From now on the hook is only called: -> what it stood for */
static PyObject *around_stop(PyObject *self, PyObject *ignored)
{
	struct around *a = (struct around *)self;

	(void)ignored;
	Py_CLEAR(a->before);
	return Py_NewRef(a->call);
}

static int around_traverse(PyObject *self, visitproc visit, void *arg)
{
	Py_VISIT(((struct around *)self)->call);
	Py_VISIT(((struct around *)self)->before);
	Py_VISIT(((struct around *)self)->key);
	return 0;
}

static int around_clear(PyObject *self)
{
	Py_CLEAR(((struct around *)self)->call);
	Py_CLEAR(((struct around *)self)->before);
	Py_CLEAR(((struct around *)self)->key);
	return 0;
}

static void around_dealloc(PyObject *self)
{
	PyObject_GC_UnTrack(self);
	around_clear(self);
	Py_TYPE(self)->tp_free(self);
}

static PyMethodDef around_methods[] = {
	{ "stop", around_stop, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};

PyTypeObject taut_around_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "taut._core.Around",
	.tp_basicsize = sizeof(struct around),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
		    Py_TPFLAGS_HAVE_VECTORCALL,
	.tp_new = PyType_GenericNew,
	.tp_init = around_init,
	.tp_call = PyVectorcall_Call,
	.tp_vectorcall_offset = offsetof(struct around, run),
	.tp_traverse = around_traverse,
	.tp_clear = around_clear,
	.tp_dealloc = around_dealloc,
	.tp_methods = around_methods,
	.tp_doc = "Work before and after a hook.",
};
