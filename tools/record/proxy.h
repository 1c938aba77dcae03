/*
 * proxy - what all sessions of one smtp-record share, and what a session is made of.
 *
 *     main ----- options, listener, signals
 *      crew ---- a thread a connection (lib/crew)
 *       session - one connection: both ends of it, from the first byte to the last
 *        relay -- carries bytes from either end to the other
 *         follow  which of the client's lines is STARTTLS, and what the server says to it
 *         tape -- the file, and lib/recorder, which knows what must not be in it
 */
#ifndef SMTPLAB_RECORD_PROXY_H
#define SMTPLAB_RECORD_PROXY_H

#include "options.h"

#include "../../lib/buf.h"

#include <stdatomic.h>
#include <stdbool.h>

#define MACHINE_MAX 256 /* this machine's name */

struct ssl_ctx_st;

struct proxy {
    const struct options *options;
    struct ssl_ctx_st *towards_client; /* its certificate is ours */
    struct ssl_ctx_st *towards_server; /* its policy is trust's */
    struct buf password;               /* of --password-file; empty: none */
    char machine[MACHINE_MAX];
    bool out_is_folder;
    int wake; /* can be read once `stopping` is true */
    atomic_bool stopping;
    atomic_uint files; /* begun so far */
    void (*visited)(void);
};

#endif
