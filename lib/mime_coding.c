/* Content-Transfer-Encoding: 7bit, 8bit, quoted-printable, base64 (RFC 2045 6). */
#include "mime_internal.h"

#include "encode.h"

#include <string.h>

/* What one line of a body is decoded by. */
typedef const char *decode_line_fn(const struct message_line *line, bool last, struct buf *out);

static const char *add(struct buf *out, const char *text, size_t n) {
    return buf_add(out, text, n) == -1 ? "it is larger than any message of a lesson" : NULL;
}

static const char *decode_8bit(const struct message_line *line, bool last, struct buf *out) {
    const char *wrong = add(out, line->text, line->len);
    return wrong || last ? wrong : add(out, "\r\n", 2);
}

static const char *decode_7bit(const struct message_line *line, bool last, struct buf *out) {
    const char *wrong = decode_8bit(line, last, out);
    for (size_t i = 0; i < line->len && !wrong; i++)
        if ((unsigned char)line->text[i] > 127)
            wrong = "a byte over 127 in a part that says it has none (7bit)";
    return wrong;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const char *decode_quoted(const struct message_line *line, bool last, struct buf *out) {
    const char *text = line->text;
    size_t n = line->len;
    if (n > MIME_LINE_MAX)
        return "a line of quoted-printable has more than 76 characters";
    if (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        return "a line of quoted-printable ends in a space: servers cut it off, write =20";
    bool soft = n > 0 && text[n - 1] == '=';
    for (size_t i = 0; i < n - soft; i++) {
        unsigned char b = (unsigned char)text[i];
        if (b > 126 || (b < ' ' && b != '\t'))
            return "a byte in quoted-printable that must be written as =XX";
        if (b == '=') {
            int high = i + 2 < n ? hex_digit(text[i + 1]) : -1, low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0)
                return "a '=' in quoted-printable without two digits (0-9, A-F) behind it";
            b = (unsigned char)(high * 16 + low);
            i += 2;
        }
        if (buf_add_char(out, (char)b) == -1)
            return "it is larger than any message of a lesson";
    }
    return soft || last ? NULL : add(out, "\r\n", 2);
}

/* Every line in whole groups is what everybody writes; padding may stand at the end of the part only, which the caller looks after. */
static const char *decode_base64_line(const struct message_line *line, bool last, struct buf *out) {
    (void)last;
    if (line->len > MIME_LINE_MAX)
        return "a line of base64 has more than 76 characters";
    return decode_base64(out, line->text, line->len) == -1 ? "a line that is no base64" : NULL;
}

static const struct {
    const char *name;
    decode_line_fn *decode;
} codings[] = {
    {"7bit", decode_7bit},
    {"8bit", decode_8bit},
    {"quoted-printable", decode_quoted},
    {"base64", decode_base64_line},
};

static decode_line_fn *coding_named(const char *name, size_t n) {
    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++)
        if (mime_same(name, n, codings[i].name))
            return codings[i].decode;
    return NULL;
}

/* Lines up to the end; the CRLF of the last one belongs to the boundary behind it. */
static const char *decode_lines(decode_line_fn *decode, struct message_lines lines, struct buf *out,
                                size_t *at) {
    struct message_line line;
    const char *wrong = NULL;
    bool padded = false;
    while (!wrong && message_next(&lines, &line)) {
        *at = line.at;
        if (padded && line.len > 0 && decode == decode_base64_line)
            return "base64 goes on behind its end: '=' may stand in the last line only";
        bool last = lines.pos >= lines.n && lines.n > 0 && lines.bytes[lines.n - 1] != '\n';
        wrong = decode(&line, last, out);
        padded = padded || (line.len > 0 && line.text[line.len - 1] == '=');
    }
    /* cppcheck-suppress returnDanglingLifetime ; what a decoder returns is a literal */
    return wrong;
}

const char *mime_decode(const char *coding, size_t coding_len, struct message_lines lines, struct buf *out,
                        size_t *at) {
    decode_line_fn *decode = coding_named(coding, coding_len);
    *at = lines.pos;
    return decode ? decode_lines(decode, lines, out, at) : "a Content-Transfer-Encoding that does not exist";
}
