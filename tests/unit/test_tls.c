/* tls: handshake, bytes both ways, waiting bytes refused, ends. See also test_tls_cert.c, test_tls_time.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/tls.h"
#include "other.h"
#include "tls_pair.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- lines over TLS --- */

static void echo_a_line(struct tls_pair *p) {
    struct buf line;

    buf_init(&line, 100);
    if (stream_read_line(p->server, &line, 100, NULL) > 0 &&
        stream_write(p->server, line.data, line.len, NULL) == 0)
        stream_flush(p->server, NULL);
    buf_free(&line);
}

static void note(void *arg, enum stream_side side, const void *bytes, size_t n) {
    buf_addf(arg, "%c%.*s", side == STREAM_IN ? '<' : '>', (int)n, (const char *)bytes);
}

static void lines_pass_and_the_tap_sees_them_plain(void **state) {
    static const struct {
        int version;
        const char *words;
    } versions[] = {{TLS1_2_VERSION, "TLSv1.2 "}, {TLS1_3_VERSION, "TLSv1.3 "}};

    (void)state;
    for (size_t i = 0; i < COUNT(versions); i++) {
        struct tls_pair p;
        struct buf seen;

        buf_init(&seen, 1000);
        tls_pair_good(&p, "mail.example.test");
        SSL_CTX_set_max_proto_version(p.client_ctx, versions[i].version);
        p.then = echo_a_line;
        stream_tap(p.client, note, &seen);
        assert_null(tls_describe(p.client));
        tls_pair_start(&p);
        assert_int_equal(p.client_result, 0);
        assert_memory_equal(tls_describe(p.client), versions[i].words, strlen(versions[i].words));
        tls_pair_send(p.client, "EHLO client.example.test\r\n");
        tls_pair_expect(p.client, "EHLO client.example.test\r\n");
        assert_string_equal(seen.data, ">EHLO client.example.test\r\n<EHLO client.example.test\r\n");
        tls_pair_join(&p);
        assert_string_equal(tls_describe(p.server), tls_describe(p.client));
        tls_pair_free(&p);
        buf_free(&seen);
    }
}

/* What the server sees of the name the client dialled; an address is none (RFC 6066 section 3). */
static int keep_name(SSL *ssl, int *alert, void *arg) {
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    (void)alert;
    buf_add_text(arg, name == NULL ? "none" : name);
    return SSL_TLSEXT_ERR_OK;
}

static void the_name_is_sent_unless_it_is_an_address(void **state) {
    static const struct {
        const char *host, *seen;
    } cases[] = {{"mail.example.test", "mail.example.test"}, {"127.0.0.1", "none"}, {"::1", "none"}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tls_pair p;
        struct buf seen;

        buf_init(&seen, 1000);
        tls_pair_good(&p, cases[i].host);
        SSL_CTX_set_tlsext_servername_callback(p.server_ctx, keep_name);
        SSL_CTX_set_tlsext_servername_arg(p.server_ctx, &seen);
        tls_pair_start(&p);
        tls_pair_join(&p);
        assert_int_equal(p.client_result, 0);
        assert_string_equal(seen.data, cases[i].seen);
        tls_pair_free(&p);
        buf_free(&seen);
    }
}

enum { BULK = 1 << 20 };

static char *bulk(unsigned seed) {
    char *bytes = malloc(BULK);

    for (size_t i = 0; i < BULK; i++)
        bytes[i] = (char)(i * seed + i / 257);
    return bytes;
}

static void assert_bulk(struct stream *s, unsigned seed) {
    char *expected = bulk(seed);
    size_t n;

    for (stream_peek(s, &n); n < BULK; stream_peek(s, &n))
        assert_true(stream_fill(s, PATIENCE_MS, NULL) > 0);
    assert_int_equal(n, BULK);
    assert_memory_equal(stream_peek(s, &n), expected, BULK);
    stream_take(s, n);
    free(expected);
}

static void send_bulk(struct stream *s, unsigned seed) {
    char *bytes = bulk(seed);

    assert_int_equal(stream_write(s, bytes, BULK, NULL), 0);
    assert_int_equal(stream_flush(s, NULL), 0);
    free(bytes);
}

static void take_and_give_bulk(struct tls_pair *p) {
    assert_bulk(p->server, 13);
    send_bulk(p->server, 29);
    tls_shutdown(p->server);
}

static void a_megabyte_each_way(void **state) {
    struct tls_pair p;

    (void)state;
    tls_pair_good(&p, "mail.example.test");
    p.then = take_and_give_bulk;
    tls_pair_start(&p);
    assert_int_equal(p.client_result, 0);
    send_bulk(p.client, 13);
    assert_bulk(p.client, 29);
    assert_int_equal(stream_fill(p.client, PATIENCE_MS, NULL), 0);
    tls_pair_join(&p);
    tls_pair_free(&p);
}

/*
 * Nothing is left unread after the handshake (a session ticket would be): a close() over it would reset
 * the connection.
 */
static void the_server_sends_no_tickets(void **state) {
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    (void)state;
    for (size_t i = 0; i < COUNT(versions); i++) {
        struct tls_pair p;
        char byte;

        tls_pair_good(&p, "mail.example.test");
        SSL_CTX_set_max_proto_version(p.client_ctx, versions[i]);
        tls_pair_start(&p);
        tls_pair_join(&p);
        assert_int_equal(p.client_result, 0);
        assert_int_equal(recv(stream_fd(p.client), &byte, 1, MSG_PEEK | MSG_DONTWAIT), -1);
        tls_pair_free(&p);
    }
}

/* --- bytes that wait where TLS begins --- */

static void waiting_bytes_are_refused(void **state) {
    (void)state;
    for (int as_server = 0; as_server < 2; as_server++) {
        struct tls_pair p;
        struct err e = {ERR_NONE, ""};

        tls_pair_good(&p, "mail.example.test");
        tls_pair_send(p.server, "220 ready\r\n250 injected\r\n");
        tls_pair_expect(p.client, "220 ready\r\n");
        assert_int_equal(as_server ? tls_server(p.client, p.server_ctx, &e)
                                   : tls_client(p.client, p.client_ctx, p.host, &e),
                         -1);
        assert_int_equal(e.kind, ERR_PROTOCOL);
        assert_null(tls_describe(p.client));
        tls_pair_expect(p.client, "250 injected\r\n"); /* the stream is as it was */
        tls_pair_send(p.client, "QUIT\r\n");
        tls_pair_expect(p.server, "QUIT\r\n");

        e.kind = ERR_NONE;
        assert_int_equal(stream_write(p.client, "NOOP\r\n", 6, NULL), 0); /* gathered, not flushed */
        assert_int_equal(tls_client(p.client, p.client_ctx, p.host, &e), -1);
        assert_int_equal(e.kind, ERR_PROTOCOL);
        tls_pair_free(&p);
    }
}

/* --- a handshake that comes to nothing --- */

static const struct {
    const char *sent; /* by the other side, which then closes */
    int as_server;
    enum err_kind kind;
    const char *words;
} failures[] = {
    {"", 0, ERR_CLOSED, "closed the connection during the TLS handshake"},
    {"", 1, ERR_CLOSED, "closed the connection during the TLS handshake"},
    {"\x16\x03\x03", 0, ERR_CLOSED, "closed the connection during the TLS handshake"},
    {"220 mail.example.test ESMTP\r\n", 0, ERR_TLS, "does not speak TLS here (plain text?)"},
    {"500 5.5.2 What?\r\n", 0, ERR_TLS, "does not speak TLS here (plain text?)"},
    {"EHLO client.example.test\r\n", 1, ERR_TLS, "does not speak TLS here (plain text?)"},
    {"GET / HTTP/1.1\r\n\r\n", 1, ERR_TLS, "does not speak TLS here (plain text?)"},
    {"QUIT\r\nQUIT\r\n", 1, ERR_TLS, "does not speak TLS here (plain text?)"},
};

static void failures_are_told_in_words(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(failures); i++) {
        struct tls_pair p;
        struct err e = {ERR_NONE, ""};
        char byte;

        tls_pair_good(&p, "mail.example.test");
        tls_pair_send(p.server, failures[i].sent);
        shutdown(stream_fd(p.server), SHUT_WR);
        assert_int_equal(failures[i].as_server ? tls_server(p.client, p.server_ctx, &e)
                                               : tls_client(p.client, p.client_ctx, p.host, &e),
                         -1);
        assert_int_equal(e.kind, failures[i].kind);
        assert_non_null(strstr(e.text, failures[i].words));
        assert_null(tls_describe(p.client));
        /* And what came is read, or our close() would be a reset. */
        assert_int_equal(recv(stream_fd(p.client), &byte, 1, MSG_PEEK | MSG_DONTWAIT), 0);
        tls_shutdown(p.client); /* of a handshake that failed: nothing happens */
        assert_int_equal(stream_fill(p.client, 0, NULL) > 0, 0); /* nor does anything come through */
        tls_pair_free(&p);
    }
}

static void no_version_in_common(void **state) {
    struct tls_pair p;

    (void)state;
    tls_pair_good(&p, "mail.example.test");
    SSL_CTX_set_security_level(p.client_ctx, 0);
    SSL_CTX_set_min_proto_version(p.client_ctx, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(p.client_ctx, TLS1_1_VERSION);
    tls_pair_start(&p);
    tls_pair_join(&p);
    assert_int_equal(p.client_result, -1);
    assert_int_equal(p.client_err.kind, ERR_TLS);
    assert_int_equal(p.server_result, -1);
    assert_int_equal(p.server_err.kind, ERR_TLS);
    tls_pair_free(&p);
}

/* --- ends --- */

static const struct {
    const char *sent;
    int goodbye;        /* close_notify before the end? */
    enum err_kind kind; /* of reading a line then; ERR_NONE: a clean end of file */
} ends[] = {{"", 1, ERR_NONE}, {"", 0, ERR_NONE}, {"421 ", 1, ERR_CLOSED}, {"421 ", 0, ERR_CLOSED}};

static void an_end_is_an_end_with_goodbye_or_without(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct tls_pair p;
        struct buf line;
        struct err e = {ERR_NONE, ""};

        buf_init(&line, 100);
        tls_pair_good(&p, "mail.example.test");
        tls_pair_start(&p);
        tls_pair_join(&p);
        tls_pair_send(p.server, ends[i].sent);
        if (ends[i].goodbye)
            tls_shutdown(p.server);
        stream_free(p.server);
        p.server = NULL;
        assert_int_equal(stream_read_line(p.client, &line, 100, &e), ends[i].kind == ERR_NONE ? 0 : -1);
        assert_int_equal(e.kind, ends[i].kind);
        assert_string_equal(line.data, ends[i].sent);
        assert_int_equal(stream_read_line(p.client, &line, 100, &e), 0); /* and stays one */

        /* Nobody is there to read: an error, and no signal. */
        assert_int_equal(stream_write(p.client, "QUIT\r\n", 6, &e), 0);
        assert_int_equal(stream_flush(p.client, &e), -1);
        assert_int_equal(e.kind, ERR_CLOSED);
        tls_shutdown(p.client);
        tls_pair_free(&p);
        buf_free(&line);
    }
}

static void a_plain_stream_has_no_tls(void **state) {
    struct stream *s = stream_from_memory("220 hi\r\n", 8);

    (void)state;
    assert_null(tls_describe(s));
    tls_shutdown(s);
    tls_pair_expect(s, "220 hi\r\n");
    stream_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_pass_and_the_tap_sees_them_plain),
        cmocka_unit_test(the_name_is_sent_unless_it_is_an_address),
        cmocka_unit_test(a_megabyte_each_way),
        cmocka_unit_test(the_server_sends_no_tickets),
        cmocka_unit_test(waiting_bytes_are_refused),
        cmocka_unit_test(failures_are_told_in_words),
        cmocka_unit_test(no_version_in_common),
        cmocka_unit_test(an_end_is_an_end_with_goodbye_or_without),
        cmocka_unit_test(a_plain_stream_has_no_tls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
