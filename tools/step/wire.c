/* See wire.h. */
#include "wire.h"

#include <stdlib.h>

/* A back end on top of another. */
struct tap {
    const struct stream_ops *below;
    void *below_ctx;
    struct wire *wire;
};

static void keep(struct wire_side *side, const void *bytes, ssize_t n) {
    size_t room = WIRE_KEPT - side->bytes.len;

    if (n <= 0)
        return;
    side->total += (size_t)n;
    buf_add(&side->bytes, bytes, (size_t)n < room ? (size_t)n : room);
}

static ssize_t tap_read(void *ctx, void *bytes, size_t n, int timeout_ms, struct err *e) {
    struct tap *t = ctx;
    ssize_t got = t->below->read(t->below_ctx, bytes, n, timeout_ms, e);

    keep(&t->wire->heard, bytes, got);
    return got;
}

static ssize_t tap_write(void *ctx, const void *bytes, size_t n, int timeout_ms, struct err *e) {
    struct tap *t = ctx;
    ssize_t put = t->below->write(t->below_ctx, bytes, n, timeout_ms, e);

    keep(&t->wire->sent, bytes, put);
    return put;
}

static void tap_close(void *ctx) {
    struct tap *t = ctx;

    t->below->close(t->below_ctx);
    free(t);
}

static const struct stream_ops tap_ops = {tap_read, tap_write, tap_close};

int wire_insert(struct wire *w, struct stream *s, struct err *e) {
    const struct stream_ops *ops = &tap_ops;
    struct tap *t = calloc(1, sizeof *t);
    void *ctx = t;

    if (t == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    if (stream_swap(s, &ops, &ctx, e) == -1) {
        free(t);
        return -1;
    }
    t->below = ops;
    t->below_ctx = ctx;
    t->wire = w;
    return 0;
}

static void forget(struct wire_side *side) {
    buf_clear(&side->bytes);
    side->total = 0;
}

void wire_forget(struct wire *w) {
    forget(&w->sent);
    forget(&w->heard);
}

void wire_init(struct wire *w) {
    buf_init(&w->sent.bytes, WIRE_KEPT);
    buf_init(&w->heard.bytes, WIRE_KEPT);
    wire_forget(w);
}

void wire_free(struct wire *w) {
    buf_free(&w->sent.bytes);
    buf_free(&w->heard.bytes);
}
