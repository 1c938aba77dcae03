#include "buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

/* What data points to while nothing is allocated. Never written to: cap is 0 then. */
static char empty[1];

void buf_init(struct buf *b, size_t max) {
    *b = (struct buf){.data = empty, .max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

char *buf_room(struct buf *b, size_t n) {
    if (n > b->max - b->len)
        return NULL;
    if (b->len + n < b->cap)
        return b->data + b->len;

    /* Doubling: n bytes added one at a time are copied fewer than 2n times in all. */
    size_t needed = b->len + n + 1; /* the NUL */
    size_t cap = b->cap < FIRST_CAP ? FIRST_CAP : b->cap <= SIZE_MAX / 2 ? b->cap * 2 : SIZE_MAX;

    if (cap > b->max + 1)
        cap = b->max + 1;
    if (cap < needed)
        cap = needed;

    char *data = realloc(b->cap == 0 ? NULL : b->data, cap);

    if (data == NULL)
        return NULL;
    b->data = data;
    b->cap = cap;
    b->data[b->len] = '\0';
    return b->data + b->len;
}

void buf_grew(struct buf *b, size_t n) {
    if (n == 0)
        return;
    b->len += n;
    b->data[b->len] = '\0';
}

int buf_add(struct buf *b, const void *bytes, size_t n) {
    if (n == 0)
        return 0; /* bytes may be NULL, which memcpy() must not be given */

    char *room = buf_room(b, n);

    if (room == NULL)
        return -1;
    memcpy(room, bytes, n);
    buf_grew(b, n);
    return 0;
}

int buf_add_text(struct buf *b, const char *text) {
    return buf_add(b, text, strlen(text));
}

int buf_add_char(struct buf *b, char c) {
    return buf_add(b, &c, 1);
}

int buf_addf(struct buf *b, const char *format, ...) {
    va_list args;

    va_start(args, format);
    int result = buf_vaddf(b, format, args);
    va_end(args);
    return result;
}

int buf_vaddf(struct buf *b, const char *format, va_list args) {
    va_list again; /* a va_list can be walked once only, and we measure first */

    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *room = n < 0 ? NULL : buf_room(b, (size_t)n);

    if (room != NULL && n > 0) {
        vsnprintf(room, (size_t)n + 1, format, again);
        buf_grew(b, (size_t)n);
    }
    va_end(again);
    return room == NULL ? -1 : 0;
}

void buf_take(struct buf *b, size_t n) {
    if (n >= b->len) {
        buf_clear(b);
        return;
    }
    memmove(b->data, b->data + n, b->len - n + 1);
    b->len -= n;
}

void buf_clear(struct buf *b) {
    b->len = 0;
    if (b->cap > 0)
        b->data[0] = '\0';
}

char *buf_steal(struct buf *b) {
    if (b->cap == 0 && buf_room(b, 0) == NULL)
        return NULL;

    char *data = b->data;

    buf_init(b, b->max);
    return data;
}

void buf_free(struct buf *b) {
    if (b->cap > 0)
        free(b->data);
    buf_init(b, b->max);
}
