/*
 * code.c - code as data: who looks at the body of a function that did not run.
 *
 *	code.co_consts and the like	whoever asks depends on what he sees
 *	code.replace(...)		the trace core does not know the copy: it
 *					counts as the whole file
 *	marshal.dumps(code)		the same; and probes are no part of what
 *					is written: they would not be read back
 *
 * Attributes that tell of a function's header only (inspect.signature() asks
 * for them) are in the version of its module; those of places in the source
 * nobody tracks.
 */
#include "core.h"

/* Attributes of code objects that tell of the body. */
static const char *const names[] = { "co_code", "co_consts", "co_names",
				     "_co_code_adaptive", "replace" };
#define NNAMES (sizeof(names) / sizeof(*names))

static int tells_body(PyObject *name)
{
	Py_ssize_t length = PyUnicode_GET_LENGTH(name);
	size_t i;

	if (length < 7 || length > 17)
		return 0;
	for (i = 0; i < NNAMES; i++)
		if (!PyUnicode_CompareWithASCIIString(name, names[i]))
			return 1;
	return 0;
}

static PyObject *code_attribute(PyObject *code, PyObject *name)
{
	PyObject *value = PyObject_GenericGetAttr(code, name);
	struct recording *r;

	if (!value || !tells_body(name) || !(r = recording_here()))
		return value;
	if (r->core == CORE_TRACE)
		trace_read(r, code);
	else
		probe_read(code);
	if (project_path(r, ((PyCodeObject *)code)->co_filename))
		meta_look();
	PyErr_Clear();
	return value;
}

/* ---- marshal ---- */

/* The same with plain code in the place of ours; NULL without error where
 * that cannot be had.  It looks at all code: so does who asked. */
static PyObject *plain_of(PyObject *value)
{
	PyObject *m, *plain = NULL, *error = compat_take_error();

	m = PyImport_ImportModule("taut.plain");
	if (m)
		plain = PyObject_CallMethod(m, "plain", "O", value);
	Py_XDECREF(m);
	PyErr_Clear();
	compat_give_error(error);
	return plain;
}

/* marshal.dumps(value, ...) and marshal.dump(value, ...), which do not know a
 * probe when they meet one.  The function objects stay what they are. */
static struct writer {
	const char *name;
	PyMethodDef *def; /* NULL: left alone */
	PyCFunction original;
} writers[] = { { "dumps", NULL, NULL }, { "dump", NULL, NULL } };
#define NWRITERS (sizeof(writers) / sizeof(*writers))

static PyObject *write_as_is(const struct writer *w, PyObject *self,
			     PyObject *const *args, Py_ssize_t n,
			     PyObject *names)
{
	void (*f)(void) = (void (*)(void))w->original;

	if (w->def->ml_flags & METH_KEYWORDS)
		return ((_PyCFunctionFastWithKeywords)f)(self, args, n, names);
	return ((_PyCFunctionFast)f)(self, args, n);
}

/* The call again, with `plain` as what is written. */
static PyObject *write_plain(const struct writer *w, PyObject *self,
			     PyObject *plain, PyObject *const *args,
			     Py_ssize_t n, PyObject *names)
{
	Py_ssize_t all = n + (names ? PyTuple_GET_SIZE(names) : 0);
	PyObject **again = PyMem_Calloc((size_t)all, sizeof(*again)), *result;

	if (!again)
		return PyErr_NoMemory();
	memcpy(again, args, (size_t)all * sizeof(*again));
	again[0] = plain;
	result = write_as_is(w, self, again, n, names);
	PyMem_Free(again);
	return result;
}

static PyObject *write_value(const struct writer *w, PyObject *self,
			     PyObject *const *args, Py_ssize_t n,
			     PyObject *names)
{
	struct recording *r = recording_here();
	PyObject *result, *plain;

	meta_look();
	result = write_as_is(w, self, args, n, names);
	if (!r || !n)
		return result;
	if (result ? r->core != CORE_TRACE :
		     !PyErr_ExceptionMatches(PyExc_ValueError))
		return result;
	plain = plain_of(args[0]);
	if (!result && plain && plain != args[0]) {
		PyErr_Clear();
		result = write_plain(w, self, plain, args, n, names);
	}
	Py_XDECREF(plain);
	return result;
}

static PyObject *dumps_fast(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
	return write_value(&writers[0], self, args, n, NULL);
}

static PyObject *dumps_named(PyObject *self, PyObject *const *args,
			     Py_ssize_t n, PyObject *names)
{
	return write_value(&writers[0], self, args, n, names);
}

static PyObject *dump_fast(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
	return write_value(&writers[1], self, args, n, NULL);
}

static PyObject *dump_named(PyObject *self, PyObject *const *args, Py_ssize_t n,
			    PyObject *names)
{
	return write_value(&writers[1], self, args, n, names);
}

static void writer_install(PyObject *m, struct writer *w, _PyCFunctionFast fast,
			   _PyCFunctionFastWithKeywords named)
{
	PyObject *f = m ? PyObject_GetAttrString(m, w->name) : NULL;
	int flags = f && PyCFunction_Check(f) ? PyCFunction_GET_FLAGS(f) : 0;

	if (flags == METH_FASTCALL ||
	    flags == (METH_FASTCALL | METH_KEYWORDS)) {
		w->def = ((PyCFunctionObject *)f)->m_ml;
		w->original = w->def->ml_meth;
		w->def->ml_meth = flags == METH_FASTCALL ?
					  (PyCFunction)(void (*)(void))fast :
					  (PyCFunction)(void (*)(void))named;
	}
	Py_XDECREF(f);
	PyErr_Clear();
}

/* ---- on and off ---- */

void code_install(void)
{
	PyObject *m = PyImport_ImportModule("marshal");

	PyCode_Type.tp_getattro = code_attribute;
	PyType_Modified(&PyCode_Type);
	writer_install(m, &writers[0], dumps_fast, dumps_named);
	writer_install(m, &writers[1], dump_fast, dump_named);
	Py_XDECREF(m);
	PyErr_Clear();
}

void code_remove(void)
{
	size_t i;

	PyCode_Type.tp_getattro = PyObject_GenericGetAttr;
	PyType_Modified(&PyCode_Type);
	for (i = 0; i < NWRITERS; i++) {
		if (writers[i].def)
			writers[i].def->ml_meth = writers[i].original;
		writers[i].def = NULL;
	}
}
