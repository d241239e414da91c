#include "cli.h"

/* The length of the UTF-8 sequence at `s`, or 0: none.  Overlong forms,
 * surrogates and what is above U+10FFFF are none (RFC 3629). */
static int sequence(const unsigned char *s)
{
	int n, i;

	if (s[0] < 0x80)
		return 1;
	n = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 :
	    s[0] >= 0xe0 && s[0] <= 0xef ? 3 :
	    s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 :
					   0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

void json_string(FILE *to, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	int n;

	putc('"', to);
	while (*s) {
		n = sequence(s);
		if (!n)
			fprintf(to, "\\udc%02x", *s++);
		else if (*s == '"' || *s == '\\')
			fprintf(to, "\\%c", *s++);
		else if (*s < 0x20 || *s == 0x7f)
			fprintf(to, "\\u%04x", *s++);
		else
			for (; n; n--)
				putc(*s++, to);
	}
	putc('"', to);
}

void json_member(FILE *to, int first, const char *key, const char *value)
{
	fputs(first ? "" : ", ", to);
	json_string(to, key);
	fputs(": ", to);
	json_string(to, value);
}
