/*
 * module.c - the extension module taut._core: its functions and constants.
 */
#include "core.h"

static PyMethodDef functions[] = {
	{ "scan", bind_scan, METH_O, "scan(data) -> Source" },
	{ "words", bind_words, METH_VARARGS,
	  "words(data, strings) -> bytes, u32 of each" },
	{ "lookup_state", bind_lookup_state, METH_VARARGS,
	  "lookup_state(dirname, name) -> str" },
	{ "digest", bind_digest, METH_O, "digest(data) -> bytes" },
	{ "below", syntax_below, METH_VARARGS,
	  "below(nodes, wanted, stop, own=False) -> list" },
	{ "_probe", probe_inert, METH_NOARGS, NULL },
	{ "_trace", trace_thread, METH_VARARGS, NULL },
	{ NULL, NULL, 0, NULL },
};

static const struct {
	const char *name;
	int value;
} constants[] = {
	{ "PY", TAUT_PY },
	{ "DATA", TAUT_DATA },
	{ "LISTING", TAUT_LISTING },
	{ "EXISTS", TAUT_EXISTS },
	{ "ENVVAR", TAUT_ENVVAR },
	{ "LOOKUP", TAUT_LOOKUP },
	{ "DIST", TAUT_DIST },
	{ "TREE", TAUT_TREE },
	{ "TEST", TAUT_CARRIER_TEST },
	{ "FIXTURE", TAUT_CARRIER_FIXTURE },
	{ "MODULE", TAUT_CARRIER_MODULE },
	{ "MEMO", TAUT_CARRIER_MEMO },
	{ "COLLECTION", TAUT_CARRIER_COLLECTION },
	{ "SESSION", TAUT_CARRIER_SESSION },
	{ "PASSED", TAUT_PASSED },
	{ "FAILED", TAUT_FAILED },
	{ "SKIPPED", TAUT_SKIPPED },
	{ "XFAILED", TAUT_XFAILED },
	{ "XPASSED", TAUT_XPASSED },
	{ "NEW", TAUT_NEW },
	{ "UNKNOWN", TAUT_UNKNOWN },
	{ "CLEAN", TAUT_CLEAN },
	{ "AFFECTED", TAUT_AFFECTED },
	{ "DB_NEW", TAUT_DB_NEW },
	{ "DB_USED", TAUT_DB_USED },
	{ "DB_IGNORED", TAUT_DB_IGNORED },
	{ "DB_OTHER_ENV", TAUT_DB_OTHER_ENV },
	{ "PART_IDENTITY", TAUT_PART_IDENTITY },
	{ "PART_STATE", TAUT_PART_STATE },
	{ "PROBE", CORE_PROBE },
	{ "TRACE", CORE_TRACE },
	/* the loader's analysis */
	{ "MARK_STORES", MARK_STORES },
	{ "MARK_MEMO", MARK_MEMO },
	{ "MARK_PROPERTY", MARK_PROPERTY },
	{ "MARK_ASYNC", MARK_ASYNC },
	{ "MARK_SUBCLASS", MARK_SUBCLASS },
	{ "MARK_DICT", MARK_DICT },
	{ "MARK_FILE", MARK_FILE },
	/* enum taut_suite_kind */
	{ "SUITE_MODULE", TAUT_SUITE_MODULE },
	{ "SUITE_CLASS", TAUT_SUITE_CLASS },
	{ "SUITE_FUNCTION", TAUT_SUITE_FUNCTION },
	{ "SUITE_IF", TAUT_SUITE_IF },
	{ "SUITE_ELIF", TAUT_SUITE_ELIF },
	{ "SUITE_ELSE", TAUT_SUITE_ELSE },
	{ "SUITE_FOR", TAUT_SUITE_FOR },
	{ "SUITE_WHILE", TAUT_SUITE_WHILE },
	{ "SUITE_TRY", TAUT_SUITE_TRY },
	{ "SUITE_EXCEPT", TAUT_SUITE_EXCEPT },
	{ "SUITE_FINALLY", TAUT_SUITE_FINALLY },
	{ "SUITE_WITH", TAUT_SUITE_WITH },
	{ "SUITE_MATCH", TAUT_SUITE_MATCH },
	{ "SUITE_CASE", TAUT_SUITE_CASE },
};

static struct PyModuleDef definition = {
	PyModuleDef_HEAD_INIT,
	.m_name = "taut._core",
	.m_doc = "taut.h for Python, and the recorder.",
	/* One recorder a process: not for subinterpreters. */
	.m_size = -1,
	.m_methods = functions,
};

static int add_types(PyObject *m)
{
	PyTypeObject *types[] = { &taut_recorder_type, &taut_source_type,
				  &taut_session_type,  &taut_around_type,
				  &taut_outcome_type,  &taut_uses_type };
	size_t i;

	if (PyType_Ready(&taut_probe_type) || PyType_Ready(&taut_hook_type))
		return -1;
	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (PyModule_AddType(m, types[i]))
			return -1;
	taut_error = PyErr_NewExceptionWithDoc(
		"taut._core.Error",
		"A negative TAUT_E* code; args are (message, code).", NULL,
		NULL);
	return taut_error ? PyModule_AddObjectRef(m, "Error", taut_error) : -1;
}

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC PyInit__core(void)
{
	PyObject *m = PyModule_Create(&definition);
	size_t i;

	if (!m)
		return NULL;
	for (i = 0; i < sizeof(constants) / sizeof(*constants); i++)
		if (PyModule_AddIntConstant(m, constants[i].name,
					    constants[i].value))
			goto bad;
	if (PyModule_AddStringConstant(m, "VERSION", TAUT_VERSION) ||
	    add_types(m))
		goto bad;
	return m;
bad:
	Py_DECREF(m);
	return NULL;
}
