/* The client's side of a session, from connecting to hanging up. See session.h. */
#include "session.h"

#include "../../lib/deadline.h"
#include "../../lib/tls.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 1024
#define FLUSH_SLICE_MS 250 /* after which somebody may be asked whether to go on */
#define PIECE 32768        /* bytes given to the stream between two looks */

/* --- events and findings --- */

/* Events are told even when the log is full. */
void session_note(struct session *s, enum event_kind kind, const char *text, size_t n, size_t full) {
    struct event e = {.kind = kind, .tls = session_tls(s), .text = (char *)text, .len = n, .full_len = full};
    size_t i = log_event(&s->log, kind, 0, e.tls, text, n);

    if (i != LOG_NO_EVENT) {
        s->log.events[i].full_len = full;
        s->log.events[i].by_client = s->by_us;
        e = s->log.events[i];
    }
    s->at = i;
    s->on.event(s->on.arg, &e);
}

static void on_found(void *arg, enum rule rule, enum circumstance circumstance, size_t at) {
    struct session *s = arg;
    struct finding f = {
        .rule = rule, .circumstance = circumstance, .event = s->at, .at = at, .expected = s->may.data};
    bool known = log_has(&s->log, rule);

    log_finding(&s->log, &f);
    if (!known && s->log.finding_count > 0)
        s->on.finding(s->on.arg, &s->log.findings[s->log.finding_count - 1]);
}

/* --- make and free --- */

static int fresh(struct session *s) {
    dialogue_free(s->dialogue);
    s->dialogue = dialogue_new(on_found, s);
    buf_clear(&s->partial);
    buf_clear(&s->sent);
    buf_clear(&s->heard);
    buf_clear(&s->reply);
    s->reply_whole = false;
    s->sent_secret = false;
    return s->dialogue != NULL ? 0 : -1;
}

int session_init(struct session *s, struct link *l) {
    memset(s, 0, sizeof *s);
    s->link = l;
    s->timeout_ms = TIMEOUT_DEFAULT * 1000;
    log_init(&s->log);
    wire_init(&s->wire);
    buf_init(&s->partial, SESSION_STEP_BYTES);
    buf_init(&s->sent, SESSION_TURN_KEPT);
    buf_init(&s->heard, SESSION_TURN_KEPT);
    buf_init(&s->reply, SESSION_TURN_KEPT);
    buf_init(&s->may, WORDS_MAX);
    return fresh(s);
}

static void forget_steps(struct session *s, size_t keep) {
    while (s->step_count > keep)
        buf_free(&s->steps[--s->step_count].bytes);
}

void session_free(struct session *s) {
    session_close(s, true);
    dialogue_free(s->dialogue);
    log_free(&s->log);
    record_free(&s->record);
    wire_free(&s->wire);
    forget_steps(s, 0);
    free(s->steps);
    buf_free(&s->partial);
    buf_free(&s->sent);
    buf_free(&s->heard);
    buf_free(&s->reply);
    buf_free(&s->may);
}

/* --- ask --- */

enum phase session_phase(const struct session *s) {
    return s->stream == NULL ? PHASE_CLOSED : dialogue_phase(s->dialogue);
}

bool session_tls(const struct session *s) {
    return s->stream != NULL && tls_describe(s->stream) != NULL;
}

size_t session_secret(const struct session *s, const char *bytes, size_t n) {
    size_t from = 0;

    return dialogue_secret(s->dialogue, bytes, n, &from) ? from : SIZE_MAX;
}

/* --- connect and hang up --- */

static enum heard trouble(struct session *s, const struct err *e) {
    s->why = *e;
    return HEARD_TROUBLE;
}

static int connect_recorded(struct session *s, struct err *e) {
    if (record_begin(&s->record, s->link->where, s->user, s->password, e) == -1 ||
        wire_insert(&s->wire, s->stream, e) == -1)
        return -1;
    stream_tap(s->stream, recorder_tap, s->record.recorder);
    return 0;
}

enum heard session_open(struct session *s) {
    struct err e = {ERR_NONE, ""};

    wire_forget(&s->wire);
    if (fresh(s) == -1 || link_open(s->link, &s->stream, &e) == -1)
        return trouble(s, &e);
    if (connect_recorded(s, &e) == -1) {
        session_close(s, true);
        return trouble(s, &e);
    }
    session_note(s, EVENT_CONNECT, "", 0, 0);
    if (s->link->immediate) {
        enum heard begun = session_tls_begin(s, true);

        if (begun != HEARD_ALL)
            return begun;
    }
    return session_listen(s);
}

void session_close(struct session *s, bool by_us) {
    if (s->stream == NULL)
        return;
    if (s->record.recorder != NULL)
        recorder_close(s->record.recorder);
    if (by_us) {
        stream_set_timeout(s->stream, FLUSH_SLICE_MS);
        tls_shutdown(s->stream);
    }
    stream_free(s->stream);
    s->stream = NULL;
    link_closed(s->link);
    record_end(&s->record, s->replaying);
}

enum heard session_lost(struct session *s, bool by_us, const char *why) {
    err_set(&s->why, ERR_CLOSED, "%s", why);
    s->by_us = by_us;
    session_note(s, EVENT_CLOSE, "", 0, 0);
    s->by_us = false;
    session_close(s, by_us);
    return HEARD_CLOSED;
}

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
        return trouble(s, &e);
    begin_turn(s);
    if (add_step(s, bytes, n) == -1 || take_lines(s, bytes, n) == -1)
        return out_of_memory(s);
    heard = put(s, bytes, n);
    if (heard == HEARD_ALL)
        heard = session_listen(s);
    end_step(s);
    return heard;
}

/* --- again --- */

static void forget_log(struct session *s) {
    log_free(&s->log);
    log_init(&s->log);
}

/* On a fresh connection of its own, so the log begins anew as well. */
static enum heard say_again(struct session *s, size_t keep) {
    enum heard heard;
    size_t i;

    forget_steps(s, keep);
    forget_log(s);
    heard = session_open(s);
    for (i = 0; i < keep && heard == HEARD_ALL; i++)
        heard = session_send(s, s->steps[i].bytes.data, s->steps[i].bytes.len);
    return heard;
}

enum heard session_reconnect(struct session *s) {
    session_close(s, true);
    forget_steps(s, 0);
    return session_open(s);
}

enum heard session_again(struct session *s, size_t keep) {
    enum heard heard;

    s->replaying = true;
    session_close(s, true);
    heard = say_again(s, keep < s->step_count ? keep : s->step_count);
    s->replaying = false;
    return heard;
}
