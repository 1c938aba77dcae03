/*
 * watch_call - what a sleeping task waits for, told from its system call and
 * arguments. Internal to watch*.c; Linux only.
 */
#ifndef SMTPLAB_WATCH_CALL_H
#define SMTPLAB_WATCH_CALL_H

#include "watch_proc.h"

#define WATCH_FOREVER (-1L) /* no time limit */
#define WATCH_UNSEEN (-2L)  /* none that we could see */

/*
 * From the least to the most telling: what a program with several tasks does
 * is what the task highest in this list does.
 */
enum watch_doing {
    DOING_NOTHING,    /* dead */
    DOING_IDLE,       /* waits for a relative: a child, a thread, a signal, a pipe within the family */
    DOING_CONNECTION, /* waits for bytes on the connection */
    DOING_OTHER,      /* waits for something else */
    DOING_INPUT,      /* waits for standard input or a terminal, not for the connection */
    DOING_NAP,        /* waits for a time to pass */
    DOING_UNTOLD,     /* cannot be told from its arguments */
    DOING_COUNT
};

struct watch_sleep {
    enum watch_doing doing;
    const char *call; /* "recvfrom"; never NULL */
    long fd;          /* the descriptor that `doing` speaks of, -1: none */
    long limit_ms;    /* how long the call may sleep, from its start; WATCH_FOREVER, WATCH_UNSEEN */
};

/* connection: inode of the client's socket, 0: there is none. family: the look that the task is from. */
void watch_call_explain(const struct watch_task *task, const struct watch_tasks *family,
                        unsigned long connection, struct watch_sleep *out);

#endif
