#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dir.h"
#include "hash.h"
#include "io.h"
#include "threads.h"
#include "whole.h"

#define MAGIC "taut-stat"
#define CHUNK 64	   /* items a thread takes at a time */
#define BLOCK (128 * 1024) /* bytes read at a time */

/* A file's content as it once was. */
struct entry {
	const char *path;     /* owned by the tree's arena */
	int64_t mtime, ctime; /* ns since the epoch */
	uint64_t size, inode;
	struct taut_digest digest;
	int gone; /* not to be written again */
};

struct taut_tree {
	struct taut_arena arena;
	char *root; /* owned by arena */
	int fd;	    /* of the root */
	int threads;
	int (*probe)(void *arg, int kind, const char *name,
		     struct taut_digest *out);
	void *probe_arg;
	struct entry *old; /* owned; as loaded, by path */
	size_t nold, capold;
	struct entry *fresh; /* owned; hashed since, in any order */
	size_t nfresh, capfresh;
	struct taut_map dirmap; /* path -> index into dirs */
	struct taut_dir *dirs;	/* owned */
	int *dirstate;		/* owned; enum taut_tree_state of each */
	size_t ndirs, capdirs, capstate;
	atomic_size_t nread;
};

/* ---- open and close ---- */

int taut_tree_open(const struct taut_tree_config *c, struct taut_tree **out,
		   struct taut_err *err)
{
	struct taut_tree *t;

	*out = NULL;
	t = taut_calloc(1, sizeof(*t));
	if (!t)
		return taut_nomem(err);
	t->fd = -1;
	t->root = taut_arena_dup(&t->arena, c->root, strlen(c->root));
	if (!t->root) {
		taut_tree_close(t);
		return taut_nomem(err);
	}
	t->probe = c->probe;
	t->probe_arg = c->probe_arg;
	t->threads = c->threads ? c->threads : taut_threads_count();
	if (t->threads > TAUT_THREADS_MAX)
		t->threads = TAUT_THREADS_MAX;
	t->fd = open(c->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->fd < 0) {
		taut_fail_errno(err, TAUT_EIO, "cannot open %s", c->root);
		taut_tree_close(t);
		return TAUT_EIO;
	}
	*out = t;
	return 0;
}

void taut_tree_close(struct taut_tree *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->ndirs; i++)
		taut_dir_release(&t->dirs[i]);
	if (t->fd >= 0)
		close(t->fd);
	taut_free(t->old);
	taut_free(t->fresh);
	taut_free(t->dirs);
	taut_free(t->dirstate);
	taut_map_release(&t->dirmap);
	taut_arena_release(&t->arena);
	taut_free(t);
}

size_t taut_tree_nread(const struct taut_tree *t)
{
	return t->nread;
}

/* ---- one file ---- */

static int absent(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

static int64_t ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void entry_of(struct entry *e, const char *path, const struct stat *st)
{
	e->path = path;
	e->mtime = ns(st->st_mtim);
	e->ctime = ns(st->st_ctim);
	e->size = (uint64_t)st->st_size;
	e->inode = (uint64_t)st->st_ino;
	e->gone = 0;
}

static int entry_same(const struct entry *a, const struct entry *b)
{
	return a->mtime == b->mtime && a->ctime == b->ctime &&
	       a->size == b->size && a->inode == b->inode;
}

/* Stat first: opening a device can have effects. */
static int stat_regular(int at, const char *path, struct stat *st)
{
	if (fstatat(at, path, st, 0))
		return absent(errno) ? TAUT_TREE_ABSENT : TAUT_TREE_UNREADABLE;
	return S_ISREG(st->st_mode) && st->st_size <= TAUT_TREE_MAX ?
		       TAUT_TREE_FOUND :
		       TAUT_TREE_UNREADABLE;
}

/* A descriptor and TAUT_TREE_FOUND, or -1 and another state. */
static int open_regular(int at, const char *path, struct stat *st, int *state)
{
	int fd;

	*state = stat_regular(at, path, st);
	if (*state != TAUT_TREE_FOUND)
		return -1;
	fd = openat(at, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		*state =
			absent(errno) ? TAUT_TREE_ABSENT : TAUT_TREE_UNREADABLE;
		return -1;
	}
	/* It may have been replaced since the stat. */
	if (!fstat(fd, st) && S_ISREG(st->st_mode) &&
	    st->st_size <= TAUT_TREE_MAX)
		return fd;
	close(fd);
	*state = TAUT_TREE_UNREADABLE;
	return -1;
}

/* Digest of an open file, read through `block`; not 0: it cannot be read. */
static int hash_fd(int fd, uint8_t *block, struct taut_digest *out)
{
	XXH128_canonical_t canonical;
	XXH3_state_t state;
	int64_t total = 0;
	ssize_t k;

	XXH3_128bits_reset(&state);
	for (;;) {
		k = read(fd, block, BLOCK);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (!k)
			break;
		total += k;
		if (total > TAUT_TREE_MAX)
			return -1;
		XXH3_128bits_update(&state, block, (size_t)k);
	}
	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
	memcpy(out->b, canonical.digest, sizeof(out->b));
	return 0;
}

/*
 * Hash one file; *keep says whether `e` may go into the stat cache: the file
 * did not change while it was read, and is older than the racy span, measured
 * before reading by the clock that stamps files.
 */
static int hash_file(int at, const char *path, uint8_t *block, struct entry *e,
		     int *keep, struct taut_digest *out)
{
	struct timespec now;
	struct entry after;
	struct stat st;
	int64_t newest;
	int fd, state;

	*keep = 0;
	clock_gettime(CLOCK_REALTIME, &now);
	fd = open_regular(at, path, &st, &state);
	if (fd < 0)
		return state;
	entry_of(e, path, &st);
	if (hash_fd(fd, block, out) || fstat(fd, &st))
		state = TAUT_TREE_UNREADABLE;
	close(fd);
	if (state != TAUT_TREE_FOUND)
		return state;
	entry_of(&after, path, &st);
	e->digest = *out;
	newest = e->mtime > e->ctime ? e->mtime : e->ctime;
	*keep = entry_same(e, &after) && ns(now) - newest > TAUT_RACY_NS;
	return state;
}

int taut_tree_read(struct taut_tree *t, const char *path, struct taut_buf *out,
		   int *state, struct taut_err *err)
{
	struct stat st;
	ssize_t k = 0;
	int fd, rc = 0;

	fd = open_regular(t->fd, path, &st, state);
	if (fd < 0)
		return 0;
	if (taut_grow(&out->p, &out->cap, out->n + (size_t)st.st_size + 1, 1))
		rc = taut_nomem(err);
	while (!rc) {
		k = read(fd, out->p + out->n, out->cap - out->n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		out->n += (size_t)k;
		if (out->n > (size_t)TAUT_TREE_MAX) {
			k = -1;
			break;
		}
		if (out->n == out->cap &&
		    taut_grow(&out->p, &out->cap, out->cap + 1, 1))
			rc = taut_nomem(err);
	}
	if (k < 0)
		*state = TAUT_TREE_UNREADABLE;
	atomic_fetch_add_explicit(&t->nread, 1, memory_order_relaxed);
	close(fd);
	return rc;
}

/* ---- Python source ---- */

static int by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int taut_tree_hashes(const void *bytes, size_t n, uint64_t **out, size_t *nout,
		     struct taut_err *err)
{
	struct taut_source *source;
	uint64_t *h;
	size_t i, k = 0;
	int rc;

	*out = NULL;
	*nout = 0;
	rc = taut_source_scan(bytes, n, &source, err);
	if (rc)
		return rc;
	h = taut_calloc(source->nsuites, sizeof(*h));
	if (!h) {
		taut_source_free(source);
		return taut_nomem(err);
	}
	for (i = 0; i < source->nsuites; i++)
		h[i] = source->suites[i].hash & 0xffffffffffULL;
	qsort(h, source->nsuites, sizeof(*h), by_hash);
	for (i = 0; i < source->nsuites; i++)
		if (!k || h[k - 1] != h[i])
			h[k++] = h[i];
	taut_source_free(source);
	*out = h;
	*nout = k;
	return 0;
}

/* ---- many contents, in threads ---- */

/* What a thread found out about an item, beside its digest. */
struct found {
	struct entry entry;
	uint32_t old; /* index into tree->old, or UINT32_MAX */
	uint8_t hashed, keep;
};
struct job {
	const struct taut_tree *tree;
	struct taut_tree_item **items; /* only those of a content */
	struct found *found;
	size_t n;
	uint8_t *block[TAUT_THREADS_MAX]; /* owned; of each thread */
};

/* Index of `path` in the cache; *hint is where the last one was. */
static uint32_t find_old(const struct taut_tree *t, const char *path,
			 size_t *hint)
{
	size_t lo = 0, hi = t->nold, mid;
	int c;

	if (*hint + 1 < t->nold && !strcmp(t->old[*hint + 1].path, path))
		return (uint32_t)++ * hint;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = strcmp(t->old[mid].path, path);
		if (!c) {
			*hint = mid;
			return (uint32_t)mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return UINT32_MAX;
}

static void look_content(const struct taut_tree *t, struct taut_tree_item *it,
			 struct found *f, size_t *hint, uint8_t *block)
{
	struct entry now;
	struct stat st;
	int keep;

	f->old = find_old(t, it->path, hint);
	it->state = stat_regular(t->fd, it->path, &st);
	if (it->state != TAUT_TREE_FOUND)
		return;
	it->exec = (st.st_mode & 0111) != 0;
	entry_of(&now, it->path, &st);
	if (f->old != UINT32_MAX && entry_same(&t->old[f->old], &now)) {
		it->digest = t->old[f->old].digest;
		return;
	}
	f->hashed = 1;
	it->state = hash_file(t->fd, it->path, block, &f->entry, &keep,
			      &it->digest);
	f->keep = (uint8_t)keep;
}

/* Results go to places of their own, and nothing is allocated. */
static void work(void *arg, int worker, size_t from, size_t to)
{
	struct job *j = arg;
	size_t hint = SIZE_MAX;

	for (; from < to; from++)
		look_content(j->tree, j->items[from], &j->found[from], &hint,
			     j->block[worker]);
}

/* Work with the calling thread and as many others as pay. */
static int run_job(const struct taut_tree *t, struct job *j,
		   struct taut_err *err)
{
	int i;

	/* no block for a thread that has no piece */
	for (i = 0; i < t->threads && (size_t)i <= j->n / CHUNK; i++) {
		j->block[i] = taut_realloc(NULL, BLOCK);
		if (!j->block[i])
			break;
	}
	if (!i)
		return taut_nomem(err);
	taut_threads_run(j->n, CHUNK, i, work, j);
	while (i)
		taut_free(j->block[--i]);
	return 0;
}

/* Take over what the threads found. */
static int keep_found(struct taut_tree *t, struct job *j, struct taut_err *err)
{
	struct entry *e;
	struct found *f;
	size_t i;

	for (i = 0; i < j->n; i++) {
		f = &j->found[i];
		t->nread += f->hashed;
		if (f->old != UINT32_MAX &&
		    (f->hashed || j->items[i]->state != TAUT_TREE_FOUND))
			t->old[f->old].gone = 1;
		if (!f->keep)
			continue;
		if (taut_grow(&t->fresh, &t->capfresh, t->nfresh + 1,
			      sizeof(*t->fresh)))
			return taut_nomem(err);
		e = &t->fresh[t->nfresh];
		*e = f->entry;
		e->path = taut_arena_dup(&t->arena, e->path, strlen(e->path));
		if (!e->path)
			return taut_nomem(err);
		t->nfresh++;
	}
	return 0;
}

static int look_contents(struct taut_tree *t, struct taut_tree_item **items,
			 size_t n, struct taut_err *err)
{
	struct job j = { .tree = t, .items = items, .n = n };
	int rc;

	if (!n)
		return 0;
	j.found = taut_calloc(n, sizeof(*j.found));
	if (!j.found)
		return taut_nomem(err);
	rc = run_job(t, &j, err);
	if (!rc)
		rc = keep_found(t, &j, err);
	taut_free(j.found);
	return rc;
}

/* ---- the other kinds ---- */

/* The names of directory `path`, read at most once; NULL: out of memory. */
static const struct taut_dir *dir_names(struct taut_tree *t, const char *path,
					size_t n, int *state)
{
	struct taut_dir *d;
	uint32_t i;
	int rc;

	i = taut_map_add(&t->dirmap, path, n);
	if (i == TAUT_MAP_NONE)
		return NULL;
	if (i < t->ndirs) {
		*state = t->dirstate[i];
		return &t->dirs[i];
	}
	if (taut_grow(&t->dirs, &t->capdirs, i + 1u, sizeof(*t->dirs)) ||
	    taut_grow(&t->dirstate, &t->capstate, i + 1u, sizeof(*t->dirstate)))
		return NULL;
	d = &t->dirs[i];
	*d = (struct taut_dir)TAUT_DIR_INIT;
	rc = taut_dir_read(t->fd, t->dirmap.keys[i].p, d);
	t->dirstate[i] = !rc		       ? TAUT_TREE_FOUND :
			 taut_dir_is_empty(rc) ? TAUT_TREE_ABSENT :
						 TAUT_TREE_UNREADABLE;
	t->ndirs++;
	*state = t->dirstate[i];
	return d;
}

static void found_char(struct taut_tree_item *it, char c)
{
	it->state = TAUT_TREE_FOUND;
	it->digest = taut_digest_of(&c, 1);
}

static int look_lookup(struct taut_tree *t, struct taut_tree_item *it)
{
	const char *slash = strrchr(it->path, '/'), *name;
	const struct taut_dir *d;
	const char *dir = ".";
	size_t n = 1;

	name = slash ? slash + 1 : it->path;
	if (slash) {
		dir = it->path;
		n = slash == it->path ? 1 : (size_t)(slash - it->path);
	}
	d = dir_names(t, dir, n, &it->state);
	if (!d)
		return TAUT_ENOMEM;
	if (it->state == TAUT_TREE_ABSENT)
		found_char(it, '-');
	else if (it->state == TAUT_TREE_FOUND)
		found_char(it,
			   taut_dir_lookup(t->fd, t->dirmap.keys[d - t->dirs].p,
					   d, name));
	return 0;
}

static int look_listing(struct taut_tree *t, struct taut_tree_item *it)
{
	const char *path = *it->path ? it->path : ".";
	const struct taut_dir *d = dir_names(t, path, strlen(path), &it->state);

	if (!d)
		return TAUT_ENOMEM;
	return it->state == TAUT_TREE_FOUND ? taut_dir_listing(d, &it->digest) :
					      0;
}

static void look_probe(struct taut_tree *t, struct taut_tree_item *it)
{
	int rc;

	it->state = TAUT_TREE_UNCHECKED;
	if (!t->probe)
		return;
	rc = t->probe(t->probe_arg, it->kind, it->path, &it->digest);
	it->state = rc && rc != TAUT_ENOTFOUND ? TAUT_TREE_UNREADABLE :
						 TAUT_TREE_FOUND;
	if (rc)
		memset(&it->digest, 0, sizeof(it->digest));
}

static int look_other(struct taut_tree *t, struct taut_tree_item *it)
{
	switch (it->kind) {
	case TAUT_LOOKUP:
		return look_lookup(t, it);
	case TAUT_LISTING:
		return look_listing(t, it);
	case TAUT_ENVVAR:
	case TAUT_DIST:
		look_probe(t, it);
		return 0;
	case TAUT_TREE:
		return taut_whole_look(t, t->root, t->fd, it);
	case TAUT_EXISTS:
		it->state = taut_dir_path(t->fd, *it->path ? it->path : ".",
					  &it->digest) ?
				    TAUT_TREE_UNREADABLE :
				    TAUT_TREE_FOUND;
		return 0;
	default:
		/* A kind of a later version: never equal. */
		it->state = TAUT_TREE_UNREADABLE;
		return 0;
	}
}

int taut_tree_look(struct taut_tree *t, struct taut_tree_item *items, size_t n,
		   struct taut_err *err)
{
	struct taut_tree_item **contents;
	size_t i, k = 0;
	int rc = 0;

	contents = taut_calloc(n + 1, sizeof(struct taut_tree_item *));
	if (!contents)
		return taut_nomem(err);
	for (i = 0; i < n && !rc; i++) {
		memset(&items[i].digest, 0, sizeof(items[i].digest));
		items[i].exec = 0;
		if (items[i].kind == TAUT_PY || items[i].kind == TAUT_DATA)
			contents[k++] = &items[i];
		else if (look_other(t, &items[i]))
			rc = taut_nomem(err);
	}
	if (!rc)
		rc = look_contents(t, contents, k, err);
	taut_free(contents);
	return rc;
}

int taut_input_digest(int kind, const char *root, const char *path,
		      struct taut_digest *out)
{
	struct taut_tree_config c = { .root = root, .threads = 1 };
	struct taut_tree_item it = { .kind = kind, .path = path };
	struct taut_tree *t;
	int rc;

	if (kind == TAUT_ENVVAR || kind == TAUT_DIST)
		return TAUT_EINVAL;
	rc = taut_tree_open(&c, &t, NULL);
	if (rc)
		return rc;
	rc = taut_tree_look(t, &it, 1, NULL);
	taut_tree_close(t);
	if (rc)
		return rc;
	*out = it.digest;
	return it.state == TAUT_TREE_FOUND  ? 0 :
	       it.state == TAUT_TREE_ABSENT ? TAUT_ENOTFOUND :
					      TAUT_EIO;
}

/* ---- the stat cache ---- */

static int load_entries(struct taut_tree *t, struct taut_rd *r)
{
	const uint8_t *path, *digest;
	struct entry *e;
	size_t n;

	while (r->p < r->end && !r->bad) {
		if (taut_grow(&t->old, &t->capold, t->nold + 1,
			      sizeof(*t->old)))
			return TAUT_ENOMEM;
		e = &t->old[t->nold];
		path = taut_rd_bytes(r, &n);
		e->mtime = (int64_t)taut_rd_varint(r);
		e->ctime = (int64_t)taut_rd_varint(r);
		e->size = taut_rd_varint(r);
		e->inode = taut_rd_varint(r);
		e->gone = 0;
		digest = taut_rd_raw(r, sizeof(e->digest.b));
		if (r->bad)
			break;
		memcpy(e->digest.b, digest, sizeof(e->digest.b));
		e->path = taut_arena_dup(&t->arena, path, n);
		if (!e->path)
			return TAUT_ENOMEM;
		if (t->nold && strcmp(e[-1].path, e->path) >= 0) {
			r->bad = 1;
			break;
		}
		t->nold++;
	}
	if (r->bad)
		t->nold = 0;
	return 0;
}

int taut_tree_load(struct taut_tree *t, const char *file, struct taut_err *err)
{
	const size_t head = sizeof(MAGIC) - 1, tail = 16;
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_digest d;
	const uint8_t *root;
	struct taut_rd r;
	size_t n;
	int rc;

	rc = taut_io_read(file, &b, NULL);
	if (rc || b.n < head + 4 + tail || memcmp(b.p, MAGIC, head))
		goto out;
	d = taut_digest_of(b.p, b.n - tail);
	if (memcmp(d.b, b.p + b.n - tail, tail))
		goto out;
	r = taut_rd_init(b.p + head, b.n - head - tail);
	if (taut_rd_u32(&r) != TAUT_FORMAT)
		goto out;
	root = taut_rd_bytes(&r, &n);
	if (r.bad || n != strlen(t->root) || memcmp(root, t->root, n))
		goto out;
	rc = load_entries(t, &r);
out:
	taut_buf_release(&b);
	return rc == TAUT_ENOMEM ? taut_nomem(err) : 0;
}

static int by_path(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int put_entry(struct taut_buf *b, const struct entry *e)
{
	return taut_buf_bytes(b, e->path, strlen(e->path)) ||
	       taut_buf_varint(b, (uint64_t)e->mtime) ||
	       taut_buf_varint(b, (uint64_t)e->ctime) ||
	       taut_buf_varint(b, e->size) || taut_buf_varint(b, e->inode) ||
	       taut_buf_add(b, e->digest.b, sizeof(e->digest.b));
}

/* Merge the old entries with the fresh ones (sorted; of equal paths, which a
 * PY and a DATA item share, the first). */
static int put_entries(const struct taut_tree *t, struct taut_buf *b)
{
	const struct entry *last = NULL, *e;
	size_t i = 0, k = 0;
	int c;

	while (i < t->nold || k < t->nfresh) {
		c = i == t->nold   ? 1 :
		    k == t->nfresh ? -1 :
				     by_path(&t->old[i], &t->fresh[k]);
		if (c < 0) {
			e = &t->old[i++];
			if (e->gone)
				continue;
		} else {
			e = &t->fresh[k++];
			i += !c;
		}
		if (last && !strcmp(last->path, e->path))
			continue;
		if (put_entry(b, e))
			return TAUT_ENOMEM;
		last = e;
	}
	return 0;
}

int taut_tree_dirty(const struct taut_tree *t)
{
	size_t i;

	for (i = 0; i < t->nold; i++)
		if (t->old[i].gone)
			return 1;
	return t->nfresh > 0;
}

int taut_tree_save(struct taut_tree *t, const char *file, struct taut_err *err)
{
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_digest d;
	int rc;

	if (!taut_tree_dirty(t))
		return 0;
	if (t->nfresh)
		qsort(t->fresh, t->nfresh, sizeof(*t->fresh), by_path);
	rc = taut_buf_add(&b, MAGIC, sizeof(MAGIC) - 1) ||
	     taut_buf_u32(&b, TAUT_FORMAT) ||
	     taut_buf_bytes(&b, t->root, strlen(t->root)) || put_entries(t, &b);
	if (!rc) {
		d = taut_digest_of(b.p, b.n);
		rc = taut_buf_add(&b, d.b, sizeof(d.b));
	}
	rc = rc ? taut_nomem(err) : taut_io_replace(file, NULL, b.p, b.n, err);
	taut_buf_release(&b);
	return rc;
}
