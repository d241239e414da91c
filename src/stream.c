#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "io.h"

/* Longer ones are no names or reasons of ours. */
#define MAX_FRAME (1u << 20)

struct taut_stream {
	int fd;
	int failed;
	struct taut_buf buf; /* scratch of one entry */
};

static int stream_path(struct taut_buf *b, const char *dir, const char *name,
		       struct taut_err *err)
{
	if (!*name || strchr(name, '/'))
		return taut_fail(err, TAUT_EINVAL, "'%s' cannot name a stream",
				 name);
	return taut_buf_printf(b, "%s/%s.child", dir, name) ? taut_nomem(err) :
							      0;
}

/* ---- writing ---- */

static int begin(struct taut_stream *s, const char *path, struct taut_err *err)
{
	s->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC,
		     0666);
	if (s->fd < 0)
		return taut_fail_errno(err, TAUT_EIO, "cannot create %s", path);
	if (taut_buf_add(&s->buf, TAUT_STREAM_MAGIC,
			 strlen(TAUT_STREAM_MAGIC)) ||
	    taut_buf_u32(&s->buf, TAUT_FORMAT))
		return taut_nomem(err);
	/* Locked before it begins: who finds neither, comes too early. */
	if (flock(s->fd, LOCK_SH) ||
	    taut_io_write_all(s->fd, s->buf.p, s->buf.n))
		return taut_fail_errno(err, TAUT_EIO, "cannot write %s", path);
	return 0;
}

int taut_stream_open(const char *dir, const char *name,
		     struct taut_stream **out, struct taut_err *err)
{
	struct taut_buf path = TAUT_BUF_INIT;
	struct taut_stream *s;
	int rc;

	*out = NULL;
	s = taut_calloc(1, sizeof(*s));
	if (!s)
		return taut_nomem(err);
	s->fd = -1;
	rc = stream_path(&path, dir, name, err);
	if (!rc)
		rc = begin(s, (char *)path.p, err);
	taut_buf_release(&path);
	if (rc)
		taut_stream_close(s);
	else
		*out = s;
	return rc;
}

void taut_stream_close(struct taut_stream *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	taut_buf_release(&s->buf);
	taut_free(s);
}

static int put_payload(struct taut_buf *b, const struct taut_stream_entry *e)
{
	return taut_buf_varint(b, (uint64_t)e->type) ||
	       taut_buf_varint(b, (uint64_t)e->kind) ||
	       taut_buf_varint(b, e->a) || taut_buf_varint(b, e->b) ||
	       taut_buf_varint(b, (uint64_t)e->ns) ||
	       taut_buf_bytes(b, e->text, strlen(e->text)) ||
	       taut_buf_u8(b, 0) ||
	       (e->type == TAUT_STREAM_FILE &&
		taut_buf_add(b, e->digest.b, sizeof(e->digest.b)));
}

static void put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

int taut_stream_put(struct taut_stream *s, const struct taut_stream_entry *e,
		    struct taut_err *err)
{
	struct taut_buf *b = &s->buf;
	int rc = 0;

	if (s->failed)
		return 0;
	b->n = 0;
	if (taut_buf_u32(b, 0) || taut_buf_u32(b, 0) || put_payload(b, e)) {
		rc = taut_nomem(err);
	} else if (b->n - 8 > MAX_FRAME) {
		rc = taut_fail(err, TAUT_EINVAL, "an entry is too long");
	} else {
		put_u32(b->p, (uint32_t)(b->n - 8));
		put_u32(b->p + 4, taut_hash32(b->p + 8, b->n - 8));
		if (taut_io_write_all(s->fd, b->p, b->n))
			rc = taut_fail_errno(err, TAUT_EIO,
					     "cannot write a stream");
	}
	if (rc) {
		s->failed = 1;
		/* Nothing better is left if this fails too. */
		if (ftruncate(s->fd, 0))
			return rc;
	}
	return rc;
}

/* ---- reading ---- */

struct input {
	int fd;
	uint64_t at; /* of buf in the file */
	struct taut_buf buf;
	size_t used; /* of buf */
};

/* Have n more bytes; 1, or 0: so many are not there, or negative. */
static int have(struct input *in, size_t n, struct taut_err *err)
{
	static const size_t block = 64u << 10;
	ssize_t k;

	while (in->buf.n - in->used < n) {
		if (in->used) {
			in->at += in->used;
			in->buf.n -= in->used;
			memmove(in->buf.p, in->buf.p + in->used, in->buf.n);
			in->used = 0;
		}
		if (taut_grow(&in->buf.p, &in->buf.cap, in->buf.n + block, 1))
			return taut_nomem(err);
		k = pread(in->fd, in->buf.p + in->buf.n, block,
			  (off_t)(in->at + in->buf.n));
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return taut_fail_errno(err, TAUT_EIO,
					       "cannot read a stream");
		if (!k)
			return 0;
		in->buf.n += (size_t)k;
	}
	return 1;
}

/* An entry of the payload; 0: it makes no sense. */
static int get_payload(const void *p, size_t n, struct taut_stream_entry *e)
{
	struct taut_rd rd = taut_rd_init(p, n);
	const uint8_t *text, *digest;
	size_t k = 0;

	memset(e, 0, sizeof(*e));
	e->type = (int)taut_rd_count(&rd, TAUT_STREAM_LOST);
	e->kind = (int)taut_rd_count(&rd, TAUT_TREE);
	e->a = taut_rd_count(&rd, UINT32_MAX);
	e->b = taut_rd_count(&rd, UINT32_MAX);
	e->ns = (int64_t)taut_rd_varint(&rd);
	text = taut_rd_bytes(&rd, &k);
	if (!text || taut_rd_u8(&rd) || (k && memchr(text, 0, k)))
		return 0;
	e->text = (const char *)text;
	if (e->type == TAUT_STREAM_FILE) {
		digest = taut_rd_raw(&rd, sizeof(e->digest.b));
		if (digest)
			memcpy(e->digest.b, digest, sizeof(e->digest.b));
	}
	return !rd.bad && rd.p == rd.end;
}

/* 1: go on; 0: no more for now, or (torn) for ever; negative. */
static int next(struct input *in, struct taut_stream_state *state,
		struct taut_stream_entry *e, struct taut_err *err)
{
	struct taut_rd rd;
	uint32_t n, sum;
	int rc = have(in, 8, err);

	if (rc <= 0)
		goto out;
	rd = taut_rd_init(in->buf.p + in->used, 8);
	n = taut_rd_u32(&rd);
	sum = taut_rd_u32(&rd);
	if (!n || n > MAX_FRAME)
		goto torn;
	rc = have(in, 8 + (size_t)n, err);
	if (rc <= 0)
		goto out;
	if (taut_hash32(in->buf.p + in->used + 8, n) != sum ||
	    !get_payload(in->buf.p + in->used + 8, n, e))
		goto torn;
	in->used += 8 + (size_t)n;
	state->offset = in->at + in->used;
	return 1;
out:
	/* Something is left of which nobody will write the rest. */
	if (!rc && !state->live && in->buf.n > in->used)
		state->torn = 1;
	return rc;
torn:
	state->torn = 1;
	return 0;
}

static int header(struct input *in, struct taut_stream_state *state,
		  struct taut_err *err)
{
	size_t n = strlen(TAUT_STREAM_MAGIC);
	struct taut_rd rd;
	int rc = have(in, TAUT_STREAM_HEADER, err);

	if (rc <= 0)
		return rc;
	rd = taut_rd_init(in->buf.p + n, TAUT_STREAM_HEADER - n);
	if (memcmp(in->buf.p, TAUT_STREAM_MAGIC, n) ||
	    taut_rd_u32(&rd) != TAUT_FORMAT) {
		state->torn = 1;
		return 0;
	}
	in->used = TAUT_STREAM_HEADER;
	state->offset = in->used;
	state->begun = 1;
	return 1;
}

/* Does a process hold the lock?  Asked before reading: what is not there then
 * never will be. */
static int is_live(int fd)
{
	if (!flock(fd, LOCK_EX | LOCK_NB)) {
		flock(fd, LOCK_UN);
		return 0;
	}
	return 1;
}

/* A write that failed took everything away. */
static void cut_off(int fd, struct taut_stream_state *state)
{
	struct stat st;

	if (state->begun &&
	    (fstat(fd, &st) || (uint64_t)st.st_size < state->offset))
		state->torn = 1;
}

int taut_stream_read(const char *dir, const char *name,
		     struct taut_stream_state *state,
		     int (*each)(void *arg, const struct taut_stream_entry *e),
		     void *arg, struct taut_err *err)
{
	struct input in = { -1, state->offset, TAUT_BUF_INIT, 0 };
	struct taut_buf path = TAUT_BUF_INIT;
	struct taut_stream_entry e;
	int rc = stream_path(&path, dir, name, err);

	if (rc)
		goto out;
	in.fd = open((char *)path.p, O_RDONLY | O_CLOEXEC);
	state->live = 0;
	if (in.fd < 0 && errno == ENOENT)
		goto out;
	if (in.fd < 0) {
		rc = taut_fail_errno(err, TAUT_EIO, "cannot read %s",
				     (char *)path.p);
		goto out;
	}
	state->live = is_live(in.fd);
	cut_off(in.fd, state);
	if (state->torn)
		goto out;
	rc = state->begun ? 1 : header(&in, state, err);
	while (rc > 0) {
		rc = next(&in, state, &e, err);
		if (rc > 0 && each(arg, &e))
			rc = 0;
	}
out:
	if (in.fd >= 0)
		close(in.fd);
	taut_buf_release(&in.buf);
	taut_buf_release(&path);
	return rc;
}
