/*
 * sandbox - what all sessions of one server share, and one session of it.
 *
 *     main ---- options, state, listeners, signals
 *      crew --- a thread a connection
 *       visit - one connection: its session (lib/serve), its recording, its line in the log
 *        host - what the session asks of the world: mail to be kept, memory, chance
 */
#ifndef SMTPLAB_SANDBOX_SANDBOX_H
#define SMTPLAB_SANDBOX_SANDBOX_H

#include "report.h"

#include "../../lib/crew.h"
#include "../../lib/maildir.h"
#include "../../lib/serve.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define MEMORY_SLOTS 16384 /* addresses that grey@ remembers */

struct sandbox {
    struct server_config config;
    struct ssl_ctx_st *tls;
    struct maildir *maildir; /* NULL: mail is thrown away */
    struct report *report;
    const char *record; /* folder; NULL: none */
    int patience_ms;
    int total_ms;
    int chance; /* /dev/urandom: opened once, so that it is there when descriptors are not */
    int wake;   /* can be read once `stopping` is true */
    atomic_bool stopping;
    atomic_uint visits;                   /* sessions so far */
    atomic_uint discarded;                /* messages so far that went nowhere */
    atomic_uint faults_spent[FAULTS_MAX]; /* how often each has struck */
    _Atomic uint64_t memory[MEMORY_SLOTS];
    void (*visited)(void); /* called after each session; NULL: not */
};

/* One connection. */
struct visit {
    struct sandbox *sandbox;
    char peer[REPORT_PEER_MAX];      /* "127.0.0.1" */
    unsigned short peer_port;        /* 40000 */
    struct maildir_message *message; /* under way */
    char trouble[ERR_TEXT_MAX];      /* ours, the last; "" for none */
};

/* crew_fn, the argument is the sandbox. */
void visit_serve(void *sandbox, const struct crew_guest *guest);
void visit_refuse(void *sandbox, const struct crew_guest *guest);

/* What a session may ask of the world; arg is to be the visit. */
extern const struct server_host host_calls;

#endif
