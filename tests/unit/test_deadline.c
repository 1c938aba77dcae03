/* deadline: what is left of a time limit, and waiting for no longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/deadline.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

static void what_is_left(void **state) {
    static const struct {
        int timeout_ms;
        int least, most; /* of what is left at once */
    } cases[] = {{-1, -1, -1}, {INT_MIN, -1, -1}, {0, 0, 0}, {60000, 1, 60000}, {INT_MAX, 1, INT_MAX}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int left = deadline_left(deadline_in(cases[i].timeout_ms));

        assert_true(left >= cases[i].least && left <= cases[i].most);
    }
}

/* It only gets less, and zero comes: rounding up must not hold the last millisecond for ever. */
static void it_runs_out(void **state) {
    struct deadline d = deadline_in(20);
    int before = deadline_left(d);

    (void)state;
    while (before > 0) {
        int left = deadline_left(d);

        assert_true(left >= 0 && left <= before);
        before = left;
    }
    assert_int_equal(deadline_left(d), 0);
}

static void the_sooner_of_two(void **state) {
    struct deadline never = deadline_in(-1), soon = deadline_in(10), later = deadline_in(60000);

    (void)state;
    assert_true(deadline_sooner(soon, later).at == soon.at);
    assert_true(deadline_sooner(later, soon).at == soon.at);
    assert_true(deadline_sooner(never, later).at == later.at);
    assert_int_equal(deadline_left(deadline_sooner(never, never)), -1);
}

static void now_and_at_once(void **state) {
    struct deadline before = deadline_now(), later = deadline_in(1), after;

    (void)state;
    assert_true(deadline_in(0).at <= before.at);
    assert_true(before.at < later.at);
    assert_true(later.at - before.at >= 1000000);
    after = deadline_now();
    assert_true(before.at <= after.at);
    assert_int_equal(deadline_left(after), 0);
}

static void polling(void **state) {
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(deadline_poll(deadline_in(0), ends[0], POLLIN), 0);
    assert_int_equal(deadline_poll(deadline_in(20), ends[0], POLLIN), 0);
    assert_int_equal(deadline_poll(deadline_in(-1), ends[1], POLLOUT), 1);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(deadline_poll(deadline_in(0), ends[0], POLLIN), 1); /* a look is always had */
    assert_int_equal(deadline_poll(deadline_in(-1), ends[0], POLLIN), 1);
    close(ends[0]);
    assert_int_equal(deadline_poll(deadline_in(-1), ends[1], POLLOUT), 1); /* an error is an event too */
    close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left),    cmocka_unit_test(it_runs_out), cmocka_unit_test(the_sooner_of_two),
        cmocka_unit_test(now_and_at_once), cmocka_unit_test(polling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
