#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "other.h"
#include "tls_pair.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Through a file, as a real client gets it: so tls_ca_save() is tested in passing. */
static void trust(SSL_CTX *ctx, const struct tls_ca *ca) {
    char path[] = "/tmp/smtplab-test-ca-XXXXXX";
    int fd = mkstemp(path);

    assert_int_not_equal(fd, -1);
    close(fd);
    assert_int_equal(tls_ca_save(ca, path, NULL), 0);
    assert_int_equal(SSL_CTX_load_verify_locations(ctx, path, NULL), 1);
    unlink(path);
}

SSL_CTX *tls_pair_strict(const struct tls_ca *ca, const char *host, int max_version) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    X509_VERIFY_PARAM *wanted = SSL_CTX_get0_param(ctx);

    trust(ctx, ca);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_max_proto_version(ctx, max_version);
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host) != 1)
        assert_int_equal(X509_VERIFY_PARAM_set1_host(wanted, host, 0), 1);
    return ctx;
}

void tls_pair_init(struct tls_pair *p, SSL_CTX *client_ctx, SSL_CTX *server_ctx, const char *host) {
    int other_end;

    memset(p, 0, sizeof(*p));
    p->client = other_pair(&other_end);
    p->server = stream_from_fd(other_end);
    stream_set_timeout(p->server, PATIENCE_MS);
    p->client_ctx = client_ctx;
    p->server_ctx = server_ctx;
    p->host = host;
}

void tls_pair_good(struct tls_pair *p, const char *host) {
    struct tls_ca *ca = tls_ca_new(NULL);

    tls_pair_init(p, tls_pair_strict(ca, host, 0), tls_server_ctx(ca, host, TLS_CERT_GOOD, NULL), host);
    tls_ca_free(ca);
}

static void give_up(struct stream **s) {
    stream_free(*s);
    *s = NULL;
}

static void *serve(void *arg) {
    struct tls_pair *p = arg;

    p->server_result = tls_server(p->server, p->server_ctx, &p->server_err);
    if (p->server_result == -1)
        give_up(&p->server);
    else if (p->then != NULL)
        p->then(p);
    return NULL;
}

void tls_pair_start(struct tls_pair *p) {
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
    p->client_result = tls_client(p->client, p->client_ctx, p->host, &p->client_err);
    if (p->client_result == -1)
        give_up(&p->client);
}

void tls_pair_join(struct tls_pair *p) {
    pthread_join(p->thread, NULL);
}

void tls_pair_free(struct tls_pair *p) {
    stream_free(p->client);
    stream_free(p->server);
    tls_ctx_free(p->client_ctx);
    tls_ctx_free(p->server_ctx);
}

void tls_pair_send(struct stream *s, const char *text) {
    assert_int_equal(stream_write(s, text, strlen(text), NULL), 0);
    assert_int_equal(stream_flush(s, NULL), 0);
}

void tls_pair_expect(struct stream *s, const char *expected) {
    struct buf line;
    struct err e = {ERR_NONE, ""};

    buf_init(&line, 100000);
    assert_int_equal(stream_read_line(s, &line, 100000, &e), strlen(expected));
    assert_string_equal(line.data, expected);
    buf_free(&line);
}
