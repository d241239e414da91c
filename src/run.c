#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dir.h"
#include "hash.h"
#include "io.h"

#define MAGIC "taut-run"
#define MAX_PARTS 100000

/* DIR/NAME in an arena; NULL: out of memory. */
static char *path_in(struct taut_arena *a, const char *dir, const char *name)
{
	size_t n = strlen(dir), k = strlen(name);
	char *s = taut_arena_alloc(a, n + k + 2);

	if (s) {
		memcpy(s, dir, n);
		s[n] = '/';
		memcpy(s + n + 1, name, k);
	}
	return s;
}

int taut_run_key_same(const struct taut_run_key *a,
		      const struct taut_run_key *b)
{
	size_t i;

	if (strcmp(a->datafile, b->datafile) || strcmp(a->env, b->env) ||
	    a->nparts != b->nparts)
		return 0;
	for (i = 0; i < a->nparts; i++)
		if (a->parts[i].cls != b->parts[i].cls ||
		    strcmp(a->parts[i].name, b->parts[i].name) ||
		    strcmp(a->parts[i].value, b->parts[i].value))
			return 0;
	return 1;
}

/* ---- begin ---- */

/* With its NUL, so that a reader can lend it out. */
static int put_str(struct taut_buf *b, const char *s)
{
	return taut_buf_bytes(b, s, strlen(s)) || taut_buf_u8(b, 0);
}

static int put_begin(struct taut_buf *b, const struct taut_run_key *key)
{
	struct taut_digest d;
	size_t i;

	if (taut_buf_add(b, MAGIC, sizeof(MAGIC) - 1) ||
	    taut_buf_u32(b, TAUT_FORMAT) || put_str(b, key->datafile) ||
	    put_str(b, key->env) || taut_buf_varint(b, key->nparts))
		return TAUT_ENOMEM;
	for (i = 0; i < key->nparts; i++)
		if (put_str(b, key->parts[i].name) ||
		    put_str(b, key->parts[i].value) ||
		    taut_buf_u8(b, (uint8_t)key->parts[i].cls))
			return TAUT_ENOMEM;
	d = taut_digest_of(b->p, b->n);
	return taut_buf_add(b, d.b, sizeof(d.b));
}

static const char *get_str(struct taut_rd *r)
{
	const uint8_t *p, *nul;
	size_t n;

	p = taut_rd_bytes(r, &n);
	nul = taut_rd_raw(r, 1);
	if (!nul || *nul || memchr(p, 0, n)) {
		r->bad = 1;
		return "";
	}
	return (const char *)p;
}

/* TAUT_ENOTFOUND: not whole.  TAUT_EVERSION: of another format. */
static int get_begin(struct taut_arena *a, const void *bytes, size_t n,
		     struct taut_run_key *key)
{
	const size_t head = sizeof(MAGIC) - 1, tail = 16;
	struct taut_part *parts;
	struct taut_digest d;
	struct taut_rd r;
	char *copy;
	size_t i;

	if (n < head + 4 + tail || memcmp(bytes, MAGIC, head))
		return TAUT_ENOTFOUND;
	copy = taut_arena_dup(a, bytes, n);
	if (!copy)
		return TAUT_ENOMEM;
	d = taut_digest_of(copy, n - tail);
	if (memcmp(d.b, copy + n - tail, tail))
		return TAUT_ENOTFOUND;
	r = taut_rd_init(copy + head, n - head - tail);
	if (taut_rd_u32(&r) != TAUT_FORMAT)
		return TAUT_EVERSION;
	key->datafile = get_str(&r);
	key->env = get_str(&r);
	key->nparts = taut_rd_count(&r, MAX_PARTS);
	parts = taut_arena_alloc(a, (key->nparts + 1) * sizeof(*parts));
	if (!parts)
		return TAUT_ENOMEM;
	for (i = 0; i < key->nparts; i++) {
		parts[i].name = get_str(&r);
		parts[i].value = get_str(&r);
		parts[i].cls = taut_rd_u8(&r);
	}
	key->parts = parts;
	return r.bad ? TAUT_ENOTFOUND : 0;
}

/* ---- a run of our own ---- */

static int write_begin(const char *dir, const struct taut_run_key *key,
		       struct taut_err *err)
{
	struct taut_arena a = TAUT_ARENA_INIT;
	struct taut_buf b = TAUT_BUF_INIT;
	char *path;
	int rc;

	path = path_in(&a, dir, "begin");
	if (!path || put_begin(&b, key))
		rc = taut_nomem(err);
	else
		rc = taut_io_replace(path, NULL, b.p, b.n, err);
	taut_arena_release(&a);
	taut_buf_release(&b);
	return rc;
}

/* Note which runs are saved already: what they learned is in the database that
 * this run starts from. */
static int note_saved(struct taut_run *r, const char *runs)
{
	struct taut_arena a = TAUT_ARENA_INIT;
	struct taut_dir d = TAUT_DIR_INIT;
	char *run, *saved;
	size_t i;
	int rc;

	rc = taut_dir_read(AT_FDCWD, runs, &d);
	for (i = 0; i < d.n && !rc; i++) {
		run = path_in(&a, runs, d.entries[i].name);
		saved = run ? path_in(&a, run, "saved") : NULL;
		if (!saved)
			rc = TAUT_ENOMEM;
		else if (!access(saved, F_OK) &&
			 taut_map_add(&r->before, d.entries[i].name,
				      strlen(d.entries[i].name)) ==
				 TAUT_MAP_NONE)
			rc = TAUT_ENOMEM;
	}
	taut_dir_release(&d);
	taut_arena_release(&a);
	return rc;
}

/* Make the directory with its lock; the caller holds runs.lock, so that
 * nobody takes a half made one for dead. */
static int make_dir(struct taut_run *r, const char *runs,
		    const struct taut_run_key *key, struct taut_err *err)
{
	struct taut_buf path = TAUT_BUF_INIT;
	uint64_t random;
	int rc;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return taut_fail_errno(err, TAUT_EIO, "no random number");
	if (mkdir(runs, 0777) && errno != EEXIST)
		return taut_fail_errno(err, TAUT_EIO, "cannot make %s", runs);
	if (note_saved(r, runs) == TAUT_ENOMEM ||
	    taut_buf_printf(&path, "%s/%016llx", runs,
			    (unsigned long long)random))
		goto nomem;
	r->dir = (char *)path.p;
	if (mkdir(r->dir, 0777))
		return taut_fail_errno(err, TAUT_EIO, "cannot make %s", r->dir);
	path = (struct taut_buf)TAUT_BUF_INIT;
	if (taut_buf_printf(&path, "%s/lock", r->dir))
		goto nomem;
	rc = taut_lock_wait((char *)path.p, 1, &r->lock, err);
	taut_buf_release(&path);
	return rc ? rc : write_begin(r->dir, key, err);
nomem:
	taut_buf_release(&path);
	return taut_nomem(err);
}

int taut_run_create(struct taut_run *r, struct taut_cache *c,
		    const struct taut_run_key *key, struct taut_err *err)
{
	struct taut_arena a = TAUT_ARENA_INIT;
	char *lock, *runs;
	int fd = -1, rc;

	memset(r, 0, sizeof(*r));
	r->lock = -1;
	rc = taut_cache_make(c, err);
	if (rc)
		return rc;
	lock = path_in(&a, c->dir, "runs.lock");
	runs = path_in(&a, c->dir, "runs");
	rc = lock && runs ? taut_lock_wait(lock, 1, &fd, err) : taut_nomem(err);
	if (!rc)
		rc = make_dir(r, runs, key, err);
	if (rc && r->dir)
		taut_run_done(r->dir, 0);
	if (rc)
		taut_run_leave(r);
	if (fd >= 0)
		close(fd);
	taut_arena_release(&a);
	return rc;
}

void taut_run_leave(struct taut_run *r)
{
	if (!r->dir)
		return;
	if (r->lock >= 0)
		close(r->lock);
	taut_free(r->dir);
	taut_map_release(&r->before);
	memset(r, 0, sizeof(*r));
	r->lock = -1;
}

void taut_run_done(const char *dir, int keep)
{
	struct taut_arena a = TAUT_ARENA_INIT;
	struct taut_dir d = TAUT_DIR_INIT;
	char *path;
	size_t i;
	int fd;

	if (keep) {
		path = path_in(&a, dir, "saved");
		fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666) :
			    -1;
		if (fd >= 0)
			close(fd);
	} else if (!taut_dir_read(AT_FDCWD, dir, &d)) {
		for (i = 0; i < d.n; i++) {
			path = path_in(&a, dir, d.entries[i].name);
			if (path)
				unlink(path);
		}
		rmdir(dir);
	}
	taut_dir_release(&d);
	taut_arena_release(&a);
}

/* ---- the others ---- */

static int by_log(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int mx = !strcmp(strrchr(x, '/'), "/main.log");
	int my = !strcmp(strrchr(y, '/'), "/main.log");

	return mx != my ? my - mx : strcmp(x, y);
}

int taut_run_logs(struct taut_run_list *l, struct taut_run_dir *d,
		  struct taut_err *err)
{
	struct taut_dir names = TAUT_DIR_INIT;
	size_t i, n;
	int rc;

	rc = taut_dir_read(AT_FDCWD, d->path, &names);
	if (rc)
		goto out;
	d->nlogs = 0;
	d->logs = taut_arena_alloc(&l->arena, (names.n + 1) * sizeof(char *));
	if (!d->logs) {
		rc = TAUT_ENOMEM;
		goto out;
	}
	for (i = 0; i < names.n; i++) {
		n = strlen(names.entries[i].name);
		if (n < 5 || strcmp(names.entries[i].name + n - 4, ".log"))
			continue;
		d->logs[d->nlogs] =
			path_in(&l->arena, d->path, names.entries[i].name);
		if (!d->logs[d->nlogs++]) {
			rc = TAUT_ENOMEM;
			goto out;
		}
	}
	qsort(d->logs, d->nlogs, sizeof(*d->logs), by_log);
out:
	taut_dir_release(&names);
	return rc == TAUT_ENOMEM ? taut_nomem(err) :
	       rc ? taut_fail(err, rc, "cannot read %s", d->path) :
		    0;
}

/* Try the lock of a run: its descriptor, or -1 while the run lives.  *broken:
 * it has none, so it died while it was made. */
static int try_lock(const char *path, int readonly, int *broken)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*broken = fd < 0 && errno == ENOENT;
	if (fd >= 0 && flock(fd, (readonly ? LOCK_SH : LOCK_EX) | LOCK_NB)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Look at one directory: live, dead, saved, somebody else's, or rubbish. */
static int scan_dir(struct taut_run_list *l, const char *path,
		    const char *datafile, int readonly, struct taut_err *err)
{
	struct taut_run_dir d = { .path = path, .lock = -1 };
	struct taut_buf b = TAUT_BUF_INIT;
	char *lock, *begin, *saved;
	int broken, rc;

	lock = path_in(&l->arena, path, "lock");
	begin = path_in(&l->arena, path, "begin");
	saved = path_in(&l->arena, path, "saved");
	if (!lock || !begin || !saved)
		return taut_nomem(err);
	d.name = strrchr(path, '/') + 1;
	d.saved = !access(saved, F_OK);
	d.lock = try_lock(lock, readonly, &broken);
	if (d.lock < 0 && !broken && !d.saved) {
		l->nlive++;
		return 0;
	}
	rc = taut_io_read(begin, &b, NULL);
	if (!rc)
		rc = get_begin(&l->arena, b.p, b.n, &d.key);
	taut_buf_release(&b);
	if (rc == TAUT_ENOTFOUND && !readonly)
		taut_run_done(path, 0);
	if (rc || strcmp(d.key.datafile, datafile)) {
		rc = rc == TAUT_ENOMEM ? taut_nomem(err) : 0;
		goto other;
	}
	rc = taut_run_logs(l, &d, err);
	if (rc)
		goto other;
	if (taut_grow(&l->v, &l->cap, l->n + 1, sizeof(*l->v))) {
		rc = taut_nomem(err);
		goto other;
	}
	l->v[l->n++] = d;
	return 0;
other:
	if (d.lock >= 0)
		close(d.lock);
	return rc;
}

int taut_run_scan(struct taut_run_list *l, const struct taut_cache *c,
		  const char *datafile, const struct taut_run *own,
		  int readonly, struct taut_err *err)
{
	struct taut_dir d = TAUT_DIR_INIT;
	char *runs, *lock, *path;
	int fd = -1, rc = 0;
	size_t i;

	if (!c->dir)
		return 0;
	runs = path_in(&l->arena, c->dir, "runs");
	lock = path_in(&l->arena, c->dir, "runs.lock");
	if (!runs || !lock)
		return taut_nomem(err);
	if (access(runs, F_OK))
		return 0;
	if (!readonly)
		rc = taut_lock_wait(lock, 1, &fd, err);
	if (!rc && taut_dir_read(AT_FDCWD, runs, &d) == TAUT_ENOMEM)
		rc = taut_nomem(err);
	for (i = 0; i < d.n && !rc; i++) {
		path = path_in(&l->arena, runs, d.entries[i].name);
		if (!path)
			rc = taut_nomem(err);
		else if (!own || !own->dir || strcmp(path, own->dir))
			rc = scan_dir(l, path, datafile, readonly, err);
	}
	taut_dir_release(&d);
	if (fd >= 0)
		close(fd);
	return rc;
}

void taut_run_list_release(struct taut_run_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].lock >= 0)
			close(l->v[i].lock);
	taut_arena_release(&l->arena);
	taut_free(l->v);
	*l = (struct taut_run_list)TAUT_RUN_LIST_INIT;
}
