#include "cli.h"

/* ---- stats ---- */

struct number {
	const char *name, *text;
	uint64_t value;
};

int cmd_stats(const struct cli *c)
{
	struct taut_err err = { .msg = "" };
	struct taut_session *s;
	struct taut_stats st;
	int status, rc;
	size_t i;

	s = project_open(c, &status);
	if (!s)
		return status;
	rc = taut_session_stats(s, &st, &err);
	taut_session_close(s);
	if (rc)
		return fail(err.msg, EXIT_UNUSABLE);
	const struct number numbers[] = {
		{ "tests", "tests", st.tests },
		{ "files", "files and other inputs", st.files },
		{ "carriers", "carriers of dependencies", st.carriers },
		{ "environments", "environments", st.environments },
		{ "bytes", "bytes of database", st.bytes },
	};
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (c->json)
			printf("%s\"%s\": %llu", i ? ", " : "{",
			       numbers[i].name,
			       (unsigned long long)numbers[i].value);
		else
			printf("%12llu %s\n",
			       (unsigned long long)numbers[i].value,
			       numbers[i].text);
	}
	fputs(c->json ? "}\n" : "", stdout);
	return EXIT_OK;
}

/* ---- check ---- */

int cmd_check(const struct cli *c)
{
	struct taut_err err = { .msg = "" };
	struct taut_session *s;
	int status, rc;

	s = project_any(c, &status);
	if (!s)
		return status;
	rc = taut_session_check(s, &err);
	taut_session_close(s);
	if (rc)
		return fail(err.msg, rc == TAUT_ENOTFOUND ? EXIT_NOTHING :
							    EXIT_UNUSABLE);
	puts("the database is sound");
	return EXIT_OK;
}

/* ---- show ---- */

static void print_line(void *arg, const char *line)
{
	(void)arg;
	puts(line);
}

int cmd_show(const struct cli *c)
{
	struct taut_err err = { .msg = "" };
	struct taut_session *s;
	int status, rc;

	s = project_open(c, &status);
	if (!s)
		return status;
	rc = taut_session_show(s, c->args[0], print_line, NULL, &err);
	taut_session_close(s);
	if (rc == TAUT_ENOTFOUND)
		return fail(err.msg, EXIT_USAGE);
	return rc ? fail(err.msg, EXIT_UNUSABLE) : EXIT_OK;
}
