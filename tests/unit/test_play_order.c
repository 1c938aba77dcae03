/* play: what comes too early, what does not fit, and how a play ends (R7, R9). */
#include "play_fixture.h"

/* --- R7: pipelining --- */

#define PIPELINING "S: 220 hi\nC: EHLO {me:domain}\nS: 250-hi\nS: 250 PIPELINING\n"
#define SAY_GROUP (">" SAY_MAIL "\\r\\n" SAY_RCPT "\\r\\nDATA\\r\\n")
#define SAY_DATA_AND_TEXT (">DATA\\r\\n" SAY_TEXT "\\r\\n")
#define SAY_MAIL_AND_NUL (">" SAY_MAIL "\\r\\n\\0")

static const struct scene groups[] = {
    {PIPELINING MAIL RCPT DATA TEXT QUIT, {SAY_HELLO, SAY_GROUP, ">", ">", SAY_TEXT, "QUIT"}, "", NULL},
    {HELLO MAIL RCPT DATA TEXT QUIT, {SAY_HELLO, SAY_GROUP, ">", ">", SAY_TEXT, "QUIT"}, "early-send ", NULL},
    {PIPELINING MAIL RCPT DATA TEXT QUIT,
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, SAY_DATA_AND_TEXT, ">", "QUIT"},
     "data-before-354 ",
     NULL},
    {PIPELINING QUIT, {">" SAY_HELLO "\\r\\nQUIT\\r\\n", ">"}, "early-send ", NULL},
    /* a refusal that those who sent ahead could not know of */
    {PIPELINING
     "C: MAIL FROM:<alice@example.org>\nS: 550 no\n@optional\nC: RCPT TO:<bob@example.org>\nS: 503 no\nC: "
     "DATA\nS: 503 no\n@end\n" QUIT,
     {SAY_HELLO, SAY_GROUP, ">", ">", "QUIT"},
     "",
     NULL},
};

static void sending_ahead_is_judged_by_what_was_offered(void **state) {
    (void)state;
    check_scenes(groups, COUNT(groups));
}

static void nothing_may_come_before_the_greeting(void **state) {
    static const char bytes[] = SAY_HELLO "\r\n";
    struct played p;

    (void)state;
    play_over(&p, "", WHOLE, ".", stream_from_memory(bytes, sizeof bytes - 1));
    assert_string_equal(p.found.data, "talk-before-greeting closed-early ");
    assert_int_equal(p.out.log.findings[0].event, 2); /* the connection, the greeting, then this line */
    played_free(&p);
}

/* Without a watch it may be our own slowness: no more than a warning. */
static void early_send_is_a_warning_where_nothing_can_be_proved(void **state) {
    static const char *const steps[] = {SAY_HELLO, SAY_GROUP, ">", ">", SAY_TEXT, "QUIT", NULL};
    struct played p;

    (void)state;
    play(&p, "", WHOLE, steps);
    assert_int_equal(log_worst(&p.out.log), SEVERITY_WARN);
    played_free(&p);
}

/* --- R9 --- */

static const struct scene unexpected[] = {
    {HELLO MAIL RCPT QUIT,
     {SAY_HELLO, "DATA", SAY_MAIL, SAY_RCPT, "QUIT"},
     "bad-sequence ",
     SAID_HELLO "C DATA|S 503 5.5.1 Bad sequence of commands|C MAIL FROM:<alice@example.org>|S 250 "
                "sender ok|C RCPT TO:<bob@example.org>|S 250 recipient ok|" SAID_QUIT},
    /* legal SMTP, but not what comes next here */
    {HELLO MAIL RCPT QUIT, {SAY_HELLO, SAY_HELLO, SAY_MAIL, SAY_RCPT, "QUIT"}, "wrong-command ", NULL},
    /* two in a row end the play: no answer any more, nothing more is found */
    {WHOLE,
     {SAY_HELLO, "what", "ever", "QUIT"},
     "unknown-command ",
     SAID_HELLO "C what|S 500 5.5.2 Command not recognized|C ever|"},
    /* one, a match, one: not in a row */
    {HELLO MAIL RCPT QUIT, {SAY_HELLO, "what", SAY_MAIL, "ever", SAY_RCPT, "QUIT"}, "unknown-command ", NULL},
    /* QUIT is answered, and is the end of it */
    {WHOLE,
     {SAY_HELLO, SAY_MAIL, "QUIT"},
     "wrong-command ",
     SAID_HELLO "C MAIL FROM:<alice@example.org>|S 250 sender ok|"
                "C QUIT|S 221 2.0.0 Bye|"},
};

static void what_does_not_fit_is_answered_and_passed_over(void **state) {
    (void)state;
    check_scenes(unexpected, COUNT(unexpected));
}

/* One mistake, and all that comes after it is judged as if it had not been made. */
static const struct scene forgiven[] = {
    {WHOLE,
     {SAY_HELLO, "EMAIL FROM:<alice@example.org>", SAY_RCPT, "DATA", SAY_TEXT, "QUIT"},
     "unknown-command ",
     NULL},
    {HELLO MAIL RCPT QUIT,
     {SAY_HELLO, SAY_MAIL, "RECIPIENT TO:<bob@example.org>", "QUIT"},
     "unknown-command ",
     SAID_HELLO "C MAIL FROM:<alice@example.org>|S 250 sender ok|C RECIPIENT TO:<bob@example.org>|S 250 "
                "recipient ok|" SAID_QUIT},
    {WHOLE, {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DTA", SAY_TEXT, "QIUT"}, "unknown-command ", NULL},
    {WHOLE,
     {SAY_HELLO, SAY_MAIL, "MAIL TO:<bob@example.org>", "DATA", SAY_TEXT, "QUIT"},
     "wrong-command ",
     NULL},
    /* another address is no misspelt verb */
    {HELLO MAIL RCPT QUIT,
     {SAY_HELLO, SAY_MAIL, "RECIPIENT TO:<eve@example.org>", SAY_RCPT, "QUIT"},
     "unknown-command ",
     NULL},
    /* steps left out */
    {HELLO MAIL RCPT QUIT, {SAY_HELLO, SAY_RCPT, "QUIT"}, "bad-sequence ", NULL},
    {WHOLE, {SAY_HELLO, SAY_MAIL, "DATA", SAY_TEXT, "QUIT"}, "bad-sequence ", NULL},
    {WHOLE "! rcpts bob@example.org\n", {SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "QUIT"}, "no-hello ", NULL},
    /* ... but a refusal is not passed over */
    {HELLO "C: MAIL FROM:<alice@example.org>\nS: 550 no\n" QUIT,
     {SAY_HELLO, SAY_RCPT, SAY_MAIL, "QUIT"},
     "bad-sequence ",
     NULL},
    /* text without DATA: 354 is not sent, the reply to the dot is */
    {WHOLE,
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, SAY_TEXT, "QUIT"},
     "unknown-command ",
     SAID_HELLO "C MAIL FROM:<alice@example.org>|S 250 sender ok|C RCPT TO:<bob@example.org>|S 250 recipient "
                "ok|C Subject: One|C |C text|C .|S 250 queued|" SAID_QUIT},
    {HELLO MAIL RCPT "C: DATA\nS: 554 no\n" QUIT,
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, SAY_TEXT, "QUIT"},
     "unknown-command ",
     SAID_HELLO "C MAIL FROM:<alice@example.org>|S 250 sender ok|C RCPT TO:<bob@example.org>|S 250 recipient "
                "ok|C Subject: One|C |C text|C .|S 554 no|" SAID_QUIT},
    /* who waits behind a line has sent no text */
    {WHOLE,
     {SAY_HELLO, SAY_MAIL, SAY_RCPT, "Date: today", "DATA", SAY_TEXT, "QUIT"},
     "unknown-command ",
     NULL},
};

static void a_mistake_hides_nothing_that_comes_after_it(void **state) {
    (void)state;
    check_scenes(forgiven, COUNT(forgiven));
}

static void the_transcript_may_say_how_it_is_answered(void **state) {
    static const char *const steps[] = {SAY_HELLO, "what", "QUIT", NULL};
    struct played p;

    (void)state;
    play(&p, "unexpected: 451 {user} must wait\n", HELLO QUIT, steps);
    assert_string_equal(p.said.data, SAID_HELLO "C what|S 451 alice must wait|" SAID_QUIT);
    played_free(&p);
}

/* --- ends --- */

static const struct scene ends[] = {
    /* sizeof where strlen was meant: the NUL belongs to the line before */
    {WHOLE, {SAY_HELLO, SAY_MAIL_AND_NUL, SAY_RCPT, "DATA", SAY_TEXT, "QUIT"}, "nul-byte ", NULL},
    {WHOLE, {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, ">QUIT\\r\\n\\0\\0"}, "nul-byte ", NULL},
    {WHOLE, {"leave"}, "closed-early ", NULL},
    {WHOLE, {SAY_HELLO, SAY_MAIL, "leave"}, "closed-early ", NULL},
    {WHOLE, {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", "leave"}, "closed-early ", NULL},
    {WHOLE, {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "leave"}, "no-quit ", NULL},
    {WHOLE, {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "reset"}, "no-quit ", NULL},
    /* after a refusal nobody minds */
    {HELLO "C: MAIL FROM:<alice@example.org>\nS: 550 no\n" QUIT, {SAY_HELLO, SAY_MAIL, "leave"}, "", NULL},
    {"S: 421 busy\n" QUIT, {"leave"}, "", NULL},
    {"S: 554 no\n" QUIT, {"QUIT"}, "", NULL},
    /* a last line without its end */
    {HELLO QUIT, {SAY_HELLO, ">QUIT", "go"}, "no-line-end ", NULL},
};

static void leaving_is_judged_by_its_moment(void **state) {
    (void)state;
    check_scenes(ends, COUNT(ends));
}

/* The server may go first. */
static void the_server_closes_and_resets(void **state) {
    static const struct {
        const char *items;
        enum event_kind kind;
    } cases[] = {{"S: 421 busy\n@close\n", EVENT_CLOSE}, {"S: 220 hi\n@reset\n", EVENT_RESET}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        static const char *const steps[] = {SAY_HELLO, NULL};
        struct played p;
        const struct event *last;

        play(&p, "", cases[i].items, steps);
        last = &p.out.log.events[p.out.log.event_count - 1];
        assert_int_equal(last->kind, cases[i].kind);
        assert_false(last->by_client);
        assert_int_equal(p.out.log.finding_count, 0);
        played_free(&p);
    }
}

/* --- how far it got --- */

static const struct {
    const char *steps[STEPS_MAX];
    const char *reached;
} ways[] = {
    {{"leave"}, "connect "},
    {{SAY_HELLO, "leave"}, "connect greeting hello "},
    {{SAY_HELLO, SAY_MAIL, "leave"}, "connect greeting hello mail "},
    {{SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", "leave"}, "connect greeting hello mail rcpt data "},
    {{SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "leave"},
     "connect greeting hello mail rcpt data message accepted "},
    {{SAY_WHOLE}, "connect greeting hello mail rcpt data message accepted quit "},
    {{"what", "ever"}, "connect "}, /* what did not match is no step */
};

static void it_says_how_far_the_client_got(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct played p;
        struct buf names;

        play(&p, "", WHOLE, ways[i].steps);
        buf_init(&names, 1000);
        for (unsigned bit = 0; bit < REACHED_COUNT; bit++)
            if ((p.out.reached & 1U << bit) != 0)
                buf_addf(&names, "%s ", play_reached_names[bit]);
        assert_string_equal(names.data, ways[i].reached);
        buf_free(&names);
        played_free(&p);
    }
}

/* --- severities, and what cannot be played --- */

static void forbid_and_allow_change_a_rule_for_one_transcript(void **state) {
    static const struct {
        const char *check;
        enum severity worst;
    } cases[] = {
        {"", SEVERITY_NOTE}, {"! forbid helo-only\n", SEVERITY_FAIL}, {"! allow helo-only\n", SEVERITY_NOTE}};
    static const char *const helo[] = {"HELO client.example.test", "QUIT", NULL};
    static const char *const lf[] = {SAY_HELLO, ">QUIT\\n", NULL};

    struct played p;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf items;

        buf_init(&items, 1000);
        buf_addf(&items, "%s%s", HELLO QUIT, cases[i].check);
        play(&p, "", items.data, helo);
        assert_string_equal(p.found.data, "helo-only ");
        assert_int_equal(log_worst(&p.out.log), cases[i].worst);
        played_free(&p);
        buf_free(&items);
    }
    play(&p, "", HELLO QUIT "! allow bare-lf\n", lf);
    assert_string_equal(p.found.data, "bare-lf ");
    assert_int_equal(log_worst(&p.out.log), SEVERITY_NOTE);
    played_free(&p);
}

static void what_cannot_be_played_is_named(void **state) {
    struct transcript *t = transcript_of("", "S: 220 hi\n@connection 2\nS: 220 hi\n");
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_int_equal(play_supported(t, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(strstr(e.text, "t.smtp:7:1: '@connection 2'"));
    transcript_free(t);
    t = transcript_of("", "C: DATA\nS: 354 Go\nC: x\n@close\n");
    assert_int_equal(play_supported(t, &e), -1);
    assert_non_null(strstr(e.text, "the message that begins here has no \"C: .\""));
    transcript_free(t);
    t = transcript_of("", WHOLE);
    assert_int_equal(play_supported(t, &e), 0);
    transcript_free(t);
}

/* Our own trouble is no verdict. */
static void tls_without_an_authority_is_not_judged(void **state) {
    static const char *const steps[] = {SAY_HELLO, "STARTTLS", ">\\x16\\x03\\x01", "leave", NULL};
    struct played p;

    (void)state;
    play(&p, "", HELLO "C: STARTTLS\nS: 220 go on\n@tls start\n" QUIT, steps);
    assert_int_equal(p.result, -1);
    assert_int_equal(p.err.kind, ERR_SYSTEM);
    played_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sending_ahead_is_judged_by_what_was_offered),
        cmocka_unit_test(nothing_may_come_before_the_greeting),
        cmocka_unit_test(early_send_is_a_warning_where_nothing_can_be_proved),
        cmocka_unit_test(what_does_not_fit_is_answered_and_passed_over),
        cmocka_unit_test(a_mistake_hides_nothing_that_comes_after_it),
        cmocka_unit_test(the_transcript_may_say_how_it_is_answered),
        cmocka_unit_test(leaving_is_judged_by_its_moment),
        cmocka_unit_test(the_server_closes_and_resets),
        cmocka_unit_test(it_says_how_far_the_client_got),
        cmocka_unit_test(forbid_and_allow_change_a_rule_for_one_transcript),
        cmocka_unit_test(what_cannot_be_played_is_named),
        cmocka_unit_test(tls_without_an_authority_is_not_judged),
    };

    return cmocka_run_group_tests_name("play_order", tests, NULL, NULL);
}
