/*
 * spawn.c - the two functions by which Python starts programs.
 *
 * subprocess calls _posixsubprocess.fork_exec or (3.13, mostly) posix_spawn;
 * multiprocessing the first one, without an audit event of its own.  Here the
 * program is looked at: one that will tell what it does gets its orders, by a
 * variable more in the environment that it is given:
 *
 *	TAUT_RUN=name of its stream:file with the settings (taut/child.py)
 */
#include "children.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define VARIABLE "TAUT_RUN"

/* fork_exec(args, programs, close_fds, fds, cwd, env, ...); a function to be
 * called in the child is among the last, and nothing else there is callable. */
enum place { ARGS = 0, PROGRAMS = 1, CWD = 4, ENV = 5, NPLACES = 6 };

static struct {
	PyMethodDef *def;
	PyCFunction original;
	char bin[PATH_MAX];	    /* of our interpreter, without links */
	char interpreter[PATH_MAX]; /* where its name leads; "": unknown */
} fork_exec;

static struct {
	PyMethodDef *def;
	_PyCFunctionFastWithKeywords original;
	int busy; /* the event that comes is of a call that was seen */
} spawning;

int spawn_seen(const char *event)
{
	if (!strcmp(event, "subprocess.Popen"))
		return fork_exec.def != NULL;
	return spawning.busy && !strcmp(event, "os.posix_spawn");
}

/* ---- which program ---- */

static int copy_bytes(PyObject *o, char out[PATH_MAX])
{
	PyObject *bytes = NULL;
	int rc = -1;

	if (PyUnicode_FSConverter(o, &bytes)) {
		if (PyBytes_GET_SIZE(bytes) < PATH_MAX) {
			strcpy(out, PyBytes_AS_STRING(bytes));
			rc = 0;
		}
		Py_DECREF(bytes);
	}
	PyErr_Clear();
	return rc;
}

/* PATH_MAX is enough for what is about to be executed. */
static int join(char out[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

	return n > 0 && n < PATH_MAX ? 0 : -1;
}

/* Our own interpreter, by a name of the same environment? */
static int is_ours(const char *path)
{
	char real[PATH_MAX], dir[PATH_MAX];
	size_t n = (size_t)(strrchr(path, '/') - path);

	if (!*fork_exec.interpreter || !n || !realpath(path, real) ||
	    strcmp(real, fork_exec.interpreter))
		return 0;
	memcpy(dir, path, n);
	dir[n] = '\0';
	return realpath(dir, real) && !strcmp(real, fork_exec.bin);
}

/* The first of the names that can be executed, from where the child will be. */
static int find_program(PyObject *programs, PyObject *cwd, char path[PATH_MAX])
{
	char name[PATH_MAX], dir[PATH_MAX];
	PyObject *list = PySequence_List(programs);
	struct stat st;
	Py_ssize_t i;
	int found = 0;

	if (cwd == Py_None ? !getcwd(dir, sizeof(dir)) : copy_bytes(cwd, dir))
		*dir = '\0';
	if (stat(dir, &st) || !S_ISDIR(st.st_mode))
		Py_CLEAR(list);
	for (i = 0; list && !found && i < PyList_GET_SIZE(list); i++) {
		if (copy_bytes(PyList_GET_ITEM(list, i), name) ||
		    (*name == '/' ? join(path, "", name + 1) :
				    join(path, dir, name)))
			break;
		found = !access(path, X_OK);
	}
	Py_XDECREF(list);
	PyErr_Clear();
	return found;
}

static int runs_us(PyObject *programs, PyObject *cwd)
{
	char path[PATH_MAX];

	return find_program(programs, cwd, path) && is_ours(path);
}

/* ---- programs that only pass on what they are given ---- */

/* Started without arguments they copy their input, and run nobody. */
static const char *const filters[] = { "cat", "less", "more" };

static int is_filter_name(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		if (strlen(filters[i]) == n && !memcmp(filters[i], name, n))
			return 1;
	return 0;
}

/* The system's own, as it stands in one of its directories? */
static const char *system_name(const char *path)
{
	static const char *const dirs[] = { "/bin/", "/usr/bin/" };
	size_t i, n;

	for (i = 0; i < 2; i++) {
		n = strlen(dirs[i]);
		if (!strncmp(path, dirs[i], n) && !strchr(path + n, '/'))
			return path + n;
	}
	return NULL;
}

/* A variable of the child: in the list that it is given, or ours. */
static int variable(PyObject *env, const char *name, char value[PATH_MAX])
{
	const size_t n = strlen(name);
	const char *own = getenv(name);
	PyObject *list;
	Py_ssize_t i;
	int found = 0;

	if (env == Py_None) {
		if (own)
			snprintf(value, PATH_MAX, "%s", own);
		return own != NULL;
	}
	list = PySequence_List(env);
	for (i = 0; list && !found && i < PyList_GET_SIZE(list); i++)
		if (!copy_bytes(PyList_GET_ITEM(list, i), value) &&
		    !strncmp(value, name, n) && value[n] == '=') {
			memmove(value, value + n + 1,
				strlen(value + n + 1) + 1);
			found = 1;
		}
	Py_XDECREF(list);
	PyErr_Clear();
	return found;
}

/* Does the shell find the system's program of that name, and never one of the
 * project, should it get one? */
static int shell_finds(struct recording *r, PyObject *env, const char *name,
		       size_t n)
{
	char paths[PATH_MAX], path[PATH_MAX], *dir, *next;

	if (!variable(env, "PATH", paths))
		return 0;
	for (dir = strtok_r(paths, ":", &next); dir;
	     dir = strtok_r(NULL, ":", &next)) {
		if (*dir != '/' || !strncmp(dir, r->root, strlen(r->root)))
			return 0;
		snprintf(path, sizeof(path), "%.*s/%.*s", PATH_MAX / 2, dir,
			 (int)n, name);
		if (!access(path, X_OK))
			return system_name(path) != NULL;
	}
	return 0;
}

/* One word, by itself or for `sh -c`: *word, its length. */
static size_t only_word(PyObject *args, char text[PATH_MAX], const char **word)
{
	PyObject *list = PySequence_List(args);
	Py_ssize_t n = list ? PyList_GET_SIZE(list) : 0;
	size_t length;

	*text = '\0';
	if ((n == 1 || n == 3) &&
	    copy_bytes(PyList_GET_ITEM(list, n - 1), text))
		*text = '\0';
	Py_XDECREF(list);
	PyErr_Clear();
	*word = text + strspn(text, " ");
	length = strcspn(*word, " ");
	return (*word)[length + strspn(*word + length, " ")] ? 0 : length;
}

/*
 * What a pager of the system makes of its input is decided by that alone.  (What
 * LESSOPEN names it would run.)
 */
static int only_copies(struct recording *r, PyObject *const *args)
{
	char path[PATH_MAX], text[PATH_MAX], other[PATH_MAX];
	const char *program, *word;
	size_t n = only_word(args[ARGS], text, &word);

	if (!n || variable(args[ENV], "LESSOPEN", other) ||
	    variable(args[ENV], "LD_PRELOAD", other) ||
	    !find_program(args[PROGRAMS], args[CWD], path))
		return 0;
	program = system_name(path);
	if (!program)
		return 0;
	if (!strcmp(program, "sh"))
		return is_filter_name(word, n) &&
		       shell_finds(r, args[ENV], word, n);
	return is_filter_name(program, strlen(program)) &&
	       shell_finds(r, args[ENV], program, strlen(program)) &&
	       PySequence_Size(args[ARGS]) == 1;
}

/* What the interpreter's options come to. */
enum python { PYTHON_SITE, PYTHON_NO_SITE, PYTHON_COMMAND };

/* One word of options; *next: its last option's value is the next word. */
static enum python options(const char *word, int *next)
{
	*next = 0;
	for (word++; *word; word++) {
		if (*word == 'S')
			return PYTHON_NO_SITE;
		if (*word == 'c' || *word == 'm')
			return PYTHON_COMMAND;
		if (*word == 'W' || *word == 'X') {
			*next = !word[1];
			break;
		}
	}
	return PYTHON_SITE;
}

static int server_of(const char *command)
{
	static const char forks[] = "from multiprocessing.forkserver import ";
	static const char tracker[] =
		"from multiprocessing.resource_tracker import ";

	if (!strncmp(command, forks, sizeof(forks) - 1))
		return SERVER_FORKS;
	return strncmp(command, tracker, sizeof(tracker) - 1) ? 0 :
								SERVER_TRACKER;
}

/* 1: with these words our interpreter reads taut.pth. */
static int has_site(PyObject *args, int *server)
{
	PyObject *list = PySequence_List(args);
	enum python what = PYTHON_SITE;
	char word[PATH_MAX];
	Py_ssize_t i;
	int next;

	*server = 0;
	for (i = 1; list && i < PyList_GET_SIZE(list); i++) {
		/* One that is too long is no option. */
		if (copy_bytes(PyList_GET_ITEM(list, i), word) ||
		    *word != '-' || !word[1])
			break;
		if (word[1] == '-') {
			i += !strcmp(word, "--check-hash-based-pycs");
			continue;
		}
		what = options(word, &next);
		if (what != PYTHON_SITE)
			break;
		i += next;
	}
	if (what == PYTHON_COMMAND && i + 1 < PyList_GET_SIZE(list) &&
	    !copy_bytes(PyList_GET_ITEM(list, i + 1), word))
		*server = server_of(word);
	Py_XDECREF(list);
	PyErr_Clear();
	return list && what != PYTHON_NO_SITE;
}

/* ---- orders ---- */

static PyObject *environment(PyObject *given)
{
	PyObject *list, *o;
	char **e;
	int rc = 0;

	if (given != Py_None)
		return PySequence_List(given);
	list = PyList_New(0);
	for (e = environ; list && !rc && e && *e; e++) {
		o = PyBytes_FromString(*e);
		rc = o ? PyList_Append(list, o) : -1;
		Py_XDECREF(o);
	}
	if (rc)
		Py_CLEAR(list);
	return list;
}

/* The variable's value after `before`: owned bytes, or NULL. */
static PyObject *orders(struct recording *r, const char *before,
			const char *name)
{
	PyObject *settings, *bytes = NULL, *order = NULL;

	settings = PyObject_CallNoArgs(r->settings);
	if (settings && PyUnicode_FSConverter(settings, &bytes))
		order = PyBytes_FromFormat("%s%s:%s", before, name,
					   PyBytes_AS_STRING(bytes));
	Py_XDECREF(settings);
	Py_XDECREF(bytes);
	return order;
}

/* The environment as a list, with the orders in it: owned, or NULL. */
static PyObject *list_with_orders(struct recording *r, PyObject *given,
				  const char *name)
{
	PyObject *order = orders(r, VARIABLE "=", name), *list;

	/* The first one of a name counts. */
	list = order ? environment(given) : NULL;
	if (list && PyList_Insert(list, 0, order))
		Py_CLEAR(list);
	Py_XDECREF(order);
	return list;
}

/* The variables of C, which may be more than os.environ knows, as a dict. */
static PyObject *own_environment(void)
{
	PyObject *dict = PyDict_New(), *name, *value;
	const char *is;
	char **e;

	for (e = environ; dict && e && *e; e++) {
		is = strchr(*e, '=');
		if (!is)
			continue;
		name = PyBytes_FromStringAndSize(*e, is - *e);
		value = PyBytes_FromString(is + 1);
		if (!name || !value || !PyDict_SetDefault(dict, name, value))
			Py_CLEAR(dict);
		Py_XDECREF(name);
		Py_XDECREF(value);
	}
	return dict;
}

/* As a dict. */
static PyObject *dict_with_orders(struct recording *r, PyObject *given,
				  const char *name)
{
	PyObject *order = orders(r, "", name), *dict;

	if (given == Py_None) {
		dict = COMPAT_SPAWN_AS_I_AM ? own_environment() : NULL;
	} else {
		dict = PyDict_New();
		if (dict && PyDict_Update(dict, given))
			Py_CLEAR(dict);
	}
	if (dict && (!order || PyDict_SetItemString(dict, VARIABLE, order)))
		Py_CLEAR(dict);
	Py_XDECREF(order);
	return dict;
}

/* Will this program tell what it does?  It is announced then. */
static int announce(struct recording *r, PyObject *programs, PyObject *cwd,
		    PyObject *args, struct birth *b, const struct caller *c)
{
	int server;

	return r->settings != Py_None && runs_us(programs, cwd) &&
	       has_site(args, &server) && !birth_new(r, b, server, c);
}

static void nobody(struct recording *r, struct birth *b, const struct caller *c)
{
	PyErr_Clear();
	*b->name = '\0';
	child_unobserved(r, "subprocess", NULL, c);
}

/* Does the child run a function of the project before the program? */
static int runs_before(PyObject *const *args, Py_ssize_t n)
{
	Py_ssize_t i;

	for (i = NPLACES; i < n; i++)
		if (PyCallable_Check(args[i]) && !PyCFunction_Check(args[i]))
			return 1;
	return 0;
}

/* The environment to use instead: owned; NULL: the one that was given. */
static PyObject *prepare(struct recording *r, PyObject *const *args,
			 Py_ssize_t n, struct birth *b)
{
	PyObject *env = NULL;
	struct caller c;

	if (!child_counts(r, &c))
		return NULL;
	if (runs_before(args, n) && fork_begins(r, &c)) {
		nobody(r, b, &c);
		return NULL;
	}
	if (only_copies(r, args)) {
		*b->name = '\0';
		return NULL;
	}
	if (announce(r, args[PROGRAMS], args[CWD], args[ARGS], b, &c))
		env = list_with_orders(r, args[ENV], b->name);
	if (!env)
		nobody(r, b, &c);
	return env;
}

/* The same of posix_spawn(path, args, env, ...). */
static PyObject *prepare_spawn(struct recording *r, PyObject *const *args,
			       struct birth *b)
{
	PyObject *env = NULL, *programs;
	struct caller c;

	if (!child_counts(r, &c))
		return NULL;
	programs = PyTuple_Pack(1, args[0]);
	if (programs && announce(r, programs, Py_None, args[1], b, &c))
		env = dict_with_orders(r, args[2], b->name);
	Py_XDECREF(programs);
	if (!env)
		nobody(r, b, &c);
	return env;
}

/* ---- the call ---- */

static PyObject *call(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
	PyObject *tuple, *result;
	Py_ssize_t i;

	if (fork_exec.original && fork_exec.def->ml_flags == METH_FASTCALL)
		return ((_PyCFunctionFast)(void (*)(void))fork_exec.original)(
			self, args, n);
	tuple = PyTuple_New(n);
	if (!tuple)
		return NULL;
	for (i = 0; i < n; i++)
		PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
	result = fork_exec.original(self, tuple);
	Py_DECREF(tuple);
	return result;
}

static PyObject *fork_fast(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
	struct recording *r = recording_here();
	PyObject *env = NULL, *result, *error, *others[64];
	struct birth b = { "", NULL };

	if (!r || n < NPLACES || n > 64)
		return call(self, args, n);
	error = compat_take_error();
	env = prepare(r, args, n, &b);
	PyErr_Clear();
	compat_give_error(error);
	memcpy(others, args, (size_t)n * sizeof(*others));
	if (env)
		others[ENV] = env;
	result = call(self, others, n);
	fork_forget();
	if (result && *b.name && taut_rec == r)
		birth_pid(r, &b, (pid_t)PyLong_AsLong(result));
	Py_XDECREF(env);
	return result;
}

static PyObject *fork_varargs(PyObject *self, PyObject *args)
{
	return fork_fast(self, PySequence_Fast_ITEMS(args),
			 PyTuple_GET_SIZE(args));
}

static PyObject *spawn_fast(PyObject *self, PyObject *const *args, Py_ssize_t n,
			    PyObject *kw)
{
	struct recording *r = recording_here();
	PyObject *env, *result, *error, *others[64];
	Py_ssize_t all = n + (kw ? PyTuple_GET_SIZE(kw) : 0);
	struct birth b = { "", NULL };

	if (!r || n < 3 || all > 64)
		return spawning.original(self, args, n, kw);
	error = compat_take_error();
	env = prepare_spawn(r, args, &b);
	PyErr_Clear();
	compat_give_error(error);
	memcpy(others, args, (size_t)all * sizeof(*others));
	if (env)
		others[2] = env;
	spawning.busy++;
	result = spawning.original(self, others, n, kw);
	spawning.busy--;
	if (result && *b.name && taut_rec == r)
		birth_pid(r, &b, (pid_t)PyLong_AsLong(result));
	Py_XDECREF(env);
	return result;
}

/* ---- start and stop ---- */

static void know_ourselves(void)
{
	PyObject *o = PySys_GetObject("executable");
	char path[PATH_MAX];

	*fork_exec.interpreter = '\0';
	if (!o || !PyUnicode_Check(o) || copy_bytes(o, path) || *path != '/' ||
	    !realpath(path, fork_exec.interpreter))
		return;
	*strrchr(path, '/') = '\0';
	if (!realpath(*path ? path : "/", fork_exec.bin))
		*fork_exec.interpreter = '\0';
}

static void fork_exec_install(void)
{
	PyObject *m = PyImport_ImportModule("_posixsubprocess"), *f;
	int flags;

	f = m ? PyObject_GetAttrString(m, "fork_exec") : NULL;
	PyErr_Clear();
	if (f && PyCFunction_CheckExact(f)) {
		flags = ((PyCFunctionObject *)f)->m_ml->ml_flags;
		if (flags == METH_VARARGS || flags == METH_FASTCALL) {
			fork_exec.def = ((PyCFunctionObject *)f)->m_ml;
			fork_exec.original = fork_exec.def->ml_meth;
			fork_exec.def->ml_meth =
				flags == METH_VARARGS ?
					fork_varargs :
					(PyCFunction)(void (*)(void))fork_fast;
		}
	}
	Py_XDECREF(f);
	Py_XDECREF(m);
}

static void posix_spawn_install(void)
{
	PyObject *m = PyImport_ImportModule("posix"), *f;

	f = m ? PyObject_GetAttrString(m, "posix_spawn") : NULL;
	PyErr_Clear();
	if (f && PyCFunction_CheckExact(f) &&
	    PyCFunction_GET_FLAGS(f) == (METH_FASTCALL | METH_KEYWORDS)) {
		spawning.def = ((PyCFunctionObject *)f)->m_ml;
		spawning.original = (_PyCFunctionFastWithKeywords)(void (*)(
			void))spawning.def->ml_meth;
		spawning.def->ml_meth = (PyCFunction)(void (*)(void))spawn_fast;
	}
	Py_XDECREF(f);
	Py_XDECREF(m);
}

void spawn_install(void)
{
	know_ourselves();
	fork_exec_install();
	posix_spawn_install();
}

void spawn_remove(void)
{
	if (fork_exec.def)
		fork_exec.def->ml_meth = fork_exec.original;
	if (spawning.def)
		spawning.def->ml_meth =
			(PyCFunction)(void (*)(void))spawning.original;
	fork_exec.def = spawning.def = NULL;
}
