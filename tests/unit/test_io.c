#include "io.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "hash.h"
#include "scratch.h"

static struct stat stat_of(const char *path)
{
	struct stat st;

	CHECK(!stat(path, &st));
	return st;
}

/* Is `name` the one thing in the directory? */
static int only_file_in(const char *dir, const char *name)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int others = 0;

	CHECK(d);
	while ((e = readdir(d)))
		others += strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
			  strcmp(e->d_name, name);
	closedir(d);
	return !others;
}

TEST(write_leaves_equal_bytes_alone_and_keeps_the_mode)
{
	const struct taut_buf a = { (uint8_t *)"first", 5, 5 };
	const struct taut_buf b = { (uint8_t *)"2nd", 3, 3 };
	struct taut_buf now = TAUT_BUF_INIT;
	const char *path = scratch_path("data/.testmondata");
	struct taut_digest before, after;

	scratch_mkdir("data");
	umask(027);
	CHECK(!taut_io_replace(path, NULL, a.p, a.n, NULL));
	CHECK((stat_of(path).st_mode & 0777) == 0640);
	before = scratch_state();
	CHECK(!taut_io_replace(path, NULL, a.p, a.n, NULL));
	after = scratch_state();
	CHECK(taut_digest_eq(&before, &after));
	CHECK(!chmod(path, 0604));
	CHECK(!taut_io_replace(path, scratch_dir(), b.p, b.n, NULL));
	CHECK((stat_of(path).st_mode & 0777) == 0604);
	CHECK(!taut_io_read(path, &now, NULL));
	CHECK(now.n == 3 && !memcmp(now.p, "2nd", 3));
	taut_buf_release(&now);
}

TEST(write_goes_through_links)
{
	const struct taut_buf a = { (uint8_t *)"bytes", 5, 5 };
	const char *link = scratch_path("link"), *to = scratch_path("to/db");
	struct taut_err err;
	struct stat st;

	CHECK(!symlink("hop", link));
	CHECK(!symlink("to/db", scratch_path("hop")));
	/* The directory that the link leads to is not there. */
	CHECK(taut_io_replace(link, NULL, a.p, a.n, &err) == TAUT_EIO);
	CHECK(strstr(err.msg, "no directory") && strstr(err.msg, link));
	scratch_mkdir("to");
	CHECK(!taut_io_replace(link, NULL, a.p, a.n, NULL));
	CHECK(!lstat(link, &st) && S_ISLNK(st.st_mode));
	CHECK(stat_of(to).st_size == 5);
	CHECK(!unlink(to) && !symlink("db", to));
	CHECK(taut_io_replace(link, NULL, a.p, a.n, &err) == TAUT_EIO);
}

TEST(write_that_fails_leaves_the_old_file_and_no_other)
{
	struct rlimit limit = { 4096, 4096 };
	struct taut_buf big = TAUT_BUF_INIT;
	const struct taut_buf a = { (uint8_t *)"old", 3, 3 };
	const char *path = scratch_path("db");
	struct taut_err err;

	CHECK(!taut_grow(&big.p, &big.cap, 9999, 1));
	memset(big.p, 'x', 9999);
	big.n = 9999;
	CHECK(!taut_io_replace(path, NULL, a.p, a.n, NULL));
	signal(SIGXFSZ, SIG_IGN);
	CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	CHECK(taut_io_replace(path, NULL, big.p, big.n, &err) == TAUT_EIO);
	CHECK(strstr(err.msg, "untouched") && strstr(err.msg, path));
	CHECK(stat_of(path).st_size == 3);
	CHECK(only_file_in(scratch_dir(), "db"));
	taut_buf_release(&big);
}

TEST(write_refuses_what_is_no_regular_file)
{
	const struct taut_buf a = { (uint8_t *)"new", 3, 3 };
	struct taut_err err;

	scratch_mkdir("dir");
	CHECK(!mkfifo(scratch_path("fifo"), 0600));
	CHECK(taut_io_replace(scratch_path("dir"), NULL, a.p, a.n, &err));
	CHECK(strstr(err.msg, "a directory"));
	CHECK(taut_io_replace(scratch_path("fifo"), NULL, a.p, a.n, &err));
	CHECK(strstr(err.msg, "a FIFO"));
	CHECK(taut_io_replace("/dev/null", NULL, a.p, a.n, &err));
}
