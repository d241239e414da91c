/*
 * scandump - what the scanner sees in files, for the tests in this folder.
 *
 *	build/scandump tokens|tree|hashes < list-of-paths
 *
 * For each path (one a line) "LENGTH PATH\n" and then LENGTH bytes:
 *
 *	tokens	kind, line, space, text; NUL between tokens.  Kinds: N name,
 *		n number, s string, b bytes, f f-string, o operator;
 *		L end of a logical line, I indent, D dedent without text
 *	tree	JSON: suites, scopes, units, imports
 *	hashes	JSON: hashes of suites and units, with their names
 *
 * cc -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -o build/scandump \
 *	tests/oracle/scandump.c build/libtaut.a
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lex.h"
#include "outline.h"
#include "scope.h"
#include "taut.h"
#include "util.h"

struct bytes {
	char *p;
	size_t n;
};

static void die(const char *what)
{
	fprintf(stderr, "scandump: %s\n", what);
	exit(1);
}

static struct bytes read_file(const char *path)
{
	struct bytes b = { NULL, 0 };
	FILE *in = fopen(path, "rb");
	size_t cap = 1 << 16, got;

	if (!in)
		die(path);
	b.p = malloc(cap);
	while (b.p && (got = fread(b.p + b.n, 1, cap - b.n, in))) {
		b.n += got;
		if (b.n == cap)
			b.p = realloc(b.p, cap *= 2);
	}
	fclose(in);
	if (!b.p)
		die("out of memory");
	return b;
}

static void put(struct taut_buf *out, const char *text)
{
	if (taut_buf_add(out, text, strlen(text)))
		die("out of memory");
}

/* A JSON string; bytes that are not ASCII come as latin-1. */
static void put_string(struct taut_buf *out, const char *p, size_t n)
{
	size_t i;

	put(out, "\"");
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
			taut_buf_printf(out, "\\u%04x", c);
		else
			taut_buf_u8(out, c);
	}
	put(out, "\"");
}

/* ---- tokens ---- */

static void dump_tokens(struct taut_buf *out, const struct bytes *src)
{
	static const char kinds[] = "Nnsbfo";
	const struct taut_tok *t;
	const struct taut_line *l;
	struct taut_lex lx;
	unsigned depth = 0;

	if (taut_lex_init(&lx, src->p, src->n))
		die("out of memory");
	if (lx.opaque)
		taut_buf_printf(out, "!%s", lx.opaque);
	for (l = lx.lines; l < lx.lines + lx.nlines; l++) {
		for (; depth < l->depth; depth++)
			taut_buf_add(out, "I\0", 2);
		for (; depth > l->depth; depth--)
			taut_buf_add(out, "D\0", 2);
		for (t = lx.toks + l->first; t < lx.toks + l->end; t++) {
			taut_buf_printf(out, "%c%" PRIu32 " ", kinds[t->kind],
					t->line);
			taut_buf_add(out, lx.text + t->off, t->len);
			taut_buf_u8(out, 0);
		}
		taut_buf_add(out, "L\0", 2);
	}
	for (; depth; depth--)
		taut_buf_add(out, "D\0", 2);
	taut_lex_release(&lx);
}

/* ---- the tree ---- */

static void dump_suites(struct taut_buf *out, const struct taut_source *s)
{
	const struct taut_suite *u = s->suites;

	put(out, "\"suites\":[");
	for (; u < s->suites + s->nsuites; u++) {
		taut_buf_printf(out,
				"%s[%d,%" PRIu32 ",%" PRIu32 ",%" PRIu32
				",%" PRIu32 ",%d,",
				u > s->suites ? "," : "", u->kind, u->parent,
				u->head_line, u->first_line, u->last_line,
				u->flags);
		put_string(out, u->name, strlen(u->name));
		put(out, "]");
	}
	put(out, "]");
}

static void dump_units(struct taut_buf *out, const struct taut_source *s)
{
	const struct taut_unit *u = s->units;
	uint32_t i;

	put(out, ",\"units\":[");
	for (; u < s->units + s->nunits; u++) {
		taut_buf_printf(out, "%s[%d,%d,%" PRIu32 ",%" PRIu32 ",",
				u > s->units ? "," : "", u->kind, u->effect,
				u->suite, u->line);
		put_string(out, u->owner, strlen(u->owner));
		put(out, ",[");
		for (i = 0; i < u->nnames; i++) {
			put(out, i ? "," : "");
			put_string(out, u->names[i], strlen(u->names[i]));
		}
		put(out, "]]");
	}
	put(out, "]");
}

static void dump_imports(struct taut_buf *out, const struct taut_source *s)
{
	const struct taut_import *m = s->imports;

	put(out, ",\"imports\":[");
	for (; m < s->imports + s->nimports; m++) {
		taut_buf_printf(out, "%s[%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",",
				m > s->imports ? "," : "", m->suite, m->line,
				m->level);
		put_string(out, m->module, strlen(m->module));
		put(out, ",");
		if (m->name)
			put_string(out, m->name, strlen(m->name));
		else
			put(out, "null");
		put(out, "]");
	}
	put(out, "]");
}

static int by_hash(const void *a, const void *b)
{
	const struct taut_tok *x = *(const struct taut_tok *const *)a;
	const struct taut_tok *y = *(const struct taut_tok *const *)b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* The name of a role: the scanner itself only keeps its hash. */
static void put_role(struct taut_buf *out, const struct taut_lex *lx,
		     const struct taut_tok **names, size_t n, uint64_t hash)
{
	struct taut_tok key = { .hash = hash };
	const struct taut_tok *k = &key, **found;

	found = bsearch(&k, names, n, sizeof(*names), by_hash);
	if (!found)
		die("a role without a name");
	put_string(out, lx->text + (*found)->off, (*found)->len);
}

static void dump_roles(struct taut_buf *out, const struct taut_lex *lx,
		       const struct taut_outline *o,
		       const struct taut_scopes *sc)
{
	const struct taut_tok **names;
	const struct taut_scope *s;
	const struct taut_role *r;
	size_t i, n = 0;

	names = malloc((lx->ntoks + lx->ninner + 1) * sizeof(*names));
	if (!names)
		die("out of memory");
	for (i = 0; i < lx->ntoks; i++)
		if (lx->toks[i].kind == TAUT_TOK_NAME)
			names[n++] = &lx->toks[i];
	for (i = 0; i < lx->ninner; i++)
		if (lx->inner[i].kind == TAUT_TOK_NAME)
			names[n++] = &lx->inner[i];
	qsort(names, n, sizeof(*names), by_hash);
	put(out, ",\"scopes\":[");
	for (s = sc->v; s < sc->v + sc->n; s++) {
		const struct taut_block *b = &o->blocks[s->block];

		taut_buf_printf(out, "%s[%" PRIu32 ",%d,%" PRIu32 ",%d,%d,%d,[",
				s > sc->v ? "," : "", s->block, s->is_class,
				lx->toks[lx->lines[b->head].first].line, s->gen,
				s->super, s->verbatim != 0);
		for (r = sc->roles + s->first; r < sc->roles + s->first + s->n;
		     r++) {
			put(out, r > sc->roles + s->first ? ",[" : "[");
			put_role(out, lx, names, n, r->hash);
			taut_buf_printf(out, ",%" PRIu32 "]", r->roles);
		}
		put(out, "]]");
	}
	put(out, "]");
	free(names);
}

static void dump_scopes(struct taut_buf *out, const struct bytes *src)
{
	struct taut_lex lx;
	struct taut_outline o;
	struct taut_scopes sc;

	if (taut_lex_init(&lx, src->p, src->n) || taut_outline_init(&o, &lx) ||
	    taut_scopes_init(&sc, &o))
		die("out of memory");
	dump_roles(out, &lx, &o, &sc);
	taut_scopes_release(&sc);
	taut_outline_release(&o);
	taut_lex_release(&lx);
}

static struct taut_source *scan(const struct bytes *src)
{
	struct taut_source *s;
	struct taut_err err;

	if (taut_source_scan(src->p, src->n, &s, &err))
		die(err.msg);
	return s;
}

static void dump_tree(struct taut_buf *out, const struct bytes *src)
{
	struct taut_source *s = scan(src);

	put(out, "{");
	dump_suites(out, s);
	dump_units(out, s);
	dump_imports(out, s);
	if (!s->opaque)
		dump_scopes(out, src);
	taut_buf_printf(out, ",\"reads_doc\":%d,\"opaque\":", s->reads_doc);
	if (s->opaque)
		put_string(out, s->opaque, strlen(s->opaque));
	else
		put(out, "null");
	put(out, "}");
	taut_source_free(s);
}

/* ---- hashes ---- */

static void dump_hashes(struct taut_buf *out, const struct bytes *src)
{
	struct taut_source *s = scan(src);
	uint32_t i;

	taut_buf_printf(out, "{\"opaque\":%d,\"suites\":[", s->opaque != NULL);
	for (i = 0; i < s->nsuites; i++) {
		taut_buf_printf(out, "%s[\"%016" PRIx64 "\",%" PRIu32 ",%d,%d,",
				i ? "," : "", s->suites[i].hash,
				s->suites[i].parent, s->suites[i].kind,
				s->suites[i].flags);
		put_string(out, s->suites[i].name, strlen(s->suites[i].name));
		put(out, "]");
	}
	put(out, "],\"units\":[");
	for (i = 0; i < s->nunits; i++)
		taut_buf_printf(out, "%s\"%016" PRIx64 "\"", i ? "," : "",
				s->units[i].hash);
	put(out, "]}");
	taut_source_free(s);
}

int main(int argc, char **argv)
{
	void (*dump)(struct taut_buf *, const struct bytes *) = NULL;
	struct taut_buf out = TAUT_BUF_INIT;
	char *path = NULL;
	size_t cap = 0;
	ssize_t n;

	if (argc == 2 && !strcmp(argv[1], "tokens"))
		dump = dump_tokens;
	else if (argc == 2 && !strcmp(argv[1], "tree"))
		dump = dump_tree;
	else if (argc == 2 && !strcmp(argv[1], "hashes"))
		dump = dump_hashes;
	else
		die("usage: scandump tokens|tree|hashes < paths");
	while ((n = getline(&path, &cap, stdin)) > 0) {
		struct bytes src;

		if (path[n - 1] == '\n')
			path[n - 1] = '\0';
		src = read_file(path);
		out.n = 0;
		dump(&out, &src);
		printf("%zu %s\n", out.n, path);
		if (out.n)
			fwrite(out.p, 1, out.n, stdout);
		fflush(stdout);
		free(src.p);
	}
	free(path);
	taut_buf_release(&out);
	return 0;
}
