/* The session as a whole: the loop that reads, how it begins and ends, what can be asked. See server.h. */
#include "server_internal.h"

#include <stdlib.h>
#include <string.h>

#define FROM_MAX ADDRESS_PATH_MAX
#define RECIPIENTS_BYTES ((size_t)SERVER_RECIPIENTS_MAX * (ADDRESS_PATH_MAX + 1))

/* --- begin and end --- */

static const struct server_host nobody; /* a host that does nothing */

static void init_buffers(struct server *s) {
    buf_init(&s->mail.from, FROM_MAX);
    buf_init(&s->mail.to, 2 * RECIPIENTS_BYTES); /* twice: a weak server adds those of Bcc: fields */
    buf_init(&s->login.user, SERVER_LINE_MAX);
    buf_init(&s->login.text, SERVER_LINE_MAX);
    buf_init(&s->header, SERVER_OUT_MAX);
}

struct server *server_new(const struct server_config *config, const struct server_host *host) {
    struct server *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->config = config;
    s->host = host != NULL ? host : &nobody;
    s->phase = PHASE_CONNECTED;
    init_buffers(s);
    return s;
}

void server_free(struct server *s) {
    if (s == NULL)
        return;
    server_mail_reset(s);
    buf_free(&s->mail.from);
    buf_free(&s->mail.to);
    free(s->mail.list);
    buf_free(&s->login.user);
    buf_free(&s->login.text);
    buf_free(&s->header);
    free(s);
}

/* What the host has of a message it keeps until server_free(): a fault may close the session around a delivery. */
void server_close(struct server *s, enum server_act how) {
    s->then = how;
    s->phase = PHASE_CLOSED;
    s->reads = READS_NOTHING;
}

void server_work_done(struct server *s) {
    s->errors = 0;
}

/* --- what the caller has to do next --- */

/* A reset throws away what is not sent yet. So what was said before leaves first. */
static void send_before_reset(struct server *s, size_t said) {
    if (s->then != SERVER_RESET || said == 0)
        return;
    s->paced = true;
    s->pace = (struct server_pace){.at = said};
}

static void enter(struct server *s, struct buf *out) {
    s->out = out;
    s->began = out->len;
    s->pace = (struct server_pace){0};
}

static enum server_act leave(struct server *s) {
    enum server_act act = s->then;

    send_before_reset(s, s->out->len - s->began);
    s->out = NULL;
    if (s->paced) {
        s->paced = false;
        return SERVER_PACED;
    }
    if (act == SERVER_STARTTLS)
        s->then = SERVER_MORE; /* once: server_tls_started() goes on */
    return act;
}

enum server_act server_greet(struct server *s, bool immediate, struct buf *out) {
    const struct server_config *c = s->config;

    enter(s, out);
    s->tls = s->tls || immediate;
    s->phase = PHASE_GREETED;
    server_count(s, FAULT_AT_GREETING);
    if (server_fault(s, FAULT_AT_GREETING, VERB_UNKNOWN) == STRUCK_NOT) {
        struct buf text;

        buf_init(&text, REPLY_LINE_MAX);
        (void)(buf_add_text(&text, c->name) | buf_add_text(&text, " ESMTP smtplab sandbox"));
        server_weak_text(s, &text);
        server_good(s, 220, text.data);
        buf_free(&text);
    } else {
        s->unwelcome = true;
    }
    return leave(s);
}

/* --- the loop --- */

static void read_nothing(struct server *s, struct server_input *in) {
    (void)s;
    in->starved = true;
}

static void (*const readers[])(struct server *, struct server_input *) = {
    [READS_COMMAND] = server_read_command, [READS_RESPONSE] = server_read_response,
    [READS_LONG] = server_read_long,       [READS_MESSAGE] = server_read_message,
    [READS_CHUNK] = server_read_chunk,     [READS_NOTHING] = read_nothing,
};

/* One command, one response, or as much of a message as there is. */
static void step(struct server *s, struct server_input *in) {
    s->pace = (struct server_pace){.at = s->out->len - s->began};
    s->good_code = 0;
    readers[s->reads](s, in);
}

/* A reply always fits into an empty buffer; else there must be room for the longest. */
static bool has_room(const struct server *s) {
    size_t max = s->out->max < SERVER_OUT_MAX ? s->out->max : SERVER_OUT_MAX;

    return s->out->len == 0 || s->out->len + SERVER_REPLY_MAX <= max;
}

enum server_act server_feed(struct server *s, const char *bytes, size_t n, size_t *taken, struct buf *out) {
    struct server_input in = {bytes, bytes, n == 0};

    enter(s, out);
    if (n > 0)
        in.end = bytes + n;
    while (s->then == SERVER_MORE && !s->paced && !in.starved && has_room(s)) {
        step(s, &in);
        in.starved = in.starved || in.at == in.end;
    }
    if (s->then == SERVER_STALL)
        in.at = in.end; /* heard, and not answered */
    *taken = n > 0 ? (size_t)(in.at - bytes) : 0;
    return leave(s);
}

struct server_pace server_pace(const struct server *s) {
    return s->pace;
}

enum server_act server_give_up(struct server *s, const char *text, struct buf *out) {
    enter(s, out);
    server_sayf(s, 421, "4.4.2 %s", text);
    s->out = NULL;
    return SERVER_CLOSE;
}

/* --- TLS --- */

enum server_act server_handshake(struct server *s, struct buf *out) {
    enter(s, out);
    s->then = SERVER_STARTTLS;
    server_fault_handshake(s);
    return leave(s);
}

void server_tls_started(struct server *s) {
    server_forget(s);
    s->tls = true;
    s->phase = PHASE_GREETED;
    s->reads = READS_COMMAND;
}

bool server_keeps_plain_text(const struct server *s) {
    return server_is_weak(s, SERVER_WEAK_STARTTLS_INJECTION);
}

/* --- ask --- */

enum phase server_phase(const struct server *s) {
    return s->phase;
}

void server_summarize(const struct server *s, struct server_summary *out) {
    *out = s->summary;
    out->hello = s->hello;
    out->last = s->last;
    out->tls = s->tls;
}
