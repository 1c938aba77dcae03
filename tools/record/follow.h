/*
 * follow - what a proxy has to understand of a session: where STARTTLS is, and what the server says to it. Pure.
 *
 * Both sides' bytes pass through it on their way. It says how many of them may go on now: all, but behind STARTTLS
 * the client's wait for the server's answer, and behind the server's 220 to it nothing may come at all.
 */
#ifndef SMTPLAB_RECORD_FOLLOW_H
#define SMTPLAB_RECORD_FOLLOW_H

#include "../../lib/buf.h"
#include "../../lib/dialogue.h"

#include <stdbool.h>
#include <stddef.h>

enum follow_state {
    FOLLOW_PLAIN, /* bytes may pass */
    FOLLOW_ASKED, /* the client has said STARTTLS: the server is to answer first */
    FOLLOW_AGREED /* it said 220: the handshakes are due */
};

struct follow {
    struct dialogue *dialogue;
    enum follow_state state;
    struct buf
        client; /* what each has said since its last line end, but for what is too long for a command */
    struct buf server;
};

/* make: -1: memory. */
int follow_begin(struct follow *f);

/* use: how many of these bytes of the client may pass. 0 while the answer to STARTTLS is out. */
size_t follow_client(struct follow *f, const char *bytes, size_t n);

/* The same for the server, which passes line by line while a STARTTLS is to be answered. It ends behind a 220 to it. */
size_t follow_server(struct follow *f, const char *bytes, size_t n);

/* The handshakes are done. */
void follow_tls(struct follow *f);

/* Does the server owe a reply? */
bool follow_owes(const struct follow *f);

/* free: */
void follow_end(struct follow *f);

#endif
