/*
 * recorder.c - the type Recorder: one process's recording, for Python.
 */
#include "core.h"
#include "inputs.h"

#include <unistd.h>

struct recorder {
	PyObject_HEAD struct recording r;
};

/* ---- life ---- */

static int need(const struct recording *r)
{
	if (taut_rec == r)
		return 0;
	PyErr_SetString(PyExc_ValueError, "the recorder is closed");
	return -1;
}

static struct carrier *carrier_at(struct recording *r, unsigned long n)
{
	if (need(r))
		return NULL;
	if (n < r->ncarriers)
		return r->carriers[n];
	PyErr_Format(PyExc_ValueError, "no carrier %lu", n);
	return NULL;
}

static struct carrier *unfinished(struct recording *r, unsigned long n)
{
	struct carrier *c = carrier_at(r, n);

	if (!c || !c->freed)
		return c;
	PyErr_SetString(PyExc_ValueError, "the carrier is final");
	return NULL;
}

static struct file *file_at(struct recording *r, unsigned long n)
{
	if (need(r))
		return NULL;
	if (n < r->nfiles)
		return r->files[n];
	PyErr_Format(PyExc_ValueError, "no file %lu", n);
	return NULL;
}

static int recorder_init(PyObject *self, PyObject *args, PyObject *kw)
{
	static char *names[] = { "run_dir",	 "writer",   "root",  "core",
				 "project_path", "settings", "child", NULL };
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *dir, *writer, *root, *hold[3] = { NULL, NULL, NULL };
	const char *d, *w, *o;
	int i, child = 0, rc = -1;

	r->settings = Py_None;
	if (!PyArg_ParseTupleAndKeywords(
		    args, kw, "UUUiO|Op:Recorder", names, &dir, &writer, &root,
		    &r->core, &r->project_path, &r->settings, &child)) {
		r->project_path = r->settings = NULL;
		return -1;
	}
	Py_INCREF(r->project_path);
	Py_INCREF(r->settings);
	if (taut_rec || r->log) {
		PyErr_SetString(PyExc_RuntimeError,
				"this process records already");
		Py_CLEAR(r->project_path);
		Py_CLEAR(r->settings);
		return -1;
	}
	d = path_bytes(dir, &hold[0]);
	w = d ? path_bytes(writer, &hold[1]) : NULL;
	o = w ? path_bytes(root, &hold[2]) : NULL;
	if (o && !recording_open(r, d, w, o, child)) {
		taut_rec = r;
		/* A child records to its very end, whoever is left. */
		if (child)
			Py_INCREF(self);
		rc = hooks_install(child);
		if (!rc)
			rc = inputs_start(r, d);
		if (!rc && r->core == CORE_TRACE)
			rc = trace_start(r);
	}
	for (i = 0; i < 3; i++)
		Py_XDECREF(hold[i]);
	return rc;
}

/* Write what is left and stop; what fails is told, but everything is undone. */
static int recorder_end(struct recording *r)
{
	struct taut_err err = { 0, "" };
	int rc = 0;

	if (taut_rec != r)
		return 0;
	trace_stop(r);
	hooks_remove();
	families_stop(r);
	installed_settle(r, 1);
	inputs_stop(r);
	children_stop(r);
	stack_cut(r, &r->main, 1);
	rc = carrier_write(r, r->session, 1, &err);
	if (!rc)
		rc = write_dirty(r, &err);
	if (rc && r->log)
		taut_log_drop(r->log);
	/* In a forked child the log's buffer is the parent's. */
	if (r->pid == getpid() && r->log &&
	    taut_log_close(r->log, rc ? NULL : &err) && !rc)
		rc = err.code;
	r->log = NULL;
	recording_free(r);
	if (rc)
		raise_err(&err);
	return rc ? -1 : 0;
}

static void recorder_dealloc(PyObject *self)
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *error = compat_take_error();

	if (recorder_end(r))
		PyErr_Clear();
	if (r->log && r->pid == getpid())
		taut_log_close(r->log, NULL);
	recording_free(r);
	compat_give_error(error);
	Py_TYPE(self)->tp_free(self);
}

static PyObject *recorder_close(PyObject *self, PyObject *ignored)
{
	(void)ignored;
	if (recorder_end(&((struct recorder *)self)->r))
		return NULL;
	Py_RETURN_NONE;
}

/* ---- files ---- */

static PyObject *recorder_add_source(PyObject *self, PyObject *args)
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *path, *hold;
	struct file *f = NULL;
	struct carrier *c;
	const char *p;
	Py_buffer data;

	if (need(r) || !PyArg_ParseTuple(args, "Uy*:add_source", &path, &data))
		return NULL;
	p = path_bytes(path, &hold);
	if (p)
		f = file_source(r, p, data.buf, (size_t)data.len);
	if (f)
		environ_source(r, data.buf, (size_t)data.len);
	PyBuffer_Release(&data);
	if (f && telling(r))
		tell_file(r, f);
	if (f) {
		/* The module that is being imported now is this file. */
		c = stack_top(stack_charged(r));
		if (c->kind == TAUT_CARRIER_MODULE && c->file == NONE &&
		    !strcmp(c->owner, p)) {
			c->file = f->number;
			f->module = c->number;
		}
		docs_add(r, f);
	}
	Py_XDECREF(hold);
	return f ? PyLong_FromUnsignedLong(f->number) : NULL;
}

static PyObject *recorder_project(PyObject *self, PyObject *filename)
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *path;

	if (need(r))
		return NULL;
	path = project_path(r, filename);
	return Py_NewRef(path ? path : Py_None);
}

static PyObject *recorder_mark(PyObject *self, PyObject *args)
{
	struct recording *r = &((struct recorder *)self)->r;
	unsigned long handle;
	PyObject *marks;
	struct file *f;

	if (!PyArg_ParseTuple(args, "kO:mark", &handle, &marks))
		return NULL;
	f = file_at(r, handle);
	if (!f || (f->source && file_marks(r, f, marks)))
		return NULL;
	Py_RETURN_NONE;
}

static PyObject *recorder_bind(PyObject *self, PyObject *args)
{
	struct recording *r = &((struct recorder *)self)->r;
	unsigned long handle;
	PyObject *code;
	struct file *f;

	if (!PyArg_ParseTuple(args, "O!k:bind", &PyCode_Type, &code, &handle))
		return NULL;
	f = file_at(r, handle);
	if (!f)
		return NULL;
	if (!f->source) {
		PyErr_SetString(PyExc_ValueError, "not a source");
		return NULL;
	}
	if (r->core == CORE_TRACE ? trace_bind(r, code, f) :
				    probe_bind(code, f))
		return NULL;
	return Py_NewRef(code);
}

static PyObject *recorder_add_input(PyObject *self, PyObject *args)
{
	struct recording *r = &((struct recorder *)self)->r;
	struct file *f = NULL;
	PyObject *path, *hold = NULL;
	struct taut_digest d;
	const char *p, *b;
	Py_ssize_t n;
	int kind;

	if (need(r) ||
	    !PyArg_ParseTuple(args, "iUy#:add_input", &kind, &path, &b, &n))
		return NULL;
	if (kind < TAUT_DATA || kind > TAUT_TREE || n != sizeof(d.b)) {
		PyErr_SetString(PyExc_ValueError, "no such kind or digest");
		return NULL;
	}
	memcpy(d.b, b, sizeof(d.b));
	p = path_bytes(path, &hold);
	if (p)
		f = file_input(r, kind, p, &d);
	Py_XDECREF(hold);
	return f ? PyLong_FromUnsignedLong(f->number) : NULL;
}

static PyObject *recorder_add_root(PyObject *self, PyObject *args)
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *dir, *path, *hold[2] = { NULL, NULL };
	const char *d, *p;
	int rc = -1;

	if (need(r) || !PyArg_ParseTuple(args, "UU:add_root", &dir, &path))
		return NULL;
	d = path_bytes(dir, &hold[0]);
	p = d ? path_bytes(path, &hold[1]) : NULL;
	if (p) {
		rc = paths_add_root(d, p);
		if (rc)
			PyErr_NoMemory();
	}
	Py_XDECREF(hold[0]);
	Py_XDECREF(hold[1]);
	return rc ? NULL : Py_NewRef(Py_None);
}

static PyObject *recorder_roots(PyObject *self, PyObject *ignored)
{
	(void)ignored;
	return need(&((struct recorder *)self)->r) ? NULL : paths_roots();
}

static PyObject *with_text(PyObject *self, PyObject *text,
			   void (*what)(struct recording *r, const char *p))
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *hold = NULL;
	const char *p;

	if (need(r))
		return NULL;
	p = path_bytes(text, &hold);
	if (p)
		what(r, p);
	Py_XDECREF(hold);
	return p ? Py_NewRef(Py_None) : NULL;
}

static void lost(struct recording *r, const char *reason)
{
	if (telling(r))
		tell(r, TAUT_STREAM_LOST, 0, reason);
}

static PyObject *recorder_lost(PyObject *self, PyObject *reason)
{
	return with_text(self, reason, lost);
}

static PyObject *recorder_incomplete(PyObject *self, PyObject *reason)
{
	return with_text(self, reason, all_incomplete);
}

static PyObject *recorder_assume_environ(PyObject *self, PyObject *values)
{
	if (need(&((struct recorder *)self)->r) || environ_assume(values))
		return NULL;
	Py_RETURN_NONE;
}

static PyObject *recorder_watch_installed(PyObject *self, PyObject *args)
{
	PyObject *resolve, *metadata, *skip;

	if (need(&((struct recorder *)self)->r) ||
	    !PyArg_ParseTuple(args, "OOO!:watch_installed", &resolve, &metadata,
			      &PyFrozenSet_Type, &skip) ||
	    installed_start(resolve, metadata, skip))
		return NULL;
	Py_RETURN_NONE;
}

static PyObject *recorder_installed(PyObject *self, PyObject *name)
{
	struct recording *r = &((struct recorder *)self)->r;
	uint32_t number;

	if (need(r))
		return NULL;
	number = installed_top(r, name);
	return number == NONE ? Py_NewRef(Py_None) :
				PyLong_FromUnsignedLong(number);
}

static int depend(struct recording *r, struct carrier *c, PyObject *handle)
{
	unsigned long n = PyLong_AsUnsignedLong(handle);
	struct file *f;

	if (n == (unsigned long)-1 && PyErr_Occurred())
		return -1;
	f = file_at(r, n);
	f = f ? file_whole(r, f) : NULL;
	if (!f)
		return -1;
	carrier_dep(r, c, f->base);
	return 0;
}

static PyObject *recorder_depend(PyObject *self, PyObject *handle)
{
	struct recording *r = &((struct recorder *)self)->r;

	if (need(r) || depend(r, stack_top(stack_charged(r)), handle))
		return NULL;
	Py_RETURN_NONE;
}

/* ---- carriers ---- */

/* A new one, open here; NULL with an error. */
static struct carrier *carrier_open(struct recording *r, int kind,
				    const char *owner)
{
	struct carrier *c;

	if (r->core == CORE_TRACE)
		trace_check(r);
	c = carrier_new(r, kind, owner);
	return c && !stack_push(r, stack_here(r), c, 0) ? c : NULL;
}

static PyObject *recorder_push(PyObject *self, PyObject *args)
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *owner, *hold = NULL;
	struct carrier *c = NULL;
	const char *o;
	int kind;

	if (need(r) || !PyArg_ParseTuple(args, "iU:push", &kind, &owner))
		return NULL;
	if (kind < TAUT_CARRIER_TEST || kind > TAUT_CARRIER_SESSION) {
		PyErr_SetString(PyExc_ValueError, "no such kind");
		return NULL;
	}
	o = path_bytes(owner, &hold);
	if (o)
		c = carrier_open(r, kind, o);
	Py_XDECREF(hold);
	return c ? PyLong_FromUnsignedLong(c->number) : NULL;
}

static PyObject *recorder_reopen(PyObject *self, PyObject *number)
{
	struct recording *r = &((struct recorder *)self)->r;
	unsigned long n = PyLong_AsUnsignedLong(number);
	struct carrier *c;

	if (n == (unsigned long)-1 && PyErr_Occurred())
		return NULL;
	c = unfinished(r, n);
	if (!c)
		return NULL;
	/* The session's carrier never left the bottom of the stack. */
	if (c != r->session && stack_push(r, stack_here(r), c, 0))
		return NULL;
	Py_RETURN_NONE;
}

/* Close c, which is open here, and what was left open above it. */
static int close_carrier(struct recording *r, struct carrier *c, int final)
{
	struct taut_err err;
	struct stack *s;
	size_t i;

	if (r->core == CORE_TRACE)
		trace_check(r);
	s = stack_here(r);
	for (i = s->n; i > 0 && s->p[i - 1].c != c; i--)
		;
	if (!i) {
		PyErr_Format(PyExc_ValueError, "carrier %u is not open",
			     c->number);
		return -1;
	}
	stack_cut(r, s, c == r->session ? i : i - 1);
	if (c->kind == TAUT_CARRIER_TEST)
		children_left(r, c);
	if ((!c->open || c == r->session) && carrier_write(r, c, final, &err)) {
		raise_err(&err);
		return -1;
	}
	return 0;
}

static PyObject *recorder_pop(PyObject *self, PyObject *args, PyObject *kw)
{
	static char *names[] = { "number", "final", NULL };
	struct recording *r = &((struct recorder *)self)->r;
	struct carrier *c;
	unsigned long n;
	int final = 1;

	if (!PyArg_ParseTupleAndKeywords(args, kw, "k|p:pop", names, &n,
					 &final))
		return NULL;
	c = carrier_at(r, n);
	if (!c || close_carrier(r, c, final))
		return NULL;
	Py_RETURN_NONE;
}

static int refer(struct recording *r, struct carrier *c, PyObject *number)
{
	unsigned long n = PyLong_AsUnsignedLong(number);

	if ((n == (unsigned long)-1 && PyErr_Occurred()) || !carrier_at(r, n))
		return -1;
	carrier_ref(r, c, (uint32_t)n, TAUT_EDGE_USES);
	return 0;
}

static PyObject *recorder_ref(PyObject *self, PyObject *number)
{
	struct recording *r = &((struct recorder *)self)->r;

	if (need(r) || refer(r, stack_top(stack_charged(r)), number))
		return NULL;
	Py_RETURN_NONE;
}

static PyObject *recorder_link(PyObject *self, PyObject *args)
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *target;
	unsigned long source;
	struct carrier *c;

	if (!PyArg_ParseTuple(args, "kO:link", &source, &target))
		return NULL;
	c = unfinished(r, source);
	if (!c || refer(r, c, target))
		return NULL;
	Py_RETURN_NONE;
}

static PyObject *recorder_module_of(PyObject *self, PyObject *path)
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *number;

	if (need(r))
		return NULL;
	number = PyDict_GetItemWithError(r->modules, path);
	if (!number && PyErr_Occurred())
		return NULL;
	return Py_NewRef(number ? number : Py_None);
}

/* ---- tests ---- */

/* Carriers that many tests share change with most of them: they are written
 * once for all tests that are flushed together. */
static int write_test(struct recording *r, const struct taut_log_test *t,
		      struct taut_err *err)
{
	int rc = taut_log_test(r->log, t, err);

	if (!rc && taut_log_due(r->log)) {
		rc = write_dirty(r, err);
		if (!rc)
			rc = taut_log_flush(r->log, err);
	}
	if (rc)
		taut_log_drop(r->log);
	return rc;
}

static PyObject *recorder_test(PyObject *self, PyObject *args)
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *path, *nodeid, *why, *hold[3] = { NULL, NULL, NULL };
	struct taut_log_test t = { .must_run = NULL };
	unsigned long long micros;
	struct taut_err err;
	struct carrier *c;
	unsigned long n;
	int i, rc = -1;

	if (!PyArg_ParseTuple(args, "kUUiOK:test", &n, &path, &nodeid,
			      &t.outcome, &why, &micros))
		return NULL;
	c = carrier_at(r, n);
	if (!c || (c->open && close_carrier(r, c, 1)))
		return NULL;
	t.carrier = (uint32_t)n;
	t.must_run = c->incomplete;
	t.micros = micros;
	t.path = path_bytes(path, &hold[0]);
	t.nodeid = t.path ? path_bytes(nodeid, &hold[1]) : NULL;
	if (t.nodeid && why != Py_None && PyUnicode_Check(why))
		t.must_run = path_bytes(why, &hold[2]);
	if (t.nodeid && !PyErr_Occurred()) {
		installed_settle(r, 0);
		rc = r->pid == getpid() ? write_test(r, &t, &err) : 0;
		if (rc)
			raise_err(&err);
	}
	for (i = 0; i < 3; i++)
		Py_XDECREF(hold[i]);
	return rc ? NULL : Py_NewRef(Py_None);
}

/* begin(nodeid, refs, inputs): a carrier that refers to those carriers and
 * depends on those files, all of them lists. */
static PyObject *recorder_begin(PyObject *self, PyObject *args)
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *nodeid, *refs, *inputs, *list, *hold = NULL;
	struct carrier *c = NULL;
	Py_ssize_t i;
	const char *o;

	if (need(r) ||
	    !PyArg_ParseTuple(args, "UO!O!:begin", &nodeid, &PyList_Type, &refs,
			      &PyList_Type, &inputs))
		return NULL;
	o = path_bytes(nodeid, &hold);
	if (o)
		c = carrier_open(r, TAUT_CARRIER_TEST, o);
	Py_XDECREF(hold);
	for (i = 0, list = refs; c && i < PyList_GET_SIZE(list); i++)
		if (refer(r, c, PyList_GET_ITEM(list, i)))
			return NULL;
	for (i = 0, list = inputs; c && i < PyList_GET_SIZE(list); i++)
		if (depend(r, c, PyList_GET_ITEM(list, i)))
			return NULL;
	return c ? PyLong_FromUnsignedLong(c->number) : NULL;
}

static PyObject *recorder_collected(PyObject *self, PyObject *args)
{
	struct recording *r = &((struct recorder *)self)->r;
	PyObject *path, *ids, *list, *hold = NULL, **holds = NULL;
	const char **names = NULL, *p = NULL;
	Py_ssize_t i, n = 0;
	struct taut_err err;
	int full, rc = -1;

	if (need(r) ||
	    !PyArg_ParseTuple(args, "UpO:collected", &path, &full, &ids))
		return NULL;
	list = PySequence_List(ids);
	if (list) {
		n = PyList_GET_SIZE(list);
		names = calloc((size_t)n + 1, sizeof(*names));
		holds = calloc((size_t)n + 1, sizeof(*holds));
		if (!names || !holds)
			PyErr_NoMemory();
		else
			p = path_bytes(path, &hold);
	}
	for (i = 0; p && i < n; i++) {
		names[i] = path_bytes(PyList_GET_ITEM(list, i), &holds[i]);
		if (!names[i])
			p = NULL;
	}
	if (p) {
		rc = r->pid == getpid() ?
			     taut_log_collected(r->log, p, full, names,
						(size_t)n, &err) :
			     0;
		if (rc)
			raise_err(&err);
	}
	for (i = 0; holds && i < n; i++)
		Py_XDECREF(holds[i]);
	free(names);
	free(holds);
	Py_XDECREF(hold);
	Py_XDECREF(list);
	return rc ? NULL : Py_NewRef(Py_None);
}

/* ---- hooks ---- */

static PyObject *recorder_wrap_exec(PyObject *self, PyObject *original)
{
	(void)self;
	return hook_exec(original);
}

static PyObject *recorder_wrap_get_code(PyObject *self, PyObject *args)
{
	PyObject *original, *helper;

	(void)self;
	if (!PyArg_ParseTuple(args, "OO:wrap_get_code", &original, &helper))
		return NULL;
	return hook_get_code(original, helper);
}

static PyObject *recorder_session(PyObject *self, void *ignored)
{
	struct recording *r = &((struct recorder *)self)->r;

	(void)ignored;
	return need(r) ? NULL : PyLong_FromUnsignedLong(r->session->number);
}

static PyObject *recorder_core(PyObject *self, void *ignored)
{
	(void)ignored;
	return PyLong_FromLong(((struct recorder *)self)->r.core);
}

static PyGetSetDef recorder_getset[] = {
	{ "core", recorder_core, NULL, "PROBE or TRACE.", NULL },
	{ "session", recorder_session, NULL, "Number of the session carrier.",
	  NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyMethodDef recorder_methods[] = {
	{ "add_source", recorder_add_source, METH_VARARGS, NULL },
	{ "project", recorder_project, METH_O, NULL },
	{ "mark", recorder_mark, METH_VARARGS, NULL },
	{ "bind", recorder_bind, METH_VARARGS, NULL },
	{ "add_input", recorder_add_input, METH_VARARGS, NULL },
	{ "add_root", recorder_add_root, METH_VARARGS, NULL },
	{ "roots", recorder_roots, METH_NOARGS, NULL },
	{ "lost", recorder_lost, METH_O, NULL },
	{ "assume_environ", recorder_assume_environ, METH_O, NULL },
	{ "watch_installed", recorder_watch_installed, METH_VARARGS, NULL },
	{ "installed", recorder_installed, METH_O, NULL },
	{ "depend", recorder_depend, METH_O, NULL },
	{ "push", recorder_push, METH_VARARGS, NULL },
	{ "reopen", recorder_reopen, METH_O, NULL },
	{ "pop", (PyCFunction)(void (*)(void))recorder_pop,
	  METH_VARARGS | METH_KEYWORDS, NULL },
	{ "ref", recorder_ref, METH_O, NULL },
	{ "link", recorder_link, METH_VARARGS, NULL },
	{ "module_of", recorder_module_of, METH_O, NULL },
	{ "begin", recorder_begin, METH_VARARGS, NULL },
	{ "test", recorder_test, METH_VARARGS, NULL },
	{ "collected", recorder_collected, METH_VARARGS, NULL },
	{ "incomplete", recorder_incomplete, METH_O, NULL },
	{ "wrap_exec", recorder_wrap_exec, METH_O, NULL },
	{ "wrap_get_code", recorder_wrap_get_code, METH_VARARGS, NULL },
	{ "close", recorder_close, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};

PyTypeObject taut_recorder_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "taut._core.Recorder",
	.tp_basicsize = sizeof(struct recorder),
	.tp_flags = Py_TPFLAGS_DEFAULT,
	.tp_new = PyType_GenericNew,
	.tp_init = recorder_init,
	.tp_dealloc = recorder_dealloc,
	.tp_methods = recorder_methods,
	.tp_getset = recorder_getset,
	.tp_doc = "One process's recording.",
};
