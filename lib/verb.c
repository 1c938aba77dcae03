/* See verb.h. */
#include "verb.h"

#include <string.h>
#include <strings.h>

/* Sets of phases that several rows share. */
#define ANY_TIME (PHASE_GREETED | PHASE_READY | PHASE_MAIL | PHASE_RCPT)

/* The words of a server that knows the command but cannot use it now (RFC 5321 4.1.4). */
#define OUT_OF_ORDER "5.5.1 Bad sequence of commands"

/*
 * The table is the protocol. Nothing else in the kit knows which command may
 * come when, or what to call it. 500, 501 and 421 may answer any command
 * (RFC 5321 4.3.2) and are therefore in no row.
 *
 * EHLO in the middle of a mail transaction is legal and works like RSET
 * (RFC 5321 4.1.4). BDAT leaves its phase alone: chunks follow each other.
 * HELO, STARTTLS, AUTH and HELP are not among the commands that RFC 2920 3.1
 * lets stand inside a group, so they end one. QUIT has no wrong moment: a
 * server must answer 221 (RFC 5321 4.1.1.10). One field a line, rows all alike:
 * so the table stays readable, and the formatter keeps out.
 */
/* clang-format off */
static const struct verb_info table[VERB_COUNT] = {
    /* --- before any mail --- */
    [VERB_EHLO] = {
        .name = "EHLO",
        .syntax = "your.host.name",
        .phases = ANY_TIME,
        .ends_group = true,
        .success = {250},
        .failure = {502, 504, 550},
        .standing = 503,
        .standing_text = OUT_OF_ORDER,
        .help = "say who you are and ask what the server can do",
        .rfc = "RFC 5321 4.1.1.1",
    },
    [VERB_HELO] = {
        .name = "HELO",
        .syntax = "your.host.name",
        .phases = ANY_TIME,
        .ends_group = true,
        .success = {250},
        .failure = {502, 504, 550},
        .standing = 503,
        .standing_text = OUT_OF_ORDER,
        .help = "say who you are, the old way: the server lists no extensions",
        .rfc = "RFC 5321 4.1.1.1",
    },
    [VERB_STARTTLS] = {
        .name = "STARTTLS",
        .syntax = "",
        .phases = PHASE_READY,
        .ends_group = true,
        .success = {220},
        .failure = {454, 501, 502, 503},
        .standing = 503,
        .standing_text = OUT_OF_ORDER,
        .help = "ask for encryption; after 220 the TLS handshake begins",
        .rfc = "RFC 3207 4",
    },
    [VERB_AUTH] = {
        .name = "AUTH",
        .syntax = "LOGIN | PLAIN | CRAM-MD5 | XOAUTH2 [initial-response]",
        .phases = PHASE_READY,
        .ends_group = true,
        .success = {235, 334},
        .failure = {432, 454, 503, 504, 530, 534, 535, 538},
        .standing = 503,
        .standing_text = OUT_OF_ORDER,
        .help = "log in; the mechanism decides what the server asks for next",
        .rfc = "RFC 4954 4",
    },
    /* --- one mail --- */
    [VERB_MAIL] = {
        .name = "MAIL",
        .syntax = "FROM:<address> [SIZE=n] [BODY=8BITMIME]",
        .phases = PHASE_READY,
        .success = {250},
        .failure = {451, 452, 455, 503, 530, 550, 552, 553, 555},
        .standing = 503,
        .standing_text = OUT_OF_ORDER,
        .help = "begin a mail and name its sender: failures are reported to that address",
        .rfc = "RFC 5321 4.1.1.2",
    },
    [VERB_RCPT] = {
        .name = "RCPT",
        .syntax = "TO:<address>",
        .phases = PHASE_MAIL | PHASE_RCPT,
        .success = {250, 251},
        .failure = {450, 451, 452, 455, 503, 550, 551, 552, 553, 555},
        .standing = 503,
        .standing_text = OUT_OF_ORDER,
        .help = "name one receiver; send it once for each of them, Cc and Bcc too",
        .rfc = "RFC 5321 4.1.1.3",
    },
    [VERB_DATA] = {
        .name = "DATA",
        .syntax = "",
        .phases = PHASE_RCPT,
        .ends_group = true,
        .success = {354},
        .failure = {450, 451, 452, 503, 550, 552, 554},
        .standing = 503,
        .standing_text = OUT_OF_ORDER,
        .help = "ask to send the message itself; it follows after 354",
        .rfc = "RFC 5321 4.1.1.4",
    },
    [VERB_BDAT] = {
        .name = "BDAT",
        .syntax = "length [LAST]",
        .phases = PHASE_RCPT,
        .success = {250},
        .failure = {451, 452, 503, 552, 554},
        .standing = 503,
        .standing_text = OUT_OF_ORDER,
        .help = "send the next piece of the message, its length given in bytes",
        .rfc = "RFC 3030 2",
    },
    /* --- at almost any time --- */
    [VERB_RSET] = {
        .name = "RSET",
        .syntax = "",
        .phases = ANY_TIME,
        .success = {250},
        .standing = 250,
        .standing_text = "2.0.0 Ok",
        .help = "drop the mail that has begun; the connection and the login stay",
        .rfc = "RFC 5321 4.1.1.5",
    },
    [VERB_NOOP] = {
        .name = "NOOP",
        .syntax = "[anything]",
        .phases = ANY_TIME,
        .ends_group = true,
        .success = {250},
        .standing = 250,
        .standing_text = "2.0.0 Ok",
        .help = "do nothing: the server answers 250, so you know that it is there",
        .rfc = "RFC 5321 4.1.1.9",
    },
    [VERB_HELP] = {
        .name = "HELP",
        .syntax = "[command]",
        .phases = ANY_TIME,
        .ends_group = true,
        .success = {211, 214},
        .failure = {502, 504},
        .standing = 214,
        .standing_text = "2.0.0 The commands are described in RFC 5321",
        .help = "ask the server for help in words",
        .rfc = "RFC 5321 4.1.1.8",
    },
    [VERB_VRFY] = {
        .name = "VRFY",
        .syntax = "name-or-address",
        .phases = ANY_TIME,
        .ends_group = true,
        .success = {250, 251, 252},
        .failure = {502, 504, 550, 551, 553},
        .standing = 252,
        .standing_text = "2.5.2 Cannot verify the user, but will accept a message and attempt delivery",
        .help = "ask whether a mailbox exists; most servers no longer say",
        .rfc = "RFC 5321 4.1.1.6",
    },
    [VERB_EXPN] = {
        .name = "EXPN",
        .syntax = "list-name",
        .phases = ANY_TIME,
        .ends_group = true,
        .success = {250, 252},
        .failure = {502, 504, 550},
        .standing = 502,
        .standing_text = "5.5.1 EXPN is not available here",
        .help = "ask who is on a mailing list; most servers no longer say",
        .rfc = "RFC 5321 4.1.1.7",
    },
    [VERB_QUIT] = {
        .name = "QUIT",
        .syntax = "",
        .phases = ANY_TIME,
        .ends_group = true,
        .success = {221},
        .standing = 221,
        .standing_text = "2.0.0 Bye",
        .help = "say goodbye; the server answers 221 and closes the connection",
        .rfc = "RFC 5321 4.1.1.10",
    },
    /* The answer to every word that is no command. Keep it last: the search below relies on it. */
    [VERB_UNKNOWN] = {
        .name = "?",
        .syntax = "",
        .ends_group = true,
        .failure = {500},
        .standing = 500,
        .standing_text = "5.5.2 Command not recognized",
        .help = "SMTP has no such command",
        .rfc = "RFC 5321 4.2.4",
    },
};
/* clang-format on */

const struct verb_info *verb_info(enum verb v) {
    /* Compared as unsigned, a negative number is out of range as well. */
    return &table[(unsigned)v < VERB_COUNT ? v : VERB_UNKNOWN];
}

/* Lengths first: strncasecmp() would stop at a NUL that the client sent, and take "QUIT\0" for QUIT. */
static bool is_word(const char *text, size_t n, const char *word) {
    return strlen(word) == n && strncasecmp(text, word, n) == 0;
}

static enum verb find(const char *word, size_t n) {
    int v = 0;

    while (v < VERB_UNKNOWN && !is_word(word, n, table[v].name))
        v++;
    return (enum verb)v;
}

static size_t without_line_end(const char *line, size_t n) {
    if (n > 0 && line[n - 1] == '\n') {
        n--;
        if (n > 0 && line[n - 1] == '\r')
            n--;
    }
    return n;
}

void verb_parse(const char *line, size_t n, struct command *out) {
    size_t word_len = 0;

    n = without_line_end(line, n);
    while (word_len < n && line[word_len] != ' ')
        word_len++;
    out->word = line;
    out->word_len = word_len;
    out->verb = find(line, word_len);
    out->args = word_len < n ? line + word_len + 1 : line + n;
    out->args_len = (size_t)(line + n - out->args);
}

bool verb_legal(enum verb v, enum phase phase) {
    return (verb_info(v)->phases & (unsigned)phase) != 0;
}

const char *phase_name(enum phase phase) {
    static const char *const names[] = {"connected", "greeted", "ready", "auth",  "mail",
                                        "rcpt",      "data",    "tls",   "closed"};

    for (unsigned bit = 0; bit < sizeof names / sizeof names[0]; bit++)
        if ((unsigned)phase == 1U << bit)
            return names[bit];
    return "?";
}
