/*
 * mention - tokens -> what they mention.
 *
 * Fills in the texts of a sheet.  More may be mentioned than is there, never
 * less; a function's own names are no mention, but for those that it imports:
 *
 *	x		NAME x
 *	.x, f(x=1)	BARE x
 *	"x", "a.b:x"	BARE of every part; the whole as a MODULE, told apart
 *	mod, mod.sub	the path that `mod` was imported from, as a MODULE,
 *			unless it is called
 *	import x	in a function: NAME and BARE of every part
 *	eval, pickle	ANY; globals, vars: OWN (also under another name)
 *	f(__name__)	OWN, unless f is a logger's
 *	getattr(x, y)	ATTRS: by a name that is computed (mentionattr.c)
 *	self.x, prose	the name as a word (taut_dotted_word), a MODULE
 *
 * A string with a blank in it is prose, unless it is code: it imports, or stands
 * where code is expected.  A docstring is nothing but for its examples.  A suite also mentions the function or class of module level that
 * it belongs to: who ran it depends on all of that.
 */
#ifndef TAUT_MENTION_H
#define TAUT_MENTION_H

#include "outline.h"
#include "scope.h"
#include "sheet.h"
#include "unit.h"

struct taut_mention_source {
	const struct taut_outline *o;
	const struct taut_scopes *sc;
	const struct taut_source *source;	/* scanned; not opaque */
	const struct taut_span *spans;	/* of its units */
	const struct taut_imported *imported;
	int lazy_annotations;
};

/* 0 or TAUT_ENOMEM; all is put into the sheet's arena. */
int taut_mention_fill(struct taut_sheet *s,
		      const struct taut_mention_source *src);

#endif
