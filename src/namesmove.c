/*
 * namesmove - statements that stand elsewhere, and mean the same there.
 */
#include "hash.h"
#include "namesfile.h"

/* A hash of what stands before unit i and does more than bind names. */
static uint64_t done_before(const struct taut_editor *e, int old, uint32_t i)
{
	uint64_t sum = 0;
	struct taut_edit v;

	while (i--) {
		v = taut_edit_at(e, old, i);
		if (v.effect > TAUT_EFFECT_CONST)
			sum += taut_hash_mix(v.hash, (uint64_t)v.kind);
	}
	return sum;
}

/* A statement of the module that stands elsewhere, where it has the same
 * meaning: all that need its names at once come behind it, nobody else binds
 * them, and what runs before it is what ran before it.  In a class the order
 * is a meaning of its own: of an enum's members, of fields. */
int taut_edit_is_inert_move(const struct taut_editor *e,
			    const struct taut_edit *u)
{
	const struct taut_sheet_unit *v;
	uint32_t i, k;

	if (!u->moved || *u->owner || u->effect > TAUT_EFFECT_CONST ||
	    done_before(e, 0, u->now) != done_before(e, 1, u->was) ||
	    (u->kind != TAUT_UNIT_DEF_CORE && u->kind != TAUT_UNIT_ASSIGN &&
	     u->kind != TAUT_UNIT_DEF_ANNOTATIONS))
		return 0;
	v = &e->s->units[u->now];
	for (k = 0; k < v->text.n; k++)
		if (v->text.v[k].flags & TAUT_MENTION_NOW)
			return 0;
	for (i = 0; i < e->s->nunits; i++) {
		v = &e->s->units[i];
		for (k = 0; k < u->nnames; k++)
			if ((i < u->now &&
			     taut_text_has(&v->text,
					   e->s->units[u->now].keys[k])) ||
			    (i != u->now && v->kind != TAUT_UNIT_DEF_DOC &&
			     v->kind != TAUT_UNIT_DEF_ANNOTATIONS &&
			     !*v->owner &&
			     taut_unit_binds(v, e->s->units[u->now].keys[k])))
				return 0;
	}
	return 1;
}
