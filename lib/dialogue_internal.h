/* The inside of a dialogue, seen only by dialogue*.c. */
#ifndef SMTPLAB_DIALOGUE_INTERNAL_H
#define SMTPLAB_DIALOGUE_INTERNAL_H

#include "dialogue.h"

#define OWED_MAX 128 /* pipelined commands whose replies are still to come; later ones are not tracked */
#define RECIPIENTS_MAX 1000 /* kept for one transaction; servers take at least 100 (RFC 5321 4.5.3.1.8) */

/* What a reply answers: a command, or one of two things that are none. */
enum question {
    ASKED_GREETING = VERB_COUNT, /* the connection itself */
    ASKED_MESSAGE,               /* the final dot */
    ASKED_COUNT
};

struct owed {
    int question; /* enum verb or enum question */
    char *path;   /* of RCPT: the address, to be kept when it is accepted */
};

struct dialogue {
    dialogue_found_fn *fn;
    void *arg;
    enum phase phase;
    struct ehlo ehlo;
    bool in_tls;
    bool wants_tls;            /* the user asked for it */
    bool tried_ehlo;           /* since the connection or TLS began */
    bool eight_bit_told;       /* one finding a message is enough */
    bool eight_bit_said;       /* MAIL carried BODY=8BITMIME */
    enum circumstance refused; /* the refusal that the client has to heed, if any */
    bool gave_up;              /* it heeded one by RSET, and has begun nothing since */
    size_t chunk;              /* octets to come of what BDAT announced (RFC 3030): they are no commands */
    bool waits_for_value;      /* AUTH: base64 with a value is due (LOGIN, PLAIN) */

    struct owed owed[OWED_MAX];
    size_t owed_count;
    size_t ahead;       /* client lines that were sent, as pipelining allows, before the reply under way */
    size_t reply_lines; /* lines of the reply that is coming in */
    int last_code;
    int last_question;

    char *recipients[RECIPIENTS_MAX];
    size_t recipient_count;
};

/* dialogue.c */
void dialogue_owe(struct dialogue *d, int question, char *path); /* the path is taken over */
void dialogue_forget_recipients(struct dialogue *d);
enum phase dialogue_hoped_phase(const struct dialogue *d);

#endif
