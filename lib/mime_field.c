/* Values of header fields: a type, and parameters behind it (RFC 2045 5.1, RFC 2231). */
#include "mime_internal.h"

#include <stdio.h>
#include <string.h>

#define PIECES_MAX 200 /* filename*0 to filename*199: a name of 8000 bytes */
#define NAME_ROOM 80

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool mime_same(const char *a, size_t n, const char *b) {
    size_t i = 0;
    while (i < n && b[i] != '\0' && lower(a[i]) == lower(b[i]))
        i++;
    return i == n && b[i] == '\0';
}

const struct header_field *mime_field(const struct message_header *h, const char *name) {
    for (size_t i = 0; i < h->count; i++)
        if (mime_same(h->fields[i].name, h->fields[i].name_len, name))
            return &h->fields[i];
    return NULL;
}

/* A byte of a token (RFC 2045 5.1). */
static bool in_token(char c) {
    return c > ' ' && c < 127 && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static size_t token_length(const char *text, size_t n) {
    size_t i = 0;
    while (i < n && in_token(text[i]))
        i++;
    return i;
}

void mime_type(const struct header_field *f, char type[2 * MIME_TYPE_MAX + 2]) {
    static const char plain[] = "text/plain"; /* RFC 2045 5.2 */
    const char *text = f ? f->value.data : plain;
    size_t n = f ? f->value.len : strlen(plain), i;
    size_t left = token_length(text, n);
    size_t right =
        left > 0 && left < n && text[left] == '/' ? token_length(text + left + 1, n - left - 1) : 0;
    if (right == 0 || left > MIME_TYPE_MAX || right > MIME_TYPE_MAX) {
        type[0] = '\0';
        return;
    }
    for (i = 0; i < left + 1 + right; i++)
        type[i] = lower(text[i]);
    type[i] = '\0';
}

/* --- parameters --- */

struct parameter {
    const char *name;
    size_t name_len;
    struct buf value; /* quotes and backslashes taken away */
};

static size_t skip_white(const char *text, size_t n, size_t at) {
    while (at < n && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at;
}

static size_t take_quoted(const char *text, size_t n, size_t at, struct buf *value) {
    for (at++; at < n && text[at] != '"'; at++) {
        if (text[at] == '\\' && at + 1 < n)
            at++;
        (void)buf_add_char(value, text[at]);
    }
    return at < n ? at + 1 : n;
}

/* The next "; name=value" from *at on. value is empty and to be freed. false: no more. */
static bool next_parameter(const char *text, size_t n, size_t *at, struct parameter *p) {
    const char *semicolon = *at < n ? memchr(text + *at, ';', n - *at) : NULL;
    if (semicolon == NULL)
        return false;
    size_t i = skip_white(text, n, (size_t)(semicolon - text) + 1);
    p->name = text + i;
    p->name_len = token_length(text + i, n - i);
    i = skip_white(text, n, i + p->name_len);
    buf_clear(&p->value);
    if (i < n && text[i] == '=') {
        i = skip_white(text, n, i + 1);
        if (i < n && text[i] == '"')
            i = take_quoted(text, n, i, &p->value);
        else {
            size_t len = token_length(text + i, n - i);
            (void)buf_add(&p->value, text + i, len);
            i += len;
        }
    }
    *at = i;
    return true;
}

static int hex_value(char c) {
    const char *digits = "0123456789abcdef";
    const char *found = c != '\0' ? strchr(digits, lower(c)) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* %XX decoded; in the first piece charset'language' stands in front. */
static void add_percent(struct buf *out, const struct buf *value, bool first) {
    const char *text = value->data, *end = text + value->len;
    for (int quotes = 0; first && quotes < 2; quotes++) {
        const char *quote = memchr(text, '\'', (size_t)(end - text));
        text = quote ? quote + 1 : text;
    }
    for (; text < end; text++) {
        int high = text + 2 < end && *text == '%' ? hex_value(text[1]) : -1;
        int low = high >= 0 ? hex_value(text[2]) : -1;
        if (low >= 0)
            text += 2;
        (void)buf_add_char(out, low >= 0 ? (char)(high * 16 + low) : *text);
    }
}

/* The parameter of exactly this name, with or without '*' at its end. */
static bool add_piece(const char *value, size_t n, const char *name, bool first, struct buf *out) {
    char coded[NAME_ROOM];
    struct parameter p;
    size_t at = 0;
    bool found = false;
    snprintf(coded, sizeof coded, "%s*", name);
    buf_init(&p.value, MIME_VALUE_MAX);
    while (!found && next_parameter(value, n, &at, &p)) {
        bool is_coded = mime_same(p.name, p.name_len, coded);
        found = is_coded || mime_same(p.name, p.name_len, name);
        if (is_coded)
            add_percent(out, &p.value, first);
        else if (found)
            (void)buf_add(out, p.value.data, p.value.len);
    }
    buf_free(&p.value);
    return found;
}

bool mime_parameter(const char *value, size_t n, const char *name, struct buf *out) {
    char piece[NAME_ROOM];
    if (add_piece(value, n, name, true, out))
        return true;
    int count = 0;
    do
        snprintf(piece, sizeof piece, "%s*%d", name, count);
    while (add_piece(value, n, piece, count == 0, out) && ++count < PIECES_MAX);
    return count > 0;
}
