/* buf: growth, the hard maximum, and the NUL that is always there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/buf.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The content, and what must hold for any buffer. */
static void assert_holds(const struct buf *b, const void *bytes, size_t n) {
    assert_int_equal(b->len, n);
    assert_true(b->len <= b->max);
    assert_non_null(b->data);
    assert_true(b->cap == 0 ? b->len == 0 : b->len < b->cap);
    assert_int_equal(b->data[b->len], '\0');
    assert_memory_equal(b->data, bytes, n);
}

static void a_new_buffer_is_an_empty_string(void **state) {
    struct buf b;

    (void)state;
    buf_init(&b, 10);
    assert_holds(&b, "", 0);
    buf_clear(&b);
    buf_take(&b, 3);
    assert_holds(&b, "", 0);
    assert_int_equal(buf_add(&b, NULL, 0), 0);
    assert_holds(&b, "", 0);
    buf_free(&b);
    buf_free(&b);
}

static void the_maximum_is_hard(void **state) {
    static const struct {
        size_t max, there, added;
        int result;
    } cases[] = {
        {0, 0, 0, 0},    {0, 0, 1, -1},     {1, 0, 1, 0},      {1, 1, 1, -1},     {10, 0, 9, 0},
        {10, 0, 10, 0},  {10, 0, 11, -1},   {10, 9, 1, 0},     {10, 9, 2, -1},    {10, 10, 1, -1},
        {63, 62, 1, 0},  {64, 63, 1, 0},    {64, 64, 1, -1},   {64, 0, 64, 0},    {65, 64, 1, 0},
        {100, 1, 99, 0}, {100, 1, 100, -1}, {100, 50, 51, -1}, {1000, 999, 1, 0},
    };
    char bytes[1000];

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int formatted = 0; formatted < 2; formatted++) {
            struct buf b;
            size_t n = cases[i].there + (cases[i].result == 0 ? cases[i].added : 0);

            buf_init(&b, cases[i].max);
            assert_int_equal(buf_add(&b, bytes, cases[i].there), 0);
            assert_int_equal(formatted ? buf_addf(&b, "%.*s", (int)cases[i].added, bytes)
                                       : buf_add(&b, bytes, cases[i].added),
                             cases[i].result);
            assert_holds(&b, bytes, n);
            buf_free(&b);
        }
}

static void bytes_come_back_in_order(void **state) {
    struct buf b;
    char expected[5000];

    (void)state;
    buf_init(&b, sizeof(expected));
    for (size_t i = 0; i < sizeof(expected); i++) {
        expected[i] = (char)(i * 7); /* NULs among them */
        assert_int_equal(buf_add_char(&b, expected[i]), 0);
    }
    assert_holds(&b, expected, sizeof(expected));
    assert_int_equal(buf_add_char(&b, 'x'), -1);
    buf_free(&b);
}

static void text_and_formats(void **state) {
    struct buf b;

    (void)state;
    buf_init(&b, SIZE_MAX);
    assert_int_equal(buf_add_text(&b, "EHLO "), 0);
    assert_int_equal(buf_add_text(&b, ""), 0);
    assert_int_equal(buf_addf(&b, "%s%c%d", "client", '.', 7), 0);
    assert_int_equal(buf_addf(&b, "%s", ""), 0);
    assert_holds(&b, "EHLO client.7", 13);
    buf_free(&b);
}

static void numbers(void **state) {
    static const unsigned long cases[] = {0, 1, 9, 10, 99, 100, 4294967295UL, ULONG_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char expected[32];
        int n = snprintf(expected, sizeof(expected), "%lu", cases[i]);
        struct buf b;

        buf_init(&b, (size_t)n);
        assert_int_equal(buf_add_number(&b, cases[i]), 0);
        assert_holds(&b, expected, (size_t)n);
        assert_int_equal(buf_add_number(&b, cases[i]), -1);
        assert_holds(&b, expected, (size_t)n);
        buf_free(&b);
    }
}

/* Wherever in the allocated room a format begins and ends: it is printed once or twice, and must not differ. */
static void formats_at_every_place(void **state) {
    char bytes[200];

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    for (size_t there = 0; there < 70; there++)
        for (size_t added = 0; added < 70; added++) {
            struct buf b;

            buf_init(&b, 100);
            buf_add(&b, bytes, there);

            int result = buf_addf(&b, "%.*s", (int)added, bytes);

            assert_int_equal(result, there + added <= 100 ? 0 : -1);
            assert_holds(&b, bytes, there + (result == 0 ? added : 0));
            buf_free(&b);
        }
}

static void taking_drops_the_front(void **state) {
    (void)state;
    for (size_t n = 0; n <= 8; n++) {
        struct buf b;

        buf_init(&b, 100);
        buf_add_text(&b, "abcdef");
        buf_take(&b, n);
        assert_holds(&b, n < 6 ? &"abcdef"[n] : "", n < 6 ? 6 - n : 0);
        buf_add_text(&b, "!");
        assert_int_equal(b.data[b.len - 1], '!');
        buf_free(&b);
    }
}

static void clearing_keeps_the_memory(void **state) {
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_add_text(&b, "abcdef");

    const char *before = b.data;

    buf_clear(&b);
    assert_holds(&b, "", 0);
    buf_add_text(&b, "xyz");
    assert_ptr_equal(b.data, before);
    assert_holds(&b, "xyz", 3);
    buf_free(&b);
    assert_holds(&b, "", 0);
    assert_int_equal(buf_add_text(&b, "again"), 0);
    buf_free(&b);
}

static void stealing_hands_the_bytes_over(void **state) {
    struct buf b;
    char *text;

    (void)state;
    buf_init(&b, 100);
    text = buf_steal(&b); /* also of a buffer that never held anything */
    assert_string_equal(text, "");
    free(text);

    buf_add_text(&b, "abc");
    text = buf_steal(&b);
    assert_holds(&b, "", 0);
    assert_int_equal(b.max, 100);
    buf_add_text(&b, "other");
    assert_string_equal(text, "abc");
    free(text);
    buf_free(&b);
}

static void room_is_filled_in_place(void **state) {
    struct buf b;
    char *room;

    (void)state;
    buf_init(&b, 10);
    buf_add_text(&b, "ab");
    assert_null(buf_room(&b, 9));
    room = buf_room(&b, 8);
    assert_non_null(room);
    memset(room, 'c', 3);
    buf_grew(&b, 3);
    assert_holds(&b, "abccc", 5);
    assert_non_null(buf_room(&b, 0));
    buf_grew(&b, 0);
    assert_holds(&b, "abccc", 5);
    buf_free(&b);
}

static void sums_that_do_not_fit_a_number_are_refused(void **state) {
    struct buf b;

    (void)state;
    buf_init(&b, SIZE_MAX);
    buf_add_text(&b, "abc");
    assert_null(buf_room(&b, SIZE_MAX));
    assert_null(buf_room(&b, SIZE_MAX - 3));
    assert_holds(&b, "abc", 3);
    buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_buffer_is_an_empty_string),
        cmocka_unit_test(the_maximum_is_hard),
        cmocka_unit_test(bytes_come_back_in_order),
        cmocka_unit_test(text_and_formats),
        cmocka_unit_test(numbers),
        cmocka_unit_test(formats_at_every_place),
        cmocka_unit_test(taking_drops_the_front),
        cmocka_unit_test(clearing_keeps_the_memory),
        cmocka_unit_test(stealing_hands_the_bytes_over),
        cmocka_unit_test(room_is_filled_in_place),
        cmocka_unit_test(sums_that_do_not_fit_a_number_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
