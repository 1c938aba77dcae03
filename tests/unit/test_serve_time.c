/* serve: its time limits, and the word to stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>

#include "serve_fixture.h"

#define SHORT_MS 100
#define MAIL                                                                                                 \
    "EHLO client.example.org\r\nMAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"

/* A byte now and then, until the server answers; fewer than fill a line. */
static void trickle(const struct session *s, const char *byte) {
    struct pollfd p = {.fd = s->client, .events = POLLIN};
    int sent = 0;

    while (sent < VERB_LINE_MAX / 2 && poll(&p, 1, 10) == 0)
        sent += (int)send(s->client, byte, 1, MSG_NOSIGNAL);
    assert_true(sent < VERB_LINE_MAX / 2);
}

/* Time for the server to fall asleep. If that was not enough, a test sees less than it could, and passes. */
static void settle(const struct session *s) {
    struct pollfd p = {.fd = s->client, .events = POLLIN};

    assert_int_equal(poll(&p, 1, SHORT_MS / 2), 0);
}

static void expect_timeout(struct session *s) {
    assert_int_equal(hear_end(s), 0);
    assert_int_equal(times_said(s, "421 4.4.2 "), 1);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_TIMEOUT);
}

static void silence_meets_patience(void **state) {
    struct session *s = *state;

    s->setup.patience_ms = SHORT_MS;
    session_start(s);
    expect_timeout(s);
    assert_non_null(strstr(s->outcome.why, "0.1 seconds"));
}

static void a_line_that_never_ends_meets_patience(void **state) {
    struct session *s = *state;

    s->setup.patience_ms = SHORT_MS;
    session_start(s);
    hear_code(s, "220");
    trickle(s, "N");
    expect_timeout(s);
}

/* Each byte of a message is progress; only the limit of the whole session ends this. */
static void a_message_that_never_ends_meets_the_total(void **state) {
    struct session *s = *state;

    s->setup.total_ms = SHORT_MS;
    session_start(s);
    say(s, MAIL);
    hear(s, "\r\n354");
    trickle(s, "x");
    expect_timeout(s);
    assert_non_null(strstr(s->outcome.why, "0.1 seconds, which is the limit"));
}

static void whole_lines_renew_patience_but_not_the_total(void **state) {
    struct session *s = *state;

    s->setup.total_ms = 3 * SHORT_MS;
    s->setup.patience_ms = 2 * SHORT_MS;
    session_start(s);
    hear_code(s, "220");
    for (int i = 0; i < 1000; i++) {
        struct pollfd p = {.fd = s->client, .events = POLLIN};

        say(s, "NOOP\r\n");
        hear(s, "\r\n");
        if (times_said(s, "421") > 0)
            break;
        buf_clear(&s->said);
        if (poll(&p, 1, SHORT_MS / 2) == 1)
            break;
    }
    expect_timeout(s);
    assert_non_null(strstr(s->outcome.why, "which is the limit"));
}

/* It asks for help, and asks, and does not listen: our bytes pile up, and then we do not wait for ever. */
static void a_client_that_does_not_read(void **state) {
    struct session *s = *state;
    int small = 4096;

    s->setup.patience_ms = SHORT_MS;
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    session_start_on(s, ends);
    for (int i = 0; i < 100; i++)
        say(s, "HELP\r\n");
    pthread_join(s->thread, NULL); /* it gives up by itself */
    assert_int_equal(s->outcome.end, SERVE_TIMEOUT);
}

static void a_stall_lasts_until_the_client_leaves(void **state) {
    struct session *s = *state;

    session_fault(s, "noop=stall");
    session_start(s);
    hear_code(s, "220");
    say(s, "NOOP\r\nNOOP\r\n");
    shutdown(s->client, SHUT_WR);
    assert_int_equal(hear_end(s), 0);
    assert_int_equal(s->said.len, 0);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_CLOSED);
}

static void or_until_time_is_up(void **state) {
    struct session *s = *state;

    session_fault(s, "noop=stall");
    s->setup.total_ms = SHORT_MS;
    session_start(s);
    hear_code(s, "220");
    say(s, "NOOP\r\n");
    hear_end(s);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_TIMEOUT);
}

static void a_delayed_reply_comes(void **state) {
    struct session *s = *state;
    struct pollfd p;

    session_fault(s, "noop=delay:100");
    session_start(s);
    hear_code(s, "220");
    say(s, "NOOP\r\n");
    p = (struct pollfd){.fd = s->client, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 50), 0);
    hear_code(s, "250");
    say(s, "QUIT\r\n");
    hear_end(s);
    session_join(s);
}

/* --- to stop --- */

static void an_idle_session_stops_at_once(void **state) {
    struct session *s = *state;

    session_start(s);
    hear_code(s, "220");
    settle(s);
    session_stop(s);
    assert_int_equal(hear_end(s), 0);
    assert_int_equal(times_said(s, "421 "), 1);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_REFUSED);
    assert_string_equal(s->outcome.why, "the server is being stopped");
}

/* Who has gone before we say so was not sent away. */
static void a_client_that_has_left_has_left(void **state) {
    struct session *s = *state;

    session_fault(s, "noop=delay:600000");
    session_start(s);
    hear_code(s, "220");
    say(s, "NOOP\r\n");
    shutdown(s->client, SHUT_WR);
    settle(s);
    session_stop(s);
    hear_end(s);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_CLOSED);
    assert_int_equal(times_said(s, "421"), 0);
}

/* From MAIL to the dot: the client has its 250, and only then is sent away. */
static void a_mail_under_way_is_finished(void **state) {
    struct session *s = *state;

    session_start(s);
    say(s, MAIL);
    hear(s, "\r\n354");
    settle(s);
    session_stop(s);
    say(s, "x\r\n.\r\n");
    assert_int_equal(hear_end(s), 0);
    session_join(s);
    assert_int_equal(s->outcome.summary.messages, 1);
    assert_int_equal(times_said(s, "\r\n421 "), 1);
    assert_int_equal(s->outcome.end, SERVE_REFUSED);
}

static void a_delay_is_cut_short(void **state) {
    struct session *s = *state;

    session_fault(s, "noop=delay:600000");
    session_start(s);
    hear_code(s, "220");
    say(s, "NOOP\r\n");
    settle(s);
    session_stop(s);
    assert_int_equal(hear_end(s), 0);
    session_join(s);
}

static void a_stall_is_cut_short(void **state) {
    struct session *s = *state;

    session_fault(s, "noop=stall");
    session_start(s);
    hear_code(s, "220");
    say(s, "NOOP\r\n");
    settle(s);
    session_stop(s);
    hear_end(s);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_REFUSED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_SESSION(silence_meets_patience),
        IN_A_SESSION(a_line_that_never_ends_meets_patience),
        IN_A_SESSION(a_message_that_never_ends_meets_the_total),
        IN_A_SESSION(whole_lines_renew_patience_but_not_the_total),
        IN_A_SESSION(a_client_that_does_not_read),
        IN_A_SESSION(a_stall_lasts_until_the_client_leaves),
        IN_A_SESSION(or_until_time_is_up),
        IN_A_SESSION(a_delayed_reply_comes),
        IN_A_SESSION(an_idle_session_stops_at_once),
        IN_A_SESSION(a_client_that_has_left_has_left),
        IN_A_SESSION(a_mail_under_way_is_finished),
        IN_A_SESSION(a_delay_is_cut_short),
        IN_A_SESSION(a_stall_is_cut_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
