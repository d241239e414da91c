#include "sheet.h"

#include <string.h>

#include "hash.h"

#define SALT_MODULE 0xC2B2AE3D27D4EB4Fu
#define SALT_STRING 0x27D4EB2F165667C5u
#define SALT_IMPORT 0x165667B19E3779F9u
#define SALT_TOP 0x85EBCA77C2B2AE63u
#define SALT_LOUD 0x27D4EB2F165667C5u
#define SALT_HANDED 0x85EBCA77C2B2AE3Du
#define SALT_PART 0x9E3779B97F4A7C55u
#define SALT_WORD 0x9E3779B185EBCA87u

void taut_sheet_free(struct taut_sheet *s)
{
	if (!s)
		return;
	taut_arena_release(&s->arena);
	taut_free(s);
}

uint32_t taut_text_has(const struct taut_text *text, uint32_t name)
{
	uint32_t lo = 0, hi = text->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (text->v[mid].name < name)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < text->n && text->v[lo].name == name ? text->v[lo].flags : 0;
}

size_t taut_word_length(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!(p[i] == '_' || (p[i] >= 'a' && p[i] <= 'z') ||
		      (p[i] >= 'A' && p[i] <= 'Z') || p[i] & 0x80 ||
		      (i && p[i] >= '0' && p[i] <= '9')))
			break;
	return i;
}

uint32_t taut_dotted_close(uint64_t path)
{
	return (uint32_t)taut_hash_mix(path, SALT_MODULE);
}

uint32_t taut_dotted_import(uint64_t path)
{
	return (uint32_t)taut_hash_mix(path, SALT_IMPORT);
}

uint32_t taut_dotted_string(uint64_t path)
{
	return (uint32_t)taut_hash_mix(path, SALT_STRING);
}

uint32_t taut_dotted_top(uint64_t top)
{
	return (uint32_t)taut_hash_mix(top, SALT_TOP);
}

uint32_t taut_dotted_loud(uint32_t name)
{
	return (uint32_t)taut_hash_mix(name, SALT_LOUD);
}

uint32_t taut_dotted_word(uint32_t name)
{
	return (uint32_t)taut_hash_mix(name, SALT_WORD);
}

uint32_t taut_dotted_handed(uint32_t name)
{
	return (uint32_t)taut_hash_mix(name, SALT_HANDED);
}

uint32_t taut_dotted_part(uint32_t word)
{
	return (uint32_t)taut_hash_mix(word, SALT_PART);
}
