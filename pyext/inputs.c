/*
 * inputs.c - files, directories and absent paths, as carriers depend on them.
 *
 * Opens, listings and changes arrive as audit events, looks from stat.c.  All
 * come before the act, so a digest is that of what will be read, and a path
 * that is not there now will be created by whoever opens it for writing.
 */
#include "inputs.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct {
	struct recording *of; /* NULL: not looking */
	PyInterpreterState *interpreter;
	struct things paths;
	size_t ndirs; /* directories that this run created */
} in;

/* ---- what the run wrote ---- */

static size_t parent_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* In a directory that the run made? */
static int below_created(const char *path)
{
	const struct thing *dir;
	size_t n;

	for (n = in.ndirs ? strlen(path) : 0; n;) {
		while (n && path[n - 1] != '/')
			n--;
		if (!n)
			break;
		dir = thing_at(&in.paths, path, --n, 0);
		if (dir && dir->created)
			return 1;
	}
	return 0;
}

/* Nothing that was here before the run: written by it, or in a directory
 * that it made. */
static int is_output(const struct thing *t)
{
	return t->wrote || below_created(t->name);
}

/* 'f', 'd', 'o', or '-': what a project's path is now. */
static char what_is(const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	if (path_full(path, full) || stat(full, &st))
		return '-';
	return S_ISREG(st.st_mode) ? 'f' : S_ISDIR(st.st_mode) ? 'd' : 'o';
}

static int is_link(const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	return !path_full(path, full) && !lstat(full, &st) &&
	       S_ISLNK(st.st_mode);
}

enum act { ACT_CHANGE, ACT_FILE, ACT_DIRECTORY };
/* What a child tells of its writes. */
enum wrote_flags { WROTE_CREATED = 1, WROTE_DIRECTORY = 2 };

/* The run is about to change or remove it, or to make it if it is not there. */
static void wrote(const char *path, enum act act)
{
	struct thing *t = thing_at(&in.paths, path, strlen(path), 1), *dir;
	unsigned flags = act == ACT_DIRECTORY ? WROTE_DIRECTORY : 0;

	if (!t || (t->wrote && act != ACT_DIRECTORY))
		return;
	if (!t->wrote)
		t->written = tell_now();
	t->wrote = 1;
	if (act != ACT_CHANGE && !t->created && what_is(path) == '-') {
		t->created = 1;
		in.ndirs += act == ACT_DIRECTORY;
		flags |= WROTE_CREATED;
	}
	dir = thing_at(&in.paths, path, parent_length(path), 1);
	if (dir)
		dir->touched = 1;
	if (telling(in.of))
		tell(in.of, TAUT_STREAM_WROTE, flags, path);
}

void inputs_wrote(const char *path, unsigned flags, int64_t ns)
{
	struct thing *t = thing_at(&in.paths, path, strlen(path), 1), *dir;

	if (!t)
		return;
	/* It was there before the run, if the run has changed it before. */
	if (!t->wrote && flags & WROTE_CREATED) {
		t->created = 1;
		in.ndirs += !!(flags & WROTE_DIRECTORY);
	}
	if (!t->wrote || ns < t->written)
		t->written = ns;
	t->wrote = 1;
	dir = thing_at(&in.paths, path, parent_length(path), 1);
	if (dir)
		dir->touched = 1;
}

int inputs_is_output(const char *path, int64_t ns)
{
	struct thing *t = thing_at(&in.paths, path, strlen(path), 0);

	return (t && t->wrote && (t->created || t->written < ns)) ||
	       below_created(path);
}

/* ---- digests ---- */

static int64_t ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int mark_now(const char *path, struct mark *m)
{
	char full[PATH_MAX];
	struct timespec now;
	struct stat st;

	clock_gettime(CLOCK_REALTIME, &now);
	if (path_full(path, full) || stat(full, &st))
		return -1;
	m->read = ns(now);
	m->mtime = ns(st.st_mtim);
	m->ctime = ns(st.st_ctim);
	m->size = st.st_size;
	m->inode = st.st_ino;
	return 0;
}

static int created_here(void *arg, const char *name)
{
	const struct thing *dir = arg, *t;
	char path[PATH_MAX];
	int n;

	n = snprintf(path, sizeof(path), "%s%s%s", dir->name,
		     *dir->name ? "/" : "", name);
	if (n < 0 || n >= (int)sizeof(path))
		return 0;
	t = thing_at(&in.paths, path, (size_t)n, 0);
	return t && t->created;
}

/* Today's digest of the thing; zeros, which nothing has, if it is unreadable. */
static void digest_now(struct recording *r, struct thing *t, int kind,
		       struct taut_digest *d)
{
	char full[PATH_MAX];
	int rc;

	if (kind == TAUT_LISTING && t->touched)
		rc = path_full(t->name, full) ?
			     -1 :
			     taut_listing_digest(full, created_here, t, d);
	else
		rc = taut_input_digest(kind, r->root, t->name, d);
	if (rc)
		memset(d, 0, sizeof(*d));
}

/* ---- charging ---- */

static void add_user(struct recording *r, struct use *u, struct carrier *c,
		     uint32_t id)
{
	carrier_dep(r, c, id);
	if (vec_add(&u->users, c->number))
		carrier_incomplete(c, "out of memory");
}

static void share(struct recording *r, struct use *u, struct carrier *c,
		  uint32_t id)
{
	size_t i;

	for (i = 0; i < u->shared.n; i++)
		if (u->shared.p[i] == c->number)
			return;
	carrier_dep(r, c, id);
	if (vec_add(&u->shared, c->number))
		carrier_incomplete(c, "out of memory");
}

/* Who else will get what library code may have kept, or NULL: nobody. */
static struct carrier *keeper(struct recording *r, const struct caller *c)
{
	struct carrier *memo = NULL;

	if (!(c->flags & CALLER_KEEPS))
		return NULL;
	/* The library's own module level: for all that ever import it. */
	if (c->flags & CALLER_IMPORTING)
		return r->session;
	if (c->file && c->function != NONE)
		memo = memo_carrier(r, c->file->base + c->function);
	if (!memo && c->module != NONE)
		memo = r->carriers[c->module];
	return memo;
}

void inputs_charge(struct recording *r, struct use *u, struct file *f,
		   const struct caller *c)
{
	struct stack *here = stack_here(r);
	struct carrier *top = stack_top(here->n ? here : &r->main);
	struct carrier *other;

	if (telling(r)) {
		tell_id(r, f->base);
		return;
	}
	if (u->last != top->number)
		add_user(r, u, top, f->base);
	u->last = top->number;
	if (here != &r->main && here->home != NONE)
		add_user(r, u, r->carriers[here->home], f->base);
	other = keeper(r, c);
	if (other && other != top)
		share(r, u, other, f->base);
}

void inputs_refer(struct recording *r, struct carrier *to,
		  const struct caller *c)
{
	struct stack *here = stack_here(r);
	struct carrier *top = stack_top(here->n ? here : &r->main);
	struct carrier *other = keeper(r, c);

	carrier_ref(r, top, to->number, TAUT_EDGE_USES);
	if (here != &r->main && here->home != NONE)
		carrier_ref(r, r->carriers[here->home], to->number,
			    TAUT_EDGE_USES);
	if (other)
		carrier_ref(r, other, to->number, TAUT_EDGE_USES);
}

void inputs_joined(struct recording *r, int kind, const char *path,
		   const struct taut_digest *d, int64_t ns, struct carrier *c)
{
	char why[PATH_MAX + 64];
	struct thing *t = NULL;
	struct use *u;
	struct file *f;

	if (kind >= TAUT_DATA && kind <= TAUT_EXISTS) {
		if (inputs_is_output(path, ns))
			return;
		t = thing_at(&in.paths, path, strlen(path), 1);
	}
	f = file_input(r, kind, path, d);
	if (!f) {
		PyErr_Clear();
		carrier_incomplete(c, "an input could not be recorded");
		return;
	}
	if (!t) {
		carrier_dep(r, c, f->base);
		return;
	}
	u = &t->uses[kind - TAUT_DATA];
	if (u->file == NONE)
		u->file = f->number; /* without a mark: looked at again */
	else if (u->file != f->number) {
		snprintf(why, sizeof(why), "%s changed while the tests ran",
			 path);
		carrier_incomplete(c, why);
	}
	share(r, u, c, f->base);
}

static void used(struct recording *r, const char *path, int kind,
		 const struct caller *c)
{
	struct thing *t = thing_at(&in.paths, path, strlen(path), 1);
	struct use *u = t ? &t->uses[kind - TAUT_DATA] : NULL;
	struct taut_digest d;
	struct file *f;

	if (!t)
		return;
	if (u->file == NONE) {
		/* Perhaps a child has written it. */
		families_poll(r);
		if (is_output(t))
			return;
		if (kind == TAUT_DATA && mark_now(path, &t->mark))
			memset(&t->mark, 0, sizeof(t->mark));
		digest_now(r, t, kind, &d);
		f = file_input(r, kind, path, &d);
		if (!f) {
			PyErr_Clear();
			all_incomplete(r, "an input could not be recorded");
			return;
		}
		u->file = f->number;
	}
	inputs_charge(r, u, r->files[u->file], c);
}

/* Content if it has any, else what the path is. */
static void read_of(struct recording *r, const char *path,
		    const struct caller *c)
{
	struct thing *t = thing_at(&in.paths, path, strlen(path), 0);
	int known = t && t->uses[0].file != NONE;

	used(r, path, known || what_is(path) == 'f' ? TAUT_DATA : TAUT_EXISTS,
	     c);
}

static int is_python(const char *path)
{
	size_t n = strlen(path);

	return n > 3 && !strcmp(path + n - 3, ".py");
}

/* Does the project want it?  Lines of source that are only shown, it does
 * not. */
static int wanted(struct recording *r, const char *path, struct caller *c)
{
	caller_find(r, c);
	return in.of == r && (c->flags & CALLER_COUNTS) &&
	       !(c->flags & CALLER_REPORT && is_python(path));
}

/* ---- events ---- */

static PyObject *arg(PyObject *args, Py_ssize_t i)
{
	return i < PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, i) : Py_None;
}

/* A dir_fd argument, or -1. */
static int fd_arg(PyObject *args, Py_ssize_t i)
{
	PyObject *o = arg(args, i);
	long fd = PyLong_Check(o) ? PyLong_AsLong(o) : -1;

	PyErr_Clear();
	return fd >= 0 && fd <= INT_MAX ? (int)fd : -1;
}

/* A place to write to: the directory has to be there. */
static void writes_in(struct recording *r, const char *path,
		      const struct caller *c)
{
	char dir[PATH_MAX];
	size_t n = parent_length(path);

	if (!n)
		return;
	memcpy(dir, path, n);
	dir[n] = '\0';
	used(r, dir, TAUT_EXISTS, c);
}

/* open(path, mode, flags); a descriptor was opened before. */
static void on_open(struct recording *r, PyObject *args)
{
	PyObject *o = arg(args, 0);
	char path[PATH_MAX];
	struct caller c;
	long flags;
	int count;

	if (PyLong_Check(o) || o == Py_None || path_find(o, -1, path) <= 0)
		return;
	flags = PyLong_Check(arg(args, 2)) ? PyLong_AsLong(arg(args, 2)) : 0;
	if ((flags & O_TMPFILE) == O_TMPFILE)
		return;
	count = wanted(r, path, &c);
	/* Names relative to a descriptor that the event does not tell. */
	if (c.flags & CALLER_REMOVES)
		return;
	if ((flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT)) {
		if (count)
			read_of(r, path, &c);
		return;
	}
	if (count && flags & O_EXCL && !(c.flags & CALLER_WRITES))
		used(r, path, TAUT_EXISTS, &c);
	else if (count && (flags & O_ACCMODE) != O_WRONLY &&
		 !(flags & O_TRUNC) && what_is(path) == 'f')
		used(r, path, TAUT_DATA, &c);
	if (count)
		writes_in(r, path, &c);
	wrote(path, ACT_FILE);
}

static void on_list(struct recording *r, PyObject *args)
{
	char path[PATH_MAX];
	struct caller c;

	if (path_find(arg(args, 0), -1, path) < 0 || !wanted(r, path, &c) ||
	    c.flags & (CALLER_METADATA | CALLER_REMOVES))
		return;
	used(r, path, what_is(path) == 'd' ? TAUT_LISTING : TAUT_EXISTS, &c);
}

/* mkdir(path, mode, dir_fd) */
static void on_mkdir(struct recording *r, PyObject *args)
{
	char path[PATH_MAX];
	struct caller c;

	if (path_find(arg(args, 0), fd_arg(args, 2), path) <= 0)
		return;
	if (wanted(r, path, &c) && !(c.flags & CALLER_WRITES))
		used(r, path, TAUT_EXISTS, &c);
	wrote(path, ACT_DIRECTORY);
}

/* remove(path, dir_fd), rmdir(path, dir_fd), truncate(path, length) */
static void on_remove(PyObject *args, int dir_fd)
{
	char path[PATH_MAX];

	if (dir_fd < 0 && !path_absolute(arg(args, 0), -1, path))
		paths_remove_root(path);
	if (path_find(arg(args, 0), dir_fd, path) > 0)
		wrote(path, ACT_CHANGE);
}

/* rename(src, dst, src_dir_fd, dst_dir_fd), link(the same) */
static void on_rename(struct recording *r, PyObject *args, int stays)
{
	char src[PATH_MAX], dst[PATH_MAX];
	int from, to, moves = 0;
	struct caller c;

	from = path_find(arg(args, 0), fd_arg(args, 2), src);
	to = path_find(arg(args, 1), fd_arg(args, 3), dst);
	if (from > 0) {
		if (wanted(r, src, &c) && what_is(src) != 'd')
			read_of(r, src, &c);
		/* A directory of the project stays an input, whatever it is
		 * called meanwhile. */
		moves = what_is(src) == 'd' &&
			!is_output(thing_at(&in.paths, src, (size_t)from, 1));
		if (!stays)
			wrote(src, ACT_CHANGE);
	}
	if (to > 0)
		wrote(dst, moves ? ACT_CHANGE : ACT_DIRECTORY);
}

/* The target of a link that is called `link`, as bytes: new, or NULL. */
static PyObject *target_of(PyObject *target, char *link)
{
	PyObject *bytes = NULL, *full;

	if (!PyUnicode_FSConverter(target, &bytes)) {
		PyErr_Clear();
		return NULL;
	}
	if (*PyBytes_AS_STRING(bytes) == '/')
		return bytes;
	strrchr(link, '/')[0] = '\0';
	full = PyBytes_FromFormat("%s/%s", link, PyBytes_AS_STRING(bytes));
	Py_DECREF(bytes);
	PyErr_Clear();
	return full;
}

/* symlink(target, name, dir_fd) */
static void on_symlink(struct recording *r, PyObject *args)
{
	char path[PATH_MAX], full[PATH_MAX], link[PATH_MAX];
	struct caller c;
	PyObject *name;

	if (path_find(arg(args, 1), fd_arg(args, 2), path) > 0)
		wrote(path, ACT_DIRECTORY);
	if (path_absolute(arg(args, 1), fd_arg(args, 2), full))
		return;
	strcpy(link, full);
	name = target_of(arg(args, 0), link);
	if (name && path_find(name, -1, path) > 0) {
		if (wanted(r, path, &c))
			read_of(r, path, &c);
		if (paths_add_root(full, path))
			all_incomplete(r, "out of memory");
	}
	Py_XDECREF(name);
}

/* sqlite3's "file:" names: without the authority, the query, and %XX. */
static void uri_path(char *s)
{
	char *to = s, *from = s + 5;
	unsigned byte;

	if (from[0] == '/' && from[1] == '/')
		from += 2 + strcspn(from + 2, "/");
	for (; *from && *from != '?' && *from != '#'; from++)
		if (*from == '%' && sscanf(from + 1, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			from += 2;
		} else {
			*to++ = *from;
		}
	*to = '\0';
}

/* sqlite3.connect(name): a library reads it, and perhaps writes. */
static void on_connect(struct recording *r, PyObject *args)
{
	PyObject *bytes = NULL, *name;
	char path[PATH_MAX];
	struct caller c;

	if (!PyUnicode_FSConverter(arg(args, 0), &bytes)) {
		PyErr_Clear();
		return;
	}
	if (PyBytes_GET_SIZE(bytes) >= PATH_MAX)
		goto out;
	strcpy(path, PyBytes_AS_STRING(bytes));
	if (!strncmp(path, "file:", 5))
		uri_path(path);
	if (!*path || *path == ':')
		goto out;
	name = PyBytes_FromString(path);
	if (name && path_find(name, -1, path) > 0) {
		if (wanted(r, path, &c))
			read_of(r, path, &c);
		wrote(path, ACT_FILE);
	}
	Py_XDECREF(name);
	PyErr_Clear();
out:
	Py_DECREF(bytes);
}

/* dlopen(name); without "/" the system looks for it elsewhere. */
static void on_dlopen(struct recording *r, PyObject *args)
{
	PyObject *o = arg(args, 0);
	char path[PATH_MAX];
	struct caller c;

	if (PyUnicode_Check(o) &&
	    PyUnicode_FindChar(o, '/', 0, PyUnicode_GET_LENGTH(o), 1) >= 0 &&
	    path_find(o, -1, path) > 0 && wanted(r, path, &c))
		read_of(r, path, &c);
}

void inputs_look(PyObject *o, int dir_fd, int access)
{
	struct recording *r = in.of;
	char path[PATH_MAX];
	struct caller c;

	if (!r || PyInterpreterState_Get() != in.interpreter)
		return;
	if (PyLong_Check(o) || o == Py_None)
		return;
	/* pathlib's, whose names cost a call: they are mostly pytest's own. */
	if (!PyUnicode_Check(o) && caller_is_pytest(r))
		return;
	if (in.of != r || path_find(o, dir_fd, path) <= 0)
		return;
	if (!wanted(r, path, &c) ||
	    c.flags & (CALLER_METADATA | CALLER_WRITES | CALLER_REMOVES) ||
	    (c.flags & CALLER_RESOLVES && !is_link(path)))
		return;
	/* Size and times say something about the content. */
	if (!access && !(c.flags & (CALLER_LOOKS | CALLER_RESOLVES)))
		read_of(r, path, &c);
	used(r, path, TAUT_EXISTS, &c);
}

static void seen(struct recording *r, const char *event, PyObject *args)
{
	const char *e = event + 3;

	if (!strcmp(event, "open"))
		on_open(r, args);
	else if (!strcmp(event, "sqlite3.connect"))
		on_connect(r, args);
	else if (!strcmp(event, "ctypes.dlopen"))
		on_dlopen(r, args);
	else if (!strcmp(event, "import"))
		installed_event(r, args);
	else if (strncmp(event, "os.", 3))
		return;
	else if (!strcmp(e, "listdir") || !strcmp(e, "scandir"))
		on_list(r, args);
	else if (!strcmp(e, "mkdir"))
		on_mkdir(r, args);
	else if (!strcmp(e, "remove") || !strcmp(e, "rmdir"))
		on_remove(args, fd_arg(args, 1));
	else if (!strcmp(e, "truncate"))
		on_remove(args, -1);
	else if (!strcmp(e, "rename") || !strcmp(e, "link"))
		on_rename(r, args, *e == 'l');
	else if (!strcmp(e, "symlink"))
		on_symlink(r, args);
}

void inputs_event(const char *event, PyObject *args)
{
	PyObject *error;

	if (!in.of || !strchr("osci", *event) ||
	    PyInterpreterState_Get() != in.interpreter)
		return;
	error = compat_take_error();
	seen(in.of, event, args);
	PyErr_Clear();
	compat_give_error(error);
}

/* ---- the end ---- */

/* Its tests may have seen more than one state: none of them is trusted. */
static void spoil(struct recording *r, uint32_t number, const char *path)
{
	struct carrier *c = r->carriers[number];
	struct taut_log_carrier l = { .number = number,
				      .kind = c->kind,
				      .owner = c->owner };
	char why[PATH_MAX + 64];
	struct taut_err err;

	snprintf(why, sizeof(why), "%s changed while the tests ran", path);
	carrier_incomplete(c, why);
	/* A test's is written and gone: now it is one without an end. */
	if (c->freed)
		taut_log_carrier(r->log, &l, &err);
	else
		carrier_dirty(r, c);
}

/* Content that has the same times and size as when it was hashed is the same,
 * if it was old enough then for a change to show. */
static int surely_same(const struct thing *t)
{
	const int64_t tick = 20000000;
	struct mark m;

	return t->mark.read && !mark_now(t->name, &m) &&
	       m.mtime == t->mark.mtime && m.ctime == t->mark.ctime &&
	       m.size == t->mark.size && m.inode == t->mark.inode &&
	       t->mark.read - m.ctime > tick && t->mark.read - m.mtime > tick;
}

static void check(struct recording *r, struct thing *t, int kind)
{
	struct use *u = &t->uses[kind - TAUT_DATA];
	struct taut_digest d;
	size_t i;

	if (u->file == NONE || is_output(t) ||
	    (kind == TAUT_LISTING && t->touched) ||
	    (kind == TAUT_DATA && surely_same(t)))
		return;
	digest_now(r, t, kind, &d);
	if (!memcmp(&d, &r->files[u->file]->digest, sizeof(d)))
		return;
	for (i = 0; i < u->users.n; i++)
		spoil(r, u->users.p[i], t->name);
	for (i = 0; i < u->shared.n; i++)
		spoil(r, u->shared.p[i], t->name);
}

/* ---- start and stop ---- */

int inputs_start(struct recording *r, const char *run_dir)
{
	char cache[PATH_MAX];
	int i;

	/* It is below "runs" in the cache. */
	snprintf(cache, sizeof(cache), "%s", run_dir);
	for (i = 0; i < 2 && strrchr(cache, '/'); i++)
		*strrchr(cache, '/') = '\0';
	if (callers_start(r) || paths_start(r, cache) || stat_start() ||
	    environ_start(r))
		return -1;
	in.interpreter = PyInterpreterState_Get();
	in.of = r;
	return 0;
}

void inputs_stop(struct recording *r)
{
	size_t i;
	int kind;

	environ_stop();
	stat_stop();
	installed_stop();
	if (in.of && r->pid == getpid())
		for (i = 0; i < in.paths.nslots; i++)
			for (kind = TAUT_DATA;
			     in.paths.slots[i] && kind <= TAUT_EXISTS; kind++)
				check(r, in.paths.slots[i], kind);
	in.of = NULL;
	things_free(&in.paths);
	in.ndirs = 0;
	paths_stop();
	callers_stop();
}
