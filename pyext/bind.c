/*
 * bind.c - taut.h's source and session as Python types.
 */
#include "core.h"

#include <stddef.h>

PyObject *taut_error;

PyObject *raise_err(const struct taut_err *err)
{
	PyObject *args;

	if (err->code == TAUT_ENOMEM)
		return PyErr_NoMemory();
	args = Py_BuildValue("(Ni)", path_str(err->msg), err->code);
	if (args)
		PyErr_SetObject(taut_error, args);
	Py_XDECREF(args);
	return NULL;
}

const char *path_bytes(PyObject *s, PyObject **hold)
{
	*hold = NULL;
	if (!PyUnicode_Check(s)) {
		PyErr_Format(PyExc_TypeError, "a str is wanted, not %R", s);
		return NULL;
	}
	*hold = PyUnicode_AsEncodedString(s, "utf-8", "surrogateescape");
	if (!*hold)
		return NULL;
	if (strlen(PyBytes_AS_STRING(*hold)) !=
	    (size_t)PyBytes_GET_SIZE(*hold)) {
		PyErr_SetString(PyExc_ValueError, "NUL in a name");
		return NULL;
	}
	return PyBytes_AS_STRING(*hold);
}

PyObject *path_str(const char *p)
{
	return PyUnicode_DecodeUTF8(p, (Py_ssize_t)strlen(p),
				    "surrogateescape");
}

/* str or None */
static PyObject *text(const char *p)
{
	return p ? path_str(p) : Py_NewRef(Py_None);
}

/* ---- Source ---- */

struct source {
	PyObject_HEAD struct taut_source *s; /* owned */
};

PyObject *bind_scan(PyObject *module, PyObject *data)
{
	struct taut_err err;
	struct source *o;
	Py_buffer b;
	int rc;

	(void)module;
	if (PyObject_GetBuffer(data, &b, PyBUF_SIMPLE))
		return NULL;
	o = PyObject_New(struct source, &taut_source_type);
	if (!o) {
		PyBuffer_Release(&b);
		return NULL;
	}
	o->s = NULL;
	rc = taut_source_scan(b.buf, (size_t)b.len, &o->s, &err);
	PyBuffer_Release(&b);
	if (rc) {
		Py_DECREF(o);
		return raise_err(&err);
	}
	return (PyObject *)o;
}

PyObject *bind_words(PyObject *module, PyObject *args)
{
	PyObject *bytes = NULL;
	struct taut_err err;
	int rc, strings;
	uint32_t *v;
	Py_buffer b;
	size_t n;

	(void)module;
	if (!PyArg_ParseTuple(args, "y*p", &b, &strings))
		return NULL;
	rc = taut_words_of(b.buf, (size_t)b.len, strings, &v, &n, &err);
	PyBuffer_Release(&b);
	if (rc)
		return raise_err(&err);
	bytes = PyBytes_FromStringAndSize((char *)v,
					  (Py_ssize_t)(n * sizeof(*v)));
	taut_words_free(v);
	return bytes;
}

static void source_dealloc(PyObject *self)
{
	taut_source_free(((struct source *)self)->s);
	PyObject_Free(self);
}

static PyObject *source_digest(PyObject *self, void *ignored)
{
	struct taut_digest *d = &((struct source *)self)->s->digest;

	(void)ignored;
	return PyBytes_FromStringAndSize((char *)d->b, sizeof(d->b));
}

static PyObject *source_opaque(PyObject *self, void *ignored)
{
	(void)ignored;
	return text(((struct source *)self)->s->opaque);
}

/* A list of n items that `item` makes. */
static PyObject *list_of(const struct taut_source *s, uint32_t n,
			 PyObject *(*item)(const struct taut_source *,
					   uint32_t))
{
	PyObject *list = PyList_New(n), *o;
	uint32_t i;

	for (i = 0; list && i < n; i++) {
		o = item(s, i);
		if (o)
			PyList_SET_ITEM(list, i, o);
		else
			Py_CLEAR(list);
	}
	return list;
}

static PyObject *suite_item(const struct taut_source *s, uint32_t i)
{
	const struct taut_suite *t = &s->suites[i];

	return Py_BuildValue("(iIIIIiNK)", t->kind, t->parent, t->head_line,
			     t->first_line, t->last_line, t->flags,
			     text(t->name ? t->name : ""),
			     (unsigned long long)t->hash);
}

static PyObject *import_item(const struct taut_source *s, uint32_t i)
{
	const struct taut_import *t = &s->imports[i];

	return Py_BuildValue("(IIINN)", t->suite, t->line, t->level,
			     text(t->module), text(t->name));
}

static PyObject *unit_item(const struct taut_source *s, uint32_t i)
{
	const struct taut_unit *t = &s->units[i];
	PyObject *names = PyTuple_New(t->nnames), *o;
	uint32_t k;

	for (k = 0; names && k < t->nnames; k++) {
		o = path_str(t->names[k]);
		if (o)
			PyTuple_SET_ITEM(names, k, o);
		else
			Py_CLEAR(names);
	}
	if (!names)
		return NULL;
	return Py_BuildValue("(iKKIIiNN)", t->kind, (unsigned long long)t->hash,
			     (unsigned long long)t->branch, t->suite, t->line,
			     t->effect, text(t->owner ? t->owner : ""), names);
}

static PyObject *source_suites(PyObject *self, void *ignored)
{
	struct taut_source *s = ((struct source *)self)->s;

	(void)ignored;
	return list_of(s, s->nsuites, suite_item);
}

static PyObject *source_imports(PyObject *self, void *ignored)
{
	struct taut_source *s = ((struct source *)self)->s;

	(void)ignored;
	return list_of(s, s->nimports, import_item);
}

static PyObject *source_units(PyObject *self, void *ignored)
{
	struct taut_source *s = ((struct source *)self)->s;

	(void)ignored;
	return list_of(s, s->nunits, unit_item);
}

static PyGetSetDef source_getset[] = {
	{ "digest", source_digest, NULL, NULL, NULL },
	{ "opaque", source_opaque, NULL, NULL, NULL },
	{ "suites", source_suites, NULL, NULL, NULL },
	{ "imports", source_imports, NULL, NULL, NULL },
	{ "units", source_units, NULL, NULL, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

PyTypeObject taut_source_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "taut._core.Source",
	.tp_basicsize = sizeof(struct source),
	.tp_flags = Py_TPFLAGS_DEFAULT,
	.tp_dealloc = source_dealloc,
	.tp_getset = source_getset,
	.tp_doc = "taut_source_scan() of one file's bytes.",
};

/* ---- functions ---- */

PyObject *bind_lookup_state(PyObject *module, PyObject *args)
{
	PyObject *dir, *name, *hold[2] = { NULL, NULL }, *state = NULL;
	const char *d, *n;
	char c;

	(void)module;
	if (!PyArg_ParseTuple(args, "UU:lookup_state", &dir, &name))
		return NULL;
	d = path_bytes(dir, &hold[0]);
	n = d ? path_bytes(name, &hold[1]) : NULL;
	if (n) {
		c = taut_lookup_state(NULL, d, n);
		state = PyUnicode_FromStringAndSize(&c, 1);
	}
	Py_XDECREF(hold[0]);
	Py_XDECREF(hold[1]);
	return state;
}

PyObject *bind_digest(PyObject *module, PyObject *data)
{
	struct taut_digest d;
	Py_buffer b;

	(void)module;
	if (PyObject_GetBuffer(data, &b, PyBUF_SIMPLE))
		return NULL;
	taut_digest_bytes(b.buf, (size_t)b.len, &d);
	PyBuffer_Release(&b);
	return PyBytes_FromStringAndSize((char *)d.b, sizeof(d.b));
}

/* ---- Session ---- */

struct session {
	PyObject_HEAD struct taut_session *s; /* owned; NULL: closed */
	PyObject *probe;		      /* owned, or NULL */
	PyObject *compiles;		      /* owned, or NULL */
};

static struct taut_session *session_of(PyObject *self)
{
	struct taut_session *s = ((struct session *)self)->s;

	if (!s)
		PyErr_SetString(PyExc_ValueError, "the session is closed");
	return s;
}

/* taut_config's probe: an exception there is none of the session's. */
static int session_probe(void *arg, int kind, const char *name,
			 struct taut_digest *out)
{
	PyObject *d = PyObject_CallFunction(arg, "iN", kind, path_str(name));
	int rc = TAUT_ENOTFOUND;

	if (d && PyBytes_Check(d) && PyBytes_GET_SIZE(d) == sizeof(out->b)) {
		memcpy(out->b, PyBytes_AS_STRING(d), sizeof(out->b));
		rc = 0;
	}
	if (!d)
		PyErr_WriteUnraisable(arg);
	Py_XDECREF(d);
	return rc;
}

static int session_compiles(void *arg, const char *path, const void *bytes,
			    size_t n)
{
	PyObject *yes = PyObject_CallFunction(
		arg, "Ny#", path_str(path), (const char *)bytes, (Py_ssize_t)n);
	int rc = yes ? PyObject_IsTrue(yes) : -1;

	if (rc < 0)
		PyErr_WriteUnraisable(arg);
	Py_XDECREF(yes);
	return rc != 0;
}

/* The strings and arrays of one taut_config, while it is filled. */
struct config {
	struct taut_config c;
	PyObject *holds; /* list of bytes objects that are pointed into */
	struct taut_part *parts;
	const char **ignored;
};

static const char *config_str(struct config *k, PyObject *s)
{
	PyObject *hold = NULL;
	const char *p;

	if (s == Py_None)
		return NULL;
	p = path_bytes(s, &hold);
	if (p && PyList_Append(k->holds, hold))
		p = NULL;
	Py_XDECREF(hold);
	return p;
}

static int config_parts(struct config *k, PyObject *parts)
{
	PyObject *list = PySequence_List(parts), *name, *value;
	Py_ssize_t i, n;
	int rc = -1;

	if (!list)
		return -1;
	n = PyList_GET_SIZE(list);
	k->parts = calloc((size_t)n + 1, sizeof(*k->parts));
	if (!k->parts) {
		PyErr_NoMemory();
		goto out;
	}
	for (i = 0; i < n; i++) {
		if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "UUi", &name,
				      &value, &k->parts[i].cls))
			goto out;
		k->parts[i].name = config_str(k, name);
		k->parts[i].value = config_str(k, value);
		if (!k->parts[i].name || !k->parts[i].value)
			goto out;
	}
	k->c.parts = k->parts;
	k->c.nparts = (size_t)n;
	rc = 0;
out:
	Py_DECREF(list);
	return rc;
}

static int config_ignored(struct config *k, PyObject *names)
{
	PyObject *list = PySequence_List(names);
	Py_ssize_t i, n;
	int rc = -1;

	if (!list)
		return -1;
	n = PyList_GET_SIZE(list);
	k->ignored = calloc((size_t)n + 1, sizeof(*k->ignored));
	if (!k->ignored) {
		PyErr_NoMemory();
		goto out;
	}
	for (i = 0; i < n; i++) {
		k->ignored[i] = config_str(k, PyList_GET_ITEM(list, i));
		if (!k->ignored[i])
			goto out;
	}
	k->c.ignore_parts = k->ignored;
	k->c.nignore = (size_t)n;
	rc = 0;
out:
	Py_DECREF(list);
	return rc;
}

static int session_init(PyObject *self, PyObject *args, PyObject *kw)
{
	static char *names[] = { "root",  "datafile",	  "cache",    "env",
				 "parts", "ignore_parts", "readonly", "by_name",
				 "probe", "compiles",	  NULL };
	struct session *o = (struct session *)self;
	PyObject *root, *datafile = Py_None, *cache = Py_None, *env = Py_None;
	PyObject *parts = NULL, *ignored = NULL, *probe = NULL, *comp = NULL;
	struct config k = { .holds = NULL };
	struct taut_err err;
	int readonly = 0, by_name = 0, rc = -1;

	if (o->s || !PyArg_ParseTupleAndKeywords(
			    args, kw, "U|$OOOOOppOO:Session", names, &root,
			    &datafile, &cache, &env, &parts, &ignored,
			    &readonly, &by_name, &probe, &comp))
		return -1;
	k.holds = PyList_New(0);
	if (!k.holds || (parts && config_parts(&k, parts)) ||
	    (ignored && config_ignored(&k, ignored)))
		goto out;
	k.c.root = config_str(&k, root);
	k.c.datafile = config_str(&k, datafile);
	k.c.cache = config_str(&k, cache);
	k.c.env = config_str(&k, env);
	if (PyErr_Occurred())
		goto out;
	k.c.flags =
		(readonly ? TAUT_READONLY : 0) | (by_name ? TAUT_BY_NAME : 0);
	if (probe && probe != Py_None) {
		o->probe = Py_NewRef(probe);
		k.c.probe = session_probe;
		k.c.probe_arg = probe;
	}
	if (comp && comp != Py_None) {
		o->compiles = Py_NewRef(comp);
		k.c.compiles = session_compiles;
		k.c.compiles_arg = comp;
	}
	rc = taut_session_open(&k.c, &o->s, &err);
	if (rc)
		raise_err(&err);
out:
	Py_XDECREF(k.holds);
	free(k.parts);
	free(k.ignored);
	return rc ? -1 : 0;
}

static PyObject *session_close(PyObject *self, PyObject *ignored)
{
	struct session *o = (struct session *)self;

	(void)ignored;
	if (o->s)
		taut_session_close(o->s);
	o->s = NULL;
	Py_RETURN_NONE;
}

static int session_traverse(PyObject *self, visitproc visit, void *arg)
{
	Py_VISIT(((struct session *)self)->probe);
	Py_VISIT(((struct session *)self)->compiles);
	return 0;
}

static int session_clear(PyObject *self)
{
	/* The session points at them. */
	Py_XDECREF(session_close(self, NULL));
	Py_CLEAR(((struct session *)self)->probe);
	Py_CLEAR(((struct session *)self)->compiles);
	return 0;
}

static void session_dealloc(PyObject *self)
{
	PyObject_GC_UnTrack(self);
	session_clear(self);
	Py_TYPE(self)->tp_free(self);
}

static PyObject *session_select(PyObject *self, PyObject *ignored)
{
	struct taut_session *s = session_of(self);
	struct taut_err err;

	(void)ignored;
	if (!s)
		return NULL;
	if (taut_session_select(s, &err))
		return raise_err(&err);
	Py_RETURN_NONE;
}

static PyObject *session_test(PyObject *self, PyObject *args)
{
	struct taut_session *s = session_of(self);
	PyObject *path, *nodeid, *hold[2] = { NULL, NULL }, *res = NULL;
	struct taut_reason why = { .detail = NULL };
	const char *p, *n;
	int v;

	if (!s || !PyArg_ParseTuple(args, "UU:test", &path, &nodeid))
		return NULL;
	p = path_bytes(path, &hold[0]);
	n = p ? path_bytes(nodeid, &hold[1]) : NULL;
	if (n) {
		v = taut_session_test(s, p, n, &why);
		res = Py_BuildValue(
			"(iN)", v,
			text(v == TAUT_AFFECTED ? why.detail : NULL));
	}
	Py_XDECREF(hold[0]);
	Py_XDECREF(hold[1]);
	return res;
}

static PyObject *session_file(PyObject *self, PyObject *path)
{
	struct taut_session *s = session_of(self);
	PyObject *hold = NULL, *res = NULL;
	const char *p;

	if (!s)
		return NULL;
	p = path_bytes(path, &hold);
	if (p)
		res = PyLong_FromLong(taut_session_file(s, p));
	Py_XDECREF(hold);
	return res;
}

static PyObject *session_affected(PyObject *self, PyObject *ignored)
{
	struct taut_session *s = session_of(self);
	struct taut_affected a;
	PyObject *list, *o;
	size_t i, n;

	(void)ignored;
	if (!s)
		return NULL;
	n = taut_session_naffected(s);
	list = PyList_New((Py_ssize_t)n);
	for (i = 0; list && i < n; i++) {
		if (taut_session_affected(s, i, &a))
			memset(&a, 0, sizeof(a));
		o = Py_BuildValue("(NNN)", text(a.path), text(a.nodeid),
				  text(a.why.detail));
		if (o)
			PyList_SET_ITEM(list, (Py_ssize_t)i, o);
		else
			Py_CLEAR(list);
	}
	return list;
}

static int put_str(PyObject *dict, const char *key, PyObject *value)
{
	PyObject *k = path_str(key);
	int rc = k ? PyDict_SetItem(dict, k, value) : -1;

	Py_XDECREF(k);
	return rc;
}

static PyObject *session_tests(PyObject *self, PyObject *ignored)
{
	struct taut_session *s = session_of(self);
	const char *path, *nodeid;
	enum taut_verdict v;
	PyObject *list, *o;
	size_t i, n;

	(void)ignored;
	if (!s)
		return NULL;
	n = taut_session_ntests(s);
	list = PyList_New(0);
	for (i = 0; list && i < n; i++) {
		if (taut_session_test_at(s, i, &path, &nodeid, &v))
			continue;
		o = Py_BuildValue("(NNi)", path_str(path), path_str(nodeid),
				  (int)v);
		if (!o || PyList_Append(list, o))
			Py_CLEAR(list);
		Py_XDECREF(o);
	}
	return list;
}

static PyObject *session_clean(PyObject *self, PyObject *ignored)
{
	struct taut_session *s = session_of(self);
	const char *path, *nodeid;
	enum taut_verdict v;
	PyObject *dict, *o;
	size_t i, n;

	(void)ignored;
	if (!s)
		return NULL;
	n = taut_session_ntests(s);
	dict = PyDict_New();
	for (i = 0; dict && i < n; i++) {
		if (taut_session_test_at(s, i, &path, &nodeid, &v) ||
		    v != TAUT_CLEAN)
			continue;
		o = Py_BuildValue("(Ni)", path_str(path),
				  taut_session_outcome(s, i));
		if (!o || put_str(dict, nodeid, o))
			Py_CLEAR(dict);
		Py_XDECREF(o);
	}
	return dict;
}

static PyObject *session_changed(PyObject *self, PyObject *ignored)
{
	struct taut_session *s = session_of(self);
	PyObject *list, *o;
	const char *path;
	size_t i, n;
	int kind;

	(void)ignored;
	if (!s)
		return NULL;
	n = taut_session_nchanged(s);
	list = PyList_New(0);
	for (i = 0; list && i < n; i++) {
		if (taut_session_changed(s, i, &path, &kind))
			continue;
		o = Py_BuildValue("(Ni)", path_str(path), kind);
		if (!o || PyList_Append(list, o))
			Py_CLEAR(list);
		Py_XDECREF(o);
	}
	return list;
}

static const struct {
	const char *name;
	size_t at;
} stats_fields[] = {
	{ "tests", offsetof(struct taut_stats, tests) },
	{ "files", offsetof(struct taut_stats, files) },
	{ "carriers", offsetof(struct taut_stats, carriers) },
	{ "environments", offsetof(struct taut_stats, environments) },
	{ "bytes", offsetof(struct taut_stats, bytes) },
	{ "clean", offsetof(struct taut_stats, clean) },
	{ "saved_micros", offsetof(struct taut_stats, saved_micros) },
	{ "unknown", offsetof(struct taut_stats, unknown) },
	{ "unchecked", offsetof(struct taut_stats, unchecked) },
};

static PyObject *session_stats(PyObject *self, PyObject *ignored)
{
	struct taut_session *s = session_of(self);
	struct taut_stats st;
	struct taut_err err;
	PyObject *dict, *o;
	uint64_t value;
	size_t i;

	(void)ignored;
	if (!s)
		return NULL;
	if (taut_session_stats(s, &st, &err))
		return raise_err(&err);
	dict = PyDict_New();
	for (i = 0; dict && i < sizeof(stats_fields) / sizeof(*stats_fields);
	     i++) {
		memcpy(&value, (char *)&st + stats_fields[i].at, sizeof(value));
		o = PyLong_FromUnsignedLongLong(value);
		if (!o || PyDict_SetItemString(dict, stats_fields[i].name, o))
			Py_CLEAR(dict);
		Py_XDECREF(o);
	}
	return dict;
}

static PyObject *session_begin(PyObject *self, PyObject *ignored)
{
	struct taut_session *s = session_of(self);
	struct taut_err err;
	const char *dir;

	(void)ignored;
	if (!s)
		return NULL;
	if (taut_run_begin(s, &dir, &err))
		return raise_err(&err);
	return path_str(dir);
}

static PyObject *session_finish(PyObject *self, PyObject *ignored)
{
	struct taut_session *s = session_of(self);
	struct taut_err err;

	(void)ignored;
	if (!s)
		return NULL;
	if (taut_run_finish(s, &err))
		return raise_err(&err);
	Py_RETURN_NONE;
}

static void keep_line(void *list, const char *line)
{
	PyObject *o = path_str(line);

	if (!o || PyList_Append(list, o))
		PyErr_Clear();
	Py_XDECREF(o);
}

static PyObject *session_gained(PyObject *self, PyObject *args)
{
	struct taut_session *s = session_of(self);
	PyObject *path, *nodeid, *hold[2] = { NULL, NULL }, *list = NULL;
	struct taut_err err;
	const char *p, *n;

	if (!s || !PyArg_ParseTuple(args, "UU:gained", &path, &nodeid))
		return NULL;
	p = path_bytes(path, &hold[0]);
	n = p ? path_bytes(nodeid, &hold[1]) : NULL;
	list = n ? PyList_New(0) : NULL;
	if (list && taut_run_gained(s, p, n, keep_line, list, &err)) {
		Py_CLEAR(list);
		raise_err(&err);
	}
	Py_XDECREF(hold[0]);
	Py_XDECREF(hold[1]);
	return list;
}

static PyObject *session_state(PyObject *self, void *ignored)
{
	struct taut_session *s = session_of(self);

	(void)ignored;
	return s ? PyLong_FromLong(taut_session_state(s)) : NULL;
}

static PyObject *session_note(PyObject *self, void *ignored)
{
	struct taut_session *s = session_of(self);

	(void)ignored;
	return s ? text(taut_session_note(s)) : NULL;
}

static PyGetSetDef session_getset[] = {
	{ "state", session_state, NULL, NULL, NULL },
	{ "note", session_note, NULL, NULL, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyMethodDef session_methods[] = {
	{ "select", session_select, METH_NOARGS, NULL },
	{ "test", session_test, METH_VARARGS, NULL },
	{ "file", session_file, METH_O, NULL },
	{ "affected", session_affected, METH_NOARGS, NULL },
	{ "tests", session_tests, METH_NOARGS, NULL },
	{ "clean", session_clean, METH_NOARGS, NULL },
	{ "changed", session_changed, METH_NOARGS, NULL },
	{ "stats", session_stats, METH_NOARGS, NULL },
	{ "begin", session_begin, METH_NOARGS, NULL },
	{ "finish", session_finish, METH_NOARGS, NULL },
	{ "gained", session_gained, METH_VARARGS, NULL },
	{ "close", session_close, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};

PyTypeObject taut_session_type = {
	PyVarObject_HEAD_INIT(NULL, 0).tp_name = "taut._core.Session",
	.tp_basicsize = sizeof(struct session),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
	.tp_new = PyType_GenericNew,
	.tp_init = session_init,
	.tp_dealloc = session_dealloc,
	.tp_traverse = session_traverse,
	.tp_clear = session_clear,
	.tp_methods = session_methods,
	.tp_getset = session_getset,
	.tp_doc = "taut_session: the record compared with today's tree.",
};
