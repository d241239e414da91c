/*
 * trace.c - the other core: a line tracer, for code that must not be changed.
 *
 * Code objects of the project carry the id of their file's first suite in a
 * word of their own; all others carry nothing and cost one look at it.  Lines
 * become suites by the file's table, which the scanner's ranges fill.
 *
 * A suite can have no line of its own (`global x`, a body of one docstring):
 * it counts as entered when the suite around it is; a function also by its
 * call.
 */
#include "core.h"

static Py_ssize_t extra = -1; /* index of our word; kept for good */
static PyObject *marker;      /* owned: _core._trace, what gettrace() shows */

/* ---- code objects ---- */

/* The lines between a suite's first and last are its own, but for those of
 * the suites in it, which come later in the array. */
static int lines_init(struct file *f)
{
	const struct taut_source *s = f->source;
	uint32_t i, line, n = 0;

	for (i = 0; i + 2 < s->nsuites; i++)
		if (s->suites[i].last_line > n)
			n = s->suites[i].last_line;
	f->nmapped = n + 1;
	f->lines = calloc(f->nmapped, sizeof(*f->lines));
	f->calls = calloc(f->nmapped, sizeof(*f->calls));
	f->seen = calloc(f->nids, sizeof(*f->seen));
	if (!f->lines || !f->calls || !f->seen) {
		PyErr_NoMemory();
		return -1;
	}
	for (i = 1; i + 2 < s->nsuites; i++) {
		for (line = s->suites[i].first_line;
		     line && line <= s->suites[i].last_line; line++)
			f->lines[line] = i;
		line = s->suites[i].head_line;
		if (s->suites[i].kind == TAUT_SUITE_FUNCTION &&
		    line < f->nmapped)
			f->calls[line] = i;
	}
	return 0;
}

/* Mark the suites that this code object has lines of. */
static int lines_of_code(struct file *f, PyObject *code, char *lined)
{
	PyObject *it, *item, *line, *o;
	long n;

	o = PyObject_CallMethod(code, "co_lines", NULL);
	it = o ? PyObject_GetIter(o) : NULL;
	Py_XDECREF(o);
	if (!it)
		return -1;
	while ((item = PyIter_Next(it))) {
		line = PyTuple_GET_ITEM(item, 2);
		n = line == Py_None ? 0 : PyLong_AsLong(line);
		if (n > 0 && n < (long)f->nmapped)
			lined[f->lines[n]] = 1;
		Py_DECREF(item);
	}
	Py_DECREF(it);
	return PyErr_Occurred() ? -1 : 0;
}

static int bind_code(struct file *f, PyObject *code, char *lined)
{
	PyObject *consts = ((PyCodeObject *)code)->co_consts, *o;
	uintptr_t word = (uintptr_t)f->base;
	Py_ssize_t i;

	if (compat_code_set(code, extra, (void *)word) ||
	    lines_of_code(f, code, lined))
		return -1;
	for (i = 0; i < PyTuple_GET_SIZE(consts); i++) {
		o = PyTuple_GET_ITEM(consts, i);
		if (PyCode_Check(o) && bind_code(f, o, lined))
			return -1;
	}
	return 0;
}

int trace_bind(struct recording *r, PyObject *code, struct file *f)
{
	char *lined;
	uint32_t i;
	int rc = -1;

	(void)r;
	if (!f->lines && lines_init(f))
		return -1;
	lined = calloc(f->nids, 1);
	if (!lined) {
		PyErr_NoMemory();
		return -1;
	}
	rc = bind_code(f, code, lined);
	f->unlined.n = 0;
	for (i = 1; !rc && i + 2 < f->nids; i++)
		if (!lined[i])
			rc = vec_add(&f->unlined, i);
	free(lined);
	return rc;
}

void trace_read(struct recording *r, PyObject *code)
{
	struct file *f;
	void *word = NULL;

	if (compat_code_get(code, extra, &word) || !word)
		return;
	f = file_of(r, (uint32_t)(uintptr_t)word);
	f = f ? file_whole(r, f) : NULL;
	if (f)
		carrier_dep(r, stack_top(stack_charged(r)), f->base);
}

/* ---- events ---- */

static void entered(struct file *f, uint32_t suite)
{
	if (f->seen[suite] == taut_epoch)
		return;
	f->seen[suite] =
		taut_hit(f->base + suite, f->marks ? f->marks[suite] : 0);
}

static void on_line(struct recording *r, struct file *f, uint32_t line)
{
	uint32_t memo;

	/* Generated code under the file's name. */
	if (line >= f->nmapped) {
		carrier_incomplete(stack_top(stack_charged(r)),
				   "code of no line of its file ran");
		return;
	}
	if (line < f->nlines && (memo = f->starts[line]) != NONE) {
		if (f->marks[memo] & MARK_ASYNC)
			memo_link(r, f->base + memo);
		else
			memo_enter(r, f->base + memo);
	}
	entered(f, f->lines[line]);
}

static void on_call(struct file *f, PyCodeObject *code)
{
	uint32_t line = (uint32_t)code->co_firstlineno;

	if (line < f->nmapped && f->calls[line] &&
	    PyUnicode_READ_CHAR(code->co_name, 0) != '<')
		entered(f, f->calls[line]);
}

static void on_return(struct recording *r)
{
	struct stack *s = stack_here(r);
	struct level *l = s->n ? &s->p[s->n - 1] : NULL;

	if (l && l->depth)
		memo_exit(r, l->c->memo);
}

static int trace_line(PyObject *self, PyFrameObject *frame, int what,
		      PyObject *arg)
{
	static struct file *last;
	static struct recording *of;
	struct recording *r = taut_rec;
	PyCodeObject *code;
	void *word = NULL;

	(void)self;
	(void)arg;
	if (!r)
		return 0;
	code = PyFrame_GetCode(frame);
	Py_DECREF(code); /* the frame has it */
	if (compat_code_get((PyObject *)code, extra, &word) || !word)
		return 0;
	if (of != r || !last || last->base != (uint32_t)(uintptr_t)word) {
		of = r;
		last = file_of(r, (uint32_t)(uintptr_t)word);
	}
	if (!last || !last->lines)
		return 0;
	if (what == PyTrace_LINE)
		on_line(r, last, (uint32_t)PyFrame_GetLineNumber(frame));
	else if (what == PyTrace_CALL)
		on_call(last, code);
	else if (what == PyTrace_RETURN)
		on_return(r);
	return 0;
}

/* ---- on and off ---- */

static void lost(struct recording *r)
{
	all_incomplete(r, "tracing was taken away");
}

/* sys.settrace() calls since one that found our tracer at work. */
static unsigned settraces;

int trace_event(const char *event)
{
	return (*event == 's' && !strcmp(event, "sys.settrace")) ||
	       (*event == '_' && !strncmp(event, "_thread.start", 13));
}

/* threading traces its own threads; nobody traces the others. */
static int is_threading(PyObject *function)
{
	PyObject *m = PyImport_ImportModule("threading");
	PyObject *thread = m ? PyObject_GetAttrString(m, "Thread") : NULL;
	int yes = thread && PyMethod_Check(function) &&
		  PyObject_IsInstance(PyMethod_GET_SELF(function), thread) == 1;

	Py_XDECREF(m);
	Py_XDECREF(thread);
	return yes;
}

void trace_audit(struct recording *r, const char *event, PyObject *args)
{
	if (r->core != CORE_TRACE)
		return;
	if (*event == 's') {
		if (compat_traced_by(PyThreadState_Get(), trace_line))
			settraces = 0;
		settraces++;
	} else if (PyTuple_GET_SIZE(args) &&
		   !is_threading(PyTuple_GET_ITEM(args, 0))) {
		all_incomplete(r, "a thread could not be traced");
	}
}

/*
 * _trace(frame, event, arg): a trace function for Python.  threading calls it
 * in each new thread; so does who put back what sys.gettrace() gave him.
 * Something was missed then, unless he never took it away (doctest).
 */
PyObject *trace_thread(PyObject *module, PyObject *args)
{
	struct stack *s;
	PyObject *frame, *event, *arg;

	(void)module;
	if (!PyArg_ParseTuple(args, "O!UO:_trace", &PyFrame_Type, &frame,
			      &event, &arg))
		return NULL;
	if (!taut_rec || taut_rec->core != CORE_TRACE)
		Py_RETURN_NONE;
	s = stack_here(taut_rec);
	if (s->traced && settraces != 1)
		lost(taut_rec);
	s->traced = 1;
	PyEval_SetTrace(trace_line, marker);
	trace_line(marker, (PyFrameObject *)frame, PyTrace_CALL, NULL);
	Py_RETURN_NONE;
}

static int threads_trace(PyObject *function)
{
	PyObject *m = PyImport_ImportModule("threading"), *o;

	o = m ? PyObject_CallMethod(m, "settrace", "O", function) : NULL;
	Py_XDECREF(m);
	Py_XDECREF(o);
	return o ? 0 : -1;
}

int trace_start(struct recording *r)
{
	PyObject *core;

	if (extra < 0)
		extra = compat_code_index(NULL);
	if (extra < 0) {
		PyErr_SetString(PyExc_RuntimeError,
				"too many users of code objects");
		return -1;
	}
	core = PyImport_ImportModule("taut._core");
	Py_XSETREF(marker,
		   core ? PyObject_GetAttrString(core, "_trace") : NULL);
	Py_XDECREF(core);
	if (!marker || threads_trace(marker))
		return -1;
	r->main.traced = 1;
	compat_trace_all(trace_line, marker);
	return 0;
}

/* At each push and pop: are we still there? */
void trace_check(struct recording *r)
{
	PyThreadState *ts = PyThreadState_Get();

	if (compat_traced_by(ts, trace_line))
		return;
	lost(r);
	/* A debugger or coverage stays in its place. */
	if (compat_traced_by(ts, NULL))
		PyEval_SetTrace(trace_line, marker);
}

void trace_stop(struct recording *r)
{
	if (r->core != CORE_TRACE || !marker)
		return;
	if (threads_trace(Py_None))
		PyErr_Clear();
	if (compat_traced_by(PyThreadState_Get(), trace_line))
		compat_trace_all(NULL, NULL);
	Py_CLEAR(marker);
}
