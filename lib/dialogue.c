/*
 * The server's side: what its replies do to the session. The table comes first:
 * it is the state machine. The client's lines are in dialogue_client.c. See dialogue.h.
 */
#include "dialogue_internal.h"

#include "reply.h"

#include <stdlib.h>
#include <string.h>

/* --- the state machine --- */

/*
 * What a reply does, by what it answers: `good` is the code (or the hundreds,
 * as 2 for any 2xx) that moves the session on to `next`; anything else is a
 * refusal: the phase becomes `otherwise` (0: stays) and `refusal` is to be heeded.
 */
struct transition {
    int good;
    enum phase next; /* 0: stays */
    enum phase otherwise;
    enum circumstance refusal;
};

static const struct transition transitions[ASKED_COUNT] = {
    [ASKED_GREETING] = {2, PHASE_GREETED, PHASE_GREETED, CIRCUMSTANCE_GREETING_REFUSED},
    [VERB_EHLO] = {2, PHASE_READY, PHASE_GREETED, CIRCUMSTANCE_HELLO_REFUSED},
    [VERB_HELO] = {2, PHASE_READY, PHASE_GREETED, CIRCUMSTANCE_HELLO_REFUSED},
    [VERB_STARTTLS] = {2, PHASE_TLS, 0, CIRCUMSTANCE_TLS_REFUSED},
    [VERB_AUTH] = {2, PHASE_READY, 0, CIRCUMSTANCE_LOGIN_REFUSED},
    [VERB_MAIL] = {2, PHASE_MAIL, 0, CIRCUMSTANCE_SENDER_REFUSED},
    [VERB_RCPT] = {2, PHASE_RCPT, 0, CIRCUMSTANCE_NO_RECIPIENT},
    [VERB_DATA] = {3, PHASE_DATA, 0, CIRCUMSTANCE_DATA_REFUSED},
    [VERB_RSET] = {2, 0, 0, CIRCUMSTANCE_NONE},
    [VERB_QUIT] = {2, PHASE_CLOSED, PHASE_CLOSED, CIRCUMSTANCE_NONE},
    [ASKED_MESSAGE] = {2, PHASE_READY, PHASE_READY, CIRCUMSTANCE_MESSAGE_REFUSED},
};

/* --- recipients and owed replies --- */

void dialogue_forget_recipients(struct dialogue *d) {
    while (d->recipient_count > 0)
        free(d->recipients[--d->recipient_count]);
}

void dialogue_owe(struct dialogue *d, int question, char *path) {
    if (d->owed_count == OWED_MAX) {
        free(path);
        return;
    }
    d->owed[d->owed_count].question = question;
    d->owed[d->owed_count].path = path;
    d->owed_count++;
}

/* Take the oldest question off the list. The path is the caller's. */
static struct owed answered(struct dialogue *d) {
    struct owed first = d->owed[0];

    d->owed_count--;
    memmove(d->owed, d->owed + 1, d->owed_count * sizeof d->owed[0]);
    return first;
}

/* --- the server's lines --- */

/* A refused recipient matters only while none is accepted. */
static enum circumstance refusal_of(const struct dialogue *d, int question) {
    if (question == VERB_RCPT && d->recipient_count > 0)
        return CIRCUMSTANCE_NONE;
    return transitions[question].refusal;
}

static void accept_reply(struct dialogue *d, struct owed *to) {
    const struct transition *t = &transitions[to->question];

    if (to->question == VERB_RSET)
        d->gave_up = d->gave_up || d->refused != CIRCUMSTANCE_NONE;
    else if (to->question == VERB_MAIL)
        d->gave_up = false;
    d->refused = CIRCUMSTANCE_NONE;
    if (t->next != 0)
        d->phase = t->next;
    if (to->question == VERB_MAIL)
        dialogue_forget_recipients(d);
    if (to->question == VERB_RCPT && to->path != NULL && d->recipient_count < RECIPIENTS_MAX) {
        d->recipients[d->recipient_count++] = to->path;
        to->path = NULL; /* it is the list's now */
    }
    if (to->question == VERB_RSET && (d->phase == PHASE_MAIL || d->phase == PHASE_RCPT)) {
        d->phase = PHASE_READY;
        dialogue_forget_recipients(d);
    }
}

static void refuse_reply(struct dialogue *d, const struct owed *to) {
    const struct transition *t = &transitions[to->question];

    d->refused = refusal_of(d, to->question);
    if (t->otherwise != 0)
        d->phase = t->otherwise;
    if (d->phase == PHASE_AUTH) /* out of the login; a refusal of AUTH itself, too early, moves nothing */
        d->phase = PHASE_READY;
}

static bool good(const struct owed *to, int code) {
    return reply_class(code) == transitions[to->question].good;
}

/* 334 keeps AUTH going: the next client line is an answer, and owes a reply in its turn. */
static bool asks_for_more(const struct owed *to, int code) {
    return to->question == VERB_AUTH && code == 334;
}

static void reply_done(struct dialogue *d, int code) {
    struct owed to = d->owed_count > 0 ? answered(d) : (struct owed){VERB_UNKNOWN, NULL};

    d->last_code = code;
    d->last_question = to.question;
    if (asks_for_more(&to, code)) {
        d->phase = PHASE_AUTH;
    } else if (transitions[to.question].good != 0) {
        if (good(&to, code))
            accept_reply(d, &to);
        else
            refuse_reply(d, &to);
    }
    if (code == 421 && to.question != ASKED_GREETING) /* a greeting has its own refusal */
        d->refused = CIRCUMSTANCE_CLOSING;
    free(to.path);
}

/* Either greeting forgets what was offered before; only EHLO's reply offers, from its second line on. */
static void note_offer(struct dialogue *d, const struct reply_line *line) {
    int question = d->owed_count > 0 ? d->owed[0].question : VERB_UNKNOWN;

    if (d->reply_lines == 0 && (question == VERB_EHLO || question == VERB_HELO))
        ehlo_clear(&d->ehlo);
    else if (question == VERB_EHLO)
        ehlo_add(&d->ehlo, line->text, line->text_len);
}

void dialogue_server_line(struct dialogue *d, const char *bytes, size_t n) {
    struct reply_line line;

    if (reply_line_parse(bytes, n, &line) <= 0)
        return;
    note_offer(d, &line);
    d->reply_lines++;
    if (!line.last)
        return;
    d->reply_lines = 0;
    reply_done(d, line.code);
}

/* A client that sends ahead (RFC 2920) counts on good news: the phase it would be in once all it is owed has come. */
enum phase dialogue_hoped_phase(const struct dialogue *d) {
    enum phase phase = d->phase;
    size_t i;

    for (i = 0; i < d->owed_count && phase != PHASE_CONNECTED; i++) {
        int question = d->owed[i].question;

        if (question == VERB_RSET && (phase == PHASE_MAIL || phase == PHASE_RCPT))
            phase = PHASE_READY;
        else if (transitions[question].next != 0)
            phase = transitions[question].next;
    }
    return phase;
}

/* --- make and free --- */

struct dialogue *dialogue_new(dialogue_found_fn *fn, void *arg) {
    struct dialogue *d = calloc(1, sizeof *d);

    if (d == NULL)
        return NULL;
    d->fn = fn;
    d->arg = arg;
    d->phase = PHASE_CONNECTED;
    dialogue_owe(d, ASKED_GREETING, NULL);
    return d;
}

void dialogue_free(struct dialogue *d) {
    if (d == NULL)
        return;
    dialogue_forget_recipients(d);
    while (d->owed_count > 0)
        free(answered(d).path);
    free(d);
}
