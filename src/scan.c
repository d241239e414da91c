#include "scan.h"

#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "hash.h"
#include "lex.h"
#include "mention.h"
#include "outline.h"
#include "scope.h"
#include "unit.h"
#include "util.h"

#define SALT_SOURCE ((uint64_t)TAUT_FORMAT * 0x2545F4914F6CDD1Du)
#define MARK_WHOLE 0x9FB21C651E98DF25u

/* What taut_source_free() gets back. */
struct source {
	struct taut_source pub;	 /* first: the caller's pointer */
	struct taut_arena arena; /* strings and arrays */
};

struct scanner {
	struct source *out; /* borrowed; ours to fill */
	struct taut_lex lx;
	struct taut_outline o;
	struct taut_scopes sc;
	struct taut_imported imported;
	struct taut_units us;
	uint64_t salt;
	int lazy_annotations;
	uint64_t *own;	/* owned; by suite: hash of its own lines */
	uint8_t *whole; /* owned; by suite: its function is one hash */
};

TAUT_API uint32_t taut_name_hash(const char *name, size_t n)
{
	return (uint32_t)taut_lex_hash(name, n);
}

/* ---- the salt ---- */

/* Add the features of a `from __future__ import`; their order says nothing. */
static void add_future(struct scanner *x, const struct taut_stmt *st)
{
	uint64_t lazy = taut_lex_hash("annotations", 11), h;
	struct taut_alias a;
	uint32_t pos = 0;

	while (taut_alias_next(&x->lx, st, &pos, &a)) {
		if (x->lx.toks[a.module].id != TAUT_ID_FUTURE)
			return;
		h = x->lx.toks[a.name].hash;
		x->salt += h;
		x->lazy_annotations |= h == lazy;
	}
}

static void find_salt(struct scanner *x)
{
	struct taut_stmt st;
	uint32_t i, pos;

	x->salt = taut_hash_mix(SALT_SOURCE, x->lx.coding);
	for (i = 0; i < x->lx.nlines; i++) {
		pos = x->o.rows[i].body;
		if (x->o.rows[i].block ||
		    !(x->lx.lines[i].flags & TAUT_LINE_IMPORT))
			continue;
		while (taut_outline_next(&x->o, i, &pos, &st))
			if (st.key == TAUT_KW_FROM)
				add_future(x, &st);
	}
}

/* ---- hashes of suites ---- */

static void mark_whole(struct scanner *x)
{
	const struct taut_block *b;
	uint32_t i;

	if (!(x->lx.flags & TAUT_LINE_FRAME))
		return;
	for (i = 0; i < x->lx.nlines; i++) {
		b = &x->o.blocks[x->o.rows[i].block];
		if (taut_block_is_code(b) &&
		    x->lx.lines[i].flags & TAUT_LINE_FRAME)
			x->whole[b->func] = 1;
	}
}

static void hash_own_lines(struct scanner *x)
{
	const struct taut_block *b;
	const struct taut_row *r;
	uint32_t i;

	for (i = 0; i < x->lx.nlines; i++) {
		r = &x->o.rows[i];
		x->own[r->block] = taut_hash_fold(x->own[r->block], r->hash);
		if (r->child == TAUT_NONE || r->key != TAUT_KW_DEF)
			continue;
		/* the def makes another object of a generator */
		b = &x->o.blocks[r->child];
		x->own[r->block] = taut_hash_fold(
			x->own[r->block],
			1 + (x->sc.v[b->scope].gen | b->has_doc << 1));
	}
}

/* Every line of an outermost function, and how they nest. */
static uint64_t hash_whole(const struct scanner *x, const struct taut_block *b)
{
	uint64_t h = MARK_WHOLE;
	uint32_t i;

	for (i = b->first; i <= b->last; i++)
		h = taut_hash_fold(
			taut_hash_fold(h, x->o.rows[i].hash),
			x->lx.lines[i].depth -
				(uint64_t)x->lx.lines[b->first].depth + 1);
	return h;
}

static uint64_t hash_block(const struct scanner *x, uint32_t i,
			   const struct taut_suite *done)
{
	const struct taut_block *b = &x->o.blocks[i];
	int is_scope =
		b->kind == TAUT_SUITE_FUNCTION || b->kind == TAUT_SUITE_CLASS;
	uint64_t h;

	if (b->func == i || !taut_block_is_code(b)) {
		h = taut_hash_mix(x->salt, b->qual);
		h = taut_hash_mix(h, b->path);
	} else {
		h = done[b->parent].hash;
		if (x->whole[b->func])
			return taut_hash_mix(h, i - b->func);
	}
	/* a class's ordinal would be a position */
	h = taut_hash_mix(h, b->kind);
	if (taut_block_is_code(b))
		h = taut_hash_mix(h, b->ordinal);
	if (b->func == i && x->whole[i])
		return taut_hash_mix(h, hash_whole(x, b));
	if (is_scope && taut_block_is_code(b))
		h = taut_hash_mix(h, x->sc.v[b->scope].sig);
	return taut_hash_mix(h, x->own[i]);
}

static uint64_t hash_docs(const struct scanner *x)
{
	const struct taut_block *b = x->o.blocks;
	uint64_t h = x->salt;

	for (; b < x->o.blocks + x->o.nblocks; b++)
		if (b->has_doc)
			h = taut_lex_fold(&x->lx, x->lx.lines[b->first].first,
					  x->o.rows[b->first].body,
					  taut_hash_fold(h, b->qual));
	return h;
}

/* ---- filling in the source ---- */

static int fill_suite(struct scanner *x, uint32_t i, struct taut_suite *suites)
{
	const struct taut_block *b = &x->o.blocks[i];
	const struct taut_line *lines = x->lx.lines;
	struct taut_suite *s = &suites[i];
	const struct taut_tok *t;

	s->hash = hash_block(x, i, suites);
	s->parent = b->parent;
	s->kind = b->kind;
	s->flags = taut_block_is_code(b) ? TAUT_SUITE_CODE : 0;
	s->name = "";
	s->head_line = s->first_line = s->last_line = 1;
	if (b->head != TAUT_NONE)
		s->head_line = x->lx.toks[lines[b->deco].first].line;
	if (b->first <= b->last) {
		s->first_line = x->lx.toks[lines[b->first].first].line;
		s->last_line = lines[b->last].last_line;
	}
	if (b->name != TAUT_NONE) {
		t = &x->lx.toks[b->name];
		s->name = taut_arena_dup(&x->out->arena, x->lx.text + t->off,
					 t->len);
	}
	return s->name ? 0 : TAUT_ENOMEM;
}

/* The kind is mixed in: the hashes of a file are one set, and nothing at all
 * (no docstring, no unit) would be the same for both. */
static void fill_pseudo(struct taut_suite *s, int kind, uint64_t hash)
{
	s->kind = (uint8_t)kind;
	s->hash = taut_hash_mix(hash, (uint64_t)kind);
	s->name = "";
	s->head_line = s->first_line = s->last_line = 1;
}

static int fill_suites(struct scanner *x)
{
	struct taut_source *s = &x->out->pub;
	size_t n = x->o.nblocks;
	struct taut_suite *suites;
	uint32_t i;

	x->own = taut_calloc(n, sizeof(*x->own));
	x->whole = taut_calloc(n, 1);
	suites = taut_arena_alloc(&x->out->arena, (n + 2) * sizeof(*suites));
	if (!x->own || !x->whole || !suites)
		return TAUT_ENOMEM;
	mark_whole(x);
	hash_own_lines(x);
	for (i = 0; i < n; i++)
		if (fill_suite(x, i, suites))
			return TAUT_ENOMEM;
	fill_pseudo(&suites[n], TAUT_SUITE_DOC, hash_docs(x));
	fill_pseudo(&suites[n + 1], TAUT_SUITE_VERSION, x->us.version);
	s->suites = suites;
	s->nsuites = (uint32_t)n + 2;
	return 0;
}

/* "a.b" of the tokens [i, end), without leading dots; *level counts them. */
static const char *module_string(struct scanner *x, uint32_t i, uint32_t end,
				 uint32_t *level)
{
	struct taut_buf b = TAUT_BUF_INIT;
	const struct taut_tok *t;
	const char *s = NULL;

	for (*level = 0; i < end; i++) {
		t = &x->lx.toks[i];
		if (t->id == '.')
			++*level;
		else if (t->id == TAUT_OP_ELLIPSIS)
			*level += 3;
		else
			break;
	}
	for (; i < end; i++) {
		t = &x->lx.toks[i];
		if (taut_buf_add(&b, x->lx.text + t->off, t->len))
			goto out;
	}
	s = taut_arena_dup(&x->out->arena, b.p, b.n);
out:
	taut_buf_release(&b);
	return s;
}

struct imports {
	struct taut_import *v; /* owned */
	size_t n, cap;
};

static int add_imports(struct scanner *x, struct imports *im,
		       const struct taut_stmt *st, uint32_t suite)
{
	const struct taut_tok *t;
	struct taut_import *p;
	struct taut_alias a;
	uint32_t pos = 0;

	while (taut_alias_next(&x->lx, st, &pos, &a)) {
		if (taut_grow(&im->v, &im->cap, im->n + 1, sizeof(*p)))
			return TAUT_ENOMEM;
		p = &im->v[im->n++];
		memset(p, 0, sizeof(*p));
		p->suite = suite;
		p->line = x->lx.toks[st->first].line;
		p->module = module_string(x, a.module, a.module_end, &p->level);
		if (!p->module)
			return TAUT_ENOMEM;
		if (a.name == TAUT_NONE)
			continue;
		t = &x->lx.toks[a.name];
		p->name = taut_arena_dup(&x->out->arena, x->lx.text + t->off,
					 t->len);
		if (!p->name)
			return TAUT_ENOMEM;
	}
	return 0;
}

/* Copy an array into the source's arena. */
static const void *keep(struct scanner *x, const void *v, size_t n, size_t size)
{
	void *p = taut_arena_alloc(&x->out->arena, n * size + 1);

	if (p && n)
		memcpy(p, v, n * size);
	return p;
}

static int fill_imports(struct scanner *x)
{
	struct taut_source *s = &x->out->pub;
	struct imports im = { NULL, 0, 0 };
	struct taut_suite *suites = (struct taut_suite *)s->suites;
	struct taut_stmt st;
	uint32_t i, pos, suite;
	int rc = 0;

	for (i = 0; i < x->lx.nlines && !rc; i++) {
		if (!(x->lx.lines[i].flags & TAUT_LINE_IMPORT))
			continue;
		suite = x->o.rows[i].block;
		pos = x->o.rows[i].body;
		while (!rc && taut_outline_next(&x->o, i, &pos, &st)) {
			if (st.key != TAUT_KW_IMPORT && st.key != TAUT_KW_FROM)
				continue;
			suites[suite].flags |= TAUT_SUITE_IMPORTS;
			rc = add_imports(x, &im, &st, suite);
		}
	}
	if (!rc) {
		s->imports = keep(x, im.v, im.n, sizeof(*im.v));
		s->nimports = (uint32_t)im.n;
		rc = s->imports ? 0 : TAUT_ENOMEM;
	}
	taut_free(im.v);
	return rc;
}

/* ---- names after a dot ---- */

/* Sort by bytes, from the lowest; `tmp` is as long as `v`. */
static void sort_u32(uint32_t *v, uint32_t *tmp, size_t n)
{
	size_t count[256], i, at, c;
	uint32_t *swap;
	unsigned shift;

	for (shift = 0; shift < 32; shift += 8) {
		memset(count, 0, sizeof(count));
		for (i = 0; i < n; i++)
			count[v[i] >> shift & 0xFF]++;
		for (i = at = 0; i < 256; i++) {
			c = count[i];
			count[i] = at;
			at += c;
		}
		for (i = 0; i < n; i++)
			tmp[count[v[i] >> shift & 0xFF]++] = v[i];
		swap = v;
		v = tmp;
		tmp = swap;
	}
}

static size_t list_attrs(const struct taut_tok *t, size_t n, uint32_t *v)
{
	const struct taut_tok *end = t + n;
	size_t m = 0;

	for (; t < end; t++)
		if (t->flags & TAUT_TOK_ATTR && taut_tok_is_name(t)) {
			if (v)
				v[m] = (uint32_t)t->hash;
			m++;
		}
	return m;
}

static int fill_attrs(struct scanner *x)
{
	struct taut_source *s = &x->out->pub;
	size_t n, i, m = 0;
	uint32_t *v;

	n = list_attrs(x->lx.toks, x->lx.ntoks, NULL) +
	    list_attrs(x->lx.inner, x->lx.ninner, NULL);
	v = taut_calloc(n * 2 + 1, sizeof(*v));
	if (!v)
		return TAUT_ENOMEM;
	i = list_attrs(x->lx.toks, x->lx.ntoks, v);
	list_attrs(x->lx.inner, x->lx.ninner, v + i);
	sort_u32(v, v + n, n);
	for (i = 0; i < n; i++)
		if (!m || v[m - 1] != v[i])
			v[m++] = v[i];
	s->attrs = keep(x, v, m, sizeof(*v));
	s->nattrs = (uint32_t)m;
	taut_free(v);
	return s->attrs ? 0 : TAUT_ENOMEM;
}

/* ---- docstrings ---- */

/*
 * Does a function (or what is outside of them) list attributes and look at
 * texts?  A docstring may be among them.  Most code that lists some wants
 * fields, or commands: it reads none.
 */
static int lists_text(const struct scanner *x)
{
	const uint16_t both = TAUT_LINE_LISTS | TAUT_LINE_TEXT;
	uint16_t outside = 0, inside = 0;
	const struct taut_block *b;
	uint32_t i, func = TAUT_NONE;

	if ((x->lx.flags & both) != both)
		return 0;
	for (i = 0; i < x->lx.nlines; i++) {
		b = &x->o.blocks[x->o.rows[i].block];
		if (!taut_block_is_code(b)) {
			outside |= x->lx.lines[i].flags;
			continue;
		}
		if (b->func != func)
			inside = 0;
		func = b->func;
		inside |= x->lx.lines[i].flags;
		if ((inside & both) == both)
			return 1;
	}
	return (outside & both) == both;
}

/* ---- all of it ---- */

static int fill_units(struct scanner *x)
{
	struct taut_unit_config conf = { &x->imported, x->salt,
					 x->lazy_annotations };
	struct taut_source *s = &x->out->pub;

	if (taut_imported_init(&x->imported, &x->o) ||
	    taut_units_init(&x->us, &x->o, &x->sc, &conf, &x->out->arena))
		return TAUT_ENOMEM;
	s->units = keep(x, x->us.v, x->us.n, sizeof(*x->us.v));
	s->nunits = (uint32_t)x->us.n;
	return s->units ? 0 : TAUT_ENOMEM;
}

/* One suite, and all hashes are the content's. */
static int fill_opaque(struct scanner *x)
{
	struct taut_source *s = &x->out->pub;
	struct taut_suite *suites;
	uint64_t h;

	h = taut_hash64(s->digest.b, sizeof(s->digest.b));
	suites = taut_arena_alloc(&x->out->arena, 3 * sizeof(*suites));
	if (!suites)
		return TAUT_ENOMEM;
	fill_pseudo(&suites[0], TAUT_SUITE_MODULE, h);
	fill_pseudo(&suites[1], TAUT_SUITE_DOC, h);
	fill_pseudo(&suites[2], TAUT_SUITE_VERSION, h);
	s->suites = suites;
	s->nsuites = 3;
	s->opaque = x->lx.opaque;
	s->reads_doc = 1;
	return 0;
}

static int scan(struct scanner *x, const void *bytes, size_t n)
{
	if (taut_lex_init(&x->lx, bytes, n))
		return TAUT_ENOMEM;
	if (x->lx.opaque)
		return fill_opaque(x);
	if (taut_outline_init(&x->o, &x->lx) || taut_scopes_init(&x->sc, &x->o))
		return TAUT_ENOMEM;
	find_salt(x);
	if (fill_units(x) || fill_suites(x) || fill_imports(x) || fill_attrs(x))
		return TAUT_ENOMEM;
	x->out->pub.reads_doc = x->lx.flags & TAUT_LINE_DOC || lists_text(x);
	return 0;
}

static int begin(struct scanner *x, const void *bytes, size_t n)
{
	memset(x, 0, sizeof(*x));
	x->out = taut_calloc(1, sizeof(*x->out));
	if (!x->out)
		return TAUT_ENOMEM;
	x->out->pub.digest = taut_digest_of(bytes, n);
	return scan(x, bytes, n);
}

static void end(struct scanner *x)
{
	taut_units_release(&x->us);
	taut_imported_release(&x->imported);
	taut_scopes_release(&x->sc);
	taut_outline_release(&x->o);
	taut_lex_release(&x->lx);
	taut_free(x->own);
	taut_free(x->whole);
}

TAUT_API int taut_source_scan(const void *bytes, size_t n,
			      struct taut_source **out, struct taut_err *err)
{
	struct scanner x;
	int rc;

	*out = NULL;
	rc = begin(&x, bytes, n);
	end(&x);
	if (rc) {
		taut_source_free(x.out ? &x.out->pub : NULL);
		return taut_nomem(err);
	}
	*out = &x.out->pub;
	return 0;
}

/* The sheet of what was scanned. */
static int write_sheet(struct scanner *x, struct taut_sheet *s)
{
	const struct taut_source *source = &x->out->pub;
	const struct taut_mention_source src = {
		&x->o,	     &x->sc,	   source,
		x->us.spans, &x->imported, x->lazy_annotations
	};

	s->opaque = source->opaque;
	s->version = source->suites[source->nsuites - 1].hash & 0xffffffffffULL;
	if (source->reads_doc)
		s->flags |= TAUT_TEXT_DOCS;
	return s->opaque ? 0 : taut_mention_fill(s, &src);
}

int taut_sheet_scan(const void *bytes, size_t n, struct taut_sheet **out,
		    struct taut_err *err)
{
	struct taut_sheet *s = NULL;
	struct scanner x;
	int rc;

	*out = NULL;
	rc = begin(&x, bytes, n);
	if (!rc) {
		s = taut_calloc(1, sizeof(*s));
		rc = s ? write_sheet(&x, s) : TAUT_ENOMEM;
	}
	end(&x);
	taut_source_free(x.out ? &x.out->pub : NULL);
	if (rc) {
		taut_sheet_free(s);
		return taut_nomem(err);
	}
	*out = s;
	return 0;
}

TAUT_API void taut_source_free(struct taut_source *s)
{
	struct source *src = (struct source *)s;

	if (!s)
		return;
	taut_arena_release(&src->arena);
	taut_free(src);
}
