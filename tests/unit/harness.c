#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Long enough for a test under valgrind, short enough to notice a hang. */
#define SECONDS 300

static struct harness_test *first, **last = &first;

void harness_add(struct harness_test *t)
{
	*last = t;
	last = &t->next;
}

void harness_fail(const char *file, int line, const char *what)
{
	printf("%s:%d: not true: %s\n", file, line, what);
	fflush(stdout);
	_exit(1);
}

static int wanted(const struct harness_test *t, char **words)
{
	const char *base = strrchr(t->file, '/');
	char full[256];

	if (!*words)
		return 1;
	snprintf(full, sizeof(full), "%s:%s", base ? base + 1 : t->file,
		 t->name);
	for (; *words; words++)
		if (strstr(full, *words))
			return 1;
	return 0;
}

/* exit, not _exit: the leak checker of ASan works at exit. */
static int run_in_child(const struct harness_test *t)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (!pid) {
		alarm(SECONDS);
		t->run();
		exit(0);
	}
	if (waitpid(pid, &status, 0) < 0)
		return -1;
	if (WIFSIGNALED(status))
		printf("%s: %s\n", t->name, strsignal(WTERMSIG(status)));
	return status ? -1 : 0;
}

int main(int argc, char **argv)
{
	int fork_each = 1, passed = 0, failed = 0;
	char **words = argv + 1;
	struct harness_test *t;

	if (argc > 1 && !strcmp(argv[1], "-n")) {
		fork_each = 0;
		words++;
	}
	for (t = first; t; t = t->next) {
		if (!wanted(t, words))
			continue;
		if (!fork_each)
			t->run();
		else if (run_in_child(t)) {
			printf("FAILED %s:%s\n", t->file, t->name);
			failed++;
			continue;
		}
		passed++;
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}
