/*
 * wire.c - lab 4: your own foundation, on the bare connection.
 *
 * Three lessons of TCP: a name has several addresses, a write may take less
 * than you gave it, and a read brings whatever has come. The rest is SMTP.
 */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_PIECE ANSWER_LINE_MAX /* an inbox without a whole line in it has room for as much again */

/* ---- dial ---- */

/* Milliseconds on a clock that nobody sets. */
static long long now(void) {
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* The wait for connect() until `until`; a signal does not end it. 0, or the errno that says how it failed. */
static int await_connection(int fd, long long until) {
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};
    int ready;
    do {
        long long left = until - now();
        ready = poll(&wanted, 1, left > 0 ? (int)left : 0);
    } while (ready == -1 && errno == EINTR);
    if (ready == -1)
        return errno;
    if (ready == 0)
        return ETIMEDOUT;
    int why = 0; /* it is decided: the socket knows how */
    socklen_t size = sizeof why;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) == 0 ? why : errno;
}

/* One address. The socket must not block: connect() to a machine that is switched off would take minutes. 0 and *fd, or errno. */
static int dial_address(const struct addrinfo *a, long long until, int *fd) {
    *fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
    if (*fd == -1)
        return errno; /* a machine without IPv6, perhaps: the next address may do */
    fcntl(*fd, F_SETFD, FD_CLOEXEC);
    fcntl(*fd, F_SETFL, O_NONBLOCK);
    int why = connect(*fd, a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
    if (why == EINPROGRESS || why == EINTR) /* it goes on by itself */
        why = await_connection(*fd, until);
    if (why != 0)
        close(*fd);
    return why;
}

static int count(const struct addrinfo *a) {
    int n = 0;
    for (; a; a = a->ai_next)
        n++;
    return n;
}

/* Each address in its order. One deadline for all of them, in which each has an equal share: or a silent first address would leave nothing for the second. */
static int dial_each(const struct addrinfo *all, long long until, int *fd) {
    int why = ECONNREFUSED;
    for (const struct addrinfo *a = all; a; a = a->ai_next) {
        long long left = until - now();
        why = dial_address(a, now() + left / count(a), fd);
        if (why == 0)
            return 0;
    }
    return why;
}

static int dial_failed(struct client *c, int why) {
    const struct options *o = c->options;
    if (why == ETIMEDOUT)
        return err_set(&c->err, ERR_TIMEOUT, "%s port %s does not answer", o->host, o->port);
    return err_set(&c->err, ERR_CONNECT, "cannot connect to %s port %s: %s", o->host, o->port, strerror(why));
}

int wire_dial(struct client *c) {
    const struct options *o = c->options;
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *all;
    signal(SIGPIPE, SIG_IGN); /* or writing to a server that has hung up would kill us without a word */
    int failure = getaddrinfo(o->host, o->port, &wanted, &all);
    if (failure != 0)
        return err_set(&c->err, ERR_HOST, "no address for the host %s: %s", o->host, gai_strerror(failure));
    int fd = -1;
    int why = dial_each(all, now() + o->timeout * 1000LL, &fd);
    freeaddrinfo(all);
    return why == 0 ? fd : dial_failed(c, why);
}

/* ---- send ---- */

/* Whoever takes one write for all of it loses the end of every long message. */
int wire_send(struct client *c, const void *bytes, size_t n) {
    const char *at = bytes;
    while (n > 0) {
        ssize_t taken = put_some(c, at, n);
        if (taken == -1)
            return FAILED;
        at += taken;
        n -= (size_t)taken;
    }
    return 0;
}

/* ---- read a reply ---- */

/* Nobody knows any more where the next reply begins. */
static int lose(struct client *c) {
    c->lost = true;
    return FAILED;
}

/* What there is, to what we have. */
static int read_more(struct client *c) {
    char bytes[READ_PIECE];
    ssize_t got = get_some(c, bytes, sizeof bytes);
    if (got == 0) {
        err_set(&c->err, ERR_CLOSED, "the server closed the connection%s",
                c->inbox.len > 0 || c->reply.code > 0 ? " in the middle of a reply" : "");
        return lose(c);
    }
    if (got == -1)
        return FAILED; /* get_some() has said why */
    if (buf_add(&c->inbox, bytes, (size_t)got) == 0)
        return 0;
    err_set(&c->err, ERR_LIMIT, "no memory for the server's reply");
    return lose(c);
}

/* The first line of the inbox, without its line end. Only an LF says that it is whole, however many reads that takes. */
static int take_line(struct client *c, char line[ANSWER_LINE_MAX]) {
    const char *end = memchr(c->inbox.data, '\n', c->inbox.len);
    while (!end && c->inbox.len < ANSWER_LINE_MAX) {
        if (read_more(c) == FAILED)
            return FAILED;
        end = memchr(c->inbox.data, '\n', c->inbox.len);
    }
    size_t n = end ? (size_t)(end - c->inbox.data) : c->inbox.len; /* no end: longer than a line may be */
    if (n >= ANSWER_LINE_MAX) {
        err_set(&c->err, ERR_PROTOCOL, "a line of more than %d bytes in a reply", ANSWER_LINE_MAX);
        return lose(c);
    }
    memcpy(line, c->inbox.data, n);
    buf_take(&c->inbox, n + 1);
    line[n > 0 && line[n - 1] == '\r' ? n - 1 : n] = '\0';
    return 0;
}

/* Three digits, 200 to 599, and behind them nothing, a space, or a '-'; -1: this is no reply. */
static int code_of(const char *line) {
    if (line[0] < '2' || line[0] > '5' || strspn(line, "0123456789") != 3 || !strchr(" -", line[3]))
        return -1;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* The words are for people: what does not fit is dropped. */
static void add_text(struct answer *reply, const char *line) {
    size_t used = strlen(reply->text);
    const char *text = line[3] == '\0' ? "" : line + 4;
    snprintf(reply->text + used, sizeof reply->text - used, "%s%s", reply->code == 0 ? "" : "\n", text);
}

/* One line of a reply. 1: another follows, 0: it was the last, FAILED. */
static int read_reply_line(struct client *c) {
    char line[ANSWER_LINE_MAX];
    if (take_line(c, line) == FAILED)
        return FAILED;
    int code = code_of(line);
    if (code == -1)
        return err_set(&c->err, ERR_PROTOCOL, "the server sent what is no SMTP reply: %.200s", line);
    if (c->reply.code != 0 && c->reply.code != code)
        return err_set(&c->err, ERR_PROTOCOL, "one reply with two codes, %d and %d", c->reply.code, code);
    add_text(&c->reply, line);
    c->reply.code = code;
    return line[3] == '-';
}

int wire_reply(struct client *c) {
    c->reply = (struct answer){0};
    for (int lines = 0; lines < ANSWER_LINES_MAX; lines++) {
        int more = read_reply_line(c);
        if (more != 1)
            return more == FAILED ? FAILED : c->reply.code;
    }
    err_set(&c->err, ERR_PROTOCOL, "a reply of more than %d lines", ANSWER_LINES_MAX);
    return lose(c);
}

/* ---- the opening ---- */

/* Tell what the server said in place of what we hoped for, and say what it comes to. */
static int refused(struct client *c, int code, const char *what) {
    if (code == NOT_DONE)
        return OUTCOME_TODO;
    if (code == FAILED) {
        tell(c, "%s: %s; no mail was sent", what, client_error(c));
        return outcome_of_error(c->err.kind);
    }
    tell(c, "%s: the server said %d %s; no mail was sent", what, code, c->reply.text);
    return outcome_of_reply(code);
}

int wire_greet(struct client *c) {
    int code = get_reply(c); /* the server speaks first */
    return code == 220 ? OUTCOME_SENT : refused(c, code, "greeting");
}

static int say(struct client *c, const char *verb) {
    return send_line(c, "%s %s", verb, c->own_name) == 0 ? get_reply(c) : FAILED;
}

int wire_hello(struct client *c) {
    c->offered[0] = '\0'; /* what an earlier EHLO offered counts no more, whatever becomes of this one */
    int code = say(c, "EHLO");
    if (code / 100 == 2)
        memcpy(c->offered, c->reply.text, sizeof c->offered);
    else if (code / 100 == 5)
        code = say(c, "HELO"); /* a server from before 1995, or one that says it is */
    return code / 100 == 2 ? OUTCOME_SENT : refused(c, code, "EHLO");
}

/* ---- AUTH LOGIN ---- */

/* base64 is no secret: it makes any bytes fit into a line. encode_base64() adds no line end; send_secret() adds the one there must be. */
static int send_encoded(struct client *c, const char *shown, const char *bytes, size_t n) {
    struct buf line;
    int result = FAILED;
    buf_init(&line, SEND_LINE_MAX);
    if (encode_base64(&line, bytes, n) == -1)
        err_set(&c->err, ERR_INPUT, "the user name or the password is too long");
    else
        result = send_secret(c, shown, line.data);
    buf_free(&line);
    return result == 0 ? get_reply(c) : FAILED;
}

/* A 5xx is the login's own refusal; 454 says to try later (RFC 4954 section 6). */
static int not_logged_in(struct client *c, int code) {
    int outcome = refused(c, code, "login");
    return outcome == OUTCOME_REFUSED ? OUTCOME_NO_LOGIN : outcome;
}

/* A name or a password goes out only when 334 has asked for it: behind a refusal it would be taken for a command. */
int wire_login(struct client *c) {
    int code = send_line(c, "AUTH LOGIN") == 0 ? get_reply(c) : FAILED;
    if (code != 334)
        return not_logged_in(c, code);
    code = send_encoded(c, "*** (the user name)", c->options->user, strlen(c->options->user));
    if (code != 334)
        return not_logged_in(c, code);
    code = send_encoded(c, "*** (the password)", c->secret.data, c->secret.len);
    return code == 235 ? OUTCOME_SENT : not_logged_in(c, code);
}
