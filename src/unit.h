/*
 * unit - module and class level, cut into statements with the names they bind.
 *
 *	import		one unit for every name
 *	def		core, annotations and docstring: up to three units
 *	class		its header; then one unit for every statement in it
 *	if, try		cut into what they contain, under a `branch`; a guard
 *			that can do something or binds names is a unit too
 *	with, for, while, match		one unit with all that they bind
 *	__all__ = [...]	the list, and one unit for every name in it, whose
 *			class is called TAUT_EXPORTS
 *	anything else	one unit
 *
 * Docstrings of classes and modules are DEF_DOC units as well (of the class's
 * name and of `__doc__`); a def's covers those of the definitions in it.  The
 * core of a def includes whether it is a generator and whether it has a
 * docstring; a class's whether its functions use super() (its namespace then
 * has __classcell__).  Bodies of functions are no part of any unit, save those
 * on the def's line.
 *
 * The version is a hash of all units but docstrings, in their order.
 */
#ifndef TAUT_UNIT_H
#define TAUT_UNIT_H

#include "pure.h"
#include "scope.h"
#include "util.h"

#define TAUT_EXPORTS "__all__"

/* The tokens [first, end) of a unit; `header`: those of its def or class. */
struct taut_span {
	uint32_t first, header, end;
};

struct taut_units {
	struct taut_unit *v;	/* owned; strings are the arena's */
	struct taut_span *spans;	/* owned; one for every unit */
	size_t n, cap, cap_spans;
	uint64_t version;
};

struct taut_unit_config {
	const struct taut_imported *imported;
	uint64_t salt;		/* what changes every unit's meaning */
	int lazy_annotations;	/* from __future__ import annotations */
};

/* 0 or TAUT_ENOMEM; release either way.  `arena` outlives `us`. */
int taut_units_init(struct taut_units *us, const struct taut_outline *o,
		    const struct taut_scopes *sc,
		    const struct taut_unit_config *conf,
		    struct taut_arena *arena);
void taut_units_release(struct taut_units *us);

/* Do module versions have this unit?  They have no docstrings but the module's;
 * the others are versions of their own. */
int taut_unit_in_version(int kind, const char *owner, uint32_t nnames,
			 const char *const *names);

#endif
