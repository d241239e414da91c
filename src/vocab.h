/*
 * vocab - names that mean something of themselves.
 */
#ifndef TAUT_VOCAB_H
#define TAUT_VOCAB_H

#include <stdint.h>

/* Python, or pytest, looks for it of its own accord. */
int taut_vocab_is_special(const char *name);
/* "__x__": Python looks for it in a class. */
int taut_vocab_is_dunder(const char *name);
/* A member by which a class changes how it, or one below it, is made. */
int taut_vocab_makes_classes(const char *name);
/* The same, where it may do that by the members of that class: what gets no more
 * than the class has to say their names, or compute them. */
int taut_vocab_makes_members(const char *name);
/* By taut_name_hash(): a base of Python's that makes nothing of the members of
 * classes below it; the same, but for what is abstract. */
int taut_vocab_is_bare_base(uint32_t name);
int taut_vocab_is_abstract_base(uint32_t name);
/* By taut_name_hash(): there in every module. */
int taut_vocab_is_builtin(uint32_t name);
/* A class below this one of Python's is made by nothing but type(). */
int taut_vocab_is_plain_base(uint32_t name);
/* The same, of a builtin or of a name from a module of Python's that keeps
 * nothing (pure.h); metaclasses that only make a class of its body count. */
int taut_vocab_is_pure_base(uint32_t name);

/* Importing this library (struct taut_unit.calls) alters nothing that others
 * see. */
int taut_vocab_is_quiet_module(uint32_t path);
/* The same, but for an error. */
int taut_vocab_is_quiet_library(uint32_t path);
/* Such a one that Python has loaded before any module of a project. */
int taut_vocab_is_core_module(uint32_t path);
/* A library, by taut_dotted_top(), that hands out nothing but what is its own:
 * no plugins, no namespace that others fill. */
int taut_vocab_is_closed_library(uint32_t top);

#endif
