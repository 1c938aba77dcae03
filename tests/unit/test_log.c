/* log: events and findings are kept, counted, bounded, and worded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/log.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int make(void **state) {
    static struct log log; /* large: not for the stack */

    log_init(&log);
    *state = &log;
    return 0;
}

static int unmake(void **state) {
    log_free(*state);
    return 0;
}

static struct finding of(enum rule rule) {
    return (struct finding){.rule = rule, .event = LOG_NO_EVENT};
}

static void note(struct log *l, enum rule rule) {
    struct finding f = of(rule);

    log_finding(l, &f);
}

/* --- events --- */

static void only_lines_are_numbered(void **state) {
    static const struct {
        enum event_kind kind;
        unsigned number;
    } events[] = {{EVENT_CONNECT, 0}, {EVENT_SERVER, 1}, {EVENT_CLIENT, 2},
                  {EVENT_TLS, 0},     {EVENT_SERVER, 3}, {EVENT_SKIPPED, 0},
                  {EVENT_RESET, 0},   {EVENT_CLOSE, 0},  {EVENT_CLIENT, 4}};
    struct log *l = *state;

    for (size_t i = 0; i < COUNT(events); i++) {
        assert_int_equal(log_event(l, events[i].kind, 7, true, "x", 1), i);
        assert_int_equal(l->events[i].kind, events[i].kind);
        assert_int_equal(l->events[i].number, events[i].number);
        assert_int_equal(l->events[i].line, 7);
        assert_true(l->events[i].tls);
    }
    assert_int_equal(l->event_count, COUNT(events));
}

static void bytes_are_copied_whatever_they_are(void **state) {
    struct log *l = *state;
    char bytes[] = "a\0b\r\n";
    size_t i = log_event(l, EVENT_CLIENT, 1, false, bytes, 5);

    bytes[0] = 'z';
    assert_int_equal(l->events[i].len, 5);
    assert_memory_equal(l->events[i].text, "a\0b\r\n", 6);
    i = log_event(l, EVENT_CONNECT, 0, false, "", 0);
    assert_string_equal(l->events[i].text, "");
}

static void a_long_line_is_cut_and_its_length_kept(void **state) {
    static char bytes[LOG_EVENT_BYTES + 1];
    struct log *l = *state;

    memset(bytes, 'x', sizeof bytes);
    for (size_t n = LOG_EVENT_BYTES - 1; n <= LOG_EVENT_BYTES + 1; n++) {
        size_t i = log_event(l, EVENT_CLIENT, 1, false, bytes, n);

        assert_int_equal(l->events[i].full_len, n);
        assert_int_equal(l->events[i].len, n < LOG_EVENT_BYTES ? n : LOG_EVENT_BYTES);
        assert_int_equal(l->events[i].text[l->events[i].len], '\0');
    }
}

static void bytes_that_came_late_are_added_as_far_as_they_fit(void **state) {
    static char bytes[LOG_EVENT_BYTES];
    struct log *l = *state;
    size_t i = log_event(l, EVENT_CLIENT, 1, false, "QUIT\r\n", 6);

    log_extend(l, i, "\0x", 2);
    assert_int_equal(l->events[i].len, 8);
    assert_int_equal(l->events[i].full_len, 8);
    assert_memory_equal(l->events[i].text, "QUIT\r\n\0x", 9);
    log_extend(l, i, bytes, sizeof bytes);
    assert_int_equal(l->events[i].len, LOG_EVENT_BYTES);
    assert_int_equal(l->events[i].full_len, LOG_EVENT_BYTES + 8);
}

static void events_have_a_maximum(void **state) {
    struct log *l = *state;

    for (size_t i = 0; i < LOG_EVENTS_MAX; i++)
        assert_int_equal(log_event(l, EVENT_CLIENT, 1, false, "x", 1), i);
    assert_int_equal(l->event_count, LOG_EVENTS_MAX);
    assert_int_equal(log_event(l, EVENT_CLIENT, 1, false, "x", 1), LOG_NO_EVENT);
    assert_int_equal(l->event_count, LOG_EVENTS_MAX);
    assert_int_equal(l->events[LOG_EVENTS_MAX - 1].number, LOG_EVENTS_MAX);
}

static void time_only_goes_forward(void **state) {
    struct log *l = *state;
    double before = 0;

    for (int i = 0; i < 100; i++) {
        size_t at = log_event(l, EVENT_CLIENT, 1, false, "x", 1);

        assert_true(l->events[at].ms >= before);
        before = l->events[at].ms;
    }
    assert_true(log_clock() >= l->started + before);
}

/* --- findings --- */

static void the_second_of_a_rule_is_only_counted(void **state) {
    struct log *l = *state;
    struct finding first = of(RULE_BARE_LF), second = of(RULE_BARE_LF);

    first.line = 3;
    second.line = 4;
    log_finding(l, &first);
    note(l, RULE_NO_QUIT);
    log_finding(l, &second);
    assert_int_equal(l->finding_count, 2);
    assert_int_equal(l->findings[0].line, 3);
    assert_int_equal(l->findings[0].count, 2);
    assert_int_equal(l->findings[1].count, 1);
}

static void words_are_copied(void **state) {
    struct log *l = *state;
    char expected[] = "QUIT", detail[] = "bob";
    struct finding f = of(RULE_WRONG_COMMAND);

    f.expected = expected;
    f.detail = detail;
    log_finding(l, &f);
    memset(expected, 'x', sizeof expected);
    memset(detail, 'x', sizeof detail);
    assert_string_equal(l->findings[0].expected, "QUIT");
    assert_string_equal(l->findings[0].detail, "bob");
    note(l, RULE_NO_QUIT);
    assert_null(l->findings[1].expected);
    assert_null(l->findings[1].detail);
}

static void severities_are_the_rulebooks_until_changed(void **state) {
    struct log *l = *state;

    assert_int_equal(log_worst(l), SEVERITY_NOTE);
    note(l, RULE_NO_DATE);
    assert_int_equal(log_worst(l), SEVERITY_NOTE);
    note(l, RULE_EXTRA_BLANK_LINE);
    assert_int_equal(log_worst(l), SEVERITY_WARN);
    l->severities[RULE_HELO_ONLY] = SEVERITY_FAIL; /* forbid */
    l->severities[RULE_BARE_LF] = SEVERITY_NOTE;   /* allow */
    note(l, RULE_BARE_LF);
    assert_int_equal(log_worst(l), SEVERITY_WARN);
    note(l, RULE_HELO_ONLY);
    assert_int_equal(log_worst(l), SEVERITY_FAIL);
    assert_int_equal(l->findings[2].severity, SEVERITY_NOTE);
}

static void a_dropped_finding_is_gone_and_the_others_stay(void **state) {
    struct log *l = *state;

    note(l, RULE_BARE_LF);
    note(l, RULE_NO_QUIT);
    note(l, RULE_CRASHED);
    log_drop(l, 1);
    assert_int_equal(l->finding_count, 2);
    assert_int_equal(l->findings[0].rule, RULE_BARE_LF);
    assert_int_equal(l->findings[1].rule, RULE_CRASHED);
    assert_false(log_has(l, RULE_NO_QUIT));
    assert_true(log_has(l, RULE_CRASHED));
    log_drop(l, 1);
    log_drop(l, 0);
    assert_int_equal(l->finding_count, 0);
    assert_int_equal(log_worst(l), SEVERITY_NOTE);
}

/* Every rule once fits: findings are never lost. */
static void there_is_room_for_every_rule(void **state) {
    struct log *l = *state;

    assert_true(LOG_FINDINGS_MAX >= RULE_COUNT);
    for (int round = 0; round < 2; round++)
        for (int r = 0; r < RULE_COUNT; r++)
            note(l, (enum rule)r);
    assert_int_equal(l->finding_count, RULE_COUNT);
}

static const struct {
    enum rule rule;
    enum circumstance circumstance;
    char *expected;
    char *detail;
    const char *sentence;
} sentences[] = {
    {RULE_NO_QUIT, CIRCUMSTANCE_NONE, NULL, NULL, "you left without QUIT"},
    {RULE_REPLY_IGNORED, CIRCUMSTANCE_NO_RECIPIENT, NULL, NULL, "you went on; no recipient was accepted"},
    {RULE_REPLY_IGNORED, CIRCUMSTANCE_NO_RECIPIENT, "QUIT", NULL, "you went on; no recipient was accepted"},
    {RULE_REPLY_IGNORED, CIRCUMSTANCE_NONE, NULL, NULL, "you went on"},
    {RULE_HEADER_MISSING, CIRCUMSTANCE_NONE, "Subject: One", NULL,
     "a header field is missing or has another value: Subject: One"},
    {RULE_WRONG_RECIPIENTS, CIRCUMSTANCE_NONE, "bob", "nobody",
     "the message went to the wrong recipients: nobody"},
};

static void a_sentence_is_filled_by_detail_circumstance_or_expectation(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(sentences); i++) {
        struct finding f = of(sentences[i].rule);
        struct buf out;

        f.circumstance = sentences[i].circumstance;
        f.expected = sentences[i].expected;
        f.detail = sentences[i].detail;
        buf_init(&out, 200);
        assert_int_equal(log_sentence(&f, &out), 0);
        assert_string_equal(out.data, sentences[i].sentence);
        buf_free(&out);
        buf_init(&out, 5);
        assert_int_equal(log_sentence(&f, &out), -1);
        buf_free(&out);
    }
}

static const struct {
    enum event_kind kind;
    bool by_client;
    const char *text;
    const char *utf8;
    const char *ascii; /* NULL: the same */
} shown[] = {
    {EVENT_SERVER, false, "250 Ok\r\n", "250 Ok", NULL},
    {EVENT_CLIENT, true, "QUIT\n", "QUIT\\n", NULL},
    {EVENT_CLIENT, true, "QUIT", "QUIT", NULL},
    {EVENT_CLIENT, true, "\r\n", "", NULL},
    {EVENT_CLIENT, true, "\n", "\\n", NULL},
    {EVENT_CLIENT, true, "J\xc3\xb6rg\033[2J\r\n", "J\xc3\xb6rg\\x1B[2J", "J\\xC3\\xB6rg\\x1B[2J"},
    {EVENT_CONNECT, true, "", "the client connects", NULL},
    {EVENT_TLS, false, "TLSv1.3", "TLS begins (TLSv1.3)", NULL},
    {EVENT_CLOSE, true, "", "the client closes the connection", NULL},
    {EVENT_CLOSE, false, "", "the server closes the connection", NULL},
    {EVENT_RESET, false, "", "the server resets the connection", NULL},
    {EVENT_SKIPPED, false, "xxx", "(3 more lines of the message)", NULL},
    {EVENT_UNSAID, false, "250-a\033\r\n250 b\r\n", "(you had gone on, so this was not sent: 250-a\\x1B)",
     NULL},
};

static void an_event_is_shown_as_one_safe_line(void **state) {
    struct log *l = *state;

    for (size_t i = 0; i < COUNT(shown); i++) {
        size_t at = log_event(l, shown[i].kind, 1, false, shown[i].text, strlen(shown[i].text));
        struct buf out;

        l->events[at].by_client = shown[i].by_client;
        buf_init(&out, 200);
        assert_int_equal(log_show(&l->events[at], true, &out), 0);
        assert_string_equal(out.data, shown[i].utf8);
        buf_clear(&out);
        assert_int_equal(log_show(&l->events[at], false, &out), 0);
        assert_string_equal(out.data, shown[i].ascii != NULL ? shown[i].ascii : shown[i].utf8);
        buf_free(&out);
    }
}

int main(void) {
#define WITH_LOG(test) cmocka_unit_test_setup_teardown(test, make, unmake)
    const struct CMUnitTest tests[] = {
        WITH_LOG(only_lines_are_numbered),
        WITH_LOG(bytes_are_copied_whatever_they_are),
        WITH_LOG(a_long_line_is_cut_and_its_length_kept),
        WITH_LOG(bytes_that_came_late_are_added_as_far_as_they_fit),
        WITH_LOG(events_have_a_maximum),
        WITH_LOG(time_only_goes_forward),
        WITH_LOG(the_second_of_a_rule_is_only_counted),
        WITH_LOG(words_are_copied),
        WITH_LOG(severities_are_the_rulebooks_until_changed),
        WITH_LOG(a_dropped_finding_is_gone_and_the_others_stay),
        WITH_LOG(there_is_room_for_every_rule),
        WITH_LOG(an_event_is_shown_as_one_safe_line),
        WITH_LOG(a_sentence_is_filled_by_detail_circumstance_or_expectation),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
