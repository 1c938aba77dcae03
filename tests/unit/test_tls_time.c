/* tls: time limits, and records that come in pieces. */
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

static void a_silent_side_meets_the_time_limit(void **state) {
    static const int limits[] = {0, 1, 20};

    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct tls_pair p;
        struct err e = {ERR_NONE, ""};

        tls_pair_good(&p, "mail.example.test");
        stream_set_timeout(p.client, limits[i]);
        assert_int_equal(tls_client(p.client, p.client_ctx, p.host, &e), -1);
        assert_int_equal(e.kind, ERR_TIMEOUT);
        tls_pair_free(&p);
    }
}

/* --- a connection that hands out its bytes one by one --- */

/*
 * A back end between TLS and the socket that lets only `budget` bytes through, one at a time; then time
 * is up.
 */
struct drip {
    const struct stream_ops *below;
    void *ctx;
    size_t budget;
    int patience_ms; /* the limit that the last write was given */
};

static ssize_t drip_read(void *ctx, void *bytes, size_t n, int timeout_ms, struct err *e) {
    struct drip *d = ctx;

    if (d->budget == 0 || n == 0)
        return err_set(e, ERR_TIMEOUT, "nothing yet");
    d->budget--;
    return d->below->read(d->ctx, bytes, 1, timeout_ms, e);
}

static ssize_t drip_write(void *ctx, const void *bytes, size_t n, int timeout_ms, struct err *e) {
    struct drip *d = ctx;

    d->patience_ms = timeout_ms;
    if (d->budget == 0 || n == 0)
        return err_set(e, ERR_TIMEOUT, "not yet");
    d->budget--;
    return d->below->write(d->ctx, bytes, 1, timeout_ms, e);
}

static void drip_close(void *ctx) {
    struct drip *d = ctx;

    d->below->close(d->ctx);
}

static const struct stream_ops drip_ops = {drip_read, drip_write, drip_close};

static void drip_put_under(struct stream *s, struct drip *d) {
    const struct stream_ops *ops = &drip_ops;
    void *ctx = d;

    assert_int_equal(stream_swap(s, &ops, &ctx, NULL), 0);
    *d = (struct drip){ops, ctx, SIZE_MAX, 0};
}

/*
 * "Only look" after each byte of two records: it never breaks the connection, and each record comes
 * when its last byte is there.
 */
static void looking_in_the_middle_of_a_record_breaks_nothing(void **state) {
    struct tls_pair p;
    struct drip d;
    struct err e;
    size_t looks = 0;
    size_t n;

    (void)state;
    tls_pair_good(&p, "mail.example.test");
    drip_put_under(p.client, &d);
    tls_pair_start(&p);
    tls_pair_join(&p);
    assert_int_equal(p.client_result, 0);
    tls_pair_send(p.server, "220 first\r\n");
    tls_pair_send(p.server, "220 second\r\n");

    d.budget = 0;
    for (size_t records = 0; records < 2;) {
        ssize_t got = stream_fill(p.client, 0, &e);

        if (got > 0) {
            records++;
            continue;
        }
        assert_int_equal(e.kind, ERR_TIMEOUT);
        looks++;
        d.budget = 1;
    }
    assert_true(looks > 40); /* two headers of 5 bytes, two tags of 16 and the text */
    stream_peek(p.client, &n);
    assert_int_equal(n, 23);
    tls_pair_expect(p.client, "220 first\r\n");
    tls_pair_expect(p.client, "220 second\r\n");
    tls_pair_free(&p);
}

/*
 * The same while sending: a flush that runs into its time limit goes on where it was, though the buffer
 * has moved and grown.
 */
static void flushing_in_the_middle_of_a_record_goes_on(void **state) {
    static const char text[] = "MAIL FROM:<alice@example.org> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS "
                               "ENVID=one-more-parameter-so-that-the-buffer-has-to-grow-and-to-move\r\n";
    struct tls_pair p;
    struct drip d;
    struct err e;
    size_t tries = 0;

    (void)state;
    tls_pair_good(&p, "mail.example.test");
    drip_put_under(p.client, &d);
    tls_pair_start(&p);
    tls_pair_join(&p);
    assert_int_equal(p.client_result, 0);

    d.budget = 0;
    assert_int_equal(stream_write(p.client, text, 5, NULL), 0);
    assert_int_equal(stream_flush(p.client, &e), -1);
    assert_int_equal(e.kind, ERR_TIMEOUT);
    assert_int_equal(stream_write(p.client, text + 5, strlen(text) - 5, NULL), 0);
    for (; stream_flush(p.client, &e) == -1; tries++) {
        assert_int_equal(e.kind, ERR_TIMEOUT);
        d.budget = 1;
    }
    assert_true(tries > strlen(text));
    tls_pair_expect(p.server, text);
    tls_pair_free(&p);
}

/* What OpenSSL holds of a record is delivered by a look, though nothing is left in the socket. */
static void what_openssl_holds_is_delivered(void **state) {
    enum { LEFT = 100, RECORD = 1000 };
    const size_t filler = STREAM_IN_MAX - LEFT;
    struct tls_pair p;
    char *bytes = calloc(1, filler);
    struct other o = {.bytes = bytes, .n = filler, .piece = filler};
    size_t n;
    char byte;

    /* The one way to take half a record: a buffer with so much unread in it that only half has room. */
    (void)state;
    tls_pair_good(&p, "mail.example.test");
    tls_pair_start(&p);
    tls_pair_join(&p);
    assert_int_equal(p.client_result, 0);
    for (size_t sent = 0; sent < o.n; sent += n) {
        n = o.n - sent < 16384 ? o.n - sent : 16384;
        assert_int_equal(stream_write(p.server, bytes, n, NULL), 0);
        assert_int_equal(stream_flush(p.server, NULL), 0);
        for (size_t got = 0; got < n;)
            got += (size_t)stream_fill(p.client, PATIENCE_MS, NULL);
    }
    assert_int_equal(stream_write(p.server, bytes, RECORD, NULL), 0);
    assert_int_equal(stream_flush(p.server, NULL), 0);
    assert_int_equal(stream_fill(p.client, PATIENCE_MS, NULL), LEFT);
    assert_int_equal(recv(stream_fd(p.client), &byte, 1, MSG_PEEK | MSG_DONTWAIT), -1);
    stream_peek(p.client, &n);
    stream_take(p.client, n);
    assert_int_equal(stream_fill(p.client, 0, NULL), RECORD - LEFT);
    tls_pair_free(&p);
    free(bytes);
}

/* The goodbye is bytes like others: a peer that is slow to read must not lose it. */
static void the_goodbye_has_time_to_leave(void **state) {
    struct tls_pair p;
    struct drip d;

    (void)state;
    tls_pair_good(&p, "mail.example.test");
    drip_put_under(p.server, &d);
    tls_pair_start(&p);
    tls_pair_join(&p);
    d.patience_ms = 0;
    tls_shutdown(p.server);
    assert_in_range(d.patience_ms, 1, PATIENCE_MS);
    assert_int_equal(stream_fill(p.client, PATIENCE_MS, NULL), 0);
    tls_pair_free(&p);
}

/* Half a record and then the end. */
static void an_end_inside_a_record_is_an_end(void **state) {
    struct tls_pair p;
    struct drip d;

    (void)state;
    tls_pair_good(&p, "mail.example.test");
    drip_put_under(p.server, &d);
    tls_pair_start(&p);
    tls_pair_join(&p);
    d.budget = 10;
    assert_int_equal(stream_write(p.server, "220 never comes\r\n", 17, NULL), 0);
    assert_int_equal(stream_flush(p.server, NULL), -1);
    stream_free(p.server);
    p.server = NULL;
    assert_int_equal(stream_fill(p.client, PATIENCE_MS, NULL), 0);
    tls_pair_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_side_meets_the_time_limit),
        cmocka_unit_test(looking_in_the_middle_of_a_record_breaks_nothing),
        cmocka_unit_test(flushing_in_the_middle_of_a_record_goes_on),
        cmocka_unit_test(what_openssl_holds_is_delivered),
        cmocka_unit_test(the_goodbye_has_time_to_leave),
        cmocka_unit_test(an_end_inside_a_record_is_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
