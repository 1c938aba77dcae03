/*
 * faults - what the sandbox does wrong on purpose, and when. Pure.
 *
 * A teacher (or a test) orders trouble in two ways, both of which give the
 * same trouble every time:
 *
 *   - by option, "POINT[:N]=ACTION[*TIMES]":
 *       rcpt:2=451       the second RCPT of a session is answered 451
 *       mail=451*2       the first two MAILs since the server started
 *       data=drop        the connection is closed instead of an answer
 *       ehlo=delay:300   the answer comes 300 ms late
 *       greeting=tear:1  the answer leaves in writes of one byte each
 *     N counts within a session; TIMES over all sessions of one server, so
 *     that a client that comes again later can succeed.
 *   - by recipient: full@ is answered 452, unknown@ 550 ... whatever the domain.
 *     A local part of three digits ("421@example.org") is answered with that code.
 *
 * One table names the points, one the actions, one the mailboxes; help, the
 * man page and the tests are made from them.
 */
#ifndef SMTPLAB_FAULTS_H
#define SMTPLAB_FAULTS_H

#include "buf.h"
#include "err.h"
#include "verb.h"

#include <stdbool.h>
#include <stddef.h>

#define FAULTS_MAX 32
#define FAULT_DELAY_MAX_MS 600000 /* ten minutes: longer than any client waits (RFC 5321 4.5.3.2) */
#define FAULT_TIMES_MAX 1000000

/* Where a fault sits. The commands have their verb's own number. */
enum fault_point {
    FAULT_AT_GREETING = VERB_COUNT, /* "greeting" */
    FAULT_AT_DOT,                   /* "dot": the reply to the final dot, or to BDAT LAST */
    FAULT_AT_HANDSHAKE,             /* "handshake": where TLS begins; drop, reset, stall and delay only */
    FAULT_AT_ANY,                   /* "any": every command */
    FAULT_POINT_COUNT
};

enum fault_action {
    FAULT_NONE,
    FAULT_CODE, /* "451": this reply instead, and nothing is done; 421 closes afterwards. A code that means
                    success there (251 to RCPT): it is done, and answered so */
    FAULT_DROP, /* "drop": closes without an answer. At "dot" the message has been delivered, as with reset and
                    stall: a client cannot know, and sends it twice */
    FAULT_RESET, /* "reset": the same with a TCP reset */
    FAULT_STALL, /* "stall": stays silent until the client leaves or time is up */
    FAULT_DELAY, /* "delay:MS" */
    FAULT_TEAR,  /* "tear[:N]": the reply in writes of N bytes (1), each a packet of its own */
    FAULT_STRIP, /* "strip": EHLO does not list it (starttls, auth, bdat ...), the command is unknown */
    FAULT_INJECT /* "inject" (starttls only): a reply in plain text behind the 220, in one write */
};

struct fault {
    int at; /* enum verb or enum fault_point */
    enum fault_action action;
    int number;     /* code, milliseconds or bytes */
    unsigned nth;   /* only the nth time in a session; 0: every time */
    unsigned times; /* only the first so many times, over all sessions; 0: no limit */
};

struct faults {
    size_t count;
    struct fault list[FAULTS_MAX];
};

/* A mailbox with a fault. */
struct fault_mailbox {
    const char *local; /* "full" */
    enum fault_action action;
    int number;
    int at;           /* VERB_RCPT, or FAULT_AT_DOT */
    bool first_time;  /* only the first time this address is tried */
    const char *text; /* of the reply, enhanced code included */
    const char *help; /* one clause for HELP and the man page */
};

/* Read one --fault value and add it. -1, ERR_INPUT: what is wrong with it and what would be right; ERR_LIMIT. */
int faults_add(struct faults *f, const char *text, struct err *e);

/*
 * The fault that applies the nth time (from 1) a session comes to `at`, or NULL. `spent`
 * (may be NULL) tells whether the fault with this index has had its TIMES; it is asked only for those that have a limit, and is
 * where the caller counts.
 */
typedef bool faults_spent_fn(void *arg, size_t index, unsigned times);
const struct fault *faults_at(const struct faults *f, int at, unsigned nth, faults_spent_fn *spent,
                              void *arg);

/* The same, of faults with one of these actions: `kinds` is a set of 1U << enum fault_action. Delays and
 * torn writes are looked for apart from answers, so that both may sit at one point. */
#define FAULTS_PACE (1U << FAULT_DELAY | 1U << FAULT_TEAR)
#define FAULTS_ANSWER (1U << FAULT_CODE | 1U << FAULT_DROP | 1U << FAULT_RESET | 1U << FAULT_STALL)
const struct fault *faults_of(const struct faults *f, unsigned kinds, int at, unsigned nth,
                              faults_spent_fn *spent, void *arg);

/* The text of a reply that is given on purpose, enhanced code included where one belongs (not to 3yz: RFC 2034 4). */
const char *faults_words(int code);

/* Is this command stripped from the session? */
bool faults_stripped(const struct faults *f, enum verb v);

/*
 * The mailbox of that local part (folds case), NULL if it is an ordinary one. The row of a three-digit
 * local part (200 to 599) has FAULT_CODE with that number. *scratch holds it then.
 */
const struct fault_mailbox *faults_mailbox(const char *local, size_t n, struct fault_mailbox *scratch);

/* Row i of the table of mailboxes; NULL behind the last. For HELP, --help and the man page. */
const struct fault_mailbox *faults_mailbox_row(size_t i);

/* Append the points and actions as lines for --help. -1: no room. */
int faults_help(struct buf *out);

#endif
