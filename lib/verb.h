/*
 * verb - the one table of SMTP's commands.
 *
 * What a command is called, what may follow it, when it is legal, what may be
 * answered, where the RFC says so: the dialogue's phases, the sandbox's 503,
 * the stepper's completion and hints, and the documentation all read this
 * table. Pure: no I/O.
 */
#ifndef SMTPLAB_VERB_H
#define SMTPLAB_VERB_H

#include <stdbool.h>
#include <stddef.h>

#define VERB_LINE_MAX 512 /* octets of a command line with its CRLF (RFC 5321 4.5.3.1.4) */

enum verb {
    VERB_EHLO,
    VERB_HELO,
    VERB_STARTTLS,
    VERB_AUTH,
    VERB_MAIL,
    VERB_RCPT,
    VERB_DATA,
    VERB_BDAT,
    VERB_RSET,
    VERB_NOOP,
    VERB_HELP,
    VERB_VRFY,
    VERB_EXPN,
    VERB_QUIT,
    VERB_UNKNOWN, /* the table's last row: its replies and help speak of unknown words */
    VERB_COUNT
};

/* Where a session stands. The bits make sets. */
enum phase {
    PHASE_CONNECTED = 1 << 0, /* TCP stands, the server has not greeted */
    PHASE_GREETED = 1 << 1,   /* 220 came; or TLS has just begun */
    PHASE_READY = 1 << 2,     /* EHLO or HELO was accepted, no mail transaction */
    PHASE_AUTH = 1 << 3,      /* inside AUTH: the client owes a response line */
    PHASE_MAIL = 1 << 4,      /* MAIL was accepted, no recipient yet */
    PHASE_RCPT = 1 << 5,      /* at least one recipient was accepted */
    PHASE_DATA = 1 << 6,      /* after 354: the message itself */
    PHASE_TLS = 1 << 7,       /* 220 to STARTTLS: the handshake is due */
    PHASE_CLOSED = 1 << 8     /* after QUIT, 421, or the end of the connection */
};

struct verb_info {
    const char *name;   /* upper case */
    const char *syntax; /* what follows, as a hint: "FROM:<address> [SIZE=n] ..."; "" for nothing */
    unsigned phases;    /* set of enum phase in which it is legal; 0: never */
    bool ends_group;    /* RFC 2920: must be the last of a pipelined group */
    int success[3];     /* reply codes that mean it went well; 0 ends the list */
    int failure[10];    /* other codes RFC 5321 4.3.2 names for it; 0 ends the list */
    int standing; /* what a server that expected something else answers: 250 to NOOP and RSET, 221 to QUIT, 503 out of order, 500 unknown */
    const char *standing_text; /* its words, enhanced code included */
    const char *help;          /* one line */
    const char *rfc;           /* "RFC 5321 4.1.1.2" */
};

/* One command line taken apart. The spans point into the line. */
struct command {
    enum verb verb;
    const char *word; /* the verb as typed */
    size_t word_len;
    const char *args; /* what follows the first space, without line end; never NULL */
    size_t args_len;
};

/* The row of a verb; of VERB_UNKNOWN for anything out of range. Never NULL. */
const struct verb_info *verb_info(enum verb v);

/* Take a line apart; a CRLF or LF at its end does not count. Folds case. An empty line is VERB_UNKNOWN with word_len 0. */
void verb_parse(const char *line, size_t n, struct command *out);

/* Is it legal in this phase? */
bool verb_legal(enum verb v, enum phase phase);

/* "connected", "greeted", "ready", "auth", "mail", "rcpt", "data", "tls", "closed". */
const char *phase_name(enum phase phase);

#endif
