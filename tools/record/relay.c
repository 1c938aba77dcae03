/*
 * relay - bytes from either side to the other, and onto the tape on their way.
 *
 * Nothing is ever waited for but in wait_for_more(): a side that does not take
 * its bytes stops the other from being read, and not this thread, which would
 * leave both waiting for each other (replies that a client does not read while it pipelines).
 */
#include "session.h"

#include "../../lib/tls.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define CARRY_MAX (STREAM_OUT_MAX / 2) /* at a time: less than what makes stream_write() send by itself */

static enum side other(enum side side) {
    return side == CLIENT_SIDE ? SERVER_SIDE : CLIENT_SIDE;
}

/* --- sending --- */

int relay_flush(struct session *s, enum side side, int ms, struct err *e) {
    stream_set_timeout(s->streams[side], ms);
    s->pending[side] = stream_flush(s->streams[side], e) == -1;
    return s->pending[side] ? -1 : 0;
}

/* What can leave without waiting. A side that is gone will say no more either. */
static void push(struct session *s, enum side side) {
    struct err e;

    if (relay_flush(s, side, 0, &e) == 0 || e.kind == ERR_TIMEOUT)
        return;
    s->pending[side] = false;
    s->ended[side] = true;
    s->over = s->over || side == CLIENT_SIDE;
}

/* To the side whose other side has ended, once it has heard all. */
static void pass_end(struct session *s, enum side side) {
    if (!s->ended[other(side)] || s->hung_up[side] || s->pending[side])
        return;
    s->hung_up[side] = true;
    if (side == CLIENT_SIDE) {
        s->over = true; /* the server has closed: there is nothing to be said to anybody */
        return;
    }
    tls_shutdown(s->streams[side]);
    shutdown(stream_fd(s->streams[side]), SHUT_WR);
}

/* --- carrying --- */

static bool refuse_tls(struct session *s) {
    struct err e;

    err_set(&e, ERR_INPUT,
            "it said STARTTLS, but --tls none was given: start smtp-record with --tls starttls");
    return session_fail(s, "the client wants TLS", &e);
}

static void send_on(struct session *s, enum side from, const char *bytes, size_t n) {
    struct err e;

    if (from == CLIENT_SIDE)
        tape_client(&s->tape, bytes, n);
    else
        tape_server(&s->tape, bytes, n);
    if (stream_write(s->streams[other(from)], bytes, n, &e) == 0)
        push(s, other(from));
    else
        session_fail(s, "a session cannot go on", &e);
}

/* Where the last line begins. */
static size_t last_line(const char *bytes, size_t n) {
    size_t i = n > 0 ? n - 1 : 0;

    while (i > 0 && bytes[i - 1] != '\n')
        i--;
    return i;
}

/* The last line of these is the server's 220 to STARTTLS: it waits until there is TLS with the server. */
static void agree(struct session *s, const char *bytes, size_t n) {
    size_t at = last_line(bytes, n);
    struct err e;

    send_on(s, SERVER_SIDE, bytes, at);
    tape_server(&s->tape, bytes + at, n - at);
    if (buf_add(&s->go_ahead, bytes + at, n - at) == 0) {
        stream_take(s->streams[SERVER_SIDE], n);
        if (!s->over)
            handshake_start(s);
        return;
    }
    err_set(&e, ERR_LIMIT, "the reply to STARTTLS is too long");
    session_fail(s, "no TLS with the server", &e);
}

/* What has arrived from this side. false: nothing of it may go on now. */
static bool carry_arrived(struct session *s, enum side from) {
    size_t n;
    const char *bytes = stream_peek(s->streams[from], &n);
    size_t most = n < CARRY_MAX ? n : CARRY_MAX;
    size_t passed = most == 0             ? 0
                    : from == CLIENT_SIDE ? follow_client(&s->follow, bytes, most)
                                          : follow_server(&s->follow, bytes, most);

    if (passed == 0)
        return false;
    if (from == CLIENT_SIDE && s->follow.state == FOLLOW_ASKED && s->proxy->options->tls == TLS_MODE_NONE) {
        send_on(s, from, bytes, last_line(bytes, passed));
        return refuse_tls(s);
    }
    if (s->follow.state == FOLLOW_AGREED) {
        agree(s, bytes, passed);
        return true;
    }
    send_on(s, from, bytes, passed);
    stream_take(s->streams[from], passed);
    return true;
}

/* May this side be read? Not while the other has not taken what it sent before, nor behind STARTTLS. */
static bool readable(const struct session *s, enum side side) {
    return !s->ended[side] && !s->pending[other(side)] &&
           (side == SERVER_SIDE || s->follow.state == FOLLOW_PLAIN);
}

/* A side that broke off has ended, too. */
static bool read_more(struct session *s, enum side side) {
    struct err e = {ERR_NONE, ""};
    ssize_t got = stream_fill(s->streams[side], 0, &e);

    if (got == -1 && e.kind == ERR_TIMEOUT)
        return false;
    if (got <= 0)
        s->ended[side] = true;
    return true;
}

/* false: there was nothing to be done. */
static bool carry(struct session *s, enum side from) {
    if (!readable(s, from))
        return false;
    return carry_arrived(s, from) || (!s->over && readable(s, from) && read_more(s, from));
}

/* --- waiting --- */

static int patience(const struct session *s) {
    bool one_left = s->ended[CLIENT_SIDE] || s->ended[SERVER_SIDE];

    return one_left && !follow_owes(&s->follow) ? GOODBYE_MS : IDLE_MS;
}

static void wait_for_more(struct session *s) {
    struct pollfd fds[SIDES + 1] = {[SIDES] = {.fd = s->proxy->wake, .events = POLLIN}};
    int ready;

    for (int side = 0; side < SIDES; side++) {
        short events =
            (short)((readable(s, (enum side)side) ? POLLIN : 0) | (s->pending[side] ? POLLOUT : 0));

        fds[side] = (struct pollfd){.fd = events != 0 ? stream_fd(s->streams[side]) : -1, .events = events};
    }
    ready = poll(fds, SIDES + 1, patience(s));
    if (ready == 0 && patience(s) == IDLE_MS)
        snprintf(s->why, sizeof(s->why), "nothing was said for %d seconds", IDLE_MS / 1000);
    if (fds[SIDES].revents != 0)
        snprintf(s->why, sizeof(s->why), "smtp-record was stopped");
    if (ready == 0 || (ready == -1 && errno != EINTR) || fds[SIDES].revents != 0)
        s->over = true;
}

void relay_run(struct session *s) {
    while (!s->over) {
        bool moved = false;

        for (int side = 0; side < SIDES && !s->over; side++) {
            if (s->pending[side])
                push(s, (enum side)side);
            moved = carry(s, (enum side)side) || moved;
            pass_end(s, (enum side)side);
        }
        if (!moved && !s->over)
            wait_for_more(s);
    }
}
