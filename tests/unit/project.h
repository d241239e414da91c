/*
 * project - a project of a few texts, for tests of names: what would an edit of
 * its first file do?
 */
#ifndef PROJECT_H
#define PROJECT_H

#include "names.h"

#define MAX_FILES 8

struct project {
	struct taut_names_project p;
	struct taut_names_file files[MAX_FILES];
	struct taut_sheet *sheets[MAX_FILES];
	uint32_t importer; /* of all suites, or TAUT_MAP_NONE */
	struct taut_arena found;
};

void project_begin(struct project *p);
void project_add(struct project *p, const char *path, const char *text);
void project_end(struct project *p);
/* What was found (`told()`), as a text that lasts until the next call; file 0 was
 * `old`, or its docstrings were. */
const char *edit(struct project *p, const char *old);
/* The same of a file m.py and one that uses it. */
const char *simple(const char *old, const char *now, const char *user);
const char *docs(const char *old, const char *now, const char *user);
int is(const char *got, const char *want);
/* As it would be on record; the caller frees its units. */
struct taut_db_ver version_of(const struct taut_sheet *s);
const char *told(const struct project *p, const struct taut_names *n);

#endif
