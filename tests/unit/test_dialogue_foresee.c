/* dialogue: what is said of a line before it is sent. */
#include "dialogue_fixture.h"

#include <stdio.h>

/* --- what it would break --- */

static const struct {
    const char *steps[LINES_MAX];
    const char *line;
    const char *foreseen; /* as a listener writes it, all as step 1 */
} futures[] = {
    {{OPENING, NULL}, "DATA\r\n", "1 bad-sequence\n"},
    {{OPENING, NULL}, "MAIL FROM:<alice@example.org>", ""},
    {{OPEN_DATA, NULL}, ".\r\n", ""},
    {{"S 220 hi", NULL}, "MAIL FROM:<alice@example.org>\r\n", "1 no-hello\n"},
    {{OPEN_TLS, NULL}, "MAIL FROM:<alice@example.org>\r\n", "1 starttls-no-ehlo\n"},
    {{OPENING, SENDER, "S 250 ok", NULL},
     "RCPT TO: bob@example.org\r\n",
     "1 space-after-colon@8\n1 no-angle-brackets@9\n"},
    {{OPENING, SENDER, "S 250 ok", RECIPIENT, "S 550 no", NULL},
     "DATA\r\n",
     "1 reply-ignored (no recipient was accepted)\n"},
};

static void what_a_line_would_break_is_told_and_nothing_changes(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(futures); i++) {
        struct listener past, future = {.step = 1};
        struct dialogue *d = after(futures[i].steps, LINES_MAX, &past);
        enum phase before = dialogue_phase(d);
        enum verb unused;
        char line[200];

        snprintf(line, sizeof line, "%s%s", futures[i].line,
                 strchr(futures[i].line, '\n') != NULL ? "" : "\r\n");
        buf_init(&future.found, 4096);
        dialogue_foresee(d, line, strlen(line), on_found, &future);
        assert_string_equal(future.found.data, futures[i].foreseen);
        assert_int_equal(dialogue_phase(d), before);
        assert_false(dialogue_owes_reply(d, &unused));
        assert_int_equal(past.found.len, 0);
        buf_free(&future.found);
        buf_free(&past.found);
        dialogue_free(d);
    }
}

/* --- what has to come first --- */

static const struct {
    const char *steps[LINES_MAX];
    enum verb verb;
    const char *words; /* NULL: it is legal */
} waits[] = {
    {{NULL}, VERB_EHLO, "the server has not greeted yet"},
    {{"S 220 hi", NULL}, VERB_EHLO, NULL},
    {{"S 220 hi", NULL}, VERB_MAIL, "no EHLO yet"},
    {{OPEN_TLS, NULL}, VERB_MAIL, "no EHLO yet since TLS began"},
    {{OPENING, NULL}, VERB_RCPT, "no MAIL FROM yet"},
    {{OPENING, SENDER, "S 250 ok", NULL}, VERB_DATA, "no RCPT TO has been accepted yet"},
    {{OPENING, SENDER, "S 250 ok", NULL}, VERB_MAIL, "a mail has begun; RSET would drop it"},
    {{OPEN_MAIL, NULL}, VERB_DATA, NULL},
    {{OPEN_DATA, NULL}, VERB_QUIT, "this is the message; a line with a single dot ends it"},
};

static void what_has_to_come_first_is_told(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(waits); i++) {
        struct listener l;
        struct dialogue *d = after(waits[i].steps, LINES_MAX, &l);
        const char *words = dialogue_lacks(d, waits[i].verb);

        if (waits[i].words == NULL)
            assert_null(words);
        else
            assert_string_equal(words, waits[i].words);
        dialogue_free(d);
        buf_free(&l.found);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_line_would_break_is_told_and_nothing_changes),
        cmocka_unit_test(what_has_to_come_first_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
