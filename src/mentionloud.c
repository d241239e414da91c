/*
 * mentionloud - what stores something though no text calls it: methods that
 * Python calls by itself, and names that are altered by reading them.
 */
#include <string.h>

#include "mentionfile.h"
#include "taut.h"

int taut_writer_loud(const struct taut_writer *w, const uint32_t *next,
		     uint32_t line)
{
	struct taut_stmt st;
	uint32_t pos;

	for (; line != TAUT_NONE; line = next[line]) {
		pos = w->src->o->rows[line].body;
		while (taut_outline_next(w->src->o, line, &pos, &st))
			if (!taut_pure_body(w->src->imported, w->lx, &st))
				return 1;
	}
	return 0;
}

/* Methods that only a call, a store or a statement of their own runs: none of
 * that is in a unit that gives a value, but for what runs such a one. */
static const char *const called[] = {
	"__init__",    "__call__",    "__enter__",     "__exit__",
	"__aenter__",  "__aexit__",   "__setattr__",   "__delattr__",
	"__setitem__", "__delitem__", "__post_init__", "__set__",
	"__delete__"
};

static int is_called(const struct taut_writer *w, const struct taut_tok *t)
{
	size_t i;

	for (i = 0; i < sizeof(called) / sizeof(*called); i++)
		if (t->len == strlen(called[i]) &&
		    !memcmp(w->lx->text + t->off, called[i], t->len))
			return 1;
	return 0;
}

void taut_writer_methods(struct taut_writer *w, uint32_t b)
{
	const struct taut_block *blocks = w->src->o->blocks;
	const struct taut_tok *t;

	for (; b; b = blocks[b].parent) {
		if (blocks[b].name == TAUT_NONE ||
		    !taut_block_is_code(&blocks[b]))
			continue;
		t = &w->lx->toks[blocks[b].name];
		if (!taut_tok_is_dunder(w->lx, t) &&
		    blocks[b].deco == blocks[b].head)
			continue;
		if (is_called(w, t))
			continue;
		taut_writer_add(w, taut_dotted_loud((uint32_t)t->hash),
				TAUT_MENTION_MODULE);
		taut_writer_add(w, taut_dotted_loud(TAUT_LOUD_METHOD),
				TAUT_MENTION_MODULE);
	}
}

/* Is what the unit binds altered by reading it: an iterator, a defaultdict? */
static int makes_loud(const struct taut_writer *w, const struct taut_unit *u,
		      const struct taut_span *sp)
{
	uint32_t i;

	for (i = 0; i < u->nnames; i++)
		if (taut_imported_uses_up(
			    w->src->imported,
			    taut_lex_hash(u->names[i], strlen(u->names[i]))))
			return 1;
	for (i = sp->first; i < sp->end; i++)
		if (w->lx->toks[i].hash == w->defaultdict)
			return 1;
	return 0;
}

void taut_writer_loud_names(struct taut_writer *w, const struct taut_unit *u,
			    const struct taut_span *sp)
{
	uint32_t i;

	if (!makes_loud(w, u, sp))
		return;
	taut_writer_add(w, taut_dotted_loud(TAUT_LOUD_NAME),
			TAUT_MENTION_MODULE);
	for (i = 0; i < u->nnames; i++)
		taut_writer_add(w,
				taut_dotted_loud(taut_name_hash(
					u->names[i], strlen(u->names[i]))),
				TAUT_MENTION_MODULE);
}
