/* What would be said of a line that has not been sent yet. See dialogue.h. */
#include "dialogue_internal.h"

#include <stdlib.h>

/*
 * Why a command must wait, by the phase in which it comes too soon or too late. A row without
 * verbs holds for all others. The first row that fits is taken.
 */
static const struct {
    enum phase phase;
    unsigned verbs; /* set of 1 << verb; 0: any */
    const char *words;
} lacks[] = {
    {PHASE_CONNECTED, 0, "the server has not greeted yet"},
    {PHASE_GREETED, 0, "no EHLO yet"},
    {PHASE_READY, 0, "no MAIL FROM yet"},
    {PHASE_AUTH, 0, "the login is not finished"},
    {PHASE_MAIL, 1U << VERB_DATA | 1U << VERB_BDAT, "no RCPT TO has been accepted yet"},
    {PHASE_MAIL, 0, "a mail has begun; RSET would drop it"},
    {PHASE_RCPT, 0, "a mail has begun; RSET would drop it"},
    {PHASE_DATA, 0, "this is the message; a line with a single dot ends it"},
    {PHASE_TLS, 0, "the TLS handshake is due"},
    {PHASE_CLOSED, 0, "the session is over"},
};

const char *dialogue_lacks(const struct dialogue *d, enum verb v) {
    size_t i;

    if (verb_legal(v, d->phase))
        return NULL;
    if (d->phase == PHASE_GREETED && d->in_tls)
        return "no EHLO yet since TLS began";
    for (i = 0; i < sizeof lacks / sizeof lacks[0]; i++)
        if (lacks[i].phase == d->phase && (lacks[i].verbs == 0 || (lacks[i].verbs & 1U << v) != 0))
            return lacks[i].words;
    return NULL;
}

/*
 * The line is held against the rules by the very code that judges lines, on a
 * copy: so what is foreseen and what is found can never differ. The copy shares
 * the texts it points to with the original, all but those the line itself adds.
 */
void dialogue_foresee(const struct dialogue *d, const char *line, size_t n, dialogue_found_fn *fn,
                      void *arg) {
    struct dialogue *copy = malloc(sizeof *copy);

    if (copy == NULL)
        return;
    *copy = *d;
    copy->fn = fn;
    copy->arg = arg;
    dialogue_client_line(copy, line, n);
    while (copy->owed_count > d->owed_count)
        free(copy->owed[--copy->owed_count].path);
    free(copy);
}
