/*
 * imports.c - what import statements refer to, as Python resolved them.
 *
 * `import a.b` refers to the carriers of a and a.b, found by name among the
 * modules that were loaded while recording.  For every name also the places
 * are noted where something could appear that Python would find instead: the
 * directories of the project that come first on sys.path, or on the package's
 * __path__ (LOOKUP dependencies).
 *
 * An attribute can be a submodule that somebody else imported: a file that
 * imports p and mentions `.conf` refers to p.conf, if that is ever loaded.
 */
#include "inputs.h"

/* What one statement, or one suite's statements, came to. */
struct found {
	struct vec ids, refs;
	struct vec installed; /* carriers of what is not the project's */
	int failed;
};

static void found_free(struct found *o)
{
	vec_free(&o->ids);
	vec_free(&o->refs);
	vec_free(&o->installed);
}

/* ---- small things ---- */

static uint32_t number_in(PyObject *dict, PyObject *key)
{
	PyObject *n = PyDict_GetItemWithError(dict, key);

	return n ? (uint32_t)PyLong_AsUnsignedLong(n) : NONE;
}

static int number_put(PyObject *dict, PyObject *key, uint32_t n)
{
	PyObject *o = PyLong_FromUnsignedLong(n);
	int rc = o ? PyDict_SetItem(dict, key, o) : -1;

	Py_XDECREF(o);
	return rc;
}

PyObject *module_var(PyObject *module, const char *name)
{
	if (!module || !PyModule_Check(module))
		return NULL;
	return PyDict_GetItemString(PyModule_GetDict(module), name);
}

static PyObject *loaded(PyObject *name)
{
	return PyDict_GetItemWithError(PyImport_GetModuleDict(), name);
}

/* "a.b.c" -> "a.b" and "c"; NULL parent for a top-level name. */
static int split(PyObject *name, PyObject **parent, PyObject **leaf)
{
	Py_ssize_t n = PyUnicode_GET_LENGTH(name), dot;

	*parent = NULL;
	dot = PyUnicode_FindChar(name, '.', 0, n, -1);
	if (dot < 0)
		return (*leaf = Py_NewRef(name)) ? 0 : -1;
	*parent = PyUnicode_Substring(name, 0, dot);
	*leaf = PyUnicode_Substring(name, dot + 1, n);
	if (*parent && *leaf)
		return 0;
	Py_CLEAR(*parent);
	Py_CLEAR(*leaf);
	return -1;
}

/* Changes whenever a statement could come to something else. */
static uint64_t import_state(struct recording *r)
{
	PyObject *path = PySys_GetObject("path");
	uint64_t h = r->loads;
	Py_ssize_t i;

	for (i = 0; path && PyList_Check(path) && i < PyList_GET_SIZE(path);
	     i++)
		h = (h ^ (uintptr_t)PyList_GET_ITEM(path, i)) *
		    0x9E3779B97F4A7C15u;
	return h;
}

/* ---- attributes that are submodules ---- */

static int mentions(struct recording *r, struct carrier *c, PyObject *leaf)
{
	const struct taut_source *s;
	uint32_t hash, lo = 0, hi, mid;
	Py_ssize_t n;
	const char *p = PyUnicode_AsUTF8AndSize(leaf, &n);

	if (!p) {
		PyErr_Clear();
		return 0;
	}
	if (c->file == NONE)
		return 0;
	s = r->files[c->file]->source;
	if (s->opaque)
		return 1;
	hash = taut_name_hash(p, (size_t)n);
	for (hi = s->nattrs; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (s->attrs[mid] < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->nattrs && s->attrs[lo] == hash;
}

static void importer(struct recording *r, struct carrier *c, PyObject *name);

/* c imports a package, whose submodule `leaf` is loaded as `number`. */
static void attribute(struct recording *r, struct carrier *c, PyObject *name,
		      PyObject *leaf, uint32_t number)
{
	if (number == c->number || !mentions(r, c, leaf))
		return;
	carrier_ref(r, c, number, TAUT_EDGE_IMPORTS);
	importer(r, c, name);
}

/* Append a carrier to the list that the dict has for the name. */
static int number_add(PyObject *dict, PyObject *name, uint32_t number)
{
	PyObject *list = PyDict_GetItemWithError(dict, name), *o;
	int rc = -1;

	if (!list && !PyErr_Occurred()) {
		list = PyList_New(0);
		if (list && PyDict_SetItem(dict, name, list))
			Py_CLEAR(list);
		else
			Py_XDECREF(list); /* the dict has it */
	}
	o = list ? PyLong_FromUnsignedLong(number) : NULL;
	if (o)
		rc = PyList_Append(list, o);
	Py_XDECREF(o);
	return rc;
}

/* The carrier at a place of such a list. */
static struct carrier *carrier_in(struct recording *r, PyObject *list,
				  Py_ssize_t i)
{
	return r->carriers[PyLong_AsUnsignedLong(PyList_GET_ITEM(list, i))];
}

/* c's file imports the module `name`. */
static void importer(struct recording *r, struct carrier *c, PyObject *name)
{
	PyObject *kids, *leaf, *number, *sub, *items;
	Py_ssize_t i;

	if (!c->noted && !(c->noted = PySet_New(NULL)))
		return;
	if (PySet_Contains(c->noted, name) || PySet_Add(c->noted, name))
		return;
	if (number_add(r->importers, name, c->number))
		PyErr_Clear();
	kids = PyDict_GetItemWithError(r->children, name);
	items = kids ? PyDict_Items(kids) : NULL;
	for (i = 0; items && i < PyList_GET_SIZE(items); i++) {
		leaf = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 0);
		number = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 1);
		sub = PyUnicode_FromFormat("%U.%U", name, leaf);
		if (sub)
			attribute(r, c, sub, leaf,
				  (uint32_t)PyLong_AsUnsignedLong(number));
		Py_XDECREF(sub);
	}
	Py_XDECREF(items);
}

/* A module was loaded under `name`: who imports its package may mean it. */
static void child_loaded(struct recording *r, PyObject *name, uint32_t number)
{
	PyObject *parent, *leaf, *kids, *list;
	Py_ssize_t i;

	if (split(name, &parent, &leaf))
		return;
	if (!parent)
		goto out;
	kids = PyDict_GetItemWithError(r->children, parent);
	if (!kids) {
		kids = PyDict_New();
		if (!kids || PyDict_SetItem(r->children, parent, kids)) {
			Py_XDECREF(kids);
			goto out;
		}
		Py_DECREF(kids);
	}
	number_put(kids, leaf, number);
	list = PyDict_GetItemWithError(r->importers, parent);
	for (i = 0; list && i < PyList_GET_SIZE(list); i++)
		attribute(r, carrier_in(r, list, i), name, leaf, number);
out:
	Py_XDECREF(parent);
	Py_DECREF(leaf);
}

/* ---- lookups ---- */

/* Found before sys.path is asked. */
static int builtin(PyObject *module, PyObject *name)
{
	PyObject *names = PySys_GetObject("builtin_module_names"), *spec;
	PyObject *origin;
	int yes;

	if (names && PySequence_Contains(names, name) == 1)
		return 1;
	spec = module_var(module, "__spec__");
	origin = spec ? PyObject_GetAttrString(spec, "origin") : NULL;
	PyErr_Clear();
	yes = origin && PyUnicode_Check(origin) &&
	      (PyUnicode_CompareWithASCIIString(origin, "frozen") == 0 ||
	       PyUnicode_CompareWithASCIIString(origin, "built-in") == 0);
	Py_XDECREF(origin);
	return yes;
}

/* A file of the project that no loader of ours saw: an extension module,
 * a module from before the start. */
static void unseen(struct recording *r, struct found *o, PyObject *module)
{
	PyObject *file = module_var(module, "__file__"), *path, *hold = NULL;
	const char *p;
	struct file *f;

	path = file && PyUnicode_Check(file) ? project_path(r, file) : NULL;
	p = path ? path_bytes(path, &hold) : NULL;
	if (p) {
		f = file_now(r, p);
		if (!f || vec_add(&o->ids, f->base))
			o->failed = 1;
	}
	Py_XDECREF(hold);
}

static int lookups_known(struct recording *r, struct found *o, PyObject *name,
			 uint64_t state)
{
	PyObject *b = PyDict_GetItemWithError(r->lookups, name);
	const char *p;
	uint64_t had;
	uint32_t id;
	Py_ssize_t n, at;

	if (!b)
		return 0;
	p = PyBytes_AS_STRING(b);
	n = PyBytes_GET_SIZE(b);
	memcpy(&had, p, sizeof(had));
	if (had != state)
		return 0;
	for (at = sizeof(had); at < n; at += (Py_ssize_t)sizeof(id)) {
		memcpy(&id, p + at, sizeof(id));
		if (vec_add(&o->ids, id))
			o->failed = 1;
	}
	return 1;
}

/* Where `name` is, and what would be found instead; known once a state. */
static void lookups(struct recording *r, struct found *o, PyObject *name,
		    PyObject *parent, PyObject *leaf)
{
	PyObject *module = loaded(name), *path, *b;
	uint64_t state = import_state(r) - r->loads + (module != NULL);
	size_t from = o->ids.n, n;
	char *p;

	if (lookups_known(r, o, name, state))
		return;
	Py_XINCREF(module);
	if (!parent) {
		path = builtin(module, name) ? NULL : PySys_GetObject("path");
	} else {
		path = loaded(parent);
		path = module_var(path, "__path__");
	}
	Py_XINCREF(path);
	if (path)
		o->failed |= lookup_path(r, &o->ids, path, leaf, module);
	if (module && number_in(r->names, name) == NONE)
		unseen(r, o, module);
	Py_XDECREF(path);
	Py_XDECREF(module);
	if (PyErr_Occurred() || o->failed)
		return;
	n = (o->ids.n - from) * sizeof(uint32_t);
	b = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n + sizeof(state)));
	if (!b)
		return;
	p = PyBytes_AS_STRING(b);
	memcpy(p, &state, sizeof(state));
	if (n)
		memcpy(p + sizeof(state), o->ids.p + from, n);
	if (PyDict_SetItem(r->lookups, name, b))
		PyErr_Clear();
	Py_DECREF(b);
}

/* ---- statements ---- */

/* The module `name` and the packages around it; `c`: whose file says so. */
static void named(struct recording *r, struct carrier *c, struct found *o,
		  PyObject *name)
{
	PyObject *parent, *leaf;
	uint32_t number, top = NONE;

	if (split(name, &parent, &leaf)) {
		o->failed = 1;
		return;
	}
	if (parent)
		named(r, c, o, parent);
	number = number_in(r->names, name);
	if (number != NONE && vec_add(&o->refs, number))
		o->failed = 1;
	if (number == NONE)
		top = parent ? installed_gap(r, name, parent) :
			       installed_top(r, name);
	if (top != NONE && vec_add(&o->installed, top))
		o->failed = 1;
	lookups(r, o, name, parent, leaf);
	if (c)
		importer(r, c, name);
	Py_XDECREF(parent);
	Py_DECREF(leaf);
}

/* `from package import leaf`: a submodule, or an attribute. */
static void named_from(struct recording *r, struct carrier *c, struct found *o,
		       PyObject *package, PyObject *leaf)
{
	PyObject *name, *module = loaded(package);

	if (!PyUnicode_Check(leaf) || !module_var(module, "__path__"))
		return;
	name = PyUnicode_FromFormat("%U.%U", package, leaf);
	if (!name)
		return;
	if (number_in(r->names, name) != NONE || loaded(name) ||
	    !PyDict_GetItemWithError(PyModule_GetDict(module), leaf))
		named(r, c, o, name);
	Py_DECREF(name);
}

/* `from package import *` imports the submodules that __all__ names. */
static void named_star(struct recording *r, struct carrier *c, struct found *o,
		       PyObject *package)
{
	PyObject *all = module_var(loaded(package), "__all__"), *list;
	Py_ssize_t i;

	if (!all || !(PyList_CheckExact(all) || PyTuple_CheckExact(all)))
		return;
	list = PySequence_List(all);
	for (i = 0; list && i < PyList_GET_SIZE(list); i++)
		named_from(r, c, o, package, PyList_GET_ITEM(list, i));
	Py_XDECREF(list);
}

/* The absolute name: `level` dots and `module`, in `package`. */
static PyObject *absolute(PyObject *package, long level, PyObject *module)
{
	PyObject *base, *name;
	Py_ssize_t end;

	if (level <= 0)
		return Py_NewRef(module);
	if (!package || !PyUnicode_Check(package))
		return NULL;
	end = PyUnicode_GET_LENGTH(package);
	for (; level > 1 && end > 0; level--) {
		end = PyUnicode_FindChar(package, '.', 0, end, -1);
		if (end < 0)
			return NULL;
	}
	base = PyUnicode_Substring(package, 0, end);
	if (!base || !PyUnicode_GET_LENGTH(module))
		return base;
	name = PyUnicode_FromFormat("%U.%U", base, module);
	Py_DECREF(base);
	return name;
}

/* What `im` imports in `package`; `module`: whose file says so, or NULL. */
static void statement(struct recording *r, struct carrier *module,
		      struct found *o, const struct taut_import *im,
		      const char *in)
{
	PyObject *from = path_str(im->module), *leaf = NULL, *name = NULL;
	PyObject *package = in ? path_str(in) : NULL;

	if (from)
		name = absolute(package, (long)im->level, from);
	if (name && PyUnicode_GET_LENGTH(name)) {
		named(r, module, o, name);
		leaf = im->name ? path_str(im->name) : NULL;
		if (leaf && !strcmp(im->name, "*"))
			named_star(r, module, o, name);
		else if (leaf)
			named_from(r, module, o, name, leaf);
	}
	Py_XDECREF(from);
	Py_XDECREF(name);
	Py_XDECREF(leaf);
	Py_XDECREF(package);
}

static void charge(struct recording *r, struct carrier *c,
		   const struct found *o)
{
	size_t i;

	for (i = 0; i < o->ids.n; i++)
		carrier_dep(r, c, o->ids.p[i]);
	for (i = 0; i < o->refs.n; i++)
		carrier_ref(r, c, o->refs.p[i], TAUT_EDGE_IMPORTS);
	for (i = 0; i < o->installed.n; i++)
		carrier_ref(r, c, o->installed.p[i], TAUT_EDGE_IMPORTS);
	if (o->failed)
		carrier_incomplete(c, "its imports could not be resolved");
}

static struct resolved *resolved_at(struct file *f, uint32_t suite)
{
	size_t i;

	for (i = 0; i < f->nresolved; i++)
		if (f->resolved[i].suite == suite)
			return &f->resolved[i];
	return NULL;
}

/* Keep what was found; takes o's vectors. */
static void resolved_put(struct file *f, uint32_t suite, uint64_t state,
			 struct found *o)
{
	struct resolved new, *e = resolved_at(f, suite);
	size_t i;

	for (i = 0; i < o->installed.n; i++)
		if (vec_add(&o->refs, o->installed.p[i])) {
			found_free(o);
			return;
		}
	vec_free(&o->installed);
	new = (struct resolved){ suite, state, o->ids, o->refs };
	if (e) {
		vec_free(&e->ids);
		vec_free(&e->refs);
		*e = new;
	} else if (!taut_room(&f->resolved, &f->cap, f->nresolved + 1,
			      sizeof(*f->resolved))) {
		f->resolved[f->nresolved++] = new;
	} else {
		found_free(o);
	}
}

void imports_of_suite(struct recording *r, struct carrier *c, struct file *f,
		      uint32_t suite)
{
	const struct taut_source *s = f->source;
	struct carrier *module;
	struct resolved *e = resolved_at(f, suite);
	uint64_t state = import_state(r);
	struct found o = { .failed = 0 };
	PyObject *error;
	uint32_t i;

	if (e && e->state == state) {
		o.ids = e->ids;
		o.refs = e->refs;
		charge(r, c, &o);
		return;
	}
	error = compat_take_error();
	module = f->module != NONE ? r->carriers[f->module] : NULL;
	for (i = 0; i < s->nimports; i++)
		if (s->imports[i].suite == suite || f->opaque)
			statement(r, module, &o, &s->imports[i],
				  module ? module->package : NULL);
	charge(r, c, &o);
	if (!PyErr_Occurred() && !o.failed) {
		resolved_put(f, suite, state, &o);
	} else {
		found_free(&o);
	}
	PyErr_Clear();
	compat_give_error(error);
}

void imports_sought(struct recording *r, PyObject *name, PyObject *path)
{
	PyObject *parent = NULL, *leaf = NULL;
	struct found o = { .failed = 0 };

	if (path == Py_None)
		path = PySys_GetObject("path");
	if (!path || caller_is_foreign_module(r) || split(name, &parent, &leaf))
		return;
	o.failed |= lookup_path(r, &o.ids, path, leaf, NULL);
	while (o.ids.n)
		tell_id(r, o.ids.p[--o.ids.n]);
	if (o.failed)
		tell(r, TAUT_STREAM_LOST, 0, "out of memory");
	vec_free(&o.ids);
	Py_XDECREF(parent);
	Py_XDECREF(leaf);
}

/* ---- modules ---- */

/* The session's carrier does not stand for the conftest files that happen to
 * be loaded under it: a test refers to those above it. */
static int not_for_session(const struct carrier *c)
{
	const char *base = strrchr(c->owner, '/');

	return !strcmp(base ? base + 1 : c->owner, "conftest.py");
}

static void refer(struct recording *r, struct carrier *c, uint32_t number)
{
	if (c == r->session && not_for_session(r->carriers[number]))
		return;
	carrier_ref(r, c, number, TAUT_EDGE_IMPORTS);
}

/* Whoever made code that will import the module, and not yet did. */
static void awaited(struct recording *r, PyObject *name, uint32_t number)
{
	PyObject *list = PyDict_GetItemWithError(r->awaited, name);
	Py_ssize_t i;

	for (i = 0; list && i < PyList_GET_SIZE(list); i++)
		carrier_ref(r, carrier_in(r, list, i), number,
			    TAUT_EDGE_IMPORTS);
}

void imports_await(struct recording *r, PyObject *name)
{
	struct carrier *c = stack_top(stack_charged(r));

	if (c->kind == TAUT_CARRIER_TEST || number_in(r->names, name) != NONE)
		return;
	if (number_add(r->awaited, name, c->number))
		carrier_incomplete(c, "out of memory");
	PyErr_Clear();
}

/* The module is found under that name from now on. */
static void findable(struct recording *r, struct carrier *c, PyObject *name)
{
	PyObject *parent = NULL, *leaf = NULL;
	uint32_t package;

	if (!split(name, &parent, &leaf)) {
		number_put(r->names, name, c->number);
		/* The package was imported first, whoever imports this. */
		package = parent ? number_in(r->names, parent) : NONE;
		if (package != NONE)
			carrier_ref(r, c, package, TAUT_EDGE_IMPORTS);
		child_loaded(r, name, c->number);
		awaited(r, name, c->number);
	}
	Py_XDECREF(parent);
	Py_XDECREF(leaf);
}

static struct carrier *module_new(struct recording *r, const char *owner)
{
	struct carrier *c = carrier_new(r, TAUT_CARRIER_MODULE, owner);

	if (c)
		refer(r, stack_top(stack_charged(r)), c->number);
	r->loads++;
	return c;
}

struct carrier *module_made(struct recording *r, PyObject *name)
{
	const char *owner = PyUnicode_AsUTF8(name);
	struct carrier *c = owner ? module_new(r, owner) : NULL;

	if (c)
		findable(r, c, name);
	/* A lazy loader leaves the work to another. */
	if (c && number_add(r->awaited, name, c->number))
		carrier_incomplete(c, "out of memory");
	PyErr_Clear();
	return c;
}

struct carrier *module_begin(struct recording *r, PyObject *module,
			     const char *path)
{
	struct carrier *c = module_new(r, path);
	PyObject *name, *key;

	if (!c)
		return NULL;
	key = path_str(path);
	if (key)
		number_put(r->modules, key, c->number);
	Py_XDECREF(key);
	name = PyObject_GetAttrString(module, "__name__");
	if (name && PyUnicode_Check(name))
		findable(r, c, name);
	Py_XDECREF(name);
	PyErr_Clear();
	return c;
}

/* The package that relative imports in this module are relative to. */
static char *package_of(PyObject *module)
{
	PyObject *package = module_var(module, "__package__"), *hold = NULL;
	const char *p;
	char *s = NULL;

	if (!package || !PyUnicode_Check(package))
		return NULL;
	p = path_bytes(package, &hold);
	if (p)
		s = strdup(p);
	Py_XDECREF(hold);
	return s;
}

/*
 * A file whose statements the scanner could not read: what its variables are,
 * or where they come from, is what it imported.
 */
static void opaque_imports(struct recording *r, struct carrier *c,
			   PyObject *module)
{
	PyObject *values, *o, *name;
	struct found found = { .failed = 0 };
	Py_ssize_t i;

	values = PyDict_Values(PyModule_GetDict(module));
	for (i = 0; values && i < PyList_GET_SIZE(values); i++) {
		o = PyList_GET_ITEM(values, i);
		if (PyModule_Check(o))
			name = Py_XNewRef(module_var(o, "__name__"));
		else if (PyFunction_Check(o) || PyType_CheckExact(o))
			name = PyObject_GetAttrString(o, "__module__");
		else
			continue;
		if (name && PyUnicode_Check(name))
			named(r, c, &found, name);
		Py_XDECREF(name);
		PyErr_Clear();
	}
	Py_XDECREF(values);
	charge(r, c, &found);
	found_free(&found);
}

/*
 * `registry.ITEMS.append(x)` at the module's own level: who uses the registry
 * may see it, whether he imports this module or not.  The last of the modules
 * that the import statement names is the one that is altered.
 */
static void altered(struct recording *r, struct carrier *c, int derived)
{
	struct file *f = r->files[c->file];
	const struct taut_source *s = f->source;
	struct found o;
	uint32_t k;
	size_t i;

	for (i = 0; i < f->alters.n; i++) {
		if ((int)(f->alters.p[i] & 1) != derived)
			continue;
		memset(&o, 0, sizeof(o));
		for (k = 0; k < s->nimports; k++) {
			if (s->imports[k].line != f->alters.p[i] >> 1)
				continue;
			o.refs.n = 0;
			statement(r, NULL, &o, &s->imports[k], c->package);
			if (o.refs.n)
				carrier_ref(r,
					    r->carriers[o.refs.p[o.refs.n - 1]],
					    c->number, TAUT_EDGE_STORES);
		}
		found_free(&o);
	}
}

/* A subclass is seen by who asks its base; only then does it alter it. */
static void derived(struct recording *r, struct carrier *c)
{
	if (r->enumerates)
		altered(r, c, 1);
	else if (vec_add(&r->derivers, c->number))
		carrier_incomplete(c, "out of memory");
}

void enumerates(struct recording *r, const struct file *f)
{
	static const char name[] = "__subclasses__";
	uint32_t hash = taut_name_hash(name, sizeof(name) - 1), i;
	PyObject *error;

	for (i = 0; i < f->source->nattrs; i++)
		if (f->source->attrs[i] == hash)
			break;
	if (r->enumerates || (i == f->source->nattrs && !f->source->opaque))
		return;
	r->enumerates = 1;
	error = compat_take_error();
	for (i = 0; i < r->derivers.n; i++)
		altered(r, r->carriers[r->derivers.p[i]], 1);
	compat_give_error(error);
	vec_free(&r->derivers);
}

void module_end(struct recording *r, struct carrier *c, PyObject *module)
{
	struct file *f;

	free(c->package);
	c->package = package_of(module);
	r->loads++;
	f = c->file != NONE ? r->files[c->file] : NULL;
	/* Its version, also of an empty file, which has no suite to enter. */
	if (f)
		carrier_dep(r, c, f->base + f->nids - 1);
	if (f && f->source->opaque && PyModule_Check(module))
		opaque_imports(r, c, module);
	carrier_settle(r, c);
	if (f && f->alters.n) {
		altered(r, c, 0);
		derived(r, c);
	}
}

void imports_dynamic(struct recording *r, PyObject *name, PyObject *package,
		     long level, PyObject *fromlist)
{
	PyObject *full = absolute(package, level, name), *list;
	struct carrier *c, *top;
	struct found o = { .failed = 0 };
	size_t i;

	if (!full || !PyUnicode_GET_LENGTH(full)) {
		Py_XDECREF(full);
		return;
	}
	c = caller_module(r);
	top = stack_top(stack_charged(r));
	/* pytest, its plugins and taut import for themselves. */
	if (!c && top == r->session) {
		Py_DECREF(full);
		return;
	}
	named(r, c, &o, full);
	list = fromlist ? PySequence_List(fromlist) : NULL;
	for (i = 0; list && i < (size_t)PyList_GET_SIZE(list); i++)
		named_from(r, c, &o, full,
			   PyList_GET_ITEM(list, (Py_ssize_t)i));
	Py_XDECREF(list);
	Py_DECREF(full);
	for (i = 0; i < o.ids.n; i++)
		carrier_dep(r, top, o.ids.p[i]);
	for (i = 0; i < o.refs.n; i++)
		refer(r, top, o.refs.p[i]);
	for (i = 0; i < o.installed.n; i++)
		carrier_ref(r, top, o.installed.p[i], TAUT_EDGE_IMPORTS);
	found_free(&o);
}
