/* @any-order and @repeat: the client finds its own way, and no other. */
#include "play_fixture.h"

#define CAROL "C: RCPT TO:<carol@example.org>\nS: 550 no carol\n"
#define DAVE "C: RCPT TO:<dave@example.org>\nS: 250 dave ok\n"
#define ANY(lines) "@any-order\n" lines "@end\n"
#define REPEAT(n, lines) "@repeat " n "\n" lines "@end\n"
#define NOOP "C: NOOP\nS: 250 noop ok\n"
#define SAY_CAROL "RCPT TO:<carol@example.org>"
#define SAY_DAVE "RCPT TO:<dave@example.org>"
#define BEGIN SAY_HELLO, SAY_MAIL
#define REST "DATA", SAY_TEXT, "QUIT"
#define SAID_BEGIN SAID_HELLO "C MAIL FROM:<alice@example.org>|S 250 sender ok|"
#define SAID_BOB "C RCPT TO:<bob@example.org>|S 250 recipient ok|"
#define SAID_CAROL "C RCPT TO:<carol@example.org>|S 550 no carol|"
#define SAID_DAVE "C RCPT TO:<dave@example.org>|S 250 dave ok|"
#define SAID_REST "C DATA|S 354 go on|C Subject: One|C |C text|C .|S 250 queued|" SAID_QUIT

static void lines_may_come_in_any_order_with_their_replies(void **state) {
    static const char three[] = HELLO MAIL ANY(RCPT CAROL DAVE) DATA TEXT QUIT;
    const struct scene scenes[] = {
        {three,
         {BEGIN, SAY_RCPT, SAY_CAROL, SAY_DAVE, REST},
         "",
         SAID_BEGIN SAID_BOB SAID_CAROL SAID_DAVE SAID_REST},
        {three,
         {BEGIN, SAY_DAVE, SAY_CAROL, SAY_RCPT, REST},
         "",
         SAID_BEGIN SAID_DAVE SAID_CAROL SAID_BOB SAID_REST},
        {three,
         {BEGIN, SAY_CAROL, SAY_DAVE, SAY_RCPT, REST},
         "",
         SAID_BEGIN SAID_CAROL SAID_DAVE SAID_BOB SAID_REST},
        {three,
         {BEGIN, SAY_DAVE, SAY_RCPT, SAY_CAROL, REST},
         "",
         SAID_BEGIN SAID_DAVE SAID_BOB SAID_CAROL SAID_REST},
    };

    (void)state;
    check_scenes(scenes, COUNT(scenes));
}

static void each_must_come_and_once_only(void **state) {
    static const char two[] = HELLO MAIL ANY(RCPT DAVE) DATA TEXT QUIT;
    const struct scene scenes[] = {
        {two, {BEGIN, SAY_DAVE, REST}, "wrong-command ", NULL},
        {two, {BEGIN, SAY_DAVE, SAY_DAVE, REST}, "wrong-address ", NULL},
        {HELLO MAIL ANY(RCPT "C? RCPT TO:<dave@example.org>\nS: 250 dave ok\n") DATA TEXT QUIT,
         {BEGIN, SAY_RCPT, REST},
         "",
         SAID_BEGIN SAID_BOB SAID_REST},
    };

    (void)state;
    check_scenes(scenes, COUNT(scenes));
}

static void rounds_are_counted(void **state) {
#define SAID_NOOP "C NOOP|S 250 noop ok|"
    const struct scene scenes[] = {
        {HELLO REPEAT("0 2", NOOP) QUIT, {SAY_HELLO, "QUIT"}, "", SAID_HELLO SAID_QUIT},
        {HELLO REPEAT("0 2", NOOP) QUIT, {SAY_HELLO, "NOOP", "QUIT"}, "", SAID_HELLO SAID_NOOP SAID_QUIT},
        {HELLO REPEAT("0 2", NOOP) QUIT,
         {SAY_HELLO, "NOOP", "NOOP", "QUIT"},
         "",
         SAID_HELLO SAID_NOOP SAID_NOOP SAID_QUIT},
        {HELLO MAIL REPEAT("2 3", RCPT) DATA TEXT QUIT,
         {BEGIN, SAY_RCPT, SAY_RCPT, REST},
         "",
         SAID_BEGIN SAID_BOB SAID_BOB SAID_REST},
        {HELLO MAIL REPEAT("2 3", RCPT) DATA TEXT QUIT, {BEGIN, SAY_RCPT, REST}, "wrong-command ", NULL},
        {HELLO MAIL REPEAT("1 1", RCPT) DATA TEXT QUIT,
         {BEGIN, SAY_RCPT, SAY_RCPT, REST},
         "wrong-command ",
         NULL},
    };

    (void)state;
    check_scenes(scenes, COUNT(scenes));
}

/* A round of several steps, again from its beginning; and a block in which each round has its own order. */
static void a_round_is_whole(void **state) {
#define MESSAGE MAIL RCPT DATA TEXT
#define SAY_MESSAGE SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT
    const struct scene scenes[] = {
        {HELLO REPEAT("1 3", MESSAGE) QUIT, {SAY_HELLO, SAY_MESSAGE, SAY_MESSAGE, "QUIT"}, "", NULL},
        {HELLO REPEAT("1 2", MESSAGE) QUIT,
         {SAY_HELLO, SAY_MESSAGE, SAY_MAIL, "QUIT"},
         "wrong-command ",
         NULL},
        {HELLO REPEAT("2 2", MAIL ANY(RCPT DAVE) DATA TEXT) QUIT,
         {SAY_HELLO, SAY_MAIL, SAY_DAVE, SAY_RCPT, "DATA", SAY_TEXT, SAY_MAIL, SAY_RCPT, SAY_DAVE, "DATA",
          SAY_TEXT, "QUIT"},
         "",
         NULL},
    };

    (void)state;
    check_scenes(scenes, COUNT(scenes));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_may_come_in_any_order_with_their_replies),
        cmocka_unit_test(each_must_come_and_once_only),
        cmocka_unit_test(rounds_are_counted),
        cmocka_unit_test(a_round_is_whole),
    };

    return cmocka_run_group_tests_name("play_blocks", tests, NULL, NULL);
}
