#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "dbfile.h"
#include "harness.h"
#include "hash.h"
#include "io.h"
#include "scratch.h"

/* Files with some hashes each, the first half Python.  Nobody uses them, which
 * `taut check` would not accept. */
enum { FILES = 20000 };

static struct taut_image_file files[FILES + 1];
static uint64_t hashes[FILES + 1][8];
static char paths[FILES + 1][32];

/* All but file `without`; its number of hashes. */
static size_t make(int without, struct taut_buf *image)
{
	struct taut_image m = { 0, 0, files, NULL };
	struct taut_image_file *f = files;
	uint64_t h;
	int i, k;

	for (i = 0; i < FILES; i++) {
		if (i == without)
			continue;
		snprintf(paths[i], sizeof(paths[i]), "pkg%02d/mod_%05d.py",
			 i / 100, i);
		for (k = 0; k < 8; k++) {
			h = taut_hash_mix((uint64_t)i, (uint64_t)k) >> 27;
			hashes[i][k] = (uint64_t)k << 37 | h;
		}
		*f = (struct taut_image_file){
			.file = { .id = (uint32_t)(f - files),
				  .kind = i < FILES / 2 ? TAUT_PY : TAUT_DATA,
				  .path = paths[i],
				  .npath = strlen(paths[i]),
				  .has_content = i < FILES / 2 && i % 2 },
			.hashes = hashes[i],
			.nhashes = (size_t)i % 9,
		};
		memset(f->file.content.b, i, sizeof(f->file.content.b));
		f++;
	}
	m.nfiles = (size_t)(f - files);
	CHECK(!taut_db_build(&m, image, NULL));
	return m.nfiles;
}

TEST(entries_are_found_in_any_order)
{
	struct taut_buf b = TAUT_BUF_INIT;
	const struct taut_db_ver *vers;
	const struct taut_db_file *f;
	const uint64_t *h;
	struct taut_db *db;
	uint64_t seed = 1;
	size_t n, k;
	uint32_t i;
	int round;

	make(-1, &b);
	CHECK(!taut_db_open_image(b.p, b.n, &db, NULL));
	f = taut_db_files(db, &n, NULL);
	CHECK(f && n == FILES);
	for (i = 0; i < FILES; i++) {
		CHECK(!strcmp(f[i].path, files[i].file.path));
		CHECK(f[i].kind == files[i].file.kind && f[i].id == i);
		CHECK(f[i].has_content == files[i].file.has_content);
		CHECK(!f[i].has_content ||
		      taut_digest_eq(&f[i].content, &files[i].file.content));
	}
	for (round = 0; round < 2000; round++) {
		seed = taut_hash_mix(seed, 1);
		i = (uint32_t)(seed >> 8) % FILES;
		CHECK(!taut_db_hashes(db, i, &h, &n, NULL));
		CHECK(n == files[i].nhashes);
		for (k = 0; k < n; k++)
			CHECK(h[k] == files[i].hashes[k]);
		CHECK(!taut_db_vers(db, i, &vers, &n, NULL) && !n);
	}
	CHECK(taut_db_hashes(db, FILES, &h, &n, NULL) == TAUT_EINVAL);
	taut_db_close(db);
	taut_buf_release(&b);
}

/* The digests of the groups in a table. */
static struct taut_u32s groups(const struct taut_buf *image, const char *table)
{
	const char *path = scratch_path("groups.db");
	struct taut_u32s all = { NULL, 0, 0 };
	sqlite3_stmt *st;
	char sql[64];
	sqlite3 *db;

	CHECK(!taut_io_replace(path, NULL, image->p, image->n, NULL));
	snprintf(sql, sizeof(sql), "SELECT d FROM %s ORDER BY id", table);
	CHECK(!sqlite3_open(path, &db));
	CHECK(!sqlite3_prepare_v2(db, sql, -1, &st, NULL));
	while (sqlite3_step(st) == SQLITE_ROW)
		CHECK(!taut_u32s_add(
			&all,
			taut_hash32(sqlite3_column_blob(st, 0),
				    (size_t)sqlite3_column_bytes(st, 0))));
	sqlite3_finalize(st);
	sqlite3_close(db);
	return all;
}

/* git keeps the difference of two databases. */
TEST(a_new_file_changes_one_group_or_two)
{
	static const char *const tables[] = { "file", "hash" };
	struct taut_buf with = TAUT_BUF_INIT, without = TAUT_BUF_INIT;
	struct taut_u32s a, b;
	size_t t, i, k, same;

	make(-1, &with);
	make(1234, &without);
	for (t = 0; t < 2; t++) {
		a = groups(&with, tables[t]);
		b = groups(&without, tables[t]);
		CHECK(a.n > 5 && a.n < FILES / 100);
		for (i = same = 0; i < a.n; i++) {
			for (k = 0; k < b.n && a.p[i] != b.p[k]; k++)
				;
			same += k < b.n;
		}
		CHECK(same + 2 >= a.n);
		taut_u32s_release(&a);
		taut_u32s_release(&b);
	}
	taut_buf_release(&with);
	taut_buf_release(&without);
}
