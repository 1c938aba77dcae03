/*
 * client.h - everything a lab file may use. It is the only kit header you include.
 *
 * You write the five steps of sending one email (steps.c, lab 1), then the
 * session that checks every answer (session.c, lab 2), then several messages
 * typed at the keyboard (keyboard.c, lab 3). What comes before (connecting,
 * reading a reply, saying EHLO, TLS, logging in) is done for you in
 * foundation.c, which is worth reading: it shows how a step looks. From lab 4
 * on you take its parts over, one after the other: the wire, TLS, MIME, the
 * login, and a guard at the door.
 *
 * How a step looks: send one line, read the reply, return its code.
 *
 *     if (send_line(c, "VRFY %s", name) == -1)
 *         return FAILED;
 *     return get_reply(c);
 *
 * For lab 1 that is nearly all: FAILED, send_line(), get_reply(); and for the
 * text struct message, add_line() and add_bytes(). Look for these five names
 * below. Lab 2 adds enum outcome, struct answer and tell(). The rest can wait.
 *
 * Three traps of C before they catch you:
 *
 *   size_t        counts, and knows no minus: where m->body_len is 0,
 *                 m->body_len - 1 is huge, and i >= 0 is true for ever.
 *                 Compare before you subtract. printf() wants %zu for it.
 *   const char *  is the text of somebody else: read it, do not write into it,
 *                 do not free() it. m->body may hold a NUL: go by m->body_len,
 *                 not by strlen(). A text that may be NULL says so below.
 *   c->reply      is one place that every get_reply() fills anew. What you need
 *                 of a reply later, its code or its text, copy before you ask
 *                 again. Compare the code; the words differ from server to server.
 */
#ifndef SMTPLAB_CLIENT_H
#define SMTPLAB_CLIENT_H

#include "../lib/buf.h"
#include "../lib/encode.h"
#include "../lib/err.h"
#include "../lib/net.h"
#include "../lib/stream.h"
#include "../lib/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* How the program ends (exit statuses of sysexits.h). */
enum outcome {
    OUTCOME_SENT = 0,
    OUTCOME_USAGE = 64,     /* the command line is wrong */
    OUTCOME_BAD_INPUT = 65, /* an address or a header with a line break in it */
    OUTCOME_NO_FILE = 66,   /* a file cannot be read */
    OUTCOME_NO_HOST = 68,   /* no such host */
    OUTCOME_REFUSED = 69,   /* the server said 5xx: do not try again */
    OUTCOME_TODO = 70,      /* a part of the exercise is not written yet */
    OUTCOME_LOST = 74,      /* the connection was lost or timed out */
    OUTCOME_LATER = 75,     /* the server said 4xx: try again later; or nobody listens */
    OUTCOME_PROTOCOL = 76,  /* the server broke the protocol */
    OUTCOME_NO_LOGIN = 77   /* the login or the certificate was refused */
};

/* What a step returns besides a reply code. */
#define FAILED (-1)   /* the connection is gone, or nothing could be sent: client_error() has the words */
#define NOT_DONE (-2) /* a stub: see TODO() */
#define NO_MIME (-3)  /* send_as_mime() alone: this message goes out as in lab 1 */

/* A stub's whole body: `return TODO(c);` says "not done yet: send_rcpt_to, starter/steps.c:41" and waits for nothing. */
#define TODO(c) todo((c), 0, __func__, __FILE__, __LINE__)

/* The same from lab 4 on: a part that is not written yet. Unless --lab N asks for it, the provided one does its work and nothing is said. */
#define TODO_LAB(c, lab) todo((c), (lab), __func__, __FILE__, __LINE__)
#define TODO_NAMES_MAX 32

#define ANSWER_TEXT_MAX 8192 /* bytes of a reply that are kept, NUL included */
#define ANSWER_LINE_MAX 4096 /* RFC 5321 4.5.3.1.5 says 512; real servers write more, and we can read it */
#define ANSWER_LINES_MAX 256 /* our limit: a reply that never ends is no reply */
#define SEND_LINE_MAX 12286  /* RFC 4954 4: the longest line there is, 12288 octets with its CRLF */

/* When TLS begins. The strength is the same; the moment differs. */
enum tls_mode {
    TLS_MODE_STARTTLS, /* in plain text until STARTTLS (port 587, RFC 3207) */
    TLS_MODE_IMPLICIT, /* from the first byte (port 465, RFC 8314) */
    TLS_MODE_NONE      /* never: for a server on this machine */
};

/* How to log in. ANY: the user gave a name and no method; the provided login then takes LOGIN. The last two are lab 7's. */
enum auth_method {
    AUTH_METHOD_NONE,
    AUTH_METHOD_LOGIN,
    AUTH_METHOD_PLAIN,
    AUTH_METHOD_CRAM_MD5,
    AUTH_METHOD_XOAUTH2,
    AUTH_METHOD_ANY
};

/* What the user asked for on the command line. */
struct options {
    const char *server; /* as written; host and port are its parts */
    char host[NET_HOST_MAX];
    char port[NET_PORT_MAX];
    enum tls_mode tls;
    const char *ca; /* PEM file of the authorities to trust, NULL: those of the system */
    enum auth_method auth;
    const char *user;
    const char *password_file;
    const char *token_command; /* lab 7: a command that prints an access token */
    const char *from;
    const char **to;
    size_t to_count;
    const char *subject; /* NULL: none */
    const char *body;    /* the text, "@FILE" or "-", as written */
    const char *html;    /* lab 6: "@FILE", as written; NULL: none */
    const char **attach; /* lab 6: attach_count files */
    size_t attach_count;
    const char *eml;  /* lab 8: "@FILE", a message with its header, to be sent as it is; NULL: none */
    bool keyboard;    /* messages come from standard input */
    bool show;        /* print the conversation on standard output */
    const char *helo; /* our own name for EHLO, NULL: found out */
    int timeout;      /* seconds a server may stay silent */
    const char *record;
    const char *keylog;
    int lab; /* --lab N; 0: not given */
};

/* A file that goes along (lab 6). */
struct attachment {
    const char *path; /* as the user wrote it: the folder in front is nobody else's business */
    FILE *file;       /* open at its beginning; any size, so read it piece by piece */
};

/* One email. The envelope (from, to) is what the server acts on; the header is what people read. */
struct message {
    const char *from; /* address without brackets; "" is the null sender */
    const char **to;  /* to_count addresses without brackets */
    size_t to_count;
    const char *subject; /* NULL: none */
    const char *body;    /* body_len bytes; lines end in LF, CRLF or CR, the last may lack its end */
    size_t body_len;
    const char *html; /* lab 6: the text once more as HTML, html_len bytes; NULL: none */
    size_t html_len;
    const struct attachment *attachments;
    size_t attachment_count;
    FILE *eml; /* lab 8: the whole message, in place of all but from and to; NULL: none */
};

/* The server's last reply. "550-No such user\r\n550 here\r\n" is code 550, text "No such user\nhere". */
struct answer {
    int code;
    char text[ANSWER_TEXT_MAX];
};

struct recorder;

/* One session with one server. */
struct client {
    const struct options *options;
    struct stream *stream;
    struct answer reply;
    struct err err;      /* why the last call FAILED; client_error() has its text */
    bool lost;           /* the connection is gone: nothing more can be said, not even QUIT */
    bool unanswered;     /* all we had to say was sent, but its reply did not arrive */
    bool secure;         /* TLS runs */
    bool in_transaction; /* yours: session.c says whether a MAIL is open, keyboard.c asks before the next */
    struct buf inbox; /* yours, wire.c: bytes that came behind the reply just read; ANSWER_TEXT_MAX at most */
    int text_state;   /* yours, guard.c: what the last piece of a message ended in; 0 at its beginning */
    char offered[ANSWER_TEXT_MAX]; /* the text of the reply to the last EHLO; empty after HELO and STARTTLS */
    char own_name[NET_HOST_MAX + 8]; /* what we call ourselves in EHLO */
    struct buf secret; /* the password or the token; empty: none. Wipe it when it has been used */

    /* The foundation's own. */
    struct recorder *recorder; /* NULL: none */
    struct buf unsent;         /* what was gathered for sending */
    struct buf line;           /* the line being read */
    struct buf unshown;        /* the piece of a sent line that is not shown yet */
    struct buf unshown_reply;  /* and of a line that get_some() brought */
    const char *todos[TODO_NAMES_MAX];
    size_t todo_count;
};

/*
 * Talking (foundation.c). What goes out is shown as "CLIENT: ..." and what comes
 * in as "SERVER: ..." when the user asked for it with --show.
 */

/*
 * Send one line, printf style; the CRLF is added. 0, or -1: the connection is
 * gone, or ERR_INPUT: the line would hold a CR or an LF (one line would become
 * two commands) or more than SEND_LINE_MAX bytes; nothing was sent then.
 * (An empty line is send_line(c, "%s", ""): compilers warn about an empty format.)
 */
int send_line(struct client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a line that nobody may see: `shown` is shown in its place. */
int send_secret(struct client *c, const char *shown, const char *line);

/*
 * Gather without sending: a message of a thousand lines is better sent in a few
 * large pieces than in a thousand small ones. get_reply() and send_line() send
 * what was gathered. add_line() is send_line() otherwise; add_bytes() takes
 * exactly these bytes, line ends and all.
 */
int add_line(struct client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
int add_bytes(struct client *c, const void *bytes, size_t n);

/*
 * Read one whole reply, however many lines it has and however the network cut
 * it, into c->reply. Returns its code (200 to 599), or FAILED: the connection
 * was lost, the server was silent for too long, or what came is no reply.
 */
int get_reply(struct client *c);

/*
 * The bare connection, for wire.c (lab 4): as write(2) and read(2) on the
 * socket, and the same through TLS once that runs.
 *
 *   - put_some() may take fewer bytes than you have: it returns how many.
 *   - get_some() brings what there is, up to n bytes: half a reply or three of
 *     them. 0: the server has closed its side.
 *   - Both wait for --timeout at most. -1: c->err says why (ERR_TIMEOUT,
 *     ERR_CLOSED, ...), and c->lost is set.
 *   - Like write(2), put_some() raises SIGPIPE when the connection is gone.
 */
#define PUT_SOME_MAX 16384 /* no TLS record holds more (RFC 8446 section 5.1) */
ssize_t put_some(struct client *c, const void *bytes, size_t n);
ssize_t get_some(struct client *c, void *bytes, size_t n);

/* The opening, in the order a session uses it (foundation.c). Each returns the reply's code or FAILED. */
int connect_to_server(
    struct client *c); /* connects, with implicit TLS if asked for: 0, FAILED. The server speaks first */
int send_ehlo(struct client *c); /* EHLO, and HELO if that is refused with 5xx (RFC 5321 3.2) */
int start_tls(struct client *c); /* STARTTLS, and the handshake if the server says 220 (RFC 3207) */
int handshake(
    struct client *c); /* TLS from here on, by the rules of security_trust() if you wrote it: 0, FAILED */
int send_helo(struct client *c);
int send_auth_request(struct client *c); /* AUTH LOGIN: 334 asks for the user name */
int send_username(struct client *c);     /* 334 asks for the password */
int send_password(struct client *c);     /* 235: logged in */
int send_auth_plain(struct client *c);   /* AUTH PLAIN, all in one line (RFC 4616) */

/* Did the last EHLO's reply offer the keyword ("SIZE", NULL), or the word behind it ("AUTH", "LOGIN")? Folds case. */
bool server_offers(const struct client *c, const char *keyword, const char *word);

/* The opening's stages (opening.c): each looks at the answer, tells what was refused, and returns an enum outcome. */
int open_session(struct client *c); /* all of them, one after the other */
int say_hello(struct client *c);    /* EHLO or HELO */

/* The five steps of lab 1 (steps.c). Each returns the reply's code, FAILED, or NOT_DONE. */
int send_mail_from(struct client *c, const char *sender);
int send_rcpt_to(struct client *c, const char *recipient);
int send_begin_data(struct client *c);
int send_message(struct client *c, const struct message *m);
int send_quit(struct client *c);

/*
 * Lab 2 (session.c). send_one() is one transaction, from MAIL to the reply
 * after the final dot: enum outcome, of the first failure if there are several.
 * What went wrong has been told. end_session() leaves politely and returns
 * the outcome of the whole; main() calls it unless the connection is lost.
 */
int send_one(struct client *c, const struct message *m);
int end_session(struct client *c, int outcome);

/* Lab 3 (keyboard.c). Messages from `in` until its end; the outcome is the first failure's. No QUIT: main() calls end_session(). */
int send_from_keyboard(struct client *c, FILE *in);

/*
 * Parts that you take over from lab 4 on (parts.c asks yours first). A function
 * of a later lab than --lab N is not called; one up to N must be there; without
 * --lab whatever you have written is used. NOT_DONE: the stub.
 *
 * Lab 4 (wire.c).
 */
int wire_dial(struct client *c); /* a connected socket to c->options' host and port, or FAILED with c->err */
int wire_send(struct client *c, const void *bytes, size_t n); /* all n bytes: 0, FAILED */
int wire_reply(struct client *c); /* get_reply(): reads one whole reply into c->reply; its code, or FAILED */
int wire_greet(struct client *c); /* reads the greeting and looks at it: an enum outcome */
int wire_hello(struct client *c); /* EHLO, else HELO; fills c->offered: an enum outcome */
int wire_login(struct client *c); /* AUTH LOGIN: an enum outcome */

/* Lab 5 (security.c). struct ssl_ctx_st is OpenSSL's SSL_CTX. */
int security_trust(struct client *c,
                   struct ssl_ctx_st *ctx); /* whom this context believes: 0, FAILED with c->err */
int security_implicit(struct client *c);    /* TLS from the first byte, before the greeting: 0, FAILED */
int security_starttls(
    struct client *c); /* from the answer to EHLO to the answer to EHLO inside TLS: an enum outcome */

/* Lab 6 (mime.c). The whole message and the reply to its final dot: its code, or FAILED. */
int mime_send(struct client *c, const struct message *m);

/* Lab 7 (auth.c). */
int auth_secret(struct client *c); /* fills c->secret from the file or the command: 0, FAILED with c->err */
int auth_choose(
    struct client *c); /* the enum auth_method to use, by the user's wish and the server's offer; FAILED */
int auth_plain(struct client *c); /* each mechanism: the code of the server's last word, or FAILED */
int auth_cram_md5(struct client *c);
int auth_xoauth2(struct client *c);
int auth_log_in(struct client *c); /* the whole login: an enum outcome */

/*
 * Lab 8 (guard.c). guard_address() and guard_header() say whether this text may
 * become part of a line: 0, FAILED with ERR_INPUT. guard_text() sends a piece of
 * a message, cut anywhere, as lines that no server can misread; n = 0 says that
 * all has been given. guard_words() appends a server's words so that they harm no terminal.
 */
int guard_address(struct client *c, const char *address);
int guard_header(struct client *c, const char *name, const char *text);
int guard_text(struct client *c, const char *bytes, size_t n);
int guard_words(struct client *c, struct buf *out, const char *text, size_t n);

/* For steps.c: send the message with mime.c (lab 6), or as it stands (--eml, lab 8). The reply's code, FAILED, NOT_DONE; NO_MIME: go on as in lab 1. */
int send_as_mime(struct client *c, const struct message *m);

/* Reporting (report.c). */

/* A sentence for the user on standard error, printf style. It becomes one line, harmless to a terminal whatever the server put into it. */
void tell(struct client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Why the last call FAILED, in words. */
const char *client_error(const struct client *c);

/* The outcome when the server did not say what we hoped for: 4xx OUTCOME_LATER, 5xx OUTCOME_REFUSED, all else OUTCOME_PROTOCOL. */
int outcome_of_reply(int code);

/* The outcome of a local failure. */
int outcome_of_error(enum err_kind kind);

/*
 * What TODO() calls: names the stub on standard error, once. Returns NOT_DONE; the program then ends with
 * OUTCOME_TODO. Of a lab from 4 on that --lab does not ask for, nothing is said and nothing ends.
 */
int todo(struct client *c, int lab, const char *function, const char *file, int line);

#endif
