/*
 * AUTH (RFC 4954): a command, then as many challenges (334) and responses as the mechanism wants. Each step says which
 * function takes the next response; the mechanisms themselves are in server_mechanism.c. See server.h.
 */
#include "server_internal.h"

#include "encode.h"

#include <string.h>

/* --- steps --- */

void server_wipe(struct buf *b) {
    if (b->len > 0)
        memset(b->data, 0, b->len);
    buf_clear(b);
}

void server_auth_end(struct server *s) {
    s->login.next = NULL;
    server_wipe(&s->login.user);
    server_wipe(&s->login.text);
    if (s->phase == PHASE_AUTH)
        s->phase = PHASE_READY;
    if (s->reads == READS_RESPONSE)
        s->reads = READS_COMMAND;
}

/* 334 and a challenge, already in base64; `next` takes what comes back. */
void server_auth_ask(struct server *s, const char *challenge, server_response_fn *next) {
    server_say(s, 334, challenge);
    s->login.next = next;
    s->phase = PHASE_AUTH;
    s->reads = READS_RESPONSE;
}

void server_auth_ask_encoded(struct server *s, const char *text, server_response_fn *next) {
    struct buf challenge;

    buf_init(&challenge, REPLY_LINE_MAX);
    if (encode_base64(&challenge, text, strlen(text)) == 0)
        server_auth_ask(s, challenge.data, next);
    else
        server_auth_fail(s, REFUSE_NO_MEMORY);
    buf_free(&challenge);
}

void server_auth_fail(struct server *s, enum server_refusal why) {
    server_auth_end(s);
    server_refuse(s, why);
}

void server_auth_finish(struct server *s, bool right) {
    if (!right) {
        server_auth_fail(s, REFUSE_LOGIN);
        return;
    }
    server_auth_end(s);
    s->summary.user = s->config->user;
    server_work_done(s);
    server_good(s, 235, "2.7.0 Authentication succeeded");
}

/* --- the command --- */

static void take(struct server *s, const char *text, size_t n, server_response_fn *next) {
    server_wipe(&s->login.text);
    if (decode_base64(&s->login.text, text, n) == -1)
        server_auth_fail(s, REFUSE_BASE64);
    else
        next(s, s->login.text.data, s->login.text.len);
}

void server_auth_response(struct server *s, const char *line, size_t n) {
    server_response_fn *next = s->login.next;

    if (n == 1 && *line == '*')
        server_auth_fail(s, REFUSE_CANCELLED);
    else if (next == server_xoauth2_failed)
        next(s, line, n); /* some answer with base64, some with nothing */
    else
        take(s, line, n, next);
}

static enum server_refusal cannot_log_in(const struct server *s) {
    if (s->config->user == NULL || (s->config->auth & SERVER_AUTH_ALL) == 0)
        return REFUSE_NO_AUTH;
    if (!s->esmtp)
        return REFUSE_EHLO_FIRST;
    if (s->summary.user != NULL)
        return REFUSE_AUTH_TWICE;
    return server_auth_offered(s) ? REFUSE_NOTHING : REFUSE_AUTH_CLEAR;
}

/* "=" stands for an initial response of no bytes (RFC 4954 4). */
static void begin(struct server *s, const struct server_mechanism *m, const char *initial, size_t n) {
    if (m->challenge != NULL && n > 0)
        server_refuse(s, REFUSE_NO_INITIAL);
    else if (m->challenge != NULL)
        m->challenge(s);
    else if (n == 0)
        server_auth_ask(s, m->prompt, m->response);
    else
        take(s, initial, n == 1 && *initial == '=' ? 0 : n, m->response);
}

void server_auth(struct server *s, const struct command *c) {
    enum server_refusal why = cannot_log_in(s);
    const char *space = c->args_len > 0 ? memchr(c->args, ' ', c->args_len) : NULL;
    size_t name_len = space != NULL ? (size_t)(space - c->args) : c->args_len;
    const struct server_mechanism *m = server_mechanism_find(s, c->args, name_len);

    if (why != REFUSE_NOTHING)
        server_refuse(s, why);
    else if (name_len == 0)
        server_refuse_syntax(s, VERB_AUTH);
    else if (m == NULL)
        server_refuse(s, REFUSE_MECHANISM);
    else if (space != NULL)
        begin(s, m, space + 1, c->args_len - name_len - 1);
    else
        begin(s, m, "", 0);
}
