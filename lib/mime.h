/*
 * mime - a message as its reader takes it apart: header fields decoded, parts
 * found and decoded, and every mistake told (RFC 2045 to 2047, 2183, 2231). Pure.
 *
 * All functions take the wire bytes between 354 and the final dot, dots still
 * doubled, so that what is told can be shown as it was sent.
 *
 * A part's path says where it hangs: "0" is the whole message; "1", "2" its parts;
 * "2.1" the first part of the second.
 */
#ifndef SMTPLAB_MIME_H
#define SMTPLAB_MIME_H

#include "buf.h"
#include "rules.h"

#include <stdbool.h>
#include <stddef.h>

#define MIME_DEPTH_MAX 8     /* multiparts in multiparts; our limit, no mail of a lesson has more */
#define MIME_PARTS_MAX 1000  /* in one message; our limit */
#define MIME_BOUNDARY_MAX 70 /* RFC 2046 5.1.1 */
#define MIME_LINE_MAX 76     /* RFC 2045 6.7 and 6.8; RFC 2047 2: a line with an encoded word */
#define MIME_WORD_MAX 75     /* RFC 2047 2 */
#define MIME_TYPE_MAX 127    /* RFC 6838 4.2, for each half */
#define MIME_CHARSET_MAX 40  /* RFC 2978 2.3 */
#define MIME_VALUE_MAX (1UL << 20)

/* A mistake. at: offset in the wire bytes of the line it is about. detail: what is wrong with it, in words. */
typedef void mime_found_fn(void *arg, enum rule rule, size_t at, const char *detail);

/*
 * Is all of it as the RFCs want it: Date, Message-ID, MIME-Version, header fields in
 * ASCII with whole encoded words, parts properly parted and encoded, harmless file names?
 * Returns how many mistakes were told.
 */
int mime_check(const char *wire, size_t n, mime_found_fn *fn, void *arg);

/* A part, decoded. */
struct mime_part {
    char type[2 * MIME_TYPE_MAX +
              2]; /* "text/plain", in small letters; what RFC 2045 5.2 says if there is none */
    char charset[MIME_CHARSET_MAX + 1]; /* of a text, in small letters; empty: it says none */
    struct buf name;                    /* the file's name as a reader sees it; empty: none */
    struct buf content;                 /* decoded; a multipart's is empty */
    size_t at;                          /* of the part's first wire byte */
};

/* make: the part of this path. false: there is none. mime_part_free() in either case. */
bool mime_part(const char *wire, size_t n, const char *path, struct mime_part *out);
void mime_part_free(struct mime_part *part);

/* Append the message's field of this name, unfolded and its encoded words decoded. false: there is none. */
bool mime_header(const char *wire, size_t n, const char *name, struct buf *out);

/* The moment that a Date names, in seconds since 1970 (RFC 5322 3.3). false: it names none. */
bool mime_moment(const char *text, size_t n, long long *seconds);

/*
 * Append the addresses of a From, To or the like, as "a@example.org, b@example.org": names, brackets, comments, groups
 * and spaces dropped (RFC 5322 3.4). Works on mime_header()'s text.
 */
void mime_addresses(const char *text, size_t n, struct buf *out);

#endif
