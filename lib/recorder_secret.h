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
#include "recorder_cram.h"
#include "recorder_hosts.h"
#include "recorder_known.h"
#include "recorder_seam.h"

#include <stdbool.h>
#include <stddef.h>

struct secrets {
    struct known known;
    struct hosts hosts;
    struct seam server_seam;
    struct seam client_seam;
    struct cram cram;
    bool learning; /* what responses hold gets names, and is looked for from then on */

    const struct secrets_mechanism *mechanism; /* of the last AUTH */
    unsigned step;                             /* responses since that AUTH */
    unsigned early;                            /* of these, those that were sent before their 334 */
    bool suspect;      /* since AUTH no other command: what is no command is a response */
    bool challenged;   /* 334 came: the next line is a response, whatever it looks like */
    bool data_pending; /* DATA was sent, 354 not seen */
    bool in_data;      /* the client's lines are a message */

    /* of the client's last line: */
    bool stray;          /* it was neither a command nor a response, and outside of a message */
    unsigned long chunk; /* it was BDAT: octets of a message that follow it (RFC 3030) */
};

/* One line, as the parts of secrets hand it on. */
struct said {
    const char *text;
    size_t n;     /* without the line end */
    size_t whole; /* with it */
    enum known_style style;
};

/* make: */
void secrets_init(struct secrets *s);

/*
 * use: print a line, with or without its line end. escaped: as S> and C= lines want it, line end included; else as
 * text without line end. Braces that are not ours are doubled. -1: no room.
 */
int secrets_server_line(struct secrets *s, const char *line, size_t n, bool escaped, struct buf *out);
int secrets_client_line(struct secrets *s, const char *line, size_t n, bool escaped, struct buf *out);

/* A piece of a message that BDAT announced: a line, or what of one is in the chunk. */
int secrets_chunk_line(struct secrets *s, const char *line, size_t n, struct buf *out);

/* TLS has begun, and the session with it (RFC 3207 4.2). What is known stays known. */
void secrets_restart(struct secrets *s);

/* free: overwrites the values first. */
void secrets_free(struct secrets *s);

/* --- recorder_response.c, what clients answer in AUTH --- */

/* The row of a mechanism, also of one that nobody has heard of. */
const struct secrets_mechanism *secrets_mechanism(const char *word, size_t n);

/* May the word be printed? Else it may be a secret in the wrong place. */
bool secrets_mechanism_known(const struct secrets_mechanism *m);

/* What stands behind 334. */
void secrets_challenge(struct secrets *s, const char *text, size_t n);

/* A response, not counted yet as a step: printed with fields in the place of what it holds. */
int secrets_response(struct secrets *s, const char *text, size_t n, enum known_style style, struct buf *out);

#endif
