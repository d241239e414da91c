/*
 * applylog - the logs of one run, read into one numbering: what applying them
 * (apply.c) works on.  Private to store.
 *
 * Each log is read frame by frame into carriers of its own numbering; at its
 * end those get their places in the environment, and references become
 * TAUT_ST_REFs.
 */
#ifndef TAUT_APPLYLOG_H
#define TAUT_APPLYLOG_H

#include "storefile.h"

#define TAUT_NONE UINT32_MAX

/* A file as one log describes it. */
struct taut_app_file {
	uint32_t id;		/* in the store */
	int kind;
	struct taut_digest digest;
	uint32_t nsuites;
	const struct taut_rec_suite *suites;	/* in the run's arena */
};

/* A carrier that some log wrote. */
struct taut_app_carrier {
	uint8_t kind, final, seen;
	uint32_t owner;		/* string */
	uint32_t index;		/* in the environment; TAUT_NONE: a test, unseen */
	uint32_t incomplete;	/* string: why, or TAUT_NONE */
	struct taut_u32s sets;	/* owned */
	/* Owned.  First the log's number << 2 | edge; from resolve() on
	 * TAUT_ST_REFs. */
	struct taut_u32s refs;
};

/* A test that the run executed. */
struct taut_app_test {
	uint32_t path, nodeid;	/* strings */
	int outcome;
	uint32_t must_run;	/* string or TAUT_NONE */
	uint32_t last;		/* carrier of the last record seen */
	struct taut_u32s from;	/* owned: its carriers */
};

struct taut_app_collected {
	uint32_t path;
	int full;
	struct taut_u32s nodeids;	/* owned; strings */
};

struct taut_app {
	struct taut_store *s;
	const struct taut_apply *a;
	struct taut_err *err;
	struct taut_st_env *env;
	uint32_t old;		/* carriers that were there before */
	struct taut_arena arena;
	struct taut_app_carrier *carriers;	/* owned; of all logs */
	size_t ncarriers, ccarriers;
	struct taut_app_test *tests;	/* owned */
	size_t ctests;
	struct taut_map test_keys;	/* path and nodeid -> tests */
	struct taut_app_collected *collected;	/* owned */
	size_t ncollected, ccollected;
	struct taut_map described;	/* store's files seen in this run */
	/* Of the log being read: */
	size_t first;		/* its first carrier */
	struct taut_app_file *files;	/* owned */
	size_t nfiles, cfiles;
	struct taut_u32s numbers;	/* number -> carrier, or TAUT_NONE */
	struct taut_map raw;	/* file and suites as logged -> set_ids */
	struct taut_u32s set_ids;
	struct taut_buf key;	/* scratch; owned */
	uint64_t *hashes;	/* owned; scratch */
	size_t chashes;
};

/* Read one log into the run.  The run's carriers have their places in the
 * environment afterwards, but no bodies yet. */
int taut_app_read(struct taut_app *r, const char *path);
void taut_app_release(struct taut_app *r);

#endif
