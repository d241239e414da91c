/*
 * namesloud - code of the project that runs where no text calls it: methods
 * behind operators, subscripts and attributes.  Most of it gives a value; what
 * may store something is loud (taut_dotted_loud()).
 */
#include <string.h>

#include "taut.h"
#include "namesfile.h"
#include "unit.h"

static const char *const operations[] = {
	"__abs__",
	"__add__",
	"__aiter__",
	"__and__",
	"__bool__",
	"__bytes__",
	"__ceil__",
	"__complex__",
	"__contains__",
	"__divmod__",
	"__eq__",
	"__float__",
	"__floor__",
	"__floordiv__",
	"__format__",
	"__ge__",
	"__getitem__",
	"__gt__",
	"__hash__",
	"__index__",
	"__int__",
	"__invert__",
	"__iter__",
	"__le__",
	"__len__",
	"__length_hint__",
	"__lshift__",
	"__lt__",
	"__matmul__",
	"__mod__",
	"__mul__",
	"__ne__",
	"__neg__",
	"__next__",
	"__or__",
	"__pos__",
	"__pow__",
	"__radd__",
	"__rand__",
	"__rdivmod__",
	"__repr__",
	"__reversed__",
	"__rfloordiv__",
	"__rlshift__",
	"__rmatmul__",
	"__rmod__",
	"__rmul__",
	"__ror__",
	"__round__",
	"__rpow__",
	"__rrshift__",
	"__rshift__",
	"__rsub__",
	"__rtruediv__",
	"__rxor__",
	"__str__",
	"__sub__",
	"__truediv__",
	"__trunc__",
	"__xor__",
	"__instancecheck__",
	"__subclasscheck__",
	"__fspath__",
};
static const char *const subscripts[] = { "__getitem__", "__missing__",
					  "__class_getitem__" };
static const char *const reads[] = { "__getattr__", "__getattribute__",
				     "__get__" };
#define N(table) (sizeof(table) / sizeof(*(table)))

/* Is there a loud method of that name? */
static int has_loud(struct taut_walk *w, uint32_t name, int *yes)
{
	const uint32_t *files;
	size_t n = 0;
	int rc = w->p->who(w->p->arg, taut_dotted_loud(name), &files, &n,
			   w->err);

	*yes = !rc && n;
	return rc;
}

static int has_one(struct taut_walk *w, const char *const *v, size_t n,
		   int flag)
{
	int yes = 0, rc = 0;
	size_t i;

	for (i = 0; i < n && !yes && !rc; i++)
		rc = has_loud(w, taut_name_hash(v[i], strlen(v[i])), &yes);
	if (yes)
		w->loud |= flag;
	return rc;
}

/* By which flags a unit may run a loud method, of the whole project; once. */
enum { LOUD_KNOWN = 1 };
static int find_loud(struct taut_walk *w)
{
	int rc;

	if (w->loud)
		return 0;
	w->loud = LOUD_KNOWN;
	rc = has_one(w, operations, N(operations), TAUT_SHEET_OPERATES);
	if (!rc)
		rc = has_one(w, subscripts, N(subscripts),
			     TAUT_SHEET_SUBSCRIPTS);
	return rc ? rc : has_one(w, reads, N(reads), TAUT_SHEET_READS);
}

int taut_walk_is_loud(struct taut_walk *w, const struct taut_sheet *s,
		      const struct taut_sheet_unit *u, int *loud)
{
	const int any =
		TAUT_SHEET_OPERATES | TAUT_SHEET_SUBSCRIPTS | TAUT_SHEET_READS;
	const struct taut_mention *m = u->text.v, *end = m + u->text.n;
	int rc = find_loud(w);

	*loud = (u->flags & w->loud & any) != 0;
	/* a property, or a name that is altered by reading it */
	for (; u->flags & any && m < end && !rc && !*loud; m++)
		if (m->flags & (TAUT_MENTION_NAME | TAUT_MENTION_BARE))
			rc = has_loud(w, m->name, loud);
	return rc || !*loud ? rc : taut_walk_says_project(w, s, u, loud);
}

struct ran {
	uint32_t file;
	int yes;
};

static int compare(void *arg, uint32_t module)
{
	struct ran *ran = arg;

	ran->yes |= module == ran->file;
	return 0;
}

/* May the file have read what is altered by that? */
static int finds_loud(struct taut_walk *w, uint32_t file, int *loud)
{
	const uint32_t *files;
	size_t n, k;
	int rc = w->p->who(w->p->arg, taut_dotted_loud(TAUT_LOUD_NAME), &files,
			   &n, w->err);

	for (k = 0; !rc && k < n && !*loud; k++) {
		if (files[k] == file)
			*loud = 1;
		else
			rc = taut_walk_imports(w, file, files[k], loud);
	}
	return rc;
}

int taut_walk_was_loud(struct taut_walk *w, uint32_t file, int *loud)
{
	const uint32_t any = taut_dotted_loud(TAUT_LOUD_METHOD);
	struct ran ran = { .file = file };
	const struct taut_sheet *s;
	const uint32_t *files;
	size_t n, k;
	uint32_t i;
	int rc = w->p->who(w->p->arg, taut_name_hash("setLoggerClass", 14),
			   &files, &n, w->err);

	/* getLogger() gives a value, and may make one of the project's */
	ran.yes = !rc && n;
	if (!rc)
		rc = w->p->who(w->p->arg, any, &files, &n, w->err);
	for (k = 0; !rc && k < n && !ran.yes; k++) {
		rc = taut_walk_sheet(w, files[k], &s);
		for (i = 0; !rc && s && i < s->nsuites && !ran.yes; i++)
			if (taut_text_has(&s->suites[i].text, any))
				rc = w->p->importers(w->p->arg, files[k],
						     s->suites[i].hash, compare,
						     &ran, w->err);
	}
	*loud = ran.yes;
	return rc ? rc : finds_loud(w, file, loud);
}
