/*
 * docs.c - who may read docstrings.
 *
 * Whose, nobody can say: help(), a loop over what a module holds, a template.
 * So one carrier has the docstrings of all files, and each reader refers to it:
 *
 *	a source that mentions a reader		whoever runs it (write.c)
 *	a data file with "__doc__" in it	whoever reads it
 *	help()					whoever calls it, by any name
 *	f.__doc__ of a function			whoever asks (meta.c)
 */
#include "core.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* A template is text; in larger files nobody looks. */
#define LARGEST (1 << 20)

static void docs_dep(struct recording *r, const struct file *f)
{
	if (f->source)
		carrier_dep(r, r->docs, f->base + f->source->nsuites - 2);
}

struct carrier *docs_begin(struct recording *r)
{
	size_t i;

	if (r->docs)
		return r->docs;
	r->docs = carrier_new(r, TAUT_CARRIER_MODULE, "docstrings");
	for (i = 0; r->docs && i < r->nfiles; i++)
		docs_dep(r, r->files[i]);
	PyErr_Clear();
	return r->docs;
}

void docs_add(struct recording *r, struct file *f)
{
	if (r->docs)
		docs_dep(r, f);
	else if (f->source->reads_doc)
		docs_begin(r);
}

static int says_doc(const char *p, const char *end)
{
	while ((p = memchr(p, '_', (size_t)(end - p))) && end - p >= 7) {
		if (!memcmp(p, "__doc__", 7))
			return 1;
		p++;
	}
	return 0;
}

int docs_in_data(struct recording *r, const char *path)
{
	char full[PATH_MAX], *text = NULL;
	FILE *file = NULL;
	struct stat st;
	size_t n;
	int yes = 0;

	n = strlen(path);
	if (n > 3 && !strcmp(path + n - 3, ".py"))
		return 0; /* a source: what it mentions is known */
	n = (size_t)snprintf(full, sizeof(full), "%s/%s", r->root, path);
	if (n >= sizeof(full) || stat(full, &st) || !S_ISREG(st.st_mode) ||
	    !st.st_size || st.st_size > LARGEST)
		return 0;
	text = malloc((size_t)st.st_size);
	file = text ? fopen(full, "rbe") : NULL;
	if (file) {
		n = fread(text, 1, (size_t)st.st_size, file);
		yes = n && says_doc(text, text + n) && docs_begin(r);
		fclose(file);
	}
	free(text);
	return yes;
}

void docs_read(struct recording *r)
{
	struct carrier *docs = docs_begin(r);

	if (docs && !telling(r))
		carrier_ref(r, stack_top(stack_charged(r)), docs->number,
			    TAUT_EDGE_USES);
}

/* ---- help() ---- */

/* The method of site's Helper, in whatever name it is kept: its calls come
 * through here, the object stays what it is. */
static struct {
	PyObject *function; /* owned; NULL: left alone */
	vectorcallfunc original;
} help;

static PyObject *call_help(PyObject *function, PyObject *const *args, size_t n,
			   PyObject *names)
{
	struct recording *r = recording_here();

	if (r)
		docs_read(r);
	return help.original(function, args, n, names);
}

void docs_install(void)
{
	PyObject *m = PyImport_ImportModule("_sitebuiltins"), *type, *f;

	type = m ? PyObject_GetAttrString(m, "_Helper") : NULL;
	f = type ? PyObject_GetAttrString(type, "__call__") : NULL;
	if (f && PyFunction_Check(f)) {
		help.function = Py_NewRef(f);
		help.original = ((PyFunctionObject *)f)->vectorcall;
		compat_function_call(f, call_help);
	}
	Py_XDECREF(m);
	Py_XDECREF(type);
	Py_XDECREF(f);
	PyErr_Clear();
}

void docs_remove(void)
{
	if (help.function)
		compat_function_call(help.function, help.original);
	Py_CLEAR(help.function);
}
