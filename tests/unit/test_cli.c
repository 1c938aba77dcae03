/* cli: one option at a time, by a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/cli.h"

#include <string.h>

#define WORDS 4

static struct {
    const char *file;
    unsigned short port;
    bool once;
    const char *jobs;
} got;

static int refuse(const char *text, void *to, struct err *e) {
    (void)to;
    return text[0] == '?' ? err_set(e, ERR_INPUT, "no questions") : -1;
}

static const struct cli_option rows[] = {
    {"--file", cli_text, &got.file, "a file"}, {"--port", cli_port, &got.port, "a port from 0 to 65535"},
    {"-j", cli_text, &got.jobs, "a number"},   {"--refuse", refuse, NULL, "nothing"},
    {"--once", NULL, &got.once, NULL},         {NULL, NULL, NULL, NULL},
};

/* The words are taken from the first on: how many, or what is wrong. */
static const struct {
    const char *words[WORDS];
    int taken;
    const char *error;
} cases[] = {
    {{"--file", "x"}, 2, NULL},
    {{"--file=x"}, 1, NULL},
    {{"--file=x=y"}, 1, NULL},
    {{"--file="}, 1, NULL},
    {{"--port", "0"}, 2, NULL},
    {{"--port=65535"}, 1, NULL},
    {{"-j", "4"}, 2, NULL},
    {{"-j4"}, 1, NULL},
    {{"--once", "x"}, 1, NULL},
    {{"--port", "65536"}, -1, "--port wants a port from 0 to 65535, not '65536'"},
    {{"--port", "-1"}, -1, "--port wants a port from 0 to 65535, not '-1'"},
    {{"--port", "1x"}, -1, "--port wants a port from 0 to 65535, not '1x'"},
    {{"--port="}, -1, "--port wants a port from 0 to 65535, not ''"},
    {{"--port"}, -1, "--port wants a port from 0 to 65535"},
    {{"--once=1"}, -1, "--once takes no value"},
    {{"--onc"}, -1, "unknown option --onc"},
    {{"-x"}, -1, "unknown option -x"},
    {{"--refuse", "!"}, -1, "--refuse wants nothing, not '!'"},
    {{"--refuse", "?"}, -1, "--refuse: no questions"},
};

static void options(void **state) {
    (void)state;
    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        char words[WORDS][32] = {{0}};
        char *argv[WORDS];
        struct err e = {ERR_NONE, ""};
        int argc = 0;
        int i = 0;

        while (argc < WORDS && cases[n].words[argc] != NULL) {
            strcpy(words[argc], cases[n].words[argc]);
            argv[argc] = words[argc];
            argc++;
        }

        int result = cli_take(rows, argc, argv, &i, &e);

        assert_int_equal(result == 0 ? i + 1 : -1, cases[n].taken);
        assert_string_equal(e.text, cases[n].error == NULL ? "" : cases[n].error);
    }
}

static void values(void **state) {
    char *argv[] = {"--file=x=y", "--port", "2525", "--once", "-j12"};

    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(cli_take(rows, 5, argv, &i, NULL), 0);
    assert_string_equal(got.file, "x=y");
    assert_int_equal(got.port, 2525);
    assert_true(got.once);
    assert_string_equal(got.jobs, "12");
}

static void all_words_are_options(void **state) {
    char *good[] = {"program", "--port", "2525", "--once"};
    char *word[] = {"program", "--once", "2525"};
    char *wrong[] = {"program", "--once", "--onc"};
    struct err e = {ERR_NONE, ""};

    (void)state;
    got.once = false;
    assert_int_equal(cli_take_all(rows, 1, good, &e), 0);
    assert_false(got.once);
    assert_int_equal(cli_take_all(rows, 4, good, &e), 0);
    assert_true(got.once);
    assert_int_equal(cli_take_all(rows, 3, word, &e), -1);
    assert_string_equal(e.text, "'2525' is no option");
    assert_int_equal(cli_take_all(rows, 3, wrong, &e), -1);
    assert_string_equal(e.text, "unknown option --onc");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_words_are_options),
        cmocka_unit_test(options),
        cmocka_unit_test(values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
