/*
 * reply - what a server answers (RFC 5321 4.2): three digits, perhaps over
 * several lines: "250-first" CRLF "250 last" CRLF. Pure: bytes in, values out.
 */
#ifndef SMTPLAB_REPLY_H
#define SMTPLAB_REPLY_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

#define REPLY_LINE_MAX 512  /* octets with CRLF (RFC 5321 4.5.3.1.5) */
#define REPLY_LINES_MAX 512 /* our own limit: an endless "250-" must end somewhere */

/* One line. The text points into the input, without code, separator and line end. */
struct reply_line {
    int code;  /* 200..599 */
    bool last; /* no '-' behind the code; a code alone is a last line too */
    const char *text;
    size_t text_len;
};

/* A whole reply. Owns its text. */
struct reply {
    int code;
    size_t lines;
    struct buf text; /* the lines' texts joined with LF, no LF at the end */
};

/* Parse one line. > 0: bytes consumed, line end (CRLF, or LF alone) included; 0: no line end yet; -1: not a reply line (code not 2..5 and two digits, or neither end, '-' nor ' ' behind it). */
int reply_line_parse(const char *bytes, size_t n, struct reply_line *out);

/*
 * Parse a whole reply into *out (reply_init() first). > 0: bytes consumed;
 * 0: more is needed, *out untouched; -1: a bad line, codes that differ between
 * lines (RFC 5321 4.2.1), or more than REPLY_LINES_MAX lines.
 */
int reply_parse(const char *bytes, size_t n, struct reply *out);

/* Append the reply as it goes over the wire, one "code text" line for each line of text (so "250 " for an empty one). -1: the buffer's maximum; a part may have been added. */
int reply_print(struct buf *out, int code, const char *text);

/* The enhanced code (RFC 3463) a text starts with, "5.1.1" as {5, 1, 1}; false if there is none. */
bool reply_enhanced(const char *text, size_t n, int status[3]);

/* 2 and 3 are good news, 4 is "try again later", 5 "do not". */
int reply_class(int code);

void reply_init(struct reply *r);
void reply_free(struct reply *r);

#endif
