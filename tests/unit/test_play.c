/* play: which command lines may come, and what is answered (R1 to R6). Order and ends: test_play_order.c. */
#include "play_fixture.h"

/* --- R1 to R4 --- */

static const struct scene meanings[] = {
    {WHOLE, {SAY_WHOLE}, "", NULL},
    {WHOLE,
     {"ehlo [192.0.2.1]", "mail from:<alice@EXAMPLE.org> size=10", "Rcpt To:<bob@example.ORG>", "data",
      SAY_TEXT, "quit"},
     "",
     NULL},
    /* R4: HELO gets the first line only, as a last line */
    {HELLO QUIT,
     {"HELO client.example.test", "QUIT"},
     "helo-only ",
     "S 220 hi|C HELO client.example.test|S 250 hi|C QUIT|S 221 bye|"},
    {"S: 220 hi\nC: HELO {me:domain}\nS: 250 hi\n" QUIT,
     {SAY_HELLO, "QUIT"},
     "",
     "S 220 hi|C EHLO client.example.test|S 250 hi|C QUIT|S 221 bye|"},
    /* what is refused is refused to both */
    {"S: 220 hi\nC: EHLO {me:domain}\nS: 502 no\nC: HELO {me:domain}\nS: 250 hi\n" QUIT,
     {SAY_HELLO, "HELO client.example.test", "QUIT"},
     "",
     NULL},
    {WHOLE,
     {SAY_HELLO, "MAIL FROM:<carol@example.org>", SAY_RCPT, "DATA", SAY_TEXT, "QUIT"},
     "wrong-address ",
     NULL},
    {WHOLE,
     {SAY_HELLO, "MAIL FROM:alice@example.org", SAY_RCPT, "DATA", SAY_TEXT, "QUIT"},
     "no-angle-brackets ",
     NULL},
    {WHOLE,
     {SAY_HELLO, "MAIL FROM: <alice@example.org>", SAY_RCPT, "DATA", SAY_TEXT, "QUIT"},
     "space-after-colon ",
     NULL},
    {WHOLE,
     {SAY_HELLO, ">MAIL FROM:<alice@example.org>\\n", SAY_RCPT, "DATA", SAY_TEXT, "QUIT"},
     "bare-lf ",
     NULL},
    {WHOLE,
     {SAY_HELLO, "MAIL FROM:<alice@example.org> RET=HDRS", SAY_RCPT, "DATA", SAY_TEXT, "QUIT"},
     "parameter-not-offered ",
     NULL},
    /* C= pins the bytes */
    {HELLO "C= NOOP\\r\\n\nS: 250 ok\n" QUIT, {SAY_HELLO, "NOOP", "QUIT"}, "", NULL},
    /* chunks: their lines are no commands, and one ends where its chunk does */
    {HELLO MAIL RCPT
     "C: BDAT 8\nC= QUIT\\r\\n\nC= ab\nS: 250 ok\nC: BDAT 3 LAST\nC= c\\r\\n\nS: 250 ok\n" QUIT,
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, ">BDAT 8\\r\\nQUIT\\r\\nab", ">BDAT 3 LAST\\r\\nc\\r\\n", "QUIT"},
     "",
     NULL},
    {HELLO MAIL RCPT "C: BDAT 4 LAST\nC= ab\\r\\n\nS: 250 ok\n" QUIT,
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, ">BDAT 4 LAST\\r\\nxb\\r\\n", "QUIT"},
     "not-these-bytes ",
     NULL},
    {HELLO "C= NOOP\\r\\n\nS: 250 ok\n" QUIT, {SAY_HELLO, "noop", "QUIT"}, "not-these-bytes ", NULL},
};

static void commands_match_by_meaning(void **state) {
    (void)state;
    check_scenes(meanings, COUNT(meanings));
}

/* --- R5 --- */

#define PLAIN_WITH "C: AUTH PLAIN {b64:\\0{user}\\0{secret:password}}\nS: 235 in\n"
#define PLAIN_WITHOUT "C: AUTH PLAIN\nS: 334 \nC: {b64:\\0{user}\\0{secret:password}}\nS: 235 in\n"
#define PLAIN_ASKED                                                                                          \
    "C: AUTH PLAIN {b64:\\0{user}\\0{secret:password}}\nS: 334 \nC: "                                        \
    "{b64:\\0{user}\\0{secret:password}}\nS: "                                                               \
    "235 in\n"
#define LOGIN_WITH "C: AUTH LOGIN {b64:{user}}\nS: 334 UGFzc3dvcmQ6\nC: {b64:{secret:password}}\nS: 235 in\n"
#define LOGIN_WITHOUT                                                                                        \
    "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {b64:{user}}\nS: 334 UGFzc3dvcmQ6\nC: "                          \
    "{b64:{secret:password}}\nS: "                                                                           \
    "235 in\n"
#define RESPONSE "AGFsaWNlAHNlY3JldA==" /* NUL alice NUL secret */
#define WRONG_RESPONSE "AGFsaWNlAHdyb25n"

static const struct scene logins[] = {
    {HELLO PLAIN_WITH QUIT,
     {SAY_HELLO, "AUTH PLAIN " RESPONSE, "QUIT"},
     "",
     SAID_HELLO "C AUTH PLAIN ***|S 235 in|" SAID_QUIT},
    {HELLO PLAIN_WITH QUIT,
     {SAY_HELLO, "AUTH PLAIN", RESPONSE, "QUIT"},
     "",
     SAID_HELLO "C AUTH PLAIN|S 334 |C ***|S 235 in|" SAID_QUIT},
    {HELLO PLAIN_WITHOUT QUIT,
     {SAY_HELLO, "AUTH PLAIN " RESPONSE, "QUIT"},
     "",
     SAID_HELLO "C AUTH PLAIN ***|S 235 in|" SAID_QUIT},
    {HELLO PLAIN_WITHOUT QUIT,
     {SAY_HELLO, "AUTH PLAIN", RESPONSE, "QUIT"},
     "",
     SAID_HELLO "C AUTH PLAIN|S 334 |C ***|S 235 in|" SAID_QUIT},
    {HELLO PLAIN_ASKED QUIT,
     {SAY_HELLO, "AUTH PLAIN " RESPONSE, RESPONSE, "QUIT"},
     "",
     SAID_HELLO "C AUTH PLAIN ***|S 334 |C ***|S 235 in|" SAID_QUIT},
    {HELLO PLAIN_ASKED QUIT, /* the question after the bare AUTH is the one in the transcript */
     {SAY_HELLO, "AUTH PLAIN", RESPONSE, "QUIT"},
     "",
     SAID_HELLO "C AUTH PLAIN|S 334 |C ***|S 235 in|" SAID_QUIT},
    {HELLO LOGIN_WITH QUIT, {SAY_HELLO, "AUTH LOGIN YWxpY2U=", "c2VjcmV0", "QUIT"}, "", NULL},
    {HELLO LOGIN_WITH QUIT, {SAY_HELLO, "AUTH LOGIN", "YWxpY2U=", "c2VjcmV0", "QUIT"}, "", NULL},
    {HELLO LOGIN_WITHOUT QUIT,
     {SAY_HELLO, "AUTH LOGIN YWxpY2U=", "c2VjcmV0", "QUIT"},
     "",
     SAID_HELLO "C AUTH LOGIN ***|S 334 UGFzc3dvcmQ6|C ***|S 235 in|" SAID_QUIT},
    {HELLO LOGIN_WITHOUT QUIT,
     {SAY_HELLO, "AUTH LOGIN", "YWxpY2U=", "c2VjcmV0", "QUIT"},
     "",
     SAID_HELLO "C AUTH LOGIN|S 334 VXNlcm5hbWU6|C YWxpY2U=|S 334 UGFzc3dvcmQ6|C ***|S 235 in|" SAID_QUIT},
    /* the wrong password is found in each, and shown in none */
    {HELLO PLAIN_WITH QUIT,
     {SAY_HELLO, "AUTH PLAIN " WRONG_RESPONSE, "QUIT"},
     "wrong-credentials ",
     SAID_HELLO "C AUTH PLAIN ***|S 235 in|" SAID_QUIT},
    {HELLO PLAIN_WITH QUIT,
     {SAY_HELLO, "AUTH PLAIN", WRONG_RESPONSE, "QUIT"},
     "wrong-credentials ",
     SAID_HELLO "C AUTH PLAIN|S 334 |C ***|S 235 in|" SAID_QUIT},
    {HELLO PLAIN_WITHOUT QUIT,
     {SAY_HELLO, "AUTH PLAIN " WRONG_RESPONSE, "QUIT"},
     "wrong-credentials ",
     SAID_HELLO "C AUTH PLAIN ***|S 235 in|" SAID_QUIT},
    {HELLO PLAIN_WITHOUT QUIT,
     {SAY_HELLO, "AUTH PLAIN", WRONG_RESPONSE, "QUIT"},
     "wrong-credentials ",
     SAID_HELLO "C AUTH PLAIN|S 334 |C ***|S 235 in|" SAID_QUIT},
    {HELLO LOGIN_WITHOUT QUIT,
     {SAY_HELLO, "AUTH LOGIN", "c2VjcmV0", "YWxpY2U=", "QUIT"},
     "wrong-credentials ",
     SAID_HELLO "C AUTH LOGIN|S 334 VXNlcm5hbWU6|C ***|S 334 UGFzc3dvcmQ6|C ***|S 235 in|" SAID_QUIT},
    /* a mechanism that was not asked for */
    {HELLO PLAIN_WITH QUIT, {SAY_HELLO, "AUTH LOGIN", "QUIT"}, "wrong-command ", NULL},
};

static void a_login_may_come_in_one_line_or_several(void **state) {
    (void)state;
    check_scenes(logins, COUNT(logins));
}

/* --- R6 --- */

static const struct scene standing[] = {
    {HELLO QUIT,
     {SAY_HELLO, "NOOP", "VRFY bob", "RSET", "noop x", "QUIT"},
     "",
     SAID_HELLO
     "C NOOP|S 250 2.0.0 Ok|C VRFY bob|S 252 2.5.2 Cannot verify the user, but will accept a message and "
     "attempt delivery|C RSET|S 250 2.0.0 Ok|C noop x|S 250 2.0.0 Ok|" SAID_QUIT},
    {HELLO QUIT,
     {SAY_HELLO, "HELP me", "QUIT"},
     "",
     SAID_HELLO "C HELP me|S 214 2.0.0 The commands are described in RFC 5321|" SAID_QUIT},
    /* RSET in the last transaction: its own MAIL once more */
    {WHOLE, {SAY_HELLO, SAY_MAIL, SAY_RCPT, "RSET", SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "QUIT"}, "", NULL},
    /* or QUIT, and what is said of the message that never came is judged */
    {HELLO MAIL RCPT QUIT, {SAY_HELLO, SAY_MAIL, SAY_RCPT, "RSET", "QUIT"}, "", NULL},
    {HELLO MAIL RCPT DATA TEXT "! rcpts bob@example.org\n" QUIT,
     {SAY_HELLO, SAY_MAIL, "RSET", "QUIT"},
     "wrong-recipients ",
     NULL},
    {HELLO "C: MAIL FROM:<alice@example.org>\nS: 550 no\nC? QUIT\nS: 221 bye\n@expect-close\n",
     {SAY_HELLO, SAY_MAIL, "RSET", "QUIT"},
     "",
     NULL},
    {HELLO MAIL "C: RCPT TO:<bob@example.org>\nS: 550 no\nC? QUIT\nS: 221 bye\n@expect-close\n",
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, "RSET", "QUIT"},
     "",
     NULL},
    /* or hanging up: Python's smtplib does so after a refusal; without one it is no way to leave */
    {HELLO MAIL "C: RCPT TO:<bob@example.org>\nS: 550 no\nC? QUIT\nS: 221 bye\n@expect-close\n",
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, "RSET", "leave"},
     "",
     NULL},
    {HELLO MAIL RCPT QUIT, {SAY_HELLO, SAY_MAIL, SAY_RCPT, "RSET", "leave"}, "no-quit ", NULL},
    /* RSET in an earlier one: on with the next */
    {HELLO MAIL RCPT DATA TEXT MAIL RCPT DATA TEXT QUIT,
     {SAY_HELLO, SAY_MAIL, "RSET", SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "QUIT"},
     "",
     NULL},
    {HELLO MAIL RCPT DATA TEXT "! rcpts bob@example.org\n" MAIL RCPT DATA TEXT
                               "! rcpts bob@example.org\n" QUIT,
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, "RSET", SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "QUIT"},
     "wrong-recipients ",
     NULL},
    /* between transactions it drops nothing */
    {HELLO MAIL RCPT DATA TEXT MAIL RCPT DATA TEXT QUIT,
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "RSET", SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "QUIT"},
     "",
     NULL},
    /* where the transcript has them, they are its own */
    {HELLO "C: NOOP\nS: 250 mine\n" QUIT,
     {SAY_HELLO, "NOOP", "QUIT"},
     "",
     SAID_HELLO "C NOOP|S 250 mine|" SAID_QUIT},
};

static void some_commands_have_standing_answers(void **state) {
    (void)state;
    check_scenes(standing, COUNT(standing));
}

static void a_client_that_never_comes_to_an_end_is_ended(void **state) {
    struct played p;
    struct buf bytes;

    (void)state;
    buf_init(&bytes, BYTES_MAX);
    buf_add_text(&bytes, "EHLO client.example.test\r\n");
    for (int i = 0; i < LOG_EVENTS_MAX; i++)
        buf_add_text(&bytes, "NOOP\r\n");
    play_over(&p, "", WHOLE, ".", stream_from_memory(bytes.data, bytes.len));
    assert_int_equal(p.result, 0);
    assert_non_null(strstr(p.found.data, "flood "));
    assert_null(strstr(p.found.data, "closed-early "));
    assert_int_equal(p.out.log.event_count, LOG_EVENTS_MAX);
    buf_free(&bytes);
    played_free(&p);
}

/* The first line with a mistake is shown, not each of them: many are no flood. */
static void the_same_mistake_in_every_line_is_shown_once(void **state) {
    struct played p;
    struct buf bytes;

    (void)state;
    buf_init(&bytes, BYTES_MAX);
    buf_add_text(&bytes, "EHLO client.example.test\r\n" SAY_MAIL "\r\n" SAY_RCPT "\r\nDATA\r\n");
    for (int i = 0; i < LOG_EVENTS_MAX; i++)
        buf_add_text(&bytes, "text\n");
    buf_add_text(&bytes, ".\r\nQUIT\r\n");
    play_over(&p, "", WHOLE, ".", stream_from_memory(bytes.data, bytes.len));
    assert_non_null(strstr(p.found.data, "bare-lf "));
    assert_null(strstr(p.found.data, "flood "));
    assert_true(p.out.log.event_count < 100);
    buf_free(&bytes);
    played_free(&p);
}

/* --- lines that may be left out, or be one of several --- */

#define MAYBE HELLO "C? NOOP\nS: 250 maybe\n" QUIT
#define BLOCK HELLO "@optional\nC: VRFY bob\nS: 252 maybe\nC: VRFY carol\nS: 252 maybe\n@end\n" QUIT
#define CHOICE                                                                                               \
    HELLO "@choice\nC: VRFY bob\nS: 252 first\n@or\nC: VRFY carol\nS: 252 second\n@or\nC: NOOP\nS: 250 "     \
          "third\n@end\n" QUIT

static const struct scene choices[] = {
    {MAYBE, {SAY_HELLO, "NOOP", "QUIT"}, "", SAID_HELLO "C NOOP|S 250 maybe|" SAID_QUIT},
    {MAYBE, {SAY_HELLO, "QUIT"}, "", NULL},
    {MAYBE, {SAY_HELLO, "leave"}, "no-quit ", NULL},
    {BLOCK, {SAY_HELLO, "VRFY bob", "VRFY carol", "QUIT"}, "", NULL},
    {BLOCK, {SAY_HELLO, "QUIT"}, "", NULL},
    {BLOCK, {SAY_HELLO, "VRFY bob", "QUIT"}, "wrong-command ", NULL},
    {CHOICE, {SAY_HELLO, "VRFY bob", "QUIT"}, "", SAID_HELLO "C VRFY bob|S 252 first|" SAID_QUIT},
    {CHOICE, {SAY_HELLO, "VRFY carol", "QUIT"}, "", SAID_HELLO "C VRFY carol|S 252 second|" SAID_QUIT},
    {CHOICE, {SAY_HELLO, "NOOP", "QUIT"}, "", SAID_HELLO "C NOOP|S 250 third|" SAID_QUIT},
    {CHOICE, {SAY_HELLO, "QUIT"}, "wrong-command ", NULL},
    /* a choice that may be left out */
    {HELLO "@optional\n@choice\nC: VRFY bob\nS: 252 a\n@or\nC: VRFY carol\nS: 252 b\n@end\n@end\n" QUIT,
     {SAY_HELLO, "VRFY carol", "QUIT"},
     "",
     NULL},
    {HELLO "@optional\n@choice\nC: VRFY bob\nS: 252 a\n@or\nC: VRFY carol\nS: 252 b\n@end\n@end\n" QUIT,
     {SAY_HELLO, "QUIT"},
     "",
     NULL},
    /* the end of a play that may be an end */
    {HELLO "C? QUIT\nS: 221 bye\n@expect-close\n", {SAY_HELLO, "QUIT"}, "", NULL},
    {HELLO "C? QUIT\nS: 221 bye\n@expect-close\n", {SAY_HELLO, "leave"}, "", NULL},
    {HELLO "C? QUIT\nS: 221 bye\n@expect-close\n", {SAY_HELLO, SAY_MAIL, "leave"}, "wrong-command ", NULL},
    /* or the end of a message that is given up, but not one that is ended */
    {HELLO MAIL RCPT DATA "@expect-close\n", {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", "leave"}, "", NULL},
    {HELLO MAIL RCPT DATA "@expect-close\n",
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", "Subject: x\\r\\n\\r\\nx", "go"},
     "",
     NULL},
    {HELLO MAIL RCPT DATA "@expect-close\n",
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", "x\\r\\n.", "leave"},
     "wrong-command ",
     NULL},
};

static void some_lines_may_be_left_out_or_chosen(void **state) {
    (void)state;
    check_scenes(choices, COUNT(choices));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_match_by_meaning),
        cmocka_unit_test(a_login_may_come_in_one_line_or_several),
        cmocka_unit_test(some_commands_have_standing_answers),
        cmocka_unit_test(a_client_that_never_comes_to_an_end_is_ended),
        cmocka_unit_test(the_same_mistake_in_every_line_is_shown_once),
        cmocka_unit_test(some_lines_may_be_left_out_or_chosen),
    };

    return cmocka_run_group_tests_name("play", tests, NULL, NULL);
}
