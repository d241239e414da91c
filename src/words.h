/*
 * words - the names that installed libraries say: a method of the project that
 * has one of these may be called by them, though nobody in the project does.
 *
 * While a run records, the plugin collects them of each distribution that the
 * database knows by its version, and of Python, pytest and the plugins together
 * ("python"), into one file each, in a directory of the cache:
 *
 *	NAME-HASH	digest of the rest, then u32 hashes of names, little
 *			endian, ascending
 *
 * HASH is that of the dependency (taut_db_digest_hash()), of "python" that of
 * the environment's parts.  Where one of those that the database knows is not
 * there or damaged, any name may be said.
 */
#ifndef TAUT_WORDS_H
#define TAUT_WORDS_H

#include "db.h"

struct taut_words {
	struct taut_buf *v;	/* owned; of each library: a file */
	size_t n, cap;
	int looked, known;
};

/* Does a library say the name?  The files are read at the first call; `dir` NULL:
 * there are none.  Release `w` either way. */
int taut_words_say(struct taut_words *w, const char *dir, struct taut_db *db,
		   const struct taut_db_env *row, uint32_t name, int *yes,
		   struct taut_err *err);
void taut_words_release(struct taut_words *w);

#endif
