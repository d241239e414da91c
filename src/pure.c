#include "pure.h"

#include <stdlib.h>
#include <string.h>

#include "alias.h"

/* ---- imports ---- */

static int add_alias(struct taut_imported *m, const struct taut_lex *lx,
		     const struct taut_alias *a)
{
	const struct taut_tok *t = lx->toks;
	struct taut_imported_name *b;
	uint64_t first;

	if (!taut_tok_is_name(&t[a->bound]))
		return 0; /* a star */
	if (taut_grow(&m->v, &m->cap, m->n + 1, sizeof(*m->v)))
		return TAUT_ENOMEM;
	b = &m->v[m->n++];
	b->hash = t[a->bound].hash;
	b->path = taut_alias_path(lx, a, &first);
	b->top = taut_tok_is_name(&t[a->module]) ? t[a->module].hash : 0;
	if (a->name == TAUT_NONE && a->bound == a->module)
		b->path = first;
	return 0;
}

static int by_hash(const void *a, const void *b)
{
	const struct taut_imported_name *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->path > y->path) - (x->path < y->path);
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
	return 0;
}

void taut_imported_release(struct taut_imported *m)
{
	taut_free(m->v);
	memset(m, 0, sizeof(*m));
}

const struct taut_imported_name *taut_imported_find(const struct taut_imported *m,
					    uint64_t hash)
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

/* ---- calls ---- */

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
	"logging",     "time",	      "random",
	"sys",	       "os",	      "inspect"
};
/* ... but for these of theirs: they alter what all share, or run what others
 * may have stored. */
static const char *const impure[] = {
	"filterwarnings", "simplefilter", "resetwarnings", "basicConfig",
	"addLevelName",	  "disable",	  "setLoggerClass", "dictConfig",
	"seed",		  "putenv",	  "unsetenv",	   "chdir",
	"register",	  "settrace",	  "setprofile",	   "setrecursionlimit",
	"addaudithook",	  "umask",	  "mkdir",	   "makedirs",
	"remove",	  "unlink",	  "rename",	   "replace",
	"system",	  "popen",	  "fork",	   "kill",
	"reload",	  "update",	  "setdefault",	   "append",
	"insert",	  "extend",	  "pop",	   "clear",
	"addHandler",	  "setLevel",	  "addFilter",	   "write_text",
	"write_bytes",	  "touch",	  "rmdir",	   "symlink",
	"importorskip",	  "skip",	  "exit",	   "Thread",
	"Timer",	  "start",	  "getcontext",	   "setcontext",
	"install",	  "modules",	  "register_at_fork", "new_class",
};
/* After these a module is not imported, and that is no error. */
static const char *const skips[] = { "importorskip", "skip", "exit",
				     "SkipTest" };
static const char *const builtins[] = {
	"property", "staticmethod", "classmethod", "tuple", "list",
	"dict",	    "set",	    "frozenset",   "int",   "str",
	"float",    "bool",	    "bytes",	   "range", "len",
	"sorted",   "min",	    "max",	   "sum",   "object",
	"abs",	    "zip",	    "enumerate",   "slice", "complex",
	"round",    "ord",	    "chr",	   "repr",  "bytearray",
	"hasattr",  "hash",	    "divmod",	   "pow",   "reversed",
	"any",	    "all"
};
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

int taut_pure_import(const struct taut_imported_name *b)
{
	size_t i;

	for (i = 0; b->top && i < N(pure_modules); i++)
		if (b->top ==
		    taut_lex_hash(pure_modules[i], strlen(pure_modules[i])))
			return 1;
	return 0;
}

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
	b = taut_imported_find(m, v[start].hash);
	if (!b)
		return start == t && is_one(lx, &v[t], builtins, N(builtins));
	for (i = start; i <= t; i += 2)
		if (is_one(lx, &v[i], impure, N(impure)))
			return 0;
	for (; b < m->v + m->n && b->hash == v[start].hash; b++)
		if (!taut_pure_import(b))
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

int taut_pure_stmt(const struct taut_imported *m, const struct taut_lex *lx,
		   uint32_t first, uint32_t header, uint32_t end)
{
	const uint32_t own = own_bracket(lx, header);
	const struct taut_tok *t = lx->toks;
	uint32_t i, name;

	for (i = first; i < end; i++) {
		if (t[i].id == '@' && i < header) {
			for (name = i + 1; name + 2 < end && t[name + 1].id == '.';)
				name += 2;
			if (!taut_pure_value(m, lx, i + 1, name))
				return 0;
		} else if (t[i].id == TAUT_OP_WALRUS || t[i].id == TAUT_KW_AWAIT ||
			   t[i].id == TAUT_KW_YIELD) {
			return 0;
		} else if (i != own && calls(lx, first, i) &&
			   !taut_pure_value(m, lx, first, i - 1)) {
			return 0;
		}
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
