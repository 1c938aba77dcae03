/*
 * recorder_seam - secrets that one look at one line does not find: in base64 that begins or ends anywhere, in
 * quoted-printable (RFC 2045 6.7), and either of them cut in two by a line end. Internal to recorder*.c.
 *
 * A line is looked at as its reader would see it, once without the white space of base64, once with "=41" and soft
 * line breaks undone, each time behind the end of what came before. What of a secret stands in this line is
 * covered. A line that ends like the beginning of a secret is covered there too: the rest may come next, and
 * by then the line has been written.
 */
#ifndef SMTPLAB_RECORDER_SEAM_H
#define SMTPLAB_RECORDER_SEAM_H

#include "buf.h"
#include "recorder_known.h"

#define SEAM_VIEWS 2
#define SEAM_LEAST 4 /* a beginning of fewer letters is not covered: every other line has one */

/* What came last from one side, in each view. */
struct seam {
    struct buf tails[SEAM_VIEWS];
};

/* make: */
void seam_init(struct seam *s);

/*
 * use: set the bytes of cover (n of them, all 0) that must not be shown. goes_on: it is a line of a message, the next
 * may go on with a word. -1: memory.
 */
int seam_cover(struct seam *s, const struct known *known, const char *line, size_t n, bool goes_on,
               unsigned char *cover);

/* The byte that "=41" at the front of these stands for, or -1. */
int seam_quoted(const char *bytes, size_t n);

/* free: overwrites what it holds. */
void seam_free(struct seam *s);

#endif
