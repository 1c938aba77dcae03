/*
 * stream - buffered lines over anything that reads and writes bytes.
 *
 * TCP keeps no message borders: one read may bring half a reply or three of
 * them. A stream hides that: it reads until a line is whole. It is the only
 * place of the kit that knows about short writes, EINTR, SIGPIPE and time
 * limits, and the only place where a conversation is tapped for a recording.
 *
 *   - Back ends: a socket, a block of memory (for tests), and whatever tls
 *     puts in their place with stream_swap().
 *   - One thread at a time.
 *   - Writes are gathered until stream_flush(): a message sent line by line
 *     in small packets meets Nagle's algorithm and takes 40 ms a line.
 */
#ifndef SMTPLAB_STREAM_H
#define SMTPLAB_STREAM_H

#include "buf.h"
#include "err.h"

#include <stddef.h>
#include <sys/types.h>

struct stream;

enum stream_side { STREAM_IN, STREAM_OUT };

/*
 * A back end. read: up to n bytes; > 0 how many, 0 end of file, -1 error
 * (ERR_TIMEOUT after timeout_ms; -1 waits for ever; 0 only looks).
 * write: > 0 how many were taken, -1 error. close: also frees ctx.
 */
struct stream_ops {
    ssize_t (*read)(void *ctx, void *bytes, size_t n, int timeout_ms, struct err *e);
    ssize_t (*write)(void *ctx, const void *bytes, size_t n, int timeout_ms, struct err *e);
    void (*close)(void *ctx);
};

/*
 * Sees all bytes that pass, as plain text, in the order they pass: incoming as they are read from the
 * back end, outgoing as they are flushed.
 */
typedef void stream_tap_fn(void *arg, enum stream_side side, const void *bytes, size_t n);

/*
 * make: NULL when memory is out. stream_from_fd owns the socket from then on (makes it non-blocking,
 * close-on-exec; sets TCP_NODELAY if it is TCP).
 */
struct stream *stream_from_fd(int fd);

/* The same for a socket that is all this already (net_accept_ready()): no system call is made. */
struct stream *stream_from_ready(int fd);

/* Reads the n bytes given (copied), then end of file; what is written is kept for stream_memory_written(). */
struct stream *stream_from_memory(const void *bytes, size_t n);
const struct buf *stream_memory_written(const struct stream *s); /* NULL: not a memory stream */

/*
 * use: how long each later stream_read_line(), stream_write(), stream_flush() and TLS handshake may
 * take in all, in milliseconds; -1 (the default): for ever.
 */
void stream_set_timeout(struct stream *s, int timeout_ms);
int stream_timeout(const struct stream *s);

/*
 * One line into `line` (cleared first), its line end included, which is an LF;
 * whether a CR stands before it is for the caller to judge.
 * > 0: its length. 0: end of file before the first byte. -1: ERR_TIMEOUT (what
 * came of the line stays buffered: asking again goes on with it),
 * ERR_CLOSED (the end came inside a line: what there was is in `line`),
 * ERR_LIMIT (no LF within max bytes; what was read stays buffered).
 */
ssize_t stream_read_line(struct stream *s, struct buf *line, size_t max, struct err *e);

/*
 * Read more into the buffer. > 0: bytes added, 0: end of file, -1: error (ERR_TIMEOUT after timeout_ms;
 * 0 only looks). For callers that peek.
 */
ssize_t stream_fill(struct stream *s, int timeout_ms, struct err *e);

/* The bytes read but not yet taken; *n is how many. Valid until the next call that reads or takes. */
const char *stream_peek(const struct stream *s, size_t *n);
void stream_take(struct stream *s, size_t n);

/*
 * Gather for sending; it flushes by itself when STREAM_OUT_MAX is reached. -1: as stream_flush(); how
 * much was gathered is then unknown.
 */
#define STREAM_OUT_MAX 65536
#define STREAM_IN_MAX (64UL << 20) /* bytes a peeking caller may leave unread */
int stream_write(struct stream *s, const void *bytes, size_t n, struct err *e);

/*
 * Send all that was gathered. -1: ERR_CLOSED, ERR_TIMEOUT, ERR_SYSTEM; what was not sent is kept, so
 * that flushing again after ERR_TIMEOUT goes on. Never raises SIGPIPE.
 */
int stream_flush(struct stream *s, struct err *e);

/* NULL takes the tap out. */
void stream_tap(struct stream *s, stream_tap_fn *fn, void *arg);

/*
 * Put another back end between the stream and the one it has (tls does). The
 * old one is handed back in *ops and *ctx and now belongs to the new one.
 * Both buffers must be empty, else ERR_PROTOCOL: bytes that arrived in plain
 * text must never be taken for protected ones.
 */
int stream_swap(struct stream *s, const struct stream_ops **ops, void **ctx, struct err *e);

/*
 * The socket, or -1: for poll(), getsockname() and watch. Reading from it
 * directly is wrong; and before waiting for it in poll(), look with
 * stream_fill(s, 0, e): TLS may hold bytes that the socket gave long ago.
 */
int stream_fd(const struct stream *s);

/* The context of the back end in place if its functions are `ops`, else NULL. */
void *stream_ctx(const struct stream *s, const struct stream_ops *ops);

/* free: closes the back end. Unflushed bytes are lost. NULL is fine. */
void stream_free(struct stream *s);

#endif
