/*
 * fixture.c - the type Uses: who uses a fixture's value that is there already.
 *
 * A fixture wider than a function is set up in one test and used by many.  Its
 * instance has a carrier (fixtures.py), and whoever uses its value refers to
 * that.  A cached value calls no hook: two methods of pytest's are replaced by
 * callables in C, which leave no frame in a traceback.
 *
 *	FixtureDef.execute		returns or raises what is cached
 *	FixtureRequest._get_active_fixturedef
 *					of a test that has the fixture already
 *
 * `numbers` is a dict: FixtureDef -> carrier of its present instance.
 */
#include "core.h"

#include <structmember.h>

struct uses {
	PyObject_HEAD PyObject *numbers; /* owned dict */
	PyObject *own;			 /* owned: the scope of a function */
	PyObject *watch;		 /* owned: begins a wider one's setup */
};

static PyObject *s_fixturedef, *s_scope;

/* The innermost carrier uses the value of `fixture`, if it has one. */
static void use(PyObject *numbers, PyObject *fixture)
{
	struct recording *r = taut_rec;
	unsigned long n;
	PyObject *number;

	if (!r || !PyDict_GET_SIZE(numbers))
		return;
	number = PyDict_GetItemWithError(numbers, fixture);
	n = number ? PyLong_AsUnsignedLong(number) : 0;
	/* That of `request` is a dataclass with a list, which has no hash. */
	if (PyErr_Occurred())
		PyErr_Clear();
	else if (number && n < r->ncarriers)
		carrier_ref(r, stack_top(stack_charged(r)), (uint32_t)n,
			    TAUT_EDGE_USES);
}

/* execute(self, request): only after it, when another parameter's instance is
 * gone. */
static PyObject *run_execute(PyObject *self, PyObject *const *args,
			     size_t nargsf, PyObject *names)
{
	struct hook *h = (struct hook *)self;
	PyObject *fixture, *result, *error;

	if (!PyVectorcall_NARGS(nargsf))
		return PyObject_Vectorcall(h->original, args, nargsf, names);
	fixture = Py_NewRef(args[0]);
	result = PyObject_Vectorcall(h->original, args, nargsf, names);
	error = result ? NULL : compat_take_error();
	use(h->helper, fixture);
	compat_give_error(error);
	Py_DECREF(fixture);
	return result;
}

static PyObject *run_active(PyObject *self, PyObject *const *args,
			    size_t nargsf, PyObject *names)
{
	struct hook *h = (struct hook *)self;
	PyObject *fixture =
		PyObject_Vectorcall(h->original, args, nargsf, names);

	if (fixture)
		use(h->helper, fixture);
	return fixture;
}

/* ---- Uses ---- */

static PyObject *uses_execute(PyObject *self, PyObject *original)
{
	return hook_method(original, ((struct uses *)self)->numbers,
			   run_execute);
}

static PyObject *uses_active(PyObject *self, PyObject *original)
{
	return hook_method(original, ((struct uses *)self)->numbers,
			   run_active);
}

/* The arguments of pytest_fixture_setup: for an Around.  A function's own
 * fixture belongs to its test; that most are is found without Python. */
static PyObject *uses_setup(PyObject *self, PyObject *args)
{
	struct uses *u = (struct uses *)self;
	PyObject *fixture = PyDict_GetItemWithError(args, s_fixturedef);
	PyObject *scope = fixture ? PyObject_GetAttr(fixture, s_scope) : NULL;
	int own = scope == u->own;

	Py_XDECREF(scope);
	if (own || PyErr_Occurred()) {
		PyErr_Clear();
		Py_RETURN_NONE;
	}
	return PyObject_CallOneArg(u->watch, args);
}

static int uses_init(PyObject *self, PyObject *args, PyObject *kw)
{
	static char *names[] = { "own", "watch", NULL };
	struct uses *u = (struct uses *)self;
	PyObject *own, *watch;

	if (!PyArg_ParseTupleAndKeywords(args, kw, "OO:Uses", names, &own,
					 &watch))
		return -1;
	if (!s_scope)
		s_scope = PyUnicode_InternFromString("_scope");
	if (!s_fixturedef)
		s_fixturedef = PyUnicode_InternFromString("fixturedef");
	Py_XSETREF(u->own, Py_NewRef(own));
	Py_XSETREF(u->watch, Py_NewRef(watch));
	Py_XSETREF(u->numbers, PyDict_New());
	return s_scope && s_fixturedef && u->numbers ? 0 : -1;
}

static int uses_traverse(PyObject *self, visitproc visit, void *arg)
{
	Py_VISIT(((struct uses *)self)->numbers);
	Py_VISIT(((struct uses *)self)->own);
	Py_VISIT(((struct uses *)self)->watch);
	return 0;
}

static int uses_clear(PyObject *self)
{
	Py_CLEAR(((struct uses *)self)->numbers);
	Py_CLEAR(((struct uses *)self)->own);
	Py_CLEAR(((struct uses *)self)->watch);
	return 0;
}

static void uses_dealloc(PyObject *self)
{
	PyObject_GC_UnTrack(self);
	uses_clear(self);
	Py_TYPE(self)->tp_free(self);
}

static PyMemberDef uses_members[] = {
	{ "numbers", T_OBJECT, offsetof(struct uses, numbers), READONLY, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static PyMethodDef uses_methods[] = {
	{ "execute", uses_execute, METH_O, NULL },
	{ "active", uses_active, METH_O, NULL },
	{ "setup", uses_setup, METH_O, NULL },
	{ NULL, NULL, 0, NULL },
};

PyTypeObject taut_uses_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "taut._core.Uses",
	.tp_basicsize = sizeof(struct uses),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
	.tp_new = PyType_GenericNew,
	.tp_init = uses_init,
	.tp_traverse = uses_traverse,
	.tp_clear = uses_clear,
	.tp_dealloc = uses_dealloc,
	.tp_members = uses_members,
	.tp_methods = uses_methods,
	.tp_doc = "Who uses a fixture's value that is there already.",
};
