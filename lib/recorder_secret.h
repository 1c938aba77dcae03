/*
 * recorder_secret - which bytes of a conversation must not be written down.
 * Internal to recorder*.c.
 *
 * Follows AUTH (RFC 4954) as far as is needed to know which of the client's
 * lines are responses, and prints lines with fields in the place of what is secret. When in
 * doubt it hides: a recording that says too little can be made again.
 */
#ifndef SMTPLAB_RECORDER_SECRET_H
#define SMTPLAB_RECORDER_SECRET_H

#include "buf.h"
#include "recorder_known.h"

#include <stdbool.h>
#include <stddef.h>

struct secrets {
    struct known known;

    const struct secrets_mechanism *mechanism; /* of the last AUTH */
    unsigned step;                             /* responses since that AUTH */
    unsigned early;                            /* of these, those that were sent before their 334 */
    bool suspect;      /* since AUTH no other command: what is no command is a response */
    bool challenged;   /* 334 came: the next line is a response, whatever it looks like */
    bool data_pending; /* DATA was sent, 354 not seen */
    bool in_data;      /* the client's lines are a message */
};

/* make: */
void secrets_init(struct secrets *s);

/*
 * use: print a line, with or without its line end. escaped: as S> and C= lines want it, line end included; else as
 * text without line end. Braces that are not ours are doubled. -1: no room.
 */
int secrets_server_line(struct secrets *s, const char *line, size_t n, bool escaped, struct buf *out);
int secrets_client_line(struct secrets *s, const char *line, size_t n, bool escaped, struct buf *out);

/* TLS has begun, and the session with it (RFC 3207 4.2). What is known stays known. */
void secrets_restart(struct secrets *s);

/* free: overwrites the values first. */
void secrets_free(struct secrets *s);

#endif
