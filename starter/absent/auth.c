/*
 * absent/auth.c - stands in for auth.c where lab 7 is not graded. (Provided; nothing to do here.)
 *
 * So a auth.c that does not compile yet costs nothing in the labs before it.
 */
#include "../client.h"

int auth_secret(struct client *c) {
    (void)c;
    return NOT_DONE;
}

int auth_choose(struct client *c) {
    (void)c;
    return NOT_DONE;
}

int auth_plain(struct client *c) {
    (void)c;
    return NOT_DONE;
}

int auth_cram_md5(struct client *c) {
    (void)c;
    return NOT_DONE;
}

int auth_xoauth2(struct client *c) {
    (void)c;
    return NOT_DONE;
}

int auth_log_in(struct client *c) {
    (void)c;
    return NOT_DONE;
}
