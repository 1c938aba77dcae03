/* program - everything that smtp-sandbox has open while it serves. */
#ifndef SMTPLAB_SANDBOX_PROGRAM_H
#define SMTPLAB_SANDBOX_PROGRAM_H

#include "options.h"
#include "sandbox.h"
#include "shift.h"
#include "state.h"

struct program {
    struct options options;
    struct state state;
    struct sandbox sandbox;
    struct shift *shift;
    int listener, tls_listener; /* -1: none */
    unsigned short port, tls_port;
    int stop_pipe[2]; /* its reading end is sandbox.wake; closing the other makes it readable */
};

/* make: open all that the options ask for, listeners last; no client is answered yet. -1: why; close what is open. */
int program_open(struct program *p, struct err *e);

/* ask: as many connections as are wanted, and as descriptors are enough for. Raises their limit. */
size_t program_connections(const struct options *o);

/* free: */
void program_close(struct program *p);

#endif
