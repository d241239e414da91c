#include "durations.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "io.h"
#include "record.h"

#define MAGIC "taut-durations"

void taut_durations_release(struct taut_durations *d)
{
	taut_free(d->v);
	*d = (struct taut_durations)TAUT_DURATIONS_INIT;
}

static uint64_t key_of(const char *env, const char *nodeid)
{
	return taut_hash_mix(taut_hash64(env, strlen(env)),
			     taut_hash64(nodeid, strlen(nodeid)));
}

static int add(struct taut_durations *d, uint64_t key, uint64_t micros)
{
	if (taut_grow(&d->v, &d->cap, d->n + 1, sizeof(*d->v)))
		return TAUT_ENOMEM;
	d->v[d->n].key = key;
	d->v[d->n++].micros = micros;
	return 0;
}

static struct taut_duration *find(const struct taut_durations *d, uint64_t key)
{
	size_t lo = 0, hi = d->nsorted, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (d->v[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < d->nsorted && d->v[lo].key == key ? &d->v[lo] : NULL;
}

int taut_durations_get(const struct taut_durations *d, const char *env,
		       const char *nodeid, uint64_t *micros)
{
	const struct taut_duration *v = find(d, key_of(env, nodeid));

	if (v)
		*micros = v->micros;
	return v != NULL;
}

int taut_durations_load(struct taut_durations *d, const char *file,
			struct taut_err *err)
{
	const size_t head = sizeof(MAGIC) - 1, tail = 16;
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_digest digest;
	uint64_t key, micros;
	struct taut_rd r;
	int rc;

	rc = taut_io_read(file, &b, NULL);
	if (rc || b.n < head + 4 + tail || memcmp(b.p, MAGIC, head))
		goto out;
	digest = taut_digest_of(b.p, b.n - tail);
	if (memcmp(digest.b, b.p + b.n - tail, tail))
		goto out;
	r = taut_rd_init(b.p + head, b.n - head - tail);
	if (taut_rd_u32(&r) != TAUT_FORMAT)
		goto out;
	while (r.p < r.end && !r.bad && !rc) {
		key = taut_rd_u32(&r);
		key |= (uint64_t)taut_rd_u32(&r) << 32;
		micros = taut_rd_varint(&r);
		if (!r.bad)
			rc = add(d, key, micros);
	}
	d->nsorted = d->n;
out:
	taut_buf_release(&b);
	return rc == TAUT_ENOMEM ? taut_nomem(err) : 0;
}

int taut_durations_log(struct taut_durations *d, const char *env,
		       const char *log, struct taut_err *err)
{
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_log_reader r;
	struct taut_duration *v;
	struct taut_frame f;
	uint64_t key;
	int rc;

	rc = taut_io_read(log, &b, NULL);
	if (rc) {
		taut_buf_release(&b);
		return rc == TAUT_ENOMEM ? taut_nomem(err) : 0;
	}
	taut_log_reader_init(&r, b.p, b.n);
	r.only = 1u << TAUT_FRAME_TEST;
	while ((rc = taut_log_reader_next(&r, &f, err)) > 0) {
		if (f.u.test.outcome == TAUT_NEW)
			continue;
		key = key_of(env, f.u.test.nodeid);
		v = find(d, key);
		if (v) {
			v->micros = f.u.test.micros;
		} else if (add(d, key, f.u.test.micros)) {
			rc = taut_nomem(err);
			break;
		}
	}
	taut_log_reader_release(&r);
	taut_buf_release(&b);
	return rc;
}

static int by_key(const void *a, const void *b)
{
	const struct taut_duration *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	/* Not stable otherwise; two results of one run: the longer. */
	return x->micros > y->micros ? -1 : x->micros < y->micros;
}

int taut_durations_save(struct taut_durations *d, const char *file,
			struct taut_err *err)
{
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_digest digest;
	size_t i;
	int rc;

	if (d->n)
		qsort(d->v, d->n, sizeof(*d->v), by_key);
	rc = taut_buf_add(&b, MAGIC, sizeof(MAGIC) - 1) ||
	     taut_buf_u32(&b, TAUT_FORMAT);
	for (i = 0; i < d->n && !rc; i++) {
		if (i && d->v[i].key == d->v[i - 1].key)
			continue;
		rc = taut_buf_u32(&b, (uint32_t)d->v[i].key) ||
		     taut_buf_u32(&b, (uint32_t)(d->v[i].key >> 32)) ||
		     taut_buf_varint(&b, d->v[i].micros);
	}
	if (!rc) {
		digest = taut_digest_of(b.p, b.n);
		rc = taut_buf_add(&b, digest.b, sizeof(digest.b));
	}
	rc = rc ? taut_nomem(err) : taut_io_replace(file, NULL, b.p, b.n, err);
	taut_buf_release(&b);
	return rc;
}
