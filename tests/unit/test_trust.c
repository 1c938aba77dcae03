/* trust: who is believed, who is looked at all the same, and what is told of the certificates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/trust.h"
#include "tls_pair.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HOST "mail.example.test"

static const struct {
    enum tls_cert cert;
    bool anyone;
    int result;
    const char *told; /* in the description, or in the error */
} servers[] = {
    {TLS_CERT_GOOD, false, 0, "verified: yes"},
    {TLS_CERT_GOOD, true, 0, "verified: yes"},
    {TLS_CERT_WRONG_HOST, false, -1, HOST},
    {TLS_CERT_WRONG_HOST, true, 0, "valid for DNS:wrong.example.test"},
    {TLS_CERT_CN_ONLY, false, -1, HOST},
    {TLS_CERT_CN_ONLY, true, 0, "valid for no host"},
    {TLS_CERT_SELF_SIGNED, false, -1, "certificate"},
    {TLS_CERT_SELF_SIGNED, true, 0, "verified: NO"},
    {TLS_CERT_EXPIRED, false, -1, "expired"},
    {TLS_CERT_UNKNOWN_CA, false, -1, "certificate"},
};

static void check_server(struct tls_ca *ca, const char *ca_file, size_t i) {
    struct trust trust = {.host = HOST, .ca = ca_file, .anyone = servers[i].anyone};
    struct tls_pair p;
    struct buf told;

    buf_init(&told, 8192);
    tls_pair_init(&p, trust_client(&trust, NULL), tls_server_ctx(ca, HOST, servers[i].cert, NULL), HOST);
    assert_non_null(p.client_ctx);
    tls_pair_start(&p);
    assert_int_equal(p.client_result, servers[i].result);
    if (p.client_result == 0)
        assert_int_equal(trust_describe(p.client, &told), 0);
    else
        buf_add_text(&told, p.client_err.text);
    if (strstr(told.data, servers[i].told) == NULL)
        fail_msg("server %zu: '%s' is not in: %s", i, servers[i].told, told.data);
    tls_pair_join(&p);
    tls_pair_free(&p);
    buf_free(&told);
}

static void each_certificate_is_believed_or_not_and_described(void **state) {
    char path[] = "/tmp/smtplab-trust-XXXXXX";
    int fd = mkstemp(path);
    struct tls_ca *ca = tls_ca_new(NULL);

    (void)state;
    assert_true(fd != -1);
    assert_int_equal(tls_ca_save(ca, path, NULL), 0);
    for (size_t i = 0; i < COUNT(servers); i++)
        check_server(ca, path, i);
    tls_ca_free(ca);
    close(fd);
    unlink(path);
}

static void a_file_that_is_not_there_is_named(void **state) {
    struct trust trust = {.host = HOST, .ca = "/nonexistent/ca.pem"};
    struct err e;

    (void)state;
    assert_null(trust_client(&trust, &e));
    assert_int_equal(e.kind, ERR_FILE);
    assert_non_null(strstr(e.text, "/nonexistent/ca.pem"));
}

static void a_plain_stream_has_nothing_to_describe(void **state) {
    struct stream *s = stream_from_memory("", 0);
    struct buf told;

    (void)state;
    buf_init(&told, 100);
    assert_int_equal(trust_describe(s, &told), -1);
    stream_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_certificate_is_believed_or_not_and_described),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
        cmocka_unit_test(a_plain_stream_has_nothing_to_describe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
