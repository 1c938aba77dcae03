/*
 * dot - transparency (RFC 5321 4.5.2): a line of the message that begins with
 * a dot gets one more, so that ".\r\n" alone can mean the end. Pure.
 */
#ifndef SMTPLAB_DOT_H
#define SMTPLAB_DOT_H

#include "buf.h"

#include <stddef.h>

/* Append a message with its dots doubled. Lines end in CRLF; nothing is added at the end. -1: the buffer's maximum. */
int dot_stuff(struct buf *out, const char *message, size_t n);

/* The way back: drop the first dot of every line that begins with one. */
int dot_unstuff(struct buf *out, const char *wire, size_t n);

/*
 * Where the message ends: > 0 the length of the wire bytes up to and including
 * the CRLF "." CRLF (or "." CRLF at the very start); 0 if the end is not there yet.
 * Strict: an LF or a CR alone ends no line (SMTP smuggling lives on servers that let it).
 */
size_t dot_end(const char *wire, size_t n);

#endif
