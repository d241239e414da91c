/*
 * memo.c - values that outlive the call that made them.
 *
 * A function that remembers what it computed (lru_cache, `if k not in CACHE`,
 * cached_property ...) runs for the first test that asks, and not for the
 * others.  What runs between its memo probes is charged to a carrier of the
 * function, one a process; whoever enters or calls the function refers to it.
 *
 * Warm calls of an lru_cache never enter Python: the type's tp_call tells.
 */
#include "core.h"

#include "inputs.h"

/* ---- the carrier of a function ---- */

/* Its owner: "path::function", or "path::function for PLACE". */
struct carrier *memo_new(struct recording *r, uint32_t id, const char *where)
{
	const struct file *f = file_of(r, id);
	const char *name = f->source->suites[id - f->base].name;
	size_t n = strlen(f->path) + strlen(name) + strlen(where) + 8;
	struct carrier *c;
	char *owner = malloc(n);

	if (!owner)
		return NULL;
	snprintf(owner, n, "%s::%s%s%s", f->path, name, *where ? " for " : "",
		 where);
	c = carrier_new(r, TAUT_CARRIER_MEMO, owner);
	free(owner);
	PyErr_Clear();
	if (c)
		c->memo = id;
	return c;
}

struct carrier *memo_carrier(struct recording *r, uint32_t id)
{
	struct file *f = file_of(r, id);
	struct carrier *c;
	uint32_t suite, number;
	int shared;
	size_t i;

	if (!f || !f->source)
		return NULL;
	suite = id - f->base;
	if (!f->memos) {
		f->memos = malloc(f->nids * sizeof(*f->memos));
		if (!f->memos)
			return NULL;
		memset(f->memos, 0xff, f->nids * sizeof(*f->memos));
	}
	number = f->memos[suite];
	if (number != NONE)
		return r->carriers[number];
	shared = f->marks && f->marks[suite] & MARK_FILE;
	c = memo_new(r, id, shared ? TAUT_IN_A_FILE : "");
	if (!c)
		return NULL;
	f->memos[suite] = c->number;
	carrier_dirty(r, c);
	if (!f->marks || !(f->marks[suite] & MARK_PROPERTY))
		return c;
	/* Whose file mentions the name may read the value, unseen; and who
	 * imports the file may have it under another name. */
	if (f->module != NONE)
		carrier_ref(r, r->carriers[f->module], c->number,
			    TAUT_EDGE_READS);
	if (vec_add(&r->properties, c->number))
		carrier_incomplete(c, "out of memory");
	for (i = 0; i < r->ncarriers; i++)
		if (r->carriers[i]->kind == TAUT_CARRIER_MODULE)
			memo_property(r, r->carriers[i], c);
	return c;
}

void memo_property(struct recording *r, struct carrier *module,
		   struct carrier *memo)
{
	struct file *f = file_of(r, memo->memo);
	const struct taut_source *s;
	const char *name;
	uint32_t hash, i;

	if (module->file == NONE || !f)
		return;
	s = r->files[module->file]->source;
	name = f->source->suites[memo->memo - f->base].name;
	/* Under which name the value is read, nobody can tell. */
	if (!strcmp(name, "__get__") || !strcmp(name, "__getattr__") ||
	    !strcmp(name, "__missing__")) {
		if (r->files[module->file] == f)
			carrier_ref(r, module, memo->number, TAUT_EDGE_READS);
		return;
	}
	hash = taut_name_hash(name, strlen(name));
	for (i = 0; i < s->nattrs && !s->opaque; i++)
		if (s->attrs[i] == hash)
			break;
	if (i < s->nattrs || s->opaque)
		carrier_ref(r, module, memo->number, TAUT_EDGE_READS);
}

void memo_properties(struct recording *r, struct carrier *module)
{
	size_t i;

	for (i = 0; i < r->properties.n; i++)
		memo_property(r, module, r->carriers[r->properties.p[i]]);
}

/* ---- regions ---- */

static int depth_here(void)
{
	return compat_depth(PyThreadState_Get());
}

/* ---- values of objects whose class a function makes ---- */

/* The first parameter of the function that was just entered. */
static int first_local(void *arg, PyFrameObject *f, PyCodeObject *code)
{
	PyObject *names, *name;
	const char *s = NULL;

	names = PyObject_GetAttrString((PyObject *)code, "co_varnames");
	if (names && code->co_argcount) {
		name = PyTuple_GET_ITEM(names, 0);
		s = PyUnicode_AsUTF8(name);
	}
	if (s)
		*(PyObject **)arg = caller_local(f, s);
	Py_XDECREF(names);
	PyErr_Clear();
	return 0;
}

/* The module in whose function the object's class was made, or NULL. */
static struct carrier *home_of_class(struct recording *r, PyObject *type)
{
	PyObject *where = PyObject_GetAttrString(type, "__qualname__");
	PyObject *name = PyObject_GetAttrString(type, "__module__");
	PyObject *number = NULL;
	const char *s = where && PyUnicode_Check(where) ?
				PyUnicode_AsUTF8(where) :
				NULL;

	if (s && name && strstr(s, "<locals>"))
		number = PyDict_GetItemWithError(r->names, name);
	Py_XDECREF(where);
	Py_XDECREF(name);
	PyErr_Clear();
	return number ? r->carriers[PyLong_AsUnsignedLong(number)] : NULL;
}

/*
 * Nobody has an object of a class that a function makes (a test, mostly) but
 * who depends on the function's module: the values of such objects are a memo
 * of their own, for those.
 */
static struct carrier *memo_of_property(struct recording *r, uint32_t id)
{
	struct carrier *shared = memo_carrier(r, id), *home = NULL, *c;
	PyObject *self = NULL;

	caller_walk(first_local, &self);
	if (self)
		home = home_of_class(r, (PyObject *)Py_TYPE(self));
	Py_XDECREF(self);
	if (!home || !shared)
		return shared;
	c = own_memo(r, id, home->owner);
	if (c)
		carrier_ref(r, home, c->number, TAUT_EDGE_READS);
	return c;
}

static int is_property(struct recording *r, uint32_t id)
{
	const struct file *f = file_of(r, id);

	return f && f->marks && f->marks[id - f->base] & MARK_PROPERTY;
}

void memo_enter(struct recording *r, uint32_t id)
{
	struct carrier *c = NULL;

	if (!telling(r))
		c = is_property(r, id) ? memo_of_property(r, id) :
					 memo_carrier(r, id);
	if (c)
		memo_open(r, id, c);
}

void memo_open(struct recording *r, uint32_t id, struct carrier *c)
{
	struct stack *s = stack_here(r);
	int depth = depth_here();

	memo_unwind(r, s, id);
	/* In a loop: the same call, once more. */
	if (s->n && stack_top(s) == c && s->p[s->n - 1].depth == depth)
		return;
	carrier_ref(r, stack_top(s->n ? s : &r->main), c->number,
		    TAUT_EDGE_USES);
	if (stack_push(r, s, c, depth))
		PyErr_Clear();
}

void memo_exit(struct recording *r, uint32_t id)
{
	struct stack *s = stack_here(r);
	int depth;
	size_t i;

	if (!s->n || !s->p[s->n - 1].depth || telling(r))
		return;
	depth = depth_here();
	for (i = s->n; i > 0 && s->p[i - 1].depth; i--)
		if (s->p[i - 1].c->memo == id && s->p[i - 1].depth == depth) {
			stack_cut(r, s, i - 1);
			return;
		}
}

/*
 * A coroutine or generator leaves the stack and comes back, perhaps in
 * another test: nothing can be opened around it.  Its value needed what the
 * carrier needed that it ran in.
 */
void memo_link(struct recording *r, uint32_t id)
{
	struct carrier *c = telling(r) ? NULL : memo_carrier(r, id);
	struct carrier *top = stack_top(stack_charged(r));

	if (!c || c == top)
		return;
	carrier_ref(r, c, carrier_target(r, top), TAUT_EDGE_USES);
	carrier_ref(r, top, c->number, TAUT_EDGE_USES);
}

/* Does `suite` stand in the function whose suite is `function`? */
static int inside(struct recording *r, uint32_t id, uint32_t function)
{
	struct file *f = file_of(r, id);
	const struct taut_suite *all;
	uint32_t s;

	if (!f || !f->source || function - f->base >= f->nids)
		return 0;
	all = f->source->suites;
	if (id == function)
		return 1;
	for (s = id - f->base; s; s = all[s].parent) {
		if (f->base + s == function)
			return 1;
		if (all[s].kind == TAUT_SUITE_FUNCTION)
			return 0;
	}
	return 0;
}

/*
 * An exception passes no exit probe.  The frame that opened the memo is gone
 * if the stack is less deep now, or if another function runs at its depth.
 */
void memo_unwind(struct recording *r, struct stack *s, uint32_t id)
{
	int depth = depth_here();
	struct level *l;

	while (s->n) {
		l = &s->p[s->n - 1];
		if (!l->depth || l->depth < depth ||
		    (l->depth == depth && inside(r, id, l->c->memo)))
			return;
		stack_cut(r, s, s->n - 1);
	}
}

/* ---- lru_cache ---- */

/* One wrapper object: what calling it means. */
struct wrapper {
	PyObject *object; /* not owned: tp_dealloc takes it out */
	uint64_t epoch;	  /* of the carrier that was told */
	uint32_t memo;	  /* carrier, or NONE: none of the project's */
	int push;	  /* no probes inside: open it around the call */
};

static struct {
	PyTypeObject *type; /* owned */
	ternaryfunc call;
	destructor dealloc;
	struct wrapper *slots; /* owned; open addressing */
	size_t n, nslots;      /* power of two */
	struct recording *of;  /* whose carriers the slots name */
} lru;

static size_t slot_of(const PyObject *o)
{
	size_t h = (size_t)o >> 4;

	for (h ^= h >> 9; h &= lru.nslots - 1, lru.slots[h].object; h++)
		if (lru.slots[h].object == o)
			break;
	return h;
}

static void slot_remove(size_t i)
{
	struct wrapper moved;
	size_t j;

	lru.slots[i].object = NULL;
	lru.n--;
	/* What was put behind it because of it finds a new place. */
	for (j = (i + 1) & (lru.nslots - 1); lru.slots[j].object;
	     j = (j + 1) & (lru.nslots - 1)) {
		moved = lru.slots[j];
		lru.slots[j].object = NULL;
		lru.slots[slot_of(moved.object)] = moved;
	}
}

static int slots_room(void)
{
	struct wrapper *old = lru.slots;
	size_t i, n = lru.nslots;

	if (lru.nslots && lru.n * 2 < lru.nslots)
		return 0;
	lru.slots = calloc(n ? n * 2 : 64, sizeof(*lru.slots));
	if (!lru.slots) {
		lru.slots = old;
		return -1;
	}
	lru.nslots = n ? n * 2 : 64;
	for (i = 0; i < n; i++)
		if (old[i].object)
			lru.slots[slot_of(old[i].object)] = old[i];
	free(old);
	return 0;
}

/* What the wrapper calls, if that is a function: owned, or NULL. */
static PyObject *wrapped_by(PyObject *self)
{
	PyObject *f = PyObject_GetAttrString(self, "__wrapped__");

	if (f && PyMethod_Check(f))
		Py_SETREF(f, Py_NewRef(PyMethod_GET_FUNCTION(f)));
	if (f && !PyFunction_Check(f))
		Py_CLEAR(f);
	PyErr_Clear();
	return f;
}

static void wrapper_learn(struct recording *r, PyObject *self,
			  struct wrapper *w)
{
	PyObject *f = wrapped_by(self), *code;
	struct carrier *c;
	uint32_t id;

	w->memo = NONE;
	w->push = 0;
	if (f) {
		code = PyFunction_GET_CODE(f);
		probe_in(code, &id);
		if (id != NONE && id >= r->first_id) {
			c = memo_carrier(r, id);
			w->memo = c ? c->number : NONE;
			goto out;
		}
		/* A function of the standard library that is given none of
		 * ours to call; most of what a run calls. */
		if (!project_path(r, ((PyCodeObject *)code)->co_filename) &&
		    Py_IS_TYPE(self, lru.type) && !PyFunction_GetClosure(f))
			goto out;
	}
	c = carrier_new(r, TAUT_CARRIER_MEMO, "lru_cache");
	if (c) {
		w->memo = c->number;
		w->push = 1;
		carrier_dirty(r, c);
	}
out:
	Py_XDECREF(f);
	PyErr_Clear();
}

static uint64_t epoch_now(void)
{
	return taut_epoch == EPOCH_SHARED ? EPOCH_NONE : taut_epoch;
}

/* What calling `self` means; *out is a copy, the table may move. */
static int wrapper_get(struct recording *r, PyObject *self, struct wrapper *out)
{
	struct wrapper w = { self, 0, NONE, 0 };
	size_t i;

	if (lru.of != r && lru.nslots) {
		memset(lru.slots, 0, lru.nslots * sizeof(*lru.slots));
		lru.n = 0;
	}
	lru.of = r;
	if (lru.nslots) {
		i = slot_of(self);
		if (lru.slots[i].object) {
			*out = lru.slots[i];
			lru.slots[i].epoch = epoch_now();
			return 0;
		}
	}
	wrapper_learn(r, self, &w);
	if (slots_room())
		return -1;
	i = slot_of(self);
	if (!lru.slots[i].object)
		lru.n++;
	*out = w;
	w.epoch = epoch_now();
	lru.slots[i] = w;
	return 0;
}

static PyObject *lru_call(PyObject *self, PyObject *args, PyObject *kw)
{
	struct recording *r = taut_rec;
	struct carrier *c;
	struct stack *s;
	struct wrapper w;
	PyObject *result, *error;
	size_t at;

	if (!r)
		return lru.call(self, args, kw);
	if (wrapper_get(r, self, &w) || w.memo == NONE)
		return lru.call(self, args, kw);
	c = r->carriers[w.memo];
	if (w.epoch != taut_epoch)
		carrier_ref(r, stack_top(stack_charged(r)), c->number,
			    TAUT_EDGE_USES);
	if (!w.push)
		return lru.call(self, args, kw);
	s = stack_here(r);
	at = s->n;
	if (stack_push(r, s, c, 0)) {
		PyErr_Clear();
		return lru.call(self, args, kw);
	}
	result = lru.call(self, args, kw);
	if (taut_rec == r) {
		error = compat_take_error();
		stack_cut(r, stack_here(r), at);
		compat_give_error(error);
	}
	return result;
}

static void lru_dealloc(PyObject *self)
{
	size_t i;

	if (lru.nslots) {
		i = slot_of(self);
		if (lru.slots[i].object)
			slot_remove(i);
	}
	lru.dealloc(self);
}

int memo_install(void)
{
	/* Of which functools has it: cheap to have where nobody else needs it. */
	PyObject *m = PyImport_ImportModule("_functools"), *type;

	if (!m)
		return -1;
	type = PyObject_GetAttrString(m, "_lru_cache_wrapper");
	Py_DECREF(m);
	if (!type)
		return -1;
	/* The pure Python one is a function: its body's probes do. */
	if (!PyType_Check(type) || !((PyTypeObject *)type)->tp_call) {
		Py_DECREF(type);
		return 0;
	}
	lru.type = (PyTypeObject *)type;
	lru.call = lru.type->tp_call;
	lru.dealloc = lru.type->tp_dealloc;
	lru.type->tp_call = lru_call;
	lru.type->tp_dealloc = lru_dealloc;
	return 0;
}

void memo_remove(void)
{
	if (!lru.type)
		return;
	lru.type->tp_call = lru.call;
	lru.type->tp_dealloc = lru.dealloc;
	Py_CLEAR(lru.type);
	free(lru.slots);
	lru.slots = NULL;
	lru.n = lru.nslots = 0;
	lru.of = NULL;
}
