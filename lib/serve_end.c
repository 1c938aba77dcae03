/*
 * serve, the end of a session: why it ended, in words, and how to hang up so that
 * the client hears our last ones.
 */
#include "serve_internal.h"

#include "tls.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const end_names[] = {
    [SERVE_QUIT] = "quit",       [SERVE_CLOSED] = "closed", [SERVE_REFUSED] = "refused",
    [SERVE_TIMEOUT] = "timeout", [SERVE_TLS] = "tls",       [SERVE_TROUBLE] = "trouble",
};

const char *serve_end_name(enum serve_end end) {
    return end_names[end];
}

/* No printf: every session comes here. NULL is "", and what has no room is cut off. */
static void copy(char *to, size_t size, const char *from) {
    size_t n = from != NULL ? strnlen(from, size - 1) : 0;

    if (n > 0)
        memcpy(to, from, n);
    to[n] = '\0';
}

#define COPY(to, from) copy((to), sizeof(to), (from))

/* --- why --- */

void serve_ended(struct serving *s, enum serve_end end, const char *why) {
    if (s->ended)
        return;
    s->ended = true;
    s->outcome->end = end;
    COPY(s->outcome->why, why);
}

bool serve_failed(struct serving *s, const struct err *e) {
    static const enum serve_end ends[] = {
        [ERR_CLOSED] = SERVE_CLOSED, [ERR_TIMEOUT] = SERVE_TIMEOUT, [ERR_PROTOCOL] = SERVE_REFUSED,
        [ERR_TLS] = SERVE_TLS,       [ERR_SYSTEM] = SERVE_TROUBLE,
    };
    bool known =
        e->kind == ERR_CLOSED || e->kind == ERR_TIMEOUT || e->kind == ERR_PROTOCOL || e->kind == ERR_TLS;

    serve_ended(s, known ? ends[e->kind] : SERVE_TROUBLE, e->text);
    return false;
}

bool serve_no_memory(struct serving *s) {
    serve_ended(s, SERVE_TROUBLE, "out of memory");
    return false;
}

/* --- hanging up --- */

void serve_reset(struct serving *s) {
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (stream_fd(s->stream) != -1)
        setsockopt(stream_fd(s->stream), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

/* Has the client said more than we read? */
static bool still_talking(const struct serving *s) {
    char one;
    size_t n;

    stream_peek(s->stream, &n);
    return n > 0 || recv(stream_fd(s->stream), &one, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/*
 * Say that no more will come, and read until the client says the same. Straight from the socket,
 * TLS or not: nobody looks at these bytes any more.
 */
static void linger(int fd) {
    struct deadline until = deadline_in(SERVE_LINGER_MS);
    char scrap[4096];

    shutdown(fd, SHUT_WR);
    while (deadline_left(until) > 0 && deadline_poll(until, fd, POLLIN) > 0)
        if (recv(fd, scrap, sizeof(scrap), MSG_DONTWAIT) <= 0)
            return;
}

/* After QUIT a client listens and hangs up; only if it did not stop talking is there something to wait for. */
static void hang_up(struct serving *s) {
    int fd = stream_fd(s->stream);

    if (s->tls)
        serve_step_aside(s);
    serve_limit_stream(s);
    tls_shutdown(s->stream);
    if (fd == -1 || (s->outcome->end == SERVE_QUIT && !still_talking(s)))
        return;
    serve_step_aside(s);
    linger(fd);
}

/* --- the outcome --- */

static void summarize(struct serving *s) {
    struct serve_outcome *o = s->outcome;

    server_summarize(s->server, &o->summary);
    COPY(o->hello, o->summary.hello);
    COPY(o->user, o->summary.user);
    COPY(o->last, o->summary.last);
    COPY(o->protocol, tls_describe(s->stream));
    o->summary.hello = o->hello;
    o->summary.user = o->summary.user != NULL ? o->user : NULL;
    o->summary.last = o->last;
}

void serve_finish(struct serving *s) {
    if (s->server != NULL)
        summarize(s);
    if (s->outcome->summary.quit)
        serve_ended(s, SERVE_QUIT, "");
    else
        serve_ended(s, SERVE_REFUSED, s->outcome->last);
    if (s->polite)
        hang_up(s);
    if (s->setup->recorder != NULL)
        recorder_close(s->setup->recorder);
}
