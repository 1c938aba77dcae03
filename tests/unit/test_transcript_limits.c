/* transcript: every limit at one less, at itself, at one more. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transcript_fixture.h"

/* HEAD, then n times a line, then an end. */
static bool parses_lines(const char *line, size_t n, const char *end) {
    struct buf text;
    struct err e;
    buf_init(&text, 2 * TRANSCRIPT_FILE_MAX);
    assert_int_equal(buf_add_text(&text, HEAD), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(buf_add_text(&text, line), 0);
    assert_int_equal(buf_add_text(&text, end), 0);
    struct transcript *t = parse(text.data, text.len, &e);
    bool yes = t != NULL;
    transcript_free(t);
    buf_free(&text);
    return yes;
}

static void limit_of_items(void **state) {
    (void)state;
    assert_true(parses_lines("#\n", TRANSCRIPT_ITEMS_MAX - 1, ""));
    assert_true(parses_lines("#\n", TRANSCRIPT_ITEMS_MAX, ""));
    assert_false(parses_lines("#\n", TRANSCRIPT_ITEMS_MAX + 1, ""));
}

static void limit_of_depth(void **state) {
    (void)state;
    for (size_t depth = TRANSCRIPT_DEPTH_MAX - 1; depth <= TRANSCRIPT_DEPTH_MAX + 1; depth++) {
        char end[6 * (TRANSCRIPT_DEPTH_MAX + 1)] = "";
        for (size_t i = 0; i < depth; i++)
            (void)snprintf(end + 5 * i, 6, "@end\n");
        assert_int_equal(parses_lines("@optional\n", depth, end), depth <= TRANSCRIPT_DEPTH_MAX);
    }
}

static bool parses_with(const char *start, const char *piece, size_t n) {
    struct buf line;
    buf_init(&line, 2 * TRANSCRIPT_FILE_MAX);
    assert_int_equal(buf_add_text(&line, start), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(buf_add_text(&line, piece), 0);
    bool yes = parses_lines(line.data, 1, "");
    buf_free(&line);
    return yes;
}

static void limits_on_one_line(void **state) {
    (void)state;
    for (size_t n = TRANSCRIPT_PIECES_MAX - 1; n <= TRANSCRIPT_PIECES_MAX + 1; n++)
        assert_int_equal(parses_with("@write 1", ",2", n - 1), n <= TRANSCRIPT_PIECES_MAX);
    for (size_t n = TRANSCRIPT_WORDS_MAX - 1; n <= TRANSCRIPT_WORDS_MAX + 1; n++)
        assert_int_equal(parses_with("! rcpts", " a@b", n - 1), n <= TRANSCRIPT_WORDS_MAX);
}

static void limit_of_the_file(void **state) {
    (void)state;
    size_t head = strlen(HEAD "# ");
    for (size_t n = TRANSCRIPT_FILE_MAX - 1; n <= TRANSCRIPT_FILE_MAX + 1; n++)
        assert_int_equal(parses_with("# ", "x", n - head), n <= TRANSCRIPT_FILE_MAX);
}

static void limit_of_all_bytes(void **state) {
    (void)state;
    assert_int_equal(TRANSCRIPT_BYTES_MAX, 4 * 16777216);
    assert_true(parses_lines("S> \\*16777216(x)\n", 3, "S> \\*16777215(x)\n"));
    assert_true(parses_lines("S> \\*16777216(x)\n", 3, "S> \\*16777216(x)\n"));
    assert_false(parses_lines("S> \\*16777216(x)\n", 3, "S> \\*16777216(x)y\n"));
}

static const struct {
    const char *format;
    unsigned long max;
} numbers[] = {
    {"@wait %lums\n", TRANSCRIPT_WAIT_MAX},
    {"@repeat 1 %lu\n@end\n", TRANSCRIPT_REPEAT_MAX},
    {"@file x x%lu\n@end\n", TRANSCRIPT_COPIES_MAX},
    {"! exit %lu\n", 255},
};

static void limits_of_numbers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (unsigned long n = numbers[i].max - 1; n <= numbers[i].max + 1; n++) {
            struct buf line;
            buf_init(&line, 100);
            assert_int_equal(buf_addf(&line, numbers[i].format, n), 0);
            assert_int_equal(parses_lines(line.data, 1, ""), n <= numbers[i].max);
            buf_free(&line);
        }
}

static void limit_of_connections(void **state) {
    (void)state;
    char text[32 * (TRANSCRIPT_CONNECTIONS_MAX + 1)] = "";
    for (int n = 1; n <= TRANSCRIPT_CONNECTIONS_MAX + 1; n++) {
        (void)snprintf(text + strlen(text), 32, "@connection %d\n", n);
        assert_int_equal(parses_lines(text, 1, ""), n <= TRANSCRIPT_CONNECTIONS_MAX);
    }
}

static bool parses_names(size_t n) {
    struct buf text;
    buf_init(&text, 10000);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(buf_addf(&text, "C: {n%zu}\n", i), 0);
    bool yes = parses_lines(text.data, 1, "");
    buf_free(&text);
    return yes;
}

static void limit_of_names(void **state) {
    (void)state;
    size_t most = BINDINGS_MAX - 9; /* nine are given */
    assert_true(parses_names(most - 1));
    assert_true(parses_names(most));
    assert_false(parses_names(most + 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit_of_items),       cmocka_unit_test(limit_of_depth),
        cmocka_unit_test(limits_on_one_line),   cmocka_unit_test(limit_of_the_file),
        cmocka_unit_test(limit_of_all_bytes),   cmocka_unit_test(limits_of_numbers),
        cmocka_unit_test(limit_of_connections), cmocka_unit_test(limit_of_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
