#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* ---- affected ---- */

static const char *code_name(int code)
{
	static const char *const names[] = {
		"none", "new",	 "failed", "incomplete", "code", "module",
		"gone", "input", "lookup", "conftest",	 "name",
	};

	if (code < 0 || (size_t)code >= sizeof(names) / sizeof(names[0]))
		return "other";
	return names[code];
}

static const char *kind_name(int kind)
{
	static const char *const names[] = {
		"source",   "data",   "listing",      "exists",
		"variable", "lookup", "distribution", "tree",
	};

	if (kind < 0 || (size_t)kind >= sizeof(names) / sizeof(names[0]))
		return "other";
	return names[kind];
}

static void json_affected(struct taut_session *s, const char *env)
{
	struct taut_affected a;
	const char *path;
	size_t i;
	int kind;

	putchar('{');
	json_member(stdout, 1, "version", TAUT_VERSION);
	json_member(stdout, 0, "root", project_root());
	json_member(stdout, 0, "environment", env ? env : "default");
	fputs(",\n \"affected\": [", stdout);
	for (i = 0; !taut_session_affected(s, i, &a); i++) {
		fputs(i ? ",\n  {" : "\n  {", stdout);
		json_member(stdout, 1, "path", a.path);
		json_member(stdout, 0, "nodeid", a.nodeid);
		json_member(stdout, 0, "reason", code_name(a.why.code));
		json_member(stdout, 0, "detail", a.why.detail);
		json_member(stdout, 0, "cause", a.why.path);
		json_member(stdout, 0, "via", a.why.via);
		putchar('}');
	}
	fputs("],\n \"changed\": [", stdout);
	for (i = 0; !taut_session_changed(s, i, &path, &kind); i++) {
		fputs(i ? ",\n  {" : "\n  {", stdout);
		json_member(stdout, 1, "path", path);
		json_member(stdout, 0, "kind", kind_name(kind));
		putchar('}');
	}
	puts("]}");
}

static void print_affected(struct taut_session *s, int why)
{
	struct taut_affected a;
	size_t i;

	for (i = 0; !taut_session_affected(s, i, &a); i++) {
		if (!why) {
			puts(a.nodeid);
			continue;
		}
		printf("%s%s%s\n    %s", BOLD, a.nodeid, PLAIN, a.why.detail);
		if (*a.why.via)
			printf(" (through %s)", a.why.via);
		putchar('\n');
	}
}

/* ---- affected --explain ---- */

/* Its cause, and its place among the affected. */
struct caused {
	const char *detail;
	size_t i;
};

static int by_cause(const void *a, const void *b)
{
	const struct caused *x = a, *y = b;
	int d = strcmp(x->detail, y->detail);

	return d ? d : (x->i > y->i) - (x->i < y->i);
}

static void print_cause(struct taut_session *s, const struct caused *v,
			size_t n)
{
	struct taut_affected a;
	size_t i;

	printf("%s%s%s: %zu test%s\n", BOLD, v->detail, PLAIN, n,
	       n == 1 ? "" : "s");
	for (i = 0; i < n; i++)
		if (!taut_session_affected(s, v[i].i, &a))
			printf("    %s%s%s%s\n", a.nodeid,
			       *a.why.via ? " (through " : "", a.why.via,
			       *a.why.via ? ")" : "");
}

/* The causes, each with its tests. */
static int explain(struct taut_session *s, size_t n)
{
	struct caused *v = calloc(n + 1, sizeof(*v));
	struct taut_affected a;
	size_t i, k;

	if (!v)
		return fail("out of memory", EXIT_UNUSABLE);
	for (i = 0; i < n; i++) {
		v[i].i = i;
		v[i].detail = taut_session_affected(s, i, &a) ? "unknown" :
								a.why.detail;
	}
	qsort(v, n, sizeof(*v), by_cause);
	for (i = 0; i < n; i = k) {
		for (k = i; k < n && !strcmp(v[k].detail, v[i].detail);)
			k++;
		print_cause(s, v + i, k - i);
	}
	free(v);
	return EXIT_AFFECTED;
}

int cmd_affected(const struct cli *c)
{
	struct taut_session *s;
	size_t n;
	int status;

	s = project_select(c, &status);
	if (!s)
		return status;
	n = taut_session_naffected(s);
	if (c->json)
		json_affected(s, c->env);
	else if (c->count)
		printf("%zu\n", n);
	else if (c->explain && n && !c->quiet)
		status = explain(s, n);
	else if (!c->quiet)
		print_affected(s, c->why);
	taut_session_close(s);
	return status ? status : n ? EXIT_AFFECTED : EXIT_OK;
}

/* ---- why ---- */

/* Print a line and count it. */
static void print_line(void *arg, const char *line)
{
	puts(line);
	++*(size_t *)arg;
}

int cmd_why(const struct cli *c)
{
	enum taut_verdict verdict = TAUT_UNKNOWN;
	struct taut_err err = { .msg = "" };
	struct taut_session *s;
	size_t lines = 0;
	int status, rc;

	s = project_select(c, &status);
	if (!s)
		return status;
	rc = taut_session_why(s, c->args[0], &verdict, print_line, &lines,
			      &err);
	taut_session_close(s);
	if (rc == TAUT_ENOTFOUND) {
		fail(err.msg, 0);
		if (lines)
			fail("these come near", 0);
		return EXIT_USAGE;
	}
	if (rc)
		return fail(err.msg, EXIT_UNUSABLE);
	return verdict == TAUT_AFFECTED ? EXIT_AFFECTED : EXIT_OK;
}
