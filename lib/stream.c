#include "stream.h"

#include "deadline.h"
#include "stream_backend.h"

#include <stdlib.h>
#include <string.h>

#define READ_SIZE 65536 /* asked for at a time: a message of megabytes in few calls */

struct stream {
    const struct stream_ops *ops;
    void *ctx;
    int fd;             /* -1: memory */
    const void *memory; /* the memory back end, also when TLS lies on top; NULL: a socket */
    int timeout_ms;     /* of a whole operation */
    struct buf in;      /* bytes read ... */
    size_t taken;       /* ... of which the first so many are done with */
    struct buf out;     /* gathered, not yet sent */
    stream_tap_fn *tap;
    void *tap_arg;
};

/* --- make --- */

static struct stream *stream_new(const struct stream_ops *ops, void *ctx) {
    struct stream *s = ctx == NULL ? NULL : calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->ops = ops;
    s->ctx = ctx;
    s->fd = -1;
    s->timeout_ms = -1;
    buf_init(
        &s->in,
        2 * STREAM_IN_MAX); /* as many taken bytes may lie in front of the unread ones: see read_room() */
    buf_init(&s->out, STREAM_OUT_MAX);
    return s;
}

static struct stream *from_socket(int fd, void *ctx) {
    struct stream *s = stream_new(&backend_socket, ctx);

    if (s == NULL)
        free(ctx); /* and not close: without a stream the socket is still the caller's */
    else
        s->fd = fd;
    return s;
}

struct stream *stream_from_fd(int fd) {
    return from_socket(fd, backend_socket_new(fd));
}

struct stream *stream_from_ready(int fd) {
    return from_socket(fd, backend_ready_new(fd));
}

struct stream *stream_from_memory(const void *bytes, size_t n) {
    void *ctx = backend_memory_new(bytes, n);
    struct stream *s = stream_new(&backend_memory, ctx);

    if (s == NULL && ctx != NULL)
        backend_memory.close(ctx);
    else if (s != NULL)
        s->memory = ctx;
    return s;
}

const struct buf *stream_memory_written(const struct stream *s) {
    return s->memory == NULL ? NULL : backend_memory_written(s->memory);
}

void stream_set_timeout(struct stream *s, int timeout_ms) {
    s->timeout_ms = timeout_ms;
}

int stream_timeout(const struct stream *s) {
    return s->timeout_ms;
}

/* --- read --- */

const char *stream_peek(const struct stream *s, size_t *n) {
    *n = s->in.len - s->taken;
    return s->in.data + s->taken;
}

/*
 * Taking only moves a mark. Bytes are moved to the front when at least half
 * of them are taken, so that each is moved less than once on average: taking
 * a big buffer line by line stays linear.
 */
void stream_take(struct stream *s, size_t n) {
    size_t unread = s->in.len - s->taken;

    s->taken += n < unread ? n : unread;
    if (s->taken == s->in.len) {
        buf_clear(&s->in);
        s->taken = 0;
    }
}

/* Where the next read may put *n bytes. NULL: too much lies unread, or memory is out. */
static char *read_room(struct stream *s, size_t *n, struct err *e) {
    size_t unread = s->in.len - s->taken;

    if (unread >= STREAM_IN_MAX) {
        err_set(e, ERR_LIMIT, "more than %lu bytes came that nothing asked for", STREAM_IN_MAX);
        return NULL;
    }
    if (s->taken > 0 && s->taken >= unread) {
        buf_take(&s->in, s->taken);
        s->taken = 0;
    }
    *n = STREAM_IN_MAX - unread < READ_SIZE ? STREAM_IN_MAX - unread : READ_SIZE;

    char *room = buf_room(&s->in, *n);

    if (room == NULL)
        err_set(e, ERR_SYSTEM, "out of memory");
    return room;
}

static void tell_tap(const struct stream *s, enum stream_side side, const char *bytes, size_t n) {
    if (s->tap != NULL)
        s->tap(s->tap_arg, side, bytes, n);
}

ssize_t stream_fill(struct stream *s, int timeout_ms, struct err *e) {
    size_t n;
    char *room = read_room(s, &n, e);

    if (room == NULL)
        return -1;

    ssize_t got = s->ops->read(s->ctx, room, n, timeout_ms, e);

    if (got > 0) {
        buf_grew(&s->in, (size_t)got);
        tell_tap(s, STREAM_IN, room, (size_t)got);
    }
    return got;
}

/* Move the first n unread bytes into `line`. */
static ssize_t hand_over(struct stream *s, struct buf *line, size_t n, struct err *e) {
    size_t unread;

    if (buf_add(line, stream_peek(s, &unread), n) == -1)
        return err_set(e, ERR_LIMIT, "a line of %zu bytes is too long to be kept", n);
    stream_take(s, n);
    return (ssize_t)n;
}

/*
 * Is a whole line of up to max bytes there? > 0: its length, 0: not yet, -1: it is longer. *seen:
 * looked at before, without an LF.
 */
static ssize_t line_length(const struct stream *s, size_t *seen, size_t max, struct err *e) {
    size_t unread;
    const char *bytes = stream_peek(s, &unread);
    size_t end = unread < max ? unread : max;
    const char *lf = end > *seen ? memchr(bytes + *seen, '\n', end - *seen) : NULL;

    if (lf != NULL)
        return lf - bytes + 1;
    if (unread >= max)
        return err_set(e, ERR_LIMIT, "a line is longer than %zu bytes", max);
    *seen = end;
    return 0;
}

/*
 * The connection ended, or broke, before the LF: hand over what there is of the line, it may be the
 * last words of a dying server.
 */
static ssize_t line_cut_short(struct stream *s, struct buf *line, ssize_t got, struct err *e) {
    size_t unread;

    stream_peek(s, &unread);
    if (unread > 0 && hand_over(s, line, unread, e) == -1)
        return -1;
    if (got == 0 && unread > 0)
        return err_set(e, ERR_CLOSED, "the other side closed the connection in the middle of a line");
    return got;
}

static int too_late(const struct stream *s, struct err *e) {
    size_t unread;

    stream_peek(s, &unread);
    return err_set(e, ERR_TIMEOUT, "the other side %s for %g seconds",
                   unread > 0 ? "sent only a part of a line" : "said nothing", s->timeout_ms / 1000.0);
}

ssize_t stream_read_line(struct stream *s, struct buf *line, size_t max, struct err *e) {
    struct deadline until = deadline_in(s->timeout_ms);
    struct err unseen = {ERR_NONE, ""};
    size_t seen = 0;
    ssize_t n;

    e = e == NULL ? &unseen : e; /* we look at the kind ourselves */
    buf_clear(line);
    while ((n = line_length(s, &seen, max, e)) == 0) {
        int left = deadline_left(until);
        /* A clock that has run out stops us even if bytes keep trickling in, but only after a first look. */
        ssize_t got = left == 0 && seen > 0 && s->timeout_ms != 0 ? too_late(s, e) : stream_fill(s, left, e);

        if (got == 0 || (got == -1 && e->kind == ERR_CLOSED))
            return line_cut_short(s, line, got, e);
        if (got == -1)
            return e->kind == ERR_TIMEOUT ? too_late(s, e) : -1;
    }
    return n == -1 ? -1 : hand_over(s, line, (size_t)n, e);
}

/* --- write --- */

int stream_write(struct stream *s, const void *bytes, size_t n, struct err *e) {
    const char *from = bytes;

    while (n > 0) {
        size_t room = STREAM_OUT_MAX - s->out.len;
        size_t piece = n < room ? n : room;

        if (buf_add(&s->out, from, piece) == -1)
            return err_set(e, ERR_SYSTEM, "out of memory");
        from += piece;
        n -= piece;
        if (s->out.len == STREAM_OUT_MAX && stream_flush(s, e) == -1)
            return -1;
    }
    return 0;
}

/* Send from offset *sent on, which follows. The time limit covers the whole of it. */
static int send_all(const struct stream *s, size_t *sent, struct err *e) {
    struct deadline until = deadline_in(s->timeout_ms);

    while (*sent < s->out.len) {
        int left = deadline_left(until);

        if (left == 0 && *sent > 0)
            return err_set(e, ERR_TIMEOUT, "the other side did not take our bytes in time");

        ssize_t put = s->ops->write(s->ctx, s->out.data + *sent, s->out.len - *sent, left, e);

        if (put == -1)
            return -1;
        tell_tap(s, STREAM_OUT, s->out.data + *sent, (size_t)put);
        *sent += (size_t)put;
    }
    return 0;
}

int stream_flush(struct stream *s, struct err *e) {
    size_t sent = 0;
    int result = send_all(s, &sent, e);

    buf_take(&s->out, sent);
    return result;
}

/* --- the rest --- */

void stream_tap(struct stream *s, stream_tap_fn *fn, void *arg) {
    s->tap = fn;
    s->tap_arg = arg;
}

int stream_swap(struct stream *s, const struct stream_ops **ops, void **ctx, struct err *e) {
    size_t unread;
    const struct stream_ops *old_ops = s->ops;
    void *old_ctx = s->ctx;

    stream_peek(s, &unread);
    if (unread > 0)
        return err_set(e, ERR_PROTOCOL, "%zu bytes were waiting in plain text where TLS had to begin",
                       unread);
    if (s->out.len > 0)
        return err_set(e, ERR_PROTOCOL, "%zu of our bytes were still to be sent in plain text", s->out.len);
    s->ops = *ops;
    s->ctx = *ctx;
    *ops = old_ops;
    *ctx = old_ctx;
    return 0;
}

int stream_fd(const struct stream *s) {
    return s->fd;
}

void *stream_ctx(const struct stream *s, const struct stream_ops *ops) {
    return s->ops == ops ? s->ctx : NULL;
}

void stream_free(struct stream *s) {
    if (s == NULL)
        return;
    s->ops->close(s->ctx);
    buf_free(&s->in);
    buf_free(&s->out);
    free(s);
}
