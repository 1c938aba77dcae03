/* The handshake: one that is to come off, and one that the client must break off. See play.h. */
#include "play_internal.h"

#include <string.h>

static size_t tls_broken(struct play *p, const struct err *why) {
    p->event = LOG_NO_EVENT;
    play_found(p, RULE_TLS_FAILED, 0, why->text);
    return PLAY_OVER;
}

static struct ssl_ctx_st *server_ctx(struct play *p, const struct item *item) {
    struct ssl_ctx_st *ctx;

    if (p->setup->ca == NULL) {
        err_set(p->e, ERR_SYSTEM, "%s:%u: no certificate authority for @tls", p->t->name, item->line);
        return NULL;
    }
    ctx = tls_server_ctx(p->setup->ca, p->setup->host, (enum tls_cert)item->cert, p->e);
    if (ctx != NULL && p->setup->keylog != NULL && tls_keylog(ctx, p->setup->keylog, p->e) == -1) {
        tls_ctx_free(ctx);
        return NULL;
    }
    return ctx;
}

/* --- a handshake that the client must break off --- */

/* The next item that is no blank line and no comment. */
static size_t behind(const struct transcript *t, size_t i) {
    for (i++; i < t->item_count && (t->items[i].kind == ITEM_BLANK || t->items[i].kind == ITEM_COMMENT);
         i++) {
    }
    return i;
}

static bool must_abort(const struct play *p, size_t i) {
    size_t next = behind(p->t, i);

    return next < p->t->item_count && p->t->items[next].kind == ITEM_TLS_EXPECT_ABORT;
}

bool play_abort_belongs(const struct transcript *t, size_t i) {
    size_t before = 0;
    size_t j;

    for (j = 0; j < i; j = behind(t, j))
        before = j;
    return i > 0 && (t->items[before].kind == ITEM_TLS_START || t->items[before].kind == ITEM_TLS_IMMEDIATE);
}

/* Hung up, in the handshake or before it: as it should be. The play goes on with what the transcript still has. */
static size_t aborted(struct play *p, size_t i) {
    play_gone(p, AWAIT_CLOSED);
    return behind(p->t, i) + 1;
}

/*
 * The handshake is done on our side. A client may also look at the certificate afterwards and hang up then; but one
 * that speaks, or waits for us to speak, has taken it. Where the certificate is good, words behind the 220 were the
 * reason to leave: there it comes to the same without a handshake, and be it with a QUIT.
 */
static size_t must_leave_now(struct play *p, size_t i) {
    bool bad = p->t->items[i].cert != TLS_CERT_GOOD;
    size_t n = 0;
    enum await why = play_await(p, &n);

    if (why == AWAIT_CLOSED || why == AWAIT_RESET)
        return aborted(p, i);
    if (why != AWAIT_LINE && why != AWAIT_PART && why != AWAIT_NOTHING)
        return play_end(p, why, "the end of the connection");
    if (n > 0) {
        play_take(p, n);
        p->event = play_note_line(p, p->line, p->line_len);
        play_keep(p);
    }
    play_found(p, bad ? RULE_BAD_CERTIFICATE_ACCEPTED : RULE_INJECTED_REPLY, 0,
               bad ? transcript_certs[p->t->items[i].cert] : NULL);
    return PLAY_OVER;
}

/* --- the handshake --- */

static size_t handshake(struct play *p, size_t i) {
    const struct item *item = &p->t->items[i];
    struct ssl_ctx_st *ctx = server_ctx(p, item);
    struct err why;
    int done;

    if (ctx == NULL)
        return play_trouble(p);
    stream_set_timeout(p->s, p->setup->clock_ms > 0 ? p->setup->clock_ms : -1);
    done = tls_server(p->s, ctx, &why);
    tls_ctx_free(ctx);
    if (done == -1)
        return must_abort(p, i) ? aborted(p, i) : tls_broken(p, &why);
    if (p->setup->recorder != NULL)
        recorder_tls(p->setup->recorder, item->kind == ITEM_TLS_IMMEDIATE);
    dialogue_tls_started(p->d);
    play_reached(p, REACHED_TLS);
    log_event(&p->out->log, EVENT_TLS, item->line, true, tls_describe(p->s), strlen(tls_describe(p->s)));
    return must_abort(p, i) ? must_leave_now(p, i) : i + 1;
}

/* Has it hung up without a word? */
static bool left_already(struct play *p) {
    size_t n = 0;

    return play_await(p, &n) == AWAIT_CLOSED && n == 0;
}

/* As in a session that begins in plain text, where the server speaks first. */
static bool waits_for_us(struct play *p) {
    size_t n = 0;

    return play_await(p, &n) == AWAIT_NOTHING;
}

size_t play_tls(struct play *p, size_t i) {
    unsigned char first = 0;

    if (play_first_byte(p, &first) && first == PLAY_CLIENT_HELLO)
        return handshake(p, i);
    if (must_abort(p, i) && p->t->items[i].cert == TLS_CERT_GOOD)
        return must_leave_now(p, i);
    if (must_abort(p, i) && left_already(p))
        return aborted(p, i);
    if (waits_for_us(p)) {
        play_found(p, RULE_TLS_MISSING, 0, "a ClientHello, the first message of TLS");
        return PLAY_OVER;
    }
    return play_client(p, i); /* plain text, or the end: dialogue names the rule */
}

/* --- what the user asked for --- */

bool play_asks_for_tls(const struct transcript *t) {
    const char *run = t->keys[KEY_RUN];

    return run != NULL && (strstr(run, "--tls starttls") != NULL || strstr(run, "--tls implicit") != NULL);
}
