/*
 * children.h - processes that the project's code starts: the files of the
 * extension that deal with them, and what they tell each other.
 *
 *	children  which events start one; those that nobody observes
 *	spawn	  programs, by _posixsubprocess.fork_exec
 *	family	  what the observed ones tell, as carriers
 */
#ifndef TAUT_CHILDREN_H
#define TAUT_CHILDREN_H

#include "inputs.h"

/* What a process is that only waits for orders; 0: none such. */
enum server { SERVER_TRACKER = 1, SERVER_FORKS };

/* ---- children.c ---- */

/* A child that will be observed.  It is announced before it is started. */
struct birth {
	char name[128];		/* of its stream; "": none */
	struct family *family;	/* NULL: of whom we are one */
};

/* Does the project start this one?  For whom, then. */
int child_counts(struct recording *r, struct caller *c);
/* All that is open depends on the whole tree; `args` of an audit event. */
void child_unobserved(struct recording *r, const char *event, PyObject *args,
		      const struct caller *c);
/* -1: it cannot be announced. */
int birth_new(struct recording *r, struct birth *b, int server,
	      const struct caller *c);
void birth_pid(struct recording *r, const struct birth *b, pid_t pid);
/* A process is about to be forked that goes on with what is here. */
int fork_begins(struct recording *r, const struct caller *c);
void fork_forget(void);
/* A child depends on the tree as it was then; -1: it cannot. */
int children_tree(struct recording *r, struct carrier *c,
		  const struct taut_digest *d);
int refers(const struct carrier *c, uint32_t number);
/* To `number`, by the test's wide fixtures too; 1: it uses some. */
int refer_fixtures(struct recording *r, struct carrier *test, uint32_t number);
extern const char children_unseen[];

/* ---- spawn.c ---- */

void spawn_install(void);
void spawn_remove(void);
/* Is what this audit event tells of seen here, and better? */
int spawn_seen(const char *event);

/* ---- family.c ---- */

/* A process of that name is about to be started; NULL: out of memory. */
struct family *family_new(struct recording *r, const char *name, int server);
struct carrier *family_carrier(const struct family *f);
void family_pid(struct family *f, pid_t pid);
/* The forkserver of multiprocessing that was started last, or NULL. */
struct family *family_server(void);
void families_left(struct recording *r, struct carrier *test);
void families_forget(void);

#endif
