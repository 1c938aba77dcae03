/*
 * watch_fixture - a child process under watch, for the tests of watch.
 *
 * Nothing here waits for a span of time: a test looks again and again until the child
 * is where it is going, up to a bound that only a broken watch reaches.
 */
#ifndef SMTPLAB_WATCH_FIXTURE_H
#define SMTPLAB_WATCH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/watch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOKS_MAX 20000 /* a millisecond apart: only a bound, no expectation */
#define MINUTE 60000
#define LONG_PATIENCE (5 * MINUTE)

/* Connections */

static inline int fixture_listen(int family, struct sockaddr_storage *a, socklen_t *n) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(family, SOCK_STREAM, 0);
    *n = family == AF_INET ? sizeof in : sizeof in6;
    memcpy(a, family == AF_INET ? (void *)&in : (void *)&in6, *n);
    if (fd < 0 || bind(fd, (struct sockaddr *)a, *n) != 0 || listen(fd, 1) != 0)
        return -1;
    assert_int_equal(getsockname(fd, (struct sockaddr *)a, n), 0);
    return fd;
}

/* ::ffff:127.0.0.1 with the same port: how a program that knows only IPv6 sockets speaks IPv4. */
static inline void fixture_map(struct sockaddr_storage *a, socklen_t *n) {
    struct sockaddr_in in;
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    memcpy(&in, a, sizeof in);
    in6.sin6_port = in.sin_port;
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &in6.sin6_addr);
    memcpy(a, &in6, sizeof in6);
    *n = sizeof in6;
}

/* false: this machine has no such family. */
static inline bool fixture_connect(int family, int client_family, int *ours, int *theirs) {
    struct sockaddr_storage a = {0};
    socklen_t n;
    int listener = fixture_listen(family, &a, &n);
    if (listener < 0)
        return false;
    if (client_family != family)
        fixture_map(&a, &n);
    *theirs = socket(client_family, SOCK_STREAM, 0);
    if (*theirs < 0 || connect(*theirs, (struct sockaddr *)&a, n) != 0)
        return false;
    *ours = accept(listener, NULL, NULL);
    assert_true(*ours >= 0);
    close(listener);
    return true;
}

/* A child under watch, with a connection to us and a pipe as its standard input. */

struct fixture {
    int ours;
    int input; /* our end of the pipe */
    pid_t pid;
    struct watch *w;
};

typedef void child_fn(int fd);

static inline void fixture_run(child_fn *child, int ours, int theirs, const int *input) {
    setsid();
    close(ours);
    close(input[1]);
    dup2(input[0], STDIN_FILENO);
    close(input[0]);
    child(theirs);
    _exit(0);
}

static inline void fixture_start(struct fixture *f, child_fn *child, int patience_ms, int family,
                                 int client_family) {
    int theirs = -1;
    int input[2];
    *f = (struct fixture){.ours = -1};
    if (!fixture_connect(family, client_family, &f->ours, &theirs))
        skip();
    assert_int_equal(pipe(input), 0);
    f->pid = fork();
    assert_true(f->pid >= 0);
    if (f->pid == 0)
        fixture_run(child, f->ours, theirs, input);
    close(theirs);
    close(input[0]);
    f->input = input[1];
    f->w = watch_new(f->pid, patience_ms);
    assert_non_null(f->w);
    watch_connection(f->w, f->ours);
}

static inline void fixture_stop(struct fixture *f) {
    kill(-f->pid, SIGKILL);
    kill(f->pid, SIGKILL);
    waitpid(f->pid, NULL, 0);
    watch_free(f->w);
    close(f->ours);
    close(f->input);
}

/* Look until both the state and a piece of its words are there: BUSY alone is too easily met. */
static inline enum watch_state fixture_await(struct watch *w, enum watch_state wanted, const char *words) {
    for (int i = 0; i < LOOKS_MAX; i++) {
        if (watch_look(w) == wanted && strstr(watch_words(w), words) != NULL)
            return wanted;
        poll(NULL, 0, 1);
    }
    print_error("last look: %s\n", watch_words(w));
    return WATCH_UNKNOWN;
}

/* Tests that need a proof are skipped where there is none, and say so. */
static inline bool fixture_available(void) {
    struct err e = {0};
    if (watch_available(&e) == 0)
        return true;
    print_message("nothing can be proved here, most tests are skipped: %s\n", e.text);
    return false;
}

#endif
