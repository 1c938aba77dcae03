/*
 * watch - what is that program doing? Proved from /proc (Linux).
 *
 * "It did not answer within 2 seconds" is no proof on a loaded machine. A
 * program asleep in a read of the connection, with nothing under way in either
 * direction, is: nothing will ever happen until the other side speaks.
 *
 * How it is proved. For every task of every process in the client's session
 * tree: its state and the system call it sleeps in (/proc/PID/task/TID/syscall);
 * for the connection: the queues of both ends (the socket itself; netlink, or /proc/PID/net/tcp).
 * Look at the tasks, look at the queues, look at the tasks again: when the
 * second look finds every task in the same sleep, with the same count of context
 * switches, and the queues between them were empty, it slept all the while.
 *
 * Several tasks: whoever waits for a relative (wait, futex, a pipe fed by
 * another process of the tree) does not count. Of the others a nap counts most, then
 * standard input, then other waits, then the connection. A program with a
 * thread that naps, as some sanitizers have it, is therefore ASLEEP and never STUCK.
 */
#ifndef SMTPLAB_WATCH_H
#define SMTPLAB_WATCH_H

#include "err.h"

#include <sys/types.h>

enum watch_state {
    WATCH_UNKNOWN, /* /proc cannot be read (no Linux, Yama, another user's process): use the clock */
    WATCH_BUSY,    /* something runs, or bytes are under way */
    WATCH_WAITING, /* asleep on the connection, with a time limit it will meet by itself */
    WATCH_STUCK,   /* asleep on the connection with no time limit, or one longer than `patience` */
    WATCH_INPUT,   /* asleep on standard input or the terminal, not on the connection */
    WATCH_ASLEEP,  /* asleep on something else (a timer, a pipe, another socket) */
    WATCH_GONE     /* no process is left */
};

struct watch;

/* make: look at process `root` and all its descendants. patience: milliseconds; a finite wait longer than that counts as stuck. NULL: memory. */
struct watch *watch_new(pid_t root, int patience_ms);

/* The connection in question: our end of it (an accepted TCP socket), -1 while there is none. */
void watch_connection(struct watch *w, int our_socket);

/* One proof or its absence; costs some tens of microseconds per process and never sleeps. A process in group stop (a debugger) is BUSY. */
enum watch_state watch_look(struct watch *w);

/* Words for the last look, for a report: "read(3) on the connection, no time limit". Valid until the next look. */
const char *watch_words(const struct watch *w);

/* Can this system prove anything about its own children? Tries it on one. */
int watch_available(struct err *e);

/* free: NULL is fine. */
void watch_free(struct watch *w);

#endif
