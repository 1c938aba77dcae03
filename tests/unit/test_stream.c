/*
 * stream: lines out of pieces, limits, ends, peeking, tap and swap. Its time limits and signals:
 * test_stream_time.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/stream.h"
#include "other.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- lines --- */

/* What reading lines of up to `max` bytes gives: the lines joined by '|', then how it ended. */
static const struct {
    const char *input;
    size_t max;
    const char *lines;
    enum err_kind end; /* ERR_NONE: end of file */
} line_cases[] = {
    {"", 10, "", ERR_NONE},
    {"\n", 10, "\n|", ERR_NONE},
    {"250 Ok\r\n", 10, "250 Ok\r\n|", ERR_NONE},
    {"a\r\nb\nc\r\n", 10, "a\r\n|b\n|c\r\n|", ERR_NONE},
    {"a\rb\n", 10, "a\rb\n|", ERR_NONE},
    {"\r\n\r\n\n", 10, "\r\n|\r\n|\n|", ERR_NONE},
    {"a\nb", 10, "a\n|b", ERR_CLOSED},
    {"a\r", 10, "a\r", ERR_CLOSED},
    /* max - 1, max, max + 1 */
    {"12345678\n", 10, "12345678\n|", ERR_NONE},
    {"123456789\n", 10, "123456789\n|", ERR_NONE},
    {"1234567890\n", 10, "", ERR_LIMIT},
    {"123456789", 10, "123456789", ERR_CLOSED},
    {"1234567890", 10, "", ERR_LIMIT},
    {"ok\n1234567890\n", 10, "ok\n|", ERR_LIMIT},
    {"\n", 1, "\n|", ERR_NONE},
    {"x\n", 1, "", ERR_LIMIT},
};

static void check_lines(struct stream *s, size_t which) {
    struct buf line;
    struct buf all;
    struct err e = {ERR_NONE, ""};
    ssize_t n;

    buf_init(&line, 1000);
    buf_init(&all, 1000);
    while ((n = stream_read_line(s, &line, line_cases[which].max, &e)) > 0) {
        assert_int_equal(n, line.len);
        buf_addf(&all, "%s|", line.data);
    }
    buf_add(&all, line.data, line.len); /* what there was of a line that was cut short */
    assert_string_equal(all.data, line_cases[which].lines);
    assert_int_equal(e.kind, line_cases[which].end);
    assert_int_equal(n, line_cases[which].end == ERR_NONE ? 0 : -1);
    buf_free(&line);
    buf_free(&all);
}

static void lines_from_memory(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(line_cases); i++) {
        struct stream *s = stream_from_memory(line_cases[i].input, strlen(line_cases[i].input));

        check_lines(s, i);
        stream_free(s);
    }
}

static void lines_from_a_socket_in_pieces(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(line_cases); i++)
        for (size_t piece = 1; piece <= 3; piece++) {
            struct other o = {.bytes = line_cases[i].input, .n = strlen(line_cases[i].input), .piece = piece};
            struct stream *s = other_pair(&o.fd);

            other_start(&o, other_send);
            check_lines(s, i);
            other_finish(&o);
            stream_free(s);
        }
}

static void a_line_too_long_stays_buffered(void **state) {
    struct stream *s = stream_from_memory("1234567890\n", 11);
    struct buf line;
    struct err e;
    size_t n;

    (void)state;
    buf_init(&line, 100);
    assert_int_equal(stream_read_line(s, &line, 5, &e), -1);
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_int_equal(line.len, 0);
    assert_memory_equal(stream_peek(s, &n), "1234567890\n", 11);
    assert_int_equal(stream_read_line(s, &line, 11, &e), 11); /* whoever allows more can have it */
    stream_free(s);

    /* The line may be allowed and yet not fit where it should go. */
    s = stream_from_memory("1234567890\n", 11);
    buf_free(&line);
    buf_init(&line, 10);
    assert_int_equal(stream_read_line(s, &line, 11, &e), -1);
    assert_int_equal(e.kind, ERR_LIMIT);
    stream_free(s);
    buf_free(&line);
}

static void nuls_are_bytes_like_others(void **state) {
    struct stream *s = stream_from_memory("a\0b\n\0", 5);
    struct buf line;
    struct err e;

    (void)state;
    buf_init(&line, 100);
    assert_int_equal(stream_read_line(s, &line, 100, NULL), 4);
    assert_memory_equal(line.data, "a\0b\n", 4);
    assert_int_equal(stream_read_line(s, &line, 100, &e), -1);
    assert_int_equal(e.kind, ERR_CLOSED);
    assert_int_equal(line.len, 1);
    assert_int_equal(stream_read_line(s, &line, 100, &e), 0);
    stream_free(s);
    buf_free(&line);
}

/*
 * The other side resets (it closes over bytes it has not read) in the middle of a line: its last words
 * are kept.
 */
static void a_reset_keeps_the_last_words(void **state) {
    int other;
    struct stream *s = other_pair(&other);
    struct buf line;
    struct err e;

    (void)state;
    buf_init(&line, 100);
    assert_int_equal(stream_write(s, "QUIT\r\n", 6, &e), 0);
    assert_int_equal(stream_flush(s, &e), 0);
    assert_int_equal(write(other, "421 bye", 7), 7);
    close(other);
    assert_int_equal(stream_read_line(s, &line, 100, &e), -1);
    assert_int_equal(e.kind, ERR_CLOSED);
    assert_string_equal(line.data, "421 bye");
    stream_free(s);
    buf_free(&line);
}

/* --- peeking --- */

static void peek_and_take(void **state) {
    struct stream *s = stream_from_memory("abcdef", 6);
    size_t n;
    struct err e;

    (void)state;
    stream_peek(s, &n);
    assert_int_equal(n, 0);
    assert_int_equal(stream_fill(s, 0, &e), 6);
    assert_memory_equal(stream_peek(s, &n), "abcdef", 6);
    stream_take(s, 2);
    assert_memory_equal(stream_peek(s, &n), "cdef", 4);
    assert_int_equal(n, 4);
    assert_int_equal(stream_fill(s, 0, &e), 0);
    assert_memory_equal(stream_peek(s, &n), "cdef", 4);
    stream_take(s, 100);
    stream_peek(s, &n);
    assert_int_equal(n, 0);
    assert_int_equal(stream_fd(s), -1);
    stream_free(s);
    stream_free(NULL);
}

/* Takes of odd sizes against reads of all sizes: nothing is lost, doubled or moved. */
static void many_takes_in_between(void **state) {
    enum { TOTAL = 3000000 };
    char *bytes = malloc(TOTAL);
    size_t at = 0;
    size_t step = 1;

    (void)state;
    for (size_t i = 0; i < TOTAL; i++)
        bytes[i] = (char)(i * 31 + i / 251);

    struct stream *s = stream_from_memory(bytes, TOTAL);

    while (at < TOTAL) {
        size_t n;

        if (stream_fill(s, 0, NULL) == -1)
            fail();

        const char *unread = stream_peek(s, &n);

        step = step * 5 % 70001 + 1;
        assert_memory_equal(unread, bytes + at, n);
        stream_take(s, step);
        at += step < n ? step : n;
    }
    stream_free(s);
    free(bytes);
}

static void what_lies_unread_is_limited(void **state) {
    const size_t total = STREAM_IN_MAX + 10;
    char *bytes = calloc(1, total);
    struct stream *s = stream_from_memory(bytes, total);
    struct err e = {ERR_NONE, ""};
    size_t n;

    (void)state;
    while (stream_fill(s, 0, &e) > 0)
        continue;
    assert_int_equal(e.kind, ERR_LIMIT);
    stream_peek(s, &n);
    assert_int_equal(n, STREAM_IN_MAX);
    stream_take(s, 1);
    assert_int_equal(stream_fill(s, 0, &e), 1);
    assert_int_equal(stream_fill(s, 0, &e), -1);
    stream_take(s, 100);
    assert_int_equal(stream_fill(s, 0, &e), 9);
    assert_int_equal(stream_fill(s, 0, &e), 0);
    stream_free(s);
    free(bytes);
}

/* --- tap --- */

static void note(void *arg, enum stream_side side, const void *bytes, size_t n) {
    buf_addf(arg, "%c%.*s", side == STREAM_IN ? '<' : '>', (int)n, (const char *)bytes);
}

static void the_tap_sees_all_in_order(void **state) {
    int other;
    struct stream *s = other_pair(&other);
    struct buf seen;
    struct buf line;

    (void)state;
    buf_init(&seen, 1000);
    buf_init(&line, 1000);
    stream_tap(s, note, &seen);
    assert_int_equal(write(other, "220 a\n22", 8), 8);
    stream_read_line(s, &line, 100, NULL);
    stream_write(s, "EHLO", 4, NULL);
    stream_write(s, " x\n", 3, NULL);
    assert_string_equal(seen.data, "<220 a\n22"); /* gathered is not sent */
    stream_flush(s, NULL);
    assert_int_equal(write(other, "0 b\n", 4), 4);
    stream_read_line(s, &line, 100, NULL);
    assert_string_equal(line.data, "220 b\n");
    assert_string_equal(seen.data, "<220 a\n22>EHLO x\n<0 b\n");
    stream_tap(s, NULL, NULL);
    stream_write(s, "QUIT\n", 5, NULL);
    stream_flush(s, NULL);
    assert_string_equal(seen.data, "<220 a\n22>EHLO x\n<0 b\n");
    close(other);
    stream_free(s);
    buf_free(&seen);
    buf_free(&line);
}

/* --- swap --- */

/* A back end that puts capital letters over the one below. */
struct shout {
    const struct stream_ops *below;
    void *ctx;
};

static ssize_t shout_read(void *ctx, void *bytes, size_t n, int timeout_ms, struct err *e) {
    const struct shout *h = ctx;
    ssize_t got = h->below->read(h->ctx, bytes, n, timeout_ms, e);

    for (ssize_t i = 0; i < got; i++)
        if (((char *)bytes)[i] >= 'a' && ((char *)bytes)[i] <= 'z')
            ((char *)bytes)[i] = (char)(((char *)bytes)[i] - 'a' + 'A');
    return got;
}

static ssize_t shout_write(void *ctx, const void *bytes, size_t n, int timeout_ms, struct err *e) {
    const struct shout *h = ctx;

    return h->below->write(h->ctx, bytes, n < 2 ? n : 2, timeout_ms, e);
}

static void shout_close(void *ctx) {
    const struct shout *h = ctx;

    h->below->close(h->ctx);
}

static const struct stream_ops shout_ops = {shout_read, shout_write, shout_close};

static void swap_wants_empty_buffers(void **state) {
    struct stream *s = stream_from_memory("220 one\r\n220 two\r\nlater\r\n", 25);
    struct shout h;
    const struct stream_ops *ops = &shout_ops;
    void *ctx = &h;
    struct buf line;
    struct err e = {ERR_NONE, ""};
    size_t n;

    (void)state;
    buf_init(&line, 100);
    assert_int_equal(stream_read_line(s, &line, 100, NULL), 9);
    assert_int_equal(stream_swap(s, &ops, &ctx, &e), -1); /* bytes wait to be read */
    assert_int_equal(e.kind, ERR_PROTOCOL);
    assert_ptr_equal(ops, &shout_ops);
    assert_ptr_equal(ctx, &h);
    assert_null(stream_ctx(s, &shout_ops));
    assert_int_equal(stream_read_line(s, &line, 100, NULL), 9);
    assert_string_equal(line.data, "220 two\r\n");
    stream_peek(s, &n);
    stream_take(s, n);

    e.kind = ERR_NONE;
    assert_int_equal(stream_write(s, "x", 1, NULL), 0);
    assert_int_equal(stream_swap(s, &ops, &ctx, &e), -1); /* and bytes wait to be sent */
    assert_int_equal(e.kind, ERR_PROTOCOL);
    assert_int_equal(stream_flush(s, NULL), 0);
    assert_int_equal(stream_swap(s, &ops, &ctx, &e), 0);
    h = (struct shout){ops, ctx};
    assert_ptr_equal(stream_ctx(s, &shout_ops), &h);
    stream_free(s);
    buf_free(&line);
}

static void swapped_functions_carry_the_bytes(void **state) {
    int other;
    struct stream *s = other_pair(&other);
    struct shout h;
    const struct stream_ops *ops = &shout_ops;
    void *ctx = &h;
    struct buf line;
    char sent[7] = "";

    (void)state;
    buf_init(&line, 100);
    assert_int_equal(stream_swap(s, &ops, &ctx, NULL), 0);
    h = (struct shout){ops, ctx};
    assert_int_equal(write(other, "220 hello\n", 10), 10);
    assert_int_equal(stream_read_line(s, &line, 100, NULL), 10);
    assert_string_equal(line.data, "220 HELLO\n");
    assert_int_equal(stream_write(s, "quit\r\n", 6, NULL), 0);
    assert_int_equal(stream_flush(s, NULL), 0); /* in pieces of two */
    assert_int_equal(read(other, sent, 6), 6);
    assert_string_equal(sent, "quit\r\n");
    assert_true(stream_fd(s) >= 0);
    assert_null(stream_memory_written(s));
    stream_free(s);
    assert_int_equal(read(other, sent, 1), 0); /* freeing closed what lies below */
    close(other);
    buf_free(&line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_from_memory),
        cmocka_unit_test(lines_from_a_socket_in_pieces),
        cmocka_unit_test(a_line_too_long_stays_buffered),
        cmocka_unit_test(nuls_are_bytes_like_others),
        cmocka_unit_test(a_reset_keeps_the_last_words),
        cmocka_unit_test(peek_and_take),
        cmocka_unit_test(many_takes_in_between),
        cmocka_unit_test(what_lies_unread_is_limited),
        cmocka_unit_test(the_tap_sees_all_in_order),
        cmocka_unit_test(swap_wants_empty_buffers),
        cmocka_unit_test(swapped_functions_carry_the_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
