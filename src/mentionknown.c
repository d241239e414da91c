/*
 * mentionknown - names with a meaning: what finds things by names that it
 * computes, and what imports bind.
 */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "mentionfile.h"

/* Whoever says one of these may mean what no text says. */
struct finder {
	const char *name;
	uint32_t flags; /* enum taut_text_flags */
};
static const struct finder finders[] = {
	/* things of any name */
	{ "eval", TAUT_TEXT_ANY },
	{ "exec", TAUT_TEXT_ANY },
	{ "f_globals", TAUT_TEXT_ANY },
	{ "__globals__", TAUT_TEXT_ANY },
	{ "run_path", TAUT_TEXT_ANY },
	{ "run_module", TAUT_TEXT_ANY },
	{ "runpy", TAUT_TEXT_ANY },
	{ "pickle", TAUT_TEXT_ANY },
	{ "cPickle", TAUT_TEXT_ANY },
	{ "_pickle", TAUT_TEXT_ANY },
	{ "dill", TAUT_TEXT_ANY },
	{ "cloudpickle", TAUT_TEXT_ANY },
	{ "shelve", TAUT_TEXT_ANY },
	{ "joblib", TAUT_TEXT_ANY },
	{ "entry_points", TAUT_TEXT_ANY },
	{ "iter_entry_points", TAUT_TEXT_ANY },
	{ "resolve_name", TAUT_TEXT_ANY },
	{ "import_string", TAUT_TEXT_ANY },
	{ "import_object", TAUT_TEXT_ANY },
	{ "import_attr", TAUT_TEXT_ANY },
	{ "import_attribute", TAUT_TEXT_ANY },
	{ "import_class", TAUT_TEXT_ANY },
	{ "symbol_by_name", TAUT_TEXT_ANY },
	{ "load_entry_point", TAUT_TEXT_ANY },
	{ "locate", TAUT_TEXT_ANY },
	{ "__subclasses__", TAUT_TEXT_ANY },
	{ "get_objects", TAUT_TEXT_ANY },
	{ "get_referrers", TAUT_TEXT_ANY },
	{ "__import__", TAUT_TEXT_ANY },
	{ "import_module", TAUT_TEXT_ANY },
	{ "modules", TAUT_TEXT_ANY },
	{ "getmodule", TAUT_TEXT_ANY },
	{ "iter_modules", TAUT_TEXT_ANY },
	{ "walk_packages", TAUT_TEXT_ANY },
	{ "find_module", TAUT_TEXT_ANY },
	{ "load_module", TAUT_TEXT_ANY },
	{ "exec_module", TAUT_TEXT_ANY },
	{ "spec_from_file_location", TAUT_TEXT_ANY },
	{ "module_from_spec", TAUT_TEXT_ANY },
	{ "currentframe", TAUT_TEXT_ANY },
	{ "_getframe", TAUT_TEXT_ANY },
	/* sources and their lines */
	{ "getsource", TAUT_TEXT_ANY },
	{ "getsourcelines", TAUT_TEXT_ANY },
	{ "findsource", TAUT_TEXT_ANY },
	{ "linecache", TAUT_TEXT_ANY },
	{ "f_back", TAUT_TEXT_ANY },
	{ "co_firstlineno", TAUT_TEXT_ANY },
	{ "f_lineno", TAUT_TEXT_ANY },
	{ "tb_lineno", TAUT_TEXT_ANY },
	{ "getframeinfo", TAUT_TEXT_ANY },
	{ "extract_stack", TAUT_TEXT_ANY },
	{ "extract_tb", TAUT_TEXT_ANY },
	/* attributes, unless their name stands there (mentionattr.c) */
	{ "getattr", TAUT_TEXT_ATTRS },
	{ "setattr", TAUT_TEXT_ATTRS },
	{ "delattr", TAUT_TEXT_ATTRS },
	{ "hasattr", TAUT_TEXT_ATTRS },
	{ "attrgetter", TAUT_TEXT_ATTRS },
	{ "methodcaller", TAUT_TEXT_ATTRS },
	{ "getattr_static", TAUT_TEXT_ATTRS },
	{ "getmembers", TAUT_TEXT_ATTRS },
	{ "getmembers_static", TAUT_TEXT_ATTRS },
	{ "classify_class_attrs", TAUT_TEXT_ATTRS },
	{ "__getattr__", TAUT_TEXT_ATTRS },
	{ "__getattribute__", TAUT_TEXT_ATTRS },
	{ "__setattr__", TAUT_TEXT_ATTRS },
	{ "__delattr__", TAUT_TEXT_ATTRS },
	{ "__dict__", TAUT_TEXT_ATTRS },
	/* ... or what a method is like that nobody names */
	{ "signature", TAUT_TEXT_ATTRS },
	{ "getfullargspec", TAUT_TEXT_ATTRS },
	{ "getargspec", TAUT_TEXT_ATTRS },
	{ "get_type_hints", TAUT_TEXT_ATTRS },
	{ "get_annotations", TAUT_TEXT_ATTRS },
	{ "__annotations__", TAUT_TEXT_ATTRS },
	/* ... or to tell of one that is not there */
	{ "format_exc", TAUT_TEXT_ATTRS },
	{ "print_exc", TAUT_TEXT_ATTRS },
	{ "format_exception", TAUT_TEXT_ATTRS },
	{ "print_exception", TAUT_TEXT_ATTRS },
	{ "format_exception_only", TAUT_TEXT_ATTRS },
	{ "TracebackException", TAUT_TEXT_ATTRS },
	{ "excepthook", TAUT_TEXT_ATTRS },
	{ "list_public_methods", TAUT_TEXT_ATTRS },
	{ "register_instance", TAUT_TEXT_ATTRS },
	{ "doctest", TAUT_TEXT_ATTRS },
	{ "help", TAUT_TEXT_ATTRS },
	{ "pydoc", TAUT_TEXT_ATTRS },
};
/* Called without an argument (or not called, but handed on) they give the
 * names of the module; another module's they get as a value. */
static const char *const lookers[] = { "globals", "locals", "vars", "dir" };

const struct taut_known *taut_known_find(const struct taut_writer *w,
					 uint64_t hash)
{
	size_t lo = 0, hi = w->nsorted, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (w->known[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->nsorted && w->known[lo].hash == hash ? &w->known[lo] :
							      NULL;
}

void taut_known_add(struct taut_writer *w, uint64_t hash, uint64_t path,
		    uint32_t flags)
{
	struct taut_known *k;

	if (w->nomem ||
	    taut_grow(&w->known, &w->cknown, w->nknown + 1, sizeof(*k))) {
		w->nomem = 1;
		return;
	}
	k = &w->known[w->nknown++];
	k->hash = hash;
	k->path = path;
	k->inner = 0;
	k->flags = flags;
}

static int by_hash(const void *a, const void *b)
{
	const struct taut_known *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->path > y->path) - (x->path < y->path);
}

uint32_t taut_known_flags(const struct taut_writer *w, uint64_t hash)
{
	const struct taut_known *k = taut_known_find(w, hash);
	const struct taut_known *end = w->known + w->nsorted;
	uint32_t flags = 0;

	for (; k && k < end && k->hash == hash; k++)
		flags |= k->flags;
	return flags;
}

void taut_known_sort(struct taut_writer *w)
{
	if (!w->nomem)
		qsort(w->known, w->nknown, sizeof(*w->known), by_hash);
	w->nsorted = w->nomem ? 0 : w->nknown;
}

void taut_known_words(struct taut_writer *w)
{
	size_t i;

	for (i = 0; i < sizeof(finders) / sizeof(*finders); i++)
		taut_known_add(
			w,
			taut_lex_hash(finders[i].name, strlen(finders[i].name)),
			0, finders[i].flags);
	for (i = 0; i < sizeof(lookers) / sizeof(*lookers); i++)
		taut_known_add(w, taut_lex_hash(lookers[i], strlen(lookers[i])),
			       0, TAUT_TEXT_OWN | TAUT_TEXT_ATTRS);
	taut_known_sort(w);
}
