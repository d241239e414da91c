#include "select.h"

#include <string.h>

#include "harness.h"
#include "hash.h"

/*
 * A small record.  Tests 0 1 2, then fixture 3, module 4, module 5, session 6.
 *
 *	0 -> 3 -> 4 -> 5 -> 4 (a cycle)		1 -> 5		2 -> 6
 */
static const uint32_t refs0[] = { 3 }, refs3[] = { 4 }, refs4[] = { 5 },
		      refs5[] = { 4 }, refs1[] = { 5 }, refs2[] = { 6 };
static const uint32_t users0[] = { 0 }, users1[] = { 1 }, users2[] = { 2 },
		      users3[] = { 3 }, users4[] = { 4 }, users5[] = { 5 };
static const uint8_t edges[] = { TAUT_EDGE_USES };
static const struct taut_db_reflist lists[] = {
	{ 1, refs0, edges, 1, users0 }, { 1, refs1, edges, 1, users1 },
	{ 1, refs2, edges, 1, users2 }, { 1, refs3, edges, 1, users3 },
	{ 1, refs4, edges, 1, users4 }, { 1, refs5, edges, 1, users5 },
};
#define NLISTS (sizeof(lists) / sizeof(lists[0]))

static int broke;

static void start(struct taut_select *s)
{
	CHECK(!taut_select_init(s, 3, 7, NULL));
}

/* Break one carrier by a hash of its own. */
static void break_one(struct taut_select *s, uint32_t carrier, uint32_t cause,
		      uint8_t code)
{
	const uint32_t hash = 0;
	const struct taut_db_set set = { 1, &hash, 1, &carrier };

	CHECK(!taut_select_sets(s, cause, &set, 1, &code, 1, &broke, NULL));
}

static uint32_t via(const struct taut_select *s, uint32_t carrier)
{
	const struct taut_select_mark *m = taut_select_broken(s, carrier);

	CHECK(m);
	return m->via;
}

TEST(nothing_gone_breaks_nothing)
{
	const uint32_t hashes[] = { 0, 1 }, carriers[] = { 0, 4 };
	const struct taut_db_set set = { 2, hashes, 2, carriers };
	const uint8_t why[2] = { 0, 0 };
	struct taut_select s;

	start(&s);
	CHECK(!taut_select_sets(&s, 0, &set, 1, why, 2, &broke, NULL));
	CHECK(s.nqueue == 0 && !broke);
	CHECK(!taut_select_propagate(&s, lists, NLISTS, NULL));
	CHECK(!taut_select_broken(&s, 0));
	CHECK(!taut_select_broken(&s, 4));
	taut_select_release(&s);
}

TEST(only_sets_with_a_gone_hash_break)
{
	const uint32_t a[] = { 0, 1 }, b[] = { 1, 2 }, ca[] = { 0 },
		       cb[] = { 1 };
	const struct taut_db_set sets[] = { { 2, a, 1, ca }, { 2, b, 1, cb } };
	const uint8_t why[3] = { 0, 0, TAUT_WHY_MODULE };
	const struct taut_select_mark *m;
	struct taut_select s;

	start(&s);
	CHECK(!taut_select_sets(&s, 7, sets, 2, why, 3, &broke, NULL));
	CHECK(broke && !taut_select_broken(&s, 0));
	m = taut_select_broken(&s, 1);
	CHECK(m && m->cause == 8 && m->via == 1);
	CHECK(m->code == TAUT_WHY_MODULE);
	taut_select_release(&s);
}

TEST(of_several_reasons_the_closest_is_given)
{
	const uint32_t h[] = { 0, 1 }, c[] = { 0 };
	const struct taut_db_set set = { 2, h, 1, c };
	const uint8_t why[2] = { TAUT_WHY_MODULE, TAUT_WHY_CODE };
	struct taut_select s;

	start(&s);
	CHECK(!taut_select_sets(&s, 0, &set, 1, why, 2, &broke, NULL));
	CHECK(taut_select_broken(&s, 0)->code == TAUT_WHY_CODE);
	taut_select_release(&s);
}

TEST(references_are_followed_backwards_through_cycles)
{
	struct taut_select s;

	start(&s);
	break_one(&s, 5, 3, TAUT_WHY_CODE);
	CHECK(!taut_select_propagate(&s, lists, NLISTS, NULL));
	CHECK(via(&s, 5) == 5);
	CHECK(via(&s, 4) == 5);
	CHECK(via(&s, 3) == 4);
	CHECK(via(&s, 0) == 3);
	CHECK(via(&s, 1) == 5);
	CHECK(taut_select_broken(&s, 0)->cause == 4);
	CHECK(taut_select_broken(&s, 0)->code == TAUT_WHY_CODE);
	CHECK(!taut_select_broken(&s, 2));
	CHECK(!taut_select_broken(&s, 6));
	taut_select_release(&s);
}

TEST(references_are_not_followed_forwards)
{
	struct taut_select s;

	start(&s);
	break_one(&s, 3, 0, TAUT_WHY_CODE);
	CHECK(!taut_select_propagate(&s, lists, NLISTS, NULL));
	CHECK(taut_select_broken(&s, 0));
	CHECK(!taut_select_broken(&s, 4));
	CHECK(!taut_select_broken(&s, 5));
	CHECK(!taut_select_broken(&s, 1));
	taut_select_release(&s);
}

TEST(the_first_cause_stays)
{
	struct taut_select s;

	start(&s);
	break_one(&s, 4, 1, TAUT_WHY_CODE);
	break_one(&s, 4, 2, TAUT_WHY_GONE);
	break_one(&s, 0, 2, TAUT_WHY_GONE);
	CHECK(!taut_select_propagate(&s, lists, NLISTS, NULL));
	CHECK(taut_select_broken(&s, 4)->cause == 2);
	CHECK(taut_select_broken(&s, 4)->code == TAUT_WHY_CODE);
	CHECK(taut_select_broken(&s, 0)->cause == 3 && via(&s, 0) == 0);
	CHECK(taut_select_broken(&s, 1)->cause == 2);
	taut_select_release(&s);
}

TEST(numbers_out_of_range_are_damage)
{
	const uint32_t bad = 7, zero = 0;
	const struct taut_db_set carrier = { 1, &zero, 1, &bad };
	const struct taut_db_set hash = { 1, &bad, 1, &zero };
	const struct taut_db_reflist ref = { 1, &bad, edges, 1, &zero };
	const struct taut_db_reflist user = { 1, &zero, edges, 1, &bad };
	const uint8_t why[1] = { TAUT_WHY_CODE };
	uint8_t reached[7] = { 0 };
	struct taut_select_masks m;
	struct taut_select s;

	start(&s);
	CHECK(taut_select_sets(&s, 0, &carrier, 1, why, 1, &broke, NULL) ==
	      TAUT_EDAMAGED);
	CHECK(taut_select_sets(&s, 0, &hash, 1, why, 1, &broke, NULL) ==
	      TAUT_EDAMAGED);
	break_one(&s, 0, 0, TAUT_WHY_CODE);
	CHECK(taut_select_propagate(&s, &ref, 1, NULL) == TAUT_EDAMAGED);
	CHECK(taut_select_propagate(&s, &user, 1, NULL) == TAUT_EDAMAGED);
	CHECK(taut_select_reach(&user, 1, 7, 0, reached, NULL) ==
	      TAUT_EDAMAGED);
	taut_select_release(&s);
	CHECK(!taut_select_masks_init(&m, 3, 7, NULL));
	CHECK(taut_select_masks_sets(&m, 1, &carrier, 1, why, 1, NULL) ==
	      TAUT_EDAMAGED);
	CHECK(taut_select_masks_sets(&m, 1, &hash, 1, why, 1, NULL) ==
	      TAUT_EDAMAGED);
	taut_select_masks_release(&m);
	CHECK(taut_select_init(&s, 2, 1, NULL) == TAUT_EDAMAGED);
}

TEST(reach_is_the_closure_of_one_test)
{
	uint8_t reached[7] = { 0 };
	static const uint8_t want0[7] = { 1, 0, 0, 1, 1, 1, 0 };
	static const uint8_t want2[7] = { 0, 0, 1, 0, 0, 0, 1 };

	CHECK(!taut_select_reach(lists, NLISTS, 7, 0, reached, NULL));
	CHECK(!memcmp(reached, want0, 7));
	memset(reached, 0, 7);
	CHECK(!taut_select_reach(lists, NLISTS, 7, 2, reached, NULL));
	CHECK(!memcmp(reached, want2, 7));
}

/* A shared list breaks all its users; a long chain needs no recursion. */
TEST(a_long_chain_and_a_shared_list)
{
	enum { N = 20000 };
	static struct taut_db_reflist chain[N];
	static uint32_t ids[N + 1];
	struct taut_select s;
	uint32_t i;

	for (i = 0; i <= N; i++)
		ids[i] = i;
	for (i = 0; i < N - 1; i++)
		chain[i] = (struct taut_db_reflist){ 1, &ids[i + 1], edges, 1,
						     &ids[i] };
	CHECK(!taut_select_init(&s, 1, N, NULL));
	break_one(&s, N - 1, 0, TAUT_WHY_CODE);
	CHECK(!taut_select_propagate(&s, chain, N - 1, NULL));
	CHECK(taut_select_broken(&s, 0));
	taut_select_release(&s);

	chain[0] =
		(struct taut_db_reflist){ 1, &ids[N - 1], edges, N - 1, ids };
	CHECK(!taut_select_init(&s, N - 1, N, NULL));
	break_one(&s, N - 1, 0, TAUT_WHY_CODE);
	CHECK(!taut_select_propagate(&s, chain, 1, NULL));
	CHECK(s.nqueue == N);
	taut_select_release(&s);
}

/* A random graph: 30 tests, and 70 carriers that refer to each other. */
enum { MANY_TESTS = 30, MANY = 100 };
struct graph {
	uint32_t refs[MANY][3], users[MANY][1];
	struct taut_db_reflist lists[MANY];
};

static void make_graph(struct graph *g, uint64_t seed)
{
	static const uint8_t uses[3] = { 0, 0, 0 };
	uint32_t i, k;

	for (i = 0; i < MANY; i++) {
		for (k = 0; k < 3; k++)
			g->refs[i][k] =
				MANY_TESTS +
				(uint32_t)(taut_hash_mix(seed, i * 3 + k) %
					   (MANY - MANY_TESTS));
		g->users[i][0] = i;
		g->lists[i] =
			(struct taut_db_reflist){ i % 4 ? 1 : 3, g->refs[i],
						  uses, 1, g->users[i] };
	}
}

TEST(many_causes_at_once_are_each_as_if_alone)
{
	const uint32_t hash = 0;
	const uint8_t why = TAUT_WHY_CODE;
	struct taut_select_index x;
	struct taut_select_masks m;
	struct taut_select one;
	struct graph g;
	uint32_t seed, i, c;

	for (seed = 0; seed < 20; seed++) {
		make_graph(&g, seed);
		CHECK(!taut_select_index_build(&x, g.lists, MANY, MANY, NULL));
		CHECK(!taut_select_masks_init(&m, MANY_TESTS, MANY, NULL));
		for (i = 0; i < 64; i++) {
			c = MANY - 1 - i % 40; /* some with two causes */
			const struct taut_db_set set = { 1, &hash, 1, &c };

			CHECK(!taut_select_masks_sets(&m, 1ULL << i, &set, 1,
						      &why, 1, NULL));
		}
		CHECK(!taut_select_masks_follow(&m, &x, NULL));
		for (i = 0; i < 64; i++) {
			CHECK(!taut_select_init(&one, MANY_TESTS, MANY, NULL));
			break_one(&one, MANY - 1 - i % 40, 0, why);
			CHECK(!taut_select_follow(&one, &x, NULL));
			for (c = 0; c < MANY; c++)
				CHECK((m.mask[c] >> i & 1) ==
				      (taut_select_broken(&one, c) != NULL));
			taut_select_release(&one);
		}
		taut_select_masks_release(&m);
		taut_select_index_release(&x);
	}
}

TEST(select_oom)
{
	struct taut_select s;
	long n;
	int rc;

	for (n = 1, rc = TAUT_ENOMEM; rc; n++) {
		CHECK(rc == TAUT_ENOMEM && n < 100);
		taut_alloc_fail_at(n);
		rc = taut_select_init(&s, 3, 7, NULL);
		if (!rc) {
			const uint32_t hash = 0, carrier = 5;
			const struct taut_db_set set = { 1, &hash, 1,
							 &carrier };
			const uint8_t why = TAUT_WHY_CODE;

			rc = taut_select_sets(&s, 0, &set, 1, &why, 1, &broke,
					      NULL);
			if (!rc)
				rc = taut_select_propagate(&s, lists, NLISTS,
							   NULL);
			taut_select_release(&s);
		}
	}
	taut_alloc_fail_at(0);
}
