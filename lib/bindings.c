/* What the names of a transcript stand for in one play: the bindings of fields.h. */
#include "fields.h"

#include <stdlib.h>
#include <string.h>

void bindings_init(struct bindings *b) {
    *b = (struct bindings){0};
}

static struct binding *find(const struct bindings *b, const char *name) {
    for (size_t i = 0; i < b->count; i++)
        if (strcmp(b->list[i].name, name) == 0)
            return (struct binding *)&b->list[i];
    return NULL;
}

const struct binding *bindings_get(const struct bindings *b, const char *name) {
    return find(b, name);
}

/* The row of the name, a new one if it has none. NULL: no room. */
static struct binding *row_of(struct bindings *b, const char *name, struct err *e) {
    struct binding *row = find(b, name);
    if (row)
        return row;
    if (b->count == BINDINGS_MAX || strlen(name) > FIELD_NAME_MAX) {
        (void)err_set(e, ERR_LIMIT, "no room for the name {%s}", name);
        return NULL;
    }
    row = &b->list[b->count++];
    *row = (struct binding){0};
    memcpy(row->name, name, strlen(name) + 1);
    return row;
}

int bindings_set(struct bindings *b, const char *name, const void *value, size_t n, bool secret,
                 struct err *e) {
    if (n > BINDING_VALUE_MAX)
        return err_set(e, ERR_LIMIT, "the value of {%s} is longer than %d bytes", name, BINDING_VALUE_MAX);
    char *copy = malloc(n + 1);
    if (copy == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    if (n > 0)
        memcpy(copy, value, n);
    copy[n] = '\0';
    struct binding *row = row_of(b, name, e);
    if (row == NULL) {
        free(copy);
        return -1;
    }
    free(row->value);
    row->value = copy;
    row->len = n;
    row->secret = secret;
    return 0;
}

int bindings_copy(struct bindings *to, const struct bindings *from) {
    bindings_init(to);
    for (size_t i = 0; i < from->count; i++) {
        const struct binding *row = &from->list[i];
        if (bindings_set(to, row->name, row->value, row->len, row->secret, NULL) != 0) {
            bindings_free(to);
            return -1;
        }
    }
    return 0;
}

void bindings_free(struct bindings *b) {
    for (size_t i = 0; i < b->count; i++)
        free(b->list[i].value);
    bindings_init(b);
}
