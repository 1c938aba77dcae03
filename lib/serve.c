/*
 * serve - see serve.h. Here: the session from greeting to goodbye. Waiting and
 * sending are in serve_wait.c, what is done at the very end in serve_end.c.
 *
 *     read --> server_feed() --> act --> send, pause, TLS, close ... --> read
 *
 * All that a session must know between two turns is in struct serving, nothing on a stack.
 */
#include "serve_internal.h"

#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what the session asks for --- */

/* Each returns whether the session goes on. */
typedef bool act_fn(struct serving *s);

static bool perform(struct serving *s, enum server_act act);

static bool send_all(struct serving *s) {
    bool sent = serve_send(s, s->out.data, s->out.len);

    buf_clear(&s->out);
    return sent;
}

static bool send_paced(struct serving *s) {
    struct server_pace pace = server_pace(s->server);
    size_t at = pace.at < s->out.len ? pace.at : s->out.len;
    bool sent = serve_send(s, s->out.data, at);

    if (sent && pace.delay_ms > 0)
        serve_pause(s, pace.delay_ms);
    while (sent && at < s->out.len) {
        size_t left = s->out.len - at;
        size_t n = pace.piece > 0 && pace.piece < left ? pace.piece : left;

        sent = serve_send(s, s->out.data + at, n);
        at += n;
        if (at < s->out.len)
            serve_pause(s, SERVE_TEAR_MS);
    }
    buf_clear(&s->out);
    return sent;
}

static bool handshake(struct serving *s) {
    struct err e;

    serve_step_aside(s);
    serve_limit_stream(s);
    if (tls_server(s->stream, s->setup->tls, &e) == -1)
        return serve_failed(s, &e);
    s->tls = true;
    if (s->setup->recorder != NULL)
        recorder_tls(s->setup->recorder, s->setup->immediate);
    return true;
}

/*
 * Plain text that came behind STARTTLS in one go is not protected by anything: it was put there
 * by the client, or by somebody on the way. The session has refused it (server);
 * only a weak one comes here with some left, and hears it after the handshake as if it were protected.
 */
static bool keep_plain_text(struct serving *s) {
    size_t n;
    const char *bytes = stream_peek(s->stream, &n);
    struct err e;

    if (n > 0 && !server_keeps_plain_text(s->server)) {
        err_set(&e, ERR_PROTOCOL, "%zu bytes came in plain text behind STARTTLS", n);
        return serve_failed(s, &e);
    }
    if (n > 0 && buf_add(&s->kept, bytes, n) == -1)
        return serve_no_memory(s);
    if (n > 0) /* how many, not which: a password may be among them */
        snprintf(
            s->outcome->injected, sizeof(s->outcome->injected),
            "%zu bytes came in plain text behind STARTTLS; they were obeyed as if they had come inside TLS",
            n);
    stream_take(s->stream, n);
    return true;
}

static bool start_tls(struct serving *s) {
    if (!keep_plain_text(s) || !send_all(s) || !handshake(s))
        return false;
    if (s->setup->immediate) /* nothing has been said yet */
        return perform(s, server_greet(s->server, true, &s->out));
    server_tls_started(s->server);
    return true;
}

static bool close_it(struct serving *s) {
    send_all(s);
    s->polite = true;
    return false;
}

static bool reset_it(struct serving *s) {
    serve_reset(s);
    return false;
}

static bool stall(struct serving *s) {
    if (send_all(s))
        serve_wait_for_end(s);
    return false;
}

static act_fn *const acts[] = {
    [SERVER_MORE] = send_all,  [SERVER_PACED] = send_paced, [SERVER_STARTTLS] = start_tls,
    [SERVER_CLOSE] = close_it, [SERVER_RESET] = reset_it,   [SERVER_STALL] = stall,
};

static bool perform(struct serving *s, enum server_act act) {
    return acts[act](s);
}

/* --- what the client says --- */

/* What is to be fed next: text kept from before TLS, with what came behind it; else what has arrived. */
static const char *unread(struct serving *s, size_t *n) {
    const char *bytes = stream_peek(s->stream, n);

    if (s->kept.len == 0)
        return bytes;
    if (buf_add(&s->kept, bytes, *n) == 0)
        stream_take(s->stream, *n);
    *n = s->kept.len;
    return s->kept.data;
}

static void take(struct serving *s, size_t n) {
    if (s->kept.len > 0)
        buf_take(&s->kept, n);
    else
        stream_take(s->stream, n);
}

/* Feed what there is. false: it changes nothing, more must come first. */
static bool feed(struct serving *s, enum server_act *act) {
    size_t n;
    size_t taken = 0;
    const char *bytes = unread(s, &n);

    *act = server_feed(s->server, bytes, n, &taken, &s->out);
    take(s, taken);
    if (taken > 0) /* a whole line or a block: patience begins anew; a part of a line is no progress */
        s->patience = deadline_in(s->setup->patience_ms);
    return *act != SERVER_MORE || s->out.len > 0 || taken > 0;
}

enum turn {
    TURN_ACT,  /* there is something to do */
    TURN_WAIT, /* for the client */
    TURN_OVER  /* the client has gone, or we failed */
};

static enum turn next_act(struct serving *s, enum server_act *act) {
    while (!feed(s, act))
        switch (serve_read(s)) {
        case SERVE_READ_BYTES:
            break;
        case SERVE_READ_NOTHING:
            return TURN_WAIT;
        case SERVE_READ_GIVE_UP:
            *act = server_give_up(s->server, s->outcome->why, &s->out);
            return TURN_ACT;
        case SERVE_READ_END:
            return TURN_OVER;
        }
    return TURN_ACT;
}

static bool greet(struct serving *s) {
    s->begun = true;
    return perform(s, s->setup->immediate ? server_handshake(s->server, &s->out)
                                          : server_greet(s->server, false, &s->out));
}

/* Until the session waits for the client. false: it is over. */
static bool converse(struct serving *s) {
    enum server_act act;
    enum turn turn;

    s->looks = 0;
    s->ready = s->begun; /* who has not been greeted is not expected to have spoken */
    if (!s->begun && !greet(s))
        return false;
    while ((turn = next_act(s, &act)) == TURN_ACT)
        if (!perform(s, act))
            return false;
    return turn == TURN_WAIT;
}

/* --- the whole --- */

static void begin(struct serving *s, const struct serve_setup *setup, struct stream *stream,
                  struct serve_outcome *out) {
    memset(out, 0, sizeof(*out));
    *s = (struct serving){.setup = setup, .stream = stream, .outcome = out};
    s->total = deadline_in(setup->total_ms);
    s->patience = deadline_in(setup->patience_ms);
    buf_init(&s->out, SERVER_OUT_MAX);
    buf_init(&s->kept, STREAM_IN_MAX);
    s->server = server_new(setup->config, setup->host);
    if (s->server == NULL)
        serve_no_memory(s);
    if (setup->recorder != NULL)
        stream_tap(stream, recorder_tap, setup->recorder);
}

static void close_all(struct serving *s) {
    buf_free(&s->out);
    buf_free(&s->kept);
    server_free(s->server);
    stream_free(s->stream);
    s->server = NULL;
    s->stream = NULL;
}

bool serve_go(struct serving *s) {
    if (s->server != NULL && converse(s))
        return true;
    serve_finish(s);
    close_all(s);
    return false;
}

struct serving *serve_new(const struct serve_setup *setup, struct stream *stream, struct serve_outcome *out) {
    struct serving *s = malloc(sizeof(*s));

    if (s == NULL)
        stream_free(stream);
    else
        begin(s, setup, stream, out);
    return s;
}

void serve_free(struct serving *s) {
    if (s == NULL)
        return;
    close_all(s);
    free(s);
}

void serve_run(const struct serve_setup *setup, struct stream *stream, struct serve_outcome *out) {
    struct serving s;

    begin(&s, setup, stream, out);
    while (serve_go(&s))
        serve_wait(&s);
}
