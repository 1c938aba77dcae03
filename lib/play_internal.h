/* The parts of play, seen only by play*.c. */
#ifndef SMTPLAB_PLAY_INTERNAL_H
#define SMTPLAB_PLAY_INTERNAL_H

#include "dialogue.h"
#include "match.h"
#include "play.h"

#define CANDIDATES_MAX 32      /* client lines that may come at one point of a transcript */
#define PLAY_OVER ((size_t)-1) /* instead of the index of the next item */
#define PLAY_HOLD_MS 1000 /* the most a reply is held back until the client is seen waiting, outside @hold */
#define PLAY_CLIENT_HELLO 0x16 /* the first byte of TLS's ClientHello record (RFC 8446 5.1) */

struct play {
    const struct play_setup *setup;
    const struct transcript *t;
    struct stream *s;
    struct dialogue *d;
    struct play_outcome *out;
    struct err *e;
    bool failed;     /* our own trouble: *e says what */
    double deadline; /* log_clock() at which the backstop ends the play; 0: never */
    bool gone;       /* the client has closed its side */

    /* how the next S: run leaves */
    const struct item *cut; /* @write; NULL: in one piece */
    bool hold;
    long gap_ms;
    bool hello_in_one_line; /* R4: HELO was answered with EHLO's reply */
    bool restless;          /* it was not seen waiting for a reply within PLAY_HOLD_MS: no more asking */
    bool in_group;          /* it sent several commands at once: it will read as many replies */
    struct buf unsaid;      /* replies kept back, as the client had gone on without them */

    /* the client line under judgement */
    struct buf current;
    const char *line; /* into `current`; NULL: none */
    size_t line_len;
    size_t event;     /* of that line; LOG_NO_EVENT before it is noted */
    size_t early;     /* finding that waits for its client line; LOG_NO_EVENT: none */
    unsigned at_line; /* transcript line the player stands at */
    unsigned strikes; /* unmatched lines in a row (R9) */
    bool again;       /* p->line is to be taken once more, as the first line of the message */
    size_t instead;   /* item of a C: line that may come as well, until one matches; PLAY_OVER: none */
    size_t fails;     /* breaches told by dialogue for this line */
    long *done;       /* one for each item: see play_blocks.c */
    struct buf may;   /* what the client could have sent */

    struct buf message;     /* wire bytes of the message that ended last, without the final dot */
    struct buf message_ids; /* of the messages that "! mime" has seen, a LF behind each */
    struct buf scratch;
};

/* What waiting for the client came to. */
enum await {
    AWAIT_LINE,    /* a line is whole; *n is its length, line end included */
    AWAIT_PART,    /* *n bytes without a line end, and no more will come (or too many came) */
    AWAIT_NOTHING, /* proved: it waits for us */
    AWAIT_INPUT,   /* proved: it waits for its standard input */
    AWAIT_CLOSED,  /* it closed its side; *n bytes without a line end are left */
    AWAIT_RESET,
    AWAIT_SECOND, /* it has connected a second time */
    AWAIT_CLOCK   /* the backstop */
};

/* The lines that may come now, and where the play can go on without any. */
struct candidates {
    size_t count;
    size_t list[CANDIDATES_MAX];
    size_t without; /* index of the first item that is not the client's; PLAY_OVER: a line must come */
};

/* play_candidates.c */
struct candidates play_candidates(const struct play *p, size_t i); /* from item i on */
void play_words(const struct play *p, const struct candidates *c,
                struct buf *out); /* for a person; the phase's if there are none */

bool play_is_command(const struct item *item);

/* play_blocks.c: @repeat and @any-order. PLAY_OVER: there is no such block. */
size_t play_block_around(const struct play *p, size_t i); /* the innermost one that item i stands in */
size_t play_any_order_at(const struct play *p, size_t i); /* that item i opens, ends, or is a C: line of */
size_t play_repeat_at(const struct play *p, size_t i);    /* that item i opens or ends */
bool play_is_due(const struct play *p, size_t any,
                 size_t i);                         /* a C: line of this @any-order, still to come */
size_t play_leave_blocks(struct play *p, size_t i); /* behind a block of which no more can come; else i */
void play_note_taken(struct play *p, size_t from,
                     size_t taken); /* standing at `from`, the client sent item `taken` */

/* play_wait.c */
enum await play_await(struct play *p, size_t *n);
void play_hold(struct play *p);           /* until the client is seen waiting or has spoken */
void play_hold_briefly(struct play *p);   /* the same before every reply, for at most PLAY_HOLD_MS */
void play_hear_out(struct play *p);       /* until it is seen waiting, reading all it says until then */
void play_pause(struct play *p, long ms); /* until ms have passed, or the client speaks or closes */
bool play_first_byte(struct play *p,
                     unsigned char *byte); /* of what comes next, not taken; false: nothing will come */

/* play.c */
size_t play_trouble(struct play *p); /* our own: ends the play; *p->e is set. Returns PLAY_OVER */
void play_found(struct play *p, enum rule rule, size_t at, const char *expected);
size_t play_note_line(struct play *p, const char *shown,
                      size_t n);          /* the client line as an event; returns its index */
void play_take(struct play *p, size_t n); /* the next n bytes become p->line */
size_t play_skip_nuls(
    struct play *p); /* NULs where a line begins belong to the line before: a finding; returns how many */
void play_keep(struct play *p); /* p->line to what was heard of the client */
void play_feed(struct play *p); /* the same, and to the dialogue */
void play_reached(struct play *p, enum reached what);
void play_gone(struct play *p, enum await why); /* note that it closed or reset */
size_t play_end(struct play *p, enum await why,
                const char *expected); /* what each end but a line means; PLAY_OVER */

/* play_tls.c */
size_t
play_tls(struct play *p,
         size_t i); /* the handshake of item i; the client is to break it off if @tls expect-abort follows */
bool play_abort_belongs(const struct transcript *t,
                        size_t i); /* is the @tls expect-abort of item i behind a handshake? */
bool play_asks_for_tls(const struct transcript *t); /* does its run: line say --tls starttls or implicit? */

bool play_is_client_hello(const struct play *p, const char *bytes, size_t n); /* where plain text is due? */

/* play_send.c */
size_t play_send(struct play *p, size_t i);          /* the S: run that starts at item i */
void play_answer(struct play *p, const char *reply); /* one line, CRLF added, as the server */

/* play_expect.c: each takes the index of an item, returns that of the next. */
size_t play_client(struct play *p, size_t i);
struct match_result play_match(const struct play *p,
                               const struct item *item); /* p->line against one C: item */
enum reached play_reached_by(enum verb verb);
void play_note_reached(struct play *p); /* by the command in p->line */
void play_note_masked(struct play *p,
                      const struct item *matched);        /* p->line as it may be shown; NULL: matched none */
size_t play_without_line_end(const char *line, size_t n); /* the length without it */
size_t play_expect_close(struct play *p, size_t i);

/* play_initial.c, rule R5; p->line matched item `taken`. Each returns the next item. */
size_t play_take_initial(struct play *p, size_t taken, size_t at); /* with a response at `at` */
size_t play_ask_for_initial(struct play *p, size_t taken);         /* without one */

/* play_lenient.c: a line that matched nothing, taken for what was due. Each returns the next item; PLAY_OVER: it stands for nothing. */
size_t play_misspelt(
    struct play *p,
    const struct candidates *c); /* before it is fed: finds the one mistake, and feeds what was meant */
size_t play_lenient(struct play *p, const struct candidates *c); /* after its mistakes are found */

/* play_message.c */
size_t play_message(struct play *p, size_t i);
enum await play_await_end(struct play *p,
                          size_t *n); /* play_await(), past the lines of a message that is given up */
bool play_swallow(
    struct play *p); /* a message nobody asked for, from p->line on, to its end; false: the play is over */

/* play_mime.c: ! mime, ! part, ! header. words: what stands behind, fields filled in */
void play_check_mime(struct play *p, enum check_kind kind, const char *words);

/* play_check.c */
size_t play_check(struct play *p, size_t i);
int play_add_file(struct play *p, const char *name,
                  struct buf *out); /* a file beside the transcript, as it goes over the wire; -1: *p->e */

#endif
