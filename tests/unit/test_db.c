#include "db.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dbfile.h"
#include "harness.h"
#include "hash.h"
#include "io.h"
#include "scratch.h"
#include "sql.h"
#include "story.h"

/* A database with something of everything. */
static struct taut_buf sample(void)
{
	static const struct taut_part parts[] = {
		{ "python", "3.11", TAUT_PART_IDENTITY },
		{ "ini:x", "a b\n", TAUT_PART_STATE },
	};
	static const char *const ids[] = { "t/t.py::a", "t/t.py::z" };
	struct taut_store *s;
	struct taut_buf b;
	char id[] = "t/t.py::?";
	struct story y;
	uint32_t f, g, h, i;

	story_begin(&y, "sample");
	f = story_py(&y, "t/t.py", "aaaaaaa");
	g = story_py(&y, "../m\xff.py", "abcabca");
	h = story_py(&y, "../m\xff.py", "bbbbbbb");
	story_carrier(&y, 0, TAUT_CARRIER_MODULE, "m.py");
	story_dep(&y, g, "6");
	story_ref(&y, 1, TAUT_EDGE_IMPORTS);
	story_put(&y, 1);
	story_carrier(&y, 1, TAUT_CARRIER_MODULE, "n.py");
	story_dep(&y, h, "456");
	story_ref(&y, 0, TAUT_EDGE_STORES);
	story_put(&y, 1);
	story_carrier(&y, 2, TAUT_CARRIER_FIXTURE, "db");
	story_dep(&y, story_input(&y, TAUT_ENVVAR, "HOME", 'q'), "0");
	story_put(&y, 1);
	for (i = 0; i < 20; i++) {
		id[8] = (char)('a' + i);
		story_carrier(&y, 10 + i, TAUT_CARRIER_TEST, id);
		story_dep(&y, f, i % 3 ? "14" : "2");
		if (i % 2)
			story_dep(&y, g, "2");
		story_ref(&y, i % 3, TAUT_EDGE_USES);
		story_test(&y, "t/t.py", (int)i % 5, i == 7 ? "why" : NULL);
	}
	CHECK(!taut_log_collected(y.log, "t/t.py", 0, ids, 2, NULL));
	CHECK(!taut_log_collected(y.log, "none.py", 1, NULL, 0, NULL));
	story_end(&y);
	CHECK(!taut_store_new(&s, NULL));
	CHECK(story_apply(s, "sample", parts, 2));
	b = story_image(s);
	taut_store_free(s);
	return b;
}

/* ---- the file as a whole ---- */

TEST(pages_are_small_where_half_filled_ones_would_count)
{
	static struct taut_image_file files[TAUT_DB_SMALL_FILES];
	const struct taut_image m = { TAUT_DB_SMALL_FILES, 0, files, NULL };
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_db *db;
	char name[8];
	size_t i, n;

	for (i = 0; i < TAUT_DB_SMALL_FILES; i++)
		files[i].file = (struct taut_db_file){ .id = (uint32_t)i,
						       .kind = TAUT_DATA,
						       .path = name,
						       .npath = 1 };
	strcpy(name, "x");
	CHECK(!taut_db_build(&m, &b, NULL) && taut_db_page(b.p) == 4096);
	CHECK(!taut_db_open_image(b.p, b.n, &db, NULL));
	CHECK(taut_db_files(db, &n, NULL) && n == TAUT_DB_SMALL_FILES);
	taut_db_close(db);
	taut_buf_release(&b);
}

TEST(image_is_sqlite_of_our_format)
{
	struct taut_buf b = sample();
	const char *path = scratch_path("x.db"), *text;
	sqlite3_stmt *st;
	sqlite3 *sql;

	CHECK(!memcmp(b.p, "SQLite format 3", 16));
	CHECK(taut_db_page(b.p) == 1024 && b.p[18] == 1 && b.p[19] == 1);
	CHECK(taut_db_be32(b.p + TAUT_DB_AT_PAGES) * 1024 == b.n);
	CHECK(taut_db_be32(b.p + TAUT_DB_AT_APPLICATION) ==
	      TAUT_DB_APPLICATION);
	CHECK(taut_db_be32(b.p + TAUT_DB_AT_USER_VERSION) == TAUT_FORMAT);
	CHECK(!memcmp(b.p + TAUT_DB_AT_VALID_FOR, b.p + 24, 4));
	CHECK(!taut_io_replace(path, NULL, b.p, b.n, NULL));
	CHECK(!sqlite3_open(path, &sql));
	CHECK(!sqlite3_prepare_v2(sql, "PRAGMA integrity_check", -1, &st,
				  NULL));
	CHECK(sqlite3_step(st) == SQLITE_ROW);
	text = (const char *)sqlite3_column_text(st, 0);
	CHECK(!strcmp(text, "ok"));
	sqlite3_finalize(st);
	sqlite3_close(sql);
	taut_buf_release(&b);
}

static int open_code(const char *path, const char *word)
{
	struct taut_db *db = NULL;
	struct taut_err err = { 0 };
	int rc = taut_db_open(path, &db, &err);

	CHECK((rc == 0) == (db != NULL) && rc == err.code);
	taut_db_close(db);
	if (word && !strstr(err.msg, word)) {
		printf("no '%s' in: %s\n", word, err.msg);
		harness_fail(__FILE__, __LINE__, "message");
	}
	CHECK(rc == TAUT_ENOTFOUND || !rc || strstr(err.msg, path));
	CHECK(!strchr(err.msg, '\n') || strchr(path, '\n'));
	return rc;
}

static int open_bytes(const void *p, size_t n, const char *word)
{
	const char *path = scratch_path("bytes.db");

	CHECK(!taut_io_replace(path, NULL, p, n, NULL));
	return open_code(path, word);
}

static int open_text(const char *text, const char *word)
{
	return open_bytes(text, strlen(text), word);
}

TEST(what_is_no_database_of_ours_is_told)
{
	struct taut_buf b = sample();

	CHECK(open_code(scratch_path("absent"), NULL) == TAUT_ENOTFOUND);
	CHECK(open_code(scratch_path("absent/x"), NULL) == TAUT_ENOTFOUND);
	CHECK(open_text("", "empty") == TAUT_EDAMAGED);
	CHECK(open_text("<<<<<<< HEAD\nSQLite", "conflict") == TAUT_EDAMAGED);
	CHECK(open_text("version https://git-lfs.github.com/spec/v1\noid x",
			"git lfs pull") == TAUT_EDAMAGED);
	CHECK(open_text("hello", "no taut database") == TAUT_EDAMAGED);
	CHECK(open_text("SQLite format 3", NULL) == TAUT_EDAMAGED);
	CHECK(open_bytes(b.p, 50, NULL) == TAUT_EDAMAGED);
	CHECK(open_bytes(b.p, b.n, NULL) == 0);
	CHECK(open_bytes(b.p, b.n - 1, "truncated") == TAUT_EDAMAGED);
	CHECK(open_bytes(b.p, b.n / 2, "truncated") == TAUT_EDAMAGED);
	b.p[TAUT_DB_AT_USER_VERSION + 3]++;
	CHECK(open_bytes(b.p, b.n, "newer taut") == TAUT_EVERSION);
	b.p[TAUT_DB_AT_USER_VERSION + 3] = 0;
	CHECK(open_bytes(b.p, b.n, "old format") == TAUT_EDAMAGED);
	taut_buf_release(&b);
}

TEST(databases_of_others_are_told)
{
	const char *path = scratch_path("other.db");
	struct taut_buf b = TAUT_BUF_INIT;
	sqlite3 *sql;

	CHECK(!sqlite3_open(path, &sql));
	CHECK(!sqlite3_exec(sql,
			    "PRAGMA user_version = 14; CREATE TABLE "
			    "test_execution (id INTEGER PRIMARY KEY)",
			    NULL, NULL, NULL));
	CHECK(!sqlite3_close(sql));
	CHECK(open_code(path, "pytest-testmon") == TAUT_EDAMAGED);
	CHECK(!taut_io_read(path, &b, NULL));
	CHECK(!unlink(path) && !sqlite3_open(path, &sql));
	CHECK(!sqlite3_exec(sql, "CREATE TABLE x (y)", NULL, NULL, NULL));
	CHECK(!sqlite3_close(sql));
	CHECK(open_code(path, "another program") == TAUT_EDAMAGED);
	taut_buf_release(&b);
}

TEST(what_is_no_regular_file_is_refused_without_blocking)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", scratch_path("socket"));
	CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)&a, sizeof(a)));
	CHECK(!mkfifo(scratch_path("fifo"), 0600));
	alarm(10);
	CHECK(open_code(scratch_path("socket"), "a socket") == TAUT_EIO);
	CHECK(open_code(scratch_path("fifo"), "a FIFO") == TAUT_EIO);
	CHECK(open_code(scratch_dir(), "a directory") == TAUT_EIO);
	CHECK(open_code("/dev/zero", "a device") == TAUT_EIO);
	close(fd);
}

TEST(any_path_and_a_read_only_file_can_be_opened)
{
	static const char *const names[] = { "a?mode=memory", "b#c",	  "%41",
					     "new\nline",     "\xff\xfe", "a b",
					     ":memory:",      "file:x" };
	struct taut_buf b = sample();
	struct taut_digest before, after;
	const char *path;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		path = scratch_path(names[i]);
		CHECK(!taut_io_replace(path, NULL, b.p, b.n, NULL));
		CHECK(!chmod(path, 0400));
		CHECK(!chmod(scratch_dir(), 0500));
		before = scratch_state();
		CHECK(open_code(path, NULL) == 0);
		after = scratch_state();
		CHECK(taut_digest_eq(&before, &after));
		CHECK(!chmod(scratch_dir(), 0700));
	}
	taut_buf_release(&b);
}

/* ---- damage ---- */

/* Open, decode everything, close: the text, or NULL when it is damaged. */
static const char *told(const struct taut_buf *b)
{
	struct taut_err err = { 0 };
	struct taut_store *s = NULL;
	const char *text = NULL;
	struct taut_db *db;
	int rc;

	rc = taut_db_open_image(b->p, b->n, &db, &err);
	if (!rc) {
		rc = taut_db_check(db, &err);
		text = rc ? NULL : story_dump_db(db);
		/* Decoders must stand it also when the check complains. */
		if (!taut_store_load(db, &s, NULL))
			taut_store_free(s);
		taut_db_close(db);
	}
	CHECK(!rc || rc == TAUT_EDAMAGED || rc == TAUT_EVERSION);
	CHECK(!rc || *err.msg);
	return text;
}

TEST(every_flipped_bit_is_noticed)
{
	struct taut_buf b = sample();
	uint64_t seed = 1;
	size_t bit;
	int i;

	CHECK(told(&b));
	for (i = 0; i < 4000; i++) {
		/* All of the header, and elsewhere at random. */
		seed = taut_hash_mix(seed, 1);
		bit = i < 1000 ? (size_t)i : seed % (b.n * 8);
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(!told(&b));
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	taut_buf_release(&b);
}

/* Give changed bytes a digest that agrees. */
static void forge(struct taut_buf *b)
{
	uint8_t *at = taut_db_digest_at(b->p, b->n);
	struct taut_digest d;

	if (!at)
		return;
	d = taut_db_image_digest(b->p, b->n, at);
	memcpy(at, d.b, sizeof(d.b));
}

TEST(forged_bytes_do_no_harm)
{
	struct taut_buf b = sample(), c = TAUT_BUF_INIT;
	const char *was;
	char *text;
	uint64_t seed = 2;
	size_t at;
	int i, refused = 0;

	was = told(&b);
	text = strdup(was);
	for (i = 0; i < 6000; i++) {
		c.n = 0;
		CHECK(!taut_buf_add(&c, b.p, b.n));
		seed = taut_hash_mix(seed, 1);
		at = (seed >> 8) % b.n;
		/* Empty pages teach nothing: look for one that is used. */
		while (!c.p[at])
			at = (at + 1) % b.n;
		c.p[at] = i % 3 ? (uint8_t)seed : (uint8_t)(c.p[at] + 1);
		forge(&c);
		refused += !told(&c);
	}
	CHECK(refused > 1000);
	CHECK(!strcmp(told(&b), text));
	free(text);
	taut_buf_release(&b);
	taut_buf_release(&c);
}

/* Change a database by SQL and give it a digest that agrees. */
static void change(const struct taut_buf *b, const char *statement,
		   struct taut_buf *out)
{
	const char *path = scratch_path("changed.db");
	sqlite3 *sql;

	CHECK(!taut_io_replace(path, NULL, b->p, b->n, NULL));
	CHECK(!sqlite3_open(path, &sql));
	CHECK(!sqlite3_exec(sql, statement, NULL, NULL, NULL));
	CHECK(!sqlite3_close(sql));
	out->n = 0;
	CHECK(!taut_io_read(path, out, NULL));
	forge(out);
}

TEST(groups_that_are_gone_or_too_many_are_noticed)
{
	static const char *const tables[] = { "file", "hash", "ver", "post",
					      "test" };
	static const char *const ways[] = {
		"DELETE FROM %1$s",
		"UPDATE %1$s SET id = id + 1",
		"INSERT INTO %1$s SELECT max(id) + 1, d FROM %1$s",
		"INSERT INTO %1$s SELECT max(id) + 1000, d FROM %1$s",
		"INSERT INTO %1$s SELECT -5, d FROM %1$s",
		"UPDATE %1$s SET d = x'00'",
		"UPDATE %1$s SET d = x''",
		"UPDATE %1$s SET d = substr(d, 1, length(d) - 1)",
		"UPDATE %1$s SET d = CAST(d || x'00' AS BLOB)",
	};
	struct taut_buf b = sample(), c = TAUT_BUF_INIT;
	char sql[128];
	size_t i, k;

	change(&b, "SELECT 1", &c);
	CHECK(told(&c));
	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (k = 0; k < sizeof(ways) / sizeof(*ways); k++) {
			snprintf(sql, sizeof(sql), ways[k], tables[i]);
			change(&b, sql, &c);
			CHECK(!told(&c));
		}
	taut_buf_release(&b);
	taut_buf_release(&c);
}

/* ---- queries ---- */

TEST(reading_by_name_and_number)
{
	struct taut_buf b = sample();
	const struct taut_db_env *e;
	const struct taut_db_test *t;
	const char *const *paths, *owner;
	const struct taut_db_file *f;
	struct taut_db_test one;
	struct taut_err err;
	struct taut_db *db;
	size_t n;
	int known, kind;
	uint32_t i;

	CHECK(!taut_db_open_image(b.p, b.n, &db, NULL));
	CHECK(taut_db_nenvs(db) == 1 && !taut_db_env(db, 1));
	e = taut_db_env(db, 0);
	CHECK(e->ntests == 21 && e->ncarriers == 24 && e->nparts == 2);
	CHECK(!strcmp(e->parts[0].value, "a b\n"));
	CHECK(e->parts[0].cls == TAUT_PART_STATE);
	/* Failed ones, the one with a reason, and the new one. */
	CHECK(e->nmust == 6 && e->must[0] == 1 && e->must[5] == 20);
	CHECK(!taut_db_test_files(db, 0, &paths, &n, NULL) && n == 2);
	CHECK(!strcmp(paths[0], "none.py"));
	CHECK(!taut_db_tests(db, 0, "none.py", &t, &n, &known, NULL));
	CHECK(known && !n);
	CHECK(!taut_db_tests(db, 0, "other.py", &t, &n, &known, NULL));
	CHECK(!known && !n);
	for (i = 0; i < 21; i++)
		CHECK(!taut_db_test(db, 0, i, &one, NULL) && one.id == i);
	CHECK(one.outcome == TAUT_NEW && !strcmp(one.path, "t/t.py"));
	CHECK(taut_db_test(db, 0, 21, &one, &err) == TAUT_EINVAL);
	CHECK(taut_db_carrier(db, 0, 20, &kind, &owner, &err) == TAUT_EINVAL);
	CHECK(taut_db_carrier(db, 0, 24, &kind, &owner, &err) == TAUT_EINVAL);
	CHECK(!taut_db_carrier(db, 0, 21, &kind, &owner, &err));
	CHECK(kind == TAUT_CARRIER_FIXTURE && !strcmp(owner, "db"));
	f = taut_db_files(db, &n, NULL);
	CHECK(n == 3 && f[0].kind == TAUT_PY && f[2].kind == TAUT_ENVVAR);
	CHECK(!strcmp(f[0].path, "../m\xff.py") && !f[0].has_content);
	CHECK(f[1].has_content);
	taut_db_close(db);
	taut_buf_release(&b);
}

/* Of the SQL: everything can be prepared, and rows are found by key. */
TEST(queries_fit_the_schema_and_need_no_scan)
{
	static const char *const hot[] = {
		taut_sql_hash_get, taut_sql_ver_get,	 taut_sql_post_get,
		taut_sql_test_get, taut_sql_env_modules, taut_sql_env_carriers,
		taut_sql_env_refs,
	};
	static const char *const other[] = {
		taut_sql_env_all,      taut_sql_file_all, taut_sql_meta_add,
		taut_sql_env_add,      taut_sql_file_add, taut_sql_hash_add,
		taut_sql_ver_add,      taut_sql_post_add, taut_sql_test_add,
		taut_sql_count_groups,
	};
	char plan[512];
	sqlite3_stmt *st;
	sqlite3 *sql;
	size_t i;

	CHECK(!sqlite3_open(":memory:", &sql));
	CHECK(!sqlite3_exec(sql, taut_sql_schema, NULL, NULL, NULL));
	for (i = 0; i < sizeof(other) / sizeof(*other); i++) {
		CHECK(!sqlite3_prepare_v2(sql, other[i], -1, &st, NULL));
		sqlite3_finalize(st);
	}
	for (i = 0; i < sizeof(hot) / sizeof(*hot); i++) {
		snprintf(plan, sizeof(plan), "EXPLAIN QUERY PLAN %s", hot[i]);
		CHECK(!sqlite3_prepare_v2(sql, plan, -1, &st, NULL));
		while (sqlite3_step(st) == SQLITE_ROW)
			CHECK(!strncmp((const char *)sqlite3_column_text(st, 3),
				       "SEARCH", 6));
		sqlite3_finalize(st);
	}
	sqlite3_close(sql);
}
