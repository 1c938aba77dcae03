/* The envelope: MAIL, RCPT, and the memory of both. See server.h. */
#include "server_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- the transaction --- */

void server_mail_reset(struct server *s) {
    struct server_mail *m = &s->mail;

    if (m->open && s->host->message_abandon != NULL)
        s->host->message_abandon(s->host->arg);
    m->open = m->chunks = m->failed = m->tried = m->eight_bit = m->utf8 = false;
    buf_clear(&m->from);
    buf_clear(&m->to);
    buf_clear(&s->header);
    m->count = 0;
    m->size = 0;
    m->refusal = REFUSE_NOTHING;
    m->late.local = NULL;
}

int server_mail_add(struct server *s, const char *address, size_t n) {
    struct buf *to = &s->mail.to;

    if (buf_room(to, n + 1) == NULL || buf_add(to, address, n) == -1 || buf_add(to, "", 1) == -1)
        return -1;
    s->mail.count++;
    return 0;
}

/* The list of pointers grows by doubling and is kept for the next mail. */
static int grow_list(struct server_mail *m) {
    size_t cap = m->count > 2 * m->list_cap ? m->count : 2 * m->list_cap;
    const char **list;

    if (m->count <= m->list_cap)
        return 0;
    list = realloc(m->list, cap * sizeof *list);
    if (list == NULL)
        return -1;
    m->list = list;
    m->list_cap = cap;
    return 0;
}

int server_mail_envelope(struct server *s, struct server_envelope *out) {
    struct server_mail *m = &s->mail;
    const char *address = m->to.data;

    if (grow_list(m) == -1)
        return -1;
    for (size_t i = 0; i < m->count; i++, address += strlen(address) + 1)
        m->list[i] = address;
    *out = (struct server_envelope){.hello = s->hello,
                                    .esmtp = s->esmtp,
                                    .tls = s->tls,
                                    .user = s->summary.user,
                                    .from = m->from.data,
                                    .recipient_count = m->count,
                                    .recipients = m->list,
                                    .eight_bit = m->eight_bit,
                                    .utf8 = m->utf8};
    return 0;
}

/* --- the path --- */

/* What is wrong with it, for a person: the limits have words of their own. */
static enum server_refusal bad_path(enum verb v, const char *text, size_t n) {
    const char *close = memchr(text, '>', n);
    const char *at = memchr(text, '@', n);

    if (text[0] != '<')
        return REFUSE_BRACKETS;
    if (close != NULL && close + 1 - text > ADDRESS_PATH_MAX)
        return REFUSE_LONG_PATH;
    if (at != NULL && at - text - 1 > ADDRESS_LOCAL_MAX)
        return REFUSE_LONG_LOCAL;
    return v == VERB_MAIL ? REFUSE_SENDER : REFUSE_RECIPIENT;
}

/* Where the parameters begin, if all is well. */
static enum server_refusal take_path(const struct command *c, struct path *path, const char **rest) {
    const char *keyword = c->verb == VERB_MAIL ? "FROM:" : "TO:";
    size_t len = strlen(keyword);
    const char *text = c->args + len;
    const char *end = c->args + c->args_len;
    int used;

    if (c->args_len < len || strncasecmp(c->args, keyword, len) != 0)
        return REFUSE_SYNTAX;
    while (text < end && *text == ' ') /* wrong, but wide-spread: RFC 5321 3.3 asks clients not to */
        text++;
    if (text == end)
        return REFUSE_SYNTAX;
    used = address_path_parse(text, (size_t)(end - text), path, NULL);
    if (used < 0)
        return bad_path(c->verb, text, (size_t)(end - text));
    *rest = text + used;
    return *rest < end && **rest != ' ' ? REFUSE_SYNTAX : REFUSE_NOTHING;
}

/* The mailbox without brackets and source route. */
static size_t mailbox_length(const struct path *p) {
    return p->domain_len > 0 ? (size_t)(p->domain + p->domain_len - p->local) : p->local_len;
}

static enum server_refusal check_letters(const struct server *s, const struct path *p) {
    size_t n = mailbox_length(p);

    if (address_ascii(p->local, n))
        return REFUSE_NOTHING;
    if (!s->mail.utf8)
        return REFUSE_UTF8_ADDRESS;
    return address_utf8(p->local, n) ? REFUSE_NOTHING : REFUSE_NOT_UTF8;
}

/* Path, parameters, letters: in this order, since SMTPUTF8 is a parameter and decides about the letters. */
static enum server_refusal take_envelope(struct server *s, const struct command *c, struct path *path) {
    const char *rest = NULL;
    enum server_refusal why = take_path(c, path, &rest);

    if (why == REFUSE_NOTHING)
        why = server_parameters(s, c->verb, rest, (size_t)(c->args + c->args_len - rest));
    return why == REFUSE_NOTHING ? check_letters(s, path) : why;
}

static void refuse(struct server *s, enum verb v, enum server_refusal why) {
    if (why == REFUSE_SYNTAX)
        server_refuse_syntax(s, v);
    else
        server_refuse(s, why);
}

/* --- MAIL --- */

static enum server_refusal may_send(const struct server *s) {
    if (!s->config->auth_required || s->summary.user != NULL)
        return REFUSE_NOTHING;
    return s->config->tls && !s->tls && !server_auth_offered(s) ? REFUSE_TLS_FIRST : REFUSE_LOGIN_FIRST;
}

void server_mail_from(struct server *s, const struct command *c) {
    enum server_refusal why = may_send(s);
    struct path path;

    server_mail_reset(s);
    if (why == REFUSE_NOTHING)
        why = take_envelope(s, c, &path);
    if (why == REFUSE_NOTHING && buf_add(&s->mail.from, path.local, mailbox_length(&path)) == -1)
        why = REFUSE_NO_MEMORY;
    if (why != REFUSE_NOTHING) {
        server_mail_reset(s);
        refuse(s, VERB_MAIL, why);
        return;
    }
    s->phase = PHASE_MAIL;
    server_work_done(s);
    server_good(s, 250, "2.1.0 Ok");
}

/* --- RCPT --- */

static enum server_refusal take_recipient(struct server *s, const struct command *c, struct path *path) {
    enum server_refusal why = s->mail.chunks ? REFUSE_CHUNKS_BEGUN : take_envelope(s, c, path);

    if (why == REFUSE_NOTHING && path->local_len == 0)
        return REFUSE_RECIPIENT; /* "<>" is a sender only */
    if (why == REFUSE_NOTHING && s->mail.count >= SERVER_RECIPIENTS_MAX)
        return REFUSE_RECIPIENT_COUNT;
    return why;
}

/* It is in the list already, so that it can be shown to the host as a text; a refused one leaves it again. */
static enum server_struck mailbox_strikes(struct server *s, const struct path *path, const char *address) {
    struct fault_mailbox scratch;
    const struct fault_mailbox *m = server_mailbox(s, address, path->local_len, &scratch);

    if (m == NULL)
        return STRUCK_NOT;
    if (m->at == VERB_RCPT)
        return server_fault_mailbox(s, m);
    s->mail.late = *m;
    return STRUCK_NOT;
}

void server_rcpt_to(struct server *s, const struct command *c) {
    struct buf *to = &s->mail.to;
    size_t before = to->len;
    struct path path;
    enum server_refusal why = take_recipient(s, c, &path);

    if (why == REFUSE_NOTHING && server_mail_add(s, path.local, mailbox_length(&path)) == -1)
        why = REFUSE_NO_MEMORY;
    if (why != REFUSE_NOTHING) {
        s->mail.tried = true;
        refuse(s, VERB_RCPT, why);
    } else if (mailbox_strikes(s, &path, to->data + before) != STRUCK_NOT) {
        s->mail.tried = true;
        s->mail.count--;
        to->len = before;
        to->data[before] = '\0';
    } else {
        s->phase = PHASE_RCPT;
        server_work_done(s);
        server_good(s, 250, "2.1.5 Ok");
    }
}
