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
	PyErr_Clear();
	return value;
}

void code_install(void)
{
	PyCode_Type.tp_getattro = code_attribute;
	PyType_Modified(&PyCode_Type);
}

void code_remove(void)
{
	PyCode_Type.tp_getattro = PyObject_GenericGetAttr;
	PyType_Modified(&PyCode_Type);
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

/* The call again, with `plain` as what is written. */
static PyObject *write_plain(PyObject *original, PyObject *plain,
			     PyObject *args, PyObject *kw)
{
	PyObject *rest = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
	PyObject *first = PyTuple_Pack(1, plain), *all = NULL, *result = NULL;

	if (rest && first)
		all = PySequence_Concat(first, rest);
	if (all)
		result = PyObject_Call(original, all, kw);
	Py_XDECREF(rest);
	Py_XDECREF(first);
	Py_XDECREF(all);
	return result;
}

PyObject *code_marshal(PyObject *original, PyObject *args, PyObject *kw)
{
	PyObject *result = PyObject_Call(original, args, kw), *plain;
	struct recording *r = recording_here();

	if (!r || !PyTuple_GET_SIZE(args))
		return result;
	if (result ? r->core != CORE_TRACE :
		     !PyErr_ExceptionMatches(PyExc_ValueError))
		return result;
	plain = plain_of(PyTuple_GET_ITEM(args, 0));
	if (!result && plain && plain != PyTuple_GET_ITEM(args, 0)) {
		PyErr_Clear();
		result = write_plain(original, plain, args, kw);
	}
	Py_XDECREF(plain);
	return result;
}
