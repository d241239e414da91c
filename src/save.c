#include "save.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "durations.h"
#include "io.h"
#include "store.h"

/* ---- applying ---- */

static int test_file_exists(void *arg, const char *path)
{
	const struct taut_save *s = arg;
	struct taut_buf b = TAUT_BUF_INIT;
	int gone;

	/* Out of memory is no reason to forget a file. */
	if (taut_buf_printf(&b, "%s/%s", s->root, path))
		return 1;
	gone = access((char *)b.p, F_OK) &&
	       (errno == ENOENT || errno == ENOTDIR);
	taut_buf_release(&b);
	return !gone;
}

static int apply(const struct taut_save *s, struct taut_store *store,
		 const struct taut_run_key *key, const char *const *logs,
		 size_t nlogs, int *learned, struct taut_err *err)
{
	struct taut_apply a = {
		.env = key->env,
		.parts = key->parts,
		.nparts = key->nparts,
		.exists = test_file_exists,
		.arg = (void *)s,
	};
	int some = 0, rc;

	rc = taut_store_apply(store, &a, logs, nlogs, &some, err);
	*learned |= some;
	return rc;
}

/* The dead runs, oldest names first: nobody knows which one died first. */
static int apply_dead(const struct taut_save *s, struct taut_store *store,
		      const struct taut_run_list *l, int *learned,
		      struct taut_err *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < l->n && !rc; i++)
		if (!l->v[i].saved)
			rc = apply(s, store, &l->v[i].key, l->v[i].logs,
				   l->v[i].nlogs, learned, err);
	return rc;
}

/* Did this run finish while ours went on, in the same environment? */
static int beside_ours(const struct taut_save *s, const struct taut_run_dir *d)
{
	return d->saved && taut_run_key_same(&d->key, s->key) &&
	       taut_map_get(&s->own->before, d->name, strlen(d->name)) ==
		       TAUT_MAP_NONE;
}

/* Our own logs, and before them those of the runs that finished meanwhile. */
static int apply_own(const struct taut_save *s, struct taut_store *store,
		     struct taut_run_list *l, int *learned,
		     struct taut_err *err)
{
	struct taut_run_dir own = { .path = s->own->dir };
	const char **logs;
	size_t n = 0, i, k;
	int rc;

	rc = taut_run_logs(l, &own, err);
	if (rc || !own.nlogs)
		return rc;
	for (i = 0; i < l->n; i++)
		n += l->v[i].nlogs;
	logs = taut_arena_alloc(&l->arena, (n + own.nlogs) * sizeof(*logs));
	if (!logs)
		return taut_nomem(err);
	for (i = n = 0; i < l->n; i++)
		for (k = 0; k < l->v[i].nlogs && beside_ours(s, &l->v[i]); k++)
			logs[n++] = l->v[i].logs[k];
	for (k = 0; k < own.nlogs; k++)
		logs[n++] = own.logs[k];
	return apply(s, store, s->key, logs, n, learned, err);
}

/* ---- nothing to save ---- */

/* Does the log tell of a test, or of what a file holds? */
static int tells(const char *log)
{
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_log_reader r;
	struct taut_frame f;
	int some;

	some = taut_io_read(log, &b, NULL) != 0;
	taut_log_reader_init(&r, b.p, b.n);
	r.only = 1u << TAUT_FRAME_TEST | 1u << TAUT_FRAME_COLLECTED;
	some = some || taut_log_reader_next(&r, &f, NULL) != 0;
	taut_log_reader_release(&r);
	taut_buf_release(&b);
	return some;
}

/* Is a test file of the database gone?  Saving drops its tests. */
static int any_gone(const struct taut_save *s)
{
	const char *const *paths;
	struct taut_db *db;
	size_t n, i, e;
	int gone = 0;

	if (taut_db_open(s->key->datafile, &db, NULL))
		return 1;
	for (e = 0; e < taut_db_nenvs(db) && !gone; e++) {
		gone = taut_db_test_files(db, (uint32_t)e, &paths, &n, NULL);
		for (i = 0; !gone && i < n; i++)
			gone = !test_file_exists((void *)s, paths[i]);
	}
	taut_db_close(db);
	return gone;
}

/* Where nothing ran, the database need not be decoded to find that nothing
 * was learned: with 300 modules that was a sixtieth of the run.  In doubt, it
 * is decoded. */
static int learned_nothing(const struct taut_save *s, struct taut_run_list *l)
{
	struct taut_run_dir own = { .path = s->own->dir };
	size_t i;

	if (taut_run_logs(l, &own, NULL))
		return 0;
	for (i = 0; i < own.nlogs; i++)
		if (tells(own.logs[i]))
			return 0;
	return !any_gone(s);
}

/* ---- the file ---- */

static int load(const char *datafile, struct taut_store **out,
		struct taut_err *err)
{
	struct taut_db *db = NULL;
	int rc;

	rc = taut_db_open(datafile, &db, err);
	if (!rc)
		rc = taut_store_load(db, out, err);
	taut_db_close(db);
	if (rc == TAUT_ENOTFOUND || rc == TAUT_EDAMAGED || rc == TAUT_EVERSION)
		rc = taut_store_new(out, err);
	return rc;
}

/* Signals wait: Ctrl-C between rename and fsync would leave the caller in
 * doubt about what is on disk. */
static int put_in_place(const struct taut_save *s,
			const struct taut_store *store, struct taut_err *err)
{
	struct taut_buf image = TAUT_BUF_INIT;
	sigset_t all, old;
	int rc;

	rc = taut_store_image(store, &image, err);
	if (!rc) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		rc = taut_store_write(s->key->datafile, s->cache->dir, &image,
				      err);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	taut_buf_release(&image);
	return rc;
}

/* Lock the directory in which the database lies, links followed: two who
 * name it differently must meet. */
static int lock_datafile(const struct taut_save *s, int *fd,
			 struct taut_err *err)
{
	char *real = realpath(s->key->datafile, NULL);
	const char *path = real ? real : s->key->datafile;
	struct taut_buf b = TAUT_BUF_INIT;
	int rc;

	if (taut_buf_printf(&b, "%.*s/", (int)(strrchr(path, '/') - path),
			    path))
		rc = taut_nomem(err);
	else
		rc = taut_lock_wait((char *)b.p, 0, fd, err);
	b.n = 0;
	if (rc == TAUT_EINVAL) {
		rc = taut_cache_path(s->cache, "save.lock", &b, err);
		if (!rc)
			rc = taut_lock_wait((char *)b.p, 1, fd, err);
	}
	taut_buf_release(&b);
	free(real);
	return rc;
}

/* ---- after a save ---- */

/* Merge into the file as it is now: the lock of the database is held. */
static int save_durations(const struct taut_save *s, struct taut_run_list *l)
{
	struct taut_durations d = TAUT_DURATIONS_INIT;
	struct taut_run_dir own = { .path = s->own ? s->own->dir : NULL };
	struct taut_buf path = TAUT_BUF_INIT;
	size_t i, k;
	int rc;

	rc = taut_cache_path(s->cache, "durations", &path, NULL);
	if (!rc)
		rc = taut_durations_load(&d, (char *)path.p, NULL);
	for (i = 0; i < l->n && !rc; i++)
		for (k = 0; k < l->v[i].nlogs && !l->v[i].saved && !rc; k++)
			rc = taut_durations_log(&d, l->v[i].key.env,
						l->v[i].logs[k], NULL);
	if (!rc && s->own)
		rc = taut_run_logs(l, &own, NULL);
	for (k = 0; k < own.nlogs && !rc; k++)
		rc = taut_durations_log(&d, s->key->env, own.logs[k], NULL);
	if (!rc && d.n)
		rc = taut_durations_save(&d, (char *)path.p, NULL);
	taut_durations_release(&d);
	taut_buf_release(&path);
	return rc;
}

/* Remove what is folded in; leave it for others while some are under way. */
static void clean_up(const struct taut_save *s, const struct taut_run_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (!l->v[i].saved || !l->nlive)
			taut_run_done(l->v[i].path, 0);
	if (s->own)
		taut_run_done(s->own->dir, l->nlive > 0);
}

int taut_save_fold(const struct taut_save *s, struct taut_err *err)
{
	struct taut_run_list l = TAUT_RUN_LIST_INIT;
	struct taut_store *store = NULL;
	int fd = -1, learned = 0, rc;
	size_t i, dead = 0;

	/* The database's lock first: a run that finishes now is then either
	 * listed as saved or still to come. */
	rc = lock_datafile(s, &fd, err);
	if (!rc)
		rc = taut_run_scan(&l, s->cache, s->key->datafile, s->own, 0,
				   err);
	if (rc)
		goto out;
	for (i = 0; i < l.n; i++)
		dead += !l.v[i].saved;
	if (!dead && !s->own)
		goto out;
	if (!dead && learned_nothing(s, &l)) {
		clean_up(s, &l);
		goto out;
	}
	rc = load(s->key->datafile, &store, err);
	if (!rc)
		rc = apply_dead(s, store, &l, &learned, err);
	if (!rc && s->own)
		rc = apply_own(s, store, &l, &learned, err);
	if (!rc && learned)
		rc = put_in_place(s, store, err);
	if (rc)
		goto out;
	(void)save_durations(s, &l);
	clean_up(s, &l);
out:
	taut_store_free(store);
	taut_run_list_release(&l);
	if (fd >= 0)
		close(fd);
	return rc;
}

int taut_save_overlay(const struct taut_save *s, struct taut_db *db,
		      struct taut_db **out, struct taut_err *err)
{
	struct taut_run_list l = TAUT_RUN_LIST_INIT;
	struct taut_buf image = TAUT_BUF_INIT;
	struct taut_store *store = NULL;
	int learned = 0, rc;
	size_t i;

	*out = NULL;
	rc = taut_run_scan(&l, s->cache, s->key->datafile, NULL, 1, err);
	for (i = 0; i < l.n && l.v[i].saved; i++)
		;
	if (rc || i == l.n)
		goto out;
	rc = db ? taut_store_load(db, &store, err) :
		  taut_store_new(&store, err);
	if (!rc)
		rc = apply_dead(s, store, &l, &learned, err);
	if (rc || !learned)
		goto out;
	rc = taut_store_image(store, &image, err);
	if (!rc)
		rc = taut_db_open_image(image.p, image.n, out, err);
out:
	taut_store_free(store);
	taut_buf_release(&image);
	taut_run_list_release(&l);
	return rc;
}
