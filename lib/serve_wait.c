/*
 * serve, the part that waits: every poll() of a session is here, with its two time
 * limits and the word from outside to stop.
 */
#include "serve_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#define LOOKS_MAX                                                                                            \
    16 /* that find something, before a turn counts as one that takes long: a client in TLS may talk on and on */

static bool stopping(const struct serving *s) {
    return s->setup->stopping != NULL && atomic_load(s->setup->stopping);
}

/* A mail that has begun is not cut off when we are to stop: it would have to be sent again. */
static bool mail_under_way(const struct serving *s) {
    return (server_phase(s->server) & (PHASE_MAIL | PHASE_RCPT | PHASE_DATA)) != 0;
}

/*
 * Until the client's bytes (or its end), the moment, or the word to stop. > 0: one of the descriptors has
 * something, 0: the moment, -1: errno. events 0: only its end. stopped: the word has been heard; it stays
 * readable, so waiting for it twice would be no wait. The caller says so, as it has looked: were we to look
 * again, a word that came in between would be heard by neither of us.
 */
static int wait_for(const struct serving *s, short events, struct deadline until, bool stopped) {
    bool stoppable = s->setup->wake > 0 && !stopped;
    struct pollfd fds[] = {{.fd = stream_fd(s->stream), .events = events},
                           {.fd = s->setup->wake, .events = POLLIN}};

    for (;;) {
        int ready = poll(fds, stoppable ? 2 : 1, deadline_left(until));

        if (ready != -1 || errno != EINTR)
            return ready;
    }
}

static enum serve_read give_up(struct serving *s, enum serve_end end, const char *why) {
    serve_ended(s, end, why);
    return SERVE_READ_GIVE_UP;
}

static enum serve_read too_late(struct serving *s) {
    char why[ERR_TEXT_MAX];

    if (deadline_left(s->total) == 0)
        snprintf(why, sizeof(why), "this session has lasted %g seconds, which is the limit",
                 s->setup->total_ms / 1000.0);
    else
        snprintf(why, sizeof(why), "nothing whole came for %g seconds", s->setup->patience_ms / 1000.0);
    return give_up(s, SERVE_TIMEOUT, why);
}

/* What a stream_fill() that only looked has brought. */
static enum serve_read look(struct serving *s) {
    struct err e = {ERR_NONE, ""};
    ssize_t got = stream_fill(s->stream, 0, &e);

    if (got > 0 && ++s->looks == LOOKS_MAX)
        serve_step_aside(s);
    if (got > 0)
        return SERVE_READ_BYTES;
    if (got == -1 && e.kind == ERR_TIMEOUT)
        return SERVE_READ_NOTHING;
    if (got == -1)
        serve_failed(s, &e);
    else
        serve_ended(s, SERVE_CLOSED,
                    mail_under_way(s) ? "the client hung up in the middle of a mail"
                                      : "the client hung up without QUIT");
    return SERVE_READ_END;
}

/*
 * In plain text one look a turn: poll() or whoever called has seen that something is there; a second
 * look, before the client has thought about our answer, would be in vain. TLS may hold bytes that poll() knows nothing
 * of. And when we are to stop, the client may have left already: then that is why the session ended.
 */
enum serve_read serve_read(struct serving *s) {
    bool look_now = s->ready || s->tls || stream_fd(s->stream) == -1;

    s->ready = false;
    s->stopped = stopping(s);

    bool stop = s->stopped && !mail_under_way(s);
    enum serve_read seen = look_now || stop ? look(s) : SERVE_READ_NOTHING;

    if (stop && seen != SERVE_READ_END)
        return give_up(s, SERVE_REFUSED, "the server is being stopped");
    if (seen != SERVE_READ_NOTHING)
        return seen;
    return deadline_left(serve_due(s)) == 0 ? too_late(s) : SERVE_READ_NOTHING;
}

struct deadline serve_due(const struct serving *s) {
    return deadline_sooner(s->patience, s->total);
}

/* A poll() that fails is no reason to ask it again and again: that session's time is up. */
void serve_wait(struct serving *s) {
    if (wait_for(s, POLLIN, serve_due(s), s->stopped) <= 0)
        s->patience = deadline_in(0);
}

void serve_step_aside(const struct serving *s) {
    if (s->setup->aside != NULL)
        s->setup->aside(s->setup->aside_arg);
}

void serve_limit_stream(struct serving *s) {
    int left = deadline_left(s->total);

    stream_set_timeout(s->stream, left != -1 && left < s->setup->patience_ms ? left : s->setup->patience_ms);
}

/* Send what was gathered, as much as leaves without waiting. */
static int flush_at_once(struct serving *s, struct err *e) {
    stream_set_timeout(s->stream, 0);
    return stream_flush(s->stream, e);
}

/* So much that the stream sends it in several pieces may have to wait for the client between two of them. */
static bool send_much(struct serving *s, const char *bytes, size_t n) {
    struct err e;

    serve_step_aside(s);
    serve_limit_stream(s);
    if (stream_write(s->stream, bytes, n, &e) == -1 || stream_flush(s->stream, &e) == -1)
        return serve_failed(s, &e);
    return true;
}

bool serve_send(struct serving *s, const char *bytes, size_t n) {
    struct err e;

    if (n == 0)
        return true;
    if (n >= STREAM_OUT_MAX)
        return send_much(s, bytes, n);
    if (stream_write(s->stream, bytes, n, &e) == -1)
        return serve_failed(s, &e);
    if (flush_at_once(s, &e) == 0)
        return true;
    if (e.kind != ERR_TIMEOUT)
        return serve_failed(s, &e);
    serve_step_aside(s);
    serve_limit_stream(s);
    return stream_flush(s->stream, &e) == 0 || serve_failed(s, &e);
}

void serve_pause(struct serving *s, int ms) {
    if (stream_fd(s->stream) == -1)
        return;
    serve_step_aside(s);
    wait_for(s, 0, deadline_sooner(deadline_in(ms), s->total), stopping(s));
}

void serve_wait_for_end(struct serving *s) {
    size_t n;

    serve_step_aside(s);
    for (;;) {
        stream_peek(s->stream, &n);
        stream_take(s->stream, n);
        switch (look(s)) {
        case SERVE_READ_BYTES:
            continue;
        case SERVE_READ_END:
            return;
        default:
            break;
        }
        bool stopped = stopping(s);

        if (stopped || wait_for(s, POLLIN, s->total, stopped) <= 0) {
            serve_ended(s, stopped ? SERVE_REFUSED : SERVE_TIMEOUT, "we were silent on purpose");
            return;
        }
    }
}
