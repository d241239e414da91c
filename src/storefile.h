/*
 * storefile - the inside of a store, shared by loading (store.c), applying
 * logs (apply.c), merging (merge.c) and turning it into an image (canon.c).
 *
 * Inside a store nothing has an order and nothing is cleaned up: carriers may
 * be there twice, tests may be dead, sets and files may be without users.
 * canon.c alone unifies, drops, prunes and numbers, whenever an image is made.
 */
#ifndef TAUT_STOREFILE_H
#define TAUT_STOREFILE_H

#include "pack.h"
#include "store.h"

/* What is known of the file as a whole. */
enum taut_st_content {
	TAUT_ST_NONE,		/* nothing yet */
	TAUT_ST_CONTENT,	/* the digest below */
	TAUT_ST_CLEARED,	/* known to be more than one content */
};
struct taut_st_file {
	int state;		/* enum taut_st_content */
	struct taut_digest content;
	/* Not NULL: the content counts only if every hash in use is among
	 * these, ascending; in the store's arena. */
	const uint64_t *known;
	size_t nknown;
};

/* A reference: index of the carrier in its environment << 2 | taut_edge. */
#define TAUT_ST_REF(carrier, edge) ((uint32_t)(carrier) << 2 | (edge))
#define TAUT_ST_MAX_CARRIERS (UINT32_MAX >> 3)

/* What a carrier holds; the arrays lie in the store's arena. */
struct taut_st_body {
	uint32_t nsets, nrefs;
	const uint32_t *sets;	/* at most one of each file */
	const uint32_t *refs;	/* TAUT_ST_REF, in any order */
};
struct taut_st_carrier {
	uint8_t kind;		/* enum taut_carrier_kind, never TEST */
	uint32_t owner;		/* string */
	struct taut_st_body body;
};
struct taut_st_test {
	uint32_t path, nodeid;	/* strings */
	uint32_t must_run;	/* string, or TAUT_MAP_NONE */
	uint8_t outcome;
	uint8_t dead;
	struct taut_st_body body;
};
struct taut_st_env {
	uint32_t name;		/* string */
	uint32_t nparts;
	const struct taut_part *parts;	/* sorted; in the store's arena */
	struct taut_st_carrier *carriers;	/* owned */
	size_t ncarriers, ccarriers;
	struct taut_map ids;	/* path and nodeid (two strings) -> test */
	struct taut_st_test *tests;	/* owned */
	size_t ctests;
	struct taut_map paths;	/* test files */
	uint8_t *path_dead;	/* owned */
	size_t cpaths;
};
struct taut_store {
	struct taut_arena arena;
	struct taut_map strs;
	struct taut_map files;	/* u8 kind and path -> file */
	struct taut_st_file *file;	/* owned */
	size_t cfile;
	struct taut_map sets;	/* u32 file and its hashes, u64 each, sorted */
	struct taut_map ver_keys;	/* u32 file and u64 hash -> vers */
	struct taut_db_ver *vers;	/* owned; units in the arena */
	size_t cvers;
	struct taut_st_env *envs;	/* owned */
	size_t nenvs, cenvs;
};

/* All return an id, or TAUT_MAP_NONE when out of memory. */
uint32_t taut_st_str(struct taut_store *s, const char *text);
uint32_t taut_st_file(struct taut_store *s, int kind, const char *path,
		      size_t n);
/* `hashes` is sorted and made unique in place. */
uint32_t taut_st_set(struct taut_store *s, uint32_t file, uint64_t *hashes,
		     size_t n);
/* The test, added (as TAUT_NEW, empty) if new; revived if dead. */
uint32_t taut_st_test(struct taut_store *s, struct taut_st_env *e,
		      uint32_t path, uint32_t nodeid);
/* The test file, revived if dead. */
uint32_t taut_st_path(struct taut_store *s, struct taut_st_env *e,
		      uint32_t path);

static inline const char *taut_st_text(const struct taut_store *s,
				       uint32_t str)
{
	return s->strs.keys[str].p;
}
/* The file of a set, and its hashes (not aligned: copy them). */
uint32_t taut_st_set_file(const struct taut_store *s, uint32_t set);
size_t taut_st_set_size(const struct taut_store *s, uint32_t set);
void taut_st_set_hashes(const struct taut_store *s, uint32_t set,
			uint64_t *out);

/* Keep a module version, or one of docstrings; its units are copied.  0 or
 * TAUT_ENOMEM. */
int taut_st_ver(struct taut_store *s, uint32_t file,
		const struct taut_db_ver *v);

/* Copy the parts, sorted and each once.  NULL: out of memory. */
const struct taut_part *taut_st_parts(struct taut_store *s,
				      const struct taut_part *parts,
				      size_t *n);
int taut_st_same_part(const struct taut_part *a, const struct taut_part *b);
/* A new, empty environment; NULL when out of memory.  Moves the others. */
struct taut_st_env *taut_st_env(struct taut_store *s, uint32_t name,
				const struct taut_part *parts, size_t n);
void taut_st_env_release(struct taut_st_env *e);

/* Set b's arrays from growing ones: sets of one file are united, references
 * made unique with the strongest edge.  0 or TAUT_ENOMEM. */
int taut_st_body(struct taut_store *s, struct taut_st_body *b,
		 struct taut_u32s *sets, struct taut_u32s *refs);

/* The worse of two outcomes of one test; TAUT_NEW gives way to any. */
int taut_st_worse(int a, int b);
/* One reason out of two (either may be TAUT_MAP_NONE), whatever the order. */
uint32_t taut_st_reason(const struct taut_store *s, uint32_t a, uint32_t b);

#endif
