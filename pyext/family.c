/*
 * family.c - what a test's children tell, as a carrier of this recording.
 *
 * A process that is started and all its descendants are one family.  It has
 * one carrier, a memo, to which those refer who started it; it holds all that
 * any of them did, and what else they depend on is found as for every other
 * carrier when it is written.
 *
 * Streams are read whenever somebody has to know, and at the end.  Until then
 * the carrier is incomplete and not written: a run that is killed leaves
 * tests that refer to what was never recorded, and these run again.  It stays
 * so if a process was expected and did not come, if a stream is torn, or if a
 * source is no longer what the child loaded.
 */
#include "children.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long the end waits for processes that have just been started. */
#define PATIENCE_MS 2000

struct member {
	char *name; /* owned: of its stream */
	pid_t pid;  /* 0: not known */
	struct taut_stream_state state;
	int server;	  /* only waits for orders */
	int ended;	  /* it will tell nothing more */
	struct vec files; /* its number -> ours, or NONE: of no interest */
};

struct family {
	struct carrier *carrier;
	struct member *members; /* owned */
	size_t n, cap;
	int owned;  /* by a fixture, which knows who uses it */
	int ended;  /* all of them */
	int lost;   /* something was not told: its users run again */
	int server; /* it began as one */
};

static struct {
	struct family **p; /* owned */
	size_t n, cap;
	size_t live;	   /* families before it are all ended */
	PyObject *sources; /* owned: (path, digest) -> our number */
	size_t nsources;   /* files that were put there */
	int reading;
} all;

/* ---- beginning ---- */

static struct member *member_new(struct family *f, const char *name)
{
	struct member *m;

	if (taut_room(&f->members, &f->cap, f->n + 1, sizeof(*m)))
		return NULL;
	m = &f->members[f->n];
	memset(m, 0, sizeof(*m));
	m->name = strdup(name);
	if (!m->name)
		return NULL;
	f->n++;
	return m;
}

/* Is it one of a fixture that is being set up or torn down? */
static int in_fixture(const struct stack *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->p[i].c->kind == TAUT_CARRIER_FIXTURE)
			return 1;
	return 0;
}

struct family *family_new(struct recording *r, const char *name, int server)
{
	struct family *f = calloc(1, sizeof(*f));
	struct member *m = f ? member_new(f, name) : NULL;

	if (m)
		f->carrier =
			carrier_new(r, TAUT_CARRIER_MEMO, "of a child process");
	if (f && f->carrier)
		carrier_incomplete(f->carrier, children_unseen);
	if (!f || !f->carrier || !f->carrier->incomplete ||
	    taut_room(&all.p, &all.cap, all.n + 1, sizeof(f))) {
		PyErr_Clear();
		if (m)
			free(m->name);
		if (f)
			free(f->members);
		free(f);
		return NULL;
	}
	/* It does not tell what it imports of that. */
	installed_all(r, f->carrier);
	m->server = f->server = server;
	f->owned = in_fixture(&r->main) || in_fixture(stack_here(r));
	all.p[all.n++] = f;
	return f;
}

struct carrier *family_carrier(const struct family *f)
{
	return f->carrier;
}

void family_pid(struct family *f, pid_t pid)
{
	f->members[0].pid = pid;
}

struct family *family_server(void)
{
	size_t i;

	for (i = all.n; i-- > 0;)
		if (all.p[i]->server == SERVER_FORKS)
			return all.p[i];
	return NULL;
}

/* ---- sources ---- */

static PyObject *source_key(const char *path, const struct taut_digest *d)
{
	return Py_BuildValue("(yy#)", path, (const char *)d->b,
			     (Py_ssize_t)sizeof(d->b));
}

/* Sources that were loaded since somebody asked last. */
static int sources_know(struct recording *r)
{
	PyObject *key, *number;
	struct file *f;
	int rc = 0;

	if (!all.sources && !(all.sources = PyDict_New()))
		return -1;
	for (; !rc && all.nsources < r->nfiles; all.nsources++) {
		f = r->files[all.nsources];
		if (!f->source)
			continue;
		key = source_key(f->path, &f->digest);
		number = PyLong_FromUnsignedLong(f->number);
		rc = key && number ? PyDict_SetItem(all.sources, key, number) :
				     -1;
		Py_XDECREF(key);
		Py_XDECREF(number);
	}
	return rc;
}

static struct file *source_known(struct recording *r, const char *path,
				 const struct taut_digest *d)
{
	PyObject *key, *number = NULL;

	key = sources_know(r) ? NULL : source_key(path, d);
	if (key)
		number = PyDict_GetItemWithError(all.sources, key);
	Py_XDECREF(key);
	PyErr_Clear();
	return number ? r->files[PyLong_AsUnsignedLong(number)] : NULL;
}

/* The file's bytes of today: owned, or NULL. */
static char *bytes_of(const char *path, size_t *n)
{
	char full[PATH_MAX], *p = NULL;
	size_t cap = 0, k;
	FILE *file;

	*n = 0;
	if (path_full(path, full))
		return NULL;
	file = fopen(full, "rbe");
	if (!file)
		return NULL;
	do {
		if (taut_room(&p, &cap, *n + 65536, 1)) {
			free(p);
			fclose(file);
			return NULL;
		}
		k = fread(p + *n, 1, cap - *n, file);
		*n += k;
	} while (k);
	fclose(file);
	return p;
}

/* What the child loaded, if it is what is there now, or what we loaded. */
static struct file *source_of(struct recording *r, const char *path,
			      const struct taut_digest *d)
{
	struct file *f = source_known(r, path, d);
	struct taut_digest now;
	char *p = NULL;
	size_t n;

	if (!f && (p = bytes_of(path, &n))) {
		taut_digest_bytes(p, n, &now);
		if (!memcmp(&now, d, sizeof(now)))
			f = file_source(r, path, p, n);
		if (f)
			docs_add(r, f);
		PyErr_Clear();
	}
	free(p);
	return f;
}

/* ---- entries ---- */

struct reading {
	struct recording *r;
	struct family *f;
	size_t member;
	int bad;
};

static void lost(struct family *f, const char *why)
{
	char owner[512];
	char *new;

	if (f->lost)
		return;
	/* It is the reason that its users are shown. */
	snprintf(owner, sizeof(owner), "of a child process (%s), which", why);
	new = strdup(owner);
	if (new) {
		free(f->carrier->owner);
		f->carrier->owner = new;
	}
	f->lost = 1;
}

static int on_file(struct reading *x, const struct taut_stream_entry *e)
{
	struct carrier *c = x->f->carrier;
	char why[400];
	struct file *f = NULL;

	if (e->kind == TAUT_TREE) {
		if (children_tree(x->r, c, &e->digest))
			lost(x->f, children_unseen);
	} else if (e->kind == TAUT_ENVVAR) {
		/* Another value is the run's own. */
		if (environ_same(e->text, &e->digest))
			inputs_joined(x->r, e->kind, e->text, &e->digest, e->ns,
				      c);
	} else if (e->kind != TAUT_PY) {
		inputs_joined(x->r, e->kind, e->text, &e->digest, e->ns, c);
	} else if (!inputs_is_output(e->text, e->ns)) {
		f = source_of(x->r, e->text, &e->digest);
		if (f) {
			carrier_dep(x->r, c, f->base + f->nids - 1);
		} else {
			snprintf(why, sizeof(why),
				 "%.300s changed while the tests ran", e->text);
			lost(x->f, why);
		}
	}
	return vec_add(&x->f->members[x->member].files, f ? f->number : NONE);
}

static int on_hit(struct reading *x, const struct taut_stream_entry *e)
{
	struct member *m = &x->f->members[x->member];
	struct file *f;

	if (e->a >= m->files.n)
		return -1;
	if (m->files.p[e->a] == NONE)
		return 0;
	f = x->r->files[m->files.p[e->a]];
	if (e->b >= f->nids)
		return -1;
	carrier_dep(x->r, x->f->carrier, f->base + e->b);
	return 0;
}

static int on_entry(void *arg, const struct taut_stream_entry *e)
{
	struct reading *x = arg;
	struct member *m;
	size_t i;

	switch (e->type) {
	case TAUT_STREAM_FILE:
		x->bad = on_file(x, e);
		break;
	case TAUT_STREAM_HIT:
		x->bad = on_hit(x, e);
		break;
	case TAUT_STREAM_USES:
		x->bad = e->a >= x->r->ncarriers;
		if (!x->bad)
			carrier_ref(x->r, x->f->carrier, e->a, TAUT_EDGE_USES);
		break;
	case TAUT_STREAM_READ:
		x->bad = e->a > META_NOTES;
		if (!x->bad)
			meta_refer(x->r, x->f->carrier, (int)e->a, e->text);
		break;
	case TAUT_STREAM_WROTE:
		inputs_wrote(e->text, e->a, e->ns);
		break;
	case TAUT_STREAM_CHILD:
		m = member_new(x->f, e->text);
		x->bad = !m;
		if (m)
			m->server = (int)e->a;
		break;
	case TAUT_STREAM_PID:
		for (i = 0; i < x->f->n; i++)
			if (!strcmp(x->f->members[i].name, e->text))
				x->f->members[i].pid = (pid_t)e->a;
		break;
	default:
		lost(x->f, e->text);
	}
	return x->bad;
}

/* ---- reading ---- */

/* Has it ended, and nobody has waited for it? */
static int is_zombie(pid_t pid)
{
	char name[40], text[512], *at = NULL;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%ld/stat", (long)pid);
	file = fopen(name, "re");
	if (!file)
		return 0;
	/* pid (name) state ... */
	if (fgets(text, sizeof(text), file))
		at = strrchr(text, ')');
	fclose(file);
	return at && (!strncmp(at, ") Z", 3) || !strncmp(at, ") X", 3));
}

/* Has the process gone?  Asked before its stream is read. */
static int is_gone(const struct member *m)
{
	siginfo_t info;

	if (!m->pid)
		return 0;
	info.si_pid = 0;
	if (!waitid(P_PID, (id_t)m->pid, &info, WEXITED | WNOHANG | WNOWAIT))
		return info.si_pid != 0;
	/* Somebody else's, or waited for. */
	return kill(m->pid, 0) ? errno == ESRCH : is_zombie(m->pid);
}

static void member_read(struct recording *r, struct family *f, size_t i)
{
	struct reading x = { r, f, i, 0 };
	/* The array of members grows while it is read. */
	struct taut_stream_state state = f->members[i].state;
	int gone = is_gone(&f->members[i]);
	struct taut_err err;
	char *name = f->members[i].name;

	if (taut_stream_read(r->dir, name, &state, on_entry, &x, &err))
		x.bad = 1;
	f->members[i].state = state;
	if (x.bad || state.torn) {
		lost(f, "killed while it was recorded");
		f->members[i].ended = 1;
	} else if (gone && !state.live) {
		f->members[i].ended = 1;
		if (!state.begun)
			lost(f, "gone before it could be observed");
	}
}

static void family_read(struct recording *r, struct family *f)
{
	size_t i, open = 0;

	for (i = 0; i < f->n; i++) {
		if (!f->members[i].ended)
			member_read(r, f, i);
		open += !f->members[i].ended;
	}
	f->ended = !open;
}

void families_poll(struct recording *r)
{
	PyObject *error;
	size_t i;

	if (all.live == all.n || all.reading || r->pid != getpid())
		return;
	all.reading = 1;
	error = compat_take_error();
	for (i = all.live; i < all.n; i++)
		if (!all.p[i]->ended)
			family_read(r, all.p[i]);
	while (all.live < all.n && all.p[all.live]->ended)
		all.live++;
	compat_give_error(error);
	all.reading = 0;
}

/* ---- who uses a family that outlives its test ---- */

static int is_alive(const struct family *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (!f->members[i].server && !f->members[i].ended)
			return 1;
	return 0;
}

/*
 * A pool of a fixture starts its processes when a test first needs them; the
 * next test finds them there by way of the fixture.  What has no fixture is
 * there for every test that runs meanwhile.
 */
void families_left(struct recording *r, struct carrier *test)
{
	struct family *f;
	size_t i;

	families_poll(r);
	for (i = all.live; i < all.n; i++) {
		f = all.p[i];
		if (!is_alive(f))
			continue;
		if (refers(test, f->carrier->number))
			f->owned |= refer_fixtures(r, test, f->carrier->number);
		else if (!f->owned)
			carrier_ref(r, test, f->carrier->number,
				    TAUT_EDGE_USES);
	}
}

/* ---- the end ---- */

/* A process that has just been started gets the time to come. */
static int somebody_comes(void)
{
	size_t i, k;

	for (i = all.live; i < all.n; i++)
		for (k = 0; k < all.p[i]->n; k++)
			if (!all.p[i]->members[k].state.begun &&
			    !all.p[i]->members[k].ended)
				return 1;
	return 0;
}

static void family_close(struct recording *r, struct family *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (!f->members[i].state.begun)
			lost(f, "not observed until the end of the run");
	if (!f->lost) {
		free(f->carrier->incomplete);
		f->carrier->incomplete = NULL;
	}
	carrier_dirty(r, f->carrier);
}

void families_stop(struct recording *r)
{
	static const struct timespec moment = { 0, 10000000 };
	size_t i;
	int n;

	if (r->pid == getpid()) {
		families_poll(r);
		for (n = 0; n < PATIENCE_MS / 10 && somebody_comes(); n++) {
			nanosleep(&moment, NULL);
			families_poll(r);
		}
		for (i = 0; i < all.n; i++)
			family_close(r, all.p[i]);
	}
	families_forget();
}

void families_forget(void)
{
	size_t i, k;

	for (i = 0; i < all.n; i++) {
		for (k = 0; k < all.p[i]->n; k++) {
			free(all.p[i]->members[k].name);
			vec_free(&all.p[i]->members[k].files);
		}
		free(all.p[i]->members);
		free(all.p[i]);
	}
	free(all.p);
	Py_CLEAR(all.sources);
	memset(&all, 0, sizeof(all));
}
