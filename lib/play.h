/*
 * play - run a transcript over a stream: the server's side of it, with the
 * client under judgement at the other end.
 *
 * It sends the S: lines, holds each client line against the C: line due (match)
 * and against SMTP itself (dialogue), and goes on after a mistake as a lenient
 * server would, so that later steps are judged too. What happened and what was
 * found is in the log; nothing is printed.
 *
 * Time. No verdict comes from a stopwatch: that the client waits for a reply
 * that will never come is proved by watch. The clock is the backstop; a play it
 * ended says so. Without a watch @hold falls back to a short pause, and
 * early-send is a warning.
 *
 * To follow it: play.c is the loop and the server's side, play_wait.c waits for
 * the client, play_expect.c judges its command lines, play_message.c its message.
 */
#ifndef SMTPLAB_PLAY_H
#define SMTPLAB_PLAY_H

#include "log.h"
#include "recorder.h"
#include "stream.h"
#include "tls.h"
#include "transcript.h"
#include "watch.h"

#define PLAY_LINE_MAX (1UL << 20)   /* a client line longer than this is cut there */
#define PLAY_BYTES_MAX (64UL << 20) /* client bytes of one play; more is a flood */
#define PLAY_CLOCK_MS 10000         /* the backstop, before scaling */
#define PLAY_PATIENCE_MS                                                                                     \
    2000 /* for watch_new(): a sleep with a longer limit, or none, is a wait for our reply */

/* How far a client got. The bits make a set. */
enum reached {
    REACHED_CONNECT = 1 << 0,
    REACHED_GREETING = 1 << 1, /* spoke after the greeting */
    REACHED_HELLO = 1 << 2,
    REACHED_TLS = 1 << 3,
    REACHED_AUTH = 1 << 4,
    REACHED_MAIL = 1 << 5,
    REACHED_RCPT = 1 << 6,
    REACHED_DATA = 1 << 7,
    REACHED_MESSAGE = 1 << 8,  /* sent the final dot */
    REACHED_ACCEPTED = 1 << 9, /* and got a 2xx for it */
    REACHED_QUIT = 1 << 10
};
#define REACHED_COUNT 11

struct play_setup {
    const struct transcript *transcript;
    struct bindings *bindings; /* what is known at the start; names bind during the play */
    struct tls_ca *ca;         /* for @tls; NULL: an error if the transcript has one */
    const char *host;          /* the name or address the certificate is for */
    const char *dir;           /* folder of the transcript, for {message:FILE} */
    const char *keylog;        /* file for TLS secrets; NULL: none */
    struct watch *watch;       /* what the client is doing; NULL: nothing can be proved */
    struct recorder *recorder; /* records the conversation; NULL: none */
    int listener;              /* where a second connection would wait; 0: nobody asks */
    int clock_ms;              /* the backstop; 0: all clocks stopped (a debugger) */
};

struct play_outcome {
    struct log log;
    unsigned reached; /* set of enum reached */
    bool backstop;    /* only the clock ended it */
    bool improvised;  /* we refused a line that the transcript does not have: the client may end as refused */
    struct buf clear; /* all client bytes outside TLS */
    struct buf inside_tls; /* and inside */
};

/* Names of enum reached by bit number: "connect", "greeting", ... */
extern const char *const play_reached_names[REACHED_COUNT];

/* Can this version play all items of the transcript? -1 with "file:line:column: ..." (ERR_INPUT). */
int play_supported(const struct transcript *t, struct err *e);

/* make: an empty outcome, whose log applies the transcript's forbid and allow. */
void play_outcome_init(struct play_outcome *out, const struct transcript *t);

/*
 * Play over a connected stream, which is closed and freed in any case.
 * 0: played to some end, see *out. -1: our own trouble (a name not bound, no
 * certificate, memory), never the client's: not judged.
 */
int play_run(const struct play_setup *setup, struct stream *stream, struct play_outcome *out, struct err *e);

/* free: */
void play_outcome_free(struct play_outcome *out);

#endif
