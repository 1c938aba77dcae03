/*
 * foundation.c - what your five steps stand on. (Provided; worth reading.)
 *
 *   - send_line() sends one line, get_reply() reads one whole reply.
 *   - The functions below them open a session, in the order a session uses them.
 *     Each is a step like those you write: send one line, return get_reply().
 *   - After a call that FAILED because the connection is gone, c->lost is set and
 *     every later call fails at once, with the same words.
 */
#include "program.h"

#include "../lib/recorder.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The connection is of no use any more. Says so to every later call. */
static int lose(struct client *c) {
    c->lost = true;
    return FAILED;
}

/* ---- one line out ---- */

/* A CR or LF inside would make two commands of one, and the second could be an attacker's. */
static int check_line(struct client *c, const struct buf *line) {
    if (memchr(line->data, '\r', line->len) || memchr(line->data, '\n', line->len))
        return err_set(&c->err, ERR_INPUT, "a line break inside a line that is to be sent");
    return 0;
}

int own_put_all(struct client *c, const void *bytes, size_t n) {
    int sent = stream_write(c->stream, bytes, n, &c->err);
    return sent == -1 || stream_flush(c->stream, &c->err) == -1 ? lose(c) : 0;
}

/* All that was gathered. wire.c sends it, once that is written. */
static int flush(struct client *c) {
    if (c->lost)
        return FAILED;
    int result = c->unsent.len > 0 ? put_all(c, c->unsent.data, c->unsent.len) : 0;
    buf_clear(&c->unsent);
    return result;
}

/* Large pieces pass by themselves. */
static int gather(struct client *c, const void *bytes, size_t n) {
    if (c->lost)
        return FAILED;
    if (buf_add(&c->unsent, bytes, n) == 0)
        return 0;
    int result = flush(c);
    if (result == 0 && buf_add(&c->unsent, bytes, n) == -1)
        result = put_all(c, bytes, n);
    return result;
}

static int add_formatted(struct client *c, const char *format, va_list args) {
    struct buf line;
    buf_init(&line, SEND_LINE_MAX + 2);
    int result = FAILED;
    if (buf_vaddf(&line, format, args) == -1 || line.len > SEND_LINE_MAX)
        err_set(&c->err, ERR_INPUT, "a line to be sent has more than %d bytes", SEND_LINE_MAX);
    else if (check_line(c, &line) == 0 && buf_add(&line, "\r\n", 2) == 0)
        result = gather(c, line.data, line.len);
    if (result == 0)
        show_sent(c, line.data, line.len);
    buf_free(&line);
    return result;
}

int add_line(struct client *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int result = add_formatted(c, format, args);
    va_end(args);
    return result;
}

int add_bytes(struct client *c, const void *bytes, size_t n) {
    if (gather(c, bytes, n) == -1)
        return FAILED;
    show_sent(c, bytes, n);
    return 0;
}

int send_line(struct client *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int result = add_formatted(c, format, args);
    va_end(args);
    return result == 0 ? flush(c) : result;
}

int send_secret(struct client *c, const char *shown, const char *line) {
    if (gather(c, line, strlen(line)) == -1 || gather(c, "\r\n", 2) == -1)
        return FAILED;
    show_line(c, "CLIENT", shown, strlen(shown));
    return flush(c);
}

/* ---- one reply in (RFC 5321 section 4.2) ---- */

/* The three digits in front, 200 to 599, with nothing, a space or a '-' behind them; -1 if they are not there. */
static int reply_code(const char *line) {
    if (line[0] < '2' || line[0] > '5' || strspn(line, "0123456789") != 3 || !strchr(" -", line[3]))
        return -1;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* Add a line's text to those before it. What does not fit is dropped: it is words for people, not protocol. */
static void keep_text(struct answer *reply, const char *text, bool first) {
    size_t used = strlen(reply->text);
    snprintf(reply->text + used, sizeof reply->text - used, "%s%s", first ? "" : "\n", text);
}

/* Read one line into c->line, without its line end. */
static int read_line(struct client *c) {
    ssize_t n = stream_read_line(c->stream, &c->line, ANSWER_LINE_MAX, &c->err);
    if (n == 0)
        err_set(&c->err, ERR_CLOSED, "the server closed the connection");
    if (n <= 0)
        return lose(c);
    size_t len = (size_t)n - 1; /* without the LF, and without the CR that ought to stand before it */
    if (len > 0 && c->line.data[len - 1] == '\r')
        len--;
    c->line.data[len] = '\0';
    show_line(c, "SERVER", c->line.data, len);
    return 0;
}

/* One line of a reply. 1: more lines follow ("250-..."), 0: it was the last, FAILED. */
static int read_reply_line(struct client *c, bool first) {
    if (read_line(c) == FAILED)
        return FAILED;
    const char *line = c->line.data;
    int code = reply_code(line);
    if (code == -1)
        return err_set(&c->err, ERR_PROTOCOL, "the server sent what is no SMTP reply: %.200s", line);
    if (!first && code != c->reply.code)
        return err_set(&c->err, ERR_PROTOCOL, "one reply with two codes, %d and %d", c->reply.code, code);
    c->reply.code = code;
    keep_text(&c->reply, line[3] == '\0' ? "" : line + 4, first);
    return line[3] == '-';
}

static int own_reply(struct client *c) {
    int more = 1;
    for (int lines = 0; more == 1 && lines < ANSWER_LINES_MAX; lines++)
        more = read_reply_line(c, lines == 0);
    if (more == FAILED)
        return FAILED;
    if (more == 1) {
        err_set(&c->err, ERR_PROTOCOL, "a reply of more than %d lines", ANSWER_LINES_MAX);
        return lose(c);
    }
    return c->reply.code;
}

int get_reply(struct client *c) {
    int code = flush(c);
    if (code == 0) {
        c->unanswered = true;
        c->reply = (struct answer){0};
        code = part(c, 4, wire_reply, own_reply);
    }
    if (code > 0)
        c->unanswered = false;
    return code;
}

/* ---- the bare connection, for wire.c ---- */

ssize_t put_some(struct client *c, const void *bytes, size_t n) {
    size_t piece = n < PUT_SOME_MAX ? n : PUT_SOME_MAX;
    if (c->lost)
        return -1;
    if (own_put_all(c, bytes, piece) == 0)
        return (ssize_t)piece;
    if (c->err.kind == ERR_CLOSED)
        raise(SIGPIPE); /* as the kernel does for write(2); the library has it switched off */
    return -1;
}

ssize_t get_some(struct client *c, void *bytes, size_t n) {
    size_t have;
    if (c->lost)
        return -1;
    stream_peek(c->stream, &have);
    ssize_t got = have > 0 ? 1 : stream_fill(c->stream, stream_timeout(c->stream), &c->err);
    if (got == -1)
        return lose(c);
    const char *at = stream_peek(c->stream, &have);
    size_t taken = have < n ? have : n;
    memcpy(bytes, at, taken);
    show_received(c, bytes, taken);
    stream_take(c->stream, taken);
    return (ssize_t)taken;
}

/* ---- TLS ---- */

/* Whom do we believe? Only a certificate for this very host, signed by an authority we know: anything less and we talk to whoever sits between (RFC 8314 section 3, RFC 9525). */
int own_trust(struct client *c, SSL_CTX *ctx) {
    const struct options *o = c->options;
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    int known =
        o->ca ? SSL_CTX_load_verify_locations(ctx, o->ca, NULL) : SSL_CTX_set_default_verify_paths(ctx);
    int named =
        X509_VERIFY_PARAM_set1_ip_asc(param, o->host) || X509_VERIFY_PARAM_set1_host(param, o->host, 0);
    if (known == 1 && named && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1)
        return 0;
    return err_set(&c->err, o->ca ? ERR_FILE : ERR_TLS, "no trusted certificates to be had from %s",
                   o->ca ? o->ca : "the system");
}

static int shake_hands(struct client *c, SSL_CTX *ctx) {
    const char *keylog = c->options->keylog;
    int result = trust_in(c, ctx);
    if (result == 0 && keylog)
        result = tls_keylog(ctx, keylog, &c->err);
    return result == 0 ? tls_client(c->stream, ctx, c->options->host, &c->err) : result;
}

int handshake(struct client *c) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    int result = ctx ? shake_hands(c, ctx) : err_set(&c->err, ERR_SYSTEM, "out of memory");
    SSL_CTX_free(ctx);
    if (result == NOT_DONE)
        return NOT_DONE;
    if (result == -1)
        return lose(c);
    c->secure = true;
    if (c->recorder)
        recorder_tls(c->recorder, c->options->tls == TLS_MODE_IMPLICIT);
    const char *what = tls_describe(c->stream);
    show_line(c, "TLS begins", what, strlen(what));
    return 0;
}

/* ---- the opening of a session ---- */

static int own_dial(struct client *c) {
    return net_dial(c->options->host, c->options->port, c->options->timeout * 1000, &c->err);
}

/* A socket and its stream; the recording begins with the first byte. */
static int open_stream(struct client *c) {
    int fd = part(c, 4, wire_dial, own_dial);
    if (fd == NOT_DONE)
        return NOT_DONE;
    if (fd == FAILED)
        return lose(c);
    c->stream = stream_from_fd(fd);
    if (!c->stream) {
        close(fd);
        err_set(&c->err, ERR_SYSTEM, "out of memory");
        return lose(c);
    }
    stream_set_timeout(c->stream, c->options->timeout * 1000);
    if (c->recorder)
        stream_tap(c->stream, recorder_tap, c->recorder);
    return 0;
}

int connect_to_server(struct client *c) {
    int result = open_stream(c);
    if (result == 0 && c->options->tls == TLS_MODE_IMPLICIT)
        result = part(c, 5, security_implicit, handshake);
    return result;
}

int send_ehlo(struct client *c) {
    c->offered[0] = '\0';
    if (send_line(c, "EHLO %s", c->own_name) == -1)
        return FAILED;
    int code = get_reply(c);
    if (code / 100 == 5)
        return send_helo(c); /* a server from before 1995 */
    if (code / 100 == 2)
        memcpy(c->offered, c->reply.text, sizeof c->offered);
    return code;
}

/* The server forgets what was said before TLS and we do too: anyone could have said it (RFC 3207 section 4.2). The next step is EHLO again. */
int start_tls(struct client *c) {
    if (send_line(c, "STARTTLS") == -1)
        return FAILED;
    int code = get_reply(c);
    if (code != 220)
        return code;
    c->offered[0] = '\0';
    int result = handshake(c);
    return result == 0 ? code : result;
}

int send_helo(struct client *c) {
    c->offered[0] = '\0';
    if (send_line(c, "HELO %s", c->own_name) == -1)
        return FAILED;
    return get_reply(c);
}

int send_auth_request(struct client *c) {
    if (send_line(c, "AUTH LOGIN") == -1)
        return FAILED;
    return get_reply(c);
}

/* base64 hides nothing: it only makes any bytes fit into a line of text. The line is secret all the same. */
static int send_base64(struct client *c, const char *shown, const char *prefix, const void *bytes, size_t n) {
    struct buf line;
    buf_init(&line, SEND_LINE_MAX);
    int result = FAILED;
    if (buf_add_text(&line, prefix) == -1 || encode_base64(&line, bytes, n) == -1)
        err_set(&c->err, ERR_INPUT, "the user name or the password is too long");
    else
        result = send_secret(c, shown, line.data);
    buf_free(&line);
    return result == 0 ? get_reply(c) : FAILED;
}

int send_username(struct client *c) {
    return send_base64(c, "*** (the user name)", "", c->options->user, strlen(c->options->user));
}

int send_password(struct client *c) {
    return send_base64(c, "*** (the password)", "", c->secret.data, c->secret.len);
}

/* NUL user NUL password: the empty part in front means "act as the same user". */
int send_auth_plain(struct client *c) {
    struct buf plain;
    buf_init(&plain, SEND_LINE_MAX);
    int result = FAILED;
    if (buf_add_char(&plain, '\0') == 0 && buf_add_text(&plain, c->options->user) == 0 &&
        buf_add_char(&plain, '\0') == 0 && buf_add(&plain, c->secret.data, c->secret.len) == 0)
        result = send_base64(c, "AUTH PLAIN ***", "AUTH PLAIN ", plain.data, plain.len);
    else
        err_set(&c->err, ERR_INPUT, "the user name or the password is too long");
    buf_free(&plain);
    return result;
}
