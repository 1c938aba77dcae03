/*
 * recorder_cram - the password of CRAM-MD5, which is never sent. Internal to recorder*.c.
 *
 * What is sent is a digest of it with the server's challenge (RFC 2195). So nobody can tell what the password is, but
 * anybody can tell whether a word is it: by making the digest of that word. Every word of later lines is tried,
 * as it is and decoded, and one that fits is a secret from then on, before its line is written.
 */
#ifndef SMTPLAB_RECORDER_CRAM_H
#define SMTPLAB_RECORDER_CRAM_H

#include "buf.h"
#include "encode.h"
#include "recorder_known.h"

#include <stdbool.h>
#include <stddef.h>

#define CRAM_TRIES_MAX 500000 /* about a second in all: more words than an ordinary message has */
#define CRAM_LENGTH_MAX 128   /* of a password */

struct cram {
    struct buf challenge;
    char digest[ENCODE_HMAC_MD5_LEN + 1]; /* "": none is looked for */
    unsigned long tries;
};

/* make: */
void cram_init(struct cram *g);

/* use: the server's challenge, decoded; then what the client answered, the digest behind its name. */
void cram_challenge(struct cram *g, const char *bytes, size_t n);
void cram_digest(struct cram *g, const char *bytes, size_t n);

/* Is the password among the words of this line? Then it is known. */
void cram_line(struct cram *g, struct known *known, const char *line, size_t n);

/* free: */
void cram_free(struct cram *g);

#endif
