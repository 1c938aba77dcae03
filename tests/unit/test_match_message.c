/* match_message: two messages compared as messages (rule R8). */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/match.h"

/* The findings of one comparison as text: "slug@offset(expected) ...". */
struct told {
    char text[2000];
};

static void note(void *arg, enum rule rule, size_t at, const char *expected) {
    struct told *told = arg;
    size_t used = strlen(told->text);
    (void)snprintf(told->text + used, sizeof told->text - used, "%s%s@%zu%s%s%s", used ? " " : "",
                   rules_info(rule)->slug, at, expected ? "(" : "", expected ? expected : "",
                   expected ? ")" : "");
}

#define TWO "From: a@b.test\r\nSubject: One\r\n\r\nhello\r\n"
#define DOTS "Subject: One\r\n\r\n..profile\r\nend\r\n"

static const struct {
    const char *expected;
    const char *actual;
    int fails;
    const char *told;
} rows[] = {
    /* the same, said differently */
    {TWO, TWO, 0, ""},
    {TWO, "Date: now\r\nsubject:One\r\nFROM:   a@b.test  \r\nX: y\r\n\r\nhello\r\n", 0, ""},
    {TWO, "From: a@b.test\nSubject: One\n\nhello\n", 0, ""}, /* bare-lf is dialogue's to tell */
    {"Subject: One two three\r\n\r\nx\r\n", "Subject: One\r\n two\r\n\tthree\r\n\r\nx\r\n", 0, ""},
    {"Subject: One\r\n two\r\n\r\nx\r\n", "Subject: One two\r\n\r\nx\r\n", 0, ""},
    {"Subject:\r\n\r\nx\r\n", "Subject: \r\n\r\nx\r\n", 0, ""},
    {"X: 1\r\nX: 2\r\n\r\nx\r\n", "X: 2\r\nX: 1\r\n\r\nx\r\n", 0, ""},
    {DOTS, DOTS, 0, ""},
    {"", "", 0, ""},
    /* a body in another coding, and said so, is what its reader has */
    {TWO, "From: a@b.test\r\nSubject: One\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8NCg==\r\n", 0,
     ""},
    {TWO, "From: a@b.test\r\nSubject: One\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n", 0, ""},
    {TWO, "From: a@b.test\r\nSubject: One\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbA==\r\n", 1,
     "wrong-body@67(hello)"},
    {TWO, "From: a@b.test\r\nSubject: One\r\n\r\naGVsbG8NCg==\r\n", 1, "wrong-body@32(hello)"},
    {DOTS, "Content-Transfer-Encoding: Quoted-Printable\r\nSubject: One\r\n\r\n=2Eprofile=\r\n\r\nend=\r\n",
     0, ""},
    {DOTS, "Content-Transfer-Encoding: quoted-printable\r\nSubject: One\r\n\r\n.profile\r\nend\r\n", 1,
     "dot-stuffing@61(..profile)"},
    /* no header is asked for */
    {"\r\nhello\r\n", "\r\nhello\r\n", 0, ""},
    {"\r\nhello\r\n", "Subject: x\r\n\r\nhello\r\n", 0, ""},
    {"hello\r\n", "hello\r\n", 0, ""},
    {"hello\r\n", "Subject: x\r\n\r\nhello\r\n", 0, ""},
    {"Subject: x\r\n", "Subject: x\r\n", 0, ""},
    {"Subject: x\r\n", "Subject: x\r\n\r\n", 0, ""},
    /* one empty line more is a warning, one less is nothing, two more are too many */
    {TWO, TWO "\r\n", 0, "extra-blank-line@39"},
    {TWO "\r\n", TWO, 0, ""},
    {TWO, TWO "\r\n\r\n", 1, "wrong-body@39"},
    {"Subject: x\r\n\r\n", "Subject: x\r\n\r\n\r\n", 0, "extra-blank-line@14"},
    /* header fields */
    {TWO, "From: a@b.test\r\n\r\nhello\r\n", 1, "header-missing@16(Subject: One)"},
    {TWO, "From: a@b.test\r\nSubject: Ono\r\n\r\nhello\r\n", 1, "header-missing@27(Subject: One)"},
    {TWO, "From: a@b.test\r\nSubject: one\r\n\r\nhello\r\n", 1, "header-missing@25(Subject: One)"},
    {TWO, "From: a@b.test\r\nSubject: One\r\nSubject: One\r\n\r\nhello\r\n", 1,
     "header-missing@30(Subject: One)"},
    {TWO, "Subject: Two\r\nFrom: a@b.test\r\nSubject: One\r\n\r\nhello\r\n", 1,
     "header-missing@0(Subject: One)"},
    {TWO, "Subject:\r\n Uno\r\nFrom: a@b.test\r\n\r\nhello\r\n", 1, "header-missing@8(Subject: One)"},
    {TWO, "\r\nhello\r\n", 1, "header-missing@0(From: a@b.test)"}, /* no header at all is one cause */
    {TWO, "hello\r\n", 1, "header-missing@0(From: a@b.test)"},
    {TWO, "X: y\r\n\r\nhello\r\n", 2, "header-missing@6(From: a@b.test) header-missing@6(Subject: One)"},
    /* no empty line */
    {TWO, "From: a@b.test\r\nSubject: One\r\nhello\r\n", 1, "no-blank-line@30"},
    {TWO, "From: a@b.test\r\nSubject: One\r\n", 1, "no-blank-line@30"},
    {TWO, "From: a@b.test\r\nSubject: One\r\nhello\r\n\r\nmore\r\n", 1, "no-blank-line@30"},
    {"Subject: One\r\n\r\nNote: x\r\n", "Subject: One\r\nNote: x\r\n", 1, "no-blank-line@23"},
    /* the body */
    {TWO, "From: a@b.test\r\nSubject: One\r\n\r\nhallo\r\n", 1, "wrong-body@33(hello)"},
    {TWO, "From: a@b.test\r\nSubject: One\r\n\r\nhello \r\n", 1, "wrong-body@37(hello)"},
    {TWO, "From: a@b.test\r\nSubject: One\r\n\r\n", 1, "wrong-body@32(hello)"},
    {TWO, TWO "more\r\n", 1, "wrong-body@39"},
    {TWO, "From: a@b.test\r\nSubject: One\r\n\r\nhell\r\no\r\n", 1, "wrong-body@36(hello)"},
    {"\r\na\tb\r\n", "\r\na b\r\n", 1, "wrong-body@3(a\\tb)"},
    {TWO, "", 1, "header-missing@0(From: a@b.test)"},
    /* transparency */
    {DOTS, "Subject: One\r\n\r\n.profile\r\nend\r\n", 1, "dot-stuffing@16(..profile)"},
    {DOTS, "Subject: One\r\n\r\n...profile\r\nend\r\n", 1, "wrong-body@18(.profile)"},
    {DOTS, "Subject: One\r\n\r\n..Profile\r\nend\r\n", 1, "wrong-body@18(.profile)"},
    {DOTS, "Subject: One\r\n..profile\r\nend\r\n", 1, "no-blank-line@14"},
    {DOTS, "Subject: One\r\n.profile\r\nend\r\n", 2, "no-blank-line@14 dot-stuffing@14(..profile)"},
    {"\r\na\r\n..\r\nb\r\n", "\r\na\r\n", 1, "dot-stuffing@5(..)"}, /* the lone dot ended it */
    {"\r\n...\r\n", "\r\n..\r\n", 1, "dot-stuffing@2(...)"},
};

static int compare(const char *expected, const char *actual, size_t n, struct told *told) {
    char *exact = malloc(n ? n : 1); /* so that a read too far is seen */
    assert_non_null(exact);
    memcpy(exact, actual, n);
    told->text[0] = '\0';
    int fails = match_message(expected, strlen(expected), exact, n, note, told);
    free(exact);
    return fails;
}

static void messages_compare_as_messages(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct told told;
        int fails = compare(rows[i].expected, rows[i].actual, strlen(rows[i].actual), &told);
        if (fails != rows[i].fails || strcmp(told.text, rows[i].told) != 0)
            fail_msg("row %zu: %d fails, \"%s\", but expected %d, \"%s\"", i, fails, told.text, rows[i].fails,
                     rows[i].told);
        assert_int_equal(match_message(rows[i].expected, strlen(rows[i].expected), rows[i].actual,
                                       strlen(rows[i].actual), NULL, NULL),
                         rows[i].fails);
    }
}

/* A message cut short is never taken for the whole one, except where only line ends are gone. */
static void prefixes_are_told(void **state) {
    (void)state;
    for (size_t n = 0; n < strlen(DOTS); n++) {
        struct told told;
        int fails = compare(DOTS, DOTS, n, &told);
        bool whole_but_line_end = n >= strlen(DOTS) - 2;
        if (whole_but_line_end != (fails == 0) && n != strlen(DOTS) - 1)
            fail_msg("%zu bytes: %d fails, \"%s\"", n, fails, told.text);
    }
}

static void what_is_expected_is_shown_harmless_and_short(void **state) {
    (void)state;
    char line[1000];
    struct told told;
    (void)snprintf(line, sizeof line, "\r\n\x1b%0990d\r\n", 0);
    assert_int_equal(compare(line, "\r\n", 2, &told), 1);
    assert_int_equal(strncmp(told.text, "wrong-body@2(\\x1B000", 20), 0);
    assert_true(strlen(told.text) < 250);
}

/* More fields than are looked at: no field is written past the end. */
static void very_many_fields(void **state) {
    (void)state;
    for (int n = 199; n <= 201; n++) {
        static char text[20 * 202];
        text[0] = '\0';
        for (int i = 0; i < n; i++)
            (void)snprintf(text + strlen(text), 20, "X-%d: y\r\n", i);
        (void)snprintf(text + strlen(text), 20, "\r\nbody\r\n");
        struct told told;
        int fails = compare("X-0: y\r\n\r\nbody\r\n", text, strlen(text), &told);
        assert_int_equal(fails, n <= 200 ? 0 : 1);
    }
}

static const struct {
    const char *actual;
    const char *told;
} any[] = {
    {TWO, ""},
    {"Subject: x\r\n\r\n", ""},
    {"Subject: x\r\n", ""}, /* a header alone is a message (RFC 5322 3.5) */
    {"", "header-missing@0"},
    {"hello\r\n", "header-missing@0"},
    {"\r\nhello\r\n", "header-missing@0"},
    {"Subject: x\r\nhello\r\n", "no-blank-line@12"},
    {"Subject: x\r\n folded\r\n\r\nhello\r\n", ""},
};

static void any_message_must_be_well_formed(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof any / sizeof *any; i++) {
        struct told told = {""};
        int fails = match_any_message(any[i].actual, strlen(any[i].actual), note, &told);
        assert_string_equal(told.text, any[i].told);
        assert_int_equal(fails, any[i].told[0] ? 1 : 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_compare_as_messages),
        cmocka_unit_test(prefixes_are_told),
        cmocka_unit_test(what_is_expected_is_shown_harmless_and_short),
        cmocka_unit_test(very_many_fields),
        cmocka_unit_test(any_message_must_be_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
