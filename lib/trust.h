/*
 * trust - whom a client of the kit believes, and what TLS has shown it.
 *
 * The policy (RFC 9525, RFC 8314 3): the certificate must come from an authority
 * that is trusted, and be for the very host that was asked for, by its
 * subjectAltName; TLS 1.2 or newer. Whoever wants to look at a server in spite
 * of a bad certificate has to say so.
 *
 * Not in libclient.a: to write this policy is the task of the TLS lab, and what
 * could be called there would be no task.
 */
#ifndef SMTPLAB_TRUST_H
#define SMTPLAB_TRUST_H

#include "buf.h"
#include "err.h"
#include "stream.h"

#include <stdbool.h>

struct ssl_ctx_st;

struct trust {
    const char *host;   /* name or address that the certificate must be for */
    const char *ca;     /* PEM file with the authorities to believe; NULL: the system's */
    bool anyone;        /* no certificate is refused; trust_describe() still says what is wrong with it */
    const char *keylog; /* file for TLS secrets; NULL: none */
};

/* make: a client's context, freed with tls_ctx_free(). NULL: ERR_FILE (the file cannot be read), ERR_TLS, ERR_SYSTEM. */
struct ssl_ctx_st *trust_client(const struct trust *t, struct err *e);

/*
 * use: append what a stream's TLS is made of, a line each: protocol and cipher; whether the
 * certificate was verified, and why not; each certificate of the chain: for whom, by whom, until when. Printable ASCII
 * only, whatever the certificates hold. -1: the stream is plain, or no room.
 */
int trust_describe(const struct stream *s, struct buf *out);

#endif
