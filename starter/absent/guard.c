/*
 * absent/guard.c - stands in for guard.c where lab 8 is not graded. (Provided; nothing to do here.)
 *
 * So a guard.c that does not compile yet costs nothing in the labs before it.
 */
#include "../client.h"

int guard_address(struct client *c, const char *address) {
    (void)c;
    (void)address;
    return NOT_DONE;
}

int guard_header(struct client *c, const char *name, const char *text) {
    (void)c;
    (void)name;
    (void)text;
    return NOT_DONE;
}

int guard_text(struct client *c, const char *bytes, size_t n) {
    (void)c;
    (void)bytes;
    (void)n;
    return NOT_DONE;
}

int guard_words(struct client *c, struct buf *out, const char *text, size_t n) {
    (void)c;
    (void)out;
    (void)text;
    (void)n;
    return NOT_DONE;
}
