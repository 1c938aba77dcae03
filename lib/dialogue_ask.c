/* What a dialogue knows, for whoever asks. See dialogue.h. */
#include "dialogue_internal.h"

#include <string.h>

/*
 * What the client may send, by what was refused, else by the phase. A refusal counts only where the
 * command could have gone well: MAIL before EHLO is answered 503, and then another MAIL is no way on.
 */
#define ANYWHERE (~0U)
static const struct {
    const char *words;
    unsigned phases; /* set of enum phase */
} expected_after[CIRCUMSTANCE_COUNT] = {
    [CIRCUMSTANCE_GREETING_REFUSED] = {"QUIT", ANYWHERE},
    [CIRCUMSTANCE_HELLO_REFUSED] = {"one of: HELO, QUIT", ANYWHERE},
    [CIRCUMSTANCE_SENDER_REFUSED] = {"one of: RSET, QUIT, another MAIL FROM", PHASE_READY},
    [CIRCUMSTANCE_NO_RECIPIENT] = {"one of: RSET, QUIT, another RCPT TO", PHASE_MAIL | PHASE_RCPT},
    [CIRCUMSTANCE_DATA_REFUSED] = {"one of: RSET, QUIT", PHASE_RCPT},
    [CIRCUMSTANCE_LOGIN_REFUSED] = {"one of: QUIT, another AUTH", PHASE_READY},
    [CIRCUMSTANCE_TLS_REFUSED] = {"QUIT", PHASE_READY},
    [CIRCUMSTANCE_CLOSING] = {"QUIT", ANYWHERE},
};

static const struct {
    enum phase phase;
    const char *words;
} expected_in[] = {
    {PHASE_CONNECTED, "nothing: the server speaks first"},
    {PHASE_GREETED, "one of: EHLO, QUIT"},
    {PHASE_READY, "one of: MAIL FROM, QUIT"},
    {PHASE_AUTH, "a base64 response, or * to give up"},
    {PHASE_MAIL, "one of: RCPT TO, RSET, QUIT"},
    {PHASE_RCPT, "one of: another RCPT TO, DATA, RSET, QUIT"},
    {PHASE_DATA, "the message, then a line with a single dot"},
    {PHASE_TLS, "the TLS handshake"},
    {PHASE_CLOSED, "nothing: the session is over"},
};

enum phase dialogue_phase(const struct dialogue *d) {
    return d->phase;
}

const struct ehlo *dialogue_ehlo(const struct dialogue *d) {
    return &d->ehlo;
}

bool dialogue_in_tls(const struct dialogue *d) {
    return d->in_tls;
}

static enum verb verb_of(int question) {
    return question == ASKED_MESSAGE ? VERB_DATA : question < VERB_COUNT ? (enum verb)question : VERB_UNKNOWN;
}

bool dialogue_owes_reply(const struct dialogue *d, enum verb *to) {
    if (d->owed_count == 0)
        return false;
    *to = verb_of(d->owed[0].question);
    return true;
}

int dialogue_last_reply(const struct dialogue *d, enum verb *to) {
    *to = verb_of(d->last_question);
    return d->last_code;
}

bool dialogue_secret(const struct dialogue *d, const char *line, size_t n, size_t *from) {
    struct command command;
    const char *space;

    *from = 0;
    if (d->phase == PHASE_AUTH)
        return n > 0 && line[0] != '*' && line[0] != '\r' && line[0] != '\n';
    if (d->phase == PHASE_DATA)
        return false;
    verb_parse(line, n, &command);
    if (command.verb != VERB_AUTH)
        return false;
    space = memchr(command.args, ' ', command.args_len);
    *from = space != NULL ? (size_t)(space + 1 - line) : 0;
    return space != NULL && space + 1 < command.args + command.args_len;
}

int dialogue_expected(const struct dialogue *d, struct buf *out) {
    size_t i;

    if ((expected_after[d->refused].phases & (unsigned)d->phase) != 0)
        return buf_add_text(out, expected_after[d->refused].words);
    for (i = 0; i < sizeof expected_in / sizeof expected_in[0]; i++)
        if (expected_in[i].phase == d->phase)
            return buf_add_text(out, expected_in[i].words);
    return 0;
}

bool dialogue_refused(const struct dialogue *d) {
    return d->refused != CIRCUMSTANCE_NONE || d->gave_up;
}

size_t dialogue_recipients(const struct dialogue *d, const char *const **list) {
    *list = (const char *const *)d->recipients;
    return d->recipient_count;
}
