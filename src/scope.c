#include "scope.h"

#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "hash.h"
#include "util.h"

/* More lambdas and comprehensions in each other are taken verbatim. */
#define MAX_INLINE 64
#define MAX_INLINE_NAMES 1000

struct roles {
	struct taut_role *v; /* owned */
	size_t n, cap;
};

/* A lambda or comprehension that is open at the current token. */
struct inline_scope {
	uint32_t start;	     /* a lambda's colon, a bracket */
	uint32_t end;	     /* token behind it */
	uint32_t it, it_end; /* a comprehension's first iterable */
	unsigned parent;     /* level of the scope around it; 0 = function */
	size_t names;	     /* its own begin here in `binds` */
	uint32_t role;	     /* what a name gets that comes from outside */
};

struct scoper {
	struct taut_outline *o;	   /* borrowed */
	const struct taut_lex *lx; /* borrowed */
	struct taut_scopes *sc;	   /* borrowed; ours to fill */
	struct roles roles;	   /* bound and declared names */
	struct roles mentions;	   /* names that may come from outside */
	struct taut_binds binds;   /* scratch */
	struct taut_binds params;  /* of the def at hand */
	struct inline_scope open[MAX_INLINE];
	unsigned nopen;
};

static int add_role(struct roles *r, uint64_t hash, uint32_t scope,
		    uint32_t roles)
{
	if (taut_grow(&r->v, &r->cap, r->n + 1, sizeof(*r->v)))
		return TAUT_ENOMEM;
	r->v[r->n].hash = hash;
	r->v[r->n].scope = scope;
	r->v[r->n++].roles = roles;
	return 0;
}

/* ---- sorting ---- */

static int by_hash(const void *a, const void *b)
{
	const struct taut_role *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Most scopes have few names, and then this beats qsort. */
static void sort_few(struct taut_role *v, size_t n)
{
	struct taut_role t;
	size_t i, j;

	for (i = 1; i < n; i++) {
		t = v[i];
		for (j = i; j && v[j - 1].hash > t.hash; j--)
			v[j] = v[j - 1];
		v[j] = t;
	}
}

/* Sort by hash and join equal ones; returns how many remain. */
static size_t sort_join(struct taut_role *v, size_t n)
{
	size_t i, m = 0;

	if (n > 24)
		qsort(v, n, sizeof(*v), by_hash);
	else
		sort_few(v, n);
	for (i = 0; i < n; i++) {
		if (m && v[m - 1].hash == v[i].hash)
			v[m - 1].roles |= v[i].roles;
		else
			v[m++] = v[i];
	}
	return m;
}

/* Group `r` by scope and by hash, into sc->roles. */
static int group_roles(struct taut_scopes *sc, const struct roles *r)
{
	struct taut_scope *s = sc->v, *end = sc->v + sc->n;
	struct taut_role *v = taut_calloc(r->n + 1, sizeof(*v));
	uint32_t at = 0;
	size_t i;

	if (!v)
		return TAUT_ENOMEM;
	for (s = sc->v; s < end; s++)
		s->n = 0;
	for (i = 0; i < r->n; i++)
		sc->v[r->v[i].scope].n++;
	for (s = sc->v; s < end; s++) {
		s->first = at;
		at += s->n;
		s->n = 0;
	}
	for (i = 0; i < r->n; i++) {
		s = &sc->v[r->v[i].scope];
		v[s->first + s->n++] = r->v[i];
	}
	for (s = sc->v; s < end; s++)
		s->n = (uint32_t)sort_join(v + s->first, s->n);
	taut_free(sc->roles);
	sc->roles = v;
	sc->nroles = r->n;
	return 0;
}

static uint32_t roles_of(const struct taut_scopes *sc, uint32_t scope,
			 uint64_t hash)
{
	const struct taut_scope *s = &sc->v[scope];
	const struct taut_role *v = sc->roles + s->first;
	uint32_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (v[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && v[lo].hash == hash ? v[lo].roles : 0;
}

/* These tokens are part of the signature as they are: of this scope and of
 * those around it, whose variables they may use. */
static void add_verbatim(struct scoper *x, uint32_t scope, uint64_t h)
{
	for (; scope != TAUT_NONE; scope = x->sc->v[scope].parent)
		x->sc->v[scope].verbatim =
			taut_hash_fold(x->sc->v[scope].verbatim, h);
}

/* ---- lambdas and comprehensions ---- */

static int in_body(const struct inline_scope *in, uint32_t i)
{
	return i > in->start && !(i >= in->it && i < in->it_end);
}

/* The scope to which token i belongs: 0 the function, k the k-th open one. */
static unsigned level_at(const struct scoper *x, uint32_t i)
{
	unsigned k = x->nopen;

	while (k && !in_body(&x->open[k - 1], i))
		k--;
	return k;
}

static struct inline_scope *open_inline(struct scoper *x, uint32_t i)
{
	struct inline_scope *in = &x->open[x->nopen];

	memset(in, 0, sizeof(*in));
	in->parent = level_at(x, i);
	in->names = x->binds.n;
	x->nopen++;
	return in;
}

static void open_lambda(struct scoper *x, uint32_t i, uint32_t end)
{
	struct inline_scope *in = open_inline(x, i);

	in->end = taut_lex_lambda(x->lx, i, end, &in->start);
	in->role = TAUT_ROLE_FREE_LAMBDA;
	taut_bind_params(x->lx, i + 1, in->start, &x->binds);
}

/* The comprehension in the bracket at token i. */
static void open_comp(struct scoper *x, uint32_t i)
{
	const struct taut_lex *lx = x->lx;
	struct inline_scope *in = open_inline(x, i);
	uint32_t end = lx->toks[i].mate, at, to;

	in->start = i;
	in->end = end + 1;
	in->role = TAUT_ROLE_FREE_COMP;
	at = taut_lex_find(lx, i + 1, end, TAUT_KW_FOR);
	while (at < end) {
		to = taut_lex_find(lx, at, end, TAUT_KW_IN);
		taut_bind_targets(lx, at + 1, to, &x->binds);
		at = taut_lex_find(lx, to, end, TAUT_KW_FOR);
		if (in->it)
			continue;
		in->it = to + 1;
		in->it_end = taut_lex_find(lx, to, at, TAUT_KW_IF);
		in->it_end = taut_lex_find(lx, to, in->it_end, TAUT_KW_ASYNC);
	}
}

static void close_inline(struct scoper *x, uint32_t i)
{
	while (x->nopen && x->open[x->nopen - 1].end <= i)
		x->binds.n = x->open[--x->nopen].names;
}

/* Is the name bound by the k-th open scope? */
static int inline_binds(const struct scoper *x, unsigned k, uint64_t hash)
{
	size_t i = x->open[k - 1].names;
	size_t end = k < x->nopen ? x->open[k].names : x->binds.n;

	for (; i < end; i++)
		if (x->binds.v[i].tok->hash == hash)
			return 1;
	return 0;
}

static int is_inline_name(const struct scoper *x, const struct taut_tok *t)
{
	size_t i;

	for (i = 0; i < x->binds.n; i++)
		if (x->binds.v[i].tok == t)
			return 1;
	return 0;
}

/* ---- mentions ---- */

/* A name at token i: note it unless an inline scope binds it. */
static int mention(struct scoper *x, const struct taut_tok *t, uint32_t i,
		   uint32_t scope, uint32_t role)
{
	unsigned k = level_at(x, i);

	for (; k; k = x->open[k - 1].parent) {
		if (inline_binds(x, k, t->hash))
			return 0;
		if (role < x->open[k - 1].role)
			role = x->open[k - 1].role;
	}
	return role ? add_role(&x->mentions, t->hash, scope, role) : 0;
}

static int mention_inner(struct scoper *x, const struct taut_tok *f, uint32_t i,
			 uint32_t scope, uint32_t role)
{
	const struct taut_tok *t = x->lx->inner + f->mate;
	const struct taut_tok *end = x->lx->inner + x->lx->ninner;

	for (; t < end && t->off < f->off + f->len; t++)
		if (taut_tok_is_name(t) && !t->flags &&
		    mention(x, t, i, scope, role))
			return TAUT_ENOMEM;
	return 0;
}

/*
 * The names that a statement mentions.  `role` is what they get outside
 * lambdas and comprehensions; 0: they cannot come from outside.
 */
static int mention_stmt(struct scoper *x, const struct taut_stmt *st,
			struct taut_scope *s, uint32_t role)
{
	uint32_t i, scope = (uint32_t)(s - x->sc->v);
	const struct taut_tok *t;
	size_t p = 0;
	int rc = 0, too_deep = 0;

	x->nopen = 0;
	x->binds.n = 0;
	for (i = st->first; i < st->end && !rc && !too_deep; i++) {
		t = &x->lx->toks[i];
		close_inline(x, i);
		if (p < x->params.n && t == x->params.v[p].tok) {
			p++;
			continue;
		}
		if (t->id == TAUT_KW_YIELD && !level_at(x, i))
			s->gen = 1;
		if (t->kind == TAUT_TOK_FSTRING)
			rc = mention_inner(x, t, i, scope, role);
		if (taut_tok_is_name(t) && !t->flags &&
		    (i == st->first || t[-1].id != TAUT_KW_DEF) &&
		    !is_inline_name(x, t))
			rc = mention(x, t, i, scope, role);
		if (t->id != TAUT_KW_LAMBDA && !(t->flags & TAUT_TOK_COMP))
			continue;
		if (x->nopen == MAX_INLINE) {
			too_deep = 1;
			break;
		}
		if (t->id == TAUT_KW_LAMBDA)
			open_lambda(x, i, st->end);
		else
			open_comp(x, i);
		too_deep = x->binds.n > MAX_INLINE_NAMES;
	}
	if (too_deep)
		add_verbatim(x, scope,
			     taut_lex_fold(x->lx, st->first, st->end, 0));
	return rc || x->binds.nomem ? TAUT_ENOMEM : 0;
}

/* ---- statements ---- */

static int bind_stmt(struct scoper *x, const struct taut_stmt *st,
		     uint32_t scope)
{
	static const uint32_t role[] = {
		[TAUT_BIND_LOCAL] = TAUT_ROLE_LOCAL,
		[TAUT_BIND_GLOBAL] = TAUT_ROLE_GLOBAL,
		[TAUT_BIND_NONLOCAL] = TAUT_ROLE_NONLOCAL,
	};
	struct taut_binds *b = &x->binds;
	size_t i;

	b->n = 0;
	taut_bind_stmt(x->o, st, b);
	for (i = 0; i < b->n && !b->nomem; i++)
		if (add_role(&x->roles, b->v[i].tok->hash, scope,
			     role[b->v[i].how]))
			return TAUT_ENOMEM;
	return b->nomem ? TAUT_ENOMEM : 0;
}

/* The parameters of the def whose suite is `b`. */
static int bind_def(struct scoper *x, const struct taut_block *b)
{
	const struct taut_line *l = &x->lx->lines[b->head];
	struct taut_stmt st = { l->first, l->end, TAUT_KW_DEF, 1, 0 };
	uint32_t open = taut_bind_open(x->lx, &st);
	size_t i;

	x->params.n = 0;
	if (open == TAUT_NONE)
		return 0;
	taut_bind_params(x->lx, open + 1, x->lx->toks[open].mate, &x->params);
	for (i = 0; i < x->params.n && !x->params.nomem; i++)
		if (add_role(&x->roles, x->params.v[i].tok->hash, b->scope,
			     TAUT_ROLE_LOCAL))
			return TAUT_ENOMEM;
	return x->params.nomem ? TAUT_ENOMEM : 0;
}

/* Is a name of this scope possibly another function's? */
static int is_nested(const struct scoper *x, const struct taut_scope *s)
{
	return s->parent != TAUT_NONE &&
	       taut_block_is_code(&x->o->blocks[x->sc->v[s->parent].block]);
}

/* `type X = ...`, `def f[T]`, `class C[T]`: with lazy scopes in them. */
static int has_type_scope(const struct taut_lex *lx, const struct taut_stmt *st)
{
	uint32_t i = st->first + 2;

	if (st->key == TAUT_ID_TYPE)
		return 1;
	if (!st->header || (st->key != TAUT_KW_DEF && st->key != TAUT_KW_CLASS))
		return 0;
	if (lx->toks[st->first].id == TAUT_KW_ASYNC)
		i++;
	return i < st->end && lx->toks[i].id == '[';
}

/* A statement of a function, or of a class inside one. */
static int scope_stmt(struct scoper *x, uint32_t line,
		      const struct taut_stmt *st, struct taut_scope *s)
{
	const struct taut_row *r = &x->o->rows[line];
	uint16_t flags = x->lx->lines[line].flags;
	uint32_t role = is_nested(x, s) ? TAUT_ROLE_FREE : 0;

	if (bind_stmt(x, st, (uint32_t)(s - x->sc->v)))
		return TAUT_ENOMEM;
	if (s->is_class && !st->header && flags & TAUT_LINE_ASSIGN &&
	    taut_lex_find(x->lx, st->first, st->end, ':') <
		    taut_lex_find(x->lx, st->first, st->end, TAUT_KW_LAMBDA))
		s->annotated = 1;
	if (st->key == TAUT_KW_IMPORT || st->key == TAUT_KW_FROM ||
	    st->key == TAUT_KW_GLOBAL)
		return 0;
	if (has_type_scope(x->lx, st))
		add_verbatim(x, (uint32_t)(s - x->sc->v),
			     taut_lex_fold(x->lx, st->first, st->end, 0));
	/* since 3.14 annotations are a scope; defaults are none */
	if (r->key == TAUT_KW_DEF && r->child != TAUT_NONE &&
	    mention_stmt(x, st, s, TAUT_ROLE_FREE_HEADER))
		return TAUT_ENOMEM;
	if (role || flags & (TAUT_LINE_LAMBDA | TAUT_LINE_COMP))
		return mention_stmt(x, st, s, role);
	if (flags & TAUT_LINE_YIELD)
		s->gen = 1;
	return 0;
}

/* super() in a function says something about the class around it; the function
 * may be a lambda or stand on one line. */
static void note_super(struct scoper *x, uint32_t scope, uint32_t line)
{
	const struct taut_row *r = &x->o->rows[line];
	struct taut_scope *v = x->sc->v;

	if (v[scope].is_class &&
	    !(x->lx->lines[line].flags & (TAUT_LINE_LAMBDA | TAUT_LINE_COMP)) &&
	    (r->key != TAUT_KW_DEF || r->child != TAUT_NONE))
		return;
	while (scope != TAUT_NONE && !v[scope].is_class)
		scope = v[scope].parent;
	if (scope != TAUT_NONE)
		v[scope].super = 1;
}

static int scope_line(struct scoper *x, uint32_t i)
{
	const struct taut_row *r = &x->o->rows[i];
	const struct taut_block *b = &x->o->blocks[r->block];
	uint16_t flags = x->lx->lines[i].flags;
	uint32_t pos = r->body;
	struct taut_scope *s;
	struct taut_stmt st;

	x->params.n = 0;
	if (r->child != TAUT_NONE && r->key == TAUT_KW_DEF &&
	    bind_def(x, &x->o->blocks[r->child]))
		return TAUT_ENOMEM;
	if (b->scope == TAUT_NONE)
		return 0;
	s = &x->sc->v[b->scope];
	if (flags & TAUT_LINE_SUPER)
		note_super(x, b->scope, i);
	if (!taut_block_is_code(b))
		return 0;
	if (flags & TAUT_LINE_AWKWARD) {
		add_verbatim(x, b->scope, r->hash);
		s->gen |= !!(flags & TAUT_LINE_YIELD);
	}
	while (taut_outline_next(x->o, i, &pos, &st)) {
		if (st.header && r->child == TAUT_NONE &&
		    (st.key == TAUT_KW_DEF || st.key == TAUT_KW_CLASS)) {
			add_verbatim(x, b->scope, r->hash);
			return bind_stmt(x, &st, b->scope);
		}
		if (scope_stmt(x, i, &st, s))
			return TAUT_ENOMEM;
	}
	return 0;
}

/* ---- variables of enclosing functions ---- */

/* The function whose variable a name mentioned in scope `s` is; TAUT_NONE for
 * globals and for locals of `s` itself. */
static uint32_t owner_of(const struct taut_scopes *sc,
			 const struct taut_role *m)
{
	uint32_t s = m->scope, roles;
	int own = m->roles != TAUT_ROLE_FREE; /* s itself may own it */

	roles = roles_of(sc, s, m->hash);
	if (!own) {
		if (roles && !(roles & TAUT_ROLE_NONLOCAL))
			return TAUT_NONE;
		s = sc->v[s].parent;
	}
	for (; s != TAUT_NONE; s = sc->v[s].parent) {
		if (sc->v[s].is_class)
			continue;
		roles = roles_of(sc, s, m->hash);
		if (roles & TAUT_ROLE_GLOBAL)
			return TAUT_NONE;
		if (roles & TAUT_ROLE_LOCAL && !(roles & TAUT_ROLE_NONLOCAL))
			return s;
	}
	return TAUT_NONE;
}

/* Every scope from the mention up to the owner passes the variable on. */
static int resolve(struct scoper *x)
{
	const struct taut_role *m = x->mentions.v;
	uint32_t owner, s;

	for (; m < x->mentions.v + x->mentions.n; m++) {
		owner = owner_of(x->sc, m);
		if (owner == TAUT_NONE)
			continue;
		for (s = m->scope;; s = x->sc->v[s].parent) {
			if (add_role(&x->roles, m->hash, s, m->roles))
				return TAUT_ENOMEM;
			if (s == owner)
				break;
		}
	}
	return 0;
}

static void sign(struct taut_scopes *sc, struct taut_scope *s)
{
	const struct taut_role *r = sc->roles + s->first;
	uint64_t h = s->verbatim;

	for (; r < sc->roles + s->first + s->n; r++)
		h = taut_hash_fold(taut_hash_fold(h, r->hash), r->roles);
	s->sig = taut_hash_mix(h, (uint64_t)s->gen | s->super << 1 |
					  s->annotated << 2);
}

/* ---- all of it ---- */

static int list_scopes(struct taut_scopes *sc, struct taut_outline *o)
{
	struct taut_block *b = o->blocks;
	struct taut_scope *s;

	sc->v = taut_calloc(o->nblocks, sizeof(*sc->v));
	if (!sc->v)
		return TAUT_ENOMEM;
	b->scope = TAUT_NONE;
	for (b++; b < o->blocks + o->nblocks; b++) {
		b->scope = o->blocks[b->parent].scope;
		if (b->kind != TAUT_SUITE_FUNCTION &&
		    b->kind != TAUT_SUITE_CLASS)
			continue;
		s = &sc->v[sc->n];
		s->block = (uint32_t)(b - o->blocks);
		s->parent = b->scope;
		s->is_class = b->kind == TAUT_SUITE_CLASS;
		b->scope = (uint32_t)sc->n++;
	}
	return 0;
}

int taut_scopes_init(struct taut_scopes *sc, struct taut_outline *o)
{
	struct scoper x = { .o = o, .lx = o->lx, .sc = sc };
	size_t bound;
	uint32_t i;
	int rc;

	memset(sc, 0, sizeof(*sc));
	rc = list_scopes(sc, o);
	for (i = 0; !rc && i < o->lx->nlines; i++)
		rc = scope_line(&x, i);
	if (!rc)
		rc = group_roles(sc, &x.roles);
	bound = x.roles.n;
	if (!rc)
		rc = resolve(&x);
	if (!rc && x.roles.n > bound)
		rc = group_roles(sc, &x.roles);
	for (i = 0; !rc && i < sc->n; i++)
		sign(sc, &sc->v[i]);
	taut_free(x.roles.v);
	taut_free(x.mentions.v);
	taut_binds_release(&x.binds);
	taut_binds_release(&x.params);
	return rc;
}

int taut_scopes_is_local(const struct taut_scopes *sc, uint32_t scope,
			 uint64_t hash)
{
	uint32_t s, roles;

	for (s = scope; s != TAUT_NONE; s = sc->v[s].parent) {
		if (sc->v[s].is_class && s != scope)
			continue;
		roles = roles_of(sc, s, hash);
		if (roles & TAUT_ROLE_GLOBAL ||
		    (sc->v[s].is_class && roles & TAUT_ROLE_LOCAL))
			return 0;
		if (roles & TAUT_ROLE_LOCAL && !(roles & TAUT_ROLE_NONLOCAL))
			return 1;
	}
	return 0;
}

void taut_scopes_release(struct taut_scopes *sc)
{
	taut_free(sc->v);
	taut_free(sc->roles);
	memset(sc, 0, sizeof(*sc));
}
