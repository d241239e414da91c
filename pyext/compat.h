/*
 * compat.h - every test of PY_VERSION_HEX in the project, and nothing else.
 *
 * CPython 3.10 to 3.14, with the GIL.  A name here has the same meaning on
 * each of them; the fact behind a difference stands beside it.
 */
#ifndef TAUT_COMPAT_H
#define TAUT_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <frameobject.h>

#if PY_VERSION_HEX < 0x030a0000
#error "taut needs CPython 3.10 or later"
#endif

/*
 * How deep the running Python frame is.  Only compared: of two frames on one
 * stack the inner one has the larger number, a frame's number never changes.
 * 3.10 and 3.11 count C recursion too, which keeps that order.
 */
static inline int compat_depth(const PyThreadState *ts)
{
#if PY_VERSION_HEX >= 0x030c0000
	return ts->py_recursion_limit - ts->py_recursion_remaining;
#elif PY_VERSION_HEX >= 0x030b0000
	return ts->recursion_limit - ts->recursion_remaining;
#else
	return ts->recursion_depth;
#endif
}

/* What a weak reference refers to: only for comparing; it is not owned. */
static inline const void *compat_weak_target(PyObject *ref)
{
#if PY_VERSION_HEX >= 0x030d0000
	PyObject *o = NULL;

	if (PyWeakref_GetRef(ref, &o) > 0)
		Py_DECREF(o);
	return o;
#else
	return PyWeakref_GET_OBJECT(ref);
#endif
}

/* The pending exception as one owned reference (NULL: none), and back. */
static inline PyObject *compat_take_error(void)
{
#if PY_VERSION_HEX >= 0x030c0000
	return PyErr_GetRaisedException();
#else
	PyObject *type, *value, *tb, *all;

	PyErr_Fetch(&type, &value, &tb);
	if (!type)
		return NULL;
	all = PyTuple_New(3);
	if (!all) { /* out of memory: the first error matters more */
		PyErr_Restore(type, value, tb);
		return NULL;
	}
	PyTuple_SET_ITEM(all, 0, type);
	PyTuple_SET_ITEM(all, 1, value);
	PyTuple_SET_ITEM(all, 2, tb);
	return all;
#endif
}

static inline void compat_give_error(PyObject *error)
{
	if (!error)
		return;
#if PY_VERSION_HEX >= 0x030c0000
	PyErr_SetRaisedException(error);
#else
	PyErr_Restore(Py_XNewRef(PyTuple_GET_ITEM(error, 0)),
		      Py_XNewRef(PyTuple_GET_ITEM(error, 1)),
		      Py_XNewRef(PyTuple_GET_ITEM(error, 2)));
	Py_DECREF(error);
#endif
}

/* Call `f` for a Python function that C code calls (a slot of its class's; 3.11
 * runs it at once where Python code does). */
static inline void compat_function_call(PyObject *function, vectorcallfunc f)
{
#if PY_VERSION_HEX >= 0x030c0000
	PyFunction_SetVectorcall((PyFunctionObject *)function, f);
#else
	((PyFunctionObject *)function)->vectorcall = f;
#if PY_VERSION_HEX >= 0x030b0000
	((PyFunctionObject *)function)->func_version = 0;
#endif
#endif
}

/* Borrowed from the type, which is Python's own. */
static inline PyObject *compat_type_dict(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030c0000
	PyObject *dict = PyType_GetDict(type);

	Py_DECREF(dict);
	return dict;
#else
	return type->tp_dict;
#endif
}

/* May os.posix_spawn() be told None for the environment? */
#if PY_VERSION_HEX >= 0x030d0000
#define COMPAT_SPAWN_AS_I_AM 1
#else
#define COMPAT_SPAWN_AS_I_AM 0
#endif

/* A word of our own in every code object. */
#if PY_VERSION_HEX >= 0x030c0000
#define compat_code_index PyUnstable_Eval_RequestCodeExtraIndex
#define compat_code_get PyUnstable_Code_GetExtra
#define compat_code_set PyUnstable_Code_SetExtra
#else
#define compat_code_index _PyEval_RequestCodeExtraIndex
#define compat_code_get _PyCode_GetExtra
#define compat_code_set _PyCode_SetExtra
#endif

/* Give `f` (NULL: none) to every thread of this interpreter that exists. */
static inline void compat_trace_all(Py_tracefunc f, PyObject *arg)
{
#if PY_VERSION_HEX >= 0x030c0000
	PyEval_SetTraceAllThreads(f, arg);
#else
	PyEval_SetTrace(f, arg);
#endif
}

/* Has this thread our trace function?  0 also when it has another one. */
static inline int compat_traced_by(const PyThreadState *ts, Py_tracefunc f)
{
	return ts->c_tracefunc == f;
}

#endif
