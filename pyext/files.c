/*
 * files.c - sources as they were loaded, inputs, and the ids of both.
 */
#include "core.h"

#include <stdio.h>
#include <unistd.h>

/* Ids go on from one recording to the next: a probe that outlived its
 * recording must not be taken for another's. */
static uint32_t next_id = 1;

int taut_room(void *p, size_t *cap, size_t need, size_t size)
{
	size_t n = *cap ? *cap * 2 : 8;
	void *q;

	if (need <= *cap)
		return 0;
	while (n < need)
		n *= 2;
	q = realloc(*(void **)p, n * size);
	if (!q)
		return -1;
	*(void **)p = q;
	*cap = n;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void vec_sort(struct vec *v)
{
	size_t i, n = 0;

	if (v->n < 2)
		return;
	for (i = 1; i < v->n && v->p[i - 1] < v->p[i]; i++)
		;
	if (i == v->n)
		return;
	qsort(v->p, v->n, sizeof(*v->p), by_value);
	for (i = 1; i < v->n; i++)
		if (v->p[i] != v->p[n])
			v->p[++n] = v->p[i];
	v->n = n + 1;
}

void vec_free(struct vec *v)
{
	free(v->p);
	memset(v, 0, sizeof(*v));
}

static void file_free(struct file *f)
{
	size_t i;

	if (!f)
		return;
	for (i = 0; i < f->nresolved; i++) {
		vec_free(&f->resolved[i].ids);
		vec_free(&f->resolved[i].refs);
	}
	taut_source_free(f->source);
	free(f->resolved);
	free(f->path);
	free(f->up);
	free(f->marks);
	free(f->memos);
	free(f->lines);
	free(f->starts);
	free(f->seen);
	free(f->calls);
	vec_free(&f->alters);
	vec_free(&f->unlined);
	free(f);
}

void files_free(struct recording *r)
{
	size_t i;

	for (i = 0; i < r->nfiles; i++)
		file_free(r->files[i]);
	free(r->files);
	vec_free(&r->of);
	r->files = NULL;
	r->nfiles = 0;
}

/* Number the file and write it down; takes `f`, also when it fails. */
static struct file *file_add(struct recording *r, struct file *f)
{
	struct taut_log_file l = { f->kind, f->path, 0, f->digest, f->source };
	struct taut_err err;
	uint32_t i;

	f->nids = f->source ? f->source->nsuites : 1;
	if (!f->path || next_id > NONE - f->nids ||
	    taut_room(&r->files, &r->cap_files, r->nfiles + 1,
		      sizeof(*r->files)) ||
	    taut_room(&r->of.p, &r->of.cap, r->of.n + f->nids,
		      sizeof(*r->of.p))) {
		file_free(f);
		PyErr_NoMemory();
		return NULL;
	}
	l.npath = strlen(f->path);
	if (r->pid == getpid() && taut_log_file(r->log, &l, &err)) {
		file_free(f);
		raise_err(&err);
		return NULL;
	}
	f->number = r->nfiles;
	f->base = next_id;
	next_id += f->nids;
	f->whole = f->module = NONE;
	if (!r->nfiles)
		r->first_id = f->base;
	r->files[r->nfiles++] = f;
	for (i = 0; i < f->nids; i++)
		r->of.p[r->of.n++] = f->number;
	return f;
}

/* What is looked at for each hit of each test, in a tenth of the memory. */
static uint32_t *suites_up(const struct taut_source *s)
{
	uint32_t *up = malloc((s->nsuites + 1) * sizeof(*up)), i;

	for (i = 0; up && i < s->nsuites; i++)
		up[i] = s->suites[i].flags & TAUT_SUITE_CODE ?
				s->suites[i].parent :
				NONE;
	return up;
}

/* Which of its suites import: those that say so, and all of an opaque file. */
static int file_imports(struct recording *r, struct file *f)
{
	const struct taut_suite *all = f->source->suites;
	uint32_t first = f->base - r->first_id, i;

	if (idset_room(&r->importing, first + f->nids)) {
		PyErr_NoMemory();
		return -1;
	}
	for (i = 0; i < f->nids; i++)
		if (f->opaque || all[i].flags & TAUT_SUITE_IMPORTS)
			idset_add(&r->importing, first + i);
	return 0;
}

static int file_opaque(struct recording *r, struct file *f)
{
	f->opaque = 1;
	return file_imports(r, f) || !file_whole(r, f) ? -1 : 0;
}

struct file *file_source(struct recording *r, const char *path,
			 const void *data, size_t n)
{
	struct file *f = calloc(1, sizeof(*f));
	struct taut_err err;

	if (!f) {
		PyErr_NoMemory();
		return NULL;
	}
	if (taut_source_scan(data, n, &f->source, &err)) {
		file_free(f);
		raise_err(&err);
		return NULL;
	}
	f->kind = TAUT_PY;
	f->path = strdup(path);
	f->digest = f->source->digest;
	f->reads_doc = f->source->reads_doc;
	f->up = suites_up(f->source);
	if (!f->up) {
		file_free(f);
		PyErr_NoMemory();
		return NULL;
	}
	f = file_add(r, f);
	if (!f)
		return NULL;
	enumerates(r, f);
	return (f->source->opaque ? file_opaque(r, f) : file_imports(r, f)) ?
		       NULL :
		       f;
}

struct file *file_input(struct recording *r, int kind, const char *path,
			const struct taut_digest *d)
{
	PyObject *key, *known, *number;
	struct file *f = NULL;

	key = Py_BuildValue("(iyy#)", kind, path, (const char *)d->b,
			    (Py_ssize_t)sizeof(d->b));
	if (!key)
		return NULL;
	known = PyDict_GetItemWithError(r->inputs, key);
	if (known) {
		f = r->files[PyLong_AsUnsignedLong(known)];
		goto out;
	}
	if (PyErr_Occurred())
		goto out;
	f = calloc(1, sizeof(*f));
	if (!f) {
		PyErr_NoMemory();
		goto out;
	}
	f->kind = kind;
	f->path = strdup(path);
	f->digest = *d;
	f->reads_doc = kind == TAUT_DATA && docs_in_data(r, path);
	f = file_add(r, f);
	number = f ? PyLong_FromUnsignedLong(f->number) : NULL;
	if (!number || PyDict_SetItem(r->inputs, key, number))
		f = NULL;
	Py_XDECREF(number);
out:
	Py_DECREF(key);
	return f;
}

struct file *file_whole(struct recording *r, struct file *f)
{
	struct file *w;

	if (!f->source)
		return f;
	if (f->whole != NONE)
		return r->files[f->whole];
	w = file_input(r, TAUT_DATA, f->path, &f->digest);
	if (w)
		f->whole = w->number;
	return w;
}

struct file *file_now(struct recording *r, const char *path)
{
	struct taut_digest d;

	/* Unreadable: the digest of nothing, which no content has. */
	if (taut_input_digest(TAUT_DATA, r->root, path, &d))
		memset(&d, 0, sizeof(d));
	return file_input(r, TAUT_DATA, path, &d);
}

/* One (suite, flags, line) of the loader's analysis. */
static int file_mark(struct recording *r, struct file *f, PyObject *mark)
{
	unsigned suite, flags, line;

	if (!PyArg_ParseTuple(mark, "III", &suite, &flags, &line))
		return -1;
	if (suite >= f->nids) {
		PyErr_SetString(PyExc_ValueError, "no such suite");
		return -1;
	}
	if (flags & MARK_DICT) {
		r->shares_dict = 1;
		return 0;
	}
	if (!suite) {
		if (!vec_add(&f->alters, line << 1 | !!(flags & MARK_SUBCLASS)))
			return 0;
		PyErr_NoMemory();
		return -1;
	}
	f->marks[suite] |= (uint8_t)flags;
	/* Another process may have made the value. */
	if (flags & MARK_FILE && !telling(r))
		memo_carrier(r, f->base + suite);
	if (!line || !(flags & MARK_MEMO))
		return 0;
	if (line >= f->nlines) {
		uint32_t *p = realloc(f->starts, (line + 1) * sizeof(*p));

		if (!p) {
			PyErr_NoMemory();
			return -1;
		}
		memset(p + f->nlines, 0xff,
		       (line + 1 - f->nlines) * sizeof(*p));
		f->starts = p;
		f->nlines = line + 1;
	}
	f->starts[line] = suite;
	return 0;
}

/* `marks` is None where transform and scanner disagree. */
int file_marks(struct recording *r, struct file *f, PyObject *marks)
{
	Py_ssize_t i;

	if (marks == Py_None)
		return file_opaque(r, f);
	if (!PyTuple_Check(marks)) {
		PyErr_SetString(PyExc_TypeError, "marks: a tuple or None");
		return -1;
	}
	if (!PyTuple_GET_SIZE(marks))
		return 0;
	if (!f->marks)
		f->marks = calloc(f->nids, 1);
	if (!f->marks) {
		PyErr_NoMemory();
		return -1;
	}
	for (i = 0; i < PyTuple_GET_SIZE(marks); i++)
		if (file_mark(r, f, PyTuple_GET_ITEM(marks, i)))
			return -1;
	return 0;
}

/* ---- paths ---- */

static PyObject *absolute(PyObject *name)
{
	PyObject *full;
	char *cwd;

	if (PyUnicode_GET_LENGTH(name) && PyUnicode_READ_CHAR(name, 0) == '/')
		return Py_NewRef(name);
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return Py_NewRef(name);
	full = PyUnicode_DecodeFSDefault(cwd);
	free(cwd);
	if (full && PyUnicode_GET_LENGTH(name))
		Py_SETREF(full, PyUnicode_FromFormat("%U/%U", full, name));
	return full;
}

PyObject *project_path(struct recording *r, PyObject *filename)
{
	PyObject *full, *path;

	if (!PyUnicode_Check(filename) || !PyUnicode_GET_LENGTH(filename) ||
	    PyUnicode_READ_CHAR(filename, 0) == '<')
		return NULL;
	path = PyDict_GetItemWithError(r->paths, filename);
	if (path)
		return path == Py_None ? NULL : path;
	full = absolute(filename);
	path = full ? PyObject_CallOneArg(r->project_path, full) : NULL;
	if (path && path != Py_None && !PyUnicode_Check(path))
		Py_SETREF(path, Py_NewRef(Py_None));
	/* A relative name means another file after chdir: not remembered
	 * under that name. */
	if (!path || PyDict_SetItem(r->paths, full, path))
		PyErr_Clear();
	Py_XDECREF(full);
	Py_XDECREF(path); /* the dict keeps it */
	return path == Py_None ? NULL : path;
}

PyObject *project_dir(struct recording *r, PyObject *dirname)
{
	PyObject *full, *probe = NULL, *path, *dir = NULL;

	full = PyUnicode_Check(dirname) ? absolute(dirname) : NULL;
	if (!full)
		return NULL;
	dir = PyDict_GetItemWithError(r->dirs, full);
	if (dir)
		goto out;
	probe = PyUnicode_FromFormat("%U/x.py", full);
	path = probe ? project_path(r, probe) : NULL;
	if (path)
		dir = PyUnicode_Substring(path, 0,
					  PyUnicode_GET_LENGTH(path) - 4);
	else
		dir = Py_NewRef(Py_None);
	if (!dir || PyDict_SetItem(r->dirs, full, dir))
		PyErr_Clear();
	Py_XDECREF(dir); /* the dict keeps it */
out:
	Py_DECREF(full);
	Py_XDECREF(probe);
	return dir == Py_None ? NULL : dir;
}
