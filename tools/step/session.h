/*
 * session - one SMTP session of the stepper: what is typed goes out as it is,
 * what comes back is read whole, and a dialogue judges both sides as it would a
 * student's client.
 *
 * Interface:
 *   - session_open() connects and reads the greeting; session_send() sends bytes
 *     and reads every reply they are owed; session_look() sees whether the server
 *     spoke unasked.
 *   - All that happens is told through struct session_events while it happens, and
 *     kept in the log: each line of either side, secrets already as ***.
 *   - No wait is for ever: a reply has a total time limit, a limit of lines and of
 *     bytes, and whoever sits at the keyboard can stop it.
 */
#ifndef SMTPLAB_STEP_SESSION_H
#define SMTPLAB_STEP_SESSION_H

#include "../../lib/dialogue.h"
#include "../../lib/log.h"
#include "link.h"
#include "record.h"
#include "wire.h"

#define SESSION_LINE_KEPT 65536   /* bytes of one server line that are looked at; the rest is counted */
#define SESSION_REPLY_LINES 20000 /* of one reply, or of what came unasked */
#define SESSION_REPLY_BYTES (16UL << 20) /* likewise */
#define SESSION_TURN_KEPT 65536          /* bytes of the last write and the last read kept for :bytes */
#define SESSION_STEP_BYTES (64UL << 20)  /* one step: a file sent at once */
#define SESSION_HANDSHAKE_MS 15000
#define SESSION_PATIENCE_MS 3000 /* then whoever waits is told what for */

/* How listening ended. */
enum heard {
    HEARD_ALL,       /* every reply owed has come (or none was) */
    HEARD_CLOSED,    /* the connection is gone; see why */
    HEARD_SILENCE,   /* the time limit; the connection stands */
    HEARD_INTERRUPT, /* whoever sits there did not want to wait */
    HEARD_TROUBLE    /* nothing was sent: no connection, no memory; see why */
};

/* One thing that was sent, kept for :undo. */
struct step {
    struct buf bytes;
    size_t secret_from; /* bytes from here on are not to be shown; SIZE_MAX: all may be */
    int code;           /* of the reply; 0: none came */
};

struct session_events {
    void *arg;
    void (*event)(void *arg, const struct event *e);     /* a line, TLS, the end of the connection */
    void (*finding)(void *arg, const struct finding *f); /* a rule was broken, for the first time */
    void (*tls)(void *arg, const char *text);            /* what TLS is made of, a line each */
    void (*unasked)(void *arg);                          /* the lines that follow answer nothing */
    void (*waiting)(void *arg);                          /* for SESSION_PATIENCE_MS already */
    bool (*interrupted)(void *arg);                      /* stop waiting? */
};

struct session {
    struct link *link;
    struct session_events on;
    const char *keylog; /* file, or NULL */
    const char *user;   /* for the recording; NULL: not known */
    const char *password;
    int timeout_ms;

    struct stream *stream; /* NULL: not connected */
    struct dialogue *dialogue;
    struct log log;
    struct record record;
    struct wire wire;

    struct step *steps;
    size_t step_count;
    bool replaying; /* the steps are being said again: none is added */

    struct buf partial; /* client bytes without a line end so far (:raw) */
    struct buf sent;    /* the last write, secrets as *** */
    struct buf heard;   /* the last read */
    bool sent_tls, heard_tls;
    bool sent_secret; /* the last write held one */
    struct buf reply; /* the last whole reply's lines, or what has come of one */
    bool reply_whole;
    size_t at;      /* log index of the client line under judgement */
    struct buf may; /* what could have been sent instead */
    bool by_us;     /* it is we who close */
    struct err why; /* of HEARD_CLOSED and HEARD_TROUBLE */
};

/* make: no connection yet. on, keylog, user, password and timeout_ms are for the caller to set. -1: memory. */
int session_init(struct session *s, struct link *l);

/* use: connect, TLS if it is immediate, read the greeting. */
enum heard session_open(struct session *s);

/* Send bytes as they are, one step; then listen. Lines are those that end in LF; an unfinished one waits for its end. */
enum heard session_send(struct session *s, const char *bytes, size_t n);

/* Read every reply that is owed. */
enum heard session_listen(struct session *s);

/* Has the server spoken unasked, or gone? Never waits. */
enum heard session_look(struct session *s);

/* Hang up; the log and the steps stay. by_us: we did. */
void session_close(struct session *s, bool by_us);

/* Hang up if need be and begin a new session; the log goes on. */
enum heard session_reconnect(struct session *s);

/* A new connection on which the first `keep` steps are said again; everything after them is forgotten. */
enum heard session_again(struct session *s, size_t keep);

/* What is secret in bytes about to be sent: where it begins, SIZE_MAX: nothing is. */
size_t session_secret(const struct session *s, const char *bytes, size_t n);

/* ask: */
enum phase session_phase(const struct session *s); /* PHASE_CLOSED without a connection */
bool session_tls(const struct session *s);

/* free: hangs up. */
void session_free(struct session *s);

/* The parts of session, for session*.c only. */
enum heard session_tls_begin(struct session *s, bool immediate);
enum heard session_trouble(struct session *s, const struct err *e);
enum heard session_lost(struct session *s, bool by_us, const char *why);
void session_server_line(struct session *s, const char *bytes, size_t n, size_t full);
void session_note(struct session *s, enum event_kind kind, const char *text, size_t n, size_t full);

#endif
