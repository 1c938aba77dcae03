/*
 * crew - the threads that answer the door: one a connection, and no more.
 *
 * Every free thread waits in accept() itself; the kernel wakes one of them for each
 * client, and that one serves it to the end. When it was the last at its door
 * it first starts another. So nothing is handed from thread to thread, and no thread
 * is made for a client if one is free.
 *
 * Above the limit clients are told so and sent away. When descriptors run out the
 * door waits until a session has ended (or a moment has passed), which is all that can help.
 */
#ifndef SMTPLAB_CREW_H
#define SMTPLAB_CREW_H

#include "err.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define CREW_DOORS_MAX 2

struct crew;

/* One who has come in. */
struct crew_guest {
    int fd; /* now the function's, which closes it; ready (net_accept_ready()) */
    bool immediate;
    struct sockaddr_storage address;
    socklen_t address_size;
};

typedef void crew_fn(void *arg, const struct crew_guest *guest);

struct crew_setup {
    size_t max;      /* guests served at a time */
    crew_fn *serve;  /* in a thread of its own, until the session ends */
    crew_fn *refuse; /* one too many: must not take long */
    void *arg;
    int signal; /* sent to the thread that made the crew, when after crew_stop() the last thread has ended */
};

/* make: setup is copied. NULL: memory. Signals that are not to interrupt sessions are blocked by now. */
struct crew *crew_new(const struct crew_setup *setup);

/* use: answer this door, a listening socket, which stays the caller's. immediate is handed to the guests. -1: no thread. */
int crew_open(struct crew *c, int listener, bool immediate, struct err *e);

/* No more guests. */
void crew_stop(struct crew *c);

/* After crew_stop(): has every thread ended? */
bool crew_ended(struct crew *c);

/* free: after crew_ended(). */
void crew_free(struct crew *c);

#endif
