/*
 * stream_backend - the bottom of a stream: a socket, or a block of memory.
 *
 * Only stream.c calls these. The contract of the functions in the tables is
 * that of struct stream_ops.
 */
#ifndef SMTPLAB_STREAM_BACKEND_H
#define SMTPLAB_STREAM_BACKEND_H

#include "buf.h"
#include "stream.h"

#include <stddef.h>

/*
 * make: a context for the table; close() frees it. NULL: memory is out (the descriptor is then still
 * open).
 */
void *backend_socket_new(int fd);
void *backend_ready_new(int fd); /* a socket on which all is set as it should be */
extern const struct stream_ops backend_socket;

void *backend_memory_new(const void *bytes, size_t n);
extern const struct stream_ops backend_memory;

/* use: what was written to a block of memory. */
const struct buf *backend_memory_written(const void *ctx);

#endif
