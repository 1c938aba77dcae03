/*
 * sandbox - what all sessions of one server share, and one session of it.
 *
 *     main ---- options, state, listeners, signals
 *      shift -- the threads: one that looks after all connections, and others for what takes long
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
#include <stdio.h>
#include <time.h>

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

/* Called in the middle of a turn, before what may take long. */
typedef void visit_aside_fn(void *arg);

/* One connection. It belongs to one thread at a time. */
struct visit {
    struct sandbox *sandbox;
    int fd; /* until it begins; then its stream's */
    bool immediate;
    bool begun;
    char peer[REPORT_PEER_MAX]; /* "127.0.0.1" */
    unsigned short peer_port;   /* 40000 */
    struct timespec start;
    visit_aside_fn *aside;
    void *aside_arg;
    FILE *file; /* the recording, and who writes it; NULL: none */
    struct recorder *recorder;
    struct server_host host;
    struct serve_setup setup;
    struct serving *serving; /* NULL: it could not begin */
    struct serve_outcome outcome;
    struct maildir_message *message; /* under way */
    char trouble[ERR_TEXT_MAX];      /* ours, the last; "" for none */
};

/* make: aside may be NULL. NULL: memory is out, and the guest is still the caller's. */
struct visit *visit_new(struct sandbox *sandbox, const struct crew_guest *guest, visit_aside_fn *aside,
                        void *aside_arg);

/* use: one turn (see serve_go()). false: it is over, its line is in the log, and it is freed. */
bool visit_go(struct visit *v);

/* While it waits: when it is to have a turn even if its client says nothing. */
struct deadline visit_due(const struct visit *v);

/* Wait for its next turn: for who has a thread for each. */
void visit_wait(struct visit *v);

/* What comes next may take long. */
void visit_step_aside(const struct visit *v);

/* free: one that cannot go on, without a word to its client; why goes to the log. */
void visit_break_off(struct visit *v, const char *why);

/* Send away one too many, and say so in the log. Waits for nothing but the log. */
void visit_refuse(struct sandbox *sandbox, const struct crew_guest *guest);

/* What a session may ask of the world; arg is to be the visit. */
extern const struct server_host host_calls;

#endif
