/* What goes out in a session: judged line by line, kept as a step, sent as it is. See session.h. */
#include "session.h"

#include "../../lib/deadline.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_SLICE_MS 250 /* after which somebody may be asked whether to go on */
#define PIECE 32768        /* bytes given to the stream between two looks */

/* --- send --- */

/* Gather bytes as they are, but secrets, for :bytes. */
static void keep_sent(struct session *s, const char *shown, size_t n) {
    size_t room = SESSION_TURN_KEPT - s->sent.len;

    buf_add(&s->sent, shown, n < room ? n : room);
}

/* The line as it may be shown. */
static void masked(const char *line, size_t n, size_t from, struct buf *out) {
    buf_add(out, line, from < n ? from : n);
    if (from < n)
        buf_add_text(out, "***\r\n");
}

/* A whole line: noted, judged. */
static void take_line(struct session *s, const char *line, size_t n) {
    size_t from = session_secret(s, line, n);
    enum verb owed;
    struct buf shown;

    buf_init(&shown, SESSION_STEP_BYTES);
    masked(line, n, from, &shown);
    s->sent_secret = s->sent_secret || from < n;
    keep_sent(s, shown.data, shown.len);
    session_note(s, EVENT_CLIENT, shown.data, shown.len, from < n ? shown.len : n);
    buf_free(&shown);
    buf_clear(&s->may);
    dialogue_expected(s->dialogue, &s->may);
    if (dialogue_owes_reply(s->dialogue, &owed))
        dialogue_early(s->dialogue, line, n, false);
    dialogue_client_line(s->dialogue, line, n);
}

/* What is whole in the bytes sent is judged; the rest waits for its line end. */
static int take_lines(struct session *s, const char *bytes, size_t n) {
    const char *lf;

    if (buf_add(&s->partial, bytes, n) == -1)
        return -1;
    while ((lf = memchr(s->partial.data, '\n', s->partial.len)) != NULL) {
        size_t len = (size_t)(lf - s->partial.data) + 1;

        take_line(s, s->partial.data, len);
        buf_take(&s->partial, len);
    }
    return 0;
}

static enum heard flush(struct session *s) {
    struct deadline until = deadline_in(s->timeout_ms);
    struct err e = {ERR_NONE, ""};

    stream_set_timeout(s->stream, FLUSH_SLICE_MS);
    while (stream_flush(s->stream, &e) == -1) {
        if (e.kind != ERR_TIMEOUT)
            return session_lost(s, false, e.text);
        if (s->on.interrupted(s->on.arg))
            return session_lost(s, true, "the server did not take what was sent, and you stopped waiting");
        if (deadline_left(until) == 0)
            return session_lost(s, true, "the server did not take what was sent");
    }
    return HEARD_ALL;
}

/* In pieces smaller than what a stream gathers, so that only flush() waits. */
static enum heard put(struct session *s, const char *bytes, size_t n) {
    enum heard done = HEARD_ALL;
    struct err e;

    while (n > 0 && done == HEARD_ALL) {
        size_t piece = n < PIECE ? n : PIECE;

        if (stream_write(s->stream, bytes, piece, &e) == -1)
            return session_lost(s, false, e.text);
        done = flush(s);
        bytes += piece;
        n -= piece;
    }
    return done;
}

static int add_step(struct session *s, const char *bytes, size_t n) {
    struct step *bigger;

    if (s->replaying)
        return 0;
    bigger = realloc(s->steps, (s->step_count + 1) * sizeof *bigger);
    if (bigger == NULL)
        return -1;
    s->steps = bigger;
    s->steps[s->step_count] = (struct step){.secret_from = session_secret(s, bytes, n)};
    buf_init(&s->steps[s->step_count].bytes, SESSION_STEP_BYTES);
    if (buf_add(&s->steps[s->step_count].bytes, bytes, n) == -1)
        return -1;
    s->step_count++;
    return 0;
}

static enum heard out_of_memory(struct session *s) {
    err_set(&s->why, ERR_SYSTEM, "out of memory, or too many bytes for one step");
    return HEARD_TROUBLE;
}

static void begin_turn(struct session *s) {
    wire_forget(&s->wire);
    buf_clear(&s->sent);
    buf_clear(&s->heard);
    s->sent_tls = s->heard_tls = session_tls(s);
    s->sent_secret = false;
}

/* The reply's code is the step's; what had no reply has none. */
static void end_step(struct session *s) {
    enum verb ignored;

    if (s->replaying || s->step_count == 0)
        return;
    s->steps[s->step_count - 1].code = s->heard.len > 0 ? dialogue_last_reply(s->dialogue, &ignored) : 0;
}

enum heard session_send(struct session *s, const char *bytes, size_t n) {
    enum heard heard = session_look(s);
    struct err e = {ERR_NONE, ""};

    if (heard != HEARD_ALL)
        return heard;
    if (link_prepare(s->link, &e) == -1)
        return session_trouble(s, &e);
    begin_turn(s);
    if (add_step(s, bytes, n) == -1 || take_lines(s, bytes, n) == -1)
        return out_of_memory(s);
    heard = put(s, bytes, n);
    if (heard == HEARD_ALL)
        heard = session_listen(s);
    end_step(s);
    return heard;
}
