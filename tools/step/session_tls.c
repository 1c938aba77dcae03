/* Where TLS begins. See session.h. */
#include "session.h"

#include "../../lib/tls.h"
#include "../../lib/trust.h"

#include <string.h>

#define TEXT_MAX 16384

/* Words for what a server does wrong here; rules are about clients, and have none. */
static const char injected[] =
    "the server sent more than its 220 before TLS began. Those bytes came in plain text, so anybody on the "
    "way "
    "could have written them; a client that kept them would take them for protected ones (RFC 3207 4.2, the "
    "STARTTLS injection). The connection was closed from here.";

/* Are bytes waiting where only silence may be? The server speaks TLS only after we do. */
static bool bytes_wait(struct session *s) {
    struct err ignored;
    size_t n;

    stream_fill(s->stream, 0, &ignored);
    stream_peek(s->stream, &n);
    return n > 0;
}

static void describe(struct session *s) {
    struct buf text;

    buf_init(&text, TEXT_MAX);
    if (trust_describe(s->stream, &text) == 0)
        s->on.tls(s->on.arg, text.data);
    buf_free(&text);
}

static int handshake(struct session *s, struct err *e) {
    struct ssl_ctx_st *ctx = link_trust(s->link, s->keylog, e);
    int done;

    if (ctx == NULL)
        return -1;
    stream_set_timeout(s->stream, SESSION_HANDSHAKE_MS);
    done = tls_client(s->stream, ctx, s->link->host, e);
    tls_ctx_free(ctx);
    return done;
}

enum heard session_tls_begin(struct session *s, bool immediate) {
    struct err e = {ERR_NONE, ""};
    const char *words;

    if (!immediate && bytes_wait(s))
        return session_lost(s, true, injected);
    if (handshake(s, &e) == -1) {
        enum heard lost = session_lost(s, true, e.text);

        s->why.kind = e.kind;
        return lost;
    }
    recorder_tls(s->record.recorder, immediate);
    dialogue_tls_started(s->dialogue);
    words = tls_describe(s->stream);
    session_note(s, EVENT_TLS, words, strlen(words), strlen(words));
    describe(s);
    return HEARD_ALL;
}
