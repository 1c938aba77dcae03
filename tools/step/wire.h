/*
 * wire - what passes on the wire itself, below TLS: what a bystander sees.
 *
 * Slipped between a stream and its socket before anything is said, it keeps
 * the bytes of the last turn as they travel. Without TLS they are what was
 * said; with TLS they are what hides it.
 */
#ifndef SMTPLAB_STEP_WIRE_H
#define SMTPLAB_STEP_WIRE_H

#include "../../lib/buf.h"
#include "../../lib/stream.h"

#define WIRE_KEPT 4096 /* bytes of one turn and direction kept for showing; the rest is counted */

struct wire_side {
    struct buf bytes;
    size_t total;
};

struct wire {
    struct wire_side sent;
    struct wire_side heard;
};

/* make: nothing has passed. */
void wire_init(struct wire *w);

/* Sit below this stream; w must outlive it. -1: memory, or bytes lie in its buffers. */
int wire_insert(struct wire *w, struct stream *s, struct err *e);

/* use: a new turn begins. */
void wire_forget(struct wire *w);

/* free: */
void wire_free(struct wire *w);

#endif
