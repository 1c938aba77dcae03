/*
 * state - what the sandbox keeps from one run to the next, in one folder: the authority that signs its
 * certificates (ca.pem), the password of its account, its mail.
 */
#ifndef SMTPLAB_SANDBOX_STATE_H
#define SMTPLAB_SANDBOX_STATE_H

#include "options.h"

#include "../../lib/buf.h"
#include "../../lib/tls.h"

#define STATE_PATH_MAX 4096

struct state {
    char folder[STATE_PATH_MAX];
    char ca_file[STATE_PATH_MAX + 16];
    char password_file[STATE_PATH_MAX + 16];
    char maildir[STATE_PATH_MAX + 16]; /* "": none */
    const char *user;
    struct buf password;
    struct tls_ca *ca;
};

/* make: find or make all of it, as the options say. chance: a descriptor of /dev/urandom. -1: why. */
int state_open(struct state *s, const struct options *o, int chance, struct err *e);

/* free: */
void state_close(struct state *s);

#endif
