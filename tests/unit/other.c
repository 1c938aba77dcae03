#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "other.h"

#include <sys/socket.h>
#include <unistd.h>

struct stream *other_pair(int *other_end) {
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    *other_end = ends[1];

    struct stream *s = stream_from_fd(ends[0]);

    assert_non_null(s);
    stream_set_timeout(s, PATIENCE_MS);
    return s;
}

static size_t piece_of(const struct other *o) {
    size_t left = o->n - o->moved;

    return left < o->piece ? left : o->piece;
}

void *other_send(void *arg) {
    struct other *o = arg;

    while (o->moved < o->n) {
        ssize_t put = send(o->fd, o->bytes + o->moved, piece_of(o), MSG_NOSIGNAL);

        if (put == -1)
            break;
        o->moved += (size_t)put;
    }
    shutdown(o->fd, SHUT_WR);
    return NULL;
}

void *other_take(void *arg) {
    struct other *o = arg;
    ssize_t got;

    while (o->moved < o->n && (got = read(o->fd, o->taken + o->moved, piece_of(o))) > 0)
        o->moved += (size_t)got;
    return NULL;
}

void other_start(struct other *o, void *(*work)(void *)) {
    assert_int_equal(pthread_create(&o->thread, NULL, work, o), 0);
}

void other_finish(struct other *o) {
    pthread_join(o->thread, NULL);
    close(o->fd);
}
