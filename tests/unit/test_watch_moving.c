/*
 * test_watch_moving - programs that run, bytes that are under way, and the
 * race between them and a look: no verdict may come too early.
 */
#include "watch_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#ifdef __linux__
#include "../../lib/watch_tcp.h"

#include <sys/stat.h>
#endif

#define WORK 10000 /* turns of a loop: about as long as a look at one task */
#define RELAYS 20  /* handings over of one byte */

static bool proofs; /* can this system prove anything? */

/* What the children do */

static void in_a_loop(int fd) {
    volatile int more = 1;
    (void)fd;
    while (more)
        ;
}

static void in_nap(int fd) {
    struct timespec hour = {.tv_sec = 3600};
    (void)fd;
    nanosleep(&hour, NULL);
}

static void in_recv(int fd) {
    char byte;
    recv(fd, &byte, 1, 0);
}

static void in_poll_a_minute(int fd) {
    struct pollfd p = {fd, POLLIN, 0};
    poll(&p, 1, MINUTE);
}

static void speaks_then_reads(int fd) {
    if (write(fd, "EHLO", 4) == 4)
        in_recv(fd);
}

/* One fact each */

static void a_loop_is_busy(void **state) {
    struct fixture f;
    (void)state;
    if (!proofs)
        skip();
    fixture_start(&f, in_a_loop, LONG_PATIENCE, AF_INET, AF_INET);
    for (int i = 0; i < 500; i++)
        assert_int_equal(watch_look(f.w), WATCH_BUSY);
    fixture_stop(&f);
}

static void no_connection_is_no_wait(void **state) {
    struct fixture f;
    (void)state;
    if (!proofs)
        skip();
    fixture_start(&f, in_recv, LONG_PATIENCE, AF_INET, AF_INET);
    assert_int_equal(fixture_await(f.w, WATCH_STUCK, ""), WATCH_STUCK);
    watch_connection(f.w, -1);
    assert_int_equal(fixture_await(f.w, WATCH_ASLEEP, ""), WATCH_ASLEEP);
    watch_connection(f.w, f.ours);
    assert_int_equal(fixture_await(f.w, WATCH_STUCK, ""), WATCH_STUCK);
    fixture_stop(&f);
}

/* A socket of one family may speak with the other, and IPv6 has a table of its own. */
static void other_families(void **state) {
    static const int families[][2] = {{AF_INET, AF_INET6}, {AF_INET6, AF_INET6}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        fixture_start(&f, in_recv, LONG_PATIENCE, families[i][0], families[i][1]);
        assert_int_equal(fixture_await(f.w, WATCH_STUCK, ""), WATCH_STUCK);
        fixture_stop(&f);
    }
}

static void unread_by_the_client_is_no_wait(void **state) {
    struct fixture f;
    (void)state;
    if (!proofs)
        skip();
    fixture_start(&f, in_nap, LONG_PATIENCE, AF_INET, AF_INET);
    assert_int_equal(send(f.ours, "220\r\n", 5, 0), 5);
    for (int i = 0; i < 200; i++) {
        enum watch_state now = watch_look(f.w);
        assert_true(now != WATCH_WAITING && now != WATCH_STUCK);
    }
    assert_int_equal(fixture_await(f.w, WATCH_ASLEEP, ""), WATCH_ASLEEP);
    fixture_stop(&f);
}

static void unread_by_us_is_busy(void **state) {
    struct fixture f;
    struct pollfd p;
    char bytes[8];
    (void)state;
    if (!proofs)
        skip();
    fixture_start(&f, speaks_then_reads, LONG_PATIENCE, AF_INET, AF_INET);
    p = (struct pollfd){f.ours, POLLIN, 0};
    assert_int_equal(poll(&p, 1, -1), 1);
    for (int i = 0; i < 200; i++)
        assert_int_equal(watch_look(f.w), WATCH_BUSY);
    assert_int_equal(recv(f.ours, bytes, sizeof bytes, 0), 4);
    assert_int_equal(fixture_await(f.w, WATCH_STUCK, ""), WATCH_STUCK);
    fixture_stop(&f);
}

/* After a stop and a continuation poll() goes on as restart_syscall(), whose arguments are lost: no verdict, but never a wrong one. */
static void a_continued_poll_is_not_told(void **state) {
    struct fixture f;
    int status;
    (void)state;
    if (!proofs)
        skip();
    fixture_start(&f, in_poll_a_minute, 1, AF_INET, AF_INET);
    assert_int_equal(fixture_await(f.w, WATCH_STUCK, ""), WATCH_STUCK);
    kill(f.pid, SIGSTOP);
    assert_int_equal(waitpid(f.pid, &status, WUNTRACED), f.pid);
    assert_int_equal(watch_look(f.w), WATCH_BUSY);
    kill(f.pid, SIGCONT);
    for (int i = 0; i < LOOKS_MAX && strstr(watch_words(f.w), "cannot be told") == NULL; i++)
        assert_int_equal(watch_look(f.w), WATCH_BUSY);
    assert_non_null(strstr(watch_words(f.w), "restart_syscall"));
    fixture_stop(&f);
}

static void a_killed_child_is_gone(void **state) {
    struct fixture f;
    (void)state;
    if (!proofs)
        skip();
    fixture_start(&f, in_recv, LONG_PATIENCE, AF_INET, AF_INET);
    kill(f.pid, SIGKILL);
    assert_int_equal(fixture_await(f.w, WATCH_GONE, ""), WATCH_GONE);
    waitpid(f.pid, NULL, 0); /* and reaped: its number is free */
    assert_int_equal(watch_look(f.w), WATCH_GONE);
    fixture_stop(&f);
}

/* The race: a verdict right after a write must mean that the child has had the bytes and come back. */

static atomic_long *consumed; /* shared with the child */

static void counts_bytes(int fd) {
    char byte;
    while (recv(fd, &byte, 1, 0) == 1) {
        for (volatile long i = atomic_load(consumed) % 50 * 100; i > 0; i--)
            ; /* a moment between reading and having read, of a different length each time */
        atomic_fetch_add(consumed, 1);
    }
}

static void counts_bytes_in_poll(int fd) {
    char byte;
    struct pollfd p = {fd, POLLIN, 0};
    while (poll(&p, 1, MINUTE) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) == 1)
        atomic_fetch_add(consumed, 1);
}

static void echoes_bytes(int fd) {
    char byte;
    while (recv(fd, &byte, 1, 0) == 1) {
        atomic_fetch_add(consumed, 1);
        if (send(fd, &byte, 1, 0) != 1)
            return;
    }
}

static sem_t there;
static sem_t back;

static void work_a_moment(void) {
    for (volatile int i = 0; i < WORK; i++)
        ;
}

static void *sends_back(void *unused) {
    while (sem_wait(&there) == 0) {
        work_a_moment();
        sem_post(&back);
    }
    return unused;
}

/*
 * Two threads hand each byte to and fro. At every moment one of them sleeps:
 * who looks at one after the other, and does not count how often they woke, can find both asleep.
 */
static void relays_bytes(int fd) {
    char byte;
    pthread_t id;
    sem_init(&there, 0, 0);
    sem_init(&back, 0, 0);
    if (pthread_create(&id, NULL, sends_back, NULL) != 0)
        return;
    while (recv(fd, &byte, 1, 0) == 1) {
        for (int i = 0; i < RELAYS; i++) {
            sem_post(&there);
            sem_wait(&back);
            work_a_moment();
        }
        atomic_fetch_add(consumed, 1);
    }
}

static const struct race {
    const char *name;
    child_fn *child;
    bool echoes;
    long rounds;
    enum watch_state state;
} races[] = {
    {"race: recv", counts_bytes, false, 2000, WATCH_STUCK},
    {"race: poll", counts_bytes_in_poll, false, 2000, WATCH_WAITING},
    {"race: echo", echoes_bytes, true, 2000, WATCH_STUCK},
    {"race: relay", relays_bytes, false, 600, WATCH_STUCK},
};

#define RACES (sizeof races / sizeof races[0])

static void wait_for_verdict(struct fixture *f, const struct race *r, long round) {
    char byte;
    long looks = 0;
    enum watch_state state = WATCH_BUSY;
    while (state == WATCH_BUSY && looks++ < 1000 * LOOKS_MAX) {
        state = watch_look(f->w);
        if (state != WATCH_BUSY)
            assert_int_equal(atomic_load(consumed), round);
        if (state == WATCH_BUSY && r->echoes)
            while (recv(f->ours, &byte, 1, MSG_DONTWAIT) == 1)
                ;
    }
    assert_int_equal(state, r->state);
}

static void share_counter(void) {
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), sizeof *consumed), 0);
    consumed = mmap(NULL, sizeof *consumed, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    assert_true(consumed != MAP_FAILED);
    fclose(file);
}

static void race(void **state) {
    const struct race *r = *state;
    struct fixture f;
    if (!proofs)
        skip();
    share_counter();
    atomic_init(consumed, 0);
    fixture_start(&f, r->child, LONG_PATIENCE, AF_INET, AF_INET);
    for (long round = 1; round <= r->rounds; round++) {
        assert_int_equal(send(f.ours, "x", 1, 0), 1);
        wait_for_verdict(&f, r, round);
    }
    fixture_stop(&f);
    munmap(consumed, sizeof *consumed);
}

#ifdef __linux__

/* Both ways to ask for the client's end must tell the same. */

static struct watch_queues count(const struct watch_tcp *c) {
    struct watch_tasks tasks = {.process_count = 1, .processes = {getpid()}};
    struct watch_queues q;
    watch_tcp_queues(c, &tasks, &q);
    return q;
}

/* What is under way arrives by itself; then the bytes lie where they were sent to. */
static void check_queues(const struct watch_tcp *c, int theirs, unsigned unread, unsigned arrived) {
    struct watch_queues q = count(c);
    struct stat st;
    for (int i = 0; i < LOOKS_MAX && q.undelivered + q.coming > 0; i++) {
        poll(NULL, 0, 1);
        q = count(c);
    }
    assert_int_equal(fstat(theirs, &st), 0);
    assert_int_equal(q.inode, st.st_ino);
    assert_int_equal(q.unread, unread);
    assert_int_equal(q.arrived, arrived);
    assert_int_equal(q.undelivered + q.coming, 0);
}

/* More than the reader's buffer takes must show as not delivered. */
static void check_full(const struct watch_tcp *c, int ours, int theirs) {
    static const char bytes[65536];
    struct watch_queues q;
    while (send(ours, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    q = count(c);
    assert_true(q.undelivered > 0);
    assert_true(q.unread > 0);
    while (send(theirs, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    q = count(c);
    assert_true(q.coming > 0);
    assert_true(q.arrived > 0);
}

static void queues_by(bool netlink, int family, int client_family) {
    struct watch_tcp c;
    int ours;
    int theirs;
    char bytes[8];
    if (!fixture_connect(family, client_family, &ours, &theirs))
        return;
    watch_tcp_init(&c);
    if (!netlink) {
        close(c.netlink);
        c.netlink = -1;
    }
    watch_tcp_set(&c, ours);
    check_queues(&c, theirs, 0, 0);
    assert_int_equal(send(ours, "250 OK\r\n", 8, 0), 8);
    check_queues(&c, theirs, 8, 0);
    assert_int_equal(recv(theirs, bytes, 5, 0), 5);
    assert_int_equal(send(theirs, "QUIT", 4, 0), 4);
    check_queues(&c, theirs, 3, 4);
    check_full(&c, ours, theirs);
    close(theirs);
    assert_int_equal(count(&c).inode, 0);
    watch_tcp_free(&c);
    close(ours);
}

static void queues(void **state) {
    (void)state;
    for (int netlink = 0; netlink < 2; netlink++) {
        queues_by(netlink == 1, AF_INET, AF_INET);
        queues_by(netlink == 1, AF_INET, AF_INET6);
        queues_by(netlink == 1, AF_INET6, AF_INET6);
    }
}

#endif

/* Available or not, it says so quickly and leaves no child behind. */
static void available(void **state) {
    struct err e = {0};
    (void)state;
    if (watch_available(&e) != 0)
        assert_true(strlen(e.text) > 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void null_is_fine(void **state) {
    (void)state;
    watch_free(NULL);
}

int main(void) {
    static const struct CMUnitTest single[] = {
        cmocka_unit_test(available),
        cmocka_unit_test(null_is_fine),
        cmocka_unit_test(a_loop_is_busy),
        cmocka_unit_test(no_connection_is_no_wait),
        cmocka_unit_test(other_families),
        cmocka_unit_test(unread_by_the_client_is_no_wait),
        cmocka_unit_test(unread_by_us_is_busy),
        cmocka_unit_test(a_continued_poll_is_not_told),
        cmocka_unit_test(a_killed_child_is_gone),
#ifdef __linux__
        cmocka_unit_test(queues),
#endif
    };
    struct CMUnitTest tests[sizeof single / sizeof single[0] + RACES];
    memcpy(tests, single, sizeof single);
    for (size_t i = 0; i < RACES; i++)
        tests[sizeof single / sizeof single[0] + i] =
            (struct CMUnitTest){races[i].name, race, NULL, NULL, (void *)(uintptr_t)&races[i]};
    proofs = fixture_available();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
