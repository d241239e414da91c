#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "io.h"
#include "lex.h"
#include "pack.h"
#include "sheet.h"

/* ---- collecting ---- */

static int add_word(struct taut_u32s *out, const char *p, size_t n)
{
	return taut_u32s_add(out, (uint32_t)taut_lex_hash(p, n));
}

/* `part`: it is made a part of others. */
static int add_words(struct taut_u32s *out, const char *p, size_t n, int part)
{
	size_t i = 0, len;
	uint32_t word;
	int depth = 0; /* in braces is code, or the name of a value */

	while (i < n) {
		depth += p[i] == '{';
		depth -= p[i] == '}';
		len = taut_word_length(p + i, n - i);
		word = (uint32_t)taut_lex_hash(p + i, len);
		if (len && taut_u32s_add(out, word))
			return TAUT_ENOMEM;
		if (part && len > 1 && depth <= 0 &&
		    (p[i] == '_' || p[i + len - 1] == '_') &&
		    taut_u32s_add(out, taut_dotted_part(word)))
			return TAUT_ENOMEM;
		/* behind a backslash a word may begin with the next letter */
		i += i && p[i - 1] == '\\' && len > 1 ? 1 : len + !len;
	}
	return 0;
}

/* Is the string put together with others, filled in, or looked for at the
 * beginning or the end of one? */
static int is_part(const struct taut_lex *lx, const struct taut_tok *t)
{
	static const char *const asking[] = { "startswith", "endswith",
					      "removeprefix", "removesuffix" };
	const struct taut_tok *first = lx->toks, *end = first + lx->ntoks;
	size_t i;

	if (t->kind == TAUT_TOK_FSTRING ||
	    memchr(lx->text + t->off, '%', t->len) ||
	    memchr(lx->text + t->off, '{', t->len) ||
	    (t + 1 < end && (t[1].id == '+' || t[1].id == '.')) ||
	    (t > first && (t[-1].id == '+' || t[-1].id == TAUT_OP_AUG)))
		return 1;
	for (i = 0; t > first + 1 && i < 4; i++)
		if (t[-1].id == '(' &&
		    t[-2].hash == taut_lex_hash(asking[i], strlen(asking[i])))
			return 1;
	return 0;
}

/* Is there nothing on the line but strings: a docstring? */
static int is_text(const struct taut_lex *lx, const struct taut_line *l)
{
	uint32_t i;

	for (i = l->first; i < l->end; i++)
		if (lx->toks[i].kind != TAUT_TOK_STRING)
			return 0;
	return 1;
}

static int add_line(struct taut_u32s *out, const struct taut_lex *lx,
		    const struct taut_line *l, int strings)
{
	const struct taut_tok *t = lx->toks + l->first;
	const struct taut_tok *end = lx->toks + l->end;
	int rc = 0;

	for (; t < end && !rc; t++) {
		if (t->kind == TAUT_TOK_NAME)
			rc = taut_u32s_add(out, (uint32_t)t->hash);
		else if (t->kind == TAUT_TOK_FSTRING ||
			 (strings && (t->kind == TAUT_TOK_STRING ||
				      t->kind == TAUT_TOK_BYTES)))
			rc = add_words(out, lx->text + t->off, t->len,
				       is_part(lx, t));
	}
	return rc;
}

/* Shorter and longer ones are by chance in what is no text. */
#define MIN_BINARY 3
#define MAX_BINARY 64

/* What C code calls has a NUL behind it, and may be the end of another string:
 * linkers make one of both. */
static int add_strings(struct taut_u32s *out, const char *p, size_t n)
{
	size_t i = 0, len, k;

	for (; i < n; i += len + !len) {
		len = taut_word_length(p + i, n - i);
		if (!len || len > MAX_BINARY || i + len == n || p[i + len])
			continue;
		for (k = 0; k + MIN_BINARY <= len; k++)
			if (taut_word_length(p + i + k, 1) &&
			    add_word(out, p + i + k, len - k))
				return TAUT_ENOMEM;
	}
	return 0;
}

int taut_words_of(const void *bytes, size_t n, int strings, uint32_t **out,
		  size_t *nout, struct taut_err *err)
{
	struct taut_u32s found = { NULL, 0, 0 };
	struct taut_lex lx;
	size_t i;
	int rc = taut_lex_init(&lx, bytes, n);

	*out = NULL;
	if (!rc && lx.opaque)
		rc = add_strings(&found, bytes, n);
	for (i = 0; !rc && !lx.opaque && i < lx.nlines; i++)
		if (!is_text(&lx, &lx.lines[i]))
			rc = add_line(&found, &lx, &lx.lines[i], strings);
	taut_lex_release(&lx);
	if (rc) {
		taut_u32s_release(&found);
		return taut_nomem(err);
	}
	*nout = taut_unique_u32(found.p, found.n);
	*out = found.p;
	return 0;
}

void taut_words_free(uint32_t *v)
{
	taut_free(v);
}

/* ---- asking ---- */

void taut_words_release(struct taut_words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		taut_buf_release(&w->v[i]);
	taut_free(w->v);
	memset(w, 0, sizeof(*w));
}

static int is_sound(const struct taut_buf *b)
{
	struct taut_digest d;

	if (b->n < sizeof(d) || b->n % sizeof(uint32_t))
		return 0;
	d = taut_digest_of(b->p + sizeof(d), b->n - sizeof(d));
	return !memcmp(d.b, b->p, sizeof(d.b));
}

/* Read the file of one library; w->known = 0: there is none. */
static int add_library(struct taut_words *w, const char *dir, const char *name,
		       uint64_t hash, struct taut_err *err)
{
	struct taut_buf b = TAUT_BUF_INIT;
	char path[4096];
	int rc, n;

	n = snprintf(path, sizeof(path), "%s/%s-%010llx", dir, name,
		     (unsigned long long)hash);
	rc = n < 0 || (size_t)n >= sizeof(path) ? TAUT_EINVAL :
						  taut_io_read(path, &b, NULL);
	if (rc == TAUT_ENOMEM ||
	    (!rc && taut_grow(&w->v, &w->cap, w->n + 1, sizeof(*w->v)))) {
		taut_buf_release(&b);
		return taut_nomem(err);
	}
	if (!rc && is_sound(&b)) {
		w->v[w->n++] = b;
		return 0;
	}
	w->known = 0;
	taut_buf_release(&b);
	return 0;
}

/* Python and what pytest is made of, as the environment's parts tell. */
static int add_python(struct taut_words *w, const char *dir,
		      const struct taut_db_env *row, struct taut_err *err)
{
	static const char *const names[] = { "python", "pytest", "packages" };
	struct taut_buf b = TAUT_BUF_INIT;
	struct taut_digest d;
	uint32_t i, k, bad = 0;

	for (k = 0; k < 3; k++)
		for (i = 0; i < row->nparts && !bad; i++)
			if (!strcmp(row->parts[i].name, names[k]))
				bad = taut_buf_printf(&b, "%s\n",
						      row->parts[i].value) != 0;
	d = taut_digest_of(b.p ? (void *)b.p : "", b.n);
	taut_buf_release(&b);
	return bad ? taut_nomem(err) :
		     add_library(w, dir, "python", taut_db_digest_hash(&d),
				 err);
}

/* Every version of a distribution that somebody depends on. */
static int add_versions(struct taut_words *w, const char *dir,
			struct taut_db *db, const struct taut_db_file *f,
			struct taut_err *err)
{
	const uint64_t *hashes;
	size_t n, i;
	int rc;

	if (!strcmp(f->path, "*"))
		return 0; /* no code of it */
	rc = taut_db_hashes(db, f->id, &hashes, &n, err);
	for (i = 0; i < n && !rc; i++) {
		if (!hashes[i])
			continue; /* it is not there */
		if (strpbrk(f->path, " /"))
			w->known = 0; /* something that is no distribution */
		else
			rc = add_library(w, dir, f->path, hashes[i], err);
	}
	return rc;
}

static int look(struct taut_words *w, const char *dir, struct taut_db *db,
		const struct taut_db_env *row, struct taut_err *err)
{
	const struct taut_db_file *files;
	size_t n, i;
	int rc;

	w->looked = w->known = 1;
	files = taut_db_files(db, &n, err);
	if (!files)
		return TAUT_EDAMAGED;
	rc = add_python(w, dir, row, err);
	for (i = 0; i < n && w->known && !rc; i++)
		if (files[i].kind == TAUT_DIST)
			rc = add_versions(w, dir, db, &files[i], err);
	return rc;
}

static int has(const struct taut_buf *b, uint32_t name)
{
	size_t lo = sizeof(struct taut_digest) / 4, hi = b->n / 4, mid;
	const uint8_t *p;
	uint32_t v;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		p = b->p + 4 * mid;
		v = (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		if (v == name)
			return 1;
		if (v < name)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

int taut_words_say(struct taut_words *w, const char *dir, struct taut_db *db,
		   const struct taut_db_env *row, uint32_t name, int *yes,
		   struct taut_err *err)
{
	size_t i;
	int rc = 0;

	*yes = 1;
	if (dir && !w->looked)
		rc = look(w, dir, db, row, err);
	if (rc || !w->known)
		return rc;
	for (i = 0, *yes = 0; i < w->n && !*yes; i++)
		*yes = has(&w->v[i], name);
	return 0;
}
