#include "util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* ---- errors ---- */

TEST(fail_returns_the_code_and_keeps_the_message)
{
	struct taut_err err = { 0 };

	CHECK(taut_fail(&err, TAUT_EINVAL, "no %s, %d", "x", 3) == TAUT_EINVAL);
	CHECK(err.code == TAUT_EINVAL && !strcmp(err.msg, "no x, 3"));
	CHECK(taut_fail(NULL, TAUT_EIO, "nobody reads") == TAUT_EIO);
	CHECK(taut_nomem(&err) == TAUT_ENOMEM && *err.msg);
}

TEST(fail_errno_adds_the_system_s_words)
{
	struct taut_err err;

	errno = ENOENT;
	CHECK(taut_fail_errno(&err, TAUT_EIO, "open %s", "f") == TAUT_EIO);
	CHECK(!strcmp(err.msg, "open f: No such file or directory"));
}

TEST(a_long_message_is_cut_not_overrun)
{
	struct taut_err err;
	char text[2000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	errno = EIO;
	taut_fail_errno(&err, TAUT_EIO, "%s", text);
	CHECK(strlen(err.msg) == sizeof(err.msg) - 1);
}

/* ---- memory ---- */

TEST(the_nth_allocation_fails_once)
{
	void *p;

	taut_alloc_fail_at(2);
	p = taut_realloc(NULL, 10);
	CHECK(p != NULL);
	CHECK(taut_realloc(NULL, 10) == NULL);
	taut_free(p);
	p = taut_calloc(3, 5);
	CHECK(p && !memcmp(p, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15));
	CHECK(taut_realloc(p, 0) == NULL);
}

TEST(calloc_and_grow_notice_overflow)
{
	void *p = NULL;
	size_t cap = 0;

	CHECK(taut_calloc(SIZE_MAX / 2, 4) == NULL);
	CHECK(taut_grow(&p, &cap, SIZE_MAX / 2, 16) == TAUT_ENOMEM);
	CHECK(taut_grow(&p, &cap, SIZE_MAX, 1) == TAUT_ENOMEM);
	CHECK(!p && !cap);
}

TEST(grow_keeps_what_is_there)
{
	uint32_t *p = NULL;
	size_t cap = 0;

	CHECK(!taut_grow(&p, &cap, 1, sizeof(*p)) && cap >= 1);
	p[0] = 42;
	CHECK(!taut_grow(&p, &cap, 1000, sizeof(*p)) && cap >= 1000);
	CHECK(p[0] == 42);
	taut_alloc_fail_at(1);
	CHECK(taut_grow(&p, &cap, 100000, sizeof(*p)) == TAUT_ENOMEM);
	CHECK(p[0] == 42);
	taut_free(p);
}

/* ---- bytes ---- */

TEST(what_is_written_is_read_back)
{
	static const uint64_t values[] = { 0,	1,	    127,       128,
					   300, UINT32_MAX, UINT64_MAX };
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_rd r;
	const uint8_t *s;
	size_t i, n;

	for (i = 0; i < 7; i++)
		CHECK(!taut_buf_varint(&b, values[i]));
	CHECK(!taut_buf_u8(&b, 200) && !taut_buf_u32(&b, 0xA1B2C3D4));
	CHECK(!taut_buf_bytes(&b, "hey", 3) && !taut_buf_bytes(&b, NULL, 0));
	CHECK(!taut_buf_printf(&b, "%d!", 12345));
	r = taut_rd_init(b.p, b.n);
	for (i = 0; i < 7; i++)
		CHECK(taut_rd_varint(&r) == values[i]);
	CHECK(taut_rd_u8(&r) == 200 && taut_rd_u32(&r) == 0xA1B2C3D4);
	s = taut_rd_bytes(&r, &n);
	CHECK(n == 3 && !memcmp(s, "hey", 3));
	s = taut_rd_bytes(&r, &n);
	CHECK(s && n == 0);
	CHECK(!memcmp(taut_rd_raw(&r, 6), "12345!", 6));
	CHECK(!r.bad && r.p == r.end);
	taut_buf_release(&b);
	CHECK(!b.p && !b.n);
}

TEST(varints_have_their_known_bytes)
{
	struct taut_buf b = TAUT_BUF_INIT;

	taut_buf_varint(&b, 300);
	CHECK(b.n == 2 && b.p[0] == 0xAC && b.p[1] == 0x02);
	taut_buf_u32(&b, 1);
	CHECK(b.n == 6 && !memcmp(b.p + 2, "\1\0\0\0", 4));
	taut_buf_release(&b);
}

TEST(reading_past_the_end_is_sticky)
{
	static const uint8_t two[] = { 5, 1 };
	struct taut_rd r = taut_rd_init(two, 2);
	size_t n = 9;

	CHECK(taut_rd_bytes(&r, &n) == NULL && n == 0 && r.bad);
	CHECK(taut_rd_u8(&r) == 0 && taut_rd_raw(&r, 0) == NULL);
	CHECK(taut_rd_varint(&r) == 0);
}

TEST(broken_varints_are_bad)
{
	static const uint8_t open[] = { 0x80, 0x80 };
	static const uint8_t large[] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
					 0xFF, 0xFF, 0xFF, 0xFF, 0x01 };
	struct taut_rd r = taut_rd_init(open, 2);

	CHECK(taut_rd_varint(&r) == 0 && r.bad);
	r = taut_rd_init(large, sizeof(large));
	CHECK(taut_rd_varint(&r) == 0 && r.bad);
	r = taut_rd_init(open, 0);
	CHECK(taut_rd_u32(&r) == 0 && r.bad);
}

TEST(a_count_has_a_limit)
{
	static const uint8_t bytes[] = { 10, 10, 0x80, 0x80, 0x80, 0x80, 0x10 };
	struct taut_rd r = taut_rd_init(bytes, sizeof(bytes));

	CHECK(taut_rd_count(&r, 10) == 10 && !r.bad);
	CHECK(taut_rd_count(&r, 9) == 0 && r.bad);
	r = taut_rd_init(bytes + 2, 5);
	CHECK(taut_rd_count(&r, UINT64_MAX) == 0 && r.bad);
}

/* ---- arena ---- */

TEST(arena_memory_is_zero_aligned_and_stays)
{
	struct taut_arena a = TAUT_ARENA_INIT;
	unsigned char *p, *last = NULL;
	size_t i, k;

	for (i = 1; i < 3000; i += 7) {
		p = taut_arena_alloc(&a, i);
		CHECK(p && (uintptr_t)p % _Alignof(max_align_t) == 0);
		for (k = 0; k < i; k++)
			CHECK(p[k] == 0);
		memset(p, 0xEE, i);
		CHECK(!last || *last == 0xEE);
		last = p;
	}
	CHECK(taut_arena_alloc(&a, 5u << 20) != NULL);
	CHECK(!strcmp(taut_arena_dup(&a, "abcd", 3), "abc"));
	CHECK(taut_arena_alloc(&a, SIZE_MAX) == NULL);
	taut_arena_release(&a);
	CHECK(!a.head);
}

/* ---- map ---- */

TEST(map_numbers_keys_in_order)
{
	struct taut_map m = TAUT_MAP_INIT;
	char key[16];
	uint32_t i;

	CHECK(taut_map_get(&m, "x", 1) == TAUT_MAP_NONE);
	for (i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "key%u", i);
		CHECK(taut_map_add(&m, key, strlen(key)) == i);
	}
	for (i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "key%u", i);
		CHECK(taut_map_add(&m, key, strlen(key)) == i);
		CHECK(taut_map_get(&m, key, strlen(key)) == i);
		CHECK(!strcmp(m.keys[i].p, key));
	}
	CHECK(taut_map_get(&m, "key", 3) == TAUT_MAP_NONE);
	CHECK(taut_map_add(&m, "", 0) == 5000);
	CHECK(taut_map_add(&m, "a\0b", 3) == 5001);
	CHECK(taut_map_get(&m, "a\0c", 3) == TAUT_MAP_NONE);
	taut_map_release(&m);
	CHECK(!m.n && !m.keys);
}

TEST(oom_leaves_a_map_usable)
{
	struct taut_map m = TAUT_MAP_INIT;
	char key[16];
	uint32_t i, n = 0;

	for (i = 0; i < 2000; i++) {
		snprintf(key, sizeof(key), "%u", i);
		taut_alloc_fail_at(i % 3 ? 0 : 1);
		if (taut_map_add(&m, key, strlen(key)) != TAUT_MAP_NONE)
			n++;
	}
	taut_alloc_fail_at(0);
	CHECK(n == m.n);
	for (i = 0; i < m.n; i++)
		CHECK(taut_map_get(&m, m.keys[i].p, m.keys[i].n) == i);
	taut_map_release(&m);
}

TEST(oom_in_a_buffer_keeps_its_bytes)
{
	struct taut_buf b = TAUT_BUF_INIT;

	CHECK(!taut_buf_add(&b, "0123456789", 10));
	taut_alloc_fail_at(1);
	CHECK(taut_buf_printf(&b, "%100d", 1) == TAUT_ENOMEM);
	taut_alloc_fail_at(0);
	CHECK(b.n == 10 && !memcmp(b.p, "0123456789", 10));
	CHECK(taut_buf_add(&b, "x", SIZE_MAX) == TAUT_ENOMEM);
	taut_buf_release(&b);
}
