/*
 * test_watch - real programs, really asleep.
 *
 * Each scene is a child process that goes to sleep somewhere, and the verdict
 * that must follow. What moves is in test_watch_moving.c.
 */
#include "watch_fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/select.h>
#include <time.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

static bool proofs; /* can this system prove anything? */

/* What the children do */

static void nap(void) {
    struct timespec hour = {.tv_sec = 3600};
    nanosleep(&hour, NULL);
}

static void read_byte(int fd) {
    char byte;
    if (read(fd, &byte, 1) < 0)
        _exit(1);
}

static void in_recv(int fd) {
    char byte;
    if (recv(fd, &byte, 1, 0) < 0)
        _exit(1);
}

static void in_recvmsg(int fd) {
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (recvmsg(fd, &m, 0) < 0)
        _exit(1);
}

static void with_receive_limit(int fd) {
    struct timeval limit = {.tv_sec = 60};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    read_byte(fd);
}

static void in_poll_of(int fd, int other, int timeout_ms) {
    struct pollfd set[] = {{-1, POLLIN, 0}, {other, POLLIN, 0}, {fd, POLLIN, 0}};
    poll(set, 3, timeout_ms);
}

static void in_poll(int fd) {
    in_poll_of(fd, -1, -1);
}

static void in_poll_a_minute(int fd) {
    in_poll_of(fd, -1, MINUTE);
}

static void in_poll_with_input(int fd) {
    in_poll_of(fd, STDIN_FILENO, -1);
}

static void in_poll_of_input(int fd) {
    (void)fd;
    in_poll_of(-1, STDIN_FILENO, MINUTE);
}

static void in_poll_of_nothing(int fd) {
    (void)fd;
    poll(NULL, 0, MINUTE);
}

static void in_select_for(int fd, struct timeval *limit) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    select(fd + 1, &set, NULL, NULL, limit);
}

static void in_select(int fd) {
    in_select_for(fd, NULL);
}

static void in_select_a_minute(int fd) {
    struct timeval limit = {.tv_sec = 60};
    in_select_for(fd, &limit);
}

static void in_pselect_a_minute(int fd) {
    fd_set set;
    struct timespec limit = {.tv_sec = 60};
    FD_ZERO(&set);
    FD_SET(fd, &set);
    pselect(fd + 1, &set, NULL, NULL, &limit, NULL);
}

#ifdef __linux__
static void in_epoll_for(int fd, int timeout_ms) {
    struct epoll_event event = {.events = EPOLLIN};
    int e = epoll_create1(0);
    epoll_ctl(e, EPOLL_CTL_ADD, fd, &event);
    epoll_wait(e, &event, 1, timeout_ms);
}

static void in_epoll(int fd) {
    in_epoll_for(fd, -1);
}

static void in_epoll_a_minute(int fd) {
    in_epoll_for(fd, MINUTE);
}
#endif

static void in_input(int fd) {
    (void)fd;
    read_byte(STDIN_FILENO);
}

static void in_input_after_close(int fd) {
    close(fd);
    read_byte(STDIN_FILENO);
}

static void in_nap(int fd) {
    (void)fd;
    nap();
}

static void in_other_pipe(int fd) {
    int ends[2];
    (void)fd;
    if (pipe(ends) == 0)
        read_byte(ends[0]);
}

static void in_other_socket(int fd) {
    int ends[2];
    (void)fd;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0)
        read_byte(ends[0]);
}

static void stopped(int fd) {
    raise(SIGSTOP);
    read_byte(fd);
}

static void over(int fd) {
    (void)fd;
}

static void *thread_reads(void *fd) {
    read_byte(*(int *)fd);
    return NULL;
}

static void *thread_naps(void *unused) {
    nap();
    return unused;
}

/* A thread that waits for a lock until the end of its days. */
static void *thread_locks(void *unused) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    return unused;
}

static void main_reads_while(void *(*thread)(void *), int fd, int thread_fd) {
    pthread_t id;
    if (pthread_create(&id, NULL, thread, &thread_fd) == 0)
        read_byte(fd);
}

static void beside_a_lock(int fd) {
    main_reads_while(thread_locks, fd, -1);
}

static void beside_a_nap(int fd) {
    main_reads_while(thread_naps, fd, -1);
}

static void beside_input(int fd) {
    main_reads_while(thread_reads, fd, STDIN_FILENO);
}

static void in_a_thread(int fd) {
    pthread_t id;
    if (pthread_create(&id, NULL, thread_reads, &fd) == 0)
        pthread_join(id, NULL);
}

static void in_a_grandchild(int fd) {
    pid_t pid = fork();
    if (pid == 0)
        read_byte(fd);
    else
        waitpid(pid, NULL, 0);
}

static void in_a_daemon(int fd) {
    if (fork() == 0)
        read_byte(fd);
}

static void in_shell(int fd, const char *command) {
    dup2(fd, 9);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
}

static void under_a_shell(int fd) {
    in_shell(fd, "head -c 1 <&9; true");
}

static void before_a_pipe(int fd) {
    in_shell(fd, "head -c 1 <&9 | cat");
}

static void under_a_shell_in_input(int fd) {
    in_shell(fd, "cat | head -c 1; true");
}

/* Scenes */

struct scene {
    const char *name;
    child_fn *child;
    int patience_ms;
    enum watch_state state;
    const char *words; /* in watch_words() */
};

static const struct scene scenes[] = {
    {"read", read_byte, LONG_PATIENCE, WATCH_STUCK, "on the connection, no time limit"},
    {"recv", in_recv, LONG_PATIENCE, WATCH_STUCK, "on the connection, no time limit"},
    {"recvmsg", in_recvmsg, LONG_PATIENCE, WATCH_STUCK, "recvmsg("},
    {"read with SO_RCVTIMEO", with_receive_limit, LONG_PATIENCE, WATCH_WAITING, "at most 60.000 s"},
    {"read with SO_RCVTIMEO, less patience", with_receive_limit, MINUTE - 1, WATCH_STUCK, "at most 60"},
    {"poll", in_poll, LONG_PATIENCE, WATCH_STUCK, "poll("},
    {"poll, a minute", in_poll_a_minute, LONG_PATIENCE, WATCH_WAITING, "at most 60.000 s"},
    {"poll, a minute, just as much patience", in_poll_a_minute, MINUTE, WATCH_WAITING, "at most 60.000 s"},
    {"poll, a minute, less patience", in_poll_a_minute, MINUTE - 1, WATCH_STUCK, "at most 60.000 s"},
    {"poll of connection and input", in_poll_with_input, LONG_PATIENCE, WATCH_STUCK, "on the connection"},
    {"poll of input", in_poll_of_input, LONG_PATIENCE, WATCH_INPUT, "poll(0) on standard input"},
    {"poll of nothing", in_poll_of_nothing, LONG_PATIENCE, WATCH_ASLEEP, "time to pass"},
    {"select", in_select, LONG_PATIENCE, WATCH_STUCK, "select"},
    {"select, a minute", in_select_a_minute, LONG_PATIENCE, WATCH_WAITING, "at most 60.000 s"},
    {"pselect, a minute", in_pselect_a_minute, LONG_PATIENCE, WATCH_WAITING, "at most 60.000 s"},
#ifdef __linux__
    {"epoll", in_epoll, LONG_PATIENCE, WATCH_STUCK, "epoll"},
    {"epoll, a minute", in_epoll_a_minute, LONG_PATIENCE, WATCH_WAITING, "at most 60.000 s"},
#endif
    {"standard input", in_input, LONG_PATIENCE, WATCH_INPUT, "read(0) on standard input"},
    {"standard input, connection closed", in_input_after_close, LONG_PATIENCE, WATCH_INPUT, "read(0)"},
    {"nap", in_nap, LONG_PATIENCE, WATCH_ASLEEP, "nanosleep waiting for a time"},
    {"a pipe of its own", in_other_pipe, LONG_PATIENCE, WATCH_ASLEEP, "not on the connection"},
    {"another socket", in_other_socket, LONG_PATIENCE, WATCH_ASLEEP, "not on the connection"},
    {"stopped", stopped, LONG_PATIENCE, WATCH_BUSY, "stopped (a signal)"},
    {"exited", over, LONG_PATIENCE, WATCH_GONE, "no process is left"},
    {"a thread at a lock", beside_a_lock, LONG_PATIENCE, WATCH_STUCK, "read("},
    {"a thread at a nap", beside_a_nap, LONG_PATIENCE, WATCH_ASLEEP, "time to pass"},
    {"a thread at the input", beside_input, LONG_PATIENCE, WATCH_INPUT, "read(0)"},
    {"a thread at the connection", in_a_thread, LONG_PATIENCE, WATCH_STUCK, "read("},
    {"a grandchild", in_a_grandchild, LONG_PATIENCE, WATCH_STUCK, "read("},
    {"a daemon", in_a_daemon, LONG_PATIENCE, WATCH_STUCK, "read("},
    {"under a shell", under_a_shell, LONG_PATIENCE, WATCH_STUCK, "read(0) on the connection"},
    {"before a pipe", before_a_pipe, LONG_PATIENCE, WATCH_STUCK, "read(0) on the connection"},
    {"input through a pipe", under_a_shell_in_input, LONG_PATIENCE, WATCH_INPUT, "read(0)"},
};

#define SCENES (sizeof scenes / sizeof scenes[0])

/* A system may keep another process's socket options from us; watch then says so. */
static void skip_where_nothing_is_lent(struct fixture *f) {
    for (int i = 0; i < LOOKS_MAX && strstr(watch_words(f->w), "on the connection") == NULL; i++)
        watch_look(f->w);
    if (strstr(watch_words(f->w), "could be seen") == NULL)
        return;
    print_message("SO_RCVTIMEO of another process cannot be seen here\n");
    fixture_stop(f);
    skip();
}

static void play_scene(void **state) {
    const struct scene *s = *state;
    struct fixture f;
    if (!proofs)
        skip();
    fixture_start(&f, s->child, s->patience_ms, AF_INET, AF_INET);
    if (s->child == with_receive_limit)
        skip_where_nothing_is_lent(&f);
    assert_int_equal(fixture_await(f.w, s->state, s->words), s->state);
    for (int i = 0; i < 20; i++) /* it stays asleep: so must the verdict */
        assert_int_equal(watch_look(f.w), s->state);
    fixture_stop(&f);
}

int main(void) {
    struct CMUnitTest tests[SCENES] = {{0}};
    proofs = fixture_available();
    for (size_t i = 0; i < SCENES; i++)
        tests[i] = (struct CMUnitTest){scenes[i].name, play_scene, NULL, NULL, (void *)(uintptr_t)&scenes[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
