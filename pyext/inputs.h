/*
 * inputs.h - what a run reads that is no imported code: the files of the
 * extension that see it, and what they tell each other.
 *
 *	caller	for whom: a look at the Python stack
 *	paths	which paths belong to the project; what is known of each
 *	inputs	audit events and looks at paths -> dependencies of carriers
 *	stat	os.stat, os.lstat, os.access, which raise no audit event
 *	environ	the dict under os.environ
 *	installed	which distributions an import or a reader of their
 *		metadata needs
 *
 * An input is charged to the innermost carrier of the thread.  If library
 * code read it, that may keep what it read for the next caller: then it is
 * charged to a memo of the nearest project function too, which every carrier
 * that enters the function refers to.
 *
 * Its digest is that of the first read in this process.  What the run itself
 * wrote before it read it is no input.
 */
#ifndef TAUT_INPUTS_H
#define TAUT_INPUTS_H

#include "core.h"

#include <limits.h>

/* ---- caller.c ---- */

/* Whose code a frame runs; decided by its file name. */
enum frame {
	FRAME_OTHER = 1,	/* standard library, generated code */
	FRAME_PROJECT,
	FRAME_LIBRARY,		/* installed: may keep what it reads */
	FRAME_TAUT,
	FRAME_PYTEST,		/* pytest, and what runs it */
	FRAME_FIXTURES,		/* the part of pytest that calls fixtures */
	FRAME_IMPORT,		/* the import system */
	FRAME_REPORT,		/* shows lines of source: tracebacks, logging */
	FRAME_METADATA,		/* looks for installed distributions */
	FRAME_OS,
	FRAME_OSPATH,
	FRAME_PATHLIB,
	FRAME_SHUTIL,
	FRAME_TEMPFILE,
	FRAME_MAPPING,
};

enum caller_flags {
	CALLER_COUNTS = 1,	/* somebody's test depends on it */
	CALLER_KEEPS = 2,	/* through library code */
	CALLER_IMPORTING = 4,	/* ... that is being imported */
	CALLER_REPORT = 8,	/* to show lines of a source */
	CALLER_METADATA = 16,	/* to find installed distributions */
	CALLER_LOOKS = 32,	/* asks only what is there, not what it holds */
	CALLER_WRITES = 64,	/* ... in order to write there */
	CALLER_REMOVES = 128,	/* ... or to remove a tree */
	CALLER_RESOLVES = 256,	/* ... only where it points, if it is a link */
};

struct caller {
	unsigned flags;		/* enum caller_flags */
	/* CALLER_KEEPS: who may be given it later */
	struct file *file;	/* of the nearest project frame, or NULL */
	uint32_t function;	/* its innermost function's suite, or NONE */
	uint32_t module;	/* its module's carrier, or NONE */
};

/* Visit the frames of the running thread, the innermost first, until `visit`
 * returns 0; returns 1 if it never did. */
int caller_walk(int (*visit)(void *arg, PyFrameObject *f, PyCodeObject *code),
		void *arg);
/* The value of a local variable in that frame: owned, or NULL without error. */
PyObject *caller_local(PyFrameObject *frame, const char *name);
/* The module whose code called: that of the nearest frame of the project; NULL:
 * it is far away, or there is none. */
struct carrier *caller_module(struct recording *r);

int callers_start(struct recording *r);
void callers_stop(void);
/* Imports the module level of code that is not the project's, or do we?  What
 * that finds is decided by what is installed. */
int caller_is_foreign_module(struct recording *r);
/* Fails never; raises nothing.  May run project_path, so Python code. */
void caller_find(struct recording *r, struct caller *c);

/* Who asks os.environ, behind os and Mapping; as caller_find. */
enum frame caller_asks(struct recording *r);
/* Does pytest look at a path, behind os, os.path and pathlib?  As above. */
int caller_is_pytest(struct recording *r);

/* The top-level name of the installed module whose code is at work: new, or
 * NULL, without error: it is the project's code, or pytest's. */
PyObject *caller_library(struct recording *r);

/* ---- paths.c ---- */

/* A path below a root, or an environment variable. */
struct thing {
	uint64_t hash;
	int64_t written;	/* tell_now() of the first write, or 0 */
	uint8_t wrote;		/* by this run, not necessarily first */
	uint8_t created;	/* by this run: was not there before */
	uint8_t touched;	/* a directory: this run changed its names */
	uint8_t literal;	/* a variable that the project's code names */
	struct use {
		uint32_t file;	/* the input's number, or NONE: not read */
		uint32_t last;	/* carrier that was charged last */
		struct vec users;	/* carriers, in order */
		struct vec shared;	/* memos, modules ..., no duplicates */
	} uses[3];		/* DATA or ENVVAR, LISTING, EXISTS */
	struct mark {
		int64_t mtime, ctime, size;	/* ns, ns, bytes */
		int64_t read;			/* ns: when it was hashed */
		uint64_t inode;
	} mark;			/* of the file whose digest DATA has */
	char name[];
};
struct things {
	struct thing **slots;	/* owned, both; open addressing */
	size_t n, nslots;
};

struct thing *thing_at(struct things *t, const char *name, size_t n, int add);
void things_free(struct things *t);

int paths_start(struct recording *r, const char *cache);
void paths_stop(void);
/* The roots that were added, as a list of (dir, path); NULL: an error. */
PyObject *paths_roots(void);
/* Paths below `dir` are the project's too, as `path`/...; absolute. */
int paths_add_root(const char *dir, const char *path);
void paths_remove_root(const char *dir);
/*
 * The project's name of a path as Python code gave it (str, bytes, PathLike,
 * or the descriptor of a directory), relative to `dir_fd` or (-1) the working
 * directory; its length, or -1: not the project's.  Never raises.
 */
int path_find(PyObject *path, int dir_fd, char out[PATH_MAX]);
/* The absolute name of any path: where it leads without "." and "..". */
int path_absolute(PyObject *path, int dir_fd, char out[PATH_MAX]);
/* The absolute name of a project's path. */
int path_full(const char *path, char out[PATH_MAX]);

/* ---- inputs.c ---- */

int inputs_start(struct recording *r, const char *run_dir);
/* An audit event, of any interpreter. */
void inputs_event(const char *event, PyObject *args);
/* Stop looking; who read what others have changed meanwhile is incomplete. */
void inputs_stop(struct recording *r);
/* `thing` was read: charge it as the input `f`. */
void inputs_charge(struct recording *r, struct use *u, struct file *f,
		   const struct caller *c);
/* What is read is another carrier's: refer to that one. */
void inputs_refer(struct recording *r, struct carrier *to,
		  const struct caller *c);
/* A child of the run read it, at that time, for `c`: as inputs_charge. */
void inputs_joined(struct recording *r, int kind, const char *path,
		   const struct taut_digest *d, int64_t ns, struct carrier *c);
/* A child of the run wrote there: `flags` are those that it told. */
void inputs_wrote(const char *path, unsigned flags, int64_t ns);
/* Did the run write it before that time? */
int inputs_is_output(const char *path, int64_t ns);
/* What os.stat or os.access is asked for. */
void inputs_look(PyObject *path, int dir_fd, int access);

/* ---- stat.c ---- */

int stat_start(void);
void stat_stop(void);

/* ---- environ.c ---- */

int environ_start(struct recording *r);
void environ_stop(void);
/* A source was loaded: remember what in it may name a variable. */
void environ_source(struct recording *r, const char *p, size_t n);
/* What depends on all variables that may matter: for who hands them on.  NULL
 * without error: it could not be made, or they are not looked at. */
struct carrier *environ_all(struct recording *r);
/* Is this the variable's digest in the environment of the run? */
int environ_same(const char *name, const struct taut_digest *d);
/* In place of the value at our start: a dict of name -> digest or None. */
int environ_assume(PyObject *values);

/* ---- installed.c ---- */

/* What installed.py knows: resolve(name), metadata(name or None), and the
 * names that need nothing.  Without it nothing is looked for. */
int installed_start(PyObject *resolve, PyObject *metadata, PyObject *skip);
void installed_stop(void);
/* The audit event "import". */
void installed_event(struct recording *r, PyObject *args);
/* Somebody searches for a distribution, or (NULL) for all. */
void installed_search(struct recording *r, PyObject *name);
/* The carrier depends on all distributions, if any is looked for. */
void installed_all(struct recording *r, struct carrier *c);
/* Before a test is written: what was imported so far; `all`: at the end, what
 * was loaded in the meantime is looked at once more. */
void installed_settle(struct recording *r, int all);

#endif
