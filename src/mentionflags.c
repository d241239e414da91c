#include <string.h>

#include "alias.h"
#include "mentionfile.h"

int taut_looks_around(const struct taut_tok *t, const struct taut_tok *end)
{
	if (t + 1 >= end)
		return 1;
	return t[1].id == ')' || t[1].id == ',' ||
	       (t[1].id == '(' && t + 2 < end && t[2].id == ')');
}

/* Behind `metaclass=ABCMeta` at token i, or i. */
static uint32_t pure_metaclass(const struct taut_writer *w, uint32_t i,
			       uint32_t end)
{
	const struct taut_tok *t = w->lx->toks;
	uint32_t last = i + 2;

	if (t[i].hash != taut_lex_hash("metaclass", 9) || last >= end)
		return i;
	while (last + 2 < end && t[last + 1].id == '.')
		last += 2;
	return taut_pure_value(w->src->imported, w->lx, i + 2, last) ?
		       last + 1 :
		       i;
}

/* Only names, dotted, subscripted or not, between the brackets of a class
 * header.  (Type parameters would come before the bracket.) */
static int plain_bases(const struct taut_writer *w, const struct taut_span *sp)
{
	const struct taut_tok *t = w->lx->toks;
	uint32_t i = sp->header + 2, first = i;

	for (; i < sp->end; i++) {
		if (t[i].flags & TAUT_TOK_KWARG)
			i = pure_metaclass(w, i, sp->end);
		if (t[i].flags & TAUT_TOK_KWARG ||
		    (t[i].id == '(' && i > first) ||
		    (t[i].id == '[' && i == first))
			return 0;
		if (t[i].id == '[')
			i = t[i].mate;
		else if (!taut_tok_is_name(&t[i]) && t[i].id != '(' &&
			 t[i].id != ')' && t[i].id != ',' && t[i].id != '.' &&
			 t[i].id != ':')
			return 0;
	}
	return 1;
}

/* Has the class neither decorators nor keywords? */
static int is_simple(const struct taut_writer *w, const struct taut_span *sp)
{
	uint32_t i;

	for (i = sp->header; i < sp->end; i++)
		if (w->lx->toks[i].flags & TAUT_TOK_KWARG)
			return 0;
	return sp->header == sp->first;
}

/* Is the assignment an annotation without a value? */
static int is_bare(const struct taut_writer *w, const struct taut_span *sp)
{
	uint32_t i = taut_lex_find(w->lx, sp->first, sp->end, ':');

	return i < sp->end &&
	       taut_lex_find(w->lx, sp->first, sp->end, '=') == sp->end;
}

/* Is the value of the assignment made of constants, names and calls alone? */
static int is_frozen(const struct taut_writer *w, const struct taut_span *sp)
{
	uint32_t i = taut_lex_find(w->lx, sp->first, sp->end, '=');
	const struct taut_tok *t;

	for (; i < sp->end; i++) {
		t = &w->lx->toks[i];
		if (t->kind == TAUT_TOK_FSTRING || t->id == TAUT_OP_WALRUS ||
		    (t->kind == TAUT_TOK_OP && t->id && strchr("[{*", t->id)) ||
		    (t->kind == TAUT_TOK_NAME && !taut_tok_is_name(t) &&
		     t->id != TAUT_KW_NONE && t->id != TAUT_KW_TRUE &&
		     t->id != TAUT_KW_FALSE))
			return 0;
	}
	return !w->has_global;
}

/* Is it the path of typing, or of a name there? */
static int is_typings(uint64_t path, const char *name)
{
	static const char *const modules[] = { "typing", "typing_extensions" };
	uint64_t p;
	size_t i;

	for (i = 0; i < 2; i++) {
		p = taut_dotted_add(
			0, taut_lex_hash(modules[i], strlen(modules[i])));
		if (name)
			p = taut_dotted_add(p,
					    taut_lex_hash(name, strlen(name)));
		if (p == path)
			return 1;
	}
	return 0;
}

/* `if TYPE_CHECKING:`, as typing means it: no program enters it. */
static int is_never(const struct taut_writer *w, uint32_t line)
{
	static const char word[] = "TYPE_CHECKING";
	const struct taut_row *r = &w->src->o->rows[line];
	const struct taut_tok *t = w->lx->toks + w->lx->lines[line].first;
	const struct taut_known *k;
	uint32_t n = r->colon - w->lx->lines[line].first;

	if (r->key != TAUT_KW_IF || (n != 2 && n != 4) ||
	    t[n - 1].hash != taut_lex_hash(word, strlen(word)))
		return 0;
	if (taut_imported_rebinds(w->src->imported, t[1].hash))
		return 0;
	k = taut_known_find(w, t[1].hash);
	return k && (n == 2 ? is_typings(k->path, word) :
			      t[2].id == '.' && is_typings(k->path, NULL));
}

int taut_writer_never(const struct taut_writer *w, uint32_t b)
{
	const struct taut_block *blocks = w->src->o->blocks;

	for (; b; b = blocks[b].parent)
		if (is_never(w, blocks[b].head))
			return 1;
	return 0;
}

/* Is it the sign of a decorator, outside brackets? */
static int is_sign(const struct taut_writer *w, const struct taut_tok *t)
{
	const char *text = w->lx->text, *p = text + t->off;

	while (p > text && strchr(" \t\f", p[-1]))
		p--;
	return t->id == '@' && (p == text || p[-1] == '\n') &&
	       (p - text < 2 || p[-2] != '\\');
}

/* By what the tokens [first, end) may run code of the project, though they call
 * none. */
static uint8_t hidden(const struct taut_writer *w, uint32_t first, uint32_t end)
{
	const struct taut_imported *m = w->src->imported;
	const struct taut_tok *t = w->lx->toks;
	uint32_t i, close = first; /* of the brackets around */
	uint8_t flags = 0;

	for (i = first; i < end; i++) {
		if (taut_tok_is_open(&t[i]) && t[i].mate > close)
			close = t[i].mate;
		if (i >= close && is_sign(w, &t[i]))
			continue;
		if (t[i].id == '[' && i > first &&
		    (taut_tok_is_name(&t[i - 1]) ||
		     taut_tok_is_close(&t[i - 1]))) {
			if (!taut_pure_value(m, w->lx, first, i - 1))
				flags |= TAUT_SHEET_SUBSCRIPTS;
		} else if (t[i].flags & TAUT_TOK_ATTR) {
			if (!taut_pure_value(m, w->lx, first, i))
				flags |= TAUT_SHEET_READS;
		} else if (t[i].kind == TAUT_TOK_FSTRING || t[i].id == '(' ||
			   (t[i].kind == TAUT_TOK_NAME &&
			    !taut_tok_is_name(&t[i])) ||
			   (t[i].kind == TAUT_TOK_OP &&
			    !strchr(".,()[]{}:=", t[i].id))) {
			flags |= TAUT_SHEET_OPERATES;
		}
	}
	return flags;
}

/* The same of a def: its decorators and defaults.  (Its annotations are a unit
 * of their own.) */
static uint8_t hidden_of_def(const struct taut_writer *w,
			     const struct taut_span *sp)
{
	uint8_t flags = hidden(w, sp->first, sp->header);
	uint32_t i = taut_lex_find(w->lx, sp->header, sp->end, '('), at, end;

	if (i == sp->end)
		return hidden(w, sp->first, sp->end);
	end = w->lx->toks[i].mate;
	for (i++; i < end; i = at) {
		at = taut_lex_skip(w->lx, i);
		if (w->lx->toks[i].id == ':') {
			at = taut_lex_find(w->lx, i, end, ',');
			at = taut_lex_find(w->lx, i, at, '=');
		} else if (w->lx->toks[i].id == '=') {
			at = taut_lex_default(w->lx, i, end);
			flags |= hidden(w, i + 1, at);
		}
	}
	return flags;
}

uint8_t taut_writer_flags(const struct taut_writer *w,
			  const struct taut_unit *u, const struct taut_span *sp)
{
	uint8_t flags = 0;

	if (u->branch && taut_writer_never(w, u->suite))
		flags |= TAUT_SHEET_NEVER;
	if (u->kind == TAUT_UNIT_DEF_DOC || u->kind == TAUT_UNIT_IMPORT)
		return flags;
	if (sp->header > sp->first &&
	    !taut_pure_stmt(w->src->imported, w->lx, sp->first, sp->header,
			    sp->header))
		flags |= TAUT_SHEET_DECORATED;
	if (u->kind == TAUT_UNIT_ASSIGN && is_bare(w, sp))
		flags |= TAUT_SHEET_BARE;
	if (u->effect == TAUT_EFFECT_PURE)
		flags |= u->kind == TAUT_UNIT_DEF_CORE ?
				 hidden_of_def(w, sp) :
				 hidden(w, sp->first, sp->end);
	if (u->kind == TAUT_UNIT_CLASS && plain_bases(w, sp))
		flags |= TAUT_SHEET_BASES;
	if (u->kind == TAUT_UNIT_ASSIGN && is_frozen(w, sp))
		flags |= TAUT_SHEET_FROZEN;
	if (u->kind == TAUT_UNIT_CLASS && is_simple(w, sp))
		flags |= TAUT_SHEET_SIMPLE;
	if (u->kind == TAUT_UNIT_DEF_CORE && w->lx->toks[sp->end - 1].id != ':')
		flags |= TAUT_SHEET_INLINE;
	return flags;
}

/* ---- modules that are found, but not looked into ---- */

/* Attributes of a module that are no module, and lead to none of its names. */
static int is_plain_attr(const struct taut_writer *w, const struct taut_tok *t)
{
	static const char *const plain[] = { "__file__", "__name__", "__path__",
					     "__package__", "__version__" };
	const char *p = w->lx->text + t->off;
	size_t n = t->len, i;

	if (t->kind == TAUT_TOK_STRING)
		p = taut_string_text(w->lx, t, &n);
	for (i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (n == strlen(plain[i]) && !memcmp(p, plain[i], n))
			return 1;
	return 0;
}

/* Are the tokens [first, last] asked for one of those, or whether they have
 * some other, by its name? */
static int is_asked(const struct taut_writer *w, uint32_t first, uint32_t last)
{
	const struct taut_tok *t = w->lx->toks, *asking;

	if (last + 2 >= w->lx->ntoks || first < 2)
		return 0;
	if (t[last + 1].id == '.')
		return is_plain_attr(w, &t[last + 2]);
	asking = &t[first - 2];
	if (t[first - 1].id != '(' || t[last + 1].id != ',' ||
	    t[last + 2].kind != TAUT_TOK_STRING ||
	    asking->flags & TAUT_TOK_ATTR)
		return 0;
	return asking->hash == taut_lex_hash("hasattr", 7) ||
	       (asking->hash == taut_lex_hash("getattr", 7) &&
		is_plain_attr(w, &t[last + 2]));
}

/* Is all that the file does with this name to ask it for attributes? */
static int is_only_asked(const struct taut_writer *w, uint64_t name)
{
	const struct taut_tok *t = w->lx->toks;
	uint32_t i;

	for (i = 0; i + 1 < w->lx->ntoks; i++)
		if (t[i].hash == name && taut_tok_is_name(&t[i]) &&
		    !(t[i].flags & (TAUT_TOK_ATTR | TAUT_TOK_KWARG)) &&
		    t[i + 1].id != TAUT_KW_IS && !is_asked(w, i, i) &&
		    (t[i + 1].id != '=' || (i && t[i - 1].id == '=')))
			return 0;
	for (i = 0; i < w->lx->ninner; i++)
		if (w->lx->inner[i].hash == name)
			return 0;
	return 1;
}

/* The last token of `sys.modules[x]` or `sys.modules.get(x)`, of which t[i] is
 * the second name; 0: it is none. */
static uint32_t found_module(const struct taut_writer *w, uint32_t i)
{
	const struct taut_tok *t = w->lx->toks;

	if (i < 2 || i + 4 >= w->lx->ntoks || t[i - 1].id != '.' ||
	    t[i - 2].hash != taut_lex_hash("sys", 3))
		return 0;
	if (t[i + 1].id == '[')
		return t[i + 1].mate;
	return t[i + 1].id == '.' && t[i + 2].hash == taut_lex_hash("get", 3) &&
			       t[i + 3].id == '(' ?
		       t[i + 3].mate :
		       0;
}

int taut_writer_asks(const struct taut_writer *w, const struct taut_tok *at)
{
	const struct taut_tok *t = w->lx->toks;
	const struct taut_line *line;
	uint32_t i = (uint32_t)(at - t), last;

	if (at < t || i >= w->lx->ntoks || w->scope == TAUT_NONE)
		return 0;
	line = &w->lx->lines[w->line];
	if (at->hash == taut_lex_hash("__import__", 10))
		return !w->tried && i == line->first && t[i + 1].id == '(' &&
		       t[i + 1].mate + 1 == line->end;
	if (at->hash != taut_lex_hash("modules", 7))
		return 0;
	last = found_module(w, i);
	if (!last || is_asked(w, i - 2, last))
		return last != 0;
	return i == line->first + 4 && last + 1 == line->end &&
	       t[i - 3].id == '=' &&
	       taut_scopes_is_local(w->src->sc, w->scope, t[i - 4].hash) &&
	       is_only_asked(w, t[i - 4].hash);
}

/* ---- classes in functions ---- */

/* Methods that take no part in making classes. */
static int is_usual(const struct taut_writer *w, const struct taut_tok *t)
{
	static const char *const usual[] = { "__init__",  "__call__",
					     "__repr__",  "__str__",
					     "__enter__", "__exit__",
					     "__iter__",  "__len__" };
	size_t i;

	for (i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		if (t->len == strlen(usual[i]) &&
		    !memcmp(w->lx->text + t->off, usual[i], t->len))
			return 1;
	return 0;
}

/* `class X(a.B):` on line i, with nothing unusual in it? */
static int is_one_base(const struct taut_writer *w, uint32_t i)
{
	const struct taut_outline *o = w->src->o;
	const struct taut_tok *t = w->lx->toks;
	uint32_t at = w->lx->lines[i].first + 2, b = o->rows[i].child, end;

	if (b == TAUT_NONE || o->blocks[b].deco != o->blocks[b].head)
		return 0;
	end = o->rows[i].colon;
	for (; at < end; at++)
		if (!(taut_tok_is_name(&t[at]) &&
		      !(t[at].flags & TAUT_TOK_KWARG)) &&
		    t[at].id != '(' && t[at].id != ')' && t[at].id != '.')
			return 0;
	at = w->lx->lines[o->blocks[b].first].first;
	end = w->lx->lines[o->blocks[b].last].end;
	for (; at < end; at++)
		if (taut_tok_is_dunder(w->lx, &t[at]) &&
		    taut_tok_is_name(&t[at]) && !is_usual(w, &t[at]))
			return 0;
	return 1;
}

int taut_writer_makes(const struct taut_writer *w, uint32_t i)
{
	const struct taut_outline *o = w->src->o;
	const struct taut_block *f = &o->blocks[o->rows[i].block];

	if (!taut_block_is_code(f))
		return 0;
	f = &o->blocks[f->func];
	for (i = f->first; i <= f->last; i++)
		if (o->rows[i].key == TAUT_KW_CLASS && !is_one_base(w, i))
			return 1;
	return 0;
}
