/*
 * cli - what the files of the `taut` program share.
 *
 * main.c has the table of commands, opt.c reads options and prints help,
 * project.c finds and opens the project, json.c writes JSON, cmd_*.c are the
 * commands.  The program sees the library through taut.h alone, writes
 * nothing but its output, and starts no Python.
 */
#ifndef CLI_H
#define CLI_H

#include <stdio.h>

#include "taut.h"

enum {
	EXIT_OK = 0,		/* done; nothing is affected */
	EXIT_AFFECTED = 1,	/* tests are affected */
	EXIT_USAGE = 2,		/* bad arguments, unknown test */
	EXIT_UNUSABLE = 3,	/* database damaged or foreign; other failures */
	EXIT_NOTHING = 4,	/* no database, or none for that environment */
};

/* Which options a command takes. */
enum {
	OPT_ROOT = 1, OPT_ENV = 2, OPT_JSON = 4, OPT_COUNT = 8, OPT_WHY = 16,
	OPT_QUIET = 32, OPT_PRECISION = 64, OPT_EXPLAIN = 128,
	OPT_PROJECT = OPT_ROOT | OPT_ENV,
};

struct cli {
	const char *root;	/* as given, or NULL */
	const char *env;
	const char *precision;
	int json, count, why, explain, quiet;
	int nargs;
	char **args;
};

struct command {
	const char *name;
	const char *args;	/* for the usage line */
	const char *summary;	/* one line, for the list of commands */
	unsigned opts;		/* OPT_* */
	int nargs;		/* how many arguments it takes, exactly */
	int (*run)(const struct cli *c);
	const char *help;	/* what it does, with examples */
};

/* ---- commands ---- */

int cmd_affected(const struct cli *c);
int cmd_why(const struct cli *c);
int cmd_stats(const struct cli *c);
int cmd_check(const struct cli *c);
int cmd_show(const struct cli *c);

/* ---- opt.c ---- */

/* Fill `c` from argv; EXIT_OK, EXIT_USAGE after a message, or -1 when help was
 * asked for and printed. */
int opt_parse(const struct command *cmd, int argc, char **argv,
	      struct cli *c);
void opt_help(const struct command *cmd, FILE *to);
void opt_overview(const struct command *table, FILE *to);

/* ---- project.c ---- */

/* Open the project for reading, in whatever state its database is.  Messages
 * go to standard error; *status is the exit status when NULL comes back. */
struct taut_session *project_any(const struct cli *c, int *status);
/* project_any, but only with a database that has the environment. */
struct taut_session *project_open(const struct cli *c, int *status);
/* project_open, and compare it with the tree; says once what is not checked. */
struct taut_session *project_select(const struct cli *c, int *status);
const char *project_root(void);
int fail(const char *message, int status);
/* An escape sequence, or "" where colour is not wanted. */
const char *color(const char *sequence);
#define BOLD color("\033[1m")
#define PLAIN color("\033[0m")

/* ---- json.c ---- */

/* A string in quotes.  Bytes that are not UTF-8 become \udcXX, which is what
 * Python's surrogateescape makes of them. */
void json_string(FILE *to, const char *s);
/* "key": "value", with a comma before it unless `first`. */
void json_member(FILE *to, int first, const char *key, const char *value);

#endif
