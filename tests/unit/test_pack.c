#include "pack.h"

#include <string.h>

#include "harness.h"
#include "hash.h"

static uint64_t seed = 7;

static uint32_t rnd(uint32_t n)
{
	seed = taut_hash_mix(seed, n);
	return (uint32_t)(seed >> 32) % n;
}

/* A set below `bound` of one of the shapes that occur. */
static uint32_t make(uint32_t *v, uint32_t bound, const uint32_t *last,
		     uint32_t nlast)
{
	uint32_t n = 0, at = 0, i, shape = rnd(5), odds = 1 + rnd(30);

	for (i = 0; i < bound; i++) {
		if (shape == 0 && rnd(odds))
			continue;
		if (shape == 1 && i % 64 < 40)
			continue;
		if (shape == 2 && i != bound - 1 && i != 3)
			continue;
		/* Nearly the last one. */
		while (at < nlast && last[at] < i)
			at++;
		if (shape == 3 && (at == nlast || last[at] != i) && rnd(40))
			continue;
		if (shape == 4)
			break;
		v[n++] = i;
	}
	return n;
}

TEST(sets_round_trip)
{
	enum { SETS = 40, BOUND = 700 };
	static uint32_t v[SETS][BOUND];
	uint32_t n[SETS], bound, i;
	int round;

	for (round = 0; round < 60; round++) {
		struct taut_packer p = TAUT_PACKER_INIT;
		struct taut_unpacker u = TAUT_UNPACKER_INIT;
		struct taut_buf b = TAUT_BUF_INIT;
		struct taut_rd rd;

		bound = 1 + rnd(BOUND);
		for (i = 0; i < SETS; i++) {
			n[i] = make(v[i], bound, i ? v[i - 1] : NULL,
				    i ? n[i - 1] : 0);
			CHECK(!taut_pack_set(&p, &b, v[i], n[i]));
		}
		rd = taut_rd_init(b.p, b.n);
		for (i = 0; i < SETS; i++)
			CHECK(!taut_unpack_set(&u, &rd, bound) && !rd.bad);
		CHECK(rd.p == rd.end);
		for (i = 0; i < SETS; i++) {
			struct taut_set s = taut_unpacked(&u, i);

			CHECK(s.n == n[i]);
			CHECK(!s.n || !memcmp(s.v, v[i], s.n * sizeof(*s.v)));
		}
		taut_unpacker_release(&u);
		taut_buf_release(&b);
	}
}

/* The bytes of one set, without any before it. */
static size_t packed(const uint32_t *v, uint32_t n)
{
	struct taut_packer p = TAUT_PACKER_INIT;
	struct taut_buf b = TAUT_BUF_INIT;
	size_t size;

	CHECK(!taut_pack_set(&p, &b, v, n));
	size = b.n;
	taut_buf_release(&b);
	return size;
}

TEST(the_shortest_coding_is_taken)
{
	struct taut_packer p = TAUT_PACKER_INIT;
	struct taut_buf b = TAUT_BUF_INIT;
	static uint32_t v[1000];
	uint32_t i, n = 0;
	size_t at;

	for (i = 0; i < 1000; i++)
		v[i] = i + 5000;
	CHECK(packed(v, 1000) <= 5); /* one run */
	for (i = 0; i < 1000; i += 1 + rnd(2))
		v[n++] = i;
	CHECK(packed(v, n) <= 1000 / 8 + 6); /* a bitmap */
	CHECK(packed(v, 0) == 1);
	CHECK(!taut_pack_set(&p, &b, v, n));
	at = b.n;
	CHECK(!taut_pack_set(&p, &b, v, n - 1));
	CHECK(b.n - at <= 4); /* all but one of the last set */
	taut_buf_release(&b);
}

/* Whatever the bytes: numbers below the bound, ascending, or `bad`. */
TEST(hostile_sets_do_no_harm)
{
	uint8_t bytes[24];
	struct taut_unpacker u = TAUT_UNPACKER_INIT;
	struct taut_set s;
	struct taut_rd rd;
	uint32_t i, k, bound;
	int round;

	for (round = 0; round < 50000; round++) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(rnd(3) ? rnd(12) : rnd(256));
		bound = rnd(4) ? rnd(100) : rnd(20000) ? 5000 : 0xffffffff;
		rd = taut_rd_init(bytes, sizeof(bytes));
		u.v.n = u.ends.n = 0;
		for (i = 0; !rd.bad && rd.p < rd.end; i++)
			CHECK(!taut_unpack_set(&u, &rd, bound));
		for (i = 0; i < u.ends.n; i++) {
			s = taut_unpacked(&u, i);
			for (k = 0; k < s.n; k++)
				CHECK(s.v[k] < bound &&
				      (!k || s.v[k] > s.v[k - 1]));
		}
		/* Inflated by runs, it need not stay. */
		if (u.v.cap > 1u << 20)
			taut_unpacker_release(&u);
	}
	taut_unpacker_release(&u);
}

TEST(strings_round_trip_and_hostile_ones_are_refused)
{
	static const char *const all[] = { "",	"a", "a/b",   "a/b/c",
					   "b", "",  "\xff\n" };
	struct taut_strings st = TAUT_STRINGS_INIT;
	struct taut_arena a = TAUT_ARENA_INIT;
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_rd rd;
	size_t i, n;

	for (i = 0; i < 7; i++)
		CHECK(!taut_pack_string(&st, &b, all[i], strlen(all[i])));
	rd = taut_rd_init(b.p, b.n);
	st = (struct taut_strings)TAUT_STRINGS_INIT;
	for (i = 0; i < 7; i++)
		CHECK(!strcmp(taut_unpack_string(&st, &rd, &a, &n), all[i]) &&
		      n == strlen(all[i]));
	CHECK(!rd.bad && rd.p == rd.end);
	/* More shared than there is; a NUL inside; cut off. */
	for (i = 0; i < 3; i++) {
		static const char bad[3][4] = { { 1, 0 },
						{ 0, 1, 0 },
						{ 0, 9, 'x' } };

		st = (struct taut_strings)TAUT_STRINGS_INIT;
		rd = taut_rd_init(bad[i], 3);
		taut_unpack_string(&st, &rd, &a, &n);
		CHECK(rd.bad && !n);
	}
	taut_arena_release(&a);
	taut_buf_release(&b);
}
