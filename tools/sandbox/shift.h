/*
 * shift - the threads that look after all connections of the sandbox.
 *
 * There are two of them, of which one is compiled:
 *
 *   - shift_epoll.c, on Linux: one thread looks after everybody, and another takes over when a turn may take long.
 *     A command costs no change of threads, and a connection that is idle costs no thread.
 *   - shift_threads.c, elsewhere: a thread a connection (lib/crew).
 *
 * Either way a slow, silent or stalled client holds up nobody but itself.
 */
#ifndef SMTPLAB_SANDBOX_SHIFT_H
#define SMTPLAB_SANDBOX_SHIFT_H

#include "sandbox.h"

/* -DSHIFT_THREADS: the other one also where there is a choice, to try it. */
#if defined(__linux__) && !defined(SHIFT_THREADS)
#define SHIFT_EPOLL
#endif

struct shift;

/*
 * make: for up to max guests at a time; those above are told so and sent away. signal: sent to the calling
 * thread when after shift_stop() the last thread has ended. Signals that are not to interrupt sessions are blocked by
 * now. NULL: why.
 */
struct shift *shift_new(struct sandbox *sandbox, size_t max, int signal, struct err *e);

/* use: answer this door, a listening socket, which stays the caller's; up to two. -1: why. */
int shift_open(struct shift *s, int listener, bool immediate, struct err *e);

/* No more guests; sandbox->stopping is true by now, and those who wait look at it. */
void shift_stop(struct shift *s);

/* After shift_stop(): has every thread ended? */
bool shift_ended(struct shift *s);

/* free: after shift_ended(). NULL is fine. */
void shift_free(struct shift *s);

#endif
