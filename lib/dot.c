/* See dot.h. */
#include "dot.h"

#include <string.h>

/* Length of the line at text, its CRLF included; n if no CRLF is left. An LF or CR alone is text like any other byte. */
static size_t line_length(const char *text, size_t n) {
    const char *from = text;
    const char *end = text + n;
    const char *lf;

    while (from < end && (lf = memchr(from, '\n', (size_t)(end - from))) != NULL) {
        from = lf + 1;
        if (lf > text && lf[-1] == '\r')
            return (size_t)(from - text);
    }
    return n;
}

int dot_stuff(struct buf *out, const char *message, size_t n) {
    size_t len;

    for (; n > 0; message += len, n -= len) {
        len = line_length(message, n);
        if (*message == '.' && buf_add_char(out, '.') == -1)
            return -1;
        if (buf_add(out, message, len) == -1)
            return -1;
    }
    return 0;
}

int dot_unstuff(struct buf *out, const char *wire, size_t n) {
    size_t len;

    for (; n > 0; wire += len, n -= len) {
        size_t dot = *wire == '.' ? 1 : 0;
        len = line_length(wire, n);
        if (buf_add(out, wire + dot, len - dot) == -1)
            return -1;
    }
    return 0;
}

size_t dot_end(const char *wire, size_t n) {
    static const char end[] = ".\r\n";
    size_t len;

    for (size_t at = 0; at < n; at += len) {
        len = line_length(wire + at, n - at);
        if (len == sizeof end - 1 && memcmp(wire + at, end, len) == 0)
            return at + len;
    }
    return 0;
}
