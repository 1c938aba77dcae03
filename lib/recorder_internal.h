/*
 * recorder_internal - what the parts of recorder share.
 *
 *     bytes --recorder.c--> lines --recorder_line.c--> what is printed of them --> the file
 *               |                        ^
 *               +-- recorder_exact.c ----+   with --exact: the server's bytes wait for the end of a line
 *
 *     recorder_secret*, recorder_response, recorder_known, recorder_mask, recorder_seam, recorder_hosts: what is not printed
 */
#ifndef SMTPLAB_RECORDER_INTERNAL_H
#define SMTPLAB_RECORDER_INTERNAL_H

#include "buf.h"
#include "recorder.h"
#include "recorder_secret.h"

#include <stdint.h>

#define RECORDER_LINE_MAX (1UL << 20)     /* one line; as much as a whole transcript may have */
#define RECORDER_PRINTED_MAX (64UL << 20) /* the same line printed: "\x00" for each byte, and fields */
#define RECORDER_PIECES_MAX 64            /* of one reply: @write takes no more */

enum speaker { SERVER, CLIENT, SPEAKERS };

/* As the language has it (docs/transcripts.md): between a 354 behind "C: DATA" and "C: ." the client's lines are a message. */
enum message { MESSAGE_NONE, MESSAGE_DUE, MESSAGE_BEGUN };

/* The server's bytes from one line end to one that is also the end of a read. */
struct pieces {
    struct buf bytes;
    size_t lengths[RECORDER_PIECES_MAX];
    size_t count;
    int64_t first_ms, last_ms; /* when they came */
};

struct recorder {
    FILE *to;
    bool at_server;
    struct secrets secrets;
    struct buf lines[SPEAKERS]; /* what each has said since its last line end */
    bool skipping[SPEAKERS];    /* the rest of a line that was too long */
    enum err_kind failed;       /* the first thing that went wrong, ERR_NONE */
    int failed_errno;

    bool after_data; /* the client's last line was DATA */
    enum message message;
    struct buf late;          /* the server's lines from the midst of a message, printed: they go behind it */
    unsigned long chunk_left; /* octets to come of what BDAT announced */

    bool hide_messages;
    bool hidden; /* this message has its {message} */

    bool exact;
    struct pieces pieces;
    int64_t told_ms;  /* when the last line was printed */
    bool server_told; /* and it was the server's */
};

/* recorder.c */

void recorder_fail(struct recorder *r, enum err_kind kind);

/* Into the file, now. */
void recorder_emit(struct recorder *r, const char *bytes, size_t n);

/* Bytes of one side, cut into lines. */
void recorder_take(struct recorder *r, enum speaker who, const char *bytes, size_t n);

/* recorder_line.c */

/* One line (or what there is of one) as it was said: print it. */
void recorder_line(struct recorder *r, enum speaker who, const char *line, size_t n);

/* The same of a chunk. */
void recorder_chunk(struct recorder *r, const char *line, size_t n);

/* recorder_exact.c */

/* A read has brought these bytes of the server. */
void recorder_pieces_add(struct recorder *r, const char *bytes, size_t n);

/* Print what waits for its line end. */
void recorder_pieces_end(struct recorder *r);

/* Somebody has spoken, or something was done. */
void recorder_moment(struct recorder *r, bool server);

#endif
