#include "template_part.h"

#include <stdlib.h>
#include <string.h>

struct template_place template_end(const struct template *t) {
    return (struct template_place){t->count, 0};
}

bool template_at_end(const struct template *t, struct template_place place) {
    return place.field >= t->count;
}

struct template_place template_find(const struct template *t, struct template_place from,
                                    const char *characters) {
    for (size_t i = from.field; i < t->count; i++) {
        const struct field *f = &t->fields[i];
        for (size_t j = i == from.field ? from.offset : 0; f->kind == FIELD_TEXT && j < f->len; j++)
            if (f->text[j] != '\0' && strchr(characters, f->text[j]) != NULL)
                return (struct template_place){i, j};
    }
    return template_end(t);
}

/* A place behind the last byte of a text is the place before the next field. */
static struct template_place tidy(const struct template *t, struct template_place place) {
    if (place.field < t->count && t->fields[place.field].kind == FIELD_TEXT &&
        place.offset >= t->fields[place.field].len)
        return (struct template_place){place.field + 1, 0};
    return place;
}

struct template_place template_skip(const struct template *t, struct template_place from,
                                    const char *characters) {
    struct template_place at = tidy(t, from);
    while (at.field < t->count && t->fields[at.field].kind == FIELD_TEXT) {
        char c = t->fields[at.field].text[at.offset];
        if (c == '\0' || strchr(characters, c) == NULL)
            break;
        at.offset++;
        at = tidy(t, at);
    }
    return at;
}

/* A text cut down to [from, to); other fields are whole or not there. */
static void add_piece(struct template *out, const struct field *f, size_t from, size_t to) {
    if (from >= to)
        return;
    struct field *piece = &out->fields[out->count++];
    *piece = *f;
    if (f->kind != FIELD_TEXT)
        return;
    piece->text = f->text + from;
    piece->len = to - from;
}

int template_part(const struct template *t, struct template_place from, struct template_place to,
                  struct template *out) {
    *out = (struct template){0, malloc((t->count + 1) * sizeof *out->fields)};
    if (out->fields == NULL)
        return -1;
    for (size_t i = from.field; i < t->count && i <= to.field; i++) {
        const struct field *f = &t->fields[i];
        bool text = f->kind == FIELD_TEXT;
        size_t start = i == from.field ? from.offset : 0;
        size_t end = i == to.field ? to.offset : text ? f->len : 1;
        add_piece(out, f, start, end);
    }
    return 0;
}

void template_part_free(struct template *part) {
    free(part->fields);
    *part = (struct template){0, NULL};
}
