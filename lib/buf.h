/*
 * buf - growable bytes with a hard maximum.
 *
 * Every buffer of the kit has a limit that was chosen, not met by accident:
 * a server that never ends its line must not eat the machine.
 *
 *   - `data` is never NULL after buf_init() and always has a NUL behind the
 *     last byte, so text can be printed; the bytes themselves may hold NULs.
 *   - An add that does not fit adds nothing and returns -1.
 *   - What is added must not be a part of the buffer itself, which may move.
 */
#ifndef SMTPLAB_BUF_H
#define SMTPLAB_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len; /* bytes in use, without the NUL */
    size_t cap; /* bytes allocated; 0 while data points to a static empty string */
    size_t max; /* len never exceeds this */
};

/* make: an empty buffer that may hold up to max bytes. Allocates nothing yet. */
void buf_init(struct buf *b, size_t max);

/* use: each returns 0, or -1 when max would be passed or memory is out (the buffer is then unchanged). */
int buf_add(struct buf *b, const void *bytes, size_t n);
int buf_add_text(struct buf *b, const char *text);
int buf_add_char(struct buf *b, char c);
int buf_add_number(struct buf *b, unsigned long n); /* in decimal; printf takes ten times as long for it */
int buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/*
 * Room for n more bytes behind the last one, for a caller that lets read() fill
 * it in place and then calls buf_grew() with how many came (n at most, 0 is
 * fine). NULL as -1 above. Valid until the next call.
 */
char *buf_room(struct buf *b, size_t n);
void buf_grew(struct buf *b, size_t n);

/* Drop n bytes from the front; n > len drops all. */
void buf_take(struct buf *b, size_t n);

/* Forget the content, keep the memory. */
void buf_clear(struct buf *b);

/*
 * Hand the bytes over as a NUL-terminated allocation that the caller frees; the buffer is empty again.
 * NULL: out of memory.
 */
char *buf_steal(struct buf *b);

/* free: the memory; the buffer can be used again, it is empty. */
void buf_free(struct buf *b);

#endif
