#include "dir.h"
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "hash.h"
#include "io.h"
#include "scratch.h"

static struct taut_tree *open_tree(void)
{
	struct taut_tree_config c = { .root = scratch_dir() };
	struct taut_tree *t;

	CHECK(!taut_tree_open(&c, &t, NULL));
	return t;
}

static struct taut_tree_item look(struct taut_tree *t, int kind,
				  const char *path)
{
	struct taut_tree_item it = { .kind = kind, .path = path };

	CHECK(!taut_tree_look(t, &it, 1, NULL));
	return it;
}

/* One look with a tree of its own. */
static struct taut_tree_item now(int kind, const char *path)
{
	struct taut_tree *t = open_tree();
	struct taut_tree_item it = look(t, kind, path);

	taut_tree_close(t);
	return it;
}

static int is(const struct taut_tree_item *it, const char *bytes)
{
	struct taut_digest d = taut_digest_of(bytes, strlen(bytes));

	return it->state == TAUT_TREE_FOUND && taut_digest_eq(&d, &it->digest);
}

static int found(int kind, const char *path, const char *bytes)
{
	struct taut_tree_item it = now(kind, path);

	return is(&it, bytes);
}

/* ---- contents ---- */

TEST(content_is_the_digest_of_the_bytes)
{
	scratch_write("a/m.py", "x = 1\n");
	scratch_write("empty", "");
	CHECK(found(TAUT_PY, "a/m.py", "x = 1\n"));
	CHECK(found(TAUT_DATA, "a/m.py", "x = 1\n"));
	CHECK(found(TAUT_DATA, "a/../empty", ""));
	CHECK(now(TAUT_DATA, "nowhere").state == TAUT_TREE_ABSENT);
	CHECK(now(TAUT_DATA, "empty/below").state == TAUT_TREE_ABSENT);
}

TEST(content_larger_than_a_block)
{
	static char big[400 * 1024];

	memset(big, 'x', sizeof(big) - 1);
	scratch_write("big", big);
	CHECK(found(TAUT_DATA, "big", big));
}

TEST(what_is_no_regular_file_is_unreadable_and_never_waited_for)
{
	scratch_mkdir("d");
	CHECK(!mkfifo(scratch_path("fifo"), 0666));
	CHECK(!symlink("loop", scratch_path("loop")));
	CHECK(!symlink("/dev/zero", scratch_path("zero")));
	CHECK(!symlink("nowhere", scratch_path("dangling")));
	scratch_write("huge", "");
	CHECK(!truncate(scratch_path("huge"), TAUT_TREE_MAX + 1));
	alarm(20);
	CHECK(now(TAUT_DATA, "d").state == TAUT_TREE_UNREADABLE);
	CHECK(now(TAUT_DATA, "fifo").state == TAUT_TREE_UNREADABLE);
	CHECK(now(TAUT_PY, "loop").state == TAUT_TREE_UNREADABLE);
	CHECK(now(TAUT_DATA, "zero").state == TAUT_TREE_UNREADABLE);
	CHECK(now(TAUT_DATA, "huge").state == TAUT_TREE_UNREADABLE);
	CHECK(now(TAUT_DATA, "dangling").state == TAUT_TREE_ABSENT);
	CHECK(now(TAUT_EXISTS, "loop").state == TAUT_TREE_UNREADABLE);
	CHECK(now(TAUT_LISTING, "loop").state == TAUT_TREE_UNREADABLE);
	CHECK(now(TAUT_LISTING, "fifo").state == TAUT_TREE_ABSENT);
}

TEST(read_gives_the_bytes)
{
	struct taut_tree *t = open_tree();
	struct taut_buf b = TAUT_BUF_INIT;
	int state = -1;

	scratch_write("m.py", "x = 1\n");
	CHECK(!taut_tree_read(t, "m.py", &b, &state, NULL));
	CHECK(state == TAUT_TREE_FOUND && b.n == 6 && !memcmp(b.p, "x = 1", 5));
	CHECK(!taut_tree_read(t, "none.py", &b, &state, NULL));
	CHECK(state == TAUT_TREE_ABSENT && b.n == 6);
	taut_buf_release(&b);
	taut_tree_close(t);
}

/* More files than one thread takes, each with bytes of its own. */
TEST(many_files_in_threads)
{
	enum { N = 500 };
	static struct taut_tree_item items[N];
	static char names[N][16];
	struct taut_tree_config c = { .threads = 4 };
	struct taut_tree *t;
	int i;

	for (i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "f%03d", i);
		if (i % 7)
			scratch_write(names[i], names[i]);
		items[i].kind = i % 2 ? TAUT_DATA : TAUT_PY;
		items[i].path = names[i];
	}
	c.root = scratch_dir();
	CHECK(!taut_tree_open(&c, &t, NULL));
	CHECK(!taut_tree_look(t, items, N, NULL));
	for (i = 0; i < N; i++)
		CHECK(i % 7 ? is(&items[i], names[i]) :
			      items[i].state == TAUT_TREE_ABSENT);
	taut_tree_close(t);
}

/* ---- paths and listings ---- */

TEST(exists_says_what_a_path_is)
{
	scratch_write("f", "");
	scratch_mkdir("d");
	CHECK(!symlink("d", scratch_path("link")));
	CHECK(!mkfifo(scratch_path("fifo"), 0666));
	CHECK(found(TAUT_EXISTS, "f", "f"));
	CHECK(found(TAUT_EXISTS, "d", "d"));
	CHECK(found(TAUT_EXISTS, "", "d"));
	CHECK(found(TAUT_EXISTS, "link", "dd"));
	CHECK(!chmod(scratch_path("f"), 0755));
	CHECK(found(TAUT_EXISTS, "f", "x"));
	CHECK(!symlink("gone", scratch_path("loose")));
	CHECK(found(TAUT_EXISTS, "loose", "-gone"));
	CHECK(found(TAUT_EXISTS, "fifo", "o"));
	CHECK(found(TAUT_EXISTS, "none", "-"));
	CHECK(found(TAUT_EXISTS, "f/below", "-"));
}

TEST(listing_is_the_sorted_names_that_count)
{
	scratch_write("d/b.txt", "");
	scratch_write("d/a", "");
	scratch_write("d/\xff", "");
	scratch_write("d/m.pyc", "");
	scratch_write("d/__pycache__/m.cpython-311.pyc", "");
	scratch_write("d/.testmondata", "");
	scratch_write("d/.taut_cache/stat", "");
	scratch_write("d/sub/x", "");
	scratch_mkdir("none");
	CHECK(found(TAUT_LISTING, "d", "a\nb.txt\nsub/\n\xff"));
	CHECK(found(TAUT_LISTING, "none", ""));
	CHECK(found(TAUT_LISTING, "", "d/\nnone/"));
	CHECK(now(TAUT_LISTING, "gone").state == TAUT_TREE_ABSENT);
	CHECK(now(TAUT_LISTING, "d/a").state == TAUT_TREE_ABSENT);
}

TEST(listing_leaves_out_the_named_database_and_cache)
{
	scratch_write("a", "");
	scratch_write("deps.db", "");
	scratch_mkdir("cache");
	setenv("TESTMON_DATAFILE", "deps.db", 1);
	setenv("TAUT_CACHE_DIR", "/elsewhere/cache", 1);
	CHECK(found(TAUT_LISTING, "", "a"));
}

/* ---- what an import finds ---- */

TEST(lookup_in_pythons_order)
{
	const char *dir = scratch_dir();

	CHECK(taut_lookup_state(NULL, dir, "m") == '-');
	scratch_mkdir("m");
	CHECK(taut_lookup_state(NULL, dir, "m") == 'n');
	scratch_write("m.pyc", "");
	CHECK(taut_lookup_state(NULL, dir, "m") == 'c');
	scratch_write("m.py", "");
	CHECK(taut_lookup_state(NULL, dir, "m") == 'm');
	scratch_write("m.cpython-311-x86_64-linux-gnu.so", "");
	CHECK(taut_lookup_state(NULL, dir, "m") == 'x');
	scratch_remove("m.cpython-311-x86_64-linux-gnu.so");
	scratch_write("m.so", "");
	CHECK(taut_lookup_state(NULL, dir, "m") == 'x');
	scratch_write("m/__init__.py", "");
	CHECK(taut_lookup_state(NULL, dir, "m") == 'p');
	scratch_remove("m/__init__.py");
	scratch_write("m/__init__.abi3.so", "");
	CHECK(taut_lookup_state(NULL, dir, "m") == 'p');
}

TEST(lookup_takes_only_whole_names_of_the_right_type)
{
	const char *dir = scratch_dir();

	scratch_write("mm.py", "");
	scratch_write("m-x.py", "");
	scratch_write("m.pyx", "");
	scratch_write("m.so.1", "");
	CHECK(taut_lookup_state(NULL, dir, "m") == '-');
	scratch_mkdir("m.py");
	CHECK(taut_lookup_state(NULL, dir, "m") == '-');
	CHECK(!symlink("mm.py", scratch_path("l.py")));
	CHECK(taut_lookup_state(NULL, dir, "l") == 'm');
	CHECK(!symlink("nowhere", scratch_path("dead.py")));
	CHECK(taut_lookup_state(NULL, dir, "dead") == '-');
	CHECK(taut_lookup_state(NULL, "/nonexistent", "m") == '-');
	CHECK(taut_lookup_state(NULL, scratch_path("mm.py"), "m") == '-');
}

TEST(kept_names_are_those_of_today)
{
	struct taut_dirs *known = taut_dirs_new();
	const char *dir = scratch_dir();

	scratch_mkdir("sub");
	scratch_write("a.py", "");
	CHECK(taut_lookup_state(known, dir, "a") == 'm');
	usleep(TAUT_RACY_NS / 1000 + 50000); /* old enough to be kept */
	CHECK(taut_lookup_state(known, dir, "a") == 'm');
	CHECK(taut_lookup_state(known, dir, "b") == '-');
	CHECK(taut_lookup_state(known, dir, "sub") == 'n');
	scratch_write("b.py", "");
	CHECK(taut_lookup_state(known, dir, "b") == 'm');
	/* Inside a directory whose own names are the same. */
	scratch_write("sub/__init__.py", "");
	CHECK(taut_lookup_state(known, dir, "sub") == 'p');
	scratch_remove("a.py");
	CHECK(taut_lookup_state(known, dir, "a") == '-');
	taut_dirs_free(known);
}

TEST(lookup_through_the_tree_agrees_with_the_function)
{
	struct taut_tree *t = open_tree();
	struct taut_tree_item it;

	scratch_write("pkg/__init__.py", "");
	scratch_write("pkg/conftest.py", "");
	scratch_write("top.py", "");
	it = look(t, TAUT_LOOKUP, "pkg/conftest");
	CHECK(is(&it, "m"));
	it = look(t, TAUT_LOOKUP, "pkg/none");
	CHECK(is(&it, "-"));
	it = look(t, TAUT_LOOKUP, "top");
	CHECK(is(&it, "m"));
	it = look(t, TAUT_LOOKUP, "pkg");
	CHECK(is(&it, "p"));
	it = look(t, TAUT_LOOKUP, "nowhere/m");
	CHECK(is(&it, "-"));
	it = look(t, TAUT_LOOKUP, "./top");
	CHECK(is(&it, "m"));
	taut_tree_close(t);
}

/* ---- the shared function ---- */

TEST(input_digest_is_what_the_tree_says)
{
	struct taut_tree_item it;
	struct taut_digest d;

	scratch_write("f", "abc");
	scratch_write("d/x", "");
	CHECK(!taut_input_digest(TAUT_DATA, scratch_dir(), "f", &d));
	it = now(TAUT_DATA, "f");
	CHECK(taut_digest_eq(&d, &it.digest));
	CHECK(!taut_input_digest(TAUT_LISTING, scratch_dir(), "d", &d));
	it = now(TAUT_LISTING, "d");
	CHECK(taut_digest_eq(&d, &it.digest));
	CHECK(!taut_input_digest(TAUT_EXISTS, scratch_dir(), "no", &d));
	it = now(TAUT_EXISTS, "no");
	CHECK(taut_digest_eq(&d, &it.digest));
	CHECK(taut_input_digest(TAUT_DATA, scratch_dir(), "no", &d) ==
	      TAUT_ENOTFOUND);
	CHECK(taut_input_digest(TAUT_DATA, scratch_dir(), "d", &d) == TAUT_EIO);
	CHECK(taut_input_digest(TAUT_ENVVAR, scratch_dir(), "HOME", &d) ==
	      TAUT_EINVAL);
}

/* ---- everything ---- */

static struct taut_digest whole;

/* Does the digest of everything differ from what it was when last asked? */
static int differs(void)
{
	struct taut_tree_item it = now(TAUT_TREE, ".");
	int same = taut_digest_eq(&it.digest, &whole);

	CHECK(it.state == TAUT_TREE_FOUND);
	whole = it.digest;
	return !same;
}

TEST(everything_is_names_types_contents_links_and_modes)
{
	scratch_write("a/b/m.py", "x = 1\n");
	scratch_write("a.txt", "");
	CHECK(differs());
	CHECK(!differs());
	scratch_write("a/b/m.py", "x = 2\n");
	CHECK(differs());
	scratch_write("a/c", "");
	CHECK(differs());
	scratch_remove("a/c");
	scratch_mkdir("a/c");
	CHECK(differs());
	CHECK(!chmod(scratch_path("a.txt"), 0755));
	CHECK(differs());
	CHECK(!symlink("a.txt", scratch_path("link")));
	CHECK(differs());
	scratch_remove("link");
	CHECK(!symlink("gone", scratch_path("link")));
	CHECK(differs());
	CHECK(!rename(scratch_path("a.txt"), scratch_path("a0")));
	CHECK(differs());
	CHECK(!mkfifo(scratch_path("fifo"), 0666));
	CHECK(!symlink(".", scratch_path("loop")));
	alarm(20);
	CHECK(differs());
	CHECK(!differs());
}

TEST(everything_leaves_out_what_runs_leave_behind)
{
	static const char *const litter[] = {
		"d/__pycache__/m.pyc",
		"d/m.pyc",
		".git/HEAD",
		"d/.hg/x",
		".testmondata",
		".testmondata-wal",
		".taut_cache/stat",
		".coverage",
		".coverage.host.1",
		".pytest_cache/v/x",
		"venv/pyvenv.cfg",
		"venv/lib/x.py",
		"d/site-packages/x.py",
		"p.egg-info/PKG-INFO",
		"pytest-of-me/pytest-0/x",
		"state/db",
		"state/cache/x",
	};
	size_t i;

	scratch_mkdir("d");
	scratch_mkdir("state");
	setenv("TESTMON_DATAFILE", "state/db", 1);
	setenv("TAUT_CACHE_DIR", scratch_path("state/cache"), 1);
	CHECK(differs());
	for (i = 0; i < sizeof(litter) / sizeof(*litter); i++)
		scratch_write(litter[i], "x");
	CHECK(!differs());
	scratch_write("d/.coveragerc", "x");
	CHECK(differs());
	scratch_write("d/db", "x");
	CHECK(differs());
	unsetenv("TESTMON_DATAFILE");
	CHECK(differs());
	unsetenv("TAUT_CACHE_DIR");
}

TEST(a_file_too_large_to_read_counts_by_its_size)
{
	scratch_write("huge", "");
	CHECK(!truncate(scratch_path("huge"), TAUT_TREE_MAX + 1));
	differs();
	CHECK(!differs());
	CHECK(!truncate(scratch_path("huge"), TAUT_TREE_MAX + 2));
	CHECK(differs());
}

/* More things than one batch holds. */
TEST(everything_is_read_once)
{
	struct taut_tree *t;
	struct taut_tree_item it;
	char name[32];
	int i;

	for (i = 0; i < 2500; i++) {
		snprintf(name, sizeof(name), "d%d/f%d", i % 7, i);
		scratch_write(name, name);
	}
	t = open_tree();
	it = look(t, TAUT_TREE, ".");
	CHECK(it.state == TAUT_TREE_FOUND && taut_tree_nread(t) == 2500);
	taut_tree_close(t);
	whole = it.digest;
	CHECK(!differs());
	scratch_write("d3/f10", "");
	CHECK(differs());
}

/* ---- what only the caller knows ---- */

static int probe(void *arg, int kind, const char *name, struct taut_digest *out)
{
	CHECK(arg == probe && kind == TAUT_ENVVAR);
	if (!strcmp(name, "ABSENT"))
		return TAUT_ENOTFOUND;
	*out = taut_digest_of(name, strlen(name));
	return 0;
}

TEST(variables_are_asked_of_the_probe)
{
	struct taut_tree_config c = { .root = scratch_dir(),
				      .probe = probe,
				      .probe_arg = (void *)probe };
	struct taut_tree_item it;
	struct taut_digest zero = { { 0 } };
	struct taut_tree *t;

	CHECK(!taut_tree_open(&c, &t, NULL));
	it = look(t, TAUT_ENVVAR, "HOME");
	CHECK(is(&it, "HOME"));
	it = look(t, TAUT_ENVVAR, "ABSENT");
	CHECK(it.state == TAUT_TREE_FOUND);
	CHECK(taut_digest_eq(&it.digest, &zero));
	taut_tree_close(t);
	CHECK(now(TAUT_DIST, "numpy").state == TAUT_TREE_UNCHECKED);
	CHECK(now(99, "f").state == TAUT_TREE_UNREADABLE);
}

/* ---- the stat cache ---- */

/* A cache with one entry: that file as it is now, with a digest of our own. */
static void write_cache(const char *cache, const char *name, const char *bytes,
			int64_t shift)
{
	struct taut_digest d = taut_digest_of(bytes, strlen(bytes));
	struct taut_buf b = TAUT_BUF_INIT;
	struct stat st;

	CHECK(!stat(scratch_path(name), &st));
	CHECK(!taut_buf_add(&b, "taut-stat", 9));
	CHECK(!taut_buf_u32(&b, TAUT_FORMAT));
	CHECK(!taut_buf_bytes(&b, scratch_dir(), strlen(scratch_dir())));
	CHECK(!taut_buf_bytes(&b, name, strlen(name)));
	CHECK(!taut_buf_varint(&b, (uint64_t)(st.st_mtim.tv_sec * 1000000000LL +
					      st.st_mtim.tv_nsec + shift)));
	CHECK(!taut_buf_varint(&b, (uint64_t)(st.st_ctim.tv_sec * 1000000000LL +
					      st.st_ctim.tv_nsec)));
	CHECK(!taut_buf_varint(&b, (uint64_t)st.st_size));
	CHECK(!taut_buf_varint(&b, st.st_ino));
	CHECK(!taut_buf_add(&b, d.b, sizeof(d.b)));
	d = taut_digest_of(b.p, b.n);
	CHECK(!taut_buf_add(&b, d.b, sizeof(d.b)));
	CHECK(!taut_io_replace(cache, NULL, b.p, b.n, NULL));
	taut_buf_release(&b);
}

TEST(everything_uses_the_cache)
{
	const char *cache = scratch_path(".taut_cache/stat");
	struct taut_tree *t = open_tree();

	scratch_write("f", "x");
	scratch_write("g", "x");
	scratch_mkdir(".taut_cache");
	write_cache(cache, "f", "x", 0);
	CHECK(!taut_tree_load(t, cache, NULL));
	look(t, TAUT_TREE, ".");
	CHECK(taut_tree_nread(t) == 1);
	taut_tree_close(t);
}

static struct taut_tree *open_with(const char *cache)
{
	struct taut_tree *t = open_tree();

	CHECK(!taut_tree_load(t, cache, NULL));
	return t;
}

TEST(a_file_that_looks_the_same_is_not_read)
{
	struct taut_tree_item it;
	struct taut_tree *t;

	scratch_write("f", "real");
	write_cache(scratch_path("stat"), "f", "remembered", 0);
	t = open_with(scratch_path("stat"));
	it = look(t, TAUT_DATA, "f");
	CHECK(is(&it, "remembered"));
	CHECK(taut_tree_nread(t) == 0 && !taut_tree_dirty(t));
	taut_tree_close(t);
}

TEST(one_number_that_differs_and_it_is_read)
{
	struct taut_tree_item it;
	struct taut_tree *t;

	scratch_write("f", "real");
	write_cache(scratch_path("stat"), "f", "remembered", 1);
	t = open_with(scratch_path("stat"));
	it = look(t, TAUT_DATA, "f");
	CHECK(is(&it, "real"));
	CHECK(taut_tree_nread(t) == 1 && taut_tree_dirty(t));
	taut_tree_close(t);
}

/* Same size, same mtime, another inode or ctime: `touch -r` is seen. */
TEST(equal_mtime_and_size_do_not_hide_an_edit)
{
	struct timespec times[2];
	struct taut_tree_item it;
	struct taut_tree *t;
	struct stat st;

	scratch_write("f", "old!");
	CHECK(!stat(scratch_path("f"), &st));
	write_cache(scratch_path("stat"), "f", "old!", 0);
	scratch_write("f", "new!");
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	CHECK(!utimensat(AT_FDCWD, scratch_path("f"), times, 0));
	t = open_with(scratch_path("stat"));
	it = look(t, TAUT_DATA, "f");
	CHECK(is(&it, "new!"));
	taut_tree_close(t);
}

TEST(what_was_just_written_is_not_remembered)
{
	const char *cache = scratch_path("stat");
	struct taut_tree *t;

	scratch_write("f", "x");
	t = open_with(cache);
	look(t, TAUT_DATA, "f");
	CHECK(!taut_tree_dirty(t));
	CHECK(!taut_tree_save(t, cache, NULL));
	CHECK(access(cache, F_OK));
	taut_tree_close(t);
}

TEST(what_is_old_enough_is_remembered)
{
	struct taut_tree_item items[2] = { { .kind = TAUT_PY, .path = "b" },
					   { .kind = TAUT_DATA, .path = "b" } };
	const char *cache = scratch_path("stat");
	struct taut_tree_item it;
	struct taut_tree *t;

	scratch_write("a", "aa");
	scratch_write("b", "bb");
	usleep(TAUT_RACY_NS / 1000 + 50000);
	t = open_with(cache);
	look(t, TAUT_DATA, "a");
	CHECK(!taut_tree_look(t, items, 2, NULL));
	CHECK(!taut_tree_save(t, cache, NULL));
	taut_tree_close(t);

	t = open_with(cache);
	it = look(t, TAUT_DATA, "a");
	CHECK(is(&it, "aa"));
	it = look(t, TAUT_PY, "b");
	CHECK(is(&it, "bb"));
	CHECK(taut_tree_nread(t) == 0 && !taut_tree_dirty(t));
	/* Gone files go; the others stay. */
	scratch_remove("a");
	look(t, TAUT_DATA, "a");
	CHECK(taut_tree_dirty(t));
	CHECK(!taut_tree_save(t, cache, NULL));
	taut_tree_close(t);

	t = open_with(cache);
	look(t, TAUT_DATA, "b");
	CHECK(taut_tree_nread(t) == 0);
	taut_tree_close(t);
}

TEST(a_bad_cache_is_an_empty_one)
{
	const char *cache = scratch_path("stat");
	struct taut_buf good = TAUT_BUF_INIT;
	struct taut_tree *t;
	size_t i;

	scratch_write("f", "real");
	write_cache(cache, "f", "remembered", 0);
	CHECK(!taut_io_read(cache, &good, NULL));
	for (i = 0; i < good.n; i++) {
		good.p[i] ^= 1;
		CHECK(!taut_io_replace(cache, NULL, good.p, good.n, NULL));
		good.p[i] ^= 1;
		t = open_with(cache);
		look(t, TAUT_DATA, "f");
		CHECK(taut_tree_nread(t) == 1);
		taut_tree_close(t);
	}
	for (i = 0; i < good.n; i += 5) {
		CHECK(!taut_io_replace(cache, NULL, good.p, i, NULL));
		t = open_with(cache);
		look(t, TAUT_DATA, "f");
		CHECK(taut_tree_nread(t) == 1);
		taut_tree_close(t);
	}
	taut_buf_release(&good);
}

TEST(looking_writes_nothing)
{
	struct taut_digest before;

	scratch_write("d/f", "x");
	scratch_write("m.py", "x");
	before = scratch_state();
	now(TAUT_PY, "m.py");
	now(TAUT_DATA, "d/f");
	now(TAUT_LISTING, "d");
	now(TAUT_LOOKUP, "d/f");
	now(TAUT_EXISTS, "d/none");
	struct taut_digest after = scratch_state();
	CHECK(taut_digest_eq(&before, &after));
}

/* ---- memory ---- */

TEST(tree_oom)
{
	struct taut_tree_config c = { .root = scratch_dir() };
	const char *cache = scratch_path("stat");
	struct taut_tree *t;
	long n;
	int rc;

	scratch_write("f", "x");
	scratch_write("d/x", "x");
	write_cache(cache, "f", "x", 0);
	for (n = 1, rc = TAUT_ENOMEM; rc; n++) {
		struct taut_tree_item items[] = {
			{ .kind = TAUT_DATA, .path = "f" },
			{ .kind = TAUT_LISTING, .path = "d" },
			{ .kind = TAUT_LOOKUP, .path = "d/x" },
			{ .kind = TAUT_TREE, .path = "." },
		};

		CHECK(rc == TAUT_ENOMEM && n < 1000);
		taut_alloc_fail_at(n);
		rc = taut_tree_open(&c, &t, NULL);
		if (rc)
			continue;
		rc = taut_tree_load(t, cache, NULL);
		if (!rc)
			rc = taut_tree_look(t, items, 4, NULL);
		taut_tree_close(t);
	}
	taut_alloc_fail_at(0);
}
