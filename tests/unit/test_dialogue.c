/* dialogue: whole conversations, and what is found in each. What it can be asked: test_dialogue_ask.c. */
#include "dialogue_fixture.h"

/* --- conversations without a fault --- */

static const char *const good[][LINES_MAX] = {
    {OPEN_DATA, "C Subject: One", "C", "C ..dots", "C .", "S 250 queued", "C QUIT", "S 221 bye"},
    {OPEN_DATA, "C .", "S 250 queued", SENDER, "S 250 ok", RECIPIENT, "S 250 ok", "C RSET", "S 250 ok",
     "C QUIT", "S 221 bye"},
    /* the null sender, a source route, upper and lower case, trailing blanks, an address literal */
    {"S 220-one", "S 220 two", "C ehlo [192.0.2.1] ", "S 250 hi", "C mail From:<>", "S 250 ok",
     "C rcpt tO:<@relay.example.org:bob@example.org>", "S 251 ok", "C DATA  ", "S 354 go on"},
    /* EHLO refused, HELO after it is no breach */
    {"S 220 hi", "C EHLO client.example.test", "S 502 what?", "C HELO client.example.test", "S 250 hi",
     SENDER, "S 250 ok"},
    /* any 2xx will do, and commands without a meaning for the session may come at any time */
    {"S 220 hi", "C NOOP", "S 250 ok", "C HELP", "S 214 read", "C EHLO client.example.test", "S 250 hi",
     "C VRFY bob", "S 252 perhaps", "C QUIT", "S 221 bye"},
    /* TLS, then EHLO again, then the login, in three lines and in one */
    {OPEN_TLS, "C EHLO client.example.test", "S 250-hi", "S 250 AUTH LOGIN PLAIN", "C AUTH LOGIN",
     "S 334 VXNlcm5hbWU6", "C YWxpY2U=", "S 334 UGFzc3dvcmQ6", "C c2VjcmV0", "S 235 in", SENDER, "S 250 ok"},
    {OPEN_TLS, "C EHLO client.example.test", "S 250 hi", "C AUTH PLAIN AGFsaWNlAHNlY3JldA==", "S 235 in"},
    {OPEN_TLS, "C EHLO client.example.test", "S 250 hi", "C AUTH PLAIN", "S 334 ",
     "C AGFsaWNlAHNlY3JldA==", "S 235 in", SENDER, "S 250 ok"},
    {OPEN_TLS, "C EHLO client.example.test", "S 250 hi", "C AUTH CRAM-MD5", "S 334 PDE+", "C *",
     "S 501 given up", "C QUIT", "S 221 bye"},
    /* a refused login may be tried again */
    {OPENING, "C AUTH LOGIN YWxpY2U=", "S 535 no", "C AUTH LOGIN YWxpY2U=", "S 334 UGFzc3dvcmQ6",
     "C c2VjcmV0", "S 235 in", SENDER, "S 250 ok"},
    /* implicit TLS: the greeting comes after it */
    {"T", OPENING, SENDER, "S 250 ok"},
    /* what may follow each refusal */
    {"S 554 no", "C QUIT", "S 221 bye"},
    {"S 421 busy", "C QUIT", "S 221 bye"},
    {OPENING, SENDER, "S 550 no", "C MAIL FROM:<carol@example.org>", "S 250 ok"},
    {OPENING, SENDER, "S 451 no", "C RSET", "S 250 ok", "C QUIT"},
    {OPENING, SENDER, "S 250 ok", RECIPIENT, "S 550 no", "C RCPT TO:<carol@example.org>", "S 250 ok",
     "C DATA", "S 354 go on"},
    {OPEN_MAIL, "C RCPT TO:<nobody@example.org>", "S 550 no", "C DATA", "S 354 go on"},
    {OPENING, SENDER, "S 250 ok", RECIPIENT, "S 550 no", "C RSET", "S 250 ok", SENDER, "S 250 ok"},
    {OPEN_MAIL, "C DATA", "S 554 no", "C RSET", "S 250 ok", "C QUIT"},
    {OPEN_DATA, "C text", "C .", "S 552 too big", SENDER, "S 250 ok"},
    {OPEN_MAIL, "C DATA", "S 421 closing", "C QUIT", "S 221 bye"},
    {OPEN_DATA, "C text", "C .", "S 421 closing", "C QUIT", "S 221 bye"},
    {OPEN_TLS, "C EHLO client.example.test", "S 250 hi", "C AUTH LOGIN", "S 334 VXNlcm5hbWU6",
     "C YWxpY2U=", "S 421 closing", "C QUIT", "S 221 bye"},
    {"S 220 hi", "C EHLO client.example.test", "S 250-hi", "S 250 STARTTLS", "C STARTTLS", "S 454 no",
     "C QUIT"},
    /* EHLO in the middle drops the transaction (RFC 5321 4.1.4) */
    {OPEN_MAIL, "C EHLO client.example.test", "S 250 hi", SENDER, "S 250 ok"},
    /* pipelining as RFC 2920 lets it */
    {PIPELINING, SENDER, RECIPIENT, "C DATA", "S 250 ok", "S 250 ok", "S 354 go on", "C .", "S 250 ok"},
    {PIPELINING, SENDER, "E RCPT TO:<bob@example.org>\\r\\nDATA\\r\\n", "S 250 ok", RECIPIENT, "E DATA\\r\\n",
     "S 250 ok", "C DATA", "E", "S 354 go on"},
    {PIPELINING, "C RSET", SENDER, RECIPIENT, "S 250 ok", "S 250 ok", "S 250 ok"},
    {PIPELINING, SENDER, RECIPIENT, "C RSET", SENDER, "S 250 ok", "S 250 ok", "S 250 ok", "S 250 ok"},
    /* what was sent ahead by right is not blamed for a refusal it could not know */
    {PIPELINING, SENDER, "E RCPT TO:<bob@example.org>\\r\\nDATA\\r\\n", "S 550 no", RECIPIENT, "E DATA\\r\\n",
     "S 503 no", "C RSET", "S 250 ok"},
    /* parameters that EHLO offered */
    {"S 220 hi", "C EHLO client.example.test", "S 250-hi", "S 250-SIZE 1000", "S 250 8BITMIME",
     "C MAIL FROM:<alice@example.org> SIZE=10 BODY=8BITMIME", "S 250 ok", RECIPIENT, "S 250 ok", "C DATA",
     "S 354 go on", "c caf\\xC3\\xA9\\r\\n"},
    /* lines that are no replies change nothing */
    {"S hello", "S 220 hi", "S ", "C EHLO client.example.test", "S 99", "S 250 hi", SENDER, "S 250 ok"},
};

static void nothing_is_found_in_a_good_conversation_or_its_beginning(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        for (size_t n = 0; n == 0 || good[i][n - 1] != NULL; n++) {
            struct listener l;
            struct dialogue *d = after(good[i], n, &l);

            if (l.found.len > 0)
                print_error("conversation %zu, first %zu steps: %s", i, n, l.found.data);
            assert_int_equal(l.found.len, 0);
            dialogue_free(d);
            buf_free(&l.found);
        }
}

/* --- conversations with faults --- */

static const struct {
    const char *steps[LINES_MAX];
    const char *found;
} faulty[] = {
    /* order */
    {{"C EHLO client.example.test", "S 220 hi"}, "1 talk-before-greeting\n"},
    {{"C hello?", "S 220 hi"}, "1 talk-before-greeting\n"},
    {{"E EHLO x\\r\\n", "S 220 hi"}, "1 talk-before-greeting\n"},
    {{"S 220 hi", SENDER}, "2 no-hello\n"},
    {{"S 220 hi", "C DATA"}, "2 no-hello\n"},
    {{"S 220 hi", "C AUTH LOGIN"}, "2 no-hello\n"},
    {{"S 220 hi", "C STARTTLS"}, "2 no-hello\n"},
    {{OPENING, RECIPIENT}, "4 bad-sequence\n"},
    {{OPENING, "C DATA"}, "4 bad-sequence\n"},
    {{OPENING, SENDER, "S 250 ok", SENDER}, "6 bad-sequence\n"},
    {{OPENING, SENDER, "S 250 ok", "C DATA"}, "6 bad-sequence\n"},
    {{OPENING, SENDER, "S 250 ok", "C AUTH LOGIN"}, "6 bad-sequence\n"},
    {{OPEN_MAIL, "C STARTTLS"}, "8 bad-sequence\n"},
    {{OPEN_MAIL, "C RSET", "S 250 ok", "C DATA"}, "10 bad-sequence\n"},
    {{OPEN_MAIL, "C EHLO client.example.test", "S 250 hi", RECIPIENT}, "10 bad-sequence\n"},
    {{OPENING, "C QUIT", "S 221 bye", SENDER}, "6 bad-sequence\n"},
    {{OPENING, "C EMAIL FROM:<alice@example.org>"}, "4 unknown-command\n"},
    {{OPENING, "C"}, "4 unknown-command\n"},
    /* replies that were not heeded, by circumstance */
    {{"S 554 no", "C EHLO client.example.test"}, "2 greeting-ignored (the server greeted with a refusal)\n"},
    {{"S 421 no", "C EHLO client.example.test"}, "2 greeting-ignored (the server greeted with a refusal)\n"},
    {{"S 220 hi", "C EHLO client.example.test", "S 502 no", SENDER},
     "4 reply-ignored (EHLO and HELO were refused)\n"},
    {{OPENING, SENDER, "S 550 no", RECIPIENT}, "6 reply-ignored (the sender was refused)\n"},
    {{OPENING, SENDER, "S 550 no", "C DATA"}, "6 reply-ignored (the sender was refused)\n"},
    {{OPENING, SENDER, "S 550 no", "C Subject: One"}, "6 reply-ignored (the sender was refused)\n"},
    {{OPENING, SENDER, "S 250 ok", RECIPIENT, "S 550 no", "C DATA"},
     "8 reply-ignored (no recipient was accepted)\n"},
    {{OPENING, SENDER, "S 250 ok", RECIPIENT, "S 550 no", "C RCPT TO:<c@example.org>", "S 451 no", "C DATA"},
     "10 reply-ignored (no recipient was accepted)\n"},
    {{OPENING, SENDER, "S 250 ok", RECIPIENT, "S 550 no", "C DATA", "S 503 no", "C Subject: One"},
     "8 reply-ignored (no recipient was accepted)\n10 data-before-354 (DATA was refused)\n"},
    {{OPEN_MAIL, "C DATA", "S 554 no", "C Subject: One", "S 500 what?"},
     "10 data-before-354 (DATA was refused)\n"},
    {{OPEN_MAIL, "C DATA", "S 250 ok", "C Subject: One"}, "10 data-before-354 (DATA was refused)\n"},
    {{OPENING, "C AUTH LOGIN", "S 504 no", SENDER}, "6 auth-reply-ignored (the login was refused)\n"},
    {{OPENING, "C AUTH LOGIN", "S 334 VXNlcm5hbWU6", "C YWxpY2U=", "S 535 no", SENDER},
     "8 auth-reply-ignored (the login was refused)\n"},
    {{"S 220 hi", "C EHLO client.example.test", "S 250-hi", "S 250 STARTTLS", "C STARTTLS", "S 454 no",
      SENDER},
     "7 starttls-ignored (STARTTLS was refused)\n"},
    {{"S 220 hi", "C EHLO client.example.test", "S 250-hi", "S 250 STARTTLS", "C STARTTLS", "S 454 no",
      "C AUTH LOGIN"},
     "7 starttls-ignored (STARTTLS was refused)\n7 auth-in-clear\n"},
    {{OPENING, SENDER, "S 421 closing", RECIPIENT},
     "6 reply-ignored (421 says that the server closes the connection)\n"},
    {{OPEN_DATA, "C .", "S 421 closing", SENDER},
     "12 reply-ignored (421 says that the server closes the connection)\n"},
    {{OPENING, "S 421 closing, unasked", "C NOOP"},
     "5 reply-ignored (421 says that the server closes the connection)\n"},
    /* TLS */
    {{"S 220 hi", "C EHLO client.example.test", "S 250-hi", "S 250 STARTTLS", "C STARTTLS", "S 220 go",
      SENDER},
     "7 tls-missing\n"},
    {{"S 220 hi", "C EHLO client.example.test", "S 250-hi", "S 250 STARTTLS", "C STARTTLS", "S 220 go",
      "C x"},
     "7 tls-missing\n"},
    {{OPEN_TLS, SENDER}, "8 starttls-no-ehlo\n"},
    {{OPEN_TLS, "C AUTH LOGIN"}, "8 starttls-no-ehlo\n"},
    {{OPEN_TLS, "C HELO client.example.test", "S 250 hi"}, "8 helo-after-starttls\n"},
    {{"S 220 hi", "C HELO client.example.test", "S 250 hi"}, "2 helo-only\n"},
    {{"S 220 hi", "C EHLO client.example.test", "S 250-hi", "S 250-STARTTLS", "S 250 AUTH LOGIN",
      "C AUTH LOGIN"},
     "6 auth-in-clear\n"},
    /* what was offered before TLS, or before HELO, is forgotten */
    {{"S 220 hi", "C EHLO client.example.test", "S 250-hi", "S 250-STARTTLS", "S 250 SIZE 10", "C STARTTLS",
      "S 220 go", "T", "C EHLO client.example.test", "S 250 hi", "C MAIL FROM:<alice@example.org> SIZE=1"},
     "11 parameter-not-offered@30\n"},
    {{"S 220 hi", "C EHLO client.example.test", "S 250-hi", "S 250 SIZE 10", "C HELO client.example.test",
      "S 250 hi", "C MAIL FROM:<alice@example.org> SIZE=1"},
     "7 parameter-not-offered@30\n"},
    /* pipelining that nobody offered, and behind what may not be followed */
    {{OPENING, SENDER, "E RCPT TO:<bob@example.org>\\r\\n", "S 250 ok"}, "5 early-send\n"},
    {{PIPELINING, "C EHLO client.example.test", "E MAIL", "S 250 hi"}, "6 early-send\n"},
    {{PIPELINING, "C STARTTLS", "E EHLO", "S 220 go on"}, "6 early-send\n"},
    {{PIPELINING, "C AUTH LOGIN", "E YWxpY2U=\\r\\n", "S 334 VXNlcm5hbWU6"}, "6 early-send\n"},
    {{PIPELINING, SENDER, "S 250 ok", RECIPIENT, "S 250 ok", "C DATA", "E Subject: One\\r\\n"},
     "10 data-before-354\n"},
    {{PIPELINING, SENDER, "S 250 ok", RECIPIENT, "S 250 ok", "C DATA", "S 354 go on", "C .", "E QUIT\\r\\n"},
     "12 early-send\n"},
    {{PIPELINING, SENDER, RECIPIENT, "C DATA", "C Subject: One"}, "8 data-before-354\n"},
    {{PIPELINING, SENDER, "C DATA"}, "6 bad-sequence\n"},
    {{PIPELINING, SENDER, "E RCPT TO:<bob@example.org>\\r\\n", "S 550 no", RECIPIENT, "E", "S 503 no",
      "C DATA"},
     "11 reply-ignored (no recipient was accepted)\n"},
    /* bytes */
    {{OPENING, "c NOOP\\n"}, "4 bare-lf@4\n"},
    {{OPENING, "c NOOP"}, "4 no-line-end@4\n"},
    {{OPENING, "c NOOP x\\0y\\r\\n"}, "4 nul-byte@6\n"},
    {{OPENING, "c NOOP x\\ry\\r\\n"}, "4 bare-cr@6\n"},
    {{OPENING, "c NOOP\\r\\r\\n"}, "4 bare-cr@4\n4 unknown-command\n"},
    {{OPEN_DATA, "c text\\n", "c .\\n", "C .", "S 250 ok"}, "10 bare-lf@4\n11 bare-lf@1\n"},
    {{OPEN_DATA, "c \\0\\r\\n"}, "10 nul-byte\n"},
    {{OPENING, "C AUTH LOGIN", "S 334 VXNlcm5hbWU6", "c YWxpY2U=\\n", "c \\r\\n"},
     "6 bare-lf@8\n7 auth-empty-line\n"},
    /* base64 with a line feed of its own: an empty line behind the answer */
    {{OPENING, "C AUTH LOGIN", "S 334 VXNlcm5hbWU6", "C", "S 334 UGFzc3dvcmQ6"}, "6 auth-empty-line\n"},
    {{OPENING, "C AUTH PLAIN AGEAYg==", "S 235 in", "C", "S 500 what?"}, "6 auth-empty-line\n"},
    /* one finding a message, a new one in the next */
    {{OPEN_DATA, "c caf\\xE9\\r\\n", "c caf\\xE9\\r\\n", "C .", "S 250 ok", SENDER, "S 250 ok", RECIPIENT,
      "S 250 ok", "C DATA", "S 354 go on", "c \\xFF\\r\\n"},
     "10 eight-bit@3\n20 eight-bit\n"},
};

static void every_fault_is_found_in_its_place(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(faulty); i++) {
        struct listener l;
        struct dialogue *d = after(faulty[i].steps, LINES_MAX, &l);

        if (strcmp(l.found.data, faulty[i].found) != 0)
            print_error("conversation %zu\n", i);
        assert_string_equal(l.found.data, faulty[i].found);
        dialogue_free(d);
        buf_free(&l.found);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_found_in_a_good_conversation_or_its_beginning),
        cmocka_unit_test(every_fault_is_found_in_its_place),
    };

    return cmocka_run_group_tests_name("dialogue", tests, NULL, NULL);
}
