#include "unit.h"

#include <ctype.h>
#include <string.h>

#include "alias.h"
#include "bind.h"
#include "effect.h"
#include "hash.h"

struct cutter {
	struct taut_units *us; /* all borrowed */
	const struct taut_outline *o;
	const struct taut_lex *lx;
	const struct taut_scopes *sc;
	const struct taut_unit_config *conf;
	struct taut_arena *arena;
	struct taut_binds binds; /* names of the unit at hand */
	/* owned; by suite: the qualified name of a class, else NULL */
	const char **owners;
	uint64_t *seen; /* owned; scratch: names met, open addressing */
	size_t cap_seen;
};

/* ---- adding a unit ---- */

static const char *text_of(struct cutter *c, const struct taut_tok *t)
{
	return taut_arena_dup(c->arena, c->lx->text + t->off, t->len);
}

/* Take repetitions out of c->binds. */
static int unique_names(struct cutter *c)
{
	struct taut_binds *b = &c->binds;
	size_t i, slot, n = 0, nslots = b->n * 2;
	uint64_t h;

	if (b->n < 2)
		return 0;
	if (taut_grow(&c->seen, &c->cap_seen, nslots, sizeof(*c->seen)))
		return TAUT_ENOMEM;
	memset(c->seen, 0, nslots * sizeof(*c->seen));
	for (i = 0; i < b->n; i++) {
		h = b->v[i].tok->hash | 1; /* 0 = free */
		slot = h % nslots;
		while (c->seen[slot] && c->seen[slot] != h)
			slot = (slot + 1) % nslots;
		if (c->seen[slot])
			continue;
		c->seen[slot] = h;
		b->v[n++] = b->v[i];
	}
	b->n = n;
	return 0;
}

/* The strings of c->binds. */
static const char *const *name_strings(struct cutter *c)
{
	const char **names;
	size_t i;

	names = taut_arena_alloc(c->arena, (c->binds.n + 1) * sizeof(*names));
	for (i = 0; names && i < c->binds.n; i++) {
		names[i] = text_of(c, c->binds.v[i].tok);
		if (!names[i])
			return NULL;
	}
	return names;
}

/* The version grows by the unit just added. */
static void add_to_version(struct cutter *c, const struct taut_unit *u,
			   uint64_t owner)
{
	uint64_t h = c->us->version;
	size_t i;

	if (u->kind == TAUT_UNIT_DEF_DOC)
		return;
	h = taut_hash_fold(h, u->hash);
	h = taut_hash_fold(h, u->branch);
	h = taut_hash_fold(h, owner + u->kind);
	for (i = 0; i < c->binds.n; i++)
		h = taut_hash_fold(h, c->binds.v[i].tok->hash);
	c->us->version = h;
}

/* What add_unit() cannot find in c->binds. */
struct cut {
	uint64_t hash, branch;
	uint64_t qual; /* hash of the owner */
	const char *owner;
	uint32_t line, tok;   /* its line, its first token */
	uint32_t header, end; /* see struct taut_span */
	uint64_t module;      /* of an import */
	int kind, effect;
};

/* A hash of the names in tokens [i, end), whatever their order and number. */
static uint32_t names_hash(struct cutter *c, uint32_t i, uint32_t end)
{
	size_t slot, nslots = 2 * (size_t)(end - i) + 1;
	uint64_t sum = 0, h;

	if (taut_grow(&c->seen, &c->cap_seen, nslots, sizeof(*c->seen))) {
		c->binds.nomem = 1;
		return 0;
	}
	memset(c->seen, 0, nslots * sizeof(*c->seen));
	for (; i < end; i++) {
		if (!taut_tok_is_name(&c->lx->toks[i]))
			continue;
		h = c->lx->toks[i].hash | 1; /* 0 = free */
		slot = h % nslots;
		while (c->seen[slot] && c->seen[slot] != h)
			slot = (slot + 1) % nslots;
		if (!c->seen[slot])
			sum += taut_hash_mix(h, 1);
		c->seen[slot] = h;
	}
	return (uint32_t)taut_hash_mix(sum, 0);
}

/* pytest uses such a fixture for tests that do not say its def's name. */
static int is_unnamed(const struct cutter *c, const struct cut *cut)
{
	const struct taut_tok *t = c->lx->toks;
	uint32_t i;

	for (i = cut->tok; i < cut->header; i++)
		if (t[i].flags & TAUT_TOK_KWARG &&
		    (t[i].hash == taut_lex_hash("autouse", 7) ||
		     t[i].hash == taut_lex_hash("name", 4)))
			return 1;
	return 0;
}

/* The effect of a unit, the promises of `pure` included. */
static int effect_of(const struct cutter *c, const struct cut *cut)
{
	switch (cut->kind) {
	case TAUT_UNIT_DEF_CORE:
		if (is_unnamed(c, cut))
			return TAUT_EFFECT_STORE;
		break;
	case TAUT_UNIT_ASSIGN:
		if (!cut->effect &&
		    taut_effect_is_constant(c->lx, cut->tok, cut->end))
			return TAUT_EFFECT_CONST;
		if (taut_pure_skips(c->lx, cut->tok, cut->end))
			return TAUT_EFFECT_STORE;
		break;
	case TAUT_UNIT_DEF_ANNOTATIONS:
		break;
	case TAUT_UNIT_CLASS:
		if (cut->effect == TAUT_EFFECT_CALL &&
		    cut->header == cut->tok &&
		    taut_pure_class(c->conf->imported, c->lx, cut->header))
			return TAUT_EFFECT_PURE;
		return cut->effect;
	default:
		return cut->effect;
	}
	return cut->effect == TAUT_EFFECT_CALL ?
		       taut_pure_effect(c->conf->imported, c->lx, cut->tok,
					cut->header, cut->end) :
		       cut->effect;
}

/* A unit with the names in c->binds. */
static int add_unit(struct cutter *c, const struct cut *cut)
{
	struct taut_units *us = c->us;
	struct taut_unit *u;

	if (c->binds.nomem || unique_names(c) ||
	    taut_grow(&us->v, &us->cap, us->n + 1, sizeof(*u)) ||
	    taut_grow(&us->spans, &us->cap_spans, us->n + 1,
		      sizeof(*us->spans)))
		return TAUT_ENOMEM;
	us->spans[us->n] =
		(struct taut_span){ cut->tok, cut->header, cut->end };
	u = &us->v[us->n];
	memset(u, 0, sizeof(*u));
	u->hash = taut_hash_mix(cut->hash, (uint64_t)cut->kind);
	u->branch = cut->branch;
	u->suite = c->o->rows[cut->line].block;
	u->line = c->lx->toks[cut->tok].line;
	u->kind = (uint8_t)cut->kind;
	u->effect = (uint8_t)effect_of(c, cut);
	if (u->kind == TAUT_UNIT_IMPORT)
		u->calls = (uint32_t)cut->module;
	else if (u->effect > TAUT_EFFECT_PURE)
		u->calls = names_hash(c, cut->tok, cut->end);
	u->owner = cut->owner;
	u->nnames = (uint32_t)c->binds.n;
	u->names = name_strings(c);
	if (!u->names || c->binds.nomem)
		return TAUT_ENOMEM;
	us->n++;
	add_to_version(c, u, cut->qual);
	return 0;
}

/* A cut that stands on line i with its branch and owner; kind is STATEMENT. */
static struct cut cut_at(const struct cutter *c, uint32_t i, uint32_t tok)
{
	const struct taut_block *b = &c->o->blocks[c->o->rows[i].block];
	struct cut cut = { 0 };

	cut.branch = b->path;
	cut.owner = "";
	if (b->cls != TAUT_NONE) {
		cut.owner = c->owners[b->cls];
		cut.qual = c->o->blocks[b->cls].qual;
	}
	cut.line = i;
	cut.tok = cut.header = tok;
	return cut;
}

/* ---- simple statements ---- */

static int cut_import(struct cutter *c, struct cut *cut,
		      const struct taut_stmt *st)
{
	struct taut_alias a;
	uint32_t pos = 0;
	uint64_t h;

	cut->kind = TAUT_UNIT_IMPORT;
	cut->effect = TAUT_EFFECT_CALL;
	while (taut_alias_next(c->lx, st, &pos, &a)) {
		h = taut_lex_fold(c->lx, a.module, a.module_end, st->key);
		if (a.name != TAUT_NONE)
			h = taut_lex_fold(c->lx, a.name, a.name + 1, h);
		cut->hash = taut_lex_fold(c->lx, a.bound, a.bound + 1, h);
		cut->module = taut_alias_module(c->lx, &a);
		/* the one name that has another here, or of `from` */
		cut->end = a.name == TAUT_NONE ? a.module_end : a.name + 1;
		cut->header = a.bound == a.module ? cut->end : cut->end - 1;
		c->binds.n = 0;
		taut_binds_add(&c->binds, &c->lx->toks[a.bound],
			       TAUT_BIND_LOCAL);
		if (add_unit(c, cut))
			return TAUT_ENOMEM;
	}
	return 0;
}

static int is_assignment(const struct cutter *c, const struct taut_stmt *st)
{
	uint32_t i;

	if (st->key == TAUT_ID_TYPE)
		return 1;
	if (st->key >= TAUT_KW_AND && st->key <= TAUT_KW_YIELD)
		return 0;
	for (i = st->first; i < st->end; i = taut_lex_skip(c->lx, i)) {
		switch (c->lx->toks[i].id) {
		case TAUT_KW_LAMBDA:
			return 0;
		case '=':
		case ':':
		case TAUT_OP_AUG:
			return 1;
		}
	}
	return 0;
}

/* Is nothing but a name between the quotes of a string? */
static int is_exported(const struct cutter *c, const struct taut_tok *t)
{
	const char *p = c->lx->text + t->off;
	uint32_t i;

	if (t->kind != TAUT_TOK_STRING || t->len < 3 ||
	    (*p != '"' && *p != '\''))
		return 0;
	for (i = 1; i + 1 < t->len; i++)
		if (!isalnum((unsigned char)p[i]) && p[i] != '_')
			return 0;
	return 1;
}

/* `__all__ = ["a", "b"]`? */
static int is_exports(const struct cutter *c, const struct cut *cut,
		      const struct taut_stmt *st)
{
	static const char word[] = TAUT_EXPORTS;
	const struct taut_tok *t = c->lx->toks;
	uint32_t i = st->first + 3;

	if (*cut->owner || st->end < i + 1 ||
	    t[st->first].hash != taut_lex_hash(word, sizeof(word) - 1) ||
	    t[st->first + 1].id != '=' || !taut_tok_is_open(&t[i - 1]) ||
	    t[i - 1].id == '{' || t[i - 1].mate + 1 != st->end)
		return 0;
	/* ("a") is a string, of which each letter is a name */
	if (t[i - 1].id == '(' && i + 1 < st->end && t[i + 1].id != ',')
		return 0;
	for (; i + 1 < st->end; i += 2)
		if (!is_exported(c, &t[i]) ||
		    (t[i + 1].id != ',' && i + 2 != st->end))
			return 0;
	return 1;
}

/* One unit for the list, and one for each name in it, as if it were a member of
 * a class. */
static int cut_exports(struct cutter *c, const struct cut *list,
		       const struct taut_stmt *st)
{
	struct cut cut = *list;
	const struct taut_tok *t;
	const char **names;
	uint32_t i;

	cut.kind = TAUT_UNIT_ASSIGN;
	cut.effect = TAUT_EFFECT_NONE;
	cut.end = st->first + 2;
	cut.hash = taut_lex_fold(c->lx, st->first, cut.end, 0);
	if (add_unit(c, &cut))
		return TAUT_ENOMEM;
	cut.owner = TAUT_EXPORTS;
	cut.qual = taut_lex_hash(TAUT_EXPORTS, strlen(TAUT_EXPORTS));
	for (i = st->first + 3; i + 1 < st->end; i += 2) {
		cut.tok = cut.header = i;
		cut.end = i + 1;
		cut.hash = c->lx->toks[i].hash;
		c->binds.n = 0;
		names = taut_arena_alloc(c->arena, sizeof(*names));
		if (!names || add_unit(c, &cut))
			return TAUT_ENOMEM;
		t = &c->lx->toks[i];
		names[0] = taut_arena_dup(c->arena, c->lx->text + t->off + 1,
					  t->len - 2);
		if (!names[0])
			return TAUT_ENOMEM;
		c->us->v[c->us->n - 1].nnames = 1;
		c->us->v[c->us->n - 1].names = names;
	}
	return 0;
}

static int cut_simple(struct cutter *c, struct cut *cut,
		      const struct taut_stmt *st)
{
	if (st->key == TAUT_KW_IMPORT || st->key == TAUT_KW_FROM)
		return cut_import(c, cut, st);
	c->binds.n = 0;
	taut_bind_stmt(c->o, st, &c->binds);
	if (is_exports(c, cut, st))
		return cut_exports(c, cut, st);
	cut->kind =
		is_assignment(c, st) ? TAUT_UNIT_ASSIGN : TAUT_UNIT_STATEMENT;
	cut->effect = taut_effect_stmt(c->lx, st, c->conf->lazy_annotations);
	cut->hash = taut_lex_fold(c->lx, st->first, st->end, 0);
	cut->end = st->end;
	return add_unit(c, cut);
}

/* The header of an if or try: a unit only where it does something. */
static int cut_guard(struct cutter *c, struct cut *cut,
		     const struct taut_stmt *st)
{
	uint32_t end;

	c->binds.n = 0;
	taut_bind_stmt(c->o, st, &c->binds);
	end = taut_lex_find(c->lx, st->first, st->end - 1, TAUT_KW_AS);
	cut->effect = taut_effect_expr(c->lx, st->first + 1, end);
	if (cut->effect <= TAUT_EFFECT_CONST && !c->binds.n)
		return 0;
	if (cut->effect == TAUT_EFFECT_CALL)
		cut->effect = taut_pure_effect(c->conf->imported, c->lx,
					       st->first, st->first, st->end);
	cut->kind = TAUT_UNIT_STATEMENT;
	cut->hash = taut_lex_fold(c->lx, st->first, st->end, 0);
	cut->end = st->end;
	return add_unit(c, cut);
}

/* ---- def and class ---- */

/* The header of a def, told apart. */
struct header {
	uint64_t core, notes;
	int core_effect, notes_effect;
	int annotated;
};

static void note_annotation(struct cutter *c, struct header *h, uint32_t i,
			    uint32_t end, uint64_t param)
{
	h->notes =
		taut_lex_fold(c->lx, i, end, taut_hash_fold(h->notes, param));
	if (!c->conf->lazy_annotations && !h->notes_effect)
		h->notes_effect = taut_effect_expr(c->lx, i, end);
	h->annotated = 1;
}

/* The default behind the = at token i: returns its end. */
static uint32_t note_default(struct cutter *c, struct header *h, uint32_t i,
			     uint32_t end)
{
	const uint32_t at = taut_lex_default(c->lx, i, end);

	h->core = taut_lex_fold(c->lx, i, at, h->core);
	if (!h->core_effect)
		h->core_effect = taut_effect_expr(c->lx, i + 1, at);
	return at;
}

/* Parameters, tokens [i, end) between the brackets. */
static void split_params(struct cutter *c, struct header *h, uint32_t i,
			 uint32_t end)
{
	uint64_t param = 1;
	uint32_t at;

	while (i < end) {
		switch (c->lx->toks[i].id) {
		case ':':
			at = taut_lex_find(c->lx, i, end, ',');
			at = taut_lex_find(c->lx, i, at, '=');
			note_annotation(c, h, i + 1, at, param);
			i = at;
			continue;
		case '=':
			i = note_default(c, h, i, end);
			continue;
		case ',':
			param++;
			break;
		}
		h->core = taut_lex_fold(c->lx, i, i + 1, h->core);
		i++;
	}
}

static void split_header(struct cutter *c, struct header *h,
			 const struct taut_stmt *st)
{
	uint32_t open = taut_bind_open(c->lx, st), close, arrow;

	if (open == TAUT_NONE) {
		h->core = taut_lex_fold(c->lx, st->first, st->end, h->core);
		return;
	}
	close = c->lx->toks[open].mate;
	arrow = taut_lex_find(c->lx, close, st->end, TAUT_OP_ARROW);
	h->core = taut_lex_fold(c->lx, st->first, open + 1, h->core);
	split_params(c, h, open + 1, close);
	h->core = taut_lex_fold(c->lx, close, arrow, h->core);
	if (arrow < st->end)
		note_annotation(c, h, arrow + 1, st->end - 1, 0);
}

static uint64_t fold_rows(const struct cutter *c, uint32_t i, uint32_t end,
			  uint64_t h)
{
	for (; i < end; i++)
		h = taut_hash_fold(h, c->o->rows[i].hash);
	return h;
}

/* What the suite of a def or class says about its object. */
static uint64_t object_facts(const struct cutter *c, uint32_t block)
{
	const struct taut_block *b = &c->o->blocks[block];
	const struct taut_scope *s = &c->sc->v[b->scope];

	return 1 + (b->has_doc | s->gen << 1 | s->super << 2);
}

/* The docstrings of a suite as a unit, with those of the suites in it when it
 * is code; the names are in c->binds. */
static int cut_doc(struct cutter *c, struct cut *cut, uint32_t block)
{
	const struct taut_block *b = &c->o->blocks[block], *in = b;
	const struct taut_block *end = c->o->blocks + c->o->nblocks;
	int any = 0;

	cut->hash = 0;
	for (; in < end &&
	       (in == b || (taut_block_is_code(b) && in->func == b->func));
	     in++) {
		if (!in->has_doc)
			continue;
		any = 1;
		cut->hash =
			taut_lex_fold(c->lx, c->lx->lines[in->first].first,
				      c->o->rows[in->first].body, cut->hash);
	}
	cut->kind = TAUT_UNIT_DEF_DOC;
	cut->effect = TAUT_EFFECT_NONE;
	return any ? add_unit(c, cut) : 0;
}

/* Decorators that only wrap, unless the file gives their names another
 * meaning; what the name rule makes of an edit that does is in namesedit.c. */
static int only_wraps(const struct cutter *c, uint32_t deco, uint32_t i)
{
	static const char *const plain[] = { "property", "staticmethod",
					     "classmethod" };
	const struct taut_tok *t;
	size_t k;

	for (; deco < i; deco++) {
		if (c->lx->lines[deco].end != c->lx->lines[deco].first + 2)
			return 0;
		t = &c->lx->toks[c->lx->lines[deco].first + 1];
		for (k = 0; k < 3; k++)
			if (t->len == strlen(plain[k]) &&
			    !memcmp(c->lx->text + t->off, plain[k], t->len))
				break;
		if (k == 3 || taut_imported_find(c->conf->imported, t->hash) ||
		    taut_imported_rebinds(c->conf->imported, t->hash))
			return 0;
	}
	return 1;
}

/* The def on line i, decorated from line `deco` on. */
static int cut_def(struct cutter *c, uint32_t i, uint32_t deco,
		   const struct taut_stmt *st)
{
	const struct taut_row *r = &c->o->rows[i];
	const struct taut_line *l = &c->lx->lines[i];
	struct cut cut = cut_at(c, i, c->lx->lines[deco].first);
	struct header h = { 0 };

	h.core = fold_rows(c, deco, i, 0);
	h.core_effect =
		only_wraps(c, deco, i) ? TAUT_EFFECT_NONE : TAUT_EFFECT_CALL;
	split_header(c, &h, st);
	if (r->child != TAUT_NONE)
		h.core = taut_hash_fold(h.core, object_facts(c, r->child));
	else /* a body on the same line */
		h.core = taut_lex_fold(c->lx, st->end, l->end, h.core);
	c->binds.n = 0;
	taut_bind_stmt(c->o, st, &c->binds);
	cut.header = st->first;
	cut.end = r->child != TAUT_NONE ? st->end : l->end;
	cut.kind = TAUT_UNIT_DEF_CORE;
	cut.hash = h.core;
	cut.effect = h.core_effect;
	if (add_unit(c, &cut))
		return TAUT_ENOMEM;
	cut.kind = TAUT_UNIT_DEF_ANNOTATIONS;
	cut.hash = h.notes;
	cut.effect = h.notes_effect;
	if (h.annotated && add_unit(c, &cut))
		return TAUT_ENOMEM;
	return r->child == TAUT_NONE ? 0 : cut_doc(c, &cut, r->child);
}

/* "Outer.Inner" for the class named by token t. */
static const char *owner_string(struct cutter *c, const char *outer,
				const struct taut_tok *t)
{
	struct taut_buf b = TAUT_BUF_INIT;
	const char *s = NULL;

	if (*outer &&
	    (taut_buf_add(&b, outer, strlen(outer)) || taut_buf_u8(&b, '.')))
		goto out;
	if (taut_buf_add(&b, c->lx->text + t->off, t->len))
		goto out;
	s = taut_arena_dup(c->arena, b.p, b.n);
out:
	taut_buf_release(&b);
	return s;
}

/* `class C: a = 1`: the statements behind the header are members. */
static int cut_inline_class(struct cutter *c, uint32_t i, struct cut *cut,
			    uint32_t pos, const struct taut_tok *name)
{
	struct taut_stmt st;

	cut->owner = owner_string(c, cut->owner, name);
	cut->qual = taut_hash_fold(cut->qual, name->hash);
	if (!cut->owner)
		return TAUT_ENOMEM;
	while (taut_outline_next(c->o, i, &pos, &st)) {
		cut->tok = cut->header = st.first;
		if (cut_simple(c, cut, &st))
			return TAUT_ENOMEM;
	}
	return 0;
}

static int cut_class(struct cutter *c, uint32_t i, uint32_t deco,
		     const struct taut_stmt *st)
{
	const struct taut_row *r = &c->o->rows[i];
	struct cut cut = cut_at(c, i, c->lx->lines[deco].first);
	const struct taut_tok *name = &c->lx->toks[st->first + 1];
	const char *outer = cut.owner;

	cut.header = st->first;
	cut.end = st->end;
	cut.kind = TAUT_UNIT_CLASS;
	cut.hash = taut_lex_fold(c->lx, st->first, st->end,
				 fold_rows(c, deco, i, 0));
	/* bases may have a metaclass or __init_subclass__ */
	cut.effect = deco < i || st->end - st->first > 3 ? TAUT_EFFECT_CALL :
							   TAUT_EFFECT_NONE;
	if (r->child != TAUT_NONE) {
		cut.hash = taut_hash_fold(cut.hash, object_facts(c, r->child));
		c->owners[r->child] = owner_string(c, outer, name);
		if (!c->owners[r->child])
			return TAUT_ENOMEM;
	}
	c->binds.n = 0;
	taut_bind_stmt(c->o, st, &c->binds);
	if (add_unit(c, &cut))
		return TAUT_ENOMEM;
	if (r->child != TAUT_NONE)
		return cut_doc(c, &cut, r->child);
	return cut_inline_class(c, i, &cut, st->end, name);
}

/* ---- compound statements that stay whole ---- */

/* The line behind the statement that begins on line i. */
static uint32_t compound_end(const struct cutter *c, uint32_t i)
{
	const struct taut_outline *o = c->o;
	uint32_t block = o->rows[i].block, n = (uint32_t)c->lx->nlines;

	for (;;) {
		i = o->rows[i].child == TAUT_NONE ?
			    i + 1 :
			    o->blocks[o->rows[i].child].last + 1;
		if (i >= n || o->rows[i].key != TAUT_KW_ELSE ||
		    o->rows[i].block != block)
			return i;
	}
}

/* Names that line i binds in the scope of the compound statement. */
static void bind_line(struct cutter *c, uint32_t i)
{
	uint32_t pos = c->o->rows[i].body;
	struct taut_stmt st;

	while (taut_outline_next(c->o, i, &pos, &st)) {
		taut_bind_stmt(c->o, &st, &c->binds);
		if (st.header &&
		    (st.key == TAUT_KW_DEF || st.key == TAUT_KW_CLASS))
			return; /* what follows binds elsewhere */
	}
}

static int cut_compound(struct cutter *c, uint32_t i, uint32_t end)
{
	struct cut cut = cut_at(c, i, c->lx->lines[i].first);
	uint32_t cls = c->o->blocks[c->o->rows[i].block].cls;
	const struct taut_row *r;
	const struct taut_block *b;

	c->binds.n = 0;
	cut.end = c->lx->lines[end - 1].end;
	for (; i < end; i++) {
		r = &c->o->rows[i];
		b = &c->o->blocks[r->block];
		if (taut_block_is_code(b))
			continue;
		cut.hash = taut_hash_fold(cut.hash, r->hash);
		cut.hash = taut_hash_fold(cut.hash, c->lx->lines[i].depth);
		if (r->child != TAUT_NONE &&
		    (r->key == TAUT_KW_DEF || r->key == TAUT_KW_CLASS))
			cut.hash = taut_hash_fold(cut.hash,
						  object_facts(c, r->child));
		if (b->cls == cls)
			bind_line(c, i);
	}
	cut.kind = TAUT_UNIT_COMPOUND;
	cut.effect = TAUT_EFFECT_CALL;
	return add_unit(c, &cut);
}

/* ---- lines ---- */

/* The statements of line i that are neither decorator nor compound. */
static int cut_line(struct cutter *c, uint32_t i, uint32_t deco)
{
	uint32_t pos = c->o->rows[i].body;
	struct taut_stmt st;
	struct cut cut;
	int rc = 0;

	while (!rc && taut_outline_next(c->o, i, &pos, &st)) {
		if (st.header && st.key == TAUT_KW_DEF)
			return cut_def(c, i, deco, &st);
		if (st.header && st.key == TAUT_KW_CLASS)
			return cut_class(c, i, deco, &st);
		cut = cut_at(c, i, st.first);
		if (st.more)
			cut.branch = c->o->rows[i].path;
		rc = st.header ? cut_guard(c, &cut, &st) :
				 cut_simple(c, &cut, &st);
	}
	return rc;
}

static int is_compound(int key)
{
	return key == TAUT_KW_WITH || key == TAUT_KW_FOR ||
	       key == TAUT_KW_WHILE || key == TAUT_ID_MATCH;
}

static int cut_lines(struct cutter *c)
{
	uint32_t i = 0, end, deco = TAUT_NONE, n = (uint32_t)c->lx->nlines;
	const struct taut_row *r;
	int rc = 0;

	for (; !rc && i < n; i = end) {
		r = &c->o->rows[i];
		end = i + 1;
		if (taut_block_is_code(&c->o->blocks[r->block]))
			continue;
		if (r->key == '@') {
			if (deco == TAUT_NONE)
				deco = i;
			continue;
		}
		if (is_compound(r->key)) {
			end = compound_end(c, i);
			rc = cut_compound(c, i, end);
		} else {
			rc = cut_line(c, i, deco == TAUT_NONE ? i : deco);
		}
		deco = TAUT_NONE;
	}
	return rc;
}

int taut_unit_in_version(int kind, const char *owner, uint32_t nnames,
			 const char *const *names)
{
	return kind != TAUT_UNIT_DEF_DOC ||
	       (!*owner && nnames == 1 && !strcmp(names[0], "__doc__"));
}

/* The module's docstring is the unit of its name `__doc__`. */
static int cut_module_doc(struct cutter *c)
{
	static const char *const names[] = { "__doc__", NULL };
	struct taut_units *us = c->us;
	struct cut cut = { .owner = "" };

	if (!c->o->blocks[0].has_doc)
		return 0;
	c->binds.n = 0;
	if (cut_doc(c, &cut, 0))
		return TAUT_ENOMEM;
	us->v[us->n - 1].nnames = 1;
	us->v[us->n - 1].names = names;
	us->version = taut_hash_fold(us->version, 1);
	return 0;
}

int taut_units_init(struct taut_units *us, const struct taut_outline *o,
		    const struct taut_scopes *sc,
		    const struct taut_unit_config *conf,
		    struct taut_arena *arena)
{
	struct cutter c = { .us = us,
			    .o = o,
			    .lx = o->lx,
			    .sc = sc,
			    .conf = conf,
			    .arena = arena };
	int rc = TAUT_ENOMEM;

	memset(us, 0, sizeof(*us));
	us->version = conf->salt;
	c.owners = taut_calloc(o->nblocks, sizeof(*c.owners));
	if (c.owners && !cut_module_doc(&c))
		rc = cut_lines(&c);
	taut_free(c.owners);
	taut_free(c.seen);
	taut_binds_release(&c.binds);
	return rc;
}

void taut_units_release(struct taut_units *us)
{
	taut_free(us->v);
	taut_free(us->spans);
	memset(us, 0, sizeof(*us));
}
