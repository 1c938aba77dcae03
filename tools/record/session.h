/* session - one connection through the recorder, from the first byte to the last. */
#ifndef SMTPLAB_RECORD_SESSION_H
#define SMTPLAB_RECORD_SESSION_H

#include "follow.h"
#include "proxy.h"
#include "tape.h"

#include "../../lib/crew.h"
#include "../../lib/stream.h"

#define DIAL_MS 30000      /* to reach the server */
#define HANDSHAKE_MS 30000 /* for each of the two */

/*
 * Longer than either side waits for the other (RFC 5321 4.5.3.2: ten minutes for the reply to the dot): it is they
 * who give up, and the recording shows it.
 */
#define IDLE_MS 660000
#define GOODBYE_MS 2000 /* for the other side, once one has hung up and no reply is owed */

enum side { CLIENT_SIDE, SERVER_SIDE, SIDES };

struct session {
    struct proxy *proxy;
    struct tape tape;
    struct follow follow;
    struct stream *streams[SIDES];
    bool ended[SIDES];   /* it says no more */
    bool hung_up[SIDES]; /* and has been told that the other says no more */
    bool pending[SIDES]; /* not all that it is to hear has left */
    struct buf go_ahead; /* the server's 220 to STARTTLS: the client hears it when the server's TLS stands */
    bool tls;
    bool over;
    char why[ERR_TEXT_MAX]; /* what ended it before its time; "": both sides did */
};

/* crew_fn, the argument is the proxy. */
void session_serve(void *proxy, const struct crew_guest *guest);
void session_refuse(void *proxy, const struct crew_guest *guest);

/* --- relay.c --- */

/* Carry what comes until the session is over. */
void relay_run(struct session *s);

/* All that the side is to hear, now, within ms. -1: it cannot be. */
int relay_flush(struct session *s, enum side side, int ms, struct err *e);

/* --- handshake.c --- */

/* The server has agreed to STARTTLS. false: the session is over, it says why. */
bool handshake_start(struct session *s);

/* TLS on both sides before anything else. */
bool handshake_immediate(struct session *s);

/* --- session.c --- */

/* It ends here: told to whoever runs us, to the client as a 421 with these words, and to readers of the file. false, so that it can be returned. */
bool session_fail(struct session *s, const char *what, const struct err *e);

#endif
