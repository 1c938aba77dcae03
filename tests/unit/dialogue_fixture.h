/*
 * dialogue_fixture - conversations written as strings, for the tests of dialogue.
 */
#ifndef SMTPLAB_DIALOGUE_FIXTURE_H
#define SMTPLAB_DIALOGUE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/dialogue.h"
#include "../../lib/encode.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINES_MAX 32

/*
 * A conversation, one string a step:
 *   "S 220 hi"     a line of the server, CRLF added
 *   "C QUIT"       a line of the client, CRLF added; "C" alone is an empty line
 *   "c QUIT\\n"    exactly these bytes, in the notation of encode.h
 *   "E QUIT\\r\\n" these bytes have come from the client before a reply leaves
 *   "T"            TLS has begun
 *   "."            the player takes the message as ended
 */

/* What is found: "3 reply-ignored (the sender was refused)\n5 bare-lf@4\n", by the number of the step, from 1. */
struct listener {
    struct buf found;
    size_t step;
};

static inline void on_found(void *arg, enum rule rule, enum circumstance circumstance, size_t at) {
    struct listener *l = arg;

    buf_addf(&l->found, "%zu %s", l->step, rules_info(rule)->slug);
    if (at > 0)
        buf_addf(&l->found, "@%zu", at);
    if (circumstance != CIRCUMSTANCE_NONE)
        buf_addf(&l->found, " (%s)", rules_circumstance(circumstance));
    buf_add_char(&l->found, '\n');
}

/* The bytes of a step. */
static inline void bytes_of(const char *step, struct buf *out) {
    const char *text = step[0] != '\0' && step[1] == ' ' ? step + 2 : step + 1;

    buf_clear(out);
    if (step[0] == 'c' || step[0] == 'E') {
        assert_int_equal(decode_escaped(out, text, strlen(text), NULL), 0);
    } else {
        buf_add_text(out, text);
        buf_add_text(out, "\r\n");
    }
}

static inline void take(struct dialogue *d, const char *step) {
    struct buf bytes;

    buf_init(&bytes, 1 << 20);
    bytes_of(step, &bytes);
    if (step[0] == 'S')
        dialogue_server_line(d, bytes.data, bytes.len);
    else if (step[0] == 'C' || step[0] == 'c')
        dialogue_client_line(d, bytes.data, bytes.len);
    else if (step[0] == 'E')
        dialogue_early(d, bytes.data, bytes.len, false);
    else if (step[0] == 'T')
        dialogue_tls_started(d);
    else
        dialogue_message_ended(d);
    buf_free(&bytes);
}

/* The dialogue after the first n steps (or all there are). Free both. */
static inline struct dialogue *after(const char *const *steps, size_t n, struct listener *l) {
    struct dialogue *d = dialogue_new(on_found, l);

    assert_non_null(d);
    buf_init(&l->found, 4096);
    for (l->step = 1; l->step <= n && steps[l->step - 1] != NULL; l->step++)
        take(d, steps[l->step - 1]);
    return d;
}

/* --- how conversations begin --- */

#define OPENING "S 220 mail.example.test", "C EHLO client.example.test", "S 250 mail.example.test"
#define PIPELINING                                                                                           \
    "S 220 mail.example.test", "C EHLO client.example.test", "S 250-mail.example.test", "S 250 PIPELINING"
#define SENDER "C MAIL FROM:<alice@example.org>"
#define RECIPIENT "C RCPT TO:<bob@example.org>"
#define OPEN_MAIL OPENING, SENDER, "S 250 ok", RECIPIENT, "S 250 ok"
#define OPEN_DATA OPEN_MAIL, "C DATA", "S 354 go on"
#define OPEN_TLS                                                                                             \
    "S 220 mail.example.test", "C EHLO client.example.test", "S 250-mail.example.test", "S 250 STARTTLS",    \
        "C STARTTLS", "S 220 go on", "T"

#endif
