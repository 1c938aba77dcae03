#include "buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64
#define DIGITS_MAX 20 /* of 2^64 - 1 */

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

int buf_add_number(struct buf *b, unsigned long n) {
    char digits[DIGITS_MAX];
    char *at = digits + sizeof(digits);

    do {
        *--at = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    return buf_add(b, at, (size_t)(digits + sizeof(digits) - at));
}

int buf_addf(struct buf *b, const char *format, ...) {
    va_list args;

    va_start(args, format);
    int result = buf_vaddf(b, format, args);
    va_end(args);
    return result;
}

/* The first try has shown how much room n bytes of text need; < 0: it cannot be printed at all. */
static int print_again(struct buf *b, int n, const char *format, va_list args) {
    if (b->cap > 0)
        b->data[b->len] = '\0'; /* away with what it left */

    char *room = n < 0 ? NULL : buf_room(b, (size_t)n);

    if (room == NULL)
        return -1;
    vsnprintf(room, (size_t)n + 1, format, args);
    b->len += (size_t)n;
    return 0;
}

int buf_vaddf(struct buf *b, const char *format, va_list args) {
    va_list again;                 /* a va_list can be walked once only */
    size_t here = b->cap - b->len; /* where it fits, once is enough */

    va_copy(again, args);
    int n = vsnprintf(b->data + b->len, here, format, args);
    int result = 0;

    if (n >= 0 && (size_t)n < here)
        b->len += (size_t)n;
    else
        result = print_again(b, n, format, again);
    va_end(again);
    return result;
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
