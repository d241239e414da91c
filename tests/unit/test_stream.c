#include "stream.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static char dir[] = "/tmp/taut-stream-XXXXXX";
static char path[64];

static void cleanup(void)
{
	unlink(path);
	rmdir(dir);
}

static struct taut_stream *begin(void)
{
	struct taut_stream *s;

	if (!*path) {
		CHECK(mkdtemp(dir));
		snprintf(path, sizeof(path), "%s/main.1.child", dir);
		atexit(cleanup);
	}
	unlink(path);
	CHECK(!taut_stream_open(dir, "main.1", &s, NULL));
	return s;
}

static const struct taut_stream_entry entries[] = {
	{ TAUT_STREAM_FILE, TAUT_TREE, 0, 0, 5, { { 1, 2 } }, "../a b.py" },
	{ TAUT_STREAM_HIT, 0, UINT32_MAX, 7, 0, { { 0 } }, "" },
	{ TAUT_STREAM_WROTE, 0, 3, 0, INT64_MAX, { { 0 } }, "h\xc3\xa9" },
	{ TAUT_STREAM_LOST, 0, 0, 0, 0, { { 0 } }, "why" },
};
#define N (sizeof(entries) / sizeof(*entries))

/* Entries come in order and as they were put. */
struct seen {
	size_t n, stop;
	int wrong;
};

static int each(void *arg, const struct taut_stream_entry *e)
{
	const struct taut_stream_entry *want;
	struct seen *s = arg;

	want = &entries[s->n++ % N];
	if (e->type != want->type || e->kind != want->kind || e->a != want->a ||
	    e->b != want->b || e->ns != want->ns ||
	    strcmp(e->text, want->text) ||
	    memcmp(&e->digest, &want->digest, sizeof(e->digest)))
		s->wrong = 1;
	return s->n == s->stop;
}

static size_t read_more(struct taut_stream_state *state)
{
	struct seen s = { 0, 0, 0 };

	CHECK(!taut_stream_read(dir, "main.1", state, each, &s, NULL));
	CHECK(!s.wrong);
	return s.n;
}

static void put_all(struct taut_stream *s)
{
	size_t i;

	for (i = 0; i < N; i++)
		CHECK(!taut_stream_put(s, &entries[i], NULL));
}

TEST(stream_is_read_as_it_grows)
{
	struct taut_stream_state state = { 0, 0, 0, 0 };
	struct taut_stream *s = begin();

	CHECK(read_more(&state) == 0 && state.begun && state.live);
	put_all(s);
	CHECK(read_more(&state) == N && state.live);
	CHECK(read_more(&state) == 0 && state.live);
	put_all(s);
	taut_stream_close(s);
	CHECK(read_more(&state) == N && !state.live && !state.torn);
}

TEST(stream_that_nobody_began)
{
	struct taut_stream_state state = { 0, 0, 0, 0 };
	struct taut_stream *s = begin();
	struct taut_err err;

	taut_stream_close(s);
	CHECK(taut_stream_open(dir, "main.1", &s, &err) == TAUT_EIO && !s);
	unlink(path);
	CHECK(read_more(&state) == 0 && !state.begun && !state.live);
	CHECK(taut_stream_open(dir, "../x", &s, &err) == TAUT_EINVAL);
	CHECK(taut_stream_open("/nowhere", "x", &s, &err) == TAUT_EIO);
}

/* A block of the reader ends somewhere within one of them. */
TEST(stream_of_many_entries)
{
	struct taut_stream_state state = { 0, 0, 0, 0 };
	struct taut_stream *s = begin();
	int i;

	for (i = 0; i < 3000; i++)
		put_all(s);
	taut_stream_close(s);
	CHECK(read_more(&state) == 3000 * N && !state.torn);
}

TEST(stream_reader_that_stops_goes_on)
{
	struct taut_stream_state state = { 0, 0, 0, 0 };
	struct taut_stream *s = begin();
	struct seen first = { 0, 1, 0 };

	put_all(s);
	CHECK(!taut_stream_read(dir, "main.1", &state, each, &first, NULL));
	CHECK(first.n == 1 && !first.wrong);
	first.stop = 0;
	CHECK(!taut_stream_read(dir, "main.1", &state, each, &first, NULL));
	CHECK(first.n == N && !first.wrong);
	taut_stream_close(s);
}

/* Cut off anywhere: what was whole is there, and the rest is noticed. */
TEST(stream_cut_off)
{
	struct taut_stream_state state;
	struct taut_stream *s = begin();
	struct stat st;
	off_t n;

	put_all(s);
	taut_stream_close(s);
	CHECK(!stat(path, &st));
	for (n = st.st_size - 1; n > TAUT_STREAM_HEADER; n--) {
		CHECK(!truncate(path, n));
		memset(&state, 0, sizeof(state));
		read_more(&state);
		CHECK(state.begun);
		CHECK(state.torn || (off_t)state.offset == n);
	}
}

static int any(void *arg, const struct taut_stream_entry *e)
{
	(void)e;
	++*(size_t *)arg;
	return 0;
}

static size_t count_any(const char *name, struct taut_stream_state *state)
{
	size_t n = 0;

	CHECK(!taut_stream_read(dir, name, state, any, &n, NULL));
	return n;
}

TEST(stream_damaged)
{
	struct taut_stream_state state;
	struct taut_stream *s = begin();
	struct stat st;
	off_t i;
	char c;
	int fd;

	put_all(s);
	taut_stream_close(s);
	CHECK(!stat(path, &st));
	fd = open(path, O_RDWR);
	for (i = 0; i < st.st_size; i++) {
		CHECK(pread(fd, &c, 1, i) == 1);
		c = (char)(c ^ 0x10);
		CHECK(pwrite(fd, &c, 1, i) == 1);
		memset(&state, 0, sizeof(state));
		CHECK(count_any("main.1", &state) < N && state.torn);
		c = (char)(c ^ 0x10);
		CHECK(pwrite(fd, &c, 1, i) == 1);
	}
	close(fd);
}

/* It never looks as if it told all. */
TEST(stream_that_cannot_be_written)
{
	struct taut_stream_state state = { 0, 0, 0, 0 };
	struct taut_stream *s = begin();
	struct rlimit old, less;
	struct taut_err err;

	put_all(s);
	CHECK(read_more(&state) == N);
	signal(SIGXFSZ, SIG_IGN);
	CHECK(!getrlimit(RLIMIT_FSIZE, &old));
	less = old;
	less.rlim_cur = state.offset + 3;
	CHECK(!setrlimit(RLIMIT_FSIZE, &less));
	CHECK(taut_stream_put(s, &entries[0], &err) == TAUT_EIO);
	CHECK(!setrlimit(RLIMIT_FSIZE, &old));
	CHECK(!taut_stream_put(s, &entries[0], &err));
	taut_stream_close(s);
	CHECK(read_more(&state) == 0 && state.torn);
	memset(&state, 0, sizeof(state));
	CHECK(read_more(&state) == 0 && !state.begun);
}

TEST(stream_of_a_process_that_was_killed)
{
	struct taut_stream_state state = { 0, 0, 0, 0 };
	struct taut_stream *s = begin();
	int ready[2];
	char c;
	pid_t pid;

	CHECK(!pipe(ready));
	pid = fork();
	if (!pid) {
		put_all(s);
		CHECK(write(ready[1], "x", 1) == 1);
		pause();
		_exit(1);
	}
	/* The lock is the child's too. */
	taut_stream_close(s);
	CHECK(read(ready[0], &c, 1) == 1);
	CHECK(read_more(&state) == N && state.live);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
	CHECK(read_more(&state) == 0 && !state.live && !state.torn);
	close(ready[0]);
	close(ready[1]);
}

TEST(stream_oom)
{
	struct taut_stream_state state = { 0, 0, 0, 0 };
	struct taut_stream *s;
	struct taut_err err;
	size_t n = 0;
	long i;
	int rc = TAUT_ENOMEM;

	taut_stream_close(begin());
	for (i = 1; rc == TAUT_ENOMEM; i++) {
		unlink(path);
		taut_alloc_fail_at(i);
		rc = taut_stream_open(dir, "main.1", &s, &err);
		taut_alloc_fail_at(0);
	}
	CHECK(!rc);
	put_all(s);
	taut_stream_close(s);
	rc = TAUT_ENOMEM;
	for (i = 1; rc == TAUT_ENOMEM; i++) {
		memset(&state, 0, sizeof(state));
		n = 0;
		taut_alloc_fail_at(i);
		rc = taut_stream_read(dir, "main.1", &state, any, &n, &err);
		taut_alloc_fail_at(0);
	}
	CHECK(!rc && n == N);
}
