/*
 * tls - TLS under a stream, and certificates for a laboratory.
 *
 * tls_client() and tls_server() run a handshake over an SSL_CTX that they are
 * given and swap the stream's reads and writes for encrypted ones. They make
 * no policy: which certificates are trusted and for which name is settled by
 * whoever made the context (starter/foundation.c, later the student's
 * security.c, and here for servers).
 *
 *   - Bytes still in the plain-text buffer at that moment are refused: someone
 *     put them there before TLS began (RFC 3207 section 4.2 and its errata).
 *   - A clean end is a close_notify; an end without one is still end of file,
 *     as SMTP says itself when it is done.
 */
#ifndef SMTPLAB_TLS_H
#define SMTPLAB_TLS_H

#include "err.h"
#include "stream.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX: callers that make none need not include it */
struct tls_ca;

#define TLS_HOSTS_MAX 4 /* names of one host */

/* The certificate a server shows: good, or wrong in one way. */
enum tls_cert {
    TLS_CERT_GOOD,
    TLS_CERT_EXPIRED,
    TLS_CERT_SELF_SIGNED,
    TLS_CERT_WRONG_HOST,
    TLS_CERT_UNKNOWN_CA,
    TLS_CERT_CN_ONLY, /* the name only in the CN, no subjectAltName: RFC 9525 lets no client accept it */
    TLS_CERT_COUNT
};

/* "good", "expired", "self-signed", "wrong-host", "unknown-ca", "cn-only"; -1 for other words. */
int tls_cert_named(const char *name);

/* make: an authority that lives as long as the process (P-256, made at run time). NULL: error. */
struct tls_ca *tls_ca_new(struct err *e);

/*
 * The authority kept in a folder (which exists) as ca.pem, for clients to trust, and ca-key.pem (0600); made
 * there if there is none that lasts another day. NULL: ERR_FILE.
 */
struct tls_ca *tls_ca_kept(const char *folder, struct err *e);

/* Write its certificate as PEM, for a client to trust. */
int tls_ca_save(const struct tls_ca *ca, const char *path, struct err *e);

/*
 * A server context (TLS 1.2 and 1.3) with a certificate for host: a name, or an
 * IP address ("127.0.0.1" is for "localhost" too), or up to TLS_HOSTS_MAX of them with one space between.
 * NULL: error, ERR_INPUT when host is not that. Freed with tls_ctx_free().
 */
struct ssl_ctx_st *tls_server_ctx(struct tls_ca *ca, const char *host, enum tls_cert cert, struct err *e);

/*
 * use: append the session secrets of later handshakes to the file (0600), for Wireshark (SSLKEYLOGFILE
 * format). ERR_FILE.
 */
int tls_keylog(struct ssl_ctx_st *ctx, const char *path, struct err *e);

/*
 * Handshake as the client. host (NULL: none) is sent as SNI unless it is an IP
 * address. The stream's timeout holds for the whole of it. -1: ERR_PROTOCOL (bytes were
 * waiting: the stream is as it was); ERR_TLS with the reason in words,
 * ERR_CLOSED, ERR_TIMEOUT (the stream is then of no use but to be freed).
 */
int tls_client(struct stream *s, struct ssl_ctx_st *ctx, const char *host, struct err *e);

/* Handshake as the server. */
int tls_server(struct stream *s, struct ssl_ctx_st *ctx, struct err *e);

/* "TLSv1.3 TLS_AES_256_GCM_SHA384", or NULL while the stream is plain. Valid as long as the stream. */
const char *tls_describe(const struct stream *s);

/*
 * Say goodbye (close_notify), waiting up to the stream's timeout for it to leave but
 * not for an answer. Flush first, free the stream afterwards. Nothing happens
 * on a plain stream.
 */
void tls_shutdown(struct stream *s);

/* free: NULL is fine. */
void tls_ctx_free(struct ssl_ctx_st *ctx);
void tls_ca_free(struct tls_ca *ca);

#endif
