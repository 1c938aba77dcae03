/* dialogue: what it knows at every moment, secrets, recipients, limits. */
#include "dialogue_fixture.h"

#include "../../lib/syntax.h"

/* --- what it knows at every moment --- */

static const struct {
    const char *step;
    const char *phase; /* after it */
    const char *expected;
    const char *owed; /* the verb; "-": nothing is owed, "?": no command */
    int last;
    bool refused;
} moments[] = {
    {NULL, "connected", "nothing: the server speaks first", "?", 0, false},
    {"S 220-one", "connected", "nothing: the server speaks first", "?", 0, false},
    {"S 220 two", "greeted", "one of: EHLO, QUIT", "-", 220, false},
    {SENDER, "greeted", "one of: EHLO, QUIT", "MAIL", 220,
     false}, /* a refusal of what came too early moves nothing */
    {"S 503 EHLO first", "greeted", "one of: EHLO, QUIT", "-", 503, true},
    {"C EHLO client.example.test", "greeted", "one of: EHLO, QUIT", "EHLO", 503, true},
    {"S 250-hi", "greeted", "one of: EHLO, QUIT", "EHLO", 503, true},
    {"S 250 STARTTLS", "ready", "one of: MAIL FROM, QUIT", "-", 250, false},
    {"C STARTTLS", "ready", "one of: MAIL FROM, QUIT", "STARTTLS", 250, false},
    {"S 220 go on", "tls", "the TLS handshake", "-", 220, false},
    {"T", "greeted", "one of: EHLO, QUIT", "-", 220, false},
    {"C EHLO client.example.test", "greeted", "one of: EHLO, QUIT", "EHLO", 220, false},
    {"S 502 no", "greeted", "one of: HELO, QUIT", "-", 502, true},
    {"C HELO client.example.test", "greeted", "one of: HELO, QUIT", "HELO", 502, true},
    {"S 250 hi", "ready", "one of: MAIL FROM, QUIT", "-", 250, false},
    {"C AUTH LOGIN", "ready", "one of: MAIL FROM, QUIT", "AUTH", 250, false},
    {"S 334 VXNlcm5hbWU6", "auth", "a base64 response, or * to give up", "-", 334, false},
    {"C YWxpY2U=", "auth", "a base64 response, or * to give up", "AUTH", 334, false},
    {"S 535 no", "ready", "one of: QUIT, another AUTH", "-", 535, true},
    {"C AUTH PLAIN AGEAYg==", "ready", "one of: QUIT, another AUTH", "AUTH", 535, true},
    {"S 235 in", "ready", "one of: MAIL FROM, QUIT", "-", 235, false},
    {SENDER, "ready", "one of: MAIL FROM, QUIT", "MAIL", 235, false},
    {"S 550 no", "ready", "one of: RSET, QUIT, another MAIL FROM", "-", 550, true},
    {SENDER, "ready", "one of: RSET, QUIT, another MAIL FROM", "MAIL", 550, true},
    {"S 250 ok", "mail", "one of: RCPT TO, RSET, QUIT", "-", 250, false},
    {RECIPIENT, "mail", "one of: RCPT TO, RSET, QUIT", "RCPT", 250, false},
    {"S 550 no", "mail", "one of: RSET, QUIT, another RCPT TO", "-", 550, true},
    {RECIPIENT, "mail", "one of: RSET, QUIT, another RCPT TO", "RCPT", 550, true},
    {"S 250 ok", "rcpt", "one of: another RCPT TO, DATA, RSET, QUIT", "-", 250, false},
    {RECIPIENT, "rcpt", "one of: another RCPT TO, DATA, RSET, QUIT", "RCPT", 250, false},
    {"S 550 no", "rcpt", "one of: another RCPT TO, DATA, RSET, QUIT", "-", 550, false},
    {"C NOOP", "rcpt", "one of: another RCPT TO, DATA, RSET, QUIT", "NOOP", 550, false},
    {"S 250 ok", "rcpt", "one of: another RCPT TO, DATA, RSET, QUIT", "-", 250, false},
    {"C DATA", "rcpt", "one of: another RCPT TO, DATA, RSET, QUIT", "DATA", 250, false},
    {"S 451 later", "rcpt", "one of: RSET, QUIT", "-", 451, true},
    {"C RSET", "rcpt", "one of: RSET, QUIT", "RSET", 451, true},
    {"S 250 ok", "ready", "one of: MAIL FROM, QUIT", "-", 250, true}, /* it gave up: it may go */
    {"C RSET", "ready", "one of: MAIL FROM, QUIT", "RSET", 250, true},
    {"S 250 ok", "ready", "one of: MAIL FROM, QUIT", "-", 250, true},
    {SENDER, "ready", "one of: MAIL FROM, QUIT", "MAIL", 250, true},
    {"S 250 ok", "mail", "one of: RCPT TO, RSET, QUIT", "-", 250, false},
    {"C RSET", "mail", "one of: RCPT TO, RSET, QUIT", "RSET", 250, false},
    {"S 250 ok", "ready", "one of: MAIL FROM, QUIT", "-", 250, false}, /* nothing was refused */
    {SENDER, "ready", "one of: MAIL FROM, QUIT", "MAIL", 250, false},
    {"S 250 ok", "mail", "one of: RCPT TO, RSET, QUIT", "-", 250, false},
    {RECIPIENT, "mail", "one of: RCPT TO, RSET, QUIT", "RCPT", 250, false},
    {"S 250 ok", "rcpt", "one of: another RCPT TO, DATA, RSET, QUIT", "-", 250, false},
    {"C DATA", "rcpt", "one of: another RCPT TO, DATA, RSET, QUIT", "DATA", 250, false},
    {"S 451 later", "rcpt", "one of: RSET, QUIT", "-", 451, true},
    {"C DATA", "rcpt", "one of: RSET, QUIT", "DATA", 451, true},
    {"S 354 go on", "data", "the message, then a line with a single dot", "-", 354, false},
    {"C text", "data", "the message, then a line with a single dot", "-", 354, false},
    {"C ..", "data", "the message, then a line with a single dot", "-", 354, false},
    {"C .", "data", "the message, then a line with a single dot", "DATA", 354, false},
    {"S 250 queued", "ready", "one of: MAIL FROM, QUIT", "-", 250, false},
    {"C what?", "ready", "one of: MAIL FROM, QUIT", "?", 250, false},
    {"S 500 what?", "ready", "one of: MAIL FROM, QUIT", "-", 500, false},
    {SENDER, "ready", "one of: MAIL FROM, QUIT", "MAIL", 500, false},
    {"S 250 ok", "mail", "one of: RCPT TO, RSET, QUIT", "-", 250, false},
    {SENDER, "mail", "one of: RCPT TO, RSET, QUIT", "MAIL", 250,
     false}, /* a second one, too early, ends nothing */
    {"S 503 nested", "mail", "one of: RCPT TO, RSET, QUIT", "-", 503, true},
    {"C AUTH LOGIN", "mail", "one of: RCPT TO, RSET, QUIT", "AUTH", 503, true},
    {"S 503 no", "mail", "one of: RCPT TO, RSET, QUIT", "-", 503, true},
    {"C RSET", "mail", "one of: RCPT TO, RSET, QUIT", "RSET", 503, true},
    {"S 250 ok", "ready", "one of: MAIL FROM, QUIT", "-", 250, true},
    {"C NOOP", "ready", "one of: MAIL FROM, QUIT", "NOOP", 250, true},
    {"S 421 closing", "ready", "QUIT", "-", 421, true},
    {"C QUIT", "ready", "QUIT", "QUIT", 421, true},
    {"S 221 bye", "closed", "nothing: the session is over", "-", 221, true},
};

static void check_moment(const struct dialogue *d, size_t i) {
    enum verb owed = VERB_UNKNOWN, last;
    bool owes = dialogue_owes_reply(d, &owed);
    struct buf words;

    buf_init(&words, 100);
    assert_int_equal(dialogue_expected(d, &words), 0);
    if (strcmp(words.data, moments[i].expected) != 0)
        print_error("moment %zu\n", i);
    assert_string_equal(words.data, moments[i].expected);
    assert_string_equal(phase_name(dialogue_phase(d)), moments[i].phase);
    assert_int_equal(owes, moments[i].owed[0] != '-');
    if (owes && moments[i].owed[0] != '?')
        assert_string_equal(verb_info(owed)->name, moments[i].owed);
    else
        assert_int_equal(owed, VERB_UNKNOWN);
    assert_int_equal(dialogue_last_reply(d, &last), moments[i].last);
    assert_int_equal(dialogue_refused(d), moments[i].refused);
    buf_free(&words);
}

static void it_knows_phase_and_way_on_at_every_moment(void **state) {
    struct dialogue *d = dialogue_new(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(moments); i++) {
        if (moments[i].step != NULL)
            take(d, moments[i].step);
        check_moment(d, i);
    }
    assert_true(dialogue_in_tls(d));
    dialogue_free(d);
}

static void the_final_dot_is_answered_as_data(void **state) {
    static const char *const steps[] = {OPEN_DATA, "C .", "S 250 queued", NULL};
    struct listener l;
    struct dialogue *d = after(steps, LINES_MAX, &l);
    enum verb to;

    (void)state;
    assert_int_equal(dialogue_last_reply(d, &to), 250);
    assert_int_equal(to, VERB_DATA);
    dialogue_free(d);
    buf_free(&l.found);
}

/* A dot without its CRLF: the player may decide that this was the end. */
static void a_message_can_be_taken_as_ended(void **state) {
    static const char *const steps[] = {OPEN_DATA, "C text", ".", "S 250 queued", NULL};
    struct listener l;
    struct dialogue *d = after(steps, LINES_MAX, &l);

    (void)state;
    assert_int_equal(dialogue_phase(d), PHASE_READY);
    assert_int_equal(l.found.len, 0);
    dialogue_free(d);
    buf_free(&l.found);
}

/* --- secrets --- */

static const struct {
    const char *steps[LINES_MAX];
    const char *line;
    int from; /* -1: no secret */
} secrets[] = {
    {{OPENING}, "AUTH LOGIN", -1},
    {{OPENING}, "AUTH LOGIN ", -1},
    {{OPENING}, "AUTH LOGIN YWxpY2U=", 11},
    {{OPENING}, "auth plain AGEAYg==", 11},
    {{OPENING}, "MAIL FROM:<alice@example.org>", -1},
    {{OPENING, "C AUTH LOGIN", "S 334 x"}, "YWxpY2U=", 0},
    {{OPENING, "C AUTH LOGIN", "S 334 x"}, "*", -1},
    {{OPENING, "C AUTH LOGIN", "S 334 x"}, "", -1},
    {{OPENING, "C AUTH LOGIN", "S 334 x", "C YQ==", "S 334 x"}, "QUIT", 0}, /* whatever it looks like */
    {{OPENING, "C AUTH LOGIN", "S 334 x", "C YQ==", "S 235 in"}, "YWxpY2U=", -1},
    {{OPEN_DATA}, "AUTH PLAIN AGEAYg==", -1}, /* a line of the message */
};

static void it_knows_which_lines_are_secret(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(secrets); i++) {
        struct listener l;
        struct dialogue *d = after(secrets[i].steps, LINES_MAX, &l);
        struct buf line;
        size_t from = 99;

        buf_init(&line, 100);
        buf_addf(&line, "%s\r\n", secrets[i].line);
        assert_int_equal(dialogue_secret(d, line.data, line.len, &from), secrets[i].from >= 0);
        if (secrets[i].from >= 0)
            assert_int_equal(from, secrets[i].from);
        buf_free(&line);
        dialogue_free(d);
        buf_free(&l.found);
    }
}

/* --- recipients --- */

static const struct {
    const char *steps[LINES_MAX];
    const char *list;
} recipients[] = {
    {{OPENING, SENDER, "S 250 ok"}, ""},
    {{OPEN_MAIL}, "bob@example.org,"},
    {{OPEN_MAIL, "C RCPT TO:<nobody@example.org>", "S 550 no", "C RCPT TO: <c@example.org>", "S 251 ok"},
     "bob@example.org,c@example.org,"},
    {{OPEN_MAIL, "C RCPT TO:c@example.org", "S 250 ok"}, "bob@example.org,c@example.org,"},
    {{OPEN_DATA, "C .", "S 250 queued"}, "bob@example.org,"}, /* those of the transaction that ended last */
    {{OPEN_DATA, "C .", "S 250 queued", SENDER, "S 250 ok"}, ""},
    {{OPEN_DATA, "C .", "S 250 queued", "C RSET", "S 250 ok"}, "bob@example.org,"},
    {{OPEN_MAIL, "C RSET", "S 250 ok"}, ""},
    {{PIPELINING, SENDER, RECIPIENT, "C RCPT TO:<c@example.org>", "S 250 ok", "S 550 no", "S 250 ok"},
     "c@example.org,"},
};

static void accepted_recipients_are_listed_as_sent(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(recipients); i++) {
        struct listener l;
        struct dialogue *d = after(recipients[i].steps, LINES_MAX, &l);
        const char *const *list;
        size_t n = dialogue_recipients(d, &list);
        struct buf joined;

        buf_init(&joined, 1000);
        for (size_t r = 0; r < n; r++)
            buf_addf(&joined, "%s,", list[r]);
        assert_string_equal(joined.data, recipients[i].list);
        buf_free(&joined);
        dialogue_free(d);
        buf_free(&l.found);
    }
}

/* --- limits --- */

/* A line of n octets, CRLF included: the start, then 'x'. */
static void feed_long(struct dialogue *d, const char *start, size_t n) {
    struct buf line;

    buf_init(&line, n);
    buf_add_text(&line, start);
    while (line.len < n - 2)
        buf_add_char(&line, 'x');
    buf_add_text(&line, "\r\n");
    dialogue_client_line(d, line.data, n);
    buf_free(&line);
}

static const struct {
    const char *steps[LINES_MAX];
    const char *start;
    size_t max;
} limits[] = {
    {{OPENING}, "NOOP ", VERB_LINE_MAX},
    {{OPENING}, "AUTH X ", SYNTAX_AUTH_MAX},
    {{OPENING}, "MAIL FROM:<alice@example.org> ", VERB_LINE_MAX + SYNTAX_PARAMETERS_MAX},
    {{OPENING, "C AUTH X", "S 334 x"}, "", SYNTAX_AUTH_MAX},
    {{OPEN_DATA}, "", SYNTAX_TEXT_MAX},
    {{OPEN_DATA}, "..", SYNTAX_TEXT_MAX + 1}, /* the doubled dot is not counted (RFC 5321 4.5.3.1.6) */
};

static void lines_have_a_greatest_length(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++)
        for (int more = -1; more <= 1; more++) {
            struct listener l;
            struct dialogue *d = after(limits[i].steps, LINES_MAX, &l);
            size_t max = limits[i].max;

            feed_long(d, limits[i].start, max + (size_t)(more + 1) - 1);
            assert_int_equal(strstr(l.found.data, "line-too-long") != NULL, more == 1);
            dialogue_free(d);
            buf_free(&l.found);
        }
}

/* More is owed than is kept: the first are answered as they should be, and nothing breaks. */
static void a_flood_of_pipelined_commands_is_survived(void **state) {
    struct dialogue *d = dialogue_new(NULL, NULL);
    const char *const *list;

    (void)state;
    take(d, "S 220 hi");
    take(d, "C EHLO client.example.test");
    take(d, "S 250 hi");
    take(d, SENDER);
    for (int i = 0; i < 3000; i++)
        take(d, RECIPIENT);
    for (int i = 0; i < 3001; i++)
        take(d, "S 250 ok");
    assert_in_range(dialogue_recipients(d, &list), 1, 3000);
    for (int i = 0; i < 1001; i++) {
        take(d, RECIPIENT);
        take(d, "S 250 ok");
    }
    assert_int_equal(dialogue_recipients(d, &list), 1000);
    dialogue_free(d);
}

static void nothing_at_all_is_no_line(void **state) {
    struct listener l;
    static const char *const steps[] = {OPEN_DATA, NULL};
    struct dialogue *d = after(steps, LINES_MAX, &l);

    (void)state;
    dialogue_client_line(d, "", 0);
    dialogue_early(d, "", 0, false);
    assert_int_equal(l.found.len, 0);
    dialogue_free(d);
    dialogue_free(NULL);
    buf_free(&l.found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_knows_phase_and_way_on_at_every_moment),
        cmocka_unit_test(the_final_dot_is_answered_as_data),
        cmocka_unit_test(a_message_can_be_taken_as_ended),
        cmocka_unit_test(it_knows_which_lines_are_secret),
        cmocka_unit_test(accepted_recipients_are_listed_as_sent),
        cmocka_unit_test(lines_have_a_greatest_length),
        cmocka_unit_test(a_flood_of_pipelined_commands_is_survived),
        cmocka_unit_test(nothing_at_all_is_no_line),
    };

    return cmocka_run_group_tests_name("dialogue_ask", tests, NULL, NULL);
}
