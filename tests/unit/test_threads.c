#include "threads.h"

#include <stdint.h>
#include <string.h>

#include "harness.h"

enum { N = 10000 };
static uint8_t times[N], busy[TAUT_THREADS_MAX];

/* busy[] is touched by one thread at a time, if `worker` tells them apart. */
static void count(void *arg, int worker, size_t from, size_t to)
{
	CHECK(arg == times && worker >= 0 && worker < TAUT_THREADS_MAX);
	CHECK(!busy[worker]);
	busy[worker] = 1;
	for (; from < to; from++)
		times[from]++;
	busy[worker] = 0;
}

TEST(each_number_is_worked_on_once)
{
	const size_t chunks[] = { 1, 7, N - 1, N, N + 1 };
	size_t i, k;
	int most;

	for (most = 1; most < 9; most++)
		for (i = 0; i < sizeof(chunks) / sizeof(*chunks); i++) {
			memset(times, 0, sizeof(times));
			taut_threads_run(N, chunks[i], most, count, times);
			for (k = 0; k < N; k++)
				CHECK(times[k] == 1);
		}
	taut_threads_run(0, 16, 4, count, NULL);
	CHECK(taut_threads_count() >= 1);
}
