/*
 * recorder_known - values that must not be written down, and lines printed
 * without them. Internal to recorder*.c.
 */
#ifndef SMTPLAB_RECORDER_KNOWN_H
#define SMTPLAB_RECORDER_KNOWN_H

#include "buf.h"
#include "recorder_hosts.h"

#include <stdbool.h>
#include <stddef.h>

#define KNOWN_MAX 64 /* values that the caller may name */
#define KNOWN_NAMED_MAX                                                                                      \
    40 /* so many that came in AUTH get a name (a transcript may have 64 names in all) ... */
#define KNOWN_ALL_MAX 1024 /* ... later ones are remembered, and printed as *** */
#define KNOWN_NAME_MAX 32  /* [a-z][a-z0-9-]*, as the transcript language has it */
#define KNOWN_SHORT 4      /* a response of fewer bytes is hidden, but not looked for elsewhere */
#define KNOWN_ALIGNMENTS                                                                                     \
    3 /* base64 of a text has three forms, by where in its groups of three the text begins */
#define KNOWN_HIDDEN "***" /* what stands for bytes that have no name */

struct known_value {
    char name[KNOWN_NAME_MAX + 1]; /* "": none, it is printed as *** */
    char *bytes;
    size_t len;
    bool secret;                        /* else a name for AUTH lines alone */
    bool everywhere;                    /* looked for in every line */
    struct buf cores[KNOWN_ALIGNMENTS]; /* the letters of base64 that hang on nothing but these bytes */
};

struct known {
    size_t count;
    size_t room;
    struct known_value *values;
    unsigned responses; /* how many were given a name, response1 ... */
    bool overflow;      /* a value came that could not be remembered: from now on nothing is safe to write */
};

/* How bytes are printed that are no field: as S: has them, as S> has them, or inside {b64:...}, where a closing brace would end the field. */
enum known_style { KNOWN_TEXT, KNOWN_ESCAPED, KNOWN_BASE64 };

/* A line as it is to be printed. */
struct known_line {
    const char *bytes;
    size_t n;
    enum known_style style;
    const unsigned char *cover; /* a byte that is not 0: print *** there (recorder_seam); NULL: none */
    struct hosts *hosts;        /* private names; NULL: none */
};

/* make: a struct known of zeros is empty. Name a value. -1: not a name, no value, too many, or memory. */
int known_add(struct known *s, const char *name, const void *value, size_t n, bool secret);

/*
 * A value that came in AUTH, by this name, or as name-2, name-3 if that is taken; nothing happens if it is known as
 * such. NULL: it gets no name, as the line it came in does not show it in a place of its own, and a name has to
 * stand on a C: line first. It may set s->overflow.
 */
void known_learn(struct known *s, const char *name, const void *value, size_t n, bool secret);

/* use: the value that is exactly these bytes, or NULL; of two (a user whose password is his name) the one of the kind that is preferred. */
const struct known_value *known_exact(const struct known *s, const char *bytes, size_t n, bool prefer_secret);

/* Each appends to out. -1: no room. */

/* Bytes as they are, opening braces doubled. */
int known_literal(struct buf *out, enum known_style style, const char *bytes, size_t n);

/* {name} or {secret:name} */
int known_field(struct buf *out, const struct known_value *v);

/* {secret:response1}, or what stands for these bytes already. keep: so that an echo of them is hidden too. */
int known_response(struct known *s, const char *bytes, size_t n, bool keep, struct buf *out);

/* A line with what is secret or private in it replaced, as it is or inside a word of base64. */
int known_mask(const struct known *s, const struct known_line *line, struct buf *out);

/* free: overwrites the values first. */
void known_free(struct known *s);

#endif
