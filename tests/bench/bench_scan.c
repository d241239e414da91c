/*
 * bench_scan - throughput of taut_source_scan() over files.
 *
 *	build/bench_scan [-r ROUNDS] FILE...
 *
 * Reads all files first, scans them ROUNDS times (default 5) and prints
 * the best round: MB/s and microseconds for each 10 KB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "taut.h"

struct file {
	char *p;
	size_t n;
};

static int read_file(const char *path, struct file *f)
{
	FILE *in = fopen(path, "rb");
	long n;

	if (!in)
		return -1;
	if (fseek(in, 0, SEEK_END) || (n = ftell(in)) < 0) {
		fclose(in);
		return -1;
	}
	rewind(in);
	f->n = (size_t)n;
	f->p = malloc(f->n + 1);
	if (!f->p || fread(f->p, 1, f->n, in) != f->n) {
		free(f->p);
		fclose(in);
		return -1;
	}
	fclose(in);
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds of one round over all files; negative on failure. */
static double scan_all(const struct file *files, size_t n, size_t *opaque)
{
	double start = now();
	struct taut_source *s;
	size_t i;

	*opaque = 0;
	for (i = 0; i < n; i++) {
		if (taut_source_scan(files[i].p, files[i].n, &s, NULL))
			return -1;
		*opaque += s->opaque != NULL;
		taut_source_free(s);
	}
	return now() - start;
}

int main(int argc, char **argv)
{
	int rounds = 5, i = 1, r;
	size_t n = 0, bytes = 0, opaque = 0, k;
	struct file *files;
	double t, best = 0;

	if (argc > 2 && !strcmp(argv[1], "-r")) {
		rounds = atoi(argv[2]);
		i = 3;
	}
	files = calloc((size_t)argc, sizeof(*files));
	if (!files)
		return 1;
	for (; i < argc; i++) {
		if (read_file(argv[i], &files[n])) {
			fprintf(stderr, "cannot read %s\n", argv[i]);
			return 1;
		}
		bytes += files[n++].n;
	}
	for (r = 0; r < rounds && n; r++) {
		t = scan_all(files, n, &opaque);
		if (t < 0)
			return 1;
		if (!r || t < best)
			best = t;
	}
	if (best > 0)
		printf("%zu files, %.1f MB, %zu opaque: %.1f MB/s, "
		       "%.1f us for 10 KB\n",
		       n, (double)bytes / 1e6, opaque,
		       (double)bytes / 1e6 / best,
		       best * 1e6 / ((double)bytes / 10e3));
	for (k = 0; k < n; k++)
		free(files[k].p);
	free(files);
	return 0;
}
