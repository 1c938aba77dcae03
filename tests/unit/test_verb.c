/* verb: the table is whole, lines are taken apart, and every command knows its moments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/verb.h"

#include <ctype.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const enum phase phases[] = {PHASE_CONNECTED, PHASE_GREETED, PHASE_READY, PHASE_AUTH,  PHASE_MAIL,
                                    PHASE_RCPT,      PHASE_DATA,    PHASE_TLS,   PHASE_CLOSED};

static void every_row_is_filled(void **state) {
    (void)state;
    for (int v = 0; v < VERB_COUNT; v++) {
        const struct verb_info *info = verb_info((enum verb)v);
        assert_non_null(info->name);
        assert_non_null(info->syntax);
        assert_true(strlen(info->help) > 10);
        assert_int_equal(strncmp(info->rfc, "RFC ", 4), 0);
        assert_in_range(info->standing, 200, 599);
        assert_true(isdigit((unsigned char)info->standing_text[0]));
        assert_int_equal(info->standing_text[0], '0' + info->standing / 100);
        assert_int_equal(info->phases == 0, v == VERB_UNKNOWN);
        assert_int_equal(info->success[0] == 0, v == VERB_UNKNOWN);
    }
}

static void names_find_their_own_row(void **state) {
    struct command c;

    (void)state;
    for (int v = 0; v < VERB_UNKNOWN; v++) {
        const char *name = verb_info((enum verb)v)->name;
        verb_parse(name, strlen(name), &c);
        assert_int_equal(c.verb, v);
        verb_parse(name, strlen(name) - 1, &c); /* a prefix is another word */
        assert_int_equal(c.verb, VERB_UNKNOWN);
    }
}

static void out_of_range_is_unknown(void **state) {
    (void)state;
    assert_ptr_equal(verb_info(VERB_COUNT), verb_info(VERB_UNKNOWN));
    assert_ptr_equal(verb_info((enum verb) - 1), verb_info(VERB_UNKNOWN));
}

static const struct {
    const char *line;
    enum verb verb;
    const char *word;
    const char *args;
} lines[] = {
    {"QUIT\r\n", VERB_QUIT, "QUIT", ""},
    {"QUIT\n", VERB_QUIT, "QUIT", ""},
    {"QUIT", VERB_QUIT, "QUIT", ""},
    {"quit\r\n", VERB_QUIT, "quit", ""},
    {"MaIl fRoM:<a@b.test>\r\n", VERB_MAIL, "MaIl", "fRoM:<a@b.test>"},
    {"EHLO  two.spaces\r\n", VERB_EHLO, "EHLO", " two.spaces"},
    {"EHLO \r\n", VERB_EHLO, "EHLO", ""},
    {"RCPT TO:<b@c.test> NOTIFY=NEVER\r\n", VERB_RCPT, "RCPT", "TO:<b@c.test> NOTIFY=NEVER"},
    {"QUITS\r\n", VERB_UNKNOWN, "QUITS", ""},
    {"QUI\r\n", VERB_UNKNOWN, "QUI", ""},
    {"MAIL:FROM\r\n", VERB_UNKNOWN, "MAIL:FROM", ""},
    {" QUIT\r\n", VERB_UNKNOWN, "", "QUIT"},
    {"?\r\n", VERB_UNKNOWN, "?", ""},
    {"QUIT\r", VERB_UNKNOWN, "QUIT\r", ""}, /* a CR alone ends no line */
    {"\r\n", VERB_UNKNOWN, "", ""},
    {"\n", VERB_UNKNOWN, "", ""},
    {"", VERB_UNKNOWN, "", ""},
};

static void lines_are_taken_apart(void **state) {
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        verb_parse(lines[i].line, strlen(lines[i].line), &c);
        assert_int_equal(c.verb, lines[i].verb);
        assert_int_equal(c.word_len, strlen(lines[i].word));
        assert_memory_equal(c.word, lines[i].word, c.word_len);
        assert_non_null(c.args);
        assert_int_equal(c.args_len, strlen(lines[i].args));
        assert_memory_equal(c.args, lines[i].args, c.args_len);
    }
}

/* NUL is a byte like any other: "QUIT" NUL is not QUIT. */
static void nul_belongs_to_the_word(void **state) {
    struct command c;

    (void)state;
    verb_parse("QUIT\0\r\n", 7, &c);
    assert_int_equal(c.verb, VERB_UNKNOWN);
    assert_int_equal(c.word_len, 5);
}

#define ANY_TIME (PHASE_GREETED | PHASE_READY | PHASE_MAIL | PHASE_RCPT)

static const struct {
    enum verb verb;
    unsigned phases;
} moments[] = {
    {VERB_EHLO, ANY_TIME},    {VERB_HELO, ANY_TIME},    {VERB_STARTTLS, PHASE_READY},
    {VERB_AUTH, PHASE_READY}, {VERB_MAIL, PHASE_READY}, {VERB_RCPT, PHASE_MAIL | PHASE_RCPT},
    {VERB_DATA, PHASE_RCPT},  {VERB_BDAT, PHASE_RCPT},  {VERB_RSET, ANY_TIME},
    {VERB_NOOP, ANY_TIME},    {VERB_HELP, ANY_TIME},    {VERB_VRFY, ANY_TIME},
    {VERB_EXPN, ANY_TIME},    {VERB_QUIT, ANY_TIME},    {VERB_UNKNOWN, 0},
};

static void every_verb_is_legal_in_its_phases_only(void **state) {
    (void)state;
    assert_int_equal(COUNT(moments), VERB_COUNT);
    for (size_t i = 0; i < COUNT(moments); i++)
        for (size_t p = 0; p < COUNT(phases); p++)
            assert_int_equal(verb_legal(moments[i].verb, phases[p]),
                             (moments[i].phases & (unsigned)phases[p]) != 0);
}

/* RFC 2920 3.1: these alone may be followed by more in one group. */
static void only_some_may_be_followed(void **state) {
    (void)state;
    for (int v = 0; v < VERB_COUNT; v++)
        assert_int_equal(!verb_info((enum verb)v)->ends_group,
                         v == VERB_MAIL || v == VERB_RCPT || v == VERB_RSET || v == VERB_BDAT);
}

static const struct {
    enum verb verb;
    int code;
} standing[] = {{VERB_NOOP, 250}, {VERB_RSET, 250},    {VERB_HELP, 214}, {VERB_VRFY, 252}, {VERB_EXPN, 502},
                {VERB_QUIT, 221}, {VERB_UNKNOWN, 500}, {VERB_MAIL, 503}, {VERB_EHLO, 503}, {VERB_DATA, 503}};

static void standing_replies_are_what_servers_say(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(standing); i++)
        assert_int_equal(verb_info(standing[i].verb)->standing, standing[i].code);
}

static void phases_have_names(void **state) {
    static const char *const names[] = {"connected", "greeted", "ready", "auth",  "mail",
                                        "rcpt",      "data",    "tls",   "closed"};

    (void)state;
    for (size_t p = 0; p < COUNT(phases); p++)
        assert_string_equal(phase_name(phases[p]), names[p]);
    assert_string_equal(phase_name((enum phase)(PHASE_MAIL | PHASE_RCPT)), "?");
    assert_string_equal(phase_name((enum phase)0), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_filled),       cmocka_unit_test(names_find_their_own_row),
        cmocka_unit_test(out_of_range_is_unknown),   cmocka_unit_test(lines_are_taken_apart),
        cmocka_unit_test(nul_belongs_to_the_word),   cmocka_unit_test(every_verb_is_legal_in_its_phases_only),
        cmocka_unit_test(only_some_may_be_followed), cmocka_unit_test(standing_replies_are_what_servers_say),
        cmocka_unit_test(phases_have_names),
    };

    return cmocka_run_group_tests_name("verb", tests, NULL, NULL);
}
