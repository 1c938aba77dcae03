/*
 * chart - the state machine of a session as a small drawing, with "you are
 * here". The picture is fixed, and a test holds it against the dialogue; what
 * may come next and what would get 503 is listed from the verb table. Pure.
 */
#ifndef SMTPLAB_CHART_H
#define SMTPLAB_CHART_H

#include "buf.h"
#include "verb.h"

#include <stdbool.h>

struct chart_style {
    unsigned width; /* columns; it fits into 72 */
    bool utf8;
    bool colour;
};

/* Append the drawing. tls: the session is inside TLS. -1: no room. */
int chart_draw(struct buf *out, enum phase here, bool tls, const struct chart_style *style);

#endif
