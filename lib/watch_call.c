/*
 * watch_call - see watch_call.h.
 *
 * One table says of each system call how it names what it waits for, and where
 * its time limit stands. A processor that lacks a call (aarch64 has ppoll but no poll) lacks its row.
 */
#define _GNU_SOURCE /* syscall(): pidfd_getfd() has no wrapper in older C libraries */

#include "watch_call.h"

#include "watch_file.h"

#ifdef __linux__

#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define SET_MAX 1024 /* descriptors of one poll, select or epoll that are looked at */

/* How a call names what it waits for. */
enum subject { BY_FD, BY_POLLFDS, BY_FD_SET, BY_EPOLL, BY_RELATIVE, BY_TIME, BY_NOBODY_KNOWS };

/* How a call holds its time limit. */
enum limit { NO_LIMIT, IN_SOCKET, MILLISECONDS, TIMESPEC, TIMEVAL, SOME_LIMIT };

struct call {
    long number;
    const char *name;
    enum subject subject;
    enum limit limit;
    int at; /* which argument the limit is; from 0 */
};

static const struct call calls[] = {
    {SYS_read, "read", BY_FD, IN_SOCKET, 0},
    {SYS_readv, "readv", BY_FD, IN_SOCKET, 0},
    {SYS_recvfrom, "recvfrom", BY_FD, IN_SOCKET, 0},
    {SYS_recvmsg, "recvmsg", BY_FD, IN_SOCKET, 0},
    {SYS_recvmmsg, "recvmmsg", BY_FD, IN_SOCKET, 0},
    {SYS_ioctl, "ioctl", BY_FD, NO_LIMIT, 0}, /* a jail's parent waits for seccomp's questions in it */
#ifdef SYS_poll
    {SYS_poll, "poll", BY_POLLFDS, MILLISECONDS, 2},
#endif
    {SYS_ppoll, "ppoll", BY_POLLFDS, TIMESPEC, 2},
#ifdef SYS_select
    {SYS_select, "select", BY_FD_SET, TIMEVAL, 4},
#endif
    {SYS_pselect6, "pselect6", BY_FD_SET, TIMESPEC, 4},
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait", BY_EPOLL, MILLISECONDS, 3},
#endif
    {SYS_epoll_pwait, "epoll_pwait", BY_EPOLL, MILLISECONDS, 3},
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, "epoll_pwait2", BY_EPOLL, TIMESPEC, 3},
#endif
    {SYS_wait4, "wait4", BY_RELATIVE, NO_LIMIT, 0},
    {SYS_waitid, "waitid", BY_RELATIVE, NO_LIMIT, 0},
    {SYS_futex, "futex", BY_RELATIVE, SOME_LIMIT, 3}, /* a span or a date, by the operation */
#ifdef SYS_futex_waitv
    {SYS_futex_waitv, "futex_waitv", BY_RELATIVE, SOME_LIMIT, 3},
#endif
    {SYS_rt_sigsuspend, "rt_sigsuspend", BY_RELATIVE, NO_LIMIT, 0},
    {SYS_rt_sigtimedwait, "rt_sigtimedwait", BY_RELATIVE, SOME_LIMIT, 2},
#ifdef SYS_pause
    {SYS_pause, "pause", BY_RELATIVE, NO_LIMIT, 0},
#endif
    {SYS_nanosleep, "nanosleep", BY_TIME, SOME_LIMIT, 0},
    {SYS_clock_nanosleep, "clock_nanosleep", BY_TIME, SOME_LIMIT, 2},
    /* After a stop and a continuation a timed call goes on under this name: whose arguments these are, nobody knows. */
    {SYS_restart_syscall, "restart_syscall", BY_NOBODY_KNOWS, NO_LIMIT, 0},
};

/* One sleeping task under examination. */
struct sleeper {
    const struct watch_task *task;
    const struct watch_tasks *family;
    unsigned long connection;
    struct watch_sleep *out;
};

/* What one descriptor is */

/* Where waiting on a descriptor is waiting for a relative, or for input. By the start of its link in /proc/PID/fd. */
static const struct {
    const char *start;
    enum watch_doing doing;
} kinds[] = {
    {"anon_inode:[eventfd]", DOING_IDLE}, {"anon_inode:[signalfd]", DOING_IDLE},
    {"anon_inode:[pidfd]", DOING_IDLE},   {"pidfd:", DOING_IDLE},
    {"anon_inode:seccomp", DOING_IDLE},   {"/dev/tty", DOING_INPUT},
    {"/dev/pts/", DOING_INPUT},           {"/dev/console", DOING_INPUT},
};

static bool starts(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* Does another process of the family hold the writing end, so that the reader waits for its relative? */
static bool fed_by_relative(const struct sleeper *s, const char *pipe) {
    for (size_t i = 0; i < s->family->process_count; i++)
        if (s->family->processes[i] != s->task->pid && watch_file_writes_pipe(s->family->processes[i], pipe))
            return true;
    return false;
}

static enum watch_doing fd_kind(const struct sleeper *s, long fd) {
    char link[256];
    if (watch_file_link(s->task->pid, fd, link, sizeof link) != 0)
        return DOING_UNTOLD;
    if (s->connection != 0 && starts(link, "socket:[") && strtoul(link + 8, NULL, 10) == s->connection)
        return DOING_CONNECTION;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (starts(link, kinds[i].start))
            return kinds[i].doing;
    if (starts(link, "pipe:") && fed_by_relative(s, link))
        return DOING_IDLE;
    return fd == STDIN_FILENO ? DOING_INPUT : DOING_OTHER;
}

/* Of several descriptors in one call the connection counts before all others: a wait for the connection and for input is a wait for the connection. */
static int weight(enum watch_doing doing) {
    static const int weights[DOING_COUNT] = {
        [DOING_IDLE] = 1, [DOING_OTHER] = 2, [DOING_INPUT] = 3, [DOING_CONNECTION] = 4};
    return weights[doing];
}

static void add_fd(const struct sleeper *s, long fd) {
    enum watch_doing doing = fd_kind(s, fd);
    if (s->out->fd >= 0 && weight(doing) <= weight(s->out->doing))
        return;
    s->out->doing = doing;
    s->out->fd = fd;
}

/* Sets of descriptors. Each returns -1 if the set cannot be read. */

static int by_fd(const struct sleeper *s) {
    add_fd(s, (int)s->task->args[0]);
    return 0;
}

static size_t at_most(size_t n, size_t max) {
    return n < max ? n : max;
}

static int by_pollfds(const struct sleeper *s) {
    struct pollfd set[SET_MAX];
    size_t n = at_most(s->task->args[1], SET_MAX);
    if (n > 0 && watch_file_memory(s->task->pid, s->task->args[0], set, n * sizeof set[0]) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (set[i].fd >= 0 && (set[i].events & (POLLIN | POLLRDNORM)) != 0)
            add_fd(s, set[i].fd);
    return 0;
}

static int by_fd_set(const struct sleeper *s) {
    fd_set set;
    int n = (int)s->task->args[0] < FD_SETSIZE ? (int)s->task->args[0] : FD_SETSIZE;
    size_t bits = CHAR_BIT * sizeof(long); /* the kernel reads and writes whole longs */
    size_t bytes = ((size_t)n + bits - 1) / bits * sizeof(long);
    FD_ZERO(&set);
    if (n <= 0 || s->task->args[1] == 0)
        return 0;
    if (watch_file_memory(s->task->pid, s->task->args[1], &set, bytes) != 0)
        return -1;
    for (int fd = 0; fd < n; fd++)
        if (FD_ISSET(fd, &set))
            add_fd(s, fd);
    return 0;
}

/* The kernel tells an epoll's members: "tfd:        5 events:       19 data: ...", a line each. */
static int by_epoll(const struct sleeper *s) {
    static const char tag[] = "\ntfd:";
    char text[WATCH_FILE_MAX];
    int fd = (int)s->task->args[0];
    if (watch_file_text(text, sizeof text, "/proc/%d/fdinfo/%d", (int)s->task->pid, fd) < 0)
        return -1;
    for (const char *at = strstr(text, tag); at != NULL; at = strstr(at + 1, tag)) {
        char *rest;
        long member = strtol(at + strlen(tag), &rest, 10);
        const char *events = strstr(rest, "events:");
        if (events != NULL && (strtoul(events + strlen("events:"), NULL, 16) & EPOLLIN) != 0)
            add_fd(s, member);
    }
    return 0;
}

static int by_relative(const struct sleeper *s) {
    s->out->doing = DOING_IDLE;
    return 0;
}

static int by_time(const struct sleeper *s) {
    s->out->doing = DOING_NAP;
    return 0;
}

static int by_nobody_knows(const struct sleeper *s) {
    (void)s;
    return -1;
}

static int (*const subjects[])(const struct sleeper *) = {
    [BY_FD] = by_fd,       [BY_POLLFDS] = by_pollfds,   [BY_FD_SET] = by_fd_set,
    [BY_EPOLL] = by_epoll, [BY_RELATIVE] = by_relative, [BY_NOBODY_KNOWS] = by_nobody_knows,
    [BY_TIME] = by_time,
};

/* Time limits */

static long to_ms(long seconds, long rest, long rest_per_ms) {
    return seconds >= LONG_MAX / 1000 - 1 ? LONG_MAX : seconds * 1000 + rest / rest_per_ms;
}

/* A struct timespec or timeval, as the kernel takes it: two longs. 0 (a limit, of unknown length) if it cannot be read. */
static long pointed_limit(const struct watch_task *t, unsigned long address, long rest_per_ms) {
    long pair[2];
    if (address == 0)
        return WATCH_FOREVER;
    if (watch_file_memory(t->pid, address, pair, sizeof pair) != 0)
        return 0;
    return to_ms(pair[0], pair[1], rest_per_ms);
}

/*
 * SO_RCVTIMEO is seen in no file of /proc: borrow the client's descriptor for a
 * moment. Where that is forbidden it counts as not set, as it mostly is.
 */
static int borrow(pid_t pid, int fd) {
#if defined SYS_pidfd_open && defined SYS_pidfd_getfd
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    if (process < 0)
        return -1;
    int copy = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    close(process);
    return copy;
#else
    (void)pid;
    (void)fd;
    return -1;
#endif
}

static long socket_limit(const struct watch_task *t) {
    struct timeval limit = {0};
    socklen_t n = sizeof limit;
    int fd = borrow(t->pid, (int)t->args[0]);
    if (fd < 0)
        return WATCH_UNSEEN;
    int result = getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &n);
    close(fd);
    if (result != 0)
        return WATCH_UNSEEN;
    return limit.tv_sec == 0 && limit.tv_usec == 0 ? WATCH_FOREVER : to_ms(limit.tv_sec, limit.tv_usec, 1000);
}

static long read_limit(const struct watch_task *t, const struct call *call, enum watch_doing doing) {
    unsigned long arg = t->args[call->at];
    switch (call->limit) {
    case IN_SOCKET:
        return doing == DOING_CONNECTION ? socket_limit(t) : WATCH_FOREVER;
    case MILLISECONDS:
        return (int)arg < 0 ? WATCH_FOREVER : (int)arg;
    case TIMESPEC:
        return pointed_limit(t, arg, 1000000);
    case TIMEVAL:
        return pointed_limit(t, arg, 1000);
    case SOME_LIMIT:
        return arg == 0 ? WATCH_FOREVER : 0;
    case NO_LIMIT:
        break;
    }
    return WATCH_FOREVER;
}

static const struct call *find_call(long number) {
    static const struct call other = {-1, "another call", BY_NOBODY_KNOWS, NO_LIMIT, 0};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (calls[i].number == number)
            return &calls[i];
    return &other;
}

void watch_call_explain(const struct watch_task *task, const struct watch_tasks *family,
                        unsigned long connection, struct watch_sleep *out) {
    const struct call *call = find_call(task->call);
    struct sleeper s = {task, family, connection, out};
    *out = (struct watch_sleep){DOING_OTHER, call->name, -1, WATCH_FOREVER};
    if (task->state != 'S')
        out->doing = DOING_NOTHING;
    else if (call->number < 0) /* connect, write, flock ... */
        out->doing = task->call < 0 ? DOING_UNTOLD : DOING_OTHER;
    else if (subjects[call->subject](&s) != 0)
        out->doing = DOING_UNTOLD;
    else
        out->limit_ms = read_limit(task, call, out->doing);
    if (out->doing == DOING_OTHER && out->fd < 0 && out->limit_ms != WATCH_FOREVER)
        out->doing = DOING_NAP; /* poll() and select() with nothing to look at are sleep() in disguise */
}

#endif
