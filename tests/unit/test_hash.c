#include "hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "lex.h"
#include "taut.h"

/* The published values of XXH3 and XXH32 for the empty input and "a". */
TEST(hashes_are_xxhash)
{
	struct taut_digest d = taut_digest_of("", 0);
	static const uint8_t empty[16] = {
		0x99, 0xaa, 0x06, 0xd3, 0x01, 0x47, 0x98, 0xd8,
		0x60, 0x01, 0xc3, 0x24, 0x46, 0x8d, 0x49, 0x7f,
	};

	CHECK(taut_hash64("", 0) == 0x2D06800538D394C2u);
	CHECK(taut_hash64("a", 1) == 0xE6C632B61E964E1Fu);
	CHECK(taut_hash32("", 0) == 0x02CC5D05);
	CHECK(!memcmp(d.b, empty, sizeof(empty)));
}

TEST(digests_compare_by_value)
{
	struct taut_digest a = taut_digest_of("ab", 2);
	struct taut_digest b = taut_digest_of("ab", 2);
	struct taut_digest c = taut_digest_of("ba", 2);

	CHECK(taut_digest_eq(&a, &b) && !taut_digest_eq(&a, &c));
}

TEST(mixing_minds_the_order)
{
	CHECK(taut_hash_mix(1, 2) != taut_hash_mix(2, 1));
	CHECK(taut_hash_mix(0, 0) != 0);
	CHECK(taut_hash_fold(taut_hash_fold(0, 5), 7) !=
	      taut_hash_fold(taut_hash_fold(0, 7), 5));
}

/* Stored in databases: a change here is another TAUT_FORMAT. */
TEST(values_in_databases_do_not_change)
{
	CHECK(TAUT_FORMAT == 6);
	CHECK(taut_hash_mix(1, 2) == 0x07EE86C281446BEFu);
	CHECK(taut_hash_fold(1, 2) == 0xDAA66D2C7DDF743Eu);
	CHECK(taut_lex_hash("", 0) == 0x1FF5C2923A788D2Cu);
	CHECK(taut_lex_hash("self", 4) == 0x18482B94C36C76BAu);
	CHECK(taut_lex_hash("twelve_bytes", 12) == 0x82EA48653CC116DEu);
	CHECK(taut_lex_hash("a name of seventeen", 19) == 0xA00E265909D3123Cu);
	CHECK(taut_name_hash("self", 4) == (uint32_t)0x18482B94C36C76BAu);
}

TEST(suite_hashes_in_databases_do_not_change)
{
	static const char text[] = "from __future__ import annotations\n"
				   "import os\n"
				   "class C(B):\n"
				   "\t'doc'\n"
				   "\tdef f(self, a: int = 1):\n"
				   "\t\tif a:\n"
				   "\t\t\treturn [x for x in a if self]\n"
				   "\t\treturn lambda: super().f(a)\n";
	static const uint64_t want[] = {
		0xDC7F20A6EEC30A2Bu, 0x0A42A19C94D3CBA5u, 0x7C7ADC11D0DA7B52u,
		0xE1F54291A6034708u, 0x5853822FF6E8B244u, 0x3FED8EAA0906C2FEu,
	};
	struct taut_source *s;
	uint32_t i;

	CHECK(!taut_source_scan(text, sizeof(text) - 1, &s, NULL));
	CHECK(s->nsuites == 6);
	for (i = 0; i < 6; i++)
		CHECK(s->suites[i].hash == want[i]);
	taut_source_free(s);
}

/* The 40 bits that are stored, over the sort of input that there is. */
TEST(similar_inputs_do_not_collide)
{
	enum { N = 200000 };
	uint64_t *h = malloc(N * sizeof(*h));
	uint8_t *seen = calloc(1 << 20, 1);
	size_t i, twice = 0;
	char text[32];

	CHECK(h && seen);
	for (i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "name_%zu", i);
		h[i] = taut_hash_fold(0, taut_lex_hash(text, strlen(text)));
		twice += seen[h[i] & 0xFFFFF]++ > 0;
	}
	/* N balls into 2^20 boxes: 17900 expected, deviation 125 */
	CHECK(twice > 17200 && twice < 18600);
	free(h);
	free(seen);
}
