/*
 * serve_internal - what the parts of serve share.
 */
#ifndef SMTPLAB_SERVE_INTERNAL_H
#define SMTPLAB_SERVE_INTERNAL_H

#include "buf.h"
#include "deadline.h"
#include "serve.h"

#include <stdbool.h>

/* One session while it runs. */
struct serving {
    const struct serve_setup *setup;
    struct stream *stream;
    struct server *server;
    struct buf out;           /* replies, not yet sent */
    struct buf kept;          /* plain text from before TLS, which only a weak server keeps */
    struct deadline total;    /* of the session */
    struct deadline patience; /* of the line or block that is due */
    bool tls;
    bool begun;     /* the greeting was said */
    bool ready;     /* a new turn: the client may have said something */
    bool stopped;   /* the word to stop was there when we last looked */
    unsigned looks; /* that found something in this turn */
    bool polite;    /* we close, and want our last words to arrive */
    bool ended;     /* what is in *outcome is why */
    struct serve_outcome *outcome;
};

enum serve_read {
    SERVE_READ_BYTES,   /* the stream has more than before */
    SERVE_READ_NOTHING, /* nothing yet: wait for it */
    SERVE_READ_GIVE_UP, /* time is up, or we are to stop: outcome->why are the words */
    SERVE_READ_END      /* the client has closed, or the connection broke */
};

/* serve_wait.c */

/* Read more bytes if there are any. */
enum serve_read serve_read(struct serving *s);

/* What comes next may take long. */
void serve_step_aside(const struct serving *s);

/* Send at once, in one write. false: it could not be, outcome says why. */
bool serve_send(struct serving *s, const char *bytes, size_t n);

/* Let so much time pass, but not more than is left of the session. Cut short when we are to stop. */
void serve_pause(struct serving *s, int ms);

/* Read and throw away until the client leaves, time is up, or we are to stop. */
void serve_wait_for_end(struct serving *s);

/* What the stream does by itself (flush, handshake) takes no longer than patience and what is left of the session. */
void serve_limit_stream(struct serving *s);

/* serve_end.c */

/* The first that is said of why the session ended holds. */
void serve_ended(struct serving *s, enum serve_end end, const char *why);
bool serve_failed(struct serving *s,
                  const struct err *e);  /* false, so that `return serve_failed()` reads well */
bool serve_no_memory(struct serving *s); /* the same */

/* From now on closing resets the connection. */
void serve_reset(struct serving *s);

/* The goodbye of TLS and TCP, and the rest of the outcome. */
void serve_finish(struct serving *s);

#endif
