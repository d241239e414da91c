#include "pure.h"

#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "bind.h"

/* ---- words ---- */

static const char *const pure_modules[] = {
	"pytest",      "typing",      "typing_extensions",
	"functools",   "abc",	      "dataclasses",
	"contextlib",  "enum",	      "re",
	"collections", "operator",    "itertools",
	"pathlib",     "string",      "math",
	"decimal",     "datetime",    "zoneinfo",
	"fractions",   "uuid",	      "types",
	"textwrap",    "ipaddress",   "contextvars",
	"attr",	       "attrs",	      "threading",
	"struct",      "unicodedata", "warnings",
	"logging",     "time",	      "sys",
	"os",	       "inspect",     "pytz",
	"dateutil"
};
/* ... but for these of theirs: they alter what all share, or run what others
 * may have stored. */
static const char *const impure[] = {
	"filterwarnings",
	"simplefilter",
	"resetwarnings",
	"basicConfig",
	"addLevelName",
	"disable",
	"setLoggerClass",
	"dictConfig",
	"seed",
	"putenv",
	"unsetenv",
	"chdir",
	"register",
	"settrace",
	"setprofile",
	"setrecursionlimit",
	"addaudithook",
	"umask",
	"mkdir",
	"makedirs",
	"remove",
	"unlink",
	"rename",
	"replace",
	"system",
	"popen",
	"fork",
	"kill",
	"reload",
	"update",
	"setdefault",
	"append",
	"insert",
	"extend",
	"pop",
	"clear",
	"addHandler",
	"setLevel",
	"addFilter",
	"write_text",
	"write_bytes",
	"touch",
	"rmdir",
	"symlink",
	"importorskip",
	"skip",
	"exit",
	"Thread",
	"Timer",
	"start",
	"getcontext",
	"setcontext",
	"install",
	"modules",
	"sort",
	"reverse",
	"discard",
	"popitem",
	"write",
	"writelines",
	"warn",
	"warn_explicit",
	"abort",
	"pack_into",
	"prepare_class",
	"register_at_fork",
	"new_class",
	"fileConfig",
	"captureWarnings",
	"setLogRecordFactory",
	/* these alter what they are given, or what stands around them */
	"iadd",
	"iand",
	"iconcat",
	"ifloordiv",
	"ilshift",
	"imatmul",
	"imod",
	"imul",
	"ior",
	"ipow",
	"irshift",
	"isub",
	"itruediv",
	"ixor",
	"update_wrapper",
	"update_abstractmethods",
	"setitem",
	"delitem",
	"shuffle",
	"global_enum",
	/* these run what they are given */
	"reduce",
	"starmap",
	"accumulate",
	"groupby",
	"filterfalse",
	"takewhile",
	"dropwhile",
	"call",
	"sub",
	"subn",
	/* and these hand out docstrings */
	"getdoc",
};
/* As decorators they run what they were given. */
static const char *const run_later[] = { "partial", "partialmethod",
					 "methodcaller" };
/* As decorators they alter what is being defined, else what they are given. */
static const char *const alter[] = {
	"total_ordering",
	"dataclass",
	"define",
	"mutable",
	"frozen",
	"attrs",
	"s",
	"runtime_checkable",
	"final",
	"override",
	"abstractmethod",
	"no_type_check",
};
/* They hand out what is used up by whoever iterates over it. */
static const char *const iterators[] = {
	"iter",		"map",		"filter",   "zip",	     "reversed",
	"enumerate",	"islice",	"chain",    "count",	     "cycle",
	"repeat",	"tee",		"open",	    "product",	     "pairwise",
	"batched",	"zip_longest",	"compress", "groupby",	     "finditer",
	"permutations", "combinations", "next",	    "from_iterable",
};
/* After these a module is not imported, and that is no error. */
static const char *const skips[] = { "importorskip", "skip", "exit",
				     "SkipTest" };
/* Of these modules, some hand out what is the project's: sys.modules, a frame, a
 * logger of the class that was made known. */
static const char *const looking_back[] = { "sys", "inspect", "logging" };
static const char *const builtins[] = { "property",
					"staticmethod",
					"classmethod",
					"tuple",
					"list",
					"dict",
					"set",
					"frozenset",
					"int",
					"str",
					"float",
					"bool",
					"bytes",
					"range",
					"len",
					"sorted",
					"min",
					"max",
					"sum",
					"object",
					"abs",
					"zip",
					"enumerate",
					"slice",
					"complex",
					"round",
					"ord",
					"chr",
					"repr",
					"bytearray",
					"hasattr",
					"hash",
					"divmod",
					"pow",
					"reversed",
					"any",
					"all",
					"isinstance",
					"issubclass",
					"callable",
					"id",
					"iter",
					"AttributeError",
					"KeyError",
					"IndexError",
					"TypeError",
					"ValueError",
					"NotImplementedError" };
#define N(table) (sizeof(table) / sizeof(*(table)))

static int is_one(const struct taut_lex *lx, const struct taut_tok *t,
		  const char *const *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (t->len == strlen(v[i]) &&
		    !memcmp(lx->text + t->off, v[i], t->len))
			return 1;
	return 0;
}

/* ---- imports ---- */

static int is_pure_module(uint64_t top)
{
	size_t i;

	for (i = 0; top && i < N(pure_modules); i++)
		if (top ==
		    taut_lex_hash(pure_modules[i], strlen(pure_modules[i])))
			return 1;
	return 0;
}

static int add_alias(struct taut_imported *m, const struct taut_lex *lx,
		     const struct taut_alias *a)
{
	const struct taut_tok *t = lx->toks;
	struct taut_imported_name *b;
	uint64_t first;
	uint32_t last;

	if (!taut_tok_is_name(&t[a->bound])) {
		m->star = 1;
		return 0;
	}
	if (taut_grow(&m->v, &m->cap, m->n + 1, sizeof(*m->v)))
		return TAUT_ENOMEM;
	b = &m->v[m->n++];
	b->hash = t[a->bound].hash;
	b->path = taut_alias_path(lx, a, &first);
	b->top = taut_tok_is_name(&t[a->module]) ? t[a->module].hash : 0;
	b->pure = (uint8_t)is_pure_module(b->top);
	if (a->name == TAUT_NONE && a->bound == a->module)
		b->path = first;
	last = a->name != TAUT_NONE ? a->name : a->module_end - 1;
	b->impure = (uint8_t)is_one(lx, &t[last], impure, N(impure));
	b->renamed = a->bound != a->module && t[last].hash != b->hash;
	return 0;
}

static int by_hash(const void *a, const void *b)
{
	const struct taut_imported_name *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->path > y->path) - (x->path < y->path);
}

/* May a statement of a function on this line be `global`? */
static int may_be_global(const struct taut_outline *o, uint32_t i)
{
	return o->rows[i].key == TAUT_KW_GLOBAL ||
	       o->lx->lines[i].flags & TAUT_LINE_SEMI ||
	       (o->rows[i].colon != TAUT_NONE && o->rows[i].child == TAUT_NONE);
}

/* What line i binds where statements of a module or class see it. */
static void bind_line(const struct taut_outline *o, uint32_t i,
		      struct taut_binds *b)
{
	const int code = taut_block_is_code(&o->blocks[o->rows[i].block]);
	uint32_t pos = o->rows[i].body;
	struct taut_stmt st;

	if (code && !may_be_global(o, i))
		return;
	while (taut_outline_next(o, i, &pos, &st)) {
		if (st.key != TAUT_KW_IMPORT && st.key != TAUT_KW_FROM &&
		    (!code || st.key == TAUT_KW_GLOBAL))
			taut_bind_stmt(o, &st, b);
	}
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int find_bound(struct taut_imported *m, const struct taut_outline *o)
{
	struct taut_binds b = TAUT_BINDS_INIT;
	uint32_t i;
	int rc;

	for (i = 0; i < o->lx->nlines; i++)
		bind_line(o, i, &b);
	rc = b.nomem || taut_grow(&m->bound, &m->cbound, b.n + 1,
				  sizeof(*m->bound)) ?
		     TAUT_ENOMEM :
		     0;
	for (; !rc && m->nbound < b.n; m->nbound++)
		m->bound[m->nbound] = b.v[m->nbound].tok->hash;
	if (!rc && m->nbound > 1)
		qsort(m->bound, m->nbound, sizeof(*m->bound), by_number);
	taut_binds_release(&b);
	return rc;
}

/* Is the value at token i, up to `end`, an iterator? */
static int makes_iterator(const struct taut_lex *lx, uint32_t i, uint32_t end)
{
	const struct taut_tok *t = lx->toks;
	uint32_t k;

	if (i < end && t[i].id == '(' && t[i].mate + 1 == end)
		return taut_lex_find(lx, i + 1, t[i].mate, TAUT_KW_FOR) <
		       t[i].mate;
	for (k = i; k + 2 < end && t[k + 1].id == '.';)
		k += 2;
	return k + 1 < end && t[k + 1].id == '(' &&
	       is_one(lx, &t[k], iterators, N(iterators));
}

/* The names that a statement outside functions binds to iterators. */
static int find_iterators(struct taut_imported *m, const struct taut_lex *lx,
			  const struct taut_stmt *st)
{
	uint32_t eq = st->first, next, i;

	while ((next = taut_lex_find(lx, eq, st->end, '=')) < st->end)
		eq = next + 1;
	if (eq == st->first || !makes_iterator(lx, eq, st->end))
		return 0;
	for (i = st->first; i < eq; i++) {
		if (!taut_tok_is_name(&lx->toks[i]))
			continue;
		if (taut_grow(&m->iters, &m->citers, m->niters + 1,
			      sizeof(*m->iters)))
			return TAUT_ENOMEM;
		m->iters[m->niters++] = lx->toks[i].hash;
	}
	return 0;
}

static int list_iterators(struct taut_imported *m, const struct taut_outline *o)
{
	struct taut_stmt st;
	uint32_t i, pos;

	for (i = 0; i < o->lx->nlines; i++) {
		if (taut_block_is_code(&o->blocks[o->rows[i].block]))
			continue;
		pos = o->rows[i].body;
		while (taut_outline_next(o, i, &pos, &st))
			if (!st.header && find_iterators(m, o->lx, &st))
				return TAUT_ENOMEM;
	}
	if (m->niters > 1)
		qsort(m->iters, m->niters, sizeof(*m->iters), by_number);
	return 0;
}

int taut_imported_init(struct taut_imported *m, const struct taut_outline *o)
{
	struct taut_alias a;
	struct taut_stmt st;
	uint32_t i, pos, part;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < o->lx->nlines; i++) {
		if (!(o->lx->lines[i].flags & TAUT_LINE_IMPORT))
			continue;
		pos = o->rows[i].body;
		while (taut_outline_next(o, i, &pos, &st)) {
			part = 0;
			if (st.key != TAUT_KW_IMPORT && st.key != TAUT_KW_FROM)
				continue;
			while (taut_alias_next(o->lx, &st, &part, &a))
				if (add_alias(m, o->lx, &a))
					return TAUT_ENOMEM;
		}
	}
	if (m->n > 1)
		qsort(m->v, m->n, sizeof(*m->v), by_hash);
	return list_iterators(m, o) ? TAUT_ENOMEM : find_bound(m, o);
}

void taut_imported_release(struct taut_imported *m)
{
	taut_free(m->v);
	taut_free(m->bound);
	taut_free(m->iters);
	memset(m, 0, sizeof(*m));
}

const struct taut_imported_name *
taut_imported_find(const struct taut_imported *m, uint64_t hash)
{
	size_t lo = 0, hi = m->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (m->v[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < m->n && m->v[lo].hash == hash ? &m->v[lo] : NULL;
}

int taut_imported_rebinds(const struct taut_imported *m, uint64_t hash)
{
	return m->star || (m->nbound && bsearch(&hash, m->bound, m->nbound,
						sizeof(*m->bound), by_number));
}

/* ---- calls ---- */

/* The first token of the chain of attributes that ends at t, or TAUT_NONE. */
static uint32_t chain_start(const struct taut_lex *lx, uint32_t first,
			    uint32_t t)
{
	const struct taut_tok *v = lx->toks;

	while (t >= first + 2 && v[t].flags & TAUT_TOK_ATTR &&
	       v[t - 1].id == '.')
		t -= 2;
	return taut_tok_is_name(&v[t]) && !(v[t].flags & TAUT_TOK_ATTR) ?
		       t :
		       TAUT_NONE;
}

int taut_pure_value(const struct taut_imported *m, const struct taut_lex *lx,
		    uint32_t first, uint32_t t)
{
	const struct taut_tok *v = lx->toks;
	const struct taut_imported_name *b;
	uint32_t start, i;

	start = taut_tok_is_name(&v[t]) ? chain_start(lx, first, t) : TAUT_NONE;
	if (start == TAUT_NONE)
		return 0;
	if (taut_imported_rebinds(m, v[start].hash))
		return 0;
	b = taut_imported_find(m, v[start].hash);
	if (!b)
		return start == t && is_one(lx, &v[t], builtins, N(builtins));
	for (i = start + 2; i <= t; i += 2)
		if (v[i].len > 4 && !memcmp(lx->text + v[i].off, "__", 2))
			return 0;
	/* pytest.mark.skip is a mark, pytest.skip is not */
	for (i = start; i <= t && v[i].hash != taut_lex_hash("mark", 4); i += 2)
		if (is_one(lx, &v[i], impure, N(impure)))
			return 0;
	for (; b < m->v + m->n && b->hash == v[start].hash; b++)
		if (!b->pure || b->impure)
			return 0;
	return 1;
}

/* Is the bracket at token i that of a call? */
static int calls(const struct taut_lex *lx, uint32_t first, uint32_t i)
{
	const struct taut_tok *t = &lx->toks[i];

	return t->id == '(' && i > first &&
	       (t[-1].kind != TAUT_TOK_OP || taut_tok_is_close(t - 1)) &&
	       (t[-1].kind != TAUT_TOK_NAME || taut_tok_is_name(t - 1));
}

/* The bracket behind the name that a def or class binds, at `header`. */
static uint32_t own_bracket(const struct taut_lex *lx, uint32_t header)
{
	switch (lx->toks[header].id) {
	case TAUT_KW_ASYNC:
		return header + 3;
	case TAUT_KW_DEF:
	case TAUT_KW_CLASS:
		return header + 2;
	default:
		return TAUT_NONE;
	}
}

/* Does a decorator, the name or chain at [first, last], run something else? */
static int runs_later(const struct taut_imported *m, const struct taut_lex *lx,
		      uint32_t first, uint32_t last)
{
	const struct taut_imported_name *b;
	const uint64_t hash = lx->toks[first].hash;

	if (is_one(lx, &lx->toks[last], run_later, N(run_later)))
		return 1;
	b = taut_imported_find(m, hash);
	for (; b && b < m->v + m->n && b->hash == hash; b++)
		if (b->renamed && first == last)
			return 1;
	return 0;
}

/* Does a comprehension's `for` at token i give a pure name another meaning? */
static int hides(const struct taut_imported *m, const struct taut_lex *lx,
		 uint32_t i, uint32_t end)
{
	const struct taut_tok *t = lx->toks;

	for (i++; i < end && t[i].id != TAUT_KW_IN; i++)
		if (taut_tok_is_name(&t[i]) && taut_pure_value(m, lx, i, i))
			return 1;
	return 0;
}

/* Is token i one by which a statement may store or run anything, though it is
 * no call? */
static int does_more(const struct taut_imported *m, const struct taut_lex *lx,
		     uint32_t i, uint32_t end)
{
	const struct taut_tok *t = &lx->toks[i];

	switch (t->id) {
	case TAUT_OP_WALRUS:
	case TAUT_KW_AWAIT:
	case TAUT_KW_YIELD:
		return 1;
	case TAUT_OP_OTHER:
		return t->len == 2 && (!memcmp(lx->text + t->off, "<<", 2) ||
				       !memcmp(lx->text + t->off, ">>", 2));
	case TAUT_KW_FOR:
		return hides(m, lx, i, end);
	}
	if (t->kind == TAUT_TOK_FSTRING)
		return memchr(lx->text + t->off, '(', t->len) != NULL;
	/* sorted(x, key=f) runs f; a lambda's body is looked through */
	return t->flags & TAUT_TOK_KWARG &&
	       t->hash == taut_lex_hash("key", 3) && i + 2 < end &&
	       t[2].id != TAUT_KW_LAMBDA &&
	       !taut_pure_value(m, lx, i + 2, i + 2);
}

int taut_imported_uses_up(const struct taut_imported *m, uint64_t hash)
{
	return m->niters && bsearch(&hash, m->iters, m->niters,
				    sizeof(*m->iters), by_number);
}

static int uses_up(const struct taut_imported *m, const struct taut_tok *t)
{
	return taut_tok_is_name(t) &&
	       !(t->flags & (TAUT_TOK_ATTR | TAUT_TOK_KWARG)) &&
	       taut_imported_uses_up(m, t->hash);
}

int taut_pure_stmt(const struct taut_imported *m, const struct taut_lex *lx,
		   uint32_t first, uint32_t header, uint32_t end)
{
	const uint32_t own = own_bracket(lx, header);
	const struct taut_tok *t = lx->toks;
	uint32_t i, name;

	for (i = first; i < end; i++) {
		if (i < header && t[i].id == '@') {
			for (name = i + 1;
			     name + 2 < end && t[name + 1].id == '.';)
				name += 2;
			if (!taut_pure_value(m, lx, i + 1, name) ||
			    runs_later(m, lx, i + 1, name))
				return 0;
		} else if (does_more(m, lx, i, end)) {
			return 0;
		} else if (i != own && calls(lx, first, i) &&
			   (!taut_pure_value(m, lx, first, i - 1) ||
			    (i > header &&
			     is_one(lx, &t[i - 1], alter, N(alter))))) {
			return 0;
		} else if (uses_up(m, &t[i])) {
			return 0;
		}
	}
	return 1;
}

static int looks_back(uint64_t top)
{
	size_t i;

	for (i = 0; i < N(looking_back); i++)
		if (top ==
		    taut_lex_hash(looking_back[i], strlen(looking_back[i])))
			return 1;
	return 0;
}

/* Is it a name that leads to nothing of the project's? */
static int is_foreign(const struct taut_imported *m, const struct taut_lex *lx,
		      const struct taut_tok *t)
{
	const struct taut_imported_name *b;

	if (t->flags & (TAUT_TOK_ATTR | TAUT_TOK_KWARG))
		return 1;
	if (taut_imported_rebinds(m, t->hash))
		return 0;
	b = taut_imported_find(m, t->hash);
	if (!b)
		return is_one(lx, t, builtins, N(builtins));
	for (; b < m->v + m->n && b->hash == t->hash; b++)
		if (!b->pure || looks_back(b->top))
			return 0;
	return 1;
}

static int is_quiet(const struct taut_imported *m, const struct taut_lex *lx,
		    uint32_t first, uint32_t header, uint32_t end)
{
	const struct taut_tok *t = lx->toks;
	uint32_t i, to = header > first ? header : end;

	/* defaults are evaluated, parameters are not */
	for (i = to; i < end; i++)
		if (t[i].id == '=')
			return 0;
	/* what an assignment binds */
	for (i = first + (to == end); i < to; i++)
		if (t[i].kind == TAUT_TOK_FSTRING ||
		    (taut_tok_is_name(&t[i]) && !is_foreign(m, lx, &t[i])))
			return 0;
	return 1;
}

int taut_pure_effect(const struct taut_imported *m, const struct taut_lex *lx,
		     uint32_t first, uint32_t header, uint32_t end)
{
	if (!taut_pure_stmt(m, lx, first, header, end))
		return TAUT_EFFECT_CALL;
	return is_quiet(m, lx, first, header, end) ? TAUT_EFFECT_QUIET :
						     TAUT_EFFECT_PURE;
}

int taut_pure_body(const struct taut_imported *m, const struct taut_lex *lx,
		   const struct taut_stmt *st)
{
	const struct taut_tok *t = lx->toks;
	uint32_t i, eq = st->first, next;

	if (st->key == TAUT_KW_GLOBAL || st->key == TAUT_KW_NONLOCAL ||
	    st->key == TAUT_KW_DEL || st->key == TAUT_KW_IMPORT ||
	    st->key == TAUT_KW_FROM ||
	    taut_lex_find(lx, st->first, st->end, TAUT_OP_AUG) < st->end)
		return 0;
	while ((next = taut_lex_find(lx, eq, st->end, '=')) < st->end)
		eq = next + 1;
	for (i = st->first; i < eq; i++)
		if (t[i].id == '.' || t[i].id == '[')
			return 0;
	return taut_pure_stmt(m, lx, st->first, st->first, st->end);
}

/* Is the name an exception of Python's? */
static int is_exception(const struct taut_imported *m,
			const struct taut_lex *lx, const struct taut_tok *t)
{
	const char *end = lx->text + t->off + t->len;

	return !taut_imported_find(m, t->hash) &&
	       !taut_imported_rebinds(m, t->hash) &&
	       ((t->len > 5 && !memcmp(end - 5, "Error", 5)) ||
		(t->len > 7 && !memcmp(end - 7, "Warning", 7)) ||
		(t->len >= 9 && !memcmp(end - 9, "Exception", 9)));
}

/* Behind the base that begins at token i; TAUT_NONE: it may be any class. */
static uint32_t pure_base(const struct taut_imported *m,
			  const struct taut_lex *lx, uint32_t i, uint32_t end)
{
	const struct taut_tok *t = lx->toks;
	uint32_t last = i;

	if (!taut_tok_is_name(&t[i]) || t[i].flags & TAUT_TOK_KWARG)
		return TAUT_NONE;
	while (last + 2 < end && t[last + 1].id == '.')
		last += 2;
	if (!(i == last && is_exception(m, lx, &t[i])) &&
	    !taut_pure_value(m, lx, i, last))
		return TAUT_NONE;
	i = last + 1;
	if (t[i].id != '[')
		return i;
	for (last = t[i].mate; i < last; i++)
		if (t[i].id == '(')
			return TAUT_NONE;
	return last + 1;
}

int taut_pure_class(const struct taut_imported *m, const struct taut_lex *lx,
		    uint32_t header)
{
	const struct taut_tok *t = lx->toks;
	uint32_t i = header + 3, end;

	if (t[i - 1].id != '(')
		return 0;
	for (end = t[i - 1].mate; i < end; i++) {
		i = pure_base(m, lx, i, end);
		if (i == TAUT_NONE || (i != end && t[i].id != ','))
			return 0;
	}
	return 1;
}

int taut_pure_skips(const struct taut_lex *lx, uint32_t first, uint32_t end)
{
	for (; first < end; first++)
		if (taut_tok_is_name(&lx->toks[first]) &&
		    is_one(lx, &lx->toks[first], skips, N(skips)))
			return 1;
	return 0;
}
