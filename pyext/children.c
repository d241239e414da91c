/*
 * children.c - processes and interpreters that nobody observes.
 *
 * If code of the project starts one, what the open carriers say is not all:
 * they depend on everything below the root (TAUT_TREE) and on all that is
 * installed, by way of one carrier that all of them refer to.  That one is incomplete, so that their tests must
 * run next time, until the end of the recording finds the tree as it was at
 * the first child, before it ran: a run that is killed leaves nothing that
 * could be taken for complete.  (Edits during the run change the tree, and so
 * do tests that leave files there.)
 *
 * pytest's own children, and those of the standard library on its own
 * account, do not count.
 */
#include "inputs.h"

#include <sys/wait.h>
#include <unistd.h>

#define UNSEEN "a child process could not be observed"

static struct {
	struct carrier *carrier; /* NULL: no child so far */
	struct file *tree;
} everything;

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

/*
 * A server forks for multiprocessing's start method of that name.  It is told
 * what to do through a pipe, and waits for that; _launch() opens the other end.
 */
static int is_launch(PyObject *args)
{
	PyFrameObject *f;
	PyCodeObject *code;
	int found;

	if (PyTuple_GET_SIZE(args) < 1 ||
	    !PyLong_Check(PyTuple_GET_ITEM(args, 0)))
		return 0;
	f = PyEval_GetFrame();
	if (!f)
		return 0;
	code = PyFrame_GetCode(f);
	found = !PyUnicode_CompareWithASCIIString(code->co_name, "_launch");
	Py_DECREF(code);
	return found;
}

int child_event(const char *event, PyObject *args)
{
	size_t i;

	if (*event != 'c' && *event != 'o' && *event != 'p' && *event != 's')
		return 0;
	if (!strcmp(event, "open"))
		return is_launch(args);
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

/* ---- the carrier ---- */

/* Does project code stand where no digest of the root sees it? */
static int beside_root(const struct recording *r)
{
	size_t i;

	for (i = 0; i < r->nfiles; i++)
		if ((r->files[i]->kind == TAUT_PY ||
		     r->files[i]->kind == TAUT_DATA) &&
		    !strncmp(r->files[i]->path, "../", 3))
			return 1;
	return 0;
}

static struct carrier *carrier_now(struct recording *r)
{
	struct taut_digest d;
	struct carrier *c;
	struct file *all;

	if (everything.carrier)
		return everything.carrier;
	if (taut_input_digest(TAUT_TREE, r->root, ".", &d))
		return NULL;
	everything.tree = file_input(r, TAUT_TREE, ".", &d);
	c = everything.tree ?
		    carrier_new(r, TAUT_CARRIER_MEMO, "of child processes") :
		    NULL;
	if (!c)
		return NULL;
	carrier_incomplete(c, UNSEEN);
	/* Without the reason it would be taken for complete. */
	if (!c->incomplete)
		return NULL;
	carrier_dep(r, c, everything.tree->base);
	all = installed_all(r);
	if (all)
		carrier_dep(r, c, all->base);
	everything.carrier = c;
	return c;
}

static void refer(struct recording *r, const struct stack *s,
		  const struct carrier *to)
{
	size_t i;

	/* The session's is every test's: what it starts serves all of them,
	 * and decides about none. */
	for (i = 0; i < s->n; i++)
		if (s->p[i].c != r->session)
			carrier_ref(r, s->p[i].c, to->number, TAUT_EDGE_USES);
}

/* All that is open, what the thread does later, and what library code may
 * have kept of the child. */
static void charge(struct recording *r, struct carrier *to,
		   const struct caller *c)
{
	struct stack *here = stack_here(r);

	refer(r, &r->main, to);
	if (here != &r->main)
		refer(r, here, to);
	if (!(c->flags & CALLER_IMPORTING))
		inputs_refer(r, to, c);
}

static void not_observed(struct recording *r, const char *event, PyObject *args)
{
	PyObject *program = NULL, *text;
	const char *p;

	if (args && PyTuple_Check(args) && PyTuple_GET_SIZE(args))
		program = PyTuple_GET_ITEM(args, 0);
	text = program ? PyUnicode_FromFormat(UNSEEN ": %s of %.200S", event,
					      program) :
			 PyUnicode_FromFormat(UNSEEN ": %s", event);
	p = text ? PyUnicode_AsUTF8(text) : NULL;
	all_incomplete(r, p ? p : UNSEEN);
	Py_XDECREF(text);
}

void child_started(struct recording *r, const char *event, PyObject *args)
{
	struct carrier *top = stack_top(stack_charged(r)), *to;
	struct caller c;

	if (r->pid != getpid() || top->kind == TAUT_CARRIER_SESSION ||
	    !project_calls(r))
		return;
	caller_find(r, &c);
	/* A library that looks at the system while it is imported. */
	if (top->kind == TAUT_CARRIER_MODULE && c.flags & CALLER_IMPORTING)
		return;
	to = beside_root(r) ? NULL : carrier_now(r);
	if (to)
		charge(r, to, &c);
	else if (top->kind == TAUT_CARRIER_TEST ||
		 top->kind == TAUT_CARRIER_FIXTURE ||
		 top->kind == TAUT_CARRIER_MEMO)
		not_observed(r, event, args);
}

/* ---- children that outlive a test ---- */

static int refers(const struct carrier *c, uint32_t number)
{
	size_t i;

	for (i = 0; i < c->refs.n; i++)
		if (c->refs.p[i] >> 2 == number)
			return 1;
	return 0;
}

/* A pool of a fixture starts its processes when a test first needs them; the
 * next test finds them there. */
void children_left(struct recording *r, struct carrier *test)
{
	struct carrier *to = everything.carrier, *c;
	struct vec todo = { NULL, 0, 0 };
	siginfo_t info;
	size_t i, k;

	if (!to || r->pid != getpid() || !refers(test, to->number) ||
	    waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT))
		return;
	if (vec_add(&todo, test->number))
		carrier_incomplete(test, "out of memory");
	for (i = 0; i < todo.n; i++)
		for (k = 0; k < r->carriers[todo.p[i]]->refs.n; k++) {
			c = r->carriers[r->carriers[todo.p[i]]->refs.p[k] >> 2];
			if (c->kind != TAUT_CARRIER_FIXTURE ||
			    refers(c, to->number))
				continue;
			carrier_ref(r, c, to->number, TAUT_EDGE_USES);
			if (vec_add(&todo, c->number))
				carrier_incomplete(test, "out of memory");
		}
	vec_free(&todo);
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

/* ---- the end ---- */

static int same_tree(struct recording *r)
{
	struct taut_digest d;

	return !beside_root(r) &&
	       !taut_input_digest(TAUT_TREE, r->root, ".", &d) &&
	       !memcmp(&d, &everything.tree->digest, sizeof(d));
}

void children_stop(struct recording *r)
{
	struct carrier *c = everything.carrier;
	char *owner;

	if (c && r->pid == getpid()) {
		if (same_tree(r)) {
			free(c->incomplete);
			c->incomplete = NULL;
		} else {
			/* It is the reason that its users are shown. */
			owner = strdup("of child processes, during which the "
				       "project changed,");
			if (owner) {
				free(c->owner);
				c->owner = owner;
			}
		}
		carrier_dirty(r, c);
	}
	everything.carrier = NULL;
	everything.tree = NULL;
}
