/* The client's side of a session, from connecting to hanging up. See session.h. */
#include "session.h"

#include "../../lib/deadline.h"
#include "../../lib/tls.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 1024
#define GOODBYE_MS 250 /* for the close_notify to leave */

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

enum heard session_trouble(struct session *s, const struct err *e) {
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
        return session_trouble(s, &e);
    if (connect_recorded(s, &e) == -1) {
        session_close(s, true);
        return session_trouble(s, &e);
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
        stream_set_timeout(s->stream, GOODBYE_MS);
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
