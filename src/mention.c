#include "mention.h"

#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "hash.h"
#include "mentionfile.h"

/* Callees that do nothing with the module whose __name__ they are given. */
static const char *const loggers[] = { "getLogger", "get_logger", "Flask",
				       "Blueprint" };

/* ---- a text ---- */

void taut_writer_add(struct taut_writer *w, uint32_t name, uint32_t flags)
{
	if (w->nomem || taut_grow(&w->v, &w->cap, w->n + 1, sizeof(*w->v))) {
		w->nomem = 1;
		return;
	}
	w->v[w->n].name = name;
	w->v[w->n++].flags = flags;
}

static int by_name(const void *a, const void *b)
{
	const struct taut_mention *x = a, *y = b;

	return (x->name > y->name) - (x->name < y->name);
}

/* What was added, as a text; the next one begins empty. */
static void close_text(struct taut_writer *w, struct taut_text *out)
{
	struct taut_mention *v;
	size_t i, n = 0;

	if (w->n > 1)
		qsort(w->v, w->n, sizeof(*w->v), by_name);
	for (i = 0; i < w->n; i++) {
		if (n && w->v[n - 1].name == w->v[i].name)
			w->v[n - 1].flags |= w->v[i].flags;
		else
			w->v[n++] = w->v[i];
	}
	v = taut_arena_alloc(&w->s->arena, (n + 1) * sizeof(*v));
	if (!v) {
		w->nomem = 1;
		n = 0;
	}
	for (i = 0; i < n; i++)
		v[i] = w->v[i];
	out->v = v;
	out->n = (uint32_t)n;
	out->flags = w->flags;
	w->s->flags |= (uint8_t)w->flags;
	w->n = 0;
	w->flags = 0;
}

/* ---- tokens ---- */

/* A name that an import binds, at t: with the attributes behind it, which may
 * be modules too, a path; unless it is called. */
static void add_path(struct taut_writer *w, uint64_t path,
		     const struct taut_tok *t, const struct taut_tok *end)
{
	uint64_t last = t->hash;

	for (t++; t + 1 < end && t->id == '.' && t[1].flags & TAUT_TOK_ATTR;
	     t += 2) {
		if (taut_tok_is_dunder(w->lx, t + 1))
			break;
		last = t[1].hash;
		path = taut_dotted_add(path, last);
	}
	if (t < end && t->id == '(')
		return;
	taut_writer_add(w, taut_dotted_close(path), TAUT_MENTION_MODULE);
	/* who imports it from elsewhere knows its name, not its place */
	taut_writer_add(w, taut_dotted_close(taut_dotted_add(0, last)),
			TAUT_MENTION_MODULE);
}

/* Is t, a __name__, handed to somebody who could look into the module? */
static int tells_module(const struct taut_writer *w, const struct taut_tok *t)
{
	const struct taut_tok *first = w->lx->toks;
	size_t i;

	if (t->hash != w->name_hash || t < first + 2 ||
	    t >= first + w->lx->ntoks || t[-1].id != '(')
		return t->hash == w->name_hash && t > first &&
		       t < first + w->lx->ntoks &&
		       (t[-1].id == ',' || t[-1].id == '=' || t[-1].id == '[');
	for (i = 0; i < sizeof(loggers) / sizeof(*loggers); i++)
		if (t[-2].len == strlen(loggers[i]) &&
		    !memcmp(w->lx->text + t[-2].off, loggers[i], t[-2].len))
			return 0;
	return 1;
}

/* What the imports that bind the name come from. */
static void add_tops(struct taut_writer *w, const struct taut_tok *t)
{
	const struct taut_imported *m = w->src->imported;
	const struct taut_imported_name *b = taut_imported_find(m, t->hash);

	for (; b && b < m->v + m->n && b->hash == t->hash; b++)
		if (!b->pure)
			taut_writer_add(w, taut_dotted_top(b->top),
					TAUT_MENTION_TOP);
}

/* Is the name at t only called, or a decorator? */
static int is_called(const struct taut_writer *w, const struct taut_tok *t,
		     const struct taut_tok *end)
{
	const struct taut_tok *first = w->lx->toks;

	if (t + 1 < end && t[1].id == '(')
		return 1;
	return t > first && t < first + w->lx->ntoks && t[-1].id == '@' &&
	       (t + 1 >= end || t[1].id != '.');
}

/* getfixturevalue(): of what, if the argument is no string? */
static int finds_fixtures(const struct taut_tok *t, const struct taut_tok *end)
{
	static const char word[] = "getfixturevalue";

	return t->hash == taut_lex_hash(word, sizeof(word) - 1) &&
	       !(t + 3 < end && t[1].id == '(' &&
		 t[2].kind == TAUT_TOK_STRING && t[3].id == ')');
}

/* Does the name at t mean what the function has bound, and not imported? */
static int is_local(const struct taut_writer *w, const struct taut_tok *t)
{
	const struct taut_known *k = taut_known_find(w, t->hash);

	if (w->scope == TAUT_NONE || t->flags ||
	    !taut_scopes_is_local(w->src->sc, w->scope, t->hash))
		return 0;
	for (; k && k < w->known + w->nsorted && k->hash == t->hash; k++)
		if (k->inner || k->flags & ~(uint32_t)TAUT_TEXT_ATTRS)
			return 0;
	return 1;
}

/* Is t an attribute of self?  It is no module, and what it got from one is
 * said where it got it. */
static int is_own(const struct taut_writer *w, const struct taut_tok *t)
{
	const struct taut_tok *first = w->lx->toks;

	/* those inside an f-string are names without what is between them */
	return w->scope != TAUT_NONE && t->flags & TAUT_TOK_ATTR &&
	       t >= first + 2 && t < first + w->lx->ntoks &&
	       (t[-2].hash == w->self_hash || t[-2].hash == w->cls_hash) &&
	       taut_tok_is_name(t - 2) && is_local(w, t - 2);
}

/* Is the attribute t more than called, or a way to another one? */
static int is_handed(const struct taut_writer *w, const struct taut_tok *t,
		     const struct taut_tok *end)
{
	return t < w->lx->toks || t >= w->lx->toks + w->lx->ntoks ||
	       t + 1 >= end || (t[1].id != '(' && t[1].id != '.');
}

/* Does a function around t bind the name, but by an import? */
static int is_hidden(const struct taut_writer *w, const struct taut_known *k,
		     const struct taut_tok *t)
{
	return w->scope != TAUT_NONE && !t->flags && !k->inner && !k->path &&
	       taut_scopes_is_local(w->src->sc, w->scope, t->hash);
}

/* What the entry of the name says of its use at t. */
static uint32_t meaning(const struct taut_writer *w, const struct taut_known *k,
			const struct taut_tok *t, const struct taut_tok *end)
{
	uint32_t flags = k->flags;

	if (!taut_looks_around(t, end))
		flags &= ~(uint32_t)TAUT_TEXT_OWN;
	if (flags & TAUT_TEXT_ATTRS &&
	    (is_hidden(w, k, t) || !taut_writer_computes(w, t)))
		flags &= ~(uint32_t)TAUT_TEXT_ATTRS;
	return flags;
}

/* Is it the first parameter of a def or lambda? */
static int is_parameter(const struct taut_writer *w, const struct taut_tok *t)
{
	const struct taut_tok *first = w->lx->toks;

	if (t < first + 3 || t >= first + w->lx->ntoks)
		return 0;
	return t[-1].id == TAUT_KW_LAMBDA ||
	       (t[-1].id == '(' && t[-3].id == TAUT_KW_DEF);
}

/* Is it self, and more than asked for an attribute? */
static int is_self_handed(const struct taut_writer *w, const struct taut_tok *t,
			  const struct taut_tok *end)
{
	if ((t->hash != w->self_hash && t->hash != w->cls_hash) ||
	    is_parameter(w, t))
		return 0;
	if (t + 1 < end && t[1].flags & TAUT_TOK_ATTR) /* in an f-string */
		t++;
	else if (t + 2 < end && t[1].id == '.')
		t += 2;
	else
		return 1;
	return taut_tok_is_dunder(w->lx, t);
}

static void add_name(struct taut_writer *w, const struct taut_tok *t,
		     const struct taut_tok *end)
{
	const struct taut_known *k, *stop = w->known + w->nsorted;
	const int asks = taut_writer_asks(w, t);
	uint32_t how = t->flags & (TAUT_TOK_ATTR | TAUT_TOK_KWARG) ?
			       TAUT_MENTION_BARE :
			       TAUT_MENTION_NAME | w->now;

	if (is_local(w, t)) {
		if (is_self_handed(w, t, end))
			w->flags |= TAUT_TEXT_SELF;
		return;
	}
	if (t->flags & TAUT_TOK_ATTR && is_handed(w, t, end))
		taut_writer_handed(w, w->lx->text + t->off, t->len);
	if (is_own(w, t)) {
		taut_writer_add(w, taut_dotted_word((uint32_t)t->hash),
				TAUT_MENTION_MODULE);
		k = taut_known_find(w, t->hash);
		if (k)
			w->flags |= meaning(w, k, t, end) & TAUT_TEXT_ATTRS;
		return;
	}
	if (how & TAUT_MENTION_NAME && !w->note && !w->type &&
	    !is_called(w, t, end))
		how |= TAUT_MENTION_HANDED;
	taut_writer_add(w, (uint32_t)t->hash, how);
	if (t->flags & TAUT_TOK_KWARG)
		return;
	if (finds_fixtures(t, end))
		w->flags |= TAUT_TEXT_ANY;
	if (!(t->flags & TAUT_TOK_ATTR))
		add_tops(w, t);
	if (w->s->star && !(t->flags & TAUT_TOK_ATTR))
		add_path(w, 0, t, end);
	if (tells_module(w, t))
		w->flags |= TAUT_TEXT_OWN;
	for (k = taut_known_find(w, t->hash);
	     k && k < stop && k->hash == t->hash; k++) {
		/* an attribute is not what an import of that name binds */
		if ((!(t->flags & TAUT_TOK_ATTR) || !k->path) && !asks)
			w->flags |= meaning(w, k, t, end);
		if (!(t->flags & TAUT_TOK_ATTR) && k->path)
			add_path(w, k->path, t, end);
	}
}

static void add_inner(struct taut_writer *w, const struct taut_tok *t)
{
	const struct taut_tok *in = w->lx->inner + t->mate;
	const struct taut_tok *end = in, *stop = w->lx->inner + w->lx->ninner;

	while (end < stop && end->off < t->off + t->len)
		end++;
	for (; in < end; in++)
		if (taut_tok_is_name(in))
			add_name(w, in, end);
		else if (in->kind == TAUT_TOK_STRING)
			taut_writer_string(w, in, in);
}

/* What the tokens [i, end) mention. */
static void add_tokens(struct taut_writer *w, uint32_t i, uint32_t end)
{
	const struct taut_tok *t = w->lx->toks;

	for (; i < end; i++) {
		if (taut_tok_is_name(&t[i]))
			add_name(w, &t[i], t + end);
		else if (t[i].kind == TAUT_TOK_FSTRING)
			add_inner(w, &t[i]);
		if (taut_tok_is_text(&t[i]))
			taut_writer_string(w, t, &t[i]);
	}
}

/* An import in a function binds its names, whatever they are elsewhere. */
static void add_import(struct taut_writer *w, uint32_t i, uint32_t end)
{
	const struct taut_tok *t = w->lx->toks;

	for (; i < end; i++) {
		if (!taut_tok_is_name(&t[i]))
			continue;
		taut_writer_add(w, (uint32_t)t[i].hash,
				TAUT_MENTION_NAME | TAUT_MENTION_BARE);
		if (i + 1 < end && t[i + 1].id == TAUT_KW_AS)
			taut_writer_handed(w, w->lx->text + t[i].off, t[i].len);
	}
}

/* ---- suites ---- */

/* The bases of a class once more, in the tokens [i, end) of its header; what
 * subscripts them is none. */
static void add_bases(struct taut_writer *w, uint32_t i, uint32_t end)
{
	const struct taut_tok *t = w->lx->toks;

	for (; i < end; i = t[i].id == '[' ? t[i].mate + 1 : i + 1)
		if (taut_tok_is_name(&t[i]))
			taut_writer_add(w, (uint32_t)t[i].hash,
					TAUT_MENTION_BASE);
}

/* Is there a bracket in the tokens [i, end) that may be a call's? */
static int has_call(const struct taut_writer *w, uint32_t i, uint32_t end)
{
	for (; i < end; i++)
		if (w->lx->toks[i].id == '(')
			return 1;
	return 0;
}

/* Is the line the header of a class, whose bases are names? */
static int is_class_of_names(const struct taut_writer *w, uint32_t i)
{
	const struct taut_row *r = &w->src->o->rows[i];
	const uint32_t open = w->lx->lines[i].first + 2;

	return r->key == TAUT_KW_CLASS && r->child != TAUT_NONE &&
	       !has_call(w, open + 1, r->colon);
}

static void add_line(struct taut_writer *w, uint32_t i)
{
	const struct taut_outline *o = w->src->o;
	uint32_t pos = o->rows[i].body;
	struct taut_stmt st;

	if (!(w->lx->lines[i].flags & TAUT_LINE_IMPORT)) {
		w->type = is_class_of_names(w, i);
		add_tokens(w, pos, w->lx->lines[i].end);
		w->type = 0;
		if (o->rows[i].key == TAUT_KW_CLASS) {
			add_bases(w, pos + 2, w->lx->lines[i].end);
			if (taut_writer_makes(w, i))
				w->flags |= TAUT_TEXT_MAKES;
		}
		return;
	}
	while (taut_outline_next(o, i, &pos, &st))
		if (st.key == TAUT_KW_IMPORT || st.key == TAUT_KW_FROM)
			add_import(w, st.first, st.end);
		else
			add_tokens(w, st.first, st.end);
}

/* The examples in a docstring are code. */
static void add_doc(struct taut_writer *w, const struct taut_block *b)
{
	uint32_t i;
	const char *p;
	size_t n;

	if (!b->has_doc)
		return;
	for (i = w->lx->lines[b->first].first;
	     i < w->src->o->rows[b->first].body; i++) {
		if (w->lx->toks[i].kind != TAUT_TOK_STRING)
			continue;
		p = taut_string_text(w->lx, &w->lx->toks[i], &n);
		if (n && memmem(p, n, ">>>", 3))
			taut_writer_words(
				w, p, n, TAUT_MENTION_NAME | TAUT_MENTION_BARE);
	}
}

/* The def or class of module level in which block `b` stands, or NULL. */
static const struct taut_tok *outermost(const struct taut_writer *w, uint32_t b)
{
	const struct taut_block *blocks = w->src->o->blocks;
	uint32_t name = TAUT_NONE;

	for (; b; b = blocks[b].parent)
		if (blocks[b].name != TAUT_NONE)
			name = blocks[b].name;
	return name == TAUT_NONE ? NULL : &w->lx->toks[name];
}

/* Does a method call its object by another name? */
static int has_other_self(const struct taut_writer *w, uint32_t b)
{
	const struct taut_block *blocks = w->src->o->blocks;
	const struct taut_tok *t = w->lx->toks;
	uint32_t i = blocks[b].name;

	if (i == TAUT_NONE || blocks[b].kind != TAUT_SUITE_FUNCTION ||
	    blocks[blocks[b].parent].kind != TAUT_SUITE_CLASS)
		return 0;
	if (t[++i].id == '[')
		i = t[i].mate + 1;
	i++;
	return t[i].id != ')' && t[i].hash != w->self_hash &&
	       t[i].hash != w->cls_hash;
}

static void write_suite(struct taut_writer *w, uint32_t b, const uint32_t *next,
			uint32_t line, struct taut_sheet_suite *out)
{
	const struct taut_suite *s = &w->src->source->suites[b];
	const struct taut_block *blocks = w->src->o->blocks;
	const struct taut_tok *top = outermost(w, b);

	out->hash = s->hash & 0xffffffffffULL;
	out->line = s->head_line;
	out->name = w->src->source->suites[blocks[b].func].name;
	out->name = taut_arena_dup(&w->s->arena, out->name, strlen(out->name));
	if (!out->name)
		w->nomem = 1;
	if (top)
		taut_writer_add(w, (uint32_t)top->hash, TAUT_MENTION_NAME);
	if (taut_writer_loud(w, next, line))
		taut_writer_methods(w, b);
	if (has_other_self(w, b))
		w->flags |= TAUT_TEXT_SELF;
	w->scope = blocks[b].scope;
	w->passed = taut_writer_passed(w, b);
	for (; line != TAUT_NONE; line = next[line]) {
		w->line = line;
		w->tried =
			taut_writer_import_flags(w, line) & TAUT_IMPORT_TRIED;
		add_line(w, line);
	}
	w->scope = TAUT_NONE;
	w->passed = 0;
	close_text(w, &out->text);
}

/* Suites in functions, and the docstrings. */
static void write_suites(struct taut_writer *w, uint32_t *first, uint32_t *next)
{
	const struct taut_outline *o = w->src->o;
	const struct taut_source *source = w->src->source;
	struct taut_sheet_suite *suites, *doc;
	uint32_t b, i, n = 0;

	suites = taut_arena_alloc(&w->s->arena,
				  (o->nblocks + 1) * sizeof(*suites));
	if (!suites) {
		w->nomem = 1;
		return;
	}
	for (b = 0; b < o->nblocks; b++)
		first[b] = TAUT_NONE;
	for (i = (uint32_t)w->lx->nlines; i--;) {
		b = o->rows[i].block;
		next[i] = first[b];
		first[b] = i;
	}
	for (b = 0; b < o->nblocks; b++)
		if (taut_block_is_code(&o->blocks[b]))
			write_suite(w, b, next, first[b], &suites[n++]);
	doc = &suites[n++];
	doc->hash = source->suites[source->nsuites - 2].hash & 0xffffffffffULL;
	doc->line = 1;
	doc->name = "a docstring";
	for (b = 0; b < o->nblocks; b++)
		add_doc(w, &o->blocks[b]);
	close_text(w, &doc->text);
	w->s->suites = suites;
	w->s->nsuites = n;
}

/* ---- units ---- */

/* Headers outside functions: what decides whether a branch is entered. */
static void read_guards(struct taut_writer *w)
{
	const struct taut_outline *o = w->src->o;
	const struct taut_row *r;
	uint32_t i;

	for (i = 0; i < w->lx->nlines; i++) {
		r = &o->rows[i];
		if (r->colon != TAUT_NONE && r->key != TAUT_KW_DEF &&
		    r->key != TAUT_KW_CLASS &&
		    !taut_block_is_code(&o->blocks[r->block]))
			add_tokens(w, w->lx->lines[i].first, r->colon);
	}
	w->guard = w->v;
	w->nguard = w->n;
	w->guard_flags = w->flags;
	w->v = NULL;
	w->n = w->cap = 0;
	w->flags = 0;
}

static void add_guards(struct taut_writer *w)
{
	size_t i;

	for (i = 0; i < w->nguard; i++)
		taut_writer_add(w, w->guard[i].name, w->guard[i].flags);
	w->flags |= w->guard_flags;
}

/* Of parameters, tokens [i, end): either what counts at the definition, or
 * the annotations. */
static void add_params(struct taut_writer *w, uint32_t i, uint32_t end,
		       int notes)
{
	uint32_t at;

	while (i < end) {
		at = i + 1;
		if (w->lx->toks[i].id == ':') {
			at = taut_lex_find(w->lx, i, end, ',');
			at = taut_lex_find(w->lx, i, at, '=');
			if (notes)
				add_tokens(w, i, at);
		} else if (w->lx->toks[i].id == '=') {
			at = taut_lex_default(w->lx, i, end);
			if (!notes)
				add_tokens(w, i, at);
		} else if (!notes && taut_tok_is_name(&w->lx->toks[i])) {
			taut_writer_add(w, (uint32_t)w->lx->toks[i].hash,
					TAUT_MENTION_PARAM);
		}
		i = at;
	}
}

/* The header of a def, from its keyword on. */
static void add_def(struct taut_writer *w, const struct taut_span *sp,
		    int notes)
{
	const struct taut_tok *t = w->lx->toks;
	uint32_t open, close, colon, i = sp->header;

	open = taut_lex_find(w->lx, i, sp->end, '(');
	if (open == sp->end) {
		add_tokens(w, i, sp->end);
		return;
	}
	close = t[open].mate;
	i += t[i].id == TAUT_KW_ASYNC ? 3 : 2; /* its own name is no mention */
	if (notes && w->src->lazy_annotations)
		w->now = 0;
	w->note = notes;
	if (!notes && i < open)
		add_tokens(w, i, open);
	add_params(w, open + 1, close, notes);
	colon = taut_lex_find(w->lx, close, sp->end, ':');
	if (notes)
		add_tokens(w, close, colon);
	w->note = 0;
	w->now = TAUT_MENTION_NOW;
	if (notes)
		return;
	w->now = 0; /* a body on the line */
	add_tokens(w, colon, sp->end);
	w->now = TAUT_MENTION_NOW;
}

/* Behind the targets of an assignment, which it only binds; the annotation is
 * evaluated like the value, or for those who read it. */
static void add_value(struct taut_writer *w, const struct taut_span *sp)
{
	const struct taut_tok *t = w->lx->toks;
	uint32_t i, eq;

	for (i = sp->first; i < sp->end; i = taut_lex_skip(w->lx, i))
		if (t[i].id == '=' || t[i].id == ':')
			break;
	if (i == sp->end) {
		i = sp->first;
	} else if (t[i].id == ':') {
		eq = taut_lex_find(w->lx, i, sp->end, '=');
		w->now = w->src->lazy_annotations ? 0 : TAUT_MENTION_NOW;
		w->type = !has_call(w, i, eq);
		add_tokens(w, i, eq);
		w->type = 0;
		w->now = TAUT_MENTION_NOW;
		i = eq;
	}
	add_tokens(w, i, sp->end);
}

/* How the names of the decorators begin, and the packages of those. */
static void add_decorators(struct taut_writer *w, const struct taut_span *sp)
{
	const struct taut_imported *m = w->src->imported;
	const struct taut_imported_name *b;
	const struct taut_tok *t = w->lx->toks;
	uint32_t i, at;

	for (i = sp->first; i < sp->header; i++) {
		if (t[i].id != '@')
			continue;
		for (at = i + 1; at < sp->header && t[at].id == '(';)
			at++;
		taut_writer_add(w, (uint32_t)t[at].hash, TAUT_MENTION_BASE);
		b = taut_imported_find(m, t[at].hash);
		for (; b && b < m->v + m->n && b->hash == t[at].hash; b++)
			taut_writer_add(w, taut_dotted_top(b->top),
					TAUT_MENTION_BASE);
	}
}

/* Where what an import binds comes from: its path and its package. */
static void add_source(struct taut_writer *w, const struct taut_unit *u)
{
	const struct taut_imported *m = w->src->imported;
	uint64_t name = taut_lex_hash(u->names[0], strlen(u->names[0]));
	const struct taut_imported_name *b = taut_imported_find(m, name);

	for (; b && b < m->v + m->n && b->hash == name; b++) {
		taut_writer_add(w, taut_dotted_import(b->path),
				TAUT_MENTION_MODULE);
		if (!b->pure)
			taut_writer_add(w, taut_dotted_top(b->top),
					TAUT_MENTION_TOP);
	}
}

static void add_unit(struct taut_writer *w, const struct taut_unit *u,
		     const struct taut_span *sp)
{
	int decorated = sp->header > sp->first;

	switch (u->kind) {
	case TAUT_UNIT_DEF_DOC:
		break;
	case TAUT_UNIT_IMPORT:
		if (sp->end > sp->header &&
		    taut_tok_is_name(&w->lx->toks[sp->header]))
			taut_writer_add(w,
					(uint32_t)w->lx->toks[sp->header].hash,
					TAUT_MENTION_BARE);
		add_source(w, u);
		break;
	case TAUT_UNIT_DEF_CORE:
		add_decorators(w, sp);
		/* what a decorator does with annotations is its business */
		add_tokens(w, sp->first, sp->header);
		if (decorated)
			add_def(w, sp, 1);
		add_def(w, sp, 0);
		break;
	case TAUT_UNIT_DEF_ANNOTATIONS:
		add_def(w, sp, 1);
		break;
	case TAUT_UNIT_CLASS:
		add_tokens(w, sp->first, sp->header);
		add_tokens(w, sp->header + 2, sp->end);
		add_bases(w, sp->header + 2, sp->end);
		break;
	case TAUT_UNIT_ASSIGN:
		if (u->effect != TAUT_EFFECT_STORE) {
			add_value(w, sp);
			break;
		}
		/* fall through */
	default:
		add_tokens(w, sp->first, sp->end);
	}
	if (u->kind == TAUT_UNIT_ASSIGN)
		taut_writer_loud_names(w, u, sp);
	if (u->branch)
		add_guards(w);
}

static const char *copy(struct taut_writer *w, const char *text)
{
	const char *s = taut_arena_dup(&w->s->arena, text, strlen(text));

	if (!s)
		w->nomem = 1;
	return s;
}

static void write_names(struct taut_writer *w, const struct taut_unit *u,
			struct taut_sheet_unit *out)
{
	const char **names;
	uint32_t *keys, i;

	names = taut_arena_alloc(&w->s->arena,
				 (u->nnames + 1) * sizeof(*names));
	keys = taut_arena_alloc(&w->s->arena, (u->nnames + 1) * sizeof(*keys));
	if (!names || !keys) {
		w->nomem = 1;
		return;
	}
	for (i = 0; i < u->nnames; i++) {
		names[i] = copy(w, u->names[i]);
		keys[i] = taut_name_hash(u->names[i], strlen(u->names[i]));
	}
	out->nnames = u->nnames;
	out->names = names;
	out->keys = keys;
}

static void write_units(struct taut_writer *w)
{
	const struct taut_source *source = w->src->source;
	const struct taut_unit *u;
	struct taut_sheet_unit *units, *out;
	uint32_t i;

	units = taut_arena_alloc(&w->s->arena,
				 (source->nunits + 1) * sizeof(*units));
	if (!units) {
		w->nomem = 1;
		return;
	}
	w->now = TAUT_MENTION_NOW;
	read_guards(w);
	for (i = 0; i < source->nunits && !w->nomem; i++) {
		u = &source->units[i];
		out = &units[i];
		out->hash = (uint32_t)u->hash;
		out->branch = (uint32_t)u->branch;
		out->kind = u->kind;
		out->effect = u->effect;
		out->calls = u->calls;
		out->line = u->line;
		out->flags = taut_writer_flags(w, u, &w->src->spans[i]);
		out->owner = copy(w, u->owner);
		write_names(w, u, out);
		add_unit(w, u, &w->src->spans[i]);
		close_text(w, &out->text);
	}
	w->s->units = units;
	w->s->nunits = source->nunits;
}

/* ---- all of it ---- */

/* Does a statement outside functions read docstrings? */
static void find_readers(struct taut_writer *w)
{
	const struct taut_outline *o = w->src->o;
	uint32_t i;

	for (i = 0; i < w->lx->nlines; i++)
		if (w->lx->lines[i].flags & TAUT_LINE_DOC &&
		    !taut_block_is_code(&o->blocks[o->rows[i].block]))
			w->s->flags |= TAUT_TEXT_DOCS_NOW;
}

int taut_mention_fill(struct taut_sheet *s,
		      const struct taut_mention_source *src)
{
	struct taut_writer w = {
		.s = s, .src = src, .lx = src->o->lx, .scope = TAUT_NONE
	};
	uint32_t *first, *next;
	size_t i;

	first = taut_calloc(src->o->nblocks + 1, sizeof(*first));
	next = taut_calloc(w.lx->nlines + 1, sizeof(*next));
	if (!first || !next)
		w.nomem = 1;
	w.name_hash = taut_lex_hash("__name__", 8);
	w.self_hash = taut_lex_hash("self", 4);
	w.cls_hash = taut_lex_hash("cls", 3);
	w.defaultdict = taut_lex_hash("defaultdict", 11);
	for (i = 0; i < w.lx->ntoks; i++)
		w.has_global |= w.lx->toks[i].id == TAUT_KW_GLOBAL;
	taut_known_words(&w);
	if (!w.nomem) {
		taut_writer_imports(&w);
		close_text(&w, &s->imports);
	}
	if (!w.nomem)
		write_suites(&w, first, next);
	if (!w.nomem)
		write_units(&w);
	find_readers(&w);
	taut_free(first);
	taut_free(next);
	taut_free(w.known);
	taut_free(w.v);
	taut_free(w.guard);
	return w.nomem ? TAUT_ENOMEM : 0;
}
