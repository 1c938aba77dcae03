#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/*
 * The text is one line for a terminal: words of a server may stand in it, its line breaks and escape
 * codes may not.
 */
static void one_line(char *text) {
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20 || c == 0x7f)
            *text = '?';
    }
}

static void set(struct err *e, enum err_kind kind, const char *format, va_list args) {
    e->kind = kind;
    if (vsnprintf(e->text, sizeof(e->text), format, args) < 0)
        e->text[0] = '\0';
    one_line(e->text);
}

int err_set(struct err *e, enum err_kind kind, const char *format, ...) {
    va_list args;

    if (e == NULL)
        return -1;
    va_start(args, format);
    set(e, kind, format, args);
    va_end(args);
    return -1;
}

int err_errno(struct err *e, enum err_kind kind, const char *format, ...) {
    int number = errno;
    va_list args;

    if (e == NULL)
        return -1;
    va_start(args, format);
    set(e, kind, format, args);
    va_end(args);

    char words[128]; /* strerror() is not for programs with threads */
    size_t used = strlen(e->text);

    if (strerror_r(number, words, sizeof(words)) != 0)
        snprintf(words, sizeof(words), "error %d", number);
    snprintf(e->text + used, sizeof(e->text) - used, ": %s", words);
    errno = number;
    return -1;
}
