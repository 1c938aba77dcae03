#include "stream_backend.h"

#include "deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- a socket --- */

struct socket_end {
    int fd;
    bool is_socket; /* or a pipe, a terminal: these know no send() */
};

void *backend_ready_new(int fd) {
    struct socket_end *s = malloc(sizeof(*s));

    if (s != NULL)
        *s = (struct socket_end){.fd = fd, .is_socket = true};
    return s;
}

void *backend_socket_new(int fd) {
    struct socket_end *s = backend_ready_new(fd);
    int flags = fcntl(fd, F_GETFL);
    int type;
    int on = 1;

    if (s == NULL)
        return NULL;
    s->is_socket = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){sizeof(type)}) == 0;

    /*
     * Non-blocking, because poll() promises little: what was ready may be gone when we read, and a
     * blocked write() obeys no time limit.
     */
    if (flags != -1)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);

    /*
     * We gather our writes ourselves; Nagle's algorithm would only make the last one wait. Fails on
     * what is not TCP, which is fine.
     */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return s;
}

/* Why a read or write failed, in words. */
static int socket_error(const char *doing, struct err *e) {
    switch (errno) {
    case ECONNRESET:
        return err_set(e, ERR_CLOSED, "the other side reset the connection");
    case EPIPE:
        return err_set(e, ERR_CLOSED, "the other side has closed the connection");
    case ETIMEDOUT:
        return err_set(e, ERR_CLOSED,
                       "the connection broke: the other side's machine does not answer any more");
    default:
        return err_errno(e, ERR_SYSTEM, "cannot %s the connection", doing);
    }
}

/*
 * After a read or write failed with errno: 0 when it can be tried again, -1 when the time is up or the
 * trouble is real.
 */
static int socket_again(int fd, short events, struct deadline until, const char *doing, struct err *e) {
    if (errno == EINTR)
        return 0;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return socket_error(doing, e);

    int ready = deadline_poll(until, fd, events);

    if (ready == 0)
        return err_set(e, ERR_TIMEOUT,
                       events == POLLIN ? "the other side said nothing in time"
                                        : "the other side did not take our bytes in time");
    return ready > 0 ? 0 : socket_error(doing, e);
}

static ssize_t socket_read(void *ctx, void *bytes, size_t n, int timeout_ms, struct err *e) {
    const struct socket_end *s = ctx;
    struct deadline until = deadline_in(timeout_ms);

    for (;;) {
        ssize_t got = read(s->fd, bytes, n);

        if (got >= 0)
            return got;
        if (socket_again(s->fd, POLLIN, until, "read from", e) == -1)
            return -1;
    }
}

/*
 * write() to an end that nobody reads raises SIGPIPE, which kills a program
 * that did not think of it. A library cannot ask every program to ignore it,
 * so it holds the signal back, writes, and takes away the one it caused.
 */
static ssize_t quiet_write(int fd, const void *bytes, size_t n) {
    sigset_t pipe_only;
    sigset_t before;
    sigset_t pending;
    int number;

    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;

    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    ssize_t put = write(fd, bytes, n);
    int why = errno;

    if (put == -1 && why == EPIPE && !was_pending) {
        sigpending(&pending);
        if (sigismember(&pending, SIGPIPE) == 1) /* ignored signals are never pending */
            sigwait(&pipe_only, &number);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return put;
}

static ssize_t write_once(const struct socket_end *s, const void *bytes, size_t n) {
#ifdef MSG_NOSIGNAL
    if (s->is_socket)
        return send(s->fd, bytes, n, MSG_NOSIGNAL);
#endif
    return quiet_write(s->fd, bytes, n);
}

static ssize_t socket_write(void *ctx, const void *bytes, size_t n, int timeout_ms, struct err *e) {
    const struct socket_end *s = ctx;
    struct deadline until = deadline_in(timeout_ms);

    for (;;) {
        ssize_t put = write_once(s, bytes, n);

        if (put >= 0)
            return put;
        if (socket_again(s->fd, POLLOUT, until, "write to", e) == -1)
            return -1;
    }
}

static void socket_close(void *ctx) {
    struct socket_end *s = ctx;

    close(s->fd); /* not again after EINTR: the number may be another thread's by then */
    free(s);
}

const struct stream_ops backend_socket = {socket_read, socket_write, socket_close};

/* --- a block of memory --- */

struct memory_end {
    char *bytes;
    size_t n;
    size_t at; /* read so far */
    struct buf written;
};

void *backend_memory_new(const void *bytes, size_t n) {
    struct memory_end *m = calloc(1, sizeof(*m));

    if (m == NULL)
        return NULL;
    m->bytes = malloc(n > 0 ? n : 1);
    if (m->bytes == NULL) {
        free(m);
        return NULL;
    }
    if (n > 0)
        memcpy(m->bytes, bytes, n);
    m->n = n;
    buf_init(&m->written, SIZE_MAX);
    return m;
}

static ssize_t memory_read(void *ctx, void *bytes, size_t n, int timeout_ms, struct err *e) {
    struct memory_end *m = ctx;
    size_t left = m->n - m->at;
    size_t got = n < left ? n : left;

    (void)timeout_ms;
    (void)e;
    memcpy(bytes, m->bytes + m->at, got);
    m->at += got;
    return (ssize_t)got;
}

static ssize_t memory_write(void *ctx, const void *bytes, size_t n, int timeout_ms, struct err *e) {
    struct memory_end *m = ctx;

    (void)timeout_ms;
    if (buf_add(&m->written, bytes, n) == -1)
        return err_set(e, ERR_SYSTEM, "out of memory");
    return (ssize_t)n;
}

static void memory_close(void *ctx) {
    struct memory_end *m = ctx;

    buf_free(&m->written);
    free(m->bytes);
    free(m);
}

const struct stream_ops backend_memory = {memory_read, memory_write, memory_close};

const struct buf *backend_memory_written(const void *ctx) {
    const struct memory_end *m = ctx;

    return &m->written;
}
