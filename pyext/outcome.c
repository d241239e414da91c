/*
 * outcome.c - the type Outcome: how a test ended, from the reports of its
 * phases.
 *
 *	outcome	enum taut_outcome, or None: there was no report
 *	seconds	that its phases took
 *	when	the first phase that failed, or None
 */
#include "core.h"

#include <structmember.h>

struct outcome {
	PyObject_HEAD int outcome; /* -1: none */
	double seconds;
	PyObject *when; /* owned; NULL: None */
};

/* Three reports a test: their attributes are found by interned names. */
static PyObject *s_duration, *s_outcome, *s_when, *s_wasxfail;

static int names_ready(void)
{
	const struct {
		PyObject **to;
		const char *name;
	} all[] = { { &s_duration, "duration" },
		    { &s_outcome, "outcome" },
		    { &s_when, "when" },
		    { &s_wasxfail, "wasxfail" } };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!*all[i].to &&
		    !(*all[i].to = PyUnicode_InternFromString(all[i].name)))
			return -1;
	return 0;
}

static PyObject *outcome_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
	PyObject *self;

	(void)args;
	(void)kw;
	if (names_ready())
		return NULL;
	self = type->tp_alloc(type, 0);
	if (self)
		((struct outcome *)self)->outcome = -1;
	return self;
}

static PyObject *outcome_clear(PyObject *self, PyObject *ignored)
{
	struct outcome *o = (struct outcome *)self;

	(void)ignored;
	o->outcome = -1;
	o->seconds = 0;
	Py_CLEAR(o->when);
	Py_RETURN_NONE;
}

static void failed(struct outcome *o, PyObject *report)
{
	o->outcome = TAUT_FAILED;
	if (!o->when)
		o->when = PyObject_GetAttr(report, s_when);
}

/* A report of pytest; of a foreign object what it lacks is left out. */
static PyObject *outcome_add(PyObject *self, PyObject *report)
{
	struct outcome *o = (struct outcome *)self;
	PyObject *word = PyObject_GetAttr(report, s_outcome), *when = NULL;
	PyObject *duration = word ? PyObject_GetAttr(report, s_duration) : NULL;
	double seconds = duration ? PyFloat_AsDouble(duration) : 0;

	if (!PyErr_Occurred())
		o->seconds += seconds;
	PyErr_Clear();
	if (!word || !PyUnicode_Check(word)) {
		/* no outcome that pytest knows */
	} else if (!PyUnicode_CompareWithASCIIString(word, "failed")) {
		failed(o, report);
	} else if (o->outcome == TAUT_FAILED) {
		/* and stays so */
	} else if (!PyUnicode_CompareWithASCIIString(word, "skipped")) {
		o->outcome = PyObject_HasAttr(report, s_wasxfail) ?
				     TAUT_XFAILED :
				     TAUT_SKIPPED;
	} else if (!PyUnicode_CompareWithASCIIString(word, "passed")) {
		when = PyObject_GetAttr(report, s_when);
		if (when && PyUnicode_Check(when) &&
		    !PyUnicode_CompareWithASCIIString(when, "call"))
			o->outcome = PyObject_HasAttr(report, s_wasxfail) ?
					     TAUT_XPASSED :
					     TAUT_PASSED;
	}
	PyErr_Clear();
	Py_XDECREF(word);
	Py_XDECREF(when);
	Py_XDECREF(duration);
	Py_RETURN_NONE;
}

static PyObject *outcome_outcome(PyObject *self, void *ignored)
{
	int outcome = ((struct outcome *)self)->outcome;

	(void)ignored;
	return outcome < 0 ? Py_NewRef(Py_None) : PyLong_FromLong(outcome);
}

static void outcome_dealloc(PyObject *self)
{
	Py_CLEAR(((struct outcome *)self)->when);
	Py_TYPE(self)->tp_free(self);
}

static PyGetSetDef outcome_getset[] = {
	{ "outcome", outcome_outcome, NULL, "enum taut_outcome, or None.",
	  NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyMemberDef outcome_members[] = {
	{ "seconds", T_DOUBLE, offsetof(struct outcome, seconds), READONLY,
	  NULL },
	{ "when", T_OBJECT, offsetof(struct outcome, when), READONLY, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static PyMethodDef outcome_methods[] = {
	{ "add", outcome_add, METH_O, NULL },
	{ "clear", outcome_clear, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};

PyTypeObject taut_outcome_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "taut._core.Outcome",
	.tp_basicsize = sizeof(struct outcome),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.tp_new = outcome_new,
	.tp_dealloc = outcome_dealloc,
	.tp_methods = outcome_methods,
	.tp_members = outcome_members,
	.tp_getset = outcome_getset,
	.tp_doc = "How a test ended.",
};
