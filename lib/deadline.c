#include "deadline.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#define NS_PER_SECOND 1000000000
#define NS_PER_MS 1000000
#define AT_ONCE 0 /* long ago: the clock counts from when the machine started */

static int64_t now(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

struct deadline deadline_in(int timeout_ms) {
    struct deadline d = {timeout_ms == 0 ? AT_ONCE : INT64_MAX};

    if (timeout_ms > 0)
        d.at = now() + (int64_t)timeout_ms * NS_PER_MS;
    return d;
}

struct deadline deadline_now(void) {
    return (struct deadline){now()};
}

struct deadline deadline_sooner(struct deadline a, struct deadline b) {
    return a.at < b.at ? a : b;
}

int deadline_left(struct deadline d) {
    if (d.at == INT64_MAX)
        return -1;
    if (d.at == AT_ONCE)
        return 0;

    int64_t left = d.at - now();

    if (left <= 0)
        return 0;
    /* Up, not down: with 0.4 ms left a poll() of 0 ms would return at once, again and again. */
    left = (left + NS_PER_MS - 1) / NS_PER_MS;
    return left > INT_MAX ? INT_MAX : (int)left;
}

int deadline_poll(struct deadline d, int fd, short events) {
    struct pollfd p = {.fd = fd, .events = events};

    for (;;) {
        int ready = poll(&p, 1, deadline_left(d));

        if (ready != -1 || errno != EINTR)
            return ready;
    }
}
