/* rules: every row is whole and worded alike; what lib/rules.h promises about weight holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/rules.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_slug(const char *text) {
    return *text != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* "RFC 5321 4.3.2" */
static bool is_rfc(const char *text) {
    unsigned number;
    int used = 0;

    return sscanf(text, "RFC %4u %n", &number, &used) == 1 && number >= 1000 &&
           isdigit((unsigned char)text[used]) &&
           text[used + (int)strspn(text + used, "0123456789.")] == '\0' && text[strlen(text) - 1] != '.';
}

static int count_percent(const char *text) {
    int count = 0;

    for (; *text != '\0'; text++)
        count += *text == '%';
    return count;
}

/* At most one "%s", at the end, and no other "%". */
static bool is_sentence(const char *text) {
    const char *mark = strstr(text, "%s");

    return count_percent(text) == (mark != NULL) && (mark == NULL || mark[2] == '\0');
}

static void every_row_is_filled(void **state) {
    (void)state;
    for (int r = 0; r < RULE_COUNT; r++) {
        const struct rule_info *info = rules_info((enum rule)r);
        if (info->slug == NULL)
            fail_msg("rule number %d has no row", r);
        assert_true(is_slug(info->slug));
        if (info->rfc[0] != '\0' && !is_rfc(info->rfc))
            fail_msg("%s: \"%s\" is not like \"RFC 5321 4.3.2\"", info->slug, info->rfc);
        assert_true(strlen(info->seen) >= 10);
        assert_true(strlen(info->why) >= 20);
        assert_true(strlen(info->advice) >= 20);
        if (!is_sentence(info->seen) || !is_sentence(info->why) || !is_sentence(info->advice))
            fail_msg("%s: %%s stands at the end of a sentence, once", info->slug);
    }
}

/* `seen` stands behind "<-" beside a line of 40 characters or so; why and advice are whole sentences. */
static void sentences_have_their_form(void **state) {
    (void)state;
    for (int r = 0; r < RULE_COUNT; r++) {
        const struct rule_info *info = rules_info((enum rule)r);
        if (!islower((unsigned char)info->seen[0]) || info->seen[strlen(info->seen) - 1] == '.' ||
            strlen(info->seen) > 90)
            fail_msg("%s: what was seen is a short clause: %s", info->slug, info->seen);
        if (!isupper((unsigned char)info->why[0]) || info->why[strlen(info->why) - 1] != '.')
            fail_msg("%s: why is a sentence: %s", info->slug, info->why);
        if (!isupper((unsigned char)info->advice[0]) || info->advice[strlen(info->advice) - 1] != '.')
            fail_msg("%s: the advice is a sentence: %s", info->slug, info->advice);
        assert_null(strstr(info->why, "  "));
        assert_null(strstr(info->advice, "  "));
    }
}

static void slugs_are_unique_and_found(void **state) {
    (void)state;
    for (int r = 0; r < RULE_COUNT; r++)
        assert_int_equal(rules_named(rules_info((enum rule)r)->slug), r);
    assert_int_equal(rules_named("no-such-rule"), RULE_COUNT);
    assert_int_equal(rules_named(""), RULE_COUNT);
    assert_int_equal(rules_named("BARE-LF"), RULE_COUNT);
    assert_int_equal(rules_named("bare-l"), RULE_COUNT);
}

/* A slug in the wrong row would give every report the wrong words. One or two of each table and group. */
static const struct {
    enum rule rule;
    const char *slug;
    const char *group;
} places[] = {
    {RULE_NO_CONNECTION, "no-connection", "The connection"},
    {RULE_TOO_SLOW, "too-slow", "The connection"},
    {RULE_TALK_BEFORE_GREETING, "talk-before-greeting", "Order"},
    {RULE_REPLY_IGNORED, "reply-ignored", "Order"},
    {RULE_UNKNOWN_COMMAND, "unknown-command", "Order"},
    {RULE_BARE_LF, "bare-lf", "Lines and bytes"},
    {RULE_NOT_THESE_BYTES, "not-these-bytes", "Lines and bytes"},
    {RULE_NO_ANGLE_BRACKETS, "no-angle-brackets", "Arguments"},
    {RULE_WRONG_COMMAND, "wrong-command", "Arguments"},
    {RULE_AUTH_IN_CLEAR, "auth-in-clear", "Logging in and TLS"},
    {RULE_STARTTLS_NO_EHLO, "starttls-no-ehlo", "Logging in and TLS"},
    {RULE_TLS_MISSING, "tls-missing", "Logging in and TLS"},
    {RULE_BAD_CERTIFICATE_ACCEPTED, "bad-certificate-accepted", "Logging in and TLS"},
    {RULE_INJECTED_REPLY, "injected-reply", "Logging in and TLS"},
    {RULE_DOT_STUFFING, "dot-stuffing", "The message"},
    {RULE_WRONG_MESSAGE, "wrong-message", "The message"},
    {RULE_NOT_DONE, "not-done", "The program"},
    {RULE_SECRET_SHOWN, "secret-shown", "The program"},
};

static void rows_stand_in_their_place(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        assert_string_equal(rules_info(places[i].rule)->slug, places[i].slug);
        assert_string_equal(rules_group(places[i].rule), places[i].group);
    }
}

/* All others fail: rules.h says so at each name. */
static const struct {
    enum rule rule;
    enum severity severity;
} lighter[] = {
    {RULE_SPACE_AFTER_COLON, SEVERITY_WARN},   {RULE_EXTRA_BLANK_LINE, SEVERITY_WARN},
    {RULE_EIGHT_BIT, SEVERITY_WARN},           {RULE_HELO_ONLY, SEVERITY_NOTE},
    {RULE_HELO_AFTER_STARTTLS, SEVERITY_NOTE}, {RULE_NO_DATE, SEVERITY_NOTE},
};

static enum severity promised(enum rule r) {
    for (size_t i = 0; i < COUNT(lighter); i++)
        if (lighter[i].rule == r)
            return lighter[i].severity;
    return SEVERITY_FAIL;
}

static void rules_weigh_what_the_header_says(void **state) {
    (void)state;
    for (int r = 0; r < RULE_COUNT; r++)
        assert_int_equal(rules_info((enum rule)r)->severity, promised((enum rule)r));
}

static void severities_and_circumstances_have_words(void **state) {
    (void)state;
    assert_string_equal(severity_name(SEVERITY_NOTE), "note");
    assert_string_equal(severity_name(SEVERITY_WARN), "warn");
    assert_string_equal(severity_name(SEVERITY_FAIL), "fail");
    assert_string_equal(rules_circumstance(CIRCUMSTANCE_NONE), "");
    assert_string_equal(rules_circumstance(CIRCUMSTANCE_COUNT), "");
    assert_string_equal(rules_circumstance(CIRCUMSTANCE_NO_RECIPIENT), "no recipient was accepted");
    for (int c = CIRCUMSTANCE_NONE + 1; c < CIRCUMSTANCE_COUNT; c++)
        assert_true(strlen(rules_circumstance((enum circumstance)c)) > 10);
}

static const struct {
    const char *sentence;
    const char *fill;
    const char *words;
} sentences[] = {
    {"you went on; %s", "no recipient was accepted", "you went on; no recipient was accepted"},
    {"you went on; %s", "", "you went on"},
    {"you went on; %s", NULL, "you went on"},
    {"it broke off: %s", NULL, "it broke off"},
    {"%s", NULL, ""},
    {"%s", "all of it", "all of it"},
    {"nothing to fill", "unused", "nothing to fill"},
    {"you went on; %s", "100% and %s", "you went on; 100% and %s"}, /* what comes from outside is no format */
};

static void sentences_are_filled(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(sentences); i++) {
        struct buf out;
        buf_init(&out, 100);
        assert_int_equal(rules_sentence(&out, sentences[i].sentence, sentences[i].fill), 0);
        assert_string_equal(out.data, sentences[i].words);
        buf_free(&out);
    }
}

static void the_maximum_is_kept(void **state) {
    struct buf out;

    (void)state;
    buf_init(&out, 5);
    assert_int_equal(rules_sentence(&out, "abc%s", "de"), 0);
    buf_clear(&out);
    assert_int_equal(rules_sentence(&out, "abc%s", "def"), -1);
    assert_int_equal(rules_sentence(&out, "abcdef", NULL), -1);
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_filled),
        cmocka_unit_test(sentences_have_their_form),
        cmocka_unit_test(slugs_are_unique_and_found),
        cmocka_unit_test(rows_stand_in_their_place),
        cmocka_unit_test(rules_weigh_what_the_header_says),
        cmocka_unit_test(severities_and_circumstances_have_words),
        cmocka_unit_test(sentences_are_filled),
        cmocka_unit_test(the_maximum_is_kept),
    };

    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
