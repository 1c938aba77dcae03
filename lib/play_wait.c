/* Waiting for the client: for a line, for proof that none will come, for the clock. See play.h. */
#include "play_internal.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define SLICE_MIN_MS 1
#define SLICE_MAX_MS 16
#define PROOFS_NEEDED 2   /* looks in a row that agree, each a proof by itself */
#define BLIND_HOLD_MS 100 /* where nothing can be proved */

static bool time_is_up(const struct play *p) {
    return p->deadline > 0 && log_clock() > p->deadline;
}

static int longer(int slice) {
    return slice * 2 < SLICE_MAX_MS ? slice * 2 : SLICE_MAX_MS;
}

static enum watch_state look(const struct play *p) {
    return p->setup->watch != NULL ? watch_look(p->setup->watch) : WATCH_UNKNOWN;
}

/* Is a line there, or too much without one? A line of a chunk ends with the chunk, too. */
static bool have_line(const struct play *p, size_t *n, enum await *result) {
    const char *bytes = stream_peek(p->s, n);
    size_t chunk = dialogue_chunk(p->d);
    bool ends = chunk > 0 && *n >= chunk;

    if (ends)
        *n = chunk;

    const char *lf = *n > 0 ? memchr(bytes, '\n', *n) : NULL;

    *result = lf != NULL || ends ? AWAIT_LINE : AWAIT_PART;
    if (lf != NULL)
        *n = (size_t)(lf - bytes) + 1;
    return lf != NULL || ends || *n >= PLAY_LINE_MAX;
}

/* The proofs that end a wait, counted in *proofs. */
static bool proved(const struct play *p, unsigned *proofs, size_t have, enum await *result) {
    enum watch_state state = look(p);

    *proofs = state == WATCH_STUCK || state == WATCH_INPUT ? *proofs + 1 : 0;
    if (*proofs < PROOFS_NEEDED)
        return false;
    *result = state == WATCH_INPUT ? AWAIT_INPUT : have > 0 ? AWAIT_PART : AWAIT_NOTHING;
    return true;
}

/* It waits for a reply that was kept back: one that reads every reply in the end gets it now. */
static bool said_after_all(struct play *p, enum await why, unsigned *proofs) {
    struct err ignored;

    if (why != AWAIT_NOTHING || p->unsaid.len == 0)
        return false;
    if (stream_write(p->s, p->unsaid.data, p->unsaid.len, &ignored) == -1 ||
        stream_flush(p->s, &ignored) == -1)
        p->gone = true;
    buf_clear(&p->unsaid);
    *proofs = 0;
    return true;
}

static bool second_connection(const struct play *p) {
    struct pollfd fd = {.fd = p->setup->listener, .events = POLLIN};

    return p->setup->listener > 0 && poll(&fd, 1, 0) == 1;
}

enum await play_await(struct play *p, size_t *n) {
    enum await result;
    unsigned proofs = 0;
    int slice = SLICE_MIN_MS;
    struct err e = {ERR_NONE, ""};

    while (!have_line(p, n, &result)) {
        ssize_t got = p->gone ? 0 : stream_fill(p->s, slice, &e);

        if (second_connection(p))
            return AWAIT_SECOND;
        if (time_is_up(p))
            return AWAIT_CLOCK;
        if (got > 0) {
            slice = SLICE_MIN_MS;
            proofs = 0;
            continue;
        }
        if (got == 0)
            return AWAIT_CLOSED;
        if (e.kind != ERR_TIMEOUT)
            return AWAIT_RESET;
        if (proved(p, &proofs, *n, &result) && !said_after_all(p, result, &proofs))
            return result;
        slice = longer(slice);
    }
    return result;
}

static size_t unread(const struct play *p) {
    size_t n;

    stream_peek(p->s, &n);
    return n;
}

static bool seen_waiting(const struct play *p) {
    enum watch_state state = look(p);

    return state == WATCH_WAITING || state == WATCH_STUCK || state == WATCH_INPUT || state == WATCH_GONE;
}

/* Until it is seen waiting, has spoken or has gone. false: `until` (log_clock(); 0: never) came first. */
static bool hold_until(struct play *p, double until) {
    int slice = SLICE_MIN_MS;
    struct err e = {ERR_NONE, ""};

    while (unread(p) == 0 && !time_is_up(p)) {
        ssize_t got = stream_fill(p->s, 0, &e);

        if (got != -1 || e.kind != ERR_TIMEOUT || seen_waiting(p))
            return true;
        if (until > 0 && log_clock() > until)
            return false;
        if (stream_fill(p->s, slice, &e) != -1 || e.kind != ERR_TIMEOUT)
            return true;
        slice = longer(slice);
    }
    return true;
}

void play_hold(struct play *p) {
    if (p->setup->watch == NULL)
        play_pause(p, BLIND_HOLD_MS);
    else
        hold_until(p, 0);
}

void play_hold_briefly(struct play *p) {
    if (p->setup->watch != NULL && !p->restless)
        p->restless = !hold_until(p, log_clock() + PLAY_HOLD_MS);
}

void play_hear_out(struct play *p) {
    double until = log_clock() + (p->setup->watch != NULL ? PLAY_HOLD_MS : BLIND_HOLD_MS);
    int slice = SLICE_MIN_MS;
    struct err e = {ERR_NONE, ""};

    while (log_clock() < until && unread(p) < PLAY_LINE_MAX) {
        ssize_t got = stream_fill(p->s, slice, &e);

        if (got == 0 || (got == -1 && (e.kind != ERR_TIMEOUT || seen_waiting(p))))
            return;
        slice = got > 0 ? SLICE_MIN_MS : longer(slice);
    }
}

void play_pause(struct play *p, long ms) {
    double until = log_clock() + (double)ms;
    struct err e = {ERR_NONE, ""};

    while (log_clock() < until && unread(p) == 0) {
        double left = until - log_clock();
        int slice = left > 1000 ? 1000 : (int)left + 1;

        if (stream_fill(p->s, slice, &e) != -1 || e.kind != ERR_TIMEOUT)
            return;
    }
}

bool play_first_byte(struct play *p, unsigned char *byte) {
    struct pollfd fd = {.fd = stream_fd(p->s), .events = POLLIN};
    unsigned proofs = 0;
    int slice = SLICE_MIN_MS;
    enum await unused;

    while (poll(&fd, 1, slice) == 0) {
        if (proved(p, &proofs, 0, &unused) || time_is_up(p))
            return false;
        slice = longer(slice);
    }
    return recv(fd.fd, byte, 1, MSG_PEEK) == 1;
}
