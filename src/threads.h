/*
 * threads - the same work for each of many numbers, by several threads.
 *
 * Knows nothing of what the work is.  The calling thread works, too, so that a
 * thread which cannot be had only costs time.
 */
#ifndef TAUT_THREADS_H
#define TAUT_THREADS_H

#include <stddef.h>

#define TAUT_THREADS_MAX 4

/* How many pay on this machine: its processors, TAUT_THREADS_MAX at most. */
int taut_threads_count(void);

/*
 * Call work(arg, worker, from, to) for all of 0 .. n, in pieces of `chunk`;
 * `worker`, below `most` and TAUT_THREADS_MAX, is the same for no two pieces
 * that are worked on at once.
 */
void taut_threads_run(size_t n, size_t chunk, int most,
		      void (*work)(void *arg, int worker, size_t from,
				   size_t to),
		      void *arg);

#endif
