/* Bytes made fit for a terminal, and dumps of them. See display.h. */
#include "display.h"

#include "display_internal.h"
#include "encode.h"

#include <string.h>

#define HEX_ROW 16
#define MARKS_MAX 4 /* on one letter: more of them would be drawn over the lines above and below */

/* --- UTF-8 --- */

/* By the first byte of a sequence: how long it is, and the smallest character that needs so many. */
static const struct lead {
    unsigned char mask, bits;
    size_t length;
    uint32_t smallest;
} leads[] = {
    {0x80, 0x00, 1, 0},
    {0xe0, 0xc0, 2, 0x80},
    {0xf0, 0xe0, 3, 0x800},
    {0xf8, 0xf0, 4, 0x10000},
};

static const struct lead *lead_of(unsigned char byte) {
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
        if ((byte & leads[i].mask) == leads[i].bits)
            return &leads[i];
    return NULL;
}

size_t display_decode(const char *bytes, size_t n, uint32_t *character) {
    const unsigned char *from = (const unsigned char *)bytes;
    const struct lead *lead = n > 0 ? lead_of(from[0]) : NULL;
    uint32_t c;

    if (lead == NULL || n < lead->length)
        return 0;
    c = from[0] & (unsigned char)~lead->mask;
    for (size_t i = 1; i < lead->length; i++) {
        if ((from[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (from[i] & 0x3f);
    }
    if (c < lead->smallest || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
        return 0;
    *character = c;
    return lead->length;
}

/* --- text --- */

/*
 * Length of the character that stands here, if it may be shown as it is; else 0.
 * marks: how many stand on the letter before it; MARKS_MAX at the start, so that none is drawn over what is ours.
 */
static size_t fit_to_show(const char *bytes, size_t n, bool utf8, unsigned *marks) {
    uint32_t c;
    size_t length = display_decode(bytes, n, &c);
    int columns = length > 0 && (utf8 || c < 0x80) ? display_columns(c) : -1;

    if (columns == 0 && *marks < MARKS_MAX)
        (*marks)++;
    else if (columns <= 0)
        length = 0;
    else
        *marks = 0;
    if (length == 0)
        *marks = MARKS_MAX;
    return length;
}

bool display_harmless(const char *bytes, size_t n, bool utf8) {
    unsigned marks = MARKS_MAX;
    size_t length;

    for (size_t i = 0; i < n; i += length) {
        length = fit_to_show(bytes + i, n - i, utf8, &marks);
        if (length == 0)
            return false;
    }
    return true;
}

int display_text(struct buf *out, const char *bytes, size_t n, bool utf8) {
    unsigned marks = MARKS_MAX;
    size_t length;

    if (display_harmless(bytes, n, utf8))
        return buf_add(out, bytes, n);
    for (size_t i = 0; i < n; i += length) {
        length = fit_to_show(bytes + i, n - i, utf8, &marks);
        /* Where escapes are about, a backslash is doubled: it must not be taken for one. */
        bool as_is = length > 0 && bytes[i] != '\\';

        if (length == 0)
            length = 1;
        if ((as_is ? buf_add(out, bytes + i, length) : encode_escaped(out, bytes + i, length)) == -1)
            return -1;
    }
    return 0;
}

/* --- dumps --- */

/* One byte in the text beside the hex: what has no shape gets a mark that text has not. */
static const char *shape(unsigned char byte, bool utf8, char room[2]) {
    if (byte == '\r')
        return utf8 ? "\xe2\x90\x8d" : "\\r";
    if (byte == '\n')
        return utf8 ? "\xe2\x90\x8a" : "\\n";
    if (byte < 0x20 || byte > 0x7e)
        return utf8 ? "\xc2\xb7" : ".";
    room[0] = (char)byte;
    room[1] = '\0';
    return room;
}

static int hex_row(struct buf *out, const unsigned char *bytes, size_t n, bool utf8) {
    char room[2];

    for (size_t i = 0; i < HEX_ROW; i++) {
        const char *gap = i == HEX_ROW / 2 ? " " : "";

        if ((i < n ? buf_addf(out, "%s%02x ", gap, (unsigned)bytes[i]) : buf_addf(out, "%s   ", gap)) == -1)
            return -1;
    }
    if (buf_add_text(out, " ") == -1)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (buf_add_text(out, shape(bytes[i], utf8, room)) == -1)
            return -1;
    return buf_add_char(out, '\n');
}

int display_hex(struct buf *out, const char *prefix, const char *bytes, size_t n, size_t rows, bool utf8) {
    size_t at = 0;

    for (; rows > 0 && at < n; rows--, at += HEX_ROW) {
        size_t length = n - at < HEX_ROW ? n - at : HEX_ROW;

        if (buf_addf(out, "%s%04zx  ", prefix, at) == -1 ||
            hex_row(out, (const unsigned char *)bytes + at, length, utf8) == -1)
            return -1;
    }
    return at < n ? buf_addf(out, "%s... %zu more bytes\n", prefix, n - at) : 0;
}
