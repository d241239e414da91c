/*
 * sample - a small project with two tests, and runs of it.
 *
 *	m.py			f and g
 *	tests/test_m.py		test_f and test_g, each calls its function
 *	data.txt		read by a fixture that test_f uses
 *
 * It lies in scratch_dir().
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "sheet.h"
#include "taut.h"

#define F "tests/test_m.py::test_f"
#define G "tests/test_m.py::test_g"
#define FILE_M "tests/test_m.py"

/* python (identity) and packages (state): what a session has by default. */
extern const struct taut_part sample_parts[2];

void make_project(void);
/* root is filled in, and parts when there are none. */
struct taut_session *open_as(const struct taut_config *given);
struct taut_session *open_session(unsigned flags);
/* A session that has selected. */
struct taut_session *selected(unsigned flags);
/* What a run of the tests whose letters are in `which` leaves in its log;
 * outcome and must_run are those of test_f. */
void record(const char *dir, const char *which, int outcome,
	    const char *must_run);
/* The whole run, from open to close. */
void run_as(const struct taut_config *c, const char *which, int outcome,
	    const char *must_run);
void run(const char *which);
/* The verdicts on F, G and the file, of a session of its own, as letters:
 * 'c'lean, 'a'ffected, 'u'nknown. */
int verdicts(const char *want);
/* Why a test runs; good until the next call. */
struct taut_reason why(const char *nodeid);
/* How many names a directory has; 0 when there is none. */
int count(const char *name);

/* The sheet of a source; free it. */
struct taut_sheet *sheet_of(const char *text);

#endif
