/*
 * security.c - lab 5: TLS twice, from the first byte and by STARTTLS.
 *
 * The only lab file that may include OpenSSL. handshake() begins TLS on the
 * connection; what it believes is what you write here.
 */
#include "client.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/*
 * Set up the context: verify the server's certificate (SSL_VERIFY_PEER), by the
 * authorities in c->options->ca or, without it, those of the system; for this very
 * host and no other, c->options->host, which may be an IP address; by names in
 * subjectAltName alone, not by the CN (RFC 9525); TLS 1.2 at least (RFC 8997).
 * 0, or FAILED with c->err (ERR_FILE: the file of --ca cannot be read).
 */
int security_trust(struct client *c, SSL_CTX *ctx) {
    (void)ctx;
    return TODO_LAB(c, 5);
}

/* Implicit TLS (RFC 8314): the handshake comes before the greeting. 0, FAILED. */
int security_implicit(struct client *c) {
    return TODO_LAB(c, 5);
}

/*
 * STARTTLS (RFC 3207), from the answer to EHLO to the answer to the second EHLO:
 * look whether it is offered (if not: OUTCOME_REFUSED); say it; only 220 is yes;
 * whatever came in plain text behind that reply was put there by somebody else
 * (c->inbox): end it there (OUTCOME_PROTOCOL); the handshake; forget c->offered;
 * say_hello().
 * Without TLS nothing more may be said, no mail and no password. What went wrong is
 * told (of a handshake: client_error()). Returns the outcome.
 */
int security_starttls(struct client *c) {
    return TODO_LAB(c, 5);
}
