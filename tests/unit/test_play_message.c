/* play: the message between 354 and the final dot, and the checks of what it carried. */
#include "play_fixture.h"

#include <stdio.h>
#include <stdlib.h>

/* A message of the transcript, what the client sends for it, and what is found. */
static const struct {
    const char *wanted; /* its lines, without C: . */
    const char *sent;   /* all bytes, in the notation of encode.h, the final dot too */
    const char *found;
} messages[] = {
    {"C: Subject: One\nC:\nC: text\n", "Subject: One\\r\\n\\r\\ntext\\r\\n.\\r\\n", ""},
    /* R8: case, order, folding and further fields are free */
    {"C: Subject: One\nC: To: bob\nC:\nC: text\n",
     "Date: today\\r\\nto: bob\\r\\nSUBJECT:\\r\\n One\\r\\n\\r\\ntext\\r\\n.\\r\\n", ""},
    {"C: Subject: One\nC:\nC: text\n", "Subject: Two\\r\\n\\r\\ntext\\r\\n.\\r\\n", "header-missing "},
    {"C: Subject: One\nC:\nC: text\n", "\\r\\ntext\\r\\n.\\r\\n", "header-missing "},
    {"C: Subject: One\nC:\nC: text\n", "Subject: One\\r\\ntext\\r\\n.\\r\\n", "no-blank-line "},
    {"C: Subject: One\nC:\nC: text\n", "Subject: One\\r\\n\\r\\nother\\r\\n.\\r\\n", "wrong-body "},
    {"C: Subject: One\nC:\nC: text\n", "Subject: One\\r\\n\\r\\ntext\\r\\n\\r\\n.\\r\\n",
     "extra-blank-line "},
    {"C: Subject: One\nC:\nC: text\n", "Subject: One\\r\\n\\r\\ntext\\n.\\r\\n", "bare-lf "},
    /* dots */
    {"C:\nC: ..profile\n", "\\r\\n..profile\\r\\n.\\r\\n", ""},
    {"C:\nC: ..profile\n", "\\r\\n.profile\\r\\n.\\r\\n", "dot-stuffing "},
    {"C:\nC: ..\nC: more\n", "\\r\\n..\\r\\nmore\\r\\n.\\r\\n", ""},
    /* a dot alone that was not doubled: the text behind it shows that it was no end */
    {"C:\nC: ..\nC: more\n", "\\r\\n.\\r\\nmore\\r\\n.\\r\\n", "dot-stuffing "},
    {"C:\nC: ..\nC: go\nC: QUIT\n", "\\r\\n.\\r\\ngo\\r\\nQUIT\\r\\n.\\r\\n", "dot-stuffing "},
    {"C:\nC: ..\nC: end\n", "\\r\\n.\\r\\n",
     "dot-stuffing "}, /* the message ended where a dot stands alone */
    /* {message}: any that is well formed */
    {"C: {message}\n", "Subject: Any\\r\\n\\r\\ntext\\r\\n.\\r\\n", ""},
    {"C: {message}\n", "Subject: Any\\r\\ntext\\r\\n.\\r\\n", "no-blank-line "},
    /* fields of the transcript */
    {"C: X-User: {user}\nC:\nC: {me}\n", "X-User: alice\\r\\n\\r\\nclient.example.test\\r\\n.\\r\\n", ""},
};

static void play_message(struct played *p, const char *wanted, const char *sent) {
    struct buf items, step;
    const char *steps[STEPS_MAX] = {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA"};

    buf_init(&items, BYTES_MAX);
    buf_init(&step, BYTES_MAX);
    buf_addf(&items, "%s%sC: .\nS: 250 queued\n%s", HELLO MAIL RCPT DATA, wanted, QUIT);
    buf_addf(&step, ">%s", sent);
    steps[4] = step.data;
    steps[5] = "QUIT";
    play(p, "", items.data, steps);
    buf_free(&items);
    buf_free(&step);
}

static void messages_are_compared_as_messages(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(messages); i++) {
        struct played p;

        play_message(&p, messages[i].wanted, messages[i].sent);
        if (strcmp(p.found.data, messages[i].found) != 0)
            print_error("message %zu: %s\n%s\n", i, p.found.data, p.said.data);
        assert_string_equal(p.found.data, messages[i].found);
        played_free(&p);
    }
}

/* The lines that an event shows are counted; the rest is said to be there. */
static void a_long_message_is_shown_in_part(void **state) {
    struct buf wanted, sent;
    struct played p;
    const struct event *skipped = NULL;

    (void)state;
    buf_init(&wanted, BYTES_MAX);
    buf_init(&sent, BYTES_MAX);
    buf_add_text(&wanted, "C:\n");
    buf_add_text(&sent, "\\r\\n");
    for (int i = 0; i < 100; i++) {
        buf_addf(&wanted, "C: line %d\n", i);
        buf_addf(&sent, i == 90 ? "lime %d\\r\\n" : "line %d\\r\\n", i);
    }
    buf_add_text(&sent, ".\\r\\n");
    play_message(&p, wanted.data, sent.data);
    assert_string_equal(p.found.data, "wrong-body ");
    /* the line at fault is shown all the same, and the first wrong byte is in it */
    assert_non_null(strstr(p.said.data, "C lime 90|"));
    assert_int_equal(p.out.log.findings[0].at, 2);
    for (size_t i = 0; i < p.out.log.event_count; i++)
        if (p.out.log.events[i].kind == EVENT_SKIPPED)
            skipped = &p.out.log.events[i];
    assert_non_null(skipped);
    assert_in_range(skipped->full_len, 50, 101);
    buf_free(&wanted);
    buf_free(&sent);
    played_free(&p);
}

/* --- where a finding points --- */

static const struct {
    const char *wanted;
    const char *sent;
    const char *line; /* the client line that the finding belongs to */
    size_t at;
    const char *expected;
} places[] = {
    {"C: Subject: One\nC:\nC: text\n", "Subject: Two\\r\\n\\r\\ntext\\r\\n.\\r\\n", "Subject: Two\r\n", 9,
     "Subject: One"},
    {"C: Subject: One\nC:\nC: text\n", "Subject: One\\r\\n\\r\\nteXt\\r\\n.\\r\\n", "teXt\r\n", 2, "text"},
    {"C:\nC: one\nC: two\n", "\\r\\none\\r\\n.\\r\\n", NULL, 0, "two"},
};

static void a_finding_points_at_its_line_and_byte(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        struct played p;
        const struct finding *f;

        play_message(&p, places[i].wanted, places[i].sent);
        assert_int_equal(p.out.log.finding_count, 1);
        f = &p.out.log.findings[0];
        assert_string_equal(f->expected, places[i].expected);
        if (places[i].line != NULL) {
            assert_string_equal(p.out.log.events[f->event].text, places[i].line);
            assert_int_equal(f->at, places[i].at);
        }
        played_free(&p);
    }
}

/* --- ! rcpts and ! message --- */

#define TO_TWO "C: RCPT TO:<bob@example.org>\nS: 250 ok\nC: RCPT TO:<carol@example.org>\nS: 550 no\n"
#define SAY_TO_TWO SAY_RCPT, "RCPT TO:<carol@example.org>"

static const struct {
    const char *check;
    const char *found;
    const char *detail;
} checks[] = {
    {"! rcpts bob@example.org", "", NULL},
    {"! rcpts bob@EXAMPLE.org", "", NULL},
    {"! rcpts Bob@example.org", "wrong-recipients ", "bob@example.org"},
    {"! rcpts carol@example.org", "wrong-recipients ", "bob@example.org"},
    {"! rcpts bob@example.org carol@example.org", "wrong-recipients ", "bob@example.org"},
};

static void the_recipients_are_those_that_were_accepted(void **state) {
    static const char *const steps[] = {SAY_HELLO, SAY_MAIL, SAY_TO_TWO, "DATA", SAY_TEXT, "QUIT", NULL};

    (void)state;
    for (size_t i = 0; i < COUNT(checks); i++) {
        struct played p;
        struct buf items;

        buf_init(&items, BYTES_MAX);
        buf_addf(&items, "%s%s\n%s", HELLO MAIL TO_TWO DATA TEXT, checks[i].check, QUIT);
        play(&p, "", items.data, steps);
        assert_string_equal(p.found.data, checks[i].found);
        if (checks[i].detail != NULL)
            assert_string_equal(p.out.log.findings[0].detail, checks[i].detail);
        buf_free(&items);
        played_free(&p);
    }
}

static void one_recipient_too_many_is_found(void **state) {
    static const char *const steps[] = {SAY_HELLO, SAY_MAIL, SAY_RCPT, SAY_RCPT,
                                        "DATA",    SAY_TEXT, "QUIT",   NULL};
    struct played p;

    (void)state;
    play(&p, "", HELLO MAIL RCPT RCPT DATA TEXT "! rcpts bob@example.org\n" QUIT, steps);
    assert_string_equal(p.found.data, "wrong-recipients ");
    assert_string_equal(p.out.log.findings[0].detail, "bob@example.org, bob@example.org");
    played_free(&p);
}

/* A file beside the transcript: plain text, without doubled dots or CRLF. */
static void a_message_is_held_against_a_file(void **state) {
    static const struct {
        const char *file;
        const char *found;
    } cases[] = {{"Subject: One\n\n.text\n", ""},
                 {"Subject: One\r\n\r\n.text\r\n", ""},
                 {"Subject: One\n\nother\n", "wrong-message "}};
    static const char *const steps[] = {
        SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", "Subject: One\\r\\n\\r\\n..text\\r\\n.", "QUIT", NULL};
    char dir[] = "/tmp/test-play-XXXXXX", path[100], items[2000];

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/wanted.txt", dir);
    snprintf(items, sizeof items, "%sC: {message:wanted.txt}\nC: .\nS: 250 queued\n! message wanted.txt\n%s",
             HELLO MAIL RCPT DATA, QUIT);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct played p;
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        fputs(cases[i].file, f);
        fclose(f);
        play_in(&p, "", items, dir, steps);
        assert_int_equal(p.result, 0);
        assert_int_equal(strstr(p.found.data, "wrong-message ") != NULL, cases[i].found[0] != '\0');
        assert_int_equal(strstr(p.found.data, "wrong-body ") != NULL, cases[i].found[0] != '\0');
        played_free(&p);
    }
    remove(path);
    remove(dir);
}

/* A file that is not there is our trouble, not the client's. */
static void a_missing_file_is_not_judged(void **state) {
    static const char *const steps[] = {SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "QUIT", NULL};
    struct played p;

    (void)state;
    play_in(&p, "", HELLO MAIL RCPT DATA "C: {message:none.txt}\nC: .\nS: 250 ok\n" QUIT, "/nonexistent",
            steps);
    assert_int_equal(p.result, -1);
    assert_int_equal(p.err.kind, ERR_FILE);
    assert_non_null(strstr(p.err.text, "none.txt"));
    played_free(&p);
}

/* --- ends --- */

static const struct {
    const char *steps[STEPS_MAX];
    const char *found;
} ends[] = {
    {{SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", ">Subject: One\\r\\n\\r\\ntext\\r\\n", "go"}, "closed-early "},
    {{SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", ">Subject: One\\r\\n\\r\\ntext", "go"},
     "no-line-end closed-early "},
    {{SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", "leave"}, "closed-early "},
};

static void a_message_that_never_ends_is_found(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct played p;

        play(&p, "", WHOLE, ends[i].steps);
        assert_string_equal(p.found.data, ends[i].found);
        assert_int_equal(p.out.reached & REACHED_MESSAGE, 0);
        played_free(&p);
    }
}

/* The second message is judged by itself. */
static void several_messages_are_judged_each(void **state) {
    static const char *const steps[] = {SAY_HELLO, SAY_MAIL, SAY_RCPT,
                                        "DATA",    SAY_TEXT, SAY_MAIL,
                                        SAY_RCPT,  "DATA",   "Subject: One\\r\\n\\r\\nother\\r\\n.",
                                        "QUIT",    NULL};
    struct played p;

    (void)state;
    play(&p, "", HELLO MAIL RCPT DATA TEXT MAIL RCPT DATA TEXT QUIT, steps);
    assert_string_equal(p.found.data, "wrong-body ");
    assert_string_equal(p.out.log.events[p.out.log.findings[0].event].text, "other\r\n");
    played_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_compared_as_messages),
        cmocka_unit_test(a_long_message_is_shown_in_part),
        cmocka_unit_test(a_finding_points_at_its_line_and_byte),
        cmocka_unit_test(the_recipients_are_those_that_were_accepted),
        cmocka_unit_test(one_recipient_too_many_is_found),
        cmocka_unit_test(a_message_is_held_against_a_file),
        cmocka_unit_test(a_missing_file_is_not_judged),
        cmocka_unit_test(a_message_that_never_ends_is_found),
        cmocka_unit_test(several_messages_are_judged_each),
    };

    return cmocka_run_group_tests_name("play_message", tests, NULL, NULL);
}
