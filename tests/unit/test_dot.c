/* dot: there, back again, and where the message ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/dot.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *message;
    const char *wire;
} pairs[] = {
    {"", ""},
    {"text\r\n", "text\r\n"},
    {".\r\n", "..\r\n"},
    {"..\r\n", "...\r\n"},
    {".profile\r\n", "..profile\r\n"},
    {"a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"},
    {"a\r\n.b\r\n..c\r\n", "a\r\n..b\r\n...c\r\n"},
    {"a.\r\n", "a.\r\n"}, /* a dot inside a line stays alone */
    {"\r\n.\r\n", "\r\n..\r\n"},
    {".", ".."}, /* no line end yet */
    {"a\r\n.", "a\r\n.."},
    {"a\n.\nb\r\n", "a\n.\nb\r\n"}, /* LF alone begins no line */
    {"a\r.\rb\r\n", "a\r.\rb\r\n"}, /* nor does CR */
    {"a\r\r\n.b\r\n", "a\r\r\n..b\r\n"},
    {"a\n\r\n.b\r\n", "a\n\r\n..b\r\n"},
    {".\n.\r\n.", "..\n.\r\n.."},
};

static void dots_are_doubled(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct buf out;
        buf_init(&out, 1000);
        assert_int_equal(dot_stuff(&out, pairs[i].message, strlen(pairs[i].message)), 0);
        assert_string_equal(out.data, pairs[i].wire);
        buf_free(&out);
    }
}

static void the_way_back_gives_the_message(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct buf out;
        buf_init(&out, 1000);
        assert_int_equal(dot_unstuff(&out, pairs[i].wire, strlen(pairs[i].wire)), 0);
        assert_string_equal(out.data, pairs[i].message);
        buf_free(&out);
    }
}

/* Every text of up to six characters from the four that matter, NUL included by length. */
static void every_short_text_comes_back(void **state) {
    static const char letters[] = {'.', '\r', '\n', 'a'};
    char text[6];

    (void)state;
    for (unsigned n = 0; n <= sizeof text; n++)
        for (unsigned code = 0; code < 1U << 2 * n; code++) {
            struct buf wire;
            struct buf back;
            for (unsigned i = 0; i < n; i++)
                text[i] = letters[code >> 2 * i & 3];
            buf_init(&wire, 100);
            buf_init(&back, 100);
            assert_int_equal(dot_stuff(&wire, text, n), 0);
            assert_int_equal(dot_end(wire.data, wire.len), 0); /* no message can end itself */
            assert_int_equal(dot_unstuff(&back, wire.data, wire.len), 0);
            assert_int_equal(back.len, n);
            assert_memory_equal(back.data, text, n);
            buf_free(&wire);
            buf_free(&back);
        }
}

static void nul_is_a_byte_like_any_other(void **state) {
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    assert_int_equal(dot_stuff(&out, "a\0\r\n.\0b", 7), 0);
    assert_int_equal(out.len, 8);
    assert_memory_equal(out.data, "a\0\r\n..\0b", 8);
    buf_free(&out);
}

static const struct {
    const char *wire;
    size_t end;
} ends[] = {
    {".\r\n", 3},
    {".\r\nQUIT\r\n", 3},
    {"a\r\n.\r\n", 6},
    {"a\r\n.\r\n.\r\n", 6},
    {"a\r\n..\r\n.\r\n", 10},
    {"\r\n.\r\n", 5},
    {"a\r\n.b\r\n.\r\n", 10},
    {"a\r\r\n.\r\n", 7},
    {"", 0},
    {"a\r\n", 0},
    {"a.\r\n", 0},
    {"..\r\n", 0},
    {"a\n.\n", 0}, /* what a careless server takes for the end is none */
    {"a\n.\r\n", 0},
    {"a\r\n.\n", 0},
    {"a\r\n.\r", 0},
    {"a\r.\r", 0},
    {"a\r.\r\n", 0},
    {".\r", 0},
    {".\n", 0},
    {" .\r\n", 0},
    {". \r\n", 0},
};

static void the_end_is_where_it_is(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++)
        assert_int_equal(dot_end(ends[i].wire, strlen(ends[i].wire)), ends[i].end);
}

static void before_the_end_there_is_none(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++)
        for (size_t n = 0; n < strlen(ends[i].wire); n++)
            assert_int_equal(dot_end(ends[i].wire, n), n >= ends[i].end ? ends[i].end : 0);
}

static void the_maximum_is_kept(void **state) {
    struct buf out;

    (void)state;
    buf_init(&out, 4);
    assert_int_equal(dot_stuff(&out, ".a\r\n", 4), -1);
    buf_clear(&out);
    assert_int_equal(dot_stuff(&out, ".\r\n", 3), 0);
    buf_clear(&out);
    assert_int_equal(dot_unstuff(&out, "..abc", 5), 0);
    buf_clear(&out);
    assert_int_equal(dot_unstuff(&out, "..abcd", 6), -1);
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots_are_doubled),
        cmocka_unit_test(the_way_back_gives_the_message),
        cmocka_unit_test(every_short_text_comes_back),
        cmocka_unit_test(nul_is_a_byte_like_any_other),
        cmocka_unit_test(the_end_is_where_it_is),
        cmocka_unit_test(before_the_end_there_is_none),
        cmocka_unit_test(the_maximum_is_kept),
    };

    return cmocka_run_group_tests_name("dot", tests, NULL, NULL);
}
