/*
 * story - runs that never happened, for tests of record, store and db.
 *
 * A Python file of a story has seven suites:
 *
 *	0 module   1 function   2 `if` in 1   3 class   4 method in 3
 *	5 DOC      6 VERSION
 *
 * and is described by one letter for each: files with the same letters have
 * the same hashes.  Inputs of other kinds have one letter.  dump() tells a
 * database in the same terms, in canonical order:
 *
 *	env default python=3.11
 *	t.py::a passed d:x.txt{p} m.py{1a 2a} -> module:m.py
 *	module:m.py m.py{6a} -> i/module:n.py
 *	file m.py aaaaaaa
 *	file n.py -
 *
 * (`i/` an IMPORTS edge, `s/` a STORES edge; `-`: no content is on record.)
 */
#ifndef STORY_H
#define STORY_H

#include "db.h"
#include "store.h"

#define STORY_SUITES 7

struct story {
	struct taut_log *log;
	char path[128];
	uint32_t files;
	struct taut_log_dep deps[32];
	uint32_t suites[32][STORY_SUITES];
	struct taut_log_ref refs[32];
	struct taut_log_carrier c;
};

/* A log in the test's scratch directory. */
void story_begin(struct story *s, const char *writer);
void story_end(struct story *s);
/* The number of a file. */
uint32_t story_py(struct story *s, const char *path, const char *letters);
uint32_t story_input(struct story *s, int kind, const char *path, char letter);

/* Build one carrier at a time; `suites` is digits, e.g. "02". */
void story_carrier(struct story *s, uint32_t number, int kind,
		   const char *owner);
void story_dep(struct story *s, uint32_t file, const char *suites);
void story_ref(struct story *s, uint32_t carrier, int edge);
void story_put(struct story *s, int final);
/* The carrier built so far is that of a test of `path`. */
void story_test(struct story *s, const char *path, int outcome,
		const char *must_run);

/* Apply logs by their writers' names, blank between them, to the store. */
int story_apply(struct taut_store *s, const char *writers,
		const struct taut_part *parts, size_t nparts);
struct taut_buf story_image(const struct taut_store *s);
/* A new store holding just this image. */
struct taut_store *story_load(const struct taut_buf *image);
/* What the image says, as one string; it stays until the test ends. */
const char *story_dump(const struct taut_buf *image);
/* The same of a store. */
const char *story_tell(const struct taut_store *s);
/* What the open database says; NULL when it is damaged. */
const char *story_dump_db(struct taut_db *db);

#endif
