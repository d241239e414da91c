/*
 * environ.c - environment variables, by a dict under os.environ that tells.
 *
 * os.environ and os.environb keep their values in one dict.  While recording,
 * that is one of a type of our own; both objects stay who they are.
 *
 * A read counts if the project's code asks, or library code that it called
 * and that was given a name which stands in the project's sources.  It does
 * not count if the value is not the one of the start: the run itself set it.
 *
 * Who copies all of os.environ may read any name of the copy, or only pass it
 * on to a child.  He refers to a carrier that depends on every variable whose
 * name is a string in a source of the project, or "$NAME" in one: its own
 * reads, wherever they are, say the name.  So does who starts a child that is
 * not observed.  A name that is computed is not seen.
 */
#include "inputs.h"

#include <ctype.h>

static struct {
	PyObject *text, *bytes; /* owned: os.environ, os.environb or NULL */
	PyObject *plain;	/* owned: the dict that was there */
	PyObject *ours;		/* owned: the one that is there now */
	PyObject *start;	/* owned: name -> value when it was put there */
	PyObject *assumed;	/* owned: name -> digest or None; or NULL */
	struct recording *of;	/* NULL: not looking */
	struct things names;
	struct carrier *all; /* for who copies everything, or NULL */
	Py_ssize_t next;     /* of PyDict_Next: where copying has come to */
	uint32_t copier;     /* carrier that is charged for it */
} env;

/* ---- names ---- */

/* What shells, terminals, pytest and we set differently on every run. */
static int is_noise(const char *name)
{
	static const char *const list[] = { "COLUMNS",
					    "LINES",
					    "OLDPWD",
					    "PWD",
					    "SHLVL",
					    "SHELL_SESSION_ID",
					    "SSH_AUTH_SOCK",
					    "SSH_CLIENT",
					    "SSH_CONNECTION",
					    "SSH_TTY",
					    "STY",
					    "TERM_SESSION_ID",
					    "TMUX",
					    "TMUX_PANE",
					    "WINDOWID",
					    "XDG_SESSION_ID",
					    "_",
					    NULL };
	static const char *const begins[] = { "COV_CORE_", "PYTEST_", "TAUT_",
					      "TESTMON_", NULL };
	size_t i;

	for (i = 0; list[i]; i++)
		if (*name == *list[i] && !strcmp(name, list[i]))
			return 1;
	for (i = 0; begins[i]; i++)
		if (*name == *begins[i] &&
		    !strncmp(name, begins[i], strlen(begins[i])))
			return 1;
	return 0;
}

/* The digest of the value at the start. */
static void digest_of(PyObject *key, struct taut_digest *d)
{
	PyObject *value;

	memset(d, 0, sizeof(*d));
	value = env.assumed ? PyDict_GetItemWithError(env.assumed, key) : NULL;
	if (value) {
		if (PyBytes_Check(value) &&
		    PyBytes_GET_SIZE(value) == (Py_ssize_t)sizeof(d->b))
			memcpy(d->b, PyBytes_AS_STRING(value), sizeof(d->b));
		return;
	}
	value = PyDict_GetItemWithError(env.start, key);
	if (value && PyBytes_Check(value))
		taut_digest_bytes(PyBytes_AS_STRING(value),
				  (size_t)PyBytes_GET_SIZE(value), d);
}

int environ_same(const char *name, const struct taut_digest *d)
{
	struct taut_digest then;
	PyObject *key;

	if (!env.of)
		return 1;
	key = PyBytes_FromString(name);
	if (!key) {
		PyErr_Clear();
		return 1;
	}
	digest_of(key, &then);
	Py_DECREF(key);
	return !memcmp(d, &then, sizeof(then));
}

/* The variable as an input; NULL: it could not be recorded. */
static struct file *input_of(struct recording *r, struct thing *t)
{
	struct use *u = &t->uses[0];
	struct taut_digest d;
	struct file *f = NULL;
	PyObject *key;

	if (u->file != NONE)
		return r->files[u->file];
	key = PyBytes_FromString(t->name);
	if (key) {
		digest_of(key, &d);
		f = file_input(r, TAUT_ENVVAR, t->name, &d);
		Py_DECREF(key);
	}
	if (f)
		u->file = f->number;
	else
		all_incomplete(r, "a variable could not be recorded");
	PyErr_Clear();
	return f;
}

/* ---- sources ---- */

static int is_name(int c)
{
	return isalnum(c) || c == '_';
}

/* For who copied everything: as if he had read it. */
static void add_literal(struct recording *r, struct thing *t)
{
	struct file *f = input_of(r, t);

	if (f)
		carrier_dep(r, env.all, f->base);
}

/* A string that could be a variable's name: all in capitals, as they are, or
 * the name of one that is set. */
static void literal(struct recording *r, const char *p, size_t n)
{
	PyObject *key = NULL;
	struct thing *t;
	int lower = 0;
	size_t i;

	for (i = 0; i < n; i++)
		lower |= islower((unsigned char)p[i]);
	if (lower) {
		key = PyBytes_FromStringAndSize(p, (Py_ssize_t)n);
		lower = !key || PyDict_Contains(env.start, key) != 1;
		Py_XDECREF(key);
		PyErr_Clear();
	}
	if (lower)
		return;
	t = thing_at(&env.names, p, n, 1);
	if (!t || t->literal || is_noise(t->name))
		return;
	t->literal = 1;
	if (env.all)
		add_literal(r, t);
}

void environ_source(struct recording *r, const char *p, size_t n)
{
	const char *end = p + n, *from;
	int dollar;

	if (env.of != r)
		return;
	for (; p < end; p++) {
		/* All of the source is read: nothing more for most bytes. */
		while (p < end && *p != '"' && *p != '\'' && *p != '$')
			p++;
		dollar = p < end && *p == '$';
		if (dollar && p + 1 < end && p[1] == '{')
			p++;
		from = p + 1;
		if (from >= end || isdigit((unsigned char)*from))
			continue;
		while (p + 1 < end && is_name((unsigned char)p[1]))
			p++;
		if (p + 1 < end && (dollar || p[1] == from[-1]) &&
		    p + 1 - from > 1)
			literal(r, from, (size_t)(p + 1 - from));
	}
}

/* ---- reads ---- */

/* Is it what the run was started with? */
static int untouched(PyObject *key)
{
	PyObject *now = PyDict_GetItemWithError(env.ours, key);
	PyObject *then = PyDict_GetItemWithError(env.start, key);

	if (!now || !then)
		return now == then;
	return now == then || PyObject_RichCompareBool(now, then, Py_EQ) == 1;
}

static uint32_t charged(void)
{
	return stack_top(stack_charged(env.of))->number;
}

/* The next one of those who go through all names and ask for each? */
static int in_turn(PyObject *key)
{
	PyObject *name, *value;
	Py_ssize_t at = env.next;

	if (env.next < 0 || env.copier != charged() ||
	    !PyDict_Next(env.ours, &at, &name, &value) ||
	    PyObject_RichCompareBool(name, key, Py_EQ) != 1)
		return 0;
	env.next = at;
	return 1;
}

static void read_one(PyObject *key)
{
	struct recording *r = env.of;
	enum frame asks;
	struct caller c;
	struct thing *t;
	struct file *f;
	const char *name;

	if (!PyBytes_Check(key) || in_turn(key))
		return;
	name = PyBytes_AS_STRING(key);
	/* Most reads are the standard library's and pytest's, of what tests have
	 * changed or of noise: that is asked before the stack is, which costs
	 * more. */
	if (is_noise(name) || !untouched(key))
		return;
	asks = caller_asks(r);
	if (env.of != r || (asks != FRAME_PROJECT && asks != FRAME_LIBRARY))
		return;
	t = thing_at(&env.names, name, strlen(name), asks == FRAME_PROJECT);
	if (!t || (asks != FRAME_PROJECT && !t->literal))
		return;
	caller_find(r, &c);
	if (env.of != r || !(c.flags & CALLER_COUNTS))
		return;
	f = input_of(r, t);
	if (f)
		inputs_charge(r, &t->uses[0], f, &c);
}

struct carrier *environ_all(struct recording *r)
{
	size_t i;

	if (env.of != r || env.all)
		return env.all;
	env.all = carrier_new(r, TAUT_CARRIER_MEMO, "environment");
	if (!env.all) {
		all_incomplete(r, "out of memory");
		return NULL;
	}
	carrier_dirty(r, env.all);
	for (i = 0; i < env.names.nslots; i++)
		if (env.names.slots[i] && env.names.slots[i]->literal)
			add_literal(r, env.names.slots[i]);
	return env.all;
}

static void read_all(void)
{
	struct recording *r = env.of;
	enum frame asks = caller_asks(r);
	struct carrier *all;
	struct caller c;

	env.next = -1;
	caller_find(r, &c);
	if (env.of != r || !(c.flags & CALLER_COUNTS) ||
	    (asks != FRAME_PROJECT && asks != FRAME_LIBRARY))
		return;
	env.next = 0;
	env.copier = charged();
	all = environ_all(r);
	if (all)
		inputs_refer(r, all, &c);
}

/* ---- the type ---- */

static PyObject *environ_subscript(PyObject *self, PyObject *key)
{
	if (env.of && self == env.ours) {
		read_one(key);
		PyErr_Clear();
	}
	return PyDict_Type.tp_as_mapping->mp_subscript(self, key);
}

static int environ_contains(PyObject *self, PyObject *key)
{
	if (env.of && self == env.ours) {
		read_one(key);
		PyErr_Clear();
	}
	return PyDict_Type.tp_as_sequence->sq_contains(self, key);
}

static PyObject *environ_iter(PyObject *self)
{
	if (env.of && self == env.ours) {
		read_all();
		PyErr_Clear();
	}
	return PyDict_Type.tp_iter(self);
}

/* Copies and pickles are plain. */
static PyObject *environ_reduce(PyObject *self, PyObject *ignored)
{
	PyObject *copy = PyDict_Copy(self);

	(void)ignored;
	return copy ? Py_BuildValue("(O(N))", &PyDict_Type, copy) : NULL;
}

static PyMethodDef environ_methods[] = {
	{ "__reduce__", environ_reduce, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};
static PyMappingMethods environ_mapping = { .mp_subscript = environ_subscript };
static PySequenceMethods environ_sequence = { .sq_contains = environ_contains };

static PyTypeObject environ_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "taut._core.Environ",
	.tp_flags = Py_TPFLAGS_DEFAULT,
	.tp_base = NULL, /* dict; its address is no constant everywhere */
	.tp_as_mapping = &environ_mapping,
	.tp_as_sequence = &environ_sequence,
	.tp_iter = environ_iter,
	.tp_methods = environ_methods,
};

/* ---- start and stop ---- */

int environ_assume(PyObject *values)
{
	if (!PyDict_Check(values)) {
		PyErr_SetString(PyExc_TypeError, "not a dict");
		return -1;
	}
	Py_XSETREF(env.assumed, PyDict_Copy(values));
	return env.assumed ? 0 : -1;
}

static int put(PyObject *object, PyObject *data)
{
	return object ? PyObject_SetAttrString(object, "_data", data) : 0;
}

static int replace(void)
{
	PyObject *data = NULL;
	int rc = -1;

	env.ours = PyObject_CallNoArgs((PyObject *)&environ_type);
	env.start = PyDict_Copy(env.plain);
	if (!env.ours || !env.start || PyDict_Update(env.ours, env.plain))
		return -1;
	if (env.bytes) {
		data = PyObject_GetAttrString(env.bytes, "_data");
		/* Of its own, against the documentation: not ours to join. */
		if (data != env.plain)
			Py_CLEAR(env.bytes);
		PyErr_Clear();
	}
	rc = put(env.text, env.ours) || put(env.bytes, env.ours) ? -1 : 0;
	Py_XDECREF(data);
	return rc;
}

int environ_start(struct recording *r)
{
	PyObject *os = PyImport_ImportModule("os");

	if (!os)
		return -1;
	environ_type.tp_base = &PyDict_Type;
	if (PyType_Ready(&environ_type)) {
		Py_DECREF(os);
		return -1;
	}
	env.text = PyObject_GetAttrString(os, "environ");
	env.bytes = PyObject_GetAttrString(os, "environb");
	Py_DECREF(os);
	env.plain = env.text ? PyObject_GetAttrString(env.text, "_data") : NULL;
	PyErr_Clear();
	env.next = -1;
	/* Something else stands for os.environ: its reads are not seen. */
	if (!env.plain || !PyDict_CheckExact(env.plain))
		return 0;
	if (replace())
		return -1;
	env.of = r;
	return 0;
}

void environ_stop(void)
{
	env.of = NULL;
	env.all = NULL;
	if (env.ours) {
		PyDict_Clear(env.plain);
		if (PyDict_Update(env.plain, env.ours) ||
		    put(env.text, env.plain) || put(env.bytes, env.plain))
			PyErr_Clear();
	}
	Py_CLEAR(env.ours);
	Py_CLEAR(env.start);
	Py_CLEAR(env.plain);
	Py_CLEAR(env.text);
	Py_CLEAR(env.bytes);
	Py_CLEAR(env.assumed);
	things_free(&env.names);
}
