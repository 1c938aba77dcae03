/*
 * child - the program under judgement, as a process: started in a session of its
 * own, with its output in files that cannot grow without end, and killed with
 * everything it has started. This is hygiene, not a jail.
 */
#ifndef SMTPLAB_REPLAY_CHILD_H
#define SMTPLAB_REPLAY_CHILD_H

#include "../../lib/err.h"

#include <stdbool.h>
#include <sys/types.h>

#define CHILD_OUTPUT_MAX (1L << 20) /* bytes of each output file; more ends it with SIGXFSZ */
#define CHILD_CPU_SECONDS 20
#define CHILD_FILES_MAX 256

struct child {
    pid_t pid;
    bool ended;
    int status; /* of waitpid(), once ended */
    int idle;   /* our end of a standard input on which nothing ever comes; -1: it has a file */
};

/*
 * Start argv[0] (found on PATH) with standard input from a file, standard output
 * and error into files, and `environment` (name, value, name, value, NULL) added
 * to ours. input NULL: a keyboard at which nobody sits, so that a program which
 * waits for it can be seen to wait. -1: it could not be started.
 */
int child_start(struct child *c, char *const *argv, const char *input, const char *output, const char *errors,
                const char *const *environment, struct err *e);

/* Has it ended? Never waits. */
bool child_ended(struct child *c);

/* Kill it and all it started, and reap them. */
void child_kill(struct child *c);

/* Kill and reap all children that we have, adopted ones included. */
void child_sweep(void);

/* From now on orphans of the process tree become our children (Linux), so that child_kill() finds them. */
void child_adopt_orphans(void);

#endif
