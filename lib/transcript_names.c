/* Which {names} can have a value at which line of a transcript. */
#include "transcript_internal.h"

#include <string.h>

/* Known before anything is read: the player sets them. */
static const char *const at_start[] = {"host",     "port",          "addr", "ca", "user",
                                       "password", "password-file", "tmp",  "dir"};

static bool known(const struct parse *p, const char *name) {
    for (size_t i = 0; i < p->name_count; i++)
        if (strcmp(p->names[i], name) == 0)
            return true;
    return false;
}

int names_add(struct parse *p, const char *name, unsigned line, size_t column) {
    if (known(p, name))
        return 0;
    if (p->name_count == BINDINGS_MAX)
        return parse_fail(p, line, column, "expected at most %d names, found {%s}", BINDINGS_MAX, name);
    memcpy(p->names[p->name_count++], name, strlen(name) + 1);
    return 0;
}

int names_begin(struct parse *p) {
    for (size_t i = 0; i < sizeof at_start / sizeof *at_start; i++)
        if (names_add(p, at_start[i], 1, 1) != 0)
            return -1;
    return 0;
}

static bool is_name(const struct field *f) {
    return f->kind == FIELD_NAME || f->kind == FIELD_DOMAIN || f->kind == FIELD_SECRET;
}

int names_bind(struct parse *p, const struct template *t, unsigned line, size_t column) {
    for (size_t i = 0; i < t->count; i++) {
        const struct field *f = &t->fields[i];
        if (is_name(f) && names_add(p, f->text, line, column + f->at) != 0)
            return -1;
        if (f->inner && names_bind(p, f->inner, line, column) != 0)
            return -1;
    }
    return 0;
}

static const char *name_at(const void *from, size_t i) {
    const struct parse *p = from;
    return i < p->name_count ? p->names[i] : NULL;
}

static int unknown_name(struct parse *p, const char *name, unsigned line, size_t column) {
    const char *meant = nearest_word(name, strlen(name), name_at, p);
    return parse_fail(
        p, line, column,
        "expected a name that has a value here (from set:, or a C: line above), found {%s}%s%s%s", name,
        meant ? ": did you mean {" : "", meant ? meant : "", meant ? "}?" : "");
}

int names_check(struct parse *p, const struct template *t, unsigned line, size_t column) {
    for (size_t i = 0; i < t->count; i++) {
        const struct field *f = &t->fields[i];
        if (is_name(f) && !known(p, f->text))
            return unknown_name(p, f->text, line, column + f->at);
        if (f->inner && names_check(p, f->inner, line, column) != 0)
            return -1;
    }
    return 0;
}

int names_no_message(struct parse *p, const struct template *t, unsigned line, size_t column) {
    for (size_t i = 0; i < t->count; i++) {
        const struct field *f = &t->fields[i];
        if (f->kind == FIELD_MESSAGE)
            return parse_fail(p, line, column + f->at,
                              "expected {message} only as a line of a message or in \"! message\"");
        if (f->inner && names_no_message(p, f->inner, line, column) != 0)
            return -1;
    }
    return 0;
}
