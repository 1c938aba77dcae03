/* serve: TLS, asked for and from the first byte, and plain text where there should be none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/ssl.h>
#include <poll.h>

#include "../../lib/deadline.h"
#include "serve_fixture.h"
#include "tls_pair.h"

/* The client's end as a stream, from here on. */
static struct stream *as_stream(struct session *s) {
    struct stream *c = stream_from_fd(s->client);

    stream_set_timeout(c, PATIENCE_MS);
    s->client = -1;
    return c;
}

static void handshake_up_to(struct session *s, struct stream *c, int version) {
    struct ssl_ctx_st *ctx = tls_pair_strict(s->ca, HOST, version);
    struct err e = {ERR_NONE, ""};

    if (tls_client(c, ctx, HOST, &e) == -1)
        fail_msg("%s", e.text);
    tls_ctx_free(ctx); /* the connection holds it */
}

static void handshake(struct session *s, struct stream *c) {
    handshake_up_to(s, c, 0);
}

/* The next reply's last line begins so. */
static void expect(struct stream *c, const char *start) {
    struct buf line;

    buf_init(&line, 4096);
    do
        assert_true(stream_read_line(c, &line, 4096, NULL) > 0);
    while (line.data[3] == '-');
    if (strncmp(line.data, start, strlen(start)) != 0)
        fail_msg("\"%s\", expected %s", line.data, start);
    buf_free(&line);
}

static void ask(struct stream *c, const char *command, const char *start) {
    tls_pair_send(c, command);
    expect(c, start);
}

static void expect_end(struct stream *c) {
    struct buf line;
    struct err e = {ERR_NONE, ""};

    buf_init(&line, 4096);
    assert_int_equal(stream_read_line(c, &line, 4096, &e), 0);
    buf_free(&line);
    stream_free(c);
}

static void starttls(void **state) {
    struct session *s = *state;

    session_tls(s);
    session_start(s);
    struct stream *c = as_stream(s);
    expect(c, "220");
    ask(c, "EHLO client.example.org\r\n", "250");
    ask(c, "STARTTLS\r\n", "220");
    handshake(s, c);
    ask(c, "MAIL FROM:<alice@example.org>\r\n", "503"); /* what was heard before is forgotten */
    ask(c, "EHLO client.example.org\r\n", "250");
    ask(c, "AUTH PLAIN AHN0dWRlbnQAY29ycmVjdC1ob3JzZQ==\r\n", "235");
    ask(c, "QUIT\r\n", "221");
    expect_end(c);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_QUIT);
    assert_true(s->outcome.summary.tls);
    assert_non_null(strstr(s->outcome.protocol, "TLSv1."));
    assert_string_equal(s->outcome.user, "student");
}

/* A session in TLS from its first byte, greeted. */
static struct stream *begin_with_tls(struct session *s) {
    session_tls(s);
    s->setup.immediate = true;
    session_start(s);
    struct stream *c = as_stream(s);
    handshake(s, c);
    expect(c, "220");
    return c;
}

static void from_the_first_byte(void **state) {
    struct session *s = *state;
    struct stream *c = begin_with_tls(s);

    ask(c, "EHLO client.example.org\r\n", "250");
    ask(c, "STARTTLS\r\n", "503");
    ask(c, "QUIT\r\n", "221");
    expect_end(c);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_QUIT);
}

/* The end of TLS is said, too: without close_notify anybody on the way could have cut the wire. */
static void the_end_is_said_in_tls(void **state) {
    struct session *s = *state;
    char byte;

    session_tls(s);
    s->setup.immediate = true;
    session_start(s);
    struct stream *c = as_stream(s);
    handshake_up_to(s, c, TLS1_2_VERSION); /* in 1.3 an alert looks like data from outside */
    expect(c, "220");
    ask(c, "QUIT\r\n", "221");
    assert_int_equal(deadline_poll(deadline_in(PATIENCE_MS), stream_fd(c), POLLIN), 1);
    /* An alert record (type 21) stands before the end of the connection. */
    assert_int_equal(recv(stream_fd(c), &byte, 1, 0), 1);
    assert_int_equal(byte, 21);
    stream_free(c);
    session_join(s);
}

static void bytes_behind_starttls_are_refused(void **state) {
    struct session *s = *state;

    session_tls(s);
    session_start(s);
    hear_code(s, "220");
    say(s, "EHLO client.example.org\r\n");
    hear(s, "250 ");
    buf_clear(&s->said);
    say(s, "STARTTLS\r\nMAIL FROM:<mallory@example.org>\r\n");
    assert_int_equal(hear_end(s), 0);
    assert_int_equal(times_said(s, "554 "), 1);
    assert_int_equal(times_said(s, "220 "), 0);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_REFUSED);
}

static void a_weak_server_obeys_them_inside_tls(void **state) {
    struct session *s = *state;

    s->config.weak = SERVER_WEAK_STARTTLS_INJECTION;
    session_tls(s);
    session_start(s);
    struct stream *c = as_stream(s);
    expect(c, "220");
    ask(c, "EHLO client.example.org\r\n", "250");
    ask(c, "STARTTLS\r\nEHLO mallory.example.org\r\nMAIL FROM:<mallory@example.org>\r\nNO", "220");
    handshake(s, c);
    expect(c, "250");
    expect(c, "250 2.1.0");
    ask(c, "OP\r\n", "250"); /* half a line before, half a line inside */
    ask(c, "MAIL FROM:<alice@example.org>\r\n", "503");
    ask(c, "QUIT\r\n", "221");
    expect_end(c);
    session_join(s);
}

static void no_handshake_is_an_end(void **state) {
    struct session *s = *state;

    session_tls(s);
    s->setup.immediate = true;
    session_start(s);
    say(s, "EHLO client.example.org\r\n");
    hear_end(s);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_TLS);
    assert_true(strlen(s->outcome.why) > 0);
}

static void a_silent_handshake_meets_patience(void **state) {
    struct session *s = *state;

    session_tls(s);
    s->setup.immediate = true;
    s->setup.patience_ms = 100;
    session_start(s);
    hear_end(s);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_TIMEOUT);
}

static void idle_inside_tls_stops_at_once(void **state) {
    struct session *s = *state;
    struct stream *c = begin_with_tls(s);

    session_stop(s);
    expect(c, "421");
    expect_end(c);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_REFUSED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_SESSION(starttls),
        IN_A_SESSION(from_the_first_byte),
        IN_A_SESSION(the_end_is_said_in_tls),
        IN_A_SESSION(bytes_behind_starttls_are_refused),
        IN_A_SESSION(a_weak_server_obeys_them_inside_tls),
        IN_A_SESSION(no_handshake_is_an_end),
        IN_A_SESSION(a_silent_handshake_meets_patience),
        IN_A_SESSION(idle_inside_tls_stops_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
