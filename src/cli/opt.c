#include <string.h>

#include "cli.h"

struct option {
	unsigned bit;
	const char *name;
	char letter;
	const char *value; /* what its argument is called; NULL: none */
	const char *help;
};
static const struct option options[] = {
	{ OPT_ROOT, "root", 0, "DIR",
	  "the project's root directory (default: the nearest\n"
	  "directory upwards with a database, else with\n"
	  "pyproject.toml, pytest.ini, tox.ini or setup.cfg)" },
	{ OPT_ENV, "env", 0, "NAME",
	  "the environment, as in --testmon-env (default: default)" },
	{ OPT_COUNT, "count", 0, NULL, "print only how many" },
	{ OPT_WHY, "why", 0, NULL, "print the reason below each" },
	{ OPT_EXPLAIN, "explain", 0, NULL,
	  "group them by what changed, with the way from there" },
	{ OPT_PRECISION, "precision", 0, "RULE",
	  "name or file, as in --testmon-precision (default: file)" },
	{ OPT_JSON, "json", 0, NULL, "print JSON" },
	{ OPT_QUIET, "quiet", 'q', NULL,
	  "do not say what was not checked; `affected`: print nothing" },
	{ 0, "help", 'h', NULL, "print this" },
};
#define NOPTIONS (sizeof(options) / sizeof(options[0]))

static int takes(const struct command *cmd, const struct option *o)
{
	return !o->bit || cmd->opts & o->bit;
}

/* ---- help ---- */

/* The text with every line after the first moved to the column of the help. */
static void put_indented(const char *text, FILE *to)
{
	for (; *text; text++) {
		putc(*text, to);
		if (*text == '\n')
			fprintf(to, "%20s", "");
	}
	putc('\n', to);
}

void opt_help(const struct command *cmd, FILE *to)
{
	char left[32];
	size_t i;

	fprintf(to, "usage: taut %s [options]%s%s\n\n%c%s.\n", cmd->name,
		*cmd->args ? " " : "", cmd->args, cmd->summary[0] - 'a' + 'A',
		cmd->summary + 1);
	fprintf(to, "%s%s\noptions:\n", *cmd->help == '\n' ? "" : "\n",
		cmd->help);
	for (i = 0; i < NOPTIONS; i++) {
		if (!takes(cmd, &options[i]))
			continue;
		snprintf(left, sizeof(left), "%s--%s%s%s",
			 options[i].letter == 'q' ? "-q, " :
			 options[i].letter == 'h' ? "-h, " :
						    "",
			 options[i].name, options[i].value ? " " : "",
			 options[i].value ? options[i].value : "");
		fprintf(to, "  %-16s  ", left);
		put_indented(options[i].help, to);
	}
	fputs("\nexit status: 0 done, nothing is affected; 1 tests are "
	      "affected;\n2 bad arguments or unknown test; 3 the database "
	      "cannot be used;\n4 there is none\n",
	      to);
}

void opt_overview(const struct command *table, FILE *to)
{
	fputs("usage: taut COMMAND [options]\n\n"
	      "Asks the record that pytest --testmon keeps.  It only reads, "
	      "and starts no Python.\n\n",
	      to);
	for (; table->name; table++)
		fprintf(to, "  %-10s%s\n", table->name, table->summary);
	fputs("\n  taut COMMAND --help    options and examples\n"
	      "  taut --version         print the version\n",
	      to);
}

/* ---- parsing ---- */

static int usage(const struct command *cmd, const char *what, const char *arg)
{
	fprintf(stderr, "taut %s: %s%s\n(taut %s --help tells more)\n",
		cmd->name, what, arg, cmd->name);
	return EXIT_USAGE;
}

/* The option that `arg` spells, "--name", "--name=value" or "-x"; *value is
 * what stands behind the '='. */
static const struct option *find(const struct command *cmd, const char *arg,
				 const char **value)
{
	const struct option *o;
	size_t i, n;

	*value = NULL;
	for (i = 0; i < NOPTIONS; i++) {
		o = &options[i];
		if (!takes(cmd, o))
			continue;
		if (o->letter && arg[1] == o->letter && !arg[2])
			return o;
		n = strlen(o->name);
		if (strncmp(arg, "--", 2) || strncmp(arg + 2, o->name, n))
			continue;
		if (!arg[2 + n])
			return o;
		if (arg[2 + n] == '=' && o->value) {
			*value = arg + 2 + n + 1;
			return o;
		}
	}
	return NULL;
}

static void set(struct cli *c, const struct option *o, const char *value)
{
	switch (o->bit) {
	case OPT_ROOT:
		c->root = value;
		break;
	case OPT_ENV:
		c->env = value;
		break;
	case OPT_EXPLAIN:
		c->explain = 1;
		break;
	case OPT_PRECISION:
		c->precision = value;
		break;
	case OPT_JSON:
		c->json = 1;
		break;
	case OPT_COUNT:
		c->count = 1;
		break;
	case OPT_WHY:
		c->why = 1;
		break;
	case OPT_QUIET:
		c->quiet = 1;
		break;
	}
}

int opt_parse(const struct command *cmd, int argc, char **argv, struct cli *c)
{
	const struct option *o;
	const char *value;
	int i, only_args = 0;

	c->args = argv;
	for (i = 0; i < argc; i++) {
		if (only_args || argv[i][0] != '-' || !argv[i][1]) {
			/* Arguments move to the front. */
			c->args[c->nargs++] = argv[i];
			continue;
		}
		if (!strcmp(argv[i], "--")) {
			only_args = 1;
			continue;
		}
		o = find(cmd, argv[i], &value);
		if (!o)
			return usage(cmd, "no such option: ", argv[i]);
		if (!o->bit) {
			opt_help(cmd, stdout);
			return -1;
		}
		if (o->value && !value && ++i < argc)
			value = argv[i];
		if (o->value && !value)
			return usage(cmd, "an argument is missing: --",
				     o->name);
		set(c, o, value);
	}
	if (c->nargs > cmd->nargs)
		return usage(cmd,
			     "one argument too many: ", c->args[cmd->nargs]);
	if (c->nargs < cmd->nargs)
		return usage(cmd, "an argument is missing: ", cmd->args);
	return EXIT_OK;
}
