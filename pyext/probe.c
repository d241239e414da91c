/*
 * probe.c - the object whose negation says "this suite was entered".
 *
 * The loader puts `-CONSTANT` at the head of every suite; here the constants
 * of a freshly unmarshalled code object become probes.  Such a constant is a
 * bytes object: "\0taut", the role's letter, the suite's index as four bytes,
 * little endian.  Unary minus on bytes is never folded by the compiler, and
 * raises TypeError if it ever ran unbound.
 *
 * Where it matters on which object a method is called it is `CONSTANT - self`;
 * names of attributes may follow the index, separated by NUL.
 */
#include "core.h"

#define PREFIX "\0taut"
#define NPREFIX 5
#define NSENTINEL (NPREFIX + 1 + 4)
#define NROLES 6

struct probe {
	PyObject_HEAD uint64_t epoch;
	uint32_t id;   /* 0: of no recording */
	uint8_t role;  /* enum role */
	uint8_t flags; /* enum mark_flags */
};

static PyObject *probe_negative(PyObject *self)
{
	struct probe *p = (struct probe *)self;

	if (p->epoch == taut_epoch)
		Py_RETURN_NONE;
	if (p->role == ROLE_ENTER)
		p->epoch = taut_hit(p->id, p->flags);
	else if (taut_rec && p->id >= taut_rec->first_id) {
		if (p->role == ROLE_MEMO)
			memo_enter(taut_rec, p->id);
		else if (p->role == ROLE_EXIT)
			memo_exit(taut_rec, p->id);
		else
			memo_link(taut_rec, p->id);
	}
	Py_RETURN_NONE;
}

static PyObject *probe_subtract(PyObject *left, PyObject *right)
{
	struct probe *p = (struct probe *)left;

	if (!Py_IS_TYPE(left, &taut_probe_type))
		Py_RETURN_NOTIMPLEMENTED;
	if (!taut_rec || p->id < taut_rec->first_id)
		Py_RETURN_NONE;
	if (p->role == ROLE_SEE)
		own_see(taut_rec, p->id, right);
	else
		own_enter(taut_rec, p->id, right);
	Py_RETURN_NONE;
}

static struct file *probe_file(struct probe *p)
{
	if (!taut_rec || !p->id)
		return NULL;
	return file_of(taut_rec, p->id);
}

static PyObject *probe_repr(PyObject *self)
{
	struct probe *p = (struct probe *)self;
	struct file *f = probe_file(p);

	if (!f)
		return PyUnicode_FromString("<taut probe>");
	return PyUnicode_FromFormat("<taut probe: %s suite %u>", f->path,
				    (unsigned)(p->id - f->base));
}

static PyObject *probe_new(uint32_t id, int role, int flags)
{
	struct probe *p = PyObject_New(struct probe, &taut_probe_type);

	if (!p)
		return NULL;
	p->epoch = 0;
	p->id = id;
	p->role = (uint8_t)role;
	p->flags = (uint8_t)flags;
	return (PyObject *)p;
}

static void read_probe(struct probe *p)
{
	if (p->role == ROLE_ENTER && p->epoch != taut_epoch)
		p->epoch = taut_hit(p->id, p->flags);
}

/*
 * A function pickled by value (cloudpickle) takes its constants with it; in
 * the process that loads it nobody records, or under other numbers.  So who
 * pickles it depends on all of it, as if it had run.
 */
static PyObject *probe_reduce(PyObject *self, PyObject *ignored)
{
	PyObject *core = PyImport_ImportModule("taut._core"), *make;

	(void)ignored;
	read_probe((struct probe *)self);
	make = core ? PyObject_GetAttrString(core, "_probe") : NULL;
	Py_XDECREF(core);
	return make ? Py_BuildValue("(N())", make) : NULL;
}

PyObject *probe_inert(PyObject *module, PyObject *args)
{
	(void)module;
	(void)args;
	return probe_new(0, ROLE_ENTER, 0);
}

static PyMethodDef probe_methods[] = {
	{ "__reduce__", probe_reduce, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};

static PyNumberMethods probe_number = { .nb_negative = probe_negative,
					.nb_subtract = probe_subtract };

PyTypeObject taut_probe_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "taut._core.Probe",
	.tp_basicsize = sizeof(struct probe),
	.tp_flags = Py_TPFLAGS_DEFAULT,
	.tp_as_number = &probe_number,
	.tp_repr = probe_repr,
	.tp_methods = probe_methods,
	.tp_doc = "What the loader puts into code to see a suite entered.",
};

/* ---- binding ---- */

/* The letter's role, or -1: an ordinary constant. */
static int sentinel(PyObject *o, uint32_t *suite)
{
	static const char letters[NROLES + 1] = "EMXLSO";
	const unsigned char *p;
	const char *at;

	if (!PyBytes_CheckExact(o) || PyBytes_GET_SIZE(o) < NSENTINEL)
		return -1;
	p = (const unsigned char *)PyBytes_AS_STRING(o);
	if (memcmp(p, PREFIX, NPREFIX) || !p[NPREFIX])
		return -1;
	at = strchr(letters, p[NPREFIX]);
	if (!at || (PyBytes_GET_SIZE(o) > NSENTINEL && *at != 'O'))
		return -1;
	p += NPREFIX + 1;
	*suite = p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
	return (int)(at - letters);
}

struct binding {
	struct file *f;
	PyObject **made; /* by suite and role; owned */
};

static PyObject *binding_probe(struct binding *b, uint32_t suite, int role)
{
	PyObject **at;
	int flags;

	if (suite >= b->f->nids) {
		PyErr_SetString(PyExc_ValueError, "probe of no suite");
		return NULL;
	}
	at = &b->made[suite * NROLES + (uint32_t)role];
	flags = b->f->marks ? b->f->marks[suite] : 0;
	if (!*at)
		*at = probe_new(b->f->base + suite, role, flags);
	return *at;
}

/* The attributes of which an own memo's constant tells. */
static int binding_names(struct binding *b, uint32_t suite, PyObject *o)
{
	if (!taut_rec || PyBytes_GET_SIZE(o) <= NSENTINEL)
		return 0;
	return own_names(taut_rec, b->f->base + suite,
			 PyBytes_AS_STRING(o) + NSENTINEL,
			 (size_t)PyBytes_GET_SIZE(o) - NSENTINEL);
}

/*
 * In place: the code object is new, so nobody has its constants.  The
 * compiler shares one tuple between code objects whose constants are all
 * equal; they want the same probes, and then find them there.
 */
static int bind_code(struct binding *b, PyObject *code)
{
	PyObject *consts = ((PyCodeObject *)code)->co_consts, *o, *p;
	Py_ssize_t i, n;
	uint32_t suite;
	int role;

	n = PyTuple_GET_SIZE(consts);
	for (i = 0; i < n; i++) {
		o = PyTuple_GET_ITEM(consts, i);
		if (PyCode_Check(o)) {
			if (bind_code(b, o))
				return -1;
			continue;
		}
		role = sentinel(o, &suite);
		if (role < 0)
			continue;
		p = binding_probe(b, suite, role);
		if (!p || binding_names(b, suite, o))
			return -1;
		PyTuple_SET_ITEM(consts, i, Py_NewRef(p));
		Py_DECREF(o);
	}
	return 0;
}

int probe_bind(PyObject *code, struct file *f)
{
	struct binding b = { f, NULL };
	size_t i, n = (size_t)f->nids * NROLES;
	int rc;

	b.made = calloc(n, sizeof(*b.made));
	if (!b.made) {
		PyErr_NoMemory();
		return -1;
	}
	rc = bind_code(&b, code);
	for (i = 0; i < n; i++)
		Py_XDECREF(b.made[i]);
	free(b.made);
	return rc;
}

int probe_in(PyObject *code, uint32_t *memo)
{
	PyObject *consts = ((PyCodeObject *)code)->co_consts, *o;
	Py_ssize_t i;
	int found = 0;

	*memo = NONE;
	for (i = 0; i < PyTuple_GET_SIZE(consts); i++) {
		o = PyTuple_GET_ITEM(consts, i);
		if (!Py_IS_TYPE(o, &taut_probe_type))
			continue;
		found = 1;
		if (((struct probe *)o)->role == ROLE_MEMO)
			*memo = ((struct probe *)o)->id;
	}
	return found;
}

void probe_read(PyObject *code)
{
	PyObject *consts = ((PyCodeObject *)code)->co_consts, *o;
	Py_ssize_t i;

	for (i = 0; i < PyTuple_GET_SIZE(consts); i++) {
		o = PyTuple_GET_ITEM(consts, i);
		if (Py_IS_TYPE(o, &taut_probe_type))
			read_probe((struct probe *)o);
	}
}
