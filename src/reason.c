#include "reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hash.h"

const char *taut_reason_text(struct taut_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = n < 0 ? NULL : taut_arena_alloc(a, (size_t)n + 1);
	if (!s)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

/* ---- carriers ---- */

static const char *kind_name(int kind)
{
	switch (kind) {
	case TAUT_CARRIER_TEST:
		return "test";
	case TAUT_CARRIER_FIXTURE:
		return "fixture";
	case TAUT_CARRIER_MODULE:
		return "module";
	case TAUT_CARRIER_MEMO:
		return "memo";
	case TAUT_CARRIER_COLLECTION:
		return "collection of";
	case TAUT_CARRIER_SESSION:
		return "session";
	default:
		return "carrier";
	}
}

int taut_reason_carrier(const struct taut_reason_source *s, uint32_t id,
			const char **out, struct taut_err *err)
{
	struct taut_db_test t;
	const char *owner;
	int kind, rc;

	if (id < s->ntests) {
		rc = taut_db_test(s->db, s->env, id, &t, err);
		*out = t.nodeid;
		return rc;
	}
	rc = taut_db_carrier(s->db, s->env, id, &kind, &owner, err);
	if (rc)
		return rc;
	/* There is one session in a run; its name says no more. */
	if (kind == TAUT_CARRIER_SESSION)
		owner = "";
	*out = taut_reason_text(s->arena, "%s%s%s", kind_name(kind),
				*owner ? " " : "", owner);
	return *out ? 0 : taut_nomem(err);
}

/* Append the carriers between a test and its cause; the last one is *end. */
static int add_carriers(const struct taut_reason_source *s,
			const struct taut_select *select, uint32_t test,
			struct taut_buf *b, uint32_t *end, struct taut_err *err)
{
	uint32_t c = test, next;
	const char *name;
	int rc = 0;

	while ((next = select->marks[c].via) != c && !rc) {
		c = next;
		rc = taut_reason_carrier(s, c, &name, err);
		if (!rc && taut_buf_printf(b, "%s%s", b->n ? " > " : "", name))
			rc = taut_nomem(err);
	}
	*end = c;
	return rc;
}

static int chain(const struct taut_reason_source *s, uint32_t test,
		 const char **out, struct taut_err *err)
{
	struct taut_buf b = TAUT_BUF_INIT;
	uint32_t end;
	int rc = add_carriers(s, s->select, test, &b, &end, err);

	*out = b.n ? taut_arena_dup(s->arena, b.p, b.n) : "";
	if (!rc && !*out)
		rc = taut_nomem(err);
	taut_buf_release(&b);
	return rc;
}

/* ---- sentences ---- */

static int is_char(const struct taut_change *c, char what)
{
	struct taut_digest d = taut_digest_of(&what, 1);

	return c->state == TAUT_TREE_FOUND && taut_digest_eq(&d, &c->digest);
}

static const char *exists_text(struct taut_arena *a,
			       const struct taut_change *c)
{
	const char *path = c->file->path;

	if (is_char(c, '-'))
		return taut_reason_text(a, "%s is gone", path);
	if (is_char(c, 'f'))
		return taut_reason_text(a, "%s is a file now", path);
	if (is_char(c, 'x'))
		return taut_reason_text(a, "%s can be executed now", path);
	if (is_char(c, 'd'))
		return taut_reason_text(a, "%s is a directory now", path);
	return taut_reason_text(a, "%s is something else now", path);
}

static const char *lookup_text(struct taut_arena *a,
			       const struct taut_change *c)
{
	static const struct {
		char state;
		const char *what;
	} found[] = {
		{ '-', "nothing" },
		{ 'm', "a .py file" },
		{ 'p', "a package" },
		{ 'x', "an extension module" },
		{ 'c', "a .pyc file" },
		{ 'n', "a directory without __init__.py" },
	};
	const char *path = c->file->path, *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path, *what = "something else";
	int n = slash ? (int)(slash - path) : 1;
	size_t i;

	for (i = 0; i < sizeof(found) / sizeof(found[0]); i++)
		if (is_char(c, found[i].state))
			what = found[i].what;
	return taut_reason_text(a, "import %s finds %s in %.*s now", name, what,
				n, slash ? path : ".");
}

static const char *conftest_text(struct taut_arena *a,
				 const struct taut_change *c)
{
	const char *path = c->file->path;

	return is_char(c, '-') ? taut_reason_text(a, "%s.py is gone", path) :
				 taut_reason_text(a, "%s.py appeared", path);
}

static const char *dist_text(struct taut_arena *a, const struct taut_change *c)
{
	static const struct taut_digest absent;
	static const char import[] = "import ";
	const char *name = c->file->path;

	if (!strcmp(name, "*"))
		return taut_reason_text(a, "the installed distributions "
					   "changed");
	if (!strncmp(name, import, sizeof(import) - 1))
		return taut_reason_text(a, "%s finds something installed now",
					name);
	return taut_reason_text(a,
				taut_digest_eq(&c->digest, &absent) ?
					"distribution %s is not installed now" :
					"installed distribution %s changed",
				name);
}

static const char *input_text(struct taut_arena *a, const struct taut_change *c)
{
	const char *path = *c->file->path ? c->file->path : ".";

	switch (c->file->kind) {
	case TAUT_LISTING:
		return taut_reason_text(a, "the names in %s changed", path);
	case TAUT_EXISTS:
		return exists_text(a, c);
	case TAUT_ENVVAR:
		return taut_reason_text(a, "environment variable %s changed",
					path);
	case TAUT_DIST:
		return dist_text(a, c);
	default:
		return taut_reason_text(a, "%s changed", path);
	}
}

static const char *detail_of(struct taut_arena *a, const struct taut_change *c,
			     int code)
{
	const char *path = c->file->path;

	if (c->syntax)
		return taut_reason_text(a, "%s does not compile", path);
	switch (code) {
	case TAUT_WHY_MODULE:
		return c->fallback ?
			       taut_reason_text(a,
						"module level of %s changed, "
						"as a whole (%s)",
						path, c->fallback) :
			       taut_reason_text(a, "module level of %s changed",
						path);
	case TAUT_WHY_GONE:
		return taut_reason_text(a,
					c->state == TAUT_TREE_ABSENT ?
						"%s is gone" :
						"%s cannot be read",
					path);
	case TAUT_WHY_LOOKUP:
		return lookup_text(a, c);
	case TAUT_WHY_CONFTEST:
		return conftest_text(a, c);
	case TAUT_WHY_INPUT:
		return input_text(a, c);
	default:
		return taut_reason_text(a, "code in %s changed", path);
	}
}

/* Of all that a child could have read, one thing that is known to differ. */
static const char *tree_text(const struct taut_reason_source *s,
			     const char **path)
{
	static const char why[] = "it starts a child process that could not "
				  "be observed";
	const struct taut_change *c;
	size_t i;

	for (i = 0; i < s->changes->n; i++) {
		c = &s->changes->v[i];
		if ((c->file->kind != TAUT_PY && c->file->kind != TAUT_DATA) ||
		    !strncmp(c->file->path, "../", 3))
			continue;
		*path = c->file->path;
		return taut_reason_text(s->arena, "%s changed (%s)", *path,
					why);
	}
	return taut_reason_text(s->arena, "a file of the project changed (%s)",
				why);
}

const char *taut_reason_kind(int kind)
{
	switch (kind) {
	case TAUT_PY:
		return "source";
	case TAUT_DATA:
		return "file";
	case TAUT_LISTING:
		return "names in";
	case TAUT_EXISTS:
		return "path";
	case TAUT_ENVVAR:
		return "variable";
	case TAUT_LOOKUP:
		return "import";
	case TAUT_DIST:
		return "distribution";
	case TAUT_TREE:
		return "tree";
	default:
		return "input";
	}
}

/* A test that runs whatever the tree says. */
static void must_run(const struct taut_db_test *t, struct taut_reason *out)
{
	if (t->must_run) {
		out->code = TAUT_WHY_INCOMPLETE;
		out->detail = t->must_run;
	} else if (t->outcome == TAUT_FAILED) {
		out->code = TAUT_WHY_FAILED;
		out->detail = "it failed in its last run";
	} else if (t->outcome == TAUT_NEW) {
		out->code = TAUT_WHY_NEW;
		out->detail = "it has not been run yet";
	}
}

/* ---- names ---- */

/* "below (app.py:2)" of step `i` and those before it, the first one last. */
static int add_steps(const struct taut_reason_source *s,
		     const struct taut_names *n, uint32_t i, struct taut_buf *b,
		     uint32_t *first)
{
	const struct taut_names_step *step;
	const char *path;
	int bad = 0;

	for (;;) {
		step = &n->steps[i];
		path = s->byname->project.files[step->file].path;
		*first = i;
		if (step->from == i)
			return bad;
		if (step->line)
			bad |= taut_buf_printf(b, "%s%s (%s:%u)",
					       b->n ? " > " : "", step->what,
					       path, step->line);
		else
			bad |= taut_buf_printf(b, "%s%s (%s)",
					       b->n ? " > " : "", step->what,
					       path);
		i = step->from;
	}
}

int taut_reason_named(const struct taut_reason_source *s,
		      struct taut_byname_cause *c, uint32_t test,
		      struct taut_reason *out, struct taut_err *err)
{
	const struct taut_select *reach;
	const struct taut_names_hit *hit;
	const struct taut_names_step *step;
	struct taut_buf b = TAUT_BUF_INIT;
	uint32_t end, first = 0;
	int rc;

	out->code = TAUT_WHY_NAME;
	out->path = s->byname->project.files[c->file].path;
	rc = taut_byname_reach(s->byname, c, err);
	reach = rc ? NULL : taut_byname_reached(c, test);
	if (!rc && !reach) {
		out->detail = taut_reason_text(
			s->arena, "%s changed: does it load?", out->path);
		return out->detail ? 0 : taut_nomem(err);
	}
	if (!rc)
		rc = add_carriers(s, reach, test, &b, &end, err);
	if (!rc)
		rc = taut_byname_hit(s->byname, c, end, &hit, err);
	if (!rc && hit && add_steps(s, &c->names, hit->step, &b, &first))
		rc = taut_nomem(err);
	if (rc)
		goto out;
	step = &c->names.steps[first];
	out->detail =
		step->line ?
			taut_reason_text(
				s->arena, "%s changed (%s:%u)%s", step->what,
				out->path, step->line,
				hit ? "" : ", which a file it reads may name") :
			taut_reason_text(
				s->arena, "%s of %s changed%s", step->what,
				out->path,
				hit ? "" : ", which a file it reads may name");
	out->via = taut_arena_dup(s->arena, b.p ? (void *)b.p : "", b.n);
	if (!out->detail || !out->via)
		rc = taut_nomem(err);
out:
	taut_buf_release(&b);
	return rc;
}

int taut_reason_of(const struct taut_reason_source *s, uint32_t test,
		   struct taut_reason *out, struct taut_err *err)
{
	const struct taut_select_mark *m;
	const struct taut_change *c;
	struct taut_db_test t;
	int rc;

	out->code = TAUT_WHY_NONE;
	out->path = out->via = out->detail = "";
	rc = taut_db_test(s->db, s->env, test, &t, err);
	if (rc)
		return rc;
	must_run(&t, out);
	m = taut_select_broken(s->select, test);
	if (!out->code && !m && s->byname && s->byname->tests[test])
		return taut_reason_named(
			s, &s->byname->causes[s->byname->tests[test] - 1], test,
			out, err);
	if (out->code || !m)
		return 0;
	c = &s->changes->v[m->cause - 1];
	out->code = m->code;
	out->path = c->file->path;
	out->detail = c->file->kind == TAUT_TREE ?
			      tree_text(s, &out->path) :
			      detail_of(s->arena, c, m->code);
	if (!out->detail)
		return taut_nomem(err);
	return chain(s, test, &out->via, err);
}
