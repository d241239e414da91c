/*
 * core.h - the recorder's state, shared by the files of the extension.
 *
 * At most one recording is active in a process.  It knows
 *
 *	files		sources as they were loaded, and inputs, numbered as in
 *			the log; every suite and every input has an *id*, dense
 *			over all files and never used again in this process
 *	carriers	sets of ids with references to carriers (taut.h)
 *	stacks		the open carriers, one stack a thread; what runs is
 *			charged to the top of the running thread's stack, or of
 *			the main stack if the thread has nothing open
 *
 * Epochs.  Every carrier has an epoch of its own.  taut_epoch is that of the
 * carrier which is being charged; a probe that carries the same number has
 * nothing to tell.  So opening, closing and opening again cost one store.
 *
 * The collector runs project code (finalizers) at any allocation of a Python
 * object, so hits may be added and carriers opened inside every call of the C
 * API: carriers and files never move, their vectors do.  Loops count, and no
 * pointer into a vector is held across such a call.
 *
 * Children of the run (programs that recorded code starts, and forks) have a
 * recorder too, which writes no log: all that would be charged to a carrier is
 * told at once in a stream (stream.c), and the process that keeps the log
 * makes one carrier of each family of them (family.c).
 *
 * Everything runs under the GIL.
 */
#ifndef TAUT_CORE_H
#define TAUT_CORE_H

#include "compat.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "taut.h"

#define NONE UINT32_MAX

/* ---- growing arrays ---- */

struct vec {
	uint32_t *p;	/* owned */
	size_t n, cap;
};

/* Room for `need` elements of `size` bytes in *p; 0, or -1: no memory. */
int taut_room(void *p, size_t *cap, size_t need, size_t size);
static inline int vec_add(struct vec *v, uint32_t x)
{
	if (v->n == v->cap && taut_room(&v->p, &v->cap, v->n + 1, sizeof(x)))
		return -1;
	v->p[v->n++] = x;
	return 0;
}
void vec_sort(struct vec *v);	/* ascending, without duplicates */
void vec_free(struct vec *v);

/*
 * idset.c: a bit for each id, where most ids of a set lie close together.
 * Sorting a test's thousand hits was 1.5 % of recording click, this a third.
 */
struct idset {
	uint64_t *words;	/* owned */
	size_t cap, low, high;	/* only words low .. high - 1 hold bits */
};

/* Make room for ids below n; -1: out of memory. */
int idset_room(struct idset *s, size_t n);
void idset_clear(struct idset *s);
/* The first id from `from` on, or NONE. */
uint32_t idset_next(const struct idset *s, uint32_t from);
void idset_free(struct idset *s);

static inline int idset_has(const struct idset *s, uint32_t id)
{
	return id / 64 < s->high && s->words[id / 64] >> id % 64 & 1;
}

/* Was it new? */
static inline int idset_add(struct idset *s, uint32_t id)
{
	size_t at = id / 64;
	uint64_t bit = 1ull << id % 64;

	if (s->words[at] & bit)
		return 0;
	s->words[at] |= bit;
	if (s->low == s->high) {
		s->low = at;
		s->high = at + 1;
	} else if (at < s->low) {
		s->low = at;
	} else if (at >= s->high) {
		s->high = at + 1;
	}
	return 1;
}

/* ---- files ---- */

enum mark_flags {
	MARK_STORES = 1,	/* a function that stores outside itself */
	MARK_MEMO = 2,		/* a function whose value outlives the call */
	MARK_PROPERTY = 4,	/* ... and that is read as an attribute */
	MARK_ASYNC = 8,		/* ... and may be suspended in between */
	MARK_SUBCLASS = 16,	/* a module that derives from what it imports */
	MARK_DICT = 32,		/* a file that gives objects a foreign __dict__ */
	MARK_FILE = 64,		/* a memo whose value is in a file, for all
				 * processes of the run */
};

/* What the import statements of one suite came to; valid for one state of
 * the loaded modules and of sys.path. */
struct resolved {
	uint32_t suite;
	uint64_t state;
	struct vec ids, refs;	/* inputs; carriers */
};

struct file {
	uint32_t number;		/* the handle, and the log's number */
	int kind;			/* enum taut_kind */
	uint32_t base, nids;		/* ids base .. base + nids - 1 */
	char *path;			/* owned */
	struct taut_digest digest;
	struct taut_source *source;	/* owned; NULL: an input */
	uint32_t *up;			/* owned, by suite: the suite around it,
					 * NONE above functions; NULL: an input */
	int opaque;			/* probes say no more than "entered" */
	int reads_doc;			/* it may read docstrings, of any file */
	uint32_t whole;			/* the DATA file with the same bytes */
	uint32_t module;		/* carrier of the load */
	uint8_t *marks;			/* owned, by suite; NULL: none */
	uint32_t *memos;		/* owned, by suite: carrier, or NONE */
	struct resolved *resolved;	/* owned */
	size_t nresolved, cap;
	uint32_t *starts;		/* owned: line -> memo begun there */
	uint32_t nlines;		/* of starts */
	struct vec alters;		/* line of an import << 1 | subclass:
					 * module level alters what it names */
	/* trace core only */
	uint32_t *lines;		/* owned: line -> suite */
	uint32_t *calls;		/* owned: line of a header -> function */
	uint32_t nmapped;		/* lines of both */
	uint64_t *seen;			/* owned: suite -> epoch of its hit */
	struct vec unlined;		/* suites without a line of their own */
};

/* ---- carriers ---- */

struct carrier {
	uint32_t number;
	uint8_t kind;			/* enum taut_carrier_kind */
	uint8_t final, dirty, freed;
	uint8_t told, told_final;	/* was it written, and how? */
	int open;			/* levels of stacks that hold it */
	uint64_t epoch;
	char *owner;			/* owned */
	struct vec hits;		/* ids, in any order, with duplicates */
	size_t compact_at;
	struct vec refs;		/* number << 2 | enum taut_edge */
	size_t told_ids, told_refs;	/* its last record's */
	char *incomplete;		/* owned: why */
	uint32_t file;			/* MODULE: what was loaded */
	char *package;			/* owned; MODULE: its __package__ */
	PyObject *noted;		/* owned set; MODULE: names it imports */
	uint32_t memo;			/* MEMO: id of the function's suite */
	uint32_t shadow;		/* TEST: the carrier that others refer to */
};

struct level {
	struct carrier *c;
	int depth;	/* MEMO: of the frame that opened it; else 0 */
};
struct stack {
	uint64_t thread;	/* PyThreadState's unique id, never reused */
	struct level *p;	/* owned */
	size_t n, cap;
	uint32_t home;		/* carrier of what the thread does later */
	uint32_t origin;	/* what was charged when it was first seen */
	int traced;		/* trace core: its tracer was set once */
	struct stack *next;	/* owned */
};

/* ---- this process as a child of the run ---- */

/* What it told to whom started it (stream.c): everything once. */
struct telling {
	struct taut_stream *out;	/* owned; NULL: it writes a log */
	uint64_t epoch;		/* that of every carrier */
	uint32_t limit;		/* carriers below it are the recording's that
				 * this process was forked from */
	uint32_t nfiles;	/* told */
	uint32_t *files;	/* owned: file -> its number there + 1, or 0 */
	uint8_t *ids, *uses;	/* owned: id, carrier -> was it told? */
	size_t cap_files, cap_ids, cap_uses;
};

/* ---- the recording ---- */

/* What functions say of themselves. */
enum { META_DOCS, META_NOTES };
enum core { CORE_PROBE, CORE_TRACE };

struct recording {
	struct taut_log *log;		/* owned */
	pid_t pid;			/* whose log it is; 0: of none */
	int core;			/* enum core */
	char *root;			/* owned */
	char *dir;			/* owned: of the run */
	char *name;			/* owned: of the log or stream */
	uint32_t nstarted;		/* children, for their names */
	struct telling told;
	char *broken;			/* owned: why the log stopped */

	struct file **files;		/* owned; base ascending */
	size_t nfiles, cap_files;
	struct vec of;			/* id - first_id -> number of its file */
	uint32_t first_id;
	struct carrier **carriers;	/* owned */
	size_t ncarriers, cap_carriers;
	struct vec dirty;		/* closed carriers to write again */
	struct stack main;
	struct stack *others;		/* the last used one first */
	size_t nothers_open;		/* levels on other threads' stacks */
	struct carrier *session;
	struct carrier *docs;		/* all docstrings, once somebody reads */

	uint32_t *stamps;		/* owned: by carrier */
	size_t cap_stamps;
	uint32_t stamp;
	struct idset importing;		/* suites with import statements, and all
					 * of opaque files; from first_id on */
	struct idset entered, ids;	/* scratch of one write, the same */
	struct vec refs, suites;	/* the same */
	struct taut_log_dep *deps;	/* owned, scratch */
	struct taut_log_ref *lrefs;	/* owned, scratch */
	size_t cap_deps, cap_lrefs;

	/* owned, all of them; dicts */
	PyObject *project_path;		/* callable */
	PyObject *settings;		/* callable, for children; or None */
	PyObject *paths;	/* file name -> path, or None */
	PyObject *dirs;		/* directory -> path with "/", or None */
	PyObject *inputs;	/* (kind, path, digest) -> handle */
	PyObject *modules;	/* path -> carrier */
	PyObject *read;		/* owner -> carrier, of those in meta.c */
	PyObject *names;	/* module name -> carrier */
	PyObject *children;	/* package -> {last part: carrier} */
	PyObject *importers;	/* package -> [carriers that import it] */
	PyObject *lookups;	/* name -> bytes: state, ids */
	PyObject *awaited;	/* module name -> [carriers that made code which
				 * imports it, when it was not loaded] */
	struct taut_dirs *listed;	/* for lookups; NULL: no memory */
	uint64_t loads;		/* grows with every module loaded */
	struct vec properties;	/* carriers of cached properties */
	int enumerates;		/* some source mentions __subclasses__ */
	struct vec derivers;	/* modules that do not matter until then */
	int shares_dict;	/* some source has MARK_DICT */
	struct own *owns;	/* owned; objects with a memo of their own */
	size_t nowns, cap_owns;	/* open addressing; power of two */
	PyObject *attributes;	/* id of a memo's suite -> its attributes */
	PyObject *places;	/* (id, place, or None) -> carrier */
};

extern struct recording *taut_rec;	/* NULL: none is active */
extern uint64_t taut_epoch;
/* No carrier has these. */
#define EPOCH_NONE 0
#define EPOCH_SHARED UINT64_MAX	/* several carriers are charged at once */

/* recording.c */
/* `child`: of the run; it writes a stream.  -1 with an error; free it then. */
int recording_open(struct recording *r, const char *dir, const char *writer,
		   const char *root, int child);
void recording_free(struct recording *r);

/* files.c */
void files_free(struct recording *r);
struct file *file_source(struct recording *r, const char *path,
			 const void *data, size_t n);
struct file *file_input(struct recording *r, int kind, const char *path,
			const struct taut_digest *d);
/* For each hit of each test: searching them was 0.5 % of recording click. */
static inline struct file *file_of(const struct recording *r, uint32_t id)
{
	return id >= r->first_id && id - r->first_id < r->of.n ?
		       r->files[r->of.p[id - r->first_id]] :
		       NULL;
}
/* The DATA file with the same path and bytes. */
struct file *file_whole(struct recording *r, struct file *f);
/* Today's content of `path`, as an input. */
struct file *file_now(struct recording *r, const char *path);
int file_marks(struct recording *r, struct file *f, PyObject *marks);
/* The project path of a file name: borrowed str, or NULL without error. */
PyObject *project_path(struct recording *r, PyObject *filename);
/* The path, with "/" behind, of a directory of the project: as above. */
PyObject *project_dir(struct recording *r, PyObject *dirname);

/* carrier.c */
struct carrier *carrier_new(struct recording *r, int kind, const char *owner);
void carriers_free(struct recording *r);
struct stack *stack_here(struct recording *r);
/* The stack that is charged for what this thread does; never empty. */
struct stack *stack_charged(struct recording *r);
static inline struct carrier *stack_top(const struct stack *s)
{
	return s->p[s->n - 1].c;
}
int stack_push(struct recording *r, struct stack *s, struct carrier *c,
	       int depth);
/* Take away levels until n are left. */
void stack_cut(struct recording *r, struct stack *s, size_t n);
void carrier_ref(struct recording *r, struct carrier *c, uint32_t number,
		 int edge);
void carrier_dep(struct recording *r, struct carrier *c, uint32_t id);
/* What a carrier that is no test's own may refer to for c: nothing refers to
 * a test, so one gets a shadow, which takes over all that it holds. */
uint32_t carrier_target(struct recording *r, struct carrier *c);
void carrier_dirty(struct recording *r, struct carrier *c);
void carrier_incomplete(struct carrier *c, const char *reason);
void all_incomplete(struct recording *r, const char *reason);
/* A new epoch, from now on that of every carrier, whatever is open. */
uint64_t epoch_for_all(struct recording *r);
/* The slow path: `id` was entered.  The epoch to remember, or 0: none. */
uint64_t taut_hit(uint32_t id, unsigned flags);

/* write.c */
int carrier_write(struct recording *r, struct carrier *c, int final,
		  struct taut_err *err);
int write_dirty(struct recording *r, struct taut_err *err);
/* Find out what the import statements that `c` reached refer to. */
void carrier_settle(struct recording *r, struct carrier *c);

/* docs.c */
/* A source was loaded: its docstrings, should anybody read docstrings. */
void docs_add(struct recording *r, struct file *f);
/* May that data file be a template that names docstrings? */
int docs_in_data(struct recording *r, const char *path);
/* What runs now reads docstrings, whose nobody knows. */
void docs_read(struct recording *r);
/* The carrier of all docstrings, from now on; NULL: out of memory. */
struct carrier *docs_begin(struct recording *r);
void docs_install(void);
void docs_remove(void);

/* meta.c */
/* c has read what functions (of the file; "": any) say of themselves. */
void meta_refer(struct recording *r, struct carrier *c, int what,
		const char *path);
/* What runs now may see all of it without a question that could be seen. */
void meta_look(void);
void meta_install(void);
void meta_remove(void);

/* probe.c */
enum role { ROLE_ENTER, ROLE_MEMO, ROLE_EXIT, ROLE_LINK, ROLE_SEE, ROLE_OWN };
extern PyTypeObject taut_probe_type;
int probe_bind(PyObject *code, struct file *f);
/* Does the code object hold a probe?  *memo: the id of the memo that it opens
 * (a function's whole body), or NONE. */
int probe_in(PyObject *code, uint32_t *memo);
PyObject *probe_inert(PyObject *module, PyObject *args);
/* Somebody looks at the code object: as if all of it had run. */
void probe_read(PyObject *code);

/* imports.c */
void imports_of_suite(struct recording *r, struct carrier *c, struct file *f,
		      uint32_t suite);
/* `module` is about to be executed from `path`: a carrier, not yet open. */
struct carrier *module_begin(struct recording *r, PyObject *module,
			     const char *path);
void module_end(struct recording *r, struct carrier *c, PyObject *module);
/* The same for one that a loader of the project's own, or of a library's,
 * makes of what it likes; NULL: no memory. */
struct carrier *module_made(struct recording *r, PyObject *name);
/* A source was loaded: does it ask classes for their subclasses? */
void enumerates(struct recording *r, const struct file *f);
/* c imports the modules of the dotted name, as `from name import sub`. */
void imports_dynamic(struct recording *r, PyObject *name, PyObject *package,
		     long level, PyObject *fromlist);
/* Code that the current carrier made imports the module, now or later: not
 * only who calls it first depends on it. */
void imports_await(struct recording *r, PyObject *name);
/* Python looks for the module in these directories (None: sys.path). */
void imports_sought(struct recording *r, PyObject *name, PyObject *path);

/* A module's own variable: borrowed, or NULL without error.  Asks no
 * __getattr__: that would run the project's code. */
PyObject *module_var(PyObject *module, const char *name);

/* lookup.c */
/* Append to `ids` what looking for `leaf` in these directories depends on, in
 * Python's order, up to where it is; `module`: what was found, or NULL. */
int lookup_path(struct recording *r, struct vec *ids, PyObject *path,
		PyObject *leaf, PyObject *module);

/* installed.c */
/* The carrier of an installed module's top-level name, or NONE: it is of the
 * standard library, or nothing is looked for. */
uint32_t installed_top(struct recording *r, PyObject *name);
/* The same for a submodule that is not there though its package is: only a
 * package of several distributions (a namespace) can get it from others. */
uint32_t installed_gap(struct recording *r, PyObject *name, PyObject *package);

/* memo.c */
struct carrier *memo_carrier(struct recording *r, uint32_t id);
void memo_enter(struct recording *r, uint32_t id);
void memo_open(struct recording *r, uint32_t id, struct carrier *c);
/* A new carrier of the function; `where`: of which part of its calls, or "". */
struct carrier *memo_new(struct recording *r, uint32_t id, const char *where);
void memo_exit(struct recording *r, uint32_t id);
void memo_link(struct recording *r, uint32_t id);
/* Close memos whose frame an exception has left; `id` is being entered. */
void memo_unwind(struct recording *r, struct stack *s, uint32_t id);
void memo_property(struct recording *r, struct carrier *module,
		   struct carrier *memo);
void memo_properties(struct recording *r, struct carrier *module);
int memo_install(void);
void memo_remove(void);

/* own.c */
/* The function of `id` is entered with `self`, in which it remembers. */
void own_see(struct recording *r, uint32_t id, PyObject *self);
/* ... and begins to make the value. */
void own_enter(struct recording *r, uint32_t id, PyObject *self);
/* The function's memo for objects of a place, a path; NULL: no memory. */
struct carrier *own_memo(struct recording *r, uint32_t id, const char *where);
/* `names`: attributes, separated by NUL. */
int own_names(struct recording *r, uint32_t id, const char *names, size_t n);
void own_free(struct recording *r);

/* hooks.c */
struct hook {
	PyObject_HEAD vectorcallfunc run;	/* of hook_method(); else NULL */
	PyObject *original;			/* owned */
	PyObject *helper;			/* owned, or NULL */
	int what;
};
extern PyTypeObject taut_hook_type;
/* `run` is called for a method, with this hook: it calls the original. */
PyObject *hook_method(PyObject *original, PyObject *helper, vectorcallfunc run);
PyObject *hook_exec(PyObject *original);
PyObject *hook_get_code(PyObject *original, PyObject *helper);
/* `child`: of the run, from its start to its end. */
int hooks_install(int child);
PyObject *hook_search(PyObject *original);
void hooks_remove(void);
/* The active recording, if this is its interpreter. */
struct recording *recording_here(void);

/* execd.c */
int execd_install(void);
/* Code that is about to run, and that no loader of ours made. */
void execd_imports(struct recording *r, PyObject *code);

/* code.c */
void code_install(void);
void code_remove(void);

/* around.c, outcome.c, fixture.c: for pytest's hooks */
extern PyTypeObject taut_around_type, taut_outcome_type, taut_uses_type;

/* stream.c */
/* Is this process a child of the run, which tells what it does? */
static inline int telling(const struct recording *r)
{
	return r->told.out != NULL;
}
/* From now on; takes `out`.  `forked`: what the process had so far stays with
 * the one that it was forked from. */
void tell_begin(struct recording *r, struct taut_stream *out, int forked);
void tell_end(struct recording *r);
void tell_id(struct recording *r, uint32_t id);
void tell_file(struct recording *r, struct file *f);
void tell_uses(struct recording *r, uint32_t carrier);
/* An entry of that type with a text. */
void tell(struct recording *r, int type, uint32_t a, const char *text);
int64_t tell_now(void);		/* for entries: ns */

/* children.c */
int child_event(const char *event, PyObject *args);
void child_started(struct recording *r, const char *event, PyObject *args);
/* The test ends: its children that have not may serve others. */
void children_left(struct recording *r, struct carrier *test);
/* Who started children is complete if the tree is still what it was. */
void children_stop(struct recording *r);
int children_install(void);
void children_remove(void);

/* family.c */
/* Take in what children have told since. */
void families_poll(struct recording *r);
void families_stop(struct recording *r);

/* trace.c */
int trace_start(struct recording *r);
void trace_check(struct recording *r);
void trace_stop(struct recording *r);
/* Does the trace core want to know of this audit event? */
int trace_event(const char *event);
void trace_audit(struct recording *r, const char *event, PyObject *args);
int trace_bind(struct recording *r, PyObject *code, struct file *f);
/* Somebody looks at the code object: that counts as its whole file. */
void trace_read(struct recording *r, PyObject *code);
PyObject *trace_thread(PyObject *module, PyObject *args);

/* ---- syntax.c ---- */

/* below(nodes, wanted, stop, own=False): the syntax nodes whose type is in
 * `wanted`, in source order, among `nodes` and below them; nothing below a
 * type in `stop`, and if `own` no statements below them. */
PyObject *syntax_below(PyObject *module, PyObject *args);

/* recorder.c, bind.c */
extern PyTypeObject taut_recorder_type, taut_source_type, taut_session_type;
extern PyObject *taut_error;	/* the class Error */
PyObject *raise_err(const struct taut_err *err);
/* A str with surrogateescape, as bytes with NUL; borrowed from *hold, which
 * the caller releases. */
const char *path_bytes(PyObject *s, PyObject **hold);
PyObject *path_str(const char *p);
PyObject *bind_scan(PyObject *module, PyObject *data);
PyObject *bind_lookup_state(PyObject *module, PyObject *args);
PyObject *bind_digest(PyObject *module, PyObject *data);
PyObject *bind_words(PyObject *module, PyObject *args);

#endif
