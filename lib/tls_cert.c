/*
 * The certificates of tls.h, apart from tls.c because they are made, not spoken: an authority and the
 * host certificates it signs.
 */
#include "tls.h"
#include "tls_ca.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY (24L * 60 * 60)
#define HOST_MAX 255 /* RFC 5321 4.5.3.1.2 */
#define CN_MAX 64    /* ub-common-name, RFC 5280 appendix A.1 */

/* What is wrong with each kind of certificate. */
static const struct recipe {
    const char *name;
    const char *other_host; /* for this host instead */
    bool expired;
    bool self_signed;
    bool unknown_ca; /* signed by an authority that nobody was given */
    bool no_alt_name;
} recipes[TLS_CERT_COUNT] = {
    [TLS_CERT_GOOD] = {.name = "good"},
    [TLS_CERT_EXPIRED] = {.name = "expired", .expired = true},
    [TLS_CERT_SELF_SIGNED] = {.name = "self-signed", .self_signed = true},
    [TLS_CERT_WRONG_HOST] = {.name = "wrong-host", .other_host = "wrong.example.test"},
    [TLS_CERT_UNKNOWN_CA] = {.name = "unknown-ca", .unknown_ca = true},
    [TLS_CERT_CN_ONLY] = {.name = "cn-only", .no_alt_name = true},
};

int tls_cert_named(const char *name) {
    for (int i = 0; i < TLS_CERT_COUNT; i++)
        if (strcmp(recipes[i].name, name) == 0)
            return i;
    return -1;
}

/* OpenSSL's reason for a failure that should not happen. */
static int crypto_error(const char *doing, struct err *e) {
    const char *words = ERR_reason_error_string(ERR_peek_last_error());

    return err_set(e, ERR_SYSTEM, "cannot %s: %s", doing, words != NULL ? words : "no reason given");
}

/* --- keys and certificates --- */

/* P-256: made in a tenth of a millisecond, where RSA takes some hundred. */
static EVP_PKEY *new_key(void) {
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    EVP_PKEY *key = NULL;

    if (maker == NULL || EVP_PKEY_keygen_init(maker) != 1 ||
        EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker, NID_X9_62_prime256v1) != 1 ||
        EVP_PKEY_keygen(maker, &key) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(maker);
    return key;
}

static bool set_name(X509 *cert, const char *common_name) {
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                                      (const unsigned char *)common_name, -1, -1, 0) == 1;
}

/* Two certificates of one issuer with one serial number are an error to browsers: so a random one. */
static bool set_serial(X509 *cert) {
    uint64_t serial;

    return RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1) == 1;
}

/* Not yet signed; valid from and until so many days from now. NULL: error. */
static X509 *new_cert(EVP_PKEY *key, const char *common_name, long from, long until) {
    X509 *cert = X509_new();

    if (cert != NULL && X509_set_version(cert, 2) == 1 /* which is called version 3 */ && set_serial(cert) &&
        set_name(cert, common_name) && X509_gmtime_adj(X509_getm_notBefore(cert), from * DAY) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(cert), until * DAY) != NULL && X509_set_pubkey(cert, key) == 1)
        return cert;
    X509_free(cert);
    return NULL;
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value) {
    X509V3_CTX about;

    X509V3_set_ctx_nodb(&about);
    X509V3_set_ctx(&about, issuer, cert, NULL, NULL, 0);

    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &about, nid, value);
    bool added = extension != NULL && X509_add_ext(cert, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    return added;
}

/* --- the authority --- */

static bool make_ca(struct tls_ca *ca) {
    unsigned number;
    char name[CN_MAX];

    /*
     * Each authority has its own name, or the one of the last run, still trusted by someone, would be
     * taken for this one.
     */
    if (RAND_bytes((unsigned char *)&number, sizeof(number)) != 1)
        return false;
    snprintf(name, sizeof(name), "smtplab throw-away CA %08x", number);

    ca->key = new_key();
    ca->cert = ca->key == NULL ? NULL : new_cert(ca->key, name, -30, 365);
    return ca->cert != NULL && X509_set_issuer_name(ca->cert, X509_get_subject_name(ca->cert)) == 1 &&
           add_extension(ca->cert, ca->cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(ca->cert, ca->cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(ca->cert, ca->cert, NID_subject_key_identifier, "hash") &&
           X509_sign(ca->cert, ca->key, EVP_sha256()) != 0;
}

struct tls_ca *tls_ca_new(struct err *e) {
    struct tls_ca *ca = calloc(1, sizeof(*ca));

    if (ca != NULL && make_ca(ca))
        return ca;
    tls_ca_free(ca);
    crypto_error("make a certificate authority", e);
    return NULL;
}

int tls_ca_save(const struct tls_ca *ca, const char *path, struct err *e) {
    FILE *f = fopen(path, "w");

    if (f == NULL)
        return err_errno(e, ERR_FILE, "cannot write %s", path);

    bool written = PEM_write_X509(f, ca->cert) == 1;

    if (fclose(f) != 0 || !written) /* a full disk shows at fclose() */
        return err_errno(e, ERR_FILE, "cannot write %s", path);
    return 0;
}

void tls_ca_free(struct tls_ca *ca) {
    if (ca == NULL)
        return;
    X509_free(ca->cert);
    EVP_PKEY_free(ca->key);
    free(ca);
}

/* --- the host's certificate --- */

/* The next of the names that spaces separate, and where the one after it begins. false: that was the last. */
static bool next_host(const char **hosts, char host[HOST_MAX + 1]) {
    size_t n = strcspn(*hosts, " ");

    snprintf(host, HOST_MAX + 1, "%.*s", (int)n, *hosts);
    *hosts += n + ((*hosts)[n] == ' ');
    return n > 0;
}

/*
 * Letters that a name or an address has, and none that means something in OpenSSL's notation of
 * extensions.
 */
static bool host_valid(const char *host, size_t n) {
    return n > 0 && n <= HOST_MAX &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:") == n;
}

static bool hosts_valid(const char *hosts) {
    for (size_t count = 1;; count++) {
        size_t n = strcspn(hosts, " ");

        if (!host_valid(hosts, n) || count > TLS_HOSTS_MAX)
            return false;
        if (hosts[n] == '\0')
            return true;
        hosts += n + 1;
    }
}

static bool is_address(const char *host) {
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* The names a client compares with the one it dialled (RFC 9525): an address is not a DNS name. */
static bool add_alt_names(X509 *cert, X509 *issuer, const char *hosts) {
    char names[TLS_HOSTS_MAX * (HOST_MAX + 32)] = "";
    char host[HOST_MAX + 1];
    size_t n = 0;

    while (next_host(&hosts, host))
        n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s:%s%s", n > 0 ? "," : "",
                              is_address(host) ? "IP" : "DNS", host,
                              strcmp(host, "127.0.0.1") == 0 ? ",DNS:localhost" : "");
    return add_extension(cert, issuer, NID_subject_alt_name, names);
}

/* ca NULL: self-signed. NULL: error. */
static X509 *host_cert(EVP_PKEY *key, const struct tls_ca *ca, const char *hosts, const struct recipe *r) {
    const char *rest = hosts;
    char first[HOST_MAX + 1];

    next_host(&rest, first);

    /* The CN is for people; a host name that is too long for it stands in the subjectAltName alone. */
    const char *common_name = strlen(first) <= CN_MAX ? first : "smtplab host";
    X509 *cert = new_cert(key, common_name, r->expired ? -10 : -1, r->expired ? -1 : 365);
    X509 *issuer = ca == NULL ? cert : ca->cert;

    if (cert != NULL && X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
        add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(cert, issuer, NID_key_usage, "critical,digitalSignature") &&
        add_extension(cert, issuer, NID_ext_key_usage, "serverAuth") &&
        add_extension(cert, issuer, NID_subject_key_identifier, "hash") &&
        (ca == NULL || add_extension(cert, issuer, NID_authority_key_identifier, "keyid:always")) &&
        (r->no_alt_name || add_alt_names(cert, issuer, hosts)) &&
        X509_sign(cert, ca == NULL ? key : ca->key, EVP_sha256()) != 0)
        return cert;
    X509_free(cert);
    return NULL;
}

/* --- the server's context --- */

static bool set_up(SSL_CTX *ctx, X509 *cert, EVP_PKEY *key) {
    /*
     * No sessions to resume and no tickets: a ticket is sent after the
     * handshake, a client that only says QUIT never reads it, and a close()
     * over unread bytes resets the connection, last reply and all.
     */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    return SSL_CTX_set_num_tickets(ctx, 0) == 1 && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1;
}

/* A context with a fresh key and its certificate; the context holds on to both. NULL: error. */
static SSL_CTX *new_ctx(const struct tls_ca *ca, const char *host, const struct recipe *r) {
    EVP_PKEY *key = new_key();
    X509 *cert = key == NULL ? NULL : host_cert(key, r->self_signed ? NULL : ca, host, r);
    SSL_CTX *ctx = cert == NULL ? NULL : SSL_CTX_new(TLS_server_method());

    if (ctx != NULL && !set_up(ctx, cert, key)) {
        SSL_CTX_free(ctx);
        ctx = NULL;
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    return ctx;
}

SSL_CTX *tls_server_ctx(struct tls_ca *ca, const char *host, enum tls_cert cert, struct err *e) {
    const struct recipe *r = &recipes[cert];
    struct tls_ca *stranger = NULL;

    if (!hosts_valid(host)) {
        err_set(e, ERR_INPUT, "\"%s\" is no host name or address", host);
        return NULL;
    }
    if (r->unknown_ca && (stranger = tls_ca_new(e)) == NULL)
        return NULL;

    SSL_CTX *ctx = new_ctx(stranger != NULL ? stranger : ca, r->other_host != NULL ? r->other_host : host, r);

    tls_ca_free(stranger);
    if (ctx == NULL)
        crypto_error("make a certificate", e);
    return ctx;
}

void tls_ctx_free(SSL_CTX *ctx) {
    SSL_CTX_free(ctx);
}
