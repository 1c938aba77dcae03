/*
 * ladder - a conversation drawn as a ladder diagram: client on the left, server
 * on the right, an arrow a line, TLS as a shaded stretch, findings at their lines.
 *
 * As text for a terminal or a log, and as a page of HTML that needs nothing
 * beside it (an inline SVG; light and dark; readable without the picture, for screen readers too). The
 * stepper's :diagram and the reports use the same code.
 */
#ifndef SMTPLAB_LADDER_H
#define SMTPLAB_LADDER_H

#include "buf.h"
#include "log.h"

#include <stdbool.h>

#define LADDER_WIDTH_MIN 40

/* How it is drawn as text. */
struct ladder_style {
    unsigned width; /* columns; under LADDER_WIDTH_MIN that is taken */
    bool utf8;      /* arrows and lines in Unicode, else in ASCII */
    bool colour;
};

/* Append the diagram as text. -1: no room. */
int ladder_text(struct buf *out, const struct log *log, const struct ladder_style *style);

/* Append a whole page. title is text, escaped here. -1: no room. */
int ladder_html(struct buf *out, const struct log *log, const char *title);

#endif
