/* See trust.h. */
#include "trust.h"

#include "tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define NAMES_SHOWN 4 /* of one certificate: a shared one may be for a hundred hosts */
#define CHAIN_SHOWN 8

/* --- the policy --- */

static bool expect_host(SSL_CTX *ctx, const char *host) {
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1 ||
           X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

static bool load_authorities(SSL_CTX *ctx, const char *ca) {
    return (ca != NULL ? SSL_CTX_load_verify_locations(ctx, ca, NULL)
                       : SSL_CTX_set_default_verify_paths(ctx)) == 1;
}

/* An --insecure session looks at the certificate all the same: VERIFY_NONE keeps the result and goes on. */
static int set_up(SSL_CTX *ctx, const struct trust *t, struct err *e) {
    SSL_CTX_set_verify(ctx, t->anyone ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (!load_authorities(ctx, t->ca))
        return err_set(e, ERR_FILE, "no trusted certificates to be had from %s",
                       t->ca != NULL ? t->ca : "the system");
    if (!expect_host(ctx, t->host) || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1)
        return err_set(e, ERR_TLS, "TLS cannot be set up for the host %s", t->host);
    return t->keylog != NULL ? tls_keylog(ctx, t->keylog, e) : 0;
}

SSL_CTX *trust_client(const struct trust *t, struct err *e) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL) {
        err_set(e, ERR_SYSTEM, "out of memory");
        return NULL;
    }
    if (set_up(ctx, t, e) == -1) {
        SSL_CTX_free(ctx);
        ERR_clear_error();
        return NULL;
    }
    return ctx;
}

/* --- what was shown --- */

/* Names come from the other side, control characters and all. */
static int add_printable(struct buf *out, const char *bytes, size_t n) {
    int r = 0;

    for (size_t i = 0; i < n && r == 0; i++)
        r = buf_add_char(out, bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '?');
    return r;
}

/* Whatever OpenSSL has printed into a BIO, which is freed. */
static int add_bio(struct buf *out, BIO *bio) {
    char *bytes;
    long n = BIO_get_mem_data(bio, &bytes);
    int r = n > 0 ? add_printable(out, bytes, (size_t)n) : 0;

    BIO_free(bio);
    return r;
}

static int add_name(struct buf *out, const X509_NAME *name) {
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio == NULL)
        return -1;
    X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ);
    return add_bio(out, bio);
}

static int add_time(struct buf *out, const ASN1_TIME *time) {
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio == NULL)
        return -1;
    ASN1_TIME_print(bio, time);
    return add_bio(out, bio);
}

/* The hosts a certificate is for. */
static int add_hosts(struct buf *out, const X509 *cert) {
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    int count = sk_GENERAL_NAME_num(names);
    int r = buf_add_text(out, count > 0 ? ", valid for" : ", valid for no host");

    for (int i = 0; i < count && i < NAMES_SHOWN && r == 0; i++) {
        BIO *bio = BIO_new(BIO_s_mem());

        r = bio == NULL ? -1 : buf_add_text(out, i == 0 ? " " : ", ");
        if (bio != NULL) {
            GENERAL_NAME_print(bio, sk_GENERAL_NAME_value(names, i));
            r |= add_bio(out, bio);
        }
    }
    if (r == 0 && count > NAMES_SHOWN)
        r = buf_addf(out, " and %d more", count - NAMES_SHOWN);
    GENERAL_NAMES_free(names);
    return r;
}

static int add_cert(struct buf *out, const X509 *cert, int i) {
    int r = buf_addf(out, "certificate %d: ", i + 1);

    r |= add_name(out, X509_get_subject_name(cert));
    if (i == 0)
        r |= add_hosts(out, cert);
    r |= buf_add_text(out, ", signed by ");
    r |= add_name(out, X509_get_issuer_name(cert));
    r |= buf_add_text(out, ", until ");
    r |= add_time(out, X509_get0_notAfter(cert));
    return r | buf_add_char(out, '\n');
}

static int add_chain(struct buf *out, const SSL *ssl) {
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    int count = sk_X509_num(chain);
    int r = 0;

    for (int i = 0; i < count && i < CHAIN_SHOWN && r == 0; i++)
        r = add_cert(out, sk_X509_value(chain, i), i);
    if (r == 0 && count > CHAIN_SHOWN)
        r = buf_addf(out, "and %d certificates more\n", count - CHAIN_SHOWN);
    return r;
}

static int add_verdict(struct buf *out, const SSL *ssl) {
    long result = SSL_get_verify_result(ssl);

    if (result == X509_V_OK)
        return buf_add_text(out, "verified: yes, by an authority that is trusted here, for this host\n");
    return buf_addf(out, "verified: NO (%s): this could be anybody\n", X509_verify_cert_error_string(result));
}

int trust_describe(const struct stream *s, struct buf *out) {
    const SSL *ssl = tls_ssl(s);

    if (ssl == NULL ||
        buf_addf(out, "protocol: %s\ncipher: %s\n", SSL_get_version(ssl), SSL_get_cipher_name(ssl)) == -1)
        return -1;
    return add_verdict(out, ssl) | add_chain(out, ssl);
}
