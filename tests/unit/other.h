/*
 * other - for tests: somebody at the other end of a socket pair, in a thread,
 * who sends bytes in pieces or takes them.
 */
#ifndef SMTPLAB_TEST_OTHER_H
#define SMTPLAB_TEST_OTHER_H

#include "../../lib/stream.h"

#include <pthread.h>
#include <stddef.h>

#define PATIENCE_MS                                                                                          \
    60000 /* of a test that expects no time limit to be met: a bug ends it, a slow machine does not */

struct other {
    int fd;
    const char *bytes; /* to send */
    size_t n;          /* so many of them; or to take */
    size_t piece;      /* at most so many at a time */
    size_t moved;      /* so far */
    char *taken;       /* room for n bytes */
    pthread_t thread;
};

/* A stream on one end of a socket pair, with PATIENCE_MS; the other end bare. */
struct stream *other_pair(int *other_end);

/*
 * use: work for other_start(), whose argument is the struct other: send all, then shut that direction
 * down; or read n bytes.
 */
void *other_send(void *arg);
void *other_take(void *arg);

void other_start(struct other *o, void *(*work)(void *));

/* Wait for it and close its end. */
void other_finish(struct other *o);

#endif
