/*
 * security.c - lab 5: TLS twice, from the first byte and by STARTTLS.
 *
 * TLS hides what is said; the certificate says to whom. Without the second the
 * first is worth little: one can talk in secret to a thief, too.
 */
#include "client.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* ---- whom to believe ---- */

/* Only for this host: a good certificate for another host proves that we talk to another host. The CN is words for people (RFC 9525 section 2). */
static bool expect_host(SSL_CTX *ctx, const char *host) {
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1 ||
           X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

/* Those of the file, or those of the system. */
static bool load_authorities(SSL_CTX *ctx, const char *file) {
    int loaded =
        file ? SSL_CTX_load_verify_locations(ctx, file, NULL) : SSL_CTX_set_default_verify_paths(ctx);
    return loaded == 1;
}

int security_trust(struct client *c, SSL_CTX *ctx) {
    const char *file = c->options->ca;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL); /* a client's default is to look at nothing */
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1)
        return err_set(&c->err, ERR_TLS, "this OpenSSL has no TLS 1.2");
    if (!load_authorities(ctx, file))
        return err_set(&c->err, file ? ERR_FILE : ERR_TLS, "no trusted certificates to be had from %s",
                       file ? file : "the system");
    if (!expect_host(ctx, c->options->host))
        return err_set(&c->err, ERR_TLS, "%s can be in no certificate", c->options->host);
    return 0;
}

/* ---- TLS from the first byte ---- */

int security_implicit(struct client *c) {
    return handshake(c);
}

/* ---- STARTTLS ---- */

/* A step that did not come off: say which, and what it comes to. */
static int failed(struct client *c, int code, const char *what) {
    if (code == NOT_DONE)
        return OUTCOME_TODO;
    if (code == FAILED) {
        tell(c, "%s: %s; no mail was sent", what, client_error(c));
        return outcome_of_error(c->err.kind);
    }
    tell(c, "%s: the server said %d %s, so nothing is protected and no mail was sent", what, code,
         c->reply.text);
    return outcome_of_reply(code);
}

/*
 * Behind the 220 the server waits for our handshake: it has nothing to say. Words that came with it were put there by
 * somebody else, to be read inside TLS as if the server had said them (RFC 3207 section 4.2, CVE-2011-0411 and many after it).
 */
static int injected(struct client *c) {
    c->lost = true; /* not even QUIT: there is somebody between us */
    tell(c,
         "STARTTLS: the server's 220 came with %zu bytes more in plain text, perhaps from somebody in "
         "between; no mail was sent",
         c->inbox.len);
    return OUTCOME_PROTOCOL;
}

/* All that was heard before this moment could have been said by anyone, so it is forgotten: what is offered is asked for again. */
static int begin_tls(struct client *c) {
    c->offered[0] = '\0';
    int result = handshake(c);
    return result == 0 ? say_hello(c) : failed(c, result, "TLS");
}

int security_starttls(struct client *c) {
    if (!server_offers(c, "STARTTLS", NULL)) {
        /* It has none, or somebody took the line out of its answer. Nobody can tell, so it makes no difference. */
        tell(c, "the server offers no STARTTLS, so nothing is protected and no mail was sent");
        return OUTCOME_REFUSED;
    }
    int code = send_line(c, "STARTTLS") == 0 ? get_reply(c) : FAILED;
    if (code != 220)
        return failed(c, code, "STARTTLS");
    return c->inbox.len > 0 ? injected(c) : begin_tls(c);
}
