/*
 * serve - run a server's session over a stream: the sandbox's connections, and
 * the server that lives inside the stepper.
 *
 * One call, one session, in the caller's thread. It reads blocks, feeds the
 * session (server), sends its replies in one write each time it has to wait
 * for the client, does TLS, and keeps time:
 *
 *   - patience_ms for a line, for a block of a message, for our bytes to leave, for a handshake;
 *   - total_ms for the whole session, so that a byte every few seconds does not hold it for ever.
 *
 * The client's last words are answered also when it has shut down its half of the
 * connection behind them; and what we say last reaches it although it still
 * talks: we read on for a moment (SERVE_LINGER_MS), because TCP answers a close()
 * over unread bytes with a reset, which throws away what the client has not read yet.
 */
#ifndef SMTPLAB_SERVE_H
#define SMTPLAB_SERVE_H

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
    char protocol[128];     /* "TLSv1.3 TLS_AES_256_GCM_SHA384", "" without TLS */
    char hello[256];        /* the summary's texts, copied */
    char user[256];
    char last[256];
    struct server_summary summary; /* its texts point into the three above */
};

/* Run one session to its end; closes and frees the stream. What happened is in *out. */
void serve_run(const struct serve_setup *setup, struct stream *stream, struct serve_outcome *out);

/* "quit", "closed", "refused", "timeout", "tls", "trouble". */
const char *serve_end_name(enum serve_end end);

#endif
