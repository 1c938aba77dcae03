/* serve: one session over a connection: its conversation, its end, what it says of it. Time: test_serve_time.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "serve_fixture.h"

#define MAIL "MAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"
#define WHOLE "EHLO client.example.org\r\n" MAIL "Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n"

/* --- the conversation --- */

static void step_by_step(void **state) {
    struct session *s = *state;
    static const char *const steps[][2] = {
        {"EHLO client.example.org\r\n", "250"},   {"MAIL FROM:<alice@example.org>\r\n", "250"},
        {"RCPT TO:<bob@example.org>\r\n", "250"}, {"DATA\r\n", "354"},
        {"Subject: x\r\n\r\nx\r\n.\r\n", "250"},  {"QUIT\r\n", "221"},
    };

    session_start(s);
    hear_code(s, "220 " HOST);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        say(s, steps[i][0]);
        hear_code(s, steps[i][1]);
    }
    assert_int_equal(hear_end(s), 0);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_QUIT);
    assert_string_equal(s->outcome.why, "");
    assert_string_equal(s->outcome.hello, "client.example.org");
    assert_ptr_equal(s->outcome.summary.hello, s->outcome.hello);
    assert_string_equal(s->outcome.protocol, "");
    assert_null(s->outcome.summary.user);
    assert_int_equal(s->outcome.summary.messages, 1);
    assert_int_equal(s->outcome.summary.commands, 5);
}

/* A block of memory is a connection without clocks: all is there, and then the end. */
static void from_memory(void **state) {
    struct session *s = *state;
    struct stream *stream = stream_from_memory(WHOLE, strlen(WHOLE));

    serve_run(&s->setup, stream, &s->outcome);
    assert_int_equal(s->outcome.end, SERVE_QUIT);
    assert_int_equal(s->outcome.summary.messages, 1);
}

static void count_aside(void *arg) {
    ++*(int *)arg;
}

/* Turn by turn in one thread: each turn ends where the session would wait, and says before what may take long. */
static void turn_by_turn(void **state) {
    struct session *s = *state;
    int ends[2];
    int asides = 0;

    session_fault(s, "noop=delay:1");
    packet_pair(ends);
    s->client = ends[0];
    s->setup.aside = count_aside;
    s->setup.aside_arg = &asides;

    struct serving *turns = serve_new(&s->setup, stream_from_fd(ends[1]), &s->outcome);

    assert_true(serve_go(turns));
    hear_code(s, "220");
    assert_true(serve_go(turns)); /* nothing was said: nothing happens */
    say(s, "EHLO client.example.org\r\n");
    assert_true(serve_go(turns));
    hear_code(s, "250-");
    assert_int_equal(asides, 0);
    say(s, "NOOP\r\n");
    assert_true(serve_go(turns));
    assert_true(asides > 0);
    assert_true(deadline_left(serve_due(turns)) > 0);
    say(s, "QUIT\r\n");
    assert_false(serve_go(turns));
    serve_free(turns);
    hear_end(s);
    assert_int_equal(s->outcome.end, SERVE_QUIT);
}

/* What came in one piece is answered in one piece. */
static void pipelined_commands_get_one_write(void **state) {
    struct session *s = *state;
    char piece[4096];
    int ends[2];

    packet_pair(ends);
    session_start_on(s, ends);
    hear_code(s, "220");
    say(s, "EHLO client.example.org\r\n");
    hear_code(s, "250-");
    say(s, MAIL);
    ssize_t got = recv(s->client, piece, sizeof(piece) - 1, 0);
    assert_true(got > 0);
    piece[got] = '\0';
    assert_non_null(strstr(piece, "\r\n354"));
    say(s, ".\r\nQUIT\r\n");
    hear_end(s);
    session_join(s);
}

static void a_torn_reply_leaves_in_pieces(void **state) {
    struct session *s = *state;
    char piece[4096];
    int ends[2];

    session_fault(s, "noop=tear:3");
    packet_pair(ends);
    session_start_on(s, ends);
    hear_code(s, "220");
    say(s, "NOOP\r\n");
    for (ssize_t got = 3; got == 3 && s->said.data[s->said.len > 0 ? s->said.len - 1 : 0] != '\n';) {
        got = recv(s->client, piece, sizeof(piece), 0);
        assert_in_range(got, 1, 3);
        buf_add(&s->said, piece, (size_t)got);
    }
    hear_code(s, "250");
    say(s, "QUIT\r\n");
    hear_end(s);
    session_join(s);
}

/* --- the client's end --- */

static void replies_come_to_a_client_that_has_shut_down_its_half(void **state) {
    struct session *s = *state;

    session_start(s);
    say(s, WHOLE);
    shutdown(s->client, SHUT_WR);
    assert_int_equal(hear_end(s), 0);
    assert_int_equal(times_said(s, "\r\n221 "), 1);
    assert_int_equal(times_said(s, "\r\n250 2"), 3);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_QUIT);
}

static void also_after_the_dot_without_quit(void **state) {
    struct session *s = *state;

    session_start(s);
    say(s, "EHLO client.example.org\r\n" MAIL ".\r\n");
    shutdown(s->client, SHUT_WR);
    assert_int_equal(hear_end(s), 0);
    assert_int_equal(times_said(s, "\r\n250 2"), 3);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_CLOSED);
    assert_string_equal(s->outcome.why, "the client hung up without QUIT");
}

static void an_end_in_a_message_is_told(void **state) {
    struct session *s = *state;

    session_start(s);
    say(s, "EHLO client.example.org\r\n" MAIL "half");
    shutdown(s->client, SHUT_WR);
    assert_int_equal(hear_end(s), 0);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_CLOSED);
    assert_string_equal(s->outcome.why, "the client hung up in the middle of a mail");
    assert_int_equal(s->outcome.summary.messages, 0);
}

static void a_reset_is_an_end(void **state) {
    struct session *s = *state;
    struct linger at_once = {1, 0};

    session_start(s);
    hear_code(s, "220");
    setsockopt(s->client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(s->client);
    s->client = -1;
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_CLOSED);
}

/* --- our end --- */

/* 421, while the client is still in the middle of megabytes: unread bytes must not destroy it. */
static void last_words_reach_a_client_that_still_talks(void **state) {
    struct session *s = *state;
    char junk[8192];

    memset(junk, 'x', sizeof(junk));
    for (size_t i = 4; i < sizeof(junk); i += 6)
        memcpy(junk + i, "\r\n", 2);
    session_start(s);
    say(s, "QUIT\r\n");
    for (int i = 0; i < 30; i++)
        if (send(s->client, junk, sizeof(junk), MSG_NOSIGNAL) == -1)
            break;
    assert_int_equal(hear_end(s), 0);
    assert_int_equal(times_said(s, "221 "), 1);
    session_join(s);
}

static void too_many_errors_are_refused_politely(void **state) {
    struct session *s = *state;

    session_start(s);
    for (int i = 0; i < 2000; i++)
        if (send(s->client, "NONSENSE\r\n", 10, MSG_NOSIGNAL) == -1)
            break;
    assert_int_equal(hear_end(s), 0);
    assert_int_equal(times_said(s, "\r\n421 "), 1);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_REFUSED);
    assert_non_null(strstr(s->outcome.why, "421"));
}

static void a_fault_resets(void **state) {
    struct session *s = *state;

    session_fault(s, "ehlo=reset");
    session_start(s);
    hear_code(s, "220");
    say(s, "EHLO client.example.org\r\n");
    assert_int_equal(hear_end(s), ECONNRESET);
    session_join(s);
    assert_int_equal(s->outcome.end, SERVE_REFUSED);
}

static void a_fault_drops(void **state) {
    struct session *s = *state;

    session_fault(s, "ehlo=drop");
    session_start(s);
    hear_code(s, "220");
    say(s, "EHLO client.example.org\r\n");
    assert_int_equal(hear_end(s), 0);
    assert_int_equal(s->said.len, 0);
    session_join(s);
}

/* --- the recording --- */

static void it_is_recorded(void **state) {
    struct session *s = *state;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    struct recorder *r = recorder_new(file, "A session", "recorded (test)");

    recorder_at_server(r);
    s->setup.recorder = r;
    session_start(s);
    hear_code(s, "220");
    say(s, "QUIT\r\n");
    hear_end(s);
    session_join(s);
    recorder_free(r);
    fclose(file);
    assert_non_null(strstr(text, "\nS: 220 " HOST));
    assert_non_null(strstr(text, "\nC: QUIT\nS: 221 "));
    assert_non_null(strstr(text, "\n@close\n"));
    free(text);
}

static void ends_have_names(void **state) {
    (void)state;
    assert_string_equal(serve_end_name(SERVE_QUIT), "quit");
    assert_string_equal(serve_end_name(SERVE_TROUBLE), "trouble");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_SESSION(step_by_step),
        IN_A_SESSION(from_memory),
        IN_A_SESSION(turn_by_turn),
        IN_A_SESSION(pipelined_commands_get_one_write),
        IN_A_SESSION(a_torn_reply_leaves_in_pieces),
        IN_A_SESSION(replies_come_to_a_client_that_has_shut_down_its_half),
        IN_A_SESSION(also_after_the_dot_without_quit),
        IN_A_SESSION(an_end_in_a_message_is_told),
        IN_A_SESSION(a_reset_is_an_end),
        IN_A_SESSION(last_words_reach_a_client_that_still_talks),
        IN_A_SESSION(too_many_errors_are_refused_politely),
        IN_A_SESSION(a_fault_resets),
        IN_A_SESSION(a_fault_drops),
        IN_A_SESSION(it_is_recorded),
        cmocka_unit_test(ends_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
