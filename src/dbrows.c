/* dbrows - decoding the blobs of a database: the second half of reading. */
#include <string.h>

#include "db.h"
#include "dbfile.h"
#include "pack.h"
#include "sql.h"

/* ---- module versions ---- */

/* The versions of one file being read. */
struct ver_reader {
	struct taut_db *db;
	struct taut_rd rd;
	const char **strs;
	const uint8_t *branches;
	uint32_t nstrs, nbranches;
	int nomem;
};

static void *ver_array(struct ver_reader *r, uint32_t n, size_t elem)
{
	void *p = r->rd.bad ? NULL : taut_db_alloc(r->db, n, elem);

	if (!p && !r->rd.bad)
		r->nomem = r->rd.bad = 1;
	return p;
}

static void read_pool(struct ver_reader *r)
{
	struct taut_strings st = TAUT_STRINGS_INIT;
	size_t n;
	uint32_t i;

	r->nstrs = taut_rd_count(&r->rd, (size_t)(r->rd.end - r->rd.p) / 2);
	r->strs = ver_array(r, r->nstrs, sizeof(*r->strs));
	for (i = 0; i < r->nstrs && !r->rd.bad; i++) {
		r->strs[i] = taut_unpack_string(&st, &r->rd, &r->db->arena, &n);
		if (!r->strs[i])
			r->nomem = r->rd.bad = 1;
	}
	r->nbranches = taut_rd_count(&r->rd, (size_t)(r->rd.end - r->rd.p) / 4);
	r->branches = taut_rd_raw(&r->rd, (size_t)r->nbranches * 4);
}

static const char *pool_str(struct ver_reader *r)
{
	if (!r->nstrs)
		r->rd.bad = 1;
	if (r->rd.bad)
		return "";
	return r->strs[taut_rd_count(&r->rd, r->nstrs - 1)];
}

static void read_unit(struct ver_reader *r, struct taut_rec_unit *u)
{
	const char **names;
	uint32_t branch, i;
	struct taut_rd b;
	uint8_t kind;

	u->hash = taut_rd_u32(&r->rd);
	kind = taut_rd_u8(&r->rd);
	u->kind = kind & 15;
	u->effect = kind >> 4;
	if (u->kind > TAUT_UNIT_COMPOUND || u->effect > TAUT_EFFECT_STORE)
		r->rd.bad = 1;
	if (u->effect > TAUT_EFFECT_PURE)
		u->calls = taut_rd_u32(&r->rd);
	branch = taut_rd_count(&r->rd, r->nbranches);
	if (branch && !r->rd.bad) {
		b = taut_rd_init(r->branches + (branch - 1) * 4, 4);
		u->branch = taut_rd_u32(&b);
	}
	u->owner = pool_str(r);
	u->nnames = taut_rd_count(&r->rd, (size_t)(r->rd.end - r->rd.p));
	names = ver_array(r, u->nnames, sizeof(*names));
	for (i = 0; i < u->nnames && !r->rd.bad; i++)
		names[i] = pool_str(r);
	u->names = names;
	/* whose names[0] is looked at */
	if (!u->nnames && u->kind >= TAUT_UNIT_DEF_CORE &&
	    u->kind <= TAUT_UNIT_CLASS)
		r->rd.bad = 1;
}

static void read_ver(struct ver_reader *r, const struct taut_db_fcache *c,
		     struct taut_db_ver *v)
{
	struct taut_rec_unit *units;
	uint32_t i, n;

	if (!c->nhashes)
		r->rd.bad = 1;
	else
		v->hash = c->hashes[taut_rd_count(&r->rd, c->nhashes - 1)];
	n = taut_rd_count(&r->rd, (size_t)(r->rd.end - r->rd.p));
	v->docs = n & 1;
	v->nunits = n >> 1;
	if (v->nunits > (size_t)(r->rd.end - r->rd.p) / 8)
		r->rd.bad = 1;
	units = ver_array(r, v->nunits, sizeof(*units));
	for (i = 0; i < v->nunits && !r->rd.bad; i++)
		read_unit(r, &units[i]);
	v->units = units;
}

static int read_vers(struct taut_db *db, struct taut_rd rd,
		     struct taut_db_fcache *c, struct taut_err *err)
{
	struct ver_reader r = { .db = db, .rd = rd };
	struct taut_db_ver *vers;
	uint32_t i, n;

	read_pool(&r);
	n = taut_rd_count(&r.rd, (size_t)(r.rd.end - r.rd.p) / 2);
	vers = ver_array(&r, n, sizeof(*vers));
	for (i = 0; i < n && !r.rd.bad; i++) {
		read_ver(&r, c, &vers[i]);
		if (i && vers[i].hash <= vers[i - 1].hash)
			r.rd.bad = 1;
	}
	if (r.nomem)
		return taut_nomem(err);
	if (r.rd.bad || r.rd.p != r.rd.end)
		return taut_db_damaged(db, "module versions", err);
	c->vers = vers;
	c->nvers = n;
	return 0;
}

int taut_db_vers(struct taut_db *db, uint32_t file,
		 const struct taut_db_ver **vers, size_t *n,
		 struct taut_err *err)
{
	const uint64_t *hashes;
	struct taut_db_fcache *c;
	struct taut_rd rd;
	size_t nhashes;
	int rc = taut_db_hashes(db, file, &hashes, &nhashes, err);

	if (rc)
		return rc;
	c = &db->cache[file];
	if (!c->have_vers) {
		rd = taut_rd_init("", 0);
		if (db->files[file].kind == TAUT_PY)
			rc = taut_db_entry(db, TAUT_Q_VERS, file, &rd, err);
		if (!rc && rd.p != rd.end)
			rc = read_vers(db, rd, c, err);
		if (rc)
			return rc;
		c->have_vers = 1;
	}
	*vers = c->vers;
	*n = c->nvers;
	return 0;
}

/* ---- postings ---- */

static struct taut_db_ecache *env_cache(struct taut_db *db, uint32_t env,
					struct taut_err *err)
{
	if (env < db->nenvs)
		return &db->envs[env];
	taut_fail(err, TAUT_EINVAL, "no environment %u", env);
	return NULL;
}

/* The numbers of all sets, moved to where they can stay. */
static uint32_t *keep(struct taut_db *db, const struct taut_unpacker *u)
{
	uint32_t *p = taut_db_alloc(db, u->v.n, sizeof(*p));

	if (p && u->v.n)
		memcpy(p, u->v.p, u->v.n * sizeof(*p));
	return p;
}

static struct taut_set kept(const struct taut_unpacker *u, const uint32_t *p,
			    size_t i)
{
	struct taut_set s = taut_unpacked(u, i);

	s.v = p + (s.v - u->v.p);
	return s;
}

/* n sets below `bound`, then n sets of carriers, none empty, none twice. */
static int read_pairs(struct taut_unpacker u[2], struct taut_rd *rd, uint32_t n,
		      uint32_t bound, uint32_t ncarriers)
{
	uint32_t i;
	int rc = 0;

	for (i = 0; i < n && !rc && !rd->bad; i++)
		rc = taut_unpack_set(&u[0], rd, bound);
	for (i = 0; i < n && !rc && !rd->bad; i++) {
		rc = taut_unpack_set(&u[1], rd, ncarriers);
		if (rc || rd->bad)
			break;
		if (!taut_unpacked(&u[1], i).n || u[1].v.n > ncarriers)
			rd->bad = 1;
	}
	return rc;
}

static int read_post(struct taut_db *db, struct taut_rd rd,
		     const struct taut_db_ecache *e, size_t nhashes,
		     struct taut_db_pcache *c, struct taut_err *err)
{
	struct taut_unpacker u[2] = { TAUT_UNPACKER_INIT, TAUT_UNPACKER_INIT };
	uint32_t n = taut_rd_count(&rd, (size_t)(rd.end - rd.p) / 2), i;
	uint32_t *hashes, *users;
	struct taut_db_set *sets;
	int rc;

	rc = read_pairs(u, &rd, n, (uint32_t)nhashes, e->pub.ncarriers);
	if (!rc && (rd.bad || rd.p != rd.end)) {
		rc = taut_db_damaged(db, "postings", err);
		goto out;
	}
	hashes = rc ? NULL : keep(db, &u[0]);
	users = hashes ? keep(db, &u[1]) : NULL;
	sets = users ? taut_db_alloc(db, n, sizeof(*sets)) : NULL;
	if (!sets) {
		rc = taut_nomem(err);
		goto out;
	}
	for (i = 0; i < n; i++) {
		struct taut_set s = kept(&u[0], hashes, i);
		struct taut_set t = kept(&u[1], users, i);

		sets[i] = (struct taut_db_set){ s.n, s.v, t.n, t.v };
	}
	c->sets = sets;
	c->n = n;
out:
	taut_unpacker_release(&u[0]);
	taut_unpacker_release(&u[1]);
	return rc;
}

int taut_db_post(struct taut_db *db, uint32_t env, uint32_t file,
		 const struct taut_db_set **sets, size_t *n,
		 struct taut_err *err)
{
	struct taut_db_ecache *e = env_cache(db, env, err);
	struct taut_db_pcache *c;
	const uint64_t *hashes;
	struct taut_rd rd;
	size_t nhashes;
	int rc;

	if (!e)
		return TAUT_EINVAL;
	rc = taut_db_hashes(db, file, &hashes, &nhashes, err);
	if (rc)
		return rc;
	if (!e->posts)
		e->posts = taut_db_alloc(db, db->nfiles, sizeof(*e->posts));
	if (!e->posts)
		return taut_nomem(err);
	c = &e->posts[file];
	if (!c->have) {
		rc = taut_db_entry(db, TAUT_Q_POST, (int64_t)env << 32 | file,
				   &rd, err);
		if (!rc && rd.p != rd.end)
			rc = read_post(db, rd, e, nhashes, c, err);
		if (rc)
			return rc;
		c->have = 1;
	}
	*sets = c->sets;
	*n = c->n;
	return 0;
}

/* ---- references ---- */

static int read_lists(struct taut_db *db, struct taut_rd rd,
		      struct taut_db_ecache *e, struct taut_err *err)
{
	struct taut_unpacker u[2] = { TAUT_UNPACKER_INIT, TAUT_UNPACKER_INIT };
	uint32_t n = taut_rd_count(&rd, (size_t)(rd.end - rd.p) / 2), i, k;
	struct taut_db_reflist *lists = NULL;
	uint32_t *refs, *users;
	uint8_t *edges;
	int rc;

	rc = read_pairs(u, &rd, n, (e->pub.ncarriers - e->pub.ntests) << 2,
			e->pub.ncarriers);
	for (k = 0; k < u[0].v.n && !rc; k++)
		if ((u[0].v.p[k] & 3) > TAUT_EDGE_READS)
			rd.bad = 1;
	if (!rc && (rd.bad || rd.p != rd.end)) {
		rc = taut_db_damaged(db, "references", err);
		goto out;
	}
	refs = rc ? NULL : keep(db, &u[0]);
	users = refs ? keep(db, &u[1]) : NULL;
	edges = users ? taut_db_alloc(db, u[0].v.n, 1) : NULL;
	if (edges)
		lists = taut_db_alloc(db, n, sizeof(*lists));
	if (!lists) {
		rc = taut_nomem(err);
		goto out;
	}
	for (k = 0; k < u[0].v.n; k++) {
		edges[k] = refs[k] & 3;
		refs[k] = e->pub.ntests + (refs[k] >> 2);
	}
	for (i = 0; i < n; i++) {
		struct taut_set s = kept(&u[0], refs, i);
		struct taut_set t = kept(&u[1], users, i);

		lists[i] = (struct taut_db_reflist){ s.n, s.v,
						     edges + (s.v - refs), t.n,
						     t.v };
	}
	e->lists = lists;
	e->nlists = n;
out:
	taut_unpacker_release(&u[0]);
	taut_unpacker_release(&u[1]);
	return rc;
}

int taut_db_reflists(struct taut_db *db, uint32_t env,
		     const struct taut_db_reflist **lists, size_t *n,
		     struct taut_err *err)
{
	struct taut_db_ecache *e = env_cache(db, env, err);
	struct taut_rd rd;
	int64_t id;
	int rc;

	if (!e)
		return TAUT_EINVAL;
	if (!e->have_lists) {
		id = env;
		rc = taut_db_blob(db, TAUT_Q_LISTS, &id, &rd, err);
		if (!rc)
			rc = taut_db_damaged(db, "no references", err);
		else if (rc > 0)
			rc = read_lists(db, rd, e, err);
		if (rc)
			return rc;
		e->have_lists = 1;
	}
	*lists = e->lists;
	*n = e->nlists;
	return 0;
}

/* ---- carriers ---- */

static int read_carriers(struct taut_db *db, struct taut_rd rd,
			 struct taut_db_ecache *e, struct taut_err *err)
{
	struct taut_strings st = TAUT_STRINGS_INIT;
	uint32_t n = e->pub.ncarriers - e->pub.ntests, i;
	struct taut_db_crow *rows;
	size_t len;

	/* The number comes from another row: it must fit before it is used. */
	if (n > (size_t)(rd.end - rd.p) / 3)
		return taut_db_damaged(db, "carriers", err);
	rows = taut_db_alloc(db, n, sizeof(*rows));
	if (!rows)
		return taut_nomem(err);
	for (i = 0; i < n && !rd.bad; i++) {
		rows[i].kind = taut_rd_u8(&rd);
		rows[i].owner = taut_unpack_string(&st, &rd, &db->arena, &len);
		if (!rows[i].owner)
			return taut_nomem(err);
		if (rows[i].kind <= TAUT_CARRIER_TEST ||
		    rows[i].kind > TAUT_CARRIER_SESSION)
			rd.bad = 1;
	}
	if (rd.bad || rd.p != rd.end)
		return taut_db_damaged(db, "carriers", err);
	e->carriers = rows;
	return 0;
}

int taut_db_carrier(struct taut_db *db, uint32_t env, uint32_t id, int *kind,
		    const char **owner, struct taut_err *err)
{
	struct taut_db_ecache *e = env_cache(db, env, err);
	struct taut_rd rd;
	int rc;

	if (!e)
		return TAUT_EINVAL;
	if (id < e->pub.ntests || id >= e->pub.ncarriers)
		return taut_fail(err, TAUT_EINVAL, "no carrier %u", id);
	if (!e->carriers) {
		rc = taut_db_env_blob(db, TAUT_Q_CARRIERS, env, &rd, err);
		if (!rc)
			rc = read_carriers(db, rd, e, err);
		if (rc)
			return rc;
	}
	*kind = e->carriers[id - e->pub.ntests].kind;
	*owner = e->carriers[id - e->pub.ntests].owner;
	return 0;
}

/* ---- tests ---- */

static int read_paths(struct taut_db *db, struct taut_rd *rd,
		      struct taut_db_ecache *e, uint32_t n)
{
	struct taut_strings st = TAUT_STRINGS_INIT;
	const char *path;
	uint32_t i;
	size_t len;

	for (i = 0; i < n && !rd->bad; i++) {
		path = taut_unpack_string(&st, rd, &db->arena, &len);
		if (!path ||
		    taut_map_add(&e->paths, path, len) == TAUT_MAP_NONE)
			return TAUT_ENOMEM;
		e->path_list[i] = path;
		if (e->paths.n != i + 1)
			rd->bad = 1; /* twice */
	}
	return 0;
}

static int read_modules(struct taut_db *db, struct taut_rd rd,
			struct taut_db_ecache *e, struct taut_err *err)
{
	uint32_t total = 0, i,
		 n = taut_rd_count(&rd, (size_t)(rd.end - rd.p) / 3);

	e->path_list = taut_db_alloc(db, n, sizeof(*e->path_list));
	e->tmods = taut_db_alloc(db, n, sizeof(*e->tmods));
	if (!e->path_list || !e->tmods || read_paths(db, &rd, e, n))
		return taut_nomem(err);
	for (i = 0; i < n; i++) {
		e->tmods[i].first = total;
		e->tmods[i].n = taut_rd_count(&rd, e->pub.ntests - total);
		total += e->tmods[i].n;
	}
	if (rd.bad || rd.p != rd.end || total != e->pub.ntests)
		return taut_db_damaged(db, "test files", err);
	e->have_tmods = 1;
	return 0;
}

/* The environment with the list of its test files loaded. */
static int tmods_of(struct taut_db *db, uint32_t env,
		    struct taut_db_ecache **out, struct taut_err *err)
{
	struct taut_db_ecache *e = env_cache(db, env, err);
	struct taut_rd rd;
	int rc;

	*out = e;
	if (!e)
		return TAUT_EINVAL;
	if (e->have_tmods)
		return 0;
	/* What a try that ran out of memory left. */
	taut_map_release(&e->paths);
	rc = taut_db_env_blob(db, TAUT_Q_MODULES, env, &rd, err);
	return rc ? rc : read_modules(db, rd, e, err);
}

static int read_names(struct taut_db *db, struct taut_rd *rd,
		      struct taut_db_test *t, const struct taut_db_tmod *m,
		      const char *path)
{
	struct taut_strings st = { path, strlen(path), 0 };
	uint32_t i;
	size_t n;

	for (i = 0; i < m->n && !rd->bad; i++) {
		t[i].id = m->first + i;
		t[i].path = path;
		t[i].outcome = TAUT_PASSED;
		t[i].nodeid = taut_unpack_string(&st, rd, &db->arena, &n);
		if (!t[i].nodeid)
			return TAUT_ENOMEM;
	}
	return 0;
}

/* The next test, `gap` places on, or NULL and bad. */
static struct taut_db_test *next_test(struct taut_rd *rd,
				      struct taut_db_test *t, uint32_t n,
				      uint32_t *next)
{
	uint32_t i;

	if (*next >= n)
		rd->bad = 1;
	if (rd->bad)
		return NULL;
	i = *next + taut_rd_count(rd, n - *next - 1);
	*next = i + 1;
	return rd->bad ? NULL : &t[i];
}

static void read_outcomes(struct taut_rd *rd, struct taut_db_test *tests,
			  uint32_t n)
{
	uint32_t count, len, next = 0;
	struct taut_db_test *t;
	uint8_t outcome;

	for (count = taut_rd_count(rd, n); count && !rd->bad; count--) {
		t = next_test(rd, tests, n, &next);
		len = taut_rd_count(rd, n - next);
		outcome = taut_rd_u8(rd);
		if (outcome > TAUT_NEW)
			rd->bad = 1;
		if (rd->bad)
			break;
		next += len;
		for (len++; len; len--)
			t++->outcome = outcome;
	}
}

static int read_reasons(struct taut_db *db, struct taut_rd *rd,
			struct taut_db_test *tests, uint32_t n)
{
	struct taut_strings st = TAUT_STRINGS_INIT;
	uint32_t count, next = 0;
	struct taut_db_test *t;
	size_t len;

	for (count = taut_rd_count(rd, n); count && !rd->bad; count--) {
		t = next_test(rd, tests, n, &next);
		if (!t)
			break;
		t->must_run = taut_unpack_string(&st, rd, &db->arena, &len);
		if (!t->must_run)
			return TAUT_ENOMEM;
	}
	return 0;
}

static int load_tests(struct taut_db *db, struct taut_db_ecache *e, size_t i,
		      struct taut_err *err)
{
	struct taut_db_tmod *m = &e->tmods[i];
	struct taut_db_test *t;
	struct taut_rd rd;
	int rc;

	if (m->tests)
		return 0;
	rc = taut_db_entry(db, TAUT_Q_TESTS,
			   (int64_t)((uint64_t)e->pub.id << 32 | i), &rd, err);
	if (rc)
		return rc;
	if (m->n > (size_t)(rd.end - rd.p) / 2)
		return taut_db_damaged(db, "tests of a file", err);
	t = taut_db_alloc(db, m->n, sizeof(*t));
	if (!t || read_names(db, &rd, t, m, e->path_list[i]))
		return taut_nomem(err);
	read_outcomes(&rd, t, m->n);
	if (read_reasons(db, &rd, t, m->n))
		return taut_nomem(err);
	if (rd.bad || rd.p != rd.end)
		return taut_db_damaged(db, "tests of a file", err);
	m->tests = t;
	return 0;
}

int taut_db_tests(struct taut_db *db, uint32_t env, const char *path,
		  const struct taut_db_test **tests, size_t *n, int *known,
		  struct taut_err *err)
{
	struct taut_db_ecache *e;
	uint32_t i;
	int rc = tmods_of(db, env, &e, err);

	*n = 0;
	*known = 0;
	if (rc)
		return rc;
	i = taut_map_get(&e->paths, path, strlen(path));
	if (i == TAUT_MAP_NONE)
		return 0;
	rc = load_tests(db, e, i, err);
	if (rc)
		return rc;
	*tests = e->tmods[i].tests;
	*n = e->tmods[i].n;
	*known = 1;
	return 0;
}

int taut_db_test(struct taut_db *db, uint32_t env, uint32_t id,
		 struct taut_db_test *out, struct taut_err *err)
{
	size_t lo = 0, hi, mid;
	struct taut_db_ecache *e;
	int rc = tmods_of(db, env, &e, err);

	if (rc)
		return rc;
	if (id >= e->pub.ntests)
		return taut_fail(err, TAUT_EINVAL, "no test %u", id);
	/* The last file whose first test is not behind id has it: files
	 * without tests share their `first` with the one after them. */
	for (hi = e->paths.n; hi - lo > 1;) {
		mid = lo + (hi - lo) / 2;
		if (e->tmods[mid].first <= id)
			lo = mid;
		else
			hi = mid;
	}
	rc = load_tests(db, e, lo, err);
	if (!rc)
		*out = e->tmods[lo].tests[id - e->tmods[lo].first];
	return rc;
}

int taut_db_test_files(struct taut_db *db, uint32_t env,
		       const char *const **paths, size_t *n,
		       struct taut_err *err)
{
	struct taut_db_ecache *e;
	int rc = tmods_of(db, env, &e, err);

	if (rc)
		return rc;
	*paths = e->path_list;
	*n = e->paths.n;
	return 0;
}
