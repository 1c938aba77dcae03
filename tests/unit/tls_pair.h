/*
 * tls_pair - for tests: a client and a server over a socket pair, the server's
 * side in a thread, the client's context as strict as RFC 9525 wants it.
 */
#ifndef SMTPLAB_TEST_TLS_PAIR_H
#define SMTPLAB_TEST_TLS_PAIR_H

#include "../../lib/tls.h"

#include <pthread.h>

struct tls_pair {
    struct stream *client;
    struct stream *server;
    struct ssl_ctx_st *client_ctx;
    struct ssl_ctx_st *server_ctx;
    const char *host; /* the client expects */
    int client_result, server_result;
    struct err client_err, server_err;
    void (*then)(
        struct tls_pair *); /* what the server does after a handshake that went well; NULL: nothing */
    pthread_t thread;
};

/*
 * A context that trusts ca alone and wants the certificate to be for host (in the subjectAltName, not
 * the CN). max_version 0: any.
 */
struct ssl_ctx_st *tls_pair_strict(const struct tls_ca *ca, const char *host, int max_version);

/* make: both ends plain; the contexts are taken over. */
void tls_pair_init(struct tls_pair *p, struct ssl_ctx_st *client_ctx, struct ssl_ctx_st *server_ctx,
                   const char *host);

/* The same with a good certificate for host and a client that trusts it. */
void tls_pair_good(struct tls_pair *p, const char *host);

/*
 * use: both handshakes; the client's is done on return, the server's when tls_pair_join() returns. A
 * side whose handshake fails is freed, as a program would.
 */
void tls_pair_start(struct tls_pair *p);
void tls_pair_join(struct tls_pair *p);

/* free: after tls_pair_join(). */
void tls_pair_free(struct tls_pair *p);

/* Send a text, or assert that the next line is this one. On either end. */
void tls_pair_send(struct stream *s, const char *text);
void tls_pair_expect(struct stream *s, const char *expected);

#endif
