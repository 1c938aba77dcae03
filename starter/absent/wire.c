/*
 * absent/wire.c - stands in for wire.c where lab 4 is not graded. (Provided; nothing to do here.)
 *
 * So a wire.c that does not compile yet costs nothing in the labs before it.
 */
#include "../client.h"

int wire_dial(struct client *c) {
    (void)c;
    return NOT_DONE;
}

int wire_send(struct client *c, const void *bytes, size_t n) {
    (void)c;
    (void)bytes;
    (void)n;
    return NOT_DONE;
}

int wire_reply(struct client *c) {
    (void)c;
    return NOT_DONE;
}

int wire_greet(struct client *c) {
    (void)c;
    return NOT_DONE;
}

int wire_hello(struct client *c) {
    (void)c;
    return NOT_DONE;
}

int wire_login(struct client *c) {
    (void)c;
    return NOT_DONE;
}
