/*
 * taut.h - the whole public C API of taut, and its version.
 *
 * The command-line program (src/cli) and the CPython extension (pyext) see
 * this header and nothing else of the library.  It has five parts:
 *
 *	source	Python source bytes -> suites, units, imports  (pure, no I/O)
 *	log	what a run learned, appended record by record  (one per process)
 *	stream	what a child of the run does, as it does it
 *	session	open a project: which tests does today's tree affect, and why
 *	run	begin recording, and fold the logs into the database at the end
 *
 * Paths are byte strings, relative to the project root, with '/' between
 * parts and ".." allowed (code beside the root).  A path may hold any byte but
 * NUL.  Node ids are pytest's, as UTF-8 (surrogateescape for other bytes).
 *
 * Functions return 0 or a negative TAUT_E* code and leave one message in
 * `err` (which may be NULL).  Pointers handed out are borrowed from the object
 * they were asked of and live as long as it does.  Nothing here is thread
 * safe: one session or log belongs to one thread at a time.
 */
#ifndef TAUT_H
#define TAUT_H

#include <stddef.h>
#include <stdint.h>

#define TAUT_VERSION "0.1.0"
/* Version of the database format, of the log format and of the hashes. */
#define TAUT_FORMAT 6

#define TAUT_API __attribute__((visibility("default")))

enum {
	TAUT_OK = 0,
	TAUT_ENOMEM = -1,	/* out of memory */
	TAUT_EIO = -2,		/* the system said no; errno's text in msg */
	TAUT_EDAMAGED = -3,	/* not a taut database, truncated, checksum */
	TAUT_EVERSION = -4,	/* written by a newer taut */
	TAUT_EINVAL = -5,	/* the caller's argument makes no sense */
	TAUT_ENOTFOUND = -6,	/* absence; not a failure */
};

struct taut_err {
	int code;
	char msg[512];
};

struct taut_digest {
	uint8_t b[16];
};

/* The one hash of the project: of a file's content, a listing, a value. */
TAUT_API void taut_digest_bytes(const void *p, size_t n,
				struct taut_digest *out);

/* ---- source -------------------------------------------------------------
 *
 * A suite is an indented statement list.  Suite 0 is the module.  A body on
 * its header's line (`if x: y`) belongs to the enclosing suite.  After the
 * real suites come two pseudo-suites: DOC (all docstrings of the file) and
 * VERSION (everything on module and class level: the module version's hash).
 */

enum taut_suite_kind {
	TAUT_SUITE_MODULE, TAUT_SUITE_CLASS, TAUT_SUITE_FUNCTION,
	TAUT_SUITE_IF, TAUT_SUITE_ELIF, TAUT_SUITE_ELSE, TAUT_SUITE_FOR,
	TAUT_SUITE_WHILE, TAUT_SUITE_TRY, TAUT_SUITE_EXCEPT,
	TAUT_SUITE_FINALLY, TAUT_SUITE_WITH, TAUT_SUITE_MATCH,
	TAUT_SUITE_CASE, TAUT_SUITE_OTHER, TAUT_SUITE_DOC,
	TAUT_SUITE_VERSION,
};

enum taut_suite_flags {
	/* Inside a function: a dependency of its own.  Without it the suite
	 * is module or class level, and covered by VERSION. */
	TAUT_SUITE_CODE = 1,
	TAUT_SUITE_IMPORTS = 2,		/* holds an import statement itself */
};

struct taut_suite {
	uint64_t hash;		/* the low 40 bits go into the database */
	uint32_t parent;	/* index; the module is its own parent */
	uint32_t head_line;	/* first line of the header (decorators too) */
	uint32_t first_line;	/* first line of the first statement, 1-based */
	uint32_t last_line;	/* last line of the last statement */
	uint8_t kind;		/* enum taut_suite_kind */
	uint8_t flags;		/* enum taut_suite_flags */
	const char *name;	/* def and class: its name; else "" */
};

/* One name of an import statement: `import a.b` has module "a.b" and name
 * NULL; `from ..m import x` level 2, module "m", name "x" (or "*"). */
struct taut_import {
	uint32_t suite;		/* where the statement stands */
	uint32_t line;
	uint32_t level;		/* leading dots */
	const char *module;	/* never NULL */
	const char *name;
};

enum taut_unit_kind {
	TAUT_UNIT_STATEMENT, TAUT_UNIT_IMPORT, TAUT_UNIT_ASSIGN,
	TAUT_UNIT_DEF_CORE, TAUT_UNIT_DEF_ANNOTATIONS, TAUT_UNIT_DEF_DOC,
	TAUT_UNIT_CLASS, TAUT_UNIT_COMPOUND,	/* with, for, while, match */
};

enum taut_unit_effect {
	TAUT_EFFECT_NONE,	/* binds names only, from constants or names */
	TAUT_EFFECT_CONST,	/* the same, of a value that says no name */
	TAUT_EFFECT_QUIET,	/* may fail, but runs nothing of the project's */
	TAUT_EFFECT_PURE,	/* may fail, but stores nothing elsewhere */
	TAUT_EFFECT_CALL,	/* evaluates something that may do anything */
	TAUT_EFFECT_STORE,	/* stores into an object or another name */
};

/* One statement of module or class level (names.md: the name rule). */
struct taut_unit {
	uint64_t hash;
	uint64_t branch;	/* hash of the conditions around it; 0 = none */
	uint32_t suite;		/* where it stands */
	uint32_t line;
	uint8_t kind;		/* enum taut_unit_kind */
	uint8_t effect;		/* enum taut_unit_effect */
	/* Above PURE: hash of the set of names in it; of an import: the hash
	 * of the path of the module. */
	uint32_t calls;
	const char *owner;	/* qualified name of its class, or "" */
	uint32_t nnames;
	const char *const *names;	/* bound names, in source order */
};

struct taut_source {
	struct taut_digest digest;	/* of the bytes */
	const char *opaque;	/* NULL, or why the file is one suite */
	uint32_t nsuites;	/* real ones + 2; DOC = nsuites-2, VERSION = -1 */
	const struct taut_suite *suites;	/* in source order */
	uint32_t nimports;
	const struct taut_import *imports;
	uint32_t nunits;
	const struct taut_unit *units;
	uint32_t nattrs;	/* names after a dot: sorted, unique, 32-bit hashes */
	const uint32_t *attrs;
	uint8_t reads_doc;	/* mentions __doc__, getdoc, doctest, click, ... */
};

/* Scan n bytes of Python.  Fails only for lack of memory: what cannot be
 * understood is opaque. */
TAUT_API int taut_source_scan(const void *bytes, size_t n,
			      struct taut_source **out, struct taut_err *err);
TAUT_API void taut_source_free(struct taut_source *s);
/* What names the text of a library says, whatever it is: their hashes, ascending;
 * docstrings and comments are none, nor, without `strings`, what plain
 * strings of Python code say.  Free them. */
TAUT_API int taut_words_of(const void *bytes, size_t n, int strings,
			   uint32_t **out, size_t *nout, struct taut_err *err);
TAUT_API void taut_words_free(uint32_t *v);
/* The hash by which `attrs` knows a name. */
TAUT_API uint32_t taut_name_hash(const char *name, size_t n);

/* ---- what a test can depend on ---- */

enum taut_kind {
	TAUT_PY,	/* Python source: suites */
	TAUT_DATA,	/* content of a file (also: a .py file as a whole) */
	TAUT_LISTING,	/* sorted names in a directory */
	TAUT_EXISTS,	/* what a path is: nothing, file, directory, link */
	TAUT_ENVVAR,	/* an environment variable's digest; path = its name */
	TAUT_LOOKUP,	/* "DIR/NAME": what `import NAME` finds in DIR */
	TAUT_DIST,	/* an installed distribution's exact version; "*": all;
			 * "import NAME": nothing installed provides NAME */
	TAUT_TREE,	/* everything below the root; path = "." */
};

struct taut_dirs;
/*
 * What importing `name` from directory `dir` finds, in Python's order:
 * 'p' package with __init__.py (or __init__.<ext>), 'x' extension module, 'm' NAME.py, 'c' NAME.pyc,
 * 'n' directory without __init__ (namespace portion), '-' nothing; '?' when
 * that cannot be told (out of descriptors, a loop of links, I/O error).
 */
TAUT_API char taut_lookup_state(struct taut_dirs *known, const char *dir,
				const char *name);
/*
 * The names in a few directories, each kept while the directory's times stay
 * (and not at all while these are too young to tell); NULL in the place of one
 * looks anew.  taut_dirs_new: NULL without memory.
 */
TAUT_API struct taut_dirs *taut_dirs_new(void);
TAUT_API void taut_dirs_free(struct taut_dirs *known);
/*
 * Today's digest of an input under `root`: the one that a log must carry and
 * that select compares.  Content for PY and DATA; LISTING: the names joined by
 * '\n', sorted by bytes, without caches, *.pyc and the database, directories
 * with a '/'; LOOKUP: one character (see above); EXISTS: another ('-' nothing,
 * 'f' file, 'x' one that may be executed, 'd' directory, 'o' other), and after
 * it where a link points; TREE: names, types and contents of all that tests may read
 * (src/whole.h).  A variable or distribution that is absent has the digest of
 * zeros.
 * TAUT_ENOTFOUND: no such file; TAUT_EIO: unreadable, equal to nothing.
 */
TAUT_API int taut_input_digest(int kind, const char *root, const char *path,
			       struct taut_digest *out);
/* That of a LISTING of directory `dir`, as if some names were not there. */
TAUT_API int taut_listing_digest(const char *dir,
				 int (*skip)(void *arg, const char *name),
				 void *arg, struct taut_digest *out);

/* ---- log ---------------------------------------------------------------
 *
 * A log is one process's append-only account of a run.  A file is described
 * once (numbered 0, 1, 2 ... in the order of the calls), carriers name files and
 * suites by number.  A carrier number may be written again: the later record
 * replaces the earlier one.  A crash loses what was not flushed, and no more.
 */

enum taut_carrier_kind {
	TAUT_CARRIER_TEST, TAUT_CARRIER_FIXTURE, TAUT_CARRIER_MODULE,
	TAUT_CARRIER_MEMO, TAUT_CARRIER_COLLECTION, TAUT_CARRIER_SESSION,
};
/* A memo's owner ends with " for " and this if its value is in a file, which
 * other processes of the run use, too. */
#define TAUT_IN_A_FILE "a file"
/* Modules that are none: who refers to them has read docstrings of functions
 * (any, or those in the file whose path follows), or annotations (any; beside
 * that, those in the file). */
#define TAUT_READ_DOCS "docstrings of functions"
#define TAUT_READ_DOCS_IN TAUT_READ_DOCS " in "
#define TAUT_READ_NOTES "annotations of functions"
#define TAUT_READ_NOTES_IN TAUT_READ_NOTES " in "
enum taut_edge {
	TAUT_EDGE_USES,
	TAUT_EDGE_IMPORTS,
	TAUT_EDGE_STORES,	/* it stored something there when imported */
	TAUT_EDGE_READS,	/* who has it may read the value, unseen */
};

struct taut_log_file {
	int kind;		/* enum taut_kind */
	const char *path;
	size_t npath;
	struct taut_digest digest;	/* of content, listing, value, version */
	const struct taut_source *source;	/* TAUT_PY only, else NULL */
};

struct taut_log_dep {
	uint32_t file;
	uint32_t nsuites;
	const uint32_t *suites;	/* indices, ascending; {0} for other kinds */
};
struct taut_log_ref {
	uint32_t carrier;
	uint8_t edge;
};
struct taut_log_carrier {
	uint32_t number;
	int kind;		/* enum taut_carrier_kind */
	int final;		/* 0: more may come (a wide fixture's teardown) */
	const char *owner;	/* node id, fixture name, module path, ... */
	uint32_t ndeps, nrefs;
	const struct taut_log_dep *deps;
	const struct taut_log_ref *refs;
};

enum taut_outcome {
	TAUT_PASSED, TAUT_FAILED, TAUT_SKIPPED, TAUT_XFAILED, TAUT_XPASSED,
	TAUT_NEW,	/* collected, never finished: must run */
};
struct taut_log_test {
	uint32_t carrier;
	const char *path;	/* its test file */
	const char *nodeid;
	int outcome;		/* enum taut_outcome */
	const char *must_run;	/* NULL, or why the record is incomplete */
	uint64_t micros;	/* duration; only ever kept in the cache */
};

struct taut_log;
/* Create DIR/NAME.log (DIR from taut_run_begin).  `writer` tells processes
 * apart: "main", "gw0", ... */
TAUT_API int taut_log_open(const char *dir, const char *writer,
			   struct taut_log **out, struct taut_err *err);
TAUT_API int taut_log_file(struct taut_log *l, const struct taut_log_file *f,
			   struct taut_err *err);
TAUT_API int taut_log_carrier(struct taut_log *l,
			      const struct taut_log_carrier *c,
			      struct taut_err *err);
/* Kept until it is flushed: what its carrier refers to has to be in the log
 * first, as it is by then. */
TAUT_API int taut_log_test(struct taut_log *l, const struct taut_log_test *t,
			   struct taut_err *err);
/* Are there tests, and was the last flush a while (10 ms) ago? */
TAUT_API int taut_log_due(const struct taut_log *l);
/* Write everything; closing does so too. */
TAUT_API int taut_log_flush(struct taut_log *l, struct taut_err *err);
/* Something could not be recorded: forget what is not written, and all that
 * follows. */
TAUT_API void taut_log_drop(struct taut_log *l);
/* The tests that collecting `path` yielded.  `full`: no node id of the file
 * was named, so a stored test that is not among them is gone. */
TAUT_API int taut_log_collected(struct taut_log *l, const char *path, int full,
				const char *const *nodeids, size_t n,
				struct taut_err *err);
TAUT_API int taut_log_close(struct taut_log *l, struct taut_err *err);

/* ---- stream -------------------------------------------------------------
 *
 * A process that recorded code starts tells what it does in a file of its own,
 * entry by entry, each with one write(2): whatever ends it, nothing is lost.
 * It holds a lock on the file while it lives.  Who records reads it, as far
 * as it has come, as often as he likes.
 */

enum taut_stream_type {
	TAUT_STREAM_FILE,	/* kind, text = path, digest, ns: loaded or
				 * read; numbered 0, 1, 2 ... */
	TAUT_STREAM_HIT,	/* a = file, b = suite: was entered */
	TAUT_STREAM_USES,	/* a = carrier of the recording that it was
				 * forked from */
	TAUT_STREAM_READ,	/* a: 0 docstrings, 1 annotations of functions
				 * were read; text = file, or "": of any */
	TAUT_STREAM_WROTE,	/* a = flags, text = path, ns */
	TAUT_STREAM_CHILD,	/* text = stream of a process to be started */
	TAUT_STREAM_PID,	/* a = its process id, text = the same */
	TAUT_STREAM_LOST,	/* text = why this stream does not tell all */
};
struct taut_stream_entry {
	int type;		/* enum taut_stream_type */
	int kind;		/* enum taut_kind */
	uint32_t a, b;
	int64_t ns;		/* CLOCK_MONOTONIC: one for all processes */
	struct taut_digest digest;
	const char *text;	/* "" if there is none */
};

struct taut_stream;
/* Create DIR/NAME.child and lock it.  A forked process has the same lock. */
TAUT_API int taut_stream_open(const char *dir, const char *name,
			      struct taut_stream **out, struct taut_err *err);
/* Where this fails, the stream says at least that it does not tell all. */
TAUT_API int taut_stream_put(struct taut_stream *s,
			     const struct taut_stream_entry *e,
			     struct taut_err *err);
TAUT_API void taut_stream_close(struct taut_stream *s);

struct taut_stream_state {	/* zeros, to begin with */
	uint64_t offset;	/* bytes that were read */
	int begun;		/* the process has come to its first entry */
	int live;		/* it may write more: has the lock; without it
				 * it may too, while there is such a process */
	int torn;		/* what follows makes no sense */
};
/* Each entry that came since the last call, as long as `each` returns 0. */
TAUT_API int taut_stream_read(const char *dir, const char *name,
	struct taut_stream_state *state,
	int (*each)(void *arg, const struct taut_stream_entry *e), void *arg,
	struct taut_err *err);

/* ---- session ---- */

enum taut_part_class {
	TAUT_PART_IDENTITY,	/* python, platform, options: rows side by side */
	TAUT_PART_STATE,	/* packages, ini keys: a new value replaces */
};
struct taut_part {
	const char *name;	/* "python", "ini:xfail_strict", ... */
	const char *value;	/* short text; long values as a digest */
	int cls;		/* enum taut_part_class */
};

enum taut_open_flags {
	TAUT_READONLY = 1,	/* write nothing, anywhere */
	TAUT_ANY_PARTS = 2,	/* take the environment by name alone (the CLI) */
	TAUT_BY_NAME = 4,	/* the name rule; without it, the file rule */
};
struct taut_config {
	const char *root;	/* absolute path of the project */
	const char *datafile;	/* NULL: $TESTMON_DATAFILE, else .testmondata */
	const char *cache;	/* NULL: $TAUT_CACHE_DIR, else .taut_cache */
	const char *env;	/* environment name; NULL: "default" */
	const struct taut_part *parts;
	size_t nparts;
	const char *const *ignore_parts;	/* names not compared */
	size_t nignore;
	unsigned flags;		/* enum taut_open_flags */
	/* Today's digest of an ENVVAR or DIST dependency; 0, or TAUT_ENOTFOUND
	 * when it is absent.  NULL: such dependencies are not checked. */
	int (*probe)(void *arg, int kind, const char *name,
		     struct taut_digest *out);
	void *probe_arg;
	/* Does this changed source compile?  A suite that never ran can hold
	 * the syntax error that stops the import.  NULL: not checked. */
	int (*compiles)(void *arg, const char *path, const void *bytes,
			size_t n);
	void *compiles_arg;
};

enum taut_db_state {
	TAUT_DB_NEW,		/* no database yet */
	TAUT_DB_USED,
	TAUT_DB_IGNORED,	/* damaged, foreign, newer...: treated as empty */
	TAUT_DB_OTHER_ENV,	/* sound, but nothing recorded for this key */
};

enum taut_verdict { TAUT_UNKNOWN, TAUT_CLEAN, TAUT_AFFECTED };

enum taut_reason_code {
	TAUT_WHY_NONE,
	TAUT_WHY_NEW,		/* no record of it */
	TAUT_WHY_FAILED,	/* did not pass last time */
	TAUT_WHY_INCOMPLETE,	/* its record is incomplete: detail says why */
	TAUT_WHY_CODE,		/* a suite it entered changed */
	TAUT_WHY_MODULE,	/* module level of a file in its closure changed */
	TAUT_WHY_GONE,		/* a file it depends on is gone or unreadable */
	TAUT_WHY_INPUT,		/* data, listing, path or variable changed */
	TAUT_WHY_LOOKUP,	/* a module appeared, vanished or is shadowed */
	TAUT_WHY_CONFTEST,	/* a conftest.py appeared above it */
	TAUT_WHY_NAME,		/* it mentions a name that an edit changed */
};
struct taut_reason {
	int code;		/* enum taut_reason_code */
	const char *path;	/* the changed thing, or "" */
	const char *via;	/* carrier chain, "fixture db > module m", or "" */
	const char *detail;	/* one readable sentence */
};

struct taut_session;

/*
 * Open the project.  Bad databases are not errors: see taut_session_state and
 * taut_session_note (one line for the user, or NULL).  Journals of
 * interrupted runs are folded in (in memory only when READONLY).
 */
TAUT_API int taut_session_open(const struct taut_config *c,
			       struct taut_session **out, struct taut_err *err);
TAUT_API void taut_session_close(struct taut_session *s);
TAUT_API enum taut_db_state taut_session_state(const struct taut_session *s);
TAUT_API const char *taut_session_note(const struct taut_session *s);

/* Compare the tree with the record; everything below needs it first. */
TAUT_API int taut_session_select(struct taut_session *s, struct taut_err *err);
/* A test's verdict; `why` (may be NULL) is filled for AFFECTED. */
TAUT_API enum taut_verdict taut_session_test(struct taut_session *s,
	const char *path, const char *nodeid, struct taut_reason *why);
/* CLEAN: all its tests are known and none is affected. */
TAUT_API enum taut_verdict taut_session_file(struct taut_session *s,
					     const char *path);
struct taut_affected {
	const char *path, *nodeid;
	struct taut_reason why;
};
TAUT_API size_t taut_session_naffected(const struct taut_session *s);
TAUT_API int taut_session_affected(struct taut_session *s, size_t i,
				   struct taut_affected *out);
/* Every test on record, after select: file, node id, verdict. */
TAUT_API size_t taut_session_ntests(const struct taut_session *s);
TAUT_API int taut_session_test_at(struct taut_session *s, size_t i,
				  const char **path, const char **nodeid,
				  enum taut_verdict *verdict);
/* How it ended on record: enum taut_outcome, or negative. */
TAUT_API int taut_session_outcome(struct taut_session *s, size_t i);
/* Files that differ from the record: path and kind. */
TAUT_API size_t taut_session_nchanged(const struct taut_session *s);
TAUT_API int taut_session_changed(const struct taut_session *s, size_t i,
				  const char **path, int *kind);

struct taut_stats {
	uint64_t tests, files, carriers, environments, bytes;
	uint64_t clean;		/* tests with that verdict */
	uint64_t saved_micros;	/* known durations of the clean tests */
	uint64_t unknown;	/* clean tests without a known duration */
	uint64_t unchecked;	/* inputs that only a probe could have checked */
};
TAUT_API int taut_session_stats(struct taut_session *s,
				struct taut_stats *out, struct taut_err *err);
/* Every dependency of a test or every user of a file, as text lines to `emit`. */
TAUT_API int taut_session_show(struct taut_session *s, const char *what,
	void (*emit)(void *arg, const char *line), void *arg,
	struct taut_err *err);
/* Why a test runs, or what was compared to find that it need not, as lines;
 * for "FILE:LINE" the tests that an edit of the line would affect.  *verdict
 * may be NULL.  TAUT_ENOTFOUND: no such test on record, and the lines
 * are the node ids that come near. */
TAUT_API int taut_session_why(struct taut_session *s, const char *nodeid,
	enum taut_verdict *verdict,
	void (*emit)(void *arg, const char *line), void *arg,
	struct taut_err *err);
/* Read everything, verify every checksum and cross reference. */
TAUT_API int taut_session_check(struct taut_session *s, struct taut_err *err);

/* ---- run ---- */

/* Begin recording: makes the run's directory (absolute path, borrowed). */
TAUT_API int taut_run_begin(struct taut_session *s, const char **dir,
			    struct taut_err *err);
/*
 * Fold all logs of this run (and of runs that died) into the database:
 * lock, read again, apply, write a new file, fsync, rename.  The file is not
 * touched when nothing was learned.  On failure the journal stays.
 */
TAUT_API int taut_run_finish(struct taut_session *s, struct taut_err *err);
/*
 * After finish: what a test that ran depends on now, that it did not depend on
 * when the session was opened, and that differs from the record or was not on
 * it; lines to `emit`, what differs first.  None: what changed the test's
 * outcome was not seen.  TAUT_ENOTFOUND: one of the records has no such test.
 */
TAUT_API int taut_run_gained(struct taut_session *s, const char *path,
			     const char *nodeid,
			     void (*emit)(void *arg, const char *line),
			     void *arg, struct taut_err *err);

#endif
