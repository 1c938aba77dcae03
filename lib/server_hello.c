/* EHLO, HELO and STARTTLS: what the client may count on from here. See server.h. */
#include "server_internal.h"

#include <stdio.h>
#include <string.h>

/* --- what EHLO lists --- */

size_t server_size_max(const struct server *s) {
    return s->config->size_max > 0 ? s->config->size_max : SERVER_SIZE_MAX;
}

static bool has_tls(const struct server *s) {
    return s->config->tls && !s->tls; /* not twice (RFC 3207 4.2) */
}

static int add_size(const struct server *s, struct buf *out) {
    return buf_add_char(out, ' ') | buf_add_number(out, server_size_max(s));
}

/* In the order in which they are shown. `verb`: a fault that strips it strips the line as well. */
static const struct {
    const char *keyword;
    enum verb verb;
    bool (*offered)(const struct server *);                /* NULL: always */
    int (*arguments)(const struct server *, struct buf *); /* NULL: none */
} extensions[] = {
    {"PIPELINING", VERB_UNKNOWN, NULL, NULL},                   /* RFC 2920 */
    {"SIZE", VERB_UNKNOWN, NULL, add_size},                     /* RFC 1870 */
    {"8BITMIME", VERB_UNKNOWN, NULL, NULL},                     /* RFC 6152 */
    {"SMTPUTF8", VERB_UNKNOWN, NULL, NULL},                     /* RFC 6531 */
    {"DSN", VERB_UNKNOWN, NULL, NULL},                          /* RFC 3461 */
    {"CHUNKING", VERB_BDAT, NULL, NULL},                        /* RFC 3030 */
    {"STARTTLS", VERB_STARTTLS, has_tls, NULL},                 /* RFC 3207 */
    {"AUTH", VERB_AUTH, server_auth_offered, server_auth_list}, /* RFC 4954 */
    {"VRFY", VERB_VRFY, NULL, NULL},                            /* RFC 5321 */
    {"HELP", VERB_HELP, NULL, NULL},                            /* RFC 5321 */
    {"ENHANCEDSTATUSCODES", VERB_UNKNOWN, NULL, NULL},          /* RFC 2034 */
};

static int list_extensions(const struct server *s, struct buf *text) {
    int bad = 0;

    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        if (faults_stripped(&s->config->faults, extensions[i].verb) ||
            (extensions[i].offered != NULL && !extensions[i].offered(s)))
            continue;
        bad |= buf_add_char(text, '\n') | buf_add_text(text, extensions[i].keyword);
        if (extensions[i].arguments != NULL)
            bad |= extensions[i].arguments(s, text);
    }
    return bad;
}

/* --- the greetings --- */

void server_forget(struct server *s) {
    server_mail_reset(s);
    server_auth_end(s);
    s->esmtp = false;
    s->hello[0] = '\0';
    s->summary.user = NULL;
}

/* A host name or an address literal, in ASCII (RFC 5321 4.1.4). Whether it is the client's own is nobody's business. */
static bool take_name(struct server *s, const struct command *c) {
    if (c->args_len > ADDRESS_DOMAIN_MAX || !address_ascii(c->args, c->args_len) ||
        !address_domain_valid(c->args, c->args_len)) {
        server_refuse_syntax(s, c->verb);
        return false;
    }
    memcpy(s->hello, c->args, c->args_len);
    s->hello[c->args_len] = '\0';
    return true;
}

/* Either of them drops a mail that has begun, as RSET does (RFC 5321 4.1.4). */
static bool greeted(struct server *s, const struct command *c, bool esmtp) {
    if (!take_name(s, c))
        return false;
    server_mail_reset(s);
    s->esmtp = esmtp;
    s->phase = PHASE_READY;
    server_work_done(s);
    return true;
}

void server_ehlo(struct server *s, const struct command *c) {
    struct buf text;

    if (!greeted(s, c, true))
        return;
    buf_init(&text, SERVER_REPLY_MAX);
    if ((buf_addf(&text, "%s greets %s", s->config->name, s->hello) | list_extensions(s, &text)) == 0)
        server_say(s, 250, text.data);
    else
        server_refuse(s, REFUSE_NO_MEMORY);
    buf_free(&text);
}

void server_helo(struct server *s, const struct command *c) {
    if (greeted(s, c, false))
        server_sayf(s, 250, "%s greets %s", s->config->name, s->hello);
}

/* --- STARTTLS --- */

/* What a man in the middle would put there: the answer to the EHLO that the client has not sent yet. */
static void inject(struct server *s) {
    (void)buf_addf(s->out, "250-%s injected in plain text\r\n250 AUTH PLAIN LOGIN\r\n", s->config->name);
}

static enum server_refusal cannot_start_tls(const struct server *s) {
    if (s->tls)
        return REFUSE_TLS_TWICE;
    if (!s->config->tls)
        return REFUSE_NO_TLS;
    if (!s->esmtp)
        return REFUSE_EHLO_FIRST;
    return s->behind > 0 && !server_keeps_plain_text(s) ? REFUSE_TLS_BEHIND : REFUSE_NOTHING;
}

void server_starttls(struct server *s, const struct command *c) {
    enum server_refusal why = cannot_start_tls(s);

    (void)c;
    if (why != REFUSE_NOTHING) {
        server_refuse(s, why);
        if (why == REFUSE_TLS_BEHIND)
            server_close(s, SERVER_CLOSE);
        return;
    }
    server_good(s, 220, "2.0.0 Ready to start TLS");
    if (server_fault_injects(s))
        inject(s);
    server_work_done(s);
    s->phase = PHASE_TLS;
    s->reads = READS_NOTHING;
    s->then = SERVER_STARTTLS;
    server_fault_handshake(s);
}
