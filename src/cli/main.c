/*
 * taut - ask a project's record of test dependencies.
 *
 * How to add a command: write `int cmd_foo(const struct cli *c)` in the
 * cmd_*.c file of its group (or a new one), declare it in cli.h, and add an
 * entry to the table below.  Options, --help and the overview follow from it.
 */
#include <string.h>

#include "cli.h"

static const struct command commands[] = {
	{ "affected", "", "list the tests that today's files affect",
	  OPT_PROJECT | OPT_JSON | OPT_COUNT | OPT_WHY | OPT_QUIET |
		  OPT_EXPLAIN | OPT_PRECISION,
	  0, cmd_affected,
	  "Compares the project's files with what the last runs of pytest\n"
	  "recorded, and prints the node ids of the tests that a change\n"
	  "affects, and of those that failed or did not finish.\n"
	  "\n"
	  "  taut affected --why           with the reason of each\n"
	  "  taut affected --explain       by what changed\n"
	  "  taut affected -q || echo run  a commit hook\n"
	  "  taut affected --json | jq '.affected[].nodeid'\n" },
	{ "why", "NODEID|FILE:LINE",
	  "tell why a test runs, or what an edit would affect",
	  OPT_PROJECT | OPT_QUIET | OPT_PRECISION, 1, cmd_why,
	  "\n"
	  "  taut why tests/test_user.py::test_login\n"
	  "  taut why src/shop/user.py:12\n" },
	{ "show", "NODEID|FILE",
	  "show what a test depends on, or who on a file", OPT_PROJECT, 1,
	  cmd_show,
	  "For a test: its files and other inputs, and through what it\n"
	  "depends on them.  For a file: the tests that depend on it.\n"
	  "\n"
	  "  taut show tests/test_user.py::test_login\n"
	  "  taut show src/shop/user.py\n" },
	{ "stats", "", "tell how much is recorded", OPT_PROJECT | OPT_JSON, 0,
	  cmd_stats, "\n  taut stats --json\n" },
	{ "check", "", "verify the whole database", OPT_ROOT, 0, cmd_check,
	  "Reads everything, and verifies every checksum and reference.\n"
	  "\n"
	  "  taut check && git add .testmondata\n" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL },
};

static const struct command *find(const char *name)
{
	const struct command *cmd;

	for (cmd = commands; cmd->name; cmd++)
		if (!strcmp(cmd->name, name))
			return cmd;
	return NULL;
}

static int run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	struct cli c = { .root = NULL };
	const struct command *cmd;
	int status;

	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		printf("taut %s\n", TAUT_VERSION);
		return EXIT_OK;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") ||
	    !strcmp(name, "help")) {
		cmd = argc > 2 ? find(argv[2]) : NULL;
		if (cmd)
			opt_help(cmd, stdout);
		else
			opt_overview(commands, stdout);
		return EXIT_OK;
	}
	cmd = find(name);
	if (!cmd) {
		if (*name)
			fprintf(stderr, "taut: no such command: %s\n", name);
		opt_overview(commands, stderr);
		return EXIT_USAGE;
	}
	status = opt_parse(cmd, argc - 2, argv + 2, &c);
	if (status)
		return status < 0 ? EXIT_OK : status;
	return cmd->run(&c);
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	/* A full disk behind a redirection is found here at the latest. */
	if (fflush(stdout) || ferror(stdout))
		return fail("cannot write the output", EXIT_UNUSABLE);
	return status;
}
