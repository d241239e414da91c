/*
 * children.c - processes and interpreters that the project's code starts.
 *
 * Of a child that runs this interpreter, with our start-up file (taut.pth) in
 * its site-packages, everything is known: it tells it (stream.c), and the
 * carriers that are open now refer to its family (family.c).  It finds its
 * orders in the variable TAUT_RUN, which is put into its environment alone,
 * at the call that starts it, whatever environment it was given: nothing is
 * seen of that in os.environ, here or there.  So does a child by os.fork().
 *
 * All others are not observed: a shell, git, another Python, one with -S.
 * What the open carriers say is not all then: they depend on everything below
 * the root (TAUT_TREE), on all that is installed and, as who copies them, on
 * the environment variables, by way of one carrier that all of them refer to.
 * That one is incomplete, so that their tests must run next time, until the end of the recording finds the tree as it was at
 * the first such child, before it ran: a run that is killed leaves nothing
 * that could be taken for complete.  (Edits during the run change the tree,
 * and so do tests that leave files there.)
 *
 * pytest's own children, and those of the standard library on its own
 * account, do not count.
 */
#include "children.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

const char children_unseen[] = "a child process could not be observed";

static struct {
	struct carrier *carrier; /* NULL: no such child so far */
	struct file *tree;
	int differs; /* it was something else at a later one */
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
static const char forkserver[] = "popen_forkserver.py";

static int ends_with(PyObject *s, const char *with)
{
	Py_ssize_t n;
	const char *p = PyUnicode_AsUTF8AndSize(s, &n);
	size_t k = strlen(with);

	PyErr_Clear();
	return p && (size_t)n >= k && !strcmp(p + n - k, with);
}

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
	found = !PyUnicode_CompareWithASCIIString(code->co_name, "_launch") &&
		ends_with(code->co_filename, forkserver);
	Py_DECREF(code);
	return found;
}

int child_event(const char *event, PyObject *args)
{
	size_t i;

	if (!strchr("cops", *event))
		return 0;
	if (!strcmp(event, "open"))
		return is_launch(args);
	for (i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (!strcmp(event, events[i]))
			return 1;
	return 0;
}

static int is_foreign(void *r, PyFrameObject *f, PyCodeObject *code)
{
	(void)f;
	return !project_path(r, code->co_filename);
}

/* Is a project's function on the stack of Python frames? */
static int project_calls(struct recording *r)
{
	return !caller_walk(is_foreign, r);
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

static struct carrier *carrier_of_all(struct recording *r,
				      const struct taut_digest *d)
{
	struct carrier *c, *environment;

	everything.tree = file_input(r, TAUT_TREE, ".", d);
	c = everything.tree ?
		    carrier_new(r, TAUT_CARRIER_MEMO, "of child processes") :
		    NULL;
	if (!c)
		return NULL;
	carrier_incomplete(c, children_unseen);
	/* Without the reason it would be taken for complete. */
	if (!c->incomplete)
		return NULL;
	carrier_dep(r, c, everything.tree->base);
	installed_all(r, c);
	environment = environ_all(r);
	if (environment)
		carrier_ref(r, c, environment->number, TAUT_EDGE_USES);
	everything.carrier = c;
	return c;
}

static struct carrier *carrier_now(struct recording *r)
{
	struct taut_digest d;

	if (everything.carrier)
		return everything.carrier;
	if (taut_input_digest(TAUT_TREE, r->root, ".", &d))
		return NULL;
	return carrier_of_all(r, &d);
}

int children_tree(struct recording *r, struct carrier *c,
		  const struct taut_digest *d)
{
	if (beside_root(r) || (!everything.carrier && !carrier_of_all(r, d))) {
		PyErr_Clear();
		return -1;
	}
	if (memcmp(d, &everything.tree->digest, sizeof(*d)))
		everything.differs = 1;
	carrier_ref(r, c, everything.carrier->number, TAUT_EDGE_USES);
	return 0;
}

static void refer(struct recording *r, const struct stack *s,
		  const struct carrier *to)
{
	size_t i;

	/* The session's is every test's. */
	for (i = 0; i < s->n; i++)
		if (s->p[i].c != r->session || s->n == 1)
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
	text = program ? PyUnicode_FromFormat("%s: %s of %.200S",
					      children_unseen, event, program) :
			 PyUnicode_FromFormat("%s: %s", children_unseen, event);
	p = text ? PyUnicode_AsUTF8(text) : NULL;
	all_incomplete(r, p ? p : children_unseen);
	Py_XDECREF(text);
}

/* ---- does it count? ---- */

/* In a child everything does, but for what libraries look up about the system
 * while they are imported.  So does what the session starts before its tests:
 * they may use it. */
int child_counts(struct recording *r, struct caller *c)
{
	struct carrier *top = stack_top(stack_charged(r));

	if (telling(r)) {
		caller_find(r, c);
		return !(c->flags & CALLER_IMPORTING);
	}
	if (r->pid != getpid() || (top == r->session && top->final) ||
	    !project_calls(r))
		return 0;
	caller_find(r, c);
	return top->kind != TAUT_CARRIER_MODULE ||
	       !(c->flags & CALLER_IMPORTING);
}

void child_unobserved(struct recording *r, const char *event, PyObject *args,
		      const struct caller *c)
{
	struct carrier *top = stack_top(stack_charged(r)), *to;
	struct taut_digest d;
	struct file *f;

	if (telling(r)) {
		f = beside_root(r) || taut_input_digest(TAUT_TREE, r->root, ".",
							&d) ?
			    NULL :
			    file_input(r, TAUT_TREE, ".", &d);
		if (f)
			tell_file(r, f);
		else
			tell(r, TAUT_STREAM_LOST, 0, children_unseen);
		return;
	}
	if (top == r->session)
		return;
	to = beside_root(r) ? NULL : carrier_now(r);
	if (to)
		charge(r, to, c);
	else if (top->kind == TAUT_CARRIER_TEST ||
		 top->kind == TAUT_CARRIER_FIXTURE ||
		 top->kind == TAUT_CARRIER_MEMO)
		not_observed(r, event, args);
}

/* ---- observed ones ---- */

int birth_new(struct recording *r, struct birth *b, int server,
	      const struct caller *c)
{
	int n = snprintf(b->name, sizeof(b->name), "%s.%u", r->name,
			 ++r->nstarted);

	b->family = NULL;
	if (n < 0 || n >= (int)sizeof(b->name))
		return -1;
	if (telling(r)) {
		tell(r, TAUT_STREAM_CHILD, (uint32_t)server, b->name);
		return 0;
	}
	b->family = family_new(r, b->name, server);
	if (!b->family)
		return -1;
	charge(r, family_carrier(b->family), c);
	return 0;
}

void birth_pid(struct recording *r, const struct birth *b, pid_t pid)
{
	if (b->family)
		family_pid(b->family, pid);
	else
		tell(r, TAUT_STREAM_PID, (uint32_t)pid, b->name);
}

/* The child that os.fork() is about to make: its stream, already open. */
static struct {
	struct taut_stream *out; /* owned */
	char name[128];
} forking;

void fork_forget(void)
{
	taut_stream_close(forking.out);
	forking.out = NULL;
}

int fork_begins(struct recording *r, const struct caller *c)
{
	struct birth b = { "", NULL };

	fork_forget();
	if (birth_new(r, &b, 0, c) ||
	    taut_stream_open(r->dir, b.name, &forking.out, NULL))
		return -1;
	strcpy(forking.name, b.name);
	return 0;
}

static PyObject *in_parent(PyObject *self, PyObject *ignored)
{
	(void)self;
	(void)ignored;
	fork_forget();
	Py_RETURN_NONE;
}

static PyObject *in_child(PyObject *self, PyObject *ignored)
{
	struct recording *r = taut_rec;
	char *name;

	(void)self;
	(void)ignored;
	if (r && forking.out) {
		name = strdup(forking.name);
		if (name) {
			free(r->name);
			r->name = name;
			r->nstarted = 0;
		}
		tell_begin(r, forking.out, 1);
		forking.out = NULL;
		/* Two processes would give their children the same names. */
		if (!name)
			tell(r, TAUT_STREAM_LOST, 0, "out of memory");
	}
	families_forget();
	Py_RETURN_NONE;
}

static PyMethodDef at_fork[] = {
	{ "taut_in_parent", in_parent, METH_NOARGS, NULL },
	{ "taut_in_child", in_child, METH_NOARGS, NULL },
};

/* Cannot be taken back: once a process. */
static int at_fork_install(void)
{
	static int done;
	PyObject *os, *parent, *child, *kw = NULL, *f = NULL, *none, *args;
	int rc = -1;

	if (done)
		return 0;
	os = PyImport_ImportModule("os");
	parent = PyCFunction_New(&at_fork[0], NULL);
	child = PyCFunction_New(&at_fork[1], NULL);
	args = PyTuple_New(0);
	if (os && parent && child && args) {
		kw = Py_BuildValue("{sOsO}", "after_in_parent", parent,
				   "after_in_child", child);
		f = PyObject_GetAttrString(os, "register_at_fork");
	}
	none = kw && f ? PyObject_Call(f, args, kw) : NULL;
	if (none)
		rc = 0;
	done = !rc;
	Py_XDECREF(os);
	Py_XDECREF(parent);
	Py_XDECREF(child);
	Py_XDECREF(args);
	Py_XDECREF(kw);
	Py_XDECREF(f);
	Py_XDECREF(none);
	return rc;
}

/* A plugin runs each test in a process of its own. */
static int forks_test(struct recording *r, struct caller *c)
{
	memset(c, 0, sizeof(*c));
	c->function = c->module = NONE;
	return !telling(r) && r->pid == getpid() &&
	       stack_top(stack_charged(r))->kind == TAUT_CARRIER_TEST;
}

/* ---- events ---- */

static int starts_with(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

void child_started(struct recording *r, const char *event, PyObject *args)
{
	struct family *server;
	struct caller c;

	if (spawn_seen(event))
		return;
	if (starts_with(event, "os.fork")) {
		if ((forks_test(r, &c) || child_counts(r, &c)) &&
		    fork_begins(r, &c))
			child_unobserved(r, event, args, &c);
		return;
	}
	if (!child_counts(r, &c))
		return;
	server = *event == 'o' && !strcmp(event, "open") ? family_server() :
							   NULL;
	if (server)
		charge(r, family_carrier(server), &c);
	else if (!telling(r) || strcmp(event, "open"))
		child_unobserved(r, event, args, &c);
}

/* ---- children that outlive a test ---- */

int refers(const struct carrier *c, uint32_t number)
{
	size_t i;

	for (i = 0; i < c->refs.n; i++)
		if (c->refs.p[i] >> 2 == number)
			return 1;
	return 0;
}

int refer_fixtures(struct recording *r, struct carrier *test, uint32_t number)
{
	struct vec todo = { NULL, 0, 0 };
	struct carrier *c;
	size_t i, k;
	int found = 0;

	if (vec_add(&todo, test->number))
		carrier_incomplete(test, "out of memory");
	for (i = 0; i < todo.n; i++)
		for (k = 0; k < r->carriers[todo.p[i]]->refs.n; k++) {
			c = r->carriers[r->carriers[todo.p[i]]->refs.p[k] >> 2];
			if (c->kind != TAUT_CARRIER_FIXTURE)
				continue;
			found = 1;
			if (refers(c, number))
				continue;
			carrier_ref(r, c, number, TAUT_EDGE_USES);
			if (vec_add(&todo, c->number))
				carrier_incomplete(test, "out of memory");
		}
	vec_free(&todo);
	return found;
}

/* A pool of a fixture starts its processes when a test first needs them; the
 * next test finds them there. */
void children_left(struct recording *r, struct carrier *test)
{
	struct carrier *to = everything.carrier;
	siginfo_t info;

	if (telling(r) || r->pid != getpid())
		return;
	if (to && refers(test, to->number) &&
	    !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT))
		refer_fixtures(r, test, to->number);
	families_left(r, test);
}

/* ---- the end ---- */

static int same_tree(struct recording *r)
{
	struct taut_digest d;

	return !beside_root(r) && !everything.differs &&
	       !taut_input_digest(TAUT_TREE, r->root, ".", &d) &&
	       !memcmp(&d, &everything.tree->digest, sizeof(d));
}

int children_install(void)
{
	spawn_install();
	return at_fork_install();
}

void children_remove(void)
{
	spawn_remove();
	fork_forget();
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
	memset(&everything, 0, sizeof(everything));
}
