#include "message_lines.h"

#include <string.h>

/* --- lines --- */

struct message_lines message_lines(const char *bytes, size_t n) {
    return (struct message_lines){bytes, n, 0};
}

bool message_next(struct message_lines *m, struct message_line *line) {
    *line = (struct message_line){.text = "", .at = m->pos};
    if (m->pos >= m->n)
        return false;
    const char *start = m->bytes + m->pos;
    const char *end = memchr(start, '\n', m->n - m->pos);
    size_t len = end ? (size_t)(end - start) : m->n - m->pos;
    m->pos += len + (end != NULL);
    if (end && end > start && end[-1] == '\r')
        len--;
    line->dotted = len > 0 && start[0] == '.';
    line->text = start + line->dotted;
    line->len = len - line->dotted;
    return true;
}

/* --- fields --- */

static bool is_white(char c) {
    return c == ' ' || c == '\t';
}

/* "Name:", the name printable and without spaces (RFC 5322 3.6.8). How long the name is; 0: no field. */
static size_t name_length(const struct message_line *line) {
    size_t i = 0;
    while (i < line->len && line->text[i] > ' ' && line->text[i] < 127 && line->text[i] != ':')
        i++;
    size_t colon = i;
    while (colon < line->len && is_white(line->text[colon])) /* RFC 5322 4.5: old mail has "Name :" */
        colon++;
    return colon < line->len && line->text[colon] == ':' ? i : 0;
}

/* Add a line, or what is behind the colon, without the white space around it. */
static void add_value(struct header_field *f, const char *text, size_t n) {
    while (n > 0 && is_white(*text)) {
        text++;
        n--;
    }
    while (n > 0 && is_white(text[n - 1]))
        n--;
    if (f->value.len > 0 && n > 0)
        (void)buf_add_char(&f->value, ' ');
    (void)buf_add(&f->value, text, n);
}

static void begin_field(struct message_header *h, const struct message_line *line, size_t name_len) {
    const char *colon = memchr(line->text, ':', line->len);
    size_t behind = (size_t)(colon - line->text) + 1;
    struct header_field *f = &h->fields[h->count++];
    *f = (struct header_field){.name = line->text, .name_len = name_len, .at = line->at};
    buf_init(&f->value, 1U << 20);
    add_value(f, line->text + behind, line->len - behind);
    while (behind < line->len && is_white(line->text[behind]))
        behind++;
    f->value_at = line->at + line->dotted + behind;
}

/* One line of the header. false: it is none. */
static bool take_line(struct message_header *h, const struct message_line *line) {
    if (h->count > 0 && line->len > 0 && is_white(line->text[0])) {
        h->fields[h->count - 1].folded = true;
        add_value(&h->fields[h->count - 1], line->text, line->len);
        return true;
    }
    size_t n = name_length(line);
    if (n == 0 || h->count == MESSAGE_FIELDS_MAX)
        return false;
    begin_field(h, line, n);
    return true;
}

void message_header_take(struct message_lines *m, struct message_header *out) {
    *out = (struct message_header){.count = 0};
    struct message_lines rest = *m;
    struct message_line line;
    while (message_next(&rest, &line)) {
        out->ended = line.len == 0 && !line.dotted;
        if (out->ended || !take_line(out, &line))
            break;
        *m = rest;
    }
    out->end_at = line.at;
    if (out->ended)
        *m = rest;
}

void message_header_free(struct message_header *h) {
    for (size_t i = 0; i < h->count; i++)
        buf_free(&h->fields[i].value);
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool header_same_name(const struct header_field *a, const struct header_field *b) {
    size_t i = 0;
    while (i < a->name_len && i < b->name_len && lower(a->name[i]) == lower(b->name[i]))
        i++;
    return i == a->name_len && i == b->name_len;
}

bool header_same_value(const struct header_field *a, const struct header_field *b) {
    return a->value.len == b->value.len && memcmp(a->value.data, b->value.data, a->value.len) == 0;
}

size_t header_count(const struct message_header *h, const struct header_field *f) {
    size_t n = 0;
    for (size_t i = 0; i < h->count; i++)
        n += header_same_name(&h->fields[i], f);
    return n;
}
