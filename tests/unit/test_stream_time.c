/* stream: time limits, signals, short writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/stream.h"
#include "other.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- time limits --- */

static void silence_meets_the_time_limit(void **state) {
    static const struct {
        const char *before;
        int timeout_ms;
    } cases[] = {{"", 0}, {"", 1}, {"", 20}, {"220 half", 0}, {"220 half", 20}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int other;
        struct stream *s = other_pair(&other);
        struct buf line;
        struct err e = {ERR_NONE, ""};

        buf_init(&line, 100);
        stream_set_timeout(s, cases[i].timeout_ms);
        assert_int_equal(stream_timeout(s), cases[i].timeout_ms);
        assert_int_equal(write(other, cases[i].before, strlen(cases[i].before)), strlen(cases[i].before));
        assert_int_equal(stream_read_line(s, &line, 100, &e), -1);
        assert_int_equal(e.kind, ERR_TIMEOUT);

        /* Nothing is lost by it: the line can still come. */
        assert_int_equal(write(other, " ok\r\n", 5), 5);
        assert_int_equal(stream_read_line(s, &line, 100, &e), strlen(cases[i].before) + 5);
        assert_memory_equal(line.data, cases[i].before, strlen(cases[i].before));
        assert_int_equal(stream_fill(s, 0, &e), -1);
        assert_int_equal(e.kind, ERR_TIMEOUT);
        close(other);
        assert_int_equal(stream_read_line(s, &line, 100, &e), 0);
        stream_free(s);
        buf_free(&line);
    }
}

/* A back end that has one byte more whenever it is asked, and never a line end. */
static ssize_t trickle(void *ctx, void *bytes, size_t n, int timeout_ms, struct err *e) {
    (void)ctx;
    (void)n;
    (void)timeout_ms;
    (void)e;
    *(char *)bytes = 'x';
    return 1;
}

static void close_nothing(void *ctx) {
    (void)ctx;
}

/* A limit that began anew with each byte would never be met. */
static void trickling_bytes_do_not_defeat_the_time_limit(void **state) {
    static const struct stream_ops trickling = {.read = trickle, .close = close_nothing};
    const struct stream_ops *ops = &trickling;
    struct stream *s = stream_from_memory("", 0);
    struct buf line;
    struct err e = {ERR_NONE, ""};
    void *ctx = NULL;

    (void)state;
    buf_init(&line, SIZE_MAX);
    assert_int_equal(stream_swap(s, &ops, &ctx, NULL), 0);
    stream_set_timeout(s, 20);
    assert_int_equal(stream_read_line(s, &line, STREAM_IN_MAX, &e), -1);
    assert_int_equal(e.kind, ERR_TIMEOUT);
    stream_free(s);
    ops->close(ctx);
    buf_free(&line);
}

static void a_full_pipe_meets_the_time_limit_and_goes_on(void **state) {
    enum { TOTAL = 1 << 20 };
    struct other o = {.n = TOTAL, .piece = 5000, .taken = calloc(1, TOTAL)};
    struct stream *s = other_pair(&o.fd);
    char *bytes = malloc(TOTAL);
    size_t given = 0;
    struct err e = {ERR_NONE, ""};

    (void)state;
    for (size_t i = 0; i < TOTAL; i++)
        bytes[i] = (char)(i * 13 + i / 255);
    stream_set_timeout(s, 20);
    while (given < TOTAL &&
           stream_flush(s, &e) == 0) { /* STREAM_OUT_MAX - 1 at most: so we know what is gathered */
        assert_int_equal(stream_write(s, bytes + given, 1024, &e), 0);
        given += 1024;
    }
    assert_int_equal(e.kind, ERR_TIMEOUT);
    assert_true(given < TOTAL);

    stream_set_timeout(s, PATIENCE_MS);
    o.n = given;
    other_start(&o, other_take);
    assert_int_equal(stream_flush(s, &e), 0);
    pthread_join(o.thread, NULL);
    assert_int_equal(o.moved, given);
    assert_memory_equal(o.taken, bytes, given);
    close(o.fd);
    stream_free(s);
    free(bytes);
    free(o.taken);
}

/* --- signals --- */

static atomic_int ticks;

static void tick(int number) {
    (void)number;
    atomic_fetch_add(&ticks, 1);
}

/*
 * Sends each byte only after two more signals have hit the reader, which is then asleep in poll() or on
 * its way there.
 */
static void *send_between_ticks(void *arg) {
    struct other *o = arg;

    for (; o->moved < o->n; o->moved++) {
        int before = atomic_load(&ticks);

        while (atomic_load(&ticks) < before + 2)
            sched_yield();
        if (send(o->fd, o->bytes + o->moved, 1, MSG_NOSIGNAL) != 1)
            break;
    }
    return NULL;
}

static void a_storm_of_signals_changes_nothing(void **state) {
    struct other o = {.bytes = "250-first\r\n250 last\r\n", .n = 21};
    struct stream *s = other_pair(&o.fd);
    struct sigaction action = {.sa_handler = tick}; /* no SA_RESTART */
    struct itimerval often = {{0, 1000}, {0, 1000}};
    struct itimerval never = {{0, 0}, {0, 0}};
    struct buf line;
    sigset_t alarm_only;

    (void)state;
    buf_init(&line, 100);
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm_only,
                    NULL); /* the thread inherits this: the signals are for the reader */
    other_start(&o, send_between_ticks);
    pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
    setitimer(ITIMER_REAL, &often, NULL);

    assert_int_equal(stream_read_line(s, &line, 100, NULL), 11);
    assert_string_equal(line.data, "250-first\r\n");
    assert_int_equal(stream_read_line(s, &line, 100, NULL), 10);
    assert_string_equal(line.data, "250 last\r\n");
    assert_true(atomic_load(&ticks) >= 42);

    setitimer(ITIMER_REAL, &never, NULL);
    other_finish(&o);
    stream_free(s);
    buf_free(&line);
}

static void nobody_reads_is_no_signal(void **state) {
    (void)state;
    for (int pipes = 0; pipes < 2; pipes++) {
        struct err e = {ERR_NONE, ""};
        sigset_t pending;
        int ends[2];

        assert_int_equal(pipes ? pipe(ends) : socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        close(ends[0]);

        struct stream *s = stream_from_fd(ends[1]); /* SIGPIPE has its default action here: to kill us */

        assert_int_equal(stream_write(s, "QUIT\r\n", 6, &e), 0);
        assert_int_equal(stream_flush(s, &e), -1);
        assert_int_equal(e.kind, ERR_CLOSED);
        assert_int_equal(sigpending(&pending), 0);
        assert_int_equal(sigismember(&pending, SIGPIPE), 0);
        stream_free(s);
    }
}

/* --- writing --- */

static void short_writes_are_taken_up_again(void **state) {
    enum { TOTAL = 1 << 20 };
    struct other o = {.n = TOTAL, .piece = 777, .taken = malloc(TOTAL)};
    struct stream *s = other_pair(&o.fd);
    char *bytes = malloc(TOTAL);
    int small = 1;

    (void)state;
    for (size_t i = 0; i < TOTAL; i++)
        bytes[i] = (char)(i * 17 + i / 253);
    setsockopt(stream_fd(s), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    other_start(&o, other_take);
    for (size_t i = 0, n = 1; i < TOTAL; i += n) {
        n = n * 7 % 200003; /* from one byte to three times what is gathered */
        n = n < TOTAL - i ? n : TOTAL - i;
        assert_int_equal(stream_write(s, bytes + i, n, NULL), 0);
    }
    assert_int_equal(stream_flush(s, NULL), 0);
    pthread_join(o.thread, NULL);
    assert_int_equal(o.moved, TOTAL);
    assert_memory_equal(o.taken, bytes, TOTAL);
    close(o.fd);
    stream_free(s);
    free(bytes);
    free(o.taken);
}

static void writes_are_gathered(void **state) {
    static const size_t sizes[] = {STREAM_OUT_MAX - 1, STREAM_OUT_MAX, STREAM_OUT_MAX + 1};
    static char bytes[STREAM_OUT_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct stream *s = stream_from_memory("", 0);
        const struct buf *written = stream_memory_written(s);

        assert_int_equal(stream_write(s, bytes, sizes[i], NULL), 0);
        assert_int_equal(written->len, sizes[i] < STREAM_OUT_MAX ? 0 : STREAM_OUT_MAX);
        assert_int_equal(stream_flush(s, NULL), 0);
        assert_int_equal(written->len, sizes[i]);
        assert_int_equal(stream_flush(s, NULL), 0);
        assert_int_equal(written->len, sizes[i]);
        stream_free(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_meets_the_time_limit),
        cmocka_unit_test(trickling_bytes_do_not_defeat_the_time_limit),
        cmocka_unit_test(a_full_pipe_meets_the_time_limit_and_goes_on),
        cmocka_unit_test(a_storm_of_signals_changes_nothing),
        cmocka_unit_test(nobody_reads_is_no_signal),
        cmocka_unit_test(short_writes_are_taken_up_again),
        cmocka_unit_test(writes_are_gathered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
