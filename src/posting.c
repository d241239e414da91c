/* posting - the files in use, and who depends on which of their hashes. */
#include <string.h>

#include "canon.h"

/* ---- files ---- */

/* Mark the sets in use, and the files behind them. */
static void mark_sets(struct taut_canon *c, const struct taut_cenv *v)
{
	const struct taut_st_body *b;
	uint32_t id, k;

	for (id = 0; id < v->ntests + v->nkept; id++) {
		b = taut_canon_body_of(v, id);
		for (k = 0; k < b->nsets; k++)
			c->set_used[b->sets[k]] = 1;
	}
}

/* Number the files in use, by (kind, path): the bytes of their keys. */
static int number_files(struct taut_canon *c)
{
	const struct taut_store *s = c->s;
	struct taut_named *p = taut_sorted_keys(&s->files);
	uint32_t i, file, n = 0;

	c->file_id = taut_canon_alloc(c, s->files.n, sizeof(*c->file_id));
	c->files = taut_canon_alloc(c, s->files.n, sizeof(*c->files));
	if (!p || !c->file_id || !c->files) {
		taut_free(p);
		return TAUT_ENOMEM;
	}
	for (i = 0; i < s->files.n; i++)
		c->file_id[i] = TAUT_NONE;
	for (i = 0; i < s->sets.n; i++)
		if (c->set_used[i])
			c->file_id[taut_st_set_file(s, i)] = 0;
	for (i = 0; i < s->files.n; i++) {
		file = p[i].v;
		if (c->file_id[file] == TAUT_NONE)
			continue;
		c->file_id[file] = n;
		c->files[n].file =
			(struct taut_db_file){ .id = n,
					       .kind = (uint8_t)p[i].key->p[0],
					       .path = p[i].key->p + 1,
					       .npath = p[i].key->n - 1 };
		n++;
	}
	c->nfiles = n;
	taut_free(p);
	return 0;
}

/* Leave each value once, ascending; SIZE_MAX: no memory.  There are many more
 * sets than suites: sorting them all was a sixth of a save. */
static size_t distinct(uint64_t *h, size_t n)
{
	size_t i, k, cap = 64, kept = 0;
	uint64_t *slots;

	while (cap < 2 * n)
		cap *= 2;
	slots = taut_calloc(cap, sizeof(*slots));
	if (!slots)
		return SIZE_MAX;
	/* Slots hold what is at an index + 1 of the values kept so far. */
	for (i = 0; i < n; i++) {
		for (k = h[i] & (cap - 1); slots[k] && h[slots[k] - 1] != h[i];)
			k = (k + 1) & (cap - 1);
		if (slots[k])
			continue;
		h[kept] = h[i];
		slots[k] = ++kept;
	}
	taut_free(slots);
	return taut_unique_u64(h, kept);
}

/* The distinct hashes in use of each file, ascending. */
static int collect_hashes(struct taut_canon *c)
{
	const struct taut_store *s = c->s;
	size_t *end, total = 0, i, k;
	struct taut_image_file *f;
	uint64_t *all, *h;

	end = taut_canon_alloc(c, c->nfiles, sizeof(*end));
	if (!end)
		return TAUT_ENOMEM;
	for (i = 0; i < s->sets.n; i++)
		if (c->set_used[i])
			c->files[c->file_id[taut_st_set_file(s, (uint32_t)i)]]
				.nhashes += taut_st_set_size(s, (uint32_t)i);
	for (i = 0; i < c->nfiles; i++) {
		end[i] = total;
		total += c->files[i].nhashes;
	}
	all = taut_canon_alloc(c, total, sizeof(*all));
	if (!all)
		return TAUT_ENOMEM;
	for (i = 0; i < s->sets.n; i++)
		if (c->set_used[i]) {
			k = c->file_id[taut_st_set_file(s, (uint32_t)i)];
			taut_st_set_hashes(s, (uint32_t)i, all + end[k]);
			end[k] += taut_st_set_size(s, (uint32_t)i);
		}
	for (i = 0; i < c->nfiles; i++) {
		f = &c->files[i];
		h = all + end[i] - f->nhashes;
		f->hashes = h;
		f->nhashes = distinct(h, f->nhashes);
		if (f->nhashes == SIZE_MAX)
			return TAUT_ENOMEM;
	}
	return 0;
}

/* Does the content that was seen hold every hash in use? */
static int content_holds(const struct taut_st_file *st,
			 const struct taut_image_file *f)
{
	size_t i, k = 0;

	if (st->state != TAUT_ST_CONTENT)
		return 0;
	if (!st->known)
		return 1;
	for (i = 0; i < f->nhashes; i++) {
		while (k < st->nknown && st->known[k] < f->hashes[i])
			k++;
		if (k == st->nknown || st->known[k] != f->hashes[i])
			return 0;
	}
	return 1;
}

/* Give a file its content, and the versions among its hashes. */
static int finish_file(struct taut_canon *c, uint32_t file)
{
	struct taut_image_file *f = &c->files[c->file_id[file]];
	uint8_t key[sizeof(uint32_t) + sizeof(uint64_t)];
	struct taut_db_ver *v;
	uint32_t ver;
	size_t i;

	/* Of anything else, the one hash in use says as much. */
	if (f->file.kind != TAUT_PY)
		return 0;
	if (content_holds(&c->s->file[file], f)) {
		f->file.has_content = 1;
		f->file.content = c->s->file[file].content;
	}
	v = taut_canon_alloc(c, f->nhashes, sizeof(*v));
	if (!v)
		return TAUT_ENOMEM;
	memcpy(key, &file, sizeof(file));
	for (i = 0; i < f->nhashes; i++) {
		memcpy(key + sizeof(file), &f->hashes[i], sizeof(uint64_t));
		ver = taut_map_get(&c->s->ver_keys, key, sizeof(key));
		if (ver != TAUT_MAP_NONE)
			v[f->nvers++] = c->s->vers[ver];
	}
	f->vers = v;
	return 0;
}

int taut_canon_files(struct taut_canon *c)
{
	uint32_t i;

	for (i = 0; i < c->nenvs; i++)
		mark_sets(c, &c->envs[i]);
	if (number_files(c) || collect_hashes(c))
		return TAUT_ENOMEM;
	for (i = 0; i < c->s->files.n; i++)
		if (c->file_id[i] != TAUT_NONE && finish_file(c, i))
			return TAUT_ENOMEM;
	return 0;
}

/* ---- postings ---- */

/* A set of one environment: its users are users[at .. at + n). */
struct slot {
	uint32_t set, n;
	size_t at;
};

/*
 * Deal the carriers of `v` out to the sets they have.  Sets are met in the
 * order of their first users.
 */
static int deal(struct taut_canon *c, const struct taut_cenv *v,
		struct slot **slots, size_t *nslots, uint32_t **users)
{
	uint32_t *of = taut_canon_alloc(c, c->s->sets.n, sizeof(*of)), id, k;
	const struct taut_st_body *b;
	size_t n = 0, total = 0, i;
	struct slot *s, *t;

	*slots = s = taut_canon_alloc(c, c->s->sets.n, sizeof(*s));
	if (!of || !s)
		return TAUT_ENOMEM;
	for (id = 0; id < v->ntests + v->nkept; id++) {
		b = taut_canon_body_of(v, id);
		for (k = 0; k < b->nsets; k++) {
			if (!of[b->sets[k]]) {
				s[n].set = b->sets[k];
				of[b->sets[k]] = (uint32_t)++n;
			}
			s[of[b->sets[k]] - 1].n++;
		}
	}
	for (i = 0; i < n; i++) {
		s[i].at = total;
		total += s[i].n;
		s[i].n = 0;
	}
	*users = taut_canon_alloc(c, total, sizeof(**users));
	if (!*users)
		return TAUT_ENOMEM;
	for (id = 0; id < v->ntests + v->nkept; id++) {
		b = taut_canon_body_of(v, id);
		for (k = 0; k < b->nsets; k++) {
			t = &s[of[b->sets[k]] - 1];
			(*users)[t->at + t->n++] = id;
		}
	}
	*nslots = n;
	return 0;
}

/* The set's hashes as indices into those of its file. */
static int index_hashes(struct taut_canon *c, uint32_t set, uint64_t *tmp,
			const struct taut_image_file *f,
			struct taut_db_set *out)
{
	size_t n = taut_st_set_size(c->s, set), i, k = 0;
	uint32_t *p = taut_canon_alloc(c, n, sizeof(*p));

	if (!p)
		return TAUT_ENOMEM;
	taut_st_set_hashes(c->s, set, tmp);
	for (i = 0; i < n; i++) {
		while (f->hashes[k] != tmp[i])
			k++;
		p[i] = (uint32_t)k;
	}
	out->nhashes = (uint32_t)n;
	out->hashes = p;
	return 0;
}

/* The slots in the order of their files; slots of one file keep theirs. */
static uint32_t *by_file(struct taut_canon *c, const struct slot *s, size_t n)
{
	size_t *at = taut_canon_alloc(c, c->nfiles + 1, sizeof(*at)), i;
	uint32_t *order = taut_canon_alloc(c, n, sizeof(*order));

	if (!at || !order)
		return NULL;
	for (i = 0; i < n; i++)
		at[c->file_id[taut_st_set_file(c->s, s[i].set)] + 1]++;
	for (i = 1; i <= c->nfiles; i++)
		at[i] += at[i - 1];
	for (i = 0; i < n; i++)
		order[at[c->file_id[taut_st_set_file(c->s, s[i].set)]]++] =
			(uint32_t)i;
	return order;
}

/* Make one posting of each file's slots. */
static int group(struct taut_canon *c, const struct slot *s, size_t n,
		 const uint32_t *users, struct taut_image_env *out)
{
	struct taut_db_set *sets = taut_canon_alloc(c, n, sizeof(*sets));
	struct taut_image_post *posts =
		taut_canon_alloc(c, c->nfiles, sizeof(*posts));
	uint32_t *order = by_file(c, s, n), file;
	const struct slot *t;
	size_t i, most = 0;
	uint64_t *tmp;

	for (i = 0; i < c->nfiles; i++)
		if (c->files[i].nhashes > most)
			most = c->files[i].nhashes;
	tmp = taut_canon_alloc(c, most, sizeof(*tmp));
	if (!order || !sets || !posts || !tmp)
		return TAUT_ENOMEM;
	for (i = 0; i < n; i++) {
		t = &s[order[i]];
		file = c->file_id[taut_st_set_file(c->s, t->set)];
		if (!out->nposts || posts[out->nposts - 1].file != file)
			posts[out->nposts++] =
				(struct taut_image_post){ file, 0, sets + i };
		posts[out->nposts - 1].nsets++;
		sets[i].ncarriers = t->n;
		sets[i].carriers = users + t->at;
		if (index_hashes(c, t->set, tmp, &c->files[file], &sets[i]))
			return TAUT_ENOMEM;
	}
	out->posts = posts;
	return 0;
}

int taut_canon_posts(struct taut_canon *c, const struct taut_cenv *v,
		     struct taut_image_env *out)
{
	struct slot *slots;
	uint32_t *users;
	size_t n;

	if (deal(c, v, &slots, &n, &users))
		return TAUT_ENOMEM;
	return group(c, slots, n, users, out);
}
