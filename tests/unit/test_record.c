#include "record.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "hash.h"
#include "io.h"

static char dir[] = "/tmp/taut-record-XXXXXX";
static char path[64];

static void cleanup(void)
{
	unlink(path);
	rmdir(dir);
}

static void make_dir(void)
{
	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/main.log", dir);
	atexit(cleanup);
}

static const struct taut_suite suites[] = {
	{ 0x123456789abcdef0, 0, 1, 1, 9, TAUT_SUITE_MODULE, 0, "" },
	{ 0xfffffffffffffff1, 0, 2, 3, 4, TAUT_SUITE_FUNCTION, TAUT_SUITE_CODE,
	  "f" },
	{ 2, 1, 5, 6, 7, TAUT_SUITE_IF, TAUT_SUITE_CODE, "" },
	{ 3, 0, 0, 0, 0, TAUT_SUITE_DOC, 0, "" },
	{ 4, 0, 0, 0, 0, TAUT_SUITE_VERSION, 0, "" },
};
static const char *const names[] = { "f", "h\xc3\xa9" };
static const struct taut_unit units[] = {
	{ 0x1122334455667788, 0x99aabbcc, 0, 2, TAUT_UNIT_DEF_CORE,
	  TAUT_EFFECT_NONE, 0, "K.L", 2, names },
	{ 7, 0, 0, 8, TAUT_UNIT_STATEMENT, TAUT_EFFECT_CALL, 9, "", 0, NULL },
};
static const struct taut_source source = {
	.nsuites = 5,
	.suites = suites,
	.nunits = 2,
	.units = units,
};

/* Write one frame of each kind and three tests; each test is a flush. */
static void write_log(struct taut_log *l)
{
	static const uint32_t some[] = { 1, 2, 4 }, one[] = { 0 };
	const struct taut_log_file py = { .kind = TAUT_PY,
					  .path = "../m.py",
					  .npath = 7,
					  .digest = { { 9 } },
					  .source = &source };
	const struct taut_log_file data = { .kind = TAUT_DATA,
					    .path = "d\n\xff",
					    .npath = 3,
					    .digest = { { 8 } } };
	const struct taut_log_dep deps[] = { { 0, 3, some }, { 1, 1, one } };
	const struct taut_log_ref refs[] = {
		{ 7, TAUT_EDGE_USES },
		{ 99, TAUT_EDGE_STORES },
	};
	const struct taut_log_carrier c = { .number = 5,
					    .kind = TAUT_CARRIER_TEST,
					    .final = 1,
					    .owner = "t.py::t",
					    .ndeps = 2,
					    .nrefs = 2,
					    .deps = deps,
					    .refs = refs };
	const char *const ids[] = { "t.py::t", "t.py::u[\xc3\xa9]" };
	struct taut_log_test t = { .carrier = 5,
				   .path = "t.py",
				   .nodeid = "t.py::t",
				   .outcome = TAUT_XFAILED,
				   .micros = 1ull << 40 };
	int i;

	CHECK(!taut_log_file(l, &py, NULL));
	CHECK(!taut_log_file(l, &data, NULL));
	CHECK(!taut_log_carrier(l, &c, NULL));
	CHECK(!taut_log_collected(l, "t.py", 1, ids, 2, NULL));
	for (i = 0; i < 3; i++) {
		t.must_run = i == 2 ? "why" : NULL;
		CHECK(!taut_log_test(l, &t, NULL));
	}
}

static struct taut_buf written(void)
{
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_log *l;

	make_dir();
	CHECK(!taut_log_open(dir, "main", &l, NULL));
	write_log(l);
	CHECK(!taut_log_close(l, NULL));
	CHECK(!taut_io_read(path, &b, NULL));
	return b;
}

/* The number of frames that can be read; *torn as the reader says. */
static int frames(const void *p, size_t n, int *torn)
{
	struct taut_log_reader r;
	struct taut_frame f;
	int k = 0;

	taut_log_reader_init(&r, p, n);
	while (taut_log_reader_next(&r, &f, NULL) > 0)
		k++;
	*torn = r.torn;
	taut_log_reader_release(&r);
	return k;
}

static void check_file_frame(const struct taut_frame *f)
{
	const struct taut_rec_file *file = &f->u.file;

	CHECK(f->type == TAUT_FRAME_FILE && file->kind == TAUT_PY);
	CHECK(!strcmp(file->path, "../m.py") && file->npath == 7);
	CHECK(file->digest.b[0] == 9 && file->nsuites == 5);
	CHECK(file->suites[0].hash == 0x789abcdef0);
	CHECK(file->suites[1].hash == 0xfffffffff1);
	CHECK(file->suites[1].kind == TAUT_SUITE_FUNCTION);
	CHECK(file->suites[2].flags == TAUT_SUITE_CODE);
	CHECK(file->suites[2].parent == 1);
	CHECK(file->nunits == 2 && file->units[0].hash == 0x55667788);
	CHECK(file->units[0].branch == 0x99aabbcc);
	CHECK(file->units[0].nnames == 2);
	CHECK(!strcmp(file->units[0].names[1], names[1]));
	CHECK(!strcmp(file->units[0].owner, "K.L"));
	CHECK(file->units[1].effect == TAUT_EFFECT_CALL);
}

TEST(round_trip)
{
	struct taut_buf b = written();
	struct taut_log_reader r;
	struct taut_frame f;
	int i;

	taut_log_reader_init(&r, b.p, b.n);
	CHECK(taut_log_reader_next(&r, &f, NULL) == 1);
	check_file_frame(&f);
	CHECK(taut_log_reader_next(&r, &f, NULL) == 1);
	CHECK(f.u.file.kind == TAUT_DATA && f.u.file.npath == 3);
	CHECK(!memcmp(f.u.file.path, "d\n\xff", 4) && !f.u.file.nsuites);
	CHECK(taut_log_reader_next(&r, &f, NULL) == 1);
	CHECK(f.type == TAUT_FRAME_CARRIER && f.u.carrier.number == 5);
	CHECK(f.u.carrier.final == 1 && f.u.carrier.ndeps == 2);
	CHECK(f.u.carrier.deps[0].nsuites == 3);
	CHECK(f.u.carrier.deps[0].suites[2] == 4);
	CHECK(f.u.carrier.nrefs == 2 && f.u.carrier.refs[1].carrier == 99);
	CHECK(f.u.carrier.refs[1].edge == TAUT_EDGE_STORES);
	CHECK(taut_log_reader_next(&r, &f, NULL) == 1);
	CHECK(f.type == TAUT_FRAME_COLLECTED && f.u.collected.full);
	CHECK(!strcmp(f.u.collected.nodeids[1], "t.py::u[\xc3\xa9]"));
	for (i = 0; i < 3; i++) {
		CHECK(taut_log_reader_next(&r, &f, NULL) == 1);
		CHECK(f.type == TAUT_FRAME_TEST);
		CHECK(f.u.test.outcome == TAUT_XFAILED);
		CHECK(f.u.test.micros == 1ull << 40);
		CHECK(!f.u.test.must_run == (i < 2));
	}
	CHECK(!strcmp(f.u.test.must_run, "why"));
	CHECK(taut_log_reader_next(&r, &f, NULL) == 0 && !r.torn);
	taut_log_reader_release(&r);
	taut_buf_release(&b);
}

TEST(every_torn_length_is_cut_at_a_whole_frame)
{
	struct taut_buf b = written();
	int torn, whole = 0, k, last = 0;
	size_t n;

	for (n = 0; n <= b.n; n++) {
		/* A copy of exactly n bytes, for the sanitizer to guard. */
		void *copy = malloc(n ? n : 1);

		memcpy(copy, b.p, n);
		k = frames(copy, n, &torn);
		free(copy);
		CHECK(k >= last && k <= last + 1);
		whole += !torn;
		last = k;
	}
	/* Whole: empty, the header alone, and after each of seven frames. */
	CHECK(last == 7 && whole == 9);
	taut_buf_release(&b);
}

TEST(every_flipped_bit_ends_the_log_there)
{
	struct taut_buf b = written();
	size_t bit;
	int torn, k;

	for (bit = 0; bit < b.n * 8; bit++) {
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		k = frames(b.p, b.n, &torn);
		CHECK(k < 7 && (torn || bit / 8 < TAUT_LOG_HEADER));
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	taut_buf_release(&b);
}

/* Changes payload bytes and repairs the checksum: the decoder itself must
 * stand every value. */
TEST(hostile_payloads_do_no_harm)
{
	struct taut_buf b = written();
	uint8_t *p, *frame, old;
	uint32_t n, i;
	int torn, v;

	for (frame = b.p + TAUT_LOG_HEADER; frame < b.p + b.n; frame += 8 + n) {
		n = (uint32_t)frame[0] | (uint32_t)frame[1] << 8;
		for (i = 0; i < n; i++)
			for (v = 0; v < 256; v += v < 8 || v > 246 ? 1 : 13) {
				uint32_t sum;

				p = frame + 8 + i;
				old = *p;
				*p = (uint8_t)v;
				sum = taut_hash32(frame + 8, n);
				memcpy(frame + 4, &sum, 4);
				frames(b.p, b.n, &torn);
				*p = old;
				sum = taut_hash32(frame + 8, n);
				memcpy(frame + 4, &sum, 4);
			}
	}
	CHECK(frames(b.p, b.n, &torn) == 7);
	taut_buf_release(&b);
}

TEST(other_formats_are_foreign)
{
	struct taut_buf b = written();
	struct taut_log_reader r;
	struct taut_frame f;

	b.p[8]++;
	taut_log_reader_init(&r, b.p, b.n);
	CHECK(r.foreign && taut_log_reader_next(&r, &f, NULL) == 0);
	taut_buf_release(&b);
}

TEST(killed_writer_loses_only_what_was_not_flushed)
{
	struct taut_buf b = TAUT_BUF_INIT;
	int torn, status;
	pid_t pid;

	make_dir();
	pid = fork();
	if (!pid) {
		const struct taut_log_carrier c = {
			.number = 1, .owner = "x", .kind = TAUT_CARRIER_MODULE
		};
		struct taut_log *l;

		taut_log_open(dir, "main", &l, NULL);
		write_log(l);
		taut_log_flush(l, NULL);
		taut_log_carrier(l, &c, NULL);
		raise(SIGKILL);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	CHECK(!taut_io_read(path, &b, NULL));
	CHECK(frames(b.p, b.n, &torn) == 7 && !torn);
	taut_buf_release(&b);
}

TEST(forked_child_does_not_write_the_parents_frames)
{
	const char *const ids[] = { "a" };
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_log *l;
	int torn, status;
	pid_t pid;

	make_dir();
	CHECK(!taut_log_open(dir, "main", &l, NULL));
	CHECK(!taut_log_collected(l, "t.py", 1, ids, 1, NULL));
	pid = fork();
	if (!pid) {
		taut_log_close(l, NULL);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(!taut_log_close(l, NULL));
	CHECK(!taut_io_read(path, &b, NULL));
	CHECK(frames(b.p, b.n, &torn) == 1 && !torn);
	taut_buf_release(&b);
}

TEST(tests_come_behind_what_is_recorded_before_they_are_flushed)
{
	const struct taut_log_test t = { .path = "t.py", .nodeid = "t.py::t" };
	const struct taut_log_carrier c = { .number = 1,
					    .owner = "x",
					    .kind = TAUT_CARRIER_MODULE };
	struct taut_log_reader r;
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_frame f;
	struct taut_log *l;

	make_dir();
	CHECK(!taut_log_open(dir, "main", &l, NULL));
	CHECK(!taut_log_due(l));
	CHECK(!taut_log_test(l, &t, NULL) && !taut_log_carrier(l, &c, NULL));
	while (!taut_log_due(l))
		usleep(1000);
	CHECK(!taut_log_flush(l, NULL) && !taut_log_due(l));
	CHECK(!taut_log_test(l, &t, NULL));
	taut_log_drop(l);
	CHECK(!taut_log_test(l, &t, NULL) && !taut_log_close(l, NULL));
	CHECK(!taut_io_read(path, &b, NULL));
	taut_log_reader_init(&r, b.p, b.n);
	CHECK(taut_log_reader_next(&r, &f, NULL) == 1);
	CHECK(f.type == TAUT_FRAME_CARRIER);
	CHECK(taut_log_reader_next(&r, &f, NULL) == 1);
	CHECK(f.type == TAUT_FRAME_TEST);
	CHECK(taut_log_reader_next(&r, &f, NULL) == 0 && !r.torn);
	taut_log_reader_init(&r, b.p, b.n);
	r.only = 1u << TAUT_FRAME_TEST;
	CHECK(taut_log_reader_next(&r, &f, NULL) == 1);
	CHECK(f.type == TAUT_FRAME_TEST);
	taut_log_reader_release(&r);
	taut_buf_release(&b);
}

TEST(full_disk_is_reported_once_and_the_log_stays_readable)
{
	struct rlimit limit = { 4096, 4096 };
	struct taut_log_test t = { .path = "t.py", .nodeid = "t.py::t" };
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_err err = { 0 };
	int torn, i, errors = 0;
	struct taut_log *l;

	make_dir();
	signal(SIGXFSZ, SIG_IGN);
	CHECK(!taut_log_open(dir, "main", &l, NULL));
	CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	for (i = 0; i < 400; i++)
		errors += taut_log_test(l, &t, &err) || taut_log_flush(l, &err);
	CHECK(errors == 1 && err.code == TAUT_EIO && strstr(err.msg, path));
	CHECK(!taut_log_close(l, &err));
	CHECK(!taut_io_read(path, &b, NULL));
	i = frames(b.p, b.n, &torn);
	CHECK(b.n == 4096 && torn && i > 100);
	taut_buf_release(&b);
}

TEST(bad_records_are_refused_and_leave_the_log_whole)
{
	static const uint32_t twice[] = { 1, 1 };
	const struct taut_log_dep dep = { 0, 2, twice }, far = { 9, 0, twice };
	struct taut_log_carrier c = { .owner = "x", .ndeps = 1, .deps = &dep };
	const struct taut_log_file py = { .kind = TAUT_PY,
					  .path = "m.py",
					  .npath = 4 };
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_log *l, *second;
	int torn;

	make_dir();
	CHECK(taut_log_open(dir, "a/b", &l, NULL) == TAUT_EINVAL);
	CHECK(!taut_log_open(dir, "main", &l, NULL));
	CHECK(taut_log_open(dir, "main", &second, NULL) == TAUT_EIO);
	CHECK(taut_log_file(l, &py, NULL) == TAUT_EINVAL);
	write_log(l);
	CHECK(taut_log_carrier(l, &c, NULL) == TAUT_EINVAL);
	c.deps = &far;
	CHECK(taut_log_carrier(l, &c, NULL) == TAUT_EINVAL);
	CHECK(!taut_log_close(l, NULL));
	CHECK(!taut_io_read(path, &b, NULL));
	CHECK(frames(b.p, b.n, &torn) == 7 && !torn);
	taut_buf_release(&b);
}

TEST(oom_while_writing_and_reading)
{
	struct taut_buf b = written();
	struct taut_log_reader r;
	struct taut_frame f;
	struct taut_log *l;
	long at;
	int rc;

	for (at = 1; at < 12; at++) {
		unlink(path);
		taut_alloc_fail_at(at);
		if (!taut_log_open(dir, "main", &l, NULL)) {
			const char *const ids[] = { "a", "b" };

			taut_log_collected(l, "t.py", 1, ids, 2, NULL);
			taut_log_close(l, NULL);
		}
		taut_alloc_fail_at(at);
		taut_log_reader_init(&r, b.p, b.n);
		while ((rc = taut_log_reader_next(&r, &f, NULL)) > 0)
			;
		CHECK(!r.torn && (rc == TAUT_ENOMEM) == (at <= 4));
		taut_log_reader_release(&r);
		taut_alloc_fail_at(0);
	}
	taut_buf_release(&b);
}
