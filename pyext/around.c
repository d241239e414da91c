/*
 * around.c - the type Around: work before and after a hook, without a frame.
 *
 * pluggy runs a wrapper as a generator: next() before the hook, then send() of
 * its result or throw() of its exception.  A generator written in Python costs
 * a frame for each hook and a line in the traceback of what fails inside.  An
 * Around is not run, it only answers: `over(failed)`, which a subclass
 * defines, is called when the hook is over, and what came is passed on.
 */
#include "core.h"

struct around {
	PyObject_HEAD int begun;
};

static int over(PyObject *self, int failed)
{
	PyObject *r;

	if (Py_IS_TYPE(self, &taut_around_type))
		return 0;
	r = PyObject_CallMethod(self, "over", "O", failed ? Py_True : Py_False);
	Py_XDECREF(r);
	return r ? 0 : -1;
}

static PyObject *around_send(PyObject *self, PyObject *result)
{
	PyObject *stop;

	if (over(self, 0))
		return NULL;
	/* Not by PyErr_SetObject: a tuple would become its arguments. */
	stop = PyObject_CallOneArg(PyExc_StopIteration, result);
	if (stop)
		PyErr_SetObject(PyExc_StopIteration, stop);
	Py_XDECREF(stop);
	return NULL;
}

static PyObject *around_next(PyObject *self)
{
	struct around *a = (struct around *)self;

	if (a->begun)
		return around_send(self, Py_None);
	a->begun = 1;
	Py_RETURN_NONE;
}

/* throw(value) or throw(type, value, traceback) */
static PyObject *around_throw(PyObject *self, PyObject *args)
{
	PyObject *type, *value = NULL, *traceback = NULL;

	if (!PyArg_ParseTuple(args, "O|OO:throw", &type, &value, &traceback))
		return NULL;
	if (PyExceptionInstance_Check(type))
		value = type;
	if (!value || !PyExceptionInstance_Check(value)) {
		PyErr_SetString(PyExc_TypeError, "not an exception");
		return NULL;
	}
	if (over(self, 1))
		return NULL;
	/* As it is: what handles it now is no context of it. */
	PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(value)), Py_NewRef(value),
		      PyException_GetTraceback(value));
	return NULL;
}

static PyObject *around_close(PyObject *self, PyObject *ignored)
{
	(void)self;
	(void)ignored;
	Py_RETURN_NONE;
}

static PyMethodDef around_methods[] = {
	{ "send", around_send, METH_O, NULL },
	{ "throw", around_throw, METH_VARARGS, NULL },
	{ "close", around_close, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};

PyTypeObject taut_around_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "taut._core.Around",
	.tp_basicsize = sizeof(struct around),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.tp_new = PyType_GenericNew,
	.tp_iter = PyObject_SelfIter,
	.tp_iternext = around_next,
	.tp_methods = around_methods,
	.tp_doc = "Work before and after a hook.",
};
