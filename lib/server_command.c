/*
 * Commands: one table says who carries them out, the verb table says when they may come. What every command has to
 * pass stands once, in server_command(). See server.h.
 */
#include "server_internal.h"

#include <string.h>

/* --- the small commands --- */

static void standing(struct server *s, const struct command *c) {
    const struct verb_info *info = verb_info(c->verb);

    server_good(s, info->standing, info->standing_text);
}

static void rset(struct server *s, const struct command *c) {
    server_mail_reset(s);
    if (s->phase == PHASE_MAIL || s->phase == PHASE_RCPT)
        s->phase = PHASE_READY;
    standing(s, c);
}

static void quit(struct server *s, const struct command *c) {
    standing(s, c);
    s->summary.quit = true;
    server_close(s, SERVER_CLOSE);
}

/* A faulty mailbox shows here as well, where VRFY has a reply for it. */
static void vrfy(struct server *s, const struct command *c) {
    const char *at = memchr(c->args, '@', c->args_len);
    struct fault_mailbox scratch;
    const struct fault_mailbox *m =
        faults_mailbox(c->args, at != NULL ? (size_t)(at - c->args) : c->args_len, &scratch);

    if (c->args_len == 0)
        server_refuse_syntax(s, VERB_VRFY);
    else if (m != NULL && m->action == FAULT_CODE && (m->number / 10 == 55 || m->number == 251))
        server_say(s, m->number, m->text);
    else
        standing(s, c);
}

static void expn(struct server *s, const struct command *c) {
    if (c->args_len == 0)
        server_refuse_syntax(s, VERB_EXPN);
    else
        standing(s, c);
}

/* --- HELP --- */

static int help_commands(struct buf *text) {
    int bad = buf_add_text(text, "2.0.0 Commands (HELP COMMAND says more):");

    for (int v = 0; v < VERB_UNKNOWN; v++)
        bad |= buf_addf(text, "\n  %-8s  %s", verb_info((enum verb)v)->name, verb_info((enum verb)v)->help);
    return bad;
}

static int help_mailboxes(struct buf *text) {
    int bad = buf_add_text(text, "\nMailboxes with trouble of their own, in every domain:");
    const struct fault_mailbox *m;

    for (size_t i = 0; (m = faults_mailbox_row(i)) != NULL; i++)
        bad |= buf_addf(text, "\n  %s@  %s", m->local, m->help);
    return bad | buf_add_text(text, "\n  451@  and every other reply code: that reply");
}

static void help_all(struct server *s) {
    struct buf text;

    buf_init(&text, SERVER_REPLY_MAX);
    if ((help_commands(&text) | help_mailboxes(&text)) == 0)
        server_good(s, 214, text.data);
    else
        server_refuse(s, REFUSE_NO_MEMORY);
    buf_free(&text);
}

static void help(struct server *s, const struct command *c) {
    struct command topic;
    const struct verb_info *info;

    if (c->args_len == 0) {
        help_all(s);
        return;
    }
    verb_parse(c->args, c->args_len, &topic);
    info = verb_info(topic.verb);
    if (topic.verb == VERB_UNKNOWN)
        server_refuse(s, REFUSE_NO_TOPIC);
    else
        server_sayf(s, 214, "2.0.0 %s%s%s: %s (%s)", info->name, info->syntax[0] != '\0' ? " " : "",
                    info->syntax, info->help, info->rfc);
}

/* --- the table --- */

enum { BARE = 1, IDLE = 2 };

static const struct {
    void (*carry_out)(struct server *, const struct command *);
    unsigned flags; /* BARE: nothing may follow; IDLE: moves no mail on */
} handlers[VERB_COUNT] = {
    [VERB_EHLO] = {server_ehlo, IDLE},
    [VERB_HELO] = {server_helo, IDLE},
    [VERB_STARTTLS] = {server_starttls, BARE},
    [VERB_AUTH] = {server_auth, 0},
    [VERB_MAIL] = {server_mail_from, 0},
    [VERB_RCPT] = {server_rcpt_to, 0},
    [VERB_DATA] = {server_data, BARE},
    [VERB_BDAT] = {server_bdat, 0},
    [VERB_RSET] = {rset, BARE | IDLE},
    [VERB_NOOP] = {standing, IDLE},
    [VERB_HELP] = {help, IDLE},
    [VERB_VRFY] = {vrfy, IDLE},
    [VERB_EXPN] = {expn, IDLE},
    [VERB_QUIT] = {quit, BARE},
    [VERB_UNKNOWN] = {standing, 0},
};

/* --- what every command has to pass --- */

/* Which step is missing, or was taken too early (RFC 5321 4.1.4). */
enum server_refusal server_out_of_order(const struct server *s, enum verb v) {
    unsigned phases = verb_info(v)->phases;

    if (s->unwelcome && v != VERB_QUIT)
        return REFUSE_GREETED_BADLY;
    if (v == VERB_UNKNOWN || verb_legal(v, s->phase))
        return REFUSE_NOTHING;
    if (s->phase == PHASE_GREETED)
        return REFUSE_HELLO_FIRST;
    if (s->phase == PHASE_READY)
        return REFUSE_MAIL_FIRST;
    if ((phases & PHASE_READY) != 0)
        return REFUSE_MAIL_OPEN;
    return s->mail.tried ? REFUSE_NO_RECIPIENTS : REFUSE_RCPT_FIRST;
}

/* White space at the end is let through (RFC 5321 4.1.1). */
static void trim(struct command *c) {
    while (c->args_len > 0 && (c->args[c->args_len - 1] == ' ' || c->args[c->args_len - 1] == '\t'))
        c->args_len--;
}

static bool is_idle(struct server *s, enum verb v) {
    if ((handlers[v].flags & IDLE) != 0)
        s->idle++;
    return s->idle > SERVER_IDLE_COMMANDS_MAX;
}

static void examine(struct server *s, const struct command *c) {
    enum server_refusal why = server_out_of_order(s, c->verb);

    if (why != REFUSE_NOTHING)
        server_refuse(s, why);
    else if ((handlers[c->verb].flags & BARE) != 0 && c->args_len > 0)
        server_refuse_syntax(s, c->verb);
    else
        handlers[c->verb].carry_out(s, c);
}

void server_command(struct server *s, const char *line, size_t n) {
    struct command c;

    verb_parse(line, n, &c);
    trim(&c);
    if (faults_stripped(&s->config->faults, c.verb))
        c.verb = VERB_UNKNOWN;
    server_count(s, (int)c.verb);
    server_count(s, FAULT_AT_ANY);
    if (is_idle(s, c.verb))
        server_refuse(s, REFUSE_IDLING);
    else if (c.verb == VERB_BDAT)
        server_bdat(s, &c); /* its chunk comes whatever we think of it: it must be taken first */
    else if (server_fault(s, (int)c.verb, c.verb) == STRUCK_NOT &&
             server_fault(s, FAULT_AT_ANY, c.verb) == STRUCK_NOT)
        examine(s, &c);
}
