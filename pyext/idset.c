/* idset.c - a set of ids that lie close together. */
#include "core.h"

int idset_room(struct idset *s, size_t n)
{
	size_t had = s->cap;

	if (taut_room(&s->words, &s->cap, n / 64 + 1, sizeof(*s->words)))
		return -1;
	memset(s->words + had, 0, (s->cap - had) * sizeof(*s->words));
	return 0;
}

void idset_clear(struct idset *s)
{
	if (s->low < s->high)
		memset(s->words + s->low, 0,
		       (s->high - s->low) * sizeof(*s->words));
	s->low = s->high = 0;
}

uint32_t idset_next(const struct idset *s, uint32_t from)
{
	size_t at = from / 64 < s->low ? s->low : from / 64;
	uint64_t word;

	for (; at < s->high; at++) {
		word = s->words[at];
		if (at == from / 64)
			word &= ~0ull << from % 64;
		if (word)
			return (uint32_t)at * 64 +
			       (uint32_t)__builtin_ctzll(word);
	}
	return NONE;
}

void idset_free(struct idset *s)
{
	free(s->words);
	memset(s, 0, sizeof(*s));
}
