/*
 * standalone - runs a libFuzzer target where there is no libFuzzer (gcc).
 *
 *	build/fuzz_NAME [-t SECONDS] FILE|DIRECTORY...
 *
 * Every file is one input; in a directory every file.  With -t each is
 * changed at random again and again, the same way every time, for so long.  A
 * failing target aborts; with -v the name of the file was printed before, and
 * the input is in ./crash-input.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct input {
	uint8_t *p;
	size_t n;
	char *path;
};

static struct input *inputs;
static size_t ninputs;
static int verbose;

static void die(const char *what)
{
	fprintf(stderr, "standalone: %s\n", what);
	exit(1);
}

static void add_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct input *in;
	struct stat st;

	if (!f || fstat(fileno(f), &st))
		die(path);
	inputs = realloc(inputs, (ninputs + 1) * sizeof(*inputs));
	if (!inputs)
		die("out of memory");
	in = &inputs[ninputs++];
	in->n = (size_t)st.st_size;
	in->p = malloc(in->n + 1);
	in->path = strdup(path);
	if (!in->p || !in->path || fread(in->p, 1, in->n, f) != in->n)
		die(path);
	fclose(f);
}

static void add(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char *file;

	if (!d) {
		add_file(path);
		return;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (asprintf(&file, "%s/%s", path, e->d_name) < 0)
			die("out of memory");
		add_file(file);
		free(file);
	}
	closedir(d);
}

/* xorshift: the same numbers everywhere. */
static uint64_t next_random(void)
{
	static uint64_t x = 0x9E3779B97F4A7C15u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static size_t below(size_t n)
{
	return n ? (size_t)(next_random() % n) : 0;
}

/* Copy a stretch of some input over or into the data; returns the length. */
static size_t splice(uint8_t *p, size_t n, size_t cap)
{
	const struct input *from = &inputs[below(ninputs)];
	size_t len = below(from->n < 64 ? from->n + 1 : 64);
	size_t src = below(from->n - len + 1), at = below(n + 1);

	if (n + len > cap)
		return n;
	memmove(p + at + len, p + at, n - at);
	memcpy(p + at, from->p + src, len);
	return n + len;
}

static size_t mutate(uint8_t *p, size_t n, size_t cap)
{
	size_t at = below(n), len;

	switch (below(5)) {
	case 0:
		if (n)
			p[at] = (uint8_t)next_random();
		return n;
	case 1:
		if (n)
			p[at] = (uint8_t) "\n\t \\\"'{}()[]:=#.frb,;@\r\f"
				[below(25)];
		return n;
	case 2:
		len = below(n - at < 32 ? n - at + 1 : 32);
		memmove(p + at, p + at + len, n - at - len);
		return n - len;
	default:
		return splice(p, n, cap);
	}
}

static void run(const uint8_t *p, size_t n)
{
	FILE *f;

	if (verbose) {
		f = fopen("crash-input", "wb");
		if (!f || fwrite(p, 1, n, f) != n || fclose(f))
			die("crash-input");
	}
	LLVMFuzzerTestOneInput(p, n);
}

static size_t run_mutants(time_t seconds)
{
	const size_t room = 4096;
	time_t end = time(NULL) + seconds;
	const struct input *in;
	size_t n, count = 0, i;
	uint8_t *p;

	while (time(NULL) < end) {
		in = &inputs[below(ninputs)];
		p = malloc(in->n + room);
		if (!p)
			die("out of memory");
		memcpy(p, in->p, in->n);
		n = in->n;
		for (i = below(8) + 1; i; i--)
			n = mutate(p, n, in->n + room);
		run(p, n);
		free(p);
		count++;
	}
	return count;
}

int main(int argc, char **argv)
{
	time_t seconds = 0;
	size_t mutants = 0, i;
	int a;

	for (a = 1; a < argc; a++) {
		if (!strcmp(argv[a], "-t") && a + 1 < argc)
			seconds = atol(argv[++a]);
		else if (!strcmp(argv[a], "-v"))
			verbose = 1;
		else
			add(argv[a]);
	}
	if (!ninputs)
		die("no inputs");
	for (i = 0; i < ninputs; i++) {
		if (verbose)
			fprintf(stderr, "%s\n", inputs[i].path);
		run(inputs[i].p, inputs[i].n);
	}
	if (seconds)
		mutants = run_mutants(seconds);
	printf("%zu inputs, %zu mutants: 1 passed, 0 failed\n", ninputs,
	       mutants);
	for (i = 0; i < ninputs; i++) {
		free(inputs[i].p);
		free(inputs[i].path);
	}
	free(inputs);
	return 0;
}
