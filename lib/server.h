/*
 * server - the sandbox's session: bytes in, replies out. Pure: it never reads,
 * writes, waits or looks at a clock, so it can be tested from tables, fuzzed,
 * and used where there are no sockets at all.
 *
 * Interface:
 *   - server_new() appends nothing; server_greet() appends the greeting.
 *   - Give server_feed() what has arrived. It takes whole command lines, and
 *     message bytes as they come, and appends the replies; it returns when it
 *     needs more bytes or when something has to happen outside. Several
 *     pipelined commands therefore give one block of replies: one write.
 *   - What it needs of the world (a place for a message, a memory that outlives
 *     the session) it asks of struct server_host. Every pointer there may be NULL.
 *
 * Strict (RFC 5321 2.3.8): an LF or a CR alone ends no line and no message. A
 * command line with one in it is refused, once for every LF, so that a client that
 * ends all its lines so is told at each of them and never waits in vain. A
 * message with one in it is refused after its true end; what only looks like
 * its end (LF.LF, LF.CRLF, CRLF.LF, CR.CR: SMTP smuggling) is refused at once
 * and the connection closed. Each of these has its own words.
 *
 * Replies, phases and arguments come from `verb`; trouble on purpose from `faults`.
 */
#ifndef SMTPLAB_SERVER_H
#define SMTPLAB_SERVER_H

#include "buf.h"
#include "faults.h"
#include "verb.h"

#include <stdbool.h>
#include <stddef.h>

#define SERVER_SIZE_MAX 36700160   /* octets of a message by default: 35 MiB (RFC 1870) */
#define SERVER_RECIPIENTS_MAX 1000 /* of one message; RFC 5321 4.5.3.1.8 wants at least 100 */
#define SERVER_ERRORS_MAX 20       /* refused commands in a row of work done; then 421 */
#define SERVER_IDLE_COMMANDS_MAX                                                                             \
    500 /* commands since the last message that moved nothing on (NOOP, RSET, VRFY ...); then 421 */
#define SERVER_OUT_MAX (1UL << 20) /* replies that may wait to be sent */
#define SERVER_REPLY_MAX 16384     /* of one reply, HELP's say; `out` has to have room for so much */
#define SERVER_LINE_MAX 12288      /* of any line the session waits for: an AUTH response (RFC 4954 4) */
#define SERVER_NO_ROOM (-2)        /* of message_commit: there was no room for it */
#define SERVER_ID_MAX 64           /* of a delivered message, NUL included */

/* Mechanisms of AUTH. The bits make sets. */
enum server_auth {
    SERVER_AUTH_PLAIN = 1 << 0,
    SERVER_AUTH_LOGIN = 1 << 1,
    SERVER_AUTH_CRAM_MD5 = 1 << 2,
    SERVER_AUTH_XOAUTH2 = 1 << 3,
    SERVER_AUTH_ALL = 15
};

/* Wrong on purpose, for the attack lab. The bits make sets. The greeting says so. */
enum server_weak {
    SERVER_WEAK_SMUGGLING = 1 << 0, /* "smuggling": LF alone ends lines and messages */
    SERVER_WEAK_STARTTLS_INJECTION =
        1 << 1,                         /* "starttls-injection": keeps plain text that came behind STARTTLS */
    SERVER_WEAK_AUTH_IN_CLEAR = 1 << 2, /* "auth-in-clear": offers AUTH without TLS */
    SERVER_WEAK_HEADER_INJECTION =
        1 << 3 /* "header-injection": mails to whoever a Bcc: field of the message names */
};

/* "smuggling" ... to its bit; 0 for other words. */
unsigned server_weak_named(const char *name);

/* Row i of the names: name and one line of help; NULL behind the last. */
const char *server_weak_row(size_t i, const char **help);

/* How a server is set up; shared by all its sessions, never changed by them. */
struct server_config {
    const char *name;     /* its host name: greeting, EHLO, CRAM-MD5's challenge */
    size_t size_max;      /* octets of a message; 0: SERVER_SIZE_MAX */
    bool tls;             /* STARTTLS can be had */
    bool auth_in_clear;   /* AUTH without TLS too */
    bool auth_required;   /* MAIL wants a login first (530) */
    unsigned auth;        /* set of enum server_auth */
    const char *user;     /* the one account; NULL: no AUTH at all */
    const char *password; /* also XOAUTH2's token */
    unsigned weak;        /* set of enum server_weak */
    struct faults faults;
};

/* Who sent what to whom. Valid during the call that shows it. */
struct server_envelope {
    const char *hello; /* the name of EHLO or HELO */
    bool esmtp;        /* EHLO, not HELO */
    bool tls;
    const char *user; /* logged in; NULL: nobody */
    const char *from; /* without brackets; "" is the null sender */
    size_t recipient_count;
    const char *const *recipients;
    bool eight_bit; /* BODY=8BITMIME */
    bool utf8;      /* SMTPUTF8 */
};

/* What a session asks of the world. arg is handed to each. */
struct server_host {
    void *arg;
    /* A message begins. -1: no place for it (452). */
    int (*message_open)(void *arg, const struct server_envelope *envelope);
    /* Its bytes, dots undone, in pieces of any length. -1: no more of it can be taken (452 at its end). */
    int (*message_write)(void *arg, const char *bytes, size_t n);
    /*
     * It is complete: make it safe. 0, and an id for the reply; -1: 451; SERVER_NO_ROOM: 452. In any case it is over,
     * message_abandon is not called. The envelope may name more recipients than message_open was shown
     * (SERVER_WEAK_HEADER_INJECTION).
     */
    int (*message_commit)(void *arg, const struct server_envelope *envelope, char id[SERVER_ID_MAX]);
    /* It was refused, or the session ended inside it. */
    void (*message_abandon)(void *arg);
    /* Is this the first time that anyone asks about this address? (grey@) Without it the session's own memory counts. */
    bool (*first_time)(void *arg, const char *address);
    faults_spent_fn *fault_spent; /* without it the session counts for itself */
    /* Something nobody can guess, for CRAM-MD5's challenge (RFC 2195 2). */
    void (*nonce)(void *arg, char text[SERVER_ID_MAX]);
};

enum server_act {
    SERVER_MORE,     /* send what was appended, read more */
    SERVER_PACED,    /* send in the manner of server_pace(), then feed on */
    SERVER_STARTTLS, /* send, do the handshake, server_tls_started(), feed on */
    SERVER_CLOSE,    /* send, close */
    SERVER_RESET, /* close at once with a TCP reset; nothing was appended (SERVER_PACED sent what came before) */
    SERVER_STALL /* send, then say nothing until the client leaves */
};

/* For SERVER_PACED: the first `at` bytes of what was appended at once; then, delay_ms later, the rest in pieces. */
struct server_pace {
    size_t at;
    int delay_ms;
    size_t piece; /* bytes a write, each to be a packet of its own; 0: all in one */
};

/* What a session did, for the log. Texts are valid as long as the server. */
struct server_summary {
    const char *hello; /* "" before EHLO */
    const char *user;  /* logged in; NULL: nobody */
    const char *last;  /* first line of the last refusal (4xx, 5xx), without line end; "" for none */
    bool tls;
    bool quit; /* ended by QUIT */
    unsigned commands;
    unsigned refused;    /* replies of 4xx and 5xx */
    unsigned messages;   /* accepted */
    unsigned recipients; /* of those */
    size_t bytes;        /* of those */
};

struct server;

/* make: both are kept by pointer and must outlive the session. host may be NULL. NULL: memory. */
struct server *server_new(const struct server_config *config, const struct server_host *host);

/* use: the session begins: the greeting, or what a fault makes of it. immediate: inside TLS already. */
enum server_act server_greet(struct server *s, bool immediate, struct buf *out);

/*
 * Bytes that have arrived, n of them; *taken is how many were used up and must not be given again. The rest (at most
 * a part of a line, SERVER_LINE_MAX octets) is to be given again with more behind it. After SERVER_MORE there
 * is nothing left that could be done. Replies are appended to `out`; when that is full (SERVER_OUT_MAX) the
 * act is SERVER_MORE with bytes untaken: send, and feed the same again. Whoever feeds until nothing is taken and
 * nothing appended has done right by both. After SERVER_PACED feed even if nothing is left: the act that comes after
 * the paced reply (to close, to begin TLS) comes then.
 */
enum server_act server_feed(struct server *s, const char *bytes, size_t n, size_t *taken, struct buf *out);

/* The pace of the SERVER_PACED just returned. */
struct server_pace server_pace(const struct server *s);

/*
 * TLS is about to begin at once, without STARTTLS: what a fault makes of it. SERVER_STARTTLS: do the handshake, then
 * server_greet(). (With STARTTLS, server_feed() has seen to it.)
 */
enum server_act server_handshake(struct server *s, struct buf *out);

/* The handshake is done: what was heard before is forgotten (RFC 3207 4.2). */
void server_tls_started(struct server *s);

/* Does the session keep plain text that came behind STARTTLS? (SERVER_WEAK_STARTTLS_INJECTION) */
bool server_keeps_plain_text(const struct server *s);

/* A time limit, or the end of the server: appends "421 4.4.2 ..." with this text. Act on SERVER_CLOSE. */
enum server_act server_give_up(struct server *s, const char *text, struct buf *out);

/* ask: */
enum phase server_phase(const struct server *s);
void server_summarize(const struct server *s, struct server_summary *out);

/* free: abandons a message that is under way. NULL is fine. */
void server_free(struct server *s);

#endif
