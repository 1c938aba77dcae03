/* err: kinds, words, cutting, and errno. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void set_keeps_kind_and_words(void **state) {
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_int_equal(err_set(&e, ERR_HOST, "no host %s, %d tries", "mail.example.test", 3), -1);
    assert_int_equal(e.kind, ERR_HOST);
    assert_string_equal(e.text, "no host mail.example.test, 3 tries");
}

static void a_caller_may_not_care(void **state) {
    (void)state;
    errno = EPIPE;
    assert_int_equal(err_set(NULL, ERR_HOST, "x"), -1);
    assert_int_equal(err_errno(NULL, ERR_HOST, "x"), -1);
    assert_int_equal(errno, EPIPE);
}

static void text_is_cut_at_the_maximum(void **state) {
    static const size_t lengths[] = {
        0, 1, ERR_TEXT_MAX - 2, ERR_TEXT_MAX - 1, ERR_TEXT_MAX, 3 * ERR_TEXT_MAX};
    char longer[3 * ERR_TEXT_MAX + 1];
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        memset(longer, 'x', lengths[i]);
        longer[lengths[i]] = '\0';
        err_set(&e, ERR_LIMIT, "%s", longer);
        assert_int_equal(strlen(e.text), lengths[i] < ERR_TEXT_MAX ? lengths[i] : ERR_TEXT_MAX - 1);

        errno = ENOENT;
        err_errno(&e, ERR_LIMIT, "%s", longer);
        assert_true(strlen(e.text) < ERR_TEXT_MAX);
        assert_memory_equal(e.text, longer, lengths[i] < ERR_TEXT_MAX ? lengths[i] : ERR_TEXT_MAX - 1);
    }
}

static void errno_is_put_into_words(void **state) {
    char expected[ERR_TEXT_MAX];
    struct err e;

    (void)state;
    snprintf(expected, sizeof(expected), "cannot open x: %s", strerror(ENOENT));
    errno = ENOENT;
    assert_int_equal(err_errno(&e, ERR_FILE, "cannot open %s", "x"), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(e.kind, ERR_FILE);
    assert_string_equal(e.text, expected);
}

static void the_text_is_one_harmless_line(void **state) {
    struct err e;

    (void)state;
    err_set(&e, ERR_PROTOCOL, "%s", "a\r\nb\033[2Jc\177 \xc3\xa9");
    assert_string_equal(e.text, "a??b?[2Jc? \xc3\xa9");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_keeps_kind_and_words),      cmocka_unit_test(a_caller_may_not_care),
        cmocka_unit_test(text_is_cut_at_the_maximum),    cmocka_unit_test(errno_is_put_into_words),
        cmocka_unit_test(the_text_is_one_harmless_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
