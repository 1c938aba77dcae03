/*
 * message_lines - a message on the wire as lines, and its header as fields
 * (RFC 5322 2.1, 2.2), each with its offset in the wire bytes. Pure.
 */
#ifndef SMTPLAB_MESSAGE_LINES_H
#define SMTPLAB_MESSAGE_LINES_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

#define MESSAGE_FIELDS_MAX 200 /* header fields that are looked at; no mail of a lesson has as many */

/* What is left of a message. */
struct message_lines {
    const char *bytes;
    size_t n;
    size_t pos;
};

/* One line: without line end, its transparency dot taken off (RFC 5321 4.5.2). At the end of the message: `at` alone. */
struct message_line {
    const char *text;
    size_t len;
    size_t at;   /* of its first wire byte */
    bool dotted; /* a dot was taken off: text[-1] */
};

struct message_lines message_lines(const char *bytes, size_t n);

/* false: no more. A line ends in CRLF or in LF alone. */
bool message_next(struct message_lines *m, struct message_line *line);

struct header_field {
    const char *name; /* in the message */
    size_t name_len;
    struct buf value; /* without white space around it; each fold is one space */
    size_t at;        /* of its first wire byte */
    size_t value_at;  /* of the value's first wire byte */
    bool folded;
};

struct message_header {
    size_t count;
    struct header_field fields[MESSAGE_FIELDS_MAX];
    bool ended;    /* an empty line ends it */
    size_t end_at; /* of that line, or of the first line that is no field, or of the end */
};

/* Take the header, and the empty line if there is one, off the front. */
void message_header_take(struct message_lines *m, struct message_header *out);
void message_header_free(struct message_header *h);

bool header_same_name(const struct header_field *a, const struct header_field *b); /* folds case */
bool header_same_value(const struct header_field *a, const struct header_field *b);

/* How many fields have f's name? */
size_t header_count(const struct message_header *h, const struct header_field *f);

#endif
