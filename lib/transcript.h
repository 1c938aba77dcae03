/*
 * transcript - the transcript language, version 1: parse and print.
 *
 * A transcript is a log, a script, a test and a lesson at once (docs/transcripts.md
 * is the manual). Here it becomes a list of items, one for each line of the file, so that
 * printing is the way back: printing a parsed file gives its canonical form,
 * and a canonical file is printed as it is. Pure: no I/O but transcript_load().
 *
 * Canonical: the keys in the order of enum transcript_key, then set: in the
 * file's order, one empty line, the items as they stand with one space where
 * the grammar has SP, runs of spaces in @ and ! lines made one (outside
 * quotes), LF line ends, one at the end of the file.
 */
#ifndef SMTPLAB_TRANSCRIPT_H
#define SMTPLAB_TRANSCRIPT_H

#include "buf.h"
#include "err.h"
#include "fields.h"
#include "rules.h"

#include <stdbool.h>
#include <stddef.h>

#define TRANSCRIPT_FILE_MAX (1UL << 20) /* bytes of one file */
#define TRANSCRIPT_ITEMS_MAX 20000
#define TRANSCRIPT_DEPTH_MAX 8            /* blocks in blocks */
#define TRANSCRIPT_PIECES_MAX 64          /* numbers in one @write */
#define TRANSCRIPT_WORDS_MAX 128          /* words of one @ or ! line */
#define TRANSCRIPT_BYTES_MAX (64UL << 20) /* fixed text of all items, their \*N(...) written out */
#define TRANSCRIPT_WAIT_MAX 600000        /* milliseconds in @wait, @gap, @stall */
#define TRANSCRIPT_REPEAT_MAX 10000       /* rounds of @repeat */
#define TRANSCRIPT_COPIES_MAX 1000000     /* xN of @file */
#define TRANSCRIPT_CONNECTIONS_MAX 16     /* N of @connection */
#define TRANSCRIPT_LAB_MAX 8
#define TRANSCRIPT_SEED_MAX 4294967295UL

enum transcript_key {
    KEY_TITLE,
    KEY_SOURCE, /* must be there: "recorded ...", "published ..." or "authored ..." */
    KEY_LAB,
    KEY_TEACHES, /* rule slugs, space-separated; each must exist */
    KEY_RFC,
    KEY_RUN,
    KEY_UNEXPECTED,
    KEY_SEED,
    KEY_HINT,
    KEY_COUNT
};

enum item_kind {
    ITEM_BLANK,
    ITEM_COMMENT,      /* # text */
    ITEM_SERVER,       /* S: a line, CRLF added */
    ITEM_SERVER_RAW,   /* S> exactly these bytes */
    ITEM_CLIENT,       /* C: by meaning */
    ITEM_CLIENT_EXACT, /* C= exactly these bytes */
    ITEM_MESSAGE_LINE, /* C: (or C=, then `exact`) between 354 and the final dot: on the wire, dots doubled */
    ITEM_MESSAGE_END,  /* C: . */
    ITEM_STDIN,        /* @stdin..@end: one item, without an ITEM_END */
    ITEM_FILE,         /* @file NAME [xN] [no-eol] [for-group|for-all] [escaped]..@end: likewise */
    ITEM_OPTIONAL,     /* @optional, closed by ITEM_END */
    ITEM_ANY_ORDER,
    ITEM_CHOICE, /* @choice; its @or items are chained by `end` */
    ITEM_OR,
    ITEM_REPEAT, /* @repeat MIN MAX */
    ITEM_END,
    ITEM_CONNECTION, /* @connection N */
    ITEM_WAIT,       /* @wait 300ms */
    ITEM_WRITE,      /* @write 1,5,* */
    ITEM_HOLD,
    ITEM_GAP,       /* @gap 20ms */
    ITEM_TLS_START, /* @tls start [cert=...] */
    ITEM_TLS_IMMEDIATE,
    ITEM_TLS_EXPECT_ABORT,
    ITEM_CLOSE,
    ITEM_RESET,
    ITEM_STALL, /* @stall 5s */
    ITEM_EXPECT_CLOSE,
    ITEM_CHECK /* ! check */
};

enum check_kind {
    CHECK_EXIT,
    CHECK_STDERR,
    CHECK_NEVER,
    CHECK_RCPTS,
    CHECK_MESSAGE,
    CHECK_MIME,
    CHECK_PART,
    CHECK_HEADER,
    CHECK_FORBID,
    CHECK_ALLOW,
    CHECK_NO_CONNECTION,
    CHECK_HINT
};

/* One line of the file (a raw block is one item too). */
struct item {
    enum item_kind kind;

    /* Line in the file, and where text starts in it (checks: the text that `fields` holds); both from 1, in bytes. */
    unsigned line;
    unsigned column;

    /*
     * NUL-terminated. S: C: S> C= and #: what follows the mark. Raw blocks: their
     * lines, each ended by LF, @@ made @ again. @ and !: the canonical line, mark included.
     */
    char *text;
    size_t len;

    /*
     * S: C: S> C= and message lines: the text parsed. Raw blocks: fields expand in it. Checks: the text of
     * stderr, never and hint, the addresses of rcpts with one space between, all words of part and header as they stand, FILE of message (of
     * {message:FILE} too; a {message} stays FIELD_MESSAGE). Empty for the rest.
     */
    struct template fields;

    bool optional; /* C?: this line and the S: lines after it may be left out */
    bool exact;    /* ITEM_MESSAGE_LINE written as C= */

    /* Index of a block's @end (ITEM_CHOICE, ITEM_OR: of the next @or or @end); of the first item after a C? and its S: lines. */
    size_t end;

    /* @wait, @gap, @stall: milliseconds. @connection: N. @repeat: MIN and MAX. exit: the status. @file: xN. */
    long number;
    long number_max;

    long pieces[TRANSCRIPT_PIECES_MAX]; /* @write: lengths; -1 is "*" (the rest), last only */
    size_t piece_count;

    int cert; /* @tls: enum tls_cert's number, see transcript_certs */
    enum check_kind check;
    enum rule rule; /* forbid, allow */
    bool in_clear;  /* never ... in-clear */
    char *name;     /* @file: NAME; else NULL */
    bool no_eol;    /* @file ... no-eol: no LF after the last line */
    unsigned mode;  /* @file: 0600; for-group: 0640, for-all: 0644 */
    bool escaped;   /* @file ... escaped: the escapes of S> hold in its lines */
};

struct setting { /* set: name=value */
    char name[FIELD_NAME_MAX + 1];
    struct template value;
    char *text; /* as written */
};

struct transcript {
    char *name;            /* the file's name, for messages */
    char *keys[KEY_COUNT]; /* value as written, NULL if absent */
    struct template run;   /* keys[KEY_RUN] parsed */
    struct template unexpected;
    size_t setting_count;
    struct setting *settings;
    size_t item_count;
    struct item *items;
    unsigned
        unfinished_line; /* where a message begins that has no end: the recording broke off in it; 0: none */
};

/* "good", "expired", "self-signed", "wrong-host", "unknown-ca", "cn-only", NULL: in the order of enum tls_cert. */
extern const char *const transcript_certs[];

/* make: from text. NULL: *e says "file:line:column: what was expected" (kind ERR_INPUT). Tells wrong keys, doubled keys, words unknown, blocks not closed, S: or run: names that no earlier line can bind. CRLF line ends are accepted. */
struct transcript *transcript_parse(const char *text, size_t n, const char *name, struct err *e);

/* The same from a file; ERR_FILE if it cannot be read. */
struct transcript *transcript_load(const char *path, struct err *e);

/* use: append the canonical form. -1: no room. */
int transcript_print(const struct transcript *t, struct buf *out);

/* Split expanded run: text as a shell splits words: ' and " quote, \ takes the next character as it is (inside '...' nothing is special; in $'...' the escapes of S> hold), no expansion. Returns the count, words in *out (NULL-terminated; free with transcript_words_free()), -1: an open quote. */
int transcript_words(const char *text, char ***out, struct err *e);
void transcript_words_free(char **words);

/* free: NULL is fine. */
void transcript_free(struct transcript *t);

#endif
