/*
 * serve - run a server's session over a stream: the sandbox's connections, and
 * the server that lives inside the stepper.
 *
 * It reads blocks, feeds the session (server), sends its replies in one write each
 * time it has to wait for the client, does TLS, and keeps time:
 *
 *   - patience_ms for a line, for a block of a message, for our bytes to leave, for a handshake;
 *   - total_ms for the whole session, so that a byte every few seconds does not hold it for ever.
 *
 * The client's last words are answered also when it has shut down its half of the
 * connection behind them; and what we say last reaches it although it still
 * talks: we read on for a moment (SERVE_LINGER_MS), because TCP answers a close()
 * over unread bytes with a reset, which throws away what the client has not read yet.
 *
 * There are two ways to run a session:
 *
 *   - serve_run(): one call, to its end, in the caller's thread.
 *   - turn by turn, for who has many sessions and few threads: serve_new(), then serve_go()
 *     each time the client has said something (or the time is up, or all are to stop), until it returns false.
 *     A turn may be in another thread than the last one. What may take long inside a turn (a pause on purpose, a
 *     handshake, a client that does not take our bytes) is announced by setup->aside, so that somebody
 *     else can look after the others meanwhile.
 */
#ifndef SMTPLAB_SERVE_H
#define SMTPLAB_SERVE_H

#include "deadline.h"
#include "err.h"
#include "recorder.h"
#include "server.h"
#include "stream.h"

#include <stdatomic.h>

#define SERVE_PATIENCE_MS 300000 /* RFC 5321 4.5.3.2.7 */
#define SERVE_TOTAL_MS 3600000
#define SERVE_LINGER_MS 2000
#define SERVE_TEAR_MS 1 /* between the pieces of a torn reply, so that they arrive as pieces */

struct ssl_ctx_st;

struct serve_setup {
    const struct server_config *config;
    const struct server_host *host; /* may be NULL */
    struct ssl_ctx_st *tls;         /* for STARTTLS and immediate TLS; NULL: none */
    bool immediate;                 /* TLS from the first byte */
    int patience_ms;
    int total_ms;
    struct recorder *recorder; /* NULL: none */
    const atomic_bool *
        stopping; /* NULL: never. Once true, the session is closed with 421 as soon as no mail is under way */
    int wake;     /* a descriptor that can be read once stopping is true, so that a session that waits sees
                     it at once; 0: none, it sees it with the client's next line */
    void (*aside)(
        void *arg); /* called, perhaps several times in a turn, before what may take long; NULL: not */
    void *aside_arg;
};

enum serve_end {
    SERVE_QUIT,    /* by QUIT */
    SERVE_CLOSED,  /* the client hung up */
    SERVE_REFUSED, /* we closed: 421, a fault, too many errors */
    SERVE_TIMEOUT, /* too slow */
    SERVE_TLS,     /* the handshake failed */
    SERVE_TROUBLE  /* ours */
};

struct serve_outcome {
    enum serve_end end;
    char why[ERR_TEXT_MAX]; /* in words; "" after QUIT */
    char injected[128];     /* what a weak session kept from before TLS, in words; "": nothing */
    char protocol[128];     /* "TLSv1.3 TLS_AES_256_GCM_SHA384", "" without TLS */
    char hello[256];        /* the summary's texts, copied */
    char user[256];
    char last[256];
    struct server_summary summary; /* its texts point into the three above */
};

/* Run one session to its end; closes and frees the stream. What happened is in *out. */
void serve_run(const struct serve_setup *setup, struct stream *stream, struct serve_outcome *out);

struct serving;

/*
 * make: a session that has not begun. setup and *out are kept by pointer; the stream is now the session's. NULL: memory is
 * out, and the stream is freed.
 */
struct serving *serve_new(const struct serve_setup *setup, struct stream *stream, struct serve_outcome *out);

/*
 * use: one turn: say the greeting, or read what there is and answer it. true: it waits for the client, until serve_due().
 * false: it has ended, the connection is closed, and *out says what happened.
 */
bool serve_go(struct serving *s);

/* Wait for the next turn: for the client, for the moment at which it is too late, or for the word to stop. */
void serve_wait(struct serving *s);

/* When the client is too slow: go then, even if it has said nothing. */
struct deadline serve_due(const struct serving *s);

/* free: closes what is still open; *out is complete after serve_go() has returned false only. */
void serve_free(struct serving *s);

/* "quit", "closed", "refused", "timeout", "tls", "trouble". */
const char *serve_end_name(enum serve_end end);

#endif
