#include "threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

struct job {
	void (*work)(void *arg, int worker, size_t from, size_t to);
	void *arg;
	size_t n, chunk;
	atomic_size_t next;
};
struct worker {
	struct job *job;
	pthread_t thread;
	int number;
};

int taut_threads_count(void)
{
	/* sysconf reads a file: not for a caller who knows. */
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > TAUT_THREADS_MAX ? TAUT_THREADS_MAX : (int)n;
}

static void *run(void *arg)
{
	struct worker *w = arg;
	struct job *j = w->job;
	size_t from, to;

	for (;;) {
		from = atomic_fetch_add(&j->next, j->chunk);
		if (from >= j->n)
			return NULL;
		to = j->n - from > j->chunk ? from + j->chunk : j->n;
		j->work(j->arg, w->number, from, to);
	}
}

void taut_threads_run(size_t n, size_t chunk, int most,
		      void (*work)(void *arg, int worker, size_t from,
				   size_t to),
		      void *arg)
{
	struct job j = { .work = work, .arg = arg, .n = n, .chunk = chunk };
	struct worker w[TAUT_THREADS_MAX];
	size_t pieces = n / chunk + 1;
	int want = most < TAUT_THREADS_MAX ? most : TAUT_THREADS_MAX, i, k;
	sigset_t all, old;

	if ((size_t)want > pieces)
		want = (int)pieces;
	for (i = 0; i < TAUT_THREADS_MAX; i++) {
		w[i].job = &j;
		w[i].number = i;
	}
	/* Signals belong to the program's own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (i = 1; i < want; i++)
		if (pthread_create(&w[i].thread, NULL, run, &w[i]))
			break;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	run(&w[0]);
	for (k = 1; k < i; k++)
		pthread_join(w[k].thread, NULL);
}
