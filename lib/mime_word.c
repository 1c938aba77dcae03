/* Encoded words in header fields: =?charset?encoding?text?= (RFC 2047). */
#include "mime_internal.h"

#include "encode.h"

#include <string.h>

struct word {
    const char *charset, *text;
    size_t charset_len, text_len;
    char encoding;
    size_t len; /* of the whole */
};

/* Does "=?...?.?...?=" begin here? What only looks like it at the start is told by *wrong. */
static bool word_at(const char *text, size_t n, struct word *w) {
    if (n < 2 || memcmp(text, "=?", 2) != 0)
        return false;
    const char *end = text + n;
    w->charset = text + 2;
    const char *mark = memchr(w->charset, '?', n - 2);
    if (mark == NULL || mark == w->charset || end - mark < 5 || mark[2] != '?')
        return false;
    w->charset_len = (size_t)(mark - w->charset);
    w->encoding = (char)(mark[1] | 0x20);
    w->text = mark + 3;
    mark = memchr(w->text, '?', (size_t)(end - w->text));
    if (mark == NULL || mark + 1 >= end || mark[1] != '=' || memchr(text, ' ', (size_t)(mark - text)))
        return false;
    w->text_len = (size_t)(mark - w->text);
    w->len = (size_t)(mark - text) + 2;
    return w->encoding == 'b' || w->encoding == 'q';
}

static int hex_value(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* The Q encoding: '_' is a space, =XX a byte (RFC 2047 4.2). */
static int decode_q(struct buf *out, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char c = text[i] == '_' ? ' ' : text[i];
        if (c == '=') {
            int high = i + 2 < n ? hex_value(text[i + 1]) : -1, low = high >= 0 ? hex_value(text[i + 2]) : -1;
            if (low < 0)
                return -1;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (buf_add_char(out, c) == -1)
            return -1;
    }
    return 0;
}

bool mime_is_utf8(const char *text, size_t n) {
    for (size_t at = 0; at < n;) {
        unsigned char b = (unsigned char)text[at];
        size_t len = b < 0x80 ? 1 : b < 0xC2 ? 0 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : b < 0xF5 ? 4 : 0;
        if (len == 0 || len > n - at)
            return false;
        for (size_t i = 1; i < len; i++)
            if (((unsigned char)text[at + i] & 0xC0) != 0x80)
                return false;
        at += len;
    }
    return true;
}

static bool has_high_byte(const char *text, size_t n) {
    size_t i = 0;
    while (i < n && (unsigned char)text[i] < 128)
        i++;
    return i < n;
}

/* The charset of a word; a language may stand behind it: UTF-8*de (RFC 2231 5). */
static bool is_in(const struct word *w, const char *charset) {
    const char *star = memchr(w->charset, '*', w->charset_len);
    return mime_same(w->charset, star ? (size_t)(star - w->charset) : w->charset_len, charset);
}

/* From `at` on: Latin-1 becomes UTF-8, so that what a reader sees can be compared. */
static void recode_latin1(struct buf *out, size_t at) {
    struct buf old;
    buf_init(&old, out->len);
    (void)buf_add(&old, out->data + at, out->len - at);
    out->len = at;
    for (size_t i = 0; i < old.len; i++) {
        unsigned char b = (unsigned char)old.data[i];
        if (b > 127)
            (void)buf_add_char(out, (char)(0xC0 | b >> 6));
        (void)buf_add_char(out, (char)(b > 127 ? 0x80 | (b & 0x3F) : b));
    }
    buf_free(&old);
}

static const char *add_word(struct buf *out, const struct word *w) {
    size_t before = out->len;
    int done =
        w->encoding == 'b' ? decode_base64(out, w->text, w->text_len) : decode_q(out, w->text, w->text_len);
    if (done == -1)
        return "the text in an encoded word is not what its encoding writes";
    if (w->len > MIME_WORD_MAX)
        return "an encoded word has more than 75 characters";
    if (is_in(w, "US-ASCII") && has_high_byte(out->data + before, out->len - before))
        return "an encoded word in US-ASCII holds other letters";
    if (is_in(w, "ISO-8859-1"))
        recode_latin1(out, before);
    if (is_in(w, "UTF-8") && !mime_is_utf8(out->data + before, out->len - before))
        return "an encoded word holds a part of a character: each word is decoded by itself";
    return NULL;
}

static size_t white_length(const char *text, size_t n) {
    size_t i = 0;
    while (i < n && (text[i] == ' ' || text[i] == '\t'))
        i++;
    return i;
}

/* A word stands alone: white space, or a bracket of a comment, on either side (RFC 2047 5). */
static bool stands_alone(const char *text, size_t n, size_t at, size_t len) {
    return (at == 0 || strchr(" \t(", text[at - 1])) && (at + len == n || strchr(" \t)", text[at + len]));
}

bool mime_begins_word(const char *text, size_t n, size_t at) {
    return n - at > 1 && memcmp(text + at, "=?", 2) == 0 && (at == 0 || strchr(" \t(\"", text[at - 1]));
}

const char *mime_words(const char *text, size_t n, struct buf *out) {
    const char *wrong = NULL;
    struct word w;
    for (size_t at = 0; at < n;) {
        if (!word_at(text + at, n - at, &w)) {
            if (!wrong && mime_begins_word(text, n, at))
                wrong = "it begins like an encoded word and is none";
            (void)buf_add_char(out, text[at++]);
            continue;
        }
        const char *why = add_word(out, &w);
        if (!why && !stands_alone(text, n, at, w.len))
            why = "an encoded word has no space beside it";
        wrong = wrong ? wrong : why;
        at += w.len;
        size_t white = white_length(text + at, n - at);
        struct word next;
        if (word_at(text + at + white, n - at - white, &next))
            at += white; /* the space between two words is none of the text (RFC 2047 6.2) */
    }
    return wrong;
}
