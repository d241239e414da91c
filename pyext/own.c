/*
 * own.c - values that a method remembers in the object it is called on.
 *
 * `if self._x is None: self._x = make()`: who has another object does not see
 * this one's value.  One memo for all of them would charge what any test made
 * (a session of a test module's own class) to every test that calls the
 * method.  So there is one for each place, and objects belong to the place
 * where they were first seen: the running test's file, or the fixture, or the
 * module whose import it was.  Who calls the method on an object refers to the
 * memo of that object's place.
 *
 * That holds for plain objects that were first seen before they had the value,
 * and for values in a container only while the object has the same one, which
 * was empty and nobody else's then.  All others (copies, proxies, classes,
 * objects with a foreign __dict__) share one memo, which refers to those of all
 * places.
 */
#include "core.h"

struct own {
	PyObject *object; /* not owned: may be gone, and another in its place */
	PyObject *ref;	  /* owned: the weak reference that knows */
	uintptr_t held;	  /* its containers, as one number; 0: none */
	uint32_t id;	  /* of the function's suite */
	uint32_t carrier;
	uint64_t epoch; /* of the carrier that was told */
};

/* ---- which objects ---- */

/* Is it an attribute whose value lies in the object? */
static int stored_inside(PyObject *on_type)
{
	PyTypeObject *type = on_type ? Py_TYPE(on_type) : NULL;

	return !type || type == &PyMemberDescr_Type ||
	       (!type->tp_descr_get && !type->tp_descr_set);
}

/* Is it a container, of this object alone, with nothing in it? */
static int is_fresh(PyObject *value)
{
	/* The attribute has it, and this. */
	return (PyDict_CheckExact(value) || PyList_CheckExact(value) ||
		PyAnySet_CheckExact(value)) &&
	       Py_REFCNT(value) == 2 && !PyObject_Size(value);
}

/* Has the object no value yet?  Also if that cannot be told: no. */
static int is_missing(PyObject *self, PyObject *name, int container)
{
	PyObject *on_type = _PyType_Lookup(Py_TYPE(self), name), *value;
	int missing;

	if (!stored_inside(on_type))
		return 0;
	value = PyObject_GetAttr(self, name);
	if (container)
		missing = value && value != on_type && is_fresh(value);
	else
		missing = !value || value == Py_None || value == on_type;
	Py_XDECREF(value);
	PyErr_Clear();
	return missing;
}

/* The attributes in which the function remembers: borrowed, or NULL. */
static PyObject *names_of(struct recording *r, uint32_t id)
{
	PyObject *key = PyLong_FromUnsignedLong(id);
	PyObject *names =
		key ? PyDict_GetItemWithError(r->attributes, key) : NULL;

	Py_XDECREF(key);
	return names;
}

/* One attribute of them: borrowed; does it hold a container? */
static PyObject *name_at(PyObject *names, Py_ssize_t i, int *container)
{
	PyObject *pair = PyTuple_GET_ITEM(names, i);

	*container = PyTuple_GET_ITEM(pair, 1) == Py_True;
	return PyTuple_GET_ITEM(pair, 0);
}

/* The containers that the object has now. */
static uintptr_t held_by(struct recording *r, uint32_t id, PyObject *self)
{
	PyObject *names = names_of(r, id), *name, *value;
	uintptr_t held = 0;
	Py_ssize_t i;
	int container;

	for (i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
		name = name_at(names, i, &container);
		if (!container)
			continue;
		value = PyObject_GetAttr(self, name);
		held = held * 31 + (uintptr_t)value;
		Py_XDECREF(value);
	}
	PyErr_Clear();
	return held;
}

static int is_plain(struct recording *r, uint32_t id, PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);
	PyObject *names, *name;
	int container;
	Py_ssize_t i;

	if (r->shares_dict || !PyType_SUPPORTS_WEAKREFS(type) ||
	    type->tp_getattro != PyObject_GenericGetAttr ||
	    type->tp_setattro != PyObject_GenericSetAttr)
		return 0;
	names = names_of(r, id);
	for (i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
		name = name_at(names, i, &container);
		if (!is_missing(self, name, container))
			return 0;
	}
	return names != NULL;
}

/* "name" or "name[]" of the loader's analysis. */
static PyObject *name_pair(const char *name)
{
	size_t n = strlen(name);
	int container = n > 2 && !strcmp(name + n - 2, "[]");
	PyObject *s = PyUnicode_FromStringAndSize(
		name, (Py_ssize_t)(container ? n - 2 : n));

	if (s)
		PyUnicode_InternInPlace(&s);
	return s ? Py_BuildValue("(NO)", s, container ? Py_True : Py_False) :
		   NULL;
}

int own_names(struct recording *r, uint32_t id, const char *names, size_t n)
{
	PyObject *key = PyLong_FromUnsignedLong(id), *list = PyList_New(0);
	PyObject *pair = NULL, *all = NULL;
	const char *p;
	int rc = key && list ? 0 : -1;

	for (p = names; !rc && p < names + n; p += strlen(p) + 1) {
		pair = name_pair(p);
		rc = pair ? PyList_Append(list, pair) : -1;
		Py_XDECREF(pair);
	}
	if (!rc)
		all = PyList_AsTuple(list);
	rc = all ? PyDict_SetItem(r->attributes, key, all) : -1;
	Py_XDECREF(all);
	Py_XDECREF(key);
	Py_XDECREF(list);
	return rc;
}

/* ---- whose memo ---- */

/* Where an object is that is seen now: borrowed from a carrier's owner. */
static const char *place_here(struct recording *r, size_t *n)
{
	struct stack *s = stack_charged(r);
	struct carrier *c;
	const char *end;
	size_t i;

	for (i = s->n; i-- > 0;) {
		c = s->p[i].c;
		if (c->kind == TAUT_CARRIER_MEMO)
			continue;
		end = c->kind == TAUT_CARRIER_TEST ? strstr(c->owner, "::") :
						     NULL;
		*n = end ? (size_t)(end - c->owner) : strlen(c->owner);
		return c->owner;
	}
	*n = 0;
	return "";
}

/* The function's next memo, shared or of a place; NONE behind the last. */
static uint32_t next_memo(struct recording *r, uint32_t id, Py_ssize_t *at)
{
	PyObject *key, *number;

	while (PyDict_Next(r->places, at, &key, &number))
		if (PyLong_AsUnsignedLong(PyTuple_GET_ITEM(key, 0)) == id)
			return (uint32_t)PyLong_AsUnsignedLong(number);
	return NONE;
}

/* The function's memo of a place, or the one that objects share (None). */
static struct carrier *memo_known(struct recording *r, uint32_t id,
				  PyObject *place)
{
	PyObject *key = Py_BuildValue("(kO)", (unsigned long)id, place);
	PyObject *number = key ? PyDict_GetItemWithError(r->places, key) : NULL;

	Py_XDECREF(key);
	return number ? r->carriers[PyLong_AsUnsignedLong(number)] : NULL;
}

static struct carrier *memo_made(struct recording *r, uint32_t id,
				 PyObject *place, const char *where)
{
	struct carrier *c = memo_new(r, id, where), *shared;
	PyObject *number = c ? PyLong_FromUnsignedLong(c->number) : NULL;
	PyObject *key = Py_BuildValue("(kO)", (unsigned long)id, place);
	Py_ssize_t at = 0;
	uint32_t other;

	if (!number || !key || PyDict_SetItem(r->places, key, number))
		c = NULL;
	Py_XDECREF(number);
	Py_XDECREF(key);
	if (!c)
		return NULL;
	carrier_dirty(r, c);
	/* What is shared may have been made at any place. */
	if (place == Py_None) {
		while ((other = next_memo(r, id, &at)) != NONE)
			carrier_ref(r, c, other, TAUT_EDGE_USES);
	} else {
		shared = memo_known(r, id, Py_None);
		if (shared)
			carrier_ref(r, shared, c->number, TAUT_EDGE_USES);
	}
	return c;
}

static struct carrier *memo_of(struct recording *r, uint32_t id,
			       PyObject *place, const char *where)
{
	struct carrier *c = memo_known(r, id, place);

	return c || PyErr_Occurred() ? c : memo_made(r, id, place, where);
}

struct carrier *own_memo(struct recording *r, uint32_t id, const char *where)
{
	PyObject *place = PyBytes_FromString(where);
	struct carrier *c = place ? memo_of(r, id, place, where) : NULL;

	Py_XDECREF(place);
	return c;
}

static struct carrier *memo_here(struct recording *r, uint32_t id)
{
	size_t n;
	const char *owner = place_here(r, &n);
	char *where = strndup(owner, n);
	struct carrier *c = where ? own_memo(r, id, where) : NULL;

	free(where);
	return c;
}

/* ---- objects ---- */

static int is_gone(const struct own *o)
{
	return compat_weak_target(o->ref) != o->object;
}

static struct own *slot_of(struct recording *r, const PyObject *object,
			   uint32_t id)
{
	size_t h = ((size_t)object >> 4) ^ ((size_t)id * 0x9e3779b1u);

	for (h ^= h >> 15;; h++) {
		h &= r->cap_owns - 1;
		if (!r->owns[h].object ||
		    (r->owns[h].object == object && r->owns[h].id == id))
			return &r->owns[h];
	}
}

/* Room for one more; on this occasion the dead leave. */
static int owns_room(struct recording *r)
{
	struct own *old = r->owns;
	size_t i, n = r->cap_owns, live = 0;

	if (r->nowns * 2 < n)
		return 0;
	for (i = 0; i < n; i++)
		live += old[i].object && !is_gone(&old[i]);
	r->cap_owns = n ? n : 64;
	while (r->cap_owns < live * 4)
		r->cap_owns *= 2;
	r->owns = calloc(r->cap_owns, sizeof(*r->owns));
	if (!r->owns) {
		r->owns = old;
		r->cap_owns = n;
		return -1;
	}
	r->nowns = live;
	for (i = 0; i < n; i++)
		if (old[i].object && !is_gone(&old[i]))
			*slot_of(r, old[i].object, old[i].id) = old[i];
		else
			Py_XDECREF(old[i].ref);
	free(old);
	return 0;
}

void own_free(struct recording *r)
{
	size_t i;

	for (i = 0; i < r->cap_owns; i++)
		Py_XDECREF(r->owns[i].ref);
	free(r->owns);
	r->owns = NULL;
	r->nowns = r->cap_owns = 0;
}

/* An object that was not seen before; NULL: it has no memo of its own. */
static struct own *own_add(struct recording *r, uint32_t id, PyObject *self)
{
	struct own o = { .object = self,
			 .held = held_by(r, id, self),
			 .id = id },
		   *at;
	struct carrier *c = memo_here(r, id);

	if (!c || owns_room(r))
		return NULL;
	o.carrier = c->number;
	o.ref = PyWeakref_NewRef(self, NULL);
	if (!o.ref)
		return NULL;
	at = slot_of(r, self, id);
	if (at->object)
		Py_DECREF(at->ref);
	else
		r->nowns++;
	*at = o;
	return at;
}

/* The carrier of what the function remembers in `self`; *first: whoever is
 * charged now was not yet told. */
static struct carrier *carrier_for(struct recording *r, uint32_t id,
				   PyObject *self, int *first)
{
	uint64_t now = taut_epoch == EPOCH_SHARED ? EPOCH_NONE : taut_epoch;
	struct own *o = r->cap_owns ? slot_of(r, self, id) : NULL;
	uintptr_t held;

	*first = 1;
	if (!o || !o->object || is_gone(o))
		o = is_plain(r, id, self) ? own_add(r, id, self) : NULL;
	if (!o)
		return memo_of(r, id, Py_None, "");
	if (o->held) {
		held = held_by(r, id, self);
		/* That may have let finalizers run, and the table move. */
		o = slot_of(r, self, id);
		/* It was given another container: whose is that? */
		if (o->held != held) {
			o->held = 1;
			return memo_of(r, id, Py_None, "");
		}
	}
	*first = o->epoch != now || now == EPOCH_NONE;
	o->epoch = now;
	return r->carriers[o->carrier];
}

static struct carrier *carrier_of(struct recording *r, uint32_t id,
				  PyObject *self, int *first)
{
	PyObject *error = compat_take_error();
	struct carrier *c = carrier_for(r, id, self, first);

	PyErr_Clear();
	compat_give_error(error);
	if (!c)
		carrier_incomplete(stack_top(stack_charged(r)),
				   "out of memory");
	return c;
}

/* A forked child has objects of the process that it came from, and tells whose
 * memos it uses; of one that it has not seen there, all that may be. */
static void own_tell(struct recording *r, uint32_t id, PyObject *self)
{
	struct own *o = r->cap_owns ? slot_of(r, self, id) : NULL;
	Py_ssize_t at = 0;
	uint32_t memo;

	if (o && o->object && !is_gone(o) && !o->held) {
		tell_uses(r, o->carrier);
		return;
	}
	while ((memo = next_memo(r, id, &at)) != NONE)
		tell_uses(r, memo);
}

void own_see(struct recording *r, uint32_t id, PyObject *self)
{
	struct carrier *c;
	int first;

	if (telling(r)) {
		own_tell(r, id, self);
		return;
	}
	c = carrier_of(r, id, self, &first);
	if (c && first)
		carrier_ref(r, stack_top(stack_charged(r)), c->number,
			    TAUT_EDGE_USES);
}

void own_enter(struct recording *r, uint32_t id, PyObject *self)
{
	struct carrier *c;
	int first;

	if (telling(r))
		return;
	c = carrier_of(r, id, self, &first);
	if (c)
		memo_open(r, id, c);
}
