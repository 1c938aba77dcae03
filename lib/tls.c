#include "tls.h"

#include "deadline.h"
#include "tls_words.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * OpenSSL sits in the middle:
 *
 *     stream -> tls_read() -> SSL_read_ex() -> below_read() -> the back end the stream had before
 *
 * Under it is not OpenSSL's own socket code, so that time limits, EINTR and
 * SIGPIPE stay the back end's business, and TLS runs over a block of memory too.
 */
struct tls {
    SSL *ssl;
    BIO_METHOD *method;
    const struct stream_ops *below;
    void *below_ctx;
    struct deadline until; /* of the operation under way: one of ours may be several reads for OpenSSL */
    struct err why;        /* what the back end said in it; ERR_NONE: no trouble there */
    bool ended;            /* the back end has come to its end of file */
    bool up;               /* the handshake is done, and nothing has broken since */
    char words[128];       /* for tls_describe() */
};

/* --- below OpenSSL --- */

static int below_read(BIO *bio, char *bytes, int n) {
    struct tls *t = BIO_get_data(bio);
    ssize_t got = t->below->read(t->below_ctx, bytes, (size_t)n, deadline_left(t->until), &t->why);

    BIO_clear_retry_flags(bio);
    /* Time is up: "try again" for OpenSSL, which then keeps its place in the half-read record. */
    if (got == -1 && t->why.kind == ERR_TIMEOUT)
        BIO_set_retry_read(bio);
    t->ended = got == 0;
    return (int)got;
}

static int below_write(BIO *bio, const char *bytes, int n) {
    struct tls *t = BIO_get_data(bio);
    ssize_t put = t->below->write(t->below_ctx, bytes, (size_t)n, deadline_left(t->until), &t->why);

    BIO_clear_retry_flags(bio);
    if (put == -1 && t->why.kind == ERR_TIMEOUT)
        BIO_set_retry_write(bio);
    return (int)put;
}

static long below_control(BIO *bio, int command, long number, void *pointer) {
    const struct tls *t = BIO_get_data(bio);

    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF)
        return t->ended;
    return command == BIO_CTRL_FLUSH; /* done: nothing is gathered down there */
}

/* --- errors --- */

/* After an OpenSSL call has failed for another reason than the end of file. */
static int failed(struct tls *t, struct err *e) {
    if (t->why.kind != ERR_TIMEOUT)
        t->up = false; /* OpenSSL wants no further call, not even for a goodbye */
    if (t->why.kind != ERR_NONE)
        return err_set(e, t->why.kind, "%s", t->why.text);
    if (t->ended)
        return err_set(e, ERR_CLOSED, "the other side has closed the connection");
    return err_set(e, ERR_TLS, "TLS: %s", tls_words_reason());
}

/*
 * Every call into OpenSSL starts like this. Its queue of errors is the thread's: what another call left
 * there is not ours.
 */
static void begin(struct tls *t, int timeout_ms) {
    t->until = deadline_in(timeout_ms);
    t->why.kind = ERR_NONE;
    ERR_clear_error();
}

/* --- above OpenSSL: the back end the stream sees --- */

static ssize_t tls_read(void *ctx, void *bytes, size_t n, int timeout_ms, struct err *e) {
    struct tls *t = ctx;
    size_t got;

    begin(t, timeout_ms);
    if (SSL_read_ex(t->ssl, bytes, n, &got) == 1)
        return (ssize_t)got;
    /* An end without close_notify is an end too: SMTP says QUIT, a message its dot. */
    if (SSL_get_error(t->ssl, 0) == SSL_ERROR_ZERO_RETURN || t->ended)
        return 0;
    return failed(t, e);
}

static ssize_t tls_write(void *ctx, const void *bytes, size_t n, int timeout_ms, struct err *e) {
    struct tls *t = ctx;
    size_t put;

    begin(t, timeout_ms);
    if (SSL_write_ex(t->ssl, bytes, n, &put) == 1)
        return (ssize_t)put;
    return failed(t, e);
}

static void tls_close(void *ctx) {
    struct tls *t = ctx;

    SSL_free(t->ssl); /* and its BIO */
    BIO_meth_free(t->method);
    if (t->below != NULL)
        t->below->close(t->below_ctx);
    free(t);
}

static const struct stream_ops tls_ops = {tls_read, tls_write, tls_close};

/* --- make --- */

static BIO_METHOD *new_method(void) {
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "the stream below");

    if (m != NULL) {
        BIO_meth_set_read(m, below_read);
        BIO_meth_set_write(m, below_write);
        BIO_meth_set_ctrl(m, below_control);
    }
    return m;
}

/* With nothing below yet. NULL: memory. */
static struct tls *tls_new(SSL_CTX *ctx) {
    struct tls *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return NULL;
    t->ssl = SSL_new(ctx);
    t->method = new_method();

    BIO *bio = t->ssl == NULL || t->method == NULL ? NULL : BIO_new(t->method);

    if (bio == NULL) {
        tls_close(t);
        return NULL;
    }
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
    /* OpenSSL 3 calls an end without close_notify a fatal error, and then would not let us write either. */
    SSL_set_options(t->ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
#endif
    /*
     * AUTO_RETRY: a record without data for us (a session ticket) is no reason to come back empty.
     * The other two: a write that ran into its time limit is taken up again from a buffer that has
     * moved and grown meanwhile.
     */
    SSL_set_mode(t->ssl,
                 SSL_MODE_AUTO_RETRY | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return t;
}

/* Slip it between the stream and its back end. */
static int insert(struct stream *s, struct tls *t, struct err *e) {
    const struct stream_ops *ops = &tls_ops;
    void *ctx = t;

    if (stream_swap(s, &ops, &ctx, e) == -1)
        return -1;
    t->below = ops;
    t->below_ctx = ctx;
    return 0;
}

/*
 * After a handshake that failed: read what the other side has sent meanwhile.
 * TCP answers a close() over unread bytes with a reset, and that can overtake our alert,
 * which tells the other side what was wrong.
 */
static void drain(const struct tls *t) {
    char scrap[4096];

    for (int i = 0; i < 16; i++)
        if (t->below->read(t->below_ctx, scrap, sizeof(scrap), 0, NULL) <= 0)
            return;
}

static int handshake(struct stream *s, struct tls *t, const char *host, struct err *e) {
    begin(t, stream_timeout(s));
    if (SSL_do_handshake(t->ssl) == 1) {
        t->up = true;
        snprintf(t->words, sizeof(t->words), "%s %s", SSL_get_version(t->ssl), SSL_get_cipher_name(t->ssl));
        return 0;
    }
    drain(t);
    if (tls_words_untrusted(t->ssl, host, e) == -1)
        return -1;
    if (t->ended)
        return err_set(e, ERR_CLOSED, "the other side closed the connection during the TLS handshake");
    return failed(t, e);
}

static struct tls *start(struct stream *s, SSL_CTX *ctx, struct err *e) {
    struct tls *t = tls_new(ctx);

    if (t == NULL) {
        err_set(e, ERR_SYSTEM, "out of memory");
        return NULL;
    }
    if (insert(s, t, e) == -1) {
        tls_close(t);
        return NULL;
    }
    return t;
}

static bool is_address(const char *host) {
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

int tls_client(struct stream *s, SSL_CTX *ctx, const char *host, struct err *e) {
    struct tls *t = start(s, ctx, e);

    if (t == NULL)
        return -1;
    SSL_set_connect_state(t->ssl);
    if (host != NULL && !is_address(host)) /* RFC 6066 section 3: names only */
        SSL_set_tlsext_host_name(t->ssl, host);
    return handshake(s, t, host, e);
}

int tls_server(struct stream *s, SSL_CTX *ctx, struct err *e) {
    struct tls *t = start(s, ctx, e);

    if (t == NULL)
        return -1;
    SSL_set_accept_state(t->ssl);
    return handshake(s, t, NULL, e);
}

/* --- use --- */

const char *tls_describe(const struct stream *s) {
    const struct tls *t = stream_ctx(s, &tls_ops);

    return t == NULL || t->words[0] == '\0' ? NULL : t->words;
}

const struct ssl_st *tls_ssl(const struct stream *s) {
    const struct tls *t = stream_ctx(s, &tls_ops);

    return t == NULL ? NULL : t->ssl;
}

void tls_shutdown(struct stream *s) {
    struct tls *t = stream_ctx(s, &tls_ops);

    if (t == NULL || !t->up)
        return;
    begin(t, stream_timeout(s));
    SSL_shutdown(t->ssl);
    ERR_clear_error();
}
