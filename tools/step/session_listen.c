/* The server's side of a session: whole lines, within limits of time, lines and bytes. See session.h. */
#include "session.h"

#include "../../lib/deadline.h"
#include "../../lib/reply.h"

#include <poll.h>
#include <string.h>

#define SLICE_MS 250    /* how often someone is asked whether to go on */
#define CLOSING_MS 2000 /* after 421 the server closes; so long it may take */

static const char no_memory[] = "out of memory, so a line of the server is lost";
static const char endless[] = "the server sends without end; the connection was closed from here";

/* One wait for the server. */
struct listening {
    struct deadline until;
    struct deadline patience;
    bool told; /* that it takes long */
    size_t lines;
    size_t bytes;
};

static struct listening listening_for(int timeout_ms) {
    return (struct listening){.until = deadline_in(timeout_ms), .patience = deadline_in(SESSION_PATIENCE_MS)};
}

static enum heard not_connected(struct session *s) {
    err_set(&s->why, ERR_CLOSED, "there is no connection");
    return HEARD_TROUBLE;
}

/* --- a line of the server --- */

static void keep_heard(struct session *s, const char *bytes, size_t n) {
    size_t room = SESSION_TURN_KEPT - s->heard.len;

    buf_add(&s->heard, bytes, n < room ? n : room);
    s->heard_tls = session_tls(s);
}

/* The lines of one reply, for :why; a line that begins a new one drops those of the last. */
static void keep_reply(struct session *s, const char *bytes, size_t n) {
    struct reply_line line;

    if (s->reply_whole)
        buf_clear(&s->reply);
    buf_add(&s->reply, bytes, n);
    s->reply_whole = reply_line_parse(bytes, n, &line) > 0 && line.last;
}

void session_server_line(struct session *s, const char *bytes, size_t n, size_t full) {
    keep_heard(s, bytes, n);
    keep_reply(s, bytes, n);
    session_note(s, EVENT_SERVER, bytes, n, full);
    dialogue_server_line(s->dialogue, bytes, n);
}

/* --- waiting --- */

static void grow_impatient(struct session *s, struct listening *l) {
    if (l->told || deadline_left(l->patience) > 0)
        return;
    l->told = true;
    s->on.waiting(s->on.arg);
}

/* The end of the connection. What there is of a line may be the last words of a dying server. */
static enum heard closed(struct session *s) {
    size_t n;
    const char *bytes = stream_peek(s->stream, &n);
    struct buf line;

    if (n == 0)
        return session_lost(s, false, "the server closed the connection");
    buf_init(&line, SESSION_LINE_KEPT);
    buf_add(&line, bytes, n);
    session_note(s, EVENT_SERVER, line.data, line.len, n);
    buf_free(&line);
    return session_lost(s, false, "the server closed the connection in the middle of a line");
}

/* Until bytes have come. A poll() that a signal cuts short is just an early look. */
static enum heard await_bytes(struct session *s, struct listening *l) {
    struct err e = {ERR_NONE, ""};

    for (;;) {
        struct pollfd fd = {.fd = stream_fd(s->stream), .events = POLLIN};
        ssize_t got = stream_fill(s->stream, 0, &e);
        int left = deadline_left(l->until);

        if (got > 0)
            return HEARD_ALL;
        if (got == 0)
            return closed(s);
        if (e.kind != ERR_TIMEOUT)
            return session_lost(s, false, e.text);
        if (s->on.interrupted(s->on.arg))
            return HEARD_INTERRUPT;
        if (left == 0)
            return HEARD_SILENCE;
        grow_impatient(s, l);
        poll(&fd, 1, left > 0 && left < SLICE_MS ? left : SLICE_MS);
    }
}

static bool has_ended(struct session *s, struct err *e) {
    ssize_t got = stream_fill(s->stream, 0, e);

    return got == 0 || (got == -1 && e->kind != ERR_TIMEOUT);
}

/* Drop bytes of a line that is longer than we look at, up to its end. */
static enum heard skip_rest(struct session *s, struct listening *l, size_t *full) {
    enum heard heard = HEARD_ALL;

    while (heard == HEARD_ALL) {
        size_t n;
        const char *bytes = stream_peek(s->stream, &n);
        const char *lf = n > 0 ? memchr(bytes, '\n', n) : NULL;
        size_t part = lf != NULL ? (size_t)(lf - bytes) + 1 : n;

        *full += part;
        l->bytes += part;
        stream_take(s->stream, part);
        if (lf != NULL)
            return HEARD_ALL;
        if (l->bytes > SESSION_REPLY_BYTES)
            return session_lost(s, true, endless);
        heard = await_bytes(s, l);
    }
    return heard;
}

/* A line of which only the beginning is kept; it is judged as if it ended there. */
static enum heard long_line(struct session *s, struct listening *l) {
    struct buf line;
    size_t n, full = SESSION_LINE_KEPT;
    const char *bytes = stream_peek(s->stream, &n);
    enum heard heard;

    buf_init(&line, SESSION_LINE_KEPT + 2);
    buf_add(&line, bytes, SESSION_LINE_KEPT);
    buf_add_text(&line, "\r\n");
    stream_take(s->stream, SESSION_LINE_KEPT);
    heard = skip_rest(s, l, &full);
    if (heard == HEARD_ALL)
        session_server_line(s, line.data, line.len, full);
    buf_free(&line);
    return heard;
}

/* One line, however it is cut into packets. It is copied: what follows from it may read on. */
static enum heard whole_line(struct session *s, const char *bytes, size_t n) {
    struct buf line;

    buf_init(&line, SESSION_LINE_KEPT);
    if (buf_add(&line, bytes, n) == -1)
        return session_lost(s, true, no_memory);
    stream_take(s->stream, n);
    session_server_line(s, line.data, line.len, line.len);
    buf_free(&line);
    return HEARD_ALL;
}

/* A line that is there already. HEARD_SILENCE: none is. */
static enum heard line_at_hand(struct session *s, struct listening *l) {
    size_t n;
    const char *bytes = stream_peek(s->stream, &n);
    const char *lf = n > 0 ? memchr(bytes, '\n', n < SESSION_LINE_KEPT ? n : SESSION_LINE_KEPT) : NULL;

    if (lf == NULL && n < SESSION_LINE_KEPT)
        return HEARD_SILENCE;
    if (++l->lines > SESSION_REPLY_LINES || l->bytes > SESSION_REPLY_BYTES)
        return session_lost(s, true, endless);
    if (lf == NULL)
        return long_line(s, l);
    l->bytes += (size_t)(lf - bytes) + 1;
    return whole_line(s, bytes, (size_t)(lf - bytes) + 1);
}

static enum heard next_line(struct session *s, struct listening *l) {
    for (;;) {
        enum heard heard = line_at_hand(s, l);

        if (heard != HEARD_SILENCE)
            return heard;
        heard = await_bytes(s, l);
        if (heard != HEARD_ALL)
            return heard;
    }
}

/* --- replies --- */

/* 421 and 221: the server closes, and we see it do so. */
static enum heard see_it_close(struct session *s) {
    struct listening l = listening_for(CLOSING_MS);
    enum heard heard = HEARD_ALL;

    while (heard == HEARD_ALL)
        heard = next_line(s, &l);
    if (s->stream != NULL)
        return session_lost(s, true,
                            "nothing more can come after this reply, so the connection was closed from here");
    return HEARD_CLOSED;
}

/* What the last reply leads to besides the next command. */
static enum heard follow(struct session *s) {
    enum verb to;

    if (dialogue_phase(s->dialogue) == PHASE_TLS)
        return session_tls_begin(s, false);
    if (dialogue_phase(s->dialogue) == PHASE_CLOSED || dialogue_last_reply(s->dialogue, &to) == 421)
        return see_it_close(s);
    return HEARD_ALL;
}

enum heard session_listen(struct session *s) {
    struct listening l = listening_for(s->timeout_ms);
    enum heard heard = HEARD_ALL;
    bool replied = false;
    enum verb to;

    if (s->stream == NULL)
        return not_connected(s);
    while (heard == HEARD_ALL && dialogue_owes_reply(s->dialogue, &to)) {
        heard = next_line(s, &l);
        replied = true;
    }
    return heard == HEARD_ALL && replied ? follow(s) : heard;
}

/* --- unasked --- */

enum heard session_look(struct session *s) {
    struct listening l = listening_for(0);
    struct err e = {ERR_NONE, ""};
    enum heard heard = HEARD_ALL;
    bool told = false, ended;
    enum verb to;
    size_t n;

    if (s->stream == NULL)
        return not_connected(s);
    if (dialogue_owes_reply(s->dialogue, &to)) /* it is late, not unasked */
        return HEARD_ALL;
    ended = has_ended(s, &e);
    while (heard == HEARD_ALL && stream_peek(s->stream, &n) != NULL && n > 0) {
        if (!told)
            s->on.unasked(s->on.arg);
        told = true;
        heard = line_at_hand(s, &l);
    }
    if (heard == HEARD_CLOSED || !ended)
        return heard == HEARD_SILENCE ? HEARD_ALL : heard;
    return closed(s);
}
