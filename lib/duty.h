/*
 * duty - a program that serves until it is told to stop: what signals do to it.
 *
 * SIGTERM and SIGINT end the duty: no more guests, and those who are there are seen to their end. A second SIGINT does
 * not wait for them. Signals come to the main thread alone, and only when it waits for them: no handler interrupts
 * anything. One duty in a program.
 */
#ifndef SMTPLAB_DUTY_H
#define SMTPLAB_DUTY_H

#include <signal.h>
#include <stdbool.h>

#define DUTY_SIGNAL                                                                                          \
    SIGUSR1 /* how threads of the program tell the main thread that there is something to look at */

/*
 * make: before any thread is started, as each inherits which signals are blocked. once: the end of the first visit is
 * the end of the duty. A pipe that is closed and a file that may not grow are errors of write() from here on, no signals.
 */
void duty_begin(bool once);

/* use, from the thread of a session that has ended. */
void duty_visited(void);

/* What is to be ended. stop() is called at most once, by the main thread; each call of ended() is after some signal. */
struct duty_work {
    bool (*ended)(void *arg); /* has every session come to its end? */
    void (*stop)(void *arg);  /* let no more come; DUTY_SIGNAL is sent when the last has gone */
    void *arg;
};

/* From the main thread, until the work has ended. false: it is to end at once, with sessions still running: _exit(). */
bool duty_wait(const struct duty_work *work);

#endif
