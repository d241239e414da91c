/*
 * mentionstring - what strings say: a name, a path, or code.
 */
#include <string.h>

#include "alias.h"
#include "mentionfile.h"

/* Longer strings are no names. */
#define MAX_STRING 120

/* What is given to them is code. */
static const char *const runners[] = { "skipif",    "xfail",   "exec",
				       "eval",	    "compile", "timeit",
				       "runsource", "runcode", "repeat",
				       "ForwardRef" };
#define N(table) (sizeof(table) / sizeof(*(table)))

void taut_writer_handed(struct taut_writer *w, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] == '_')
		i++;
	if (i < n && p[i] >= 'A' && p[i] <= 'Z' && !w->note && !w->type)
		taut_writer_add(
			w, taut_dotted_handed((uint32_t)taut_lex_hash(p, n)),
			TAUT_MENTION_MODULE);
}

/* The name of an attribute, perhaps: p[0..n), in small letters, with its dashes
 * as underscores. */
static void add_word(struct taut_writer *w, const char *p, size_t n)
{
	char low[MAX_STRING];
	size_t i;

	for (i = 0; i < n && i < sizeof(low); i++)
		low[i] = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] + 32) :
			 p[i] == '-'		    ? '_' :
						      p[i];
	taut_writer_add(w, taut_dotted_word((uint32_t)taut_lex_hash(low, i)),
			TAUT_MENTION_MODULE);
}

/* Is the word spelled otherwise than add_word() does? */
static int is_other(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == '-' || (p[i] >= 'A' && p[i] <= 'Z'))
			return 1;
	return 0;
}

/* The length of a word with dashes in it. */
static size_t dashed_length(const char *p, size_t n)
{
	size_t i = taut_word_length(p, n), len = i;

	while (i && i + 1 < n && p[i] == '-' && len) {
		len = taut_word_length(p + i + 1, n - i - 1);
		i += len ? len + 1 : 0;
	}
	return i;
}

void taut_writer_words(struct taut_writer *w, const char *p, size_t n,
		       uint32_t flags)
{
	size_t i = 0, len;

	while (i < n) {
		len = taut_word_length(p + i, n - i);
		if (len) {
			taut_writer_add(w, (uint32_t)taut_lex_hash(p + i, len),
					flags);
			taut_writer_handed(w, p + i, len);
		}
		/* code in a string: what it gets by computing is not seen */
		if (len && flags & TAUT_MENTION_NAME)
			w->flags |=
				taut_known_flags(w, taut_lex_hash(p + i, len)) &
				TAUT_TEXT_ATTRS;
		i += len + !len;
	}
}

/* "a.b:c": the path of a module, or of something in one; "a.b.": of something
 * that is computed, so that all of a.b may be meant. */
static void add_dotted(struct taut_writer *w, const char *p, size_t n)
{
	uint64_t path = 0;
	size_t i = 0, len;

	while (i < n) {
		len = taut_word_length(p + i, n - i);
		if (!len)
			break;
		path = taut_dotted_add(path, taut_lex_hash(p + i, len));
		i += len;
		if (i < n && p[i] != '.' && p[i] != ':')
			return;
		i++;
	}
	if (!path)
		return;
	taut_writer_add(w, taut_dotted_string(path), TAUT_MENTION_MODULE);
	if (i <= n && (p[i - 1] == '.' || p[i - 1] == ':'))
		taut_writer_add(w, taut_dotted_close(path),
				TAUT_MENTION_MODULE);
}

const char *taut_string_text(const struct taut_lex *lx,
			     const struct taut_tok *t, size_t *n)
{
	const char *p = lx->text + t->off, *end = p + t->len;
	size_t quotes;

	while (p < end && *p != '"' && *p != '\'')
		p++;
	quotes = end - p >= 6 && p[0] == p[1] && p[0] == p[2] ? 3 : 1;
	if ((size_t)(end - p) < 2 * quotes) {
		*n = 0;
		return p;
	}
	*n = (size_t)(end - p) - 2 * quotes;
	return p + quotes;
}

static int has_blank(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == ' ' || p[i] == '\n' || p[i] == '\t')
			return 1;
	return 0;
}

/* Does p[0..n) begin with the word, and a blank? */
static int begins(const char *p, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n > len && !memcmp(p, word, len) &&
	       (p[len] == ' ' || p[len] == '\t');
}

/* A line of it, or what follows a semicolon, is an import. */
static int has_import(const char *p, size_t n)
{
	size_t i, at = 0;

	for (i = 0; i <= n; i++) {
		if (i < n && p[i] != '\n' && p[i] != ';' && p[i] != '\\')
			continue;
		while (at < i && (p[at] == ' ' || p[at] == '\t' ||
				  (at && p[at] == 'n' && p[at - 1] == '\\')))
			at++;
		if (begins(p + at, i - at, "import") ||
		    (begins(p + at, i - at, "from") &&
		     memmem(p + at, i - at, " import ", 8)))
			return 1;
		at = i + 1;
		if (i < n && p[i] == '\\')
			at += p[at] == 'n';
	}
	return 0;
}

static int is_runner(const struct taut_lex *lx, const struct taut_tok *t)
{
	size_t i;

	for (i = 0; i < N(runners); i++)
		if (t->len == strlen(runners[i]) &&
		    !memcmp(lx->text + t->off, runners[i], t->len))
			return 1;
	return 0;
}

/* Does the string stand where code is expected: skipif("..."), "-c", "..."? */
static int is_run(const struct taut_lex *lx, const struct taut_tok *first,
		  const struct taut_tok *t)
{
	const char *p;
	size_t n;

	while (t > first && taut_tok_is_text(t - 1))
		t--;
	if (t < first + 2)
		return 0;
	if (t[-1].id == '(')
		return is_runner(lx, t - 2);
	if (t[-1].id == '=')
		return t[-2].hash == taut_lex_hash("condition", 9);
	if (t[-1].id != ',' || t[-2].kind != TAUT_TOK_STRING)
		return 0;
	p = taut_string_text(lx, t - 2, &n);
	return n == 2 && !memcmp(p, "-c", 2);
}

/* Its names, and the paths made of them. */
static void add_code(struct taut_writer *w, const char *p, size_t n)
{
	size_t i = 0, len, end;

	taut_writer_words(w, p, n, TAUT_MENTION_NAME | TAUT_MENTION_BARE);
	while (i < n) {
		len = taut_word_length(p + i, n - i);
		for (end = i + len; len && end < n && p[end] == '.';) {
			len = taut_word_length(p + end + 1, n - end - 1);
			end += len ? len + 1 : 0;
		}
		if (end > i)
			add_dotted(w, p + i, end - i);
		i = end > i ? end : i + 1;
	}
}

/* Names of attributes, for who takes the string apart; what is behind a
 * backslash may begin with the next letter.  `all`: in prose nothing is said but
 * these.  `format`: what is in braces is code. */
static void add_prose(struct taut_writer *w, const char *p, size_t n, int all,
		      int format)
{
	size_t i = 0, len, dashed;
	int depth = 0;

	while (i < n) {
		depth += format && p[i] == '{';
		depth -= format && p[i] == '}';
		len = taut_word_length(p + i, n - i);
		dashed = dashed_length(p + i, n - i);
		if (len && all)
			taut_writer_add(
				w,
				taut_dotted_word(
					(uint32_t)taut_lex_hash(p + i, len)),
				TAUT_MENTION_MODULE);
		if (len > 1 && depth <= 0 &&
		    (p[i] == '_' || p[i + len - 1] == '_'))
			taut_writer_add(
				w,
				taut_dotted_part(
					(uint32_t)taut_lex_hash(p + i, len)),
				TAUT_MENTION_MODULE);
		if (len && is_other(p + i, len))
			add_word(w, p + i, len);
		if (dashed > len)
			add_word(w, p + i, dashed);
		if (i && p[i - 1] == '\\' && len > 1)
			i++;
		else
			i += len + !len;
	}
}

/* The parts of an f-string between what it computes; a path that ends there
 * is one of many. */
static void add_parts(struct taut_writer *w, const char *p, size_t n)
{
	size_t i, from = 0;
	int depth = 0;

	for (i = 0; i <= n; i++) {
		if (i < n && p[i] != '{' && p[i] != '}')
			continue;
		if (!depth && i > from && !has_blank(p + from, i - from)) {
			taut_writer_words(w, p + from, i - from,
					  TAUT_MENTION_BARE);
			if (!from)
				add_dotted(w, p, i);
		}
		if (i < n)
			depth += p[i] == '{' ? 1 : -1;
		from = i + 1;
	}
}

void taut_writer_string(struct taut_writer *w, const struct taut_tok *first,
			const struct taut_tok *t)
{
	const char *p;
	size_t n;

	p = taut_string_text(w->lx, t, &n);
	if (taut_string_computes(p, n))
		w->flags |= TAUT_TEXT_ATTRS;
	if (is_run(w->lx, first, t) || has_import(p, n)) {
		add_code(w, p, n);
	} else if (t->kind == TAUT_TOK_FSTRING) {
		if (n <= MAX_STRING)
			add_parts(w, p, n);
		add_prose(w, p, n, 1, 1);
	} else if (n <= MAX_STRING && !has_blank(p, n)) {
		taut_writer_words(w, p, n, TAUT_MENTION_BARE);
		add_dotted(w, p, n);
		add_prose(w, p, n, memchr(p, '\\', n) != NULL, 0);
	} else {
		add_prose(w, p, n, 1, 0);
	}
}
