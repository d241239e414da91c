#include "squeeze.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "hash.h"

static uint64_t seed = 11;

static uint32_t rnd(uint32_t n)
{
	seed = taut_hash_mix(seed, n);
	return (uint32_t)(seed >> 32) % n;
}

/* Two of them empty, and one at the end of what is longer. */
static const uint32_t some_ends[] = { 0, 9, 20, 20, 50, 51, 150, 400 };
static const struct taut_segments some = { some_ends, 8 };

/* Squeeze, go back, compare; the squeezed size. */
static size_t round_trip_in(const void *p, size_t n, struct taut_segments s)
{
	struct taut_buf b = TAUT_BUF_INIT, again = TAUT_BUF_INIT;
	struct taut_buf back = TAUT_BUF_INIT;
	struct taut_rd rd;
	size_t size;

	CHECK(!taut_buf_add(&b, "before", 6));
	CHECK(!taut_squeeze(&b, p, n, s) && !memcmp(b.p, "before", 6));
	CHECK(!taut_squeeze(&again, p, n, s));
	size = again.n;
	CHECK(b.n == size + 6 && !memcmp(b.p + 6, again.p, size));
	/* Never longer by more than the count of bytes. */
	CHECK(size <= n + 5);
	CHECK(!taut_buf_add(&back, "what was there before", 21));
	rd = taut_rd_init(again.p, size);
	CHECK(!taut_unsqueeze(&back, &rd, s) && !rd.bad && rd.p == rd.end);
	CHECK(back.n == n && (!n || !memcmp(back.p, p, n)));
	taut_buf_release(&b);
	taut_buf_release(&again);
	taut_buf_release(&back);
	return size;
}

static size_t round_trip(const void *p, size_t n)
{
	round_trip_in(p, n, some);
	return round_trip_in(p, n, TAUT_ONE_SEGMENT);
}

TEST(all_sorts_of_bytes_round_trip)
{
	enum { MOST = 3000 };
	uint8_t v[MOST];
	uint32_t i, n, alphabet, from;
	int round;

	for (round = 0; round < 600; round++) {
		n = rnd(round % 3 ? MOST : 20);
		alphabet = 1 + rnd(round % 2 ? 4 : 256);
		for (i = 0; i < n; i++)
			v[i] = (uint8_t)rnd(alphabet);
		/* Copies of what came before, far and near. */
		for (i = 1; round % 5 && i + 200 < n; i += 1 + rnd(200)) {
			from = rnd(i);
			memmove(v + i, v + from, rnd(200));
		}
		round_trip(v, n);
	}
	round_trip("", 0);
	for (n = 1; n < 40; n++)
		round_trip("aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbb", n);
}

TEST(repeats_go_and_noise_stays)
{
	enum { HUGE = 6 << 20, NOISE = 300000 };
	uint8_t *v = malloc(HUGE);
	uint32_t i;

	CHECK(v);
	memset(v, 'x', HUGE);
	CHECK(round_trip(v, HUGE) < 16);
	for (i = 0; i < HUGE; i++)
		v[i] = i < NOISE ? (uint8_t)rnd(256) : v[i - NOISE];
	i = (uint32_t)round_trip(v, HUGE);
	CHECK(i > NOISE && i < NOISE + NOISE / 50);
	CHECK(round_trip(v, NOISE) <= NOISE + 4);
	/* Records that differ in a number: two bytes and the number each. */
	for (i = 0; i < 64000; i += 64) {
		memcpy(v + i, v, 64);
		v[i + 30] = (uint8_t)rnd(256);
		v[i + 31] = (uint8_t)rnd(256);
	}
	CHECK(round_trip(v, 64000) < 1000 * 5 + 100);
	free(v);
}

/* Stored in databases: a change here is another TAUT_FORMAT. */
TEST(squeezed_bytes_do_not_change)
{
	static const char text[] = "def first(x): pass\n"
				   "def second(x): pass\n"
				   "def third(x): pass\n"
				   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct taut_buf b = TAUT_BUF_INIT;

	CHECK(!taut_squeeze(&b, text, sizeof(text) - 1, TAUT_ONE_SEGMENT));
	CHECK(taut_hash64(b.p, b.n) == 0xB2DC4481E073BD45u);
	taut_buf_release(&b);
}

/* Whatever the bytes: no more comes out than may, or they are bad. */
static int harmless(const uint8_t *p, size_t n)
{
	static struct taut_buf out;
	struct taut_rd rd = taut_rd_init(p, n);

	CHECK(!taut_unsqueeze(&out, &rd, some));
	CHECK(rd.bad || rd.p == rd.end);
	CHECK(out.n <= TAUT_SQUEEZE_MAX && out.n <= out.cap);
	if (out.cap > 1u << 20)
		taut_buf_release(&out);
	return !rd.bad;
}

/* An edit in one segment leaves what others repeat of each other alone. */
TEST(distance_between_segments_does_not_count)
{
	static const char word[] = "a word that is said again";
	struct taut_buf near = TAUT_BUF_INIT, far = TAUT_BUF_INIT;
	uint32_t ends[2] = { 30, 40 };
	uint8_t v[600];
	uint32_t i;

	for (i = 0; i < sizeof(v); i++)
		v[i] = (uint8_t)rnd(256);
	memcpy(v + 3, word, sizeof(word));
	memcpy(v + 42, word, sizeof(word));
	CHECK(!taut_squeeze(&near, v, 80, (struct taut_segments){ ends, 2 }));
	ends[1] = 540;
	memcpy(v + 542, v + 42, 38);
	memset(v + 40, 'x', 500);
	CHECK(!taut_squeeze(&far, v, 580, (struct taut_segments){ ends, 2 }));
	CHECK(near.n > 20 && far.n > 20);
	CHECK(!memcmp(near.p + near.n - 16, far.p + far.n - 16, 16));
	taut_buf_release(&near);
	taut_buf_release(&far);
}

TEST(what_is_cut_or_flipped_does_no_harm)
{
	struct taut_buf b = TAUT_BUF_INIT;
	uint8_t v[600], *copy;
	uint32_t i, n;

	for (i = 0; i < sizeof(v); i++)
		v[i] = (uint8_t)(i % 7 ? i % 50 : rnd(256));
	CHECK(!taut_squeeze(&b, v, sizeof(v), some) && b.n < sizeof(v));
	for (n = 0; n <= b.n; n++) {
		/* Of its own size, so that a sanitizer sees the end. */
		copy = malloc(n + 1);
		CHECK(copy);
		memcpy(copy, b.p, n);
		CHECK(harmless(copy, n) == (n == b.n));
		copy[n] = 0;
		CHECK(n < b.n || !harmless(copy, n + 1));
		free(copy);
	}
	for (i = 0; i < b.n * 8; i++) {
		b.p[i / 8] ^= (uint8_t)(1 << i % 8);
		harmless(b.p, b.n);
		b.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	CHECK(harmless(b.p, b.n));
	taut_buf_release(&b);
}

TEST(hostile_operations_do_no_harm)
{
	uint8_t bytes[24];
	uint32_t i;
	int round, good = 0;

	for (round = 0; round < 100000; round++) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(rnd(3) ? rnd(12) : rnd(256));
		bytes[0] = (uint8_t)(rnd(64) << 1 | 1);
		good += harmless(bytes, 1 + rnd(sizeof(bytes)));
	}
	CHECK(good > 100);
}

TEST(what_comes_out_is_bounded)
{
	struct taut_buf b = TAUT_BUF_INIT;

	CHECK(!taut_buf_varint(&b, ((uint64_t)TAUT_SQUEEZE_MAX + 1) << 1 | 1));
	CHECK(!taut_buf_add(&b, "\x01y\xff\x00", 4));
	CHECK(!harmless(b.p, b.n));
	b.n = 0;
	CHECK(!taut_buf_varint(&b, UINT64_MAX));
	CHECK(!harmless(b.p, b.n));
	/* One byte, and more repeats of it than were announced. */
	b.n = 0;
	CHECK(!taut_buf_varint(&b, 100 << 1 | 1));
	CHECK(!taut_buf_add(&b, "\x79y\x02\x55", 4));
	CHECK(!harmless(b.p, b.n));
	b.p[b.n - 1] = 99 - 15 - 3;
	CHECK(harmless(b.p, b.n));
	taut_buf_release(&b);
}

TEST(squeezing_when_memory_runs_out_oom)
{
	struct taut_buf b = TAUT_BUF_INIT, back = TAUT_BUF_INIT;
	static const char text[] = "abcabcabcabcabcabcabcabcabcabc abcabcabc";
	struct taut_rd rd;
	long n;

	for (n = 1;; n++) {
		taut_alloc_fail_at(n);
		if (!taut_squeeze(&b, text, sizeof(text), TAUT_ONE_SEGMENT))
			break;
		taut_buf_release(&b);
	}
	CHECK(n > 3);
	taut_alloc_fail_at(1);
	rd = taut_rd_init(b.p, b.n);
	CHECK(taut_unsqueeze(&back, &rd, TAUT_ONE_SEGMENT) == TAUT_ENOMEM);
	taut_alloc_fail_at(0);
	taut_buf_release(&b);
	taut_buf_release(&back);
}
