/*
 * mentionimport - what a file imports: the paths, and what the names mean.
 */
#include "alias.h"
#include "mentionfile.h"

/* Every prefix of what is imported, which gets imported with it. */
static void list_import(struct taut_writer *w, const struct taut_stmt *st,
			uint32_t how)
{
	const struct taut_tok *t = w->lx->toks;
	struct taut_alias a;
	uint32_t pos = 0, i;
	uint64_t path;

	while (taut_alias_next(w->lx, st, &pos, &a)) {
		for (path = 0, i = a.module; i < a.module_end; i++) {
			if (!taut_tok_is_name(&t[i]))
				continue;
			path = taut_dotted_add(path, t[i].hash);
			taut_writer_add(w, taut_dotted_import(path), how);
		}
		if (a.name == TAUT_NONE || !taut_tok_is_name(&t[a.name]))
			continue;
		path = taut_dotted_add(path, t[a.name].hash);
		taut_writer_add(w, taut_dotted_import(path), how);
	}
}

static void know_import(struct taut_writer *w, const struct taut_stmt *st,
			uint32_t how)
{
	const struct taut_tok *t = w->lx->toks;
	struct taut_alias a;
	uint32_t pos = 0, last;
	uint64_t path, first;

	while (taut_alias_next(w->lx, st, &pos, &a)) {
		path = taut_alias_path(w->lx, &a, &first);
		if (a.name == TAUT_NONE && a.bound == a.module)
			path = first;
		last = a.name != TAUT_NONE ? a.name : a.module_end - 1;
		if (!taut_tok_is_name(&t[a.bound])) {
			w->s->star = 1;
			continue;
		}
		taut_known_add(w, t[a.bound].hash, path,
			       taut_known_flags(w, t[last].hash));
		if (!w->nomem)
			w->known[w->nknown - 1].inner =
				!(how & TAUT_IMPORT_LIVE);
	}
}

/* May the statement that begins on line i end an exception? */
static int is_try(const struct taut_outline *o, uint32_t i)
{
	return o->rows[i].key == TAUT_KW_TRY || o->rows[i].key == TAUT_KW_WITH;
}

/* How an import on line i is done: enum taut_import_flags. */
uint32_t taut_writer_import_flags(const struct taut_writer *w, uint32_t i)
{
	const struct taut_outline *o = w->src->o;
	uint32_t b = o->rows[i].block, how = TAUT_MENTION_MODULE;

	if (!taut_block_is_code(&o->blocks[b]) && !taut_writer_never(w, b))
		how |= TAUT_IMPORT_LIVE;
	if (is_try(o, i))
		how |= TAUT_IMPORT_TRIED;
	for (; b; b = o->blocks[b].parent)
		if (is_try(o, o->blocks[b].head))
			how |= TAUT_IMPORT_TRIED;
	return how;
}

static void each_import(struct taut_writer *w,
			void (*found)(struct taut_writer *w,
				      const struct taut_stmt *st, uint32_t how))
{
	const struct taut_outline *o = w->src->o;
	struct taut_stmt st;
	uint32_t i, pos;

	for (i = 0; i < w->lx->nlines; i++) {
		if (!(w->lx->lines[i].flags & TAUT_LINE_IMPORT))
			continue;
		pos = o->rows[i].body;
		while (taut_outline_next(o, i, &pos, &st))
			if (st.key == TAUT_KW_IMPORT || st.key == TAUT_KW_FROM)
				found(w, &st, taut_writer_import_flags(w, i));
	}
}

void taut_writer_imports(struct taut_writer *w)
{
	each_import(w, know_import);
	taut_known_sort(w);
	/* what nobody enters is known by a name that is imported */
	each_import(w, list_import);
}
