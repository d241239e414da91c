#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static char root[PATH_MAX];

const char *project_root(void)
{
	return root;
}

int fail(const char *message, int status)
{
	fprintf(stderr, "taut: %s\n", message);
	return status;
}

const char *color(const char *sequence)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no && *no) || !isatty(1) || !term || !strcmp(term, "dumb") ?
		       "" :
		       sequence;
}

/* ---- the root ---- */

static int has(const char *dir, const char *name)
{
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return !access(path, F_OK);
}

static int has_config(const char *dir)
{
	static const char *const names[] = { "pyproject.toml", "pytest.ini",
					     "tox.ini", "setup.cfg" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (has(dir, names[i]))
			return 1;
	return 0;
}

/* The nearest directory from the present one upwards that has the database
 * (`name`), or with name NULL one of pytest's configuration files, in `root`. */
static int find_up(const char *name)
{
	char *slash;

	if (!getcwd(root, sizeof(root)))
		return 0;
	for (;;) {
		if (name ? has(root, name) : has_config(root))
			return 1;
		slash = strrchr(root, '/');
		if (!slash || !root[1])
			return 0;
		slash[slash == root] = 0;
	}
}

static int find_root(const struct cli *c)
{
	const char *datafile = getenv("TESTMON_DATAFILE");

	if (c->root)
		return realpath(c->root, root) != NULL;
	if (!datafile || !*datafile)
		datafile = ".testmondata";
	/* An absolute path is everywhere and tells nothing. */
	if (*datafile != '/' && find_up(datafile))
		return 1;
	return find_up(NULL) || getcwd(root, sizeof(root));
}

/* ---- opening ---- */

static int check_state(struct taut_session *s)
{
	const char *note = taut_session_note(s);

	switch (taut_session_state(s)) {
	case TAUT_DB_USED:
		if (note)
			fail(note, 0);
		return EXIT_OK;
	case TAUT_DB_NEW:
		fprintf(stderr,
			"taut: nothing is recorded in %s: run "
			"pytest --testmon\n",
			root);
		return EXIT_NOTHING;
	case TAUT_DB_OTHER_ENV:
		return fail(note, EXIT_NOTHING);
	default:
		return fail(note ? note : "the database cannot be used",
			    EXIT_UNUSABLE);
	}
}

struct taut_session *project_any(const struct cli *c, int *status)
{
	struct taut_config config = {
		.root = root,
		.env = c->env,
		.flags = TAUT_READONLY | TAUT_ANY_PARTS,
	};
	struct taut_err err = { .msg = "" };
	struct taut_session *s;

	if (c->precision && !strcmp(c->precision, "name")) {
		config.flags |= TAUT_BY_NAME;
	} else if (c->precision && strcmp(c->precision, "file")) {
		*status = fail("--precision is name or file", EXIT_USAGE);
		return NULL;
	}
	if (!find_root(c)) {
		fprintf(stderr, "taut: no such directory: %s\n", c->root);
		*status = EXIT_USAGE;
		return NULL;
	}
	if (taut_session_open(&config, &s, &err)) {
		*status = fail(err.msg, EXIT_UNUSABLE);
		return NULL;
	}
	return s;
}

struct taut_session *project_open(const struct cli *c, int *status)
{
	struct taut_session *s = project_any(c, status);

	if (!s)
		return NULL;
	*status = check_state(s);
	if (!*status)
		return s;
	taut_session_close(s);
	return NULL;
}

struct taut_session *project_select(const struct cli *c, int *status)
{
	struct taut_session *s = project_open(c, status);
	struct taut_err err = { .msg = "" };

	if (!s)
		return NULL;
	if (taut_session_select(s, &err))
		*status = fail(err.msg, EXIT_UNUSABLE);
	else if (taut_session_state(s) != TAUT_DB_USED)
		*status = check_state(s); /* damage that showed only now */
	if (*status) {
		taut_session_close(s);
		return NULL;
	}
	if (!c->quiet)
		fputs("taut: not checked without Python: environment "
		      "(interpreter, plugins, options), installed "
		      "distributions, environment variables, tests not yet "
		      "recorded\n",
		      stderr);
	return s;
}
