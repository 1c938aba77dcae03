/* TLS on both sides of a session: first with the server, so that the client can be told if that fails. See session.h. */
#include "session.h"

#include "../../lib/tls.h"

#include <stdio.h>

static int with_server(struct session *s, struct err *e) {
    struct stream *server = s->streams[SERVER_SIDE];

    stream_set_timeout(server, HANDSHAKE_MS);
    return tls_client(server, s->proxy->towards_server, s->proxy->options->host, e);
}

static bool with_client(struct session *s) {
    struct stream *client = s->streams[CLIENT_SIDE];
    struct err e;

    stream_set_timeout(client, HANDSHAKE_MS);
    if (tls_server(client, s->proxy->towards_client, &e) == 0)
        return true;
    s->over = true; /* there is no talking to it */
    s->ended[CLIENT_SIDE] = true;
    return session_fail(s, "no TLS with the client (does it trust the ca of this run?)", &e);
}

/*
 * What a client has sent behind STARTTLS in one go came in plain text: anybody on the way may have put
 * it there (RFC 3207 5, CVE-2011-0411). It is refused, and so is what came behind the server's 220.
 */
static bool nothing_behind(struct session *s) {
    struct err e;
    size_t n;

    stream_peek(s->streams[CLIENT_SIDE], &n);
    if (n == 0)
        return true;
    err_set(&e, ERR_PROTOCOL, "%zu bytes came in plain text behind STARTTLS", n);
    return session_fail(s, "no TLS with the client", &e);
}

static bool say_go_ahead(struct session *s) {
    struct err e;

    if (stream_write(s->streams[CLIENT_SIDE], s->go_ahead.data, s->go_ahead.len, &e) == 0 &&
        relay_flush(s, CLIENT_SIDE, HANDSHAKE_MS, &e) == 0)
        return true;
    s->ended[CLIENT_SIDE] = true;
    return session_fail(s, "the client has gone", &e);
}

bool handshake_start(struct session *s) {
    struct err e;

    if (s->tls) {
        err_set(&e, ERR_PROTOCOL, "the server agrees to STARTTLS inside TLS");
        return session_fail(s, "no TLS with the server", &e);
    }
    if (!nothing_behind(s))
        return false;
    if (with_server(s, &e) == -1) {
        s->ended[SERVER_SIDE] = true;
        return session_fail(s, "no TLS with the server", &e);
    }
    if (!say_go_ahead(s) || !with_client(s))
        return false;
    buf_clear(&s->go_ahead);
    s->tls = true;
    follow_tls(&s->follow);
    tape_tls(&s->tape, false);
    return true;
}

bool handshake_immediate(struct session *s) {
    struct err e;
    bool server = with_server(s, &e) == 0;

    if (!with_client(s))
        return false;
    if (!server)
        return session_fail(s, "no TLS with the server", &e);
    s->tls = true;
    dialogue_tls_started(s->follow.dialogue);
    tape_tls(&s->tape, true);
    return true;
}
