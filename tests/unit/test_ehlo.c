/* ehlo: what is kept of a server's list, what is cut, and what MAIL and RCPT may then carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/ehlo.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add(struct ehlo *e, const char *text) {
    ehlo_add(e, text, strlen(text));
}

static const struct {
    const char *text;
    const char *name; /* NULL: nothing is kept */
    const char *args;
} lines[] = {
    {"SIZE 35882577", "SIZE", "35882577"},
    {"size 10", "SIZE", "10"},
    {"PIPELINING", "PIPELINING", ""},
    {"PIPELINING ", "PIPELINING", ""},
    {"AUTH LOGIN PLAIN", "AUTH", "LOGIN PLAIN"},
    {"AUTH   LOGIN\tPLAIN  ", "AUTH", "LOGIN PLAIN"},
    {"AUTH=LOGIN PLAIN", "AUTH", "LOGIN PLAIN"},
    {"AUTH=", "AUTH", ""},
    {"auth=login", "AUTH", "login"},
    {"LIMITS RCPTMAX=20 MAILMAX=5", "LIMITS", "RCPTMAX=20 MAILMAX=5"},
    {"8BITMIME\r\n", "8BITMIME", ""},
    {" STARTTLS", "STARTTLS", ""},
    {"X-FOO bar", "X-FOO", "bar"},
    {"", NULL, NULL},
    {"   ", NULL, NULL},
    {"=LOGIN", NULL, NULL},
};

static void lines_are_taken_apart(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct ehlo e;
        ehlo_clear(&e);
        add(&e, lines[i].text);
        assert_int_equal(e.count, lines[i].name != NULL);
        if (lines[i].name == NULL)
            continue;
        assert_string_equal(e.keywords[0].name, lines[i].name);
        assert_string_equal(e.keywords[0].args, lines[i].args);
    }
}

static void keywords_are_found_without_case(void **state) {
    struct ehlo e;

    (void)state;
    ehlo_clear(&e);
    add(&e, "SIZE 1000");
    add(&e, "AUTH PLAIN LOGIN");
    add(&e, "STARTTLS");
    assert_string_equal(ehlo_args(&e, "SIZE"), "1000");
    assert_string_equal(ehlo_args(&e, "size"), "1000");
    assert_string_equal(ehlo_args(&e, "StartTLS"), "");
    assert_null(ehlo_args(&e, "SIZ"));
    assert_null(ehlo_args(&e, "SIZE2"));
    assert_null(ehlo_args(&e, ""));
    ehlo_clear(&e);
    assert_null(ehlo_args(&e, "SIZE"));
}

static const struct {
    const char *word;
    bool offered;
} words[] = {
    {"PLAIN", true},   {"LOGIN", true}, {"login", true},     {"XOAUTH2", true}, {"LOGI", false},
    {"LOGINX", false}, {"OGIN", false}, {"CRAM-MD5", false}, {"", false},
};

/* Old servers list both spellings, one below the other. */
static void words_are_found_in_every_line_of_that_name(void **state) {
    struct ehlo e;

    (void)state;
    ehlo_clear(&e);
    add(&e, "AUTH PLAIN LOGIN");
    add(&e, "AUTH=XOAUTH2");
    for (size_t i = 0; i < COUNT(words); i++)
        assert_int_equal(ehlo_offers(&e, "auth", words[i].word), words[i].offered);
    assert_false(ehlo_offers(&e, "SIZE", "PLAIN"));
}

/* --- limits --- */

static void long_names_are_not_kept(void **state) {
    char text[EHLO_KEYWORD_LEN + 8];
    struct ehlo e;

    (void)state;
    for (size_t n = EHLO_KEYWORD_LEN - 2; n <= EHLO_KEYWORD_LEN; n++) {
        memset(text, 'K', n);
        strcpy(text + n, " x");
        ehlo_clear(&e);
        add(&e, text);
        assert_int_equal(e.count, n < EHLO_KEYWORD_LEN);
        text[n] = '\0';
        assert_int_equal(ehlo_args(&e, text) != NULL, n < EHLO_KEYWORD_LEN);
    }
}

static void long_arguments_are_cut(void **state) {
    char text[EHLO_ARGS_LEN + 16] = "AUTH ";
    struct ehlo e;

    (void)state;
    for (size_t n = EHLO_ARGS_LEN - 2; n <= EHLO_ARGS_LEN; n++) {
        memset(text + 5, 'a', n);
        ehlo_clear(&e);
        ehlo_add(&e, text, 5 + n);
        assert_int_equal(strlen(e.keywords[0].args), n < EHLO_ARGS_LEN ? n : EHLO_ARGS_LEN - 1);
    }
}

static void later_keywords_are_not_kept(void **state) {
    char text[16];
    struct ehlo e;

    (void)state;
    ehlo_clear(&e);
    for (int i = 1; i <= EHLO_KEYWORDS_MAX + 1; i++) {
        snprintf(text, sizeof text, "X%d", i);
        add(&e, text);
        assert_int_equal(e.count, i <= EHLO_KEYWORDS_MAX ? i : EHLO_KEYWORDS_MAX);
        assert_int_equal(ehlo_args(&e, text) != NULL, i <= EHLO_KEYWORDS_MAX);
    }
    assert_non_null(ehlo_args(&e, "X1"));
}

/* --- parameters --- */

static const struct {
    enum verb verb;
    const char *name;
    const char *keyword;
} parameters[] = {
    {VERB_MAIL, "SIZE", "SIZE"}, {VERB_MAIL, "size", "SIZE"},  {VERB_MAIL, "BODY", "8BITMIME"},
    {VERB_MAIL, "RET", "DSN"},   {VERB_MAIL, "ENVID", "DSN"},  {VERB_MAIL, "SMTPUTF8", "SMTPUTF8"},
    {VERB_MAIL, "AUTH", "AUTH"}, {VERB_RCPT, "NOTIFY", "DSN"}, {VERB_RCPT, "ORCPT", "DSN"},
    {VERB_RCPT, "SIZE", NULL},   {VERB_MAIL, "NOTIFY", NULL},  {VERB_MAIL, "SIZ", NULL},
    {VERB_MAIL, "SIZEX", NULL},  {VERB_DATA, "SIZE", NULL},    {VERB_MAIL, "", NULL},
};

static void parameters_belong_to_extensions(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(parameters); i++) {
        const char *keyword =
            ehlo_parameter_keyword(parameters[i].verb, parameters[i].name, strlen(parameters[i].name));
        if (parameters[i].keyword == NULL)
            assert_null(keyword);
        else
            assert_string_equal(keyword, parameters[i].keyword);
    }
}

static const struct {
    const char *offered;
    enum verb verb;
    const char *name;
    const char *value;
    bool allowed;
} cases[] = {
    {"SIZE 10", VERB_MAIL, "SIZE", "5", true},
    {"SIZE", VERB_MAIL, "SIZE", "5", true},
    {"DSN", VERB_MAIL, "SIZE", "5", false},
    {"8BITMIME", VERB_MAIL, "BODY", "8BITMIME", true},
    {"8BITMIME", VERB_MAIL, "BODY", "7BIT", true},
    {"8BITMIME", VERB_MAIL, "body", "8bitmime", true},
    {"8BITMIME", VERB_MAIL, "BODY", "BINARYMIME", false},
    {"BINARYMIME", VERB_MAIL, "BODY", "BINARYMIME", true},
    {"BINARYMIME", VERB_MAIL, "BODY", "binarymime", true},
    {"BINARYMIME", VERB_MAIL, "BODY", "8BITMIME", false},
    {"8BITMIME", VERB_MAIL, "BODY", NULL, true},
    {"DSN", VERB_RCPT, "NOTIFY", "NEVER", true},
    {"DSN", VERB_MAIL, "NOTIFY", "NEVER", false},
    {"SIZE", VERB_RCPT, "NOTIFY", "NEVER", false},
    {"SIZE 100", VERB_RCPT, "SIZE", "5", false}, /* its own command is MAIL */
    {"XNEW", VERB_MAIL, "XNEW", NULL, true},     /* unknown to us, but offered */
    {"XNEW", VERB_RCPT, "xnew", "1", true},
    {"XNEW", VERB_MAIL, "XNE", NULL, false},
    {"XNEW", VERB_DATA, "XNEW", NULL, false},
    {"", VERB_MAIL, "SIZE", "5", false},
};

static void only_what_was_offered_is_allowed(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ehlo e;
        ehlo_clear(&e);
        add(&e, cases[i].offered);
        assert_int_equal(ehlo_allows(&e, cases[i].verb, cases[i].name, strlen(cases[i].name), cases[i].value,
                                     cases[i].value != NULL ? strlen(cases[i].value) : 0),
                         cases[i].allowed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_taken_apart),
        cmocka_unit_test(keywords_are_found_without_case),
        cmocka_unit_test(words_are_found_in_every_line_of_that_name),
        cmocka_unit_test(long_names_are_not_kept),
        cmocka_unit_test(long_arguments_are_cut),
        cmocka_unit_test(later_keywords_are_not_kept),
        cmocka_unit_test(parameters_belong_to_extensions),
        cmocka_unit_test(only_what_was_offered_is_allowed),
    };

    return cmocka_run_group_tests_name("ehlo", tests, NULL, NULL);
}
