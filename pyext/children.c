/*
 * children.c - processes and interpreters that nobody observes.
 *
 * If code of the project starts one, what the open carriers say is not all:
 * their tests must run next time.  pytest's own children, and those of the
 * standard library on its own account, do not count.
 */
#include "core.h"

#define UNSEEN "a child process could not be observed"

static const char *const events[] = {
	"cpython.PyInterpreterState_New",
	"os.exec",
	"os.fork",
	"os.forkpty",
	"os.posix_spawn",
	"os.spawn",
	"os.system",
	"pty.spawn",
	"subprocess.Popen",
};

int child_event(const char *event)
{
	size_t i;

	if (*event != 'c' && *event != 'o' && *event != 'p' && *event != 's')
		return 0;
	for (i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (!strcmp(event, events[i]))
			return 1;
	return 0;
}

/* Is a project's function on the stack of Python frames? */
static int project_calls(struct recording *r)
{
	PyFrameObject *f = PyEval_GetFrame(), *back;
	PyCodeObject *code;
	int found = 0;

	for (Py_XINCREF(f); f && !found; f = back) {
		code = PyFrame_GetCode(f);
		found = project_path(r, code->co_filename) != NULL;
		Py_DECREF(code);
		back = PyFrame_GetBack(f);
		Py_DECREF(f);
	}
	Py_XDECREF(f);
	return found;
}

void child_started(struct recording *r, const char *event, PyObject *args)
{
	struct carrier *c = stack_top(stack_charged(r));
	PyObject *program = NULL, *text;
	const char *p;

	if (c->kind != TAUT_CARRIER_TEST && c->kind != TAUT_CARRIER_FIXTURE &&
	    c->kind != TAUT_CARRIER_MEMO)
		return;
	if (!project_calls(r))
		return;
	if (args && PyTuple_Check(args) && PyTuple_GET_SIZE(args))
		program = PyTuple_GET_ITEM(args, 0);
	text = program ? PyUnicode_FromFormat("a child process could not be "
					      "observed: %s of %.200S",
					      event, program) :
			 PyUnicode_FromFormat("a child process could not be "
					      "observed: %s",
					      event);
	p = text ? PyUnicode_AsUTF8(text) : NULL;
	all_incomplete(r, p ? p : "a child process could not be observed");
	Py_XDECREF(text);
}

/* ---- multiprocessing ---- */

/*
 * The start methods spawn and forkserver raise no audit event: they call
 * _posixsubprocess.fork_exec themselves.  (subprocess does too, and was seen.)
 */
static struct {
	PyMethodDef *def;
	PyCFunction original;
} fork_exec;

static void forked(void)
{
	struct recording *r = recording_here();
	PyObject *error;

	if (!r)
		return;
	error = compat_take_error();
	child_started(r, "multiprocessing", NULL);
	PyErr_Clear();
	compat_give_error(error);
}

static PyObject *fork_varargs(PyObject *self, PyObject *args)
{
	forked();
	return fork_exec.original(self, args);
}

static PyObject *fork_fast(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
	_PyCFunctionFast f =
		(_PyCFunctionFast)(void (*)(void))fork_exec.original;

	forked();
	return f(self, args, n);
}

int children_install(void)
{
	PyObject *m = PyImport_ImportModule("_posixsubprocess"), *f;

	f = m ? PyObject_GetAttrString(m, "fork_exec") : NULL;
	PyErr_Clear();
	if (f && PyCFunction_CheckExact(f)) {
		fork_exec.def = ((PyCFunctionObject *)f)->m_ml;
		fork_exec.original = fork_exec.def->ml_meth;
		if (fork_exec.def->ml_flags == METH_VARARGS)
			fork_exec.def->ml_meth = fork_varargs;
		else if (fork_exec.def->ml_flags == METH_FASTCALL)
			fork_exec.def->ml_meth =
				(PyCFunction)(void (*)(void))fork_fast;
	}
	Py_XDECREF(f);
	Py_XDECREF(m);
	return 0;
}

void children_remove(void)
{
	if (fork_exec.def)
		fork_exec.def->ml_meth = fork_exec.original;
	fork_exec.def = NULL;
}
