/*
 * canon - a store's content in its one canonical form, ready to be built.
 *
 * For each environment: find the strong components of the carriers' references
 * and hash them bottom up (graph.c), take carriers of equal kind, owner and
 * hash for one, keep those that a test reaches, sort (canon.c), prune and share
 * the lists of references (reflist.c), and turn the dependencies into postings,
 * after the files and hashes that are still in use were numbered (posting.c).
 * The result depends on content alone.  Private to store.
 */
#ifndef TAUT_CANON_H
#define TAUT_CANON_H

#include "storefile.h"

#define TAUT_NONE UINT32_MAX

/* One environment on its way. */
struct taut_cenv {
	const struct taut_st_env *e;
	uint32_t n;		/* carriers, as in e */
	uint32_t *comp;		/* component; users have the higher number */
	uint32_t ncomps;
	uint32_t *order;	/* carriers, component by component */
	uint32_t *level;	/* 1 + the highest level below the component */
	uint64_t *own;		/* hash of kind, owner and dependencies */
	uint64_t *hash;		/* of all that a carrier stands for */
	uint32_t *rep;		/* carrier -> rank, equal ones share it */
	uint32_t *ranked;	/* rank -> carrier */
	uint32_t nranked;
	uint32_t *id;		/* rank -> id - ntests, or TAUT_NONE */
	uint32_t *kept;		/* id - ntests -> rank */
	uint32_t nkept;
	uint32_t *tests;	/* sorted, as indices into e->tests */
	uint32_t ntests;
	uint32_t *paths;	/* sorted, as indices into e->paths */
	uint32_t npaths;
	struct taut_u32s stack;	/* scratch; owned */
	struct taut_map lists;	/* distinct reference lists */
	struct taut_u32s list_of;	/* id -> list, or TAUT_NONE; owned */
};

struct taut_canon {
	const struct taut_store *s;
	struct taut_arena arena;	/* all that the image points to */
	uint32_t *str_rank;	/* of each string, in byte order */
	struct taut_cenv *envs;
	size_t nenvs;
	uint64_t *set_hash;	/* of each set */
	uint8_t *set_used;
	uint32_t *file_id;	/* store's file -> id in the image, or NONE */
	struct taut_image_file *files;
	uint32_t nfiles;
	struct taut_image_env *out;
};

static inline void *taut_canon_alloc(struct taut_canon *c, size_t n,
				     size_t elem)
{
	return taut_arena_alloc(&c->arena, n * elem + 1);
}

/* What carrier `i` of the store holds. */
static inline const struct taut_st_body *
taut_canon_body(const struct taut_cenv *v, uint32_t i)
{
	return &v->e->carriers[i].body;
}

/* The carrier in the store of an id in the image (tests not counted). */
static inline uint32_t taut_canon_carrier(const struct taut_cenv *v,
					  uint32_t id)
{
	return v->ranked[v->kept[id]];
}

/* What the carrier with this id in the image (tests counted) holds. */
static inline const struct taut_st_body *
taut_canon_body_of(const struct taut_cenv *v, uint32_t id)
{
	return id < v->ntests ?
		&v->e->tests[v->tests[id]].body :
		taut_canon_body(v, taut_canon_carrier(v, id - v->ntests));
}

struct taut_item {
	uint64_t a, b;		/* sorted by these */
	uint32_t v;
};
int taut_items_compare(const void *x, const void *y);
void taut_items_sort(struct taut_item *p, size_t n);

struct taut_named {
	const struct taut_key *key;
	uint32_t v;		/* the key's index */
};
/* The map's keys in byte order; NULL when out of memory.  taut_free it. */
struct taut_named *taut_sorted_keys(const struct taut_map *m);

/* All return 0 or TAUT_ENOMEM. */

/* graph.c: comp, order, level, own and hash of all carriers; set_hash first. */
int taut_canon_hash_sets(struct taut_canon *c);
int taut_canon_graph(struct taut_canon *c, struct taut_cenv *v);

/* reflist.c: the distinct lists with their users. */
int taut_canon_lists(struct taut_canon *c, struct taut_cenv *v,
		     struct taut_image_env *out);

/* posting.c: all files that an environment uses, then one's postings. */
int taut_canon_files(struct taut_canon *c);
int taut_canon_posts(struct taut_canon *c, const struct taut_cenv *v,
		     struct taut_image_env *out);

#endif
