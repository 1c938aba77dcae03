/* tls: certificates good and bad, made at run time, against a strict client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/tls.h"
#include "tls_pair.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void kinds_have_names(void **state) {
    static const struct {
        const char *name;
        int cert;
    } names[] = {
        {"good", TLS_CERT_GOOD},
        {"expired", TLS_CERT_EXPIRED},
        {"self-signed", TLS_CERT_SELF_SIGNED},
        {"wrong-host", TLS_CERT_WRONG_HOST},
        {"unknown-ca", TLS_CERT_UNKNOWN_CA},
        {"cn-only", TLS_CERT_CN_ONLY},
        {"", -1},
        {"Good", -1},
        {"goo", -1},
        {"good ", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(tls_cert_named(names[i].name), names[i].cert);
}

static const struct {
    enum tls_cert cert;
    const char *made_for;
    const char *expected;
    int max_version;
    const char *client_says; /* NULL: the certificate is accepted */
    const char *server_says;
} cases[] = {
    {TLS_CERT_GOOD, "mail.example.test", "mail.example.test", 0, NULL, NULL},
    {TLS_CERT_GOOD, "mail.example.test", "mail.example.test", TLS1_2_VERSION, NULL, NULL},
    {TLS_CERT_GOOD, "MAIL.example.test", "mail.EXAMPLE.test", 0, NULL, NULL},
    {TLS_CERT_GOOD, "127.0.0.1", "127.0.0.1", 0, NULL, NULL},
    {TLS_CERT_GOOD, "127.0.0.1", "localhost", 0, NULL, NULL},
    {TLS_CERT_GOOD, "::1", "::1", 0, NULL, NULL},
    {TLS_CERT_GOOD, "localhost", "127.0.0.1", 0, "is not for 127.0.0.1: IP address mismatch",
     "bad certificate"},
    {TLS_CERT_GOOD, "mail.example.test", "example.test", 0, "is not for example.test: hostname mismatch",
     "bad certificate"},
    {TLS_CERT_EXPIRED, "mail.example.test", "mail.example.test", 0, "not trusted: certificate has expired",
     "it is expired"},
    {TLS_CERT_EXPIRED, "mail.example.test", "mail.example.test", TLS1_2_VERSION,
     "not trusted: certificate has expired", "it is expired"},
    {TLS_CERT_SELF_SIGNED, "mail.example.test", "mail.example.test", 0, "not trusted: self",
     "unknown authority"},
    {TLS_CERT_SELF_SIGNED, "mail.example.test", "mail.example.test", TLS1_2_VERSION, "not trusted: self",
     "unknown authority"},
    {TLS_CERT_WRONG_HOST, "mail.example.test", "mail.example.test", 0,
     "is not for mail.example.test: hostname mismatch", "bad certificate"},
    {TLS_CERT_WRONG_HOST, "mail.example.test", "wrong.example.test", 0, NULL, NULL},
    {TLS_CERT_WRONG_HOST, "127.0.0.1", "127.0.0.1", 0, "is not for 127.0.0.1: IP address mismatch",
     "bad certificate"},
    {TLS_CERT_UNKNOWN_CA, "mail.example.test", "mail.example.test", 0,
     "not trusted: unable to get local issuer certificate", "unknown authority"},
    {TLS_CERT_CN_ONLY, "mail.example.test", "mail.example.test", 0,
     "is not for mail.example.test: hostname mismatch", "bad certificate"},
};

static void check_case(struct tls_ca *ca, size_t i) {
    struct tls_pair p;

    tls_pair_init(&p, tls_pair_strict(ca, cases[i].expected, cases[i].max_version),
                  tls_server_ctx(ca, cases[i].made_for, cases[i].cert, NULL), cases[i].expected);
    assert_non_null(p.server_ctx);
    tls_pair_start(&p);
    tls_pair_join(&p);
    if (cases[i].client_says == NULL) {
        assert_int_equal(p.client_result, 0);
        assert_int_equal(p.server_result, 0);
    } else {
        assert_int_equal(p.client_result, -1);
        assert_int_equal(p.client_err.kind, ERR_TLS);
        assert_non_null(strstr(p.client_err.text, cases[i].client_says));
        assert_int_equal(p.server_result, -1);
        assert_int_equal(p.server_err.kind, ERR_TLS);
        assert_non_null(strstr(p.server_err.text, cases[i].server_says));
    }
    tls_pair_free(&p);
}

static void good_is_accepted_and_bad_is_refused(void **state) {
    struct tls_ca *ca = tls_ca_new(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_case(ca, i);
    tls_ca_free(ca);
}

/* Each bad certificate is bad in the one way its name says: a client that does not look accepts them all. */
static void a_careless_client_accepts_anything(void **state) {
    struct tls_ca *ca = tls_ca_new(NULL);

    (void)state;
    for (int cert = 0; cert < TLS_CERT_COUNT; cert++) {
        struct tls_pair p;

        tls_pair_init(&p, SSL_CTX_new(TLS_client_method()),
                      tls_server_ctx(ca, "mail.example.test", (enum tls_cert)cert, NULL),
                      "mail.example.test");
        tls_pair_start(&p);
        tls_pair_join(&p);
        assert_int_equal(p.client_result, 0);
        assert_int_equal(p.server_result, 0);
        tls_pair_free(&p);
    }
    tls_ca_free(ca);
}

/* And the client that looks into the CN as well is the one that cn-only catches. */
static void cn_only_catches_who_reads_the_cn(void **state) {
    struct tls_ca *ca = tls_ca_new(NULL);
    struct tls_pair p;

    (void)state;
    tls_pair_init(&p, tls_pair_strict(ca, "mail.example.test", 0),
                  tls_server_ctx(ca, "mail.example.test", TLS_CERT_CN_ONLY, NULL), "mail.example.test");
    X509_VERIFY_PARAM_set_hostflags(SSL_CTX_get0_param(p.client_ctx), 0);
    tls_pair_start(&p);
    tls_pair_join(&p);
    assert_int_equal(p.client_result, 0);
    tls_pair_free(&p);
    tls_ca_free(ca);
}

/* Two authorities are two, even in one process. */
static void an_authority_of_another_run_is_not_trusted(void **state) {
    struct tls_ca *ours = tls_ca_new(NULL);
    struct tls_ca *other = tls_ca_new(NULL);
    struct tls_pair p;

    (void)state;
    tls_pair_init(&p, tls_pair_strict(other, "mail.example.test", 0),
                  tls_server_ctx(ours, "mail.example.test", TLS_CERT_GOOD, NULL), "mail.example.test");
    tls_pair_start(&p);
    tls_pair_join(&p);
    assert_int_equal(p.client_result, -1);
    assert_int_equal(p.client_err.kind, ERR_TLS);
    tls_pair_free(&p);
    tls_ca_free(ours);
    tls_ca_free(other);
}

/* One server, known by several names. */
static void each_of_several_names_is_good(void **state) {
    static const struct {
        const char *host;
        int result;
    } names[] = {
        {"mail.example.test", 0}, {"::1", 0}, {"127.0.0.1", 0}, {"localhost", 0}, {"example.test", -1}};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct tls_ca *ca = tls_ca_new(NULL);
        struct tls_pair p;

        tls_pair_init(&p, tls_pair_strict(ca, names[i].host, 0),
                      tls_server_ctx(ca, "127.0.0.1 ::1 mail.example.test", TLS_CERT_GOOD, NULL),
                      names[i].host);
        tls_pair_start(&p);
        tls_pair_join(&p);
        assert_int_equal(p.client_result, names[i].result);
        tls_pair_free(&p);
        tls_ca_free(ca);
    }
}

static void hosts_that_are_none_are_refused(void **state) {
    static const struct {
        const char *host;
        bool good;
    } hosts[] = {
        {"a", true},
        {"my_host.example.test", true},
        {"2001:db8::25", true},
        {"", false},
        {"a b", true},
        {"127.0.0.1 ::1 a b", true},
        {"a b c d e", false}, /* TLS_HOSTS_MAX */
        {"a  b", false},
        {"a ", false},
        {" a", false},
        {"a,DNS:b", false},
        {"a\n", false},
        {"*.example.test", false},
        {"h\xc3\xb4te", false},
    };
    struct tls_ca *ca = tls_ca_new(NULL);
    char longest[257];

    (void)state;
    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct err e = {ERR_NONE, ""};
        SSL_CTX *ctx = tls_server_ctx(ca, hosts[i].host, TLS_CERT_GOOD, &e);

        assert_int_equal(ctx != NULL, hosts[i].good);
        assert_int_equal(e.kind, hosts[i].good ? ERR_NONE : ERR_INPUT);
        tls_ctx_free(ctx);
    }
    for (size_t n = 63; n <= 256; n += n == 65 ? 189 : 1) { /* the limits of a CN (64) and of a name (255) */
        memset(longest, 'x', n);
        longest[n] = '\0';
        SSL_CTX *ctx = tls_server_ctx(ca, longest, TLS_CERT_GOOD, NULL);

        assert_int_equal(ctx != NULL, n <= 255);
        tls_ctx_free(ctx);
    }
    tls_ctx_free(NULL);
    tls_ca_free(ca);
    tls_ca_free(NULL);
}

static void a_file_that_cannot_be_written(void **state) {
    struct tls_ca *ca = tls_ca_new(NULL);
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_int_equal(tls_ca_save(ca, "/no/such/folder/ca.pem", &e), -1);
    assert_int_equal(e.kind, ERR_FILE);
    assert_non_null(strstr(e.text, "/no/such/folder/ca.pem"));
    tls_ca_free(ca);
}

/* --- the key log --- */

static void the_key_log_holds_the_secrets(void **state) {
    static const struct {
        int version;
        const char *label; /* one line of it at least */
    } versions[] = {{TLS1_2_VERSION, "CLIENT_RANDOM "}, {TLS1_3_VERSION, "CLIENT_TRAFFIC_SECRET_0 "}};
    char folder[] = "/tmp/smtplab-test-log-XXXXXX";
    char path[100];
    char text[10000] = "";
    struct tls_ca *ca = tls_ca_new(NULL);
    struct stat about;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/keys", folder);
    for (size_t i = 0; i < COUNT(versions); i++) {
        struct tls_pair p;

        tls_pair_init(&p, tls_pair_strict(ca, "mail.example.test", versions[i].version),
                      tls_server_ctx(ca, "mail.example.test", TLS_CERT_GOOD, NULL), "mail.example.test");
        assert_int_equal(tls_keylog(p.client_ctx, path, NULL), 0);
        assert_int_equal(tls_keylog(p.client_ctx, path, NULL), 0); /* instead of the first, not besides it */
        tls_pair_start(&p);
        tls_pair_join(&p);
        assert_int_equal(p.client_result, 0);
        tls_pair_free(&p);

        FILE *f = fopen(path, "r"); /* the second run appends to the first */
        text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
        fclose(f);

        char *line = strstr(text, versions[i].label);

        assert_non_null(line);
        assert_true(line == text || line[-1] == '\n');
        assert_null(strstr(line + 1, versions[i].label));
    }
    assert_non_null(strstr(text, versions[0].label));
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);

    struct err e = {ERR_NONE, ""};
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    assert_int_equal(tls_keylog(ctx, folder, &e), -1);
    assert_int_equal(e.kind, ERR_FILE);
    tls_ctx_free(ctx);
    unlink(path);
    rmdir(folder);
    tls_ca_free(ca);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(good_is_accepted_and_bad_is_refused),
        cmocka_unit_test(a_careless_client_accepts_anything),
        cmocka_unit_test(cn_only_catches_who_reads_the_cn),
        cmocka_unit_test(an_authority_of_another_run_is_not_trusted),
        cmocka_unit_test(each_of_several_names_is_good),
        cmocka_unit_test(hosts_that_are_none_are_refused),
        cmocka_unit_test(a_file_that_cannot_be_written),
        cmocka_unit_test(the_key_log_holds_the_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
