/*
 * deadline - a time limit for a whole operation.
 *
 * "Wait up to 5 seconds" given anew to every poll() is no limit at all: a
 * server that sends one byte every four seconds would hold us for ever. So an
 * operation turns its time limit into a moment on the clock once, at its
 * start, and each wait gets what is left.
 *
 * The clock is the monotonic one: setting the time of day moves nothing.
 */
#ifndef SMTPLAB_DEADLINE_H
#define SMTPLAB_DEADLINE_H

#include <stdint.h>

struct deadline {
    int64_t at; /* nanoseconds on CLOCK_MONOTONIC; INT64_MAX: never, 0: passed long ago */
};

/* make: timeout_ms from now; -1: never; 0: at once, for which nobody looks at the clock. */
struct deadline deadline_in(int timeout_ms);

/* This moment, to compare with. */
struct deadline deadline_now(void);

/* The one that comes first. */
struct deadline deadline_sooner(struct deadline a, struct deadline b);

/* use: milliseconds left, rounded up, as poll() takes them: -1 for "never", 0 when it has passed. */
int deadline_left(struct deadline d);

/*
 * poll() one descriptor until an event (POLLIN, POLLOUT) or the deadline; a
 * signal does not cut it short. 1: ready (or in error, which the next read or
 * write will tell), 0: the time is up, -1: errno. One that has passed already still looks once.
 */
int deadline_poll(struct deadline d, int fd, short events);

#endif
