#include "outline.h"

#include <string.h>

#include "hash.h"
#include "util.h"

#define MARK_DOC 0x5851F42D4C957F2Du
#define NCOUNT_MIN 64

/* ---- headers ---- */

/* The colon behind a header that begins at token i; `end` if there is none. */
static uint32_t find_colon(const struct taut_lex *lx, uint32_t i, uint32_t end)
{
	unsigned lambdas = 0;

	for (; i < end; i = taut_lex_skip(lx, i)) {
		if (lx->toks[i].id == TAUT_KW_LAMBDA)
			lambdas++;
		else if (lx->toks[i].id == ':' && !lambdas--)
			return i;
	}
	return end;
}

static int kind_of(int key)
{
	switch (key) {
	case TAUT_KW_CLASS:
		return TAUT_SUITE_CLASS;
	case TAUT_KW_DEF:
		return TAUT_SUITE_FUNCTION;
	case TAUT_KW_IF:
		return TAUT_SUITE_IF;
	case TAUT_KW_ELIF:
		return TAUT_SUITE_ELIF;
	case TAUT_KW_ELSE:
		return TAUT_SUITE_ELSE;
	case TAUT_KW_FOR:
		return TAUT_SUITE_FOR;
	case TAUT_KW_WHILE:
		return TAUT_SUITE_WHILE;
	case TAUT_KW_TRY:
		return TAUT_SUITE_TRY;
	case TAUT_KW_EXCEPT:
		return TAUT_SUITE_EXCEPT;
	case TAUT_KW_FINALLY:
		return TAUT_SUITE_FINALLY;
	case TAUT_KW_WITH:
		return TAUT_SUITE_WITH;
	case TAUT_ID_MATCH:
		return TAUT_SUITE_MATCH;
	case TAUT_ID_CASE:
		return TAUT_SUITE_CASE;
	}
	return TAUT_SUITE_OTHER;
}

/* The key of line i, which stands in a suite of kind `within`. */
static int line_key(const struct taut_lex *lx, uint32_t i, int opens,
		    int within)
{
	const struct taut_line *l = &lx->lines[i];
	const struct taut_tok *t = &lx->toks[l->first];

	if (t->id == TAUT_KW_ASYNC && l->end > l->first + 1)
		t++;
	if (t->id == TAUT_ID_MATCH)
		return opens ? TAUT_ID_MATCH : 0;
	if (t->id == TAUT_ID_CASE)
		return within == TAUT_SUITE_MATCH ? TAUT_ID_CASE : 0;
	if (t->id == TAUT_ID_TYPE) /* `type X = ...`: two names in a row */
		return l->end > l->first + 2 && taut_tok_is_name(t + 1) ?
			       TAUT_ID_TYPE :
			       0;
	return t->id;
}

static uint32_t line_colon(const struct taut_lex *lx, uint32_t i, int key,
			   int opens)
{
	const struct taut_line *l = &lx->lines[i];
	uint32_t colon;

	if (opens)
		return lx->toks[l->end - 1].id == ':' ? l->end - 1 : TAUT_NONE;
	if (kind_of(key) == TAUT_SUITE_OTHER)
		return TAUT_NONE;
	colon = find_colon(lx, l->first, l->end);
	return colon < l->end ? colon : TAUT_NONE;
}

/* ---- suites ---- */

/* The name of the def or class whose header is line i. */
static uint32_t name_of(const struct taut_lex *lx, uint32_t i)
{
	const struct taut_line *l = &lx->lines[i];
	uint32_t t = l->first + 1;

	if (lx->toks[l->first].id == TAUT_KW_ASYNC)
		t++;
	return t < l->end && lx->toks[t].kind == TAUT_TOK_NAME ? t : TAUT_NONE;
}

/* Where the decorators above line i begin; i without any. */
static uint32_t first_decorator(const struct taut_outline *o, uint32_t i)
{
	while (i && o->rows[i - 1].key == '@' &&
	       o->rows[i - 1].block == o->rows[i].block)
		i--;
	return i;
}

static int open_block(struct taut_outline *o, uint32_t parent, uint32_t head,
		      int kind)
{
	const struct taut_lex *lx = o->lx;
	struct taut_block *b, *up;

	if (taut_grow(&o->blocks, &o->cap_blocks, o->nblocks + 1, sizeof(*b)))
		return TAUT_ENOMEM;
	b = &o->blocks[o->nblocks];
	memset(b, 0, sizeof(*b));
	b->kind = (uint8_t)kind;
	b->parent = parent;
	b->head = b->deco = head;
	b->name = b->func = b->cls = b->scope = TAUT_NONE;
	if (head == TAUT_NONE) {
		o->nblocks++;
		return 0;
	}
	up = &o->blocks[parent];
	b->ordinal = up->nchildren++;
	b->first = head + 1;
	b->func = up->func;
	b->cls = up->cls;
	b->qual = up->qual;
	if (kind == TAUT_SUITE_FUNCTION || kind == TAUT_SUITE_CLASS) {
		b->name = name_of(lx, head);
		b->deco = first_decorator(o, head);
		if (b->name != TAUT_NONE)
			b->qual = taut_hash_fold(up->qual,
						 lx->toks[b->name].hash);
	}
	if (kind == TAUT_SUITE_FUNCTION && b->func == TAUT_NONE)
		b->func = (uint32_t)o->nblocks;
	if (b->func != TAUT_NONE)
		b->cls = TAUT_NONE;
	else if (kind == TAUT_SUITE_CLASS)
		b->cls = (uint32_t)o->nblocks;
	o->nblocks++;
	return 0;
}

/* Close the suites that are deeper than `depth`, before line i. */
static uint32_t close_blocks(struct taut_outline *o, uint32_t cur,
			     uint32_t *cur_depth, uint32_t depth, uint32_t i)
{
	for (; *cur_depth > depth; --*cur_depth) {
		o->blocks[cur].last = i - 1;
		cur = o->blocks[cur].parent;
	}
	return cur;
}

static int build_tree(struct taut_outline *o)
{
	const struct taut_lex *lx = o->lx;
	uint32_t i, cur = 0, depth = 0, n = (uint32_t)lx->nlines;
	struct taut_row *r;
	int opens;

	if (open_block(o, 0, TAUT_NONE, TAUT_SUITE_MODULE))
		return TAUT_ENOMEM;
	for (i = 0; i < n; i++) {
		if (lx->lines[i].depth > depth) {
			r = &o->rows[i - 1];
			r->child = (uint32_t)o->nblocks;
			if (open_block(o, cur, i - 1, kind_of(r->key)))
				return TAUT_ENOMEM;
			cur = r->child;
			depth++;
		}
		cur = close_blocks(o, cur, &depth, lx->lines[i].depth, i);
		opens = i + 1 < n && lx->lines[i + 1].depth > depth;
		r = &o->rows[i];
		r->block = cur;
		r->child = TAUT_NONE;
		r->key = (uint8_t)line_key(lx, i, opens, o->blocks[cur].kind);
		r->colon = line_colon(lx, i, r->key, opens);
		if (opens && r->colon == TAUT_NONE)
			r->key = 0; /* Python will not have it */
		r->body = lx->lines[i].first;
	}
	close_blocks(o, cur, &depth, 0, n);
	o->blocks[0].first = n ? 0 : 1;
	o->blocks[0].last = n ? n - 1 : 0;
	return 0;
}

/* ---- docstrings and hashes ---- */

/* The end of the docstring with which line i begins; its start if none.  It
 * may stand in parentheses and before a semicolon. */
static uint32_t docstring_end(const struct taut_lex *lx, uint32_t i)
{
	const struct taut_line *l = &lx->lines[i];
	uint32_t a = l->first, b = l->end, end;

	if (l->flags & TAUT_LINE_SEMI)
		b = taut_lex_find(lx, a, b, ';');
	end = b;
	while (lx->toks[a].id == '(' && lx->toks[a].mate == b - 1) {
		a++;
		b--;
	}
	if (a == b)
		return l->first;
	for (; a < b; a++)
		if (lx->toks[a].kind != TAUT_TOK_STRING)
			return l->first;
	return end;
}

static int may_have_doc(const struct taut_block *b)
{
	return b->first <= b->last &&
	       (b->kind == TAUT_SUITE_MODULE || b->kind == TAUT_SUITE_CLASS ||
		b->kind == TAUT_SUITE_FUNCTION);
}

static void hash_lines(struct taut_outline *o)
{
	const struct taut_lex *lx = o->lx;
	struct taut_block *b;
	struct taut_row *r;
	uint64_t h;
	uint32_t i;

	for (b = o->blocks; b < o->blocks + o->nblocks; b++) {
		if (!may_have_doc(b))
			continue;
		r = &o->rows[b->first];
		r->body = docstring_end(lx, b->first);
		b->has_doc = r->body > lx->lines[b->first].first;
	}
	for (i = 0; i < lx->nlines; i++) {
		r = &o->rows[i];
		h = r->body > lx->lines[i].first ? MARK_DOC : 0;
		r->hash = taut_lex_fold(lx, r->body, lx->lines[i].end, h);
	}
}

/* ---- paths ---- */

/* How often a key was seen. */
struct count {
	uint64_t key;
	uint32_t n; /* 0: free */
};

/* Paths of headers outside functions, in source order. */
struct paths {
	struct taut_outline *o; /* borrowed */
	uint64_t *chain;	/* owned; by suite: the last header's chain */
	struct count *counts;	/* owned; headers and defs seen so far */
	size_t ncounts;		/* power of two, never half full */
};

static uint32_t count_up(struct paths *ps, uint64_t key)
{
	size_t i = key & (ps->ncounts - 1);

	while (ps->counts[i].n && ps->counts[i].key != key)
		i = (i + 1) & (ps->ncounts - 1);
	ps->counts[i].key = key;
	return ps->counts[i].n++;
}

/* Does this header go on with the statement of the one before it? */
static int continues(int key)
{
	return key == TAUT_KW_ELIF || key == TAUT_KW_ELSE ||
	       key == TAUT_KW_EXCEPT || key == TAUT_KW_FINALLY ||
	       key == TAUT_ID_CASE;
}

static void set_path(struct paths *ps, uint32_t i)
{
	struct taut_row *r = &ps->o->rows[i];
	uint64_t *chain = &ps->chain[r->block], h;
	uint32_t n;

	h = taut_lex_fold(ps->o->lx, ps->o->lx->lines[i].first, r->colon + 1,
			  continues(r->key) ? *chain : 0);
	*chain = h;
	n = count_up(ps, taut_hash_mix(r->block, h));
	r->path = taut_hash_mix(ps->o->blocks[r->block].path, h + n);
}

static int find_paths(struct taut_outline *o)
{
	struct paths ps = { o, NULL, NULL, NCOUNT_MIN };
	struct taut_block *b;
	struct taut_row *r;
	uint32_t i;
	int rc = TAUT_ENOMEM;

	while (ps.ncounts < o->lx->nlines * 2)
		ps.ncounts *= 2;
	ps.chain = taut_calloc(o->nblocks, sizeof(*ps.chain));
	ps.counts = taut_calloc(ps.ncounts, sizeof(*ps.counts));
	if (!ps.chain || !ps.counts)
		goto out;
	for (i = 0; i < o->lx->nlines; i++) {
		r = &o->rows[i];
		if (taut_block_is_code(&o->blocks[r->block]))
			continue;
		if (r->colon != TAUT_NONE && r->key != TAUT_KW_DEF &&
		    r->key != TAUT_KW_CLASS)
			set_path(&ps, i);
		else
			r->path = o->blocks[r->block].path;
		if (r->child == TAUT_NONE)
			continue;
		b = &o->blocks[r->child];
		b->path = r->path;
		if (taut_block_is_code(b))
			b->ordinal =
				count_up(&ps, taut_hash_mix(b->qual, b->path));
	}
	rc = 0;
out:
	taut_free(ps.chain);
	taut_free(ps.counts);
	return rc;
}

/* Is `...` on a line of its own all that the def or class on line i holds? */
static int is_stub(const struct taut_lex *lx, size_t i)
{
	const struct taut_line *l = &lx->lines[i];
	const struct taut_tok *t = &lx->toks[l->first];

	if (i + 1 == lx->nlines || l[1].depth <= l->depth ||
	    l[1].end != l[1].first + 1 ||
	    lx->toks[l[1].first].id != TAUT_OP_ELLIPSIS ||
	    (i + 2 < lx->nlines && l[2].depth > l->depth))
		return 0;
	if (t->id == TAUT_KW_ASYNC && l->end > l->first + 1)
		t++;
	return (t->id == TAUT_KW_DEF || t->id == TAUT_KW_CLASS) &&
	       lx->toks[l->end - 1].id == ':';
}

/* Formatters put `...` on its header's line and back: it is there always. */
static void join_stubs(struct taut_lex *lx)
{
	struct taut_line *l;
	size_t i, n = 0;

	for (i = 0; i < lx->nlines; i++, n++) {
		l = &lx->lines[n];
		*l = lx->lines[i];
		if (!is_stub(lx, i))
			continue;
		i++;
		l->end = lx->lines[i].end;
		l->last_line = lx->lines[i].last_line;
		l->flags |= lx->lines[i].flags;
	}
	lx->nlines = n;
}

int taut_outline_init(struct taut_outline *o, struct taut_lex *lx)
{
	memset(o, 0, sizeof(*o));
	join_stubs(lx);
	o->lx = lx;
	o->rows = taut_calloc(lx->nlines + 1, sizeof(*o->rows));
	if (!o->rows || build_tree(o))
		return TAUT_ENOMEM;
	hash_lines(o);
	return find_paths(o);
}

void taut_outline_release(struct taut_outline *o)
{
	taut_free(o->rows);
	taut_free(o->blocks);
	memset(o, 0, sizeof(*o));
}

/* ---- statements ---- */

int taut_outline_next(const struct taut_outline *o, uint32_t i, uint32_t *pos,
		      struct taut_stmt *st)
{
	const struct taut_line *l = &o->lx->lines[i];
	const struct taut_row *r = &o->rows[i];
	const struct taut_tok *t;

	while (*pos < l->end && o->lx->toks[*pos].id == ';')
		++*pos;
	if (*pos >= l->end)
		return 0;
	st->first = *pos;
	st->header = r->colon != TAUT_NONE && *pos == l->first;
	st->more = r->colon != TAUT_NONE && !st->header;
	if (st->header) {
		st->end = *pos = r->colon + 1;
		st->key = r->key;
		return 1;
	}
	st->end = l->end;
	if (l->flags & TAUT_LINE_SEMI)
		st->end = taut_lex_find(o->lx, st->first, l->end, ';');
	*pos = st->end;
	t = &o->lx->toks[st->first];
	st->key = st->first == l->first ? r->key : t->id;
	if (st->first != l->first &&
	    (t->id < TAUT_KW_AND ||
	     (t->id > TAUT_KW_YIELD &&
	      !(t->id == TAUT_ID_TYPE && st->end > st->first + 2 &&
		taut_tok_is_name(t + 1)))))
		st->key = 0;
	return 1;
}
