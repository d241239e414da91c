/*
 * recording.c - the life of one process's recording: its output, the dicts
 * and vectors that the other files fill, the session's carrier.
 */
#include "core.h"

#include <unistd.h>

static PyObject **dicts(struct recording *r, int i)
{
	PyObject **all[] = { &r->paths,	     &r->dirs,	    &r->inputs,
			     &r->modules,    &r->read,	    &r->names,
			     &r->children,   &r->importers, &r->lookups,
			     &r->attributes, &r->places,    &r->awaited };

	return i < (int)(sizeof(all) / sizeof(*all)) ? all[i] : NULL;
}

void recording_free(struct recording *r)
{
	int i;

	if (taut_rec == r) {
		taut_rec = NULL;
		taut_epoch = 0;
	}
	for (i = 0; dicts(r, i); i++)
		Py_CLEAR(*dicts(r, i));
	Py_CLEAR(r->project_path);
	Py_CLEAR(r->settings);
	own_free(r);
	carriers_free(r);
	files_free(r);
	vec_free(&r->dirty);
	idset_free(&r->importing);
	idset_free(&r->entered);
	idset_free(&r->ids);
	vec_free(&r->refs);
	vec_free(&r->suites);
	vec_free(&r->properties);
	vec_free(&r->derivers);
	free(r->stamps);
	free(r->deps);
	free(r->lrefs);
	free(r->root);
	free(r->dir);
	free(r->name);
	tell_end(r);
	taut_dirs_free(r->listed);
	r->dir = r->name = NULL;
	r->listed = NULL;
	r->stamps = NULL;
	r->deps = NULL;
	r->lrefs = NULL;
	r->root = NULL;
}

static int output_open(struct recording *r, int child)
{
	struct taut_stream *out;
	struct taut_err err;

	if (child ? taut_stream_open(r->dir, r->name, &out, &err) :
		    taut_log_open(r->dir, r->name, &r->log, &err)) {
		raise_err(&err);
		return -1;
	}
	if (child)
		tell_begin(r, out, 0);
	return 0;
}

int recording_open(struct recording *r, const char *dir, const char *writer,
		   const char *root, int child)
{
	int i;

	for (i = 0; dicts(r, i); i++)
		if (!(*dicts(r, i) = PyDict_New()))
			return -1;
	r->root = strdup(root);
	r->dir = strdup(dir);
	r->name = strdup(writer);
	if (!r->root || !r->dir || !r->name) {
		PyErr_NoMemory();
		return -1;
	}
	r->listed = taut_dirs_new();
	r->pid = child ? 0 : getpid();
	r->main.thread = PyThreadState_GetID(PyThreadState_Get());
	r->main.home = NONE;
	if (output_open(r, child))
		return -1;
	r->session = carrier_new(r, TAUT_CARRIER_SESSION, "session");
	if (!r->session || stack_push(r, &r->main, r->session, 0))
		return -1;
	return 0;
}
