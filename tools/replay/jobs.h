/* jobs - each transcript is played in a process of its own, several at a time, so that none can disturb another. */
#ifndef SMTPLAB_REPLAY_JOBS_H
#define SMTPLAB_REPLAY_JOBS_H

#include "scene.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>

/* Exit statuses of smtp-replay, and of each of its jobs. */
enum { EXIT_PASS = 0, EXIT_FAIL = 1, EXIT_TRANSCRIPT = 2, EXIT_NOT_JUDGED = 3, EXIT_USAGE = 64 };

/* One transcript under way: what its process writes is kept until it is its turn. */
struct job {
    struct transcript *transcript;
    pid_t pid; /* 0: not started */
    FILE *text;
    FILE *json;
    bool done;
    int status; /* exit status */
};

/* The signal that asked us to end, set by a handler; 0: none. */
extern volatile sig_atomic_t jobs_stopped;

/* Play them, at most options->jobs at a time; print reports in the order given, append each JSON to results. Returns the worst exit status. */
int jobs_run(const struct stage *stage, struct job *jobs, size_t count, json_t *results);

#endif
