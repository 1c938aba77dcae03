/* reply: lines, whole replies, every prefix of them, and the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/reply.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- one line --- */

static const struct {
    const char *bytes;
    int used; /* as returned */
    int code;
    bool last;
    const char *text;
} lines[] = {
    {"250 Ok\r\n", 8, 250, true, "Ok"},
    {"250-first\r\n", 11, 250, false, "first"},
    {"250\r\n", 5, 250, true, ""}, /* code alone */
    {"250 \r\n", 6, 250, true, ""},
    {"250-\r\n", 6, 250, false, ""},
    {"250 Ok\n", 7, 250, true, "Ok"}, /* LF alone is taken from servers */
    {"354\n", 4, 354, true, ""},
    {"220  two\r\n", 10, 220, true, " two"},
    {"550 5.1.1 <x@y.test>: no\r\nmore", 26, 550, true, "5.1.1 <x@y.test>: no"},
    {"200 a\r\n", 7, 200, true, "a"},
    {"599 z\r\n", 7, 599, true, "z"},
    {"250 a\rb\r\n", 9, 250, true, "a\rb"},
    {"", 0, 0, false, NULL},
    {"250 Ok", 0, 0, false, NULL},
    {"250 Ok\r", 0, 0, false, NULL},
    {"\r\n", -1, 0, false, NULL},
    {"25\r\n", -1, 0, false, NULL},
    {"2500\r\n", -1, 0, false, NULL},
    {"250_Ok\r\n", -1, 0, false, NULL},
    {"250\tOk\r\n", -1, 0, false, NULL},
    {"199 a\r\n", -1, 0, false, NULL},
    {"600 a\r\n", -1, 0, false, NULL},
    {"850 nonsense\r\n", -1, 0, false, NULL},
    {"2a0 x\r\n", -1, 0, false, NULL},
    {"HTTP/1.1 400 Bad Request\r\n", -1, 0, false, NULL},
    {" 250 Ok\r\n", -1, 0, false, NULL},
};

static void lines_are_parsed(void **state) {
    struct reply_line line;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(reply_line_parse(lines[i].bytes, strlen(lines[i].bytes), &line), lines[i].used);
        if (lines[i].used <= 0)
            continue;
        assert_int_equal(line.code, lines[i].code);
        assert_int_equal(line.last, lines[i].last);
        assert_int_equal(line.text_len, strlen(lines[i].text));
        assert_memory_equal(line.text, lines[i].text, line.text_len);
    }
}

/* --- whole replies --- */

static const struct {
    const char *wire;
    int code;
    size_t lines;
    const char *text;
} replies[] = {
    {"250 Ok\r\n", 250, 1, "Ok"},
    {"250-mail.example.test\r\n250-SIZE 1000\r\n250 AUTH LOGIN\r\n", 250, 3,
     "mail.example.test\nSIZE 1000\nAUTH LOGIN"},
    {"220-mail.example.test\r\n220 \r\n", 220, 2, "mail.example.test\n"},
    {"554 5.7.1 250 is only text here\r\n", 554, 1, "5.7.1 250 is only text here"},
    {"354 End data with <CR><LF>.<CR><LF>\r\n", 354, 1, "End data with <CR><LF>.<CR><LF>"},
    {"250-\r\n250-\r\n250 x\r\n", 250, 3, "\n\nx"},
};

static void replies_are_parsed_and_printed_back(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(replies); i++) {
        size_t n = strlen(replies[i].wire);
        struct reply r;
        struct buf out;

        reply_init(&r);
        buf_init(&out, 4096);
        assert_int_equal(reply_parse(replies[i].wire, n, &r), n);
        assert_int_equal(r.code, replies[i].code);
        assert_int_equal(r.lines, replies[i].lines);
        assert_string_equal(r.text.data, replies[i].text);
        assert_int_equal(reply_print(&out, r.code, r.text.data), 0);
        assert_string_equal(out.data, replies[i].wire);
        buf_free(&out);
        reply_free(&r);
    }
}

/* TCP cuts where it likes: whatever the cut, the answer is "more", and nothing is kept of the half. */
static void every_prefix_asks_for_more(void **state) {
    struct reply r;

    (void)state;
    reply_init(&r);
    for (size_t i = 0; i < COUNT(replies); i++)
        for (size_t n = 0; n < strlen(replies[i].wire); n++) {
            assert_int_equal(reply_parse(replies[i].wire, n, &r), 0);
            assert_int_equal(r.code, 0);
            assert_int_equal(r.text.len, 0);
        }
    reply_free(&r);
}

static void one_reply_is_taken_at_a_time(void **state) {
    static const char wire[] = "250-a\r\n250 b\r\n550 next\r\n";
    struct reply r;

    (void)state;
    reply_init(&r);
    assert_int_equal(reply_parse(wire, strlen(wire), &r), 14);
    assert_int_equal(reply_parse(wire + 14, strlen(wire) - 14, &r), 10);
    assert_int_equal(r.code, 550);
    assert_string_equal(r.text.data, "next"); /* of the first reply nothing is left */
    reply_free(&r);
}

static void bad_replies_are_refused(void **state) {
    static const char *const bad[] = {
        "250-a\r\n251 b\r\n", "250-a\r\n550 b\r\n", "250-a\r\nnonsense\r\n", "nonsense\r\n", "250-a\r\n\r\n",
    };
    struct reply r;

    (void)state;
    reply_init(&r);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(reply_parse(bad[i], strlen(bad[i]), &r), -1);
    reply_free(&r);
}

/* A reply of count lines, the last one with or without an end in sight. */
static void add_lines(struct buf *out, size_t count, const char *last) {
    buf_clear(out);
    for (size_t i = 1; i < count; i++)
        assert_int_equal(buf_add_text(out, "250-x\r\n"), 0);
    assert_int_equal(buf_add_text(out, last), 0);
}

static void endless_replies_end(void **state) {
    static const struct {
        size_t count;
        const char *last;
        bool fits;
    } sizes[] = {
        {REPLY_LINES_MAX - 1, "250 x\r\n", true},
        {REPLY_LINES_MAX, "250 x\r\n", true},
        {REPLY_LINES_MAX + 1, "250 x\r\n", false},
    };
    struct buf wire;
    struct reply r;

    (void)state;
    buf_init(&wire, 65536);
    reply_init(&r);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        add_lines(&wire, sizes[i].count, sizes[i].last);
        assert_int_equal(reply_parse(wire.data, wire.len, &r), sizes[i].fits ? (int)wire.len : -1);
    }
    add_lines(&wire, REPLY_LINES_MAX, "250-x\r\n");
    assert_int_equal(reply_parse(wire.data, wire.len, &r), -1);
    reply_free(&r);
    buf_free(&wire);
}

static void printing_stops_at_the_maximum(void **state) {
    struct buf out;

    (void)state;
    buf_init(&out, 8);
    assert_int_equal(reply_print(&out, 250, "Ok"), 0);
    buf_clear(&out);
    assert_int_equal(reply_print(&out, 250, "Ok!"), -1);
    buf_free(&out);
}

/* --- enhanced codes --- */

static const struct {
    const char *text;
    bool has;
    int status[3];
} enhanced[] = {
    {"5.1.1 no such user", true, {5, 1, 1}},
    {"2.0.0", true, {2, 0, 0}},
    {"4.7.12 wait", true, {4, 7, 12}},
    {"5.999.999 x", true, {5, 999, 999}},
    {"2.1.5\nnext line", true, {2, 1, 5}},
    {"5.1000.1 x", false, {0}},
    {"5.1.1000 x", false, {0}},
    {"3.1.1 x", false, {0}},
    {"1.1.1 x", false, {0}},
    {"5.1 x", false, {0}},
    {"5.1. x", false, {0}},
    {"5..1 x", false, {0}},
    {"5.1.1x", false, {0}},
    {"5.1.1.1 x", false, {0}},
    {"Ok", false, {0}},
    {" 5.1.1 x", false, {0}},
    {"", false, {0}},
};

static void enhanced_codes_are_found(void **state) {
    int status[3];

    (void)state;
    for (size_t i = 0; i < COUNT(enhanced); i++) {
        assert_int_equal(reply_enhanced(enhanced[i].text, strlen(enhanced[i].text), status), enhanced[i].has);
        if (enhanced[i].has)
            assert_memory_equal(status, enhanced[i].status, sizeof status);
    }
    for (size_t n = 0; n < 5; n++)
        assert_false(reply_enhanced("5.1.1 x", n, status));
}

static void the_first_digit_is_the_class(void **state) {
    (void)state;
    assert_int_equal(reply_class(250), 2);
    assert_int_equal(reply_class(354), 3);
    assert_int_equal(reply_class(421), 4);
    assert_int_equal(reply_class(599), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_parsed),
        cmocka_unit_test(replies_are_parsed_and_printed_back),
        cmocka_unit_test(every_prefix_asks_for_more),
        cmocka_unit_test(one_reply_is_taken_at_a_time),
        cmocka_unit_test(bad_replies_are_refused),
        cmocka_unit_test(endless_replies_end),
        cmocka_unit_test(printing_stops_at_the_maximum),
        cmocka_unit_test(enhanced_codes_are_found),
        cmocka_unit_test(the_first_digit_is_the_class),
    };

    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
