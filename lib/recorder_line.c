/*
 * recorder, one line: which mark it gets, and what is printed of it.
 */
#include "recorder_internal.h"

#include <string.h>
#include <strings.h>

/* --- what is text --- */

/* Characters that are invisible, move the cursor or turn the writing direction: nobody would see them in a line of text. */
static const struct {
    uint32_t from;
    uint32_t to;
} invisible[] = {
    {0x00, 0x08},     {0x0A, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},
    {0x61C, 0x61C},   {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
    {0xD800, 0xDFFF}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
};

static bool visible(uint32_t c) {
    for (size_t i = 0; i < sizeof invisible / sizeof invisible[0]; i++)
        if (c >= invisible[i].from && c <= invisible[i].to)
            return false;
    return c <= 0x10FFFF;
}

/* One character of UTF-8 (RFC 3629), which has one form only: the shortest. Its length, 0: it is none. */
static size_t utf8_character(const unsigned char *bytes, size_t n, uint32_t *c) {
    static const struct {
        unsigned char mask;
        unsigned char lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    size_t form = 0;
    while (form < 4 && (bytes[0] & forms[form].mask) != forms[form].lead)
        form++;
    if (form == 4 || form + 1 > n)
        return 0;
    *c = bytes[0] & (unsigned char)~forms[form].mask;
    for (size_t i = 1; i <= form; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        *c = *c << 6 | (bytes[i] & 0x3FU);
    }
    return *c >= forms[form].least ? form + 1 : 0;
}

/* Does a line fit S: or C:, which stand for visible text and a CRLF? */
static bool is_text(const char *line, size_t n) {
    if (n < 2 || line[n - 2] != '\r' || line[n - 1] != '\n')
        return false;
    for (size_t i = 0; i < n - 2;) {
        uint32_t c;
        size_t length = utf8_character((const unsigned char *)line + i, n - 2 - i, &c);
        if (length == 0 || !visible(c))
            return false;
        i += length;
    }
    return true;
}

/* --- into the file --- */

static int mark_line(struct buf *whole, const char *mark, const struct buf *printed) {
    int result = buf_add_text(whole, mark);
    result |= printed->len > 0 ? buf_add_char(whole, ' ') : 0;
    result |= buf_add(whole, printed->data, printed->len);
    return result | buf_add_char(whole, '\n');
}

static void write_marked(struct recorder *r, const char *mark, const struct buf *printed) {
    struct buf whole;
    buf_init(&whole, RECORDER_PRINTED_MAX);
    if (mark_line(&whole, mark, printed) == 0)
        recorder_emit(r, whole.data, whole.len);
    else
        recorder_fail(r, ERR_LIMIT);
    buf_free(&whole);
}

void recorder_note(struct recorder *r, const char *text) {
    struct buf note;
    buf_init(&note, RECORDER_LINE_MAX);
    buf_add_text(&note, text);
    write_marked(r, "#", &note);
    buf_free(&note);
}

/* --- the server's lines --- */

/* No S: line can stand inside a message: it is told there, and said behind it. */
static void server_in_message(struct recorder *r, const char *mark, const struct buf *printed) {
    struct buf told;
    buf_init(&told, RECORDER_PRINTED_MAX);
    if (buf_add_text(&told, "before the message had ended, the server said: ") == 0 &&
        buf_add(&told, printed->data, printed->len) == 0)
        write_marked(r, "#", &told);
    buf_free(&told);
    if (mark_line(&r->late, mark, printed) != 0)
        recorder_fail(r, ERR_LIMIT);
}

static void server_line(struct recorder *r, bool text, const struct buf *printed) {
    const char *mark = text ? "S:" : "S>";
    if (r->message == MESSAGE_BEGUN) {
        server_in_message(r, mark, printed);
        return;
    }
    write_marked(r, mark, printed);
    if (r->after_data && strncmp(printed->data, "354", 3) == 0)
        r->message = MESSAGE_DUE;
}

/* --- the client's --- */

static bool is_data(const struct buf *printed) {
    return strncasecmp(printed->data, "DATA", 4) == 0 && strchr(" \\", printed->data[4]) != NULL;
}

static void end_message(struct recorder *r) {
    r->message = MESSAGE_NONE;
    r->after_data = r->hidden = false;
    recorder_emit(r, r->late.data, r->late.len);
    buf_clear(&r->late);
}

/* {message} stands for all of it, once. */
static void message_line(struct recorder *r, bool text, const struct buf *printed) {
    bool end = text && printed->len == 1 && printed->data[0] == '.';
    r->message = MESSAGE_BEGUN;
    if (!r->hide_messages || end)
        write_marked(r, text ? "C:" : "C=", printed);
    else if (!r->hidden)
        recorder_emit(r, "C: {message}\n", strlen("C: {message}\n"));
    r->hidden = true;
    if (end)
        end_message(r);
}

/* Text without a 354: somebody who did not wait, or went on in spite of a refusal. */
static bool may_be_message(const struct recorder *r) {
    return r->hide_messages && (r->secrets.stray || r->secrets.data_pending) && !r->after_data;
}

static void client_line(struct recorder *r, bool text, const struct buf *printed) {
    if (r->message != MESSAGE_NONE) {
        message_line(r, text, printed);
        return;
    }
    r->after_data = is_data(printed);
    if (may_be_message(r))
        recorder_note(r, "a line that was no command is left out");
    else
        write_marked(r, text ? "C:" : "C=", printed);
    r->chunk_left = r->secrets.chunk;
}

void recorder_line(struct recorder *r, enum speaker who, const char *line, size_t n) {
    struct buf printed;
    bool text = is_text(line, n);
    buf_init(&printed, RECORDER_PRINTED_MAX);
    int result = who == SERVER ? secrets_server_line(&r->secrets, line, n, !text, &printed)
                               : secrets_client_line(&r->secrets, line, n, !text, &printed);
    if (result != 0)
        recorder_fail(r, r->secrets.known.overflow ? ERR_SYSTEM : ERR_LIMIT);
    else if (who == SERVER)
        server_line(r, text, &printed);
    else
        client_line(r, text, &printed);
    buf_free(&printed);
}

void recorder_chunk(struct recorder *r, const char *line, size_t n) {
    struct buf printed;
    buf_init(&printed, RECORDER_PRINTED_MAX);
    if (r->hide_messages)
        recorder_note(r, "a line of the chunk is left out");
    else if (secrets_chunk_line(&r->secrets, line, n, &printed) == 0)
        write_marked(r, "C=", &printed);
    else
        recorder_fail(r, ERR_LIMIT);
    buf_free(&printed);
}
