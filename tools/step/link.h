/*
 * link - where the stepper talks: a sandbox inside this program, a server on
 * the network, or a recording.
 *
 * Whatever it is, the session gets a stream. The sandbox and the recording are
 * at the other end of a pair of sockets, in a thread of this process: nothing
 * is started, nothing listens, nothing is left behind.
 */
#ifndef SMTPLAB_STEP_LINK_H
#define SMTPLAB_STEP_LINK_H

#include "../../lib/net.h"
#include "../../lib/play.h"
#include "../../lib/stream.h"
#include "options.h"

#include <pthread.h>

#define LINK_DIAL_MS 60000
#define LINK_HOST "mail.example.test" /* the name of the server inside this program */
/* The account of the server inside this program. It opens nothing else, so that its password may be known to all. */
#define LINK_USER "alice"
#define LINK_PASSWORD "wonderland"

struct link;
struct ssl_ctx_st;
struct sandbox; /* link_sandbox.c */

/* One row a kind of place. */
struct link_kind {
    /* Connect: an open socket. -1: *e. */
    int (*open)(struct link *l, struct err *e);
    /* Something is about to be sent: whatever its answer may need. NULL: nothing. */
    int (*prepare)(struct link *l, struct err *e);
    bool can_branch; /* a fresh connection changes nothing out in the world */
};

struct link {
    const struct link_kind *kind;
    const struct options *options;
    char where[NET_HOST_MAX + 64]; /* for a person */
    char host[NET_HOST_MAX];       /* whom its certificate must be for */
    char port[NET_PORT_MAX];
    bool immediate;    /* TLS from the first byte */
    struct tls_ca *ca; /* of the servers inside this program; made when TLS is first wanted */

    bool running; /* the thread at the other end */
    pthread_t thread;
    int other_end; /* its socket */

    /* a recording */
    struct transcript *transcript;
    struct bindings bindings;
    struct play_outcome outcome;
    bool played; /* the outcome is there */

    struct sandbox *sandbox;
};

/* make: settle where; reads the transcript. -1: *e (ERR_INPUT: a transcript is wrong). */
int link_init(struct link *l, const struct options *o, struct err *e);

/* use: a connection. -1: *e. */
int link_open(struct link *l, struct stream **s, struct err *e);

/* Bytes are about to be sent. -1: *e. */
int link_prepare(struct link *l, struct err *e);

/* The connection's stream has been freed: wait for the thread at the other end. */
void link_closed(struct link *l);

/* What TLS on this connection is to trust; freed with tls_ctx_free(). NULL: *e. */
struct ssl_ctx_st *link_trust(struct link *l, const char *keylog, struct err *e);

/* The authority of the servers inside this program. NULL: *e. */
struct tls_ca *link_ca(struct link *l, struct err *e);

/* For the kinds: start `serve` in a thread at the other end of a pair of sockets. Our end, or -1: *e. */
int link_pair(struct link *l, void *(*serve)(void *), void *arg, struct err *e);

extern const struct link_kind link_to_server, link_to_recording, link_to_sandbox;
int link_init_recording(struct link *l, struct err *e);
int link_init_sandbox(struct link *l, struct err *e);
void link_free_sandbox(struct link *l);

/* free: */
void link_free(struct link *l);

#endif
