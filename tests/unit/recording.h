/*
 * recording - a recorder for tests of what is done with recordings.
 *
 * Writes a log as pytest's plugin would, of files as they are at that moment.
 * One carrier is built at a time.  Whatever goes wrong ends the test.
 *
 *	rec_open(&r, run_dir, "main", root);
 *	m = rec_carrier(&r, TAUT_CARRIER_MODULE, "m.py");
 *	rec_version(&r, "m.py");
 *	t = rec_carrier(&r, TAUT_CARRIER_TEST, "test_m.py::test_f");
 *	rec_suite(&r, "m.py", "f");
 *	rec_ref(&r, m);
 *	rec_test(&r, t, "test_m.py", "test_m.py::test_f", TAUT_PASSED, NULL, 9);
 *	rec_close(&r);
 */
#ifndef RECORDING_H
#define RECORDING_H

#include "util.h"

#define REC_MAX 4096

struct recording {
	struct taut_log *log;
	const char *root;
	struct taut_map files;	/* kind and path -> number */
	struct taut_source *sources[REC_MAX];	/* of each file; owned */
	uint32_t next;		/* carrier number */
	/* the carrier being built */
	int kind;
	char owner[512];
	uint64_t deps[REC_MAX];	/* file << 32 | suite */
	size_t ndeps;
	struct taut_log_ref refs[REC_MAX];
	size_t nrefs;
	int open;
};

void rec_open(struct recording *r, const char *dir, const char *writer,
	      const char *root);
/* Begin a carrier (and write the one before); its number. */
uint32_t rec_carrier(struct recording *r, int kind, const char *owner);
void rec_ref(struct recording *r, uint32_t carrier);
/* It entered function `name`; it ran with the module level; it may read the
 * docstrings. */
void rec_suite(struct recording *r, const char *path, const char *name);
void rec_version(struct recording *r, const char *path);
void rec_doc(struct recording *r, const char *path);
/* Any other kind; `digest` NULL: as taut_input_digest says. */
void rec_input(struct recording *r, int kind, const char *path,
	       const struct taut_digest *digest);
void rec_test(struct recording *r, uint32_t carrier, const char *path,
	      const char *nodeid, int outcome, const char *must_run,
	      uint64_t micros);
void rec_collected(struct recording *r, const char *path, int full,
		   const char *const *nodeids, size_t n);
void rec_close(struct recording *r);

#endif
