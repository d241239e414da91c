#include "coding.h"

#include <string.h>

#include "hash.h"
#include "util.h"

#define PADDING 16
/* Token offsets are 32 bits, and no such source is written by hand. */
#define MAX_BYTES ((size_t)256 << 20)

/* Copy with \r\n and \r as \n; returns the end. */
static char *copy_text(char *to, const char *p, size_t n)
{
	const char *end = p + n, *cr;

	while ((cr = memchr(p, '\r', (size_t)(end - p)))) {
		memcpy(to, p, (size_t)(cr - p));
		to += cr - p;
		*to++ = '\n';
		p = cr + 1;
		if (p < end && *p == '\n')
			p++;
	}
	memcpy(to, p, (size_t)(end - p));
	return to + (end - p);
}

/* The first byte of [p, end) that is not ASCII; or end. */
static const uint8_t *skip_ascii(const uint8_t *p, const uint8_t *end)
{
	uint64_t w;

	for (; end - p >= 8; p += 8) {
		memcpy(&w, p, 8);
		if (w & 0x8080808080808080u)
			break;
	}
	while (p < end && *p < 0x80)
		p++;
	return p;
}

/* The length of the UTF-8 sequence at p, which has `n` bytes; 0 if invalid. */
static size_t utf8_len(const uint8_t *p, size_t n)
{
	uint8_t lo = 0x80, hi = 0xBF;
	size_t len, i;

	if (p[0] >= 0xC2 && p[0] <= 0xDF)
		len = 2;
	else if (p[0] >= 0xE0 && p[0] <= 0xEF)
		len = 3;
	else if (p[0] >= 0xF0 && p[0] <= 0xF4)
		len = 4;
	else
		return 0;
	if (len > n)
		return 0;
	if (p[0] == 0xE0)
		lo = 0xA0; /* overlong */
	else if (p[0] == 0xED)
		hi = 0x9F; /* surrogate */
	else if (p[0] == 0xF0)
		lo = 0x90;
	else if (p[0] == 0xF4)
		hi = 0x8F;
	for (i = 1; i < len; i++, lo = 0x80, hi = 0xBF)
		if (p[i] < lo || p[i] > hi)
			return 0;
	return len;
}

static int is_utf8(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + n;
	size_t len;

	while ((p = skip_ascii(p, end)) < end) {
		len = utf8_len(p, (size_t)(end - p));
		if (!len)
			return 0;
		p += len;
	}
	return 1;
}

/* ---- the cookie ---- */

static int is_cookie_char(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
	       c == '-' || c == '_' || c == '.';
}

/* The encoding named in the line [p, end); returns its length, 0 for none.
 * *blank: the line holds nothing but a comment. */
static size_t cookie_in_line(const char *p, const char *end, const char **name,
			     int *blank)
{
	static const char word[] = "coding";
	const char *q;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\f'))
		p++;
	*blank = p == end || *p == '#';
	if (p == end || *p != '#')
		return 0;
	for (; end - p > 7; p++) {
		if (memcmp(p, word, 6) || (p[6] != ':' && p[6] != '='))
			continue;
		for (q = p + 7; q < end && (*q == ' ' || *q == '\t'); q++)
			;
		for (*name = q; q < end && is_cookie_char(*q); q++)
			;
		if (q > *name)
			return (size_t)(q - *name);
	}
	return 0;
}

/* A cookie stands on line 1, or on line 2 below a blank or comment line. */
static size_t find_cookie(const char *text, size_t n, const char **name)
{
	const char *end = text + n, *nl;
	size_t len;
	int line, blank = 1;

	for (line = 0; line < 2 && blank && text < end; line++) {
		nl = memchr(text, '\n', (size_t)(end - text));
		if (!nl)
			nl = end;
		len = cookie_in_line(text, nl, name, &blank);
		if (len)
			return len;
		text = nl + 1;
	}
	return 0;
}

enum charset { UTF8, ASCII, SINGLE_BYTE, UNKNOWN };

/* Is `s` the prefix followed by digits alone? */
static int numbered(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(s, prefix, n) && s[n] &&
	       strspn(s + n, "0123456789") == strlen(s + n);
}

/* Aliases of the two usual encodings become one name; others keep theirs. */
static enum charset charset_of(const char *name, const char **canonical)
{
	static const char *const pages[] = {
		"437",	"720",	"737",	"775",	"850",	"852",	"855",
		"857",	"858",	"860",	"861",	"862",	"863",	"865",
		"866",	"869",	"1250", "1251", "1252", "1253", "1254",
		"1255", "1256", "1257", "1258",
	};
	const char *page = NULL;
	size_t i;

	*canonical = name;
	if (!strcmp(name, "utf-8") || !strcmp(name, "utf8") ||
	    !strncmp(name, "utf-8-", 6) || !strcmp(name, "u8")) {
		*canonical = "utf-8";
		return UTF8;
	}
	if (!strcmp(name, "ascii") || !strcmp(name, "us-ascii"))
		return ASCII;
	if (!strcmp(name, "latin-1") || !strcmp(name, "latin1") ||
	    !strcmp(name, "iso-8859-1") || !strncmp(name, "iso-8859-1-", 11) ||
	    !strncmp(name, "latin-1-", 8) || !strcmp(name, "iso8859-1") ||
	    !strcmp(name, "iso-latin-1") ||
	    !strncmp(name, "iso-latin-1-", 12)) {
		*canonical = "iso-8859-1";
		return SINGLE_BYTE;
	}
	if (numbered(name, "iso-8859-") || numbered(name, "iso8859-") ||
	    numbered(name, "latin") || numbered(name, "latin-") ||
	    !strcmp(name, "koi8-r") || !strcmp(name, "koi8-u") ||
	    !strcmp(name, "mac-roman") || !strcmp(name, "macroman"))
		return SINGLE_BYTE;
	if (!strncmp(name, "cp", 2))
		page = name + 2;
	else if (!strncmp(name, "windows-", 8))
		page = name + 8;
	for (i = 0; page && i < sizeof(pages) / sizeof(*pages); i++)
		if (!strcmp(page, pages[i]))
			return SINGLE_BYTE;
	return UNKNOWN;
}

/* Why the text cannot be tokenized, or NULL. */
static const char *check_coding(const char *text, size_t n, int bom,
				uint64_t *coding)
{
	char name[32] = "utf-8";
	const char *found, *canonical;
	size_t len = find_cookie(text, n, &found), i;
	enum charset set;

	if (len >= sizeof(name))
		return "unknown encoding";
	for (i = 0; i < len; i++) {
		name[i] = found[i] == '_' ? '-' : found[i];
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] |= 32;
	}
	if (len)
		name[len] = '\0';
	set = charset_of(name, &canonical);
	*coding = taut_hash64(canonical, strlen(canonical));
	if (set == UNKNOWN)
		return "encoding that is no superset of ASCII";
	if (bom && set != UTF8)
		return "encoding contradicts the byte order mark";
	if (set == UTF8 && !is_utf8(text, n))
		return "invalid UTF-8";
	if (set == ASCII &&
	    skip_ascii((const uint8_t *)text, (const uint8_t *)text + n) <
		    (const uint8_t *)text + n)
		return "not ASCII";
	return NULL;
}

int taut_coding_text(const void *bytes, size_t n, char **text, size_t *ntext,
		     uint64_t *coding, const char **opaque)
{
	const char *p = bytes;
	int bom = n >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3);
	char *end;

	*text = NULL;
	*ntext = 0;
	*coding = 0;
	*opaque = NULL;
	if (n > MAX_BYTES) {
		*opaque = "too large";
		return 0;
	}
	if (bom) {
		p += 3;
		n -= 3;
	}
	if (n && memchr(p, '\0', n)) {
		*opaque = "NUL byte";
		return 0;
	}
	*text = taut_realloc(NULL, n + PADDING);
	if (!*text)
		return TAUT_ENOMEM;
	end = n ? copy_text(*text, p, n) : *text;
	*ntext = (size_t)(end - *text);
	memset(end, 0, PADDING);
	*opaque = check_coding(*text, *ntext, bom, coding);
	return 0;
}
