/*
 * display - bytes from the wire made fit for a terminal. Pure.
 *
 * A server's reply may hold anything: an escape sequence that clears the
 * screen, writes the clipboard or types an answer; a mark that turns the
 * reading direction round. Nothing from the wire reaches a terminal but
 * through here. What is harmless stays readable (UTF-8 too), what is not is
 * shown as \r \n \t \0 \xNN.
 */
#ifndef SMTPLAB_DISPLAY_H
#define SMTPLAB_DISPLAY_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Append n bytes as one safe line of text. utf8: letters, marks and symbols of
 * valid UTF-8 stay as they are (of the scripts that our table knows; the
 * answer never depends on the locale). Shown as escapes: controls, C1, format
 * characters (bidi, zero width, tags), spaces other than U+0020, marks that stand on
 * nothing or in heaps, what is not assigned, what is no UTF-8. Where anything is
 * shown so, a backslash is doubled. -1: no room.
 */
int display_text(struct buf *out, const char *bytes, size_t n, bool utf8);

/* Would display_text() leave them as they are? */
bool display_harmless(const char *bytes, size_t n, bool utf8);

/*
 * Append a dump, 16 bytes a row: offset, hex, and the text with CR and LF as
 * marks of their own; each row behind `prefix`, its line feed included. At most
 * `rows` rows, then how many bytes are left out. -1: no room.
 */
int display_hex(struct buf *out, const char *prefix, const char *bytes, size_t n, size_t rows, bool utf8);

/* Columns that UTF-8 text takes on a terminal; escape sequences of our own (ESC [ ... m) take none. */
size_t display_width(const char *text);

/* Append text, or as much of it as fits into `width` columns with a mark at its end (... or one character) that says so. -1: no room. */
int display_cut(struct buf *out, const char *text, size_t width, bool utf8);

/*
 * Append text with line feeds put in so that no line is wider than `width`; it goes on
 * where the last line of `out` ends. Later lines begin with `indent` spaces. A
 * word that no line can hold is cut. No line feed at the end but those in `text`. -1: no room.
 */
int display_wrap(struct buf *out, const char *text, size_t width, size_t indent);

#endif
