/*
 * session.c - lab 2: a session that listens to the answers.
 */
#include "client.h"

#include <string.h>

/*
 * Can nothing more come of this session? Without a reply to rely on, or after
 * 421, which may come at any moment and says that the server hangs up (RFC 5321 section 3.8).
 */
static bool is_over(int code) {
    return code == FAILED || code == 421;
}

/* The first digit is what counts: 2 is yes (RFC 5321 section 4.2.1). */
static bool accepted(int code) {
    return code / 100 == 2;
}

/* Tell why `what` did not go well, and say what it comes to. */
static int report(struct client *c, int code, const char *what) {
    if (code == NOT_DONE)
        return OUTCOME_TODO; /* TODO() has told */
    if (code == FAILED) {
        tell(c, "%s: %s; the message was not sent", what, client_error(c));
        return outcome_of_error(c->err.kind);
    }
    const char *how = code / 100 == 4   ? "was refused for now"
                      : code / 100 == 5 ? "was refused"
                                        : "got an answer that fits no question";
    tell(c, "%s %s: %d %s%s", what, how, code, c->reply.text, code == 421 ? " (the session is over)" : "");
    return outcome_of_reply(code);
}

/* Addresses and subject become parts of lines. */
static bool is_sendable(struct client *c, const struct message *m) {
    bool broken = strpbrk(m->from, "\r\n") || (m->subject && strpbrk(m->subject, "\r\n"));
    for (size_t i = 0; i < m->to_count; i++)
        broken = broken || strpbrk(m->to[i], "\r\n");
    if (broken)
        tell(c, "a line break in an address or in the subject: the message was not sent");
    return !broken;
}

/* Offer every recipient. Returns how many were accepted; *outcome becomes the first failure's. */
static size_t offer_recipients(struct client *c, const struct message *m, int *outcome) {
    size_t count = 0;
    int code = 0;
    for (size_t i = 0; i < m->to_count && !is_over(code); i++) {
        code = send_rcpt_to(c, m->to[i]);
        if (accepted(code)) {
            count++;
            continue;
        }
        int failure = report(c, code, m->to[i]);
        if (*outcome == OUTCOME_SENT)
            *outcome = failure;
    }
    return is_over(code) ? 0 : count;
}

/* Behind the final dot the server owns the message from the moment it says 250. Until then nobody knows (RFC 5321 section 4.2.5). */
static int send_text(struct client *c, const struct message *m) {
    int code = send_message(c, m);
    if (code != NOT_DONE)
        c->in_transaction = false;
    if (accepted(code))
        return OUTCOME_SENT;
    if (code == FAILED && !c->unanswered)
        c->lost = true; /* half a message is out and cannot be taken back: all that is left is to hang up */
    if (code != FAILED || !c->unanswered)
        return report(c, code, "the message");
    tell(c, "the message: %s; what became of it is unknown: it may have been delivered", client_error(c));
    return outcome_of_error(c->err.kind);
}

int send_one(struct client *c, const struct message *m) {
    if (!is_sendable(c, m))
        return OUTCOME_BAD_INPUT;
    int code = send_mail_from(c, m->from);
    if (!accepted(code))
        return report(c, code, m->from);
    c->in_transaction = true;
    int outcome = OUTCOME_SENT;
    if (offer_recipients(c, m, &outcome) == 0)
        return outcome;
    code = send_begin_data(c);
    int failure = code == 354 ? send_text(c, m) : report(c, code, "DATA");
    return outcome == OUTCOME_SENT ? failure : outcome;
}

/* Whatever the answer to QUIT is, it changes nothing: the mail has been taken or it has not. */
int end_session(struct client *c, int outcome) {
    if (c->reply.code != 421)
        send_quit(c);
    return outcome;
}
